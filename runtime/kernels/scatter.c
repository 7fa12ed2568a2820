/* scatter.c - GATHER_ND and SCATTER: slices of x at the places that rows of indices name.
 * A row of `indices` names an index for each of the leading axes of x; negatives count from the
 * end. */
#include "complexes.h"
#include "elementwise.h"

#include <string.h>

typedef struct places {
  int depth;            /* axes that a row names */
  int64_t n, row;       /* rows; elements of a slice */
  ag_shape batch, rest; /* shape of indices without the last axis; shape of a slice */
  int64_t stride[AG_MAX_RANK];
} places;

static ag_code find_places(ag_run *run, const ag_call *c, const ag_tensor *x,
                           const ag_tensor *indices, places *p) {
  if (!ag_is_int((ag_dtype)indices->dtype))
    return ag_kernel_fail(run, c, AG_ERR_TYPE, "%s: indices are integers, not %s",
                          ag_kernel_name(c), ag_dtype_name((ag_dtype)indices->dtype));
  int64_t depth = indices->rank ? indices->dim[indices->rank - 1] : 0;
  if (indices->rank == 0 || depth > x->rank)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "%s: rows of %lld indices for %d axes",
                          ag_kernel_name(c), (long long)depth, x->rank);
  *p = (places){.depth = (int)depth, .n = 1, .row = 1};
  for (int i = 0; i + 1 < indices->rank; i++)
    p->n *= p->batch.dim[p->batch.rank++] = indices->dim[i];
  for (int i = p->depth; i < x->rank; i++)
    p->row *= p->rest.dim[p->rest.rank++] = x->dim[i];
  ag_strides(x, p->stride);
  return AG_OK;
}

/* The element of x where the slice of row k begins; -1 with the error filled. */
static int64_t place(ag_run *run, const ag_call *c, const ag_tensor *x, const ag_tensor *indices,
                     const places *p, int64_t k) {
  int64_t at = 0;
  for (int i = 0; i < p->depth; i++) {
    int64_t index = ag_kernel_int_at(indices, k * p->depth + i), size = x->dim[i];
    if (index >= size || index < -size) {
      ag_index_fail(run->err, c, i, index, size);
      return -1;
    }
    at += (index < 0 ? index + size : index) * p->stride[i];
  }
  return at;
}

/* Whether the indices themselves are the places: none is negative or too large. */
static bool are_places(const ag_tensor *x, const ag_tensor *indices, const places *p) {
  if (p->depth != 1 || p->row != 1 || indices->dtype != AG_I64)
    return false;
  const int64_t *at = ag_tensor_data(indices);
  bool beyond = false;
  for (int64_t k = 0; k < p->n; k++)
    beyond |= (uint64_t)at[k] >= (uint64_t)x->dim[0];
  return !beyond;
}

/* The place of each row, to be freed as *made; NULL with the error filled. */
static const int64_t *find_all(ag_run *run, const ag_call *c, const ag_tensor *x,
                               const ag_tensor *indices, const places *p, int64_t **made) {
  *made = NULL;
  if (are_places(x, indices, p))
    return ag_tensor_data(indices);
  int64_t *at = ag_malloc((size_t)(p->n ? p->n : 1) * sizeof *at);
  if (!at)
    ag_op_fail(run->err, AG_ERR_NOMEM, c, 0, 0);
  for (int64_t k = 0; at && k < p->n; k++)
    if ((at[k] = place(run, c, x, indices, p, k)) < 0) {
      ag_free(at);
      return NULL;
    }
  return *made = at;
}

/* Slices of `bytes`, one element each in the cases: from the places `at` of elements, or to them.
 */
#define SIZES(X) X(uint8_t) X(uint16_t) X(uint32_t) X(uint64_t) X(ag_c128)
#define MOVE(T, to, from)                                                                          \
  case sizeof(T):                                                                                  \
    for (int64_t k = 0; k < n; k++)                                                                \
      ((T *)dst)[to] = ((const T *)src)[from];                                                     \
    return;
#define TAKE(T) MOVE(T, k, at[k])
#define PUT(T) MOVE(T, at[k], k)
static void take(char *dst, const char *src, const int64_t *at, int64_t n, size_t item,
                 size_t bytes) {
  switch (item == bytes ? item : 0) { SIZES(TAKE) }
  for (int64_t k = 0; k < n && bytes; k++)
    memcpy(dst + (size_t)k * bytes, src + (size_t)at[k] * item, bytes);
}
static void put(char *dst, const char *src, const int64_t *at, int64_t n, size_t item,
                size_t bytes) {
  switch (item == bytes ? item : 0) { SIZES(PUT) }
  for (int64_t k = 0; k < n && bytes; k++)
    memcpy(dst + (size_t)at[k] * item, src + (size_t)k * bytes, bytes);
}

ag_code ag_kernel_GATHER_ND(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                            ag_tensor *out) {
  const ag_tensor *x = in[0], *indices = in[1];
  places p;
  if (find_places(run, c, x, indices, &p))
    return run->err->code;
  ag_shape shape = p.batch;
  if (shape.rank + p.rest.rank > AG_MAX_RANK)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "gather_nd: the result has more than %d axes",
                          AG_MAX_RANK);
  for (int i = 0; i < p.rest.rank; i++)
    shape.dim[shape.rank++] = p.rest.dim[i];
  int64_t *made;
  const int64_t *at = find_all(run, c, x, indices, &p, &made);
  size_t item = ag_dtype_size((ag_dtype)x->dtype), bytes = (size_t)p.row * item;
  if (!run->err->code && !ag_kernel_out(run, c, out, (ag_dtype)x->dtype, &shape))
    take(ag_tensor_data(out), ag_tensor_data(x), at, p.n, item, bytes);
  ag_free(made);
  return run->err->code;
}

