/* set.c - SET_ELEMENT, SET_SLICE, SET_SLICE_DYN and the LIST operations of numbers: in place where
 * the old value is used for the last time, else in a copy, or the other way round: a slice that
 * covers most of what its value reads goes into a new buffer, and the rest is copied beside it. */
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
  ag_type shape; /* of the slice */
  ag_slice axis[AG_MAX_RANK];
} slice_target;

static LLVMValueRef slice_where(ag_emitter *e, const ag_index *i, void *ctx, int64_t *lane) {
  const slice_target *w = ctx;
  if (i->flat) {
    e->refused = true;
    return NULL;
  }
  ag_index full = {.rank = w->t->rank};
  for (int a = 0; a < w->t->rank; a++) {
    full.c[a].lane = i->c[a].lane * w->axis[a].step;
    full.c[a].at = ag_ix(e, LLVMMul, i->c[a].at, ag_emit_int(e, w->axis[a].step));
    full.c[a].at = ag_ix(e, LLVMAdd, full.c[a].at, w->axis[a].begin);
  }
  return ag_emit_linear(e, w->t, &full, lane);
}

/* Where the node writes; sizes that no value has are bound in the open scope. */
static ag_code slice_of(ag_emitter *e, const ag_node *n, slice_target *out) {
  *out = (slice_target){.t = &ag_graph_value(e->g, n->in[0])->type};
  out->shape = *out->t;
  if (n->op == AG_OP_SET_SLICE_DYN) {
    ag_slice_place(e->g, &e->ways, n, &out->shape);
    ag_emit_slices(e, n, out->axis);
    for (int i = 0; i < out->shape.rank && !e->err->code; i++) {
      if (out->shape.dim[i] == INT64_MIN)
        out->shape.dim[i] = -(int64_t)(e->sizes.spare + (uint32_t)i);
      if (out->shape.dim[i] < 0)
        ag_emit_bind_size(e, out->shape.dim[i], out->axis[i].size);
    }
    return e->err->code;
  }
  const ag_attr *begin = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_begin);
  const ag_attr *size = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_size);
  const ag_attr *step = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_step);
  if (!begin || !size || !step)
    return ag_fail(e->err, AG_ERR_INTERNAL, n->loc, "set_slice without its attributes");
  for (int i = 0; i < out->shape.rank; i++) {
    out->shape.dim[i] = size->ints[i];
    out->axis[i] =
        (ag_slice){ag_emit_int(e, begin->ints[i]), ag_emit_int(e, size->ints[i]), step->ints[i]};
  }
  return AG_OK;
}

/* n elements from `at` on, of one buffer into another. */
static void copy_elements(ag_emitter *e, ag_dtype d, LLVMValueRef to, LLVMValueRef from,
                          LLVMValueRef at, LLVMValueRef n) {
  if (LLVMIsAConstantInt(n) && LLVMConstIntGetSExtValue(n) <= 0)
    return;
  LLVMTypeRef type = ag_emit_memory_type(e, d, 1);
  LLVMValueRef bytes = ag_ix(e, LLVMMul, n, ag_emit_int(e, (int64_t)ag_dtype_size(d)));
  LLVMValueRef dst = LLVMBuildInBoundsGEP2(e->b, type, to, &at, 1, "");
  LLVMValueRef src = LLVMBuildInBoundsGEP2(e->b, type, from, &at, 1, "");
  LLVMBuildMemCpy(e->b, dst, (unsigned)ag_dtype_size(d), src, (unsigned)ag_dtype_size(d), bytes);
}

/* What a slice in steps of 1 that has elements leaves out of a tensor. */
typedef struct rest {
  const slice_target *slice;
  int64_t before[AG_MAX_RANK], after[AG_MAX_RANK];
  LLVMValueRef to, from;
} rest;

static LLVMValueRef elements_below(ag_emitter *e, const ag_type *t, int axis) {
  LLVMValueRef n = ag_emit_int(e, 1);
  for (int i = axis + 1; i < t->rank; i++)
    n = ag_ix(e, LLVMMul, n, ag_emit_dim(e, t, i));
  return n;
}

