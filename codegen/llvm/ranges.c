/* ranges.c - bounds of numbers by numbers and by other values, and what a condition adds to them.
 */
#include "ranges.h"

#include <string.h>

/* ---- affine
 * ---------------------------------------------------------------------------------------- */

bool ag_affine_holds(const ag_ranges *f, ag_affine a, ag_region r) {
  if (a.base == 0)
    return true;
  ag_val v = a.base > 0 ? (ag_val)a.base : f->first[-a.base];
  return v && ag_graph_visible(f->g, v, r);
}

static int64_t lowest(const ag_ranges *f, ag_affine a) {
  int64_t low = a.base > 0 ? f->at[a.base].in.low : 0, sum;
  if (a.base == 0)
    return a.off;
  return low < -AG_INTERVAL_MOST || __builtin_add_overflow(low, a.off, &sum) ? INT64_MIN : sum;
}

static bool at_most(const ag_ranges *f, ag_val v, int64_t more, ag_affine a, int links) {
  const ag_range *r = &f->at[v];
  int64_t sum;
  if (r->in.high < AG_INTERVAL_MOST && !__builtin_add_overflow(r->in.high, more, &sum) &&
      sum <= lowest(f, a))
    return true;
  if (a.base == 0)
    return false;
  ag_affine same = f->exact[v];
  if (same.base == a.base && ag_affine_shift(&same, more) && same.off <= a.off)
    return true;
  for (int i = 0; i < AG_UPPERS; i++) {
    ag_affine u = r->upper[i];
    if (!u.base || !ag_affine_shift(&u, more))
      continue;
    if (u.base == a.base && u.off <= a.off)
      return true;
    if (links && u.base > 0 && at_most(f, (ag_val)u.base, u.off, a, links - 1))
      return true;
  }
  return false;
}

bool ag_ranges_at_most(const ag_ranges *f, ag_val v, int64_t more, ag_affine a) {
  return at_most(f, v, more, a, 1);
}

/* ---- ranges
 * ---------------------------------------------------------------------------------------- */

void ag_range_add_upper(ag_range *r, ag_affine u) {
  if (!u.base)
    return;
  for (int i = 0; i < AG_UPPERS; i++)
    if (r->upper[i].base == u.base) {
      if (u.off < r->upper[i].off)
        r->upper[i].off = u.off;
      return;
    }
  for (int i = 0; i < AG_UPPERS; i++)
    if (!r->upper[i].base) {
      r->upper[i] = u;
      return;
    }
  r->upper[AG_UPPERS - 1] = u;
}

/* Only what holds of both. */
ag_range ag_range_join(ag_range a, ag_range b) {
  ag_range r = {.in = ag_interval_join(a.in, b.in)};
  for (int i = 0; i < AG_UPPERS; i++)
    for (int k = 0; k < AG_UPPERS; k++)
      if (a.upper[i].base && a.upper[i].base == b.upper[k].base)
        ag_range_add_upper(&r, a.upper[i].off > b.upper[k].off ? a.upper[i] : b.upper[k]);
  return r;
}

ag_range ag_range_in(const ag_ranges *f, ag_range r, ag_region region) {
  for (int i = 0; i < AG_UPPERS; i++)
    if (!ag_affine_holds(f, r.upper[i], region))
      r.upper[i].base = 0;
  return r;
}

ag_range ag_range_of(const ag_ranges *f, ag_val v) {
  ag_range r = f->at[v];
  ag_range_add_upper(&r, f->exact[v]);
  return r;
}

void ag_ranges_narrow(ag_ranges *f, ag_val v, ag_range r) {
  if (!memcmp(&f->at[v], &r, sizeof r))
    return;
  if (!ag_grow(f->changes, f->cap_changes, f->n_changes + 1)) {
    ag_fail(f->err, AG_ERR_NOMEM, 0, "out of memory");
    return;
  }
  f->changes[f->n_changes++] = (struct ag_narrowed){v, f->at[v]};
  f->at[v] = r;
}

void ag_ranges_undo(ag_ranges *f, uint32_t mark) {
  while (f->n_changes > mark) {
    struct ag_narrowed *c = &f->changes[--f->n_changes];
    f->at[c->v] = c->old;
  }
}

/* Bounds that are kept lie within AG_INTERVAL_MOST (interval.h): sums of others would wrap. */
static bool may_keep(int64_t bound) {
  return bound >= -AG_INTERVAL_MOST && bound <= AG_INTERVAL_MOST;
}

