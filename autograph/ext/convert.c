/* convert.c - anything Python has -> a tensor's value, a Tensor, a value of a graph.
 * A Python number becomes weak: it takes the dtype of what it meets. Lists get TensorFlow's
 * defaults (int32, or int64 for numbers that need it; float32; bool), arrays keep their dtype. */
#include "convert.h"

#include "ag/floats.h"

#include <string.h>

#include "tensor_obj.h"
#include "variable.h"

/* ---- one number ------------------------------------------------------------------------------ */

/* What makes one dtype of another: of complex numbers no cast, which would lose half of them. */
const char *cast_remedy(ag_dtype from, ag_dtype to, const char *name, char text[REMEDY_TEXT]) {
  if (ag_is_complex(from) && !ag_is_complex(to))
    snprintf(text, REMEDY_TEXT,
             "take its parts or its size, tf.math.real(%s), tf.math.imag(%s) or tf.abs(%s)", name,
             name, name);
  else
    snprintf(text, REMEDY_TEXT, "cast it, for example tf.cast(%s, tf.%s)", name, ag_dtype_name(to));
  return text;
}

static int wrong_kind(ag_dtype d, PyObject *o, const char *what) {
  char text[REMEDY_TEXT];
  PyErr_Format(PyExc_TypeError, "%s: %R is a %s, which does not become %s by itself: %s", what, o,
               Py_TYPE(o)->tp_name, ag_dtype_name(d),
               cast_remedy(PyComplex_Check(o) ? AG_C128 : AG_F64, d, "x", text));
  return -1;
}

static int does_not_fit(ag_dtype d, PyObject *o, const char *what) {
  PyErr_Clear();
  graph_obj *g = d == AG_I64 ? trace_current() : NULL;
  PyObject *too_large =
      g ? PyDict_GetItemString(core_of_type(Py_TYPE(g))->staged, "too_large") : NULL;
  if (too_large) /* a trace may go on as Python, or says what does */
    Py_XDECREF(PyObject_CallFunction(too_large, "sO", what, o));
  if (!PyErr_Occurred())
    PyErr_Format(PyExc_OverflowError, "%s: %R does not fit %s", what, o, ag_dtype_name(d));
  return -1;
}

static int write_int(ag_dtype d, PyObject *o, const char *what, void *to) {
  if (d == AG_U64) {
    uint64_t v = PyLong_AsUnsignedLongLong(o);
    if (v == UINT64_MAX && PyErr_Occurred())
      return does_not_fit(d, o, what);
    memcpy(to, &v, sizeof v);
    return 0;
  }
  int overflow;
  int64_t v = PyLong_AsLongLongAndOverflow(o, &overflow);
  int bits = (int)ag_dtype_size(d) * 8;
  int64_t high =
      ag_is_unsigned(d) ? (int64_t)(UINT64_MAX >> (64 - bits)) : INT64_MAX >> (64 - bits);
  int64_t low = ag_is_unsigned(d) ? 0 : INT64_MIN >> (64 - bits);
  if (overflow || v < low || v > high)
    return does_not_fit(d, o, what);
  memcpy(to, &v, ag_dtype_size(d)); /* little endian: the low bytes come first */
  return 0;
}

static int write_float(ag_dtype d, double x, void *to) {
  float f = d == AG_F64 ? 0 : ag_floats_narrow(x);
  uint32_t bits;
  switch (d) {
  case AG_F64:
    memcpy(to, &x, sizeof x);
    return 0;
  case AG_F32:
    memcpy(to, &f, sizeof f);
    return 0;
  case AG_F16:
    if (x > 65519.999 || x < -65519.999)
      x = x > 0 ? (double)INFINITY : -(double)INFINITY;
    return PyFloat_Pack2(x, to, 1);
  default: /* bfloat16: round to even */
    memcpy(&bits, &f, sizeof bits);
    if (f == f)
      bits += 0x7fff + (bits >> 16 & 1);
    else
      bits |= 0x400000;
    uint16_t half = (uint16_t)(bits >> 16);
    memcpy(to, &half, sizeof half);
    return 0;
  }
}

