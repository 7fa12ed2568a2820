/* hyper.h - template (width.h): tanh and sigmoid.
 * Both are quotients of terms in E = exp(z) = 2^n (1 + p). Numerator and denominator are kept
 * as a rounded value and what the rounding lost, so the error is hardly more than the final rounding. */

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

/* tanh(a) = (E - 1) / (E + 1), E = exp(2 a), a = |x|. */
AG_INLINE F N(tanh_f32)(F x) {
  F z = 2 * vmin(KF(10), N(abs_f32)(x)), n, r, low;
  N(exp_reduce_f32)(z, &n, &r, &low);
  F t = vfma(POLY_F(r, exp_f32_c), r * r, low), p = r + t, p_low = (r - p) + t;
  F s = N(pow2_f32)(n), sp = s * p, sp_low = s * p_low;
  F minus = s - 1, plus = s + 1;
  F a = minus + sp, b = plus + sp;
  /* What each sum lost; minus is 0 or not below sp. */
  F a_low = ((minus - a) + sp) + ((s - minus) - 1 + sp_low);
  F b_low = ((plus - b) + sp) + ((s - plus) + 1 + sp_low);
  return N(sign_f32)(N(divide_f32)(a, a_low, b, b_low), x);
}
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

/* sigmoid(x) = 1 / (1 + E) for x >= 0 and E / (1 + E) below, E = exp(-|x|), so a small one keeps its digits. E
 * without its 2^n is the numerator, scaled last; in the denominator a tiny E is as good as none. */
AG_INLINE F N(sigmoid_f32)(F x) {
  F z = vmax(KF(-105), -N(abs_f32)(x)), n, r, low;
  N(exp_reduce_f32)(z, &n, &r, &low);
  F t = vfma(POLY_F(r, exp_f32_c), r * r, low), p = r + t, p_low = (r - p) + t;
  F e = 1 + p, e_low = (1 - e) + p + p_low;
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
