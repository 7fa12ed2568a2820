/* blas.c - the table of BLAS functions. */
#include "blas.h"

#include "ag/plan.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* CBLAS, 32-bit integers */
enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112 };
typedef void sgemm(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a,
                   int lda, const float *b, int ldb, float beta, float *c, int ldc);
typedef void dgemm(int order, int ta, int tb, int m, int n, int k, double alpha, const double *a,
                   int lda, const double *b, int ldb, double beta, double *c, int ldc);

static struct {
  sgemm *f32;
  dgemm *f64;
} blas;

static void *find(void *library, const char *const *prefixes, const char *name) {
  for (; *prefixes; prefixes++) {
    char symbol[64];
    snprintf(symbol, sizeof symbol, "%s%s", *prefixes, name);
    void *f = dlsym(library, symbol);
    if (f)
      return f;
  }
  return NULL;
}

/* OpenBLAS ends the process when it gets no memory. Loaded, it maps its code and a buffer, and a
 * stack and a buffer for a thread of each processor; then a buffer for each call beside others,
 * kept.
 */
enum { BUFFER = 40 << 20, LIBRARY = 64 << 20, MOST_PROCESSORS = 64 };

static size_t room_to_load(void) {
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  if (processors < 1)
    processors = 1;
  if (processors > MOST_PROCESSORS)
    processors = MOST_PROCESSORS;
  return LIBRARY + 2 * (size_t)processors * BUFFER; /* its threads, and calls of ours */
}

/* Calls now, the most at once that had their buffers, and those among the calls that may map one.
 */
static int calls, served, mapping;

/* False: no room. *fresh: how many calls there are now if there never were so many, else 0. */
static bool enter(int *fresh) {
  int now = __atomic_add_fetch(&calls, 1, __ATOMIC_ACQ_REL);
  *fresh = now > __atomic_load_n(&served, __ATOMIC_ACQUIRE) ? now : 0;
  if (!*fresh)
    return true;
  int n = __atomic_add_fetch(&mapping, 1, __ATOMIC_ACQ_REL);
  if (ag_has_room((size_t)n * BUFFER))
    return true;
  __atomic_sub_fetch(&mapping, 1, __ATOMIC_ACQ_REL);
  __atomic_sub_fetch(&calls, 1, __ATOMIC_ACQ_REL);
  return false;
}

static void leave(int fresh) {
  int most = __atomic_load_n(&served, __ATOMIC_ACQUIRE);
  while (fresh > most && !__atomic_compare_exchange_n(&served, &most, fresh, false,
                                                      __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    continue;
  if (fresh)
    __atomic_sub_fetch(&mapping, 1, __ATOMIC_ACQ_REL);
  __atomic_sub_fetch(&calls, 1, __ATOMIC_ACQ_REL);
}

bool ag_blas_load(const char *path) {
  static const char *const prefixes[] = {"scipy_", "", NULL};
  if (!ag_has_room(room_to_load()))
    return false; /* our own products, for good: their bits are others */
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return false;
  sgemm *f32 = (sgemm *)find(library, prefixes, "cblas_sgemm");
  dgemm *f64 = (dgemm *)find(library, prefixes, "cblas_dgemm");
  /* Results must not depend on how many threads there are; our pool is the only one that makes any.
   */
  void (*threads)(int) = (void (*)(int))find(library, prefixes, "openblas_set_num_threads");
  if (!f32 || !f64) {
    dlclose(library);
    return false;
  }
  if (threads)
    threads(1);
  __atomic_store_n(&blas.f64, f64, __ATOMIC_RELEASE); /* the library stays loaded for good */
  __atomic_store_n(&blas.f32, f32, __ATOMIC_RELEASE);
  return true;
}

/* The library to open at the first product; too long a path is none. */
static char later[4096];
static void open_later(void) {
  if (later[0])
    ag_blas_load(later);
}
static void opened(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_later);
}

void ag_blas_later(const char *path) {
  if (strlen(path) < sizeof later)
    strcpy(later, path);
}

bool ag_gemm_is_blas(void) {
  opened();
  return __atomic_load_n(&blas.f32, __ATOMIC_ACQUIRE) != NULL;
}

#define GEMM(T, suffix, is_f64)                                                                    \
  bool ag_gemm_##suffix(const ag_gemm *g, const ag_tile *t, const T *a, const T *b, T *c) {        \
    opened();                                                                                      \
    int64_t m = g->m, n = g->n, k = g->k;                                                          \
    bool fits = m <= INT32_MAX && n <= INT32_MAX && k <= INT32_MAX;                                \
    if (!__atomic_load_n(&blas.suffix, __ATOMIC_ACQUIRE) || !fits || k == 0)                       \
      return ag_gemm_tiles(is_f64, g, t, a, b, c);                                                 \
    int fresh;                                                                                     \
    if (!enter(&fresh))                                                                            \
      return false;                                                                                \
    blas.suffix(ROW_MAJOR, g->ta ? TRANS : NO_TRANS, g->tb ? TRANS : NO_TRANS, (int)t->rows,       \
                (int)t->columns, (int)k, 1, a + (g->ta ? t->i : t->i * k), (int)(g->ta ? m : k),   \
                b + (g->tb ? t->j * k : t->j), (int)(g->tb ? k : n), 0, c + t->i * n + t->j,       \
                (int)n);                                                                           \
    leave(fresh);                                                                                  \
    return true;                                                                                   \
  }
GEMM(float, f32, false)
GEMM(double, f64, true)
