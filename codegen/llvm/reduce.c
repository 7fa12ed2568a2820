/* reduce.c - SUM PROD MAX MIN MEAN in REDUCTION ORDER (runtime/kernels/reduce.h), over lazy
 * operands.
 *
 * Two forms; what is neither calls its kernel (ag_reduce_is_emitted):
 *   trailing   all reduced axes are the last ones: each output is one run, in blocks of 4096
 *              elements into 16 lanes, blocks joined as a binary counter counts. Lanes are those of
 *              vectors; where runs are short, or lie across memory, outputs are
 *   leading    the last axis is kept (leading.c)
 *
 * Threads share outputs, or, where there are few, the blocks of each (outline.c).
 * Accumulators are allocas: mem2reg makes phis of them. */
#include "reduce.h"

#include "pool.h"

#include <math.h>

static uint32_t axes_of(const ag_node *n) {
  const ag_attr *axis = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_axis);
  uint32_t mask = 0;
  for (uint32_t i = 0; axis && i < axis->n; i++)
    mask |= 1u << axis->ints[i];
  return mask;
}

static bool is_trailing(uint32_t mask, int rank) {
  int kept = 0;
  while (kept < rank && !(mask >> kept & 1))
    kept++;
  return kept < rank && mask >> kept == (1u << (rank - kept)) - 1;
}

bool ag_reduce_is_emitted(const ag_graph *g, const ag_node *n) {
  const ag_type *in = &ag_graph_value(g, n->in[0])->type;
  uint32_t mask = axes_of(n);
  if (in->rank < 1 || !mask || n->op == AG_OP_ALL || n->op == AG_OP_ANY || in->dtype == AG_BOOL)
    return false;
  return is_trailing(mask, in->rank) || !(mask >> (in->rank - 1) & 1);
}

bool ag_reduce_is_of_rows(const ag_graph *g, const ag_node *n) {
  const ag_type *in = &ag_graph_value(g, n->in[0])->type;
  return in->rank > 1 && axes_of(n) == 1u << (in->rank - 1) && ag_reduce_is_emitted(g, n);
}

static LLVMValueRef first_of(ag_emitter *e, ag_op op, ag_dtype d) {
  LLVMTypeRef t = ag_emit_type(e, d, 1);
  bool fp = ag_is_float(d);
  unsigned bits = 8 * (unsigned)ag_dtype_size(d);
  uint64_t top = UINT64_C(1) << (bits - 1), all = top | (top - 1);
  switch (op) {
  case AG_OP_PROD:
    return fp ? LLVMConstReal(t, 1) : LLVMConstInt(t, 1, 0);
  case AG_OP_MAX:
    return fp ? LLVMConstReal(t, -INFINITY) : LLVMConstInt(t, ag_is_signed(d) ? top : 0, 0);
  case AG_OP_MIN:
    return fp ? LLVMConstReal(t, INFINITY) : LLVMConstInt(t, ag_is_signed(d) ? top - 1 : all, 0);
  default:
    return LLVMConstNull(t);
  }
}

LLVMValueRef ag_reduce_step(ag_emitter *e, const ag_reduction *r, LLVMValueRef acc, LLVMValueRef x,
                            unsigned lanes) {
  ag_expr expr = {.id = r->id,
                  .from = r->dtype,
                  .to = r->dtype,
                  .lanes = lanes,
                  .in = {acc, x},
                  .name = r->name};
  unsigned before = e->lanes;
  e->lanes = lanes;
  LLVMValueRef y = ag_emit_inline(e, r->step, &expr);
  e->lanes = before;
  return y;
}

LLVMValueRef ag_reduce_local(ag_emitter *e, LLVMTypeRef type) {
  LLVMBasicBlockRef here = LLVMGetInsertBlock(e->b);
  LLVMPositionBuilderAtEnd(e->b, e->entry);
  LLVMValueRef a = LLVMBuildAlloca(e->b, type, "acc");
  LLVMPositionBuilderAtEnd(e->b, here);
  return a;
}

LLVMValueRef ag_reduce_first(const ag_reduction *r, unsigned lanes) {
  LLVMValueRef all[64];
  for (unsigned i = 0; i < lanes; i++)
    all[i] = r->first;
  return lanes > 1 ? LLVMConstVector(all, lanes) : r->first;
}

LLVMValueRef ag_reduce_elements(ag_emitter *e, const ag_reduction *r, const ag_index *at,
                                unsigned lanes) {
  e->lanes = lanes;
  e->n_memo = 0;
  LLVMValueRef x = ag_emit_element(e, r->n->in[0], at, "");
  e->lanes = 1;
  return x;
}

bool ag_reduce_probe(ag_emitter *e, const ag_reduction *r, const ag_index *at, unsigned lanes) {
  e->probing = true;
  e->refused = false;
  e->widest = (unsigned)ag_dtype_size(r->dtype);
  ag_reduce_elements(e, r, at, lanes);
  e->probing = false;
  return !e->refused;
}

bool ag_reduce_has_parts(ag_emitter *e, const ag_reduction *r, const ag_index *at, unsigned lanes) {
  e->partial = true;
  bool can = lanes > 1 && ag_reduce_probe(e, r, at, lanes);
  e->partial = false;
  return can;
}

/* ---- trailing ------------------------------------------------------------------------------ */

/* A run of one output: element i of it is at `at` with coordinate `axis` = base + i. */
typedef struct run {
  const ag_reduction *r;
  ag_index *at;
  int axis;
  LLVMValueRef base;
  unsigned lanes; /* 1: the tree goes one at a time */
  bool in_parts;  /* the last elements may be a part of a vector */
  bool across;    /* the lanes are of outputs next to each other, one element of each */
  bool of_row;    /* in rows.c, where others of the row are in vectors */
  bool crosses;   /* blocks are computed into a buffer (crossings.c), in parts where that can be */
  bool fills_in_parts;
  LLVMValueRef buffer; /* of the block that begins at `first` */
  LLVMValueRef first;
} run;

