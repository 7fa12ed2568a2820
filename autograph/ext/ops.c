/* ops.c - the operations as functions of the module: op, binary, unary, cast, convert, constant,
 * weak. */
#include "convert.h"

#include <string.h>

#include "tensor_obj.h"

/* ---- names ----------------------------------------------------------------------------------- */

/* Each op by its three names: "SUM", "sum", "Sum". */
static PyObject *number_table(void) {
  static const char *const upper[AG_OP_COUNT] = {
#define AG_OP(name, ...) [AG_OP_##name] = #name,
#include "ag/ops.def"
  };
  PyObject *table = PyDict_New();
  for (int op = 0; table && op < AG_OP_COUNT; op++) {
    const char *names[] = {upper[op], ag_ops[op].name, ag_ops[op].file};
    PyObject *number = PyLong_FromLong(op);
    for (int i = 0; number && i < 3; i++)
      if (PyDict_SetItemString(table, names[i], number) < 0)
        Py_CLEAR(number);
    if (!number)
      Py_CLEAR(table);
    Py_XDECREF(number);
  }
  return table;
}

static int find_op(core_state *st, PyObject *name, ag_op *out) {
  PyObject *number = PyDict_GetItemWithError(st->op_numbers, name);
  if (!number) {
    if (!PyErr_Occurred())
      PyErr_Format(PyExc_ValueError, "there is no operation %R", name);
    return -1;
  }
  *out = (ag_op)PyLong_AsLong(number);
  return 0;
}

/* ---- attributes from Python ------------------------------------------------------------------ */

enum { MAX_ATTRS = 8, MAX_INTS = 2 * AG_MAX_RANK };
typedef struct attr_store {
  ag_attr attr[MAX_ATTRS];
  int64_t ints[MAX_ATTRS][MAX_INTS];
  ag_type *types;
  uint32_t n;
} attr_store;

static int find_key(PyObject *name, ag_key *out) {
  for (int k = 0; k < AG_KEY_COUNT; k++)
    if (PyUnicode_CompareWithASCIIString(name, ag_key_name((ag_key)k)) == 0) {
      *out = (ag_key)k;
      return 0;
    }
  PyErr_Format(PyExc_ValueError, "there is no attribute %R", name);
  return -1;
}

static int ints_of(PyObject *o, int64_t *ints, uint32_t *n) {
  PyObject *seq = items_now(o, "not a sequence");
  if (!seq)
    return -1;
  Py_ssize_t count = PyTuple_GET_SIZE(seq);
  if (count > MAX_INTS)
    PyErr_Format(PyExc_ValueError, "an attribute of %zd integers", count);
  for (Py_ssize_t i = 0; !PyErr_Occurred() && i < count; i++) {
    PyObject *item = PyTuple_GET_ITEM(seq, i),
             *number = item == Py_None ? PyLong_FromLong(-1) : PyNumber_Index(item);
    ints[i] = number ? PyLong_AsLongLong(number) : 0;
    Py_XDECREF(number);
  }
  Py_DECREF(seq);
  *n = (uint32_t)count;
  return PyErr_Occurred() ? -1 : 0;
}

/* [(dtype, dims), ...]: the types of a CALLBACK's outputs. */
static int types_of(core_state *st, PyObject *o, attr_store *s, ag_attr *a) {
  PyObject *seq = items_now(o, "types: expected a list of (dtype, shape)");
  if (!seq)
    return -1;
  Py_ssize_t n = PyTuple_GET_SIZE(seq);
  s->types = ag_calloc(n ? (size_t)n : 1, sizeof *s->types);
  if (!s->types)
    PyErr_NoMemory();
  for (Py_ssize_t i = 0; s->types && !PyErr_Occurred() && i < n; i++) {
    PyObject *dtype, *dims;
    ag_shape shape;
    if (!PyArg_ParseTuple(PyTuple_GET_ITEM(seq, i), "OO", &dtype, &dims))
      break;
    int d = dtype_from_object(st, dtype, "types");
    if (d < 0 || shape_from_object(st, dims, "types", &shape) < 0)
      break;
    s->types[i].dtype = (uint8_t)d;
    s->types[i].rank = (int8_t)shape.rank;
    graph_obj *g = trace_current();
    for (int k = 0; k < shape.rank; k++)
      s->types[i].dim[k] = shape.dim[k] >= 0 ? shape.dim[k] : g ? ag_graph_symbol(g->g) : -1;
  }
  Py_DECREF(seq);
  a->kind = AG_ATTR_TYPES;
  a->types = s->types;
  a->n = (uint32_t)n;
  return PyErr_Occurred() ? -1 : 0;
}

