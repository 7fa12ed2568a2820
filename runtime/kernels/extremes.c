/* extremes.c - ARGMAX and ARGMIN: where along an axis the extreme is, the first one; NaN is beyond
 * all. */
#include "extremes.h"

#include "kernel.h"
#include "pool.h"

#include "ag/vmath.h"

static const ag_extreme *loops(bool smallest, ag_dtype d) {
  return &AG_BY_ISA(ag_extremes)[smallest][d];
}

/* Element k of line (o, i) is at (o * n + k) * inner + i of a contiguous array. */
typedef struct search {
  const ag_extreme *f;
  const char *x;
  int64_t item, n, inner;
  ag_dtype index;
  void *out;
} search;

static void store(const search *s, int64_t k, int64_t at) {
  if (s->index == AG_I64)
    ((int64_t *)s->out)[k] = at;
  else
    ((int32_t *)s->out)[k] = (int32_t)at;
}

static ag_code search_rows(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  const search *s = ctx;
  for (; begin < end; begin++)
    store(s, begin, s->f->row(s->x + begin * s->n * s->item, s->n));
  return AG_OK;
}

/* Strips of columns, counted through all of the outer axes. */
static ag_code search_strips(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  const search *s = ctx;
  int64_t strips = (s->inner - 1) / AG_EXTREME_WIDTH + 1, at[AG_EXTREME_WIDTH];
  for (; begin < end; begin++) {
    int64_t o = begin / strips, first = begin % strips * AG_EXTREME_WIDTH;
    int64_t left = s->inner - first, width = left < AG_EXTREME_WIDTH ? left : AG_EXTREME_WIDTH;
    const char *x = s->x + (o * s->n * s->inner + first) * s->item;
    s->f->columns(x, s->n, s->inner, width, at);
    for (int64_t j = 0; j < width; j++)
      store(s, o * s->inner + first + j, at[j]);
  }
  return AG_OK;
}

static ag_code find(ag_run *run, const ag_call *c, const ag_tensor *x, ag_tensor *out,
                    bool smallest) {
  ag_dtype d = (ag_dtype)x->dtype;
  int64_t outer = 1, dtype = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_dtype, AG_I64);
  int axis;
  search s = {.f = loops(smallest, d), .inner = 1, .index = (ag_dtype)dtype};
  if (!s.f->row)
    return ag_kernel_no_dtype(run, c, d);
  if (dtype != AG_I32 && dtype != AG_I64)
    return ag_kernel_no_dtype(run, c, s.index);
  if (x->rank == 0)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "%s: a 0-d tensor has no axis", ag_kernel_name(c));
  if (ag_kernel_axis(run, c, x->rank, &axis))
    return run->err->code;
  ag_shape shape = {.rank = x->rank - 1};
  for (int i = 0; i < shape.rank; i++) {
    shape.dim[i] = x->dim[i < axis ? i : i + 1];
    *(i < axis ? &outer : &s.inner) *= shape.dim[i];
  }
  s.n = x->dim[axis];
  if (s.n == 0 && outer * s.inner > 0)
    return ag_op_fail(run->err, AG_ERR_VALUE, c, 0, 0);
  if (ag_kernel_out(run, c, out, s.index, &shape))
    return run->err->code;
  if (outer * s.inner == 0)
    return AG_OK;
  s.x = ag_tensor_data(x);
  s.item = (int64_t)ag_dtype_size(d);
  s.out = ag_tensor_data(out);
  if (s.inner == 1)
    return ag_parallel(run, outer, s.n * AG_COST_MEMORY, search_rows, &s);
  int64_t strips = (s.inner - 1) / AG_EXTREME_WIDTH + 1, width = s.inner / strips;
  return ag_parallel(run, outer * strips, s.n * width * AG_COST_MEMORY, search_strips, &s);
}

ag_code ag_kernel_ARGMAX(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                         ag_tensor *out) {
  return find(run, c, in[0], out, false);
}

ag_code ag_kernel_ARGMIN(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                         ag_tensor *out) {
  return find(run, c, in[0], out, true);
}
