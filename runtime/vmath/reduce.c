/* reduce.c - x mod pi/2 for large x, one value at a time.
 * Payne and Hanek (1983): x 2/pi mod 4 needs only the bits of 2/pi that are neither so high that
 * they make multiples of 4 nor so low that they do not matter. 192 bits from there leave 136
 * correct ones after the binary point; no double comes nearer to a multiple of pi/2 than 2^-62, so
 * 74 remain. */
#include "reduce.h"

#include <math.h>
#include <string.h>

#include "coefs.h"

/* 2/pi: 64 zeros, then the bits after the binary point. */
static const uint64_t two_over_pi[] = {
    0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041,
    0xfe5163abdebbc561, 0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e,
    0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b,
    0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab};

/* The 64 bits that start at bit `at` of the table. */
static uint64_t bits_from(int at) {
  int word = at >> 6, shift = at & 63;
  uint64_t bits = two_over_pi[word] << shift;
  return shift ? bits | two_over_pi[word + 1] >> (64 - shift) : bits;
}

void ag_vmath_reduce(double x, double *r, double *low, int64_t *quadrant) {
  if (!isfinite(x)) {
    *r = *low = x - x;
    *quadrant = 0;
    return;
  }
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  uint64_t mantissa = (bits & 0xfffffffffffff) | (uint64_t)1 << 52;
  int e = (int)(bits >> 52 & 0x7ff) - 1075; /* |x| = mantissa 2^e */

  /* Bit i after the point of 2/pi weighs 2^(e - i) here: from i = e - 1 on, the first one weighs 2.
   */
  int at = 64 + (e - 1) - 1;
  uint64_t w0 = bits_from(at), w1 = bits_from(at + 64), w2 = bits_from(at + 128);
  unsigned __int128 p = ((unsigned __int128)mantissa * w2 >> 64) + (unsigned __int128)mantissa * w1;
  uint64_t low_word = (uint64_t)p;
  uint64_t high_word = (uint64_t)(p >> 64) + mantissa * w0; /* mod 4 */

  /* Two bits of quadrant, then the fraction; past a half, go to the next quadrant and back. */
  uint64_t q = high_word >> 62;
  unsigned __int128 fraction = ((unsigned __int128)high_word << 64 | low_word) << 2;
  int negative = (int)(fraction >> 127);
  if (negative) {
    q++;
    fraction = -fraction;
  }
  /* fraction 2^-128 as a sum of doubles; its leading zeros go first so that no bit of weight is
   * lost. */
  int zeros = 0;
  if (!(fraction >> 64)) {
    zeros = 64;
    fraction <<= 64;
  }
  if (fraction) {
    int more = __builtin_clzll((uint64_t)(fraction >> 64));
    fraction <<= more;
    zeros += more;
  }
  double f0 = (double)(uint64_t)(fraction >> 75) * 0x1p-53; /* 53 bits, exact */
  double f1 = (double)(uint64_t)(fraction >> 11 & UINT64_MAX) * 0x1p-117;
  /* Times pi/2 in two parts. Dekker's product: this file is compiled without FMA. */
  const double c0 = 0x1.921fb54442d18p0, c1 = 0x1.1a62633145c07p-54;
  double split = 0x1.0000002p27, t = f0 * split, fh = t - (t - f0), fl = f0 - fh;
  double ch = 0x1.921fb58p0, cl = c0 - ch;
  double h = f0 * c0;
  double l = ((fh * ch - h) + fh * cl + fl * ch) + fl * cl;
  l += f0 * c1 + f1 * c0;
  double s = h + l;
  double scale = ldexp((x < 0) != negative ? -1.0 : 1.0, -zeros);
  *r = s * scale;
  *low = (l - (s - h)) * scale;
  *quadrant = (int64_t)(x < 0 ? -q & 3 : q & 3);
}

/* sin(r) and cos(r), |r| <= pi/4, well past the precision of a float. */
static void sin_cos(double r, double *sin_r, double *cos_r) {
  double s = r * r;
  double p = sin_f32_c[0] + s * (sin_f32_c[1] + s * (sin_f32_c[2] + s * sin_f32_c[3]));
  double q = cos_f32_c[0] + s * (cos_f32_c[1] + s * cos_f32_c[2]);
  *sin_r = r + r * (s * p);
  *cos_r = 1 + s * (-0.5 + s * q);
}

static double sin_of_quadrant(float x, int shift) {
  double r, low, sin_r, cos_r;
  int64_t q;
  ag_vmath_reduce(x, &r, &low, &q);
  sin_cos(r, &sin_r, &cos_r);
  q += shift;
  double y = q & 1 ? cos_r : sin_r;
  return q & 2 ? -y : y;
}
float ag_vmath_sin_large(float x) { return (float)sin_of_quadrant(x, 0); }
float ag_vmath_cos_large(float x) { return (float)sin_of_quadrant(x, 1); }
float ag_vmath_tan_large(float x) { return (float)(sin_of_quadrant(x, 0) / sin_of_quadrant(x, 1)); }