static int attr_of(core_state *st, PyObject *name, PyObject *o, attr_store *s) {
  ag_key key;
  if (find_key(name, &key) < 0)
    return -1;
  if (s->n == MAX_ATTRS) {
    PyErr_Format(PyExc_ValueError, "more than %d attributes", MAX_ATTRS);
    return -1;
  }
  ag_attr *a = &s->attr[s->n];
  *a = (ag_attr){.key = (uint8_t)key};
  if (key == AG_KEY_types) {
    if (types_of(st, o, s, a) < 0)
      return -1;
  } else if (key == AG_KEY_dtype) {
    int d = dtype_from_object(st, o, "dtype");
    if (d < 0)
      return -1;
    a->i = d;
  } else if (PyLong_Check(o)) { /* bools too */
    a->i = PyLong_AsLongLong(o);
    if (a->i == -1 && PyErr_Occurred())
      return -1;
  } else if (PyFloat_Check(o)) {
    a->kind = AG_ATTR_FLOAT;
    a->f = PyFloat_AS_DOUBLE(o);
  } else if (PyUnicode_Check(o)) {
    Py_ssize_t len;
    a->kind = AG_ATTR_TEXT;
    a->text = PyUnicode_AsUTF8AndSize(o, &len);
    if (!a->text)
      return -1;
    a->n = (uint32_t)len;
  } else if (is_tensor(st, o)) {
    const ag_tensor *v = known_value((tensor_obj *)o);
    if (!v)
      return pin(st, (tensor_obj *)o, "an attribute"), -1;
    a->kind = AG_ATTR_TENSOR;
    a->tensor = v;
  } else if (PyList_Check(o) || PyTuple_Check(o) || PyObject_TypeCheck(o, st->shape_type)) {
    a->kind = AG_ATTR_INTS;
    a->ints = s->ints[s->n];
    if (ints_of(o, s->ints[s->n], &a->n) < 0)
      return -1;
  } else {
    PyErr_Format(PyExc_TypeError, "attribute %U: a %s cannot be one", name, Py_TYPE(o)->tp_name);
    return -1;
  }
  s->n++;
  return 0;
}

static int attrs_of(core_state *st, PyObject *dict, attr_store *s) {
  Py_ssize_t pos = 0;
  PyObject *key, *value;
  s->n = 0;
  s->types = NULL;
  if (!dict || dict == Py_None)
    return 0;
  if (!PyDict_Check(dict)) {
    PyErr_Format(PyExc_TypeError, "attrs: expected a dict, not %s", Py_TYPE(dict)->tp_name);
    return -1;
  }
  while (PyDict_Next(dict, &pos, &key, &value))
    if (value != Py_None && attr_of(st, key, value, s) < 0)
      return -1;
  return 0;
}

/* ---- the functions --------------------------------------------------------------------------- */

PyDoc_STRVAR(op_doc,
             "op($module, name, inputs, attrs=None, n_out=None, node_name=None, /)\n--\n\n"
             "One operation by its name ('SUM', 'sum' or 'Sum'), without promotion of dtypes.\n"
             "`inputs`: tensors, or what becomes one. `attrs`: dict of int, bool, float, str, "
             "DType, tuple of ints or\n"
             "eager Tensor; None values are left out. Returns a Tensor, a tuple of several, or "
             "None. `n_out`: how\n"
             "many outputs the caller counts on.");
