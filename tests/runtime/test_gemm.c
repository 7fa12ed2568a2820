/* Our own matrix products against sums in the order that they promise, bit for bit, for each
 * instruction set: k in blocks of 256, whatever the tile. */
#include "kernels/blas.h"

#include "ag/vmath.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 256, DOT_LANES = 32, DOT_BLOCK = 4096 };

/* Vectors times the rows of a matrix are sums in lanes, by blocks; times columns, in order. */
static bool is_dots(const ag_gemm *g) { return g->n == 1 ? !g->ta : g->m == 1 && g->tb; }

/* Around the sizes of panels, strips and blocks; the rest is left over. */
static const ag_gemm sizes[] = {
    {.m = 2, .n = 2, .k = 1},     {.m = 2, .n = 3, .k = 0},    {.m = 8, .n = 48, .k = 256},
    {.m = 9, .n = 49, .k = 257},  {.m = 7, .n = 17, .k = 300}, {.m = 19, .n = 65, .k = 513},
    {.m = 100, .n = 37, .k = 3},  {.m = 16, .n = 96, .k = 64}, {.m = 13, .n = 64, .k = 512},
    {.m = 70, .n = 100, .k = 60}, {.m = 4, .n = 5, .k = 1030}, {.m = 3, .n = 200, .k = 5},
    {.m = 25, .n = 24, .k = 31},  {.m = 60, .n = 12, .k = 77}, {.m = 31, .n = 65, .k = 255},
    {.m = 1, .n = 1, .k = 0},     {.m = 1, .n = 1, .k = 1},    {.m = 1, .n = 1, .k = 4133},
    {.m = 1, .n = 65, .k = 300},  {.m = 1, .n = 1100, .k = 5}, {.m = 1, .n = 7, .k = 8200},
    {.m = 70, .n = 1, .k = 37},   {.m = 9, .n = 1, .k = 4097}, {.m = 1030, .n = 1, .k = 31},
};

static uint32_t state;
static double next(void) {
  state = state * 1664525u + 1013904223u;
  return ((int32_t)state / 2147483648.0) * (state % 7 == 0 ? 1e6 : 1);
}

