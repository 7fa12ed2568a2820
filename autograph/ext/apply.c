/* apply.c - one operation: run at once on values that are there, or recorded as a node.
 * It is recorded as soon as one operand is symbolic, and, while tracing, when it has an effect. */
#include "graph_obj.h"

#include <string.h>

enum { FEW = 8, GIL_BYTES = 1 << 18 };

/* `= {0}` would clear the whole text, at every operation. */
static void no_error(ag_err *err) {
  err->code = AG_OK;
  err->loc = 0;
  err->node = 0;
  err->msg[0] = 0;
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
  if (err.code)
    return raise_run(st, &err, &host);
  if (st->check_numerics && check_results(st, op, in, 2, &out, 1) < 0) {
    ag_tensor_unref(&out);
    return NULL;
  }
  return tensor_from_value(st, &out);
}

/* ---- recorded -------------------------------------------------------------------------------- */

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
  if (!node)
    raise_err(st, &err, g);

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
  if (ag_ops[op].n_out < 0) {
    const ag_attr *types = ag_attr_find(attrs, n_attrs, AG_KEY_types);
    n = types ? types->n : (uint32_t)ag_attr_int(attrs, n_attrs, AG_KEY_num, 0);
  }
  PyObject *list = PyList_New(n);
  if (list &&
      run_now(st, op, tensors, n_in, attrs, n_attrs, ((PyListObject *)list)->ob_item, n) < 0)
    Py_CLEAR(list);
  return list;
}
