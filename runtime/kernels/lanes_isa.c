/* lanes_isa.c - the loops of lanes.h for one instruction set; compiled once for each, AG_ISA is its
 * name. As many sums in registers as hide the latency of an addition.
 *
 * Needs:  AG_ISA and the compiler flags that go with it; -ffp-contract=off. */
#include "lanes.h"

#include "vectors.h"

#define LIST1(X) X(0)
#define LIST2(X) X(0) X(1)
#define LIST4(X) X(0) X(1) X(2) X(3)
#define LIST8(X) LIST4(X) X(4) X(5) X(6) X(7)
#define LIST12(X) LIST8(X) X(8) X(9) X(10) X(11)

#define BEGIN(r) v c##r = zero;
#define STEP_BESIDE(r) c##r = FMA(LOAD(p[(r) / 3] + (r) % 3 * row), b0, c##r);
#define END_BESIDE(r) STORE(c + (r)*ldc, c##r);
#define BESIDE(name, ALL)                                                                          \
  static void name(const ag_tile_work *w) {                                                        \
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
  static void name(const ag_tile_work *w) {                                                        \
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
  static void name(const ag_tile_work *w) {                                                        \
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
  BESIDE(AG_PASTE(beside_12_, type), LIST12)                                                       \
  BESIDE(AG_PASTE(beside_4_, type), LIST4)                                                         \
  BESIDE(AG_PASTE(beside_1_, type), LIST1)                                                         \
  FOUR(AG_PASTE(four_2_, type), LIST2)                                                             \
  FOUR(AG_PASTE(four_1_, type), LIST1)                                                             \
  ONE(AG_PASTE(one_8_, type), LIST8)                                                               \
  ONE(AG_PASTE(one_4_, type), LIST4)                                                               \
  ONE(AG_PASTE(one_1_, type), LIST1)
#define TABLE(type, item)                                                                          \
  {                                                                                                \
    VECTOR / item, {{12, beside_12_##type}, {4, beside_4_##type}, {1, beside_1_##type}}, {         \
      {4, 2, four_2_##type}, {4, 1, four_1_##type}, {1, 8, one_8_##type}, {1, 4, one_4_##type},    \
          {1, 1, one_1_##type},                                                                    \
    }                                                                                              \
  }

#define S ps
LOOPS(f32)
#undef S
#define S pd
LOOPS(f64)

const ag_lanes AG_OF_ISA(ag_lanes)[2] = {TABLE(f32, 4), TABLE(f64, 8)};
_Static_assert(VECTOR <= AG_LANES_BYTES, "room for a vector");
