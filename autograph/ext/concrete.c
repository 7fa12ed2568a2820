/* concrete.c - matching a call's key against a trace, and running it.
 * Numbers and small arrays are copied into slots of the stack; a large array is lent for the time
 * of the run and copied into what comes back if the function returns it unchanged. */
#include "concrete.h"

#include <string.h>

#include "hot.h"
#include "number_list.h"
#include "outer.h"
#include "plan_obj.h"

enum { FEW = 16, COPY_BYTES = 4096, GIL_BYTES = 1 << 16, PATIENCE = 2000000 /* ns */ };

/* ---- matching -------------------------------------------------------------------------------- */

/* What a compiled function returned is the number that it is. */
static PyTypeObject *number_type(const core_state *st, PyObject *o) {
  PyTypeObject *type = Py_TYPE(o);
  return type == st->int_type ? &PyLong_Type : type == st->float_type ? &PyFloat_Type : type;
}

static bool same_static(const core_state *st, PyObject *mine, PyObject *theirs) {
  if (mine == theirs)
    return true;
  if (PyWeakref_CheckRef(mine))
    return PyWeakref_GET_OBJECT(mine) == theirs;
  PyTypeObject *type = number_type(st, mine);
  if (type != number_type(st, theirs))
    return false;
  if (type == &PyFloat_Type) { /* by bits: 0.0 is not -0.0, nan is nan */
    double a = PyFloat_AS_DOUBLE(mine), b = PyFloat_AS_DOUBLE(theirs);
    return memcmp(&a, &b, sizeof a) == 0;
  }
  if (type == &PyLong_Type || PyUnicode_CheckExact(mine) || PyBytes_CheckExact(mine) ||
      PyComplex_CheckExact(mine))
    return PyObject_RichCompareBool(mine, theirs, Py_EQ) == 1;
  return false;
}

bool concrete_matches(const concrete_obj *c, const call_key *k) {
  const core_state *st = core_of_type(Py_TYPE(c));
  if (c->hash != k->hash || c->n_words != k->n_words || c->n_statics != k->n_statics)
    return false;
  for (uint32_t i = 0; i < k->n_words; i++) {
    uint64_t word = c->words[i];
    if (word == k->words[i] || word == AG_KEY_ANY)
      continue;
    if (!(word & AG_KEY_SAME) || k->words[(uint32_t)word] != k->words[i])
      return false;
  }
  for (uint32_t i = 0; i < k->n_statics; i++)
    if (!same_static(st, c->statics[i], k->statics[i]))
      return false;
  return true;
}

bool concrete_dead(const concrete_obj *c) {
  for (uint32_t i = 0; i < c->n_statics; i++)
    if (PyWeakref_CheckRef(c->statics[i]) && PyWeakref_GET_OBJECT(c->statics[i]) == Py_None)
      return true;
  return false;
}

/* ---- making ---------------------------------------------------------------------------------- */

static PyObject *hold(PyObject *o) {
  if (PyType_SUPPORTS_WEAKREFS(Py_TYPE(o)) && !PyType_Check(o)) {
    PyObject *w = PyWeakref_NewRef(o, NULL);
    if (w)
      return w;
    PyErr_Clear();
  }
  return Py_NewRef(o);
}

/* dims: a tuple with, for each input, None or a tuple whose None items are dims that may be
 * anything, and whose negative ones, -1 for the first, may be anything that they all are. first:
 * n_words zeros. */
static int relax_words(concrete_obj *c, PyObject *dims, uint64_t *first) {
  Py_ssize_t input = 0;
  for (uint32_t i = 0; i < c->n_words; i++) {
    uint64_t kind = c->words[i] & 0xff;
    if (leaf_has_no_dims(kind))
      input++;
    if (kind != LEAF_TENSOR)
      continue;
    uint32_t rank = (uint32_t)(c->words[i] >> 16);
    PyObject *spec = PyTuple_GetItem(dims, input++);
    if (!spec)
      return -1;
    if (rank == AG_KEY_ANY_RANK)
      continue;
    for (uint32_t d = 0; d < rank && spec != Py_None; d++) {
      PyObject *dim = PyTuple_GetItem(spec, d);
      if (!dim)
        return -1;
      long symbol = dim == Py_None ? 0 : PyLong_AsLong(dim);
      if (symbol == -1 && PyErr_Occurred())
        return -1;
      if (dim != Py_None && symbol >= 0)
        continue;
      if (-symbol > (long)c->n_words) {
        PyErr_SetString(PyExc_ValueError, "more symbols than dimensions");
        return -1;
      }
      uint64_t *seen = symbol ? &first[-symbol - 1] : NULL;
      c->words[i + 1 + d] = seen && *seen ? *seen : AG_KEY_ANY;
      c->open = true;
      c->alike |= seen && *seen;
      if (seen && !*seen)
        *seen = AG_KEY_SAME | ((uint64_t)(input - 1) & 0x7fffff) << 40 | (uint64_t)d << 32 |
                (i + 1 + d);
    }
    i += rank;
  }
  return 0;
}

