/* simplify.c - algebra: each node looked at with what makes its inputs.
 * A list of rules by op, each with its law. A rule gives an equal value or AG_NONE; what it makes
 * is simplified in turn, so chains collapse in one walk.
 *
 * Needs:  inferred types.   Keeps: dtype, weakness and shape of every value, effects, checks that
 * may fail. Floats: a law is used only if it gives the same bits for every input, with infinities
 * and signed zeros; NaNs may change their payload, as they do between processors. Complex numbers
 * are left alone. */
#include "pass.h"

typedef struct simplifier {
  ag_pass *p;
  ag_graph *g; /* the new graph */
} simplifier;

typedef ag_val rule(simplifier *s, const ag_spec *n);

static ag_val simplified(simplifier *s, const ag_spec *n, const ag_type *known);

/* ---- looking -------------------------------------------------------------------------------- */

static const ag_type *type_of(const simplifier *s, ag_val v) { return &s->g->values[v].type; }

static bool is_inexact(ag_dtype d) { return d >= AG_F16; }

/* The node that makes v, if it is an `op`. */
static const ag_node *made_by(const simplifier *s, ag_val v, ag_op op) {
  const ag_node *n = ag_maker(s->g, v);
  return n->op == op ? n : NULL;
}

/* The tensor of a constant all of whose elements are the same, looking through FILL and BROADCAST.
 */
static const ag_tensor *splat(const simplifier *s, ag_val v) {
  enum { FEW = 64 };
  const ag_node *n = ag_maker(s->g, v);
  while (n->op == AG_OP_FILL || n->op == AG_OP_BROADCAST)
    n = ag_maker(s->g, n->in[0]);
  if (n->op != AG_OP_CONST)
    return NULL;
  const ag_tensor *t = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value)->tensor;
  int64_t count = ag_tensor_count(t);
  size_t size = ag_dtype_size((ag_dtype)t->dtype);
  const char *data = ag_tensor_data(t);
  if (count < 1 || count > FEW || t->dtype >= AG_STR)
    return NULL;
  for (int64_t i = 1; i < count; i++)
    if (memcmp(data, data + i * (int64_t)size, size))
      return NULL;
  return t;
}

/* True when v is the number k, 0 or 1, everywhere. Minus zero is not zero. */
static bool is(const simplifier *s, ag_val v, int k) {
  const ag_tensor *t = splat(s, v);
  if (!t)
    return false;
  const void *p = ag_tensor_data(t);
  switch (t->dtype) {
#define INT(D, T)                                                                                  \
  case AG_##D:                                                                                     \
    return *(const T *)p == (T)k;
    INT(BOOL, uint8_t)
    INT(I8, int8_t)
    INT(I16, int16_t)
    INT(I32, int32_t)
    INT(I64, int64_t)
    INT(U8, uint8_t)
    INT(U16, uint16_t)
    INT(U32, uint32_t)
    INT(U64, uint64_t)
#undef INT
  case AG_F32: {
    float want = (float)k;
    return !memcmp(p, &want, sizeof want);
  }
  case AG_F64: {
    double want = k;
    return !memcmp(p, &want, sizeof want);
  }
  default:
    return false;
  }
}

static bool is_minus_zero(const simplifier *s, ag_val v) {
  const ag_tensor *t = splat(s, v);
  double d = -0.0;
  float f = -0.0f;
  return t && ((t->dtype == AG_F64 && !memcmp(ag_tensor_data(t), &d, sizeof d)) ||
               (t->dtype == AG_F32 && !memcmp(ag_tensor_data(t), &f, sizeof f)));
}

static bool same_shape(const ag_type *a, const ag_type *b) {
  if (a->rank != b->rank || a->rank < 0)
    return false;
  for (int i = 0; i < a->rank; i++)
    if (a->dim[i] != b->dim[i])
      return false;
  return true;
}

/* x, if an elementwise op of x and other has the type of x: other adds neither shape nor strength.
 */
static ag_val only(const simplifier *s, ag_val x, ag_val other) {
  const ag_type *a = type_of(s, x), *b = type_of(s, other);
  bool shape = b->rank == 0 || same_shape(a, b);
  return shape && (!a->weak || b->weak) ? x : AG_NONE;
}

static bool same_type(const simplifier *s, ag_val a, ag_val b) {
  return ag_type_equal(type_of(s, a), type_of(s, b));
}

static const ag_attr *attr(const ag_node *n, ag_key k) {
  return ag_attr_find(n->attrs, n->n_attrs, k);
}
static const ag_attr *spec_attr(const ag_spec *n, ag_key k) {
  return ag_attr_find(n->attrs, n->n_attrs, k);
}

/* ---- making --------------------------------------------------------------------------------- */

static ag_val make(simplifier *s, const ag_spec *at, ag_op op, const ag_val *in, uint32_t n_in,
                   const ag_attr *attrs, uint32_t n_attrs) {
  ag_spec n = {
      .op = op, .n_in = n_in, .in = in, .n_attrs = n_attrs, .attrs = attrs, .loc = at->loc};
  return simplified(s, &n, NULL);
}

static ag_val unary(simplifier *s, const ag_spec *at, ag_op op, ag_val x) {
  return make(s, at, op, &x, 1, NULL, 0);
}

