/* cases.h - the functions under test beside what they are compared with. */
#ifndef AG_TESTS_VMATH_CASES_H
#define AG_TESTS_VMATH_CASES_H

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ag/vmath.h"

typedef struct unary {
  const char *name;
  double low, high; /* where the function is interesting, both types */
  double ulp_f32, ulp_f64;
  double (*exact_f32)(double);
  long double (*exact_f64)(long double);
} unary;
typedef struct binary {
  const char *name;
  double low_a, high_a, low_b, high_b;
  double ulp_f32, ulp_f64;
  double (*exact_f32)(double, double);
  long double (*exact_f64)(long double, long double);
} binary;

enum { UNARIES = 15, BINARIES = 2 };
extern const unary unaries[UNARIES];
extern const binary binaries[BINARIES];

/* The array and scalar forms in the order of `unaries` and `binaries`. */
typedef struct forms {
  void (*f32_n[UNARIES])(const float *, float *, int64_t);
  void (*f64_n[UNARIES])(const double *, double *, int64_t);
  float (*f32[UNARIES])(float);
  double (*f64[UNARIES])(double);
  void (*f32_2n[BINARIES])(const float *, const float *, float *, int64_t);
  void (*f64_2n[BINARIES])(const double *, const double *, double *, int64_t);
  float (*f32_2[BINARIES])(float, float);
  double (*f64_2[BINARIES])(double, double);
} forms;
forms forms_of(const ag_vmath *m);

/* The same numbers on every run. */
uint64_t random_bits(void);
double random_between(double low, double high);
float float_of(uint32_t bits);
double double_of(uint64_t bits);
uint32_t bits_of_float(float x);
uint64_t bits_of_double(double x);

/* Distance in units of the last place of the exact value, which may round to an infinity; 1e9 where
 * one is NaN or infinite and the other is not. */
double ulps_f32(float y, double exact);
double ulps_f64(double y, long double exact);

#endif
