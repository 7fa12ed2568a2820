/* Reductions: values, shapes, and REDUCTION ORDER against a slow copy of its definition. */
#include "cases.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

START_TEST(test_reductions) {
  static const op_case cases[] = {
      {"sum", {"i32[2,3] 1 2 3 4 5 6"}, "axis=[1]", "i32[2] 6 15"},
      {"sum", {"i32[2,3] 1 2 3 4 5 6"}, "axis=[0]", "i32[3] 5 7 9"},
      {"sum", {"i32[2,3] 1 2 3 4 5 6"}, "axis=[0,1]", "i32[] 21"},
      {"sum", {"i32[2,3] 1 2 3 4 5 6"}, "axis=[0,1] keep_dims=1", "i32[1,1] 21"},
      {"sum", {"i32[2,3] 1 2 3 4 5 6"}, "axis=[1] keep_dims=1", "i32[2,1] 6 15"},
      {"sum", {"i32[2,3] 1 2 3 4 5 6"}, "axis=[]", "i32[2,3] 1 2 3 4 5 6"},
      {"sum", {"f32[2,2,2] 1 2 3 4 5 6 7 8"}, "axis=[0,2]", "f32[2] 14.0 22.0"},
      {"sum", {"f32[2,2,2] 1 2 3 4 5 6 7 8"}, "axis=[1]", "f32[2,2] 4.0 6.0 12.0 14.0"},
      {"sum", {"f32[2,1,2] 1 2 3 4"}, "axis=[0,1]", "f32[2] 4.0 6.0"},
      {"sum", {"f64[] 5"}, "axis=[]", "f64[] 5.0"},
      {"sum", {"f64[0]"}, "axis=[0]", "f64[] 0.0"},
      {"sum", {"f64[0,2]"}, "axis=[0]", "f64[2] 0.0 0.0"},
      {"sum", {"f64[2,0]"}, "axis=[0]", "f64[0]"},
      {"sum", {"i8[2] 127 1"}, "axis=[0]", "i8[] -128"},
      {"sum", {"u64[2] 18446744073709551615 2"}, "axis=[0]", "u64[] 1"},
      {"prod", {"i64[3] 2 3 4"}, "axis=[0]", "i64[] 24"},
      {"prod", {"f32[0]"}, "axis=[0]", "f32[] 1.0"},
      {"prod", {"i32[2] 65536 65536"}, "axis=[0]", "i32[] 0"},
      {"max", {"i32[2,2] -5 -3 -9 -7"}, "axis=[1]", "i32[2] -3 -7"},
      {"max", {"u8[2] 3 200"}, "axis=[0]", "u8[] 200"},
      {"max", {"f32[3] 1 nan 2"}, "axis=[0]", "f32[] nan"},
      {"max", {"f32[2,2] 1 nan 3 2"}, "axis=[0]", "f32[2] 3.0 nan"},
      {"max", {"f64[2] -inf -inf"}, "axis=[0]", "f64[] -inf"},
      {"min", {"f64[3] 1 nan 2"}, "axis=[0]", "f64[] nan"},
      {"min", {"i64[2] 9223372036854775807 3"}, "axis=[0]", "i64[] 3"},
      {"max",
       {"f32[0]"},
       "axis=[0]",
       "! value error: max: there are no elements along the reduced axes"},
      {"min", {"f32[0,2]"}, "axis=[1]", "f32[0]"},
      {"mean", {"f32[4] 1 2 3 5"}, "axis=[0]", "f32[] 2.75"},
      {"mean", {"f64[2,2] 1 2 3 5"}, "axis=[0]", "f64[2] 2.0 3.5"},
      {"mean", {"f32[0]"}, "axis=[0]", "f32[] nan"},
      {"mean", {"i32[1] 1"}, "axis=[0]", "! type error: mean: int32 is not supported"},
      {"all", {"bool[2,2] T T T F"}, "axis=[1]", "bool[2] T F"},
      {"all", {"bool[0]"}, "axis=[0]", "bool[] T"},
      {"any", {"bool[2,2] F F T F"}, "axis=[0]", "bool[2] T F"},
      {"any", {"bool[0]"}, "axis=[0]", "bool[] F"},
      {"sum", {"bool[1] T"}, "axis=[0]", "! type error: sum: bool is not supported"},
  };
  check_cases(cases);
}
END_TEST

