/* Reductions in every emitted form: one or several trailing axes, leading ones, over stored values
 * and over trees; lengths around the 16 lanes and the blocks of 4096. Order shows in the bits of
 * floats. */
#include "agree.h"

static const char *const ops[] = {"sum", "prod", "max", "min", "mean"};
static const char *const dtypes[] = {"float32", "float64", "int32", "int64", "int8", "uint16"};

/* Uneven numbers near 1, so that products stay finite and order matters. */
static ag_tensor numbers(const ag_type *t, const int64_t *dims) {
  ag_tensor x;
  ag_err err = {0};
  ag_shape s = {.rank = t->rank};
  for (int i = 0; i < t->rank; i++)
    s.dim[i] = t->dim[i] >= 0 ? t->dim[i] : dims[i];
  ck_assert_int_eq(ag_tensor_new(&x, (ag_dtype)t->dtype, &s, &err), AG_OK);
  int64_t n = ag_tensor_count(&x);
  double *d = calloc((size_t)n + 1, sizeof *d);
  for (int64_t i = 0; i < n; i++)
    d[i] = ag_is_float((ag_dtype)t->dtype) ? 1 + (double)(i * 7919 % 1009 - 504) / 4000
                                           : (double)(i * 31 % 7) + 1;
  ag_tensor flat = tensor_of((ag_dtype)t->dtype, d, n);
  memcpy(x.data, flat.data, (size_t)n * ag_dtype_size((ag_dtype)t->dtype));
  ag_tensor_unref(&flat);
  free(d);
  return x;
}

static void check_text(const char *text, const int64_t (*sizes)[3], int n_sizes) {
  ag_graph *g = parse(text);
  check_graph(g);
  both p = make_both(g);
  for (int k = 0; k < n_sizes; k++) {
    ag_tensor t[2];
    const ag_tensor *in[2] = {&t[0], &t[1]};
    for (uint32_t i = 0; i < p.compiled->n_in; i++)
      t[i] = numbers(&p.compiled->in_types[i], i ? sizes[k] + 1 : sizes[k]);
    char what[600];
    snprintf(what, sizeof what, "%s with %lld, %lld, %lld", text, (long long)sizes[k][0],
             (long long)sizes[k][1], (long long)sizes[k][2]);
    check_both(&p, NULL, in, what);
    for (uint32_t i = 0; i < p.compiled->n_in; i++)
      ag_tensor_unref(&t[i]);
  }
  free_both(&p);
  ag_graph_free(g);
}

START_TEST(test_vectors) {
  static const int64_t sizes[][3] = {{0},    {1},    {15},   {16},   {17},    {33},   {4095},
                                     {4096}, {4097}, {4112}, {8192}, {20000}, {50001}};
  char text[600];
  for (size_t d = 0; d < sizeof dtypes / sizeof *dtypes; d++) {
    if (!strcmp(ops[_i], "mean") && dtypes[d][0] != 'f')
      continue;
    snprintf(text, sizeof text,
             "graph(%%1: %s[s1] x) {\n  %%2 = %s %%1 {axis=[0]}\n  %%3 = mul %%1, %%1\n  %%4 = add "
             "%%3, %%1\n"
             "  %%5 = %s %%4 {axis=[0], keep_dims=true}\n  return %%2, %%5\n}\n",
             dtypes[d], ops[_i], ops[_i]);
    check_text(text, sizes, sizeof sizes / sizeof *sizes);
  }
}
END_TEST

