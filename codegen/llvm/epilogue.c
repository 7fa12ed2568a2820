/* epilogue.c - what a loop does with the result of a product or convolution, done to each block of
 * it while that is in the cache; and loops that write over an operand.
 *
 * The product waits for the loop, which becomes a function of a block of the last two axes
 * (outline.c). The kernel calls it, on whatever thread, as soon as a block is finished. The loop
 * writes over the result that it reads, so there is one buffer and one way through memory.
 *
 * Needs:  ways, groups.   Changes: the root of products, before deaths are found.
 * Holds:  only the loop reads the result, each element where it writes it; it cannot fail; nothing
 * happens between the two, so the product may as well happen where the loop does. */
#include "emit.h"

#include <string.h>

enum { MOST_READERS = 64, MOST_BETWEEN = 64 };

static const ag_type *type_of(const ag_graph *g, ag_val v) { return &ag_graph_value(g, v)->type; }

static bool same_dims(const ag_type *a, const ag_type *b) {
  return a->rank == b->rank && a->rank > 0 &&
         !memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim);
}

static bool same_room(const ag_type *a, const ag_type *b) {
  return ag_dtype_size((ag_dtype)a->dtype) == ag_dtype_size((ag_dtype)b->dtype) && same_dims(a, b);
}

/* The number of elements, where it is known. */
static int64_t count_of(const ag_type *t) {
  int64_t n = 1;
  for (int i = 0; i < t->rank && n >= 0; i++)
    n = t->dim[i] < 0 ? -1 : n * t->dim[i];
  return n;
}

/* In the same order as well: a reshape moves nothing. */
static bool same_bytes(const ag_type *a, const ag_type *b) {
  if (same_room(a, b))
    return true;
  return ag_dtype_size((ag_dtype)a->dtype) == ag_dtype_size((ag_dtype)b->dtype) && a->rank > 0 &&
         b->rank > 0 && count_of(a) >= 0 && count_of(a) == count_of(b);
}

/* The loop of `root` reads elements of v only where it writes; `alone`: by the same index, and
 * nothing else reads v, else nothing later does. */
static bool reads_in_place(const ag_graph *g, const ag_ways *w, ag_val v, ag_nid root, bool alone,
                           int *budget) {
  for (uint32_t i = w->first_use[v]; i < w->first_use[v + 1]; i++) {
    const ag_use *u = &w->use[i];
    const ag_way *way = &w->way[u->node];
    if (--*budget < 0 || !u->node || u->region != ag_graph_node(g, root)->region)
      return false;
    if (way->how == AG_HOW_NONE || (way->root < root && !alone))
      continue;
    const ag_node *n = ag_graph_node(g, u->node);
    bool aligned =
        ag_ops[n->op].lowering == AG_LOWER_inline && same_dims(type_of(g, n->out), type_of(g, v));
    if (way->root != root || (!aligned && (alone || n->op != AG_OP_RESHAPE)))
      return false;
    if (way->how == AG_HOW_LAZY ? !reads_in_place(g, w, n->out, root, alone, budget)
                                : way->how != AG_HOW_LOOP)
      return false;
  }
  return true;
}

/* ---- which products wait --------------------------------------------------------------------- */

static ag_nid first_reader(const ag_ways *w, ag_val v) {
  for (uint32_t i = w->first_use[v]; i < w->first_use[v + 1]; i++)
    if (w->use[i].node && w->way[w->use[i].node].how != AG_HOW_NONE)
      return w->use[i].node;
  return 0;
}

static bool may_wait(const ag_graph *g, const ag_ways *w, ag_nid id) {
  const ag_node *n = ag_graph_node(g, id);
  ag_nid reader = first_reader(w, n->out);
  if (!reader || ag_graph_node(g, reader)->region != n->region)
    return false;
  ag_nid root = w->way[reader].root;
  int budget = MOST_READERS;
  if (w->way[root].how != AG_HOW_LOOP || !w->way[root].waits ||
      !same_room(type_of(g, n->out), type_of(g, ag_graph_node(g, root)->out)) ||
      !reads_in_place(g, w, n->out, root, true, &budget))
    return false;
  int between = 0;
  for (ag_nid k = n->next; k != root; k = ag_graph_node(g, k)->next) {
    if (!k || ++between > MOST_BETWEEN)
      return false;
    ag_how how = (ag_how)w->way[k].how;
    bool lazy = how == AG_HOW_LAZY && ag_graph_node(g, k)->op != AG_OP_ELEMENT; /* checks here */
    if (how != AG_HOW_NONE && !lazy && (how != AG_HOW_LOOP || w->way[k].root != root))
      return false;
  }
  return true;
}

