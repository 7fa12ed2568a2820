/* variable.c - the type Variable: a tensor that changes, with TensorFlow's methods.
 * Run at once it reads and writes its ag_var. While tracing it records READ and ASSIGN nodes on a
 * constant that holds the ag_var; the graph keeps the Variable. */
#include "variable.h"

#include <string.h>
#include <structmember.h>

#include "convert.h"
#include "tensor_obj.h"

static core_state *state_of(PyObject *self) { return core_of_type(Py_TYPE(self)); }

/* ---- reading and writing --------------------------------------------------------------------- */

/* The handle as a tensor of dtype resource; while tracing the graph keeps the variable. */
static PyObject *handle(core_state *st, PyObject *self) {
  variable_obj *v = (variable_obj *)self;
  graph_obj *g = trace_current();
  ag_tensor t;
  ag_tensor_scalar(&t, AG_RES, &v->var);
  for (Py_ssize_t i = 0; g && i < PyList_GET_SIZE(g->keep); i++)
    if (PyList_GET_ITEM(g->keep, i) == self)
      g = NULL;
  if (g && PyList_Append(g->keep, self) < 0)
    return NULL;
  return tensor_from_value(st, &t);
}

static PyObject *read_now(core_state *st, variable_obj *v) {
  ag_tensor t;
  ag_err err = {0};
  if (ag_var_read(v->var, &t, &err))
    return raise_err(st, &err, NULL);
  return tensor_from_value(st, &t);
}

/* A node on the variable that gives a value of its type. operand: NULL for none. */
static PyObject *recorded(core_state *st, PyObject *self, ag_op op, PyObject *operand) {
  variable_obj *v = (variable_obj *)self;
  graph_obj *g = trace_current();
  int64_t dim[AG_MAX_RANK];
  for (int i = 0; i < v->type.rank; i++)
    dim[i] = v->type.dim[i] < 0 ? ag_graph_symbol(g->g) : v->type.dim[i];
  ag_attr attrs[] = {
      {.key = AG_KEY_dtype, .kind = AG_ATTR_INT, .i = v->type.dtype},
      {.key = AG_KEY_shape, .kind = AG_ATTR_INTS, .n = (uint32_t)v->type.rank, .ints = dim}};
  PyObject *res = handle(st, self), *in[] = {res, operand}, *out = NULL;
  if (res)
    apply_raw(st, op, in, operand ? 2 : 1, attrs, v->type.rank < 0 ? 1 : 2, &out, 1);
  Py_XDECREF(res);
  return out;
}

PyObject *variable_value(core_state *st, PyObject *self) {
  if (!trace_current())
    return read_now(st, (variable_obj *)self);
  return recorded(st, self, AG_OP_READ, NULL);
}

static int update_now(core_state *st, variable_obj *v, ag_op op, const ag_tensor *value) {
  ag_tensor out = {0};
  ag_err err = {0};
  if (op == AG_OP_ASSIGN)
    ag_var_assign(v->var, value, &err);
  else
    ag_var_update(v->var, op == AG_OP_ASSIGN_SUB, value, &out, &err);
  ag_tensor_unref(&out);
  if (!err.code)
    return 0;
  raise_err(st, &err, NULL);
  return -1;
}

/* assign, assign_add, assign_sub: (value or delta, use_locking=False, name=None, read_value=True).
 * Eagerly the variable comes back, while tracing its new value. */
