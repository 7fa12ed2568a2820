/* maybe.c - values that may be absent: UNDEFINED on one path, None on another, a tensor on the
 * third. Such a value is a tag and a payload (see tensor_obj). Where a tensor is needed, checks are
 * recorded at that place, so the error comes when the run gets there, and only then. */
#include "graph_obj.h"
#include "tensor_obj.h"

#include <string.h>

/* ---- the sentinel ---------------------------------------------------------------------------- */

static PyObject *undefined_repr(PyObject *self) {
  (void)self;
  return PyUnicode_FromString("UNDEFINED");
}

static PyObject *undefined_reduce(PyObject *self, PyObject *unused) {
  (void)unused;
  return undefined_repr(self); /* by its name in the module */
}

static int undefined_bool(PyObject *self) {
  (void)self;
  return 0;
}

static PyMethodDef undefined_methods[] = {{"__reduce__", undefined_reduce, METH_NOARGS, NULL}, {0}};
static PyType_Slot undefined_slots[] = {
    {Py_tp_doc, "Type of UNDEFINED, which stands for a variable that is not set."},
    {Py_tp_repr, undefined_repr},
    {Py_nb_bool, undefined_bool},
    {Py_tp_methods, undefined_methods},
    {0},
};
static PyType_Spec undefined_spec = {
    .name = "autograph._core.Undefined",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = undefined_slots,
};

/* ---- making ---------------------------------------------------------------------------------- */

PyDoc_STRVAR(maybe_doc, "maybe($module, tag, payload, alts, label=None, /)\n--\n\n"
                        "A value of the current graph that is `payload` where `tag` (0-d int32) is "
                        "0, and alts[tag - 1] elsewhere.\n"
                        "`payload`: a Tensor, or None when it never is one. `label`: the "
                        "variable's name, for messages.");
static PyObject *maybe(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  graph_obj *g = trace_current();
  if (n < 3 || n > 4 || !PyTuple_Check(args[2]) || PyTuple_GET_SIZE(args[2]) == 0) {
    PyErr_SetString(
        PyExc_TypeError,
        "maybe: expected a tag, a payload or None, a tuple of what it may be instead, and a label");
    return NULL;
  }
  if (!g) {
    PyErr_SetString(PyExc_RuntimeError, "maybe: no graph is being built");
    return NULL;
  }
  PyObject *tag = as_tensor(st, args[0], AG_I32, "the tag"), *payload = NULL;
  ag_val t = tag ? graph_value(st, g, tag) : AG_NONE, v = AG_NONE;
  if (t != AG_NONE && args[1] != Py_None) {
    payload = as_tensor(st, args[1], -1, "the payload");
    v = payload ? graph_value(st, g, payload) : AG_NONE;
  }
  tensor_obj *o =
      t != AG_NONE && (args[1] == Py_None || v != AG_NONE) ? tensor_handle(st, g) : NULL;
  if (o) {
    o->tag = t;
    o->val = v;
    o->alts = Py_NewRef(args[2]);
    if (n > 3 && PyUnicode_Check(args[3]))
      o->label = Py_NewRef(args[3]);
  }
  Py_XDECREF(tag);
  Py_XDECREF(payload);
  return (PyObject *)o;
}

/* ---- resolving ------------------------------------------------------------------------------- */

static PyObject *name_of(tensor_obj *m) {
  return m->label ? Py_NewRef(m->label) : PyUnicode_FromString("value");
}

/* What Python would say of `alt` where a number or an array is needed. */
static PyObject *absent_message(core_state *st, PyObject *name, PyObject *alt) {
  if (alt == st->undefined)
    return PyUnicode_FromFormat(
        "cannot access local variable '%U' where it is not associated with a value", name);
  return PyUnicode_FromFormat("'%U' is %R here, where a tensor is needed", name, alt);
}

/* An int of more than 64 bits where a number is needed: what the OverflowError of the run says.
 * NULL where the trace starts again without it, or fails now. */
static PyObject *too_large_message(core_state *st, PyObject *name, PyObject *alt, PyObject *tag,
                                   bool surely) {
  PyObject *say = PyDict_GetItemString(st->staged, "alternative_too_large");
  return PyObject_CallFunctionObjArgs(say, name, alt, tag, surely ? Py_True : Py_False, NULL);
}

static PyObject *raise_absent(core_state *st, PyObject *name, PyObject *alt, PyObject *tag) {
  bool whole = PyLong_CheckExact(alt);
  PyObject *text =
      whole ? too_large_message(st, name, alt, tag, true) : absent_message(st, name, alt);
  if (text)
    PyErr_SetObject(alt == st->undefined ? PyExc_UnboundLocalError : PyExc_TypeError, text);
  Py_XDECREF(text);
  return NULL;
}

