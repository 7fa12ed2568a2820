/* clang-format off */
/* texts.h - tests that are text graphs: tests/graphs/<directory>/<name>.ag.
 *
 * A file holds one or more graphs, each followed by what is expected of it:
 *   # expect: LINE                 the lines of the result between the first and the last, in order,
 *                                  without indentation
 *   # expect-error: TEXT           stands in the message
 *   # run: 27, [1, 2] -> 111, true arguments and results, as constants; ` : TYPE` where the brackets
 *                                  do not tell
 *   # run: 0 -> fails: TEXT        in the message or the name of the code
 * Passes see the parsed graph; a run is made by every executor, from the graph as it is and
 * optimized. */
/* clang-format on */
#ifndef TESTS_TEXTS_H
#define TESTS_TEXTS_H

#include "codegen/graphs.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>

typedef ag_graph *text_pass(const char *directory, const ag_graph *g, ag_err *err);
typedef struct text_executor {
  const char *name;
  ag_plan *(*make)(const ag_graph *g, ag_err *err);
} text_executor;

static int text_cases; /* graphs and runs seen: a test that saw none did not test */

/* ---- expectations --------------------------------------------------------------------------- */

typedef struct text_case {
  const char *file;
  int line;       /* of the graph */
  char *graph;    /* up to the closing brace */
  char *comments; /* after it */
} text_case;

static inline char *text_trim(char *s) {
  while (isspace((unsigned char)*s))
    s++;
  char *end = s + strlen(s);
  while (end > s && isspace((unsigned char)end[-1]))
    *--end = 0;
  return s;
}

/* The rest of the next comment of a kind, or NULL. *at moves on. */
static inline char *text_comment(char **at, const char *kind) {
  size_t n = strlen(kind);
  while (*at && **at) {
    char *line = *at, *end = strchr(line, '\n');
    *at = end ? end + 1 : line + strlen(line);
    if (strncmp(line, kind, n))
      continue;
    size_t len = end ? (size_t)(end - line) : strlen(line);
    char *copy = strndup(line + n, len - n);
    memmove(copy, text_trim(copy), strlen(text_trim(copy)) + 1);
    return copy;
  }
  return NULL;
}

static inline void text_check_lines(const text_case *c, char *printed) {
  char *want, *at = c->comments, *save = NULL;
  char *line = strtok_r(printed, "\n", &save);
  ck_assert_ptr_nonnull(line); /* graph(...) { */
  while ((want = text_comment(&at, "# expect:"))) {
    line = strtok_r(NULL, "\n", &save);
    line = line ? text_trim(line) : NULL;
    ck_assert_msg(line && !strcmp(line, want), "%s:%d: expected '%s', found '%s'", c->file, c->line,
                  want, line ? line : "nothing");
    free(want);
  }
  line = strtok_r(NULL, "\n", &save);
  ck_assert_msg(line && !strcmp(line, "}"), "%s:%d: expected no more, found '%s'", c->file, c->line,
                line ? text_trim(line) : "nothing");
}

static inline void text_check_pass(const text_case *c, const char *directory, text_pass *pass) {
  char *at = c->comments, *want = text_comment(&at, "# expect-error:");
  ag_err err = {0};
  ag_graph *g = ag_graph_parse(c->graph, &err);
  ag_graph *out = g ? pass(directory, g, &err) : NULL;
  if (want) {
    ck_assert_msg(err.code && strstr(err.msg, want), "%s:%d: expected the error '%s', found '%s'",
                  c->file, c->line, want, err.code ? err.msg : "none");
    free(want);
  } else {
    ck_assert_msg(!err.code, "%s:%d: %s", c->file, c->line, err.msg);
    check_graph(out);
    char *printed = print(out);
    text_check_lines(c, printed);
    ag_free(printed);
  }
  if (out != g)
    ag_graph_free(out);
  ag_graph_free(g);
}

/* ---- runs ----------------------------------------------------------------------------------- */

/* Sizes that the type does not know, from the brackets: the length of the first list of each depth.
 */
