/* radix.c - stable sorting by digits of order-preserving keys, the lowest first.
 *
 * Items (values, or keys with their numbers) move to where their digit begins and back, once a
 * digit. Digits where all keys agree cost nothing. Of long keys only the upper 32 bits that differ
 * are digits: what these leave together are short runs, sorted by the rest. A pass over many items
 * is shared by threads piece by piece; stable, so there is one right result for any pieces.
 *
 * Where the machine can, quick.c sorts in its place what has the same bits without being stable.
 *
 * Needs:  keys equal where the order is to stay: both zeros, all NaN. */
#include "radix.h"

#include "elementwise.h"
#include "pool.h"
#include "quick.h"

#include <string.h>

enum {
  INSERTED = 32,         /* so many are sorted by insertion */
  WIDE_FROM = 1 << 12,   /* from here on digits of 11 bits pay, */
  PIECES_FROM = 1 << 16, /* and from here on they miss the caches */
  PIECES = 16,
  WIDE = 11,
  NARROW = 8,
  WINDOW = 32 /* bits of a key that are digits */
};

/* ---- keys -------------------------------------------------------------------------------------
 */

#define KEY_U(D, T, W, _)                                                                          \
  static inline uint64_t key_##D(T x) { return x; }
#define KEY_I(D, T, W, _)                                                                          \
  static inline uint64_t key_##D(T x) {                                                            \
    return (uint64_t)(int64_t)x + (UINT64_C(1) << (8 * sizeof x - 1));                             \
  }
AG_BOOL_TYPE(KEY_U, _)
AG_UNSIGNED_TYPES(KEY_U, _)
AG_SIGNED_TYPES(KEY_I, _)
/* -0.0 + 0.0 is 0.0. */
#define KEY_F(D, T, U, LOW)                                                                        \
  static inline uint64_t key_##D(T x) {                                                            \
    U u;                                                                                           \
    x += 0;                                                                                        \
    memcpy(&u, &x, sizeof u);                                                                      \
    return x != x ? (U)-1 : u ^ (u & LOW ? (U)-1 : LOW);                                           \
  }
KEY_F(F32, float, uint32_t, UINT32_C(1) << 31)
KEY_F(F64, double, uint64_t, UINT64_C(1) << 63)

typedef struct pair {
  uint64_t key, number;
} pair;
static inline uint64_t key_PAIR(pair x) { return x.key; }
/* A key of 32 bits above its number. */
static inline uint64_t key_JOINED(uint64_t x) { return x >> 32; }

/* ---- loops over items -------------------------------------------------------------------------
 */

typedef struct radix {
  int64_t item; /* bytes */
  /* Bits where the keys of [begin, end) differ from the first of all. */
  uint64_t (*spread)(const void *x, int64_t begin, int64_t end);
  void (*count)(const void *x, int64_t n, int shift, uint64_t digits, int64_t *at);
  void (*move)(const void *x, int64_t n, int shift, uint64_t digits, int64_t *at, void *to);
  void (*insert)(void *x, int64_t n);
  /* Where the keys from i on differ from that of i in bits above shift. */
  int64_t (*run)(const void *x, int64_t i, int64_t n, int shift);
} radix;

