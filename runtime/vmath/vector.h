/* vector.h - the vector types of one instruction set, and what C has no operator for.
 * Arithmetic, bit operations, shifts and casts (which keep the bits) are the compiler's own on its
 * vector types; the functions here choose an instruction by the type of their arguments:
 *
 *   vfma(a, b, c)     a b + c rounded once; without FMA (sse2) rounded twice
 *   vprod_low(a,b,p)  a b - p exactly, for p = a b rounded; without FMA by Dekker's splitting
 *   vmin(a,b) vmax    the second operand if either is NaN: vmin(limit, x) keeps a NaN x
 *   vsqrt(a)          of doubles, correctly rounded
 *   vlt vle veq       a mask, false on NaN; masks know & and |
 *   vnegative(i)      mask of integer lanes below zero
 *   vsel(m, a, b)     m ? a : b
 *   vany(m) vall(m)   is a lane set? all of them?
 *
 * A mask is a vector of 0 and -1, or a mask register for 512 bits. */
#ifndef AG_VMATH_VECTOR_H
#define AG_VMATH_VECTOR_H

#include <float.h>
#include <immintrin.h>
#include <math.h>
#include <stdint.h>

#define AG_INLINE static inline __attribute__((always_inline))
#define AG_VECTOR(type, bytes) type __attribute__((vector_size(bytes)))

typedef AG_VECTOR(float, 16) f32x4;
typedef AG_VECTOR(int32_t, 16) i32x4;
typedef AG_VECTOR(uint32_t, 16) u32x4;
typedef AG_VECTOR(double, 16) f64x2;
typedef AG_VECTOR(int64_t, 16) i64x2;
typedef AG_VECTOR(uint64_t, 16) u64x2;
typedef i32x4 m32x4;
typedef i64x2 m64x2;

/* ---- 128 bits ----------------------------------------------------------------------------- */

AG_INLINE f32x4 vmin_f32x4(f32x4 a, f32x4 b) { return (f32x4)_mm_min_ps((__m128)a, (__m128)b); }
AG_INLINE f64x2 vmin_f64x2(f64x2 a, f64x2 b) { return (f64x2)_mm_min_pd((__m128d)a, (__m128d)b); }
AG_INLINE f32x4 vmax_f32x4(f32x4 a, f32x4 b) { return (f32x4)_mm_max_ps((__m128)a, (__m128)b); }
AG_INLINE f64x2 vmax_f64x2(f64x2 a, f64x2 b) { return (f64x2)_mm_max_pd((__m128d)a, (__m128d)b); }
AG_INLINE f64x2 vsqrt_f64x2(f64x2 a) { return (f64x2)_mm_sqrt_pd((__m128d)a); }
AG_INLINE m32x4 vlt_f32x4(f32x4 a, f32x4 b) { return (m32x4)_mm_cmplt_ps((__m128)a, (__m128)b); }
AG_INLINE m64x2 vlt_f64x2(f64x2 a, f64x2 b) { return (m64x2)_mm_cmplt_pd((__m128d)a, (__m128d)b); }
AG_INLINE m32x4 vle_f32x4(f32x4 a, f32x4 b) { return (m32x4)_mm_cmple_ps((__m128)a, (__m128)b); }
AG_INLINE m64x2 vle_f64x2(f64x2 a, f64x2 b) { return (m64x2)_mm_cmple_pd((__m128d)a, (__m128d)b); }
AG_INLINE m32x4 veq_f32x4(f32x4 a, f32x4 b) { return (m32x4)_mm_cmpeq_ps((__m128)a, (__m128)b); }
AG_INLINE m64x2 veq_f64x2(f64x2 a, f64x2 b) { return (m64x2)_mm_cmpeq_pd((__m128d)a, (__m128d)b); }
AG_INLINE bool vany_m32x4(m32x4 m) { return _mm_movemask_ps((__m128)m) != 0; }
AG_INLINE bool vany_m64x2(m64x2 m) { return _mm_movemask_pd((__m128d)m) != 0; }
AG_INLINE bool vall_m32x4(m32x4 m) { return _mm_movemask_ps((__m128)m) == 0xf; }
AG_INLINE bool vall_m64x2(m64x2 m) { return _mm_movemask_pd((__m128d)m) == 0x3; }
AG_INLINE m32x4 vnegative_i32x4(i32x4 i) { return i >> 31; }
AG_INLINE m64x2 vnegative_i64x2(i64x2 i) { /* the high halves decide; SSE2 shifts no 64-bit signs */
  return (m64x2)_mm_shuffle_epi32(_mm_srai_epi32((__m128i)i, 31), 0xf5);
}
AG_INLINE f64x2 widen_low_f32x4(f32x4 x) { return (f64x2)_mm_cvtps_pd((__m128)x); }
AG_INLINE f64x2 widen_high_f32x4(f32x4 x) {
  return (f64x2)_mm_cvtps_pd(_mm_movehl_ps((__m128)x, (__m128)x));
}
AG_INLINE f32x4 narrow_f64x2(f64x2 low, f64x2 high) {
  return (f32x4)_mm_movelh_ps(_mm_cvtpd_ps((__m128d)low), _mm_cvtpd_ps((__m128d)high));
}