/* Before and after the slice along one axis, from the element `at` on. */
static void copy_sides(ag_emitter *e, const rest *r, int axis, LLVMValueRef at) {
  const ag_type *t = r->slice->t;
  LLVMValueRef each = elements_below(e, t, axis), before = ag_emit_int(e, r->before[axis]);
  LLVMValueRef end = ag_ix(e, LLVMAdd, before, ag_emit_dim(e, &r->slice->shape, axis));
  copy_elements(e, (ag_dtype)t->dtype, r->to, r->from, at, ag_ix(e, LLVMMul, before, each));
  copy_elements(e, (ag_dtype)t->dtype, r->to, r->from,
                ag_ix(e, LLVMAdd, at, ag_ix(e, LLVMMul, end, each)),
                ag_ix(e, LLVMMul, ag_emit_int(e, r->after[axis]), each));
}

/* Whole rows; the ends of the others are copied where their rows are computed. */
static void copy_rows(ag_emitter *e, const rest *r, int axis, LLVMValueRef at) {
  const ag_type *t = r->slice->t;
  if (axis >= t->rank - 1)
    return;
  copy_sides(e, r, axis, at);
  int more = axis + 1;
  while (more < t->rank - 1 && !r->before[more] && !r->after[more])
    more++;
  if (more == t->rank - 1)
    return;
  LLVMValueRef begin = ag_emit_int(e, r->before[axis]);
  ag_loop l;
  ag_loop_begin(e, &l, begin, ag_ix(e, LLVMAdd, begin, ag_emit_dim(e, &r->slice->shape, axis)), 1,
                "rest");
  LLVMValueRef offset = ag_ix(e, LLVMMul, l.i, elements_below(e, t, axis));
  copy_rows(e, r, axis + 1, ag_ix(e, LLVMAdd, at, offset));
  ag_loop_end(e, &l);
}

static void copy_ends(ag_emitter *e, const ag_index *at, void *ctx) {
  const rest *r = ctx;
  const ag_type *t = r->slice->t;
  LLVMValueRef row = ag_emit_int(e, 0);
  for (int i = 0; i < t->rank - 1; i++) {
    LLVMValueRef here = ag_ix(e, LLVMAdd, at->c[i].at, ag_emit_int(e, r->before[i]));
    row = ag_ix(e, LLVMAdd, ag_ix(e, LLVMMul, row, ag_emit_dim(e, t, i)), here);
  }
  copy_sides(e, r, t->rank - 1, ag_ix(e, LLVMMul, row, ag_emit_dim(e, t, t->rank - 1)));
}

/* Whether the slice has an element; NULL: it has. */
static LLVMValueRef has_elements(ag_emitter *e, const ag_type *shape) {
  LLVMValueRef all = NULL, zero = ag_emit_int(e, 0);
  for (int i = 0; i < shape->rank; i++) {
    if (shape->dim[i] > 0)
      continue;
    LLVMValueRef some = LLVMBuildICmp(e->b, LLVMIntNE, ag_emit_dim(e, shape, i), zero, "");
    all = all ? LLVMBuildAnd(e->b, all, some, "") : some;
  }
  return all;
}

/* What the sides are, of a slice that writes_most of ways.c took. */
static void find_rest(ag_emitter *e, const ag_node *n, rest *r) {
  const slice_target *s = r->slice;
  if (n->op == AG_OP_SET_SLICE_DYN) {
    ag_slice_rest(e->g, n, r->before, r->after);
    return;
  }
  const ag_attr *begin = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_begin);
  for (int i = 0; i < s->t->rank; i++) {
    r->before[i] = begin->ints[i];
    r->after[i] = s->t->dim[i] - s->shape.dim[i] - begin->ints[i];
  }
}

/* x[slice] = value where the value reads x all over: the whole of the result in another buffer.
 * The slot of x takes it where x is not used any more, and its old one is written the next time.
 * Of a slice without elements all is rest. */
