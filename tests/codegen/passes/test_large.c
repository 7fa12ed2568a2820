/* Large and deep graphs. A walk that is exponential in the depth, or quadratic in the number of
   nodes, runs into the time limit of the suite; what they take in fact is the bench's to say. */
#include "codegen/graphs.h"

/* A chain of n nodes over a parameter, a third of them neutral, every constant made anew. */
static ag_graph *chain(int n) {
  ag_graph *g = ag_graph_new();
  ag_err err = {0};
  ag_val x = int_param(g, "x");
  for (int i = 0; i < n / 2; i++) {
    int64_t k = i % 3;
    ag_tensor t = {0};
    ag_tensor_scalar(&t, AG_I64, &k);
    t.weak = 1;
    x = binary(g, AG_OP_PYADD, x, ag_graph_const(g, &t, NULL, 0, &err), &err);
  }
  ag_region_results(g, 0, &x, 1, &err);
  ck_assert_msg(!err.code, "%s", err.msg);
  return g;
}

START_TEST(test_a_hundred_thousand_nodes) {
  ag_err err = {0};
  ag_graph *g = chain(100000);
  ag_graph *out = ag_optimize(g, 1, &err);
  ck_assert_msg(out != NULL, "%s", err.msg);
  ag_plan *p = ag_lower(out, &err);
  ck_assert_msg(p != NULL, "%s", err.msg);
  ag_plan_unref(p);
  ag_graph_free(out);
  ag_graph_free(g);
}
END_TEST

/* Branches and loops nested deeply: no walk is exponential in the depth. */
START_TEST(test_deep_nesting_is_linear) {
  enum { DEPTH = 400 };
  ag_text t = {0};
  ag_text_add(&t, "graph(%%1: bool c, %%2: int64* n) {\n");
  for (int i = 0; i < DEPTH; i++)
    ag_text_add(&t,
                i % 2 ? "%%%d = while(%%2) (%%%d: int64*) { yield %%1 } (%%%d: int64*) {\n"
                      : "%%%d = cond(%%1) {\n",
                10 + i, 10000 + i, 20000 + i);
  ag_text_add(&t, "%%5000 = pyneg %%2\n");
  int inner = 5000;
  for (int i = DEPTH; i-- > 0; inner = 10 + i)
    ag_text_add(&t, i % 2 ? "yield %%%d }\n" : "yield %%%d } { yield %%2 }\n", inner);
  ag_text_add(&t, "return %%%d }\n", inner);
  ag_err err = {0};
  ag_graph *g = parse(t.data);
  ag_graph *out = ag_optimize(g, 1, &err);
  ck_assert_msg(out != NULL, "%s", err.msg);
  ag_plan *p = ag_lower(out, &err);
  ck_assert_msg(p != NULL, "%s", err.msg);
  ag_plan_unref(p);
  ag_graph_free(out);
  ag_graph_free(g);
  ag_free(t.data);
}
END_TEST

/* Every allocation of optimizing and lowering fails once: an error, and nothing left. */
START_TEST(test_out_of_memory_anywhere_leaves_nothing) {
  ag_graph *g = parse("graph(%1: int64* n, %2: float32[s1] x) {\n"
                      "  %3 = const 2 : int64*\n"
                      "  %4, %5 = while(%1, %2) (%6: int64*, %7: float32[s1]) {\n"
                      "    %8 = gt %6, %3\n"
                      "    yield %8\n"
                      "  } (%9: int64*, %10: float32[s1]) {\n"
                      "    %11 = pyfloordiv %9, %3\n"
                      "    %12 = gt %11, %3\n"
                      "    %13 = cond(%12) { %14 = exp %10 yield %14 } { yield %10 }\n"
                      "    %15 = stack %11, %11, %11, %11, %11, %3 {axis=0}\n"
                      "    yield %11, %13\n"
                      "  }\n"
                      "  %16 = pyadd %3, %3\n"
                      "  return %4, %5, %16\n"
                      "}\n");
  int64_t before = ag_allocations_alive();
  for (uint64_t nth = 1;; nth++) {
    ag_err err = {0};
    ag_fail_allocation(nth);
    ag_graph *out = ag_optimize(g, 1, &err);
    ag_plan *p = out ? ag_lower(out, &err) : NULL;
    ag_fail_allocation(0);
    bool made = p != NULL;
    ag_plan_unref(p);
    ag_graph_free(out);
    ck_assert_int_eq(ag_allocations_alive(), before);
    if (made)
      break;
    ck_assert_msg(err.code == AG_ERR_NOMEM, "allocation %llu: %s", (unsigned long long)nth,
                  err.msg);
    ck_assert_uint_lt(nth, 5000);
  }
  ag_graph_free(g);
}
END_TEST

SUITE_MAIN("passes", test_a_hundred_thousand_nodes, test_deep_nesting_is_linear,
           test_out_of_memory_anywhere_leaves_nothing)
