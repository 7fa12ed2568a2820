/* Native code on the disk: loaded it does what it did, and only under the same key. The loader: no
 * damaged object does any harm. */
#include "agree.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "ag/store.h"
#include "cache.h"
#include "load.h"

static const char everything[] = "graph(%1: float32[s1] x, %2: int64* n) {\n"
                                 "  %3 = const 0 : int64*\n"
                                 "  %4 = const 1 : int64*\n"
                                 "  %20 = const [1.0, 2.0, 3.0] : float32[3]\n"
                                 "  %5, %6 = while(%3, %1) (%7: int64*, %8: float32[s1]) {\n"
                                 "    %9 = lt %7, %2\n"
                                 "    yield %9\n"
                                 "  } (%10: int64*, %11: float32[s1]) {\n"
                                 "    %12 = pyadd %10, %4\n"
                                 "    %13 = element %11, %10\n"
                                 "    %14 = exp %13\n"
                                 "    %15 = set_element %11, %14, %10\n"
                                 "    yield %12, %15\n"
                                 "  }\n"
                                 "  %16 = mul %6, %6\n"
                                 "  %17 = sum %16 {axis=[0]}\n"
                                 "  %18 = sort %6\n"
                                 "  %19 = element %20, %5\n"
                                 "  return %17, %18, %5, %19\n"
                                 "}\n";

static char place[] = "/tmp/autograph-cache-XXXXXX";

static void begin(void) {
  strcpy(strrchr(place, '-'), "-XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(place));
  ck_assert(ag_store_open(place, 1 << 24));
}

static void end(void) {
  ag_store_look(true);
  ag_store_open(NULL, 0);
  ck_assert_int_eq(rmdir(place), 0);
}

static ag_plan *compile(const ag_graph *g, const ag_compile_options *opt) {
  ag_err err = {0};
  ag_plan *p = ag_compile(g, opt, &err);
  ck_assert_msg(p != NULL, "%s", err.msg);
  return p;
}

static bool is_cached(const ag_graph *g, const ag_compile_options *opt) {
  ag_plan *p = compile(g, opt);
  bool cached = p->cached;
  ag_plan_unref(p);
  return cached;
}

START_TEST(test_loaded_code_does_the_same) {
  static const double counts[] = {0, 1, 2, 3, 5, 6};
  double x[] = {0.5, -1, 0.25, 0, 2};
  ag_graph *g = parse(everything);
  begin();
  ck_assert(!is_cached(g, NULL));
  both p = make_both(g);
  ck_assert(p.compiled->cached && p.compiled->has_loop);
  for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
    ag_tensor t[2] = {tensor_of(AG_F32, x, 5), tensor_of(AG_I64, &counts[k], -1)};
    const ag_tensor *in[2] = {&t[0], &t[1]};
    t[1].weak = 1;
    check_both(&p, NULL, in, "everything");
    for (int i = 0; i < 2; i++)
      ag_tensor_unref(&t[i]);
  }
  free_both(&p);
  ag_graph_free(g);
  end();
}
END_TEST

/* Places and names differ, the code is the same one, and failures name the new places. */
START_TEST(test_code_serves_a_graph_that_moved_in_its_file) {
  static const char text[] = "graph(%%1: int64* %s) {\n%s"
                             "  %%2 = const 0 : int64*\n"
                             "  %%3 = pyfloordiv %%1, %%2\n"
                             "  return %%3\n}\n";
  char moved[300];
  begin();
  for (int i = 0; i < 2; i++) {
    ag_err err = {0};
    snprintf(moved, sizeof moved, text, i ? "renamed" : "n", i ? "\n\n" : "");
    ag_graph *g = parse(moved);
    ag_plan *p = compile(g, &(ag_compile_options){.effort = 1, .name = i ? "after" : "before"});
    ck_assert_int_eq(p->cached, i);
    double one = 1;
    ag_tensor t = tensor_of(AG_I64, &one, -1), out;
    const ag_tensor *in[] = {&t};
    t.weak = 1;
    ck_assert_int_eq(ag_plan_run(p, NULL, in, &out, &err), AG_ERR_ZERODIV);
    ck_assert_uint_eq(err.loc, ag_graph_node(g, 3)->loc);
    ag_plan_unref(p);
    ag_graph_free(g);
  }
  end();
}
END_TEST

static bool same_key(const char *a, const char *b) {
  const ag_machine *m = ag_machine_name();
  ag_graph *ga = parse(a), *gb = parse(b);
  ag_text ka = {0}, kb = {0};
  ag_cache_key(ga, m, 1, false, &ka);
  ag_cache_key(gb, m, 1, false, &kb);
  ck_assert(ka.len > 0 && kb.len > 0);
  bool same = ka.len == kb.len && !memcmp(ka.data, kb.data, ka.len);
  ag_free(ka.data);
  ag_free(kb.data);
  ag_graph_free(ga);
  ag_graph_free(gb);
  return same;
}