static ag_val binary(simplifier *s, const ag_spec *at, ag_op op, ag_val a, ag_val b) {
  return make(s, at, op, (ag_val[]){a, b}, 2, NULL, 0);
}

/* The integer or bool k in the dtype, weakness and shape of x; AG_NONE where that shape is not
 * constant. */
static ag_val number_like(simplifier *s, const ag_spec *at, const ag_type *lent, int k) {
  ag_tensor t = {0};
  int64_t v = k;
  ag_type like = *lent; /* only until the next addition */
  if (is_inexact((ag_dtype)like.dtype) || !ag_type_known(&like))
    return AG_NONE;
  ag_tensor_scalar(&t, (ag_dtype)like.dtype, &v); /* little-endian: the low bytes */
  t.weak = like.weak;
  ag_val c = ag_graph_const(s->g, &t, NULL, at->loc, s->p->err);
  if (like.rank == 0)
    return c;
  ag_attr shape = {
      .key = AG_KEY_shape, .kind = AG_ATTR_INTS, .n = (uint32_t)like.rank, .ints = like.dim};
  return ag_graph_op(s->g, AG_OP_FILL, &c, 1, &shape, 1, at->loc, s->p->err);
}

static ag_val truth_like(simplifier *s, const ag_spec *at, ag_val x, bool k) {
  ag_type t = *type_of(s, x);
  t.dtype = AG_BOOL;
  t.weak = 0;
  return number_like(s, at, &t, k);
}

/* ---- arithmetic ----------------------------------------------------------------------------- */

static bool exact(const simplifier *s, const ag_spec *n) {
  return !is_inexact((ag_dtype)type_of(s, n->in[0])->dtype);
}

static bool complex_input(const simplifier *s, const ag_spec *n) {
  return ag_is_complex((ag_dtype)type_of(s, n->in[0])->dtype);
}

/* x + 0 -> x, for integers: -0.0 + 0.0 is 0.0. x + -0.0 -> x for floats. */
static ag_val add_zero(simplifier *s, const ag_spec *n) {
  for (int i = 0; i < 2; i++)
    if (exact(s, n) ? is(s, n->in[i], 0) : is_minus_zero(s, n->in[i]))
      return only(s, n->in[!i], n->in[i]);
  return AG_NONE;
}

/* x - 0 -> x, floats too: -0.0 - 0.0 is -0.0. */
static ag_val sub_zero(simplifier *s, const ag_spec *n) {
  return !complex_input(s, n) && is(s, n->in[1], 0) ? only(s, n->in[0], n->in[1]) : AG_NONE;
}

/* x - x -> 0, for integers: inf - inf is nan. */
static ag_val sub_self(simplifier *s, const ag_spec *n) {
  if (n->in[0] != n->in[1] || !exact(s, n))
    return AG_NONE;
  return number_like(s, n, type_of(s, n->in[0]), 0);
}

/* x * 1 -> x */
static ag_val mul_one(simplifier *s, const ag_spec *n) {
  for (int i = 0; i < 2; i++)
    if (!complex_input(s, n) && is(s, n->in[i], 1))
      return only(s, n->in[!i], n->in[i]);
  return AG_NONE;
}

/* x * 0 -> 0, for integers: inf * 0 is nan, -1.0 * 0.0 is -0.0. */
static ag_val mul_zero(simplifier *s, const ag_spec *n) {
  for (int i = 0; i < 2; i++)
    if (exact(s, n) && is(s, n->in[i], 0) && only(s, n->in[!i], n->in[i]))
      return number_like(s, n, type_of(s, n->in[!i]), 0);
  return AG_NONE;
}

/* x / 1 -> x */
static ag_val div_one(simplifier *s, const ag_spec *n) {
  return !complex_input(s, n) && is(s, n->in[1], 1) ? only(s, n->in[0], n->in[1]) : AG_NONE;
}

/* x / c -> x * (1 / c) for a power of two whose inverse is one: both round the same real number. */
static ag_val div_power(simplifier *s, const ag_spec *n) {
  const ag_tensor *t = splat(s, n->in[1]);
  const ag_type *type = type_of(s, n->in[1]);
  if (!t || type->rank || (t->dtype != AG_F32 && t->dtype != AG_F64))
    return AG_NONE;
  ag_tensor inverse = {0};
  if (t->dtype == AG_F32) {
    float x = *(const float *)ag_tensor_data(t), y = 1 / x;
    uint32_t a, b;
    memcpy(&a, &x, sizeof a);
    memcpy(&b, &y, sizeof b);
    if ((a & 0x7fffff) || (b & 0x7fffff) || !(b >> 23 & 255) || (b >> 23 & 255) == 255 ||
        !(a >> 23 & 255))
      return AG_NONE;
    ag_tensor_scalar(&inverse, AG_F32, &y);
  } else {
    double x = *(const double *)ag_tensor_data(t), y = 1 / x;
    uint64_t a, b;
    memcpy(&a, &x, sizeof a);
    memcpy(&b, &y, sizeof b);
    if ((a << 12) || (b << 12) || !(b >> 52 & 2047) || (b >> 52 & 2047) == 2047 ||
        !(a >> 52 & 2047))
      return AG_NONE;
    ag_tensor_scalar(&inverse, AG_F64, &y);
  }
  inverse.weak = t->weak;
  ag_val c = ag_graph_const(s->g, &inverse, NULL, n->loc, s->p->err);
  return binary(s, n, AG_OP_MUL, n->in[0], c);
}

