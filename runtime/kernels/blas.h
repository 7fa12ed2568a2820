/* blas.h - matrix products: a table filled by ag_blas_load, else loops of our own. */
#ifndef AG_BLAS_H
#define AG_BLAS_H

#include "ag/base.h"

/* c[m][n] = op(a) op(b) of contiguous row-major matrices; op transposes when asked: a is then
 * [k][m], b [n][k]. k may be 0: c becomes zero. On one thread: the same bits on every call with the
 * same sizes. */
void ag_gemm_f32(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a, const float *b,
                 float *c);
void ag_gemm_f64(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const double *a,
                 const double *b, double *c);

#endif
