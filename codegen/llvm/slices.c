/* slices.c - slices whose bounds are operands: SLICE_DYN and SET_SLICE_DYN.
 *
 * Begin and size along each axis are a few instructions at the node's place in the order, clamped
 * as Python clamps them; after that an element of the slice is one of x, as with SLICE. Where the
 * bounds or the steps are not numbers that stand in the graph, the kernel does it all.
 *
 * Holds: begin and the end it implies lie inside of x wherever the slice has an element. */
#include "emit.h"

enum { LONGEST_STEP = 1 << 30 };

static const ag_type *type_of(const ag_graph *g, ag_val v) { return &ag_graph_value(g, v)->type; }

static uint32_t first_bound(const ag_node *n) { return n->op == AG_OP_SET_SLICE_DYN ? 2 : 1; }

/* ---- looking -----------------------------------------------------------------------------------
 */

/* Element k of operand `i`: a constant, or the number that it is (AG_NONE: neither). */
static bool constant_at(const ag_graph *g, const ag_node *n, uint32_t i, uint32_t k, int64_t *out,
                        ag_val *number) {
  ag_val v = n->in[i];
  const ag_node *made = ag_graph_node(g, ag_graph_value(g, v)->node);
  *number = AG_NONE;
  if (made->op == AG_OP_STACK && k < made->n_in && type_of(g, v)->rank == 1) {
    *number = made->in[k];
    made = ag_graph_node(g, ag_graph_value(g, made->in[k])->node);
    k = 0;
  }
  if (made->op != AG_OP_CONST)
    return false;
  const ag_tensor *t = ag_attr_find(made->attrs, made->n_attrs, AG_KEY_value)->tensor;
  if (t->dtype != AG_I64 || k >= ag_tensor_count(t))
    return false;
  *out = ((const int64_t *)ag_tensor_data(t))[k];
  return true;
}

/* One axis of x: its bounds, where they are constants. */
typedef struct bounds {
  bool whole;   /* the vectors end before it */
  bool none[2]; /* no begin, no end */
  bool known[2];
  int64_t at[2], step;
  ag_val number[2]; /* in a register */
} bounds;

/* False where the kernel is needed. */
static bool read_bounds(const ag_graph *g, const ag_node *n, int axis, bounds *b) {
  uint32_t first = first_bound(n);
  const ag_type *vector = type_of(g, n->in[first]);
  int64_t mask = ag_attr_int(n->attrs, n->n_attrs, AG_KEY_mask, 0);
  ag_val number;
  *b = (bounds){.step = 1};
  for (uint32_t i = 0; i < 3; i++) {
    const ag_type *t = type_of(g, n->in[first + i]);
    if (t->rank != 1 || t->dim[0] < 0 || t->dim[0] != vector->dim[0])
      return false;
  }
  b->whole = axis >= vector->dim[0];
  if (b->whole) {
    b->none[0] = b->none[1] = true;
    return true;
  }
  for (int i = 0; i < 2; i++) {
    b->none[i] = mask >> (2 * axis + i) & 1;
    b->known[i] = constant_at(g, n, first + (uint32_t)i, (uint32_t)axis, &b->at[i], &b->number[i]);
    if (!b->none[i] && !b->known[i] && !b->number[i])
      return false;
  }
  return constant_at(g, n, first + 2, (uint32_t)axis, &b->step, &number) && b->step != 0 &&
         b->step >= -LONGEST_STEP && b->step <= LONGEST_STEP;
}

bool ag_slices_are_clear(const ag_graph *g, const ag_node *n) {
  int rank = type_of(g, n->in[0])->rank;
  bounds b;
  for (int i = 0; i < rank; i++)
    if (!read_bounds(g, n, i, &b))
      return false;
  return rank > 0;
}

bool ag_is_of_bounds(const ag_node *n, uint32_t k) {
  return (n->op == AG_OP_SLICE_DYN && k >= 1) || (n->op == AG_OP_SET_SLICE_DYN && k >= 2);
}

