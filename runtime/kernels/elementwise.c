/* elementwise.c - broadcasting: from operands and an output shape to rows. */
#include "elementwise.h"

#include "pool.h"

#include <string.h>

void ag_rows_begin(ag_rows *r, const ag_tensor *const *in, int n_in, const ag_shape *out) {
  *r = (ag_rows){.n = 1};
  /* From the last axis on; axes of size 1 go; an axis joins the one after it when each operand runs
   * on through both. r->dim is filled from the innermost. */
  int64_t stride[AG_OPERANDS], size[AG_OPERANDS];
  int m = 0;
  for (int k = 0; k < n_in; k++)
    size[k] = 1;
  for (int i = 1; i <= out->rank; i++) {
    int64_t d = out->dim[out->rank - i];
    for (int k = 0; k < n_in; k++) {
      int64_t own = i <= in[k]->rank ? in[k]->dim[in[k]->rank - i] : 1;
      stride[k] = own == 1 ? 0 : size[k];
      size[k] *= own;
    }
    if (d == 1)
      continue;
    bool joins = m > 0;
    for (int k = 0; k < n_in && joins; k++)
      joins = stride[k] == r->stride[m - 1][k] * r->dim[m - 1];
    if (joins) {
      r->dim[m - 1] *= d;
      continue;
    }
    r->dim[m] = d;
    memcpy(r->stride[m++], stride, sizeof stride);
  }
  if (m == 0) {
    for (int k = 0; k < n_in; k++)
      r->step[k] = 1;
    return;
  }
  r->n = r->dim[0];
  for (int k = 0; k < n_in; k++)
    r->step[k] = (int)r->stride[0][k];
  r->rank = m - 1;
  memmove(r->dim, r->dim + 1, sizeof r->dim - sizeof r->dim[0]);
  memmove(r->stride, r->stride + 1, sizeof r->stride - sizeof r->stride[0]);
}

bool ag_rows_next(ag_rows *r, int n_in) {
  for (int i = 0; i < r->rank; i++) {
    for (int k = 0; k < n_in; k++)
      r->offset[k] += r->stride[i][k];
    if (++r->at[i] < r->dim[i])
      return true;
    for (int k = 0; k < n_in; k++)
      r->offset[k] -= r->stride[i][k] * r->dim[i];
    r->at[i] = 0;
  }
  return false;
}

/* Goes from the first row to the one of this number. */
static void seek(ag_rows *r, int n_in, int64_t row) {
  for (int i = 0; i < r->rank && row; i++) {
    r->at[i] = row % r->dim[i];
    row /= r->dim[i];
    for (int k = 0; k < n_in; k++)
      r->offset[k] += r->at[i] * r->stride[i][k];
  }
}

void ag_rows_find(const ag_rows *r, int n_in, int64_t at, int64_t *offset) {
  ag_rows there = *r;
  seek(&there, n_in, at / r->n);
  for (int k = 0; k < n_in; k++)
    offset[k] = there.offset[k] + at % r->n * r->step[k];
}

typedef struct pieces {
  const ag_rows *rows;
  int n_in;
  ag_piece *piece;
  const void *ctx;
} pieces;

static ag_code run_pieces(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  const pieces *p = ctx;
  ag_rows r = *p->rows;
  int64_t from = begin % r.n;
  seek(&r, p->n_in, begin / r.n);
  for (;;) {
    int64_t n = end - begin < r.n - from ? end - begin : r.n - from, offset[AG_OPERANDS];
    for (int k = 0; k < p->n_in; k++)
      offset[k] = r.offset[k] + from * r.step[k];
    p->piece(p->ctx, offset, r.step, begin, n);
    begin += n;
    from = 0;
    if (begin == end)
      return AG_OK;
    ag_rows_next(&r, p->n_in);
  }
}

ag_code ag_rows_run(ag_run *run, const ag_rows *r, int n_in, int64_t cost, ag_piece *piece,
                    const void *ctx) {
  pieces p = {r, n_in, piece, ctx};
  int64_t n = r->n;
  for (int i = 0; i < r->rank; i++)
    n *= r->dim[i];
  if (n == 0)
    return AG_OK;
  return ag_parallel(run, n, cost, run_pieces, &p);
}

/* An output of t's shape, without working it out again. */
static ag_code make_alike(ag_run *run, const ag_call *c, const ag_tensor *t, int64_t count,
                          ag_dtype dtype, ag_tensor *out) {
  int64_t bytes;
  *out = (ag_tensor){.dtype = (uint8_t)dtype, .rank = t->rank};
  memcpy(out->dim, t->dim, sizeof out->dim);
  if (t->rank == 0)
    return AG_OK;
  if (!__builtin_mul_overflow(count, (int64_t)ag_dtype_size(dtype), &bytes))
    out->owner = ag_buffer_new((size_t)bytes);
  if (!out->owner)
    return ag_op_fail(run->err, AG_ERR_NOMEM, c, 0, 0);
  out->data = out->owner->data;
  return AG_OK;
}

