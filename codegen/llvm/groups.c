/* groups.c - which loops are one: several results of one shape, stored from one loop nest; and
 * rows, where reductions over the last axis are among them (rows.c).
 *
 * A LOOP waits for the next ones of its shape and is emitted with the last of them, so what they
 * share is computed once and read once. A member that only other members use is not stored at all,
 * among rows no further than its row.
 *
 * Needs:  ways.   Changes: the root of members, and of what they compute, is the last member.
 * Holds:  nothing between the first and the last member reads a member, updates a tensor or owns
 * regions; members read each other at the same index only, among rows in the same row only. */
#include "emit.h"
#include "machine.h"

#include <string.h>

/* Shorter rows go faster as one flat loop each, but for those that are less than a vector: they are
 * not flat. */
enum { MOST_MEMBERS = 12, LEAST_ROW = 32 };

typedef struct group {
  const ag_graph *g;
  ag_ways *w;
  ag_nid member[MOST_MEMBERS];
  int n;
  bool rows;       /* reductions are among them, of: */
  ag_type shape;   /* [.., C] */
  bool *in_rows;   /* by root */
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

/* Of a group of rows: all C elements of a row, or one number for it; -1: neither. The number is
 * [.., 1], as wide in rank, or [..]. */
static int row_rank(const group *p, const ag_type *t) {
  int leading = p->shape.rank - 1;
  if (t->rank < leading || t->rank > leading + 1 ||
      memcmp(t->dim, p->shape.dim, (size_t)leading * sizeof *t->dim))
    return -1;
  bool fits =
      t->rank == leading || t->dim[leading] == 1 || t->dim[leading] == p->shape.dim[leading];
  return fits ? t->rank : -1;
}

/* Node n, at the index (in the row) of the group, reads operand v there too. */
static bool stays(const group *p, const ag_node *n, ag_val v) {
  const ag_type *in = type_of(p, v), *out = type_of(p, n->out);
  if (!p->rows)
    return ag_ops[n->op].lowering == AG_LOWER_inline && same_dims(in, out_type(p, p->member[0]));
  int from = row_rank(p, in), to = row_rank(p, out);
  if (p->w->way[ag_graph_value(p->g, n->out)->node].how == AG_HOW_REDUCE)
    return same_dims(in, &p->shape);
  if (from < 0 || to < 0)
    return false;
  bool numbers = !same_dims(in, &p->shape) && !same_dims(out, &p->shape);
  return ag_ops[n->op].lowering == AG_LOWER_inline ? from == to : n->op == AG_OP_RESHAPE && numbers;
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
    bool still = here && stays(p, n, n->in[k]);
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
  if (p->n > 1)
    p->in_rows[p->member[p->n - 1]] = p->rows;
  p->n = 0;
  p->rows = false;
}

static meeting meets_members(group *p, ag_nid id) {
  p->number++;
  return p->n ? meets(p, id, true) : MEETS_NOT;
}

static bool has_room(const group *p) { return p->n && p->n < MOST_MEMBERS; }

/* A reduction of rows: joins those of its shape; loops over all elements of it become rows. */
static void visit_reduction(group *p, ag_nid id) {
  const ag_node *n = ag_graph_node(p->g, id);
  const ag_type *in = type_of(p, n->in[0]);
  bool was_rows = p->rows;
  bool fits = has_room(p) && same_dims(in, was_rows ? &p->shape : out_type(p, p->member[0]));
  if (fits) {
    p->rows = true;
    p->shape = *in;
    meeting m = meets_members(p, id);
    fits = m == MEETS_HERE || (was_rows && m == MEETS_NOT);
    p->rows = was_rows;
  }
  if (!fits)
    close(p);
  p->rows = true;
  p->shape = *in;
  p->w->way[id].waits = true;
  p->member[p->n++] = id;
}

/* Rows of a length that only the run knows are taken for long ones. */
static bool is_of_rows(const group *p, ag_nid id) {
  const ag_node *n = ag_graph_node(p->g, id);
  if (p->w->way[id].how != AG_HOW_REDUCE || !ag_reduce_is_of_rows(p->g, n))
    return false;
  const ag_type *t = type_of(p, n->in[0]);
  int64_t columns = t->dim[t->rank - 1], size = (int64_t)ag_dtype_size((ag_dtype)t->dtype);
  int64_t vector = ag_machine_name()->vector_bits / 8;
  bool fits = columns > 1 && size >= 4 && vector >= 32 && columns * size <= 4 * vector;
  return columns < 0 || columns >= LEAST_ROW || fits;
}

static void visit(group *p, ag_nid id) {
  const ag_way *way = &p->w->way[id];
  if (way->how == AG_HOW_NONE || way->how == AG_HOW_LAZY)
    return;
  if (way->how == AG_HOW_SET || way->how == AG_HOW_REGION) {
    close(p);
    return;
  }
  if (is_of_rows(p, id) && !way->fails) {
    visit_reduction(p, id);
    return;
  }
  bool loop = way->how == AG_HOW_LOOP && way->waits;
  const ag_type *t = loop ? out_type(p, id) : NULL;
  bool fits = loop && has_room(p) &&
              (p->rows ? row_rank(p, t) >= 0 : same_dims(t, out_type(p, p->member[0])));
  meeting m = meets_members(p, id);
  if (p->n && (fits ? m == MEETS_ELSEWHERE : m != MEETS_NOT || loop))
    close(p);
  if (loop)
    p->member[p->n++] = id;
}

/* All users compute it themselves, in the same loop at the same index; in rows: in the same row. */
static bool is_unstored(const group *p, ag_nid id) {
  const ag_node *n = ag_graph_node(p->g, id);
  const ag_ways *w = p->w;
  if (w->way[id].root == id)
    return false;
  bool rows = p->in_rows[w->way[id].root];
  for (uint32_t i = w->first_use[n->out]; i < w->first_use[n->out + 1]; i++) {
    const ag_use *u = &w->use[i];
    if (!u->node || u->region != n->region)
      return false;
    const ag_way *user = &w->way[u->node];
    if (user->how == AG_HOW_NONE)
      continue;
    if (user->root != w->way[id].root)
      return false;
    if (!rows && (ag_ops[ag_graph_node(p->g, u->node)->op].lowering != AG_LOWER_inline ||
                  !same_dims(out_type(p, u->node), out_type(p, id))))
      return false;
  }
  return true;
}

ag_code ag_ways_group(const ag_graph *g, ag_arena *arena, ag_ways *w, ag_err *err) {
  group p = {.g = g, .w = w};
  p.seen = ag_arena_alloc(arena, ag_graph_nodes(g) * sizeof *p.seen);
  p.in_rows = ag_arena_alloc(arena, ag_graph_nodes(g) * sizeof *p.in_rows);
  if (!p.seen || !p.in_rows)
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
    if ((w->way[id].how == AG_HOW_LOOP || w->way[id].how == AG_HOW_REDUCE) && w->way[id].waits)
      w->way[id].unstored = is_unstored(&p, id);
  return AG_OK;
}