/* ---- scatter: rows in order, so the last of equal places wins and sums are always the same
 * -------- */

enum { SET, PLUS, MINUS, LEAST, MOST, TIMES, MODES }; /* attr mode */

/* Slices of n elements each combined with those at the places `at`. */
typedef void combine(void *to, const void *from, const int64_t *at, int64_t slices, int64_t n);
#define COMBINE(D, T, W, name, expr)                                                               \
  static inline T name##_one_##D(T x, T y) {                                                       \
    typedef W W_ __attribute__((unused));                                                          \
    return (T)(expr);                                                                              \
  }                                                                                                \
  static void name##_##D(void *to_, const void *from_, const int64_t *at, int64_t slices,          \
                         int64_t n) {                                                              \
    T *to = to_;                                                                                   \
    const T *from = from_;                                                                         \
    for (int64_t k = 0; n == 1 && k < slices; k++)                                                 \
      to[at[k]] = name##_one_##D(to[at[k]], from[k]);                                              \
    for (int64_t k = 0; n > 1 && k < slices; k++)                                                  \
      for (int64_t i = 0; i < n; i++)                                                              \
        to[at[k] + i] = name##_one_##D(to[at[k] + i], from[k * n + i]);                            \
  }
AG_INT_TYPES(COMBINE, plus, (W_)x + (W_)y)
AG_FLOAT_TYPES(COMBINE, plus, x + y)
AG_INT_TYPES(COMBINE, minus, (W_)x - (W_)y)
AG_FLOAT_TYPES(COMBINE, minus, x - y)
AG_INT_TYPES(COMBINE, least, y < x ? y : x)
AG_FLOAT_TYPES(COMBINE, least, y < x || y != y ? y : x)
AG_INT_TYPES(COMBINE, most, y > x ? y : x)
AG_FLOAT_TYPES(COMBINE, most, y > x || y != y ? y : x)
AG_INT_TYPES(COMBINE, times, (W_)x *(W_)y)
AG_FLOAT_TYPES(COMBINE, times, x *y)
#define COMPLEX_TYPES(X, ...) X(C64, c64, c64, __VA_ARGS__) X(C128, c128, c128, __VA_ARGS__)
COMPLEX_TYPES(COMBINE, plus, x + y)
COMPLEX_TYPES(COMBINE, minus, x - y)
COMBINE(C64, c64, c64, times, product_c64(x, y))
COMBINE(C128, c128, c128, times, product_c128(x, y))
#define ORDERED(name) AG_INT_TYPES(AG_LOOP_ENTRY, name) AG_FLOAT_TYPES(AG_LOOP_ENTRY, name)
#define NUMBERS(name) ORDERED(name) COMPLEX_TYPES(AG_LOOP_ENTRY, name)
static combine *const combines[MODES][AG_DTYPE_COUNT] = {[PLUS] = {NUMBERS(plus)},
                                                         [MINUS] = {NUMBERS(minus)},
                                                         [LEAST] = {ORDERED(least)},
                                                         [MOST] = {ORDERED(most)},
                                                         [TIMES] = {NUMBERS(times)}};

ag_code ag_kernel_SCATTER(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                          ag_tensor *out) {
  const ag_tensor *x = in[0], *indices = in[1], *updates = in[2];
  int64_t mode = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_mode, SET);
  combine *f = mode > SET && mode < MODES ? combines[mode][x->dtype] : NULL;
  char s1[AG_SHAPE_TEXT], s2[AG_SHAPE_TEXT];
  places p;
  if (mode != SET && !f)
    return ag_kernel_no_dtype(run, c, (ag_dtype)x->dtype);
  if (find_places(run, c, x, indices, &p))
    return run->err->code;
  ag_shape want = p.batch, given;
  for (int i = 0; i < p.rest.rank && want.rank < AG_MAX_RANK; i++)
    want.dim[want.rank++] = p.rest.dim[i];
  ag_tensor_shape(updates, &given);
  if (!ag_shape_equal(&want, &given) || updates->dtype != x->dtype)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE,
                          "scatter: updates are %s of shape %s, not %s of shape %s",
                          ag_dtype_name((ag_dtype)updates->dtype), ag_shape_text(&given, s1),
                          ag_dtype_name((ag_dtype)x->dtype), ag_shape_text(&want, s2));
  int64_t *made;
  const int64_t *at = find_all(run, c, x, indices, &p, &made);
  size_t item = ag_dtype_size((ag_dtype)x->dtype);
  if (run->err->code || ag_kernel_own(run, c, in, 0, out))
    goto done;
  if (f)
    f(ag_tensor_data(out), ag_tensor_data(updates), at, p.n, p.row);
  else
    put(ag_tensor_data(out), ag_tensor_data(updates), at, p.n, item, (size_t)p.row * item);
done:
  ag_free(made);
  return run->err->code;
}
