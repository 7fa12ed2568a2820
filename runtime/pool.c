/* pool.c - the threads of this process that help with large loops.
 *
 * Workers start at the first region that wants them and then wait for the bell: a while by looking,
 * which makes a series of regions cheap, then asleep. A worker enters (`entered` counts them),
 * reads which region is open, claims chunks until there are none, and leaves. The owner of a region
 * closes it and waits until nobody is inside; only then does the region's memory go.
 *
 * FORK. Before a fork workers stop claiming and finish their chunks; so in the child, which has no
 * workers, no chunk of the forking thread's region is half done. Nothing here is locked then but
 * what the child makes anew. */
#include "pool.h"

#include <errno.h>
#include <immintrin.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MILLISECONDS INT64_C(1000000)
#define WORKER_STACK ((size_t)2 << 20)
enum {
  GRAIN = 1 << 17,      /* cost of a claim's worth */
  FEWEST_GRAINS = 4,    /* below, the caller alone is as fast */
  CHUNKS_A_THREAD = 16, /* so that a thread that was held up leaves the others work */
  LARGEST = 1 << 23,    /* cost of a chunk of more than one index, about 1 ms. One index may cost
                         * any amount: its loops look themselves whether to go on (look) */
  LINE = 64,
  LOOKS = 500,     /* of 50 ns, before sleeping: a wake-up costs as much */
  SHORT = 1 << 26, /* cost of a region that one lost time slice outweighs, about 10 ms */
  REST = 16,       /* times what was lost, workers are then left alone */
  MOST_RESTS = 3,  /* doublings of that, when they lose again and again */
  ASK = 20,        /* ms between questions to the host */
  CONTROL = ~0x3f  /* of MXCSR: all but the flags */
};

typedef struct region {
  ag_run *run; /* of the owner */
  ag_chunk *chunk;
  void *ctx;
  int64_t n, step;
  int64_t next;     /* atomic: begin of the first chunk that nobody has claimed */
  int64_t own;      /* chunks that its owner computed */
  uint64_t asked;   /* ns, when its owner last asked the host */
  int64_t stop;     /* atomic: no chunk from here on is begun; n, or where one failed */
  int seats;        /* atomic: workers that may still come */
  unsigned control; /* rounding and denormals of the caller: workers compute as it does */
  pthread_mutex_t lock;
  ag_err err; /* of the chunk at `stop` */
} region;

static struct {
  int wanted;       /* atomic: threads asked for; 0: one a processor */
  int64_t grain;    /* forced; 0: none */
  bool busy;        /* atomic: a region is open, or about to be */
  region *open;     /* atomic */
  uint32_t bell;    /* atomic, futex: rings for each region */
  uint32_t asleep;  /* atomic: workers that wait for it asleep */
  uint32_t entered; /* atomic, futex: workers that may touch the open region */
  uint32_t awaited; /* atomic: its owner sleeps until they have left */
  uint32_t forking; /* atomic: threads about to fork */
  bool looks;       /* atomic: each thread has a processor */
  /* Only whoever has set `busy` touches these. */
  int workers, quota;
  pthread_t worker[AG_MOST_THREADS];
  cpu_set_t cpus; /* of the last owner, and so of all workers */
  int n_cpus;
  int64_t rest; /* short regions are their owner's alone until then */
  int losses;   /* in a row */
} pool;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local bool owner; /* this thread has opened the region */
static _Thread_local struct {
  region *region;    /* this thread computes a chunk of it; NULL: of none */
  const ag_run *run; /* of that chunk: what a signal handler runs meanwhile is another */
  int64_t begin;
} inside;

#define load(x) __atomic_load_n(&(x), __ATOMIC_SEQ_CST)
#define store(x, value) __atomic_store_n(&(x), (value), __ATOMIC_SEQ_CST)
#define add(x, value) __atomic_add_fetch(&(x), (value), __ATOMIC_SEQ_CST)

static void sleep_while(uint32_t *word, uint32_t value, const struct timespec *most) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, most, NULL, 0);
}

static void wake(uint32_t *word, int most) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, most, NULL, NULL, 0);
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 * MILLISECONDS + t.tv_nsec;
}

