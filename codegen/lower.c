/* lower.c - from a graph to an interpreted plan: steps over slots.
 * Two walks. The first goes backwards through the regions and finds where each value is used for
 * the last time; the second emits the steps, giving a slot back as soon as its value is dead. A
 * value that dies in a kernel is marked dead there, so that the kernel may write into its buffer:
 * that is what makes x[i] = v in a loop cost one element.
 *
 * Constants: loaded once at the start, into slots of their own, and never dead.
 *
 * COND: outputs have slots before the branches; each branch moves its results there. What only the
 * other branch still uses is freed on entry to a branch.
 *
 * WHILE: each loop variable has one slot, which the parameters of test and body and the output
 * share; the back edge is a parallel move of what is not there yet. Values from outside live
 * through the whole loop.
 *
 * Needs:  a verified graph. */
#include "ag/compile.h"
#include "graph/build.h"

typedef struct list {
  struct list *next;
  ag_val v;
} list;

typedef struct lowering {
  const ag_graph *g;
  ag_plan *plan;
  ag_err *err;
  ag_arena *scratch;
  /* by value */
  uint8_t *live;
  uint8_t *mark;   /* scratch of one step, zero in between */
  uint32_t *slot;  /* 1 + slot, 0: none yet */
  uint8_t *pinned; /* the slot belongs to a loop variable, a constant or a branch's result */
  ag_nid *death;   /* the node of its own region that used it last; NEVER: a result of the region */
  /* by node */
  list **dies;     /* after the node: last used by it, or not used at all */
  list **releases; /* COND: outer values that died in a branch */
  /* by region */
  list **dies_at_entry; /* branch: used by the other one only; test: first values moved into the
                           loop */
  list **dies_at_exit;  /* last used as a result */
  ag_val *log;          /* values made live, in order */
  uint32_t n_log, cap_log;
  uint32_t *free_slots;
  uint32_t n_free, cap_free;
  uint32_t *variable_of; /* by slot: 1 + loop variable, within one back edge */
  uint32_t cap_variable_of;
  ag_step *steps;
  uint32_t n_steps, cap_steps;
  ag_call *calls;
  uint32_t n_calls, cap_calls;
  uint32_t n_slots;
} lowering;

enum { NEVER = INT32_MAX };

static void nomem(lowering *l) { ag_nomem(l->err); }

/* ---- where values die ----------------------------------------------------------------------- */

static void push(lowering *l, list **to, ag_val v) {
  list *cell = ag_arena_alloc(l->scratch, sizeof *cell);
  if (!cell) {
    nomem(l);
    return;
  }
  *cell = (list){*to, v};
  *to = cell;
}

/* True when v was not live: what uses it here is the last to do so. */
static bool make_live(lowering *l, ag_val v) {
  if (l->live[v])
    return false;
  if (!ag_grow(l->log, l->cap_log, l->n_log + 1)) {
    nomem(l);
    return false;
  }
  l->log[l->n_log++] = v;
  l->live[v] = 1;
  return true;
}

static void use(lowering *l, ag_val v, list **dies, ag_nid by) {
  if (!make_live(l, v))
    return;
  push(l, dies, v);
  l->death[v] = by;
}

/* Values from outside `loop` (a region) that are used anywhere in region r of it. */
static void capture(lowering *l, ag_nid owner, ag_region loop, ag_region r) {
  const ag_region_info *info = &l->g->regions[r];
  for (ag_nid id = info->first; id; id = l->g->nodes[id].next) {
    const ag_node *n = &l->g->nodes[id];
    for (uint32_t i = 0; i < n->n_in; i++)
      if (l->g->nodes[l->g->values[n->in[i]].node].region < loop)
        use(l, n->in[i], &l->dies[owner], owner);
    for (int i = 0; i < 2; i++)
      if (n->sub[i])
        capture(l, owner, loop, n->sub[i]);
  }
  for (uint32_t i = 0; i < info->n_results; i++)
    if (l->g->nodes[l->g->values[info->results[i]].node].region < loop)
      use(l, info->results[i], &l->dies[owner], owner);
}

static void back_region(lowering *l, ag_region r);

