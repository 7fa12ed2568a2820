/* invoke.c - calls from converted code: ag__.call(f, ...).
 * Outside a trace a call is a call. In one, a user's function runs in its converted form, a builtin
 * that meets traced values as what staging/calls.py says it means; everything rarer is decided
 * there, by staged["call"].
 *
 * A conversion is kept with the code object that it was made from (as "code extra"), so it dies
 * with it. The function object is made for the call from the user's closure and defaults as they
 * are now: keeping one would keep alive what its closure holds.
 *
 * staged["conversion"](f): None where f runs as it is, else (code, writes, *closure); an item of
 * `closure` is a cell, or the number of one of f's; writes: the code assigns variables outside it.
 */
#include "state.h"

#if PY_VERSION_HEX < 0x030C0000
#define PyUnstable_Eval_RequestCodeExtraIndex _PyEval_RequestCodeExtraIndex
#define PyUnstable_Code_GetExtra _PyCode_GetExtra
#define PyUnstable_Code_SetExtra _PyCode_SetExtra
#endif

/* The calls of converted code that this thread is in, the innermost first: an error that passes
 * through generated functions has to know where the user's begin. */
static _Thread_local struct running {
  PyObject *code; /* of the function as it runs; NULL: a builtin, a type, any other object */
  struct running *outer;
} * innermost;

static PyObject *enter(PyObject *f, PyObject *const *args, Py_ssize_t n, PyObject *names) {
  PyObject *function = PyMethod_Check(f) ? PyMethod_GET_FUNCTION(f) : f;
  struct running here = {PyFunction_Check(function) ? PyFunction_GET_CODE(function) : NULL,
                         innermost};
  innermost = &here;
  PyObject *result = PyObject_Vectorcall(f, args, (size_t)n, names);
  innermost = here.outer;
  return result;
}

static void forget(void *conversion) { Py_XDECREF((PyObject *)conversion); }

/* New reference. */
static PyObject *conversion_of(core_state *st, PyObject *f) {
  PyObject *code = PyFunction_GET_CODE(f);
  void *kept = NULL;
  if (st->code_extra >= 0 && PyUnstable_Code_GetExtra(code, st->code_extra, &kept) < 0)
    return NULL;
  if (kept)
    return Py_NewRef((PyObject *)kept);
  PyObject *convert = PyDict_GetItemString(st->staged, "conversion");
  if (!convert)
    return PyErr_Format(PyExc_RuntimeError, "autograph.operators is not imported");
  Py_INCREF(code); /* the conversion may give f another */
  PyObject *made = PyObject_CallOneArg(convert, f);
  if (made && st->code_extra >= 0 &&
      PyUnstable_Code_SetExtra(code, st->code_extra, Py_NewRef(made)) < 0) {
    Py_DECREF(made); /* what the code object was to hold */
    Py_CLEAR(made);
  }
  Py_DECREF(code);
  return made;
}

/* 1: f says that it is to run as it is; 0; -1. */
static int left_alone(core_state *st, PyObject *f) {
  PyObject *attributes = ((PyFunctionObject *)f)->func_dict;
  if (!attributes)
    return 0;
  PyObject *said = PyDict_GetItemWithError(attributes, st->do_not_convert);
  return said ? PyObject_IsTrue(said) : PyErr_Occurred() ? -1 : 0;
}