/* A Python bool, int, float or complex as an element. */
static int write_number(ag_dtype d, PyObject *o, const char *what, void *to) {
  if (ag_is_complex(d)) {
    Py_complex z = PyComplex_AsCComplex(o);
    if (z.real == -1.0 && PyErr_Occurred())
      return -1;
    if (d == AG_C64)
      *(ag_c64 *)to = (ag_c64){ag_floats_narrow(z.real), ag_floats_narrow(z.imag)};
    else
      *(ag_c128 *)to = (ag_c128){z.real, z.imag};
    return 0;
  }
  if (d == AG_BOOL) {
    if (!PyBool_Check(o))
      return wrong_kind(d, o, what);
    *(uint8_t *)to = o == Py_True;
    return 0;
  }
  if (PyLong_Check(o) && ag_is_int(d))
    return write_int(d, o, what, to);
  if ((PyLong_Check(o) || PyFloat_Check(o)) && ag_is_float(d)) {
    double x = PyFloat_AsDouble(o);
    if (x == -1.0 && PyErr_Occurred())
      return PyErr_ExceptionMatches(PyExc_OverflowError) ? does_not_fit(d, o, what) : -1;
    return write_float(d, x, to);
  }
  return wrong_kind(d, o, what);
}

static int number_value(PyObject *o, int dtype, const char *what, ag_tensor *out) {
  _Alignas(16) unsigned char cell[16] = {0};
  bool weak = dtype < 0 && !PyBool_Check(o) && !PyComplex_Check(o);
  ag_dtype d = dtype >= 0         ? (ag_dtype)dtype
               : PyBool_Check(o)  ? AG_BOOL
               : PyLong_Check(o)  ? AG_I64
               : PyFloat_Check(o) ? AG_F64
                                  : AG_C128;
  if (write_number(d, o, what, cell) < 0)
    return -1;
  ag_tensor_scalar(out, d, cell);
  out->weak = weak;
  return 0;
}

/* ---- text -------------------------------------------------------------------------------------
 */

static bool is_text(PyObject *o) { return PyUnicode_Check(o) || PyBytes_Check(o); }

/* A new string of the characters in UTF-8 (what str holds for undecodable bytes becomes these bytes
 * again). */
static ag_buffer *text_buffer(PyObject *o) {
  PyObject *bytes =
      PyUnicode_Check(o) ? PyUnicode_AsEncodedString(o, "utf-8", "surrogateescape") : Py_NewRef(o);
  if (!bytes)
    return NULL;
  ag_buffer *b = ag_string_new((size_t)PyBytes_GET_SIZE(bytes));
  if (b)
    memcpy(b->data, PyBytes_AS_STRING(bytes), b->bytes);
  else
    PyErr_NoMemory();
  Py_DECREF(bytes);
  return b;
}

static int text_value(PyObject *o, int dtype, const char *what, ag_tensor *out) {
  if (dtype >= 0 && dtype != AG_STR)
    return wrong_kind((ag_dtype)dtype, o, what);
  ag_buffer *b = text_buffer(o);
  if (!b)
    return -1;
  *out = (ag_tensor){.dtype = AG_STR, .owner = b};
  memcpy(out->cell, &b, sizeof b);
  return 0;
}

/* An ndarray of text or of objects: its elements one by one. */
static bool is_text_array(PyObject *o) {
  if (strncmp(Py_TYPE(o)->tp_name, "numpy.", 6) != 0)
    return false;
  PyObject *dtype = PyObject_GetAttrString(o, "dtype");
  PyObject *kind = dtype ? PyObject_GetAttrString(dtype, "kind") : NULL;
  const char *k = kind && PyUnicode_Check(kind) ? PyUnicode_AsUTF8(kind) : NULL;
  bool text = k && strchr("USO", *k);
  PyErr_Clear();
  Py_XDECREF(dtype);
  Py_XDECREF(kind);
  return text;
}

/* ---- nested lists ---------------------------------------------------------------------------- */

/* What the leaves of a nested list are, found in a first walk. */
typedef struct leaves {
  core_state *st;
  const char *what;
  ag_shape shape;
  bool texts, bools, ints, floats, complexes, wide; /* wide: an int that needs 64 bits */
  int strong;                                       /* dtype of the arrays among them, or -1 */
  bool symbolic;
} leaves;