/* x // 1 -> x, for integers */
static ag_val floordiv_one(simplifier *s, const ag_spec *n) {
  return exact(s, n) && is(s, n->in[1], 1) ? only(s, n->in[0], n->in[1]) : AG_NONE;
}

/* x % 1 -> 0, for integers */
static ag_val mod_one(simplifier *s, const ag_spec *n) {
  if (!exact(s, n) || !is(s, n->in[1], 1) || !only(s, n->in[0], n->in[1]))
    return AG_NONE;
  return number_like(s, n, type_of(s, n->in[0]), 0);
}

/* x ** 1 -> x, for integers: what pow does to floats is its own affair */
static ag_val pow_one(simplifier *s, const ag_spec *n) {
  return exact(s, n) && is(s, n->in[1], 1) ? only(s, n->in[0], n->in[1]) : AG_NONE;
}

/* x ** 0 -> 1, for integers */
static ag_val pow_zero(simplifier *s, const ag_spec *n) {
  if (!exact(s, n) || !is(s, n->in[1], 0) || !only(s, n->in[0], n->in[1]))
    return AG_NONE;
  return number_like(s, n, type_of(s, n->in[0]), 1);
}

/* x ** 2 -> square(x): pow of floats is x * x there too (runtime/vmath/pow.h). */
static ag_val pow_two(simplifier *s, const ag_spec *n) {
  if (complex_input(s, n) || !is(s, n->in[1], 2) || !only(s, n->in[0], n->in[1]))
    return AG_NONE;
  return unary(s, n, AG_OP_SQUARE, n->in[0]);
}

/* x << 0 -> x, x >> 0 -> x */
static ag_val shift_zero(simplifier *s, const ag_spec *n) {
  return is(s, n->in[1], 0) ? only(s, n->in[0], n->in[1]) : AG_NONE;
}

/* op(op(x)) -> x, for not, invert and neg. Python's own neg fails for the smallest int, inside,
 * where it stays. */
static ag_val twice(simplifier *s, const ag_spec *n) {
  const ag_node *inner = made_by(s, n->in[0], n->op);
  return inner ? inner->in[0] : AG_NONE;
}

/* op(op(x)) -> op(x), for abs, sign, floor, ceil, round, trunc. */
static ag_val again(simplifier *s, const ag_spec *n) {
  return made_by(s, n->in[0], n->op) ? n->in[0] : AG_NONE;
}

/* abs(-x) -> abs(x), square(-x) -> square(x): signed integers wrap alike. */
static ag_val even(simplifier *s, const ag_spec *n) {
  const ag_node *inner = made_by(s, n->in[0], AG_OP_NEG);
  return inner && !ag_is_unsigned((ag_dtype)type_of(s, n->in[0])->dtype)
             ? unary(s, n, n->op, inner->in[0])
             : AG_NONE;
}

/* x + -y -> x - y and -x + y -> y - x: subtracting is adding the negative, in floats and wrapping
 * ints. */
static ag_val add_neg(simplifier *s, const ag_spec *n) {
  for (int i = 1; i >= 0; i--) {
    const ag_node *inner = made_by(s, n->in[i], AG_OP_NEG);
    if (inner)
      return binary(s, n, AG_OP_SUB, n->in[!i], inner->in[0]);
  }
  return AG_NONE;
}

/* x - -y -> x + y */
static ag_val sub_neg(simplifier *s, const ag_spec *n) {
  const ag_node *inner = made_by(s, n->in[1], AG_OP_NEG);
  return inner ? binary(s, n, AG_OP_ADD, n->in[0], inner->in[0]) : AG_NONE;
}

/* max(x, x) -> x, min(x, x) -> x, x & x -> x, x | x -> x */
static ag_val idempotent(simplifier *s, const ag_spec *n) {
  (void)s;
  return n->in[0] == n->in[1] ? n->in[0] : AG_NONE;
}

/* x ^ x -> 0 */
static ag_val xor_self(simplifier *s, const ag_spec *n) {
  return n->in[0] == n->in[1] ? number_like(s, n, type_of(s, n->in[0]), 0) : AG_NONE;
}

/* x | 0 -> x, x ^ 0 -> x; or and xor with false likewise */
static ag_val or_zero(simplifier *s, const ag_spec *n) {
  for (int i = 0; i < 2; i++)
    if (is(s, n->in[i], 0))
      return only(s, n->in[!i], n->in[i]);
  return AG_NONE;
}

/* x & 0 -> 0; and with false likewise */
static ag_val and_zero(simplifier *s, const ag_spec *n) {
  for (int i = 0; i < 2; i++)
    if (is(s, n->in[i], 0) && only(s, n->in[!i], n->in[i]))
      return number_like(s, n, type_of(s, n->in[!i]), 0);
  return AG_NONE;
}

/* ---- logic ---------------------------------------------------------------------------------- */

/* x and true -> x */
static ag_val and_true(simplifier *s, const ag_spec *n) {
  for (int i = 0; i < 2; i++)
    if (is(s, n->in[i], 1))
      return only(s, n->in[!i], n->in[i]);
  return AG_NONE;
}