/* The converted function: f's globals, defaults and cells round the converted code. */
static PyObject *function_of(PyObject *f, PyObject *conversion) {
  enum { FIRST = 2 };
  PyObject *made = PyFunction_New(PyTuple_GET_ITEM(conversion, 0), PyFunction_GET_GLOBALS(f));
  if (!made)
    return NULL;
  Py_ssize_t n = PyTuple_GET_SIZE(conversion) - FIRST;
  if (n) {
    PyObject *cells = PyFunction_GET_CLOSURE(f), *closure = PyTuple_New(n);
    if (!closure)
      goto fail;
    for (Py_ssize_t i = 0; i < n; i++) {
      PyObject *from = PyTuple_GET_ITEM(conversion, FIRST + i);
      if (PyLong_CheckExact(from))
        from = PyTuple_GET_ITEM(cells, PyLong_AsSsize_t(from));
      PyTuple_SET_ITEM(closure, i, Py_NewRef(from));
    }
    int set = PyFunction_SetClosure(made, closure);
    Py_DECREF(closure);
    if (set < 0)
      goto fail;
  }
  PyObject *defaults = PyFunction_GET_DEFAULTS(f), *named = PyFunction_GET_KW_DEFAULTS(f);
  if ((defaults && PyFunction_SetDefaults(made, defaults) < 0) ||
      (named && PyFunction_SetKwDefaults(made, named) < 0))
    goto fail;
  return made;
fail:
  Py_DECREF(made);
  return NULL;
}

/* A function that is not converted runs as it is, unless staged["stand_in"] has something for it:
 * one that makes an array, one that would change what the trace must know of. */
static PyObject *as_it_is(core_state *st, PyObject *f, PyObject *const *args, Py_ssize_t n,
                          PyObject *names) {
  PyObject *maker = PyObject_CallOneArg(PyDict_GetItemString(st->staged, "stand_in"), f);
  PyObject *result = maker ? enter(maker == Py_None ? f : maker, args, n, names) : NULL;
  Py_XDECREF(maker);
  return result;
}

static PyObject *run(core_state *st, PyObject *f, PyObject *const *args, Py_ssize_t n,
                     PyObject *names) {
  int alone = left_alone(st, f);
  if (alone)
    return alone < 0 ? NULL : as_it_is(st, f, args, n, names);
  PyObject *conversion = conversion_of(st, f), *made = NULL, *result = NULL;
  if (!conversion)
    return NULL;
  if (conversion == Py_None) {
    Py_DECREF(conversion);
    return as_it_is(st, f, args, n, names);
  }
  if (PyTuple_GET_ITEM(conversion, 1) == Py_True) {
    PyObject *told = PyObject_CallOneArg(PyDict_GetItemString(st->staged, "touch_outer"), f);
    if (!told)
      goto done;
    Py_DECREF(told);
  }
  made = function_of(f, conversion);
  if (made)
    result = enter(made, args, n, names);
done:
  Py_XDECREF(made);
  Py_DECREF(conversion);
  return result;
}

enum { ARGS_HERE = 8 };

/* The arguments behind another, first one: in `here` where they fit; NULL without memory. */
static PyObject **behind(PyObject *first, PyObject *const *args, Py_ssize_t n, PyObject *names,
                         PyObject **here) {
  Py_ssize_t all = n + 1 + (names ? PyTuple_GET_SIZE(names) : 0);
  PyObject **to = all <= ARGS_HERE ? here : PyMem_Malloc((size_t)all * sizeof *to);
  if (!to)
    return (PyObject **)PyErr_NoMemory();
  to[0] = first;
  for (Py_ssize_t i = 1; i < all; i++)
    to[i] = args[i - 1];
  return to;
}

static PyObject *run_method(core_state *st, PyObject *f, PyObject *const *args, Py_ssize_t n,
                            PyObject *names) {
  PyObject *here[ARGS_HERE], **all = behind(PyMethod_GET_SELF(f), args, n, names, here);
  PyObject *result = all ? run(st, PyMethod_GET_FUNCTION(f), all, n + 1, names) : NULL;
  if (all != here)
    PyMem_Free(all);
  return result;
}

/* An object of a class that has no meaning of its own: staged["make"](cls, ...). */
static PyObject *make(core_state *st, PyObject *cls, PyObject *const *args, Py_ssize_t n,
                      PyObject *names) {
  PyObject *here[ARGS_HERE], **all = behind(cls, args, n, names, here);
  PyObject *result =
      all ? enter(PyDict_GetItemString(st->staged, "make"), all, n + 1, names) : NULL;
  if (all != here)
    PyMem_Free(all);
  return result;
}

