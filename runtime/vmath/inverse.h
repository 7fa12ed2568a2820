/* inverse.h - template (width.h): asin, acos, atan, atan2; f32 through f64.
 * Where a constant is added to a small angle, the rounding error of the sum joins the angle's low
 * part. */
#define VSQRT JOIN(vsqrt_f64x, LANES_D, )

/* For a = |x|: asin(a) = w + rest below 1/2, else pi/2 - 2 (w + rest), w = sqrt((1 - a) / 2). */
AG_INLINE void N(asin_parts)(D a, DM large, D *w, D *rest) {
  D s = vsel(large, (1 - a) * 0.5, a * a), root = VSQRT(s);
  D root_low = N(residue_f64)(s, root, root) / vsel(veq(root, KD(0)), KD(1), root + root);
  *w = vsel(large, root, a);
  *rest = vfma(POLY2_D(s, asin_f64_c) * s, *w, vsel(large, root_low, KD(0)));
}
AG_INLINE D N(asin_f64)(D x) {
  D a = N(abs_f64)(x), w, rest;
  DM large = vlt(KD(0.5), a);
  N(asin_parts)(a, large, &w, &rest);
  D h = PIO2_1 - 2 * w, h_low = (PIO2_1 - h) - 2 * w;
  return N(sign_f64)(vsel(large, h + (h_low + PIO2_2 - 2 * rest), w + rest), x);
}
AG_INLINE D N(acos_f64)(D x) {
  D a = N(abs_f64)(x), w, rest;
  DM large = vlt(KD(0.5), a), negative = vlt(x, KD(0));
  N(asin_parts)(a, large, &w, &rest);
  /* pi/2 - asin(x) in the middle; pi - 2 (w + rest), 2 (w + rest) at the ends */
  D scale = vsel(large, KD(2), KD(1));
  D minus = scale * vsel(large, w, vsel(negative, -w, w));
  D minus_rest = scale * vsel(large, rest, vsel(negative, -rest, rest));
  D base = vsel(large, KD(2 * PIO2_1), KD(PIO2_1));
  D base_low = vsel(large, KD(2 * PIO2_2), KD(PIO2_2));
  D h = base - minus, h_low = (base - h) - minus;
  D y = h + (h_low + base_low - minus_rest);
  return vsel(vlt(KD(0.5), x), minus + minus_rest, y);
}

/* atan(a / b) for a, b >= 0, or pi minus it where `left`. The angle is moved by 0, pi/4 or pi/2 so
 * that its tangent t is within tan(pi/8) = 0.414. */
AG_INLINE D N(atan_quotient)(D a, D b, DM left) {
  DM near = vle(a, b * 0.4140625), far = vlt(b, a * 0.4140625);
  D minus = a - b, back = minus - a, minus_low = (a - (minus - back)) - (b + back);
  D plus = a + b, again = plus - a, plus_low = (a - (plus - again)) + (b - again);
  D t_above = vsel(near, a, vsel(far, -b, minus)), t_below = vsel(near, b, vsel(far, a, plus));
  D above_low = vsel(near, KD(0), vsel(far, KD(0), minus_low));
  D below_low = vsel(near, KD(0), vsel(far, KD(0), plus_low));
  t_below = vsel(veq(t_below, KD(0)), KD(1), t_below); /* atan2(0, 0) is 0 */

  D inverse = 1 / t_below, t = t_above * inverse;
  t = vfma(N(residue_f64)(t_above, t, t_below), inverse, t); /* nearly the rounded quotient */
  D t_low = (N(residue_f64)(t_above, t, t_below) + vfma(-t, below_low, above_low)) * inverse;
  D s = t * t, rest = vfma(POLY2_D(s, atan_f64_c) * s, t, t_low);

  D base = vsel(near, KD(0), vsel(far, KD(2), KD(1))); /* in quarters of pi */
  base = vsel(left, 4 - base, base);
  t = vsel(left, -t, t), rest = vsel(left, -rest, rest);
  /* Products by 3 would round; the low part carries what they lose. */
  D high = base * (PIO2_1 / 2),
    low = vfma(base, KD(PIO2_2 / 2), vprod_low(base, KD(PIO2_1 / 2), high));
  D h = high + t, h_low = (high - h) + t;
  return h + (h_low + (low + rest));
}
AG_INLINE D N(atan_f64)(D x) {
  D a = vmin(KD(0x1p100), N(abs_f64)(x)); /* pi/2 long before */
  return N(sign_f64)(N(atan_quotient)(a, KD(1), vlt(KD(1), KD(0))), x);
}
AG_INLINE D N(atan2_f64)(D y, D x) {
  D a = N(abs_f64)(y), b = N(abs_f64)(x), larger = vmax(a, b);
  DM ordinary = vle(KD(0x1p-800), larger) & vlt(larger, KD(0x1p990));
  if (__builtin_expect(!vall(ordinary), 0)) {
    D scale = vsel(vlt(larger, KD(0x1p-800)), KD(0x1p200), KD(0x1p-100));
    scale = vsel(ordinary, KD(1), scale);
    DM a_infinite = veq(a, KD(INFINITY)), b_infinite = veq(b, KD(INFINITY));
    D one = KD(1), zero = KD(0);
    /* an infinity beside a number is 1 beside 0; two are 1 beside 1; NaN stays NaN by 0 NaN */
    D a_new = vsel(a_infinite, one, vsel(b_infinite, zero * a, a * scale));
    D b_new = vsel(b_infinite, one, vsel(a_infinite, zero * b, b * scale));
    a = a_new, b = b_new;
  }
  D angle = N(atan_quotient)(a, b, vnegative((DI)x));
  return N(sign_f64)(angle, y);
}
THROUGH_F64(asin_f32, N(asin_f64))
THROUGH_F64(acos_f32, N(acos_f64))
THROUGH_F64(atan_f32, N(atan_f64))
THROUGH_F64_2(atan2_f32, N(atan2_f64))
#undef VSQRT
