/* shape.c - kernels whose elements are those of their input in another arrangement; shapes as
 * values. */
#include "kernel.h"

#include <string.h>

/* ---- reshape -------------------------------------------------------------------------------- */

/* The same elements under another shape of as many. */
static ag_code share_as(ag_run *run, const ag_call *c, const ag_tensor *in, const ag_shape *shape,
                        ag_tensor *out) {
  int64_t count = ag_tensor_count(in);
  if (in->rank && shape->rank) {
    ag_tensor_ref(in, out);
    out->rank = (int8_t)shape->rank;
    memcpy(out->dim, shape->dim, sizeof out->dim);
    out->weak = 0;
    return AG_OK;
  }
  /* To or from 0-d: the one element moves between cell and buffer. */
  if (ag_kernel_out(run, c, out, (ag_dtype)in->dtype, shape))
    return run->err->code;
  memcpy(ag_tensor_data(out), ag_tensor_data(in),
         (size_t)count * ag_dtype_size((ag_dtype)in->dtype));
  return AG_OK;
}

/* dims with at most one -1, for `in`'s elements. */
static ag_code resolve_shape(ag_run *run, const ag_call *c, const ag_tensor *in,
                             const int64_t *dims, int64_t rank, ag_shape *shape) {
  char want[AG_SHAPE_TEXT], have[AG_SHAPE_TEXT];
  ag_shape from;
  ag_tensor_shape(in, &from);
  if (rank > AG_MAX_RANK)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "reshape: rank %lld is more than %d",
                          (long long)rank, AG_MAX_RANK);
  *shape = (ag_shape){.rank = (int32_t)rank};
  int open = -1;
  ag_shape known = {.rank = (int32_t)rank};
  for (int i = 0; i < rank; i++) {
    shape->dim[i] = known.dim[i] = dims[i];
    if (dims[i] == -1 && open < 0) {
      open = i;
      known.dim[i] = 1;
    } else if (dims[i] < 0) {
      return ag_kernel_fail(run, c, AG_ERR_SHAPE, "reshape: size %lld of axis %d is negative",
                            (long long)dims[i], i);
    }
  }
  int64_t count = ag_tensor_count(in), rest = ag_shape_count(&known);
  if (open >= 0 && rest > 0 && count % rest == 0) {
    shape->dim[open] = count / rest;
    return AG_OK;
  }
  if (open < 0 && rest == count)
    return AG_OK;
  return ag_kernel_fail(run, c, AG_ERR_SHAPE, "reshape: %lld elements of shape %s do not fit %s",
                        (long long)count, ag_shape_text(&from, have), ag_shape_text(shape, want));
}

ag_code ag_kernel_RESHAPE(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                          ag_tensor *out) {
  const int64_t *dims;
  uint32_t rank;
  ag_shape shape;
  if (ag_kernel_ints(run, c, AG_KEY_shape, -1, &dims, &rank) ||
      resolve_shape(run, c, in[0], dims, rank, &shape))
    return run->err->code;
  return share_as(run, c, in[0], &shape, out);
}

/* A shape given as an int vector. */
static ag_code shape_vector(ag_run *run, const ag_call *c, const ag_tensor *t, int64_t *dims,
                            int64_t *rank) {
  if (t->rank != 1 || !ag_is_int((ag_dtype)t->dtype) || t->dim[0] > AG_MAX_RANK)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "%s: a shape is a vector of at most %d integers",
                          ag_kernel_name(c), AG_MAX_RANK);
  *rank = t->dim[0];
  for (int64_t i = 0; i < t->dim[0]; i++)
    dims[i] = ag_kernel_int_at(t, i);
  return AG_OK;
}

ag_code ag_kernel_RESHAPE_TO(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                             ag_tensor *out) {
  int64_t dims[AG_MAX_RANK], rank;
  ag_shape shape;
  if (shape_vector(run, c, in[1], dims, &rank) || resolve_shape(run, c, in[0], dims, rank, &shape))
    return run->err->code;
  return share_as(run, c, in[0], &shape, out);
}

