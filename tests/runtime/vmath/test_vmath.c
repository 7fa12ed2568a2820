/* test_vmath.c - all forms of a function give the same bits; special values are those of C's Annex
 * F. */
#include "cases.h"

/* ---- one set of bits ---------------------------------------------------------------------- */

#define VECTOR(type, bytes) type __attribute__((vector_size(bytes)))

/* A vector form is called as emitted code calls it, from a function compiled for its registers. */
#define CALLERS(name, type, bytes, isa)                                                            \
  __attribute__((target(isa), noinline)) static void name(void *f, const void *a, const void *b,   \
                                                          void *out) {                             \
    VECTOR(type, bytes) x, y;                                                                      \
    memcpy(&x, a, sizeof x);                                                                       \
    if (b) {                                                                                       \
      memcpy(&y, b, sizeof y);                                                                     \
      x = ((VECTOR(type, bytes)(*)(VECTOR(type, bytes), VECTOR(type, bytes)))f)(x, y);             \
    } else {                                                                                       \
      x = ((VECTOR(type, bytes)(*)(VECTOR(type, bytes)))f)(x);                                     \
    }                                                                                              \
    memcpy(out, &x, sizeof x);                                                                     \
  }
CALLERS(call_f32x4, float, 16, "sse2")
CALLERS(call_f64x2, double, 16, "sse2")
CALLERS(call_f32x8, float, 32, "avx2")
CALLERS(call_f64x4, double, 32, "avx2")
CALLERS(call_f32x16, float, 64, "avx512f")
CALLERS(call_f64x8, double, 64, "avx512f")

/* out[i] = f(a[i], b[i]) through one symbol; b is NULL for unary functions. */
static void call_symbol(const ag_vmath_symbol *s, const void *a, const void *b, void *out, int n) {
  const char *ca = a, *cb = b;
  size_t item = s->dtype == AG_F32 ? sizeof(float) : sizeof(double);
  for (int i = 0; i < n; i += s->lanes) {
    const void *x = ca + (size_t)i * item, *y = cb ? cb + (size_t)i * item : NULL;
    void *to = (char *)out + (size_t)i * item;
    bool f32 = s->dtype == AG_F32;
    switch (item * (size_t)s->lanes) {
    case 16:
      (f32 ? call_f32x4 : call_f64x2)(s->address, x, y, to);
      break;
    case 32:
      (f32 ? call_f32x8 : call_f64x4)(s->address, x, y, to);
      break;
    case 64:
      (f32 ? call_f32x16 : call_f64x8)(s->address, x, y, to);
      break;
    default:
      if (f32 && y)
        *(float *)to = ((float (*)(float, float))s->address)(*(float *)x, *(float *)y);
      else if (f32)
        *(float *)to = ((float (*)(float))s->address)(*(float *)x);
      else if (y)
        *(double *)to = ((double (*)(double, double))s->address)(*(double *)x, *(double *)y);
      else
        *(double *)to = ((double (*)(double))s->address)(*(double *)x);
    }
  }
}

/* Values of every kind beside each other, so that one lane's special case meets another's ordinary
 * one. */
static float kind_f32(int i) {
  static const float special[] = {0,       -0.0f,    INFINITY, -INFINITY, NAN,        1,
                                  -1,      0.5f,     2,        0x1p-149f, -0x1p-140f, 0x1p-126f,
                                  3.4e38f, -3.4e38f, 88.7f,    88.8f,     -103.9f,    -104.1f,
                                  0x1p22f, 1e10f,    1e30f,    3,         -3,         1e-8f};
  switch (i % 5) {
  case 0:
    return special[random_bits() % (sizeof special / sizeof special[0])];
  case 1:
    return float_of((uint32_t)random_bits());
  default:
    return (float)random_between(-8, 8);
  }
}
static double kind_f64(int i) {
  static const double special[] = {0,       -0.0,     INFINITY, -INFINITY, NAN,        1,
                                   -1,      0.5,      2,        0x1p-1074, -0x1p-1060, 0x1p-1022,
                                   1.7e308, -1.7e308, 709.7,    709.8,     -745.1,     -745.2,
                                   0x1p30,  1e22,     1e300,    3,         -3,         1e-17};
  switch (i % 5) {
  case 0:
    return special[random_bits() % (sizeof special / sizeof special[0])];
  case 1:
    return double_of(random_bits());
  default:
    return random_between(-8, 8);
  }
}

enum { COUNT = 4000 }; /* a multiple of all lane counts */

