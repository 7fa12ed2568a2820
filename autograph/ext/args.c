/* args.c - bind positional and keyword arguments to parameters, as Python does.
 * The common call (all positional, nothing missing) is one copy of pointers. */
#include "args.h"

int params_init(params *p, PyObject *spec) {
  int varargs, varkw;
  if (!PyArg_ParseTuple(spec, "O!O!nnpp", &PyTuple_Type, &p->names, &PyTuple_Type, &p->defaults,
                        &p->n_positional, &p->n_only_positional, &varargs, &varkw))
    return -1;
  p->varargs = varargs;
  p->varkw = varkw;
  p->n = PyTuple_GET_SIZE(p->names);
  p->n_bound = p->n + varargs + varkw;
  if (PyTuple_GET_SIZE(p->defaults) != p->n || p->n_positional > p->n) {
    p->names = p->defaults = NULL;
    PyErr_SetString(PyExc_ValueError, "defaults must be aligned with names");
    return -1;
  }
  Py_INCREF(p->names);
  Py_INCREF(p->defaults);
  return 0;
}

void params_clear(params *p) {
  Py_CLEAR(p->names);
  Py_CLEAR(p->defaults);
}

static Py_ssize_t find(const params *p, PyObject *name) {
  for (Py_ssize_t i = p->n_only_positional; i < p->n; i++)
    if (PyTuple_GET_ITEM(p->names, i) == name)
      return i;
  for (Py_ssize_t i = p->n_only_positional; i < p->n; i++)
    if (PyUnicode_Compare(PyTuple_GET_ITEM(p->names, i), name) == 0)
      return i;
  return -1;
}

int params_bind(const params *p, PyObject *undefined, PyObject *const *args, Py_ssize_t nargs,
                PyObject *kwnames, PyObject **bound, PyObject *extra[2]) {
  Py_ssize_t given = nargs < p->n_positional ? nargs : p->n_positional;
  extra[0] = extra[1] = NULL;
  for (Py_ssize_t i = 0; i < given; i++)
    bound[i] = args[i];
  for (Py_ssize_t i = given; i < p->n; i++)
    bound[i] = NULL;
  if (nargs > given && !p->varargs)
    return 0;
  if (p->varargs) {
    extra[0] = PyTuple_New(nargs - given);
    if (!extra[0])
      return -1;
    for (Py_ssize_t i = given; i < nargs; i++)
      PyTuple_SET_ITEM(extra[0], i - given, Py_NewRef(args[i]));
    bound[p->n] = extra[0];
  }
  if (p->varkw) {
    extra[1] = PyDict_New();
    if (!extra[1])
      return -1;
    bound[p->n + p->varargs] = extra[1];
  }
  Py_ssize_t n_kw = kwnames ? PyTuple_GET_SIZE(kwnames) : 0;
  for (Py_ssize_t k = 0; k < n_kw; k++) {
    PyObject *name = PyTuple_GET_ITEM(kwnames, k), *value = args[nargs + k];
    Py_ssize_t i = find(p, name);
    if (i >= 0) {
      if (bound[i])
        return 0;
      bound[i] = value;
    } else if (!p->varkw) {
      return 0;
    } else if (PyDict_SetItem(extra[1], name, value) < 0) {
      return -1;
    }
  }
  for (Py_ssize_t i = given; i < p->n; i++) {
    if (bound[i])
      continue;
    bound[i] = PyTuple_GET_ITEM(p->defaults, i);
    if (bound[i] == undefined)
      return 0;
  }
  return 1;
}
