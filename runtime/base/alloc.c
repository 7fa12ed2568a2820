/* alloc.c - all memory of the project: counted, able to fail on demand.
 *
 * Each thread counts in a record of its own, so counting costs no atomic read-modify-write. Records
 * are pushed on one list and never leave it: a thread that ends marks its record as idle and the
 * next new thread takes it over, with the small blocks cached in it. There is no lock, so fork() at
 * any moment is harmless: the child keeps the counts of threads it does not have. */
#include "alloc.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A cached block hides its use after free from the sanitizers: they get none. */
#if defined(__SANITIZE_ADDRESS__)
enum { CACHED_BLOCKS = 0 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { CACHED_BLOCKS = 0 };
#else
enum { CACHED_BLOCKS = 64 };
#endif
#else
enum { CACHED_BLOCKS = 64 };
#endif

typedef struct block {
  struct block *next;
} block;

/* Blocks of up to MIDDLE bytes are multiples of MIDDLE_STEP; each thread keeps a few of each size. */
enum { MIDDLE_STEP = 512, MIDDLE_SIZES = 16, MIDDLE = MIDDLE_STEP * MIDDLE_SIZES, CACHED_MIDDLE = 4 };

typedef struct record {
  uint64_t made; /* written by the owner only, read by all */
  int64_t alive; /* of this thread: below zero when it frees what others made */
  block *blocks;
  uint32_t n_blocks;
  block *middle[MIDDLE_SIZES]; /* by size */
  uint8_t n_middle[MIDDLE_SIZES];
  bool taken;
  struct record *next;
} record;

static record *records;
static int64_t fail_at; /* 0: off; else this many allocations until the one that fails */
static pthread_key_t ending;
static pthread_once_t ending_once = PTHREAD_ONCE_INIT;
static bool have_ending;
static _Thread_local record *mine __attribute__((tls_model("initial-exec")));

static void thread_ends(void *r) {
  mine = NULL;
  __atomic_store_n(&((record *)r)->taken, false, __ATOMIC_RELEASE);
}

static void make_ending(void) { have_ending = pthread_key_create(&ending, thread_ends) == 0; }

static record *take_record(void) {
  pthread_once(&ending_once, make_ending);
  record *r = __atomic_load_n(&records, __ATOMIC_ACQUIRE);
  for (; r; r = r->next) {
    bool idle = false;
    if (__atomic_compare_exchange_n(&r->taken, &idle, true, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED))
      break;
  }
  if (!r) {
    r = calloc(1, sizeof *r);
    if (!r)
      return NULL;
    r->taken = true;
    r->next = __atomic_load_n(&records, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&records, &r->next, r, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
      ;
  }
  /* Without the key a thread that ends keeps its record: a few bytes lost, nothing wrong. */
  if (have_ending)
    pthread_setspecific(ending, r);
  return mine = r;
}

static inline record *own_record(void) { return mine ? mine : take_record(); }

static bool injected_failure(void) {
  int64_t left = __atomic_load_n(&fail_at, __ATOMIC_RELAXED);
  while (left > 0)
    if (__atomic_compare_exchange_n(&fail_at, &left, left - 1, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED))
      return left == 1;
  return false;
}

static inline void add_made(record *r, int64_t alive) {
  __atomic_store_n(&r->made, r->made + 1, __ATOMIC_RELAXED);
  __atomic_store_n(&r->alive, r->alive + alive, __ATOMIC_RELAXED);
}

static inline void add_freed(record *r) {
  __atomic_store_n(&r->alive, r->alive - 1, __ATOMIC_RELAXED);
}

/* The record to count the next allocation in, or NULL when that has to fail. */
static inline record *may_allocate(void) {
  if (__atomic_load_n(&fail_at, __ATOMIC_RELAXED) && injected_failure())
    return NULL;
  return own_record();
}

static void *counted(record *r, void *p) {
  if (p)
    add_made(r, 1);
  return p;
}

void *ag_malloc(size_t bytes) {
  record *r = may_allocate();
  return r ? counted(r, malloc(bytes ? bytes : 1)) : NULL;
}

void *ag_calloc(size_t count, size_t bytes) {
  size_t product;
  if (__builtin_mul_overflow(count, bytes, &product))
    return NULL;
  record *r = may_allocate();
  return r ? counted(r, calloc(1, product ? product : 1)) : NULL;
}

void *ag_realloc(void *old, size_t bytes) {
  record *r = may_allocate();
  if (!r)
    return NULL;
  void *p = realloc(old, bytes ? bytes : 1);
  if (p)
    add_made(r, old == NULL);
  return p;
}

void ag_free(void *p) {
  if (!p)
    return;
  record *r = own_record();
  if (r)
    add_freed(r);
  free(p);
}

void *ag_block_new(void) {
  record *r = may_allocate();
  if (!r)
    return NULL;
  block *b = r->blocks;
  if (!b)
    return counted(r, aligned_alloc(64, AG_BLOCK_BYTES));
  r->blocks = b->next;
  r->n_blocks--;
  return counted(r, b);
}

void ag_block_free(void *p) {
  if (!p)
    return;
  record *r = own_record();
  if (r)
    add_freed(r);
  if (!r || r->n_blocks == CACHED_BLOCKS) {
    free(p);
    return;
  }
  block *b = p;
  b->next = r->blocks;
  r->blocks = b;
  r->n_blocks++;
}

/* ---- middle blocks -----------------------------------------------------------------------------
 * Arrays of some hundred numbers that a loop makes anew each time, lists that grow. */

static void *middle_new(record *r, size_t size) {
  size_t k = size / MIDDLE_STEP - 1;
  block *b = r->middle[k];
  if (!b)
    return aligned_alloc(64, size);
  r->middle[k] = b->next;
  r->n_middle[k]--;
  return b;
}

static bool middle_kept(record *r, void *p, size_t size) {
  size_t k = size / MIDDLE_STEP - 1;
  if (!CACHED_BLOCKS || !r || size > MIDDLE || r->n_middle[k] == CACHED_MIDDLE)
    return false;
  block *b = p;
  b->next = r->middle[k];
  r->middle[k] = b;
  r->n_middle[k]++;
  return true;
}

/* ---- large blocks ------------------------------------------------------------------------------
 * Fresh pages cost more than most kernels: 1000 page faults for 4 MB, some 0.5 ms. */

#define LARGE ((size_t)256 << 10)       /* blocks from here on wait when freed */
#define MOST_WAITING ((size_t)96 << 20) /* all together */
#define HUGE_PAGE ((size_t)2 << 20)
enum { WAITING = 12 }; /* a list that grows leaves one of each size */

static size_t waiting_bytes; /* may be off for a moment while threads swap */

/* A free block, its size in its first word, or NULL. Who swaps it out owns it: no lock. */
static size_t *waiting[WAITING];

/* Puts a free block into an empty place, if there is one. */
static bool leave_waiting(size_t *block) {
  size_t bytes = *block; /* whoever takes it may write there at once */
  if (__atomic_load_n(&waiting_bytes, __ATOMIC_RELAXED) + bytes > MOST_WAITING)
    return false;
  for (int i = 0; i < WAITING; i++) {
    size_t *none = NULL;
    if (!__atomic_load_n(&waiting[i], __ATOMIC_RELAXED) &&
        __atomic_compare_exchange_n(&waiting[i], &none, block, false, __ATOMIC_RELEASE,
                                    __ATOMIC_RELAXED)) {
      __atomic_add_fetch(&waiting_bytes, bytes, __ATOMIC_RELAXED);
      return true;
    }
  }
  return false;
}

/* A block of at least `bytes` and at most a quarter more. */
static size_t *take_waiting(size_t bytes) {
  for (int i = 0; i < WAITING; i++) {
    if (!__atomic_load_n(&waiting[i], __ATOMIC_RELAXED))
      continue;
    size_t *block = __atomic_exchange_n(&waiting[i], NULL, __ATOMIC_ACQUIRE);
    if (!block)
      continue;
    __atomic_sub_fetch(&waiting_bytes, *block, __ATOMIC_RELAXED);
    if (*block >= bytes && *block - bytes <= bytes / 4)
      return block;
    if (!leave_waiting(block))
      free(block);
  }
  return NULL;
}

/* Fresh memory; in huge pages where it is worth one: a fault for 2 MB, not for 4 KB. */
static void *fresh(size_t size) {
  if (size < 2 * HUGE_PAGE)
    return aligned_alloc(64, size);
  void *p = NULL;
  if (posix_memalign(&p, HUGE_PAGE, size))
    return NULL;
  madvise(p, size & ~(HUGE_PAGE - 1), MADV_HUGEPAGE); /* a hint */
  return p;
}

void *ag_aligned_new(size_t *bytes) {
  record *r = may_allocate();
  if (!r || *bytes > SIZE_MAX - 64)
    return NULL;
  if (*bytes <= MIDDLE) {
    *bytes = *bytes ? (*bytes + MIDDLE_STEP - 1) & ~(size_t)(MIDDLE_STEP - 1) : MIDDLE_STEP;
    return counted(r, middle_new(r, *bytes));
  }
  size_t size = (*bytes + 63) & ~(size_t)63;
  size_t *block = size >= LARGE && size <= MOST_WAITING ? take_waiting(size) : NULL;
  *bytes = block ? *block : size;
  return counted(r, block ? block : fresh(size));
}

void ag_aligned_free(void *p, size_t bytes) {
  if (!p)
    return;
  record *r = own_record();
  if (r)
    add_freed(r);
  if (middle_kept(r, p, bytes))
    return;
  size_t *block = p;
  bool waits = CACHED_BLOCKS && bytes >= LARGE && bytes <= MOST_WAITING;
  if (waits)
    *block = bytes;
  if (!waits || !leave_waiting(block))
    free(block);
}

bool ag_has_room(size_t bytes) {
  void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p != MAP_FAILED && !munmap(p, bytes);
}

void ag_fail_allocation(uint64_t nth) {
  __atomic_store_n(&fail_at, nth > INT64_MAX ? 0 : (int64_t)nth, __ATOMIC_RELAXED);
}

uint64_t ag_allocations(void) {
  uint64_t sum = 0;
  for (record *r = __atomic_load_n(&records, __ATOMIC_ACQUIRE); r; r = r->next)
    sum += __atomic_load_n(&r->made, __ATOMIC_RELAXED);
  return sum;
}

int64_t ag_allocations_alive(void) {
  int64_t sum = 0;
  for (record *r = __atomic_load_n(&records, __ATOMIC_ACQUIRE); r; r = r->next)
    sum += __atomic_load_n(&r->alive, __ATOMIC_RELAXED);
  return sum;
}

/* AG_FAIL_ALLOC=n in the environment: as ag_fail_allocation(n) at the start of the process. */
__attribute__((constructor)) static void fail_from_environment(void) {
  const char *n = getenv("AG_FAIL_ALLOC");
  if (n)
    ag_fail_allocation(strtoull(n, NULL, 10));
}
