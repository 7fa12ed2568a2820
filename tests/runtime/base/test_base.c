/* The base room: memory that fails on demand, arenas, growing arrays, text, errors, shapes. */
#include "ag/base.h"
#include "suite.h"

#include <pthread.h>
#include <string.h>

START_TEST(test_the_nth_allocation_fails_once) {
  for (uint64_t nth = 1; nth < 4; nth++) {
    ag_fail_allocation(nth);
    for (uint64_t i = 1; i < 6; i++) {
      void *p = i % 2 ? ag_malloc(8) : ag_calloc(2, 8);
      ck_assert_int_eq(p == NULL, i == nth);
      ag_free(p);
    }
  }
  ag_fail_allocation(1);
  char *p = NULL;
  ck_assert_ptr_null(ag_realloc(p, 10));
  p = ag_realloc(p, 10);
  ag_fail_allocation(1);
  ck_assert_ptr_null(ag_realloc(p, 1000)); /* the old block stays */
  strcpy(p, "still");
  ag_free(p);
  ck_assert_ptr_null(ag_calloc(SIZE_MAX / 2, 4));
}
END_TEST

static void *allocate(void *out) {
  void **p = out;
  for (int i = 0; i < 100; i++) {
    ag_free(ag_malloc(10));
    p[i % 10] = i < 90 ? p[i % 10] : ag_malloc(10);
  }
  return NULL;
}

START_TEST(test_what_is_alive_is_counted_over_threads) {
  int64_t alive = ag_allocations_alive();
  uint64_t made = ag_allocations();
  void *kept[5][10] = {0};
  pthread_t threads[5];
  for (int round = 0; round < 3;
       round++) { /* later threads take over the records of earlier ones */
    for (int i = 0; i < 5; i++)
      pthread_create(&threads[i], NULL, allocate, kept[i]);
    for (int i = 0; i < 5; i++)
      pthread_join(threads[i], NULL);
    ck_assert_int_eq(ag_allocations_alive(), alive + 50);
    for (int i = 0; i < 50; i++)
      ag_free(kept[i / 10][i % 10]);
    ck_assert_int_eq(ag_allocations_alive(), alive);
  }
  ck_assert_uint_eq(ag_allocations() - made, 3 * 5 * 110);
  ag_free(NULL);
}
END_TEST

START_TEST(test_arena) {
  int64_t alive = ag_allocations_alive();
  ag_arena *a = ag_arena_new();
  for (size_t bytes = 0; bytes < 3000; bytes += 13) {
    unsigned char *p = ag_arena_alloc(a, bytes);
    ck_assert_uint_eq((uintptr_t)p % 16, 0);
    for (size_t i = 0; i < bytes; i++)
      ck_assert(p[i] == 0);
    memset(p, 255, bytes);
  }
  ck_assert_ptr_nonnull(ag_arena_alloc(a, 5000000));
  ck_assert_str_eq(ag_arena_copy(a, "text and more", 4), "text");
  ck_assert_ptr_null(ag_arena_alloc(a, SIZE_MAX));
  ag_fail_allocation(1);
  ck_assert_ptr_null(ag_arena_alloc(a, 50000000));
  ck_assert_ptr_nonnull(ag_arena_alloc(a, 50));
  ag_arena_free(a);
  ag_arena_free(NULL);
  ck_assert_int_eq(ag_allocations_alive(), alive);
}
END_TEST

START_TEST(test_growing_arrays_keep_what_they_hold) {
  int *v = NULL;
  uint32_t cap = 0;
  for (uint32_t i = 0; i < 1000; i++) {
    ck_assert(ag_grow(v, cap, i + 1));
    v[i] = (int)i;
  }
  uint32_t before = cap;
  ag_fail_allocation(1);
  ck_assert(!ag_grow(v, cap, cap + 1));
  ck_assert_uint_eq(cap, before);
  for (int i = 0; i < 1000; i++)
    ck_assert_int_eq(v[i], i);
  ag_free(v);
}
END_TEST

START_TEST(test_text_grows_and_failure_sticks) {
  ag_text t = {0};
  for (int i = 0; i < 100; i++)
    ag_text_add(&t, "%d,", i);
  ck_assert_uint_eq(t.len, 290);
  ag_text_add(&t, "%400d", 7);
  ck_assert_uint_eq(strlen(t.data), 690);
  ag_text_put(&t, "a\0b", 3);
  ck_assert_uint_eq(t.len, 693);
  ag_fail_allocation(1);
  ag_text_add(&t, "%10000d", 7);
  ck_assert(t.failed);
  ag_text_put(&t, "more", 4);
  ck_assert_uint_eq(t.len, 693);
  ag_free(t.data);
}
END_TEST

