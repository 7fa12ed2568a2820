/* unroll.c - short loops whose turns are known become their turns.
 *   while(i = 0; y) (i < 3) { i + 1, y * x[i] }  ->  y * x[0] * x[1] * x[2]
 *
 * The test is computed before anything is written, on the loop variables that are numbers known
 * from the start (counters, of whatever start, step and bound), by the kernels: overflow included.
 * Where it gives an answer each turn until it is false, and the body is small, test and body are
 * written that many times over, constants folded as they come, so that places in arrays are known,
 * a branch on the counter goes, what each turn makes of whole arrays becomes one loop over them,
 * and loops inside are unrolled in their turn.
 *
 * It pays where nothing in the body is dear against a turn: not around loops that stay, sorts or
 * products. A loop of one turn or none always goes.
 *
 * Needs:  folded constants.   Keeps: effects, checks, the order of both; the test runs once more
 * than the body. A size that the loop makes is one of its own in each turn. */
#include "pass.h"

#include "ag/plan.h"

enum {
  MOST_TURNS = 16,
  MOST_NODES = 128,  /* of one loop, all turns */
  MOST_ADDED = 4096, /* of a graph */
  SMALL = 64,        /* elements of an array */
  MOST_OPERANDS = 3, /* of what the test computes */
  FUEL = 32,         /* nodes looked at for one value */
  TOO_MUCH = 1 << 20
};

typedef struct unroller {
  bool *inlined; /* by region: its parameters stand for values */
  ag_nid *born;  /* by symbol: the first node whose type says it */
  int64_t added;
} unroller;

/* The numbers among the variables of a loop, in one of its turns. */
typedef struct turn {
  const ag_pass *p;
  const ag_node *loop;
  bool placed; /* the values around the loop have been mapped */
  bool *known;
  ag_tensor *now;
} turn;

/* ---- how often it runs ---------------------------------------------------------------------- */

static bool is_number(const ag_type *t) { return t->rank == 0 && t->dtype < AG_STR; }

static const ag_tensor *constant_outside(const turn *t, ag_val v) {
  const ag_tensor *c = ag_constant(t->p->from, v);
  return !c && t->placed && t->p->map[v] ? ag_constant(t->p->to, t->p->map[v]) : c;
}

/* The number that v is in this turn; false: not known. */
static bool compute(const turn *t, ag_val v, int *fuel, ag_tensor *out) {
  const ag_graph *g = t->p->from;
  const ag_value *value = &g->values[v];
  const ag_node *n = &g->nodes[value->node];
  if (!is_number(&value->type) || --*fuel < 0)
    return false;
  bool inside = n->region == t->loop->sub[0] || n->region == t->loop->sub[1];
  if (!inside || n->op == AG_OP_CONST) {
    const ag_tensor *c = constant_outside(t, v);
    if (c)
      *out = *c;
    return c != NULL;
  }
  if (n->op == AG_OP_PARAM) {
    const ag_region_info *r = &g->regions[n->region];
    uint32_t k = 0;
    while (r->params[k] != v)
      k++;
    *out = t->now[k];
    return t->known[k];
  }
  if (n->n_out != 1 || !n->n_in || n->n_in > MOST_OPERANDS ||
      !(ag_ops[n->op].traits & (AG_TRAIT_PURE | AG_TRAIT_CHECK)))
    return false;
  ag_tensor operand[MOST_OPERANDS];
  const ag_tensor *in[MOST_OPERANDS];
  for (uint32_t i = 0; i < n->n_in; i++) {
    if (!compute(t, n->in[i], fuel, &operand[i]))
      return false;
    in[i] = &operand[i];
  }
  ag_err failed = {0}; /* it fails when it is reached */
  if (ag_run_op(NULL, (ag_op)n->op, n->attrs, n->n_attrs, &value->type, in, n->n_in, out, 1,
                &failed))
    return false;
  out->weak = value->type.weak;
  return true;
}

static bool computed(const turn *t, ag_val v, ag_tensor *out) {
  int fuel = FUEL;
  return compute(t, v, &fuel, out);
}

/* Turns of the loop; -1: not known, or more than MOST_TURNS. `placed`: it is the node being
 * visited. */
