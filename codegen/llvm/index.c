/* index.c - index transforms: which element of its operand an output element of an `index` op is.
 *
 * An index is flat (the position in memory order) or one coordinate an axis, each with a constant
 * step from lane to lane. RESHAPE makes any index flat for free; the other transforms want
 * coordinates, and a flat index is taken apart by division, one lane only. While probing nothing is
 * emitted and `at` is NULL. */
#include "emit.h"

#include <string.h>

static const ag_type *type_of(ag_emitter *e, ag_val v) { return &ag_graph_value(e->g, v)->type; }

static bool is_int(LLVMValueRef v, int64_t c) {
  return LLVMIsAConstantInt(v) && LLVMConstIntGetSExtValue(v) == c;
}

static bool is_vector(LLVMValueRef v) {
  return LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMVectorTypeKind;
}

static LLVMValueRef splat(ag_emitter *e, LLVMValueRef x) {
  LLVMTypeRef type = LLVMVectorType(LLVMTypeOf(x), e->lanes);
  LLVMValueRef one =
      LLVMBuildInsertElement(e->b, LLVMGetPoison(type), x, LLVMConstInt(e->i32, 0, 0), "");
  return LLVMBuildShuffleVector(e->b, one, LLVMGetPoison(type),
                                LLVMConstNull(LLVMVectorType(e->i32, e->lanes)), "");
}

LLVMValueRef ag_emit_lanes(ag_emitter *e, LLVMValueRef at, int64_t lane) {
  if (e->probing || lane == AG_LANE_ANY)
    return at;
  LLVMValueRef steps[64];
  for (unsigned i = 0; i < e->lanes; i++)
    steps[i] = ag_emit_int(e, lane * i);
  return LLVMBuildAdd(e->b, splat(e, at), LLVMConstVector(steps, e->lanes), "");
}

void ag_emit_partial(ag_emitter *e, LLVMValueRef left) {
  LLVMValueRef at = ag_emit_lanes(e, ag_emit_int(e, 0), 1);
  e->mask = LLVMBuildICmp(e->b, LLVMIntSLT, at, splat(e, left), "there");
  e->partial = true;
}

void ag_emit_whole(ag_emitter *e) {
  e->mask = NULL;
  e->partial = false;
}

LLVMValueRef ag_ix(ag_emitter *e, LLVMOpcode op, LLVMValueRef a, LLVMValueRef b) {
  if (e->probing)
    return NULL;
  if (is_int(b, 0) && (op == LLVMAdd || op == LLVMSub))
    return a;
  if (op == LLVMAdd && is_int(a, 0))
    return b;
  if (op == LLVMMul && (is_int(a, 1) || is_int(b, 0)))
    return b;
  if (op == LLVMMul && (is_int(b, 1) || is_int(a, 0)))
    return a;
  if (is_vector(a) != is_vector(b)) {
    a = is_vector(a) ? a : splat(e, a);
    b = is_vector(b) ? b : splat(e, b);
  }
  switch (op) {
  case LLVMAdd:
    return LLVMBuildNSWAdd(e->b, a, b, "");
  case LLVMSub:
    return LLVMBuildNSWSub(e->b, a, b, "");
  case LLVMMul:
    return LLVMBuildNSWMul(e->b, a, b, "");
  default:
    return LLVMBuildBinOp(e->b, op, a, b, "");
  }
}

static ag_coord zero(ag_emitter *e) {
  return (ag_coord){.at = e->probing ? NULL : ag_emit_int(e, 0), .axis = AG_AXIS_FIXED};
}

LLVMValueRef ag_emit_linear(ag_emitter *e, const ag_type *t, const ag_index *at, int64_t *lane) {
  *lane = 0;
  if (at->flat) {
    *lane = at->c[0].lane;
    return at->c[0].at;
  }
  LLVMValueRef offset = e->probing ? NULL : ag_emit_int(e, 0);
  for (int i = 0; i < t->rank; i++) {
    if (t->dim[i] == 1)
      continue;
    LLVMValueRef here = at->c[i].at;
    if (e->lanes > 1 &&
        (*lane == AG_LANE_ANY || at->c[i].lane == AG_LANE_ANY || (*lane && t->dim[i] < 0))) {
      offset = ag_emit_lanes(e, offset, *lane);
      here = ag_emit_lanes(e, here, at->c[i].lane);
      *lane = AG_LANE_ANY;
    } else {
      *lane = *lane * t->dim[i] + at->c[i].lane;
    }
    if (!e->probing)
      offset = ag_ix(e, LLVMAdd, ag_ix(e, LLVMMul, offset, ag_emit_dim(e, t, i)), here);
  }
  return offset;
}

