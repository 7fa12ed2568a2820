/* control.c - the control-flow operators of converted code, for Python values.
 * Each looks at one value: a symbolic tensor (or a variable, while tracing) goes to the recorder
 * that autograph/operators.py registered in st->staged under the operator's name; anything else is
 * Python's own statement, done here. */
#include "control.h"

#include "graph_obj.h"

PyObject *record(core_state *st, const char *name, PyObject *const *args, Py_ssize_t n) {
  PyObject *f = PyDict_GetItemString(st->staged, name);
  if (!f)
    return PyErr_Format(PyExc_RuntimeError, "autograph.operators is not imported (no %s)", name);
  return PyObject_Vectorcall(f, args, (size_t)n, NULL);
}

PyObject *made(core_state *st, PyObject *result) {
  if (result || !PyErr_ExceptionMatches(PyExc_NameError))
    return result;
  PyObject *type, *error, *tb, *says = PyDict_GetItemString(st->staged, "undefined");
  PyErr_Fetch(&type, &error, &tb);
  PyErr_NormalizeException(&type, &error, &tb);
  if (tb)
    PyException_SetTraceback(error, tb);
  PyObject *said = says ? PyObject_CallOneArg(says, error) : NULL;
  if (said && said != error) {
    PyErr_SetObject((PyObject *)Py_TYPE(said), said);
    Py_DECREF(type);
    Py_DECREF(error);
    Py_XDECREF(tb);
  } else {
    PyErr_Restore(type, error, tb);
  }
  Py_XDECREF(said);
  return NULL;
}

bool arity(const char *name, Py_ssize_t n, Py_ssize_t least, Py_ssize_t most) {
  if (n >= least && n <= most)
    return true;
  PyErr_Format(PyExc_TypeError, "%s takes %zd to %zd arguments, not %zd", name, least, most, n);
  return false;
}

/* ---- if ------------------------------------------------------------------------------------- */

static PyObject *branch(core_state *st, const char *name, PyObject *const *args, Py_ssize_t n) {
  PyObject *cond = says_truth(args[0]) ? record(st, "truth", args, 1) : Py_NewRef(args[0]);
  PyObject *r = NULL;
  if (!cond)
    return NULL;
  if (symbolic(st, cond)) {
    PyObject *traced[4] = {cond};
    for (Py_ssize_t i = 1; i < n; i++)
      traced[i] = args[i];
    r = record(st, name, traced, n);
  } else {
    int truth = PyObject_IsTrue(cond);
    PyObject *taken = args[truth ? 1 : 2];
    if (truth >= 0)
      r = taken == Py_None ? Py_NewRef(Py_None) : made(st, PyObject_CallNoArgs(taken));
  }
  Py_DECREF(cond);
  return r;
}

PyDoc_STRVAR(if_stmt_doc,
             "if_stmt($module, cond, then, orelse, state, /)\n--\n\n"
             "`if`: the bodies change the places named in `state`; `orelse` may be None.");

static PyObject *if_stmt(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  if (!arity("if_stmt", n, 4, 4))
    return NULL;
  PyObject *r = branch(core_of(module), "if_stmt", args, n);
  if (!r)
    return NULL;
  Py_DECREF(r);
  Py_RETURN_NONE;
}

PyDoc_STRVAR(if_ret_doc, "if_ret($module, cond, then, orelse, state, /)\n--\n\n"
                         "`if` at the end of a function: the bodies return the function's value.");

static PyObject *if_ret(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  return arity("if_ret", n, 4, 4) ? branch(core_of(module), "if_ret", args, n) : NULL;
}

PyDoc_STRVAR(if_exp_doc,
             "if_exp($module, cond, then, orelse, /)\n--\n\n`then() if cond else orelse()`.");

static PyObject *if_exp(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  return arity("if_exp", n, 3, 3) ? branch(core_of(module), "if_exp", args, n) : NULL;
}

/* ---- logic ---------------------------------------------------------------------------------- */