/* ---- arrangements: strides into the input --------------------------------------------------- */

/* out[i...] = in[offset + sum of i * stride], in elements. */
static ag_code arrange(ag_run *run, const ag_call *c, const ag_tensor *in, const ag_shape *shape,
                       const int64_t *stride, int64_t offset, ag_tensor *out) {
  if (ag_kernel_out(run, c, out, (ag_dtype)in->dtype, shape))
    return run->err->code;
  if (ag_shape_count(shape) == 0)
    return AG_OK;
  int64_t item = (int64_t)ag_dtype_size((ag_dtype)in->dtype);
  int64_t src[AG_MAX_RANK], dst[AG_MAX_RANK];
  ag_strides(out, dst);
  for (int i = 0; i < shape->rank; i++) {
    src[i] = stride[i] * item;
    dst[i] *= item;
  }
  ag_strided_copy(ag_tensor_data(out), dst, (const char *)ag_tensor_data(in) + offset * item, src,
                  shape->dim, shape->rank, (size_t)item);
  return AG_OK;
}

ag_code ag_kernel_BROADCAST(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                            ag_tensor *out) {
  const ag_tensor *x = in[0];
  const int64_t *dims;
  uint32_t rank;
  if (ag_kernel_ints(run, c, AG_KEY_shape, -1, &dims, &rank))
    return run->err->code;
  ag_shape from, shape = {.rank = (int32_t)rank};
  ag_tensor_shape(x, &from);
  char s1[AG_SHAPE_TEXT], s2[AG_SHAPE_TEXT];
  int64_t own[AG_MAX_RANK], stride[AG_MAX_RANK];
  bool fits = rank <= AG_MAX_RANK && x->rank <= (int)rank;
  ag_strides(x, own);
  for (int i = 0; i < (int)rank && i < AG_MAX_RANK; i++) {
    int k = i - ((int)rank - x->rank); /* the input's axis */
    int64_t have = k >= 0 ? x->dim[k] : 1;
    shape.dim[i] = dims[i] < 0 ? have : dims[i]; /* below zero: as it is */
    stride[i] = have == 1 ? 0 : own[k];
    if (have != 1 && have != shape.dim[i])
      fits = false;
  }
  if (!fits)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "broadcast: shape %s does not broadcast to %s",
                          ag_shape_text(&from, s1),
                          rank <= AG_MAX_RANK ? ag_shape_text(&shape, s2) : "a larger rank");
  if (ag_shape_equal(&from, &shape)) {
    ag_tensor_ref(x, out);
    return AG_OK;
  }
  return arrange(run, c, x, &shape, stride, 0, out);
}

ag_code ag_kernel_TRANSPOSE(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                            ag_tensor *out) {
  const ag_tensor *x = in[0];
  const int64_t *perm;
  if (ag_kernel_ints(run, c, AG_KEY_perm, x->rank, &perm, NULL))
    return run->err->code;
  ag_shape shape = {.rank = x->rank};
  int64_t own[AG_MAX_RANK], stride[AG_MAX_RANK];
  unsigned seen = 0;
  ag_strides(x, own);
  for (int i = 0; i < x->rank; i++) {
    if (perm[i] < 0 || perm[i] >= x->rank || (seen >> perm[i] & 1))
      return ag_kernel_fail(run, c, AG_ERR_VALUE, "transpose: perm does not name each axis once");
    seen |= 1u << perm[i];
    shape.dim[i] = x->dim[perm[i]];
    stride[i] = own[perm[i]];
  }
  return arrange(run, c, x, &shape, stride, 0, out);
}

