/* vectors.h - vectors of one instruction set by one set of names, for the *_isa.c files; S says
 * what they hold: ps (float) or pd (double). A file writes its loops as macros over these names and
 * uses them once for each S.
 *
 * Needs:  the compiler flags of the set. */
#ifndef AG_VECTORS_H
#define AG_VECTORS_H

#include "ag/vmath.h"

#include <immintrin.h>

#define OP_(prefix, name, type) prefix##_##name##_##type
#define OP_OF(prefix, name, type) OP_(prefix, name, type)
#if defined(__AVX512F__)
#define VECTOR 64 /* bytes */
#define OP(name) OP_OF(_mm512, name, S)
typedef __m512 vector_ps;
typedef __m512d vector_pd;
#elif defined(__AVX2__)
#define VECTOR 32
#define OP(name) OP_OF(_mm256, name, S)
typedef __m256 vector_ps;
typedef __m256d vector_pd;
#else
#define VECTOR 16
#define OP(name) OP_OF(_mm, name, S)
typedef __m128 vector_ps;
typedef __m128d vector_pd;
#endif
typedef float item_ps;
typedef double item_pd;

#define T AG_PASTE(item_, S)
#define v AG_PASTE(vector_, S)
#define LANES (VECTOR / (int)sizeof(T))
#define ZERO OP(setzero)
#define SPLAT OP(set1)
#define LOAD OP(loadu)
#define STORE OP(storeu)
#define ADD OP(add)
#ifdef __FMA__
#define FMA OP(fmadd)
#else
#define FMA(x, y, z) ADD(OP(mul)(x, y), z)
#endif

#endif