/* ---- working ----------------------------------------------------------------------------------
 */

static void keep_failure(region *r, int64_t begin, const ag_err *err) {
  pthread_mutex_lock(&r->lock);
  if (begin < load(r->stop)) {
    r->err = *err;
    store(r->stop, begin);
  }
  pthread_mutex_unlock(&r->lock);
}

/* A run of chunks: failures go to err. */
static ag_run chunk_run(const region *r, ag_err *err) {
  ag_run run = *r->run;
  run.host = NULL;
  run.err = err;
  *err = (ag_err){0};
  return run;
}

/* Claims a chunk and computes it; false when there is none. Claims ascend, so all chunks below one
 * that fails are somebody's already. */
static bool claim(region *r, ag_run *run) {
  int64_t begin = __atomic_fetch_add(&r->next, r->step, __ATOMIC_RELAXED);
  if (begin >= load(r->stop))
    return false;
  inside.region = r;
  inside.run = run;
  inside.begin = begin;
  if (r->chunk(run, r->ctx, begin, r->n - begin < r->step ? r->n : begin + r->step)) {
    keep_failure(r, begin, run->err);
    *run->err = (ag_err){0};
  }
  inside.region = NULL;
  return true;
}

/* ---- workers ----------------------------------------------------------------------------------
 */

static void join(region *r) {
  ag_err err;
  ag_run run = chunk_run(r, &err);
  unsigned before = _mm_getcsr();
  _mm_setcsr(r->control);
  while (!load(pool.forking) && claim(r, &run))
    ;
  _mm_setcsr(before);
}

static void enter(void) {
  add(pool.entered, 1);
  region *r = load(pool.open);
  if (r && add(r->seats, -1) >= 0)
    join(r);
  if (add(pool.entered, -1) == 0 && load(pool.awaited))
    wake(&pool.entered, 1);
}

static uint32_t wait_for_bell(uint32_t heard) {
  uint32_t bell = load(pool.bell);
  for (int i = 0; bell == heard && i < LOOKS && load(pool.looks); i++) {
    _mm_pause();
    bell = load(pool.bell);
  }
  while (bell == heard) {
    add(pool.asleep, 1);
    sleep_while(&pool.bell, heard, NULL);
    add(pool.asleep, -1);
    bell = load(pool.bell);
  }
  return bell;
}

static void *worker(void *bell) {
  uint32_t heard = (uint32_t)(uintptr_t)bell;
  for (;;) {
    heard = wait_for_bell(heard);
    enter();
  }
  return NULL;
}

/* Fewer than asked for when the system gives no more: the caller computes what they would have. */
static void start_workers(int n) {
  sigset_t all, before;
  pthread_attr_t attr;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); /* inherited: signals are for the others */
  pthread_attr_init(&attr);
  pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attr, WORKER_STACK);
  for (; pool.workers < n; pool.workers++) {
    pthread_t *t = &pool.worker[pool.workers];
    if (pthread_create(t, &attr, worker, (void *)(uintptr_t)load(pool.bell)))
      break;
    pthread_setname_np(*t, "autograph");
  }
  pthread_attr_destroy(&attr);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- fork --------------------------------------------------------------------------------------
 */

static void before_fork(void) {
  add(pool.forking, 1);
  while (load(pool.entered)) {
    struct timespec moment = {.tv_nsec = 20000};
    nanosleep(&moment, NULL);
  }
}

static void in_parent(void) { add(pool.forking, -1); }

/* The forking thread may own the open region, when the host that it asked forks: it goes on alone.
 */
static void in_child(void) {
  pool.forking = pool.entered = pool.asleep = pool.awaited = 0;
  pool.workers = 0;
  if (!owner) {
    pool.open = NULL;
    pool.busy = false;
  }
}

/* ---- how many ----------------------------------------------------------------------------------
 */

int ag_threads_parse(const char *text) {
  char *end;
  errno = 0;
  long n = strtol(text, &end, 10);
  while (*end == ' ')
    end++;
  return end == text || *end || errno || n < 0 || n > AG_MOST_THREADS ? -1 : (int)n;
}