static LLVMValueRef run_elements(ag_emitter *e, const run *u, LLVMValueRef i, unsigned lanes) {
  if (u->buffer)
    return ag_emit_load(e, u->r->dtype, u->buffer, ag_ix(e, LLVMSub, i, u->first), lanes, "");
  ag_coord *c = &u->at->c[u->axis];
  *c = (ag_coord){.at = ag_ix(e, LLVMAdd, u->base, i), .lane = !u->across};
  if (u->of_row) { /* the elements of which are known by their place */
    c->scale = 1;
    c->offset.plus = LLVMConstIntGetSExtValue(i);
    c->axis = (uint8_t)u->at->rank;
  }
  return ag_reduce_elements(e, u->r, u->at, lanes);
}

/* Cost of the elements that are written out: where they are read in vectors otherwise, where they
 * are a vector each. */
enum { DEAR = 128, LONGEST_CODE = 1024 };

/* The elements [from, end) of a block, fewer than its lanes, that no vector may hold a part of: one
 * at a time, through memory. */
static void emit_rest(ag_emitter *e, const run *u, LLVMValueRef lane, const LLVMValueRef *acc,
                      LLVMValueRef begin, LLVMValueRef from, LLVMValueRef end) {
  const ag_reduction *r = u->r;
  unsigned lanes = u->lanes, vectors = AG_LANES / lanes, align = (unsigned)ag_dtype_size(r->dtype);
  LLVMTypeRef type = ag_emit_type(e, r->dtype, lanes);
  LLVMValueRef at[AG_LANES];
  for (unsigned j = 0; j < vectors; j++) {
    at[j] = ag_reduce_lane(e, r, lane, ag_emit_int(e, j * lanes));
    LLVMValueRef value = LLVMBuildLoad2(e->b, type, acc[j], "");
    LLVMSetAlignment(LLVMBuildStore(e->b, value, at[j]), align);
  }
  ag_loop l;
  ag_loop_begin(e, &l, from, end, 1, r->name);
  LLVMValueRef x = run_elements(e, u, l.i, 1);
  LLVMValueRef j =
      LLVMBuildAnd(e->b, ag_ix(e, LLVMSub, l.i, begin), ag_emit_int(e, AG_LANES - 1), "");
  LLVMValueRef one = ag_reduce_lane(e, r, lane, j);
  LLVMBuildStore(e->b, ag_reduce_step(e, r, LLVMBuildLoad2(e->b, LLVMTypeOf(x), one, ""), x, 1),
                 one);
  ag_loop_end(e, &l);
  for (unsigned k = 0; k < vectors; k++) {
    LLVMValueRef value = LLVMBuildLoad2(e->b, type, at[k], "");
    LLVMSetAlignment(value, align);
    LLVMBuildStore(e->b, value, acc[k]);
  }
}

/* The same in vectors, of which the last is there in part; what is not there changes no bit of an
 * accumulator. */
static void emit_part(ag_emitter *e, const run *u, const LLVMValueRef *acc, LLVMValueRef from,
                      LLVMValueRef end) {
  const ag_reduction *r = u->r;
  LLVMTypeRef type = ag_emit_type(e, r->dtype, u->lanes);
  LLVMValueRef first = ag_reduce_first(r, u->lanes), left = ag_ix(e, LLVMSub, end, from);
  LLVMBasicBlockRef done = ag_emit_block(e, "done");
  for (unsigned j = 0; j < AG_LANES / u->lanes; j++) {
    LLVMValueRef before = ag_emit_int(e, j * u->lanes);
    LLVMValueRef some = LLVMBuildICmp(e->b, LLVMIntSGT, left, before, "");
    if (LLVMIsAConstantInt(some) && !LLVMConstIntGetZExtValue(some))
      break;
    if (!LLVMIsAConstantInt(some)) {
      LLVMBasicBlockRef next = ag_emit_block(e, "part");
      LLVMBuildCondBr(e->b, some, next, done);
      LLVMPositionBuilderAtEnd(e->b, next);
    }
    e->lanes = u->lanes;
    ag_emit_partial(e, ag_ix(e, LLVMSub, left, before));
    LLVMValueRef x = run_elements(e, u, ag_ix(e, LLVMAdd, from, before), u->lanes);
    x = LLVMBuildSelect(e->b, e->mask, x, first, "");
    ag_emit_whole(e);
    LLVMBuildStore(e->b, ag_reduce_step(e, r, LLVMBuildLoad2(e->b, type, acc[j], ""), x, u->lanes),
                   acc[j]);
  }
  LLVMBuildBr(e->b, done);
  LLVMPositionBuilderAtEnd(e->b, done);
}

/* Of one element, read and stepped. */
int64_t ag_reduce_cost(const ag_emitter *e, const ag_reduction *r) {
  return AG_COST_MEMORY + ag_emit_cost(e, r->n->in[0]);
}

/* So few are written out one after the other, unless they cost more than `most`. */
static bool is_few(const ag_emitter *e, const ag_reduction *r, LLVMValueRef count, int64_t most) {
  int64_t n = LLVMIsAConstantInt(count) ? LLVMConstIntGetSExtValue(count) : AG_LANES;
  return n < AG_LANES && n * ag_reduce_cost(e, r) < most;
}