static ag_code emit_fresh(ag_emitter *e, ag_nid id, const ag_node *n, slice_target *where,
                          const char *name) {
  ag_place *old = &e->place[n->in[0]];
  ag_place p = ag_emit_alloc(e, ag_emit_slot(e, 1), where->t, name);
  LLVMValueRef zero = ag_emit_int(e, 0), some = has_elements(e, &where->shape);
  LLVMBasicBlockRef next = NULL;
  if (some) {
    LLVMBasicBlockRef part = ag_emit_block(e, "part"), all = ag_emit_block(e, "all");
    next = ag_emit_block(e, "fresh");
    ag_emit_likely(e, LLVMBuildCondBr(e->b, some, part, all), true);
    LLVMPositionBuilderAtEnd(e->b, all);
    copy_elements(e, (ag_dtype)where->t->dtype, p.data, old->data, zero,
                  ag_emit_count(e, where->t));
    LLVMBuildBr(e->b, next);
    LLVMPositionBuilderAtEnd(e->b, part);
  }
  rest rest = {.slice = where, .to = p.data, .from = old->data};
  find_rest(e, n, &rest);
  copy_rows(e, &rest, 0, zero);
  ag_filling filling = {n->in[1], (ag_dtype)where->t->dtype, p.data};
  uint32_t mark = ag_emit_scope(e);
  ag_emit_fill(e, &filling, 1, &where->shape, &(ag_target){slice_where, copy_ends, where, &rest},
               name);
  ag_emit_unscope(e, mark);
  if (next) {
    LLVMBuildBr(e->b, next);
    LLVMPositionBuilderAtEnd(e->b, next);
  }
  if (old->owned && ag_use_is_last(e->g, &e->ways, n->in[0], &(ag_use){id, 0, n->region})) {
    LLVMValueRef both[] = {old->tensor, p.tensor};
    ag_emit_rt(e, "ag_rt_swap", e->voidt, both, 2, "");
    old->taken = true;
    p = ag_emit_place(e, old->tensor, true);
    p.unique = true;
  }
  e->place[n->out] = p;
  return e->err->code;
}

/* x[index] = value of a growing list: a store where there is room, else the kernel finds more. */
static ag_code emit_put(ag_emitter *e, ag_nid id, const ag_node *n) {
  const ag_type *t = &ag_graph_value(e->g, n->in[0])->type;
  ag_place p = target(e, id, n);
  uint32_t site = ag_emit_site(e, id);
  if (e->err->code)
    return e->err->code;
  LLVMValueRef value = ag_emit_reg(e, n->in[1]), index = ag_emit_reg(e, n->in[2]);
  const ag_type *value_type = &ag_graph_value(e->g, n->in[1])->type;
  const ag_type *index_type = &ag_graph_value(e->g, n->in[2])->type;
  LLVMValueRef wide = ag_is_signed(index_type->dtype)
                          ? LLVMBuildSExtOrBitCast(e->b, index, e->i64, "")
                          : LLVMBuildZExtOrBitCast(e->b, index, e->i64, "");
  LLVMValueRef size_at = ag_emit_field(e, p.tensor, offsetof(ag_tensor, dim), "");
  LLVMValueRef room = LLVMBuildLoad2(e->b, e->i64, size_at, "room");
  LLVMValueRef fits = LLVMBuildICmp(e->b, LLVMIntULT, wide, room, "fits");
  LLVMBasicBlockRef put = ag_emit_block(e, "put"), grow = ag_emit_block(e, "grow");
  LLVMBasicBlockRef done = ag_emit_block(e, "done"), from[2];
  ag_emit_likely(e, LLVMBuildCondBr(e->b, fits, put, grow), true);
  LLVMPositionBuilderAtEnd(e->b, put);
  ag_emit_store(e, (ag_dtype)t->dtype, p.data, wide, value, 1);
  from[0] = put;
  LLVMBuildBr(e->b, done);
  LLVMPositionBuilderAtEnd(e->b, grow);
  LLVMValueRef operand[] = {p.tensor, ag_emit_box(e, 1, value_type, value),
                            ag_emit_box(e, 2, index_type, index)};
  for (int64_t k = 0; k < 3; k++) {
    LLVMValueRef at = ag_emit_int(e, k);
    LLVMBuildStore(e->b, operand[k], LLVMBuildInBoundsGEP2(e->b, e->ptr, e->operands, &at, 1, ""));
  }
  if (e->n_operands < 3)
    e->n_operands = 3;
  LLVMValueRef args[] = {e->run, LLVMConstInt(e->i32, site, 0), e->operands, p.tensor};
  ag_emit_return_if(e, ag_emit_rt(e, "ag_rt_kernel", e->i32, args, 4, "code"));
  ag_place grown = ag_emit_place(e, p.tensor, true);
  from[1] = LLVMGetInsertBlock(e->b);
  LLVMBuildBr(e->b, done);
  LLVMPositionBuilderAtEnd(e->b, done);
  LLVMValueRef data = LLVMBuildPhi(e->b, e->ptr, "data"), both[] = {p.data, grown.data};
  LLVMAddIncoming(data, both, from, 2);
  p.data = data;
  e->place[n->out] = p;
  ag_emit_bind(e, &ag_graph_value(e->g, n->out)->type, p.tensor);
  return e->err->code;
}

