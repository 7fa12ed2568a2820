/* pin.c - a symbolic value is needed as a Python number, or whether an operation fails is needed.
 * The sources decide: of the value; of the operands; of the conditions that lead to the operation.
 * Numbers given as arguments, NumPy's scalars among them, and loop variables that come from them,
 * can be pinned: PinRequired names them, and the tracer starts again with those arguments (or
 * loops) in Python. What hangs on a tensor's elements, a variable or a callback is known only when
 * the function runs, which is an error. */
#include "graph_obj.h"
#include "operation.h"

#include <string.h>

typedef struct search {
  const ag_graph *g;
  PyObject *scalars; /* dict: the parameters that stand for NumPy's scalars; NULL */
  PyObject *params;  /* set of positions among the function's parameters */
  PyObject *loops;   /* set of region ids of loops */
  ag_val strong;     /* a source that cannot be pinned */
  uint8_t *seen;
  ag_val *todo;
  uint32_t n_todo;
} search;

enum { VALUE = 1, SIZES = 2 }; /* what is asked of a value */
#define OF_SIZES (UINT32_C(1) << 31)

static void push(search *s, ag_val v) {
  if (v == AG_NONE || s->seen[v] & VALUE)
    return;
  s->seen[v] |= VALUE;
  s->todo[s->n_todo++] = v;
}

/* Asks for the sizes of `v` that the trace does not know. */
static void push_sizes(search *s, ag_val v) {
  const ag_type *type = &ag_graph_value(s->g, v)->type;
  bool open = type->rank < 0;
  for (int i = 0; i < type->rank; i++)
    open = open || type->dim[i] < 0;
  if (!open || s->seen[v] & SIZES)
    return;
  s->seen[v] |= SIZES;
  s->todo[s->n_todo++] = v | OF_SIZES;
}

static int put(PyObject *set, uint32_t number) {
  PyObject *n = PyLong_FromUnsignedLong(number);
  int failed = n ? PySet_Add(set, n) : -1;
  Py_XDECREF(n);
  return failed;
}

/* 1: the parameter is a number of NumPy's, such as np.int64(5); 0; -1. */
static int is_scalar(const search *s, ag_val v) {
  PyObject *number = s->scalars ? PyLong_FromUnsignedLong(v) : NULL;
  int found = number ? PyDict_Contains(s->scalars, number) : 0;
  Py_XDECREF(number);
  return s->scalars && !number ? -1 : found;
}

static int visit_param(search *s, ag_val v, const ag_node *n, const ag_type *type) {
  const ag_region_info *r = ag_graph_region(s->g, n->region);
  int scalar = type->weak || n->region ? 0 : is_scalar(s, v);
  if (scalar < 0)
    return -1;
  /* Flags of break and return are bools that the loop carries. */
  if (!scalar && !type->weak && !(n->region && type->rank == 0 && type->dtype == AG_BOOL)) {
    if (!s->strong)
      s->strong = v;
    return 0;
  }
  if (n->region)
    return put(s->loops, n->region);
  for (uint32_t i = 0; i < r->n_params; i++)
    if (r->params[i] == v)
      return put(s->params, i);
  return 0;
}

/* Whether it is a list among the arguments, the vector of its numbers (tracing.py) or a part of it:
 * its length is a number that can be pinned. */
static bool of_list(const ag_graph *g, ag_val v) {
  for (;;) {
    const ag_value *value = ag_graph_value(g, v);
    const ag_node *n = ag_graph_node(g, value->node);
    if (n->op == AG_OP_PARAM)
      return !n->region && value->type.weak && value->type.rank;
    if (n->op != AG_OP_CAST && n->op != AG_OP_SLICE && n->op != AG_OP_SLICE_DYN)
      return false;
    v = n->in[0];
  }
}

