/* erf.h - template (width.h): erf.
 * f32: below 1 an odd polynomial; above, 1 - exp(-Q(x)) with Q = -log(erfc(x)), which is smooth and
 * grows like x^2, so one polynomial serves to where erf rounds to 1. Both are computed, a select
 * chooses. */

AG_INLINE F N(erf_f32)(F x) {
  F a = N(abs_f32)(x);
  F near = vfma(POLY_F(x * x, erf_f32_c), a, a);
  F far = vmin(KF(4), a), p = POLY_F(far, erfc_f32_c), q = far * p, n, r, low;
  N(exp_reduce_f32)(-q, &n, &r, &low);
  r -= vprod_low(far, p, q);
  F e = vfma(vfma(POLY_F(r, exp_f32_c), r, KF(1)), r, KF(1));
  F y = vsel(vlt(a, KF(1)), near, vfma(-N(pow2_f32)(n), e, KF(1)));
  return N(sign_f32)(y, x);
}

/* c[k] = column k of the table, in each lane from its own row. */
AG_INLINE void N(erf_lookup)(DI row, D *c) {
#if defined(__AVX512F__)
  /* Narrow vectors use part of the wide permutation, the only one that reaches 16 rows. */
  UNROLL
  for (int k = 0; k < ERF_WIDTH; k++) {
    __m512d low = _mm512_load_pd(erf_columns[k]), high = _mm512_load_pd(erf_columns[k] + 8);
#if AG_W == 64
    c[k] = (D)_mm512_permutex2var_pd(low, (__m512i)row, high);
#elif AG_W == 32
    __m512i index = _mm512_castsi256_si512((__m256i)row);
    c[k] = (D)_mm512_castpd512_pd256(_mm512_permutex2var_pd(low, index, high));
#else
    __m512i index = _mm512_castsi128_si512((__m128i)row);
    c[k] = (D)_mm512_castpd512_pd128(_mm512_permutex2var_pd(low, index, high));
#endif
  }
#elif AG_W == 32
  const double *r0 = erf_rows[row[0]], *r1 = erf_rows[row[1]];
  const double *r2 = erf_rows[row[2]], *r3 = erf_rows[row[3]];
  UNROLL
  for (int k = 0; k < ERF_WIDTH; k += 2) {
    __m256d even =
        _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_load_pd(r0 + k)), _mm_load_pd(r2 + k), 1);
    __m256d odd =
        _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_load_pd(r1 + k)), _mm_load_pd(r3 + k), 1);
    c[k] = (D)_mm256_unpacklo_pd(even, odd);
    c[k + 1] = (D)_mm256_unpackhi_pd(even, odd);
  }
#else
  const double *r0 = erf_rows[row[0]], *r1 = erf_rows[row[1]];
  UNROLL
  for (int k = 0; k < ERF_WIDTH; k += 2) {
    c[k] = (D)_mm_unpacklo_pd(_mm_load_pd(r0 + k), _mm_load_pd(r1 + k));
    c[k + 1] = (D)_mm_unpackhi_pd(_mm_load_pd(r0 + k), _mm_load_pd(r1 + k));
  }
#endif
}

/* One polynomial of 12 terms serves all intervals; the first is in x^2 and starts from x, not from
 * a constant. */
AG_INLINE D N(erf_f64)(D x) {
  D a = vmin(KD(191.0 / 32), N(abs_f64)(x)), offset = a - 135.0 / 256;
  D t = vmax(KD(ROUND_D), vfma(offset, KD(128.0 / 45), KD(ROUND_D))), n = t - ROUND_D;
  DM first = vlt(a, KD(45.0 / 64));
  n = vsel(first, KD(0), n);
  D d = vsel(first, a, vfma(n, KD(-45.0 / 128), offset)); /* exact */
  D c[ERF_WIDTH];
  N(erf_lookup)((DI)(n + ROUND_D) & 15, c);

  D v = vsel(first, a * a, d), v2 = v * v, even = c[12], odd = c[13];
  UNROLL
  for (int k = 10; k >= 2; k -= 2) {
    even = vfma(v2, even, c[k]);
    odd = vfma(v2, odd, c[k + 1]);
  }
  D y = vsel(first, a, c[0]) + vfma(vfma(v, odd, even), d, c[1]);
  return N(sign_f64)(y, x);
}
