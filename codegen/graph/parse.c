/* parse.c - reads the text that print.c writes, and what people write by hand for tests.
 * Numbers of values are names here: any that are unique will do. The types after the last colon may
 * be left out but for constants; given, they must agree with what is inferred. A node's location is
 * its line. */
#include "build.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

enum { MOST_VALUES = 1 << 24 };

typedef struct parser {
  ag_graph *g;
  const char *p;
  uint32_t line;
  ag_err *err;
  ag_arena *scratch;
  ag_val *map; /* number in the text -> value */
  uint32_t cap_map, n_map;
} parser;

typedef struct vals {
  ag_val *at;
  uint32_t n, cap;
} vals;

/* ---- words ---------------------------------------------------------------------------------- */

static ag_code bad(parser *ps, const char *what) {
  char near[24] = {0};
  for (int i = 0; i < 23 && ps->p[i] && ps->p[i] != '\n'; i++)
    near[i] = ps->p[i];
  return ag_fail(ps->err, AG_ERR_PARSE, ps->line, "line %u: %s, found '%s'", ps->line, what,
                 *near ? near : "end of line");
}

static void blanks(parser *ps) {
  for (;; ps->p++) {
    if (*ps->p == '#')
      while (*ps->p && *ps->p != '\n')
        ps->p++;
    if (*ps->p == '\n')
      ps->line++;
    if (!*ps->p || !isspace((unsigned char)*ps->p))
      return;
  }
}

static bool next_is(parser *ps, const char *s) {
  blanks(ps);
  return !strncmp(ps->p, s, strlen(s));
}

static bool skip(parser *ps, const char *s) {
  if (!next_is(ps, s))
    return false;
  ps->p += strlen(s);
  return true;
}

static bool want(parser *ps, const char *s) {
  if (skip(ps, s))
    return true;
  char what[32] = "expected ";
  strncat(what, s, sizeof what - strlen(what) - 1);
  bad(ps, what);
  return false;
}

static bool word_char(char c) { return isalnum((unsigned char)c) || c == '_'; }

/* A word of letters, digits and underscores; false if it does not fit or is empty. */
static bool word(parser *ps, char *buf, size_t size) {
  blanks(ps);
  size_t n = 0;
  while (word_char(ps->p[n]))
    n++;
  if (!n || n >= size)
    return false;
  memcpy(buf, ps->p, n);
  buf[n] = 0;
  ps->p += n;
  return true;
}

static bool skip_word(parser *ps, const char *s) {
  return next_is(ps, s) && !word_char(ps->p[strlen(s)]) && skip(ps, s);
}

static bool whole(parser *ps, int64_t *out) {
  blanks(ps);
  const char *digits = ps->p + (*ps->p == '-');
  if (!isdigit((unsigned char)*digits)) {
    bad(ps, "expected a whole number");
    return false;
  }
  char *end;
  if (*ps->p == '-')
    *out = strtoll(ps->p, &end, 10);
  else
    *out = (int64_t)strtoull(ps->p, &end, 10); /* uint64 keeps its bits */
  ps->p = end;
  return true;
}

static bool type(parser *ps, ag_type *out) {
  blanks(ps);
  const char *end = ag_type_parse(ps->p, out);
  if (!end) {
    bad(ps, "expected a type");
    return false;
  }
  ps->p = end;
  return true;
}

/* ---- values --------------------------------------------------------------------------------- */

static bool number(parser *ps, uint32_t *out) {
  int64_t n;
  if (!want(ps, "%") || !whole(ps, &n))
    return false;
  if (n < 1 || n > MOST_VALUES) {
    bad(ps, "no such value");
    return false;
  }
  *out = (uint32_t)n;
  return true;
}

static bool bind(parser *ps, uint32_t name, ag_val v, uint32_t line) {
  uint32_t had = ps->cap_map;
  if (!ag_grow(ps->map, ps->cap_map, name + 1)) {
    ag_nomem(ps->err);
    return false;
  }
  memset(ps->map + had, 0, (ps->cap_map - had) * sizeof *ps->map);
  if (ps->map[name]) {
    ag_fail(ps->err, AG_ERR_PARSE, line, "line %u: %%%u is defined twice", line, name);
    return false;
  }
  ps->map[name] = v;
  return true;
}

