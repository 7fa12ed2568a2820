/* Print, assert, raise, unbound, callbacks and variables. */
#include "cases.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct world {
  char printed[256];
  int stream;
  int64_t site;
  uint32_t n_raised;
  bool fail;
} world;

static ag_code print(void *ctx, const char *text, size_t len, int stream, ag_err *err) {
  world *w = ctx;
  if (w->fail)
    return ag_fail(err, AG_ERR_CALLBACK, 0, "no paper");
  snprintf(w->printed, sizeof w->printed, "%.*s", (int)len, text);
  w->stream = stream;
  return AG_OK;
}

static void raised(void *ctx, int64_t site, const ag_tensor *const *in, uint32_t n_in) {
  (void)in;
  ((world *)ctx)->site = site;
  ((world *)ctx)->n_raised = n_in;
}

static ag_code callback(void *ctx, int64_t site, const ag_tensor *const *in, uint32_t n_in,
                        ag_tensor *out, uint32_t n_out, ag_err *err) {
  world *w = ctx;
  if (w->fail)
    return ag_fail(err, AG_ERR_CALLBACK, 0, "the callback raised");
  w->site = site;
  for (uint32_t i = 0; i < n_out && i < n_in; i++)
    ag_tensor_ref(in[i], &out[i]);
  return AG_OK;
}

typedef struct effect {
  ag_code code;
  char msg[sizeof((ag_err *)0)->msg];
  ag_loc loc;
  ag_tensor out;
} effect;

static effect act(world *w, ag_op op, const char *attrs_text, uint32_t n_out,
                  const char *const *texts) {
  ag_host host = {.ctx = w, .print = print, .callback = callback, .raised = raised};
  ag_arena *arena = ag_arena_new();
  ag_attr attrs[8];
  ag_tensor own[4];
  const ag_tensor *in[4];
  uint32_t n = 0;
  for (; texts[n]; n++) {
    own[n] = parse_tensor(texts[n]);
    in[n] = &own[n];
  }
  ag_err err = {0};
  effect e = {0};
  ag_run run = {.err = &err, .host = &host};
  ag_call c = {.op = (uint16_t)op, .n_in = n, .n_out = n_out, .attrs = attrs, .loc = 12};
  c.n_attrs = (uint16_t)parse_attrs(attrs_text, attrs, arena);
  e.code = ag_kernels[op](&run, &c, in, &e.out);
  e.loc = err.loc;
  snprintf(e.msg, sizeof e.msg, "%s", err.msg);
  for (uint32_t i = 0; i < n; i++)
    ag_tensor_unref(&own[i]);
  ag_arena_free(arena);
  return e;
}
#define INPUTS(...) ((const char *const[]){__VA_ARGS__, NULL})

START_TEST(test_print_puts_tensors_into_its_text) {
  world w = {0};
  effect e = act(&w, AG_OP_PRINT, "text='x is \1, y is \1\n' stream=1", 0,
                 INPUTS("f32[2] 1 2.5", "weak i64[] 7"));
  ck_assert_int_eq(e.code, AG_OK);
  ck_assert_str_eq(w.printed, "x is [1.  2.5], y is 7\n");
  ck_assert_int_eq(w.stream, 1);
  w.fail = true;
  e = act(&w, AG_OP_PRINT, "text='x'", 0, INPUTS("i32[] 1"));
  ck_assert_int_eq(e.code, AG_ERR_CALLBACK);
  ck_assert_uint_eq(e.loc, 12);
}
END_TEST

START_TEST(test_assert_says_what_failed) {
  world w = {0};
  effect e = act(&w, AG_OP_ASSERT, "text='n is \1'", 0, INPUTS("bool[] T", "i32[] 5"));
  ck_assert_int_eq(e.code, AG_OK);
  e = act(&w, AG_OP_ASSERT, "text='n is \1'", 0, INPUTS("bool[] F", "i32[] 5"));
  ck_assert_int_eq(e.code, AG_ERR_ASSERT);
  ck_assert_str_eq(e.msg, "n is 5");
  ck_assert_uint_eq(e.loc, 12);
  e = act(&w, AG_OP_ASSERT, "", 0, INPUTS("bool[] F"));
  ck_assert_str_eq(e.msg, "");
  e = act(&w, AG_OP_ASSERT, "", 0, INPUTS("i32[] 0"));
  ck_assert_int_eq(e.code, AG_ERR_TYPE);
}
END_TEST

