/* pooling.c - POOL, POOL_AT: the largest, or the sum, of what lies in a window that walks over the
 * spatial axes. An array is [outer, spatial axes, inner]: the channels are outer where they come
 * second, and inner where they come last. A window with nothing inside has the dtype's lowest
 * number, sum 0 and place 0. */
#include "pool.h"
#include "elementwise.h"

#include <math.h>
#include <string.h>

typedef struct walk {
  ag_window w;
  int64_t outer, inner, in[AG_MAX_RANK], out[AG_MAX_RANK]; /* sizes of the spatial axes */
  int64_t stride[AG_MAX_RANK];                             /* of x, in elements */
  int64_t places, plane;
} walk;

/* The part of the window that lies inside: its first element, and how many along each axis. */
typedef struct part {
  int64_t first, n[AG_MAX_RANK];
} part;

static part inside(const walk *k, const int64_t *at) {
  part p = {0};
  for (int i = 0; i < k->w.n; i++) {
    int64_t d = k->w.dilation[i], start = at[i] * k->w.step[i] - k->w.before[i];
    int64_t skip = start < 0 ? (-start + d - 1) / d : 0, room = k->in[i] - start;
    int64_t stop = room <= 0 ? 0 : (room + d - 1) / d;
    if (stop > k->w.size[i])
      stop = k->w.size[i];
    p.n[i] = stop > skip ? stop - skip : 0;
    p.first += (start + skip * d) * k->stride[i];
  }
  return p;
}

static bool nothing(const part *p, int n) {
  for (int i = 0; i < n; i++)
    if (p->n[i] == 0)
      return true;
  return false;
}

/* The offset of the element `at` of a part, from its first. */
static int64_t offset(const walk *k, const int64_t *at) {
  int64_t sum = 0;
  for (int i = 0; i < k->w.n; i++)
    sum += at[i] * k->w.dilation[i] * k->stride[i];
  return sum;
}

/* Of windows [begin, end), counted through all outer indices and places. */
typedef void pool(const walk *k, const void *x, void *out, int64_t begin, int64_t end);

static void seek(const walk *k, int64_t place, int64_t *at) {
  for (int i = k->w.n; i-- > 0; place /= k->out[i])
    at[i] = place % k->out[i];
}

/* START: a window's first value; TAKE: what b makes of it. Rows of the last axis are a loop. */
#define POOL(D, T, W, name, START, TAKE)                                                           \
  static void name##_##D(const walk *k, const void *x_, void *out, int64_t begin, int64_t end) {   \
    const T *x = x_;                                                                               \
    T *o = (T *)out + begin * k->inner;                                                            \
    typedef T T_ __attribute__((unused));                                                          \
    int axes = k->w.n;                                                                             \
    int64_t step = k->w.dilation[axes - 1] * k->stride[axes - 1];                                  \
    int64_t at[AG_MAX_RANK], first = begin % k->places, stop;                                      \
    x += begin / k->places * k->plane * k->inner;                                                  \
    seek(k, first, at);                                                                            \
    for (; begin < end; begin += stop - first, first = 0, x += k->plane * k->inner) {              \
      stop = end - begin < k->places - first ? first + end - begin : k->places;                    \
      for (int64_t p = first; p < stop; p++, o += k->inner, ag_index_next(at, k->out, axes)) {     \
        part in = inside(k, at);                                                                   \
        for (int64_t i = 0; i < k->inner; i++)                                                     \
          o[i] = (T)(START);                                                                       \
        if (nothing(&in, axes))                                                                    \
          continue;                                                                                \
        int64_t row[AG_MAX_RANK] = {0};                                                            \
        do {                                                                                       \
          const T *line = x + in.first + offset(k, row);                                           \
          for (int64_t j = 0; j < in.n[axes - 1]; j++, line += step)                               \
            for (int64_t i = 0; i < k->inner; i++) {                                               \
              T a = o[i], b = line[i];                                                             \
              typedef W W_ __attribute__((unused));                                                \
              o[i] = (T)(TAKE);                                                                    \
            }                                                                                      \
        } while (ag_index_next(row, in.n, axes - 1));                                              \
      }                                                                                            \
    }                                                                                              \
  }
#define LARGER (b > a || b != b ? b : a)
AG_SIGNED_TYPES(POOL, largest, (T_)((uint64_t)1 << (sizeof(T_) * 8 - 1)), LARGER)
AG_UNSIGNED_TYPES(POOL, largest, 0, LARGER)
AG_FLOAT_TYPES(POOL, largest, -INFINITY, LARGER)
AG_INT_TYPES(POOL, total, 0, (W_)a + (W_)b)
AG_FLOAT_TYPES(POOL, total, 0, a + b)

