/* infer_shape.c - the shape column of ops.def: ranks and sizes of outputs, with symbols.
 * A symbol is a size known at run time only; equal symbols are equal sizes. What cannot be told
 * gets a new symbol, what contradicts a constant is an error now, and what may contradict is
 * checked at run time. Rank unknown goes in and comes out. */
#include "infer.h"

typedef ag_code shape_rule(ag_infer *f);

#define AG_OP(name, file, in, out, dtype, shape, ...) static shape_rule shape_##shape;
#include "ag/ops.def"

static ag_type *out0(ag_infer *f) { return &f->out[0]; }
static const char *text(const ag_type *t, char *buf) { return ag_infer_shape_text(t, buf); }
static void copy_shape(ag_type *to, const ag_type *from) { ag_infer_copy_shape(to, from); }
static ag_code unknown(ag_infer *f) { return ag_infer_unknown(f); }

static ag_code check_rank(ag_infer *f, int64_t rank) {
  if (rank <= AG_MAX_RANK)
    return AG_OK;
  return ag_infer_fail(f, AG_ERR_SHAPE, "rank %lld is above %d", (long long)rank, AG_MAX_RANK);
}

/* An axis attribute in [0, limit). */
static const ag_attr *axis_in(ag_infer *f, int64_t limit) {
  const ag_attr *a = ag_infer_need(f, AG_KEY_axis, AG_ATTR_INT);
  if (a && (a->i < 0 || a->i >= limit)) {
    ag_infer_fail(f, AG_ERR_SHAPE, "axis %lld is out of range for rank %lld", (long long)a->i,
                  (long long)limit);
    return NULL;
  }
  return a;
}

/* ---- elementwise ---------------------------------------------------------------------------- */

static ag_code shape_scalar(ag_infer *f) {
  if (f->spec->op == AG_OP_DIM) {
    const ag_type *t = ag_infer_in(f, 0);
    if (!axis_in(f, t->rank < 0 ? AG_MAX_RANK : t->rank))
      return f->err->code;
  }
  out0(f)->rank = 0;
  return AG_OK;
}

static ag_code shape_same(ag_infer *f) {
  copy_shape(out0(f), ag_infer_in(f, 0));
  return AG_OK;
}

/* The size of one broadcast dimension; false when the two cannot meet. */
static bool broadcast_dim(ag_infer *f, int64_t a, int64_t b, int64_t *out) {
  if (a == b || b == 1)
    *out = a;
  else if (a == 1)
    *out = b;
  else if (a >= 0 && b >= 0)
    return false;
  else if (a >= 0 || b >= 0)
    *out = a >= 0 ? a : b; /* the symbol is 1 or that */
  else
    *out = ag_infer_symbol(f);
  return true;
}

/* Broadcasts the last `rank` dims before `drop` of each, into t. */
static ag_code broadcast_with(ag_infer *f, ag_type *t, const ag_type *other, int drop,
                              const ag_type *show) {
  int ra = t->rank - drop, rb = other->rank - drop, r = ra > rb ? ra : rb;
  int64_t dim[AG_MAX_RANK];
  for (int i = 0; i < r; i++) {
    int64_t a = i < r - ra ? 1 : t->dim[i - (r - ra)];
    int64_t b = i < r - rb ? 1 : other->dim[i - (r - rb)];
    if (!broadcast_dim(f, a, b, &dim[i])) {
      char t1[AG_SHAPE_TEXT], t2[AG_SHAPE_TEXT];
      return ag_infer_fail(f, AG_ERR_SHAPE, "shapes %s and %s cannot be broadcast", text(show, t1),
                           text(other, t2));
    }
  }
  memcpy(t->dim, dim, (size_t)r * sizeof *dim);
  t->rank = (int8_t)(r + drop);
  return AG_OK;
}

static ag_code shape_broadcast(ag_infer *f) {
  ag_type t = *ag_infer_in(f, 0);
  for (uint32_t i = 1; i < f->spec->n_in; i++) {
    const ag_type *other = ag_infer_in(f, i);
    if (t.rank < 0 || other->rank < 0)
      return unknown(f);
    ag_type before = t;
    if (broadcast_with(f, &t, other, 0, &before))
      return f->err->code;
  }
  copy_shape(out0(f), &t);
  return AG_OK;
}

/* ---- given by attributes -------------------------------------------------------------------- */

