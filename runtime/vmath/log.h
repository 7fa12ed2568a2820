/* log.h - template (width.h): log.
 * x = 2^e m, sqrt(1/2) <= m < sqrt(2), f = m - 1;  log(x) = e ln2 + f - f^2/2 + f^3 p(f). The sum starts with
 * its two large terms, whose rounding error joins the small ones. */

AG_INLINE F N(log_f32)(F x) {
  F y = x, shift = KF(0);
  FM ordinary = vle(KF(FLT_MIN), x) & vlt(x, KF(INFINITY));
  bool odd = !vall(ordinary);
  if (__builtin_expect(odd, 0)) {
    FM tiny = vlt(x, KF(FLT_MIN));
    y = vsel(tiny, x * 0x1p23f, x);
    shift = vsel(tiny, KF(-23), KF(0));
  }
  FI i = (FI)y - 0x3f3504f3; /* the bits of sqrt(1/2) */
  F e = __builtin_convertvector(i >> 23, F) + shift;
  F f = (F)((i & 0x7fffff) + 0x3f3504f3) - 1;
  F p = vfma(POLY_F(f, log_f32_c), f, KF(-0.5f)) * (f * f);
  F high = e * LN2_HIGH_F, sum = high + f; /* |high| > |f|, or it is 0 */
  F low = vfma(e, KF(LN2_LOW_F), f - (sum - high));
  F r = sum + (p + low);
  if (__builtin_expect(odd, 0)) {
    r = vsel(vlt(x, KF(0)), KF(NAN), r);
    r = vsel(veq(x, KF(0)), KF(-INFINITY), r);
    r = vsel(vlt(x, KF(INFINITY)), r, x + x); /* infinity and NaN */
  }
  return r;
}

AG_INLINE D N(log_f64)(D x) {
  D y = x, bias = KD(0x1p52 + 1023);
  DM ordinary = vle(KD(DBL_MIN), x) & vlt(x, KD(INFINITY));
  bool odd = !vall(ordinary);
  if (__builtin_expect(odd, 0)) {
    DM tiny = vlt(x, KD(DBL_MIN));
    y = vsel(tiny, x * 0x1p52, x);
    bias = vsel(tiny, KD(0x1p52 + 1023 + 52), bias);
  }
  const int64_t root = 0x3fe6a09e667f3bcd; /* the bits of sqrt(1/2) */
  DI i = (DI)y - root;
  /* No 64-bit integer becomes a double in one instruction before AVX-512: e + 1023 in the low bits of 2^52. */
  DU biased = (DU)(i + ((int64_t)1023 << 52)) >> 52;
  D e = (D)((DI)biased | 0x4330000000000000) - bias;
  D f = (D)((i & 0xfffffffffffff) + root) - 1;
  D p = vfma(POLY2_D(f, log_f64_c), f, KD(-0.5)) * (f * f);
  D high = e * LN2_HIGH_D, sum = high + f;
  D low = vfma(e, KD(LN2_LOW_D), f - (sum - high));
  D r = sum + (p + low);
  if (__builtin_expect(odd, 0)) {
    r = vsel(vlt(x, KD(0)), KD(NAN), r);
    r = vsel(veq(x, KD(0)), KD(-INFINITY), r);
    r = vsel(vlt(x, KD(INFINITY)), r, x + x);
  }
  return r;
}
