/* tensor.c - the type Tensor: a value that is there (eager), or the handle of a value of a graph
 * (symbolic). Eager tensors come and go with every operation, so dead ones are kept for the next;
 * they refer to no Python object that could refer back, and the collector does not see them.
 * Symbolic ones are interned: one handle a value. */
#include "tensor_obj.h"

#include <string.h>
#include <structmember.h>

#include "graph_obj.h"

/* ---- making and dropping --------------------------------------------------------------------- */

PyObject *tensor_alloc(core_state *st) {
  tensor_obj *o;
  if (st->n_spare) {
    o = st->spare[--st->n_spare];
    PyObject_Init((PyObject *)o, st->tensor_type);
  } else {
    o = PyObject_GC_New(tensor_obj, st->tensor_type);
    if (!o)
      return NULL;
  }
  o->graph = NULL;
  o->val = o->tag = AG_NONE;
  o->alts = o->label = o->origin = o->weakrefs = NULL;
  o->t.data = NULL;
  o->t.owner = NULL;
  return (PyObject *)o;
}

PyObject *tensor_from_value(core_state *st, ag_tensor *t) {
  tensor_obj *o = (tensor_obj *)tensor_alloc(st);
  if (!o) {
    ag_tensor_unref(t);
    return NULL;
  }
  ag_tensor_copy(&o->t, t);
  return (PyObject *)o;
}

tensor_obj *tensor_handle(core_state *st, graph_obj *g) {
  tensor_obj *o = (tensor_obj *)tensor_alloc(st);
  if (!o)
    return NULL;
  memset(&o->t, 0, sizeof o->t);
  o->graph = (graph_obj *)Py_NewRef((PyObject *)g);
  PyObject_GC_Track(o);
  return o;
}

PyObject *tensor_from_graph(core_state *st, graph_obj *g, ag_val v) {
  if (v < g->cap_handles && g->handles[v])
    return Py_NewRef((PyObject *)g->handles[v]);
  uint32_t old = g->cap_handles;
  if (!ag_grow(g->handles, g->cap_handles, v + 1))
    return PyErr_NoMemory();
  if (g->cap_handles > old)
    memset(g->handles + old, 0, (g->cap_handles - old) * sizeof *g->handles);
  tensor_obj *o = tensor_handle(st, g);
  if (!o)
    return NULL;
  o->val = v;
  g->handles[v] = o;
  return (PyObject *)o;
}

static int tensor_traverse(PyObject *self, visitproc visit, void *arg) {
  tensor_obj *t = (tensor_obj *)self;
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(t->graph);
  Py_VISIT(t->alts);
  Py_VISIT(t->label);
  Py_VISIT(t->origin);
  return 0;
}

static void forget_handle(tensor_obj *t) {
  graph_obj *g = t->graph;
  if (t->val < g->cap_handles && g->handles[t->val] == t)
    g->handles[t->val] = NULL;
}

/* The state, or NULL when the interpreter is going down and has cleared the type; keeps a pending
 * exception. */
static core_state *state_left(PyTypeObject *type) {
  PyObject *module = ((PyHeapTypeObject *)type)->ht_module;
  return module ? PyModule_GetState(module) : NULL;
}

static void tensor_dealloc(PyObject *self) {
  tensor_obj *t = (tensor_obj *)self;
  PyTypeObject *type = Py_TYPE(self);
  core_state *st = state_left(type);
  if (t->weakrefs)
    PyObject_ClearWeakRefs(self);
  if (t->graph || t->alts) {
    PyObject_GC_UnTrack(self);
    if (t->graph)
      forget_handle(t);
    Py_CLEAR(t->graph);
    Py_CLEAR(t->alts);
  }
  Py_CLEAR(t->label);
  Py_CLEAR(t->origin);
  if (t->t.owner)
    ag_tensor_unref(&t->t);
  if (st && st->tensor_type && st->n_spare < SPARE_TENSORS)
    st->spare[st->n_spare++] = t;
  else
    PyObject_GC_Del(self);
  Py_DECREF(type);
}

/* ---- what is known of it --------------------------------------------------------------------- */

const ag_tensor *known_value(const tensor_obj *t) {
  if (!t->graph)
    return &t->t;
  if (t->alts || t->val == AG_NONE)
    return NULL;
  const ag_node *n = ag_graph_node(t->graph->g, ag_graph_value(t->graph->g, t->val)->node);
  if (n->op != AG_OP_CONST)
    return NULL;
  const ag_attr *value = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value);
  return value ? value->tensor : NULL;
}

