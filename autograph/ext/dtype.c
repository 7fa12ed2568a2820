/* dtype.c - the type DType, one instance per element type, and what counts as the name of one. */
#include "convert.h"
#include "state.h"

#include <float.h>
#include <string.h>

typedef struct dtype_obj {
  PyObject_HEAD
  ag_dtype d;
} dtype_obj;

/* TensorFlow's numbers in files (types.proto). */
static const int file_enum[AG_DTYPE_COUNT] = {
    [AG_BOOL] = 10, [AG_I8] = 6,   [AG_I16] = 5,   [AG_I32] = 3,  [AG_I64] = 9,   [AG_U8] = 4,
    [AG_U16] = 17,  [AG_U32] = 22, [AG_U64] = 23,  [AG_F16] = 19, [AG_BF16] = 14, [AG_F32] = 1,
    [AG_F64] = 2,   [AG_C64] = 8,  [AG_C128] = 18, [AG_STR] = 7,  [AG_RES] = 20,  [AG_VARIANT] = 21,
};

/* Names that are not ours but mean one of ours. */
static int parse_name(const char *name, ag_dtype *out) {
  static const struct {
    const char *name;
    ag_dtype d;
  } aliases[] = {
      {"float", AG_F32}, {"double", AG_F64}, {"half", AG_F16},
      {"int", AG_I64},   {"bool_", AG_BOOL}, {"str", AG_STR},
      {"str_", AG_STR},  {"bytes_", AG_STR}, {"complex", AG_C128},
  };
  if (ag_dtype_parse(name, out))
    return 0;
  for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
    if (strcmp(aliases[i].name, name) == 0) {
      *out = aliases[i].d;
      return 0;
    }
  return -1;
}

static int parse_object_name(PyObject *name, ag_dtype *out) {
  const char *text = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
  return text ? parse_name(text, out) : -1;
}

/* True when the class of o comes from NumPy (or ml_dtypes), whose dtypes say their `name`. */
static bool from_numpy(PyTypeObject *type) {
  return strncmp(type->tp_name, "numpy", 5) == 0 || strstr(type->tp_name, "dtype") != NULL;
}

static int find_dtype(core_state *st, PyObject *o, ag_dtype *out) {
  if (Py_IS_TYPE(o, st->dtype_type)) {
    *out = ((dtype_obj *)o)->d;
    return 0;
  }
  if (PyUnicode_Check(o))
    return parse_object_name(o, out);
  if (PyType_Check(o)) {
    if (o == (PyObject *)&PyBool_Type)
      return *out = AG_BOOL, 0;
    if (o == (PyObject *)&PyLong_Type)
      return *out = AG_I64, 0;
    if (o == (PyObject *)&PyFloat_Type)
      return *out = AG_F32, 0;
    if (o == (PyObject *)&PyComplex_Type)
      return *out = AG_C128, 0;
    if (o == (PyObject *)&PyUnicode_Type || o == (PyObject *)&PyBytes_Type)
      return *out = AG_STR, 0;
    const char *name = ((PyTypeObject *)o)->tp_name;
    if (strncmp(name, "numpy.", 6) == 0)
      return parse_name(name + 6, out);
    return -1;
  }
  if (!from_numpy(Py_TYPE(o)))
    return -1;
  PyObject *name = PyObject_GetAttrString(o, "name");
  int failed = name ? parse_object_name(name, out) : -1;
  Py_XDECREF(name);
  if (PyErr_Occurred())
    PyErr_Clear();
  return failed;
}

int dtype_from_object(core_state *st, PyObject *o, const char *what) {
  ag_dtype d;
  if (find_dtype(st, o, &d) == 0)
    return d;
  PyErr_Clear();
  PyErr_Format(PyExc_TypeError,
               "%s: %R is not a dtype: give one such as float32, its name, or a NumPy type",
               what ? what : "dtype", o);
  return -1;
}

/* ---- properties ------------------------------------------------------------------------------ */

static ag_dtype dtype_of(PyObject *self) { return ((dtype_obj *)self)->d; }

