/* complex.c - elementwise kernels of complex numbers, and their real and imaginary parts. */
#include "complexes.h"
#include "elementwise.h"
#include "magnitude.h"

#include "ag/vmath.h"

#include <math.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* as in binary.c */
#endif

_Static_assert(sizeof(c64) == sizeof(ag_c64) && sizeof(c128) == sizeof(ag_c128), "complex layout");

#define LOOPS2(name, expr32, expr64)                                                               \
  AG_LOOP2(name##_C64, c64, c64, c64, expr32)                                                      \
  AG_LOOP2(name##_C128, c128, c128, c128, expr64)
#define LOOPS1(name, expr32, expr64)                                                               \
  AG_LOOP1(name##_C64, c64, c64, c64, expr32)                                                      \
  AG_LOOP1(name##_C128, c128, c128, c128, expr64)
#define TESTS2(name, expr)                                                                         \
  AG_LOOP2(name##_C64, c64, c64, uint8_t, expr)                                                    \
  AG_LOOP2(name##_C128, c128, c128, uint8_t, expr)
#define TESTS1(name, test)                                                                         \
  AG_LOOP1(name##_C64, c64, c64, uint8_t, test(crealf(x), cimagf(x)))                              \
  AG_LOOP1(name##_C128, c128, c128, uint8_t, test(creal(x), cimag(x)))

/* Quotients are NumPy's and Python's, as products are.
 * SMITH: Robert L. Smith, Algorithm 116, Communications of the ACM, 1962. */
#define ARITHMETIC(type, real, join, re, im, size)                                                 \
  static inline type quotient_##type(type x, type y) {                                             \
    real width = size(re(y)), one = 1;                                                             \
    if (width >= size(im(y))) {                                                                    \
      if (width == 0)                                                                              \
        return join(re(x) / width, im(x) / width);                                                 \
      real ratio = im(y) / re(y), scale = one / (re(y) + im(y) * ratio);                           \
      return join((re(x) + im(x) * ratio) * scale, (im(x) - re(x) * ratio) * scale);               \
    }                                                                                              \
    real ratio = re(y) / im(y), scale = one / (im(y) + re(y) * ratio);                             \
    return join((im(x) + re(x) * ratio) * scale, (im(x) * ratio - re(x)) * scale);                 \
  }
ARITHMETIC(c64, float, CMPLXF, crealf, cimagf, fabsf)
ARITHMETIC(c128, double, CMPLX, creal, cimag, fabs)

LOOPS2(add, x + y, x + y)
LOOPS2(sub, x - y, x - y)
LOOPS2(mul, product_c64(x, y), product_c128(x, y))
LOOPS2(div, quotient_c64(x, y), quotient_c128(x, y))
LOOPS2(pow, y == 0 ? 1 : cpowf(x, y), y == 0 ? 1 : cpow(x, y))
TESTS2(eq, x == y)
TESTS2(ne, x != y)

LOOPS1(neg, -x, -x)
LOOPS1(square, product_c64(x, x), product_c128(x, x))
LOOPS1(sign, x == 0 ? x : x / cabsf(x), x == 0 ? x : x / cabs(x))
LOOPS1(rsqrt, 1 / csqrtf(x), 1 / csqrt(x))
LOOPS1(sigmoid, 1 / (1 + cexpf(-x)), 1 / (1 + cexp(-x)))
LOOPS1(expm1, cexpf(x) - 1, cexp(x) - 1)
LOOPS1(log1p, clogf(1 + x), clog(1 + x))
#define OF_LIBM(X)                                                                                 \
  X(SQRT, sqrt)                                                                                    \
  X(EXP, exp)                                                                                      \
  X(LOG, log)                                                                                      \
  X(SIN, sin)                                                                                      \
  X(COS, cos) X(TAN, tan) X(ASIN, asin) X(ACOS, acos) X(ATAN, atan) X(SINH, sinh) X(COSH, cosh)    \
      X(TANH, tanh)
#define X(NAME, name) LOOPS1(of_##name, c##name##f(x), c##name(x))
OF_LIBM(X)
#undef X
#define NAN_IN(a, b) ((a) != (a) || (b) != (b))
#define INF_IN(a, b) (isinf(a) || isinf(b))
#define BOTH_FINITE(a, b) ((a) - (a) == 0 && (b) - (b) == 0)
TESTS1(isnan_of, NAN_IN)
TESTS1(isinf_of, INF_IN)
TESTS1(isfinite_of, BOTH_FINITE)

ag_loop2 *ag_complex_loop2(ag_op op, ag_dtype d) {
  switch (op) {
#define CASE(NAME, name)                                                                           \
  case AG_OP_##NAME:                                                                               \
    return d == AG_C64 ? name##_C64 : name##_C128;
    CASE(ADD, add)
    CASE(SUB, sub)
    CASE(MUL, mul)
    CASE(DIV, div)
    CASE(POW, pow)
    CASE(EQ, eq)
    CASE(NE, ne)
  default:
    return NULL;
  }
}

ag_loop1 *ag_complex_loop1(ag_op op, ag_dtype d) {
  switch (op) {
    CASE(NEG, neg)
    CASE(SQUARE, square)
    CASE(SIGN, sign)
    CASE(RSQRT, rsqrt)
    CASE(SIGMOID, sigmoid)
    CASE(EXPM1, expm1)
    CASE(LOG1P, log1p)
    CASE(ISNAN, isnan_of)
    CASE(ISINF, isinf_of)
    CASE(ISFINITE, isfinite_of)
#define X(NAME, name) CASE(NAME, of_##name)
    OF_LIBM(X)
#undef X
  default:
    return NULL;
  }
}

/* ---- parts ------------------------------------------------------------------------------------
 */

static ag_dtype part_of(ag_dtype d) { return d == AG_C64 ? AG_F32 : AG_F64; }

#define PART_KERNEL(NAME, name)                                                                    \
  ag_code ag_kernel_##NAME(ag_run *run, const ag_call *c, const ag_tensor *const *in,              \
                           ag_tensor *out) {                                                       \
    ag_dtype d = (ag_dtype)in[0]->dtype;                                                           \
    ag_loop1 *loop = d == AG_C64 ? name##_C64 : d == AG_C128 ? name##_C128 : NULL;                 \
    return ag_elementwise1(run, c, in, out, loop, part_of(d));                                     \
  }
#define PART(NAME, name, expr32, expr64)                                                           \
  AG_LOOP1(name##_C64, c64, c64, float, expr32)                                                    \
  AG_LOOP1(name##_C128, c128, c128, double, expr64)                                                \
  PART_KERNEL(NAME, name)
PART(REAL, real, crealf(x), creal(x))
PART(IMAG, imag, cimagf(x), cimag(x))
PART(ANGLE, angle, cargf(x), carg(x))

static void magnitude_C64(const void *x, void *out, int64_t n) {
  AG_BY_ISA(ag_magnitudes).c64(x, out, n);
}
static void magnitude_C128(const void *x, void *out, int64_t n) {
  AG_BY_ISA(ag_magnitudes).c128(x, out, n);
}
PART_KERNEL(COMPLEX_ABS, magnitude)

AG_LOOP2(build_C64, float, float, c64, CMPLXF(x, y))
AG_LOOP2(build_C128, double, double, c128, CMPLX(x, y))
ag_code ag_kernel_COMPLEX(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                          ag_tensor *out) {
  ag_dtype d = (ag_dtype)in[0]->dtype;
  ag_loop2 *loop = d == AG_F32 ? build_C64 : d == AG_F64 ? build_C128 : NULL;
  return ag_elementwise2(run, c, in, out, loop, d == AG_F32 ? AG_C64 : AG_C128, NULL);
}
