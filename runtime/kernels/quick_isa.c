/* quick_isa.c - the sorting of quick.h for one instruction set; compiled once for each, AG_ISA is
 * its name.
 *
 * Quicksort from one array to the other and back, a vector at a time: what is below the pivot goes
 * to the left end, the rest to the right one. Few items are sorted by their ranks: how many of the
 * others come before each. Where pivots go wrong too often, heaps end it in n log n steps.
 *
 * Needs:  AG_ISA and the compiler flags that go with it. */
#include "quick.h"

#include "pool.h"

#include "ag/vmath.h"

#ifdef __AVX512F__
#include <immintrin.h>
#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

enum { FEW = 32, SAMPLES = 25, SAMPLES_FROM = 2048, FEW_SAMPLES = 9, ASKED_FROM = 1 << 20 };

/* The n lowest bits. */
#define FIRST(n) ((n) >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << (n)) - 1)

#define QUICK(BITS, E, SCATTER)                                                                    \
  enum { LANES_##BITS = 512 / BITS };                                                              \
  /* Items by their ranks; places count where items are equal. */                                  \
  static void rank_##BITS(const E *x, E *to, int64_t n) {                                          \
    enum { LANES = LANES_##BITS, VECTORS = FEW / LANES };                                          \
    __m512i v[VECTORS], rank[VECTORS], one = _mm512_set1_epi##BITS(1);                             \
    for (int i = 0; i < VECTORS; i++) {                                                            \
      int64_t left = n - i * LANES;                                                                \
      v[i] = _mm512_mask_loadu_epi##BITS(_mm512_set1_epi64(-1),                                    \
                                         (MASK_##BITS)FIRST(left < 0 ? 0 : left), x + i * LANES);  \
      rank[i] = _mm512_setzero_si512();                                                            \
    }                                                                                              \
    _Pragma("GCC unroll 4") for (int of = 0; of < VECTORS; of++) {                                 \
      for (int64_t j = 0; j < LANES && of * LANES + j < n; j++) {                                  \
        __m512i item = _mm512_set1_epi##BITS((long long)x[of * LANES + j]);                        \
        MASK_##BITS after = (MASK_##BITS) ~FIRST(j + 1);                                           \
        _Pragma("GCC unroll 4") for (int i = 0; i < VECTORS; i++) {                                \
          MASK_##BITS before =                                                                     \
              i < of   ? _mm512_cmplt_epu##BITS##_mask(item, v[i])                                 \
              : i > of ? _mm512_cmple_epu##BITS##_mask(item, v[i])                                 \
                       : (MASK_##BITS)(_mm512_cmplt_epu##BITS##_mask(item, v[i]) |                 \
                                       _mm512_mask_cmple_epu##BITS##_mask(after, item, v[i]));     \
          rank[i] = _mm512_mask_add_epi##BITS(rank[i], before, rank[i], one);                      \
        }                                                                                          \
      }                                                                                            \
    }                                                                                              \
    for (int i = 0; i < VECTORS; i++) {                                                            \
      int64_t left = n - i * LANES;                                                                \
      SCATTER(to, (MASK_##BITS)FIRST(left < 0 ? 0 : left), rank[i], v[i], BITS / 8);               \
    }                                                                                              \
  }                                                                                                \
  /* y becomes the items of x below the pivot (those not above it, if `same`), and the others. */  \
  static inline int64_t part_##BITS(const E *x, E *y, int64_t n, E pivot, bool same) {             \
    enum { LANES = LANES_##BITS };                                                                 \
    E *low = y, *high = y + n;                                                                     \
    __m512i p = _mm512_set1_epi##BITS((long long)pivot);                                           \
    /* At least a vector lies between low and high: what is stored too much gets lost. */          \
    for (; n >= LANES; n -= LANES, x += LANES) {                                                   \
      __m512i v = _mm512_loadu_si512(x);                                                           \
      MASK_##BITS below =                                                                          \
          same ? _mm512_cmple_epu##BITS##_mask(v, p) : _mm512_cmplt_epu##BITS##_mask(v, p);        \
      int lows = __builtin_popcount(below);                                                        \
      _mm512_storeu_si512(low, _mm512_maskz_compress_epi##BITS(below, v));                         \
      low += lows;                                                                                 \
      high -= LANES - lows;                                                                        \
      _mm512_mask_storeu_epi##BITS(high, (MASK_##BITS)((MASK_##BITS) - 1 >> lows),                 \
                                   _mm512_maskz_compress_epi##BITS((MASK_##BITS) ~below, v));      \
    }                                                                                              \
    for (; n > 0; n--, x++)                                                                        \
      if (same ? *x <= pivot : *x < pivot)                                                         \
        *low++ = *x;                                                                               \
      else                                                                                         \
        *--high = *x;                                                                              \
    return low - y;                                                                                \
  }                                                                                                \
  static int64_t split_##BITS(const void *x, void *y, int64_t n, const void *pivot) {              \
    return part_##BITS(x, y, n, *(const E *)pivot, false);                                         \
  }                                                                                                \
  static void sift_##BITS(E *x, int64_t i, int64_t n) {                                            \
    E v = x[i];                                                                                    \
    for (int64_t child; (child = 2 * i + 1) < n; i = child) {                                      \
      child += child + 1 < n && x[child + 1] > x[child];                                           \
      if (x[child] <= v)                                                                           \
        break;                                                                                     \
      x[i] = x[child];                                                                             \
    }                                                                                              \
    x[i] = v;                                                                                      \
  }                                                                                                \
  static void heap_##BITS(E *x, int64_t n) {                                                       \
    for (int64_t i = n / 2; i-- > 0;)                                                              \
      sift_##BITS(x, i, n);                                                                        \
    while (--n > 0) {                                                                              \
      E v = x[0];                                                                                  \
      x[0] = x[n];                                                                                 \
      x[n] = v;                                                                                    \
      sift_##BITS(x, 0, n);                                                                        \
    }                                                                                              \
  }                                                                                                \
  static E pivot_##BITS(const E *x, int64_t n) {                                                   \
    E some[SAMPLES], sorted[FEW];                                                                  \
    int samples = n < SAMPLES_FROM ? FEW_SAMPLES : SAMPLES;                                        \
    for (int i = 0; i < samples; i++)                                                              \
      some[i] = x[n / samples * i + n / samples / 2];                                              \
    rank_##BITS(some, sorted, samples);                                                            \
    return sorted[samples / 2];                                                                    \
  }                                                                                                \
  static void quick_##BITS(E *x, E *y, int64_t n, bool to_y, int depth, ag_run *run) {             \
    while (n > FEW && depth > 0) {                                                                 \
      if (n > ASKED_FROM && ag_parallel(run, 0, 0, NULL, NULL))                                    \
        return;                                                                                    \
      E pivot = pivot_##BITS(x, n);                                                                \
      int64_t lows = part_##BITS(x, y, n, pivot, false);                                           \
      if (lows == 0) { /* the pivot is the least: those like it are in their place */              \
        lows = part_##BITS(x, y, n, pivot, true);                                                  \
        if (!to_y)                                                                                 \
          memcpy(x, y, (size_t)lows * sizeof *x);                                                  \
      } else {                                                                                     \
        quick_##BITS(y, x, lows, !to_y, depth - 1, run);                                           \
      }                                                                                            \
      E *next = y + lows; /* the rest is at y now */                                               \
      y = x + lows;                                                                                \
      x = next;                                                                                    \
      n -= lows;                                                                                   \
      to_y = !to_y;                                                                                \
      depth--;                                                                                     \
    }                                                                                              \
    if (n > FEW) {                                                                                 \
      heap_##BITS(x, n);                                                                           \
      if (to_y)                                                                                    \
        memcpy(y, x, (size_t)n * sizeof *x);                                                       \
    } else if (n > 0) {                                                                            \
      rank_##BITS(x, to_y ? y : x, n);                                                             \
    }                                                                                              \
  }                                                                                                \
  static void sort_##BITS(ag_run *run, void *x, void *y, int64_t n, bool to_y) {                   \
    int depth = 8;                                                                                 \
    for (int64_t i = n; i > 0; i /= 2)                                                             \
      depth += 2;                                                                                  \
    quick_##BITS(x, y, n, to_y, depth, run);                                                       \
  }
