/* pymath.c - functions of Python's math module on Python's floats, for which there is no operation
 * of arrays. They are C's, with CPython's errors: a NaN that did not come from a NaN is a domain
 * error, an infinity that came from finite arguments a range error. The attribute `mode` is the
 * number in the list below (MATH MODES: the same order in autograph/staging/maths.py). */
#include "kernel.h"

#include <math.h>
#include <string.h>

typedef double unary(double);
typedef double binary(double, double);

static const struct {
  unary *one;
  binary *two;
  bool pole_is_domain; /* an infinity is a ValueError: log2(0) */
} functions[] = {
    {.one = log2, .pole_is_domain = true},
    {.one = log10, .pole_is_domain = true},
    {.one = cbrt},
    {.one = exp2},
    {.one = erfc},
    {.one = asinh},
    {.one = acosh},
    {.one = atanh, .pole_is_domain = true},
    {.two = fmod},
    {.two = remainder},
    {.two = copysign},
    {.two = hypot},
    {.two = nextafter},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

static double float_of(const ag_tensor *t) {
  double x;
  memcpy(&x, t->cell, sizeof x);
  return x;
}

ag_code ag_kernel_PYMATH(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                         ag_tensor *out) {
  int64_t mode = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_mode, -1);
  if (mode < 0 || mode >= FUNCTIONS || c->n_in != (functions[mode].one ? 1 : 2))
    return ag_kernel_fail(run, c, AG_ERR_INTERNAL, "math: no such function");
  bool nan = false, infinite = false;
  double x[2] = {0};
  for (uint32_t i = 0; i < c->n_in; i++) {
    if (in[i]->dtype != AG_F64 || in[i]->rank != 0)
      return ag_kernel_no_dtype(run, c, (ag_dtype)in[i]->dtype);
    x[i] = float_of(in[i]);
    nan |= isnan(x[i]);
    infinite |= isinf(x[i]);
  }
  double r = functions[mode].one ? functions[mode].one(x[0]) : functions[mode].two(x[0], x[1]);
  if (isnan(r) && !nan)
    return ag_kernel_fail(run, c, AG_ERR_VALUE, "math domain error");
  if (isinf(r) && !nan && !infinite && functions[mode].two != nextafter &&
      functions[mode].two != copysign)
    return functions[mode].pole_is_domain
               ? ag_kernel_fail(run, c, AG_ERR_VALUE, "math domain error")
               : ag_kernel_fail(run, c, AG_ERR_OVERFLOW, "math range error");
  ag_tensor_scalar(out, AG_F64, &r);
  out->weak = 1;
  return AG_OK;
}
