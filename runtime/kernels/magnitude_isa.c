/* magnitude_isa.c - the loops of magnitude.h for one instruction set; compiled once for each,
 * AG_ISA is its name.
 *
 * HYPOT: Carlos F. Borges, An Improved Algorithm for hypot(a, b), 2019: the root of the sum of the
 * squares, less half of what its square is too much; no step is fused, so all sets and the C
 * library agree. Numbers whose squares leave the range of a double are scaled by a power of two,
 * and where one of the two is too small to count, the sum rounds as it should.
 *
 * Needs:  AG_ISA and the compiler flags that go with it; -ffp-contract=off. */
#include "magnitude.h"

#include "ag/vmath.h"

#include <math.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

#define LARGE 0x1p+511
#define TINY 0x1p-459
#define SCALE 0x1p-600
#define BESIDE 0x1p-54 /* of the larger one: the smaller one does not count */

static inline double magnitude(double re, double im) {
  re = fabs(re);
  im = fabs(im);
  double most = re > im ? re : im, least = re > im ? im : re;
  double by = most > LARGE ? SCALE : least < TINY ? 1 / SCALE : 1;
  double back = most > LARGE ? 1 / SCALE : least < TINY ? SCALE : 1;
  double a = most * by, b = least * by, size = sqrt(a * a + b * b);
  double over_b = size - b, over_a = size - a;
  bool near = size <= 2 * b; /* which of the two leaves no digits behind when it is taken away */
  double one = near ? a * (2 * over_b - a) : 2 * over_a * (a - 2 * b);
  double other = near ? (over_b - 2 * (a - b)) * over_b : (4 * over_a - b) * b + over_a * over_a;
  size = (size - (one + other) / (2 * size)) * back;
  size = b <= a * BESIDE ? most + least : size;
  return re == INFINITY || im == INFINITY ? INFINITY : size;
}

static void of_c128(const void *x_, void *out_, int64_t n) {
  const double *x = x_;
  double *out = out_;
  for (int64_t i = 0; i < n; i++)
    out[i] = magnitude(x[2 * i], x[2 * i + 1]);
}

/* Squares of floats and their sums are doubles without overflow. */
static void of_c64(const void *x_, void *out_, int64_t n) {
  const float *x = x_;
  float *out = out_;
  for (int64_t i = 0; i < n; i++) {
    double re = x[2 * i], im = x[2 * i + 1];
    float size = (float)sqrt(re * re + im * im);
    out[i] = fabs(re) == INFINITY || fabs(im) == INFINITY ? INFINITY : size;
  }
}

const ag_magnitudes AG_OF_ISA(ag_magnitudes) = {of_c64, of_c128};
