/* conv.c - CONV: sums of products of filters with the windows of x.
 * The windows of some places are laid out as the columns (channels second) or the rows (channels
 * last) of a matrix, whose product with the filters is the result: one product per image, group and
 * tile of places. A window of one element at each place needs no layout: x is the matrix. */
#include "blas.h"
#include "elementwise.h"

#include <string.h>

enum {
  TILE_BYTES = 1 << 20
}; /* of a laid out tile; fixed, so that results do not depend on the machine */

typedef struct conv {
  ag_window w;
  size_t item;
  bool f64;
  int64_t batch, in_channels, out_channels; /* of all groups */
  int64_t in[AG_MAX_RANK], out[AG_MAX_RANK], plane, places, taps;
} conv;

static void gemm(const conv *k, int64_t m, int64_t n, int64_t inner, const void *a, const void *b,
                 void *c) {
  const ag_gemm g = {.m = m, .n = n, .k = inner};
  const ag_tile whole = {.rows = m, .columns = n};
  if (m == 0 || n == 0)
    return;
  if (k->f64)
    ag_gemm_f64(&g, &whole, a, b, c);
  else
    ag_gemm_f32(&g, &whole, a, b, c);
}

static void split(int64_t flat, const int64_t *n, int rank, int64_t *at) {
  for (int i = rank - 1; i >= 0; i--) {
    at[i] = flat % n[i];
    flat /= n[i];
  }
}

/* Where the tap of the window at a place lies in its plane, or -1 outside. */
static int64_t source(const conv *k, const int64_t *place, const int64_t *tap) {
  int64_t flat = 0;
  for (int i = 0; i < k->w.n; i++) {
    int64_t x = place[i] * k->w.step[i] - k->w.before[i] + tap[i] * k->w.dilation[i];
    if (x < 0 || x >= k->in[i])
      return -1;
    flat = flat * k->in[i] + x;
  }
  return flat;
}

#define FILL(T)                                                                                    \
  /* Channels second: row (c, tap) of the matrix has an element per place. */                      \
  static void columns_##T(const conv *k, const T *x, int64_t channels, int64_t first, int64_t n,   \
                          T *to) {                                                                 \
    int axes = k->w.n, last = axes - 1;                                                            \
    int64_t step = k->w.step[last], width = k->in[last];                                           \
    for (int64_t c = 0; c < channels; c++, x += k->plane) {                                        \
      int64_t tap[AG_MAX_RANK] = {0};                                                              \
      do {                                                                                         \
        int64_t place[AG_MAX_RANK];                                                                \
        split(first, k->out, axes, place);                                                         \
        for (int64_t done = 0; done < n;) { /* a run along the last axis */                        \
          int64_t run = k->out[last] - place[last];                                                \
          run = run < n - done ? run : n - done;                                                   \
          int64_t shift = tap[last] * k->w.dilation[last] - k->w.before[last];                     \
          int64_t base = 0;                                                                        \
          bool in = true;                                                                          \
          for (int i = 0; i < last; i++) {                                                         \
            int64_t at = place[i] * k->w.step[i] - k->w.before[i] + tap[i] * k->w.dilation[i];     \
            in &= at >= 0 && at < k->in[i];                                                        \
            base = base * k->in[i] + at;                                                           \
          }                                                                                        \
          for (int64_t j = 0; j < run; j++) {                                                      \
            int64_t at = (place[last] + j) * step + shift;                                         \
            to[done + j] = in && at >= 0 && at < width ? x[base * width + at] : 0;                 \
          }                                                                                        \
          done += run;                                                                             \
          place[last] = k->out[last] - 1;                                                          \
          ag_index_next(place, k->out, axes);                                                      \
        }                                                                                          \
        to += n;                                                                                   \
      } while (ag_index_next(tap, k->w.size, axes));                                               \
    }                                                                                              \
  }
FILL(float)
FILL(double)

