/* scan.c - kernels that walk one axis in order: CUMSUM, CUMPROD. */
#include "complexes.h"
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

/* Added in order, the first element as it is. */
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
          acc = k ? (T)op((as)acc, (as)v) : v;                                                     \
          if (!exclusive)                                                                          \
            o[at] = acc;                                                                           \
        }                                                                                          \
      }                                                                                            \
  }
#define PLUS(a, b) ((a) + (b))
#define TIMES(a, b) ((a) * (b))
AG_INT_TYPES(SCAN, cumsum, uint64_t, PLUS, 0)
AG_INT_TYPES(SCAN, cumprod, uint64_t, TIMES, 1)
SCAN(F32, float, float, cumsum, float, PLUS, 0)
SCAN(F64, double, double, cumsum, double, PLUS, 0)
SCAN(F32, float, float, cumprod, float, TIMES, 1)
SCAN(F64, double, double, cumprod, double, TIMES, 1)
/* widen.c makes sums of the parts of complex numbers; products are these. */
SCAN(C64, c64, c64, cumprod, c64, product_c64, 1)
SCAN(C128, c128, c128, cumprod, c128, product_c128, 1)
static scan *const sums[AG_DTYPE_COUNT] = {AG_INT_TYPES(AG_LOOP_ENTRY, cumsum)
                                               AG_FLOAT_TYPES(AG_LOOP_ENTRY, cumsum)};
static scan *const products[AG_DTYPE_COUNT] = {AG_INT_TYPES(AG_LOOP_ENTRY, cumprod) AG_FLOAT_TYPES(
                                                   AG_LOOP_ENTRY, cumprod)[AG_C64] = cumprod_C64,
                                               [AG_C128] = cumprod_C128};

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
