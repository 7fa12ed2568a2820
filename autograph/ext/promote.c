/* promote.c - how dtypes meet in operators: SEMANTICS 0.1.
 *   weak with weak      Python's arithmetic on int64 and float64; the result is weak
 *   weak with strong    the strong dtype; a float beside integers makes both floats, as `/` does:
 *                       of 8 and 16 bits float32, float64 where the arrays are NumPy's
 *   strong with strong  must be equal; in a trace that makes NumPy arrays, int64, float64 and
 *                       complex128 beside one another are the widest of them, as they are in NumPy;
 *                       an element or number of NumPy's gives way in any trace of its arrays
 *   bool, 0-d           a number where a number is needed, as in Python; NumPy's masks likewise
 * Weak is what came from Python's ints and floats. */
#include "convert.h"

#include "ag/floats.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tensor_obj.h"

enum family { F_other, F_floating, F_integer, F_logical, F_to_bool, F_float_to_bool };
#define F_number F_other
#define F_same F_other
#define F_attr F_other
#define F_fit F_other
#define F_select F_other
#define F_weak_int F_other
#define F_weak F_other
#define F_weak_to_float F_other
#define F_weak_to_int F_other
#define F_first F_other
#define F_string F_other
#define F_string_test F_other
#define F_to_string F_other
#define F_of_string F_other
#define F_substr F_other
#define F_unique F_other
#define F_part F_other
#define F_complex F_other
#define F_test_to_index F_other
#define F_index F_other
#define F_fetched F_other
#define F_none F_other
#define F_attrs F_other
#define F_foreign_map F_other
#define F_foreign F_other
#define F_region F_other
static const uint8_t families[AG_OP_COUNT] = {
#define AG_OP(name, file, in, out, dtype, ...) [AG_OP_##name] = F_##dtype,
#include "ag/ops.def"
};

/* Python's own arithmetic in place of the array's, for ints and for floats; CONST (0) where it is
 * the same. */
static const struct {
  uint16_t ints, floats;
} pythons[AG_OP_COUNT] = {
    [AG_OP_ADD] = {AG_OP_PYADD, 0},
    [AG_OP_SUB] = {AG_OP_PYSUB, 0},
    [AG_OP_MUL] = {AG_OP_PYMUL, 0},
    [AG_OP_NEG] = {AG_OP_PYNEG, 0},
    [AG_OP_ABS] = {AG_OP_PYABS, 0},
    [AG_OP_SHL] = {AG_OP_PYSHL, 0},
    [AG_OP_SHR] = {AG_OP_PYSHR, 0},
    [AG_OP_DIV] = {AG_OP_PYDIV, AG_OP_PYDIV},
    [AG_OP_FLOORDIV] = {AG_OP_PYFLOORDIV, AG_OP_PYFLOORDIV},
    [AG_OP_MOD] = {AG_OP_PYMOD, AG_OP_PYMOD},
    [AG_OP_POW] = {AG_OP_PYPOW, AG_OP_PYPOW},
};

static ag_type type_of(PyObject *t) { return tensor_type_of((tensor_obj *)t); }

/* Two eager tensors of one strong dtype that no rule above changes: the common case, without any
 * types. */
static bool is_plain(core_state *st, ag_op op, PyObject *a, PyObject *b) {
  if (Py_TYPE(a) != st->tensor_type || Py_TYPE(b) != st->tensor_type)
    return false;
  const tensor_obj *x = (tensor_obj *)a, *y = (tensor_obj *)b;
  return !x->graph && !y->graph && x->t.dtype == y->t.dtype && !x->t.weak && !y->t.weak &&
         x->t.dtype != AG_BOOL && x->t.dtype < AG_STR && ag_ops[op].lowering == AG_LOWER_inline &&
         !(op == AG_OP_DIV && ag_is_int(x->t.dtype));
}