/* One branch; leaves in *outer the outer values that it made live, which are dead again now. */
static void back_branch(lowering *l, const ag_node *n, ag_region r, list **outer) {
  const ag_region_info *info = &l->g->regions[r];
  uint32_t base = l->n_log;
  for (uint32_t i = 0; i < info->n_results; i++)
    if (l->slot[n->out + i]) /* the output is used */
      use(l, info->results[i], &l->dies_at_exit[r], NEVER);
  back_region(l, r);
  while (l->n_log > base) {
    ag_val v = l->log[--l->n_log];
    if (!l->live[v])
      continue;
    l->live[v] = 0;
    push(l, outer, v);
  }
}

static void back_cond(lowering *l, ag_nid id, const ag_node *n) {
  list *outer[2] = {NULL, NULL};
  for (uint32_t i = 0; i < n->n_out; i++) {
    l->slot[n->out + i] = l->live[n->out + i]; /* until slots are given: which outputs are used */
    l->live[n->out + i] = 0;
  }
  for (int b = 0; b < 2; b++)
    back_branch(l, n, n->sub[b], &outer[b]);
  for (int b = 0; b < 2; b++) {
    for (list *c = outer[b]; c; c = c->next)
      l->mark[c->v] = 1;
    for (list *c = outer[!b]; c; c = c->next)
      if (!l->mark[c->v])
        push(l, &l->dies_at_entry[n->sub[b]], c->v);
    for (list *c = outer[b]; c; c = c->next)
      l->mark[c->v] = 0;
  }
  for (int b = 0; b < 2; b++)
    for (list *c = outer[b]; c; c = c->next)
      use(l, c->v, &l->releases[id], id);
  use(l, n->in[0], &l->dies[id], id);
}

static void back_while(lowering *l, ag_nid id, const ag_node *n) {
  const ag_region_info *test = &l->g->regions[n->sub[0]], *body = &l->g->regions[n->sub[1]];
  ag_region loop = n->sub[0] < n->sub[1] ? n->sub[0] : n->sub[1];
  l->plan->has_loop = true;
  for (uint32_t i = 0; i < n->n_out; i++) {
    if (!l->live[n->out + i])
      push(l, &l->dies[id], n->out + i);
    l->live[n->out + i] = 0;
  }
  capture(l, id, loop, n->sub[0]);
  capture(l, id, loop, n->sub[1]);
  for (uint32_t i = 0; i < n->n_out; i++)
    use(l, body->results[i], &l->dies_at_exit[n->sub[1]], NEVER);
  back_region(l, n->sub[1]);
  for (uint32_t i = 0; i < n->n_out; i++) /* body and outputs need them all after the test */
    make_live(l, test->params[i]);
  use(l, test->results[0], &l->dies_at_exit[n->sub[0]], NEVER);
  back_region(l, n->sub[0]);
  for (uint32_t i = 0; i < n->n_in; i++)
    use(l, n->in[i], &l->dies_at_entry[n->sub[0]], id);
}

static void back_region(lowering *l, ag_region r) {
  for (ag_nid id = l->g->regions[r].last; id && !l->err->code; id = l->g->prev[id]) {
    const ag_node *n = &l->g->nodes[id];
    switch (n->op) {
    case AG_OP_CONST:
      break;
    case AG_OP_PARAM:
      l->live[n->out] = 0;
      break;
    case AG_OP_COND:
      back_cond(l, id, n);
      break;
    case AG_OP_WHILE:
      back_while(l, id, n);
      break;
    default:
      if (n->op == AG_OP_FOREIGN_CALL)
        l->plan->has_loop = true; /* nobody knows how long it takes */
      for (uint32_t i = 0; i < n->n_out; i++) {
        if (!l->live[n->out + i])
          push(l, &l->dies[id], n->out + i);
        l->live[n->out + i] = 0;
      }
      for (uint32_t i = 0; i < n->n_in; i++)
        use(l, n->in[i], &l->dies[id], id);
    }
  }
}

/* ---- slots and steps ------------------------------------------------------------------------ */

static uint32_t emit(lowering *l, ag_step_kind kind, uint32_t a, uint32_t b) {
  if (!ag_grow(l->steps, l->cap_steps, l->n_steps + 1)) {
    nomem(l);
    return 0;
  }
  l->steps[l->n_steps] = (ag_step){kind, a, b};
  return l->n_steps++;
}

static uint32_t new_slot(lowering *l) {
  return l->n_free ? l->free_slots[--l->n_free] : l->n_slots++;
}

