/* What the ranges of integers say: bounds against all numbers between them, and which checks
 * emitted code keeps. */
#include "agree.h"
#include "interval.h"

#include <string.h>

/* ---- bounds
 * ---------------------------------------------------------------------------------------- */

static int64_t floor_div(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static void holds(ag_interval in, int64_t x, const char *what, ag_interval a, ag_interval b) {
  ck_assert_msg(in.low <= x && x <= in.high,
                "%s of [%lld, %lld] and [%lld, %lld]: %lld is not in [%lld, %lld]", what,
                (long long)a.low, (long long)a.high, (long long)b.low, (long long)b.high,
                (long long)x, (long long)in.low, (long long)in.high);
}

static void check_all(ag_interval a, ag_interval b) {
  bool fits = true;
  for (int64_t x = a.low; x <= a.high; x++)
    for (int64_t y = b.low; y <= b.high; y++) {
      holds(ag_interval_add(a, b, &fits), x + y, "sum", a, b);
      holds(ag_interval_sub(a, b, &fits), x - y, "difference", a, b);
      holds(ag_interval_mul(a, b, &fits), x * y, "product", a, b);
      holds(ag_interval_neg(a, &fits), -x, "negation", a, b);
      holds(ag_interval_join(a, b), x, "join", a, b);
      holds(ag_interval_widen(a, b), x, "widening", a, b);
      holds(ag_interval_widen(a, b), y, "widening", a, b);
      if (b.low > 0) {
        holds(ag_interval_div(a, b), floor_div(x, y), "quotient", a, b);
        holds(ag_interval_mod(a, b), x - floor_div(x, y) * y, "remainder", a, b);
      }
    }
  ck_assert(fits);
}

START_TEST(test_bounds_hold_all_results) {
  for (int64_t i = -4; i <= 4; i++)
    for (int64_t j = i; j <= 4; j++)
      for (int64_t k = -4; k <= 4; k++)
        for (int64_t l = k; l <= 4; l++)
          check_all((ag_interval){i, j}, (ag_interval){k, l});
}
END_TEST

/* What is never reached: the divisor is 0 and 3 at once. */
START_TEST(test_no_number_between_the_bounds) {
  for (int64_t high = -2; high <= 2; high++) {
    ag_interval a = {-7, 7}, none = {3, high};
    ck_assert(ag_interval_within(ag_interval_div(a, a), ag_interval_div(a, none)));
    ck_assert(ag_interval_within(ag_interval_mod(a, a), ag_interval_mod(a, none)));
  }
}
END_TEST

/* Numbers near the ends: a result that is no int64 is never said to fit. */
START_TEST(test_overflow_is_seen) {
  static const int64_t ends[] = {INT64_MIN,
                                 INT64_MIN + 1,
                                 -((int64_t)1 << 62),
                                 -((int64_t)1 << 61),
                                 -9,
                                 -1,
                                 0,
                                 1,
                                 8,
                                 (int64_t)1 << 61,
                                 ((int64_t)1 << 61) + 1,
                                 (int64_t)1 << 62,
                                 INT64_MAX - 1,
                                 INT64_MAX};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
      int64_t x = ends[i], y = ends[k], z;
      ag_interval a = ag_interval_make(x, x), b = ag_interval_make(y, y);
      bool sum = true, difference = true, product = true, negation = true;
      ag_interval s = ag_interval_add(a, b, &sum), d = ag_interval_sub(a, b, &difference);
      ag_interval p = ag_interval_mul(a, b, &product), m = ag_interval_neg(a, &negation);
      ck_assert(!sum || !__builtin_add_overflow(x, y, &z));
      ck_assert(!difference || !__builtin_sub_overflow(x, y, &z));
      ck_assert(!product || !__builtin_mul_overflow(x, y, &z));
      ck_assert(!negation || x != INT64_MIN);
      if (!__builtin_add_overflow(x, y, &z))
        holds(s, z, "sum", a, b);
      if (!__builtin_sub_overflow(x, y, &z))
        holds(d, z, "difference", a, b);
      if (!__builtin_mul_overflow(x, y, &z))
        holds(p, z, "product", a, b);
      if (x != INT64_MIN)
        holds(m, -x, "negation", a, b);
    }
}
END_TEST

/* ---- checks
 * ---------------------------------------------------------------------------------------- */

