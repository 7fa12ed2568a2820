/* apply.c - one operation: run at once on values that are there, or recorded as a node.
 * It is recorded as soon as one operand is symbolic, and, while tracing, when it has an effect. */
#include "graph_obj.h"
#include "tensor_obj.h"

#include <string.h>

enum { FEW = 8, GIL_BYTES = 1 << 18 };

/* `= {0}` would clear the whole text, at every operation. */
static void no_error(ag_err *err) {
  err->code = AG_OK;
  err->loc = 0;
  err->node = 0;
  err->msg[0] = 0;
}

/* ---- errors about operands ------------------------------------------------------------------- */

/* The dtype that all of different ones can become: a float among integers, a complex among both. */
static uint8_t common_dtype(const ag_type *types, uint32_t n) {
  uint8_t to = types[n - 1].dtype;
  for (uint32_t i = n - 1; i--;)
    if (ag_is_complex(to))
      break;
    else if (ag_is_complex((ag_dtype)types[i].dtype))
      to = types[i].dtype;
    else if (types[i].dtype != AG_BOOL && (!ag_is_float(to) || to == AG_BOOL) &&
             ag_is_float(types[i].dtype))
      to = types[i].dtype;
  return to;
}

/* What to do about a dtype that the operation does not take: infer_dtype.c words what it needs. */
static void put_remedy(const ag_err *err, const ag_type *types, const char *const *names,
                       uint32_t n, ag_text *out) {
  uint8_t to = AG_DTYPE_COUNT;
  uint32_t which = 0;
  if (strstr(err->msg, "differ")) {
    to = common_dtype(types, n);
    while (which + 1 < n && (types[which].dtype == to || types[which].dtype == AG_BOOL))
      which++;
  } else if (strstr(err->msg, "floating")) {
    to = AG_F32;
  } else if (strstr(err->msg, "indices")) {
    to = AG_I32;
    which = n - 1;
  } else if (strstr(err->msg, "integers") || strstr(err->msg, "numbers")) {
    to = AG_I32;
  }
  const char *name = names[which];
  for (uint32_t i = 0; i < n && !name; i++)
    name = names[i] && !strcmp(names[i], "x") ? "y" : NULL;
  name = name ? name : "x";
  if (types[which].dtype == AG_STR || to == AG_STR)
    return;
  if (strstr(err->msg, "supported: ")) /* the kernel has said it */
    return;
  if (ag_is_complex((ag_dtype)types[which].dtype) &&
      !ag_is_complex((ag_dtype)to)) /* a cast loses */
    ag_text_add(out,
                ": take its parts or its size, tf.math.real(%s), tf.math.imag(%s) or tf.abs(%s)",
                name, name, name);
  else if (to != AG_DTYPE_COUNT)
    ag_text_add(out, ": cast it, for example tf.cast(%s, tf.%s)", name, ag_dtype_name(to));
  else if (strstr(err->msg, "bool"))
    ag_text_add(out, ": compare it, for example %s != 0", name);
}

/* The name of a parameter or of the variable that holds the value; NULL when there is none. */
static const char *name_of(const tensor_obj *t) {
  if (t->label)
    return PyUnicode_AsUTF8(t->label);
  if (!t->graph || t->val == AG_NONE)
    return NULL;
  const ag_node *n = ag_graph_node(t->graph->g, ag_graph_value(t->graph->g, t->val)->node);
  return n->op == AG_OP_PARAM && n->region == 0 ? n->name : NULL;
}

/* Every error about dtypes or shapes says which operands came, and what to do about dtypes. */
static void tell_operands(PyObject *const *tensors, uint32_t n, ag_err *err) {
  enum { MOST = 4 };
  ag_type types[MOST];
  const char *names[MOST];
  char type[AG_TYPE_TEXT];
  if ((err->code != AG_ERR_TYPE && err->code != AG_ERR_SHAPE) || !n || n > MOST)
    return;
  ag_text text = {0};
  ag_text_add(&text, "%s", err->msg);
  for (uint32_t i = 0; i < n; i++) {
    const tensor_obj *t = (const tensor_obj *)tensors[i];
    const char *name = names[i] = name_of(t);
    types[i] = tensor_type_of(t);
    ag_text_add(&text, "%s%s%s%s", i ? ", " : "; got ", name ? name : "", name ? ": " : "",
                ag_type_text(&types[i], type));
  }
  if (err->code == AG_ERR_TYPE)
    put_remedy(err, types, names, n, &text);
  if (!text.failed && text.len < sizeof err->msg)
    memcpy(err->msg, text.data, text.len + 1);
  ag_free(text.data);
  PyErr_Clear(); /* a name that is no UTF-8 */
}