static ag_code attr_shape(ag_infer *f, bool symbols, ag_type *out) {
  const ag_attr *a = ag_infer_need(f, AG_KEY_shape, AG_ATTR_INTS);
  if (!a || check_rank(f, a->n))
    return f->err->code;
  out->rank = (int8_t)a->n;
  for (uint32_t i = 0; i < a->n; i++) {
    out->dim[i] = a->ints[i];
    if (a->ints[i] < 0 && !symbols)
      return ag_infer_fail(f, AG_ERR_VALUE, "size %lld is negative", (long long)a->ints[i]);
    if (a->ints[i] < 0 && ag_dim_symbol(a->ints[i]) > f->symbols)
      f->symbols = ag_dim_symbol(a->ints[i]); /* a type brought from elsewhere: they exist now */
  }
  return AG_OK;
}

static ag_code shape_attr(ag_infer *f) {
  ag_op op = f->spec->op;
  if (op == AG_OP_CONST) {
    const ag_tensor *t = ag_infer_attr(f, AG_KEY_value)->tensor;
    out0(f)->rank = t->rank;
    memcpy(out0(f)->dim, t->dim, sizeof t->dim);
    return AG_OK;
  }
  bool given = op == AG_OP_PARAM || op == AG_OP_READ || op == AG_OP_FETCH_ADD;
  /* types: symbols, or no shape at all */
  if (given && !ag_infer_attr(f, AG_KEY_shape))
    return unknown(f);
  if (attr_shape(f, given, out0(f)))
    return f->err->code;
  if (op != AG_OP_BROADCAST && op != AG_OP_FILL)
    return AG_OK;
  const ag_type *in = ag_infer_in(f, 0);
  bool fits = in->rank <= out0(f)->rank && !(op == AG_OP_FILL && in->rank > 0);
  for (int i = 0; fits && i < in->rank; i++) {
    int64_t d = in->dim[i];
    fits = d < 0 || d == 1 || d == out0(f)->dim[out0(f)->rank - in->rank + i];
  }
  char t1[AG_SHAPE_TEXT], t2[AG_SHAPE_TEXT];
  return fits ? AG_OK
              : ag_infer_fail(f, AG_ERR_SHAPE, "shape %s cannot be broadcast to %s", text(in, t1),
                              text(out0(f), t2));
}

static ag_code shape_none(ag_infer *f) {
  (void)f;
  return AG_OK;
}

static ag_code shape_attrs(ag_infer *f) { /* with the dtypes */
  for (uint32_t i = 0; i < f->n_out; i++)
    for (int d = 0; d < f->out[i].rank; d++)
      if (f->out[i].dim[d] < 0 && ag_dim_symbol(f->out[i].dim[d]) > f->symbols)
        f->symbols = ag_dim_symbol(f->out[i].dim[d]);
  return AG_OK;
}

static ag_code shape_foreign(ag_infer *f) { /* what is updated has its shape */
  if (ag_infer_attr(f, AG_KEY_dtype))
    f->out[0].rank = 0;
  const ag_attr *params = ag_infer_attr(f, AG_KEY_params);
  for (uint32_t i = 0, operand = 0; i < params->n; i++)
    if (params->ints[i] == AG_PASS_VALUE && ag_infer_in(f, operand)->rank > 0)
      return ag_infer_fail(f, AG_ERR_SHAPE, "parameter %u is a number, not an array", i);
    else
      operand += params->ints[i] != AG_PASS_CLOSURE;
  return AG_OK;
}

static ag_code shape_region(ag_infer *f) { /* with the dtypes */
  (void)f;
  return AG_OK;
}

/* ---- moving elements ------------------------------------------------------------------------ */

enum { TOO_LARGE = -1 };

/* Splits a shape into the product of its constants (or TOO_LARGE) and its symbols, sorted. */
static int64_t split(const ag_type *t, int64_t *symbols, int *n) {
  int64_t product = 1;
  *n = 0;
  for (int i = 0; i < t->rank; i++) {
    int64_t d = t->dim[i];
    if (d >= 0) {
      if (__builtin_mul_overflow(product, d, &product))
        product = TOO_LARGE;
      continue;
    }
    int at = (*n)++;
    for (; at && symbols[at - 1] > d; at--)
      symbols[at] = symbols[at - 1];
    symbols[at] = d;
  }
  return product;
}