/* The elements [begin, end) of the run, at most a block: its lanes, or as many as a vector has. */
static LLVMValueRef emit_lanes(ag_emitter *e, const run *u, LLVMValueRef lane, LLVMValueRef begin,
                               LLVMValueRef end) {
  const ag_reduction *r = u->r;
  unsigned lanes = u->lanes, vectors = AG_LANES / lanes;
  LLVMTypeRef type = ag_emit_type(e, r->dtype, lanes);
  LLVMValueRef acc[AG_LANES], value[AG_LANES];
  LLVMValueRef length = ag_ix(e, LLVMSub, end, begin);
  LLVMValueRef whole = ag_whole_end(e, begin, end, AG_LANES);
  for (unsigned j = 0; j < vectors; j++) {
    acc[j] = ag_reduce_local(e, type);
    LLVMBuildStore(e->b, ag_reduce_first(r, lanes), acc[j]);
  }
  ag_loop l;
  if (lanes > 1 && whole != begin) {
    ag_loop_begin(e, &l, begin, whole, AG_LANES, r->name);
    for (unsigned j = 0; j < vectors; j++) {
      LLVMValueRef x = run_elements(e, u, ag_ix(e, LLVMAdd, l.i, ag_emit_int(e, j * lanes)), lanes);
      LLVMBuildStore(e->b, ag_reduce_step(e, r, LLVMBuildLoad2(e->b, type, acc[j], ""), x, lanes),
                     acc[j]);
    }
    ag_loop_end(e, &l);
  } else {
    whole = begin;
  }
  bool rest = !LLVMIsConstant(length) || LLVMConstIntGetSExtValue(length) % AG_LANES;
  if (rest && u->in_parts)
    emit_part(e, u, acc, whole, end);
  else if (rest || lanes == 1)
    emit_rest(e, u, lane, acc, begin, whole, end);
  for (unsigned j = 0; j < vectors; j++)
    value[j] = LLVMBuildLoad2(e->b, type, acc[j], "");
  return ag_join_vectors(e, r, value, vectors, lanes);
}

static LLVMValueRef emit_block(ag_emitter *e, const run *u, LLVMValueRef lane, LLVMValueRef begin,
                               LLVMValueRef end) {
  run filled = *u;
  if (u->crosses) {
    filled.first = begin;
    filled.buffer = ag_crossing_buffer(e);
    ag_fill_crossing(e, u->r, u->at, u->lanes, u->fills_in_parts, filled.buffer, begin, end);
    u = &filled;
  }
  return ag_join_lanes(e, u->r, emit_lanes(e, u, lane, begin, end), u->lanes);
}

/* Threads share the blocks; their results are joined when all are there. */
static LLVMValueRef emit_shared_run(ag_emitter *e, const run *u, LLVMValueRef count) {
  const ag_reduction *r = u->r;
  LLVMValueRef size = ag_emit_int(e, AG_REDUCE_BLOCK);
  LLVMValueRef blocks =
      LLVMBuildSDiv(e->b, ag_ix(e, LLVMAdd, count, ag_emit_int(e, AG_REDUCE_BLOCK - 1)), size, "");
  LLVMValueRef results = ag_emit_scratch(e, r->dtype, blocks, r->name);
  ag_outline o;
  ag_loop l;
  ag_outline_begin(e, &o, r->name);
  LLVMValueRef lane = ag_reduce_local(e, LLVMArrayType2(ag_emit_type(e, r->dtype, 1), AG_LANES));
  ag_loop_begin(e, &l, o.begin, o.end, 1, r->name);
  LLVMValueRef begin = ag_ix(e, LLVMMul, l.i, size);
  ag_emit_store(e, r->dtype, results, l.i,
                emit_block(e, u, lane, begin, ag_piece_end(e, begin, AG_REDUCE_BLOCK, count)), 1);
  ag_loop_end(e, &l);
  ag_outline_end(e, &o, blocks, ag_emit_int(e, AG_REDUCE_BLOCK * ag_reduce_cost(e, r)));
  ag_joining j = ag_begin_joining(e, r, 1);
  ag_loop_begin(e, &l, ag_emit_int(e, 0), blocks, 1, r->name);
  ag_join_block(e, r, &j, ag_emit_load(e, r->dtype, results, l.i, 1, ""));
  ag_loop_end(e, &l);
  return ag_end_joining(e, r, &j);
}

/* A run in vectors; what is not there changes no bit. */
static LLVMValueRef emit_cover(ag_emitter *e, const run *u, const ag_cover *c, LLVMValueRef count) {
  const ag_reduction *r = u->r;
  LLVMValueRef first = ag_reduce_first(r, c->lanes), acc[AG_LANES];
  unsigned most = AG_LANES / c->lanes, n = c->vectors < most ? c->vectors : most;
  for (unsigned v = 0; v < c->vectors; v++) {
    int64_t begin = (int64_t)v * c->lanes;
    ag_cover_vector(e, c, v, count);
    LLVMValueRef x = run_elements(e, u, ag_emit_int(e, begin), c->lanes);
    if (e->partial && !e->probing)
      x = LLVMBuildSelect(e->b, e->mask, x, first, "");
    ag_emit_whole(e);
    if (!e->probing)
      acc[v % most] = ag_reduce_step(e, r, v < most ? first : acc[v % most], x, c->lanes);
  }
  return e->probing ? NULL : ag_join_vectors(e, r, acc, n, c->lanes);
}

/* A run of a few elements has each in a lane of its own: no loop, and joining it to lanes where
 * nothing is would change no bit. Of one output, or across `lanes` of them. */
static LLVMValueRef emit_few(ag_emitter *e, const run *u, unsigned n, unsigned lanes) {
  const ag_reduction *r = u->r;
  LLVMValueRef first = ag_reduce_first(r, lanes), x[AG_LANES] = {first};
  for (unsigned j = 0; j < n; j++)
    x[j] = ag_reduce_step(e, r, first, run_elements(e, u, ag_emit_int(e, j), lanes), lanes);
  for (unsigned half = AG_LANES / 2; half > 0; half /= 2) {
    for (unsigned j = 0; j + half < n; j++)
      x[j] = ag_reduce_step(e, r, x[j], x[j + half], lanes);
    n = n < half ? n : half;
  }
  return x[0];
}

static LLVMValueRef emit_long_run(ag_emitter *e, const run *u, LLVMValueRef lane,
                                  LLVMValueRef count) {
  const ag_reduction *r = u->r;
  if (ag_outline_pays(e, count, ag_reduce_cost(e, r)))
    return emit_shared_run(e, u, count);
  ag_joining j = ag_begin_joining(e, r, 1);
  ag_loop l;
  LLVMValueRef looks = ag_looks_begin(e);
  ag_loop_begin(e, &l, ag_emit_int(e, 0), count, AG_REDUCE_BLOCK, r->name);
  ag_join_block(e, r, &j,
                emit_block(e, u, lane, l.i, ag_piece_end(e, l.i, AG_REDUCE_BLOCK, count)));
  ag_emit_look(e, looks, AG_REDUCE_BLOCK * ag_reduce_cost(e, r));
  ag_loop_end(e, &l);
  return ag_end_joining(e, r, &j);
}