ag_type tensor_type_of(const tensor_obj *t) {
  if (t->graph && t->val != AG_NONE)
    return ag_graph_value(t->graph->g, t->val)->type;
  ag_type type = {.dtype = t->t.dtype, .weak = t->t.weak, .rank = t->t.rank};
  if (t->graph)
    type.rank = AG_RANK_UNKNOWN;
  else
    memcpy(type.dim, t->t.dim, sizeof type.dim); /* all of it: one move */
  return type;
}

static core_state *state_of(PyObject *self) { return PyType_GetModuleState(Py_TYPE(self)); }

static int need_value(tensor_obj *t) {
  if (!is_dead(t))
    return 0;
  PyErr_SetString(PyExc_TypeError, "this symbolic tensor belongs to a trace that was given up");
  return -1;
}

static PyObject *get_dtype(PyObject *self, void *unused) {
  (void)unused;
  if (need_value((tensor_obj *)self) < 0)
    return NULL;
  return dtype_object(state_of(self), tensor_type_of((tensor_obj *)self).dtype);
}

/* Whether the trace knows the rank, but not all sizes. */
static bool is_open(const ag_type *type) {
  for (int i = 0; i < type->rank; i++)
    if (type->dim[i] < 0)
      return true;
  return false;
}

/* What the user's code sees of the sizes of a traced value: staging/sizes.py. Takes the shape. */
static PyObject *ask_sizes(PyObject *self, const char *what, PyObject *shape) {
  if (!trace_current())
    return shape;
  PyObject *seen = call_staged(state_of(self), what, self, shape);
  Py_DECREF(shape);
  return seen;
}

static PyObject *get_shape(PyObject *self, void *unused) {
  (void)unused;
  if (need_value((tensor_obj *)self) < 0)
    return NULL;
  ag_type type = tensor_type_of((tensor_obj *)self);
  PyObject *shape = shape_new(state_of(self), type.rank, type.dim);
  return shape && is_open(&type) ? ask_sizes(self, "open_shape", shape) : shape;
}

static PyObject *get_ndim(PyObject *self, void *unused) {
  (void)unused;
  ag_type type = tensor_type_of((tensor_obj *)self);
  return type.rank < 0 ? Py_NewRef(Py_None) : PyLong_FromLong(type.rank);
}

static PyObject *get_size(PyObject *self, void *unused) {
  (void)unused;
  ag_type type = tensor_type_of((tensor_obj *)self);
  if (is_open(&type)) {
    PyObject *shape = trace_current() ? shape_new(state_of(self), type.rank, type.dim) : NULL;
    return shape              ? ask_sizes(self, "open_size", shape)
           : PyErr_Occurred() ? NULL
                              : Py_NewRef(Py_None);
  }
  int64_t n = 1;
  for (int i = 0; i < type.rank; i++)
    n *= type.dim[i];
  return type.rank < 0 ? Py_NewRef(Py_None) : PyLong_FromLongLong(n);
}

static PyObject *get_weak(PyObject *self, void *unused) {
  (void)unused;
  return PyBool_FromLong(tensor_type_of((tensor_obj *)self).weak);
}

static PyObject *get_symbolic(PyObject *self, void *unused) {
  (void)unused;
  return PyBool_FromLong(((tensor_obj *)self)->graph != NULL);
}

/* What only symbolic tensors have. AttributeError otherwise, so that hasattr() tells them apart. */
static const ag_node *node_of(PyObject *self, const char *name) {
  tensor_obj *t = (tensor_obj *)self;
  if (t->graph && t->val != AG_NONE)
    return ag_graph_node(t->graph->g, ag_graph_value(t->graph->g, t->val)->node);
  PyErr_Format(PyExc_AttributeError, "Tensor.%s: only symbolic tensors, those of a graph, have it",
               name);
  return NULL;
}

static PyObject *get_name(PyObject *self, void *unused) {
  (void)unused;
  if (!node_of(self, "name"))
    return NULL;
  tensor_obj *t = (tensor_obj *)self;
  const ag_value *v = ag_graph_value(t->graph->g, t->val);
  uint32_t index = v->index;
  const char *text = ag_graph_name(t->graph->g, v->node);
  if (text)
    return PyUnicode_FromFormat("%s:%u", text, index);
  return PyUnicode_FromFormat("%%%u:%u", t->val, index);
}

