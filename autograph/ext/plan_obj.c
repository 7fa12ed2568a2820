/* plan_obj.c - the type Plan: a compiled or interpreted graph, to be run on lists of tensors. */
#include "plan_obj.h"

#include <string.h>

typedef struct plan_obj {
  PyObject_HEAD
  ag_plan *plan;
  graph_obj *graph;
} plan_obj;

PyObject *plan_new(core_state *st, ag_plan *plan, graph_obj *g) {
  plan_obj *o = (plan_obj *)st->plan_type->tp_alloc(st->plan_type, 0);
  if (!o) {
    ag_plan_unref(plan);
    return NULL;
  }
  o->plan = plan;
  o->graph = (graph_obj *)Py_NewRef((PyObject *)g);
  return (PyObject *)o;
}

static int plan_traverse(PyObject *self, visitproc visit, void *arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(((plan_obj *)self)->graph);
  return 0;
}

static void plan_dealloc(PyObject *self) {
  plan_obj *p = (plan_obj *)self;
  PyTypeObject *type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  ag_plan_unref(p->plan);
  Py_CLEAR(p->graph);
  type->tp_free(self);
  Py_DECREF(type);
}

ag_plan *plan_of(PyObject *o) {
  if (Py_TYPE(o)->tp_dealloc == plan_dealloc)
    return ((plan_obj *)o)->plan;
  PyErr_Format(PyExc_TypeError, "expected a Plan, not %s", Py_TYPE(o)->tp_name);
  return NULL;
}

/* ---- running --------------------------------------------------------------------------------- */

bool plan_accepts(const ag_tensor *t, const ag_type *type) {
  bool fits = t->dtype == type->dtype && (type->rank < 0 || t->rank == type->rank);
  for (int i = 0; fits && i < type->rank; i++)
    fits = type->dim[i] < 0 || type->dim[i] == t->dim[i];
  return fits;
}

static int check_input(const ag_plan *p, uint32_t i, const tensor_obj *t) {
  char want[AG_TYPE_TEXT], got[AG_TYPE_TEXT];
  ag_type type = tensor_type_of(t);
  if (plan_accepts(&t->t, &p->in_types[i]))
    return 0;
  PyErr_Format(PyExc_TypeError, "input %u of this plan is %s, not %s", i,
               ag_type_text(&p->in_types[i], want), ag_type_text(&type, got));
  return -1;
}

static PyObject *result_list(core_state *st, ag_tensor *out, uint32_t n) {
  PyObject *list = PyList_New(n);
  for (uint32_t i = 0; list && i < n; i++) {
    PyObject *t = tensor_from_value(st, &out[i]);
    memset(&out[i], 0, sizeof out[i]);
    if (t)
      PyList_SET_ITEM(list, i, t);
    else
      Py_CLEAR(list);
  }
  return list;
}

PyDoc_STRVAR(run_doc, "run($self, inputs, /)\n--\n\n"
                      "Run on a list of tensors (or what becomes one), in the order of the "
                      "parameters; returns the list of results.\n"
                      "TypeError for other dtypes and shapes, or what the operations raise.");
static PyObject *plan_run(PyObject *self, PyObject *inputs) {
  plan_obj *p = (plan_obj *)self;
  core_state *st = core_of_type(Py_TYPE(self));
  uint32_t n = p->plan->n_in, n_out = p->plan->n_out;
  PyObject *seq = items_now(inputs, "run: expected a list of tensors"), *held = NULL,
           *result = NULL;
  const ag_tensor **in = NULL;
  ag_tensor *out = NULL;
  ag_err err = {0};
  py_host host;
  if (!seq)
    return NULL;
  if (PyTuple_GET_SIZE(seq) != (Py_ssize_t)n) {
    PyErr_Format(PyExc_TypeError, "this plan takes %u inputs, not %zd", n, PyTuple_GET_SIZE(seq));
    goto done;
  }
  held = PyTuple_New(n);
  in = ag_malloc((n + 1) * sizeof *in);
  out = ag_calloc(n_out + 1, sizeof *out);
  if (!held || !in || !out) {
    PyErr_NoMemory();
    goto done;
  }
  for (uint32_t i = 0; i < n; i++) {
    ag_tensor t;
    const ag_type *type = &p->plan->in_types[i];
    if (value_from_object(st, PyTuple_GET_ITEM(seq, i), type->weak ? -1 : type->dtype, "run", &t) <
        0)
      goto done;
    PyObject *o = tensor_from_value(st, &t);
    if (!o)
      goto done;
    PyTuple_SET_ITEM(held, i, o);
    in[i] = &((tensor_obj *)o)->t;
    if (check_input(p->plan, i, (tensor_obj *)o) < 0)
      goto done;
  }
  py_host_init(&host, st, p->graph);
  host.saved = PyEval_SaveThread();
  ag_plan_run(p->plan, &host.host, in, out, &err);
  PyEval_RestoreThread(host.saved);
  host.saved = NULL;
  if (err.code)
    raise_run(st, &err, &host);
  else
    result = result_list(st, out, n_out);

done:
  for (uint32_t i = 0; out && i < n_out; i++)
    ag_tensor_unref(&out[i]);
  ag_free(out);
  ag_free((void *)in);
  Py_XDECREF(held);
  Py_DECREF(seq);
  return result;
}

