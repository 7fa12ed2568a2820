/* quick.c - sorting of numbers by vectors, where the machine has the instructions for it (quick.h).
 *
 * Many are cut into pieces, and each piece into buckets by the same pivots; then the parts of each
 * bucket come together, and the buckets are sorted: what threads share are pieces, then buckets.
 * Sorted integers have one right order, so it does not matter how they are cut. */
#include "quick.h"

#include "pool.h"

#include "ag/vmath.h"

#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* as in binary.c */
#endif

enum { PARTS = 16, SAMPLES_A_PART = 16, PARTS_FROM = 1 << 16 };

static const ag_quick *loops(ag_dtype d) {
  if (ag_vmath_table()->bytes != 64)
    return NULL;
  switch (d) {
  case AG_I32:
  case AG_U32:
  case AG_F32:
    return &ag_quick_avx512[0];
  case AG_I64:
  case AG_U64:
  case AG_F64:
    return &ag_quick_avx512[1];
  default:
    return NULL;
  }
}

bool ag_quick_can(ag_dtype d, const void *x, int64_t n) {
  const ag_quick *q = loops(d);
  return q && ((d != AG_F32 && d != AG_F64) || q->plain(x, n));
}

/* To unsigned integers of the same order, or back. */
static void encode(const ag_quick *q, ag_dtype d, void *x, int64_t n, bool back) {
  if (d == AG_F32 || d == AG_F64)
    (back ? q->decode : q->encode)(x, n);
  else if (d == AG_I32)
    for (int64_t i = 0; i < n; i++)
      ((uint32_t *)x)[i] ^= UINT32_C(1) << 31;
  else if (d == AG_I64)
    for (int64_t i = 0; i < n; i++)
      ((uint64_t *)x)[i] ^= UINT64_C(1) << 63;
}

typedef struct parts {
  const ag_quick *q;
  ag_dtype d;
  int64_t item, n;
  char *x, *spare;
  char pivot[PARTS * sizeof(uint64_t)]; /* pivot b is the least of bucket b */
  int64_t count[PARTS][PARTS];          /* by piece and bucket */
} parts;

static int64_t piece_begin(const parts *p, int64_t piece) {
  return p->n / PARTS * piece + (piece < p->n % PARTS ? piece : p->n % PARTS);
}

static void find_pivots(ag_run *run, parts *p) {
  enum { SAMPLES = PARTS * SAMPLES_A_PART };
  char some[SAMPLES * sizeof(uint64_t)], spare[sizeof some];
  for (int64_t i = 0; i < SAMPLES; i++)
    memcpy(some + i * p->item, p->x + p->n / SAMPLES * i * p->item, (size_t)p->item);
  encode(p->q, p->d, some, SAMPLES, false);
  p->q->sort(run, some, spare, SAMPLES, false);
  for (int64_t b = 1; b < PARTS; b++)
    memcpy(p->pivot + b * p->item, some + b * SAMPLES_A_PART * p->item, (size_t)p->item);
}

/* Items of buckets [low, high) lie at x; when they are in order of buckets, they lie where an even
 * number of splits leaves them. */
static void split(const parts *p, char *x, char *y, int64_t n, int low, int high, int64_t *count) {
  if (high - low == 1) {
    count[low] = n;
    return;
  }
  int middle = (low + high) / 2;
  int64_t lows = p->q->split(x, y, n, p->pivot + middle * p->item), at = lows * p->item;
  split(p, y, x, lows, low, middle, count);
  split(p, y + at, x + at, n - lows, middle, high, count);
}
_Static_assert(PARTS == 16, "four splits: back at x");

static ag_code split_pieces(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  parts *p = ctx;
  for (; begin < end; begin++) {
    int64_t first = piece_begin(p, begin), n = piece_begin(p, begin + 1) - first;
    char *x = p->x + first * p->item;
    encode(p->q, p->d, x, n, false);
    split(p, x, p->spare + first * p->item, n, 0, PARTS, p->count[begin]);
  }
  return AG_OK;
}

static int64_t bucket_begin(const parts *p, int64_t bucket) {
  int64_t at = 0;
  for (int64_t b = 0; b < bucket; b++)
    for (int i = 0; i < PARTS; i++)
      at += p->count[i][b];
  return at;
}

static ag_code join_buckets(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  const parts *p = ctx;
  char *to = p->spare + bucket_begin(p, begin) * p->item;
  for (; begin < end; begin++)
    for (int i = 0; i < PARTS; i++) {
      int64_t from = piece_begin(p, i);
      for (int64_t b = 0; b < begin; b++)
        from += p->count[i][b];
      size_t bytes = (size_t)(p->count[i][begin] * p->item);
      memcpy(to, p->x + from * p->item, bytes);
      to += bytes;
    }
  return AG_OK;
}

static ag_code sort_buckets(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  const parts *p = ctx;
  ag_code code = AG_OK;
  for (; begin < end && !code; begin++) {
    int64_t first = bucket_begin(p, begin), n = bucket_begin(p, begin + 1) - first;
    char *x = p->x + first * p->item;
    p->q->sort(run, p->spare + first * p->item, x, n, true);
    encode(p->q, p->d, x, n, true);
    code = ag_parallel(run, 0, 0, NULL, NULL);
  }
  return code;
}

