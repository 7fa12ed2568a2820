/* range_walk.c - which checks of integers can fail: indices, overflow, division by zero.
 *
 * Walks the graph in order with an interval and up to three upper bounds by other values for each
 * number, narrowed where a branch, a loop's test or a check says more. A loop's body is walked
 * until what its variables are assumed to be is what they become. Facts are written at every walk,
 * so the last one, of the widest assumptions, stays. */
#include "ranges.h"

#include <string.h>

enum { DEEP = 3, ROUNDS = 8, MOST_PAIRED = 24, VISITS = 8, FREE = 1000, TRIES = 2 };

static void rename_bases(ag_range *r, const ag_val *from, const ag_val *to, uint32_t n) {
  for (int i = 0; i < AG_UPPERS; i++)
    for (uint32_t k = 0; k < n; k++)
      if (r->upper[i].base == (int64_t)from[k]) {
        r->upper[i].base = to[k];
        break;
      }
}

/* ---- regions
 * --------------------------------------------------------------------------------------- */

static void walk(ag_ranges *f, ag_region r);

/* The region does not get to its end. */
static bool leaves(const ag_ranges *f, ag_region r) {
  for (ag_nid id = ag_graph_region(f->g, r)->first; id; id = ag_graph_node(f->g, id)->next)
    if (ag_graph_node(f->g, id)->op == AG_OP_RAISE)
      return true;
  return false;
}

/* What one side of a branch gives. */
typedef struct side {
  ag_range *at;
  ag_room *room;
  ag_affine *exact;
  bool *paired; /* result p is at least as long as number q */
} side;

static bool at_most_room(const ag_ranges *f, ag_val number, ag_val tensor) {
  return f->room[tensor].known && ag_ranges_at_most(f, number, 0, f->room[tensor].least);
}

static bool can_pair(const ag_ranges *f, ag_val tensor, ag_val number) {
  return ag_ranges_type(f, tensor)->rank > 0 && ag_ranges_number(f, number) &&
         ag_ranges_type(f, number)->dtype == AG_I64;
}

static bool walk_side(ag_ranges *f, const ag_node *n, int s, side *out) {
  const ag_region_info *r = ag_graph_region(f->g, n->sub[s]);
  uint32_t mark = f->n_changes, most = n->n_out;
  out->at = ag_arena_alloc(f->arena, (most + 1) * sizeof *out->at);
  out->room = ag_arena_alloc(f->arena, (most + 1) * sizeof *out->room);
  out->exact = ag_arena_alloc(f->arena, (most + 1) * sizeof *out->exact);
  bool pairs = most <= MOST_PAIRED;
  out->paired = ag_arena_alloc(f->arena, (pairs ? most * most : 0) + 1);
  if (!out->at || !out->room || !out->exact || !out->paired) {
    ag_fail(f->err, AG_ERR_NOMEM, 0, "out of memory");
    return false;
  }
  ag_ranges_assume(f, n->in[0], s == 0);
  walk(f, n->sub[s]);
  for (uint32_t k = 0; k < most; k++) {
    ag_val v = r->results[k];
    out->at[k] = ag_range_in(f, ag_ranges_number(f, v) ? ag_range_of(f, v) : f->at[v], n->region);
    out->room[k] = f->room[v];
    out->exact[k] = f->exact[v];
    for (uint32_t q = 0; pairs && q < most; q++)
      out->paired[k * most + q] =
          can_pair(f, v, r->results[q]) && at_most_room(f, r->results[q], v);
  }
  ag_ranges_undo(f, mark);
  return true;
}

