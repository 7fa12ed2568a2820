/* function.c - the object a decorated function becomes: bind, look up the trace, run it.
 * A hit stays in C from the first argument to the result. Everything else (tracing, inlining into
 * an outer trace, errors of binding) is a call of what autograph/function.py registered in
 * st->staged. */
#include "args.h"
#include "concrete.h"
#include "number_list.h"
#include "outer.h"
#include "tensor_obj.h"

#include <structmember.h>

enum { BOUND_HERE = 16, CACHE_MAX = 256 };

typedef struct function_obj {
  PyObject_HEAD
  vectorcallfunc call;
  core_state *st;
  params p;
  PyObject *python_function;
  PyObject *cache;   /* list of Concrete, the last one used first */
  PyObject *pins;    /* set of ordinals of leaves whose numbers are static */
  PyObject *checker; /* NULL, or callable(bound tuple) -> bound tuple: the input signature */
  PyObject *dict, *weakrefs;
  bool all_static;
  bool simple; /* all parameters may be given by position; numbers are inputs */
} function_obj;

static PyObject *staged(core_state *st, const char *name) {
  PyObject *f = PyDict_GetItemString(st->staged, name);
  if (!f)
    PyErr_Format(PyExc_RuntimeError, "autograph.function is not imported (no %s)", name);
  return f;
}

/* name(function, *args, **kwargs) */
static PyObject *hand_over(function_obj *f, const char *name, PyObject *const *args,
                           Py_ssize_t nargs, PyObject *kwnames) {
  PyObject *callable = staged(f->st, name);
  Py_ssize_t n = nargs + (kwnames ? PyTuple_GET_SIZE(kwnames) : 0);
  PyObject *here[BOUND_HERE + 1],
      **all = n < BOUND_HERE ? here : PyMem_Malloc((size_t)(n + 1) * sizeof *all);
  if (!callable || !all) {
    if (all != here)
      PyMem_Free(all);
    return callable ? PyErr_NoMemory() : NULL;
  }
  all[0] = (PyObject *)f;
  for (Py_ssize_t i = 0; i < n; i++)
    all[i + 1] = args[i];
  PyObject *debugger = debugger_enter(f->st);
  PyObject *result = PyObject_Vectorcall(callable, all, (size_t)nargs + 1, kwnames);
  debugger_leave(debugger);
  if (!result)
    hide_frames(f->st);
  if (all != here)
    PyMem_Free(all);
  return result;
}

/* Forgets a trace where what it read outside of its arguments has changed, but for what
 * staged["stale"] says it may keep. */
static bool is_stale(function_obj *f, PyObject *c) {
  PyObject *outer = ((concrete_obj *)c)->outer;
  if (!outer)
    return false;
  Py_INCREF(outer); /* code of the user may run */
  Py_INCREF(c);
  bool stale = !outer_holds(outer);
  if (stale) {
    PyObject *tell = staged(f->st, "stale");
    PyObject *told = tell ? PyObject_CallFunctionObjArgs(tell, (PyObject *)f, c, NULL) : NULL;
    if (!told)
      PyErr_WriteUnraisable((PyObject *)f);
    stale = told != Py_False;
    Py_XDECREF(told);
  }
  Py_DECREF(c);
  Py_DECREF(outer);
  return stale;
}

static concrete_obj *look_up(function_obj *f, const call_key *k) {
  Py_ssize_t n = PyList_GET_SIZE(f->cache);
  for (Py_ssize_t i = 0; i < n; i++) {
    PyObject *c = PyList_GET_ITEM(f->cache, i);
    if (!concrete_matches((concrete_obj *)c, k))
      continue;
    Py_INCREF(c); /* asking may run code of the user's, and other threads */
    if (is_stale(f, c)) {
      Py_DECREF(c);
      return NULL;
    }
    if (i && i < PyList_GET_SIZE(f->cache) &&
        PyList_GET_ITEM(f->cache, i) == c) { /* to the front */
      PyObject **items = ((PyListObject *)f->cache)->ob_item;
      for (; i > 0; i--)
        items[i] = items[i - 1];
      items[0] = c;
    }
    return (concrete_obj *)c;
  }
  return NULL;
}

