/* optimize.c - the table of passes, which reads as the order of work.
 * Each takes a graph and gives the next one. A pass that comes upon a contradiction (sizes that it
 * now knows do not fit, in code that is perhaps never reached) is left out, and the program says so
 * when it gets there. */
#include "ag/compile.h"
#include "passes/pass.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
  const char *name;
  ag_pass_function *run;
  bool regions; /* of use only where there were any */
} table[] = {
    {"simplify", ag_pass_simplify, false}, {"fold", ag_pass_fold, false},
    {"cond", ag_pass_cond, true},          {"sizes", ag_pass_sizes, true},
    {"unroll", ag_pass_unroll, true},      {"loop", ag_pass_loop, true},
    {"simplify", ag_pass_simplify, true}, /* what branches became, and loop variables that are
                                             constants */
    {"fold", ag_pass_fold, true},          {"vectors", ag_pass_vectors, true},
    {"cse", ag_pass_cse, false},           {"dce", ag_pass_dce, false},
};
enum { PASSES = sizeof table / sizeof *table };

static void copy(ag_pass *p, ag_nid id) { ag_pass_copy(p, id); }

/* True for errors of the program, as opposed to ours. */
static bool is_contradiction(ag_code code) {
  return code == AG_ERR_SHAPE || code == AG_ERR_TYPE || code == AG_ERR_VALUE ||
         code == AG_ERR_INDEX;
}

static void dump(const char *name, const ag_graph *g) {
  const char *wanted = getenv("AG_DUMP");
  ag_text t = {0};
  if (!wanted || (strcmp(wanted, name) && strcmp(wanted, "all")))
    return;
  if (ag_graph_print(g, NULL, NULL, &t) == AG_OK)
    fprintf(stderr, "after %s:\n%s", name, t.data);
  ag_free(t.data);
}

static ag_graph *run(int i, const ag_graph *g, ag_err *err) {
  ag_graph *out = table[i].run(g, err);
#ifndef NDEBUG
  if (out && ag_graph_verify(out, err)) {
    ag_text t = {0};
    if (err->code == AG_ERR_INTERNAL && ag_graph_print(out, NULL, NULL, &t) == AG_OK)
      fprintf(stderr, "%s made a wrong graph:\n%s", table[i].name, t.data);
    ag_free(t.data);
    ag_graph_free(out);
    return NULL;
  }
#endif
  return out;
}

ag_graph *ag_pass_run(const char *name, const ag_graph *g, ag_err *err) {
  for (int i = 0; i < PASSES; i++)
    if (!strcmp(table[i].name, name))
      return run(i, g, err);
  ag_fail(err, AG_ERR_VALUE, 0, "no pass is called %s", name);
  return NULL;
}

ag_graph *ag_optimize(const ag_graph *g, int level, ag_err *err) {
  ag_graph *now = NULL;
  if (err->code)
    return NULL;
  for (int i = 0; level > 0 && i < PASSES; i++) {
    const ag_graph *from = now ? now : g;
    if (table[i].regions && ag_graph_regions(g) == 1)
      continue;
    ag_err failed = {0};
    ag_graph *next = run(i, from, &failed);
    if (!next) {
      if (is_contradiction(failed.code))
        continue;
      *err = failed;
      ag_graph_free(now);
      return NULL;
    }
    ag_graph_free(now);
    now = next;
    dump(table[i].name, now);
  }
  return now ? now : ag_pass_walk(g, copy, NULL, err);
}