static PyObject *get_name(PyObject *self, void *unused) {
  (void)unused;
  return PyUnicode_FromString(ag_dtype_name(dtype_of(self)));
}

static PyObject *get_size(PyObject *self, void *unused) {
  (void)unused;
  return PyLong_FromSize_t(ag_dtype_size(dtype_of(self)));
}

static PyObject *get_enum(PyObject *self, void *unused) {
  (void)unused;
  return PyLong_FromLong(file_enum[dtype_of(self)]);
}

enum question {
  IS_FLOATING,
  IS_INTEGER,
  IS_BOOL,
  IS_COMPLEX,
  IS_UNSIGNED,
  IS_NUMERIC,
  IS_QUANTIZED
};

static PyObject *ask(PyObject *self, void *question) {
  ag_dtype d = dtype_of(self);
  switch ((enum question)(uintptr_t)question) {
  case IS_FLOATING:
    return PyBool_FromLong(ag_is_float(d));
  case IS_INTEGER:
    return PyBool_FromLong(ag_is_int(d));
  case IS_BOOL:
    return PyBool_FromLong(d == AG_BOOL);
  case IS_COMPLEX:
    return PyBool_FromLong(ag_is_complex(d));
  case IS_UNSIGNED:
    return PyBool_FromLong(ag_is_unsigned(d));
  case IS_NUMERIC:
    return PyBool_FromLong(ag_is_int(d) || ag_is_float(d) || ag_is_complex(d));
  case IS_QUANTIZED:
    Py_RETURN_FALSE; /* TensorFlow's qint8 and its like are none of ours */
  }
  Py_UNREACHABLE();
}

static PyObject *limit(ag_dtype d, bool upper) {
  int bits = (int)ag_dtype_size(d) * 8;
  double most = d == AG_F16    ? 65504.0
                : d == AG_BF16 ? 0x1.fep127
                : d == AG_F32  ? (double)FLT_MAX
                               : DBL_MAX;
  if (ag_is_float(d))
    return PyFloat_FromDouble(upper ? most : -most);
  if (d == AG_BOOL)
    return PyBool_FromLong(upper);
  if (ag_is_unsigned(d))
    return PyLong_FromUnsignedLongLong(upper ? UINT64_MAX >> (64 - bits) : 0);
  if (ag_is_signed(d))
    return PyLong_FromLongLong(upper ? INT64_MAX >> (64 - bits) : INT64_MIN >> (64 - bits));
  PyErr_Format(PyExc_TypeError, "%s has no smallest and largest value", ag_dtype_name(d));
  return NULL;
}

static PyObject *get_min(PyObject *self, void *unused) {
  (void)unused;
  return limit(dtype_of(self), false);
}

static PyObject *get_max(PyObject *self, void *unused) {
  (void)unused;
  return limit(dtype_of(self), true);
}

static PyObject *get_limits(PyObject *self, void *unused) {
  (void)unused;
  PyObject *low = limit(dtype_of(self), false), *high = low ? limit(dtype_of(self), true) : NULL;
  PyObject *pair = high ? PyTuple_Pack(2, low, high) : NULL;
  Py_XDECREF(low);
  Py_XDECREF(high);
  return pair;
}

static PyObject *get_self(PyObject *self, void *unused) {
  (void)unused;
  return Py_NewRef(self);
}

static PyObject *get_real(PyObject *self, void *unused) {
  (void)unused;
  ag_dtype d = dtype_of(self);
  core_state *st = core_of_type(Py_TYPE(self));
  return dtype_object(st, d == AG_C64 ? AG_F32 : d == AG_C128 ? AG_F64 : d);
}

/* NumPy's scalar type; imports NumPy. */
static PyObject *get_numpy_type(PyObject *self, void *unused) {
  (void)unused;
  ag_dtype d = dtype_of(self);
  if (d == AG_BF16 || d == AG_RES || d == AG_VARIANT) {
    PyErr_Format(PyExc_TypeError, "%s has no NumPy type", ag_dtype_name(d));
    return NULL;
  }
  PyObject *numpy = PyImport_ImportModule("numpy");
  if (!numpy)
    return NULL;
  PyObject *type = PyObject_GetAttrString(numpy, d == AG_BOOL  ? "bool_"
                                                 : d == AG_STR ? "object_"
                                                               : ag_dtype_name(d));
  Py_DECREF(numpy);
  return type;
}

