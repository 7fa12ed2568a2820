/* basic.h - template (width.h): constants, signs, powers of two, polynomials. */

/* x - 0 is x for every x, so this costs nothing. */
AG_INLINE F N(splat_f32)(float x) { return x - (F){0}; }
AG_INLINE D N(splat_f64)(double x) { return x - (D){0}; }
#define KF(x) N(splat_f32)(x)
#define KD(x) N(splat_f64)(x)

AG_INLINE F N(abs_f32)(F x) { return (F)((FI)x & INT32_MAX); }
AG_INLINE D N(abs_f64)(D x) { return (D)((DI)x & INT64_MAX); }
/* The magnitude of a (not negative) with the sign of b. */
AG_INLINE F N(sign_f32)(F a, F b) { return (F)((FI)a | ((FI)b & INT32_MIN)); }
AG_INLINE D N(sign_f64)(D a, D b) { return (D)((DI)a | ((DI)b & INT64_MIN)); }

/* Adding ROUND rounds to the nearest integer, which then stands in the low bits of the sum. */
#define ROUND_F 0x1.8p23f
#define ROUND_D 0x1.8p52

/* 2^n for an integer n in the range of normal numbers. */
AG_INLINE F N(pow2_f32)(F n) { return (F)((FU)(n + (ROUND_F + 127)) << 23); }
AG_INLINE D N(pow2_f64)(D n) { return (D)((DU)(n + (ROUND_D + 1023)) << 52); }

/* a 2^n rounded once, for a near 1: over- and underflow are those of the exact product. */
AG_INLINE F N(scale_f32)(F a, F n) {
#if defined(__AVX512F__)
  return SCALE_F(a, n);
#else
  F half = vfma(n, KF(0.5f), KF(ROUND_F)) - ROUND_F;
  return a * N(pow2_f32)(half) * N(pow2_f32)(n - half);
#endif
}
AG_INLINE D N(scale_f64)(D a, D n) {
#if defined(__AVX512F__)
  return SCALE_D(a, n);
#else
  D half = vfma(n, KD(0.5), KD(ROUND_D)) - ROUND_D;
  return a * N(pow2_f64)(half) * N(pow2_f64)(n - half);
#endif
}

/* a - q b exactly, for q = a / b up to a few units in the last place. */
AG_INLINE F N(residue_f32)(F a, F q, F b) {
#ifdef __FMA__
  return vfma(-q, b, a);
#else
  F p = q * b;
  return (a - p) - vprod_low(q, b, p);
#endif
}
AG_INLINE D N(residue_f64)(D a, D q, D b) {
#ifdef __FMA__
  return vfma(-q, b, a);
#else
  D p = q * b;
  return (a - p) - vprod_low(q, b, p);
#endif
}

/* (a + a_low) / (b + b_low) by one division and one Newton step. */
AG_INLINE F N(divide_f32)(F a, F a_low, F b, F b_low) {
  F inverse = 1 / b, q = a * inverse;
  F rest = N(residue_f32)(a, q, b) + vfma(-q, b_low, a_low);
  return vfma(rest, inverse, q);
}
AG_INLINE D N(divide_f64)(D a, D a_low, D b, D b_low) {
  D inverse = 1 / b, q = a * inverse;
  D rest = N(residue_f64)(a, q, b) + vfma(-q, b_low, a_low);
  return vfma(rest, inverse, q);
}

/* c[0] + c[1] x + ...: by Horner's rule, or its even and odd halves side by side for long ones. */
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif
AG_INLINE F N(poly_f32)(F x, const float *c, int n) {
  F p = KF(c[n - 1]);
  UNROLL
  for (int i = n - 2; i >= 0; i--)
    p = vfma(x, p, KF(c[i]));
  return p;
}
AG_INLINE D N(poly_f64)(D x, const double *c, int n) {
  D p = KD(c[n - 1]);
  UNROLL
  for (int i = n - 2; i >= 0; i--)
    p = vfma(x, p, KD(c[i]));
  return p;
}
AG_INLINE D N(poly2_f64)(D x, const double *c, int n) {
  D x2 = x * x, p = KD(c[n - 1]), q = KD(c[n - 2]);
  UNROLL
  for (int i = n - 3; i >= 0; i--) {
    D t = vfma(x2, p, KD(c[i]));
    p = q;
    q = t;
  }
  return vfma(x, p, q);
}
#define POLY_F(x, c) N(poly_f32)(x, c, sizeof(c) / sizeof(c[0]))
#define POLY_D(x, c) N(poly_f64)(x, c, sizeof(c) / sizeof(c[0]))
#define POLY2_D(x, c) N(poly2_f64)(x, c, sizeof(c) / sizeof(c[0]))

/* An f32 function through doubles: off by hardly more than the final rounding. */
#define THROUGH_F64(name, f)                                                                       \
  AG_INLINE F N(name)(F x) { return NARROW(f(WIDEN_LOW(x)), f(WIDEN_HIGH(x))); }
#define THROUGH_F64_2(name, f)                                                                     \
  AG_INLINE F N(name)(F a, F b) {                                                                  \
    return NARROW(f(WIDEN_LOW(a), WIDEN_LOW(b)), f(WIDEN_HIGH(a), WIDEN_HIGH(b)));                 \
  }
