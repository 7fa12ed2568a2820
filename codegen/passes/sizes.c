/* sizes.c - the sizes of loop variables that the loop does not change are those of the first
 * values.
 *
 * The tracer gives a variable a size of its own where it does not know it. Here it is taken for the
 * first value's, and the body is written with that: where each turn then gives the size back, it
 * holds of all turns, by induction. Where not, the body is written again without. So arrays in and
 * around a loop share sizes, and what is elementwise of them needs no broadcasting at run time.
 *
 * Needs:  inferred types.   Keeps: everything but types. */
#include "pass.h"

enum { TRIES = 2 }; /* with what is left of the guesses; then without any */

/* Axis `axis` of variable `k`: its symbol in the test and the body becomes `size`. */
typedef struct guess {
  uint32_t k;
  int axis;
  int64_t symbol, size;
  bool holds;
} guess;

static bool is_symbol(int64_t dim) { return dim < 0 && ag_dim_offset(dim) == 0; }

static const ag_type *old_type(const ag_pass *p, ag_val v) { return &p->from->values[v].type; }
static const ag_type *new_type(const ag_pass *p, ag_val v) { return &p->to->values[v].type; }

/* Its axes into g, if they may be guessed; returns how many. */
static uint32_t guesses_of(const ag_pass *p, const ag_node *n, const ag_spec *s, uint32_t k,
                           guess *g) {
  const ag_type *t = old_type(p, p->from->regions[n->sub[1]].params[k]);
  const ag_type *first = new_type(p, s->in[k]);
  uint32_t count = 0;
  for (int i = 0; t->rank == first->rank && i < t->rank; i++)
    if (is_symbol(t->dim[i]) && !p->sizes[-t->dim[i]] && t->dim[i] != first->dim[i])
      g[count++] = (guess){k, i, t->dim[i], first->dim[i], true};
  return count;
}

/* From here on the symbol is this size. */
static void take(ag_pass *p, int64_t symbol, int64_t size) {
  p->sizes[-symbol] = size >= 0 ? size + 1 : size;
}

/* Two variables with one symbol have one size. */
static void drop_conflicts(guess *g, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t j = 0; j < i; j++)
      if (g[i].symbol == g[j].symbol && g[i].size != g[j].size)
        g[i].holds = g[j].holds = false;
}

/* Writes both regions; guesses that the results do not bear out hold no longer. */
static bool attempt(ag_pass *p, const ag_node *n, ag_spec *s, guess *g, uint32_t count) {
  ag_mark mark = ag_graph_mark(p->to);
  ag_err failed = {0}, *err = p->err;
  size_t bytes = (p->from->symbols + 1) * sizeof *p->sizes;
  int64_t *before = ag_arena_alloc(p->scratch, bytes);
  bool all = true;
  if (!before)
    return false;
  memcpy(before, p->sizes, bytes);
  for (uint32_t i = 0; i < count; i++)
    if (g[i].holds)
      take(p, g[i].symbol, g[i].size);
  p->err = &failed;
  s->sub[0] = ag_pass_region(p, n->sub[0]);
  s->sub[1] = s->sub[0] ? ag_pass_region(p, n->sub[1]) : 0;
  p->err = err;
  for (uint32_t i = 0; i < count && !failed.code; i++) {
    const ag_type *t = new_type(p, p->to->regions[s->sub[1]].results[g[i].k]);
    const ag_type *first = new_type(p, s->in[g[i].k]);
    if (g[i].holds && (t->rank != first->rank || t->dim[g[i].axis] != g[i].size))
      g[i].holds = all = false;
  }
  if (all && !failed.code)
    return true;
  memcpy(p->sizes, before, bytes);
  for (uint32_t i = 0; failed.code && i < count; i++)
    g[i].holds = false; /* a contradiction, perhaps of the guesses */
  ag_graph_undo(p->to, &mark);
  return false;
}

static void visit_while(ag_pass *p, ag_nid id, const ag_node *n) {
  ag_spec s;
  guess *g = ag_arena_alloc(p->scratch, (n->n_in + 1) * AG_MAX_RANK * sizeof *g);
  if (!g) {
    ag_nomem(p->err);
    return;
  }
  if (!ag_pass_spec(p, id, &s))
    return;
  uint32_t count = 0;
  for (uint32_t k = 0; k < n->n_in; k++)
    count += guesses_of(p, n, &s, k, g + count);
  drop_conflicts(g, count);
  bool done = false;
  for (int i = 0; i < TRIES && count && !done; i++)
    done = attempt(p, n, &s, g, count);
  if (!done)
    for (int i = 0; i < 2; i++)
      if (!(s.sub[i] = ag_pass_region(p, n->sub[i])))
        return;
  ag_nid made = ag_pass_put(p, id, p->to->current, &s);
  for (uint32_t i = 0; made && done && i < count; i++) {
    int64_t old = old_type(p, n->out + g[i].k)->rank > g[i].axis
                      ? old_type(p, n->out + g[i].k)->dim[g[i].axis]
                      : 0;
    if (g[i].holds && is_symbol(old) && !p->sizes[-old])
      take(p, old, g[i].size);
  }
}

static void visit(ag_pass *p, ag_nid id) {
  const ag_node *n = &p->from->nodes[id];
  if (n->op == AG_OP_WHILE)
    visit_while(p, id, n);
  else
    ag_pass_copy(p, id);
}

ag_graph *ag_pass_sizes(const ag_graph *g, ag_err *err) {
  return ag_pass_walk(g, visit, NULL, err);
}
