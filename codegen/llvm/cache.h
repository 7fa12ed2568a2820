/* cache.h - native code kept on the disk. */
#ifndef AG_LLVM_CACHE_H
#define AG_LLVM_CACHE_H

#include "ag/compile.h"
#include "machine.h"

/* What a plan holds beside the code, in numbers of the graph: all the rest of a plan is taken from
 * the graph, so cached code comes with its recipe alone (cache.c). */
typedef struct ag_recipe {
  uint32_t n_slots, n_sites, n_consts;
  bool has_loop;
  struct ag_site { /* plan->calls */
    uint64_t node, dead;
  } * sites;
  ag_nid *consts; /* plan->consts: CONST nodes */
} ag_recipe;

/* All that the code of a graph depends on. `key` stays empty while nothing is kept; `failed` when
 * memory ran out, and then nothing is kept of this graph. */
void ag_cache_key(const ag_graph *g, const ag_machine *m, int effort, bool fast_math, ag_text *key);

/* The object and its recipe, lying in *held (ag_free it); false: not there. */
bool ag_cache_get(const ag_text *key, ag_arena *arena, ag_recipe *r, const void **object,
                  size_t *size, void **held);
void ag_cache_put(const ag_text *key, const ag_recipe *r, const void *object, size_t size);

#endif
