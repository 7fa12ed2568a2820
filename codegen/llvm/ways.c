/* ways.c - how each node is emitted: in a register, inside its users' loops, in a loop of its own,
 * by its kernel.
 *
 * Elementwise and index nodes of rank >= 1 stay LAZY, so that a tree of them is one loop over one
 * result, unless the value must exist in memory: a kernel, a region or the caller wants it, another
 * region uses it, two loops would compute it twice at a cost, or a loop would compute each element
 * more than once.
 *
 * Needs: inferred types.
 * Holds: the users of a LAZY node are in its region; no SET lies between a LAZY node and its root,
 * so a lazy read never sees a later update; a LAZY node cannot fail, so checks stay in order. */
#include "emit.h"

#include <string.h>

/* COPIES: of nodes, since a nest is cut where parts meet and each piece has its code. */
enum { CHEAP = 1, MOST_NODES = 200, MOST_COPIES = 400, USUAL_SIZE = 64 };

typedef struct finder {
  const ag_graph *g;
  ag_ways *w;
  uint32_t *updates; /* by node: SETs up to it */
  uint32_t *members; /* by root: LAZY nodes it computes */
  uint32_t *parts;   /* by root: of the values put together among them */
  uint32_t *risks;   /* by node: nodes up to it that may fail or have an effect */
  bool *partial;     /* by node: not all of its elements are asked for, or not in their order */
  bool *blind;       /* by node: an index into it has no coordinates that a nest could be cut by */
  bool *forced;      /* by node: not LAZY */
  uint32_t *seen;    /* by node: the last walk of reads_updated that came by */
  uint32_t walk;
} finder;

bool ag_dtype_is_reg(ag_dtype d) {
  return d <= AG_U64 || d == AG_F32 || d == AG_F64 || ag_is_complex(d);
}
bool ag_type_is_reg(const ag_type *t) { return t->rank == 0 && ag_dtype_is_reg(t->dtype); }

static const ag_type *type_of(const ag_graph *g, ag_val v) { return &ag_graph_value(g, v)->type; }

static bool same_dims(const ag_type *a, const ag_type *b) {
  return a->rank == b->rank &&
         (a->rank <= 0 || !memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim));
}

/* Which operand axes repeat is known now, not only at run time. */
static bool broadcast_is_clear(const ag_type *in, const ag_type *out) {
  if (in->rank < 0 || out->rank < in->rank)
    return false;
  for (int i = 1; i <= in->rank; i++)
    if (in->dim[in->rank - i] != 1 && in->dim[in->rank - i] != out->dim[out->rank - i])
      return false;
  return true;
}

/* Both are the same elements in the same order: equal constant factors, the same symbols. */
static bool same_count(const ag_type *a, const ag_type *b) {
  int64_t ca = 1, cb = 1, symbols = 0;
  for (int i = 0; i < a->rank; i++)
    if (a->dim[i] >= 0)
      ca *= a->dim[i];
    else
      symbols++;
  for (int i = 0; i < b->rank; i++) {
    if (b->dim[i] >= 0) {
      cb *= b->dim[i];
      continue;
    }
    int here = 0, there = 0;
    for (int k = 0; k < b->rank; k++)
      here += b->dim[k] == b->dim[i];
    for (int k = 0; k < a->rank; k++)
      there += a->dim[k] == b->dim[i];
    if (here != there)
      return false;
    symbols--;
  }
  return ca == cb && symbols == 0;
}

/* Every symbol of the result is one of an operand: nothing has to be computed to know the shape. */
static bool symbols_are_known(const ag_graph *g, const ag_node *n) {
  const ag_type *out = type_of(g, n->out);
  for (int i = 0; i < out->rank; i++) {
    bool found = out->dim[i] >= 0;
    for (uint32_t k = 0; k < n->n_in && !found; k++) {
      const ag_type *in = type_of(g, n->in[k]);
      for (int j = 0; j < in->rank && !found; j++)
        found = in->dim[j] == out->dim[i];
    }
    if (!found)
      return false;
  }
  return true;
}

