/* bare.c - the least a call of C from Python costs: a type that holds eight floats, x + 1 as a
 * method of the module. No dispatch, no shapes, no dtypes: the line that calls of compiled
 * functions are measured against. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

enum { SIZE = 8 };
typedef struct eight {
  PyObject_HEAD float x[SIZE];
} eight;

static PyTypeObject
    *type_of_eight; /* one interpreter, one process: this module lives for a benchmark */

static PyObject *eight_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
  (void)kwargs;
  PyObject *items;
  if (!PyArg_ParseTuple(args, "O!", &PyTuple_Type, &items))
    return NULL;
  if (PyTuple_GET_SIZE(items) != SIZE)
    return PyErr_Format(PyExc_ValueError, "eight numbers, got %zd", PyTuple_GET_SIZE(items));
  eight *self = (eight *)type->tp_alloc(type, 0);
  for (int i = 0; self && i < SIZE; i++) {
    self->x[i] = (float)PyFloat_AsDouble(PyTuple_GET_ITEM(items, i));
    if (PyErr_Occurred())
      Py_CLEAR(self);
  }
  return (PyObject *)self;
}

static PyObject *eight_tolist(PyObject *o, PyObject *unused) {
  (void)unused;
  PyObject *list = PyList_New(SIZE);
  for (int i = 0; list && i < SIZE; i++) {
    PyObject *item = PyFloat_FromDouble(((eight *)o)->x[i]);
    if (!item)
      Py_CLEAR(list);
    else
      PyList_SET_ITEM(list, i, item);
  }
  return list;
}

static void eight_dealloc(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

static PyObject *add_one(PyObject *module, PyObject *o) {
  (void)module;
  if (Py_TYPE(o) != type_of_eight)
    return PyErr_Format(PyExc_TypeError, "an Eight, got %s", Py_TYPE(o)->tp_name);
  eight *out = PyObject_New(eight, type_of_eight);
  for (int i = 0; out && i < SIZE; i++)
    out->x[i] = ((eight *)o)->x[i] + 1.0f;
  return (PyObject *)out;
}

static PyMethodDef eight_methods[] = {{"tolist", eight_tolist, METH_NOARGS, NULL}, {0}};
static PyType_Slot slots[] = {{Py_tp_new, eight_new},
                              {Py_tp_dealloc, eight_dealloc},
                              {Py_tp_methods, eight_methods},
                              {0, NULL}};
static PyType_Spec spec = {"bare.Eight", sizeof(eight), 0, Py_TPFLAGS_DEFAULT, slots};

static PyMethodDef methods[] = {{"add_one", add_one, METH_O, NULL}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "bare", .m_size = -1,
                                    .m_methods = methods};

PyMODINIT_FUNC PyInit_bare(void) {
  PyObject *m = PyModule_Create(&module);
  type_of_eight = m ? (PyTypeObject *)PyType_FromSpec(&spec) : NULL;
  if (!type_of_eight || PyModule_AddObjectRef(m, "Eight", (PyObject *)type_of_eight) < 0)
    Py_CLEAR(m);
  return m;
}
