/* emit.c - walks a graph and emits its one native function.
 *
 *   int32 fn(ag_run *run, const ag_tensor *const *in, ag_tensor *out)
 *
 * Nodes are emitted in order, region by region; ways.c has decided how each one is. */
#include "emit.h"

#include <stdio.h>
#include <string.h>

/* ---- places and names
 * ----------------------------------------------------------------------------- */

void ag_emit_node_name(ag_emitter *e, ag_nid id, char buf[48]) {
  snprintf(buf, 48, "n%u.%s", id, ag_ops[ag_graph_node(e->g, id)->op].name);
}

LLVMValueRef ag_emit_reg(ag_emitter *e, ag_val v) {
  if (e->place[v].kind == AG_PLACE_REG)
    return e->place[v].reg;
  const ag_value *value = ag_graph_value(e->g, v);
  ag_fail(e->err, AG_ERR_INTERNAL, 0, "%%%u is not in a register", value->node);
  return LLVMGetPoison(ag_emit_type(e, value->type.dtype, 1));
}

void ag_emit_set_reg(ag_emitter *e, ag_val v, LLVMValueRef reg) {
  e->place[v] = (ag_place){.kind = AG_PLACE_REG, .reg = reg};
}

LLVMBasicBlockRef ag_emit_block(ag_emitter *e, const char *name) {
  return LLVMAppendBasicBlockInContext(e->ctx, e->fn, name);
}

void ag_emit_likely(ag_emitter *e, LLVMValueRef branch, bool taken) {
  LLVMMetadataRef parts[] = {
      LLVMMDStringInContext2(e->ctx, "branch_weights", 14),
      LLVMValueAsMetadata(LLVMConstInt(e->i32, taken ? 1 << 20 : 1, 0)),
      LLVMValueAsMetadata(LLVMConstInt(e->i32, taken ? 1 : 1 << 20, 0)),
  };
  LLVMMetadataRef node = LLVMMDNodeInContext2(e->ctx, parts, 3);
  LLVMSetMetadata(branch, LLVMGetMDKindIDInContext(e->ctx, "prof", 4),
                  LLVMMetadataAsValue(e->ctx, node));
}

/* ---- types, calls
 * ---------------------------------------------------------------------------------- */

LLVMValueRef ag_emit_int(ag_emitter *e, int64_t x) {
  return LLVMConstInt(e->i64, (unsigned long long)x, 1);
}

static LLVMTypeRef scalar_type(ag_emitter *e, ag_dtype d) {
  if (d == AG_F32)
    return e->f32;
  if (d == AG_F64)
    return e->f64;
  if (ag_is_complex(d))
    return LLVMVectorType(d == AG_C64 ? e->f32 : e->f64, 2);
  return LLVMIntTypeInContext(e->ctx, 8 * (unsigned)ag_dtype_size(d));
}

/* A complex number is two floats, so `lanes` of them are twice as many next to each other. */
static LLVMTypeRef of_lanes(LLVMTypeRef t, ag_dtype d, unsigned lanes) {
  if (lanes < 2)
    return t;
  return ag_is_complex(d) ? LLVMVectorType(LLVMGetElementType(t), 2 * lanes)
                          : LLVMVectorType(t, lanes);
}

LLVMTypeRef ag_emit_memory_type(ag_emitter *e, ag_dtype d, unsigned lanes) {
  return of_lanes(scalar_type(e, d), d, lanes);
}

LLVMTypeRef ag_emit_type(ag_emitter *e, ag_dtype d, unsigned lanes) {
  return of_lanes(d == AG_BOOL ? e->i1 : scalar_type(e, d), d, lanes);
}

LLVMValueRef ag_emit_intrinsic(ag_emitter *e, const char *name, LLVMTypeRef *over, unsigned n_over,
                               LLVMValueRef *args, unsigned n_args, const char *as) {
  unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
  LLVMValueRef f = LLVMGetIntrinsicDeclaration(e->module, id, over, n_over);
  return LLVMBuildCall2(e->b, LLVMIntrinsicGetType(e->ctx, id, over, n_over), f, args, n_args, as);
}

static void add_attribute(ag_emitter *e, LLVMValueRef f, unsigned where, const char *name,
                          uint64_t value) {
  unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
  LLVMAddAttributeAtIndex(f, where, LLVMCreateEnumAttribute(e->ctx, kind, value));
}

