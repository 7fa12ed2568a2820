/* region.c - building a graph from Python: parameters, branches, loops, results, undo. */
#include "graph_obj.h"

#include <string.h>

static core_state *state_of(PyObject *self) { return core_of_type(Py_TYPE(self)); }

/* ---- shared ---------------------------------------------------------------------------------- */

int type_from_objects(core_state *st, graph_obj *g, PyObject *dtype, PyObject *shape, int weak,
                      ag_type *out) {
  ag_shape s;
  int d = dtype_from_object(st, dtype, "dtype");
  if (d < 0 || shape_from_object(st, shape, "shape", &s) < 0)
    return -1;
  if (weak && (s.rank != 0 || (d != AG_I64 && d != AG_F64 && d != AG_C128))) {
    PyErr_SetString(PyExc_ValueError,
                    "a Python number is an int64, float64 or complex128 of 0 dimensions");
    return -1;
  }
  *out = (ag_type){.dtype = (uint8_t)d, .weak = (uint8_t)(weak != 0), .rank = (int8_t)s.rank};
  for (int i = 0; i < s.rank; i++)
    out->dim[i] = s.dim[i] < 0 ? ag_graph_symbol(g->g) : s.dim[i];
  return 0;
}

PyObject *outputs_of(core_state *st, graph_obj *g, ag_nid node, const ag_err *err) {
  if (!node)
    return PyErr_Occurred() ? NULL : raise_err(st, err, g);
  ag_val first = ag_graph_node(g->g, node)->out;
  uint32_t n = ag_graph_node(g->g, node)->n_out;
  PyObject *list = PyList_New(n);
  for (uint32_t i = 0; list && i < n; i++) {
    PyObject *t = tensor_from_graph(st, g, first + i);
    if (t)
      PyList_SET_ITEM(list, i, t);
    else
      Py_CLEAR(list);
  }
  return list;
}

ag_val *values_of(core_state *st, graph_obj *g, PyObject *tensors, uint32_t *n) {
  PyObject *seq = items_now(tensors, "expected a sequence of tensors");
  Py_ssize_t count = seq ? PyTuple_GET_SIZE(seq) : 0, made = 0;
  ag_val *vals = seq ? ag_malloc((count ? (size_t)count : 1) * sizeof *vals) : NULL;
  if (seq && !vals)
    PyErr_NoMemory();
  for (; vals && made < count; made++) {
    PyObject *t = as_tensor(st, PyTuple_GET_ITEM(seq, made), -1, "a value of the graph");
    vals[made] = t ? graph_value(st, g, t) : AG_NONE;
    Py_XDECREF(t);
    if (vals[made] == AG_NONE)
      break;
  }
  if (vals && made < count) {
    ag_free(vals);
    vals = NULL;
  }
  Py_XDECREF(seq);
  *n = (uint32_t)count;
  return vals;
}

/* ---- being the current trace ----------------------------------------------------------------- */

static PyObject *enter(PyObject *self, PyObject *unused) {
  (void)unused;
  if (!trace_enter(state_of(self), (graph_obj *)self))
    return NULL;
  return Py_NewRef(self);
}

static PyObject *leave(PyObject *self, PyObject *unused) {
  (void)unused;
  if (trace_current() != (graph_obj *)self) {
    PyErr_SetString(PyExc_RuntimeError, "leave: another graph is being built in this thread");
    return NULL;
  }
  trace_leave();
  Py_RETURN_NONE;
}

/* The graph is its own context manager; an exception goes on its way. */
static PyObject *exit_block(PyObject *self, PyObject *const *args, Py_ssize_t n) {
  (void)args;
  (void)n;
  return leave(self, NULL);
}

static PyObject *building(PyObject *self, PyObject *unused) {
  (void)unused;
  return Py_NewRef(self);
}

/* ---- parameters ------------------------------------------------------------------------------ */

static PyObject *param(core_state *st, graph_obj *g, const ag_type *type, const char *name) {
  ag_err err = {0};
  char text[NODE_NAME];
  if (check_open(g) < 0)
    return NULL;
  ag_val v =
      ag_graph_param(g->g, type, node_name(g, AG_OP_PARAM, name, text), trace_loc(st, g), &err);
  return v == AG_NONE ? raise_err(st, &err, g) : tensor_from_graph(st, g, v);
}

