/* items.c - elements of a tensor as Python objects: item(), tolist(), iteration, bool(), int(),
 * float(). A symbolic tensor has no elements yet: where Python needs one, pin() says what happens.
 */
#include "tensor_obj.h"

#include <string.h>

static core_state *state_of(PyObject *self) { return PyType_GetModuleState(Py_TYPE(self)); }

PyObject *element_object(ag_dtype d, const void *p) {
  switch (d) {
  case AG_BOOL:
    return PyBool_FromLong(*(const uint8_t *)p);
  case AG_I8:
    return PyLong_FromLong(*(const int8_t *)p);
  case AG_I16:
    return PyLong_FromLong(*(const int16_t *)p);
  case AG_I32:
    return PyLong_FromLong(*(const int32_t *)p);
  case AG_I64:
    return PyLong_FromLongLong(*(const int64_t *)p);
  case AG_U8:
    return PyLong_FromLong(*(const uint8_t *)p);
  case AG_U16:
    return PyLong_FromLong(*(const uint16_t *)p);
  case AG_U32:
    return PyLong_FromUnsignedLong(*(const uint32_t *)p);
  case AG_U64:
    return PyLong_FromUnsignedLongLong(*(const uint64_t *)p);
  case AG_F16: {
    double x = PyFloat_Unpack2(p, 1);
    return x == -1.0 && PyErr_Occurred() ? NULL : PyFloat_FromDouble(x);
  }
  case AG_BF16: {
    uint32_t bits = (uint32_t) * (const uint16_t *)p << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return PyFloat_FromDouble((double)x);
  }
  case AG_F32:
    return PyFloat_FromDouble((double)*(const float *)p);
  case AG_F64:
    return PyFloat_FromDouble(*(const double *)p);
  case AG_C64:
    return PyComplex_FromDoubles((double)((const ag_c64 *)p)->re, (double)((const ag_c64 *)p)->im);
  case AG_C128:
    return PyComplex_FromDoubles(((const ag_c128 *)p)->re, ((const ag_c128 *)p)->im);
  case AG_STR: {
    const ag_buffer *b = *(ag_buffer *const *)p;
    return b ? PyUnicode_DecodeUTF8(b->data, (Py_ssize_t)b->bytes, "surrogateescape")
             : PyUnicode_FromString("");
  }
  default:
    PyErr_Format(PyExc_TypeError, "a %s has no Python value", ag_dtype_name(d));
    return NULL;
  }
}

PyObject *call_staged(core_state *st, const char *name, PyObject *a, PyObject *b) {
  PyObject *f = PyDict_GetItemString(st->staged, name);
  if (f)
    return PyObject_CallFunctionObjArgs(f, a, b, NULL);
  PyErr_Format(PyExc_RuntimeError, "autograph: '%s' is not registered", name);
  return NULL;
}

static PyObject *element_at(const ag_tensor *t, int64_t i) {
  return element_object(t->dtype,
                        (const char *)ag_tensor_data(t) + (size_t)i * ag_dtype_size(t->dtype));
}

/* The value of self if it is there; else raises what a symbolic tensor raises. */
static const ag_tensor *need_known(core_state *st, PyObject *self, const char *what) {
  tensor_obj *t = (tensor_obj *)self;
  const ag_tensor *v = known_value(t);
  if (!v)
    pin(st, t, what);
  return v;
}

const ag_tensor *one_element(core_state *st, PyObject *self, const char *what) {
  const ag_tensor *v = need_known(st, self, what);
  if (!v || v->rank == 0 || ag_tensor_count(v) == 1)
    return v;
  PyErr_Format(PyExc_ValueError,
               "only a tensor of one element can be used as %s, this one has %lld", what,
               (long long)ag_tensor_count(v));
  return NULL;
}

PyObject *tensor_item(PyObject *self, PyObject *const *args, Py_ssize_t n) {
  core_state *st = state_of(self);
  if (n > 1) {
    PyErr_Format(PyExc_TypeError, "item: at most one flat index, not %zd", n);
    return NULL;
  }
  if (n == 0 || args[0] == Py_None) {
    const ag_tensor *v = one_element(st, self, "a Python number");
    return v ? element_at(v, 0) : NULL;
  }
  const ag_tensor *v = need_known(st, self, "a Python number");
  Py_ssize_t i = v ? PyNumber_AsSsize_t(args[0], PyExc_IndexError) : -1;
  if (!v || (i == -1 && PyErr_Occurred()))
    return NULL;
  int64_t count = ag_tensor_count(v);
  if (i < -count || i >= count) {
    PyErr_Format(PyExc_IndexError, "item: index %zd of %lld elements", i, (long long)count);
    return NULL;
  }
  return element_at(v, i < 0 ? i + count : i);
}

static PyObject *nested(const ag_tensor *t, int axis, int64_t *next) {
  if (axis == t->rank)
    return element_at(t, (*next)++);
  PyObject *list = PyList_New(t->dim[axis]);
  for (int64_t i = 0; list && i < t->dim[axis]; i++) {
    PyObject *item = nested(t, axis + 1, next);
    if (item)
      PyList_SET_ITEM(list, i, item);
    else
      Py_CLEAR(list);
  }
  return list;
}

PyObject *tensor_tolist(PyObject *self, PyObject *unused) {
  (void)unused;
  const ag_tensor *v = need_known(state_of(self), self, "a list of Python numbers");
  int64_t next = 0;
  return v ? nested(v, 0, &next) : NULL;
}

