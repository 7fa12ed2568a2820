/* The verifier finds what the builder would never make: each test breaks one promise of a good
 * graph. */
#include "codegen/graphs.h"
#include "graph/build.h"

static const char good[] = "graph(%1: int64* n, %2: bool c) {\n"
                           "  %3 = pyadd %1, %1\n"
                           "  %4 = cond(%2) { %5 = pyneg %3 yield %5 } { yield %1 }\n"
                           "  %6 = pymul %4, %3\n"
                           "  return %6\n"
                           "}\n";

static void check_finds(ag_graph *g, const char *message) {
  ag_err err = {0};
  ag_graph_verify(g, &err);
  ck_assert_int_eq(err.code, AG_ERR_INTERNAL);
  ck_assert_msg(strstr(err.msg, message) != NULL, "%s", err.msg);
  ag_graph_free(g);
}

START_TEST(test_a_good_graph_passes) {
  ag_graph *g = parse(good);
  check_graph(g);
  ag_graph_free(g);
}
END_TEST

START_TEST(test_an_input_larger_than_its_user_is_found) {
  ag_graph *g = parse(good);
  ((ag_val *)g->nodes[3].in)[1] = 6;
  check_finds(g, "node 3 (pyadd): an input is not smaller than it");
}
END_TEST

START_TEST(test_an_input_from_inside_a_branch_is_found) {
  ag_graph *g = parse(good);
  ((ag_val *)g->nodes[6].in)[1] = g->nodes[4].out;
  check_finds(g, "node 6 (pymul): an input cannot be seen from its region");
}
END_TEST

START_TEST(test_a_wrong_type_is_found) {
  ag_graph *g = parse(good);
  g->values[3].type.dtype = AG_I32;
  check_finds(g, "node 3 (pyadd): an output has another type than its inputs give");
}
END_TEST

START_TEST(test_a_region_of_another_owner_is_found) {
  ag_graph *g = parse(good);
  g->regions[1].owner = 6;
  check_finds(g, "node 5 (cond): its region does not belong to it");
}
END_TEST

START_TEST(test_a_node_outside_of_all_lists_is_found) {
  ag_graph *g = parse(good);
  g->regions[1].first = g->regions[1].last = 0;
  check_finds(g, "nodes are in no region");
}
END_TEST

START_TEST(test_a_result_from_elsewhere_is_found) {
  ag_graph *g = parse(good);
  g->regions[2].results[0] = g->nodes[4].out;
  check_finds(g, "a result of its region cannot be seen there");
}
END_TEST

SUITE_MAIN("verify", test_a_good_graph_passes, test_an_input_larger_than_its_user_is_found,
           test_an_input_from_inside_a_branch_is_found, test_a_wrong_type_is_found,
           test_a_region_of_another_owner_is_found, test_a_node_outside_of_all_lists_is_found,
           test_a_result_from_elsewhere_is_found)
