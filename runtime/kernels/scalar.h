/* clang-format off */
/* scalar.h - SCALAR MEANING: what each op does to one element, where C alone does not say it.
 * Kernels call these; codegen/llvm/inline.c emits the same operations in the same order, so both
 * give the same bits. Rounding is to nearest, nothing is contracted.
 *
 *   ADD SUB MUL NEG ABS SQUARE   ints wrap
 *   FLOORDIV MOD                 ints: towards minus infinity, sign of the divisor; MIN // -1 is MIN,
 *                                MIN % -1 is 0; a zero divisor fails before any element is written.
 *                                floats: ag_floordiv, ag_mod
 *   POW                          ints: wraps, a negative exponent fails. floats: vmath
 *   MAXIMUM MINIMUM              a unless b is larger (smaller) or only b is NaN
 *   SHL SHR                      a count < 0 or >= width shifts everything out: 0, for SHR of signed
 *                                the sign
 *   SIGN                         -1, 0, 1; NaN stays; -0 gives 0
 *   RSQRT                        1 / sqrt(x), two roundings
 *   CAST                         float to int: truncates, saturates, NaN is 0; int to int wraps; to
 *                                bool: != 0 */
/* clang-format on */
#ifndef AG_SCALAR_H
#define AG_SCALAR_H

#include "ag/base.h"

#include <math.h>

#define AG_MAX_OF(a, b) ((a) >= (b) || (a) != (a) ? (a) : (b))
#define AG_MIN_OF(a, b) ((a) <= (b) || (a) != (a) ? (a) : (b))

/* Python's and NumPy's (npy_divmod): the quotient is that of the exact remainder, snapped to an
 * integer. */
#define AG_FLOAT_DIVISION(T, suffix)                                                               \
  static inline T ag_floordiv_##suffix(T a, T b) {                                                 \
    if (b == 0)                                                                                    \
      return a / b;                                                                                \
    T mod = AG_C_##suffix(fmod)(a, b), div = (a - mod) / b;                                        \
    if (mod != 0 && (b < 0) != (mod < 0))                                                          \
      div -= 1;                                                                                    \
    if (div == 0)                                                                                  \
      return AG_C_##suffix(copysign)(0, a / b);                                                    \
    T whole = AG_C_##suffix(floor)(div);                                                           \
    return div - whole > (T)0.5 ? whole + 1 : whole;                                               \
  }                                                                                                \
  static inline T ag_mod_##suffix(T a, T b) {                                                      \
    T mod = AG_C_##suffix(fmod)(a, b);                                                             \
    if (b == 0)                                                                                    \
      return mod;                                                                                  \
    if (mod == 0)                                                                                  \
      return AG_C_##suffix(copysign)(0, b);                                                        \
    return (b < 0) != (mod < 0) ? mod + b : mod;                                                   \
  }
#define AG_C_f32(name) name##f
#define AG_C_f64(name) name
AG_FLOAT_DIVISION(float, f32)
AG_FLOAT_DIVISION(double, f64)

/* Towards minus infinity; b is not 0. */
static inline int64_t ag_floordiv_i64(int64_t a, int64_t b) {
  if (b == -1)
    return (int64_t)(0 - (uint64_t)a);
  int64_t q = a / b;
  return q - (a % b != 0 && (a < 0) != (b < 0));
}
static inline int64_t ag_mod_i64(int64_t a, int64_t b) {
  if (b == -1)
    return 0;
  int64_t r = a % b;
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

/* Wraps; b >= 0. The low bits of a power need only the low bits of the base. */
static inline uint64_t ag_pow_u64(uint64_t a, uint64_t b) {
  uint64_t result = 1;
  for (; b; b >>= 1, a *= a)
    if (b & 1)
      result *= a;
  return result;
}

#endif
