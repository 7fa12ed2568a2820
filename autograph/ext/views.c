/* views.c - what is made of a graph: its text, optimized copies, plans, IR and assembly. The GIL is
 * released while the compiler works; a graph that is being compiled is not built any further. */
#include "graph_obj.h"

#include <string.h>

#include "plan_obj.h"

static core_state *state_of(PyObject *self) { return core_of_type(Py_TYPE(self)); }

static PyObject *take_text(ag_text *text) {
  PyObject *s = text->failed
                    ? PyErr_NoMemory()
                    : PyUnicode_DecodeUTF8(text->data ? text->data : "", text->len, "replace");
  ag_free(text->data);
  return s;
}

/* "model.py:6" */
static const char *place(void *ctx, ag_loc loc, char *buf, size_t size) {
  PyObject *file, *function;
  int line;
  if (!loc_resolve(ctx, loc, &file, &line, &function))
    return NULL;
  const char *path = PyUnicode_AsUTF8(file), *slash = path ? strrchr(path, '/') : NULL;
  if (path)
    PyOS_snprintf(buf, size, "%s:%d", slash ? slash + 1 : path, line);
  PyErr_Clear();
  Py_DECREF(file);
  Py_DECREF(function);
  return path ? buf : NULL;
}

static PyObject *print_text(PyObject *self, PyObject *args, PyObject *kwargs) {
  static char *names[] = {"locations", NULL};
  graph_obj *g = (graph_obj *)self;
  int locations = 1;
  ag_text text = {0};
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|p:print_text", names, &locations))
    return NULL;
  ag_graph_name(g->g, ag_graph_nodes(g->g) - 1); /* all of them have theirs then */
  ag_graph_print(g->g, locations ? place : NULL, g, &text);
  return take_text(&text);
}

/* A Graph over `made` (taken over) with the places and records of g. */
static graph_obj *sibling(core_state *st, graph_obj *g, ag_graph *made) {
  graph_obj *o = graph_obj_new(st, made);
  if (!o)
    return NULL;
  Py_SETREF(o->codes, Py_NewRef(g->codes));
  Py_SETREF(o->code_index, Py_NewRef(g->code_index));
  Py_SETREF(o->keep, Py_NewRef(g->keep));
  Py_SETREF(o->sites, Py_NewRef(g->sites));
  o->finished = true;
  if (g->n_where && !ag_grow(o->where, o->cap_where, g->n_where)) {
    PyErr_NoMemory();
    Py_DECREF(o);
    return NULL;
  }
  if (g->n_where)
    memcpy(o->where, g->where, g->n_where * sizeof *g->where);
  o->n_where = g->n_where;
  o->check_numerics = g->check_numerics;
  return o;
}

static PyObject *optimize(PyObject *self, PyObject *args, PyObject *kwargs) {
  static char *names[] = {"level", NULL};
  graph_obj *g = (graph_obj *)self;
  core_state *st = state_of(self);
  int level = 1;
  ag_err err = {0};
  ag_graph *made;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|i:optimize", names, &level))
    return NULL;
  Py_BEGIN_ALLOW_THREADS
  made = ag_optimize(g->g, level, &err);
  Py_END_ALLOW_THREADS
  return made ? (PyObject *)sibling(st, g, made) : raise_err(st, &err, g);
}

static PyObject *plan_text(PyObject *self, PyObject *unused) {
  (void)unused;
  graph_obj *g = (graph_obj *)self;
  ag_err err = {0};
  ag_text text = {0};
  ag_plan *p;
  Py_BEGIN_ALLOW_THREADS
  p = ag_lower(g->g, &err);
  Py_END_ALLOW_THREADS
  if (!p)
    return raise_err(state_of(self), &err, g);
  ag_plan_print(p, &text);
  ag_plan_unref(p);
  return take_text(&text);
}

