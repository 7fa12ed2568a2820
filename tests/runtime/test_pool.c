/* Regions of several threads: every index once, the lowest failure, nesting, callers at once, the
 * host's questions, fork, exit, signals, floating-point control, how many threads there are. */
#include "cases.h"

#include "pool.h"

#include <dirent.h>
#include <immintrin.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
  COST = 1 << 17,
  /* of an index that is worth a claim */ MOST = 20000,
  WAIT = 20 /* s; nothing that works takes so long */
};

static ag_run run_of(ag_err *err, const ag_host *host) {
  *err = (ag_err){0};
  return (ag_run){.err = err, .host = host};
}

static void pause_for(long microseconds) {
  struct timespec t = {.tv_nsec = microseconds * 1000};
  nanosleep(&t, NULL);
}

/* True once *word is at least n, unless that takes WAIT. */
static bool reaches(const int *word, int n) {
  time_t end = time(NULL) + WAIT;
  while (__atomic_load_n(word, __ATOMIC_ACQUIRE) < n)
    if (time(NULL) > end)
      return false;
    else
      pause_for(100);
  return true;
}

/* ---- what a region does -----------------------------------------------------------------------
 */

static ag_code count_each(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  for (int64_t i = begin; i < end; i++)
    ((uint8_t *)ctx)[i]++;
  return AG_OK;
}

static void check_count(int64_t n, int64_t grain) {
  static uint8_t seen[MOST];
  ag_err err;
  ag_run run = run_of(&err, NULL);
  memset(seen, 0, sizeof seen);
  ck_assert_int_eq(ag_parallel(&run, n, COST / grain, count_each, seen), AG_OK);
  int64_t wrong = 0; /* one assertion: each writes to Check's pipe */
  while (wrong < MOST && seen[wrong] == (wrong < n))
    wrong++;
  ck_assert_int_eq(wrong, MOST);
}

START_TEST(test_each_index_is_computed_once) {
  static const int threads[] = {1, 2, 3, 8};
  static const int64_t sizes[] = {0, 1, 2, 63, 64, 65, 1000, 4097, MOST - 1, MOST};
  for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
    ag_threads_set(threads[t]);
    ck_assert_int_eq(ag_threads(), threads[t]);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
      for (int64_t grain = 1; grain <= 4096; grain *= 16)
        check_count(sizes[i], grain);
  }
  ag_threads_set(AG_MOST_THREADS);
  check_count(MOST, 1);
}
END_TEST

/* The chunk at 0 waits for one on another thread. */
typedef struct meeting {
  pthread_t owner;
  int others;
  bool failed;
} meeting;
static ag_code meet(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run, (void)end;
  meeting *m = ctx;
  if (!pthread_equal(pthread_self(), m->owner))
    __atomic_add_fetch(&m->others, 1, __ATOMIC_RELEASE);
  else if (!begin && !reaches(&m->others, 1))
    m->failed = true;
  return AG_OK;
}

START_TEST(test_workers_come) {
  ag_err err;
  ag_run run = run_of(&err, NULL);
  ag_threads_set(2);
  for (int i = 0; i < 20; i++) {
    meeting m = {.owner = pthread_self()};
    ag_parallel(&run, 1000, COST, meet, &m);
    ck_assert(!m.failed && m.others);
    pause_for(i * 100);
  }
}
END_TEST

/* A worker is held up in its chunk; or the owner gives one 20 ms to come. */
static ag_code hold_up(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  meet(run, ctx, begin, end);
  if (!pthread_equal(pthread_self(), ((meeting *)ctx)->owner))
    pause_for(50000);
  return AG_OK;
}
static ag_code give_time(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run, (void)end;
  meeting *m = ctx;
  if (!pthread_equal(pthread_self(), m->owner))
    __atomic_add_fetch(&m->others, 1, __ATOMIC_RELEASE);
  for (int i = 0; !begin && i < 20 && !__atomic_load_n(&m->others, __ATOMIC_ACQUIRE); i++)
    pause_for(1000);
  return AG_OK;
}

