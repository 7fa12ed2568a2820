/* graph.c - the type Graph: an ag_graph with the Python objects that its nodes refer to.
 * The methods lie in region.c (building), names.c (names and look-up), pin.c (numbers that are
 * needed while tracing) and views.c (text and plans).
 */
#include "graph_obj.h"

#include <string.h>
#include <structmember.h>

#include "operation.h"

/* ---- making and dropping --------------------------------------------------------------------- */

static graph_obj *graph_init(graph_obj *o, ag_graph *g) {
  if (!o) {
    ag_graph_free(g);
    return NULL;
  }
  o->g = g;
  o->codes = PyList_New(0);
  o->keep = PyList_New(0);
  o->sites = PyList_New(0);
  o->code_index = PyDict_New();
  o->names = PyList_New(0);
  o->scopes = PyDict_New();
  o->extra = PyDict_New();
  if (!o->g && !PyErr_Occurred())
    PyErr_NoMemory();
  if (o->g && o->codes && o->keep && o->sites && o->code_index && o->names && o->scopes && o->extra)
    return o;
  Py_DECREF(o);
  return NULL;
}

graph_obj *graph_obj_new(core_state *st, ag_graph *g) {
  return graph_init((graph_obj *)st->graph_type->tp_alloc(st->graph_type, 0), g);
}

static PyObject *graph_make(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
  (void)args; /* a subclass may take arguments */
  (void)kwargs;
  graph_obj *g = graph_init((graph_obj *)type->tp_alloc(type, 0), ag_graph_new());
  if (g)
    g->check_numerics = core_of_type(type)->check_numerics;
  return (PyObject *)g;
}

static int graph_traverse(PyObject *self, visitproc visit, void *arg) {
  graph_obj *g = (graph_obj *)self;
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(g->codes);
  Py_VISIT(g->keep);
  Py_VISIT(g->sites);
  Py_VISIT(g->code_index);
  Py_VISIT(g->names);
  Py_VISIT(g->scopes);
  Py_VISIT(g->extra);
  return 0;
}

/* What a run needs (variables and callbacks) stays until the end: another thread may be running. */
static int graph_clear(PyObject *self) {
  graph_obj *g = (graph_obj *)self;
  Py_CLEAR(g->extra);
  return 0;
}

static void graph_dealloc(PyObject *self) {
  graph_obj *g = (graph_obj *)self;
  PyTypeObject *type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  if (g->weakrefs)
    PyObject_ClearWeakRefs(self);
  ag_graph_free(g->g);
  Py_CLEAR(g->extra);
  Py_CLEAR(g->codes);
  Py_CLEAR(g->keep);
  Py_CLEAR(g->sites);
  Py_CLEAR(g->code_index);
  Py_CLEAR(g->names);
  Py_CLEAR(g->scopes);
  ag_free(g->where);
  ag_free(g->handles);
  ag_free(g->ops);
  type->tp_free(self);
  Py_DECREF(type);
}

void graph_undo(graph_obj *g, const ag_mark *m) {
  for (uint32_t v = m->values; v < g->cap_handles; v++)
    if (g->handles[v]) {
      g->handles[v]->val = AG_NONE; /* the number will be another's */
      g->handles[v] = NULL;
    }
  for (uint32_t n = m->nodes; n < g->cap_ops; n++)
    if (g->ops[n]) {
      g->ops[n]->node = 0;
      g->ops[n] = NULL;
    }
  ag_graph_undo(g->g, m);
}

int check_open(graph_obj *g) {
  if (!g->finished)
    return 0;
  PyErr_SetString(PyExc_RuntimeError, "this graph is finished and cannot be changed");
  return -1;
}

/* ---- attributes ------------------------------------------------------------------------------ */

static PyObject *get_n_ops(PyObject *self, void *unused) {
  (void)unused;
  return PyLong_FromUnsignedLong(ag_graph_nodes(((graph_obj *)self)->g) - 1);
}

static PyObject *get_finished(PyObject *self, void *unused) {
  (void)unused;
  return PyBool_FromLong(((graph_obj *)self)->finished);
}

static int set_finished(PyObject *self, PyObject *value, void *unused) {
  (void)unused;
  int yes = value ? PyObject_IsTrue(value) : 0;
  if (yes < 0)
    return -1;
  ((graph_obj *)self)->finished = yes;
  return 0;
}

static PyMemberDef graph_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(graph_obj, weakrefs), READONLY, NULL},
    {"extra", T_OBJECT, offsetof(graph_obj, extra), READONLY,
     "dict for whatever Python keeps with the graph"},
    {"watched", T_UINT, offsetof(graph_obj, watched), 0,
     "not 0: a `try` is round this point, and asks about operations that may fail"},
    {"long_loops", T_UINT, offsetof(graph_obj, long_loops), 0,
     "how many loops over long ranges are round this point, which are Python's so far"},
    {"numpys_asked", T_BOOL, offsetof(graph_obj, numpys_asked), 0,
     "True when the trace has asked whether its arrays are NumPy's"},
    {"sites", T_OBJECT, offsetof(graph_obj, sites), READONLY,
     "records of RAISE and CALLBACK nodes"},
    {0},
};

static PyGetSetDef graph_getset[] = {
    {"n_ops", get_n_ops, NULL, "number of operations, those of branches and loops included", NULL},
    {"finished", get_finished, set_finished, "True when no operation can be added any more", NULL},
    {0},
};

static PyType_Slot graph_slots[] = {
    {Py_tp_doc, "Graph()\n--\n\nOperations and the values between them, built by running Python "
                "code under building()."},
    {Py_tp_new, graph_make},
    {Py_tp_dealloc, graph_dealloc},
    {Py_tp_traverse, graph_traverse},
    {Py_tp_clear, graph_clear},
    {Py_tp_members, graph_members},
    {Py_tp_getset, graph_getset},
    {0},
};

static PyType_Spec graph_spec = {
    .name = "autograph._core.Graph",
    .basicsize = sizeof(graph_obj),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .slots = graph_slots,
};

/* The methods come from several files. */
static int add_methods(PyTypeObject *type, PyMethodDef *methods) {
  for (; methods->ml_name; methods++) {
    PyObject *m = PyDescr_NewMethod(type, methods);
    int failed = m ? PyDict_SetItemString(type->tp_dict, methods->ml_name, m) : -1;
    Py_XDECREF(m);
    if (failed)
      return -1;
  }
  PyType_Modified(type);
  return 0;
}

int add_graph(PyObject *module, core_state *st) {
  st->graph_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &graph_spec, NULL);
  if (!st->graph_type || add_methods(st->graph_type, region_methods) < 0 ||
      add_methods(st->graph_type, name_methods) < 0 ||
      add_methods(st->graph_type, pin_methods) < 0 || add_methods(st->graph_type, view_methods) < 0)
    return -1;
  return PyModule_AddType(module, st->graph_type);
}