START_TEST(test_the_first_failure_stays) {
  ag_err err = {0};
  ck_assert_int_eq(ag_fail(&err, AG_ERR_SHAPE, 3, "size %d", 4), AG_ERR_SHAPE);
  ck_assert_int_eq(ag_fail(&err, AG_ERR_TYPE, 5, "other"), AG_ERR_SHAPE);
  ck_assert_str_eq(err.msg, "size 4");
  ck_assert_uint_eq(err.loc, 3);
  char large[1000];
  memset(large, 'x', sizeof large);
  large[999] = 0;
  err = (ag_err){0};
  ag_fail(&err, AG_ERR_VALUE, 0, "%s", large);
  ck_assert_uint_eq(strlen(err.msg), sizeof err.msg - 1);
  ck_assert_str_eq(err.msg + sizeof err.msg - 5, "x...");
  for (int at = 0; at < 998; at += 2)
    memcpy(large + at, "é", 2);
  for (int from = 0; from < 2; from++) { /* whole characters before the dots */
    err = (ag_err){0};
    ag_fail(&err, AG_ERR_VALUE, 0, "%s%s", from ? "x" : "", large);
    size_t len = strlen(err.msg);
    ck_assert_uint_eq((len - 3 - from) % 2, 0);
    ck_assert_str_eq(err.msg + len - 5, "é...");
  }
  for (int c = 0; c < AG_CODE_COUNT; c++)
    ck_assert_ptr_nonnull(ag_code_name((ag_code)c));
}
END_TEST

START_TEST(test_shapes) {
  char buf[AG_SHAPE_TEXT];
  ck_assert_str_eq(ag_shape_text(&(ag_shape){.rank = 0}, buf), "()");
  ck_assert_str_eq(ag_shape_text(&(ag_shape){.rank = 1, .dim = {3}}, buf), "(3,)");
  ck_assert_str_eq(ag_shape_text(&(ag_shape){.rank = 2, .dim = {-1, 3}}, buf), "(None, 3)");
  ck_assert_str_eq(ag_shape_text(&(ag_shape){.rank = -1}, buf), "<unknown>");
  ag_shape large = {.rank = 8};
  for (int i = 0; i < 8; i++)
    large.dim[i] = INT64_MAX;
  ck_assert_uint_eq(strlen(ag_shape_text(&large, buf)), 2 + 8 * 19 + 7 * 2);
  ck_assert_int_eq(ag_shape_count(&large), -1);
  large.dim[7] = 0;
  ck_assert_int_eq(ag_shape_count(&large), 0);
  ck_assert_int_eq(ag_shape_count(&(ag_shape){.rank = 2, .dim = {3, 4}}), 12);
  ck_assert_int_eq(ag_shape_count(&(ag_shape){.rank = 1, .dim = {-2}}), -1);
  ck_assert_int_eq(ag_shape_count(&(ag_shape){.rank = 0}), 1);
  ag_shape a = {.rank = 2, .dim = {3, 1}}, b = {.rank = 1, .dim = {4}}, out;
  ck_assert(ag_shape_broadcast(&a, &b, &out));
  ck_assert_str_eq(ag_shape_text(&out, buf), "(3, 4)");
  ck_assert(ag_shape_broadcast(&a, &a, &a) && ag_shape_equal(&a, &a)); /* out may be an input */
  b.dim[0] = 0;
  ck_assert(ag_shape_broadcast(&a, &b, &out));
  ck_assert_str_eq(ag_shape_text(&out, buf), "(3, 0)");
  a.dim[1] = 2;
  b.dim[0] = 3;
  ck_assert(!ag_shape_broadcast(&a, &b, &out));
}
END_TEST

START_TEST(test_dtypes) {
  for (int d = 0; d < AG_DTYPE_COUNT; d++) {
    ag_dtype found;
    ck_assert(ag_dtype_parse(ag_dtype_name((ag_dtype)d), &found) && (int)found == d);
    ck_assert_uint_gt(ag_dtype_size((ag_dtype)d), 0);
  }
  ag_dtype none;
  ck_assert(!ag_dtype_parse("int33", &none));
  ck_assert_str_eq(ag_dtype_format(AG_F64), "d");
}
END_TEST

START_TEST(test_hashes_differ) {
  char a[64] = {0}, b[64] = {0};
  for (size_t len = 1; len < 64; len++) {
    ck_assert(ag_hash_bytes(a, len, 1) == ag_hash_bytes(b, len, 1));
    ck_assert(ag_hash_bytes(a, len, 1) != ag_hash_bytes(a, len - 1, 1)); /* zeros count */
    ck_assert(ag_hash_bytes(a, len, 1) != ag_hash_bytes(a, len, 2));
    b[len - 1] ^= 1;
    ck_assert(ag_hash_bytes(a, len, 1) != ag_hash_bytes(b, len, 1));
    b[len - 1] ^= 1;
  }
}
END_TEST

SUITE_MAIN("base", test_the_nth_allocation_fails_once, test_what_is_alive_is_counted_over_threads,
           test_arena, test_growing_arrays_keep_what_they_hold, test_text_grows_and_failure_sticks,
           test_the_first_failure_stays, test_shapes, test_dtypes, test_hashes_differ)
