/* scalar.c - the loops over numbers of programs.py, as one writes them in C.
 * Same operations in the same order, so floats agree to the last bit; `& 1` and `>> 1` because
 * Python's `%` and `//` round down, which C's `/` on signed numbers would pay for and does not need
 * to. */
#include <stdint.h>

int64_t collatz(int64_t first, int64_t last, int64_t steps) {
  while (first < last) {
    int64_t n = first;
    while (n != 1) {
      n = (n & 1) == 0 ? n >> 1 : 3 * n + 1;
      steps += 1;
    }
    first += 1;
  }
  return steps;
}

int64_t primes(int64_t n, int64_t last, int64_t divisor, int64_t count, int64_t steps,
               int64_t *all_steps) {
  while (n < last) {
    int64_t d = divisor;
    while (d * d <= n && n % d != 0)
      d += 1;
    if (d * d > n)
      count += 1;
    steps += d - 1;
    n += 1;
  }
  *all_steps = steps;
  return count;
}

int64_t gcd(int64_t first, int64_t last, int64_t other, int64_t total, int64_t steps,
            int64_t *all_steps) {
  while (first < last) {
    int64_t a = other, b = first;
    while (b != 0) {
      int64_t r = a % b; /* both positive: C's remainder is Python's */
      a = b;
      b = r;
      steps += 1;
    }
    total += a;
    first += 1;
  }
  *all_steps = steps;
  return total;
}

double newton(double x, double last, double step, double total, int64_t steps, int64_t *all_steps) {
  while (x < last) {
    double root = x, next = 0.5 * (root + x / root);
    while (next < root) {
      root = next;
      next = 0.5 * (root + x / root);
      steps += 1;
    }
    total += root;
    x += step;
  }
  *all_steps = steps;
  return total;
}

int64_t mandelbrot(double left, double right, double bottom, double top, double step, int64_t limit,
                   int64_t steps) {
  double y = bottom;
  while (y < top) {
    double x = left;
    while (x < right) {
      double a = x, b = y;
      int64_t k = limit;
      while (k > 0 && a * a + b * b <= 4.0) {
        double t = a * a - b * b + x;
        b = 2.0 * a * b + y;
        a = t;
        k -= 1;
      }
      steps += limit - k;
      x += step;
    }
    y += step;
  }
  return steps;
}

/* Sorts a copy: the program's tensors are values too. */
void bubble_sort(const int64_t *from, int64_t *x, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    x[i] = from[i];
  for (int64_t i = 0; i < n - 1; i++)
    for (int64_t j = 0; j < n - 1 - i; j++)
      if (x[j] > x[j + 1]) {
        int64_t t = x[j];
        x[j] = x[j + 1];
        x[j + 1] = t;
      }
}
