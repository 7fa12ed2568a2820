/* build.h - the body of a graph, for the files that build, check and rewrite graphs. */
#ifndef AG_BUILD_H
#define AG_BUILD_H

#include "ag/foreign.h"
#include "ag/graph.h"

#include <string.h>

/* A tensor held by an attribute: a stack, so that undo and free drop the references. */
typedef struct ag_held {
  struct ag_held *below;
  ag_nid node;
  ag_tensor tensor;
} ag_held;

/* What a name was made from, so that undo gives the numbers back: `base` is the node whose counter
 * gave the suffix, `before` what the counter was. */
typedef struct ag_naming {
  uint32_t hash;
  uint32_t count; /* the next suffix tried for this name */
  ag_nid base;
  uint32_t before;
} ag_naming;

/* One setting of a region's results, to be taken back. */
typedef struct ag_results_before {
  ag_region region;
  uint32_t n;
  ag_val *vals;
} ag_results_before;

struct ag_graph {
  ag_arena *arena;
  ag_node *nodes;
  ag_nid *prev;       /* beside nodes: the one before in its region */
  ag_naming *namings; /* beside nodes; untouched in graphs without names */
  ag_value *values;
  ag_region_info *regions;
  uint32_t *param_caps; /* beside regions */
  ag_results_before *results;
  uint32_t n_nodes, n_values, n_regions, n_results;
  uint32_t cap_nodes, cap_prev, cap_namings, cap_values, cap_regions, cap_param_caps, cap_results;
  ag_region current;
  uint32_t symbols; /* s1 .. s<symbols> exist */
  /* Open addressing by name, a power of two; node 0 is empty. The hash lies beside it: what stands
   * at a place is seldom the name looked for, and its own record is far away. */
  struct ag_name_entry {
    uint32_t hash;
    ag_nid node;
  } * names;
  uint32_t cap_names, n_names;
  ag_nid named; /* the nodes before it have their names, the others the ones asked for */
  ag_held *held;
  bool unnamed; /* nodes without a given name get none: graphs made by passes and by the parser */
};

/* An empty graph whose nodes have no names unless given, and whose symbols go on after `symbols`.
 */
ag_graph *ag_graph_new_unnamed(uint32_t symbols);

/* ag_graph_add into `region`, which is the current one or a region around it. `types` (or NULL) is
 * what is known of the outputs already: the symbols and sizes that inference does not find are
 * taken from there. */
ag_nid ag_graph_put(ag_graph *g, ag_region region, const ag_spec *spec, const ag_type *types,
                    ag_err *err);

/* True for the current region and those around it. */
bool ag_region_is_open(const ag_graph *g, ag_region r);

/* Hands the nodes of r, which is closed, without owner or parameters, and the newest in its parent,
 * to the parent. */
void ag_region_dissolve(ag_graph *g, ag_region r);

/* Deep copy into an arena; tensors are copied as structs (who holds the reference is the caller's
 * matter). NULL when out of memory, or for n = 0. */
ag_attr *ag_attrs_copy(ag_arena *a, const ag_attr *attrs, uint32_t n);

/* Takes from `known` what `t` does not know: a rank, and sizes where `t` has a symbol above
 * `fresh`. False when they contradict each other. */
bool ag_type_refine(ag_type *t, const ag_type *known, uint32_t fresh);
/* True when a value of type `t` may stand where `want` is expected: equal, or `want` knows less. */
bool ag_type_accepts(const ag_type *want, const ag_type *t);
/* Reads what ag_type_text writes; returns the end or NULL. */
const char *ag_type_parse(const char *text, ag_type *out);
void ag_type_shape(const ag_type *t, ag_shape *out);

static inline ag_code ag_nomem(ag_err *err) {
  return ag_fail(err, AG_ERR_NOMEM, 0, "out of memory");
}

#endif
