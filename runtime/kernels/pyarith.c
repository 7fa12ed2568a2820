/* pyarith.c - Python's arithmetic on weak numbers: 0-d int64 and float64, raising where Python
 * raises. What emitted code calls instead of computing inline (ag_rt_truediv ...) lies here too, so
 * there is one meaning. */
#include "kernel.h"

#include "scalar.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- functions shared with emitted code ----------------------------------------------------- */

static int leading_zeros(uint64_t x) { return __builtin_clzll(x); }

/* The quotient rounded once. Both operands exact as doubles: the division does it. Else the
 * quotient is computed to 65 bits or more with the rest as a sticky bit, which rounds to the same
 * double. */
double ag_rt_truediv(int64_t a, int64_t b) {
  const int64_t exact = INT64_C(1) << 53;
  if (a >= -exact && a <= exact && b >= -exact && b <= exact)
    return (double)a / (double)b;
  uint64_t x = a < 0 ? 0 - (uint64_t)a : (uint64_t)a, y = b < 0 ? 0 - (uint64_t)b : (uint64_t)b;
  if (x == 0)
    return b < 0 ? -0.0 : 0.0;
  int shift = leading_zeros(x);
  unsigned __int128 high = (unsigned __int128)(x << shift) << 64;
  unsigned __int128 q = high / y;
  if (high % y)
    q |= 1;
  double result = ldexp((double)q, -64 - shift);
  return (a < 0) != (b < 0) ? -result : result;
}

int32_t ag_rt_powi(int64_t a, int64_t b, int64_t *out) {
  int64_t result = 1;
  for (;;) {
    if ((b & 1) && __builtin_mul_overflow(result, a, &result))
      return false;
    b >>= 1;
    if (b == 0)
      break;
    if (__builtin_mul_overflow(a, a, &a))
      return false; /* |a| > 1 and a factor is still to come */
  }
  *out = result;
  return true;
}

int32_t ag_rt_pyint(double x, int64_t *out) {
  if (x != x)
    return AG_ERR_VALUE;
  if (!(x >= -0x1p63 && x < 0x1p63))
    return AG_ERR_OVERFLOW;
  *out = (int64_t)x;
  return AG_OK;
}

/* float.__pow__: C's pow is right but for what has to raise. */
int32_t ag_rt_pypow(double a, double b, double *out) {
  *out = 1.0;
  if (b == 0 || a == 1)
    return AG_OK; /* NaN ** 0 and 1 ** NaN too */
  if (a == 0 && b < 0 && isfinite(b)) /* 0.0 ** -inf is inf */
    return AG_ERR_ZERODIV;
  if (a < 0 && isfinite(a) && isfinite(b) && b != floor(b))
    return AG_ERR_NUMBER;
  double r = pow(a, b);
  if (isinf(r) && isfinite(a) && isfinite(b))
    return AG_ERR_OVERFLOW;
  *out = r;
  return AG_OK;
}

/* ---- kernels -------------------------------------------------------------------------------- */

static int64_t int_of(const ag_tensor *t) {
  int64_t x;
  memcpy(&x, t->cell, sizeof x);
  return x;
}

static double float_of(const ag_tensor *t) {
  double x;
  memcpy(&x, t->cell, sizeof x);
  return x;
}

static ag_code give_int(ag_tensor *out, int64_t x) {
  ag_tensor_scalar(out, AG_I64, &x);
  out->weak = 1;
  return AG_OK;
}

static ag_code give_float(ag_tensor *out, double x) {
  ag_tensor_scalar(out, AG_F64, &x);
  out->weak = 1;
  return AG_OK;
}

/* Operands as bits, for messages. The dtypes go along, since eager calls have no types. */
static ag_code fails(ag_run *run, const ag_call *c, ag_code code, const ag_tensor *const *in) {
  ag_call call = *c;
  ag_type type = {.dtype = in[0]->dtype};
  call.in_dtype = in[0]->dtype;
  if (c->op != AG_OP_PYINT)
    call.types = &type;
  return ag_op_fail(run->err, code, &call, int_of(in[0]), c->n_in > 1 ? int_of(in[1]) : 0);
}

static bool are(const ag_call *c, const ag_tensor *const *in, ag_dtype dtype) {
  for (uint32_t i = 0; i < c->n_in; i++)
    if (in[i]->dtype != dtype || in[i]->rank != 0)
      return false;
  return true;
}

#define PY(NAME)                                                                                   \
  ag_code ag_kernel_PY##NAME(ag_run *run, const ag_call *c, const ag_tensor *const *in,            \
                             ag_tensor *out)
#define NEEDS_INTS                                                                                 \
  if (!are(c, in, AG_I64))                                                                         \
  return ag_kernel_no_dtype(run, c, (ag_dtype)in[0]->dtype)
#define FAIL(code) return fails(run, c, code, in)