/* The definition, word by word, in a form that shares nothing with reduce.h. */
static float step(ag_op op, float l, float x) {
  switch (op) {
  case AG_OP_PROD:
    return l * x;
  case AG_OP_MAX:
    return l >= x || isnan(l) ? l : x;
  default:
    return l + x;
  }
}

static float first(ag_op op) { return op == AG_OP_PROD ? 1 : op == AG_OP_MAX ? -INFINITY : 0; }

static float slow_block(ag_op op, const float *x, int64_t n) {
  float lane[16];
  for (int j = 0; j < 16; j++)
    lane[j] = first(op);
  for (int64_t i = 0; i < n; i++)
    lane[i % 16] = step(op, lane[i % 16], x[i]);
  for (int s = 8; s; s /= 2)
    for (int j = 0; j < s; j++)
      lane[j] = step(op, lane[j], lane[j + s]);
  return lane[0];
}

/* The pairwise tree by recursion: blocks [from, to), the largest power of two of them on the left.
 */
static float slow_tree(ag_op op, const float *block, int64_t from, int64_t to) {
  int64_t n = to - from, left = 1;
  if (n == 1)
    return block[from];
  while (left * 2 < n)
    left *= 2;
  return step(op, slow_tree(op, block, from, from + left), slow_tree(op, block, from + left, to));
}

static float slow_run(ag_op op, const float *x, int64_t n) {
  float block[64];
  int64_t blocks = 0;
  for (int64_t i = 0; i < n; i += 4096)
    block[blocks++] = slow_block(op, x + i, n - i < 4096 ? n - i : 4096);
  return blocks ? slow_tree(op, block, 0, blocks) : first(op);
}

static float noise(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return (float)((int32_t)*seed >> 8) / 65536.0f;
}

START_TEST(test_runs_follow_the_definition) {
  static const int64_t sizes[] = {0,
                                  1,
                                  2,
                                  15,
                                  16,
                                  17,
                                  100,
                                  4095,
                                  4096,
                                  4097,
                                  8192,
                                  3 * 4096 + 5,
                                  6 * 4096,
                                  7 * 4096 + 1,
                                  13 * 4096 + 4095};
  static const ag_op ops[] = {AG_OP_SUM, AG_OP_PROD, AG_OP_MAX};
  uint32_t seed = 1;
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
    for (size_t o = 0; o < 3; o++) {
      int64_t n = sizes[k], axis = 0;
      if (ops[o] == AG_OP_MAX && n == 0)
        continue;
      ag_err err = {0};
      ag_shape shape = {.rank = 1, .dim = {n}};
      ag_tensor x, out;
      ag_tensor_new(&x, AG_F32, &shape, &err);
      for (int64_t i = 0; i < n; i++)
        ((float *)x.data)[i] = ops[o] == AG_OP_PROD ? 1 + noise(&seed) / 65536 : noise(&seed);
      const ag_tensor *in = &x;
      ag_attr a = {.key = AG_KEY_axis, .kind = AG_ATTR_INTS, .n = 1, .ints = &axis};
      ck_assert(!ag_run_op(NULL, ops[o], &a, 1, NULL, &in, 1, &out, 1, &err));
      float want = slow_run(ops[o], x.data, n);
      ck_assert_msg(memcmp(&want, out.cell, sizeof want) == 0, "%s of %d", ag_ops[ops[o]].name,
                    (int)n);
      ag_tensor_unref(&x);
    }
}
END_TEST

/* Every set of axes of two shapes of rank 4; each output element by the definition's words: runs on
 * other axes one after the other, elements of columns in blocks. */
