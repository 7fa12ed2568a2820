/* graph.c - the arrays of a graph: appending nodes, names, undo.
 * Ids index the arrays and entry 0 is unused, so 0 can mean none. Appending is O(1); what nodes
 * point to lies in the graph's arena and moves never. */
#include "build.h"
#include "infer.h"

enum { FIRST_NODES = 32 };

/* ---- making and freeing ------------------------------------------------------------------- */

static bool grow_nodes(ag_graph *g, uint32_t need) {
  return ag_grow(g->nodes, g->cap_nodes, need) && ag_grow(g->prev, g->cap_prev, need);
}

static ag_graph *new_graph(bool unnamed, uint32_t symbols) {
  ag_graph *g = ag_calloc(1, sizeof *g);
  if (!g)
    return NULL;
  g->unnamed = unnamed;
  g->symbols = symbols;
  g->arena = ag_arena_new();
  if (!g->arena || !grow_nodes(g, FIRST_NODES) || !ag_grow(g->values, g->cap_values, FIRST_NODES) ||
      !ag_grow(g->regions, g->cap_regions, 1) || !ag_grow(g->param_caps, g->cap_param_caps, 1)) {
    ag_graph_free(g);
    return NULL;
  }
  memset(&g->nodes[0], 0, sizeof g->nodes[0]);
  memset(&g->values[0], 0, sizeof g->values[0]);
  memset(&g->regions[0], 0, sizeof g->regions[0]);
  g->param_caps[0] = 0;
  g->n_nodes = g->n_values = g->n_regions = g->named = 1;
  return g;
}

ag_graph *ag_graph_new(void) { return new_graph(false, 0); }
ag_graph *ag_graph_new_unnamed(uint32_t symbols) { return new_graph(true, symbols); }

static void drop_held(ag_graph *g, ag_nid from) {
  while (g->held && g->held->node >= from) {
    ag_tensor_unref(&g->held->tensor);
    g->held = g->held->below;
  }
}

void ag_graph_free(ag_graph *g) {
  if (!g)
    return;
  drop_held(g, 0);
  ag_arena_free(g->arena);
  ag_free(g->nodes);
  ag_free(g->prev);
  ag_free(g->namings);
  ag_free(g->values);
  ag_free(g->regions);
  ag_free(g->param_caps);
  ag_free(g->results);
  ag_free(g->names);
  ag_free(g);
}

uint32_t ag_graph_nodes(const ag_graph *g) { return g->n_nodes; }
uint32_t ag_graph_values(const ag_graph *g) { return g->n_values; }
uint32_t ag_graph_regions(const ag_graph *g) { return g->n_regions; }
const ag_node *ag_graph_node(const ag_graph *g, ag_nid id) { return &g->nodes[id]; }
const ag_value *ag_graph_value(const ag_graph *g, ag_val v) { return &g->values[v]; }
const ag_region_info *ag_graph_region(const ag_graph *g, ag_region r) { return &g->regions[r]; }
int64_t ag_graph_symbol(ag_graph *g) { return -(int64_t)++g->symbols; }

/* ---- names ---------------------------------------------------------------------------------- */

/* The place of a name: holds the node of that name, or is where it would go. */
static uint32_t name_place(const ag_graph *g, const char *name, uint32_t hash) {
  uint32_t i = hash & (g->cap_names - 1);
  for (; g->names[i].node; i = (i + 1) & (g->cap_names - 1))
    if (g->names[i].hash == hash && !strcmp(g->nodes[g->names[i].node].name, name))
      break;
  return i;
}

/* In order of ids, so that undo can empty places in the opposite order without breaking a chain. */
static bool grow_names(ag_graph *g) {
  if (g->n_names * 2 < g->cap_names)
    return true;
  uint32_t cap = g->cap_names ? g->cap_names * 2 : 64;
  struct ag_name_entry *bigger = ag_calloc(cap, sizeof *bigger);
  if (!bigger)
    return false;
  ag_free(g->names);
  g->names = bigger;
  g->cap_names = cap;
  for (ag_nid id = 1; id < g->named; id++) {
    uint32_t hash = g->namings[id].hash;
    g->names[name_place(g, g->nodes[id].name, hash)] = (struct ag_name_entry){hash, id};
  }
  return true;
}

/* Writes "_12" and the end of the text; its length. */
static size_t put_suffix(char *to, uint32_t k) {
  char digits[10];
  size_t n = 0;
  do
    digits[n++] = (char)('0' + k % 10);
  while (k /= 10);
  *to++ = '_';
  for (size_t i = n; i > 0;)
    *to++ = digits[--i];
  *to = 0;
  return n + 1;
}

