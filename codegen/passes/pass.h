/* pass.h - what passes share: one walk over a graph that writes the next one.
 * A pass visits each node in order, regions as scopes inside their owner, and maps its outputs to
 * values of the new graph: to those of a copy, or to others that are equal. Types go along: symbols
 * keep their meaning. */
#ifndef AG_PASS_H
#define AG_PASS_H

#include "graph/build.h"

typedef struct ag_pass ag_pass;
struct ag_pass {
  const ag_graph *from;
  ag_graph *to;
  ag_val *map;    /* value of `from` -> value of `to` */
  int64_t *sizes; /* by symbol of `from`: the size that it is, in types too, a constant one higher;
                     0: itself */
  ag_arena *scratch;
  ag_err *err;
  void (*visit)(ag_pass *p, ag_nid id); /* maps the outputs of node id of `from` */
  void *state;
};

/* Runs visit over the whole graph; the new graph or NULL. */
ag_graph *ag_pass_walk(const ag_graph *from, void (*visit)(ag_pass *, ag_nid), void *state,
                       ag_err *err);

/* What visit does by default: the same node on the mapped inputs, its regions walked. 0 on failure.
 */
ag_nid ag_pass_copy(ag_pass *p, ag_nid id);
/* The node with its inputs mapped, not yet added; regions not walked. False on failure. */
bool ag_pass_spec(ag_pass *p, ag_nid id, ag_spec *out);
/* Adds it to `region` with the types of node id of `from`, and maps the outputs. */
ag_nid ag_pass_put(ag_pass *p, ag_nid id, ag_region region, const ag_spec *s);
/* Walks region r of `from` into a new region of the current one; 0 on failure. */
ag_region ag_pass_region(ag_pass *p, ag_region r);
/* Walks the nodes of region r of `from` into the current region. */
void ag_pass_inline(ag_pass *p, ag_region r);
void ag_pass_map(ag_pass *p, ag_val from, ag_val to);

/* The node that makes v, and the tensor of v if that is a constant. */
static inline const ag_node *ag_maker(const ag_graph *g, ag_val v) {
  return &g->nodes[g->values[v].node];
}
static inline const ag_tensor *ag_constant(const ag_graph *g, ag_val v) {
  const ag_node *n = ag_maker(g, v);
  return n->op == AG_OP_CONST ? ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value)->tensor : NULL;
}
/* The value of a 0-d constant of an int or bool dtype. */
bool ag_constant_int(const ag_graph *g, ag_val v, int64_t *out);
/* x[index...] with indices that are constants and lie in x, made non-negative: out[n]. */
bool ag_known_place(const ag_graph *g, ag_val x, const ag_val *index, uint32_t n, int64_t *out);
/* Same dtype, weakness, shape and bits. */
bool ag_constants_equal(const ag_tensor *a, const ag_tensor *b);
/* True when the node has no effect and cannot fail with what is known of its inputs: PURE ones, and
 * checked ones whose check is settled, such as a division by a constant that is not zero. */
bool ag_is_total(const ag_graph *g, const ag_node *n);

/* Maps the outputs of a node to the constants that it gives, if its inputs are some and that is
 * worth it, or copies it. */
void ag_fold_node(ag_pass *p, ag_nid id);

typedef ag_graph *ag_pass_function(const ag_graph *g, ag_err *err);
ag_pass_function ag_pass_fold, ag_pass_simplify, ag_pass_cond, ag_pass_loop, ag_pass_cse,
    ag_pass_dce, ag_pass_vectors, ag_pass_sizes, ag_pass_unroll;
/* One pass by its name in the table of optimize.c. */
ag_graph *ag_pass_run(const char *name, const ag_graph *g, ag_err *err);

#endif
