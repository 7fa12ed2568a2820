/* verify.c - checks that a graph is what graph.h says: for our own mistakes, found in time.
 * Walks every region's list once, then looks at each node: its inputs, its regions, its types
 * (inferred again). */
#include "infer.h"

static ag_code wrong(const ag_graph *g, ag_nid id, ag_err *err, const char *what) {
  ag_loc loc = id && id < g->n_nodes ? g->nodes[id].loc : 0;
  ag_fail(err, AG_ERR_INTERNAL, loc, "verify: node %u (%s): %s", id,
          id && id < g->n_nodes ? ag_ops[g->nodes[id].op].name : "?", what);
  err->node = id;
  return err->code;
}

static ag_code check_lists(const ag_graph *g, ag_err *err) {
  uint32_t seen = 0;
  for (ag_region r = 0; r < g->n_regions; r++) {
    const ag_region_info *info = &g->regions[r];
    ag_nid last = 0;
    uint32_t params = 0;
    if (r && info->parent >= r)
      return wrong(g, info->owner, err, "a region is older than the one around it");
    for (ag_nid id = info->first; id; id = g->nodes[id].next) {
      if (id <= last || id >= g->n_nodes)
        return wrong(g, id, err, "the nodes of a region are out of order");
      if (g->nodes[id].region != r)
        return wrong(g, id, err, "it is in the list of another region");
      if (g->nodes[id].op == AG_OP_PARAM &&
          (params >= info->n_params || info->params[params++] != g->nodes[id].out))
        return wrong(g, id, err, "it is not among its region's parameters");
      last = id;
      seen++;
    }
    if (info->last != last || params != info->n_params)
      return wrong(g, last, err, "its region ends elsewhere or has other parameters");
    if (info->owner && (info->owner >= g->n_nodes || info->owner <= last ||
                        g->nodes[info->owner].region != info->parent))
      return wrong(g, info->owner, err, "it cannot own its region");
    for (uint32_t i = 0; i < info->n_results; i++)
      if (!info->results[i] || info->results[i] >= g->n_values ||
          !ag_graph_visible(g, info->results[i], r) ||
          (info->owner && g->values[info->results[i]].node >= info->owner))
        return wrong(g, info->owner, err, "a result of its region cannot be seen there");
  }
  return seen + 1 == g->n_nodes ? AG_OK : wrong(g, 0, err, "nodes are in no region");
}

static ag_code check_node(const ag_graph *g, ag_nid id, ag_err *err) {
  const ag_node *n = &g->nodes[id];
  if (n->op >= AG_OP_COUNT || n->region >= g->n_regions)
    return wrong(g, 0, err, "no such operation or region");
  if (ag_ops[n->op].n_in >= 0 && n->n_in != (uint32_t)ag_ops[n->op].n_in)
    return wrong(g, id, err, "wrong number of inputs");
  for (uint32_t i = 0; i < n->n_in; i++) {
    if (!n->in[i] || n->in[i] >= g->n_values || g->values[n->in[i]].node >= id)
      return wrong(g, id, err, "an input is not smaller than it");
    if (!ag_graph_visible(g, n->in[i], n->region))
      return wrong(g, id, err, "an input cannot be seen from its region");
  }
  bool owns = ag_ops[n->op].traits & AG_TRAIT_REGION;
  for (int i = 0; i < 2; i++) {
    if (owns != (n->sub[i] != 0))
      return wrong(g, id, err, "regions where there should be none, or none");
    if (owns && (n->sub[i] >= g->n_regions || g->regions[n->sub[i]].owner != id ||
                 g->regions[n->sub[i]].parent != n->region))
      return wrong(g, id, err, "its region does not belong to it");
  }
  if (owns && n->sub[0] == n->sub[1])
    return wrong(g, id, err, "its two regions are one");
  if (n->out + n->n_out > g->n_values || (n->n_out && !n->out))
    return wrong(g, id, err, "its outputs do not exist");
  for (uint32_t i = 0; i < n->n_out; i++)
    if (g->values[n->out + i].node != id || g->values[n->out + i].index != i)
      return wrong(g, id, err, "an output belongs to another node");
  return AG_OK;
}

/* What was inferred then and now may differ in what each knows, but not contradict. */
static ag_code check_types(const ag_graph *g, ag_nid id, ag_arena *scratch, ag_err *err) {
  const ag_node *n = &g->nodes[id];
  ag_spec s = {.op = (ag_op)n->op,
               .n_in = n->n_in,
               .n_attrs = n->n_attrs,
               .in = n->in,
               .attrs = n->attrs,
               .sub = {n->sub[0], n->sub[1]},
               .loc = n->loc};
  ag_type few[4];
  ag_infer f = {.g = g, .spec = &s, .symbols = g->symbols, .again = true, .err = err};
  if (ag_infer_count(&f))
    return err->code;
  if (f.n_out != n->n_out)
    return wrong(g, id, err, "wrong number of outputs");
  f.out = f.n_out <= 4 ? few : ag_arena_alloc(scratch, f.n_out * sizeof *f.out);
  if (!f.out)
    return ag_nomem(err);
  if (ag_infer_types(&f))
    return err->code;
  for (uint32_t i = 0; i < n->n_out; i++)
    if (!ag_type_refine(&f.out[i], &g->values[n->out + i].type, UINT32_MAX))
      return wrong(g, id, err, "an output has another type than its inputs give");
  return AG_OK;
}

ag_code ag_graph_verify(const ag_graph *g, ag_err *err) {
  ag_arena *scratch = ag_arena_new();
  if (!scratch)
    return ag_nomem(err);
  for (ag_nid id = 1; id < g->n_nodes && !err->code; id++)
    check_node(g, id, err);
  if (!err->code)
    check_lists(g, err);
  for (ag_nid id = 1; id < g->n_nodes && !err->code; id++)
    check_types(g, id, scratch, err);
  ag_arena_free(scratch);
  return err->code;
}
