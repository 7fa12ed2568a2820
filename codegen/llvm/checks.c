/* checks.c - checks that leave the function.
 *
 * What leaves is cold: it calls the runtime, which names place and operation by the site and frees
 * the frame. The overflow of an operation with a constant is seen by its operand, apart from the
 * result, so that the chain from one value of a loop variable to the next has no check in it. */
#include "emit.h"

/* Ends the block: goes on in a new one where ok holds, returns `code` elsewhere. */
static void leave_unless(ag_emitter *e, LLVMValueRef ok, LLVMBasicBlockRef *failing) {
  LLVMBasicBlockRef next = ag_emit_block(e, "ok");
  *failing = ag_emit_block(e, "fail");
  ag_emit_likely(e, LLVMBuildCondBr(e->b, ok, next, *failing), true);
  LLVMPositionBuilderAtEnd(e->b, next);
}

void ag_emit_return_if(ag_emitter *e, LLVMValueRef code) {
  LLVMBasicBlockRef failing;
  leave_unless(e, LLVMBuildICmp(e->b, LLVMIntEQ, code, LLVMConstInt(e->i32, 0, 0), ""), &failing);
  LLVMBasicBlockRef next = LLVMGetInsertBlock(e->b);
  LLVMPositionBuilderAtEnd(e->b, failing);
  LLVMBuildRet(e->b, code);
  LLVMPositionBuilderAtEnd(e->b, next);
}

void ag_emit_leave(ag_emitter *e, LLVMValueRef code) {
  LLVMBuildRet(e->b, code);
  LLVMPositionBuilderAtEnd(e->b, ag_emit_block(e, "never"));
}

static void fail(ag_emitter *e, ag_nid id, LLVMValueRef code, LLVMValueRef a, LLVMValueRef b) {
  LLVMValueRef none = ag_emit_int(e, 0);
  LLVMValueRef args[] = {e->run, code, LLVMConstInt(e->i32, ag_emit_site(e, id), 0), a ? a : none,
                         b ? b : none};
  LLVMBuildRet(e->b, ag_emit_rt(e, "ag_rt_fail", e->i32, args, 5, "code"));
}

static void fail_unless(ag_emitter *e, LLVMValueRef ok, ag_nid id, LLVMValueRef code,
                        LLVMValueRef a, LLVMValueRef b) {
  LLVMBasicBlockRef failing;
  leave_unless(e, ok, &failing);
  LLVMBasicBlockRef next = LLVMGetInsertBlock(e->b);
  LLVMPositionBuilderAtEnd(e->b, failing);
  fail(e, id, code, a, b);
  LLVMPositionBuilderAtEnd(e->b, next);
}

static void put_off(ag_emitter *e, struct ag_pending check) {
  if (!ag_grow(e->pending, e->cap_pending, e->n_pending + 1)) {
    ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
    return;
  }
  check.guard = e->guard;
  e->pending[e->n_pending++] = check;
}

void ag_emit_check_code(ag_emitter *e, LLVMValueRef ok, ag_nid id, LLVMValueRef code,
                        LLVMValueRef a, LLVMValueRef b) {
  if (e->guard) /* what is computed on does no harm: the end of the straight code looks */
    put_off(e, (struct ag_pending){.ok = ok, .code = code, .a = a, .b = b, .id = id});
  else
    fail_unless(e, ok, id, code, a, b);
}

void ag_emit_check(ag_emitter *e, LLVMValueRef ok, ag_nid id, ag_code code, LLVMValueRef a,
                   LLVMValueRef b) {
  ag_emit_check_code(e, ok, id, LLVMConstInt(e->i32, code, 0), a, b);
}

void ag_emit_check_unless(ag_emitter *e, LLVMValueRef ok, LLVMValueRef rare, ag_nid id,
                          ag_code code, LLVMValueRef a, LLVMValueRef b) {
  if (e->guard || LLVMIsConstant(ok)) {
    ag_emit_check(e, LLVMBuildOr(e->b, ok, rare, ""), id, code, a, b);
    return;
  }
  LLVMBasicBlockRef odd;
  leave_unless(e, ok, &odd);
  LLVMBasicBlockRef next = LLVMGetInsertBlock(e->b);
  LLVMPositionBuilderAtEnd(e->b, odd);
  ag_emit_check(e, rare, id, code, a, b);
  LLVMBuildBr(e->b, next);
  LLVMPositionBuilderAtEnd(e->b, next);
}

/* ---- overflow of scale * x + offset -----------------------------------------------------------
 */

/* The numbers for which scale * x + offset is an int64. */
typedef struct range {
  int64_t low, high;
} range;

static __int128 floor_div(__int128 a, __int128 b) {
  __int128 q = a / b;
  return q - (a % b != 0 && (a < 0) != (b < 0));
}

static range range_of(__int128 scale, __int128 offset) {
  __int128 least = INT64_MIN - offset, most = INT64_MAX - offset;
  __int128 low = scale > 0 ? -floor_div(-least, scale) : -floor_div(-most, scale);
  __int128 high = scale > 0 ? floor_div(most, scale) : floor_div(least, scale);
  return (range){low < INT64_MIN ? INT64_MIN : (int64_t)low,
                 high > INT64_MAX ? INT64_MAX : (int64_t)high};
}

