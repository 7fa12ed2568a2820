/* Memory runs out at the n-th allocation, for every n, on the whole way of a graph: built,
 * verified, optimized, printed, lowered, compiled, and run both ways. Each failure is an error,
 * nothing of ours stays alive, and once the memory is enough the results are right. What LLVM
 * allocates itself is not counted and does not fail. */
#include "agree.h"

/* A loop, a cond with its own loop, elementwise loops that fuse, a reduction and a kernel call. */
static const char program[] = "graph(%1: float32[s1] x, %2: int64* n) {\n"
                              "  %3 = const 0 : int64*\n"
                              "  %4 = const 1 : int64*\n"
                              "  %5 = const 0.5 : float32\n"
                              "  %6, %7 = while(%3, %1) (%8: int64*, %9: float32[s1]) {\n"
                              "    %10 = lt %8, %2\n"
                              "    yield %10\n"
                              "  } (%11: int64*, %12: float32[s1]) {\n"
                              "    %13 = pyadd %11, %4\n"
                              "    %14 = element %12, %11\n"
                              "    %15 = set_element %12, %14, %3\n"
                              "    yield %13, %15\n"
                              "  }\n"
                              "  %16 = gt %6, %4\n"
                              "  %17 = cond(%16) {\n"
                              "    %18 = mul %7, %7\n"
                              "    %19 = exp %18\n"
                              "    %20 = add %19, %5\n"
                              "    yield %20\n"
                              "  } {\n"
                              "    %21 = sub %7, %5\n"
                              "    yield %21\n"
                              "  }\n"
                              "  %22 = sum %17 {axis=[0]}\n"
                              "  %23 = sort %17\n"
                              "  return %22, %23, %6\n"
                              "}\n";
enum { RESULTS = 3 };

static ag_code run(const ag_plan *p, ag_tensor *out, ag_err *err) {
  float x[] = {0.5f, -1, 0.25f, 0, 2};
  int64_t n = 3;
  ag_shape shape = {.rank = 1, .dim = {5}};
  ag_tensor in[2];
  const ag_tensor *lent[2] = {&in[0], &in[1]};
  if (ag_tensor_new(&in[0], AG_F32, &shape, err))
    return err->code;
  memcpy(in[0].data, x, sizeof x);
  ag_tensor_scalar(&in[1], AG_I64, &n);
  in[1].weak = 1;
  ag_code code = ag_plan_run(p, NULL, lent, out, err);
  ag_tensor_unref(&in[0]);
  return code;
}

/* From text to results, stopping at the first failure; whatever was made is freed. */
static ag_code everything(ag_tensor *interpreted, ag_tensor *compiled, ag_err *err) {
  ag_graph *better = NULL;
  ag_plan *plan = NULL, *native = NULL;
  ag_text text = {0};
  ag_graph *g = ag_graph_parse(program, err);
  if (!g || ag_graph_verify(g, err) || !(better = ag_optimize(g, 1, err)))
    goto done;
  if (ag_graph_print(better, NULL, NULL, &text)) {
    ag_fail(err, AG_ERR_NOMEM, 0, "no memory for the text");
    goto done;
  }
  if (!(plan = ag_lower(better, err)) || !(native = ag_compile(better, NULL, err)))
    goto done;
  if (run(plan, interpreted, err))
    goto done;
  if (run(native, compiled, err))
    for (int i = 0; i < RESULTS; i++)
      ag_tensor_unref(&interpreted[i]);
done:
  ag_free(text.data);
  ag_plan_unref(native);
  ag_plan_unref(plan);
  ag_graph_free(better);
  ag_graph_free(g);
  return err->code;
}

static void check_results(ag_tensor *interpreted, ag_tensor *compiled) {
  for (int i = 0; i < RESULTS; i++) {
    check_same_bits(&interpreted[i], &compiled[i], "result");
    ag_tensor_unref(&interpreted[i]);
    ag_tensor_unref(&compiled[i]);
  }
}

START_TEST(test_every_allocation_of_the_whole_way_may_fail) {
  ag_tensor a[RESULTS], b[RESULTS];
  ag_err err = {0};
  ck_assert_msg(!everything(a, b, &err), "%s", err.msg); /* what is made once a process stays */
  check_results(a, b);
  int64_t before = ag_allocations_alive();
  uint64_t n = 1, failures = 0;
  for (bool enough = false; !enough; n++) {
    ck_assert_uint_lt(n, 20000);
    err = (ag_err){0};
    uint64_t made = ag_allocations();
    ag_fail_allocation(n);
    ag_code code = everything(a, b, &err);
    ag_fail_allocation(0);
    ck_assert_msg(!code || code == AG_ERR_NOMEM, "allocation %llu: %s: %s", (unsigned long long)n,
                  ag_code_name(code), err.msg);
    if (code)
      failures++;
    else
      check_results(a, b); /* also where a failure was absorbed */
    ck_assert_msg(ag_allocations_alive() == before, "allocation %llu: %lld stay alive",
                  (unsigned long long)n, (long long)(ag_allocations_alive() - before));
    enough = !code && ag_allocations() - made < n; /* it was not reached */
  }
  ck_assert_uint_gt(failures, 50);
}
END_TEST

/* The first compilation of a process starts LLVM: memory that is short then must not be held
 * against later ones. */
START_TEST(test_the_first_compilation_may_fail) {
  ag_tensor a[RESULTS], b[RESULTS];
  ag_err err = {0};
  ag_fail_allocation((uint64_t)_i);
  ag_code code = everything(a, b, &err);
  ag_fail_allocation(0);
  ck_assert_msg(!code || code == AG_ERR_NOMEM, "allocation %d: %s: %s", _i, ag_code_name(code),
                err.msg);
  if (!code)
    check_results(a, b);
  err = (ag_err){0};
  ck_assert_msg(!everything(a, b, &err), "after allocation %d: %s", _i, err.msg);
  check_results(a, b);
}
END_TEST

int main(void) {
  TCase *t = new_cases("no memory");
  tcase_add_test(t, test_every_allocation_of_the_whole_way_may_fail);
  tcase_add_loop_test(t, test_the_first_compilation_may_fail, 60, 160);
  return run_suite("nomemory", t);
}
