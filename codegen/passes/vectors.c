/* vectors.c - vectors of a few elements that a loop carries become numbers, which live in
 * registers. while(v: float64[3])    ->  while(v0, v1, v2) v[1], stack(a, b, c)    ->  v1; a, b, c
 *   a + b, v with v[1] = x  ->  a0 + b0, a1 + b1, a2 + b2; v0, x, v2
 *
 * A variable is split when all that happens to it in the loop has a form on numbers. Elementwise
 * operations mean the same on numbers, so the bits stay.
 *
 * Needs: inferred types, folded constants.   Keeps: effects, checks, the order of both.
 * A split value that something reads as a whole is stacked where it is made. */
#include "pass.h"

enum { MOST_ELEMENTS = 4 };

typedef struct vectors {
  const ag_graph *g;
  bool *split;    /* by value: it becomes numbers */
  bool *whole;    /* by value: something reads it as a whole */
  bool *in_loop;  /* by region */
  ag_val **parts; /* by value: the numbers in the new graph */
} vectors;

static const ag_type *type_of(const vectors *s, ag_val v) { return &s->g->values[v].type; }

static bool is_small(const ag_type *t) {
  return t->rank == 1 && t->dim[0] > 0 && t->dim[0] <= MOST_ELEMENTS &&
         (t->dtype <= AG_U64 || t->dtype == AG_F32 || t->dtype == AG_F64);
}

/* The index, made non-negative, of v[constant]; -1: it is not known, or not in v. */
static int64_t known_index(const vectors *s, ag_val v, ag_val index) {
  int64_t at, size = type_of(s, v)->dim[0];
  if (!ag_constant_int(s->g, index, &at) || at < -size || at >= size)
    return -1;
  return at < 0 ? at + size : at;
}

static bool is_elementwise(const vectors *s, const ag_node *n) {
  if (ag_ops[n->op].lowering != AG_LOWER_inline || n->n_out != 1 ||
      (ag_ops[n->op].traits & (AG_TRAIT_PURE | AG_TRAIT_CHECK)) != AG_TRAIT_PURE)
    return false;
  for (uint32_t i = 0; i < n->n_in; i++)
    if (type_of(s, n->in[i])->rank && !is_small(type_of(s, n->in[i])))
      return false;
  return true;
}

/* Its result as numbers is made of numbers. */
static bool has_numbers(const vectors *s, const ag_node *n) {
  if (n->n_out != 1 || !is_small(type_of(s, n->out)))
    return false;
  if (n->op == AG_OP_STACK)
    return true;
  if (n->op == AG_OP_SET_ELEMENT)
    return n->n_in == 3 && known_index(s, n->in[0], n->in[2]) >= 0;
  return is_elementwise(s, n);
}

/* Operand i of n is read element by element. */
static bool reads_elements(const vectors *s, const ag_node *n, uint32_t i) {
  if (n->op == AG_OP_ELEMENT)
    return i == 0 && n->n_in == 2 && is_small(type_of(s, n->in[0])) &&
           known_index(s, n->in[0], n->in[1]) >= 0;
  if (n->op == AG_OP_WHILE)
    return s->split[n->out + i];
  return n->n_out == 1 && s->split[n->out];
}

/* ---- what is split ----------------------------------------------------------------------------
 */

static void split_nodes(vectors *s) {
  for (ag_nid id = 1; id < s->g->n_nodes; id++) {
    const ag_node *n = &s->g->nodes[id];
    if (n->op == AG_OP_WHILE || n->op == AG_OP_PARAM || !has_numbers(s, n))
      continue;
    bool some = n->op == AG_OP_STACK;
    for (uint32_t i = 0; i < n->n_in; i++)
      some |= s->split[n->in[i]];
    s->split[n->out] = some && s->in_loop[n->region];
  }
}

static void find_wholes(vectors *s) {
  memset(s->whole, 0, s->g->n_values * sizeof *s->whole);
  for (ag_nid id = 1; id < s->g->n_nodes; id++) {
    const ag_node *n = &s->g->nodes[id];
    for (uint32_t i = 0; i < n->n_in; i++)
      s->whole[n->in[i]] |= !reads_elements(s, n, i);
  }
  for (ag_region r = 0; r < s->g->n_regions; r++) {
    const ag_region_info *info = &s->g->regions[r];
    const ag_node *owner = &s->g->nodes[info->owner];
    for (uint32_t k = 0; k < info->n_results; k++)
      s->whole[info->results[k]] |=
          !r || owner->op != AG_OP_WHILE || owner->sub[1] != r || !s->split[owner->out + k];
  }
}

static void set_variable(vectors *s, const ag_node *loop, uint32_t k, bool split) {
  s->split[loop->out + k] = split;
  for (int i = 0; i < 2; i++)
    s->split[s->g->regions[loop->sub[i]].params[k]] = split;
}

