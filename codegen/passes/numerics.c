/* numerics.c - a check after every operation that could make a NaN or an infinity.
 * Asked for by tf.debugging.enable_check_numerics. It runs before the other passes, so that the
 * operations are those of the user's lines and a constant that folding finds is told as well; what
 * nobody needs is dropped first. A check is an effect: it stays where it is, in branches and loops
 * too, and the first bad number in the program's order is the one that is told. What is checked is
 * not fused into its users any more.
 *
 * Needs:  nothing.   Keeps: everything that is needed. */
#include "ag/compile.h"
#include "pass.h"

#include <string.h>

/* These hand on elements of their operands, which were checked where they were made (arguments,
 * constants and variables are the user's). */
static bool moves(ag_op op) {
  switch (op) {
  case AG_OP_IDENTITY:
  case AG_OP_SELECT:
  case AG_OP_MAXIMUM:
  case AG_OP_MINIMUM:
  case AG_OP_MAX:
  case AG_OP_MIN:
  case AG_OP_RESHAPE_TO:
  case AG_OP_CONCAT:
  case AG_OP_STACK:
  case AG_OP_UNSTACK:
  case AG_OP_PAD:
  case AG_OP_FILL_TO:
  case AG_OP_SET_ELEMENT:
  case AG_OP_SET_SLICE:
  case AG_OP_SET_SLICE_DYN:
  case AG_OP_LIST_PUT:
  case AG_OP_LIST_WRITE:
  case AG_OP_LIST_MOVE:
  case AG_OP_SORT:
  case AG_OP_READ:
  case AG_OP_FETCH_ADD:
    return true;
  default:
    return ag_ops[op].lowering == AG_LOWER_source || ag_ops[op].lowering == AG_LOWER_index ||
           ag_ops[op].lowering == AG_LOWER_region;
  }
}

bool ag_checks_numerics(ag_op op, ag_dtype result) {
  return (ag_is_float(result) || ag_is_complex(result)) && !moves(op);
}

static void check(ag_pass *p, const ag_node *n, uint32_t output) {
  ag_val *in = ag_arena_alloc(p->scratch, (n->n_in + 1) * sizeof *in);
  if (!in) {
    ag_nomem(p->err);
    return;
  }
  in[0] = p->map[n->out + output];
  for (uint32_t i = 0; i < n->n_in; i++)
    in[i + 1] = p->map[n->in[i]];
  const char *name = ag_ops[n->op].name;
  ag_attr attr = {
      .key = AG_KEY_text, .kind = AG_ATTR_TEXT, .text = name, .n = (uint32_t)strlen(name)};
  ag_spec s = {.op = AG_OP_CHECK_NUMERICS,
               .n_in = n->n_in + 1,
               .in = in,
               .n_attrs = 1,
               .attrs = &attr,
               .loc = n->loc};
  ag_graph_put(p->to, p->to->current, &s, NULL, p->err);
}

static void visit(ag_pass *p, ag_nid id) {
  const ag_node *n = &p->from->nodes[id];
  if (!ag_pass_copy(p, id))
    return;
  for (uint32_t i = 0; i < n->n_out && !p->err->code; i++)
    if (ag_checks_numerics((ag_op)n->op, (ag_dtype)p->from->values[n->out + i].type.dtype))
      check(p, n, i);
}

ag_graph *ag_check_numerics(const ag_graph *g, ag_err *err) {
  ag_graph *live = ag_pass_dce(g, err);
  ag_graph *out = live ? ag_pass_walk(live, visit, NULL, err) : NULL;
  ag_graph_free(live);
  return out;
}
