/* region.c - opening, closing and reopening regions; what is visible where. */
#include "build.h"

ag_region ag_region_open(ag_graph *g, ag_err *err) {
  uint32_t r = g->n_regions;
  if (!ag_grow(g->regions, g->cap_regions, r + 1) ||
      !ag_grow(g->param_caps, g->cap_param_caps, r + 1)) {
    ag_nomem(err);
    return 0;
  }
  g->regions[r] = (ag_region_info){.parent = g->current};
  g->param_caps[r] = 0;
  g->n_regions = r + 1;
  g->current = r;
  return r;
}

bool ag_region_is_open(const ag_graph *g, ag_region r) {
  ag_region c = g->current;
  while (c > r) /* a region around another has a smaller id */
    c = g->regions[c].parent;
  return c == r;
}

ag_code ag_region_reopen(ag_graph *g, ag_region r, ag_err *err) {
  if (!r || r >= g->n_regions || g->regions[r].owner || g->regions[r].parent != g->current ||
      ag_region_is_open(g, r))
    return ag_fail(err, AG_ERR_INTERNAL, 0, "region %u cannot be reopened here", r);
  g->current = r;
  return AG_OK;
}

void ag_region_close(ag_graph *g) { g->current = g->regions[g->current].parent; }

ag_region ag_region_current(const ag_graph *g) { return g->current; }

ag_code ag_region_results(ag_graph *g, ag_region r, const ag_val *vals, uint32_t n, ag_err *err) {
  if (r >= g->n_regions || g->regions[r].owner)
    return ag_fail(err, AG_ERR_INTERNAL, 0, "region %u does not take results", r);
  for (uint32_t i = 0; i < n; i++) {
    if (vals[i] == AG_NONE || vals[i] >= g->n_values)
      return ag_fail(err, AG_ERR_INTERNAL, 0, "result %u of region %u does not exist", i, r);
    if (!ag_graph_visible(g, vals[i], r))
      return ag_fail(err, AG_ERR_VALUE, 0,
                     "result %u was made inside a branch or a loop and cannot be used outside it",
                     i);
  }
  ag_val *own = ag_arena_alloc(g->arena, (n ? n : 1) * sizeof *own);
  if (!own || !ag_grow(g->results, g->cap_results, g->n_results + 1))
    return ag_nomem(err);
  if (n)
    memcpy(own, vals, n * sizeof *own);
  ag_region_info *region = &g->regions[r];
  g->results[g->n_results++] =
      (ag_results_before){.region = r, .n = region->n_results, .vals = region->results};
  region->results = own;
  region->n_results = n;
  return AG_OK;
}

void ag_region_dissolve(ag_graph *g, ag_region r) {
  ag_region_info *from = &g->regions[r], *to = &g->regions[from->parent];
  for (ag_nid id = from->first; id; id = g->nodes[id].next) {
    g->nodes[id].region = from->parent;
    for (int i = 0; i < 2; i++)
      if (g->nodes[id].sub[i])
        g->regions[g->nodes[id].sub[i]].parent = from->parent;
  }
  if (from->first) {
    g->prev[from->first] = to->last;
    if (to->last)
      g->nodes[to->last].next = from->first;
    else
      to->first = from->first;
    to->last = from->last;
  }
  from->first = from->last = 0;
  from->n_results = 0;
}

bool ag_graph_visible(const ag_graph *g, ag_val v, ag_region r) {
  ag_region home = g->nodes[g->values[v].node].region;
  while (r > home)
    r = g->regions[r].parent;
  return r == home;
}