static bool is_list(core_state *st, PyObject *o) {
  return PyList_Check(o) || PyTuple_Check(o) || PyRange_Check(o) ||
         PyObject_TypeCheck(o, st->shape_type);
}

static int see_dim(leaves *l, int axis, int64_t n, int *known) {
  if (axis >= AG_MAX_RANK) {
    PyErr_Format(PyExc_ValueError, "%s: a list nested more than %d deep", l->what, AG_MAX_RANK);
    return -1;
  }
  if (axis == *known) {
    l->shape.dim[(*known)++] = n;
    return 0;
  }
  if (l->shape.dim[axis] == n)
    return 0;
  PyErr_Format(
      PyExc_ValueError,
      "%s: the list is not rectangular: at depth %d there are %lld and %lld elements; rows of "
      "different lengths are made by tf.ragged.constant",
      l->what, axis + 1, (long long)l->shape.dim[axis], (long long)n);
  return -1;
}

static int see_dtype(leaves *l, ag_dtype d) {
  if (l->strong < 0)
    l->strong = d;
  if (l->strong == (int)d)
    return 0;
  PyErr_Format(PyExc_TypeError, "%s: the list mixes %s and %s", l->what,
               ag_dtype_name((ag_dtype)l->strong), ag_dtype_name(d));
  return -1;
}

/* Ranks must agree: `known` counts the axes seen, `done` says that a leaf fixed their number. */
static int see(leaves *l, PyObject *o, int axis, int *known, bool *done) {
  if (is_list(l->st, o)) {
    if (*done && axis >= *known) {
      PyErr_Format(PyExc_ValueError, "%s: a list stands where others have a number", l->what);
      return -1;
    }
    PyObject *seq = PySequence_Fast(o, "not a sequence");
    int failed = seq ? see_dim(l, axis, PySequence_Fast_GET_SIZE(seq), known) : -1;
    for (Py_ssize_t i = 0; !failed && i < PySequence_Fast_GET_SIZE(seq); i++) {
      PyObject *item = Py_NewRef(PySequence_Fast_GET_ITEM(seq, i)); /* it may change the list */
      failed = see(l, item, axis + 1, known, done);
      Py_DECREF(item);
    }
    Py_XDECREF(seq);
    return failed;
  }
  int rank = 0;
  if (is_text(o)) {
    l->texts = true;
  } else if (PyBool_Check(o)) {
    l->bools = true;
  } else if (PyLong_CheckExact(o)) {
    int overflow;
    int64_t v = PyLong_AsLongLongAndOverflow(o, &overflow);
    l->ints = true;
    if (overflow || v != (int32_t)v)
      l->wide = true;
  } else if (PyFloat_CheckExact(o)) {
    l->floats = true;
  } else if (PyComplex_CheckExact(o)) {
    l->complexes = true;
  } else {
    ag_tensor t;
    ag_type type;
    if (is_tensor(l->st, o) && ((tensor_obj *)o)->graph) {
      l->symbolic = true;
      return 0;
    }
    if (value_from_object(l->st, o, -1, l->what, &t) < 0)
      return -1;
    type = (ag_type){.dtype = t.dtype, .weak = t.weak};
    rank = t.rank;
    int failed = 0;
    for (int i = 0; !failed && i < rank; i++)
      failed = see_dim(l, axis + i, t.dim[i], known);
    if (!failed && !type.weak)
      failed = see_dtype(l, type.dtype);
    if (type.weak)
      *(type.dtype == AG_I64 ? &l->ints : &l->floats) = true;
    ag_tensor_unref(&t);
    if (failed)
      return -1;
  }
  if (*done && axis + rank != *known) {
    PyErr_Format(PyExc_ValueError,
                 "%s: the list is not rectangular: a number stands where others have a list",
                 l->what);
    return -1;
  }
  if (axis + rank < *known) {
    PyErr_Format(PyExc_ValueError, "%s: the list is not rectangular: a number stands beside a list",
                 l->what);
    return -1;
  }
  *done = true;
  return 0;
}

