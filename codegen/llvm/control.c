/* control.c - COND as branches, WHILE as loops.
 *
 * 0-d numbers meet in phis. A tensor result of a COND moves into one slot from either side, unless
 * both sides updated the same slot in place. A tensor variable of a WHILE has one slot; storage.c
 * says whether it stays in one buffer.
 *
 * A small scalar test is emitted twice, before the loop and at its end, so an iteration has one
 * branch; a larger one stands once, at the head. */
#include "emit.h"

#include <stdio.h>

enum { SMALL_TEST = 16 };

static const ag_type *type_of(ag_emitter *e, ag_val v) { return &ag_graph_value(e->g, v)->type; }

static LLVMBasicBlockRef named_block(ag_emitter *e, ag_nid id, const char *what) {
  char name[64];
  snprintf(name, sizeof name, "n%u.%s", id, what);
  return ag_emit_block(e, name);
}

/* Hands result k of region r over to the slot: moved when it is used for the last time, else
 * shared. */
static void give(ag_emitter *e, LLVMValueRef slot, ag_region r, uint32_t k) {
  ag_val v = ag_graph_region(e->g, r)->results[k];
  ag_place *p = &e->place[v];
  if (p->owned && ag_use_is_last(e->g, &e->ways, v, &(ag_use){0, k, r})) {
    ag_emit_move(e, slot, p->tensor);
    p->taken = true;
  } else {
    ag_emit_share(e, slot, p->tensor);
    p->unique = false;
  }
}

/* Both sides leave result k in one slot that nobody else needs afterwards. */
static bool stays(ag_emitter *e, const ag_node *n, uint32_t k, const ag_place *a,
                  const ag_place *b) {
  if (!a->owned || a->tensor != b->tensor)
    return false;
  for (int s = 0; s < 2; s++)
    if (!ag_use_is_last(e->g, &e->ways, ag_graph_region(e->g, n->sub[s])->results[k],
                        &(ag_use){0, k, n->sub[s]}))
      return false;
  return true;
}

/* What a branch of straight code may hold. Its overflow checks are masked by the condition. */
bool ag_emit_is_straight(const ag_graph *g, const ag_node *n) {
  switch (n->op) {
  case AG_OP_CONST:
  case AG_OP_PYADD:
  case AG_OP_PYSUB:
  case AG_OP_PYMUL:
  case AG_OP_PYNEG:
  case AG_OP_ADD:
  case AG_OP_SUB:
  case AG_OP_MUL:
  case AG_OP_NEG:
  case AG_OP_AND:
  case AG_OP_OR:
  case AG_OP_NOT:
  case AG_OP_LT:
  case AG_OP_LE:
  case AG_OP_GT:
  case AG_OP_GE:
  case AG_OP_EQ:
  case AG_OP_NE:
  case AG_OP_SELECT:
  case AG_OP_IDENTITY:
    break;
  case AG_OP_PYFLOORDIV:
  case AG_OP_PYMOD: { /* a shift or a mask */
    const ag_node *by = ag_graph_node(g, ag_graph_value(g, n->in[1])->node);
    const ag_attr *c =
        by->op == AG_OP_CONST ? ag_attr_find(by->attrs, by->n_attrs, AG_KEY_value) : NULL;
    if (!c || c->tensor->dtype != AG_I64)
      return false;
    int64_t x = *(const int64_t *)ag_tensor_data(c->tensor);
    if (x <= 0 || (x & (x - 1)))
      return false;
    break;
  }
  default:
    return false;
  }
  return ag_type_is_reg(&ag_graph_value(g, n->out)->type);
}

enum { STRAIGHT_NODES = 6 };

static bool straight_region(const ag_graph *g, ag_region r) {
  const ag_region_info *info = ag_graph_region(g, r);
  int nodes = 0;
  for (ag_nid i = info->first; i; i = ag_graph_node(g, i)->next) {
    const ag_node *n = ag_graph_node(g, i);
    if (!ag_emit_is_straight(g, n) || (nodes += n->op != AG_OP_CONST) > STRAIGHT_NODES)
      return false;
  }
  for (uint32_t k = 0; k < info->n_results; k++) {
    const ag_type *t = &ag_graph_value(g, info->results[k])->type;
    if (!ag_type_is_reg(t) || t->dtype == AG_BOOL)
      return false;
  }
  return true;
}

