/* control.c - the control-flow operators of converted code, for Python values.
 * Each looks at one value: a symbolic tensor goes to the recorder that autograph/operators.py
 * registered in st->staged under the operator's name; anything else is Python's own statement, done
 * here. */
#include "state.h"

static inline bool symbolic(core_state *st, PyObject *o) {
  return Py_TYPE(o) == st->tensor_type && ((tensor_obj *)o)->graph;
}

/* staged[name](*args) */
static PyObject *record(core_state *st, const char *name, PyObject *const *args, Py_ssize_t n) {
  PyObject *f = PyDict_GetItemString(st->staged, name);
  if (!f)
    return PyErr_Format(PyExc_RuntimeError, "autograph.operators is not imported (no %s)", name);
  return PyObject_Vectorcall(f, args, (size_t)n, NULL);
}

/* The result of a generated function. Its NameError may be an UnboundLocalError of the function
 * round it (staging/names.py). */
static PyObject *made(core_state *st, PyObject *result) {
  if (result || !PyErr_ExceptionMatches(PyExc_NameError))
    return result;
  PyObject *type, *error, *tb, *says = PyDict_GetItemString(st->staged, "undefined");
  PyErr_Fetch(&type, &error, &tb);
  PyErr_NormalizeException(&type, &error, &tb);
  if (tb)
    PyException_SetTraceback(error, tb);
  PyObject *said = says ? PyObject_CallOneArg(says, error) : NULL;
  if (said && said != error) {
    PyErr_SetObject((PyObject *)Py_TYPE(said), said);
    Py_DECREF(type);
    Py_DECREF(error);
    Py_XDECREF(tb);
  } else {
    PyErr_Restore(type, error, tb);
  }
  Py_XDECREF(said);
  return NULL;
}

static bool arity(const char *name, Py_ssize_t n, Py_ssize_t least, Py_ssize_t most) {
  if (n >= least && n <= most)
    return true;
  PyErr_Format(PyExc_TypeError, "%s takes %zd to %zd arguments, not %zd", name, least, most, n);
  return false;
}

/* ---- if ------------------------------------------------------------------------------------- */

static PyObject *branch(core_state *st, const char *name, PyObject *const *args, Py_ssize_t n) {
  if (symbolic(st, args[0]))
    return record(st, name, args, n);
  int truth = PyObject_IsTrue(args[0]);
  if (truth < 0)
    return NULL;
  PyObject *taken = args[truth ? 1 : 2];
  return taken == Py_None ? Py_NewRef(Py_None) : made(st, PyObject_CallNoArgs(taken));
}

PyDoc_STRVAR(if_stmt_doc,
             "if_stmt($module, cond, then, orelse, state, /)\n--\n\n"
             "`if`: the bodies change the places named in `state`; `orelse` may be None.");

static PyObject *if_stmt(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  if (!arity("if_stmt", n, 4, 4))
    return NULL;
  PyObject *r = branch(core_of(module), "if_stmt", args, n);
  if (!r)
    return NULL;
  Py_DECREF(r);
  Py_RETURN_NONE;
}

PyDoc_STRVAR(if_ret_doc, "if_ret($module, cond, then, orelse, state, /)\n--\n\n"
                         "`if` at the end of a function: the bodies return the function's value.");

static PyObject *if_ret(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  return arity("if_ret", n, 4, 4) ? branch(core_of(module), "if_ret", args, n) : NULL;
}

PyDoc_STRVAR(if_exp_doc,
             "if_exp($module, cond, then, orelse, /)\n--\n\n`then() if cond else orelse()`.");

static PyObject *if_exp(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  return arity("if_exp", n, 3, 3) ? branch(core_of(module), "if_exp", args, n) : NULL;
}

/* ---- loops ---------------------------------------------------------------------------------- */

PyDoc_STRVAR(
    while_stmt_doc,
    "while_stmt($module, test, body, state, opts=None, /)\n--\n\n"
    "`while test(): body()`: both read, and the body changes, the places named in `state`.");

static PyObject *while_stmt(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  if (!arity("while_stmt", n, 3, 4))
    return NULL;
  if (trace_current())
    return record(st, "while_stmt", args, n);
  for (;;) {
    PyObject *more = made(st, PyObject_CallNoArgs(args[0]));
    int truth = more ? PyObject_IsTrue(more) : -1;
    Py_XDECREF(more);
    if (truth < 0)
      return NULL;
    if (!truth)
      Py_RETURN_NONE;
    PyObject *r = made(st, PyObject_CallNoArgs(args[1]));
    if (!r)
      return NULL;
    Py_DECREF(r);
  }
}

