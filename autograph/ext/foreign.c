/* foreign.c - C functions for Python: declaring them, and Python functions that C calls.
 *
 * A ForeignClosure is C code for one Python function. C may call it on any thread, with or without
 * the GIL; what it raises while an operation calls C comes out of that operation. */
#include "state.h"

#include "ag/floats.h"
#include "ag/foreign.h"

#include <string.h>

typedef struct closure_obj {
  PyObject_HEAD
  PyObject *function;
  ag_closure *closure;
  core_state *st;
} closure_obj;

/* ---- numbers of C ---------------------------------------------------------------------------- */

static PyObject *number_from(ag_dtype d, const void *at) {
  union {
    int64_t i;
    uint64_t u;
    float f32;
    double f64;
  } x = {0};
  memcpy(&x, at, ag_dtype_size(d));
  if (d == AG_BOOL)
    return PyBool_FromLong(x.u != 0);
  if (d == AG_F32)
    return PyFloat_FromDouble((double)x.f32);
  if (d == AG_F64)
    return PyFloat_FromDouble(x.f64);
  if (!ag_is_signed(d))
    return PyLong_FromUnsignedLongLong(x.u);
  unsigned unused = 64 - 8 * (unsigned)ag_dtype_size(d);
  return PyLong_FromLongLong((int64_t)(x.u << unused) >> unused);
}

static int integer_into(ag_dtype d, PyObject *o, void *to) {
  PyObject *index = PyNumber_Index(o);
  if (!index)
    return -1;
  unsigned bits = 8 * (unsigned)ag_dtype_size(d), unused = 64 - bits;
  uint64_t x = 0;
  bool fits;
  if (ag_is_signed(d)) {
    int over;
    int64_t s = PyLong_AsLongLongAndOverflow(index, &over);
    x = (uint64_t)s;
    fits = !over && (int64_t)(x << unused) >> unused == s;
  } else {
    x = PyLong_AsUnsignedLongLong(index);
    fits = !PyErr_Occurred() && x << unused >> unused == x;
    if (PyErr_ExceptionMatches(PyExc_OverflowError))
      PyErr_Clear();
  }
  if (!fits && !PyErr_Occurred())
    PyErr_Format(PyExc_OverflowError, "the function that C called returned %R, which is no %s",
                 index, ag_dtype_name(d));
  Py_DECREF(index);
  memcpy(to, &x, ag_dtype_size(d));
  return PyErr_Occurred() ? -1 : 0;
}

static int number_into(ag_dtype d, PyObject *o, void *to) {
  if (d == AG_BOOL) {
    int truth = PyObject_IsTrue(o);
    *(uint8_t *)to = truth > 0;
    return truth < 0 ? -1 : 0;
  }
  if (d != AG_F32 && d != AG_F64)
    return integer_into(d, o, to);
  double x = PyFloat_AsDouble(o);
  if (x == -1 && PyErr_Occurred()) {
    if (PyErr_ExceptionMatches(PyExc_TypeError)) /* most of all: nothing was returned */
      PyErr_Format(PyExc_TypeError,
                   "the function that C called returned %R, where a %s was declared", o,
                   ag_dtype_name(d));
    return -1;
  }
  float narrow = ag_floats_narrow(x);
  memcpy(to, d == AG_F32 ? (void *)&narrow : (void *)&x, ag_dtype_size(d));
  return 0;
}

/* ---- closures -------------------------------------------------------------------------------- */

static PyObject *call_python(closure_obj *c, const ag_signature *s, void *const *args) {
  if (!c->function) {
    PyErr_SetString(PyExc_RuntimeError, "C called a function that is gone");
    return NULL;
  }
  PyObject *numbers = PyTuple_New(s->n), *result = NULL;
  for (uint32_t i = 0; numbers && i < s->n; i++) {
    PyObject *x = number_from((ag_dtype)s->param[i], args[i]);
    if (x)
      PyTuple_SET_ITEM(numbers, i, x);
    else
      Py_CLEAR(numbers);
  }
  if (numbers && trace_enter(c->st, NULL)) { /* it runs as Python wherever C was called from */
    result = PyObject_CallObject(c->function, numbers);
    trace_leave();
  }
  Py_XDECREF(numbers);
  return result;
}

