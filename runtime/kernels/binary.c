/* binary.c - elementwise kernels of two operands, and SELECT. */
#include "elementwise.h"

#include "ag/vmath.h"
#include "pool.h"
#include "scalar.h"

#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* vectors: -O2 of gcc 12 makes them only where the count is known */
#endif

#define INT_LOOP(D, T, W, name, int_expr, float_expr) AG_LOOP2(name##_##D, T, W, T, int_expr)
#define FLOAT_LOOP(D, T, W, name, int_expr, float_expr) AG_LOOP2(name##_##D, T, W, T, float_expr)
#define TO_BOOL_LOOP(D, T, W, name, expr) AG_LOOP2(name##_##D, T, W, uint8_t, expr)

/* A kernel over all numbers. */
#define NUMBERS(NAME, name, int_expr, float_expr, check)                                           \
  AG_INT_TYPES(INT_LOOP, name, int_expr, float_expr)                                               \
  AG_FLOAT_TYPES(FLOAT_LOOP, name, int_expr, float_expr)                                           \
  static ag_loop2 *const name##_loops[AG_DTYPE_COUNT] = {AG_INT_TYPES(AG_LOOP_ENTRY, name)         \
                                                             AG_FLOAT_TYPES(AG_LOOP_ENTRY, name)}; \
  KERNEL(NAME, name, (ag_dtype)in[0]->dtype, check)

#define KERNEL(NAME, name, out_dtype, check)                                                       \
  ag_code ag_kernel_##NAME(ag_run *run, const ag_call *c, const ag_tensor *const *in,              \
                           ag_tensor *out) {                                                       \
    return ag_elementwise2(run, c, in, out, name##_loops[in[0]->dtype], out_dtype, check);         \
  }

NUMBERS(ADD, add, (W_)x + (W_)y, x + y, NULL)
NUMBERS(SUB, sub, (W_)x - (W_)y, x - y, NULL)
NUMBERS(MUL, mul, (W_)x *(W_)y, x *y, NULL)
NUMBERS(MAXIMUM, maximum, x > y ? x : y, AG_MAX_OF(x, y), NULL)
NUMBERS(MINIMUM, minimum, x < y ? x : y, AG_MIN_OF(x, y), NULL)

/* ---- division and powers: ints have operands that fail -------------------------------------- */

static ag_code check_divisor(ag_run *run, const ag_call *c, const ag_tensor *a,
                             const ag_tensor *b) {
  (void)a;
  if (!ag_is_int((ag_dtype)b->dtype))
    return AG_OK;
  int64_t n = ag_tensor_count(b);
  const void *p = ag_tensor_data(b);
  bool zero = false;
  switch (ag_dtype_size((ag_dtype)b->dtype)) {
#define CASE(bytes, T)                                                                             \
  case bytes:                                                                                      \
    for (int64_t i = 0; i < n; i++)                                                                \
      zero |= ((const T *)p)[i] == 0;                                                              \
    break;
    CASE(1, uint8_t)
    CASE(2, uint16_t)
    CASE(4, uint32_t)
    CASE(8, uint64_t)
#undef CASE
  }
  return zero ? ag_op_fail(run->err, AG_ERR_ZERODIV, c, 0, 0) : AG_OK;
}

static ag_code check_exponent(ag_run *run, const ag_call *c, const ag_tensor *a,
                              const ag_tensor *b) {
  (void)a;
  if (!ag_is_signed((ag_dtype)b->dtype))
    return AG_OK;
  int64_t n = ag_tensor_count(b);
  for (int64_t i = 0; i < n; i++)
    if (ag_kernel_int_at(b, i) < 0)
      return ag_op_fail(run->err, AG_ERR_VALUE, c, 0, ag_kernel_int_at(b, i));
  return AG_OK;
}

#define SIGNED_LOOP(D, T, W, name, signed_expr) AG_LOOP2(name##_##D, T, W, T, signed_expr)
#define DIVISION(NAME, name, signed_expr, unsigned_expr)                                           \
  AG_SIGNED_TYPES(SIGNED_LOOP, name, signed_expr)                                                  \
  AG_UNSIGNED_TYPES(SIGNED_LOOP, name, unsigned_expr)                                              \
  AG_LOOP2(name##_F32, float, float, float, ag_##name##_f32(x, y))                                 \
  AG_LOOP2(name##_F64, double, double, double, ag_##name##_f64(x, y))                              \
  static ag_loop2 *const name##_loops[AG_DTYPE_COUNT] = {AG_INT_TYPES(AG_LOOP_ENTRY, name)         \
                                                             AG_FLOAT_TYPES(AG_LOOP_ENTRY, name)}; \
  KERNEL(NAME, name, (ag_dtype)in[0]->dtype, check_divisor)

DIVISION(FLOORDIV, floordiv, ag_floordiv_i64(x, y), x / y)
DIVISION(MOD, mod, ag_mod_i64(x, y), x % y)

AG_LOOP2(div_F32, float, float, float, x / y)
AG_LOOP2(div_F64, double, double, double, x / y)
static ag_loop2 *const div_loops[AG_DTYPE_COUNT] = {AG_FLOAT_TYPES(AG_LOOP_ENTRY, div)};
KERNEL(DIV, div, (ag_dtype)in[0]->dtype, NULL)

/* vmath has no form with a fixed operand: it is spread over a piece of the row. */
enum { PIECE = 256 };
#define VMATH_LOOP(name, D, T, function)                                                           \
  static void name##_##D(const void *a, int a_step, const void *b, int b_step, void *out,          \
                         int64_t n) {                                                              \
    const ag_vmath *table = ag_vmath_table();                                                      \
    if (a_step && b_step) {                                                                        \
      table->function##_n(a, b, out, n);                                                           \
      return;                                                                                      \
    }                                                                                              \
    T fixed[PIECE];                                                                                \
    for (int64_t i = 0; i < PIECE && i < n; i++)                                                   \
      fixed[i] = *(const T *)(a_step ? b : a);                                                     \
    for (int64_t i = 0; i < n; i += PIECE)                                                         \
      table->function##_n(a_step ? (const T *)a + i : fixed, a_step ? fixed : (const T *)b + i,    \
                          (T *)out + i, n - i < PIECE ? n - i : PIECE);                            \
  }
