/* Text of graphs: what is printed reads back as the same graph. */
#include "codegen/graphs.h"

#include <stdio.h>

/* Printed, parsed and printed again: the same text. */
static void check_round_trip(const char *text) {
  ag_graph *a = parse(text);
  check_graph(a);
  char *once = print(a);
  ag_graph *b = parse(once);
  check_graph(b);
  char *twice = print(b);
  ck_assert_str_eq(once, twice);
  ag_graph_free(a);
  ag_graph_free(b);
  ag_free(once);
  ag_free(twice);
}

START_TEST(test_printed_text_is_this) {
  static const char text[] = "graph(%1: int64* n, %2: float32[s1,3] x) {\n"
                             "  %3 = const 1 : int64*\n"
                             "  %11, %12 = while(%1, %3) (%4: int64*, %5: int64*) {\n"
                             "    %6 = gt %4, %3 : bool\n"
                             "    yield %6\n"
                             "  } (%7: int64*, %8: int64*) {\n"
                             "    %9 = pysub %7, %3 : int64*\n"
                             "    %10 = pymul %8, %7 : int64*\n"
                             "    yield %9, %10\n"
                             "  } : int64*, int64*\n"
                             "  %13 = sum %2 {axis=[0], keep_dims=true} : float32[1,3]\n"
                             "  print %13 {text=\"a\\\"b\\\\\\n\\x01\\x01\", stream=1}\n"
                             "  return %12, %13\n"
                             "}\n";
  ag_graph *g = parse(text);
  check_graph(g);
  char *printed = print(g);
  ck_assert_str_eq(printed, text);
  ag_free(printed);
  ag_graph_free(g);
}
END_TEST

START_TEST(test_constants_read_back_exactly) {
  check_round_trip("graph() {\n"
                   "  %1 = const [[1, -2], [3, 4]] : int32[2,2]\n"
                   "  %2 = const [0.1, -0.0, inf, -inf, nan, 1e-45, 3.4028235e38] : float32[7]\n"
                   "  %3 = const 0.1 : float64*\n"
                   "  %4 = const 5e-324 : float64\n"
                   "  %5 = const true : bool\n"
                   "  %6 = const [] : int64[0,4]\n"
                   "  %7 = const 0x0000c07f0100c07f : float32[2]\n"
                   "  %8 = const 0x003c : float16\n"
                   "  %9 = const 18446744073709551615 : uint64\n"
                   "  %10 = const -9223372036854775808 : int64*\n"
                   "  %11 = const [[[1.5], [2.0]]] : float64[1,2,1]\n"
                   "  %12 = const [-128, 127] : int8[2]\n"
                   "  %13 = const 0x000000000000f03f0000000000000040 : complex128\n"
                   "  return %1\n"
                   "}\n");
}
END_TEST

START_TEST(test_a_large_constant_is_bytes_and_reads_back) {
  ag_graph *g = ag_graph_new();
  ag_err err = {0};
  ag_tensor t;
  ag_shape shape = {.rank = 1, .dim = {1000}};
  ck_assert_int_eq(ag_tensor_new(&t, AG_F64, &shape, &err), AG_OK);
  for (int i = 0; i < 1000; i++)
    ((double *)ag_tensor_data(&t))[i] = 1.0 / (i + 1);
  ag_graph_const(g, &t, NULL, 0, &err);
  char *text = print(g);
  ag_graph *h = parse(text);
  const ag_node *n = ag_graph_node(h, 1);
  const ag_tensor *u = ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value)->tensor;
  ck_assert_mem_eq(ag_tensor_data(u), ag_tensor_data(&t), 8000);
  ag_free(text);
  ag_tensor_unref(&t);
  ag_graph_free(g);
  ag_graph_free(h);
}
END_TEST

START_TEST(test_regions_and_attributes_read_back) {
  check_round_trip("graph(%1: bool c, %2: float32[...] x, %3: resource v) { # a comment\n"
                   "  %9 = cond(%1) {\n"
                   "    %4 = neg %2\n"
                   "    yield %4\n"
                   "  } {\n"
                   "    %5 = cond(%1) { yield %2 } { %6 = abs %2 yield %6 } : float32[...]\n"
                   "    yield %5\n"
                   "  }\n"
                   "  %10, %11 = callback %9 {site=3, types=<int32[2,s7], float64*>}\n"
                   "  %12 = read %3 {dtype=float32, shape=[2, -3]}\n"
                   "  %13 = reshape %10 {shape=[-1]}\n"
                   "  %14 = cast %13 {dtype=float64}\n"
                   "  return\n"
                   "}\n");
}
END_TEST

static const char *line_of(void *ctx, ag_loc loc, char *buf, size_t size) {
  (void)ctx;
  snprintf(buf, size, "model.py:%u", loc);
  return buf;
}