/* x or true -> true */
static ag_val or_true(simplifier *s, const ag_spec *n) {
  for (int i = 0; i < 2; i++)
    if (is(s, n->in[i], 1) && only(s, n->in[!i], n->in[i]))
      return truth_like(s, n, n->in[!i], true);
  return AG_NONE;
}

/* x xor true -> not x */
static ag_val xor_true(simplifier *s, const ag_spec *n) {
  for (int i = 0; i < 2; i++)
    if (is(s, n->in[i], 1) && only(s, n->in[!i], n->in[i]))
      return unary(s, n, AG_OP_NOT, n->in[!i]);
  return AG_NONE;
}

/* not(x < y) -> x >= y and so on for integers; a NaN is neither less nor not less. == and != for
 * floats too. */
static ag_val not_compare(simplifier *s, const ag_spec *n) {
  static const uint16_t opposite[][2] = {{AG_OP_LT, AG_OP_GE}, {AG_OP_LE, AG_OP_GT},
                                         {AG_OP_GT, AG_OP_LE}, {AG_OP_GE, AG_OP_LT},
                                         {AG_OP_EQ, AG_OP_NE}, {AG_OP_NE, AG_OP_EQ}};
  const ag_node *inner = ag_maker(s->g, n->in[0]);
  for (int i = 0; i < 6; i++)
    if (inner->op == opposite[i][0] &&
        (i >= 4 || !is_inexact((ag_dtype)type_of(s, inner->in[0])->dtype)))
      return binary(s, n, (ag_op)opposite[i][1], inner->in[0], inner->in[1]);
  return AG_NONE;
}

/* x == x -> true and so on, for integers: a NaN differs from itself */
static ag_val compare_self(simplifier *s, const ag_spec *n) {
  if (n->in[0] != n->in[1] || !exact(s, n))
    return AG_NONE;
  return truth_like(s, n, n->in[0], n->op == AG_OP_EQ || n->op == AG_OP_LE || n->op == AG_OP_GE);
}

/* b == true -> b, b == false -> not b, and the opposite for != */
static ag_val compare_bool(simplifier *s, const ag_spec *n) {
  if (type_of(s, n->in[0])->dtype != AG_BOOL)
    return AG_NONE;
  for (int i = 0; i < 2; i++)
    for (int k = 0; k < 2; k++)
      if (is(s, n->in[i], k) && only(s, n->in[!i], n->in[i]))
        return k == (n->op == AG_OP_EQ) ? n->in[!i] : unary(s, n, AG_OP_NOT, n->in[!i]);
  return AG_NONE;
}

/* ---- select, cast --------------------------------------------------------------------------- */

/* select(true, a, b) -> a, select(false, a, b) -> b, select(c, a, a) -> a: where nothing is
 * broadcast */
static ag_val select_known(simplifier *s, const ag_spec *n) {
  const ag_type *c = type_of(s, n->in[0]);
  bool same = same_type(s, n->in[1], n->in[2]);
  if (!same || (c->rank != 0 && !same_shape(c, type_of(s, n->in[1]))))
    return AG_NONE;
  if (n->in[1] == n->in[2] || is(s, n->in[0], 1))
    return n->in[1];
  return is(s, n->in[0], 0) ? n->in[2] : AG_NONE;
}

/* select(not c, a, b) -> select(c, b, a) */
static ag_val select_not(simplifier *s, const ag_spec *n) {
  const ag_node *inner = made_by(s, n->in[0], AG_OP_NOT);
  if (!inner)
    return AG_NONE;
  return make(s, n, AG_OP_SELECT, (ag_val[]){inner->in[0], n->in[2], n->in[1]}, 3, NULL, 0);
}

/* select(c, true, x) -> c or x, select(c, x, false) -> c and x, of one shape; with not c for the
 * other two. A choice that is c itself is what c is there. */
static ag_val select_bools(simplifier *s, const ag_spec *n) {
  ag_val c = n->in[0], a = n->in[1], b = n->in[2];
  if (type_of(s, a)->dtype != AG_BOOL || !same_shape(type_of(s, a), type_of(s, b)) ||
      !same_shape(type_of(s, a), type_of(s, c)))
    return AG_NONE;
  if (is(s, a, 1) || a == c)
    return binary(s, n, AG_OP_OR, c, b);
  if (is(s, b, 0) || b == c)
    return binary(s, n, AG_OP_AND, c, a);
  if (is(s, a, 0))
    return binary(s, n, AG_OP_AND, unary(s, n, AG_OP_NOT, c), b);
  if (is(s, b, 1))
    return binary(s, n, AG_OP_OR, unary(s, n, AG_OP_NOT, c), a);
  return AG_NONE;
}

static int mantissa(ag_dtype d) {
  return d == AG_F16 ? 11 : d == AG_BF16 ? 8 : d == AG_F32 ? 24 : d == AG_F64 ? 53 : 0;
}

/* True when every value of dtype `from` has its own in dtype `to`. */
static bool keeps_all(ag_dtype from, ag_dtype to) {
  int bits = (int)ag_dtype_size(from) * 8;
  if (from == to)
    return true;
  if (from == AG_BOOL)
    return to < AG_STR;
  if (ag_is_int(from) && ag_is_float(to)) /* float16 ends at 65504 */
    return bits - ag_is_signed(from) <= mantissa(to) && (to != AG_F16 || bits == 8);
  if (ag_is_int(from) && ag_is_int(to))
    return (int)ag_dtype_size(to) * 8 > bits && (ag_is_unsigned(from) || ag_is_signed(to));
  if (ag_is_float(from) && ag_is_float(to)) /* float16 and bfloat16 hold neither each other */
    return mantissa(to) > mantissa(from) && ag_dtype_size(to) > ag_dtype_size(from);
  return false;
}

