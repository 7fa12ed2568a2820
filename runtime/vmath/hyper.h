/* hyper.h - template (width.h): tanh, sigmoid, sinh, cosh.
 * The first two are quotients of terms in E = exp(z) = 2^n (1 + p). Numerator and denominator are
 * kept as a rounded value and what the rounding lost, so the error is hardly more than the final
 * rounding. */

/* An odd polynomial to 1; above, 1 - 2 / (E + 1), whose second term is small enough to err. */
AG_INLINE F N(tanh_f32)(F x) {
  F a = N(abs_f32)(x), s = a * a, near = vfma(POLY_F(s, tanh_f32_c) * s, a, a);
  F n, r, low;
  N(exp_reduce_f32)(2 * vmin(KF(10), a), &n, &r, &low);
  F e = vfma(vfma(POLY_F(r, exp_f32_c), r, KF(1)), r, KF(1));
  F far = 1 - 2 / vfma(e, N(pow2_f32)(n), KF(1));
  return N(sign_f32)(vsel(vlt(a, KF(1)), near, far), x);
}

/* tanh(a) = (E - 1) / (E + 1), E = exp(2 a), a = |x|. */
AG_INLINE D N(tanh_f64)(D x) {
  D z = 2 * vmin(KD(20), N(abs_f64)(x)), n, r, low;
  N(exp_reduce_f64)(z, &n, &r, &low);
  D t = vfma(POLY2_D(r, exp_f64_c), r * r, low), p = r + t, p_low = (r - p) + t;
  D s = N(pow2_f64)(n), sp = s * p, sp_low = s * p_low;
  D minus = s - 1, plus = s + 1;
  D a = minus + sp, b = plus + sp;
  /* What each sum lost; minus is 0 or not below sp. */
  D a_low = ((minus - a) + sp) + ((s - minus) - 1 + sp_low);
  D b_low = ((plus - b) + sp) + ((s - plus) + 1 + sp_low);
  return N(sign_f64)(N(divide_f64)(a, a_low, b, b_low), x);
}

/* sigmoid(x) = 1 / (1 + E) for x >= 0 and E / (1 + E) below, E = exp(-|x|), so a small one keeps
 * its digits. E without its 2^n is the numerator, scaled last; in the denominator a tiny E is as
 * good as none. */
AG_INLINE F N(sigmoid_f32)(F x) {
  F z = vmax(KF(-105), -N(abs_f32)(x)), n, r, low;
  N(exp_reduce_f32)(z, &n, &r, &low);
  F p = vfma(POLY_F(r, exp_f32_c), r * r, r), e = 1 + p, e_low = (1 - e) + p;
  F s = N(pow2_f32)(vmax(KF(-100), n)), se = s * e;
  F b = 1 + se, b_low = vfma(s, e_low, (1 - b) + se);
  FM negative = vlt(x, KF(0));
  F q = N(divide_f32)(vsel(negative, e, KF(1)), vsel(negative, e_low, KF(0)), b, b_low);
  return N(scale_f32)(q, vsel(negative, n, KF(0)));
}
AG_INLINE D N(sigmoid_f64)(D x) {
  D z = vmax(KD(-746), -N(abs_f64)(x)), n, r, low;
  N(exp_reduce_f64)(z, &n, &r, &low);
  D t = vfma(POLY2_D(r, exp_f64_c), r * r, low), p = r + t, p_low = (r - p) + t;
  D e = 1 + p, e_low = (1 - e) + p + p_low;
  D s = N(pow2_f64)(vmax(KD(-1000), n)), se = s * e;
  D b = 1 + se, b_low = vfma(s, e_low, (1 - b) + se);
  DM negative = vlt(x, KD(0));
  D q = N(divide_f64)(vsel(negative, e, KD(1)), vsel(negative, e_low, KD(0)), b, b_low);
  return N(scale_f64)(q, vsel(negative, n, KD(0)));
}

/* sinh(x) = (2^n exp(r) - 2^-n exp(-r)) / 2, where exp(r) = cosh(r) + sinh(r) has two short
 * polynomials: 2^n (plus sinh(r) + minus cosh(r)),  plus, minus = (1 +- 2^-2n) / 2;  for cosh(x)
 * plus and minus change places. */
AG_INLINE void N(hyper_parts)(D a, D *n, D *r, D *sinh_rest, D *cosh_rest, D *plus, D *minus,
                              D *lost) {
  D low;
  N(exp_reduce_f64)(vmin(KD(712), a), n, r, &low);
  D s = *r * *r, u = N(pow2_f64)(vmax(KD(-200), -2 * *n));
  *sinh_rest = vfma(POLY_D(s, sinh_f64_c) * s, *r, low); /* sinh(r) - r */
  *cosh_rest = vfma(*r, low, POLY_D(s, cosh_f64_c) * s); /* cosh(r) - 1 */
  *plus = (1 + u) * 0.5;
  *minus = (1 - u) * 0.5;
  *lost = ((1 - 2 * *minus) - u) * 0.5; /* of minus; plus lost as much with the other sign */
}
AG_INLINE D N(sinh_f64)(D x) {
  D n, r, sinh_rest, cosh_rest, plus, minus, lost;
  N(hyper_parts)(N(abs_f64)(x), &n, &r, &sinh_rest, &cosh_rest, &plus, &minus, &lost);
  D main = plus * r, main_low = vprod_low(plus, r, main);
  D h = minus + main, h_low = ((minus - h) + main) + main_low; /* minus is 0 or above main */
  D y = h + vfma(plus, sinh_rest, vfma(minus, cosh_rest, h_low + lost));
  return N(sign_f64)(N(scale_f64)(y, n), x);
}
AG_INLINE D N(cosh_f64)(D x) {
  D n, r, sinh_rest, cosh_rest, plus, minus, lost;
  N(hyper_parts)(N(abs_f64)(x), &n, &r, &sinh_rest, &cosh_rest, &plus, &minus, &lost);
  D y = plus + vfma(minus, r, vfma(minus, sinh_rest, vfma(plus, cosh_rest, -lost)));
  return N(scale_f64)(y, n);
}
THROUGH_F64(sinh_f32, N(sinh_f64))
THROUGH_F64(cosh_f32, N(cosh_f64))
