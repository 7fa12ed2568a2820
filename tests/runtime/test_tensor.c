/* Tensors and buffers as values, and their text as NumPy 2.4 writes it. */
#include "cases.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void check_text(const char *tensor, const char *want) {
  ag_tensor t = parse_tensor(tensor);
  ag_text text = {0};
  ag_tensor_text(&t, &text);
  ck_assert_msg(text.data && strcmp(text.data, want) == 0, "%s\n  expected %s\n  got      %s",
                tensor, want, text.data);
  ag_free(text.data);
  ag_tensor_unref(&t);
}

START_TEST(test_text_of_numbers) {
  check_text("i32[] -5", "-5");
  check_text("u64[] 18446744073709551615", "18446744073709551615");
  check_text("bool[] T", "True");
  check_text("bool[] F", "False");
  check_text("f64[] 1", "1.0");
  check_text("f64[] 1e16", "1e+16");
  check_text("f64[] 123456789012345680", "1.2345678901234568e+17");
  check_text("f64[] 0.0001", "0.0001");
  check_text("f64[] 0.00001", "1e-05");
  check_text("f64[] -0.0", "-0.0");
  check_text("f64[] 5e-324", "5e-324");
  check_text("f64[] 5.684341886080802e-14", "5.684341886080802e-14"); /* 2^-44: uneven gaps */
  check_text("f64[] 1.7976931348623157e308", "1.7976931348623157e+308");
  check_text("f64[] nan", "nan");
  check_text("f64[] -inf", "-inf");
  check_text("f32[] 0.1", "0.1");
  check_text("f32[] 999999", "999999.0");
  check_text("f32[] 1e6", "1e+06");
  check_text("f32[] 16777216", "1.6777216e+07");
  check_text("f32[] 1e-45", "1e-45");
}
END_TEST

START_TEST(test_text_of_arrays) {
  check_text("i32[3] 1 -20 3", "[  1 -20   3]");
  check_text("f64[2] 1 2.5", "[1.  2.5]");
  check_text("f64[3] 1 2 3", "[1. 2. 3.]");
  check_text("f64[3] -1.5 nan inf", "[-1.5  nan  inf]");
  check_text("f64[2] nan -inf", "[ nan -inf]");
  check_text("f64[2] 1e8 1", "[1.e+08 1.e+00]");
  check_text("f64[2] 1e-5 1", "[1.e-05 1.e+00]");
  check_text("f64[2] 0.1 0.123456789123", "[0.1        0.12345679]");
  check_text("f32[2] 0.1 0.33333334", "[0.1        0.33333334]");
  check_text("f32[2] 1e6 1", "[1.e+06 1.e+00]");
  check_text("f32[2] 0.1 1234.567", "[1.000000e-01 1.234567e+03]");
  check_text("f64[2] 0 -0.0", "[ 0. -0.]");
  check_text("bool[2] T F", "[ True False]");
  check_text("bool[1] T", "[ True]");
  check_text("i32[0]", "[]");
  check_text("i32[2,0]", "[]");
  check_text("i32[2,2] 1 2 3 4", "[[1 2]\n [3 4]]");
  check_text("i32[2,1,2] 1 2 3 4", "[[[1 2]]\n\n [[3 4]]]");
  check_text("i32[1,1,1,1,1,1,1,1] 1", "[[[[[[[[1]]]]]]]]");
  check_text("f64[12] 0.11111111 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 0.1 0.2 0.3",
             "[0.11111111 0.2        0.3        0.4        0.5        0.6\n"
             " 0.7        0.8        0.9        0.1        0.2        0.3       ]");
}
END_TEST

START_TEST(test_text_of_large_arrays_is_summarized) {
  ag_err err = {0};
  ag_tensor t;
  ag_text text = {0};
  ag_shape shape = {.rank = 1, .dim = {1001}};
  ag_tensor_new(&t, AG_I64, &shape, &err);
  for (int64_t i = 0; i < 1001; i++)
    ((int64_t *)t.data)[i] = i;
  ag_tensor_text(&t, &text);
  ck_assert_str_eq(text.data, "[   0    1    2 ...  998  999 1000]");
  ag_free(text.data);
  t.rank = 2;
  t.dim[0] = 143;
  t.dim[1] = 7;
  text = (ag_text){0};
  t.dim[0] = 7;
  t.dim[1] = 143;
  ag_tensor_text(&t, &text); /* 1001 elements, both axes cut */
  ck_assert_str_eq(text.data, "[[   0    1    2 ...  140  141  142]\n"
                              " [ 143  144  145 ...  283  284  285]\n"
                              " [ 286  287  288 ...  426  427  428]\n ...\n"
                              " [ 572  573  574 ...  712  713  714]\n"
                              " [ 715  716  717 ...  855  856  857]\n"
                              " [ 858  859  860 ...  998  999 1000]]");
  ag_free(text.data);
  ag_tensor_unref(&t);
}
END_TEST

START_TEST(test_text_survives_lack_of_memory) {
  ag_tensor t =
      parse_tensor("f64[30] 1 2 3 4 5 6 7 8 9 10 1 2 3 4 5 6 7 8 9 10 1 2 3 4 5 6 7 8 9 10");
  for (uint64_t nth = 1; nth < 10; nth++) {
    ag_text text = {0};
    ag_fail_allocation(nth);
    ag_tensor_text(&t, &text);
    ag_fail_allocation(0);
    ck_assert(text.failed || strncmp(text.data, "[ 1.  2.", 8) == 0);
    ag_free(text.data);
  }
  ag_tensor_unref(&t);
}
END_TEST