/* A cast to what it is already. */
static ag_val cast_nothing(simplifier *s, const ag_spec *n) {
  const ag_type *t = type_of(s, n->in[0]);
  bool weak = ag_attr_int(n->attrs, n->n_attrs, AG_KEY_weak, 0);
  return t->dtype == spec_attr(n, AG_KEY_dtype)->i && t->weak == weak ? n->in[0] : AG_NONE;
}

/* cast(cast(x)) -> cast(x), when the inner one loses nothing: the outer one sees the same number */
static ag_val cast_cast(simplifier *s, const ag_spec *n) {
  const ag_node *inner = made_by(s, n->in[0], AG_OP_CAST);
  if (!inner ||
      !keeps_all((ag_dtype)type_of(s, inner->in[0])->dtype, (ag_dtype)type_of(s, n->in[0])->dtype))
    return AG_NONE;
  return make(s, n, AG_OP_CAST, inner->in, 1, n->attrs, n->n_attrs);
}

/* ---- moving elements ------------------------------------------------------------------------ */

static ag_val itself(simplifier *s, const ag_spec *n) {
  (void)s;
  return n->in[0];
}

/* The shape attribute is the input's shape. */
static ag_val to_same_shape(simplifier *s, const ag_spec *n) {
  const ag_type *t = type_of(s, n->in[0]);
  const ag_attr *shape = spec_attr(n, AG_KEY_shape);
  if (!ag_type_known(t) || t->rank != (int)shape->n)
    return AG_NONE;
  for (uint32_t i = 0; i < shape->n; i++)
    if (shape->ints[i] != t->dim[i])
      return AG_NONE;
  return n->in[0];
}

/* reshape(x, (-1,)) of a vector -> x */
static ag_val flatten_vector(simplifier *s, const ag_spec *n) {
  const ag_attr *shape = spec_attr(n, AG_KEY_shape);
  bool flat = shape->n == 1 && shape->ints[0] == -1;
  return flat && type_of(s, n->in[0])->rank == 1 ? n->in[0] : AG_NONE;
}

/* reshape(reshape(x)) -> reshape(x); the inner one has done its check where shapes are known */
static ag_val reshape_reshape(simplifier *s, const ag_spec *n) {
  const ag_node *inner = made_by(s, n->in[0], AG_OP_RESHAPE);
  if (!inner || !ag_is_total(s->g, inner))
    return AG_NONE;
  return make(s, n, AG_OP_RESHAPE, inner->in, 1, n->attrs, n->n_attrs);
}

/* broadcast(broadcast(x)) -> broadcast(x), likewise */
static ag_val broadcast_broadcast(simplifier *s, const ag_spec *n) {
  const ag_node *inner = made_by(s, n->in[0], AG_OP_BROADCAST);
  if (!inner || !ag_is_total(s->g, inner))
    return AG_NONE;
  return make(s, n, AG_OP_BROADCAST, inner->in, 1, n->attrs, n->n_attrs);
}

/* reshape_to(x, constant) -> reshape(x), fill_to(x, constant) -> fill(x) */
static ag_val constant_shape(simplifier *s, const ag_spec *n) {
  const ag_tensor *t = ag_constant(s->g, n->in[1]);
  if (!t || t->rank != 1 || t->dim[0] > AG_MAX_RANK || (t->dtype != AG_I32 && t->dtype != AG_I64))
    return AG_NONE;
  int64_t sizes[AG_MAX_RANK];
  const void *p = ag_tensor_data(t);
  for (int64_t i = 0; i < t->dim[0]; i++)
    sizes[i] = t->dtype == AG_I64 ? ((const int64_t *)p)[i] : ((const int32_t *)p)[i];
  ag_attr shape = {
      .key = AG_KEY_shape, .kind = AG_ATTR_INTS, .n = (uint32_t)t->dim[0], .ints = sizes};
  return make(s, n, n->op == AG_OP_FILL_TO ? AG_OP_FILL : AG_OP_RESHAPE, n->in, 1, &shape, 1);
}

/* transpose(x, 0 1 2) -> x */
static ag_val transpose_nothing(simplifier *s, const ag_spec *n) {
  (void)s;
  const ag_attr *perm = spec_attr(n, AG_KEY_perm);
  for (uint32_t i = 0; i < perm->n; i++)
    if (perm->ints[i] != i)
      return AG_NONE;
  return n->in[0];
}

/* transpose(transpose(x, p), q) -> transpose(x, p[q]) */
static ag_val transpose_transpose(simplifier *s, const ag_spec *n) {
  const ag_node *inner = made_by(s, n->in[0], AG_OP_TRANSPOSE);
  if (!inner)
    return AG_NONE;
  const ag_attr *p = attr(inner, AG_KEY_perm), *q = spec_attr(n, AG_KEY_perm);
  int64_t both[AG_MAX_RANK];
  for (uint32_t i = 0; i < q->n; i++)
    both[i] = p->ints[q->ints[i]];
  ag_attr perm = {.key = AG_KEY_perm, .kind = AG_ATTR_INTS, .n = q->n, .ints = both};
  return make(s, n, AG_OP_TRANSPOSE, inner->in, 1, &perm, 1);
}

