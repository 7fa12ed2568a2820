/* calls.c - calls of kernels through ag_rt_kernel, the table of sites, checks that leave the
 * function.
 *
 * A site is an index into plan->calls; an operation that may fail inline has one too, so that the
 * runtime can name the place and the operation. What leaves the function is cold: the runtime frees
 * the frame. */
#include "emit.h"

uint32_t ag_emit_site(ag_emitter *e, ag_nid id) {
  if (e->ways.call[id])
    return e->ways.call[id] - 1;
  if (!ag_grow(e->calls, e->cap_calls, e->n_calls + 1)) {
    ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
    return 0;
  }
  const ag_node *n = ag_graph_node(e->g, id);
  e->calls[e->n_calls] = (ag_call){.op = n->op,
                                   .n_attrs = n->n_attrs,
                                   .n_in = n->n_in,
                                   .n_out = n->n_out,
                                   .attrs = n->attrs,
                                   .loc = n->loc,
                                   .node = id};
  if (n->n_in)
    e->calls[e->n_calls].in_dtype = ag_graph_value(e->g, n->in[0])->type.dtype;
  e->ways.call[id] = ++e->n_calls;
  return e->n_calls - 1;
}

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

void ag_emit_check_code(ag_emitter *e, LLVMValueRef ok, ag_nid id, LLVMValueRef code,
                        LLVMValueRef a, LLVMValueRef b) {
  if (e->guard) { /* what is computed on does no harm: the end of the straight code looks */
    if (!ag_grow(e->pending, e->cap_pending, e->n_pending + 1)) {
      ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
      return;
    }
    ok = LLVMBuildOr(e->b, ok, LLVMBuildNot(e->b, e->guard, ""), "");
    e->pending[e->n_pending++] = (struct ag_pending){ok, code, a, b, id};
    return;
  }
  LLVMBasicBlockRef failing;
  leave_unless(e, ok, &failing);
  LLVMBasicBlockRef next = LLVMGetInsertBlock(e->b);
  LLVMPositionBuilderAtEnd(e->b, failing);
  LLVMValueRef none = ag_emit_int(e, 0);
  LLVMValueRef args[] = {e->run, code, LLVMConstInt(e->i32, ag_emit_site(e, id), 0), a ? a : none,
                         b ? b : none};
  LLVMBuildRet(e->b, ag_emit_rt(e, "ag_rt_fail", e->i32, args, 5, "code"));
  LLVMPositionBuilderAtEnd(e->b, next);
}

void ag_emit_pending(ag_emitter *e) {
  LLVMValueRef all = NULL;
  for (uint32_t i = 0; i < e->n_pending; i++)
    all = all ? LLVMBuildAnd(e->b, all, e->pending[i].ok, "") : e->pending[i].ok;
  uint32_t n = e->n_pending;
  e->n_pending = 0;
  if (!all)
    return;
  LLVMBasicBlockRef failing;
  leave_unless(e, all, &failing);
  LLVMBasicBlockRef next = LLVMGetInsertBlock(e->b);
  LLVMPositionBuilderAtEnd(e->b, failing);
  for (uint32_t i = 0; i < n; i++) /* the first that failed, in program order */
    ag_emit_check_code(e, e->pending[i].ok, e->pending[i].id, e->pending[i].code, e->pending[i].a,
                       e->pending[i].b);
  LLVMBuildUnreachable(e->b);
  LLVMPositionBuilderAtEnd(e->b, next);
}

void ag_emit_check(ag_emitter *e, LLVMValueRef ok, ag_nid id, ag_code code, LLVMValueRef a,
                   LLVMValueRef b) {
  ag_emit_check_code(e, ok, id, LLVMConstInt(e->i32, code, 0), a, b);
}

