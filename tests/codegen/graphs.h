/* graphs.h - what tests of graphs share: small graphs built, checked and printed. */
#ifndef TESTS_GRAPHS_H
#define TESTS_GRAPHS_H

#include "ag/compile.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

static inline ag_val int_param(ag_graph *g, const char *name) {
  ag_err err = {0};
  ag_type t = ag_type_scalar(AG_I64, true);
  ag_val v = ag_graph_param(g, &t, name, 0, &err);
  ck_assert_msg(v, "%s", err.msg);
  return v;
}

static inline ag_val binary(ag_graph *g, ag_op op, ag_val a, ag_val b, ag_err *err) {
  ag_val in[2] = {a, b};
  return ag_graph_op(g, op, in, 2, NULL, 0, 0, err);
}

static inline const char *name_of(ag_graph *g, ag_val v) {
  return ag_graph_name(g, ag_graph_value(g, v)->node);
}

static inline void check_graph(const ag_graph *g) {
  ag_err err = {0};
  ag_graph_verify(g, &err);
  ck_assert_msg(!err.code, "%s", err.msg);
}

static inline ag_graph *parse(const char *text) {
  ag_err err = {0};
  ag_graph *g = ag_graph_parse(text, &err);
  ck_assert_msg(g != NULL, "%s", err.msg);
  return g;
}

/* To be freed with ag_free. */
static inline char *print(const ag_graph *g) {
  ag_text t = {0};
  ck_assert_int_eq(ag_graph_print(g, NULL, NULL, &t), AG_OK);
  return t.data;
}

#endif
