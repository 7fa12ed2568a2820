/* known.c - integers that cannot be negative: an index that is one needs no wrapping round.
 * Walks definitions a few steps back; a loop variable is assumed and then proved by its first and
 * next value. */
#include "emit.h"

enum { STEPS = 12 };

typedef struct proof {
  const ag_graph *g;
  ag_val assumed[STEPS]; /* parameters under proof */
  int n, depth;
} proof;

static const ag_node *node_of(const proof *p, ag_val v) {
  return ag_graph_node(p->g, ag_graph_value(p->g, v)->node);
}

static bool constant(const proof *p, ag_val v, int64_t *x) {
  const ag_node *n = node_of(p, v);
  const ag_attr *a = n->op == AG_OP_CONST ? ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value) : NULL;
  if (!a || a->tensor->rank != 0)
    return false;
  const void *data = ag_tensor_data(a->tensor);
  if (a->tensor->dtype == AG_I64)
    *x = *(const int64_t *)data;
  else if (a->tensor->dtype == AG_I32)
    *x = *(const int32_t *)data;
  else
    return false;
  return true;
}

/* When this bool is true, value v is below (or, by `up`, above) something: one step more does not wrap. */
static bool implies_bound(const proof *p, ag_val test, ag_val v, bool up, int depth) {
  const ag_node *n = node_of(p, test);
  if (depth == STEPS)
    return false;
  switch (n->op) {
  case AG_OP_LT:
    return n->in[up ? 0 : 1] == v;
  case AG_OP_GT:
    return n->in[up ? 1 : 0] == v;
  case AG_OP_AND:
    return implies_bound(p, n->in[0], v, up, depth + 1) ||
           implies_bound(p, n->in[1], v, up, depth + 1);
  case AG_OP_COND: { /* a and b: the other side is false */
    uint32_t i = ag_graph_value(p->g, test)->index;
    ag_val other = ag_graph_region(p->g, n->sub[1])->results[i];
    const ag_node *o = node_of(p, other);
    const ag_attr *c = o->op == AG_OP_CONST ? ag_attr_find(o->attrs, o->n_attrs, AG_KEY_value) : NULL;
    if (other != n->in[0] && !(c && *(const uint8_t *)ag_tensor_data(c->tensor) == 0))
      return false;
    return implies_bound(p, n->in[0], v, up, depth + 1) ||
           implies_bound(p, ag_graph_region(p->g, n->sub[0])->results[i], v, up, depth + 1);
  }
  default:
    return false;
  }
}

/* The test of the loop holds only while parameter k is below something: one more does not wrap. */
static bool is_bounded(const proof *p, const ag_node *loop, uint32_t k) {
  const ag_region_info *test = ag_graph_region(p->g, loop->sub[0]);
  return implies_bound(p, test->results[0], test->params[k], true, 0);
}

/* v is a parameter of a loop's body: its number and the loop. */
static const ag_node *loop_of(const proof *p, ag_val v, uint32_t *k) {
  const ag_node *n = node_of(p, v);
  ag_nid owner = ag_graph_region(p->g, n->region)->owner;
  if (n->op != AG_OP_PARAM || !owner)
    return NULL;
  const ag_node *loop = ag_graph_node(p->g, owner);
  const ag_region_info *body = ag_graph_region(p->g, loop->sub[1]);
  if (n->region != loop->sub[1])
    return NULL;
  for (*k = 0; *k < body->n_params; ++*k)
    if (body->params[*k] == v)
      return loop;
  return NULL;
}

