/* Random programs: elementwise trees, index transforms, updates, branches and loops over a few
 * tensors that alias as much as they can. What is compiled must agree with what is interpreted.
 * AG_SEED=n runs one program and prints it. */
#include "agree.h"

enum { ROWS = 3, COLUMNS = 5, DEPTH = 3, PROGRAMS = 8, FIRST_SEEDS = 20 };

typedef enum kind { INT, FLOAT, BOOL, VECTOR, MATRIX, KINDS } kind;

typedef struct maker {
  ag_graph *g;
  ag_err err;
  uint64_t state;
  ag_val pool[KINDS][256];
  uint32_t n[KINDS];
  int64_t rows, columns; /* dims: constants or symbols */
  bool fixed;            /* dims are constants */
  int depth, budget;
} maker;

static uint32_t below(maker *m, uint32_t n) {
  m->state = m->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(m->state >> 33) % n;
}

static kind kind_of(maker *m, ag_val v) {
  const ag_type *t = &ag_graph_value(m->g, v)->type;
  if (t->rank == 0)
    return t->dtype == AG_I64 ? INT : t->dtype == AG_BOOL ? BOOL : FLOAT;
  return t->rank == 1 ? VECTOR : MATRIX;
}

static void keep(maker *m, ag_val v) {
  ck_assert_msg(v, "%s", m->err.msg);
  kind k = kind_of(m, v);
  if (m->n[k] < 256)
    m->pool[k][m->n[k]++] = v;
}

/* Late values more often than early ones. */
static ag_val pick(maker *m, kind k) {
  uint32_t n = m->n[k];
  return below(m, 2) || n < 3 ? m->pool[k][below(m, n)] : m->pool[k][n - 1 - below(m, 3)];
}

static ag_val op(maker *m, ag_op o, uint32_t n, const ag_val *in, const ag_attr *attrs,
                 uint32_t n_attrs) {
  ag_val v = ag_graph_op(m->g, o, in, n, attrs, n_attrs, 0, &m->err);
  ck_assert_msg(v, "%s: %s", ag_ops[o].name, m->err.msg);
  return v;
}
static ag_val op1(maker *m, ag_op o, ag_val a) { return op(m, o, 1, &a, NULL, 0); }
static ag_val op2(maker *m, ag_op o, ag_val a, ag_val b) {
  return op(m, o, 2, (ag_val[]){a, b}, NULL, 0);
}

static ag_val number(maker *m, int64_t x) {
  ag_tensor t;
  ag_tensor_scalar(&t, AG_I64, &x);
  return ag_graph_const(m->g, &t, NULL, 0, &m->err);
}

/* An index into an axis: mostly in range. */
static ag_val index_below(maker *m, int64_t size) {
  if (below(m, 3) == 0)
    return number(m, (int64_t)below(m, 2 * (uint32_t)size) - size);
  return op2(m, AG_OP_MOD, pick(m, INT), number(m, size));
}

static ag_val lengths(maker *m, ag_op o, ag_val x, ag_val value, bool matrix) {
  int64_t begin[2], size[2], step[2], dim[2] = {matrix ? ROWS : COLUMNS, COLUMNS};
  uint32_t n = matrix ? 2 : 1;
  for (uint32_t i = 0; i < n; i++) {
    switch (below(m, 3)) {
    case 0: /* all, forwards */
      begin[i] = 0, size[i] = dim[i], step[i] = 1;
      break;
    case 1: /* all, backwards */
      begin[i] = dim[i] - 1, size[i] = dim[i], step[i] = -1;
      break;
    default: /* a part, to be written with one value or one row */
      begin[i] = 1,
      size[i] =
          o == AG_OP_SET_SLICE && i == n - 1 && value && kind_of(m, value) != FLOAT ? dim[i] : 2;
      step[i] = 1;
      if (size[i] == dim[i])
        begin[i] = 0;
    }
  }
  const ag_attr attrs[] = {{.key = AG_KEY_begin, .kind = AG_ATTR_INTS, .n = n, .ints = begin},
                           {.key = AG_KEY_size, .kind = AG_ATTR_INTS, .n = n, .ints = size},
                           {.key = AG_KEY_step, .kind = AG_ATTR_INTS, .n = n, .ints = step}};
  return op(m, o, value ? 2 : 1, (ag_val[]){x, value}, attrs, 3);
}

static void block(maker *m, int statements);