START_TEST(test_locations_are_said_after_nodes) {
  ag_graph *g = ag_graph_new();
  ag_err err = {0};
  ag_val a = int_param(g, "a");
  ag_graph_op(g, AG_OP_PYNEG, &a, 1, NULL, 0, 6, &err);
  ag_text t = {0};
  ag_graph_print(g, line_of, NULL, &t);
  ck_assert_ptr_nonnull(strstr(t.data, "%2 = pyneg %1 : int64*  # model.py:6\n"));
  ag_free(t.data);
  ag_graph_free(g);
}
END_TEST

static const struct {
  const char *text, *error;
  uint32_t line;
} bad_texts[] = {
    {"grph() { return }", "line 1: expected graph, found 'grph() { return }'", 1},
    {"graph() {\n  return %1\n}", "line 2: %1 is not defined", 2},
    {"graph(%1: int32 x) {\n %2 = frob %1\n return }", "line 2: no operation is called frob", 2},
    {"graph(%1: int32 x) {\n %1 = neg %1\n return }", "line 2: %1 is defined twice", 2},
    {"graph(%1: int32 x) {\n %2, %3 = neg %1\n return }", "line 2: neg has 1 results", 2},
    {"graph(%1: int32 x) {\n %2 = neg %1 : float32\n return }",
     "neg: the result is int32, not float32", 2},
    {"graph() {\n %1 = const 1\n return }", "line 3: expected :, found 'end of line'", 3},
    {"graph() {\n %1 = const [1, 2] : int32[3]\n return }",
     "line 2: expected ,, found '] : int32[3]'", 2},
    {"graph() {\n %1 = const 1 : int32[s1]\n return }",
     "line 2: a constant needs a known type, found ' 1 : int32[s1]'", 2},
    {"graph(%1: int32 x) {\n %2 = sum %1 {axes=[]}\n return }",
     "line 2: no attribute is called axes", 2},
    {"graph(%1: intt x) {\n return }", "line 1: expected a type, found 'intt x) {'", 1},
    {"graph() { return } x", "line 1: expected the end, found 'x'", 1},
    {"graph() {\n", "line 2: expected an operation, found 'end of line'", 2},
};

START_TEST(test_bad_text_is_refused_with_its_line) {
  int64_t before = ag_allocations_alive();
  ag_err err = {0};
  ck_assert_ptr_null(ag_graph_parse(bad_texts[_i].text, &err));
  ck_assert_str_eq(err.msg, bad_texts[_i].error);
  ck_assert_uint_eq(err.loc, bad_texts[_i].line);
  ck_assert_int_eq(ag_allocations_alive(), before);
}
END_TEST

/* Every cut of a good text is an answer, not a crash. */
START_TEST(test_cut_texts_are_refused) {
  static const char text[] =
      "graph(%1: int64* n, %2: bool c) {\n"
      "  %3 = const [[1, 2], [3, 4]] : int64[2,2]\n"
      "  %4 = sum %3 {axis=[0, 1], keep_dims=false}\n"
      "  %5 = while(%1) (%6: int64*) { yield %2 } (%7: int64*) { yield %7 }\n"
      "  print %5 {text=\"a\\n\\x20\"}\n"
      "  return %5 }";
  for (size_t n = 0; n + 1 < sizeof text; n++) {
    ag_err err = {0};
    char *cut = strndup(text, n); /* as long as it is, so that the sanitizer sees a byte past it */
    ck_assert_ptr_null(ag_graph_parse(cut, &err));
    ck_assert_int_ne(err.code, AG_OK);
    free(cut);
  }
  ag_graph_free(parse(text));
}
END_TEST

START_TEST(test_types_have_texts) {
  static const char *const texts[] = {
      "int64*",      "bool",           "float32[2,s1]", "float64[0]",
      "int8[s12,3]", "complex64[...]", "resource",      "bfloat16[1,2,3,4,5,6,7,8]"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char graph[200];
    snprintf(graph, sizeof graph, "graph(%%1: %s x) { return }", texts[i]);
    ag_graph *g = parse(graph);
    char buf[AG_TYPE_TEXT];
    ck_assert_str_eq(ag_type_text(&ag_graph_value(g, 1)->type, buf), texts[i]);
    ag_graph_free(g);
  }
}
END_TEST

int main(void) {
  TCase *t = new_cases("text");
  tcase_add_test(t, test_printed_text_is_this);
  tcase_add_test(t, test_constants_read_back_exactly);
  tcase_add_test(t, test_a_large_constant_is_bytes_and_reads_back);
  tcase_add_test(t, test_regions_and_attributes_read_back);
  tcase_add_test(t, test_locations_are_said_after_nodes);
  tcase_add_loop_test(t, test_bad_text_is_refused_with_its_line, 0,
                      sizeof bad_texts / sizeof *bad_texts);
  tcase_add_test(t, test_cut_texts_are_refused);
  tcase_add_test(t, test_types_have_texts);
  return run_suite("text", t);
}
