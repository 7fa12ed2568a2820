/* reduce.c - SUM PROD MAX MIN MEAN ALL ANY, in REDUCTION ORDER (reduce.h). */
#include "reduce.h"
#include "complexes.h"
#include "elementwise.h"
#include "pool.h"

#include <math.h>
#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* as in binary.c; lanes become vectors */
#endif

/* What a dtype supplies: acc[0 .. n) = first; acc[0] = step(acc[0], run of x[0 .. n)); the same of
 * the run whose blocks have the results x[0 .. n); acc[j] = step(acc[j], x[j]). */
typedef enum fold_part { FOLD_FIRST, FOLD_RUN, FOLD_JOIN, FOLD_ROW } fold_part;
typedef void fold(fold_part part, void *acc, const void *x, int64_t n);

#define FOLD(function, T, first, STEP, run, join)                                                  \
  static void function(fold_part part, void *acc_, const void *x_, int64_t n) {                    \
    T *acc = acc_;                                                                                 \
    const T *x = x_;                                                                               \
    if (part == FOLD_FIRST) {                                                                      \
      for (int64_t j = 0; j < n; j++)                                                              \
        acc[j] = (T)(first);                                                                       \
    } else if (part == FOLD_RUN) {                                                                 \
      T r = run(x, n);                                                                             \
      acc[0] = (T)STEP(acc[0], r);                                                                 \
    } else if (part == FOLD_JOIN) {                                                                \
      T r = join(x, n);                                                                            \
      acc[0] = (T)STEP(acc[0], r);                                                                 \
    } else {                                                                                       \
      AG_INDEPENDENT for (int64_t j = 0; j < n; j++) acc[j] = (T)STEP(acc[j], x[j]);               \
    }                                                                                              \
  }