/* Channels last: a row of the matrix is the window of a place, tap by tap. */
static void rows(const conv *k, const char *x, int64_t channels, int64_t first, int64_t n,
                 char *to) {
  int64_t place[AG_MAX_RANK];
  size_t bytes = (size_t)channels * k->item, pixel = (size_t)k->in_channels * k->item;
  split(first, k->out, k->w.n, place);
  for (int64_t p = 0; p < n; p++, ag_index_next(place, k->out, k->w.n)) {
    int64_t tap[AG_MAX_RANK] = {0};
    do {
      int64_t at = source(k, place, tap);
      if (at < 0)
        memset(to, 0, bytes);
      else
        memcpy(to, x + (size_t)at * pixel, bytes);
      to += bytes;
    } while (ag_index_next(tap, k->w.size, k->w.n));
  }
}

/* x itself is the matrix: one tap at every element. */
static bool direct(const conv *k) {
  for (int i = 0; i < k->w.n; i++)
    if (k->w.size[i] != 1 || k->w.step[i] != 1 || k->w.before[i] || k->w.after[i])
      return false;
  return !k->w.last || k->w.groups == 1;
}

/* Filters [taps, in, out] of one group, as a matrix of their own. */
static void pack(const conv *k, const char *filters, int64_t group, char *to) {
  int64_t in = k->in_channels / k->w.groups, made = k->out_channels / k->w.groups;
  for (int64_t r = 0; r < k->taps * in; r++)
    memcpy(to + (size_t)(r * made) * k->item,
           filters + (size_t)(r * k->out_channels + group * made) * k->item,
           (size_t)made * k->item);
}

typedef struct scratch {
  char *windows, *filters, *product;
  int64_t tile;
} scratch;

static void image(const conv *k, scratch *s, const char *x, const char *filters, int64_t group,
                  char *out) {
  int64_t in = k->in_channels / k->w.groups, made = k->out_channels / k->w.groups;
  int64_t depth = in * k->taps;
  size_t item = k->item;
  for (int64_t first = 0; first < k->places; first += s->tile) {
    int64_t n = k->places - first < s->tile ? k->places - first : s->tile;
    bool whole = n == k->places;
    if (k->w.last) {
      const char *windows = x;
      if (s->windows) {
        rows(k, x + (size_t)(group * in) * item, in, first, n, s->windows);
        windows = s->windows;
      }
      bool straight = k->w.groups == 1;
      char *to = straight ? out + (size_t)(first * k->out_channels) * item : s->product;
      gemm(k, n, made, depth, windows, s->filters ? s->filters : filters, to);
      for (int64_t p = 0; !straight && p < n; p++)
        memcpy(out + (size_t)((first + p) * k->out_channels + group * made) * item,
               s->product + (size_t)(p * made) * item, (size_t)made * item);
      continue;
    }
    const char *planes = x + (size_t)(group * in * k->plane) * item, *windows = planes;
    if (s->windows) {
      if (k->f64)
        columns_double(k, (const double *)planes, in, first, n, (double *)s->windows);
      else
        columns_float(k, (const float *)planes, in, first, n, (float *)s->windows);
      windows = s->windows;
    }
    char *mine = out + (size_t)(group * made * k->places) * item;
    gemm(k, made, n, depth, filters + (size_t)(group * made * depth) * item, windows,
         whole ? mine : s->product);
    for (int64_t m = 0; !whole && m < made; m++)
      memcpy(mine + (size_t)(m * k->places + first) * item, s->product + (size_t)(m * n) * item,
             (size_t)n * item);
  }
}

