/* extremes.h - where in a row of numbers the extreme is: the first of equal ones; NaN is beyond
 * all.
 *
 * One table per instruction set, of the set that vmath.h chose. Elements are compared as integers
 * of the same order, which vectors can do in any order. */
#ifndef AG_EXTREMES_H
#define AG_EXTREMES_H

#include "ag/base.h"

/* The place among the n > 0 elements at x. */
typedef int64_t ag_extreme_row(const void *x, int64_t n);
/* The places in n > 0 rows, from one to the next `step` elements, of each of `width` <=
 * AG_EXTREME_WIDTH columns. */
enum { AG_EXTREME_WIDTH = 64 };
typedef void ag_extreme_columns(const void *x, int64_t n, int64_t step, int64_t width, int64_t *at);

typedef struct ag_extreme {
  ag_extreme_row *row;
  ag_extreme_columns *columns;
} ag_extreme;

/* [0]: the largest, [1]: the smallest */
typedef ag_extreme ag_extremes[2][AG_DTYPE_COUNT];
extern const ag_extremes ag_extremes_sse2, ag_extremes_avx2, ag_extremes_avx512;

#endif
