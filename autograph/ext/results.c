/* results.c - from a plan's outputs to what the function returns.
 * A template is a tuple whose first item says its form:
 *   ("t", i)                       output i; Python's numbers as int or float
 * (autograph/scalars.py)
 *   ("b", i)                       output i, a bool of Python's
 *   ("m", tag, i, alts, is_bool)   a value that may be absent: output `tag` is 0 for output i
 *                                  (-1: never), a bool of Python's if is_bool; k for alts[k-1]
 *   ("c", object)                  a static object
 *   ("A", tag, children)           the child that output `tag` says
 *   ("T", children) ("L", children) ("D", keys, children)   tuple, list, dict
 *   ("S", i, pythons)              the rows of output i as a list of tensors, or of Python's
 * numbers
 *   ("N", callable, children)      callable(*children): namedtuples, dataclasses
 *   ("R", steps, otherwise)        the caller's own list or dict, where the arguments are there
 *   ("P",)                         none: the calls stay Python (function.c)
 *   ("P", callable)                none: callable(*bound) makes them (staging/states.py) */
#include "concrete.h"
#include "tensor_obj.h"

#include <string.h>

/* A number of Python's as the subclass that compiled functions return; takes the reference. */
static PyObject *own_number(core_state *st, PyObject *plain) {
  PyTypeObject *type = plain && PyLong_CheckExact(plain) ? st->int_type : st->float_type;
  if (!plain || !type)
    return plain;
  PyObject *made;
  if (PyFloat_CheckExact(plain)) { /* which has nothing of its own beside the number */
    made = type->tp_alloc(type, 0);
    if (made)
      ((PyFloatObject *)made)->ob_fval = PyFloat_AS_DOUBLE(plain);
  } else {
    made = PyObject_CallOneArg((PyObject *)type, plain);
  }
  Py_DECREF(plain);
  return made;
}

PyObject *number_result(core_state *st, const ag_tensor *t) {
  return own_number(st, element_object((ag_dtype)t->dtype, ag_tensor_data(t)));
}

static PyObject *take(core_state *st, ag_tensor *out, Py_ssize_t i) {
  if (out[i].weak && out[i].rank == 0)
    return number_result(st, &out[i]);
  ag_tensor copy = {0}; /* an output may be used twice: shared here, dropped by the caller */
  ag_tensor_ref(&out[i], &copy);
  return tensor_from_value(st, &copy);
}

static PyObject *build_children(core_state *st, PyObject *children, ag_tensor *out,
                                PyObject *const *bound, bool list) {
  Py_ssize_t n = PyTuple_GET_SIZE(children);
  PyObject *all = list ? PyList_New(n) : PyTuple_New(n);
  for (Py_ssize_t i = 0; all && i < n; i++) {
    PyObject *child = results_build(st, PyTuple_GET_ITEM(children, i), out, bound);
    if (!child)
      Py_CLEAR(all);
    else if (list)
      PyList_SET_ITEM(all, i, child);
    else
      PyTuple_SET_ITEM(all, i, child);
  }
  return all;
}

/* A vector as a list of Python's numbers, or bools. */
static PyObject *number_list(core_state *st, const ag_tensor *all) {
  Py_ssize_t n = (Py_ssize_t)all->dim[0];
  PyObject *list = PyList_New(n);
  size_t size = ag_dtype_size(all->dtype);
  const char *data = ag_tensor_data(all);
  for (Py_ssize_t i = 0; list && i < n; i++) {
    PyObject *o = element_object((ag_dtype)all->dtype, data + (size_t)i * size);
    if (all->dtype != AG_BOOL)
      o = own_number(st, o);
    if (!o)
      Py_CLEAR(list);
    else
      PyList_SET_ITEM(list, i, o);
  }
  return list;
}