enum { RANK = 4 };
static void check_axes(const int64_t *dim) {
  ag_err err = {0};
  ag_shape shape = {.rank = RANK};
  memcpy(shape.dim, dim, RANK * sizeof *dim);
  ag_tensor x;
  ag_tensor_new(&x, AG_F32, &shape, &err);
  int64_t all = ag_tensor_count(&x);
  uint32_t seed = 7;
  for (int64_t i = 0; i < all; i++)
    ((float *)x.data)[i] = noise(&seed);
  float *want = calloc((size_t)all, sizeof *want);
  float(*block)[64] = calloc((size_t)all, sizeof *block);
  int64_t *seen = calloc((size_t)all, sizeof *seen), *blocks = calloc((size_t)all, sizeof *blocks);
  for (unsigned mask = 0; mask < 1u << RANK; mask++) {
    int64_t axes[RANK], run = 1, length = 1; /* of the last reduced axis */
    uint32_t n = 0;
    for (int i = 0; i < RANK; i++)
      if (mask >> i & 1)
        axes[n++] = i, length = dim[i];
    int end = RANK; /* trailing reduced axes are [end, RANK) */
    while (end > 0 && (mask >> (end - 1) & 1))
      run *= dim[--end];
    ag_tensor out;
    const ag_tensor *in = &x;
    ag_attr a = {.key = AG_KEY_axis, .kind = AG_ATTR_INTS, .n = n, .ints = axes};
    ck_assert(!ag_run_op(NULL, AG_OP_SUM, &a, 1, NULL, &in, 1, &out, 1, &err));
    int64_t count = ag_tensor_count(&out);
    memset(want, 0, (size_t)all * sizeof *want);
    memset(block, 0, (size_t)all * sizeof *block);
    memset(seen, 0, (size_t)all * sizeof *seen);
    memset(blocks, 0, (size_t)all * sizeof *blocks);
    int64_t at[RANK];
    const float *p = x.data;
    for (at[0] = 0; at[0] < dim[0]; at[0]++)
      for (at[1] = 0; at[1] < dim[1]; at[1]++)
        for (at[2] = 0; at[2] < dim[2]; at[2]++)
          for (at[3] = 0; at[3] < dim[3]; at[3]++) {
            bool starts = true; /* the first element of a run */
            int64_t place = 0, k = 0;
            for (int i = 0; i < RANK; i++) {
              place = place * dim[i] + at[i];
              if (!(mask >> i & 1))
                k = k * dim[i] + at[i];
              if (i >= end && at[i])
                starts = false;
            }
            if (end == RANK) {
              int64_t begins = length <= 4096 ? 4096 / length * length : 4096;
              int64_t of = length <= 4096 ? seen[k] : seen[k] % length;
              blocks[k] += of % begins == 0;
              block[k][blocks[k] - 1] += p[place];
              seen[k]++;
            }
            if (end < RANK && starts)
              want[k] += slow_run(AG_OP_SUM, p + place, run);
          }
    for (int64_t k = 0; end == RANK && k < count; k++)
      want[k] = slow_tree(AG_OP_SUM, block[k], 0, blocks[k]);
    ck_assert_msg(memcmp(want, ag_tensor_data(&out), (size_t)count * 4) == 0, "axes %x", mask);
    ag_tensor_unref(&out);
  }
  ag_tensor_unref(&x);
  free(want);
  free(block);
  free(seen);
  free(blocks);
}

START_TEST(test_axes_follow_the_definition) {
  static const int64_t dims[][RANK] = {
      {3, 20, 1, 37}, {3, 1500, 1, 3}, {5000, 2, 3, 2}, {3, 4500, 2, 1}};
  for (size_t i = 0; i < sizeof dims / sizeof *dims; i++)
    check_axes(dims[i]);
}
END_TEST