static void give_back(lowering *l, uint32_t slot) {
  if (!ag_grow(l->free_slots, l->cap_free, l->n_free + 1))
    nomem(l);
  else
    l->free_slots[l->n_free++] = slot;
}

/* The slot of a value being made: its own, or the one that it was promised. */
static uint32_t take_slot(lowering *l, ag_val v) {
  if (!l->slot[v])
    l->slot[v] = 1 + new_slot(l);
  return l->slot[v] - 1;
}

static uint32_t slot_of(const lowering *l, ag_val v) { return l->slot[v] - 1; }

static void release(lowering *l, ag_val v) {
  if (!l->pinned[v])
    give_back(l, slot_of(l, v));
}

/* A 0-d value lies in its slot and owns nothing. */
static bool owns_memory(const lowering *l, ag_val v) {
  const ag_type *t = &l->g->values[v].type;
  return t->rank != 0 || t->dtype == AG_STR;
}

static void free_one(lowering *l, ag_val v) {
  if (owns_memory(l, v))
    emit(l, AG_STEP_FREE, slot_of(l, v), 0);
  release(l, v);
}

static void free_all(lowering *l, const list *dying) {
  for (; dying; dying = dying->next)
    free_one(l, dying->v);
}

static void mark_all(lowering *l, const list *cells, uint8_t mark) {
  for (; cells; cells = cells->next)
    l->mark[cells->v] = mark;
}

static void *own(lowering *l, const void *data, size_t bytes) {
  void *p = ag_arena_alloc(l->plan->arena, bytes ? bytes : 1);
  if (!p)
    nomem(l);
  else if (bytes)
    memcpy(p, data, bytes);
  return p;
}

static void emit_call(lowering *l, ag_nid id, const ag_node *n) {
  ag_call c = {.op = n->op,
               .n_attrs = n->n_attrs,
               .n_in = n->n_in,
               .n_out = n->n_out,
               .loc = n->loc,
               .node = id};
  uint32_t *slots =
      ag_arena_alloc(l->plan->arena, ((size_t)n->n_in + n->n_out + 1) * sizeof *slots);
  ag_type *types = ag_arena_alloc(l->plan->arena, (n->n_out + 1) * sizeof *types);
  if (!slots || !types) {
    nomem(l);
    return;
  }
  for (uint32_t i = 0; i < n->n_in; i++)
    slots[i] = slot_of(l, n->in[i]);
  /* An input given twice is not dead at either place: writing into one would change the other. */
  mark_all(l, l->dies[id], 1);
  for (uint32_t i = 0; i < n->n_in; i++)
    if (l->mark[n->in[i]])
      l->mark[n->in[i]] = l->mark[n->in[i]] == 1 ? 2 : 3;
  for (uint32_t i = 0; i < n->n_in && i < 64; i++)
    if (l->mark[n->in[i]] == 2)
      c.dead |= (uint64_t)1 << i;
  mark_all(l, l->dies[id], 0);
  for (uint32_t i = 0; i < n->n_out; i++) {
    slots[n->n_in + i] = take_slot(l, n->out + i);
    types[i] = l->g->values[n->out + i].type;
  }
  c.in = slots;
  c.out = slots + n->n_in;
  c.types = types;
  c.attrs = ag_attrs_copy(l->plan->arena, n->attrs, n->n_attrs);
  for (uint32_t i = 0; i < n->n_attrs; i++)
    if (n->attrs[i].kind == AG_ATTR_TENSOR)
      ag_fail(l->err, AG_ERR_INTERNAL, n->loc, "%s: a call holds no tensor", ag_ops[n->op].name);
  if ((n->n_attrs && !c.attrs) || !ag_grow(l->calls, l->cap_calls, l->n_calls + 1)) {
    nomem(l);
    return;
  }
  l->calls[l->n_calls++] = c;
  emit(l, AG_STEP_KERNEL, l->n_calls - 1, 0);
  for (const list *dying = l->dies[id]; dying; dying = dying->next) {
    bool replaced = false; /* an output has its slot: the next value of a loop variable */
    for (uint32_t i = 0; i < n->n_in && l->pinned[dying->v] && !replaced; i++)
      for (uint32_t k = 0; k < n->n_out && n->in[i] == dying->v; k++)
        replaced |= c.out[k] == c.in[i];
    if (!replaced)
      free_one(l, dying->v);
  }
}