/* What the optimizer may know of a runtime function. Vector math reads and writes no memory. */
static void describe(ag_emitter *e, LLVMValueRef f, const char *name) {
  add_attribute(e, f, (unsigned)LLVMAttributeFunctionIndex, "nounwind", 0);
  if (!strncmp(name, "ag_vm_", 6) || !strcmp(name, "ag_rt_truediv")) {
    add_attribute(e, f, (unsigned)LLVMAttributeFunctionIndex, "memory", 0);
    add_attribute(e, f, (unsigned)LLVMAttributeFunctionIndex, "willreturn", 0);
  }
  if (!strncmp(name, "ag_rt_fail", 10) || !strcmp(name, "ag_rt_poll"))
    add_attribute(e, f, (unsigned)LLVMAttributeFunctionIndex, "cold", 0);
}

LLVMValueRef ag_emit_rt(ag_emitter *e, const char *name, LLVMTypeRef result, LLVMValueRef *args,
                        unsigned n, const char *as) {
  LLVMTypeRef types[8];
  for (unsigned i = 0; i < n; i++)
    types[i] = LLVMTypeOf(args[i]);
  LLVMTypeRef type = LLVMFunctionType(result, types, n, 0);
  LLVMValueRef f = LLVMGetNamedFunction(e->module, name);
  if (!f) {
    f = LLVMAddFunction(e->module, name, type);
    describe(e, f, name);
  }
  if (e->ledger)
    ag_ledger_note(e, name, args);
  return LLVMBuildCall2(e->b, type, f, args, n, result == e->voidt ? "" : as);
}

/* ---- nodes
 * ------------------------------------------------------------------------------------------ */

static LLVMValueRef constant_number(ag_emitter *e, const ag_tensor *t) {
  if (ag_is_complex((ag_dtype)t->dtype)) { /* by its bits: NaN payloads stay */
    bool is32 = t->dtype == AG_C64;
    uint64_t bits[2] = {0};
    for (int k = 0; k < 2; k++)
      memcpy(&bits[k], (const char *)ag_tensor_data(t) + k * (is32 ? 4 : 8), is32 ? 4 : 8);
    LLVMValueRef parts[2];
    for (int k = 0; k < 2; k++)
      parts[k] = LLVMConstBitCast(LLVMConstInt(is32 ? e->i32 : e->i64, bits[k], 0),
                                  is32 ? e->f32 : e->f64);
    return LLVMConstVector(parts, 2);
  }
  union {
    uint64_t u;
    float f;
    double d;
  } x = {0};
  memcpy(&x, ag_tensor_data(t), ag_dtype_size((ag_dtype)t->dtype));
  if (t->dtype == AG_F32) /* by its bits: NaN payloads stay */
    return LLVMConstBitCast(LLVMConstInt(e->i32, x.u, 0), e->f32);
  if (t->dtype == AG_F64)
    return LLVMConstBitCast(LLVMConstInt(e->i64, x.u, 0), e->f64);
  if (t->dtype == AG_BOOL)
    return LLVMConstInt(e->i1, x.u != 0, 0);
  return LLVMConstInt(scalar_type(e, (ag_dtype)t->dtype), x.u, 0);
}

static ag_code emit_const(ag_emitter *e, ag_nid id) {
  const ag_node *n = ag_graph_node(e->g, id);
  const ag_attr *value = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value);
  if (!value || value->kind != AG_ATTR_TENSOR)
    return ag_fail(e->err, AG_ERR_INTERNAL, n->loc, "const without its value");
  if (ag_type_is_reg(&ag_graph_value(e->g, n->out)->type)) {
    ag_emit_set_reg(e, n->out, constant_number(e, value->tensor));
    return AG_OK;
  }
  bool needed = false; /* as a tensor */
  for (uint32_t u = e->ways.first_use[n->out]; u < e->ways.first_use[n->out + 1]; u++) {
    const ag_use *use = &e->ways.use[u];
    needed |= !use->node || !ag_use_is_of_bounds(e->g, &e->ways, use);
  }
  if (!needed)
    return AG_OK;
  /* Found through the plan: its elements are no part of the code, nor of the CACHE KEY. */
  ag_recipe *r = &e->recipe;
  if (!ag_grow(r->consts, e->cap_consts, r->n_consts + 1))
    return ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
  r->consts[r->n_consts] = id;
  LLVMValueRef args[] = {e->run, LLVMConstInt(e->i32, r->n_consts++, 0)};
  LLVMValueRef tensor = ag_emit_rt(e, "ag_rt_const", e->ptr, args, 2, "const");
  ag_ledger_outside(e, tensor, &ag_graph_value(e->g, n->out)->type);
  e->place[n->out] = ag_emit_place(e, tensor, false);
  return AG_OK;
}

