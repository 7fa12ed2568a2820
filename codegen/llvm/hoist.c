/* hoist.c - what a loop's body computes from outside values alone is computed before the loop:
 * numbers, the indices of lists and arrays with their checks, and the elements there.
 *
 * A pass cannot move these, as they may fail: where the loop does not run at all, where a branch is
 * not taken, or where something else fails first. Here the values are computed without failing (an
 * element is read only where its index lies inside) and each check becomes a flag, which is asked
 * where the check stood. The checks that the first turn makes before anything else happens are
 * made before the loop and not asked again.
 *
 * Needs:  places of what is outside.
 * Holds:  nothing is written between the place before the loop and the node: values are immutable,
 * and what the loop changes is a variable of it. Regions of inner loops are theirs. */
#include "emit.h"

enum { MOST = 64 }; /* of a loop: they live in registers or on the stack */

typedef struct hoister {
  ag_emitter *e;
  ag_region body;
  bool certain; /* the loop has a first turn, which comes by here before anything else may fail */
  int n;
} hoister;

static const ag_type *type_of(const ag_emitter *e, ag_val v) {
  return &ag_graph_value(e->g, v)->type;
}

static bool lies_in(const ag_graph *g, ag_region r, ag_region outer) {
  while (r && r != outer)
    r = ag_graph_node(g, ag_graph_region(g, r)->owner)->region;
  return r == outer;
}

bool ag_is_before(const ag_emitter *e, ag_val v, ag_region body) {
  ag_nid id = ag_graph_value(e->g, v)->node;
  const ag_node *n = ag_graph_node(e->g, id);
  if (n->op != AG_OP_CONST && lies_in(e->g, n->region, body) && !e->hoisted[id].done)
    return false;
  return e->place[v].kind == AG_PLACE_REG || e->place[v].kind == AG_PLACE_TENSOR;
}

static bool is_hoistable(const hoister *h, ag_nid id, const ag_node *n) {
  const ag_emitter *e = h->e;
  if (e->ways.way[id].how != AG_HOW_SCALAR || !ag_type_is_reg(type_of(e, n->out)))
    return false;
  for (uint32_t k = 0; k < n->n_in; k++) {
    if (!ag_is_before(e, n->in[k], h->body))
      return false;
    bool tensor = e->place[n->in[k]].kind == AG_PLACE_TENSOR;
    if (tensor != (n->op == AG_OP_ELEMENT && k == 0))
      return false;
  }
  return n->op == AG_OP_ELEMENT || n->op == AG_OP_PYINDEX || n->op == AG_OP_CAST ||
         (n->op != AG_OP_CONST && ag_emit_is_straight(e->g, n));
}

static LLVMValueRef both(ag_emitter *e, LLVMValueRef a, LLVMValueRef b) {
  return a ? LLVMBuildAnd(e->b, a, b, "") : b;
}

/* The place that an index means, and whether there is one: *ok stays where it is known. */
static LLVMValueRef place_of(ag_emitter *e, ag_nid id, ag_val v, LLVMValueRef size, int axis,
                             LLVMValueRef *ok) {
  LLVMValueRef index = ag_emit_widened(e, v);
  const ag_fact *fact = &e->facts[id];
  if (fact->inside >> axis & 1)
    return index;
  LLVMValueRef at = index;
  if (!(fact->nonnegative >> axis & 1)) {
    LLVMValueRef below = LLVMBuildICmp(e->b, LLVMIntSLT, index, ag_emit_int(e, 0), "");
    at = LLVMBuildSelect(e->b, below, LLVMBuildAdd(e->b, index, size, ""), index, "");
  }
  *ok = both(e, *ok, LLVMBuildICmp(e->b, LLVMIntULT, at, size, ""));
  return at;
}

LLVMValueRef ag_emit_if_inside(ag_emitter *e, const ag_type *t, const ag_place *x,
                               const ag_index *at) {
  LLVMValueRef inside = NULL;
  for (int a = 0; a < t->rank; a++) {
    LLVMValueRef size = ag_emit_dim(e, t, a);
    inside = both(e, inside, LLVMBuildICmp(e->b, LLVMIntULT, at->c[a].at, size, ""));
  }
  LLVMBasicBlockRef from[2] = {LLVMGetInsertBlock(e->b), ag_emit_block(e, "there")};
  LLVMBasicBlockRef next = ag_emit_block(e, "read");
  ag_emit_likely(e, LLVMBuildCondBr(e->b, inside, from[1], next), true);
  LLVMPositionBuilderAtEnd(e->b, from[1]);
  int64_t lane = 0;
  LLVMValueRef offset = ag_emit_linear(e, t, at, &lane);
  LLVMValueRef value = ag_emit_load(e, (ag_dtype)t->dtype, x->data, offset, 1, "");
  LLVMValueRef read[2] = {LLVMConstNull(LLVMTypeOf(value)), value};
  LLVMBuildBr(e->b, next);
  LLVMPositionBuilderAtEnd(e->b, next);
  LLVMValueRef phi = LLVMBuildPhi(e->b, LLVMTypeOf(value), "");
  LLVMAddIncoming(phi, read, from, 2);
  return phi;
}