void ag_ways_take(const ag_graph *g, ag_ways *w) {
  if (w->maps_out) /* others' C functions may not bear threads */
    return;
  for (ag_nid id = 1; id < ag_graph_nodes(g); id++) {
    const ag_node *n = ag_graph_node(g, id);
    if (w->way[id].how != AG_HOW_CALL || (n->op != AG_OP_MATMUL && n->op != AG_OP_CONV))
      continue;
    ag_dtype d = (ag_dtype)type_of(g, n->out)->dtype;
    if ((d == AG_F32 || d == AG_F64) && may_wait(g, w, id))
      w->way[id].root = w->way[first_reader(w, n->out)].root;
  }
}

/* ---- emission -------------------------------------------------------------------------------- */

ag_val ag_taken_over(const ag_emitter *e, ag_nid root) {
  const ag_node *n = ag_graph_node(e->g, root);
  for (ag_val v = e->ways.dies[root]; v; v = e->ways.next_to_die[v]) {
    const ag_place *p = &e->place[v];
    const ag_node *made = ag_graph_node(e->g, ag_graph_value(e->g, v)->node);
    ag_how how = (ag_how)e->ways.way[ag_graph_value(e->g, v)->node].how;
    int budget = MOST_READERS;
    if (p->kind == AG_PLACE_TENSOR && p->owned && p->unique && !p->taken &&
        made->region == n->region && (how == AG_HOW_LOOP || how == AG_HOW_CALL) &&
        same_bytes(type_of(e->g, v), type_of(e->g, n->out)) &&
        reads_in_place(e->g, &e->ways, v, root, false, &budget))
      return v;
  }
  return 0;
}

void ag_emit_take_over(ag_emitter *e, ag_val v, ag_val successor) {
  ag_place *p = &e->place[v];
  ag_emit_header(e, p->tensor, type_of(e->g, successor));
  e->place[successor] = *p;
  p->taken = true;
}

static bool is_bound(const ag_emitter *e, const ag_type *t) {
  for (int i = 0; i < t->rank; i++)
    if (!ag_emit_is_bound(e, t->dim[i]))
      return false;
  return true;
}

bool ag_emit_product(ag_emitter *e, ag_nid root, ag_filling *fillings, uint32_t n) {
  ag_nid id = e->product;
  if (!id || e->ways.way[id].root != root)
    return false;
  const ag_type *shape = type_of(e->g, ag_graph_node(e->g, root)->out);
  ag_val v = ag_graph_node(e->g, id)->out;
  unsigned lanes;
  int64_t cost;
  e->product = 0;
  /* Room for probing: the block is not known yet. */
  e->place[v] = (ag_place){.kind = AG_PLACE_TENSOR, .data = LLVMConstNull(e->ptr)};
  if (n)
    fillings[n - 1].data = LLVMConstNull(e->ptr);
  if (!n || e->guard || !is_bound(e, shape) ||
      !ag_fill_has_blocks(e, fillings, n, shape, &lanes, &cost)) {
    e->emitting = id;
    ag_emit_call(e, id);
    e->emitting = root;
    return false;
  }
  char name[48];
  ag_emit_node_name(e, root, name);
  ag_outline o;
  ag_block b = ag_outline_block(e, &o, name);
  e->place[v].data = fillings[n - 1].data = b.data;
  ag_emit_fill_block(e, fillings, n, shape, &b, lanes, name);
  ag_after after = {.cost = ag_emit_int(e, cost)};
  after.body = ag_outline_close(e, &o, &after.context);
  e->emitting = id;
  if (after.context && !ag_emit_call_then(e, id, &after))
    ag_emit_take_over(e, v, fillings[n - 1].v);
  return true;
}
