/* range_nodes.c - bounds of what a node makes, and which of its checks can fail. */
#include "ranges.h"

#include <string.h>

/* ---- nodes
 * ----------------------------------------------------------------------------------------- */

void ag_ranges_set(ag_ranges *f, ag_val v, ag_interval in) {
  ag_interval all = ag_ranges_whole(f, v);
  if (!ag_interval_within(in, all))
    in = all; /* it may wrap */
  f->at[v] = (ag_range){.in = in};
  f->exact[v] = (ag_affine){v, 0};
}

/* The value is in[k] + by, which does not wrap: it keeps what is known of that. */
static void set_moved(ag_ranges *f, ag_val v, ag_val from, int64_t by, ag_interval in) {
  ag_ranges_set(f, v, in);
  ag_affine made = f->exact[from];
  if (ag_affine_shift(&made, by))
    f->exact[v] = made;
  for (int i = 0; i < AG_UPPERS; i++) {
    ag_affine u = f->at[from].upper[i];
    if (u.base && ag_affine_shift(&u, by))
      ag_range_add_upper(&f->at[v], u);
  }
}

static bool is_one(ag_interval x) { return x.low == x.high && x.low > -AG_INTERVAL_MOST; }

static void visit_sum(ag_ranges *f, const ag_node *n, ag_fact *fact) {
  bool minus = n->op == AG_OP_SUB || n->op == AG_OP_PYSUB, fits = true;
  ag_val a = n->in[0], b = n->in[1];
  ag_interval x = f->at[a].in, y = f->at[b].in;
  ag_interval in = minus ? ag_interval_sub(x, y, &fits) : ag_interval_add(x, y, &fits);
  if (!minus && is_one(x)) { /* a constant stands second */
    ag_val c = a;
    a = b;
    b = c;
    y = x;
  }
  int64_t by = !is_one(y) ? 0 : minus ? -y.low : y.low;
  if (is_one(y) && !fits && by > 0) { /* below something: a step does not leave the numbers */
    for (int i = 0; i < AG_UPPERS; i++)
      fits |= f->at[a].upper[i].base && f->at[a].upper[i].off <= -by;
    if (fits) {
      int64_t low = f->at[a].in.low;
      in = ag_interval_make(low == INT64_MIN ? low : (__int128)low + by, INT64_MAX);
    }
  }
  bool python = n->op == AG_OP_PYADD || n->op == AG_OP_PYSUB;
  fact->fits = fits;
  if (python || (fits && ag_interval_within(in, ag_ranges_whole(f, n->out)))) {
    if (is_one(y)) {
      set_moved(f, n->out, a, by, in);
      return;
    }
    ag_ranges_set(f, n->out, in);
    if (!minus)
      return;
    /* a - b where b <= a + off: not below -off; and at most a - (the least b) */
    ag_affine top = f->exact[a];
    ag_range *r = &f->at[n->out];
    if (top.base && ag_ranges_at_most(f, b, 0, top) && r->in.low < 0)
      r->in.low = 0;
    if (top.base && ag_ranges_at_most(f, b, 1, top) && r->in.low < 1)
      r->in.low = 1;
    if (y.low >= -AG_INTERVAL_MOST) {
      if (top.base && ag_affine_shift(&top, -y.low))
        ag_range_add_upper(r, top);
      for (int i = 0; i < AG_UPPERS; i++) {
        ag_affine u = f->at[a].upper[i];
        if (u.base && ag_affine_shift(&u, -y.low))
          ag_range_add_upper(r, u);
      }
    }
    return;
  }
  ag_ranges_set(f, n->out, in);
}