#ifdef __FMA__
AG_INLINE f32x4 vfma_f32x4(f32x4 a, f32x4 b, f32x4 c) {
  return (f32x4)_mm_fmadd_ps((__m128)a, (__m128)b, (__m128)c);
}
AG_INLINE f64x2 vfma_f64x2(f64x2 a, f64x2 b, f64x2 c) {
  return (f64x2)_mm_fmadd_pd((__m128d)a, (__m128d)b, (__m128d)c);
}
AG_INLINE f32x4 vprod_low_f32x4(f32x4 a, f32x4 b, f32x4 p) { return vfma_f32x4(a, b, -p); }
AG_INLINE f64x2 vprod_low_f64x2(f64x2 a, f64x2 b, f64x2 p) { return vfma_f64x2(a, b, -p); }
AG_INLINE f32x4 vsel_f32x4(m32x4 m, f32x4 a, f32x4 b) {
  return (f32x4)_mm_blendv_ps((__m128)b, (__m128)a, (__m128)m);
}
AG_INLINE f64x2 vsel_f64x2(m64x2 m, f64x2 a, f64x2 b) {
  return (f64x2)_mm_blendv_pd((__m128d)b, (__m128d)a, (__m128d)m);
}
#else
AG_INLINE f32x4 vfma_f32x4(f32x4 a, f32x4 b, f32x4 c) { return a * b + c; }
AG_INLINE f64x2 vfma_f64x2(f64x2 a, f64x2 b, f64x2 c) { return a * b + c; }
/* Dekker 1971: halves of 12 (26) bits, whose products are exact. Wants a and b far from overflow.
 */
AG_INLINE f32x4 vprod_low_f32x4(f32x4 a, f32x4 b, f32x4 p) {
  f32x4 ah = (f32x4)((i32x4)a & -4096), al = a - ah, bh = (f32x4)((i32x4)b & -4096), bl = b - bh;
  return ((ah * bh - p) + ah * bl + al * bh) + al * bl;
}
AG_INLINE f64x2 vprod_low_f64x2(f64x2 a, f64x2 b, f64x2 p) {
  f64x2 ca = a * 0x1.0000002p27, cb = b * 0x1.0000002p27; /* 2^27 + 1 */
  f64x2 ah = ca - (ca - a), al = a - ah, bh = cb - (cb - b), bl = b - bh;
  return ((ah * bh - p) + ah * bl + al * bh) + al * bl;
}
AG_INLINE f32x4 vsel_f32x4(m32x4 m, f32x4 a, f32x4 b) {
  return (f32x4)((m & (i32x4)a) | (~m & (i32x4)b));
}
AG_INLINE f64x2 vsel_f64x2(m64x2 m, f64x2 a, f64x2 b) {
  return (f64x2)((m & (i64x2)a) | (~m & (i64x2)b));
}
#endif

