/* print.c - a graph as text that parse.c reads back.
 *
 *   graph(%1: int64* n) {
 *     %2 = const 1 : int64*  # model.py:6
 *     %9, %10 = while(%1, %2) (%3: int64*, %4: int64*) {
 *       ...
 *       yield %5
 *     } (%6: int64*, %7: int64*) {
 *       ...
 *       yield %8, %7
 *     } : int64*, int64*
 *     return %10
 *   }
 *
 * Numbers are those of the values. Floats are printed so that the same value is read; a large
 * constant, or one whose text would lose something, is its bytes in hexadecimal: `const
 * 0x0000803f`. */
#include "build.h"

#include <math.h>

enum { MOST_ELEMENTS = 64 };

typedef struct printer {
  const ag_graph *g;
  ag_loc_text *locs;
  void *ctx;
  ag_text *out;
} printer;

static void print_values(printer *p, const ag_val *vals, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    ag_text_add(p->out, "%s%%%u", i ? ", " : "", vals[i]);
}

static void print_type(printer *p, const ag_type *t) {
  char buf[AG_TYPE_TEXT];
  ag_text_add(p->out, "%s", ag_type_text(t, buf));
}

static void print_quoted(printer *p, const char *s, uint32_t n) {
  ag_text_put(p->out, "\"", 1);
  for (uint32_t i = 0; i < n; i++) {
    unsigned char c = (unsigned char)s[i];
    if (c == '"' || c == '\\')
      ag_text_add(p->out, "\\%c", c);
    else if (c == '\n')
      ag_text_add(p->out, "\\n");
    else if (c < 32 || c == 127)
      ag_text_add(p->out, "\\x%02x", c);
    else
      ag_text_put(p->out, s + i, 1);
  }
  ag_text_put(p->out, "\"", 1);
}

/* ---- constants ------------------------------------------------------------------------------ */

static void print_float(printer *p, double x, bool is32) {
  char buf[AG_NUMBER_TEXT];
  if (isnan(x))
    ag_text_add(p->out, "nan");
  else if (isinf(x))
    ag_text_add(p->out, x < 0 ? "-inf" : "inf");
  else
    ag_text_add(p->out, "%s", ag_float_text(x, is32, buf));
}

static void print_element(printer *p, ag_dtype d, const char *at) {
  switch (d) {
#define INT(D, T)                                                                                  \
  case AG_##D:                                                                                     \
    ag_text_add(p->out, "%lld", (long long)*(const T *)(const void *)at);                          \
    break;
    INT(I8, int8_t)
    INT(I16, int16_t)
    INT(I32, int32_t)
    INT(I64, int64_t)
    INT(U8, uint8_t)
    INT(U16, uint16_t)
    INT(U32, uint32_t)
#undef INT
  case AG_U64:
    ag_text_add(p->out, "%llu", (unsigned long long)*(const uint64_t *)(const void *)at);
    break;
  case AG_BOOL:
    ag_text_add(p->out, *at ? "true" : "false");
    break;
  case AG_F32:
    print_float(p, *(const float *)(const void *)at, true);
    break;
  default:
    print_float(p, *(const double *)(const void *)at, false);
  }
}

/* True when the text of the elements gives back their bits. */
static bool has_text(const ag_tensor *t, int64_t n) {
  const char *data = ag_tensor_data(t);
  if (n > MOST_ELEMENTS || t->dtype == AG_F16 || t->dtype == AG_BF16 || t->dtype > AG_F64)
    return false;
  for (int64_t i = 0; i < n; i++) { /* one NaN has a text */
    if (t->dtype == AG_F32) {
      float x, q = NAN;
      memcpy(&x, data + 4 * i, 4);
      if (isnan(x) && memcmp(&x, &q, 4))
        return false;
    } else if (t->dtype == AG_F64) {
      double x, q = NAN;
      memcpy(&x, data + 8 * i, 8);
      if (isnan(x) && memcmp(&x, &q, 8))
        return false;
    }
  }
  return true;
}

