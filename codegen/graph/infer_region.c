/* infer_region.c - types of COND and WHILE: what the two regions give must fit together.
 * Dtype and weakness must be equal (the tracer inserts casts); sizes that differ become unknown. */
#include "infer.h"

static ag_code check_condition(ag_infer *f, const ag_type *t, const char *what) {
  char text[AG_TYPE_TEXT];
  if (t->dtype == AG_BOOL && t->rank == 0)
    return AG_OK;
  return ag_infer_fail(f, AG_ERR_TYPE, "%s must be one bool, not %s", what, ag_type_text(t, text));
}

ag_code ag_infer_cond(ag_infer *f) {
  const ag_graph *g = f->g;
  const ag_region_info *a = &g->regions[f->spec->sub[0]], *b = &g->regions[f->spec->sub[1]];
  if (check_condition(f, ag_infer_in(f, 0), "the condition"))
    return f->err->code;
  if (a->n_params || b->n_params)
    return ag_infer_fail(f, AG_ERR_INTERNAL, "a branch has parameters");
  if (a->n_results != b->n_results)
    return ag_infer_fail(f, AG_ERR_TYPE, "the branches give %u and %u results", a->n_results,
                         b->n_results);
  for (uint32_t i = 0; i < f->n_out; i++) {
    const ag_type *x = &g->values[a->results[i]].type, *y = &g->values[b->results[i]].type;
    ag_type *t = &f->out[i];
    if (x->dtype != y->dtype || x->weak != y->weak) {
      char t1[AG_TYPE_TEXT], t2[AG_TYPE_TEXT];
      return ag_infer_fail(f, AG_ERR_TYPE, "result %u is %s in one branch and %s in the other", i,
                           ag_type_text(x, t1), ag_type_text(y, t2));
    }
    *t = *x;
    if (x->rank != y->rank)
      t->rank = AG_RANK_UNKNOWN;
    for (int d = 0; d < t->rank; d++)
      if (x->dim[d] != y->dim[d])
        t->dim[d] = ag_infer_symbol(f);
  }
  return AG_OK;
}

/* One value that becomes a loop variable: before the loop, or after an iteration. */
static ag_code check_variable(ag_infer *f, uint32_t i, const ag_type *param, const ag_type *t,
                              const char *when) {
  if (ag_type_accepts(param, t))
    return AG_OK;
  char t1[AG_TYPE_TEXT], t2[AG_TYPE_TEXT];
  bool dtypes = param->dtype != t->dtype || param->weak != t->weak;
  return ag_infer_fail(f, dtypes ? AG_ERR_TYPE : AG_ERR_SHAPE, "loop variable %u is %s, but %s %s",
                       i, ag_type_text(param, t1), ag_type_text(t, t2), when);
}

ag_code ag_infer_while(ag_infer *f) {
  const ag_graph *g = f->g;
  const ag_region_info *test = &g->regions[f->spec->sub[0]], *body = &g->regions[f->spec->sub[1]];
  uint32_t n = f->spec->n_in;
  if (test->n_params != n || body->n_params != n || body->n_results != n)
    return ag_infer_fail(
        f, AG_ERR_TYPE,
        "%u loop variables, but the test takes %u and the body takes %u and gives %u", n,
        test->n_params, body->n_params, body->n_results);
  if (test->n_results != 1)
    return ag_infer_fail(f, AG_ERR_TYPE, "the test gives %u results", test->n_results);
  if (check_condition(f, &g->values[test->results[0]].type, "the test"))
    return f->err->code;
  for (uint32_t i = 0; i < n; i++) {
    const ag_type *param = &g->values[body->params[i]].type;
    const ag_type *before = ag_infer_in(f, i), *after = &g->values[body->results[i]].type;
    if (!ag_type_equal(param, &g->values[test->params[i]].type)) {
      char t1[AG_TYPE_TEXT], t2[AG_TYPE_TEXT];
      return ag_infer_fail(f, AG_ERR_TYPE, "loop variable %u is %s in the test and %s in the body",
                           i, ag_type_text(&g->values[test->params[i]].type, t1),
                           ag_type_text(param, t2));
    }
    if (check_variable(f, i, param, before, "before the loop") ||
        check_variable(f, i, param, after, "after one iteration"))
      return f->err->code;
    f->out[i] = *param;
    /* Code relies on equal symbols being equal sizes, so one from outside cannot stand for a size
     * that changes. */
    for (int d = 0; d < param->rank && !f->again; d++)
      if (param->dim[d] < 0 && before->rank > d && before->dim[d] == param->dim[d] &&
          after->dim[d] != param->dim[d]) {
        char text[AG_TYPE_TEXT];
        return ag_infer_fail(
            f, AG_ERR_SHAPE,
            "loop variable %u is %s, and size %d changes: it needs a symbol of its own", i,
            ag_type_text(param, text), d);
      }
    /* A symbol that all three agree on is the same size inside and outside; any other one varies.
     */
    for (int d = 0; d < param->rank; d++)
      if (param->dim[d] < 0 && (before->dim[d] != param->dim[d] || after->dim[d] != param->dim[d]))
        f->out[i].dim[d] = ag_infer_symbol(f);
  }
  return AG_OK;
}