static int relax(concrete_obj *c, PyObject *dims) {
  uint64_t *first = ag_calloc(c->n_words + 1, sizeof *first);
  if (!first) {
    PyErr_NoMemory();
    return -1;
  }
  int done = relax_words(c, dims, first);
  ag_free(first);
  return done;
}

static int use_plan(core_state *st, concrete_obj *c, PyObject *plan_obj) {
  const ag_plan *plan = plan_of(plan_obj);
  if (!plan)
    return -1;
  if (plan->n_in != c->plan->n_in || plan->n_out != c->plan->n_out) {
    PyErr_SetString(PyExc_ValueError, "the plan has other inputs or outputs");
    return -1;
  }
  PyObject *old = c->plan_obj;
  c->plan_obj = Py_NewRef(plan_obj);
  c->plan = plan;
  c->hurries = false;
  concrete_note_quick(st, c);
  Py_DECREF(old);
  return 0;
}

/* A native plan that was ready before the trace lies in info["plan"]. Else, where info["concrete"]
 * is there to be filled, the thread that compiles finds the trace in it. The GIL is held
 * throughout. */
static int wait_for_native(core_state *st, concrete_obj *c) {
  PyObject *ready = PyDict_GetItemString(c->info, "plan");
  if (ready) {
    if (use_plan(st, c, ready) < 0)
      return -1;
    return PyDict_DelItemString(c->info, "plan");
  }
  if (!PyDict_GetItemString(c->info, "concrete"))
    return 0;
  c->hurries = c->plan->has_loop && !c->plan->native;
  return PyDict_SetItemString(c->info, "concrete", (PyObject *)c);
}

PyObject *concrete_new(core_state *st, const call_key *k, PyObject *result) {
  PyObject *plan, *graph, *template, *dims, *info;
  int lends;
  if (!PyArg_ParseTuple(result, "OO!O!OO!p", &plan, st->graph_type, &graph, &PyTuple_Type,
                        &template, &dims, &PyDict_Type, &info, &lends))
    return NULL;
  PyTypeObject *type = st->concrete_type;
  concrete_obj *c = (concrete_obj *)type->tp_alloc(type, 0);
  if (!c)
    return NULL;
  c->plan = plan_of(plan);
  c->words = ag_malloc((k->n_words ? k->n_words : 1) * sizeof *c->words);
  c->statics = ag_calloc(k->n_statics ? k->n_statics : 1, sizeof *c->statics);
  if (!c->plan || !c->words || !c->statics) {
    if (!PyErr_Occurred())
      PyErr_NoMemory();
    Py_DECREF(c);
    return NULL;
  }
  c->hash = k->hash;
  c->n_words = k->n_words;
  c->n_inputs = k->n_inputs;
  memcpy(c->words, k->words, k->n_words * sizeof *c->words);
  for (uint32_t i = 0; i < k->n_statics; i++) {
    c->statics[i] = hold(k->statics[i]);
    c->n_statics = i + 1;
  }
  c->plan_obj = Py_NewRef(plan);
  c->graph = (graph_obj *)Py_NewRef(graph);
  c->template = Py_NewRef(template);
  c->info = Py_NewRef(info);
  c->lends = lends;
  c->as_python = PyUnicode_READ_CHAR(PyTuple_GET_ITEM(template, 0), 0) == 'P';
  c->one_tensor =
      c->plan->n_out == 1 && PyUnicode_READ_CHAR(PyTuple_GET_ITEM(template, 0), 0) == 't';
  if ((dims != Py_None && relax(c, dims) < 0) || c->plan->n_in != c->n_inputs) {
    if (!PyErr_Occurred())
      PyErr_Format(PyExc_RuntimeError,
                   "an argument was changed while its function was being traced: it had %u tensors "
                   "and numbers, now %u",
                   c->plan->n_in, c->n_inputs);
    Py_DECREF(c);
    return NULL;
  }
  concrete_note_quick(st, c);
  if (wait_for_native(st, c) < 0)
    Py_CLEAR(c);
  return (PyObject *)c;
}