static int remember(function_obj *f, PyObject *c) {
  for (Py_ssize_t i = PyList_GET_SIZE(f->cache); i-- > 0;)
    if (concrete_dead((concrete_obj *)PyList_GET_ITEM(f->cache, i)) &&
        PySequence_DelItem(f->cache, i) < 0)
      return -1;
  if (PyList_Insert(f->cache, 0, c) < 0)
    return -1;
  Py_ssize_t n = PyList_GET_SIZE(f->cache);
  return n > CACHE_MAX ? PyList_SetSlice(f->cache, CACHE_MAX, n, NULL) : 0;
}

/* Traces for these arguments (or finds what another thread traced meanwhile); tracing may have
 * pinned some, so the key is made again. */
static concrete_obj *make(function_obj *f, call_key *k, PyObject *bound_tuple) {
  PyObject *tracer = staged(f->st, "trace");
  PyObject *debugger = debugger_enter(f->st);
  PyObject *c =
      tracer ? PyObject_CallFunctionObjArgs(tracer, (PyObject *)f, bound_tuple, NULL) : NULL;
  debugger_leave(debugger);
  if (!c) {
    hide_frames(f->st);
    return NULL;
  }
  key_clear(k);
  int failed = key_build(f->st, k, ((PyTupleObject *)bound_tuple)->ob_item,
                         PyTuple_GET_SIZE(bound_tuple), f->pins, f->all_static);
  if (!failed && Py_TYPE(c) == f->st->concrete_type && concrete_matches((concrete_obj *)c, k))
    return (concrete_obj *)c;
  Py_DECREF(c);
  if (!failed)
    PyErr_SetString(PyExc_RuntimeError,
                    "an argument was changed while its function was being traced");
  return NULL;
}

/* The trace that serves the bound arguments; k is left filled for running it. */
static concrete_obj *concrete_for(function_obj *f, call_key *k, PyObject *const *bound,
                                  Py_ssize_t n, bool *fresh) {
  if (key_build(f->st, k, bound, n, f->pins, f->all_static) < 0)
    return NULL;
  concrete_obj *c = look_up(f, k);
  *fresh = !c;
  if (c)
    return c;
  PyObject *tuple = PyTuple_New(n);
  if (!tuple)
    return NULL;
  for (Py_ssize_t i = 0; i < n; i++)
    PyTuple_SET_ITEM(tuple, i, Py_NewRef(bound[i]));
  c = make(f, k, tuple);
  Py_DECREF(tuple); /* `bound` still holds the objects */
  return c;
}

/* A call that stays Python: it gets the numbers of other calls as numbers, and its own come back as
 * tensors, as from every compiled function. */
static PyObject *run_python(function_obj *f, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames) {
  PyObject *as_tensors = staged(f->st, "python_result"), *result = NULL;
  Py_ssize_t n = nargs + (kwnames ? PyTuple_GET_SIZE(kwnames) : 0), made = 0;
  PyObject *here[BOUND_HERE],
      **numbers = n <= BOUND_HERE ? here : PyMem_Malloc((size_t)n * sizeof *numbers);
  if (!numbers)
    PyErr_NoMemory();
  for (; as_tensors && numbers && made < n; made++) {
    PyObject *o = args[made];
    bool number = Py_TYPE(o) == f->st->tensor_type && ((tensor_obj *)o)->t.weak;
    numbers[made] = number ? element_object((ag_dtype)((tensor_obj *)o)->t.dtype,
                                            ag_tensor_data(&((tensor_obj *)o)->t))
                    : Py_TYPE(o) == f->st->int_type   ? PyNumber_Long(o)
                    : Py_TYPE(o) == f->st->float_type ? PyNumber_Float(o)
                                                      : Py_NewRef(o);
    if (!numbers[made])
      break;
  }
  if (as_tensors && numbers && made == n)
    result = PyObject_Vectorcall(f->python_function, numbers, (size_t)nargs, kwnames);
  if (result)
    Py_SETREF(result, PyObject_CallOneArg(as_tensors, result));
  while (made > 0)
    Py_DECREF(numbers[--made]);
  if (numbers != here)
    PyMem_Free(numbers);
  return result;
}

