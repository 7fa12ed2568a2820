/* C functions as operations: declared once, called by libffi, called back. */
#include "cases.h"

#include "ag/foreign.h"

#include <string.h>

static ag_foreign_spec hypot_spec(void) {
  ag_foreign_spec s = {.library = "libm.so.6", .symbol = "hypot", .returns = true, .n = 2};
  s.result = AG_F64;
  s.param[0] = s.param[1] = (ag_foreign_param){.passing = AG_PASS_VALUE, .dtype = AG_F64};
  return s;
}

START_TEST(test_equal_declarations_are_one) {
  ag_err err = {0};
  ag_foreign_spec s = hypot_spec();
  int64_t n = ag_foreign_add(&s, &err);
  ck_assert_int_ge(n, 0);
  ck_assert_int_eq(ag_foreign_add(&s, &err), n);
  s.symbol = "atan2";
  ck_assert_int_ne(ag_foreign_add(&s, &err), n);
  ck_assert_str_eq(ag_foreign_get(n)->symbol, "hypot");
  ck_assert_ptr_nonnull((void *)(uintptr_t)ag_foreign_address(n));
  ck_assert_ptr_null(ag_foreign_get(-1));
  ck_assert_ptr_null(ag_foreign_get(1 << 20));
}
END_TEST

static void refused(ag_foreign_spec s, const char *message) {
  ag_err err = {0};
  ck_assert_int_eq(ag_foreign_add(&s, &err), -1);
  ck_assert_msg(strstr(err.msg, message) != NULL, "%s", err.msg);
}

START_TEST(test_what_is_not_there_is_refused) {
  ag_foreign_spec s = hypot_spec();
  s.symbol = "no_such_function";
  refused(s, "libm.so.6 has no function no_such_function");
  s.library = "libnone.so";
  refused(s, "cannot open the library: libnone.so");
  s = hypot_spec();
  s.param[0].dtype = AG_F16;
  refused(s, "hypot: a parameter is a float16, which C does not pass by value");
  s = hypot_spec();
  s.result = AG_C64;
  refused(s, "the result is a complex64");
  s = hypot_spec();
  s.param[1] = (ag_foreign_param){.passing = AG_PASS_READ, .dtype = AG_STR};
  refused(s, "elements of string have no form in C");
}
END_TEST

START_TEST(test_no_memory_is_said) {
  ag_foreign_spec s = hypot_spec();
  s.symbol = "fmax";
  for (uint64_t nth = 1;; nth++) {
    ag_err err = {0};
    ag_fail_allocation(nth);
    int64_t n = ag_foreign_add(&s, &err);
    ag_fail_allocation(0);
    if (n >= 0)
      break;
    ck_assert_int_eq(err.code, AG_ERR_NOMEM);
    ck_assert_uint_lt(nth, 10);
  }
}
END_TEST

static void run(int64_t site, const char *x, const char *y, const char *expected) {
  ag_tensor a = parse_tensor(x), b = parse_tensor(y), out;
  const ag_tensor *in[] = {&a, &b};
  ag_attr attr = {.key = AG_KEY_site, .i = site};
  ag_type type = {.dtype = AG_F64};
  ag_err err = {0};
  ag_code code = ag_run_op(NULL, AG_OP_FOREIGN_MAP, &attr, 1, &type, in, 2, &out, 1, &err);
  if (code) {
    ck_assert_msg(strstr(err.msg, expected) != NULL, "%s", err.msg);
  } else {
    char *text = tensor_text(&out);
    ck_assert_str_eq(text, expected);
    ag_free(text);
    ag_tensor_unref(&out);
  }
  ag_tensor_unref(&a);
  ag_tensor_unref(&b);
}

START_TEST(test_map_broadcasts) {
  ag_err err = {0};
  ag_foreign_spec s = hypot_spec();
  int64_t n = ag_foreign_add(&s, &err);
  run(n, "f64[] 3", "f64[] 4", "f64[] 5.0");
  run(n, "f64[2] 3 6", "f64[2,1] 4 8", "f64[2,2] 5.0 7.211102550927978 8.54400374531753 10.0");
  run(n, "f64[0] ", "f64[] 4", "f64[0]");
  run(n, "f64[2] 1 2", "f64[3] 1 2 3", "do not broadcast");
  run(77, "f64[] 3", "f64[] 4", "the C function 77 was not declared");
}
END_TEST

/* ---- closures ------------------------------------------------------------------------------- */

typedef struct sorting {
  int calls, fail_at;
  bool inside;
} sorting;