static const char *print_nested(printer *p, const ag_tensor *t, int axis, const char *at) {
  if (axis == t->rank) {
    print_element(p, (ag_dtype)t->dtype, at);
    return at + ag_dtype_size((ag_dtype)t->dtype);
  }
  ag_text_put(p->out, "[", 1);
  for (int64_t i = 0; i < t->dim[axis]; i++) {
    if (i)
      ag_text_put(p->out, ", ", 2);
    at = print_nested(p, t, axis + 1, at);
  }
  ag_text_put(p->out, "]", 1);
  return at;
}

static void print_tensor(printer *p, const ag_tensor *t) {
  int64_t n = ag_tensor_count(t);
  const unsigned char *data = ag_tensor_data(t);
  if (n == 0) {
    ag_text_add(p->out, "[]");
  } else if (has_text(t, n)) {
    print_nested(p, t, 0, (const char *)data);
  } else if (t->dtype == AG_STR || t->dtype == AG_RES) {
    ag_text_add(p->out, "<%s>", ag_dtype_name((ag_dtype)t->dtype)); /* has no text */
  } else {
    size_t bytes = (size_t)n * ag_dtype_size((ag_dtype)t->dtype);
    ag_text_put(p->out, "0x", 2);
    for (size_t i = 0; i < bytes; i++) {
      static const char digits[] = "0123456789abcdef";
      char two[2] = {digits[data[i] >> 4], digits[data[i] & 15]};
      ag_text_put(p->out, two, 2);
    }
  }
}

/* ---- attributes ----------------------------------------------------------------------------- */

static bool is_flag(ag_key k) {
  return k == AG_KEY_keep_dims || k == AG_KEY_adj_x || k == AG_KEY_adj_y || k == AG_KEY_weak ||
         k == AG_KEY_descending || k == AG_KEY_exclusive || k == AG_KEY_reverse;
}

static void print_attr(printer *p, const ag_attr *a) {
  ag_text_add(p->out, "%s=", ag_key_name((ag_key)a->key));
  switch (a->kind) {
  case AG_ATTR_INT:
    if (is_flag((ag_key)a->key) && (a->i == 0 || a->i == 1))
      ag_text_add(p->out, a->i ? "true" : "false");
    else if (a->key == AG_KEY_dtype && a->i >= 0 && a->i < AG_DTYPE_COUNT)
      ag_text_add(p->out, "%s", ag_dtype_name((ag_dtype)a->i));
    else
      ag_text_add(p->out, "%lld", (long long)a->i);
    break;
  case AG_ATTR_FLOAT:
    print_float(p, a->f, false);
    break;
  case AG_ATTR_INTS:
    ag_text_put(p->out, "[", 1);
    for (uint32_t i = 0; i < a->n; i++)
      ag_text_add(p->out, "%s%lld", i ? ", " : "", (long long)a->ints[i]);
    ag_text_put(p->out, "]", 1);
    break;
  case AG_ATTR_TEXT:
    print_quoted(p, a->text, a->n);
    break;
  case AG_ATTR_TYPES:
    ag_text_put(p->out, "<", 1);
    for (uint32_t i = 0; i < a->n; i++) {
      ag_text_add(p->out, "%s", i ? ", " : "");
      print_type(p, &a->types[i]);
    }
    ag_text_put(p->out, ">", 1);
    break;
  case AG_ATTR_TENSOR: {
    ag_type t = ag_type_scalar((ag_dtype)a->tensor->dtype, a->tensor->weak);
    t.rank = a->tensor->rank;
    memcpy(t.dim, a->tensor->dim, sizeof t.dim);
    print_type(p, &t);
    ag_text_put(p->out, " ", 1);
    print_tensor(p, a->tensor);
    break;
  }
  }
}

/* ---- nodes ---------------------------------------------------------------------------------- */