/* The place of the largest, the first of equals; NaN is beyond all. */
#define PLACE(D, T, W, name)                                                                       \
  static void name##_##D(const walk *k, const void *x_, void *out, int64_t begin, int64_t end) {   \
    const T *x = x_;                                                                               \
    int64_t *o = (int64_t *)out + begin * k->inner;                                                \
    int axes = k->w.n;                                                                             \
    int64_t at[AG_MAX_RANK], first = begin % k->places, stop;                                      \
    x += begin / k->places * k->plane * k->inner;                                                  \
    seek(k, first, at);                                                                            \
    for (; begin < end; begin += stop - first, first = 0, x += k->plane * k->inner) {              \
      stop = end - begin < k->places - first ? first + end - begin : k->places;                    \
      for (int64_t p = first; p < stop; p++, o += k->inner, ag_index_next(at, k->out, axes)) {     \
        part in = inside(k, at);                                                                   \
        int64_t best = in.first, row[AG_MAX_RANK] = {0};                                           \
        bool none = nothing(&in, axes);                                                            \
        for (int64_t i = 0; i < k->inner; i++) {                                                   \
          if (none) {                                                                              \
            o[i] = 0;                                                                              \
            continue;                                                                              \
          }                                                                                        \
          best = in.first;                                                                         \
          memset(row, 0, sizeof row);                                                              \
          do {                                                                                     \
            int64_t here = in.first + offset(k, row);                                              \
            T a = x[best + i], b = x[here + i];                                                    \
            if (b > a || (b != b && a == a))                                                       \
              best = here;                                                                         \
          } while (ag_index_next(row, in.n, axes));                                                \
          o[i] = best / k->inner;                                                                  \
        }                                                                                          \
      }                                                                                            \
    }                                                                                              \
  }
AG_INT_TYPES(PLACE, place)
AG_FLOAT_TYPES(PLACE, place)

#define POOLS(name)                                                                                \
  static pool *const name##_of[AG_DTYPE_COUNT] = {AG_INT_TYPES(AG_LOOP_ENTRY, name)                \
                                                      AG_FLOAT_TYPES(AG_LOOP_ENTRY, name)};
POOLS(largest)
POOLS(total)
POOLS(place)

typedef struct work {
  const walk *k;
  pool *f;
  const void *x;
  void *out;
} work;

static ag_code some_windows(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  const work *w = ctx;
  w->f(w->k, w->x, w->out, begin, end);
  return AG_OK;
}

enum { PER_ELEMENT = 4, PER_WINDOW = 64 }; /* cost */

static ag_code run_pool(ag_run *run, const ag_call *c, const ag_tensor *x, ag_tensor *out,
                        pool *const *table, ag_dtype dtype) {
  walk k = {.inner = 1, .places = 1, .plane = 1};
  pool *f = table[x->dtype];
  if (!f)
    return ag_kernel_no_dtype(run, c, (ag_dtype)x->dtype);
  const char *wrong = ag_window_read(&k.w, c->attrs, c->n_attrs, x->rank, true);
  if (wrong)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "%s: %s", ag_kernel_name(c), wrong);
  int first = k.w.last ? 1 : 2;
  ag_shape shape;
  ag_tensor_shape(x, &shape);
  k.outer = k.w.last ? x->dim[0] : x->dim[0] * x->dim[1];
  k.inner = k.w.last ? x->dim[x->rank - 1] : 1;
  int64_t stride = k.inner;
  for (int i = k.w.n - 1; i >= 0; i--) {
    k.in[i] = x->dim[first + i];
    k.stride[i] = stride;
    stride *= k.in[i];
    k.plane *= k.in[i];
    k.out[i] = shape.dim[first + i] = ag_window_places(&k.w, i, k.in[i]);
    k.places *= k.out[i];
  }
  if (ag_kernel_out(run, c, out, dtype, &shape))
    return run->err->code;
  if (ag_tensor_count(out) == 0)
    return AG_OK;
  work all = {&k, f, ag_tensor_data(x), ag_tensor_data(out)};
  double cost = PER_ELEMENT * (double)k.inner;
  for (int i = 0; i < k.w.n; i++)
    cost *= (double)(k.w.size[i] < k.in[i] ? k.w.size[i] : k.in[i]);
  return ag_parallel(run, k.outer * k.places, (int64_t)cost + PER_WINDOW, some_windows, &all);
}

ag_code ag_kernel_POOL(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  bool sum = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_mode, 0) == 1;
  return run_pool(run, c, in[0], out, sum ? total_of : largest_of, (ag_dtype)in[0]->dtype);
}

ag_code ag_kernel_POOL_AT(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                          ag_tensor *out) {
  if (ag_attr_int(c->attrs, c->n_attrs, AG_KEY_dtype, AG_I64) != AG_I64)
    return ag_kernel_fail(run, c, AG_ERR_TYPE, "%s: places are int64", ag_kernel_name(c));
  return run_pool(run, c, in[0], out, place_of, AG_I64);
}