/* A builtin function or type in a trace: as it is, unless it is one that has a meaning of its own
 * for traced values; such a one of numbers (staged["of_numbers"]) is as it is for numbers. */
static PyObject *builtin(core_state *st, PyObject *f, PyObject *const *args, Py_ssize_t n,
                         PyObject *names) {
  PyObject *meaning = PyDict_GetItemWithError(PyDict_GetItemString(st->staged, "builtins"), f);
  if (!meaning && PyErr_Occurred())
    return NULL;
  if (!meaning)
    return PyType_Check(f) ? make(st, f, args, n, names) : as_it_is(st, f, args, n, names);
  Py_ssize_t all = n + (names ? PyTuple_GET_SIZE(names) : 0), i = 0;
  while (i < all && plain_value(args[i]))
    i++;
  if (i == all) {
    int numbers = PySet_Contains(PyDict_GetItemString(st->staged, "of_numbers"), f);
    if (numbers)
      return numbers < 0 ? NULL : enter(f, args, n, names);
  }
  return enter(meaning, args, n, names);
}

/* True for a builtin that is no method of a container: those keep a journal. */
static bool stateless(PyObject *f) {
  PyObject *owner = PyCFunction_GET_SELF(f);
  return !owner || PyModule_Check(owner) || plain_value(owner);
}

PyDoc_STRVAR(running_doc, "running($module, /)\n--\n\n"
                          "The code objects of the functions that converted code of this thread "
                          "has called and that have not "
                          "returned, the innermost first; None for what is no Python function.");
static PyObject *running(PyObject *module, PyObject *unused) {
  (void)module;
  (void)unused;
  PyObject *list = PyList_New(0);
  for (struct running *r = innermost; list && r; r = r->outer)
    if (PyList_Append(list, r->code ? r->code : Py_None) < 0)
      Py_CLEAR(list);
  return list;
}

PyDoc_STRVAR(call_doc, "call($module, f, /, *args, **kwargs)\n--\n\n"
                       "f(*args, **kwargs) from converted code: a user's function is converted.");

static PyObject *call(PyObject *module, PyObject *const *args, Py_ssize_t n, PyObject *names) {
  core_state *st = core_of(module);
  if (n < 1) {
    PyErr_SetString(PyExc_TypeError, "call takes what to call");
    return NULL;
  }
  PyObject *f = args[0];
  if (!trace_current()) /* nothing to stage: f runs as it is */
    return enter(f, args + 1, n - 1, names);
  PyTypeObject *kind = Py_TYPE(f);
  if (kind == &PyFunction_Type)
    return run(st, f, args + 1, n - 1, names);
  if (kind == &PyMethod_Type && Py_IS_TYPE(PyMethod_GET_FUNCTION(f), &PyFunction_Type))
    return run_method(st, f, args + 1, n - 1, names);
  if (kind == &PyType_Type || (kind == &PyCFunction_Type && stateless(f)))
    return builtin(st, f, args + 1, n - 1, names);
  PyObject *other = PyDict_GetItemString(st->staged, "call");
  if (!other)
    return PyErr_Format(PyExc_RuntimeError, "autograph.operators is not imported");
  return PyObject_Vectorcall(other, args, (size_t)n, names);
}

static PyMethodDef invoke_functions[] = {
    {"call", (PyCFunction)(void (*)(void))call, METH_FASTCALL | METH_KEYWORDS, call_doc},
    {"running", running, METH_NOARGS, running_doc},
    {0},
};

int add_invoke(PyObject *module, core_state *st) {
  st->code_extra = PyUnstable_Eval_RequestCodeExtraIndex(forget); /* -1: there are no more */
  st->do_not_convert = PyUnicode_InternFromString("_ag_do_not_convert");
  return st->do_not_convert ? PyModule_AddFunctions(module, invoke_functions) : -1;
}