static PyObject *code_text(PyObject *self, PyObject *args, PyObject *kwargs, bool assembly) {
  static char *names[] = {"effort", "name", NULL};
  graph_obj *g = (graph_obj *)self;
  ag_compile_options opt = {.effort = 1, .name = "f"};
  ag_err err = {0};
  ag_text text = {0};
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|is", names, &opt.effort, &opt.name))
    return NULL;
  Py_BEGIN_ALLOW_THREADS
  ag_compile_text(g->g, &opt, assembly ? NULL : &text, assembly ? &text : NULL, &err);
  Py_END_ALLOW_THREADS
  if (!err.code)
    return take_text(&text);
  ag_free(text.data);
  return raise_err(state_of(self), &err, g);
}

static PyObject *ir_text(PyObject *self, PyObject *args, PyObject *kwargs) {
  return code_text(self, args, kwargs, false);
}
static PyObject *asm_text(PyObject *self, PyObject *args, PyObject *kwargs) {
  return code_text(self, args, kwargs, true);
}

static PyObject *memory(PyObject *self, PyObject *args, PyObject *kwargs) {
  static char *names[] = {"shapes", NULL};
  graph_obj *g = (graph_obj *)self;
  core_state *st = state_of(self);
  PyObject *shapes = NULL;
  ag_shape *dims = NULL;
  ag_memory found = {0};
  ag_err err = {0};
  ag_text text = {0};
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:memory", names, &shapes))
    return NULL;
  PyObject *list = shapes ? PySequence_Fast(shapes, "memory: shapes is no sequence") : PyTuple_New(0);
  Py_ssize_t n = list ? PySequence_Fast_GET_SIZE(list) : 0;
  if (!list || !(dims = PyMem_Calloc((size_t)n + 1, sizeof *dims))) {
    Py_XDECREF(list);
    return PyErr_Occurred() ? NULL : PyErr_NoMemory();
  }
  for (Py_ssize_t i = 0; i < n; i++)
    if (shape_from_object(st, PySequence_Fast_GET_ITEM(list, i), "memory", &dims[i]) < 0) {
      PyMem_Free(dims);
      Py_DECREF(list);
      return NULL;
    }
  Py_BEGIN_ALLOW_THREADS
  ag_compile_memory(g->g, dims, (uint32_t)n, &found, &text, &err);
  Py_END_ALLOW_THREADS
  PyMem_Free(dims);
  Py_DECREF(list);
  if (err.code) {
    ag_free(text.data);
    return raise_err(st, &err, g);
  }
  return Py_BuildValue("LNN", (long long)found.bytes, PyBool_FromLong(found.exact), take_text(&text));
}

/* A tuple of sizes or None for each parameter; below 0 is any. To be freed; NULL with an exception. */
static ag_shape *shapes_from(PyObject *dims) {
  Py_ssize_t n = PyTuple_GET_SIZE(dims);
  ag_shape *shapes = ag_calloc((size_t)n + 1, sizeof *shapes);
  if (!shapes)
    return (ag_shape *)PyErr_NoMemory();
  for (Py_ssize_t k = 0; k < n; k++) {
    PyObject *dim = PyTuple_GET_ITEM(dims, k);
    if (!PyTuple_Check(dim) || PyTuple_GET_SIZE(dim) > AG_MAX_RANK)
      continue;
    shapes[k].rank = (int)PyTuple_GET_SIZE(dim);
    for (int a = 0; a < shapes[k].rank; a++)
      shapes[k].dim[a] = PyLong_AsLongLong(PyTuple_GET_ITEM(dim, a));
  }
  if (!PyErr_Occurred())
    return shapes;
  ag_free(shapes);
  return NULL;
}