static PyObject *logic(PyObject *module, const char *name, PyObject *const *args, Py_ssize_t n,
                       int stop) {
  core_state *st = core_of(module);
  if (n < 1)
    return PyErr_Format(PyExc_TypeError, "%s takes at least one operand", name);
  PyObject *value = Py_NewRef(args[0]);
  for (Py_ssize_t i = 1; i < n; i++) {
    if (symbolic(st, value) ||
        says_truth(value)) { /* the rest may never be evaluated: recorded as branches */
      PyObject *here[8],
          **rest = n - i + 1 <= 8 ? here : PyMem_Malloc((size_t)(n - i + 1) * sizeof *rest);
      PyObject *r = NULL;
      if (rest) {
        rest[0] = value;
        for (Py_ssize_t k = i; k < n; k++)
          rest[k - i + 1] = args[k];
        r = record(st, name, rest, n - i + 1);
        if (rest != here)
          PyMem_Free(rest);
      } else {
        PyErr_NoMemory();
      }
      Py_DECREF(value);
      return r;
    }
    int truth = PyObject_IsTrue(value);
    if (truth < 0) {
      Py_DECREF(value);
      return NULL;
    }
    if (truth == stop)
      return value;
    Py_SETREF(value, made(st, PyObject_CallNoArgs(args[i])));
    if (!value)
      return NULL;
  }
  return value;
}

PyDoc_STRVAR(and_doc, "and_($module, value, /, *operands)\n--\n\n`value and operands[0]() and "
                      "...`: operands are called when needed.");
static PyObject *and_(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  return logic(module, "and_", args, n, 0);
}

PyDoc_STRVAR(or_doc, "or_($module, value, /, *operands)\n--\n\n`value or operands[0]() or ...`: "
                     "operands are called when needed.");
static PyObject *or_(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  return logic(module, "or_", args, n, 1);
}

PyDoc_STRVAR(not_doc, "not_($module, value, /)\n--\n\n`not value`.");

static PyObject *not_(PyObject *module, PyObject *value) {
  core_state *st = core_of(module);
  if (symbolic(st, value) || says_truth(value))
    return record(st, "not_", &value, 1);
  int truth = PyObject_IsTrue(value);
  return truth < 0 ? NULL : PyBool_FromLong(!truth);
}

PyDoc_STRVAR(new_doc, "new($module, items, /)\n--\n\nA list or dict that was just made: a trace "
                      "keeps track of its own containers.");

static PyObject *new_container(PyObject *module, PyObject *items) {
  return trace_current() ? record(core_of(module), "new", &items, 1) : Py_NewRef(items);
}

/* ---- loops ---------------------------------------------------------------------------------- */

/* In a trace a loop runs as Python's until its condition is traced, or until it is long and makes
 * nodes: then staged[...] records the rest. */

enum { MAX_CELLS = 24 };
/* A loop longer than this is staged, once its body has made nodes. */
enum { PEEL_ABOVE = 64, MOST_UNROLLED = 600 }; /* iterations; operations that all may make */
/* Operations of one unrolled loop: the user is told (staging/loop_options.py). */
enum { TOO_MANY = 10000, FAR_TOO_MANY = 400 /* times TOO_MANY */ };

/* The cell of the variable `name` of function f, or NULL. */
static PyObject *cell_of(PyObject *f, PyObject *name) {
  PyObject *cells = PyFunction_Check(f) ? PyFunction_GET_CLOSURE(f) : NULL;
  if (!cells)
    return NULL;
  PyObject *names = PyCode_GetFreevars((PyCodeObject *)PyFunction_GET_CODE(f)), *found = NULL;
  for (Py_ssize_t i = 0; names && !found && i < PyTuple_GET_SIZE(names); i++)
    if (PyUnicode_Compare(PyTuple_GET_ITEM(names, i), name) == 0)
      found = PyTuple_GET_ITEM(cells, i);
  Py_XDECREF(names);
  return found;
}