static int join(const leaves *l) {
  if (l->texts) {
    if (!l->bools && !l->ints && !l->floats && !l->complexes &&
        (l->strong < 0 || l->strong == AG_STR))
      return AG_STR;
    PyErr_Format(PyExc_TypeError, "%s: the list mixes strings and numbers", l->what);
    return -1;
  }
  if (l->strong >= 0)
    return l->strong;
  if (l->bools && (l->ints || l->floats || l->complexes)) {
    PyErr_Format(PyExc_TypeError, "%s: the list mixes bools and numbers", l->what);
    return -1;
  }
  return l->complexes ? AG_C128
         : l->floats  ? AG_F32
         : l->ints    ? (l->wide ? AG_I64 : AG_I32)
         : l->bools   ? AG_BOOL
                      : AG_F32;
}

/* Converting a leaf may run any code, which may give the list, or an array in it, another size than
 * was seen: what follows `end` is not ours. */
static bool has_room(const leaves *l, const char *to, const char *end, size_t bytes) {
  if ((size_t)(end - to) >= bytes)
    return true;
  PyErr_Format(PyExc_RuntimeError, "%s: the list changed while it was read", l->what);
  return false;
}

static int fill(leaves *l, PyObject *o, ag_dtype d, char **to, const char *end) {
  if (is_list(l->st, o)) {
    PyObject *seq = PySequence_Fast(o, "not a sequence");
    int failed = seq ? 0 : -1;
    for (Py_ssize_t i = 0; !failed && i < PySequence_Fast_GET_SIZE(seq); i++) {
      PyObject *item = Py_NewRef(PySequence_Fast_GET_ITEM(seq, i));
      failed = fill(l, item, d, to, end);
      Py_DECREF(item);
    }
    Py_XDECREF(seq);
    return failed;
  }
  if (is_text(o) && d == AG_STR) {
    ag_buffer *b = has_room(l, *to, end, sizeof b) ? text_buffer(o) : NULL;
    if (!b)
      return -1;
    memcpy(*to, &b, sizeof b);
    *to += sizeof b;
    return 0;
  }
  if (PyBool_Check(o) || PyLong_CheckExact(o) || PyFloat_CheckExact(o) || PyComplex_CheckExact(o)) {
    if (!has_room(l, *to, end, ag_dtype_size(d)) || write_number(d, o, l->what, *to) < 0)
      return -1;
    *to += ag_dtype_size(d);
    return 0;
  }
  ag_tensor t;
  if (value_from_object(l->st, o, d, l->what, &t) < 0)
    return -1;
  size_t bytes = (size_t)ag_tensor_count(&t) * ag_dtype_size(d);
  bool fits = has_room(l, *to, end, bytes);
  if (fits) {
    memcpy(*to, ag_tensor_data(&t), bytes);
    *to += bytes;
    for (size_t i = 0; d == AG_STR && i < bytes / sizeof(ag_buffer *); i++) {
      ag_buffer *b = ((ag_buffer **)ag_tensor_data(&t))[i];
      if (b)
        ag_buffer_ref(b);
    }
  }
  ag_tensor_unref(&t);
  return fits ? 0 : -1;
}

static int see_all(leaves *l, core_state *st, PyObject *o, const char *what) {
  int known = 0;
  bool done = false;
  memset(l, 0, sizeof *l);
  l->st = st;
  l->what = what;
  l->strong = -1;
  if (Py_EnterRecursiveCall(" while converting a list"))
    return -1;
  int failed = see(l, o, 0, &known, &done);
  Py_LeaveRecursiveCall();
  l->shape.rank = known;
  return failed;
}

static int list_value(core_state *st, PyObject *o, int dtype, const char *what, ag_tensor *out) {
  leaves l;
  ag_err err = {0};
  if (see_all(&l, st, o, what) < 0)
    return -1;
  if (l.symbolic) {
    PyErr_Format(PyExc_TypeError,
                 "%s: a list with symbolic tensors has no value until the graph runs", what);
    return -1;
  }
  int d = dtype >= 0 ? dtype : join(&l);
  if (d < 0)
    return -1;
  bool empty = !l.texts && !l.bools && !l.ints && !l.floats && !l.complexes && l.strong < 0;
  if (d == AG_RES || d == AG_VARIANT ||
      (d == AG_STR) != (l.texts || l.strong == AG_STR || (empty && d == AG_STR))) {
    PyErr_Format(PyExc_TypeError, "%s: %s do not become %s", what, l.texts ? "strings" : "numbers",
                 ag_dtype_name((ag_dtype)d));
    return -1;
  }
  if (ag_tensor_new(out, (ag_dtype)d, &l.shape, &err)) {
    raise_err(st, &err, NULL);
    return -1;
  }
  if (d == AG_STR && out->owner) { /* held from the start, so that a failure drops what was made */
    out->owner->strings = ag_tensor_count(out);
    memset(out->data, 0, (size_t)out->owner->strings * sizeof(ag_buffer *));
  }
  char *to = ag_tensor_data(out),
       *end = to + (size_t)ag_tensor_count(out) * ag_dtype_size((ag_dtype)d);
  if (fill(&l, o, (ag_dtype)d, &to, end) == 0 && to == end)
    return 0;
  if (!PyErr_Occurred())
    PyErr_Format(PyExc_RuntimeError, "%s: the list changed while it was read", what);
  ag_tensor_unref(out);
  return -1;
}