static ag_code emit_scalar(ag_emitter *e, ag_nid id, const ag_node *n) {
  if (n->op == AG_OP_DIM) {
    int axis = (int)ag_attr_int(n->attrs, n->n_attrs, AG_KEY_axis, 0);
    const ag_type *t = &ag_graph_value(e->g, n->in[0])->type;
    ag_emit_set_reg(e, n->out, ag_emit_dim(e, t, axis));
    return e->err->code;
  }
  ag_index none = {.rank = 0};
  e->lanes = 1;
  e->n_memo = 0;
  LLVMValueRef value = ag_emit_node_element(e, id, &none);
  if (e->err->code)
    return e->err->code;
  if (!value)
    return ag_fail(e->err, AG_ERR_INTERNAL, n->loc, "%s of %%%u has no scalar form",
                   ag_ops[n->op].name, id);
  ag_emit_set_reg(e, n->out, value);
  return AG_OK;
}

ag_code ag_emit_node(ag_emitter *e, ag_nid id) {
  const ag_node *n = ag_graph_node(e->g, id);
  e->emitting = id;
  if (e->hoisted[id].done)
    return ag_emit_hoisted(e, id);
  /* Its check runs here, once, wherever its elements are read, and also when they are not. */
  if (n->op == AG_OP_ELEMENT && e->ways.way[id].how != AG_HOW_CALL)
    ag_emit_index_check(e, id);
  else if (n->op == AG_OP_SLICE_DYN && e->ways.way[id].how != AG_HOW_CALL &&
           e->ways.way[id].how != AG_HOW_NONE)
    ag_emit_slice_begins(e, id);
  if (e->err->code)
    return e->err->code;
  switch ((ag_how)e->ways.way[id].how) {
  case AG_HOW_NONE:
    return AG_OK;
  case AG_HOW_SCALAR:
    return emit_scalar(e, id, n);
  case AG_HOW_LAZY:
  case AG_HOW_LOOP:
    if (ag_ops[n->op].lowering == AG_LOWER_parts)
      ag_emit_parts_size(e, id);
    if (e->ways.way[id].how == AG_HOW_LOOP)
      return ag_emit_loop(e, id);
    e->place[n->out].kind = AG_PLACE_LAZY;
    return AG_OK;
  case AG_HOW_SET:
    return ag_emit_set(e, id);
  case AG_HOW_REDUCE:
    return ag_emit_reduce(e, id);
  case AG_HOW_CALL:
    if (e->ways.way[id].root != id) {
      e->product = id;
      return AG_OK;
    }
    if (n->op == AG_OP_FOREIGN_CALL && ag_foreign_is_typed(e->g, n))
      return ag_emit_foreign_call(e, id);
    return ag_emit_call(e, id);
  case AG_HOW_REGION:
    return n->op == AG_OP_COND ? ag_emit_cond(e, id) : ag_emit_while(e, id);
  }
  return AG_OK;
}

/* Frees what the node was the last to use. */
static ag_code free_dead(ag_emitter *e, ag_nid id) {
  for (ag_val v = e->ways.dies[id]; v; v = e->ways.next_to_die[v]) {
    ag_place *p = &e->place[v];
    if (p->kind == AG_PLACE_TENSOR && p->owned && !p->taken)
      ag_emit_rt(e, "ag_rt_free", e->voidt, &p->tensor, 1, "");
    p->taken = true;
  }
  return e->err->code;
}

ag_code ag_emit_region(ag_emitter *e, ag_region r) {
  for (ag_nid id = ag_graph_region(e->g, r)->first; id; id = ag_graph_node(e->g, id)->next)
    if (ag_emit_node(e, id) || free_dead(e, id))
      return e->err->code;
  return AG_OK;
}