/* A slice of everything. */
static ag_val slice_all(simplifier *s, const ag_spec *n) {
  const ag_type *t = type_of(s, n->in[0]);
  const ag_attr *begin = spec_attr(n, AG_KEY_begin), *size = spec_attr(n, AG_KEY_size),
                *step = spec_attr(n, AG_KEY_step);
  for (int i = 0; i < t->rank; i++)
    if (begin->ints[i] || size->ints[i] != t->dim[i] || (step->ints[i] != 1 && size->ints[i] > 1))
      return AG_NONE;
  return n->in[0];
}

/* slice(slice(x)) -> slice(x): begins and steps composed */
static ag_val slice_slice(simplifier *s, const ag_spec *n) {
  const ag_node *inner = made_by(s, n->in[0], AG_OP_SLICE);
  if (!inner)
    return AG_NONE;
  const ag_attr *b1 = attr(inner, AG_KEY_begin), *s1 = attr(inner, AG_KEY_step);
  const ag_attr *b2 = spec_attr(n, AG_KEY_begin), *s2 = spec_attr(n, AG_KEY_step);
  int64_t begin[AG_MAX_RANK], step[AG_MAX_RANK];
  for (uint32_t i = 0; i < b2->n; i++) {
    begin[i] = b1->ints[i] + b2->ints[i] * s1->ints[i];
    step[i] = s1->ints[i] * s2->ints[i];
  }
  ag_attr attrs[3] = {{.key = AG_KEY_begin, .kind = AG_ATTR_INTS, .n = b2->n, .ints = begin},
                      *spec_attr(n, AG_KEY_size),
                      {.key = AG_KEY_step, .kind = AG_ATTR_INTS, .n = b2->n, .ints = step}};
  return make(s, n, AG_OP_SLICE, inner->in, 1, attrs, 3);
}

/* Tiling once in every direction. */
static ag_val tile_once(simplifier *s, const ag_spec *n) {
  (void)s;
  const ag_attr *a = spec_attr(n, AG_KEY_multiples);
  for (uint32_t i = 0; i < a->n; i++)
    if (a->ints[i] != 1)
      return AG_NONE;
  return n->in[0];
}

/* Tiling a few times: joined with itself, whose loops need no division. */
static ag_val tile_few(simplifier *s, const ag_spec *n) {
  enum { FEW = 8 };
  const ag_attr *a = spec_attr(n, AG_KEY_multiples);
  int64_t times = 1;
  for (uint32_t i = 0; i < a->n && times <= FEW; i++)
    times = a->ints[i] > 0 && a->ints[i] <= FEW ? times * a->ints[i] : FEW + 1;
  ag_val now = n->in[0], same[FEW];
  const ag_type *t = &ag_graph_value(s->g, now)->type;
  for (uint32_t i = 0; i + 1 < a->n; i++)
    if (a->ints[i] != 1 && t->dim[i] == 1)
      return AG_NONE;
  for (uint32_t i = a->n; times <= FEW && i-- > 0;) {
    if (a->ints[i] == 1)
      continue;
    ag_attr axis = {.key = AG_KEY_axis, .kind = AG_ATTR_INT, .i = i};
    for (int64_t k = 0; k < a->ints[i]; k++)
      same[k] = now;
    now = make(s, n, AG_OP_CONCAT, same, (uint32_t)a->ints[i], &axis, 1);
  }
  return times <= FEW ? now : AG_NONE;
}

/* Padding by nothing. */
static ag_val pad_nothing(simplifier *s, const ag_spec *n) {
  const ag_attr *a = spec_attr(n, AG_KEY_paddings);
  for (uint32_t i = 0; i < a->n; i++)
    if (a->ints[i])
      return AG_NONE;
  return only(s, n->in[0], n->in[1]);
}

/* A concatenation of one. */
static ag_val concat_one(simplifier *s, const ag_spec *n) {
  (void)s;
  return n->n_in == 1 ? n->in[0] : AG_NONE;
}

/* stack(a, b, c)[1] -> b, unless b is weak: what comes out of an array is not */
static ag_val element_of_stack(simplifier *s, const ag_spec *n) {
  const ag_node *inner = made_by(s, n->in[0], AG_OP_STACK);
  int64_t i;
  if (!inner || n->n_in != 2 || ag_attr_int(inner->attrs, inner->n_attrs, AG_KEY_axis, -1) != 0 ||
      !ag_constant_int(s->g, n->in[1], &i))
    return AG_NONE;
  i += i < 0 ? inner->n_in : 0;
  return i >= 0 && i < inner->n_in && !type_of(s, inner->in[i])->weak ? inner->in[i] : AG_NONE;
}

/* (x with x[1, 2] = v)[1, 2] -> v, unless v is weak; (x with x[1, 2] = v)[1, 3] -> x[1, 3]. The
 * writes stay for those who read all of it. */
