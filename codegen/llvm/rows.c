/* rows.c - a group of loops and reductions over the last axis, one row after the other.
 *
 * softmax is the largest of a row, exp of what is less, their sum, and a division. Each on its own
 * would go through memory four times; here a row is done before the next one begins, so it is read
 * once from memory and then from the cache. A member that only the group reads lives in one row of
 * scratch memory, a number per row in a register. A row that fits in one vector is in a register
 * all of it. Threads share the rows, or, where there are few, the loops of each (outline.c).
 *
 * Needs: groups.c put the members together: what one reads of another is of its own row. */
#include "emit.h"
#include "kernels/reduce.h"
#include "pool.h"

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
  ag_cover cover;       /* of a row; no lanes: rows are in memory */
  LLVMValueRef number;  /* of the row */
  bool in_body;         /* threads share the rows: scratch memory is the body's own */
  LLVMValueRef scratch; /* its ag_tensor; NULL: none */
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

static bool needs_scratch(ag_emitter *e, const rows *r, ag_nid id) {
  return !r->cover.lanes && e->ways.way[id].unstored && !is_reduction(e, id) &&
         kind_of(r, out_type(e, id)) == WIDE;
}

/* Cut where no memory would do, so that products with it are numbers still. */
static LLVMValueRef columns_of(ag_emitter *e, const rows *r) {
  LLVMValueRef n = ag_emit_dim(e, &r->shape, r->shape.rank - 1);
  LLVMValueRef most = ag_emit_int(e, INT64_C(1) << 48);
  return LLVMBuildSelect(e->b, LLVMBuildICmp(e->b, LLVMIntSLT, n, most, ""), n, most, "");
}

/* Of one row, in whole lines of the cache. */
static LLVMValueRef scratch_bytes(ag_emitter *e, const rows *r, ag_nid id) {
  enum { LINE = 64 };
  int64_t size = (int64_t)ag_dtype_size((ag_dtype)out_type(e, id)->dtype);
  LLVMValueRef bytes = ag_ix(e, LLVMMul, columns_of(e, r), ag_emit_int(e, size));
  bytes = ag_ix(e, LLVMAdd, bytes, ag_emit_int(e, LINE - 1));
  return LLVMBuildAnd(e->b, bytes, ag_emit_int(e, -LINE), "");
}

static ag_place room_for(ag_emitter *e, const rows *r, ag_nid id, const char *name) {
  const ag_type *t = out_type(e, id);
  if (!e->ways.way[id].unstored)
    return ag_emit_alloc(e, ag_emit_slot(e, 1), t, name);
  if (!needs_scratch(e, r, id) || r->in_body)
    return (ag_place){.kind = AG_PLACE_TENSOR};
  ag_type row = {.dtype = t->dtype, .rank = 1, .dim = {r->shape.dim[r->shape.rank - 1]}};
  ag_place p = ag_emit_alloc(e, ag_emit_slot(e, 1), &row, name);
  p.scratch = true;
  return p;
}

/* A body may be run by several threads at a time, each with rows of its own. */
static void begin_scratch(ag_emitter *e, rows *r, const char *name) {
  LLVMValueRef bytes = NULL;
  ag_type *all = ag_arena_alloc(e->arena, sizeof *all); /* for memory.c */
  if (!all) {
    ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
    return;
  }
  *all = (ag_type){.dtype = AG_U8, .rank = 2, .dim = {0, r->shape.dim[r->shape.rank - 1]}};
  for (uint32_t k = 0; k < r->n; k++) {
    if (!needs_scratch(e, r, r->member[k]))
      continue;
    all->dim[0] += (int64_t)ag_dtype_size((ag_dtype)out_type(e, r->member[k])->dtype);
    LLVMValueRef more = scratch_bytes(e, r, r->member[k]);
    bytes = bytes ? ag_ix(e, LLVMAdd, bytes, more) : more;
  }
  if (!bytes)
    return;
  LLVMTypeRef tensor = LLVMArrayType2(e->i8, sizeof(ag_tensor));
  LLVMBasicBlockRef here = LLVMGetInsertBlock(e->b);
  LLVMPositionBuilderAtEnd(e->b, e->entry);
  r->scratch = LLVMBuildAlloca(e->b, tensor, "scratch");
  LLVMSetAlignment(r->scratch, _Alignof(ag_tensor));
  LLVMPositionBuilderAtEnd(e->b, here);
  LLVMSetAlignment(LLVMBuildStore(e->b, LLVMConstNull(tensor), r->scratch), 8);
  LLVMValueRef args[] = {e->run, r->scratch, bytes}, at;
  e->allocating = all->dim[1] < 0 ? all : NULL;
  at = ag_emit_rt(e, "ag_rt_alloc", e->ptr, args, 3, name);
  e->allocating = NULL;
  LLVMValueRef none = LLVMBuildIsNull(e->b, at, "");
  ag_emit_return_if(e, LLVMBuildSelect(e->b, none, LLVMConstInt(e->i32, AG_ERR_NOMEM, 0),
                                       LLVMConstInt(e->i32, 0, 0), ""));
  LLVMValueRef offset = ag_emit_int(e, 0);
  for (uint32_t k = 0; k < r->n; k++) {
    if (!needs_scratch(e, r, r->member[k]))
      continue;
    r->place[k].data = LLVMBuildInBoundsGEP2(e->b, e->i8, at, &offset, 1, name);
    r->place[k].scratch = true;
    offset = ag_ix(e, LLVMAdd, offset, scratch_bytes(e, r, r->member[k]));
  }
}

