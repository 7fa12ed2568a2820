/* test_ulp.c - the largest error of each function, for each instruction set of this CPU.
 * f32 against libm's doubles, f64 against its long doubles (11 more bits), over the interesting
 * range and over all bit patterns. AG_LONG=1: more of them; test_every_float.c takes all 2^32
 * floats. AG_VMATH_PRINT=1 prints what was measured. */
#include "cases.h"

enum { BLOCK = 4096 };

typedef struct worst {
  double ulps, a, b;
} worst;

static void check(const char *isa, const char *name, const char *type, worst w, double limit) {
  if (!strcmp(isa, "sse2"))
    limit *= 1.25; /* each polynomial step rounds twice without FMA */
  if (getenv("AG_VMATH_PRINT"))
    printf("%-6s %-8s %s %.3f at %a %a\n", isa, name, type, w.ulps, w.a, w.b);
  ck_assert_msg(w.ulps <= limit, "%s %s %s: %.3f ulp at %a %a, allowed %g", isa, name, type, w.ulps,
                w.a, w.b, limit);
}

static int64_t samples(int64_t few, int64_t many) { return getenv("AG_LONG") ? many : few; }

static worst unary_f32(const forms *f, int k) {
  static float in[BLOCK], out[BLOCK];
  worst w = {0};
  /* A stride that is odd and no power of two meets every exponent and sign. */
  uint64_t step = getenv("AG_LONG") ? 509 : 8191;
  uint64_t bits = 0, left = samples(100, 100);
  while (bits < (uint64_t)1 << 32 || left) {
    for (int i = 0; i < BLOCK; i++)
      if (bits < (uint64_t)1 << 32) {
        in[i] = float_of((uint32_t)bits);
        bits += step;
      } else {
        in[i] = (float)random_between(unaries[k].low, unaries[k].high);
      }
    left -= bits >= (uint64_t)1 << 32 && left;
    f->f32_n[k](in, out, BLOCK);
    for (int i = 0; i < BLOCK; i++) {
      double u = ulps_f32(out[i], unaries[k].exact_f32(in[i]));
      if (u > w.ulps)
        w = (worst){u, in[i], 0};
    }
  }
  return w;
}

static worst unary_f64(const forms *f, int k) {
  static double in[BLOCK], out[BLOCK];
  worst w = {0};
  for (int64_t left = samples(30, 10000); left; left--) {
    for (int i = 0; i < BLOCK; i++)
      switch (i & 3) {
      case 0: /* all exponents */
        in[i] = double_of(random_bits());
        break;
      case 1: /* around 1 */
        in[i] = ldexp(random_between(-2, 2), (int)(random_bits() % 40) - 30);
        break;
      default:
        in[i] = random_between(unaries[k].low, unaries[k].high);
      }
    f->f64_n[k](in, out, BLOCK);
    for (int i = 0; i < BLOCK; i++) {
      double u = ulps_f64(out[i], unaries[k].exact_f64(in[i]));
      if (u > w.ulps)
        w = (worst){u, in[i], 0};
    }
  }
  return w;
}

static worst binary_f32(const forms *f, int k) {
  static float a[BLOCK], b[BLOCK], out[BLOCK];
  worst w = {0};
  for (int64_t left = samples(60, 100000); left; left--) {
    for (int i = 0; i < BLOCK; i++)
      switch (i & 3) {
      case 0:
        a[i] = float_of((uint32_t)random_bits());
        b[i] = float_of((uint32_t)random_bits());
        break;
      case 1: /* powers near over- and underflow: log(a) b is within 90 */
        a[i] = float_of((uint32_t)random_bits() & INT32_MAX);
        b[i] = (float)(random_between(-90, 90) / log(a[i]));
        break;
      default:
        a[i] = (float)random_between(binaries[k].low_a, binaries[k].high_a);
        b[i] = (float)random_between(binaries[k].low_b / 10, binaries[k].high_b / 10);
      }
    f->f32_2n[k](a, b, out, BLOCK);
    for (int i = 0; i < BLOCK; i++) {
      double u = ulps_f32(out[i], binaries[k].exact_f32(a[i], b[i]));
      if (u > w.ulps)
        w = (worst){u, a[i], b[i]};
    }
  }
  return w;
}

static worst binary_f64(const forms *f, int k) {
  static double a[BLOCK], b[BLOCK], out[BLOCK];
  worst w = {0};
  for (int64_t left = samples(30, 10000); left; left--) {
    for (int i = 0; i < BLOCK; i++)
      switch (i & 3) {
      case 0:
        a[i] = double_of(random_bits());
        b[i] = double_of(random_bits());
        break;
      case 1:
        a[i] = double_of(random_bits() & INT64_MAX);
        b[i] = random_between(-720, 720) / log(a[i]);
        break;
      default:
        a[i] = random_between(binaries[k].low_a, binaries[k].high_a);
        b[i] = random_between(binaries[k].low_b, binaries[k].high_b);
      }
    f->f64_2n[k](a, b, out, BLOCK);
    for (int i = 0; i < BLOCK; i++) {
      double u = ulps_f64(out[i], binaries[k].exact_f64(a[i], b[i]));
      if (u > w.ulps)
        w = (worst){u, a[i], b[i]};
    }
  }
  return w;
}

START_TEST(test_error_stays_within_limit) {
  const ag_vmath *m = ag_vmath_table_of((ag_isa)(_i / (UNARIES + BINARIES)));
  int k = _i % (UNARIES + BINARIES);
  if (!m)
    return;
  forms f = forms_of(m);
  if (k < UNARIES) {
    const unary *u = &unaries[k];
    check(m->isa, u->name, "f32", unary_f32(&f, k), u->ulp_f32);
    check(m->isa, u->name, "f64", unary_f64(&f, k), u->ulp_f64);
  } else {
    const binary *u = &binaries[k -= UNARIES];
    check(m->isa, u->name, "f32", binary_f32(&f, k), u->ulp_f32);
    check(m->isa, u->name, "f64", binary_f64(&f, k), u->ulp_f64);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("vmath accuracy");
  TCase *cases = tcase_create("ulp");
  tcase_set_timeout(cases, getenv("AG_LONG") ? 3600 : getenv("AG_SLOW") ? 300 : 30);
  tcase_add_loop_test(cases, test_error_stays_within_limit, 0, AG_ISA_COUNT * (UNARIES + BINARIES));
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed != 0;
}
