/* erf.h - template (width.h): erf.
 * By intervals of |x| (erf_table.h): erf(c + d) = erf(c) + d p(d). All intervals have polynomials
 * of one degree, so there is nothing to compute twice; the first is in x^2 and starts from x, not
 * from a constant. */

/* c[k] = column k of the table, in each lane from its own row. */
AG_INLINE void N(erf_lookup_f32)(FI row, F *c) {
#if defined(__AVX2__)
  UNROLL
  for (int k = 0; k < ERF_WIDTH_F; k++) {
    const float *column = erf_columns_f[k];
#if AG_W == 64
    c[k] = (F)_mm512_permutexvar_ps((__m512i)row, _mm512_load_ps(column));
#else
    __m256 low = _mm256_load_ps(column), high = _mm256_load_ps(column + 8);
#if AG_W == 32
    __m256i index = (__m256i)row;
#else
    __m256i index = _mm256_castsi128_si256((__m128i)row);
#endif
#if defined(__AVX512F__)
    __m256 got = _mm256_permutex2var_ps(low, index, high);
#else
    __m256 got = _mm256_blendv_ps(_mm256_permutevar8x32_ps(low, index),
                                  _mm256_permutevar8x32_ps(high, index),
                                  (__m256)_mm256_slli_epi32(index, 28)); /* by bit 3 of a row */
#endif
#if AG_W == 32
    c[k] = (F)got;
#else
    c[k] = (F)_mm256_castps256_ps128(got);
#endif
#endif
  }
#else
  const float *r0 = erf_rows_f[row[0] & 15], *r1 = erf_rows_f[row[1] & 15];
  const float *r2 = erf_rows_f[row[2] & 15], *r3 = erf_rows_f[row[3] & 15];
  for (int k = 0; k < ERF_WIDTH_F; k += 4) {
    __m128 a = _mm_load_ps(r0 + k), b = _mm_load_ps(r1 + k);
    __m128 d = _mm_load_ps(r2 + k), e = _mm_load_ps(r3 + k);
    _MM_TRANSPOSE4_PS(a, b, d, e);
    c[k] = (F)a, c[k + 1] = (F)b, c[k + 2] = (F)d;
    if (k + 3 < ERF_WIDTH_F)
      c[k + 3] = (F)e;
  }
#endif
}

AG_INLINE F N(erf_f32)(F x) {
  F a = vmin(KF(3.94f), N(abs_f32)(x)), c[ERF_WIDTH_F];
  F t = vmax(KF(ROUND_F), vfma(a, KF(71.0f / 16), KF(ROUND_F - 2))); /* ROUND_F + row */
  FM first = vlt(t, KF(ROUND_F + 1));
  N(erf_lookup_f32)((FI)t, c);
  F d = a - c[0], v = vsel(first, a * a, d), p = c[ERF_WIDTH_F - 1]; /* d is exact */
  UNROLL
  for (int k = ERF_WIDTH_F - 2; k >= 2; k--)
    p = vfma(v, p, c[k]);
  return N(sign_f32)(vfma(d, p, vsel(first, a, c[1])), x);
}

AG_INLINE void N(erf_lookup_f64)(DI row, D *c) {
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

AG_INLINE D N(erf_f64)(D x) {
  D a = vmin(KD(191.0 / 32), N(abs_f64)(x)), offset = a - 135.0 / 256;
  D t = vmax(KD(ROUND_D), vfma(offset, KD(128.0 / 45), KD(ROUND_D))), n = t - ROUND_D;
  DM first = vlt(a, KD(45.0 / 64));
  n = vsel(first, KD(0), n);
  D d = vsel(first, a, vfma(n, KD(-45.0 / 128), offset)); /* exact */
  D c[ERF_WIDTH];
  N(erf_lookup_f64)((DI)(n + ROUND_D) & 15, c);

  D v = vsel(first, a * a, d), v2 = v * v, even = c[12], odd = c[13];
  UNROLL
  for (int k = 10; k >= 2; k -= 2) {
    even = vfma(v2, even, c[k]);
    odd = vfma(v2, odd, c[k + 1]);
  }
  D y = vsel(first, a, c[0]) + vfma(vfma(v, odd, even), d, c[1]);
  return N(sign_f64)(y, x);
}