/* ---- 256 bits ----------------------------------------------------------------------------- */
#ifdef __AVX2__
typedef AG_VECTOR(float, 32) f32x8;
typedef AG_VECTOR(int32_t, 32) i32x8;
typedef AG_VECTOR(uint32_t, 32) u32x8;
typedef AG_VECTOR(double, 32) f64x4;
typedef AG_VECTOR(int64_t, 32) i64x4;
typedef AG_VECTOR(uint64_t, 32) u64x4;
typedef i32x8 m32x8;
typedef i64x4 m64x4;

AG_INLINE f32x8 vfma_f32x8(f32x8 a, f32x8 b, f32x8 c) {
  return (f32x8)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
AG_INLINE f64x4 vfma_f64x4(f64x4 a, f64x4 b, f64x4 c) {
  return (f64x4)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}
AG_INLINE f32x8 vprod_low_f32x8(f32x8 a, f32x8 b, f32x8 p) { return vfma_f32x8(a, b, -p); }
AG_INLINE f64x4 vprod_low_f64x4(f64x4 a, f64x4 b, f64x4 p) { return vfma_f64x4(a, b, -p); }
AG_INLINE f32x8 vmin_f32x8(f32x8 a, f32x8 b) { return (f32x8)_mm256_min_ps((__m256)a, (__m256)b); }
AG_INLINE f64x4 vmin_f64x4(f64x4 a, f64x4 b) {
  return (f64x4)_mm256_min_pd((__m256d)a, (__m256d)b);
}
AG_INLINE f32x8 vmax_f32x8(f32x8 a, f32x8 b) { return (f32x8)_mm256_max_ps((__m256)a, (__m256)b); }
AG_INLINE f64x4 vmax_f64x4(f64x4 a, f64x4 b) {
  return (f64x4)_mm256_max_pd((__m256d)a, (__m256d)b);
}
#define COMPARE(name, op)                                                                          \
  AG_INLINE m32x8 name##_f32x8(f32x8 a, f32x8 b) {                                                 \
    return (m32x8)_mm256_cmp_ps((__m256)a, (__m256)b, op);                                         \
  }                                                                                                \
  AG_INLINE m64x4 name##_f64x4(f64x4 a, f64x4 b) {                                                 \
    return (m64x4)_mm256_cmp_pd((__m256d)a, (__m256d)b, op);                                       \
  }
