/* loop.c - move out of loops what does not change in them.
 *   a loop variable that the body gives back as it was, through inner loops too -> its first
 *                                                         value, captured
 *   a total node whose inputs come from outside        -> before the loop
 *   a loop whose test is the constant false            -> the first values
 *   in the body, a variable that the test has asked for -> what the test found (flags of `break`)
 *
 * Needs:  folded constants.   Keeps: effects, and checks where they were, since the loop may not
 * run at all. What lies in a branch stays there. Arrays filled with one number stay too: they are
 * cheaper made than read. */
#include "pass.h"

typedef struct loops {
  uint8_t *is_loop; /* by region of the new graph */
  uint32_t cap;
  ag_val *found; /* by value of the old graph: the constant that a parameter is; 0: not known */
} loops;

/* The outermost region where all inputs are seen, going out of loops only. */
static ag_region home(const ag_pass *p, const ag_spec *s) {
  const loops *l = p->state;
  ag_region r = p->to->current;
  while (r < l->cap && l->is_loop[r]) {
    ag_region out = p->to->regions[r].parent;
    for (uint32_t i = 0; i < s->n_in; i++)
      if (!ag_graph_visible(p->to, s->in[i], out))
        return r;
    r = out;
  }
  return r;
}

static bool movable(const ag_pass *p, ag_nid id) {
  const ag_node *n = &p->from->nodes[id];
  return n->op != AG_OP_PARAM && n->op != AG_OP_FILL && n->op != AG_OP_BROADCAST &&
         n->op != AG_OP_TILE && ag_is_total(p->from, n);
}

static ag_region loop_region(ag_pass *p, ag_region r) {
  loops *l = p->state;
  uint32_t had = l->cap;
  ag_region made = p->to->n_regions; /* the next to be opened */
  if (!ag_grow(l->is_loop, l->cap, made + 1)) {
    ag_nomem(p->err);
    return 0;
  }
  memset(l->is_loop + had, 0, l->cap - had);
  l->is_loop[made] = 1;
  return ag_pass_region(p, r);
}

/* True when region r of the new graph only computes: nothing is lost if it never runs. */
static bool only_computes(const ag_graph *g, ag_region r) {
  for (ag_nid id = g->regions[r].first; id; id = g->nodes[id].next)
    if (!ag_is_total(g, &g->nodes[id]))
      return false;
  return true;
}

/* What v is: loops give back the first values of variables that do not change in them. */
static ag_val source(const ag_graph *g, ag_val v) {
  for (;;) {
    const ag_node *n = &g->nodes[g->values[v].node];
    uint32_t i = g->values[v].index;
    if (n->op != AG_OP_WHILE)
      return v;
    const ag_region_info *body = &g->regions[n->sub[1]];
    if (source(g, body->results[i]) != body->params[i])
      return v;
    v = n->in[i];
  }
}

static bool stands_still(const ag_graph *g, const ag_region_info *body, uint32_t i) {
  return source(g, body->results[i]) == body->params[i];
}

/* What a bool must be: 0, 1, or one of these. */
enum { UNKNOWN = -1, NEVER = -2, DEEPEST = 8 };

static int both(int a, int b) {
  if (a == NEVER || b == NEVER || (a != b && a != UNKNOWN && b != UNKNOWN))
    return NEVER;
  return a == UNKNOWN ? b : a;
}

static int either(int a, int b) { return a == NEVER ? b : b == NEVER || a == b ? a : UNKNOWN; }

/* What param is where v is `holds`. */
static int implied(const ag_graph *g, ag_val v, bool holds, ag_val param, int depth) {
  const ag_node *n = ag_maker(g, v);
  int64_t known;
  if (v == param)
    return holds;
  if (depth == DEEPEST || g->values[v].type.rank)
    return UNKNOWN;
  if (ag_constant_int(g, v, &known))
    return (known != 0) == holds ? UNKNOWN : NEVER;
  depth++;
  switch (n->op) {
  case AG_OP_NOT:
    return implied(g, n->in[0], !holds, param, depth);
  case AG_OP_AND:
  case AG_OP_OR: {
    int a = implied(g, n->in[0], holds, param, depth),
        b = implied(g, n->in[1], holds, param, depth);
    return holds == (n->op == AG_OP_AND) ? both(a, b) : either(a, b);
  }
  case AG_OP_SELECT: {
    int a = implied(g, n->in[1], holds, param, depth),
        b = implied(g, n->in[2], holds, param, depth);
    return either(both(implied(g, n->in[0], true, param, depth), a),
                  both(implied(g, n->in[0], false, param, depth), b));
  }
  default:
    return UNKNOWN;
  }
}

