/* element.c - one element (or `lanes` of them) of a value: from its register, from memory, or
 * through its lazy tree.
 *
 * The same walk, with e->probing set, makes no code and only says whether it could. What a loop
 * body computed for a value at the body's own index is kept, so a value used twice in one tree is
 * computed once. */
#include "emit.h"

static LLVMValueRef splat(ag_emitter *e, LLVMValueRef x, const char *name) {
  if (e->lanes == 1 || e->probing)
    return x;
  if (LLVMGetTypeKind(LLVMTypeOf(x)) == LLVMVectorTypeKind)
    return ag_complex_splat(e, x, name);
  LLVMTypeRef type = LLVMVectorType(LLVMTypeOf(x), e->lanes);
  LLVMValueRef zero = LLVMConstInt(e->i32, 0, 0);
  LLVMValueRef one = LLVMBuildInsertElement(e->b, LLVMGetPoison(type), x, zero, "");
  return LLVMBuildShuffleVector(e->b, one, LLVMGetPoison(type),
                                LLVMConstNull(LLVMVectorType(e->i32, e->lanes)), name);
}

static LLVMValueRef reversed(ag_emitter *e, LLVMValueRef x, const char *name) {
  LLVMValueRef mask[64];
  for (unsigned i = 0; i < e->lanes; i++)
    mask[i] = LLVMConstInt(e->i32, e->lanes - 1 - i, 0);
  return LLVMBuildShuffleVector(e->b, x, LLVMGetPoison(LLVMTypeOf(x)),
                                LLVMConstVector(mask, e->lanes), name);
}

enum { NEAR = 4 }; /* steps that whole vectors are loaded for */

/* Every step-th element from `offset` on, out of vectors that reach no further than the last one.
 */
static LLVMValueRef stepping(ag_emitter *e, ag_dtype d, LLVMValueRef data, LLVMValueRef offset,
                             int64_t step, const char *name) {
  int64_t lanes = e->lanes, s = step < 0 ? -step : step, last = s * (lanes - 1);
  LLVMValueRef made = NULL, mask[64];
  if (step < 0)
    offset = ag_ix(e, LLVMSub, offset, ag_emit_int(e, last));
  for (int64_t k = 0, begin = 0; k < s; k++) {
    begin = k == s - 1 ? last - (lanes - 1) : k * lanes;
    LLVMValueRef part = ag_emit_load(e, d, data, ag_ix(e, LLVMAdd, offset, ag_emit_int(e, begin)),
                                     (unsigned)lanes, name);
    for (int64_t i = 0; i < lanes; i++) {
      int64_t at = s * (step < 0 ? lanes - 1 - i : i) - begin;
      bool here = at >= 0 && at < lanes;
      mask[i] = LLVMConstInt(e->i32, (unsigned long long)(here ? lanes + at : i), 0);
    }
    made = LLVMBuildShuffleVector(e->b, made ? made : part, part,
                                  LLVMConstVector(mask, (unsigned)lanes), name);
  }
  return made;
}

/* One element from each of `offsets`. */
static LLVMValueRef scattered(ag_emitter *e, ag_dtype d, LLVMValueRef data, LLVMValueRef offsets,
                              const char *name) {
  LLVMTypeRef one = ag_emit_memory_type(e, d, 1), type = ag_emit_memory_type(e, d, e->lanes);
  LLVMValueRef all[64];
  for (unsigned i = 0; i < e->lanes; i++)
    all[i] = LLVMConstInt(e->i1, 1, 0);
  LLVMValueRef at = LLVMBuildInBoundsGEP2(e->b, one, data, &offsets, 1, "");
  LLVMTypeRef over[] = {type, LLVMTypeOf(at)};
  LLVMValueRef args[] = {at, LLVMConstInt(e->i32, ag_dtype_size(d), 0),
                         LLVMConstVector(all, e->lanes), LLVMGetPoison(type)};
  LLVMValueRef value = ag_emit_intrinsic(e, "llvm.masked.gather", over, 2, args, 4, name);
  return d == AG_BOOL ? LLVMBuildICmp(e->b, LLVMIntNE, value, LLVMConstNull(type), name) : value;
}