VMATH_LOOP(pow, F32, float, pow_f32)
VMATH_LOOP(pow, F64, double, pow_f64)
VMATH_LOOP(atan2, F32, float, atan2_f32)
VMATH_LOOP(atan2, F64, double, atan2_f64)

AG_INT_TYPES(INT_LOOP, pow, ag_pow_u64((uint64_t)x, (uint64_t)y), 0)
static ag_loop2 *const pow_loops[AG_DTYPE_COUNT] = {AG_INT_TYPES(AG_LOOP_ENTRY, pow)
                                                        AG_FLOAT_TYPES(AG_LOOP_ENTRY, pow)};
KERNEL(POW, pow, (ag_dtype)in[0]->dtype, check_exponent)

static ag_loop2 *const atan2_loops[AG_DTYPE_COUNT] = {AG_FLOAT_TYPES(AG_LOOP_ENTRY, atan2)};
KERNEL(ATAN2, atan2, (ag_dtype)in[0]->dtype, NULL)

/* ---- bits and truth ------------------------------------------------------------------------- */

#define INTEGERS(NAME, name, signed_expr, unsigned_expr)                                           \
  AG_SIGNED_TYPES(SIGNED_LOOP, name, signed_expr)                                                  \
  AG_UNSIGNED_TYPES(SIGNED_LOOP, name, unsigned_expr)                                              \
  static ag_loop2 *const name##_loops[AG_DTYPE_COUNT] = {AG_INT_TYPES(AG_LOOP_ENTRY, name)};       \
  KERNEL(NAME, name, (ag_dtype)in[0]->dtype, NULL)

INTEGERS(BITAND, bitand, x &y, x &y)
INTEGERS(BITOR, bitor, x | y, x | y)
INTEGERS(BITXOR, bitxor, x ^ y, x ^ y)
/* A count as uint64_t is large when negative. */
#define WIDTH (sizeof(x) * 8)
INTEGERS(SHL, shl, (uint64_t)y < WIDTH ? (W_)x << (uint64_t)y : 0,
         (uint64_t)y < WIDTH ? (W_)x << (uint64_t)y : 0)
INTEGERS(SHR, shr, (uint64_t)y < WIDTH ? x >> (uint64_t)y : x >> (WIDTH - 1),
         (uint64_t)y < WIDTH ? x >> (uint64_t)y : 0)

