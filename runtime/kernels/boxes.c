/* boxes.c - tensors of any shape as the elements of one list.
 * A box is a string that holds a tensor: a header and its elements, copied once. What is taken out
 * again shares the memory of the box, which nobody changes while it is in a list. So lists of boxes
 * are lists of strings: they grow, are sliced, sorted and carried by loops as those are.
 *
 * Needs:  no strings inside of boxes (the trace refuses them).
 * The dtype is known while tracing; a box of another one, or of another rank than was said, is our
 * own mistake. */
#include "kernel.h"

#include <string.h>

typedef struct head {
  int64_t dtype, rank, dim[AG_MAX_RANK];
} head;
enum { HEAD = 128 }; /* the elements are as well aligned as in any tensor */
_Static_assert(sizeof(head) <= HEAD && HEAD % 64 == 0, "elements follow the header");

ag_code ag_kernel_BOX(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  const ag_tensor *x = in[0];
  if (x->dtype >= AG_STR)
    return ag_kernel_fail(run, c, AG_ERR_TYPE, "a list cannot hold %s tensors of several shapes",
                          ag_dtype_name((ag_dtype)x->dtype));
  size_t bytes = (size_t)ag_tensor_count(x) * ag_dtype_size((ag_dtype)x->dtype);
  ag_buffer *b = ag_buffer_new(HEAD + bytes);
  if (!b)
    return ag_kernel_fail(run, c, AG_ERR_NOMEM, "box: out of memory: %zu bytes", bytes);
  head *h = b->data;
  *h = (head){.dtype = x->dtype, .rank = x->rank};
  memcpy(h->dim, x->dim, (size_t)x->rank * sizeof h->dim[0]);
  if (bytes)
    memcpy((char *)b->data + HEAD, ag_tensor_data(x), bytes);
  *out = (ag_tensor){.dtype = AG_STR, .owner = b};
  memcpy(out->cell, &b, sizeof b);
  return AG_OK;
}

/* What stands for a tensor that is not there: of the type, with nothing in it. */
static ag_tensor nothing(const ag_type *type, int skip) {
  ag_tensor t = {.dtype = type->dtype, .rank = (int8_t)(type->rank > skip ? type->rank - skip : 0)};
  for (int k = 0; k < t.rank; k++)
    t.dim[k] = type->dim[k + skip] > 0 ? type->dim[k + skip] : 0;
  return t;
}

/* The tensor in a box, lent. skip: dimensions that the type has before those of the tensor. */
static ag_code look(ag_run *run, const ag_call *c, ag_buffer *box, const ag_type *type, int skip,
                    ag_tensor *t) {
  *t = nothing(type, skip);
  if (!box)
    return AG_OK;
  const head *h = box->data;
  if (h->dtype != type->dtype || (type->rank != AG_RANK_UNKNOWN && h->rank + skip != type->rank))
    return ag_kernel_fail(run, c, AG_ERR_INTERNAL, "a %s tensor of rank %lld is in the box",
                          ag_dtype_name((ag_dtype)h->dtype), (long long)h->rank);
  t->rank = (int8_t)h->rank;
  memcpy(t->dim, h->dim, (size_t)h->rank * sizeof h->dim[0]);
  if (h->rank)
    t->data = (char *)box->data + HEAD;
  else
    memcpy(t->cell, (char *)box->data + HEAD, ag_dtype_size((ag_dtype)h->dtype));
  return AG_OK;
}

/* Element i of a tensor of boxes; NULL where it is an empty string. */
static ag_buffer *box_at(const ag_tensor *boxes, int64_t i) {
  ag_buffer *box = ((ag_buffer *const *)ag_tensor_data(boxes))[i];
  return box && box->bytes ? box : NULL;
}

static const ag_type *type_of(const ag_call *c) {
  return ag_attr_find(c->attrs, c->n_attrs, AG_KEY_types)->types;
}