/* Both sides computed, results selected: a branch that depends on data costs more than a few
 * operations. A flag is left a branch: it mostly decides where to go next (break, return, `and`),
 * and then the two branches become one. */
static ag_code emit_straight(ag_emitter *e, ag_nid id, const ag_node *n) {
  LLVMValueRef cond = ag_emit_reg(e, n->in[0]), outer = e->guard;
  uint32_t mark = ag_emit_scope(e);
  for (int s = 0; s < 2 && !e->err->code; s++) {
    LLVMValueRef taken = s ? LLVMBuildNot(e->b, cond, "") : cond;
    e->guard = outer ? LLVMBuildAnd(e->b, outer, taken, "") : taken;
    ag_emit_region(e, n->sub[s]);
  }
  e->guard = outer;
  ag_emit_unscope(e, mark);
  if (!outer)
    ag_emit_pending(e);
  for (uint32_t k = 0; k < n->n_out && !e->err->code; k++) {
    char name[32];
    snprintf(name, sizeof name, "n%u.%u", id, k);
    LLVMValueRef a = ag_emit_reg(e, ag_graph_region(e->g, n->sub[0])->results[k]);
    LLVMValueRef b = ag_emit_reg(e, ag_graph_region(e->g, n->sub[1])->results[k]);
    ag_emit_set_reg(e, n->out + k, LLVMBuildSelect(e->b, cond, a, b, name));
  }
  return e->err->code;
}

ag_code ag_emit_cond(ag_emitter *e, ag_nid id) {
  const ag_node *n = ag_graph_node(e->g, id);
  if (straight_region(e->g, n->sub[0]) && straight_region(e->g, n->sub[1]))
    return emit_straight(e, id, n);
  ag_ledger_region(e, false, true);
  LLVMBasicBlockRef side[2] = {named_block(e, id, "then"), named_block(e, id, "else")};
  LLVMBasicBlockRef last[2], join = named_block(e, id, "endif");
  ag_place *result[2];
  LLVMBuildCondBr(e->b, ag_emit_reg(e, n->in[0]), side[0], side[1]);
  for (int s = 0; s < 2; s++) {
    const ag_region_info *r = ag_graph_region(e->g, n->sub[s]);
    result[s] = ag_arena_alloc(e->arena, (r->n_results + 1) * sizeof **result);
    if (!result[s])
      return ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
    LLVMPositionBuilderAtEnd(e->b, side[s]);
    uint32_t mark = ag_emit_scope(e);
    if (ag_emit_region(e, n->sub[s]))
      return e->err->code;
    ag_emit_unscope(e, mark);
    for (uint32_t k = 0; k < r->n_results; k++)
      result[s][k] = e->place[r->results[k]];
    last[s] = LLVMGetInsertBlock(e->b);
  }
  for (uint32_t k = 0; k < n->n_out; k++) {
    ag_place *a = &result[0][k], *b = &result[1][k];
    if (a->kind == AG_PLACE_REG)
      continue;
    if (stays(e, n, k, a, b)) {
      for (int s = 0; s < 2; s++)
        e->place[ag_graph_region(e->g, n->sub[s])->results[k]].taken = true;
      continue;
    }
    LLVMValueRef slot = ag_emit_slot(e, 1);
    for (int s = 0; s < 2; s++) {
      LLVMPositionBuilderAtEnd(e->b, last[s]);
      give(e, slot, n->sub[s], k);
    }
    *a = *b = (ag_place){.kind = AG_PLACE_TENSOR, .owned = true, .tensor = slot};
  }
  for (int s = 0; s < 2; s++) {
    LLVMPositionBuilderAtEnd(e->b, last[s]);
    LLVMBuildBr(e->b, join);
  }
  LLVMPositionBuilderAtEnd(e->b, join);
  for (uint32_t k = 0; k < n->n_out; k++) {
    ag_place *a = &result[0][k], *b = &result[1][k];
    if (a->kind != AG_PLACE_REG)
      continue;
    char name[32];
    snprintf(name, sizeof name, "n%u.%u", id, k);
    LLVMValueRef phi = LLVMBuildPhi(e->b, LLVMTypeOf(a->reg), name), both[] = {a->reg, b->reg};
    LLVMAddIncoming(phi, both, last, 2);
    ag_emit_set_reg(e, n->out + k, phi);
  }
  for (uint32_t k = 0; k < n->n_out; k++) {
    ag_place *a = &result[0][k], *b = &result[1][k];
    if (a->kind == AG_PLACE_REG)
      continue;
    bool unique = a->unique && b->unique;
    if (!a->data || a->data != b->data)
      *a = ag_emit_place(e, a->tensor, a->owned);
    a->unique = unique;
    e->place[n->out + k] = *a;
    ag_emit_bind(e, type_of(e, n->out + k), a->tensor);
  }
  ag_ledger_region(e, false, false);
  return e->err->code;
}

