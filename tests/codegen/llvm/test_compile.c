/* Compiling: out of memory anywhere, several threads at once, code dropped; running: interrupts,
 * output in order. */
#include "agree.h"

#include <pthread.h>

static const char everything[] = "graph(%1: float32[s1] x, %2: int64* n) {\n"
                                 "  %3 = const 0 : int64*\n"
                                 "  %4 = const 1 : int64*\n"
                                 "  %20 = const [1.0, 2.0, 3.0] : float32[3]\n"
                                 "  %5, %6 = while(%3, %1) (%7: int64*, %8: float32[s1]) {\n"
                                 "    %9 = lt %7, %2\n"
                                 "    yield %9\n"
                                 "  } (%10: int64*, %11: float32[s1]) {\n"
                                 "    %12 = pyadd %10, %4\n"
                                 "    %13 = element %11, %10\n"
                                 "    %14 = exp %13\n"
                                 "    %15 = set_element %11, %14, %10\n"
                                 "    print %12, %13 {text=\"\\x01: \\x01\\n\", stream=0}\n"
                                 "    yield %12, %15\n"
                                 "  }\n"
                                 "  %16 = mul %6, %6\n"
                                 "  %17 = sum %16 {axis=[0]}\n"
                                 "  %18 = sort %6\n"
                                 "  %19 = element %20, %5\n"
                                 "  return %17, %18, %5, %19\n"
                                 "}\n";

static ag_code to_text(void *ctx, const char *text, size_t len, int stream, ag_err *err) {
  (void)stream;
  (void)err;
  ag_text_put(ctx, text, len);
  return AG_OK;
}

/* 0, then 1, 2 ... allocations succeed: an error each time, nothing lost, until it is enough. */
START_TEST(test_out_of_memory) {
  ag_graph *g = parse(everything);
  ag_err err = {0};
  ag_plan *p = ag_compile(g, NULL, &err);
  ck_assert_msg(p != NULL, "%s", err.msg);
  ag_plan_unref(p);
  int64_t before = ag_allocations_alive();
  bool enough = false;
  for (uint64_t n = 1; n < 10000 && !enough; n++) {
    err = (ag_err){0};
    ag_fail_allocation(n);
    p = ag_compile(g, NULL, &err);
    ag_fail_allocation(0);
    enough = p != NULL;
    ck_assert_msg(p || err.code == AG_ERR_NOMEM, "allocation %llu: %s", (unsigned long long)n,
                  err.msg);
    ag_plan_unref(p);
    ck_assert_msg(ag_allocations_alive() == before, "allocation %llu: %lld lost",
                  (unsigned long long)n, (long long)(ag_allocations_alive() - before));
  }
  ck_assert(enough);
  ag_graph_free(g);
}
END_TEST

/* The same while running. */
START_TEST(test_out_of_memory_at_run_time) {
  ag_graph *g = parse(everything);
  both p = make_both(g);
  double x[] = {0.5, -1, 0.25, 0, 2}, n = 2;
  ag_text text = {0};
  ag_text_add(&text, "%200s", ""); /* printing needs no more memory */
  ag_host host = {.ctx = &text, .print = to_text};
  ag_tensor t[2] = {tensor_of(AG_F32, x, 5), tensor_of(AG_I64, &n, -1)}, out[4];
  const ag_tensor *in[2] = {&t[0], &t[1]};
  t[1].weak = 1;
  bool enough = false;
  int64_t before = ag_allocations_alive();
  for (uint64_t k = 1; k < 1000 && !enough; k++) {
    ag_err err = {0};
    text.len = 0;
    ag_fail_allocation(k);
    ag_code code = ag_plan_run(p.compiled, &host, in, out, &err);
    ag_fail_allocation(0);
    enough = !code;
    ck_assert_msg(!code || code == AG_ERR_NOMEM, "%s", err.msg);
    for (int i = 0; i < 4 && !code; i++)
      ag_tensor_unref(&out[i]);
    ck_assert_int_eq(ag_allocations_alive(), before);
  }
  ck_assert(enough);
  for (int i = 0; i < 2; i++)
    ag_tensor_unref(&t[i]);
  ag_free(text.data);
  free_both(&p);
  ag_graph_free(g);
}
END_TEST

START_TEST(test_prints_in_order_and_fails_alike) {
  static const double counts[] = {0, 1, 2, 3, 5, 6};
  ag_graph *g = parse(everything);
  both p = make_both(g);
  double x[] = {0.5, -1, 0.25, 0, 2};
  for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
    ag_text text[2] = {{0}, {0}};
    ag_tensor t[2] = {tensor_of(AG_F32, x, 5), tensor_of(AG_I64, &counts[k], -1)}, out[4];
    const ag_tensor *in[2] = {&t[0], &t[1]};
    t[1].weak = 1;
    ag_code code[2];
    for (int i = 0; i < 2; i++) {
      ag_err err = {0};
      ag_host host = {.ctx = &text[i], .print = to_text};
      code[i] = ag_plan_run(i ? p.compiled : p.interpreted, &host, in, out, &err);
      for (int j = 0; j < 4 && !code[i]; j++)
        ag_tensor_unref(&out[j]);
    }
    ck_assert_int_eq(code[0], code[1]);
    ck_assert_int_eq(code[0], counts[k] > 2 ? AG_ERR_INDEX : AG_OK);
    ck_assert_str_eq(text[0].data ? text[0].data : "", text[1].data ? text[1].data : "");
    ag_host host = {.ctx = &text[0], .print = to_text};
    check_both(&p, &host, in, "everything");
    for (int i = 0; i < 2; i++) {
      ag_tensor_unref(&t[i]);
      ag_free(text[i].data);
    }
  }
  free_both(&p);
  ag_graph_free(g);
}
END_TEST

