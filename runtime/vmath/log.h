/* log.h - template (width.h): log, log1p.
 * x = 2^e m, sqrt(1/2) <= m < sqrt(2), f = m - 1;  log(x) = e ln2 + f - f^2/2 + f^3 p(f). The sum
 * starts with its two large terms, whose rounding error joins the small ones. */

AG_INLINE F N(log_f32)(F x) {
  F y = x, shift = KF(0);
  FM ordinary = vle(KF(FLT_MIN), x) & vlt(x, KF(INFINITY));
  bool odd = !vall(ordinary);
  if (__builtin_expect(odd, 0)) {
    FM tiny = vlt(x, KF(FLT_MIN));
    y = vsel(tiny, x * 0x1p23f, x);
    shift = vsel(tiny, KF(-23), KF(0));
  }
  FU i = (FU)y - 0x3f3504f3; /* the bits of sqrt(1/2) */
  F e = __builtin_convertvector((FI)i >> 23, F) + shift;
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

/* y = 2^e m -> e and m - 1, for normal y > 0. No 64-bit integer becomes a double in one instruction
 * before AVX-512: e + 1023 goes into the low bits of 2^52. */
AG_INLINE void N(log_split)(D y, D *e, D *f) {
  const uint64_t root = 0x3fe6a09e667f3bcd; /* the bits of sqrt(1/2) */
  DU i = (DU)y - root, biased = (i + ((uint64_t)1023 << 52)) >> 52;
  *e = (D)(biased | 0x4330000000000000) - (0x1p52 + 1023);
  *f = (D)((i & 0xfffffffffffff) + root) - 1;
}
/* e ln2 + log(1 + f) + rest */
AG_INLINE D N(log_sum)(D e, D f, D rest) {
  D p = vfma(POLY2_D(f, log_f64_c), f, KD(-0.5)) * (f * f);
  D high = e * LN2_HIGH_D, sum = high + f;
  D low = vfma(e, KD(LN2_LOW_D), f - (sum - high));
  return sum + (p + (low + rest));
}
AG_INLINE D N(log_limits)(D x, D r) {
  r = vsel(vlt(x, KD(0)), KD(NAN), r);
  r = vsel(veq(x, KD(0)), KD(-INFINITY), r);
  return vsel(vlt(x, KD(INFINITY)), r, x + x); /* infinity and NaN */
}

AG_INLINE D N(log_f64)(D x) {
  D y = x, shift = KD(0), e, f;
  DM ordinary = vle(KD(DBL_MIN), x) & vlt(x, KD(INFINITY));
  bool odd = !vall(ordinary);
  if (__builtin_expect(odd, 0)) {
    DM tiny = vlt(x, KD(DBL_MIN));
    y = vsel(tiny, x * 0x1p52, x);
    shift = vsel(tiny, KD(-52), KD(0));
  }
  N(log_split)(y, &e, &f);
  D r = N(log_sum)(e + shift, f, KD(0));
  return __builtin_expect(odd, 0) ? N(log_limits)(x, r) : r;
}

/* u = 1 + x rounded; what it lost joins f. */
AG_INLINE D N(log1p_f64)(D x) {
  D u = 1 + x, back = u - 1, lost = (1 - (u - back)) + (x - back), e, f;
  N(log_split)(u, &e, &f);
  D f_low = lost * N(pow2_f64)(vmax(KD(-100), -e));
  D g = f + f_low, r = N(log_sum)(e, g, (f - g) + f_low);
  r = N(log_limits)(u, r);
  return vsel(veq(x, KD(0)), x, r);
}
THROUGH_F64(log1p_f32, N(log1p_f64))