START_TEST(test_scans) {
  static const op_case cases[] = {
      {"cumsum", {"i32[4] 1 2 3 4"}, "axis=0", "i32[4] 1 3 6 10"},
      {"cumsum", {"i32[4] 1 2 3 4"}, "axis=0 exclusive=1", "i32[4] 0 1 3 6"},
      {"cumsum", {"i32[4] 1 2 3 4"}, "axis=0 reverse=1", "i32[4] 10 9 7 4"},
      {"cumsum", {"i32[4] 1 2 3 4"}, "axis=0 reverse=1 exclusive=1", "i32[4] 9 7 4 0"},
      {"cumsum", {"f64[2,2] 1 2 3 4"}, "axis=0", "f64[2,2] 1.0 2.0 4.0 6.0"},
      {"cumsum", {"f64[2,2] 1 2 3 4"}, "axis=-1", "f64[2,2] 1.0 3.0 3.0 7.0"},
      {"cumsum", {"i8[2] 127 1"}, "axis=0", "i8[2] 127 -128"},
      {"cumsum", {"f32[0]"}, "axis=0", "f32[0]"},
      {"argmax", {"i32[5] 1 3 2 3 0"}, "axis=0 dtype=i64", "i64[] 1"},
      {"argmax", {"f32[4] 1 nan 5 nan"}, "axis=0 dtype=i32", "i32[] 1"},
      {"argmin", {"f32[4] 1 0 -0.0 5"}, "axis=0", "i64[] 1"},
      {"argmin", {"f32[3] 1 -inf nan"}, "axis=0", "i64[] 2"},
      {"argmax", {"i32[2,3] 1 5 2 9 0 9"}, "axis=1", "i64[2] 1 0"},
      {"argmax", {"i32[2,3] 1 5 2 9 0 9"}, "axis=0", "i64[3] 1 0 1"},
      {"argmax",
       {"i32[0]"},
       "axis=0",
       "! value error: argmax: there are no elements along the reduced axes"},
      {"argmax", {"i32[0,3]"}, "axis=1", "i64[0]"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_sort) {
  static const op_case cases[] = {
      {"sort", {"i32[5] 3 1 2 1 0"}, "", "i32[5] 0 1 1 2 3"},
      {"sort", {"i32[2,3] 3 1 2 6 5 4"}, "", "i32[2,3] 1 2 3 4 5 6"},
      {"sort", {"f32[5] nan 1 -inf nan 0"}, "", "f32[5] -inf 0.0 1.0 nan nan"},
      {"sort", {"f32[3] nan 1 2"}, "descending=1", "f32[3] nan 2.0 1.0"},
      {"sort",
       {"u64[3] 18446744073709551615 0 5"},
       "descending=1",
       "u64[3] 18446744073709551615 5 0"},
      {"sort", {"bool[3] T F T"}, "", "bool[3] F T T"},
      {"sort", {"i32[0]"}, "", "i32[0]"},
      {"sort", {"i32[] 1"}, "", "! shape error: sort: a 0-d tensor has no axis"},
      {"sort",
       {"i32[20] 9 8 7 6 5 4 3 2 1 0 19 18 17 16 15 14 13 12 11 10"},
       "",
       "i32[20] 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19"},
  };
  check_cases(cases);
  for (int64_t n = 30; n < 3000; n = n * 7 / 3) {
    ag_err err = {0};
    ag_shape shape = {.rank = 1, .dim = {n}};
    ag_tensor x, out;
    ag_tensor_new(&x, AG_I64, &shape, &err);
    uint64_t sum = 0, sorted_sum = 0;
    for (int64_t i = 0; i < n; i++)
      sum += (uint64_t)(((int64_t *)x.data)[i] = i * 7919 % 1009);
    const ag_tensor *in = &x;
    ck_assert(!ag_run_op(NULL, AG_OP_SORT, NULL, 0, NULL, &in, 1, &out, 1, &err));
    for (int64_t i = 0; i < n; i++) {
      sorted_sum += (uint64_t)((int64_t *)out.data)[i];
      ck_assert(i == 0 || ((int64_t *)out.data)[i - 1] <= ((int64_t *)out.data)[i]);
    }
    ck_assert_uint_eq(sum, sorted_sum);
    ag_tensor_unref(&x);
    ag_tensor_unref(&out);
  }
}
END_TEST

SUITE_MAIN("reduce", test_reductions, test_runs_follow_the_definition,
           test_axes_follow_the_definition, test_scans, test_sort)