static void visit_cond(ag_ranges *f, const ag_node *n) {
  side a, b;
  if (!walk_side(f, n, 0, &a) || !walk_side(f, n, 1, &b))
    return;
  bool never[2] = {leaves(f, n->sub[0]), leaves(f, n->sub[1])};
  uint32_t most = n->n_out;
  for (uint32_t k = 0; k < most; k++) {
    ag_val v = n->out + k;
    const ag_type *t = ag_ranges_type(f, v);
    if (ag_ranges_number(f, v)) {
      ag_range r = never[0] ? b.at[k] : never[1] ? a.at[k] : ag_range_join(a.at[k], b.at[k]);
      ag_ranges_set(f, v, r.in);
      if (ag_interval_within(r.in, ag_ranges_whole(f, v)))
        memcpy(f->at[v].upper, r.upper, sizeof r.upper);
    } else if (t->rank > 0) {
      for (int i = 0; i < t->rank; i++) {
        if (t->dim[i] >= 0)
          continue;
        ag_affine x = ag_ranges_size(
            f, ag_ranges_type(f, ag_graph_region(f->g, n->sub[0])->results[k])->dim[i]);
        ag_affine y = ag_ranges_size(
            f, ag_ranges_type(f, ag_graph_region(f->g, n->sub[1])->results[k])->dim[i]);
        if (x.base == y.base && x.off == y.off && ag_affine_holds(f, x, n->region))
          f->alias[ag_size_number(&f->sizes, t->dim[i])] = x;
      }
      f->room[v] = (ag_room){true, ag_ranges_size(f, t->dim[0])};
      ag_affine x = a.room[k].least, y = b.room[k].least;
      bool same = a.room[k].known && b.room[k].known && x.base == y.base &&
                  ag_affine_holds(f, x, n->region);
      if (same)
        f->room[v].least = x.off < y.off ? x : y;
      for (uint32_t q = 0; !(same && x.off == y.off) && most <= MOST_PAIRED && q < most; q++) {
        uint32_t near = (k + 1 + q) % most;
        if ((never[0] || a.paired[k * most + near]) && (never[1] || b.paired[k * most + near])) {
          f->room[v].least = (ag_affine){n->out + near, 0};
          break;
        }
      }
    }
  }
  for (int s = 0; s < 2; s++)
    if (never[s])
      ag_ranges_assume(f, n->in[0], s == 1);
}

/* ---- loops
 * ----------------------------------------------------------------------------------------- */

/* What is assumed of a variable of a loop, round after round: that the size of a tensor is at least
 * what it was at first, or a number; that a number is at most another one. */
typedef struct held {
  bool keeps;    /* what it was at first: for as long as `first` stands */
  uint32_t with; /* else variable number with - 1; 0: nothing */
  ag_room first;
} held;

typedef struct looping {
  ag_ranges *f;
  const ag_node *n;
  const ag_region_info *test, *body;
  ag_range *now; /* by variable */
  held *held;
  bool *gone; /* pairs that did not hold */
} looping;

/* The next assumption for variable k; false when there is none left. */
static void next_held(looping *l, uint32_t k) {
  ag_ranges *f = l->f;
  held *h = &l->held[k];
  uint32_t most = l->n->n_out;
  h->keeps = h->first.known && h->first.least.base != 0;
  h->with = 0;
  for (uint32_t q = 0; !h->keeps && most <= MOST_PAIRED && q < most; q++) {
    uint32_t near = (k + 1 + q) % most;
    if (!l->gone[k * most + near] && can_pair(f, l->body->params[k], l->body->params[near]) &&
        at_most_room(f, l->n->in[near], l->n->in[k])) {
      h->with = near + 1;
      return;
    }
  }
  h->keeps = h->first.known;
}

/* v <= w, by what w was made of. */
static bool below(const ag_ranges *f, ag_val v, ag_val w) {
  return ag_ranges_at_most(f, v, 0, f->exact[w]);
}

/* Variable k is an int64, from the start. */
static bool is_long(const looping *l, uint32_t k) {
  ag_val b = l->body->params[k];
  return ag_ranges_number(l->f, b) && ag_ranges_type(l->f, b)->dtype == AG_I64 &&
         ag_ranges_type(l->f, l->n->in[k])->dtype == AG_I64;
}

/* Variable q is one that each turn counts up. */
static bool counts(const looping *l, uint32_t q) {
  const ag_graph *g = l->f->g;
  const ag_node *n = ag_graph_node(g, ag_graph_value(g, l->body->results[q])->node);
  return (n->op == AG_OP_ADD || n->op == AG_OP_PYADD) && n->in[0] == l->body->params[q] &&
         is_long(l, q);
}