typedef struct samples {
  float f32[2][COUNT], f32_out[COUNT], f32_again[COUNT];
  double f64[2][COUNT], f64_out[COUNT], f64_again[COUNT];
} samples;
static samples data;

static void fill(void) {
  for (int i = 0; i < COUNT; i++)
    for (int k = 0; k < 2; k++) {
      data.f32[k][i] = kind_f32(i);
      data.f64[k][i] = kind_f64(i);
    }
}

/* NaNs have one meaning and many bits. */
static void same_f32(const char *isa, const char *what, const float *a, const float *b) {
  for (int i = 0; i < COUNT; i++)
    ck_assert_msg(bits_of_float(a[i]) == bits_of_float(b[i]) || (isnan(a[i]) && isnan(b[i])),
                  "%s %s: %a is not %a, for %a %a", isa, what, a[i], b[i], data.f32[0][i],
                  data.f32[1][i]);
}
static void same_f64(const char *isa, const char *what, const double *a, const double *b) {
  for (int i = 0; i < COUNT; i++)
    ck_assert_msg(bits_of_double(a[i]) == bits_of_double(b[i]) || (isnan(a[i]) && isnan(b[i])),
                  "%s %s: %a is not %a, for %a %a", isa, what, a[i], b[i], data.f64[0][i],
                  data.f64[1][i]);
}

/* Where a function of the table stands in `forms`: "exp" in "ag_vm_exp_f32x4". */
static bool in_symbol(const ag_vmath_symbol *s, const char *name) {
  const char *start = s->name + strlen("ag_vm_");
  return !strncmp(start, name, strlen(name)) && start[strlen(name)] == '_';
}

START_TEST(test_all_forms_give_the_same_bits) {
  const ag_vmath *m = ag_vmath_table_of((ag_isa)_i);
  if (!m)
    return;
  size_t count;
  const ag_vmath_symbol *symbols = ag_vmath_symbols_of((ag_isa)_i, &count);
  forms f = forms_of(m);
  fill();
  for (int k = 0; k < UNARIES + BINARIES; k++) {
    const char *name = k < UNARIES ? unaries[k].name : binaries[k - UNARIES].name;
    bool two = k >= UNARIES;
    if (two) {
      f.f32_2n[k - UNARIES](data.f32[0], data.f32[1], data.f32_out, COUNT);
      f.f64_2n[k - UNARIES](data.f64[0], data.f64[1], data.f64_out, COUNT);
    } else {
      f.f32_n[k](data.f32[0], data.f32_out, COUNT);
      f.f64_n[k](data.f64[0], data.f64_out, COUNT);
    }
    int found = 0;
    for (size_t i = 0; i < count; i++) {
      const ag_vmath_symbol *s = &symbols[i];
      if (!in_symbol(s, name))
        continue;
      found++;
      if (s->dtype == AG_F32) {
        call_symbol(s, data.f32[0], two ? data.f32[1] : NULL, data.f32_again, COUNT);
        same_f32(m->isa, s->name, data.f32_out, data.f32_again);
      } else {
        call_symbol(s, data.f64[0], two ? data.f64[1] : NULL, data.f64_again, COUNT);
        same_f64(m->isa, s->name, data.f64_out, data.f64_again);
      }
    }
    ck_assert_int_eq(found, 2 * (2 + _i)); /* both types: scalar and each width */
  }
}
END_TEST

START_TEST(test_arrays_of_any_length_and_in_place) {
  const ag_vmath *m = ag_vmath_table_of((ag_isa)_i);
  if (!m)
    return;
  float in[40], out[42];
  for (int i = 0; i < 40; i++)
    in[i] = (float)random_between(0.1, 2);
  for (int n = 0; n <= 40; n++) {
    for (int i = 0; i < 42; i++)
      out[i] = 7;
    memcpy(out + 1, in, (size_t)n * sizeof *in);
    m->log_f32_n(out + 1, out + 1, n);
    ck_assert(out[0] == 7 && out[n + 1] == 7);
    for (int i = 0; i < n; i++)
      ck_assert(out[i + 1] == m->log_f32(in[i]));
    m->pow_f32_n(in, in, out, n);
    for (int i = 0; i < n; i++)
      ck_assert(out[i] == m->pow_f32(in[i], in[i]));
  }
}
END_TEST