static PyObject *run(core_state *st, ag_op op, PyObject *const *in, uint32_t n) {
  if (n == 2 && is_plain(st, op, in[0], in[1]))
    return apply_same(st, op, in[0], in[1]);
  PyObject *out;
  return apply_raw(st, op, in, n, NULL, 0, &out, 1) < 0 ? NULL : out;
}

/* A Python number that is there, as the common dtypes: what CAST does, without a run. */
static bool cast_here(const tensor_obj *t, ag_dtype to, bool weak, ag_tensor *out) {
  if (t->graph || !t->t.weak || t->t.rank)
    return false;
  bool is_int = t->t.dtype == AG_I64;
  int64_t i = is_int ? *(const int64_t *)t->t.cell : 0;
  ag_floats floats;
  ag_floats_enter(&floats);
  volatile double f = is_int ? (double)i : *(const double *)t->t.cell;
  volatile float f32 = is_int ? (float)i : (float)f;
  ag_floats_leave(&floats);
  int32_t i32 = (int32_t)(uint32_t)i;
  if (to == AG_F64)
    ag_tensor_scalar(out, to, (void *)&f);
  else if (to == AG_F32)
    ag_tensor_scalar(out, to, (void *)&f32);
  else if (to == AG_I64 && is_int)
    ag_tensor_scalar(out, to, &i);
  else if (to == AG_I32 && is_int)
    ag_tensor_scalar(out, to, &i32);
  else
    return false;
  out->weak = weak;
  return true;
}

PyObject *apply_cast(core_state *st, PyObject *tensor, ag_dtype to, bool weak) {
  ag_tensor now;
  if (cast_here((tensor_obj *)tensor, to, weak, &now))
    return tensor_from_value(st, &now);
  ag_type t = type_of(tensor);
  if (t.dtype == to && t.weak == weak)
    return Py_NewRef(tensor);
  if (weak && t.rank != 0) {
    PyErr_Format(PyExc_TypeError, "only a tensor of 0 dimensions can become a Python number");
    return NULL;
  }
  ag_attr attrs[] = {{.key = AG_KEY_dtype, .kind = AG_ATTR_INT, .i = to},
                     {.key = AG_KEY_weak, .kind = AG_ATTR_INT, .i = weak}};
  PyObject *out;
  return apply_raw(st, AG_OP_CAST, &tensor, 1, attrs, weak ? 2 : 1, &out, 1) < 0 ? NULL : out;
}

/* Replaces *t by its cast; -1 on failure, and *t stays. */
static int recast(core_state *st, PyObject **t, ag_dtype to, bool weak) {
  PyObject *cast = apply_cast(st, *t, to, weak);
  if (!cast)
    return -1;
  Py_SETREF(*t, cast);
  return 0;
}

bool trace_is_numpys(void) {
  graph_obj *g = trace_current();
  if (!g)
    return false;
  PyObject *given = PyDict_GetItemString(g->extra, "numpys");
  g->numpys_asked |= given != NULL;
  return given ? given == Py_True : PyDict_GetItemString(g->extra, "makes_arrays") != NULL;
}

/* What integers become beside floats, and what `/` makes of them. */
static ag_dtype float_for(ag_dtype d) {
  if (ag_is_float(d) || ag_is_complex(d))
    return d;
  return ag_dtype_size(d) <= 2 && !trace_is_numpys() ? AG_F32 : AG_F64;
}

/* A constant that does not fit is an error, never another number. */
static int check_fit(PyObject *t, ag_dtype to, const char *what) {
  const ag_tensor *v = known_value((tensor_obj *)t);
  if (v && v->dtype == AG_I64 && ag_is_int(to) && to != AG_I64) {
    int64_t x = *(const int64_t *)ag_tensor_data(v);
    int bits = (int)ag_dtype_size(to) * 8;
    bool fits = ag_is_signed(to) ? bits == 64 || x >> (bits - 1) == 0 || x >> (bits - 1) == -1
                                 : x >= 0 && (bits == 64 || x >> bits == 0);
    if (!fits) {
      PyErr_Format(PyExc_OverflowError, "%s: the Python int %lld does not fit %s", what,
                   (long long)x, ag_dtype_name(to));
      return -1;
    }
  }
  return 0;
}