/* As next_held for number k: such as the best place so far, which is at most the next one. */
static void next_below(looping *l, uint32_t k) {
  const ag_ranges *f = l->f;
  uint32_t most = l->n->n_out, tried = 0;
  l->held[k].with = 0;
  if (most > MOST_PAIRED || !is_long(l, k))
    return;
  for (uint32_t q = 0; q < most && tried < TRIES && !l->held[k].with; q++) {
    tried += l->gone[k * most + q];
    if (q != k && !l->gone[k * most + q] && counts(l, q) && below(f, l->n->in[k], l->n->in[q]))
      l->held[k].with = q + 1;
  }
}

static void assume_variables(looping *l) {
  ag_ranges *f = l->f;
  for (uint32_t k = 0; k < l->n->n_out; k++) {
    ag_val t = l->test->params[k], b = l->body->params[k];
    const held *h = &l->held[k];
    if (ag_ranges_number(f, b)) {
      ag_ranges_set(f, t, l->now[k].in);
      if (h->with) /* the first, which others do not displace */
        ag_range_add_upper(&f->at[t], (ag_affine){l->test->params[h->with - 1], 0});
      for (int i = 0; i < AG_UPPERS; i++)
        ag_range_add_upper(&f->at[t], l->now[k].upper[i]);
      ag_ranges_set(f, b, l->now[k].in);
    } else if (ag_ranges_type(f, b)->rank > 0) {
      f->room[t] = f->room[b] = (ag_room){true, ag_ranges_size(f, ag_ranges_type(f, b)->dim[0])};
      if (h->with) {
        f->room[t].least = (ag_affine){l->test->params[h->with - 1], 0};
        f->room[b].least = (ag_affine){l->body->params[h->with - 1], 0};
      } else if (h->keeps) {
        f->room[t] = f->room[b] = h->first;
      }
    }
  }
}

/* One round: true when what the variables become is what was assumed of them. */
static bool walk_loop(looping *l, int round) {
  ag_ranges *f = l->f;
  uint32_t mark = f->n_changes, most = l->n->n_out;
  assume_variables(l);
  walk(f, l->n->sub[0]);
  ag_ranges_assume(f, l->test->results[0], true);
  for (uint32_t k = 0; k < most; k++) {
    ag_val b = l->body->params[k];
    if (!ag_ranges_number(f, b))
      continue;
    ag_range r = f->at[l->test->params[k]];
    rename_bases(&r, l->test->params, l->body->params, most);
    f->at[b] = ag_range_in(f, r, l->n->sub[1]);
  }
  walk(f, l->n->sub[1]);
  bool stable = true;
  for (uint32_t k = 0; k < most; k++) {
    ag_val next = l->body->results[k];
    held *h = &l->held[k];
    if (ag_ranges_number(f, next)) {
      ag_range r = ag_range_in(f, ag_range_of(f, next), l->n->region),
               both = ag_range_join(l->now[k], r);
      if (!ag_interval_within(r.in, l->now[k].in)) {
        both.in =
            round + 2 < ROUNDS ? ag_interval_widen(l->now[k].in, r.in) : ag_ranges_whole(f, next);
        stable = false;
      }
      ag_range had = l->now[k];
      for (int i = 0; i < AG_UPPERS; i++) { /* a bound that moved would move again */
        bool kept = !had.upper[i].base;
        for (int j = 0; j < AG_UPPERS; j++)
          kept |= both.upper[j].base == had.upper[i].base && both.upper[j].off <= had.upper[i].off;
        if (kept)
          continue;
        had.upper[i].base = 0;
        stable = false;
      }
      had.in = both.in;
      l->now[k] = had;
      if (h->with && !below(f, next, l->body->results[h->with - 1])) {
        l->gone[k * most + h->with - 1] = true;
        stable = false;
      }
    } else if (h->with) {
      if (!at_most_room(f, l->body->results[h->with - 1], next)) {
        l->gone[k * most + h->with - 1] = true;
        stable = false;
      }
    } else if (h->keeps) {
      const ag_room *r = &f->room[next];
      if (!r->known || r->least.base != h->first.least.base || r->least.off < h->first.least.off) {
        h->first.known = false;
        stable = false;
      }
    }
  }
  ag_ranges_undo(f, mark);
  for (uint32_t k = 0; !stable && k < most; k++)
    if (ag_ranges_type(f, l->body->params[k])->rank > 0)
      next_held(l, k);
    else if (ag_ranges_number(f, l->body->params[k]))
      next_below(l, k);
  return stable;
}

