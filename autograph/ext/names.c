/* names.c - name scopes of a graph, and its operations and tensors by name. */
#include "graph_obj.h"

#include <stdio.h>
#include <string.h>

static core_state *state_of(PyObject *self) { return core_of_type(Py_TYPE(self)); }

/* ---- scopes ---------------------------------------------------------------------------------- */

/* The scope in force, "" or "outer/inner". */
static const char *scope_text(graph_obj *g) {
  Py_ssize_t n = PyList_GET_SIZE(g->names);
  const char *text = n ? PyUnicode_AsUTF8(PyList_GET_ITEM(g->names, n - 1)) : "";
  if (!text)
    PyErr_Clear();
  return text ? text : "";
}

const char *node_name(graph_obj *g, ag_op op, const char *name, char *buf) {
  const char *scope = scope_text(g);
  size_t len = name ? strlen(name) : 0;
  if (!*scope && !len)
    return NULL;                   /* the graph takes the op's name */
  if (len && name[len - 1] == '/') /* "whole/name/": taken as it is */
    snprintf(buf, NODE_NAME, "%.*s", (int)len - 1, name);
  else
    snprintf(buf, NODE_NAME, "%s%s%s", scope, *scope ? "/" : "", len ? name : ag_ops[op].name);
  return buf;
}

static ag_nid find_node(graph_obj *g, const char *name, size_t len) {
  for (ag_nid id = 1; id < ag_graph_nodes(g->g); id++) {
    const char *own = ag_graph_name(g->g, id);
    if (own && strncmp(own, name, len) == 0 && !own[len])
      return id;
  }
  return 0;
}

/* `name` in the scope, with the first suffix that neither a scope nor an operation has. Remembered
 * when `take`. */
static PyObject *unique(graph_obj *g, const char *name, bool take) {
  char buf[NODE_NAME];
  const char *scope = scope_text(g);
  for (unsigned k = 0;; k++) {
    if (k)
      snprintf(buf, sizeof buf, "%s%s%s_%u", scope, *scope ? "/" : "", name, k);
    else
      snprintf(buf, sizeof buf, "%s%s%s", scope, *scope ? "/" : "", name);
    PyObject *text = PyUnicode_FromString(buf);
    int used = text ? PyDict_Contains(g->scopes, text) : -1;
    if (used < 0 || (!used && !find_node(g, buf, strlen(buf)))) {
      if (used < 0 || (take && PyDict_SetItem(g->scopes, text, Py_None) < 0))
        Py_CLEAR(text);
      return text;
    }
    Py_DECREF(text);
  }
}

static PyObject *push_scope(PyObject *self, PyObject *arg) {
  graph_obj *g = (graph_obj *)self;
  PyObject *full;
  if (arg == Py_None) { /* back to the top */
    full = PyUnicode_FromString("");
  } else {
    Py_ssize_t len;
    const char *name = PyUnicode_Check(arg) ? PyUnicode_AsUTF8AndSize(arg, &len) : NULL;
    if (!name)
      return PyErr_Occurred()
                 ? NULL
                 : PyErr_Format(PyExc_TypeError, "name scope: expected a str, not %R", arg);
    if (len && name[len - 1] == '/') /* an existing scope, entered again */
      full = PyUnicode_FromStringAndSize(name, len - 1);
    else
      full = len ? unique(g, name, true) : PyUnicode_FromString("");
  }
  if (full && PyList_Append(g->names, full) < 0)
    Py_CLEAR(full);
  return full;
}

static PyObject *pop_scope(PyObject *self, PyObject *unused) {
  (void)unused;
  graph_obj *g = (graph_obj *)self;
  Py_ssize_t n = PyList_GET_SIZE(g->names);
  if (n == 0) {
    PyErr_SetString(PyExc_RuntimeError, "pop_scope: no name scope is open");
    return NULL;
  }
  if (PyList_SetSlice(g->names, n - 1, n, NULL) < 0)
    return NULL;
  Py_RETURN_NONE;
}