static bool dtypes_are_reg(const ag_graph *g, const ag_node *n) {
  for (uint32_t k = 0; k < n->n_in; k++)
    if (!ag_dtype_is_reg(type_of(g, n->in[k])->dtype) || type_of(g, n->in[k])->rank < 0)
      return false;
  for (uint32_t k = 0; k < n->n_out; k++)
    if (!ag_dtype_is_reg(type_of(g, n->out + k)->dtype) || type_of(g, n->out + k)->rank < 0)
      return false;
  return true;
}

static ag_how inline_how(const ag_graph *g, const ag_node *n) {
  const ag_type *out = type_of(g, n->out);
  if (out->rank == 0)
    return AG_HOW_SCALAR;
  for (uint32_t k = 0; k < n->n_in; k++)
    if (!broadcast_is_clear(type_of(g, n->in[k]), out))
      return AG_HOW_CALL;
  if (n->op == AG_OP_FOREIGN_MAP)
    return AG_HOW_LAZY; /* the regions that its users are in run when its own does */
  if ((ag_ops[n->op].traits & AG_TRAIT_CHECK) && !ag_is_float(out->dtype))
    return AG_HOW_LOOP; /* may fail: at its place in the order */
  return AG_HOW_LAZY;
}

static ag_how index_how(const ag_graph *g, const ag_node *n) {
  const ag_type *out = type_of(g, n->out), *in = type_of(g, n->in[0]);
  ag_how lazy = out->rank == 0 ? AG_HOW_SCALAR : AG_HOW_LAZY;
  if (n->op == AG_OP_SLICE_DYN)
    return ag_slices_are_clear(g, n) ? lazy : AG_HOW_CALL;
  if (!symbols_are_known(g, n))
    return AG_HOW_CALL;
  switch (n->op) {
  case AG_OP_BROADCAST:
    return broadcast_is_clear(in, out) ? lazy : AG_HOW_CALL;
  case AG_OP_RESHAPE:
    return same_count(in, out) ? lazy : AG_HOW_CALL;
  case AG_OP_TILE:
    for (int i = 0; i < out->rank; i++)
      if (out->dim[i] < 0 && out->dim[i] != in->dim[i])
        return AG_HOW_CALL;
    return lazy;
  default:
    return lazy;
  }
}

/* The update writes element by element: which of the value is known, and where to. */
static bool set_is_clear(const ag_graph *g, const ag_ways *w, const ag_node *n) {
  const ag_type *value = type_of(g, n->in[1]);
  ag_type place = *type_of(g, n->in[0]);
  if (ag_op_grows(n->op))
    return n->op == AG_OP_LIST_PUT;
  if (n->op == AG_OP_SET_ELEMENT) {
    int leading = (int)n->n_in - 2;
    place.rank = (int8_t)(place.rank - leading);
    memmove(place.dim, place.dim + leading, (size_t)place.rank * sizeof *place.dim);
    return same_dims(value, &place);
  }
  if (n->op == AG_OP_SET_SLICE_DYN) {
    if (!ag_slices_are_clear(g, n))
      return false;
    ag_slice_place(g, w, n, &place);
  } else {
    const ag_attr *size = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_size);
    for (int i = 0; size && i < place.rank; i++)
      place.dim[i] = size->ints[i];
  }
  return broadcast_is_clear(value, &place);
}

/* Before anybody asks whether the value must be stored. */
static ag_how first_how(const ag_graph *g, const ag_node *n) {
  const ag_op_info *op = &ag_ops[n->op];
  if (op->lowering == AG_LOWER_source)
    return AG_HOW_NONE;
  if (op->lowering == AG_LOWER_region)
    return AG_HOW_REGION;
  if (n->op == AG_OP_DIM && type_of(g, n->in[0])->rank >= 0)
    return AG_HOW_SCALAR;
  if (!dtypes_are_reg(g, n))
    return AG_HOW_CALL;
  switch (ag_complex_way_of(g, n)) {
  case AG_COMPLEX_SCALAR:
    return AG_HOW_SCALAR;
  case AG_COMPLEX_SET:
    return AG_HOW_SET;
  case AG_COMPLEX_CALL:
    return AG_HOW_CALL;
  case AG_COMPLEX_INLINE:
    return inline_how(g, n);
  case AG_COMPLEX_NONE:
    break;
  }
  if (n->op == AG_OP_SET_ELEMENT || n->op == AG_OP_SET_SLICE || n->op == AG_OP_SET_SLICE_DYN ||
      (ag_op_grows(n->op) && type_of(g, n->in[0])->rank == 1))
    return AG_HOW_SET;
  if (n->op == AG_OP_POW && !ag_is_float(type_of(g, n->out)->dtype))
    return AG_HOW_CALL; /* a loop for each element */
  if (op->lowering == AG_LOWER_inline)
    return inline_how(g, n);
  if (op->lowering == AG_LOWER_index)
    return index_how(g, n);
  if (op->lowering == AG_LOWER_parts)
    return ag_parts_are_clear(g, n) ? AG_HOW_LAZY : AG_HOW_CALL;
  if (op->lowering == AG_LOWER_reduce && ag_reduce_is_emitted(g, n))
    return AG_HOW_REDUCE;
  return AG_HOW_CALL;
}