/* One -1 is what is left over. */
static ag_code shape_reshape(ag_infer *f) {
  const ag_attr *a = ag_infer_need(f, AG_KEY_shape, AG_ATTR_INTS);
  if (!a || check_rank(f, a->n))
    return f->err->code;
  const ag_type *in = ag_infer_in(f, 0);
  ag_type *t = out0(f);
  t->rank = (int8_t)a->n;
  int left = -1;
  int64_t rest = 1;
  for (uint32_t i = 0; i < a->n; i++) {
    int64_t d = a->ints[i];
    t->dim[i] = d;
    if (d < -1 || (d == -1 && left >= 0))
      return ag_infer_fail(f, AG_ERR_VALUE, "sizes must be positive, with one -1 at most");
    if (d == -1)
      left = (int)i;
    else if (__builtin_mul_overflow(rest, d, &rest))
      return ag_infer_fail(f, AG_ERR_VALUE, "sizes are too large");
  }
  int64_t symbols[AG_MAX_RANK];
  int n_symbols = 0;
  int64_t total = in->rank < 0 ? 1 : split(in, symbols, &n_symbols);
  bool known = in->rank >= 0 && (n_symbols == 0 || total == 0);
  char t1[AG_SHAPE_TEXT], t2[AG_SHAPE_TEXT];
  ag_shape want = {.rank = (int32_t)a->n};
  memcpy(want.dim, a->ints, a->n * sizeof *a->ints);
  if (known) {
    bool fits = left < 0 ? rest == total : rest ? total % rest == 0 : false;
    if (!fits)
      return ag_infer_fail(f, AG_ERR_SHAPE, "shape %s cannot become %s", text(in, t1),
                           ag_shape_text(&want, t2));
    if (left >= 0)
      t->dim[left] = total / rest;
  } else if (left >= 0) {
    bool one = in->rank >= 0 && n_symbols == 1 && rest == total;
    t->dim[left] = one ? symbols[0] : ag_infer_symbol(f);
  }
  return AG_OK;
}

/* The shape is a vector's elements; its length, if known, is the rank. */
/* A constant 0-d integer; false for anything else. */
static bool const_int(const ag_infer *f, uint32_t i, int64_t *out) {
  const ag_value *v = &f->g->values[f->spec->in[i]];
  const ag_node *n = &f->g->nodes[v->node];
  if (n->op != AG_OP_CONST || v->type.rank != 0)
    return false;
  const void *p = ag_tensor_data(ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value)->tensor);
  if (v->type.dtype == AG_I64)
    memcpy(out, p, 8);
  else if (v->type.dtype == AG_I32)
    *out = *(const int32_t *)p;
  else
    return false;
  return true;
}

/* A size as the graph tells it: of a constant a number, of DIM the symbol that it measures. */
static bool size_of(const ag_infer *f, ag_val size, int64_t *out) {
  const ag_node *n = &f->g->nodes[f->g->values[size].node];
  while (n->op == AG_OP_CAST && ag_is_int((ag_dtype)f->g->values[n->in[0]].type.dtype) &&
         ag_dtype_size((ag_dtype)f->g->values[n->out].type.dtype) == 8)
    n = &f->g->nodes[f->g->values[n->in[0]].node];
  if (n->op == AG_OP_DIM) {
    const ag_type *t = &f->g->values[n->in[0]].type;
    int64_t axis = ag_attr_int(n->attrs, n->n_attrs, AG_KEY_axis, 0);
    *out = t->rank > axis ? t->dim[axis] : 0;
    return t->rank > axis;
  }
  if (n->op != AG_OP_CONST || f->g->values[n->out].type.rank != 0)
    return false;
  const ag_tensor *t = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value)->tensor;
  if (t->dtype == AG_I64)
    memcpy(out, t->cell, sizeof *out);
  else if (t->dtype == AG_I32)
    *out = *(const int32_t *)t->cell;
  else
    return false;
  return *out >= 0;
}

/* Element k of a vector of sizes: a number, or a symbol (negative). */
static bool size_at(const ag_infer *f, uint32_t i, int64_t k, int64_t *out) {
  const ag_value *v = &f->g->values[f->spec->in[i]];
  const ag_node *n = &f->g->nodes[v->node];
  if (n->op == AG_OP_STACK && v->type.rank == 1 && k < (int64_t)n->n_in)
    return size_of(f, n->in[k], out);
  if (n->op != AG_OP_CONST || v->type.rank != 1 || k >= v->type.dim[0])
    return false;
  const void *p = ag_tensor_data(ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value)->tensor);
  if (v->type.dtype == AG_I64)
    *out = ((const int64_t *)p)[k];
  else if (v->type.dtype == AG_I32)
    *out = ((const int32_t *)p)[k];
  else
    return false;
  return *out >= 0;
}

