/* trig.h - template (width.h): sin, cos, tan.
 * f64: x = q pi/2 + r, |r| <= pi/4; q's two low bits choose between sin(r) and cos(r) and the sign.
 * Large arguments leave the vector lane by lane (reduce.c) and come back as r and q. f32 goes
 * through doubles, where two constants reduce to full precision; large ones are computed in
 * reduce.c. */

/* sin(x) for floats: x = n pi + r, |r| <= pi/2, so one polynomial does. cos(x) = sin(x + pi/2):
 * shift is 1, and n - 1/2 takes the part of n. */
AG_INLINE D N(sin_shifted)(D x, int shift) {
  D t = vfma(x, KD(TWO_OVER_PI / 2), KD(0.5 * shift)) + ROUND_D, n = t - ROUND_D;
  if (shift)
    n -= 0.5;
  D r = vfma(n, KD(-2 * PIO2_53), vfma(n, KD(-2 * PIO2_31), x)), s = r * r;
  D y = vfma(POLY_D(s, sin_f32_c), s, KD(1)) * r;
  return (D)((DU)y ^ ((DU)t << 63));
}
static __attribute__((noinline, cold)) F N(large_f32)(F x, F y, float (*f)(float)) {
  for (int i = 0; i < LANES_F; i++)
    if (!(fabsf(x[i]) < LARGE_F))
      y[i] = f(x[i]);
  return y;
}
AG_INLINE F N(sin_f32)(F x) {
  F y = NARROW(N(sin_shifted)(WIDEN_LOW(x), 0), N(sin_shifted)(WIDEN_HIGH(x), 0));
  if (__builtin_expect(vany(vle(KF(LARGE_F), N(abs_f32)(x))), 0))
    y = N(large_f32)(x, y, ag_vmath_sin_large);
  return y;
}
AG_INLINE F N(cos_f32)(F x) {
  F y = NARROW(N(sin_shifted)(WIDEN_LOW(x), 1), N(sin_shifted)(WIDEN_HIGH(x), 1));
  if (__builtin_expect(vany(vle(KF(LARGE_F), N(abs_f32)(x))), 0))
    y = N(large_f32)(x, y, ag_vmath_cos_large);
  return y;
}
AG_INLINE D N(tan_wide)(D x) {
  D t = vfma(x, KD(TWO_OVER_PI), KD(ROUND_D)), n = t - ROUND_D;
  D r = vfma(n, KD(-PIO2_53), vfma(n, KD(-PIO2_31), x)), s = r * r;
  D sin_r = vfma(POLY_D(s, sin_f32_c), s, KD(1)) * r;
  D cos_r = vfma(vfma(POLY_D(s, cos_f32_c), s, KD(-0.5)), s, KD(1));
  DM odd = vnegative((DI)((DU)t << 63)); /* tan(r + pi/2) = -cos(r) / sin(r) */
  return vsel(odd, -cos_r, sin_r) / vsel(odd, sin_r, cos_r);
}
AG_INLINE F N(tan_f32)(F x) {
  F y = NARROW(N(tan_wide)(WIDEN_LOW(x)), N(tan_wide)(WIDEN_HIGH(x)));
  if (__builtin_expect(vany(vle(KF(LARGE_F), N(abs_f32)(x))), 0))
    y = N(large_f32)(x, y, ag_vmath_tan_large);
  return y;
}

static __attribute__((noinline, cold)) void N(large_f64)(D x, D *r, D *low, DI *q) {
  for (int i = 0; i < LANES_D; i++)
    if (!(fabs(x[i]) < LARGE_D)) {
      double high, rest;
      int64_t quadrant;
      ag_vmath_reduce(x[i], &high, &rest, &quadrant);
      (*r)[i] = high;
      (*low)[i] = rest;
      (*q)[i] = quadrant;
    }
}

/* x - n pi/2 = r + low to about 106 bits. x - n PIO2_1 is a multiple of 2^-53 below 1, so it is
 * exact. */
AG_INLINE void N(pio2_f64)(D x, D *r, D *low, DI *q) {
  D t = vfma(x, KD(TWO_OVER_PI), KD(ROUND_D)), n = t - ROUND_D;
  D a = N(residue_f64)(x, n, KD(PIO2_1));
  D b = n * PIO2_2, b_low = vprod_low(n, KD(PIO2_2), b);
  D s = a - b, back = s - a; /* Knuth's sum: either may be the larger one */
  D lost = (a - (s - back)) - (b + back);
  lost = vfma(n, KD(-PIO2_3), lost - b_low);
  DI quadrant = (DI)t;
  if (__builtin_expect(vany(vle(KD(LARGE_D), N(abs_f64)(x))), 0)) {
    D s_lanes = s, lost_lanes = lost; /* only these copies live in memory */
    DI quadrant_lanes = quadrant;
    N(large_f64)(x, &s_lanes, &lost_lanes, &quadrant_lanes);
    s = s_lanes, lost = lost_lanes, quadrant = quadrant_lanes;
  }
  *r = s, *low = lost, *q = quadrant;
}

AG_INLINE D N(choose)(DI q, D sin_r, D cos_r) {
  D r = vsel(vnegative((DI)((DU)q << 63)), cos_r, sin_r);
  return (D)((DI)r ^ ((DI)((DU)q << 62) & INT64_MIN));
}

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

AG_INLINE D N(tan_f64)(D x) {
  D r, low;
  DI q;
  N(pio2_f64)(x, &r, &low, &q);
  D s = r * r, v = vfma(POLY_D(s, sin_f64_c) * s, r, vfma(low * s, KD(-0.5), low));
  D sin_r = r + v, sin_low = (r - sin_r) + v;
  D half = s * 0.5, head = 1 - half;
  D tail = vfma(-r, low, vfma(POLY_D(s, cos_f64_c), s * s, (1 - head) - half));
  D cos_r = head + tail, cos_low = (head - cos_r) + tail;
  DM odd = vnegative((DI)((DU)q << 63));
  D y = N(divide_f64)(vsel(odd, -cos_r, sin_r), vsel(odd, -cos_low, sin_low),
                      vsel(odd, sin_r, cos_r), vsel(odd, sin_low, cos_low));
  return vsel(veq(x, KD(0)), x, y);
}