static PyObject *get_op(PyObject *self, void *unused) {
  (void)unused;
  tensor_obj *t = (tensor_obj *)self;
  if (!node_of(self, "op"))
    return NULL;
  return operation_handle(state_of(self), t->graph, ag_graph_value(t->graph->g, t->val)->node);
}

static PyObject *get_value_index(PyObject *self, void *unused) {
  (void)unused;
  tensor_obj *t = (tensor_obj *)self;
  if (!node_of(self, "value_index"))
    return NULL;
  return PyLong_FromUnsignedLong(ag_graph_value(t->graph->g, t->val)->index);
}

static PyObject *get_graph(PyObject *self, void *unused) {
  (void)unused;
  tensor_obj *t = (tensor_obj *)self;
  if (t->graph)
    return Py_NewRef((PyObject *)t->graph);
  PyErr_SetString(PyExc_AttributeError,
                  "Tensor.graph: only symbolic tensors, those of a graph, have it");
  return NULL;
}

static PyObject *get_graph_or_none(PyObject *self, void *unused) {
  (void)unused;
  graph_obj *g = ((tensor_obj *)self)->graph;
  return Py_NewRef(g ? (PyObject *)g : Py_None);
}

static PyObject *get_value(PyObject *self, void *unused) {
  (void)unused;
  return PyLong_FromUnsignedLong(((tensor_obj *)self)->val);
}

static PyObject *get_label(PyObject *self, void *unused) {
  (void)unused;
  PyObject *label = ((tensor_obj *)self)->label;
  return Py_NewRef(label ? label : Py_None);
}

static int set_label(PyObject *self, PyObject *label, void *unused) {
  (void)unused;
  if (label && label != Py_None && !PyUnicode_Check(label)) {
    PyErr_SetString(PyExc_TypeError, "label: expected a str or None");
    return -1;
  }
  Py_XSETREF(((tensor_obj *)self)->label, label && label != Py_None ? Py_NewRef(label) : NULL);
  return 0;
}

static PyObject *get_origin(PyObject *self, void *unused) {
  (void)unused;
  PyObject *origin = ((tensor_obj *)self)->origin;
  return Py_NewRef(origin ? origin : Py_None);
}

static int set_origin(PyObject *self, PyObject *origin, void *unused) {
  (void)unused;
  Py_XSETREF(((tensor_obj *)self)->origin, Py_XNewRef(origin));
  return 0;
}

static PyObject *get_device(PyObject *self, void *unused) {
  (void)self;
  (void)unused;
  return PyUnicode_FromString("/device:CPU:0");
}

/* ---- values that may be absent (see maybe.c) ------------------------------------------------- */

static PyObject *get_alts(PyObject *self, void *unused) {
  (void)unused;
  PyObject *alts = ((tensor_obj *)self)->alts;
  return Py_NewRef(alts ? alts : Py_None);
}

static PyObject *get_tag(PyObject *self, void *unused) {
  (void)unused;
  tensor_obj *t = (tensor_obj *)self;
  return t->alts ? tensor_from_graph(state_of(self), t->graph, t->tag) : Py_NewRef(Py_None);
}

static PyObject *get_payload(PyObject *self, void *unused) {
  (void)unused;
  tensor_obj *t = (tensor_obj *)self;
  if (!t->alts)
    return Py_NewRef(self);
  return t->val != AG_NONE ? tensor_from_graph(state_of(self), t->graph, t->val)
                           : Py_NewRef(Py_None);
}

/* ---- methods --------------------------------------------------------------------------------- */

static PyObject *get_shape_method(PyObject *self, PyObject *unused) {
  (void)unused;
  return get_shape(self, NULL);
}

static PyObject *itself(PyObject *self, PyObject *unused) {
  (void)unused;
  return Py_NewRef(self);
}

static PyObject *tensor_reduce(PyObject *self, PyObject *unused) {
  (void)unused;
  tensor_obj *t = (tensor_obj *)self;
  if (t->graph) {
    PyErr_SetString(PyExc_TypeError, "a symbolic tensor cannot be pickled: it has no value yet");
    return NULL;
  }
  if (t->t.dtype == AG_STR)
    return call_staged(state_of(self), "string_reduce", self, NULL);
  PyObject *module = PyType_GetModule(Py_TYPE(self));
  PyObject *make = module ? PyObject_GetAttrString(module, "_tensor_from_bytes") : NULL;
  PyObject *shape = make ? get_shape(self, NULL) : NULL;
  PyObject *dims = shape ? PySequence_Tuple(shape) : NULL;
  Py_XDECREF(shape);
  if (!dims) {
    Py_XDECREF(make);
    return NULL;
  }
  size_t bytes = (size_t)ag_tensor_count(&t->t) * ag_dtype_size(t->t.dtype);
  return Py_BuildValue("N(y#sNO)", make, (const char *)ag_tensor_data(&t->t), (Py_ssize_t)bytes,
                       ag_dtype_name(t->t.dtype), dims, t->t.weak ? Py_True : Py_False);
}