#define CHECK(T, suffix, FMA, is_f64)                                                              \
  static T dot_##suffix(const T *a, const T *b, int64_t k, bool fused) {                           \
    T all = 0;                                                                                     \
    for (int64_t first = 0; first < k; first += DOT_BLOCK) {                                       \
      T lane[DOT_LANES] = {0};                                                                     \
      for (int64_t l = first; l < k && l < first + DOT_BLOCK; l++) {                               \
        T *to = &lane[(l - first) % DOT_LANES];                                                    \
        *to = fused ? FMA(a[l], b[l], *to) : a[l] * b[l] + *to;                                    \
      }                                                                                            \
      for (int half = DOT_LANES / 2; half > 0; half /= 2)                                          \
        for (int i = 0; i < half; i++)                                                             \
          lane[i] += lane[i + half];                                                               \
      all += lane[0];                                                                              \
    }                                                                                              \
    return all;                                                                                    \
  }                                                                                                \
  static bool same_##suffix(T x, T y) { return !memcmp(&x, &y, sizeof x) || (x != x && y != y); }  \
  static void expected_##suffix(const ag_gemm *g, const T *a, const T *b, T *c, bool fused) {      \
    for (int64_t i = 0; i < g->m; i++)                                                             \
      for (int64_t j = 0; j < g->n; j++) {                                                         \
        T all = 0;                                                                                 \
        if (is_dots(g)) {                                                                          \
          c[i * g->n + j] = dot_##suffix(a + i * g->k, b + j * g->k, g->k, fused);                 \
          continue;                                                                                \
        }                                                                                          \
        for (int64_t first = 0; first < g->k; first += DEPTH) {                                    \
          T sum = 0;                                                                               \
          for (int64_t l = first; l < g->k && l < first + DEPTH; l++) {                            \
            T x = g->ta ? a[l * g->m + i] : a[i * g->k + l];                                       \
            T y = g->tb ? b[j * g->k + l] : b[l * g->n + j];                                       \
            sum = fused ? FMA(x, y, sum) : x * y + sum;                                            \
          }                                                                                        \
          all = first ? all + sum : sum;                                                           \
        }                                                                                          \
        c[i * g->n + j] = all;                                                                     \
      }                                                                                            \
  }                                                                                                \
  static void check_##suffix(const ag_gemm *g, bool fused) {                                       \
    enum { GUARD = 77 };                                                                           \
    size_t m = (size_t)g->m, n = (size_t)g->n, k = (size_t)g->k;                                   \
    T *a = malloc((m * k + 1) * sizeof *a), *b = malloc((k * n + 1) * sizeof *b);                  \
    T *c = malloc((m * n + 1) * sizeof *c), *right = malloc(m * n * sizeof *c);                    \
    for (size_t i = 0; i < m * k; i++)                                                             \
      a[i] = (T)next();                                                                            \
    for (size_t i = 0; i < k * n; i++)                                                             \
      b[i] = (T)next();                                                                            \
    if (k > 2) { /* one row and one column of what is no number */                                 \
      a[(g->ta ? m + 1 : k + 1) % (m * k)] = NAN;                                                  \
      b[g->tb ? 2 : 2 * n] = INFINITY;                                                             \
    }                                                                                              \
    expected_##suffix(g, a, b, right, fused);                                                      \
    const int64_t cuts[][2] = {{g->m, g->n}, {5, 50}, {g->m, 7}, {1, g->n}, {16, 96}};             \
    for (size_t cut = 0; cut < sizeof cuts / sizeof *cuts; cut++) {                                \
      for (size_t i = 0; i <= m * n; i++)                                                          \
        c[i] = GUARD;                                                                              \
      for (int64_t i = 0; i < g->m; i += cuts[cut][0])                                             \
        for (int64_t j = 0; j < g->n; j += cuts[cut][1]) {                                         \
          ag_tile t = {i, j, cuts[cut][0], cuts[cut][1]};                                          \
          t.rows = t.rows < g->m - i ? t.rows : g->m - i;                                          \
          t.columns = t.columns < g->n - j ? t.columns : g->n - j;                                 \
          ck_assert(ag_gemm_tiles(is_f64, g, &t, a, b, c));                                        \
        }                                                                                          \
      for (size_t i = 0; i < m * n; i++)                                                           \
        if (!same_##suffix(c[i], right[i]))                                                        \
          ck_abort_msg(#suffix " %dx%dx%d %d%d cut %d at %d: %g %g", (int)m, (int)n, (int)k,       \
                       g->ta, g->tb, (int)cut, (int)i, (double)c[i], (double)right[i]);            \
      ck_assert(c[m * n] == GUARD);                                                                \
    }                                                                                              \
    free(a);                                                                                       \
    free(b);                                                                                       \
    free(c);                                                                                       \
    free(right);                                                                                   \
  }
CHECK(float, f32, fmaf, false)
CHECK(double, f64, fma, true)

START_TEST(test_products_are_sums_in_order) {
  const ag_vmath *isa = ag_vmath_table_of((ag_isa)_i);
  if (!isa)
    return;                      /* not of this machine */
  setenv("AG_ISA", isa->isa, 1); /* each test is its own process: the table is not chosen yet */
  bool fused = isa->bytes > 16;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int form = 0; form < 4; form++) {
      ag_gemm g = sizes[i];
      g.ta = form & 1;
      g.tb = form & 2;
      check_f32(&g, fused);
      check_f64(&g, fused);
    }
}
END_TEST

START_TEST(test_rows_of_a_tile_are_whole_panels) {
  for (int f64 = 0; f64 < 2; f64++) {
    int64_t rows = ag_gemm_rows(f64);
    ck_assert(rows >= 64 && rows % 8 == 0);
    ck_assert_int_eq(rows, ag_gemm_rows(f64));
  }
}
END_TEST

int main(void) {
  TCase *cases = new_cases("gemm");
  tcase_add_loop_test(cases, test_products_are_sums_in_order, 0, AG_ISA_COUNT);
  tcase_add_test(cases, test_rows_of_a_tile_are_whole_panels);
  return run_suite("gemm", cases);
}