/* A Python number as dtype `to`. An int that only the run knows is checked by the run. */
static PyObject *fit(core_state *st, PyObject *t, ag_dtype to, const char *what) {
  ag_type from = type_of(t);
  if (from.weak && from.dtype == AG_I64 && ag_is_int(to) && to != AG_I64 &&
      !known_value((tensor_obj *)t)) {
    ag_attr dtype = {.key = AG_KEY_dtype, .kind = AG_ATTR_INT, .i = to};
    PyObject *out;
    return apply_raw(st, AG_OP_PYFIT, &t, 1, &dtype, 1, &out, 1) < 0 ? NULL : out;
  }
  return check_fit(t, to, what) < 0 ? NULL : apply_cast(st, t, to, false);
}

/* A weak number takes dtype `to`. */
static int adapt(core_state *st, ag_op op, PyObject **t, ag_dtype to) {
  PyObject *cast = fit(st, *t, to, ag_ops[op].name);
  if (!cast)
    return -1;
  Py_SETREF(*t, cast);
  return 0;
}

PyObject *apply_fit(core_state *st, PyObject *tensor, ag_dtype to, const char *what) {
  return type_of(tensor).weak ? fit(st, tensor, to, what) : apply_cast(st, tensor, to, false);
}

static PyObject *differ(core_state *st, ag_op op, PyObject *const *in, const ag_type *a,
                        const ag_type *b) {
  char why[80];
  snprintf(why, sizeof why, "dtypes differ, %s and %s", ag_dtype_name(a->dtype),
           ag_dtype_name(b->dtype));
  return refuse_operands(st, op, in, 2, why);
}

/* ---- Python's numbers ------------------------------------------------------------------------ */

static bool is_negative(PyObject *t) {
  const ag_tensor *v = known_value((tensor_obj *)t);
  return v && v->dtype == AG_I64 && *(const int64_t *)ag_tensor_data(v) < 0;
}

/* 0-d bools count as ints. */
static int as_number(core_state *st, PyObject **t) {
  return type_of(*t).dtype == AG_BOOL ? recast(st, t, AG_I64, true) : 0;
}

static bool is_comparison(ag_op op) {
  return op == AG_OP_LT || op == AG_OP_LE || op == AG_OP_GT || op == AG_OP_GE || op == AG_OP_EQ ||
         op == AG_OP_NE;
}

/* True when an int is compared right as a double: one of both is known and below 2 ** 53, so that
 * no int that is rounded comes near it. */
static bool compares_as_float(PyObject *i, PyObject *f) {
  const double most = 0x1p53;
  const ag_tensor *known_int = known_value((tensor_obj *)i),
                  *known_float = known_value((tensor_obj *)f);
  double x = known_int ? (double)*(const int64_t *)ag_tensor_data(known_int) : most;
  double y = known_float ? *(const double *)ag_tensor_data(known_float) : most;
  return fabs(x) < most || fabs(y) < most || isinf(y) || y != y;
}

/* An int beside a float, exactly: where the int rounds to the float, the float is whole and the
 * ints decide. Of in[0] and in[1], number `at` is the int. */