static void emit_region(lowering *l, ag_region r);

/* Promises each result made in the branch itself the slot that it will be moved to. */
static void promise(lowering *l, const ag_node *n, ag_region r) {
  const ag_region_info *info = &l->g->regions[r];
  for (uint32_t i = 0; i < info->n_results; i++) {
    ag_val v = info->results[i];
    const ag_node *from = &l->g->nodes[l->g->values[v].node];
    if (!l->slot[n->out + i] || from->region != r || l->pinned[v] || from->op == AG_OP_CONST)
      continue;
    l->slot[v] = l->slot[n->out + i];
    l->pinned[v] = 1;
  }
}

/* Moves the values into slots which are none of their own; the last use of a dying one moves it. */
static void emit_moves(lowering *l, const ag_val *from, const uint32_t *to, uint32_t n,
                       const list *dying) {
  enum { DIES = 1, STAYS = 255 };
  mark_all(l, dying, DIES);
  for (uint32_t i = 0; i < n; i++) /* mark: 1 + places still to be filled, at most 254 */
    if (l->mark[from[i]] && to[i])
      l->mark[from[i]] = l->mark[from[i]] >= 254 || slot_of(l, from[i]) == to[i] - 1
                             ? STAYS
                             : l->mark[from[i]] + 1;
  for (uint32_t i = 0; i < n; i++) {
    if (!to[i] || slot_of(l, from[i]) == to[i] - 1)
      continue;
    uint8_t *m = &l->mark[from[i]];
    bool moves = *m && *m != STAYS && --*m == DIES;
    emit(l, moves ? AG_STEP_MOVE : AG_STEP_SHARE, to[i] - 1, slot_of(l, from[i]));
  }
  mark_all(l, dying, 0);
}

static void emit_branch(lowering *l, const ag_node *n, ag_region r) {
  const ag_region_info *info = &l->g->regions[r];
  free_all(l, l->dies_at_entry[r]);
  promise(l, n, r);
  emit_region(l, r);
  if (!l->err->code)
    emit_moves(l, info->results, l->slot + n->out, info->n_results, l->dies_at_exit[r]);
}

static void emit_cond(lowering *l, ag_nid id, const ag_node *n) {
  for (uint32_t i = 0; i < n->n_out; i++) {
    /* back_cond left 1 for a used output, unless a slot was promised since */
    if (l->slot[n->out + i] && !l->pinned[n->out + i]) {
      l->slot[n->out + i] = 0;
      take_slot(l, n->out + i);
    }
  }
  uint32_t kept = l->n_free, seen = l->n_slots;
  uint32_t *free_before = ag_arena_alloc(l->scratch, (kept + 1) * sizeof *free_before);
  if (!free_before) {
    nomem(l);
    return;
  }
  if (kept)
    memcpy(free_before, l->free_slots, kept * sizeof *free_before);
  uint32_t branch = emit(l, AG_STEP_BRANCH, slot_of(l, n->in[0]), 0), jump = 0;
  for (int b = 0; b < 2 && !l->err->code; b++) {
    emit_branch(l, n, n->sub[b]);
    if (l->err->code)
      return;
    if (b == 0) {
      jump = emit(l, AG_STEP_JUMP, 0, 0);
      l->steps[branch].b = l->n_steps;
    }
    /* As before the branch: outer slots given back in it are taken again, its own are all free. */
    l->n_free = 0;
    for (uint32_t i = 0; i < kept; i++)
      give_back(l, free_before[i]);
    for (uint32_t s = seen; s < l->n_slots; s++)
      give_back(l, s);
  }
  if (l->err->code)
    return;
  if (jump + 1 == l->n_steps) { /* nothing to do in the second branch */
    l->n_steps--;
    l->steps[branch].b = l->n_steps;
  } else {
    l->steps[jump].a = l->n_steps;
  }
  for (list *c = l->releases[id]; c; c = c->next)
    release(l, c->v);
  free_all(l, l->dies[id]);
}

/* variables[i] <- from[i], all at once: first those whose old value nobody waits for; what remains
 * are cycles of parameters, each opened with one spare slot. */