/* ---- running --------------------------------------------------------------------------------- */

/* A large array lent to one run: the buffer lives on the heap, since a tensor may still hold it. */
typedef struct lent {
  ag_buffer b;
  Py_buffer view;
} lent;

static void lent_release(ag_buffer *b) { ag_free(b); } /* the view is released by who lent it */

/* Elements of the other byte order are swapped, and bools that are neither 0 nor 1 mended, in a
 * copy. */
static bool may_lend(const Py_buffer *view, ag_dtype dtype) {
  return dtype != AG_BOOL && !(view->format && (*view->format == '>' || *view->format == '!'));
}

/* Fills *slot from a leaf that the key accepted. Returns the loan (or NULL) through *loan; -1 on
 * failure. */
static int take_input(core_state *st, const concrete_obj *c, PyObject *o, ag_tensor *slot,
                      lent **loan) {
  if (PyLong_CheckExact(o) || Py_TYPE(o) == st->int_type) {
    int64_t v = PyLong_AsLongLong(o);
    ag_tensor_scalar(slot, AG_I64, &v);
    slot->weak = 1;
    return 0;
  }
  if (PyFloat_CheckExact(o) || Py_TYPE(o) == st->float_type) {
    double v = PyFloat_AS_DOUBLE(o);
    ag_tensor_scalar(slot, AG_F64, &v);
    slot->weak = 1;
    return 0;
  }
  if (PyList_CheckExact(o))
    return vector_of_list(st, o, slot);
  lent *l = c->lends ? ag_calloc(1, sizeof *l) : NULL;
  if (l) {
    ag_dtype dtype;
    int rank;
    bool whole = PyObject_GetBuffer(o, &l->view, PyBUF_RECORDS_RO) == 0;
    if (!whole)
      PyErr_Clear();
    if (whole && l->view.ndim > 0 && l->view.len > COPY_BYTES &&
        PyBuffer_IsContiguous(&l->view, 'C') &&
        (uintptr_t)l->view.buf % (size_t)l->view.itemsize == 0 &&
        leaf_describe(st, o, &dtype, &rank, slot->dim) && may_lend(&l->view, dtype)) {
      l->b = (ag_buffer){
          .refs = 1, .bytes = (size_t)l->view.len, .data = l->view.buf, .release = lent_release};
      slot->data = l->view.buf;
      slot->owner = &l->b;
      slot->dtype = (uint8_t)dtype;
      slot->rank = (int8_t)rank;
      slot->flags = AG_TENSOR_READONLY;
      *loan = l;
      return 0;
    }
    if (whole)
      PyBuffer_Release(&l->view);
    ag_free(l);
  }
  return value_from_object(st, o, -1, NULL, slot);
}

/* What came back may still be the lent memory: give it memory of its own. */
static int own_results(core_state *st, ag_tensor *out, uint32_t n, lent *l) {
  for (uint32_t i = 0; i < n; i++) {
    if (out[i].owner != &l->b)
      continue;
    ag_err err = {0};
    ag_shape shape;
    ag_tensor copy;
    ag_tensor_shape(&out[i], &shape);
    if (ag_tensor_new(&copy, out[i].dtype, &shape, &err)) {
      raise_err(st, &err, NULL);
      return -1;
    }
    memcpy(ag_tensor_data(&copy), ag_tensor_data(&out[i]),
           (size_t)ag_tensor_count(&copy) * ag_dtype_size(copy.dtype));
    ag_tensor_unref(&out[i]);
    out[i] = copy;
  }
  return 0;
}

/* Whether the sizes that the code takes for equal are: arrays are described again for the run, and
 * run() comes without a key. */
