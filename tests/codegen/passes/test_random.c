/* Random programs: numbers that may overflow, constants that meet rules, branches and loops in each
 * other. Optimized, they give the same bits or fail with the same error. AG_SEED=n runs one program
 * and prints it. */
#include "codegen/graphs.h"

#include <stdio.h>

enum { PROGRAMS = 600, MOST = 64, DEPTH = 3 };
typedef enum kind { PYINT, PYFLOAT, INT, BOOL, VECTOR, KINDS } kind;

typedef struct maker {
  ag_graph *g;
  ag_err err;
  uint64_t state;
  ag_val pool[KINDS][MOST];
  uint32_t n[KINDS];
  int depth;
} maker;

static uint32_t below(maker *m, uint32_t n) {
  m->state = m->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(m->state >> 33) % n;
}

static ag_type type_of(kind k) {
  ag_type t = ag_type_scalar(k == PYINT     ? AG_I64
                             : k == PYFLOAT ? AG_F64
                             : k == INT     ? AG_I32
                             : k == BOOL    ? AG_BOOL
                                            : AG_F32,
                             k == PYINT || k == PYFLOAT);
  if (k == VECTOR) {
    t.rank = 1;
    t.dim[0] = 3;
  }
  return t;
}

static void keep(maker *m, kind k, ag_val v) {
  ck_assert_msg(v, "%s", m->err.msg);
  m->pool[k][m->n[k] < MOST ? m->n[k]++ : below(m, MOST)] = v;
}

static ag_val pick(maker *m, kind k) {
  uint32_t n = m->n[k];
  return m->pool[k][below(m, 2) || n < 3 ? below(m, n) : n - 1 - below(m, 3)];
}

static ag_val op(maker *m, ag_op o, uint32_t n, const ag_val *in, const ag_attr *attrs,
                 uint32_t n_attrs) {
  return ag_graph_op(m->g, o, in, n, attrs, n_attrs, 0, &m->err);
}

static void constant(maker *m, kind k) {
  static const int64_t ints[] = {0, 1, 2, 3, -1, INT64_MAX, INT64_MIN, 7};
  static const double floats[] = {0.0, -0.0, 1.0, 2.0, 0.5, 3.0, -1e300, 1.0 / 0.0};
  uint32_t i = below(m, below(m, 3) ? 4 : 8);
  ag_tensor t = {0};
  if (k == PYFLOAT) {
    ag_tensor_scalar(&t, AG_F64, &floats[i]);
  } else if (k == VECTOR) {
    float x = (float)floats[i];
    ag_tensor_scalar(&t, AG_F32, &x);
  } else {
    int64_t v = k == BOOL ? ints[i] & 1 : ints[i];
    ag_tensor_scalar(&t, (ag_dtype)type_of(k).dtype, &v);
  }
  t.weak = k == PYINT || k == PYFLOAT;
  ag_val v = ag_graph_const(m->g, &t, NULL, 0, &m->err);
  int64_t three = 3;
  ag_attr shape = {.key = AG_KEY_shape, .kind = AG_ATTR_INTS, .n = 1, .ints = &three};
  keep(m, k, k == VECTOR ? op(m, AG_OP_FILL, 1, &v, &shape, 1) : v);
}