/* Optimized, then native unless the code generator cannot, which is worth a warning and no more. */
static PyObject *plan(PyObject *self, PyObject *args, PyObject *kwargs) {
  static char *names[] = {"native",   "effort", "name", "fast_math",
                          "optimize", "cached", "dims", NULL};
  graph_obj *g = (graph_obj *)self;
  core_state *st = state_of(self);
  ag_compile_options opt = {.effort = 1, .name = "f"};
  int native = 1, fast = 0, level = 1, cached = 0;
  ag_err err = {0}, refusal = {0}, missed = {0};
  ag_plan *p = NULL;
  PyObject *dims = NULL;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|pizpipO!:plan", names, &native, &opt.effort,
                                   &opt.name, &fast, &level, &cached, &PyTuple_Type, &dims))
    return NULL;
  ag_shape *shapes = dims ? shapes_from(dims) : NULL;
  if (dims && !shapes)
    return NULL;
  opt.fast_math = fast;
  uint32_t n = dims ? (uint32_t)PyTuple_GET_SIZE(dims) : 0;
  Py_BEGIN_ALLOW_THREADS
  ag_graph *sized = n ? ag_graph_of_sizes(g->g, shapes, n, &err) : NULL;
  const ag_graph *from = sized ? sized : g->g;
  ag_graph *checked = g->check_numerics ? ag_check_numerics(from, &err) : NULL;
  ag_graph *lean = ag_optimize(checked ? checked : from, level, &err);
  ag_graph_free(checked);
  ag_graph_free(sized);
  ag_free(shapes);
  if (lean && native)
    p = ag_compile(lean, &opt, &refusal);
  else if (lean && cached)
    p = ag_compile_cached(lean, &opt, &missed); /* whatever it lacks: interpreted */
  if (lean && !p && (!native || refusal.code == AG_ERR_UNSUPPORTED))
    p = ag_lower(lean, &err);
  if (p && cached && !p->native && !p->starts) {
    ag_plan *made = ag_compile(lean, &opt, &refusal);
    if (made || refusal.code != AG_ERR_UNSUPPORTED) {
      ag_plan_unref(p);
      p = made;
    }
    native = true;
  }
  ag_graph_free(lean);
  Py_END_ALLOW_THREADS
  if (!p)
    return raise_err(st, err.code ? &err : &refusal, g);
  if (native && refusal.code == AG_ERR_UNSUPPORTED &&
      PyErr_WarnFormat(PyExc_RuntimeWarning, 1, "%s runs interpreted, which is slower: %s",
                       opt.name ? opt.name : "a function", refusal.msg) < 0) {
    ag_plan_unref(p);
    return NULL;
  }
  return plan_new(st, p, g);
}

#define WORDS(f) (PyCFunction)(void (*)(void))(f)
PyMethodDef view_methods[] = {
    {"print_text", WORDS(print_text), METH_VARARGS | METH_KEYWORDS,
     "print_text($self, locations=True)\n--\n\nThe graph as text, with the user's file and line of "
     "each node."},
    {"optimize", WORDS(optimize), METH_VARARGS | METH_KEYWORDS,
     "optimize($self, level=1)\n--\n\nAn optimized copy; this graph stays as it is."},
    {"plan_text", plan_text, METH_NOARGS,
     "plan_text($self, /)\n--\n\nThe interpreter's steps for this graph as it is."},
    {"ir_text", WORDS(ir_text), METH_VARARGS | METH_KEYWORDS,
     "ir_text($self, effort=1, name='f')\n--\n\nLLVM IR of this graph as it is, after LLVM's "
     "passes."},
    {"asm_text", WORDS(asm_text), METH_VARARGS | METH_KEYWORDS,
     "asm_text($self, effort=1, name='f')\n--\n\nAssembly of this graph as it is."},
    {"memory", WORDS(memory), METH_VARARGS | METH_KEYWORDS,
     "memory($self, shapes=())\n--\n\n(bytes, exact, text): the most that tensors of a run hold at once, "
     "arguments not counted,\n-1 when not known; whether it is exact, or a bound; what is alive then. "
     "`shapes` are those of the arguments."},
    {"plan", WORDS(plan), METH_VARARGS | METH_KEYWORDS,
     "plan($self, native=True, effort=1, name='f', fast_math=False, optimize=1, cached=False, "
     "dims=())\n--\n\n"
     "Optimize and compile (native=False: for the interpreter; with cached=True native all the same "
     "if the disk cache\n"
     "has the code, or if the interpreter must not start: a loop that cannot be given up); returns a "
     "Plan.\n"
     "`dims`: for arguments of these sizes alone, a tuple for each or None; -1 is any.\n"
     "What cannot be compiled is interpreted, with a RuntimeWarning."},
    {0},
};
