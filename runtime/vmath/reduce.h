/* reduce.h - argument reduction of sin, cos and tan where x is too large for three-part constants.
 */
#ifndef AG_VMATH_REDUCE_H
#define AG_VMATH_REDUCE_H

#include <stdint.h>

/* The vector code serves |x| below these. */
#define LARGE_F 0x1p22f
#define LARGE_D 0x1p30

/* x = (4 k + quadrant) pi/2 + r + low with |r| <= pi/4 (1 + 2^-50), for any finite |x| >= 1; r is
 * NaN for an infinity or NaN. The quadrant is 0 to 3. */
void ag_vmath_reduce(double x, double *r, double *low, int64_t *quadrant);

/* Of floats from LARGE_F on; NaN for an infinity or NaN. */
float ag_vmath_sin_large(float x);
float ag_vmath_cos_large(float x);
float ag_vmath_tan_large(float x);

#endif