COMPARE(vlt, _CMP_LT_OQ)
COMPARE(vle, _CMP_LE_OQ)
COMPARE(veq, _CMP_EQ_OQ)
#undef COMPARE
AG_INLINE f64x4 vsqrt_f64x4(f64x4 a) { return (f64x4)_mm256_sqrt_pd((__m256d)a); }
AG_INLINE bool vany_m32x8(m32x8 m) { return _mm256_movemask_ps((__m256)m) != 0; }
AG_INLINE bool vany_m64x4(m64x4 m) { return _mm256_movemask_pd((__m256d)m) != 0; }
AG_INLINE bool vall_m32x8(m32x8 m) { return _mm256_movemask_ps((__m256)m) == 0xff; }
AG_INLINE bool vall_m64x4(m64x4 m) { return _mm256_movemask_pd((__m256d)m) == 0xf; }
AG_INLINE m32x8 vnegative_i32x8(i32x8 i) { return i >> 31; }
AG_INLINE m64x4 vnegative_i64x4(i64x4 i) {
  return (m64x4)_mm256_cmpgt_epi64(_mm256_setzero_si256(), (__m256i)i);
}
AG_INLINE f32x8 vsel_f32x8(m32x8 m, f32x8 a, f32x8 b) {
  return (f32x8)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)m);
}
AG_INLINE f64x4 vsel_f64x4(m64x4 m, f64x4 a, f64x4 b) {
  return (f64x4)_mm256_blendv_pd((__m256d)b, (__m256d)a, (__m256d)m);
}
AG_INLINE f64x4 widen_low_f32x8(f32x8 x) {
  return (f64x4)_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)x));
}
AG_INLINE f64x4 widen_high_f32x8(f32x8 x) {
  return (f64x4)_mm256_cvtps_pd(_mm256_extractf128_ps((__m256)x, 1));
}
AG_INLINE f32x8 narrow_f64x4(f64x4 low, f64x4 high) {
  return (f32x8)_mm256_insertf128_ps(_mm256_castps128_ps256(_mm256_cvtpd_ps((__m256d)low)),
                                     _mm256_cvtpd_ps((__m256d)high), 1);
}
#define AG_WIDTH_32(f) , f32x8 : f##_f32x8, f64x4 : f##_f64x4
#define AG_MASKS_32(f) , m32x8 : f##_m32x8, m64x4 : f##_m64x4
#define AG_INTS_32(f) , i32x8 : f##_i32x8, i64x4 : f##_i64x4
#else
#define AG_WIDTH_32(f)
#define AG_MASKS_32(f)
#define AG_INTS_32(f)
#endif

/* ---- 512 bits ----------------------------------------------------------------------------- */
#ifdef __AVX512F__
typedef AG_VECTOR(float, 64) f32x16;
typedef AG_VECTOR(int32_t, 64) i32x16;
typedef AG_VECTOR(uint32_t, 64) u32x16;
typedef AG_VECTOR(double, 64) f64x8;
typedef AG_VECTOR(int64_t, 64) i64x8;
typedef AG_VECTOR(uint64_t, 64) u64x8;
typedef __mmask16 m32x16;
typedef __mmask8 m64x8;

AG_INLINE f32x16 vfma_f32x16(f32x16 a, f32x16 b, f32x16 c) {
  return (f32x16)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
AG_INLINE f64x8 vfma_f64x8(f64x8 a, f64x8 b, f64x8 c) {
  return (f64x8)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
}
AG_INLINE f32x16 vprod_low_f32x16(f32x16 a, f32x16 b, f32x16 p) { return vfma_f32x16(a, b, -p); }
AG_INLINE f64x8 vprod_low_f64x8(f64x8 a, f64x8 b, f64x8 p) { return vfma_f64x8(a, b, -p); }
AG_INLINE f32x16 vmin_f32x16(f32x16 a, f32x16 b) {
  return (f32x16)_mm512_min_ps((__m512)a, (__m512)b);
}
AG_INLINE f64x8 vmin_f64x8(f64x8 a, f64x8 b) {
  return (f64x8)_mm512_min_pd((__m512d)a, (__m512d)b);
}
AG_INLINE f32x16 vmax_f32x16(f32x16 a, f32x16 b) {
  return (f32x16)_mm512_max_ps((__m512)a, (__m512)b);
}
AG_INLINE f64x8 vmax_f64x8(f64x8 a, f64x8 b) {
  return (f64x8)_mm512_max_pd((__m512d)a, (__m512d)b);
}
#define COMPARE(name, op)                                                                          \
  AG_INLINE m32x16 name##_f32x16(f32x16 a, f32x16 b) {                                             \
    return _mm512_cmp_ps_mask((__m512)a, (__m512)b, op);                                           \
  }                                                                                                \
  AG_INLINE m64x8 name##_f64x8(f64x8 a, f64x8 b) {                                                 \
    return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, op);                                         \
  }