static LLVMValueRef emit_run(ag_emitter *e, const run *u, LLVMValueRef count) {
  const ag_reduction *r = u->r;
  LLVMValueRef zero = ag_emit_int(e, 0), most = ag_emit_int(e, AG_REDUCE_BLOCK);
  if (is_few(e, r, count, DEAR))
    return emit_few(e, u, (unsigned)LLVMConstIntGetZExtValue(count), 1);
  LLVMValueRef lane = ag_reduce_local(e, LLVMArrayType2(ag_emit_type(e, r->dtype, 1), AG_LANES));
  LLVMValueRef one = LLVMBuildICmp(e->b, LLVMIntSLE, count, most, "block");
  if (LLVMIsAConstantInt(one))
    return LLVMConstIntGetZExtValue(one) ? emit_block(e, u, lane, zero, count)
                                         : emit_long_run(e, u, lane, count);
  LLVMTypeRef type = ag_emit_type(e, r->dtype, 1);
  LLVMValueRef result = ag_reduce_local(e, type);
  LLVMBasicBlockRef here = ag_emit_block(e, "block"), blocks = ag_emit_block(e, "blocks"),
                    done = ag_emit_block(e, "reduced");
  LLVMBuildCondBr(e->b, one, here, blocks);
  for (int many = 0; many < 2; many++) {
    LLVMPositionBuilderAtEnd(e->b, many ? blocks : here);
    uint32_t scope = ag_emit_scope(e);
    LLVMValueRef value =
        many ? emit_long_run(e, u, lane, count) : emit_block(e, u, lane, zero, count);
    ag_emit_unscope(e, scope);
    LLVMBuildStore(e->b, value, result);
    LLVMBuildBr(e->b, done);
  }
  LLVMPositionBuilderAtEnd(e->b, done);
  return LLVMBuildLoad2(e->b, type, result, r->name);
}

/* ---- both forms --------------------------------------------------------------------------- */

enum { MANY = 16 }; /* outputs that are shared well; of fewer the runs are */

LLVMValueRef ag_reduce_count(ag_emitter *e, const ag_reduction *r) {
  LLVMValueRef n = ag_emit_int(e, 1);
  for (int i = 0; i < r->in->rank; i++)
    if (r->mask >> i & 1)
      n = ag_ix(e, LLVMMul, n, ag_emit_dim(e, r->in, i));
  return n;
}

LLVMValueRef ag_reduce_finished(ag_emitter *e, const ag_reduction *r, LLVMValueRef acc,
                                LLVMValueRef count, unsigned lanes) {
  if (r->n->op != AG_OP_MEAN)
    return acc;
  LLVMValueRef n = LLVMBuildSIToFP(e->b, count, ag_emit_type(e, r->dtype, 1), "");
  if (lanes > 1) {
    LLVMTypeRef type = ag_emit_type(e, r->dtype, lanes);
    n = LLVMBuildInsertElement(e->b, LLVMGetPoison(type), n, LLVMConstInt(e->i32, 0, 0), "");
    n = LLVMBuildShuffleVector(e->b, n, LLVMGetPoison(type),
                               LLVMConstNull(LLVMVectorType(e->i32, lanes)), "");
  }
  return LLVMBuildFDiv(e->b, acc, n, r->name);
}

/* The kept axes but the last `without`: how many positions they have, and at one the coordinates.
 */
static LLVMValueRef kept_count(ag_emitter *e, const ag_reduction *r, int without) {
  LLVMValueRef count = ag_emit_int(e, 1);
  for (int i = 0, n = 0; i < r->in->rank && n < r->kept.rank - without; i++)
    if (!(r->mask >> i & 1)) {
      count = ag_ix(e, LLVMMul, count, ag_emit_dim(e, r->in, i));
      n++;
    }
  return count;
}

LLVMValueRef ag_divisor(ag_emitter *e, const ag_type *x, int i) {
  LLVMValueRef some[] = {ag_emit_dim(e, x, i), ag_emit_int(e, 1)};
  if (LLVMIsAConstantInt(some[0]))
    return some[LLVMConstIntGetZExtValue(some[0]) == 0];
  return ag_emit_intrinsic(e, "llvm.umax", &e->i64, 1, some, 2, "");
}

static void seek_kept(ag_emitter *e, const ag_reduction *r, ag_index *at, LLVMValueRef position,
                      int without) {
  int left = r->kept.rank - without;
  for (int i = r->in->rank, k = r->kept.rank; i-- > 0;) {
    if (r->mask >> i & 1 || k-- > left)
      continue;
    LLVMValueRef size = ag_divisor(e, r->in, i);
    bool first = k == 0;
    at->c[i] = (ag_coord){.at = first ? position : LLVMBuildURem(e->b, position, size, "")};
    position = first ? position : LLVMBuildUDiv(e->b, position, size, "");
  }
}

/* Coordinates of the kept axes are counted from turn to turn: finding them for each output takes
 * longer than adding up a short run. */
static void begin_counting(ag_emitter *e, const ag_reduction *r, ag_sharing *s, ag_index *at,
                           LLVMValueRef begin) {
  seek_kept(e, r, at, begin, 0);
  for (int i = 0; i < r->in->rank; i++)
    if (!(r->mask >> i & 1)) {
      s->counter[i] = ag_reduce_local(e, e->i64);
      LLVMBuildStore(e->b, at->c[i].at, s->counter[i]);
    }
}