PY(ADD) {
  NEEDS_INTS;
  int64_t r;
  if (__builtin_add_overflow(int_of(in[0]), int_of(in[1]), &r))
    FAIL(AG_ERR_OVERFLOW);
  return give_int(out, r);
}

PY(SUB) {
  NEEDS_INTS;
  int64_t r;
  if (__builtin_sub_overflow(int_of(in[0]), int_of(in[1]), &r))
    FAIL(AG_ERR_OVERFLOW);
  return give_int(out, r);
}

PY(MUL) {
  NEEDS_INTS;
  int64_t r;
  if (__builtin_mul_overflow(int_of(in[0]), int_of(in[1]), &r))
    FAIL(AG_ERR_OVERFLOW);
  return give_int(out, r);
}

PY(NEG) {
  NEEDS_INTS;
  int64_t x = int_of(in[0]);
  if (x == INT64_MIN)
    FAIL(AG_ERR_OVERFLOW);
  return give_int(out, -x);
}

PY(ABS) {
  NEEDS_INTS;
  int64_t x = int_of(in[0]);
  if (x == INT64_MIN)
    FAIL(AG_ERR_OVERFLOW);
  return give_int(out, x < 0 ? -x : x);
}

PY(FLOORDIV) {
  if (are(c, in, AG_F64)) {
    double y = float_of(in[1]);
    if (y == 0)
      FAIL(AG_ERR_ZERODIV);
    return give_float(out, ag_floordiv_f64(float_of(in[0]), y));
  }
  NEEDS_INTS;
  int64_t x = int_of(in[0]), y = int_of(in[1]);
  if (y == 0)
    FAIL(AG_ERR_ZERODIV);
  if (x == INT64_MIN && y == -1)
    FAIL(AG_ERR_OVERFLOW);
  return give_int(out, ag_floordiv_i64(x, y));
}

PY(MOD) {
  if (are(c, in, AG_F64)) {
    double y = float_of(in[1]);
    if (y == 0)
      FAIL(AG_ERR_ZERODIV);
    return give_float(out, ag_mod_f64(float_of(in[0]), y));
  }
  NEEDS_INTS;
  int64_t y = int_of(in[1]);
  if (y == 0)
    FAIL(AG_ERR_ZERODIV);
  return give_int(out, ag_mod_i64(int_of(in[0]), y));
}

PY(DIV) {
  if (are(c, in, AG_F64)) {
    double y = float_of(in[1]);
    if (y == 0)
      FAIL(AG_ERR_ZERODIV);
    return give_float(out, float_of(in[0]) / y);
  }
  NEEDS_INTS;
  int64_t y = int_of(in[1]);
  if (y == 0)
    FAIL(AG_ERR_ZERODIV);
  return give_float(out, ag_rt_truediv(int_of(in[0]), y));
}

PY(POW) {
  if (are(c, in, AG_F64)) {
    double r;
    ag_code code = (ag_code)ag_rt_pypow(float_of(in[0]), float_of(in[1]), &r);
    if (code)
      FAIL(code);
    return give_float(out, r);
  }
  NEEDS_INTS;
  int64_t x = int_of(in[0]), y = int_of(in[1]), r;
  if (y < 0)
    FAIL(x == 0 ? AG_ERR_ZERODIV : AG_ERR_NUMBER);
  if (!ag_rt_powi(x, y, &r))
    FAIL(AG_ERR_OVERFLOW);
  return give_int(out, r);
}

PY(SHL) {
  NEEDS_INTS;
  int64_t x = int_of(in[0]), n = int_of(in[1]);
  if (n < 0)
    FAIL(AG_ERR_VALUE);
  if (x == 0)
    return give_int(out, 0);
  if (n > 63)
    FAIL(AG_ERR_OVERFLOW);
  int64_t r = (int64_t)((uint64_t)x << n);
  if (r >> n != x)
    FAIL(AG_ERR_OVERFLOW);
  return give_int(out, r);
}

PY(SHR) {
  NEEDS_INTS;
  int64_t n = int_of(in[1]);
  if (n < 0)
    FAIL(AG_ERR_VALUE);
  return give_int(out, int_of(in[0]) >> (n > 63 ? 63 : n));
}

/* Whether x is a number of the integer type d. */
static bool fits(int64_t x, ag_dtype d) {
  unsigned bits = (unsigned)ag_dtype_size(d) * 8;
  if (!ag_is_signed(d))
    return x >= 0 && (bits == 64 || x >> bits == 0);
  return bits == 64 || x >> (bits - 1) == 0 || x >> (bits - 1) == -1;
}

PY(FIT) {
  NEEDS_INTS;
  ag_dtype to = (ag_dtype)ag_attr_int(c->attrs, c->n_attrs, AG_KEY_dtype, AG_I64);
  int64_t x = int_of(in[0]);
  if (!fits(x, to))
    return ag_op_fail(run->err, AG_ERR_OVERFLOW, c, x, 0);
  ag_tensor_scalar(out, to, &x); /* little endian: the low bytes come first */
  return AG_OK;
}

