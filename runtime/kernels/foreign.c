/* foreign.c - FOREIGN_MAP: a C function of numbers, element by element; FOREIGN_CALL: one of whole
 * buffers. */
#include "foreign.h"

#include "elementwise.h"

#include <string.h>

static const ag_foreign_spec *spec_of(ag_run *run, const ag_call *c, int64_t *number) {
  *number = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_site, -1);
  const ag_foreign_spec *s = ag_foreign_get(*number);
  if (!s)
    ag_kernel_fail(run, c, AG_ERR_UNSUPPORTED,
                   "%s: the C function %lld was not declared in this process", ag_kernel_name(c),
                   (long long)*number);
  return s;
}

ag_code ag_kernel_FOREIGN_MAP(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                              ag_tensor *out) {
  int64_t number;
  const ag_foreign_spec *s = spec_of(run, c, &number);
  if (!s)
    return run->err->code;
  ag_shape shape = {0}, next;
  for (uint32_t k = 0; k < c->n_in; k++) {
    ag_shape before = shape;
    ag_tensor_shape(in[k], &next);
    if (!ag_shape_broadcast(&before, &next, &shape))
      return ag_shapes_fail(run->err, c, in[k - 1], in[k]);
  }
  ag_dtype dtype = (ag_dtype)s->result;
  if (ag_kernel_out(run, c, out, dtype, &shape))
    return run->err->code;
  if (ag_shape_count(&shape) == 0)
    return AG_OK;
  size_t item = ag_dtype_size(dtype), size[AG_FOREIGN_MAP_PARAMS];
  char *to = ag_tensor_data(out), *from[AG_FOREIGN_MAP_PARAMS];
  for (uint32_t k = 0; k < c->n_in; k++) {
    size[k] = ag_dtype_size((ag_dtype)in[k]->dtype);
    from[k] = ag_tensor_data(in[k]);
  }
  ag_rows r;
  ag_rows_begin(&r, in, (int)c->n_in, &shape);
  do {
    void *args[AG_FOREIGN_MAP_PARAMS];
    uint64_t result;
    for (uint32_t k = 0; k < c->n_in; k++)
      args[k] = from[k] + r.offset[k] * (int64_t)size[k];
    for (int64_t i = 0; i < r.n; i++, to += item) {
      if (ag_foreign_call(number, args, &result))
        return ag_kernel_fail(run, c, AG_ERR_CALLBACK, "%s: a closure failed", s->symbol);
      memcpy(to, &result, item);
      for (uint32_t k = 0; k < c->n_in; k++)
        args[k] = (char *)args[k] + r.step[k] * (int64_t)size[k];
    }
  } while (ag_rows_next(&r, (int)c->n_in));
  return AG_OK;
}

ag_code ag_kernel_FOREIGN_CALL(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                               ag_tensor *out) {
  int64_t number;
  const ag_foreign_spec *s = spec_of(run, c, &number);
  if (!s)
    return run->err->code;
  const ag_attr *closures = ag_attr_find(c->attrs, c->n_attrs, AG_KEY_closures);
  void *args[AG_FOREIGN_PARAMS], *pointer[AG_FOREIGN_PARAMS];
  uint32_t operand = 0, update = s->returns, closure = 0;
  for (uint32_t i = 0; i < s->n; i++) {
    switch ((ag_passing)s->param[i].passing) {
    case AG_PASS_VALUE:
      if (in[operand]->rank) /* its rank was not known before */
        return ag_kernel_fail(run, c, AG_ERR_SHAPE, "%s: parameter %u is a number, not an array",
                              s->symbol, i);
      args[i] = ag_tensor_data(in[operand++]);
      continue;
    case AG_PASS_READ:
      pointer[i] = ag_tensor_data(in[operand++]);
      break;
    case AG_PASS_UPDATE:
      if (ag_kernel_own(run, c, in, operand++, &out[update]))
        return run->err->code;
      pointer[i] = ag_tensor_data(&out[update++]);
      break;
    case AG_PASS_CLOSURE:
      pointer[i] = (void *)(uintptr_t)closures->ints[closure++];
      break;
    }
    args[i] = &pointer[i];
  }
  uint64_t result = 0;
  if (ag_foreign_call(number, args, &result)) /* the exception is the host's */
    return ag_kernel_fail(run, c, AG_ERR_CALLBACK, "%s: a closure failed", s->symbol);
  if (s->returns)
    ag_tensor_scalar(&out[0], (ag_dtype)s->result, &result);
  return AG_OK;
}