static void count_on(ag_emitter *e, const ag_reduction *r, const ag_sharing *s) {
  LLVMValueRef carry = ag_emit_int(e, 1), zero = ag_emit_int(e, 0);
  for (int i = r->in->rank; i-- > 0;) {
    if (!s->counter[i])
      continue;
    LLVMValueRef now = LLVMBuildLoad2(e->b, e->i64, s->counter[i], "");
    now = LLVMBuildNSWAdd(e->b, now, carry, "");
    LLVMValueRef past = LLVMBuildICmp(e->b, LLVMIntEQ, now, ag_emit_dim(e, r->in, i), "");
    LLVMBuildStore(e->b, LLVMBuildSelect(e->b, past, zero, now, ""), s->counter[i]);
    carry = LLVMBuildZExt(e->b, past, e->i64, "");
  }
}

/* each: elements of one turn. Fewer turns than `enough` are not shared. at: gets the coordinates of
 * the kept axes at a turn that is an output, or NULL. */
static void begin_sharing(ag_emitter *e, const ag_reduction *r, ag_sharing *s, LLVMValueRef count,
                          LLVMValueRef each, int64_t enough, ag_index *at) {
  int64_t cost = ag_reduce_cost(e, r);
  *s = (ag_sharing){.count = count};
  s->cost = ag_ix(e, LLVMMul, each, ag_emit_int(e, cost));
  bool few = LLVMIsAConstantInt(count) && LLVMConstIntGetSExtValue(count) < enough;
  s->shared = !few && ag_outline_pays(e, ag_ix(e, LLVMMul, count, each), cost);
  if (s->shared)
    ag_outline_begin(e, &s->o, r->name);
  LLVMValueRef begin = s->shared ? s->o.begin : ag_emit_int(e, 0);
  if (at)
    begin_counting(e, r, s, at, begin);
  ag_loop_begin(e, &s->l, begin, s->shared ? s->o.end : count, 1, r->name);
  for (int i = 0; i < r->in->rank; i++)
    if (s->counter[i])
      at->c[i].at = LLVMBuildLoad2(e->b, e->i64, s->counter[i], "");
}

void ag_sharing_end(ag_emitter *e, const ag_reduction *r, ag_sharing *s) {
  count_on(e, r, s);
  ag_loop_end(e, &s->l);
  if (s->shared)
    ag_outline_end(e, &s->o, s->count, s->cost);
}

unsigned ag_reduce_lanes(ag_emitter *e, unsigned most) {
  unsigned lanes = e->machine->vector_bits / 8 / e->widest;
  return lanes < 2 ? 1 : lanes > most ? most : lanes;
}

void ag_reduce_split(ag_emitter *e, LLVMValueRef x, LLVMValueRef by, LLVMValueRef *of,
                     LLVMValueRef *rest) {
  if (LLVMIsAConstantInt(by)) {
    *of = LLVMBuildUDiv(e->b, x, by, "");
    *rest = LLVMBuildURem(e->b, x, by, "");
    return;
  }
  LLVMBasicBlockRef from[2] = {LLVMGetInsertBlock(e->b), ag_emit_block(e, "split")};
  LLVMBasicBlockRef done = ag_emit_block(e, "whole");
  LLVMValueRef one = LLVMBuildICmp(e->b, LLVMIntEQ, by, ag_emit_int(e, 1), "");
  LLVMBuildCondBr(e->b, one, done, from[1]);
  LLVMPositionBuilderAtEnd(e->b, from[1]);
  LLVMValueRef q[2] = {x, LLVMBuildUDiv(e->b, x, by, "")};
  LLVMValueRef r[2] = {ag_emit_int(e, 0), LLVMBuildURem(e->b, x, by, "")};
  LLVMBuildBr(e->b, done);
  LLVMPositionBuilderAtEnd(e->b, done);
  *of = LLVMBuildPhi(e->b, e->i64, "");
  *rest = LLVMBuildPhi(e->b, e->i64, "");
  LLVMAddIncoming(*of, q, from, 2);
  LLVMAddIncoming(*rest, r, from, 2);
}

void ag_strips_begin(ag_emitter *e, const ag_reduction *r, ag_strips *s, ag_index *at, int axis,
                     LLVMValueRef blocks) {
  LLVMValueRef columns = at->flat ? kept_count(e, r, 0) : ag_emit_dim(e, r->in, axis);
  LLVMValueRef rows = at->flat ? ag_emit_int(e, 1) : kept_count(e, r, 1);
  LLVMValueRef strip = ag_emit_int(e, AG_STRIP), n = ag_emit_int(e, AG_STRIP - 1);
  LLVMValueRef wide = ag_piece_end(e, ag_emit_int(e, 0), AG_STRIP, columns);
  LLVMValueRef each = LLVMBuildUDiv(e->b, ag_reduce_count(e, r), blocks, "");
  n = LLVMBuildSDiv(e->b, ag_ix(e, LLVMAdd, columns, n), strip, "");
  begin_sharing(e, r, &s->sharing, ag_ix(e, LLVMMul, ag_ix(e, LLVMMul, rows, blocks), n),
                ag_ix(e, LLVMMul, each, wide), 2, NULL);
  LLVMValueRef row, number;
  ag_reduce_split(e, s->sharing.l.i, n, &row, &number);
  s->from = ag_ix(e, LLVMMul, number, strip);
  s->to = ag_piece_end(e, s->from, AG_STRIP, columns);
  s->position = ag_ix(e, LLVMMul, row, columns);
  ag_reduce_split(e, row, blocks, &row, &s->block);
  if (!at->flat)
    seek_kept(e, r, at, row, 1);
}

/* The start of the operand; lanes go along `axis`. */
ag_index ag_reduce_index(ag_emitter *e, const ag_reduction *r, int axis) {
  ag_index at = {.rank = r->in->rank};
  for (int i = 0; i < at.rank; i++)
    at.c[i].at = ag_emit_int(e, 0);
  at.c[axis].lane = 1;
  return at;
}