static void emit_back_edge(lowering *l, const ag_val *from, const uint32_t *variables, uint32_t n,
                           const list *dying) {
  uint32_t *reads =
      ag_arena_alloc(l->scratch, (n + 1) * sizeof *reads); /* of variable i, to come */
  uint32_t *ready = ag_arena_alloc(l->scratch, (n + 1) * sizeof *ready);
  uint8_t *done = ag_arena_alloc(l->scratch, n + 1);
  ag_val *order_from = ag_arena_alloc(l->scratch, (n + 1) * sizeof *order_from);
  uint32_t *order_to = ag_arena_alloc(l->scratch, (n + 1) * sizeof *order_to);
  uint32_t had = l->cap_variable_of;
  if (!reads || !ready || !done || !order_from || !order_to ||
      !ag_grow(l->variable_of, l->cap_variable_of, l->n_slots)) {
    nomem(l);
    return;
  }
  memset(l->variable_of + had, 0, (l->cap_variable_of - had) * sizeof *l->variable_of);
  for (uint32_t i = 0; i < n; i++)
    l->variable_of[variables[i] - 1] = 1 + i;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t source = l->variable_of[slot_of(l, from[i])];
    if (source == 1 + i)
      done[i] = 1;
    else if (source)
      reads[source - 1]++;
  }
  uint32_t n_ready = 0, n_order = 0;
  for (uint32_t i = 0; i < n; i++)
    if (!done[i] && !reads[i])
      ready[n_ready++] = i;
  while (n_ready) {
    uint32_t i = ready[--n_ready], source = l->variable_of[slot_of(l, from[i])];
    done[i] = 1;
    order_from[n_order] = from[i];
    order_to[n_order++] = variables[i];
    if (source && !--reads[source - 1] && !done[source - 1])
      ready[n_ready++] = source - 1;
  }
  /* What stays in its slot, or is read again by a cycle, must not be moved away: a move to where it
   * is says so. */
  for (uint32_t i = 0; i < n; i++)
    if (!done[i] || slot_of(l, from[i]) == variables[i] - 1) {
      order_from[n_order] = from[i];
      order_to[n_order++] = l->slot[from[i]];
    }
  emit_moves(l, order_from, order_to, n_order, dying);
  for (uint32_t i = 0; i < n; i++) {
    if (done[i])
      continue;
    uint32_t spare = new_slot(l), at = i;
    emit(l, AG_STEP_MOVE, spare, variables[i] - 1);
    for (;;) {
      uint32_t source = l->variable_of[slot_of(l, from[at])] - 1;
      done[at] = 1;
      emit(l, AG_STEP_MOVE, variables[at] - 1, source == i ? spare : variables[source] - 1);
      if (source == i)
        break;
      at = source;
    }
    give_back(l, spare);
  }
  for (uint32_t i = 0; i < n; i++)
    l->variable_of[variables[i] - 1] = 0;
}

/* The next value of a loop variable goes straight into its slot if the old one is not used any more
 * by then. */
static void promise_variables(lowering *l, const ag_node *n) {
  const ag_region_info *body = &l->g->regions[n->sub[1]];
  for (uint32_t i = 0; i < n->n_out; i++) {
    ag_val v = body->results[i];
    ag_nid id = l->g->values[v].node;
    const ag_node *from = &l->g->nodes[id];
    if (from->region != n->sub[1] || l->pinned[v] || from->op == AG_OP_PARAM ||
        l->death[body->params[i]] + (from->sub[0] != 0) > id)
      continue;
    l->slot[v] = l->slot[n->out + i];
    l->pinned[v] = 1;
  }
}

