/* parts.c - values put together of others: CONCAT, STACK, PAD. Which part does an index lie in?
 *
 * In a nest of loops each coordinate runs over a range of which something is known (boxes.c). Where
 * all of it lies in one part, that part's element is the element: no test is left in the loop.
 * Where it does not, the nest is asked to be cut in two, also at a place that only the run knows,
 * and asks again for each half. What no nest can cut is a branch, which all lanes must share. */
#include "emit.h"

enum { MOST_PARTS = 16 };

static const ag_type *type_of(ag_emitter *e, ag_val v) { return &ag_graph_value(e->g, v)->type; }

static int axis_of(const ag_graph *g, const ag_node *n) {
  int rank = ag_graph_value(g, n->out)->type.rank;
  int axis = (int)ag_attr_int(n->attrs, n->n_attrs, AG_KEY_axis, 0);
  return axis < 0 ? axis + rank : axis;
}

static const ag_attr *paddings_of(const ag_graph *g, const ag_node *n) {
  const ag_attr *by = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_paddings);
  int rank = ag_graph_value(g, n->in[0])->type.rank;
  return by && rank >= 0 && by->n == 2 * (uint32_t)rank ? by : NULL;
}

/* ---- which ones ---------------------------------------------------------------------------------
 */

static bool pad_is_clear(const ag_graph *g, const ag_node *n) {
  const ag_type *in = &ag_graph_value(g, n->in[0])->type, *out = &ag_graph_value(g, n->out)->type;
  const ag_attr *by = paddings_of(g, n);
  if (!by || in->rank < 1 || in->rank != out->rank)
    return false;
  for (int i = 0; i < in->rank; i++) {
    bool padded = by->ints[2 * i] || by->ints[2 * i + 1];
    if (by->ints[2 * i] < 0 || by->ints[2 * i + 1] < 0 || (!padded && in->dim[i] != out->dim[i]))
      return false;
  }
  return true;
}

bool ag_parts_are_clear(const ag_graph *g, const ag_node *n) {
  const ag_type *out = &ag_graph_value(g, n->out)->type;
  if (n->op == AG_OP_PAD)
    return pad_is_clear(g, n);
  int axis = axis_of(g, n), wide = n->op == AG_OP_CONCAT;
  if (out->rank < 1 || axis < 0 || axis >= out->rank || n->n_in > MOST_PARTS)
    return false;
  for (uint32_t k = 0; k < n->n_in; k++) {
    const ag_type *in = &ag_graph_value(g, n->in[k])->type;
    if (in->rank != out->rank - !wide)
      return false;
    for (int i = 0; i < in->rank; i++)
      if (!(wide && i == axis) && in->dim[i] != out->dim[wide || i < axis ? i : i + 1])
        return false;
  }
  return true;
}

uint32_t ag_parts_count(const ag_graph *g, const ag_node *n) {
  if (n->op != AG_OP_PAD)
    return n->n_in;
  const ag_attr *by = paddings_of(g, n);
  uint32_t count = 1;
  for (uint32_t i = 0; by && i < by->n; i++)
    count += by->ints[i] > 0;
  return count;
}

/* ---- where an index is
 * ---------------------------------------------------------------------------- */

static ag_coord moved(ag_emitter *e, const ag_coord *c, const ag_amount *by) {
  ag_coord to = *c;
  if (!ag_amount_add(e, &to.offset, by, -1))
    to.axis = AG_AXIS_UNKNOWN;
  to.at = e->probing ? NULL : ag_ix(e, LLVMSub, c->at, ag_emit_amount(e, by));
  return to;
}

/* One element on either side of a branch that all lanes take together. */
typedef struct choice {
  LLVMBasicBlockRef join, from[MOST_PARTS];
  LLVMValueRef value[MOST_PARTS];
  unsigned n;
  uint32_t memo, scope;
} choice;

/* What is computed in a side is known in it only. */
static void side_begin(ag_emitter *e, choice *c) {
  c->memo = e->n_memo;
  c->scope = ag_emit_scope(e);
}

static void side_end(ag_emitter *e, choice *c, LLVMValueRef value) {
  e->n_memo = c->memo;
  ag_emit_unscope(e, c->scope);
  if (e->probing)
    return;
  c->value[c->n] = value;
  c->from[c->n++] = LLVMGetInsertBlock(e->b);
  LLVMBuildBr(e->b, c->join);
}