static bool append(parser *ps, vals *list, uint32_t v) {
  if (list->n == list->cap) {
    uint32_t cap = list->cap ? list->cap * 2 : 8;
    ag_val *bigger = ag_arena_alloc(ps->scratch, cap * sizeof *bigger);
    if (!bigger) {
      ag_nomem(ps->err);
      return false;
    }
    if (list->n)
      memcpy(bigger, list->at, list->n * sizeof *bigger);
    list->at = bigger;
    list->cap = cap;
  }
  list->at[list->n++] = v;
  return true;
}

/* "%3, %1" as values that exist; may be empty. */
static bool uses(parser *ps, vals *out) {
  if (!next_is(ps, "%"))
    return true;
  do {
    uint32_t name;
    if (!number(ps, &name))
      return false;
    if (name >= ps->cap_map || !ps->map[name]) {
      ag_fail(ps->err, AG_ERR_PARSE, ps->line, "line %u: %%%u is not defined", ps->line, name);
      return false;
    }
    if (!append(ps, out, ps->map[name]))
      return false;
  } while (skip(ps, ","));
  return true;
}

/* ---- constants ------------------------------------------------------------------------------ */

static bool element(parser *ps, ag_dtype d, char *at) {
  blanks(ps);
  int64_t i = 0;
  char *end;
  switch (d) {
  case AG_BOOL:
    *at = skip_word(ps, "true");
    if (*at || skip_word(ps, "false"))
      return true;
    bad(ps, "expected true or false");
    return false;
  case AG_F32: {
    bool nan = skip_word(ps, "nan");
    float x = nan ? NAN : strtof(ps->p, &end);
    memcpy(at, &x, sizeof x);
    if (nan)
      return true;
    break;
  }
  case AG_F64: {
    bool nan = skip_word(ps, "nan");
    double x = nan ? NAN : strtod(ps->p, &end);
    memcpy(at, &x, sizeof x);
    if (nan)
      return true;
    break;
  }
  default:
    if (!ag_is_int(d)) {
      bad(ps, "this dtype is written as 0x and bytes");
      return false;
    }
    if (!whole(ps, &i))
      return false;
    memcpy(at, &i, ag_dtype_size(d)); /* little-endian: the low bytes */
    return true;
  }
  if (end == ps->p) {
    bad(ps, "expected a number");
    return false;
  }
  ps->p = end;
  return true;
}

static char *nested(parser *ps, const ag_tensor *t, int axis, char *at) {
  if (axis == t->rank)
    return element(ps, (ag_dtype)t->dtype, at) ? at + ag_dtype_size((ag_dtype)t->dtype) : NULL;
  if (!want(ps, "["))
    return NULL;
  for (int64_t i = 0; at && i < t->dim[axis]; i++)
    at = i && !want(ps, ",") ? NULL : nested(ps, t, axis + 1, at);
  return at && want(ps, "]") ? at : NULL;
}