/* The rows of a tensor as a list. */
static PyObject *rows(core_state *st, const ag_tensor *all, bool pythons) {
  if (pythons)
    return number_list(st, all);
  Py_ssize_t n = (Py_ssize_t)all->dim[0];
  PyObject *list = PyList_New(n);
  ag_shape shape = {.rank = all->rank - 1};
  for (int i = 1; i < all->rank; i++)
    shape.dim[i - 1] = all->dim[i];
  size_t bytes = (size_t)ag_shape_count(&shape) * ag_dtype_size(all->dtype);
  for (Py_ssize_t i = 0; list && i < n; i++) {
    ag_tensor row;
    ag_err err = {0};
    if (ag_tensor_new(&row, all->dtype, &shape, &err)) {
      raise_err(st, &err, NULL);
      Py_CLEAR(list);
      break;
    }
    memcpy(ag_tensor_data(&row), (const char *)ag_tensor_data(all) + (size_t)i * bytes, bytes);
    if (row.dtype == AG_STR)
      ag_tensor_hold(&row);
    PyObject *t = tensor_from_value(st, &row);
    if (!t)
      Py_CLEAR(list);
    else
      PyList_SET_ITEM(list, i, t);
  }
  return list;
}

/* What stands at these steps in the arguments: the first is the argument's number, others are keys.
 */
static PyObject *argument_at(PyObject *const *bound, PyObject *steps) {
  PyObject *found = Py_NewRef(bound[PyLong_AsSsize_t(PyTuple_GET_ITEM(steps, 0))]);
  for (Py_ssize_t i = 1; found && i < PyTuple_GET_SIZE(steps); i++)
    Py_SETREF(found, PyObject_GetItem(found, PyTuple_GET_ITEM(steps, i)));
  return found;
}

PyObject *results_build(core_state *st, PyObject *template, ag_tensor *out,
                        PyObject *const *bound) {
  PyObject *const *item = ((PyTupleObject *)template)->ob_item;
  switch (PyUnicode_READ_CHAR(item[0], 0)) {
  case 't':
    return take(st, out, PyLong_AsSsize_t(item[1]));
  case 'b':
    return PyBool_FromLong(*(const uint8_t *)ag_tensor_data(&out[PyLong_AsSsize_t(item[1])]));
  case 'A': {
    int32_t tag = *(const int32_t *)ag_tensor_data(&out[PyLong_AsSsize_t(item[1])]);
    return results_build(st, PyTuple_GET_ITEM(item[2], tag), out, bound);
  }
  case 'c':
    return Py_NewRef(item[1]);
  case 'm': {
    int32_t tag;
    const ag_tensor *t = &out[PyLong_AsSsize_t(item[1])];
    tag = *(const int32_t *)ag_tensor_data(t);
    if (tag == 0 && item[4] == Py_True)
      return PyBool_FromLong(*(const uint8_t *)ag_tensor_data(&out[PyLong_AsSsize_t(item[2])]));
    if (tag == 0)
      return take(st, out, PyLong_AsSsize_t(item[2]));
    return Py_NewRef(PyTuple_GET_ITEM(item[3], tag - 1));
  }
  case 'R':
    return bound ? argument_at(bound, item[1]) : results_build(st, item[2], out, bound);
  case 'S':
    return rows(st, &out[PyLong_AsSsize_t(item[1])], PyObject_IsTrue(item[2]) == 1);
  case 'T':
    return build_children(st, item[1], out, bound, false);
  case 'L':
    return build_children(st, item[1], out, bound, true);
  case 'N': {
    PyObject *args = build_children(st, item[2], out, bound, false);
    PyObject *made = args ? PyObject_CallObject(item[1], args) : NULL;
    Py_XDECREF(args);
    return made;
  }
  case 'D': {
    PyObject *dict = PyDict_New();
    for (Py_ssize_t i = 0; dict && i < PyTuple_GET_SIZE(item[1]); i++) {
      PyObject *child = results_build(st, PyTuple_GET_ITEM(item[2], i), out, bound);
      if (!child || PyDict_SetItem(dict, PyTuple_GET_ITEM(item[1], i), child) < 0)
        Py_CLEAR(dict);
      Py_XDECREF(child);
    }
    return dict;
  }
  }
  PyErr_SetString(PyExc_SystemError, "autograph: unknown form in a result template");
  return NULL;
}
