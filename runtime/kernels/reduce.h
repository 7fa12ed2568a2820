/* reduce.h - REDUCTION ORDER: kernels and emitted code add floats in this order, for every
 * instruction set and any number of threads, so both give the same bits. It holds for SUM, PROD,
 * MEAN, MAX and MIN of floats; integers, ALL and ANY may be reduced in any order.
 *
 *   step(l, x)   SUM, MEAN: l + x.  PROD: l * x.  MAX, MIN: AG_MAX_OF, AG_MIN_OF of scalar.h
 *   first        SUM, MEAN: +0.  PROD: 1.  MAX: -inf.  MIN: +inf
 *
 * A run: the elements x[0 .. n) of all trailing reduced axes together, contiguous in memory.
 *   1. It is cut into blocks of 4096 elements, the last one shorter.
 *   2. In a block there are 16 lanes, all `first`. Element i of the block goes to lane i % 16, in
 * order of i. Then for s = 8, 4, 2, 1: lane[j] = step(lane[j], lane[j + s]) for j < s. Lane 0 is
 * the block's result.
 *   3. Block results are joined as a binary counter counts: `level[k]` holds 2^k blocks. Block b
 * enters as `carry`; for k = 0, 1, ... while bit k of b is set: carry = step(level[k], carry); then
 * level[k] = carry. At the end, over the set bits k of the number of blocks, lowest first: result =
 * level[k] for the first one, then result = step(level[k], result). No element: the result is
 * `first`.
 *
 * Where the last axis is kept, each output has its elements in row-major order of the reduced axes,
 * of which the last has n. In blocks: n <= 4096: of 4096 / n rows of n elements, the last one of
 * fewer rows; n > 4096: of 4096 elements, the last one of each row shorter. In a block acc = first,
 * then acc = step(acc, x) in order. Blocks are joined as in 3.
 *
 * Reduced axes before a kept one, where there are trailing ones too: for each output, acc = first,
 * then over those axes in row-major order acc = step(acc, r), where r is the result of the run
 * there. (One run only: acc = step(first, r) = r, so this step may be left out.) Axes of size 1 are
 * not special. MEAN divides the sum by the number of
 * elements converted to the dtype. */
#ifndef AG_REDUCE_H
#define AG_REDUCE_H

#include "ag/base.h"

#include "scalar.h"

enum { AG_LANES = 16, AG_REDUCE_BLOCK = 4096 };

#define AG_STEP_SUM(l, x) ((l) + (x))
#define AG_STEP_PROD(l, x) ((l) * (x))
#define AG_STEP_MAX(l, x) AG_MAX_OF(l, x)
#define AG_STEP_MIN(l, x) AG_MIN_OF(l, x)

/* Defines `static T name(const T *x, int64_t n)`, the result of a run; name_block, of one block;
 * and name_join(const T *result, int64_t blocks), that of a run from the results of its blocks. */
#define AG_REDUCE_RUN(name, T, first, STEP)                                                        \
  static inline T name##_block(const T *x, int64_t n) {                                            \
    T lane[AG_LANES];                                                                              \
    for (int j = 0; j < AG_LANES; j++)                                                             \
      lane[j] = (T)(first);                                                                        \
    int64_t i = 0;                                                                                 \
    for (; i + AG_LANES <= n; i += AG_LANES)                                                       \
      for (int j = 0; j < AG_LANES; j++)                                                           \
        lane[j] = STEP(lane[j], x[i + j]);                                                         \
    for (int j = 0; i + j < n; j++)                                                                \
      lane[j] = STEP(lane[j], x[i + j]);                                                           \
    for (int s = AG_LANES / 2; s > 0; s /= 2)                                                      \
      for (int j = 0; j < s; j++)                                                                  \
        lane[j] = STEP(lane[j], lane[j + s]);                                                      \
    return lane[0];                                                                                \
  }                                                                                                \
  static inline void name##_enter(T *level, int64_t block, T carry) {                              \
    int k = 0;                                                                                     \
    for (; block >> k & 1; k++)                                                                    \
      carry = STEP(level[k], carry);                                                               \
    level[k] = carry;                                                                              \
  }                                                                                                \
  static inline T name##_total(const T *level, int64_t blocks) {                                   \
    int k = __builtin_ctzll((unsigned long long)blocks);                                           \
    T result = level[k];                                                                           \
    for (k++; blocks >> k; k++)                                                                    \
      if (blocks >> k & 1)                                                                         \
        result = STEP(level[k], result);                                                           \
    return result;                                                                                 \
  }                                                                                                \
  static inline T name##_join(const T *result, int64_t blocks) {                                   \
    T level[64];                                                                                   \
    for (int64_t b = 0; b < blocks; b++)                                                           \
      name##_enter(level, b, result[b]);                                                           \
    return name##_total(level, blocks);                                                            \
  }                                                                                                \
  static T name(const T *x, int64_t n) {                                                           \
    if (n <= AG_REDUCE_BLOCK)                                                                      \
      return name##_block(x, n);                                                                   \
    T level[64];                                                                                   \
    int64_t blocks = 0;                                                                            \
    for (int64_t i = 0; i < n; i += AG_REDUCE_BLOCK, blocks++)                                     \
      name##_enter(level, blocks,                                                                  \
                   name##_block(x + i, n - i < AG_REDUCE_BLOCK ? n - i : AG_REDUCE_BLOCK));        \
    return name##_total(level, blocks);                                                            \
  }

#endif