static PyObject *compare_mixed(core_state *st, ag_op op, PyObject **in, int at) {
  PyObject *i = in[at], *f = in[!at], *rounded = apply_cast(st, i, AG_F64, true), *result = NULL;
  PyObject *whole = rounded ? apply_cast(st, f, AG_I64, true) : NULL; /* saturates */
  double past = 0x1p63;
  ag_tensor past_value;
  ag_tensor_scalar(&past_value, AG_F64, &past);
  past_value.weak = 1;
  PyObject *bound = whole ? tensor_from_value(st, &past_value) : NULL;
  PyObject *floats[2] = {at ? f : rounded, at ? rounded : f},
           *ints[2] = {at ? whole : i, at ? i : whole};
  PyObject *by_floats = bound ? run(st, op, floats, 2) : NULL;
  PyObject *by_ints = by_floats ? run(st, op, ints, 2) : NULL;
  PyObject *edge[2] = {f, bound};
  PyObject *equal = by_ints ? run(st, AG_OP_EQ, floats, 2) : NULL;
  PyObject *inside = equal ? run(st, AG_OP_LT, edge, 2) : NULL;
  PyObject *tie[2] = {equal, inside}, *is_tie = inside ? run(st, AG_OP_AND, tie, 2) : NULL;
  /* The float is 2 ** 63, which only rounding reaches: the int is below it. */
  bool below =
      op == AG_OP_NE || (at ? op == AG_OP_GT || op == AG_OP_GE : op == AG_OP_LT || op == AG_OP_LE);
  ag_tensor below_value;
  ag_tensor_scalar(&below_value, AG_BOOL, &(uint8_t){below});
  PyObject *at_edge = is_tie ? tensor_from_value(st, &below_value) : NULL;
  PyObject *last[3] = {equal, at_edge, by_floats},
           *rest = at_edge ? run(st, AG_OP_SELECT, last, 3) : NULL;
  PyObject *choice[3] = {is_tie, by_ints, rest};
  result = rest ? run(st, AG_OP_SELECT, choice, 3) : NULL;
  PyObject *made[] = {rounded, whole,  bound,  by_floats, by_ints,
                      equal,   inside, is_tie, at_edge,   rest};
  for (size_t k = 0; k < sizeof made / sizeof *made; k++)
    Py_XDECREF(made[k]);
  return result;
}

static PyObject *weak_binary(core_state *st, ag_op op, PyObject **in) {
  if (as_number(st, &in[0]) < 0 || as_number(st, &in[1]) < 0)
    return NULL;
  bool f0 = type_of(in[0]).dtype != AG_I64, f1 = type_of(in[1]).dtype != AG_I64;
  bool needs_float = families[op] == F_floating && op != AG_OP_DIV;
  if ((f0 || f1) && (families[op] == F_integer || families[op] == F_logical)) {
    static const char *const signs[AG_OP_COUNT] = {[AG_OP_BITAND] = "&",
                                                   [AG_OP_BITOR] = "|",
                                                   [AG_OP_BITXOR] = "^",
                                                   [AG_OP_SHL] = "<<",
                                                   [AG_OP_SHR] = ">>"};
    PyErr_Format(PyExc_TypeError, "unsupported operand type(s) for %s: '%s' and '%s'",
                 signs[op] ? signs[op] : ag_ops[op].name, f0 ? "float" : "int",
                 f1 ? "float" : "int");
    return NULL;
  }
  /* The exponent decides what a power of ints is, and only a constant one is known now. */
  if (op == AG_OP_POW && !f0 && !f1 && is_negative(in[1]))
    needs_float = true;
  if (f0 != f1 && is_comparison(op) && !compares_as_float(in[f0], in[!f0]))
    return compare_mixed(st, op, in, f0);
  if (f0 || f1 || needs_float) {
    if (recast(st, &in[0], AG_F64, true) < 0 || recast(st, &in[1], AG_F64, true) < 0)
      return NULL;
    return run(st, pythons[op].floats ? pythons[op].floats : op, in, 2);
  }
  return run(st, pythons[op].ints ? pythons[op].ints : op, in, 2);
}

/* ---- tensors --------------------------------------------------------------------------------- */