/* A call that reads and writes places outside of the function: what its template names makes it. */
static PyObject *run_stateful(function_obj *f, concrete_obj *c, PyObject *const *bound) {
  PyObject *result = PyObject_Vectorcall(PyTuple_GET_ITEM(c->template, 1), bound,
                                         (size_t)f->p.n_bound, NULL);
  if (!result)
    hide_frames(f->st);
  return result;
}

/* Whether plain Python may compute the call whose run has raised: it met an operation on Python
 * numbers whose result is a number of another kind for these values (2 ** -1), or what a trace
 * cannot hold (rollback.py). */
static bool may_be_plain(core_state *st) {
  if (PyErr_ExceptionMatches(st->exceptions[AG_ERR_NUMBER]))
    return true;
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  bool plainly = PyObject_HasAttrString(value, "_ag_plainly");
  PyErr_Restore(type, value, traceback);
  return plainly;
}

/* Plain Python computes the call, unless the run has acted already: then the error stays. */
static PyObject *fall_back(function_obj *f, concrete_obj *c, PyObject *const *bound) {
  PyObject *type, *value, *traceback, *result = NULL;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  PyObject *python = staged(f->st, "fall_back"), *args = PyTuple_New(f->p.n_bound);
  for (Py_ssize_t i = 0; args && i < f->p.n_bound; i++)
    PyTuple_SET_ITEM(args, i, Py_NewRef(bound[i]));
  if (python && args)
    result = PyObject_CallFunctionObjArgs(python, (PyObject *)f, (PyObject *)c, args, value, NULL);
  Py_XDECREF(args);
  if (result == Py_NotImplemented) { /* it cannot be done again */
    Py_DECREF(result);
    PyErr_Restore(type, value, traceback);
    return NULL;
  }
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(traceback);
  return result;
}

/* False when the call has to go the long way. */
static bool run_quick(function_obj *f, PyObject *const *args, Py_ssize_t n, PyObject **result) {
  concrete_obj *c = (concrete_obj *)Py_NewRef(PyList_GET_ITEM(f->cache, 0));
  if (c->outer && is_stale(f, (PyObject *)c)) {
    Py_DECREF(c);
    return false;
  }
  bool done = concrete_run_quick(f->st, c, args, n, result);
  if (done && !*result && may_be_plain(f->st))
    *result = fall_back(f, c, args); /* not run again: it may have acted */
  Py_DECREF(c);
  return done;
}

/* Bound arguments as the input signature has them: cast and checked, a new tuple. */
static PyObject *checked_arguments(function_obj *f, PyObject *const *bound) {
  PyObject *tuple = PyTuple_New(f->p.n_bound), *checked = NULL;
  for (Py_ssize_t i = 0; tuple && i < f->p.n_bound; i++)
    PyTuple_SET_ITEM(tuple, i, Py_NewRef(bound[i]));
  if (tuple && !(checked = PyObject_CallOneArg(f->checker, tuple)))
    hide_frames(f->st);
  Py_XDECREF(tuple);
  if (checked && (!PyTuple_Check(checked) || PyTuple_GET_SIZE(checked) != f->p.n_bound)) {
    Py_CLEAR(checked);
    PyErr_SetString(PyExc_SystemError, "autograph: a signature check must return all arguments");
  }
  return checked;
}

/* SIGNATURE TRACES: all in the cache were made of arguments as the signature has them, so what
 * matches one of them needs no check. NULL without an exception where nothing does. */
static concrete_obj *known_concrete(function_obj *f, call_key *k, PyObject *const *bound) {
  concrete_obj *c = NULL;
  if (key_build(f->st, k, bound, f->p.n_bound, f->pins, f->all_static) == 0)
    c = look_up(f, k);
  else if (PyErr_ExceptionMatches(PyExc_Exception))
    PyErr_Clear(); /* the check says it, or makes something of these arguments */
  if (!c)
    key_clear(k);
  return c;
}

