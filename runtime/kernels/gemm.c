/* gemm.c - matrix products where there is no BLAS, in panels of rows and strips of columns
 * (panel.h).
 *
 * k is cut into blocks of 256; the sums of blocks are added in order, so that the error of a long
 * sum stays that of its blocks. For each block all rows are laid out once, panel after panel, and
 * the columns some strips at a time, element after element as the loops read them: the rows and
 * those strips stay in the second cache, one strip in the first. An element's bits depend on the
 * shapes of a and b alone, so any cutting into tiles is allowed. */
#include "blas.h"
#include "panel.h"

#include "ag/vmath.h"
#include "alloc.h"

#include <emmintrin.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH = 256, LINE = 64 };
enum { ROWS_PART = 2, STRIPS_PART = 8, MOST_STRIPS = 8 }; /* of the second cache */

typedef struct product {
  const ag_panels *s;
  const ag_gemm *g;
  const ag_tile *t;
  const char *a, *b;
  char *c;
  int64_t first, depth; /* the block of k */
} product;

static const ag_panels *panels_now(bool f64) { return &AG_BY_ISA(ag_panels)[f64]; }

static int64_t second_cache(void) {
  enum { USUAL = 512 << 10 };
  static int64_t cache; /* atomic; 0: nobody asked yet */
  int64_t bytes = __atomic_load_n(&cache, __ATOMIC_RELAXED);
  if (!bytes) {
    bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
    bytes = bytes > 0 ? bytes : USUAL;
    __atomic_store_n(&cache, bytes, __ATOMIC_RELAXED);
  }
  return bytes;
}

int64_t ag_gemm_rows(bool f64) {
  enum { FEWEST = 64 };
  int64_t rows = second_cache() / ROWS_PART / (DEPTH * (f64 ? 8 : 4)) & -AG_PANEL_ROWS;
  return rows < FEWEST ? FEWEST : rows;
}

/* ---- laying out -------------------------------------------------------------------------------
 */

/* to[l * n + j] = from[j * step + l], j < m, l < depth, in squares of 16 bytes. */
static void turn_4(float *to, int64_t n, const float *from, int64_t step, int64_t m,
                   int64_t depth) {
  int64_t j = 0;
  for (; j + 4 <= m; j += 4) {
    const float *x = from + j * step;
    int64_t l = 0;
    for (; l + 4 <= depth; l += 4) {
      _mm_prefetch((const char *)(x + (4 + l / 4 % 4) * step + (l & -16)), _MM_HINT_T0); /* next */
      __m128 r0 = _mm_loadu_ps(x + l), r1 = _mm_loadu_ps(x + step + l);
      __m128 r2 = _mm_loadu_ps(x + 2 * step + l), r3 = _mm_loadu_ps(x + 3 * step + l);
      _MM_TRANSPOSE4_PS(r0, r1, r2, r3);
      float *y = to + l * n + j;
      _mm_storeu_ps(y, r0);
      _mm_storeu_ps(y + n, r1);
      _mm_storeu_ps(y + 2 * n, r2);
      _mm_storeu_ps(y + 3 * n, r3);
    }
    for (; l < depth; l++)
      for (int i = 0; i < 4; i++)
        to[l * n + j + i] = x[i * step + l];
  }
  for (; j < m; j++)
    for (int64_t l = 0; l < depth; l++)
      to[l * n + j] = from[j * step + l];
}
static void turn_8(double *to, int64_t n, const double *from, int64_t step, int64_t m,
                   int64_t depth) {
  int64_t j = 0;
  for (; j + 2 <= m; j += 2) {
    const double *x = from + j * step;
    int64_t l = 0;
    for (; l + 2 <= depth; l += 2) {
      _mm_prefetch((const char *)(x + (2 + l / 2 % 2) * step + (l & -8)), _MM_HINT_T0); /* next */
      __m128d r0 = _mm_loadu_pd(x + l), r1 = _mm_loadu_pd(x + step + l);
      _mm_storeu_pd(to + l * n + j, _mm_unpacklo_pd(r0, r1));
      _mm_storeu_pd(to + (l + 1) * n + j, _mm_unpackhi_pd(r0, r1));
    }
    for (; l < depth; l++)
      for (int i = 0; i < 2; i++)
        to[l * n + j + i] = x[i * step + l];
  }
  for (; j < m; j++)
    for (int64_t l = 0; l < depth; l++)
      to[l * n + j] = from[j * step + l];
}

