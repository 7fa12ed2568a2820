/* buffer.c - tensors to and from Python's buffer protocol, and so to and from NumPy, without
 * NumPy's headers. What comes in is copied: a tensor never changes, its source may. What goes out
 * is lent, read-only. */
#include "tensor_obj.h"

#include <string.h>

static core_state *state_of(PyObject *self) { return PyType_GetModuleState(Py_TYPE(self)); }

/* ---- in -------------------------------------------------------------------------------------- */

bool dtype_of_format(const char *format, Py_ssize_t size, ag_dtype *out, bool *swapped) {
  const char *f = format ? format : "B";
  *swapped = *f == '>' || *f == '!';
  if (*f && strchr("@=<>!", *f))
    f++;
  bool complex = *f == 'Z';
  if (complex)
    f++;
  if (!*f || f[1])
    return false;
  if (complex) {
    *out = *f == 'f' ? AG_C64 : AG_C128;
    return (*f == 'f' || *f == 'd') && size == (Py_ssize_t)ag_dtype_size(*out);
  }
  static const ag_dtype ints[] = {[1] = AG_I8, [2] = AG_I16, [4] = AG_I32, [8] = AG_I64};
  static const ag_dtype uints[] = {[1] = AG_U8, [2] = AG_U16, [4] = AG_U32, [8] = AG_U64};
  if (strchr("bhilqn", *f) || strchr("BHILQN", *f)) {
    if (size != 1 && size != 2 && size != 4 && size != 8)
      return false;
    *out = strchr("bhilqn", *f) ? ints[size] : uints[size];
    return true;
  }
  *out = *f == '?' ? AG_BOOL : *f == 'e' ? AG_F16 : *f == 'f' ? AG_F32 : AG_F64;
  return strchr("?efd", *f) && size == (Py_ssize_t)ag_dtype_size(*out);
}

typedef struct copy_job {
  char *to;
  size_t item;
  int rank;
  const int64_t *dim;
  int64_t stride[AG_MAX_RANK];
  int whole; /* from this axis on the elements lie together */
  size_t block;
} copy_job;

static void copy_axis(copy_job *j, const char *from, int axis) {
  if (axis == j->whole) {
    memcpy(j->to, from, j->block);
    j->to += j->block;
    return;
  }
  for (int64_t i = 0; i < j->dim[axis]; i++)
    copy_axis(j, from + i * j->stride[axis], axis + 1);
}

static void swap_bytes(char *p, size_t count, size_t unit) {
  for (size_t i = 0; i < count; i++, p += unit)
    for (size_t a = 0, b = unit - 1; a < b; a++, b--) {
      char c = p[a];
      p[a] = p[b];
      p[b] = c;
    }
}

int tensor_from_strided(ag_dtype d, int rank, const int64_t *dim, const int64_t *stride,
                        const void *data, bool swapped, ag_tensor *out) {
  ag_err err = {0};
  ag_shape shape = {.rank = rank};
  copy_job j = {.item = ag_dtype_size(d), .rank = rank, .dim = dim, .whole = rank};
  for (int i = 0; i < rank; i++)
    shape.dim[i] = dim[i];
  if (ag_tensor_new(out, d, &shape, &err)) {
    PyErr_SetString(err.code == AG_ERR_NOMEM ? PyExc_MemoryError : PyExc_ValueError, err.msg);
    return -1;
  }
  size_t count = (size_t)ag_tensor_count(out);
  j.to = ag_tensor_data(out);
  j.block = j.item;
  for (int i = rank - 1; i >= 0; i--) {
    bool together = j.whole == i + 1 && (!stride || stride[i] == (int64_t)j.block || dim[i] == 1);
    j.stride[i] = stride ? stride[i] : 0;
    if (!together)
      continue;
    j.whole = i;
    j.block *= (size_t)dim[i];
  }
  if (count)
    copy_axis(&j, data, 0);
  char *to = ag_tensor_data(out);
  if (swapped)
    swap_bytes(to, ag_is_complex(d) ? count * 2 : count, ag_is_complex(d) ? j.item / 2 : j.item);
  if (d == AG_BOOL) /* a byte of another object's may be anything: ours are 0 or 1 */
    for (size_t i = 0; i < count; i++)
      to[i] = to[i] != 0;
  return 0;
}

int value_from_buffer(PyObject *o, const char *what, ag_tensor *out) {
  Py_buffer view;
  ag_dtype d;
  bool swapped;
  if (!PyObject_CheckBuffer(o))
    return 0;
  if (PyObject_GetBuffer(o, &view, PyBUF_RECORDS_RO) < 0) {
    if (PyErr_ExceptionMatches(PyExc_ValueError) || PyErr_ExceptionMatches(PyExc_BufferError)) {
      PyErr_Clear();
      PyErr_Format(PyExc_TypeError, "%s: the elements of this %s have no dtype here", what,
                   Py_TYPE(o)->tp_name);
    }
    return -1;
  }
  int failed = -1;
  int64_t dim[AG_MAX_RANK], stride[AG_MAX_RANK];
  if (view.ndim > AG_MAX_RANK)
    PyErr_Format(PyExc_ValueError, "%s: %d dimensions, at most %d are possible", what, view.ndim,
                 AG_MAX_RANK);
  else if (!dtype_of_format(view.format, view.itemsize, &d, &swapped))
    PyErr_Format(PyExc_TypeError, "%s: the elements of this %s (format '%s') have no dtype here",
                 what, Py_TYPE(o)->tp_name, view.format ? view.format : "");
  else {
    for (int i = 0; i < view.ndim; i++) {
      dim[i] = view.shape[i];
      stride[i] = view.strides ? view.strides[i] : 0;
    }
    failed = tensor_from_strided(d, view.ndim, dim, view.strides ? stride : NULL, view.buf, swapped,
                                 out); /* ctypes leaves strides out */
  }
  PyBuffer_Release(&view);
  return failed ? -1 : 1;
}

