/* matmul.c - MATMUL: products of matrices in the last two axes, the axes before them broadcast. */
#include "blas.h"
#include "elementwise.h"
#include "pool.h"

#include <complex.h>
#include <string.h>

/* Products of matrices of integers, which wrap, and of complex numbers. */
typedef bool product(const ag_gemm *g, const ag_tile *t, const void *a, const void *b, void *c);
#define PRODUCT(D, T, W, name)                                                                     \
  static bool name##_##D(const ag_gemm *g, const ag_tile *t, const void *a_, const void *b_,       \
                         void *c_) {                                                               \
    const T *a = a_, *b = b_;                                                                      \
    int64_t m = g->m, n = g->n, k = g->k;                                                          \
    for (int64_t i = t->i; i < t->i + t->rows; i++) {                                              \
      T *c = (T *)c_ + i * n;                                                                      \
      memset(c + t->j, 0, (size_t)t->columns * sizeof *c);                                         \
      for (int64_t l = 0; l < k; l++) {                                                            \
        W x = (W)(g->ta ? a[l * m + i] : a[i * k + l]);                                            \
        for (int64_t j = t->j; j < t->j + t->columns; j++)                                         \
          c[j] = (T)((W)c[j] + x * (W)(g->tb ? b[j * k + l] : b[l * n + j]));                      \
      }                                                                                            \
    }                                                                                              \
    return true;                                                                                   \
  }
static bool product_F32(const ag_gemm *g, const ag_tile *t, const void *a, const void *b, void *c) {
  return ag_gemm_f32(g, t, a, b, c);
}
static bool product_F64(const ag_gemm *g, const ag_tile *t, const void *a, const void *b, void *c) {
  return ag_gemm_f64(g, t, a, b, c);
}
AG_INT_TYPES(PRODUCT, product)
PRODUCT(C64, float complex, float complex, product)
PRODUCT(C128, double complex, double complex, product)
static product *const products[AG_DTYPE_COUNT] = {
    AG_INT_TYPES(AG_LOOP_ENTRY, product) AG_FLOAT_TYPES(AG_LOOP_ENTRY, product)[AG_C64] =
        product_C64,
    [AG_C128] = product_C128};

/* GRID: a BLAS gets tiles that depend on dtype and shape alone, so the bits do not on the number of
 * threads. They are large enough that it packs b anew for each at a cost of a hundredth, and small
 * enough that an interrupt is seen between two of them. Our own loops give the same bits in any
 * tiles: as large as fit the caches, or as many as the threads need, in whole panels and strips. */
enum { TILE_ROWS = 128, TILE_COLUMNS = 512, LEAST_COLUMNS = 64, TILE_PRODUCTS = 1 << 28 };
enum { MANY_ROWS = 1024 }; /* from here on twice the rows a tile leave tiles for all threads */
enum { OWN_COLUMNS = 4096, OWN_PRODUCTS = 1 << 29, WHOLE_ROWS = 8, WHOLE_COLUMNS = 48 };
enum { LEAST_ROWS = 48, TILES_A_THREAD = 4, SMALL = 1 << 20 /* products */ };
enum { PLAIN_ROWS = 16, PER_UNIT = 8 /* products a unit of cost */ };

typedef struct batch {
  product *f;
  ag_gemm g;
  const ag_rows *rows; /* of matrices */
  const char *a, *b;
  char *c;
  int64_t item, rows_of_tile, columns_of_tile;
  int64_t across, tiles; /* of one product */
  const ag_epilogue *epilogue;
  ag_loc loc;
} batch;

static int64_t pieces(int64_t n, int64_t size) { return (n + size - 1) / size; }

static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

/* n in as many even pieces as those of `size` would be, of whole times `of`. */
static int64_t even(int64_t n, int64_t size, int64_t of) {
  int64_t each = pieces(n, pieces(n, most(size, 1)));
  return pieces(each, of) * of;
}

/* The tile of a product of floats for a BLAS. */
static ag_tile blas_grid(const ag_gemm *g) {
  ag_tile t = {.rows = g->m < MANY_ROWS ? TILE_ROWS : 2 * TILE_ROWS, .columns = TILE_COLUMNS};
  while (t.columns > LEAST_COLUMNS && g->k > TILE_PRODUCTS / (t.rows * t.columns))
    t.columns /= 2;
  return t;
}

/* The same for our own loops. */
static ag_tile own_grid(const ag_gemm *g, bool f64, int64_t batches) {
  double products = (double)g->m * (double)g->n * (double)g->k;
  int64_t rows = even(g->m, ag_gemm_rows(f64), WHOLE_ROWS);
  int64_t columns = even(g->n, OWN_COLUMNS, WHOLE_COLUMNS);
  while (columns > WHOLE_COLUMNS && g->k > OWN_PRODUCTS / (rows * columns))
    columns = even(g->n, columns / 2, WHOLE_COLUMNS);
  int64_t wanted =
      ag_threads() == 1 || products * (double)batches < SMALL ? 1 : ag_threads() * TILES_A_THREAD;
  while (pieces(g->m, rows) * pieces(g->n, columns) * batches < wanted &&
         (rows > LEAST_ROWS || columns > WHOLE_COLUMNS))
    if (rows > LEAST_ROWS &&
        (ag_least(rows, g->m) >= ag_least(columns, g->n) || columns <= WHOLE_COLUMNS))
      rows = even(g->m, rows / 2, WHOLE_ROWS);
    else
      columns = even(g->n, columns / 2, WHOLE_COLUMNS);
  return (ag_tile){.rows = rows, .columns = columns};
}