static int64_t mulmod(int64_t a, int64_t b, int64_t m) {
  __int128 r = (__int128)a * b % m;
  return (int64_t)(r != 0 && (r < 0) != (m < 0) ? r + m : r);
}

/* The inverse of a modulo m, of the sign of m; false when there is none. */
static bool inverse(int64_t a, int64_t m, int64_t *out) {
  __int128 r0 = m < 0 ? -(__int128)m : m, n = r0, r1 = a % n, s0 = 0, s1 = 1;
  if (r1 < 0)
    r1 += n;
  while (r1 != 0) {
    __int128 q = r0 / r1, r = r0 - q * r1, s = s0 - q * s1;
    r0 = r1, r1 = r, s0 = s1, s1 = s;
  }
  if (r0 != 1)
    return false;
  __int128 i = s0 % n;
  if (i < 0)
    i += n;
  *out = (int64_t)(m < 0 && i != 0 ? i - n : i);
  return true;
}

PY(POWMOD) {
  NEEDS_INTS;
  int64_t a = int_of(in[0]), b = int_of(in[1]), m = int_of(in[2]);
  if (m == 0)
    FAIL(AG_ERR_VALUE);
  if (b < 0 && !inverse(a, m, &a))
    return ag_kernel_fail(run, c, AG_ERR_VALUE, "base is not invertible for the given modulus");
  int64_t result = mulmod(1, 1, m);
  for (uint64_t e = b < 0 ? 0 - (uint64_t)b : (uint64_t)b; e; e >>= 1) {
    if (e & 1)
      result = mulmod(result, a, m);
    a = mulmod(a, a, m);
  }
  return give_int(out, result);
}

/* Half to even, at 10 ** -digits. */
static ag_code round_int(ag_run *run, const ag_call *c, int64_t x, int64_t digits, ag_tensor *out) {
  if (digits >= 0)
    return give_int(out, x);
  if (digits < -19)
    return give_int(out, 0);
  __int128 unit = 1;
  for (; digits < 0; digits++)
    unit *= 10;
  __int128 rest = x % unit, twice = rest < 0 ? -2 * rest : 2 * rest, whole = x - rest;
  if (twice > unit || (twice == unit && whole / unit % 2 != 0))
    whole += x < 0 ? -unit : unit;
  if (whole != (int64_t)whole)
    return ag_op_fail(run->err, AG_ERR_OVERFLOW, c, x, 0);
  return give_int(out, (int64_t)whole);
}

/* |x| < 10 ** -digits <= 10 |x|: whether it is more than half of that power of ten. */
static bool above_half(const char *digits) {
  if (*digits != '5')
    return *digits > '5';
  for (digits++; *digits; digits++)
    if (*digits != '0' && *digits != '.')
      return true;
  return false;
}

/* float.__round__: the exact value rounded in decimal, half to even, as printf does. */
static ag_code round_float(ag_run *run, const ag_call *c, double x, int64_t digits,
                           ag_tensor *out) {
  enum { MOST_DIGITS = 323, MOST_ZEROS = 308 }; /* a double has no more of them */
  if (!isfinite(x) || x == 0 || digits > MOST_DIGITS)
    return give_float(out, x);
  char text[MOST_ZEROS + MOST_DIGITS + 8];
  if (digits >= 0) {
    snprintf(text, sizeof text, "%.*f", (int)digits, x);
  } else {
    snprintf(text, sizeof text, "%.20e", x); /* 21 digits: no double is rounded up to 10 ** k */
    int64_t kept = strtol(strchr(text, 'e') + 1, NULL, 10) + digits; /* after the first digit */
    if (kept < -1)
      return give_float(out, copysign(0, x));
    if (kept == -1) {
      snprintf(text, sizeof text, "%.52f", fabs(x)); /* exact: |x| >= 1 */
      if (!above_half(text))
        return give_float(out, copysign(0, x));
      snprintf(text, sizeof text, "%c1e%d", x < 0 ? '-' : '+', (int)-digits);
    } else {
      snprintf(text, sizeof text, "%.*e", (int)kept, x);
    }
  }
  double r = strtod(text, NULL);
  if (isinf(r))
    return ag_kernel_fail(run, c, AG_ERR_OVERFLOW, "rounded value too large to represent");
  return give_float(out, r);
}

PY(ROUND) {
  int64_t digits = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_num, 0);
  if (are(c, in, AG_F64))
    return round_float(run, c, float_of(in[0]), digits, out);
  NEEDS_INTS;
  return round_int(run, c, int_of(in[0]), digits, out);
}

PY(INT) {
  if (!are(c, in, AG_F64))
    return ag_kernel_no_dtype(run, c, (ag_dtype)in[0]->dtype);
  int64_t r;
  ag_code code = (ag_code)ag_rt_pyint(float_of(in[0]), &r);
  if (code)
    FAIL(code);
  return give_int(out, r);
}