/* In the body the test holds. */
static void take_found(ag_pass *p, const ag_region_info *test, const ag_region_info *body) {
  const loops *l = p->state;
  for (uint32_t i = 0; i < body->n_params; i++) {
    const ag_type *t = &p->from->values[test->params[i]].type;
    if (t->dtype != AG_BOOL || t->rank)
      continue;
    int64_t is = implied(p->from, test->results[0], true, test->params[i], 0);
    ag_tensor k = {0};
    ag_tensor_scalar(&k, AG_BOOL, &is); /* little-endian: the low byte */
    if (is >= 0)
      l->found[body->params[i]] = ag_graph_const(p->to, &k, NULL, 0, p->err);
  }
}

static void visit_while(ag_pass *p, ag_nid id, const ag_node *n) {
  const ag_region_info *test = &p->from->regions[n->sub[0]], *body = &p->from->regions[n->sub[1]];
  ag_spec s;
  ag_type *types = ag_arena_alloc(p->scratch, (n->n_out + 1) * sizeof *types);
  ag_val *results = ag_arena_alloc(p->scratch, (n->n_out + 1) * sizeof *results);
  if (!types || !results) {
    ag_nomem(p->err);
    return;
  }
  if (!ag_pass_spec(p, id, &s))
    return;
  ag_val *in = (ag_val *)s.in;
  uint32_t count = 0;
  for (uint32_t i = 0; i < n->n_in; i++) {
    if (stands_still(p->from, body, i)) {
      ag_pass_map(p, test->params[i], in[i]);
      ag_pass_map(p, body->params[i], in[i]);
      ag_pass_map(p, n->out + i, in[i]);
      continue;
    }
    types[count] = p->from->values[n->out + i].type;
    in[count++] = in[i];
  }
  s.n_in = count;
  ag_mark mark = ag_graph_mark(p->to);
  int64_t known;
  if (!(s.sub[0] = loop_region(p, n->sub[0])))
    return;
  if (ag_constant_int(p->to, p->to->regions[s.sub[0]].results[0], &known) && !known &&
      only_computes(p->to, s.sub[0])) {
    ag_graph_undo(p->to, &mark);
    loops *l = p->state;
    memset(l->is_loop + mark.regions, 0, l->cap - mark.regions);
    count = 0;
    for (uint32_t i = 0; i < n->n_out; i++)
      if (!stands_still(p->from, body, i))
        ag_pass_map(p, n->out + i, in[count++]);
    return;
  }
  take_found(p, test, body);
  if (p->err->code || !(s.sub[1] = loop_region(p, n->sub[1])))
    return;
  count = 0;
  for (uint32_t i = 0; i < n->n_out; i++)
    if (!stands_still(p->from, body, i))
      results[count++] = p->to->regions[s.sub[1]].results[i];
  if (ag_region_results(p->to, s.sub[1], results, count, p->err))
    return;
  ag_nid made = ag_graph_put(p->to, p->to->current, &s, types, p->err);
  count = 0;
  for (uint32_t i = 0; made && i < n->n_out; i++)
    if (!stands_still(p->from, body, i))
      ag_pass_map(p, n->out + i, p->to->nodes[made].out + count++);
}

static void visit(ag_pass *p, ag_nid id) {
  const ag_node *n = &p->from->nodes[id];
  const loops *l = p->state;
  ag_spec s;
  if (n->op == AG_OP_WHILE)
    visit_while(p, id, n);
  else if (n->op == AG_OP_PARAM && p->map[n->out])
    return; /* of a variable that never changes */
  else if (n->sub[0] || !movable(p, id))
    ag_pass_copy(p, id);
  else if (ag_pass_spec(p, id, &s))
    ag_pass_put(p, id, home(p, &s), &s);
  if (n->op == AG_OP_PARAM && l->found[n->out])
    ag_pass_map(p, n->out, l->found[n->out]);
}

ag_graph *ag_pass_loop(const ag_graph *g, ag_err *err) {
  loops l = {.found = ag_calloc(g->n_values + 1, sizeof *l.found)};
  ag_graph *out = NULL;
  if (l.found)
    out = ag_pass_walk(g, visit, &l, err);
  else
    ag_nomem(err);
  ag_free(l.is_loop);
  ag_free(l.found);
  return out;
}