/* A Python number hashes as the number: a dict finds it. A traced one is asked for. Of other
 * tensors
 * == compares elements, so a dict could not find them. */
static Py_hash_t tensor_hash(PyObject *self) {
  tensor_obj *t = (tensor_obj *)self;
  ag_type type = t->graph && !t->alts ? tensor_type_of(t) : (ag_type){0};
  if (t->graph && !t->alts && t->graph == trace_current() && !is_dead(t) &&
      (type.weak || (type.rank == 0 && PyDict_GetItemString(t->graph->extra, "scalars")))) {
    pin(core_of_type(Py_TYPE(self)), t, "a dict key or set member");
    return -1;
  }
  if (!t->graph && t->t.weak) {
    PyObject *number = element_object((ag_dtype)t->t.dtype, ag_tensor_data(&t->t));
    Py_hash_t hash = number ? PyObject_Hash(number) : -1;
    Py_XDECREF(number);
    return hash;
  }
  if (t->graph && !PyDict_GetItemString(t->graph->extra, "leaves"))
    return _Py_HashPointer(self); /* of a graph built by hand: the keys of what is fed to it */
  PyErr_Format(
      PyExc_TypeError,
      "Tensor is unhashable: == compares its elements, so it is no dict key or set member. %s, "
      "or use x.ref() for the tensor itself",
      t->graph ? "Its value is known only when the function runs: pass what is a key as a Python "
                 "number, collect in a list"
               : "Use int(x), float(x) or x.numpy().item() for its value");
  return -1;
}

static PyObject *tensor_at(PyObject *self, PyObject *const *args, Py_ssize_t n) {
  if (n == 2)
    return tensor_setitem(state_of(self), self, args[0], args[1]);
  PyErr_Format(PyExc_TypeError, "at() takes a key and a value, %zd arguments were given", n);
  return NULL;
}

static int refuse_setitem(PyObject *self, PyObject *key, PyObject *value) {
  (void)self;
  (void)key;
  PyErr_SetString(
      PyExc_TypeError,
      value ? "a tensor is a value and cannot be changed. In a converted function `x[i] = v` gives "
              "x a new value; in plain Python write x = x.at(i, v)"
            : "items of a tensor cannot be deleted");
  return -1;
}

/* `x op= y` is `x = x op y`, but for the caller's arrays, which NumPy would change. Where arrays are
 * NumPy's, the result must fit x: staged["in_place_of"](x, x op y) says so or gives what does. */
static PyObject *in_place(PyObject *self, PyObject *other, binaryfunc op) {
  graph_obj *g = ((tensor_obj *)self)->graph;
  PyObject *lent = g ? PyDict_GetItemString(g->extra, "lent") : NULL;
  if (!lent || !PyDict_GET_SIZE(lent))
    Py_RETURN_NOTIMPLEMENTED;
  core_state *st = state_of(self);
  PyObject *nothing = call_staged(st, "in_place", self, NULL);
  if (!nothing)
    return NULL;
  Py_DECREF(nothing);
  PyObject *made = op(self, other);
  if (!made || made == Py_NotImplemented)
    return made;
  PyObject *fit = call_staged(st, "in_place_of", self, made);
  Py_DECREF(made);
  return fit;
}

#define IN_PLACE(name)                                                                             \
  static PyObject *in_place_##name(PyObject *self, PyObject *other) {                              \
    return in_place(self, other, number_##name);                                                   \
  }
IN_PLACE(add)
IN_PLACE(subtract)
IN_PLACE(multiply)
IN_PLACE(true_divide)
IN_PLACE(floor_divide)
IN_PLACE(remainder)
IN_PLACE(and)
IN_PLACE(or)
IN_PLACE(xor)
IN_PLACE(lshift)
IN_PLACE(rshift)
IN_PLACE(matrix_multiply)
#undef IN_PLACE

static PyObject *to_the_power(PyObject *self, PyObject *other) {
  return number_power(self, other, Py_None);
}

static PyObject *in_place_power(PyObject *self, PyObject *other, PyObject *modulus) {
  (void)modulus;
  return in_place(self, other, to_the_power);
}