PyObject *refuse_operands(core_state *st, ag_op op, PyObject *const *tensors, uint32_t n,
                          const char *why) {
  ag_err err = {0};
  ag_fail(&err, AG_ERR_TYPE, 0, "%s: %s", ag_ops[op].name, why);
  tell_operands(tensors, n, &err);
  return raise_err(st, &err, NULL);
}

/* ---- at once --------------------------------------------------------------------------------- */

/* With debugging.enable_check_numerics(): raises when a result is NaN or infinite. */
static int check_results(core_state *st, ag_op op, const ag_tensor *const *in, uint32_t n_in,
                         ag_tensor *results, uint32_t n_out) {
  const char *name = ag_ops[op].name;
  ag_attr attr = {
      .key = AG_KEY_text, .kind = AG_ATTR_TEXT, .text = name, .n = (uint32_t)strlen(name)};
  const ag_tensor *all[FEW + 1];
  uint32_t n = n_in <= FEW ? n_in : 0; /* of many operands nothing is said */
  for (uint32_t k = 0; k < n; k++)
    all[k + 1] = in[k];
  for (uint32_t i = 0; i < n_out; i++) {
    ag_err err;
    py_host host;
    if (!ag_checks_numerics(op, (ag_dtype)results[i].dtype))
      continue;
    no_error(&err);
    py_host_init(&host, st, NULL);
    all[0] = &results[i];
    ag_run_op(&host.host, AG_OP_CHECK_NUMERICS, &attr, 1, NULL, all, n + 1, NULL, 0, &err);
    if (err.code) {
      raise_run(st, &err, &host);
      return -1;
    }
  }
  return 0;
}

static int run_now(core_state *st, ag_op op, PyObject *const *tensors, uint32_t n_in,
                   const ag_attr *attrs, uint32_t n_attrs, PyObject **out, uint32_t n_out) {
  const ag_tensor *in_here[FEW];
  ag_type in_types_here[FEW], types_here[FEW];
  ag_tensor results_here[FEW];
  const ag_tensor **in = in_here;
  ag_type *in_types = in_types_here, *types = types_here;
  ag_tensor *results = results_here;
  int failed = -1;
  ag_err err;
  no_error(&err);
  if (n_in > FEW) {
    in = ag_malloc(n_in * sizeof *in);
    in_types = ag_malloc(n_in * sizeof *in_types);
  }
  if (n_out > FEW) {
    types = ag_malloc(n_out * sizeof *types);
    results = ag_malloc(n_out * sizeof *results);
  }
  if (!in || !in_types || !types || !results) {
    PyErr_NoMemory();
    goto done;
  }
  int64_t bytes = 0;
  for (uint32_t i = 0; i < n_in; i++) {
    in[i] = &((tensor_obj *)tensors[i])->t;
    in_types[i] = tensor_type_of((tensor_obj *)tensors[i]);
    if (in[i]->rank)
      bytes += ag_tensor_count(in[i]) * (int64_t)ag_dtype_size(in[i]->dtype);
  }
  py_host host;
  py_host_init(&host, st, NULL);
  memset(results, 0, n_out * sizeof *results);
  if (ag_op_types(op, in_types, n_in, attrs, n_attrs, types, n_out, &err) == AG_OK) {
    bool release = bytes > GIL_BYTES;
    if (release)
      host.saved = PyEval_SaveThread(); /* the caller holds the tensors */
    ag_run_op(&host.host, op, attrs, n_attrs, types, in, n_in, results, n_out, &err);
    if (release)
      PyEval_RestoreThread(host.saved);
    host.saved = NULL;
  }
  if (err.code) {
    for (uint32_t i = 0; i < n_out; i++)
      ag_tensor_unref(&results[i]);
    tell_operands(tensors, n_in, &err);
    raise_run(st, &err, &host);
    goto done;
  }
  if (st->check_numerics && check_results(st, op, in, n_in, results, n_out) < 0) {
    for (uint32_t i = 0; i < n_out; i++)
      ag_tensor_unref(&results[i]);
    goto done;
  }
  failed = 0;
  for (uint32_t i = 0; i < n_out; i++) {
    results[i].weak = types[i].weak;
    out[i] = tensor_from_value(st, &results[i]);
    if (!out[i])
      failed = -1;
  }
  if (failed)
    for (uint32_t i = 0; i < n_out; i++)
      Py_CLEAR(out[i]);

done:
  if (in != in_here)
    ag_free((void *)in);
  if (in_types != in_types_here)
    ag_free(in_types);
  if (types != types_here)
    ag_free(types);
  if (results != results_here)
    ag_free(results);
  return failed;
}

