/* dce.c - drop what nobody needs: nodes, results of branches, loop variables.
 * Marks backwards from the function's results, the effects and the checks, then copies what is
 * marked. A result of a COND is needed in its branches only if it is needed outside; a loop
 * variable only if its last value, the test or another needed variable is made from it, so a
 * counter that merely counts itself goes.
 *
 * Needs:  inferred types.   Keeps: effects, checks that may still fail, parameters of the function,
 * order, and loops that may never end: Python would hang there, and can be interrupted. A loop with
 * nothing needed in it goes only when it counts towards a bound. */
#include "pass.h"

typedef struct marks {
  const ag_graph *g;
  ag_err *err;
  uint8_t *value, *node;
  ag_val *todo;
  uint32_t n_todo, cap_todo;
} marks;

static void need(marks *m, ag_val v) {
  if (m->value[v])
    return;
  if (!ag_grow(m->todo, m->cap_todo, m->n_todo + 1)) {
    ag_nomem(m->err);
    return;
  }
  m->value[v] = 1;
  m->todo[m->n_todo++] = v;
}

/* The node runs; with it what decides whether it is reached. */
static void need_node(marks *m, ag_nid id) {
  while (id && !m->node[id]) {
    const ag_node *n = &m->g->nodes[id];
    m->node[id] = 1;
    if (n->op == AG_OP_COND)
      need(m, n->in[0]);
    else if (n->op == AG_OP_WHILE)
      need(m, m->g->regions[n->sub[0]].results[0]);
    else
      for (uint32_t i = 0; i < n->n_in; i++)
        need(m, n->in[i]);
    id = m->g->regions[n->region].owner;
  }
}

/* All of loop variable i: before, in both regions, after. */
static void need_variable(marks *m, const ag_node *loop, uint32_t i) {
  const ag_region_info *test = &m->g->regions[loop->sub[0]], *body = &m->g->regions[loop->sub[1]];
  need(m, loop->in[i]);
  need(m, test->params[i]);
  need(m, body->params[i]);
  need(m, body->results[i]);
  need(m, loop->out + i);
}

