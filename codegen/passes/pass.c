/* pass.c - the walk that passes are made of. */
#include "pass.h"

void ag_pass_map(ag_pass *p, ag_val from, ag_val to) { p->map[from] = to; }

/* ---- sizes that are known to be others ------------------------------------------------------ */

static int64_t size_now(const ag_pass *p, int64_t dim) {
  int64_t known = dim < 0 ? p->sizes[ag_dim_symbol(dim)] : 0;
  if (!known)
    return dim;
  int64_t now = ag_dim_shift(known > 0 ? known - 1 : known, ag_dim_offset(dim));
  return now == INT64_MIN ? dim : now;
}

static ag_type type_now(const ag_pass *p, const ag_type *t) {
  ag_type now = *t;
  for (int i = 0; i < t->rank; i++)
    now.dim[i] = size_now(p, t->dim[i]);
  return now;
}

/* The attributes that say types, where one of these says a size that is another. */
static const ag_attr *attrs_now(ag_pass *p, const ag_node *n) {
  ag_attr *attrs = NULL;
  for (uint32_t i = 0; i < n->n_attrs; i++) {
    const ag_attr *a = &n->attrs[i];
    bool shape = a->key == AG_KEY_shape && (n->op == AG_OP_PARAM || n->op == AG_OP_READ);
    if (!shape && a->kind != AG_ATTR_TYPES)
      continue;
    int64_t *ints = ag_arena_alloc(p->scratch, (a->n + 1) * sizeof *ints);
    ag_type *types = ag_arena_alloc(p->scratch, (a->n + 1) * sizeof *types);
    if (!attrs) {
      attrs = ag_arena_alloc(p->scratch, n->n_attrs * sizeof *attrs);
      if (attrs)
        memcpy(attrs, n->attrs, n->n_attrs * sizeof *attrs);
    }
    if (!attrs || !ints || !types) {
      ag_nomem(p->err);
      return n->attrs;
    }
    for (uint32_t k = 0; k < a->n; k++)
      if (shape)
        ints[k] = size_now(p, a->ints[k]);
      else
        types[k] = type_now(p, &a->types[k]);
    if (shape)
      attrs[i].ints = ints;
    else
      attrs[i].types = types;
  }
  return attrs ? attrs : n->attrs;
}

/* ---- the walk ------------------------------------------------------------------------------- */

bool ag_pass_spec(ag_pass *p, ag_nid id, ag_spec *out) {
  const ag_node *n = &p->from->nodes[id];
  *out = (ag_spec){.op = (ag_op)n->op,
                   .n_in = n->n_in,
                   .n_attrs = n->n_attrs,
                   .attrs = attrs_now(p, n),
                   .name = n->op == AG_OP_PARAM && !n->region ? n->name : NULL,
                   .loc = n->loc};
  if (!n->n_in)
    return true;
  ag_val *in = ag_arena_alloc(p->scratch, n->n_in * sizeof *in);
  if (!in) {
    ag_nomem(p->err);
    return false;
  }
  for (uint32_t i = 0; i < n->n_in; i++)
    in[i] = p->map[n->in[i]];
  out->in = in;
  return true;
}

ag_nid ag_pass_put(ag_pass *p, ag_nid id, ag_region region, const ag_spec *s) {
  const ag_node *n = &p->from->nodes[id];
  ag_type few[4], *types = few;
  if (n->n_out > 4) {
    types = ag_arena_alloc(p->scratch, n->n_out * sizeof *types);
    if (!types) {
      ag_nomem(p->err);
      return 0;
    }
  }
  for (uint32_t i = 0; i < n->n_out; i++)
    types[i] = type_now(p, &p->from->values[n->out + i].type);
  ag_nid made = ag_graph_put(p->to, region, s, types, p->err);
  for (uint32_t i = 0; made && i < n->n_out; i++)
    p->map[n->out + i] = p->to->nodes[made].out + i;
  return made;
}

void ag_pass_inline(ag_pass *p, ag_region r) {
  for (ag_nid id = p->from->regions[r].first; id && !p->err->code; id = p->from->nodes[id].next)
    p->visit(p, id);
}

static void set_results(ag_pass *p, ag_region from, ag_region to) {
  const ag_region_info *info = &p->from->regions[from];
  ag_val *results = ag_arena_alloc(p->scratch, (info->n_results + 1) * sizeof *results);
  if (!results) {
    ag_nomem(p->err);
    return;
  }
  for (uint32_t i = 0; i < info->n_results; i++)
    results[i] = p->map[info->results[i]];
  ag_region_results(p->to, to, results, info->n_results, p->err);
}

ag_region ag_pass_region(ag_pass *p, ag_region r) {
  ag_region made = ag_region_open(p->to, p->err);
  if (!made)
    return 0;
  ag_pass_inline(p, r);
  if (!p->err->code)
    set_results(p, r, made);
  ag_region_close(p->to);
  return p->err->code ? 0 : made;
}

ag_nid ag_pass_copy(ag_pass *p, ag_nid id) {
  const ag_node *n = &p->from->nodes[id];
  ag_spec s;
  if (!ag_pass_spec(p, id, &s))
    return 0;
  for (int i = 0; i < 2; i++)
    if (n->sub[i] && !(s.sub[i] = ag_pass_region(p, n->sub[i])))
      return 0;
  return ag_pass_put(p, id, p->to->current, &s);
}