static PyObject *add_param(PyObject *self, PyObject *args, PyObject *kwargs) {
  static char *names[] = {"dtype", "shape", "weak", "name", "sizes", NULL};
  core_state *st = state_of(self);
  PyObject *dtype, *shape, *sizes = Py_None;
  const char *name = NULL;
  int weak = 0;
  ag_type type;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|pzO:add_param", names, &dtype, &shape, &weak,
                                   &name, &sizes))
    return NULL;
  bool list = weak && PyTuple_Check(shape) && PyTuple_GET_SIZE(shape) == 1; /* of numbers */
  if (type_from_objects(st, (graph_obj *)self, dtype, shape, weak && !list, &type) < 0)
    return NULL;
  type.weak |= list;
  for (int i = 0; sizes != Py_None && i < type.rank; i++) {
    PyObject *size = PyTuple_Check(sizes) && PyTuple_GET_SIZE(sizes) == type.rank
                         ? PyTuple_GET_ITEM(sizes, i)
                         : NULL;
    long long n = size ? PyLong_AsLongLong(size) : 0;
    if (PyErr_Occurred())
      return NULL;
    if (!size || n < -INT32_MAX || (type.dim[i] >= 0 && type.dim[i] != n)) {
      PyErr_SetString(PyExc_ValueError, "add_param: the sizes do not fit the shape");
      return NULL;
    }
    type.dim[i] = n;
  }
  return param(st, (graph_obj *)self, &type, name);
}

static PyObject *region_param(PyObject *self, PyObject *like) {
  core_state *st = state_of(self);
  PyObject *dtype, *shape;
  int weak = 0;
  ag_type type;
  if (is_tensor(st, like)) {
    PyObject *plain = as_tensor(st, like, -1, "region_param");
    if (!plain)
      return NULL;
    type = tensor_type_of((tensor_obj *)plain);
    Py_DECREF(plain);
  } else if (!PyTuple_Check(like)) {
    PyErr_Format(PyExc_TypeError, "region_param: expected a Tensor or (dtype, shape, weak), not %s",
                 Py_TYPE(like)->tp_name);
    return NULL;
  } else if (!PyArg_ParseTuple(like, "OO|p:region_param", &dtype, &shape, &weak) ||
             type_from_objects(st, (graph_obj *)self, dtype, shape, weak, &type) < 0) {
    return NULL;
  }
  return param(st, (graph_obj *)self, &type, NULL);
}

/* ---- regions --------------------------------------------------------------------------------- */

static int region_id(graph_obj *g, PyObject *o, ag_region *out) {
  unsigned long r = PyLong_AsUnsignedLong(o);
  if (r == (unsigned long)-1 && PyErr_Occurred())
    return -1;
  if (r < ag_graph_regions(g->g)) {
    *out = (ag_region)r;
    return 0;
  }
  PyErr_Format(PyExc_ValueError, "there is no region %lu", r);
  return -1;
}

static PyObject *region_open(PyObject *self, PyObject *unused) {
  (void)unused;
  graph_obj *g = (graph_obj *)self;
  ag_err err = {0};
  if (check_open(g) < 0)
    return NULL;
  ag_region r = ag_region_open(g->g, &err);
  return err.code ? raise_err(state_of(self), &err, g) : PyLong_FromUnsignedLong(r);
}

static PyObject *region_reopen(PyObject *self, PyObject *id) {
  graph_obj *g = (graph_obj *)self;
  ag_region r;
  ag_err err = {0};
  if (check_open(g) < 0 || region_id(g, id, &r) < 0)
    return NULL;
  if (ag_region_reopen(g->g, r, &err))
    return raise_err(state_of(self), &err, g);
  Py_RETURN_NONE;
}

static PyObject *region_close(PyObject *self, PyObject *unused) {
  (void)unused;
  graph_obj *g = (graph_obj *)self;
  if (ag_region_current(g->g) == 0) {
    PyErr_SetString(PyExc_RuntimeError, "region_close: no region is open");
    return NULL;
  }
  ag_region_close(g->g);
  Py_RETURN_NONE;
}

static PyObject *region_current(PyObject *self, PyObject *unused) {
  (void)unused;
  return PyLong_FromUnsignedLong(ag_region_current(((graph_obj *)self)->g));
}

static PyObject *sees(PyObject *self, PyObject *tensor) {
  graph_obj *g = (graph_obj *)self;
  if (!is_tensor(state_of(self), tensor))
    return PyErr_Format(PyExc_TypeError, "sees: expected a Tensor, not %s",
                        Py_TYPE(tensor)->tp_name);
  tensor_obj *t = (tensor_obj *)tensor;
  ag_region now = ag_region_current(g->g);
  ag_val parts[] = {t->val, t->alts ? t->tag : AG_NONE};
  for (int i = 0; i < 2 && t->graph == g; i++)
    if (parts[i] != AG_NONE && !ag_graph_visible(g->g, parts[i], now))
      Py_RETURN_FALSE;
  Py_RETURN_TRUE;
}