static PyGetSetDef tensor_getset[] = {
    {"dtype", get_dtype, NULL, "DType of the elements", NULL},
    {"shape", get_shape, NULL, "TensorShape; None where a size is not known while tracing", NULL},
    {"ndim", get_ndim, NULL, "number of dimensions, None when not known", NULL},
    {"size", get_size, NULL, "number of elements, None when not known", NULL},
    {"weak", get_weak, NULL, "True for a Python number: it takes the dtype of what it meets", NULL},
    {"is_symbolic", get_symbolic, NULL, "True for a value of a graph, which only a run knows",
     NULL},
    {"name", get_name, NULL, "operation and output, such as 'add:0'; symbolic tensors only", NULL},
    {"op", get_op, NULL, "the Operation that makes it; symbolic tensors only", NULL},
    {"value_index", get_value_index, NULL, "which output of its operation; symbolic tensors only",
     NULL},
    {"graph", get_graph, NULL, "the Graph it belongs to; symbolic tensors only", NULL},
    {"device", get_device, NULL, "where it lies", NULL},
    {"_graph", get_graph_or_none, NULL, "the Graph, or None", NULL},
    {"_value", get_value, NULL, "number of the value in its graph; 0 for none", NULL},
    {"label", get_label, set_label, "the variable's name for messages, or None", NULL},
    {"_origin", get_origin, set_origin, "(variable, key) that it was read from, or None", NULL},
    {"alts", get_alts, NULL, "what it may be instead of a tensor, None for a plain tensor", NULL},
    {"tag", get_tag, NULL, "0-d int32: 0 for a tensor, k for alts[k - 1]; None for a plain tensor",
     NULL},
    {"payload", get_payload, NULL, "the tensor when the tag is 0; None when it never is one", NULL},
    {0},
};

#define FAST(f) (PyCFunction)(void (*)(void))(f)
static PyMethodDef tensor_methods[] = {
    {"numpy", tensor_numpy, METH_NOARGS,
     "numpy($self, /)\n--\n\nRead-only ndarray of the elements, not copied; a NumPy scalar for 0 "
     "dimensions."},
    {"item", FAST(tensor_item), METH_FASTCALL,
     "item($self, index=None, /)\n--\n\nThe only element (or the one at a flat index) as a Python "
     "object."},
    {"tolist", tensor_tolist, METH_NOARGS,
     "tolist($self, /)\n--\n\nNested lists of Python objects."},
    {"at", FAST(tensor_at), METH_FASTCALL,
     "at($self, key, value, /)\n--\n\nA new tensor: this one with self[key] = value."},
    {"get_shape", get_shape_method, METH_NOARGS,
     "get_shape($self, /)\n--\n\nThe attribute `shape`."},
    {"__array__", FAST(tensor_array), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"__dlpack__", FAST(tensor_dlpack), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"__dlpack_device__", tensor_dlpack_device, METH_NOARGS, NULL},
    {"__format__", tensor_format, METH_O, NULL},
    {"__complex__", tensor_complex, METH_NOARGS, NULL},
    {"__reduce__", tensor_reduce, METH_NOARGS, NULL},
    {"__copy__", itself, METH_NOARGS, NULL},
    {"__deepcopy__", itself, METH_O, NULL},
    NUMBER_METHODS,
    {0},
};

static PyMemberDef tensor_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(tensor_obj, weakrefs), READONLY, NULL},
    {0},
};

/* Whether the code that runs is this package's own. */
static bool is_ours(void) {
  PyObject *globals = PyEval_GetGlobals();
  PyObject *name = globals ? PyDict_GetItemString(globals, "__name__") : NULL;
  const char *text = name && PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
  return text && strncmp(text, "autograph", 9) == 0 && (!text[9] || text[9] == '.');
}

/* A number that is an argument has for the user's code what Python's has, and nothing of an array:
 * staged["number_has"](x, name) raises where it has not. */
static PyObject *tensor_getattro(PyObject *self, PyObject *name) {
  const tensor_obj *t = (const tensor_obj *)self;
  if (t->graph && t->val != AG_NONE && tensor_type_of(t).weak &&
      ag_graph_node(t->graph->g, ag_graph_value(t->graph->g, t->val)->node)->op == AG_OP_PARAM &&
      PyUnicode_GET_LENGTH(name) && PyUnicode_READ_CHAR(name, 0) != '_' && !is_ours()) {
    PyObject *has = call_staged(state_of(self), "number_has", self, name);
    if (!has)
      return NULL;
    Py_DECREF(has);
  }
  return PyObject_GenericGetAttr(self, name);
}

