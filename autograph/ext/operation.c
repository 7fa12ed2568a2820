/* operation.c - the type Operation: the handle of a node, with TensorFlow's view of it. */
#include "operation.h"

#include <string.h>

#include "graph_obj.h"

static core_state *state_of(PyObject *self) { return PyType_GetModuleState(Py_TYPE(self)); }

PyObject *operation_handle(core_state *st, graph_obj *g, ag_nid node) {
  if (node < g->cap_ops && g->ops[node])
    return Py_NewRef((PyObject *)g->ops[node]);
  uint32_t old = g->cap_ops;
  if (!ag_grow(g->ops, g->cap_ops, node + 1))
    return PyErr_NoMemory();
  if (g->cap_ops > old)
    memset(g->ops + old, 0, (g->cap_ops - old) * sizeof *g->ops);
  operation_obj *o = (operation_obj *)st->operation_type->tp_alloc(st->operation_type, 0);
  if (!o)
    return NULL;
  o->graph = (graph_obj *)Py_NewRef((PyObject *)g);
  o->node = node;
  g->ops[node] = o;
  return (PyObject *)o;
}

static int operation_traverse(PyObject *self, visitproc visit, void *arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(((operation_obj *)self)->graph);
  return 0;
}

static void operation_dealloc(PyObject *self) {
  operation_obj *o = (operation_obj *)self;
  PyTypeObject *type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  if (o->graph && o->node < o->graph->cap_ops && o->graph->ops[o->node] == o)
    o->graph->ops[o->node] = NULL;
  Py_CLEAR(o->graph);
  type->tp_free(self);
  Py_DECREF(type);
}

static const ag_node *node_of(PyObject *self) {
  operation_obj *o = (operation_obj *)self;
  if (o->node)
    return ag_graph_node(o->graph->g, o->node);
  PyErr_SetString(PyExc_RuntimeError, "this operation belongs to a trace that was given up");
  return NULL;
}

/* ---- attributes ------------------------------------------------------------------------------ */

static PyObject *node_text(const operation_obj *o) {
  const char *name = ag_graph_name(o->graph->g, o->node);
  return name ? PyUnicode_FromString(name) : PyUnicode_FromFormat("n%u", o->node);
}

static PyObject *get_name(PyObject *self, void *unused) {
  (void)unused;
  const ag_node *n = node_of(self);
  return n ? node_text((operation_obj *)self) : NULL;
}

static PyObject *get_type(PyObject *self, void *unused) {
  (void)unused;
  const ag_node *n = node_of(self);
  return n ? PyUnicode_FromString(ag_ops[n->op].file) : NULL;
}

static PyObject *tensors(PyObject *self, const ag_val *vals, uint32_t n, ag_val first) {
  PyObject *all = PyTuple_New(n);
  for (uint32_t i = 0; all && i < n; i++) {
    PyObject *t = tensor_from_graph(state_of(self), ((operation_obj *)self)->graph,
                                    vals ? vals[i] : first + i);
    if (t)
      PyTuple_SET_ITEM(all, i, t);
    else
      Py_CLEAR(all);
  }
  return all;
}

static PyObject *get_inputs(PyObject *self, void *unused) {
  (void)unused;
  const ag_node *n = node_of(self);
  return n ? tensors(self, n->in, n->n_in, 0) : NULL;
}

static PyObject *get_outputs(PyObject *self, void *unused) {
  (void)unused;
  const ag_node *n = node_of(self);
  PyObject *all = n ? tensors(self, NULL, n->n_out, n->out) : NULL;
  PyObject *list = all ? PySequence_List(all) : NULL;
  Py_XDECREF(all);
  return list;
}

static PyObject *get_control_inputs(PyObject *self, void *unused) {
  (void)self;
  (void)unused;
  return PyList_New(0); /* effects are ordered by their place */
}

static PyObject *get_device(PyObject *self, void *unused) {
  (void)self;
  (void)unused;
  return PyUnicode_FromString("");
}

static PyObject *get_graph(PyObject *self, void *unused) {
  (void)unused;
  return Py_NewRef((PyObject *)((operation_obj *)self)->graph);
}

/* (file, line, function) or None. */
static PyObject *get_loc(PyObject *self, void *unused) {
  (void)unused;
  const ag_node *n = node_of(self);
  PyObject *file, *function;
  int line;
  if (!n)
    return NULL;
  if (!loc_resolve(((operation_obj *)self)->graph, n->loc, &file, &line, &function))
    Py_RETURN_NONE;
  return Py_BuildValue("(NiN)", file, line, function);
}