static void emit_while(lowering *l, ag_nid id, const ag_node *n) {
  const ag_region_info *test = &l->g->regions[n->sub[0]], *body = &l->g->regions[n->sub[1]];
  for (uint32_t i = 0; i < n->n_out; i++)
    take_slot(l, n->out + i);
  const uint32_t *variables = l->slot + n->out;
  emit_moves(l, n->in, variables, n->n_in, l->dies_at_entry[n->sub[0]]);
  for (list *c = l->dies_at_entry[n->sub[0]]; c; c = c->next)
    release(l, c->v);
  for (uint32_t i = 0; i < n->n_out; i++) {
    l->slot[test->params[i]] = l->slot[body->params[i]] = variables[i];
    l->pinned[test->params[i]] = l->pinned[body->params[i]] = 1;
  }
  uint32_t top = l->n_steps;
  emit_region(l, n->sub[0]);
  if (l->err->code)
    return;
  uint32_t branch = emit(l, AG_STEP_BRANCH, slot_of(l, test->results[0]), 0);
  for (list *c = l->dies_at_exit[n->sub[0]]; c; c = c->next)
    release(l, c->v);
  promise_variables(l, n);
  emit_region(l, n->sub[1]);
  if (l->err->code)
    return;
  emit_back_edge(l, body->results, variables, n->n_out, l->dies_at_exit[n->sub[1]]);
  for (list *c = l->dies_at_exit[n->sub[1]]; c; c = c->next)
    release(l, c->v);
  emit(l, AG_STEP_POLL, n->loc, 0);
  emit(l, AG_STEP_JUMP, top, 0);
  if (l->err->code)
    return;
  l->steps[branch].b = l->n_steps;
  free_all(l, l->dies[id]);
}

static void emit_region(lowering *l, ag_region r) {
  for (ag_nid id = l->g->regions[r].first; id && !l->err->code; id = l->g->nodes[id].next) {
    const ag_node *n = &l->g->nodes[id];
    switch (n->op) {
    case AG_OP_CONST:
    case AG_OP_PARAM:
      break;
    case AG_OP_COND:
      emit_cond(l, id, n);
      break;
    case AG_OP_WHILE:
      emit_while(l, id, n);
      break;
    default:
      emit_call(l, id, n);
    }
  }
}

/* ---- the whole function --------------------------------------------------------------------- */

static void load_constants(lowering *l) {
  uint32_t n = 0;
  for (ag_nid id = 1; id < l->g->n_nodes; id++)
    n += l->g->nodes[id].op == AG_OP_CONST;
  ag_tensor *consts = ag_arena_alloc(l->plan->arena, (n + 1) * sizeof *consts);
  l->plan->consts = consts;
  if (!consts) {
    nomem(l);
    return;
  }
  for (ag_nid id = 1; id < l->g->n_nodes; id++) {
    const ag_node *node = &l->g->nodes[id];
    if (node->op != AG_OP_CONST)
      continue;
    ag_tensor_ref(ag_attr_find(node->attrs, node->n_attrs, AG_KEY_value)->tensor,
                  &consts[l->plan->n_consts]);
    l->live[node->out] = l->pinned[node->out] = 1;
    emit(l, AG_STEP_CONST, take_slot(l, node->out), l->plan->n_consts++);
  }
}

static void place_arguments(lowering *l) {
  const ag_region_info *f = &l->g->regions[0];
  uint32_t *slots = ag_arena_alloc(l->plan->arena, (f->n_params + 1) * sizeof *slots);
  ag_type *types = ag_arena_alloc(l->plan->arena, (f->n_params + 1) * sizeof *types);
  if (!slots || !types) {
    nomem(l);
    return;
  }
  for (uint32_t i = 0; i < f->n_params; i++) {
    slots[i] = take_slot(l, f->params[i]);
    types[i] = l->g->values[f->params[i]].type;
  }
  l->plan->n_in = f->n_params;
  l->plan->in_slots = slots;
  l->plan->in_types = types;
}

static void place_results(lowering *l) {
  const ag_region_info *f = &l->g->regions[0];
  uint32_t *slots = ag_arena_alloc(l->plan->arena, (f->n_results + 1) * sizeof *slots);
  ag_type *types = ag_arena_alloc(l->plan->arena, (f->n_results + 1) * sizeof *types);
  if (!slots || !types) {
    nomem(l);
    return;
  }
  for (uint32_t i = 0; i < f->n_results; i++) {
    ag_val v = f->results[i];
    slots[i] = slot_of(l, v);
    types[i] = l->g->values[v].type;
  }
  emit(l, AG_STEP_RETURN, 0, 0);
  l->plan->n_out = f->n_results;
  l->plan->out_slots = slots;
  l->plan->out_types = types;
}

/* ---- starting ------------------------------------------------------------------------------- */

enum { FEW_STEPS = 2000, FEW_ELEMENTS = 1024 };