/* An output of this shape: a dead input's buffer where the elements keep their size. */
static ag_code make_output(ag_run *run, const ag_call *c, const ag_tensor *const *in, uint32_t n_in,
                           const ag_shape *shape, ag_dtype dtype, ag_tensor *out) {
  for (uint32_t i = 0; i < n_in && c->dead; i++) {
    ag_shape own;
    ag_tensor_shape(in[i], &own);
    if (ag_dtype_size((ag_dtype)in[i]->dtype) == ag_dtype_size(dtype) &&
        ag_shape_equal(&own, shape) && ag_kernel_reuse(c, in, i, out)) {
      out->dtype = (uint8_t)dtype;
      out->weak = 0;
      return AG_OK;
    }
  }
  return ag_kernel_out(run, c, out, dtype, shape);
}

/* Fewer elements than this are never shared: nobody needs to be asked. */
enum { ALONE = 1024 };

typedef struct one_operand {
  ag_loop1 *loop;
  const char *a;
  char *out;
  int64_t item, out_item;
} one_operand;

static ag_code run_one(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  const one_operand *x = ctx;
  x->loop(x->a + begin * x->item, x->out + begin * x->out_item, end - begin);
  return AG_OK;
}

ag_code ag_elementwise1(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out,
                        ag_loop1 *loop, ag_dtype dtype) {
  if (!loop && ag_is_complex((ag_dtype)in[0]->dtype))
    loop = ag_complex_loop1((ag_op)c->op, (ag_dtype)in[0]->dtype);
  if (!loop)
    return ag_kernel_no_dtype(run, c, (ag_dtype)in[0]->dtype);
  ag_shape shape;
  ag_tensor_shape(in[0], &shape);
  if (make_output(run, c, in, 1, &shape, dtype, out))
    return run->err->code;
  one_operand x = {.loop = loop,
                   .a = ag_tensor_data(in[0]),
                   .out = ag_tensor_data(out),
                   .item = (int64_t)ag_dtype_size((ag_dtype)in[0]->dtype),
                   .out_item = (int64_t)ag_dtype_size(dtype)};
  int64_t n = ag_tensor_count(in[0]), cost = AG_COST_MEMORY + ag_op_cost((ag_op)c->op);
  return n < ALONE ? run_one(run, &x, 0, n) : ag_parallel(run, n, cost, run_one, &x);
}

typedef struct two_operands {
  ag_loop2 *loop;
  const char *a, *b;
  char *out;
  int64_t item, out_item;
} two_operands;

static void run_two(const void *ctx, const int64_t *offset, const int *step, int64_t at,
                    int64_t n) {
  const two_operands *x = ctx;
  x->loop(x->a + offset[0] * x->item, step[0], x->b + offset[1] * x->item, step[1],
          x->out + at * x->out_item, n);
}

ag_code ag_elementwise2(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out,
                        ag_loop2 *loop, ag_dtype dtype, ag_check2 *check) {
  const ag_tensor *a = in[0], *b = in[1];
  if (!loop && ag_is_complex((ag_dtype)a->dtype))
    loop = ag_complex_loop2((ag_op)c->op, (ag_dtype)a->dtype);
  if (!loop || a->dtype != b->dtype)
    return ag_kernel_no_dtype(run, c, (ag_dtype)(loop ? b->dtype : a->dtype));
  if (a->rank == 0 && b->rank == 0) {
    if (check && check(run, c, a, b))
      return run->err->code;
    *out = (ag_tensor){.dtype = (uint8_t)dtype};
    loop(a->cell, 1, b->cell, 1, out->cell, 1);
    return AG_OK;
  }
  two_operands x;
  int64_t item = (int64_t)ag_dtype_size((ag_dtype)a->dtype);
  int64_t out_item = (int64_t)ag_dtype_size(dtype);
  int64_t cost = AG_COST_MEMORY + ag_op_cost((ag_op)c->op);
  bool same = a->rank == b->rank && memcmp(a->dim, b->dim, (size_t)a->rank * sizeof a->dim[0]) == 0;
  if (!c->dead && (same || a->rank == 0 || b->rank == 0)) { /* one row, the common case */
    const ag_tensor *whole = a->rank ? a : b;
    int64_t n = ag_tensor_count(whole);
    if (check && n && check(run, c, a, b))
      return run->err->code;
    if (make_alike(run, c, whole, n, dtype, out))
      return run->err->code;
    x = (two_operands){loop, ag_tensor_data(a), ag_tensor_data(b), out->data, item, out_item};
    ag_rows row = {.n = n, .step = {same || a->rank, same || b->rank}};
    if (n >= ALONE)
      return ag_rows_run(run, &row, 2, cost, run_two, &x);
    if (n)
      loop(x.a, row.step[0], x.b, row.step[1], out->data, n);
    return AG_OK;
  }
  ag_shape s, t, shape;
  ag_tensor_shape(a, &s);
  ag_tensor_shape(b, &t);
  if (!ag_shape_broadcast(&s, &t, &shape))
    return ag_shapes_fail(run->err, c, a, b);
  int64_t count = ag_shape_count(&shape);
  if (check && count && check(run, c, a, b))
    return run->err->code;
  if (make_output(run, c, in, 2, &shape, dtype, out))
    return run->err->code;
  if (count == 0)
    return AG_OK;
  ag_rows r;
  ag_rows_begin(&r, in, 2, &shape);
  x = (two_operands){loop, ag_tensor_data(a), ag_tensor_data(b), ag_tensor_data(out),
                     item, out_item};
  return ag_rows_run(run, &r, 2, cost, run_two, &x);
}