static uint32_t param_index(const ag_region_info *r, ag_val v) {
  uint32_t low = 0, high = r->n_params; /* sorted: parameters are added in order */
  while (high - low > 1) {
    uint32_t middle = (low + high) / 2;
    if (r->params[middle] <= v)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static void spread(marks *m) {
  while (m->n_todo && !m->err->code) {
    ag_val v = m->todo[--m->n_todo];
    ag_nid id = m->g->values[v].node;
    const ag_node *n = &m->g->nodes[id];
    uint32_t i = m->g->values[v].index;
    need_node(m, id);
    if (n->op == AG_OP_COND) {
      for (int b = 0; b < 2; b++)
        need(m, m->g->regions[n->sub[b]].results[i]);
    } else if (n->op == AG_OP_WHILE) {
      need_variable(m, n, i);
    } else if (n->op == AG_OP_PARAM && n->region) {
      const ag_region_info *r = &m->g->regions[n->region];
      need_variable(m, &m->g->nodes[r->owner], param_index(r, v));
    }
  }
}

/* ---- loops that end -------------------------------------------------------------------------- */

/* The same each time around, seen from the test or the body of a loop. */
static bool stands_still(const ag_graph *g, const ag_node *loop, ag_region r, ag_val v) {
  ag_nid id = g->values[v].node;
  const ag_node *n = &g->nodes[id];
  const ag_region_info *body = &g->regions[loop->sub[1]];
  if (n->op == AG_OP_CONST || n->region != r)
    return true;
  if (n->op == AG_OP_PARAM) {
    uint32_t k = param_index(&g->regions[r], v);
    return body->results[k] == body->params[k];
  }
  if (!(ag_ops[n->op].traits & AG_TRAIT_PURE))
    return false;
  for (uint32_t i = 0; i < n->n_in; i++)
    if (!stands_still(g, loop, r, n->in[i]))
      return false;
  return true;
}

/* What the body adds to variable k each time: 1 or -1 for the sign of a constant, 2 for a number
 * that stands still, 0 for anything else. */
static int step_of(const ag_graph *g, const ag_node *loop, uint32_t k) {
  const ag_region_info *body = &g->regions[loop->sub[1]];
  const ag_node *n = &g->nodes[g->values[body->results[k]].node];
  bool adds = n->op == AG_OP_ADD || n->op == AG_OP_PYADD;
  bool takes = n->op == AG_OP_SUB || n->op == AG_OP_PYSUB;
  int64_t c;
  if ((!adds && !takes) || ag_is_float((ag_dtype)g->values[body->results[k]].type.dtype))
    return 0;
  int at = n->in[0] == body->params[k] ? 1 : adds && n->in[1] == body->params[k] ? 0 : -1;
  if (at < 0)
    return 0;
  if (!ag_constant_int(g, n->in[at], &c))
    return stands_still(g, loop, loop->sub[1], n->in[at]) ? 2 : 0;
  return c == 0 ? 0 : (c > 0) == adds ? 1 : -1;
}

/* The test fails some day: a counter runs towards a bound that stands still. SELECT is the test of
 * a range whose step is not known; that it is not 0 was checked before. */
static bool fails_in_the_end(const ag_graph *g, const ag_node *loop, ag_val test, bool any_step) {
  ag_region r = loop->sub[0];
  const ag_node *n = &g->nodes[g->values[test].node];
  if (n->region != r)
    return false;
  if (n->op == AG_OP_AND)
    return fails_in_the_end(g, loop, n->in[0], any_step) ||
           fails_in_the_end(g, loop, n->in[1], any_step);
  if (n->op == AG_OP_SELECT)
    return stands_still(g, loop, r, n->in[0]) && fails_in_the_end(g, loop, n->in[1], true) &&
           fails_in_the_end(g, loop, n->in[2], true);
  int up = n->op == AG_OP_LT || n->op == AG_OP_LE ? 1 : -1;
  if (up < 0 && n->op != AG_OP_GT && n->op != AG_OP_GE)
    return false;
  for (int i = 0; i < 2; i++) {
    const ag_node *counter = &g->nodes[g->values[n->in[i]].node];
    if (counter->op != AG_OP_PARAM || counter->region != r || !stands_still(g, loop, r, n->in[!i]))
      continue;
    int step = step_of(g, loop, param_index(&g->regions[r], n->in[i]));
    if (step == (i ? -up : up) || (step && any_step))
      return true;
  }
  return false;
}

static bool ends(const ag_graph *g, const ag_node *loop) {
  ag_val test = g->regions[loop->sub[0]].results[0];
  int64_t known;
  if (ag_constant_int(g, test, &known))
    return !known;
  return fails_in_the_end(g, loop, test, false);
}

/* ---- marking -----------------------------------------------------------------------------------
 */

static void mark(marks *m) {
  const ag_region_info *f = &m->g->regions[0];
  for (uint32_t i = 0; i < f->n_params; i++)
    need(m, f->params[i]);
  for (uint32_t i = 0; i < f->n_results; i++)
    need(m, f->results[i]);
  for (ag_nid id = 1; id < m->g->n_nodes; id++) {
    const ag_node *n = &m->g->nodes[id];
    if (!n->sub[0] ? !ag_is_total(m->g, n) : n->op == AG_OP_WHILE && !ends(m->g, n))
      need_node(m, id);
  }
  spread(m);
}

/* Those of a region's values that are marked, mapped. */
static ag_code keep_results(ag_pass *p, const ag_val *results, const ag_val *outer, uint32_t n,
                            ag_region to) {
  const marks *m = p->state;
  ag_val *kept = ag_arena_alloc(p->scratch, (n + 1) * sizeof *kept);
  if (!kept)
    return ag_nomem(p->err);
  uint32_t count = 0;
  for (uint32_t i = 0; i < n; i++)
    if (!outer || m->value[outer[i]])
      kept[count++] = p->map[results[i]];
  return ag_region_results(p->to, to, kept, count, p->err);
}

static void copy_owner(ag_pass *p, ag_nid id, const ag_node *n) {
  const marks *m = p->state;
  ag_spec s;
  uint32_t count = 0;
  ag_val *outs = ag_arena_alloc(p->scratch, (n->n_out + 1) * sizeof *outs);
  ag_type *types = ag_arena_alloc(p->scratch, (n->n_out + 1) * sizeof *types);
  if (!outs || !types) {
    ag_nomem(p->err);
    return;
  }
  if (!ag_pass_spec(p, id, &s))
    return;
  ag_val *in = (ag_val *)s.in;
  for (uint32_t i = 0; i < n->n_out; i++) {
    outs[i] = n->out + i;
    if (!m->value[n->out + i])
      continue;
    if (n->op == AG_OP_WHILE)
      in[count] = in[i];
    types[count++] = p->from->values[n->out + i].type;
  }
  if (n->op == AG_OP_WHILE)
    s.n_in = count;
  for (int b = 0; b < 2; b++) {
    const ag_region_info *r = &p->from->regions[n->sub[b]];
    s.sub[b] = ag_region_open(p->to, p->err);
    if (!s.sub[b])
      return;
    ag_pass_inline(p, n->sub[b]);
    if (!p->err->code)
      keep_results(p, r->results, n->op == AG_OP_WHILE && b == 0 ? NULL : outs, r->n_results,
                   s.sub[b]);
    ag_region_close(p->to);
    if (p->err->code)
      return;
  }
  ag_nid made = ag_graph_put(p->to, p->to->current, &s, types, p->err);
  count = 0;
  for (uint32_t i = 0; made && i < n->n_out; i++)
    if (m->value[n->out + i])
      ag_pass_map(p, n->out + i, p->to->nodes[made].out + count++);
}

static void visit(ag_pass *p, ag_nid id) {
  const marks *m = p->state;
  const ag_node *n = &p->from->nodes[id];
  if (!m->node[id])
    return;
  if (n->sub[0])
    copy_owner(p, id, n);
  else
    ag_pass_copy(p, id);
}

ag_graph *ag_pass_dce(const ag_graph *g, ag_err *err) {
  marks m = {
      .g = g, .err = err, .value = ag_calloc(g->n_values, 1), .node = ag_calloc(g->n_nodes, 1)};
  ag_graph *out = NULL;
  if (m.value && m.node)
    mark(&m);
  else
    ag_nomem(err);
  if (!err->code)
    out = ag_pass_walk(g, visit, &m, err);
  ag_free(m.value);
  ag_free(m.node);
  ag_free(m.todo);
  return out;
}