static void statement(maker *m) {
  static const uint16_t py[] = {AG_OP_PYADD, AG_OP_PYSUB, AG_OP_PYMUL, AG_OP_PYFLOORDIV,
                                AG_OP_PYMOD};
  static const uint16_t ints[] = {AG_OP_ADD,      AG_OP_SUB,    AG_OP_MUL,     AG_OP_BITAND,
                                  AG_OP_BITOR,    AG_OP_BITXOR, AG_OP_MAXIMUM, AG_OP_MINIMUM,
                                  AG_OP_FLOORDIV, AG_OP_MOD,    AG_OP_SHL,     AG_OP_POW};
  static const uint16_t floats[] = {AG_OP_ADD, AG_OP_SUB, AG_OP_MUL, AG_OP_DIV, AG_OP_MAXIMUM};
  static const uint16_t compare[] = {AG_OP_EQ, AG_OP_NE, AG_OP_LT, AG_OP_LE, AG_OP_GT, AG_OP_GE};
  static const uint16_t logic[] = {AG_OP_AND, AG_OP_OR, AG_OP_XOR, AG_OP_EQ, AG_OP_NE};
  static const uint16_t same[] = {AG_OP_NEG, AG_OP_ABS, AG_OP_SQUARE, AG_OP_SIGN};
  kind k = (kind)below(m, KINDS), c;
  ag_val in[3] = {pick(m, k), pick(m, k), pick(m, k)};
  switch (below(m, 8)) {
  case 0:
    constant(m, k);
    return;
  case 1:
    if (k == BOOL)
      keep(m, k, op(m, AG_OP_NOT, 1, in, NULL, 0));
    else if (k == PYINT)
      keep(m, k, op(m, below(m, 2) ? AG_OP_PYNEG : AG_OP_PYABS, 1, in, NULL, 0));
    else
      keep(m, k, op(m, (ag_op)same[below(m, 4)], 1, in, NULL, 0));
    return;
  case 2:
    if (k == VECTOR)
      return;
    keep(m, BOOL,
         op(m, (ag_op)(k == BOOL ? logic[below(m, 5)] : compare[below(m, 6)]), 2, in, NULL, 0));
    return;
  case 3:
    in[0] = pick(m, BOOL);
    keep(m, k, op(m, AG_OP_SELECT, 3, in, NULL, 0));
    return;
  case 4: { /* a cast, there and perhaps back */
    c = (kind)below(m, BOOL + 1);
    ag_type t = type_of(c);
    ag_attr attrs[2] = {{.key = AG_KEY_dtype, .kind = AG_ATTR_INT, .i = t.dtype},
                        {.key = AG_KEY_weak, .kind = AG_ATTR_INT, .i = t.weak}};
    if (k != VECTOR)
      keep(m, c, op(m, AG_OP_CAST, 1, in, attrs, 2));
    return;
  }
  default:
    if (k == PYINT)
      keep(m, k, op(m, (ag_op)py[below(m, 5)], 2, in, NULL, 0));
    else if (k == INT)
      keep(m, k, op(m, (ag_op)ints[below(m, 12)], 2, in, NULL, 0));
    else if (k == BOOL)
      keep(m, k, op(m, (ag_op)logic[below(m, 3)], 2, in, NULL, 0));
    else
      keep(m, k, op(m, (ag_op)floats[below(m, 5)], 2, in, NULL, 0));
  }
}

static void block(maker *m, int statements);

static void branch(maker *m) {
  kind k[3];
  uint32_t n = below(m, 4), before[KINDS];
  ag_val condition = pick(m, BOOL), results[3];
  ag_spec spec = {.op = AG_OP_COND, .n_in = 1, .in = &condition};
  for (uint32_t i = 0; i < n; i++)
    k[i] = (kind)below(m, KINDS);
  memcpy(before, m->n, sizeof before);
  for (int s = 0; s < 2; s++) {
    ag_val pools[KINDS][MOST];
    memcpy(pools, m->pool, sizeof pools);
    spec.sub[s] = ag_region_open(m->g, &m->err);
    block(m, (int)below(m, 4));
    for (uint32_t i = 0; i < n; i++)
      results[i] = pick(m, k[i]);
    ag_region_results(m->g, spec.sub[s], results, n, &m->err);
    ag_region_close(m->g);
    memcpy(m->n, before, sizeof before);
    memcpy(m->pool, pools, sizeof pools);
  }
  ag_nid id = ag_graph_add(m->g, &spec, &m->err);
  ck_assert_msg(id, "%s", m->err.msg);
  for (uint32_t i = 0; i < n; i++)
    keep(m, k[i], ag_graph_node(m->g, id)->out + i);
}

