/* panel.h - the innermost loops of matrix products: a panel of some rows of a times a strip of some
 * vectors of columns of b, whose sums stay in registers.
 *
 * One table per instruction set and dtype, of the set that vmath.h chose. An element is summed in
 * order of l with fused multiply-adds (sse2: a product and an addition), whatever the loop: avx2
 * and avx512 give the same bits. */
#ifndef AG_PANEL_H
#define AG_PANEL_H

#include "ag/base.h"

/* c[i * ldc + j] = (add ? what is there : 0) + sum over l < k of a[i * row + l * step] * b[l * ldb
 * + j] for all rows i and columns j of the loop; steps in elements. */
typedef struct ag_panel {
  int64_t k;
  const void *a;
  int64_t row, step;
  const void *b;
  int64_t ldb;
  void *c;
  int64_t ldc;
  bool add;
} ag_panel;
typedef void ag_panel_loop(const ag_panel *p);

/* At most: rows of a loop, vectors of a row of c, their bytes. */
enum { AG_PANEL_ROWS = 8, AG_STRIP_VECTORS = 3, AG_STRIP_BYTES = AG_STRIP_VECTORS * 64 };

/* n elements of the product of a matrix and a vector of k elements, steps in elements. dots: c[i] =
 * sum of m[i * step + l] * v[l]; sums: c[j] = sum of m[l * step + j] * v[l]. */
typedef void ag_vector_loop(const void *m, int64_t step, const void *v, void *c, int64_t n,
                            int64_t k);

typedef struct ag_panels {
  int item, lanes;                                                 /* bytes; elements of a vector */
  int rows, few;                                                   /* of whole, of part */
  ag_panel_loop *whole[AG_STRIP_VECTORS], *part[AG_STRIP_VECTORS]; /* by vectors - 1 */
  ag_vector_loop *dots, *sums;
} ag_panels;

extern const ag_panels ag_panels_sse2[2], ag_panels_avx2[2], ag_panels_avx512[2]; /* f32, f64 */

#endif