static bool holds(proof *p, ag_val v) {
  int64_t x, y;
  uint32_t k;
  if (constant(p, v, &x))
    return x >= 0;
  for (int i = 0; i < p->n; i++)
    if (p->assumed[i] == v)
      return true;
  if (p->n == STEPS || p->depth == STEPS)
    return false;
  p->depth++;
  const ag_node *n = node_of(p, v);
  bool found = false;
  switch (n->op) {
  case AG_OP_DIM:
    found = true;
    break;
  case AG_OP_PARAM: {
    const ag_node *loop = loop_of(p, v, &k);
    int before = p->n;
    if (loop && holds(p, loop->in[k]) && p->n < STEPS) {
      p->assumed[p->n++] = v;
      found = holds(p, ag_graph_region(p->g, loop->sub[1])->results[k]);
      if (!found)
        p->n = before; /* and what was proved with it */
    }
    break;
  }
  case AG_OP_WHILE: {
    uint32_t i = ag_graph_value(p->g, v)->index;
    found = holds(p, n->in[i]) && holds(p, ag_graph_region(p->g, n->sub[1])->params[i]);
    break;
  }
  case AG_OP_COND: {
    uint32_t i = ag_graph_value(p->g, v)->index;
    found = holds(p, ag_graph_region(p->g, n->sub[0])->results[i]) &&
            holds(p, ag_graph_region(p->g, n->sub[1])->results[i]);
    break;
  }
  case AG_OP_PYADD: /* these fail rather than wrap */
  case AG_OP_PYMUL:
    found = holds(p, n->in[0]) && holds(p, n->in[1]);
    break;
  case AG_OP_ADD: /* a bounded counter and 1 */
    for (int s = 0; s < 2 && !found; s++) {
      const ag_node *loop = loop_of(p, n->in[s], &k);
      found = loop && constant(p, n->in[!s], &x) && x >= 0 && x <= 1 && is_bounded(p, loop, k) &&
              holds(p, n->in[s]);
    }
    break;
  case AG_OP_MOD:
  case AG_OP_PYMOD: /* has the sign of the divisor */
    found = constant(p, n->in[1], &y) && y > 0;
    break;
  case AG_OP_FLOORDIV:
  case AG_OP_PYFLOORDIV:
    found = constant(p, n->in[1], &y) && y > 0 && holds(p, n->in[0]);
    break;
  case AG_OP_MAXIMUM:
    found = holds(p, n->in[0]) || holds(p, n->in[1]);
    break;
  case AG_OP_MINIMUM:
    found = holds(p, n->in[0]) && holds(p, n->in[1]);
    break;
  default:
    break;
  }
  p->depth--;
  return found;
}

bool ag_is_nonnegative(const ag_graph *g, ag_val v) {
  proof p = {.g = g};
  return holds(&p, v);
}

/* ---- counters ------------------------------------------------------------------------------------ */

enum { SMALL_STEP = 8 };

/* v starts at a small constant and changes only by additions of small constants. Each takes part of a nanosecond: 2^63 is not
 * reached within years. */
static bool counts(proof *p, ag_val v) {
  int64_t x;
  uint32_t k;
  if (constant(p, v, &x))
    return x > -((int64_t)1 << 61) && x < (int64_t)1 << 61;
  for (int i = 0; i < p->n; i++)
    if (p->assumed[i] == v)
      return true;
  if (p->n == STEPS || p->depth == STEPS)
    return false;
  p->depth++;
  const ag_node *n = node_of(p, v);
  bool found = false;
  switch (n->op) {
  case AG_OP_PARAM: {
    const ag_node *loop = loop_of(p, v, &k);
    int before = p->n;
    if (loop && counts(p, loop->in[k]) && p->n < STEPS) {
      p->assumed[p->n++] = v;
      found = counts(p, ag_graph_region(p->g, loop->sub[1])->results[k]);
      if (!found)
        p->n = before;
    }
    break;
  }
  case AG_OP_WHILE: {
    uint32_t i = ag_graph_value(p->g, v)->index;
    found = counts(p, n->in[i]) && counts(p, ag_graph_region(p->g, n->sub[1])->params[i]);
    break;
  }
  case AG_OP_COND: {
    uint32_t i = ag_graph_value(p->g, v)->index;
    found = counts(p, ag_graph_region(p->g, n->sub[0])->results[i]) &&
            counts(p, ag_graph_region(p->g, n->sub[1])->results[i]);
    break;
  }
  case AG_OP_SELECT:
    found = counts(p, n->in[1]) && counts(p, n->in[2]);
    break;
  case AG_OP_PYADD:
  case AG_OP_PYSUB:
    for (int s = 0; s < (n->op == AG_OP_PYADD ? 2 : 1) && !found; s++)
      found = constant(p, n->in[!s], &x) && x >= -SMALL_STEP && x <= SMALL_STEP && counts(p, n->in[s]);
    break;
  default:
    break;
  }
  p->depth--;
  return found;
}

bool ag_cannot_overflow(const ag_graph *g, ag_nid id) {
  const ag_node *n = ag_graph_node(g, id);
  proof p = {.g = g};
  int64_t x;
  if (n->op != AG_OP_PYADD && n->op != AG_OP_PYSUB)
    return false;
  for (int s = 0; s < (n->op == AG_OP_PYADD ? 2 : 1); s++) { /* one step of what the loop's test bounds */
    uint32_t k;
    const ag_node *loop = loop_of(&p, n->in[s], &k);
    if (!loop || !constant(&p, n->in[!s], &x) || (x != 1 && x != -1))
      continue;
    const ag_region_info *test = ag_graph_region(g, loop->sub[0]);
    if (implies_bound(&p, test->results[0], test->params[k], (x == 1) == (n->op == AG_OP_PYADD), 0))
      return true;
  }
  return counts(&p, n->out);
}