static PyObject *plan_text(PyObject *self, PyObject *unused) {
  (void)unused;
  ag_text text = {0};
  ag_plan_print(((plan_obj *)self)->plan, &text);
  PyObject *s = text.failed ? PyErr_NoMemory()
                            : PyUnicode_DecodeUTF8(text.data ? text.data : "", text.len, "replace");
  ag_free(text.data);
  return s;
}

PyDoc_STRVAR(measure_doc,
             "measure($self, /)\n--\n\n"
             "From the next run on, measure what each call of the interpreter costs, from 0 again. "
             "One run at a time.\nValueError for native code.");
static PyObject *plan_measure(PyObject *self, PyObject *unused) {
  (void)unused;
  ag_plan *p = ((plan_obj *)self)->plan;
  if (p->native) {
    PyErr_SetString(PyExc_ValueError, "measure: native code has no calls to measure");
    return NULL;
  }
  if (!ag_plan_measure(p))
    return PyErr_NoMemory();
  Py_RETURN_NONE;
}

PyDoc_STRVAR(costs_doc,
             "costs($self, /)\n--\n\n"
             "What was measured: a list of (operation, (file, line, function) or None, site, times, "
             "nanoseconds, bytes) of the calls.\nsite: the offset in the code, for a line has several "
             "operations; bytes: of results in new memory.");
static PyObject *plan_costs(PyObject *self, PyObject *unused) {
  (void)unused;
  const plan_obj *o = (const plan_obj *)self;
  const ag_plan *p = o->plan;
  PyObject *list = PyList_New(0);
  for (uint32_t i = 0; list && p->costs && i < p->n_calls; i++) {
    const ag_call *c = &p->calls[i];
    const ag_cost *cost = &p->costs[i];
    PyObject *file, *function, *place;
    int line;
    if (loc_resolve(o->graph, c->loc, &file, &line, &function))
      place = Py_BuildValue("(NiN)", file, line, function);
    else
      place = Py_NewRef(Py_None);
    PyObject *row = place ? Py_BuildValue("(sNiKKK)", ag_ops[c->op].name, place, loc_offset(o->graph, c->loc),
                                          (unsigned long long)cost->times,
                                          (unsigned long long)cost->ns,
                                          (unsigned long long)cost->bytes)
                          : NULL;
    if (!row || PyList_Append(list, row) < 0)
      Py_CLEAR(list);
    Py_XDECREF(row);
  }
  return list;
}

static PyObject *get_native(PyObject *self, void *unused) {
  (void)unused;
  return PyBool_FromLong(((plan_obj *)self)->plan->native != NULL);
}

static PyObject *get_cached(PyObject *self, void *unused) {
  (void)unused;
  return PyBool_FromLong(((plan_obj *)self)->plan->cached);
}

static PyObject *get_has_loop(PyObject *self, void *unused) {
  (void)unused;
  return PyBool_FromLong(((plan_obj *)self)->plan->has_loop);
}

static PyObject *get_starts(PyObject *self, void *unused) {
  (void)unused;
  return PyBool_FromLong(((plan_obj *)self)->plan->starts);
}

static PyObject *get_graph(PyObject *self, void *unused) {
  (void)unused;
  return Py_NewRef((PyObject *)((plan_obj *)self)->graph);
}

static PyGetSetDef plan_getset[] = {
    {"native", get_native, NULL, "True for machine code, False for the interpreter's byte code",
     NULL},
    {"cached", get_cached, NULL, "True for machine code that came from the disk cache", NULL},
    {"has_loop", get_has_loop, NULL, "True when nobody knows how long a run takes", NULL},
    {"starts", get_starts, NULL,
     "True when the interpreter may start a run while native code is made", NULL},
    {"graph", get_graph, NULL, "the Graph it was made from", NULL},
    {0},
};

static PyMethodDef plan_methods[] = {
    {"run", plan_run, METH_O, run_doc},
    {"measure", plan_measure, METH_NOARGS, measure_doc},
    {"costs", plan_costs, METH_NOARGS, costs_doc},
    {"text", plan_text, METH_NOARGS, "text($self, /)\n--\n\nThe steps, one a line."},
    {0},
};

static PyType_Slot plan_slots[] = {
    {Py_tp_doc, "What runs: native code, or byte code of the interpreter. Made by Graph.plan()."},
    {Py_tp_dealloc, plan_dealloc},
    {Py_tp_traverse, plan_traverse},
    {Py_tp_getset, plan_getset},
    {Py_tp_methods, plan_methods},
    {0},
};

static PyType_Spec plan_spec = {
    .name = "autograph._core.Plan",
    .basicsize = sizeof(plan_obj),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = plan_slots,
};

int add_plan(PyObject *module, core_state *st) {
  st->plan_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &plan_spec, NULL);
  return st->plan_type ? PyModule_AddType(module, st->plan_type) : -1;
}