static void branch(maker *m) {
  static const kind kinds[] = {INT, FLOAT, VECTOR, VECTOR, MATRIX, MATRIX};
  kind k[3];
  uint32_t n = 1 + below(m, 3), before[KINDS];
  ag_val condition = pick(m, BOOL), results[3];
  for (uint32_t i = 0; i < n; i++)
    k[i] = kinds[below(m, 6)];
  ag_spec spec = {.op = AG_OP_COND, .n_in = 1, .in = &condition};
  memcpy(before, m->n, sizeof before);
  for (int s = 0; s < 2; s++) {
    spec.sub[s] = ag_region_open(m->g, &m->err);
    m->depth++;
    block(m, 1 + (int)below(m, 4));
    m->depth--;
    for (uint32_t i = 0; i < n; i++)
      results[i] = pick(m, k[i]);
    ag_region_results(m->g, spec.sub[s], results, n, &m->err);
    ag_region_close(m->g);
    memcpy(m->n, before, sizeof before);
  }
  ag_nid id = ag_graph_add(m->g, &spec, &m->err);
  ck_assert_msg(id, "%s", m->err.msg);
  for (uint32_t i = 0; i < n; i++)
    keep(m, ag_graph_node(m->g, id)->out + i);
}

static void loop(maker *m) {
  static const kind kinds[] = {INT, FLOAT, VECTOR, MATRIX, MATRIX};
  uint32_t n = 2 + below(m, 3), before[KINDS];
  kind k[6] = {INT};
  ag_val first[6] = {number(m, 0)}, results[6];
  for (uint32_t i = 1; i < n; i++) {
    k[i] = kinds[below(m, 5)];
    first[i] = pick(m, k[i]);
  }
  memcpy(before, m->n, sizeof before);
  ag_spec spec = {.op = AG_OP_WHILE, .n_in = n, .in = first};
  for (int s = 0; s < 2; s++) {
    spec.sub[s] = ag_region_open(m->g, &m->err);
    ag_val counter = 0;
    for (uint32_t i = 0; i < n; i++) {
      ag_type t = ag_graph_value(m->g, first[i])->type;
      ag_val v = ag_graph_param(m->g, &t, NULL, 0, &m->err);
      if (i == 0)
        counter = v;
      keep(m, v);
    }
    if (s == 0) {
      ag_val more = op2(m, AG_OP_LT, counter, number(m, 1 + below(m, 4)));
      if (below(m, 4) == 0) { /* a test that looks at a tensor */
        ag_val sum =
            op(m, AG_OP_SUM, 1, (ag_val[]){pick(m, VECTOR)},
               &(ag_attr){.key = AG_KEY_axis, .kind = AG_ATTR_INTS, .n = 1, .ints = (int64_t[]){0}},
               1);
        more = op2(m, AG_OP_AND, more, op2(m, AG_OP_LT, sum, pick(m, FLOAT)));
      }
      ag_region_results(m->g, spec.sub[s], &more, 1, &m->err);
    } else {
      m->depth++;
      block(m, 2 + (int)below(m, 6));
      m->depth--;
      results[0] = op2(m, AG_OP_ADD, counter, number(m, 1));
      for (uint32_t i = 1; i < n; i++)
        results[i] = pick(m, k[i]);
      ag_region_results(m->g, spec.sub[s], results, n, &m->err);
    }
    ag_region_close(m->g);
    memcpy(m->n, before, sizeof before);
  }
  ag_nid id = ag_graph_add(m->g, &spec, &m->err);
  ck_assert_msg(id, "%s", m->err.msg);
  for (uint32_t i = 0; i < n; i++)
    keep(m, ag_graph_node(m->g, id)->out + i);
}

