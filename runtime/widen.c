/* widen.c - kernels on dtypes that they have no loops for.
 * float16, bfloat16: the operands become float32, the kernel runs on them, and its results are
 * rounded to the dtype again: each operation is rounded once, as NumPy does. Means and
 * running sums of complex numbers, which go part by part, run on the parts as one more axis. */
#include "run.h"

#include "kernels/half.h"

#include <string.h>

enum { MOST = 8 };

static ag_code to_floats(const ag_tensor *x, ag_tensor *out, ag_err *err) {
  ag_shape shape;
  ag_tensor_shape(x, &shape);
  if (ag_tensor_new(out, AG_F32, &shape, err))
    return err->code;
  const uint16_t *p = ag_tensor_data(x);
  float *o = ag_tensor_data(out);
  for (int64_t i = 0, n = ag_tensor_count(x); i < n; i++)
    o[i] = (float)ag_half_value((ag_dtype)x->dtype, p[i]);
  return AG_OK;
}

/* *t, of floats, becomes one of halves. */
static ag_code to_halves(ag_dtype d, ag_tensor *t, ag_err *err) {
  ag_shape shape;
  ag_tensor made;
  ag_tensor_shape(t, &shape);
  if (ag_tensor_new(&made, d, &shape, err))
    return err->code;
  const float *p = ag_tensor_data(t);
  uint16_t *o = ag_tensor_data(&made);
  for (int64_t i = 0, n = ag_tensor_count(t); i < n; i++)
    o[i] = ag_half_bits(d, (double)p[i]);
  ag_tensor_unref(t);
  *t = made;
  return AG_OK;
}

static ag_code halves(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out,
                      ag_dtype d) {
  ag_tensor wide[MOST] = {0};
  const ag_tensor *operands[MOST];
  ag_call again = *c;
  again.dead = 0;
  again.types = NULL;
  for (uint32_t i = 0; i < c->n_in; i++) {
    operands[i] = in[i];
    if (!ag_is_half((ag_dtype)in[i]->dtype))
      continue;
    if (to_floats(in[i], &wide[i], run->err))
      break;
    operands[i] = &wide[i];
  }
  if (!run->err->code)
    ag_run_call(run, &again, operands, out);
  for (uint32_t i = 0; i < c->n_out && !run->err->code; i++)
    if (out[i].dtype == AG_F32 && (!c->types || c->types[i].dtype == d))
      to_halves(d, &out[i], run->err);
  for (uint32_t i = 0; i < c->n_in; i++)
    ag_tensor_unref(&wide[i]);
  return run->err->code;
}

/* The parts of complex numbers as a last axis of 2. */
static ag_code parts(ag_run *run, const ag_call *c, const ag_tensor *x, ag_tensor *out) {
  ag_dtype d = (ag_dtype)x->dtype;
  ag_tensor real = *x;
  const ag_tensor *operand = &real;
  ag_call again = *c;
  again.dead = 0;
  again.types = NULL;
  if (x->rank == 0) { /* nothing is summed */
    ag_tensor_ref(x, out);
    return AG_OK;
  }
  real.dtype = d == AG_C64 ? AG_F32 : AG_F64;
  real.dim[real.rank++] = 2;
  if (ag_run_call(run, &again, &operand, out))
    return run->err->code;
  out->dtype = (uint8_t)d;
  if (--out->rank == 0) {
    ag_tensor whole = *out;
    ag_tensor_scalar(out, d, whole.data);
    ag_tensor_unref(&whole);
  }
  return AG_OK;
}

bool ag_run_widens(const ag_call *c, const ag_tensor *const *in) {
  bool half = false;
  for (uint32_t i = 0; i < c->n_in && i < MOST; i++)
    half |= ag_is_half((ag_dtype)in[i]->dtype);
  if (half)
    return c->n_in <= MOST;
  bool sums = c->op == AG_OP_MEAN || c->op == AG_OP_CUMSUM;
  return sums && ag_is_complex((ag_dtype)in[0]->dtype) && in[0]->rank < AG_MAX_RANK;
}

ag_code ag_run_widen(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  for (uint32_t i = 0; i < c->n_in; i++)
    if (ag_is_half((ag_dtype)in[i]->dtype))
      return halves(run, c, in, out, (ag_dtype)in[i]->dtype);
  return parts(run, c, in[0], out);
}
