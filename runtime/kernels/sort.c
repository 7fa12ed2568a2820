/* sort.c - SORT and ARGSORT of the last axis: stable merging of short insertion-sorted pieces. NaN
 * comes last; descending it comes first, and ARGSORT keeps the order of equal elements there too.
 */
#include "elementwise.h"

#include <string.h>

enum { PIECE = 16 };

typedef void sorter(void *x, void *spare, int64_t n, bool descending);
#define BEFORE(a, b) ((a) < (b) || ((b) != (b) && (a) == (a)))
#define SORTER(D, T, W, name)                                                                      \
  static void name##_##D(void *x_, void *spare, int64_t n, bool descending) {                      \
    T *x = x_, *y = spare;                                                                         \
    for (int64_t from = 0; from < n; from += PIECE)                                                \
      for (int64_t i = from + 1; i < n && i < from + PIECE; i++) {                                 \
        T v = x[i];                                                                                \
        int64_t k = i;                                                                             \
        for (; k > from && BEFORE(v, x[k - 1]); k--)                                               \
          x[k] = x[k - 1];                                                                         \
        x[k] = v;                                                                                  \
      }                                                                                            \
    for (int64_t half = PIECE; half < n; half *= 2) {                                              \
      for (int64_t from = 0; from < n; from += 2 * half) {                                         \
        int64_t middle = from + half < n ? from + half : n;                                        \
        int64_t end = middle + half < n ? middle + half : n;                                       \
        int64_t a = from, b = middle;                                                              \
        for (int64_t k = from; k < end; k++)                                                       \
          y[k] = a < middle && (b >= end || !BEFORE(x[b], x[a])) ? x[a++] : x[b++];                \
      }                                                                                            \
      T *swap = x;                                                                                 \
      x = y;                                                                                       \
      y = swap;                                                                                    \
    }                                                                                              \
    if (x != x_)                                                                                   \
      memcpy(x_, x, (size_t)n * sizeof *x);                                                        \
    x = x_;                                                                                        \
    for (int64_t i = 0; descending && i < n / 2; i++) {                                            \
      T v = x[i];                                                                                  \
      x[i] = x[n - 1 - i];                                                                         \
      x[n - 1 - i] = v;                                                                            \
    }                                                                                              \
  }
AG_BOOL_TYPE(SORTER, sort)
AG_INT_TYPES(SORTER, sort)
AG_FLOAT_TYPES(SORTER, sort)
static sorter *const sorters[AG_DTYPE_COUNT] = {AG_BOOL_TYPE(AG_LOOP_ENTRY, sort) AG_INT_TYPES(
    AG_LOOP_ENTRY, sort) AG_FLOAT_TYPES(AG_LOOP_ENTRY, sort)};

ag_code ag_kernel_SORT(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  const ag_tensor *x = in[0];
  sorter *f = sorters[x->dtype];
  if (!f)
    return ag_kernel_no_dtype(run, c, (ag_dtype)x->dtype);
  if (x->rank == 0)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "sort: a 0-d tensor has no axis");
  if (ag_kernel_own(run, c, in, 0, out))
    return run->err->code;
  int64_t n = x->dim[x->rank - 1], item = (int64_t)ag_dtype_size((ag_dtype)x->dtype);
  int64_t count = ag_tensor_count(x);
  bool merges = count && n > PIECE;
  void *spare = merges ? ag_malloc((size_t)(n * item)) : NULL;
  if (merges && !spare)
    return ag_kernel_fail(run, c, AG_ERR_NOMEM, "sort: out of memory");
  bool descending = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_descending, 0) != 0;
  for (int64_t i = 0; n > 1 && i < count; i += n)
    f((char *)out->data + i * item, spare, n, descending);
  ag_free(spare);
  return AG_OK;
}

/* ---- the order itself -------------------------------------------------------------------------
 */

