/* magnitude.h - the sizes of complex numbers: the C library's and so Python's, bit for bit. */
#ifndef AG_MAGNITUDE_H
#define AG_MAGNITUDE_H

#include "ag/base.h"

/* Sizes of the n complex numbers at x; one table for each instruction set. */
typedef void ag_magnitude(const void *x, void *out, int64_t n);
typedef struct ag_magnitudes {
  ag_magnitude *c64, *c128;
} ag_magnitudes;
extern const ag_magnitudes ag_magnitudes_sse2, ag_magnitudes_avx2, ag_magnitudes_avx512;

#endif