/* Counts an int32 up to a few; other variables are whatever the body gives. */
static void loop(maker *m) {
  kind k[4] = {INT};
  uint32_t n = 1 + below(m, 4), before[KINDS];
  ag_val in[4], results[4], pools[KINDS][MOST];
  ag_spec spec = {.op = AG_OP_WHILE, .n_in = n, .in = in};
  int32_t zero = 0, one = 1, few = (int32_t)below(m, 4);
  ag_tensor t = {0};
  ag_tensor_scalar(&t, AG_I32, &zero);
  in[0] = ag_graph_const(m->g, &t, NULL, 0, &m->err);
  for (uint32_t i = 1; i < n; i++)
    in[i] = pick(m, k[i] = (kind)below(m, KINDS));
  memcpy(before, m->n, sizeof before);
  memcpy(pools, m->pool, sizeof pools);
  for (int s = 0; s < 2; s++) {
    ag_val params[4];
    spec.sub[s] = ag_region_open(m->g, &m->err);
    for (uint32_t i = 0; i < n; i++) {
      ag_type type = type_of(k[i]);
      params[i] = ag_graph_param(m->g, &type, NULL, 0, &m->err);
      if (i)
        keep(m, k[i], params[i]);
    }
    block(m, (int)below(m, s ? 5 : 2));
    ag_tensor_scalar(&t, AG_I32, s ? &one : &few);
    ag_val k2[2] = {params[0], ag_graph_const(m->g, &t, NULL, 0, &m->err)};
    results[0] = op(m, s ? AG_OP_ADD : AG_OP_LT, 2, k2, NULL, 0);
    if (!s && below(m, 3) == 0)
      results[0] = op(m, AG_OP_AND, 2, (ag_val[]){results[0], pick(m, BOOL)}, NULL, 0);
    for (uint32_t i = 1; s && i < n; i++)
      results[i] = below(m, 4) ? pick(m, k[i]) : params[i];
    ag_region_results(m->g, spec.sub[s], results, s ? n : 1, &m->err);
    ag_region_close(m->g);
    memcpy(m->n, before, sizeof before);
    memcpy(m->pool, pools, sizeof pools);
  }
  ag_nid id = ag_graph_add(m->g, &spec, &m->err);
  ck_assert_msg(id, "%s", m->err.msg);
  for (uint32_t i = 0; i < n; i++)
    keep(m, k[i], ag_graph_node(m->g, id)->out + i);
}

static void block(maker *m, int statements) {
  m->depth++;
  for (int i = 0; i < statements; i++) {
    uint32_t what = below(m, 6);
    if (what == 0 && m->depth < DEPTH)
      branch(m);
    else if (what == 1 && m->depth < DEPTH)
      loop(m);
    else
      statement(m);
  }
  m->depth--;
}

static ag_graph *program(uint64_t seed) {
  maker m = {.g = ag_graph_new(), .state = seed * 977 + 13};
  ag_val results[KINDS];
  for (int k = 0; k < KINDS; k++)
    for (int i = 0; i < 2; i++) {
      ag_type t = type_of((kind)k);
      keep(&m, (kind)k, ag_graph_param(m.g, &t, NULL, 0, &m.err));
    }
  block(&m, 12);
  for (int k = 0; k < KINDS; k++)
    results[k] = pick(&m, (kind)k);
  ag_region_results(m.g, 0, results, KINDS, &m.err);
  ck_assert_msg(!m.err.code, "%s", m.err.msg);
  return m.g;
}

/* The arguments: two of each kind, in two sets. */
static void arguments(int set, ag_tensor *in) {
  static const int64_t ints[2][2] = {{5, -3}, {INT64_MAX, 0}};
  static const double floats[2][2] = {{1.5, -0.0}, {1e308, -2.0}};
  for (int i = 0; i < 2; i++) {
    float *v;
    uint8_t b = (uint8_t)(i ^ set);
    int32_t n = (int32_t)ints[set][i];
    ag_err err = {0};
    ag_shape shape = {.rank = 1, .dim = {3}};
    memset(&in[2 * PYINT + i], 0, sizeof *in);
    ag_tensor_scalar(&in[2 * PYINT + i], AG_I64, &ints[set][i]);
    ag_tensor_scalar(&in[2 * PYFLOAT + i], AG_F64, &floats[set][i]);
    in[2 * PYINT + i].weak = in[2 * PYFLOAT + i].weak = 1;
    ag_tensor_scalar(&in[2 * INT + i], AG_I32, &n);
    ag_tensor_scalar(&in[2 * BOOL + i], AG_BOOL, &b);
    ck_assert_int_eq(ag_tensor_new(&in[2 * VECTOR + i], AG_F32, &shape, &err), AG_OK);
    v = ag_tensor_data(&in[2 * VECTOR + i]);
    v[0] = 1, v[1] = -0.0f, v[2] = (float)floats[set][i];
  }
}