static PyObject *set_results(PyObject *self, ag_region r, PyObject *tensors) {
  graph_obj *g = (graph_obj *)self;
  core_state *st = state_of(self);
  ag_err err = {0};
  uint32_t n;
  ag_val *vals = check_open(g) < 0 ? NULL : values_of(st, g, tensors, &n);
  if (!vals)
    return NULL;
  ag_region_results(g->g, r, vals, n, &err);
  ag_free(vals);
  if (err.code)
    return raise_err(st, &err, g);
  Py_RETURN_NONE;
}

/* Eager results become constants of the region, so it must be the current one for the time. */
static PyObject *region_results(PyObject *self, PyObject *args) {
  graph_obj *g = (graph_obj *)self;
  PyObject *id, *tensors;
  ag_region r, now = ag_region_current(g->g);
  ag_err err = {0};
  if (!PyArg_ParseTuple(args, "OO:region_results", &id, &tensors) || region_id(g, id, &r) < 0)
    return NULL;
  bool reopen = r != now && r != 0;
  if (reopen && ag_region_reopen(g->g, r, &err))
    return raise_err(state_of(self), &err, g);
  PyObject *done = set_results(self, r, tensors);
  if (reopen)
    ag_region_close(g->g);
  return done;
}

static PyObject *results(PyObject *self, PyObject *tensors) {
  return set_results(self, 0, tensors);
}

/* ---- control flow ---------------------------------------------------------------------------- */

static PyObject *owner(PyObject *self, ag_op op, ag_val *in, uint32_t n, PyObject *first,
                       PyObject *second, const char *name) {
  graph_obj *g = (graph_obj *)self;
  core_state *st = state_of(self);
  ag_err err = {0};
  char text[NODE_NAME];
  ag_spec spec = {.op = op, .n_in = n, .in = in};
  if (check_open(g) < 0 || region_id(g, first, &spec.sub[0]) < 0 ||
      region_id(g, second, &spec.sub[1]) < 0)
    return NULL;
  spec.name = node_name(g, op, name, text);
  spec.loc = trace_loc(st, g);
  return outputs_of(st, g, ag_graph_add(g->g, &spec, &err), &err);
}

static PyObject *add_cond(PyObject *self, PyObject *args, PyObject *kwargs) {
  static char *names[] = {"cond", "then", "orelse", "name", NULL};
  core_state *st = state_of(self);
  PyObject *cond, *then, *orelse;
  const char *name = NULL;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OOO|z:add_cond", names, &cond, &then, &orelse,
                                   &name))
    return NULL;
  PyObject *t = as_tensor(st, cond, -1, "the condition");
  ag_val in = t ? graph_value(st, (graph_obj *)self, t) : AG_NONE;
  Py_XDECREF(t);
  return in == AG_NONE ? NULL : owner(self, AG_OP_COND, &in, 1, then, orelse, name);
}

static PyObject *add_while(PyObject *self, PyObject *args, PyObject *kwargs) {
  static char *names[] = {"inits", "test", "body", "name", NULL};
  PyObject *inits, *test, *body;
  const char *name = NULL;
  uint32_t n;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OOO|z:add_while", names, &inits, &test, &body,
                                   &name))
    return NULL;
  ag_val *in = values_of(state_of(self), (graph_obj *)self, inits, &n);
  PyObject *outs = in ? owner(self, AG_OP_WHILE, in, n, test, body, name) : NULL;
  ag_free(in);
  return outs;
}

/* ---- undo ------------------------------------------------------------------------------------ */

static PyObject *mark(PyObject *self, PyObject *unused) {
  (void)unused;
  ag_mark m = ag_graph_mark(((graph_obj *)self)->g);
  return PyBytes_FromStringAndSize((const char *)&m, sizeof m);
}

