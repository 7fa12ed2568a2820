/* range.c - RANGE: start, start + delta, ... before limit. Element i is start + i * delta, rounded
 * twice for floats. */
#include "elementwise.h"

#include <math.h>

enum { TOO_MANY = -1 };

static int64_t float_count(double start, double limit, double delta) {
  double n = ceil((limit - start) / delta);
  return n >= 0x1p62 || n != n ? TOO_MANY : n > 0 ? (int64_t)n : 0;
}

static int64_t signed_count(int64_t start, int64_t limit, int64_t delta) {
  if (delta > 0 ? start >= limit : start <= limit)
    return 0;
  uint64_t span = delta > 0 ? (uint64_t)limit - (uint64_t)start : (uint64_t)start - (uint64_t)limit;
  uint64_t by = delta > 0 ? (uint64_t)delta : 0 - (uint64_t)delta;
  uint64_t n = (span - 1) / by + 1;
  return n > INT64_MAX ? TOO_MANY : (int64_t)n;
}

static int64_t unsigned_count(uint64_t start, uint64_t limit, uint64_t delta) {
  if (start >= limit)
    return 0;
  uint64_t n = (limit - start - 1) / delta + 1;
  return n > INT64_MAX ? TOO_MANY : (int64_t)n;
}

ag_code ag_kernel_RANGE(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  ag_dtype dtype = (ag_dtype)in[0]->dtype;
  const void *p[3];
  for (int i = 0; i < 3; i++) {
    if (in[i]->rank != 0 || in[i]->dtype != in[0]->dtype)
      return ag_kernel_fail(run, c, AG_ERR_TYPE,
                            "range: start, limit and delta are numbers of one dtype");
    p[i] = in[i]->cell;
  }
  int64_t n = 0;
  switch (dtype) {
#define COUNT(D, T, W, count)                                                                      \
  case AG_##D:                                                                                     \
    if (*(const T *)p[2] == 0)                                                                     \
      return ag_op_fail(run->err, AG_ERR_VALUE, c, 0, 0);                                          \
    n = count(*(const T *)p[0], *(const T *)p[1], *(const T *)p[2]);                               \
    break;
    AG_SIGNED_TYPES(COUNT, signed_count)
    AG_UNSIGNED_TYPES(COUNT, unsigned_count)
    AG_FLOAT_TYPES(COUNT, float_count)
#undef COUNT
  default:
    return ag_kernel_no_dtype(run, c, dtype);
  }
  if (n == TOO_MANY)
    return ag_kernel_fail(run, c, AG_ERR_VALUE, "range: too many elements");
  ag_shape shape = {.rank = 1, .dim = {n}};
  if (ag_kernel_out(run, c, out, dtype, &shape))
    return run->err->code;
  switch (dtype) {
#define PUT(D, T, W, as)                                                                           \
  case AG_##D: {                                                                                   \
    T *o = out->data, start = *(const T *)p[0], delta = *(const T *)p[2];                          \
    for (int64_t i = 0; i < n; i++)                                                                \
      o[i] = (T)((as)start + (as)i * (as)delta);                                                   \
    break;                                                                                         \
  }
    AG_INT_TYPES(PUT, uint64_t)
    PUT(F32, float, float, float)
    PUT(F64, double, double, double)
#undef PUT
  default:
    break;
  }
  return AG_OK;
}