static ag_code shape_reshape_to(ag_infer *f) {
  const ag_type *v = ag_infer_in(f, 1);
  if (!ag_is_int((ag_dtype)v->dtype) || (v->rank >= 0 && v->rank != 1))
    return ag_infer_fail(f, AG_ERR_TYPE, "the shape must be a vector of integers");
  if (f->spec->op == AG_OP_FILL_TO && ag_infer_in(f, 0)->rank > 0)
    return ag_infer_fail(f, AG_ERR_SHAPE, "fills with one number, not an array");
  if (v->rank < 0 || v->dim[0] < 0)
    return unknown(f);
  if (check_rank(f, v->dim[0]))
    return f->err->code;
  out0(f)->rank = (int8_t)v->dim[0];
  for (int i = 0; i < out0(f)->rank; i++) {
    int64_t d;
    out0(f)->dim[i] = size_at(f, 1, i, &d) ? d : ag_infer_symbol(f);
  }
  return AG_OK;
}

static ag_code shape_transpose(ag_infer *f) {
  const ag_attr *a = ag_infer_need(f, AG_KEY_perm, AG_ATTR_INTS);
  if (!a || check_rank(f, a->n))
    return f->err->code;
  const ag_type *in = ag_infer_in(f, 0);
  char t1[AG_SHAPE_TEXT];
  unsigned seen = 0;
  for (uint32_t i = 0; i < a->n; i++)
    if (a->ints[i] >= 0 && a->ints[i] < (int64_t)a->n)
      seen |= 1u << a->ints[i];
  if (seen != (1u << a->n) - 1 || (in->rank >= 0 && in->rank != (int)a->n))
    return ag_infer_fail(f, AG_ERR_SHAPE, "perm is no permutation of the axes of %s", text(in, t1));
  out0(f)->rank = (int8_t)a->n;
  for (uint32_t i = 0; i < a->n; i++)
    out0(f)->dim[i] = in->rank < 0 ? ag_infer_symbol(f) : in->dim[a->ints[i]];
  return AG_OK;
}

/* The shape that several inputs must have alike, but for `skip`; *known is false if any rank is
 * not. */
static ag_code unify(ag_infer *f, int skip, ag_type *t, bool *known) {
  *known = true;
  *t = *ag_infer_in(f, 0);
  for (uint32_t i = 1; i < f->spec->n_in; i++) {
    const ag_type *u = ag_infer_in(f, i);
    if (t->rank < 0)
      *t = *u;
    bool fits = u->rank < 0 || u->rank == t->rank;
    for (int d = 0; fits && u->rank >= 0 && d < t->rank; d++) {
      if (d == skip)
        continue;
      if (t->dim[d] < 0)
        t->dim[d] = u->dim[d] >= 0 ? u->dim[d] : t->dim[d];
      else
        fits = u->dim[d] < 0 || u->dim[d] == t->dim[d];
    }
    char t1[AG_SHAPE_TEXT], t2[AG_SHAPE_TEXT];
    if (!fits)
      return ag_infer_fail(f, AG_ERR_SHAPE, "shapes %s and %s do not fit together", text(t, t1),
                           text(u, t2));
  }
  *known = t->rank >= 0;
  return AG_OK;
}

static ag_code shape_concat(ag_infer *f) {
  const ag_attr *axis = ag_infer_need(f, AG_KEY_axis, AG_ATTR_INT);
  bool known;
  ag_type t;
  if (!axis || unify(f, (int)axis->i, &t, &known))
    return f->err->code;
  if (!known)
    return unknown(f);
  if (!axis_in(f, t.rank))
    return f->err->code;
  int64_t sum = 0, open = 0; /* the one size that is not known, and all others */
  bool told = true;
  for (uint32_t i = 0; i < f->spec->n_in && told; i++) {
    const ag_type *u = ag_infer_in(f, i);
    int64_t d = u->rank < 0 ? -1 : u->dim[axis->i];
    if (i + 1 < f->spec->n_in && ag_infer_is_cut(f, i, i + 1, (int)axis->i, &d))
      i++;
    told = d >= 0 ? !__builtin_add_overflow(sum, d, &sum) : !open && u->rank >= 0;
    open = d < 0 ? d : open;
  }
  if (told && open)
    sum = ag_dim_shift(open, sum);
  copy_shape(out0(f), &t);
  out0(f)->dim[axis->i] = told && sum != INT64_MIN ? sum : ag_infer_symbol(f);
  return AG_OK;
}

