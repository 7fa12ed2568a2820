/* panel_isa.c - the loops of panel.h for one instruction set; compiled once for each, AG_ISA is its
 * name. Three vectors wide and as high as there are registers: 24 sums of 32 registers, or 12 of
 * 16; the latency of an addition is hidden by 8.
 *
 * Needs:  AG_ISA and the compiler flags that go with it; -ffp-contract=off. */
#include "panel.h"

#include "vectors.h"

#include <string.h>

#define FOUR(X) X(0) X(1) X(2) X(3)
#define TWO(X) X(0) X(1)
#if defined(__AVX512F__)
#define ROWS 8
#define FEW 4
#define ROWS_LIST(X) FOUR(X) X(4) X(5) X(6) X(7)
#define FEW_LIST FOUR
#else
#define ROWS 4
#define FEW 2
#define ROWS_LIST FOUR
#define FEW_LIST TWO
#endif

/* ---- panels -----------------------------------------------------------------------------------
 */

/* Four rows share a pointer: their addresses take three registers and one step. The strip of b is
 * in the first cache, a comes from the second. */
enum { AHEAD = 32 };
#define BEGIN(r)                                                                                   \
  v c##r = zero, d##r = zero, e##r = zero;                                                         \
  for (int i = 0; i < N; i++)                                                                      \
    _mm_prefetch((const char *)(c + (r)*ldc + i * LANES), _MM_HINT_T0);
#define STEP(r)                                                                                    \
  {                                                                                                \
    v x = SPLAT(((r) < 4 ? a : low)[(r) % 4 == 3 ? row3 : (r) % 4 * row]);                         \
    c##r = FMA(x, b0, c##r);                                                                       \
    if (N > 1)                                                                                     \
      d##r = FMA(x, b1, d##r);                                                                     \
    if (N > 2)                                                                                     \
      e##r = FMA(x, b2, e##r);                                                                     \
  }
