/* infer_dtype.c - the dtype column of ops.def: dtypes and weakness of outputs.
 * A result is weak (a Python number) when all that went in was; weakness of anything but an int64,
 * float64 or complex128 scalar is dropped in infer.c. */
#include "infer.h"

typedef ag_code dtype_rule(ag_infer *f);

#define AG_OP(name, file, in, out, dtype, ...) static dtype_rule dtype_##dtype;
#include "ag/ops.def"

static ag_code set(ag_infer *f, ag_dtype d, bool weak) {
  for (uint32_t i = 0; i < f->n_out; i++) {
    f->out[i].dtype = (uint8_t)d;
    f->out[i].weak = weak;
  }
  return AG_OK;
}

/* All inputs from `from` on have one dtype; *weak: all are weak. */
static ag_code agree(ag_infer *f, uint32_t from, bool *weak) {
  if (f->spec->n_in <= from)
    return ag_infer_fail(f, AG_ERR_VALUE, "needs at least one input");
  const ag_type *first = ag_infer_in(f, from);
  *weak = first->weak;
  for (uint32_t i = from + 1; i < f->spec->n_in; i++) {
    const ag_type *t = ag_infer_in(f, i);
    if (t->dtype != first->dtype)
      return ag_infer_fail(f, AG_ERR_TYPE, "dtypes differ, %s and %s",
                           ag_dtype_name((ag_dtype)first->dtype),
                           ag_dtype_name((ag_dtype)t->dtype));
    *weak = *weak && t->weak;
  }
  return AG_OK;
}

static ag_code refuse(ag_infer *f, const char *wanted, uint32_t i) {
  return ag_infer_fail(f, AG_ERR_TYPE, "needs %s, not %s", wanted,
                       ag_dtype_name((ag_dtype)ag_infer_in(f, i)->dtype));
}

static ag_code dtype_same(ag_infer *f) {
  bool weak;
  if (agree(f, 0, &weak))
    return f->err->code;
  return set(f, (ag_dtype)ag_infer_in(f, 0)->dtype, weak);
}

static bool is_number(ag_dtype d) { return d >= AG_I8 && d <= AG_C128; }
static bool is_floating(ag_dtype d) { return ag_is_float(d) || ag_is_complex(d); }
static bool is_bool(ag_dtype d) { return d == AG_BOOL; }

static ag_code same_of(ag_infer *f, bool fits(ag_dtype), const char *wanted) {
  if (dtype_same(f))
    return f->err->code;
  return fits((ag_dtype)ag_infer_in(f, 0)->dtype) ? AG_OK : refuse(f, wanted, 0);
}

static ag_code dtype_number(ag_infer *f) { return same_of(f, is_number, "numbers"); }
static ag_code dtype_floating(ag_infer *f) {
  return same_of(f, is_floating, "floating point numbers");
}
static ag_code dtype_integer(ag_infer *f) { return same_of(f, ag_is_int, "integers"); }
static ag_code dtype_logical(ag_infer *f) { return same_of(f, is_bool, "bools"); }

static bool is_string(ag_dtype d) { return d == AG_STR; }
static ag_code dtype_string(ag_infer *f) { return same_of(f, is_string, "strings"); }
static ag_code dtype_string_test(ag_infer *f) {
  return dtype_string(f) ? f->err->code : set(f, AG_BOOL, false);
}
static ag_code dtype_to_string(ag_infer *f) { return set(f, AG_STR, false); }
/* A string and integers. */
static ag_code dtype_substr(ag_infer *f) {
  if (ag_infer_in(f, 0)->dtype != AG_STR)
    return refuse(f, "a string", 0);
  for (uint32_t i = 1; i < f->spec->n_in; i++)
    if (!ag_is_int((ag_dtype)ag_infer_in(f, i)->dtype))
      return refuse(f, "integer positions", i);
  return set(f, AG_STR, false);
}

static bool is_complex(ag_dtype d) { return ag_is_complex(d); }
/* The dtype of the parts of complex numbers, and back. */
static ag_code dtype_part(ag_infer *f) {
  if (same_of(f, is_complex, "complex numbers"))
    return f->err->code;
  return set(f, ag_infer_in(f, 0)->dtype == AG_C64 ? AG_F32 : AG_F64, false);
}
static bool is_part(ag_dtype d) { return d == AG_F32 || d == AG_F64; }
static ag_code dtype_complex(ag_infer *f) {
  if (same_of(f, is_part, "float32 or float64 parts"))
    return f->err->code;
  return set(f, ag_infer_in(f, 0)->dtype == AG_F32 ? AG_C64 : AG_C128, false);
}