START_TEST(test_unbound_names_the_variable) {
  world w = {0};
  effect e = act(&w, AG_OP_UNBOUND, "text='y'", 0, INPUTS("bool[] T"));
  ck_assert_int_eq(e.code, AG_OK);
  e = act(&w, AG_OP_UNBOUND, "text='y'", 0, INPUTS("bool[] F"));
  ck_assert_int_eq(e.code, AG_ERR_UNBOUND);
  ck_assert_str_eq(e.msg,
                   "cannot access local variable 'y' where it is not associated with a value");
}
END_TEST

START_TEST(test_raise_hands_over_its_operands) {
  world w = {0};
  effect e = act(&w, AG_OP_RAISE, "site=3", 0, INPUTS("i32[] 1", "i32[] 2"));
  ck_assert_int_eq(e.code, AG_ERR_RAISE);
  ck_assert_int_eq(w.site, 3);
  ck_assert_uint_eq(w.n_raised, 2);
}
END_TEST

START_TEST(test_callback) {
  world w = {0};
  effect e = act(&w, AG_OP_CALLBACK, "site=4", 1, INPUTS("i32[2] 1 2"));
  ck_assert_int_eq(e.code, AG_OK);
  ck_assert_int_eq(w.site, 4);
  ck_assert_int_eq(((int32_t *)e.out.data)[1], 2);
  ag_tensor_unref(&e.out);
  w.fail = true;
  e = act(&w, AG_OP_CALLBACK, "site=4", 1, INPUTS("i32[2] 1 2"));
  ck_assert_int_eq(e.code, AG_ERR_CALLBACK);
}
END_TEST

START_TEST(test_callback_results_must_be_as_declared) {
  world w = {0};
  ag_host host = {.ctx = &w, .callback = callback};
  ag_tensor x = parse_tensor("i32[2] 1 2"), out;
  const ag_tensor *in = &x;
  ag_type type = {.dtype = AG_I32, .rank = 1, .dim = {3}};
  ag_attr a = {.key = AG_KEY_types, .kind = AG_ATTR_TYPES, .n = 1, .types = &type};
  ag_err err = {0};
  ck_assert_int_eq(ag_run_op(&host, AG_OP_CALLBACK, &a, 1, &type, &in, 1, &out, 1, &err),
                   AG_ERR_TYPE);
  type.dim[0] = -1;
  err = (ag_err){0};
  ck_assert_int_eq(ag_run_op(&host, AG_OP_CALLBACK, &a, 1, &type, &in, 1, &out, 1, &err), AG_OK);
  ag_tensor_unref(&out);
  ag_tensor_unref(&x);
}
END_TEST

/* ---- variables ------------------------------------------------------------------------------ */

static ag_code on_variable(ag_op op, ag_var *v, const char *value, ag_tensor *out, ag_err *err) {
  ag_tensor handle, x = {0};
  ag_tensor_scalar(&handle, AG_RES, &v);
  if (value)
    x = parse_tensor(value);
  const ag_tensor *in[2] = {&handle, &x};
  *err = (ag_err){0};
  ag_run_op(NULL, op, NULL, 0, NULL, in, value ? 2 : 1, out, out ? 1 : 0, err);
  ag_tensor_unref(&x);
  return err->code;
}

static void check_value(ag_var *v, const char *want) {
  ag_tensor t;
  ag_err err;
  ck_assert_int_eq(on_variable(AG_OP_READ, v, NULL, &t, &err), AG_OK);
  char *got = tensor_text(&t);
  ck_assert_str_eq(got, want);
  ag_free(got);
  ag_tensor_unref(&t);
}

