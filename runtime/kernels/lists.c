/* lists.c - growing lists: a buffer of rows with room to spare, of which the program knows the
 * length. Amortized as in any growing array: a full buffer doubles. An index of Python's is made a
 * place within the length first (PYINDEX). */
#include "kernel.h"

#include <string.h>

enum { FIRST_ROOM = 8 };

ag_code ag_kernel_LIST_PUT(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                           ag_tensor *out) {
  const ag_tensor *x = in[0], *value = in[1];
  int64_t index = ag_kernel_int_at(in[2], 0);
  ag_shape row = {.rank = x->rank - 1}, given;
  char s1[AG_SHAPE_TEXT], s2[AG_SHAPE_TEXT];
  for (int i = 1; i < x->rank; i++)
    row.dim[i - 1] = x->dim[i];
  ag_tensor_shape(value, &given);
  if (x->rank == 0 || value->dtype != x->dtype || !ag_shape_equal(&row, &given))
    return ag_kernel_fail(run, c, AG_ERR_SHAPE,
                          "an item of %s and shape %s does not fit a list of %s of shape %s",
                          ag_dtype_name((ag_dtype)value->dtype), ag_shape_text(&given, s1),
                          ag_dtype_name((ag_dtype)x->dtype), ag_shape_text(&row, s2));
  if (index < 0 || index == INT64_MAX)
    return ag_kernel_fail(run, c, AG_ERR_INDEX, "a list has no item %lld", (long long)index);
  size_t bytes = (size_t)ag_shape_count(&row) * ag_dtype_size((ag_dtype)x->dtype);
  if (index < x->dim[0]) {
    if (ag_kernel_own(run, c, in, 0, out))
      return run->err->code;
  } else {
    ag_shape shape;
    int64_t room = x->dim[0] < FIRST_ROOM / 2 ? FIRST_ROOM : 2 * x->dim[0];
    ag_tensor_shape(x, &shape);
    shape.dim[0] = index < room ? room : index + 1;
    if (ag_kernel_out(run, c, out, (ag_dtype)x->dtype, &shape))
      return run->err->code;
    size_t old = (size_t)x->dim[0] * bytes;
    memcpy(ag_tensor_data(out), ag_tensor_data(x), old);
    memset((char *)ag_tensor_data(out) + old, 0, (size_t)shape.dim[0] * bytes - old);
  }
  memcpy((char *)ag_tensor_data(out) + (size_t)index * bytes, ag_tensor_data(value), bytes);
  return AG_OK;
}

ag_code ag_list_index_fail(ag_run *run, const ag_call *c) {
  int64_t site = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_site, 0);
  if (run->host && run->host->raised)
    run->host->raised(run->host->ctx, site, NULL, 0);
  return ag_kernel_fail(run, c, AG_ERR_RAISE, "list index out of range");
}

ag_code ag_kernel_PYINDEX(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                          ag_tensor *out) {
  uint64_t at = (uint64_t)ag_kernel_int_at(in[0], 0), size = (uint64_t)ag_kernel_int_at(in[1], 0);
  if (at >= size)
    at += size; /* of a negative one: the place counted from the end */
  if (at >= size)
    return ag_list_index_fail(run, c);
  ag_tensor_scalar(out, AG_I64, &at);
  out->weak = 1;
  return AG_OK;
}