/* Finds or makes the trace for bound arguments and runs it. */
static PyObject *run_values(function_obj *f, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames, PyObject *const *bound) {
  core_state *st = f->st;
  PyObject *const *values = bound;
  PyObject *checked = NULL, *result = NULL;
  call_key k;
  bool fresh;
  concrete_obj *c = f->checker ? known_concrete(f, &k, bound) : NULL;
  if (!c) {
    if (f->checker) {
      if (PyErr_Occurred() || !(checked = checked_arguments(f, bound)))
        return NULL;
      values = ((PyTupleObject *)checked)->ob_item;
    }
    c = concrete_for(f, &k, values, f->p.n_bound, &fresh);
  }
  bool stateful = c && c->as_python && PyTuple_GET_SIZE(c->template) > 1;
  if (stateful)
    result = run_stateful(f, c, values);
  else if (c && c->as_python)
    result = run_python(f, args, nargs, kwnames);
  else if (c)
    result = concrete_run(st, c, k.inputs, values);
  if (c && !result && !c->as_python && may_be_plain(st))
    result = fall_back(f, c, values);
  key_clear(&k);
  Py_XDECREF(c);
  Py_XDECREF(checked);
  return result;
}

/* Binds the arguments, builds their key, finds or makes the trace, runs it. */
static __attribute__((noinline)) PyObject *run_bound(function_obj *f, PyObject *const *args,
                                                     Py_ssize_t nargs, PyObject *kwnames) {
  PyObject *here[BOUND_HERE], **bound = here, *extra[2], *result = NULL;
  if (f->p.n_bound > BOUND_HERE && !(bound = PyMem_Malloc((size_t)f->p.n_bound * sizeof *bound)))
    return PyErr_NoMemory();
  int fits = params_bind(&f->p, f->st->undefined, args, nargs, kwnames, bound, extra);
  if (fits == 0)
    result = hand_over(f, "misfit", args, nargs, kwnames); /* raises */
  else if (fits > 0)
    result = run_values(f, args, nargs, kwnames, bound);
  Py_XDECREF(extra[0]);
  Py_XDECREF(extra[1]);
  if (bound != here)
    PyMem_Free(bound);
  return result;
}

static PyObject *function_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf,
                                     PyObject *kwnames) {
  function_obj *f = (function_obj *)self;
  Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
  if (trace_current() || f->st->run_eagerly)
    return hand_over(f, "inline", args, nargs, kwnames);
  PyObject *result = NULL;
  if (nargs == f->p.n_bound && f->simple && !kwnames && !PySet_GET_SIZE(f->pins) &&
      PyList_GET_SIZE(f->cache) && run_quick(f, args, nargs, &result))
    return result; /* SIGNATURE TRACES */
  return run_bound(f, args, nargs, kwnames);
}

/* ---- the type -------------------------------------------------------------------------------- */

PyDoc_STRVAR(function_doc, "Function(python_function, params, all_static=False)\n--\n\n"
                           "A compiled function: traced at the first call with each kind of "
                           "arguments, native afterwards.\n"
                           "Made by autograph.function.");

static PyObject *function_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
  static char *names[] = {"python_function", "params", "all_static", NULL};
  PyObject *python_function, *spec;
  int all_static = 0;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO!|p", names, &python_function, &PyTuple_Type,
                                   &spec, &all_static))
    return NULL;
  function_obj *f = (function_obj *)type->tp_alloc(type, 0);
  if (!f)
    return NULL;
  f->call = function_vectorcall;
  f->st = core_of_type(type);
  f->all_static = all_static;
  f->python_function = Py_NewRef(python_function);
  f->cache = PyList_New(0);
  f->pins = PySet_New(NULL);
  f->dict = PyDict_New();
  if (!f->cache || !f->pins || !f->dict || params_init(&f->p, spec) < 0) {
    Py_DECREF(f);
    return NULL;
  }
  f->simple = !f->all_static && !f->p.varargs && !f->p.varkw && f->p.n_positional == f->p.n;
  return (PyObject *)f;
}

static int function_traverse(PyObject *self, visitproc visit, void *arg) {
  function_obj *f = (function_obj *)self;
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(f->p.names);
  Py_VISIT(f->p.defaults);
  Py_VISIT(f->python_function);
  Py_VISIT(f->cache);
  Py_VISIT(f->pins);
  Py_VISIT(f->checker);
  Py_VISIT(f->dict);
  return 0;
}

static int function_clear(PyObject *self) {
  function_obj *f = (function_obj *)self;
  params_clear(&f->p);
  Py_CLEAR(f->python_function);
  Py_CLEAR(f->cache);
  Py_CLEAR(f->pins);
  Py_CLEAR(f->checker);
  Py_CLEAR(f->dict);
  return 0;
}