/* What decides the sizes of `v`. */
static void visit_sizes(search *s, ag_val v) {
  const ag_value *value = ag_graph_value(s->g, v);
  const ag_node *n = ag_graph_node(s->g, value->node);
  uint8_t lowering = ag_ops[n->op].lowering;
  bool made = n->op == AG_OP_FILL_TO || n->op == AG_OP_RANGE; /* of numbers alone */
  bool taken = n->op == AG_OP_RESHAPE_TO || lowering == AG_LOWER_index ||
               lowering == AG_LOWER_parts || lowering == AG_LOWER_reduce;
  if (n->op == AG_OP_COND) {
    push(s, n->in[0]);
    for (int i = 0; i < 2; i++)
      push_sizes(s, ag_graph_region(s->g, n->sub[i])->results[value->index]);
  } else if (made || taken || lowering == AG_LOWER_inline) {
    for (uint32_t i = 0; i < n->n_in; i++) {
      const ag_type *type = &ag_graph_value(s->g, n->in[i])->type;
      if (!made)
        push_sizes(s, n->in[i]);
      if (made || (taken && i && type->rank <= 1 && ag_is_int(type->dtype)))
        push(s, n->in[i]);
    }
  } else if (!s->strong) {
    s->strong = v;
  }
}

static int visit(search *s, ag_val v) {
  const ag_value *value = ag_graph_value(s->g, v);
  const ag_node *n = ag_graph_node(s->g, value->node);
  switch (n->op) {
  case AG_OP_CONST:
    return 0;
  case AG_OP_PARAM:
    return visit_param(s, v, n, &value->type);
  case AG_OP_COND:
    push(s, n->in[0]);
    for (int i = 0; i < 2; i++)
      push(s, ag_graph_region(s->g, n->sub[i])->results[value->index]);
    return 0;
  case AG_OP_WHILE:
    push(s, n->in[value->index]);
    return put(s->loops, n->sub[0]) < 0 || put(s->loops, n->sub[1]) < 0 ? -1 : 0;
  case AG_OP_DIM:
  case AG_OP_SHAPE:
    if (of_list(s->g, n->in[0]))
      push(s, n->in[0]);
    else
      push_sizes(s, n->in[0]);
    return 0;
  default:
    break;
  }
  if (ag_ops[n->op].traits & AG_TRAIT_EFFECT && !s->strong)
    s->strong = v;
  for (uint32_t i = 0; i < n->n_in; i++)
    push(s, n->in[i]);
  return 0;
}

/* The variable that holds the value, or the parameter that it is, or the operation that makes it.
 */
static PyObject *name_of(core_state *st, graph_obj *g, ag_val source) {
  PyObject *tensor = tensor_from_graph(st, g, source);
  PyObject *label = tensor ? ((tensor_obj *)tensor)->label : NULL;
  PyObject *name = label    ? Py_NewRef(label)
                   : tensor ? PyObject_GetAttrString(tensor, "name")
                            : NULL;
  Py_ssize_t n = name ? PyUnicode_GET_LENGTH(name) : 0;
  if (n > 2 && PyUnicode_ReadChar(name, n - 2) == ':' && PyUnicode_ReadChar(name, n - 1) == '0')
    Py_SETREF(name, PyUnicode_Substring(name, 0, n - 2)); /* its first output */
  Py_XDECREF(tensor);
  return name;
}

static PyObject *refuse(core_state *st, graph_obj *g, ag_val source, const char *what) {
  PyObject *here = PyDict_GetItemString(st->staged, "here");
  PyObject *name = name_of(st, g, source);
  PyObject *place = !name ? NULL : here ? PyObject_CallNoArgs(here) : PyUnicode_FromString("");
  PyObject *said =
      place ? PyUnicode_FromFormat(
                  "a symbolic tensor cannot be used as %s: it depends on '%U', which is known only "
                  "when the function runs. "
                  "Keep the computation in tensors, or pass the value as a Python number%s%U",
                  what, name,
                  strcmp(what, "a Python int")
                      ? ""
                      : "; a table that a tensor is to index is a list made in "
                        "the function, or a tensor: ag.constant(table)[i]",
                  place)
            : NULL;
  raise_refusal(said);
  Py_XDECREF(said);
  Py_XDECREF(place);
  Py_XDECREF(name);
  return NULL;
}

static bool search_begin(search *s, const graph_obj *graph) {
  const ag_graph *g = graph->g;
  uint32_t n = ag_graph_values(g);
  *s = (search){.g = g, .params = PySet_New(NULL), .loops = PySet_New(NULL)};
  s->scalars = PyDict_GetItemString(graph->extra, "scalars");
  s->seen = ag_calloc(n, 1);
  s->todo = ag_malloc(2 * n * sizeof *s->todo);
  if (s->seen && s->todo && s->params && s->loops)
    return true;
  PyErr_NoMemory();
  return false;
}

