/* unary.c - elementwise kernels of one operand. */
#include "elementwise.h"

#include "ag/vmath.h"

#include <math.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* as in binary.c */
#endif

#define KERNEL(NAME, name, out_dtype)                                                              \
  ag_code ag_kernel_##NAME(ag_run *run, const ag_call *c, const ag_tensor *const *in,              \
                           ag_tensor *out) {                                                       \
    return ag_elementwise1(run, c, in, out, name##_loops[in[0]->dtype], out_dtype);                \
  }
#define LOOP(D, T, W, name, expr) AG_LOOP1(name##_##D, T, W, T, expr)

#define NUMBERS(NAME, name, signed_expr, unsigned_expr, float_expr)                                \
  AG_SIGNED_TYPES(LOOP, name, signed_expr)                                                         \
  AG_UNSIGNED_TYPES(LOOP, name, unsigned_expr)                                                     \
  AG_FLOAT_TYPES(LOOP, name, float_expr)                                                           \
  static ag_loop1 *const name##_loops[AG_DTYPE_COUNT] = {AG_INT_TYPES(AG_LOOP_ENTRY, name)         \
                                                             AG_FLOAT_TYPES(AG_LOOP_ENTRY, name)}; \
  KERNEL(NAME, name, (ag_dtype)in[0]->dtype)

#define ABS_F(x) (sizeof(x) == sizeof(float) ? fabsf((float)(x)) : fabs(x))
NUMBERS(NEG, neg, 0 - (W_)x, 0 - (W_)x, -x)
NUMBERS(ABS, abs, x < 0 ? 0 - (W_)x : (W_)x, x, ABS_F(x))
NUMBERS(SIGN, sign, (x > 0) - (x < 0), x > 0, x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x)
NUMBERS(SQUARE, square, (W_)x *(W_)x, (W_)x *(W_)x, x *x)

AG_LOOP1(not_BOOL, uint8_t, uint32_t, uint8_t, !x)
static ag_loop1 *const not_loops[AG_DTYPE_COUNT] = {[AG_BOOL] = not_BOOL};
KERNEL(NOT, not, AG_BOOL)

AG_INT_TYPES(LOOP, invert, ~(W_)x)
static ag_loop1 *const invert_loops[AG_DTYPE_COUNT] = {AG_INT_TYPES(AG_LOOP_ENTRY, invert)};
KERNEL(INVERT, invert, (ag_dtype)in[0]->dtype)

#define FLOATS(NAME, name, f32_expr, f64_expr)                                                     \
  AG_LOOP1(name##_F32, float, float, float, f32_expr)                                              \
  AG_LOOP1(name##_F64, double, double, double, f64_expr)                                           \
  static ag_loop1 *const name##_loops[AG_DTYPE_COUNT] = {AG_FLOAT_TYPES(AG_LOOP_ENTRY, name)};     \
  KERNEL(NAME, name, (ag_dtype)in[0]->dtype)

FLOATS(SQRT, sqrt, sqrtf(x), sqrt(x))
FLOATS(RSQRT, rsqrt, 1.0f / sqrtf(x), 1.0 / sqrt(x))
FLOATS(FLOOR, floor, floorf(x), floor(x))
FLOATS(CEIL, ceil, ceilf(x), ceil(x))
FLOATS(ROUND, round, rintf(x), rint(x))
FLOATS(TRUNC, trunc, truncf(x), trunc(x))

#define TESTS(NAME, name, expr)                                                                    \
  AG_LOOP1(name##_F32, float, float, uint8_t, expr)                                                \
  AG_LOOP1(name##_F64, double, double, uint8_t, expr)                                              \
  static ag_loop1 *const name##_loops[AG_DTYPE_COUNT] = {AG_FLOAT_TYPES(AG_LOOP_ENTRY, name)};     \
  KERNEL(NAME, name, AG_BOOL)

TESTS(ISNAN, isnan_of, x != x)
TESTS(ISINF, isinf_of, x == INFINITY || x == -INFINITY)
TESTS(ISFINITE, isfinite_of, x - x == 0)

#define VMATH(NAME, name)                                                                          \
  static void name##_F32(const void *a, void *out, int64_t n) {                                    \
    ag_vmath_table()->name##_f32_n(a, out, n);                                                     \
  }                                                                                                \
  static void name##_F64(const void *a, void *out, int64_t n) {                                    \
    ag_vmath_table()->name##_f64_n(a, out, n);                                                     \
  }                                                                                                \
  static ag_loop1 *const name##_loops[AG_DTYPE_COUNT] = {AG_FLOAT_TYPES(AG_LOOP_ENTRY, name)};     \
  KERNEL(NAME, name, (ag_dtype)in[0]->dtype)

VMATH(EXP, exp)
VMATH(EXPM1, expm1)
VMATH(LOG, log)
VMATH(LOG1P, log1p)
VMATH(SIN, sin)
VMATH(COS, cos)
VMATH(TAN, tan)
VMATH(ASIN, asin)
VMATH(ACOS, acos)
VMATH(ATAN, atan)
VMATH(SINH, sinh)
VMATH(COSH, cosh)
VMATH(TANH, tanh)
VMATH(SIGMOID, sigmoid)
VMATH(ERF, erf)

ag_code ag_kernel_IDENTITY(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                           ag_tensor *out) {
  (void)run, (void)c;
  ag_tensor_ref(in[0], out);
  return AG_OK;
}