typedef __mmask16 MASK_32;
typedef __mmask8 MASK_64;
QUICK(32, uint32_t, _mm512_mask_i32scatter_epi32)
QUICK(64, uint64_t, _mm512_mask_i64scatter_epi64)

#define FLOATS(BITS, E, I, INF, USUAL)                                                             \
  static bool plain_##BITS(const void *x_, int64_t n) {                                            \
    const E *x = x_, sign = (E)1 << (BITS - 1);                                                    \
    E odd = 0;                                                                                     \
    for (int64_t i = 0; i < n; i++)                                                                \
      odd |= (E)(x[i] == sign) | (E)((x[i] & ~sign) > INF && x[i] != USUAL);                       \
    return !odd;                                                                                   \
  }                                                                                                \
  static void encode_##BITS(void *x_, int64_t n) {                                                 \
    E *x = x_;                                                                                     \
    for (int64_t i = 0; i < n; i++)                                                                \
      x[i] ^= (E)((I)x[i] >> (BITS - 1)) | (E)1 << (BITS - 1);                                     \
  }                                                                                                \
  static void decode_##BITS(void *x_, int64_t n) {                                                 \
    E *x = x_;                                                                                     \
    for (int64_t i = 0; i < n; i++)                                                                \
      x[i] ^= (E)((I)~x[i] >> (BITS - 1)) | (E)1 << (BITS - 1);                                    \
  }
FLOATS(32, uint32_t, int32_t, UINT32_C(0x7f800000), UINT32_C(0x7fc00000))
FLOATS(64, uint64_t, int64_t, UINT64_C(0x7ff0000000000000), UINT64_C(0x7ff8000000000000))

const ag_quick AG_OF_ISA(ag_quick)[2] = {
    {sort_32, split_32, plain_32, encode_32, decode_32},
    {sort_64, split_64, plain_64, encode_64, decode_64},
};
#else
const ag_quick AG_OF_ISA(ag_quick)[2] = {{0}, {0}};
#endif