static int text_array_value(core_state *st, PyObject *o, int dtype, const char *what,
                            ag_tensor *out) {
  PyObject *list = PyObject_CallMethod(o, "tolist", NULL);
  int failed = list ? 0 : -1;
  if (list && !PyList_Check(list) && !is_text(list)) {
    PyErr_Format(PyExc_TypeError, "%s: a %s is not a tensor and does not become one", what,
                 Py_TYPE(list)->tp_name);
    failed = -1;
  }
  if (!failed)
    failed = value_from_object(st, list, dtype, what, out);
  Py_XDECREF(list);
  return failed;
}

/* ---- any object ------------------------------------------------------------------------------ */

/* Converts *t (taken over on failure as well) for a dtype that was asked for: never from float to
 * int, or to bool. */
static int recast(core_state *st, ag_tensor *t, int dtype, const char *what) {
  ag_dtype from = t->dtype;
  if (dtype < 0 || from == (ag_dtype)dtype)
    return 0;
  bool fits = (ag_is_int(from) || from == AG_BOOL) ? dtype != AG_BOOL
              : ag_is_float(from)                  ? !ag_is_int(dtype) && dtype != AG_BOOL
                                                   : ag_is_complex(dtype);
  if (!fits || dtype == AG_STR || from == AG_STR || dtype >= AG_RES) {
    char text[REMEDY_TEXT];
    PyErr_Format(PyExc_TypeError, "%s: expected %s, got %s: %s", what,
                 ag_dtype_name((ag_dtype)dtype), ag_dtype_name(from),
                 cast_remedy(from, (ag_dtype)dtype, "x", text));
    ag_tensor_unref(t);
    return -1;
  }
  return cast_value(st, t, (ag_dtype)dtype, false);
}

int cast_value(core_state *st, ag_tensor *t, ag_dtype to, bool weak) {
  ag_attr attrs[] = {{.key = AG_KEY_dtype, .kind = AG_ATTR_INT, .i = to},
                     {.key = AG_KEY_weak, .kind = AG_ATTR_INT, .i = weak}};
  ag_type type = {.dtype = (uint8_t)to, .weak = weak, .rank = t->rank};
  const ag_tensor *in = t;
  ag_tensor out = {0};
  ag_err err = {0};
  memcpy(type.dim, t->dim, sizeof type.dim);
  ag_run_op(NULL, AG_OP_CAST, attrs, 2, &type, &in, 1, &out, 1, &err);
  ag_tensor_unref(t);
  if (err.code) {
    ag_tensor_unref(&out);
    raise_err(st, &err, NULL);
    return -1;
  }
  *t = out;
  t->weak = weak;
  return 0;
}

static int no_tensor(PyObject *o, const char *what) {
  if (o == Py_None)
    PyErr_Format(PyExc_TypeError, "%s: None is not a tensor", what);
  else
    PyErr_Format(PyExc_TypeError, "%s: a %s is not a tensor and does not become one", what,
                 Py_TYPE(o)->tp_name);
  return -1;
}

static int dlpack_value(core_state *st, PyObject *o, ag_tensor *out) {
  PyObject *module = PyType_GetModule(st->tensor_type);
  PyObject *shared = module ? PyObject_CallMethod(module, "from_dlpack", "O", o) : NULL;
  if (!shared)
    return -1;
  const ag_tensor *t = &((tensor_obj *)shared)->t; /* its memory may change: a value does not */
  int failed = tensor_from_strided(t->dtype, t->rank, t->dim, NULL, ag_tensor_data(t), false, out);
  Py_DECREF(shared);
  return failed;
}