static inline void text_sizes(const char *value, ag_type *t) {
  int64_t length[AG_MAX_RANK + 1] = {0};
  int depth = 0, most = 0;
  bool done[AG_MAX_RANK + 1] = {0}, some = false;
  for (const char *p = value; *p; p++) {
    if (*p == '[' && depth < AG_MAX_RANK) {
      some = false;
      most = ++depth > most ? depth : most;
    } else if (*p == ']' && depth > 0) {
      length[depth] += !done[depth] && some;
      done[depth--] = some = true;
    } else if (*p == ',') {
      length[depth] += !done[depth];
    } else if (!isspace((unsigned char)*p)) {
      some = true;
    }
  }
  if (t->rank == AG_RANK_UNKNOWN)
    t->rank = (int8_t)most;
  for (int i = 0; i < t->rank; i++)
    if (t->dim[i] <= 0)
      t->dim[i] = length[i + 1];
}

/* The constant that a text stands for; its own ` : TYPE` or the one given. */
static inline bool text_value(const char *value, ag_type type, ag_tensor *out, ag_err *err) {
  char buf[AG_TYPE_TEXT];
  ag_text t = {0};
  bool typed = strchr(value, ':') != NULL;
  text_sizes(value, &type);
  ag_text_add(&t, "graph() { %%1 = const %s%s%s return %%1 }", value, typed ? "" : " : ",
              typed ? "" : ag_type_text(&type, buf));
  ag_graph *g = ag_graph_parse(t.data, err);
  ag_free(t.data);
  if (!g)
    return false;
  const ag_node *n = ag_graph_node(g, 1);
  ag_tensor_ref(ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value)->tensor, out);
  ag_graph_free(g);
  return true;
}

/* Splits at commas outside of brackets; the number of parts. */
static inline uint32_t text_split(char *list, char **parts, uint32_t most) {
  uint32_t n = 0;
  int depth = 0;
  list = text_trim(list);
  if (!*list)
    return 0;
  parts[n++] = list;
  for (char *p = list; *p; p++) {
    depth += (*p == '[') - (*p == ']');
    if (*p == ',' && depth == 0 && n < most) {
      *p = 0;
      parts[n++] = p + 1;
    }
  }
  for (uint32_t i = 0; i < n; i++)
    parts[i] = text_trim(parts[i]);
  return n;
}

static inline ag_type text_type(const ag_tensor *t) {
  ag_type type = ag_type_scalar((ag_dtype)t->dtype, t->weak);
  type.rank = t->rank;
  memcpy(type.dim, t->dim, sizeof type.dim);
  return type;
}

static inline void text_check_result(const char *where, const char *want, const ag_tensor *got) {
  char type[AG_TYPE_TEXT];
  ag_err err = {0};
  ag_tensor t;
  ag_text found = {0};
  ag_type of = text_type(got);
  ag_type_text(&of, type);
  ag_tensor_text(got, &found);
  bool parsed = text_value(want, of, &t, &err);
  ck_assert_msg(parsed, "%s: expected %s, found %s : %s (%s)", where, want, found.data, type,
                err.msg);
  bool same = t.dtype == got->dtype && t.weak == got->weak && t.rank == got->rank &&
              !memcmp(t.dim, got->dim, (size_t)t.rank * sizeof *t.dim) &&
              !memcmp(ag_tensor_data(&t), ag_tensor_data(got),
                      (size_t)ag_tensor_count(got) * ag_dtype_size((ag_dtype)got->dtype));
  ck_assert_msg(same, "%s: expected %s, found %s : %s", where, want, found.data, type);
  ag_tensor_unref(&t);
  ag_free(found.data);
}

enum { TEXT_MOST = 8 };

static inline void text_run_plan(const char *where, const ag_plan *p, const char *run) {
  char *copy = strdup(run), *arrow = strstr(copy, "->"), *parts[TEXT_MOST];
  ag_tensor in[TEXT_MOST], out[TEXT_MOST];
  const ag_tensor *args[TEXT_MOST];
  ag_err err = {0};
  ck_assert_msg(arrow != NULL, "%s: a run needs ->", where);
  *arrow = 0;
  uint32_t n = text_split(copy, parts, TEXT_MOST);
  ck_assert_msg(n == p->n_in && p->n_out <= TEXT_MOST, "%s: %u arguments for %u", where, n,
                p->n_in);
  for (uint32_t i = 0; i < n; i++) {
    ck_assert_msg(text_value(parts[i], p->in_types[i], &in[i], &err), "%s: %s", where, err.msg);
    args[i] = &in[i];
  }
  ag_plan_run(p, NULL, args, out, &err);
  char *want = text_trim(arrow + 2);
  if (!strncmp(want, "fails:", 6)) {
    want = text_trim(want + 6);
    ck_assert_msg(err.code != AG_OK, "%s: expected to fail: %s", where, want);
    ck_assert_msg(strstr(err.msg, want) || strstr(ag_code_name(err.code), want),
                  "%s: expected to fail with '%s', found '%s: %s'", where, want,
                  ag_code_name(err.code), err.msg);
  } else {
    ck_assert_msg(err.code == AG_OK, "%s: %s", where, err.msg);
    ck_assert_uint_eq(text_split(want, parts, TEXT_MOST), p->n_out);
    for (uint32_t i = 0; i < p->n_out; i++) {
      text_check_result(where, parts[i], &out[i]);
      ag_tensor_unref(&out[i]);
    }
  }
  for (uint32_t i = 0; i < n; i++)
    ag_tensor_unref(&in[i]);
  free(copy);
}

