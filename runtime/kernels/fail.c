/* fail.c - the texts of run-time errors: one place for kernels and for emitted code. */
#include "kernel.h"

#include <inttypes.h>
#include <string.h>

static double as_float(int64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static bool is_float_call(const ag_call *c) {
  if (c->op == AG_OP_PYDIV)
    return c->in_dtype == AG_F64;
  return c->types && c->types[0].dtype == AG_F64;
}

/* CPython's, of 3.11 */
static const char *zero_division_text(const ag_call *c, int64_t b) {
  bool is_float = is_float_call(c);
  switch (c->op) {
  case AG_OP_PYDIV:
    return is_float ? "float division by zero" : "division by zero";
  case AG_OP_PYFLOORDIV:
    return is_float ? "float floor division by zero" : "integer division or modulo by zero";
  case AG_OP_PYMOD:
    return is_float ? "float modulo" : "integer modulo by zero";
  case AG_OP_PYPOW:
    return "0.0 cannot be raised to a negative power";
  case AG_OP_MOD:
    return "integer modulo by zero";
  default:
    (void)b;
    return "integer division by zero";
  }
}

static ag_code overflow(ag_err *err, const ag_call *c, int64_t a, int64_t b) {
  const char *sign = NULL;
  switch (c->op) {
  case AG_OP_PYADD:
    sign = "+";
    break;
  case AG_OP_PYSUB:
    sign = "-";
    break;
  case AG_OP_PYMUL:
    sign = "*";
    break;
  case AG_OP_PYFLOORDIV:
    sign = "//";
    break;
  case AG_OP_PYSHL:
    sign = "<<";
    break;
  case AG_OP_PYNEG:
    return ag_fail(err, AG_ERR_OVERFLOW, c->loc,
                   "integer result does not fit in 64 bits: -(%" PRId64 ")", a);
  case AG_OP_PYABS:
    return ag_fail(err, AG_ERR_OVERFLOW, c->loc,
                   "integer result does not fit in 64 bits: abs(%" PRId64 ")", a);
  case AG_OP_PYROUND:
    return ag_fail(err, AG_ERR_OVERFLOW, c->loc,
                   "integer result does not fit in 64 bits: round(%" PRId64 ", %" PRId64 ")", a,
                   ag_attr_int(c->attrs, c->n_attrs, AG_KEY_num, 0));
  case AG_OP_PYFIT:
    return ag_fail(err, AG_ERR_OVERFLOW, c->loc, "the Python int %" PRId64 " does not fit %s", a,
                   ag_dtype_name((ag_dtype)ag_attr_int(c->attrs, c->n_attrs, AG_KEY_dtype, 0)));
  case AG_OP_PYINT: {
    char text[AG_NUMBER_TEXT];
    double x = as_float(a);
    if (x - x != 0)
      return ag_fail(err, AG_ERR_OVERFLOW, c->loc, "cannot convert float infinity to integer");
    return ag_fail(err, AG_ERR_OVERFLOW, c->loc, "integer result does not fit in 64 bits: int(%s)",
                   ag_float_text(x, false, text));
  }
  case AG_OP_PYPOW:
    if (is_float_call(c))
      return ag_fail(err, AG_ERR_OVERFLOW, c->loc, "(34, 'Numerical result out of range')");
    sign = "**";
    break;
  default:
    return ag_fail(err, AG_ERR_OVERFLOW, c->loc, "%s: integer result does not fit in 64 bits",
                   ag_ops[c->op].name);
  }
  return ag_fail(err, AG_ERR_OVERFLOW, c->loc,
                 "integer result does not fit in 64 bits: %" PRId64 " %s %" PRId64, a, sign, b);
}

static ag_code other_number(ag_err *err, const ag_call *c, int64_t a, int64_t b) {
  char x[AG_NUMBER_TEXT], y[AG_NUMBER_TEXT];
  if (is_float_call(c))
    return ag_fail(err, AG_ERR_NUMBER, c->loc,
                   "the result of %s ** %s is complex, which is not supported",
                   ag_float_text(as_float(a), false, x), ag_float_text(as_float(b), false, y));
  return ag_fail(err, AG_ERR_NUMBER, c->loc,
                 "%" PRId64 " ** %" PRId64 " is a float in Python: make the base a float", a, b);
}

static ag_code bad_value(ag_err *err, const ag_call *c) {
  switch (c->op) {
  case AG_OP_PYSHL:
  case AG_OP_PYSHR:
    return ag_fail(err, AG_ERR_VALUE, c->loc, "negative shift count");
  case AG_OP_PYPOWMOD:
    return ag_fail(err, AG_ERR_VALUE, c->loc, "pow() 3rd argument cannot be 0");
  case AG_OP_PYINT:
    return ag_fail(err, AG_ERR_VALUE, c->loc, "cannot convert float NaN to integer");
  case AG_OP_POW:
    return ag_fail(err, AG_ERR_VALUE, c->loc,
                   "integers to negative integer powers are not allowed");
  case AG_OP_RANGE:
    return ag_fail(err, AG_ERR_VALUE, c->loc, "range: the step must not be zero");
  case AG_OP_MAX:
  case AG_OP_MIN:
  case AG_OP_ARGMAX:
  case AG_OP_ARGMIN:
    return ag_fail(err, AG_ERR_VALUE, c->loc, "%s: there are no elements along the reduced axes",
                   ag_ops[c->op].name);
  default:
    return ag_fail(err, AG_ERR_VALUE, c->loc, "%s: invalid value", ag_ops[c->op].name);
  }
}

ag_code ag_op_fail(ag_err *err, ag_code code, const ag_call *c, int64_t a, int64_t b) {
  switch (code) {
  case AG_ERR_ZERODIV:
    return ag_fail(err, code, c->loc, "%s", zero_division_text(c, b));
  case AG_ERR_OVERFLOW:
    return overflow(err, c, a, b);
  case AG_ERR_NUMBER:
    return other_number(err, c, a, b);
  case AG_ERR_VALUE:
    return bad_value(err, c);
  case AG_ERR_NOMEM:
    return ag_fail(err, code, c->loc, "%s: out of memory", ag_ops[c->op].name);
  default:
    return ag_fail(err, code, c->loc, "%s: %s", ag_ops[c->op].name, ag_code_name(code));
  }
}

ag_code ag_index_fail(ag_err *err, const ag_call *c, int axis, int64_t index, int64_t size) {
  return ag_fail(err, AG_ERR_INDEX, c->loc,
                 "index %" PRId64 " is out of bounds for axis %d with size %" PRId64, index, axis,
                 size);
}

ag_code ag_shapes_fail(ag_err *err, const ag_call *c, const ag_tensor *a, const ag_tensor *b) {
  ag_shape x, y;
  char s1[AG_SHAPE_TEXT], s2[AG_SHAPE_TEXT];
  ag_tensor_shape(a, &x);
  ag_tensor_shape(b, &y);
  return ag_fail(err, AG_ERR_SHAPE, c->loc, "%s: shapes %s and %s do not broadcast",
                 ag_ops[c->op].name, ag_shape_text(&x, s1), ag_shape_text(&y, s2));
}