/* The cells of the names in `state`; -1 when something in it is not a variable of the functions. */
static int cells_of(PyObject *state, PyObject *test, PyObject *body, PyObject **cells) {
  Py_ssize_t n = PyTuple_CheckExact(state) ? PyTuple_GET_SIZE(state) : MAX_CELLS + 1;
  if (n > MAX_CELLS)
    return -1;
  for (Py_ssize_t i = 0; i < n; i++) {
    PyObject *name = PyTuple_GET_ITEM(state, i);
    if (!PyUnicode_CheckExact(name))
      return -1;
    if (!(cells[i] = cell_of(test, name)) && !(cells[i] = cell_of(body, name)))
      return -1;
  }
  return PyErr_Occurred() ? (PyErr_Clear(), -1) : (int)n;
}

/* The flags of jumps that end a loop are variables that its body assigns. `left` names them. */

enum { MAX_FLAGS = 4 };

/* Their cells, borrowed; -1 with the exception when `left` is no tuple of their names. */
static int flags_of(PyObject *left, PyObject *body, PyObject **cells) {
  if (left == Py_None)
    return 0;
  Py_ssize_t n = PyTuple_CheckExact(left) ? PyTuple_GET_SIZE(left) : MAX_FLAGS + 1;
  if (n > MAX_FLAGS) {
    PyErr_Format(PyExc_TypeError, "a loop is left by the names of at most %d flags", MAX_FLAGS);
    return -1;
  }
  for (Py_ssize_t i = 0; i < n; i++)
    if (!(cells[i] = cell_of(body, PyTuple_GET_ITEM(left, i)))) {
      if (!PyErr_Occurred())
        PyErr_Format(PyExc_TypeError, "%R is no variable of the loop's body",
                     PyTuple_GET_ITEM(left, i));
      return -1;
    }
  return (int)n;
}

/* Outside a trace: 1 when a flag is set, 0, -1. */
static inline int is_left(PyObject *const *cells, int n) {
  for (int i = 0; i < n; i++) {
    PyObject *flag = PyCell_GET(cells[i]);
    int set = flag == Py_False ? 0 : flag ? PyObject_IsTrue(flag) : 0;
    if (set)
      return set;
  }
  return 0;
}

/* In a trace: `not flag and test()`; self: (module, test or None, cells). */
static PyObject *going(PyObject *self, PyObject *unused) {
  (void)unused;
  PyObject *module = PyTuple_GET_ITEM(self, 0), *test = PyTuple_GET_ITEM(self, 1);
  PyObject *flags[MAX_FLAGS];
  Py_ssize_t n = PyTuple_GET_SIZE(self) - 2, unknown = 0;
  for (Py_ssize_t i = 0; i < n; i++) {
    PyObject *flag = PyCell_GET(PyTuple_GET_ITEM(self, i + 2));
    if (flag == Py_True && !unknown)
      Py_RETURN_FALSE;
    if (flag && flag != Py_False)
      flags[unknown++] = flag;
  }
  if (!unknown)
    return test == Py_None ? Py_NewRef(Py_True) : PyObject_CallNoArgs(test);
  PyObject *go_on = record(core_of(module), "going", flags, unknown);
  if (!go_on || test == Py_None)
    return go_on;
  PyObject *both[] = {go_on, test}, *r = logic(module, "and_", both, 2, 0);
  Py_DECREF(go_on);
  return r;
}

PyDoc_STRVAR(until_doc, "until($module, test, body, left, /)\n--\n\n"
                        "The test of a loop in a trace: `test()` (None: True) until a flag is set; "
                        "`left` names flags, variables of `body`, or is None.");
static PyObject *until(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  static PyMethodDef def = {"going", going, METH_NOARGS, NULL};
  PyObject *cells[MAX_FLAGS];
  if (!arity("until", n, 3, 3))
    return NULL;
  int flags = flags_of(args[2], args[1], cells);
  if (flags <= 0)
    return flags < 0 ? NULL : Py_NewRef(args[0]);
  PyObject *parts = PyTuple_New(flags + 2), *made = NULL;
  if (parts) {
    PyTuple_SET_ITEM(parts, 0, Py_NewRef(module));
    PyTuple_SET_ITEM(parts, 1, Py_NewRef(args[0]));
    for (int i = 0; i < flags; i++)
      PyTuple_SET_ITEM(parts, i + 2, Py_NewRef(cells[i]));
    made = PyCFunction_New(&def, parts);
    Py_DECREF(parts);
  }
  return made;
}