static void search_end(search *s) {
  Py_XDECREF(s->params);
  Py_XDECREF(s->loops);
  ag_free(s->seen);
  ag_free(s->todo);
}

/* Follows what was pushed back to its sources. -1 when memory is out. */
static int find_sources(search *s) {
  while (s->n_todo) {
    ag_val v = s->todo[--s->n_todo];
    if (v & OF_SIZES)
      visit_sizes(s, v & ~OF_SIZES);
    else if (visit(s, v) < 0)
      return -1;
  }
  return 0;
}

static bool can_pin(const search *s) {
  return !s->strong && (PySet_GET_SIZE(s->params) || PySet_GET_SIZE(s->loops));
}

static void require(core_state *st, const search *s, const char *what) {
  PyObject *params = PyFrozenSet_New(s->params), *loops = PyFrozenSet_New(s->loops);
  PyObject *args = params && loops ? Py_BuildValue("(OOs)", params, loops, what) : NULL;
  if (args)
    PyErr_SetObject(st->pin_error, args);
  Py_XDECREF(params);
  Py_XDECREF(loops);
  Py_XDECREF(args);
}

PyObject *pin(core_state *st, tensor_obj *t, const char *what) {
  graph_obj *g = t->graph;
  if (!g || (!t->alts && t->val == AG_NONE) || g != trace_current()) {
    PyErr_Format(PyExc_TypeError,
                 "a symbolic tensor of another trace cannot be used as %s: it has no value outside "
                 "of the function or graph "
                 "that made it",
                 what);
    return NULL;
  }
  PyObject *by = PyDict_GetItemString(st->staged, "asked_in_method");
  PyObject *told = by ? PyObject_CallNoArgs(by) : NULL;
  if (by && !told)
    return NULL;
  Py_XDECREF(told);
  search s;
  if (search_begin(&s, g)) {
    push(&s, t->val);
    push(&s, t->tag);
    if (find_sources(&s) == 0) {
      if (can_pin(&s))
        require(st, &s, what);
      else
        refuse(st, g, s.strong ? s.strong : t->val ? t->val : t->tag, what);
    }
  }
  search_end(&s);
  return NULL;
}

/* ---- operations that may fail ---------------------------------------------------------------- */

/* Operations of any region, from node `first` on, that have one of the traits (0: all). */
static PyObject *operations(PyObject *self, PyObject *first, unsigned traits) {
  graph_obj *g = (graph_obj *)self;
  core_state *st = core_of_type(Py_TYPE(self));
  unsigned long from = PyLong_AsUnsignedLong(first);
  if (from == (unsigned long)-1 && PyErr_Occurred())
    return NULL;
  PyObject *list = PyList_New(0);
  for (ag_nid id = from ? (ag_nid)from : 1; list && id < ag_graph_nodes(g->g); id++) {
    const ag_node *n = ag_graph_node(g->g, id);
    if (traits && !(ag_ops[n->op].traits & traits))
      continue;
    PyObject *op = operation_handle(st, g, id);
    if (!op || PyList_Append(list, op) < 0)
      Py_CLEAR(list);
    Py_XDECREF(op);
  }
  return list;
}

static PyObject *raising(PyObject *self, PyObject *first) {
  return operations(self, first, AG_TRAIT_CHECK | AG_TRAIT_EFFECT);
}

static PyObject *every(PyObject *self, PyObject *first) { return operations(self, first, 0); }

/* Pushes what decides whether region `stop` leads to node n; -1 when memory is out. */
static int push_way(search *s, const ag_node *n, ag_region stop) {
  for (ag_region r = n->region; r != stop && r; r = ag_graph_region(s->g, r)->parent) {
    ag_nid id = ag_graph_region(s->g, r)->owner;
    const ag_node *owner = id ? ag_graph_node(s->g, id) : NULL;
    if (owner && owner->op == AG_OP_COND)
      push(s, owner->in[0]);
    else if (put(s->loops, r) < 0)
      return -1;
  }
  return 0;
}

/* Pushes the operands that decide whether n fails: with `alone`, those that do so whatever the
 * others are. Nothing for what fails wherever it is reached. */