/* ---- out ------------------------------------------------------------------------------------- */

int tensor_getbuffer(PyObject *self, Py_buffer *view, int flags) {
  tensor_obj *t = (tensor_obj *)self;
  const char *refusal = NULL;
  int rank = t->t.rank;
  view->obj = NULL;
  if (t->graph)
    refusal = "a symbolic tensor has no elements until the graph runs";
  else if (!*ag_dtype_format(t->t.dtype))
    refusal = "this dtype has no buffer format: cast it, for example to float32";
  else if (flags & PyBUF_WRITABLE)
    refusal = "a tensor is read-only";
  else if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS && rank > 1)
    refusal = "the elements are in C order";
  if (refusal) {
    PyErr_SetString(PyExc_BufferError, refusal);
    return -1;
  }
  view->itemsize = (Py_ssize_t)ag_dtype_size(t->t.dtype);
  view->buf = ag_tensor_data(&t->t);
  view->len = (Py_ssize_t)ag_tensor_count(&t->t) * view->itemsize;
  view->readonly = 1;
  view->format = flags & PyBUF_FORMAT ? (char *)(uintptr_t)ag_dtype_format(t->t.dtype) : NULL;
  view->ndim = rank;
  _Static_assert(sizeof(Py_ssize_t) == sizeof(int64_t), "dims are lent as Py_ssize_t");
  view->shape = rank && flags & PyBUF_ND ? (Py_ssize_t *)t->t.dim : NULL;
  view->strides = NULL;
  view->suboffsets = NULL;
  view->internal = NULL;
  if (rank && (flags & PyBUF_STRIDES) == PyBUF_STRIDES) {
    Py_ssize_t *stride = PyMem_Malloc((size_t)rank * sizeof *stride), step = view->itemsize;
    if (!stride) {
      PyErr_NoMemory();
      return -1;
    }
    for (int i = rank - 1; i >= 0; i--) {
      stride[i] = step;
      step *= t->t.dim[i];
    }
    view->strides = view->internal = stride;
  }
  view->obj = Py_NewRef(self);
  return 0;
}

void tensor_releasebuffer(PyObject *self, Py_buffer *view) {
  (void)self;
  PyMem_Free(view->internal);
}

/* ---- NumPy ----------------------------------------------------------------------------------- */

PyObject *numpy_module(core_state *st) {
  if (!st->numpy)
    st->numpy = PyImport_ImportModule("numpy");
  return st->numpy;
}

static PyObject *as_array(core_state *st, PyObject *self) {
  tensor_obj *t = (tensor_obj *)self;
  const ag_tensor *v = known_value(t);
  if (!v)
    return pin(st, t, "a NumPy array");
  if (v->dtype == AG_STR)
    return call_staged(st, "string_array", self, NULL);
  if (!*ag_dtype_format(v->dtype)) {
    PyErr_Format(
        PyExc_TypeError,
        "numpy(): NumPy has no %s; cast the tensor first, for example tf.cast(x, tf.float32)",
        ag_dtype_name(v->dtype));
    return NULL;
  }
  PyObject *numpy = numpy_module(st);
  if (!numpy)
    return NULL;
  if (!t->graph)
    return PyObject_CallMethod(numpy, "asarray", "O", self);
  ag_tensor share; /* a constant of a graph */
  ag_tensor_ref(v, &share);
  PyObject *eager = tensor_from_value(st, &share);
  PyObject *array = eager ? PyObject_CallMethod(numpy, "asarray", "O", eager) : NULL;
  Py_XDECREF(eager);
  return array;
}

PyObject *tensor_numpy(PyObject *self, PyObject *unused) {
  (void)unused;
  PyObject *array = as_array(state_of(self), self);
  if (!array || ((tensor_obj *)self)->t.rank > 0)
    return array;
  PyObject *none = PyTuple_New(0), *scalar = none ? PyObject_GetItem(array, none) : NULL;
  Py_XDECREF(none);
  Py_DECREF(array);
  return scalar;
}

PyObject *tensor_array(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
  PyObject *dtype = n > 0 ? args[0] : Py_None, *copy = n > 1 ? args[1] : Py_None;
  for (Py_ssize_t i = 0; names && i < PyTuple_GET_SIZE(names); i++) {
    PyObject *name = PyTuple_GET_ITEM(names, i);
    if (PyUnicode_CompareWithASCIIString(name, "dtype") == 0)
      dtype = args[n + i];
    else if (PyUnicode_CompareWithASCIIString(name, "copy") == 0)
      copy = args[n + i];
    else {
      PyErr_Format(PyExc_TypeError, "__array__() got an unexpected keyword argument '%U'", name);
      return NULL;
    }
  }
  PyObject *array = as_array(state_of(self), self);
  if (array && dtype != Py_None) {
    PyObject *as_dtype = PyObject_GetAttrString(array, "astype");
    PyObject *numpy_args = PyTuple_Pack(1, dtype), *how = Py_BuildValue("{s:O}", "copy", Py_False);
    PyObject *cast =
        as_dtype && numpy_args && how ? PyObject_Call(as_dtype, numpy_args, how) : NULL;
    Py_XDECREF(as_dtype);
    Py_XDECREF(numpy_args);
    Py_XDECREF(how);
    Py_SETREF(array, cast);
  }
  int own = array ? PyObject_IsTrue(copy) : 0;
  if (own > 0)
    Py_SETREF(array, PyObject_CallMethod(array, "copy", NULL));
  if (own < 0)
    Py_CLEAR(array);
  return array;
}