/* After a TypeError: DLPack may know the elements, such as bfloat16, which NumPy does not. -1 with
 * the first error where it does not either. */
static int dlpack_instead(core_state *st, PyObject *o, ag_tensor *out) {
  if (!PyErr_ExceptionMatches(PyExc_TypeError))
    return -1;
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  if (!PyObject_HasAttrString((PyObject *)Py_TYPE(o), "__dlpack__") ||
      dlpack_value(st, o, out) < 0) {
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
    return -1;
  }
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(traceback);
  return 0;
}

/* Through __array__ or __dlpack__, for objects without a buffer. */
static int foreign_value(core_state *st, PyObject *o, const char *what, ag_tensor *out) {
  PyTypeObject *type = Py_TYPE(o);
  if (!PyObject_HasAttrString((PyObject *)type, "__array__"))
    return PyObject_HasAttrString((PyObject *)type, "__dlpack__") ? dlpack_value(st, o, out)
                                                                  : no_tensor(o, what);
  PyObject *array = PyObject_CallMethod(o, "__array__", NULL);
  if (!array)
    return dlpack_instead(st, o, out);
  int found = value_from_buffer(array, what, out);
  if (found == 0)
    no_tensor(o, what);
  Py_DECREF(array);
  return found > 0 ? 0 : -1;
}

/* numpy.ma's arrays and the subclasses of that. */
static bool is_masked(const PyTypeObject *type) {
  while (type && strcmp(type->tp_name, "MaskedArray"))
    type = type->tp_base;
  return type != NULL;
}

int value_from_object(core_state *st, PyObject *o, int dtype, const char *what, ag_tensor *out) {
  if (!what)
    what = "tensor";
  PyTypeObject *type = Py_TYPE(o);
  if (type == &PyLong_Type || type == &PyFloat_Type || type == &PyBool_Type ||
      type == &PyComplex_Type)
    return number_value(o, dtype, what, out);
  if (type == st->tensor_type) {
    const ag_tensor *v = known_value((tensor_obj *)o);
    if (!v)
      return pin(st, (tensor_obj *)o, what), -1;
    ag_tensor_ref(v, out);
    return recast(st, out, dtype, what);
  }
  if (PyObject_TypeCheck(o, st->variable_type)) {
    ag_err err = {0};
    if (ag_var_read(((variable_obj *)o)->var, out, &err))
      return raise_err(st, &err, NULL), -1;
    return recast(st, out, dtype, what);
  }
  if (is_list(st, o))
    return list_value(st, o, dtype, what, out);
  if (is_text(o))
    return text_value(o, dtype, what, out);
  if (o == Py_None || PyType_Check(o))
    return no_tensor(o, what);
  if (is_masked(type)) {
    PyErr_Format(PyExc_TypeError,
                 "%s: a masked array would lose its mask: pass x.filled(value), or x.data", what);
    return -1;
  }
  if (is_text_array(o))
    return text_array_value(st, o, dtype, what, out);
  int found = value_from_buffer(o, what, out);
  if (found < 0 && dlpack_instead(st, o, out) < 0)
    return -1;
  if (found != 0)
    return recast(st, out, dtype, what);
  if (PyLong_Check(o) || PyFloat_Check(o))
    return number_value(o, dtype, what, out); /* enums and other subclasses */
  if (foreign_value(st, o, what, out) < 0)
    return -1;
  return recast(st, out, dtype, what);
}

/* ---- Tensor objects -------------------------------------------------------------------------- */

static PyObject *with_dtype(core_state *st, PyObject *tensor, int dtype,
                            const char *what) { /* takes the reference */
  ag_type type = tensor ? tensor_type_of((tensor_obj *)tensor) : (ag_type){0};
  if (!tensor || dtype < 0 || (type.dtype == dtype && !type.weak))
    return tensor;
  PyObject *cast = NULL;
  char text[REMEDY_TEXT];
  if (!type.weak || (type.dtype == AG_F64 && ag_is_int((ag_dtype)dtype)) || dtype == AG_BOOL)
    PyErr_Format(PyExc_TypeError, "%s: expected %s, got %s%s: %s", what,
                 ag_dtype_name((ag_dtype)dtype), type.weak ? "a Python number, " : "",
                 ag_dtype_name(type.dtype),
                 cast_remedy((ag_dtype)type.dtype, (ag_dtype)dtype, "x", text));
  else
    cast = apply_fit(st, tensor, (ag_dtype)dtype, what);
  Py_DECREF(tensor);
  return cast;
}