static void end_scratch(ag_emitter *e, const rows *r) {
  LLVMValueRef args[] = {r->scratch};
  if (r->scratch)
    ag_emit_rt(e, "ag_rt_free", e->voidt, args, 1, "");
}

static void emit_wide(ag_emitter *e, rows *r, ag_nid id, ag_place *p, const char *name) {
  ag_val v = ag_graph_node(e->g, id)->out;
  ag_filling filling = {v, (ag_dtype)out_type(e, id)->dtype, p->data};
  ag_emit_fill_row(e, &filling, &r->shape, &r->at, p->scratch ? in_scratch : NULL, name);
}

/* At the index of the row as one vector. */
static LLVMValueRef wide_value(ag_emitter *e, const rows *r, ag_nid id, unsigned lanes,
                               const char *name) {
  e->n_memo = 0;
  e->lanes = lanes;
  LLVMValueRef value = ag_emit_operand(e, ag_graph_node(e->g, id)->out, &r->shape, &r->at, name);
  e->lanes = 1;
  return value;
}

static LLVMValueRef number_value(ag_emitter *e, const rows *r, ag_nid id, const char *name) {
  const ag_type *t = out_type(e, id);
  ag_index at = r->at;
  e->n_memo = 0;
  at.rank = t->rank;
  if (kind_of(r, t) == ONE)
    at.c[t->rank - 1] = (ag_coord){.at = ag_emit_int(e, 0), .lane = 0};
  e->lanes = 1;
  return ag_emit_operand(e, ag_graph_node(e->g, id)->out, t, &at, name);
}

static bool is_wide(ag_emitter *e, const rows *r, ag_nid id) {
  return !is_reduction(e, id) && kind_of(r, out_type(e, id)) == WIDE;
}

/* The index of the row's vector v, of which the next code is. */
static void seek_vector(ag_emitter *e, rows *r, const ag_cover *c, unsigned v) {
  int last = r->shape.rank - 1;
  int64_t begin = (int64_t)v * c->lanes;
  LLVMValueRef columns = e->probing ? NULL : ag_emit_dim(e, &r->shape, last);
  r->at.c[last] = (ag_coord){ag_emit_int(e, begin), 1, 1, {.plus = begin}, (uint8_t)(last + 1)};
  ag_cover_vector(e, c, v, columns);
}

enum { MOST_VECTORS = 4 }; /* of a row */

/* The lanes of vectors that a row may be in, in all that is computed, the last ones nobody's; 0:
 * none. Whether a row of a length that only the run knows does, that has to ask. */
static unsigned lanes_of_row(ag_emitter *e, rows *r) {
  enum { LEAST = 4 }; /* bytes of an element that a mask can leave out */
  int last = r->shape.rank - 1;
  int64_t columns = r->shape.dim[last];
  bool fits = columns && columns <= MOST_VECTORS * AG_LANES;
  for (uint32_t k = 0; k < r->n && fits; k++) {
    ag_val v = ag_graph_node(e->g, r->member[k])->out;
    bool stored = !e->ways.way[r->member[k]].unstored;
    fits = !stored || ag_dtype_size((ag_dtype)out_type(e, r->member[k])->dtype) >= LEAST;
    r->place[k] = e->place[v];
  }
  if (!fits)
    return 0;
  for (int i = 0; i <= last; i++)
    r->at.c[i] = (ag_coord){.at = ag_emit_int(e, 0)};
  r->at.rank = r->shape.rank;
  ag_amount size;
  ag_box_set(e, last, ag_amount_of_size(e, columns, &size) ? &size : NULL);
  const ag_cover any = {.lanes = 2, .vectors = 1};
  e->probing = true;
  e->refused = false;
  e->cut.axis = 0;
  e->widest = LEAST;
  for (uint32_t k = 0; k < r->n; k++) {
    ag_nid id = r->member[k];
    ag_place *p = &e->place[ag_graph_node(e->g, id)->out];
    seek_vector(e, r, &any, 0);
    if (is_reduction(e, id))
      ag_emit_reduce_vectors(e, id, &r->at, &any);
    else if (is_wide(e, r, id))
      wide_value(e, r, id, 2, "");
    else
      number_value(e, r, id, "");
    *p = (ag_place){.kind = AG_PLACE_TENSOR, .across = is_wide(e, r, id) ? 2 : 0};
  }
  e->probing = false;
  ag_emit_whole(e);
  for (uint32_t k = 0; k < r->n; k++)
    e->place[ag_graph_node(e->g, r->member[k])->out] = r->place[k];
  unsigned lanes = e->machine->vector_bits / 8 / e->widest;
  bool few = columns <= MOST_VECTORS * (int64_t)lanes;
  return !e->refused && !e->cut.axis && few && lanes > 1 && lanes <= AG_LANES ? lanes : 0;
}

