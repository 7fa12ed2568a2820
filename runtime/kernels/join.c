/* join.c - putting tensors together and taking them apart. */
#include "kernel.h"

#include <string.h>

/* Sizes around an axis of a contiguous array: `outer` pieces of `inner` elements for each step. */
static void around(const ag_shape *s, int axis, int64_t *outer, int64_t *inner) {
  *outer = *inner = 1;
  for (int i = 0; i < axis; i++)
    *outer *= s->dim[i];
  for (int i = axis + 1; i < s->rank; i++)
    *inner *= s->dim[i];
}

static ag_code differ(ag_run *run, const ag_call *c, const ag_tensor *a, const ag_tensor *b) {
  char s1[AG_SHAPE_TEXT], s2[AG_SHAPE_TEXT];
  ag_shape x, y;
  ag_tensor_shape(a, &x);
  ag_tensor_shape(b, &y);
  if (a->dtype != b->dtype)
    return ag_kernel_fail(run, c, AG_ERR_TYPE, "%s: dtypes differ, %s and %s", ag_kernel_name(c),
                          ag_dtype_name((ag_dtype)a->dtype), ag_dtype_name((ag_dtype)b->dtype));
  return ag_kernel_fail(run, c, AG_ERR_SHAPE, "%s: shapes %s and %s do not fit together",
                        ag_kernel_name(c), ag_shape_text(&x, s1), ag_shape_text(&y, s2));
}

/* Copies `rows` pieces of `bytes`; dst and src advance by their own steps. */
static void copy_pieces(char *dst, size_t dst_step, const char *src, size_t src_step, int64_t rows,
                        size_t bytes) {
  if (bytes == 0)
    return;
  for (int64_t i = 0; i < rows; i++)
    memcpy(dst + (size_t)i * dst_step, src + (size_t)i * src_step, bytes);
}

ag_code ag_kernel_CONCAT(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                         ag_tensor *out) {
  if (c->n_in == 0)
    return ag_kernel_fail(run, c, AG_ERR_VALUE, "concat: no tensors");
  const ag_tensor *first = in[0];
  int axis;
  if (first->rank == 0)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "concat: 0-d tensors have no axis: use stack");
  if (ag_kernel_axis(run, c, first->rank, &axis))
    return run->err->code;
  ag_shape shape;
  ag_tensor_shape(first, &shape);
  for (uint32_t k = 1; k < c->n_in; k++) {
    bool fits = in[k]->dtype == first->dtype && in[k]->rank == first->rank;
    for (int i = 0; i < first->rank && fits; i++)
      fits = i == axis || in[k]->dim[i] == first->dim[i];
    if (!fits)
      return differ(run, c, first, in[k]);
    if (__builtin_add_overflow(shape.dim[axis], in[k]->dim[axis], &shape.dim[axis]))
      return ag_kernel_fail(run, c, AG_ERR_SHAPE, "concat: too many elements");
  }
  if (ag_kernel_out(run, c, out, (ag_dtype)first->dtype, &shape))
    return run->err->code;
  int64_t outer, inner;
  around(&shape, axis, &outer, &inner);
  size_t unit = (size_t)inner * ag_dtype_size((ag_dtype)first->dtype);
  size_t step = (size_t)shape.dim[axis] * unit, at = 0;
  for (uint32_t k = 0; k < c->n_in; k++) {
    size_t bytes = (size_t)in[k]->dim[axis] * unit;
    copy_pieces((char *)out->data + at, step, in[k]->data, bytes, outer, bytes);
    at += bytes;
  }
  return AG_OK;
}

ag_code ag_kernel_STACK(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  if (c->n_in == 0)
    return ag_kernel_fail(run, c, AG_ERR_VALUE, "stack: no tensors");
  const ag_tensor *first = in[0];
  int axis;
  if (first->rank == AG_MAX_RANK)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "stack: the result has more than %d axes",
                          AG_MAX_RANK);
  if (ag_kernel_axis(run, c, first->rank + 1, &axis))
    return run->err->code;
  ag_shape own, other, shape = {.rank = first->rank + 1};
  ag_tensor_shape(first, &own);
  for (uint32_t k = 1; k < c->n_in; k++) {
    ag_tensor_shape(in[k], &other);
    if (in[k]->dtype != first->dtype || !ag_shape_equal(&own, &other))
      return differ(run, c, first, in[k]);
  }
  for (int i = 0; i < shape.rank; i++)
    shape.dim[i] = i < axis ? own.dim[i] : i == axis ? (int64_t)c->n_in : own.dim[i - 1];
  if (ag_kernel_out(run, c, out, (ag_dtype)first->dtype, &shape))
    return run->err->code;
  int64_t outer, inner;
  around(&shape, axis, &outer, &inner);
  size_t bytes = (size_t)inner * ag_dtype_size((ag_dtype)first->dtype);
  for (uint32_t k = 0; k < c->n_in; k++)
    copy_pieces((char *)out->data + k * bytes, c->n_in * bytes, ag_tensor_data(in[k]), bytes, outer,
                bytes);
  return AG_OK;
}