START_TEST(test_avx2_and_avx512_agree) {
  const ag_vmath *a = ag_vmath_table_of(AG_ISA_AVX2), *b = ag_vmath_table_of(AG_ISA_AVX512);
  if (!a || !b)
    return;
  forms fa = forms_of(a), fb = forms_of(b);
  fill();
  for (int k = 0; k < UNARIES; k++) {
    fa.f32_n[k](data.f32[0], data.f32_out, COUNT);
    fb.f32_n[k](data.f32[0], data.f32_again, COUNT);
    same_f32("avx2, avx512", unaries[k].name, data.f32_out, data.f32_again);
    fa.f64_n[k](data.f64[0], data.f64_out, COUNT);
    fb.f64_n[k](data.f64[0], data.f64_again, COUNT);
    same_f64("avx2, avx512", unaries[k].name, data.f64_out, data.f64_again);
  }
  for (int k = 0; k < BINARIES; k++) {
    fa.f32_2n[k](data.f32[0], data.f32[1], data.f32_out, COUNT);
    fb.f32_2n[k](data.f32[0], data.f32[1], data.f32_again, COUNT);
    same_f32("avx2, avx512", binaries[k].name, data.f32_out, data.f32_again);
    fa.f64_2n[k](data.f64[0], data.f64[1], data.f64_out, COUNT);
    fb.f64_2n[k](data.f64[0], data.f64[1], data.f64_again, COUNT);
    same_f64("avx2, avx512", binaries[k].name, data.f64_out, data.f64_again);
  }
}
END_TEST

/* ---- special values ----------------------------------------------------------------------- */

START_TEST(test_special_values_of_unary_functions) {
  const ag_vmath *m = ag_vmath_table_of((ag_isa)_i);
  if (!m)
    return;
  forms f = forms_of(m);
  static const double special[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, 1, -1, 0x1p-149, -0x1p-149};
  for (int k = 0; k < UNARIES; k++)
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
      /* libm follows Annex F; a result that is 0, infinite or NaN is compared exactly, sign and all
       */
      double x = special[i], exact = unaries[k].exact_f32(x);
      float y32 = f.f32[k]((float)x);
      double y64 = f.f64[k](x);
      if (isnan(exact)) {
        ck_assert_msg(isnan(y32) && isnan(y64), "%s %s(%a)", m->isa, unaries[k].name, x);
      } else if (isinf(exact) || exact == 0) {
        ck_assert_msg(bits_of_float(y32) == bits_of_float((float)exact), "%s %s(%a) = %a", m->isa,
                      unaries[k].name, x, y32);
        ck_assert_msg(bits_of_double(y64) == bits_of_double(exact), "%s %s(%a) = %a", m->isa,
                      unaries[k].name, x, y64);
      } else {
        ck_assert_msg(ulps_f32(y32, exact) <= 1 && ulps_f64(y64, exact) <= 1.5, "%s %s(%a) = %a %a",
                      m->isa, unaries[k].name, x, y32, y64);
      }
    }
}
END_TEST

START_TEST(test_special_values_of_binary_functions) {
  const ag_vmath *m = ag_vmath_table_of((ag_isa)_i);
  if (!m)
    return;
  forms f = forms_of(m);
  static const double special[] = {0.0,        -0.0,        INFINITY, -INFINITY, NAN,    1,
                                   -1,         0.5,         -0.5,     2,         -2,     3,
                                   -3,         1e30,        -1e30,    1e-30,     -1e-30, 0x1p24 + 2,
                                   0x1p23 + 1, -0x1p23 - 1, 0x1p-140, -0x1p-140};
  const size_t n = sizeof special / sizeof special[0];
  for (int k = 0; k < BINARIES; k++)
    for (size_t i = 0; i < n * n; i++) {
      double a = special[i / n], b = special[i % n], exact = binaries[k].exact_f32(a, b);
      float y32 = f.f32_2[k]((float)a, (float)b), rounded = (float)exact;
      double y64 = f.f64_2[k](a, b);
      ck_assert_msg(isnan(exact) ? isnan(y64)
                                 : !signbit(y64) == !signbit(exact) &&
                                       ulps_f64(y64, binaries[k].exact_f64(a, b)) <= 1,
                    "%s %s(%a, %a) = %a", m->isa, binaries[k].name, a, b, y64);
      exact = binaries[k].exact_f32((float)a, (float)b); /* 0x1p-140 and the large ones round */
      rounded = (float)exact;
      if (isnan(rounded) || isinf(rounded) || rounded == 0)
        ck_assert_msg(isnan(rounded) ? isnan(y32) : bits_of_float(y32) == bits_of_float(rounded),
                      "%s %s(%a, %a) = %a", m->isa, binaries[k].name, a, b, y32);
      else
        ck_assert_msg(ulps_f32(y32, exact) <= 1, "%s %s(%a, %a) = %a", m->isa, binaries[k].name, a,
                      b, y32);
    }
}
END_TEST