static void start(void) {
  const char *threads = getenv("AUTOGRAPH_NUM_THREADS"), *grain = getenv("AG_GRAIN");
  int n = threads && *threads ? ag_threads_parse(threads) : 0;
  pool.wanted = n < 0 ? 0 : n;
  pool.grain = grain ? strtoll(grain, NULL, 10) : 0;
  pool.quota = ag_quota("");
  pthread_atfork(before_fork, in_parent, in_child);
}

static int cores(const cpu_set_t *cpus) {
  int n = CPU_COUNT(cpus);
  return n < 1 ? 1 : n < pool.quota ? n : pool.quota;
}

int ag_threads(void) {
  pthread_once(&once, start);
  int n = load(pool.wanted);
  cpu_set_t cpus;
  if (n)
    return n;
  if (sched_getaffinity(0, sizeof cpus, &cpus))
    return 1; /* more than 1024 processors: none can be told from another */
  n = cores(&cpus);
  return n < AG_MOST_THREADS ? n : AG_MOST_THREADS;
}

int ag_threads_wanted(void) {
  pthread_once(&once, start);
  return load(pool.wanted);
}

void ag_threads_set(int n) {
  pthread_once(&once, start);
  store(pool.wanted, n);
}

int64_t ag_forced_grain(void) {
  pthread_once(&once, start);
  return pool.grain > 0 ? pool.grain : 0;
}

/* Indices that are worth a claim: some 16 us. Whole cache lines where that is little. */
static int64_t grain_of(int64_t cost) {
  if (ag_forced_grain())
    return pool.grain;
  int64_t n = GRAIN / (cost < 1 ? 1 : cost);
  return n >= LINE ? n & -LINE : n < 1 ? 1 : n;
}

bool ag_is_large(int64_t n, int64_t cost) {
  int64_t grain = grain_of(cost);
  if (pool.grain > 0)
    return n / 2 >= grain;
  return n > 1 && (n / FEWEST_GRAINS >= grain || cost >= FEWEST_GRAINS * (int64_t)GRAIN / n);
}

/* Threads for the region about to open. Workers go where its owner may run. */
static int threads_now(void) {
  int n = load(pool.wanted);
  cpu_set_t cpus;
  if (sched_getaffinity(0, sizeof cpus, &cpus))
    return n ? n : 1;
  if (!CPU_EQUAL(&cpus, &pool.cpus)) {
    pool.cpus = cpus;
    pool.n_cpus = cores(&cpus);
    for (int i = 0; i < pool.workers; i++)
      pthread_setaffinity_np(pool.worker[i], sizeof cpus, &cpus);
  }
  n = n ? n : pool.n_cpus;
  store(pool.looks, n <= pool.n_cpus);
  return n < AG_MOST_THREADS ? n : AG_MOST_THREADS;
}

/* ---- regions -----------------------------------------------------------------------------------
 */

/* The host's answer, asked when it is time. */
static ag_code ask(ag_run *run, uint64_t *asked) {
  if (!run->host || !run->host->poll)
    return AG_OK;
  uint64_t t = (uint64_t)now();
  if (t - *asked < ASK * MILLISECONDS)
    return AG_OK;
  *asked = t;
  return run->host->poll(run->host->ctx, run->err);
}

/* In the middle of a chunk, or of a loop that is none: whether to go on. */
static ag_code look(ag_run *run) {
  region *r = inside.region;
  if (!r || run != inside.run)
    return ask(run, &run->last_poll);
  if (owner && ask(r->run, &r->asked))
    store(r->stop, 0);
  return load(r->stop) <= inside.begin ? AG_ERR_INTERRUPT : AG_OK; /* nobody reads which */
}

/* Workers may be long at their last chunks. */
static void close_region(region *r) {
  const struct timespec turn = {.tv_nsec = ASK * MILLISECONDS};
  store(pool.open, NULL);
  for (int i = 0; load(pool.entered) && i < LOOKS && load(pool.looks); i++)
    _mm_pause();
  store(pool.awaited, 1);
  for (uint32_t n; (n = load(pool.entered));) {
    sleep_while(&pool.entered, n, &turn);
    if (!r->run->err->code && ask(r->run, &r->asked))
      store(r->stop, 0);
  }
  store(pool.awaited, 0);
}

