/* infer_part.c - the shape rules of parts of a tensor: elements, slices, and setting them.
 *
 * Python clamps the bounds of a slice, so x[b:] of n elements is max(n - b, 0) long. With constant
 * bounds that count from opposite ends this is a size of its own (ag_dim_shift), and two slices
 * that leave out as much are equally long: x[1:-1], x[2:] and x[:-2]. */
#include "infer.h"

static const char *text(const ag_type *t, char *buf) { return ag_infer_shape_text(t, buf); }

/* ---- elements ------------------------------------------------------------------------------- */

/* Indices from input `from` on: one 0-d integer for each leading axis. *rest: the type of x[i, j].
 */
static ag_code index_rest(ag_infer *f, uint32_t from, ag_type *rest) {
  const ag_type *x = ag_infer_in(f, 0);
  uint32_t n = f->spec->n_in - from;
  *rest = *x;
  for (uint32_t i = from; i < f->spec->n_in; i++) {
    if (ag_infer_need_ints(f, i))
      return f->err->code;
    if (ag_infer_in(f, i)->rank > 0)
      return ag_infer_fail(f, AG_ERR_SHAPE, "an index must be one number");
  }
  if (x->rank < 0)
    return AG_OK;
  char t1[AG_SHAPE_TEXT];
  if ((int)n > x->rank)
    return ag_infer_fail(f, AG_ERR_INDEX, "%u indices for shape %s", n, text(x, t1));
  rest->rank = (int8_t)(x->rank - (int)n);
  memmove(rest->dim, rest->dim + n, (size_t)rest->rank * sizeof *rest->dim);
  return AG_OK;
}

ag_code ag_infer_element(ag_infer *f) {
  ag_type rest;
  if (index_rest(f, 1, &rest))
    return f->err->code;
  ag_infer_copy_shape(f->out, &rest);
  return AG_OK;
}

/* ---- slices --------------------------------------------------------------------------------- */

/* Resolved and in range: what is known only at run time has bounds for operands. */
static ag_code check_slice(ag_infer *f, const ag_type *in, ag_type *t) {
  const ag_attr *begin = ag_infer_need(f, AG_KEY_begin, AG_ATTR_INTS),
                *size = ag_infer_need(f, AG_KEY_size, AG_ATTR_INTS),
                *step = ag_infer_need(f, AG_KEY_step, AG_ATTR_INTS);
  if (!begin || !size || !step)
    return f->err->code;
  char t1[AG_SHAPE_TEXT];
  if (in->rank < 0 || (int)begin->n != in->rank || size->n != begin->n || step->n != begin->n)
    return ag_infer_fail(f, AG_ERR_SHAPE, "%u slices for shape %s", begin->n, text(in, t1));
  t->rank = in->rank;
  for (int i = 0; i < in->rank; i++) {
    int64_t b = begin->ints[i], n = size->ints[i], s = step->ints[i], dim = in->dim[i], last;
    bool fits = dim >= 0 && n >= 0 && s != 0;
    if (fits && n > 0)
      fits = !__builtin_mul_overflow(n - 1, s, &last) && !__builtin_add_overflow(last, b, &last) &&
             b >= 0 && b < dim && last >= 0 && last < dim;
    if (!fits)
      return ag_infer_fail(f, AG_ERR_INDEX,
                           "slice %lld, %lld long in steps of %lld, of axis %d of %s", (long long)b,
                           (long long)n, (long long)s, i, text(in, t1));
    t->dim[i] = n;
  }
  return AG_OK;
}

ag_code ag_infer_slice(ag_infer *f) { return check_slice(f, ag_infer_in(f, 0), f->out); }

/* Element k of an operand that is a vector of int64: a constant? */
static bool constant_at(const ag_infer *f, uint32_t operand, uint32_t k, int64_t *out) {
  const ag_graph *g = f->g;
  const ag_node *n = &g->nodes[g->values[f->spec->in[operand]].node];
  bool stack = n->op == AG_OP_STACK && k < n->n_in;
  if (stack)
    n = &g->nodes[g->values[n->in[k]].node];
  if (n->op != AG_OP_CONST)
    return false;
  const ag_tensor *t = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value)->tensor;
  if (t->dtype != AG_I64 || t->rank != !stack || (!stack && k >= t->dim[0]))
    return false;
  *out = ((const int64_t *)ag_tensor_data(t))[stack ? 0 : k];
  return true;
}

