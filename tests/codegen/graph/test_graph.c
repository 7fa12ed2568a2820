/* Building graphs: names, regions, visibility, undo, references of constants. */
#include "codegen/graphs.h"

START_TEST(test_inputs_are_smaller_than_users) {
  ag_graph *g = ag_graph_new();
  ag_err err = {0};
  ag_val a = int_param(g, "a"), b = int_param(g, "b");
  ag_val sum = binary(g, AG_OP_PYADD, a, b, &err);
  ck_assert_msg(!err.code, "%s", err.msg);
  ck_assert_uint_lt(b, sum);
  ck_assert_uint_eq(ag_graph_nodes(g), 4);
  ck_assert_uint_eq(ag_graph_values(g), 4);
  ck_assert_uint_eq(ag_graph_region(g, 0)->n_params, 2);
  ck_assert_uint_eq(ag_graph_region(g, 0)->params[1], b);
  ck_assert(ag_graph_value(g, sum)->type.weak);
  ag_graph_free(g);
}
END_TEST

START_TEST(test_names_are_unique_and_count_up) {
  ag_graph *g = ag_graph_new();
  ag_err err = {0};
  ag_val a = int_param(g, "outer/a"), again = int_param(g, "outer/a");
  ck_assert_str_eq(name_of(g, a), "outer/a");
  ck_assert_str_eq(name_of(g, again), "outer/a_1");
  const char *want[] = {"pyadd", "pyadd_1", "pyadd_2"};
  for (int i = 0; i < 3; i++)
    ck_assert_str_eq(name_of(g, binary(g, AG_OP_PYADD, a, a, &err)), want[i]);
  ck_assert_str_eq(name_of(g, int_param(g, "pyadd_3")), "pyadd_3");
  ck_assert_str_eq(name_of(g, binary(g, AG_OP_PYADD, a, a, &err)), "pyadd_4");
  ag_graph_free(g);
}
END_TEST

START_TEST(test_undo_gives_names_and_symbols_back) {
  ag_graph *g = ag_graph_new();
  ag_err err = {0};
  ag_val a = int_param(g, "a");
  binary(g, AG_OP_PYADD, a, a, &err);
  ag_mark m = ag_graph_mark(g);
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 500; i++)
      binary(g, AG_OP_PYADD, a, a, &err);
    ck_assert_int_eq(ag_graph_symbol(g), -1);
    ck_assert_uint_eq(ag_graph_nodes(g), 503);
    ag_graph_undo(g, &m);
    ck_assert_uint_eq(ag_graph_nodes(g), 3);
  }
  ck_assert_str_eq(name_of(g, binary(g, AG_OP_PYADD, a, a, &err)), "pyadd_1");
  check_graph(g);
  ag_graph_free(g);
}
END_TEST

START_TEST(test_undo_closes_regions_and_takes_nodes_from_reopened_ones) {
  ag_graph *g = ag_graph_new();
  ag_err err = {0};
  ag_val a = int_param(g, "a");
  ag_region r = ag_region_open(g, &err);
  ag_val first = binary(g, AG_OP_PYADD, a, a, &err);
  ag_region_results(g, r, &first, 1, &err);
  ag_region_close(g);
  ag_mark m = ag_graph_mark(g);
  ag_region_open(g, &err);
  binary(g, AG_OP_PYMUL, a, a, &err);
  ag_region_close(g);
  ag_region_reopen(g, r, &err);
  ag_val second = binary(g, AG_OP_PYSUB, first, a, &err);
  ag_region_results(g, r, &second, 1, &err);
  ag_region_open(g, &err);
  ag_graph_undo(g, &m);
  ck_assert_uint_eq(ag_region_current(g), 0);
  ck_assert_uint_eq(ag_graph_regions(g), 2);
  ck_assert_uint_eq(ag_graph_region(g, r)->results[0], first);
  ck_assert_uint_eq(ag_graph_region(g, r)->last, ag_graph_value(g, first)->node);
  ck_assert_msg(!err.code, "%s", err.msg);
  check_graph(g);
  ag_graph_free(g);
}
END_TEST