static LLVMValueRef joined(ag_emitter *e, choice *c, const char *name) {
  if (e->probing || e->err->code)
    return NULL;
  LLVMPositionBuilderAtEnd(e->b, c->join);
  LLVMValueRef phi = LLVMBuildPhi(e->b, LLVMTypeOf(c->value[0]), name);
  LLVMAddIncoming(phi, c->value, c->from, c->n);
  return phi;
}

/* ---- CONCAT, STACK ----------------------------------------------------------------------------
 */

static ag_amount size_of_part(ag_emitter *e, const ag_node *n, uint32_t k, int axis) {
  ag_amount size = {.plus = 1};
  if (n->op == AG_OP_CONCAT && !ag_amount_of_size(e, type_of(e, n->in[k])->dim[axis], &size))
    ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
  return size;
}

/* Where part k ends that begins at `begin`; as a number where that takes too many sizes. */
static ag_amount end_of_part(ag_emitter *e, ag_nid id, uint32_t k, int axis,
                             const ag_amount *begin) {
  const ag_node *n = ag_graph_node(e->g, id);
  ag_amount end = *begin, size = size_of_part(e, n, k, axis);
  if (!ag_amount_add(e, &end, &size, 1) && !ag_amount_of_number(e, e->checked[id][k], &end))
    ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
  return end;
}

/* The element of part k, which begins at `begin`. */
static LLVMValueRef of_part(ag_emitter *e, const ag_node *n, uint32_t k, const ag_amount *begin,
                            const ag_index *at, int axis, const char *name) {
  ag_index own = {.rank = type_of(e, n->in[k])->rank};
  for (int i = 0; i < own.rank; i++)
    own.c[i] = at->c[n->op == AG_OP_CONCAT || i < axis ? i : i + 1];
  if (n->op == AG_OP_CONCAT)
    own.c[axis] = moved(e, &at->c[axis], begin);
  return ag_emit_element(e, n->in[k], &own, name);
}

/* The parts [k, last]: only the run knows in which of them. */
static LLVMValueRef join_of_parts(ag_emitter *e, ag_nid id, uint32_t k, uint32_t last,
                                  ag_amount begin, const ag_index *at, int axis, const char *name) {
  const ag_node *n = ag_graph_node(e->g, id);
  choice c = {.join = e->probing ? NULL : ag_emit_block(e, "part")};
  for (; k <= last; k++) {
    ag_amount end = end_of_part(e, id, k, axis, &begin);
    LLVMBasicBlockRef next = NULL;
    if (k < last && !e->probing) {
      LLVMValueRef to = ag_emit_amount(e, &end);
      LLVMBasicBlockRef here = ag_emit_block(e, "here");
      next = ag_emit_block(e, "next");
      LLVMBuildCondBr(e->b, LLVMBuildICmp(e->b, LLVMIntSLT, at->c[axis].at, to, ""), here, next);
      LLVMPositionBuilderAtEnd(e->b, here);
    }
    side_begin(e, &c);
    side_end(e, &c, of_part(e, n, k, &begin, at, axis, name));
    if (next)
      LLVMPositionBuilderAtEnd(e->b, next);
    begin = end;
  }
  return joined(e, &c, name);
}

static LLVMValueRef emit_join(ag_emitter *e, ag_nid id, const ag_index *at, const char *name) {
  const ag_node *n = ag_graph_node(e->g, id);
  int axis = axis_of(e->g, n);
  const ag_coord *c = &at->c[axis];
  uint32_t last = n->n_in - 1;
  while (last > 0 && n->op == AG_OP_CONCAT && !type_of(e, n->in[last])->dim[axis])
    last--;
  ag_amount begin = {0};
  for (uint32_t k = 0; k < last; k++) {
    ag_amount end = end_of_part(e, id, k, axis, &begin);
    switch (ag_box_side(e, c, &end)) {
    case AG_SIDE_BELOW:
      return of_part(e, n, k, &begin, at, axis, name);
    case AG_SIDE_FROM:
      begin = end;
      continue;
    case AG_SIDE_CUT:
      return NULL;
    case AG_SIDE_OPEN:
      if (e->lanes == 1 || c->lane == 0)
        return join_of_parts(e, id, k, last, begin, at, axis, name);
      e->refused = true;
      return NULL;
    }
  }
  return of_part(e, n, last, &begin, at, axis, name);
}

/* ---- PAD --------------------------------------------------------------------------------------
 */