START_TEST(test_workers_that_were_held_up_rest) {
  enum { SHORT_REGION = 64 };
  ag_err err;
  ag_run run = run_of(&err, NULL);
  ag_threads_set(2);
  meeting m = {.owner = pthread_self()};
  ag_parallel(&run, SHORT_REGION, COST, hold_up, &m);
  ck_assert(!m.failed && m.others);
  m.others = 0;
  ag_parallel(&run, SHORT_REGION, COST, give_time, &m);
  ck_assert_int_eq(m.others, 0);
  time_t end = time(NULL) + WAIT;
  while (!m.others && time(NULL) < end) /* and come again */
    ag_parallel(&run, SHORT_REGION, COST, give_time, &m);
  ck_assert_int_ge(m.others, 1);
}
END_TEST

static ag_code fail_from(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; i++)
    if (i >= *(int64_t *)ctx && i % 3 == 0)
      return ag_fail(run->err, AG_ERR_VALUE, 7, "index %lld", (long long)i);
  return AG_OK;
}

START_TEST(test_the_lowest_failure_is_the_one) {
  for (int threads = 1; threads <= 8; threads++)
    for (int64_t from = 0; from < 3000; from += 37) {
      char text[32];
      ag_err err;
      ag_run run = run_of(&err, NULL);
      ag_threads_set(threads);
      ck_assert_int_eq(ag_parallel(&run, 5000, COST, fail_from, &from), AG_ERR_VALUE);
      snprintf(text, sizeof text, "index %lld", (long long)(from + 2) / 3 * 3);
      ck_assert_str_eq(err.msg, text);
      ck_assert_int_eq(err.loc, 7);
    }
}
END_TEST

typedef struct nesting {
  pthread_t thread;
  bool moved;
} nesting;
static ag_code inner(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run, (void)begin, (void)end;
  nesting *n = ctx;
  n->moved |= !pthread_equal(n->thread, pthread_self());
  return AG_OK;
}
static ag_code outer(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)begin, (void)end;
  nesting n = {.thread = pthread_self()};
  if (ag_parallel(run, 1000, COST, inner, &n))
    return run->err->code;
  if (n.moved)
    __atomic_store_n((bool *)ctx, true, __ATOMIC_RELAXED);
  return AG_OK;
}

START_TEST(test_a_region_inside_one_stays_on_its_thread) {
  ag_err err;
  ag_run run = run_of(&err, NULL);
  bool moved = false;
  ag_threads_set(4);
  ck_assert_int_eq(ag_parallel(&run, 200, COST, outer, &moved), AG_OK);
  ck_assert(!moved);
}
END_TEST

static void *call_often(void *unused) {
  static const int64_t n = 3000;
  uint8_t *seen = malloc(n);
  for (int i = 1; i <= 200; i++) {
    ag_err err;
    ag_run run = run_of(&err, NULL);
    memset(seen, 0, n);
    if (ag_parallel(&run, n, COST / 7, count_each, seen))
      return "failed";
    for (int64_t k = 0; k < n; k++)
      if (seen[k] != 1)
        return "miscounted";
  }
  free(seen);
  return unused;
}

START_TEST(test_callers_at_once) {
  pthread_t t[6];
  ag_threads_set(3);
  for (int i = 0; i < 6; i++)
    ck_assert(!pthread_create(&t[i], NULL, call_often, NULL));
  for (int i = 0; i < 6; i++) {
    void *said;
    pthread_join(t[i], &said);
    ck_assert_ptr_null(said);
  }
}
END_TEST

/* ---- the host ---------------------------------------------------------------------------------
 */

static ag_code stop_at_second(void *ctx, ag_err *err) {
  return ++*(int *)ctx == 2 ? ag_fail(err, AG_ERR_INTERRUPT, 0, "interrupted") : AG_OK;
}

static ag_code slow(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)begin, (void)end;
  ck_assert_ptr_null(ctx ? run->host : NULL);
  pause_for(1000);
  return AG_OK;
}