#define LOOP(test, body)                                                                           \
  "graph(%1: int64[s1] x, %2: int64* n, %3: int64[7] c, %4: int64* from) {\n"                      \
  "  %5 = const 0 : int64*\n"                                                                      \
  "  %6 = const 1 : int64*\n"                                                                      \
  "  %7 = dim %1 {axis=0, weak=1}\n"                                                               \
  "  %8 = const 7 : int64*\n"                                                                      \
  "  %9 = const 0 : int64\n"                                                                       \
  "  %50, %51 = while(%5, %9) (%10: int64*, %11: int64) {\n" test "    yield %12\n"                \
  "  } (%20: int64*, %21: int64) {\n" body "  }\n"                                                 \
  "  return %50, %51\n"                                                                            \
  "}\n"
#define NEXT "    %40 = add %21, %30\n    %41 = pyadd %20, %6\n    yield %41, %40\n"

/* The place of the best so far: `next` where x[c] is better. */
#define BEST(first, next)                                                                          \
  "graph(%1: int64[s1] x, %2: int64* from) {\n"                                                    \
  "  %3 = const 0 : int64*\n  %4 = const 1 : int64*\n  %5 = dim %1 {axis=0, weak=1}\n"             \
  "  %50, %51 = while(%3, " first ") (%10: int64*, %11: int64*) {\n"                               \
  "    %12 = lt %10, %5\n    yield %12\n"                                                          \
  "  } (%20: int64*, %21: int64*) {\n"                                                             \
  "    %30 = element %1, %20\n    %31 = element %1, %21\n    %32 = gt %30, %31\n"                  \
  "    %40 = pyadd %20, %4\n    %33 = select %32, " next ", %21\n    yield %40, %33\n  }\n"        \
  "  return %51\n}\n"

