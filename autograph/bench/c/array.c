/* array.c - loops over float32 arrays, written so that gcc and clang vectorize them.
 * The output is the caller's, so no allocation is measured on this side. */
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

/* exp(-x * x) * 2 + 1 */
void bell(const float *restrict x, float *restrict out, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    out[i] = exp_negative(-x[i] * x[i]) * 2.0f + 1.0f;
}

void axpy(float a, const float *restrict x, const float *restrict y, float *restrict out,
          int64_t n) {
  for (int64_t i = 0; i < n; i++)
    out[i] = a * x[i] + y[i];
}

/* What moving the bytes alone costs. */
void copy(const float *restrict x, float *restrict out, int64_t n) {
  memcpy(out, x, (size_t)n * sizeof *x);
}