static PyObject *core_op(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  attr_store s;
  ag_op op;
  const char *name = NULL;
  PyObject *result = NULL;
  if (n < 2 || n > 5) {
    PyErr_Format(PyExc_TypeError, "op() takes 2 to 5 arguments, %zd were given", n);
    return NULL;
  }
  if (find_op(st, args[0], &op) < 0)
    return NULL;
  if (n == 5 && args[4] != Py_None && !(name = PyUnicode_AsUTF8(args[4])))
    return NULL;
  Py_ssize_t expected =
      n > 3 && args[3] != Py_None ? PyNumber_AsSsize_t(args[3], PyExc_OverflowError) : -1;
  if (expected == -1 && PyErr_Occurred())
    return NULL;
  PyObject *seq = items_now(args[1], "op: expected a sequence of inputs");
  if (!seq)
    return NULL;
  Py_ssize_t count = PyTuple_GET_SIZE(seq);
  PyObject *list = PyList_New(count);
  for (Py_ssize_t i = 0; list && i < count; i++) {
    PyObject *t = as_tensor(st, PyTuple_GET_ITEM(seq, i), -1, ag_ops[op].name);
    if (t)
      PyList_SET_ITEM(list, i, t);
    else
      Py_CLEAR(list);
  }
  s.types = NULL;
  if (list && attrs_of(st, n > 2 ? args[2] : NULL, &s) == 0) {
    if (op == AG_OP_CALLBACK && s.n < MAX_ATTRS &&
        !ag_attr_find(s.attr, s.n, AG_KEY_types)) /* nothing comes back */
      s.attr[s.n++] = (ag_attr){.key = AG_KEY_types, .kind = AG_ATTR_TYPES};
    PyObject *outs =
        apply_named(st, op, ((PyListObject *)list)->ob_item, (uint32_t)count, s.attr, s.n, name);
    Py_ssize_t made = outs ? PyList_GET_SIZE(outs) : -1;
    if (outs && expected >= 0 && made != expected) {
      PyErr_Format(PyExc_ValueError, "%s has %zd outputs, not %zd", ag_ops[op].name, made,
                   expected);
      made = -1;
    }
    if (made == 0)
      result = Py_NewRef(Py_None);
    else if (made == 1 && ag_ops[op].n_out == 1)
      result = Py_NewRef(PyList_GET_ITEM(outs, 0));
    else if (made >= 0)
      result = PyList_AsTuple(outs);
    Py_XDECREF(outs);
  }
  ag_free(s.types);
  Py_XDECREF(list);
  Py_DECREF(seq);
  return result;
}

static int check_count(const char *name, Py_ssize_t n, Py_ssize_t low, Py_ssize_t high) {
  if (n >= low && n <= high)
    return 0;
  PyErr_Format(PyExc_TypeError, "%s() takes %zd to %zd arguments, %zd were given", name, low, high,
               n);
  return -1;
}

PyDoc_STRVAR(binary_doc, "binary($module, name, a, b, /)\n--\n\n"
                         "An operation of two operands with the promotion of Python's operators.");
static PyObject *core_binary(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  ag_op op;
  if (check_count("binary", n, 3, 3) < 0 || find_op(st, args[0], &op) < 0)
    return NULL;
  if (ag_ops[op].n_in == 2 && ag_ops[op].n_out == 1)
    return apply_binary(st, op, args[1], args[2]);
  PyErr_Format(PyExc_ValueError, "binary: %s does not take two operands", ag_ops[op].name);
  return NULL;
}

PyDoc_STRVAR(unary_doc, "unary($module, name, a, /)\n--\n\n"
                        "An operation of one operand with the promotion of Python's operators.");
static PyObject *core_unary(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  ag_op op;
  if (check_count("unary", n, 2, 2) < 0 || find_op(st, args[0], &op) < 0)
    return NULL;
  if (ag_ops[op].n_in == 1 && ag_ops[op].n_out == 1)
    return apply_unary(st, op, args[1]);
  PyErr_Format(PyExc_ValueError, "unary: %s does not take one operand", ag_ops[op].name);
  return NULL;
}

PyDoc_STRVAR(cast_doc, "cast($module, x, dtype, weak=False, /)\n--\n\n"
                       "`x` with elements of `dtype`. Floats become integers towards zero, "
                       "saturated, NaN as 0; integers wrap.\n"
                       "`weak`: a Python number (int64 or float64, 0 dimensions).");
