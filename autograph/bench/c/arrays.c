/* arrays.c - what arrays.py and black_scholes of programs.py do with whole arrays, as loops. */
#include "math32.h"

#include <stdlib.h>

static void slope(const double *y, double *out) {
  out[0] = 10.0 * (y[1] - y[0]);
  out[1] = y[0] * (28.0 - y[2]) - y[1];
  out[2] = y[0] * y[1] - 8.0 / 3.0 * y[2];
}

void lorenz(const double *start, double h, int64_t steps, double *y) {
  double k1[3], k2[3], k3[3], k4[3], z[3];
  memcpy(y, start, sizeof z);
  for (int64_t s = 0; s < steps; s++) {
    slope(y, k1);
    for (int i = 0; i < 3; i++)
      z[i] = y[i] + 0.5 * h * k1[i];
    slope(z, k2);
    for (int i = 0; i < 3; i++)
      z[i] = y[i] + 0.5 * h * k2[i];
    slope(z, k3);
    for (int i = 0; i < 3; i++)
      z[i] = y[i] + h * k3[i];
    slope(z, k4);
    for (int i = 0; i < 3; i++)
      y[i] = y[i] + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]);
  }
}

/* Two plates in turns: the edges of both are those of the first. */
void heat(const float *first, int64_t n, int64_t steps, float *out) {
  size_t bytes = (size_t)(n * n) * sizeof *out;
  float *other = malloc(bytes), *u = out, *v = other;
  memcpy(u, first, bytes);
  memcpy(v, first, bytes);
  for (int64_t s = 0; s < steps; s++) {
    for (int64_t i = 1; i < n - 1; i++) {
      const float *restrict row = u + i * n;
      float *restrict to = v + i * n;
      for (int64_t j = 1; j < n - 1; j++) {
        float around = row[j - n] + row[j + n] + row[j - 1] + row[j + 1];
        to[j] = row[j] + 0.1f * (around - 4.0f * row[j]);
      }
    }
    float *t = u;
    u = v;
    v = t;
  }
  if (u != out)
    memcpy(out, u, bytes);
  free(other);
}

/* Lanes each for the largest and the sum: without fast-math a compiler keeps their order. */
enum { LANES = 16 };

void softmax(const float *restrict x, int64_t rows, int64_t n, float *restrict out) {
  for (int64_t r = 0; r < rows; r++) {
    const float *in = x + r * n;
    float *to = out + r * n, most[LANES], sum[LANES], largest = in[0], total = 0.0f;
    for (int k = 0; k < LANES; k++) {
      most[k] = in[0];
      sum[k] = 0.0f;
    }
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
      for (int k = 0; k < LANES; k++)
        most[k] = in[i + k] > most[k] ? in[i + k] : most[k];
    for (; i < n; i++)
      largest = in[i] > largest ? in[i] : largest;
    for (int k = 0; k < LANES; k++)
      largest = most[k] > largest ? most[k] : largest;
    for (i = 0; i + LANES <= n; i += LANES)
      for (int k = 0; k < LANES; k++)
        sum[k] += to[i + k] = exp_negative(in[i + k] - largest);
    for (; i < n; i++)
      total += to[i] = exp_negative(in[i] - largest);
    for (int k = 0; k < LANES; k++)
      total += sum[k];
    for (i = 0; i < n; i++)
      to[i] /= total;
  }
}

/* b lies transposed, so that the inner loop runs along rows of the result. */
void distances(const float *restrict a, const float *restrict b, int64_t n, int64_t m,
               int64_t width, float *restrict out) {
  float *across = malloc((size_t)(m * width) * sizeof *across);
  for (int64_t j = 0; j < m; j++)
    for (int64_t k = 0; k < width; k++)
      across[k * m + j] = b[j * width + k];
  for (int64_t i = 0; i < n; i++) {
    float *restrict to = out + i * m;
    memset(to, 0, (size_t)m * sizeof *to);
    for (int64_t k = 0; k < width; k++) {
      const float *restrict from = across + k * m;
      float x = a[i * width + k];
      for (int64_t j = 0; j < m; j++)
        to[j] = MADD(x - from[j], x - from[j], to[j]);
    }
  }
  free(across);
}

static inline float normal(float x) { return 0.5f + 0.5f * erf_rational(x * 0.70710678f); }

void black_scholes(const float *restrict price, const float *restrict strike,
                   const float *restrict years, float *restrict out, int64_t n) {
  const float rate = 0.02f, volatility = 0.3f, drift = rate + 0.5f * volatility * volatility;
  for (int64_t i = 0; i < n; i++) {
    float spread = volatility * __builtin_sqrtf(years[i]);
    float d1 = (log_positive(price[i] / strike[i]) + drift * years[i]) / spread;
    float paid = strike[i] * exp_negative(-rate * years[i]);
    out[i] = price[i] * normal(d1) - paid * normal(d1 - spread);
  }
}

/* 32 filters of 3 x 3 on images of 64 x 64 x 3, zeros around; four places at a time. */
void conv2d(const float *restrict x, int64_t n, const float *restrict filters,
            float *restrict out) {
  enum { SIDE = 64, IN = 3, MADE = 32, TAPS = 3, ROW = (SIDE + TAPS - 1) * IN, PLACES = 4 };
  static _Thread_local float around[(SIDE + TAPS - 1) * ROW];
  for (int64_t image = 0; image < n; image++) {
    for (int y = 0; y < SIDE; y++)
      memcpy(around + (y + 1) * ROW + IN, x + (image * SIDE + y) * SIDE * IN,
             SIDE * IN * sizeof *x);
    for (int y = 0; y < SIDE; y++)
      for (int at = 0; at < SIDE; at += PLACES) {
        float sum[PLACES][MADE] = {{0}};
        for (int i = 0; i < TAPS; i++)
          for (int j = 0; j < TAPS * IN; j++) {
            const float *in = around + (y + i) * ROW + at * IN + j;
            const float *w = filters + (i * TAPS * IN + j) * MADE;
            for (int p = 0; p < PLACES; p++)
              for (int f = 0; f < MADE; f++)
                sum[p][f] = __builtin_fmaf(in[p * IN], w[f], sum[p][f]);
          }
        memcpy(out + ((image * SIDE + y) * SIDE + at) * MADE, sum, sizeof sum);
      }
  }
}
