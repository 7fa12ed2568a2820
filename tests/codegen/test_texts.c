/* The text graphs of tests/graphs: one directory a pass, `text` for parsing and inference alone,
 * `optimize` for all passes, `run` for plans. */
#include "codegen/texts.h"
#include "passes/pass.h"

static ag_graph *apply(const char *directory, const ag_graph *g, ag_err *err) {
  if (!strcmp(directory, "text"))
    return ag_graph_verify(g, err) ? NULL : (ag_graph *)g;
  if (!strcmp(directory, "optimize"))
    return ag_optimize(g, 1, err);
  return ag_pass_run(directory, g, err);
}

static void check_pass(const text_case *c, void *ctx) { text_check_pass(c, ctx, apply); }

static const text_executor executors[] = {{"interpreted", ag_lower}};

static void check_run(const text_case *c, void *ctx) {
  (void)ctx;
  text_check_runs(c, executors, sizeof executors / sizeof *executors);
}

static const char *const directories[] = {"text",  "fold", "simplify", "cond",
                                          "sizes", "loop", "unroll",   "vectors",
                                          "cse",   "dce",  "optimize"};

START_TEST(test_passes_give_what_the_texts_expect) {
  char directory[32];
  strcpy(directory, directories[_i]);
  text_each(directory, check_pass, directory);
  ck_assert_msg(text_cases > 0, "no cases in %s", directory);
}
END_TEST

START_TEST(test_plans_compute_what_the_texts_say) {
  text_each("run", check_run, NULL);
  ck_assert_int_gt(text_cases, 0);
}
END_TEST

/* Every text graph there is survives being optimized: the verifier looks after each pass. */
static void check_optimizes(const text_case *c, void *ctx) {
  (void)ctx;
  ag_err err = {0};
  ag_graph *g = ag_graph_parse(c->graph, &err), *out;
  if (!g)
    return; /* an expected error */
  out = ag_optimize(g, 1, &err);
  ck_assert_msg(out != NULL, "%s:%d: %s", c->file, c->line, err.msg);
  check_graph(out);
  ag_graph_free(out);
  out = ag_optimize(g, 0, &err);
  ck_assert_msg(out != NULL, "%s:%d: %s", c->file, c->line, err.msg);
  check_graph(out);
  ag_graph_free(out);
  ag_graph_free(g);
}

START_TEST(test_all_texts_can_be_optimized) { text_each(directories[_i], check_optimizes, NULL); }
END_TEST

int main(void) {
  TCase *t = new_cases("texts");
  int n = sizeof directories / sizeof *directories;
  tcase_add_loop_test(t, test_passes_give_what_the_texts_expect, 0, n);
  tcase_add_test(t, test_plans_compute_what_the_texts_say);
  tcase_add_loop_test(t, test_all_texts_can_be_optimized, 0, n);
  return run_suite("texts", t);
}
