/* loops.c - counted loops, the interrupt countdown, and loop nests that fill memory with elements.
 *
 * A nest is one flat loop when position in memory order is all that its tree needs, else one loop
 * an axis. The innermost takes `lanes` elements at a time where the tree allows it, then single
 * ones. Threads share the position, or the rows of the first axes (outline.c). */
#include "emit.h"
#include "pool.h"

void ag_loop_begin(ag_emitter *e, ag_loop *l, LLVMValueRef begin, LLVMValueRef end, int64_t step,
                   const char *name) {
  *l = (ag_loop){.end = end, .step = ag_emit_int(e, step)};
  if (LLVMIsConstant(begin) && LLVMIsConstant(end)) {
    int64_t n = LLVMConstIntGetSExtValue(end) - LLVMConstIntGetSExtValue(begin);
    if (n > 0 && n <= step) { /* once */
      l->i = begin;
      return;
    }
  }
  l->from = LLVMGetInsertBlock(e->b);
  l->body = ag_emit_block(e, name);
  l->exit = ag_emit_block(e, "end");
  LLVMValueRef some = LLVMBuildICmp(e->b, LLVMIntSLT, begin, end, "");
  LLVMBuildCondBr(e->b, some, l->body, l->exit);
  LLVMPositionBuilderAtEnd(e->b, l->body);
  l->i = LLVMBuildPhi(e->b, e->i64, "i");
  LLVMAddIncoming(l->i, &begin, &l->from, 1);
}

void ag_loop_end(ag_emitter *e, ag_loop *l) {
  if (!l->body)
    return;
  LLVMValueRef next = LLVMBuildNSWAdd(e->b, l->i, l->step, "");
  LLVMBasicBlockRef latch = LLVMGetInsertBlock(e->b);
  LLVMBuildCondBr(e->b, LLVMBuildICmp(e->b, LLVMIntSLT, next, l->end, ""), l->body, l->exit);
  LLVMAddIncoming(l->i, &next, &latch, 1);
  LLVMPositionBuilderAtEnd(e->b, l->exit);
}

void ag_emit_poll(ag_emitter *e, ag_nid id) {
  LLVMValueRef left = LLVMBuildLoad2(e->b, e->i64, e->countdown, "left");
  left = LLVMBuildSub(e->b, left, ag_emit_int(e, 1), "left");
  LLVMBuildStore(e->b, left, e->countdown);
  LLVMBasicBlockRef next = ag_emit_block(e, "go"), poll = ag_emit_block(e, "poll");
  LLVMValueRef some = LLVMBuildICmp(e->b, LLVMIntNE, left, ag_emit_int(e, 0), "");
  ag_emit_likely(e, LLVMBuildCondBr(e->b, some, next, poll), true);
  LLVMPositionBuilderAtEnd(e->b, poll);
  LLVMValueRef args[] = {e->run, LLVMConstInt(e->i32, ag_emit_site(e, id), 0)};
  ag_emit_return_if(e, ag_emit_rt(e, "ag_rt_poll", e->i32, args, 2, "code"));
  LLVMBuildStore(e->b, LLVMBuildLoad2(e->b, e->i64, e->run, "left"), e->countdown); /* RUN LAYOUT */
  LLVMBuildBr(e->b, next);
  LLVMPositionBuilderAtEnd(e->b, next);
}
_Static_assert(offsetof(ag_run, countdown) == 0, "RUN LAYOUT");

/* One nest: what it computes, and where each element goes. */
typedef struct nest {
  const ag_filling *filling;
  uint32_t n;
  const ag_type *shape;
  ag_target target;
  const char *name;
} nest;

static void body(ag_emitter *e, const nest *n, const ag_index *at) {
  e->n_memo = 0;
  for (uint32_t k = 0; k < n->n; k++) {
    const ag_filling *f = &n->filling[k];
    LLVMValueRef value = ag_emit_operand(e, f->v, n->shape, at, n->name);
    if (!f->data)
      continue;
    int64_t lane = 0;
    LLVMValueRef offset = n->target.where ? n->target.where(e, at, n->target.ctx, &lane)
                                          : ag_emit_linear(e, n->shape, at, &lane);
    if (e->lanes > 1 && lane != 1)
      e->refused = true;
    if (!e->probing)
      ag_emit_store(e, f->dtype, f->data, offset, value, e->lanes);
  }
}

static ag_index start_index(const nest *n, bool flat) {
  ag_index at = {.flat = flat, .rank = flat ? 1 : n->shape->rank};
  at.c[at.rank - 1].lane = 1;
  return at;
}

