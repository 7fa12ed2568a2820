/* pin.c - a symbolic value is needed as a Python number.
 * The value's sources decide. Numbers given as arguments, and loop variables that come from them,
 * can be pinned: PinRequired names them, and the tracer starts again with those arguments (or
 * loops) in Python. What hangs on a tensor's elements, a variable or a callback is known only when
 * the function runs, which is an error. */
#include "state.h"

#include <string.h>

typedef struct search {
  const ag_graph *g;
  PyObject *params; /* set of positions among the function's parameters */
  PyObject *loops;  /* set of region ids of loops */
  ag_val strong;    /* a source that cannot be pinned */
  uint8_t *seen;
  ag_val *todo;
  uint32_t n_todo;
} search;

static void push(search *s, ag_val v) {
  if (v == AG_NONE || s->seen[v])
    return;
  s->seen[v] = 1;
  s->todo[s->n_todo++] = v;
}

static int put(PyObject *set, uint32_t number) {
  PyObject *n = PyLong_FromUnsignedLong(number);
  int failed = n ? PySet_Add(set, n) : -1;
  Py_XDECREF(n);
  return failed;
}

static int visit_param(search *s, ag_val v, const ag_node *n, const ag_type *type) {
  const ag_region_info *r = ag_graph_region(s->g, n->region);
  /* Flags of break and return are bools that the loop carries. */
  if (!type->weak && !(n->region && type->rank == 0 && type->dtype == AG_BOOL)) {
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
    if (!s->strong)
      s->strong = v;
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

static PyObject *refuse(core_state *st, graph_obj *g, ag_val source, const char *what) {
  PyObject *tensor = tensor_from_graph(st, g, source);
  PyObject *label = tensor ? ((tensor_obj *)tensor)->label : NULL;
  PyObject *name = label    ? Py_NewRef(label)
                   : tensor ? PyObject_GetAttrString(tensor, "name")
                            : NULL;
  if (name)
    PyErr_Format(PyExc_TypeError,
                 "a symbolic tensor cannot be used as %s: it depends on '%U', which is known only "
                 "when the function runs. "
                 "Keep the computation in tensors, or pass the value as a Python number",
                 what, name);
  Py_XDECREF(name);
  Py_XDECREF(tensor);
  return NULL;
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
  uint32_t n = ag_graph_values(g->g);
  search s = {.g = g->g, .params = PySet_New(NULL), .loops = PySet_New(NULL)};
  s.seen = ag_calloc(n, 1);
  s.todo = ag_malloc(n * sizeof *s.todo);
  PyObject *params = NULL, *loops = NULL, *args = NULL;
  if (!s.seen || !s.todo || !s.params || !s.loops) {
    PyErr_NoMemory();
    goto done;
  }
  push(&s, t->val);
  push(&s, t->tag);
  while (s.n_todo)
    if (visit(&s, s.todo[--s.n_todo]) < 0)
      goto done;
  if (s.strong || (PySet_GET_SIZE(s.params) == 0 && PySet_GET_SIZE(s.loops) == 0)) {
    refuse(st, g, s.strong ? s.strong : t->val ? t->val : t->tag, what);
    goto done;
  }
  params = PyFrozenSet_New(s.params);
  loops = PyFrozenSet_New(s.loops);
  args = params && loops ? Py_BuildValue("(OOs)", params, loops, what) : NULL;
  if (args)
    PyErr_SetObject(st->pin_error, args);

done:
  Py_XDECREF(params);
  Py_XDECREF(loops);
  Py_XDECREF(args);
  Py_XDECREF(s.params);
  Py_XDECREF(s.loops);
  ag_free(s.seen);
  ag_free(s.todo);
  return NULL;
}
