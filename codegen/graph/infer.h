/* infer.h - type inference of one node, for the builder and the verifier. */
#ifndef AG_INFER_H
#define AG_INFER_H

#include "build.h"

typedef struct ag_infer {
  const ag_graph *g;
  const ag_spec *spec;
  ag_type *out; /* n_out of them */
  uint32_t n_out;
  uint32_t symbols; /* made so far: goes on from the graph's */
  bool again;       /* the node was inferred before, from inputs of which less was known */
  ag_err *err;
} ag_infer;

ag_code ag_infer_count(ag_infer *f); /* sets n_out */
ag_code ag_infer_types(ag_infer *f); /* fills out */

/* The two columns of ops.def, in this order; each fills its part of all outputs. */
ag_code ag_infer_dtypes(ag_infer *f);
ag_code ag_infer_shapes(ag_infer *f);
/* Both parts for COND and WHILE. */
ag_code ag_infer_cond(ag_infer *f);
ag_code ag_infer_while(ag_infer *f);

static inline const ag_type *ag_infer_in(const ag_infer *f, uint32_t i) {
  return &f->g->values[f->spec->in[i]].type;
}
static inline const char *ag_infer_name(const ag_infer *f) { return ag_ops[f->spec->op].name; }
static inline int64_t ag_infer_symbol(ag_infer *f) { return -(int64_t)++f->symbols; }
static inline const ag_attr *ag_infer_attr(const ag_infer *f, ag_key key) {
  return ag_attr_find(f->spec->attrs, f->spec->n_attrs, key);
}
/* Fails, naming the attribute, when it is absent or of another kind. */
const ag_attr *ag_infer_need(ag_infer *f, ag_key key, int kind);

/* Shared by the files of shape rules. */
const char *ag_infer_shape_text(const ag_type *t, char *buf); /* AG_SHAPE_TEXT bytes */
void ag_infer_copy_shape(ag_type *to, const ag_type *from);
ag_code ag_infer_unknown(ag_infer *f); /* no rank is known */
ag_code ag_infer_need_ints(ag_infer *f, uint32_t i); /* operand i holds indices */
ag_code ag_infer_slice(ag_infer *f); /* infer_part.c */
ag_code ag_infer_slice_dyn(ag_infer *f);
/* Operands a and b are x[:b] and x[b:] along the axis, in either order: together as long as x. */
bool ag_infer_is_cut(const ag_infer *f, uint32_t a, uint32_t b, int axis, int64_t *size);
ag_code ag_infer_element(ag_infer *f);
ag_code ag_infer_set(ag_infer *f);
ag_code ag_infer_pool(ag_infer *f); /* infer_window.c */
ag_code ag_infer_conv(ag_infer *f);

/* "add: " and the rest, at the node's place. */
#define ag_infer_fail(f, code, ...) ag_infer_fail_((f), (code), __VA_ARGS__)
ag_code ag_infer_fail_(ag_infer *f, ag_code code, const char *fmt, ...) AG_PRINTF(3, 4);

#endif