static PyObject *truth_of(core_state *st, PyObject *test) {
  PyObject *more = PyObject_CallNoArgs(test);
  if (more && says_truth(more))
    Py_SETREF(more, record(st, "truth", &more, 1));
  return more;
}

/* test() in a trace. *staged when it is traced: then the trace is as before it, but where it
 * assigned variables (*assigned). A `try` round it must not take the question for the loop's own;
 * a test that assigns stands before the loop, and is asked again for that.
 */
static PyObject *ask(core_state *st, PyObject *test, PyObject *const *cells, int n, bool *staged,
                     bool *assigned) {
  graph_obj *g = trace_current();
  ag_mark mark = ag_graph_mark(g->g);
  PyObject *before[MAX_CELLS];
  for (int i = 0; i < n; i++)
    before[i] = Py_XNewRef(PyCell_GET(cells[i]));
  unsigned watched = g->watched;
  g->watched = 0;
  PyObject *more = truth_of(st, test);
  g->watched = watched;
  *staged = more && symbolic(st, more);
  *assigned = false;
  for (int i = 0; i < n; i++)
    *assigned |= before[i] != PyCell_GET(cells[i]);
  bool again = *staged && *assigned && watched;
  for (int i = 0; i < n; i++) {
    if (again)
      PyCell_Set(cells[i], before[i]);
    Py_XDECREF(before[i]);
  }
  if (*staged && (again || !*assigned))
    graph_undo(g, &mark);
  if (again) {
    Py_SETREF(more, truth_of(st, test));
    *staged = more != NULL;
  } else if (more && watched && ag_graph_nodes(g->g) > mark.nodes) {
    PyObject *first = PyLong_FromUnsignedLong(mark.nodes);
    PyObject *told = first ? record(st, "unasked", &first, 1) : NULL;
    Py_XDECREF(first);
    if (!told)
      Py_CLEAR(more);
    Py_XDECREF(told);
  }
  return more;
}

/* After an iteration of a loop that is unrolled; -1 when the warning is an error. */
static int watch(core_state *st, uint32_t *most, Py_ssize_t turns) {
  if (ag_graph_nodes(trace_current()->g) <= *most)
    return 0;
  *most += TOO_MANY * (FAR_TOO_MANY - 1); /* told once more, and then it is an error */
  PyObject *n = PyLong_FromSsize_t(turns), *said = n ? record(st, "unrolled_far", &n, 1) : NULL;
  Py_XDECREF(n);
  Py_XDECREF(said);
  return said ? 0 : -1;
}

/* Whether staged[name](*args) says so; -1 when it fails. */
static int says(core_state *st, const char *name, PyObject *const *args, Py_ssize_t n) {
  PyObject *said = record(st, name, args, n);
  int yes = said ? PyObject_IsTrue(said) : -1;
  Py_XDECREF(said);
  return yes;
}

/* Whether a `while` has made too many turns, or nodes in a few, for all its turns to be copies. */
static bool is_much(Py_ssize_t turns, uint32_t nodes) {
  return turns > PEEL_ABOVE || (turns > 2 && nodes > 2 * MOST_UNROLLED);
}

