/* lanes_isa.c - the loops of lanes.h for one instruction set; compiled once for each, AG_ISA is its
 * name. As many sums in registers as hide the latency of an addition.
 *
 * Needs:  AG_ISA and the compiler flags that go with it; -ffp-contract=off. */
#include "lanes.h"

#include <immintrin.h>

#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)

#if defined(__AVX512F__)
#define VECTOR 64
#define OP(name, type) _mm512_##name##_##type
typedef __m512 vector_ps;
typedef __m512d vector_pd;
#elif defined(__AVX2__)
#define VECTOR 32
#define OP(name, type) _mm256_##name##_##type
typedef __m256 vector_ps;
typedef __m256d vector_pd;
#else
#define VECTOR 16
#define OP(name, type) _mm_##name##_##type
typedef __m128 vector_ps;
typedef __m128d vector_pd;
#endif

#ifdef __FMA__
#define FMA_ps(x, y, z) OP(fmadd, ps)(x, y, z)
#define FMA_pd(x, y, z) OP(fmadd, pd)(x, y, z)
#else
#define FMA_ps(x, y, z) _mm_add_ps(_mm_mul_ps(x, y), z)
#define FMA_pd(x, y, z) _mm_add_pd(_mm_mul_pd(x, y), z)
#endif

#define LIST1(X) X(0)
#define LIST2(X) X(0) X(1)
#define LIST4(X) X(0) X(1) X(2) X(3)
#define LIST8(X) LIST4(X) X(4) X(5) X(6) X(7)
#define LIST12(X) LIST8(X) X(8) X(9) X(10) X(11)

#define BEGIN(r) v c##r = zero;
#define STEP_BESIDE(r) c##r = FMA(LOAD(p[(r) / 3] + (r) % 3 * row), b0, c##r);
#define END_BESIDE(r) STORE(c + (r)*ldc, c##r);
#define BESIDE(name, ALL)                                                                          \
  static void name(const ag_lanes_work *w) {                                                       \
    const v zero = ZERO();                                                                         \
    int64_t row = w->row, ldb = w->ldb, ldc = w->ldc, k = w->k;                                    \
    const int64_t *at = w->at;                                                                     \
    const T *a = w->a, *b = w->b;                                                                  \
    T *c = w->c;                                                                                   \
    ALL(BEGIN)                                                                                     \
    for (int64_t l = 0; l < k; l++, b += ldb) {                                                    \
      const T *first = a + at[l];                                                                  \
      const T *p[4] = {first, first + 3 * row, first + 6 * row, first + 9 * row};                  \
      v b0 = LOAD(b);                                                                              \
      ALL(STEP_BESIDE)                                                                             \
    }                                                                                              \
    ALL(END_BESIDE)                                                                                \
  }

#define STEP_ONE(r) c##r = FMA(LOAD(first + (r)*LANES), b0, c##r);
#define END_ONE(r) STORE(c + (r)*LANES, w->add ? ADD(LOAD(c + (r)*LANES), c##r) : c##r);
#define ONE(name, ALL)                                                                             \
  static void name(const ag_lanes_work *w) {                                                       \
    const v zero = ZERO();                                                                         \
    const int64_t *at = w->at;                                                                     \
    const T *a = w->a, *b = w->b;                                                                  \
    T *c = w->c;                                                                                   \
    ALL(BEGIN)                                                                                     \
    for (int64_t l = 0; l < w->k; l++) {                                                           \
      const T *first = a + at[l];                                                                  \
      v b0 = SPLAT(b[l]);                                                                          \
      ALL(STEP_ONE)                                                                                \
    }                                                                                              \
    ALL(END_ONE)                                                                                   \
  }

#define BEGIN_FOUR(r) v c##r = zero, d##r = zero, e##r = zero, f##r = zero;
#define STEP_FOUR(r)                                                                               \
  {                                                                                                \
    v x = LOAD(first + (r)*LANES);                                                                 \
    c##r = FMA(x, b0, c##r);                                                                       \
    d##r = FMA(x, b1, d##r);                                                                       \
    e##r = FMA(x, b2, e##r);                                                                       \
    f##r = FMA(x, b3, f##r);                                                                       \
  }
#define PUT(to, sum) STORE(to, w->add ? ADD(LOAD(to), sum) : sum)
#define END_FOUR(r)                                                                                \
  PUT(c + (r)*LANES, c##r);                                                                        \
  PUT(c + ldc + (r)*LANES, d##r);                                                                  \
  PUT(c + 2 * ldc + (r)*LANES, e##r);                                                              \
  PUT(c + 3 * ldc + (r)*LANES, f##r);
#define FOUR(name, ALL)                                                                            \
  static void name(const ag_lanes_work *w) {                                                       \
    const v zero = ZERO();                                                                         \
    int64_t ldb = w->ldb, ldc = w->ldc;                                                            \
    const int64_t *at = w->at;                                                                     \
    const T *a = w->a, *b = w->b;                                                                  \
    T *c = w->c;                                                                                   \
    ALL(BEGIN_FOUR)                                                                                \
    for (int64_t l = 0; l < w->k; l++) {                                                           \
      const T *first = a + at[l];                                                                  \
      v b0 = SPLAT(b[l]), b1 = SPLAT(b[ldb + l]), b2 = SPLAT(b[2 * ldb + l]),                      \
        b3 = SPLAT(b[3 * ldb + l]);                                                                \
      ALL(STEP_FOUR)                                                                               \
    }                                                                                              \
    ALL(END_FOUR)                                                                                  \
  }

#define LOOPS(type)                                                                                \
  BESIDE(PASTE(beside_12_, type), LIST12)                                                          \
  BESIDE(PASTE(beside_4_, type), LIST4)                                                            \
  BESIDE(PASTE(beside_1_, type), LIST1)                                                            \
  FOUR(PASTE(four_2_, type), LIST2)                                                                \
  FOUR(PASTE(four_1_, type), LIST1)                                                                \
  ONE(PASTE(one_8_, type), LIST8)                                                                  \
  ONE(PASTE(one_4_, type), LIST4)                                                                  \
  ONE(PASTE(one_1_, type), LIST1)
#define TABLE(type, item)                                                                          \
  {                                                                                                \
    VECTOR / item, {{12, beside_12_##type}, {4, beside_4_##type}, {1, beside_1_##type}}, {         \
      {4, 2, four_2_##type}, {4, 1, four_1_##type}, {1, 8, one_8_##type}, {1, 4, one_4_##type},    \
          {1, 1, one_1_##type},                                                                    \
    }                                                                                              \
  }

#define T float
#define v vector_ps
#define LANES (VECTOR / 4)
#define ZERO OP(setzero, ps)
#define SPLAT OP(set1, ps)
#define LOAD OP(loadu, ps)
#define STORE OP(storeu, ps)
#define ADD OP(add, ps)
#define FMA FMA_ps
LOOPS(f32)
#undef T
#undef v
#undef LANES
#undef ZERO
#undef SPLAT
#undef LOAD
#undef STORE
#undef ADD
#undef FMA

#define T double
#define v vector_pd
#define LANES (VECTOR / 8)
#define ZERO OP(setzero, pd)
#define SPLAT OP(set1, pd)
#define LOAD OP(loadu, pd)
#define STORE OP(storeu, pd)
#define ADD OP(add, pd)
#define FMA FMA_pd
LOOPS(f64)

const ag_lanes PASTE(ag_lanes_, AG_ISA)[2] = {TABLE(f32, 4), TABLE(f64, 8)};
_Static_assert(VECTOR <= AG_LANES_BYTES, "room for a vector");