/* A list with symbolic tensors in it: its rows, converted and stacked. */
static PyObject *stack_list(core_state *st, PyObject *o, int dtype, const char *what) {
  PyObject *seq = items_now(o, "not a sequence"), *stacked = NULL;
  Py_ssize_t n = seq ? PyTuple_GET_SIZE(seq) : 0, made = 0;
  PyObject **rows = seq ? PyMem_Calloc((size_t)n, sizeof *rows) : NULL;
  bool ok = rows != NULL;
  if (seq && !rows)
    PyErr_NoMemory();
  for (; ok && made < n; made++) {
    PyObject *row = PyTuple_GET_ITEM(seq, made);
    rows[made] = as_tensor(st, row, is_list(st, row) ? dtype : -1, what);
    if (!rows[made])
      break;
  }
  ok = ok && made == n;
  bool floats = false;
  int d = dtype; /* else that of the first strong row, else the default of the numbers */
  for (Py_ssize_t i = 0; ok && i < n; i++) {
    ag_type t = tensor_type_of((tensor_obj *)rows[i]);
    if (d < 0 && !t.weak)
      d = t.dtype;
    if (ag_is_float(t.dtype))
      floats = true;
  }
  if (d < 0)
    d = floats ? AG_F32 : AG_I32;
  for (Py_ssize_t i = 0; ok && i < n; i++) {
    ag_type t = tensor_type_of((tensor_obj *)rows[i]);
    if (!t.weak)
      continue; /* strong ones must agree, which STACK checks */
    rows[i] = with_dtype(st, rows[i], d, what);
    ok = rows[i] != NULL;
  }
  ag_attr axis = {.key = AG_KEY_axis, .kind = AG_ATTR_INT, .i = 0};
  if (ok)
    apply_raw(st, AG_OP_STACK, rows, (uint32_t)n, &axis, 1, &stacked, 1);
  for (Py_ssize_t i = 0; i < made; i++)
    Py_XDECREF(rows[i]);
  PyMem_Free(rows);
  Py_XDECREF(seq);
  return stacked;
}

bool is_array(core_state *st, PyObject *o) {
  if (PyFloat_CheckExact(o) || PyLong_CheckExact(o)) /* most constants */
    return false;
  PyObject *type = PyDict_GetItemString(st->staged, "array"); /* borrowed */
  return type && PyType_Check(type) && PyObject_TypeCheck(o, (PyTypeObject *)type);
}

/* Whether objects of a class say themselves what tensor they are: those of staging/ do. */
static bool stands_for_tensor(PyTypeObject *type) {
  if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE))
    return false;
  PyObject *method = PyObject_GetAttrString((PyObject *)type, "__tensor__");
  if (!method)
    PyErr_Clear();
  Py_XDECREF(method);
  return method != NULL;
}

/* True when a nested list holds a symbolic tensor, or a variable that a trace must read. */
static bool has_symbolic(core_state *st, PyObject *o, int depth) {
  if (is_tensor(st, o))
    return ((tensor_obj *)o)->graph != NULL;
  if (PyObject_TypeCheck(o, st->variable_type))
    return trace_current() != NULL;
  if (is_array(st, o) || stands_for_tensor(Py_TYPE(o)))
    return true;
  if (depth > AG_MAX_RANK || !(PyList_Check(o) || PyTuple_Check(o)))
    return false;
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(o); i++)
    if (has_symbolic(st, PySequence_Fast_GET_ITEM(o, i), depth + 1))
      return true;
  return false;
}

/* The items of a list whose length the run decides, which Python sees nothing in. New reference,
 * None where they are no rows of one tensor. */
