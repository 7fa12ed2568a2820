/* carry.c - an element that the turn before has written stays in a register: in
 * `x[i] = x[i - 1] * a + b[i]` a turn need not wait until memory gives back what was just stored.
 *
 * Each turn of the loop writes one element of a variable, and the body reads at a place that, with
 * the counter one step further, is the one written. The first turn has its element from before the
 * loop; it is read only where it is inside, for the turn's own checks say what is wrong first.
 *
 * Needs:  places of what is outside.
 * Holds:  a body reads its variables as the turn found them, also behind the update. */
#include "emit.h"

#include <string.h>

enum { TERMS = 8, DEPTH = 16 };

/* constant + counters * counter + outer values, each so many times. */
typedef struct sum {
  ag_emitter *e;
  ag_region region;
  ag_val counter;
  int64_t constant, counters;
  ag_val term[TERMS];
  int64_t times[TERMS];
  int n;
  bool known;
} sum;

static const ag_type *type_of(const ag_emitter *e, ag_val v) {
  return &ag_graph_value(e->g, v)->type;
}

static void add_term(sum *s, ag_val v, int64_t times) {
  int k = 0;
  while (k < s->n && s->term[k] != v)
    k++;
  if (k == TERMS) {
    s->known = false;
    return;
  }
  if (k == s->n) {
    s->term[s->n] = v;
    s->times[s->n++] = 0;
  }
  s->times[k] += times;
}

static bool constant_of(const ag_node *n, int64_t *out) {
  const ag_attr *value = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value);
  if (n->op != AG_OP_CONST || !value || value->kind != AG_ATTR_TENSOR)
    return false;
  memcpy(out, ag_tensor_data(value->tensor), sizeof *out);
  return *out > -(INT64_C(1) << 32) && *out < INT64_C(1) << 32;
}

/* Adds a value, `times` 1 or -1 times. Sums that wrap do so on both sides. */
static void add(sum *s, ag_val v, int64_t times, int depth) {
  const ag_graph *g = s->e->g;
  ag_nid id = ag_graph_value(g, v)->node;
  const ag_node *n = ag_graph_node(g, id);
  int64_t constant;
  if (type_of(s->e, v)->rank || type_of(s->e, v)->dtype != AG_I64 || depth == DEPTH) {
    s->known = false;
  } else if (v == s->counter) {
    s->counters += times;
  } else if (constant_of(n, &constant)) {
    s->constant += times * constant;
  } else if (ag_is_before(s->e, v, s->region)) {
    if (s->e->place[v].kind == AG_PLACE_REG)
      add_term(s, v, times);
    else
      s->known = false;
  } else if (n->op == AG_OP_ADD || n->op == AG_OP_PYADD) {
    add(s, n->in[0], times, depth + 1);
    add(s, n->in[1], times, depth + 1);
  } else if (n->op == AG_OP_SUB || n->op == AG_OP_PYSUB) {
    add(s, n->in[0], times, depth + 1);
    add(s, n->in[1], -times, depth + 1);
  } else if (n->op == AG_OP_CAST || (n->op == AG_OP_PYINDEX && s->e->facts[id].nonnegative & 1)) {
    add(s, n->in[0], times, depth + 1);
  } else {
    s->known = false;
  }
}

/* Of an ELEMENT or SET_ELEMENT: each index is the place itself. */
static bool is_plain(const ag_emitter *e, ag_nid id, const ag_node *n, int rank, bool read) {
  if (ag_attr_int(n->attrs, n->n_attrs, AG_KEY_sure, 0))
    return true;
  const ag_fact *fact = &e->facts[id];
  unsigned all = (1u << rank) - 1;
  return ((read ? fact->inside : fact->nonnegative | fact->inside) & all) == all;
}

/* The variable is a number that each turn makes so much larger: 0 where it is not. */
static int64_t step_of(const ag_emitter *e, const ag_region_info *body, uint32_t k) {
  const ag_node *n = ag_graph_node(e->g, ag_graph_value(e->g, body->results[k])->node);
  int64_t step;
  ag_val param = body->params[k];
  if (type_of(e, param)->rank || type_of(e, param)->dtype != AG_I64 ||
      (n->op != AG_OP_ADD && n->op != AG_OP_PYADD))
    return 0;
  for (int i = 0; i < 2; i++)
    if (n->in[i] == param &&
        constant_of(ag_graph_node(e->g, ag_graph_value(e->g, n->in[!i])->node), &step))
      return step;
  return 0;
}