ag_code ag_kernel_UNBOX(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  ag_buffer *box = box_at(in[0], 0);
  ag_tensor t;
  ag_shape shape;
  if (look(run, c, box, type_of(c), 0, &t))
    return run->err->code;
  if (t.rank > 0 && !box) {
    ag_tensor_shape(&t, &shape);
    if (ag_kernel_out(run, c, out, (ag_dtype)t.dtype, &shape))
      return run->err->code;
    memset(out->data, 0, (size_t)ag_shape_count(&shape) * ag_dtype_size((ag_dtype)t.dtype));
    return AG_OK;
  }
  *out = t;
  if (t.rank > 0) {
    ag_buffer_ref(box);
    out->owner = box;
  }
  return AG_OK;
}

/* What the boxes hold, joined along its first dimension. */
static ag_code join(ag_run *run, const ag_call *c, const ag_tensor *boxes, const ag_type *type,
                    ag_tensor *out) {
  ag_tensor t;
  ag_shape all = {.rank = 1}, item;
  size_t bytes = 0, size;
  int64_t n = ag_tensor_count(boxes), rows = 0;
  char s1[AG_SHAPE_TEXT], s2[AG_SHAPE_TEXT];
  for (int64_t i = 0; i < n || i == 0; i++) { /* without boxes, what the type says */
    if (look(run, c, n ? box_at(boxes, i) : NULL, type, 0, &t))
      return run->err->code;
    ag_tensor_shape(&t, &item);
    if (item.rank == 0 && n)
      return ag_kernel_fail(run, c, AG_ERR_SHAPE, "concat: item %lld has no dimension: use stack",
                            (long long)i);
    if (i == 0 && item.rank)
      all = item;
    rows += item.rank ? item.dim[0] : 0;
    all.dim[0] = item.dim[0];
    if (n && !ag_shape_equal(&all, &item)) {
      all.dim[0] = rows - item.dim[0];
      return ag_kernel_fail(run, c, AG_ERR_SHAPE,
                            "concat: the items have one shape but for the first dimension; those "
                            "before item %lld make %s and it has %s",
                            (long long)i, ag_shape_text(&all, s1), ag_shape_text(&item, s2));
    }
  }
  all.dim[0] = rows;
  if (ag_kernel_out(run, c, out, (ag_dtype)type->dtype, &all))
    return run->err->code;
  for (int64_t i = 0; i < n; i++, bytes += size) {
    if (look(run, c, box_at(boxes, i), type, 0, &t))
      return run->err->code;
    size = (size_t)ag_tensor_count(&t) * ag_dtype_size((ag_dtype)t.dtype);
    if (size)
      memcpy((char *)out->data + bytes, t.data, size);
  }
  return AG_OK;
}

ag_code ag_kernel_UNBOX_ALL(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                            ag_tensor *out) {
  const ag_type *type = type_of(c);
  if (ag_attr_int(c->attrs, c->n_attrs, AG_KEY_mode, 0))
    return join(run, c, in[0], type, out);
  ag_tensor t;
  ag_shape first, item;
  int64_t n = ag_tensor_count(in[0]);
  if (look(run, c, n ? box_at(in[0], 0) : NULL, type, 1, &t))
    return run->err->code;
  ag_tensor_shape(&t, &first);
  if (first.rank == AG_MAX_RANK)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "stack: the items have %d dimensions", first.rank);
  ag_shape all = {.rank = first.rank + 1, .dim = {n}};
  memcpy(all.dim + 1, first.dim, (size_t)first.rank * sizeof first.dim[0]);
  if (ag_kernel_out(run, c, out, (ag_dtype)t.dtype, &all))
    return run->err->code;
  size_t bytes = (size_t)ag_shape_count(&first) * ag_dtype_size((ag_dtype)t.dtype);
  for (int64_t i = 0; i < n; i++) {
    char s1[AG_SHAPE_TEXT], s2[AG_SHAPE_TEXT];
    if (look(run, c, box_at(in[0], i), type, 1, &t))
      return run->err->code;
    ag_tensor_shape(&t, &item);
    if (!ag_shape_equal(&first, &item))
      return ag_kernel_fail(run, c, AG_ERR_SHAPE,
                            "stack: the items of the list must have one shape; item 0 has %s and "
                            "item %lld has %s",
                            ag_shape_text(&first, s1), (long long)i, ag_shape_text(&item, s2));
    if (bytes)
      memcpy((char *)out->data + (size_t)i * bytes, ag_tensor_data(&t), bytes);
  }
  return AG_OK;
}