static ag_code multiply_tile(ag_run *run, const batch *p, const int64_t *offset, int64_t number,
                             int64_t tile) {
  const ag_gemm *g = &p->g;
  const ag_epilogue *then = p->epilogue;
  ag_tile t = {.i = tile / p->across * p->rows_of_tile, .j = tile % p->across * p->columns_of_tile};
  t.rows = ag_least(g->m - t.i, p->rows_of_tile);
  t.columns = ag_least(g->n - t.j, p->columns_of_tile);
  if (!p->f(g, &t, p->a + offset[0] * g->m * g->k * p->item,
            p->b + offset[1] * g->k * g->n * p->item, p->c + number * g->m * g->n * p->item))
    return ag_fail(run->err, AG_ERR_NOMEM, p->loc, "matmul: out of memory");
  return then ? then->body(run, then->ctx, p->c, number, t.i, t.i + t.rows, t.j, t.j + t.columns)
              : AG_OK;
}

static ag_code multiply(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  const batch *p = ctx;
  for (; begin < end; begin++) {
    int64_t number = begin / p->tiles, offset[AG_OPERANDS];
    ag_rows_find(p->rows, 2, number, offset);
    ag_code code = multiply_tile(run, p, offset, number, begin % p->tiles);
    if (code)
      return code;
  }
  return AG_OK;
}

ag_code ag_kernel_MATMUL(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                         ag_tensor *out) {
  const ag_tensor *a = in[0], *b = in[1];
  char s1[AG_SHAPE_TEXT], s2[AG_SHAPE_TEXT];
  ag_shape x, y, batch_x, batch_y, shape;
  ag_tensor_shape(a, &x);
  ag_tensor_shape(b, &y);
  ag_dtype dtype = (ag_dtype)a->dtype;
  product *f = products[dtype];
  if (!f || b->dtype != a->dtype)
    return ag_kernel_no_dtype(run, c, (ag_dtype)(b->dtype != a->dtype ? b->dtype : a->dtype));
  if (a->rank < 2 || b->rank < 2)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "matmul: needs matrices, not %s x %s",
                          ag_shape_text(&x, s1), ag_shape_text(&y, s2));
  bool ta = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_adj_x, 0) != 0;
  bool tb = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_adj_y, 0) != 0;
  int64_t m = a->dim[a->rank - (ta ? 1 : 2)], k = a->dim[a->rank - (ta ? 2 : 1)];
  int64_t n = b->dim[b->rank - (tb ? 2 : 1)], inner = b->dim[b->rank - (tb ? 1 : 2)];
  if (k != inner)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "matmul: inner sizes differ, %s x %s",
                          ag_shape_text(&x, s1), ag_shape_text(&y, s2));
  batch_x = x;
  batch_y = y;
  batch_x.rank -= 2;
  batch_y.rank -= 2;
  if (!ag_shape_broadcast(&batch_x, &batch_y, &shape))
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "matmul: batches do not broadcast, %s x %s",
                          ag_shape_text(&x, s1), ag_shape_text(&y, s2));
  ag_shape batches = shape;
  shape.dim[shape.rank++] = m;
  shape.dim[shape.rank++] = n;
  if (ag_kernel_out(run, c, out, dtype, &shape))
    return run->err->code;
  if (ag_tensor_count(out) == 0)
    return AG_OK;
  /* Broadcasting the batches as if a matrix were one element. */
  ag_tensor px = *a, py = *b;
  px.rank = (int8_t)(px.rank - 2);
  py.rank = (int8_t)(py.rank - 2);
  const ag_tensor *pair[2] = {&px, &py};
  ag_rows r;
  ag_rows_begin(&r, pair, 2, &batches);
  ag_gemm g = {ta, tb, m, n, k};
  ag_tile t = {.rows = PLAIN_ROWS, .columns = TILE_COLUMNS};
  if (dtype == AG_F32 || dtype == AG_F64)
    t = ag_gemm_is_blas() ? blas_grid(&g) : own_grid(&g, dtype == AG_F64, ag_shape_count(&batches));
  int64_t rows = t.rows, columns = t.columns, across = pieces(n, columns);
  int64_t tiles = across * pieces(m, rows);
  batch p = {.f = f,
             .g = g,
             .rows = &r,
             .a = ag_tensor_data(a),
             .b = ag_tensor_data(b),
             .c = ag_tensor_data(out),
             .item = (int64_t)ag_dtype_size(dtype),
             .rows_of_tile = rows,
             .columns_of_tile = columns,
             .across = across,
             .tiles = tiles,
             .epilogue = run->epilogue,
             .loc = c->loc};
  double elements = (double)ag_least(m, rows) * (double)ag_least(n, columns);
  double cost = elements * (double)k / PER_UNIT;
  if (p.epilogue)
    cost += elements * (double)p.epilogue->cost;
  return ag_parallel(run, ag_shape_count(&batches) * tiles, (int64_t)cost, multiply, &p);
}