static bool may_split(const vectors *s, const ag_node *loop, uint32_t k) {
  const ag_region_info *test = &s->g->regions[loop->sub[0]], *body = &s->g->regions[loop->sub[1]];
  return !s->whole[test->params[k]] && !s->whole[body->params[k]] && s->split[body->results[k]] &&
         !s->whole[body->results[k]] &&
         type_of(s, body->results[k])->dim[0] == type_of(s, loop->out + k)->dim[0];
}

/* From all small variables, takes out those that cannot be split, until nothing changes. True when
 * some are left. */
static bool decide(vectors *s) {
  bool again = true, some = false;
  for (ag_nid id = 1; id < s->g->n_nodes; id++) {
    const ag_node *n = &s->g->nodes[id];
    for (uint32_t k = 0; n->op == AG_OP_WHILE && k < n->n_out; k++)
      if (is_small(type_of(s, n->out + k)))
        set_variable(s, n, k, true);
  }
  while (again) {
    again = some = false;
    split_nodes(s);
    find_wholes(s);
    for (ag_nid id = 1; id < s->g->n_nodes; id++) {
      const ag_node *n = &s->g->nodes[id];
      for (uint32_t k = 0; n->op == AG_OP_WHILE && k < n->n_out; k++) {
        if (!s->split[n->out + k])
          continue;
        if (may_split(s, n, k)) {
          some = true;
        } else {
          set_variable(s, n, k, false);
          again = true;
        }
      }
    }
  }
  return some;
}

/* ---- the new graph ----------------------------------------------------------------------------
 */

static ag_val strong(ag_pass *p, ag_val v, ag_loc loc) {
  const ag_type *t = &p->to->values[v].type;
  ag_attr dtype = {.key = AG_KEY_dtype, .i = t->dtype};
  return t->weak ? ag_graph_op(p->to, AG_OP_CAST, &v, 1, &dtype, 1, loc, p->err) : v;
}

/* Number k of a value of the old graph; a number itself where that is not a vector. */
static ag_val part(ag_pass *p, ag_val v, int64_t k, ag_loc loc) {
  const vectors *s = p->state;
  const ag_type *t = type_of(s, v);
  if (t->rank == 0)
    return p->map[v];
  if (t->dim[0] == 1)
    k = 0;
  if (s->parts[v])
    return s->parts[v][k];
  ag_tensor number;
  ag_tensor_scalar(&number, AG_I64, &k);
  ag_val index = ag_graph_const(p->to, &number, NULL, loc, p->err), in[] = {p->map[v], index};
  return ag_graph_op(p->to, AG_OP_ELEMENT, in, 2, NULL, 0, loc, p->err);
}

static ag_val *new_parts(ag_pass *p, ag_val v) {
  vectors *s = p->state;
  s->parts[v] = ag_arena_alloc(p->scratch, MOST_ELEMENTS * sizeof **s->parts);
  if (!s->parts[v])
    ag_nomem(p->err);
  return s->parts[v];
}

static void stack_whole(ag_pass *p, ag_val v, ag_loc loc) {
  const vectors *s = p->state;
  ag_attr axis = {.key = AG_KEY_axis, .i = 0};
  if (s->whole[v] && !p->err->code)
    ag_pass_map(p, v,
                ag_graph_op(p->to, AG_OP_STACK, s->parts[v], (uint32_t)type_of(s, v)->dim[0], &axis,
                            1, loc, p->err));
}

static void visit_split(ag_pass *p, const ag_node *n) {
  const vectors *s = p->state;
  ag_val *made = new_parts(p, n->out);
  for (int64_t k = 0; made && k < type_of(s, n->out)->dim[0] && !p->err->code; k++) {
    if (n->op == AG_OP_STACK) {
      made[k] = strong(p, p->map[n->in[k]], n->loc);
    } else if (n->op == AG_OP_SET_ELEMENT) {
      made[k] = known_index(s, n->in[0], n->in[2]) == k ? strong(p, p->map[n->in[1]], n->loc)
                                                        : part(p, n->in[0], k, n->loc);
    } else {
      ag_val in[AG_FOREIGN_MAP_PARAMS];
      for (uint32_t i = 0; i < n->n_in; i++)
        in[i] = part(p, n->in[i], k, n->loc);
      made[k] = strong(
          p, ag_graph_op(p->to, (ag_op)n->op, in, n->n_in, n->attrs, n->n_attrs, n->loc, p->err),
          n->loc);
    }
  }
  stack_whole(p, n->out, n->loc);
}

