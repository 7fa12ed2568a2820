/* cond.c - branches that need not be branches.
 *   condition constant                  -> the nodes of that branch
 *   condition is not(c)                 -> the branches change places
 *   a result that is the same in both   -> that value
 *   both branches few cheap scalars     -> computed both, one chosen by a select
 *
 * Needs:  folded constants.   Keeps: effects and failures where they were: only total nodes leave a
 * branch. Results that nobody uses are dce.c's. */
#include "pass.h"

enum { FEW = 4 };

/* One or two machine instructions on scalars: cheaper than a branch that is predicted wrongly now
 * and then. */
static bool cheap(const ag_graph *g, const ag_node *n) {
  if (n->op == AG_OP_CONST)
    return true;
  if (ag_ops[n->op].lowering != AG_LOWER_inline || !ag_is_total(g, n))
    return false;
  if ((n->op >= AG_OP_SQRT && n->op <= AG_OP_ERF) || n->op == AG_OP_DIV || n->op == AG_OP_ATAN2 ||
      n->op == AG_OP_POW || n->op == AG_OP_FLOORDIV || n->op == AG_OP_MOD ||
      n->op == AG_OP_PYFLOORDIV || n->op == AG_OP_PYMOD || n->op == AG_OP_PYDIV)
    return false;
  for (uint32_t i = 0; i < n->n_in; i++)
    if (g->values[n->in[i]].type.rank)
      return false;
  return true;
}

static bool cheap_region(const ag_graph *g, ag_region r, uint32_t *count) {
  for (ag_nid id = g->regions[r].first; id; id = g->nodes[id].next) {
    *count += g->nodes[id].op != AG_OP_CONST;
    if (*count > FEW || !cheap(g, &g->nodes[id]))
      return false;
  }
  return true;
}

static void take_branch(ag_pass *p, const ag_node *n, ag_region r) {
  ag_pass_inline(p, r);
  for (uint32_t i = 0; i < n->n_out && !p->err->code; i++)
    ag_pass_map(p, n->out + i, p->map[p->from->regions[r].results[i]]);
}

static void select_results(ag_pass *p, const ag_node *n, ag_val c, const ag_val *a,
                           const ag_val *b) {
  for (uint32_t i = 0; i < n->n_out && !p->err->code; i++) {
    if (p->map[n->out + i])
      continue;
    ag_val in[3] = {c, a[i], b[i]};
    ag_spec s = {.op = AG_OP_SELECT, .n_in = 3, .in = in, .loc = n->loc};
    ag_nid made =
        ag_graph_put(p->to, p->to->current, &s, &p->from->values[n->out + i].type, p->err);
    if (made)
      ag_pass_map(p, n->out + i, p->to->nodes[made].out);
  }
}

/* Results that are the same constant in both branches are that constant. */
static void share_constants(ag_pass *p, const ag_node *n, const ag_val *a, const ag_val *b) {
  for (uint32_t i = 0; i < n->n_out && !p->err->code; i++) {
    const ag_tensor *x = ag_constant(p->to, a[i]), *y = ag_constant(p->to, b[i]);
    if (!p->map[n->out + i] && x && y && ag_constants_equal(x, y))
      ag_pass_map(p, n->out + i, ag_graph_const(p->to, x, NULL, n->loc, p->err));
  }
}

static void keep_cond(ag_pass *p, const ag_node *n, ag_val c, const ag_region *sub) {
  if (p->err->code)
    return;
  ag_spec s = {.op = AG_OP_COND, .n_in = 1, .in = &c, .sub = {sub[0], sub[1]}, .loc = n->loc};
  ag_type *types = ag_arena_alloc(p->scratch, (n->n_out + 1) * sizeof *types);
  if (!types) {
    ag_nomem(p->err);
    return;
  }
  uint32_t count = 0;
  for (uint32_t i = 0; i < n->n_out; i++)
    if (!p->map[n->out + i])
      types[count++] = p->from->values[n->out + i].type;
  for (int b = 0; b < 2 && count < n->n_out; b++) {
    ag_val *kept = ag_arena_alloc(p->scratch, (count + 1) * sizeof *kept);
    if (!kept) {
      ag_nomem(p->err);
      return;
    }
    uint32_t k = 0;
    for (uint32_t i = 0; i < n->n_out; i++)
      if (!p->map[n->out + i])
        kept[k++] = p->to->regions[sub[b]].results[i];
    if (ag_region_results(p->to, sub[b], kept, count, p->err))
      return;
  }
  ag_nid made = ag_graph_put(p->to, p->to->current, &s, types, p->err);
  count = 0;
  for (uint32_t i = 0; made && i < n->n_out; i++)
    if (!p->map[n->out + i])
      ag_pass_map(p, n->out + i, p->to->nodes[made].out + count++);
}

static void visit(ag_pass *p, ag_nid id) {
  const ag_node *n = &p->from->nodes[id];
  if (n->op != AG_OP_COND) {
    ag_pass_copy(p, id);
    return;
  }
  ag_val c = p->map[n->in[0]];
  ag_region first = n->sub[0], second = n->sub[1], sub[2];
  for (const ag_node *by = ag_maker(p->to, c); by->op == AG_OP_NOT; by = ag_maker(p->to, c)) {
    ag_region other = first;
    first = second;
    second = other;
    c = by->in[0];
  }
  int64_t known;
  if (ag_constant_int(p->to, c, &known)) {
    take_branch(p, n, known ? first : second);
    return;
  }
  if (!(sub[0] = ag_pass_region(p, first)) || !(sub[1] = ag_pass_region(p, second)))
    return;
  const ag_val *a = p->to->regions[sub[0]].results, *b = p->to->regions[sub[1]].results;
  uint32_t count = 0;
  bool scalars = n->n_out <= FEW;
  for (uint32_t i = 0; i < n->n_out; i++) {
    const ag_type *t = &p->from->values[n->out + i].type;
    if (a[i] == b[i])
      ag_pass_map(p, n->out + i, a[i]);
    else
      scalars = scalars && t->rank == 0 && t->dtype < AG_STR;
  }
  if (scalars && cheap_region(p->to, sub[0], &count) && cheap_region(p->to, sub[1], &count)) {
    ag_region_dissolve(p->to, sub[0]);
    ag_region_dissolve(p->to, sub[1]);
    select_results(p, n, c, a, b);
  } else {
    share_constants(p, n, a, b);
    keep_cond(p, n, c, sub);
  }
}

ag_graph *ag_pass_cond(const ag_graph *g, ag_err *err) { return ag_pass_walk(g, visit, NULL, err); }