/* ---- length, iteration ----------------------------------------------------------------------- */

Py_ssize_t tensor_len(PyObject *self) {
  ag_type type = tensor_type_of((tensor_obj *)self);
  if (type.rank == 0 && type.dtype == AG_STR) {
    PyObject *text = tensor_item(self, NULL, 0);
    Py_ssize_t n = text ? PyObject_Length(text) : -1;
    Py_XDECREF(text);
    return n;
  }
  if (type.rank == 0) {
    PyErr_SetString(PyExc_TypeError, "len() of a 0-d tensor");
    return -1;
  }
  if (type.rank > 0 && type.dim[0] >= 0)
    return (Py_ssize_t)type.dim[0];
  PyErr_SetString(
      PyExc_TypeError,
      "len(): the first size of this symbolic tensor is known only when the function runs; "
      "use tf.shape(x)[0], or len() in converted code");
  return -1;
}

/* Rows of a tensor as a list; the iterator is the list's. */
PyObject *tensor_iter(PyObject *self) {
  core_state *st = state_of(self);
  PyObject *plain = maybe_resolve(st, self);
  if (!plain)
    return NULL;
  ag_type type = tensor_type_of((tensor_obj *)plain);
  PyObject *rows = NULL, *iter = NULL;
  if (type.rank == 0) {
    PyErr_SetString(PyExc_TypeError, "iteration over a 0-d tensor");
  } else if (type.rank < 0 || type.dim[0] < 0) {
    PyErr_SetString(
        PyExc_TypeError,
        "iterating over a symbolic tensor whose first size is known only when the function runs: "
        "loop over it with `for` in a converted function, or use tf.map_fn");
  } else {
    uint32_t n = (uint32_t)type.dim[0];
    ag_attr attrs[] = {{.key = AG_KEY_axis, .kind = AG_ATTR_INT, .i = 0},
                       {.key = AG_KEY_num, .kind = AG_ATTR_INT, .i = n}};
    rows = type.dim[0] < 1 << 24 ? PyList_New(n) : PyErr_NoMemory();
    if (rows && n) {
      PyObject **out = ((PyListObject *)rows)->ob_item;
      if (apply_raw(st, AG_OP_UNSTACK, &plain, 1, attrs, 2, out, n) < 0)
        Py_CLEAR(rows);
    }
    iter = rows ? PyObject_GetIter(rows) : NULL;
  }
  Py_XDECREF(rows);
  Py_DECREF(plain);
  return iter;
}

/* ---- as a Python number ---------------------------------------------------------------------- */

static bool is_zero(const ag_tensor *v) {
  static const char zero[16];
  const void *p = ag_tensor_data(v);
  switch ((ag_dtype)v->dtype) { /* -0.0 is zero as well */
  case AG_F16:
  case AG_BF16:
    return (*(const uint16_t *)p & 0x7fff) == 0;
  case AG_F32:
    return *(const float *)p == 0;
  case AG_F64:
    return *(const double *)p == 0;
  case AG_STR:
    return ag_string_at(v, 0).len == 0;
  case AG_C64:
    return ((const ag_c64 *)p)->re == 0 && ((const ag_c64 *)p)->im == 0;
  case AG_C128:
    return ((const ag_c128 *)p)->re == 0 && ((const ag_c128 *)p)->im == 0;
  default:
    return memcmp(p, zero, ag_dtype_size(v->dtype)) == 0;
  }
}

int tensor_bool(PyObject *self) {
  const ag_tensor *v = need_known(state_of(self), self, "a Python bool");
  if (!v)
    return -1;
  int64_t n = ag_tensor_count(v);
  if (n == 1)
    return !is_zero(v);
  PyErr_Format(PyExc_ValueError,
               "the truth value of a tensor with %lld elements is ambiguous: use tf.reduce_any(x) "
               "or tf.reduce_all(x)",
               (long long)n);
  return -1;
}

static PyObject *element_of(PyObject *self, const char *what) {
  const ag_tensor *v = one_element(state_of(self), self, what);
  return v ? element_at(v, 0) : NULL;
}

PyObject *tensor_int(PyObject *self) {
  PyObject *x = element_of(self, "a Python int"), *n = x ? PyNumber_Long(x) : NULL;
  Py_XDECREF(x);
  return n;
}

PyObject *tensor_float(PyObject *self) {
  PyObject *x = element_of(self, "a Python float"), *f = x ? PyNumber_Float(x) : NULL;
  Py_XDECREF(x);
  return f;
}

PyObject *tensor_complex(PyObject *self, PyObject *unused) {
  (void)unused;
  PyObject *x = element_of(self, "a Python complex");
  PyObject *z = x ? PyObject_CallOneArg((PyObject *)&PyComplex_Type, x) : NULL;
  Py_XDECREF(x);
  return z;
}

/* Only integers of 0 dimensions are an index, as with arrays: x[1:2] of size 1 is not. */
PyObject *tensor_index(PyObject *self) {
  ag_type type = tensor_type_of((tensor_obj *)self);
  if (!(ag_is_int(type.dtype) || (type.dtype == AG_BOOL)) || type.rank > 0) {
    PyErr_Format(PyExc_TypeError,
                 "only integer tensors of 0 dimensions can be used as an index or a size, not %s",
                 ag_dtype_name(type.dtype));
    return NULL;
  }
  return tensor_int(self);
}