/* args: test, body, state, left, opts. */
static PyObject *while_in_trace(PyObject *module, PyObject *const *args) {
  core_state *st = core_of(module);
  PyObject *test = args[0], *body = args[1], *state = args[2], *cells[MAX_CELLS];
  int n_cells = args[4] != Py_None ? -1 : cells_of(state, test, body, cells);
  uint32_t first = ag_graph_nodes(trace_current()->g), most = first + TOO_MANY;
  PyObject *asks = until(module, (PyObject *[]){test, body, args[3]}, 3), *result = NULL;
  if (!asks)
    return NULL;
  if (n_cells < 0) {
    result = record(st, "while_stmt", (PyObject *[]){test, body, state, asks, args[4]}, 5);
    Py_DECREF(asks);
    return result;
  }
  bool grew = false, asked = false; /* the last turn made nodes; the rest was not to be recorded */
  for (Py_ssize_t turns = 1;; turns++) {
    bool staged, assigned;
    PyObject *more = ask(st, asks, cells, n_cells, &staged, &assigned);
    if (staged) {
      PyObject *parts[] = {test, body, state, asks, more};
      result =
          assigned ? record(st, "while_assigning", parts, 5) : record(st, "while_staged", parts, 4);
      Py_DECREF(more);
      break;
    }
    int truth = more ? PyObject_IsTrue(more) : -1;
    Py_XDECREF(more);
    uint32_t before = ag_graph_nodes(trace_current()->g);
    bool is_long = grew && !asked && is_much(turns, before - first);
    if (truth > 0 && (is_long || trace_current()->watched)) { /* its turns may nest too deep */
      PyObject *parts[] = {test, body, state, asks, is_long ? Py_True : Py_False};
      int staged_rest = says(st, "while_rest", parts, 5);
      truth = staged_rest > 0 ? 0 : staged_rest < 0 ? -1 : truth;
      asked = asked || is_long;
    }
    if (truth == 0)
      result = Py_NewRef(Py_None);
    PyObject *r = truth > 0 ? PyObject_CallNoArgs(body) : NULL;
    Py_XDECREF(r);
    if (!r || watch(st, &most, turns) < 0)
      break;
    grew = ag_graph_nodes(trace_current()->g) != before;
  }
  Py_DECREF(asks);
  return result;
}

/* The rest of the loop over `items` from number `at` on: 1 when it has been recorded, 0 when it is
 * to be unrolled, -1. */
static int record_rest(core_state *st, PyObject *items, Py_ssize_t at, PyObject *const *args,
                       PyObject *more) {
  PyObject *rest = PySequence_GetSlice(items, at, PY_SSIZE_T_MAX);
  int staged =
      rest ? says(st, "for_on", (PyObject *[]){rest, args[1], args[2], args[3], more}, 5) : -1;
  Py_XDECREF(rest);
  return staged;
}