static inline void copy_row(char *to, const char *from, int64_t bytes) {
  int64_t x = 0;
  for (; x + 16 <= bytes; x += 16)
    _mm_storeu_si128((__m128i *)(to + x), _mm_loadu_si128((const __m128i *)(from + x)));
  if (x < bytes)
    memcpy(to + x, from + x, (size_t)(bytes - x));
}
static void copy_rows(char *to, int64_t to_step, const char *from, int64_t step, int64_t rows,
                      int64_t bytes) {
  for (; rows > 0; rows--, to += to_step, from += step)
    copy_row(to, from, bytes);
}

/* to[l * n + j] for l of the block and j < m of what lies at from[l * step + j], or, turned, at
 * from[j * step + l]; zero for m <= j < n. */
static void lay(const product *p, char *to, int64_t n, const char *from, bool turned, int64_t step,
                int64_t m) {
  int64_t item = p->s->item;
  if (m < n)
    memset(to, 0, (size_t)(p->depth * n * item));
  if (!turned)
    copy_rows(to, n * item, from, step * item, p->depth, m * item);
  else if (item == 4)
    turn_4((float *)to, n, (const float *)from, step, m, p->depth);
  else
    turn_8((double *)to, n, (const double *)from, step, m, p->depth);
}

/* ---- a block ----------------------------------------------------------------------------------
 */

/* Where element l of row i of a is, and element j of step l of b. */
static const char *a_at(const product *p, int64_t i) {
  const ag_gemm *g = p->g;
  return p->a + (g->ta ? p->first * g->m + i : i * g->k + p->first) * p->s->item;
}
static const char *b_at(const product *p, int64_t j) {
  const ag_gemm *g = p->g;
  return p->b + (g->tb ? j * g->k + p->first : p->first * g->n + j) * p->s->item;
}

static int64_t rows_of(const product *p, int64_t ni) {
  return ni <= p->s->few ? p->s->few : p->s->rows;
}

static void lay_rows(const product *p, int64_t i, int64_t ni, char *to) {
  const ag_gemm *g = p->g;
  lay(p, to, rows_of(p, ni), a_at(p, p->t->i + i), !g->ta, g->ta ? g->m : g->k, ni);
}

/* One panel times one strip: ni rows, nj columns of c at c, by way of `edge` where they are fewer
 * than the loop's. */
static void multiply(const product *p, ag_panel *w, int64_t vectors, char *c, int64_t ni,
                     int64_t nj) {
  const ag_panels *s = p->s;
  int64_t rows = rows_of(p, ni), columns = vectors * s->lanes, item = s->item;
  ag_panel_loop *loop = (rows == s->rows ? s->whole : s->part)[vectors - 1];
  w->add = p->first > 0;
  if (ni == rows && nj == columns) {
    w->c = c;
    w->ldc = p->g->n;
    loop(w);
    return;
  }
  _Alignas(64) char edge[AG_PANEL_ROWS * AG_STRIP_BYTES];
  if (w->add) {
    memset(edge, 0, (size_t)(rows * columns * item));
    copy_rows(edge, columns * item, c, p->g->n * item, ni, nj * item);
  }
  w->c = edge;
  w->ldc = columns;
  loop(w);
  copy_rows(c, p->g->n * item, edge, columns * item, ni, nj * item);
}

/* Columns [j, j + n) of the tile, read together by the innermost loop as `columns`. */
typedef struct strip {
  int64_t j, n, columns;
  const char *at; /* b[l][j] is at `at + l * step` elements */
  int64_t step;
} strip;

/* The strips from column j on, at most MOST_STRIPS and `most`; how many. */
static int cut(const product *p, int64_t j, int most, strip *strips) {
  int64_t lanes = p->s->lanes, end = p->t->columns;
  int n = 0;
  for (; n < most && j < end; n++) {
    int64_t vectors = (end - j + lanes - 1) / lanes;
    if (vectors > AG_STRIP_VECTORS) /* two times two are faster than three and one */
      vectors = vectors == 4 ? 2 : AG_STRIP_VECTORS;
    int64_t columns = vectors * lanes;
    strips[n] = (strip){j, ag_least(columns, end - j), columns, b_at(p, p->t->j + j), p->g->n};
    j += columns;
  }
  return n;
}