static inline void text_run_all(const text_case *c, const ag_graph *g, const char *stage,
                                const text_executor *e) {
  ag_err err = {0};
  ag_plan *p = e->make(g, &err);
  ck_assert_msg(p != NULL, "%s:%d: %s, %s: %s", c->file, c->line, stage, e->name, err.msg);
  char *run, *at = c->comments;
  while ((run = text_comment(&at, "# run:"))) {
    char where[300];
    snprintf(where, sizeof where, "%s:%d: %s, %s: %s", c->file, c->line, stage, e->name, run);
    text_run_plan(where, p, run);
    text_cases++;
    free(run);
  }
  ag_plan_unref(p);
}

static inline void text_check_runs(const text_case *c, const text_executor *executors,
                                   uint32_t n_executors) {
  int64_t before = ag_allocations_alive();
  ag_err err = {0};
  ag_graph *g = ag_graph_parse(c->graph, &err);
  ck_assert_msg(g != NULL, "%s:%d: %s", c->file, c->line, err.msg);
  check_graph(g);
  ag_graph *optimized = ag_optimize(g, 1, &err);
  ck_assert_msg(optimized != NULL, "%s:%d: %s", c->file, c->line, err.msg);
  for (uint32_t i = 0; i < n_executors; i++) {
    text_run_all(c, g, "as it is", &executors[i]);
    text_run_all(c, optimized, "optimized", &executors[i]);
  }
  ag_graph_free(optimized);
  ag_graph_free(g);
  ck_assert_msg(ag_allocations_alive() == before, "%s:%d: %lld blocks were left", c->file, c->line,
                (long long)(ag_allocations_alive() - before));
}

/* ---- files ---------------------------------------------------------------------------------- */

/* Calls check for every graph of every file of the directory, in the order of names. */
static inline void text_each(const char *directory, void (*check)(const text_case *, void *),
                             void *ctx) {
  char path[500];
  snprintf(path, sizeof path, "%s/graphs/%s", AG_TESTS_DIR, directory);
  struct dirent **names;
  int n = scandir(path, &names, NULL, alphasort);
  ck_assert_msg(n >= 0, "no directory %s", path);
  for (int i = 0; i < n; i++) {
    size_t len = strlen(names[i]->d_name);
    if (len > 3 && !strcmp(names[i]->d_name + len - 3, ".ag")) {
      char file[800];
      snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
      FILE *f = fopen(file, "rb");
      ck_assert_msg(f != NULL, "cannot read %s", file);
      char *text = calloc(1, 1 << 20);
      ck_assert_uint_lt(fread(text, 1, 1 << 20, f), 1 << 20);
      fclose(f);
      int line = 1;
      for (char *at = strstr(text, "graph("), *next; at; at = next) {
        next = strstr(at, "\ngraph(");
        if (next)
          *next++ = 0;
        char *close = strstr(at, "\n}");
        ck_assert_msg(close != NULL, "%s: a graph ends with a brace", file);
        for (char *p = text; p < at; p++)
          line += *p == '\n' || *p == 0;
        text_case c = {.file = names[i]->d_name, .line = line, .comments = close + 3};
        if (!close[2])
          c.comments = close + 2;
        close[2] = 0;
        c.graph = at;
        check(&c, ctx);
        text_cases++;
        line = 1;
      }
      free(text);
    }
    free(names[i]);
  }
  free(names);
}

#endif