bool ag_use_is_of_bounds(const ag_graph *g, const ag_ways *w, const ag_use *use) {
  uint8_t how = w->way[use->node].how;
  if (!use->node || !ag_is_of_bounds(ag_graph_node(g, use->node), use->index))
    return false;
  return how != AG_HOW_CALL && !w->way[use->node].kernel;
}

bool ag_slices_are_equal(const ag_node *slice, const ag_node *set) {
  for (uint32_t k = 0; k < 3; k++)
    if (slice->in[1 + k] != set->in[2 + k])
      return false;
  return ag_attr_int(slice->attrs, slice->n_attrs, AG_KEY_mask, 0) ==
         ag_attr_int(set->attrs, set->n_attrs, AG_KEY_mask, 0);
}

/* Any slice of x with the same bounds has the same sizes. */
void ag_slice_place(const ag_graph *g, const ag_ways *w, const ag_node *set, ag_type *place) {
  int64_t before[AG_MAX_RANK], after[AG_MAX_RANK];
  *place = *type_of(g, set->in[0]);
  ag_slice_rest(g, set, before, after);
  for (int i = 0; i < place->rank; i++)
    place->dim[i] = before[i] < 0 ? INT64_MIN : ag_dim_shift(place->dim[i], -before[i] - after[i]);
  for (uint32_t u = w->first_use[set->in[0]]; u < w->first_use[set->in[0] + 1]; u++) {
    const ag_use *use = &w->use[u];
    const ag_node *n = use->node ? ag_graph_node(g, use->node) : NULL;
    if (!n || n->op != AG_OP_SLICE_DYN || use->index || !ag_slices_are_equal(n, set) ||
        !ag_graph_visible(g, n->out, set->region) || n->out > set->out)
      continue;
    for (int i = 0; i < place->rank; i++)
      place->dim[i] = type_of(g, n->out)->dim[i];
    return;
  }
}

bool ag_slice_rest(const ag_graph *g, const ag_node *set, int64_t *before, int64_t *after) {
  const ag_type *x = type_of(g, set->in[0]);
  const int64_t most = INT64_C(1) << 28;
  bool all = x->rank > 0;
  for (int i = 0; i < x->rank; i++) {
    bounds b;
    before[i] = after[i] = -1;
    bool plain = read_bounds(g, set, i, &b) && b.step == 1 &&
                 (b.none[0] || (b.known[0] && b.at[0] >= 0 && b.at[0] < most)) &&
                 (b.none[1] || (b.known[1] && b.at[1] < 0 && b.at[1] > -most));
    if (plain) {
      before[i] = b.none[0] ? 0 : b.at[0];
      after[i] = b.none[1] ? 0 : -b.at[1];
    }
    all &= plain;
  }
  return all;
}

/* ---- emitting ----------------------------------------------------------------------------------
 */

static LLVMValueRef extreme(ag_emitter *e, const char *name, LLVMValueRef a, LLVMValueRef b) {
  LLVMValueRef args[] = {a, b};
  return ag_emit_intrinsic(e, name, &e->i64, 1, args, 2, "");
}

/* A bound within [low, high], where it counts from the end if it is negative. */
static LLVMValueRef clamped(ag_emitter *e, const bounds *b, int i, LLVMValueRef size,
                            LLVMValueRef low, LLVMValueRef high) {
  if (b->none[i])
    return (i == 0) == (b->step > 0) ? low : high;
  LLVMValueRef at = b->known[i] ? ag_emit_int(e, b->at[i]) : ag_emit_reg(e, b->number[i]);
  LLVMValueRef zero = ag_emit_int(e, 0);
  LLVMValueRef from_start = extreme(e, "llvm.smin", at, high);
  if (b->known[i] && b->at[i] >= 0)
    return from_start;
  LLVMValueRef from_end = extreme(e, "llvm.smax", LLVMBuildAdd(e->b, at, size, ""), low);
  if (b->known[i])
    return from_end;
  return LLVMBuildSelect(e->b, LLVMBuildICmp(e->b, LLVMIntSLT, at, zero, ""), from_end, from_start,
                         "");
}