static PyObject *same_binary(core_state *st, ag_op op, PyObject **in, ag_dtype d) {
  if (d == AG_BOOL) {
    ag_op logical = op == AG_OP_BITAND   ? AG_OP_AND
                    : op == AG_OP_BITOR  ? AG_OP_OR
                    : op == AG_OP_BITXOR ? AG_OP_XOR
                                         : op;
    bool arrays = type_of(in[0]).rank != 0 || type_of(in[1]).rank != 0;
    if (arrays && trace_is_numpys()) /* what NumPy makes of two masks */
      logical = op == AG_OP_ADD || op == AG_OP_MAXIMUM   ? AG_OP_OR
                : op == AG_OP_MUL || op == AG_OP_MINIMUM ? AG_OP_AND
                                                         : logical;
    if (arrays && op == AG_OP_DIV && trace_is_numpys())
      return recast(st, &in[0], AG_F64, false) < 0 || recast(st, &in[1], AG_F64, false) < 0
                 ? NULL
                 : run(st, op, in, 2);
    if (families[logical] == F_logical || op == AG_OP_EQ || op == AG_OP_NE)
      return run(st, logical, in, 2);
    if (type_of(in[0]).rank == 0 && type_of(in[1]).rank == 0)
      return weak_binary(st, op, in);
  }
  if (op == AG_OP_ADD && d == AG_STR)
    op = AG_OP_STR_JOIN;
  if (op == AG_OP_DIV && ag_is_int(d) &&
      (recast(st, &in[0], float_for(d), false) < 0 || recast(st, &in[1], float_for(d), false) < 0))
    return NULL;
  return run(st, op, in, 2);
}

/* Whether this trace has made a NumPy array (staging/arrays.py). The elements of one cannot be told
 * from other numbers after a branch or loop, so it is asked of the whole trace. */
static bool makes_arrays(void) {
  graph_obj *g = trace_current();
  return g && PyDict_GetItemString(g->extra, "makes_arrays");
}

/* 1, 2, 3 for the dtypes of NumPy's that arrays of Python's numbers have; else 0. */
static int width_of(ag_dtype d) { return d == AG_I64 ? 1 : d == AG_F64 ? 2 : d == AG_C128 ? 3 : 0; }

static PyObject *mixed_binary(core_state *st, ag_op op, PyObject **in, const ag_type *a,
                              const ag_type *b) {
  int weak = a->weak ? 0 : b->weak ? 1 : -1;
  if (weak < 0) { /* strong and strong: only a bool gives way, and NumPy's narrower numbers */
    int wide_a = width_of((ag_dtype)a->dtype), wide_b = width_of((ag_dtype)b->dtype);
    bool one = a->rank == 0 || b->rank == 0; /* an element beside an array of NumPy's, or another */
    if (families[op] != F_integer && families[op] != F_logical && wide_a && wide_b &&
        (makes_arrays() || (one && trace_is_numpys()))) {
      ag_dtype wide = (ag_dtype)(wide_a > wide_b ? a->dtype : b->dtype);
      return recast(st, &in[wide_a > wide_b], wide, false) < 0 ? NULL
                                                               : same_binary(st, op, in, wide);
    }
    bool any_rank = trace_is_numpys(); /* a mask among numbers is 0 and 1 */
    int flag = a->dtype == AG_BOOL && (any_rank || a->rank == 0)   ? 0
               : b->dtype == AG_BOOL && (any_rank || b->rank == 0) ? 1
                                                                   : -1;
    ag_dtype d = flag == 0 ? b->dtype : a->dtype;
    if (flag < 0 || a->dtype == AG_RES || b->dtype == AG_RES)
      return differ(st, op, in, a, b);
    return recast(st, &in[flag], d, false) < 0 ? NULL : same_binary(st, op, in, d);
  }
  ag_dtype strong = weak ? a->dtype : b->dtype;
  if (strong == AG_BOOL && trace_is_numpys()) { /* a mask beside a Python number */
    strong = op == AG_OP_DIV ? AG_F64 : (weak ? b : a)->dtype;
    return recast(st, &in[0], strong, false) < 0 || recast(st, &in[1], strong, false) < 0
               ? NULL
               : same_binary(st, op, in, strong);
  }
  if (!ag_is_int(strong) && !ag_is_float(strong) && !ag_is_complex(strong))
    return differ(st, op, in, a, b);
  if (ag_is_int(strong) && (op == AG_OP_DIV || (weak ? b : a)->dtype == AG_F64)) {
    strong = float_for(strong);
    if (recast(st, &in[!weak], strong, false) < 0)
      return NULL;
  }
  return adapt(st, op, &in[weak], strong) < 0 ? NULL : same_binary(st, op, in, strong);
}

