/* math32.h - float32 functions as polynomials, written so that gcc and clang vectorize them. */
#include <stdint.h>
#include <string.h>

#ifdef __FMA__
#define MADD(a, b, c) __builtin_fmaf(a, b, c)
#else
#define MADD(a, b, c) ((a) * (b) + (c))
#endif

/* e^x for x <= 0, within 2 units in the last place down to -87, where it stops: x = n ln 2 + r, |r|
 * <= ln 2 / 2, a polynomial for e^r (Cephes' coefficients) and n added to the exponent. Adding 1.5
 * * 2^23 rounds to an integer. */
static inline float exp_negative(float x) {
  const float round = 12582912.0f;
  x = x < -87.0f ? -87.0f : x;
  float n = MADD(x, 1.44269504f, round) - round;
  float r = MADD(n, -0.693359375f, x);
  r = MADD(n, 2.12194440e-4f, r);
  float p = MADD(1.9875691500e-4f, r, 1.3981999507e-3f);
  p = MADD(p, r, 8.3334519073e-3f);
  p = MADD(p, r, 4.1665795894e-2f);
  p = MADD(p, r, 1.6666665459e-1f);
  p = MADD(p, r, 5.0000001201e-1f);
  p = MADD(p * r, r, r) + 1.0f;
  int32_t bits, exponent = (int32_t)n;
  memcpy(&bits, &p, sizeof bits);
  bits += exponent << 23;
  memcpy(&p, &bits, sizeof p);
  return p;
}

/* The natural logarithm of positive normal numbers, within 2 units in the last place: x = m 2^n
 * with sqrt(1/2) <= m < sqrt(2), a polynomial for log(m) (Cephes' coefficients). */
static inline float log_positive(float x) {
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  int32_t n = (bits - 0x3f3504f3) >> 23;
  bits -= n << 23;
  float m, e = (float)n;
  memcpy(&m, &bits, sizeof m);
  m -= 1.0f;
  float z = m * m, p = MADD(7.0376836292e-2f, m, -1.1514610310e-1f);
  p = MADD(p, m, 1.1676998740e-1f);
  p = MADD(p, m, -1.2420140846e-1f);
  p = MADD(p, m, 1.4249322787e-1f);
  p = MADD(p, m, -1.6668057665e-1f);
  p = MADD(p, m, 2.0000714765e-1f);
  p = MADD(p, m, -2.4999993993e-1f);
  p = MADD(p, m, 3.3333331174e-1f);
  p = MADD(p * m, z, -0.5f * z);
  p = MADD(e, -2.12194440e-4f, p);
  return MADD(e, 0.693359375f, m + p);
}

/* The error function within 4e-7: x P(x^2) / Q(x^2), fitted by least squares on 0 .. 4, where it
 * is 1. */
static inline float erf_rational(float x) {
  x = x < -4.0f ? -4.0f : x > 4.0f ? 4.0f : x;
  float z = x * x, p = MADD(-1.309894326e-8f, z, 4.662046649e-6f);
  p = MADD(p, z, 3.788206668e-4f);
  p = MADD(p, z, 3.851811867e-3f);
  p = MADD(p, z, 5.431293696e-2f);
  p = MADD(p, z, 1.853253394e-1f);
  p = MADD(p, z, 1.128379226f);
  float q = MADD(6.289050361e-5f, z, 1.306923921e-3f);
  q = MADD(q, z, 1.546399109e-2f);
  q = MADD(q, z, 1.139910072e-1f);
  q = MADD(q, z, 4.975737035e-1f);
  q = MADD(q, z, 1.0f);
  return x * p / q;
}
