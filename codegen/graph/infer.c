/* infer.c - type inference of one node: how many outputs, then dtypes, then shapes.
 * The rules are the columns of ops.def: infer_dtype.c, infer_shape.c with infer_part.c and
 * infer_window.c, and infer_region.c for COND and WHILE. */
#include "infer.h"

#include <stdarg.h>
#include <stdio.h>

ag_code ag_infer_fail_(ag_infer *f, ag_code code, const char *fmt, ...) {
  char text[400];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  return ag_fail(f->err, code, f->spec->loc, "%s: %s", ag_infer_name(f), text);
}

const ag_attr *ag_infer_need(ag_infer *f, ag_key key, int kind) {
  const ag_attr *a = ag_infer_attr(f, key);
  if (a && a->kind == kind)
    return a;
  ag_infer_fail(f, AG_ERR_INTERNAL, "attribute %s is missing", ag_key_name(key));
  return NULL;
}

const char *ag_infer_shape_text(const ag_type *t, char *buf) {
  ag_shape s;
  ag_type_shape(t, &s);
  return ag_shape_text(&s, buf);
}

void ag_infer_copy_shape(ag_type *to, const ag_type *from) {
  to->rank = from->rank;
  memcpy(to->dim, from->dim, sizeof to->dim);
}

ag_code ag_infer_unknown(ag_infer *f) {
  for (uint32_t i = 0; i < f->n_out; i++)
    f->out[i].rank = AG_RANK_UNKNOWN;
  return AG_OK;
}

ag_code ag_infer_need_ints(ag_infer *f, uint32_t i) {
  ag_dtype d = (ag_dtype)ag_infer_in(f, i)->dtype;
  if (ag_is_int(d))
    return AG_OK;
  return ag_infer_fail(f, AG_ERR_TYPE, "indices must be integers, not %s", ag_dtype_name(d));
}

ag_code ag_infer_count(ag_infer *f) {
  const ag_spec *s = f->spec;
  const ag_attr *a;
  f->n_out = (uint32_t)ag_ops[s->op].n_out;
  if (ag_ops[s->op].n_out >= 0)
    return AG_OK;
  switch (s->op) {
  case AG_OP_UNSTACK:
    a = ag_infer_need(f, AG_KEY_num, AG_ATTR_INT);
    if (!a)
      return f->err->code;
    if (a->i < 0 || a->i > INT32_MAX)
      return ag_infer_fail(f, AG_ERR_VALUE, "cannot make %lld outputs", (long long)a->i);
    f->n_out = (uint32_t)a->i;
    return AG_OK;
  case AG_OP_CALLBACK:
    a = ag_infer_need(f, AG_KEY_types, AG_ATTR_TYPES);
    if (!a)
      return f->err->code;
    f->n_out = a->n;
    return AG_OK;
  case AG_OP_FOREIGN_CALL:
    a = ag_infer_need(f, AG_KEY_params, AG_ATTR_INTS);
    if (!a)
      return f->err->code;
    f->n_out = ag_infer_attr(f, AG_KEY_dtype) != NULL;
    for (uint32_t i = 0; i < a->n; i++)
      f->n_out += a->ints[i] == AG_PASS_UPDATE;
    return AG_OK;
  case AG_OP_COND:
    f->n_out = f->g->regions[s->sub[0]].n_results;
    return AG_OK;
  case AG_OP_WHILE:
    f->n_out = s->n_in;
    return AG_OK;
  default:
    return ag_infer_fail(f, AG_ERR_INTERNAL, "no rule for the number of outputs");
  }
}

ag_code ag_infer_types(ag_infer *f) {
  if (f->n_out)
    memset(f->out, 0, f->n_out * sizeof *f->out);
  if (ag_infer_dtypes(f) || ag_infer_shapes(f))
    return f->err->code;
  for (uint32_t i = 0; i < f->n_out; i++) { /* only a number is weak: an array of them is not */
    ag_type *t = &f->out[i];
    if (t->rank || (t->dtype != AG_I64 && t->dtype != AG_F64 && t->dtype != AG_C128))
      t->weak = 0;
  }
  return AG_OK;
}
