/* rows.c - a group of loops and reductions over the last axis, one row after the other.
 *
 * softmax is the largest of a row, exp of what is less, their sum, and a division. Each on its own
 * would go through memory four times; here a row is done before the next one begins, so it is read
 * once from memory and then from the cache. A member that only the group reads lives in one row of
 * scratch memory, a number per row in a register.
 *
 * Needs: groups.c put the members together: what one reads of another is of its own row. */
#include "emit.h"

enum kind {
  WIDE,  /* [.., C] */
  ONE,   /* [.., 1] */
  NARROW /* [..] */
};

typedef struct rows {
  ag_nid *member;
  uint32_t n;
  ag_type shape; /* [.., C] */
  ag_place *place;
  ag_index at;
  LLVMValueRef number; /* of the row */
} rows;

static const ag_type *out_type(ag_emitter *e, ag_nid id) {
  return &ag_graph_value(e->g, ag_graph_node(e->g, id)->out)->type;
}

static bool is_reduction(ag_emitter *e, ag_nid id) { return e->ways.way[id].how == AG_HOW_REDUCE; }

static enum kind kind_of(const rows *r, const ag_type *t) {
  if (t->rank < r->shape.rank)
    return NARROW;
  return t->dim[t->rank - 1] == 1 ? ONE : WIDE;
}

/* In scratch memory there is one row. */
static LLVMValueRef in_scratch(ag_emitter *e, const ag_index *at, void *ctx, int64_t *lane) {
  (void)e;
  (void)ctx;
  *lane = at->c[at->rank - 1].lane;
  return at->c[at->rank - 1].at;
}

static ag_place room_for(ag_emitter *e, const rows *r, ag_nid id, const char *name) {
  const ag_type *t = out_type(e, id);
  bool wide = !is_reduction(e, id) && kind_of(r, t) == WIDE;
  if (!e->ways.way[id].unstored)
    return ag_emit_alloc(e, ag_emit_slot(e, 1), t, name);
  if (!wide)
    return (ag_place){.kind = AG_PLACE_TENSOR};
  ag_type row = {.dtype = t->dtype, .rank = 1, .dim = {r->shape.dim[r->shape.rank - 1]}};
  ag_place p = ag_emit_alloc(e, ag_emit_slot(e, 1), &row, name);
  p.scratch = true;
  return p;
}

static void emit_wide(ag_emitter *e, rows *r, ag_nid id, ag_place *p, const char *name) {
  ag_val v = ag_graph_node(e->g, id)->out;
  ag_filling filling = {v, (ag_dtype)out_type(e, id)->dtype, p->data};
  ag_emit_fill_row(e, &filling, &r->shape, &r->at, p->scratch ? in_scratch : NULL, name);
}

static void emit_number(ag_emitter *e, rows *r, ag_nid id, ag_place *p, const char *name) {
  const ag_type *t = out_type(e, id);
  LLVMValueRef value;
  e->n_memo = 0;
  if (is_reduction(e, id)) {
    value = ag_emit_reduce_row(e, id, &r->at);
  } else {
    ag_index at = r->at;
    at.rank = t->rank;
    if (kind_of(r, t) == ONE)
      at.c[t->rank - 1] = (ag_coord){ag_emit_int(e, 0), 0};
    e->lanes = 1;
    value = ag_emit_operand(e, ag_graph_node(e->g, id)->out, t, &at, name);
  }
  if (p->data)
    ag_emit_store(e, (ag_dtype)t->dtype, p->data, r->number, value, 1);
  p->row = value;
}

static void emit_member(ag_emitter *e, rows *r, uint32_t k) {
  ag_nid id = r->member[k];
  char name[48];
  ag_emit_node_name(e, id, name);
  if (!is_reduction(e, id) && kind_of(r, out_type(e, id)) == WIDE)
    emit_wide(e, r, id, &r->place[k], name);
  else
    emit_number(e, r, id, &r->place[k], name);
  e->place[ag_graph_node(e->g, id)->out] = r->place[k];
}

bool ag_rows_are_waiting(ag_emitter *e) {
  for (uint32_t k = 0; k < e->n_waiting; k++)
    if (is_reduction(e, e->waiting[k]))
      return true;
  return false;
}

ag_code ag_emit_rows(ag_emitter *e, ag_nid last) {
  rows r = {.n = e->n_waiting + 1};
  ag_loop loops[AG_MAX_RANK];
  char name[48];
  r.member = ag_arena_alloc(e->arena, r.n * sizeof *r.member);
  r.place = ag_arena_alloc(e->arena, r.n * sizeof *r.place);
  if (!r.member || !r.place)
    return ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
  for (uint32_t k = 0; k < r.n; k++) {
    r.member[k] = k + 1 < r.n ? e->waiting[k] : last;
    if (is_reduction(e, r.member[k]))
      r.shape = ag_graph_value(e->g, ag_graph_node(e->g, r.member[k])->in[0])->type;
  }
  e->n_waiting = 0;
  ag_emit_node_name(e, last, name);
  for (uint32_t k = 0; k < r.n; k++)
    r.place[k] = room_for(e, &r, r.member[k], name);
  r.at.rank = r.shape.rank;
  r.number = ag_emit_int(e, 0);
  int outer = r.shape.rank - 1;
  for (int i = 0; i < outer; i++) {
    LLVMValueRef dim = ag_emit_dim(e, &r.shape, i);
    ag_loop_begin(e, &loops[i], ag_emit_int(e, 0), dim, 1, name);
    r.at.c[i] = (ag_coord){loops[i].i, 0};
    r.number = ag_ix(e, LLVMAdd, ag_ix(e, LLVMMul, r.number, dim), loops[i].i);
  }
  for (uint32_t k = 0; k < r.n && !e->err->code; k++)
    emit_member(e, &r, k);
  while (outer-- > 0)
    ag_loop_end(e, &loops[outer]);
  for (uint32_t k = 0; k < r.n; k++)
    e->place[ag_graph_node(e->g, r.member[k])->out].row = NULL;
  return e->err->code;
}