static void emit_slice(ag_emitter *e, const bounds *b, LLVMValueRef size, ag_slice *out) {
  LLVMValueRef zero = ag_emit_int(e, 0), one = ag_emit_int(e, 1);
  out->step = b->step;
  out->begin = zero;
  out->size = size;
  if (b->whole || (b->none[0] && b->none[1] && b->step == 1))
    return;
  bool up = b->step > 0;
  LLVMValueRef low = up ? zero : ag_emit_int(e, -1);
  LLVMValueRef high = up ? size : LLVMBuildNSWSub(e->b, size, one, "");
  LLVMValueRef begin = clamped(e, b, 0, size, low, high), end = clamped(e, b, 1, size, low, high);
  LLVMValueRef span = LLVMBuildNSWSub(e->b, up ? end : begin, up ? begin : end, "span");
  bool first = up && !b->none[0] && b->known[0] && b->at[0] >= 0; /* there, if there is any */
  out->begin = first ? ag_emit_int(e, b->at[0]) : begin;
  out->size = extreme(e, "llvm.smax", span, zero);
  if (b->step == 1 || b->step == -1)
    return;
  LLVMValueRef by = ag_emit_int(e, up ? b->step : -b->step);
  LLVMValueRef more = LLVMBuildNSWAdd(e->b, out->size, LLVMBuildSub(e->b, by, one, ""), "");
  out->size = LLVMBuildUDiv(e->b, more, by, "size");
}

void ag_emit_slices(ag_emitter *e, const ag_node *n, ag_slice *out) {
  const ag_type *x = type_of(e->g, n->in[0]);
  for (int i = 0; i < x->rank; i++) {
    bounds b;
    if (!read_bounds(e->g, n, i, &b)) {
      ag_fail(e->err, AG_ERR_INTERNAL, n->loc, "a slice with unclear bounds");
      return;
    }
    emit_slice(e, &b, ag_emit_dim(e, x, i), &out[i]);
  }
}

void ag_emit_slice_begins(ag_emitter *e, ag_nid id) {
  const ag_node *n = ag_graph_node(e->g, id);
  const ag_type *t = type_of(e->g, n->out);
  ag_slice slice[AG_MAX_RANK];
  LLVMValueRef *begin = ag_arena_alloc(e->arena, AG_MAX_RANK * sizeof *begin);
  if (!begin) {
    ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
    return;
  }
  ag_emit_slices(e, n, slice);
  if (e->err->code)
    return;
  for (int i = 0; i < t->rank; i++) {
    begin[i] = slice[i].begin;
    if (t->dim[i] < 0)
      ag_emit_bind_size(e, t->dim[i], slice[i].size);
  }
  e->checked[id] = begin;
}

/* Coordinate c of the slice as one of x. */
bool ag_slice_source(ag_emitter *e, ag_nid id, const ag_index *at, ag_index *out) {
  const ag_node *n = ag_graph_node(e->g, id);
  for (int i = 0; i < at->rank; i++) {
    bounds b;
    if (!read_bounds(e->g, n, i, &b))
      return false;
    ag_coord *c = &out->c[i];
    *c = at->c[i];
    if (b.whole || (b.none[0] && b.none[1] && b.step == 1))
      continue;
    if (c->lane != AG_LANE_ANY)
      c->lane *= b.step;
    ag_amount begin = {0};
    c->scale *= b.step;
    if (!ag_amount_of_number(e, e->checked[id][i], &begin) ||
        !ag_amount_add(e, &begin, &c->offset, b.step))
      c->axis = AG_AXIS_UNKNOWN;
    c->offset = begin;
    if (e->probing)
      continue;
    c->at = ag_ix(e, LLVMMul, c->at, ag_emit_int(e, b.step));
    c->at = ag_ix(e, LLVMAdd, c->at, e->checked[id][i]);
  }
  return true;
}