/* Whether the tree can be emitted this way; *size is set to the bytes of its widest element. */
static bool probe(ag_emitter *e, const nest *n, bool flat, unsigned lanes, unsigned *size) {
  ag_index at = start_index(n, flat);
  e->probing = true;
  e->refused = false;
  e->lanes = lanes;
  e->widest = 1;
  for (uint32_t k = 0; k < n->n; k++)
    if (ag_dtype_size(n->filling[k].dtype) > e->widest)
      e->widest = (unsigned)ag_dtype_size(n->filling[k].dtype);
  body(e, n, &at);
  e->probing = false;
  *size = e->widest;
  return !e->refused;
}

/* The innermost loop: for i in [done, count), `lanes` at a time, then one at a time. */
static void inner(ag_emitter *e, const nest *n, ag_index *at, LLVMValueRef done, LLVMValueRef count,
                  unsigned lanes) {
  ag_coord *c = &at->c[at->rank - 1];
  ag_loop l;
  c->lane = 1;
  if (lanes > 1) {
    LLVMValueRef whole = ag_ix(e, LLVMSub, count, done);
    whole = LLVMBuildAnd(e->b, whole, ag_emit_int(e, -(int64_t)lanes), "");
    whole = ag_ix(e, LLVMAdd, done, whole);
    if (!LLVMIsConstant(whole) || LLVMConstIntGetSExtValue(whole) > 0) {
      e->lanes = lanes;
      ag_loop_begin(e, &l, done, whole, lanes, n->name);
      c->at = l.i;
      body(e, n, at);
      ag_loop_end(e, &l);
    }
    done = whole;
  }
  if (LLVMIsConstant(done) && LLVMIsConstant(count) &&
      LLVMConstIntGetSExtValue(done) >= LLVMConstIntGetSExtValue(count))
    return;
  e->lanes = 1;
  ag_loop_begin(e, &l, done, count, 1, n->name);
  c->at = l.i;
  body(e, n, at);
  ag_loop_end(e, &l);
}

static int64_t cost_of(const ag_emitter *e, const nest *n) {
  int64_t cost = 0;
  for (uint32_t k = 0; k < n->n; k++)
    cost += AG_COST_MEMORY + ag_emit_cost(e, n->filling[k].v);
  return cost;
}

/* All of the innermost coordinate, by threads when that is wanted. */
static void stretch(ag_emitter *e, const nest *n, ag_index *at, LLVMValueRef count, unsigned lanes,
                    bool shared, int64_t cost) {
  ag_outline o;
  if (!shared || !ag_outline_pays(e, count, cost)) {
    inner(e, n, at, ag_emit_int(e, 0), count, lanes);
    return;
  }
  ag_outline_begin(e, &o, n->name);
  inner(e, n, at, o.begin, o.end, lanes);
  ag_outline_end(e, &o, count, ag_emit_int(e, cost));
}

/* A loop for each axis from this one on. */
static void all_axes(ag_emitter *e, const nest *n, ag_index *at, int axis, unsigned lanes,
                     bool shared, int64_t cost) {
  LLVMValueRef size = ag_emit_dim(e, n->shape, axis);
  if (axis == n->shape->rank - 1) {
    if (n->target.row)
      n->target.row(e, at, n->target.row_ctx);
    stretch(e, n, at, size, lanes, shared, cost);
    return;
  }
  ag_loop l;
  ag_loop_begin(e, &l, ag_emit_int(e, 0), size, 1, n->name);
  at->c[axis].at = l.i;
  all_axes(e, n, at, axis + 1, lanes, shared, cost);
  ag_loop_end(e, &l);
}

/* How many of the first axes have rows enough to be shared; 0: the last axis is needed too. */
enum { ENOUGH = 32 };
static int leading_axes(const ag_type *shape) {
  int64_t product = 1;
  for (int i = 0; i < shape->rank - 1; i++) {
    if (shape->dim[i] < 0 || (product *= shape->dim[i]) >= ENOUGH)
      return i + 1;
  }
  return 0;
}