static PyObject *attr_object(core_state *st, const ag_attr *a) {
  switch ((enum ag_attr_kind)a->kind) {
  case AG_ATTR_INT:
    if (a->key == AG_KEY_dtype && a->i >= 0 && a->i < AG_DTYPE_COUNT)
      return dtype_object(st, (ag_dtype)a->i);
    if (a->key == AG_KEY_keep_dims || a->key == AG_KEY_adj_x || a->key == AG_KEY_adj_y ||
        a->key == AG_KEY_weak || a->key == AG_KEY_descending)
      return PyBool_FromLong(a->i != 0);
    return PyLong_FromLongLong(a->i);
  case AG_ATTR_FLOAT:
    return PyFloat_FromDouble(a->f);
  case AG_ATTR_TEXT:
    return PyUnicode_DecodeUTF8(a->text, a->n, "replace");
  case AG_ATTR_INTS: {
    if (a->key == AG_KEY_shape)
      return shape_new(st, (int)a->n, a->ints);
    PyObject *list = PyList_New(a->n);
    for (uint32_t i = 0; list && i < a->n; i++) {
      PyObject *v = PyLong_FromLongLong(a->ints[i]);
      if (v)
        PyList_SET_ITEM(list, i, v);
      else
        Py_CLEAR(list);
    }
    return list;
  }
  case AG_ATTR_TENSOR: {
    ag_tensor share;
    ag_tensor_ref(a->tensor, &share);
    return tensor_from_value(st, &share);
  }
  case AG_ATTR_TYPES: {
    PyObject *list = PyList_New(a->n);
    for (uint32_t i = 0; list && i < a->n; i++) {
      const ag_type *t = &a->types[i];
      PyObject *pair =
          Py_BuildValue("(NN)", dtype_object(st, t->dtype), shape_new(st, t->rank, t->dim));
      if (pair)
        PyList_SET_ITEM(list, i, pair);
      else
        Py_CLEAR(list);
    }
    return list;
  }
  }
  Py_RETURN_NONE;
}

static PyObject *attr_dict(PyObject *self, const ag_node *n) {
  PyObject *dict = PyDict_New();
  for (uint32_t i = 0; dict && i < n->n_attrs; i++) {
    PyObject *v = attr_object(state_of(self), &n->attrs[i]);
    if (!v || PyDict_SetItemString(dict, ag_key_name((ag_key)n->attrs[i].key), v) < 0)
      Py_CLEAR(dict);
    Py_XDECREF(v);
  }
  if (dict && n->n_out) { /* TensorFlow's name for the dtype that a node is about */
    PyObject *t = dtype_object(
        state_of(self), ag_graph_value(((operation_obj *)self)->graph->g, n->out)->type.dtype);
    if (PyDict_SetItemString(dict, "T", t) < 0)
      Py_CLEAR(dict);
    Py_DECREF(t);
  }
  return dict;
}

static PyObject *get_attr(PyObject *self, PyObject *name) {
  const ag_node *n = node_of(self);
  PyObject *dict = n ? attr_dict(self, n) : NULL,
           *value = dict ? PyDict_GetItemWithError(dict, name) : NULL;
  Py_XINCREF(value);
  if (dict && !value && !PyErr_Occurred())
    PyErr_Format(PyExc_ValueError, "the operation %s has no attribute %R", ag_ops[n->op].file,
                 name);
  Py_XDECREF(dict);
  return value;
}

/* ---- node_def, op_def ------------------------------------------------------------------------ */

/* types.SimpleNamespace: TensorFlow's are protocol buffers, read through attributes. */
static PyObject *namespace(PyObject *fields) {
  PyObject *types = fields ? PyImport_ImportModule("types") : NULL;
  PyObject *type = types ? PyObject_GetAttrString(types, "SimpleNamespace") : NULL,
           *none = PyTuple_New(0);
  PyObject *made = type && none ? PyObject_Call(type, none, fields) : NULL;
  Py_XDECREF(types);
  Py_XDECREF(type);
  Py_XDECREF(none);
  Py_XDECREF(fields);
  return made;
}

