/* slots.c - tensors in memory as emitted code sees them: slots of the run frame, headers, dims,
 * elements.
 *
 * TENSOR LAYOUT: the offsets below are those of ag_tensor; the asserts hold them together. */
#include "emit.h"

enum { HEADER = 16, CELL = 24, DIMS = 40 };
_Static_assert(offsetof(ag_tensor, data) == 0, "TENSOR LAYOUT");
_Static_assert(offsetof(ag_tensor, owner) == 8, "TENSOR LAYOUT");
_Static_assert(offsetof(ag_tensor, dtype) == HEADER, "TENSOR LAYOUT");
_Static_assert(offsetof(ag_tensor, rank) == HEADER + 1, "TENSOR LAYOUT");
_Static_assert(offsetof(ag_tensor, weak) == HEADER + 2, "TENSOR LAYOUT");
_Static_assert(offsetof(ag_tensor, flags) == HEADER + 3, "TENSOR LAYOUT");
_Static_assert(offsetof(ag_tensor, cell) == CELL, "TENSOR LAYOUT");
_Static_assert(offsetof(ag_tensor, dim) == DIMS, "TENSOR LAYOUT");

LLVMValueRef ag_emit_field(ag_emitter *e, LLVMValueRef tensor, size_t offset, const char *name) {
  if (offset == 0)
    return tensor;
  LLVMValueRef at = ag_emit_int(e, (int64_t)offset);
  return LLVMBuildInBoundsGEP2(e->b, e->i8, tensor, &at, 1, name);
}

LLVMValueRef ag_emit_slot(ag_emitter *e, uint32_t n) {
  LLVMValueRef at = ag_emit_int(e, (int64_t)e->recipe.n_slots * (int64_t)sizeof(ag_tensor));
  e->recipe.n_slots += n;
  LLVMBasicBlockRef here = LLVMGetInsertBlock(e->b);
  LLVMPositionBuilderAtEnd(e->b, e->entry); /* so it dominates all uses */
  LLVMValueRef slot = LLVMBuildInBoundsGEP2(e->b, e->i8, e->frame, &at, 1, "slot");
  LLVMPositionBuilderAtEnd(e->b, here);
  return slot;
}

static int64_t header_word(const ag_type *t) {
  return (int64_t)t->dtype | (int64_t)(uint8_t)t->rank << 8 | (int64_t)t->weak << 16;
}

void ag_emit_header(ag_emitter *e, LLVMValueRef slot, const ag_type *t) {
  LLVMBuildStore(e->b, ag_emit_int(e, header_word(t)), ag_emit_field(e, slot, HEADER, ""));
  for (int i = 0; i < t->rank; i++)
    LLVMBuildStore(e->b, ag_emit_dim(e, t, i), ag_emit_field(e, slot, DIMS + 8 * (size_t)i, ""));
}

/* The product of sizes, or more than any memory: a product that wrapped round would ask for too
 * little. */
static LLVMValueRef size_times(ag_emitter *e, LLVMValueRef a, LLVMValueRef b) {
  const int64_t too_much = INT64_C(1) << 62;
  int64_t product;
  if (LLVMIsAConstantInt(a) && LLVMIsAConstantInt(b)) {
    if (__builtin_mul_overflow(LLVMConstIntGetSExtValue(a), LLVMConstIntGetSExtValue(b), &product))
      product = too_much;
    return ag_emit_int(e, product);
  }
  LLVMValueRef args[] = {a, b};
  LLVMValueRef both = ag_emit_intrinsic(e, "llvm.smul.with.overflow", &e->i64, 1, args, 2, "");
  return LLVMBuildSelect(e->b, LLVMBuildExtractValue(e->b, both, 1, ""), ag_emit_int(e, too_much),
                         LLVMBuildExtractValue(e->b, both, 0, ""), "");
}

static LLVMValueRef bytes_of(ag_emitter *e, const ag_type *t) {
  LLVMValueRef bytes = ag_emit_int(e, (int64_t)ag_dtype_size(t->dtype));
  for (int i = 0; i < t->rank; i++)
    if (t->dim[i] != 1)
      bytes = size_times(e, bytes, ag_emit_dim(e, t, i));
  return bytes;
}

static LLVMValueRef allocated(ag_emitter *e, LLVMValueRef data) {
  LLVMValueRef none = LLVMBuildIsNull(e->b, data, "");
  ag_emit_return_if(e, LLVMBuildSelect(e->b, none, LLVMConstInt(e->i32, AG_ERR_NOMEM, 0),
                                       LLVMConstInt(e->i32, 0, 0), ""));
  return data;
}

ag_place ag_emit_alloc(ag_emitter *e, LLVMValueRef slot, const ag_type *t, const char *name) {
  LLVMValueRef args[] = {e->run, slot, bytes_of(e, t)};
  e->allocating = t;
  LLVMValueRef data = allocated(e, ag_emit_rt(e, "ag_rt_alloc", e->ptr, args, 3, name));
  e->allocating = NULL;
  ag_emit_header(e, slot, t);
  return (ag_place){
      .kind = AG_PLACE_TENSOR, .owned = true, .unique = true, .tensor = slot, .data = data};
}

LLVMValueRef ag_emit_scratch(ag_emitter *e, ag_dtype d, LLVMValueRef n, const char *name) {
  LLVMValueRef slot = ag_emit_slot(e, 1);
  LLVMValueRef args[] = {e->run, slot, size_times(e, n, ag_emit_int(e, (int64_t)ag_dtype_size(d)))};
  return allocated(e, ag_emit_rt(e, "ag_rt_alloc", e->ptr, args, 3, name));
}

