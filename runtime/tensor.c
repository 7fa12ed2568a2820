/* tensor.c - tensors as values: making, sharing, dropping. */
#include "ag/tensor.h"

#include <string.h>

int64_t ag_tensor_count(const ag_tensor *t) {
  int64_t n = 1;
  for (int i = 0; i < t->rank; i++)
    n *= t->dim[i]; /* checked when the tensor was made */
  return n;
}

void ag_tensor_shape(const ag_tensor *t, ag_shape *out) {
  *out = (ag_shape){.rank = t->rank};
  memcpy(out->dim, t->dim, sizeof out->dim);
}

ag_code ag_tensor_new(ag_tensor *t, ag_dtype dtype, const ag_shape *shape, ag_err *err) {
  char text[AG_SHAPE_TEXT];
  *t = (ag_tensor){.dtype = (uint8_t)dtype};
  if (shape->rank < 0 || shape->rank > AG_MAX_RANK)
    return ag_fail(err, AG_ERR_SHAPE, 0, "rank %d is not in 0 .. %d", shape->rank, AG_MAX_RANK);
  int64_t count = ag_shape_count(shape), bytes;
  if (count < 0 || __builtin_mul_overflow(count, (int64_t)ag_dtype_size(dtype), &bytes))
    return ag_fail(err, AG_ERR_SHAPE, 0, "shape %s is not known or has too many elements",
                   ag_shape_text(shape, text));
  if (shape->rank > 0) {
    t->owner = ag_buffer_new((size_t)bytes);
    if (!t->owner)
      return ag_fail(err, AG_ERR_NOMEM, 0, "out of memory: %s of shape %s", ag_dtype_name(dtype),
                     ag_shape_text(shape, text));
    t->data = t->owner->data;
    t->rank = (int8_t)shape->rank;
    memcpy(t->dim, shape->dim, (size_t)shape->rank * sizeof t->dim[0]);
  }
  return AG_OK;
}

void ag_tensor_ref(const ag_tensor *src, ag_tensor *dst) {
  if (src->owner)
    ag_buffer_ref(src->owner);
  *dst = *src;
}

void ag_tensor_unref(ag_tensor *t) {
  ag_buffer *owner = t->owner;
  ag_tensor_clear(t);
  ag_buffer_unref(owner);
}

void ag_tensor_scalar(ag_tensor *t, ag_dtype dtype, const void *value) {
  ag_tensor_clear(t);
  t->dtype = (uint8_t)dtype;
  memcpy(t->cell, value, ag_dtype_size(dtype));
}
