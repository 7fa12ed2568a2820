/* gather.c - reading and writing at indices. Negative ones count from the end. */
#include "kernel.h"

#include <string.h>

/* The place of an index on an axis of this size, or -1 with the error filled. */
static int64_t place(ag_run *run, const ag_call *c, int axis, int64_t index, int64_t size) {
  int64_t at = index < 0 ? index + size : index;
  if (index >= size || at < 0) {
    ag_index_fail(run->err, c, axis, index, size);
    return -1;
  }
  return at;
}

/* An index of an array. Those of uint64 from 2**63 on count from the end, as NumPy has it. */
static int64_t index_at(const ag_tensor *index, int64_t k) {
  return index->dtype == AG_U64 ? ((const int64_t *)ag_tensor_data(index))[k]
                                : ag_kernel_int_at(index, k);
}

ag_code ag_kernel_GATHER(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                         ag_tensor *out) {
  const ag_tensor *x = in[0], *index = in[1];
  int axis;
  if (x->rank == 0)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "gather: x has no axis");
  if (!ag_is_int((ag_dtype)index->dtype))
    return ag_kernel_fail(run, c, AG_ERR_TYPE, "gather: indices are integers, not %s",
                          ag_dtype_name((ag_dtype)index->dtype));
  if (ag_kernel_axis(run, c, x->rank, &axis))
    return run->err->code;
  if (x->rank - 1 + index->rank > AG_MAX_RANK)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "gather: the result has more than %d axes",
                          AG_MAX_RANK);
  ag_shape shape = {.rank = 0};
  int64_t outer = 1, inner = 1;
  for (int i = 0; i < axis; i++)
    outer *= shape.dim[shape.rank++] = x->dim[i];
  for (int i = 0; i < index->rank; i++)
    shape.dim[shape.rank++] = index->dim[i];
  for (int i = axis + 1; i < x->rank; i++)
    inner *= shape.dim[shape.rank++] = x->dim[i];
  /* Indices are looked at even when nothing is copied: x[7] of a (5, 0) array is wrong too. */
  int64_t n = ag_tensor_count(index), size = x->dim[axis];
  for (int64_t k = 0; k < n; k++)
    if (place(run, c, axis, index_at(index, k), size) < 0)
      return run->err->code;
  if (ag_kernel_out(run, c, out, (ag_dtype)x->dtype, &shape))
    return run->err->code;
  size_t item = ag_dtype_size((ag_dtype)x->dtype), row = (size_t)inner * item;
  const char *src = ag_tensor_data(x);
  char *dst = ag_tensor_data(out);
  if (row == 0)
    return AG_OK;
  for (int64_t o = 0; o < outer; o++, src += (size_t)size * row)
    for (int64_t k = 0; k < n; k++, dst += row) {
      int64_t i = index_at(index, k);
      memcpy(dst, src + (size_t)(i < 0 ? i + size : i) * row, row);
    }
  return AG_OK;
}

/* The elements under 0-d indices in[from ..): their offset, count and shape. */
static ag_code find(ag_run *run, const ag_call *c, const ag_tensor *const *in, uint32_t from,
                    int64_t *offset, int64_t *count, ag_shape *rest) {
  const ag_tensor *x = in[0];
  int n = (int)(c->n_in - from);
  if (n > x->rank)
    return ag_kernel_fail(run, c, AG_ERR_INDEX, "%s: %d indices for %d axes", ag_kernel_name(c), n,
                          x->rank);
  int64_t stride[AG_MAX_RANK];
  ag_strides(x, stride);
  *offset = 0;
  *count = 1;
  *rest = (ag_shape){.rank = x->rank - n};
  for (int i = 0; i < n; i++) {
    const ag_tensor *index = in[from + (uint32_t)i];
    if (index->rank != 0 || !ag_is_int((ag_dtype)index->dtype))
      return ag_kernel_fail(run, c, AG_ERR_TYPE, "%s: an index is one integer", ag_kernel_name(c));
    int64_t at = place(run, c, i, ag_kernel_int_at(index, 0), x->dim[i]);
    if (at < 0)
      return run->err->code;
    *offset += at * stride[i];
  }
  for (int i = n; i < x->rank; i++)
    *count *= rest->dim[i - n] = x->dim[i];
  return AG_OK;
}

ag_code ag_kernel_ELEMENT(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                          ag_tensor *out) {
  const ag_tensor *x = in[0];
  int64_t offset, count;
  ag_shape shape;
  if (find(run, c, in, 1, &offset, &count, &shape) ||
      ag_kernel_out(run, c, out, (ag_dtype)x->dtype, &shape))
    return run->err->code;
  size_t item = ag_dtype_size((ag_dtype)x->dtype);
  memcpy(ag_tensor_data(out), (const char *)ag_tensor_data(x) + (size_t)offset * item,
         (size_t)count * item);
  return AG_OK;
}