/* Where the outputs have a few elements each: `lanes` outputs at a time. */
static void emit_across(ag_emitter *e, const run *u, const ag_strips *s, int axis, unsigned n,
                        unsigned lanes, LLVMValueRef data) {
  const ag_reduction *r = u->r;
  LLVMValueRef count = ag_reduce_count(e, r), from = s->from;
  for (; lanes; lanes = lanes > 1) {
    LLVMValueRef whole = ag_whole_end(e, from, s->to, lanes);
    ag_loop l;
    ag_loop_begin(e, &l, from, whole, lanes, r->name);
    u->at->c[axis] = (ag_coord){.at = l.i, .lane = 1};
    LLVMValueRef value = ag_reduce_finished(e, r, emit_few(e, u, n, lanes), count, lanes);
    ag_emit_store(e, r->dtype, data, ag_ix(e, LLVMAdd, s->position, l.i), value, lanes);
    ag_loop_end(e, &l);
    from = whole;
  }
}

static int last_kept(const ag_reduction *r) {
  int axis = r->in->rank - 1;
  while (axis >= 0 && r->mask >> axis & 1)
    axis--;
  return axis;
}

/* Of one axis. False: the runs are long, there is one output, or there are fewer next to each other
 * than lanes; or what a vector reads lies apart, where there is another way. */
static bool emit_short_runs(ag_emitter *e, const ag_reduction *r, LLVMValueRef data, bool other) {
  LLVMValueRef count = ag_reduce_count(e, r);
  int axis = last_kept(r);
  if (axis < 0 || !is_few(e, r, count, LONGEST_CODE))
    return false;
  ag_index at = ag_reduce_index(e, r, axis);
  run u = {.r = r, .at = &at, .axis = at.rank - 1, .base = ag_emit_int(e, 0), .across = true};
  e->scattered = false;
  if (!ag_reduce_probe(e, r, &at, 2) || (e->scattered && other))
    return false;
  unsigned lanes = ag_reduce_lanes(e, AG_LANES);
  if (r->in->dim[axis] >= 0 && r->in->dim[axis] < lanes)
    return false;
  ag_strips s;
  ag_strips_begin(e, r, &s, &at, axis, ag_emit_int(e, 1));
  emit_across(e, &u, &s, axis, (unsigned)LLVMConstIntGetZExtValue(count), lanes, data);
  ag_sharing_end(e, r, &s.sharing);
  return true;
}

/* The elements [begin, end) of a block of `lanes` outputs next to each other. */
static LLVMValueRef emit_turned_block(ag_emitter *e, const run *u, LLVMValueRef begin,
                                      LLVMValueRef end, unsigned lanes) {
  const ag_reduction *r = u->r;
  LLVMTypeRef type = ag_emit_type(e, r->dtype, lanes);
  LLVMValueRef acc[AG_LANES], x[AG_LANES], whole = ag_whole_end(e, begin, end, AG_LANES);
  for (unsigned j = 0; j < AG_LANES; j++) {
    acc[j] = ag_reduce_local(e, type);
    LLVMBuildStore(e->b, ag_reduce_first(r, lanes), acc[j]);
  }
  LLVMBasicBlockRef done = ag_emit_block(e, "done");
  for (int rest = 0; rest < 2; rest++) {
    ag_loop l = {.i = whole};
    if (!rest)
      ag_loop_begin(e, &l, begin, whole, AG_LANES, r->name);
    for (unsigned j = 0; j < AG_LANES - (unsigned)rest; j++) {
      LLVMValueRef i = ag_ix(e, LLVMAdd, l.i, ag_emit_int(e, j));
      if (rest) {
        LLVMBasicBlockRef next = ag_emit_block(e, "one");
        LLVMBuildCondBr(e->b, LLVMBuildICmp(e->b, LLVMIntSLT, i, end, ""), next, done);
        LLVMPositionBuilderAtEnd(e->b, next);
      }
      LLVMValueRef now = LLVMBuildLoad2(e->b, type, acc[j], "");
      LLVMBuildStore(e->b, ag_reduce_step(e, r, now, run_elements(e, u, i, lanes), lanes), acc[j]);
    }
    if (!rest)
      ag_loop_end(e, &l);
  }
  LLVMBuildBr(e->b, done);
  LLVMPositionBuilderAtEnd(e->b, done);
  for (unsigned j = 0; j < AG_LANES; j++)
    x[j] = LLVMBuildLoad2(e->b, type, acc[j], "");
  return ag_join_vectors(e, r, x, AG_LANES, lanes);
}

/* Runs that lie across memory, where neighbouring outputs lie along it (of transposed operands): a
 * vector of outputs at a time, the last ones in part. False: of others. */
static bool emit_turned_runs(ag_emitter *e, const ag_reduction *r, LLVMValueRef data) {
  LLVMValueRef count = ag_reduce_count(e, r), zero = ag_emit_int(e, 0);
  int axis = last_kept(r), last = r->in->rank - 1;
  ag_index along = ag_reduce_index(e, r, last), at = ag_reduce_index(e, r, axis < 0 ? last : axis);
  run u = {.r = r, .at = &at, .axis = last, .base = zero, .across = true};
  e->scattered = false;
  if (axis < 0 || (ag_reduce_probe(e, r, &along, 2) && !e->scattered))
    return false;
  e->scattered = false;
  bool fits = ag_reduce_probe(e, r, &at, 2) && !e->scattered;
  unsigned lanes = ag_reduce_lanes(e, AG_LANES);
  if (!fits || lanes < 4 || !ag_reduce_has_parts(e, r, &at, lanes) || e->scattered ||
      2 * AG_LANES * ag_reduce_cost(e, r) >= LONGEST_CODE ||
      (r->in->dim[axis] >= 0 && r->in->dim[axis] < lanes))
    return false;
  ag_strips s;
  ag_loop l, blocks;
  ag_strips_begin(e, r, &s, &at, axis, ag_emit_int(e, 1));
  ag_loop_begin(e, &l, s.from, s.to, lanes, r->name);
  LLVMValueRef left = ag_ix(e, LLVMSub, s.to, l.i), value;
  at.c[axis] = (ag_coord){.at = l.i, .lane = 1};
  e->lanes = lanes;
  ag_emit_partial(e, left);
  if (LLVMIsAConstantInt(count) && LLVMConstIntGetSExtValue(count) <= AG_REDUCE_BLOCK) {
    value = emit_turned_block(e, &u, zero, count, lanes);
  } else {
    ag_joining j = ag_begin_joining(e, r, lanes);
    LLVMValueRef looks = ag_looks_begin(e);
    ag_loop_begin(e, &blocks, zero, count, AG_REDUCE_BLOCK, r->name);
    LLVMValueRef end = ag_piece_end(e, blocks.i, AG_REDUCE_BLOCK, count);
    ag_join_block(e, r, &j, emit_turned_block(e, &u, blocks.i, end, lanes));
    ag_emit_look(e, looks, AG_REDUCE_BLOCK * lanes * ag_reduce_cost(e, r));
    ag_loop_end(e, &blocks);
    value = ag_end_joining(e, r, &j);
  }
  ag_emit_store(e, r->dtype, data, ag_ix(e, LLVMAdd, s.position, l.i),
                ag_reduce_finished(e, r, value, count, lanes), lanes);
  ag_emit_whole(e);
  ag_loop_end(e, &l);
  ag_sharing_end(e, r, &s.sharing);
  return true;
}

