/* RANDOM_BITS against the known answer that was published with Philox 4x32-10 (counter and key 0),
 * and against numbers of an implementation in another language that gives all three published
 * answers. */
#include "cases.h"

START_TEST(test_known_answers) {
  static const op_case cases[] = {
      {"random_bits",
       {"i64[2] 0 0", "i32[1] 4"},
       "dtype=u32",
       "u32[4] 1713891541 3781805453 3159862348 2600524760"},
      {"random_bits",
       {"i32[2] 0 0", "i64[1] 3"},
       "dtype=u32",
       "u32[3] 1713891541 3781805453 3159862348"},
      {"random_bits",
       {"i64[2] -1 -1", "i64[2] 2 2"},
       "dtype=u32",
       "u32[2,2] 1027334919 1902740438 1879657453 918802321"},
      {"random_bits",
       {"i64[2] 5 7", "i32[2] 2 2"},
       "dtype=u64",
       "u64[2,2] 5642857464920098430 16079680209223231791 7406917445205249895 "
       "12015996496232152496"},
      {"random_bits", {"i64[2] 5 7", "i32[0]"}, "dtype=u64", "u64[] 5642857464920098430"},
      {"random_bits", {"i64[2] 5 7", "i32[2] 3 0"}, "dtype=u64", "u64[3,0]"},
  };
  check_cases(cases);
}
END_TEST

START_TEST(test_bad_arguments) {
  static const op_case cases[] = {
      {"random_bits",
       {"i64[2] 0 0", "i32[1] -4"},
       "dtype=u32",
       "! shape error: random_bits: size -4 of axis 0 is negative"},
      {"random_bits",
       {"i64[3] 0 0 0", "i32[1] 4"},
       "dtype=u32",
       "! shape error: random_bits: a seed is two integers"},
      {"random_bits",
       {"f64[2] 0 0", "i32[1] 4"},
       "dtype=u32",
       "! shape error: random_bits: a seed is two integers"},
      {"random_bits",
       {"i64[2] 0 0", "i32[] 4"},
       "dtype=u32",
       "! shape error: random_bits: a shape is a vector of at most 8 integers"},
      {"random_bits",
       {"i64[2] 0 0", "i32[1] 4"},
       "dtype=f32",
       "! type error: random_bits: float32 is not supported"},
      {"random_bits",
       {"i64[2] 0 0", "i64[1] 4611686018427387904"},
       "dtype=u32",
       "! shape error: shape (4611686018427387904,) is not known or has too many elements"},
  };
  check_cases(cases);
}
END_TEST

SUITE_MAIN("random", test_known_answers, test_bad_arguments)