START_TEST(test_the_host_may_interrupt) {
  for (int threads = 1; threads <= 3; threads++) {
    int asked = 0;
    ag_host host = {.ctx = &asked, .poll = stop_at_second};
    ag_err err;
    ag_run run = run_of(&err, &host);
    ag_threads_set(threads);
    ck_assert_int_eq(ag_parallel(&run, INT64_C(1) << 40, COST, slow, threads > 1 ? &asked : NULL),
                     AG_ERR_INTERRUPT);
    ck_assert_int_eq(asked, 2);
  }
}
END_TEST

/* Long regions, one in each chunk of another: of their own they have no host to ask. */
static ag_code slow_inside(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)begin, (void)end;
  return ag_parallel(run, INT64_C(1) << 40, COST, slow, ctx) ? run->err->code : AG_OK;
}

START_TEST(test_the_host_may_interrupt_a_region_inside_one) {
  for (int threads = 1; threads <= 3; threads++) {
    int asked = 0;
    ag_host host = {.ctx = &asked, .poll = stop_at_second};
    ag_err err;
    ag_run run = run_of(&err, &host);
    ag_threads_set(threads);
    ck_assert_int_eq(ag_parallel(&run, 2, INT64_C(1) << 40, slow_inside, NULL), AG_ERR_INTERRUPT);
    ck_assert_int_eq(asked, 2);
  }
}
END_TEST

/* ---- processes --------------------------------------------------------------------------------
 */

static bool works(void) {
  static uint8_t seen[5000];
  ag_err err;
  ag_run run = run_of(&err, NULL);
  memset(seen, 0, sizeof seen);
  if (ag_parallel(&run, sizeof seen, COST, count_each, seen))
    return false;
  for (size_t i = 0; i < sizeof seen; i++)
    if (seen[i] != 1)
      return false;
  return true;
}