static void visit_remainder(ag_ranges *f, const ag_node *n, ag_fact *fact) {
  ag_val a = n->in[0], b = n->in[1];
  ag_interval by = f->at[b].in;
  fact->nonzero = by.low > 0 || by.high < 0;
  fact->plain = f->at[a].in.low >= 0 && by.low > 0;
  if (n->op == AG_OP_FLOORDIV || n->op == AG_OP_PYFLOORDIV) {
    ag_ranges_set(f, n->out, ag_interval_div(f->at[a].in, by));
    if (fact->plain)
      for (int i = 0; i < AG_UPPERS; i++)
        ag_range_add_upper(&f->at[n->out], f->at[a].upper[i]);
    return;
  }
  ag_ranges_set(f, n->out, ag_interval_mod(f->at[a].in, by));
  if (by.low <= 0)
    return;
  ag_affine top = f->exact[b];
  if (ag_affine_shift(&top, -1))
    ag_range_add_upper(&f->at[n->out], top);
  for (int i = 0; i < AG_UPPERS; i++) {
    ag_affine u = f->at[b].upper[i];
    if (u.base && ag_affine_shift(&u, -1))
      ag_range_add_upper(&f->at[n->out], u);
  }
}

static void visit_choice(ag_ranges *f, const ag_node *n, ag_range a, ag_range b) {
  ag_range r = ag_range_join(a, b);
  ag_ranges_set(f, n->out, r.in);
  memcpy(f->at[n->out].upper, r.upper, sizeof r.upper);
}

static void visit_extreme(ag_ranges *f, const ag_node *n) {
  ag_range a = ag_range_of(f, n->in[0]), b = ag_range_of(f, n->in[1]), r = {.in = a.in};
  bool least = n->op == AG_OP_MINIMUM;
  if (least ? b.in.high < r.in.high : b.in.high > r.in.high)
    r.in.high = b.in.high;
  if (least ? b.in.low < r.in.low : b.in.low > r.in.low)
    r.in.low = b.in.low;
  if (!least) {
    ag_range both = ag_range_join(a, b);
    memcpy(r.upper, both.upper, sizeof r.upper);
  } else {
    for (int i = 0; i < AG_UPPERS; i++)
      ag_range_add_upper(&r, a.upper[i]);
    for (int i = 0; i < AG_UPPERS; i++)
      ag_range_add_upper(&r, b.upper[i]);
  }
  ag_ranges_set(f, n->out, r.in);
  memcpy(f->at[n->out].upper, r.upper, sizeof r.upper);
}

static void visit_constant(ag_ranges *f, const ag_node *n) {
  const ag_attr *a = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value);
  const void *p = ag_tensor_data(a->tensor);
  int64_t x;
  switch (a->tensor->dtype) {
#define X(D, T)                                                                                    \
  case D:                                                                                          \
    x = (int64_t) * (const T *)p;                                                                  \
    break;
    X(AG_BOOL, uint8_t)
    X(AG_I8, int8_t)
    X(AG_I16, int16_t)
    X(AG_I32, int32_t)
    X(AG_I64, int64_t)
    X(AG_U8, uint8_t)
    X(AG_U16, uint16_t)
    X(AG_U32, uint32_t)
#undef X
  default:
    ag_ranges_set(f, n->out, ag_ranges_whole(f, n->out));
    return;
  }
  ag_ranges_set(f, n->out, ag_interval_make(x, x));
  f->exact[n->out] = (ag_affine){0, x};
}

/* What the type of a tensor says, and what a node that makes one with a computed size does. */
static void visit_tensor(ag_ranges *f, const ag_node *n) {
  for (uint32_t k = 0; k < n->n_out; k++) {
    const ag_type *t = ag_ranges_type(f, n->out + k);
    if (t->rank > 0)
      f->room[n->out + k] = (ag_room){true, ag_ranges_size(f, t->dim[0])};
  }
  if (n->op == AG_OP_SET_ELEMENT || n->op == AG_OP_IDENTITY) {
    f->room[n->out] = f->room[n->in[0]];
  } else if (n->op == AG_OP_LIST_PUT && ag_ranges_number(f, n->in[2])) {
    ag_affine least = f->exact[n->in[2]];
    ag_room old = f->room[n->in[0]];
    if (old.known && ag_ranges_at_most(f, n->in[2], 1, old.least)) /* it was there */
      f->room[n->out] = old;
    else if (ag_affine_shift(&least, 1))
      f->room[n->out] = (ag_room){true, least};
  } else if (n->op == AG_OP_FILL_TO) {
    const ag_type *t = ag_ranges_type(f, n->out);
    const ag_node *shape = ag_graph_node(f->g, ag_graph_value(f->g, n->in[1])->node);
    if (shape->op != AG_OP_STACK || ag_ranges_type(f, n->in[1])->rank != 1 ||
        ag_ranges_type(f, n->in[1])->dtype != AG_I64)
      return;
    for (int i = 0; i < t->rank && i < (int)shape->n_in; i++)
      if (t->dim[i] < 0)
        f->alias[ag_size_number(&f->sizes, t->dim[i])] = f->exact[shape->in[i]];
    if (t->rank > 0)
      f->room[n->out].least = ag_ranges_size(f, t->dim[0]);
  }
}

