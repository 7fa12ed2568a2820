/* erf.h - template (width.h): erf.
 * Below 1 an odd polynomial; above, 1 - exp(-Q(x)) with Q = -log(erfc(x)), which is smooth and
 * grows like x^2, so one polynomial serves to where erf rounds to 1. Both are computed, a select
 * chooses. */

AG_INLINE F N(erf_f32)(F x) {
  F a = N(abs_f32)(x);
  F near = vfma(POLY_F(x * x, erf_f32_c), a, a);
  F far = vmin(KF(4), a), n, r, low;
  N(exp_reduce_f32)(-far * POLY_F(far, erfc_f32_c), &n, &r, &low);
  F e = vfma(vfma(POLY_F(r, exp_f32_c), r, KF(1)), r, KF(1));
  F y = vsel(vlt(a, KF(1)), near, vfma(-N(pow2_f32)(n), e, KF(1)));
  return N(sign_f32)(y, x);
}

/* Q = x^2 + S(x): the square is exact in two parts, and S, below 2.4, carries little error. */
AG_INLINE D N(erf_f64)(D x) {
  D a = N(abs_f64)(x);
  D near = vfma(POLY2_D(x * x, erf_f64_c), a, a);
  D far = vmin(KD(6), a), square = far * far, n, r, low;
  D rest = POLY2_D(far - 3.5, erfc_f64_c) + vprod_low(far, far, square);
  N(exp_reduce_f64)(-(square + rest), &n, &r, &low);
  low -= (square - (square + rest)) + rest;
  D e = r + vfma(POLY2_D(r, exp_f64_c), r * r, low);
  D s = N(pow2_f64)(n);
  D y = vsel(vlt(a, KD(1)), near, (1 - s) - s * e);
  return N(sign_f64)(y, x);
}