/* ---- while
 * ---------------------------------------------------------------------------------------- */

typedef struct variable {
  bool reg;
  uint8_t hold;
  LLVMValueRef first, phi, next; /* registers */
  LLVMValueRef spare;            /* a slot for moves that cross */
  ag_place place;                /* tensors */
} variable;

enum { CARRIED = 4 };

typedef struct looping {
  ag_emitter *e;
  ag_nid id;
  const ag_node *n;
  const ag_region_info *test, *body;
  variable *var;
  ag_carried carried[CARRIED];
  uint32_t n_carried;
} looping;

/* Few scalar nodes and nothing else: cheap to emit twice. */
static bool test_is_small(const looping *l) {
  int nodes = 0;
  for (ag_nid id = l->test->first; id; id = ag_graph_node(l->e->g, id)->next) {
    uint8_t how = l->e->ways.way[id].how;
    if (how != AG_HOW_NONE && how != AG_HOW_SCALAR)
      return false;
    nodes += how == AG_HOW_SCALAR;
  }
  return nodes <= SMALL_TEST;
}

/* The slot of a tensor variable: the first value's own when that is used for the last time. */
static void enter_tensor(looping *l, uint32_t k) {
  ag_emitter *e = l->e;
  variable *v = &l->var[k];
  ag_place *first = &e->place[l->n->in[k]];
  v->hold = (uint8_t)ag_variable_hold(e->g, &e->ways, l->id, k);
  if (first->owned &&
      ag_use_is_last(e->g, &e->ways, l->n->in[k], &(ag_use){l->id, k, l->n->region})) {
    v->place = *first;
    first->taken = true;
  } else {
    v->place = (ag_place){.kind = AG_PLACE_TENSOR, .owned = true, .tensor = ag_emit_slot(e, 1)};
    ag_emit_share(e, v->place.tensor, first->tensor);
    first->unique = false;
    if (v->hold == AG_HOLD_SAME)
      v->place = ag_emit_place(e, v->place.tensor, true);
  }
  if (v->hold >= AG_HOLD_UPDATED && !v->place.unique)
    ag_emit_unique(e, &v->place);
  if (v->hold == AG_HOLD_MOVES) {
    v->place.unique = false;
    v->spare = NULL;
  }
}

/* Where its elements are now, if that may be elsewhere than before the loop. */
static void reload(ag_emitter *e, variable *v) {
  if (v->hold != AG_HOLD_MOVES && v->hold != AG_HOLD_GROWS)
    return;
  v->place = ag_emit_place(e, v->place.tensor, true);
  v->place.unique = v->hold == AG_HOLD_GROWS;
}

/* The places of the variables as the parameters of a region, at the builder's place. */
static void set_params(looping *l, const ag_region_info *r, bool next) {
  ag_emitter *e = l->e;
  for (uint32_t k = 0; k < r->n_params; k++) {
    variable *v = &l->var[k];
    if (v->reg) {
      ag_emit_set_reg(e, r->params[k], next ? v->next : v->phi);
      continue;
    }
    reload(e, v);
    e->place[r->params[k]] = v->place;
    ag_emit_bind(e, type_of(e, r->params[k]), v->place.tensor);
  }
}

static LLVMValueRef emit_test(looping *l, bool next) {
  set_params(l, l->test, next);
  if (ag_emit_region(l->e, l->n->sub[0]))
    return NULL;
  return ag_emit_reg(l->e, l->test->results[0]);
}

/* The next values take the variables' slots. Two phases, since one may be another variable's old
 * value. */