START_TEST(test_float_text_reads_back) {
  uint64_t bits = 88172645463325252u;
  for (int i = 0; i < 20000; i++) {
    char buf[AG_NUMBER_TEXT];
    bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17; /* xorshift64 */
    double x;
    float y;
    memcpy(&x, &bits, sizeof x);
    memcpy(&y, &bits, sizeof y);
    if (!isnan(x))
      ck_assert(strtod(ag_float_text(x, false, buf), NULL) == x);
    if (!isnan(y))
      ck_assert(strtof(ag_float_text(y, true, buf), NULL) == y);
    ck_assert_uint_lt(strlen(buf), AG_NUMBER_TEXT);
  }
}
END_TEST

START_TEST(test_tensors_share_and_count) {
  int64_t alive = ag_allocations_alive();
  ag_err err = {0};
  ag_tensor a, b, c;
  ag_shape shape = {.rank = 2, .dim = {3, 5}};
  ck_assert(!ag_tensor_new(&a, AG_F64, &shape, &err));
  ck_assert_int_eq((uintptr_t)a.data % 64, 0);
  ck_assert_int_eq(ag_tensor_count(&a), 15);
  ck_assert(ag_buffer_unique(a.owner));
  ag_tensor_ref(&a, &b);
  ck_assert(!ag_buffer_unique(a.owner));
  ag_tensor_unref(&a);
  ck_assert_ptr_null(a.data);
  ck_assert(ag_buffer_unique(b.owner));
  ag_tensor_unref(&b);
  ag_tensor_unref(&b); /* empty: nothing happens */
  shape = (ag_shape){.rank = 2, .dim = {0, INT64_MAX}};
  ck_assert(!ag_tensor_new(&c, AG_F64, &shape, &err));
  ck_assert_ptr_nonnull(c.data);
  ag_tensor_unref(&c);
  shape = (ag_shape){.rank = 0};
  ck_assert(!ag_tensor_new(&c, AG_F64, &shape, &err));
  ck_assert_ptr_eq(ag_tensor_data(&c), c.cell);
  shape = (ag_shape){.rank = 2, .dim = {INT64_MAX, 2}};
  ck_assert_int_eq(ag_tensor_new(&c, AG_I8, &shape, &err), AG_ERR_SHAPE);
  err = (ag_err){0};
  shape = (ag_shape){.rank = 1, .dim = {INT64_C(1) << 61}};
  ck_assert_int_eq(ag_tensor_new(&c, AG_F64, &shape, &err), AG_ERR_SHAPE);
  err = (ag_err){0};
  shape = (ag_shape){.rank = 9};
  ck_assert_int_eq(ag_tensor_new(&c, AG_F64, &shape, &err), AG_ERR_SHAPE);
  ck_assert_int_eq(ag_allocations_alive(), alive);
}
END_TEST

START_TEST(test_buffers_of_all_sizes) {
  int64_t alive = ag_allocations_alive();
  for (size_t bytes = 0; bytes < 5000; bytes += 37) {
    ag_buffer *b[3];
    for (int i = 0; i < 3; i++) {
      b[i] = ag_buffer_new(bytes);
      ck_assert_uint_ge(b[i]->bytes, bytes);
      memset(b[i]->data, i, b[i]->bytes);
    }
    for (int i = 0; i < 3; i++) {
      for (size_t k = 0; k < bytes; k++)
        ck_assert(((char *)b[i]->data)[k] == i);
      ag_buffer_unref(b[i]);
    }
  }
  ag_buffer_unref(NULL);
  ck_assert_ptr_null(ag_buffer_new(SIZE_MAX - 10));
  ck_assert_int_eq(ag_allocations_alive(), alive);
}
END_TEST

START_TEST(test_large_buffers_are_used_again) {
  int64_t alive = ag_allocations_alive();
  enum { LARGE = 1 << 20 };
  for (int round = 0; round < 20; round++) {
    ag_buffer *b[6];
    for (int i = 0; i < 6; i++) {
      size_t bytes = (size_t)LARGE + (size_t)(round * i) * 10000;
      b[i] = ag_buffer_new(bytes);
      ck_assert_uint_ge(b[i]->bytes, bytes);
      ck_assert_uint_eq((uintptr_t)b[i]->data % 64, 0);
      memset(b[i]->data, i, b[i]->bytes);
    }
    for (int i = 0; i < 6; i++) {
      const char *p = b[i]->data;
      ck_assert(p[0] == i && p[b[i]->bytes - 1] == i && !memcmp(p, p + 1, b[i]->bytes - 1));
      ag_buffer_unref(b[i]);
    }
  }
  ck_assert_int_eq(ag_allocations_alive(), alive);
  ag_fail_allocation(1); /* also what waits fails on demand */
  ck_assert_ptr_null(ag_buffer_new(LARGE));
}
END_TEST

START_TEST(test_every_op_is_in_the_tables) {
  for (int op = 0; op < AG_OP_COUNT; op++) {
    ag_op found;
    ck_assert(ag_op_parse(ag_ops[op].name, &found) && (int)found == op);
    ck_assert(ag_op_parse(ag_ops[op].file, &found) && (int)found == op);
    for (const char *c = ag_ops[op].name; *c; c++)
      ck_assert(*c == '_' || (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9'));
    bool needs = ag_ops[op].lowering != AG_LOWER_source && ag_ops[op].lowering != AG_LOWER_region;
    ck_assert_msg((ag_kernels[op] != NULL) == needs, "%s", ag_ops[op].name);
  }
  ag_op none;
  ck_assert(!ag_op_parse("no_such_op", &none));
}
END_TEST

SUITE_MAIN("tensor", test_text_of_numbers, test_text_of_arrays,
           test_text_of_large_arrays_is_summarized, test_text_survives_lack_of_memory,
           test_float_text_reads_back, test_tensors_share_and_count, test_buffers_of_all_sizes,
           test_large_buffers_are_used_again, test_every_op_is_in_the_tables)