/* One element of the user needs at most one element of the operand, and each is needed once. */
static bool repeats(const ag_graph *g, const ag_node *user, ag_val v) {
  if (user->op == AG_OP_GATHER && v == user->in[1] && v != user->in[0])
    return type_of(g, user->in[0])->rank > 1;
  if (user->op == AG_OP_BROADCAST || user->op == AG_OP_TILE || user->op == AG_OP_GATHER)
    return true;
  const ag_type *t = type_of(g, v);
  return ag_ops[user->op].lowering == AG_LOWER_inline && !same_dims(t, type_of(g, user->out));
}

/* Reads its operand wherever it likes: at a place found by division, or in blocks of a reduction.
 */
static bool is_blind(const finder *f, const ag_node *user, ag_nid id) {
  return f->blind[id] || user->op == AG_OP_RESHAPE || user->op == AG_OP_TILE ||
         user->op == AG_OP_GATHER || f->w->way[id].how == AG_HOW_REDUCE;
}

static bool asks_for_all(const ag_graph *g, const ag_node *user, ag_val v) {
  if (ag_ops[user->op].lowering == AG_LOWER_inline)
    return same_dims(type_of(g, v), type_of(g, user->out));
  return user->op == AG_OP_RESHAPE || ag_ops[user->op].lowering == AG_LOWER_parts ||
         ag_ops[user->op].lowering == AG_LOWER_reduce;
}

/* A GATHER checks each index: in the loop of its users only if that asks for all elements in order
 * and nothing else there or before it could fail first. */
static bool may_wait(const finder *f, ag_nid id, ag_nid root) {
  const ag_way *way = &f->w->way[root];
  const ag_type *indices = type_of(f->g, ag_graph_node(f->g, id)->in[1]);
  if (way->how == AG_HOW_REDUCE && indices->rank > 1)
    return false; /* columns before rows */
  return !f->partial[id] && f->risks[root] == f->risks[id] &&
         (way->how == AG_HOW_LOOP || way->how == AG_HOW_REDUCE);
}

static bool is_risk(const ag_node *n) {
  if (!(ag_ops[n->op].traits & (AG_TRAIT_CHECK | AG_TRAIT_EFFECT | AG_TRAIT_REGION)))
    return false;
  return n->op == AG_OP_GATHER || ag_ops[n->op].lowering == AG_LOWER_inline ||
         ag_ops[n->op].lowering == AG_LOWER_call || ag_ops[n->op].lowering == AG_LOWER_region ||
         n->op == AG_OP_ELEMENT;
}