void ag_emit_scalar_store(ag_emitter *e, LLVMValueRef slot, const ag_type *t, LLVMValueRef reg) {
  LLVMBuildStore(e->b, LLVMConstNull(e->ptr), slot);
  LLVMBuildStore(e->b, LLVMConstNull(e->ptr),
                 ag_emit_field(e, slot, offsetof(ag_tensor, owner), ""));
  LLVMBuildStore(e->b, ag_emit_int(e, header_word(t)), ag_emit_field(e, slot, HEADER, ""));
  ag_emit_store(e, t->dtype, ag_emit_field(e, slot, CELL, ""), ag_emit_int(e, 0), reg, 1);
}

LLVMValueRef ag_emit_scalar_load(ag_emitter *e, LLVMValueRef slot, ag_dtype d, const char *name) {
  return ag_emit_load(e, d, ag_emit_field(e, slot, CELL, ""), ag_emit_int(e, 0), 1, name);
}

ag_place ag_emit_place(ag_emitter *e, LLVMValueRef slot, bool owned) {
  LLVMValueRef data = LLVMBuildLoad2(e->b, e->ptr, slot, "data");
  return (ag_place){.kind = AG_PLACE_TENSOR, .owned = owned, .tensor = slot, .data = data};
}

void ag_emit_share(ag_emitter *e, LLVMValueRef to, LLVMValueRef from) {
  LLVMValueRef args[] = {to, from};
  ag_emit_rt(e, "ag_rt_share", e->voidt, args, 2, "");
}

void ag_emit_move(ag_emitter *e, LLVMValueRef to, LLVMValueRef from) {
  LLVMValueRef args[] = {to, from};
  ag_emit_rt(e, "ag_rt_move", e->voidt, args, 2, "");
}

void ag_emit_unique(ag_emitter *e, ag_place *p) {
  LLVMValueRef args[] = {e->run, p->tensor};
  p->data = ag_emit_rt(e, "ag_rt_unique", e->ptr, args, 2, "data");
  LLVMValueRef none = LLVMBuildIsNull(e->b, p->data, "");
  ag_emit_return_if(e, LLVMBuildSelect(e->b, none, LLVMConstInt(e->i32, AG_ERR_NOMEM, 0),
                                       LLVMConstInt(e->i32, 0, 0), ""));
  p->unique = true;
}

static LLVMValueRef element_pointer(ag_emitter *e, ag_dtype d, LLVMValueRef data,
                                    LLVMValueRef offset) {
  return LLVMBuildInBoundsGEP2(e->b, ag_emit_memory_type(e, d, 1), data, &offset, 1, "");
}

/* Lanes that are not there hold 1, for which no function is slow. */
static LLVMValueRef load_partial(ag_emitter *e, ag_dtype d, LLVMValueRef at, const char *name) {
  LLVMTypeRef one = ag_emit_memory_type(e, d, 1), type = ag_emit_memory_type(e, d, e->lanes);
  LLVMValueRef all[64];
  for (unsigned i = 0; i < e->lanes; i++)
    all[i] = ag_is_float(d) ? LLVMConstReal(one, 1) : LLVMConstInt(one, 1, 0);
  LLVMTypeRef over[] = {type, e->ptr};
  LLVMValueRef args[] = {at, LLVMConstInt(e->i32, ag_dtype_size(d), 0), e->mask,
                         LLVMConstVector(all, e->lanes)};
  return ag_emit_intrinsic(e, "llvm.masked.load", over, 2, args, 4, name);
}

unsigned ag_emit_width(ag_dtype d) {
  return (unsigned)ag_dtype_size(d) / (ag_is_complex(d) ? 2 : 1);
}

LLVMValueRef ag_emit_load(ag_emitter *e, ag_dtype d, LLVMValueRef data, LLVMValueRef offset,
                          unsigned lanes, const char *name) {
  LLVMTypeRef type = ag_emit_memory_type(e, d, lanes);
  LLVMValueRef at = element_pointer(e, d, data, offset);
  if (e->mask && lanes > 1)
    return load_partial(e, d, at, name);
  LLVMValueRef value = LLVMBuildLoad2(e->b, type, at, name);
  LLVMSetAlignment(value, ag_emit_width(d)); /* what others lend is aligned as its elements */
  if (d == AG_BOOL)
    value = LLVMBuildICmp(e->b, LLVMIntNE, value, LLVMConstNull(type), name);
  return value;
}

void ag_emit_store(ag_emitter *e, ag_dtype d, LLVMValueRef data, LLVMValueRef offset,
                   LLVMValueRef value, unsigned lanes) {
  if (d == AG_BOOL)
    value = LLVMBuildZExt(e->b, value, ag_emit_memory_type(e, d, lanes), "");
  LLVMValueRef at = element_pointer(e, d, data, offset);
  if (e->mask && lanes > 1) {
    LLVMTypeRef over[] = {LLVMTypeOf(value), e->ptr};
    LLVMValueRef args[] = {value, at, LLVMConstInt(e->i32, ag_dtype_size(d), 0), e->mask};
    ag_emit_intrinsic(e, "llvm.masked.store", over, 2, args, 4, "");
    return;
  }
  LLVMValueRef store = LLVMBuildStore(e->b, value, at);
  LLVMSetAlignment(store, ag_emit_width(d));
}