static ag_code shape_stack(ag_infer *f) {
  bool known;
  ag_type t;
  if (unify(f, -1, &t, &known))
    return f->err->code;
  if (!known)
    return unknown(f);
  const ag_attr *axis = axis_in(f, t.rank + 1);
  if (!axis || check_rank(f, t.rank + 1))
    return f->err->code;
  ag_type *o = out0(f);
  o->rank = (int8_t)(t.rank + 1);
  for (int i = 0; i < o->rank; i++)
    o->dim[i] = i < axis->i ? t.dim[i] : i == axis->i ? f->spec->n_in : t.dim[i - 1];
  return AG_OK;
}

static ag_code shape_unstack(ag_infer *f) {
  const ag_type *in = ag_infer_in(f, 0);
  if (in->rank < 0)
    return unknown(f);
  const ag_attr *axis = axis_in(f, in->rank);
  if (!axis)
    return f->err->code;
  if (in->dim[axis->i] >= 0 && in->dim[axis->i] != f->n_out) {
    char t1[AG_SHAPE_TEXT];
    return ag_infer_fail(f, AG_ERR_SHAPE, "axis %lld of shape %s is not %u long",
                         (long long)axis->i, text(in, t1), f->n_out);
  }
  for (uint32_t k = 0; k < f->n_out; k++) {
    ag_type *o = &f->out[k];
    o->rank = (int8_t)(in->rank - 1);
    for (int i = 0; i < o->rank; i++)
      o->dim[i] = in->dim[i + (i >= axis->i)];
  }
  return AG_OK;
}

static ag_code shape_pad(ag_infer *f) {
  const ag_type *in = ag_infer_in(f, 0);
  const ag_attr *a = ag_infer_need(f, AG_KEY_paddings, AG_ATTR_INTS);
  if (!a)
    return f->err->code;
  if (ag_infer_in(f, 1)->rank > 0)
    return ag_infer_fail(f, AG_ERR_SHAPE, "pads with one number, not an array");
  if (a->n % 2 || check_rank(f, a->n / 2) || (in->rank >= 0 && (int)a->n != 2 * in->rank)) {
    char t1[AG_SHAPE_TEXT];
    return ag_infer_fail(f, AG_ERR_SHAPE, "%u paddings for shape %s", a->n, text(in, t1));
  }
  out0(f)->rank = (int8_t)(a->n / 2);
  for (int i = 0; i < out0(f)->rank; i++) {
    int64_t before = a->ints[2 * i], after = a->ints[2 * i + 1], d;
    if (before < 0 || after < 0)
      return ag_infer_fail(f, AG_ERR_VALUE, "paddings are negative");
    d = in->rank < 0 ? -1 : in->dim[i];
    if (d >= 0 && (__builtin_add_overflow(d, before, &d) || __builtin_add_overflow(d, after, &d)))
      return ag_infer_fail(f, AG_ERR_VALUE, "paddings are too large");
    if (d < 0) {
      d = in->rank < 0 || __builtin_add_overflow(before, after, &before) ? INT64_MIN
                                                                         : ag_dim_shift(d, before);
      d = d == INT64_MIN ? ag_infer_symbol(f) : d;
    }
    out0(f)->dim[i] = d;
  }
  return AG_OK;
}

static ag_code shape_tile(ag_infer *f) {
  const ag_type *in = ag_infer_in(f, 0);
  const ag_attr *a = ag_infer_need(f, AG_KEY_multiples, AG_ATTR_INTS);
  if (!a)
    return f->err->code;
  char t1[AG_SHAPE_TEXT];
  if (check_rank(f, a->n) || (in->rank >= 0 && (int)a->n != in->rank))
    return ag_infer_fail(f, AG_ERR_SHAPE, "%u multiples for shape %s", a->n, text(in, t1));
  out0(f)->rank = (int8_t)a->n;
  for (int i = 0; i < (int)a->n; i++) {
    int64_t m = a->ints[i], d = in->rank < 0 ? -1 : in->dim[i];
    if (m < 0)
      return ag_infer_fail(f, AG_ERR_VALUE, "multiple %lld is negative", (long long)m);
    if (in->rank < 0 || (d < 0 && m != 1))
      d = m ? ag_infer_symbol(f) : 0;
    else if (d >= 0 && __builtin_mul_overflow(d, m, &d))
      return ag_infer_fail(f, AG_ERR_VALUE, "multiples are too large");
    out0(f)->dim[i] = d;
  }
  return AG_OK;
}

