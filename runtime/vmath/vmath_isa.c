/* vmath_isa.c - all functions for one instruction set; compiled once for each, AG_ISA is its name.
 * The same source with the same operations in every lane: scalar, array and vector forms agree in
 * every bit.
 *
 * Needs:  AG_ISA and the compiler flags that go with it; -ffp-contract=off. */
#include "isa.h"

#include <string.h>

#include "coefs.h"
#include "erf_table.h"
#include "reduce.h"
#include "vector.h"

#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)

#define AG_W 16
#include "width.h"
#undef AG_W
#ifdef __AVX2__
#define AG_W 32
#include "width.h"
#undef AG_W
#endif
#ifdef __AVX512F__
#define AG_W 64
#include "width.h"
#undef AG_W
#endif

/* The widest vectors walk arrays. */
#if defined(__AVX512F__)
#define WIDEST 64
#define WIDE(name) name##_w64
typedef f32x16 widest_f32;
typedef f64x8 widest_f64;
#elif defined(__AVX2__)
#define WIDEST 32
#define WIDE(name) name##_w32
typedef f32x8 widest_f32;
typedef f64x4 widest_f64;
#else
#define WIDEST 16
#define WIDE(name) name##_w16
typedef f32x4 widest_f32;
typedef f64x2 widest_f64;
#endif

/* ---- scalars: lane 0 ---------------------------------------------------------------------- */

#define SCALAR(f)                                                                                  \
  static float scalar_##f##_f32(float x) { return f##_f32_w16(splat_f32_w16(x))[0]; }              \
  static double scalar_##f##_f64(double x) { return f##_f64_w16(splat_f64_w16(x))[0]; }
AG_VMATH_UNARY(SCALAR)
#undef SCALAR
#define SCALAR(f)                                                                                  \
  static float scalar_##f##_f32(float a, float b) {                                                \
    return f##_f32_w16(splat_f32_w16(a), splat_f32_w16(b))[0];                                     \
  }                                                                                                \
  static double scalar_##f##_f64(double a, double b) {                                             \
    return f##_f64_w16(splat_f64_w16(a), splat_f64_w16(b))[0];                                     \
  }
AG_VMATH_BINARY(SCALAR)
#undef SCALAR

/* ---- arrays ------------------------------------------------------------------------------- */

#define ARRAY_OF(f, type, vector)                                                                  \
  static void array_##f(const type *in, type *out, int64_t n) {                                    \
    const int lanes = WIDEST / sizeof(type);                                                       \
    int64_t i = 0;                                                                                 \
    vector x;                                                                                      \
    for (; i + lanes <= n; i += lanes) {                                                           \
      memcpy(&x, in + i, sizeof x);                                                                \
      x = WIDE(f)(x);                                                                              \
      memcpy(out + i, &x, sizeof x);                                                               \
    }                                                                                              \
    if (i < n) {                                                                                   \
      size_t rest = (size_t)(n - i) * sizeof(type);                                                \
      x = 1 - (vector){0}; /* ordinary in every function */                                        \
      memcpy(&x, in + i, rest);                                                                    \
      x = WIDE(call_##f)(x);                                                                       \
      memcpy(out + i, &x, rest);                                                                   \
    }                                                                                              \
  }
#define ARRAY(f) ARRAY_OF(f##_f32, float, widest_f32) ARRAY_OF(f##_f64, double, widest_f64)
AG_VMATH_UNARY(ARRAY)
#undef ARRAY_OF
#define ARRAY_OF(f, type, vector)                                                                  \
  static void array_##f(const type *a, const type *b, type *out, int64_t n) {                      \
    const int lanes = WIDEST / sizeof(type);                                                       \
    int64_t i = 0;                                                                                 \
    vector x, y;                                                                                   \
    for (; i + lanes <= n; i += lanes) {                                                           \
      memcpy(&x, a + i, sizeof x);                                                                 \
      memcpy(&y, b + i, sizeof y);                                                                 \
      x = WIDE(f)(x, y);                                                                           \
      memcpy(out + i, &x, sizeof x);                                                               \
    }                                                                                              \
    if (i < n) {                                                                                   \
      size_t rest = (size_t)(n - i) * sizeof(type);                                                \
      x = y = 1 - (vector){0};                                                                     \
      memcpy(&x, a + i, rest);                                                                     \
      memcpy(&y, b + i, rest);                                                                     \
      x = WIDE(call_##f)(x, y);                                                                    \
      memcpy(out + i, &x, rest);                                                                   \
    }                                                                                              \
  }
AG_VMATH_BINARY(ARRAY)
#undef ARRAY_OF
#undef ARRAY

/* ---- tables ------------------------------------------------------------------------------- */

const ag_vmath AG_OF_ISA(ag_vmath) = {.isa = TEXT(AG_ISA),
                                           .bytes = WIDEST,
#define ROW(f)                                                                                     \
  .f##_f32 = scalar_##f##_f32, .f##_f64 = scalar_##f##_f64, .f##_f32_n = array_##f##_f32,          \
  .f##_f64_n = array_##f##_f64,
                                           AG_VMATH_UNARY(ROW) AG_VMATH_BINARY(ROW)
#undef ROW
};

#define COUNT(f) +1
_Static_assert(AG_VMATH_UNARY(COUNT) AG_VMATH_BINARY(COUNT) == AG_VMATH_FUNCTIONS,
               "VMATH FUNCTIONS");
#undef COUNT

/* Object and function pointers are of one size here, and POSIX lets one be made the other. */
const ag_vmath_symbol AG_OF_ISA(ag_vmath_symbols)[WIDEST == 64   ? 4 * AG_VMATH_FORMS
                                                       : WIDEST == 32 ? 3 * AG_VMATH_FORMS
                                                                      : 2 * AG_VMATH_FORMS] = {
#define ROW(f)                                                                                     \
  {"ag_vm_" #f "_f32", (void *)scalar_##f##_f32, 1, AG_F32},                                       \
      {"ag_vm_" #f "_f64", (void *)scalar_##f##_f64, 1, AG_F64},                                   \
      {"ag_vm_" #f "_f32x4", (void *)call_##f##_f32_w16, 4, AG_F32},                               \
      {"ag_vm_" #f "_f64x2", (void *)call_##f##_f64_w16, 2, AG_F64},
    AG_VMATH_UNARY(ROW) AG_VMATH_BINARY(ROW)
#undef ROW
#if WIDEST >= 32
#define ROW(f)                                                                                     \
  {"ag_vm_" #f "_f32x8", (void *)call_##f##_f32_w32, 8, AG_F32},                                   \
      {"ag_vm_" #f "_f64x4", (void *)call_##f##_f64_w32, 4, AG_F64},
        AG_VMATH_UNARY(ROW) AG_VMATH_BINARY(ROW)
#undef ROW
#endif
#if WIDEST >= 64
#define ROW(f)                                                                                     \
  {"ag_vm_" #f "_f32x16", (void *)call_##f##_f32_w64, 16, AG_F32},                                 \
      {"ag_vm_" #f "_f64x8", (void *)call_##f##_f64_w64, 8, AG_F64},
            AG_VMATH_UNARY(ROW) AG_VMATH_BINARY(ROW)
#undef ROW
#endif
};