#define RADIX(D, E)                                                                                \
  static uint64_t spread_##D(const void *x_, int64_t begin, int64_t end) {                         \
    const E *x = x_;                                                                               \
    uint64_t first = key_##D(x[0]), all = 0;                                                       \
    for (int64_t i = begin; i < end; i++)                                                          \
      all |= key_##D(x[i]) ^ first;                                                                \
    return all;                                                                                    \
  }                                                                                                \
  static void count_##D(const void *x_, int64_t n, int shift, uint64_t digits, int64_t *at) {      \
    const E *x = x_;                                                                               \
    for (int64_t i = 0; i < n; i++)                                                                \
      at[key_##D(x[i]) >> shift & (digits - 1)]++;                                                 \
  }                                                                                                \
  static void move_##D(const void *x_, int64_t n, int shift, uint64_t digits, int64_t *at,         \
                       void *to) {                                                                 \
    const E *x = x_;                                                                               \
    for (int64_t i = 0; i < n; i++)                                                                \
      ((E *)to)[at[key_##D(x[i]) >> shift & (digits - 1)]++] = x[i];                               \
  }                                                                                                \
  static void insert_##D(void *x_, int64_t n) {                                                    \
    E *x = x_;                                                                                     \
    for (int64_t i = 1; i < n; i++) {                                                              \
      E v = x[i];                                                                                  \
      int64_t k = i;                                                                               \
      for (uint64_t key = key_##D(v); k > 0 && key_##D(x[k - 1]) > key; k--)                       \
        x[k] = x[k - 1];                                                                           \
      x[k] = v;                                                                                    \
    }                                                                                              \
  }                                                                                                \
  static int64_t run_##D(const void *x_, int64_t i, int64_t n, int shift) {                        \
    const E *x = x_;                                                                               \
    for (uint64_t top = key_##D(x[i]) >> shift; i < n && key_##D(x[i]) >> shift == top;)           \
      i++;                                                                                         \
    return i;                                                                                      \
  }                                                                                                \
  static const radix radix_##D = {sizeof(E), spread_##D, count_##D, move_##D, insert_##D, run_##D};
#define VALUES(D, T, W, _) RADIX(D, T)
AG_BOOL_TYPE(VALUES, _)
AG_INT_TYPES(VALUES, _)
AG_FLOAT_TYPES(VALUES, _)
RADIX(PAIR, pair)
RADIX(JOINED, uint64_t)
#define VALUE_ENTRY(D, T, W, _) [AG_##D] = &radix_##D,
static const radix *const values[AG_DTYPE_COUNT] = {
    AG_BOOL_TYPE(VALUE_ENTRY, _) AG_INT_TYPES(VALUE_ENTRY, _) AG_FLOAT_TYPES(VALUE_ENTRY, _)};

/* Counts become the places where digits begin; false: all items have the same digit. */
static bool begin_digits(int64_t *at, int pieces, int64_t digits, int64_t n) {
  int64_t place = 0;
  for (int64_t d = 0; d < digits; d++) {
    int64_t before = place;
    for (int i = 0; i < pieces; i++) {
      int64_t count = at[i * digits + d];
      at[i * digits + d] = place;
      place += count;
    }
    if (place - before == n)
      return false;
  }
  return true;
}

static void swap(void **a, void **b) {
  void *x = *a;
  *a = *b;
  *b = x;
}

/* Sorts n items at *x by bits [low, high) of their keys; *spare changes places with *x. */
static void sort_few(const radix *f, void **x, void **spare, int64_t n, int low, int high) {
  int64_t at[1 << WIDE];
  int widest = n < WIDE_FROM ? NARROW : WIDE, passes = (high - low + widest - 1) / widest;
  for (; passes > 0; passes--) {
    int width = (high - low + passes - 1) / passes;
    uint64_t digits = UINT64_C(1) << width;
    memset(at, 0, digits * sizeof *at);
    f->count(*x, n, low, digits, at);
    if (begin_digits(at, 1, (int64_t)digits, n)) {
      f->move(*x, n, low, digits, at, *spare);
      swap(x, spare);
    }
    low += width;
  }
}

/* The bits that the digits cover: from the highest one that differs, WINDOW down. */
static int highest(uint64_t spread) { return spread ? 64 - __builtin_clzll(spread) : 0; }
static int lowest(int high) { return high > WINDOW ? high - WINDOW : 0; }
static bool differs_below(uint64_t spread, int low) { return spread & ((UINT64_C(1) << low) - 1); }

/* n items at x are whole runs, in order above `low`: sorts each by the rest. */
static void sort_runs(const radix *f, char *x, char *spare, int64_t n, int low) {
  for (int64_t i = 0, next; i < n; i = next) {
    next = f->run(x, i, n, low);
    int64_t items = next - i;
    void *here = x + i * f->item, *there = spare + i * f->item;
    if (items > 1 && items <= INSERTED)
      f->insert(here, items);
    if (items > INSERTED) {
      sort_few(f, &here, &there, items, 0, highest(f->spread(here, 0, items)));
      if (here != x + i * f->item)
        memcpy(x + i * f->item, here, (size_t)(items * f->item));
    }
  }
}

/* ---- many items -------------------------------------------------------------------------------
 */

typedef struct sorting {
  const radix *f;
  void *x, *spare;
  int64_t n;
  int low;
  uint64_t spread; /* atomic */
  int64_t *at;     /* [PIECES][1 << NARROW] */
  int64_t begin[PIECES + 1];
} sorting;

static ag_code spread_pieces(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  sorting *s = ctx;
  uint64_t all = s->f->spread(s->x, s->begin[begin], s->begin[end]);
  __atomic_fetch_or(&s->spread, all, __ATOMIC_RELAXED);
  return AG_OK;
}

#define PIECE_LOOP(name, call)                                                                     \
  static ag_code name(ag_run *run, void *ctx, int64_t begin, int64_t end) {                        \
    (void)run;                                                                                     \
    const sorting *s = ctx;                                                                        \
    for (; begin < end; begin++) {                                                                 \
      int64_t first = s->begin[begin], n = s->begin[begin + 1] - first;                            \
      char *x = (char *)s->x + first * s->f->item;                                                 \
      int64_t *at = s->at + (begin << NARROW);                                                     \
      call;                                                                                        \
      (void)at;                                                                                    \
    }                                                                                              \
    return AG_OK;                                                                                  \
  }
PIECE_LOOP(count_pieces, s->f->count(x, n, s->low, 1 << NARROW, at))
PIECE_LOOP(move_pieces, s->f->move(x, n, s->low, 1 << NARROW, at, s->spare))
PIECE_LOOP(sort_pieces, sort_runs(s->f, x, (char *)s->spare + first * s->f->item, n, s->low))

static ag_code each(ag_run *run, sorting *s, ag_chunk *chunk, int64_t cost) {
  return ag_parallel(run, PIECES, s->n / PIECES * cost, chunk, s);
}

/* Even pieces; `low` > 0: each ends where a run does. */
static void cut(sorting *s, int low) {
  for (int i = 0; i <= PIECES; i++)
    s->begin[i] = s->n / PIECES * i + ag_least(i, s->n % PIECES);
  for (int i = 1; low && i < PIECES; i++)
    s->begin[i] = s->begin[i] <= s->begin[i - 1] ? s->begin[i - 1]
                                                 : s->f->run(s->x, s->begin[i] - 1, s->n, low);
}

static ag_code sort_many(ag_run *run, sorting *s) {
  enum { COUNT_COST = 4, MOVE_COST = 10, RUN_COST = 10 };
  cut(s, 0);
  if (each(run, s, spread_pieces, 1))
    return run->err->code;
  int high = highest(s->spread), low = lowest(high);
  for (s->low = low; s->low < high; s->low += NARROW) {
    memset(s->at, 0, sizeof *s->at * PIECES << NARROW);
    if (each(run, s, count_pieces, COUNT_COST))
      return run->err->code;
    if (!begin_digits(s->at, PIECES, 1 << NARROW, s->n))
      continue;
    if (each(run, s, move_pieces, MOVE_COST))
      return run->err->code;
    swap(&s->x, &s->spare);
  }
  if (!differs_below(s->spread, low))
    return AG_OK;
  s->low = low;
  cut(s, low);
  return each(run, s, sort_pieces, RUN_COST);
}

static int64_t room_of(const radix *f, int64_t n) {
  int64_t bytes, counts = n < PIECES_FROM ? 0 : (int64_t)sizeof(int64_t) * PIECES << NARROW;
  return __builtin_mul_overflow(n, f->item, &bytes) || bytes > INT64_MAX / 4 ? -1 : bytes + counts;
}

/* The items at *x, or wherever *x then is: there or at room. */
static ag_code sort_items(ag_run *run, const radix *f, void **x, int64_t n, void *room) {
  if (n <= INSERTED) {
    f->insert(*x, n);
    return AG_OK;
  }
  if (n < PIECES_FROM) {
    uint64_t spread = f->spread(*x, 0, n);
    int high = highest(spread), low = lowest(high);
    sort_few(f, x, &room, n, low, high);
    if (differs_below(spread, low))
      sort_runs(f, *x, room, n, low);
    return AG_OK;
  }
  sorting s = {.f = f, .x = *x, .n = n};
  s.at = room;
  s.spare = s.at + (PIECES << NARROW);
  ag_code code = sort_many(run, &s);
  *x = s.x;
  return code;
}

/* ---- many short integers: as many of each as were counted
 * -----------------------------------------
 */

/* From a quarter as many items as there may be values. */
static bool is_counted(ag_dtype d, int64_t n) {
  return ag_dtype_size(d) <= 2 && n >= INT64_C(1) << (8 * ag_dtype_size(d) - 2) && n <= UINT32_MAX;
}

/* Of bytes, which repeat, neighbours are counted in places of their own: in one they would wait for
 * each other. */
#define COUNTED(D, T)                                                                              \
  case AG_##D: {                                                                                   \
    T *x = x_, *to = x;                                                                            \
    for (int64_t begin = 0, end; begin < n; begin = end) {                                         \
      end = ag_least(begin + ASKED_EVERY, n);                                                      \
      if (ag_parallel(run, 0, 0, NULL, NULL))                                                      \
        return run->err->code;                                                                     \
      for (int64_t i = begin; i + 1 < end; i += 2) {                                               \
        at[key_##D(x[i])]++;                                                                       \
        odd[key_##D(x[i + 1])]++;                                                                  \
      }                                                                                            \
      if ((end - begin) % 2)                                                                       \
        at[key_##D(x[end - 1])]++;                                                                 \
    }                                                                                              \
    for (int64_t k = 0; k < digits; k++) {                                                         \
      T v = (T)(k - (int64_t)key_##D(0));                                                          \
      for (T *end = to + at[k] + (odd == at ? 0 : odd[k]); to < end;)                              \
        *to++ = v;                                                                                 \
    }                                                                                              \
    return AG_OK;                                                                                  \
  }
static ag_code sort_counted(ag_run *run, ag_dtype d, void *x_, int64_t n, uint32_t *at) {
  enum { ASKED_EVERY = 1 << 22 };
  int64_t digits = INT64_C(1) << 8 * ag_dtype_size(d);
  uint32_t *odd = ag_dtype_size(d) == 1 ? at + digits : at;
  memset(at, 0, (size_t)(odd - at + digits) * sizeof *at);
  switch (d) {
    COUNTED(BOOL, uint8_t)
    COUNTED(I8, int8_t)
    COUNTED(U8, uint8_t)
    COUNTED(I16, int16_t)
    COUNTED(U16, uint16_t)
  default: /* is_counted says which there are */
    return AG_ERR_INTERNAL;
  }
}

/* ---- rows -------------------------------------------------------------------------------------
 */

bool ag_radix_has(ag_dtype d) { return values[d]; }

int64_t ag_radix_value_room(ag_dtype d, int64_t n) {
  if (is_counted(d, n))
    return (int64_t)(2 * sizeof(uint32_t)) << 8 * ag_dtype_size(d);
  return n <= INSERTED ? 0 : room_of(values[d], n);
}

ag_code ag_radix_values(ag_run *run, ag_dtype d, void *x, int64_t n, void *room) {
  void *at = x;
  if (is_counted(d, n))
    return sort_counted(run, d, x, n, room);
  if (n > INSERTED && ag_quick_can(d, x, n))
    return ag_quick_values(run, d, x, room, n);
  if (!sort_items(run, values[d], &at, n, room) && at != x)
    memcpy(x, at, (size_t)(n * values[d]->item));
  return run->err->code;
}

/* ---- order --------------------------------------------------------------------------------------
 * How far a key is above the least one, above its number in one item, so that items are sorted as
 * integers: all bits of it, or the upper ones; what these leave together is mostly short, and
 * sorted by whole keys. Where it is not, keys and numbers are pairs. */

typedef struct ordering {
  ag_dtype d, index;
  const void *keys;
  uint64_t flip, least; /* flip: of keys that fall */
  int low, bits;        /* from `low` on an item holds a key, above the bits of the number */
  bool pairs;
  void *items, *order;
} ordering;

static bool is_small(ag_dtype d, int64_t n) { return ag_dtype_size(d) <= 4 && n <= UINT32_MAX; }

int64_t ag_radix_order_room(ag_dtype d, int64_t n) {
  const radix *f = is_small(d, n) ? &radix_JOINED : &radix_PAIR;
  int64_t room = room_of(f, n);
  return room < 0 ? -1 : room + n * f->item;
}

#define REACH(D, T, W, _)                                                                          \
  case AG_##D:                                                                                     \
    for (int64_t i = 0; i < n; i++) {                                                              \
      uint64_t key = key_##D(((const T *)keys)[i]) ^ flip;                                         \
      least = key < least ? key : least;                                                           \
      most = key > most ? key : most;                                                              \
    }                                                                                              \
    break;
static ordering ordering_of(ag_dtype d, const void *keys, bool descending, int64_t n) {
  uint64_t flip = descending ? UINT64_MAX : 0, least = UINT64_MAX, most = 0;
  ordering o = {.d = d, .keys = keys, .flip = flip, .bits = 32};
  if (is_small(d, n)) {
    o.least = descending ? ~(uint64_t)UINT32_MAX : 0;
    return o;
  }
  switch (d) {
    AG_INT_TYPES(REACH, _)
    AG_FLOAT_TYPES(REACH, _)
  default:
    break;
  }
  o.least = least < most ? least : most;
  int high = highest(most - o.least);
  o.bits = highest((uint64_t)n);
  o.low = high > 64 - o.bits ? high - (64 - o.bits) : 0;
  return o;
}

#define JOIN(D, T, W, _)                                                                           \
  case AG_##D:                                                                                     \
    for (int64_t i = begin; i < end; i++) {                                                        \
      uint64_t key = (key_##D(((const T *)o->keys)[i]) ^ o->flip) - o->least;                      \
      if (o->pairs)                                                                                \
        ((pair *)o->items)[i] = (pair){key, (uint64_t)i};                                          \
      else                                                                                         \
        ((uint64_t *)o->items)[i] = key >> o->low << o->bits | (uint64_t)i;                        \
    }                                                                                              \
    return AG_OK;
static ag_code join_items(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  const ordering *o = ctx;
  switch (o->d) {
    AG_BOOL_TYPE(JOIN, _)
    AG_INT_TYPES(JOIN, _)
    AG_FLOAT_TYPES(JOIN, _)
  default: /* ag_radix_has says which there are */
    return AG_ERR_INTERNAL;
  }
}

static uint64_t number_of(const ordering *o, int64_t i) {
  return o->pairs ? ((const pair *)o->items)[i].number
                  : ((const uint64_t *)o->items)[i] & ((UINT64_C(1) << o->bits) - 1);
}

static ag_code take_numbers(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  const ordering *o = ctx;
  for (int64_t i = begin; i < end; i++) {
    uint64_t number = number_of(o, i);
    if (o->index == AG_I64)
      ((int64_t *)o->order)[i] = (int64_t)number;
    else
      ((int32_t *)o->order)[i] = (int32_t)number;
  }
  return AG_OK;
}

#define WHOLE(D, T, W, _)                                                                          \
  case AG_##D:                                                                                     \
    return key_##D(((const T *)o->keys)[number]) ^ o->flip;
static uint64_t whole_key(const ordering *o, uint64_t number) {
  switch (o->d) {
    AG_INT_TYPES(WHOLE, _) /* short ones of more than 2^32 elements too */
    AG_FLOAT_TYPES(WHOLE, _)
  default:
    return 0; /* bools: an item holds all of a key */
  }
}

/* Items of one run [begin, end): false where many are out of order. */
static bool order_run(const ordering *o, int64_t begin, int64_t end) {
  enum { MANY = 64 };
  uint64_t *items = o->items, before = whole_key(o, number_of(o, begin));
  for (int64_t i = begin + 1; i < end; i++) {
    uint64_t item = items[i], key = whole_key(o, number_of(o, i));
    if (key >= before) {
      before = key;
      continue;
    }
    if (end - begin > MANY)
      return false;
    int64_t k = i;
    for (; k > begin && whole_key(o, number_of(o, k - 1)) > key; k--)
      items[k] = items[k - 1];
    items[k] = item;
  }
  return true;
}

/* Runs of items whose keys agree in what the items hold of them, by the rest. */
static bool order_runs(const ordering *o, int64_t n) {
  const uint64_t *items = o->items;
  for (int64_t i = 0, end; i < n; i = end) {
    for (end = i + 1; end < n && (items[end] ^ items[i]) >> o->bits == 0;)
      end++;
    if (end - i > 1 && !order_run(o, i, end))
      return false;
  }
  return true;
}

ag_code ag_radix_order(ag_run *run, ag_dtype d, const void *keys, bool descending, ag_dtype index,
                       void *order, int64_t n, void *room) {
  enum { COPY_COST = 4 };
  ordering o = ordering_of(d, keys, descending, n);
  o.index = index;
  o.order = order;
  for (;;) {
    const radix *f = o.pairs ? &radix_PAIR : is_small(d, n) ? &radix_JOINED : &radix_U64;
    void *spare = (char *)room + n * f->item;
    o.items = room;
    if (ag_parallel(run, n, COPY_COST, join_items, &o))
      return run->err->code;
    /* Joined items differ: those of equal keys by their numbers. */
    bool quick = !o.pairs && ag_dtype_size(d) >= 4 && n > INSERTED && ag_quick_can(AG_U64, room, n);
    if (quick ? ag_quick_values(run, AG_U64, room, spare, n)
              : sort_items(run, f, &o.items, n, spare))
      return run->err->code;
    if (o.pairs || o.low == 0 || order_runs(&o, n))
      return ag_parallel(run, n, COPY_COST, take_numbers, &o);
    o.pairs = true;
  }
}
