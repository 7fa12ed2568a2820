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

/* The arguments of the operator; from HANDLERS on, classes and function of each handler. */
enum { BODY, ORELSE, FINAL, STATE, HANDLERS };

/* What the first handler for the error returns; *found: there was one. */
static PyObject *handle(core_state *st, PyObject *error, PyObject *const *args, Py_ssize_t n,
                        bool *found) {
  for (Py_ssize_t i = HANDLERS; i < n; i += 2) {
    PyObject *kinds = args[i];
    PyObject *named =
        PyFunction_Check(kinds) ? made(st, PyObject_CallNoArgs(kinds)) : Py_NewRef(kinds);
    int takes = !named ? -1 : named == Py_None && kinds == named ? 1 : fits(error, named);
    Py_XDECREF(named);
    *found = takes != 0;
    if (takes < 0)
      return NULL;
    if (takes)
      return made(st, PyObject_CallOneArg(args[i + 1], error));
  }
  *found = false;
  return NULL;
}

static PyObject *guarded(core_state *st, PyObject *const *args, Py_ssize_t n) {
  PyObject *value = made(st, PyObject_CallNoArgs(args[BODY]));
  if (value && args[ORELSE] != Py_None)
    Py_SETREF(value, made(st, PyObject_CallNoArgs(args[ORELSE])));
  else if (!value && n > HANDLERS) {
    PyObject *error = taken(), *outer = PyErr_GetHandledException();
    bool found;
    PyErr_SetHandledException(error);
    value = handle(st, error, args, n, &found);
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
    int aside = PyObject_IsTrue(done);
    if (aside > 0)
      value = Py_NewRef(Py_None);
    if (aside)
      Py_DECREF(error);
    else
      raise_again(error);
  }
  Py_XDECREF(done);
  return value;
}

PyDoc_STRVAR(try_stmt_doc,
             "try_stmt($module, body, orelse, final, state, /, *handlers)\n--\n\n"
             "`try`: the clauses are functions that change the places named in `state`; `orelse` "
             "and `final` may be None. handlers: for each what it is for - classes, a function "
             "that gives them, None for all - and a function of the exception. `final` returns "
             "something true where a jump leaves it, which puts the exception aside.\n"
             "Returns what the body, the handler or `orelse` returned.");

static PyObject *try_stmt(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  if (!arity("try_stmt", n, HANDLERS, PY_SSIZE_T_MAX))
    return NULL;
  if (n % 2)
    return PyErr_Format(PyExc_TypeError, "try_stmt takes two arguments for each handler");
  if (trace_current())
    return record(st, "try_stmt", args, n);
  PyObject *value = guarded(st, args, n);
  return args[FINAL] == Py_None ? value : finish(st, value, args[FINAL]);
}

static PyMethodDef functions[] = {
    {"try_stmt", (PyCFunction)(void (*)(void))try_stmt, METH_FASTCALL, try_stmt_doc},
    {0},
};

int add_tries(PyObject *module, core_state *st) {
  (void)st;
  return PyModule_AddFunctions(module, functions);
}
