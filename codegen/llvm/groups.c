/* groups.c - which loops are one: several results of one shape, stored from one loop nest.
 *
 * A LOOP waits for the next ones of its shape and is emitted with the last of them, so what they
 * share is computed once and read once. A member that only other members use is not stored at all.
 *
 * Needs:  ways.   Changes: the root of members, and of what they compute, is the last member.
 * Holds:  nothing between the first and the last member reads a member, updates a tensor or owns
 * regions; members read each other at the same index only. */
#include "emit.h"

#include <string.h>

enum { MOST_MEMBERS = 12 };

typedef struct group {
  const ag_graph *g;
  ag_ways *w;
  ag_nid member[MOST_MEMBERS];
  int n;
  uint32_t *seen;  /* by node: the walk that came by, and whether at its own index */
  uint32_t number; /* of the walk */
} group;

static const ag_type *type_of(const group *p, ag_val v) { return &ag_graph_value(p->g, v)->type; }
static const ag_type *out_type(const group *p, ag_nid id) {
  return type_of(p, ag_graph_node(p->g, id)->out);
}

static bool same_dims(const ag_type *a, const ag_type *b) {
  return a->rank == b->rank &&
         !memcmp(a->dim, b->dim, (size_t)(a->rank < 0 ? 0 : a->rank) * sizeof *a->dim);
}

static bool is_member(const group *p, ag_nid id) {
  for (int i = 0; i < p->n; i++)
    if (p->member[i] == id)
      return true;
  return false;
}

/* How the loop of node id meets the members: not at all, at its own index, or elsewhere. */
typedef enum meeting { MEETS_NOT, MEETS_HERE, MEETS_ELSEWHERE } meeting;
static meeting meets(const group *p, ag_nid id, bool here) {
  const ag_node *n = ag_graph_node(p->g, id);
  meeting found = MEETS_NOT;
  uint32_t stamp = 2 * p->number + !here;
  if (p->seen[id] >= stamp)
    return MEETS_NOT; /* counted already */
  p->seen[id] = stamp;
  for (uint32_t k = 0; k < n->n_in; k++) {
    ag_nid from = ag_graph_value(p->g, n->in[k])->node;
    if (from < p->member[0])
      continue; /* older than all members: so is what it computes */
    bool still = here && ag_ops[n->op].lowering == AG_LOWER_inline &&
                 same_dims(type_of(p, n->in[k]), out_type(p, p->member[0]));
    meeting m = MEETS_NOT;
    if (is_member(p, from))
      m = still ? MEETS_HERE : MEETS_ELSEWHERE;
    else if (p->w->way[from].how == AG_HOW_LAZY)
      m = meets(p, from, still);
    found = m > found ? m : found;
  }
  return found;
}

static void close(group *p) {
  for (int i = 0; i < p->n; i++)
    p->w->way[p->member[i]].root = p->member[p->n - 1];
  p->n = 0;
}

static void visit(group *p, ag_nid id) {
  const ag_way *way = &p->w->way[id];
  if (way->how == AG_HOW_NONE || way->how == AG_HOW_LAZY)
    return;
  if (way->how == AG_HOW_SET || way->how == AG_HOW_REGION) {
    close(p);
    return;
  }
  bool loop = way->how == AG_HOW_LOOP && way->waits;
  bool fits =
      loop && p->n && p->n < MOST_MEMBERS && same_dims(out_type(p, id), out_type(p, p->member[0]));
  p->number++;
  meeting m = p->n ? meets(p, id, true) : MEETS_NOT;
  if (p->n && (fits ? m == MEETS_ELSEWHERE : m != MEETS_NOT || loop))
    close(p);
  if (loop)
    p->member[p->n++] = id;
}

/* All users compute it themselves, in the same loop at the same index. */
static bool is_unstored(const group *p, ag_nid id) {
  const ag_node *n = ag_graph_node(p->g, id);
  const ag_ways *w = p->w;
  if (w->way[id].root == id)
    return false;
  for (uint32_t i = w->first_use[n->out]; i < w->first_use[n->out + 1]; i++) {
    const ag_use *u = &w->use[i];
    if (!u->node || u->region != n->region)
      return false;
    const ag_way *user = &w->way[u->node];
    if (user->how == AG_HOW_NONE)
      continue;
    if (user->root != w->way[id].root ||
        ag_ops[ag_graph_node(p->g, u->node)->op].lowering != AG_LOWER_inline ||
        !same_dims(out_type(p, u->node), out_type(p, id)))
      return false;
  }
  return true;
}

ag_code ag_ways_group(const ag_graph *g, ag_arena *arena, ag_ways *w, ag_err *err) {
  group p = {.g = g, .w = w};
  p.seen = ag_arena_alloc(arena, ag_graph_nodes(g) * sizeof *p.seen);
  if (!p.seen)
    return ag_fail(err, AG_ERR_NOMEM, 0, "out of memory");
  for (ag_region r = 0; r < ag_graph_regions(g); r++) {
    for (ag_nid id = ag_graph_region(g, r)->first; id; id = ag_graph_node(g, id)->next)
      visit(&p, id);
    close(&p);
  }
  for (ag_nid id = 1; id < ag_graph_nodes(g); id++)
    if (w->way[id].how == AG_HOW_LAZY)
      w->way[id].root = w->way[w->way[id].root].root;
  for (ag_nid id = 1; id < ag_graph_nodes(g); id++)
    if (w->way[id].how == AG_HOW_LOOP && w->way[id].waits)
      w->way[id].unstored = is_unstored(&p, id);
  return AG_OK;
}