static bool sizes_agree(const concrete_obj *c, const ag_tensor *const *in) {
  uint32_t input = 0;
  for (uint32_t i = 0; c->alike && i < c->n_words; i++) {
    uint64_t kind = c->words[i] & 0xff;
    if (leaf_has_no_dims(kind))
      input++;
    if (kind != LEAF_TENSOR)
      continue;
    uint32_t rank = (uint32_t)(c->words[i] >> 16);
    const ag_tensor *t = in[input++];
    if (rank == AG_KEY_ANY_RANK)
      continue;
    for (uint32_t d = 0; d < rank; d++)
      if (!key_word_allows(c->words[i + 1 + d], in, t->dim[d]))
        return false;
    i += rank;
  }
  return true;
}

/* *late: the run was given up, and there is no exception. */
static PyObject *run_once(core_state *st, concrete_obj *c, PyObject *const *inputs,
                          PyObject *const *bound, bool *late) {
  PyObject *plan_held = Py_NewRef(c->plan_obj); /* a compiled plan may take its place meanwhile */
  PyObject *version_held = NULL;
  const ag_plan *p = c->plan;
  uint32_t n = p->n_in, n_out = p->n_out, made = 0;
  ag_tensor slots_here[FEW], out_here[FEW];
  const ag_tensor *in_here[FEW];
  lent *loans_here[FEW];
  PyObject *args_here[FEW], **args = args_here;
  ag_tensor *slots = slots_here, *out = out_here;
  const ag_tensor **in = in_here;
  lent **loans = loans_here;
  PyObject *result = NULL;
  int64_t bytes = 0;
  ag_err err;
  err.code = AG_OK;
  err.loc = 0;
  err.node = 0;
  err.msg[0] = 0;
  if (n > FEW) {
    slots = ag_malloc(n * sizeof *slots);
    in = ag_malloc(n * sizeof *in);
    loans = ag_malloc(n * sizeof *loans);
    args = ag_malloc(n * sizeof *args);
  }
  if (n_out > FEW)
    out = ag_malloc(n_out * sizeof *out);
  if (!slots || !in || !loans || !args || !out) {
    PyErr_NoMemory();
    goto done;
  }
  memset(out, 0, n_out * sizeof *out);
  for (; made < n; made++) {
    /* Held for the run: a list among the arguments may be emptied meanwhile, by a callback or
     * another thread. */
    PyObject *o = args[made] = Py_NewRef(inputs[made]);
    loans[made] = NULL;
    slots[made].owner = NULL;
    if (Py_TYPE(o) == st->tensor_type) {
      in[made] = &((tensor_obj *)o)->t;
    } else {
      memset(&slots[made], 0, sizeof slots[made]);
      int failed = take_input(st, c, o, &slots[made], &loans[made]);
      in[made] = &slots[made];
      if (!failed &&
          !plan_accepts(in[made],
                        &p->in_types[made])) { /* it may run code that changes the array */
        PyErr_Format(PyExc_RuntimeError, "input %u changed its dtype or shape during the call",
                     made);
        failed = -1;
      }
      if (failed) {
        made++; /* what it holds is dropped below */
        goto done;
      }
    }
    if (in[made]->rank)
      bytes += ag_tensor_count(in[made]) * (int64_t)ag_dtype_size(in[made]->dtype);
  }
  if (!sizes_agree(c, in)) {
    PyErr_SetString(PyExc_RuntimeError, "sizes of the inputs differ that this trace takes for "
                                        "equal; an array changed during the call");
    goto done;
  }
  if (p == c->plan && !(p = hot_plan(st, c, in, &version_held)))
    goto done;

  py_host host;
  py_host_init(&host, st, c->graph);
  if (c->hurries)
    host.host.patience = PATIENCE;
  if (p->has_loop || bytes > GIL_BYTES) {
    host.saved = PyEval_SaveThread(); /* no PyObject is touched until it is back, but by the host */
    ag_plan_run(p, &host.host, in, out, &err);
    PyEval_RestoreThread(host.saved);
    host.saved = NULL;
  } else {
    ag_plan_run(p, &host.host, in, out, &err);
  }
  if (err.code) {
    *late = err.code == AG_ERR_LATE;
    if (!*late)
      raise_run(st, &err, &host);
    goto done;
  }
  Py_CLEAR(host.raised);
  for (uint32_t i = 0; i < n; i++)
    if (loans[i] && own_results(st, out, n_out, loans[i]) < 0)
      goto done;
  if (c->one_tensor && out[0].weak && out[0].rank == 0) {
    result = number_result(st, &out[0]);
  } else if (c->one_tensor) {
    result = tensor_from_value(st, &out[0]);
    memset(&out[0], 0, sizeof out[0]);
  } else {
    result = results_build(st, c->template, out, bound);
  }

done:
  if (out)
    for (uint32_t i = 0; i < n_out; i++)
      if (out[i].owner)
        ag_tensor_unref(&out[i]);
  for (uint32_t i = 0; i < made; i++) {
    if (loans[i]) {
      PyBuffer_Release(&loans[i]->view);
      ag_buffer_unref(&loans[i]->b);
    } else if (slots[i].owner) {
      ag_tensor_unref(&slots[i]);
    }
    Py_DECREF(args[i]);
  }
  if (slots != slots_here)
    ag_free(slots);
  if (in != in_here)
    ag_free((void *)in);
  if (loans != loans_here)
    ag_free(loans);
  if (args != args_here)
    ag_free(args);
  if (out != out_here)
    ag_free(out);
  Py_XDECREF(version_held);
  Py_DECREF(plan_held);
  return result;
}