/* ---- the function
 * ------------------------------------------------------------------------------------ */

enum { INPUTS_BESIDE_CODE = 64 };

/* Many inputs are read in a block of their own. Beside code that ends in a branch, instcombine
 * would look, for each of them, for a write in all that follows in the block before it moved the
 * load to its user: quadratic, and seconds for the items of a list of some thousands. */
static void emit_params(ag_emitter *e) {
  const ag_region_info *f = ag_graph_region(e->g, 0);
  for (uint32_t k = 0; k < f->n_params; k++) {
    const ag_type *t = &ag_graph_value(e->g, f->params[k])->type;
    LLVMValueRef at = ag_emit_int(e, k);
    LLVMValueRef tensor =
        LLVMBuildLoad2(e->b, e->ptr, LLVMBuildInBoundsGEP2(e->b, e->ptr, e->in, &at, 1, ""), "in");
    if (ag_type_is_reg(t)) {
      ag_emit_set_reg(e, f->params[k], ag_emit_scalar_load(e, tensor, t->dtype, "in"));
      continue;
    }
    ag_ledger_outside(e, tensor, t);
    e->place[f->params[k]] = ag_emit_place(e, tensor, false);
    ag_emit_bind(e, t, tensor);
  }
  if (f->n_params > INPUTS_BESIDE_CODE) {
    LLVMBasicBlockRef body = ag_emit_block(e, "body");
    LLVMBuildBr(e->b, body);
    LLVMPositionBuilderAtEnd(e->b, body);
  }
}

static void emit_results(ag_emitter *e) {
  const ag_region_info *f = ag_graph_region(e->g, 0);
  for (uint32_t k = 0; k < f->n_results; k++) {
    ag_val v = f->results[k];
    const ag_type *t = &ag_graph_value(e->g, v)->type;
    LLVMValueRef out = ag_emit_field(e, e->out, k * sizeof(ag_tensor), "out");
    if (e->place[v].kind == AG_PLACE_REG)
      ag_emit_scalar_store(e, out, t, e->place[v].reg);
    else if (e->place[v].owned && ag_use_is_last(e->g, &e->ways, v, &(ag_use){0, k, 0}))
      ag_emit_move(e, out, e->place[v].tensor);
    else
      ag_emit_share(e, out, e->place[v].tensor);
  }
}

static LLVMValueRef entry_array(ag_emitter *e, LLVMTypeRef item, const char *name) {
  LLVMValueRef a = LLVMBuildArrayAlloca(e->b, item, LLVMConstInt(e->i32, 1, 0), name);
  LLVMSetAlignment(a, 16);
  return a;
}

/* Sized once all calls are known; gone if there was none. */
static void finish_array(ag_emitter *e, LLVMValueRef a, uint64_t n) {
  if (n == 0 && !LLVMGetFirstUse(a))
    LLVMInstructionEraseFromParent(a);
  else
    LLVMSetOperand(a, 0, LLVMConstInt(e->i32, n, 0));
}

static ag_code emit_function(ag_emitter *e, const char *symbol) {
  LLVMTypeRef params[] = {e->ptr, e->ptr, e->ptr};
  e->fn = LLVMAddFunction(e->module, symbol, LLVMFunctionType(e->i32, params, 3, 0));
  add_attribute(e, e->fn, (unsigned)LLVMAttributeFunctionIndex, "nounwind", 0);
  for (unsigned i = 0; i < 3; i++) {
    add_attribute(e, e->fn, i + 1, "noundef", 0);
    add_attribute(e, e->fn, i + 1, "nonnull", 0);
  }
  e->run = LLVMGetParam(e->fn, 0);
  e->in = LLVMGetParam(e->fn, 1);
  e->out = LLVMGetParam(e->fn, 2);
  e->entry = ag_emit_block(e, "entry");
  LLVMPositionBuilderAtEnd(e->b, e->entry);
  e->boxes = entry_array(e, e->i8, "boxes");
  e->operands = entry_array(e, e->ptr, "operands");
  e->frame =
      LLVMBuildLoad2(e->b, e->ptr, ag_emit_field(e, e->run, offsetof(ag_run, frame), ""), "frame");
  if (e->ways.has_loop) {
    e->countdown = LLVMBuildAlloca(e->b, e->i64, "countdown");
    LLVMBuildStore(e->b, LLVMBuildLoad2(e->b, e->i64, e->run, "left"), e->countdown);
  }
  LLVMBasicBlockRef start = ag_emit_block(e, "start");
  LLVMPositionBuilderAtEnd(e->b, start);
  emit_params(e);
  for (ag_nid id = 1; id < ag_graph_nodes(e->g); id++) /* outside all loops */
    if (ag_graph_node(e->g, id)->op == AG_OP_CONST && emit_const(e, id))
      return e->err->code;
  if (ag_emit_region(e, 0))
    return e->err->code;
  emit_results(e);
  LLVMBuildRet(e->b, LLVMConstInt(e->i32, 0, 0));
  LLVMPositionBuilderAtEnd(e->b, e->entry);
  LLVMBuildBr(e->b, start);
  finish_array(e, e->boxes, e->n_boxes * sizeof(ag_tensor));
  finish_array(e, e->operands, e->n_operands);
  return e->err->code;
}