static ag_code dtype_to_bool(ag_infer *f) {
  bool weak;
  return agree(f, 0, &weak) ? f->err->code : set(f, AG_BOOL, false);
}

static ag_code dtype_float_to_bool(ag_infer *f) {
  return dtype_floating(f) ? f->err->code : set(f, AG_BOOL, false);
}

static ag_code dtype_select(ag_infer *f) {
  bool weak;
  if (ag_infer_in(f, 0)->dtype != AG_BOOL)
    return refuse(f, "a bool condition", 0);
  if (agree(f, 1, &weak))
    return f->err->code;
  return set(f, (ag_dtype)ag_infer_in(f, 1)->dtype, weak);
}

/* Python's own arithmetic: weak numbers of one dtype. */
static ag_code weak_inputs(ag_infer *f, bool ints, bool floats, ag_dtype *result) {
  bool weak;
  if (agree(f, 0, &weak))
    return f->err->code;
  ag_dtype d = (ag_dtype)ag_infer_in(f, 0)->dtype;
  if (!weak || !((ints && d == AG_I64) || (floats && d == AG_F64)))
    for (uint32_t i = 0; i < f->spec->n_in; i++) {
      const ag_type *t = ag_infer_in(f, i);
      if (weak || !t->weak) {
        char text[AG_TYPE_TEXT];
        return ag_infer_fail(f, AG_ERR_TYPE, "needs Python %s, not %s",
                             !floats ? "ints"
                             : ints  ? "numbers"
                                     : "floats",
                             ag_type_text(t, text));
      }
    }
  *result = d;
  return AG_OK;
}

static ag_code dtype_weak_int(ag_infer *f) {
  ag_dtype d;
  return weak_inputs(f, true, false, &d) ? f->err->code : set(f, AG_I64, true);
}
static ag_code dtype_weak(ag_infer *f) {
  ag_dtype d;
  return weak_inputs(f, true, true, &d) ? f->err->code : set(f, d, true);
}
static ag_code dtype_weak_to_float(ag_infer *f) {
  ag_dtype d;
  return weak_inputs(f, true, true, &d) ? f->err->code : set(f, AG_F64, true);
}
static ag_code dtype_weak_to_int(ag_infer *f) {
  ag_dtype d;
  return weak_inputs(f, false, true, &d) ? f->err->code : set(f, AG_I64, true);
}

static ag_code dtype_first(ag_infer *f) {
  if (!f->spec->n_in)
    return ag_infer_fail(f, AG_ERR_VALUE, "needs at least one input");
  const ag_type *t = ag_infer_in(f, 0);
  return set(f, (ag_dtype)t->dtype, t->weak);
}

static ag_code dtype_index(ag_infer *f) {
  return set(f, AG_I64, ag_attr_int(f->spec->attrs, f->spec->n_attrs, AG_KEY_weak, 0));
}

/* The attribute dtype (and weak); a constant's is that of its tensor. */
static ag_code dtype_attr(ag_infer *f) {
  if (f->spec->op == AG_OP_CONST) {
    const ag_attr *value = ag_infer_need(f, AG_KEY_value, AG_ATTR_TENSOR);
    return value ? set(f, (ag_dtype)value->tensor->dtype, value->tensor->weak) : f->err->code;
  }
  const ag_attr *d = ag_infer_need(f, AG_KEY_dtype, AG_ATTR_INT);
  if (!d)
    return f->err->code;
  if (d->i < 0 || d->i >= AG_DTYPE_COUNT)
    return ag_infer_fail(f, AG_ERR_INTERNAL, "there is no dtype %lld", (long long)d->i);
  return set(f, (ag_dtype)d->i, ag_attr_int(f->spec->attrs, f->spec->n_attrs, AG_KEY_weak, 0));
}

/* A Python int as the integer type of the attribute. */
static ag_code dtype_fit(ag_infer *f) {
  ag_dtype d;
  if (weak_inputs(f, true, false, &d) || dtype_attr(f))
    return f->err->code;
  d = (ag_dtype)f->out[0].dtype;
  return ag_is_int(d) ? AG_OK
                      : ag_infer_fail(f, AG_ERR_TYPE, "gives integers, not %s", ag_dtype_name(d));
}

static ag_code dtype_of_string(ag_infer *f) {
  return dtype_string(f) ? f->err->code : dtype_attr(f);
}

static ag_code dtype_test_to_index(ag_infer *f) {
  return dtype_logical(f) ? f->err->code : set(f, AG_I64, false);
}

/* The input's, and twice the attribute's. */
static ag_code dtype_unique(ag_infer *f) {
  if (dtype_attr(f))
    return f->err->code;
  f->out[0].dtype = ag_infer_in(f, 0)->dtype;
  return AG_OK;
}