static void move_next(looping *l) {
  ag_emitter *e = l->e;
  LLVMValueRef *from = ag_arena_alloc(e->arena, (l->n->n_out + 1) * sizeof *from);
  if (!from) {
    ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
    return;
  }
  for (uint32_t k = 0; k < l->n->n_out; k++) {
    variable *v = &l->var[k];
    ag_val value = l->body->results[k];
    if (v->reg) {
      v->next = ag_emit_reg(e, value);
      continue;
    }
    ag_place *p = &e->place[value];
    if (p->tensor == v->place.tensor)
      continue;
    if (v->hold != AG_HOLD_MOVES) {
      ag_fail(e->err, AG_ERR_INTERNAL, l->n->loc, "variable %u of %%%u left its slot", k, l->id);
      return;
    }
    bool crosses =
        !p->owned || !ag_use_is_last(e->g, &e->ways, value, &(ag_use){0, k, l->n->sub[1]});
    for (uint32_t j = 0; j < l->n->n_out; j++)
      crosses |= !l->var[j].reg && p->tensor == l->var[j].place.tensor;
    from[k] = p->tensor;
    if (crosses) {
      if (!v->spare)
        v->spare = ag_emit_slot(e, 1);
      give(e, v->spare, l->n->sub[1], k);
      from[k] = v->spare;
    }
  }
  for (uint32_t k = 0; k < l->n->n_out; k++)
    if (from[k])
      ag_emit_move(e, l->var[k].place.tensor, from[k]);
}

static void begin_phis(looping *l, LLVMBasicBlockRef from) {
  for (uint32_t k = 0; k < l->n->n_out; k++) {
    variable *v = &l->var[k];
    if (!v->reg)
      continue;
    char name[32];
    snprintf(name, sizeof name, "n%u.%u", l->id, k);
    v->phi = LLVMBuildPhi(l->e->b, LLVMTypeOf(v->first), name);
    LLVMAddIncoming(v->phi, &v->first, &from, 1);
  }
}

static void end_phis(looping *l, LLVMBasicBlockRef from) {
  for (uint32_t k = 0; k < l->n->n_out; k++)
    if (l->var[k].reg)
      LLVMAddIncoming(l->var[k].phi, &l->var[k].next, &from, 1);
}

/* What the turn before has written, before the loop. */
static void find_carried(looping *l) {
  for (uint32_t k = 0; k < l->n->n_out; k++)
    if (!l->var[k].reg && l->var[k].hold == AG_HOLD_UPDATED)
      l->n_carried += ag_carry_find(l->e, l->id, k, &l->var[k].place, l->carried + l->n_carried,
                                    CARRIED - l->n_carried);
}

static void begin_carried(looping *l, LLVMBasicBlockRef from) {
  ag_emitter *e = l->e;
  for (uint32_t i = 0; i < l->n_carried; i++) {
    ag_carried *c = &l->carried[i];
    c->phi = LLVMBuildPhi(e->b, LLVMTypeOf(c->first), "before");
    LLVMAddIncoming(c->phi, &c->first, &from, 1);
    ag_emit_set_reg(e, ag_graph_node(e->g, c->read)->out, c->phi);
    e->hoisted[c->read].done = true;
  }
}

static ag_code emit_body(looping *l) {
  ag_emitter *e = l->e;
  /* Here, so that nothing stands between a branch that ends the loop and the test. */
  ag_emit_poll(e, l->id);
  uint32_t mark = ag_emit_scope(e);
  set_params(l, l->body, false);
  if (ag_emit_region(e, l->n->sub[1]))
    return e->err->code;
  for (uint32_t i = 0; i < l->n_carried; i++)
    l->carried[i].next = ag_emit_reg(e, l->carried[i].written);
  move_next(l);
  ag_emit_unscope(e, mark);
  return e->err->code;
}

