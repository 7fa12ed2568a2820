/* known.c - a graph for arguments of which some sizes are known after all.
 *
 * Symbols of parameters become these sizes, in the types of all values, and so do those that
 * inference then finds: the result of a concatenation, what a loop keeps.
 *
 * Needs:  inferred types.   Keeps: everything but types.   Fails where the sizes contradict. */
#include "pass.h"

typedef struct known {
  const ag_shape *shape; /* of the parameters; dims below 0 are not known */
  uint32_t n, visits;
  uint32_t *met; /* by symbol: the visit whose results had it first; 0: none yet */
} known;

/* Where a symbol stood there is a size: it is that one from here on. Not where an older visit met
 * the symbol: a node in a branch that asks it to be that size (a concatenation) may never run. */
static void take(ag_pass *p, const ag_type *old, int rank, const int64_t *dim, uint32_t visit) {
  known *k = p->state;
  for (int a = 0; a < old->rank; a++) {
    uint32_t symbol = old->dim[a] < 0 ? ag_dim_symbol(old->dim[a]) : 0;
    bool plain = symbol && ag_dim_offset(old->dim[a]) == 0;
    if (plain && old->rank == rank && dim[a] >= 0 && (!k->met[symbol] || k->met[symbol] >= visit))
      p->sizes[symbol] = dim[a] + 1;
    if (symbol && !k->met[symbol])
      k->met[symbol] = visit;
  }
}

static void visit(ag_pass *p, ag_nid id) {
  known *k = p->state;
  const ag_graph *g = p->from;
  uint32_t now = ++k->visits; /* those of the regions of the node are later ones */
  for (uint32_t i = 0; now == 1 && i < g->regions[0].n_params && i < k->n; i++)
    take(p, &g->values[g->regions[0].params[i]].type, k->shape[i].rank, k->shape[i].dim, now);
  ag_pass_copy(p, id);
  for (uint32_t i = 0; i < g->nodes[id].n_out && !p->err->code; i++) {
    ag_val out = g->nodes[id].out + i;
    const ag_type *type = &p->to->values[p->map[out]].type;
    take(p, &g->values[out].type, type->rank, type->dim, now);
  }
}

ag_graph *ag_graph_of_sizes(const ag_graph *g, const ag_shape *shapes, uint32_t n, ag_err *err) {
  known k = {.shape = shapes, .n = n, .met = ag_calloc(g->symbols + 1, sizeof *k.met)};
  ag_graph *made = NULL;
  if (k.met)
    made = ag_pass_walk(g, visit, &k, err);
  else
    ag_nomem(err);
  ag_free(k.met);
  return made;
}
