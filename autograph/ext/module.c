/* module.c - the module autograph._core: its state, and the order in which the files add to it. */
#include "state.h"

core_state *core_of(PyObject *module) { return PyModule_GetState(module); }

core_state *core_of_type(PyTypeObject *type) {
  core_state *st = PyType_GetModuleState(type); /* our own type: the common case */
  if (st)
    return st;
  PyErr_Clear();
  PyObject *module = PyType_GetModuleByDef(type, &core_module);
  return module ? PyModule_GetState(module) : NULL;
}

/* The package's directory: frames of files below it are not the user's. */
static PyObject *home_of(PyObject *module) {
  PyObject *file = PyObject_GetAttrString(module, "__file__");
  if (!file || !PyUnicode_Check(file)) {
    Py_XDECREF(file);
    PyErr_Clear(); /* loaded in a way that has no file: nothing is hidden then */
    return PyUnicode_FromString("\x01");
  }
  Py_ssize_t len = PyUnicode_GET_LENGTH(file);
  Py_ssize_t slash = PyUnicode_FindChar(file, '/', 0, len, -1);
  PyObject *home = PyUnicode_Substring(file, 0, slash + 1);
  Py_DECREF(file);
  return home;
}

/* ---- memory ---------------------------------------------------------------------------------- */

PyDoc_STRVAR(
    alive_doc,
    "_allocations_alive($module, /)\n--\n\nAllocations of the C core that were not freed yet.");
static PyObject *allocations_alive(PyObject *module, PyObject *unused) {
  (void)module;
  (void)unused;
  return PyLong_FromLongLong(ag_allocations_alive());
}

static PyObject *memory_watch(PyObject *module, PyObject *unused) {
  (void)module;
  (void)unused;
  ag_memory_watch();
  Py_RETURN_NONE;
}

static PyObject *memory_peak(PyObject *module, PyObject *unused) {
  (void)module;
  (void)unused;
  return PyLong_FromLongLong(ag_memory_peak());
}

PyDoc_STRVAR(fail_doc, "_fail_allocation($module, nth, /)\n--\n\n"
                       "The nth allocation of the C core from now on fails; 0 turns it off.");
static PyObject *fail_allocation(PyObject *module, PyObject *nth) {
  (void)module;
  unsigned long long n = PyLong_AsUnsignedLongLong(nth);
  if (PyErr_Occurred())
    return NULL;
  ag_fail_allocation(n);
  Py_RETURN_NONE;
}

static PyObject *has_room(PyObject *module, PyObject *bytes) {
  (void)module;
  size_t n = PyLong_AsSize_t(bytes);
  return PyErr_Occurred() ? NULL : PyBool_FromLong(ag_has_room(n));
}

static PyMethodDef core_functions[] = {
    {"_has_room", has_room, METH_O,
     "_has_room($module, bytes, /)\n--\n\nWhether so much address space is to be had now."},
    {"_allocations_alive", allocations_alive, METH_NOARGS, alive_doc},
    {"_memory_watch", memory_watch, METH_NOARGS,
     "_memory_watch($module, /)\n--\n\nCount the bytes of new tensors from here on."},
    {"_memory_peak", memory_peak, METH_NOARGS,
     "_memory_peak($module, /)\n--\n\nThe most bytes that were alive at once since _memory_watch, which ends."},
    {"_fail_allocation", fail_allocation, METH_O, fail_doc},
    {0},
};

static int core_exec(PyObject *module) {
  static int (*const parts[])(PyObject *, core_state *) = {
      add_errors,   add_dtypes, add_shape,     add_maybe,  add_trace,       add_tensor,
      add_variable, add_graph,  add_operation, add_plan,   add_method, add_function,    add_control,
      add_debugger, add_pin,    add_ops,       add_invoke, add_expressions, add_bools,
      add_foreign,  add_store,  add_products,  add_tries,  add_threads,     add_code,
      add_nodes,
  };
  core_state *st = core_of(module);
  if (!(st->home = home_of(module)) || !(st->programs = PyUnicode_FromFormat("%Ubench/", st->home)) ||
      !(st->staged = PyDict_New()) ||
      !(st->records = PyDict_New()))
    return -1;
  if (PyModule_AddObjectRef(module, "staged", st->staged) < 0)
    return -1;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (parts[i](module, st) < 0)
      return -1;
  return 0;
}