/* Lays out n strips at `to`. Rows of b lie far apart: each is read once for all strips. */
static void lay_columns(const product *p, strip *strips, int n, char *to) {
  int64_t item = p->s->item, step = p->g->n * item;
  char *at[MOST_STRIPS];
  for (int i = 0; i < n; i++) {
    strip *x = &strips[i];
    at[i] = to;
    if (p->g->tb)
      lay(p, to, x->columns, x->at, true, p->g->k, x->n);
    else if (x->n < x->columns)
      memset(to, 0, (size_t)(p->depth * x->columns * item));
    to += p->depth * x->columns * item;
  }
  for (int64_t l = 0; !p->g->tb && l < p->depth; l++)
    for (int i = 0; i < n; i++)
      copy_row(at[i] + l * strips[i].columns * item, strips[i].at + l * step, strips[i].n * item);
  for (int i = 0; i < n; i++) {
    strips[i].at = at[i];
    strips[i].step = strips[i].columns;
  }
}

/* Where a tile's rows and some columns are laid out. */
typedef struct room {
  char *rows; /* all rows, where `lays`, else one panel */
  char *strips;
  bool lays;
  int most; /* strips */
} room;

static void multiply_strip(const product *p, const room *r, const strip *x) {
  const ag_gemm *g = p->g;
  const ag_tile *t = p->t;
  int64_t item = p->s->item, rows = p->s->rows, panel_bytes = rows * p->depth * item;
  for (int64_t i = 0; i < t->rows; i += rows) {
    int64_t ni = ag_least(rows, t->rows - i), all = rows_of(p, ni);
    ag_panel w = {.k = p->depth, .b = x->at, .ldb = x->step, .a = a_at(p, t->i + i)};
    w.row = g->ta ? 1 : g->k;
    w.step = g->ta ? g->m : 1;
    if (r->lays || ni < all) {
      w.a = r->lays ? r->rows + i / rows * panel_bytes : r->rows;
      w.row = 1;
      w.step = all;
      if (!r->lays)
        lay_rows(p, i, ni, r->rows);
    }
    multiply(p, &w, x->columns / p->s->lanes, p->c + ((t->i + i) * g->n + t->j + x->j) * item, ni,
             x->n);
  }
}

static void block(const product *p, const room *r) {
  int64_t rows = p->s->rows;
  strip strips[MOST_STRIPS];
  for (int64_t i = 0; r->lays && i < p->t->rows; i += rows)
    lay_rows(p, i, ag_least(rows, p->t->rows - i), r->rows + i * p->depth * p->s->item);
  for (int64_t j = 0; j < p->t->columns;) {
    int n = cut(p, j, r->most, strips);
    const strip *last = &strips[n - 1];
    if (p->g->tb || p->t->rows > 2 * rows || last->n < last->columns)
      lay_columns(p, strips, n, r->strips);
    for (int i = 0; i < n; i++)
      multiply_strip(p, r, &strips[i]);
    j = last->j + last->columns;
  }
}

/* ---- a tile -----------------------------------------------------------------------------------
 */

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
  product p = {panels_now(f64), g, t, a, b, c, 0, 0};
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
  /* Large ones on the heap: a thread may have a stack of 64 kB. */
  _Alignas(64) char here[8 << 10];
  int64_t wide = AG_STRIP_VECTORS * p.s->lanes, depth = ag_least(g->k, DEPTH);
  bool lays = panels > 2 && t->columns > 2 * wide;
  int64_t rows = depth * p.s->rows * item * (lays ? panels : 1), bytes = depth * wide * item;
  int64_t most = second_cache() / STRIPS_PART / bytes, strips = (t->columns + wide - 1) / wide + 1;
  most = ag_least(most < 1 ? 1 : most, ag_least(strips, MOST_STRIPS));
  int64_t size = rows + most * bytes;
  char *memory = size <= (int64_t)sizeof here ? here : ag_malloc((size_t)size + LINE);
  if (!memory)
    return false;
  char *laid = memory + (-(uintptr_t)memory & (LINE - 1));
  room r = {.strips = laid, .rows = laid + most * bytes, .lays = lays, .most = (int)most};
  for (; p.first < g->k; p.first += DEPTH) {
    p.depth = ag_least(DEPTH, g->k - p.first);
    block(&p, &r);
  }
  if (memory != here)
    ag_free(memory);
  return true;
}