static const struct {
  const char *name, *text;
  int indices, others; /* checks that stay */
} programs[] = {
    {"up to the length", LOOP("    %12 = lt %10, %7\n", "    %30 = element %1, %20\n" NEXT), 0, 0},
    {"up to a number", LOOP("    %12 = lt %10, %2\n", "    %30 = element %1, %20\n" NEXT), 1, 0},
    {"up to a constant", LOOP("    %12 = lt %10, %8\n", "    %30 = element %3, %20\n" NEXT), 0, 0},
    {"up to a constant and one", LOOP("    %12 = le %10, %8\n", "    %30 = element %3, %20\n" NEXT),
     1, 0},
    {"the next one",
     LOOP("    %12 = lt %10, %7\n", "    %31 = pyadd %20, %6\n    %30 = element %1, %31\n" NEXT), 1,
     0},
    {"the next one is tested",
     LOOP("    %13 = pyadd %10, %6\n    %12 = lt %13, %7\n",
          "    %31 = pyadd %20, %6\n    %30 = element %1, %31\n" NEXT),
     0, 0},
    {"from the end",
     LOOP("    %12 = lt %10, %7\n",
          "    %31 = pysub %7, %6\n    %32 = pysub %31, %20\n    %30 = element %1, %32\n" NEXT),
     0, 0},
    {"counts on", LOOP("    %12 = ne %10, %2\n", "    %30 = const 3 : int64\n" NEXT), 0, 0},
    {"a branch says it",
     LOOP("    %12 = ne %10, %2\n",
          "    %31 = lt %20, %7\n    %30 = cond(%31) {\n      %33 = element %1, %20\n      yield "
          "%33\n    } {\n      yield %9\n    }\n" NEXT),
     0, 0},
    {"the other branch does not",
     LOOP("    %12 = ne %10, %2\n",
          "    %31 = lt %20, %7\n    %30 = cond(%31) {\n      yield %9\n    } {\n      %33 = "
          "element %1, %20\n      yield %33\n    }\n" NEXT),
     1, 0},
    {"checked before",
     LOOP("    %12 = ne %10, %2\n", "    %31 = element %3, %20\n    %30 = element %3, %20\n" NEXT),
     1, 0},
    {"a remainder",
     LOOP("    %12 = lt %10, %2\n", "    %31 = pymod %4, %8\n    %30 = element %3, %31\n" NEXT), 0,
     0},
    {"a divisor that counts from one",
     LOOP("    %12 = lt %10, %2\n", "    %31 = pyadd %20, %6\n    %32 = pymod %4, %31\n    %30 = "
                                    "cast %32 {dtype=int64}\n" NEXT),
     0, 0},
    {"a divisor that counts from nought",
     LOOP("    %12 = lt %10, %2\n",
          "    %32 = pymod %4, %20\n    %30 = cast %32 {dtype=int64}\n" NEXT),
     0, 1},
    {"a number given may be anything",
     LOOP("    %12 = lt %10, %2\n",
          "    %31 = pyadd %4, %6\n    %30 = cast %31 {dtype=int64}\n" NEXT),
     0, 1},
    {"a product grows fast",
     LOOP("    %12 = lt %10, %2\n",
          "    %31 = pymul %20, %20\n    %30 = cast %31 {dtype=int64}\n" NEXT),
     0, 1},
    {"the best so far was counted", BEST("%3", "%20"), 0, 0},
    {"the best is the next one, which the test has seen", BEST("%3", "%40"), 0, 0},
    {"the best begins anywhere", BEST("%2", "%20"), 1, 0},
    {"the best begins one ahead", BEST("%4", "%20"), 1, 0},
    {"a list as long as it was filled",
     "graph(%1: int64* n, %2: int64* i) {\n"
     "  %3 = const 0 : int64*\n  %4 = const 1 : int64*\n  %5 = const [] : int64[0]\n"
     "  %30, %31, %32 = while(%3, %5, %3) (%6: int64*, %7: int64[s1], %8: int64*) {\n"
     "    %9 = lt %6, %1\n    yield %9\n"
     "  } (%10: int64*, %11: int64[s1], %12: int64*) {\n"
     "    %13 = add %10, %4\n    %14 = cast %10 {dtype=int64}\n    %15 = list_put %11, %14, %12\n"
     "    %16 = add %12, %4\n    yield %13, %15, %16\n  }\n"
     "  %33 = pyindex %2, %32 {site=0}\n  %34 = element %31, %33\n  return %34\n}\n",
     1, 0},
    {"a length that is not the list's",
     "graph(%1: int64* n, %2: int64* i) {\n"
     "  %3 = const 0 : int64*\n  %4 = const 1 : int64*\n  %5 = const [] : int64[0]\n  %17 = const "
     "2 : int64*\n"
     "  %30, %31, %32 = while(%3, %5, %3) (%6: int64*, %7: int64[s1], %8: int64*) {\n"
     "    %9 = lt %6, %1\n    yield %9\n"
     "  } (%10: int64*, %11: int64[s1], %12: int64*) {\n"
     "    %13 = add %10, %4\n    %14 = cast %10 {dtype=int64}\n    %15 = list_put %11, %14, %12\n"
     "    %16 = add %12, %17\n    yield %13, %15, %16\n  }\n"
     "  %33 = pyindex %2, %32 {site=0}\n  %34 = element %31, %33\n  return %34\n}\n",
     2, 0},
    {"below a sum of constants that is near the end",
     "graph(%1: int64* n) {\n"
     "  %2 = const 2305843009213693952 : int64*\n  %3 = const 1152921504606846976 : int64*\n"
     "  %4 = const 0 : int64*\n  %5 = pysub %1, %2\n  %6 = pysub %5, %2\n  %7 = pysub %6, %2\n"
     "  %8 = pysub %7, %3\n  %9 = lt %8, %4\n"
     "  %10 = cond(%9) {\n    %11 = pyadd %1, %2\n    yield %11\n  } {\n    yield %4\n  }\n"
     "  return %10\n}\n",
     0, 5},
};

static int count(const char *text, const char *word) {
  int n = 0;
  for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
    n++;
  return n;
}

START_TEST(test_checks_that_stay) {
  ag_err err = {0};
  ag_graph *g = parse(programs[_i].text);
  ag_text ir = {0};
  ag_compile_options options = {.effort = 0};
  ck_assert_msg(!ag_compile_text(g, &options, &ir, NULL, &err), "%s: %s", programs[_i].name,
                err.msg);
  int indices = count(ir.data, "call i32 @ag_rt_fail_index("),
      others = count(ir.data, "call i32 @ag_rt_fail(");
  ck_assert_msg(indices == programs[_i].indices && others == programs[_i].others,
                "%s: %d checks of indices and %d others, not %d and %d\n%s", programs[_i].name,
                indices, others, programs[_i].indices, programs[_i].others, ir.data);
  ag_free(ir.data);
  ag_graph_free(g);
}
END_TEST

int main(void) {
  TCase *t = new_cases("ranges");
  tcase_add_test(t, test_bounds_hold_all_results);
  tcase_add_test(t, test_no_number_between_the_bounds);
  tcase_add_test(t, test_overflow_is_seen);
  tcase_add_loop_test(t, test_checks_that_stay, 0, sizeof programs / sizeof *programs);
  return run_suite("ranges", t);
}