typedef void arranger(const void *x, int64_t *order, int64_t *spare, int64_t n, bool descending);
#define LATER(a, b) (descending ? BEFORE(x[b], x[a]) : BEFORE(x[a], x[b]))
#define ARRANGER(D, T, W, name)                                                                    \
  static void name##_##D(const void *x_, int64_t *order, int64_t *spare, int64_t n,                \
                         bool descending) {                                                        \
    const T *x = x_;                                                                               \
    int64_t *from_order = order;                                                                   \
    for (int64_t i = 0; i < n; i++)                                                                \
      order[i] = i;                                                                                \
    for (int64_t from = 0; from < n; from += PIECE)                                                \
      for (int64_t i = from + 1; i < n && i < from + PIECE; i++) {                                 \
        int64_t v = order[i], k = i;                                                               \
        for (; k > from && LATER(v, order[k - 1]); k--)                                            \
          order[k] = order[k - 1];                                                                 \
        order[k] = v;                                                                              \
      }                                                                                            \
    for (int64_t half = PIECE; half < n; half *= 2) {                                              \
      for (int64_t from = 0; from < n; from += 2 * half) {                                         \
        int64_t middle = from + half < n ? from + half : n;                                        \
        int64_t end = middle + half < n ? middle + half : n;                                       \
        int64_t a = from, b = middle;                                                              \
        for (int64_t k = from; k < end; k++)                                                       \
          spare[k] =                                                                               \
              a < middle && (b >= end || !LATER(order[b], order[a])) ? order[a++] : order[b++];    \
      }                                                                                            \
      int64_t *swap = order;                                                                       \
      order = spare;                                                                               \
      spare = swap;                                                                                \
    }                                                                                              \
    if (order != from_order)                                                                       \
      memcpy(from_order, order, (size_t)n * sizeof *order);                                        \
  }
AG_BOOL_TYPE(ARRANGER, arrange)
AG_INT_TYPES(ARRANGER, arrange)
AG_FLOAT_TYPES(ARRANGER, arrange)
static arranger *const arrangers[AG_DTYPE_COUNT] = {AG_BOOL_TYPE(AG_LOOP_ENTRY, arrange)
                                                        AG_INT_TYPES(AG_LOOP_ENTRY, arrange)
                                                            AG_FLOAT_TYPES(AG_LOOP_ENTRY, arrange)};

ag_code ag_kernel_ARGSORT(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                          ag_tensor *out) {
  const ag_tensor *x = in[0];
  arranger *f = arrangers[x->dtype];
  ag_dtype index = (ag_dtype)ag_attr_int(c->attrs, c->n_attrs, AG_KEY_dtype, AG_I32);
  if (!f)
    return ag_kernel_no_dtype(run, c, (ag_dtype)x->dtype);
  if (index != AG_I32 && index != AG_I64)
    return ag_kernel_no_dtype(run, c, index);
  if (x->rank == 0)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "argsort: a 0-d tensor has no axis");
  ag_shape shape;
  ag_tensor_shape(x, &shape);
  if (ag_kernel_out(run, c, out, index, &shape))
    return run->err->code;
  int64_t n = x->dim[x->rank - 1], count = ag_tensor_count(x);
  int64_t *order = count ? ag_malloc((size_t)n * 2 * sizeof *order) : NULL;
  if (count && !order)
    return ag_kernel_fail(run, c, AG_ERR_NOMEM, "argsort: out of memory");
  bool descending = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_descending, 0) != 0;
  size_t item = ag_dtype_size((ag_dtype)x->dtype);
  for (int64_t i = 0; i < count; i += n) {
    f((const char *)x->data + (size_t)i * item, order, order + n, n, descending);
    for (int64_t k = 0; k < n; k++)
      if (index == AG_I64)
        ((int64_t *)out->data)[i + k] = order[k];
      else
        ((int32_t *)out->data)[i + k] = (int32_t)order[k];
  }
  ag_free(order);
  return AG_OK;
}
