/* storage.c - which updates may be made in place: the last uses of values, the variables of loops.
 *
 * LAST USE. A value may be moved or overwritten at a use when no other use of it can come later:
 * the uses are ordered by node ids, branches of one COND exclude each other, and a use inside a
 * loop of a value from outside is never the last one (the next iteration comes). Lazy nodes read
 * their operands where their roots run.
 *
 * DEATH. Outside of loops a tensor is freed after the node of its region that uses it last, unless
 * that took it over. In a loop its slot keeps the buffer for the next time around.
 *
 * HOLD. A loop variable whose next value is made from it by updates alone, each a last use, keeps
 * one buffer all through the loop. It is made unique once, before the loop, if nothing in the loop
 * could share it. Where an update of most of it reads it elsewhere (a stencil), the slot takes
 * another buffer each time, and the two stay with the loop. */
#include "emit.h"

enum { END = UINT32_MAX }; /* the place of a region's results */

/* Where the use happens: the node that runs it, or END. */
static ag_nid moment(const ag_ways *w, const ag_use *u) {
  return u->node ? w->way[u->node].root : END;
}

/* The node of region r that u happens in: u's own, or the owner around it. */
static ag_nid seen_from(const ag_graph *g, ag_region r, ag_nid at, ag_region in, ag_region *below) {
  *below = in;
  while (in != r) {
    at = ag_graph_region(g, in)->owner;
    *below = in;
    in = ag_graph_node(g, at)->region;
  }
  return at;
}

/* u is over when n happens, or on another path. Both lie in r or below. */
static bool before(const ag_graph *g, ag_region r, ag_nid u, ag_region in_u, ag_nid n,
                   ag_region in_n) {
  for (;;) {
    ag_region below_u, below_n;
    ag_nid a = seen_from(g, r, u, in_u, &below_u), b = seen_from(g, r, n, in_n, &below_n);
    if (a != b)
      return a < b;
    if (a == END || in_u == r || in_n == r)
      return false; /* the same node, or one uses it as an operand and again inside */
    if (below_u != below_n)
      return ag_graph_node(g, a)->op == AG_OP_COND;
    r = below_u;
  }
}

bool ag_use_is_last(const ag_graph *g, const ag_ways *w, ag_val v, const ag_use *use) {
  const ag_node *made = ag_graph_node(g, ag_graph_value(g, v)->node);
  ag_region home = made->region;
  ag_nid around = ag_graph_region(g, home)->owner;
  if (made->op == AG_OP_PARAM && around && ag_graph_node(g, around)->op == AG_OP_WHILE &&
      home == ag_graph_node(g, around)->sub[0])
    return false; /* the body, or what follows the loop, reads the same slot after the test */
  for (ag_region r = use->region; r != home;) {
    ag_nid owner = ag_graph_region(g, r)->owner;
    if (ag_graph_node(g, owner)->op != AG_OP_COND)
      return false;
    r = ag_graph_node(g, owner)->region;
  }
  ag_nid at = moment(w, use);
  for (uint32_t i = w->first_use[v + 1]; i-- > w->first_use[v];) { /* late uses end it early */
    const ag_use *u = &w->use[i];
    if (u->node == use->node && u->index == use->index && u->region == use->region)
      continue;
    if (u->node && w->way[u->node].how == AG_HOW_NONE)
      continue;
    if (!before(g, home, moment(w, u), u->region, at, use->region))
      return false;
  }
  return true;
}

/* The kernel neither keeps its operands nor returns a view of one. */
static bool only_reads(const ag_node *n) {
  switch (n->op) {
  case AG_OP_PRINT:
  case AG_OP_ASSERT:
  case AG_OP_CHECK_NUMERICS:
  case AG_OP_MATMUL:
  case AG_OP_CONV:
  case AG_OP_POOL:
  case AG_OP_POOL_AT:
  case AG_OP_ARGMAX:
  case AG_OP_ARGMIN:
  case AG_OP_DIM:
  case AG_OP_SHAPE:
  case AG_OP_CUMSUM:
  case AG_OP_CUMPROD:
  case AG_OP_ARGSORT:
  case AG_OP_UNIQUE:
  case AG_OP_WHERE:
  case AG_OP_GATHER_ND:
  case AG_OP_SORT:
    return true;
  default:
    return ag_ops[n->op].lowering == AG_LOWER_reduce;
  }
}

/* The walk from a next value back to its variable. Marks are numbers of walks, so nothing is
 * cleared. */
typedef struct walk {
  const ag_graph *g;
  const ag_ways *w;
  ag_val from;
  uint32_t number;
  bool updated, grows;
} walk;

static bool same_use(const ag_use *a, const ag_use *b) {
  return a->node == b->node && a->index == b->index && a->region == b->region;
}