PyObject *apply_same(core_state *st, ag_op op, PyObject *a, PyObject *b) {
  const ag_tensor *in[] = {&((tensor_obj *)a)->t, &((tensor_obj *)b)->t};
  ag_tensor out;
  ag_err err;
  py_host host;
  no_error(&err);
  py_host_init(&host, st, NULL);
  int64_t bytes = 0;
  for (int i = 0; i < 2; i++)
    if (in[i]->rank)
      bytes += ag_tensor_count(in[i]);
  bool release = bytes > GIL_BYTES / 4;
  if (release)
    host.saved = PyEval_SaveThread();
  ag_run_op(&host.host, op, NULL, 0, NULL, in, 2, &out, 1, &err);
  if (release)
    PyEval_RestoreThread(host.saved);
  host.saved = NULL;
  if (err.code) {
    PyObject *both[] = {a, b};
    tell_operands(both, 2, &err);
    return raise_run(st, &err, &host);
  }
  if (st->check_numerics && check_results(st, op, in, 2, &out, 1) < 0) {
    ag_tensor_unref(&out);
    return NULL;
  }
  return tensor_from_value(st, &out);
}

/* ---- recorded -------------------------------------------------------------------------------- */

/* In the body of a `try` a failure of this operation may be a handler's to deal with: then it
 * becomes a branch before the operation is recorded (staging/tries.py). */
static int ask_try(core_state *st, ag_op op, PyObject *const *tensors, uint32_t n_in,
                   const ag_attr *attrs, uint32_t n_attrs) {
  const ag_attr *text = ag_attr_find(attrs, n_attrs, AG_KEY_text);
  const ag_attr *axis = ag_attr_find(attrs, n_attrs, AG_KEY_axis);
  PyObject *ask = PyDict_GetItemString(st->staged, "may_fail");
  PyObject *operands = ask ? PyTuple_New(n_in) : NULL, *done = NULL;
  for (uint32_t i = 0; operands && i < n_in; i++)
    PyTuple_SET_ITEM(operands, i, Py_NewRef(tensors[i]));
  if (operands)
    done = PyObject_CallFunction(ask, "sOs#L", ag_ops[op].name, operands, text ? text->text : NULL,
                                 (Py_ssize_t)(text ? text->n : 0), axis && axis->kind == AG_ATTR_INT ? (long long)axis->i : 0LL);
  Py_XDECREF(operands);
  Py_XDECREF(done);
  return done || !ask ? 0 : -1;
}

/* Whether two arrays of sizes that only the run knows may not broadcast. */
static bool may_differ(PyObject *x, PyObject *y) {
  ag_type a = tensor_type_of((tensor_obj *)x), b = tensor_type_of((tensor_obj *)y);
  for (int i = a.rank - 1, k = b.rank - 1; i >= 0 && k >= 0; i--, k--)
    if (a.dim[i] != b.dim[k] && a.dim[i] != 1 && b.dim[k] != 1 && (a.dim[i] < 0 || b.dim[k] < 0))
      return true;
  return false;
}

/* Whether the operands of one that broadcasts them may not fit, as far as the trace knows. */
static bool may_not_fit(ag_op op, PyObject *const *tensors, uint32_t n_in) {
  if (ag_ops[op].lowering != AG_LOWER_inline && op != AG_OP_COMPLEX)
    return false;
  for (uint32_t i = 0; i < n_in; i++)
    for (uint32_t k = i + 1; k < n_in; k++)
      if (may_differ(tensors[i], tensors[k]))
        return true;
  return false;
}

