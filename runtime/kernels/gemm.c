/* gemm.c - matrix products where there is no BLAS, in panels of rows and strips of columns
 * (panel.h).
 *
 * k is cut into blocks of 256; the sums of blocks are added in order, so that the error of a long
 * sum stays that of its blocks. For each block all rows are laid out once, panel after panel, which
 * stay in the second cache (ag_gemm_rows says how many do), and the columns strip by strip, which
 * stays in the first: element after element as the loops read them. An element's bits depend on the
 * shapes of a and b alone, so any cutting into tiles is allowed. */
#include "blas.h"
#include "panel.h"

#include "ag/vmath.h"
#include "alloc.h"

#include <emmintrin.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH = 256 };

typedef struct product {
  const ag_panels *s;
  const ag_gemm *g;
  const ag_tile *t;
  const char *a, *b;
  char *c;
  int64_t first, depth; /* the block of k */
} product;

static const ag_panels *panels_now(bool f64) {
  int32_t bytes = ag_vmath_table()->bytes;
  return &(bytes == 64 ? ag_panels_avx512 : bytes == 32 ? ag_panels_avx2 : ag_panels_sse2)[f64];
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

int64_t ag_gemm_rows(bool f64) {
  enum { USUAL = 512 << 10, FEWEST = 64 };
  static int64_t cache; /* atomic; 0: nobody asked yet */
  int64_t bytes = __atomic_load_n(&cache, __ATOMIC_RELAXED);
  if (!bytes) {
    bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
    bytes = bytes > 0 ? bytes : USUAL;
    __atomic_store_n(&cache, bytes, __ATOMIC_RELAXED);
  }
  int64_t rows = bytes / 2 / (DEPTH * (f64 ? 8 : 4)) & -AG_PANEL_ROWS;
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

/* `bytes` of each of `rows` rows, of which `all` have room for, whole times 16. */
static void copy_rows(char *to, int64_t all, const char *from, int64_t step, int64_t rows,
                      int64_t bytes) {
  for (; rows > 0; rows--, to += all, from += step) {
    int64_t x = 0;
    for (; x + 16 <= bytes; x += 16)
      _mm_storeu_si128((__m128i *)(to + x), _mm_loadu_si128((const __m128i *)(from + x)));
    if (x < bytes)
      memcpy(to + x, from + x, (size_t)(bytes - x));
  }
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

/* A block of k. laid: room for all rows, or NULL; panel: for those of a panel. */
static void block(const product *p, char *laid, char *strip, char *panel) {
  const ag_panels *s = p->s;
  const ag_gemm *g = p->g;
  const ag_tile *t = p->t;
  int64_t item = s->item, rows = s->rows, panel_bytes = rows * p->depth * item;
  for (int64_t i = 0; laid && i < t->rows; i += rows)
    lay_rows(p, i, least(rows, t->rows - i), laid + i / rows * panel_bytes);
  for (int64_t j = 0, columns; j < t->columns; j += columns) {
    int64_t left = t->columns - j, vectors = (left + s->lanes - 1) / s->lanes;
    if (vectors > AG_STRIP_VECTORS) /* two times two are faster than three and one */
      vectors = vectors == 4 ? 2 : AG_STRIP_VECTORS;
    columns = vectors * s->lanes;
    int64_t nj = least(columns, left);
    ag_panel w = {.k = p->depth, .b = b_at(p, t->j + j), .ldb = g->n};
    if (g->tb || nj < columns || t->rows > 2 * rows) {
      lay(p, strip, columns, w.b, g->tb, g->tb ? g->k : g->n, nj);
      w.b = strip;
      w.ldb = columns;
    }
    for (int64_t i = 0; i < t->rows; i += rows) {
      int64_t ni = least(rows, t->rows - i), all = rows_of(p, ni);
      w.a = a_at(p, t->i + i);
      w.row = g->ta ? 1 : g->k;
      w.step = g->ta ? g->m : 1;
      if (laid || ni < all) {
        w.a = laid ? laid + i / rows * panel_bytes : panel;
        w.row = 1;
        w.step = all;
        if (!laid)
          lay_rows(p, i, ni, panel);
      }
      multiply(p, &w, vectors, p->c + ((t->i + i) * g->n + t->j + j) * item, ni, nj);
    }
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
  bool lays = panels > 2 && t->columns > 2 * AG_STRIP_VECTORS * p.s->lanes;
  int64_t depth = least(g->k, DEPTH), strip = depth * AG_STRIP_VECTORS * p.s->lanes * item;
  int64_t size = strip + depth * p.s->rows * item * (lays ? panels : 1);
  char *room = size <= (int64_t)sizeof here ? here : ag_malloc((size_t)size + 64);
  if (!room)
    return false;
  char *laid = room + (-(uintptr_t)room & 63); /* whole lines */
  for (; p.first < g->k; p.first += DEPTH) {
    p.depth = least(DEPTH, g->k - p.first);
    block(&p, lays ? laid + strip : NULL, laid, laid + strip);
  }
  if (room != here)
    ag_free(room);
  return true;
}
