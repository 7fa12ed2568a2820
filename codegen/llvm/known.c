/* known.c - integers that cannot be negative, or overflow: an index needs no wrapping round then, an
 * addition no check.
 * Walks definitions a few steps back; a loop variable is assumed and then proved by its first and
 * next value. */
#include "emit.h"

enum { STEPS = 12 };

typedef struct proof {
  const ag_graph *g;
  const struct property *what;
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

/* What is to be proved: which constants have it, and which operations pass it on. */
typedef struct property {
  bool (*of_constant)(int64_t x);
  bool (*of_node)(proof *p, const ag_node *n);
} property;

/* Constants, variables of loops, results of loops and branches: the same for every property. */
static bool prove(proof *p, ag_val v) {
  int64_t x;
  uint32_t k;
  if (constant(p, v, &x))
    return p->what->of_constant(x);
  for (int i = 0; i < p->n; i++)
    if (p->assumed[i] == v)
      return true;
  if (p->n == STEPS || p->depth == STEPS)
    return false;
  p->depth++;
  const ag_node *n = node_of(p, v);
  uint32_t i = ag_graph_value(p->g, v)->index;
  bool found = false;
  switch (n->op) {
  case AG_OP_PARAM: {
    const ag_node *loop = loop_of(p, v, &k);
    int before = p->n;
    if (loop && prove(p, loop->in[k]) && p->n < STEPS) {
      p->assumed[p->n++] = v;
      found = prove(p, ag_graph_region(p->g, loop->sub[1])->results[k]);
      if (!found)
        p->n = before; /* and what was proved with it */
    }
    break;
  }
  case AG_OP_WHILE:
    found = prove(p, n->in[i]) && prove(p, ag_graph_region(p->g, n->sub[1])->params[i]);
    break;
  case AG_OP_COND:
    found = prove(p, ag_graph_region(p->g, n->sub[0])->results[i]) &&
            prove(p, ag_graph_region(p->g, n->sub[1])->results[i]);
    break;
  case AG_OP_SELECT:
    found = prove(p, n->in[1]) && prove(p, n->in[2]);
    break;
  default:
    found = p->what->of_node(p, n);
    break;
  }
  p->depth--;
  return found;
}

/* ---- never negative ------------------------------------------------------------------------------ */

static bool not_negative(int64_t x) { return x >= 0; }

static bool node_not_negative(proof *p, const ag_node *n) {
  int64_t x;
  uint32_t k;
  switch (n->op) {
  case AG_OP_DIM:
  case AG_OP_PYINDEX:
    return true;
  case AG_OP_PYADD: /* these fail rather than wrap */
  case AG_OP_PYMUL:
  case AG_OP_MINIMUM:
    return prove(p, n->in[0]) && prove(p, n->in[1]);
  case AG_OP_MAXIMUM:
    return prove(p, n->in[0]) || prove(p, n->in[1]);
  case AG_OP_ADD: /* a bounded counter and 1 */
    for (int s = 0; s < 2; s++) {
      const ag_node *loop = loop_of(p, n->in[s], &k);
      if (loop && constant(p, n->in[!s], &x) && x >= 0 && x <= 1 && is_bounded(p, loop, k) &&
          prove(p, n->in[s]))
        return true;
    }
    return false;
  case AG_OP_MOD:
  case AG_OP_PYMOD: /* has the sign of the divisor */
    return constant(p, n->in[1], &x) && x > 0;
  case AG_OP_FLOORDIV:
  case AG_OP_PYFLOORDIV:
    return constant(p, n->in[1], &x) && x > 0 && prove(p, n->in[0]);
  default:
    return false;
  }
}

bool ag_is_nonnegative(const ag_graph *g, ag_val v) {
  static const property what = {not_negative, node_not_negative};
  proof p = {.g = g, .what = &what};
  return prove(&p, v);
}

/* ---- counters ------------------------------------------------------------------------------------ */

enum { SMALL_STEP = 8 };

/* A counter starts at a small constant and changes only by additions of small constants. Each takes
 * part of a nanosecond: 2^63 is not reached within years. */
static bool small_start(int64_t x) { return x > -((int64_t)1 << 61) && x < (int64_t)1 << 61; }

static bool small_step(proof *p, const ag_node *n) {
  int64_t x;
  int operands = n->op == AG_OP_PYADD ? 2 : n->op == AG_OP_PYSUB ? 1 : 0;
  for (int s = 0; s < operands; s++)
    if (constant(p, n->in[!s], &x) && x >= -SMALL_STEP && x <= SMALL_STEP && prove(p, n->in[s]))
      return true;
  return false;
}

bool ag_cannot_overflow(const ag_graph *g, ag_nid id) {
  static const property what = {small_start, small_step};
  const ag_node *n = ag_graph_node(g, id);
  proof p = {.g = g, .what = &what};
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
  return prove(&p, n->out);
}
