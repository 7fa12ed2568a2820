/* fold.c - compute what is known.
 * A node whose inputs are constants is run by its kernel, which is its meaning, and becomes the
 * constant it gives; a size that is known becomes a number.
 *
 * Needs:  inferred types.   Keeps: nodes that fail (they fail at run time, where they are reached),
 * effects. A constant never becomes larger than what it was made from, past a few elements: a
 * filled array is better filled where it is used than read from memory. */
#include "pass.h"

#include "ag/plan.h"

enum { FEW = 16, MOST_INPUT = 1 << 16, MOST_OUTPUT = 4096 };

static ag_val put_constant(ag_pass *p, const ag_tensor *t, ag_loc loc) {
  return ag_graph_const(p->to, t, NULL, loc, p->err);
}

/* The size of an axis, or the vector of all, from the type alone. */
static bool fold_size(ag_pass *p, const ag_node *n, const ag_spec *s) {
  const ag_type *t = &p->to->values[s->in[0]].type, *out = &p->from->values[n->out].type;
  ag_tensor k = {0};
  if (n->op == AG_OP_DIM) {
    int64_t axis = ag_attr_int(n->attrs, n->n_attrs, AG_KEY_axis, 0);
    if (t->rank <= axis || t->dim[axis] < 0)
      return false;
    ag_tensor_scalar(&k, AG_I64, &t->dim[axis]);
    k.weak = out->weak;
  } else {
    ag_shape vector = {.rank = 1, .dim = {t->rank}};
    if (!ag_type_known(t) || (out->dtype != AG_I32 && out->dtype != AG_I64) ||
        ag_tensor_new(&k, (ag_dtype)out->dtype, &vector, p->err))
      return false;
    for (int i = 0; i < t->rank; i++) {
      if (out->dtype == AG_I64)
        ((int64_t *)ag_tensor_data(&k))[i] = t->dim[i];
      else if (t->dim[i] <= INT32_MAX)
        ((int32_t *)ag_tensor_data(&k))[i] = (int32_t)t->dim[i];
      else {
        ag_tensor_unref(&k);
        return false;
      }
    }
  }
  ag_pass_map(p, n->out, put_constant(p, &k, n->loc));
  ag_tensor_unref(&k);
  return true;
}

/* True when all inputs are constants and the result is worth keeping. */
static bool foldable(const ag_pass *p, const ag_node *n, const ag_spec *s) {
  uint8_t traits = ag_ops[n->op].traits;
  if (!n->n_in || !n->n_out || !(traits & (AG_TRAIT_PURE | AG_TRAIT_CHECK)))
    return false;
  int64_t in = 0, out = 0;
  for (uint32_t i = 0; i < n->n_in; i++) {
    const ag_tensor *t = ag_constant(p->to, s->in[i]);
    if (!t || t->dtype >= AG_STR)
      return false;
    in += ag_tensor_count(t);
  }
  for (uint32_t i = 0; i < n->n_out; i++) {
    const ag_type *t = &p->from->values[n->out + i].type;
    ag_shape shape;
    ag_type_shape(t, &shape);
    if (t->dtype >= AG_STR || !ag_type_known(t) || ag_shape_count(&shape) < 0)
      return false;
    out += ag_shape_count(&shape);
  }
  return in <= MOST_INPUT && out <= MOST_OUTPUT && (out <= FEW || out <= in);
}

/* Runs the kernel; false when it fails, which is left to run time. */
static bool fold_node(ag_pass *p, const ag_node *n, const ag_spec *s) {
  const ag_tensor **in = ag_arena_alloc(p->scratch, n->n_in * sizeof *in);
  ag_tensor *out = ag_arena_alloc(p->scratch, n->n_out * sizeof *out);
  ag_type *types = ag_arena_alloc(p->scratch, n->n_out * sizeof *types);
  if (!in || !out || !types) {
    ag_nomem(p->err);
    return false;
  }
  for (uint32_t i = 0; i < n->n_in; i++)
    in[i] = ag_constant(p->to, s->in[i]);
  for (uint32_t i = 0; i < n->n_out; i++)
    types[i] = p->from->values[n->out + i].type;
  ag_err failed = {0};
  if (ag_run_op(NULL, (ag_op)n->op, n->attrs, n->n_attrs, types, in, n->n_in, out, n->n_out,
                &failed)) {
    if (failed.code == AG_ERR_NOMEM)
      ag_nomem(p->err);
    return false;
  }
  for (uint32_t i = 0; i < n->n_out; i++) {
    out[i].weak = types[i].weak;
    ag_pass_map(p, n->out + i, put_constant(p, &out[i], n->loc));
    ag_tensor_unref(&out[i]);
  }
  return true;
}

void ag_fold_node(ag_pass *p, ag_nid id) {
  const ag_node *n = &p->from->nodes[id];
  ag_spec s;
  if (n->sub[0]) {
    ag_pass_copy(p, id);
    return;
  }
  if (!ag_pass_spec(p, id, &s))
    return;
  if ((n->op == AG_OP_DIM || n->op == AG_OP_SHAPE) && fold_size(p, n, &s))
    return;
  if (foldable(p, n, &s) && fold_node(p, n, &s))
    return;
  if (!p->err->code)
    ag_pass_put(p, id, p->to->current, &s);
}

ag_graph *ag_pass_fold(const ag_graph *g, ag_err *err) {
  return ag_pass_walk(g, ag_fold_node, NULL, err);
}