static int core_traverse(PyObject *module, visitproc visit, void *arg) {
  core_state *st = core_of(module);
  Py_VISIT(st->tensor_type);
  Py_VISIT(st->variable_type);
  Py_VISIT(st->graph_type);
  Py_VISIT(st->operation_type);
  Py_VISIT(st->function_type);
  Py_VISIT(st->method_type);
  Py_VISIT(st->concrete_type);
  Py_VISIT(st->dtype_type);
  Py_VISIT(st->shape_type);
  Py_VISIT(st->plan_type);
  Py_VISIT(st->undefined_type);
  Py_VISIT(st->choice_type);
  Py_VISIT(st->closure_type);
  Py_VISIT(st->int_type);
  Py_VISIT(st->float_type);
  for (int i = 0; i < AG_DTYPE_COUNT; i++)
    Py_VISIT(st->dtypes[i]);
  for (int i = 0; i < AG_CODE_COUNT; i++)
    Py_VISIT(st->exceptions[i]);
  Py_VISIT(st->pin_error);
  Py_VISIT(st->undefined);
  Py_VISIT(st->staged);
  Py_VISIT(st->records);
  Py_VISIT(st->numpy);
  Py_VISIT(st->op_numbers);
  Py_VISIT(st->unplaced);
  return 0;
}

static int core_clear(PyObject *module) {
  core_state *st = core_of(module);
  while (st->n_spare)
    PyObject_GC_Del(st->spare[--st->n_spare]); /* they own nothing but their memory */
  Py_CLEAR(st->tensor_type);
  Py_CLEAR(st->variable_type);
  Py_CLEAR(st->graph_type);
  Py_CLEAR(st->operation_type);
  Py_CLEAR(st->function_type);
  Py_CLEAR(st->method_type);
  Py_CLEAR(st->concrete_type);
  Py_CLEAR(st->dtype_type);
  Py_CLEAR(st->shape_type);
  Py_CLEAR(st->plan_type);
  Py_CLEAR(st->undefined_type);
  Py_CLEAR(st->choice_type);
  Py_CLEAR(st->closure_type);
  Py_CLEAR(st->int_type);
  Py_CLEAR(st->float_type);
  for (int i = 0; i < AG_DTYPE_COUNT; i++)
    Py_CLEAR(st->dtypes[i]);
  for (int i = 0; i < AG_CODE_COUNT; i++)
    Py_CLEAR(st->exceptions[i]);
  Py_CLEAR(st->pin_error);
  Py_CLEAR(st->undefined);
  Py_CLEAR(st->staged);
  Py_CLEAR(st->records);
  Py_CLEAR(st->numpy);
  Py_CLEAR(st->op_numbers);
  Py_CLEAR(st->home);
  Py_CLEAR(st->programs);
  Py_CLEAR(st->library);
  Py_CLEAR(st->packages);
  Py_CLEAR(st->do_not_convert);
  for (int i = 0; i < PLACE_PARTS; i++)
    Py_CLEAR(st->place[i]);
  Py_CLEAR(st->fields);
  Py_CLEAR(st->unplaced);
  return 0;
}

static void core_free(void *module) { core_clear(module); }

static PyModuleDef_Slot core_slots[] = {{Py_mod_exec, core_exec}, {0, NULL}};

struct PyModuleDef core_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "autograph._core",
    .m_doc = "Tensors, graphs and compiled functions: what autograph does in C.",
    .m_size = sizeof(core_state),
    .m_methods = core_functions,
    .m_slots = core_slots,
    .m_traverse = core_traverse,
    .m_clear = core_clear,
    .m_free = core_free,
};

PyMODINIT_FUNC PyInit__core(void) {
  static bool closes; /* once, whatever the number of interpreters */
  if (!closes)
    closes = !Py_AtExit(ag_compile_close); /* daemon threads may compile to the last */
  return PyModuleDef_Init(&core_module);
}
