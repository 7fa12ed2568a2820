/* known.c - a graph for arguments of which some sizes are known after all.
 *
 * Symbols of parameters become these sizes, in the types of all values, and so do those that
 * inference then finds: the result of a concatenation, what a loop keeps.
 *
 * Needs:  inferred types.   Keeps: everything but types.   Fails where the sizes contradict. */
#include "pass.h"

typedef struct known {
  const ag_shape *shape; /* of the parameters; dims below 0 are not known */
  uint32_t n;
  bool begun;
} known;

/* Where a symbol stood there is a size: it is that one from here on. */
static void take(ag_pass *p, const ag_type *old, int rank, const int64_t *dim) {
  for (int a = 0; a < old->rank && old->rank == rank; a++)
    if (old->dim[a] < 0 && ag_dim_offset(old->dim[a]) == 0 && dim[a] >= 0)
      p->sizes[ag_dim_symbol(old->dim[a])] = dim[a] + 1;
}

static void visit(ag_pass *p, ag_nid id) {
  known *k = p->state;
  const ag_graph *g = p->from;
  for (uint32_t i = 0; !k->begun && i < g->regions[0].n_params && i < k->n; i++)
    take(p, &g->values[g->regions[0].params[i]].type, k->shape[i].rank, k->shape[i].dim);
  k->begun = true;
  ag_pass_copy(p, id);
  for (uint32_t i = 0; i < g->nodes[id].n_out && !p->err->code; i++) {
    ag_val out = g->nodes[id].out + i;
    const ag_type *now = &p->to->values[p->map[out]].type;
    take(p, &g->values[out].type, now->rank, now->dim);
  }
}

ag_graph *ag_graph_of_sizes(const ag_graph *g, const ag_shape *shapes, uint32_t n, ag_err *err) {
  known k = {.shape = shapes, .n = n};
  return ag_pass_walk(g, visit, &k, err);
}