/* Region i of a loop: the variables as its parameters, its nodes, and what comes out. */
static ag_region visit_region(ag_pass *p, const ag_node *loop, int i, uint32_t count) {
  const vectors *s = p->state;
  const ag_region_info *from = &p->from->regions[loop->sub[i]];
  ag_val *results = ag_arena_alloc(p->scratch, (count + 1) * sizeof *results);
  ag_region made = ag_region_open(p->to, p->err);
  if (!made || !results) {
    ag_nomem(p->err);
    return 0;
  }
  for (uint32_t k = 0; k < from->n_params && !p->err->code; k++) {
    ag_val v = from->params[k];
    const ag_type *t = type_of(s, v);
    if (!s->split[v]) {
      ag_pass_map(p, v, ag_graph_param(p->to, t, NULL, loop->loc, p->err));
      continue;
    }
    ag_type number = ag_type_scalar((ag_dtype)t->dtype, false);
    ag_val *parts = new_parts(p, v);
    for (int64_t j = 0; parts && j < t->dim[0]; j++)
      parts[j] = ag_graph_param(p->to, &number, NULL, loop->loc, p->err);
  }
  if (!p->err->code)
    ag_pass_inline(p, loop->sub[i]);
  uint32_t n = 0;
  for (uint32_t k = 0; k < from->n_results && !p->err->code; k++) {
    ag_val v = from->results[k];
    if (i == 0 || !s->split[loop->out + k])
      results[n++] = p->map[v];
    else
      for (int64_t j = 0; j < type_of(s, v)->dim[0]; j++)
        results[n++] = part(p, v, j, loop->loc);
  }
  if (!p->err->code)
    ag_region_results(p->to, made, results, n, p->err);
  ag_region_close(p->to);
  return p->err->code ? 0 : made;
}

static void visit_while(ag_pass *p, ag_nid id, const ag_node *n) {
  vectors *s = p->state;
  ag_spec spec;
  uint32_t count = 0, at = 0, most = n->n_in * MOST_ELEMENTS + 1;
  ag_val *in = ag_arena_alloc(p->scratch, most * sizeof *in);
  ag_type *types = ag_arena_alloc(p->scratch, most * sizeof *types);
  if (!in || !types) {
    ag_nomem(p->err);
    return;
  }
  if (!ag_pass_spec(p, id, &spec))
    return;
  for (uint32_t k = 0; k < n->n_in; k++) {
    const ag_type *t = type_of(s, n->out + k);
    if (!s->split[n->out + k]) {
      types[count] = *t;
      in[count++] = p->map[n->in[k]];
      continue;
    }
    for (int64_t j = 0; j < t->dim[0]; j++) {
      types[count] = ag_type_scalar((ag_dtype)t->dtype, false);
      in[count++] = part(p, n->in[k], j, n->loc);
    }
  }
  spec.in = in;
  spec.n_in = count;
  for (int i = 0; i < 2; i++)
    if (!(spec.sub[i] = visit_region(p, n, i, count)))
      return;
  ag_nid made = ag_graph_put(p->to, p->to->current, &spec, types, p->err);
  for (uint32_t k = 0; made && k < n->n_out && !p->err->code; k++) {
    ag_val v = n->out + k;
    if (!s->split[v]) {
      ag_pass_map(p, v, p->to->nodes[made].out + at++);
      continue;
    }
    ag_val *parts = new_parts(p, v);
    for (int64_t j = 0; parts && j < type_of(s, v)->dim[0]; j++)
      parts[j] = p->to->nodes[made].out + at++;
    stack_whole(p, v, n->loc);
  }
}

static void visit(ag_pass *p, ag_nid id) {
  const vectors *s = p->state;
  const ag_node *n = &p->from->nodes[id];
  if (n->op == AG_OP_PARAM && n->region && (p->map[n->out] || s->parts[n->out]))
    return; /* made with its loop */
  if (n->op == AG_OP_WHILE)
    visit_while(p, id, n);
  else if (n->op == AG_OP_ELEMENT && s->parts[n->in[0]] && reads_elements(s, n, 0))
    ag_pass_map(p, n->out, s->parts[n->in[0]][known_index(s, n->in[0], n->in[1])]);
  else if (n->n_out == 1 && s->split[n->out])
    visit_split(p, n);
  else
    ag_pass_copy(p, id);
}

static void copy(ag_pass *p, ag_nid id) { ag_pass_copy(p, id); }

static void find_loops(vectors *s) {
  for (ag_region r = 1; r < s->g->n_regions; r++)
    for (ag_region up = r; up && !s->in_loop[r]; up = s->g->regions[up].parent)
      s->in_loop[r] = s->g->nodes[s->g->regions[up].owner].op == AG_OP_WHILE;
}

ag_graph *ag_pass_vectors(const ag_graph *g, ag_err *err) {
  vectors s = {.g = g};
  s.split = ag_calloc(g->n_values, sizeof *s.split);
  s.whole = ag_calloc(g->n_values, sizeof *s.whole);
  s.in_loop = ag_calloc(g->n_regions, sizeof *s.in_loop);
  s.parts = ag_calloc(g->n_values, sizeof *s.parts);
  ag_graph *out = NULL;
  if (!s.split || !s.whole || !s.in_loop || !s.parts) {
    ag_nomem(err);
  } else {
    find_loops(&s);
    out = ag_pass_walk(g, decide(&s) ? visit : copy, &s, err);
  }
  ag_free(s.split);
  ag_free(s.whole);
  ag_free(s.in_loop);
  ag_free(s.parts);
  return out;
}