ag_code ag_kernel_UNSTACK(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                          ag_tensor *out) {
  const ag_tensor *x = in[0];
  int axis;
  if (x->rank == 0)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "unstack: a 0-d tensor has no axis");
  if (ag_kernel_axis(run, c, x->rank, &axis))
    return run->err->code;
  if (x->dim[axis] != (int64_t)c->n_out)
    return ag_kernel_fail(run, c, AG_ERR_VALUE,
                          "unstack: %u values are expected, axis %d has size %lld", c->n_out, axis,
                          (long long)x->dim[axis]);
  ag_shape whole, shape = {.rank = x->rank - 1};
  ag_tensor_shape(x, &whole);
  for (int i = 0; i < shape.rank; i++)
    shape.dim[i] = x->dim[i < axis ? i : i + 1];
  int64_t outer, inner;
  around(&whole, axis, &outer, &inner);
  size_t bytes = (size_t)inner * ag_dtype_size((ag_dtype)x->dtype);
  for (uint32_t k = 0; k < c->n_out; k++) {
    if (ag_kernel_out(run, c, &out[k], (ag_dtype)x->dtype, &shape))
      return run->err->code;
    copy_pieces(ag_tensor_data(&out[k]), bytes, (const char *)ag_tensor_data(x) + k * bytes,
                c->n_out * bytes, outer, bytes);
  }
  return AG_OK;
}

ag_code ag_kernel_PAD(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  const ag_tensor *x = in[0], *value = in[1];
  const int64_t *by;
  if (ag_kernel_ints(run, c, AG_KEY_paddings, 2 * x->rank, &by, NULL))
    return run->err->code;
  if (value->rank != 0 || value->dtype != x->dtype)
    return ag_kernel_fail(run, c, AG_ERR_TYPE, "pad: the value is not one %s",
                          ag_dtype_name((ag_dtype)x->dtype));
  ag_shape shape = {.rank = x->rank};
  for (int i = 0; i < x->rank; i++) {
    int64_t d = x->dim[i];
    if (by[2 * i] < 0 || by[2 * i + 1] < 0 || __builtin_add_overflow(d, by[2 * i], &d) ||
        __builtin_add_overflow(d, by[2 * i + 1], &d))
      return ag_kernel_fail(run, c, AG_ERR_VALUE, "pad: paddings of axis %d are out of range", i);
    shape.dim[i] = d;
  }
  if (ag_kernel_out(run, c, out, (ag_dtype)x->dtype, &shape))
    return run->err->code;
  int64_t item = (int64_t)ag_dtype_size((ag_dtype)x->dtype), count = ag_tensor_count(out);
  char *dst = ag_tensor_data(out);
  int64_t whole_step = item, stays = 0;
  ag_strided_copy(dst, &whole_step, (const char *)value->cell, &stays, &count, 1, (size_t)item);
  int64_t ds[AG_MAX_RANK], ss[AG_MAX_RANK], offset = 0;
  ag_strides(out, ds);
  ag_strides(x, ss);
  for (int i = 0; i < x->rank; i++) {
    offset += by[2 * i] * ds[i];
    ds[i] *= item;
    ss[i] *= item;
  }
  if (ag_tensor_count(x))
    ag_strided_copy(dst + offset * item, ds, ag_tensor_data(x), ss, x->dim, x->rank, (size_t)item);
  return AG_OK;
}

ag_code ag_kernel_TILE(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  const ag_tensor *x = in[0];
  const int64_t *times;
  if (ag_kernel_ints(run, c, AG_KEY_multiples, x->rank, &times, NULL))
    return run->err->code;
  ag_shape shape = {.rank = x->rank};
  for (int i = 0; i < x->rank; i++)
    if (times[i] < 0 || __builtin_mul_overflow(x->dim[i], times[i], &shape.dim[i]))
      return ag_kernel_fail(run, c, AG_ERR_VALUE, "tile: multiple %lld of axis %d is out of range",
                            (long long)times[i], i);
  if (ag_kernel_out(run, c, out, (ag_dtype)x->dtype, &shape))
    return run->err->code;
  if (ag_tensor_count(out) == 0)
    return AG_OK;
  /* Each axis is two: which copy, where in it. */
  int64_t item = (int64_t)ag_dtype_size((ag_dtype)x->dtype);
  int64_t own[AG_MAX_RANK], full[AG_MAX_RANK];
  int64_t dim[AG_COPY_RANK], ds[AG_COPY_RANK], ss[AG_COPY_RANK];
  ag_strides(x, own);
  ag_strides(out, full);
  for (int i = 0; i < x->rank; i++) {
    dim[2 * i] = times[i];
    dim[2 * i + 1] = x->dim[i];
    ds[2 * i] = full[i] * x->dim[i] * item;
    ds[2 * i + 1] = full[i] * item;
    ss[2 * i] = 0;
    ss[2 * i + 1] = own[i] * item;
  }
  ag_strided_copy(ag_tensor_data(out), ds, ag_tensor_data(x), ss, dim, 2 * x->rank, (size_t)item);
  return AG_OK;
}