static PyObject *update(PyObject *self, PyObject *args, PyObject *kwargs, ag_op op,
                        const char *what) {
  char *names[] = {op == AG_OP_ASSIGN ? "value" : "delta", "use_locking", "name", "read_value",
                   NULL};
  core_state *st = state_of(self);
  variable_obj *v = (variable_obj *)self;
  PyObject *value, *lock = NULL, *name = NULL;
  int read = 1;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|OOp", names, &value, &lock, &name, &read))
    return NULL;
  PyObject *t = as_tensor(st, value, v->type.dtype, what), *result = NULL;
  if (!t)
    return NULL;
  if (!trace_current() && !((tensor_obj *)t)->graph) {
    if (update_now(st, v, op, &((tensor_obj *)t)->t) == 0)
      result = Py_NewRef(read ? self : Py_None);
  } else {
    PyObject *res = handle(st, self), *in[] = {res, t};
    if (res && apply_raw(st, op, in, 2, NULL, 0, NULL, 0) == 0)
      result = read ? variable_value(st, self) : Py_NewRef(Py_None);
    Py_XDECREF(res);
  }
  Py_DECREF(t);
  return result;
}

static PyObject *assign(PyObject *self, PyObject *args, PyObject *kwargs) {
  return update(self, args, kwargs, AG_OP_ASSIGN, "assign");
}
static PyObject *assign_add(PyObject *self, PyObject *args, PyObject *kwargs) {
  return update(self, args, kwargs, AG_OP_ASSIGN_ADD, "assign_add");
}
static PyObject *assign_sub(PyObject *self, PyObject *args, PyObject *kwargs) {
  return update(self, args, kwargs, AG_OP_ASSIGN_SUB, "assign_sub");
}

/* The value before `self += value`, one step for all threads. */
static PyObject *fetch_add(PyObject *self, PyObject *value) {
  core_state *st = state_of(self);
  variable_obj *v = (variable_obj *)self;
  PyObject *t = as_tensor(st, value, v->type.dtype, "fetch_add"), *was = NULL;
  if (!t)
    return NULL;
  if (!trace_current() && !known_value((tensor_obj *)t)) {
    Py_DECREF(t);
    PyErr_SetString(PyExc_TypeError, "fetch_add: a symbolic tensor outside of its function");
    return NULL;
  }
  if (!trace_current()) {
    ag_tensor before = {0};
    ag_err err = {0};
    if (ag_var_fetch_add(v->var, &((tensor_obj *)t)->t, &before, &err))
      raise_err(st, &err, NULL);
    else
      was = tensor_from_value(st, &before);
  } else {
    was = recorded(st, self, AG_OP_FETCH_ADD, t);
  }
  Py_DECREF(t);
  return was;
}

static PyObject *value(PyObject *self, PyObject *unused) {
  (void)unused;
  return variable_value(state_of(self), self);
}

/* ---- making ---------------------------------------------------------------------------------- */

/* A callable is called, and an initial value computed, outside of the trace: a variable outlives
 * it. */
static PyObject *initial_value(core_state *st, PyObject *o, int dtype) {
  if (!trace_enter(st, NULL))
    return NULL;
  PyObject *value =
      PyCallable_Check(o) && !is_tensor(st, o) ? PyObject_CallNoArgs(o) : Py_NewRef(o);
  PyObject *t = NULL;
  bool computed = value && is_tensor(st, value) && !known_value((tensor_obj *)value);
  if (value && !computed)
    t = as_strong(st, as_tensor(st, value, dtype, "Variable"));
  trace_leave();
  if (computed)
    Py_XDECREF(PyObject_CallNoArgs(PyDict_GetItemString(st->staged, "variable_computed")));
  Py_XDECREF(value);
  return t;
}

static int check_shape(const ag_shape *shape, const ag_type *t) {
  bool fits = shape->rank == t->rank;
  for (int i = 0; fits && i < shape->rank; i++)
    fits = shape->dim[i] < 0 || shape->dim[i] == t->dim[i];
  if (fits)
    return 0;
  char text[AG_SHAPE_TEXT], type[AG_TYPE_TEXT];
  PyErr_Format(PyExc_ValueError, "Variable: the initial value %s does not have the shape %s",
               ag_type_text(t, type), ag_shape_text(shape, text));
  return -1;
}