static const char *const forms[] = {
    /* rows */
    "graph(%%1: float32[s1,s2] x) {\n %%2 = %s %%1 {axis=[1]}\n return %%2\n}\n",
    "graph(%%1: float64[s1,s2] x) {\n %%3 = mul %%1, %%1\n %%2 = %s %%3 {axis=[1], "
    "keep_dims=true}\n return %%2\n}\n",
    /* columns */
    "graph(%%1: float32[s1,s2] x) {\n %%2 = %s %%1 {axis=[0]}\n return %%2\n}\n",
    "graph(%%1: float64[s1,s2,s3] x) {\n %%3 = abs %%1\n %%2 = %s %%3 {axis=[0,1], "
    "keep_dims=true}\n return %%2\n}\n",
    "graph(%%1: float32[s1,s2,s3] x) {\n %%2 = %s %%1 {axis=[1]}\n return %%2\n}\n",
    /* two trailing axes, all axes, and two that are apart */
    "graph(%%1: float32[s1,s2,s3] x) {\n %%2 = %s %%1 {axis=[1,2]}\n return %%2\n}\n",
    "graph(%%1: float32[s1,s2,s3] x) {\n %%3 = exp %%1\n %%2 = %s %%3 {axis=[0,1,2]}\n return "
    "%%2\n}\n",
    "graph(%%1: float32[s1,s2,s3] x) {\n %%2 = %s %%1 {axis=[0,2]}\n return %%2\n}\n",
    /* trees that broadcast, turn round, and change shape */
    "graph(%%1: float32[s1,s2] x, %%2: float32[s2] y) {\n %%3 = sub %%1, %%2\n %%4 = %s %%3 "
    "{axis=[1]}\n return %%4\n}\n",
    "graph(%%1: float32[s1,s2] x, %%2: float32[s2] y) {\n %%3 = sub %%1, %%2\n %%4 = %s %%3 "
    "{axis=[0,1]}\n return %%4\n}\n",
    "graph(%%1: float64[s1,s2] x) {\n %%3 = transpose %%1 {perm=[1,0]}\n %%4 = %s %%3 {axis=[1]}\n "
    "return %%4\n}\n",
    "graph(%%1: float64[s1,s2] x) {\n %%3 = transpose %%1 {perm=[1,0]}\n %%4 = %s %%3 {axis=[0]}\n "
    "return %%4\n}\n",
    "graph(%%1: float32[s1,s2] x) {\n %%3 = reverse %%1 {axis=[1]}\n %%4 = %s %%3 {axis=[1]}\n "
    "return %%4\n}\n",
    "graph(%%1: float32[6,8] x) {\n %%3 = reshape %%1 {shape=[4,12]}\n %%4 = %s %%3 {axis=[1]}\n "
    "%%5 = %s %%3 {axis=[0]}\n return %%4, %%5\n}\n",
    /* a reduction in a loop, used with what it reduces */
    "graph(%%1: float32[s1,s2] x) {\n %%2 = %s %%1 {axis=[1], keep_dims=true}\n %%3 = sub %%1, "
    "%%2\n %%4 = exp %%3\n"
    " %%5 = sum %%4 {axis=[1], keep_dims=true}\n %%6 = div %%4, %%5\n return %%6\n}\n",
    "graph(%%1: float64[s1,s2] x) {\n %%2 = %s %%1 {axis=[1]}\n %%3 = %s %%1 {axis=[1], "
    "keep_dims=true}\n %%4 = reverse %%1 {axis=[1]}\n %%5 = sub %%4, %%3\n %%6 = lt %%5, %%1\n "
    "%%7 = select %%6, %%5, %%1\n %%8 = sum %%7 {axis=[1]}\n return %%2, %%7, %%8\n}\n",
    "graph(%%1: float32[s1,s2,s3] x) {\n %%2 = %s %%1 {axis=[0, 1, 2], keep_dims=true}\n"
    " return %%2\n}\n",
};
enum { FORMS = sizeof forms / sizeof *forms };

START_TEST(test_shapes) {
  static const int64_t sizes[][3] = {{3, 5, 7}, {1, 1, 1}, {2, 16, 33},  {4, 100, 3},
                                     {0, 4, 4}, {3, 0, 4}, {2, 5000, 2}, {5, 17, 0}};
  for (size_t k = 0; k < sizeof ops / sizeof *ops; k++) {
    char text[600];
    snprintf(text, sizeof text, forms[_i], ops[k], ops[k]);
    check_text(text, sizes, sizeof sizes / sizeof *sizes);
  }
}
END_TEST

/* text with the numbers of sizes for s1, s2, s3. */
static void with_sizes(char *to, const char *text, const int64_t *sizes) {
  while (*text) {
    if (text[0] == 's' && text[1] >= '1' && text[1] <= '3' && (text[2] == ',' || text[2] == ']')) {
      to += sprintf(to, "%lld", (long long)sizes[text[1] - '1']);
      text += 2;
    } else {
      *to++ = *text++;
    }
  }
  *to = 0;
}

/* Runs of a few elements are written out, across vectors of outputs; the lanes of longer ones are
 * joined for several outputs at a time. */
START_TEST(test_known_shapes) {
  static const int64_t sizes[][3] = {
      {70, 3, 2},  {3, 1, 15},  {5, 15, 7},   {130, 16, 9}, {9, 37, 16}, {8, 0, 3},
      {0, 3, 3},   {2, 9, 100}, {1, 1, 3},    {1, 1, 1},    {3, 37, 16}, {70, 64, 48},
      {37, 20, 5}, {2, 19, 10}, {90, 256, 4}, {40, 6, 2},   {1, 2, 3},   {3, 10, 1}};
  for (size_t k = 0; k < sizeof ops / sizeof *ops; k++)
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      char open[600], known[600];
      snprintf(open, sizeof open, forms[_i], ops[k], ops[k]);
      with_sizes(known, open, sizes[i]);
      check_text(known, &sizes[i], 1);
    }
}
END_TEST