ag_code ag_kernel_SET_ELEMENT(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                              ag_tensor *out) {
  const ag_tensor *x = in[0], *value = in[1];
  int64_t offset, count;
  ag_shape rest, given;
  if (find(run, c, in, 2, &offset, &count, &rest))
    return run->err->code;
  ag_tensor_shape(value, &given);
  char s1[AG_SHAPE_TEXT], s2[AG_SHAPE_TEXT];
  if (value->dtype != x->dtype || !ag_shape_equal(&rest, &given))
    return ag_kernel_fail(run, c, AG_ERR_SHAPE,
                          "a value of %s and shape %s does not fit an element of %s and shape %s",
                          ag_dtype_name((ag_dtype)value->dtype), ag_shape_text(&given, s1),
                          ag_dtype_name((ag_dtype)x->dtype), ag_shape_text(&rest, s2));
  if (ag_kernel_reuse_strings(c, in, 0, out)) {
    ag_strings_replace((ag_buffer **)ag_tensor_data(out) + offset, ag_tensor_data(value), count);
    return AG_OK;
  }
  if (ag_kernel_own(run, c, in, 0, out))
    return run->err->code;
  size_t item = ag_dtype_size((ag_dtype)x->dtype);
  memcpy((char *)ag_tensor_data(out) + (size_t)offset * item, ag_tensor_data(value),
         (size_t)count * item);
  return AG_OK;
}

static ag_code set_slice(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                         const int64_t *begin, const int64_t *size, const int64_t *step,
                         ag_tensor *out) {
  const ag_tensor *x = in[0], *value = in[1];
  ag_shape part = {.rank = x->rank}, given;
  ag_tensor_shape(value, &given);
  int64_t item = (int64_t)ag_dtype_size((ag_dtype)x->dtype);
  int64_t dst[AG_MAX_RANK], src[AG_MAX_RANK], own[AG_MAX_RANK], offset = 0;
  ag_strides(x, dst);
  ag_strides(value, own);
  bool fits = value->dtype == x->dtype && value->rank <= x->rank;
  for (int i = 0; i < x->rank; i++) {
    int64_t last;
    if (size[i] < 0 || __builtin_mul_overflow(size[i] - 1, step[i], &last) ||
        __builtin_add_overflow(begin[i], last, &last) ||
        (size[i] > 0 && (begin[i] < 0 || begin[i] >= x->dim[i] || last < 0 || last >= x->dim[i])))
      return ag_kernel_fail(run, c, AG_ERR_INDEX,
                            "set_slice: a slice leaves axis %d with size %lld", i,
                            (long long)x->dim[i]);
    part.dim[i] = size[i];
    if (size[i] > 0)
      offset += begin[i] * dst[i];
    dst[i] *= step[i] * item;
    int k = i - (x->rank - value->rank);
    int64_t have = k < 0 ? 1 : value->dim[k];
    src[i] = have == 1 ? 0 : own[k] * item;
    if (have != 1 && have != size[i])
      fits = false;
  }
  char s1[AG_SHAPE_TEXT], s2[AG_SHAPE_TEXT];
  if (!fits)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "set_slice: %s of shape %s does not fit %s of %s",
                          ag_dtype_name((ag_dtype)value->dtype), ag_shape_text(&given, s1),
                          ag_dtype_name((ag_dtype)x->dtype), ag_shape_text(&part, s2));
  if (ag_kernel_own(run, c, in, 0, out))
    return run->err->code;
  if (ag_shape_count(&part) == 0)
    return AG_OK;
  ag_strided_copy((char *)ag_tensor_data(out) + offset * item, dst, ag_tensor_data(value), src,
                  part.dim, x->rank, (size_t)item);
  return AG_OK;
}

ag_code ag_kernel_SET_SLICE(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                            ag_tensor *out) {
  const int64_t *begin, *size, *step;
  if (ag_kernel_ints(run, c, AG_KEY_begin, in[0]->rank, &begin, NULL) ||
      ag_kernel_ints(run, c, AG_KEY_size, in[0]->rank, &size, NULL) ||
      ag_kernel_ints(run, c, AG_KEY_step, in[0]->rank, &step, NULL))
    return run->err->code;
  return set_slice(run, c, in, begin, size, step, out);
}

ag_code ag_kernel_SET_SLICE_DYN(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                                ag_tensor *out) {
  int64_t begin[AG_MAX_RANK], size[AG_MAX_RANK], step[AG_MAX_RANK];
  if (ag_kernel_slices(run, c, in[0], in + 2, begin, size, step))
    return run->err->code;
  return set_slice(run, c, in, begin, size, step, out);
}