static PyObject *variable_make(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
  static char *names[] = {"initial_value",  "trainable",  "name",
                          "dtype",          "shape",      "validate_shape",
                          "caching_device", "constraint", "synchronization",
                          "aggregation",    NULL};
  core_state *st = core_of_type(type);
  PyObject *initial, *dtype = Py_None, *shape = NULL, *ignored[5], *trainable = Py_None;
  const char *name = NULL;
  ag_shape s;
  ag_err err = {0};
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O$zOOOOOOO:Variable", names, &initial,
                                   &trainable, &name, &dtype, &shape, &ignored[0], &ignored[1],
                                   &ignored[2], &ignored[3], &ignored[4]))
    return NULL;
  int d = dtype == Py_None ? -1 : dtype_from_object(st, dtype, "Variable");
  int train = trainable == Py_None ? 1 : PyObject_IsTrue(trainable);
  if ((dtype != Py_None && d < 0) || train < 0)
    return NULL;
  PyObject *t = initial_value(st, initial, d);
  if (!t)
    return NULL;
  variable_obj *v = (variable_obj *)type->tp_alloc(type, 0);
  if (!v)
    goto fail;
  v->type = tensor_type_of((tensor_obj *)t);
  const ag_tensor *value = known_value((tensor_obj *)t);
  ag_tensor_shape(value, &s);
  if (shape && shape != Py_None) {
    if (shape_from_object(st, shape, "Variable", &s) < 0)
      goto fail;
    if (s.rank >= 0 && check_shape(&s, &v->type) < 0)
      goto fail;
    v->type.rank = (int8_t)s.rank;
    for (int i = 0; i < s.rank; i++)
      v->type.dim[i] = s.dim[i];
  }
  v->trainable = train;
  v->name = PyUnicode_FromFormat("%s:0", name ? name : "Variable");
  v->var = v->name ? ag_var_new(v->type.dtype, &s, name ? name : "Variable") : NULL;
  if (!v->var || ag_var_assign(v->var, value, &err)) {
    if (err.code)
      raise_err(st, &err, NULL);
    else if (!PyErr_Occurred())
      PyErr_NoMemory();
    goto fail;
  }
  PyObject *hook = PyDict_GetItemString(st->staged, "variable_created");
  if (hook) {
    PyObject *told = PyObject_CallOneArg(hook, (PyObject *)v);
    if (!told)
      goto fail;
    Py_DECREF(told);
  }
  Py_DECREF(t);
  return (PyObject *)v;

fail:
  Py_DECREF(t);
  Py_XDECREF(v);
  return NULL;
}

static int variable_traverse(PyObject *self, visitproc visit, void *arg) {
  (void)arg;
  Py_VISIT(Py_TYPE(self));
  return 0;
}

static void variable_dealloc(PyObject *self) {
  variable_obj *v = (variable_obj *)self;
  PyTypeObject *type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  if (v->weakrefs)
    PyObject_ClearWeakRefs(self);
  ag_var_unref(v->var);
  Py_CLEAR(v->name);
  type->tp_free(self);
  Py_DECREF(type);
}

/* ---- attributes ------------------------------------------------------------------------------ */

static PyObject *get_dtype(PyObject *self, void *unused) {
  (void)unused;
  return dtype_object(state_of(self), ((variable_obj *)self)->type.dtype);
}

static PyObject *get_shape(PyObject *self, void *unused) {
  (void)unused;
  variable_obj *v = (variable_obj *)self;
  return shape_new(state_of(self), v->type.rank, v->type.dim);
}

static PyObject *get_ndim(PyObject *self, void *unused) {
  (void)unused;
  int rank = ((variable_obj *)self)->type.rank;
  return rank < 0 ? Py_NewRef(Py_None) : PyLong_FromLong(rank);
}

static PyObject *get_trainable(PyObject *self, void *unused) {
  (void)unused;
  return PyBool_FromLong(((variable_obj *)self)->trainable);
}

