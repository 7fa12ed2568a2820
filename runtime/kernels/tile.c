/* tile.c - the table of tiles, and tiles at the edges. */
#include "tile.h"

#include "ag/vmath.h"

#include <string.h>

const ag_tiling *ag_tiling_now(bool f64) { return &AG_BY_ISA(ag_tiling)[f64]; }

static void copy_rows(char *to, int64_t to_step, const char *from, int64_t from_step, int64_t rows,
                      size_t bytes) {
  for (; rows > 0; rows--, to += to_step, from += from_step)
    memcpy(to, from, bytes);
}

void ag_tile_run(const ag_tiling *s, const ag_tile_work *w, int64_t ni, int64_t nj) {
  int64_t rows = ni <= s->few ? s->few : s->rows;
  ag_tile_loop *loop = ni <= s->few ? s->part : s->whole;
  if (ni == rows && nj == s->columns) {
    loop(w);
    return;
  }
  _Alignas(64) char edge[AG_TILE_ROWS * AG_TILE_BYTES];
  int64_t step = (int64_t)s->columns * s->item, ldc = w->ldc * s->item;
  size_t bytes = (size_t)nj * (size_t)s->item;
  ag_tile_work mine = *w;
  mine.c = edge;
  mine.ldc = s->columns;
  if (w->add) {
    memset(edge, 0, (size_t)(rows * step));
    copy_rows(edge, step, w->c, ldc, ni, bytes);
  }
  loop(&mine);
  copy_rows(w->c, ldc, edge, step, ni, bytes);
}