/* Goes from v, handed on at `use`, to the variable; marks the values and the uses on the way. */
static bool trace(walk *k, ag_val v, ag_use use) {
  const ag_graph *g = k->g;
  const ag_ways *w = k->w;
  for (;;) {
    for (uint32_t i = w->first_use[v]; i < w->first_use[v + 1]; i++)
      if (same_use(&w->use[i], &use))
        w->use_mark[i] = k->number;
    if (!ag_use_is_last(g, w, v, &use))
      return false;
    if (w->value_mark[v] == k->number)
      return true; /* another branch came this way */
    w->value_mark[v] = k->number;
    if (v == k->from)
      return true;
    const ag_value *value = ag_graph_value(g, v);
    const ag_node *n = ag_graph_node(g, value->node);
    if (w->way[value->node].how == AG_HOW_SET) {
      k->updated = true;
      k->grows |= ag_op_grows(n->op) || w->way[value->node].fresh;
      use = (ag_use){value->node, 0, n->region};
      v = n->in[0];
    } else if (n->op == AG_OP_WHILE) {
      ag_hold hold = ag_variable_hold(g, w, value->node, value->index);
      if (hold == AG_HOLD_MOVES)
        return false;
      k->updated |= hold >= AG_HOLD_UPDATED;
      k->grows |= hold == AG_HOLD_GROWS;
      use = (ag_use){value->node, value->index, n->region};
      v = n->in[value->index];
    } else if (n->op == AG_OP_COND) {
      if (!trace(k, ag_graph_region(g, n->sub[0])->results[value->index],
                 (ag_use){0, value->index, n->sub[0]}))
        return false;
      use = (ag_use){0, value->index, n->sub[1]};
      v = ag_graph_region(g, n->sub[1])->results[value->index];
    } else {
      return false;
    }
  }
}

/* No value of the walk is handed to anything that might keep or share its buffer. */
static bool is_private(const walk *k) {
  const ag_ways *w = k->w;
  for (ag_val v = k->from; v < ag_graph_values(k->g); v++) {
    if (w->value_mark[v] != k->number)
      continue;
    for (uint32_t i = w->first_use[v]; i < w->first_use[v + 1]; i++) {
      const ag_use *u = &w->use[i];
      if (w->use_mark[i] == k->number)
        continue;
      if (!u->node)
        return false;
      ag_how how = w->way[u->node].how;
      if (how == AG_HOW_REGION || (how == AG_HOW_CALL && !only_reads(ag_graph_node(k->g, u->node))))
        return false;
    }
  }
  return true;
}

ag_hold ag_variable_hold(const ag_graph *g, const ag_ways *w, ag_nid loop, uint32_t k) {
  const ag_node *n = ag_graph_node(g, loop);
  if (w->hold[n->out + k])
    return w->hold[n->out + k] - 1;
  const ag_region_info *body = ag_graph_region(g, n->sub[1]);
  walk walk = {.g = g, .w = w, .from = body->params[k], .number = n->out + k};
  ag_hold hold = AG_HOLD_MOVES;
  if (trace(&walk, body->results[k], (ag_use){0, k, n->sub[1]}) && is_private(&walk))
    hold = walk.grows     ? AG_HOLD_GROWS
           : walk.updated ? AG_HOLD_UPDATED
                          : AG_HOLD_SAME;
  w->hold[n->out + k] = (uint8_t)(hold + 1);
  return hold;
}

/* ---- death
 * ------------------------------------------------------------------------------------------- */

static bool in_loop(const ag_graph *g, ag_region r) {
  for (; r; r = ag_graph_node(g, ag_graph_region(g, r)->owner)->region)
    if (ag_graph_node(g, ag_graph_region(g, r)->owner)->op == AG_OP_WHILE)
      return true;
  return false;
}

ag_code ag_deaths_find(const ag_graph *g, ag_arena *arena, ag_ways *w, ag_err *err) {
  w->dies = ag_arena_alloc(arena, ag_graph_nodes(g) * sizeof *w->dies);
  w->next_to_die = ag_arena_alloc(arena, ag_graph_values(g) * sizeof *w->next_to_die);
  if (!w->dies || !w->next_to_die)
    return ag_fail(err, AG_ERR_NOMEM, 0, "out of memory");
  for (ag_val v = 1; v < ag_graph_values(g); v++) {
    const ag_value *value = ag_graph_value(g, v);
    ag_region home = ag_graph_node(g, value->node)->region, below;
    if (ag_type_is_reg(&value->type) || in_loop(g, home))
      continue;
    ag_nid last = w->way[value->node].root;
    for (uint32_t i = w->first_use[v]; i < w->first_use[v + 1]; i++) {
      ag_nid at = seen_from(g, home, moment(w, &w->use[i]), w->use[i].region, &below);
      last = at > last ? at : last;
    }
    if (last == END)
      continue;
    w->next_to_die[v] = w->dies[last];
    w->dies[last] = v;
  }
  return AG_OK;
}