static ag_val element_of_set(simplifier *s, const ag_spec *n) {
  enum { MOST_WRITES = 64 }; /* looked through */
  int64_t read[AG_MAX_RANK], set[AG_MAX_RANK];
  uint32_t places = n->n_in - 1;
  ag_val in[AG_MAX_RANK + 1] = {n->in[0]};
  if (!made_by(s, in[0], AG_OP_SET_ELEMENT) ||
      !ag_known_place(s->g, in[0], n->in + 1, places, read))
    return AG_NONE;
  for (int i = 0; i < MOST_WRITES; i++) {
    const ag_node *inner = made_by(s, in[0], AG_OP_SET_ELEMENT);
    if (!inner || inner->n_in != n->n_in + 1 ||
        !ag_known_place(s->g, in[0], inner->in + 2, places, set))
      break;
    if (!memcmp(read, set, places * sizeof *read))
      return type_of(s, inner->in[1])->weak ? AG_NONE : inner->in[1];
    in[0] = inner->in[0];
  }
  if (in[0] == n->in[0])
    return AG_NONE;
  memcpy(in + 1, n->in + 1, places * sizeof *in);
  ag_spec before = *n;
  before.in = in;
  ag_nid id = ag_graph_put(s->g, s->g->current, &before, NULL, s->p->err);
  return id ? s->g->nodes[id].out : AG_NONE;
}

/* matmul(transpose(a), b) -> matmul(a, b, adj_x): the product reads either way */
static ag_val matmul_transpose(simplifier *s, const ag_spec *n) {
  for (int i = 0; i < 2; i++) {
    const ag_node *inner = made_by(s, n->in[i], AG_OP_TRANSPOSE);
    if (!inner || ag_is_complex((ag_dtype)type_of(s, n->in[i])->dtype))
      continue;
    const ag_attr *perm = attr(inner, AG_KEY_perm);
    bool last_two = perm->n >= 2;
    for (uint32_t k = 0; k < perm->n; k++) {
      uint32_t want = k + 2 < perm->n ? k : k + 2 == perm->n ? k + 1 : k - 1;
      last_two = last_two && perm->ints[k] == want;
    }
    if (!last_two)
      continue;
    bool adj[2] = {ag_attr_int(n->attrs, n->n_attrs, AG_KEY_adj_x, 0),
                   ag_attr_int(n->attrs, n->n_attrs, AG_KEY_adj_y, 0)};
    ag_val in[2] = {n->in[0], n->in[1]};
    adj[i] = !adj[i];
    in[i] = inner->in[0];
    ag_attr attrs[2] = {{.key = AG_KEY_adj_x, .kind = AG_ATTR_INT, .i = adj[0]},
                        {.key = AG_KEY_adj_y, .kind = AG_ATTR_INT, .i = adj[1]}};
    return make(s, n, AG_OP_MATMUL, in, 2, attrs, 2);
  }
  return AG_NONE;
}

/* A sum, product, maximum or minimum over no axes. For floats a sum starts from zero: 0.0 + -0.0 is
 * 0.0. */
static ag_val reduce_nothing(simplifier *s, const ag_spec *n) {
  bool first = n->op == AG_OP_MAX || n->op == AG_OP_MIN;
  return !spec_attr(n, AG_KEY_axis)->n && (first || exact(s, n)) ? n->in[0] : AG_NONE;
}

/* ---- the list ------------------------------------------------------------------------------- */