static LLVMValueRef from_memory(ag_emitter *e, ag_val v, const ag_index *at, const char *name) {
  const ag_type *t = &ag_graph_value(e->g, v)->type;
  int64_t lane = 0;
  LLVMValueRef offset = ag_emit_linear(e, t, at, &lane);
  if (e->place[v].scratch) {
    e->refused |= at->flat;
    offset = at->c[at->rank - 1].at;
    lane = at->c[at->rank - 1].lane;
  }
  /* Bytes have no masks on many a machine. */
  if (e->partial && e->lanes > 1 && lane && (lane != 1 || ag_dtype_size((ag_dtype)t->dtype) < 4))
    e->refused = true;
  if (ag_is_complex((ag_dtype)t->dtype) && e->lanes > 1 && lane && (lane != 1 || e->partial))
    e->refused = true;
  bool near = lane >= -NEAR && lane <= NEAR;
  e->scattered |= e->lanes > 1 && !near;
  if (e->lanes > 1 && !near && e->widest < 8)
    e->widest = 8; /* a place in memory for each lane */
  e->turned |= !near && lane != AG_LANE_ANY && !at->flat && at->c[t->rank - 1].lane == 0;
  if (e->probing)
    return NULL;
  LLVMValueRef data = e->place[v].data;
  if (e->lanes == 1)
    return ag_emit_load(e, t->dtype, data, offset, 1, name);
  if (lane == 0)
    return splat(e, ag_emit_load(e, t->dtype, data, offset, 1, name), name);
  if (lane == 1)
    return ag_emit_load(e, t->dtype, data, offset, e->lanes, name);
  if (!near)
    return scattered(e, (ag_dtype)t->dtype, data, ag_emit_lanes(e, offset, lane), name);
  if (lane != -1)
    return stepping(e, (ag_dtype)t->dtype, data, offset, lane, name);
  offset = ag_ix(e, LLVMSub, offset, ag_emit_int(e, e->lanes - 1));
  return reversed(e, ag_emit_load(e, t->dtype, data, offset, e->lanes, name), name);
}

/* While probing all positions are NULL: then equal steps and ranges are enough, they alone decide.
 */
static bool same_index(const ag_index *a, const ag_index *b) {
  if (a->flat != b->flat || a->rank != b->rank)
    return false;
  for (int i = 0; i < a->rank; i++)
    if (a->c[i].at != b->c[i].at || a->c[i].lane != b->c[i].lane || a->c[i].axis != b->c[i].axis ||
        a->c[i].scale != b->c[i].scale || !ag_amounts_equal(&a->c[i].offset, &b->c[i].offset))
      return false;
  return true;
}

/* The row's vectors, which have each of its elements in a lane. */
static LLVMValueRef from_row(ag_emitter *e, const ag_place *p, const ag_index *at) {
  const ag_coord *c = &at->c[at->rank - 1];
  e->refused |= at->flat || e->lanes != p->across || c->axis != at->rank || c->scale != 1 ||
                c->offset.n || c->lane != 1 || (e->probing && c->offset.plus);
  return e->probing ? NULL : p->rows[c->offset.plus / p->across];
}

LLVMValueRef ag_emit_element(ag_emitter *e, ag_val v, const ag_index *at, const char *name) {
  const ag_place *p = &e->place[v];
  unsigned size = ag_emit_width(ag_graph_value(e->g, v)->type.dtype);
  if (size > e->widest)
    e->widest = size;
  if (p->kind == AG_PLACE_REG)
    return splat(e, p->reg, name);
  if (p->across)
    return from_row(e, p, at);
  if (p->row)
    return splat(e, p->row, name);
  if (p->kind == AG_PLACE_TENSOR)
    return from_memory(e, v, at, name);
  for (uint32_t i = 0; i < e->n_memo; i++)
    if (e->memo[i].v == v && e->memo[i].lanes == e->lanes && same_index(&e->memo[i].at, at))
      return e->memo[i].value;
  LLVMValueRef value = ag_emit_node_element(e, ag_graph_value(e->g, v)->node, at);
  if (!ag_grow(e->memo, e->cap_memo, e->n_memo + 1)) {
    ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
    return value;
  }
  e->memo[e->n_memo++] = (ag_memo){v, e->lanes, *at, value};
  return value;
}

LLVMValueRef ag_emit_operand(ag_emitter *e, ag_val v, const ag_type *shape, const ag_index *at,
                             const char *name) {
  const ag_type *t = &ag_graph_value(e->g, v)->type;
  ag_index own;
  if (!ag_index_broadcast(e, t, shape, &at, &own)) {
    e->refused = true;
    return NULL;
  }
  return ag_emit_element(e, v, at, name);
}

LLVMValueRef ag_emit_node_element(ag_emitter *e, ag_nid id, const ag_index *at) {
  const ag_node *n = ag_graph_node(e->g, id);
  const ag_type *out = &ag_graph_value(e->g, n->out)->type;
  char name[48];
  ag_emit_node_name(e, id, name);
  if (ag_ops[n->op].lowering == AG_LOWER_index) {
    ag_index from;
    if (!ag_emit_source(e, id, at, &from)) {
      e->refused = true;
      return NULL;
    }
    return ag_emit_element(e, n->in[0], &from, name);
  }
  if (ag_ops[n->op].lowering == AG_LOWER_parts) {
    e->refused |= e->partial; /* which part it is, the first lane says for all */
    return ag_emit_parts(e, id, at);
  }
  ag_expr x = {.id = id, .to = out->dtype, .lanes = e->lanes, .name = name};
  x.from = ag_graph_value(e->g, n->in[n->n_in - 1])->type.dtype;
  for (uint32_t k = 0; k < n->n_in; k++)
    x.in[k] = ag_emit_operand(e, n->in[k], out, at, "");
  return ag_emit_inline(e, n->op, &x);
}
