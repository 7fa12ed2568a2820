/* blas.c - the table of BLAS functions, and blocked loops for where there is no BLAS. */
#include "blas.h"

#include "ag/plan.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

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

bool ag_blas_load(const char *path) {
  static const char *const prefixes[] = {"scipy_", "", NULL};
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

/* Our own: each c is the sum over k in order, whatever the blocks. Row i of c += a[i][l] * row l of
 * b, so the inner loop runs along rows; a transposed b is turned around piece by piece, small ones,
 * as a thread may have a stack of 64 kB. */
enum { ROWS_OF_B = 16, COLUMNS = 128 };
#define GEMM(T, suffix)                                                                            \
  static void loops_##suffix(const ag_gemm *g, const ag_tile *t, const T *a, const T *b, T *c) {   \
    T turned[ROWS_OF_B * COLUMNS];                                                                 \
    int64_t m = g->m, n = g->n, k = g->k, last = t->j + t->columns;                                \
    for (int64_t i = t->i; i < t->i + t->rows; i++)                                                \
      memset(c + i * n + t->j, 0, (size_t)t->columns * sizeof *c);                                 \
    for (int64_t j = t->j; j < last; j += COLUMNS) {                                               \
      int64_t nj = last - j < COLUMNS ? last - j : COLUMNS;                                        \
      for (int64_t l = 0; l < k; l += ROWS_OF_B) {                                                 \
        int64_t nl = k - l < ROWS_OF_B ? k - l : ROWS_OF_B;                                        \
        for (int64_t p = 0; p < nl; p++)                                                           \
          for (int64_t q = 0; q < nj; q++)                                                         \
            turned[p * COLUMNS + q] = g->tb ? b[(j + q) * k + l + p] : b[(l + p) * n + j + q];     \
        for (int64_t i = t->i; i < t->i + t->rows; i++) {                                          \
          T *restrict row = c + i * n + j;                                                         \
          for (int64_t p = 0; p < nl; p++) {                                                       \
            T x = g->ta ? a[(l + p) * m + i] : a[i * k + l + p];                                   \
            const T *y = turned + p * COLUMNS;                                                     \
            for (int64_t q = 0; q < nj; q++)                                                       \
              row[q] += x * y[q];                                                                  \
          }                                                                                        \
        }                                                                                          \
      }                                                                                            \
    }                                                                                              \
  }                                                                                                \
  void ag_gemm_##suffix(const ag_gemm *g, const ag_tile *t, const T *a, const T *b, T *c) {        \
    opened();                                                                                      \
    int64_t m = g->m, n = g->n, k = g->k;                                                          \
    bool fits = m <= INT32_MAX && n <= INT32_MAX && k <= INT32_MAX;                                \
    if (!__atomic_load_n(&blas.suffix, __ATOMIC_ACQUIRE) || !fits || k == 0) {                     \
      loops_##suffix(g, t, a, b, c);                                                               \
      return;                                                                                      \
    }                                                                                              \
    blas.suffix(ROW_MAJOR, g->ta ? TRANS : NO_TRANS, g->tb ? TRANS : NO_TRANS, (int)t->rows,       \
                (int)t->columns, (int)k, 1, a + (g->ta ? t->i : t->i * k), (int)(g->ta ? m : k),   \
                b + (g->tb ? t->j * k : t->j), (int)(g->tb ? k : n), 0, c + t->i * n + t->j,       \
                (int)n);                                                                           \
  }
GEMM(float, f32)
GEMM(double, f64)