/* Many rows at once, or what is known too late: the kernel, in the slot of the old value. */
static ag_code emit_kernel(ag_emitter *e, ag_nid id, const ag_node *n) {
  ag_place p = target(e, id, n);
  uint32_t site = ag_emit_site(e, id);
  if (e->err->code)
    return e->err->code;
  for (uint32_t k = 0; k < n->n_in; k++) {
    const ag_place *operand = &e->place[n->in[k]];
    LLVMValueRef tensor = p.tensor, at = ag_emit_int(e, k);
    if (k > 0 && operand->kind == AG_PLACE_TENSOR)
      tensor = operand->tensor;
    else if (k > 0)
      tensor = ag_emit_box(e, k, &ag_graph_value(e->g, n->in[k])->type, ag_emit_reg(e, n->in[k]));
    LLVMBuildStore(e->b, tensor, LLVMBuildInBoundsGEP2(e->b, e->ptr, e->operands, &at, 1, ""));
  }
  if (n->n_in > e->n_operands)
    e->n_operands = n->n_in;
  e->recipe.sites[site].dead = 1;
  LLVMValueRef args[] = {e->run, LLVMConstInt(e->i32, site, 0), e->operands, p.tensor};
  ag_emit_return_if(e, ag_emit_rt(e, "ag_rt_kernel", e->i32, args, 4, "code"));
  p.data = ag_emit_place(e, p.tensor, true).data;
  e->place[n->out] = p;
  ag_emit_bind(e, &ag_graph_value(e->g, n->out)->type, p.tensor);
  return e->err->code;
}

ag_code ag_emit_set(ag_emitter *e, ag_nid id) {
  const ag_node *n = ag_graph_node(e->g, id);
  if (n->op == AG_OP_LIST_PUT)
    return emit_put(e, id, n);
  if (e->ways.way[id].kernel)
    return emit_kernel(e, id, n);
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
    ag_emit_fill(e, &filling, 1, &shape, &(ag_target){.where = element_where, .ctx = &where}, name);
    e->place[n->out] = p;
    return e->err->code;
  }
  slice_target where;
  uint32_t mark = ag_emit_scope(e);
  if (slice_of(e, n, &where))
    return e->err->code;
  if (e->ways.way[id].fresh) {
    emit_fresh(e, id, n, &where, name);
  } else {
    ag_place p = target(e, id, n);
    ag_filling filling = {n->in[1], (ag_dtype)t->dtype, p.data};
    ag_emit_fill(e, &filling, 1, &where.shape, &(ag_target){.where = slice_where, .ctx = &where},
                 name);
    e->place[n->out] = p;
  }
  ag_emit_unscope(e, mark);
  return e->err->code;
}