static LLVMValueRef in_range(ag_emitter *e, LLVMValueRef x, range r) {
  if (r.low == INT64_MIN)
    return LLVMBuildICmp(e->b, LLVMIntSLE, x, ag_emit_int(e, r.high), "");
  if (r.high == INT64_MAX)
    return LLVMBuildICmp(e->b, LLVMIntSGE, x, ag_emit_int(e, r.low), "");
  uint64_t width = (uint64_t)r.high - (uint64_t)r.low;
  LLVMValueRef from_low = LLVMBuildSub(e->b, x, ag_emit_int(e, r.low), "");
  return LLVMBuildICmp(e->b, LLVMIntULE, from_low, ag_emit_int(e, (int64_t)width), "");
}

LLVMValueRef ag_emit_affine(ag_emitter *e, LLVMValueRef x, int64_t scale, int64_t offset, ag_nid id,
                            LLVMValueRef a, LLVMValueRef b, const char *name) {
  struct ag_pending check = {.base = x, .scale = scale, .offset = offset, .id = id, .a = a, .b = b};
  LLVMValueRef value = x;
  if (scale != 1)
    value = scale == -1 ? LLVMBuildNeg(e->b, x, offset ? "" : name)
                        : LLVMBuildMul(e->b, x, ag_emit_int(e, scale), offset ? "" : name);
  if (offset)
    value = LLVMBuildAdd(e->b, value, ag_emit_int(e, offset), name);
  if (scale == 0 || (scale == 1 && offset == 0))
    return value;
  check.code = LLVMConstInt(e->i32, AG_ERR_OVERFLOW, 0);
  if (!e->guard) {
    fail_unless(e, in_range(e, x, range_of(scale, offset)), id, check.code, a, b);
    return value;
  }
  for (uint32_t i = 0; i < e->n_pending; i++) {
    const struct ag_pending *p = &e->pending[i];
    int64_t s, o;
    if (p->base && p->value == x && !__builtin_mul_overflow(p->scale, scale, &s) &&
        !__builtin_mul_overflow(p->offset, scale, &o) && !__builtin_add_overflow(o, offset, &o)) {
      check.base = p->base;
      check.scale = s;
      check.offset = o;
    }
  }
  check.value = value;
  put_off(e, check);
  return value;
}

/* ---- straight code -----------------------------------------------------------------------------
 */

/* The numbers that pass all checks of this base. */
static range common_range(const ag_emitter *e, LLVMValueRef base) {
  range all = {INT64_MIN, INT64_MAX};
  for (uint32_t i = 0; i < e->n_pending; i++)
    if (e->pending[i].base == base) {
      range r = range_of(e->pending[i].scale, e->pending[i].offset);
      all.low = r.low > all.low ? r.low : all.low;
      all.high = r.high < all.high ? r.high : all.high;
    }
  return all;
}

static bool seen_before(const ag_emitter *e, uint32_t i) {
  for (uint32_t j = 0; j < i; j++)
    if (e->pending[i].base && e->pending[j].base == e->pending[i].base)
      return true;
  return false;
}

/* First what all checks come to without asking whether their branch is taken: one comparison for
 * each number. Only where that fails are they made one by one, in program order. */
void ag_emit_pending(ag_emitter *e) {
  if (!e->n_pending)
    return;
  LLVMBasicBlockRef exact = ag_emit_block(e, "exact");
  for (uint32_t i = 0; i < e->n_pending; i++) {
    const struct ag_pending *p = &e->pending[i];
    if (seen_before(e, i))
      continue;
    LLVMValueRef ok = p->base ? in_range(e, p->base, common_range(e, p->base)) : p->ok;
    LLVMBasicBlockRef next = ag_emit_block(e, "ok");
    ag_emit_likely(e, LLVMBuildCondBr(e->b, ok, next, exact), true);
    LLVMPositionBuilderAtEnd(e->b, next);
  }
  LLVMBasicBlockRef go = LLVMGetInsertBlock(e->b);
  LLVMPositionBuilderAtEnd(e->b, exact);
  for (uint32_t i = 0; i < e->n_pending; i++) {
    const struct ag_pending *p = &e->pending[i];
    LLVMValueRef ok = p->base ? in_range(e, p->base, range_of(p->scale, p->offset)) : p->ok;
    fail_unless(e, LLVMBuildOr(e->b, ok, LLVMBuildNot(e->b, p->guard, ""), ""), p->id, p->code,
                p->a, p->b);
  }
  LLVMBuildBr(e->b, go);
  LLVMPositionBuilderAtEnd(e->b, go);
  e->n_pending = 0;
}

LLVMValueRef ag_emit_pending_hold(ag_emitter *e) {
  LLVMValueRef all = NULL;
  for (uint32_t i = 0; i < e->n_pending; i++) {
    const struct ag_pending *p = &e->pending[i];
    LLVMValueRef ok = p->base ? in_range(e, p->base, range_of(p->scale, p->offset)) : p->ok;
    all = all ? LLVMBuildAnd(e->b, all, ok, "") : ok;
  }
  e->n_pending = 0;
  return all;
}