START_TEST(test_every_difference_is_in_the_key) {
  static const char base[] = "graph(%1: float32[4] x, %2: int64 n) {\n"
                             "  %3 = const 2.5 : float32\n  %4 = mul %1, %3\n"
                             "  %5 = sum %4 {axis=[0], keep_dims=true}\n  return %5, %2\n}\n";
  static const char *const others[] = {
      "graph(%1: float64[4] x, %2: int64 n) {\n"
      "  %3 = const 2.5 : float64\n  %4 = mul %1, %3\n"
      "  %5 = sum %4 {axis=[0], keep_dims=true}\n  return %5, %2\n}\n",
      "graph(%1: float32[5] x, %2: int64 n) {\n"
      "  %3 = const 2.5 : float32\n  %4 = mul %1, %3\n"
      "  %5 = sum %4 {axis=[0], keep_dims=true}\n  return %5, %2\n}\n",
      "graph(%1: float32[s1] x, %2: int64 n) {\n"
      "  %3 = const 2.5 : float32\n  %4 = mul %1, %3\n"
      "  %5 = sum %4 {axis=[0], keep_dims=true}\n  return %5, %2\n}\n",
      "graph(%1: float32[4] x, %2: int64* n) {\n"
      "  %3 = const 2.5 : float32\n  %4 = mul %1, %3\n"
      "  %5 = sum %4 {axis=[0], keep_dims=true}\n  return %5, %2\n}\n",
      "graph(%1: float32[4] x, %2: int64 n) {\n"
      "  %3 = const 2.75 : float32\n  %4 = mul %1, %3\n"
      "  %5 = sum %4 {axis=[0], keep_dims=true}\n  return %5, %2\n}\n",
      "graph(%1: float32[4] x, %2: int64 n) {\n"
      "  %3 = const 2.5 : float32\n  %4 = add %1, %3\n"
      "  %5 = sum %4 {axis=[0], keep_dims=true}\n  return %5, %2\n}\n",
      "graph(%1: float32[4] x, %2: int64 n) {\n"
      "  %3 = const 2.5 : float32\n  %4 = mul %3, %1\n"
      "  %5 = sum %4 {axis=[0], keep_dims=true}\n  return %5, %2\n}\n",
      "graph(%1: float32[4] x, %2: int64 n) {\n"
      "  %3 = const 2.5 : float32\n  %4 = mul %1, %3\n"
      "  %5 = sum %4 {axis=[0]}\n  return %5, %2\n}\n",
      "graph(%1: float32[4] x, %2: int64 n) {\n"
      "  %3 = const 2.5 : float32\n  %4 = mul %1, %3\n"
      "  %5 = sum %4 {axis=[0], keep_dims=true}\n  return %2, %5\n}\n",
  };
  begin();
  ck_assert(same_key(base, base));
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    ck_assert_msg(!same_key(base, others[i]), "variant %zu", i);
  end();
}
END_TEST

/* Code finds the elements of an array through its plan, so it serves other elements. */
START_TEST(test_code_serves_other_constants) {
  static const char text[] = "graph(%%1: float32[3] x) {\n  %%2 = const [%d.0, 2.0, 3.0] : "
                             "float32[3]\n  %%3 = add %%1, %%2\n  return %%3\n}\n";
  double x[] = {1, 1, 1};
  char graph[200];
  begin();
  for (int i = 0; i < 2; i++) {
    snprintf(graph, sizeof graph, text, 10 + i);
    ag_graph *g = parse(graph);
    both p = make_both(g);
    ck_assert_int_eq(p.compiled->cached, i);
    ag_tensor t = tensor_of(AG_F32, x, 3);
    const ag_tensor *in[] = {&t};
    check_both(&p, NULL, in, "other constants");
    ag_tensor_unref(&t);
    free_both(&p);
    ag_graph_free(g);
  }
  end();
}
END_TEST

START_TEST(test_other_machines_and_options_have_other_code) {
  const ag_machine *here = ag_machine_name();
  ag_graph *g = parse(everything);
  ag_text keys[7] = {{0}};
  begin();
  ag_machine m[5] = {*here, *here, *here, *here, *here};
  m[1].cpu = "another";
  m[2].features = "+avx512f";
  m[3].vector_bits = here->vector_bits / 2;
  m[4].triple = "x86_64-other";
  for (int i = 0; i < 5; i++)
    ag_cache_key(g, &m[i], 1, false, &keys[i]);
  ag_cache_key(g, here, 0, false, &keys[5]);
  ag_cache_key(g, here, 1, true, &keys[6]);
  for (int i = 0; i < 7; i++)
    for (int j = 0; j < i; j++)
      ck_assert_msg(keys[i].len != keys[j].len || memcmp(keys[i].data, keys[j].data, keys[i].len),
                    "%d and %d", i, j);
  for (int i = 0; i < 7; i++)
    ag_free(keys[i].data);
  ck_assert(!is_cached(g, NULL) && !is_cached(g, &(ag_compile_options){.effort = 0}));
  ck_assert(!is_cached(g, &(ag_compile_options){.effort = 1, .fast_math = true}));
  ck_assert(is_cached(g, NULL));
  ag_graph_free(g);
  end();
}
END_TEST