static void statement(maker *m) {
  static const ag_op floats[] = {AG_OP_ADD, AG_OP_SUB, AG_OP_MUL, AG_OP_MAXIMUM, AG_OP_MINIMUM};
  static const ag_op unary[] = {AG_OP_NEG,   AG_OP_SIN,  AG_OP_EXP,     AG_OP_SQUARE,
                                AG_OP_FLOOR, AG_OP_TANH, AG_OP_IDENTITY};
  kind k = below(m, 2) ? VECTOR : MATRIX;
  int64_t shape[2] = {ROWS, COLUMNS};
  ag_attr perm = {.key = AG_KEY_perm, .kind = AG_ATTR_INTS, .n = 2, .ints = (int64_t[]){1, 0}};
  ag_attr dims = {.key = AG_KEY_shape, .kind = AG_ATTR_INTS, .n = 2, .ints = shape};
  ag_attr axis = {
      .key = AG_KEY_axis, .kind = AG_ATTR_INTS, .n = 1, .ints = (int64_t[]){k == VECTOR ? 0 : 1}};
  ag_attr first_axis = {.key = AG_KEY_axis, .kind = AG_ATTR_INTS, .n = 1, .ints = (int64_t[]){0}};
  switch (below(m, m->fixed ? 20 : 13)) {
  case 0:
    keep(m, op2(m, floats[below(m, 3)], pick(m, INT), pick(m, INT)));
    break;
  case 1:
    keep(m, op2(m, AG_OP_LT, pick(m, FLOAT), pick(m, FLOAT)));
    break;
  case 2:
    keep(m, op1(m, unary[below(m, 7)], pick(m, k)));
    break;
  case 3:
    keep(m, op2(m, floats[below(m, 5)], pick(m, k), pick(m, k)));
    break;
  case 4:
    keep(m, op2(m, floats[below(m, 5)], pick(m, MATRIX), pick(m, VECTOR)));
    break;
  case 5:
    keep(m, op2(m, floats[below(m, 5)], pick(m, k), pick(m, FLOAT)));
    break;
  case 6: /* reverse */
    keep(m, op(m, AG_OP_REVERSE, 1, (ag_val[]){pick(m, k)}, &axis, 1));
    break;
  case 7:
    keep(m, op(m, AG_OP_SUM, 1, (ag_val[]){pick(m, k)}, &first_axis, 1));
    break;
  case 8:
    keep(m, op2(m, AG_OP_ELEMENT, pick(m, MATRIX), index_below(m, ROWS)));
    break;
  case 9:
    keep(m, op2(m, AG_OP_ELEMENT, pick(m, VECTOR), index_below(m, COLUMNS)));
    break;
  case 10:
    keep(m, op(m, AG_OP_SET_ELEMENT, 3,
               (ag_val[]){pick(m, VECTOR), pick(m, FLOAT), index_below(m, COLUMNS)}, NULL, 0));
    break;
  case 11:
  case 12:
    if (below(m, 2))
      keep(m, op(m, AG_OP_SET_ELEMENT, 3,
                 (ag_val[]){pick(m, MATRIX), pick(m, VECTOR), index_below(m, ROWS)}, NULL, 0));
    else
      keep(m, op(m, AG_OP_SET_ELEMENT, 4,
                 (ag_val[]){pick(m, MATRIX), pick(m, FLOAT), index_below(m, ROWS),
                            index_below(m, COLUMNS)},
                 NULL, 0));
    break;
  case 13: { /* elementwise with the transposed, brought back */
    ag_val t = op(m, AG_OP_TRANSPOSE, 1, (ag_val[]){pick(m, MATRIX)}, &perm, 1);
    if (below(m, 2))
      t = op1(m, AG_OP_SIN, t);
    keep(m, op(m, AG_OP_RESHAPE, 1, &t, &dims, 1));
    break;
  }
  case 14:
    keep(m, op(m, AG_OP_BROADCAST, 1, (ag_val[]){pick(m, below(m, 2) ? VECTOR : FLOAT)}, &dims, 1));
    break;
  case 15:
    keep(m, op(m, AG_OP_FILL, 1, (ag_val[]){pick(m, FLOAT)}, &dims, 1));
    break;
  case 16: { /* two halves of one value */
    ag_val x = pick(m, VECTOR), y = lengths(m, AG_OP_SLICE, x, 0, false);
    if (ag_type_equal(&ag_graph_value(m->g, x)->type, &ag_graph_value(m->g, y)->type))
      keep(m, op2(m, AG_OP_SUB, x, y));
    break;
  }
  case 17:
    keep(m,
         lengths(m, AG_OP_SET_SLICE, pick(m, MATRIX), pick(m, below(m, 2) ? VECTOR : FLOAT), true));
    break;
  case 18:
    keep(m, lengths(m, AG_OP_SET_SLICE, pick(m, VECTOR), pick(m, below(m, 2) ? VECTOR : FLOAT),
                    false));
    break;
  case 19: { /* rows in another order */
    ag_attr first = {.key = AG_KEY_axis, .kind = AG_ATTR_INT, .i = 0};
    int64_t order[ROWS] = {below(m, ROWS), -1 - (int64_t)below(m, ROWS), below(m, ROWS + 1)};
    ag_shape s = {.rank = 1, .dim = {ROWS}};
    ag_tensor t;
    ck_assert_int_eq(ag_tensor_new(&t, AG_I64, &s, &m->err), AG_OK);
    memcpy(t.data, order, sizeof order);
    ag_val which = ag_graph_const(m->g, &t, NULL, 0, &m->err);
    ag_tensor_unref(&t);
    keep(m, op(m, AG_OP_GATHER, 2, (ag_val[]){pick(m, MATRIX), which}, &first, 1));
    break;
  }
  }
}