static int turns_of(const ag_pass *p, const ag_node *n, bool placed) {
  const ag_region_info *test = &p->from->regions[n->sub[0]], *body = &p->from->regions[n->sub[1]];
  turn t = {p, n, placed, ag_calloc(2 * (size_t)n->n_in + 1, sizeof *t.known),
            ag_calloc(2 * (size_t)n->n_in + 1, sizeof *t.now)};
  int turns = -1;
  if (!t.known || !t.now) {
    ag_nomem(p->err);
    goto done;
  }
  for (uint32_t k = 0; k < n->n_in; k++) {
    const ag_tensor *c = constant_outside(&t, n->in[k]);
    t.known[k] = c && is_number(&p->from->values[n->out + k].type);
    if (t.known[k])
      t.now[k] = *c;
  }
  for (int i = 0; i <= MOST_TURNS; i++) {
    ag_tensor more;
    if (!computed(&t, test->results[0], &more))
      break;
    if (!*(const bool *)ag_tensor_data(&more)) {
      turns = i;
      break;
    }
    bool *known = t.known + n->n_in;
    ag_tensor *next = t.now + n->n_in;
    for (uint32_t k = 0; k < n->n_in; k++)
      known[k] = t.known[k] && computed(&t, body->results[k], &next[k]);
    memcpy(t.known, known, n->n_in * sizeof *known);
    memcpy(t.now, next, n->n_in * sizeof *next);
  }
done:
  ag_free(t.known);
  ag_free(t.now);
  return turns;
}

/* ---- whether it pays ------------------------------------------------------------------------ */

static bool is_small(const ag_type *t) {
  int64_t count = 1;
  for (int i = 0; i < t->rank; i++) {
    if (t->dim[i] < 0 || t->dim[i] > SMALL)
      return false;
    count *= t->dim[i];
    if (count > SMALL)
      return false;
  }
  return t->rank >= 0;
}

/* Its time is near that of a turn of a loop, or it is fused with those of other turns. */
static bool is_light(const ag_graph *g, const ag_node *n) {
  if (ag_ops[n->op].lowering == AG_LOWER_inline || n->op == AG_OP_ELEMENT)
    return true;
  for (uint32_t i = 0; i < n->n_in; i++)
    if (!is_small(&g->values[n->in[i]].type))
      return false;
  for (uint32_t i = 0; i < n->n_out; i++)
    if (!is_small(&g->values[n->out + i].type))
      return false;
  return true;
}

/* The nodes that region r becomes; TOO_MUCH and more: it is not light. */
static int64_t size_of(const ag_pass *p, ag_region r) {
  const ag_graph *g = p->from;
  int64_t size = 0;
  for (ag_nid id = g->regions[r].first; id && size < TOO_MUCH; id = g->nodes[id].next) {
    const ag_node *n = &g->nodes[id];
    if (n->op == AG_OP_CONST || n->op == AG_OP_PARAM)
      continue;
    if (!n->sub[0]) {
      size += is_light(g, n) ? 1 : TOO_MUCH;
      continue;
    }
    int turns = n->op == AG_OP_WHILE ? turns_of(p, n, false) : 1;
    size += turns < 0 ? TOO_MUCH : 1 + turns * (size_of(p, n->sub[0]) + size_of(p, n->sub[1]));
  }
  return size;
}

/* ---- writing it ----------------------------------------------------------------------------- */

/* True when the loop, or what is in it, made the size. */
static bool is_of_loop(const ag_pass *p, ag_nid owner, uint32_t symbol) {
  const ag_graph *g = p->from;
  ag_nid born = ((const unroller *)p->state)->born[symbol];
  const ag_region *sub = g->nodes[owner].sub;
  for (ag_region r = g->nodes[born].region; r; r = g->regions[r].parent)
    if (r == sub[0] || r == sub[1])
      return true;
  return born == owner;
}

/* Sizes that the loop makes are new ones in this turn, and those of its variables are the values'.
 */
static void set_sizes(ag_pass *p, const ag_node *n, ag_nid owner, const ag_val *state) {
  for (uint32_t s = 1; s <= p->from->symbols; s++)
    if (is_of_loop(p, owner, s))
      p->sizes[s] = ag_graph_symbol(p->to);
  for (uint32_t k = 0; k < n->n_in; k++) {
    const ag_type *now = &p->to->values[state[k]].type;
    const ag_type *said[] = {&p->from->values[p->from->regions[n->sub[1]].params[k]].type,
                             &p->from->values[p->from->regions[n->sub[0]].params[k]].type,
                             &p->from->values[n->out + k].type};
    for (int i = 0; i < 3; i++)
      for (int d = 0; d < said[i]->rank && now->rank == said[i]->rank; d++) {
        int64_t dim = said[i]->dim[d];
        if (dim < 0 && !ag_dim_offset(dim) && is_of_loop(p, owner, ag_dim_symbol(dim)))
          p->sizes[-dim] = now->dim[d] < 0 ? now->dim[d] : now->dim[d] + 1;
      }
  }
}