START_TEST(test_undo_of_an_owner_frees_its_regions) {
  ag_graph *g = ag_graph_new();
  ag_err err = {0};
  ag_type bool_type = ag_type_scalar(AG_BOOL, false);
  ag_val c = ag_graph_param(g, &bool_type, "c", 0, &err), a = int_param(g, "a");
  ag_spec s = {.op = AG_OP_COND, .n_in = 1, .in = &c};
  for (int i = 0; i < 2; i++) {
    s.sub[i] = ag_region_open(g, &err);
    ag_region_results(g, s.sub[i], &a, 1, &err);
    ag_region_close(g);
  }
  ag_mark m = ag_graph_mark(g);
  ck_assert(ag_graph_add(g, &s, &err));
  ck_assert_int_eq(ag_region_reopen(g, s.sub[0], &err), AG_ERR_INTERNAL);
  memset(&err, 0, sizeof err);
  ag_graph_undo(g, &m);
  ck_assert_int_eq(ag_region_reopen(g, s.sub[0], &err), AG_OK);
  ag_region_close(g);
  ck_assert(ag_graph_add(g, &s, &err));
  check_graph(g);
  ag_graph_free(g);
}
END_TEST

START_TEST(test_a_reopened_region_may_use_what_came_after_it) {
  ag_graph *g = ag_graph_new();
  ag_err err = {0};
  ag_type bool_type = ag_type_scalar(AG_BOOL, false);
  ag_val c = ag_graph_param(g, &bool_type, "c", 0, &err), a = int_param(g, "a");
  ag_spec s = {.op = AG_OP_COND, .n_in = 1, .in = &c};
  s.sub[0] = ag_region_open(g, &err);
  ag_region_close(g);
  s.sub[1] = ag_region_open(g, &err);
  ag_region_results(g, s.sub[1], &a, 1, &err);
  ag_region_close(g);
  ag_val later = binary(g, AG_OP_PYADD, a, a, &err);
  ag_region_reopen(g, s.sub[0], &err);
  ag_val inside = binary(g, AG_OP_PYMUL, later, a, &err);
  ag_region_results(g, s.sub[0], &inside, 1, &err);
  ag_region_close(g);
  ck_assert_uint_gt(inside, later);
  ck_assert(ag_graph_visible(g, later, s.sub[0]));
  ck_assert(!ag_graph_visible(g, inside, 0));
  ck_assert(!ag_graph_visible(g, inside, s.sub[1]));
  ck_assert(ag_graph_add(g, &s, &err));
  ck_assert_msg(!err.code, "%s", err.msg);
  check_graph(g);
  ag_graph_free(g);
}
END_TEST

START_TEST(test_a_value_of_a_branch_cannot_be_used_outside) {
  ag_graph *g = ag_graph_new();
  ag_err err = {0};
  ag_val a = int_param(g, "a");
  ag_region_open(g, &err);
  ag_val inside = binary(g, AG_OP_PYADD, a, a, &err);
  ag_region_close(g);
  ck_assert_uint_eq(binary(g, AG_OP_PYADD, a, inside, &err), AG_NONE);
  ck_assert_int_eq(err.code, AG_ERR_VALUE);
  ck_assert_str_eq(
      err.msg, "pyadd: input 1 was made inside a branch or a loop and cannot be used outside it");
  ag_graph_free(g);
}
END_TEST

START_TEST(test_a_failed_input_fails_silently_and_the_first_error_stays) {
  ag_graph *g = ag_graph_new();
  ag_err err = {0};
  ag_val a = int_param(g, "a");
  ag_type f = ag_type_scalar(AG_F32, false);
  ag_val x = ag_graph_param(g, &f, "x", 0, &err);
  ag_val bad = binary(g, AG_OP_ADD, a, x, &err);
  ck_assert_uint_eq(bad, AG_NONE);
  ck_assert_str_eq(err.msg, "add: dtypes differ, int64 and float32");
  ck_assert_uint_eq(binary(g, AG_OP_MUL, bad, x, &err), AG_NONE);
  ck_assert_str_eq(err.msg, "add: dtypes differ, int64 and float32");
  ck_assert_uint_eq(ag_graph_nodes(g), 3);
  ag_graph_free(g);
}
END_TEST