static void emit_vectors(ag_emitter *e, rows *r, uint32_t k, const char *name) {
  ag_nid id = r->member[k];
  ag_place *p = &r->place[k];
  ag_dtype d = (ag_dtype)out_type(e, id)->dtype;
  LLVMValueRef columns = ag_emit_dim(e, &r->shape, r->shape.rank - 1);
  if (is_reduction(e, id)) {
    p->row = ag_emit_reduce_vectors(e, id, &r->at, &r->cover);
    if (p->data)
      ag_emit_store(e, d, p->data, r->number, p->row, 1);
    return;
  }
  p->rows = ag_arena_alloc(e->arena, r->cover.vectors * sizeof *p->rows);
  if (!p->rows) {
    ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
    return;
  }
  p->across = (uint8_t)r->cover.lanes;
  for (unsigned v = 0; v < r->cover.vectors; v++) {
    seek_vector(e, r, &r->cover, v);
    p->rows[v] = wide_value(e, r, id, r->cover.lanes, name);
    LLVMValueRef at =
        ag_ix(e, LLVMAdd, ag_ix(e, LLVMMul, r->number, columns), r->at.c[r->at.rank - 1].at);
    e->lanes = r->cover.lanes;
    if (p->data && !p->scratch) /* that holds one row, for the form that is not in vectors */
      ag_emit_store(e, d, p->data, at, p->rows[v], r->cover.lanes);
    ag_emit_whole(e);
    e->lanes = 1;
  }
}

static void emit_number(ag_emitter *e, rows *r, ag_nid id, ag_place *p, const char *name) {
  e->n_memo = 0;
  p->row = is_reduction(e, id) ? ag_emit_reduce_row(e, id, &r->at) : number_value(e, r, id, name);
  if (p->data)
    ag_emit_store(e, (ag_dtype)out_type(e, id)->dtype, p->data, r->number, p->row, 1);
}

static void emit_member(ag_emitter *e, rows *r, uint32_t k) {
  ag_nid id = r->member[k];
  char name[48];
  ag_emit_node_name(e, id, name);
  bool wide = is_wide(e, r, id);
  if (r->cover.lanes && (wide || is_reduction(e, id)))
    emit_vectors(e, r, k, name);
  else if (wide)
    emit_wide(e, r, id, &r->place[k], name);
  else
    emit_number(e, r, id, &r->place[k], name);
  e->place[ag_graph_node(e->g, id)->out] = r->place[k];
}

/* Of an element of a row, all members. */
static int64_t element_cost(ag_emitter *e, const rows *r) {
  int64_t cost = 0;
  for (uint32_t k = 0; k < r->n; k++) {
    const ag_node *n = ag_graph_node(e->g, r->member[k]);
    bool reduction = is_reduction(e, r->member[k]);
    if (reduction || kind_of(r, out_type(e, r->member[k])) == WIDE)
      cost += AG_COST_MEMORY + ag_emit_cost(e, reduction ? n->in[0] : n->out);
  }
  return cost;
}

/* So few rows are not shared well; each of their loops is, where it is long. */
static bool is_few(LLVMValueRef count) {
  enum { ENOUGH = 16 };
  return LLVMIsAConstantInt(count) && LLVMConstIntGetSExtValue(count) < ENOUGH;
}