/* Columns are added up in whole vectors and one that is there in part: every count around those, of
 * known and open sizes, also where a part of a vector cannot be read (bytes, turned order). */
START_TEST(test_columns) {
  static const int64_t counts[] = {1,  2,  3,  4,  5,  7,  8,  9,  15,  16,  17,
                                   24, 31, 33, 48, 63, 64, 65, 72, 100, 127, 129};
  static const char *const bodies[] = {
      "%%2 = %s %%1 {axis=[0]}\n return %%2",
      "%%3 = mul %%1, %%1\n %%2 = %s %%3 {axis=[0], keep_dims=true}\n return %%2",
      "%%3 = reverse %%1 {axis=[1]}\n %%2 = %s %%3 {axis=[0]}\n return %%2",
      "%%3 = transpose %%1 {perm=[1,0]}\n %%2 = %s %%3 {axis=[0]}\n return %%2",
  };
  for (size_t d = 0; d < sizeof dtypes / sizeof *dtypes; d++)
    for (size_t k = 0; k < sizeof bodies / sizeof *bodies; k++) {
      if (!strcmp(ops[_i], "mean") && dtypes[d][0] != 'f')
        continue;
      int64_t sizes[sizeof counts / sizeof *counts][3];
      char open[600], body[400];
      snprintf(body, sizeof body, bodies[k], ops[_i]);
      snprintf(open, sizeof open, "graph(%%1: %s[s1,s2] x) {\n %s\n}\n", dtypes[d], body);
      for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char known[600];
        memcpy(sizes[i], (int64_t[3]){37, counts[i], 0}, sizeof sizes[i]);
        with_sizes(known, open, sizes[i]);
        if (d < 3) /* compiling takes its time */
          check_text(known, &sizes[i], 1);
      }
      check_text(open, sizes, sizeof counts / sizeof *counts);
    }
}
END_TEST

/* More elements of an output than a block has: of one axis, of axes next to each other and apart,
 * of operands that are computed, and of no columns. */
START_TEST(test_tall_columns) {
  static const int64_t sizes[][3] = {{4095, 2, 3}, {4097, 1, 5},  {70, 130, 5}, {3, 5000, 2},
                                     {1, 9000, 9}, {8192, 3, 65}, {2, 4099, 0}, {1370, 3, 2},
                                     {0, 5000, 3}, {2, 0, 3}};
  static const struct {
    const char *shape, *body;
  } forms[] = {
      {"s1,s2,s3", "%%2 = %s %%1 {axis=[0]}\n return %%2"},
      {"s1,s2,s3", "%%3 = mul %%1, %%1\n %%2 = %s %%3 {axis=[0, 1], keep_dims=true}\n return %%2"},
      {"s1,s2,s3", "%%2 = %s %%1 {axis=[1]}\n return %%2"},
      {"s1,s2,s3", "%%3 = transpose %%1 {perm=[1,0,2]}\n %%2 = %s %%3 {axis=[0,1]}\n return %%2"},
      {"s1,4,s2,s3", "%%2 = %s %%1 {axis=[0,2]}\n return %%2"},
  };
  for (size_t d = 0; d < 3; d++)
    for (size_t k = 0; k < sizeof forms / sizeof *forms; k++) {
      if (!strcmp(ops[_i], "mean") && dtypes[d][0] != 'f')
        continue;
      char open[600], body[400];
      snprintf(body, sizeof body, forms[k].body, ops[_i]);
      snprintf(open, sizeof open, "graph(%%1: %s[%s] x) {\n %s\n}\n", dtypes[d], forms[k].shape,
               body);
      for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char known[600];
        with_sizes(known, open, sizes[i]);
        check_text(known, &sizes[i], 1);
      }
      if (strlen(forms[k].shape) == 8)
        check_text(open, sizes, sizeof sizes / sizeof *sizes);
    }
}
END_TEST

int main(void) {
  TCase *t = new_cases("reduce");
  tcase_add_loop_test(t, test_vectors, 0, sizeof ops / sizeof *ops);
  tcase_add_loop_test(t, test_shapes, 0, FORMS);
  tcase_add_loop_test(t, test_known_shapes, 0, FORMS);
  tcase_add_loop_test(t, test_columns, 0, sizeof ops / sizeof *ops);
  tcase_add_loop_test(t, test_tall_columns, 0, sizeof ops / sizeof *ops);
  return run_suite("reductions", t);
}