static int hex(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool tensor(parser *ps, const ag_type *type, ag_tensor *out) {
  ag_shape shape;
  ag_type_shape(type, &shape);
  memset(out, 0, sizeof *out);
  if (!ag_type_known(type) || type->dtype >= AG_STR) {
    bad(ps, "a constant needs a known type");
    return false;
  }
  if (ag_tensor_new(out, (ag_dtype)type->dtype, &shape, ps->err))
    return false;
  out->weak = type->weak;
  int64_t n = ag_tensor_count(out);
  char *data = ag_tensor_data(out);
  if (n == 0)
    return want(ps, "[") && want(ps, "]");
  if (!skip(ps, "0x"))
    return nested(ps, out, 0, data) != NULL;
  size_t bytes = (size_t)n * ag_dtype_size((ag_dtype)type->dtype);
  for (size_t i = 0; i < bytes; i++, ps->p += 2) {
    int high = hex(ps->p[0]), low = high < 0 ? -1 : hex(ps->p[1]);
    if (low < 0) {
      bad(ps, "expected more bytes");
      return false;
    }
    data[i] = (char)(high << 4 | low);
  }
  return true;
}

/* `const VALUE : TYPE`: the type is read first. */
static bool constant(parser *ps, ag_type *t, ag_tensor *out) {
  const char *value = ps->p;
  uint32_t line = ps->line;
  blanks(ps);
  while (*ps->p && *ps->p != ':') {
    ps->p++;
    blanks(ps);
  }
  if (!want(ps, ":") || !type(ps, t))
    return false;
  const char *end = ps->p;
  uint32_t end_line = ps->line;
  ps->p = value;
  ps->line = line;
  if (!tensor(ps, t, out))
    return false;
  if (!next_is(ps, ":")) {
    bad(ps, "expected the end of the constant");
    return false;
  }
  ps->p = end;
  ps->line = end_line;
  return true;
}

/* ---- attributes ----------------------------------------------------------------------------- */

static bool quoted(parser *ps, ag_attr *a) {
  const char *end = ps->p;
  while (*end && *end != '"')
    end += 1 + (*end == '\\' && end[1]);
  char *text = ag_arena_alloc(ps->scratch, (size_t)(end - ps->p) + 1);
  if (!text) {
    ag_nomem(ps->err);
    return false;
  }
  a->kind = AG_ATTR_TEXT;
  a->text = text;
  for (; ps->p < end; ps->p++) {
    char c = *ps->p;
    if (c == '\\') {
      c = *++ps->p;
      if (!c)
        break; /* the text ends here: the quote is missed below */
      if (c == 'n') {
        c = '\n';
      } else if (c == 'x') {
        int high = hex(ps->p[1]), low = high < 0 ? -1 : hex(ps->p[2]);
        if (low < 0) {
          bad(ps, "expected two hexadecimal digits");
          return false;
        }
        c = (char)(high << 4 | low);
        ps->p += 2;
      }
    }
    text[a->n++] = c;
  }
  return want(ps, "\"");
}

static bool ints(parser *ps, ag_attr *a) {
  int64_t *at = NULL;
  uint32_t cap = 0;
  a->kind = AG_ATTR_INTS;
  while (!skip(ps, "]")) {
    if (a->n == cap) {
      uint32_t bigger = cap ? cap * 2 : 8;
      int64_t *more = ag_arena_alloc(ps->scratch, bigger * sizeof *more);
      if (!more) {
        ag_nomem(ps->err);
        return false;
      }
      if (a->n)
        memcpy(more, at, a->n * sizeof *more);
      at = more;
      cap = bigger;
    }
    if ((a->n && !want(ps, ",")) || !whole(ps, &at[a->n]))
      return false;
    a->n++;
  }
  a->ints = at;
  return true;
}

static bool types(parser *ps, ag_attr *a) {
  enum { MOST = 64 };
  ag_type *at = ag_arena_alloc(ps->scratch, MOST * sizeof *at);
  if (!at) {
    ag_nomem(ps->err);
    return false;
  }
  a->kind = AG_ATTR_TYPES;
  a->types = at;
  while (!skip(ps, ">")) {
    if (a->n == MOST) {
      bad(ps, "too many types");
      return false;
    }
    if ((a->n && !want(ps, ",")) || !type(ps, &at[a->n]))
      return false;
    a->n++;
  }
  return true;
}

static bool scalar_attr(parser *ps, ag_attr *a) {
  const char *end = ps->p;
  while (*end == '-' || *end == '+' || *end == '.' || word_char(*end))
    end++;
  bool is_float = false;
  for (const char *c = ps->p; c < end; c++)
    is_float |= !isdigit((unsigned char)*c) && !(c == ps->p && *c == '-');
  if (!is_float) {
    a->kind = AG_ATTR_INT;
    return whole(ps, &a->i);
  }
  a->kind = AG_ATTR_FLOAT;
  return element(ps, AG_F64, (char *)&a->f);
}

/* held: a tensor made here, to be dropped once the node has its own reference. */
static bool attribute(parser *ps, ag_attr *a, ag_tensor *held) {
  char name[32];
  memset(a, 0, sizeof *a);
  if (!word(ps, name, sizeof name)) {
    bad(ps, "expected the name of an attribute");
    return false;
  }
  int key = 0;
  while (key < AG_KEY_COUNT && strcmp(ag_key_name((ag_key)key), name))
    key++;
  if (key == AG_KEY_COUNT) {
    ag_fail(ps->err, AG_ERR_PARSE, ps->line, "line %u: no attribute is called %s", ps->line, name);
    return false;
  }
  a->key = (uint8_t)key;
  if (!want(ps, "="))
    return false;
  if (skip(ps, "["))
    return ints(ps, a);
  if (skip(ps, "\""))
    return quoted(ps, a);
  if (skip(ps, "<"))
    return types(ps, a);
  bool yes = skip_word(ps, "true");
  if (yes || skip_word(ps, "false")) {
    a->kind = AG_ATTR_INT;
    a->i = yes;
    return true;
  }
  ag_type t;
  const char *end = ag_type_parse(ps->p, &t);
  if (!end)
    return scalar_attr(ps, a);
  ps->p = end;
  if (key == AG_KEY_dtype) {
    a->kind = AG_ATTR_INT;
    a->i = t.dtype;
    return true;
  }
  a->kind = AG_ATTR_TENSOR;
  a->tensor = held;
  return tensor(ps, &t, held);
}

/* ---- nodes ---------------------------------------------------------------------------------- */

static bool region(parser *ps, ag_region r, const char *end);

/* "(%3: int64*, %4: float32[2] x)" */
static bool params(parser *ps) {
  if (!want(ps, "("))
    return false;
  bool first = true;
  while (!skip(ps, ")")) {
    uint32_t name;
    ag_type t;
    char text[128] = {0};
    if ((!first && !want(ps, ",")) || !number(ps, &name) || !want(ps, ":") || !type(ps, &t))
      return false;
    first = false;
    blanks(ps);
    for (size_t n = 0; *ps->p && *ps->p != ',' && *ps->p != ')' && !isspace((unsigned char)*ps->p);
         ps->p++)
      if (n + 1 < sizeof text)
        text[n++] = *ps->p;
    ag_val v = ag_graph_param(ps->g, &t, *text ? text : NULL, ps->line, ps->err);
    if (!v || !bind(ps, name, v, ps->line))
      return false;
  }
  return true;
}

static bool sub_regions(parser *ps, ag_spec *s) {
  for (int i = 0; i < 2; i++) {
    s->sub[i] = ag_region_open(ps->g, ps->err);
    if (!s->sub[i])
      return false;
    if (s->op == AG_OP_WHILE && !params(ps))
      return false;
    if (!want(ps, "{") || !region(ps, s->sub[i], "yield"))
      return false;
    ag_region_close(ps->g);
  }
  return true;
}

static bool node(parser *ps, vals *in, vals *names, ag_spec *s, ag_type **known, ag_tensor *held) {
  char name[32];
  if (next_is(ps, "%")) {
    do {
      uint32_t k;
      if (!number(ps, &k) || !append(ps, names, k))
        return false;
    } while (skip(ps, ","));
    if (!want(ps, "="))
      return false;
  }
  if (!word(ps, name, sizeof name)) {
    bad(ps, "expected an operation");
    return false;
  }
  if (!ag_op_parse(name, &s->op)) {
    ag_fail(ps->err, AG_ERR_PARSE, ps->line, "line %u: no operation is called %s", ps->line, name);
    return false;
  }
  s->loc = ps->line;
  ag_attr *attrs = ag_arena_alloc(ps->scratch, AG_KEY_COUNT * sizeof *attrs);
  *known = ag_arena_alloc(ps->scratch, (names->n + 1) * sizeof **known);
  if (!attrs || !*known) {
    ag_nomem(ps->err);
    return false;
  }
  s->attrs = attrs;
  if (s->op == AG_OP_CONST) {
    attrs[0] = (ag_attr){.key = AG_KEY_value, .kind = AG_ATTR_TENSOR, .tensor = held};
    s->n_attrs = 1;
    return constant(ps, *known, held);
  }
  bool owns = ag_ops[s->op].traits & AG_TRAIT_REGION;
  if ((owns && !want(ps, "(")) || !uses(ps, in) || (owns && !want(ps, ")")))
    return false;
  s->in = in->at;
  s->n_in = in->n;
  if (next_is(ps, "{") && (!owns || s->op == AG_OP_WHILE)) { /* a COND's next brace is its branch */
    want(ps, "{");
    while (!skip(ps, "}")) {
      if (s->n_attrs == AG_KEY_COUNT) {
        bad(ps, "too many attributes");
        return false;
      }
      if ((s->n_attrs && !want(ps, ",")) || !attribute(ps, &attrs[s->n_attrs], held))
        return false;
      s->n_attrs++;
    }
  }
  if (owns && !sub_regions(ps, s))
    return false;
  if (!skip(ps, ":")) {
    *known = NULL;
    return true;
  }
  for (uint32_t i = 0; i < names->n; i++)
    if ((i && !want(ps, ",")) || !type(ps, &(*known)[i]))
      return false;
  return true;
}

/* As many as named, of the types given; what is written knows more than inference. */
static bool check_results(parser *ps, ag_nid id, const vals *names, const ag_type *known,
                          uint32_t fresh) {
  const ag_node *n = &ps->g->nodes[id];
  if (n->n_out != names->n) {
    ag_fail(ps->err, AG_ERR_PARSE, n->loc, "line %u: %s has %u results", n->loc, ag_ops[n->op].name,
            n->n_out);
    return false;
  }
  for (uint32_t i = 0; known && i < n->n_out; i++) {
    ag_type *t = &ps->g->values[n->out + i].type;
    char t1[AG_TYPE_TEXT], t2[AG_TYPE_TEXT];
    if (ag_type_refine(t, &known[i], fresh))
      continue;
    ag_fail(ps->err, AG_ERR_TYPE, n->loc, "%s: the result is %s, not %s", ag_ops[n->op].name,
            ag_type_text(t, t1), ag_type_text(&known[i], t2));
    return false;
  }
  return true;
}

static bool statement(parser *ps) {
  vals in = {0}, names = {0};
  ag_spec s = {0};
  ag_type *known = NULL;
  ag_tensor held = {0};
  bool good = node(ps, &in, &names, &s, &known, &held);
  if (good) {
    uint32_t fresh = ps->g->symbols;
    ag_nid id = ag_graph_put(ps->g, ps->g->current, &s, NULL, ps->err);
    good = id && check_results(ps, id, &names, known, fresh);
    for (uint32_t i = 0; good && i < names.n; i++)
      good = bind(ps, names.at[i], ps->g->nodes[id].out + i, s.loc);
  }
  ag_tensor_unref(&held);
  return good;
}

/* Statements, then `yield` or `return`, then a brace. */
static bool region(parser *ps, ag_region r, const char *end) {
  while (!skip_word(ps, end))
    if (!statement(ps))
      return false;
  vals results = {0};
  uint32_t line = ps->line;
  if (!uses(ps, &results) || !want(ps, "}"))
    return false;
  if (ag_region_results(ps->g, r, results.at, results.n, ps->err)) {
    ps->err->loc = line;
    return false;
  }
  return true;
}

/* Symbols of the text keep their numbers; inferred ones start after them. */
static uint32_t largest_symbol(const char *text) {
  long largest = 0;
  for (const char *p = text; *p; p++)
    if ((*p == '[' || *p == ',') && p[1] == 's' && isdigit((unsigned char)p[2])) {
      long n = strtol(p + 2, NULL, 10);
      if (n > largest && n < INT32_MAX / 2)
        largest = n;
    }
  return (uint32_t)largest;
}

ag_graph *ag_graph_parse(const char *text, ag_err *err) {
  parser ps = {.g = ag_graph_new_unnamed(largest_symbol(text)),
               .p = text,
               .line = 1,
               .err = err,
               .scratch = ag_arena_new()};
  bool good = ps.g && ps.scratch;
  if (!good)
    ag_nomem(err);
  good = good && want(&ps, "graph") && params(&ps) && want(&ps, "{") && region(&ps, 0, "return");
  blanks(&ps);
  if (good && *ps.p) {
    bad(&ps, "expected the end");
    good = false;
  }
  ag_free(ps.map);
  ag_arena_free(ps.scratch);
  if (!good) {
    ag_graph_free(ps.g);
    return NULL;
  }
  return ps.g;
}
