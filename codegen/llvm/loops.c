/* loops.c - counted loops, the interrupt countdown, and loop nests that fill memory with elements.
 *
 * A nest is one flat loop when position in memory order is all that its tree needs, else one loop
 * an axis. The innermost takes `lanes` elements at a time where the tree allows it, then a part of
 * a vector or single ones. Threads share the position, or the rows of the first axes (outline.c).
 */
#include "emit.h"
#include "pool.h"

enum {
  BETWEEN_LOOKS = 1 << 23, /* cost, about 1 ms */
  DEAR = 16,               /* cost of elements that are worth a mask made by hand: a function */
  FEWEST_LANES = 4,
};

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

LLVMValueRef ag_piece_end(ag_emitter *e, LLVMValueRef begin, int64_t size, LLVMValueRef end) {
  LLVMValueRef to = LLVMBuildNSWAdd(e->b, begin, ag_emit_int(e, size), "");
  LLVMValueRef whole = LLVMBuildICmp(e->b, LLVMIntSLT, to, end, "");
  return LLVMBuildSelect(e->b, whole, to, end, "");
}

LLVMValueRef ag_whole_end(ag_emitter *e, LLVMValueRef begin, LLVMValueRef end, int64_t size) {
  LLVMValueRef count = ag_ix(e, LLVMSub, end, begin);
  return ag_ix(e, LLVMAdd, begin, LLVMBuildAnd(e->b, count, ag_emit_int(e, -size), ""));
}

LLVMValueRef ag_looks_begin(ag_emitter *e) {
  LLVMBasicBlockRef here = LLVMGetInsertBlock(e->b);
  LLVMPositionBuilderAtEnd(e->b, e->entry);
  LLVMValueRef looks = LLVMBuildAlloca(e->b, e->i64, "looks");
  LLVMBuildStore(e->b, ag_emit_int(e, BETWEEN_LOOKS), looks);
  LLVMPositionBuilderAtEnd(e->b, here);
  return looks;
}

void ag_emit_look(ag_emitter *e, LLVMValueRef looks, int64_t cost) {
  LLVMValueRef left = LLVMBuildLoad2(e->b, e->i64, looks, "left");
  left = LLVMBuildSub(e->b, left, ag_emit_int(e, cost), "left");
  LLVMBuildStore(e->b, left, looks);
  LLVMBasicBlockRef next = ag_emit_block(e, "go"), look = ag_emit_block(e, "look");
  LLVMBasicBlockRef stop = ag_emit_block(e, "stop"), on = ag_emit_block(e, "on");
  LLVMValueRef some = LLVMBuildICmp(e->b, LLVMIntSGT, left, ag_emit_int(e, 0), "");
  ag_emit_likely(e, LLVMBuildCondBr(e->b, some, next, look), true);
  LLVMPositionBuilderAtEnd(e->b, look);
  LLVMValueRef none = LLVMConstNull(e->ptr), zero = ag_emit_int(e, 0);
  LLVMValueRef args[] = {e->run, zero, zero, none, none};
  LLVMValueRef code = ag_emit_rt(e, "ag_rt_parallel", e->i32, args, 5, "code");
  LLVMValueRef go = LLVMBuildICmp(e->b, LLVMIntEQ, code, LLVMConstInt(e->i32, 0, 0), "");
  ag_emit_likely(e, LLVMBuildCondBr(e->b, go, on, stop), true);
  LLVMPositionBuilderAtEnd(e->b, stop);
  if (e->body_scratch)
    ag_emit_rt(e, "ag_rt_free", e->voidt, &e->body_scratch, 1, "");
  LLVMBuildRet(e->b, code);
  LLVMPositionBuilderAtEnd(e->b, on);
  LLVMBuildStore(e->b, ag_emit_int(e, BETWEEN_LOOKS), looks);
  LLVMBuildBr(e->b, next);
  LLVMPositionBuilderAtEnd(e->b, next);
}

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

/* What the coordinates of these axes of the nest run over: all of them. */
static void set_box(ag_emitter *e, const ag_type *shape, int from, int to) {
  for (int i = from; i < to; i++) {
    ag_amount size;
    ag_box_set(e, i, ag_amount_of_size(e, shape->dim[i], &size) ? &size : NULL);
  }
}

