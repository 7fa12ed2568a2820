/* foreign.c - calls of C functions as C makes them: by their types, through an address that the
 * runtime gives at the start of a run. Code holds no address, so it may be kept on disk.
 *
 * x86-64: integers below 32 bits are extended by the caller; what the callee returns is as wide as
 * its type. A function that takes closures is called by its kernel: they cost more than libffi. */
#include "emit.h"

#include <string.h>

/* Asked for once a run, before everything else. */
static LLVMValueRef address(ag_emitter *e, ag_nid id) {
  LLVMBasicBlockRef here = LLVMGetInsertBlock(e->b);
  LLVMPositionBuilderAtEnd(e->b, e->entry);
  LLVMValueRef args[] = {e->run, LLVMConstInt(e->i32, ag_emit_site(e, id), 0)};
  LLVMValueRef f = ag_emit_rt(e, "ag_rt_foreign", e->ptr, args, 2, "foreign");
  LLVMPositionBuilderAtEnd(e->b, here);
  return f;
}

static LLVMValueRef widened(ag_emitter *e, ag_dtype d, LLVMValueRef x) {
  if (d != AG_BOOL && (!ag_is_int(d) || ag_dtype_size(d) >= 4))
    return x;
  return ag_is_signed(d) ? LLVMBuildSExt(e->b, x, e->i32, "") : LLVMBuildZExt(e->b, x, e->i32, "");
}

/* result: NULL when void; a bool comes back as i1. */
static LLVMValueRef call(ag_emitter *e, LLVMValueRef f, const ag_dtype *result, LLVMValueRef *args,
                         unsigned n, const char *name) {
  LLVMTypeRef types[AG_FOREIGN_PARAMS];
  for (unsigned i = 0; i < n; i++)
    types[i] = LLVMTypeOf(args[i]);
  LLVMTypeRef returned = result ? ag_emit_memory_type(e, *result, 1) : e->voidt;
  LLVMTypeRef type = LLVMFunctionType(returned, types, n, 0);
  LLVMValueRef x = LLVMBuildCall2(e->b, type, f, args, n, result ? name : "");
  return result && *result == AG_BOOL
             ? LLVMBuildICmp(e->b, LLVMIntNE, x, LLVMConstNull(returned), name)
             : x;
}

LLVMValueRef ag_emit_foreign_map(ag_emitter *e, const ag_expr *x) {
  const ag_node *n = ag_graph_node(e->g, x->id);
  LLVMValueRef f = address(e, x->id), args[AG_FOREIGN_MAP_PARAMS];
  LLVMValueRef all = x->lanes > 1 ? LLVMGetPoison(ag_emit_type(e, x->to, x->lanes)) : NULL;
  for (unsigned i = 0; i < x->lanes; i++) {
    LLVMValueRef at = LLVMConstInt(e->i32, i, 0);
    for (uint32_t k = 0; k < n->n_in; k++) {
      ag_dtype d = (ag_dtype)ag_graph_value(e->g, n->in[k])->type.dtype;
      LLVMValueRef one = x->lanes > 1 ? LLVMBuildExtractElement(e->b, x->in[k], at, "") : x->in[k];
      args[k] = widened(e, d, one);
    }
    LLVMValueRef y = call(e, f, &x->to, args, n->n_in, x->name);
    all = x->lanes > 1 ? LLVMBuildInsertElement(e->b, all, y, at, x->name) : y;
  }
  return all;
}

bool ag_foreign_is_typed(const ag_graph *g, const ag_node *n) {
  const ag_attr *params = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_params);
  for (uint32_t i = 0; i < params->n; i++)
    if (params->ints[i] == AG_PASS_CLOSURE)
      return false;
  for (uint32_t k = 0; k < n->n_in; k++)
    if (ag_graph_value(g, n->in[k])->type.rank < 0)
      return false;
  return true;
}

/* The same value as another operand too: then it is read elsewhere while it is written here. */
static bool is_shared(const ag_node *n, uint32_t k) {
  for (uint32_t i = 0; i < n->n_in; i++)
    if (i != k && n->in[i] == n->in[k])
      return true;
  return false;
}

/* Elements that may be written: those of the operand when it dies here, else a copy. */
static LLVMValueRef updated(ag_emitter *e, ag_nid id, const ag_node *n, uint32_t k, ag_val out) {
  ag_place *from = &e->place[n->in[k]];
  ag_place to = {.kind = AG_PLACE_TENSOR, .owned = true, .tensor = ag_emit_slot(e, 1)};
  ag_emit_share(e, to.tensor, from->tensor);
  if (from->owned && !is_shared(n, k) &&
      ag_use_is_last(e->g, &e->ways, n->in[k], &(ag_use){id, k, n->region})) {
    ag_emit_rt(e, "ag_rt_free", e->voidt, &from->tensor, 1, "");
    from->taken = true;
  } else {
    from->unique = false;
  }
  ag_emit_unique(e, &to);
  e->place[out] = to;
  ag_emit_bind(e, &ag_graph_value(e->g, out)->type, to.tensor);
  return to.data;
}

/* The address of a number that lives in a register, for a `T *` parameter. */
static LLVMValueRef boxed(ag_emitter *e, uint32_t k, ag_val v, LLVMValueRef *box) {
  *box = ag_emit_box(e, k, &ag_graph_value(e->g, v)->type, ag_emit_reg(e, v));
  return ag_emit_field(e, *box, offsetof(ag_tensor, cell), "");
}

ag_code ag_emit_foreign_call(ag_emitter *e, ag_nid id) {
  const ag_node *n = ag_graph_node(e->g, id);
  const ag_attr *params = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_params);
  const ag_attr *dtype = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_dtype);
  LLVMValueRef args[AG_FOREIGN_PARAMS], box[AG_FOREIGN_PARAMS];
  if (params->n > AG_FOREIGN_PARAMS || params->n != n->n_in)
    return ag_fail(e->err, AG_ERR_INTERNAL, n->loc, "foreign_call without its operands");
  ag_val out = n->out + (dtype != NULL);
  for (uint32_t k = 0; k < n->n_in; k++) {
    const ag_place *p = &e->place[n->in[k]];
    ag_dtype d = (ag_dtype)ag_graph_value(e->g, n->in[k])->type.dtype;
    if (params->ints[k] == AG_PASS_VALUE)
      args[k] = widened(e, d, ag_emit_reg(e, n->in[k]));
    else if (p->kind == AG_PLACE_REG)
      args[k] = boxed(e, k, n->in[k], &box[k]);
    else if (params->ints[k] == AG_PASS_UPDATE)
      args[k] = updated(e, id, n, k, out);
    else
      args[k] = p->data;
    out += params->ints[k] == AG_PASS_UPDATE;
  }
  ag_dtype result = dtype ? (ag_dtype)dtype->i : AG_BOOL;
  LLVMValueRef y = call(e, address(e, id), dtype ? &result : NULL, args, n->n_in, "result");
  if (dtype)
    ag_emit_set_reg(e, n->out, y);
  out = n->out + (dtype != NULL);
  for (uint32_t k = 0; k < n->n_in; k++) {
    if (params->ints[k] != AG_PASS_UPDATE)
      continue;
    const ag_type *t = &ag_graph_value(e->g, out)->type;
    if (e->place[n->in[k]].kind == AG_PLACE_REG)
      ag_emit_set_reg(e, out, ag_emit_scalar_load(e, box[k], (ag_dtype)t->dtype, "updated"));
    out++;
  }
  return e->err->code;
}
