/* half.h - float16 and bfloat16 to and from double, rounded once, halves to even. */
#ifndef AG_HALF_H
#define AG_HALF_H

#include "ag/base.h"

#include <string.h>

static inline double ag_half_value(ag_dtype d, uint16_t h) {
  uint32_t bits;
  float x;
  if (d == AG_BF16) {
    bits = (uint32_t)h << 16;
  } else {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, rest = h & 0x7fff;
    if (rest >= 0x7c00)
      bits = sign | 0x7f800000 | (rest & 0x3ff) << 13;
    else if (rest >= 0x400)
      bits = sign | ((rest << 13) + (112u << 23));
    else { /* subnormal: a multiple of 2^-24 */
      x = (float)rest * 0x1p-24f;
      return (double)(sign ? -x : x);
    }
  }
  memcpy(&x, &bits, sizeof x);
  return (double)x;
}

static inline uint16_t ag_half_bits(ag_dtype d, double x) {
  /* To 32 bits with the last one odd when bits are lost: the second rounding is then as good as
   * one. */
  float f = (float)x;
  uint32_t bits;
  memcpy(&bits, &f, sizeof bits);
  if (x == x && (double)f != x && (bits & 0x7fffffff) <= 0x7f800000) {
    bool away = (double)f > x ? x >= 0 : x < 0;
    if (away || (bits & 0x7fffffff) == 0x7f800000)
      bits--;
    bits |= 1;
  }
  uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
  uint32_t rest = bits & 0x7fffffff;
  if (d == AG_BF16) {
    if (x != x)
      return (uint16_t)(sign | 0x7fc0);
    return (uint16_t)(sign | (rest + 0x7fff + (rest >> 16 & 1)) >> 16);
  }
  if (x != x)
    return (uint16_t)(sign | 0x7e00);
  if (rest >= 0x47800000) /* 65536 and above */
    return (uint16_t)(sign | 0x7c00);
  if (rest >= 0x38800000) { /* normal; a carry makes it the next power, or infinity */
    rest -= 112u << 23;
    return (uint16_t)(sign | (rest + 0xfff + (rest >> 13 & 1)) >> 13);
  }
  int shift = 126 - (int)(rest >> 23);
  if (shift > 24)
    return sign;
  uint32_t m = (rest & 0x7fffff) | 0x800000, lost = m & ((1u << shift) - 1),
           half = 1u << (shift - 1);
  m >>= shift;
  m += lost > half || (lost == half && (m & 1));
  return (uint16_t)(sign | m);
}

static inline bool ag_is_half(ag_dtype d) { return d == AG_F16 || d == AG_BF16; }

#endif