static ag_code stop(void *ctx, ag_err *err) {
  int *asked = ctx;
  return ++*asked < 3 ? AG_OK : ag_fail(err, AG_ERR_INTERRUPT, 0, "stopped");
}

START_TEST(test_endless_loop_is_interrupted) {
  ag_graph *g =
      parse("graph(%1: int64 n) {\n  %2 = const 0 : int64\n"
            "  %3 = while(%1) (%4: int64) {\n    %5 = ne %4, %2\n    yield %5\n"
            "  } (%6: int64) {\n    %7 = bitor %6, %1\n    yield %7\n  }\n  return %3\n}\n");
  ag_err err = {0};
  ag_plan *p = ag_compile(g, NULL, &err);
  ck_assert_msg(p != NULL, "%s", err.msg);
  ck_assert(p->has_loop);
  int asked = 0;
  double one = 1;
  ag_host host = {.ctx = &asked, .poll = stop};
  ag_tensor t = tensor_of(AG_I64, &one, -1), out[1];
  const ag_tensor *in[1] = {&t};
  ck_assert_int_eq(ag_plan_run(p, &host, in, out, &err), AG_ERR_INTERRUPT);
  ck_assert_str_eq(err.msg, "stopped");
  ag_plan_unref(p);
  ag_graph_free(g);
}
END_TEST

static void *compile_and_run(void *arg) {
  int64_t which = *(int64_t *)arg;
  char text[200];
  for (int64_t i = 0; i < 10; i++) {
    ag_err err = {0};
    snprintf(text, sizeof text,
             "graph(%%1: int64 x) {\n  %%2 = const %lld : int64\n  %%3 = mul %%1, %%2\n  return "
             "%%3\n}\n",
             (long long)(which * 100 + i));
    ag_graph *g = ag_graph_parse(text, &err);
    ag_plan *p = g ? ag_compile(g, NULL, &err) : NULL;
    if (!p)
      return "not compiled";
    int64_t seven = 7, result;
    ag_tensor t, out;
    ag_tensor_scalar(&t, AG_I64, &seven);
    const ag_tensor *in[] = {&t};
    if (ag_plan_run(p, NULL, in, &out, &err))
      return "not run";
    memcpy(&result, out.cell, sizeof result);
    ag_plan_unref(p);
    ag_graph_free(g);
    if (result != 7 * (which * 100 + i))
      return "wrong result";
  }
  return NULL;
}

START_TEST(test_threads_compile_at_once) {
  enum { THREADS = 4 };
  pthread_t thread[THREADS];
  int64_t which[THREADS];
  for (int i = 0; i < THREADS; i++) {
    which[i] = i;
    ck_assert_int_eq(pthread_create(&thread[i], NULL, compile_and_run, &which[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    void *failed;
    pthread_join(thread[i], &failed);
    ck_assert_msg(failed == NULL, "%s", (char *)failed);
  }
}
END_TEST

/* Each value is used twice by the next one: 2 to the 60 paths, behind a change of shape too. */
START_TEST(test_shared_trees_are_computed_once) {
  ag_text t = {0};
  ag_text_add(&t, "graph(%%1: float32[2,3] x) {\n  %%2 = maximum %%1, %%1\n");
  int v = 2;
  for (; v < 62; v++)
    ag_text_add(&t, "  %%%d = minimum %%%d, %%%d\n", v + 1, v, v);
  ag_text_add(&t, "  %%63 = reshape %%62 {shape=[6]}\n  %%64 = exp %%63\n");
  ag_text_add(&t, "  %%65 = sum %%62 {axis=[1]}\n  %%66 = transpose %%62 {perm=[1,0]}\n");
  ag_text_add(&t, "  return %%64, %%65, %%66\n}\n");
  ag_graph *g = parse(t.data);
  both p = make_both(g);
  ag_tensor x;
  ag_err err = {0};
  ag_shape shape = {.rank = 2, .dim = {2, 3}};
  ck_assert_int_eq(ag_tensor_new(&x, AG_F32, &shape, &err), AG_OK);
  for (int i = 0; i < 6; i++)
    ((float *)x.data)[i] = (float)i / 4;
  const ag_tensor *in[] = {&x};
  check_both(&p, NULL, in, "squares");
  ag_tensor_unref(&x);
  free_both(&p);
  ag_graph_free(g);
  ag_free(t.data);
}
END_TEST

SUITE_MAIN("compile", test_out_of_memory, test_out_of_memory_at_run_time,
           test_prints_in_order_and_fails_alike, test_endless_loop_is_interrupted,
           test_threads_compile_at_once, test_shared_trees_are_computed_once)