static LLVMValueRef emit_pad(ag_emitter *e, const ag_node *n, const ag_index *at,
                             const char *name) {
  const ag_type *x = type_of(e, n->in[0]), *out = type_of(e, n->out);
  const ag_attr *by = paddings_of(e->g, n);
  ag_index own = {.rank = x->rank};
  LLVMValueRef inside = NULL;
  bool asks = false, branches = false;
  for (int i = 0; i < x->rank; i++) {
    const ag_coord *c = &at->c[i];
    ag_amount before = {.plus = by->ints[2 * i]}, end;
    own.c[i] = before.plus ? moved(e, c, &before) : *c;
    if (!before.plus && !by->ints[2 * i + 1])
      continue;
    if (!ag_amount_of_size(e, x->dim[i], &end) || !ag_amount_add(e, &end, &before, 1)) {
      ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
      return NULL;
    }
    ag_side first = before.plus ? ag_box_side(e, c, &before) : AG_SIDE_FROM;
    ag_side last = by->ints[2 * i + 1] ? ag_box_side(e, c, &end) : AG_SIDE_BELOW;
    if (first == AG_SIDE_BELOW || last == AG_SIDE_FROM)
      return asks ? NULL : ag_emit_operand(e, n->in[1], out, at, name);
    asks |= first == AG_SIDE_CUT || last == AG_SIDE_CUT;
    if (first != AG_SIDE_OPEN && last != AG_SIDE_OPEN)
      continue;
    if (e->lanes > 1 && c->lane != 0) {
      e->refused = true;
      return NULL;
    }
    branches = true;
    if (e->probing)
      continue;
    LLVMValueRef size = ag_emit_dim(e, x, i);
    LLVMValueRef fits = LLVMBuildICmp(e->b, LLVMIntULT, own.c[i].at, size, "");
    inside = inside ? LLVMBuildAnd(e->b, inside, fits, "") : fits;
  }
  if (asks)
    return NULL;
  if (!branches)
    return ag_emit_element(e, n->in[0], &own, name);
  choice c = {0};
  LLVMBasicBlockRef there = NULL;
  if (!e->probing) {
    LLVMBasicBlockRef here = ag_emit_block(e, "inside");
    there = ag_emit_block(e, "padding");
    c.join = ag_emit_block(e, "padded");
    LLVMBuildCondBr(e->b, inside, here, there);
    LLVMPositionBuilderAtEnd(e->b, here);
  }
  side_begin(e, &c);
  side_end(e, &c, ag_emit_element(e, n->in[0], &own, name));
  if (there)
    LLVMPositionBuilderAtEnd(e->b, there);
  side_begin(e, &c);
  side_end(e, &c, ag_emit_operand(e, n->in[1], out, at, name));
  return joined(e, &c, name);
}

/* What the sizes of a PAD's result are sums of. */
static void make_padded(ag_emitter *e, const ag_node *n) {
  const ag_type *x = type_of(e, n->in[0]), *out = type_of(e, n->out);
  const ag_attr *by = paddings_of(e->g, n);
  for (int i = 0; i < x->rank; i++) {
    ag_amount more = {.plus = by->ints[2 * i] + by->ints[2 * i + 1]}, sum;
    if (!ag_amount_of_size(e, x->dim[i], &sum) || !ag_amount_add(e, &sum, &more, 1))
      ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
    ag_emit_make_size(e, out->dim[i], &sum);
  }
}

void ag_emit_parts_size(ag_emitter *e, ag_nid id) {
  const ag_node *n = ag_graph_node(e->g, id);
  if (n->op == AG_OP_PAD)
    make_padded(e, n);
  if (n->op != AG_OP_CONCAT)
    return;
  int axis = axis_of(e->g, n);
  LLVMValueRef *ends = ag_arena_alloc(e->arena, (n->n_in + 1) * sizeof *ends);
  LLVMValueRef end = ag_emit_int(e, 0);
  ag_amount sum = {0};
  if (!ends) {
    ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
    return;
  }
  e->checked[id] = ends;
  for (uint32_t k = 0; k < n->n_in; k++) {
    ends[k] = end = ag_ix(e, LLVMAdd, end, ag_emit_dim(e, type_of(e, n->in[k]), axis));
    sum = end_of_part(e, id, k, axis, &sum);
  }
  ag_emit_make_size(e, type_of(e, n->out)->dim[axis], &sum);
}

LLVMValueRef ag_emit_parts(ag_emitter *e, ag_nid id, const ag_index *at) {
  const ag_node *n = ag_graph_node(e->g, id);
  ag_index own;
  char name[48];
  ag_emit_node_name(e, id, name);
  if (!ag_index_take_apart(e, type_of(e, n->out), at, &own)) {
    e->refused = true;
    return NULL;
  }
  return n->op == AG_OP_PAD ? emit_pad(e, n, &own, name) : emit_join(e, id, &own, name);
}