ag_code ag_quick_values(ag_run *run, ag_dtype d, void *x, void *spare, int64_t n) {
  enum { SPLIT_COST = 20, JOIN_COST = 3, SORT_COST = 40 };
  const ag_quick *q = loops(d);
  if (n < PARTS_FROM) {
    encode(q, d, x, n, false);
    q->sort(run, x, spare, n, false);
    encode(q, d, x, n, true);
    return AG_OK;
  }
  parts p = {.q = q, .d = d, .item = (int64_t)ag_dtype_size(d), .n = n, .x = x, .spare = spare};
  find_pivots(run, &p);
  int64_t piece = n / PARTS;
  if (ag_parallel(run, PARTS, piece * SPLIT_COST, split_pieces, &p) ||
      ag_parallel(run, PARTS, piece * JOIN_COST, join_buckets, &p))
    return run->err->code;
  return ag_parallel(run, PARTS, piece * SORT_COST, sort_buckets, &p);
}

/* ---- into parts alone --------------------------------------------------------------------------
 * Quickselect: a sample tells about where the first part ends, and the items are split a little
 * beyond it, so that few stay together with the place. */

typedef struct selection {
  ag_run *run;
  const ag_quick *q;
  int64_t item;
  const int64_t *begin;
} selection;

enum { TOGETHER = 128, GUESSES = 64, BEYOND = 3 };

static uint64_t item_at(const char *x, int64_t i, int64_t item) {
  uint64_t wide;
  uint32_t narrow;
  if (item == sizeof wide)
    return memcpy(&wide, x + i * item, sizeof wide), wide;
  return memcpy(&narrow, x + i * item, sizeof narrow), narrow;
}

/* A value that about `rank` of the n items at x are below; on that side of the place where fewer
 * are. */
static uint64_t guess(const selection *s, const char *x, int64_t n, int64_t rank) {
  char some[GUESSES * sizeof(uint64_t)], spare[sizeof some];
  for (int64_t i = 0; i < GUESSES; i++)
    memcpy(some + i * s->item, x + n / GUESSES * i * s->item, (size_t)s->item);
  s->q->sort(s->run, some, spare, GUESSES, false);
  int64_t at = (int64_t)((double)rank / (double)n * GUESSES);
  at += rank < n / 2 ? BEYOND : -BEYOND;
  return item_at(some, at < 0 ? 0 : at >= GUESSES ? GUESSES - 1 : at, s->item);
}

/* Splits n items at x, the first of which has the place `at`, into the parts that begin at the
 * places [b, end); the result is at y if to_y. */
static ag_code select_parts(const selection *s, char *x, char *y, int64_t n, bool to_y, int64_t at,
                            int64_t b, int64_t end, int depth) {
  const int64_t *begin = s->begin;
  for (; b < end && begin[b] <= at; b++) {
  }
  for (; b < end && begin[end - 1] >= at + n; end--) {
  }
  if (b == end) {
    if (to_y)
      memcpy(y, x, (size_t)(n * s->item));
    return AG_OK;
  }
  if (n <= TOGETHER || depth == 0) {
    s->q->sort(s->run, x, y, n, to_y);
    return ag_parallel(s->run, 0, 0, NULL, NULL);
  }
  uint64_t pivot = guess(s, x, n, begin[b + (end - b) / 2] - at);
  int64_t lows = s->q->split(x, y, n, &pivot);
  bool alike = lows == 0; /* the pivot is the least: those like it are a part of their own */
  if (alike) {
    if (++pivot == 0 || (s->item == sizeof(uint32_t) && pivot > UINT32_MAX))
      lows = n;
    else
      lows = s->q->split(x, y, n, &pivot);
    if (lows == n) { /* all are alike, and at y: the splits have left them there */
      if (!to_y)
        memcpy(x, y, (size_t)(n * s->item));
      return AG_OK;
    }
  }
  if (ag_parallel(s->run, 0, 0, NULL, NULL))
    return s->run->err->code;
  int64_t bytes = lows * s->item;
  if (select_parts(s, y, x, lows, !to_y, at, b, alike ? b : end, depth - 1))
    return s->run->err->code;
  return select_parts(s, y + bytes, x + bytes, n - lows, !to_y, at + lows, b, end, depth - 1);
}

ag_code ag_quick_parts(ag_run *run, ag_dtype d, void *x, void *spare, int64_t n,
                       const int64_t *begin, int64_t count) {
  enum { DEPTH = 64 }; /* where guesses go wrong as often, the rest is sorted */
  const ag_quick *q = loops(d);
  selection s = {run, q, (int64_t)ag_dtype_size(d), begin};
  encode(q, d, x, n, false);
  select_parts(&s, x, spare, n, false, 0, 0, count, DEPTH);
  encode(q, d, x, n, true);
  return run->err->code;
}