static ag_code shape_shape(ag_infer *f) {
  const ag_type *in = ag_infer_in(f, 0);
  if (!ag_is_int((ag_dtype)out0(f)->dtype))
    return ag_infer_fail(f, AG_ERR_TYPE, "gives integers, not %s",
                         ag_dtype_name((ag_dtype)out0(f)->dtype));
  out0(f)->rank = 1;
  out0(f)->dim[0] = in->rank < 0 ? ag_infer_symbol(f) : in->rank;
  return AG_OK;
}

/* As many as the run finds. */
static ag_code shape_vector(ag_infer *f) {
  out0(f)->rank = 1;
  out0(f)->dim[0] = ag_infer_symbol(f);
  return AG_OK;
}

static ag_code shape_range(ag_infer *f) {
  ag_type *o = out0(f);
  for (uint32_t i = 0; i < 3; i++)
    if (ag_infer_in(f, i)->rank > 0)
      return ag_infer_fail(f, AG_ERR_SHAPE, "start, limit and delta must be numbers");
  int64_t start, limit, delta, span;
  o->rank = 1;
  if (const_int(f, 0, &start) && const_int(f, 1, &limit) && const_int(f, 2, &delta) && delta &&
      delta != INT64_MIN && !__builtin_sub_overflow(limit, start, &span) && span != INT64_MIN) {
    if (delta < 0) {
      span = -span;
      delta = -delta;
    }
    o->dim[0] = span <= 0 ? 0 : (span - 1) / delta + 1;
  } else {
    o->dim[0] = ag_infer_symbol(f);
  }
  return AG_OK;
}

/* x.shape[:axis] + indices.shape + x.shape[axis + 1:] */
static ag_code shape_gather(ag_infer *f) {
  const ag_type *x = ag_infer_in(f, 0), *index = ag_infer_in(f, 1);
  if (ag_infer_need_ints(f, 1))
    return f->err->code;
  if (x->rank < 0 || index->rank < 0)
    return unknown(f);
  const ag_attr *axis = axis_in(f, x->rank);
  if (!axis || check_rank(f, x->rank - 1 + index->rank))
    return f->err->code;
  ag_type *o = out0(f);
  int r = 0;
  for (int i = 0; i < axis->i; i++)
    o->dim[r++] = x->dim[i];
  for (int i = 0; i < index->rank; i++)
    o->dim[r++] = index->dim[i];
  for (int i = (int)axis->i + 1; i < x->rank; i++)
    o->dim[r++] = x->dim[i];
  o->rank = (int8_t)r;
  return AG_OK;
}

/* A row of indices names places on the leading axes: *rest is what stands at one. */
static ag_code places(ag_infer *f, ag_type *rest) {
  const ag_type *x = ag_infer_in(f, 0), *index = ag_infer_in(f, 1);
  char t1[AG_SHAPE_TEXT], t2[AG_SHAPE_TEXT];
  *rest = (ag_type){.rank = AG_RANK_UNKNOWN};
  if (ag_infer_need_ints(f, 1))
    return f->err->code;
  if (index->rank == 0)
    return ag_infer_fail(f, AG_ERR_SHAPE, "indices are rows of integers, not one number");
  if (x->rank < 0 || index->rank < 0 || index->dim[index->rank - 1] < 0)
    return AG_OK;
  int64_t depth = index->dim[index->rank - 1];
  if (depth > x->rank)
    return ag_infer_fail(f, AG_ERR_SHAPE, "indices of shape %s name too many axes of %s",
                         text(index, t1), text(x, t2));
  if (check_rank(f, index->rank - 1 + x->rank - depth))
    return f->err->code;
  rest->rank = 0;
  for (int i = 0; i < index->rank - 1; i++)
    rest->dim[rest->rank++] = index->dim[i];
  for (int i = (int)depth; i < x->rank; i++)
    rest->dim[rest->rank++] = x->dim[i];
  return AG_OK;
}

static ag_code shape_gather_nd(ag_infer *f) {
  ag_type rest;
  if (places(f, &rest))
    return f->err->code;
  copy_shape(out0(f), &rest);
  return AG_OK;
}

static ag_code shape_scatter(ag_infer *f) {
  const ag_type *x = ag_infer_in(f, 0), *updates = ag_infer_in(f, 2);
  char t1[AG_SHAPE_TEXT], t2[AG_SHAPE_TEXT];
  ag_type rest;
  if (places(f, &rest))
    return f->err->code;
  if (updates->dtype != x->dtype)
    return ag_infer_fail(f, AG_ERR_TYPE, "dtypes differ, %s and %s",
                         ag_dtype_name((ag_dtype)x->dtype),
                         ag_dtype_name((ag_dtype)updates->dtype));
  bool fits = rest.rank < 0 || updates->rank < 0 || rest.rank == updates->rank;
  for (int i = 0; fits && rest.rank >= 0 && i < updates->rank; i++)
    fits = rest.dim[i] < 0 || updates->dim[i] < 0 || rest.dim[i] == updates->dim[i];
  if (!fits)
    return ag_infer_fail(f, AG_ERR_SHAPE, "updates have the shape %s, not %s", text(updates, t1),
                         text(&rest, t2));
  copy_shape(out0(f), x);
  return AG_OK;
}