ag_graph *ag_pass_walk(const ag_graph *from, void (*visit)(ag_pass *, ag_nid), void *state,
                       ag_err *err) {
  ag_pass p = {.from = from,
               .to = ag_graph_new_unnamed(from->symbols),
               .map = ag_calloc(from->n_values, sizeof *p.map),
               .sizes = ag_calloc(from->symbols + 1, sizeof *p.sizes),
               .scratch = ag_arena_new(),
               .err = err,
               .visit = visit,
               .state = state};
  if (!p.to || !p.map || !p.sizes || !p.scratch)
    ag_nomem(err);
  else
    ag_pass_inline(&p, 0);
  if (!err->code)
    set_results(&p, 0, 0);
  ag_free(p.map);
  ag_free(p.sizes);
  ag_arena_free(p.scratch);
  if (!err->code)
    return p.to;
  ag_graph_free(p.to);
  return NULL;
}

bool ag_constant_int(const ag_graph *g, ag_val v, int64_t *out) {
  const ag_tensor *t = ag_constant(g, v);
  if (!t || t->rank)
    return false;
  const void *p = ag_tensor_data(t);
  switch (t->dtype) {
#define INT(D, T)                                                                                  \
  case AG_##D:                                                                                     \
    *out = *(const T *)p;                                                                          \
    return true;
    INT(BOOL, uint8_t)
    INT(I8, int8_t)
    INT(I16, int16_t)
    INT(I32, int32_t)
    INT(I64, int64_t)
    INT(U8, uint8_t)
    INT(U16, uint16_t)
    INT(U32, uint32_t)
#undef INT
  case AG_U64: {
    uint64_t u = *(const uint64_t *)p;
    *out = (int64_t)u;
    return u <= INT64_MAX;
  }
  default:
    return false;
  }
}

bool ag_constants_equal(const ag_tensor *a, const ag_tensor *b) {
  if (a->dtype != b->dtype || a->weak != b->weak || a->rank != b->rank)
    return false;
  for (int i = 0; i < a->rank; i++)
    if (a->dim[i] != b->dim[i])
      return false;
  const void *x = ag_tensor_data(a), *y = ag_tensor_data(b);
  return x == y || !memcmp(x, y, (size_t)ag_tensor_count(a) * ag_dtype_size((ag_dtype)a->dtype));
}

static bool all_known(const ag_graph *g, const ag_node *n) {
  for (uint32_t i = 0; i < n->n_in; i++)
    if (!ag_type_known(&g->values[n->in[i]].type))
      return false;
  for (uint32_t i = 0; i < n->n_out; i++)
    if (!ag_type_known(&g->values[n->out + i].type))
      return false;
  return true;
}

bool ag_known_place(const ag_graph *g, ag_val x, const ag_val *index, uint32_t n, int64_t *out) {
  const ag_type *t = &g->values[x].type;
  for (uint32_t i = 0; i < n; i++) {
    int64_t size = t->rank > (int)i ? t->dim[i] : -1;
    if (!ag_constant_int(g, index[i], &out[i]) || out[i] < -size || out[i] >= size)
      return false;
    out[i] += out[i] < 0 ? size : 0;
  }
  return true;
}

bool ag_is_total(const ag_graph *g, const ag_node *n) {
  uint8_t traits = ag_ops[n->op].traits;
  if (traits & AG_TRAIT_PURE)
    return true;
  if (!(traits & AG_TRAIT_CHECK))
    return false;
  const ag_type *first = n->n_in ? &g->values[n->in[0]].type : NULL;
  int64_t k, place[AG_MAX_RANK];
  switch (n->op) {
  case AG_OP_ELEMENT: /* these fail where the place is not in the array */
    return ag_known_place(g, n->in[0], n->in + 1, n->n_in - 1, place);
  case AG_OP_SET_ELEMENT:
    return all_known(g, n) && ag_known_place(g, n->in[0], n->in + 2, n->n_in - 2, place);
  case AG_OP_FLOORDIV: /* integers wrap, and fail only where they divide by zero */
  case AG_OP_MOD:
    return ag_is_float((ag_dtype)first->dtype) || (ag_constant_int(g, n->in[1], &k) && k);
  case AG_OP_POW: /* integers fail for a negative exponent */
    return ag_is_float((ag_dtype)first->dtype) || (ag_constant_int(g, n->in[1], &k) && k >= 0);
  case AG_OP_PYFLOORDIV: /* the smallest int divided by -1 does not fit */
    return ag_constant_int(g, n->in[1], &k) && k != 0 && k != -1;
  case AG_OP_PYMOD:
  case AG_OP_PYDIV:
    return ag_constant_int(g, n->in[1], &k) && k != 0;
  case AG_OP_PYSHR:
    return ag_constant_int(g, n->in[1], &k) && k >= 0;
  case AG_OP_BROADCAST: /* these check shapes, which inference did where all are constant */
  case AG_OP_RESHAPE:
  case AG_OP_CONCAT:
  case AG_OP_STACK:
  case AG_OP_UNSTACK:
  case AG_OP_MATMUL:
  case AG_OP_SET_SLICE:
    return all_known(g, n);
  case AG_OP_MAX: /* these fail on nothing to choose from */
  case AG_OP_MIN:
  case AG_OP_ARGMAX:
  case AG_OP_ARGMIN: {
    if (!all_known(g, n))
      return false;
    bool some = true;
    for (int i = 0; i < first->rank; i++)
      some = some && first->dim[i];
    return some;
  }
  default:
    return false;
  }
}
