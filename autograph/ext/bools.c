/* bools.c - which bools of a graph are Python's own.
 * Numbers say it by their type: weak ones are Python's. A bool is Python's when no tensor had a
 * part in it: comparisons of Python numbers, constants, what logic makes of those, and what
 * branches and loops choose among them. Where a node does not tell, the trace does: BOOLS OF
 * TENSORS are in graph.extra["tensor_bools"] (staging/values.py), such as a loop's variable that a
 * tensor starts. Lists of Python's bools, columns of them, are looked at likewise; one whose items
 * are all known is a constant by then, in graph.extra["python_bools"]. */
#include "graph_obj.h"
#include "tensor_obj.h"

#include <string.h>

typedef struct walk {
  const ag_graph *g;
  PyObject *tensors; /* value -> Tensor, which is dead where the trace has been undone; or NULL */
  PyObject *pythons; /* likewise */
  uint8_t *seen;
  ag_val *todo;
  uint32_t n_todo;
} walk;

static void push(walk *w, ag_val v) {
  if (w->seen[v])
    return;
  w->seen[v] = 1;
  w->todo[w->n_todo++] = v;
}

static bool is_noted(PyObject *notes, ag_val v) {
  PyObject *number = notes ? PyLong_FromUnsignedLong(v) : NULL;
  PyObject *noted = number ? PyDict_GetItem(notes, number) : NULL;
  Py_XDECREF(number);
  return noted && ((tensor_obj *)noted)->val == v;
}

/* The same for a column of a list: what was put into it decides. */
static bool visit_column(walk *w, const ag_node *n) {
  switch (n->op) {
  case AG_OP_LIST_PUT:
  case AG_OP_LIST_WRITE:
  case AG_OP_SET_ELEMENT:
    push(w, n->in[1]);
    push(w, n->in[0]);
    return true;
  case AG_OP_STACK:
    for (uint32_t i = 0; i < n->n_in; i++)
      push(w, n->in[i]);
    return true;
  case AG_OP_GATHER:
  case AG_OP_LIST_MOVE:
  case AG_OP_SLICE:
  case AG_OP_SLICE_DYN:
  case AG_OP_REVERSE:
    push(w, n->in[0]);
    return true;
  default:
    return false;
  }
}

/* False when a tensor is behind v; pushes what else decides. */
static bool visit(walk *w, ag_val v) {
  const ag_value *value = ag_graph_value(w->g, v);
  const ag_node *n = ag_graph_node(w->g, value->node);
  if (value->type.weak)
    return true;
  if (value->type.dtype != AG_BOOL || (value->type.rank & ~1) || is_noted(w->tensors, v))
    return false;
  if (is_noted(w->pythons, v))
    return true;
  switch (n->op) {
  case AG_OP_CONST: /* tf.constant(True) has a name of its own; an empty list begins a column */
    return value->type.rank ? value->type.dim[0] == 0 : !n->name || !strncmp(n->name, "const", 5);
  case AG_OP_PARAM:
    return n->region != 0; /* of a loop: the loop's values are looked at themselves */
  case AG_OP_COND:
    for (int i = 0; i < 2; i++)
      push(w, ag_graph_region(w->g, n->sub[i])->results[value->index]);
    return true;
  case AG_OP_WHILE:
    push(w, n->in[value->index]);
    push(w, ag_graph_region(w->g, n->sub[1])->results[value->index]);
    return true;
  case AG_OP_ELEMENT:
    push(w, n->in[0]);
    return true;
  default:
    break;
  }
  if (value->type.rank)
    return visit_column(w, n);
  if (ag_ops[n->op].traits & AG_TRAIT_EFFECT || n->n_in == 0)
    return false;
  for (uint32_t i = 0; i < n->n_in; i++)
    push(w, n->in[i]);
  return true;
}

/* rank: 0 for a bool, 1 for a column of them. 1, 0, or -1 with an exception. */
static int are_pythons(const tensor_obj *t, int rank) {
  if (!t->graph || t->alts || t->val == AG_NONE)
    return 0;
  ag_type type = tensor_type_of(t);
  if (type.dtype != AG_BOOL || type.rank != rank)
    return 0;
  uint32_t n = ag_graph_values(t->graph->g);
  walk w = {.g = t->graph->g,
            .tensors = PyDict_GetItemString(t->graph->extra, "tensor_bools"),
            .pythons = PyDict_GetItemString(t->graph->extra, "python_bools"),
            .seen = ag_calloc(n, 1),
            .todo = ag_malloc(n * sizeof(ag_val))};
  bool pythons = w.seen && w.todo;
  if (pythons)
    push(&w, t->val);
  while (pythons && w.n_todo)
    pythons = visit(&w, w.todo[--w.n_todo]);
  bool failed = !w.seen || !w.todo;
  ag_free(w.seen);
  ag_free(w.todo);
  if (failed)
    PyErr_NoMemory();
  return failed ? -1 : pythons;
}

int python_bool(const tensor_obj *t) { return are_pythons(t, 0); }

bool python_number(const tensor_obj *t) {
  ag_type type = tensor_type_of(t);
  int is_bool = type.weak || type.dtype != AG_BOOL ? 0 : python_bool(t);
  if (is_bool < 0)
    PyErr_Clear(); /* what comes next says that memory is short */
  return type.weak || is_bool > 0;
}

static PyObject *is_python_bool(PyObject *module, PyObject *o) {
  int pythons = is_tensor(core_of(module), o) ? python_bool((tensor_obj *)o) : 0;
  return pythons < 0 ? NULL : PyBool_FromLong(pythons);
}

static PyObject *holds_python_bools(PyObject *module, PyObject *o) {
  int pythons = is_tensor(core_of(module), o) ? are_pythons((tensor_obj *)o, 1) : 0;
  return pythons < 0 ? NULL : PyBool_FromLong(pythons);
}

PyDoc_STRVAR(is_python_bool_doc,
             "is_python_bool($module, tensor, /)\n--\n\nWhether a symbolic 0-d bool is one of "
             "Python's: no tensor had a part in it.");

PyDoc_STRVAR(holds_doc,
             "holds_python_bools($module, tensor, /)\n--\n\nWhether a symbolic vector of bools is "
             "a column of a list whose items are Python's.");

static PyMethodDef functions[] = {{"is_python_bool", is_python_bool, METH_O, is_python_bool_doc},
                                  {"holds_python_bools", holds_python_bools, METH_O, holds_doc},
                                  {0}};

int add_bools(PyObject *module, core_state *st) {
  (void)st;
  return PyModule_AddFunctions(module, functions);
}
