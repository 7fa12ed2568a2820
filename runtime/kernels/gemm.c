/* gemm.c - matrix products where there is no BLAS, in tiles of registers (tile.h).
 *
 * k is cut into blocks of 256; the sums of blocks are added in order, so that the error of a long
 * sum stays that of its blocks. For each block the columns go in strips as wide as a tile, laid out
 * one after the other (32 KB, which stay in the first cache), and under a strip all rows, laid out
 * once (in the second). An element's bits depend on the shapes of a and b alone, so any cutting
 * into tiles is allowed. */
#include "blas.h"
#include "tile.h"

#include "alloc.h"

#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

enum { DEPTH = 256 };

typedef struct product {
  const ag_tiling *s;
  const ag_gemm *g;
  const ag_tile *t;
  const char *a, *b;
  char *c;
  int64_t first, depth; /* the block of k */
} product;

/* to[l * n + j] = from[j * step + l], j < m; zero for m <= j < n. */
#define TURN(T)                                                                                    \
  static void turn_##T(T *to, int64_t n, const T *from, int64_t step, int64_t m, int64_t depth) {  \
    for (int64_t j = 0; j < m; j++)                                                                \
      for (int64_t l = 0; l < depth; l++)                                                          \
        to[l * n + j] = from[j * step + l];                                                        \
    for (int64_t j = m; j < n; j++)                                                                \
      for (int64_t l = 0; l < depth; l++)                                                          \
        to[l * n + j] = 0;                                                                         \
  }
TURN(uint32_t)
TURN(uint64_t)

/* n elements in each of `rows` rows, of which `all` have room for; the rest is zero. */
static void copy(char *to, size_t all, const char *from, int64_t step, int64_t rows, size_t bytes) {
  for (int64_t i = 0; i < rows; i++, to += all, from += step) {
    memcpy(to, from, bytes);
    if (all > bytes)
      memset(to + bytes, 0, all - bytes);
  }
}

/* Columns [j, j + n) of b as [depth][columns]. */
static void lay_columns(const product *p, int64_t j, int64_t n, char *to) {
  int64_t item = p->s->item, columns = p->s->columns;
  if (!p->g->tb)
    copy(to, (size_t)(columns * item), p->b + (p->first * p->g->n + j) * item, p->g->n * item,
         p->depth, (size_t)(n * item));
  else if (item == 4)
    turn_uint32_t((uint32_t *)to, columns, (const uint32_t *)p->b + j * p->g->k + p->first, p->g->k,
                  n, p->depth);
  else
    turn_uint64_t((uint64_t *)to, columns, (const uint64_t *)p->b + j * p->g->k + p->first, p->g->k,
                  n, p->depth);
}

/* Rows [i, i + n) of a: [rows][depth], or, where a is transposed, [depth][rows]. */
static void lay_rows(const product *p, int64_t i, int64_t n, char *to) {
  int64_t item = p->s->item, rows = p->s->rows;
  if (p->g->ta) {
    copy(to, (size_t)(rows * item), p->a + (p->first * p->g->m + i) * item, p->g->m * item,
         p->depth, (size_t)(n * item));
    return;
  }
  size_t bytes = (size_t)(p->depth * item);
  copy(to, bytes, p->a + (i * p->g->k + p->first) * item, p->g->k * item, n, bytes);
  memset(to + (size_t)n * bytes, 0, (size_t)(rows - n) * bytes);
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* A block of k. laid: room for all rows, or NULL; panel: for those of a tile. */
static void block(const product *p, char *laid, char *strip, char *panel) {
  const ag_gemm *g = p->g;
  const ag_tile *t = p->t;
  int64_t item = p->s->item, rows = p->s->rows, columns = p->s->columns;
  int64_t there[DEPTH], here[DEPTH]; /* where step l is, in a and in rows that were laid out */
  for (int64_t l = 0; l < p->depth; l++) {
    there[l] = g->ta ? l * g->m : l;
    here[l] = g->ta ? l * rows : l;
  }
  int64_t panel_bytes = rows * p->depth * item, row_here = g->ta ? 1 : p->depth;
  for (int64_t i = 0; laid && i < t->rows; i += rows)
    lay_rows(p, t->i + i, least(rows, t->rows - i), laid + i / rows * panel_bytes);
  for (int64_t j = 0; j < t->columns; j += columns) {
    int64_t nj = least(columns, t->columns - j);
    bool direct = nj == columns && !g->tb && t->rows <= rows; /* b is read once */
    if (!direct)
      lay_columns(p, t->j + j, nj, strip);
    for (int64_t i = 0; i < t->rows; i += rows) {
      int64_t ni = least(rows, t->rows - i);
      char *c = p->c + ((t->i + i) * g->n + t->j + j) * item;
      ag_tile_work w = {.k = p->depth, .c = c, .ldc = g->n, .add = p->first > 0};
      w.b = direct ? p->b + (p->first * g->n + t->j + j) * item : strip;
      w.ldb = direct ? g->n : columns;
      if (!laid && (ni == rows || ni == p->s->few)) {
        w.a = p->a + (g->ta ? p->first * g->m + t->i + i : (t->i + i) * g->k + p->first) * item;
        w.row = g->ta ? 1 : g->k;
        w.at = there;
      } else {
        if (!laid)
          lay_rows(p, t->i + i, ni, panel);
        w.a = laid ? laid + i / rows * panel_bytes : panel;
        w.row = row_here;
        w.at = here;
      }
      ag_tile_run(p->s, &w, ni, nj);
    }
  }
}

/* One of the two is a vector. */
static void multiply_vector(const product *p) {
  const ag_gemm *g = p->g;
  int64_t item = p->s->item, n = g->n == 1 ? p->t->rows : p->t->columns;
  int64_t from = g->n == 1 ? p->t->i : p->t->j, all = g->n == 1 ? g->m : g->n;
  const char *matrix = g->n == 1 ? p->a : p->b, *vector = g->n == 1 ? p->b : p->a;
  if (g->n == 1 ? g->ta : !g->tb)
    p->s->sums(matrix + from * item, all, vector, p->c + from * item, n, g->k);
  else
    p->s->dots(matrix + from * g->k * item, g->k, vector, p->c + from * item, n, g->k);
}

bool ag_gemm_tiles(bool f64, const ag_gemm *g, const ag_tile *t, const void *a, const void *b,
                   void *c) {
  product p = {ag_tiling_now(f64), g, t, a, b, c, 0, 0};
  int64_t item = p.s->item, panels = (t->rows + p.s->rows - 1) / p.s->rows;
  if (g->k == 0) {
    for (int64_t i = t->i; i < t->i + t->rows; i++)
      memset((char *)c + (i * g->n + t->j) * item, 0, (size_t)(t->columns * item));
    return true;
  }
  if (g->m == 1 || g->n == 1) {
    multiply_vector(&p);
    return true;
  }
  /* On the heap: a thread may have a stack of 64 kB. */
  bool lays = panels > 2 && t->columns > 2 * p.s->columns;
  int64_t depth = least(g->k, DEPTH), panel = depth * p.s->rows * item;
  char *strip = ag_malloc((size_t)(depth * AG_TILE_BYTES + panel * (lays ? panels : 1)));
  if (!strip)
    return false;
  char *rows = strip + depth * AG_TILE_BYTES;
  for (; p.first < g->k; p.first += DEPTH) {
    p.depth = least(DEPTH, g->k - p.first);
    block(&p, lays ? rows : NULL, strip, rows);
  }
  ag_free(strip);
  return true;
}