static void inline_region(ag_pass *p, ag_region r, const ag_val *state) {
  unroller *u = p->state;
  const ag_region_info *info = &p->from->regions[r];
  for (uint32_t k = 0; k < info->n_params; k++)
    ag_pass_map(p, info->params[k], state[k]);
  u->inlined[r] = true;
  ag_pass_inline(p, r);
  u->inlined[r] = false;
}

static void write_turns(ag_pass *p, ag_nid id, const ag_node *n, int turns) {
  const ag_region_info *body = &p->from->regions[n->sub[1]];
  ag_val *state = ag_arena_alloc(p->scratch, (n->n_in + 1) * sizeof *state);
  if (!state) {
    ag_nomem(p->err);
    return;
  }
  for (uint32_t k = 0; k < n->n_in; k++)
    state[k] = p->map[n->in[k]];
  for (int i = 0;; i++) {
    set_sizes(p, n, id, state);
    inline_region(p, n->sub[0], state);
    if (i == turns || p->err->code)
      break;
    inline_region(p, n->sub[1], state);
    if (p->err->code)
      return;
    for (uint32_t k = 0; k < n->n_in; k++)
      state[k] = p->map[body->results[k]];
  }
  for (uint32_t k = 0; k < n->n_out; k++)
    ag_pass_map(p, n->out + k, state[k]);
}

static bool unrolls(ag_pass *p, const ag_node *n, int *turns) {
  unroller *u = p->state;
  *turns = turns_of(p, n, true);
  if (*turns < 0 || p->err->code)
    return false;
  if (*turns <= 1)
    return true;
  int64_t size = *turns * (size_of(p, n->sub[0]) + size_of(p, n->sub[1]));
  if (size > MOST_NODES || u->added + size > MOST_ADDED)
    return false;
  u->added += size;
  return true;
}

static void visit(ag_pass *p, ag_nid id) {
  const unroller *u = p->state;
  const ag_node *n = &p->from->nodes[id];
  int64_t taken;
  int turns;
  if (n->op == AG_OP_PARAM && u->inlined[n->region])
    return;
  if (n->op == AG_OP_WHILE && unrolls(p, n, &turns)) {
    write_turns(p, id, n, turns);
  } else if (n->op == AG_OP_COND && ag_constant_int(p->to, p->map[n->in[0]], &taken)) {
    ag_region r = n->sub[!taken];
    ag_pass_inline(p, r);
    for (uint32_t i = 0; i < n->n_out && !p->err->code; i++)
      ag_pass_map(p, n->out + i, p->map[p->from->regions[r].results[i]]);
  } else {
    ag_fold_node(p, id);
  }
}

static bool has_loops(const ag_graph *g) {
  for (ag_nid id = 1; id < g->n_nodes; id++)
    if (g->nodes[id].op == AG_OP_WHILE)
      return true;
  return false;
}

static void note_symbols(unroller *u, const ag_graph *g) {
  for (ag_val v = 1; g->symbols && v < g->n_values; v++)
    for (int i = 0; i < g->values[v].type.rank; i++) {
      int64_t dim = g->values[v].type.dim[i];
      if (dim < 0 && !u->born[ag_dim_symbol(dim)])
        u->born[ag_dim_symbol(dim)] = g->values[v].node;
    }
}

static void copy(ag_pass *p, ag_nid id) { ag_pass_copy(p, id); }

ag_graph *ag_pass_unroll(const ag_graph *g, ag_err *err) {
  unroller u = {.inlined = ag_calloc(g->n_regions, sizeof *u.inlined),
                .born = ag_calloc((size_t)g->symbols + 1, sizeof *u.born)};
  ag_graph *out = NULL;
  if (!u.inlined || !u.born) {
    ag_nomem(err);
  } else {
    note_symbols(&u, g);
    out = ag_pass_walk(g, has_loops(g) ? visit : copy, &u, err);
  }
  ag_free(u.inlined);
  ag_free(u.born);
  return out;
}
