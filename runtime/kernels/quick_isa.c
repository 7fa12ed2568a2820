/* quick_isa.c - the sorting of quick.h for one instruction set; compiled once for each, AG_ISA is
 * its name.
 *
 * Quicksort in two arrays, a vector at a time: of what is below the pivot and what is not, one side
 * stays in its array and the other goes to the second one. Few items are sorted in registers: the
 * columns of up to 16 vectors by a network, then neighbouring columns are merged bitonically, to
 * one in the end, which perfect shuffles turn into rows (Blacher et al., Vectorized and
 * performance-portable Quicksort, 2022). Where pivots go wrong too often, heaps end it in n log n
 * steps.
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

enum { VECTORS = 16, MANY_SAMPLES = 32, MANY_SAMPLES_FROM = 2048, ASKED_FROM = 1 << 20 };

/* The n lowest bits. */
#define FIRST(n) ((n) >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << (n)) - 1)

/* Batcher's odd-even merging: what to exchange to sort 2, 4, 8 or 16, each the first ones. */
static const uint8_t exchanges[][2] = {
    {0, 1},   {2, 3},   {0, 2},   {1, 3},   {1, 2},   {4, 5},  {6, 7},   {4, 6},   {5, 7},
    {5, 6},   {0, 4},   {2, 6},   {2, 4},   {1, 5},   {3, 7},  {3, 5},   {1, 2},   {3, 4},
    {5, 6},   {8, 9},   {10, 11}, {8, 10},  {9, 11},  {9, 10}, {12, 13}, {14, 15}, {12, 14},
    {13, 15}, {13, 14}, {8, 12},  {10, 14}, {10, 12}, {9, 13}, {11, 15}, {11, 13}, {9, 10},
    {11, 12}, {13, 14}, {0, 8},   {4, 12},  {4, 8},   {2, 10}, {6, 14},  {6, 10},  {2, 4},
    {6, 8},   {10, 12}, {1, 9},   {5, 13},  {5, 9},   {3, 11}, {7, 15},  {7, 11},  {3, 5},
    {7, 9},   {11, 13}, {1, 2},   {3, 4},   {5, 6},   {7, 8},  {9, 10},  {11, 12}, {13, 14}};
static inline int exchanges_of(int n) {
  return n == 1 ? 0 : n == 2 ? 1 : n == 4 ? 5 : n == 8 ? 19 : 63;
}

#define INLINED static inline __attribute__((always_inline))
#define EACH _Pragma("GCC unroll 64") for