static ag_code shape_where(ag_infer *f) {
  const ag_type *x = ag_infer_in(f, 0);
  out0(f)->rank = 2;
  out0(f)->dim[0] = ag_infer_symbol(f);
  out0(f)->dim[1] = x->rank < 0 ? ag_infer_symbol(f) : x->rank;
  return AG_OK;
}

static ag_code shape_unique(ag_infer *f) {
  const ag_type *x = ag_infer_in(f, 0);
  char t1[AG_SHAPE_TEXT];
  if (x->rank >= 0 && x->rank != 1)
    return ag_infer_fail(f, AG_ERR_SHAPE, "needs a vector, not shape %s", text(x, t1));
  for (int i = 0; i < 3; i++)
    f->out[i].rank = 1;
  f->out[0].dim[0] = f->out[2].dim[0] = ag_infer_symbol(f);
  f->out[1].dim[0] = x->rank < 0 ? ag_infer_symbol(f) : x->dim[0];
  return AG_OK;
}

/* x with one row set, and perhaps more rows. */
static ag_code shape_list_put(ag_infer *f) {
  const ag_type *x = ag_infer_in(f, 0), *value = ag_infer_in(f, 1), *index = ag_infer_in(f, 2);
  if (value->dtype != x->dtype)
    return ag_infer_fail(f, AG_ERR_TYPE, "dtypes differ, %s and %s",
                         ag_dtype_name((ag_dtype)x->dtype), ag_dtype_name((ag_dtype)value->dtype));
  if (!ag_is_int((ag_dtype)index->dtype) || index->rank > 0)
    return ag_infer_fail(f, AG_ERR_TYPE, "an index is one integer");
  if (x->rank < 0)
    return unknown(f);
  if (x->rank == 0 || (value->rank >= 0 && value->rank != x->rank - 1))
    return ag_infer_fail(f, AG_ERR_SHAPE, "an item of rank %d does not fit a list of rank %d",
                         value->rank, x->rank);
  copy_shape(out0(f), x);
  out0(f)->dim[0] = ag_infer_symbol(f);
  return AG_OK;
}

/* x with some rows set, and perhaps more rows. */
static ag_code shape_list_write(ag_infer *f) {
  const ag_type *x = ag_infer_in(f, 0), *rows = ag_infer_in(f, 1), *index = ag_infer_in(f, 2);
  if (rows->dtype != x->dtype)
    return ag_infer_fail(f, AG_ERR_TYPE, "dtypes differ, %s and %s",
                         ag_dtype_name((ag_dtype)x->dtype), ag_dtype_name((ag_dtype)rows->dtype));
  if (!ag_is_int((ag_dtype)index->dtype) || index->rank > 0)
    return ag_infer_fail(f, AG_ERR_TYPE, "an index is one integer");
  if (x->rank < 0)
    return unknown(f);
  if (x->rank == 0 || (rows->rank >= 0 && rows->rank != x->rank))
    return ag_infer_fail(f, AG_ERR_SHAPE, "rows of rank %d do not fit a list of rank %d",
                         rows->rank, x->rank);
  copy_shape(out0(f), x);
  out0(f)->dim[0] = ag_infer_symbol(f);
  return AG_OK;
}

/* x with some of its rows elsewhere, and perhaps more rows. */
static ag_code shape_list_move(ag_infer *f) {
  const ag_type *x = ag_infer_in(f, 0);
  for (uint32_t k = 1; k < 4; k++)
    if (!ag_is_int((ag_dtype)ag_infer_in(f, k)->dtype) || ag_infer_in(f, k)->rank > 0)
      return ag_infer_fail(f, AG_ERR_TYPE, "an index is one integer");
  if (x->rank < 0)
    return unknown(f);
  if (x->rank == 0)
    return ag_infer_fail(f, AG_ERR_SHAPE, "a list has at least one dimension");
  copy_shape(out0(f), x);
  out0(f)->dim[0] = ag_infer_symbol(f);
  return AG_OK;
}