/* The rows [begin, end). */
static void emit_range(ag_emitter *e, rows *r, LLVMValueRef begin, LLVMValueRef end,
                       const char *name) {
  ag_loop l;
  ag_loop_begin(e, &l, begin, end, 1, name);
  LLVMValueRef row = r->number = l.i;
  r->at.rank = r->shape.rank;
  for (int i = r->shape.rank - 1; i-- > 0;) {
    LLVMValueRef size = ag_emit_dim(e, &r->shape, i);
    LLVMValueRef at = i ? LLVMBuildURem(e->b, row, size, "") : row;
    r->at.c[i] = (ag_coord){.at = at};
    if (i)
      row = LLVMBuildUDiv(e->b, row, size, "");
  }
  for (uint32_t k = 0; k < r->n && !e->err->code; k++)
    emit_member(e, r, k);
  ag_loop_end(e, &l);
}

bool ag_rows_are_waiting(ag_emitter *e) {
  for (uint32_t k = 0; k < e->n_waiting; k++)
    if (is_reduction(e, e->waiting[k]))
      return true;
  return false;
}

/* All rows, in vectors where r->lanes says so. */
static void emit_all(ag_emitter *e, rows *r, LLVMValueRef count, int64_t cost, const char *name) {
  if (r->in_body) {
    LLVMValueRef row_cost = ag_ix(e, LLVMMul, ag_emit_int(e, cost), columns_of(e, r));
    ag_outline o;
    ag_outline_begin(e, &o, name);
    r->scratch = NULL;
    begin_scratch(e, r, name);
    e->body_scratch = r->scratch;
    emit_range(e, r, o.begin, o.end, name);
    e->body_scratch = NULL;
    end_scratch(e, r);
    ag_outline_end(e, &o, count, row_cost);
  } else {
    emit_range(e, r, ag_emit_int(e, 0), count, name);
  }
}

/* Rows of a length that only the run knows: in one, two or four vectors where they fit, else one
 * loop after the other. */
static void emit_forms(ag_emitter *e, rows *r, unsigned lanes, LLVMValueRef count, int64_t cost,
                       const char *name) {
  ag_place *places = ag_arena_alloc(e->arena, 2 * r->n * sizeof *places);
  if (!places) {
    ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
    return;
  }
  for (uint32_t k = 0; k < r->n; k++) {
    places[k] = r->place[k];
    places[r->n + k] = e->place[ag_graph_node(e->g, r->member[k])->out];
  }
  ag_forms f;
  LLVMValueRef columns = ag_emit_dim(e, &r->shape, r->shape.rank - 1);
  for (ag_forms_begin(e, &f, columns, lanes, MOST_VECTORS); ag_forms_next(e, &f, &r->cover);) {
    for (uint32_t k = 0; k < r->n; k++) {
      r->place[k] = places[k];
      e->place[ag_graph_node(e->g, r->member[k])->out] = places[r->n + k];
    }
    emit_all(e, r, count, cost, name);
  }
}

ag_code ag_emit_rows(ag_emitter *e, ag_nid last) {
  rows r = {.n = e->n_waiting + 1};
  char name[48];
  r.member = ag_arena_alloc(e->arena, r.n * sizeof *r.member);
  r.place = ag_arena_alloc(e->arena, r.n * sizeof *r.place);
  if (!r.member || !r.place)
    return ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
  for (uint32_t k = 0; k < r.n; k++) {
    r.member[k] = k + 1 < r.n ? e->waiting[k] : last;
    if (!is_reduction(e, r.member[k]))
      continue;
    r.shape = ag_graph_value(e->g, ag_graph_node(e->g, r.member[k])->in[0])->type;
    ag_emit_check_reduced(e, r.member[k]);
  }
  e->n_waiting = 0;
  ag_emit_node_name(e, last, name);
  LLVMValueRef count = ag_emit_int(e, 1);
  enum { LONG = 1024 }; /* what a row is taken for whose length only the run knows */
  int64_t cost = element_cost(e, &r), columns = r.shape.dim[r.shape.rank - 1];
  for (int i = 0; i < r.shape.rank - 1; i++)
    count = ag_ix(e, LLVMMul, count, ag_emit_dim(e, &r.shape, i));
  unsigned lanes = lanes_of_row(e, &r);
  bool forms = lanes && columns < 0;
  if (lanes && !forms)
    r.cover = ag_cover_of(columns, lanes);
  r.in_body = ag_outline_pays(e, count, cost * (columns < 0 ? LONG : columns)) && !is_few(count);
  for (uint32_t k = 0; k < r.n; k++)
    r.place[k] = room_for(e, &r, r.member[k], name);
  if (forms)
    emit_forms(e, &r, lanes, count, cost, name);
  else
    emit_all(e, &r, count, cost, name);
  for (uint32_t k = 0; k < r.n; k++) {
    ag_place *p = &e->place[ag_graph_node(e->g, r.member[k])->out];
    p->row = NULL;
    p->rows = NULL;
    p->across = 0;
  }
  return e->err->code;
}
