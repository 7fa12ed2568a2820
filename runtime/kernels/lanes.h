/* lanes.h - the innermost loops of convolutions whose filters are few: lanes are elements that lie
 * beside each other in x, channels or places. An element is summed as in tile.h: same bits. */
#ifndef AG_LANES_H
#define AG_LANES_H

#include "tile.h"

/* Sums over l < k, in elements. beside: c[i * ldc + j] of a[i * row + at[l] + j] * b[l * ldb + j]
 * for `rows` i and one vector of j; `add` is not looked at. splat: c[f * ldc + j] of a[at[l] + j] *
 * b[f * ldb + l] for `filters` f and `vectors` of j. */
typedef void ag_lanes_loop(const ag_tile_work *w);

enum {
  AG_LANES_ROWS = 12,
  AG_LANES_VECTORS = 8,
  AG_LANES_FILTERS = 4,
  AG_LANES_BYTES = 64
}; /* at most */

typedef struct ag_lanes {
  int lanes;
  struct {
    int n;
    ag_lanes_loop *run;
  } beside[3]; /* rows: most first, then 1 last */
  struct {
    int filters, vectors;
    ag_lanes_loop *run;
  } splat[5]; /* the first two for AG_LANES_FILTERS, then those for one; vectors: most first, then 1
               */
} ag_lanes;

extern const ag_lanes ag_lanes_sse2[2], ag_lanes_avx2[2], ag_lanes_avx512[2]; /* f32, f64 */

#endif