START_TEST(test_constants_are_referenced_and_lent_memory_is_copied) {
  int64_t before = ag_allocations_alive();
  ag_graph *g = ag_graph_new();
  ag_err err = {0};
  float lent[3] = {1, 2, 3};
  ag_tensor borrowed = {.data = lent, .dtype = AG_F32, .rank = 1, .dim = {3}}, owned;
  ag_shape shape = {.rank = 1, .dim = {4}};
  ck_assert_int_eq(ag_tensor_new(&owned, AG_I32, &shape, &err), AG_OK);
  memset(ag_tensor_data(&owned), 0, 16);
  ag_val a = ag_graph_const(g, &borrowed, "a", 0, &err);
  lent[1] = 7;
  ag_mark m = ag_graph_mark(g);
  ag_graph_const(g, &owned, "b", 0, &err);
  ck_assert(!ag_buffer_unique(owned.owner));
  ag_graph_undo(g, &m);
  ck_assert(ag_buffer_unique(owned.owner));
  ag_graph_const(g, &owned, "b", 0, &err);
  ck_assert_msg(!err.code, "%s", err.msg);
  ag_tensor_unref(&owned);
  const ag_node *n = ag_graph_node(g, ag_graph_value(g, a)->node);
  const float *kept = ag_tensor_data(ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value)->tensor);
  ck_assert(kept[1] == 2);
  ag_graph_free(g);
  ck_assert_int_eq(ag_allocations_alive(), before);
}
END_TEST

/* Every allocation of a small build fails once: an error, and nothing left. */
START_TEST(test_out_of_memory_anywhere_leaves_nothing) {
  static const char text[] = "graph(%1: int64* n, %2: float32[2,s1] x) {\n"
                             "  %3 = const [1.0, 2.0] : float32[2]\n"
                             "  %4 = while(%1) (%5: int64*) {\n"
                             "    %6 = const 3 : int64*\n"
                             "    %7 = lt %5, %6\n"
                             "    yield %7\n"
                             "  } (%8: int64*) {\n"
                             "    %9 = pyadd %8, %8\n"
                             "    yield %9\n"
                             "  }\n"
                             "  %10 = sum %2 {axis=[1]}\n"
                             "  %11 = add %10, %3\n"
                             "  return %4, %11\n"
                             "}\n";
  int64_t before = ag_allocations_alive();
  for (uint64_t nth = 1;; nth++) {
    ag_err err = {0};
    ag_fail_allocation(nth);
    ag_graph *g = ag_graph_parse(text, &err);
    ag_plan *p = g ? ag_lower(g, &err) : NULL;
    ag_fail_allocation(0);
    bool made = p != NULL;
    if (p)
      ag_plan_unref(p);
    ag_graph_free(g);
    ck_assert_int_eq(ag_allocations_alive(), before);
    if (made)
      break;
    ck_assert_msg(err.code == AG_ERR_NOMEM, "allocation %llu: %s", (unsigned long long)nth,
                  err.msg);
    ck_assert_uint_lt(nth, 1000);
  }
}
END_TEST

SUITE_MAIN("graph", test_inputs_are_smaller_than_users, test_names_are_unique_and_count_up,
           test_undo_gives_names_and_symbols_back,
           test_undo_closes_regions_and_takes_nodes_from_reopened_ones,
           test_undo_of_an_owner_frees_its_regions,
           test_a_reopened_region_may_use_what_came_after_it,
           test_a_value_of_a_branch_cannot_be_used_outside,
           test_a_failed_input_fails_silently_and_the_first_error_stays,
           test_constants_are_referenced_and_lent_memory_is_copied,
           test_out_of_memory_anywhere_leaves_nothing)
