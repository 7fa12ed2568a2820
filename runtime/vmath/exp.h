/* exp.h - template (width.h): exp, expm1.
 * x = n ln2 + r, |r| <= ln2/2; exp(x) = 2^n (1 + r + r^2 q(r)). The subtraction of n's high product
 * is exact (Cody and Waite, 1980). */

/* n and r + low, where low is what rounding r lost. x must be so bounded that 2^n scales in two
 * steps. */
AG_INLINE void N(exp_reduce_f32)(F x, F *n, F *r, F *low) {
  F k = vfma(x, KF((float)LOG2E), KF(ROUND_F)) - ROUND_F;
  F high = vfma(k, KF(-LN2_HIGH_F), x), t = vfma(k, KF(-LN2_LOW_F), high);
  *n = k, *r = t;
  *low = vfma(k, KF(-LN2_LOW_F), high - t);
}
AG_INLINE void N(exp_reduce_f64)(D x, D *n, D *r, D *low) {
  D k = vfma(x, KD(LOG2E), KD(ROUND_D)) - ROUND_D;
  D high = vfma(k, KD(-LN2_HIGH_D), x), t = vfma(k, KD(-LN2_LOW_D), high);
  *n = k, *r = t;
  *low = vfma(k, KD(-LN2_LOW_D), high - t);
}

/* The limits lie past over- and underflow, which the scaling then makes. */
AG_INLINE F N(exp_f32)(F x) {
  F n, r, low;
  N(exp_reduce_f32)(vmax(KF(-105), vmin(KF(90), x)), &n, &r, &low);
  return N(scale_f32)(vfma(vfma(POLY_F(r, exp_f32_c), r, KF(1)), r, KF(1)), n);
}
AG_INLINE D N(exp_f64)(D x) {
  D n, r, low;
  N(exp_reduce_f64)(vmax(KD(-746), vmin(KD(711), x)), &n, &r, &low);
  return N(scale_f64)(vfma(vfma(POLY2_D(r, exp_f64_c), r, KD(1)), r, KD(1)), n);
}

/* exp(x) - 1 = 2^n (p + 1 - 2^-n): the power is exact where it matters. */
AG_INLINE D N(expm1_f64)(D x) {
  D n, r, low;
  N(exp_reduce_f64)(vmax(KD(-40), vmin(KD(711), x)), &n, &r, &low);
  D t = vfma(POLY2_D(r, exp_f64_c), r * r, low), p = r + t, p_low = (r - p) + t;
  D u = N(pow2_f64)(vmax(KD(-100), -n)), minus = 1 - u, minus_low = (1 - minus) - u;
  D a = minus + p, a_low = ((minus - a) + p) + (p_low + minus_low); /* minus is 0 or not below p */
  D y = N(scale_f64)(a + a_low, n);
  return vsel(veq(x, KD(0)), x, y);
}
THROUGH_F64(expm1_f32, N(expm1_f64))