static PyObject *get_device(PyObject *self, void *unused) {
  (void)self;
  (void)unused;
  return PyUnicode_FromString("/device:CPU:0");
}

/* The value by Tensor's own method or slot, read now or recorded. */
static PyObject *of_value(PyObject *self, PyObject *(*f)(PyObject *, PyObject *), PyObject *arg) {
  PyObject *t = variable_value(state_of(self), self), *r = t ? f(t, arg) : NULL;
  Py_XDECREF(t);
  return r;
}

static PyObject *numpy(PyObject *self, PyObject *unused) {
  return of_value(self, tensor_numpy, unused);
}
static PyObject *tolist(PyObject *self, PyObject *unused) {
  return of_value(self, tensor_tolist, unused);
}
static PyObject *subscript(PyObject *self, PyObject *key) {
  return of_value(self, tensor_getitem, key);
}
static PyObject *format(PyObject *self, PyObject *spec) {
  return of_value(self, tensor_format, spec);
}
static PyObject *complex(PyObject *self, PyObject *unused) {
  return of_value(self, tensor_complex, unused);
}

static PyObject *of_value1(PyObject *self, PyObject *(*f)(PyObject *)) {
  PyObject *t = variable_value(state_of(self), self), *r = t ? f(t) : NULL;
  Py_XDECREF(t);
  return r;
}
static PyObject *as_int(PyObject *self) { return of_value1(self, tensor_int); }
static PyObject *as_float(PyObject *self) { return of_value1(self, tensor_float); }
static PyObject *as_index(PyObject *self) { return of_value1(self, tensor_index); }
static PyObject *iterate(PyObject *self) { return of_value1(self, tensor_iter); }

static int truth(PyObject *self) {
  PyObject *t = variable_value(state_of(self), self);
  int yes = t ? tensor_bool(t) : -1;
  Py_XDECREF(t);
  return yes;
}

static Py_ssize_t length(PyObject *self) {
  PyObject *t = variable_value(state_of(self), self);
  Py_ssize_t n = t ? tensor_len(t) : -1;
  Py_XDECREF(t);
  return n;
}

static PyObject *array(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
  PyObject *t = variable_value(state_of(self), self),
           *r = t ? tensor_array(t, args, n, names) : NULL;
  Py_XDECREF(t);
  return r;
}

static PyObject *item(PyObject *self, PyObject *const *args, Py_ssize_t n) {
  PyObject *t = variable_value(state_of(self), self), *r = t ? tensor_item(t, args, n) : NULL;
  Py_XDECREF(t);
  return r;
}

static PyObject *refuse_inplace(PyObject *self, PyObject *other) {
  (void)other;
  PyErr_Format(PyExc_RuntimeError,
               "+=, -=, ... of a Variable would replace it by a tensor: write %s.assign_add(...), "
               "assign_sub(...) "
               "or assign(v * ...)",
               PyUnicode_AsUTF8(((variable_obj *)self)->name));
  return NULL;
}

static int refuse_setitem(PyObject *self, PyObject *key, PyObject *v) {
  (void)self;
  (void)key;
  (void)v;
  PyErr_SetString(PyExc_TypeError,
                  "items of a Variable cannot be set: write v.assign(v.read_value().at(i, x))");
  return -1;
}

static PyObject *variable_repr(PyObject *self) {
  variable_obj *v = (variable_obj *)self;
  PyObject *now = read_now(state_of(self), v), *text = NULL;
  if (!now)
    return NULL;
  ag_text data = {0};
  char shape[AG_SHAPE_TEXT];
  ag_shape s = {.rank = v->type.rank};
  for (int i = 0; i < s.rank; i++)
    s.dim[i] = v->type.dim[i];
  ag_tensor_text(&((tensor_obj *)now)->t, &data);
  text = data.failed
             ? PyErr_NoMemory()
             : PyUnicode_FromFormat("<tf.Variable '%U' shape=%s dtype=%s, numpy=%s>", v->name,
                                    ag_shape_text(&s, shape), ag_dtype_name(v->type.dtype),
                                    data.data ? data.data : "");
  ag_free(data.data);
  Py_DECREF(now);
  return text;
}