/* Operand `operand` of a slice has the same element k as one of another slice: one value, or equal
 * constants. */
static bool same_bound(const ag_graph *g, const ag_node *a, uint32_t operand, const ag_node *b,
                       uint32_t other, uint32_t k) {
  const ag_node *both[] = {&g->nodes[g->values[a->in[operand]].node],
                           &g->nodes[g->values[b->in[other]].node]};
  ag_val number[2] = {AG_NONE, AG_NONE};
  int64_t at[2] = {0};
  for (int i = 0; i < 2; i++) {
    const ag_node *n = both[i];
    if (n->op == AG_OP_STACK && k < n->n_in)
      number[i] = n->in[k];
    if (number[i])
      n = &g->nodes[g->values[number[i]].node];
    if (n->op != AG_OP_CONST)
      continue;
    const ag_tensor *t = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value)->tensor;
    bool one = number[i] ? t->rank == 0 : t->rank == 1 && k < t->dim[0];
    if (t->dtype != AG_I64 || !one)
      return false;
    at[i] = ((const int64_t *)ag_tensor_data(t))[number[i] ? 0 : k];
    number[i] = AG_NONE;
    both[i] = n;
  }
  bool constants = both[0]->op == AG_OP_CONST && both[1]->op == AG_OP_CONST;
  return constants ? at[0] == at[1] : number[0] && number[0] == number[1];
}

/* slice.indices(dim), and how many there are. */
static int64_t length(int64_t dim, const int64_t *begin, const int64_t *end, int64_t step) {
  int64_t low = step < 0 ? -1 : 0, high = step < 0 ? dim - 1 : dim, at[2] = {low, high};
  if (step < 0)
    at[0] = high, at[1] = low;
  for (int i = 0; i < 2; i++) {
    const int64_t *given = i ? end : begin;
    if (given)
      at[i] = *given >= 0          ? (*given < high ? *given : high)
              : *given < low - dim ? low
                                   : *given + dim;
  }
  int64_t span = step < 0 ? at[0] - at[1] : at[1] - at[0];
  uint64_t by = step < 0 ? 0 - (uint64_t)step : (uint64_t)step;
  return span <= 0 ? 0 : (int64_t)(((uint64_t)span - 1) / by + 1);
}

/* The same of a size that only the run knows; bounds that are NULL are absent. */
static int64_t open_length(ag_infer *f, int64_t dim, const int64_t *begin, const int64_t *end,
                           int64_t step) {
  int64_t less = -1; /* elements that are left out, whatever the size */
  const int64_t most = INT64_C(1) << 28;
  if ((begin && (*begin > most || *begin < -most)) || (end && (*end > most || *end < -most)))
    return ag_infer_symbol(f);
  if (step == 1 && (!begin || *begin >= 0) && (!end || *end < 0))
    less = (begin ? *begin : 0) - (end ? *end : 0);
  else if (step == -1 && (!begin || *begin < 0) && (!end || *end >= 0))
    less = (begin ? -1 - *begin : 0) + (end ? *end + 1 : 0);
  int64_t size = less < 0 ? INT64_MIN : ag_dim_shift(dim, -less);
  return size == INT64_MIN ? ag_infer_symbol(f) : size;
}