/* The position in memory order. */
static void set_flat_box(ag_emitter *e, const ag_type *shape) {
  int64_t count = 1, open = 0; /* constant sizes, and another one */
  bool told = true;
  for (int i = 0; i < shape->rank; i++)
    if (shape->dim[i] >= 0) {
      count *= shape->dim[i];
    } else {
      told &= !open;
      open = shape->dim[i];
    }
  ag_amount size = {.plus = count}, one;
  if (told && open) {
    size.plus = 0;
    told = ag_amount_of_size(e, open, &one) && ag_amount_add(e, &size, &one, count);
  }
  ag_box_set(e, 0, told ? &size : NULL);
}

static ag_index start_index(ag_emitter *e, const nest *n, bool flat) {
  ag_index at = {.flat = flat, .rank = flat ? 1 : n->shape->rank};
  set_box(e, n->shape, 0, at.rank);
  for (int i = 0; i < at.rank; i++)
    at.c[i] = (ag_coord){.scale = 1, .axis = (uint8_t)(i + 1)};
  if (flat)
    set_flat_box(e, n->shape);
  at.c[at.rank - 1].lane = 1;
  return at;
}

/* Whether the tree can be emitted at such an index; *size is set to the bytes of its widest
 * element. */
static bool probe_at(ag_emitter *e, const nest *n, const ag_index *at, unsigned lanes,
                     unsigned *size) {
  e->probing = true;
  e->refused = false;
  e->cut.axis = 0;
  e->turned = e->ordered = false;
  e->lanes = lanes;
  e->widest = 1;
  for (uint32_t k = 0; k < n->n; k++)
    if (ag_emit_width(n->filling[k].dtype) > e->widest)
      e->widest = ag_emit_width(n->filling[k].dtype);
  body(e, n, at);
  e->probing = false;
  *size = e->widest;
  return !e->refused;
}

static bool probe(ag_emitter *e, const nest *n, bool flat, unsigned lanes, unsigned *size) {
  ag_index at = start_index(e, n, flat);
  return probe_at(e, n, &at, lanes, size);
}

static int64_t cost_of(const ag_emitter *e, const nest *n) {
  int64_t cost = 0;
  for (uint32_t k = 0; k < n->n; k++)
    cost += AG_COST_MEMORY + ag_emit_cost(e, n->filling[k].v);
  return cost;
}

/* Whether the last elements, fewer than lanes, are computed in a vector as well: without masked
 * loads and stores not where they cost little more than the mask. */
static bool ends_in_part(ag_emitter *e, const nest *n, const ag_index *at, unsigned lanes) {
  if (lanes == 1 || (e->machine->vector_bits < AG_MASKED_BITS && cost_of(e, n) < DEAR))
    return false;
  struct ag_cut cut = e->cut;
  bool turned = e->turned, ordered = e->ordered;
  unsigned size;
  e->partial = true;
  bool can = probe_at(e, n, at, lanes, &size);
  e->partial = false;
  e->cut = cut;
  e->turned = turned;
  e->ordered = ordered;
  for (uint32_t k = 0; k < n->n; k++)
    can &= ag_dtype_size(n->filling[k].dtype) >= 4 && !ag_is_complex(n->filling[k].dtype);
  return can;
}

/* The lanes of the vector that [done, count) fits in, where the two are known. */
static unsigned lanes_for_part(LLVMValueRef done, LLVMValueRef count, unsigned most, bool *whole) {
  unsigned lanes = FEWEST_LANES;
  *whole = false;
  if (!LLVMIsConstant(done) || !LLVMIsConstant(count))
    return most;
  int64_t left = LLVMConstIntGetSExtValue(count) - LLVMConstIntGetSExtValue(done);
  while (lanes < most && lanes < left)
    lanes *= 2;
  *whole = lanes == left;
  return lanes < most ? lanes : most;
}

/* The innermost loop: for i in [done, count), `lanes` at a time, then what is left in a part of a
 * vector or one at a time. */