#define LOGICAL(NAME, name, expr)                                                                  \
  AG_LOOP2(name##_BOOL, uint8_t, uint32_t, uint8_t, expr)                                          \
  static ag_loop2 *const name##_loops[AG_DTYPE_COUNT] = {[AG_BOOL] = name##_BOOL};                 \
  KERNEL(NAME, name, AG_BOOL, NULL)

LOGICAL(AND, and, x &y)
LOGICAL(OR, or, x | y)
LOGICAL(XOR, xor, x ^ y)

/* The order of two strings by their bytes, which for UTF-8 is that of their characters. */
typedef ag_buffer *string;
static int string_order(const ag_buffer *a, const ag_buffer *b) {
  size_t m = a ? a->bytes : 0, n = b ? b->bytes : 0, both = m < n ? m : n;
  int order = both ? memcmp(a->data, b->data, both) : 0;
  return order ? order : (m > n) - (m < n);
}

#define COMPARISON(NAME, name, sign)                                                               \
  AG_BOOL_TYPE(TO_BOOL_LOOP, name, x sign y)                                                       \
  AG_INT_TYPES(TO_BOOL_LOOP, name, x sign y)                                                       \
  AG_FLOAT_TYPES(TO_BOOL_LOOP, name, x sign y)                                                     \
  AG_LOOP2(name##_STR, string, int, uint8_t, string_order(x, y) sign 0)                            \
  static ag_loop2 *const name##_loops[AG_DTYPE_COUNT] = {                                          \
      AG_BOOL_TYPE(AG_LOOP_ENTRY, name) AG_INT_TYPES(AG_LOOP_ENTRY, name)                          \
          AG_FLOAT_TYPES(AG_LOOP_ENTRY, name)[AG_STR] = name##_STR};                               \
  KERNEL(NAME, name, AG_BOOL, NULL)

COMPARISON(EQ, eq, ==)
COMPARISON(NE, ne, !=)
COMPARISON(LT, lt, <)
COMPARISON(LE, le, <=)
COMPARISON(GT, gt, >)
COMPARISON(GE, ge, >=)

/* ---- select --------------------------------------------------------------------------------- */

static void select_row(const uint8_t *c, int cs, const char *a, int as, const char *b, int bs,
                       char *o, int64_t n, size_t item) {
  switch (item) {
#define CASE(bytes, T)                                                                             \
  case bytes:                                                                                      \
    AG_INDEPENDENT for (int64_t i = 0; i < n; i++) {                                               \
      T x = ((const T *)a)[i * as], y = ((const T *)b)[i * bs];                                    \
      ((T *)o)[i] = c[i * cs] ? x : y;                                                             \
    }                                                                                              \
    break;
    CASE(1, uint8_t)
    CASE(2, uint16_t)
    CASE(4, uint32_t)
    CASE(8, uint64_t)
#undef CASE
  default:
    for (int64_t i = 0; i < n; i++)
      memcpy(o + i * (int64_t)item,
             (c[i * cs] ? a + i * as * (int64_t)item : b + i * bs * (int64_t)item), item);
  }
}

typedef struct selection {
  const char *in[3];
  char *out;
  int64_t item;
} selection;

static void select_piece(const void *ctx, const int64_t *offset, const int *step, int64_t at,
                         int64_t n) {
  const selection *x = ctx;
  select_row((const uint8_t *)x->in[0] + offset[0], step[0], x->in[1] + offset[1] * x->item,
             step[1], x->in[2] + offset[2] * x->item, step[2], x->out + at * x->item, n,
             (size_t)x->item);
}

ag_code ag_kernel_SELECT(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                         ag_tensor *out) {
  ag_shape s0, s1, s2, shape;
  ag_tensor_shape(in[0], &s0);
  ag_tensor_shape(in[1], &s1);
  ag_tensor_shape(in[2], &s2);
  if (!ag_shape_broadcast(&s1, &s2, &shape))
    return ag_shapes_fail(run->err, c, in[1], in[2]);
  ag_tensor both = {.rank = (int8_t)shape.rank};
  memcpy(both.dim, shape.dim, sizeof both.dim);
  if (!ag_shape_broadcast(&s0, &shape, &shape))
    return ag_shapes_fail(run->err, c, in[0], &both);
  if (ag_kernel_out(run, c, out, (ag_dtype)in[1]->dtype, &shape))
    return run->err->code;
  if (ag_shape_count(&shape) == 0)
    return AG_OK;
  int64_t item = (int64_t)ag_dtype_size((ag_dtype)in[1]->dtype);
  selection x = {.out = ag_tensor_data(out), .item = item};
  for (int k = 0; k < 3; k++)
    x.in[k] = ag_tensor_data(in[k]);
  ag_rows r;
  ag_rows_begin(&r, in, 3, &shape);
  return ag_rows_run(run, &r, 3, AG_COST_MEMORY + ag_op_cost(AG_OP_SELECT), select_piece, &x);
}