LLVMValueRef ag_emit_checked_index(ag_emitter *e, LLVMValueRef index, bool nonnegative,
                                   LLVMValueRef size, ag_nid id) {
  LLVMValueRef at = index;
  if (!nonnegative) {
    LLVMValueRef negative = LLVMBuildICmp(e->b, LLVMIntSLT, index, ag_emit_int(e, 0), "");
    at = LLVMBuildSelect(e->b, negative, LLVMBuildAdd(e->b, index, size, ""), index, "index");
  }
  LLVMBasicBlockRef failing;
  leave_unless(e, LLVMBuildICmp(e->b, LLVMIntULT, at, size, ""), &failing);
  LLVMBasicBlockRef next = LLVMGetInsertBlock(e->b);
  LLVMPositionBuilderAtEnd(e->b, failing);
  LLVMValueRef args[] = {e->run, LLVMConstInt(e->i32, ag_emit_site(e, id), 0), index, size};
  LLVMBuildRet(e->b, ag_emit_rt(e, "ag_rt_fail_index", e->i32, args, 4, "code"));
  LLVMPositionBuilderAtEnd(e->b, next);
  return at;
}

/* A stack tensor for the k-th operand that is a register. */
static LLVMValueRef box(ag_emitter *e, uint32_t k, const ag_type *t, LLVMValueRef reg) {
  if (k + 1 > e->n_boxes)
    e->n_boxes = k + 1;
  LLVMValueRef slot = ag_emit_field(e, e->boxes, k * sizeof(ag_tensor), "box");
  ag_emit_scalar_store(e, slot, t, reg);
  return slot;
}

ag_code ag_emit_call(ag_emitter *e, ag_nid id) {
  const ag_node *n = ag_graph_node(e->g, id);
  uint32_t site = ag_emit_site(e, id);
  if (e->err->code)
    return e->err->code;
  uint64_t dead = 0;
  for (uint32_t k = 0; k < n->n_in; k++) {
    const ag_value *v = ag_graph_value(e->g, n->in[k]);
    ag_place *p = &e->place[n->in[k]];
    LLVMValueRef tensor = p->tensor;
    if (p->kind == AG_PLACE_REG)
      tensor = box(e, k, &v->type, p->reg);
    else if (p->kind != AG_PLACE_TENSOR)
      return ag_fail(e->err, AG_ERR_INTERNAL, n->loc, "operand %%%u of %%%u has no place", v->node,
                     id);
    else if (p->owned && k < 64 &&
             ag_use_is_last(e->g, &e->ways, n->in[k], &(ag_use){id, k, n->region}))
      dead |= (uint64_t)1 << k;
    p->unique = false; /* a kernel may return a view of its operand */
    LLVMValueRef at = ag_emit_int(e, k);
    LLVMBuildStore(e->b, tensor, LLVMBuildInBoundsGEP2(e->b, e->ptr, e->operands, &at, 1, ""));
  }
  if (n->n_in > e->n_operands)
    e->n_operands = n->n_in;
  e->calls[site].dead = dead;
  LLVMValueRef out = n->n_out ? ag_emit_slot(e, n->n_out) : LLVMConstNull(e->ptr);
  LLVMValueRef args[] = {e->run, LLVMConstInt(e->i32, site, 0), e->operands, out};
  ag_emit_return_if(e, ag_emit_rt(e, "ag_rt_kernel", e->i32, args, 4, "code"));
  for (uint32_t k = 0; k < n->n_in && k < 64;
       k++) /* else a result that took the buffer over would share it */
    if (dead >> k & 1) {
      ag_emit_rt(e, "ag_rt_free", e->voidt, &e->place[n->in[k]].tensor, 1, "");
      e->place[n->in[k]].taken = true;
    }
  for (uint32_t k = 0; k < n->n_out; k++) {
    const ag_type *t = &ag_graph_value(e->g, n->out + k)->type;
    LLVMValueRef slot = ag_emit_field(e, out, k * sizeof(ag_tensor), "out");
    if (ag_type_is_reg(t)) {
      ag_emit_set_reg(e, n->out + k, ag_emit_scalar_load(e, slot, t->dtype, "value"));
      continue;
    }
    e->place[n->out + k] = ag_emit_place(e, slot, true);
    ag_emit_bind(e, t, slot);
  }
  return e->err->code;
}
