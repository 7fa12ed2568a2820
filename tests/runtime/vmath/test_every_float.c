/* test_every_float.c - the largest error of each function over all 2^32 floats (AG_LONG=1), else
 * over every 16411th. Doubles of glibc's vector library, within 4 of their own ulps, find the
 * floats that may err most; libm then measures those. AVX-512 has AVX2's bits. AG_VMATH_PRINT=1 prints the
 * maxima, AG_VMATH_ONLY=sin measures the sine alone. */
#include "cases.h"

#include <immintrin.h>

enum { BLOCK = 4096 };

#define AVX2 __attribute__((target("avx2")))

/* out[i] = the function of in[i] in doubles, four at a time. */
typedef void many(const double *in, double *out);
#define MANY(name, of)                                                                             \
  extern __m256d _ZGVdN4v_##of(__m256d);                                                           \
  AVX2 static void name##_many(const double *in, double *out) {                                    \
    for (int i = 0; i < BLOCK; i += 4)                                                             \
      _mm256_storeu_pd(out + i, _ZGVdN4v_##of(_mm256_loadu_pd(in + i)));                           \
  }
MANY(exp, exp)
MANY(expm1, expm1)
MANY(log, log)
MANY(log1p, log1p)
MANY(sin, sin)
MANY(cos, cos)
MANY(tan, tan)
MANY(asin, asin)
MANY(acos, acos)
MANY(atan, atan)
MANY(sinh, sinh)
MANY(cosh, cosh)
MANY(tanh, tanh)
MANY(erf, erf)
static void sigmoid_many(const double *in, double *out) {
  for (int i = 0; i < BLOCK; i++)
    out[i] = in[i] < 0 ? in[i] : -in[i];
  exp_many(out, out);
  for (int i = 0; i < BLOCK; i++)
    out[i] = (in[i] < 0 ? out[i] : 1) / (1 + out[i]);
}
#define NAME(f) f##_many,
static many *const manies[UNARIES] = {AG_VMATH_UNARY(NAME)};

typedef struct worst {
  double ulps;
  float at;
} worst;

/* Which of a block may err by more than `than` units: their indices, in `which`. */
AVX2 static int suspects(const float *got, const double *near, double than, int16_t *which) {
  __m256d sign = _mm256_set1_pd(-0.0);
  int n = 0;
  for (int i = 0; i < BLOCK; i += 4) {
    __m128 y = _mm_loadu_ps(got + i);
    __m256d exact = _mm256_loadu_pd(near + i), wide = _mm256_cvtps_pd(y);
    __m256d error = _mm256_andnot_pd(sign, _mm256_sub_pd(wide, exact));
    /* A unit of the last place, from the power of two below: no less than the least float. */
    __m256d power = _mm256_and_pd(exact, _mm256_set1_pd(INFINITY));
    __m256d unit =
        _mm256_mul_pd(_mm256_max_pd(power, _mm256_set1_pd(0x1p-126)), _mm256_set1_pd(0x1p-23));
    __m256d near_enough =
        _mm256_cmp_pd(error, _mm256_mul_pd(unit, _mm256_set1_pd(than)), _CMP_LT_OQ);
    __m256d both_nan = _mm256_and_pd(_mm256_cmp_pd(exact, exact, _CMP_UNORD_Q),
                                     _mm256_cmp_pd(wide, wide, _CMP_UNORD_Q));
    __m128 rounded = _mm_cmpeq_ps(y, _mm256_cvtpd_ps(exact)); /* infinities among them */
    int right = _mm256_movemask_pd(_mm256_or_pd(near_enough, both_nan)) | _mm_movemask_ps(rounded);
    for (int left = right ^ 15; left; left &= left - 1)
      which[n++] = (int16_t)(i + __builtin_ctz((unsigned)left));
  }
  return n;
}

static void check(const ag_vmath *m, int k, worst w) {
  double limit = unaries[k].ulp_f32 * (strcmp(m->isa, "sse2") ? 1 : 1.25);
  if (getenv("AG_VMATH_PRINT"))
    printf("%-6s %-8s %.4f at %a\n", m->isa, unaries[k].name, w.ulps, (double)w.at);
  ck_assert_msg(w.ulps <= limit, "%s %s: %.4f ulp at %a, allowed %g", m->isa, unaries[k].name,
                w.ulps, (double)w.at, limit);
}

START_TEST(test_no_float_errs_more_than_allowed) {
  static float in[BLOCK], out[2][BLOCK], wide[BLOCK];
  static double in64[BLOCK], near[BLOCK];
  static int16_t which[BLOCK];
  const ag_vmath *tables[] = {ag_vmath_table_of(AG_ISA_SSE2), ag_vmath_table_of(AG_ISA_AVX2)};
  const ag_vmath *widest = ag_vmath_table_of(AG_ISA_AVX512);
  const char *only = getenv("AG_VMATH_ONLY");
  int k = _i;
  if (!tables[1] || (only && strcmp(only, unaries[k].name)))
    return; /* without AVX2 nothing finds the suspects */
  /* What is rounded right errs by a half at most. */
  worst worsts[] = {{0.5, 0}, {0.5, 0}};
  uint64_t step = getenv("AG_LONG") ? 1 : 16411;
  for (uint64_t bits = 0; bits < (uint64_t)1 << 32;) {
    uint32_t block[BLOCK];
    for (int i = 0; i < BLOCK; i++, bits += step)
      block[i] = (uint32_t)bits; /* the last block begins anew */
    memcpy(in, block, sizeof in);
    for (int i = 0; i < BLOCK; i++)
      in64[i] = in[i];
    manies[k](in64, near);
    for (int t = 0; t < 2; t++) {
      forms f = forms_of(tables[t]);
      f.f32_n[k](in, out[t], BLOCK);
      int n = suspects(out[t], near, worsts[t].ulps - 1e-6, which);
      for (int s = 0; s < n; s++) {
        int i = which[s];
        double u = ulps_f32(out[t][i], unaries[k].exact_f32(in[i]));
        if (u > worsts[t].ulps)
          worsts[t] = (worst){u, in[i]};
      }
    }
    if (widest) {
      forms f = forms_of(widest);
      f.f32_n[k](in, wide, BLOCK);
      int i = 0; /* an assertion is a system call: not one for each float */
      if (memcmp(wide, out[1], sizeof wide))
        while (bits_of_float(wide[i]) == bits_of_float(out[1][i]))
          i++;
      if (i || bits_of_float(wide[0]) != bits_of_float(out[1][0]))
        ck_abort_msg("%s(%a): %a with avx512, %a with avx2", unaries[k].name, (double)in[i],
                     (double)wide[i], (double)out[1][i]);
    }
  }
  for (int t = 0; t < 2; t++)
    check(tables[t], k, worsts[t]);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("vmath of every float");
  TCase *cases = tcase_create("floats");
  tcase_set_timeout(cases, getenv("AG_LONG") ? 3600 : getenv("AG_SLOW") ? 300 : 30);
  tcase_add_loop_test(cases, test_no_float_errs_more_than_allowed, 0, UNARIES);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed != 0;
}
