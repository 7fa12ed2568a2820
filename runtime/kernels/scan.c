/* scan.c - kernels that walk one axis in order: CUMSUM, CUMPROD, ARGMAX, ARGMIN. */
#include "elementwise.h"

#include <string.h>

/* An axis of a contiguous array: element k of line (o, i) is at (o * n + k) * inner + i. */
typedef struct lines {
  int64_t outer, n, inner;
} lines;

static ag_code lines_of(ag_run *run, const ag_call *c, const ag_tensor *x, int *axis, lines *l) {
  *l = (lines){.outer = 1, .inner = 1};
  if (x->rank == 0)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "%s: a 0-d tensor has no axis", ag_kernel_name(c));
  if (ag_kernel_axis(run, c, x->rank, axis))
    return run->err->code;
  for (int i = 0; i < *axis; i++)
    l->outer *= x->dim[i];
  l->n = x->dim[*axis];
  for (int i = *axis + 1; i < x->rank; i++)
    l->inner *= x->dim[i];
  return AG_OK;
}

/* ---- running sums: added in order, the first element as it is ------------------------------- */

typedef void scan(const void *x, void *out, const lines *l, bool exclusive, bool reverse);
#define SCAN(D, T, W, name, as, op, start)                                                         \
  static void name##_##D(const void *x_, void *out, const lines *l, bool exclusive,                \
                         bool reverse) {                                                           \
    const T *x = x_;                                                                               \
    T *o = out;                                                                                    \
    for (int64_t a = 0; a < l->outer; a++)                                                         \
      for (int64_t i = 0; i < l->inner; i++) {                                                     \
        T acc = start;                                                                             \
        for (int64_t k = 0; k < l->n; k++) {                                                       \
          int64_t at = (a * l->n + (reverse ? l->n - 1 - k : k)) * l->inner + i;                   \
          T v = x[at];                                                                             \
          if (exclusive)                                                                           \
            o[at] = acc;                                                                           \
          acc = k ? (T)((as)acc op(as) v) : v;                                                     \
          if (!exclusive)                                                                          \
            o[at] = acc;                                                                           \
        }                                                                                          \
      }                                                                                            \
  }
AG_INT_TYPES(SCAN, cumsum, uint64_t, +, 0)
AG_INT_TYPES(SCAN, cumprod, uint64_t, *, 1)
SCAN(F32, float, float, cumsum, float, +, 0)
SCAN(F64, double, double, cumsum, double, +, 0)
SCAN(F32, float, float, cumprod, float, *, 1)
SCAN(F64, double, double, cumprod, double, *, 1)
static scan *const sums[AG_DTYPE_COUNT] = {AG_INT_TYPES(AG_LOOP_ENTRY, cumsum)
                                               AG_FLOAT_TYPES(AG_LOOP_ENTRY, cumsum)};
static scan *const products[AG_DTYPE_COUNT] = {AG_INT_TYPES(AG_LOOP_ENTRY, cumprod)
                                                   AG_FLOAT_TYPES(AG_LOOP_ENTRY, cumprod)};

static ag_code running(ag_run *run, const ag_call *c, const ag_tensor *x, ag_tensor *out, scan *f) {
  int axis;
  lines l;
  if (!f)
    return ag_kernel_no_dtype(run, c, (ag_dtype)x->dtype);
  if (lines_of(run, c, x, &axis, &l))
    return run->err->code;
  ag_shape shape;
  ag_tensor_shape(x, &shape);
  if (ag_kernel_out(run, c, out, (ag_dtype)x->dtype, &shape))
    return run->err->code;
  f(x->data, out->data, &l, ag_attr_int(c->attrs, c->n_attrs, AG_KEY_exclusive, 0) != 0,
    ag_attr_int(c->attrs, c->n_attrs, AG_KEY_reverse, 0) != 0);
  return AG_OK;
}

ag_code ag_kernel_CUMSUM(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                         ag_tensor *out) {
  return running(run, c, in[0], out, sums[in[0]->dtype]);
}

ag_code ag_kernel_CUMPROD(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                          ag_tensor *out) {
  return running(run, c, in[0], out, products[in[0]->dtype]);
}

/* ---- where the extreme is: the first one; NaN is beyond all --------------------------------- */

typedef int64_t extreme(const void *line, int64_t n, int64_t step);
#define EXTREME(D, T, W, name, BEYOND)                                                             \
  static int64_t name##_##D(const void *line, int64_t n, int64_t step) {                           \
    const T *x = line;                                                                             \
    int64_t best = 0;                                                                              \
    for (int64_t k = 1; k < n; k++) {                                                              \
      T a = x[best * step], b = x[k * step];                                                       \
      if (b BEYOND a || (b != b && a == a))                                                        \
        best = k;                                                                                  \
    }                                                                                              \
    return best;                                                                                   \
  }
AG_BOOL_TYPE(EXTREME, argmax, >)
AG_INT_TYPES(EXTREME, argmax, >)
AG_FLOAT_TYPES(EXTREME, argmax, >)
AG_BOOL_TYPE(EXTREME, argmin, <)
AG_INT_TYPES(EXTREME, argmin, <)
AG_FLOAT_TYPES(EXTREME, argmin, <)
#define EXTREMES(name)                                                                             \
  static extreme *const name##_of[AG_DTYPE_COUNT] = {AG_BOOL_TYPE(                                 \
      AG_LOOP_ENTRY, name) AG_INT_TYPES(AG_LOOP_ENTRY, name) AG_FLOAT_TYPES(AG_LOOP_ENTRY, name)};
EXTREMES(argmax)
EXTREMES(argmin)

static ag_code arg(ag_run *run, const ag_call *c, const ag_tensor *x, ag_tensor *out,
                   extreme *const *table) {
  int axis;
  lines l;
  int64_t dtype = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_dtype, AG_I64);
  extreme *f = table[x->dtype];
  if (!f)
    return ag_kernel_no_dtype(run, c, (ag_dtype)x->dtype);
  if (dtype != AG_I32 && dtype != AG_I64)
    return ag_kernel_no_dtype(run, c, (ag_dtype)dtype);
  if (lines_of(run, c, x, &axis, &l))
    return run->err->code;
  ag_shape shape = {.rank = x->rank - 1};
  for (int i = 0; i < shape.rank; i++)
    shape.dim[i] = x->dim[i < axis ? i : i + 1];
  if (l.n == 0 && l.outer * l.inner > 0)
    return ag_op_fail(run->err, AG_ERR_VALUE, c, 0, 0);
  if (ag_kernel_out(run, c, out, (ag_dtype)dtype, &shape))
    return run->err->code;
  const char *p = ag_tensor_data(x);
  char *o = ag_tensor_data(out);
  int64_t item = (int64_t)ag_dtype_size((ag_dtype)x->dtype), count = l.n ? l.outer * l.inner : 0;
  for (int64_t k = 0; k < count; k++) {
    int64_t start = k / l.inner * l.n * l.inner + k % l.inner;
    int64_t best = f(p + start * item, l.n, l.inner);
    if (dtype == AG_I64)
      ((int64_t *)o)[k] = best;
    else
      ((int32_t *)o)[k] = (int32_t)best;
  }
  return AG_OK;
}

ag_code ag_kernel_ARGMAX(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                         ag_tensor *out) {
  return arg(run, c, in[0], out, argmax_of);
}

ag_code ag_kernel_ARGMIN(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                         ag_tensor *out) {
  return arg(run, c, in[0], out, argmin_of);
}