static void print_region(printer *p, ag_region r, int depth, const char *end);

static void indent(printer *p, int depth) {
  for (int i = 0; i < depth; i++)
    ag_text_put(p->out, "  ", 2);
}

static void print_params(printer *p, const ag_region_info *r) {
  ag_text_put(p->out, "(", 1);
  for (uint32_t i = 0; i < r->n_params; i++) {
    const ag_value *v = &p->g->values[r->params[i]];
    const char *name = p->g->nodes[v->node].name;
    ag_text_add(p->out, "%s%%%u: ", i ? ", " : "", r->params[i]);
    print_type(p, &v->type);
    if (name)
      ag_text_add(p->out, " %s", name);
  }
  ag_text_put(p->out, ")", 1);
}

static void print_node(printer *p, const ag_node *n, int depth) {
  indent(p, depth);
  for (uint32_t i = 0; i < n->n_out; i++)
    ag_text_add(p->out, "%s%%%u", i ? ", " : "", n->out + i);
  ag_text_add(p->out, "%s%s", n->n_out ? " = " : "", ag_ops[n->op].name);
  if (n->op == AG_OP_CONST) {
    ag_text_put(p->out, " ", 1);
    print_tensor(p, ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value)->tensor);
  } else if (ag_ops[n->op].traits & AG_TRAIT_REGION) {
    ag_text_put(p->out, "(", 1);
    print_values(p, n->in, n->n_in);
    ag_text_put(p->out, ")", 1);
  } else if (n->n_in) {
    ag_text_put(p->out, " ", 1);
    print_values(p, n->in, n->n_in);
  }
  if (n->n_attrs && n->op != AG_OP_CONST) {
    ag_text_add(p->out, " {");
    for (uint32_t i = 0; i < n->n_attrs; i++) {
      ag_text_add(p->out, "%s", i ? ", " : "");
      print_attr(p, &n->attrs[i]);
    }
    ag_text_add(p->out, "}");
  }
  if (ag_ops[n->op].traits & AG_TRAIT_REGION)
    for (int i = 0; i < 2; i++) {
      ag_text_put(p->out, " ", 1);
      if (n->op == AG_OP_WHILE) {
        print_params(p, &p->g->regions[n->sub[i]]);
        ag_text_put(p->out, " ", 1);
      }
      ag_text_add(p->out, "{\n");
      print_region(p, n->sub[i], depth + 1, "yield");
      indent(p, depth);
      ag_text_add(p->out, "}");
    }
  for (uint32_t i = 0; i < n->n_out; i++) {
    ag_text_add(p->out, "%s", i ? ", " : " : ");
    print_type(p, &p->g->values[n->out + i].type);
  }
  char buf[256];
  const char *loc = n->loc && p->locs ? p->locs(p->ctx, n->loc, buf, sizeof buf) : NULL;
  if (loc && *loc)
    ag_text_add(p->out, "  # %s", loc);
  ag_text_add(p->out, "\n");
}

static void print_region(printer *p, ag_region r, int depth, const char *end) {
  const ag_region_info *info = &p->g->regions[r];
  for (ag_nid id = info->first; id; id = p->g->nodes[id].next)
    if (p->g->nodes[id].op != AG_OP_PARAM)
      print_node(p, &p->g->nodes[id], depth);
  indent(p, depth);
  ag_text_add(p->out, info->n_results ? "%s " : "%s", end);
  print_values(p, info->results, info->n_results);
  ag_text_add(p->out, "\n");
}

ag_code ag_graph_print(const ag_graph *g, ag_loc_text *locs, void *ctx, ag_text *out) {
  printer p = {g, locs, ctx, out};
  ag_text_add(out, "graph");
  print_params(&p, &g->regions[0]);
  ag_text_add(out, " {\n");
  print_region(&p, 0, 1, "return");
  ag_text_add(out, "}\n");
  return out->failed ? AG_ERR_NOMEM : AG_OK;
}
