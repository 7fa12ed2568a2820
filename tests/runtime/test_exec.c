/* Plans by hand: the interpreter, native plans and what they call, polling, memory that runs out,
 * threads, fork. */
#include "cases.h"

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- a plan: Collatz's steps of n, in int64 ------------------------------------------------- */

enum { N, STEPS, ONE, TWO, THREE, ZERO, COND, REST, SLOTS };
#define CALL(op_, in_, out_)                                                                       \
  (ag_call) {                                                                                      \
    .op = AG_OP_##op_, .n_in = sizeof(in_) / sizeof *(in_), .n_out = 1, .in = in_, .out = out_,    \
    .types = op_type(AG_OP_##op_), .loc = 40 + AG_OP_##op_, .node = AG_OP_##op_                    \
  }

static const ag_type *op_type(ag_op op) {
  static const ag_type number = {.dtype = AG_I64, .weak = 1}, truth = {.dtype = AG_BOOL};
  return op == AG_OP_EQ || op == AG_OP_NE ? &truth : &number;
}

/* The input is slot N; the result STEPS. */
static ag_plan *collatz(void) {
  static const uint32_t n_one[] = {N, ONE}, n_two[] = {N, TWO}, rest_zero[] = {REST, ZERO},
                        n_three[] = {N, THREE}, steps_one[] = {STEPS, ONE}, to_n[] = {N},
                        to_steps[] = {STEPS}, to_cond[] = {COND}, to_rest[] = {REST};
  static const uint32_t in_slots[] = {N}, out_slots[] = {STEPS};
  static const ag_type number = {.dtype = AG_I64, .weak = 1};
  const ag_call calls[] = {
      CALL(NE, n_one, to_cond),         /* 0 */
      CALL(PYMOD, n_two, to_rest),      /* 1 */
      CALL(EQ, rest_zero, to_cond),     /* 2 */
      CALL(PYFLOORDIV, n_two, to_n),    /* 3 */
      CALL(PYMUL, n_three, to_n),       /* 4 */
      CALL(PYADD, n_one, to_n),         /* 5 */
      CALL(PYADD, steps_one, to_steps), /* 6 */
  };
  const ag_step steps[] = {
      {AG_STEP_CONST, STEPS, 0},  {AG_STEP_CONST, ONE, 1},  {AG_STEP_CONST, TWO, 2},
      {AG_STEP_CONST, THREE, 3},  {AG_STEP_CONST, ZERO, 0}, {AG_STEP_KERNEL, 0, 0},
      {AG_STEP_BRANCH, COND, 16}, /* 5: while n != 1 */
      {AG_STEP_KERNEL, 1, 0},     {AG_STEP_KERNEL, 2, 0},   {AG_STEP_BRANCH, COND, 12},
      {AG_STEP_KERNEL, 3, 0},     {AG_STEP_JUMP, 14, 0},    {AG_STEP_KERNEL, 4, 0},
      {AG_STEP_KERNEL, 5, 0},                           /* 12: n = 3 n + 1 */
      {AG_STEP_KERNEL, 6, 0},     {AG_STEP_POLL, 0, 0}, /* 14 */
      {AG_STEP_RETURN, 0, 0},                           /* 16, after the next row's jump */
  };
  ag_plan *p = ag_plan_new();
  ag_step *s = ag_arena_alloc(p->arena, sizeof steps + sizeof *s);
  memcpy(s, steps, sizeof steps);
  s[17] = s[16];
  s[16] = (ag_step){AG_STEP_JUMP, 5, 0};
  s[6].b = 17;
  ag_call *c = ag_arena_alloc(p->arena, sizeof calls);
  memcpy(c, calls, sizeof calls);
  ag_tensor *consts = ag_arena_alloc(p->arena, 4 * sizeof *consts);
  for (int64_t i = 0; i < 4; i++) {
    ag_tensor_scalar(&consts[i], AG_I64, &i);
    consts[i].weak = 1;
  }
  p->n_in = p->n_out = 1;
  p->n_slots = SLOTS;
  p->n_steps = 18;
  p->n_calls = 7;
  p->n_consts = 4;
  p->in_types = p->out_types = &number;
  p->in_slots = in_slots;
  p->out_slots = out_slots;
  p->steps = s;
  p->calls = c;
  p->consts = consts;
  p->has_loop = true;
  return p;
}

static ag_tensor number(int64_t n) {
  ag_tensor t;
  ag_tensor_scalar(&t, AG_I64, &n);
  t.weak = 1;
  return t;
}

static int64_t value(const ag_tensor *t) {
  int64_t n;
  memcpy(&n, t->cell, sizeof n);
  return n;
}

START_TEST(test_a_loop_runs) {
  int64_t alive = ag_allocations_alive();
  ag_plan *p = collatz();
  ag_tensor n = number(27), out;
  const ag_tensor *in = &n;
  ag_err err = {0};
  ck_assert_int_eq(ag_plan_run(p, NULL, &in, &out, &err), AG_OK);
  ck_assert_int_eq(value(&out), 111);
  ck_assert(out.weak);
  ag_plan_ref(p);
  ag_plan_unref(p);
  ag_plan_unref(p);
  ck_assert_int_eq(ag_allocations_alive(), alive);
}
END_TEST

START_TEST(test_an_error_names_place_and_node) {
  ag_plan *p = collatz();
  ag_tensor n = number(INT64_MAX), out; /* odd: 3 n overflows */
  const ag_tensor *in = &n;
  ag_err err = {0};
  ck_assert_int_eq(ag_plan_run(p, NULL, &in, &out, &err), AG_ERR_OVERFLOW);
  ck_assert_str_eq(err.msg, "integer result does not fit in 64 bits: 9223372036854775807 * 3");
  ck_assert_uint_eq(err.loc, 40 + AG_OP_PYMUL);
  ck_assert_uint_eq(err.node, AG_OP_PYMUL);
  ag_plan_unref(p);
}
END_TEST

START_TEST(test_a_plan_prints) {
  ag_plan *p = collatz();
  ag_text text = {0};
  ck_assert_int_eq(ag_plan_print(p, &text), AG_OK);
  ck_assert_msg(
      strstr(text.data, "plan: 18 steps, 8 slots, loops\nin $0 int64*\nout $1 int64*\n") ==
          text.data,
      "%s", text.data);
  ck_assert_ptr_nonnull(strstr(text.data, "   3  $4 = const 3\n"));
  ck_assert_ptr_nonnull(strstr(text.data, "   6  unless $6 jump 17\n"));
  ck_assert_ptr_nonnull(strstr(text.data, "$0 = pyfloordiv($0, $3) : int64*"));
  ck_assert_ptr_nonnull(strstr(text.data, "  11  jump 14\n"));
  ag_free(text.data);
  ag_plan_unref(p);
}
END_TEST

/* ---- polling -------------------------------------------------------------------------------- */

static uint64_t milliseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

typedef struct patience {
  int polls, most;
} patience;

static ag_code lose_patience(void *ctx, ag_err *err) {
  patience *w = ctx;
  return ++w->polls < w->most ? AG_OK : ag_fail(err, AG_ERR_INTERRUPT, 0, "interrupted");
}

START_TEST(test_polls_come_about_every_20_ms) {
  ag_plan *p = collatz();
  ag_tensor n = number(0), out; /* 0 -> 0 -> ...: without end */
  const ag_tensor *in = &n;
  patience w = {.most = 5};
  ag_host host = {.ctx = &w, .poll = lose_patience};
  ag_err err = {0};
  uint64_t start = milliseconds();
  ck_assert_int_eq(ag_plan_run(p, &host, &in, &out, &err), AG_ERR_INTERRUPT);
  uint64_t spent = milliseconds() - start;
  ck_assert_int_eq(w.polls, 5);
  ck_assert_msg(spent >= 80 && spent < 2000, "%d ms", (int)spent); /* 100; busy machines are slow */
  ag_plan_unref(p);
}
END_TEST

START_TEST(test_a_loop_that_slows_down_is_still_polled) {
  ag_err err = {0};
  patience w = {.most = 1};
  ag_host host = {.ctx = &w, .poll = lose_patience};
  const ag_call sites[] = {{.loc = 4}, {.loc = 5}};
  const ag_plan plan = {.calls = sites, .n_calls = 2};
  ag_run run = {.countdown = 1000, .host = &host, .err = &err, .plan = &plan};
  uint64_t start = milliseconds(), slow_from = start + 60;
  w.most = 1000;
  while (milliseconds() < slow_from) /* fast: some 10 ns an edge */
    for (int i = 0; i < 1000; i++)
      if (--run.countdown <= 0)
        ck_assert_int_eq(ag_rt_poll(&run, 0), 0);
  int before = w.polls;
  w.most = before + 1;
  int32_t code = 0;
  start = milliseconds();
  while (!code) { /* slow: 1000 times that */
    struct timespec nap = {.tv_nsec = 10000};
    nanosleep(&nap, NULL);
    run.countdown -= 1000;
    if (run.countdown <= 0)
      code = ag_rt_poll(&run, 1); /* the site of the loop */
  }
  ck_assert_int_eq(code, AG_ERR_INTERRUPT);
  ck_assert_int_eq(err.loc, 5);
  ck_assert_msg(milliseconds() - start < 2000, "%d ms", (int)(milliseconds() - start));
}
END_TEST

/* ---- a plan of arrays: y = sum over rows of (x * c)[:, None] broadcast; with a moved and a freed
 * slot -------- */

static ag_plan *arrays(void) {
  static const int64_t axis[] = {0}, wide[] = {3, 4};
  static const ag_attr by_axis[] = {
      {.key = AG_KEY_axis, .kind = AG_ATTR_INTS, .n = 1, .ints = axis}};
  static const ag_attr to_shape[] = {
      {.key = AG_KEY_shape, .kind = AG_ATTR_INTS, .n = 2, .ints = wide}};
  static const uint32_t s01[] = {0, 1}, s2[] = {2}, s3[] = {3}, s4[] = {4}, s5[] = {5},
                        in_slots[] = {0}, out_slots[] = {5, 0};
  static const ag_type f32 = {.dtype = AG_F32, .rank = 1, .dim = {4}};
  const ag_call calls[] = {
      {.op = AG_OP_MUL, .n_in = 2, .n_out = 1, .in = s01, .out = s2, .types = &f32},
      {.op = AG_OP_BROADCAST,
       .n_in = 1,
       .n_out = 1,
       .in = s2,
       .out = s3,
       .types = &f32,
       .attrs = to_shape,
       .n_attrs = 1},
      {.op = AG_OP_SUM,
       .n_in = 1,
       .n_out = 1,
       .in = s4,
       .out = s5,
       .types = &f32,
       .attrs = by_axis,
       .n_attrs = 1,
       .dead = 1},
  };
  const ag_step steps[] = {
      {AG_STEP_CONST, 1, 0}, {AG_STEP_KERNEL, 0, 0}, {AG_STEP_KERNEL, 1, 0}, {AG_STEP_FREE, 2, 0},
      {AG_STEP_MOVE, 4, 3},  {AG_STEP_KERNEL, 2, 0}, {AG_STEP_SHARE, 3, 5},  {AG_STEP_RETURN, 0, 0},
  };
  ag_plan *p = ag_plan_new();
  if (!p)
    return NULL;
  ag_step *s = ag_arena_alloc(p->arena, sizeof steps);
  ag_call *c = ag_arena_alloc(p->arena, sizeof calls);
  ag_tensor *consts = ag_arena_alloc(p->arena, sizeof *consts);
  ag_err err = {0};
  ag_shape shape = {.rank = 1, .dim = {4}};
  if (!s || !c || !consts || ag_tensor_new(consts, AG_F32, &shape, &err)) {
    ag_plan_unref(p);
    return NULL;
  }
  p->consts = consts;
  p->n_consts = 1;
  for (int i = 0; i < 4; i++)
    ((float *)consts->data)[i] = (float)i;
  memcpy(s, steps, sizeof steps);
  memcpy(c, calls, sizeof calls);
  p->n_in = 1;
  p->n_out = 2;
  p->n_slots = 6;
  p->n_steps = sizeof steps / sizeof *steps;
  p->n_calls = 3;
  p->in_slots = in_slots;
  p->out_slots = out_slots;
  p->steps = s;
  p->calls = c;
  return p;
}

static ag_code run_arrays(ag_err *err) {
  /* Memory of the caller's, as the binder lends it: the result that is the input must not point
   * into it. */
  float lent[4] = {1, 2, 3, 4};
  ag_tensor x = {.data = lent, .dtype = AG_F32, .rank = 1, .dim = {4}}, out[2];
  const ag_tensor *in = &x;
  ag_plan *p = arrays();
  if (!p)
    return ag_fail(err, AG_ERR_NOMEM, 0, "out of memory");
  if (!ag_plan_run(p, NULL, &in, out, err)) {
    memset(lent, 0, sizeof lent);
    char *sum = tensor_text(&out[0]), *same = tensor_text(&out[1]);
    /* Check's own asserts are not for threads. */
    if (sum && same &&
        (strcmp(sum, "f32[4] 0.0 6.0 18.0 36.0") || strcmp(same, "f32[4] 1.0 2.0 3.0 4.0")))
      ag_fail(err, AG_ERR_INTERNAL, 0, "got %s and %s", sum, same);
    ag_free(sum);
    ag_free(same);
    ag_tensor_unref(&out[0]);
    ag_tensor_unref(&out[1]);
  }
  ag_plan_unref(p);
  return err->code;
}

START_TEST(test_arrays_run_and_nothing_leaks_when_memory_runs_out) {
  ag_err err = {0};
  ck_assert_msg(run_arrays(&err) == AG_OK, "%s", err.msg);
  int64_t alive = ag_allocations_alive();
  uint64_t nth = 1;
  for (;; nth++) {
    uint64_t before = ag_allocations();
    err = (ag_err){0};
    ag_fail_allocation(nth);
    run_arrays(&err);
    bool untouched = ag_allocations() - before < nth;
    ag_fail_allocation(0);
    ck_assert_int_eq(ag_allocations_alive(), alive);
    if (err.code)
      ck_assert_int_eq(err.code, AG_ERR_NOMEM);
    if (!err.code && untouched)
      break;
  }
  ck_assert_uint_gt(nth, 6); /* it did walk */
}
END_TEST

/* ---- native plans: C functions in the place of emitted code --------------------------------- */

/* double(x): frame slot 0 is its buffer; twice, to see the slot reused; shares slot 0 as the
 * result. */
static ag_code native_double(ag_run *run, const ag_tensor *const *in, ag_tensor *out) {
  int64_t n = in[0]->dim[0];
  void *first = NULL;
  for (int pass = 0; pass < 2; pass++) {
    float *y = ag_rt_alloc(run, &run->frame[0], n * (int64_t)sizeof *y);
    if (!y)
      return AG_ERR_NOMEM;
    if (pass)
      ck_assert_ptr_eq(y, first);
    first = y;
    for (int64_t i = 0; i < n; i++)
      y[i] = 2 * ((const float *)in[0]->data)[i];
  }
  run->frame[0].dtype = AG_F32;
  run->frame[0].rank = 1;
  run->frame[0].dim[0] = n;
  ag_rt_share(&run->frame[1], &run->frame[0]);
  float *own = ag_rt_unique(run, &run->frame[1]); /* shared: copied */
  if (!own)
    return AG_ERR_NOMEM;
  ck_assert_ptr_ne(own, first);
  ck_assert_ptr_eq(ag_rt_unique(run, &run->frame[1]), own);
  ck_assert_float_eq(own[1], 4);
  const ag_tensor *sum_in[] = {&run->frame[1]};
  ag_code code = (ag_code)ag_rt_kernel(run, 0, sum_in, &run->frame[2]);
  if (code)
    return code;
  ag_rt_move(&out[0], &run->frame[0]);
  ag_rt_move(&out[1], &run->frame[2]);
  ck_assert_ptr_null(run->frame[0].owner);
  return AG_OK;
}

static ag_code native_index(ag_run *run, const ag_tensor *const *in, ag_tensor *out) {
  (void)out;
  if (!ag_rt_alloc(run, &run->frame[0], 1000))
    return AG_ERR_NOMEM; /* freed whatever comes */
  return (ag_code)ag_rt_fail_index(run, 1, 0, in[0]->dim[0], 2);
}

static int dropped;
static void drop_code(void *code) {
  (void)code;
  dropped++;
}

static ag_plan *native_plan(ag_native *f) {
  static const int64_t axis[] = {0};
  static const ag_attr by_axis[] = {
      {.key = AG_KEY_axis, .kind = AG_ATTR_INTS, .n = 1, .ints = axis}};
  static const ag_type f32 = {.dtype = AG_F32};
  static const ag_call calls[] = {
      {.op = AG_OP_SUM, .n_in = 1, .n_out = 1, .types = &f32, .attrs = by_axis, .n_attrs = 1},
      {.op = AG_OP_ELEMENT, .n_in = 2, .n_out = 1, .loc = 5, .node = 6},
  };
  static const ag_step steps[] = {{AG_STEP_NATIVE, 0, 0}};
  ag_plan *p = ag_plan_new();
  ck_assert_ptr_nonnull(p);
  p->n_in = 1;
  p->n_out = 2;
  p->n_slots = 3;
  p->n_steps = 1;
  p->steps = steps;
  p->n_calls = 2;
  p->calls = calls;
  p->native = f;
  p->drop_code = drop_code;
  return p;
}

START_TEST(test_native_plans) {
  ag_tensor x = parse_tensor("f32[3] 1 2 3"), out[2];
  const ag_tensor *in = &x;
  int64_t alive = ag_allocations_alive();
  ag_plan *p = native_plan(native_double);
  for (uint64_t nth = 0; nth < 9; nth++) { /* 0: nothing fails */
    ag_err err = {0};
    ag_fail_allocation(nth);
    ag_code code = ag_plan_run(p, NULL, &in, out, &err);
    ag_fail_allocation(0);
    ck_assert(code == (nth && nth < 3 ? AG_ERR_NOMEM : AG_OK));
    if (code)
      continue;
    ck_assert_float_eq(((float *)out[0].data)[2], 6);
    float sum;
    memcpy(&sum, out[1].cell, sizeof sum);
    ck_assert_float_eq(sum, 12);
    ag_tensor_unref(&out[0]);
    ag_tensor_unref(&out[1]);
  }
  ag_plan_unref(p);
  ck_assert_int_eq(dropped, 1);
  p = native_plan(native_index);
  ag_err err = {0};
  ck_assert_int_eq(ag_plan_run(p, NULL, &in, out, &err), AG_ERR_INDEX);
  ck_assert_str_eq(err.msg, "index 3 is out of bounds for axis 0 with size 2");
  ck_assert_uint_eq(err.loc, 5);
  ck_assert_uint_eq(err.node, 6);
  ag_plan_unref(p);
  ck_assert_int_eq(ag_allocations_alive(), alive);
  ag_tensor_unref(&x);
}
END_TEST

/* ---- threads, fork -------------------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 60 };

static void *run_many(void *plan) {
  intptr_t bad = 0;
  for (int i = 0; i < ROUNDS; i++) {
    ag_err err = {0};
    ag_tensor n = number(27), out;
    const ag_tensor *in = &n;
    if (ag_plan_run(plan, NULL, &in, &out, &err) || value(&out) != 111)
      bad++;
    if (run_arrays(&err))
      bad++;
  }
  return (void *)bad;
}

START_TEST(test_threads_share_a_plan) {
  ag_plan *p = collatz();
  run_many(p);
  int64_t alive = ag_allocations_alive();
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    ck_assert(!pthread_create(&threads[i], NULL, run_many, p));
  for (int i = 0; i < THREADS; i++) {
    void *bad;
    pthread_join(threads[i], &bad);
    ck_assert_ptr_null(bad);
  }
  ck_assert_int_eq(ag_allocations_alive(), alive);
  ag_plan_unref(p);
}
END_TEST

static void *busy(void *stop) {
  ag_plan *p = collatz();
  while (!__atomic_load_n((int *)stop, __ATOMIC_ACQUIRE))
    run_many(p);
  ag_plan_unref(p);
  return NULL;
}

START_TEST(test_a_forked_child_works) {
  int stop = 0;
  pthread_t thread;
  ck_assert(!pthread_create(&thread, NULL, busy, &stop));
  for (int i = 0; i < 3; i++) {
    pid_t child = fork();
    if (child == 0) {
      alarm(20); /* a child that hangs fails */
      ag_plan *p = collatz();
      void *bad = run_many(p);
      pthread_t second; /* threads of the child find records of threads it does not have */
      void *also_bad = p;
      if (!pthread_create(&second, NULL, run_many, p))
        pthread_join(second, &also_bad);
      /* Not _exit: Valgrind would blame the child for what the thread it has not got held. */
      const char *verdict = bad || also_bad ? "/bin/false" : "/bin/true";
      execl(verdict, verdict, (char *)NULL);
      _exit(1);
    }
    int status;
    waitpid(child, &status, 0);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
  pthread_join(thread, NULL);
}
END_TEST

SUITE_MAIN("exec", test_a_loop_runs, test_an_error_names_place_and_node, test_a_plan_prints,
           test_polls_come_about_every_20_ms, test_a_loop_that_slows_down_is_still_polled,
           test_arrays_run_and_nothing_leaks_when_memory_runs_out, test_native_plans,
           test_threads_share_a_plan, test_a_forked_child_works)
