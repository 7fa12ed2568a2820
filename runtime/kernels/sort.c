/* sort.c - SORT and ARGSORT of the last axis: pieces that fit the cache, sorted by insertion and
 * merging, then passes that merge two and two. All is stable, so there is one right result however
 * threads share a pass. NaN comes last; descending it comes first, and ARGSORT keeps the order of
 * equal elements there too. */
#include "elementwise.h"
#include "pool.h"

#include <string.h>

enum { INSERTED = 16, PIECE = 4096 };

/* Items are the elements themselves, or their numbers in order of the keys. */
typedef struct sorting {
  const void *keys;
  bool descending;
  void *from, *to; /* runs of `half` items become runs of twice as many */
  int64_t n, half;
} sorting;
/* piece: sorts [begin, end) of `from`, the same part of `to` is spare. merge: makes [begin, end) of
 * `to` by one pass. */
typedef void sort_part(const sorting *s, int64_t begin, int64_t end);
typedef struct sorter {
  sort_part *piece, *merge;
} sorter;

#define BEFORE(a, b) ((a) < (b) || ((b) != (b) && (a) == (a)))
#define VALUE_BEFORE(a, b) BEFORE(a, b)
#define NUMBER_BEFORE(a, b) (s->descending ? BEFORE(keys[b], keys[a]) : BEFORE(keys[a], keys[b]))

#define SORTER(name, D, T, E, LESS)                                                                \
  /* Of the first k of the merged runs a and b, so many come from a. */                            \
  static int64_t name##_from_a_##D(const sorting *s, const E *a, int64_t n_a, const E *b,          \
                                   int64_t n_b, int64_t k) {                                       \
    const T *keys = s->keys;                                                                       \
    (void)keys;                                                                                    \
    int64_t low = k > n_b ? k - n_b : 0, high = k < n_a ? k : n_a;                                 \
    while (low < high) {                                                                           \
      int64_t i = low + (high - low) / 2;                                                          \
      if (LESS(b[k - i - 1], a[i]))                                                                \
        high = i;                                                                                  \
      else                                                                                         \
        low = i + 1;                                                                               \
    }                                                                                              \
    return low;                                                                                    \
  }                                                                                                \
  static void name##_merge_##D(const sorting *s, int64_t begin, int64_t end) {                     \
    const T *keys = s->keys;                                                                       \
    const E *x = s->from;                                                                          \
    E *y = s->to;                                                                                  \
    (void)keys;                                                                                    \
    while (begin < end) {                                                                          \
      int64_t first = begin - begin % (2 * s->half);                                               \
      int64_t middle = s->n - first < s->half ? s->n : first + s->half;                            \
      int64_t last = s->n - middle < s->half ? s->n : middle + s->half;                            \
      int64_t k = begin - first, stop = end < last ? end : last;                                   \
      int64_t a =                                                                                  \
          first + name##_from_a_##D(s, x + first, middle - first, x + middle, last - middle, k);   \
      int64_t b = middle + k - (a - first);                                                        \
      for (; begin < stop; begin++)                                                                \
        y[begin] = a < middle && (b >= last || !LESS(x[b], x[a])) ? x[a++] : x[b++];               \
    }                                                                                              \
  }                                                                                                \
  static void name##_piece_##D(const sorting *s, int64_t begin, int64_t end) {                     \
    const T *keys = s->keys;                                                                       \
    E *x = (E *)s->from + begin;                                                                   \
    int64_t n = end - begin;                                                                       \
    (void)keys;                                                                                    \
    for (int64_t from = 0; from < n; from += INSERTED)                                             \
      for (int64_t i = from + 1; i < n && i < from + INSERTED; i++) {                              \
        E v = x[i];                                                                                \
        int64_t k = i;                                                                             \
        for (; k > from && LESS(v, x[k - 1]); k--)                                                 \
          x[k] = x[k - 1];                                                                         \
        x[k] = v;                                                                                  \
      }                                                                                            \
    sorting pass = {s->keys, s->descending, x, (E *)s->to + begin, n, INSERTED};                   \
    for (; pass.half < n; pass.half *= 2) {                                                        \
      name##_merge_##D(&pass, 0, n);                                                               \
      void *swap = pass.from;                                                                      \
      pass.from = pass.to;                                                                         \
      pass.to = swap;                                                                              \
    }                                                                                              \
    if (pass.from != x)                                                                            \
      memcpy(x, pass.from, (size_t)n * sizeof *x);                                                 \
  }
#define VALUES(D, T, W, name) SORTER(name, D, T, T, VALUE_BEFORE)
#define NUMBERS(D, T, W, name) SORTER(name, D, T, int64_t, NUMBER_BEFORE)
#define ENTRY(D, T, W, name) [AG_##D] = {name##_piece_##D, name##_merge_##D},

AG_BOOL_TYPE(VALUES, value)
AG_INT_TYPES(VALUES, value)
AG_FLOAT_TYPES(VALUES, value)
AG_BOOL_TYPE(NUMBERS, number)
AG_INT_TYPES(NUMBERS, number)
AG_FLOAT_TYPES(NUMBERS, number)
static const sorter value_sorters[AG_DTYPE_COUNT] = {
    AG_BOOL_TYPE(ENTRY, value) AG_INT_TYPES(ENTRY, value) AG_FLOAT_TYPES(ENTRY, value)};
static const sorter number_sorters[AG_DTYPE_COUNT] = {
    AG_BOOL_TYPE(ENTRY, number) AG_INT_TYPES(ENTRY, number) AG_FLOAT_TYPES(ENTRY, number)};

/* ---- one row ----------------------------------------------------------------------------------
 */