static Py_hash_t variable_hash(PyObject *self) { return _Py_HashPointer(self); }

/* Another variable with the same value and name: what copying and pickling give. */
static PyObject *variable_reduce(PyObject *self, PyObject *unused) {
  (void)unused;
  variable_obj *v = (variable_obj *)self;
  PyObject *module = PyType_GetModuleByDef(Py_TYPE(self), &core_module);
  PyObject *make = module ? PyObject_GetAttrString(module, "_variable_again") : NULL,
           *now = make ? read_now(state_of(self), v) : NULL;
  if (!now) {
    Py_XDECREF(make);
    return NULL;
  }
  PyObject *name = PyUnicode_Substring(v->name, 0, PyUnicode_GET_LENGTH(v->name) - 2);
  return Py_BuildValue("N(ONNON)", make, Py_TYPE(self), now, name,
                       v->trainable ? Py_True : Py_False, get_shape(self, NULL));
}

static PyObject *variable_again(PyObject *module, PyObject *args) {
  (void)module;
  PyObject *type, *value, *name, *trainable, *shape;
  if (!PyArg_ParseTuple(args, "OOOOO", &type, &value, &name, &trainable, &shape))
    return NULL;
  PyObject *positional = PyTuple_Pack(2, value, trainable),
           *named = Py_BuildValue("{s:O,s:O}", "name", name, "shape", shape);
  PyObject *made = positional && named ? PyObject_Call(type, positional, named) : NULL;
  Py_XDECREF(positional);
  Py_XDECREF(named);
  return made;
}

static PyObject *deepcopy(PyObject *self, PyObject *memo) {
  (void)memo;
  PyObject *parts = variable_reduce(self, NULL);
  PyObject *copy =
      parts ? PyObject_CallObject(PyTuple_GET_ITEM(parts, 0), PyTuple_GET_ITEM(parts, 1)) : NULL;
  Py_XDECREF(parts);
  return copy;
}

static PyGetSetDef variable_getset[] = {
    {"dtype", get_dtype, NULL, "DType of the elements", NULL},
    {"shape", get_shape, NULL, "TensorShape; None where it may change", NULL},
    {"ndim", get_ndim, NULL, "number of dimensions", NULL},
    {"trainable", get_trainable, NULL, "whether gradients are taken for it", NULL},
    {"device", get_device, NULL, "where it lies", NULL},
    {0},
};

static PyMemberDef variable_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(variable_obj, weakrefs), READONLY, NULL},
    {"name", T_OBJECT, offsetof(variable_obj, name), READONLY, "its name with ':0'"},
    {0},
};

#define WORDS(f) (PyCFunction)(void (*)(void))(f)
static PyObject *shape_method(PyObject *self, PyObject *unused) {
  (void)unused;
  return get_shape(self, NULL);
}