static bool same_bits(const ag_tensor *a, const ag_tensor *b) {
  if (a->dtype != b->dtype || a->weak != b->weak || a->rank != b->rank ||
      (a->rank && a->dim[0] != b->dim[0]))
    return false;
  int64_t n = ag_tensor_count(a);
  const char *x = ag_tensor_data(a), *y = ag_tensor_data(b);
  size_t size = ag_dtype_size((ag_dtype)a->dtype);
  for (int64_t i = 0; i < n; i++, x += size, y += size) {
    bool nans = a->dtype == AG_F32
                    ? *(const float *)(const void *)x != *(const float *)(const void *)x &&
                          *(const float *)(const void *)y != *(const float *)(const void *)y
                : a->dtype == AG_F64
                    ? *(const double *)(const void *)x != *(const double *)(const void *)x &&
                          *(const double *)(const void *)y != *(const double *)(const void *)y
                    : false;
    if (!nans && memcmp(x, y, size)) /* a NaN may carry any sign and payload */
      return false;
  }
  return true;
}

static void check_seed(uint64_t seed, bool show) {
  int64_t before = ag_allocations_alive();
  ag_err err = {0};
  ag_graph *g = program(seed);
  ag_graph *h = ag_optimize(g, 1, &err);
  ck_assert_msg(h != NULL, "seed %llu: %s", (unsigned long long)seed, err.msg);
  if (show) {
    char *a = print(g), *b = print(h);
    printf("%s\n%s", a, b);
    ag_free(a);
    ag_free(b);
  }
  check_graph(g);
  check_graph(h);
  ag_plan *p = ag_lower(g, &err), *q = ag_lower(h, &err);
  ck_assert_msg(p && q, "seed %llu: %s", (unsigned long long)seed, err.msg);
  for (int set = 0; set < 2; set++) {
    ag_tensor in[2 * KINDS], x[KINDS], y[KINDS];
    const ag_tensor *args[2 * KINDS];
    ag_err e1 = {0}, e2 = {0};
    arguments(set, in);
    for (int i = 0; i < 2 * KINDS; i++)
      args[i] = &in[i];
    ag_plan_run(p, NULL, args, x, &e1);
    ag_plan_run(q, NULL, args, y, &e2);
    ck_assert_msg(e1.code == e2.code, "seed %llu, arguments %d: '%s' became '%s'",
                  (unsigned long long)seed, set, e1.msg, e2.msg);
    for (int i = 0; i < KINDS && !e1.code; i++) {
      ag_text a = {0}, b = {0};
      ag_tensor_text(&x[i], &a);
      ag_tensor_text(&y[i], &b);
      ck_assert_msg(same_bits(&x[i], &y[i]), "seed %llu, arguments %d: result %d is %s, not %s",
                    (unsigned long long)seed, set, i, b.data, a.data);
      ag_free(a.data);
      ag_free(b.data);
      ag_tensor_unref(&x[i]);
      ag_tensor_unref(&y[i]);
    }
    for (int i = 0; i < 2 * KINDS; i++)
      ag_tensor_unref(&in[i]);
  }
  ag_plan_unref(p);
  ag_plan_unref(q);
  ag_graph_free(g);
  ag_graph_free(h);
  ck_assert_int_eq(ag_allocations_alive(), before);
}

START_TEST(test_optimized_programs_give_the_same) {
  const char *one = getenv("AG_SEED"), *longer = getenv("AG_LONG");
  if (one) {
    check_seed(strtoull(one, NULL, 10), true);
    return;
  }
  for (uint64_t seed = 0; seed < (longer ? 20 : 1) * PROGRAMS; seed++)
    check_seed(seed, false);
}
END_TEST

SUITE_MAIN("random", test_optimized_programs_give_the_same)
