/* array.c - loops over float32 arrays, written so that gcc and clang vectorize them.
 * The output is the caller's, so no allocation is measured on this side. */
#include "math32.h"

/* exp(-x * x) * 2 + 1 */
void bell(const float *restrict x, float *restrict out, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    out[i] = exp_negative(-x[i] * x[i]) * 2.0f + 1.0f;
}

void axpy(float a, const float *restrict x, const float *restrict y, float *restrict out,
          int64_t n) {
  for (int64_t i = 0; i < n; i++)
    out[i] = a * x[i] + y[i];
}

/* What moving the bytes alone costs. */
void copy(const float *restrict x, float *restrict out, int64_t n) {
  memcpy(out, x, (size_t)n * sizeof *x);
}
