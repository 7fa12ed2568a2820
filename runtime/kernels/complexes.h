/* complexes.h - complex numbers of the kernels, and their product, which is NumPy's and Python's:
 * C's would look for infinities behind NaNs. */
#ifndef AG_COMPLEXES_H
#define AG_COMPLEXES_H

#include "ag/base.h"

#include <complex.h>

typedef float complex c64;
typedef double complex c128;

#define AG_PRODUCT_OF(type, join, re, im)                                                          \
  static inline type product_##type(type x, type y) {                                              \
    return join(re(x) * re(y) - im(x) * im(y), re(x) * im(y) + im(x) * re(y));                     \
  }
AG_PRODUCT_OF(c64, CMPLXF, crealf, cimagf)
AG_PRODUCT_OF(c128, CMPLX, creal, cimag)

#endif