static PyObject *core_cast(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  if (check_count("cast", n, 2, 3) < 0)
    return NULL;
  int d = dtype_from_object(st, args[1], "cast"), weak = n > 2 ? PyObject_IsTrue(args[2]) : 0;
  if (d < 0 || weak < 0)
    return NULL;
  if (weak && d != AG_I64 && d != AG_F64) {
    PyErr_Format(PyExc_TypeError, "cast: a Python number is int64 or float64, not %s",
                 ag_dtype_name((ag_dtype)d));
    return NULL;
  }
  PyObject *x = as_tensor(st, args[0], -1, "cast"),
           *cast = x ? apply_cast(st, x, (ag_dtype)d, weak) : NULL;
  Py_XDECREF(x);
  return cast;
}

PyDoc_STRVAR(fit_doc, "fit($module, x, dtype, what, /)\n--\n\n"
                      "`cast`, but for a Python int that does not fit: OverflowError, now or in the "
                      "run.");
static PyObject *core_fit(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  if (check_count("fit", n, 3, 3) < 0)
    return NULL;
  int d = dtype_from_object(st, args[1], "fit");
  const char *what = d < 0 ? NULL : PyUnicode_AsUTF8(args[2]);
  PyObject *x = what ? as_tensor(st, args[0], -1, what) : NULL,
           *fit = x ? apply_fit(st, x, (ag_dtype)d, what) : NULL;
  Py_XDECREF(x);
  return fit;
}

/* A Python number becomes int32 (int64 when it needs it) or float32. Takes the reference. */
PyObject *as_strong(core_state *st, PyObject *t) {
  ag_type type = t ? tensor_type_of((tensor_obj *)t) : (ag_type){0};
  if (!t || !type.weak)
    return t;
  const ag_tensor *v = known_value((tensor_obj *)t);
  int64_t x = v && type.dtype == AG_I64 ? *(const int64_t *)ag_tensor_data(v) : 0;
  ag_dtype d = type.dtype == AG_F64 ? AG_F32 : x != (int32_t)x ? AG_I64 : AG_I32;
  PyObject *cast = apply_fit(st, t, d, "tensor");
  Py_DECREF(t);
  return cast;
}

static int optional_dtype(core_state *st, PyObject *o, int *out) {
  *out = -1;
  if (o && o != Py_None)
    *out = dtype_from_object(st, o, "dtype");
  return o && o != Py_None && *out < 0 ? -1 : 0;
}

/* NAME as a C string or NULL. */
static int optional_name(PyObject *o, const char **out) {
  *out = NULL;
  if (!o || o == Py_None)
    return 0;
  if (!PyUnicode_Check(o)) {
    PyErr_Format(PyExc_TypeError, "name: expected a str, not %s", Py_TYPE(o)->tp_name);
    return -1;
  }
  *out = PyUnicode_AsUTF8(o);
  return *out ? 0 : -1;
}

PyDoc_STRVAR(convert_doc,
             "convert($module, value, dtype=None, name=None, /)\n--\n\n"
             "`value` as a Tensor: tensors and arrays keep their dtype, Python numbers and lists "
             "become int32,\n"
             "float32 or bool. TypeError when it does not become `dtype` without loss.");
static PyObject *core_convert(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  const char *name;
  int dtype;
  if (check_count("convert", n, 1, 3) < 0 ||
      optional_dtype(st, n > 1 ? args[1] : NULL, &dtype) < 0 ||
      optional_name(n > 2 ? args[2] : NULL, &name) < 0)
    return NULL;
  return as_strong(st, as_tensor(st, args[0], dtype, name ? name : "convert_to_tensor"));
}

/* The one number of x in every place of `shape`, or its elements in another shape. Takes the
 * reference. */
static PyObject *reshaped(core_state *st, PyObject *x, const ag_shape *shape) {
  ag_type type = tensor_type_of((tensor_obj *)x);
  PyObject *out = NULL, *one = NULL;
  ag_attr attr = {
      .key = AG_KEY_shape, .kind = AG_ATTR_INTS, .n = (uint32_t)shape->rank, .ints = shape->dim};
  int64_t n = 1;
  for (int i = 0; i < type.rank; i++)
    n *= type.dim[i];
  if (n == 1 && type.rank >= 0) {
    ag_attr scalar = {.key = AG_KEY_shape, .kind = AG_ATTR_INTS, .n = 0, .ints = shape->dim};
    if (type.rank)
      apply_raw(st, AG_OP_RESHAPE, &x, 1, &scalar, 1, &one, 1);
    else
      one = Py_NewRef(x);
    if (one)
      apply_raw(st, AG_OP_FILL, &one, 1, &attr, 1, &out, 1);
    Py_XDECREF(one);
  } else {
    apply_raw(st, AG_OP_RESHAPE, &x, 1, &attr, 1, &out, 1);
  }
  Py_DECREF(x);
  return out;
}