/* Index operand k of n lies along `axis` of x. */
static void visit_index(ag_ranges *f, const ag_node *n, ag_fact *fact, uint32_t operand, int axis) {
  ag_val v = n->in[operand];
  const ag_type *x = ag_ranges_type(f, n->in[0]);
  if (axis >= x->rank)
    return;
  ag_affine size = ag_ranges_size(f, x->dim[axis]);
  if (!ag_ranges_number(f, v) || ag_ranges_type(f, v)->dtype == AG_U64)
    return;
  if (f->at[v].in.low >= 0) {
    fact->nonnegative |= (uint8_t)(1u << axis);
    const ag_room *r = &f->room[n->in[0]];
    if (ag_ranges_at_most(f, v, 1, size) ||
        (axis == 0 && r->known && ag_ranges_at_most(f, v, 1, r->least)))
      fact->inside |= (uint8_t)(1u << axis);
  }
  ag_range r = f->at[v]; /* what passed the check is inside */
  ag_affine last = size;
  if (!ag_affine_shift(&last, -1))
    return;
  if (last.base != (int64_t)v)
    ag_range_add_upper(&r, last);
  if (last.base == 0 && last.off < r.in.high)
    r.in.high = last.off;
  if (r.in.low <= r.in.high)
    ag_ranges_narrow(f, v, r);
}

static bool not_above(const ag_ranges *f, ag_val a, ag_val b, int64_t more) {
  return ag_ranges_at_most(f, a, more, f->exact[b]) ||
         (f->at[a].in.high < AG_INTERVAL_MOST && f->at[a].in.high + more <= f->at[b].in.low);
}

/* A comparison whose outcome is known. */
static void visit_comparison(ag_ranges *f, const ag_node *n, ag_fact *fact) {
  ag_val a = n->in[0], b = n->in[1];
  ag_ranges_set(f, n->out, (ag_interval){0, 1});
  if (!ag_ranges_number(f, a) || !ag_ranges_number(f, b) || ag_ranges_type(f, a)->dtype == AG_U64 ||
      ag_ranges_type(f, b)->dtype == AG_U64)
    return;
  bool less = not_above(f, a, b, 1), more = not_above(f, b, a, 1), not_more = not_above(f, a, b, 0),
       not_less = not_above(f, b, a, 0), yes, no;
  switch (n->op) {
  case AG_OP_LT:
    yes = less, no = not_less;
    break;
  case AG_OP_LE:
    yes = not_more, no = more;
    break;
  case AG_OP_GT:
    yes = more, no = not_more;
    break;
  case AG_OP_GE:
    yes = not_less, no = less;
    break;
  case AG_OP_NE:
    yes = less || more, no = false;
    break;
  default:
    yes = false, no = less || more;
    break;
  }
  fact->always = yes;
  fact->never = no;
  if (yes != no)
    ag_ranges_set(f, n->out, (ag_interval){yes, yes});
}