#define PUT(to, sum) STORE(to, p->add ? ADD(LOAD(to), sum) : sum)
#define END(r)                                                                                     \
  PUT(c + (r)*ldc, c##r);                                                                          \
  if (N > 1)                                                                                       \
    PUT(c + (r)*ldc + LANES, d##r);                                                                \
  if (N > 2)                                                                                       \
    PUT(c + (r)*ldc + 2 * LANES, e##r);
#define LOOP(name, ALL, vectors)                                                                   \
  static void name##_##vectors(const ag_panel *p) {                                                \
    enum { N = vectors };                                                                          \
    const v zero = ZERO();                                                                         \
    int64_t row = p->row, row3 = 3 * row, step = p->step, ldb = p->ldb, ldc = p->ldc, k = p->k;    \
    const T *a = p->a, *low = a + 4 * row, *b = p->b;                                              \
    T *c = p->c;                                                                                   \
    (void)row3, (void)low;                                                                         \
    ALL(BEGIN)                                                                                     \
    for (; k > 0; k--, a += step, low += step, b += ldb) {                                         \
      v b0 = LOAD(b), b1 = N > 1 ? LOAD(b + LANES) : b0, b2 = N > 2 ? LOAD(b + 2 * LANES) : b0;    \
      _mm_prefetch((const char *)(a + AHEAD * step), _MM_HINT_T0);                                 \
      ALL(STEP)                                                                                    \
    }                                                                                              \
    ALL(END)                                                                                       \
  }
#define LOOPS(name, ALL) LOOP(name, ALL, 1) LOOP(name, ALL, 2) LOOP(name, ALL, 3)

#define S ps
LOOPS(whole_f32, ROWS_LIST)
LOOPS(part_f32, FEW_LIST)
#undef S
#define S pd
LOOPS(whole_f64, ROWS_LIST)
LOOPS(part_f64, FEW_LIST)
#undef S
#undef T
#undef v

/* ---- a matrix and a vector: as fast as memory ------------------------------------------------ */

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif
#ifdef __FMA__
#define MADD_f32 __builtin_fmaf
#define MADD_f64 __builtin_fma
#else
#define MADD_f32(x, y, z) ((x) * (y) + (z))
#define MADD_f64(x, y, z) ((x) * (y) + (z))
#endif

/* DOTS: 32 lanes in blocks of 4096, joined by halves, for every set of instructions. SUMS: in order
 * of l, in blocks of 256. */
enum { DOT_LANES = 32, DOT_BLOCK = 4096, DEPTH = 256, COLUMNS = 1024 };
#define VECTORS(T, S)                                                                              \
  static T dot_##S(const T *x, const T *y, int64_t n) {                                            \
    T lane[DOT_LANES] = {0};                                                                       \
    int64_t i = 0;                                                                                 \
    for (; i + DOT_LANES <= n; i += DOT_LANES)                                                     \
      for (int j = 0; j < DOT_LANES; j++)                                                          \
        lane[j] = MADD_##S(x[i + j], y[i + j], lane[j]);                                           \
    for (int j = 0; i + j < n; j++)                                                                \
      lane[j] = MADD_##S(x[i + j], y[i + j], lane[j]);                                             \
    for (int s = DOT_LANES / 2; s > 0; s /= 2)                                                     \
      for (int j = 0; j < s; j++)                                                                  \
        lane[j] += lane[j + s];                                                                    \
    return lane[0];                                                                                \
  }                                                                                                \
  static void dots_##S(const void *m_, int64_t step, const void *v_, void *c_, int64_t n,          \
                       int64_t k) {                                                                \
    const T *m = m_, *v = v_;                                                                      \
    T *c = c_;                                                                                     \
    for (int64_t i = 0; i < n; i++, m += step) {                                                   \
      T sum = 0;                                                                                   \
      for (int64_t l = 0; l < k; l += DOT_BLOCK)                                                   \
        sum += dot_##S(m + l, v + l, k - l < DOT_BLOCK ? k - l : DOT_BLOCK);                       \
      c[i] = sum;                                                                                  \
    }                                                                                              \
  }                                                                                                \
  static void add_rows_##S(const T *m, int64_t step, const T *v, T *restrict sum, int64_t n,       \
                           int64_t k) {                                                            \
    int64_t l = 0;                                                                                 \
    for (; l + 4 <= k; l += 4) {                                                                   \
      const T *r0 = m + l * step, *r1 = r0 + step, *r2 = r1 + step, *r3 = r2 + step;               \
      T v0 = v[l], v1 = v[l + 1], v2 = v[l + 2], v3 = v[l + 3];                                    \
      for (int64_t j = 0; j < n; j++)                                                              \
        sum[j] = MADD_##S(v3, r3[j],                                                               \
                          MADD_##S(v2, r2[j], MADD_##S(v1, r1[j], MADD_##S(v0, r0[j], sum[j]))));  \
    }                                                                                              \
    for (; l < k; l++)                                                                             \
      for (int64_t j = 0; j < n; j++)                                                              \
        sum[j] = MADD_##S(v[l], m[l * step + j], sum[j]);                                          \
  }                                                                                                \
  static void sums_##S(const void *m_, int64_t step, const void *v_, void *c_, int64_t n,          \
                       int64_t k) {                                                                \
    const T *m = m_, *v = v_;                                                                      \
    T *c = c_, sum[COLUMNS];                                                                       \
    for (int64_t j = 0; j < n; j += COLUMNS) {                                                     \
      int64_t nj = n - j < COLUMNS ? n - j : COLUMNS;                                              \
      for (int64_t l = 0; l < k; l += DEPTH) {                                                     \
        memset(sum, 0, sizeof sum);                                                                \
        add_rows_##S(m + l * step + j, step, v + l, sum, nj, k - l < DEPTH ? k - l : DEPTH);       \
        for (int64_t i = 0; i < nj; i++)                                                           \
          c[j + i] = l ? c[j + i] + sum[i] : sum[i];                                               \
      }                                                                                            \
    }                                                                                              \
  }
VECTORS(float, f32)
VECTORS(double, f64)

#define BY_VECTORS(name)                                                                           \
  { name##_1, name##_2, name##_3 }
const ag_panels AG_OF_ISA(ag_panels)[2] = {
    {4, VECTOR / 4, ROWS, FEW, BY_VECTORS(whole_f32), BY_VECTORS(part_f32), dots_f32, sums_f32},
    {8, VECTOR / 8, ROWS, FEW, BY_VECTORS(whole_f64), BY_VECTORS(part_f64), dots_f64, sums_f64},
};
_Static_assert(ROWS <= AG_PANEL_ROWS && AG_STRIP_VECTORS * VECTOR <= AG_STRIP_BYTES, "room");
