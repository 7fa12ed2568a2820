/* width.h - all functions for vectors of AG_W bytes; included once per width.
 *
 * The files below are written once, over F (floats), D (half as many doubles) and N(name), which is
 * `name` for this width. Every width and so every form of a function does the same operations in
 * each lane. */
#define JOIN_(a, b, c) a##b##c
#define JOIN(a, b, c) JOIN_(a, b, c)
#define N(name) JOIN(name, _w, AG_W)

/* SCALE_* is for AVX-512, in every width. */
#if AG_W == 16
#define LANES_F 4
#define LANES_D 2
#define SCALE_F(a, n) (F) _mm_scalef_ps((__m128)(a), (__m128)(n))
#define SCALE_D(a, n) (D) _mm_scalef_pd((__m128d)(a), (__m128d)(n))
#elif AG_W == 32
#define LANES_F 8
#define LANES_D 4
#define SCALE_F(a, n) (F) _mm256_scalef_ps((__m256)(a), (__m256)(n))
#define SCALE_D(a, n) (D) _mm256_scalef_pd((__m256d)(a), (__m256d)(n))
#else
#define LANES_F 16
#define LANES_D 8
#define SCALE_F(a, n) (F) _mm512_scalef_ps((__m512)(a), (__m512)(n))
#define SCALE_D(a, n) (D) _mm512_scalef_pd((__m512d)(a), (__m512d)(n))
#endif
#define F JOIN(f32x, LANES_F, )
#define D JOIN(f64x, LANES_D, )
#define FI JOIN(i32x, LANES_F, ) /* the bits of an F */
#define DI JOIN(i64x, LANES_D, )
#define FU JOIN(u32x, LANES_F, ) /* the same, for what may overflow */
#define DU JOIN(u64x, LANES_D, )
#define FM JOIN(m32x, LANES_F, ) /* masks */
#define DM JOIN(m64x, LANES_D, )
#define WIDEN_LOW JOIN(widen_low_f32x, LANES_F, )
#define WIDEN_HIGH JOIN(widen_high_f32x, LANES_F, )
#define NARROW JOIN(narrow_f64x, LANES_D, )

/* In the order of their needs. */
/* clang-format off */
#include "basic.h"
#include "exp.h"
#include "log.h"
#include "trig.h"
#include "hyper.h"
#include "erf.h"
#include "inverse.h"
#include "pow.h"
#include "forms.h"
/* clang-format on */

#undef JOIN_
#undef JOIN
#undef N
#undef LANES_F
#undef LANES_D
#undef SCALE_F
#undef SCALE_D
#undef F
#undef D
#undef FI
#undef DI
#undef FU
#undef DU
#undef FM
#undef DM
#undef WIDEN_LOW
#undef WIDEN_HIGH
#undef NARROW
