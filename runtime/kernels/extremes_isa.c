/* extremes_isa.c - the loops of extremes.h for one instruction set; compiled once for each, AG_ISA
 * is its name.
 *
 * A row is searched block by block for its extreme alone, which the compiler makes vectors of; then
 * the block where that was found first is searched for its place. Of a short row of wide numbers
 * each lane of a vector keeps its own extreme and that one's place; in the end they are compared.
 *
 * Needs:  AG_ISA and the compiler flags that go with it. */
#include "extremes.h"

#include "elementwise.h"

#include "ag/vmath.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

enum { BLOCK = 2048 };

#if defined(__AVX512F__)
#define VECTOR 64 /* bytes */
#elif defined(__AVX2__)
#define VECTOR 32
#else
#define VECTOR 16
#endif

/* Of the same size, as comparisons of vectors give it. */
#define SIGNED(T)                                                                                  \
  __typeof__(_Generic((T)0, float                                                                  \
                      : (int32_t)0, double                                                         \
                      : (int64_t)0, uint8_t                                                        \
                      : (int8_t)0, uint16_t                                                        \
                      : (int16_t)0, uint32_t                                                       \
                      : (int32_t)0, uint64_t                                                       \
                      : (int64_t)0, default                                                        \
                      : (T)0))

/* The place in a row of at least a vector, or -1 when there is a NaN. */
#define BY_LANES(name, T, BEYOND)                                                                  \
  typedef T name##_vector __attribute__((vector_size(VECTOR)));                                    \
  typedef T name##_lent __attribute__((vector_size(VECTOR), aligned(sizeof(T)), may_alias));       \
  typedef SIGNED(T) name##_places __attribute__((vector_size(VECTOR)));                            \
  static int64_t name##_by_lanes(const T *x, int64_t n) {                                          \
    typedef name##_vector v;                                                                       \
    typedef name##_places places;                                                                  \
    typedef SIGNED(T) item;                                                                        \
    enum { LANES = VECTOR / (int)sizeof(T) };                                                      \
    int64_t whole = n - n % LANES;                                                                 \
    v best = *(const name##_lent *)x;                                                              \
    places at, odd = best != best, lane, now;                                                      \
    for (int j = 0; j < LANES; j++)                                                                \
      lane[j] = (item)j;                                                                           \
    at = now = lane;                                                                               \
    for (int64_t i = LANES; i < whole; i += LANES) {                                               \
      v y = *(const name##_lent *)(x + i);                                                         \
      places more = y BEYOND best;                                                                 \
      now += (item)LANES;                                                                          \
      best = (v)(((places)y & more) | ((places)best & ~more));                                     \
      at = (now & more) | (at & ~more);                                                            \
      odd |= y != y;                                                                               \
    }                                                                                              \
    for (int s = LANES / 2; s > 0; s /= 2) {                                                       \
      v y = __builtin_shuffle(best, lane ^ (item)s);                                               \
      places there = __builtin_shuffle(at, lane ^ (item)s);                                        \
      places more = (y BEYOND best) | ((y == best) & (there < at));                                \
      best = (v)(((places)y & more) | ((places)best & ~more));                                     \
      at = (there & more) | (at & ~more);                                                          \
      odd |= __builtin_shuffle(odd, lane ^ (item)s);                                               \
    }                                                                                              \
    T most = best[0];                                                                              \
    int64_t place = at[0];                                                                         \
    bool nan = odd[0] != 0;                                                                        \
    for (int64_t i = whole; i < n; i++) {                                                          \
      nan |= x[i] != x[i];                                                                         \
      place = x[i] BEYOND most ? i : place;                                                        \
      most = x[i] BEYOND most ? x[i] : most;                                                       \
    }                                                                                              \
    return nan ? -1 : place;                                                                       \
  }

#if VECTOR > 16
#define IS_FOR_LANES(T, n) ((n) < BLOCK && (n) >= 2 * VECTOR / (int64_t)sizeof(T))
#else
#define IS_FOR_LANES(T, n) false
#endif

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
  static K name##_long_key(const K *x, int64_t n) {                                                \
    K most = x[0];                                                                                 \
    for (int64_t i = 0; i < n; i++)                                                                \
      most = x[i] BEYOND most ? x[i] : most;                                                       \
    return most;                                                                                   \
  }                                                                                                \
  BY_LANES(name, K, BEYOND)                                                                        \
  ROW(name##_long, K, ITSELF, 0, BEYOND)                                                           \
  static int64_t name##_row(const void *x, int64_t n) {                                            \
    bool lanes = sizeof(K) == 8 && IS_FOR_LANES(K, n);                                             \
    return lanes ? name##_by_lanes(x, n) : name##_long_row(x, n);                                  \
  }                                                                                                \
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

#define FLOAT_ROW(name, T, K, KEY, odd, BEYOND)                                                    \
  BY_LANES(name, T, BEYOND)                                                                        \
  ROW(name##_long, K, KEY, odd, BEYOND)                                                            \
  static int64_t name##_row(const void *x_, int64_t n) {                                           \
    const T *x = x_;                                                                               \
    int64_t at = IS_FOR_LANES(T, n) ? name##_by_lanes(x, n) : name##_long_row(x, n);               \
    if (at < 0)                                                                                    \
      for (at = 0; x[at] == x[at];)                                                                \
        at++;                                                                                      \
    return at;                                                                                     \
  }
#define FLOAT(D, T, K, U, INF, LOW, HIGH)                                                          \
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
  static K largest_##D##_long_key(const K *x, int64_t n) {                                         \
    bits_##D b = bits_of_##D(x, n);                                                                \
    return odd_##D(b) ? HIGH : key_##D(b.high >= 0 ? b.high : least_##D(x, n), HIGH);              \
  }                                                                                                \
  static K smallest_##D##_long_key(const K *x, int64_t n) {                                        \
    bits_##D b = bits_of_##D(x, n);                                                                \
    return odd_##D(b) ? LOW : key_##D(b.most > HIGH ? (K)b.most : least_##D(x, n), LOW);           \
  }                                                                                                \
  FLOAT_ROW(largest_##D, T, K, key_##D, HIGH, >)                                                   \
  COLUMNS(largest_##D, K, key_##D, HIGH, >)                                                        \
  FLOAT_ROW(smallest_##D, T, K, key_##D, LOW, <)                                                   \
  COLUMNS(smallest_##D, K, key_##D, LOW, <)
FLOAT(F32, float, int32_t, uint32_t, INT32_C(0x7f800000), INT32_MIN, INT32_MAX)
FLOAT(F64, double, int64_t, uint64_t, INT64_C(0x7ff0000000000000), INT64_MIN, INT64_MAX)

#define ENTRY(D, T, W, name) [AG_##D] = {name##_##D##_row, name##_##D##_columns},
#define ENTRIES(name)                                                                              \
  { AG_BOOL_TYPE(ENTRY, name) AG_INT_TYPES(ENTRY, name) AG_FLOAT_TYPES(ENTRY, name) }
const ag_extremes AG_OF_ISA(ag_extremes) = {ENTRIES(largest), ENTRIES(smallest)};