/* Nothing is assumed but types. */
static void know_nothing(looping *l) {
  for (uint32_t k = 0; k < l->n->n_out; k++) {
    ag_val b = l->body->params[k];
    l->held[k] = (held){0};
    l->now[k] = (ag_range){.in = ag_ranges_number(l->f, b) ? ag_ranges_whole(l->f, b)
                                                           : (ag_interval){0, 0}};
  }
}

/* Sizes that the loop does not change are those of the first values. */
static void alias_sizes(looping *l) {
  ag_ranges *f = l->f;
  for (uint32_t k = 0; k < l->n->n_out; k++) {
    const ag_type *in = ag_ranges_type(f, l->n->in[k]), *p = ag_ranges_type(f, l->body->params[k]);
    const ag_type *next = ag_ranges_type(f, l->body->results[k]),
                  *out = ag_ranges_type(f, l->n->out + k);
    if (in->rank < 1 || in->rank != p->rank || in->rank != next->rank || in->rank != out->rank)
      continue;
    for (int i = 0; i < p->rank; i++) {
      if (p->dim[i] >= 0 || next->dim[i] != p->dim[i])
        continue;
      ag_affine size = ag_ranges_size(f, in->dim[i]);
      int64_t test = ag_ranges_type(f, l->test->params[k])->dim[i];
      f->alias[ag_size_number(&f->sizes, p->dim[i])] = size;
      if (test < 0)
        f->alias[ag_size_number(&f->sizes, test)] = size;
      if (out->dim[i] < 0)
        f->alias[ag_size_number(&f->sizes, out->dim[i])] = size;
    }
  }
}

static void visit_while(ag_ranges *f, const ag_node *n) {
  looping l = {.f = f, .n = n};
  uint32_t most = n->n_out;
  l.test = ag_graph_region(f->g, n->sub[0]);
  l.body = ag_graph_region(f->g, n->sub[1]);
  l.now = ag_arena_alloc(f->arena, (most + 1) * sizeof *l.now);
  l.held = ag_arena_alloc(f->arena, (most + 1) * sizeof *l.held);
  l.gone = ag_arena_alloc(f->arena, most <= MOST_PAIRED ? most * most + 1 : 1);
  if (!l.now || !l.held || !l.gone) {
    ag_fail(f->err, AG_ERR_NOMEM, 0, "out of memory");
    return;
  }
  alias_sizes(&l);
  for (uint32_t k = 0; k < most; k++) {
    if (ag_ranges_number(f, n->in[k])) {
      l.now[k] = ag_range_of(f, n->in[k]);
      next_below(&l, k);
    } else if (ag_ranges_type(f, n->in[k])->rank > 0) {
      l.held[k].first = f->room[n->in[k]];
      next_held(&l, k);
    }
    if (ag_ranges_number(f, n->in[k]) &&
        ag_ranges_type(f, n->in[k])->dtype != ag_ranges_type(f, l.body->params[k])->dtype)
      l.now[k] = (ag_range){.in = ag_ranges_whole(f, l.body->params[k])};
  }
  if (++f->depth > DEEP || f->visits / VISITS > ag_graph_nodes(f->g) + FREE)
    know_nothing(&l);
  bool stable = false;
  for (int round = 0; round < ROUNDS && !stable && !f->err->code; round++)
    stable = walk_loop(&l, round);
  if (!stable) {
    know_nothing(&l);
    walk_loop(&l, ROUNDS);
    know_nothing(&l);
  }
  f->depth--;
  uint32_t mark = f->n_changes;
  assume_variables(&l);
  walk(f, n->sub[0]); /* the test that ends it */
  ag_ranges_assume(f, l.test->results[0], false);
  for (uint32_t k = 0; k < most; k++) {
    ag_val v = n->out + k;
    const held *h = &l.held[k];
    if (ag_ranges_number(f, v)) {
      ag_range r = f->at[l.test->params[k]];
      for (int i = 0; i < AG_UPPERS; i++)
        for (uint32_t j = 0; j < most; j++)
          if (r.upper[i].base == (int64_t)l.test->params[j]) {
            r.upper[i].base = n->out + j;
            break;
          }
      r = ag_range_in(f, r, n->region);
      ag_ranges_set(f, v, r.in);
      memcpy(f->at[v].upper, r.upper, sizeof r.upper);
    } else if (ag_ranges_type(f, v)->rank > 0) {
      f->room[v] = (ag_room){true, ag_ranges_size(f, ag_ranges_type(f, v)->dim[0])};
      if (h->with)
        f->room[v].least = (ag_affine){n->out + h->with - 1, 0};
      else if (h->keeps)
        f->room[v] = h->first;
    }
  }
  ag_ranges_undo(f, mark);
}