/* args: a range, body, state, extra_test or None. */
static PyObject *range_in_trace(core_state *st, PyObject *const *args) {
  PyObject *items = args[0], *item;
  Py_ssize_t n = PyObject_Size(items);
  if (n < 0 && !PyErr_ExceptionMatches(PyExc_OverflowError))
    return NULL;
  bool peel = n < 0 || n > PEEL_ABOVE, asked = false;
  uint32_t most = ag_graph_nodes(trace_current()->g) + TOO_MANY;
  PyErr_Clear();
  PyObject *it = PyObject_GetIter(items);
  graph_obj *g = (graph_obj *)Py_NewRef(trace_current());
  g->long_loops += peel;
  int rest = 0; /* 1: recorded, -1: failed */
  for (Py_ssize_t at = 0; it && !rest && (item = PyIter_Next(it)); at++) {
    if (args[3] != Py_None) {
      PyObject *more = PyObject_CallNoArgs(args[3]);
      int truth = 1;
      if (more && symbolic(st, more))
        rest = record_rest(st, items, at, args, more);
      else if ((truth = more ? PyObject_IsTrue(more) : -1) <= 0)
        rest = truth < 0 ? -1 : 1;
      Py_XDECREF(more);
    }
    uint32_t before = ag_graph_nodes(trace_current()->g);
    PyObject *r = rest ? NULL : PyObject_CallOneArg(args[1], item);
    if (!rest && !r)
      rest = -1;
    Py_XDECREF(r);
    Py_DECREF(item);
    uint64_t made = ag_graph_nodes(trace_current()->g) - before; /* taken as what each makes */
    if (!rest && !asked && made && (n < 0 || at + 1 < n) &&
        (peel || made * (uint64_t)(n - at - 1) > MOST_UNROLLED)) {
      rest = record_rest(st, items, at + 1, args, Py_None);
      asked = true;
    }
    if (!rest && made && trace_current()->watched) { /* its turns may nest too deep */
      rest = says(st, "is_deep", NULL, 0);
      if (rest > 0)
        rest = record_rest(st, items, at + 1, args, Py_None);
    }
    if (!rest && watch(st, &most, at + 1) < 0)
      rest = -1;
  }
  g->long_loops -= peel;
  Py_DECREF(g);
  Py_XDECREF(it);
  return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

PyDoc_STRVAR(
    while_stmt_doc,
    "while_stmt($module, test, body, state, left=None, opts=None, /)\n--\n\n"
    "`while test(): body()`: both read, and the body changes, the places named in `state`. The "
    "loop ends when the body has set one of the flags that `left` names.");

static PyObject *while_stmt(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  if (!arity("while_stmt", n, 3, 5))
    return NULL;
  PyObject *left = n > 3 ? args[3] : Py_None, *flags[MAX_FLAGS];
  if (trace_current())
    return while_in_trace(
        module, (PyObject *[]){args[0], args[1], args[2], left, n > 4 ? args[4] : Py_None});
  int n_flags = flags_of(left, args[1], flags), over = n_flags < 0 ? -1 : 0;
  while (!over && !(over = is_left(flags, n_flags))) {
    PyObject *more = made(st, PyObject_CallNoArgs(args[0]));
    int truth = more == Py_True ? 1 : more ? PyObject_IsTrue(more) : -1;
    Py_XDECREF(more);
    if (truth <= 0) {
      over = truth < 0 ? -1 : 1;
      break;
    }
    PyObject *r = made(st, PyObject_CallNoArgs(args[1]));
    if (!r)
      return NULL;
    Py_DECREF(r);
  }
  return over < 0 ? NULL : Py_NewRef(Py_None);
}

PyDoc_STRVAR(for_stmt_doc,
             "for_stmt($module, iterable, body, state, left=None, opts=None, /)\n--\n\n"
             "`for`: the body takes the iterate; the loop ends when the body has set one of the "
             "flags that `left` names.");

static PyObject *for_stmt(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  if (!arity("for_stmt", n, 3, 5))
    return NULL;
  PyObject *left = n > 3 ? args[3] : Py_None, *opts = n > 4 ? args[4] : Py_None;
  if (trace_current()) {
    PyObject *test = PyCallable_Check(left)
                         ? Py_NewRef(left) /* as until() gives it */
                         : until(module, (PyObject *[]){Py_None, args[1], left}, 3);
    PyObject *parts[] = {args[0], args[1], args[2], test, opts}, *r = NULL;
    if (test && Py_IS_TYPE(args[0], &PyRange_Type) && opts == Py_None)
      r = range_in_trace(st, parts);
    else if (test)
      r = record(st, "for_stmt", parts, 5);
    Py_XDECREF(test);
    return r;
  }
  PyObject *flags[MAX_FLAGS], *item;
  int n_flags = flags_of(left, args[1], flags);
  PyObject *it = n_flags < 0 ? NULL : PyObject_GetIter(args[0]);
  if (!it)
    return NULL;
  int over = 0;
  while (!over && (item = PyIter_Next(it))) {
    PyObject *r = made(st, PyObject_CallOneArg(args[1], item));
    Py_DECREF(item);
    if (!r)
      break;
    Py_DECREF(r);
    over = is_left(flags, n_flags);
  }
  Py_DECREF(it);
  return over < 0 || PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

#define FAST(f) (PyCFunction)(void (*)(void))(f), METH_FASTCALL
static PyMethodDef control_functions[] = {
    {"if_stmt", FAST(if_stmt), if_stmt_doc},
    {"if_ret", FAST(if_ret), if_ret_doc},
    {"if_exp", FAST(if_exp), if_exp_doc},
    {"while_stmt", FAST(while_stmt), while_stmt_doc},
    {"for_stmt", FAST(for_stmt), for_stmt_doc},
    {"until", FAST(until), until_doc},
    {"and_", FAST(and_), and_doc},
    {"or_", FAST(or_), or_doc},
    {"new", new_container, METH_O, new_doc},
    {"not_", not_, METH_O, not_doc},
    {0},
};

int add_control(PyObject *module, core_state *st) {
  (void)st;
  if (PyModule_AddIntMacro(module, PEEL_ABOVE) < 0 ||
      PyModule_AddIntMacro(module, MOST_UNROLLED) < 0)
    return -1;
  return PyModule_AddFunctions(module, control_functions);
}
