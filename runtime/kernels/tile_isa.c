/* tile_isa.c - the tiles of one instruction set; compiled once for each, AG_ISA is its name.
 * Two vectors wide and as high as there are registers: 24 sums of 32 registers, or 12 of 16. The
 * loop for what is left over has 8 sums, as many as hide the latency of an addition.
 *
 * Needs:  AG_ISA and the compiler flags that go with it; -ffp-contract=off. */
#include "tile.h"

#include "vectors.h"

#if defined(__AVX512F__)
#define ROWS 12
#define LIST(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#else
#define ROWS 6
#define LIST(X) X(0) X(1) X(2) X(3) X(4) X(5)
#endif
#define FEW 4
#define FEW_LIST(X) X(0) X(1) X(2) X(3)

/* ---- tiles ------------------------------------------------------------------------------------
 */

/* Rows in threes: their addresses take four registers and two steps. */
#define BEGIN(r) v c##r = zero, d##r = zero;
#define STEP(r)                                                                                    \
  {                                                                                                \
    v x = SPLAT(p[(r) / 3][(r) % 3 * row]);                                                        \
    c##r = FMA(x, b0, c##r);                                                                       \
    d##r = FMA(x, b1, d##r);                                                                       \
  }
#define END(r)                                                                                     \
  {                                                                                                \
    T *to = c + (r)*ldc;                                                                           \
    if (w->add) {                                                                                  \
      c##r = ADD(LOAD(to), c##r);                                                                  \
      d##r = ADD(LOAD(to + LANES), d##r);                                                          \
    }                                                                                              \
    STORE(to, c##r);                                                                               \
    STORE(to + LANES, d##r);                                                                       \
  }
#define LOOP(name, ALL)                                                                            \
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
      v b0 = LOAD(b), b1 = LOAD(b + LANES);                                                        \
      ALL(STEP)                                                                                    \
    }                                                                                              \
    ALL(END)                                                                                       \
  }

#define S ps
LOOP(whole_f32, LIST)
LOOP(part_f32, FEW_LIST)
#undef S
#define S pd
LOOP(whole_f64, LIST)
LOOP(part_f64, FEW_LIST)

const ag_tiling AG_OF_ISA(ag_tiling)[2] = {
    {4, ROWS, FEW, 2 * VECTOR / 4, whole_f32, part_f32},
    {8, ROWS, FEW, 2 * VECTOR / 8, whole_f64, part_f64},
};
_Static_assert(ROWS <= AG_TILE_ROWS && 2 * VECTOR <= AG_TILE_BYTES, "room for a tile");
