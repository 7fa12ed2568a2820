/* isa.h - what each compilation of vmath_isa.c defines. */
#ifndef AG_VMATH_ISA_H
#define AG_VMATH_ISA_H

#include "ag/vmath.h"

enum {
  AG_VMATH_FUNCTIONS = 17,
  AG_VMATH_FORMS = 2 * AG_VMATH_FUNCTIONS, /* of one width, both types */
};

extern const ag_vmath ag_vmath_sse2, ag_vmath_avx2, ag_vmath_avx512;
extern const ag_vmath_symbol ag_vmath_symbols_sse2[2 * AG_VMATH_FORMS],
    ag_vmath_symbols_avx2[3 * AG_VMATH_FORMS], ag_vmath_symbols_avx512[4 * AG_VMATH_FORMS];

#endif
