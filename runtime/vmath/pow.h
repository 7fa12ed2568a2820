/* pow.h - template (width.h): pow.
 * exp(y log|x|), the logarithm carried to about 66 bits because the product may reach 745. x to the
 * power of 2 is x * x, which rounds once: codegen/passes/simplify.c relies on it. */

/* log(2^e (1 + f)) = high + low. With s = f / (2 + f): log(1 + f) = 2 atanh(s) = 2 s (1 + z (1/3 +
 * z q(z))), z = s^2; all but the innermost polynomial in pairs of doubles (Dekker, 1971). */
AG_INLINE void N(log_pair)(D e, D f, D *high, D *low) {
  D b = 2 + f, b_low = f - (b - 2), inverse = 1 / b, s = f * inverse;
  s = vfma(N(residue_f64)(f, s, b), inverse, s);
  D s_low = vfma(-s, b_low, N(residue_f64)(f, s, b)) * inverse;
  D z = s * s, z_low = vfma(s + s, s_low, vprod_low(s, s, z));

  const double third = 0x1.5555555555555p-2, third_low = 0x1.5555555555555p-56;
  D inner = POLY_D(z, pow_log_f64_c) * z;
  D w = third + inner, w_low = (third - w) + inner + third_low;
  D v = z * w, v_low = vfma(z, w_low, vfma(z_low, w, vprod_low(z, w, v)));
  D u = s * v, u_low = vfma(s, v_low, vfma(s_low, v, vprod_low(s, v, u)));
  D a = s + u, a_low = ((s - a) + u) + (u_low + s_low);

  D n = e * LN2_HIGH_D, h = n + 2 * a,
    h_low = ((n - h) + 2 * a) + vfma(e, KD(LN2_LOW_D), 2 * a_low);
  *high = h + h_low;
  *low = (h - *high) + h_low;
}

/* Everything that is not a positive normal x and a finite y. C11 F.10.4.4 in its order, the last
 * word last. */
AG_INLINE D N(pow_special)(D x, D y, D r) {
  D a = N(abs_f64)(x), b = N(abs_f64)(y), one = KD(1), zero = KD(0), infinity = KD(INFINITY);
  DM negative = vnegative((DI)x), below = vlt(y, zero);
  /* adding 2^52 drops the fraction */
  DM integer = vle(KD(0x1p52), b) | veq((b + 0x1p52) - 0x1p52, b);
  D half = b * 0.5;
  DM even = vle(KD(0x1p53), b) | veq((half + 0x1p52) - 0x1p52, half);
  r = vsel(veq(a, zero) | veq(a, infinity),
           vsel(veq(a, zero), vsel(below, infinity, zero), vsel(below, zero, infinity)), r);
  D flipped = vsel(integer, vsel(even, r, -r), vsel(veq(a, zero) | veq(a, infinity), r, KD(NAN)));
  r = vsel(negative, flipped, r);
  r = vsel(veq(b, infinity) & veq(a, one), one, r);
  r = vsel(vle(a, infinity) & vle(b, infinity), r, x + y);
  return vsel(veq(y, zero) | veq(x, one), one, r);
}

AG_INLINE D N(pow_f64)(D x, D y) {
  D a = x, shift = KD(0), e, f, log_high, log_low;
  DM ordinary = vle(KD(DBL_MIN), x) & vlt(x, KD(INFINITY)) & vlt(N(abs_f64)(y), KD(INFINITY));
  bool special = !vall(ordinary);
  if (__builtin_expect(special, 0)) {
    a = N(abs_f64)(x);
    DM tiny = vlt(a, KD(DBL_MIN));
    shift = vsel(tiny, KD(-52), shift);
    a = vsel(tiny, a * 0x1p52, a);
  }
  N(log_split)(a, &e, &f);
  N(log_pair)(e + shift, f, &log_high, &log_low);
  D p = y * log_high, p_low = vfma(y, log_low, vprod_low(y, log_high, p));
  p_low = vsel(vlt(N(abs_f64)(p), KD(800)), p_low, KD(0)); /* past the limits it may be NaN */

  D n, r, low;
  N(exp_reduce_f64)(vmax(KD(-746), vmin(KD(711), p)), &n, &r, &low);
  low += p_low; /* up to 2^-44, so it must join r */
  D sum = r + low;
  low = (r - sum) + low, r = sum;
  D t = vfma(POLY2_D(r, exp_f64_c), r * r, low), h = 1 + r;
  D result = N(scale_f64)(h + ((1 - h) + r + t), n);
  if (__builtin_expect(special, 0))
    result = N(pow_special)(x, y, result);
  return vsel(veq(y, KD(2)), x * x, result);
}

/* For floats: subnormal ones are normal doubles, and 38 bits of logarithm are enough. */
AG_INLINE D N(pow_wide)(D x, D y) {
  DM ordinary = vlt(KD(0), x) & vlt(x, KD(INFINITY)) & vlt(N(abs_f64)(y), KD(INFINITY));
  D e, f;
  N(log_split)(N(abs_f64)(x), &e, &f);
  D s = vfma(POLY2_D(f, pow_log_f32_c), f, KD(-0.5)) * f;
  D p = y * vfma(e, KD(0x1.62e42fefa39efp-1), vfma(s, f, f));
  p = vmax(KD(-160), vmin(KD(140), p)); /* far past a float's range */
  D t = vfma(p, KD(LOG2E), KD(ROUND_D)), n = t - ROUND_D, r = vfma(n, KD(-0x1.62e42fefa39efp-1), p);
  D result = vfma(vfma(POLY_D(r, pow_exp_f32_c), r, KD(1)), r, KD(1)) * N(pow2_f64)(n);
  if (__builtin_expect(!vall(ordinary), 0))
    result = N(pow_special)(x, y, result);
  return vsel(veq(y, KD(2)), x * x, result);
}
THROUGH_F64_2(pow_f32, N(pow_wide))