static PyObject *get_scope(PyObject *self, PyObject *unused) {
  (void)unused;
  return PyUnicode_FromString(scope_text((graph_obj *)self));
}

static PyObject *unique_name(PyObject *self, PyObject *args, PyObject *kwargs) {
  static char *names[] = {"name", "mark_as_used", NULL};
  const char *name;
  int take = 1;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "s|p:unique_name", names, &name, &take))
    return NULL;
  return unique((graph_obj *)self, name, take);
}

/* ---- look-up --------------------------------------------------------------------------------- */

static PyObject *get_operations(PyObject *self, PyObject *unused) {
  (void)unused;
  graph_obj *g = (graph_obj *)self;
  core_state *st = state_of(self);
  PyObject *list = PyList_New(0);
  for (ag_nid id = ag_graph_region(g->g, 0)->first; list && id;
       id = ag_graph_node(g->g, id)->next) {
    PyObject *op = operation_handle(st, g, id);
    if (!op || PyList_Append(list, op) < 0)
      Py_CLEAR(list);
    Py_XDECREF(op);
  }
  return list;
}

static PyObject *get_operation_by_name(PyObject *self, PyObject *arg) {
  graph_obj *g = (graph_obj *)self;
  Py_ssize_t len;
  const char *name = PyUnicode_Check(arg) ? PyUnicode_AsUTF8AndSize(arg, &len) : NULL;
  if (!name)
    return PyErr_Occurred() ? NULL
                            : PyErr_Format(PyExc_TypeError, "operation names are str, not %R", arg);
  ag_nid id = find_node(g, name, (size_t)len);
  if (id)
    return operation_handle(state_of(self), g, id);
  if (strchr(name, ':'))
    PyErr_Format(PyExc_ValueError, "'%s' is the name of a tensor, not of an operation", name);
  else
    PyErr_Format(PyExc_KeyError, "the graph has no operation '%s'", name);
  return NULL;
}

static PyObject *get_tensor_by_name(PyObject *self, PyObject *arg) {
  graph_obj *g = (graph_obj *)self;
  const char *name = PyUnicode_Check(arg) ? PyUnicode_AsUTF8(arg) : NULL;
  if (!name)
    return PyErr_Occurred() ? NULL
                            : PyErr_Format(PyExc_TypeError, "tensor names are str, not %R", arg);
  const char *colon = strrchr(name, ':');
  char *end = NULL;
  unsigned long index = colon ? strtoul(colon + 1, &end, 10) : 0;
  if (!colon || end == colon + 1 || *end) {
    PyErr_Format(PyExc_ValueError, "a tensor's name is '<operation>:<output>', not '%s'", name);
    return NULL;
  }
  ag_nid id = find_node(g, name, (size_t)(colon - name));
  if (!id || index >= ag_graph_node(g->g, id)->n_out) {
    PyErr_Format(PyExc_KeyError,
                 id ? "the operation of '%s' has no such output"
                    : "the graph has no operation for '%s'",
                 name);
    return NULL;
  }
  return tensor_from_graph(state_of(self), g, ag_graph_node(g->g, id)->out + (ag_val)index);
}

static PyObject *as_graph_element(PyObject *self, PyObject *args, PyObject *kwargs) {
  static char *names[] = {"obj", "allow_tensor", "allow_operation", NULL};
  core_state *st = state_of(self);
  PyObject *o, *graph = NULL;
  int tensors = 1, operations = 1;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|pp:as_graph_element", names, &o, &tensors,
                                   &operations))
    return NULL;
  if (PyUnicode_Check(o)) {
    bool tensor = PyUnicode_FindChar(o, ':', 0, PyUnicode_GET_LENGTH(o), 1) >= 0;
    if (tensor ? !tensors : !operations)
      return PyErr_Format(PyExc_ValueError, "%R is the name of %s", o,
                          tensor ? "a tensor" : "an operation");
    return tensor ? get_tensor_by_name(self, o) : get_operation_by_name(self, o);
  }
  bool tensor = is_tensor(st, o), operation = Py_IS_TYPE(o, st->operation_type);
  if ((tensor && tensors) || (operation && operations)) {
    graph = PyObject_GetAttrString(o, "graph");
    if (!graph)
      return NULL;
    Py_DECREF(graph);
    if (graph == self)
      return Py_NewRef(o);
    return PyErr_Format(PyExc_ValueError, "%R is not an element of this graph", o);
  }
  return PyErr_Format(PyExc_TypeError, "a %s is not an element of a graph", Py_TYPE(o)->tp_name);
}