/* "a", "a:1": the form of inputs in a NodeDef. */
static PyObject *input_names(graph_obj *g, const ag_node *n) {
  PyObject *list = PyList_New(n->n_in);
  for (uint32_t i = 0; list && i < n->n_in; i++) {
    const ag_value *v = ag_graph_value(g->g, n->in[i]);
    const char *name = ag_graph_name(g->g, v->node);
    char own[16];
    if (!name) {
      PyOS_snprintf(own, sizeof own, "n%u", v->node);
      name = own;
    }
    PyObject *text =
        v->index ? PyUnicode_FromFormat("%s:%u", name, v->index) : PyUnicode_FromString(name);
    if (text)
      PyList_SET_ITEM(list, i, text);
    else
      Py_CLEAR(list);
  }
  return list;
}

static PyObject *get_node_def(PyObject *self, void *unused) {
  (void)unused;
  operation_obj *o = (operation_obj *)self;
  const ag_node *n = node_of(self);
  if (!n)
    return NULL;
  return namespace(Py_BuildValue("{s:N,s:s,s:N,s:N,s:s}", "name", node_text(o), "op",
                                 ag_ops[n->op].file, "input", input_names(o->graph, n), "attr",
                                 attr_dict(self, n), "device", ""));
}

static PyObject *arguments(const char *what, int n, int at_least) {
  int count = n >= 0 ? n : at_least;
  PyObject *list = PyList_New(count);
  for (int i = 0; list && i < count; i++) {
    PyObject *arg = namespace(Py_BuildValue("{s:N}", "name",
                                            count > 1 ? PyUnicode_FromFormat("%s%d", what, i)
                                                      : PyUnicode_FromString(what)));
    if (arg)
      PyList_SET_ITEM(list, i, arg);
    else
      Py_CLEAR(list);
  }
  return list;
}

static PyObject *get_op_def(PyObject *self, void *unused) {
  (void)unused;
  const ag_node *n = node_of(self);
  if (!n)
    return NULL;
  const ag_op_info *op = &ag_ops[n->op];
  return namespace(Py_BuildValue("{s:s,s:N,s:N,s:O}", "name", op->file, "input_arg",
                                 arguments("input", op->n_in, (int)n->n_in), "output_arg",
                                 arguments("output", op->n_out, (int)n->n_out), "is_stateful",
                                 op->traits & AG_TRAIT_EFFECT ? Py_True : Py_False));
}

static PyObject *operation_repr(PyObject *self) {
  operation_obj *o = (operation_obj *)self;
  if (!o->node)
    return PyUnicode_FromString("<tf.Operation of a trace that was given up>");
  const ag_node *n = node_of(self);
  PyObject *name = node_text(o);
  PyObject *text =
      name ? PyUnicode_FromFormat("<tf.Operation '%U' type=%s>", name, ag_ops[n->op].file) : NULL;
  Py_XDECREF(name);
  return text;
}

static PyGetSetDef operation_getset[] = {
    {"name", get_name, NULL, "its name, unique in the graph", NULL},
    {"type", get_type, NULL, "name of the operation, as in a GraphDef", NULL},
    {"inputs", get_inputs, NULL, "tuple of Tensors", NULL},
    {"outputs", get_outputs, NULL, "list of Tensors", NULL},
    {"control_inputs", get_control_inputs, NULL,
     "always empty: effects run in the order they were made", NULL},
    {"device", get_device, NULL, "the device asked for, '' when none was", NULL},
    {"graph", get_graph, NULL, "the Graph", NULL},
    {"loc", get_loc, NULL, "(file, line, function) in the user's source, or None", NULL},
    {"node_def", get_node_def, NULL, "name, op, input, attr", NULL},
    {"op_def", get_op_def, NULL, "name, input_arg, output_arg", NULL},
    {0},
};

static PyMethodDef operation_methods[] = {
    {"get_attr", get_attr, METH_O,
     "get_attr($self, name, /)\n--\n\nThe value of an attribute. ValueError when there is none."},
    {0},
};

static PyType_Slot operation_slots[] = {
    {Py_tp_doc, "A node of a Graph."},
    {Py_tp_dealloc, operation_dealloc},
    {Py_tp_traverse, operation_traverse},
    {Py_tp_repr, operation_repr},
    {Py_tp_getset, operation_getset},
    {Py_tp_methods, operation_methods},
    {0},
};

static PyType_Spec operation_spec = {
    .name = "autograph._core.Operation",
    .basicsize = sizeof(operation_obj),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = operation_slots,
};

int add_operation(PyObject *module, core_state *st) {
  st->operation_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &operation_spec, NULL);
  return st->operation_type ? PyModule_AddType(module, st->operation_type) : -1;
}
