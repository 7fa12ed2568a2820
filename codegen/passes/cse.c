/* cse.c - share equal pure nodes.
 * Walks the graph once, in order. A node whose (op, inputs, attributes) were seen before is
 * replaced by the first one, which dominates it because inputs always have smaller numbers than
 * their users. Inputs of ops that commute are put in order first, constants last; constants are
 * compared by their bits.
 *
 * Needs:  inferred types.   Keeps: order, shapes, effects.   Leaves dead nodes to dce.c.
 * Nodes with trait EFFECT are never shared; a checked node is, since it fails where its equal
 * failed. Regions are scopes: a node inside a branch may use one outside, and never the other way
 * round. */
#include "pass.h"

typedef struct table {
  ag_nid *nodes; /* open addressing; of the new graph */
  uint64_t *hashes;
  uint32_t cap;
} table;

static uint64_t hash_tensor(const ag_tensor *t, uint64_t seed) {
  enum { ENOUGH = 256 };
  size_t bytes = (size_t)ag_tensor_count(t) * ag_dtype_size((ag_dtype)t->dtype);
  uint64_t head = t->dtype | (uint64_t)t->weak << 8 | (uint64_t)(uint8_t)t->rank << 16;
  seed = ag_hash_bytes(&head, sizeof head, seed ^ bytes);
  return ag_hash_bytes(ag_tensor_data(t), bytes < ENOUGH ? bytes : ENOUGH, seed);
}

/* A second check of the same index never fails, so where it stands does not matter. */
static bool tells_apart(ag_op op, const ag_attr *a) {
  return op != AG_OP_PYINDEX || a->key != AG_KEY_site;
}

static uint64_t hash_spec(const ag_spec *s) {
  uint64_t h = ag_hash_bytes(s->in, s->n_in * sizeof *s->in, s->op);
  for (uint32_t i = 0; i < s->n_attrs; i++) {
    const ag_attr *a = &s->attrs[i];
    if (!tells_apart(s->op, a))
      continue;
    h = h * 31 + a->key;
    switch (a->kind) {
    case AG_ATTR_INTS:
      h = ag_hash_bytes(a->ints, a->n * sizeof *a->ints, h);
      break;
    case AG_ATTR_TEXT:
      h = ag_hash_bytes(a->text, a->n, h);
      break;
    case AG_ATTR_TENSOR:
      h = hash_tensor(a->tensor, h);
      break;
    case AG_ATTR_TYPES:
      break; /* rare */
    default:
      h = ag_hash_bytes(&a->i, sizeof a->i, h);
    }
  }
  return h;
}

static bool same_attr(const ag_attr *a, const ag_attr *b) {
  if (a->key != b->key || a->kind != b->kind || a->n != b->n)
    return false;
  switch (a->kind) {
  case AG_ATTR_INTS:
    return !a->n || !memcmp(a->ints, b->ints, a->n * sizeof *a->ints);
  case AG_ATTR_TEXT:
    return !a->n || !memcmp(a->text, b->text, a->n);
  case AG_ATTR_TENSOR:
    return ag_constants_equal(a->tensor, b->tensor);
  case AG_ATTR_TYPES:
    for (uint32_t i = 0; i < a->n; i++)
      if (!ag_type_equal(&a->types[i], &b->types[i]))
        return false;
    return true;
  default:
    return a->i == b->i;
  }
}

static bool same_node(const ag_node *n, const ag_spec *s) {
  if (n->op != s->op || n->n_in != s->n_in || n->n_attrs != s->n_attrs)
    return false;
  if (s->n_in && memcmp(n->in, s->in, s->n_in * sizeof *s->in))
    return false;
  for (uint32_t i = 0; i < s->n_attrs; i++)
    if (tells_apart(n->op, &s->attrs[i]) && !same_attr(&n->attrs[i], &s->attrs[i]))
      return false;
  return true;
}

/* The place of an equal node, or where one would go. */
static uint32_t place(const ag_pass *p, const table *t, const ag_spec *s, uint64_t hash) {
  uint32_t i = (uint32_t)hash & (t->cap - 1);
  for (; t->nodes[i]; i = (i + 1) & (t->cap - 1))
    if (t->hashes[i] == hash && same_node(&p->to->nodes[t->nodes[i]], s))
      break;
  return i;
}

static bool in_order(const ag_graph *g, ag_val a, ag_val b) {
  bool x = ag_constant(g, a) != NULL, y = ag_constant(g, b) != NULL;
  return x == y ? a <= b : y;
}

static void visit(ag_pass *p, ag_nid id) {
  const ag_node *n = &p->from->nodes[id];
  table *t = p->state;
  ag_spec s;
  if (!(ag_ops[n->op].traits & (AG_TRAIT_PURE | AG_TRAIT_CHECK)) || n->op == AG_OP_PARAM ||
      !n->n_out) {
    ag_pass_copy(p, id);
    return;
  }
  if (!ag_pass_spec(p, id, &s))
    return;
  if (ag_ops[n->op].traits == AG_TRAIT_COMMUTES && !in_order(p->to, s.in[0], s.in[1]))
    s.in = memcpy((ag_val *)s.in, (ag_val[2]){s.in[1], s.in[0]}, 2 * sizeof *s.in);
  uint64_t hash = hash_spec(&s);
  uint32_t at = place(p, t, &s, hash);
  ag_nid first = t->nodes[at];
  if (first && ag_graph_visible(p->to, p->to->nodes[first].out, p->to->current)) {
    for (uint32_t i = 0; i < n->n_out; i++)
      ag_pass_map(p, n->out + i, p->to->nodes[first].out + i);
    return;
  }
  /* One in a scope that has ended is of no more use: its place is taken. */
  t->nodes[at] = ag_pass_put(p, id, p->to->current, &s);
  t->hashes[at] = hash;
}

ag_graph *ag_pass_cse(const ag_graph *g, ag_err *err) {
  table t = {.cap = 64};
  while (t.cap < 2 * g->n_nodes)
    t.cap *= 2;
  t.nodes = ag_calloc(t.cap, sizeof *t.nodes);
  t.hashes = ag_calloc(t.cap, sizeof *t.hashes);
  ag_graph *out = NULL;
  if (t.nodes && t.hashes)
    out = ag_pass_walk(g, visit, &t, err);
  else
    ag_nomem(err);
  ag_free(t.nodes);
  ag_free(t.hashes);
  return out;
}