PyDoc_STRVAR(constant_doc, "constant($module, value, dtype=None, shape=None, name=None, /)\n--\n\n"
                           "`value` as a constant of the graph being built, or as an eager Tensor. "
                           "`shape`: its elements in this\n"
                           "shape, a single one in every place.");
static PyObject *core_constant(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  const char *name;
  int dtype;
  ag_shape shape;
  if (check_count("constant", n, 1, 4) < 0 ||
      optional_dtype(st, n > 1 ? args[1] : NULL, &dtype) < 0 ||
      optional_name(n > 3 ? args[3] : NULL, &name) < 0)
    return NULL;
  PyObject *x = as_strong(st, as_tensor(st, args[0], dtype, "constant"));
  if (x && n > 2 && args[2] != Py_None) {
    if (shape_from_object(st, args[2], "constant", &shape) < 0)
      Py_CLEAR(x);
    else
      x = reshaped(st, x, &shape);
  }
  graph_obj *g = trace_current();
  if (!x || !g || ((tensor_obj *)x)->graph)
    return x;
  ag_err err = {0};
  char text[NODE_NAME];
  ag_val v = ag_graph_const(g->g, &((tensor_obj *)x)->t, node_name(g, AG_OP_CONST, name, text),
                            trace_loc(st, g), &err);
  Py_DECREF(x);
  return v == AG_NONE ? raise_err(st, &err, g) : tensor_from_graph(st, g, v);
}

PyDoc_STRVAR(weak_doc, "weak($module, number, /)\n--\n\n"
                       "A Python number as a tensor: int64 or float64, taking the dtype of what it "
                       "meets. Of a tensor of\n"
                       "0 dimensions: that number.");
static PyObject *core_weak(PyObject *module, PyObject *o) {
  core_state *st = core_of(module);
  PyObject *x = as_tensor(st, o, -1, "weak");
  ag_type type = x ? tensor_type_of((tensor_obj *)x) : (ag_type){0};
  if (!x || type.weak)
    return x;
  PyObject *number = NULL;
  if (type.dtype == AG_BOOL || ag_is_int(type.dtype) || ag_is_float(type.dtype))
    number = apply_cast(st, x, ag_is_float(type.dtype) ? AG_F64 : AG_I64, true);
  else
    PyErr_Format(PyExc_TypeError, "weak: expected a number, not %s", ag_dtype_name(type.dtype));
  Py_DECREF(x);
  return number;
}

PyDoc_STRVAR(setitem_doc, "setitem($module, x, key, value, /)\n--\n\n"
                          "A new tensor: `x` with x[key] = value. `value` is broadcast; Python "
                          "numbers take the dtype of `x`.\n"
                          "OutOfRangeError for an index outside, UnimplementedError for slices "
                          "whose sizes are not known.");
static PyObject *core_setitem(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  if (check_count("setitem", n, 3, 3) < 0)
    return NULL;
  return tensor_setitem(core_of(module), args[0], args[1], args[2]);
}

#define FAST(f) (PyCFunction)(void (*)(void))(f)
static PyMethodDef functions[] = {
    {"op", FAST(core_op), METH_FASTCALL, op_doc},
    {"binary", FAST(core_binary), METH_FASTCALL, binary_doc},
    {"unary", FAST(core_unary), METH_FASTCALL, unary_doc},
    {"cast", FAST(core_cast), METH_FASTCALL, cast_doc},
    {"fit", FAST(core_fit), METH_FASTCALL, fit_doc},
    {"convert", FAST(core_convert), METH_FASTCALL, convert_doc},
    {"constant", FAST(core_constant), METH_FASTCALL, constant_doc},
    {"weak", core_weak, METH_O, weak_doc},
    {"setitem", FAST(core_setitem), METH_FASTCALL, setitem_doc},
    {0},
};

int add_ops(PyObject *module, core_state *st) {
  st->op_numbers = number_table();
  return st->op_numbers ? PyModule_AddFunctions(module, functions) : -1;
}
