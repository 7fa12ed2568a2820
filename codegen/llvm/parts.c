/* parts.c - values put together of others: CONCAT, STACK, PAD. Which part does an index lie in?
 *
 * In a nest of loops each coordinate runs over a range that is known (e->box). Where all of it lies
 * in one part, that part's element is the element: no test is left in the loop. Where it does not,
 * the nest is asked to be cut in two (e->cut), and asks again for each half. What no nest can cut
 * (a place known at run time only) is a branch, which all lanes must share. */
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
    if (by->ints[2 * i] < 0 || by->ints[2 * i + 1] < 0 ||
        (padded ? in->dim[i] < 0 || out->dim[i] < 0 : in->dim[i] != out->dim[i]))
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
    if (in->rank != out->rank - !wide || (wide && in->dim[axis] < 0))
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

/* The positions that a coordinate takes first and last. */
static bool known(ag_emitter *e, const ag_coord *c, int64_t *first, int64_t *last) {
  if (c->axis == AG_AXIS_FIXED) {
    *first = *last = c->offset;
    return true;
  }
  if (c->axis == AG_AXIS_UNKNOWN || e->box[c->axis - 1].high == INT64_MAX)
    return false;
  *first = c->scale * e->box[c->axis - 1].low + c->offset;
  *last = c->scale * (e->box[c->axis - 1].high - 1) + c->offset;
  return true;
}

/* The coordinate starts in [begin, end) and leaves it: the nest is to be cut where it does. */
static void ask_to_cut(ag_emitter *e, const ag_coord *c, int64_t begin, int64_t end) {
  int64_t s = c->scale, at;
  at = s > 0 ? (end - c->offset + s - 1) / s : (c->offset - begin) / -s + 1;
  e->refused = true;
  if (!e->cut.axis || c->axis < e->cut.axis || (c->axis == e->cut.axis && at < e->cut.at)) {
    e->cut.axis = c->axis;
    e->cut.at = at;
  }
}

static ag_coord moved(ag_emitter *e, const ag_coord *c, int64_t by) {
  ag_coord to = *c;
  to.offset -= by;
  to.at = ag_ix(e, LLVMSub, c->at, e->probing ? NULL : ag_emit_int(e, by));
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

static int64_t size_of_part(ag_emitter *e, const ag_node *n, uint32_t k, int axis) {
  return n->op == AG_OP_STACK ? 1 : type_of(e, n->in[k])->dim[axis];
}

/* The element of part k, which begins at `begin`. */
static LLVMValueRef of_part(ag_emitter *e, const ag_node *n, uint32_t k, int64_t begin,
                            const ag_index *at, int axis, const char *name) {
  ag_index own = {.rank = type_of(e, n->in[k])->rank};
  for (int i = 0; i < own.rank; i++)
    own.c[i] = at->c[n->op == AG_OP_CONCAT || i < axis ? i : i + 1];
  if (n->op == AG_OP_CONCAT)
    own.c[axis] = moved(e, &at->c[axis], begin);
  return ag_emit_element(e, n->in[k], &own, name);
}

static LLVMValueRef join_of_parts(ag_emitter *e, const ag_node *n, const ag_index *at, int axis,
                                  const char *name) {
  choice c = {.join = e->probing ? NULL : ag_emit_block(e, "part")};
  int64_t begin = 0;
  uint32_t last = n->n_in - 1;
  while (last > 0 && !size_of_part(e, n, last, axis))
    last--;
  for (uint32_t k = 0; k <= last; k++) {
    int64_t size = size_of_part(e, n, k, axis);
    if (!size && k < last)
      continue;
    LLVMBasicBlockRef next = NULL;
    if (k < last && !e->probing) {
      LLVMValueRef end = ag_emit_int(e, begin + size);
      LLVMBasicBlockRef here = ag_emit_block(e, "here");
      next = ag_emit_block(e, "next");
      LLVMBuildCondBr(e->b, LLVMBuildICmp(e->b, LLVMIntSLT, at->c[axis].at, end, ""), here, next);
      LLVMPositionBuilderAtEnd(e->b, here);
    }
    side_begin(e, &c);
    side_end(e, &c, of_part(e, n, k, begin, at, axis, name));
    if (next)
      LLVMPositionBuilderAtEnd(e->b, next);
    begin += size;
  }
  return joined(e, &c, name);
}

static LLVMValueRef emit_join(ag_emitter *e, const ag_node *n, const ag_index *at,
                              const char *name) {
  int axis = axis_of(e->g, n);
  const ag_coord *c = &at->c[axis];
  int64_t first, last, begin = 0;
  if (!known(e, c, &first, &last)) {
    if (e->lanes == 1 || c->lane == 0)
      return join_of_parts(e, n, at, axis, name);
    e->refused = true;
    return NULL;
  }
  for (uint32_t k = 0; k < n->n_in; k++) {
    int64_t end = begin + size_of_part(e, n, k, axis);
    if (first < begin || first >= end) {
      begin = end;
      continue;
    }
    if (last >= begin && last < end)
      return of_part(e, n, k, begin, at, axis, name);
    ask_to_cut(e, c, begin, end);
    return NULL;
  }
  e->refused = true; /* an empty range: no element is ever asked for */
  return NULL;
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
    int64_t before = by->ints[2 * i], end = before + x->dim[i], first, last;
    const ag_coord *c = &at->c[i];
    own.c[i] = before ? moved(e, c, before) : *c;
    if (x->dim[i] == out->dim[i])
      continue;
    if (known(e, c, &first, &last)) {
      int64_t edge[] = {INT64_MIN / 2, before, end, INT64_MAX / 2}; /* of the three zones */
      int zone = (first >= before) + (first >= end);
      if (zone != (last >= before) + (last >= end)) {
        ask_to_cut(e, c, edge[zone], edge[zone + 1]);
        asks = true;
      } else if (zone != 1) {
        return ag_emit_operand(e, n->in[1], out, at, name);
      }
      continue;
    }
    if (e->lanes > 1 && c->lane != 0) {
      e->refused = true;
      return NULL;
    }
    branches = true;
    if (e->probing)
      continue;
    LLVMValueRef fits = LLVMBuildICmp(e->b, LLVMIntULT, own.c[i].at, ag_emit_int(e, x->dim[i]), "");
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

LLVMValueRef ag_emit_parts(ag_emitter *e, ag_nid id, const ag_index *at) {
  const ag_node *n = ag_graph_node(e->g, id);
  ag_index own;
  char name[48];
  ag_emit_node_name(e, id, name);
  if (!ag_index_take_apart(e, type_of(e, n->out), at, &own)) {
    e->refused = true;
    return NULL;
  }
  return n->op == AG_OP_PAD ? emit_pad(e, n, &own, name) : emit_join(e, n, &own, name);
}