static void visit_numbers(ag_ranges *f, const ag_node *n, ag_fact *fact) {
  ag_val v = n->out;
  bool fits = true;
  if (ag_ranges_type(f, v)->dtype == AG_U64) { /* does not fit an interval */
    ag_ranges_set(f, v, ag_ranges_whole(f, v));
    return;
  }
  switch (n->op) {
  case AG_OP_CONST:
    visit_constant(f, n);
    break;
  case AG_OP_LT:
  case AG_OP_LE:
  case AG_OP_GT:
  case AG_OP_GE:
  case AG_OP_EQ:
  case AG_OP_NE:
    visit_comparison(f, n, fact);
    break;
  case AG_OP_ADD:
  case AG_OP_SUB:
  case AG_OP_PYADD:
  case AG_OP_PYSUB:
    visit_sum(f, n, fact);
    break;
  case AG_OP_MUL:
  case AG_OP_PYMUL: {
    ag_interval in = ag_interval_mul(f->at[n->in[0]].in, f->at[n->in[1]].in, &fits);
    fact->fits = fits;
    ag_ranges_set(f, v, in);
    break;
  }
  case AG_OP_NEG:
  case AG_OP_PYNEG: {
    ag_interval in = ag_interval_neg(f->at[n->in[0]].in, &fits);
    fact->fits = fits;
    ag_ranges_set(f, v, in);
    break;
  }
  case AG_OP_MOD:
  case AG_OP_PYMOD:
  case AG_OP_FLOORDIV:
  case AG_OP_PYFLOORDIV:
    visit_remainder(f, n, fact);
    break;
  case AG_OP_MINIMUM:
  case AG_OP_MAXIMUM:
    visit_extreme(f, n);
    break;
  case AG_OP_SELECT:
    visit_choice(f, n, ag_range_of(f, n->in[1]), ag_range_of(f, n->in[2]));
    break;
  case AG_OP_CAST:
  case AG_OP_IDENTITY:
    if (ag_ranges_number(f, n->in[0]) &&
        ag_interval_within(f->at[n->in[0]].in, ag_ranges_whole(f, v)) &&
        ag_ranges_type(f, n->in[0])->dtype != AG_U64 && ag_ranges_type(f, v)->dtype != AG_U64)
      set_moved(f, v, n->in[0], 0, f->at[n->in[0]].in);
    else
      ag_ranges_set(f, v, ag_ranges_whole(f, v));
    break;
  case AG_OP_DIM: {
    int64_t dim =
        ag_ranges_type(f, n->in[0])->rank < 0
            ? 0
            : ag_ranges_type(f, n->in[0])->dim[ag_attr_int(n->attrs, n->n_attrs, AG_KEY_axis, 0)];
    ag_ranges_set(f, v,
                  dim >= 0 && ag_ranges_type(f, n->in[0])->rank > 0 ? ag_interval_make(dim, dim)
                                                                    : (ag_interval){0, INT64_MAX});
    if (ag_ranges_type(f, n->in[0])->rank > 0 && ag_ranges_type(f, v)->dtype == AG_I64)
      f->exact[v] = ag_ranges_size(f, dim);
    break;
  }
  case AG_OP_PYINDEX: {
    ag_affine size = f->exact[n->in[1]];
    if (f->at[n->in[0]].in.low >= 0)
      fact->nonnegative = 1;
    if (fact->nonnegative && ag_ranges_at_most(f, n->in[0], 1, size))
      fact->inside = 1;
    if (fact->nonnegative)
      set_moved(f, v, n->in[0], 0, f->at[n->in[0]].in);
    else
      ag_ranges_set(f, v, (ag_interval){0, INT64_MAX});
    if (!ag_affine_shift(&size, -1))
      break;
    ag_range_add_upper(&f->at[v], size);
    ag_range r = f->at[n->in[0]]; /* what passed the check */
    if (size.base != (int64_t)n->in[0])
      ag_range_add_upper(&r, size);
    ag_ranges_narrow(f, n->in[0], r);
    break;
  }
  default:
    ag_ranges_set(f, v, ag_ranges_whole(f, v));
    break;
  }
}

void ag_ranges_visit(ag_ranges *f, const ag_node *n, ag_fact *fact) {
  if (n->n_out == 1 && ag_ranges_number(f, n->out))
    visit_numbers(f, n, fact);
  else
    for (uint32_t k = 0; k < n->n_out; k++)
      if (ag_ranges_number(f, n->out + k))
        ag_ranges_set(f, n->out + k, ag_ranges_whole(f, n->out + k));
  visit_tensor(f, n);
  if (n->op == AG_OP_ELEMENT || n->op == AG_OP_SET_ELEMENT) {
    uint32_t first = n->op == AG_OP_ELEMENT ? 1 : 2;
    for (uint32_t k = first; k < n->n_in; k++)
      visit_index(f, n, fact, k, (int)(k - first));
  }
  if (n->op == AG_OP_ASSERT)
    ag_ranges_assume(f, n->in[0], true);
}
