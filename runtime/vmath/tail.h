/* tail.h - template (width.h): the functions that have no vector form of their own yet.
 * One call of libm per lane, in double for both types, so all forms give the same bits; which bits depends on
 * the C library. */

#define LIBM_UNARY(f)                                                                              \
  AG_INLINE D N(f##_f64)(D x) {                                                                    \
    D y;                                                                                           \
    for (int i = 0; i < LANES_D; i++)                                                              \
      y[i] = f(x[i]);                                                                              \
    return y;                                                                                      \
  }
#define LIBM_BINARY(f)                                                                             \
  AG_INLINE D N(f##_f64)(D a, D b) {                                                               \
    D y;                                                                                           \
    for (int i = 0; i < LANES_D; i++)                                                              \
      y[i] = f(a[i], b[i]);                                                                        \
    return y;                                                                                      \
  }                                                                                                \
  THROUGH_F64_2(f##_f32, N(f##_f64))

LIBM_UNARY(expm1)
LIBM_UNARY(log1p)
LIBM_UNARY(tan)
LIBM_UNARY(asin)
LIBM_UNARY(acos)
LIBM_UNARY(atan)
LIBM_UNARY(sinh)
LIBM_UNARY(cosh)
THROUGH_F64(expm1_f32, N(expm1_f64))
THROUGH_F64(log1p_f32, N(log1p_f64))
THROUGH_F64(asin_f32, N(asin_f64))
THROUGH_F64(acos_f32, N(acos_f64))
THROUGH_F64(atan_f32, N(atan_f64))
THROUGH_F64(sinh_f32, N(sinh_f64))
THROUGH_F64(cosh_f32, N(cosh_f64))
LIBM_BINARY(pow)
LIBM_BINARY(atan2)

#undef LIBM_UNARY
#undef LIBM_BINARY