/* ---- reductions ------------------------------------------------------------------------------ */

static ag_code shape_reduce(ag_infer *f) {
  const ag_type *in = ag_infer_in(f, 0);
  const ag_attr *a = ag_infer_need(f, AG_KEY_axis, AG_ATTR_INTS);
  if (!a)
    return f->err->code;
  bool keep = ag_attr_int(f->spec->attrs, f->spec->n_attrs, AG_KEY_keep_dims, 0);
  char t1[AG_SHAPE_TEXT];
  unsigned reduced = 0;
  for (uint32_t i = 0; i < a->n; i++) {
    if (a->ints[i] < 0 || a->ints[i] >= (in->rank < 0 ? AG_MAX_RANK : in->rank) ||
        (i && a->ints[i] <= a->ints[i - 1]))
      return ag_infer_fail(f, AG_ERR_SHAPE, "axis %lld of shape %s", (long long)a->ints[i],
                           text(in, t1));
    reduced |= 1u << a->ints[i];
  }
  if (in->rank < 0)
    return unknown(f);
  int r = 0;
  for (int i = 0; i < in->rank; i++)
    if (!(reduced >> i & 1))
      out0(f)->dim[r++] = in->dim[i];
    else if (keep)
      out0(f)->dim[r++] = 1;
  out0(f)->rank = (int8_t)r;
  return AG_OK;
}

static ag_code shape_reduce1(ag_infer *f) {
  const ag_type *in = ag_infer_in(f, 0);
  if (!ag_is_int((ag_dtype)out0(f)->dtype))
    return ag_infer_fail(f, AG_ERR_TYPE, "gives integers, not %s",
                         ag_dtype_name((ag_dtype)out0(f)->dtype));
  if (in->rank < 0)
    return unknown(f);
  const ag_attr *axis = axis_in(f, in->rank);
  if (!axis)
    return f->err->code;
  out0(f)->rank = (int8_t)(in->rank - 1);
  for (int i = 0; i < out0(f)->rank; i++)
    out0(f)->dim[i] = in->dim[i + (i >= axis->i)];
  return AG_OK;
}

static ag_code shape_matmul(ag_infer *f) {
  const ag_type *a = ag_infer_in(f, 0), *b = ag_infer_in(f, 1);
  if (a->rank < 0 || b->rank < 0)
    return unknown(f);
  bool adj_x = ag_attr_int(f->spec->attrs, f->spec->n_attrs, AG_KEY_adj_x, 0);
  bool adj_y = ag_attr_int(f->spec->attrs, f->spec->n_attrs, AG_KEY_adj_y, 0);
  char t1[AG_SHAPE_TEXT], t2[AG_SHAPE_TEXT];
  if (a->rank < 2 || b->rank < 2)
    return ag_infer_fail(f, AG_ERR_SHAPE, "needs matrices, not %s x %s", text(a, t1), text(b, t2));
  int64_t rows = a->dim[a->rank - 2 + adj_x], inner_a = a->dim[a->rank - 1 - adj_x];
  int64_t inner_b = b->dim[b->rank - 2 + adj_y], columns = b->dim[b->rank - 1 - adj_y];
  if (inner_a >= 0 && inner_b >= 0 && inner_a != inner_b)
    return ag_infer_fail(f, AG_ERR_SHAPE, "inner sizes differ, %s x %s", text(a, t1), text(b, t2));
  ag_type t = *a;
  if (broadcast_with(f, &t, b, 2, a))
    return f->err->code;
  t.dim[t.rank - 2] = rows;
  t.dim[t.rank - 1] = columns;
  copy_shape(out0(f), &t);
  return AG_OK;
}

/* ---- rules of other files ------------------------------------------------------------------- */

static ag_code shape_slice(ag_infer *f) { return ag_infer_slice(f); }
static ag_code shape_slice_dyn(ag_infer *f) { return ag_infer_slice_dyn(f); }
static ag_code shape_element(ag_infer *f) { return ag_infer_element(f); }
static ag_code shape_set(ag_infer *f) { return ag_infer_set(f); }
static ag_code shape_pool(ag_infer *f) { return ag_infer_pool(f); }
static ag_code shape_conv(ag_infer *f) { return ag_infer_conv(f); }

static shape_rule *const shape_rules[AG_OP_COUNT] = {
#define AG_OP(name, file, in, out, dtype, shape, ...) [AG_OP_##name] = shape_##shape,
#include "ag/ops.def"
};

ag_code ag_infer_shapes(ag_infer *f) { return shape_rules[f->spec->op](f); }