/* NumPy's dtype, or what that says of itself: so that np.dtype, np.finfo and np.issubdtype take it.
 */
static PyObject *of_numpy(PyObject *self, void *what) {
  PyObject *type = get_numpy_type(self, NULL),
           *numpy = type ? PyImport_ImportModule("numpy") : NULL;
  PyObject *dtype = numpy ? PyObject_CallMethod(numpy, "dtype", "O", type) : NULL;
  Py_XDECREF(numpy);
  Py_XDECREF(type);
  if (!dtype || !what)
    return dtype;
  PyObject *found = PyObject_GetAttrString(dtype, what);
  Py_DECREF(dtype);
  return found;
}

PyDoc_STRVAR(compatible_doc, "is_compatible_with($self, other, /)\n--\n\n"
                             "True when `other` names the same dtype.");

static PyObject *is_compatible_with(PyObject *self, PyObject *other) {
  int d = dtype_from_object(core_of_type(Py_TYPE(self)), other, "is_compatible_with");
  return d < 0 ? NULL : PyBool_FromLong(d == (int)dtype_of(self));
}

static PyObject *dtype_repr(PyObject *self) {
  return PyUnicode_FromFormat("tf.%s", ag_dtype_name(dtype_of(self)));
}

static PyObject *dtype_str(PyObject *self) {
  return PyUnicode_FromFormat("<dtype: '%s'>", ag_dtype_name(dtype_of(self)));
}

static Py_hash_t dtype_hash(PyObject *self) { return 7919 + (Py_hash_t)dtype_of(self); }

static PyObject *dtype_compare(PyObject *self, PyObject *other, int how) {
  ag_dtype d;
  if (how != Py_EQ && how != Py_NE)
    Py_RETURN_NOTIMPLEMENTED;
  bool same = find_dtype(core_of_type(Py_TYPE(self)), other, &d) == 0;
  if (other == (PyObject *)&PyFloat_Type && trace_is_numpys())
    d = AG_F64; /* as NumPy has it; TensorFlow's float is float32 */
  same = same && d == dtype_of(self);
  PyErr_Clear();
  return PyBool_FromLong(same == (how == Py_EQ));
}

static PyObject *dtype_reduce(PyObject *self, PyObject *unused) {
  (void)unused;
  PyObject *module = PyType_GetModule(Py_TYPE(self));
  PyObject *as_dtype = module ? PyObject_GetAttrString(module, "as_dtype") : NULL;
  return as_dtype ? Py_BuildValue("N(s)", as_dtype, ag_dtype_name(dtype_of(self))) : NULL;
}