bool ag_index_take_apart(ag_emitter *e, const ag_type *t, const ag_index *at, ag_index *out) {
  if (!at->flat) {
    *out = *at;
    return true;
  }
  *out = (ag_index){.rank = t->rank};
  int wide = 0, last = 0; /* axes longer than 1 */
  for (int i = 0; i < t->rank; i++)
    if (t->dim[i] != 1)
      wide++, last = i;
  for (int i = 0; i < t->rank; i++)
    out->c[i] = zero(e);
  if (wide <= 1) {
    if (t->rank > 0)
      out->c[last] = at->c[0];
    return true;
  }
  if (e->lanes > 1)
    return false;
  LLVMValueRef rest = at->c[0].at;
  for (int i = t->rank; i-- > 0 && !e->probing;) {
    if (t->dim[i] == 1)
      continue;
    LLVMValueRef dim = ag_emit_dim(e, t, i);
    bool first = --wide == 0;
    out->c[i].at = first ? rest : LLVMBuildURem(e->b, rest, dim, "");
    rest = first ? rest : LLVMBuildUDiv(e->b, rest, dim, "");
  }
  return true;
}

bool ag_index_broadcast(ag_emitter *e, const ag_type *t, const ag_type *shape, const ag_index **at,
                        ag_index *own) {
  if (t->rank == shape->rank && !memcmp(t->dim, shape->dim, (size_t)t->rank * sizeof *t->dim))
    return true;
  int64_t count = 1;
  for (int i = 0; i < t->rank; i++)
    count = t->dim[i] == 1 ? count : 0;
  ag_index whole = {.rank = t->rank};
  if (count == 0 && !ag_index_take_apart(e, shape, *at, &whole))
    return false;
  *own = (ag_index){.rank = t->rank};
  for (int i = 0; i < t->rank; i++)
    own->c[i] = count == 1 || t->dim[i] == 1 ? zero(e) : whole.c[shape->rank - t->rank + i];
  *at = own;
  return true;
}

static const ag_attr *ints(ag_emitter *e, const ag_node *n, ag_key key) {
  static const ag_attr none;
  const ag_attr *a = ag_attr_find(n->attrs, n->n_attrs, key);
  if (a)
    return a;
  ag_fail(e->err, AG_ERR_INTERNAL, n->loc, "%s without %s", ag_ops[n->op].name, ag_key_name(key));
  e->refused = true;
  return &none;
}

static LLVMValueRef widened(ag_emitter *e, LLVMValueRef i, ag_dtype d) {
  LLVMTypeRef to = is_vector(i) ? LLVMVectorType(e->i64, LLVMGetVectorSize(LLVMTypeOf(i))) : e->i64;
  return ag_is_signed(d) ? LLVMBuildSExtOrBitCast(e->b, i, to, "")
                         : LLVMBuildZExtOrBitCast(e->b, i, to, "");
}

LLVMValueRef ag_emit_widened(ag_emitter *e, ag_val v) {
  return widened(e, ag_emit_reg(e, v), type_of(e, v)->dtype);
}

enum { LOOK_BACK = 64 };

/* Checked once for each index and size: what this place follows need not be asked again. */
LLVMValueRef ag_emit_index(ag_emitter *e, ag_nid id, ag_val v, LLVMValueRef size, int axis) {
  LLVMValueRef index = ag_emit_widened(e, v);
  const ag_fact *fact = &e->facts[id];
  if (fact->inside >> axis & 1)
    return index;
  for (uint32_t i = e->n_inside; i-- > 0 && i + LOOK_BACK >= e->n_inside;)
    if (e->inside[i].index == index && e->inside[i].size == size)
      return e->inside[i].at;
  LLVMValueRef at = ag_emit_checked_index(e, index, fact->nonnegative >> axis & 1, size, id, axis);
  if (LLVMIsConstant(index))
    return at;
  if (ag_grow(e->inside, e->cap_inside, e->n_inside + 1))
    e->inside[e->n_inside++] = (struct ag_inside){index, size, at, e->depth};
  else
    ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
  return at;
}

