/* agree.h - runs one graph interpreted and compiled and checks that everything agrees: results bit
 * for bit, or the failure with its text, node and place. NaNs are one value: no operation promises
 * which NaN it makes. */
#ifndef TESTS_AGREE_H
#define TESTS_AGREE_H

#include "codegen/graphs.h"

#include <stdio.h>

enum { MOST_VALUES = 8 };

/* The elements of a tensor as text of their bits, for messages. */
static inline void check_same_bits(const ag_tensor *a, const ag_tensor *b, const char *what) {
  ag_shape sa, sb;
  ag_tensor_shape(a, &sa);
  ag_tensor_shape(b, &sb);
  ck_assert_msg(a->dtype == b->dtype && a->weak == b->weak && ag_shape_equal(&sa, &sb),
                "%s: dtype, weak or shape differs: %s/%d and %s/%d", what,
                ag_dtype_name((ag_dtype)a->dtype), a->weak, ag_dtype_name((ag_dtype)b->dtype),
                b->weak);
  int parts = ag_is_complex((ag_dtype)a->dtype) ? 2 : 1;
  size_t size = ag_dtype_size((ag_dtype)a->dtype) / (size_t)parts;
  const char *x = ag_tensor_data(a), *y = ag_tensor_data(b);
  for (int64_t i = 0; i < ag_tensor_count(a) * parts; i++, x += size, y += size) {
    if (!memcmp(x, y, size))
      continue;
    float f, g;
    double d, h;
    bool f32 = a->dtype == AG_F32 || a->dtype == AG_C64;
    bool f64 = a->dtype == AG_F64 || a->dtype == AG_C128;
    if (f32 && (memcpy(&f, x, 4), memcpy(&g, y, 4), f != f && g != g))
      continue;
    if (f64 && (memcpy(&d, x, 8), memcpy(&h, y, 8), d != d && h != h))
      continue;
    uint64_t u = 0, v = 0;
    memcpy(&u, x, size < 8 ? size : 8);
    memcpy(&v, y, size < 8 ? size : 8);
    ck_abort_msg("%s: element %lld is %llx interpreted, %llx compiled", what,
                 (long long)(i / parts), (unsigned long long)u, (unsigned long long)v);
  }
}

/* Compiles and lowers g once; then many inputs may be tried. */
typedef struct both {
  ag_plan *interpreted, *compiled;
} both;

static inline both make_both(const ag_graph *g) {
  ag_err err = {0};
  both p;
  p.interpreted = ag_lower(g, &err);
  ck_assert_msg(p.interpreted != NULL, "lower: %s", err.msg);
  p.compiled = ag_compile(g, NULL, &err);
  ck_assert_msg(p.compiled != NULL, "compile: %s", err.msg);
  return p;
}

static inline void free_both(both *p) {
  ag_plan_unref(p->interpreted);
  ag_plan_unref(p->compiled);
}

/* Returns the code both ended with. Inputs must come out unchanged. */
static inline ag_code check_both(const both *p, const ag_host *host, const ag_tensor *const *in,
                                 const char *what) {
  ag_tensor a[MOST_VALUES], b[MOST_VALUES];
  ag_err ea = {0}, eb = {0};
  uint32_t n = p->interpreted->n_out;
  ck_assert_uint_le(n, MOST_VALUES);
  uint64_t before = 0, after = 0;
  for (uint32_t i = 0; i < p->interpreted->n_in; i++)
    before = ag_hash_bytes(ag_tensor_data(in[i]),
                           (size_t)ag_tensor_count(in[i]) * ag_dtype_size((ag_dtype)in[i]->dtype),
                           before);
  ag_code ca = ag_plan_run(p->interpreted, host, in, a, &ea);
  ag_code cb = ag_plan_run(p->compiled, host, in, b, &eb);
  for (uint32_t i = 0; i < p->interpreted->n_in; i++)
    after = ag_hash_bytes(ag_tensor_data(in[i]),
                          (size_t)ag_tensor_count(in[i]) * ag_dtype_size((ag_dtype)in[i]->dtype),
                          after);
  ck_assert_msg(before == after, "%s: an input was written to", what);
  ck_assert_msg(ca == cb, "%s: interpreted %s (%s), compiled %s (%s)", what, ag_code_name(ca),
                ea.msg, ag_code_name(cb), eb.msg);
  if (ca) {
    ck_assert_str_eq(ea.msg, eb.msg);
    ck_assert_uint_eq(ea.node, eb.node);
    ck_assert_uint_eq(ea.loc, eb.loc);
    return ca;
  }
  for (uint32_t i = 0; i < n; i++) {
    check_same_bits(&a[i], &b[i], what);
    ag_tensor_unref(&a[i]);
    ag_tensor_unref(&b[i]);
  }
  return AG_OK;
}

/* A tensor of n numbers (rank 1), or 0-d for n < 0, from doubles; imaginary parts are the real ones
 * from the end, those of one number its negative. */
static inline ag_tensor tensor_of(ag_dtype d, const double *x, int64_t n) {
  ag_tensor t;
  ag_err err = {0};
  char one[16];
  if (n >= 0) {
    ag_shape s = {.rank = 1, .dim = {n}};
    ck_assert_int_eq(ag_tensor_new(&t, d, &s, &err), AG_OK);
  }
  for (int64_t i = 0; i < (n < 0 ? 1 : n); i++) {
    void *at = n < 0 ? one : (char *)t.data + i * (int64_t)ag_dtype_size(d);
    switch (d) {
#define X(D, T)                                                                                    \
  case AG_##D:                                                                                     \
    *(T *)at = (T)x[i];                                                                            \
    break;
      X(F32, float)
      X(F64, double)
      X(I8, int8_t)
      X(I16, int16_t)
      X(I32, int32_t)
      X(I64, int64_t)
      X(U8, uint8_t)
      X(U16, uint16_t)
      X(U32, uint32_t)
      X(U64, uint64_t)
#undef X
    case AG_BOOL:
      *(uint8_t *)at = x[i] != 0;
      break;
    case AG_C64:
      ((float *)at)[0] = (float)x[i];
      ((float *)at)[1] = (float)(n < 0 ? -x[i] : x[n - 1 - i]);
      break;
    case AG_C128:
      ((double *)at)[0] = x[i];
      ((double *)at)[1] = n < 0 ? -x[i] : x[n - 1 - i];
      break;
    default:
      ck_abort_msg("no %s here", ag_dtype_name(d));
    }
  }
  if (n < 0)
    ag_tensor_scalar(&t, d, one);
  return t;
}

#endif