/* Decides between LAZY and LOOP for one node whose users are decided. */
static void settle(finder *f, ag_nid id) {
  const ag_graph *g = f->g;
  const ag_node *n = ag_graph_node(g, id);
  ag_ways *w = f->w;
  ag_way *way = &w->way[id];
  way->root = id;
  uint32_t live = 0;
  ag_nid root = 0, first = 0;
  bool stored = f->forced[id], repeated = false, aligned = true;
  for (uint32_t u = w->first_use[n->out]; u < w->first_use[n->out + 1]; u++) {
    const ag_use *use = &w->use[u];
    if (!use->node || use->region != n->region) {
      stored = true;
      live++;
      continue;
    }
    const ag_way *user = &w->way[use->node];
    const ag_node *un = ag_graph_node(g, use->node);
    if (user->how == AG_HOW_NONE || ag_use_is_of_bounds(g, w, use))
      continue;
    live++;
    if (user->how == AG_HOW_CALL || user->how == AG_HOW_REGION ||
        (user->how == AG_HOW_SET && (use->index == 0 || user->kernel)))
      stored = true;
    f->blind[id] |= is_blind(f, un, use->node);
    f->partial[id] |= f->partial[use->node] || !asks_for_all(g, un, n->out);
    root = user->root > root ? user->root : root;
    first = !first || user->root < first ? user->root : first;
    repeated |= repeats(g, un, n->out);
    aligned &= ag_ops[un->op].lowering == AG_LOWER_inline &&
               same_dims(type_of(g, n->out), type_of(g, un->out));
  }
  bool gather = n->op == AG_OP_GATHER;
  way->waits = !gather;
  way->fails = gather;
  if (live == 0 && !gather) {
    way->how = AG_HOW_NONE;
    return;
  }
  bool shared = live > 1 && !(aligned && first == root);
  bool parts = ag_ops[n->op].lowering == AG_LOWER_parts;
  uint32_t n_parts = f->parts[root] + (parts ? ag_parts_count(g, n) : 0);
  if (stored || live == 0 || (gather && !may_wait(f, id, root)) || (parts && f->blind[id]) ||
      n_parts * f->members[root] > MOST_COPIES || ((shared || repeated) && way->cost > CHEAP) ||
      f->updates[root - 1] != f->updates[id] || f->members[root] >= MOST_NODES) {
    way->how = AG_HOW_LOOP;
    f->parts[id] = parts ? ag_parts_count(g, n) : 0;
    return;
  }
  way->root = root;
  if (gather) {
    w->way[root].waits = false;
    w->way[root].fails = true;
  }
  f->members[root]++;
  f->parts[root] = n_parts;
}

static bool same_ints(const ag_node *a, const ag_node *b, ag_key key) {
  const ag_attr *x = ag_attr_find(a->attrs, a->n_attrs, key);
  const ag_attr *y = ag_attr_find(b->attrs, b->n_attrs, key);
  return x && y && x->n == y->n && !memcmp(x->ints, y->ints, x->n * sizeof *x->ints);
}

/* An index node reads what it reads just where the update puts it. */
static bool same_place(const ag_node *read, const ag_node *set) {
  if (read->op == AG_OP_SLICE_DYN && set->op == AG_OP_SET_SLICE_DYN)
    return ag_slices_are_equal(read, set);
  if (read->op == AG_OP_SLICE && set->op == AG_OP_SET_SLICE)
    return same_ints(read, set, AG_KEY_begin) && same_ints(read, set, AG_KEY_size) &&
           same_ints(read, set, AG_KEY_step);
  if (read->op != AG_OP_ELEMENT || set->op != AG_OP_SET_ELEMENT || read->n_in + 1 != set->n_in)
    return false;
  for (uint32_t k = 1; k < read->n_in; k++)
    if (read->in[k] != set->in[k + 1])
      return false;
  return true;
}

/* Of an update of slots in place: its LAZY tree reads what is being updated, elsewhere than where
 * it is written. `here`: at the index of what is written, so far. Values in other slots are safe:
 * an update first makes the buffer of its own slot unique. */
static bool reads_updated(finder *f, ag_val v, const ag_node *set, bool here) {
  const ag_graph *g = f->g;
  const ag_value *value = ag_graph_value(g, v);
  if (value->type.rank == 0)
    return false;
  const ag_node *n = ag_graph_node(g, value->node);
  uint32_t stamp = 2 * f->walk + !here;
  if (f->seen[value->node] >= stamp)
    return false;
  f->seen[value->node] = stamp;
  if (f->w->way[value->node].how == AG_HOW_LAZY) {
    if (here && n->in[0] == set->in[0] && same_place(n, set))
      return false;
    for (uint32_t k = 0; k < n->n_in; k++) {
      bool still = here && ag_ops[n->op].lowering == AG_LOWER_inline &&
                   same_dims(type_of(g, n->in[k]), &value->type);
      if (reads_updated(f, n->in[k], set, still))
        return true;
    }
    return false;
  }
  for (ag_val x = set->in[0];; x = ag_graph_node(g, ag_graph_value(g, x)->node)->in[0]) {
    if (x == v)
      return true;
    if (f->w->way[ag_graph_value(g, x)->node].how != AG_HOW_SET)
      return false;
  }
}

