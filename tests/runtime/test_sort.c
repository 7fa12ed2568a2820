/* Sorting against insertion by comparisons: every dtype, by each instruction set, on one thread and
 * on more, to the same bits. */
#include "cases.h"

#include "ag/vmath.h"
#include "pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;
static uint64_t next(void) {
  state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
  return state ^ state >> 29;
}

/* How numbers are made: any bits; few; ascending; descending; the upper half alike; specials. */
enum { ANY, FEW, UP, DOWN, ALIKE, SPECIAL, KINDS };
static uint64_t bits_of(int kind, int64_t i) {
  switch (kind) {
  case FEW:
    return next() % 5;
  case UP:
    return (uint64_t)i;
  case DOWN:
    return (uint64_t)-i;
  case ALIKE:
    return (next() % 40) << 40 | next() % 50;
  default:
    return next();
  }
}

#define CHECK(D, T, REAL)                                                                          \
  static T make_##D(int kind, int64_t i) {                                                         \
    uint64_t bits = bits_of(kind, i);                                                              \
    T x;                                                                                           \
    memcpy(&x, &bits, sizeof x);                                                                   \
    if (!REAL || (kind == ANY && i % 2))                                                           \
      return x;                                                                                    \
    const T odd[] = {0, (T)-0.0, (T)NAN, (T)-NAN, (T)INFINITY, (T)-INFINITY, 1, (T)-1};            \
    if (kind == SPECIAL)                                                                           \
      return bits % 3 ? odd[bits % 8] : x;                                                         \
    return (T)((double)(int64_t)bits / 1e12);                                                      \
  }                                                                                                \
  static bool before_##D(T a, T b) { return a < b || (b != b && a == a); }                         \
  /* Merges by comparisons, stable: the numbers of x in order. */                                  \
  static void order_##D(const T *x, int64_t *order, int64_t *spare, int64_t n, bool down) {        \
    if (n < 2) {                                                                                   \
      return;                                                                                      \
    }                                                                                              \
    int64_t half = n / 2;                                                                          \
    order_##D(x, order, spare, half, down);                                                        \
    order_##D(x, order + half, spare, n - half, down);                                             \
    memcpy(spare, order, (size_t)n * sizeof *order);                                               \
    for (int64_t i = 0, a = 0, b = half; i < n; i++) {                                             \
      bool second = a == half || (b < n && (down ? before_##D(x[spare[a]], x[spare[b]])            \
                                                 : before_##D(x[spare[b]], x[spare[a]])));         \
      order[i] = second ? spare[b++] : spare[a++];                                                 \
    }                                                                                              \
  }                                                                                                \
  static void check_##D(int kind, int64_t rows, int64_t n) {                                       \
    ag_err err = {0};                                                                              \
    ag_shape shape = {.rank = 2, .dim = {rows, n}};                                                \
    ag_tensor x, out;                                                                              \
    ck_assert(!ag_tensor_new(&x, AG_##D, &shape, &err));                                           \
    T *values = x.data;                                                                            \
    for (int64_t i = 0; i < rows * n; i++)                                                         \
      values[i] = make_##D(kind, i);                                                               \
    int64_t *order = malloc((size_t)(2 * n + 1) * sizeof *order);                                  \
    for (int down = 0; down < 2; down++) {                                                         \
      const ag_tensor *in[1] = {&x};                                                               \
      ag_attr attrs[2] = {{.key = AG_KEY_descending, .i = down},                                   \
                          {.key = AG_KEY_dtype, .i = down ? AG_I64 : AG_I32}};                     \
      ck_assert(!ag_run_op(NULL, AG_OP_SORT, attrs, 1, NULL, in, 1, &out, 1, &err));               \
      for (int64_t r = 0; r < rows; r++) {                                                         \
        for (int64_t i = 0; i < n; i++)                                                            \
          order[i] = i;                                                                            \
        order_##D(values + r * n, order, order + n, n, false);                                     \
        for (int64_t i = 0; i < n; i++)                                                            \
          if (memcmp((T *)out.data + r * n + (down ? n - 1 - i : i), values + r * n + order[i],    \
                     sizeof(T)))                                                                   \
            ck_abort_msg("sort " #D " kind %d of %d, row %d at %d", kind, (int)n, (int)r, (int)i); \
      }                                                                                            \
      ag_tensor_unref(&out);                                                                       \
      ck_assert(!ag_run_op(NULL, AG_OP_ARGSORT, attrs, 2, NULL, in, 1, &out, 1, &err));            \
      for (int64_t r = 0; r < rows; r++) {                                                         \
        for (int64_t i = 0; i < n; i++)                                                            \
          order[i] = i;                                                                            \
        order_##D(values + r * n, order, order + n, n, down);                                      \
        for (int64_t i = 0; i < n; i++) {                                                          \
          int64_t at = down ? ((int64_t *)out.data)[r * n + i] : ((int32_t *)out.data)[r * n + i]; \
          if (at != order[i])                                                                      \
            ck_abort_msg("argsort " #D " kind %d of %d, row %d at %d", kind, (int)n, (int)r,       \
                         (int)i);                                                                  \
        }                                                                                          \
      }                                                                                            \
      ag_tensor_unref(&out);                                                                       \
    }                                                                                              \
    ag_tensor_unref(&x);                                                                           \
    free(order);                                                                                   \
  }
#define WHOLE_NUMBERS(X)                                                                           \
  X(BOOL, uint8_t, false)                                                                          \
  X(I8, int8_t, false)                                                                             \
  X(U8, uint8_t, false)                                                                            \
  X(I16, int16_t, false)                                                                           \
  X(U16, uint16_t, false)                                                                          \
  X(I32, int32_t, false)                                                                           \
  X(U32, uint32_t, false)                                                                          \
  X(I64, int64_t, false)                                                                           \
  X(U64, uint64_t, false)
#define NUMBERS(X) WHOLE_NUMBERS(X) X(F32, float, true) X(F64, double, true)

static bool make_ready(int test, int *threads) {
  const ag_vmath *isa = ag_vmath_table_of((ag_isa)(test / 2));
  if (!isa)
    return false;                /* not of this machine */
  setenv("AG_ISA", isa->isa, 1); /* each test is its own process: the table is not chosen yet */
  *threads = test % 2 ? 3 : 1;
  ag_threads_set(*threads);
  return true;
}

NUMBERS(CHECK)
#define ENTRY(D, T, REAL) check_##D,
static void (*const checks[])(int kind, int64_t rows, int64_t n) = {NUMBERS(ENTRY)};

START_TEST(test_rows_are_sorted_and_stable) {
  /* Around insertion, networks of vectors, wide digits and pieces. */
  static const int64_t sizes[][2] = {{3, 1},   {3, 2},   {2, 31},   {2, 32},   {2, 33},   {2, 64},
                                     {2, 65},  {2, 127}, {2, 128},  {2, 129},  {2, 255},  {2, 256},
                                     {2, 257}, {2, 600}, {2, 1000}, {1, 4097}, {1, 66001}};
  int threads;
  if (!make_ready(_i, &threads))
    return;
  for (size_t d = 0; d < sizeof checks / sizeof *checks; d++)
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
      for (int kind = 0; kind < KINDS; kind++)
        if (sizes[i][1] < 5000 || kind == (int)(d % KINDS))
          checks[d](kind, sizes[i][0], sizes[i][1]);
}
END_TEST

/* Refused before an element is read: there is none here. */
START_TEST(test_places_that_do_not_fit_are_refused) {
  ag_tensor x = {.dtype = AG_U8, .rank = 2, .dim = {0, (INT64_C(1) << 31) + 1}}, out = {0};
  const ag_tensor *in[] = {&x};
  ag_attr attr = {.key = AG_KEY_dtype, .i = AG_I32};
  ag_err err = {0};
  char none;
  x.data = &none;
  ck_assert_int_eq(ag_run_op(NULL, AG_OP_ARGSORT, &attr, 1, NULL, in, 1, &out, 1, &err),
                   AG_ERR_VALUE);
  ck_assert_msg(strstr(err.msg, "2147483649 elements do not fit int32"), "%s", err.msg);
  err = (ag_err){0};
  x.dim[1]--; /* the last place is the greatest int32 */
  ck_assert(!ag_run_op(NULL, AG_OP_ARGSORT, &attr, 1, NULL, in, 1, &out, 1, &err));
  ck_assert_int_eq(out.dtype, AG_I32);
  ag_tensor_unref(&out);
}
END_TEST

int main(void) {
  TCase *cases = new_cases("sort");
  tcase_add_test(cases, test_places_that_do_not_fit_are_refused);
  tcase_add_loop_test(cases, test_rows_are_sorted_and_stable, 0, 2 * AG_ISA_COUNT);
  return run_suite("sort", cases);
}
