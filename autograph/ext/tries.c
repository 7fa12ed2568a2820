/* tries.c - `try` of converted code: its clauses are functions.
 * Outside of a trace this is Python's own statement, done here: the handler runs while its
 * exception is the one that sys.exc_info() tells, so that a bare `raise` and the context of what it
 * raises are Python's. In a trace the recorder decides (autograph/staging/tries.py). */
#include "control.h"

#include "graph_obj.h"

/* The exception that is being raised, with its traceback; it is not raised any more. */
static PyObject *taken(void) {
  PyObject *type, *error, *tb;
  PyErr_Fetch(&type, &error, &tb);
  PyErr_NormalizeException(&type, &error, &tb);
  if (tb)
    PyException_SetTraceback(error, tb);
  Py_XDECREF(type);
  Py_XDECREF(tb);
  return error;
}

/* Raises it again, as it is. Takes the reference. */
static void raise_again(PyObject *error) {
  PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(error)), error, PyException_GetTraceback(error));
}

/* Whether an exception is of the class, or one of the tuple of classes; -1 when these are none. */
static int fits(PyObject *error, PyObject *kinds) {
  Py_ssize_t n = PyTuple_Check(kinds) ? PyTuple_GET_SIZE(kinds) : 1;
  for (Py_ssize_t i = 0; i < n; i++) {
    PyObject *kind = PyTuple_Check(kinds) ? PyTuple_GET_ITEM(kinds, i) : kinds;
    if (!PyExceptionClass_Check(kind)) {
      PyErr_SetString(PyExc_TypeError,
                      "catching classes that do not inherit from BaseException is not allowed");
      return -1;
    }
  }
  return PyErr_GivenExceptionMatches(error, kinds);
}

/* What the first handler for the error returns; *found: there was one. */
static PyObject *handle(core_state *st, PyObject *error, PyObject *handlers, bool *found) {
  Py_ssize_t n = PyTuple_GET_SIZE(handlers);
  for (Py_ssize_t i = 0; i < n; i++) {
    PyObject *kinds = PyTuple_GET_ITEM(PyTuple_GET_ITEM(handlers, i), 0);
    PyObject *named = kinds == Py_None ? NULL : made(st, PyObject_CallNoArgs(kinds));
    int takes = kinds == Py_None ? 1 : named ? fits(error, named) : -1;
    Py_XDECREF(named);
    *found = takes != 0;
    if (takes < 0)
      return NULL;
    if (takes)
      return made(st,
                  PyObject_CallOneArg(PyTuple_GET_ITEM(PyTuple_GET_ITEM(handlers, i), 1), error));
  }
  *found = false;
  return NULL;
}

static PyObject *guarded(core_state *st, PyObject *const *args) {
  PyObject *value = made(st, PyObject_CallNoArgs(args[0]));
  if (value && args[2] != Py_None)
    Py_SETREF(value, made(st, PyObject_CallNoArgs(args[2])));
  else if (!value && PyTuple_GET_SIZE(args[1])) {
    PyObject *error = taken(), *outer = PyErr_GetHandledException();
    bool found;
    PyErr_SetHandledException(error);
    value = handle(st, error, args[1], &found);
    PyErr_SetHandledException(outer);
    Py_XDECREF(outer);
    if (found)
      Py_DECREF(error);
    else
      raise_again(error);
  }
  return value;
}

static PyObject *finish(core_state *st, PyObject *value, PyObject *final) {
  PyObject *error = value ? NULL : taken(), *outer = error ? PyErr_GetHandledException() : NULL;
  if (error)
    PyErr_SetHandledException(error);
  PyObject *done = made(st, PyObject_CallNoArgs(final));
  if (error)
    PyErr_SetHandledException(outer);
  Py_XDECREF(outer);
  if (!done) {
    Py_XDECREF(error);
    Py_CLEAR(value);
  } else if (error) {
    raise_again(error);
  }
  Py_XDECREF(done);
  return value;
}

PyDoc_STRVAR(try_stmt_doc,
             "try_stmt($module, body, handlers, orelse, final, state, /)\n--\n\n"
             "`try`: the clauses are functions that change the places named in `state`. handlers: "
             "pairs of what gives the classes (None: all) and a function of the exception; "
             "`orelse` and `final` may be None.\n"
             "Returns what the body, the handler or `orelse` returned.");

static PyObject *try_stmt(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  if (!arity("try_stmt", n, 5, 5))
    return NULL;
  if (trace_current())
    return record(st, "try_stmt", args, n);
  PyObject *value = guarded(st, args);
  return args[3] == Py_None ? value : finish(st, value, args[3]);
}

static PyMethodDef functions[] = {
    {"try_stmt", (PyCFunction)(void (*)(void))try_stmt, METH_FASTCALL, try_stmt_doc},
    {0},
};

int add_tries(PyObject *module, core_state *st) {
  (void)st;
  return PyModule_AddFunctions(module, functions);
}