START_TEST(test_variables) {
  int64_t alive = ag_allocations_alive();
  ag_shape shape = {.rank = 1, .dim = {-1}};
  ag_var *v = ag_var_new(AG_F32, &shape, "weights");
  ag_tensor t = {0}, before;
  ag_err err;
  ck_assert_str_eq(ag_var_name(v), "weights");
  ck_assert_int_eq(on_variable(AG_OP_READ, v, NULL, &t, &err), AG_ERR_UNINIT);
  ck_assert_str_eq(err.msg, "variable 'weights' is used before it was given a value");
  ck_assert_int_eq(on_variable(AG_OP_ASSIGN_ADD, v, "f32[] 1", NULL, &err), AG_ERR_UNINIT);
  ck_assert_int_eq(on_variable(AG_OP_FETCH_ADD, v, "f32[] 1", &t, &err), AG_ERR_UNINIT);
  ck_assert_int_eq(on_variable(AG_OP_ASSIGN, v, "f32[2] 1 2", NULL, &err), AG_OK);
  check_value(v, "f32[2] 1.0 2.0");
  ck_assert_int_eq(on_variable(AG_OP_ASSIGN_ADD, v, "f32[2] 10 20", NULL, &err), AG_OK);
  check_value(v, "f32[2] 11.0 22.0");
  /* A reader keeps what it read. */
  ck_assert_int_eq(on_variable(AG_OP_READ, v, NULL, &before, &err), AG_OK);
  ck_assert_int_eq(on_variable(AG_OP_ASSIGN_SUB, v, "f32[] 1", NULL, &err), AG_OK);
  check_value(v, "f32[2] 10.0 21.0");
  ck_assert_float_eq(((float *)before.data)[0], 11);
  void *held = before.data;
  ag_tensor_unref(&before);
  (void)held;
  /* What it was is another buffer than what it is. */
  ck_assert_int_eq(on_variable(AG_OP_FETCH_ADD, v, "f32[] 5", &before, &err), AG_OK);
  ck_assert_float_eq(((float *)before.data)[0], 10);
  check_value(v, "f32[2] 15.0 26.0");
  ag_tensor_unref(&before);
  ck_assert_int_eq(on_variable(AG_OP_ASSIGN_SUB, v, "f32[] 5", NULL, &err), AG_OK);
  ck_assert_int_eq(on_variable(AG_OP_FETCH_ADD, v, "f32[2,2] 1 2 3 4", &before, &err),
                   AG_ERR_SHAPE);
  err = (ag_err){0};
  /* Nobody reads: the update is in place. */
  ag_tensor one = parse_tensor("f32[] 1"), now = {0};
  ck_assert_int_eq(ag_var_read(v, &now, &err), AG_OK);
  void *data = now.data;
  ag_tensor_unref(&now);
  ck_assert_int_eq(ag_var_update(v, 0, &one, &now, &err), AG_OK);
  ck_assert_ptr_eq(now.data, data);
  ag_tensor_unref(&now);
  ck_assert_int_eq(on_variable(AG_OP_ASSIGN, v, "f64[2] 1 2", NULL, &err), AG_ERR_TYPE);
  ck_assert_int_eq(on_variable(AG_OP_ASSIGN, v, "f32[1,2] 1 2", NULL, &err), AG_ERR_SHAPE);
  ck_assert_str_eq(err.msg, "variable 'weights' is float32 of shape (None,); a value of float32 "
                            "and shape (1, 2) does not fit");
  ck_assert_int_eq(on_variable(AG_OP_ASSIGN_ADD, v, "f32[2,2] 1 2 3 4", NULL, &err), AG_ERR_SHAPE);
  check_value(v, "f32[2] 11.0 22.0");
  ag_tensor_scalar(&t, AG_I32, &(int32_t){0});
  const ag_tensor *wrong = &t;
  err = (ag_err){0};
  ck_assert_int_eq(ag_run_op(NULL, AG_OP_READ, NULL, 0, NULL, &wrong, 1, &now, 1, &err),
                   AG_ERR_TYPE);
  ag_var_unref(v);
  ck_assert_int_eq(ag_allocations_alive(), alive);
}
END_TEST

static ag_var *shared;
static int stop; /* atomic */

static void *keep_adding(void *unused) {
  ag_tensor one = parse_tensor("f32[] 1");
  ag_err err = {0};
  while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
    ag_var_update(shared, 0, &one, NULL, &err);
  return unused;
}

START_TEST(test_a_forked_child_uses_variables_that_threads_change) {
  ag_shape shape = {.rank = 1, .dim = {100000}};
  ag_tensor value, out;
  ag_err err = {0};
  pthread_t thread;
  shared = ag_var_new(AG_F32, &shape, "shared");
  ck_assert_int_eq(ag_tensor_new(&value, AG_F32, &shape, &err), AG_OK);
  memset(value.data, 0, 400000);
  ck_assert_int_eq(ag_var_assign(shared, &value, &err), AG_OK);
  ag_tensor_unref(&value);
  ck_assert_int_eq(pthread_create(&thread, NULL, keep_adding, NULL), 0);
  for (int i = 0; i < 20; i++) {
    pid_t child = fork();
    if (child == 0) {
      alarm(20); /* what it would wait for never comes */
      _exit(ag_var_read(shared, &out, &err) != AG_OK);
    }
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  pthread_join(thread, NULL);
  ag_var_unref(shared);
}
END_TEST

SUITE_MAIN("effects", test_print_puts_tensors_into_its_text, test_assert_says_what_failed,
           test_unbound_names_the_variable, test_raise_hands_over_its_operands, test_callback,
           test_callback_results_must_be_as_declared, test_variables,
           test_a_forked_child_uses_variables_that_threads_change)
