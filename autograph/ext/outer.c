/* outer.c - whether what a trace has read outside of its arguments is still what it was.
 * A trace holds such values as constants. Its entries (staging/seen.py makes them) say where each
 * came from: (kind, holder, key, value, place), the holder a weak reference where it may go. One
 * that has gone is within reach of no call. Numbers and texts are compared by value, all else by
 * identity, by weak references where it may go: what lists and dicts hold, and the bytes of arrays,
 * have entries of their own. */
#include "outer.h"

#include <string.h>

enum { IN_DICT, IN_CELL, IN_ATTRIBUTE, OF_LIST, OF_DICT, OF_OTHER, OF_ARRAY, NOT_THERE, OF_CLASS };

static bool same_value(PyObject *now, PyObject *then) {
  if (now == then)
    return true;
  if (PyWeakref_CheckRef(then)) /* one that has gone is not the None that is there now */
    return now != Py_None && PyWeakref_GET_OBJECT(then) == now;
  PyTypeObject *type = Py_TYPE(now);
  if (type != Py_TYPE(then))
    return false;
  if (type == &PyFloat_Type) { /* by bits: 0.0 is not -0.0, nan is nan */
    double a = PyFloat_AS_DOUBLE(now), b = PyFloat_AS_DOUBLE(then);
    return memcmp(&a, &b, sizeof a) == 0;
  }
  if (type == &PyLong_Type || type == &PyUnicode_Type || type == &PyBytes_Type)
    return PyObject_RichCompareBool(now, then, Py_EQ) == 1;
  return false;
}

static bool same_items(PyObject *const *now, Py_ssize_t n, PyObject *then) {
  if (n != PyTuple_GET_SIZE(then))
    return false;
  for (Py_ssize_t i = 0; i < n; i++)
    if (!same_value(now[i], PyTuple_GET_ITEM(then, i)))
      return false;
  return true;
}

static bool same_pairs(PyObject *dict, PyObject *then) {
  Py_ssize_t at = 0, i = 0;
  PyObject *key, *value;
  if (2 * PyDict_GET_SIZE(dict) != PyTuple_GET_SIZE(then))
    return false;
  for (; PyDict_Next(dict, &at, &key, &value); i += 2)
    if (!same_value(key, PyTuple_GET_ITEM(then, i)) ||
        !same_value(value, PyTuple_GET_ITEM(then, i + 1)))
      return false;
  return true;
}

/* form: (format, size..); an array may get another one in place. then: the elements in order,
 * however they lie. */
static bool same_array(PyObject *array, PyObject *form, PyObject *then) {
  Py_buffer view;
  if (PyObject_GetBuffer(array, &view, PyBUF_FULL_RO) < 0)
    return false;
  const void *now = view.buf;
  void *copy = NULL;
  bool same = view.len == PyBytes_GET_SIZE(then) && PyTuple_GET_SIZE(form) == view.ndim + 1 &&
              PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(form, 0), view.format) == 0;
  for (int i = 0; same && i < view.ndim; i++)
    same = PyLong_AsSsize_t(PyTuple_GET_ITEM(form, i + 1)) == view.shape[i];
  if (same && !PyBuffer_IsContiguous(&view, 'C')) {
    now = copy = PyMem_Malloc((size_t)view.len + 1);
    same = copy && PyBuffer_ToContiguous(copy, &view, view.len, 'C') == 0;
  }
  same = same && memcmp(now, PyBytes_AS_STRING(then), (size_t)view.len) == 0;
  PyMem_Free(copy);
  PyBuffer_Release(&view);
  return same;
}

/* now: borrowed, or NULL where nothing is there. */
static bool is_value(PyObject *now, PyObject *then) { return now && same_value(now, then); }