/* The value of an update has as many elements as it writes. */
static bool is_as_wide(const ag_graph *g, const ag_ways *w, const ag_node *set) {
  const ag_type *value = type_of(g, set->in[1]), *whole = type_of(g, set->in[0]);
  if (set->op == AG_OP_SET_SLICE_DYN) {
    ag_type place;
    ag_slice_place(g, w, set, &place);
    return same_dims(value, &place);
  }
  const ag_attr *size = ag_attr_find(set->attrs, set->n_attrs, AG_KEY_size);
  int leading = set->op == AG_OP_SET_ELEMENT ? (int)set->n_in - 2 : 0;
  if (value->rank != whole->rank - leading)
    return false;
  for (int i = 0; i < value->rank; i++)
    if (value->dim[i] != (size ? size->ints[i] : whole->dim[leading + i]))
      return false;
  return true;
}

/* It writes at least half of the tensor, row by row: rather than computing the new elements apart
 * and copying them, the rest is copied beside them into another buffer. */
static bool writes_most(const ag_graph *g, const ag_node *set) {
  const ag_type *t = type_of(g, set->in[0]);
  double part = 1;
  if (set->op == AG_OP_SET_SLICE_DYN) {
    int64_t before[AG_MAX_RANK], after[AG_MAX_RANK];
    if (!ag_slice_rest(g, set, before, after))
      return false;
    for (int i = 0; i < t->rank; i++) {
      int64_t size = t->dim[i] < 0 ? USUAL_SIZE : t->dim[i], rest = before[i] + after[i];
      part *= rest < size ? (double)(size - rest) / (double)size : 0;
    }
    return part >= 0.5;
  }
  if (set->op != AG_OP_SET_SLICE)
    return false;
  const ag_attr *size = ag_attr_find(set->attrs, set->n_attrs, AG_KEY_size);
  const ag_attr *step = ag_attr_find(set->attrs, set->n_attrs, AG_KEY_step);
  for (int i = 0; i < t->rank; i++) {
    if (t->dim[i] <= 0 || !size || !step || step->ints[i] != 1)
      return false;
    part *= (double)size->ints[i] / (double)t->dim[i];
  }
  return part >= 0.5;
}

static ag_code list_uses(const ag_graph *g, ag_arena *arena, ag_ways *w, ag_err *err) {
  uint32_t nodes = ag_graph_nodes(g), values = ag_graph_values(g), regions = ag_graph_regions(g),
           total = 0;
  for (ag_nid id = 1; id < nodes; id++)
    total += ag_graph_node(g, id)->n_in;
  for (ag_region r = 0; r < regions; r++)
    total += ag_graph_region(g, r)->n_results;
  w->first_use = ag_arena_alloc(arena, (values + 2) * sizeof *w->first_use);
  w->use = ag_arena_alloc(arena, (total + 1) * sizeof *w->use);
  w->use_mark = ag_arena_alloc(arena, (total + 1) * sizeof *w->use_mark);
  w->value_mark = ag_arena_alloc(arena, (values + 1) * sizeof *w->value_mark);
  w->hold = ag_arena_alloc(arena, (values + 1) * sizeof *w->hold);
  if (!w->first_use || !w->use || !w->use_mark || !w->value_mark || !w->hold)
    return ag_fail(err, AG_ERR_NOMEM, 0, "out of memory");
  uint32_t *at = w->first_use;
  for (int fill = 0; fill < 2;
       fill++) { /* count, then place: at[v] ends as the start of v's uses */
    for (ag_nid id = nodes; id-- > 1;) {
      const ag_node *n = ag_graph_node(g, id);
      for (uint32_t k = n->n_in; k-- > 0;)
        if (fill)
          w->use[--at[n->in[k]]] = (ag_use){id, k, n->region};
        else
          at[n->in[k]]++;
    }
    for (ag_region r = 0; r < regions; r++) {
      const ag_region_info *info = ag_graph_region(g, r);
      for (uint32_t k = 0; k < info->n_results; k++)
        if (fill)
          w->use[--at[info->results[k]]] = (ag_use){0, k, r};
        else
          at[info->results[k]]++;
    }
    if (!fill)
      for (uint32_t v = 1; v <= values; v++)
        at[v] += at[v - 1];
  }
  return AG_OK;
}