static PyType_Slot tensor_slots[] = {
    {Py_tp_doc,
     "An immutable array of 0 to 8 dimensions, or what will be one when the graph runs."},
    {Py_tp_dealloc, tensor_dealloc},
    {Py_tp_traverse, tensor_traverse},
    {Py_tp_getattro, tensor_getattro},
    {Py_tp_repr, tensor_repr},
    {Py_tp_str, tensor_str},
    {Py_tp_hash, tensor_hash},
    {Py_tp_iter, tensor_iter},
    {Py_mp_length, tensor_len},
    {Py_mp_subscript, tensor_getitem},
    {Py_mp_ass_subscript, refuse_setitem},
    {Py_nb_bool, tensor_bool},
    {Py_nb_int, tensor_int},
    {Py_nb_float, tensor_float},
    {Py_nb_index, tensor_index},
    NUMBER_SLOTS,
    {Py_nb_inplace_add, in_place_add},
    {Py_nb_inplace_subtract, in_place_subtract},
    {Py_nb_inplace_multiply, in_place_multiply},
    {Py_nb_inplace_true_divide, in_place_true_divide},
    {Py_nb_inplace_floor_divide, in_place_floor_divide},
    {Py_nb_inplace_remainder, in_place_remainder},
    {Py_nb_inplace_and, in_place_and},
    {Py_nb_inplace_or, in_place_or},
    {Py_nb_inplace_xor, in_place_xor},
    {Py_nb_inplace_lshift, in_place_lshift},
    {Py_nb_inplace_rshift, in_place_rshift},
    {Py_nb_inplace_matrix_multiply, in_place_matrix_multiply},
    {Py_nb_inplace_power, in_place_power},
    {Py_bf_getbuffer, tensor_getbuffer},
    {Py_bf_releasebuffer, tensor_releasebuffer},
    {Py_tp_getset, tensor_getset},
    {Py_tp_methods, tensor_methods},
    {Py_tp_members, tensor_members},
    {0},
};

static PyType_Spec tensor_spec = {
    .name = "autograph.Tensor",
    .basicsize = sizeof(tensor_obj),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = tensor_slots,
};

PyDoc_STRVAR(from_bytes_doc,
             "_tensor_from_bytes($module, data, dtype, shape, weak, /)\n--\n\n"
             "What unpickles a tensor. ValueError when the size of `data` is another.");
static PyObject *tensor_from_bytes(PyObject *module, PyObject *args) {
  core_state *st = core_of(module);
  Py_buffer data;
  PyObject *dtype, *dims;
  int weak;
  if (!PyArg_ParseTuple(args, "y*OOp", &data, &dtype, &dims, &weak))
    return NULL;
  ag_shape shape;
  ag_tensor t;
  ag_err err = {0};
  PyObject *made = NULL;
  int d = dtype_from_object(st, dtype, "dtype");
  if (d >= 0 && shape_from_object(st, dims, "shape", &shape) == 0) {
    int64_t n = shape.rank < 0 ? -1 : ag_shape_count(&shape);
    if (d >= AG_STR || n < 0 || n * (int64_t)ag_dtype_size(d) != data.len ||
        (weak && (shape.rank || (d != AG_I64 && d != AG_F64))))
      PyErr_SetString(PyExc_ValueError, "these bytes are not a tensor of that dtype and shape");
    else if (ag_tensor_new(&t, (ag_dtype)d, &shape, &err))
      raise_err(st, &err, NULL);
    else {
      t.weak = weak;
      memcpy(ag_tensor_data(&t), data.buf, (size_t)data.len);
      made = tensor_from_value(st, &t);
    }
  }
  PyBuffer_Release(&data);
  return made;
}

static PyMethodDef functions[] = {
    {"_tensor_from_bytes", tensor_from_bytes, METH_VARARGS, from_bytes_doc}, {0}};

int add_tensor(PyObject *module, core_state *st) {
  st->tensor_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &tensor_spec, NULL);
  if (!st->tensor_type || PyModule_AddType(module, st->tensor_type) < 0)
    return -1;
  PyObject *priority = PyLong_FromLong(1000); /* arrays on the left leave the operator to us */
  int failed =
      priority ? PyObject_SetAttrString((PyObject *)st->tensor_type, "__array_priority__", priority)
               : -1;
  Py_XDECREF(priority);
  if (failed || PyModule_AddFunctions(module, functions) < 0)
    return -1;
  return add_dlpack(module, st);
}