/* What look says, as a failure: callers of nested loops look for that, not for a code. */
static ag_code look_or_fail(ag_run *run) {
  return look(run) ? ag_fail(run->err, AG_ERR_INTERRUPT, 0, "interrupted") : AG_OK;
}

/* On the caller alone, which may be in a chunk of a region: then that is stopped, and its host
 * asked. */
static ag_code serial(ag_run *run, int64_t n, int64_t step, ag_chunk *chunk, void *ctx) {
  bool nested = inside.region && run == inside.run;
  uint64_t asked = (uint64_t)now();
  for (int64_t begin = 0; begin < n; begin += step) {
    int64_t end = n - begin < step ? n : begin + step;
    ag_code code = !begin ? AG_OK : nested ? look_or_fail(run) : ask(run, &asked);
    if (code || (code = chunk(run, ctx, begin, end)))
      return code;
  }
  return AG_OK;
}

/* Another process on a worker's processor can hold it up in the middle of a chunk, for a time slice
 * of some ms, while the owner waits. When it waited longer than computing the workers' chunks would
 * have taken, short regions do without workers for a while. */
static void learn(const region *r, int64_t began, int64_t waited) {
  int64_t end = now(), lost = end - waited, chunks = (r->n + r->step - 1) / r->step;
  int64_t saved = r->own ? (waited - began) / r->own * (chunks - r->own) : INT64_MAX;
  if (lost <= saved) {
    pool.losses = 0;
    return;
  }
  pool.rest = end + lost * (REST << pool.losses);
  pool.losses += pool.losses < MOST_RESTS;
}

static ag_code shared(ag_run *run, region *r) {
  ag_err err;
  ag_run mine = chunk_run(r, &err);
  int64_t began = now();
  r->asked = (uint64_t)began;
  int seats = r->seats;
  owner = true;
  store(pool.open, r);
  add(pool.bell, 1);
  if (load(pool.asleep))
    wake(&pool.bell, seats);
  while (claim(r, &mine)) {
    r->own++;
    if (run->err->code || ask(run, &r->asked)) {
      store(r->stop, 0);
      break;
    }
  }
  int64_t waited = now();
  close_region(r);
  learn(r, began, waited);
  owner = false;
  if (!run->err->code && r->err.code)
    *run->err = r->err;
  return run->err->code;
}

/* Enough chunks for each thread, of whole grains. */
static int64_t step_of(int64_t n, int64_t cost, int threads) {
  int64_t grain = grain_of(cost), most = LARGEST / (cost < 1 ? 1 : cost) / grain;
  int64_t grains = n / grain / threads / CHUNKS_A_THREAD;
  grains = grains < most ? grains : most;
  return grains < 1 ? grain : grains * grain;
}

ag_code ag_parallel(ag_run *run, int64_t n, int64_t cost, ag_chunk *chunk, void *ctx) {
  bool idle = false;
  if (!ag_is_large(n, cost))
    return n > 0 ? chunk(run, ctx, 0, n) : look(run);
  if (inside.region || __atomic_load_n(&pool.wanted, __ATOMIC_RELAXED) == 1 ||
      !__atomic_compare_exchange_n(&pool.busy, &idle, true, false, __ATOMIC_SEQ_CST,
                                   __ATOMIC_RELAXED))
    return serial(run, n, step_of(n, cost, 1), chunk, ctx);
  ag_code code;
  bool rests = pool.rest && n <= SHORT / (cost < 1 ? 1 : cost) && now() < pool.rest;
  int threads = rests ? 1 : threads_now();
  start_workers(threads - 1);
  if (threads == 1 || pool.workers == 0) {
    store(pool.busy, false);
    return serial(run, n, step_of(n, cost, 1), chunk, ctx);
  }
  int64_t step = step_of(n, cost, threads), chunks = (n + step - 1) / step;
  region r = {.run = run,
              .chunk = chunk,
              .ctx = ctx,
              .n = n,
              .step = step,
              .stop = n,
              .seats = (int)(chunks < threads ? chunks : threads) - 1,
              .control = _mm_getcsr() & CONTROL,
              .lock = PTHREAD_MUTEX_INITIALIZER};
  code = shared(run, &r);
  store(pool.busy, false);
  return code;
}
