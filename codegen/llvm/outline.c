/* outline.c - a loop whose chunks threads share: a function of its own, called through
 * ag_rt_parallel (runtime/pool.h), or that a product calls for its blocks (epilogue.c).
 *
 *   int32 body(ag_run *run, void *context, int64 begin, int64 end)
 *   int32 body(ag_run *run, void *context, void *data, int64 outer, int64 row, int64 end_row,
 *              int64 column, int64 end_column)
 *
 * The loop is emitted as everywhere else, into the new function, and uses values of the outer one
 * as if they were there. At its end each of those gets a place in `context`: the outer function
 * stores it there, the body's entry loads it, and the uses are turned to that. So whoever emits a
 * loop need not know what it uses.
 *
 * Holds: a body calls no kernel, allocates nothing, has no effect; what it returns is the code of
 * the first check that failed, as in the loop. */
#include "emit.h"
#include "pool.h"

#include <stdio.h>

int64_t ag_emit_cost(const ag_emitter *e, ag_val v) {
  ag_nid id = ag_graph_value(e->g, v)->node;
  const ag_node *n = ag_graph_node(e->g, id);
  int64_t cost = ag_op_cost(n->op);
  if (e->place[v].kind == AG_PLACE_REG || e->place[v].kind == AG_PLACE_TENSOR)
    return 0;
  for (uint32_t k = 0; k < n->n_in; k++)
    cost += e->ways.way[ag_graph_value(e->g, n->in[k])->node].cost;
  return cost;
}

bool ag_outline_pays(const ag_emitter *e, LLVMValueRef count, int64_t cost) {
  if (e->guard || e->in_body || e->ways.maps_out) /* others' C functions may not bear threads */
    return false;
  return !LLVMIsAConstantInt(count) || ag_is_large(LLVMConstIntGetSExtValue(count), cost);
}

static void open_body(ag_emitter *e, ag_outline *o, const char *name, LLVMTypeRef *params,
                      unsigned n) {
  char symbol[64];
  snprintf(symbol, sizeof symbol, "%.48s.body", name);
  *o = (ag_outline){.fn = e->fn,
                    .run = e->run,
                    .entry = e->entry,
                    .from = LLVMGetInsertBlock(e->b),
                    .mark = ag_emit_scope(e)};
  e->in_body = true;
  e->fn = LLVMAddFunction(e->module, symbol, LLVMFunctionType(e->i32, params, n, 0));
  LLVMSetLinkage(e->fn, LLVMInternalLinkage);
  e->run = LLVMGetParam(e->fn, 0);
  e->entry = ag_emit_block(e, "entry");
  o->start = ag_emit_block(e, "start");
  LLVMPositionBuilderAtEnd(e->b, o->start);
}

void ag_outline_begin(ag_emitter *e, ag_outline *o, const char *name) {
  LLVMTypeRef params[] = {e->ptr, e->ptr, e->i64, e->i64};
  open_body(e, o, name, params, 4);
  o->begin = LLVMGetParam(e->fn, 2);
  o->end = LLVMGetParam(e->fn, 3);
}

ag_block ag_outline_block(ag_emitter *e, ag_outline *o, const char *name) {
  LLVMTypeRef params[] = {e->ptr, e->ptr, e->ptr, e->i64, e->i64, e->i64, e->i64, e->i64};
  open_body(e, o, name, params, 8);
  ag_block b = {.data = LLVMGetParam(e->fn, 2), .outer = LLVMGetParam(e->fn, 3)};
  for (unsigned i = 0; i < 2; i++) {
    b.row[i] = LLVMGetParam(e->fn, 4 + i);
    b.column[i] = LLVMGetParam(e->fn, 6 + i);
  }
  return b;
}

/* ---- what a body takes along -------------------------------------------------------------------
 */

typedef struct capture {
  LLVMValueRef outer, inner;
} capture;

typedef struct captures {
  capture *at;
  LLVMTypeRef *type;
  uint32_t n, cap, cap_type;
} captures;