ag_code ag_ways_find(const ag_graph *g, ag_arena *arena, ag_ways *w, ag_err *err) {
  uint32_t nodes = ag_graph_nodes(g);
  if (list_uses(g, arena, w, err))
    return err->code;
  finder f = {.g = g, .w = w};
  w->way = ag_arena_alloc(arena, nodes * sizeof *w->way);
  w->call = ag_arena_alloc(arena, nodes * sizeof *w->call);
  f.updates = ag_arena_alloc(arena, nodes * sizeof *f.updates);
  f.members = ag_arena_alloc(arena, nodes * sizeof *f.members);
  f.parts = ag_arena_alloc(arena, nodes * sizeof *f.parts);
  f.risks = ag_arena_alloc(arena, nodes * sizeof *f.risks);
  f.partial = ag_arena_alloc(arena, nodes * sizeof *f.partial);
  f.blind = ag_arena_alloc(arena, nodes * sizeof *f.blind);
  f.forced = ag_arena_alloc(arena, nodes * sizeof *f.forced);
  f.seen = ag_arena_alloc(arena, nodes * sizeof *f.seen);
  if (!w->way || !w->call || !f.updates || !f.members || !f.parts || !f.risks || !f.partial ||
      !f.blind || !f.forced || !f.seen)
    return ag_fail(err, AG_ERR_NOMEM, 0, "out of memory");
  ag_how *firsts = ag_arena_alloc(arena, nodes * sizeof *firsts);
  if (!firsts)
    return ag_fail(err, AG_ERR_NOMEM, 0, "out of memory");
  for (ag_nid id = 1; id < nodes; id++) {
    const ag_node *n = ag_graph_node(g, id);
    firsts[id] = first_how(g, n);
    w->way[id].kernel = firsts[id] == AG_HOW_SET && !set_is_clear(g, w, n);
    f.risks[id] = f.risks[id - 1] + is_risk(n);
    f.updates[id] = f.updates[id - 1] + (firsts[id] == AG_HOW_SET);
    w->has_loop |= n->op == AG_OP_WHILE;
    w->calls_out |= n->op == AG_OP_FOREIGN_CALL;
    w->maps_out |= n->op == AG_OP_FOREIGN_MAP;
    uint32_t cost = ag_op_cost(n->op) + (n->op == AG_OP_GATHER ? CHEAP + 1 : 0);
    for (uint32_t k = 0; k < n->n_in && firsts[id] == AG_HOW_LAZY; k++)
      cost += w->way[ag_graph_value(g, n->in[k])->node].cost;
    w->way[id].cost = firsts[id] == AG_HOW_LAZY ? (uint16_t)(cost > 1000 ? 1000 : cost) : 0;
  }
  for (bool again = true; again;) {
    again = false;
    memset(f.members, 0, nodes * sizeof *f.members);
    memset(f.parts, 0, nodes * sizeof *f.parts);
    memset(f.blind, 0, nodes * sizeof *f.blind);
    memset(f.partial, 0, nodes * sizeof *f.partial);
    for (ag_nid id = nodes; id-- > 1;) {
      w->way[id].how = (uint8_t)firsts[id];
      w->way[id].root = id;
      w->way[id].fails = false;
      if (firsts[id] == AG_HOW_LAZY)
        settle(&f, id);
    }
    for (ag_nid id = 1; id < nodes; id++) {
      const ag_node *n = ag_graph_node(g, id);
      if (w->way[id].how != AG_HOW_SET)
        continue;
      ag_nid from = ag_graph_value(g, n->in[1])->node;
      f.walk++;
      if (w->way[from].how != AG_HOW_LAZY || !reads_updated(&f, n->in[1], n, is_as_wide(g, w, n)))
        w->way[id].fresh = false;
      else if (writes_most(g, n))
        w->way[id].fresh = true;
      else
        again = f.forced[from] = true;
    }
  }
  if (ag_ways_group(g, arena, w, err))
    return err->code;
  ag_ways_take(g, w);
  return ag_deaths_find(g, arena, w, err);
}
