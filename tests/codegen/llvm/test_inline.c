/* Every op that is emitted inline, for every dtype it takes: compiled as interpreted, with edge
 * values, as numbers and as vectors whose lengths leave every kind of rest. */
#include "agree.h"

#include <math.h>

static const ag_dtype dtypes[] = {AG_BOOL, AG_I8,  AG_I16, AG_I32, AG_I64, AG_U8,  AG_U16,
                                  AG_U32,  AG_U64, AG_F32, AG_F64, AG_C64, AG_C128};
enum { N_DTYPES = sizeof dtypes / sizeof *dtypes };

/* Values whose conversion to the dtype is defined in C. */
static int edge_values(ag_dtype d, double *x) {
  static const double floats[] = {
      0.0,  -0.0,  1.0,   -1.0,   0.5,     2.5,    -2.5,  3.5,      1e-3,      7.25,
      -7.0, 3.0,   100.0, 1e10,   -1e10,   1e-30,  1e30,  INFINITY, -INFINITY, NAN,
      88.0, -90.0, 0.1,   0x1p63, -0x1p63, 0x1p31, 300.0, -300.5,   1e-310,    2.0};
  static const double ints[] = {0, 1, 2, 3, 7, 5, 64, 100, 127, 31, 33, 8, 10};
  int n = 0;
  if (ag_is_float(d) || ag_is_complex(d)) {
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++)
      x[n++] = floats[i];
    return n;
  }
  if (d == AG_BOOL) {
    x[0] = 0, x[1] = 1;
    return 2;
  }
  for (size_t i = 0; i < sizeof ints / sizeof *ints; i++) {
    x[n++] = ints[i];
    if (ag_is_signed(d))
      x[n++] = -ints[i];
  }
  int bits = 8 * (int)ag_dtype_size(d);
  if (ag_is_signed(d)) {
    x[n++] = -ldexp(1, bits - 1);
    x[n++] = bits == 64 ? 0x1p62 : ldexp(1, bits - 1) - 1;
  } else {
    x[n++] = bits == 64 ? 0x1p63 : ldexp(1, bits) - 1;
  }
  return n;
}

/* op over vectors, numbers, and one of each; no graph where the dtype is not taken. */
static ag_graph *graph_of(ag_op op, ag_dtype d, ag_dtype to) {
  ag_graph *g = ag_graph_new();
  ag_err err = {0};
  bool py = !strncmp(ag_ops[op].name, "py", 2);
  ag_type vector = {.dtype = d, .rank = 1, .dim = {ag_graph_symbol(g)}};
  ag_type number = ag_type_scalar(d, py);
  ag_type flag = vector, one_flag = ag_type_scalar(AG_BOOL, false);
  flag.dtype = AG_BOOL;
  ag_val v[2] = {ag_graph_param(g, &vector, NULL, 0, &err),
                 ag_graph_param(g, &vector, NULL, 0, &err)};
  ag_val s[2] = {ag_graph_param(g, &number, NULL, 0, &err),
                 ag_graph_param(g, &number, NULL, 0, &err)};
  ag_val f[2] = {ag_graph_param(g, &flag, NULL, 0, &err),
                 ag_graph_param(g, &one_flag, NULL, 0, &err)};
  ag_attr attr = {.key = AG_KEY_dtype, .kind = AG_ATTR_INT, .i = to};
  uint32_t n_attrs = op == AG_OP_CAST || op == AG_OP_PYFIT;
  ag_val results[4];
  uint32_t n = 0;
  for (int form = py ? 3 : 0; form < 4 && !err.code; form++) {
    ag_val in[3] = {form & 1 ? s[0] : v[0], form & 2 ? s[1] : v[1]};
    if (ag_ops[op].n_in == 1 && (form == 1 || form == 2))
      continue;
    if (op == AG_OP_SELECT) {
      in[2] = in[1], in[1] = in[0];
      in[0] = form == 3 ? f[1] : f[0];
    }
    results[n++] = ag_graph_op(g, op, in, (uint32_t)ag_ops[op].n_in, &attr, n_attrs, 7, &err);
  }
  if (!err.code)
    ag_region_results(g, 0, results, n, &err);
  if (err.code) {
    ag_graph_free(g);
    return NULL;
  }
  return g;
}

static int tried;

static void check_op(ag_op op, ag_dtype d, ag_dtype to) {
  static const int64_t sizes[] = {0, 1, 7, 16, 17, 1000};
  ag_graph *g = graph_of(op, d, to);
  if (!g)
    return;
  char what[100];
  both p = make_both(g);
  double x[64];
  int n = edge_values(d, x);
  static double a[1000], b[1000], c[1000];
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
    for (int shift = 0; shift < (sizes[k] == 7 ? n * n : 1); shift++) {
      for (int i = 0; i < sizes[k]; i++) {
        a[i] = x[(i + shift) % n];
        b[i] = x[((i + shift) / n + i) % n];
        c[i] = i % 3 == 0;
      }
      ag_tensor t[6] = {tensor_of(d, a, sizes[k]),       tensor_of(d, b, sizes[k]),
                        tensor_of(d, &x[shift % n], -1), tensor_of(d, &x[shift / n % n], -1),
                        tensor_of(AG_BOOL, c, sizes[k]), tensor_of(AG_BOOL, &c[shift % 2], -1)};
      const ag_tensor *in[6];
      for (int i = 0; i < 6; i++)
        in[i] = &t[i];
      t[2].weak = t[3].weak = p.compiled->in_types[2].weak;
      snprintf(what, sizeof what, "%s %s -> %s, %lld elements, shift %d", ag_ops[op].name,
               ag_dtype_name(d), ag_dtype_name(to), (long long)sizes[k], shift);
      check_both(&p, NULL, in, what);
      tried++;
      for (int i = 0; i < 6; i++)
        ag_tensor_unref(&t[i]);
    }
  }
  free_both(&p);
  ag_graph_free(g);
}

START_TEST(test_compiled_as_interpreted) {
  ag_op op = (ag_op)_i;
  if (ag_ops[op].lowering != AG_LOWER_inline || op == AG_OP_FOREIGN_MAP)
    return; /* what a C function takes was declared: tests/autograph/test_ffi.py */
  tried = 0;
  for (int i = 0; i < N_DTYPES; i++)
    for (int k = 0; k < (op == AG_OP_CAST || op == AG_OP_PYFIT ? N_DTYPES : 1); k++)
      check_op(op, dtypes[i], dtypes[k]);
  ck_assert_msg(tried > 0, "%s took no dtype", ag_ops[op].name);
}
END_TEST

int main(void) {
  TCase *t = new_cases("inline");
  tcase_add_loop_test(t, test_compiled_as_interpreted, 0, AG_OP_COUNT);
  return run_suite("inline", t);
}