void ag_emit_index_check(ag_emitter *e, ag_nid id) {
  const ag_node *n = ag_graph_node(e->g, id);
  const ag_type *t = type_of(e, n->in[0]);
  uint32_t count = n->n_in - 1;
  if (n->op == AG_OP_SET_ELEMENT)
    count--;
  LLVMValueRef *checked = ag_arena_alloc(e->arena, (count + 1) * sizeof *checked);
  if (!checked) {
    ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
    return;
  }
  bool sure = ag_attr_int(n->attrs, n->n_attrs, AG_KEY_sure, 0) != 0;
  for (uint32_t k = 0; k < count; k++) {
    ag_val v = n->in[n->n_in - count + k];
    checked[k] =
        sure ? ag_emit_widened(e, v) : ag_emit_index(e, id, v, ag_emit_dim(e, t, (int)k), (int)k);
  }
  e->checked[id] = checked;
}

/* x[:axis], indices, x[axis + 1:] */
static bool gather(ag_emitter *e, ag_nid id, const ag_node *n, const ag_index *at, ag_index *out) {
  const ag_type *x = type_of(e, n->in[0]), *indices = type_of(e, n->in[1]);
  int axis = (int)ag_attr_int(n->attrs, n->n_attrs, AG_KEY_axis, 0);
  ag_index where = {.rank = indices->rank};
  for (int i = 0; i < indices->rank; i++)
    where.c[i] = at->c[axis + i];
  for (int i = 0; i < x->rank; i++)
    if (i != axis)
      out->c[i] = at->c[i < axis ? i : i - 1 + indices->rank];
  bool same = true; /* for all lanes */
  e->ordered = true;
  for (int i = 0; i < indices->rank; i++)
    same &= where.c[i].lane == 0;
  unsigned lanes = e->lanes;
  e->lanes = same ? 1 : lanes;
  LLVMValueRef i = ag_emit_element(e, n->in[1], &where, "");
  e->lanes = lanes;
  out->c[axis] = (ag_coord){.axis = AG_AXIS_UNKNOWN, .lane = same || lanes == 1 ? 0 : AG_LANE_ANY};
  e->refused |= e->partial && !same; /* indices of lanes that are not there may be any */
  if (e->probing)
    return true;
  LLVMValueRef size = ag_emit_dim(e, x, axis);
  i = widened(e, i, indices->dtype);
  out->c[axis].at = out->c[axis].lane ? ag_emit_checked_indices(e, i, false, size, id, axis)
                                      : ag_emit_checked_index(e, i, false, size, id, axis);
  return true;
}

/* All lanes lie within one size of the first one. */
static bool wraps_once(const ag_emitter *e, const ag_coord *c, int64_t size) {
  return c->lane > 0 && size > 0 && c->lane <= size / 64 && e->lanes <= 64;
}

static void wrap(ag_emitter *e, ag_coord *c, int64_t size) {
  c->at = ag_emit_lanes(e, c->at, c->lane);
  c->lane = AG_LANE_ANY;
  if (e->probing)
    return;
  LLVMValueRef sizes = splat(e, ag_emit_int(e, size));
  LLVMValueRef past = LLVMBuildICmp(e->b, LLVMIntUGE, c->at, sizes, "");
  c->at = LLVMBuildSelect(e->b, past, LLVMBuildSub(e->b, c->at, sizes, ""), c->at, "");
}