static PyObject *undo(PyObject *self, PyObject *mark) {
  graph_obj *g = (graph_obj *)self;
  ag_mark m;
  if (!PyBytes_Check(mark) || PyBytes_GET_SIZE(mark) != sizeof m) {
    PyErr_SetString(PyExc_TypeError, "undo: expected what mark() returned");
    return NULL;
  }
  memcpy(&m, PyBytes_AS_STRING(mark), sizeof m);
  if (m.nodes > ag_graph_nodes(g->g) || m.values > ag_graph_values(g->g) ||
      m.regions > ag_graph_regions(g->g)) {
    PyErr_SetString(PyExc_ValueError, "undo: this mark was undone itself, or is another graph's");
    return NULL;
  }
  if (check_open(g) < 0)
    return NULL;
  graph_undo(g, &m);
  Py_RETURN_NONE;
}

/* ---- what nodes refer to --------------------------------------------------------------------- */

static PyObject *add_site(PyObject *self, PyObject *record) {
  graph_obj *g = (graph_obj *)self;
  if (PyList_Append(g->sites, record) < 0)
    return NULL;
  return PyLong_FromSsize_t(PyList_GET_SIZE(g->sites) - 1);
}

static PyObject *keep(PyObject *self, PyObject *o) {
  if (PyList_Append(((graph_obj *)self)->keep, o) < 0)
    return NULL;
  Py_RETURN_NONE;
}

static PyObject *finalize(PyObject *self, PyObject *unused) {
  (void)unused;
  ((graph_obj *)self)->finished = true;
  Py_RETURN_NONE;
}

#define WORDS(f) (PyCFunction)(void (*)(void))(f)
PyMethodDef region_methods[] = {
    {"enter", enter, METH_NOARGS,
     "enter($self, /)\n--\n\nOperations of this thread are added here until leave()."},
    {"leave", leave, METH_NOARGS, "leave($self, /)\n--\n\nEnds the last enter()."},
    {"building", building, METH_NOARGS,
     "building($self, /)\n--\n\nContext manager: enter() and leave()."},
    {"__enter__", enter, METH_NOARGS, NULL},
    {"__exit__", WORDS(exit_block), METH_FASTCALL, NULL},
    {"add_param", WORDS(add_param), METH_VARARGS | METH_KEYWORDS,
     "add_param($self, dtype, shape, weak=False, name=None, sizes=None)\n--\n\n"
     "A new parameter; None in `shape` is a size of its own, or, with `sizes`, the one that the "
     "negative number\nthere stands for."},
    {"region_open", region_open, METH_NOARGS,
     "region_open($self, /)\n--\n\nA new region inside the current one; returns its number."},
    {"region_reopen", region_reopen, METH_O,
     "region_reopen($self, region, /)\n--\n\nGo on at the end of a closed region that has no owner "
     "yet."},
    {"region_close", region_close, METH_NOARGS,
     "region_close($self, /)\n--\n\nBack to the region around."},
    {"region_current", region_current, METH_NOARGS,
     "region_current($self, /)\n--\n\nNumber of the region nodes go to."},
    {"sees", sees, METH_O,
     "sees($self, tensor, /)\n--\n\nWhether the current region may use it: it was not made in "
     "another branch or loop."},
    {"region_param", region_param, METH_O,
     "region_param($self, like, /)\n--\n\nA parameter of the current region: like a Tensor, or "
     "(dtype, shape, weak)."},
    {"region_results", region_results, METH_VARARGS,
     "region_results($self, region, tensors, /)\n--\n\nWhat the region gives to its owner."},
    {"results", results, METH_O, "results($self, tensors, /)\n--\n\nWhat the function returns."},
    {"add_cond", WORDS(add_cond), METH_VARARGS | METH_KEYWORDS,
     "add_cond($self, cond, then, orelse, name=None)\n--\n\n"
     "The owner of two closed regions; returns the list of its results. TypeError when theirs "
     "differ."},
    {"add_while", WORDS(add_while), METH_VARARGS | METH_KEYWORDS,
     "add_while($self, inits, test, body, name=None)\n--\n\n"
     "The owner of a test and a body region; returns the list of the last values."},
    {"mark", mark, METH_NOARGS, "mark($self, /)\n--\n\nThe state now, for undo()."},
    {"undo", undo, METH_O, "undo($self, mark, /)\n--\n\nDrop all that was made after the mark."},
    {"add_site", add_site, METH_O,
     "add_site($self, record, /)\n--\n\nKeep a callable for a RAISE or CALLBACK node; returns the "
     "value of its attribute `site`."},
    {"keep", keep, METH_O,
     "keep($self, object, /)\n--\n\nKeep an object alive as long as the graph."},
    {"finalize", finalize, METH_NOARGS,
     "finalize($self, /)\n--\n\nNo operation can be added from now on."},
    {0},
};