static PyObject *grown_rows(core_state *st, PyObject *o, int dtype) {
  PyObject *rows = PyDict_GetItemString(st->staged, "grown_rows"); /* borrowed */
  return rows ? PyObject_CallFunction(rows, "Oz", o,
                                      dtype < 0 ? NULL : ag_dtype_name((ag_dtype)dtype))
              : Py_NewRef(Py_None);
}

PyObject *as_tensor(core_state *st, PyObject *o, int dtype, const char *what) {
  if (!what)
    what = "tensor";
  if (Py_IS_TYPE(o, st->tensor_type)) {
    if (is_dead((tensor_obj *)o)) {
      PyErr_Format(PyExc_TypeError, "%s: this symbolic tensor belongs to a trace that was given up",
                   what);
      return NULL;
    }
    PyObject *plain = ((tensor_obj *)o)->alts ? maybe_resolve(st, o) : Py_NewRef(o);
    return with_dtype(st, plain, dtype, what);
  }
  if (PyObject_TypeCheck(o, st->variable_type))
    return with_dtype(st, variable_value(st, o), dtype, what);
  if (is_array(st, o)) {
    PyObject *now = PyObject_GetAttrString(o, "tensor");
    PyObject *t = now ? as_tensor(st, now, dtype, what) : NULL;
    Py_XDECREF(now);
    return t;
  }
  if (PyList_Check(o) && !PyList_CheckExact(o) && PyList_GET_SIZE(o) == 0) {
    PyObject *rows = grown_rows(st, o, dtype);
    if (!rows || rows != Py_None)
      return with_dtype(st, rows, dtype, what);
    Py_DECREF(rows);
  }
  if (is_list(st, o) && has_symbolic(st, o, 0))
    return stack_list(st, o, dtype, what);
  if (stands_for_tensor(Py_TYPE(o))) {
    PyObject *number = PyObject_CallMethod(o, "__tensor__", NULL);
    PyObject *tensor =
        number && Py_TYPE(number) != st->choice_type ? as_tensor(st, number, dtype, what) : NULL;
    Py_XDECREF(number);
    return tensor;
  }
  ag_tensor t;
  return value_from_object(st, o, dtype, what, &t) < 0 ? NULL : tensor_from_value(st, &t);
}

/* ---- values of a graph ----------------------------------------------------------------------- */

static PyObject *name_of(tensor_obj *t) {
  return t->label ? Py_NewRef(t->label) : PyObject_GetAttrString((PyObject *)t, "name");
}

void raise_refusal(PyObject *said) {
  PyObject *error = said ? PyObject_CallOneArg(PyExc_TypeError, said) : NULL;
  if (error && PyObject_SetAttrString(error, "_ag_refused", Py_True) == 0)
    PyErr_SetObject(PyExc_TypeError, error);
  Py_XDECREF(error);
}

static ag_val leaked(tensor_obj *t, const char *how) {
  PyObject *name = is_dead(t) ? PyUnicode_FromString("?") : name_of(t);
  PyObject *said = name ? PyUnicode_FromFormat("the symbolic tensor '%U' %s", name, how) : NULL;
  raise_refusal(said);
  Py_XDECREF(said);
  Py_XDECREF(name);
  return AG_NONE;
}

ag_val graph_value(core_state *st, graph_obj *g, PyObject *tensor) {
  tensor_obj *t = (tensor_obj *)tensor;
  if (t->alts) {
    PyObject *plain = maybe_resolve(st, tensor);
    ag_val v = plain ? graph_value(st, g, plain) : AG_NONE;
    Py_XDECREF(plain);
    return v;
  }
  if (!t->graph) {
    ag_err err = {0};
    char name[NODE_NAME];
    ag_val v =
        ag_graph_const(g->g, &t->t, node_name(g, AG_OP_CONST, NULL, name), trace_loc(st, g), &err);
    if (v == AG_NONE)
      raise_err(st, &err, g);
    return v;
  }
  if (t->val == AG_NONE)
    return leaked(t, "belongs to a trace that was given up");
  if (t->graph != g)
    return leaked(t, "is used outside of the function or graph that made it: return it from there, "
                     "or pass it as an argument");
  if (!ag_graph_visible(g->g, t->val, ag_region_current(g->g)))
    return leaked(t, "was made inside a branch or a loop and is used outside of it: assign it to a "
                     "variable of the function there");
  return t->val;
}