COMPARE(vlt, _CMP_LT_OQ)
COMPARE(vle, _CMP_LE_OQ)
COMPARE(veq, _CMP_EQ_OQ)
#undef COMPARE
AG_INLINE f64x8 vsqrt_f64x8(f64x8 a) { return (f64x8)_mm512_sqrt_pd((__m512d)a); }
AG_INLINE bool vany_m32x16(m32x16 m) { return m != 0; }
AG_INLINE bool vany_m64x8(m64x8 m) { return m != 0; }
AG_INLINE bool vall_m32x16(m32x16 m) { return m == 0xffff; }
AG_INLINE bool vall_m64x8(m64x8 m) { return m == 0xff; }
AG_INLINE m32x16 vnegative_i32x16(i32x16 i) { return _mm512_movepi32_mask((__m512i)i); }
AG_INLINE m64x8 vnegative_i64x8(i64x8 i) { return _mm512_movepi64_mask((__m512i)i); }
AG_INLINE f32x16 vsel_f32x16(m32x16 m, f32x16 a, f32x16 b) {
  return (f32x16)_mm512_mask_blend_ps(m, (__m512)b, (__m512)a);
}
AG_INLINE f64x8 vsel_f64x8(m64x8 m, f64x8 a, f64x8 b) {
  return (f64x8)_mm512_mask_blend_pd(m, (__m512d)b, (__m512d)a);
}
AG_INLINE f64x8 widen_low_f32x16(f32x16 x) {
  return (f64x8)_mm512_cvtps_pd(_mm512_castps512_ps256((__m512)x));
}
AG_INLINE f64x8 widen_high_f32x16(f32x16 x) {
  return (f64x8)_mm512_cvtps_pd(_mm512_extractf32x8_ps((__m512)x, 1));
}
AG_INLINE f32x16 narrow_f64x8(f64x8 low, f64x8 high) {
  return (f32x16)_mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps((__m512d)low)),
                                    _mm512_cvtpd_ps((__m512d)high), 1);
}
#define AG_WIDTH_64(f) , f32x16 : f##_f32x16, f64x8 : f##_f64x8
#define AG_MASKS_64(f) , m32x16 : f##_m32x16, m64x8 : f##_m64x8
#define AG_INTS_64(f) , i32x16 : f##_i32x16, i64x8 : f##_i64x8
#else
#define AG_WIDTH_64(f)
#define AG_MASKS_64(f)
#define AG_INTS_64(f)
#endif

/* ---- by type ------------------------------------------------------------------------------ */
#define AG_BY_FLOAT(f, x)                                                                          \
  _Generic((x), f32x4 : f##_f32x4, f64x2 : f##_f64x2 AG_WIDTH_32(f) AG_WIDTH_64(f))
#define AG_BY_INT(f, x)                                                                            \
  _Generic((x), i32x4 : f##_i32x4, i64x2 : f##_i64x2 AG_INTS_32(f) AG_INTS_64(f))
#define AG_BY_MASK(f, x)                                                                           \
  _Generic((x), m32x4 : f##_m32x4, m64x2 : f##_m64x2 AG_MASKS_32(f) AG_MASKS_64(f))

#define vfma(a, b, c) AG_BY_FLOAT(vfma, a)(a, b, c)
#define vprod_low(a, b, p) AG_BY_FLOAT(vprod_low, a)(a, b, p)
#define vmin(a, b) AG_BY_FLOAT(vmin, b)(a, b)
#define vmax(a, b) AG_BY_FLOAT(vmax, b)(a, b)
#define vlt(a, b) AG_BY_FLOAT(vlt, a)(a, b)
#define vle(a, b) AG_BY_FLOAT(vle, a)(a, b)
#define veq(a, b) AG_BY_FLOAT(veq, a)(a, b)
#define vsel(m, a, b) AG_BY_FLOAT(vsel, a)(m, a, b)
#define vnegative(i) AG_BY_INT(vnegative, i)(i)
#define vany(m) AG_BY_MASK(vany, m)(m)
#define vall(m) AG_BY_MASK(vall, m)(m)

#endif
