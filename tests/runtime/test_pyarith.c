/* Python's arithmetic: results and errors are CPython's (3.11). */
#include "cases.h"

#include <string.h>

#define MAX "weak i64[] 9223372036854775807"
#define MIN "weak i64[] -9223372036854775808"
#define WIDE "! overflow: integer result does not fit in 64 bits: "

START_TEST(test_int_overflow_names_its_operands) {
  static const op_case cases[] = {
      {"pyadd", {"weak i64[] 2", "weak i64[] 3"}, "", "weak i64[] 5"},
      {"pyadd", {MAX, "weak i64[] 1"}, "", WIDE "9223372036854775807 + 1"},
      {"pysub", {MIN, "weak i64[] 1"}, "", WIDE "-9223372036854775808 - 1"},
      {"pysub", {"weak i64[] 2", "weak i64[] 3"}, "", "weak i64[] -1"},
      {"pymul", {"weak i64[] -4", "weak i64[] 3"}, "", "weak i64[] -12"},
      {"pymul", {MIN, "weak i64[] -1"}, "", WIDE "-9223372036854775808 * -1"},
      {"pyneg", {MAX}, "", "weak i64[] -9223372036854775807"},
      {"pyneg", {MIN}, "", WIDE "-(-9223372036854775808)"},
      {"pyabs", {"weak i64[] -3"}, "", "weak i64[] 3"},
      {"pyabs", {MIN}, "", WIDE "abs(-9223372036854775808)"},
      {"pyfloordiv", {MIN, "weak i64[] -1"}, "", WIDE "-9223372036854775808 // -1"},
      {"pyadd",
       {"weak f64[] 2", "weak f64[] 3"},
       "",
       "! type error: pyadd: float64 is not supported"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_division) {
  static const op_case cases[] = {
      {"pyfloordiv", {"weak i64[] -7", "weak i64[] 2"}, "", "weak i64[] -4"},
      {"pymod", {"weak i64[] -7", "weak i64[] 2"}, "", "weak i64[] 1"},
      {"pymod", {"weak i64[] 7", "weak i64[] -2"}, "", "weak i64[] -1"},
      {"pymod", {MIN, "weak i64[] -1"}, "", "weak i64[] 0"},
      {"pyfloordiv", {"weak f64[] -7", "weak f64[] 2"}, "", "weak f64[] -4.0"},
      {"pymod", {"weak f64[] -1", "weak f64[] inf"}, "", "weak f64[] inf"},
      {"pymod", {"weak f64[] -0.0", "weak f64[] 3"}, "", "weak f64[] 0.0"},
      {"pydiv", {"weak i64[] 7", "weak i64[] 2"}, "", "weak f64[] 3.5"},
      {"pydiv", {"weak f64[] 7", "weak f64[] 2"}, "", "weak f64[] 3.5"},
      {"pydiv", {"weak i64[] 1", "weak i64[] 0"}, "", "! division by zero: division by zero"},
      {"pydiv", {"weak f64[] 1", "weak f64[] 0"}, "", "! division by zero: float division by zero"},
      {"pyfloordiv",
       {"weak i64[] 1", "weak i64[] 0"},
       "",
       "! division by zero: integer division or modulo by zero"},
      {"pymod", {"weak i64[] 1", "weak i64[] 0"}, "", "! division by zero: integer modulo by zero"},
      {"pyfloordiv",
       {"weak f64[] 1", "weak f64[] 0"},
       "",
       "! division by zero: float floor division by zero"},
      {"pymod", {"weak f64[] 1", "weak f64[] -0.0"}, "", "! division by zero: float modulo"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_true_division_rounds_once) { /* expected values are CPython's */
  static const struct {
    int64_t a, b;
    double q;
  } table[] = {
      {INT64_MAX, 3, 3.0744573456182584e+18},
      {INT64_MAX, INT64_MAX, 1.0},
      {INT64_MIN, -1, 9.223372036854775808e+18},
      {INT64_MIN, INT64_MAX, -1.0},
      {9007199254740993, 1, 9007199254740992.0},
      {9007199254740993, 2, 4503599627370496.0},
      {9007199254740993, 9007199254740991, 1.0000000000000002},
      {1, INT64_MIN, -1.0842021724855044e-19},
      {-9007199254740995, 3, -3002399751580331.5},
      {9223372036854775783, 10, 9.223372036854775783e+17},
      {1152921504606847105, 7, 1.6470307208669245e+17},
      {0, INT64_MIN, -0.0},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    ck_assert_msg(ag_rt_truediv(table[i].a, table[i].b) == table[i].q, "row %d: %.17g", (int)i,
                  ag_rt_truediv(table[i].a, table[i].b));
}
END_TEST

START_TEST(test_powers) {
  static const op_case cases[] = {
      {"pypow", {"weak i64[] 2", "weak i64[] 62"}, "", "weak i64[] 4611686018427387904"},
      {"pypow", {"weak i64[] -2", "weak i64[] 63"}, "", MIN},
      {"pypow", {"weak i64[] 2", "weak i64[] 63"}, "", WIDE "2 ** 63"},
      {"pypow", {"weak i64[] 3", "weak i64[] 41"}, "", WIDE "3 ** 41"},
      {"pypow", {"weak i64[] 1", MAX}, "", "weak i64[] 1"},
      {"pypow", {"weak i64[] -1", MAX}, "", "weak i64[] -1"},
      {"pypow", {"weak i64[] 0", MAX}, "", "weak i64[] 0"},
      {"pypow", {"weak i64[] 0", "weak i64[] 0"}, "", "weak i64[] 1"},
      {"pypow",
       {"weak i64[] 2", "weak i64[] -1"},
       "",
       "! other number: 2 ** -1 is a float in Python: make the base a float"},
      {"pypow",
       {"weak i64[] 0", "weak i64[] -1"},
       "",
       "! division by zero: 0.0 cannot be raised to a negative power"},
      {"pypow", {"weak f64[] 2", "weak f64[] 0.5"}, "", "weak f64[] 1.4142135623730951"},
      {"pypow", {"weak f64[] nan", "weak f64[] 0"}, "", "weak f64[] 1.0"},
      {"pypow", {"weak f64[] 1", "weak f64[] nan"}, "", "weak f64[] 1.0"},
      {"pypow", {"weak f64[] -2", "weak f64[] 3"}, "", "weak f64[] -8.0"},
      {"pypow", {"weak f64[] 0", "weak f64[] nan"}, "", "weak f64[] nan"},
      {"pypow", {"weak f64[] -inf", "weak f64[] 0.5"}, "", "weak f64[] inf"},
      {"pypow", {"weak f64[] inf", "weak f64[] 2"}, "", "weak f64[] inf"},
      {"pypow",
       {"weak f64[] -0.0", "weak f64[] -1"},
       "",
       "! division by zero: 0.0 cannot be raised to a negative power"},
      {"pypow",
       {"weak f64[] 10", "weak f64[] 400"},
       "",
       "! overflow: (34, 'Numerical result out of range')"},
      {"pypow", {"weak f64[] 10", "weak f64[] -400"}, "", "weak f64[] 0.0"},
      {"pypow",
       {"weak f64[] -8", "weak f64[] 0.5"},
       "",
       "! other number: the result of -8.0 ** 0.5 is complex, which is not supported"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_shifts) {
  static const op_case cases[] = {
      {"pyshl", {"weak i64[] 3", "weak i64[] 4"}, "", "weak i64[] 48"},
      {"pyshl", {"weak i64[] -1", "weak i64[] 63"}, "", MIN},
      {"pyshl", {"weak i64[] 1", "weak i64[] 63"}, "", WIDE "1 << 63"},
      {"pyshl", {"weak i64[] 1", "weak i64[] 64"}, "", WIDE "1 << 64"},
      {"pyshl", {"weak i64[] 0", MAX}, "", "weak i64[] 0"},
      {"pyshl", {"weak i64[] 1", "weak i64[] -1"}, "", "! value error: negative shift count"},
      {"pyshr", {"weak i64[] -9", "weak i64[] 1"}, "", "weak i64[] -5"},
      {"pyshr", {"weak i64[] -9", MAX}, "", "weak i64[] -1"},
      {"pyshr", {"weak i64[] 1", "weak i64[] -1"}, "", "! value error: negative shift count"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_int_of_float) {
  static const op_case cases[] = {
      {"pyint", {"weak f64[] -1.9"}, "", "weak i64[] -1"},
      {"pyint", {"weak f64[] -9223372036854775808"}, "", MIN},
      {"pyint", {"weak f64[] 9223372036854775808"}, "", WIDE "int(9.223372036854776e+18)"},
      {"pyint", {"weak f64[] -inf"}, "", "! overflow: cannot convert float infinity to integer"},
      {"pyint", {"weak f64[] nan"}, "", "! value error: cannot convert float NaN to integer"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_an_int_that_must_fit) {
  static const op_case cases[] = {
      {"pyfit", {"weak i64[] -128"}, "dtype=i8", "i8[] -128"},
      {"pyfit", {"weak i64[] 65535"}, "dtype=u16", "u16[] 65535"},
      {"pyfit", {MAX}, "dtype=u64", "u64[] 9223372036854775807"},
      {"pyfit", {"weak i64[] 128"}, "dtype=i8", "! overflow: the Python int 128 does not fit int8"},
      {"pyfit",
       {"weak i64[] -1"},
       "dtype=u64",
       "! overflow: the Python int -1 does not fit uint64"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_powers_modulo) {
  static const op_case cases[] = {
      {"pypowmod", {"weak i64[] 3", "weak i64[] 5", "weak i64[] 7"}, "", "weak i64[] 5"},
      {"pypowmod", {MAX, MAX, "weak i64[] -10"}, "", "weak i64[] -7"},
      {"pypowmod", {"weak i64[] 3", "weak i64[] -1", "weak i64[] 7"}, "", "weak i64[] 5"},
      {"pypowmod", {"weak i64[] 3", "weak i64[] 0", "weak i64[] 1"}, "", "weak i64[] 0"},
      {"pypowmod",
       {"weak i64[] 2", "weak i64[] -1", "weak i64[] 4"},
       "",
       "! value error: base is not invertible for the given modulus"},
      {"pypowmod",
       {"weak i64[] 2", "weak i64[] 1", "weak i64[] 0"},
       "",
       "! value error: pow() 3rd argument cannot be 0"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_rounding_to_digits) {
  static const op_case cases[] = {
      {"pyround", {"weak f64[] 2.675"}, "num=2", "weak f64[] 2.67"},
      {"pyround", {"weak f64[] 2.5"}, "num=0", "weak f64[] 2.0"},
      {"pyround", {"weak f64[] 14.999999999999998"}, "num=-1", "weak f64[] 10.0"},
      {"pyround", {"weak f64[] 60"}, "num=-2", "weak f64[] 100.0"},
      {"pyround", {"weak f64[] 50"}, "num=-2", "weak f64[] 0.0"},
      {"pyround", {"weak i64[] 25"}, "num=-1", "weak i64[] 20"},
      {"pyround", {"weak i64[] -35"}, "num=-1", "weak i64[] -40"},
      {"pyround", {MAX}, "num=-1", WIDE "round(9223372036854775807, -1)"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_functions_of_math) {
  static const op_case cases[] = {
      {"pymath", {"weak f64[] 8"}, "mode=0", "weak f64[] 3.0"},
      {"pymath", {"weak f64[] 0"}, "mode=1", "! value error: math domain error"},
      {"pymath", {"weak f64[] 2000"}, "mode=3", "! overflow: math range error"},
      {"pymath", {"weak f64[] 7", "weak f64[] 3"}, "mode=8", "weak f64[] 1.0"},
      {"pymath", {"weak f64[] inf", "weak f64[] 3"}, "mode=8", "! value error: math domain error"},
  };
  check_cases(cases);
}
END_TEST

/* Emitted code fails through ag_rt_fail with the operands; its text must be the kernel's. */
START_TEST(test_emitted_code_says_the_same) {
  static const struct {
    ag_op op;
    ag_dtype in, out;
    double a, b; /* ints when `in` is */
  } table[] = {
      {AG_OP_PYADD, AG_I64, AG_I64, 9.2e18, 9.2e18}, {AG_OP_PYDIV, AG_I64, AG_F64, 1, 0},
      {AG_OP_PYDIV, AG_F64, AG_F64, 1, 0},           {AG_OP_PYMOD, AG_F64, AG_F64, 1, 0},
      {AG_OP_PYPOW, AG_F64, AG_F64, -8, 0.5},        {AG_OP_PYPOW, AG_I64, AG_I64, 10, 400},
      {AG_OP_PYINT, AG_F64, AG_I64, 1e30, 0},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    ag_tensor x[2], out;
    int64_t bits[2];
    for (int k = 0; k < 2; k++) {
      double f = k ? table[i].b : table[i].a;
      int64_t n = (int64_t)f;
      memcpy(&bits[k], table[i].in == AG_F64 ? (void *)&f : (void *)&n, 8);
      ag_tensor_scalar(&x[k], table[i].in, &bits[k]);
    }
    const ag_tensor *in[2] = {&x[0], &x[1]};
    ag_err kernel = {0}, emitted = {0};
    ag_type type = ag_op_parse("add", &(ag_op){0}) ? (ag_type){.dtype = table[i].out, .weak = 1}
                                                   : (ag_type){0};
    ag_run_op(NULL, table[i].op, NULL, 0, &type, in, (uint32_t)ag_ops[table[i].op].n_in, &out, 1,
              &kernel);
    ag_call call = {.op = (uint16_t)table[i].op,
                    .in_dtype = (uint8_t)table[i].in,
                    .n_out = 1,
                    .types = &type,
                    .loc = 7,
                    .node = 9};
    ag_plan plan = {.n_calls = 1, .calls = &call};
    ag_run run = {.plan = &plan, .err = &emitted};
    ck_assert_int_eq(ag_rt_fail(&run, (int32_t)kernel.code, 0, bits[0],
                                ag_ops[table[i].op].n_in > 1 ? bits[1] : 0),
                     kernel.code);
    ck_assert_str_eq(emitted.msg, kernel.msg);
    ck_assert_uint_eq(emitted.loc, 7);
    ck_assert_uint_eq(emitted.node, 9);
  }
}
END_TEST

SUITE_MAIN("pyarith", test_int_overflow_names_its_operands, test_division,
           test_true_division_rounds_once, test_powers, test_shifts, test_int_of_float,
           test_an_int_that_must_fit, test_powers_modulo, test_rounding_to_digits,
           test_functions_of_math, test_emitted_code_says_the_same)