static PyMethodDef variable_methods[] = {
    {"value", value, METH_NOARGS,
     "value($self, /)\n--\n\nThe value now; while tracing, a node that reads it."},
    {"get_shape", shape_method, METH_NOARGS, "get_shape($self, /)\n--\n\nThe attribute `shape`."},
    {"read_value", value, METH_NOARGS, "read_value($self, /)\n--\n\nThe same as value()."},
    {"assign", WORDS(assign), METH_VARARGS | METH_KEYWORDS,
     "assign($self, value, use_locking=False, name=None, read_value=True)\n--\n\n"
     "Give it a value of its dtype and shape. Returns the variable; while tracing, its value "
     "afterwards."},
    {"assign_add", WORDS(assign_add), METH_VARARGS | METH_KEYWORDS,
     "assign_add($self, delta, use_locking=False, name=None, read_value=True)\n--\n\nAs "
     "assign(self + delta), in one step."},
    {"assign_sub", WORDS(assign_sub), METH_VARARGS | METH_KEYWORDS,
     "assign_sub($self, delta, use_locking=False, name=None, read_value=True)\n--\n\nAs "
     "assign(self - delta), in one step."},
    {"fetch_add", fetch_add, METH_O,
     "fetch_add($self, value, /)\n--\n\nAs assign_add(value); returns the value from before. No "
     "two "
     "threads get the same one."},
    {"numpy", numpy, METH_NOARGS, "numpy($self, /)\n--\n\nRead-only ndarray of the value now."},
    {"item", WORDS(item), METH_FASTCALL,
     "item($self, index=None, /)\n--\n\nAs Tensor.item of the value now."},
    {"tolist", tolist, METH_NOARGS, "tolist($self, /)\n--\n\nNested lists of Python objects."},
    {"__array__", WORDS(array), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"__format__", format, METH_O, NULL},
    {"__complex__", complex, METH_NOARGS, NULL},
    {"__reduce__", variable_reduce, METH_NOARGS, NULL},
    {"__deepcopy__", deepcopy, METH_O, NULL},
    NUMBER_METHODS,
    {0},
};

static PyType_Slot variable_slots[] = {
    {Py_tp_doc,
     "Variable(initial_value, trainable=True, *, name=None, dtype=None, shape=None, "
     "validate_shape=None, caching_device=None, constraint=None, synchronization=None, "
     "aggregation=None)\n--\n\n"
     "A tensor that can be assigned to. `initial_value`: what becomes a tensor, or a callable that "
     "returns it;\n"
     "Python numbers become int32 or float32. `shape`: None sizes may change. The other\n"
     "arguments are TensorFlow's and have no effect."},
    {Py_tp_new, variable_make},
    {Py_tp_dealloc, variable_dealloc},
    {Py_tp_traverse, variable_traverse},
    {Py_tp_repr, variable_repr},
    {Py_tp_hash, variable_hash},
    {Py_tp_iter, iterate},
    {Py_mp_length, length},
    {Py_mp_subscript, subscript},
    {Py_mp_ass_subscript, refuse_setitem},
    {Py_nb_bool, truth},
    {Py_nb_int, as_int},
    {Py_nb_float, as_float},
    {Py_nb_index, as_index},
    NUMBER_SLOTS,
    {Py_nb_inplace_add, refuse_inplace},
    {Py_nb_inplace_subtract, refuse_inplace},
    {Py_nb_inplace_multiply, refuse_inplace},
    {Py_nb_inplace_true_divide, refuse_inplace},
    {Py_nb_inplace_floor_divide, refuse_inplace},
    {Py_tp_getset, variable_getset},
    {Py_tp_methods, variable_methods},
    {Py_tp_members, variable_members},
    {0},
};

static PyType_Spec variable_spec = {
    .name = "autograph._core.Variable",
    .basicsize = sizeof(variable_obj),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .slots = variable_slots,
};

static PyMethodDef functions[] = {
    {"_variable_again", variable_again, METH_VARARGS,
     "_variable_again($module, type, value, name, trainable, shape, /)\n--\n\nWhat unpickles a "
     "variable."},
    {0},
};

int add_variable(PyObject *module, core_state *st) {
  st->variable_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &variable_spec, NULL);
  if (!st->variable_type || PyModule_AddType(module, st->variable_type) < 0)
    return -1;
  PyObject *priority = PyLong_FromLong(1000); /* arrays on the left leave the operator to us */
  int failed = priority ? PyObject_SetAttrString((PyObject *)st->variable_type,
                                                 "__array_priority__", priority)
                        : -1;
  Py_XDECREF(priority);
  return failed ? -1 : PyModule_AddFunctions(module, functions);
}