static PyObject *tensor(PyObject *self, PyObject *arg) {
  graph_obj *g = (graph_obj *)self;
  unsigned long v = PyLong_AsUnsignedLong(arg);
  if (v == (unsigned long)-1 && PyErr_Occurred())
    return NULL;
  if (v && v < ag_graph_values(g->g))
    return tensor_from_graph(state_of(self), g, (ag_val)v);
  return PyErr_Format(PyExc_IndexError, "the graph has no value %lu", v);
}

static PyObject *inputs_or_results(PyObject *self, bool results) {
  graph_obj *g = (graph_obj *)self;
  const ag_region_info *r = ag_graph_region(g->g, 0);
  uint32_t n = results ? r->n_results : r->n_params;
  PyObject *list = PyList_New(n);
  for (uint32_t i = 0; list && i < n; i++) {
    PyObject *t = tensor_from_graph(state_of(self), g, results ? r->results[i] : r->params[i]);
    if (t)
      PyList_SET_ITEM(list, i, t);
    else
      Py_CLEAR(list);
  }
  return list;
}

static PyObject *get_params(PyObject *self, PyObject *unused) {
  (void)unused;
  return inputs_or_results(self, false);
}

static PyObject *get_results(PyObject *self, PyObject *unused) {
  (void)unused;
  return inputs_or_results(self, true);
}

#define WORDS(f) (PyCFunction)(void (*)(void))(f)
PyMethodDef name_methods[] = {
    {"push_scope", push_scope, METH_O,
     "push_scope($self, name, /)\n--\n\n"
     "Open a name scope, `name_1` when `name` is taken; 'a/b/' enters an existing one, None the "
     "top. Returns its full name."},
    {"pop_scope", pop_scope, METH_NOARGS, "pop_scope($self, /)\n--\n\nClose the last name scope."},
    {"get_name_scope", get_scope, METH_NOARGS,
     "get_name_scope($self, /)\n--\n\nThe name scope in force."},
    {"unique_name", WORDS(unique_name), METH_VARARGS | METH_KEYWORDS,
     "unique_name($self, name, mark_as_used=True)\n--\n\nA name in the current scope that nothing "
     "has yet."},
    {"get_operations", get_operations, METH_NOARGS,
     "get_operations($self, /)\n--\n\nThe operations in order, without those inside branches and "
     "loops."},
    {"get_operation_by_name", get_operation_by_name, METH_O,
     "get_operation_by_name($self, name, /)\n--\n\nKeyError when there is none."},
    {"get_tensor_by_name", get_tensor_by_name, METH_O,
     "get_tensor_by_name($self, name, /)\n--\n\nThe tensor '<operation>:<output>'. KeyError when "
     "there is none."},
    {"as_graph_element", WORDS(as_graph_element), METH_VARARGS | METH_KEYWORDS,
     "as_graph_element($self, obj, allow_tensor=True, allow_operation=True)\n--\n\n"
     "The Tensor or Operation that `obj` is or names. ValueError for those of other graphs."},
    {"tensor", tensor, METH_O, "tensor($self, value, /)\n--\n\nThe Tensor of a value's number."},
    {"get_params", get_params, METH_NOARGS,
     "get_params($self, /)\n--\n\nThe function's parameters, in order."},
    {"get_results", get_results, METH_NOARGS,
     "get_results($self, /)\n--\n\nWhat the function returns, in order."},
    {0},
};
