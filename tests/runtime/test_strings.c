/* Kernels of strings, and those that move elements, on strings: nothing leaks, nothing is freed
 * twice. */
#include "cases.h"

START_TEST(test_joins_and_lengths) {
  static const op_case cases[] = {
      {"str_join", {"str[2] <a> <>", "str[] <xy>"}, "text='-'", "str[2] <a-xy> <-xy>"},
      {"str_join", {"str[] <a>", "str[] <b>", "str[] <c>"}, "", "str[] <abc>"},
      {"str_join", {"str[2,1] <a> <b>", "str[2] <c> <d>"}, "", "str[2,2] <ac> <ad> <bc> <bd>"},
      {"str_join", {"str[0]", "str[] <b>"}, "", "str[0]"},
      {"str_join",
       {"str[2] <a> <b>", "str[3] <a> <b> <c>"},
       "",
       "! shape error: str_join: shapes (2,) and (3,) do not broadcast"},
      {"str_length", {"str[3] <abc> <> <\xc3\xa9>"}, "dtype=i32", "i32[3] 3 0 2"},
      {"str_length", {"str[3] <abc> <> <\xc3\xa9>"}, "dtype=i64 unit=1", "i64[3] 3 0 1"},
      {"str_lower", {"str[2] <AbZ> <@[>"}, "", "str[2] <abz> <@[>"},
      {"str_upper", {"str[] <abz{>"}, "", "str[] <ABZ{>"},
      {"str_strip", {"str[3] <  a b > <> < >"}, "", "str[3] <a b> <> <>"},
      {"str_in", {"str[2] <b> <>", "str[] <abc>"}, "", "bool[2] T T"},
      {"str_in", {"str[] <ac>", "str[2] <abc> <>"}, "", "bool[2] F F"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_pieces) {
  static const op_case cases[] = {
      {"substr", {"str[] <hello>", "i32[] 1", "i32[] 2"}, "", "str[] <el>"},
      {"substr", {"str[2] <hello> <abc>", "i32[2] -2 3", "i32[] 9"}, "", "str[2] <lo> <>"},
      {"substr",
       {"str[] <abc>", "i64[] 4", "i64[] 1"},
       "",
       "! value error: substr: position 4 is outside of 'abc'"},
      {"substr",
       {"str[] <abc>", "i64[] -9223372036854775808", "i64[] 1"},
       "",
       "! value error: substr: position -9223372036854775808 is outside of 'abc'"},
      {"substr",
       {"str[] <abc>", "i64[] 9223372036854775807", "i64[] -9223372036854775808"},
       "mode=1 step=-1",
       "str[] <cba>"},
      {"substr", {"str[] <abcde>", "i64[] 1", "i64[] -1"}, "mode=1 step=2", "str[] <bd>"},
      {"substr",
       {"str[] <a\xc3\xa9z>", "i64[] 1", "i64[] 3"},
       "mode=1 unit=1",
       "str[] <\xc3\xa9z>"},
      {"substr", {"str[] <abc>", "i64[] -1", "i64[] 1"}, "mode=2", "str[] <c>"},
      {"substr",
       {"str[] <>", "i64[] 0", "i64[] 1"},
       "mode=2",
       "! index error: string index out of range: 0 of 0"},
      {"str_split", {"str[] <a,b,>", "str[] <,>"}, "num=-1", "str[3] <a> <b> <>"},
      {"str_split", {"str[] <a,b,>", "str[] <,>"}, "num=1", "str[2] <a> <b,>"},
      {"str_split", {"str[] <>", "str[] <,>"}, "num=-1", "str[1] <>"},
      {"str_split", {"str[] <  a b >", "str[] <>"}, "num=-1", "str[2] <a> <b>"},
      {"str_split", {"str[] <>", "str[] <>"}, "num=-1", "str[0]"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_numbers) {
  static const op_case cases[] = {
      {"str_to_number", {"str[2] <1.5> < -2e3 >"}, "dtype=f32", "f32[2] 1.5 -2000.0"},
      {"str_to_number", {"str[] <inf>"}, "dtype=f64", "f64[] inf"},
      {"str_to_number", {"str[] <-1_000>"}, "dtype=i64", "i64[] -1000"},
      {"str_to_number",
       {"str[] <1.0>"},
       "dtype=i32",
       "! value error: invalid literal for int() with base 10: '1.0'"},
      {"str_to_number",
       {"str[] <0x10>"},
       "dtype=f64",
       "! value error: could not convert string to float: '0x10'"},
      {"str_to_number",
       {"str[] <2147483648>"},
       "dtype=i32",
       "! value error: '2147483648' does not fit int32"},
      {"str_to_number",
       {"str[] <9223372036854775808>"},
       "dtype=i64",
       "! value error: '9223372036854775808' does not fit int64"},
      {"as_string", {"i32[2] 3 -4"}, "text='%05d'", "str[2] <00003> <-0004>"},
      {"as_string", {"u64[] 18446744073709551615"}, "text='%d'", "str[] <18446744073709551615>"},
      {"as_string", {"f64[] 2.5"}, "text='%.2f'", "str[] <2.50>"},
      {"as_string", {"f32[2] 1.5 nan"}, "", "str[2] <1.5> <nan>"},
      {"as_string",
       {"f64[] 2.5"},
       "text='%s'",
       "! value error: as_string: '%s' is no format for float64"},
      {"as_string",
       {"f64[] 2.5"},
       "text='%n%f'",
       "! value error: as_string: '%n%f' is no format for float64"},
      {"str_format", {"i32[2] 1 2", "str[] <z>"}, "text='x=\1 y=\1'", "str[] <x=[1 2] y=z>"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_other_kernels_on_strings) {
  static const op_case cases[] = {
      {"eq", {"str[2] <a> <>", "str[] <a>"}, "", "bool[2] T F"},
      {"lt", {"str[2] <a> <b>", "str[2] <ab> <a>"}, "", "bool[2] T F"},
      {"ge", {"str[] <>", "str[] <>"}, "", "bool[] T"},
      {"identity", {"str[] <a>"}, "", "str[] <a>"},
      {"reshape", {"str[2] <a> <b>"}, "shape=[2,1]", "str[2,1] <a> <b>"},
      {"reshape", {"str[1] <a>"}, "shape=[]", "str[] <a>"},
      {"reshape", {"str[] <a>"}, "shape=[1]", "str[1] <a>"},
      {"transpose", {"str[1,2] <a> <b>"}, "perm=[1,0]", "str[2,1] <a> <b>"},
      {"fill", {"str[] <a>"}, "shape=[2]", "str[2] <a> <a>"},
      {"gather", {"str[2] <a> <b>", "i32[3] 1 1 0"}, "axis=0", "str[3] <b> <b> <a>"},
      {"element", {"str[2] <a> <b>", "i32[] -1"}, "", "str[] <b>"},
      {"set_element", {"str[2] <a> <b>", "str[] <c>", "i32[] 0"}, "", "str[2] <c> <b>"},
      {"concat", {"str[1] <a>", "str[2] <b> <>"}, "axis=0", "str[3] <a> <b> <>"},
      {"stack", {"str[] <a>", "str[] <b>"}, "axis=0", "str[2] <a> <b>"},
      {"unstack", {"str[2] <a> <b>"}, "axis=0 num=2", "str[] <a> | str[] <b>"},
      {"select", {"bool[2] T F", "str[] <a>", "str[] <b>"}, "", "str[2] <a> <b>"},
      {"list_put", {"str[1] <a>", "str[] <b>", "i64[] 1"}, "", "str[8] <a> <b> <> <> <> <> <> <>"},
      {"pad", {"str[1] <a>", "str[] <x>"}, "paddings=[1,1]", "str[3] <x> <a> <x>"},
  };
  check_cases(cases);
}
END_TEST

SUITE_MAIN("strings", test_joins_and_lengths, test_pieces, test_numbers,
           test_other_kernels_on_strings)
