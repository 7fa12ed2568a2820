/* infer_op.c - type inference of an operation outside of any graph: eager mode checks with the same
 * rules. */
#include "infer.h"

enum { FEW = 8 };

ag_code ag_op_types(ag_op op, const ag_type *in, uint32_t n_in, const ag_attr *attrs,
                    uint32_t n_attrs, ag_type *out, uint32_t n_out, ag_err *err) {
  ag_value values_here[FEW];
  ag_val ids_here[FEW];
  ag_value *values = values_here;
  ag_val *ids = ids_here;
  if (ag_ops[op].n_in >= 0 && n_in != (uint32_t)ag_ops[op].n_in)
    return ag_fail(err, AG_ERR_TYPE, 0, "%s: takes %d input%s, given %u", ag_ops[op].name,
                   ag_ops[op].n_in, ag_ops[op].n_in == 1 ? "" : "s", n_in);
  if (ag_ops[op].traits & AG_TRAIT_REGION || ag_ops[op].lowering == AG_LOWER_source)
    return ag_fail(err, AG_ERR_TYPE, 0, "%s: exists only in a graph", ag_ops[op].name);
  if (n_in > FEW) {
    values = ag_malloc(n_in * sizeof *values);
    ids = ag_malloc(n_in * sizeof *ids);
    if (!values || !ids) {
      ag_nomem(err);
      goto done;
    }
  }
  ag_node unknown = {.op = AG_OP_PARAM}; /* what made the inputs: nothing to be learned from */
  for (uint32_t i = 0; i < n_in; i++) {
    values[i].type = in[i];
    values[i].node = 0;
    ids[i] = i;
  }
  ag_graph g; /* rules look at the values of inputs and their nodes only */
  g.values = values;
  g.nodes = &unknown;
  ag_spec spec = {.op = op, .n_in = n_in, .n_attrs = n_attrs, .in = ids, .attrs = attrs};
  ag_infer f = {.g = &g, .spec = &spec, .out = out, .err = err};
  if (ag_infer_count(&f) == AG_OK) {
    if (f.n_out != n_out)
      ag_fail(err, AG_ERR_TYPE, 0, "%s: has %u outputs, not %u", ag_ops[op].name, f.n_out, n_out);
    else
      ag_infer_types(&f);
  }

done:
  if (values != values_here)
    ag_free(values);
  if (ids != ids_here)
    ag_free(ids);
  return err->code;
}
