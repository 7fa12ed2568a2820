/* sort.c - SORT and ARGSORT of the last axis. All is stable, so there is one right result however
 * threads share it. NaN comes last; descending it comes first, and ARGSORT keeps the order of equal
 * elements there too. SORT with places where parts begin does no more than
 * to put each element into its part, see quick.h. */
#include "elementwise.h"
#include "pool.h"
#include "quick.h"
#include "radix.h"

#include <string.h>

typedef struct rows {
  const ag_call *c;
  const ag_tensor *x;
  ag_tensor *out;
  int64_t n;
  bool descending;
  const int64_t *begin; /* of parts */
  int64_t parts;
} rows;

static ag_code no_memory(ag_run *run, const ag_call *c) {
  return ag_kernel_fail(run, c, AG_ERR_NOMEM, "%s: out of memory", ag_kernel_name(c));
}

static void reverse(char *x, int64_t n, int64_t item) {
  char v[sizeof(uint64_t)];
  for (char *y = x + (n - 1) * item; x < y; x += item, y -= item) {
    memcpy(v, x, (size_t)item);
    memcpy(x, y, (size_t)item);
    memcpy(y, v, (size_t)item);
  }
}

static ag_code sort_rows(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  const rows *r = ctx;
  ag_dtype d = (ag_dtype)r->out->dtype;
  int64_t n = r->n, item = (int64_t)ag_dtype_size(d), bytes = ag_radix_value_room(d, n);
  void *room = bytes > 0 ? ag_malloc((size_t)bytes) : NULL;
  if (bytes && !room)
    return no_memory(run, r->c);
  for (; begin < end && !run->err->code; begin++) {
    char *x = (char *)r->out->data + begin * n * item;
    if (r->parts && bytes >= n * item && ag_quick_can(d, x, n))
      ag_quick_parts(run, d, x, room, n, r->begin, r->parts);
    else if (!ag_radix_values(run, d, x, n, room) && r->descending)
      reverse(x, n, item);
  }
  ag_free(room);
  return run->err->code;
}

static ag_code order_rows(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  const rows *r = ctx;
  ag_dtype d = (ag_dtype)r->x->dtype, index = (ag_dtype)r->out->dtype;
  int64_t n = r->n, item = (int64_t)ag_dtype_size(d), bytes = ag_radix_order_room(d, n);
  void *room = bytes > 0 ? ag_malloc((size_t)bytes) : NULL;
  if (!room)
    return no_memory(run, r->c);
  for (; begin < end && !run->err->code; begin++)
    ag_radix_order(run, d, (const char *)r->x->data + begin * n * item, r->descending, index,
                   (char *)r->out->data + begin * n * (int64_t)ag_dtype_size(index), n, room);
  ag_free(room);
  return run->err->code;
}

static ag_code run_rows(ag_run *run, rows *r, ag_chunk *chunk) {
  enum { SORT_COST = 64 }; /* of an element in a short row */
  int64_t count = ag_tensor_count(r->x);
  return count ? ag_parallel(run, count / r->n, r->n * SORT_COST, chunk, r) : AG_OK;
}

ag_code ag_kernel_SORT(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  const ag_tensor *x = in[0];
  if (!ag_radix_has((ag_dtype)x->dtype))
    return ag_kernel_no_dtype(run, c, (ag_dtype)x->dtype);
  if (x->rank == 0)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "sort: a 0-d tensor has no axis");
  if (ag_kernel_own(run, c, in, 0, out))
    return run->err->code;
  bool descending = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_descending, 0) != 0;
  rows r = {.c = c, .x = x, .out = out, .n = x->dim[x->rank - 1], .descending = descending};
  const ag_attr *parts = ag_attr_find(c->attrs, c->n_attrs, AG_KEY_begin);
  if (parts && parts->kind == AG_ATTR_INTS && !descending) {
    r.begin = parts->ints;
    r.parts = parts->n;
  }
  return run_rows(run, &r, sort_rows);
}

ag_code ag_kernel_ARGSORT(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                          ag_tensor *out) {
  const ag_tensor *x = in[0];
  ag_dtype index = (ag_dtype)ag_attr_int(c->attrs, c->n_attrs, AG_KEY_dtype, AG_I32);
  if (!ag_radix_has((ag_dtype)x->dtype))
    return ag_kernel_no_dtype(run, c, (ag_dtype)x->dtype);
  if (index != AG_I32 && index != AG_I64)
    return ag_kernel_no_dtype(run, c, index);
  if (x->rank == 0)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "argsort: a 0-d tensor has no axis");
  if (index == AG_I32 && x->dim[x->rank - 1] - 1 > INT32_MAX)
    return ag_kernel_fail(
        run, c, AG_ERR_VALUE,
        "argsort: places in rows of %lld elements do not fit int32; ask for int64",
        (long long)x->dim[x->rank - 1]);
  ag_shape shape;
  ag_tensor_shape(x, &shape);
  if (ag_kernel_out(run, c, out, index, &shape))
    return run->err->code;
  bool descending = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_descending, 0) != 0;
  rows r = {.c = c, .x = x, .out = out, .n = x->dim[x->rank - 1], .descending = descending};
  return run_rows(run, &r, order_rows);
}