/* v <= w - less, and so is what v was made of by adding a constant. */
static void narrow_above(ag_ranges *f, ag_val v, ag_val w, int64_t less) {
  ag_range r = f->at[v], other = f->at[w];
  ag_affine same = f->exact[w];
  int64_t high;
  if (!__builtin_sub_overflow(other.in.high, less, &high) && high < r.in.high && may_keep(high))
    r.in.high = high;
  if (same.base != (int64_t)v && ag_affine_shift(&same, -less))
    ag_range_add_upper(&r, same);
  for (int i = 0; i < AG_UPPERS; i++)
    if (other.upper[i].base && other.upper[i].base != (int64_t)v &&
        ag_affine_shift(&other.upper[i], -less))
      ag_range_add_upper(&r, other.upper[i]);
  ag_ranges_narrow(f, v, r);
  ag_affine made = f->exact[v];
  if (made.base <= 0 || made.base == (int64_t)v)
    return;
  ag_range from = f->at[made.base];
  if (r.in.high < AG_INTERVAL_MOST && !__builtin_sub_overflow(r.in.high, made.off, &high) &&
      high < from.in.high && may_keep(high))
    from.in.high = high;
  for (int i = 0; i < AG_UPPERS; i++)
    if (r.upper[i].base != made.base && ag_affine_shift(&r.upper[i], -made.off))
      ag_range_add_upper(&from, r.upper[i]);
  ag_ranges_narrow(f, (ag_val)made.base, from);
}

/* v >= w + more */
static void narrow_below(ag_ranges *f, ag_val v, ag_val w, int64_t more) {
  ag_range r = f->at[v];
  int64_t low = f->at[w].in.low;
  if (__builtin_add_overflow(low, more, &low) || low <= r.in.low || !may_keep(low))
    return;
  r.in.low = low;
  ag_ranges_narrow(f, v, r);
  ag_affine made = f->exact[v];
  if (made.base <= 0 || made.base == (int64_t)v)
    return;
  ag_range from = f->at[made.base];
  if (!__builtin_sub_overflow(low, made.off, &low) && low > from.in.low && may_keep(low)) {
    from.in.low = low;
    ag_ranges_narrow(f, (ag_val)made.base, from);
  }
}

static void narrow_less(ag_ranges *f, ag_val a, ag_val b, int64_t strict) {
  if (!ag_ranges_number(f, a) || !ag_ranges_number(f, b) || ag_ranges_type(f, a)->dtype == AG_U64 ||
      ag_ranges_type(f, b)->dtype == AG_U64)
    return;
  narrow_above(f, a, b, strict);
  narrow_below(f, b, a, strict);
}

static void narrow_apart(ag_ranges *f, ag_val v, ag_val w) {
  ag_range r = f->at[v];
  ag_interval one = f->at[w].in;
  if (one.low != one.high)
    return;
  if (r.in.low == one.low)
    r.in.low++;
  else if (r.in.high == one.low)
    r.in.high--;
  if (r.in.low <= r.in.high)
    ag_ranges_narrow(f, v, r);
}

static bool constant_bool(const ag_ranges *f, ag_val v, bool is) {
  const ag_node *n = ag_graph_node(f->g, ag_graph_value(f->g, v)->node);
  const ag_attr *a = n->op == AG_OP_CONST ? ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value) : NULL;
  return a && a->tensor->rank == 0 && a->tensor->dtype == AG_BOOL &&
         (*(const uint8_t *)ag_tensor_data(a->tensor) != 0) == is;
}

/* What follows from a bool being `is`. */
static void follow(ag_ranges *f, ag_val test, bool is, int depth) {
  const ag_value *value = ag_graph_value(f->g, test);
  const ag_node *n = ag_graph_node(f->g, value->node);
  if (depth > 12 || value->type.rank != 0)
    return;
  switch (n->op) {
  case AG_OP_NOT:
    follow(f, n->in[0], !is, depth + 1);
    break;
  case AG_OP_AND:
  case AG_OP_OR:
    if (is == (n->op == AG_OP_AND)) {
      follow(f, n->in[0], is, depth + 1);
      follow(f, n->in[1], is, depth + 1);
    }
    break;
  case AG_OP_LT:
  case AG_OP_LE:
  case AG_OP_GT:
  case AG_OP_GE: {
    bool less = (n->op == AG_OP_LT || n->op == AG_OP_LE) == is; /* a on the lower side */
    bool strict = (n->op == AG_OP_LT || n->op == AG_OP_GT) == is;
    narrow_less(f, n->in[less ? 0 : 1], n->in[less ? 1 : 0], strict);
    break;
  }
  case AG_OP_EQ:
  case AG_OP_NE:
    if (!ag_ranges_number(f, n->in[0]) || !ag_ranges_number(f, n->in[1]))
      break;
    if (is == (n->op == AG_OP_EQ)) {
      narrow_less(f, n->in[0], n->in[1], 0);
      narrow_less(f, n->in[1], n->in[0], 0);
    } else {
      narrow_apart(f, n->in[0], n->in[1]);
      narrow_apart(f, n->in[1], n->in[0]);
    }
    break;
  case AG_OP_COND: /* `a and b` is cond(a) {b} {false}, `a or b` is cond(a) {true} {b} */
    for (int s = 0; s < 2; s++) {
      ag_val here = ag_graph_region(f->g, n->sub[s])->results[value->index];
      ag_val there = ag_graph_region(f->g, n->sub[!s])->results[value->index];
      bool same =
          there == n->in[0] && (s == 1) == !is; /* the other side gives the condition: not `is` */
      if (!same && !constant_bool(f, there, !is))
        continue;
      follow(f, n->in[0], s == 0, depth + 1);
      follow(f, here, is, depth + 1);
      break;
    }
    break;
  default:
    break;
  }
}

void ag_ranges_assume(ag_ranges *f, ag_val test, bool is) { follow(f, test, is, 0); }