/* Integers: any order gives the same; arithmetic in W, unsigned, wraps. */
#define INT_FOLD(D, T, W, name, first, STEP)                                                       \
  static T name##_##D##_run(const T *x, int64_t n) {                                               \
    T acc = (T)(first);                                                                            \
    for (int64_t i = 0; i < n; i++)                                                                \
      acc = (T)STEP(acc, x[i]);                                                                    \
    return acc;                                                                                    \
  }                                                                                                \
  FOLD(name##_##D, T, first, STEP, name##_##D##_run, name##_##D##_run)
#define FLOAT_FOLD(D, T, W, name, first, STEP)                                                     \
  AG_REDUCE_RUN(name##_##D##_run, T, first, STEP)                                                  \
  FOLD(name##_##D, T, first, STEP, name##_##D##_run, name##_##D##_run_join)

#define WRAP_SUM(l, x) ((uint64_t)(l) + (uint64_t)(x))
#define WRAP_PROD(l, x) ((uint64_t)(l) * (uint64_t)(x))
#define INT_MAX_OF(l, x) ((l) > (x) ? (l) : (x))
#define INT_MIN_OF(l, x) ((l) < (x) ? (l) : (x))
#define LEAST(D, T, W, name, STEP) INT_FOLD(D, T, W, name, LEAST_##D, STEP)
#define MOST(D, T, W, name, STEP) INT_FOLD(D, T, W, name, MOST_##D, STEP)
#define LEAST_I8 INT8_MIN
#define LEAST_I16 INT16_MIN
#define LEAST_I32 INT32_MIN
#define LEAST_I64 INT64_MIN
#define LEAST_U8 0
#define LEAST_U16 0
#define LEAST_U32 0
#define LEAST_U64 0
#define MOST_I8 INT8_MAX
#define MOST_I16 INT16_MAX
#define MOST_I32 INT32_MAX
#define MOST_I64 INT64_MAX
#define MOST_U8 UINT8_MAX
#define MOST_U16 UINT16_MAX
#define MOST_U32 UINT32_MAX
#define MOST_U64 UINT64_MAX

AG_INT_TYPES(INT_FOLD, sum, 0, WRAP_SUM)
AG_FLOAT_TYPES(FLOAT_FOLD, sum, 0, AG_STEP_SUM)
FLOAT_FOLD(C64, c64, c64, sum, 0, AG_STEP_SUM)
FLOAT_FOLD(C128, c128, c128, sum, 0, AG_STEP_SUM)
FLOAT_FOLD(C64, c64, c64, prod, 1, product_c64)
FLOAT_FOLD(C128, c128, c128, prod, 1, product_c128)
AG_INT_TYPES(INT_FOLD, prod, 1, WRAP_PROD)
AG_FLOAT_TYPES(FLOAT_FOLD, prod, 1, AG_STEP_PROD)
AG_INT_TYPES(LEAST, max, INT_MAX_OF)
AG_FLOAT_TYPES(FLOAT_FOLD, max, -INFINITY, AG_STEP_MAX)
AG_INT_TYPES(MOST, min, INT_MIN_OF)
AG_FLOAT_TYPES(FLOAT_FOLD, min, INFINITY, AG_STEP_MIN)

#define BOTH(l, x) ((l) & (x))
#define EITHER(l, x) ((l) | (x))
AG_BOOL_TYPE(INT_FOLD, all, 1, BOTH)
AG_BOOL_TYPE(INT_FOLD, any, 0, EITHER)

#define NUMBER_FOLDS(name)                                                                         \
  static fold *const name##_folds[AG_DTYPE_COUNT] = {AG_INT_TYPES(AG_LOOP_ENTRY, name)             \
                                                         AG_FLOAT_TYPES(AG_LOOP_ENTRY, name)};
#define COMPLEX_FOLDS(name)                                                                        \
  static fold *const name##_folds[AG_DTYPE_COUNT] = {                                              \
      AG_INT_TYPES(AG_LOOP_ENTRY, name) AG_FLOAT_TYPES(AG_LOOP_ENTRY, name)[AG_C64] = name##_C64,  \
      [AG_C128] = name##_C128};
COMPLEX_FOLDS(sum)
COMPLEX_FOLDS(prod)
NUMBER_FOLDS(max)
NUMBER_FOLDS(min)
static fold *const all_folds[AG_DTYPE_COUNT] = {[AG_BOOL] = all_BOOL};
static fold *const any_folds[AG_DTYPE_COUNT] = {[AG_BOOL] = any_BOOL};

/* Axes as loops, outermost first; offsets in elements. */
typedef struct loops {
  int n;
  int64_t dim[AG_MAX_RANK], stride[AG_MAX_RANK], at[AG_MAX_RANK], offset;
} loops;

static bool next(loops *l) {
  for (int i = l->n - 1; i >= 0; i--) {
    l->offset += l->stride[i];
    if (++l->at[i] < l->dim[i])
      return true;
    l->offset -= l->stride[i] * l->dim[i];
    l->at[i] = 0;
  }
  return false;
}

/* From the start to the one of this number. */
static void seek(loops *l, int64_t number) {
  for (int i = l->n - 1; i >= 0 && number; i--) {
    l->at[i] = number % l->dim[i];
    l->offset += l->at[i] * l->stride[i];
    number /= l->dim[i];
  }
}

typedef struct reduction {
  ag_shape shape;   /* of the output */
  loops kept, rest; /* but for the trailing axes of one kind */
  int64_t trailing; /* elements of those */
  bool run;         /* they are reduced */
  int64_t reduced;  /* elements that become one */
} reduction;

static ag_code plan(ag_run *run, const ag_call *c, const ag_tensor *x, reduction *r) {
  const int64_t *axes;
  uint32_t n;
  if (ag_kernel_ints(run, c, AG_KEY_axis, -1, &axes, &n))
    return run->err->code;
  unsigned mask = 0;
  for (uint32_t i = 0; i < n; i++) {
    if (axes[i] < 0 || axes[i] >= x->rank)
      return ag_kernel_fail(run, c, AG_ERR_VALUE, "%s: axis %lld is out of range for rank %d",
                            ag_kernel_name(c), (long long)axes[i], x->rank);
    mask |= 1u << axes[i];
  }
  bool keep = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_keep_dims, 0) != 0;
  int64_t stride[AG_MAX_RANK];
  ag_strides(x, stride);
  *r = (reduction){.trailing = 1, .reduced = 1};
  int end = x->rank;
  r->run = end > 0 && (mask >> (end - 1) & 1);
  while (end > 0 && (bool)(mask >> (end - 1) & 1) == r->run)
    r->trailing *= x->dim[--end];
  for (int i = 0; i < x->rank; i++) {
    bool gone = mask >> i & 1;
    if (gone)
      r->reduced *= x->dim[i];
    if (!gone || keep)
      r->shape.dim[r->shape.rank++] = gone ? 1 : x->dim[i];
    if (i >= end)
      continue;
    loops *l = gone ? &r->rest : &r->kept;
    l->dim[l->n] = x->dim[i];
    l->stride[l->n++] = stride[i];
  }
  return AG_OK;
}

/* How the elements of an output column are cut into blocks: rows of the last reduced axis, some
 * together or in pieces. */
typedef struct cut {
  int64_t length, rows, together, pieces, blocks;
} cut;

typedef struct work {
  const reduction *r;
  fold *f;
  const char *x;
  char *acc;
  int64_t item;
  cut cut; /* of columns */
} work;

/* Outputs of runs, each by one thread. */
static ag_code fold_outputs(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  const work *w = ctx;
  loops kept = w->r->kept, rest = w->r->rest;
  seek(&kept, begin);
  for (; begin < end; begin++) {
    do
      w->f(FOLD_RUN, w->acc + begin * w->item, w->x + (kept.offset + rest.offset) * w->item,
           w->r->trailing);
    while (next(&rest));
    next(&kept);
  }
  return AG_OK;
}

static cut cut_of(const reduction *r) {
  int64_t length = r->rest.n ? r->rest.dim[r->rest.n - 1] : 1;
  cut c = {.length = length, .rows = r->reduced / length, .together = 1};
  c.pieces = (length + AG_REDUCE_BLOCK - 1) / AG_REDUCE_BLOCK;
  if (length <= AG_REDUCE_BLOCK)
    c.together = AG_REDUCE_BLOCK / length;
  c.blocks = (c.rows + c.together - 1) / c.together * c.pieces;
  return c;
}

/* How many elements it has; their first one. */
static int64_t block_of(const cut *c, int64_t block, int64_t *from) {
  int64_t row = block / c->pieces * c->together, begin = block % c->pieces * AG_REDUCE_BLOCK;
  *from = row * c->length + begin;
  return ag_least(c->together, c->rows - row) * ag_least(c->length - begin, AG_REDUCE_BLOCK);
}

/* Strips of columns, of one block each; so wide that no two threads write to one cache line. */
enum { STRIP = 64 };
static ag_code fold_strips(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  const work *w = ctx;
  int64_t columns = w->r->trailing, strips = (columns + STRIP - 1) / STRIP;
  for (; begin < end; begin++) {
    loops kept = w->r->kept, rest = w->r->rest;
    int64_t row = begin / strips, first = begin % strips * STRIP, block = row % w->cut.blocks;
    int64_t n = ag_least(columns - first, STRIP), from, left = block_of(&w->cut, block, &from);
    char *acc = w->acc + (row * columns + first) * w->item;
    seek(&kept, row / w->cut.blocks);
    seek(&rest, from);
    const char *x = w->x + (kept.offset + first) * w->item;
    while (left-- > 0) {
      w->f(FOLD_ROW, acc, x + rest.offset * w->item, n);
      next(&rest);
    }
  }
  return AG_OK;
}

/* The results of a row's blocks to its outputs. */
static ag_code join_columns(const ag_call *c, ag_run *run, const work *w, char *acc, int64_t rows) {
  int64_t columns = w->r->trailing;
  char *column = ag_malloc((size_t)(w->cut.blocks * w->item));
  if (!column)
    return ag_op_fail(run->err, AG_ERR_NOMEM, c, 0, 0);
  for (int64_t i = 0; i < rows * columns; i++) {
    const char *from = w->acc + (i / columns * w->cut.blocks * columns + i % columns) * w->item;
    for (int64_t b = 0; b < w->cut.blocks; b++)
      memcpy(column + b * w->item, from + b * columns * w->item, (size_t)w->item);
    w->f(FOLD_JOIN, acc + i * w->item, column, w->cut.blocks);
  }
  ag_free(column);
  return AG_OK;
}

static ag_code fold_columns(ag_run *run, const ag_call *c, const work *all, int64_t rows) {
  int64_t columns = all->r->trailing, strips = (columns + STRIP - 1) / STRIP;
  work w = *all;
  w.cut = cut_of(all->r);
  int64_t height = all->r->reduced / w.cut.blocks;
  if (w.cut.blocks > 1) {
    w.acc = ag_malloc((size_t)(rows * w.cut.blocks * columns * w.item));
    if (!w.acc)
      return ag_op_fail(run->err, AG_ERR_NOMEM, c, 0, 0);
    w.f(FOLD_FIRST, w.acc, NULL, rows * w.cut.blocks * columns);
  }
  ag_parallel(run, rows * w.cut.blocks * strips, height * ag_least(columns, STRIP) * AG_COST_MEMORY,
              fold_strips, &w);
  if (w.cut.blocks > 1) {
    if (!run->err->code)
      join_columns(c, run, &w, all->acc, rows);
    ag_free(w.acc);
  }
  return run->err->code;
}

/* Some blocks of one run: their results to acc. */
static ag_code fold_blocks(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  const work *w = ctx;
  for (; begin < end; begin++) {
    int64_t from = begin * AG_REDUCE_BLOCK, left = w->r->trailing - from;
    char *result = w->acc + begin * w->item;
    w->f(FOLD_FIRST, result, NULL, 1);
    w->f(FOLD_RUN, result, w->x + from * w->item, left < AG_REDUCE_BLOCK ? left : AG_REDUCE_BLOCK);
  }
  return AG_OK;
}

/* Few outputs of long runs: the blocks of each run are shared. */
static ag_code fold_long_runs(ag_run *run, const ag_call *c, const work *all) {
  loops kept = all->r->kept, rest = all->r->rest;
  int64_t blocks = (all->r->trailing + AG_REDUCE_BLOCK - 1) / AG_REDUCE_BLOCK;
  work w = *all;
  char *acc = all->acc;
  w.acc = ag_malloc((size_t)(blocks * w.item));
  if (!w.acc)
    return ag_op_fail(run->err, AG_ERR_NOMEM, c, 0, 0);
  do {
    do {
      w.x = all->x + (kept.offset + rest.offset) * w.item;
      if (!ag_parallel(run, blocks, AG_REDUCE_BLOCK * AG_COST_MEMORY, fold_blocks, &w))
        w.f(FOLD_JOIN, acc, w.acc, blocks);
    } while (!run->err->code && next(&rest));
    acc += w.item;
  } while (!run->err->code && next(&kept));
  ag_free(w.acc);
  return run->err->code;
}

enum { MANY = 32 }; /* outputs that are shared well */

static ag_code reduce(ag_run *run, const ag_call *c, const ag_tensor *x, ag_tensor *out,
                      fold *const *folds, reduction *r) {
  fold *f = folds[x->dtype];
  if (!f)
    return ag_kernel_no_dtype(run, c, (ag_dtype)x->dtype);
  if (plan(run, c, x, r) || ag_kernel_out(run, c, out, (ag_dtype)x->dtype, &r->shape))
    return run->err->code;
  int64_t n = ag_tensor_count(out), item = (int64_t)ag_dtype_size((ag_dtype)x->dtype);
  char *acc = ag_tensor_data(out);
  f(FOLD_FIRST, acc, NULL, n);
  if (n == 0 || r->reduced == 0)
    return AG_OK;
  work w = {.r = r, .f = f, .x = ag_tensor_data(x), .acc = acc, .item = item};
  int64_t count = ag_tensor_count(x);
  if (!r->run)
    return fold_columns(run, c, &w, n / r->trailing);
  if (n >= MANY || !ag_is_large(count, AG_COST_MEMORY))
    return ag_parallel(run, n, count / n * AG_COST_MEMORY, fold_outputs, &w);
  return fold_long_runs(run, c, &w);
}

#define KERNEL(NAME, name)                                                                         \
  ag_code ag_kernel_##NAME(ag_run *run, const ag_call *c, const ag_tensor *const *in,              \
                           ag_tensor *out) {                                                       \
    reduction r;                                                                                   \
    return reduce(run, c, in[0], out, name##_folds, &r);                                           \
  }
KERNEL(SUM, sum)
KERNEL(PROD, prod)
KERNEL(ALL, all)
KERNEL(ANY, any)

/* There is no largest of no elements. */
#define NONEMPTY(NAME, name)                                                                       \
  ag_code ag_kernel_##NAME(ag_run *run, const ag_call *c, const ag_tensor *const *in,              \
                           ag_tensor *out) {                                                       \
    reduction r;                                                                                   \
    if (reduce(run, c, in[0], out, name##_folds, &r))                                              \
      return run->err->code;                                                                       \
    if (r.reduced == 0 && ag_tensor_count(out) > 0)                                                \
      return ag_op_fail(run->err, AG_ERR_VALUE, c, 0, 0);                                          \
    return AG_OK;                                                                                  \
  }
NONEMPTY(MAX, max)
NONEMPTY(MIN, min)

ag_code ag_kernel_MEAN(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  reduction r;
  ag_dtype dtype = (ag_dtype)in[0]->dtype;
  if (dtype != AG_F32 && dtype != AG_F64)
    return ag_kernel_no_dtype(run, c, dtype);
  if (reduce(run, c, in[0], out, sum_folds, &r))
    return run->err->code;
  int64_t n = ag_tensor_count(out);
  void *acc = ag_tensor_data(out);
  if (dtype == AG_F32)
    for (int64_t i = 0; i < n; i++)
      ((float *)acc)[i] /= (float)r.reduced;
  else
    for (int64_t i = 0; i < n; i++)
      ((double *)acc)[i] /= (double)r.reduced;
  return AG_OK;
}