/* ---- indices ------------------------------------------------------------------------------------
 */

static void fail_index(ag_emitter *e, ag_nid id, int axis, LLVMValueRef index, LLVMValueRef size) {
  LLVMValueRef args[] = {e->run, LLVMConstInt(e->i32, ag_emit_site(e, id), 0),
                         LLVMConstInt(e->i32, (unsigned)axis, 0), index, size};
  LLVMBuildRet(e->b, ag_emit_rt(e, "ag_rt_fail_index", e->i32, args, 5, "code"));
}

/* `at` is below size, else it fails for the index. */
static LLVMValueRef below(ag_emitter *e, LLVMValueRef at, LLVMValueRef size, ag_nid id, int axis,
                          LLVMValueRef index) {
  LLVMBasicBlockRef failing;
  leave_unless(e, LLVMBuildICmp(e->b, LLVMIntULT, at, size, ""), &failing);
  LLVMBasicBlockRef next = LLVMGetInsertBlock(e->b);
  LLVMPositionBuilderAtEnd(e->b, failing);
  fail_index(e, id, axis, index, size);
  LLVMPositionBuilderAtEnd(e->b, next);
  return at;
}

/* Leaves with the first lane that is not in range; `ok` says which are. */
static void fail_first(ag_emitter *e, ag_nid id, int axis, LLVMValueRef indices, LLVMValueRef ok,
                       LLVMValueRef size) {
  unsigned lanes = LLVMGetVectorSize(LLVMTypeOf(indices));
  LLVMTypeRef mask = LLVMIntTypeInContext(e->ctx, lanes);
  LLVMValueRef bad = LLVMBuildBitCast(e->b, LLVMBuildNot(e->b, ok, ""), mask, "");
  LLVMValueRef args[] = {bad, LLVMConstInt(e->i1, 1, 0)};
  LLVMValueRef first = ag_emit_intrinsic(e, "llvm.cttz", &mask, 1, args, 2, "");
  fail_index(e, id, axis, LLVMBuildExtractElement(e->b, indices, first, "index"), size);
}

LLVMValueRef ag_emit_checked_indices(ag_emitter *e, LLVMValueRef indices, bool nonnegative,
                                     LLVMValueRef size, ag_nid id, int axis) {
  LLVMTypeRef type = LLVMTypeOf(indices);
  LLVMValueRef zero = LLVMConstNull(type), at = indices, sizes = ag_ix(e, LLVMAdd, zero, size);
  if (!nonnegative) {
    LLVMValueRef from_end = LLVMBuildAdd(e->b, indices, sizes, "");
    LLVMValueRef negative = LLVMBuildICmp(e->b, LLVMIntSLT, indices, zero, "");
    at = LLVMBuildSelect(e->b, negative, from_end, indices, "");
  }
  LLVMValueRef ok = LLVMBuildICmp(e->b, LLVMIntULT, at, sizes, "");
  LLVMTypeRef flags = LLVMTypeOf(ok);
  LLVMBasicBlockRef failing;
  leave_unless(e, ag_emit_intrinsic(e, "llvm.vector.reduce.and", &flags, 1, &ok, 1, ""), &failing);
  LLVMBasicBlockRef next = LLVMGetInsertBlock(e->b);
  LLVMPositionBuilderAtEnd(e->b, failing);
  fail_first(e, id, axis, indices, ok, size);
  LLVMPositionBuilderAtEnd(e->b, next);
  return at;
}

/* Most indices are not negative: one comparison sees that and the end. What fails it may still
 * count from the end, which is a cold way back to the same place. */
LLVMValueRef ag_emit_checked_index(ag_emitter *e, LLVMValueRef index, bool nonnegative,
                                   LLVMValueRef size, ag_nid id, int axis) {
  bool constant = LLVMIsAConstantInt(index);
  if (nonnegative || (constant && LLVMConstIntGetSExtValue(index) >= 0))
    return below(e, index, size, id, axis, index);
  if (constant)
    return below(e, LLVMBuildAdd(e->b, index, size, ""), size, id, axis, index);
  LLVMBasicBlockRef from[2] = {LLVMGetInsertBlock(e->b)}, odd;
  leave_unless(e, LLVMBuildICmp(e->b, LLVMIntULT, index, size, ""), &odd);
  LLVMBasicBlockRef next = LLVMGetInsertBlock(e->b);
  LLVMPositionBuilderAtEnd(e->b, odd);
  LLVMValueRef from_end = LLVMBuildAdd(e->b, index, size, "");
  LLVMValueRef at[2] = {index, below(e, from_end, size, id, axis, index)};
  from[1] = LLVMGetInsertBlock(e->b);
  LLVMBuildBr(e->b, next);
  LLVMPositionBuilderAtEnd(e->b, next);
  LLVMValueRef phi = LLVMBuildPhi(e->b, e->i64, "index");
  LLVMAddIncoming(phi, at, from, 2);
  return phi;
}