/* Output i of the strip, `axis` the last kept one. */
static void seek_output(ag_emitter *e, run *u, int axis, LLVMValueRef i, LLVMValueRef count) {
  if (u->at->flat)
    u->base = ag_ix(e, LLVMMul, i, count);
  else
    u->at->c[axis] = (ag_coord){.at = i};
}

static bool can_be_joined(ag_emitter *e, const run *u, LLVMValueRef count) {
  enum { SHORTEST = 4, LONGEST = 32 }; /* the code of longer ones takes long to compile */
  const ag_reduction *r = u->r;
  int axis = last_kept(r);
  int64_t n = LLVMIsAConstantInt(count) ? LLVMConstIntGetSExtValue(count) : 0;
  if (axis < 0 || u->crosses || n < SHORTEST || n > LONGEST || (n % AG_LANES && !u->in_parts) ||
      u->lanes < 4)
    return false;
  bool enough = u->at->flat || r->in->dim[axis] < 0 || r->in->dim[axis] >= u->lanes;
  return enough && u->lanes * ag_reduce_cost(e, r) < LONGEST_CODE;
}

/* The lanes of one output. */
static LLVMValueRef emit_lanes_of(ag_emitter *e, const run *u, const ag_cover *c,
                                  LLVMValueRef count) {
  return c->lanes ? emit_cover(e, u, c, count) : emit_lanes(e, u, NULL, ag_emit_int(e, 0), count);
}

/* Runs of a few vectors, as many outputs next to each other as a vector has lanes: joining the
 * lanes of one output takes as long as adding them up. */
static void emit_joined_runs(ag_emitter *e, run *u, const ag_cover *c, LLVMValueRef count,
                             LLVMValueRef data) {
  const ag_reduction *r = u->r;
  int axis = last_kept(r);
  ag_strips s;
  ag_loop l;
  LLVMValueRef acc[2 * AG_LANES] = {0};
  ag_strips_begin(e, r, &s, u->at, axis, ag_emit_int(e, 1));
  LLVMValueRef whole = ag_whole_end(e, s.from, s.to, u->lanes);
  ag_loop_begin(e, &l, s.from, whole, u->lanes, r->name);
  for (unsigned k = 0; k < u->lanes; k++) {
    seek_output(e, u, axis, ag_ix(e, LLVMAdd, l.i, ag_emit_int(e, k)), count);
    acc[k] = emit_lanes_of(e, u, c, count);
  }
  LLVMValueRef value =
      ag_reduce_finished(e, r, ag_join_outputs(e, r, acc, u->lanes), count, u->lanes);
  ag_emit_store(e, r->dtype, data, ag_ix(e, LLVMAdd, s.position, l.i), value, u->lanes);
  ag_loop_end(e, &l);
  ag_loop_begin(e, &l, whole, s.to, 1, r->name);
  seek_output(e, u, axis, l.i, count);
  value = ag_join_lanes(e, r, emit_lanes_of(e, u, c, count), u->lanes);
  ag_emit_store(e, r->dtype, data, ag_ix(e, LLVMAdd, s.position, l.i),
                ag_reduce_finished(e, r, value, count, 1), 1);
  ag_loop_end(e, &l);
  ag_sharing_end(e, r, &s.sharing);
}

/* Of a length that only the run knows: the forms in vectors that the last one, left to the caller,
 * is no good for. */
static unsigned most_vectors(ag_emitter *e, const run *u, LLVMValueRef count) {
  enum { MOST = 4 };
  const ag_reduction *r = u->r;
  unsigned most = MOST;
  if (LLVMIsAConstantInt(count) || last_kept(r) < 0 || u->crosses || !u->in_parts || u->lanes < 4)
    return 0;
  while (most && most * u->lanes * ag_reduce_cost(e, r) >= LONGEST_CODE)
    most /= 2;
  return most;
}