static void visit(ag_ranges *f, ag_nid id, const ag_node *n) {
  f->facts[id] = (ag_fact){0};
  f->visits++;
  if (n->op == AG_OP_COND)
    visit_cond(f, n);
  else if (n->op == AG_OP_WHILE)
    visit_while(f, n);
  else if (n->op != AG_OP_PARAM || !n->region) /* the owner's: set by it */
    ag_ranges_visit(f, n, &f->facts[id]);
}

static void walk(ag_ranges *f, ag_region r) {
  for (ag_nid id = ag_graph_region(f->g, r)->first; id && !f->err->code;) {
    const ag_node *n = ag_graph_node(f->g, id);
    visit(f, id, n);
    id = n->next;
  }
}

static bool allocate(ag_ranges *f, ag_arena *arena) {
  size_t values = ag_graph_values(f->g) + 1;
  f->facts = ag_arena_alloc(arena, (ag_graph_nodes(f->g) + 1) * sizeof *f->facts);
  f->arena = ag_arena_new();
  if (!f->arena || !f->facts || !ag_sizes_find(f->g, f->arena, &f->sizes))
    return false;
  size_t sizes = f->sizes.n;
  f->at = ag_arena_alloc(f->arena, values * sizeof *f->at);
  f->exact = ag_arena_alloc(f->arena, values * sizeof *f->exact);
  f->room = ag_arena_alloc(f->arena, values * sizeof *f->room);
  f->alias = ag_arena_alloc(f->arena, sizes * sizeof *f->alias);
  f->first = ag_arena_alloc(f->arena, sizes * sizeof *f->first);
  return f->at && f->exact && f->room && f->alias && f->first;
}

ag_code ag_ranges_find(const ag_graph *g, ag_arena *arena, ag_fact **facts, ag_err *err) {
  ag_ranges f = {.g = g, .err = err};
  if (!allocate(&f, arena)) {
    ag_arena_free(f.arena);
    return ag_fail(err, AG_ERR_NOMEM, 0, "out of memory");
  }
  for (int64_t s = 1; s < f.sizes.n; s++)
    f.alias[s] = (ag_affine){-s, 0};
  for (ag_val v = ag_graph_values(g); v-- > 1;) {
    const ag_type *t = ag_ranges_type(&f, v);
    f.exact[v] = (ag_affine){v, 0};
    if (ag_ranges_number(&f, v))
      f.at[v].in = ag_ranges_whole(&f, v);
    for (int i = 0; i < t->rank; i++)
      if (t->dim[i] < 0)
        f.first[ag_size_number(&f.sizes, t->dim[i])] = v;
  }
  walk(&f, 0);
  ag_free(f.changes);
  ag_arena_free(f.arena);
  *facts = f.facts;
  return err->code;
}