static uint32_t hash_name(const char *name, size_t len) {
  return (uint32_t)ag_hash_bytes(name, len, 0);
}

/* "add", then "add_1", "add_2": each name counts the suffixes given to it, so a new one is found at
 * once. */
static bool set_name(ag_graph *g, ag_nid id, const char *name) {
  if (!ag_grow(g->namings, g->cap_namings, id + 1) || !grow_names(g))
    return false;
  ag_naming *naming = &g->namings[id];
  memset(naming, 0, sizeof *naming);
  size_t len = strlen(name);
  uint32_t hash = hash_name(name, len), place = name_place(g, name, hash);
  ag_nid base = g->names[place].node;
  char *own;
  if (!base) {
    own = ag_arena_copy(g->arena, name, len);
  } else {
    own = ag_arena_alloc(g->arena, len + 12);
    if (own)
      memcpy(own, name, len);
    naming->base = base;
    naming->before = g->namings[base].count;
    for (uint32_t k = naming->before + 1; own; k++) {
      size_t n = len + put_suffix(own + len, k);
      hash = hash_name(own, n);
      place = name_place(g, own, hash);
      if (!g->names[place].node) {
        g->namings[base].count = k;
        break;
      }
    }
  }
  if (!own)
    return false;
  naming->hash = hash;
  g->nodes[id].name = own;
  g->names[place] = (struct ag_name_entry){hash, id};
  g->n_names++;
  return true;
}

/* In order of ids: what a node is called depends on those before it only. */
const char *ag_graph_name(ag_graph *g, ag_nid id) {
  for (; !g->unnamed && g->named <= id; g->named++) {
    const ag_node *n = &g->nodes[g->named];
    if (!set_name(g, g->named, n->name ? n->name : ag_ops[n->op].name))
      return NULL;
  }
  return g->nodes[id].name;
}

static void drop_name(ag_graph *g, ag_nid id) {
  g->names[name_place(g, g->nodes[id].name, g->namings[id].hash)].node = 0;
  g->n_names--;
  if (g->namings[id].base)
    g->namings[g->namings[id].base].count = g->namings[id].before;
}

/* ---- adding --------------------------------------------------------------------------------- */

/* The graph's own references to the tensors of attributes. */
static ag_code hold_tensors(ag_graph *g, ag_nid id, ag_attr *attrs, uint32_t n, ag_err *err) {
  for (uint32_t i = 0; i < n; i++) {
    if (attrs[i].kind != AG_ATTR_TENSOR)
      continue;
    const ag_tensor *from = attrs[i].tensor;
    ag_held *h = ag_arena_alloc(g->arena, sizeof *h);
    if (!h)
      return ag_nomem(err);
    if (from->rank && !from->owner) { /* memory lent by somebody who may not outlive the graph */
      ag_shape shape;
      ag_tensor_shape(from, &shape);
      if (ag_tensor_new(&h->tensor, (ag_dtype)from->dtype, &shape, err))
        return err->code;
      h->tensor.weak = from->weak;
      memcpy(ag_tensor_data(&h->tensor), ag_tensor_data(from),
             (size_t)ag_tensor_count(from) * ag_dtype_size((ag_dtype)from->dtype));
    } else {
      ag_tensor_ref(from, &h->tensor);
    }
    h->tensor.flags |= AG_TENSOR_READONLY;
    h->node = id;
    h->below = g->held;
    g->held = h;
    attrs[i].tensor = &h->tensor;
  }
  return AG_OK;
}

static ag_code check_spec(const ag_graph *g, ag_region region, const ag_spec *s, ag_err *err) {
  const ag_op_info *op = &ag_ops[s->op];
  if (op->n_in >= 0 && s->n_in != (uint32_t)op->n_in)
    return ag_fail(err, AG_ERR_TYPE, s->loc, "%s: takes %d input%s, given %u", op->name, op->n_in,
                   op->n_in == 1 ? "" : "s", s->n_in);
  for (uint32_t i = 0; i < s->n_in; i++) {
    if (s->in[i] >= g->n_values)
      return ag_fail(err, AG_ERR_INTERNAL, s->loc, "%s: input %u does not exist", op->name, i);
    if (!ag_graph_visible(g, s->in[i], region))
      return ag_fail(
          err, AG_ERR_VALUE, s->loc,
          "%s: input %u was made inside a branch or a loop and cannot be used outside it", op->name,
          i);
  }
  if (!(op->traits & AG_TRAIT_REGION))
    return AG_OK;
  for (int i = 0; i < 2; i++) {
    ag_region r = s->sub[i];
    if (!r || r >= g->n_regions || g->regions[r].owner || g->regions[r].parent != region ||
        (i && r == s->sub[0]))
      return ag_fail(err, AG_ERR_INTERNAL, s->loc, "%s: region %u cannot belong to it", op->name,
                     r);
    if (ag_region_is_open(g, r))
      return ag_fail(err, AG_ERR_INTERNAL, s->loc, "%s: region %u is still open", op->name, r);
  }
  return AG_OK;
}