START_TEST(test_exp_over_and_underflows_where_it_must) {
  const ag_vmath *m = ag_vmath_table_of((ag_isa)_i);
  if (!m)
    return;
  ck_assert(isfinite(m->exp_f32(0x1.62e42ep6f)) && isinf(m->exp_f32(0x1.62e430p6f)));
  ck_assert(m->exp_f32(-0x1.9fe368p6f) == 0x1p-149f && m->exp_f32(-0x1.9fe36ap6f) == 0);
  ck_assert(isfinite(m->exp_f64(0x1.62e42fefa39efp9)) && isinf(m->exp_f64(0x1.62e42fefa39f0p9)));
  ck_assert(m->exp_f64(-0x1.74910d52d3051p9) == 0x1p-1074 && m->exp_f64(-0x1.74910d52d3052p9) == 0);
}
END_TEST

/* The doubles nearest to multiples of pi/2 (Muller, Elementary Functions, 2016, table 11.1). */
START_TEST(test_sin_and_cos_of_the_worst_arguments) {
  const ag_vmath *m = ag_vmath_table_of((ag_isa)_i);
  if (!m)
    return;
  double worst = ldexp(6381956970095103.0, 797);
  ck_assert_double_eq_tol(m->cos_f64(worst), -4.68716592425462761112e-19, 2e-34);
  ck_assert_double_eq_tol(m->sin_f64(worst), 1, 2e-16);
  double near_pi = 0x1.921fb54442d18p1;
  ck_assert_double_eq_tol(m->sin_f64(near_pi), 1.2246467991473531772e-16, 2e-32);
  ck_assert_double_eq_tol(m->cos_f64(near_pi / 2), 6.1232339957367658861e-17, 1e-32);
  ck_assert_double_eq_tol(m->sin_f32(3.14159274f), -8.7422776573475857731e-8, 6e-15);
}
END_TEST

START_TEST(test_table_is_the_widest_allowed) {
  const ag_vmath *m = ag_vmath_table();
  size_t n;
  const ag_vmath_symbol *s = ag_vmath_symbols(&n);
  ck_assert_ptr_eq(m, ag_vmath_table());
  int widest = 0;
  for (size_t i = 0; i < n; i++) {
    int bytes = s[i].lanes * (s[i].dtype == AG_F32 ? 4 : 8);
    if (s[i].lanes > 1 && bytes > widest)
      widest = bytes;
  }
  ck_assert_int_eq(widest, m->bytes);
  ck_assert(ag_vmath_table_of(AG_ISA_SSE2) && !ag_vmath_table_of(AG_ISA_COUNT));
}
END_TEST

START_TEST(test_environment_lowers_the_choice) {
  setenv("AG_ISA", "sse2", 1); /* each test is its own process: the table is not chosen yet */
  ck_assert_str_eq(ag_vmath_table()->isa, "sse2");
  size_t n, all;
  ck_assert_ptr_eq(ag_vmath_symbols(&n), ag_vmath_symbols_of(AG_ISA_SSE2, &all));
  ck_assert_uint_eq(n, all);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("vmath");
  TCase *cases = tcase_create("forms and special values");
  tcase_set_timeout(cases, getenv("AG_SLOW") ? 300 : 30);
  tcase_add_loop_test(cases, test_all_forms_give_the_same_bits, 0, AG_ISA_COUNT);
  tcase_add_loop_test(cases, test_arrays_of_any_length_and_in_place, 0, AG_ISA_COUNT);
  tcase_add_test(cases, test_avx2_and_avx512_agree);
  tcase_add_loop_test(cases, test_special_values_of_unary_functions, 0, AG_ISA_COUNT);
  tcase_add_loop_test(cases, test_special_values_of_binary_functions, 0, AG_ISA_COUNT);
  tcase_add_loop_test(cases, test_exp_over_and_underflows_where_it_must, 0, AG_ISA_COUNT);
  tcase_add_loop_test(cases, test_sin_and_cos_of_the_worst_arguments, 0, AG_ISA_COUNT);
  tcase_add_test(cases, test_table_is_the_widest_allowed);
  tcase_add_test(cases, test_environment_lowers_the_choice);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed != 0;
}
