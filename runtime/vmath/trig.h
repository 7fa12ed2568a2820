/* trig.h - template (width.h): sin, cos, tan.
 * x = q pi/2 + r, |r| <= pi/4; q's two low bits choose between sin(r) and cos(r) and the sign. f32 goes
 * through doubles. Large arguments leave the vector lane by lane (reduce.c) and come back as r and q. */

AG_INLINE void N(reduce_lanes)(D x, double limit, D *r, D *low, DI *q) {
  for (int i = 0; i < LANES_D; i++)
    if (!(fabs(x[i]) < limit)) {
      double high, rest;
      int64_t quadrant;
      ag_vmath_reduce(x[i], &high, &rest, &quadrant);
      (*r)[i] = high;
      (*low)[i] = rest;
      (*q)[i] = quadrant;
    }
}

/* x holds floats. */
AG_INLINE void N(pio2_f32)(D x, D *r, DI *q) {
  const double limit = 0x1p22; /* n below 2^22 times 31 bits is exact */
  D t = vfma(x, KD(TWO_OVER_PI), KD(ROUND_D)), n = t - ROUND_D;
  *q = (DI)t;
  *r = vfma(-n, KD(PIO2_53), vfma(-n, KD(PIO2_31), x));
  if (__builtin_expect(vany(vle(KD(limit), N(abs_f64)(x))), 0)) {
    D low = KD(0);
    N(reduce_lanes)(x, limit, r, &low, q);
  }
}

/* x - n pi/2 = r + low to about 106 bits. x - n PIO2_1 is a multiple of 2^-53 below 1, so it is exact. */
AG_INLINE void N(pio2_f64)(D x, D *r, D *low, DI *q) {
  const double limit = 0x1p30;
  D t = vfma(x, KD(TWO_OVER_PI), KD(ROUND_D)), n = t - ROUND_D;
  *q = (DI)t;
  D a = N(residue_f64)(x, n, KD(PIO2_1));
  D b = n * PIO2_2, b_low = vprod_low(n, KD(PIO2_2), b);
  D s = a - b, back = s - a; /* Knuth's sum: either may be the larger one */
  D lost = (a - (s - back)) - (b + back);
  *r = s;
  *low = vfma(-n, KD(PIO2_3), lost - b_low);
  if (__builtin_expect(vany(vle(KD(limit), N(abs_f64)(x))), 0))
    N(reduce_lanes)(x, limit, r, low, q);
}

AG_INLINE D N(choose)(DI q, D sin_r, D cos_r) {
  D r = vsel(vnegative(q << 63), cos_r, sin_r);
  return (D)((DI)r ^ ((q << 62) & INT64_MIN));
}

AG_INLINE void N(sincos_f32)(D r, D *sin_r, D *cos_r) {
  D s = r * r;
  *sin_r = vfma(POLY_D(s, sin_f32_c) * s, r, r);
  *cos_r = vfma(vfma(POLY_D(s, cos_f32_c), s, KD(-0.5)), s, KD(1));
}
AG_INLINE D N(sin_wide)(D x) {
  D r, sin_r, cos_r;
  DI q;
  N(pio2_f32)(x, &r, &q);
  N(sincos_f32)(r, &sin_r, &cos_r);
  return vsel(veq(x, KD(0)), x, N(choose)(q, sin_r, cos_r)); /* r + p r loses the sign of -0 */
}
AG_INLINE D N(cos_wide)(D x) {
  D r, sin_r, cos_r;
  DI q;
  N(pio2_f32)(x, &r, &q);
  N(sincos_f32)(r, &sin_r, &cos_r);
  return N(choose)(q + 1, sin_r, cos_r);
}
AG_INLINE D N(tan_wide)(D x) {
  D r, sin_r, cos_r;
  DI q;
  N(pio2_f32)(x, &r, &q);
  N(sincos_f32)(r, &sin_r, &cos_r);
  DM odd = vnegative(q << 63); /* tan(r + pi/2) = -cos(r) / sin(r) */
  return vsel(veq(x, KD(0)), x, vsel(odd, -cos_r, sin_r) / vsel(odd, sin_r, cos_r));
}
THROUGH_F64(sin_f32, N(sin_wide))
THROUGH_F64(cos_f32, N(cos_wide))
THROUGH_F64(tan_f32, N(tan_wide))

/* sin(r + low) and cos(r + low); low only matters to first order. */
AG_INLINE D N(sin_part)(D r, D low) {
  D s = r * r, p = POLY_D(s, sin_f64_c) * s;
  return r + vfma(p, r, vfma(low * s, KD(-0.5), low));
}
AG_INLINE D N(cos_part)(D r, D low) {
  D s = r * r, half = s * 0.5, head = 1 - half;
  D tail = vfma(POLY_D(s, cos_f64_c), s * s, (1 - head) - half);
  return head + vfma(-r, low, tail);
}
AG_INLINE D N(sin_f64)(D x) {
  D r, low;
  DI q;
  N(pio2_f64)(x, &r, &low, &q);
  D y = N(choose)(q, N(sin_part)(r, low), N(cos_part)(r, low));
  return vsel(veq(x, KD(0)), x, y);
}
AG_INLINE D N(cos_f64)(D x) {
  D r, low;
  DI q;
  N(pio2_f64)(x, &r, &low, &q);
  return N(choose)(q + 1, N(sin_part)(r, low), N(cos_part)(r, low));
}
