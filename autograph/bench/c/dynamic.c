/* dynamic.c - the programs of dynamic.py, as one writes them in C: arrays are the caller's or from
 * malloc, nothing is checked. Sums in the same order, so floats agree to the last bit. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int64_t lcs(const int64_t *a, int64_t n, const int64_t *b, int64_t m) {
  int64_t *table = calloc((size_t)((n + 1) * (m + 1)), sizeof *table), w = m + 1;
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < m; j++)
      if (a[i] == b[j]) {
        table[(i + 1) * w + j + 1] = table[i * w + j] + 1;
      } else {
        int64_t up = table[i * w + j + 1], left = table[(i + 1) * w + j];
        table[(i + 1) * w + j + 1] = up > left ? up : left;
      }
  int64_t length = table[n * w + m];
  free(table);
  return length;
}

/* A table of rows, each on its own, as Python's lists are. */
static void **table_of(int64_t n, int64_t m, size_t size) {
  void **rows = malloc((size_t)n * sizeof *rows);
  for (int64_t i = 0; i < n; i++)
    rows[i] = calloc((size_t)m, size);
  return rows;
}

static void free_table(void *table, int64_t n) {
  void **rows = table;
  for (int64_t i = 0; i < n; i++)
    free(rows[i]);
  free(rows);
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

int64_t distance(const int64_t *a, int64_t n, const int64_t *b, int64_t m) {
  int64_t **t = (int64_t **)table_of(n + 1, m + 1, sizeof **t);
  for (int64_t i = 0; i <= n; i++)
    t[i][0] = i;
  for (int64_t j = 0; j <= m; j++)
    t[0][j] = j;
  for (int64_t i = 1; i <= n; i++)
    for (int64_t j = 1; j <= m; j++) {
      int64_t cost = a[i - 1] != b[j - 1];
      t[i][j] = least(least(t[i - 1][j] + 1, t[i][j - 1] + 1), t[i - 1][j - 1] + cost);
    }
  int64_t result = t[n][m];
  free_table(t, n + 1);
  return result;
}

double product(int64_t n) {
  double **a = (double **)table_of(n, n, sizeof **a), **b = (double **)table_of(n, n, sizeof **b);
  double **c = (double **)table_of(n, n, sizeof **c);
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) {
      a[i][j] = (double)(i * j % 7) + 0.5;
      b[i][j] = (double)((i + j) % 5) + 0.25;
    }
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) {
      double total = 0.0;
      for (int64_t k = 0; k < n; k++)
        total += a[i][k] * b[k][j];
      c[i][j] = total;
    }
  double result = c[n / 2][n / 3];
  free_table(a, n);
  free_table(b, n);
  free_table(c, n);
  return result;
}

int64_t queens(int64_t n) {
  int64_t *columns = malloc((size_t)n * sizeof *columns);
  bool *taken = calloc((size_t)n, 1), *rising = calloc((size_t)n, 2), *falling = calloc((size_t)n, 2);
  int64_t row = 0, solutions = 0;
  for (int64_t i = 0; i < n; i++)
    columns[i] = -1;
  while (row >= 0) {
    int64_t column = columns[row];
    if (column >= 0)
      taken[column] = rising[row + column] = falling[row - column + n] = false;
    column += 1;
    while (column < n && (taken[column] || rising[row + column] || falling[row - column + n]))
      column += 1;
    if (column == n) {
      columns[row] = -1;
      row -= 1;
      continue;
    }
    columns[row] = column;
    taken[column] = rising[row + column] = falling[row - column + n] = true;
    if (row == n - 1)
      solutions += 1;
    else
      row += 1;
  }
  free(columns);
  free(taken);
  free(rising);
  free(falling);
  return solutions;
}

int64_t pagerank(const int64_t *start, int64_t n, const int64_t *target, double damping,
                 double tolerance, double *out) {
  double *rank = malloc((size_t)n * sizeof *rank), change = 1.0;
  int64_t iterations = 0;
  for (int64_t i = 0; i < n; i++)
    rank[i] = 1.0 / n;
  while (change > tolerance) {
    double *new = malloc((size_t)n * sizeof *new), dangling = 0.0;
    for (int64_t i = 0; i < n; i++)
      new[i] = (1.0 - damping) / n;
    for (int64_t i = 0; i < n; i++) {
      int64_t degree = start[i + 1] - start[i];
      if (degree == 0) {
        dangling += rank[i];
        continue;
      }
      double share = damping * rank[i] / degree;
      for (int64_t k = start[i]; k < start[i + 1]; k++)
        new[target[k]] += share;
    }
    change = 0.0;
    for (int64_t i = 0; i < n; i++) {
      new[i] += damping * dangling / n;
      change += fabs(new[i] - rank[i]);
    }
    free(rank);
    rank = new;
    iterations += 1;
  }
  memcpy(out, rank, (size_t)n * sizeof *rank);
  free(rank);
  return iterations;
}

