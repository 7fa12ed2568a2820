/* set.c - SET_ELEMENT and SET_SLICE: in place where the old value is used for the last time, else
 * in a copy. */
#include "emit.h"

/* The tensor to write: the old value's slot, or a new one that first shares its buffer and then
 * owns a copy. */
static ag_place target(ag_emitter *e, ag_nid id, const ag_node *n) {
  ag_place p = e->place[n->in[0]];
  if (!p.owned || !ag_use_is_last(e->g, &e->ways, n->in[0], &(ag_use){id, 0, n->region})) {
    LLVMValueRef slot = ag_emit_slot(e, 1);
    ag_emit_share(e, slot, p.tensor);
    p = (ag_place){.kind = AG_PLACE_TENSOR, .owned = true, .tensor = slot};
  } else {
    e->place[n->in[0]].taken = true;
  }
  if (!p.unique)
    ag_emit_unique(e, &p);
  return p;
}

typedef struct element_target {
  const ag_type *t;
  LLVMValueRef *leading;
  uint32_t n;
} element_target;

static LLVMValueRef element_where(ag_emitter *e, const ag_index *i, void *ctx, int64_t *lane) {
  const element_target *w = ctx;
  ag_index full = {.rank = w->t->rank};
  for (int a = 0; a < w->t->rank; a++) {
    if (a >= (int)w->n)
      full.c[a] = i->c[a - (int)w->n];
    else
      full.c[a].at = e->probing ? NULL : w->leading[a];
  }
  if (i->flat) {
    e->refused = true;
    return NULL;
  }
  return ag_emit_linear(e, w->t, &full, lane);
}

typedef struct slice_target {
  const ag_type *t;
  const ag_attr *begin, *step;
} slice_target;

static LLVMValueRef slice_where(ag_emitter *e, const ag_index *i, void *ctx, int64_t *lane) {
  const slice_target *w = ctx;
  if (i->flat) {
    e->refused = true;
    return NULL;
  }
  ag_index full = {.rank = w->t->rank};
  for (int a = 0; a < w->t->rank; a++) {
    full.c[a].lane = i->c[a].lane * w->step->ints[a];
    full.c[a].at = ag_ix(e, LLVMMul, i->c[a].at, ag_emit_int(e, w->step->ints[a]));
    full.c[a].at = ag_ix(e, LLVMAdd, full.c[a].at, ag_emit_int(e, w->begin->ints[a]));
  }
  return ag_emit_linear(e, w->t, &full, lane);
}

ag_code ag_emit_set(ag_emitter *e, ag_nid id) {
  const ag_node *n = ag_graph_node(e->g, id);
  const ag_type *t = &ag_graph_value(e->g, n->in[0])->type;
  char name[48];
  ag_emit_node_name(e, id, name);
  ag_type shape = *t; /* of what is written */
  if (n->op == AG_OP_SET_ELEMENT) {
    uint32_t count = n->n_in - 2;
    ag_emit_index_check(e, id);
    if (e->err->code)
      return e->err->code;
    shape.rank = (int8_t)(t->rank - (int)count);
    for (int i = 0; i < shape.rank; i++)
      shape.dim[i] = t->dim[(int)count + i];
    ag_place p = target(e, id, n);
    element_target where = {t, e->checked[id], count};
    ag_filling filling = {n->in[1], (ag_dtype)t->dtype, p.data};
    ag_emit_fill(e, &filling, 1, &shape, element_where, &where, name);
    e->place[n->out] = p;
    return e->err->code;
  }
  slice_target where = {t, ag_attr_find(n->attrs, n->n_attrs, AG_KEY_begin),
                        ag_attr_find(n->attrs, n->n_attrs, AG_KEY_step)};
  const ag_attr *size = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_size);
  if (!size || !where.begin || !where.step)
    return ag_fail(e->err, AG_ERR_INTERNAL, n->loc, "set_slice without its attributes");
  for (int i = 0; i < t->rank; i++)
    shape.dim[i] = size->ints[i];
  ag_place p = target(e, id, n);
  ag_filling filling = {n->in[1], (ag_dtype)t->dtype, p.data};
  ag_emit_fill(e, &filling, 1, &shape, slice_where, &where, name);
  e->place[n->out] = p;
  return e->err->code;
}