static ag_code closure_called(void *ctx, const ag_signature *s, void *const *args, void *result,
                              bool inside) {
  closure_obj *c = ctx;
  PyGILState_STATE gil = PyGILState_Ensure();
  PyObject *returned = call_python(c, s, args);
  bool failed = !returned || (s->returns && number_into((ag_dtype)s->result, returned, result) < 0);
  Py_XDECREF(returned);
  if (failed && !inside)
    PyErr_WriteUnraisable((PyObject *)c);
  PyGILState_Release(gil); /* a pending exception stays with the thread */
  return failed ? AG_ERR_CALLBACK : AG_OK;
}

static int closure_traverse(PyObject *self, visitproc visit, void *arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(((closure_obj *)self)->function);
  return 0;
}

static int closure_clear(PyObject *self) {
  Py_CLEAR(((closure_obj *)self)->function);
  return 0;
}

static void closure_dealloc(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  closure_clear(self);
  ag_closure_free(((closure_obj *)self)->closure);
  type->tp_free(self);
  Py_DECREF(type);
}

static PyObject *closure_address(PyObject *self, void *unused) {
  (void)unused;
  return PyLong_FromVoidPtr(ag_closure_code(((closure_obj *)self)->closure));
}

static PyGetSetDef closure_properties[] = {
    {"address", closure_address, NULL, "The address for C, as long as this object lives.", NULL},
    {0},
};
static PyType_Slot closure_slots[] = {
    {Py_tp_doc, "C code that calls a Python function. Made by foreign_closure()."},
    {Py_tp_traverse, closure_traverse},
    {Py_tp_clear, closure_clear},
    {Py_tp_dealloc, closure_dealloc},
    {Py_tp_getset, closure_properties},
    {0},
};
static PyType_Spec closure_spec = {
    .name = "autograph._core.ForeignClosure",
    .basicsize = sizeof(closure_obj),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = closure_slots,
};

/* ---- declarations ---------------------------------------------------------------------------- */

static int result_from(core_state *st, PyObject *o, bool *returns, uint8_t *dtype) {
  *returns = o != Py_None;
  int d = *returns ? dtype_from_object(st, o, "result") : 0;
  *dtype = (uint8_t)(d < 0 ? 0 : d);
  return d < 0 ? -1 : 0;
}

/* (result or None, dtypes of the arguments) */
static int signature_from(core_state *st, PyObject *o, ag_signature *s) {
  PyObject *result, *params;
  if (!PyArg_ParseTuple(o, "OO!", &result, &PyTuple_Type, &params) ||
      result_from(st, result, &s->returns, &s->result) < 0)
    return -1;
  if (PyTuple_GET_SIZE(params) > AG_FOREIGN_MAP_PARAMS) {
    PyErr_Format(PyExc_ValueError, "a function that C calls takes at most %d arguments",
                 AG_FOREIGN_MAP_PARAMS);
    return -1;
  }
  s->n = (uint32_t)PyTuple_GET_SIZE(params);
  for (uint32_t i = 0; i < s->n; i++) {
    int d = dtype_from_object(st, PyTuple_GET_ITEM(params, i), "an argument");
    if (d < 0)
      return -1;
    s->param[i] = (uint8_t)d;
  }
  return 0;
}

static int param_from(core_state *st, PyObject *o, ag_foreign_param *p) {
  int passing;
  PyObject *type;
  if (!PyArg_ParseTuple(o, "iO", &passing, &type))
    return -1;
  p->passing = (uint8_t)passing;
  if (passing == AG_PASS_CLOSURE)
    return signature_from(st, type, &p->closure);
  int d = dtype_from_object(st, type, "a parameter");
  p->dtype = (uint8_t)(d < 0 ? 0 : d);
  return d < 0 ? -1 : 0;
}

