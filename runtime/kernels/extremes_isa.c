/* extremes_isa.c - the loops of extremes.h for one instruction set; compiled once for each, AG_ISA
 * is its name.
 *
 * A row is searched block by block for its extreme alone, which the compiler makes vectors of; then
 * the block where that was found first is searched for its place.
 *
 * Needs:  AG_ISA and the compiler flags that go with it. */
#include "extremes.h"

#include "elementwise.h"

#include "ag/vmath.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

enum { BLOCK = 2048 };

/* The first block with the extreme key, then its first place there. */
#define ROW(name, K, KEY, odd, BEYOND)                                                             \
  static int64_t name##_row(const void *x_, int64_t n) {                                           \
    const K *x = x_;                                                                               \
    K best = KEY(x[0], odd);                                                                       \
    int64_t block = 0;                                                                             \
    for (int64_t begin = 0; begin < n; begin += BLOCK) {                                           \
      K most = name##_key(x + begin, n - begin < BLOCK ? n - begin : BLOCK);                       \
      block = most BEYOND best ? begin : block;                                                    \
      best = most BEYOND best ? most : best;                                                       \
    }                                                                                              \
    int32_t at = BLOCK, end = (int32_t)(n - block < BLOCK ? n - block : BLOCK);                    \
    for (int32_t i = 0; i < end; i++) {                                                            \
      int32_t here = KEY(x[block + i], odd) == best ? i : BLOCK;                                   \
      at = here < at ? here : at;                                                                  \
    }                                                                                              \
    return block + at;                                                                             \
  }
#define COLUMNS(name, K, KEY, odd, BEYOND)                                                         \
  static void name##_columns(const void *x_, int64_t n, int64_t step, int64_t width,               \
                             int64_t *at) {                                                        \
    const K *x = x_;                                                                               \
    K best[AG_EXTREME_WIDTH];                                                                      \
    for (int64_t j = 0; j < width; j++) {                                                          \
      best[j] = KEY(x[j], odd);                                                                    \
      at[j] = 0;                                                                                   \
    }                                                                                              \
    for (int64_t i = 1; i < n; i++) {                                                              \
      x += step;                                                                                   \
      for (int64_t j = 0; j < width; j++) {                                                        \
        K k = KEY(x[j], odd), old = best[j];                                                       \
        best[j] = k BEYOND old ? k : old;                                                          \
        at[j] = k BEYOND old ? i : at[j];                                                          \
      }                                                                                            \
    }                                                                                              \
  }

/* ---- integers, which are their own keys --------------------------------------------------------
 */

#define ITSELF(x, odd) (x)
#define INTEGER(name, K, BEYOND)                                                                   \
  static K name##_key(const K *x, int64_t n) {                                                     \
    K most = x[0];                                                                                 \
    for (int64_t i = 0; i < n; i++)                                                                \
      most = x[i] BEYOND most ? x[i] : most;                                                       \
    return most;                                                                                   \
  }                                                                                                \
  ROW(name, K, ITSELF, 0, BEYOND)                                                                  \
  COLUMNS(name, K, ITSELF, 0, BEYOND)
#define INTEGERS(D, T, W, _)                                                                       \
  INTEGER(largest_##D, T, >)                                                                       \
  INTEGER(smallest_##D, T, <)
AG_BOOL_TYPE(INTEGERS, _)
AG_INT_TYPES(INTEGERS, _)

/* ---- floats, by their bits ----------------------------------------------------------------------
 * As a key the sign is taken apart, so that both zeros are 0; NaN is `odd`, beyond all others. The
 * extremes of the bits, signed and unsigned, say those of the floats: as unsigned integers negative
 * floats are the larger ones, and the farther from zero the larger they are. */

#define FLOAT(D, K, U, INF, LOW, HIGH)                                                             \
  static inline K key_##D(K bits, K odd) {                                                         \
    K sign = bits >> (8 * sizeof bits - 1), nan = -(K)((bits & HIGH) > INF);                       \
    return (((bits ^ (sign & HIGH)) - sign) & ~nan) | (odd & nan);                                 \
  }                                                                                                \
  typedef struct bits_##D {                                                                        \
    K high;                                                                                        \
    U most;                                                                                        \
  } bits_##D;                                                                                      \
  static inline bits_##D bits_of_##D(const K *x, int64_t n) {                                      \
    K high = x[0];                                                                                 \
    U most = (U)high;                                                                              \
    for (int64_t i = 0; i < n; i++) {                                                              \
      high = x[i] > high ? x[i] : high;                                                            \
      most = (U)x[i] > most ? (U)x[i] : most;                                                      \
    }                                                                                              \
    return (bits_##D){high, most};                                                                 \
  }                                                                                                \
  static inline bool odd_##D(bits_##D b) { return b.high > INF || b.most > (U)INF + (U)LOW; }      \
  /* Nearest to zero, of floats with one sign. */                                                  \
  static inline K least_##D(const K *x, int64_t n) {                                               \
    U least = (U)x[0];                                                                             \
    for (int64_t i = 0; i < n; i++)                                                                \
      least = (U)x[i] < least ? (U)x[i] : least;                                                   \
    return (K)least;                                                                               \
  }                                                                                                \
  static K largest_##D##_key(const K *x, int64_t n) {                                              \
    bits_##D b = bits_of_##D(x, n);                                                                \
    return odd_##D(b) ? HIGH : key_##D(b.high >= 0 ? b.high : least_##D(x, n), HIGH);              \
  }                                                                                                \
  static K smallest_##D##_key(const K *x, int64_t n) {                                             \
    bits_##D b = bits_of_##D(x, n);                                                                \
    return odd_##D(b) ? LOW : key_##D(b.most > HIGH ? (K)b.most : least_##D(x, n), LOW);           \
  }                                                                                                \
  ROW(largest_##D, K, key_##D, HIGH, >)                                                            \
  COLUMNS(largest_##D, K, key_##D, HIGH, >)                                                        \
  ROW(smallest_##D, K, key_##D, LOW, <)                                                            \
  COLUMNS(smallest_##D, K, key_##D, LOW, <)
FLOAT(F32, int32_t, uint32_t, INT32_C(0x7f800000), INT32_MIN, INT32_MAX)
FLOAT(F64, int64_t, uint64_t, INT64_C(0x7ff0000000000000), INT64_MIN, INT64_MAX)

#define ENTRY(D, T, W, name) [AG_##D] = {name##_##D##_row, name##_##D##_columns},
#define ENTRIES(name)                                                                              \
  { AG_BOOL_TYPE(ENTRY, name) AG_INT_TYPES(ENTRY, name) AG_FLOAT_TYPES(ENTRY, name) }
const ag_extremes AG_OF_ISA(ag_extremes) = {ENTRIES(largest), ENTRIES(smallest)};