/* fast_math gives up the bitwise rule, not the meaning of NaN and infinity. */
static void relax(ag_emitter *e) {
  const LLVMFastMathFlags flags =
      LLVMFastMathAllowReassoc | LLVMFastMathAllowContract | LLVMFastMathAllowReciprocal;
  for (LLVMValueRef f = LLVMGetFirstFunction(e->module); f; f = LLVMGetNextFunction(f))
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
      for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
        if (LLVMCanValueUseFastMathFlags(i))
          LLVMSetFastMathFlags(i, flags);
}

ag_code ag_emit_graph(ag_emitter *e, const char *symbol) {
  e->module = LLVMModuleCreateWithNameInContext(symbol, e->ctx);
  LLVMSetTarget(e->module, e->machine->triple);
  LLVMSetDataLayout(e->module, e->machine->layout);
  e->b = LLVMCreateBuilderInContext(e->ctx);
  e->i1 = LLVMInt1TypeInContext(e->ctx);
  e->i8 = LLVMInt8TypeInContext(e->ctx);
  e->i32 = LLVMInt32TypeInContext(e->ctx);
  e->i64 = LLVMInt64TypeInContext(e->ctx);
  e->f32 = LLVMFloatTypeInContext(e->ctx);
  e->f64 = LLVMDoubleTypeInContext(e->ctx);
  e->ptr = LLVMPointerTypeInContext(e->ctx, 0);
  e->voidt = LLVMVoidTypeInContext(e->ctx);
  e->place = ag_arena_alloc(e->arena, (ag_graph_values(e->g) + 1) * sizeof *e->place);
  if (!ag_sizes_find(e->g, e->arena, &e->sizes))
    return ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
  e->symbol = ag_arena_alloc(e->arena, e->sizes.n * sizeof *e->symbol);
  e->made = ag_arena_alloc(e->arena, e->sizes.n * sizeof *e->made);
  e->checked = ag_arena_alloc(e->arena, (ag_graph_nodes(e->g) + 1) * sizeof *e->checked);
  e->hoisted = ag_arena_alloc(e->arena, (ag_graph_nodes(e->g) + 1) * sizeof *e->hoisted);
  if (!e->place || !e->symbol || !e->made || !e->checked || !e->hoisted)
    return ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
  if (ag_ways_find(e->g, e->arena, &e->ways, e->err) ||
      ag_ranges_find(e->g, e->arena, &e->facts, e->err))
    return e->err->code;
  if (emit_function(e, symbol))
    return e->err->code;
  ag_tell_aliases(e);
  if (e->opt->fast_math)
    relax(e);
  return e->err->code;
}

void ag_emit_done(ag_emitter *e) {
  if (e->b)
    LLVMDisposeBuilder(e->b);
  if (e->module)
    LLVMDisposeModule(e->module);
  if (e->ctx)
    LLVMContextDispose(e->ctx);
  ag_free(e->recipe.consts);
  ag_free(e->recipe.sites);
  ag_free(e->bound);
  ag_free(e->inside);
  ag_free(e->memo);
  ag_free(e->waiting);
  ag_ledger_done(e);
  ag_free(e->pending);
  ag_arena_free(e->arena);
}