ag_code ag_kernel_REVERSE(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                          ag_tensor *out) {
  const ag_tensor *x = in[0];
  const int64_t *axes;
  uint32_t n;
  if (ag_kernel_ints(run, c, AG_KEY_axis, -1, &axes, &n))
    return run->err->code;
  ag_shape shape;
  ag_tensor_shape(x, &shape);
  int64_t stride[AG_MAX_RANK], offset = 0;
  ag_strides(x, stride);
  unsigned seen = 0;
  for (uint32_t i = 0; i < n; i++) {
    int64_t a = axes[i] < 0 ? axes[i] + x->rank : axes[i];
    if (a < 0 || a >= x->rank || (seen >> a & 1))
      return ag_kernel_fail(run, c, AG_ERR_VALUE, "reverse: axis %lld of rank %d",
                            (long long)axes[i], x->rank);
    seen |= 1u << a;
    offset += (x->dim[a] - 1) * stride[a];
    stride[a] = -stride[a];
  }
  return arrange(run, c, x, &shape, stride, offset, out);
}

/* ---- slices --------------------------------------------------------------------------------- */

/* begin, size and step lie in range: looked at once more, since a wrong slice would read foreign
 * memory. */
static ag_code slice(ag_run *run, const ag_call *c, const ag_tensor *x, const int64_t *begin,
                     const int64_t *size, const int64_t *step, ag_tensor *out) {
  ag_shape shape = {.rank = x->rank};
  int64_t stride[AG_MAX_RANK], offset = 0;
  ag_strides(x, stride);
  for (int i = 0; i < x->rank; i++) {
    int64_t last;
    if (size[i] < 0 || __builtin_mul_overflow(size[i] - 1, step[i], &last) ||
        __builtin_add_overflow(begin[i], last, &last) ||
        (size[i] > 0 && (begin[i] < 0 || begin[i] >= x->dim[i] || last < 0 || last >= x->dim[i])))
      return ag_kernel_fail(
          run, c, AG_ERR_INDEX, "slice: %lld elements from %lld by %lld of axis %d with size %lld",
          (long long)size[i], (long long)begin[i], (long long)step[i], i, (long long)x->dim[i]);
    shape.dim[i] = size[i];
    if (size[i] > 0)
      offset += begin[i] * stride[i];
    stride[i] *= step[i];
  }
  return arrange(run, c, x, &shape, stride, offset, out);
}

ag_code ag_kernel_SLICE(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  const int64_t *begin, *size, *step;
  if (ag_kernel_ints(run, c, AG_KEY_begin, in[0]->rank, &begin, NULL) ||
      ag_kernel_ints(run, c, AG_KEY_size, in[0]->rank, &size, NULL) ||
      ag_kernel_ints(run, c, AG_KEY_step, in[0]->rank, &step, NULL))
    return run->err->code;
  return slice(run, c, in[0], begin, size, step, out);
}

/* slice.indices(n) of Python; absent bounds by flags. */
static int64_t slice_length(int64_t n, bool no_begin, bool no_end, int64_t *begin, int64_t end,
                            int64_t step) {
  int64_t low = step < 0 ? -1 : 0, high = step < 0 ? n - 1 : n;
  int64_t b = *begin;
  if (no_begin) {
    b = step < 0 ? high : low;
  } else {
    if (b < 0)
      b = b < -n ? low : b + n;
    b = b < low ? low : b > high ? high : b;
  }
  if (no_end) {
    end = step < 0 ? low : high;
  } else {
    if (end < 0)
      end = end < -n ? low : end + n;
    end = end < low ? low : end > high ? high : end;
  }
  *begin = b;
  uint64_t by = step < 0 ? 0 - (uint64_t)step : (uint64_t)step;
  int64_t span = step < 0 ? b - end : end - b;
  return span <= 0 ? 0 : (int64_t)(((uint64_t)span - 1) / by + 1);
}