PyDoc_STRVAR(open_doc, "foreign_open($module, library, /)\n--\n\n"
                       "Loads a library, as dlopen() takes it, or None; ValueError if it cannot.");
static PyObject *foreign_open(PyObject *module, PyObject *args) {
  const char *library;
  ag_err err = {0};
  if (!PyArg_ParseTuple(args, "z", &library))
    return NULL;
  if (ag_foreign_open(library, &err))
    return raise_err(core_of(module), &err, NULL);
  Py_RETURN_NONE;
}

PyDoc_STRVAR(
    add_doc,
    "foreign_add($module, library, symbol, params, result, /)\n--\n\n"
    "The number of a C function, for the attribute `site` of FOREIGN_MAP and "
    "FOREIGN_CALL.\n"
    "`library`: as dlopen() takes it, or None. `params`: a tuple of (passing, dtype); for a "
    "closure of\n"
    "(passing, (result or None, dtypes)). `result`: a dtype or None.");
static PyObject *foreign_add(PyObject *module, PyObject *args) {
  core_state *st = core_of(module);
  PyObject *params, *result;
  ag_foreign_spec spec = {0};
  ag_err err = {0};
  if (!PyArg_ParseTuple(args, "zsO!O", &spec.library, &spec.symbol, &PyTuple_Type, &params,
                        &result) ||
      result_from(st, result, &spec.returns, &spec.result) < 0)
    return NULL;
  if (PyTuple_GET_SIZE(params) > AG_FOREIGN_PARAMS) {
    PyErr_Format(PyExc_ValueError, "%s: a C function takes at most %d arguments", spec.symbol,
                 AG_FOREIGN_PARAMS);
    return NULL;
  }
  spec.n = (uint32_t)PyTuple_GET_SIZE(params);
  for (uint32_t i = 0; i < spec.n; i++)
    if (param_from(st, PyTuple_GET_ITEM(params, i), &spec.param[i]) < 0)
      return NULL;
  int64_t number = ag_foreign_add(&spec, &err);
  return number < 0 ? raise_err(st, &err, NULL) : PyLong_FromLongLong(number);
}

PyDoc_STRVAR(closure_doc, "foreign_closure($module, signature, function, /)\n--\n\n"
                          "C code that calls `function`. `signature`: (result or None, tuple of "
                          "the arguments' dtypes).");
static PyObject *foreign_closure(PyObject *module, PyObject *args) {
  core_state *st = core_of(module);
  PyObject *signature, *function;
  ag_signature s = {0};
  ag_err err = {0};
  if (!PyArg_ParseTuple(args, "O!O", &PyTuple_Type, &signature, &function) ||
      signature_from(st, signature, &s) < 0)
    return NULL;
  closure_obj *c = (closure_obj *)st->closure_type->tp_alloc(st->closure_type, 0);
  if (!c)
    return NULL;
  c->st = st;
  c->function = Py_NewRef(function);
  c->closure = ag_closure_new(&s, closure_called, c, &err);
  if (c->closure)
    return (PyObject *)c;
  Py_DECREF(c);
  return raise_err(st, &err, NULL);
}

static PyMethodDef functions[] = {
    {"foreign_open", foreign_open, METH_VARARGS, open_doc},
    {"foreign_add", foreign_add, METH_VARARGS, add_doc},
    {"foreign_closure", foreign_closure, METH_VARARGS, closure_doc},
    {0},
};

int add_foreign(PyObject *module, core_state *st) {
  st->closure_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &closure_spec, NULL);
  if (!st->closure_type || PyModule_AddType(module, st->closure_type) < 0)
    return -1;
  return PyModule_AddFunctions(module, functions);
}