typedef struct row {
  const sorter *f;
  sorting s;
} row;

static ag_code sort_pieces(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  const row *r = ctx;
  for (int64_t at = begin * PIECE; begin < end; begin++, at += PIECE)
    r->f->piece(&r->s, at, r->s.n - at < PIECE ? r->s.n : at + PIECE);
  return AG_OK;
}

static ag_code merge_part(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  const row *r = ctx;
  r->f->merge(&r->s, begin, end);
  return AG_OK;
}

/* Sorts n items at x; spare is room for as many. */
static ag_code sort_items(ag_run *run, const sorter *f, const void *keys, bool descending, void *x,
                          void *spare, int64_t n, int64_t item) {
  enum { MERGE_COST = 20, PIECE_COST = MERGE_COST * 12 };
  row r = {f, {keys, descending, x, spare, n, PIECE}};
  if (ag_parallel(run, (n + PIECE - 1) / PIECE, PIECE * PIECE_COST, sort_pieces, &r))
    return run->err->code;
  for (; r.s.half < n; r.s.half *= 2) {
    if (ag_parallel(run, n, MERGE_COST, merge_part, &r))
      return run->err->code;
    void *swap = r.s.from;
    r.s.from = r.s.to;
    r.s.to = swap;
  }
  if (r.s.from != x)
    memcpy(x, r.s.from, (size_t)(n * item));
  return AG_OK;
}

/* ---- rows -------------------------------------------------------------------------------------
 */

typedef struct rows {
  const ag_call *c;
  const ag_tensor *x;
  ag_tensor *out;
  int64_t n;
  bool descending;
} rows;

static ag_code no_memory(ag_run *run, const ag_call *c) {
  return ag_kernel_fail(run, c, AG_ERR_NOMEM, "%s: out of memory", ag_kernel_name(c));
}

static void reverse(char *x, int64_t n, int64_t item) {
  char v[sizeof(uint64_t)];
  for (char *y = x + (n - 1) * item; x < y; x += item, y -= item) {
    memcpy(v, x, (size_t)item);
    memcpy(x, y, (size_t)item);
    memcpy(y, v, (size_t)item);
  }
}

static ag_code sort_rows(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  const rows *r = ctx;
  int64_t n = r->n, item = (int64_t)ag_dtype_size((ag_dtype)r->out->dtype);
  const sorter *f = &value_sorters[r->out->dtype];
  void *spare = n > INSERTED ? ag_malloc((size_t)(n * item)) : NULL;
  if (n > INSERTED && !spare)
    return no_memory(run, r->c);
  for (; begin < end && !run->err->code; begin++) {
    char *x = (char *)r->out->data + begin * n * item;
    if (!sort_items(run, f, NULL, false, x, spare, n, item) && r->descending)
      reverse(x, n, item);
  }
  ag_free(spare);
  return run->err->code;
}

static ag_code order_rows(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  const rows *r = ctx;
  int64_t n = r->n, item = (int64_t)ag_dtype_size((ag_dtype)r->x->dtype);
  const sorter *f = &number_sorters[r->x->dtype];
  int64_t *order = ag_malloc((size_t)n * 2 * sizeof *order);
  if (!order)
    return no_memory(run, r->c);
  for (; begin < end && !run->err->code; begin++) {
    const char *keys = (const char *)r->x->data + begin * n * item;
    for (int64_t i = 0; i < n; i++)
      order[i] = i;
    sort_items(run, f, keys, r->descending, order, order + n, n, sizeof *order);
    if (r->out->dtype == AG_I64)
      memcpy((int64_t *)r->out->data + begin * n, order, (size_t)n * sizeof *order);
    else
      for (int64_t i = 0; i < n; i++)
        ((int32_t *)r->out->data)[begin * n + i] = (int32_t)order[i];
  }
  ag_free(order);
  return run->err->code;
}

static ag_code run_rows(ag_run *run, rows *r, ag_chunk *chunk) {
  enum { SORT_COST = 64 }; /* of an element in a short row */
  int64_t count = ag_tensor_count(r->x);
  return count ? ag_parallel(run, count / r->n, r->n * SORT_COST, chunk, r) : AG_OK;
}

ag_code ag_kernel_SORT(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  const ag_tensor *x = in[0];
  if (!value_sorters[x->dtype].piece)
    return ag_kernel_no_dtype(run, c, (ag_dtype)x->dtype);
  if (x->rank == 0)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "sort: a 0-d tensor has no axis");
  if (ag_kernel_own(run, c, in, 0, out))
    return run->err->code;
  bool descending = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_descending, 0) != 0;
  return run_rows(run, &(rows){c, x, out, x->dim[x->rank - 1], descending}, sort_rows);
}

ag_code ag_kernel_ARGSORT(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                          ag_tensor *out) {
  const ag_tensor *x = in[0];
  ag_dtype index = (ag_dtype)ag_attr_int(c->attrs, c->n_attrs, AG_KEY_dtype, AG_I32);
  if (!number_sorters[x->dtype].piece)
    return ag_kernel_no_dtype(run, c, (ag_dtype)x->dtype);
  if (index != AG_I32 && index != AG_I64)
    return ag_kernel_no_dtype(run, c, index);
  if (x->rank == 0)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "argsort: a 0-d tensor has no axis");
  ag_shape shape;
  ag_tensor_shape(x, &shape);
  if (ag_kernel_out(run, c, out, index, &shape))
    return run->err->code;
  bool descending = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_descending, 0) != 0;
  return run_rows(run, &(rows){c, x, out, x->dim[x->rank - 1], descending}, order_rows);
}