bool ag_emit_source(ag_emitter *e, ag_nid id, const ag_index *at, ag_index *out) {
  const ag_node *n = ag_graph_node(e->g, id);
  const ag_type *to = type_of(e, n->out), *from = type_of(e, n->in[0]);
  ag_index own, room;
  *out = (ag_index){.rank = from->rank};
  if (n->op == AG_OP_RESHAPE) {
    *out = (ag_index){.flat = true, .rank = 1};
    if (at->flat)
      out->c[0] = at->c[0];
    else
      out->c[0].at = ag_emit_linear(e, to, at, &out->c[0].lane);
    return true;
  }
  if (n->op == AG_OP_FILL)
    return true;
  if (n->op == AG_OP_BROADCAST) {
    if (!ag_index_broadcast(e, from, to, &at, &room))
      return false;
    *out = *at;
    return true;
  }
  if (!ag_index_take_apart(e, to, at, &own))
    return false;
  switch (n->op) {
  case AG_OP_TRANSPOSE: {
    const ag_attr *perm = ints(e, n, AG_KEY_perm);
    for (uint32_t i = 0; i < perm->n; i++)
      out->c[perm->ints[i]] = own.c[i];
    return true;
  }
  case AG_OP_SLICE: {
    const ag_attr *begin = ints(e, n, AG_KEY_begin), *step = ints(e, n, AG_KEY_step);
    for (uint32_t i = 0; i < begin->n; i++) {
      out->c[i] = own.c[i];
      if (own.c[i].lane != AG_LANE_ANY)
        out->c[i].lane *= step->ints[i];
      out->c[i].scale *= step->ints[i];
      out->c[i].offset = (ag_amount){.plus = begin->ints[i]};
      if (!ag_amount_add(e, &out->c[i].offset, &own.c[i].offset, step->ints[i]))
        out->c[i].axis = AG_AXIS_UNKNOWN;
      out->c[i].at = ag_ix(e, LLVMMul, own.c[i].at, ag_emit_int(e, step->ints[i]));
      out->c[i].at = ag_ix(e, LLVMAdd, out->c[i].at, ag_emit_int(e, begin->ints[i]));
    }
    return true;
  }
  case AG_OP_SLICE_DYN:
    return ag_slice_source(e, id, &own, out);
  case AG_OP_TILE:
    for (int i = 0; i < from->rank; i++) {
      out->c[i] = own.c[i];
      if (from->dim[i] == to->dim[i])
        continue;
      if (from->dim[i] == 1) {
        out->c[i] = zero(e);
        continue;
      }
      out->c[i].axis = AG_AXIS_UNKNOWN;
      if (own.c[i].lane != 0 && e->lanes > 1 && !wraps_once(e, &own.c[i], from->dim[i]))
        return false;
      if (!e->probing)
        out->c[i].at = LLVMBuildURem(e->b, own.c[i].at, ag_emit_dim(e, from, i), "");
      if (own.c[i].lane != 0 && e->lanes > 1)
        wrap(e, &out->c[i], from->dim[i]);
    }
    return true;
  case AG_OP_REVERSE: {
    const ag_attr *axis = ints(e, n, AG_KEY_axis);
    for (int i = 0; i < from->rank; i++)
      out->c[i] = own.c[i];
    for (uint32_t k = 0; k < axis->n; k++) {
      int i = (int)axis->ints[k];
      if (own.c[i].lane != AG_LANE_ANY)
        out->c[i].lane = -own.c[i].lane;
      out->c[i].scale = -own.c[i].scale;
      if (!ag_amount_of_size(e, from->dim[i], &out->c[i].offset) ||
          !ag_amount_add(e, &out->c[i].offset, &own.c[i].offset, -1))
        out->c[i].axis = AG_AXIS_UNKNOWN;
      out->c[i].offset.plus--;
      if (!e->probing)
        out->c[i].at = ag_ix(
            e, LLVMSub, ag_ix(e, LLVMSub, ag_emit_dim(e, from, i), ag_emit_int(e, 1)), own.c[i].at);
    }
    return true;
  }
  case AG_OP_ELEMENT:
    for (int i = 0; i < from->rank; i++) {
      int k = (int)n->n_in - 1;
      out->c[i] = i < k ? (ag_coord){.axis = AG_AXIS_UNKNOWN} : own.c[i - k];
      if (i < k && !e->probing)
        out->c[i].at = e->checked[id][i];
    }
    return true;
  case AG_OP_GATHER:
    return gather(e, id, n, &own, out);
  default:
    ag_fail(e->err, AG_ERR_INTERNAL, n->loc, "%s has no index transform", ag_ops[n->op].name);
    return false;
  }
}