static void function_dealloc(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  if (((function_obj *)self)->weakrefs)
    PyObject_ClearWeakRefs(self);
  function_clear(self);
  type->tp_free(self);
  Py_DECREF(type);
}

/* As functions do: reading it through an instance binds the instance. */
static PyObject *function_get(PyObject *self, PyObject *obj, PyObject *type) {
  (void)type;
  return obj && obj != Py_None ? method_new(((function_obj *)self)->st, self, obj) : Py_NewRef(self);
}

PyDoc_STRVAR(lookup_doc, "lookup($self, bound, /)\n--\n\nThe Concrete that serves a tuple of bound "
                         "arguments, traced if need be.");

static PyObject *function_lookup(PyObject *self, PyObject *bound) {
  function_obj *f = (function_obj *)self;
  call_key k;
  bool fresh;
  if (!PyTuple_Check(bound) || PyTuple_GET_SIZE(bound) != f->p.n_bound)
    return PyErr_Format(PyExc_TypeError, "lookup takes a tuple of %zd bound arguments",
                        f->p.n_bound);
  concrete_obj *c = concrete_for(f, &k, ((PyTupleObject *)bound)->ob_item, f->p.n_bound, &fresh);
  key_clear(&k);
  return (PyObject *)c;
}

PyDoc_STRVAR(
    find_doc,
    "find($self, bound, /)\n--\n\nThe Concrete that serves a tuple of bound arguments, or None.");

static PyObject *function_find(PyObject *self, PyObject *bound) {
  function_obj *f = (function_obj *)self;
  call_key k;
  if (!PyTuple_Check(bound))
    return PyErr_Format(PyExc_TypeError, "find takes a tuple");
  concrete_obj *c = NULL;
  int built = key_build(f->st, &k, ((PyTupleObject *)bound)->ob_item, PyTuple_GET_SIZE(bound),
                        f->pins, f->all_static);
  if (built == 0)
    c = look_up(f, &k);
  key_clear(&k);
  if (built < 0)
    return NULL;
  return c ? (PyObject *)c : Py_NewRef(Py_None);
}

static PyObject *concrete_of(function_obj *f, PyObject *args) {
  PyObject *bound, *result, *c = NULL;
  call_key k;
  if (!PyArg_ParseTuple(args, "O!O!", &PyTuple_Type, &bound, &PyTuple_Type, &result))
    return NULL;
  if (key_build(f->st, &k, ((PyTupleObject *)bound)->ob_item, PyTuple_GET_SIZE(bound), f->pins,
                f->all_static) == 0)
    c = concrete_new(f->st, &k, result);
  key_clear(&k);
  return c;
}

PyDoc_STRVAR(make_doc, "make($self, bound, result, /)\n--\n\nA Concrete for bound arguments from "
                       "what the tracer made; not remembered.");

static PyObject *function_make(PyObject *self, PyObject *args) {
  return concrete_of((function_obj *)self, args);
}

PyDoc_STRVAR(add_doc, "add($self, bound, result, /)\n--\n\nA Concrete for bound arguments from "
                      "what the tracer made, which serves later calls.");

static PyObject *function_add(PyObject *self, PyObject *args) {
  PyObject *c = concrete_of((function_obj *)self, args);
  if (c && remember((function_obj *)self, c) < 0)
    Py_CLEAR(c);
  return c;
}

static PyMethodDef function_methods[] = {
    {"make", function_make, METH_VARARGS, make_doc},
    {"add", function_add, METH_VARARGS, add_doc},
    {"lookup", function_lookup, METH_O, lookup_doc},
    {"find", function_find, METH_O, find_doc},
    {0},
};
static PyMemberDef function_members[] = {
    {"python_function", T_OBJECT, offsetof(function_obj, python_function), READONLY,
     "the undecorated function"},
    {"_cache", T_OBJECT, offsetof(function_obj, cache), READONLY,
     "list of Concrete, the last one used first"},
    {"_pins", T_OBJECT, offsetof(function_obj, pins), READONLY,
     "ordinals of leaves whose numbers are static"},
    {"_checker", T_OBJECT, offsetof(function_obj, checker), 0,
     "applies the input signature to bound arguments"},
    {"_all_static", T_BOOL, offsetof(function_obj, all_static), READONLY, "numbers are static"},
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(function_obj, call), READONLY, NULL},
    {"__dictoffset__", T_PYSSIZET, offsetof(function_obj, dict), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(function_obj, weakrefs), READONLY, NULL},
    {0},
};
static PyGetSetDef function_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {0},
};
static PyType_Slot function_slots[] = {
    {Py_tp_doc, (void *)function_doc},
    {Py_tp_new, function_new},
    {Py_tp_dealloc, function_dealloc},
    {Py_tp_traverse, function_traverse},
    {Py_tp_clear, function_clear},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_descr_get, function_get},
    {Py_tp_methods, function_methods},
    {Py_tp_members, function_members},
    {Py_tp_getset, function_getset},
    {0},
};
static PyType_Spec function_spec = {
    .name = "autograph._core.Function",
    .basicsize = sizeof(function_obj),
    .flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_BASETYPE,
    .slots = function_slots,
};