/* staged["compile"](info): returns once native code is in use, or cannot be had. */
PyObject *concrete_run(core_state *st, concrete_obj *c, PyObject *const *inputs,
                       PyObject *const *bound) {
  bool late = false;
  PyObject *result = run_once(st, c, inputs, bound, &late);
  if (!late)
    return result;
  PyObject *done = PyObject_CallOneArg(PyDict_GetItemString(st->staged, "compile"), c->info);
  if (!done)
    return NULL;
  Py_DECREF(done);
  c->hurries = false;
  return run_once(st, c, inputs, bound, &late);
}

/* ---- the type -------------------------------------------------------------------------------- */

static int concrete_traverse(PyObject *self, visitproc visit, void *arg) {
  concrete_obj *c = (concrete_obj *)self;
  Py_VISIT(Py_TYPE(self));
  for (uint32_t i = 0; i < c->n_statics; i++)
    Py_VISIT(c->statics[i]);
  Py_VISIT(c->plan_obj);
  Py_VISIT(c->graph);
  Py_VISIT(c->template);
  Py_VISIT(c->outer);
  Py_VISIT(c->info);
  return hot_traverse(c, visit, arg);
}

static int concrete_clear(PyObject *self) {
  concrete_obj *c = (concrete_obj *)self;
  uint32_t n = c->n_statics;
  c->n_statics = 0;
  for (uint32_t i = 0; i < n; i++)
    Py_CLEAR(c->statics[i]);
  Py_CLEAR(c->template);
  Py_CLEAR(c->outer);
  Py_CLEAR(c->info);
  return 0;
}

static void concrete_dealloc(PyObject *self) {
  concrete_obj *c = (concrete_obj *)self;
  PyTypeObject *type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  concrete_clear(self);
  hot_drop(c);
  Py_CLEAR(c->graph);
  c->plan = NULL;
  Py_CLEAR(c->plan_obj);
  ag_free(c->words);
  ag_free(c->statics);
  type->tp_free(self);
  Py_DECREF(type);
}

PyDoc_STRVAR(run_doc, "run($self, inputs, /)\n--\n\nRun the trace on a list of its inputs, in "
                      "order, without matching a key.");

static PyObject *concrete_run_method(PyObject *self, PyObject *inputs) {
  core_state *st = core_of_type(Py_TYPE(self));
  concrete_obj *c = (concrete_obj *)self;
  PyObject *seq = PySequence_Fast(inputs, "inputs must be a list");
  PyObject *result = NULL;
  if (!seq)
    return NULL;
  if (PySequence_Fast_GET_SIZE(seq) != (Py_ssize_t)c->plan->n_in)
    PyErr_Format(PyExc_TypeError, "this trace takes %u inputs, not %zd", c->plan->n_in,
                 PySequence_Fast_GET_SIZE(seq));
  else
    result = concrete_run(st, c, PySequence_Fast_ITEMS(seq), NULL);
  Py_DECREF(seq);
  return result;
}