/* The test stands before the loop and at the end of the body. */
static ag_code emit_rotated(looping *l) {
  ag_emitter *e = l->e;
  LLVMBasicBlockRef first = named_block(e, l->id, "first"), exit = named_block(e, l->id, "done");
  for (uint32_t k = 0; k < l->n->n_out; k++)
    l->var[k].next = l->var[k].first;
  uint32_t mark = ag_emit_scope(e);
  LLVMValueRef some = emit_test(l, true);
  ag_emit_unscope(e, mark);
  if (!some)
    return e->err->code;
  LLVMBasicBlockRef before = LLVMGetInsertBlock(e->b);
  LLVMBuildCondBr(e->b, some, first, exit);
  LLVMPositionBuilderAtEnd(e->b, first);
  mark = ag_emit_scope(e);
  ag_hoist(e, l->n->sub[1], true);
  find_carried(l);
  LLVMBasicBlockRef enter = LLVMGetInsertBlock(e->b), body = named_block(e, l->id, "body");
  LLVMBuildBr(e->b, body);
  LLVMPositionBuilderAtEnd(e->b, body);
  begin_phis(l, enter);
  begin_carried(l, enter);
  if (emit_body(l))
    return e->err->code;
  ag_emit_unscope(e, mark);
  mark = ag_emit_scope(e);
  LLVMValueRef more = emit_test(l, true);
  ag_emit_unscope(e, mark);
  if (!more)
    return e->err->code;
  LLVMBasicBlockRef latch = LLVMGetInsertBlock(e->b);
  LLVMBuildCondBr(e->b, more, body, exit);
  end_phis(l, latch);
  for (uint32_t i = 0; i < l->n_carried; i++)
    LLVMAddIncoming(l->carried[i].phi, &l->carried[i].next, &latch, 1);
  LLVMPositionBuilderAtEnd(e->b, exit);
  for (uint32_t k = 0; k < l->n->n_out; k++) {
    variable *v = &l->var[k];
    if (!v->reg)
      continue;
    LLVMValueRef phi = LLVMBuildPhi(e->b, LLVMTypeOf(v->first), ""), both[] = {v->first, v->next};
    LLVMBasicBlockRef from[] = {before, latch};
    LLVMAddIncoming(phi, both, from, 2);
    v->phi = phi;
  }
  return AG_OK;
}

static ag_code emit_headed(looping *l) {
  ag_emitter *e = l->e;
  LLVMBasicBlockRef head = named_block(e, l->id, "test"), body = named_block(e, l->id, "body");
  uint32_t around = ag_emit_scope(e);
  ag_hoist(e, l->n->sub[1], false);
  LLVMBasicBlockRef exit = named_block(e, l->id, "done"), before = LLVMGetInsertBlock(e->b);
  LLVMBuildBr(e->b, head);
  LLVMPositionBuilderAtEnd(e->b, head);
  begin_phis(l, before);
  uint32_t mark = ag_emit_scope(e);
  LLVMValueRef more = emit_test(l, false);
  ag_emit_unscope(e, mark);
  if (!more)
    return e->err->code;
  LLVMBuildCondBr(e->b, more, body, exit);
  LLVMPositionBuilderAtEnd(e->b, body);
  if (emit_body(l))
    return e->err->code;
  LLVMBasicBlockRef latch = LLVMGetInsertBlock(e->b);
  LLVMBuildBr(e->b, head);
  end_phis(l, latch);
  ag_emit_unscope(e, around);
  LLVMPositionBuilderAtEnd(e->b, exit);
  return AG_OK;
}

ag_code ag_emit_while(ag_emitter *e, ag_nid id) {
  const ag_node *n = ag_graph_node(e->g, id);
  looping l = {.e = e, .id = id, .n = n};
  l.test = ag_graph_region(e->g, n->sub[0]);
  l.body = ag_graph_region(e->g, n->sub[1]);
  l.var = ag_arena_alloc(e->arena, (n->n_out + 1) * sizeof *l.var);
  if (!l.var)
    return ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
  for (uint32_t k = 0; k < n->n_out; k++) {
    l.var[k].reg = ag_type_is_reg(type_of(e, l.body->params[k]));
    if (l.var[k].reg)
      l.var[k].first = ag_emit_reg(e, n->in[k]);
    else
      enter_tensor(&l, k);
  }
  ag_ledger_region(e, true, true);
  if (test_is_small(&l) ? emit_rotated(&l) : emit_headed(&l))
    return e->err->code;
  ag_ledger_region(e, true, false);
  for (uint32_t k = 0; k < n->n_out; k++) {
    variable *v = &l.var[k];
    if (v->reg) {
      ag_emit_set_reg(e, n->out + k, v->phi);
      continue;
    }
    reload(e, v);
    e->place[n->out + k] = v->place;
    ag_emit_bind(e, type_of(e, n->out + k), v->place.tensor);
  }
  return e->err->code;
}
