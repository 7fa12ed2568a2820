/* calls.c - calls of kernels through ag_rt_kernel, and the table of sites.
 *
 * A site is an index into plan->calls; an operation that may fail inline has one too, so that the
 * runtime can name the place and the operation. */
#include "emit.h"

uint32_t ag_emit_site(ag_emitter *e, ag_nid id) {
  ag_recipe *r = &e->recipe;
  if (e->ways.call[id])
    return e->ways.call[id] - 1;
  if (!ag_grow(r->sites, e->cap_sites, r->n_sites + 1)) {
    ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
    return 0;
  }
  r->sites[r->n_sites] = (struct ag_site){.node = id};
  e->ways.call[id] = ++r->n_sites;
  return r->n_sites - 1;
}

LLVMValueRef ag_emit_box(ag_emitter *e, uint32_t k, const ag_type *t, LLVMValueRef reg) {
  if (k + 1 > e->n_boxes)
    e->n_boxes = k + 1;
  LLVMValueRef slot = ag_emit_field(e, e->boxes, k * sizeof(ag_tensor), "box");
  ag_emit_scalar_store(e, slot, t, reg);
  return slot;
}

/* A vector of numbers that are all in registers needs no kernel. */
static bool is_vector(const ag_emitter *e, const ag_node *n) {
  if (n->op != AG_OP_STACK || ag_graph_value(e->g, n->out)->type.rank != 1)
    return false;
  for (uint32_t k = 0; k < n->n_in; k++)
    if (e->place[n->in[k]].kind != AG_PLACE_REG)
      return false;
  return true;
}

static ag_code emit_vector(ag_emitter *e, ag_nid id, const ag_node *n) {
  const ag_type *t = &ag_graph_value(e->g, n->out)->type;
  char name[48];
  ag_emit_node_name(e, id, name);
  ag_place p = ag_emit_alloc(e, ag_emit_slot(e, 1), t, name);
  for (uint32_t k = 0; k < n->n_in; k++)
    ag_emit_store(e, (ag_dtype)t->dtype, p.data, ag_emit_int(e, k), ag_emit_reg(e, n->in[k]), 1);
  e->place[n->out] = p;
  return e->err->code;
}

/* The kernel's result is always a buffer of its own. */
static bool makes_new(ag_op op) { return op == AG_OP_MATMUL || op == AG_OP_CONV; }

ag_code ag_emit_call(ag_emitter *e, ag_nid id) { return ag_emit_call_then(e, id, NULL); }

ag_code ag_emit_call_then(ag_emitter *e, ag_nid id, const ag_after *after) {
  const ag_node *n = ag_graph_node(e->g, id);
  if (is_vector(e, n))
    return emit_vector(e, id, n);
  uint32_t site = ag_emit_site(e, id);
  if (e->err->code)
    return e->err->code;
  uint64_t dead = 0;
  for (uint32_t k = 0; k < n->n_in; k++) {
    const ag_value *v = ag_graph_value(e->g, n->in[k]);
    ag_place *p = &e->place[n->in[k]];
    LLVMValueRef tensor = p->tensor;
    if (p->kind == AG_PLACE_REG)
      tensor = ag_emit_box(e, k, &v->type, p->reg);
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
  e->recipe.sites[site].dead = dead;
  LLVMValueRef out = n->n_out ? ag_emit_slot(e, n->n_out) : LLVMConstNull(e->ptr);
  LLVMValueRef args[7] = {e->run, LLVMConstInt(e->i32, site, 0), e->operands, out};
  if (after) {
    args[4] = after->body;
    args[5] = after->context;
    args[6] = after->cost;
  }
  const char *name = after ? "ag_rt_product" : "ag_rt_kernel";
  LLVMValueRef code = ag_emit_rt(e, name, e->i32, args, after ? 7 : 4, "code");
  if (n->op == AG_OP_RAISE)
    ag_emit_leave(e, code);
  else
    ag_emit_return_if(e, code);
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
    e->place[n->out + k].unique = makes_new(n->op);
    ag_emit_bind(e, t, slot);
  }
  return e->err->code;
}