/* ---- functions of the module ---------------------------------------------------------------- */

PyDoc_STRVAR(describe_doc,
             "describe($module, value, /)\n--\n\n"
             "(dtype name, shape) of a tensor or array argument; None for anything else.");

static PyObject *describe(PyObject *module, PyObject *value) {
  ag_dtype dtype;
  int rank;
  int64_t dim[AG_MAX_RANK];
  if (!leaf_describe(core_of(module), value, &dtype, &rank, dim))
    Py_RETURN_NONE;
  PyObject *shape = PyTuple_New(rank);
  for (int i = 0; shape && i < rank; i++) {
    PyObject *d = PyLong_FromLongLong(dim[i]);
    if (!d)
      Py_CLEAR(shape);
    else
      PyTuple_SET_ITEM(shape, i, d);
  }
  return shape ? Py_BuildValue("(sN)", ag_dtype_name(dtype), shape) : NULL;
}

PyDoc_STRVAR(numbers_doc, "numbers_in_list($module, list, /)\n--\n\n"
                          "The name of the dtype of an argument that is a list of many numbers of "
                          "one kind, and one input; None\nfor other lists.");

static PyObject *numbers_of_list(PyObject *module, PyObject *list) {
  ag_dtype dtype;
  if (!PyList_CheckExact(list) || !numbers_in_list(core_of(module), list, &dtype))
    Py_RETURN_NONE;
  return PyUnicode_FromString(ag_dtype_name(dtype));
}

PyDoc_STRVAR(
    set_eager_doc,
    "set_run_eagerly($module, on, /)\n--\n\nWhether compiled functions run as plain Python.");

static PyObject *set_run_eagerly(PyObject *module, PyObject *on) {
  int truth = PyObject_IsTrue(on);
  if (truth < 0)
    return NULL;
  core_of(module)->run_eagerly = truth;
  Py_RETURN_NONE;
}

static PyObject *get_run_eagerly(PyObject *module, PyObject *unused) {
  (void)unused;
  return PyBool_FromLong(core_of(module)->run_eagerly);
}

PyDoc_STRVAR(number_types_doc,
             "number_types($module, int_type, float_type, /)\n--\n\n"
             "Subclasses of int and float that compiled functions return numbers as.");

static PyObject *number_types(PyObject *module, PyObject *args) {
  core_state *st = core_of(module);
  PyTypeObject *ints, *floats;
  if (!PyArg_ParseTuple(args, "O!O!", &PyType_Type, &ints, &PyType_Type, &floats))
    return NULL;
  if (!PyType_IsSubtype(ints, &PyLong_Type) || !PyType_IsSubtype(floats, &PyFloat_Type))
    return PyErr_Format(PyExc_TypeError, "number_types takes subclasses of int and float");
  Py_XSETREF(st->int_type, (PyTypeObject *)Py_NewRef((PyObject *)ints));
  Py_XSETREF(st->float_type, (PyTypeObject *)Py_NewRef((PyObject *)floats));
  Py_RETURN_NONE;
}

PyDoc_STRVAR(
    choice_type_doc,
    "choice_type($module, type, /)\n--\n\n"
    "The type of traced values whose structure only the run knows: conditions that are recorded.");