static PyObject *make_type_error(PyObject *message, PyObject *unused) {
  (void)unused;
  return PyObject_CallOneArg(PyExc_TypeError, message);
}
static PyMethodDef type_error_def = {"type_error", make_type_error, METH_VARARGS, NULL};

static PyObject *make_overflow_error(PyObject *message, PyObject *unused) {
  (void)unused;
  return PyObject_CallOneArg(PyExc_OverflowError, message);
}
static PyMethodDef overflow_error_def = {"overflow_error", make_overflow_error, METH_VARARGS, NULL};

/* A 0-d bool: tag <op> k. */
static PyObject *compare_tag(core_state *st, PyObject *tag, ag_op op, int32_t k) {
  ag_tensor t;
  ag_tensor_scalar(&t, AG_I32, &k);
  PyObject *number = tensor_from_value(st, &t), *out = NULL;
  PyObject *in[] = {tag, number};
  if (number)
    apply_raw(st, op, in, 2, NULL, 0, &out, 1);
  Py_XDECREF(number);
  return out;
}

/* if tag == k: raise make(message) */
static int emit_raise(core_state *st, graph_obj *g, PyObject *tag, int32_t k, PyMethodDef *make,
                      PyObject *message) {
  ag_err err = {0};
  ag_spec spec = {.op = AG_OP_COND, .n_in = 1};
  PyObject *is_it = compare_tag(st, tag, AG_OP_EQ, k), *record = PyCFunction_New(make, message);
  ag_val cond = is_it && record ? graph_value(st, g, is_it) : AG_NONE;
  int failed = cond == AG_NONE ? -1 : 0;
  if (!failed && PyList_Append(g->sites, record) < 0)
    failed = -1;
  ag_attr site = {.key = AG_KEY_site, .kind = AG_ATTR_INT, .i = PyList_GET_SIZE(g->sites) - 1};
  if (!failed) {
    spec.in = &cond;
    spec.loc = trace_loc(st, g);
    spec.sub[0] = ag_region_open(g->g, &err);
    if (!err.code) {
      ag_spec stop = {.op = AG_OP_RAISE, .attrs = &site, .n_attrs = 1, .loc = spec.loc};
      ag_graph_add(g->g, &stop, &err);
      ag_region_results(g->g, spec.sub[0], NULL, 0, &err);
      ag_region_close(g->g);
    }
    if (!err.code)
      spec.sub[1] = ag_region_open(g->g, &err);
    if (!err.code) {
      ag_region_results(g->g, spec.sub[1], NULL, 0, &err);
      ag_region_close(g->g);
      ag_graph_add(g->g, &spec, &err);
    }
    if (err.code) {
      raise_err(st, &err, g);
      failed = -1;
    }
  }
  Py_XDECREF(is_it);
  Py_XDECREF(record);
  return failed;
}

static int emit_unbound(core_state *st, PyObject *tag, int32_t k, PyObject *name) {
  PyObject *set = compare_tag(st, tag, AG_OP_NE, k);
  Py_ssize_t len;
  const char *text = PyUnicode_AsUTF8AndSize(name, &len);
  ag_attr attr = {.key = AG_KEY_text, .kind = AG_ATTR_TEXT, .text = text, .n = (uint32_t)len};
  int failed = set && text ? apply_raw(st, AG_OP_UNBOUND, &set, 1, &attr, 1, NULL, 0) : -1;
  Py_XDECREF(set);
  return failed;
}

/* In the body of a `try` an absent value may be a handler's to deal with (staging/tries.py): 1
 * where it is, -1 on errors. */
static int ask_try(core_state *st, graph_obj *g, PyObject *tag, int32_t k, PyObject *message) {
  PyObject *ask = g->watched ? PyDict_GetItemString(st->staged, "absent") : NULL;
  if (!ask)
    return 0;
  PyObject *asked = PyObject_CallFunction(ask, "OiO", tag, (int)k, message);
  int dealt = asked ? PyObject_IsTrue(asked) : -1;
  Py_XDECREF(asked);
  return dealt;
}