static LLVMValueRef element(ag_emitter *e, ag_nid id, const ag_node *n, LLVMValueRef *ok) {
  const ag_type *t = type_of(e, n->in[0]);
  bool sure = ag_attr_int(n->attrs, n->n_attrs, AG_KEY_sure, 0) != 0;
  ag_index at = {.rank = t->rank};
  for (int a = 0; a < t->rank; a++) {
    ag_val v = n->in[a + 1];
    at.c[a].at = sure ? ag_emit_widened(e, v) : place_of(e, id, v, ag_emit_dim(e, t, a), a, ok);
  }
  return ag_emit_if_inside(e, t, &e->place[n->in[0]], &at);
}

static void hoist(hoister *h, ag_nid id, const ag_node *n) {
  ag_emitter *e = h->e;
  LLVMValueRef ok = NULL, value;
  h->n++;
  if (h->certain) { /* as it would be in the first turn */
    ag_emit_node(e, id);
    e->hoisted[id].done = true;
    return;
  }
  e->lanes = 1;
  if (n->op == AG_OP_PYINDEX) {
    value = place_of(e, id, n->in[0], ag_emit_reg(e, n->in[1]), 0, &ok);
  } else if (n->op == AG_OP_ELEMENT) {
    value = element(e, id, n, &ok);
  } else {
    e->guard = LLVMConstInt(e->i1, 1, 0);
    e->n_memo = 0;
    value = ag_emit_node_element(e, id, &(ag_index){.rank = 0});
    e->guard = NULL;
    ok = ag_emit_pending_hold(e);
  }
  if (e->err->code)
    return;
  ag_emit_set_reg(e, n->out, value);
  e->hoisted[id].done = true;
  e->hoisted[id].ok = ok && LLVMIsConstant(ok) && LLVMConstIntGetZExtValue(ok) ? NULL : ok;
}

static void visit(hoister *h, ag_region r) {
  const ag_graph *g = h->e->g;
  for (ag_nid id = ag_graph_region(g, r)->first; id; id = ag_graph_node(g, id)->next) {
    const ag_node *n = ag_graph_node(g, id);
    if (n->op == AG_OP_CONST || h->e->ways.way[id].how == AG_HOW_NONE)
      continue;
    if (h->n < MOST && is_hoistable(h, id, n))
      hoist(h, id, n);
    else if (!(ag_ops[n->op].traits & AG_TRAIT_PURE))
      h->certain = false;
    if (h->e->err->code)
      return;
    for (int s = 0; n->op == AG_OP_COND && s < 2; s++)
      visit(h, n->sub[s]);
  }
}

void ag_hoist(ag_emitter *e, ag_region body, bool runs) {
  hoister h = {.e = e, .body = body, .certain = runs};
  if (!e->guard && !e->in_body)
    visit(&h, body);
}

/* Where it stood: only its check, which makes it again where it fails. */
ag_code ag_emit_hoisted(ag_emitter *e, ag_nid id) {
  struct ag_hoisted *h = &e->hoisted[id];
  if (!h->ok)
    return e->err->code;
  ag_val out = ag_graph_node(e->g, id)->out;
  ag_place value = e->place[out];
  h->done = false;
  if (e->guard) { /* put off with the others of straight code */
    ag_emit_node(e, id);
  } else {
    LLVMBasicBlockRef next = ag_emit_block(e, "ok"), failing = ag_emit_block(e, "fail");
    ag_emit_likely(e, LLVMBuildCondBr(e->b, h->ok, next, failing), true);
    LLVMPositionBuilderAtEnd(e->b, failing);
    uint32_t mark = ag_emit_scope(e);
    ag_emit_node(e, id);
    ag_emit_unscope(e, mark);
    LLVMBuildBr(e->b, next);
    LLVMPositionBuilderAtEnd(e->b, next);
    e->place[out] = value;
  }
  h->done = true;
  return e->err->code;
}
