/* elementwise.h - loops over one, two or three broadcast operands.
 * An op supplies for each dtype a function over a row; this file finds rows as long as possible. */
#ifndef AG_ELEMENTWISE_H
#define AG_ELEMENTWISE_H

#include "kernel.h"

/* In a row each operand either advances by one element (step 1) or stays (step 0). out may be a or
 * b where that one advances. */
typedef void ag_loop1(const void *a, void *out, int64_t n);
typedef void ag_loop2(const void *a, int a_step, const void *b, int b_step, void *out, int64_t n);

ag_code ag_elementwise1(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out,
                        ag_loop1 *loop, ag_dtype dtype);
/* check: called with b's elements before anything is written, when there is an element to write;
 * may be NULL. */
typedef ag_code ag_check2(ag_run *run, const ag_call *c, const ag_tensor *a, const ag_tensor *b);
ag_code ag_elementwise2(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out,
                        ag_loop2 *loop, ag_dtype dtype, ag_check2 *check);

/* complex.c: the loops of an op, or NULL. */
ag_loop1 *ag_complex_loop1(ag_op op, ag_dtype d);
ag_loop2 *ag_complex_loop2(ag_op op, ag_dtype d);

/* Rows of n operands broadcast to the shape `out`, in order. Strides in elements. */
enum { AG_OPERANDS = 8 };
typedef struct ag_rows {
  int rank;  /* of the loops around the row */
  int64_t n; /* length of a row */
  int step[AG_OPERANDS];
  int64_t dim[AG_MAX_RANK], stride[AG_MAX_RANK][AG_OPERANDS];
  int64_t at[AG_MAX_RANK], offset[AG_OPERANDS];
} ag_rows;
void ag_rows_begin(ag_rows *r, const ag_tensor *const *in, int n_in, const ag_shape *out);
bool ag_rows_next(ag_rows *r, int n_in); /* moves `offset`; false after the last row */
/* The offsets of the operands for element `at` of the result; r as begun. */
void ag_rows_find(const ag_rows *r, int n_in, int64_t at, int64_t *offset);
/* The elements [begin, end) of the result of rows, in pieces of rows: `piece` is told where each
 * operand's elements lie (in elements), and those of the result. Large ones are shared by threads;
 * `cost` of an element as for
 * ag_parallel. */
typedef void ag_piece(const void *ctx, const int64_t *offset, const int *step, int64_t at,
                      int64_t n);
ag_code ag_rows_run(ag_run *run, const ag_rows *r, int n_in, int64_t cost, ag_piece *piece,
                    const void *ctx);

/* The elements of a row are independent: the compiler may use vectors although out may be an input.
 */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpass-failed" /* where no vector is possible, none is wanted */
#define AG_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define AG_INDEPENDENT _Pragma("GCC ivdep")
#endif

/* Lists of dtypes: X(dtype, type, unsigned type of its arithmetic, ...) */
#define AG_SIGNED_TYPES(X, ...)                                                                    \
  X(I8, int8_t, uint32_t, __VA_ARGS__)                                                             \
  X(I16, int16_t, uint32_t, __VA_ARGS__)                                                           \
  X(I32, int32_t, uint32_t, __VA_ARGS__)                                                           \
  X(I64, int64_t, uint64_t, __VA_ARGS__)
#define AG_UNSIGNED_TYPES(X, ...)                                                                  \
  X(U8, uint8_t, uint32_t, __VA_ARGS__)                                                            \
  X(U16, uint16_t, uint32_t, __VA_ARGS__)                                                          \
  X(U32, uint32_t, uint32_t, __VA_ARGS__)                                                          \
  X(U64, uint64_t, uint64_t, __VA_ARGS__)
#define AG_INT_TYPES(X, ...) AG_SIGNED_TYPES(X, __VA_ARGS__) AG_UNSIGNED_TYPES(X, __VA_ARGS__)
#define AG_FLOAT_TYPES(X, ...)                                                                     \
  X(F32, float, float, __VA_ARGS__)                                                                \
  X(F64, double, double, __VA_ARGS__)
#define AG_BOOL_TYPE(X, ...) X(BOOL, uint8_t, uint32_t, __VA_ARGS__)

/* A row function of x and y (type T, arithmetic type W), giving R. */
#define AG_LOOP2(function, T, W, R, expr)                                                          \
  static void function(const void *a_, int a_step, const void *b_, int b_step, void *out,          \
                       int64_t n) {                                                                \
    T const *a = a_, *b = b_;                                                                      \
    R *o = out;                                                                                    \
    typedef W W_ __attribute__((unused));                                                          \
    if (a_step && b_step) {                                                                        \
      AG_INDEPENDENT for (int64_t i = 0; i < n; i++) {                                             \
        T x = a[i], y = b[i];                                                                      \
        o[i] = (R)(expr);                                                                          \
      }                                                                                            \
    } else if (a_step) {                                                                           \
      T y = *b;                                                                                    \
      AG_INDEPENDENT for (int64_t i = 0; i < n; i++) {                                             \
        T x = a[i];                                                                                \
        o[i] = (R)(expr);                                                                          \
      }                                                                                            \
    } else {                                                                                       \
      T x = *a;                                                                                    \
      AG_INDEPENDENT for (int64_t i = 0; i < n; i++) {                                             \
        T y = b[b_step ? i : 0];                                                                   \
        o[i] = (R)(expr);                                                                          \
      }                                                                                            \
    }                                                                                              \
  }
#define AG_LOOP1(function, T, W, R, expr)                                                          \
  static void function(const void *a_, void *out, int64_t n) {                                     \
    const T *a = a_;                                                                               \
    R *o = out;                                                                                    \
    typedef W W_ __attribute__((unused));                                                          \
    AG_INDEPENDENT for (int64_t i = 0; i < n; i++) {                                               \
      T x = a[i];                                                                                  \
      o[i] = (R)(expr);                                                                            \
    }                                                                                              \
  }
#define AG_LOOP_ENTRY(D, T, W, name) [AG_##D] = name##_##D,

#endif
