/* vmath.h - elementary functions on scalars, arrays and vector registers.
 *
 * One table per instruction set, chosen once by CPUID. Within one instruction set the scalar, the
 * array and every vector form of a function give the same bits, so interpreted and compiled code
 * agree. avx2 and avx512 also agree with each other; sse2 has no fused multiply-add and may differ
 * from them in the last bit. Environment: AG_ISA=sse2|avx2|avx512 lowers the choice (a set this CPU
 * lacks is ignored).
 *
 * Errors, measured in ulps: f32 of avx2 and avx512 over all 2^32 floats (test_every_float.c):
 * sigmoid 1.006, tanh 0.960, exp 0.897, log 0.870, erf 0.686, expm1, log1p, asin and atan 0.501;
 * over samples sin, cos and tan 0.602, acos, sinh and cosh 0.501, pow 0.61. sse2 has no fused
 * steps: exp 1.168, log 0.887, others a quarter more. f64 within 1.1, over samples. Not all are
 * rounded correctly, so libm may differ in the last bit.
 *
 * All functions follow C Annex F on NaN, infinities, signed zeros and subnormals, except that errno
 * is left alone and the floating-point flags mean nothing. Rounding mode must be to nearest, FTZ
 * and DAZ off. */
#ifndef AG_VMATH_H
#define AG_VMATH_H

#include "ag/base.h"

/* VMATH FUNCTIONS: fields of ag_vmath and names of the symbols. */
#define AG_VMATH_UNARY(X)                                                                          \
  X(exp)                                                                                           \
  X(expm1)                                                                                         \
  X(log)                                                                                           \
  X(log1p)                                                                                         \
  X(sin)                                                                                           \
  X(cos)                                                                                           \
  X(tan)                                                                                           \
  X(asin)                                                                                          \
  X(acos)                                                                                          \
  X(atan)                                                                                          \
  X(sinh)                                                                                          \
  X(cosh)                                                                                          \
  X(tanh)                                                                                          \
  X(sigmoid)                                                                                       \
  X(erf)
#define AG_VMATH_BINARY(X)                                                                         \
  X(pow)                                                                                           \
  X(atan2)

/* Instruction sets, narrowest first. */
typedef enum ag_isa { AG_ISA_SSE2, AG_ISA_AVX2, AG_ISA_AVX512, AG_ISA_COUNT } ag_isa;

/* exp_f32(x) one value; exp_f32_n(in, out, n) n values, out may be in (or either input), no other
 * overlap. */
typedef struct ag_vmath {
  const char *isa; /* "sse2", "avx2", "avx512" */
  int32_t bytes;   /* of its widest vector: 16, 32, 64 */
#define AG_VMATH_FIELDS(f)                                                                         \
  float (*f##_f32)(float);                                                                         \
  double (*f##_f64)(double);                                                                       \
  void (*f##_f32_n)(const float *in, float *out, int64_t n);                                       \
  void (*f##_f64_n)(const double *in, double *out, int64_t n);
  AG_VMATH_UNARY(AG_VMATH_FIELDS)
#undef AG_VMATH_FIELDS
#define AG_VMATH_FIELDS(f)                                                                         \
  float (*f##_f32)(float, float);                                                                  \
  double (*f##_f64)(double, double);                                                               \
  void (*f##_f32_n)(const float *a, const float *b, float *out, int64_t n);                        \
  void (*f##_f64_n)(const double *a, const double *b, double *out, int64_t n);
  AG_VMATH_BINARY(AG_VMATH_FIELDS)
#undef AG_VMATH_FIELDS
} ag_vmath;

/* What emitted code calls: "ag_vm_exp_f32" takes and returns a float, "ag_vm_exp_f32x8" a <8 x
 * float> in one vector register (the C vector ABI), "ag_vm_pow_f64x2" two <2 x double>. A width is
 * listed when it is at least 16 bytes and at most `bytes` of the table. */
typedef struct ag_vmath_symbol {
  const char *name;
  void *address;
  int32_t lanes;  /* 1: scalar */
  ag_dtype dtype; /* AG_F32 or AG_F64 */
} ag_vmath_symbol;

/* The chosen set; never NULL, the same on every call. */
AG_API const ag_vmath *ag_vmath_table(void);
AG_API const ag_vmath_symbol *ag_vmath_symbols(size_t *n);

/* A given set, for tests and comparisons; NULL when this CPU lacks it. */
AG_API const ag_vmath *ag_vmath_table_of(ag_isa isa);
AG_API const ag_vmath_symbol *ag_vmath_symbols_of(ag_isa isa, size_t *n);

/* *_isa.c files are compiled once for each set, AG_ISA is its name: what such a file defines as
 * AG_OF_ISA(ag_x) is ag_x_sse2, ag_x_avx2 and ag_x_avx512; AG_BY_ISA(ag_x) is the chosen one. */
#define AG_PASTE_(a, b) a##b
#define AG_PASTE(a, b) AG_PASTE_(a, b)
#define AG_OF_ISA(name) AG_PASTE(name##_, AG_ISA)
#define AG_BY_ISA(name)                                                                            \
  (ag_vmath_table()->bytes == 64   ? name##_avx512                                                 \
   : ag_vmath_table()->bytes == 32 ? name##_avx2                                                   \
                                   : name##_sse2)

#endif