/* Threads share the rows that the first axes number. */
static void rows(ag_emitter *e, const nest *n, ag_index *at, int axes, unsigned lanes,
                 int64_t cost) {
  LLVMValueRef number = ag_emit_int(e, 1), each = ag_emit_int(e, cost);
  for (int i = 0; i < n->shape->rank; i++)
    if (i < axes)
      number = ag_ix(e, LLVMMul, number, ag_emit_dim(e, n->shape, i));
    else
      each = ag_ix(e, LLVMMul, each, ag_emit_dim(e, n->shape, i));
  ag_outline o;
  ag_loop l;
  ag_outline_begin(e, &o, n->name);
  ag_loop_begin(e, &l, o.begin, o.end, 1, n->name);
  LLVMValueRef row = l.i;
  for (int i = axes; i-- > 1;) {
    LLVMValueRef size = ag_emit_dim(e, n->shape, i);
    at->c[i].at = LLVMBuildURem(e->b, row, size, "");
    row = LLVMBuildUDiv(e->b, row, size, "");
  }
  at->c[0].at = row;
  all_axes(e, n, at, axes, lanes, false, cost);
  ag_loop_end(e, &l);
  ag_outline_end(e, &o, number, each);
}

void ag_emit_fill(ag_emitter *e, const ag_filling *fillings, uint32_t count, const ag_type *shape,
                  const ag_target *target, const char *name) {
  nest n = {fillings, count, shape, target ? *target : (ag_target){0}, name};
  if (shape->rank == 0) {
    ag_index at = {.rank = 0};
    e->lanes = 1;
    body(e, &n, &at);
    return;
  }
  unsigned size = 8, lanes = 1;
  bool flat = probe(e, &n, true, 2, &size);
  bool wide = flat || probe(e, &n, false, 2, &size);
  if (wide)
    lanes = e->machine->vector_bits / 8 / size;
  else
    flat = probe(e, &n, true, 1, &size);
  if (lanes < 2)
    lanes = 1;
  ag_index at = start_index(&n, flat);
  LLVMValueRef elements = ag_emit_count(e, shape);
  int64_t cost = cost_of(e, &n);
  bool shared = ag_outline_pays(e, elements, cost);
  if (flat)
    stretch(e, &n, &at, elements, lanes, shared, cost);
  else if (shared && leading_axes(shape))
    rows(e, &n, &at, leading_axes(shape), lanes, cost);
  else
    all_axes(e, &n, &at, 0, lanes, shared, cost);
  e->lanes = 1;
}

void ag_emit_fill_row(ag_emitter *e, const ag_filling *f, const ag_type *shape, ag_index *at,
                      ag_where *where, const char *name) {
  nest n = {f, 1, shape, {.where = where}, name};
  unsigned size = 8, lanes = 1;
  if (probe(e, &n, false, 2, &size))
    lanes = e->machine->vector_bits / 8 / size;
  LLVMValueRef columns = ag_emit_dim(e, shape, shape->rank - 1);
  stretch(e, &n, at, columns, lanes < 2 ? 1 : lanes, true, cost_of(e, &n));
  e->lanes = 1;
}

/* It is emitted with the last of its group. */
ag_code ag_emit_later(ag_emitter *e, ag_nid id) {
  if (!ag_grow(e->waiting, e->cap_waiting, e->n_waiting + 1))
    return ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
  e->waiting[e->n_waiting++] = id;
  return AG_OK;
}

ag_code ag_emit_loop(ag_emitter *e, ag_nid id) {
  const ag_node *last = ag_graph_node(e->g, id);
  const ag_type *shape = &ag_graph_value(e->g, last->out)->type;
  e->place[last->out].kind = AG_PLACE_LAZY;
  if (e->ways.way[id].root != id)
    return ag_emit_later(e, id);
  if (e->ways.way[id].waits && ag_rows_are_waiting(e))
    return ag_emit_rows(e, id);
  char name[48];
  ag_emit_node_name(e, id, name);
  /* What waits is of another group's loop when this one, which may fail, cannot wait itself. */
  uint32_t n = e->ways.way[id].waits ? e->n_waiting + 1 : 1;
  if (n > 1)
    e->n_waiting = 0;
  ag_filling *fillings = ag_arena_alloc(e->arena, n * sizeof *fillings);
  ag_place *places = ag_arena_alloc(e->arena, n * sizeof *places);
  if (!fillings || !places)
    return ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
  for (uint32_t k = 0; k < n; k++) {
    ag_nid member = k + 1 < n ? e->waiting[k] : id;
    ag_val v = ag_graph_node(e->g, member)->out;
    const ag_type *t = &ag_graph_value(e->g, v)->type;
    if (!e->ways.way[member].unstored)
      places[k] = ag_emit_alloc(e, ag_emit_slot(e, 1), t, name);
    fillings[k] = (ag_filling){v, (ag_dtype)t->dtype, places[k].data};
  }
  ag_emit_fill(e, fillings, n, shape, NULL, name);
  for (uint32_t k = 0; k < n; k++)
    if (fillings[k].data)
      e->place[fillings[k].v] = places[k];
  return e->err->code;
}