static const double stages[7][6] = {
    {0},
    {1.0 / 5},
    {3.0 / 40, 9.0 / 40},
    {44.0 / 45, -56.0 / 15, 32.0 / 9},
    {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
    {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
    {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}};
static const double errors[7] = {71.0 / 57600,      0,          -71.0 / 16695, 71.0 / 1920,
                                 -17253.0 / 339200, 22.0 / 525, -1.0 / 40};

static void lorenz(const double *y, double *out) {
  out[0] = 10.0 * (y[1] - y[0]);
  out[1] = y[0] * (28.0 - y[2]) - y[1];
  out[2] = y[0] * y[1] - 8.0 / 3.0 * y[2];
}

int64_t rk45(const double *from, double t, double end, double tolerance, double *y) {
  enum { N = 3 };
  double stage[N], slopes[7][N], h = 0.01;
  int64_t steps = 0;
  for (int i = 0; i < N; i++)
    y[i] = from[i];
  while (t < end) {
    if (t + h > end)
      h = end - t;
    for (int s = 0; s < 7; s++) {
      for (int i = 0; i < N; i++) {
        double total = 0.0;
        for (int j = 0; j < s; j++)
          total += stages[s][j] * slopes[j][i];
        stage[i] = y[i] + h * total;
      }
      lorenz(stage, slopes[s]);
    }
    double worst = 0.0;
    for (int i = 0; i < N; i++) {
      double error = 0.0;
      for (int s = 0; s < 7; s++)
        error += errors[s] * slopes[s][i];
      double e = fabs(h * error) / (tolerance * (1.0 + fabs(y[i])));
      worst = e > worst ? e : worst;
    }
    steps += 1;
    if (worst <= 1.0) {
      t += h;
      for (int i = 0; i < N; i++)
        y[i] = stage[i];
    }
    double factor = 0.9 / sqrt(sqrt(worst + 1e-12));
    factor = factor > 0.2 ? factor : 0.2;
    h *= factor < 5.0 ? factor : 5.0;
  }
  return steps;
}

/* A growing array. */
typedef struct list {
  int64_t n, room;
  void *at;
} list;

static void *grow(list *l) {
  if (l->n == l->room) {
    l->room = l->room ? 2 * l->room : 8;
    l->at = realloc(l->at, (size_t)l->room * 8);
  }
  return l->at;
}
static void put(list *l, int64_t x) {
  int64_t *at = grow(l);
  at[l->n++] = x;
}
static void put_real(list *l, double x) {
  double *at = grow(l);
  at[l->n++] = x;
}

double beam_search(const double *scores, int64_t steps, int64_t labels, int64_t width,
                   int64_t *path) {
  double *totals = malloc((size_t)width * sizeof *totals);
  int64_t *last = calloc((size_t)width, sizeof *last);
  list parents = {0}, chosen = {0};
  for (int64_t w = 0; w < width; w++)
    totals[w] = w ? -1e300 : 0.0;
  for (int64_t t = 0; t < steps; t++) {
    list candidates = {0}, origin = {0}, label = {0};
    for (int64_t b = 0; b < width; b++)
      for (int64_t k = 0; k < labels && totals[b] > -1e299; k++) {
        put_real(&candidates, totals[b] + scores[(t * labels + last[b]) * labels + k]);
        put(&origin, b);
        put(&label, k);
      }
    double *c = candidates.at;
    int64_t *from = origin.at, *what = label.at;
    for (int64_t w = 0; w < width; w++) {
      int64_t best = 0;
      for (int64_t i = 0; i < candidates.n; i++)
        if (c[i] > c[best])
          best = i;
      totals[w] = c[best];
      last[w] = what[best];
      put(&parents, from[best]);
      put(&chosen, what[best]);
      c[best] = -1e300;
    }
    free(candidates.at);
    free(origin.at);
    free(label.at);
  }
  int64_t at = 0;
  for (int64_t t = 0; t < steps; t++) {
    int64_t step = steps - 1 - t;
    path[step] = ((int64_t *)chosen.at)[step * width + at];
    at = ((int64_t *)parents.at)[step * width + at];
  }
  double best = totals[0];
  free(totals);
  free(last);
  free(parents.at);
  free(chosen.at);
  return best;
}

int64_t interpret(const int64_t *code, int64_t n, int64_t *result) {
  int64_t stack[64] = {0}, variables[16] = {n}, top = 0, pc = 0, steps = 0;
  for (;;) {
    steps += 1;
    int64_t operation = code[pc], operand = code[pc + 1];
    pc += 2;
    switch (operation) {
    case 0:
      *result = variables[1];
      return steps;
    case 1:
      stack[top++] = operand;
      break;
    case 2:
      stack[top++] = variables[operand];
      break;
    case 3:
      variables[operand] = stack[--top];
      break;
    case 4:
      top -= 1;
      stack[top - 1] += stack[top];
      break;
    case 5:
      top -= 1;
      stack[top - 1] -= stack[top];
      break;
    case 6:
      top -= 1;
      stack[top - 1] *= stack[top];
      break;
    case 7: { /* rounds down, as Python's */
      top -= 1;
      int64_t r = stack[top - 1] % stack[top];
      stack[top - 1] = r != 0 && (r ^ stack[top]) < 0 ? r + stack[top] : r;
      break;
    }
    case 8:
      pc = operand;
      break;
    case 9:
      if (stack[--top] == 0)
        pc = operand;
      break;
    default:
      return -1;
    }
  }
}