/* Outputs are given as types, shapes with them. */
static ag_code dtype_attrs(ag_infer *f) {
  const ag_attr *a = ag_infer_need(f, AG_KEY_types, AG_ATTR_TYPES);
  if (!a)
    return f->err->code;
  for (uint32_t i = 0; i < f->n_out; i++)
    f->out[i] = a->types[i];
  return AG_OK;
}

/* What native code passes: values in registers only, elements of at most so many operands. */
static ag_code dtype_foreign_map(ag_infer *f) {
  if (!f->spec->n_in || f->spec->n_in > AG_FOREIGN_MAP_PARAMS)
    return ag_infer_fail(f, AG_ERR_VALUE, "takes 1 to %d operands, not %u", AG_FOREIGN_MAP_PARAMS,
                         f->spec->n_in);
  for (uint32_t i = 0; i < f->spec->n_in; i++)
    if (!ag_foreign_takes((ag_dtype)ag_infer_in(f, i)->dtype))
      return ag_infer_fail(f, AG_ERR_TYPE, "C does not take a %s by value",
                           ag_dtype_name((ag_dtype)ag_infer_in(f, i)->dtype));
  return dtype_attr(f);
}

/* The result, then what the function updates. */
static ag_code dtype_foreign(ag_infer *f) {
  const ag_attr *params = ag_infer_need(f, AG_KEY_params, AG_ATTR_INTS),
                *closures = ag_infer_attr(f, AG_KEY_closures);
  uint32_t operand = 0, out = 0, closure = 0;
  if (!params)
    return f->err->code;
  if (ag_infer_attr(f, AG_KEY_dtype)) {
    if (dtype_attr(f))
      return f->err->code;
    out = 1;
  }
  for (uint32_t i = 0; i < params->n; i++) {
    int64_t passing = params->ints[i];
    if (passing == AG_PASS_CLOSURE) {
      closure++;
      continue;
    }
    if (operand == f->spec->n_in)
      break;
    const ag_type *t = ag_infer_in(f, operand++);
    if (passing == AG_PASS_UPDATE)
      f->out[out++] = *t;
    else if (passing == AG_PASS_VALUE && !ag_foreign_takes((ag_dtype)t->dtype))
      return ag_infer_fail(f, AG_ERR_TYPE, "C does not take a %s by value",
                           ag_dtype_name((ag_dtype)t->dtype));
  }
  bool fits = operand == f->spec->n_in && out == f->n_out && params->n == operand + closure &&
              (!closure || (closures && closures->kind == AG_ATTR_INTS && closures->n == closure));
  return fits ? AG_OK
              : ag_infer_fail(f, AG_ERR_VALUE, "%u operands do not fit its %u parameters",
                              f->spec->n_in, params->n);
}

static ag_code dtype_fetched(ag_infer *f) {
  return ag_infer_in(f, 0)->dtype == AG_RES ? dtype_attr(f) : refuse(f, "a variable", 0);
}

/* No outputs, but what the effect is about must be there. */
static ag_code dtype_none(ag_infer *f) {
  const ag_spec *s = f->spec;
  if (s->op == AG_OP_ASSERT || s->op == AG_OP_UNBOUND) {
    if (!s->n_in)
      return ag_infer_fail(f, AG_ERR_VALUE, "needs a condition");
    if (ag_infer_in(f, 0)->dtype != AG_BOOL)
      return refuse(f, "a bool condition", 0);
  }
  if (s->op == AG_OP_CHECK_NUMERICS) {
    if (!s->n_in)
      return ag_infer_fail(f, AG_ERR_VALUE, "needs a tensor");
    if (!is_floating((ag_dtype)ag_infer_in(f, 0)->dtype))
      return refuse(f, "floating point numbers", 0);
  }
  if ((s->op == AG_OP_ASSIGN || s->op == AG_OP_ASSIGN_ADD || s->op == AG_OP_ASSIGN_SUB) &&
      ag_infer_in(f, 0)->dtype != AG_RES)
    return refuse(f, "a variable", 0);
  return AG_OK;
}

static ag_code dtype_region(ag_infer *f) {
  return f->spec->op == AG_OP_COND ? ag_infer_cond(f) : ag_infer_while(f);
}

static dtype_rule *const dtype_rules[AG_OP_COUNT] = {
#define AG_OP(name, file, in, out, dtype, ...) [AG_OP_##name] = dtype_##dtype,
#include "ag/ops.def"
};

ag_code ag_infer_dtypes(ag_infer *f) { return dtype_rules[f->spec->op](f); }
