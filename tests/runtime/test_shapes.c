/* Kernels that move elements: reshape, arrangements, slices, joins, gathers, updates. */
#include "cases.h"

START_TEST(test_reshape) {
  static const op_case cases[] = {
      {"reshape", {"i32[2,3] 1 2 3 4 5 6"}, "shape=[3,2]", "i32[3,2] 1 2 3 4 5 6"},
      {"reshape", {"i32[2,3] 1 2 3 4 5 6"}, "shape=[-1]", "i32[6] 1 2 3 4 5 6"},
      {"reshape", {"i32[1,1] 7"}, "shape=[]", "i32[] 7"},
      {"reshape", {"f64[] 7"}, "shape=[1,1]", "f64[1,1] 7.0"},
      {"reshape", {"i32[0,3]"}, "shape=[3,-1]", "i32[3,0]"},
      {"reshape", {"i32[0]"}, "shape=[0,5]", "i32[0,5]"},
      {"reshape",
       {"i32[3] 1 2 3"},
       "shape=[2,-1]",
       "! shape error: reshape: 3 elements of shape (3,) do not fit (2, None)"},
      {"reshape",
       {"i32[0]"},
       "shape=[0,-1]",
       "! shape error: reshape: 0 elements of shape (0,) do not fit (0, None)"},
      {"reshape",
       {"i32[3] 1 2 3"},
       "shape=[4]",
       "! shape error: reshape: 3 elements of shape (3,) do not fit (4,)"},
      {"reshape",
       {"i32[1] 1"},
       "shape=[4611686018427387904,4611686018427387904]",
       "! shape error: reshape: 1 elements of shape (1,) do not fit (4611686018427387904, "
       "4611686018427387904)"},
      {"reshape_to", {"f32[4] 1 2 3 4", "i32[2] 2 -1"}, "", "f32[2,2] 1.0 2.0 3.0 4.0"},
      {"reshape_to", {"f32[1] 1", "i64[0]"}, "", "f32[] 1.0"},
      {"reshape_to",
       {"f32[1] 1", "f32[1] 1"},
       "",
       "! shape error: reshape_to: a shape is a vector of at most 8 integers"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_arrangements) {
  static const op_case cases[] = {
      {"broadcast", {"i32[] 7"}, "shape=[2,2]", "i32[2,2] 7 7 7 7"},
      {"broadcast", {"i8[2,1] 1 2"}, "shape=[3,2,2]", "i8[3,2,2] 1 1 2 2 1 1 2 2 1 1 2 2"},
      {"broadcast", {"i8[2] 1 2"}, "shape=[2]", "i8[2] 1 2"},
      {"broadcast", {"i8[1] 1"}, "shape=[0]", "i8[0]"},
      {"broadcast",
       {"i8[2] 1 2"},
       "shape=[2,3]",
       "! shape error: broadcast: shape (2,) does not broadcast to (2, 3)"},
      {"broadcast",
       {"i8[2,1] 1 2"},
       "shape=[2]",
       "! shape error: broadcast: shape (2, 1) does not broadcast to (2,)"},
      {"transpose", {"i32[2,3] 1 2 3 4 5 6"}, "perm=[1,0]", "i32[3,2] 1 4 2 5 3 6"},
      {"transpose", {"u8[2,1,2] 1 2 3 4"}, "perm=[2,1,0]", "u8[2,1,2] 1 3 2 4"},
      {"transpose",
       {"f64[2,2,2] 1 2 3 4 5 6 7 8"},
       "perm=[1,2,0]",
       "f64[2,2,2] 1.0 5.0 2.0 6.0 3.0 7.0 4.0 8.0"},
      {"transpose", {"f64[] 1"}, "perm=[]", "f64[] 1.0"},
      {"transpose", {"f64[0,3]"}, "perm=[1,0]", "f64[3,0]"},
      {"transpose",
       {"i32[1,1] 1"},
       "perm=[0,0]",
       "! value error: transpose: perm does not name each axis once"},
      {"reverse", {"i32[2,3] 1 2 3 4 5 6"}, "axis=[1]", "i32[2,3] 3 2 1 6 5 4"},
      {"reverse", {"i16[2,3] 1 2 3 4 5 6"}, "axis=[0,-1]", "i16[2,3] 6 5 4 3 2 1"},
      {"reverse", {"i32[0]"}, "axis=[0]", "i32[0]"},
      {"reverse", {"i32[1] 1"}, "axis=[1]", "! value error: reverse: axis 1 of rank 1"},
      {"tile", {"i32[2,2] 1 2 3 4"}, "multiples=[2,1]", "i32[4,2] 1 2 3 4 1 2 3 4"},
      {"tile", {"i32[2] 1 2"}, "multiples=[3]", "i32[6] 1 2 1 2 1 2"},
      {"tile", {"i8[2,2] 1 2 3 4"}, "multiples=[2,2]", "i8[4,4] 1 2 1 2 3 4 3 4 1 2 1 2 3 4 3 4"},
      {"tile", {"i32[2] 1 2"}, "multiples=[0]", "i32[0]"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_slices) {
  static const op_case cases[] = {
      {"slice", {"i32[5] 0 1 2 3 4"}, "begin=[1] size=[3] step=[1]", "i32[3] 1 2 3"},
      {"slice", {"i32[5] 0 1 2 3 4"}, "begin=[4] size=[3] step=[-2]", "i32[3] 4 2 0"},
      {"slice", {"i32[2,3] 1 2 3 4 5 6"}, "begin=[0,1] size=[2,2] step=[1,1]", "i32[2,2] 2 3 5 6"},
      {"slice", {"i32[5] 0 1 2 3 4"}, "begin=[5] size=[0] step=[1]", "i32[0]"},
      {"slice", {"i32[] 3"}, "begin=[] size=[] step=[]", "i32[] 3"},
      {"slice",
       {"i32[5] 0 1 2 3 4"},
       "begin=[3] size=[3] step=[1]",
       "! index error: slice: 3 elements from 3 by 1 of axis 0 with size 5"},
      {"slice_dyn", {"i32[5] 0 1 2 3 4", "i64[1] -2", "i64[1] 99", "i64[1] 1"}, "", "i32[2] 3 4"},
      {"slice_dyn",
       {"i32[5] 0 1 2 3 4", "i64[1] 0", "i64[1] 0", "i64[1] -1"},
       "mask=3",
       "i32[5] 4 3 2 1 0"},
      {"slice_dyn", {"i32[5] 0 1 2 3 4", "i64[1] -99", "i64[1] -1", "i64[1] 3"}, "", "i32[2] 0 3"},
      {"slice_dyn", {"i32[5] 0 1 2 3 4", "i64[1] 3", "i64[1] 1", "i64[1] 1"}, "", "i32[0]"},
      {"slice_dyn", {"i32[5] 0 1 2 3 4", "i64[1] 9", "i64[1] -99", "i64[1] -4"}, "", "i32[2] 4 0"},
      {"slice_dyn",
       {"i32[2,2] 1 2 3 4", "i64[1] 1", "i64[1] 2", "i64[1] 9223372036854775807"},
       "",
       "i32[1,2] 3 4"},
      {"slice_dyn",
       {"i32[3] 1 2 3", "i64[1] 0", "i64[1] 0", "i64[1] -9223372036854775808"},
       "mask=3",
       "i32[1] 3"},
      {"slice_dyn",
       {"i32[3] 1 2 3", "i64[1] 0", "i64[1] 0", "i64[1] 0"},
       "",
       "! value error: slice step cannot be zero"},
      {"slice_dyn", {"i32[0]", "i64[1] 0", "i64[1] 5", "i64[1] 1"}, "", "i32[0]"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_shapes_as_values) {
  static const op_case cases[] = {
      {"dim", {"f32[2,3] 1 2 3 4 5 6"}, "axis=1", "i64[] 3"},
      {"dim", {"f32[2,3] 1 2 3 4 5 6"}, "axis=-2 weak=1", "weak i64[] 2"},
      {"dim", {"f32[] 1"}, "axis=0", "! value error: dim: axis 0 is out of range for rank 0"},
      {"shape", {"f32[2,3] 1 2 3 4 5 6"}, "dtype=i32", "i32[2] 2 3"},
      {"shape", {"f32[] 1"}, "dtype=i64", "i64[0]"},
      {"fill", {"f32[] 1.5"}, "shape=[2,2]", "f32[2,2] 1.5 1.5 1.5 1.5"},
      {"fill", {"bool[] T"}, "shape=[0]", "bool[0]"},
      {"fill", {"i64[] 3"}, "shape=[]", "i64[] 3"},
      {"fill_to", {"i64[] 3", "i32[1] 2"}, "", "i64[2] 3 3"},
      {"fill_to",
       {"i64[] 3", "i32[1] -2"},
       "",
       "! shape error: fill: size -2 of axis 0 is negative"},
      {"range", {"i32[] 0", "i32[] 5", "i32[] 2"}, "", "i32[3] 0 2 4"},
      {"range", {"i64[] 5", "i64[] 0", "i64[] -2"}, "", "i64[3] 5 3 1"},
      {"range", {"i64[] 5", "i64[] 0", "i64[] 1"}, "", "i64[0]"},
      {"range",
       {"i64[] -9223372036854775808", "i64[] 9223372036854775807", "i64[] 9223372036854775807"},
       "",
       "i64[3] -9223372036854775808 -1 9223372036854775806"},
      {"range",
       {"i64[] -9223372036854775808", "i64[] 9223372036854775807", "i64[] 1"},
       "",
       "! value error: range: too many elements"},
      {"range", {"f64[] 0", "f64[] 0.3", "f64[] 0.1"}, "", "f64[3] 0.0 0.1 0.2"},
      {"range", {"f32[] 1", "f32[] 0", "f32[] -0.25"}, "", "f32[4] 1.0 0.75 0.5 0.25"},
      {"range", {"u8[] 250", "u8[] 255", "u8[] 2"}, "", "u8[3] 250 252 254"},
      {"range",
       {"i32[] 0", "i32[] 5", "i32[] 0"},
       "",
       "! value error: range: the step must not be zero"},
      {"range", {"f64[] 0", "f64[] inf", "f64[] 1"}, "", "! value error: range: too many elements"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_joins) {
  static const op_case cases[] = {
      {"concat", {"i32[2] 1 2", "i32[0]", "i32[1] 3"}, "axis=0", "i32[3] 1 2 3"},
      {"concat", {"i32[2,1] 1 2", "i32[2,2] 3 4 5 6"}, "axis=1", "i32[2,3] 1 3 4 2 5 6"},
      {"concat", {"i32[2,1] 1 2", "i32[2,2] 3 4 5 6"}, "axis=-1", "i32[2,3] 1 3 4 2 5 6"},
      {"concat",
       {"i32[] 1", "i32[] 2"},
       "axis=0",
       "! shape error: concat: 0-d tensors have no axis: use stack"},
      {"concat",
       {"i32[1] 1", "i64[1] 2"},
       "axis=0",
       "! type error: concat: dtypes differ, int32 and int64"},
      {"concat",
       {"i32[1,2] 1 2", "i32[1,3] 1 2 3"},
       "axis=0",
       "! shape error: concat: shapes (1, 2) and (1, 3) do not fit together"},
      {"stack", {"i32[] 1", "i32[] 2", "i32[] 3"}, "axis=0", "i32[3] 1 2 3"},
      {"stack", {"i8[2] 1 2", "i8[2] 3 4"}, "axis=0", "i8[2,2] 1 2 3 4"},
      {"stack", {"i8[2] 1 2", "i8[2] 3 4"}, "axis=-1", "i8[2,2] 1 3 2 4"},
      {"stack",
       {"i32[1] 1", "i32[2] 2 3"},
       "axis=0",
       "! shape error: stack: shapes (1,) and (2,) do not fit together"},
      {"unstack", {"i32[2,2] 1 2 3 4"}, "axis=0 num=2", "i32[2] 1 2 | i32[2] 3 4"},
      {"unstack", {"i32[2,2] 1 2 3 4"}, "axis=1 num=2", "i32[2] 1 3 | i32[2] 2 4"},
      {"unstack", {"f64[3] 1 2 3"}, "axis=0", "f64[] 1.0 | f64[] 2.0 | f64[] 3.0"},
      {"unstack",
       {"f64[3] 1 2 3"},
       "axis=0",
       "! value error: unstack: 2 values are expected, axis 0 has size 3"},
      {"pad", {"i32[2] 1 2", "i32[] 9"}, "paddings=[1,2]", "i32[5] 9 1 2 9 9"},
      {"pad", {"i32[1,2] 1 2", "i32[] 0"}, "paddings=[0,1,1,0]", "i32[2,3] 0 1 2 0 0 0"},
      {"pad", {"i32[0]", "i32[] 5"}, "paddings=[1,1]", "i32[2] 5 5"},
      {"pad", {"i32[] 1", "i32[] 5"}, "paddings=[]", "i32[] 1"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_gather) {
  static const op_case cases[] = {
      {"gather", {"i32[3] 10 20 30", "i32[2] 2 -3"}, "axis=0", "i32[2] 30 10"},
      {"gather", {"i32[3] 10 20 30", "i64[] 1"}, "axis=0", "i32[] 20"},
      {"gather", {"i32[2,3] 1 2 3 4 5 6", "u8[2] 0 2"}, "axis=1", "i32[2,2] 1 3 4 6"},
      {"gather", {"i32[2,3] 1 2 3 4 5 6", "i32[1,2] 1 0"}, "axis=0", "i32[1,2,3] 4 5 6 1 2 3"},
      {"gather", {"i32[3] 10 20 30", "i32[0]"}, "axis=0", "i32[0]"},
      {"gather",
       {"i32[5] 1 2 3 4 5", "i32[1] 7"},
       "axis=0",
       "! index error: index 7 is out of bounds for axis 0 with size 5"},
      {"gather",
       {"i32[1,5] 1 2 3 4 5", "i32[1] -6"},
       "axis=1",
       "! index error: index -6 is out of bounds for axis 1 with size 5"},
      {"gather",
       {"i32[5,0]", "i32[1] 5"},
       "axis=0",
       "! index error: index 5 is out of bounds for axis 0 with size 5"},
      {"gather",
       {"i32[0]", "i32[1] 0"},
       "axis=0",
       "! index error: index 0 is out of bounds for axis 0 with size 0"},
      {"gather",
       {"i32[2] 5 6", "u64[1] 18446744073709551615"}, /* from the end, as NumPy counts */
       "axis=0",
       "i32[1] 6"},
      {"gather",
       {"i32[1] 5", "u64[1] 9223372036854775807"},
       "axis=0",
       "! index error: index 9223372036854775807 is out of bounds for axis 0 with size 1"},
      {"gather",
       {"i32[2] 1 2", "f32[1] 1"},
       "axis=0",
       "! type error: gather: indices are integers, not float32"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_elements) {
  static const op_case cases[] = {
      {"element", {"i32[3] 10 20 30", "i64[] -1"}, "", "i32[] 30"},
      {"element", {"f32[2,2] 1 2 3 4", "i64[] 1", "i32[] 0"}, "", "f32[] 3.0"},
      {"element", {"f32[2,2] 1 2 3 4", "i64[] 1"}, "", "f32[2] 3.0 4.0"},
      {"element",
       {"i32[5] 1 2 3 4 5", "i64[] 7"},
       "",
       "! index error: index 7 is out of bounds for axis 0 with size 5"},
      {"element",
       {"i32[1,5] 1 2 3 4 5", "i64[] 0", "i64[] -6"},
       "",
       "! index error: index -6 is out of bounds for axis 1 with size 5"},
      {"set_element", {"i32[3] 1 2 3", "i32[] 9", "i64[] -1"}, "", "i32[3] 1 2 9"},
      {"list_write", {"i32[3] 1 2 3", "i32[2] 8 9", "i64[] 1"}, "", "i32[3] 1 8 9"},
      {"list_write", {"i32[3] 1 2 3", "i32[2] 8 9", "i64[] 2"}, "", "i32[12] 1 2 8 9 0 0 0 0 0 0 0 0"},
      {"list_write", {"i32[3] 1 2 3", "i32[0]", "i64[] 7"}, "", "i32[3] 1 2 3"},
      {"list_write", {"i32[1,2] 1 2", "i32[1,2] 8 9", "i64[] 0"}, "", "i32[1,2] 8 9"},
      {"list_write",
       {"i32[3] 1 2 3", "i32[1] 9", "i64[] -1"},
       "",
       "! index error: a list has no item -1"},
      {"list_move", {"i32[5] 1 2 3 4 5", "i64[] 1", "i64[] 0", "i64[] 4"}, "", "i32[5] 2 3 4 5 5"},
      {"list_move", {"i32[5] 1 2 3 4 5", "i64[] 0", "i64[] 1", "i64[] 3"}, "", "i32[5] 1 1 2 3 5"},
      {"list_move", {"i32[3] 1 2 3", "i64[] 0", "i64[] 2", "i64[] 3"}, "", "i32[12] 1 2 1 2 3 0 0 0 0 0 0 0"},
      {"list_move", {"i32[3] 1 2 3", "i64[] 5", "i64[] 9", "i64[] 0"}, "", "i32[3] 1 2 3"},
      {"list_move",
       {"i32[3] 1 2 3", "i64[] 1", "i64[] 0", "i64[] 3"},
       "",
       "! index error: a list has no items 1 to 3"},
      {"set_element", {"i32[2,2] 1 2 3 4", "i32[2] 8 9", "i64[] 0"}, "", "i32[2,2] 8 9 3 4"},
      {"set_element",
       {"f64[2,2] 1 2 3 4", "f64[] 9", "i64[] 0", "i64[] 1"},
       "",
       "f64[2,2] 1.0 9.0 3.0 4.0"},
      {"set_element",
       {"i32[3] 1 2 3", "i32[] 9", "i64[] 3"},
       "",
       "! index error: index 3 is out of bounds for axis 0 with size 3"},
      {"set_element",
       {"i32[3] 1 2 3", "i32[1] 9", "i64[] 0"},
       "",
       "! shape error: a value of int32 and shape (1,) does not fit an element of int32 and shape "
       "()"},
      {"set_slice",
       {"i32[4] 1 2 3 4", "i32[2] 8 9"},
       "begin=[0] size=[2] step=[2]",
       "i32[4] 8 2 9 4"},
      {"set_slice",
       {"i32[2,2] 1 2 3 4", "i32[] 0"},
       "begin=[0,1] size=[2,1] step=[1,1]",
       "i32[2,2] 1 0 3 0"},
      {"set_slice",
       {"i32[3] 1 2 3", "i32[3] 7 8 9"},
       "begin=[2] size=[3] step=[-1]",
       "i32[3] 9 8 7"},
      {"set_slice", {"i32[3] 1 2 3", "i32[0]"}, "begin=[0] size=[0] step=[1]", "i32[3] 1 2 3"},
      {"set_slice",
       {"i32[3] 1 2 3", "i32[2] 1 2"},
       "begin=[0] size=[3] step=[1]",
       "! shape error: set_slice: int32 of shape (2,) does not fit int32 of (3,)"},
      {"set_slice_dyn",
       {"i32[3] 1 2 3", "i32[2] 7 8", "i64[1] -2", "i64[1] 9", "i64[1] 1"},
       "",
       "i32[3] 1 7 8"},
      {"set_slice_dyn",
       {"i32[2,3] 1 2 3 4 5 6", "i32[1] 7", "i64[2] 1 0", "i64[2] 0 0", "i64[2] 1 -2"},
       "mask=14",
       "i32[2,3] 1 2 3 7 5 7"},
      {"set_slice_dyn",
       {"i32[3] 1 2 3", "i32[0]", "i64[1] 2", "i64[1] 1", "i64[1] 1"},
       "",
       "i32[3] 1 2 3"},
      {"set_slice_dyn",
       {"i32[3] 1 2 3", "i32[2] 7 8", "i64[1] 0", "i64[1] 3", "i64[1] 1"},
       "",
       "! shape error: set_slice: int32 of shape (2,) does not fit int32 of (3,)"},
      {"set_slice_dyn",
       {"i32[3] 1 2 3", "i32[] 7", "i64[1] 0", "i64[1] 3", "i64[1] 0"},
       "",
       "! value error: slice step cannot be zero"},
  };
  check_cases(cases);
}
END_TEST

/* SET_ELEMENT in place: a dead input that only we hold is not copied; a shared or read-only one is.
 */
START_TEST(test_updates_in_place_only_what_is_ours) {
  for (int shared = 0; shared < 3; shared++) {
    ag_tensor x = parse_tensor("i32[3] 1 2 3"), v = parse_tensor("i32[] 9"),
              i = parse_tensor("i64[] 0"), other = {0}, out = {0};
    if (shared == 1)
      ag_tensor_ref(&x, &other);
    if (shared == 2)
      x.flags |= AG_TENSOR_READONLY;
    const ag_tensor *in[] = {&x, &v, &i};
    ag_err err = {0};
    ag_run run = {.err = &err};
    ag_call c = {.op = AG_OP_SET_ELEMENT, .n_in = 3, .n_out = 1, .dead = 1};
    ck_assert(!ag_kernels[AG_OP_SET_ELEMENT](&run, &c, in, &out));
    ck_assert_int_eq(out.data == x.data, shared == 0);
    ck_assert_int_eq(((int32_t *)x.data)[0], shared == 0 ? 9 : 1);
    ag_tensor_unref(&x);
    ag_tensor_unref(&other);
    ag_tensor_unref(&out);
  }
}
END_TEST

SUITE_MAIN("shapes", test_reshape, test_arrangements, test_slices, test_shapes_as_values,
           test_joins, test_gather, test_elements, test_updates_in_place_only_what_is_ours)