static int emit_checks(core_state *st, graph_obj *g, tensor_obj *m, PyObject *tag, PyObject *name) {
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(m->alts); i++) {
    PyObject *alt = PyTuple_GET_ITEM(m->alts, i);
    if (alt == st->undefined) {
      if (emit_unbound(st, tag, (int32_t)i + 1, name) < 0)
        return -1;
      continue;
    }
    bool whole = PyLong_CheckExact(alt);
    PyObject *message =
        whole ? too_large_message(st, name, alt, tag, false) : absent_message(st, name, alt);
    PyMethodDef *make = whole ? &overflow_error_def : &type_error_def;
    int dealt = !message ? -1 : whole ? 0 : ask_try(st, g, tag, (int32_t)i + 1, message);
    if (dealt == 0)
      dealt = emit_raise(st, g, tag, (int32_t)i + 1, make, message);
    Py_XDECREF(message);
    if (dealt < 0)
      return -1;
  }
  return 0;
}

/* An attribute that may not be set, or what is unset or None and never a tensor, after the check
 * that it is set (staging/values.py); NULL where the value is none of these, or where this has
 * raised. */
static PyObject *checked_set(core_state *st, tensor_obj *m, int32_t k) {
  bool may_lack = false, several = PyTuple_GET_SIZE(m->alts) > 1;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(m->alts); i++)
    may_lack |= PyTuple_GET_ITEM(m->alts, i) == st->undefined;
  bool attribute =
      m->label && PyUnicode_FindChar(m->label, '.', 0, PyUnicode_GET_LENGTH(m->label), 1) >= 0;
  if (!may_lack || !(attribute || (m->val == AG_NONE && several && k < 0)))
    return NULL;
  PyObject *set = PyObject_CallOneArg(PyDict_GetItemString(st->staged, "defined"), (PyObject *)m);
  if (set && !is_tensor(st, set)) {
    PyObject *name = name_of(m), *text = name ? absent_message(st, name, set) : NULL;
    if (text)
      PyErr_SetObject(PyExc_TypeError, text);
    Py_XDECREF(text);
    Py_XDECREF(name);
    Py_CLEAR(set);
  }
  return set;
}

PyObject *maybe_resolve(core_state *st, PyObject *tensor) {
  tensor_obj *m = (tensor_obj *)tensor;
  if (!m->alts)
    return Py_NewRef(tensor);
  graph_obj *g = m->graph;
  PyObject *name = name_of(m), *tag = name ? tensor_from_graph(st, g, m->tag) : NULL,
           *result = NULL;
  const ag_tensor *known = tag ? known_value((tensor_obj *)tag) : NULL;
  int32_t k = known ? *(const int32_t *)ag_tensor_data(known) : -1;
  PyObject *set = tag ? checked_set(st, m, k) : NULL;
  if (set) {
    result = maybe_resolve(st, set);
    Py_DECREF(set);
  } else if (!tag || PyErr_Occurred()) {
    /* raised */
  } else if (m->val == AG_NONE) { /* never a tensor */
    Py_ssize_t which = k > 0 && k <= PyTuple_GET_SIZE(m->alts) ? k - 1 : 0;
    raise_absent(st, name, PyTuple_GET_ITEM(m->alts, which), tag);
  } else if (k > 0 && k <= PyTuple_GET_SIZE(m->alts)) {
    raise_absent(st, name, PyTuple_GET_ITEM(m->alts, k - 1), tag);
  } else if (k == 0 || emit_checks(st, g, m, tag, name) == 0) {
    result = tensor_from_graph(st, g, m->val);
  }
  Py_XDECREF(name);
  Py_XDECREF(tag);
  return result;
}

PyDoc_STRVAR(resolve_doc, "resolve($module, x, /)\n--\n\n"
                          "A plain Tensor: of a value that may be absent its payload, after "
                          "recording the checks that raise\n"
                          "UnboundLocalError or TypeError at this place of the run.");
static PyObject *resolve(PyObject *module, PyObject *x) {
  core_state *st = core_of(module);
  if (is_tensor(st, x))
    return maybe_resolve(st, x);
  PyErr_Format(PyExc_TypeError, "resolve: expected a Tensor, not %s", Py_TYPE(x)->tp_name);
  return NULL;
}

#define FAST(f) (PyCFunction)(void (*)(void))(f)
static PyMethodDef functions[] = {
    {"maybe", FAST(maybe), METH_FASTCALL, maybe_doc},
    {"resolve", resolve, METH_O, resolve_doc},
    {0},
};

int add_maybe(PyObject *module, core_state *st) {
  st->undefined_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &undefined_spec, NULL);
  if (!st->undefined_type)
    return -1;
  st->undefined = st->undefined_type->tp_alloc(st->undefined_type, 0);
  if (!st->undefined || PyModule_AddObjectRef(module, "UNDEFINED", st->undefined) < 0)
    return -1;
  return PyModule_AddFunctions(module, functions);
}