static bool is_sequence(PyObject *o) { return PyList_Check(o) || PyTuple_Check(o); }

/* A list beside a tensor takes the tensor's dtype. */
static int operands(core_state *st, ag_op op, PyObject *a, PyObject *b, PyObject **in) {
  const char *name = ag_ops[op].name;
  bool list = (is_sequence(a) && !is_sequence(b)) || PyComplex_CheckExact(a);
  in[list] = as_tensor(st, list ? b : a, -1, name);
  if (!in[list])
    return -1;
  ag_type t = type_of(in[list]);
  PyObject *other = list ? a : b;
  bool takes = is_sequence(other) || (PyComplex_CheckExact(other) && ag_is_complex(t.dtype));
  in[!list] = as_tensor(st, other, takes && !t.weak ? t.dtype : -1, name);
  if (in[!list])
    return 0;
  Py_CLEAR(in[list]);
  return -1;
}

PyObject *apply_binary(core_state *st, ag_op op, PyObject *a, PyObject *b) {
  if (is_plain(st, op, a, b))
    return apply_same(st, op, a, b);
  PyObject *in[2] = {NULL, NULL}, *result;
  if (operands(st, op, a, b, in) < 0)
    return NULL;
  ag_type x = type_of(in[0]), y = type_of(in[1]);
  bool numbers = (x.weak || (x.dtype == AG_BOOL && x.rank == 0)) &&
                 (y.weak || (y.dtype == AG_BOOL && y.rank == 0));
  if (numbers && (x.weak || y.weak))
    result = weak_binary(st, op, in);
  else if (x.dtype == y.dtype && !x.weak && !y.weak)
    result = same_binary(st, op, in, x.dtype);
  else
    result = mixed_binary(st, op, in, &x, &y);
  Py_XDECREF(in[0]);
  Py_XDECREF(in[1]);
  return result;
}

PyObject *apply_unary(core_state *st, ag_op op, PyObject *a) {
  PyObject *x = as_tensor(st, a, -1, ag_ops[op].name), *result = NULL;
  if (!x)
    return NULL;
  ag_type t = type_of(x);
  if (op == AG_OP_ABS && ag_is_complex(t.dtype))
    op = AG_OP_COMPLEX_ABS;
  PyObject *pair[2] = {x, x};
  bool floating = families[op] == F_floating || families[op] == F_float_to_bool;
  bool whole = t.dtype == AG_BOOL && op == AG_OP_INVERT && python_bool((tensor_obj *)x) == 1;
  if (t.dtype == AG_BOOL && op == AG_OP_INVERT && !whole) {
    result = run(st, AG_OP_NOT, &x, 1);
  } else if (t.dtype == AG_BOOL && t.rank == 0 && op != AG_OP_NOT && op != AG_OP_IDENTITY) {
    PyObject *number = apply_cast(st, x, AG_I64, true);
    result = number ? apply_unary(st, op, number) : NULL;
    Py_XDECREF(number);
  } else if (!t.weak || t.dtype != AG_I64) {
    result = run(st, op, &x, 1);
  } else if (op == AG_OP_FLOOR || op == AG_OP_CEIL || op == AG_OP_ROUND || op == AG_OP_TRUNC ||
             op == AG_OP_PYINT) {
    result = Py_NewRef(x);
  } else if (floating) {
    PyObject *number = apply_cast(st, x, AG_F64, true);
    result = number ? run(st, op, &number, 1) : NULL;
    Py_XDECREF(number);
  } else if (op == AG_OP_SQUARE) { /* would wrap */
    result = run(st, AG_OP_PYMUL, pair, 2);
  } else {
    result = run(st, pythons[op].ints ? pythons[op].ints : op, &x, 1);
  }
  Py_DECREF(x);
  return result;
}