static void push_deciders(search *s, const ag_node *n, bool alone) {
  uint32_t first = 0, end = n->n_in;
  switch (n->op) {
  case AG_OP_RAISE:
    return;
  case AG_OP_ASSERT:
  case AG_OP_UNBOUND:
    end = 1; /* the rest is for the message */
    break;
  case AG_OP_PYINDEX:
    break;
  case AG_OP_ELEMENT:
  case AG_OP_GATHER:
  case AG_OP_SET_ELEMENT:
    first = ag_type_known(&ag_graph_value(s->g, n->in[0])->type)
                ? n->op == AG_OP_SET_ELEMENT ? 2 : 1
                : 0;
    break;
  default:
    first = alone && n->n_in == 2 ? 1 : 0; /* a divisor, how far to shift */
  }
  for (uint32_t i = first; i < end; i++)
    push(s, n->in[i]);
}

static bool nothing_found(const search *s) {
  return !s->strong && !PySet_GET_SIZE(s->params) && !PySet_GET_SIZE(s->loops);
}

/* Raises PinRequired for the sources of whether the operation fails; their name where they cannot
 * be pinned. */
static PyObject *pin_operation(PyObject *self, PyObject *args) {
  graph_obj *g = (graph_obj *)self;
  core_state *st = core_of_type(Py_TYPE(self));
  PyObject *op, *result = NULL;
  unsigned int stop;
  const char *what;
  if (!PyArg_ParseTuple(args, "O!Is:pin_operation", st->operation_type, &op, &stop, &what))
    return NULL;
  const operation_obj *o = (const operation_obj *)op;
  if (o->graph != g || !o->node)
    return PyErr_Format(PyExc_ValueError, "pin_operation: an operation of another trace");
  const ag_node *n = ag_graph_node(g->g, o->node);
  search s;
  int failed = search_begin(&s, g) ? 0 : -1;
  for (int round = 0; !failed && round < 3 && nothing_found(&s); round++) {
    if (round < 2)
      push_deciders(&s, n, round == 0);
    else
      failed = push_way(&s, n, stop);
    failed = failed ? failed : find_sources(&s);
  }
  if (!failed && can_pin(&s))
    require(st, &s, what);
  else if (!failed)
    result = s.strong ? name_of(st, g, s.strong) : PyUnicode_FromString("");
  search_end(&s);
  return result;
}

PyMethodDef pin_methods[] = {
    {"raising", raising, METH_O,
     "raising($self, first, /)\n--\n\nOperations that may fail or have an effect, those of "
     "branches "
     "and loops included, of all but the `first` first."},
    {"every", every, METH_O,
     "every($self, first, /)\n--\n\nAll operations but the `first` first, those of branches and "
     "loops included."},
    {"pin_operation", pin_operation, METH_VARARGS,
     "pin_operation($self, op, region, what, /)\n--\n\nAsk for the numbers that decide whether "
     "`op` "
     "fails, seen from `region` round it, as Python numbers.\n"
     "Returns the name of a tensor that it depends on when that cannot be."},
    {0},
};

PyDoc_STRVAR(sources_doc,
             "sources($module, x, /)\n--\n\nWhat decides a symbolic Tensor: (set of positions "
             "among the function's parameters, set of loop regions), or None where it hangs on "
             "what only the run knows.");

static PyObject *sources(PyObject *module, PyObject *x) {
  core_state *st = core_of(module);
  tensor_obj *t = (tensor_obj *)x;
  if (!is_tensor(st, x) || !t->graph || t->graph != trace_current())
    return PyErr_Format(PyExc_TypeError, "sources takes a symbolic Tensor of the current trace");
  search s;
  PyObject *found = NULL;
  if (search_begin(&s, t->graph)) {
    push(&s, t->val);
    push(&s, t->tag);
    if (find_sources(&s) == 0)
      found = s.strong ? Py_NewRef(Py_None) : PyTuple_Pack(2, s.params, s.loops);
  }
  search_end(&s);
  return found;
}

static PyMethodDef functions[] = {{"sources", sources, METH_O, sources_doc}, {0}};

int add_pin(PyObject *module, core_state *st) {
  (void)st;
  return PyModule_AddFunctions(module, functions);
}