static bool is_outer(LLVMValueRef v, LLVMValueRef body) {
  if (LLVMIsAInstruction(v))
    return LLVMGetBasicBlockParent(LLVMGetInstructionParent(v)) != body;
  return LLVMIsAArgument(v) && LLVMGetParamParent(v) != body;
}

static bool note(captures *c, LLVMValueRef v) {
  for (uint32_t i = c->n; i-- > 0;)
    if (c->at[i].outer == v)
      return true;
  if (!ag_grow(c->at, c->cap, c->n + 1) || !ag_grow(c->type, c->cap_type, c->n + 1))
    return false;
  c->type[c->n] = LLVMTypeOf(v);
  c->at[c->n++] = (capture){.outer = v};
  return true;
}

static LLVMValueRef inner_of(const captures *c, LLVMValueRef v) {
  uint32_t i = 0;
  while (c->at[i].outer != v)
    i++;
  return c->at[i].inner;
}

/* Each use of an outer value in the body is noted, or replaced by what was loaded for it. */
static bool each_use(ag_emitter *e, captures *c, LLVMValueRef body, bool replace) {
  for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(body); b; b = LLVMGetNextBasicBlock(b))
    for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
      for (int k = 0, n = LLVMGetNumOperands(i); k < n; k++) {
        LLVMValueRef v = LLVMGetOperand(i, (unsigned)k);
        if (!is_outer(v, body))
          continue;
        if (replace)
          LLVMSetOperand(i, (unsigned)k, inner_of(c, v));
        else if (!note(c, v))
          return ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory"), false;
      }
  return true;
}

static LLVMValueRef take_along(ag_emitter *e, const ag_outline *o, LLVMValueRef body, captures *c) {
  LLVMTypeRef all = LLVMStructTypeInContext(e->ctx, c->type, c->n, 0);
  LLVMValueRef context = LLVMGetParam(body, 1);
  LLVMPositionBuilderAtEnd(e->b, e->entry); /* of the outer function */
  LLVMValueRef there = LLVMBuildAlloca(e->b, all, "context");
  for (uint32_t i = 0; i < c->n; i++) {
    LLVMPositionBuilderAtEnd(e->b, o->from);
    LLVMBuildStore(e->b, c->at[i].outer, LLVMBuildStructGEP2(e->b, all, there, i, ""));
    LLVMPositionBuilderAtEnd(e->b, LLVMGetEntryBasicBlock(body));
    LLVMValueRef from = LLVMBuildStructGEP2(e->b, all, context, i, "");
    c->at[i].inner = LLVMBuildLoad2(e->b, c->type[i], from, "outer");
  }
  return there;
}

LLVMValueRef ag_outline_close(ag_emitter *e, ag_outline *o, LLVMValueRef *context) {
  LLVMValueRef body = e->fn;
  captures c = {0};
  LLVMBuildRet(e->b, LLVMConstInt(e->i32, 0, 0));
  ag_emit_unscope(e, o->mark);
  e->fn = o->fn;
  e->run = o->run;
  LLVMBasicBlockRef entry = e->entry;
  e->entry = o->entry;
  e->in_body = false;
  e->n_memo = 0;
  *context = NULL;
  if (each_use(e, &c, body, false)) {
    *context = take_along(e, o, body, &c);
    LLVMPositionBuilderAtEnd(e->b, entry);
    LLVMBuildBr(e->b, o->start);
    each_use(e, &c, body, true);
    LLVMPositionBuilderAtEnd(e->b, o->from);
  }
  ag_free(c.at);
  ag_free(c.type);
  return body;
}

void ag_outline_end(ag_emitter *e, ag_outline *o, LLVMValueRef n, LLVMValueRef cost) {
  LLVMValueRef context, body = ag_outline_close(e, o, &context);
  if (!context)
    return;
  LLVMValueRef args[] = {e->run, n, cost, body, context};
  ag_emit_return_if(e, ag_emit_rt(e, "ag_rt_parallel", e->i32, args, 5, "code"));
}
