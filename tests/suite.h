/* suite.h - runs a suite of Check tests: CK_RUN_CASE and the other variables of Check are heard. */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <check.h>

/* Runs the one case of the suite; what main is to return. */
static inline int run_suite(const char *name, TCase *cases) {
  Suite *s = suite_create(name);
  suite_add_tcase(s, cases);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed != 0;
}

/* A case whose tests may take a minute each. */
static inline TCase *new_cases(const char *name) {
  TCase *cases = tcase_create(name);
  tcase_set_timeout(cases, 60);
  return cases;
}

/* A main of tests that run once each. */
#define SUITE_MAIN(name, ...)                                                                      \
  int main(void) {                                                                                 \
    const TTest *tests[] = {__VA_ARGS__};                                                          \
    TCase *cases = new_cases(name);                                                                \
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)                                      \
      tcase_add_test(cases, tests[i]);                                                             \
    return run_suite(name, cases);                                                                 \
  }

#endif