/* Returns the number for an output of rank 0 (data is NULL). */
static LLVMValueRef emit_trailing(ag_emitter *e, const ag_reduction *r, LLVMValueRef data) {
  LLVMValueRef count = ag_reduce_count(e, r);
  int last = r->in->rank - 1;
  ag_index flat = {.flat = true, .rank = 1}, at = ag_reduce_index(e, r, last);
  run u = {.r = r, .base = ag_emit_int(e, 0), .lanes = 1};
  flat.c[0].lane = 1;
  bool one_axis = true; /* the only reduced axis that is longer than 1 is the last */
  for (int i = 0; i < last; i++)
    one_axis &= !(r->mask >> i & 1) || r->in->dim[i] == 1;
  bool is_flat = ag_reduce_probe(e, r, &flat, 2), wide = is_flat || ag_reduce_probe(e, r, &at, 2);
  u.crosses = wide && !is_flat && !one_axis && ag_reduce_lanes(e, AG_LANES) > 1 &&
              !is_few(e, r, count, DEAR);
  if (wide && (is_flat || one_axis || u.crosses))
    u.lanes = ag_reduce_lanes(e, AG_LANES);
  is_flat |= !one_axis && !u.crosses;
  u.in_parts = ag_reduce_has_parts(e, r, is_flat ? &flat : &at, u.lanes);
  u.fills_in_parts = u.in_parts;
  u.in_parts |= u.crosses && ag_dtype_size(r->dtype) >= 4;
  u.at = is_flat ? &flat : &at;
  u.axis = is_flat ? 0 : last;
  ag_sharing s;
  bool joined = data && can_be_joined(e, &u, count);
  if (data && one_axis && (emit_short_runs(e, r, data, joined) || emit_turned_runs(e, r, data)))
    return NULL;
  if (joined) {
    emit_joined_runs(e, &u, &(ag_cover){0}, count, data);
    return NULL;
  }
  ag_forms f;
  ag_cover c = {0};
  unsigned most = data ? most_vectors(e, &u, count) : 0;
  if (most)
    for (ag_forms_begin(e, &f, count, u.lanes, most); ag_forms_next(e, &f, &c) && c.lanes;)
      emit_joined_runs(e, &u, &c, count, data);
  if (data)
    begin_sharing(e, r, &s, kept_count(e, r, 0), count, MANY, is_flat ? NULL : &at);
  LLVMValueRef position = data ? s.l.i : ag_emit_int(e, 0);
  if (is_flat)
    u.base = ag_ix(e, LLVMMul, position, count);
  LLVMValueRef value = ag_reduce_finished(e, r, emit_run(e, &u, count), count, 1);
  if (!data)
    return value;
  ag_emit_store(e, r->dtype, data, position, value, 1);
  ag_sharing_end(e, r, &s);
  if (most)
    ag_forms_next(e, &f, &c);
  return NULL;
}

static ag_reduction reduction_of(ag_emitter *e, ag_nid id) {
  const ag_node *n = ag_graph_node(e->g, id);
  ag_reduction r = {.id = id, .n = n, .mask = axes_of(n)};
  r.in = &ag_graph_value(e->g, n->in[0])->type;
  r.out = &ag_graph_value(e->g, n->out)->type;
  r.dtype = (ag_dtype)r.in->dtype;
  r.step = n->op == AG_OP_PROD  ? AG_OP_MUL
           : n->op == AG_OP_MAX ? AG_OP_MAXIMUM
           : n->op == AG_OP_MIN ? AG_OP_MINIMUM
                                : AG_OP_ADD;
  r.first = first_of(e, (ag_op)n->op, r.dtype);
  ag_emit_node_name(e, id, r.name);
  for (int i = 0; i < r.in->rank; i++)
    if (!(r.mask >> i & 1))
      r.kept.dim[r.kept.rank++] = r.in->dim[i];
  return r;
}

LLVMValueRef ag_emit_reduce_row(ag_emitter *e, ag_nid id, ag_index *at) {
  ag_reduction r = reduction_of(e, id);
  LLVMValueRef count = ag_reduce_count(e, &r);
  run u = {.r = &r, .at = at, .axis = at->rank - 1, .base = ag_emit_int(e, 0), .lanes = 1};
  at->c[u.axis] = (ag_coord){.at = ag_emit_int(e, 0), .lane = 1};
  if (ag_reduce_probe(e, &r, at, 2))
    u.lanes = ag_reduce_lanes(e, AG_LANES);
  u.in_parts = ag_reduce_has_parts(e, &r, at, u.lanes);
  return ag_reduce_finished(e, &r, emit_run(e, &u, count), count, 1);
}

LLVMValueRef ag_emit_reduce_vectors(ag_emitter *e, ag_nid id, ag_index *at, const ag_cover *c) {
  ag_reduction r = reduction_of(e, id);
  run u = {.r = &r, .at = at, .axis = at->rank - 1, .lanes = c->lanes, .of_row = true};
  u.base = ag_emit_int(e, 0);
  LLVMValueRef count = e->probing ? NULL : ag_reduce_count(e, &r);
  LLVMValueRef all = emit_cover(e, &u, c, count);
  return e->probing ? NULL
                    : ag_reduce_finished(e, &r, ag_join_lanes(e, &r, all, c->lanes), count, 1);
}

void ag_emit_check_reduced(ag_emitter *e, ag_nid id) {
  ag_op op = ag_graph_node(e->g, id)->op;
  if (op != AG_OP_MAX && op != AG_OP_MIN)
    return;
  ag_reduction r = reduction_of(e, id);
  LLVMValueRef zero = ag_emit_int(e, 0);
  LLVMValueRef some = LLVMBuildICmp(e->b, LLVMIntNE, ag_reduce_count(e, &r), zero, "");
  LLVMValueRef none = LLVMBuildICmp(e->b, LLVMIntEQ, ag_emit_count(e, r.out), zero, "");
  LLVMValueRef ok = LLVMBuildOr(e->b, some, none, "");
  if (!LLVMIsAConstantInt(ok) || !LLVMConstIntGetZExtValue(ok))
    ag_emit_check(e, ok, id, AG_ERR_VALUE, NULL, NULL);
}

ag_code ag_emit_reduce(ag_emitter *e, ag_nid id) {
  const ag_node *n = ag_graph_node(e->g, id);
  if (e->ways.way[id].root != id)
    return ag_emit_later(e, id);
  if (e->ways.way[id].waits && e->n_waiting)
    return ag_emit_rows(e, id);
  ag_reduction r = reduction_of(e, id);
  ag_emit_check_reduced(e, id);
  if (r.out->rank == 0) {
    ag_emit_set_reg(e, n->out, emit_trailing(e, &r, NULL));
    return e->err->code;
  }
  ag_place p = ag_emit_alloc(e, ag_emit_slot(e, 1), r.out, r.name);
  if (is_trailing(r.mask, r.in->rank))
    emit_trailing(e, &r, p.data);
  else
    ag_emit_leading(e, &r, p.data);
  e->place[n->out] = p;
  return e->err->code;
}