static void dtype_dealloc(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

#define ASK(name, question, doc)                                                                   \
  { name, ask, NULL, doc, (void *)(uintptr_t)(question) }
static PyGetSetDef dtype_getset[] = {
    {"name", get_name, NULL, "the name, such as 'float32'", NULL},
    {"size", get_size, NULL, "bytes of one element", NULL},
    {"as_numpy_dtype", get_numpy_type, NULL, "NumPy's scalar type", NULL},
    {"as_datatype_enum", get_enum, NULL, "TensorFlow's number for it in files", NULL},
    {"base_dtype", get_self, NULL, "itself", NULL},
    {"real_dtype", get_real, NULL, "of the real part", NULL},
    {"min", get_min, NULL, "smallest finite value", NULL},
    {"max", get_max, NULL, "largest finite value", NULL},
    {"limits", get_limits, NULL, "(min, max)", NULL},
    {"dtype", of_numpy, NULL, "NumPy's dtype", NULL},
    {"type", of_numpy, NULL, "NumPy's scalar type", "type"},
    {"kind", of_numpy, NULL, "NumPy's letter for the kind: f, i, u, b, c", "kind"},
    {"char", of_numpy, NULL, "NumPy's letter for it", "char"},
    {"itemsize", of_numpy, NULL, "bytes of one element", "itemsize"},
    ASK("is_floating", IS_FLOATING, "float16, bfloat16, float32 or float64"),
    ASK("is_integer", IS_INTEGER, "a signed or unsigned integer"),
    ASK("is_bool", IS_BOOL, "bool"),
    ASK("is_complex", IS_COMPLEX, "complex64 or complex128"),
    ASK("is_unsigned", IS_UNSIGNED, "an unsigned integer"),
    ASK("is_numeric", IS_NUMERIC, "an integer, floating or complex"),
    ASK("is_quantized", IS_QUANTIZED, "False: there are no quantized dtypes here"),
    {0},
};

static PyMethodDef dtype_methods[] = {
    {"is_compatible_with", is_compatible_with, METH_O, compatible_doc},
    {"__reduce__", dtype_reduce, METH_NOARGS, NULL},
    {0},
};

static PyObject *dtype_make(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
  static char *names[] = {"type", NULL};
  core_state *st = core_of_type(type);
  PyObject *o;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:DType", names, &o))
    return NULL;
  int d = dtype_from_object(st, o, "DType");
  return d < 0 ? NULL : dtype_object(st, (ag_dtype)d);
}

static PyType_Slot dtype_slots[] = {
    {Py_tp_doc, "DType(type)\n--\n\nElement type of a tensor. Equal to its name and to NumPy's "
                "type of that name."},
    {Py_tp_new, dtype_make},
    {Py_tp_dealloc, dtype_dealloc},
    {Py_tp_repr, dtype_repr},
    {Py_tp_str, dtype_str},
    {Py_tp_hash, dtype_hash},
    {Py_tp_richcompare, dtype_compare},
    {Py_tp_getset, dtype_getset},
    {Py_tp_methods, dtype_methods},
    {0},
};

static PyType_Spec dtype_spec = {
    .name = "autograph._core.DType",
    .basicsize = sizeof(dtype_obj),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = dtype_slots,
};

PyDoc_STRVAR(as_dtype_doc, "as_dtype($module, /, type_value)\n--\n\n"
                           "The DType of a name, a Python type, a NumPy dtype or TensorFlow's "
                           "number for it in files. TypeError when it is none.");

static PyObject *as_dtype(PyObject *module, PyObject *args, PyObject *kwargs) {
  static char *names[] = {"type_value", NULL};
  core_state *st = core_of(module);
  PyObject *o;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:as_dtype", names, &o))
    return NULL;
  if (PyLong_CheckExact(o)) {
    long number = PyLong_AsLong(o);
    PyErr_Clear(); /* one that fits no long is none of them */
    for (int d = 0; d < AG_DTYPE_COUNT; d++)
      if (file_enum[d] == number)
        return dtype_object(st, (ag_dtype)d);
  }
  int d = o == (PyObject *)&PyBaseObject_Type /* NumPy's arrays of texts are arrays of objects */
              ? AG_STR
              : dtype_from_object(st, o, "as_dtype");
  return d < 0 ? NULL : dtype_object(st, (ag_dtype)d);
}

static PyMethodDef functions[] = {
    {"as_dtype", (PyCFunction)(void (*)(void))as_dtype, METH_VARARGS | METH_KEYWORDS, as_dtype_doc},
    {0},
};

int add_dtypes(PyObject *module, core_state *st) {
  st->dtype_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &dtype_spec, NULL);
  if (!st->dtype_type || PyModule_AddType(module, st->dtype_type) < 0)
    return -1;
  for (int d = 0; d < AG_DTYPE_COUNT; d++) {
    dtype_obj *o = PyObject_New(dtype_obj, st->dtype_type);
    if (!o)
      return -1;
    o->d = (ag_dtype)d;
    st->dtypes[d] = (PyObject *)o;
    if (PyModule_AddObjectRef(module, ag_dtype_name((ag_dtype)d), (PyObject *)o) < 0)
      return -1;
  }
  return PyModule_AddFunctions(module, functions);
}