PyDoc_STRVAR(
    set_plan_doc,
    "set_plan($self, plan, /)\n--\n\nFrom the next call on, run this plan of the same graph.");

static PyObject *set_plan(PyObject *self, PyObject *plan_obj) {
  if (use_plan(core_of_type(Py_TYPE(self)), (concrete_obj *)self, plan_obj) < 0)
    return NULL;
  Py_RETURN_NONE;
}

PyDoc_STRVAR(set_version_doc,
             "set_version($self, number, plan, /)\n--\n\nRun this plan for the sizes of the version "
             "that was asked for by that number.");

static PyObject *set_version(PyObject *self, PyObject *args) {
  unsigned number;
  PyObject *plan_obj;
  if (!PyArg_ParseTuple(args, "IO:set_version", &number, &plan_obj) ||
      hot_set((concrete_obj *)self, number, plan_obj) < 0)
    return NULL;
  Py_RETURN_NONE;
}

static PyObject *get_plan(PyObject *self, void *unused) {
  (void)unused;
  return Py_NewRef(((concrete_obj *)self)->plan_obj);
}
static PyObject *get_graph(PyObject *self, void *unused) {
  (void)unused;
  return Py_NewRef((PyObject *)((concrete_obj *)self)->graph);
}
static PyObject *get_info(PyObject *self, void *unused) {
  concrete_obj *c = (concrete_obj *)self;
  (void)unused;
  return Py_NewRef(c->info ? c->info : Py_None);
}
static PyObject *get_template(PyObject *self, void *unused) {
  concrete_obj *c = (concrete_obj *)self;
  (void)unused;
  return Py_NewRef(c->template ? c->template : Py_None);
}

static PyObject *get_outer(PyObject *self, void *unused) {
  concrete_obj *c = (concrete_obj *)self;
  (void)unused;
  return c->outer ? Py_NewRef(c->outer) : PyTuple_New(0);
}
static int set_outer(PyObject *self, PyObject *entries, void *unused) {
  concrete_obj *c = (concrete_obj *)self;
  (void)unused;
  if (!entries)
    entries = Py_None;
  if (entries != Py_None && outer_check(entries) < 0)
    return -1;
  bool none = entries == Py_None || PyTuple_GET_SIZE(entries) == 0;
  Py_XSETREF(c->outer, none ? NULL : Py_NewRef(entries));
  return 0;
}

PyDoc_STRVAR(changed_doc, "changed($self, /)\n--\n\nThe entries of `outer` that do not hold any "
                          "more.");

static PyObject *changed(PyObject *self, PyObject *unused) {
  concrete_obj *c = (concrete_obj *)self;
  (void)unused;
  return c->outer ? outer_changed(c->outer) : PyList_New(0);
}

static PyGetSetDef concrete_getset[] = {
    {"plan", get_plan, NULL, "the Plan that runs", NULL},
    {"graph", get_graph, NULL, "the Graph as traced", NULL},
    {"info", get_info, NULL, "dict of what is known about this trace", NULL},
    {"template", get_template, NULL, "how results are put together", NULL},
    {"outer", get_outer, set_outer,
     "tuple of what it read outside of its arguments (staging/seen.py): it serves calls as long as "
     "that holds",
     NULL},
    {0},
};
static PyMethodDef concrete_methods[] = {
    {"set_plan", set_plan, METH_O, set_plan_doc},
    {"set_version", set_version, METH_VARARGS, set_version_doc},
    {"changed", changed, METH_NOARGS, changed_doc},
    {"run", concrete_run_method, METH_O, run_doc},
    {0},
};
static PyType_Slot concrete_slots[] = {
    {Py_tp_doc, "One trace of a function: key, graph and plan."},
    {Py_tp_dealloc, concrete_dealloc},
    {Py_tp_traverse, concrete_traverse},
    {Py_tp_clear, concrete_clear},
    {Py_tp_getset, concrete_getset},
    {Py_tp_methods, concrete_methods},
    {0},
};
PyType_Spec concrete_spec = {
    .name = "autograph._core.Concrete",
    .basicsize = sizeof(concrete_obj),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = concrete_slots,
};