START_TEST(test_out_of_memory_with_a_cache) {
  ag_graph *g = parse(everything);
  begin();
  for (int filled = 0; filled < 2; filled++) {
    uint64_t made = ag_allocations();
    ck_assert_int_eq(is_cached(g, NULL), filled);
    made = ag_allocations() - made;
    int64_t before = ag_allocations_alive();
    /* test_compile.c has every allocation of compiling */
    for (uint64_t n = 1; n <= made; n += filled ? 1 : 7) {
      ag_err err = {0};
      if (!filled)
        ag_store_look(true);
      ag_fail_allocation(n);
      ag_plan *p = ag_compile(g, NULL, &err);
      ag_fail_allocation(0);
      ck_assert_msg(p || err.code == AG_ERR_NOMEM, "allocation %d: %s", (int)n, err.msg);
      ag_plan_unref(p);
      ck_assert_int_eq(ag_allocations_alive(), before);
    }
    ag_plan_unref(compile(g, NULL)); /* kept again */
  }
  ag_graph_free(g);
  end();
}
END_TEST

/* ---- the loader ----------------------------------------------------------------------------- */

typedef struct bytes {
  unsigned char *data;
  size_t size;
} bytes;

/* The object that the store holds for this graph. */
static bytes object_of(const ag_graph *g) {
  ag_text key = {0};
  ag_arena *arena = ag_arena_new();
  ag_recipe r;
  const void *object;
  bytes b;
  void *held;
  ag_plan_unref(compile(g, NULL));
  ag_cache_key(g, ag_machine_name(), 1, false, &key);
  ck_assert(ag_cache_get(&key, arena, &r, &object, &b.size, &held));
  b.data = malloc(b.size + 1);
  memcpy(b.data + 1, object, b.size); /* of no alignment */
  ag_free(held);
  ag_free(key.data);
  ag_arena_free(arena);
  return b;
}

START_TEST(test_objects_that_are_cut_or_changed_are_refused_or_loaded) {
  ag_graph *g = parse(everything);
  begin();
  bytes b = object_of(g);
  ag_native *fn = NULL;
  void *code = NULL;
  ag_err err = {0};
  ck_assert_msg(!ag_load(b.data + 1, b.size, &fn, &code, &err) && fn && code, "%s", err.msg);
  ag_unload(code);
  ag_unload(NULL);
  int refused = 0;
  for (size_t cut = 0; cut < b.size; cut++) { /* the table of sections is at the end */
    unsigned char *copy = malloc(cut ? cut : 1);
    memcpy(copy, b.data + 1, cut);
    err = (ag_err){0};
    ck_assert_msg(ag_load(copy, cut, &fn, &code, &err) == AG_ERR_INTERNAL, "cut at %zu", cut);
    free(copy);
  }
  for (size_t i = 0; i < b.size; i++) { /* loaded, never run */
    b.data[1 + i] ^= (unsigned char)(1 << i % 8);
    err = (ag_err){0};
    code = NULL;
    if (ag_load(b.data + 1, b.size, &fn, &code, &err))
      refused++;
    else
      ag_unload(code);
    b.data[1 + i] ^= (unsigned char)(1 << i % 8);
  }
  ck_assert_int_gt(refused, 50);
  free(b.data);
  ag_graph_free(g);
  end();
}
END_TEST

/* No address of this run lies in an object: loaded elsewhere it has the same bytes. */
START_TEST(test_objects_hold_no_address) {
  ag_graph *g = parse(everything);
  begin();
  bytes b = object_of(g);
  const uintptr_t known[] = {(uintptr_t)g, (uintptr_t)&known, (uintptr_t)&ag_rt_kernel,
                             (uintptr_t)&ag_kernels, (uintptr_t)b.data};
  for (size_t at = 0; at + 8 <= b.size; at++) {
    uint64_t word;
    memcpy(&word, b.data + 1 + at, 8);
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
      ck_assert_msg(word >> 24 != known[k] >> 24, "byte %zu looks like an address", at);
  }
  free(b.data);
  ag_graph_free(g);
  end();
}
END_TEST

SUITE_MAIN("code on the disk", test_loaded_code_does_the_same,
           test_code_serves_a_graph_that_moved_in_its_file, test_every_difference_is_in_the_key,
           test_code_serves_other_constants, test_other_machines_and_options_have_other_code,
           test_out_of_memory_with_a_cache,
           test_objects_that_are_cut_or_changed_are_refused_or_loaded, test_objects_hold_no_address)