/* Where each index of the read is that of the update a turn ago: the first turn's places to `at`.
 */
static bool follows(ag_emitter *e, const ag_node *loop, const ag_region_info *body, uint32_t k,
                    const ag_node *read, const ag_node *set, ag_index *at) {
  int64_t step = step_of(e, body, k);
  bool moves = false;
  for (int a = 0; a < at->rank && step; a++) {
    sum s = {.e = e, .region = loop->sub[1], .counter = body->params[k]};
    s.known = true;
    add(&s, read->in[a + 1], 1, 0);
    sum first = s;
    add(&s, set->in[a + 2], -1, 0);
    if (!s.known || s.counters || s.constant != -first.counters * step)
      return false;
    for (int i = 0; i < s.n; i++)
      if (s.times[i])
        return false;
    moves |= first.counters != 0;
    LLVMValueRef place = ag_emit_int(e, first.constant);
    LLVMValueRef counter = ag_emit_reg(e, loop->in[k]);
    place = ag_ix(e, LLVMAdd, place, ag_ix(e, LLVMMul, counter, ag_emit_int(e, first.counters)));
    for (int i = 0; i < first.n; i++) {
      LLVMValueRef times = ag_emit_int(e, first.times[i]);
      place = ag_ix(e, LLVMAdd, place, ag_ix(e, LLVMMul, ag_emit_reg(e, first.term[i]), times));
    }
    at->c[a] = (ag_coord){.at = place};
  }
  return moves;
}

/* In a register at the end of the body. */
static bool is_number(const ag_emitter *e, ag_val v, ag_region body) {
  ag_nid id = ag_graph_value(e->g, v)->node;
  const ag_node *n = ag_graph_node(e->g, id);
  if (!ag_type_is_reg(type_of(e, v)))
    return false;
  return n->region == body && (e->ways.way[id].how == AG_HOW_SCALAR || n->op == AG_OP_COND);
}

typedef struct search {
  ag_emitter *e;
  const ag_node *loop, *set;
  const ag_region_info *body;
  const ag_place *x;
  uint32_t k;
  ag_carried *out;
  uint32_t n, room;
} search;

static void visit(search *s, ag_region r) {
  ag_emitter *e = s->e;
  const ag_type *t = type_of(e, s->loop->in[s->k]);
  for (ag_nid id = ag_graph_region(e->g, r)->first; id; id = ag_graph_node(e->g, id)->next) {
    const ag_node *n = ag_graph_node(e->g, id);
    for (int i = 0; n->op == AG_OP_COND && i < 2; i++)
      visit(s, n->sub[i]);
    if (s->n == s->room || n->op != AG_OP_ELEMENT || n->in[0] != s->body->params[s->k] ||
        (int)n->n_in != t->rank + 1 || e->ways.way[id].how != AG_HOW_SCALAR ||
        e->hoisted[id].done || !is_plain(e, id, n, t->rank, true))
      continue;
    for (uint32_t k = 0; k < s->body->n_params; k++) {
      ag_index at = {.rank = t->rank};
      if (!follows(e, s->loop, s->body, k, n, s->set, &at))
        continue;
      LLVMValueRef first = ag_emit_if_inside(e, t, s->x, &at);
      s->out[s->n++] = (ag_carried){.read = id, .written = s->set->in[1], .first = first};
      break;
    }
  }
}

uint32_t ag_carry_find(ag_emitter *e, ag_nid loop, uint32_t k, const ag_place *x, ag_carried *out,
                       uint32_t room) {
  const ag_node *n = ag_graph_node(e->g, loop);
  search s = {.e = e, .loop = n, .x = x, .k = k, .out = out, .room = room};
  s.body = ag_graph_region(e->g, n->sub[1]);
  ag_nid id = ag_graph_value(e->g, s.body->results[k])->node;
  s.set = ag_graph_node(e->g, id);
  int rank = type_of(e, n->in[k])->rank;
  if (e->guard || e->in_body || s.set->op != AG_OP_SET_ELEMENT || s.set->region != n->sub[1] ||
      s.set->in[0] != s.body->params[k] || (int)s.set->n_in != rank + 2 || rank == 0 ||
      e->ways.way[id].kernel || !is_plain(e, id, s.set, rank, false) ||
      !is_number(e, s.set->in[1], n->sub[1]) ||
      type_of(e, s.set->in[1])->dtype != type_of(e, n->in[k])->dtype)
    return 0;
  visit(&s, n->sub[1]);
  return s.n;
}