static ag_code compare(void *ctx, const ag_signature *s, void *const *args, void *result,
                       bool inside) {
  sorting *w = ctx;
  const int32_t *a, *b;
  ck_assert_uint_eq(s->n, 2);
  memcpy(&a, args[0], sizeof a);
  memcpy(&b, args[1], sizeof b);
  int32_t sign = (*a > *b) - (*a < *b);
  memcpy(result, &sign, sizeof sign);
  w->inside = inside;
  return ++w->calls == w->fail_at ? AG_ERR_CALLBACK : AG_OK;
}

static ag_foreign_spec qsort_spec(void) {
  ag_signature compares = {.returns = true, .result = AG_I32, .n = 2, .param = {AG_U64, AG_U64}};
  return (ag_foreign_spec){.symbol = "qsort",
                           .n = 4,
                           .param = {{.passing = AG_PASS_UPDATE, .dtype = AG_I32},
                                     {.passing = AG_PASS_VALUE, .dtype = AG_U64},
                                     {.passing = AG_PASS_VALUE, .dtype = AG_U64},
                                     {.passing = AG_PASS_CLOSURE, .closure = compares}}};
}

static ag_code sort(sorting *w, ag_tensor *out, ag_err *err) {
  ag_foreign_spec s = qsort_spec();
  int64_t site = ag_foreign_add(&s, err);
  ag_closure *c = ag_closure_new(&s.param[3].closure, compare, w, err);
  ck_assert_msg(c != NULL, "%s", err->msg);
  int64_t params[] = {AG_PASS_UPDATE, AG_PASS_VALUE, AG_PASS_VALUE, AG_PASS_CLOSURE};
  int64_t code = (int64_t)(uintptr_t)ag_closure_code(c);
  ag_attr attrs[] = {{.key = AG_KEY_site, .i = site},
                     {.key = AG_KEY_params, .kind = AG_ATTR_INTS, .n = 4, .ints = params},
                     {.key = AG_KEY_closures, .kind = AG_ATTR_INTS, .n = 1, .ints = &code}};
  ag_tensor a = parse_tensor("i32[4] 7 -2 9 3"), n = parse_tensor("u64[] 4"),
            size = parse_tensor("u64[] 4");
  const ag_tensor *in[] = {&a, &n, &size};
  ag_type type = {.dtype = AG_I32, .rank = 1, .dim = {4}};
  ag_code failed = ag_run_op(NULL, AG_OP_FOREIGN_CALL, attrs, 3, &type, in, 3, out, 1, err);
  char *text = tensor_text(&a); /* the argument is as it was */
  ck_assert_str_eq(text, "i32[4] 7 -2 9 3");
  ag_free(text);
  ag_tensor_unref(&a);
  ag_closure_free(c);
  return failed;
}

START_TEST(test_c_calls_back) {
  sorting w = {0};
  ag_err err = {0};
  ag_tensor out;
  ck_assert_int_eq(sort(&w, &out, &err), AG_OK);
  char *text = tensor_text(&out);
  ck_assert_str_eq(text, "i32[4] -2 3 7 9");
  ck_assert(w.calls > 2 && w.inside);
  ag_free(text);
  ag_tensor_unref(&out);
}
END_TEST

START_TEST(test_a_closure_that_fails_is_not_called_again) {
  sorting w = {.fail_at = 2};
  ag_err err = {0};
  ag_tensor out;
  ck_assert_int_eq(sort(&w, &out, &err), AG_ERR_CALLBACK);
  ck_assert_int_eq(w.calls, 2);
  w = (sorting){0};
  err = (ag_err){0};
  ck_assert_int_eq(sort(&w, &out, &err), AG_OK); /* the failure is forgotten */
  ag_tensor_unref(&out);
}
END_TEST

static ag_code give(void *ctx, const ag_signature *s, void *const *args, void *result,
                    bool inside) {
  (void)args;
  ck_assert(!inside);
  memcpy(result, ctx, ag_dtype_size((ag_dtype)s->result));
  return AG_OK;
}

START_TEST(test_small_integers_fill_the_register) {
  ag_err err = {0};
  ag_signature s = {.returns = true, .result = AG_I8};
  int8_t minus = -5;
  ag_closure *c = ag_closure_new(&s, give, &minus, &err);
  int (*f)(void);
  void *code = ag_closure_code(c);
  memcpy(&f, &code, sizeof f);
  ck_assert_int_eq(f(), -5);
  ag_closure_free(c);
}
END_TEST

SUITE_MAIN("foreign", test_equal_declarations_are_one, test_what_is_not_there_is_refused,
           test_no_memory_is_said, test_map_broadcasts, test_c_calls_back,
           test_a_closure_that_fails_is_not_called_again, test_small_integers_fill_the_register)