/* Bounds and steps are the operands from `from` on. */
static ag_code check_slice_dyn(ag_infer *f, uint32_t from, ag_type *t) {
  const ag_type *in = ag_infer_in(f, 0);
  int64_t n = -1; /* of axes sliced */
  for (uint32_t i = from; i < from + 3; i++) {
    const ag_type *v = ag_infer_in(f, i);
    if (v->dtype != AG_I64 || (v->rank >= 0 && v->rank != 1))
      return ag_infer_fail(f, AG_ERR_TYPE, "bounds and step must be vectors of int64");
    if (v->rank == 1 && v->dim[0] >= 0)
      n = v->dim[0];
  }
  t->rank = in->rank;
  if (in->rank < 0)
    return AG_OK;
  if (n > in->rank) {
    char t1[AG_SHAPE_TEXT];
    return ag_infer_fail(f, AG_ERR_INDEX, "too many slices for shape %s", text(in, t1));
  }
  int64_t mask = ag_attr_int(f->spec->attrs, f->spec->n_attrs, AG_KEY_mask, 0);
  for (int i = 0; i < in->rank; i++) {
    int64_t begin, end, step;
    bool none[2] = {mask >> (2 * i) & 1, mask >> (2 * i + 1) & 1};
    uint32_t k = (uint32_t)i;
    t->dim[i] = in->dim[i];
    if (n >= 0 && i >= n)
      continue;
    bool known = n >= 0 && (none[0] || constant_at(f, from, k, &begin)) &&
                 (none[1] || constant_at(f, from + 1, k, &end)) &&
                 constant_at(f, from + 2, k, &step) && step != 0;
    if (!known)
      t->dim[i] = ag_infer_symbol(f);
    else if (in->dim[i] >= 0)
      t->dim[i] = length(in->dim[i], none[0] ? NULL : &begin, none[1] ? NULL : &end, step);
    else
      t->dim[i] = open_length(f, in->dim[i], none[0] ? NULL : &begin, none[1] ? NULL : &end, step);
  }
  return AG_OK;
}

ag_code ag_infer_slice_dyn(ag_infer *f) { return check_slice_dyn(f, 1, f->out); }

bool ag_infer_is_cut(const ag_infer *f, uint32_t a, uint32_t b, int axis, int64_t *size) {
  const ag_graph *g = f->g;
  const ag_val both[] = {f->spec->in[a], f->spec->in[b]};
  const ag_node *lower = NULL, *upper = NULL;
  for (int i = 0; i < 2; i++) {
    const ag_node *n = &g->nodes[g->values[both[i]].node];
    ag_infer slice = *f;
    slice.spec = &(ag_spec){.in = n->in, .n_in = n->n_in};
    int64_t step;
    if (n->op != AG_OP_SLICE_DYN || !constant_at(&slice, 3, (uint32_t)axis, &step) || step != 1)
      return false;
    int64_t mask = ag_attr_int(n->attrs, n->n_attrs, AG_KEY_mask, 0) >> (2 * axis) & 3;
    lower = mask == 1 ? n : lower;
    upper = mask == 2 ? n : upper;
  }
  if (!lower || !upper || lower->in[0] != upper->in[0] ||
      g->values[lower->in[0]].type.rank <= axis ||
      !same_bound(g, lower, 2, upper, 1, (uint32_t)axis))
    return false;
  *size = g->values[lower->in[0]].type.dim[axis];
  return true;
}

/* ---- x with some of it set ------------------------------------------------------------------ */

ag_code ag_infer_set(ag_infer *f) {
  if (f->spec->n_in < 2)
    return ag_infer_fail(f, AG_ERR_VALUE, "needs an array and a value");
  const ag_type *x = ag_infer_in(f, 0), *value = ag_infer_in(f, 1);
  char t1[AG_SHAPE_TEXT], t2[AG_SHAPE_TEXT];
  if (value->dtype != x->dtype)
    return ag_infer_fail(f, AG_ERR_TYPE, "dtypes differ, %s and %s",
                         ag_dtype_name((ag_dtype)x->dtype), ag_dtype_name((ag_dtype)value->dtype));
  ag_type place = *x;
  ag_op op = f->spec->op;
  if (op == AG_OP_SET_ELEMENT     ? index_rest(f, 2, &place)
      : op == AG_OP_SET_SLICE_DYN ? check_slice_dyn(f, 2, &place)
                                  : check_slice(f, x, &place))
    return f->err->code;
  bool exact = op == AG_OP_SET_ELEMENT, fits = true;
  if (place.rank >= 0 && value->rank >= 0) {
    int r = place.rank - value->rank;
    fits = exact ? r == 0 : r >= 0;
    for (int i = 0; fits && i < value->rank; i++) {
      int64_t a = value->dim[i], b = place.dim[i + r];
      fits = a < 0 || b < 0 || a == b || (!exact && a == 1);
    }
  }
  if (!fits)
    return ag_infer_fail(f, AG_ERR_SHAPE, "a value of shape %s does not fit where %s is",
                         text(value, t1), text(&place, t2));
  ag_infer_copy_shape(f->out, x);
  return AG_OK;
}