#define QUICK(BITS, E)                                                                             \
  enum { LANES_##BITS = 512 / BITS };                                                              \
  /* Lanes whose number has the bit `of`. */                                                       \
  INLINED MASK_##BITS upper_##BITS(int of) {                                                       \
    return (MASK_##BITS)(of == 1 ? 0xaaaa : of == 2 ? 0xcccc : of == 4 ? 0xf0f0 : 0xff00);         \
  }                                                                                                \
  INLINED __m512i exchanged_##BITS(__m512i a, __m512i b, int of) {                                 \
    return _mm512_mask_max_epu##BITS(_mm512_min_epu##BITS(a, b), upper_##BITS(of), a, b);          \
  }                                                                                                \
  INLINED void order_##BITS(__m512i *a, __m512i *b) {                                              \
    __m512i less = _mm512_min_epu##BITS(*a, *b);                                                   \
    *b = _mm512_max_epu##BITS(*a, *b);                                                             \
    *a = less;                                                                                     \
  }                                                                                                \
  INLINED __m512i lanes_xor_##BITS(int with) {                                                     \
    return _mm512_xor_si512(COUNT_##BITS, _mm512_set1_epi##BITS(with));                            \
  }                                                                                                \
  /* Columns lie apart by `of` lanes: each item with the one in its row there. */                  \
  INLINED void across_##BITS(__m512i *v, int n, int of) {                                          \
    __m512i turn = lanes_xor_##BITS(of);                                                           \
    EACH(int i = 0; i < n; i++)                                                                    \
    v[i] = exchanged_##BITS(v[i], _mm512_permutexvar_epi##BITS(turn, v[i]), of);                   \
  }                                                                                                \
  /* Rows that lie apart by `of`. */                                                               \
  INLINED void down_##BITS(__m512i *v, int n, int of) {                                            \
    EACH(int i = 0; i < n / 2; i++) {                                                              \
      int low = (i & -of) * 2 + (i & (of - 1));                                                    \
      order_##BITS(&v[low], &v[low + of]);                                                         \
    }                                                                                              \
  }                                                                                                \
  /* Every two neighbours among sequences of `of` sorted columns become one: the first with the    \
   * last item, and so on. Then what is left is to put each in order by halves. */                 \
  INLINED void merge_##BITS(__m512i *v, int n, int of) {                                           \
    __m512i turn = lanes_xor_##BITS(2 * of - 1);                                                   \
    EACH(int i = 0; i < (n + 1) / 2; i++) {                                                        \
      __m512i a = v[i], b = v[n - 1 - i];                                                          \
      v[i] = exchanged_##BITS(a, _mm512_permutexvar_epi##BITS(turn, b), of);                       \
      v[n - 1 - i] = exchanged_##BITS(b, _mm512_permutexvar_epi##BITS(turn, a), of);               \
    }                                                                                              \
    if (of > 4)                                                                                    \
      across_##BITS(v, n, 4);                                                                      \
    if (of > 2)                                                                                    \
      across_##BITS(v, n, 2);                                                                      \
    if (of > 1)                                                                                    \
      across_##BITS(v, n, 1);                                                                      \
    if (n > 8)                                                                                     \
      down_##BITS(v, n, 8);                                                                        \
    if (n > 4)                                                                                     \
      down_##BITS(v, n, 4);                                                                        \
    if (n > 2)                                                                                     \
      down_##BITS(v, n, 2);                                                                        \
    if (n > 1)                                                                                     \
      down_##BITS(v, n, 1);                                                                        \
  }                                                                                                \
  /* The first half of all items and the second, in turns. */                                      \
  INLINED void shuffle_##BITS(__m512i *v, int n) {                                                 \
    enum { LANES = LANES_##BITS };                                                                 \
    __m512i w[VECTORS], half = _mm512_srli_epi##BITS(COUNT_##BITS, 1);                             \
    __m512i odd = _mm512_and_si512(COUNT_##BITS, _mm512_set1_epi##BITS(1));                        \
    odd = _mm512_mullo_epi32(odd, _mm512_set1_epi##BITS(LANES));                                   \
    __m512i low = _mm512_add_epi##BITS(half, odd);                                                 \
    __m512i high = _mm512_add_epi##BITS(low, _mm512_set1_epi##BITS(LANES / 2));                    \
    EACH(int i = 0; i < n / 2; i++) {                                                              \
      w[2 * i] = _mm512_permutex2var_epi##BITS(v[i], low, v[i + n / 2]);                           \
      w[2 * i + 1] = _mm512_permutex2var_epi##BITS(v[i], high, v[i + n / 2]);                      \
    }                                                                                              \
    EACH(int i = 0; i < n; i++) v[i] = w[i];                                                       \
  }                                                                                                \
  /* As the items of n vectors, those that are not there behind all others. */                     \
  INLINED void columns_##BITS(const E *x, E *to, int64_t items, int n) {                           \
    enum { LANES = LANES_##BITS };                                                                 \
    __m512i v[VECTORS];                                                                            \
    EACH(int i = 0; i < n; i++) {                                                                  \
      int64_t left = items - i * LANES;                                                            \
      v[i] = _mm512_mask_loadu_epi##BITS(_mm512_set1_epi64(-1),                                    \
                                         (MASK_##BITS)FIRST(left < 0 ? 0 : left), x + i * LANES);  \
    }                                                                                              \
    EACH(int i = 0; i < exchanges_of(n); i++)                                                      \
    order_##BITS(&v[exchanges[i][0]], &v[exchanges[i][1]]);                                        \
    merge_##BITS(v, n, 1);                                                                         \
    merge_##BITS(v, n, 2);                                                                         \
    merge_##BITS(v, n, 4);                                                                         \
    if (LANES > 8)                                                                                 \
      merge_##BITS(v, n, 8);                                                                       \
    if (n > 1)                                                                                     \
      shuffle_##BITS(v, n);                                                                        \
    if (n > 2)                                                                                     \
      shuffle_##BITS(v, n);                                                                        \
    if (n > 4)                                                                                     \
      shuffle_##BITS(v, n);                                                                        \
    if (n > 8)                                                                                     \
      shuffle_##BITS(v, n);                                                                        \
    EACH(int i = 0; i < n; i++) {                                                                  \
      int64_t left = items - i * LANES;                                                            \
      _mm512_mask_storeu_epi##BITS(to + i * LANES, (MASK_##BITS)FIRST(left < 0 ? 0 : left), v[i]); \
    }                                                                                              \
  }                                                                                                \
  /* At most VECTORS full; x may be `to`. */                                                       \
  static void few_##BITS(const E *x, E *to, int64_t n) {                                           \
    enum { LANES = LANES_##BITS };                                                                 \
    if (n <= LANES)                                                                                \
      columns_##BITS(x, to, n, 1);                                                                 \
    else if (n <= 2 * LANES)                                                                       \
      columns_##BITS(x, to, n, 2);                                                                 \
    else if (n <= 4 * LANES)                                                                       \
      columns_##BITS(x, to, n, 4);                                                                 \
    else if (n <= 8 * LANES)                                                                       \
      columns_##BITS(x, to, n, 8);                                                                 \
    else                                                                                           \
      columns_##BITS(x, to, n, 16);                                                                \
  }                                                                                                \
  /* Items of x below the pivot (those not above it, if `same`), how many is returned, and the     \
   * others: some stay at x, the others go to y. */                                                \
  INLINED int64_t part_##BITS(E *x, E *y, int64_t n, E pivot, bool same, bool lows_stay) {         \
    enum { LANES = LANES_##BITS };                                                                 \
    E *begin = x, *stay = x, *go = y;                                                              \
    __m512i p = _mm512_set1_epi##BITS((long long)pivot);                                           \
    /* Whole vectors are stored: at y there is room, at x these were read already. */              \
    for (; n > 0; n -= LANES, x += LANES) {                                                        \
      MASK_##BITS there = (MASK_##BITS)FIRST(n);                                                   \
      __m512i v = n < LANES ? _mm512_maskz_loadu_epi##BITS(there, x) : _mm512_loadu_si512(x);      \
      MASK_##BITS below =                                                                          \
          same ? _mm512_cmple_epu##BITS##_mask(v, p) : _mm512_cmplt_epu##BITS##_mask(v, p);        \
      MASK_##BITS stays = lows_stay ? below : (MASK_##BITS) ~below;                                \
      if (n < LANES) {                                                                             \
        _mm512_mask_compressstoreu_epi##BITS(stay, stays &there, v);                               \
        _mm512_mask_compressstoreu_epi##BITS(go, (MASK_##BITS) ~stays &there, v);                  \
        stay += __builtin_popcount(stays & there);                                                 \
        go += n - __builtin_popcount(stays & there);                                               \
        break;                                                                                     \
      }                                                                                            \
      int count = __builtin_popcount(stays);                                                       \
      _mm512_storeu_si512(stay, _mm512_maskz_compress_epi##BITS(stays, v));                        \
      _mm512_storeu_si512(go, _mm512_maskz_compress_epi##BITS((MASK_##BITS) ~stays, v));           \
      stay += count;                                                                               \
      go += LANES - count;                                                                         \
    }                                                                                              \
    return lows_stay ? stay - begin : go - y;                                                      \
  }                                                                                                \
  static int64_t split_##BITS(void *x_, void *y_, int64_t n, const void *pivot) {                  \
    E *x = x_, *y = y_;                                                                            \
    int64_t lows = part_##BITS(x, y, n, *(const E *)pivot, false, false);                          \
    memcpy(y + lows, x, (size_t)(n - lows) * sizeof *x);                                           \
    return lows;                                                                                   \
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
    E some[MANY_SAMPLES];                                                                          \
    int samples = n < MANY_SAMPLES_FROM ? LANES_##BITS : MANY_SAMPLES;                             \
    for (int i = 0; i < samples; i++)                                                              \
      some[i] = x[n / samples * i + n / samples / 2];                                              \
    few_##BITS(some, some, samples);                                                               \
    return some[samples / 2];                                                                      \
  }                                                                                                \
  /* The result is at y if to_y, else at x. */                                                     \
  static void quick_##BITS(E *x, E *y, int64_t n, bool to_y, int depth, ag_run *run) {             \
    while (n > VECTORS * LANES_##BITS && depth-- > 0) {                                            \
      if (n > ASKED_FROM && ag_parallel(run, 0, 0, NULL, NULL))                                    \
        return;                                                                                    \
      E pivot = pivot_##BITS(x, n);                                                                \
      int64_t lows = to_y ? part_##BITS(x, y, n, pivot, false, false)                              \
                          : part_##BITS(x, y, n, pivot, false, true);                              \
      if (lows == 0) { /* the pivot is the least: those like it are in their place at once */      \
        E *all = to_y ? x : y;                                                                     \
        y = to_y ? y : x;                                                                          \
        x = all;                                                                                   \
        lows = part_##BITS(x, y, n, pivot, true, false);                                           \
        y += lows;                                                                                 \
      } else if (to_y) {                                                                           \
        quick_##BITS(y, x + n - lows, lows, false, depth, run);                                    \
        y += lows;                                                                                 \
      } else {                                                                                     \
        quick_##BITS(x, y + n - lows, lows, false, depth, run);                                    \
        E *rest = y;                                                                               \
        y = x + lows;                                                                              \
        x = rest;                                                                                  \
      }                                                                                            \
      to_y = true;                                                                                 \
      n -= lows;                                                                                   \
    }                                                                                              \
    if (n > VECTORS * LANES_##BITS) {                                                              \
      heap_##BITS(x, n);                                                                           \
      if (to_y)                                                                                    \
        memcpy(y, x, (size_t)n * sizeof *x);                                                       \
    } else if (n > 0) {                                                                            \
      few_##BITS(x, to_y ? y : x, n);                                                              \
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
#define COUNT_32 _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define COUNT_64 _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0)
QUICK(32, uint32_t)
QUICK(64, uint64_t)

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