static bool is_small(const ag_type *t) {
  int64_t n = 1;
  for (int i = 0; i < t->rank; i++)
    if (t->dim[i] < 0 || t->dim[i] > FEW_ELEMENTS || (n *= t->dim[i]) > FEW_ELEMENTS)
      return false;
  return t->rank >= 0;
}

/* What may be done twice: the run that begins anew fails in the same way, and reads again. */
static bool repeats(const ag_node *n) {
  return !(ag_ops[n->op].traits & AG_TRAIT_EFFECT) || n->op == AG_OP_READ || n->op == AG_OP_ASSERT ||
         n->op == AG_OP_RAISE || n->op == AG_OP_UNBOUND || n->op == AG_OP_CHECK_NUMERICS;
}

/* Whether it is worth the while to interpret this while native code is made. Without loops it ends
 * when it ends. A loop may run for any time, so it must be possible to give it up soon and without a
 * trace: each turn short, no effects. What calls out takes as long as it likes. */
static bool may_start(const lowering *l) {
  bool gives_up = l->n_steps <= FEW_STEPS;
  for (ag_nid id = 1; id < l->g->n_nodes; id++) {
    const ag_node *n = &l->g->nodes[id];
    if (n->op == AG_OP_CALLBACK || n->op == AG_OP_FOREIGN_CALL || n->op == AG_OP_FOREIGN_MAP)
      return false;
    gives_up = gives_up && repeats(n);
    for (uint32_t i = 0; i < n->n_out && gives_up; i++)
      gives_up = is_small(&l->g->values[n->out + i].type);
  }
  return gives_up || !l->plan->has_loop;
}

static void lower(lowering *l) {
  uint32_t nodes = l->g->n_nodes, values = l->g->n_values, regions = l->g->n_regions;
  l->live = ag_arena_alloc(l->scratch, values);
  l->mark = ag_arena_alloc(l->scratch, values);
  l->slot = ag_arena_alloc(l->scratch, values * sizeof *l->slot);
  l->pinned = ag_arena_alloc(l->scratch, values);
  l->death = ag_arena_alloc(l->scratch, values * sizeof *l->death);
  l->dies = ag_arena_alloc(l->scratch, nodes * sizeof *l->dies);
  l->releases = ag_arena_alloc(l->scratch, nodes * sizeof *l->releases);
  l->dies_at_entry = ag_arena_alloc(l->scratch, regions * sizeof *l->dies_at_entry);
  l->dies_at_exit = ag_arena_alloc(l->scratch, regions * sizeof *l->dies_at_exit);
  if (!l->live || !l->mark || !l->slot || !l->pinned || !l->death || !l->dies || !l->releases ||
      !l->dies_at_entry || !l->dies_at_exit) {
    nomem(l);
    return;
  }
  const ag_region_info *f = &l->g->regions[0];
  place_arguments(l);
  if (l->err->code)
    return;
  load_constants(l);
  if (l->err->code)
    return;
  for (uint32_t i = 0; i < f->n_results; i++)
    make_live(l, f->results[i]);
  back_region(l, 0);
  if (!l->err->code)
    emit_region(l, 0);
  if (!l->err->code)
    place_results(l);
  l->plan->n_slots = l->n_slots;
  l->plan->n_steps = l->n_steps;
  l->plan->n_calls = l->n_calls;
  l->plan->steps = own(l, l->steps, l->n_steps * sizeof *l->steps);
  l->plan->calls = own(l, l->calls, l->n_calls * sizeof *l->calls);
  l->plan->starts = may_start(l);
}

ag_plan *ag_lower(const ag_graph *g, ag_err *err) {
  ag_arena *arena = ag_arena_new();
  ag_plan *plan = arena ? ag_arena_alloc(arena, sizeof *plan) : NULL;
  lowering l = {.g = g, .plan = plan, .err = err, .scratch = ag_arena_new()};
  if (!plan || !l.scratch) {
    ag_arena_free(arena);
    ag_arena_free(l.scratch);
    ag_nomem(err);
    return NULL;
  }
  plan->refs = 1;
  plan->arena = arena;
  if (!err->code)
    lower(&l);
  ag_free(l.log);
  ag_free(l.free_slots);
  ag_free(l.variable_of);
  ag_free(l.steps);
  ag_free(l.calls);
  ag_arena_free(l.scratch);
  if (err->code) {
    ag_plan_unref(plan);
    return NULL;
  }
  return plan;
}
