/* number_list.c - lists of many numbers of one kind, as arguments: asked for their kind when the
 * key is built, copied to a vector when the trace runs. One pass each, in which no code of Python's
 * runs. */
#include "number_list.h"

#include <string.h>

static bool is_float(const core_state *st, PyObject *o) {
  return PyFloat_CheckExact(o) || Py_TYPE(o) == st->float_type;
}

/* Whether it is an int of 64 bits; *value is then that. */
static bool is_int(const core_state *st, PyObject *o, int64_t *value) {
  int overflow = 1;
  if (PyLong_CheckExact(o) || Py_TYPE(o) == st->int_type)
    *value = PyLong_AsLongLongAndOverflow(o, &overflow);
  return !overflow;
}

bool numbers_in_list(const core_state *st, PyObject *list, ag_dtype *dtype) {
  Py_ssize_t n = PyList_GET_SIZE(list), i = 0;
  PyObject *const *items = ((PyListObject *)list)->ob_item;
  int64_t value;
  if (n <= AG_FEW_ITEMS)
    return false;
  bool floats = is_float(st, items[0]);
  if (floats)
    while (i < n && is_float(st, items[i]))
      i++;
  else
    while (i < n && is_int(st, items[i], &value))
      i++;
  *dtype = floats ? AG_F64 : AG_I64;
  return i == n;
}

int vector_of_list(core_state *st, PyObject *list, ag_tensor *out) {
  ag_err err = {0};
  ag_shape shape = {.rank = 1, .dim = {PyList_GET_SIZE(list)}};
  PyObject *const *items = ((PyListObject *)list)->ob_item;
  Py_ssize_t n = PyList_GET_SIZE(list), i = 0;
  bool whole = n == 0 || !is_float(st, items[0]);
  if (ag_tensor_new(out, whole ? AG_I64 : AG_F64, &shape, &err)) {
    raise_err(st, &err, NULL);
    return -1;
  }
  int64_t *ints = ag_tensor_data(out);
  double *floats = ag_tensor_data(out);
  if (whole)
    while (i < n && is_int(st, items[i], &ints[i]))
      i++;
  else
    for (; i < n && is_float(st, items[i]); i++)
      floats[i] = PyFloat_AS_DOUBLE(items[i]);
  if (i == n)
    return 0;
  ag_tensor_unref(out);
  memset(out, 0, sizeof *out);
  PyErr_SetString(PyExc_RuntimeError,
                  "a list that is an argument was changed by another thread during the call");
  return -1;
}