static void link_node(ag_graph *g, ag_nid id, ag_region region) {
  ag_region_info *r = &g->regions[region];
  g->prev[id] = r->last;
  if (r->last)
    g->nodes[r->last].next = id;
  else
    r->first = id;
  r->last = id;
}

static bool add_param(ag_graph *g, ag_region region, ag_val v) {
  ag_region_info *r = &g->regions[region];
  uint32_t *cap = &g->param_caps[region];
  if (r->n_params == *cap) {
    uint32_t bigger = *cap ? *cap * 2 : 4;
    ag_val *params = ag_arena_alloc(g->arena, bigger * sizeof *params);
    if (!params)
      return false;
    if (r->n_params)
      memcpy(params, r->params, r->n_params * sizeof *params);
    r->params = params;
    *cap = bigger;
  }
  r->params[r->n_params++] = v;
  return true;
}

ag_nid ag_graph_put(ag_graph *g, ag_region region, const ag_spec *s, const ag_type *types,
                    ag_err *err) {
  for (uint32_t i = 0; i < s->n_in; i++)
    if (s->in[i] == AG_NONE)
      return 0;
  if (err->code || check_spec(g, region, s, err))
    return 0;

  ag_infer f = {.g = g, .spec = s, .symbols = g->symbols, .again = types != NULL, .err = err};
  if (ag_infer_count(&f))
    return 0;
  uint32_t fresh = g->symbols;
  ag_nid id = g->n_nodes;
  ag_val out = g->n_values;
  if (!grow_nodes(g, id + 1) || !ag_grow(g->values, g->cap_values, out + f.n_out)) {
    ag_nomem(err);
    return 0;
  }
  ag_type few[4];
  f.out = f.n_out <= 4 ? few : ag_arena_alloc(g->arena, f.n_out * sizeof(ag_type));
  if (!f.out) {
    ag_nomem(err);
    return 0;
  }
  if (ag_infer_types(&f))
    return 0;
  for (uint32_t i = 0; types && i < f.n_out; i++)
    if (!ag_type_refine(&f.out[i], &types[i], fresh)) {
      char t1[AG_TYPE_TEXT], t2[AG_TYPE_TEXT];
      ag_fail(err, AG_ERR_TYPE, s->loc, "%s: the result is %s, not %s", ag_ops[s->op].name,
              ag_type_text(&f.out[i], t1), ag_type_text(&types[i], t2));
      return 0;
    }

  ag_node *n = &g->nodes[id];
  memset(n, 0, sizeof *n);
  n->op = (uint16_t)s->op;
  n->n_attrs = (uint16_t)s->n_attrs;
  n->region = region;
  n->n_in = s->n_in;
  n->n_out = f.n_out;
  n->out = out;
  n->loc = s->loc;
  ag_val *in = NULL;
  if (s->n_in) {
    in = ag_arena_alloc(g->arena, s->n_in * sizeof *in);
    if (in)
      memcpy(in, s->in, s->n_in * sizeof *in);
  }
  ag_attr *attrs = ag_attrs_copy(g->arena, s->attrs, s->n_attrs);
  if ((s->n_in && !in) || (s->n_attrs && !attrs)) {
    ag_nomem(err);
    return 0;
  }
  n->in = in;
  n->attrs = attrs;
  if (hold_tensors(g, id, attrs, s->n_attrs, err))
    goto fail;
  if (s->op == AG_OP_PARAM && !add_param(g, region, out)) {
    ag_nomem(err);
    goto fail;
  }
  if (s->name && !(n->name = ag_arena_copy(g->arena, s->name, strlen(s->name)))) {
    ag_nomem(err);
    goto fail_param;
  }

  for (uint32_t i = 0; i < f.n_out; i++)
    g->values[out + i] = (ag_value){.node = id, .index = i, .type = f.out[i]};
  g->n_nodes = id + 1;
  g->n_values = out + f.n_out;
  g->symbols = f.symbols;
  if (ag_ops[s->op].traits & AG_TRAIT_REGION)
    for (int i = 0; i < 2; i++) {
      n->sub[i] = s->sub[i];
      g->regions[s->sub[i]].owner = id;
    }
  link_node(g, id, region);
  return id;

fail_param:
  if (s->op == AG_OP_PARAM)
    g->regions[region].n_params--;
fail:
  drop_held(g, id);
  return 0;
}