PyDoc_STRVAR(for_stmt_doc,
             "for_stmt($module, iterable, body, state, extra_test=None, opts=None, /)\n--\n\n"
             "`for`: the body takes the iterate; the loop ends when `extra_test()` is false.");

static PyObject *for_stmt(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  if (!arity("for_stmt", n, 3, 5))
    return NULL;
  if (trace_current())
    return record(st, "for_stmt", args, n);
  PyObject *extra = n > 3 ? args[3] : Py_None, *item = NULL;
  PyObject *it = PyObject_GetIter(args[0]);
  if (!it)
    return NULL;
  while ((item = PyIter_Next(it))) {
    if (extra != Py_None) {
      PyObject *more = made(st, PyObject_CallNoArgs(extra));
      int truth = more ? PyObject_IsTrue(more) : -1;
      Py_XDECREF(more);
      if (truth <= 0) {
        Py_DECREF(item);
        Py_DECREF(it);
        return truth < 0 ? NULL : Py_NewRef(Py_None);
      }
    }
    PyObject *r = made(st, PyObject_CallOneArg(args[1], item));
    Py_DECREF(item);
    if (!r)
      break;
    Py_DECREF(r);
  }
  Py_DECREF(it);
  return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

/* ---- logic ---------------------------------------------------------------------------------- */

static PyObject *logic(PyObject *module, const char *name, PyObject *const *args, Py_ssize_t n,
                       int stop) {
  core_state *st = core_of(module);
  if (n < 1)
    return PyErr_Format(PyExc_TypeError, "%s takes at least one operand", name);
  PyObject *value = Py_NewRef(args[0]);
  for (Py_ssize_t i = 1; i < n; i++) {
    if (symbolic(st, value)) { /* the rest may never be evaluated: recorded as branches */
      PyObject *here[8],
          **rest = n - i + 1 <= 8 ? here : PyMem_Malloc((size_t)(n - i + 1) * sizeof *rest);
      PyObject *r = NULL;
      if (rest) {
        rest[0] = value;
        for (Py_ssize_t k = i; k < n; k++)
          rest[k - i + 1] = args[k];
        r = record(st, name, rest, n - i + 1);
        if (rest != here)
          PyMem_Free(rest);
      } else {
        PyErr_NoMemory();
      }
      Py_DECREF(value);
      return r;
    }
    int truth = PyObject_IsTrue(value);
    if (truth < 0) {
      Py_DECREF(value);
      return NULL;
    }
    if (truth == stop)
      return value;
    Py_SETREF(value, made(st, PyObject_CallNoArgs(args[i])));
    if (!value)
      return NULL;
  }
  return value;
}

PyDoc_STRVAR(and_doc, "and_($module, value, /, *operands)\n--\n\n`value and operands[0]() and "
                      "...`: operands are called when needed.");
static PyObject *and_(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  return logic(module, "and_", args, n, 0);
}

PyDoc_STRVAR(or_doc, "or_($module, value, /, *operands)\n--\n\n`value or operands[0]() or ...`: "
                     "operands are called when needed.");
static PyObject *or_(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  return logic(module, "or_", args, n, 1);
}

PyDoc_STRVAR(not_doc, "not_($module, value, /)\n--\n\n`not value`.");

static PyObject *not_(PyObject *module, PyObject *value) {
  core_state *st = core_of(module);
  if (symbolic(st, value))
    return record(st, "not_", &value, 1);
  int truth = PyObject_IsTrue(value);
  return truth < 0 ? NULL : PyBool_FromLong(!truth);
}

PyDoc_STRVAR(new_doc, "new($module, items, /)\n--\n\nA list or dict that was just made: a trace "
                      "keeps track of its own containers.");

static PyObject *new_container(PyObject *module, PyObject *items) {
  return trace_current() ? record(core_of(module), "new", &items, 1) : Py_NewRef(items);
}

#define FAST(f) (PyCFunction)(void (*)(void))(f), METH_FASTCALL
static PyMethodDef control_functions[] = {
    {"if_stmt", FAST(if_stmt), if_stmt_doc},
    {"if_ret", FAST(if_ret), if_ret_doc},
    {"if_exp", FAST(if_exp), if_exp_doc},
    {"while_stmt", FAST(while_stmt), while_stmt_doc},
    {"for_stmt", FAST(for_stmt), for_stmt_doc},
    {"and_", FAST(and_), and_doc},
    {"or_", FAST(or_), or_doc},
    {"new", new_container, METH_O, new_doc},
    {"not_", not_, METH_O, not_doc},
    {0},
};

int add_control(PyObject *module, core_state *st) {
  (void)st;
  return PyModule_AddFunctions(module, control_functions);
}