static PyObject *choice_type(PyObject *module, PyObject *type) {
  if (!PyType_Check(type))
    return PyErr_Format(PyExc_TypeError, "choice_type takes a type");
  Py_XSETREF(core_of(module)->choice_type, (PyTypeObject *)Py_NewRef(type));
  Py_RETURN_NONE;
}

PyDoc_STRVAR(
    capture_doc,
    "capture($module, tensor, /)\n--\n\nAn eager tensor as a constant of the current graph.");

static PyObject *capture(PyObject *module, PyObject *tensor) {
  core_state *st = core_of(module);
  graph_obj *g = trace_current();
  if (!g)
    return PyErr_Format(PyExc_RuntimeError, "capture: no graph is being built");
  ag_val v = graph_value(st, g, tensor);
  return v ? tensor_from_graph(st, g, v) : NULL;
}

PyDoc_STRVAR(known_doc, "known($module, tensor, /)\n--\n\nThe Python number of a 0-d tensor that "
                        "is eager or a constant; None for others.");

static PyObject *known(PyObject *module, PyObject *tensor) {
  if (!is_tensor(core_of(module), tensor))
    return PyErr_Format(PyExc_TypeError, "known takes a Tensor");
  const ag_tensor *t = known_value((tensor_obj *)tensor);
  if (!t || t->rank)
    Py_RETURN_NONE;
  return element_object((ag_dtype)t->dtype, ag_tensor_data(t));
}

PyDoc_STRVAR(fast_doc, "call_fast($module, subclass, /)\n--\n\n"
                       "Calls of a Python subclass of Function pass arguments as Function does: "
                       "before 3.12 it is not inherited.");

static PyObject *call_fast(PyObject *module, PyObject *cls) {
  PyTypeObject *base = core_of(module)->function_type;
  if (!PyType_Check(cls) || !PyType_IsSubtype((PyTypeObject *)cls, base) ||
      ((PyTypeObject *)cls)->tp_call != PyVectorcall_Call)
    return PyErr_Format(PyExc_TypeError,
                        "call_fast takes a subclass of Function without a __call__ of its own");
  ((PyTypeObject *)cls)->tp_vectorcall_offset = base->tp_vectorcall_offset;
  ((PyTypeObject *)cls)->tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
  PyType_Modified((PyTypeObject *)cls);
  return Py_NewRef(cls);
}

PyDoc_STRVAR(set_check_doc, "set_check_numerics($module, on, /)\n--\n\n"
                            "Whether operations look for NaN and infinity in their results: at "
                            "once, and in the traces\nof functions, which have others for it.");

static PyObject *set_check_numerics(PyObject *module, PyObject *on) {
  int truth = PyObject_IsTrue(on);
  if (truth < 0)
    return NULL;
  core_of(module)->check_numerics = truth;
  Py_RETURN_NONE;
}

static PyObject *get_check_numerics(PyObject *module, PyObject *unused) {
  (void)unused;
  return PyBool_FromLong(core_of(module)->check_numerics);
}

static PyMethodDef module_functions[] = {
    {"call_fast", call_fast, METH_O, fast_doc},
    {"known", known, METH_O, known_doc},
    {"capture", capture, METH_O, capture_doc},
    {"describe", describe, METH_O, describe_doc},
    {"numbers_in_list", numbers_of_list, METH_O, numbers_doc},
    {"choice_type", choice_type, METH_O, choice_type_doc},
    {"number_types", number_types, METH_VARARGS, number_types_doc},
    {"set_run_eagerly", set_run_eagerly, METH_O, set_eager_doc},
    {"set_check_numerics", set_check_numerics, METH_O, set_check_doc},
    {"get_check_numerics", get_check_numerics, METH_NOARGS,
     "get_check_numerics($module, /)\n--\n\nSee set_check_numerics."},
    {"get_run_eagerly", get_run_eagerly, METH_NOARGS,
     "get_run_eagerly($module, /)\n--\n\nSee set_run_eagerly."},
    {0},
};

int add_function(PyObject *module, core_state *st) {
  if (PyModule_AddFunctions(module, module_functions) < 0)
    return -1;
  st->function_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &function_spec, NULL);
  if (!st->function_type || PyModule_AddType(module, st->function_type) < 0)
    return -1;
  st->concrete_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &concrete_spec, NULL);
  return st->concrete_type ? PyModule_AddType(module, st->concrete_type) : -1;
}
