/* method.c - a compiled function read through an instance: the function with its first argument.
 * As Python's bound methods are, but that it is a type of ours: what a Function has besides calls
 * (get_concrete_function, explain) puts the instance before its arguments too, see function.py.
 *
 * Other attributes are the function's. A call shifts its arguments in place where the caller allows
 * it, as bound methods do. */
#include "state.h"

#include <structmember.h>

enum { ARGS_HERE = 8 };

typedef struct method_obj {
  PyObject_HEAD
  vectorcallfunc call;
  PyObject *function, *self, *weakrefs;
} method_obj;

static PyObject *method_call(PyObject *o, PyObject *const *args, size_t nargsf,
                             PyObject *kwnames) {
  method_obj *m = (method_obj *)o;
  Py_ssize_t n = PyVectorcall_NARGS(nargsf);
  if (nargsf & PY_VECTORCALL_ARGUMENTS_OFFSET) {
    PyObject **all = (PyObject **)args - 1, *kept = all[0];
    all[0] = m->self;
    PyObject *result = PyObject_Vectorcall(m->function, all, (size_t)n + 1, kwnames);
    all[0] = kept;
    return result;
  }
  Py_ssize_t rest = n + (kwnames ? PyTuple_GET_SIZE(kwnames) : 0);
  PyObject *here[ARGS_HERE], **all = here;
  if (rest + 1 > ARGS_HERE && !(all = PyMem_Malloc((size_t)(rest + 1) * sizeof *all)))
    return PyErr_NoMemory();
  all[0] = m->self;
  for (Py_ssize_t i = 0; i < rest; i++)
    all[i + 1] = args[i];
  PyObject *result = PyObject_Vectorcall(m->function, all, (size_t)n + 1, kwnames);
  if (all != here)
    PyMem_Free(all);
  return result;
}

PyObject *method_new(core_state *st, PyObject *function, PyObject *self) {
  method_obj *m = PyObject_GC_New(method_obj, st->method_type);
  if (!m)
    return NULL;
  m->call = method_call;
  m->function = Py_NewRef(function);
  m->self = Py_NewRef(self);
  m->weakrefs = NULL;
  PyObject_GC_Track(m);
  return (PyObject *)m;
}

/* Method(function, instance), as weakref.WeakMethod makes one. */
static PyObject *method_make(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
  PyObject *function, *self;
  core_state *st = PyType_GetModuleState(type);
  if (kwargs && PyDict_GET_SIZE(kwargs))
    return PyErr_Format(PyExc_TypeError, "Method takes no keyword arguments");
  if (!PyArg_ParseTuple(args, "O!O", st->function_type, &function, &self))
    return NULL;
  return method_new(st, function, self);
}

static int method_traverse(PyObject *self, visitproc visit, void *arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(((method_obj *)self)->function);
  Py_VISIT(((method_obj *)self)->self);
  return 0;
}

static int method_clear(PyObject *self) {
  Py_CLEAR(((method_obj *)self)->function);
  Py_CLEAR(((method_obj *)self)->self);
  return 0;
}

static void method_dealloc(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  if (((method_obj *)self)->weakrefs)
    PyObject_ClearWeakRefs(self);
  method_clear(self);
  PyObject_GC_Del(self);
  Py_DECREF(type);
}

static PyObject *method_getattro(PyObject *self, PyObject *name) {
  PyObject *function = ((method_obj *)self)->function;
  if (PyUnicode_CompareWithASCIIString(name, "__doc__") &&
      PyUnicode_CompareWithASCIIString(name, "__module__")) { /* those the type has, too */
    PyObject *own = PyObject_GenericGetAttr(self, name);
    if (own || !PyErr_ExceptionMatches(PyExc_AttributeError))
      return own;
    PyErr_Clear();
  }
  return PyObject_GetAttr(function, name);
}

static PyObject *method_repr(PyObject *self) {
  PyObject *name = PyObject_GetAttrString(self, "__qualname__");
  if (!name)
    return NULL;
  PyObject *text =
      PyUnicode_FromFormat("<bound method %S of %R>", name, ((method_obj *)self)->self);
  Py_DECREF(name);
  return text;
}

static PyObject *method_compare(PyObject *a, PyObject *b, int op) {
  if ((op != Py_EQ && op != Py_NE) || Py_TYPE(a) != Py_TYPE(b))
    Py_RETURN_NOTIMPLEMENTED;
  const method_obj *x = (method_obj *)a, *y = (method_obj *)b;
  return PyBool_FromLong((x->function == y->function && x->self == y->self) == (op == Py_EQ));
}

static Py_hash_t method_hash(PyObject *self) {
  const method_obj *m = (method_obj *)self;
  Py_hash_t h = _Py_HashPointer(m->self) ^ _Py_HashPointer(m->function);
  return h == -1 ? -2 : h;
}

static PyMemberDef method_members[] = {
    {"__func__", T_OBJECT, offsetof(method_obj, function), READONLY, "the compiled function"},
    {"__self__", T_OBJECT, offsetof(method_obj, self), READONLY, "the instance"},
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(method_obj, call), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(method_obj, weakrefs), READONLY, NULL},
    {0},
};
static PyType_Slot method_slots[] = {
    {Py_tp_doc, "Method(function, instance, /)\n--\n\nA compiled function of an instance."},
    {Py_tp_new, method_make},
    {Py_tp_dealloc, method_dealloc},
    {Py_tp_traverse, method_traverse},
    {Py_tp_clear, method_clear},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_getattro, method_getattro},
    {Py_tp_repr, method_repr},
    {Py_tp_richcompare, method_compare},
    {Py_tp_hash, method_hash},
    {Py_tp_members, method_members},
    {0},
};
static PyType_Spec method_spec = {
    .name = "autograph._core.Method",
    .basicsize = sizeof(method_obj),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = method_slots,
};

int add_method(PyObject *module, core_state *st) {
  st->method_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &method_spec, NULL);
  return st->method_type ? PyModule_AddType(module, st->method_type) : -1;
}