static ag_code convolve(ag_run *run, const ag_call *c, const conv *k, const char *x,
                        const char *filters, char *out) {
  int64_t in = k->in_channels / k->w.groups, made = k->out_channels / k->w.groups;
  int64_t depth = in * k->taps;
  scratch s = {.tile = k->places};
  ag_code code = AG_ERR_NOMEM;
  if (!direct(k)) {
    int64_t most = TILE_BYTES / (int64_t)k->item / (depth ? depth : 1);
    s.tile = most < k->out[k->w.n - 1] ? k->out[k->w.n - 1] : most;
    s.tile = s.tile < k->places ? s.tile : k->places;
    s.windows = ag_malloc((size_t)(depth ? depth : 1) * (size_t)s.tile * k->item);
    if (!s.windows)
      goto done;
  }
  if (k->w.last ? k->w.groups > 1 : s.tile < k->places) {
    s.product = ag_malloc((size_t)made * (size_t)s.tile * k->item);
    if (!s.product)
      goto done;
  }
  if (k->w.last && k->w.groups > 1) {
    s.filters = ag_malloc((size_t)(depth ? depth : 1) * (size_t)made * k->item);
    if (!s.filters)
      goto done;
  }
  for (int64_t g = 0; g < k->w.groups; g++) {
    if (s.filters)
      pack(k, filters, g, s.filters);
    for (int64_t b = 0; b < k->batch; b++)
      image(k, &s, x + (size_t)(b * k->in_channels * k->plane) * k->item, filters, g,
            out + (size_t)(b * k->out_channels * k->places) * k->item);
  }
  code = AG_OK;
done:
  ag_free(s.windows);
  ag_free(s.product);
  ag_free(s.filters);
  return code ? ag_kernel_fail(run, c, code, "%s: out of memory", ag_kernel_name(c)) : AG_OK;
}

ag_code ag_kernel_CONV(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  const ag_tensor *x = in[0], *filters = in[1];
  char s1[AG_SHAPE_TEXT], s2[AG_SHAPE_TEXT];
  ag_shape shape, of;
  ag_tensor_shape(x, &shape);
  ag_tensor_shape(filters, &of);
  ag_dtype dtype = (ag_dtype)x->dtype;
  if ((dtype != AG_F32 && dtype != AG_F64) || filters->dtype != x->dtype)
    return ag_kernel_no_dtype(run, c,
                              (ag_dtype)(filters->dtype != x->dtype ? filters->dtype : dtype));
  conv k = {
      .item = ag_dtype_size(dtype), .f64 = dtype == AG_F64, .plane = 1, .places = 1, .taps = 1};
  const char *wrong = x->rank != filters->rank
                          ? "x and the filters have different ranks"
                          : ag_window_read(&k.w, c->attrs, c->n_attrs, x->rank, false);
  if (wrong)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "%s: %s", ag_kernel_name(c), wrong);
  int first = k.w.last ? 1 : 2, channels = k.w.last ? x->rank - 1 : 1;
  k.batch = x->dim[0];
  k.in_channels = x->dim[channels];
  k.out_channels = filters->dim[k.w.last ? x->rank - 1 : 0];
  if (k.in_channels != filters->dim[k.w.last ? x->rank - 2 : 1] * k.w.groups ||
      k.out_channels % k.w.groups)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE,
                          "%s: channels of %s and filters %s do not fit, groups: %lld",
                          ag_kernel_name(c), ag_shape_text(&shape, s1), ag_shape_text(&of, s2),
                          (long long)k.w.groups);
  for (int i = 0; i < k.w.n; i++) {
    k.w.size[i] = filters->dim[(k.w.last ? 0 : 2) + i];
    k.in[i] = x->dim[first + i];
    k.out[i] = shape.dim[first + i] = ag_window_places(&k.w, i, k.in[i]);
    k.plane *= k.in[i];
    k.places *= k.out[i];
    k.taps *= k.w.size[i];
  }
  shape.dim[channels] = k.out_channels;
  if (ag_kernel_out(run, c, out, dtype, &shape))
    return run->err->code;
  if (ag_tensor_count(out) == 0)
    return AG_OK;
  return convolve(run, c, &k, ag_tensor_data(x), ag_tensor_data(filters), ag_tensor_data(out));
}