static void block(maker *m, int statements) {
  for (int i = 0; i < statements && m->budget > 0; i++, m->budget--) {
    uint32_t what = below(m, 8);
    if (what == 0 && m->depth < DEPTH)
      branch(m);
    else if (what == 1 && m->depth < DEPTH)
      loop(m);
    else
      statement(m);
  }
}

static ag_tensor filled(const ag_type *t, int64_t i) {
  ag_tensor x;
  ag_err err = {0};
  double value = (double)(i * 37 % 11) / 4 - 1;
  if (t->rank == 0) {
    double one[] = {t->dtype == AG_BOOL ? (double)(i % 2) : t->dtype == AG_I64 ? (double)i : value};
    return tensor_of((ag_dtype)t->dtype, one, -1);
  }
  ag_shape s = {.rank = t->rank, .dim = {t->rank == 1 ? COLUMNS : ROWS, COLUMNS}};
  ck_assert_int_eq(ag_tensor_new(&x, AG_F32, &s, &err), AG_OK);
  for (int64_t k = 0; k < ag_tensor_count(&x); k++)
    ((float *)x.data)[k] = (float)((double)((k + 3) * (i + 5) * 37 % 23) / 8 - 1);
  return x;
}

static void check_program(uint64_t seed, bool show) {
  maker m = {.g = ag_graph_new(), .state = seed * 7919 + 1, .budget = 60, .fixed = seed % 3 != 0};
  m.rows = m.fixed ? ROWS : ag_graph_symbol(m.g);
  m.columns = m.fixed ? COLUMNS : ag_graph_symbol(m.g);
  ag_type types[] = {ag_type_scalar(AG_I64, false),
                     ag_type_scalar(AG_F32, false),
                     ag_type_scalar(AG_BOOL, false),
                     {.dtype = AG_F32, .rank = 1, .dim = {m.columns}},
                     {.dtype = AG_F32, .rank = 1, .dim = {m.columns}},
                     {.dtype = AG_F32, .rank = 2, .dim = {m.rows, m.columns}},
                     {.dtype = AG_F32, .rank = 2, .dim = {m.rows, m.columns}}};
  enum { PARAMS = sizeof types / sizeof *types };
  for (int i = 0; i < PARAMS; i++)
    keep(&m, ag_graph_param(m.g, &types[i], NULL, 0, &m.err));
  block(&m, 14);
  ag_val results[6];
  uint32_t n = 0;
  for (int i = 0; i < 2; i++) {
    results[n++] = pick(&m, VECTOR);
    results[n++] = pick(&m, MATRIX);
    results[n++] = pick(&m, i ? INT : FLOAT);
  }
  ag_region_results(m.g, 0, results, n, &m.err);
  ck_assert_msg(!m.err.code, "%s", m.err.msg);
  if (show) {
    char *text = print(m.g);
    puts(text);
    ag_free(text);
  }
  check_graph(m.g);
  ag_graph *optimized = ag_optimize(m.g, 1, &m.err);
  ck_assert_msg(optimized != NULL, "seed %llu: %s", (unsigned long long)seed, m.err.msg);
  both p = make_both(m.g), q = make_both(optimized);
  ag_tensor t[PARAMS];
  const ag_tensor *in[PARAMS];
  for (int i = 0; i < PARAMS; i++) {
    t[i] = filled(&types[i], i + (int64_t)seed);
    in[i] = &t[i];
  }
  char what[40];
  snprintf(what, sizeof what, "seed %llu", (unsigned long long)seed);
  check_both(&p, NULL, in, what);
  check_both(&q, NULL, in, what);
  in[4] = in[3], in[6] = in[5]; /* arguments that are one tensor */
  check_both(&p, NULL, in, what);
  for (int i = 0; i < PARAMS; i++)
    ag_tensor_unref(&t[i]);
  free_both(&p);
  free_both(&q);
  ag_graph_free(optimized);
  ag_graph_free(m.g);
}

START_TEST(test_compiled_as_interpreted) {
  const char *one = getenv("AG_SEED"), *programs = getenv("AG_PROGRAMS");
  if (one) {
    if (_i == 0)
      check_program((uint64_t)atoll(one), true);
    return;
  }
  int n = programs ? atoi(programs) : PROGRAMS;
  for (int i = 0; i < n; i++)
    check_program((uint64_t)(_i * n + i), false);
}
END_TEST

int main(void) {
  TCase *t = new_cases("random");
  tcase_add_loop_test(t, test_compiled_as_interpreted, 0, FIRST_SEEDS);
  return run_suite("random programs", t);
}
