/* joins.c - the lanes of a block, and the blocks of a run, in REDUCTION ORDER
 * (runtime/kernels/reduce.h). */
#include "reduce.h"

LLVMValueRef ag_reduce_lane(ag_emitter *e, const ag_reduction *r, LLVMValueRef lane,
                            LLVMValueRef j) {
  return LLVMBuildInBoundsGEP2(e->b, ag_emit_type(e, r->dtype, 1), lane, &j, 1, "");
}

/* Lanes j += j + 8, 4, 2, 1: first whole vectors, then the halves of the last one. */
LLVMValueRef ag_join_vectors(ag_emitter *e, const ag_reduction *r, LLVMValueRef *acc,
                             unsigned vectors, unsigned lanes) {
  for (; vectors > 1; vectors /= 2)
    for (unsigned j = 0; j < vectors / 2; j++)
      acc[j] = ag_reduce_step(e, r, acc[j], acc[j + vectors / 2], lanes);
  return acc[0];
}

static LLVMValueRef shuffled(ag_emitter *e, LLVMValueRef a, LLVMValueRef b, const unsigned *from,
                             unsigned lanes) {
  LLVMValueRef mask[AG_LANES];
  for (unsigned j = 0; j < lanes; j++)
    mask[j] = LLVMConstInt(e->i32, from[j], 0);
  return LLVMBuildShuffleVector(e->b, a, b, LLVMConstVector(mask, lanes), "");
}

LLVMValueRef ag_join_lanes(ag_emitter *e, const ag_reduction *r, LLVMValueRef acc, unsigned lanes) {
  for (unsigned s = lanes / 2; s > 0; s /= 2) {
    unsigned from[AG_LANES];
    for (unsigned j = 0; j < lanes; j++)
      from[j] = j < s ? j + s : 0;
    acc = ag_reduce_step(e, r, acc, shuffled(e, acc, LLVMGetPoison(LLVMTypeOf(acc)), from, lanes),
                         lanes);
  }
  return lanes > 1 ? LLVMBuildExtractElement(e->b, acc, LLVMConstInt(e->i32, 0, 0), r->name) : acc;
}

/* The same for `lanes` outputs, one vector each, two at a time: a vector holds w lanes of each of
 * lanes / w outputs; of two, the lower w / 2 lanes of all become one vector, the upper ones
 * another. First whole pieces of 16 bytes move, then lanes within them; in the end outputs are in
 * order. */
LLVMValueRef ag_join_outputs(ag_emitter *e, const ag_reduction *r, LLVMValueRef *acc,
                             unsigned lanes) {
  unsigned piece = 16 / (unsigned)ag_dtype_size(r->dtype), apart, from[2][AG_LANES];
  piece = piece > lanes ? lanes : piece;
  apart = piece == lanes ? 1 : piece;
  for (unsigned w = lanes; w > 1; w /= 2) {
    unsigned run = w > piece ? lanes : piece; /* within which U's lanes stand before V's */
    for (unsigned begin = 0, j = 0; begin < lanes; begin += run)
      for (unsigned v = 0; v < 2; v++)
        for (unsigned k = begin; k < begin + run; k++)
          if (k % w < w / 2) {
            from[0][j] = v * lanes + k;
            from[1][j++] = v * lanes + k + w / 2;
          }
    for (unsigned j = 0; j < lanes; j++)
      if (acc[j] && acc[j + apart]) {
        LLVMValueRef low = shuffled(e, acc[j], acc[j + apart], from[0], lanes);
        LLVMValueRef high = shuffled(e, acc[j], acc[j + apart], from[1], lanes);
        acc[j] = ag_reduce_step(e, r, low, high, lanes);
        acc[j + apart] = NULL;
      }
    apart = 2 * apart == lanes ? 1 : 2 * apart;
  }
  return acc[0];
}

static LLVMValueRef level_at(ag_emitter *e, const ag_reduction *r, const ag_joining *j,
                             LLVMValueRef k) {
  return LLVMBuildInBoundsGEP2(e->b, ag_emit_type(e, r->dtype, j->lanes), j->levels, &k, 1, "");
}

/* carry joins the levels that the bits of `blocks` below *k fill; stops at the first 0. */
static LLVMValueRef join_level(ag_emitter *e, const ag_reduction *r, const ag_joining *j,
                               LLVMValueRef k, LLVMValueRef carry) {
  LLVMTypeRef type = ag_emit_type(e, r->dtype, j->lanes);
  return ag_reduce_step(e, r, LLVMBuildLoad2(e->b, type, level_at(e, r, j, k), ""), carry,
                        j->lanes);
}

static LLVMValueRef bit_of(ag_emitter *e, LLVMValueRef blocks, LLVMValueRef k) {
  LLVMValueRef one = LLVMBuildAnd(e->b, LLVMBuildLShr(e->b, blocks, k, ""), ag_emit_int(e, 1), "");
  return LLVMBuildICmp(e->b, LLVMIntNE, one, ag_emit_int(e, 0), "");
}