ag_nid ag_graph_add(ag_graph *g, const ag_spec *spec, ag_err *err) {
  return ag_graph_put(g, g->current, spec, NULL, err);
}

ag_val ag_graph_op(ag_graph *g, ag_op op, const ag_val *in, uint32_t n_in, const ag_attr *attrs,
                   uint32_t n_attrs, ag_loc loc, ag_err *err) {
  ag_spec s = {.op = op, .n_in = n_in, .in = in, .n_attrs = n_attrs, .attrs = attrs, .loc = loc};
  ag_nid id = ag_graph_put(g, g->current, &s, NULL, err);
  return id && g->nodes[id].n_out ? g->nodes[id].out : AG_NONE;
}

ag_val ag_graph_const(ag_graph *g, const ag_tensor *value, const char *name, ag_loc loc,
                      ag_err *err) {
  ag_attr a = {.key = AG_KEY_value, .kind = AG_ATTR_TENSOR, .tensor = value};
  ag_spec s = {.op = AG_OP_CONST, .n_attrs = 1, .attrs = &a, .name = name, .loc = loc};
  ag_nid id = ag_graph_put(g, g->current, &s, NULL, err);
  return id ? g->nodes[id].out : AG_NONE;
}

ag_val ag_graph_param(ag_graph *g, const ag_type *lent, const char *name, ag_loc loc, ag_err *err) {
  ag_type type = *lent; /* perhaps that of a value of this graph, which moves */
  ag_attr a[3] = {{.key = AG_KEY_dtype, .kind = AG_ATTR_INT, .i = type.dtype},
                  {.key = AG_KEY_weak, .kind = AG_ATTR_INT, .i = type.weak}};
  ag_spec s = {.op = AG_OP_PARAM, .n_attrs = 2, .attrs = a, .name = name, .loc = loc};
  if (type.rank >= 0) /* no shape: unknown rank */
    a[s.n_attrs++] = (ag_attr){
        .key = AG_KEY_shape, .kind = AG_ATTR_INTS, .n = (uint32_t)type.rank, .ints = type.dim};
  ag_nid id = ag_graph_put(g, g->current, &s, NULL, err);
  return id ? g->nodes[id].out : AG_NONE;
}

/* ---- undo ------------------------------------------------------------------------------------ */

ag_mark ag_graph_mark(const ag_graph *g) {
  const ag_region_info *r = &g->regions[g->current];
  return (ag_mark){.nodes = g->n_nodes,
                   .values = g->n_values,
                   .regions = g->n_regions,
                   .symbols = g->symbols,
                   .current = g->current,
                   .last = r->last,
                   .n_params = r->n_params,
                   .results = g->n_results};
}

void ag_graph_undo(ag_graph *g, const ag_mark *m) {
  while (g->n_results > m->results) {
    const ag_results_before *b = &g->results[--g->n_results];
    if (b->region < m->regions) {
      g->regions[b->region].results = b->vals;
      g->regions[b->region].n_results = b->n;
    }
  }
  for (ag_nid id = g->n_nodes; id-- > m->nodes;) {
    const ag_node *n = &g->nodes[id];
    if (id < g->named) {
      drop_name(g, id);
      g->named = id;
    }
    for (int i = 0; i < 2; i++)
      if (n->sub[i])
        g->regions[n->sub[i]].owner = 0;
    ag_region_info *r = &g->regions[n->region];
    if (n->op == AG_OP_PARAM)
      r->n_params--;
    r->last = g->prev[id];
    if (r->last)
      g->nodes[r->last].next = 0;
    else
      r->first = 0;
  }
  drop_held(g, m->nodes);
  g->n_nodes = m->nodes;
  g->n_values = m->values;
  g->n_regions = m->regions;
  g->symbols = m->symbols;
  g->current = m->current;
}
