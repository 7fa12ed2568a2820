/* number_list.c - lists of many numbers of one kind, as arguments: asked for their kind when the
 * key is built, copied to a vector when the trace runs. One pass each, in which no code of Python's
 * runs. */
#include "number_list.h"

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
  ag_dtype dtype;
  ag_err err = {0};
  ag_shape shape = {.rank = 1, .dim = {PyList_GET_SIZE(list)}};
  if (!numbers_in_list(st, list, &dtype)) {
    PyErr_SetString(PyExc_RuntimeError,
                    "a list that is an argument was changed by another thread during the call");
    return -1;
  }
  if (ag_tensor_new(out, dtype, &shape, &err)) {
    raise_err(st, &err, NULL);
    return -1;
  }
  PyObject *const *items = ((PyListObject *)list)->ob_item;
  double *floats = ag_tensor_data(out);
  int64_t *ints = ag_tensor_data(out);
  for (Py_ssize_t i = 0; i < shape.dim[0]; i++)
    if (dtype == AG_F64)
      floats[i] = PyFloat_AS_DOUBLE(items[i]);
    else
      (void)is_int(st, items[i], &ints[i]);
  return 0;
}
