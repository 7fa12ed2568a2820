/* lists.c - growing lists: a buffer of rows with room to spare, of which the program knows the
 * length. Amortized as in any growing array: a full buffer doubles, a small one quadruples. An
 * index of Python's is made a place within the length first (PYINDEX).
 *
 * Strings (and boxes, boxes.c) are changed in place too: where the buffer of the old value is taken
 * over, it holds a reference of each element, and what is put or moved keeps them right. */
#include "kernel.h"

#include <string.h>

enum { FIRST_ROOM = 8, FIRST_BYTES = 256 }; /* bytes: the least that a buffer has (buffer.c) */
enum { FEW_BYTES = 4096 };

/* Of an empty list. */
static int64_t first_room(ag_dtype d, size_t row_bytes) {
  int64_t most = d < AG_STR && row_bytes ? FIRST_BYTES / (int64_t)row_bytes : 0;
  return most > FIRST_ROOM ? most : FIRST_ROOM;
}

/* The elements of in[0] where they may be written, with room for rows index .. index + count - 1.
 */
static ag_code with_room(ag_run *run, const ag_call *c, const ag_tensor *const *in, int64_t index,
                         int64_t count, ag_tensor *out, size_t *row_bytes) {
  const ag_tensor *x = in[0];
  ag_shape shape;
  if (index < 0 || count < 0 || index > INT64_MAX - 1 - count)
    return ag_kernel_fail(run, c, AG_ERR_INDEX, "a list has no item %lld", (long long)index);
  ag_tensor_shape(x, &shape);
  int64_t rows = shape.dim[0], end = count ? index + count : 0;
  shape.dim[0] = 1;
  *row_bytes = (size_t)ag_shape_count(&shape) * ag_dtype_size((ag_dtype)x->dtype);
  if (end <= rows)
    return ag_kernel_reuse_strings(c, in, 0, out) ? AG_OK : ag_kernel_own(run, c, in, 0, out);
  int64_t least = rows ? FIRST_ROOM : first_room((ag_dtype)x->dtype, *row_bytes);
  int64_t room = (rows * (int64_t)*row_bytes < FEW_BYTES ? 4 : 2) * rows;
  room = room < least ? least : room;
  shape.dim[0] = end < room ? room : end;
  if (ag_kernel_out(run, c, out, (ag_dtype)x->dtype, &shape))
    return run->err->code;
  size_t old = (size_t)rows * *row_bytes;
  memcpy(ag_tensor_data(out), ag_tensor_data(x), old);
  memset((char *)ag_tensor_data(out) + old, 0, (size_t)shape.dim[0] * *row_bytes - old);
  return AG_OK;
}

/* Copies `count` rows of `bytes` each into a list, from outside of it or from its own rows. */
static void put_rows(ag_tensor *list, int64_t to, const void *rows, int64_t count, size_t bytes) {
  char *at = (char *)ag_tensor_data(list) + (size_t)to * bytes;
  size_t all = (size_t)count * bytes;
  if (list->dtype == AG_STR && list->owner->strings)
    ag_strings_replace((ag_buffer **)at, rows, (int64_t)(all / sizeof(ag_buffer *)));
  else
    memmove(at, rows, all);
}

/* Whether `value` has the shape of an item of in[0], behind its first `skip` dimensions. */
static ag_code check_item(ag_run *run, const ag_call *c, const ag_tensor *x, const ag_tensor *value,
                          int skip) {
  ag_shape row = {.rank = x->rank - 1}, given = {.rank = value->rank - skip};
  char s1[AG_SHAPE_TEXT], s2[AG_SHAPE_TEXT];
  for (int i = 0; i < row.rank; i++)
    row.dim[i] = x->dim[i + 1];
  for (int i = 0; i < given.rank; i++)
    given.dim[i] = value->dim[i + skip];
  if (x->rank == 0 || value->rank < skip || value->dtype != x->dtype ||
      !ag_shape_equal(&row, &given))
    return ag_kernel_fail(run, c, AG_ERR_SHAPE,
                          "an item of %s and shape %s does not fit a list of %s of shape %s",
                          ag_dtype_name((ag_dtype)value->dtype), ag_shape_text(&given, s1),
                          ag_dtype_name((ag_dtype)x->dtype), ag_shape_text(&row, s2));
  return AG_OK;
}

ag_code ag_kernel_LIST_PUT(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                           ag_tensor *out) {
  int64_t index = ag_kernel_int_at(in[2], 0);
  size_t bytes;
  if (check_item(run, c, in[0], in[1], 0) || with_room(run, c, in, index, 1, out, &bytes))
    return run->err->code;
  put_rows(out, index, ag_tensor_data(in[1]), 1, bytes);
  return AG_OK;
}

ag_code ag_kernel_LIST_WRITE(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                             ag_tensor *out) {
  int64_t index = ag_kernel_int_at(in[2], 0);
  size_t bytes;
  if (check_item(run, c, in[0], in[1], 1) ||
      with_room(run, c, in, index, in[1]->dim[0], out, &bytes))
    return run->err->code;
  put_rows(out, index, ag_tensor_data(in[1]), in[1]->dim[0], bytes);
  return AG_OK;
}

ag_code ag_kernel_LIST_MOVE(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                            ag_tensor *out) {
  int64_t from = ag_kernel_int_at(in[1], 0), to = ag_kernel_int_at(in[2], 0),
          count = ag_kernel_int_at(in[3], 0);
  size_t bytes;
  if (in[0]->rank == 0)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "a list has at least one dimension");
  if (count > 0 && (from < 0 || from > in[0]->dim[0] - count))
    return ag_kernel_fail(run, c, AG_ERR_INDEX, "a list has no items %lld to %lld", (long long)from,
                          (long long)from + count - 1);
  if (with_room(run, c, in, to, count < 0 ? 0 : count, out, &bytes))
    return run->err->code;
  if (count > 0)
    put_rows(out, to, (char *)ag_tensor_data(out) + (size_t)from * bytes, count, bytes);
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