static const struct {
  ag_op op;
  rule *apply;
} rules[] = {
    {AG_OP_IDENTITY, itself},
    {AG_OP_ADD, add_zero},
    {AG_OP_ADD, add_neg},
    {AG_OP_SUB, sub_zero},
    {AG_OP_SUB, sub_self},
    {AG_OP_SUB, sub_neg},
    {AG_OP_MUL, mul_one},
    {AG_OP_MUL, mul_zero},
    {AG_OP_DIV, div_one},
    {AG_OP_DIV, div_power},
    {AG_OP_FLOORDIV, floordiv_one},
    {AG_OP_MOD, mod_one},
    {AG_OP_POW, pow_one},
    {AG_OP_POW, pow_zero},
    {AG_OP_POW, pow_two},
    {AG_OP_SHL, shift_zero},
    {AG_OP_SHR, shift_zero},
    {AG_OP_NEG, twice},
    {AG_OP_NOT, twice},
    {AG_OP_NOT, not_compare},
    {AG_OP_INVERT, twice},
    {AG_OP_ABS, again},
    {AG_OP_ABS, even},
    {AG_OP_SIGN, again},
    {AG_OP_SQUARE, even},
    {AG_OP_FLOOR, again},
    {AG_OP_CEIL, again},
    {AG_OP_ROUND, again},
    {AG_OP_TRUNC, again},
    {AG_OP_MAXIMUM, idempotent},
    {AG_OP_MINIMUM, idempotent},
    {AG_OP_BITAND, idempotent},
    {AG_OP_BITAND, and_zero},
    {AG_OP_BITOR, idempotent},
    {AG_OP_BITOR, or_zero},
    {AG_OP_BITXOR, xor_self},
    {AG_OP_BITXOR, or_zero},
    {AG_OP_AND, idempotent},
    {AG_OP_AND, and_true},
    {AG_OP_AND, and_zero},
    {AG_OP_OR, idempotent},
    {AG_OP_OR, or_zero},
    {AG_OP_OR, or_true},
    {AG_OP_XOR, xor_self},
    {AG_OP_XOR, or_zero},
    {AG_OP_XOR, xor_true},
    {AG_OP_EQ, compare_self},
    {AG_OP_EQ, compare_bool},
    {AG_OP_NE, compare_self},
    {AG_OP_NE, compare_bool},
    {AG_OP_LT, compare_self},
    {AG_OP_LE, compare_self},
    {AG_OP_GT, compare_self},
    {AG_OP_GE, compare_self},
    {AG_OP_SELECT, select_known},
    {AG_OP_SELECT, select_not},
    {AG_OP_SELECT, select_bools},
    {AG_OP_CAST, cast_nothing},
    {AG_OP_CAST, cast_cast},
    {AG_OP_PYADD, add_zero},
    {AG_OP_PYSUB, sub_zero},
    {AG_OP_PYSUB, sub_self},
    {AG_OP_PYMUL, mul_one},
    {AG_OP_PYMUL, mul_zero},
    {AG_OP_PYNEG, twice},
    {AG_OP_PYABS, again},
    {AG_OP_PYFLOORDIV, floordiv_one},
    {AG_OP_PYMOD, mod_one},
    {AG_OP_PYPOW, pow_one},
    {AG_OP_PYPOW, pow_zero},
    {AG_OP_PYSHL, shift_zero},
    {AG_OP_PYSHR, shift_zero},
    {AG_OP_BROADCAST, to_same_shape},
    {AG_OP_BROADCAST, broadcast_broadcast},
    {AG_OP_RESHAPE, to_same_shape},
    {AG_OP_RESHAPE, flatten_vector},
    {AG_OP_RESHAPE, reshape_reshape},
    {AG_OP_RESHAPE_TO, constant_shape},
    {AG_OP_FILL_TO, constant_shape},
    {AG_OP_TRANSPOSE, transpose_nothing},
    {AG_OP_TRANSPOSE, transpose_transpose},
    {AG_OP_SLICE, slice_all},
    {AG_OP_SLICE, slice_slice},
    {AG_OP_TILE, tile_once},
    {AG_OP_TILE, tile_few},
    {AG_OP_PAD, pad_nothing},
    {AG_OP_CONCAT, concat_one},
    {AG_OP_ELEMENT, element_of_stack},
    {AG_OP_ELEMENT, element_of_set},
    {AG_OP_SUM, reduce_nothing},
    {AG_OP_PROD, reduce_nothing},
    {AG_OP_MAX, reduce_nothing},
    {AG_OP_MIN, reduce_nothing},
    {AG_OP_MATMUL, matmul_transpose},
};
enum { RULES = sizeof rules / sizeof *rules };

/* Rules of one op stand together; the first of each op is found once. */
static uint8_t first_rule[AG_OP_COUNT]; /* 1 + index */
_Static_assert(RULES < 255, "an index fits in a byte");

__attribute__((constructor)) static void index_rules(void) {
  for (int i = RULES; i-- > 0;)
    first_rule[rules[i].op] = (uint8_t)(1 + i);
}

static ag_val apply_rules(simplifier *s, const ag_spec *n) {
  for (int i = first_rule[n->op]; i && i <= RULES && rules[i - 1].op == n->op; i++) {
    ag_val v = rules[i - 1].apply(s, n);
    if (v || s->p->err->code)
      return v;
  }
  return AG_NONE;
}

/* An equal value, or the node itself, added. */
static ag_val simplified(simplifier *s, const ag_spec *n, const ag_type *known) {
  for (uint32_t i = 0; i < n->n_in; i++)
    if (n->in[i] == AG_NONE)
      return AG_NONE;
  ag_val v = apply_rules(s, n);
  if (v || s->p->err->code)
    return v;
  ag_nid id = ag_graph_put(s->g, s->g->current, n, known, s->p->err);
  return id ? s->g->nodes[id].out : AG_NONE;
}

/* unstack(stack(a, b)) -> a, b: the one rule with several results */
static bool unstack_stack(simplifier *s, const ag_node *n, const ag_spec *spec) {
  if (n->op != AG_OP_UNSTACK)
    return false;
  const ag_node *inner = made_by(s, spec->in[0], AG_OP_STACK);
  if (!inner || inner->n_in != n->n_out || attr(inner, AG_KEY_axis)->i != attr(n, AG_KEY_axis)->i ||
      type_of(s, inner->in[0])->weak)
    return false;
  for (uint32_t i = 0; i < n->n_out; i++)
    ag_pass_map(s->p, n->out + i, inner->in[i]);
  return true;
}

static void visit(ag_pass *p, ag_nid id) {
  const ag_node *n = &p->from->nodes[id];
  simplifier s = {p, p->to};
  ag_spec spec;
  if (n->sub[0]) {
    ag_pass_copy(p, id);
    return;
  }
  if (!ag_pass_spec(p, id, &spec) || unstack_stack(&s, n, &spec))
    return;
  if (!first_rule[n->op]) {
    ag_pass_put(p, id, p->to->current, &spec);
    return;
  }
  uint32_t made = p->to->n_values, symbols = p->from->symbols;
  const ag_type *known = &p->from->values[n->out].type;
  ag_val v = simplified(&s, &spec, known);
  if (v >= made) /* what a rule made has the type of what it stands for */
    ag_type_refine(&p->to->values[v].type, known, symbols);
  if (v)
    ag_pass_map(p, n->out, v);
}

ag_graph *ag_pass_simplify(const ag_graph *g, ag_err *err) {
  return ag_pass_walk(g, visit, NULL, err);
}
