/* Matrix products, by our own loops and by the BLAS that AG_BLAS names. */
#include "cases.h"

#include <math.h>
#include <stdlib.h>

static void check_products(void) {
  static const op_case cases[] = {
      {"matmul",
       {"f32[2,3] 1 2 3 4 5 6", "f32[3,2] 1 2 3 4 5 6"},
       "",
       "f32[2,2] 22.0 28.0 49.0 64.0"},
      {"matmul",
       {"f64[2,3] 1 2 3 4 5 6", "f64[2,3] 1 2 3 4 5 6"},
       "adj_y=1",
       "f64[2,2] 14.0 32.0 32.0 77.0"},
      {"matmul",
       {"f64[2,3] 1 2 3 4 5 6", "f64[2,3] 1 2 3 4 5 6"},
       "adj_x=1",
       "f64[3,3] 17.0 22.0 27.0 22.0 29.0 36.0 27.0 36.0 45.0"},
      {"matmul",
       {"f64[3,2] 1 2 3 4 5 6", "f64[2,3] 1 2 3 4 5 6"},
       "adj_x=1 adj_y=1",
       "f64[2,2] 22.0 49.0 28.0 64.0"},
      {"matmul", {"f32[2,1,2] 1 2 3 4", "f32[2,1] 1 10"}, "", "f32[2,1,1] 21.0 43.0"},
      {"matmul",
       {"f32[2,1,1,1] 1 2", "f32[3,1,1] 3 4 5"},
       "",
       "f32[2,3,1,1] 3.0 4.0 5.0 6.0 8.0 10.0"},
      {"matmul", {"f32[2,0]", "f32[0,2]"}, "", "f32[2,2] 0.0 0.0 0.0 0.0"},
      {"matmul", {"f32[0,2]", "f32[2,2] 1 2 3 4"}, "", "f32[0,2]"},
      {"matmul", {"f32[0,1,2]", "f32[2,1] 1 2"}, "", "f32[0,1,1]"},
      {"matmul",
       {"f32[2,3] 1 2 3 4 5 6", "f32[4,5] 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"},
       "",
       "! shape error: matmul: inner sizes differ, (2, 3) x (4, 5)"},
      {"matmul",
       {"f32[2] 1 2", "f32[2,1] 1 2"},
       "",
       "! shape error: matmul: needs matrices, not (2,) x (2, 1)"},
      {"matmul",
       {"f32[2,1,1] 1 2", "f32[3,1,1] 1 2 3"},
       "",
       "! shape error: matmul: batches do not broadcast, (2, 1, 1) x (3, 1, 1)"},
      {"matmul", {"i32[2,2] 1 2 3 4", "i32[2,1] 5 6"}, "", "i32[2,1] 17 39"},
      {"matmul", {"u8[1,2] 200 100", "u8[2,1] 2 1"}, "", "u8[1,1] 244"},
      {"matmul", {"i8[2,1] 1 2", "i8[2,2] 1 2 3 4"}, "adj_x=1", "i8[1,2] 7 10"},
      {"matmul", {"i64[1,2] 1 2", "i64[2,2] 1 2 3 4"}, "adj_y=1", "i64[1,2] 5 11"},
      {"matmul", {"bool[1,1] T", "bool[1,1] T"}, "", "! type error: matmul: bool is not supported"},
  };
  check_cases(cases);

  /* Larger than every block of the loops; integers, so sums are exact in any order. */
  enum { M = 70, N = 300, K = 130 };
  for (int form = 0; form < 4; form++) {
    bool ta = form & 1, tb = form & 2;
    ag_err err = {0};
    ag_shape sa = {.rank = 2, .dim = {ta ? K : M, ta ? M : K}};
    ag_shape sb = {.rank = 2, .dim = {tb ? N : K, tb ? K : N}};
    ag_tensor a, b, out;
    ag_tensor_new(&a, AG_F64, &sa, &err);
    ag_tensor_new(&b, AG_F64, &sb, &err);
    double *x = a.data, *y = b.data;
    for (int i = 0; i < M * K; i++)
      x[i] = i % 17 - 8;
    for (int i = 0; i < K * N; i++)
      y[i] = i % 13 - 6;
    ag_attr attrs[2] = {{.key = AG_KEY_adj_x, .i = ta}, {.key = AG_KEY_adj_y, .i = tb}};
    const ag_tensor *in[2] = {&a, &b};
    ck_assert(!ag_run_op(NULL, AG_OP_MATMUL, attrs, 2, NULL, in, 2, &out, 1, &err));
    for (int i = 0; i < M; i++)
      for (int j = 0; j < N; j++) {
        double sum = 0;
        for (int l = 0; l < K; l++)
          sum += (ta ? x[l * M + i] : x[i * K + l]) * (tb ? y[j * K + l] : y[l * N + j]);
        ck_assert_double_eq(((double *)out.data)[i * N + j], sum);
      }
    ag_tensor_unref(&a);
    ag_tensor_unref(&b);
    ag_tensor_unref(&out);
  }
}

START_TEST(test_products_by_our_loops) { check_products(); }
END_TEST

START_TEST(test_products_by_blas) {
  ck_assert(!ag_blas_load("/nonexistent/libblas.so"));
  ck_assert(!ag_blas_load("libm.so.6")); /* a library, but no BLAS */
  const char *path = getenv("AG_BLAS");
  if (!path || !*path)
    return; /* none is installed here */
  ck_assert_msg(ag_blas_load(path), "%s is no CBLAS", path);
  check_products();
}
END_TEST

SUITE_MAIN("matmul", test_products_by_our_loops, test_products_by_blas)
