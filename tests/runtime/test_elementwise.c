/* Elementwise kernels: broadcasting, every rule of SCALAR MEANING, failures. */
#include "cases.h"

#include <math.h>
#include <string.h>

START_TEST(test_broadcasting) {
  static const op_case cases[] = {
      {"add", {"i32[] 2", "i32[] 3"}, "", "i32[] 5"},
      {"add", {"i32[3] 1 2 3", "i32[3] 10 20 30"}, "", "i32[3] 11 22 33"},
      {"sub", {"i32[3] 1 2 3", "i32[] 1"}, "", "i32[3] 0 1 2"},
      {"sub", {"i32[] 1", "i32[3] 1 2 3"}, "", "i32[3] 0 -1 -2"},
      {"sub", {"i32[1] 1", "i32[1,1,3] 1 2 3"}, "", "i32[1,1,3] 0 -1 -2"},
      {"sub", {"i32[2,1] 10 20", "i32[3] 1 2 3"}, "", "i32[2,3] 9 8 7 19 18 17"},
      {"sub", {"i32[2,3] 1 2 3 4 5 6", "i32[3] 1 1 1"}, "", "i32[2,3] 0 1 2 3 4 5"},
      {"sub", {"i32[2,3] 1 2 3 4 5 6", "i32[2,1] 1 2"}, "", "i32[2,3] 0 1 2 2 3 4"},
      {"sub",
       {"i32[2,1,2] 1 2 3 4", "i32[3,1] 10 20 30"},
       "",
       "i32[2,3,2] -9 -8 -19 -18 -29 -28 -7 -6 -17 -16 -27 -26"},
      {"add",
       {"i64[2,1,1,1,1,1,1,2] 1 2 3 4", "i64[1,1,1,2,1,1,1,1] 10 20"},
       "",
       "i64[2,1,1,2,1,1,1,2] 11 12 21 22 13 14 23 24"},
      {"add", {"f32[0]", "f32[] 1"}, "", "f32[0]"},
      {"add", {"f32[0,3]", "f32[3] 1 2 3"}, "", "f32[0,3]"},
      {"add", {"f32[2,0,1]", "f32[1,1,5] 1 2 3 4 5"}, "", "f32[2,0,5]"},
      {"floordiv", {"i32[0]", "i32[] 0"}, "", "i32[0]"},
      {"add",
       {"i32[2,3] 1 2 3 4 5 6", "i32[4] 1 2 3 4"},
       "",
       "! shape error: add: shapes (2, 3) and (4,) do not broadcast"},
      {"add", {"f16[1] 0", "f16[1] 0"}, "", "! type error: add: float16 is not supported"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_integers_wrap) {
  static const op_case cases[] = {
      {"add", {"i8[2] 127 -128", "i8[2] 1 -1"}, "", "i8[2] -128 127"},
      {"add", {"u8[] 255", "u8[] 2"}, "", "u8[] 1"},
      {"mul", {"u16[] 65535", "u16[] 65535"}, "", "u16[] 1"},
      {"mul", {"i32[] 65536", "i32[] 65536"}, "", "i32[] 0"},
      {"add", {"i64[] 9223372036854775807", "i64[] 1"}, "", "i64[] -9223372036854775808"},
      {"sub", {"u64[] 0", "u64[] 1"}, "", "u64[] 18446744073709551615"},
      {"neg", {"i32[2] -2147483648 5"}, "", "i32[2] -2147483648 -5"},
      {"neg", {"u8[] 1"}, "", "u8[] 255"},
      {"abs", {"i64[3] -9223372036854775808 -3 3"}, "", "i64[3] -9223372036854775808 3 3"},
      {"abs", {"u8[] 200"}, "", "u8[] 200"},
      {"square", {"i16[2] 256 -3"}, "", "i16[2] 0 9"},
      {"sign", {"i32[3] -5 0 7"}, "", "i32[3] -1 0 1"},
      {"sign", {"u32[2] 0 7"}, "", "u32[2] 0 1"},
      {"invert", {"i32[2] 0 5"}, "", "i32[2] -1 -6"},
      {"invert", {"u8[] 1"}, "", "u8[] 254"},
      {"bitand", {"i32[] 12", "i32[] 10"}, "", "i32[] 8"},
      {"bitor", {"u8[] 12", "u8[] 10"}, "", "u8[] 14"},
      {"bitxor", {"i64[] -1", "i64[] 10"}, "", "i64[] -11"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_shifts_past_the_width) {
  static const op_case cases[] = {
      {"shl", {"i32[5] 1 1 1 1 -1", "i32[5] 0 31 32 -1 4"}, "", "i32[5] 1 -2147483648 0 0 -16"},
      {"shl", {"u8[3] 255 255 1", "u8[3] 1 8 7"}, "", "u8[3] 254 0 128"},
      {"shl", {"i8[2] 3 3", "i8[2] 7 -128"}, "", "i8[2] -128 0"},
      {"shr", {"i32[5] -8 -8 -8 8 8", "i32[5] 1 32 -1 40 2"}, "", "i32[5] -4 -1 -1 0 2"},
      {"shr", {"u64[2] 18446744073709551615 5", "u64[2] 63 64"}, "", "u64[2] 1 0"},
      {"shr", {"i64[] -9223372036854775808", "i64[] 100"}, "", "i64[] -1"},
      {"shl", {"f32[] 1", "f32[] 1"}, "", "! type error: shl: float32 is not supported"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_integer_division) {
  static const op_case cases[] = {
      {"floordiv", {"i32[6] 7 -7 7 -7 6 -6", "i32[6] 2 2 -2 -2 3 3"}, "", "i32[6] 3 -4 -4 3 2 -2"},
      {"mod", {"i32[6] 7 -7 7 -7 6 -6", "i32[6] 2 2 -2 -2 3 3"}, "", "i32[6] 1 1 -1 -1 0 0"},
      {"floordiv", {"i32[] -2147483648", "i32[] -1"}, "", "i32[] -2147483648"},
      {"floordiv", {"i8[] -128", "i8[] -1"}, "", "i8[] -128"},
      {"floordiv", {"i64[] -9223372036854775808", "i64[] -1"}, "", "i64[] -9223372036854775808"},
      {"mod", {"i64[] -9223372036854775808", "i64[] -1"}, "", "i64[] 0"},
      {"floordiv", {"u64[] 18446744073709551615", "u64[] 2"}, "", "u64[] 9223372036854775807"},
      {"mod", {"u8[] 255", "u8[] 16"}, "", "u8[] 15"},
      {"floordiv",
       {"i32[2] 1 2", "i32[2] 1 0"},
       "",
       "! division by zero: integer division by zero"},
      {"mod", {"u16[1] 1", "u16[1] 0"}, "", "! division by zero: integer modulo by zero"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_float_division) { /* expected values are NumPy's */
  static const op_case cases[] = {
      {"div", {"f32[4] 1 -1 0 1", "f32[4] 0 0 0 3"}, "", "f32[4] inf -inf nan 0.33333334"},
      {"floordiv",
       {"f64[8] 7 -7 7 -7 1 -0.0 1 inf", "f64[8] 2 2 -2 -2 0.1 1 0 1"},
       "",
       "f64[8] 3.0 -4.0 -4.0 3.0 9.0 -0.0 inf nan"},
      {"mod",
       {"f64[7] 7 -7 7 -7 -1 5 -0.0", "f64[7] 2 2 -2 -2 inf 0 3"},
       "",
       "f64[7] 1.0 1.0 -1.0 -1.0 inf nan 0.0"},
      {"mod", {"f32[3] 5.5 -5.5 4", "f32[3] 2 2 -2"}, "", "f32[3] 1.5 0.5 -0.0"},
      {"floordiv", {"f32[3] 5.5 -5.5 1", "f32[3] 2 2 inf"}, "", "f32[3] 2.0 -3.0 0.0"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_powers) {
  static const op_case cases[] = {
      {"pow", {"i32[4] 2 -3 0 7", "i32[4] 10 3 0 0"}, "", "i32[4] 1024 -27 1 1"},
      {"pow", {"i32[] 3", "i32[] 40"}, "", "i32[] 689956897"},
      {"pow", {"u8[] 3", "u8[] 6"}, "", "u8[] 217"},
      {"pow", {"f64[3] 2 9 4", "f64[] 0.5"}, "", "f64[3] 1.4142135623730951 3.0 2.0"},
      {"pow", {"f32[] 2", "f32[3] 1 2 3"}, "", "f32[3] 2.0 4.0 8.0"},
      {"pow",
       {"i32[] 2", "i32[2] 1 -1"},
       "",
       "! value error: integers to negative integer powers are not allowed"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_extremes_propagate_nan) {
  static const op_case cases[] = {
      {"maximum",
       {"f32[5] 1 nan 1 -0.0 0", "f32[5] 2 1 nan 0 -0.0"},
       "",
       "f32[5] 2.0 nan nan -0.0 0.0"},
      {"minimum", {"f64[4] 1 nan 1 inf", "f64[4] 2 1 nan -inf"}, "", "f64[4] 1.0 nan nan -inf"},
      {"maximum", {"i8[] -5", "i8[2] 3 -7"}, "", "i8[2] 3 -5"},
      {"minimum", {"u64[] 18446744073709551615", "u64[] 1"}, "", "u64[] 1"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_comparisons_and_logic) {
  static const op_case cases[] = {
      {"lt", {"f64[4] 1 2 nan 1", "f64[4] 2 1 1 nan"}, "", "bool[4] T F F F"},
      {"le", {"i32[3] 1 2 3", "i32[] 2"}, "", "bool[3] T T F"},
      {"gt", {"u64[] 18446744073709551615", "u64[] 1"}, "", "bool[] T"},
      {"ge", {"i8[] -1", "i8[] 1"}, "", "bool[] F"},
      {"eq", {"f32[3] nan 0 1", "f32[3] nan -0.0 1"}, "", "bool[3] F T T"},
      {"ne", {"f32[] nan", "f32[] nan"}, "", "bool[] T"},
      {"eq", {"bool[2] T F", "bool[2] T T"}, "", "bool[2] T F"},
      {"and", {"bool[4] T T F F", "bool[4] T F T F"}, "", "bool[4] T F F F"},
      {"or", {"bool[4] T T F F", "bool[4] T F T F"}, "", "bool[4] T T T F"},
      {"xor", {"bool[4] T T F F", "bool[4] T F T F"}, "", "bool[4] F T T F"},
      {"not", {"bool[2] T F"}, "", "bool[2] F T"},
      {"isnan", {"f32[3] nan inf 1"}, "", "bool[3] T F F"},
      {"isinf", {"f64[3] nan -inf 1"}, "", "bool[3] F T F"},
      {"isfinite", {"f64[3] nan -inf 1"}, "", "bool[3] F F T"},
      {"not", {"i32[] 1"}, "", "! type error: not: int32 is not supported"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_float_functions) {
  static const op_case cases[] = {
      {"neg", {"f32[2] 0 -1.5"}, "", "f32[2] -0.0 1.5"},
      {"abs", {"f64[3] -0.0 -1.5 nan"}, "", "f64[3] 0.0 1.5 nan"},
      {"sign", {"f32[5] -2 -0.0 0 3 nan"}, "", "f32[5] -1.0 0.0 0.0 1.0 nan"},
      {"square", {"f64[2] -3 0.5"}, "", "f64[2] 9.0 0.25"},
      {"sqrt", {"f64[3] 2 -1 -0.0"}, "", "f64[3] 1.4142135623730951 nan -0.0"},
      {"rsqrt", {"f32[3] 4 0 -0.0"}, "", "f32[3] 0.5 inf -inf"},
      {"floor", {"f32[3] 1.5 -1.5 -0.0"}, "", "f32[3] 1.0 -2.0 -0.0"},
      {"ceil", {"f64[3] 1.5 -0.5 2"}, "", "f64[3] 2.0 -0.0 2.0"},
      {"round", {"f64[6] 0.5 1.5 2.5 -0.5 -1.5 1e300"}, "", "f64[6] 0.0 2.0 2.0 -0.0 -2.0 1e+300"},
      {"trunc", {"f32[2] 1.9 -1.9"}, "", "f32[2] 1.0 -1.0"},
      {"exp", {"f64[3] 0 -inf inf"}, "", "f64[3] 1.0 0.0 inf"},
      {"log", {"f32[3] 1 0 -1"}, "", "f32[3] 0.0 -inf nan"},
      {"tanh", {"f64[2] 0 inf"}, "", "f64[2] 0.0 1.0"},
      {"sigmoid", {"f32[3] 0 inf -inf"}, "", "f32[3] 0.5 1.0 0.0"},
      {"atan2", {"f64[2] 0 1", "f64[] 0"}, "", "f64[2] 0.0 1.5707963267948966"},
      {"sqrt", {"i32[] 4"}, "", "! type error: sqrt: int32 is not supported"},
      {"identity", {"f32[2] 1 2"}, "", "f32[2] 1.0 2.0"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_select) {
  static const op_case cases[] = {
      {"select", {"bool[] T", "i32[] 1", "i32[] 2"}, "", "i32[] 1"},
      {"select", {"bool[3] T F T", "f32[3] 1 2 3", "f32[] 9"}, "", "f32[3] 1.0 9.0 3.0"},
      {"select", {"bool[2,1] T F", "i8[3] 1 2 3", "i8[1,3] 7 8 9"}, "", "i8[2,3] 1 2 3 7 8 9"},
      {"select", {"bool[2] T F", "i64[] 1", "i64[] 2"}, "", "i64[2] 1 2"},
      {"select", {"bool[0]", "i64[] 1", "i64[] 2"}, "", "i64[0]"},
      {"select",
       {"bool[2] T F", "i64[3] 1 2 3", "i64[] 2"},
       "",
       "! shape error: select: shapes (2,) and (3,) do not broadcast"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_casts) {
  static const op_case cases[] = {
      {"cast",
       {"f64[8] 1.9 -1.9 nan inf -inf 3e9 -3e9 2147483647.5"},
       "dtype=i32",
       "i32[8] 1 -1 0 2147483647 -2147483648 2147483647 -2147483648 2147483647"},
      {"cast",
       {"f32[4] 1e19 -1e19 9.2233715e18 nan"},
       "dtype=i64",
       "i64[4] 9223372036854775807 -9223372036854775808 9223371487098961920 0"},
      {"cast", {"f64[4] -1 256 255.9 1e20"}, "dtype=u8", "u8[4] 0 255 255 255"},
      {"cast", {"f64[2] 1e20 -0.5"}, "dtype=u64", "u64[2] 18446744073709551615 0"},
      {"cast", {"f32[3] 127.5 -129 128"}, "dtype=i8", "i8[3] 127 -128 127"},
      {"cast", {"i32[3] 300 -1 127"}, "dtype=i8", "i8[3] 44 -1 127"},
      {"cast", {"i64[2] -1 4294967298"}, "dtype=u32", "u32[2] 4294967295 2"},
      {"cast", {"u64[] 18446744073709551615"}, "dtype=f32", "f32[] 1.8446744e+19"},
      {"cast", {"i64[] 9007199254740993"}, "dtype=f64", "f64[] 9007199254740992.0"},
      {"cast", {"f32[4] 0 -0.0 nan 0.1"}, "dtype=bool", "bool[4] F F T T"},
      {"cast", {"i32[3] 0 256 -1"}, "dtype=bool", "bool[3] F T T"},
      {"cast", {"bool[2] T F"}, "dtype=f64", "f64[2] 1.0 0.0"},
      {"cast", {"f64[2] 0.1 1e300"}, "dtype=f32", "f32[2] 0.1 inf"},
      {"cast", {"i32[0,2]"}, "dtype=f32", "f32[0,2]"},
      {"cast", {"weak i64[] 3"}, "dtype=i64", "i64[] 3"},
      {"cast", {"f16[3] 0x3c00 0x8001 0xfc00"}, "dtype=f32", "f32[3] 1.0 -5.9604645e-08 -inf"},
      {"cast",
       {"str[1] <a>"},
       "dtype=f32",
       "! type error: cast: string to float32 is not supported"},
  };
  check_cases(cases);
}
END_TEST

/* Long rows go through vector loops and pieces, whose every element must be what the 0-d kernel
 * gives. */
START_TEST(test_long_rows_agree_with_single_elements) {
  static const char *const ops[] = {"add",     "sub",   "mul", "div",   "floordiv", "mod",
                                    "maximum", "pow",   "lt",  "atan2", "exp",      "tanh",
                                    "abs",     "round", "erf", "rsqrt"};
  enum { N = 1031 };
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
    for (int is64 = 0; is64 < 2; is64++)
      for (int form = 0; form < 3; form++) { /* both vary, one 0-d, the other 0-d */
        ag_op op;
        ag_op_parse(ops[i], &op);
        ag_err err = {0};
        ag_dtype d = is64 ? AG_F64 : AG_F32;
        ag_shape shape = {.rank = 1, .dim = {N}}, one = {.rank = 0};
        ag_tensor a, b, out;
        ag_tensor_new(&a, d, form == 1 ? &one : &shape, &err);
        ag_tensor_new(&b, d, form == 2 ? &one : &shape, &err);
        ag_tensor *both[2] = {&a, &b};
        for (int k = 0; k < 2; k++)
          for (int64_t j = 0; j < ag_tensor_count(both[k]); j++) {
            double v = sin((double)(j * 7 + k)) * (j % 50);
            if (is64)
              ((double *)ag_tensor_data(both[k]))[j] = v;
            else
              ((float *)ag_tensor_data(both[k]))[j] = (float)v;
          }
        const ag_tensor *in[2] = {&a, &b};
        uint32_t n_in = (uint32_t)ag_ops[op].n_in;
        if (n_in == 1 && form == 1)
          in[0] = &b;
        ck_assert(!ag_run_op(NULL, op, NULL, 0, NULL, in, n_in, &out, 1, &err));
        size_t item = ag_dtype_size(d), out_item = ag_dtype_size((ag_dtype)out.dtype);
        for (int64_t j = 0; j < ag_tensor_count(&out); j++) {
          ag_tensor x[2], single;
          const ag_tensor *single_in[2] = {&x[0], &x[1]};
          for (uint32_t k = 0; k < n_in; k++)
            ag_tensor_scalar(&x[k], d,
                             (char *)ag_tensor_data(in[k]) + (in[k]->rank ? (size_t)j * item : 0));
          ag_run_op(NULL, op, NULL, 0, NULL, single_in, n_in, &single, 1, &err);
          ck_assert_msg(memcmp(single.cell, (char *)ag_tensor_data(&out) + (size_t)j * out_item,
                               out_item) == 0,
                        "%s of %s differs at %d", ops[i], ag_dtype_name(d), (int)j);
        }
        ag_tensor_unref(&out);
        ag_tensor_unref(&a);
        ag_tensor_unref(&b);
      }
}
END_TEST

SUITE_MAIN("elementwise", test_broadcasting, test_integers_wrap, test_shifts_past_the_width,
           test_integer_division, test_float_division, test_powers, test_extremes_propagate_nan,
           test_comparisons_and_logic, test_float_functions, test_select, test_casts,
           test_long_rows_agree_with_single_elements)