static bool holds(PyObject *entry) {
  long kind = PyLong_AsLong(PyTuple_GET_ITEM(entry, 0));
  PyObject *holder = PyTuple_GET_ITEM(entry, 1), *key = PyTuple_GET_ITEM(entry, 2);
  PyObject *then = PyTuple_GET_ITEM(entry, 3), *now, *of_class;
  bool same = false;
  if (PyWeakref_CheckRef(holder) && (holder = PyWeakref_GET_OBJECT(holder)) == Py_None)
    return true;
  Py_INCREF(holder);
  switch (kind) {
  case IN_DICT:
    same = is_value(PyDict_GetItemWithError(holder, key), then);
    break;
  case IN_CELL:
    same = is_value(PyCell_GET(holder), then);
    break;
  case IN_ATTRIBUTE:
    now = PyObject_GetAttr(holder, key);
    same = is_value(now, then);
    Py_XDECREF(now);
    break;
  case NOT_THERE: /* as an attribute */
    now = PyObject_GetAttr(holder, key);
    same = !now;
    Py_XDECREF(now);
    break;
  case OF_CLASS: /* as an attribute: what that class shows, whatever it is now */
    now = PyObject_GetAttr(holder, key);
    of_class = PyObject_GetAttr(then, key);
    same = now && now == of_class;
    Py_XDECREF(now);
    Py_XDECREF(of_class);
    break;
  case OF_LIST:
    same = same_items(((PyListObject *)holder)->ob_item, PyList_GET_SIZE(holder), then);
    break;
  case OF_DICT:
    same = same_pairs(holder, then);
    break;
  case OF_OTHER:
    now = PySequence_Tuple(holder);
    same = now && same_items(((PyTupleObject *)now)->ob_item, PyTuple_GET_SIZE(now), then);
    Py_XDECREF(now);
    break;
  case OF_ARRAY:
    same = same_array(holder, key, then);
    break;
  }
  Py_DECREF(holder);
  PyErr_Clear();
  return same;
}

bool outer_holds(PyObject *entries) {
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(entries); i++)
    if (!holds(PyTuple_GET_ITEM(entries, i)))
      return false;
  return true;
}

PyObject *outer_changed(PyObject *entries) {
  PyObject *found = PyList_New(0);
  for (Py_ssize_t i = 0; found && i < PyTuple_GET_SIZE(entries); i++) {
    PyObject *entry = PyTuple_GET_ITEM(entries, i);
    if (!holds(entry) && PyList_Append(found, entry) < 0)
      Py_CLEAR(found);
  }
  return found;
}

int outer_check(PyObject *entries) {
  if (!PyTuple_Check(entries))
    goto wrong;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(entries); i++) {
    PyObject *entry = PyTuple_GET_ITEM(entries, i);
    if (!PyTuple_Check(entry) || PyTuple_GET_SIZE(entry) != 5 ||
        !PyLong_Check(PyTuple_GET_ITEM(entry, 0)))
      goto wrong;
    long kind = PyLong_AsLong(PyTuple_GET_ITEM(entry, 0));
    PyObject *holder = PyTuple_GET_ITEM(entry, 1), *key = PyTuple_GET_ITEM(entry, 2);
    PyObject *value = PyTuple_GET_ITEM(entry, 3);
    bool fits = kind >= 0 && kind <= OF_CLASS;
    if (PyWeakref_CheckRef(holder) && (holder = PyWeakref_GET_OBJECT(holder)) == Py_None)
      continue; /* gone already */
    if (kind == IN_DICT || kind == OF_DICT)
      fits = fits && PyDict_Check(holder);
    else if (kind == IN_CELL)
      fits = fits && PyCell_Check(holder);
    else if (kind == OF_LIST)
      fits = fits && PyList_Check(holder);
    if (kind == OF_LIST || kind == OF_DICT || kind == OF_OTHER)
      fits = fits && PyTuple_Check(value);
    else if (kind == OF_ARRAY)
      fits = fits && PyBytes_Check(value) && PyTuple_Check(key) && PyTuple_GET_SIZE(key) > 0 &&
             PyUnicode_Check(PyTuple_GET_ITEM(key, 0));
    if (!fits)
      goto wrong;
  }
  return 0;
wrong:
  PyErr_SetString(PyExc_TypeError,
                  "outer takes a tuple of (kind, holder, key, value, place), see outer.c");
  return -1;
}