ag_code ag_kernel_slices(ag_run *run, const ag_call *c, const ag_tensor *x,
                         const ag_tensor *const *bounds, int64_t *begin, int64_t *size,
                         int64_t *step) {
  int64_t n = bounds[0]->rank == 1 ? bounds[0]->dim[0] : -1;
  if (n < 0 || n > x->rank || bounds[1]->rank != 1 || bounds[1]->dim[0] != n ||
      bounds[2]->rank != 1 || bounds[2]->dim[0] != n)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE,
                          "slice: begin, end and step are vectors of one length, at most %d",
                          x->rank);
  int64_t mask = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_mask, 0);
  for (int i = 0; i < x->rank; i++) {
    begin[i] = 0;
    size[i] = x->dim[i];
    step[i] = 1;
    if (i >= n)
      continue;
    begin[i] = ag_kernel_int_at(bounds[0], i);
    step[i] = ag_kernel_int_at(bounds[2], i);
    if (step[i] == 0)
      return ag_kernel_fail(run, c, AG_ERR_VALUE, "slice step cannot be zero");
    size[i] = slice_length(x->dim[i], mask >> (2 * i) & 1, mask >> (2 * i + 1) & 1, &begin[i],
                           ag_kernel_int_at(bounds[1], i), step[i]);
    if (size[i] <= 1)
      step[i] = 1; /* its product with a stride cannot overflow then */
  }
  return AG_OK;
}

ag_code ag_kernel_SLICE_DYN(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                            ag_tensor *out) {
  int64_t begin[AG_MAX_RANK], size[AG_MAX_RANK], step[AG_MAX_RANK];
  if (ag_kernel_slices(run, c, in[0], in + 1, begin, size, step))
    return run->err->code;
  return slice(run, c, in[0], begin, size, step, out);
}

/* ---- shapes as values, tensors from shapes -------------------------------------------------- */

ag_code ag_kernel_DIM(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  int axis;
  if (ag_kernel_axis(run, c, in[0]->rank, &axis))
    return run->err->code;
  ag_tensor_scalar(out, AG_I64, &in[0]->dim[axis]);
  out->weak = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_weak, 0) != 0;
  return AG_OK;
}

ag_code ag_kernel_SHAPE(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  const ag_tensor *x = in[0];
  int64_t dtype = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_dtype, AG_I32);
  if (dtype != AG_I32 && dtype != AG_I64)
    return ag_kernel_no_dtype(run, c, (ag_dtype)dtype);
  ag_shape shape = {.rank = 1, .dim = {x->rank}};
  if (ag_kernel_out(run, c, out, (ag_dtype)dtype, &shape))
    return run->err->code;
  for (int i = 0; i < x->rank; i++) {
    if (dtype == AG_I64)
      ((int64_t *)out->data)[i] = x->dim[i];
    else if (x->dim[i] <= INT32_MAX)
      ((int32_t *)out->data)[i] = (int32_t)x->dim[i];
    else
      return ag_kernel_fail(run, c, AG_ERR_VALUE, "shape: size %lld of axis %d is no int32",
                            (long long)x->dim[i], i);
  }
  return AG_OK;
}

static ag_code fill(ag_run *run, const ag_call *c, const ag_tensor *value, const int64_t *dims,
                    int64_t rank, ag_tensor *out) {
  ag_shape shape = {.rank = (int32_t)rank};
  if (rank > AG_MAX_RANK)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "fill: rank %lld is more than %d", (long long)rank,
                          AG_MAX_RANK);
  for (int i = 0; i < rank; i++) {
    shape.dim[i] = dims[i];
    if (dims[i] < 0)
      return ag_kernel_fail(run, c, AG_ERR_SHAPE, "fill: size %lld of axis %d is negative",
                            (long long)dims[i], i);
  }
  static const int64_t stays[AG_MAX_RANK];
  return arrange(run, c, value, &shape, stays, 0, out);
}

ag_code ag_kernel_FILL(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  const int64_t *dims;
  uint32_t rank;
  if (ag_kernel_ints(run, c, AG_KEY_shape, -1, &dims, &rank))
    return run->err->code;
  return fill(run, c, in[0], dims, rank, out);
}

ag_code ag_kernel_FILL_TO(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                          ag_tensor *out) {
  int64_t dims[AG_MAX_RANK], rank;
  if (shape_vector(run, c, in[1], dims, &rank))
    return run->err->code;
  return fill(run, c, in[0], dims, rank, out);
}
