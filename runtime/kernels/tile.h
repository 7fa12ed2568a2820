/* tile.h - the innermost loop of convolutions: a tile of sums of products that stays in registers.
 *
 * One table per instruction set and dtype, of the set that vmath.h chose. An element is summed in
 * order of l with fused multiply-adds (sse2: a product and an addition), whatever the tile: avx2
 * and avx512 give the same bits. */
#ifndef AG_TILE_H
#define AG_TILE_H

#include "ag/base.h"

/* c[i * ldc + j] = (add ? what is there : 0) + sum over l < k of a[i * row + at[l]] * b[l * ldb +
 * j] for all rows i and columns j of a tile; steps in elements. */
typedef struct ag_tile_work {
  int64_t k;
  const void *a;
  int64_t row;
  const int64_t *at;
  const void *b;
  int64_t ldb;
  void *c;
  int64_t ldc;
  bool add;
} ag_tile_work;
typedef void ag_tile_loop(const ag_tile_work *w);

enum { AG_TILE_ROWS = 12, AG_TILE_BYTES = 128 }; /* at most: rows, bytes of a row of c */

typedef struct ag_tiling {
  int item;      /* bytes of an element */
  int rows, few; /* of a tile; of one for what is left over */
  int columns;
  ag_tile_loop *whole, *part;
} ag_tiling;

const ag_tiling *ag_tiling_now(bool f64);

/* Of ni <= rows and nj <= columns. a has elements for `few` rows where ni <= few, else for all. */
void ag_tile_run(const ag_tiling *s, const ag_tile_work *w, int64_t ni, int64_t nj);

extern const ag_tiling ag_tiling_sse2[2], ag_tiling_avx2[2], ag_tiling_avx512[2]; /* f32, f64 */

#endif