static void inner(ag_emitter *e, const nest *n, ag_index *at, LLVMValueRef done, LLVMValueRef count,
                  unsigned lanes) {
  ag_coord *c = &at->c[at->rank - 1];
  ag_loop l;
  c->lane = 1;
  if (lanes > 1) {
    LLVMValueRef whole = ag_whole_end(e, done, count, lanes);
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
  bool all, part = ends_in_part(e, n, at, lanes);
  e->lanes = part ? lanes_for_part(done, count, lanes, &all) : 1;
  ag_loop_begin(e, &l, done, count, e->lanes, n->name);
  c->at = l.i;
  if (part && !all)
    ag_emit_partial(e, ag_ix(e, LLVMSub, count, l.i));
  body(e, n, at);
  ag_emit_whole(e);
  ag_loop_end(e, &l);
}

/* The same in slabs: a row that is one index of what threads share may be long. */
static void slabs(ag_emitter *e, const nest *n, ag_index *at, LLVMValueRef begin, LLVMValueRef end,
                  unsigned lanes, int64_t cost) {
  int64_t size = AG_SLAB / (cost < 1 ? 1 : cost) & -64; /* whole vectors */
  size = size < 64 ? 64 : size;
  LLVMValueRef count = ag_ix(e, LLVMSub, end, begin);
  if (!e->in_body || (LLVMIsAConstantInt(count) && LLVMConstIntGetSExtValue(count) <= size)) {
    inner(e, n, at, begin, end, lanes);
    return;
  }
  LLVMValueRef looks = ag_looks_begin(e);
  ag_loop l;
  ag_loop_begin(e, &l, begin, end, size, n->name);
  inner(e, n, at, l.i, ag_piece_end(e, l.i, size, end), lanes);
  ag_emit_look(e, looks, size * cost);
  ag_loop_end(e, &l);
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

/* [begin, end) of the last axis within all of the others. */
static void strip(ag_emitter *e, const nest *n, ag_index *at, int axis, LLVMValueRef begin,
                  LLVMValueRef end, unsigned lanes) {
  if (axis == n->shape->rank - 1) {
    inner(e, n, at, begin, end, lanes);
    return;
  }
  ag_loop l;
  ag_loop_begin(e, &l, ag_emit_int(e, 0), ag_emit_dim(e, n->shape, axis), 1, n->name);
  at->c[axis].at = l.i;
  strip(e, n, at, axis + 1, begin, end, lanes);
  ag_loop_end(e, &l);
}

/* What is read across its order is read a few elements of each cache line at a time. Row by row the
 * line would be gone before its next element is asked for; in strips of few columns it is not. */
enum { STRIP = 32 }; /* 1024 x 1024: 38 ms without, 4.1 of 16, 1.9 of 32 */
static void strips(ag_emitter *e, const nest *n, ag_index *at, unsigned lanes, bool shared,
                   int64_t cost) {
  int last = n->shape->rank - 1;
  LLVMValueRef size = ag_emit_dim(e, n->shape, last), width = ag_emit_int(e, STRIP);
  LLVMValueRef count = ag_ix(e, LLVMAdd, size, ag_emit_int(e, STRIP - 1)),
               each = ag_emit_int(e, cost);
  LLVMValueRef begin = ag_emit_int(e, 0);
  count = LLVMBuildUDiv(e->b, count, width, "");
  LLVMValueRef end = count;
  for (int i = 0; i < last; i++)
    each = ag_ix(e, LLVMMul, each, ag_emit_dim(e, n->shape, i));
  each = ag_ix(e, LLVMMul, each, width);
  ag_outline o;
  ag_loop l;
  if (shared) {
    ag_outline_begin(e, &o, n->name);
    begin = o.begin;
    end = o.end;
  }
  ag_loop_begin(e, &l, begin, end, 1, n->name);
  LLVMValueRef from = ag_ix(e, LLVMMul, l.i, width), to = ag_ix(e, LLVMAdd, from, width);
  LLVMValueRef whole = LLVMBuildICmp(e->b, LLVMIntSLE, to, size, "");
  strip(e, n, at, 0, from, LLVMBuildSelect(e->b, whole, to, size, ""), lanes);
  ag_loop_end(e, &l);
  if (shared)
    ag_outline_end(e, &o, count, each);
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

/* ---- nests in pieces: parts.c asks for them
 * ------------------------------------------------------ */

static bool has_no_elements(const ag_type *shape) {
  for (int i = 0; i < shape->rank; i++)
    if (shape->dim[i] == 0)
      return true;
  return false;
}

static unsigned lanes_of(const ag_emitter *e, unsigned size) {
  unsigned lanes = e->machine->vector_bits / 8 / size;
  return lanes < 2 ? 1 : lanes;
}

/* A cut along this axis that some part of the box asks for. Cuts along later axes hide what lies
 * behind them, so both their sides are asked. */
static bool find_cut(ag_emitter *e, const nest *n, const ag_index *at, int axis, ag_amount *cut) {
  unsigned size;
  if (e->err->code || probe_at(e, n, at, 1, &size) || e->cut.axis <= axis)
    return false;
  int by = e->cut.axis - 1;
  *cut = e->cut.at;
  if (by == axis)
    return true;
  const struct ag_box whole = e->box[by];
  const ag_amount middle = *cut;
  bool found = false;
  for (int below = 1; below >= 0 && !found; below--) {
    ag_box_assume(e, by, &middle, below);
    found = find_cut(e, n, at, axis, cut);
    e->box[by] = whole;
  }
  return found;
}

/* Of a nest: each is code of its own. Where several axes are cut their numbers multiply, and most
 * pieces are edges. */
enum { MOST_PIECES = 32, MOST_CROSSED = 12 };

/* The pieces that the axes from this one on will be cut into, or more than `most`. */
static unsigned count_pieces(ag_emitter *e, const nest *n, const ag_index *at, int axis,
                             unsigned most) {
  ag_amount cut;
  if (axis == n->shape->rank || most == 0)
    return 1;
  if (!find_cut(e, n, at, axis, &cut))
    return count_pieces(e, n, at, axis + 1, most);
  const struct ag_box whole = e->box[axis];
  unsigned count = 0;
  for (int below = 1; below >= 0 && count <= most; below--) {
    ag_box_assume(e, axis, &cut, below);
    count += count_pieces(e, n, at, axis, most - count);
    set_box(e, n->shape, axis + 1, n->shape->rank);
    e->box[axis] = whole;
  }
  return count;
}

/* The cut, or the end of [begin, end) that it lies behind. */
static LLVMValueRef within(ag_emitter *e, const ag_amount *cut, LLVMValueRef begin,
                           LLVMValueRef end) {
  LLVMValueRef at = ag_emit_amount(e, cut);
  if (LLVMIsAConstantInt(begin) && LLVMIsAConstantInt(end) && LLVMIsAConstantInt(at))
    return at; /* it is asked for inside of what is known */
  LLVMValueRef low[] = {at, begin};
  at = ag_emit_intrinsic(e, "llvm.smax", &e->i64, 1, low, 2, "cut");
  LLVMValueRef high[] = {at, end};
  return ag_emit_intrinsic(e, "llvm.smin", &e->i64, 1, high, 2, "cut");
}

static void pieces(ag_emitter *e, const nest *n, ag_index *at, int axis, bool shared, int64_t cost);

/* [begin, end) of the axis, in which the tree asks for no cut along it. */
static void piece(ag_emitter *e, const nest *n, ag_index *at, int axis, LLVMValueRef begin,
                  LLVMValueRef end, bool shared, int64_t cost) {
  if (axis == n->shape->rank - 1) {
    unsigned size = 8;
    bool narrow = ag_box_is_narrow(e, axis);
    unsigned lanes = !narrow && probe_at(e, n, at, 2, &size) ? lanes_of(e, size) : 1;
    if (narrow)
      inner(e, n, at, begin, end, lanes);
    else
      slabs(e, n, at, begin, end, lanes, cost);
    return;
  }
  ag_loop l;
  ag_loop_begin(e, &l, begin, end, 1, n->name);
  at->c[axis].at = l.i;
  pieces(e, n, at, axis + 1, shared, cost);
  ag_loop_end(e, &l);
}

/* Threads share a piece that has rows enough, or is a row. */
static void whole_piece(ag_emitter *e, const nest *n, ag_index *at, int axis, LLVMValueRef begin,
                        LLVMValueRef end, bool shared, int64_t cost) {
  LLVMValueRef each = ag_emit_int(e, cost), count = ag_ix(e, LLVMSub, end, begin), low = begin;
  bool last = axis == n->shape->rank - 1;
  bool few = LLVMIsAConstantInt(count) ? !last && LLVMConstIntGetSExtValue(count) < ENOUGH
                                       : ag_box_is_narrow(e, axis);
  for (int i = axis + 1; i < n->shape->rank; i++)
    each = ag_ix(e, LLVMMul, each, ag_emit_dim(e, n->shape, i));
  ag_outline o;
  bool here = shared && !few && ag_outline_pays(e, ag_ix(e, LLVMMul, count, each), 1);
  if (here) {
    ag_outline_begin(e, &o, n->name);
    begin = ag_ix(e, LLVMAdd, o.begin, low);
    end = ag_ix(e, LLVMAdd, o.end, low);
  }
  piece(e, n, at, axis, begin, end, shared && !here, cost);
  if (here)
    ag_outline_end(e, &o, count, each);
}

static void cut_up(ag_emitter *e, const nest *n, ag_index *at, int axis, LLVMValueRef begin,
                   LLVMValueRef end, bool shared, int64_t cost) {
  ag_index probed = *at;
  ag_amount cut;
  for (int i = 0; i < probed.rank; i++)
    probed.c[i].at = NULL;
  if (!find_cut(e, n, &probed, axis, &cut)) {
    whole_piece(e, n, at, axis, begin, end, shared, cost);
    return;
  }
  const struct ag_box whole = e->box[axis];
  LLVMValueRef middle = within(e, &cut, begin, end);
  ag_box_assume(e, axis, &cut, true);
  cut_up(e, n, at, axis, begin, middle, shared, cost);
  set_box(e, n->shape, axis + 1, n->shape->rank);
  e->box[axis] = whole;
  ag_box_assume(e, axis, &cut, false);
  cut_up(e, n, at, axis, middle, end, shared, cost);
  e->box[axis] = whole;
}

static void pieces(ag_emitter *e, const nest *n, ag_index *at, int axis, bool shared,
                   int64_t cost) {
  set_box(e, n->shape, axis, n->shape->rank);
  if (axis == n->shape->rank - 1 && n->target.row)
    n->target.row(e, at, n->target.row_ctx);
  cut_up(e, n, at, axis, ag_emit_int(e, 0), ag_emit_dim(e, n->shape, axis), shared, cost);
}

/* Whether the axes from this one on would be cut into too many pieces. Leaves this one uncut. */
static bool is_too_much(ag_emitter *e, const nest *n, const ag_index *start, int axis) {
  unsigned all = count_pieces(e, n, start, axis, MOST_PIECES);
  e->box[axis].uncut = true;
  return all > MOST_PIECES ||
         (all > MOST_CROSSED && count_pieces(e, n, start, axis + 1, MOST_PIECES) > 1);
}

/* Axes stay uncut, the first ones first, as long as there would be too many pieces. */
static void all_pieces(ag_emitter *e, const nest *n, ag_index *at, bool shared, int64_t cost) {
  const ag_index start = start_index(e, n, false);
  int last = n->shape->rank - 1, axis = 0;
  while (axis < last && is_too_much(e, n, &start, axis))
    axis++;
  e->box[axis].uncut = false;
  pieces(e, n, at, 0, shared, cost);
  while (axis > 0)
    e->box[--axis].uncut = false;
}

/* More than one strip of more than one row, as far as it is known. */
static bool is_many(const ag_type *shape) {
  int64_t rows = 1, columns = shape->dim[shape->rank - 1];
  for (int i = 0; i < shape->rank - 1; i++)
    rows *= shape->dim[i] < 0 ? STRIP : shape->dim[i];
  return rows >= STRIP && (columns < 0 || columns > STRIP);
}

/* A reshape has its operand's elements in the same places: where these are found by their position
 * alone one at a time, and by the operand's index in vectors or pieces, the nest is the operand's.
 */
static bool is_better_unshaped(ag_emitter *e, const nest *n, ag_filling *operand) {
  const ag_node *node = ag_graph_node(e->g, ag_graph_value(e->g, n->filling->v)->node);
  if (n->n > 1 || n->target.where || n->target.row || node->op != AG_OP_RESHAPE)
    return false;
  *operand = (ag_filling){node->in[0], n->filling->dtype, n->filling->data};
  nest inside = {operand, 1, &ag_graph_value(e->g, node->in[0])->type, {0}, n->name};
  unsigned size = 8;
  return inside.shape->rank > 0 && (probe(e, &inside, false, 2, &size) ||
                                    (!probe(e, &inside, false, 1, &size) && e->cut.axis));
}

void ag_emit_fill(ag_emitter *e, const ag_filling *fillings, uint32_t count, const ag_type *shape,
                  const ag_target *target, const char *name) {
  nest n = {fillings, count, shape, target ? *target : (ag_target){0}, name};
  ag_filling operand;
  if (shape->rank == 0) {
    ag_index at = {.rank = 0};
    e->lanes = 1;
    body(e, &n, &at);
    return;
  }
  if (has_no_elements(shape))
    return;
  unsigned size = 8, lanes = 1;
  bool flat = probe(e, &n, true, 2, &size);
  bool wide = flat || probe(e, &n, false, 2, &size), cut = false;
  bool turned = wide && e->turned && !e->ordered && !n.target.row;
  if (!wide && is_better_unshaped(e, &n, &operand)) {
    ag_emit_fill(e, &operand, 1, &ag_graph_value(e->g, operand.v)->type, NULL, name);
    return;
  }
  if (wide)
    lanes = lanes_of(e, size);
  else if (!probe(e, &n, false, 1, &size) && e->cut.axis)
    cut = true;
  else
    flat = probe(e, &n, true, 1, &size);
  ag_index at = start_index(e, &n, flat);
  LLVMValueRef elements = ag_emit_count(e, shape);
  int64_t cost = cost_of(e, &n);
  bool shared = ag_outline_pays(e, elements, cost);
  if (turned && !flat && is_many(shape))
    strips(e, &n, &at, lanes, shared, cost);
  else if (cut)
    all_pieces(e, &n, &at, shared, cost);
  else if (flat)
    stretch(e, &n, &at, elements, lanes, shared, cost);
  else if (shared && leading_axes(shape))
    rows(e, &n, &at, leading_axes(shape), lanes, cost);
  else
    all_axes(e, &n, &at, 0, lanes, shared, cost);
  e->lanes = 1;
}

bool ag_fill_has_blocks(ag_emitter *e, const ag_filling *fillings, uint32_t count,
                        const ag_type *shape, unsigned *lanes, int64_t *cost) {
  nest n = {fillings, count, shape, {0}, ""};
  unsigned size = 8;
  if (shape->rank < 2 || has_no_elements(shape))
    return false;
  bool wide = probe(e, &n, false, 2, &size);
  if (!wide && !probe(e, &n, false, 1, &size))
    return false;
  *lanes = wide ? lanes_of(e, size) : 1;
  *cost = cost_of(e, &n);
  e->lanes = 1;
  return !e->turned && !e->cut.axis;
}

void ag_emit_fill_block(ag_emitter *e, const ag_filling *fillings, uint32_t count,
                        const ag_type *shape, const ag_block *b, unsigned lanes, const char *name) {
  nest n = {fillings, count, shape, {0}, name};
  ag_index at = start_index(e, &n, false);
  LLVMValueRef outer = b->outer;
  for (int i = shape->rank - 2; i-- > 0;) {
    LLVMValueRef size = ag_emit_dim(e, shape, i);
    at.c[i].at = i ? LLVMBuildURem(e->b, outer, size, "") : outer;
    outer = i ? LLVMBuildUDiv(e->b, outer, size, "") : outer;
  }
  ag_loop l;
  ag_loop_begin(e, &l, b->row[0], b->row[1], 1, name);
  at.c[shape->rank - 2].at = l.i;
  inner(e, &n, &at, b->column[0], b->column[1], lanes);
  ag_loop_end(e, &l);
  e->lanes = 1;
}

void ag_emit_fill_row(ag_emitter *e, const ag_filling *f, const ag_type *shape, ag_index *at,
                      ag_where *where, const char *name) {
  nest n = {f, 1, shape, {.where = where}, name};
  int last = shape->rank - 1;
  if (has_no_elements(shape))
    return;
  start_index(e, &n, false); /* the box */
  at->c[last] = (ag_coord){.lane = 1, .scale = 1, .axis = (uint8_t)(last + 1)};
  pieces(e, &n, at, last, true, cost_of(e, &n));
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
  if (e->ways.way[id].waits && ag_rows_are_waiting(e)) {
    ag_emit_product(e, id, NULL, 0);
    return e->err->code ? e->err->code : ag_emit_rows(e, id);
  }
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
    if (!e->ways.way[member].unstored && k + 1 < n)
      places[k] = ag_emit_alloc(e, ag_emit_slot(e, 1), t, name);
    fillings[k] = (ag_filling){v, (ag_dtype)t->dtype, places[k].data};
  }
  if (!ag_emit_product(e, id, fillings, n)) {
    ag_val over = ag_taken_over(e, id);
    ag_place *own = &places[n - 1];
    if (e->err->code)
      return e->err->code;
    *own = over ? e->place[over] : ag_emit_alloc(e, ag_emit_slot(e, 1), shape, name);
    fillings[n - 1].data = own->data;
    bool is_there = over && n == 1 && last->op == AG_OP_RESHAPE && last->in[0] == over;
    if (!is_there)
      ag_emit_fill(e, fillings, n, shape, NULL, name);
    if (over)
      ag_emit_take_over(e, over, last->out);
    else
      e->place[last->out] = *own;
  }
  for (uint32_t k = 0; k + 1 < n; k++)
    if (fillings[k].data)
      e->place[fillings[k].v] = places[k];
  return e->err->code;
}