/* Of a child that has WAIT seconds: its exit status. */
static int ended(pid_t child) {
  int status = -1;
  for (int i = 0; i < WAIT * 1000; i++) {
    if (waitpid(child, &status, WNOHANG) == child)
      return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    pause_for(1000);
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return -1;
}

static int child_works(void) {
  pid_t child = fork();
  if (!child)
    _exit(works() && works() ? 0 : 1);
  return ended(child);
}

START_TEST(test_fork_before_and_after) {
  ag_threads_set(3);
  ck_assert_int_eq(child_works(), 0);
  ck_assert(works());
  for (int i = 0; i < 20; i++) {
    ck_assert_int_eq(child_works(), 0);
    ck_assert(works());
  }
}
END_TEST

/* The thread that owns the region forks: both processes finish it. */
typedef struct forking {
  int asked;
  pid_t child;
} forking;
static ag_code fork_once(void *ctx, ag_err *err) {
  (void)err;
  forking *f = ctx;
  if (f->asked++ == 0)
    f->child = fork();
  return AG_OK;
}
static ag_code count_slowly(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  pause_for(5000);
  return count_each(run, ctx, begin, end);
}

START_TEST(test_fork_by_the_owner_of_a_region) {
  static uint8_t seen[64 * 600];
  forking f = {0};
  ag_host host = {.ctx = &f, .poll = fork_once};
  ag_err err;
  ag_run run = run_of(&err, &host);
  bool fine = true;
  ag_threads_set(3);
  ck_assert_int_eq(ag_parallel(&run, sizeof seen, COST / 64, count_slowly, seen), AG_OK);
  for (size_t i = 0; i < sizeof seen; i++)
    fine &= seen[i] == 1;
  if (f.asked && !f.child)
    _exit(fine && works() ? 0 : 1);
  ck_assert(fine && f.child > 0);
  ck_assert_int_eq(ended(f.child), 0);
  ck_assert(works());
}
END_TEST

static int ending;
static void *keep_calling(void *unused) {
  while (!__atomic_load_n(&ending, __ATOMIC_RELAXED))
    if (!works())
      return "miscounted";
  return unused;
}

START_TEST(test_fork_by_another_thread) {
  pthread_t t;
  ag_threads_set(3);
  ck_assert(!pthread_create(&t, NULL, keep_calling, NULL));
  for (int i = 0; i < 50; i++)
    ck_assert_int_eq(child_works(), 0);
  __atomic_store_n(&ending, 1, __ATOMIC_RELAXED);
  void *said;
  pthread_join(t, &said);
  ck_assert_ptr_null(said);
}
END_TEST

static ag_code endless(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run, (void)begin, (void)end;
  __atomic_add_fetch((int *)ctx, 1, __ATOMIC_RELEASE);
  pause_for(100);
  return AG_OK;
}
static void *never_return(void *ctx) {
  ag_err err;
  ag_run run = run_of(&err, NULL);
  ag_parallel(&run, INT64_C(1) << 40, COST, endless, ctx);
  return NULL;
}

START_TEST(test_exit_while_workers_run) {
  pid_t child = fork();
  if (!child) {
    int chunks = 0;
    pthread_t t;
    ag_threads_set(3);
    if (pthread_create(&t, NULL, never_return, &chunks) || !reaches(&chunks, 50))
      _exit(1);
    exit(0);
  }
  ck_assert_int_eq(ended(child), 0);
}
END_TEST

/* ---- what workers are like ---------------------------------------------------------------------
 */

typedef struct view {
  meeting m;
  bool wrong;
} view;
static ag_code look(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  view *v = ctx;
  bool caller = pthread_equal(pthread_self(), v->m.owner);
  sigset_t blocked;
  pthread_sigmask(SIG_BLOCK, NULL, &blocked);
  if (_MM_GET_FLUSH_ZERO_MODE() != _MM_FLUSH_ZERO_ON || _MM_GET_ROUNDING_MODE() != _MM_ROUND_DOWN ||
      (!caller && (!sigismember(&blocked, SIGINT) || !sigismember(&blocked, SIGALRM))))
    __atomic_store_n(&v->wrong, true, __ATOMIC_RELAXED);
  return meet(run, &v->m, begin, end);
}

START_TEST(test_workers_compute_as_their_caller_and_take_no_signals) {
  ag_err err;
  ag_run run = run_of(&err, NULL);
  ag_threads_set(2);
  ck_assert(works()); /* the worker is there before the mode is set */
  view v = {.m.owner = pthread_self()};
  unsigned before = _mm_getcsr();
  _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
  _MM_SET_ROUNDING_MODE(_MM_ROUND_DOWN);
  ag_parallel(&run, 1000, COST, look, &v);
  _mm_setcsr(before);
  ck_assert(v.m.others && !v.wrong && !v.m.failed);
}
END_TEST

/* Threads of this process with the name of workers. */
static int workers(void) {
  int n = 0;
  DIR *tasks = opendir("/proc/self/task");
  ck_assert_ptr_nonnull(tasks);
  for (struct dirent *d; (d = readdir(tasks));) {
    char path[300], name[32] = "";
    snprintf(path, sizeof path, "/proc/self/task/%s/comm", d->d_name);
    FILE *f = fopen(path, "r");
    n += f && fgets(name, sizeof name, f) && !strcmp(name, "autograph\n");
    if (f)
      fclose(f);
  }
  closedir(tasks);
  return n;
}

START_TEST(test_small_loops_start_no_workers) {
  static uint8_t seen[1000];
  ag_err err;
  ag_run run = run_of(&err, NULL);
  ag_threads_set(4);
  ag_parallel(&run, sizeof seen, COST / 500, count_each, seen);
  ck_assert_int_eq(workers(), 0);
  ag_threads_set(1);
  ag_parallel(&run, sizeof seen, COST, count_each, seen);
  ck_assert_int_eq(workers(), 0);
  ag_threads_set(4);
  ag_parallel(&run, sizeof seen, COST, count_each, seen);
  ck_assert_int_eq(workers(), 3);
}
END_TEST

START_TEST(test_one_processor_has_one_thread) {
  cpu_set_t all, one;
  int cpu = 0;
  ag_threads_set(0);
  ck_assert(!sched_getaffinity(0, sizeof all, &all));
  while (!CPU_ISSET(cpu, &all))
    cpu++;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  ck_assert(!sched_setaffinity(0, sizeof one, &one));
  ck_assert_int_eq(ag_threads(), 1);
  ck_assert(works());
  ck_assert_int_eq(workers(), 0);
  ag_threads_set(2); /* asked for, so given; and all on that processor */
  ck_assert(works());
  ck_assert_int_eq(workers(), 1);
  ck_assert(!sched_setaffinity(0, sizeof all, &all));
  ag_threads_set(0);
  ck_assert(works());
  ck_assert_int_le(ag_threads(), CPU_COUNT(&all));
}
END_TEST

START_TEST(test_numbers_of_threads) {
  static const struct {
    const char *text;
    int n;
  } cases[] = {{"0", 0},        {"1", 1},      {" 8 ", 8},  {"256", 256},
               {"257", -1},     {"10000", -1}, {"-1", -1},  {"two", -1},
               {"2 cores", -1}, {"", -1},      {"1.5", -1}, {"99999999999999999999", -1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    ck_assert_int_eq(ag_threads_parse(cases[i].text), cases[i].n);
}
END_TEST

/* ---- quotas -------------------------------------------------------------------------------------
 */

static char root[] = "/tmp/ag_quota_XXXXXX";

static void put(const char *path, const char *text) {
  char full[256];
  snprintf(full, sizeof full, "%s%s", root, path);
  for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); *p++ = '/') {
    *p = 0;
    mkdir(full, 0700);
  }
  FILE *f = fopen(full, "w");
  ck_assert_ptr_nonnull(f);
  fputs(text, f);
  fclose(f);
}

START_TEST(test_quota_of_the_control_group) {
  ck_assert_ptr_nonnull(mkdtemp(root));
  ck_assert_int_eq(ag_quota(root), INT_MAX);
  put("/proc/self/cgroup", "0::/a/b\n");
  ck_assert_int_eq(ag_quota(root), INT_MAX);
  put("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  ck_assert_int_eq(ag_quota(root), INT_MAX);
  put("/sys/fs/cgroup/a/cpu.max", "250000 100000\n");
  ck_assert_int_eq(ag_quota(root), 3);
  put("/sys/fs/cgroup/a/b/cpu.max", "100000 100000\n");
  ck_assert_int_eq(ag_quota(root), 1);
  put("/proc/self/cgroup", "9:name=systemd:/a/b\n4:cpu,cpuacct:/c\n1:cpuset:/a/b\n");
  ck_assert_int_eq(ag_quota(root), INT_MAX);
  put("/sys/fs/cgroup/cpu/c/cpu.cfs_quota_us", "-1\n");
  put("/sys/fs/cgroup/cpu/c/cpu.cfs_period_us", "100000\n");
  ck_assert_int_eq(ag_quota(root), INT_MAX);
  put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "150000\n"); /* what a container sees of its own */
  put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  ck_assert_int_eq(ag_quota(root), 2);
  char command[64];
  snprintf(command, sizeof command, "rm -r %s", root);
  ck_assert_int_eq(system(command), 0);
}
END_TEST

SUITE_MAIN("pool", test_each_index_is_computed_once, test_workers_come,
           test_workers_that_were_held_up_rest, test_the_lowest_failure_is_the_one,
           test_a_region_inside_one_stays_on_its_thread, test_callers_at_once,
           test_the_host_may_interrupt, test_the_host_may_interrupt_a_region_inside_one,
           test_fork_before_and_after, test_fork_by_the_owner_of_a_region,
           test_fork_by_another_thread, test_exit_while_workers_run,
           test_workers_compute_as_their_caller_and_take_no_signals,
           test_small_loops_start_no_workers, test_one_processor_has_one_thread,
           test_numbers_of_threads, test_quota_of_the_control_group)