static ag_nid record(core_state *st, graph_obj *g, ag_op op, PyObject *const *tensors,
                     uint32_t n_in, const ag_attr *attrs, uint32_t n_attrs, const char *name) {
  ag_val in_here[FEW];
  ag_val *in = n_in > FEW ? ag_malloc(n_in * sizeof *in) : in_here;
  char text[NODE_NAME];
  ag_nid node = 0;
  ag_err err;
  no_error(&err);
  if (!in) {
    PyErr_NoMemory();
    return 0;
  }
  if (g->watched &&
      (ag_ops[op].traits & (AG_TRAIT_CHECK | AG_TRAIT_EFFECT) || may_not_fit(op, tensors, n_in)) &&
      ask_try(st, op, tensors, n_in, attrs, n_attrs) < 0)
    goto done;
  for (uint32_t i = 0; i < n_in; i++)
    if ((in[i] = graph_value(st, g, tensors[i])) == AG_NONE)
      goto done;
  ag_spec spec = {.op = op,
                  .n_in = n_in,
                  .n_attrs = n_attrs,
                  .in = in,
                  .attrs = attrs,
                  .name = node_name(g, op, name, text),
                  .loc = trace_loc(st, g)};
  node = ag_graph_add(g->g, &spec, &err);
  if (!node) {
    tell_operands(tensors, n_in, &err);
    raise_err(st, &err, g);
  }

done:
  if (in != in_here)
    ag_free(in);
  return node;
}

/* The graph this operation belongs to: NULL to run it at once. -1 when the operands are of
 * different traces. */
static int find_graph(ag_op op, PyObject *const *tensors, uint32_t n_in, graph_obj **out) {
  graph_obj *now = trace_current(), *g = NULL;
  for (uint32_t i = 0; i < n_in; i++) {
    graph_obj *other = ((tensor_obj *)tensors[i])->graph;
    if (other && !g)
      g = other;
    if (other == now && other)
      g = other;
  }
  if (!g && now && ag_ops[op].traits & AG_TRAIT_EFFECT)
    g = now;
  /* A graph that is not being traced still takes operations on its own tensors (TensorFlow 1),
   * until it is finished. */
  if (g && now && g != now)
    g = now; /* graph_value then says which tensor leaked */
  if (g && !now && g->finished) {
    PyErr_Format(PyExc_TypeError,
                 "%s: a symbolic tensor is used outside of the function that made it, where it has "
                 "no value: return it from "
                 "the function",
                 ag_ops[op].name);
    return -1;
  }
  *out = g;
  return 0;
}

int apply_raw(core_state *st, ag_op op, PyObject *const *tensors, uint32_t n_in,
              const ag_attr *attrs, uint32_t n_attrs, PyObject **out, uint32_t n_out) {
  graph_obj *g = NULL;
  for (uint32_t i = 0; i < n_out; i++)
    out[i] = NULL;
  if (find_graph(op, tensors, n_in, &g) < 0)
    return -1;
  if (!g)
    return run_now(st, op, tensors, n_in, attrs, n_attrs, out, n_out);
  ag_nid id = record(st, g, op, tensors, n_in, attrs, n_attrs, NULL);
  if (!id)
    return -1;
  const ag_node *n = ag_graph_node(g->g, id);
  if (n->n_out != n_out) {
    PyErr_Format(PyExc_SystemError, "autograph: %s has %u outputs, not %u", ag_ops[op].name,
                 n->n_out, n_out);
    return -1;
  }
  for (uint32_t i = 0; i < n_out; i++)
    if (!(out[i] = tensor_from_graph(st, g, n->out + i))) {
      while (i--)
        Py_CLEAR(out[i]);
      return -1;
    }
  return 0;
}

PyObject *apply_named(core_state *st, ag_op op, PyObject *const *tensors, uint32_t n_in,
                      const ag_attr *attrs, uint32_t n_attrs, const char *name) {
  graph_obj *g = NULL;
  if (find_graph(op, tensors, n_in, &g) < 0)
    return NULL;
  if (g)
    return outputs_of(st, g, record(st, g, op, tensors, n_in, attrs, n_attrs, name), NULL);
  uint32_t n = (uint32_t)ag_ops[op].n_out;
  if (op == AG_OP_FOREIGN_CALL) {
    const ag_attr *params = ag_attr_find(attrs, n_attrs, AG_KEY_params);
    n = ag_attr_find(attrs, n_attrs, AG_KEY_dtype) != NULL;
    for (uint32_t i = 0; params && i < params->n; i++)
      n += params->ints[i] == AG_PASS_UPDATE;
  } else if (ag_ops[op].n_out < 0) {
    const ag_attr *types = ag_attr_find(attrs, n_attrs, AG_KEY_types);
    n = types ? types->n : (uint32_t)ag_attr_int(attrs, n_attrs, AG_KEY_num, 0);
  }
  PyObject *list = PyList_New(n);
  if (list &&
      run_now(st, op, tensors, n_in, attrs, n_attrs, ((PyListObject *)list)->ob_item, n) < 0)
    Py_CLEAR(list);
  return list;
}
