/* blas.h - matrix products: a table filled by ag_blas_load, else by gemm.c. */
#ifndef AG_BLAS_H
#define AG_BLAS_H

#include "ag/base.h"

/* c[m][n] = op(a) op(b) of contiguous row-major matrices; op transposes when asked: a is then
 * [k][m], b [n][k]. k may be 0: c becomes zero. */
typedef struct ag_gemm {
  bool ta, tb;
  int64_t m, n, k;
} ag_gemm;
/* The elements of c from row i and column j on, so many rows and columns; at least one. */
typedef struct ag_tile {
  int64_t i, j, rows, columns;
} ag_tile;

/* One tile, on one thread: the same bits on every call with the same sizes of matrices and tile.
 * False: out of memory. */
bool ag_gemm_f32(const ag_gemm *g, const ag_tile *t, const float *a, const float *b, float *c);
bool ag_gemm_f64(const ag_gemm *g, const ag_tile *t, const double *a, const double *b, double *c);

/* Whether these are those of a BLAS. */
bool ag_gemm_is_blas(void);
/* gemm.c: the rows of a tile that fit the second cache. */
int64_t ag_gemm_rows(bool f64);
/* gemm.c: the same by our own loops. The bits of an element do not depend on the tile. */
bool ag_gemm_tiles(bool f64, const ag_gemm *g, const ag_tile *t, const void *a, const void *b,
                   void *c);

#endif