static void enter_block(ag_emitter *e, LLVMBasicBlockRef next, const ag_reduction *r,
                        const ag_joining *j, LLVMValueRef blocks) {
  LLVMValueRef k = j->k, carry = j->carry;
  /* while (bit k of blocks) carry = step(level[k++], carry); level[k] = carry */
  LLVMBasicBlockRef test = ag_emit_block(e, "carry"), join = ag_emit_block(e, "join");
  LLVMTypeRef type = ag_emit_type(e, r->dtype, j->lanes);
  LLVMBuildStore(e->b, ag_emit_int(e, 0), k);
  LLVMBuildBr(e->b, test);
  LLVMPositionBuilderAtEnd(e->b, test);
  LLVMValueRef at = LLVMBuildLoad2(e->b, e->i64, k, "");
  LLVMBuildCondBr(e->b, bit_of(e, blocks, at), join, next);
  LLVMPositionBuilderAtEnd(e->b, join);
  LLVMBuildStore(e->b, join_level(e, r, j, at, LLVMBuildLoad2(e->b, type, carry, "")), carry);
  LLVMBuildStore(e->b, LLVMBuildAdd(e->b, at, ag_emit_int(e, 1), ""), k);
  LLVMBuildBr(e->b, test);
  LLVMPositionBuilderAtEnd(e->b, next);
  at = LLVMBuildLoad2(e->b, e->i64, k, "");
  LLVMBuildStore(e->b, LLVMBuildLoad2(e->b, type, carry, ""), level_at(e, r, j, at));
}

ag_joining ag_begin_joining(ag_emitter *e, const ag_reduction *r, unsigned lanes) {
  LLVMTypeRef type = ag_emit_type(e, r->dtype, lanes);
  ag_joining j = {lanes, ag_reduce_local(e, LLVMArrayType2(type, 64)), ag_reduce_local(e, e->i64),
                  ag_reduce_local(e, e->i64), ag_reduce_local(e, type)};
  LLVMBuildStore(e->b, ag_emit_int(e, 0), j.blocks);
  return j;
}

void ag_join_block(ag_emitter *e, const ag_reduction *r, const ag_joining *j, LLVMValueRef result) {
  LLVMBuildStore(e->b, result, j->carry);
  LLVMValueRef number = LLVMBuildLoad2(e->b, e->i64, j->blocks, "");
  enter_block(e, ag_emit_block(e, "level"), r, j, number);
  LLVMBuildStore(e->b, LLVMBuildAdd(e->b, number, ag_emit_int(e, 1), ""), j->blocks);
}

/* Over the set bits, lowest first. `first` stands for "none yet": the first level met replaces it.
 */
LLVMValueRef ag_end_joining(ag_emitter *e, const ag_reduction *r, const ag_joining *j) {
  LLVMTypeRef type = ag_emit_type(e, r->dtype, j->lanes);
  LLVMValueRef total = LLVMBuildLoad2(e->b, e->i64, j->blocks, "");
  LLVMValueRef lowest = LLVMBuildAnd(e->b, total, LLVMBuildNeg(e->b, total, ""), "");
  LLVMBuildStore(e->b, ag_reduce_first(r, j->lanes), j->carry);
  LLVMValueRef args[] = {total, LLVMConstInt(e->i1, 0, 0)};
  LLVMValueRef bits = LLVMBuildSub(e->b, ag_emit_int(e, 64),
                                   ag_emit_intrinsic(e, "llvm.ctlz", &e->i64, 1, args, 2, ""), "");
  ag_loop l;
  ag_loop_begin(e, &l, ag_emit_int(e, 0), bits, 1, "levels");
  LLVMBasicBlockRef take = ag_emit_block(e, "take"), skip = ag_emit_block(e, "skip");
  LLVMBuildCondBr(e->b, bit_of(e, total, l.i), take, skip);
  LLVMPositionBuilderAtEnd(e->b, take);
  LLVMValueRef is_lowest =
      LLVMBuildICmp(e->b, LLVMIntEQ, LLVMBuildShl(e->b, ag_emit_int(e, 1), l.i, ""), lowest, "");
  LLVMValueRef joined = join_level(e, r, j, l.i, LLVMBuildLoad2(e->b, type, j->carry, ""));
  LLVMValueRef alone = LLVMBuildLoad2(e->b, type, level_at(e, r, j, l.i), "");
  LLVMBuildStore(e->b, LLVMBuildSelect(e->b, is_lowest, alone, joined, ""), j->carry);
  LLVMBuildBr(e->b, skip);
  LLVMPositionBuilderAtEnd(e->b, skip);
  ag_loop_end(e, &l);
  return LLVMBuildLoad2(e->b, type, j->carry, r->name);
}
