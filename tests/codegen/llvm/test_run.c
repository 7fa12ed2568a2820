/* The programs of tests/graphs/run, compiled: the results are those that the texts say. */
#include "codegen/texts.h"

static ag_plan *compiled(const ag_graph *g, ag_err *err) { return ag_compile(g, NULL, err); }

static ag_plan *without_passes(const ag_graph *g, ag_err *err) {
  return ag_compile(g, &(ag_compile_options){.effort = 0, .name = "quick"}, err);
}

static const text_executor executors[] = {{"compiled", compiled},
                                          {"compiled, effort 0", without_passes}};

static void check_run(const text_case *c, void *ctx) {
  (void)ctx;
  text_check_runs(c, executors, sizeof executors / sizeof *executors);
}

START_TEST(test_plans_compute_what_the_texts_say) {
  ag_err err = {0};
  ag_graph *g = parse("graph(%1: int64 x) {\n  return %1\n}\n");
  ag_plan *first =
      ag_compile(g, NULL, &err); /* what LLVM keeps for the process is not a leak of a case */
  ck_assert_msg(first != NULL, "%s", err.msg);
  ag_plan_unref(first);
  ag_graph_free(g);
  text_each("run", check_run, NULL);
  ck_assert_int_gt(text_cases, 0);
}
END_TEST

/* IR and assembly can be read, and name the nodes. */
START_TEST(test_text_names_the_nodes) {
  ag_graph *g = parse("graph(%1: float32[s1] x) {\n  %2 = exp %1 : float32[s1]\n  return %2\n}\n");
  ag_err err = {0};
  ag_text ir = {0}, assembly = {0};
  ck_assert_msg(!ag_compile_text(g, &(ag_compile_options){.effort = 1, .name = "model"}, &ir,
                                 &assembly, &err),
                "%s", err.msg);
  ck_assert_ptr_nonnull(strstr(ir.data, "n2.exp"));
  ck_assert_ptr_nonnull(strstr(ir.data, "@model."));
  ck_assert_ptr_nonnull(strstr(assembly.data, "ag_vm_exp_f32"));
  ag_free(ir.data);
  ag_free(assembly.data);
  ag_graph_free(g);
}
END_TEST

/* A product and a sum are one operation with fast_math, and two without. */
START_TEST(test_contraction_is_asked_for) {
  ag_graph *g = parse("graph(%1: float64 x, %2: float64 y) {\n  %3 = mul %1, %2\n"
                      "  %4 = add %3, %1\n  return %4\n}\n");
  for (int fast = 0; fast < 2; fast++) {
    ag_err err = {0};
    ag_text assembly = {0};
    ag_compile_options options = {.effort = 1, .fast_math = fast};
    ck_assert_msg(!ag_compile_text(g, &options, NULL, &assembly, &err), "%s", err.msg);
    bool fma = strstr(assembly.data, "vfm") != NULL;
    ck_assert(__builtin_cpu_supports("fma") ? fma == (fast == 1) : !fma);
    ag_free(assembly.data);
  }
  ag_graph_free(g);
}
END_TEST

SUITE_MAIN("compiled programs", test_plans_compute_what_the_texts_say, test_text_names_the_nodes,
           test_contraction_is_asked_for)
