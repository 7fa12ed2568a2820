/* cases.c - the table of cases, and the measure of error. */
#include "cases.h"

#include <float.h>

static double sigmoid(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }
static long double sigmoidl(long double x) {
  return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x));
}

/* VMATH FUNCTIONS, in their order. The limits are what was measured, rounded up. */
const unary unaries[UNARIES] = {
    {"exp", -746, 711, 1, 1, exp, expl},    {"expm1", -50, 711, 1, 1.1, expm1, expm1l},
    {"log", 0, 4, 1, 1, log, logl},         {"log1p", -1, 4, 1, 1, log1p, log1pl},
    {"sin", -100, 100, 1, 1, sin, sinl},    {"cos", -100, 100, 1, 1, cos, cosl},
    {"tan", -100, 100, 1, 1, tan, tanl},    {"asin", -1, 1, 1, 1, asin, asinl},
    {"acos", -1, 1, 1, 1, acos, acosl},     {"atan", -10, 10, 1, 1, atan, atanl},
    {"sinh", -711, 711, 1, 1, sinh, sinhl}, {"cosh", -711, 711, 1, 1, cosh, coshl},
    {"tanh", -20, 20, 1, 1, tanh, tanhl},   {"sigmoid", -750, 40, 1.01, 1, sigmoid, sigmoidl},
    {"erf", -6.5, 6.5, 1, 1, erf, erfl},
};
const binary binaries[BINARIES] = {
    {"pow", 0, 4, -500, 500, 1, 1, pow, powl},
    {"atan2", -10, 10, -10, 10, 1, 1, atan2, atan2l},
};

forms forms_of(const ag_vmath *m) {
#define ARRAY32(f) m->f##_f32_n,
#define ARRAY64(f) m->f##_f64_n,
#define SCALAR32(f) m->f##_f32,
#define SCALAR64(f) m->f##_f64,
  return (forms){
      .f32_n = {AG_VMATH_UNARY(ARRAY32)},
      .f64_n = {AG_VMATH_UNARY(ARRAY64)},
      .f32 = {AG_VMATH_UNARY(SCALAR32)},
      .f64 = {AG_VMATH_UNARY(SCALAR64)},
      .f32_2n = {AG_VMATH_BINARY(ARRAY32)},
      .f64_2n = {AG_VMATH_BINARY(ARRAY64)},
      .f32_2 = {AG_VMATH_BINARY(SCALAR32)},
      .f64_2 = {AG_VMATH_BINARY(SCALAR64)},
  };
}

uint64_t random_bits(void) {
  static uint64_t state;
  uint64_t z = state += 0x9e3779b97f4a7c15; /* splitmix64 */
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}
double random_between(double low, double high) {
  return low + (high - low) * (double)(random_bits() >> 11) * 0x1p-53;
}

float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}
double double_of(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}
uint32_t bits_of_float(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
uint64_t bits_of_double(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* The error of `error` in units of a number with `digits` digits and smallest exponent `least`. */
static double units(long double error, long double exact, int digits, int least) {
  int e;
  frexpl(exact, &e);
  return (double)ldexpl(fabsl(error), digits - (e < least ? least : e));
}

double ulps_f32(float y, double exact) {
  if (isnan(y) || isnan(exact))
    return isnan(y) && isnan(exact) ? 0 : 1e9;
  if (y == (float)exact)
    return isinf(y) || y == 0 ? 0 : units(y - exact, exact, FLT_MANT_DIG, FLT_MIN_EXP);
  if (isinf(exact) || exact == 0)
    return 1e9;
  /* Just past the largest float either neighbour will do: measure an infinity as 2^128. */
  long double value = isinf(y) ? copysignl(0x1p128L, y) : (long double)y;
  return units(value - exact, exact, FLT_MANT_DIG, FLT_MIN_EXP);
}

double ulps_f64(double y, long double exact) {
  if (isnan(y) || isnan(exact))
    return isnan(y) && isnan(exact) ? 0 : 1e9;
  if (y == (double)exact)
    return isinf(y) || y == 0 ? 0 : units(y - exact, exact, DBL_MANT_DIG, DBL_MIN_EXP);
  if (isinf(exact) || exact == 0)
    return 1e9;
  long double value = isinf(y) ? copysignl(0x1p1024L, y) : (long double)y;
  return units(value - exact, exact, DBL_MANT_DIG, DBL_MIN_EXP);
}
