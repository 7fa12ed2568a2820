/* trace.c - the traces this thread is in, and the user's place for each node.
 * The stack is the thread's own: another thread may run eagerly, or trace, at the same time. A NULL
 * entry means "eager again" (initial values of variables). */
#include "state.h"

#include <string.h>

/* Functions called in a trace join it, so traces inside traces are few; and the dynamic loader has
 * about 500 bytes of thread-local room for a module that, as this one, wants its thread-locals fast
 * (see runtime/base/alloc.c). */
enum { MAX_DEPTH = 24 };

static _Thread_local struct {
  graph_obj *graph[MAX_DEPTH]; /* each holds a reference, or is NULL */
  uint32_t n;
} stack __attribute__((tls_model("initial-exec"))); /* every operator and call looks at it */

graph_obj *trace_current(void) { return stack.n ? stack.graph[stack.n - 1] : NULL; }

uint32_t trace_depth(void) { return stack.n; }

PyObject *trace_enter(core_state *st, graph_obj *g) {
  (void)st;
  if (stack.n == MAX_DEPTH) {
    PyErr_Format(PyExc_RecursionError, "more than %d functions are being traced inside one another",
                 MAX_DEPTH);
    return NULL;
  }
  stack.graph[stack.n++] = (graph_obj *)Py_XNewRef((PyObject *)g);
  return Py_None;
}

void trace_leave(void) {
  if (!stack.n)
    return;
  graph_obj *g = stack.graph[--stack.n];
  Py_XDECREF(g);
}

/* ---- places ---------------------------------------------------------------------------------- */

static bool starts_with(PyObject *file, PyObject *directory) {
  return PyUnicode_Tailmatch(file, directory, 0, PY_SSIZE_T_MAX, -1) == 1;
}

bool below_home(core_state *st, PyCodeObject *code) {
  return starts_with(code->co_filename, st->home) && !starts_with(code->co_filename, st->programs);
}

/* The index of `code` in the graph's list, where it is put when new; -1 when memory is out. */
static Py_ssize_t intern_code(graph_obj *g, PyCodeObject *code) {
  PyObject *id =
      PyLong_FromVoidPtr(code); /* by identity: code objects hash by their whole content */
  if (!id)
    return -1;
  PyObject *known = PyDict_GetItemWithError(g->code_index, id);
  Py_ssize_t index = known              ? PyLong_AsSsize_t(known)
                     : PyErr_Occurred() ? -1
                                        : PyList_GET_SIZE(g->codes);
  if (!known && index >= 0) {
    PyObject *number = PyLong_FromSsize_t(index);
    if (!number || PyList_Append(g->codes, (PyObject *)code) < 0)
      index = -1;
    else if (PyDict_SetItem(g->code_index, id, number) < 0)
      index = -1;
    Py_XDECREF(number);
  }
  Py_DECREF(id);
  return index;
}

static ag_loc intern_place(graph_obj *g, PyCodeObject *code, int lasti) {
  enum { NEAR = 16 }; /* a statement makes several nodes in a row */
  for (uint32_t i = g->n_where, seen = 0; i > 1 && seen < NEAR; seen++) {
    const struct loc_entry *e = &g->where[--i];
    if (e->lasti == lasti && PyList_GET_ITEM(g->codes, e->code) == (PyObject *)code)
      return i;
  }
  Py_ssize_t index = intern_code(g, code);
  uint32_t first = g->n_where ? g->n_where : 1; /* place 0 is "unknown" */
  if (index < 0 || !ag_grow(g->where, g->cap_where, first + 1)) {
    PyErr_Clear(); /* a place less is no reason to fail */
    return 0;
  }
  if (first == 1)
    g->where[0] = (struct loc_entry){0, -1};
  g->where[first] = (struct loc_entry){(uint32_t)index, lasti};
  g->n_where = first + 1;
  return first;
}

/* Where the last node came from there, the frame need not be asked whose it is. */
static bool was_users(const graph_obj *g, PyCodeObject *code) {
  return g->n_where > 1 &&
         PyList_GET_ITEM(g->codes, g->where[g->n_where - 1].code) == (PyObject *)code;
}

ag_loc trace_loc(core_state *st, graph_obj *g) {
  PyThreadState *tstate = PyThreadState_Get();
  PyFrameObject *frame = PyThreadState_GetFrame(tstate);
  ag_loc loc = 0;
  while (frame) {
    PyCodeObject *code = PyFrame_GetCode(frame);
    bool users = was_users(g, code) || !below_home(st, code);
    if (users)
      loc = intern_place(g, code, PyFrame_GetLasti(frame));
    Py_DECREF(code);
    PyFrameObject *back = users ? NULL : PyFrame_GetBack(frame);
    Py_DECREF(frame);
    frame = back;
  }
  return loc;
}

bool loc_resolve(graph_obj *g, ag_loc loc, PyObject **file, int *line, PyObject **function) {
  if (loc == 0 || loc >= g->n_where)
    return false;
  const struct loc_entry *e = &g->where[loc];
  PyCodeObject *code = (PyCodeObject *)PyList_GET_ITEM(g->codes, e->code);
  *file = Py_NewRef(code->co_filename);
  *function = Py_NewRef(code->co_name);
  *line = PyCode_Addr2Line(code, e->lasti);
  if (*line <= 0)
    *line = code->co_firstlineno;
  return true;
}

int loc_offset(const graph_obj *g, ag_loc loc) {
  return loc == 0 || loc >= g->n_where ? -1 : g->where[loc].lasti;
}

/* ---- for Python ------------------------------------------------------------------------------ */

PyDoc_STRVAR(current_doc,
             "current_graph($module, /)\n--\n\n"
             "The Graph this thread adds operations to, or None when they run at once.");
static PyObject *current_graph(PyObject *module, PyObject *unused) {
  (void)module;
  (void)unused;
  graph_obj *g = trace_current();
  return Py_NewRef(g ? (PyObject *)g : Py_None);
}

PyDoc_STRVAR(enter_doc,
             "enter($module, graph, /)\n--\n\n"
             "Operations of this thread go to `graph` (None: run at once) until leave().");
static PyObject *enter(PyObject *module, PyObject *graph) {
  core_state *st = core_of(module);
  if (graph != Py_None && !PyObject_TypeCheck(graph, st->graph_type)) {
    PyErr_Format(PyExc_TypeError, "enter: expected a Graph or None, not %s",
                 Py_TYPE(graph)->tp_name);
    return NULL;
  }
  return Py_XNewRef(trace_enter(st, graph == Py_None ? NULL : (graph_obj *)graph));
}

PyDoc_STRVAR(leave_doc,
             "leave($module, /)\n--\n\nEnds the last enter(). RuntimeError when there is none.");
static PyObject *leave(PyObject *module, PyObject *unused) {
  (void)module;
  (void)unused;
  if (!trace_depth()) {
    PyErr_SetString(PyExc_RuntimeError, "leave: no graph was entered in this thread");
    return NULL;
  }
  trace_leave();
  Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"current_graph", current_graph, METH_NOARGS, current_doc},
    {"enter", enter, METH_O, enter_doc},
    {"leave", leave, METH_NOARGS, leave_doc},
    {0},
};

int add_trace(PyObject *module, core_state *st) {
  (void)st;
  return PyModule_AddFunctions(module, functions);
}
