/* conv.c - CONV: sums of products of filters with the windows of x, in tiles of registers (tile.h).
 *
 * A tile is some neighbouring places of the last axis, a line, and some filters. Of step l through
 * the windows, which are the taps and channels, each place has an element of x at the same distance
 * from its window's first, so x is read where it lies: nothing is laid out but the filters, and x
 * with its padding around it. Where that is much larger than x (a padding of thousands around few
 * elements), or places are fewer than a tile has, windows are laid out place by place. */
#include "conv.h"

#include "pool.h"
#include "tile.h"

#include <string.h>

enum {
  DEPTH = AG_CONV_DEPTH,
  PADDED = 4,             /* times x, at most, or */
  PADDED_LEAST = 1 << 20, /* bytes */
  FEW_LINES = 32,         /* fewer are shared by strips of filters too */
  LARGE_LINE = 1 << 24,   /* so are those of more products: an interrupt waits for one */
  PER_UNIT = 8            /* products a unit of cost */
};

typedef struct conv {
  ag_conv c;
  const ag_tiling *s;
  int64_t strips;    /* of filters of one group, each as wide as a tile */
  const char *x;     /* with padding around when `padded` */
  bool padded, near; /* near: windows are read where they lie */
  int64_t side[AG_MAX_RANK], before[AG_MAX_RANK]; /* of x as it lies there */
  int64_t plane, stride[AG_MAX_RANK];             /* elements */
  int64_t *at;                                    /* by step: from the first element of a window */
  char *filters;                                  /* [groups][strips][depth][columns] */
  int64_t shares;                                 /* of each line */
} conv;

static void split(int64_t flat, const int64_t *n, int rank, int64_t *at) {
  for (int i = rank - 1; i >= 0; i--) {
    at[i] = flat % n[i];
    flat /= n[i];
  }
}

/* ---- what is laid out ---------------------------------------------------------------------------
 */

/* One strip: columns [depth][columns] from [taps, in, out] or [out, in, taps]. */
static ag_code lay_filters(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  const conv *k = ((void **)ctx)[0];
  const char *filters = ((void **)ctx)[1];
  int64_t columns = k->s->columns, item = k->c.item;
  for (; begin < end; begin++) {
    int64_t group = begin / k->strips, j = begin % k->strips * columns;
    int64_t n = ag_least(columns, k->c.made - j);
    char *to = k->filters + begin * k->c.depth * columns * item;
    memset(to, 0, (size_t)(k->c.depth * columns * item));
    if (k->c.w.last) {
      for (int64_t l = 0; l < k->c.depth; l++)
        memcpy(to + l * columns * item,
               filters + (l * k->c.out_channels + group * k->c.made + j) * item,
               (size_t)(n * item));
      continue;
    }
    for (int64_t f = 0; f < n; f++) {
      const char *from = filters + (group * k->c.made + j + f) * k->c.depth * item;
      if (item == 4)
        for (int64_t l = 0; l < k->c.depth; l++)
          ((uint32_t *)to)[l * columns + f] = ((const uint32_t *)from)[l];
      else
        for (int64_t l = 0; l < k->c.depth; l++)
          ((uint64_t *)to)[l * columns + f] = ((const uint64_t *)from)[l];
    }
  }
  return AG_OK;
}

/* Planes of x in the middle of zeros. A plane is an image, or, channels second, one of its
 * channels. */
static ag_code pad_planes(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  const conv *k = ((void **)ctx)[0];
  const char *x = ((void **)ctx)[1];
  int64_t inner = (k->c.w.last ? k->c.in_channels : 1) * k->c.item, axes = k->c.w.n;
  int64_t to_plane = k->plane * k->c.item, from_plane = k->c.in_plane * inner;
  int64_t from_step[AG_MAX_RANK], to_step[AG_MAX_RANK], step = inner, first = 0;
  for (int64_t i = axes; i-- > 0;) {
    from_step[i] = step;
    to_step[i] = k->stride[i] * k->c.item;
    first += k->before[i] * to_step[i];
    step *= k->c.in[i];
  }
  int64_t rows = k->c.in_plane / k->c.in[axes - 1];
  for (; begin < end; begin++) {
    char *to = (char *)k->x + begin * to_plane;
    int64_t at[AG_MAX_RANK] = {0};
    memset(to, 0, (size_t)to_plane);
    for (int64_t r = 0; r < rows; r++, ag_index_next(at, k->c.in, (int)axes - 1)) {
      int64_t source = 0, place = first;
      for (int64_t i = 0; i < axes - 1; i++) {
        source += at[i] * from_step[i];
        place += at[i] * to_step[i];
      }
      memcpy(to + place, x + begin * from_plane + source, (size_t)(k->c.in[axes - 1] * inner));
    }
  }
  return AG_OK;
}

/* Elements of n windows, from the place on, in steps [first, first + depth): [depth][rows]. `x` is
 * the first channel of the group in its image. */
static void lay_windows(const conv *k, const char *x, const int64_t *place, int64_t n, int64_t rows,
                        int64_t first, int64_t depth, char *to) {
  int axes = k->c.w.n;
  int64_t channels = k->c.in_channels / k->c.w.groups, item = k->c.item;
  int64_t channel_step = k->c.w.last ? 1 : k->plane;
  memset(to, 0, (size_t)(depth * rows * item));
  for (int64_t l = 0; l < depth; l++) {
    int64_t step = first + l, tap[AG_MAX_RANK], base = 0;
    int64_t channel = k->c.w.last ? step % channels : step / k->c.taps;
    split(k->c.w.last ? step / channels : step % k->c.taps, k->c.w.size, axes, tap);
    bool in = true;
    for (int i = 0; i < axes - 1; i++) {
      int64_t x_at = place[i] * k->c.w.step[i] - k->c.w.before[i] + tap[i] * k->c.w.dilation[i];
      in &= x_at >= 0 && x_at < k->c.in[i];
      base += (x_at + k->before[i]) * k->stride[i];
    }
    for (int64_t r = 0; in && r < n; r++) {
      int64_t last = axes - 1, x_at = (place[last] + r) * k->c.w.step[last] - k->c.w.before[last] +
                                      tap[last] * k->c.w.dilation[last];
      if (x_at < 0 || x_at >= k->c.in[last])
        continue;
      int64_t from = base + (x_at + k->before[last]) * k->stride[last] + channel * channel_step;
      memcpy(to + (l * rows + r) * item, x + from * item, (size_t)item);
    }
  }
}

/* ---- products ---------------------------------------------------------------------------------
 */

/* Channels second: what a tile has as [place][filter] goes to [filter][place], in memory so far
 * apart that it goes by a tile of its own. */
static void turn(const conv *k, const char *tile, char *to, int64_t ni, int64_t nj, bool back) {
  int64_t item = k->c.item, columns = k->s->columns;
  for (int64_t j = 0; j < nj; j++)
    for (int64_t i = 0; i < ni; i++) {
      char *a = to + (j * k->c.places + i) * item, *b = (char *)tile + (i * columns + j) * item;
      if (item == 4)
        *(uint32_t *)(back ? b : a) = *(const uint32_t *)(back ? a : b);
      else
        *(uint64_t *)(back ? b : a) = *(const uint64_t *)(back ? a : b);
    }
}

static void run_tile(const conv *k, ag_tile_work *w, int64_t ni, int64_t nj) {
  if (k->c.w.last) {
    ag_tile_run(k->s, w, ni, nj);
    return;
  }
  _Alignas(64) char tile[AG_TILE_ROWS * AG_TILE_BYTES];
  char *to = w->c;
  w->c = tile;
  w->ldc = k->s->columns;
  if (w->add)
    turn(k, tile, to, ni, nj, true);
  ag_tile_run(k->s, w, ni, nj);
  turn(k, tile, to, ni, nj, false);
}

ag_code ag_conv_finish(ag_run *run, const ag_conv *k, int64_t line, int64_t channel, int64_t n) {
  const ag_epilogue *then = k->epilogue;
  int64_t width = k->out[k->w.n - 1], lines = k->places / width, image = line / lines;
  if (k->w.last)
    return then->body(run, then->ctx, k->out_data, line, 0, width, channel, channel + n);
  int64_t size = k->w.n > 1 ? k->out[k->w.n - 2] : k->out_channels;
  for (int64_t j = channel; j < channel + n; j++) {
    int64_t at = (image * k->out_channels + j) * lines + line % lines; /* among all lines */
    ag_code code =
        then->body(run, then->ctx, k->out_data, at / size, at % size, at % size + 1, 0, width);
    if (code)
      return code;
  }
  return AG_OK;
}

static ag_code finish_lines(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  const conv *k = ctx;
  ag_code code = AG_OK;
  for (; begin < end && !code; begin++)
    code = ag_conv_finish(run, &k->c, begin, 0, k->c.out_channels);
  return code;
}

/* One line and one strip of filters, in steps [first, first + depth). panel: room for windows. */
static void run_line(const conv *k, int64_t line, int64_t group, int64_t strip, int64_t first,
                     int64_t depth, char *panel) {
  int axes = k->c.w.n, last = axes - 1;
  int64_t item = k->c.item, lines = k->c.places / k->c.out[last], place[AG_MAX_RANK], base = 0;
  int64_t image = line / lines, channels = k->c.in_channels / k->c.w.groups, here[DEPTH];
  int64_t rows = k->s->rows, few = k->s->few, columns = k->s->columns, width = k->c.out[last];
  split(line % lines * width, k->c.out, axes, place);
  for (int i = 0; i < axes; i++)
    base += (place[i] * k->c.w.step[i] - k->c.w.before[i] + k->before[i]) * k->stride[i];
  const char *x = k->x + (image * (k->c.w.last ? 1 : k->c.in_channels) * k->plane +
                          group * channels * (k->c.w.last ? 1 : k->plane)) *
                             item;
  const char *filters =
      k->filters + ((group * k->strips + strip) * k->c.depth + first) * columns * item;
  int64_t channel = group * k->c.made + strip * columns,
          nj = ag_least(columns, k->c.made - strip * columns);
  int64_t flat = image * k->c.places + line % lines * width;
  char *c = k->c.out_data + (k->c.w.last ? flat * k->c.out_channels + channel
                                         : (image * k->c.out_channels + channel) * k->c.places +
                                               line % lines * width) *
                                item;
  int64_t c_step = (k->c.w.last ? k->c.out_channels : 1) * item;
  int64_t row = k->c.w.step[last] * k->stride[last];
  for (int64_t i = 0, ni; i < width; i += ni) {
    ni = width - i >= rows ? rows : width - i >= few ? few : width - i;
    ag_tile_work w = {.k = depth, .b = filters, .ldb = columns, .add = first > 0};
    w.c = c + i * c_step;
    w.ldc = k->c.out_channels;
    if (k->near && ni >= few) {
      w.a = x + (base + i * row) * item;
      w.row = row;
      w.at = k->at + first;
    } else {
      int64_t all = ni <= few ? few : rows;
      place[last] = i;
      lay_windows(k, x, place, ni, all, first, depth, panel);
      for (int64_t l = 0; l < depth; l++)
        here[l] = l * all;
      w.a = panel;
      w.row = 1;
      w.at = here;
    }
    run_tile(k, &w, ni, nj);
  }
}

/* Lines, or shares of them. A strip of filters stays in the cache for all lines of a chunk. */
static ag_code some_lines(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  const conv *k = ctx;
  int64_t all = k->c.w.groups * k->strips;
  char *panel = ag_malloc((size_t)(ag_least(DEPTH, k->c.depth) * AG_TILE_ROWS * k->c.item));
  if (!panel)
    return ag_fail(run->err, AG_ERR_NOMEM, k->c.loc, "conv: out of memory");
  ag_code code = AG_OK;
  for (int64_t s = 0; s < all; s++)
    for (int64_t first = 0; first < k->c.depth; first += DEPTH)
      for (int64_t i = begin; i < end && !code; i++) {
        if (s % k->shares != i % k->shares)
          continue;
        int64_t group = s / k->strips, strip = s % k->strips, column = strip * k->s->columns;
        run_line(k, i / k->shares, group, strip, first, ag_least(DEPTH, k->c.depth - first), panel);
        if (k->c.epilogue && k->c.depth - first <= DEPTH)
          code = ag_conv_finish(run, &k->c, i / k->shares, group * k->c.made + column,
                                ag_least(k->s->columns, k->c.made - column));
      }
  ag_free(panel);
  return code;
}

/* How x lies: as it is, or with so much padding that each window is inside. */
static bool padding_fits(conv *k) {
  int64_t inner = k->c.w.last ? k->c.in_channels : 1, bytes;
  bool inside = true;
  for (int i = 0; i < k->c.w.n; i++) {
    int64_t reach =
        (k->c.out[i] - 1) * k->c.w.step[i] + (k->c.w.size[i] - 1) * k->c.w.dilation[i] + 1;
    inside &= k->c.w.before[i] == 0 && reach <= k->c.in[i];
    k->before[i] = k->c.w.before[i];
    k->side[i] = reach - k->c.w.before[i] > k->c.in[i] ? reach : k->c.w.before[i] + k->c.in[i];
  }
  int64_t size = k->c.item * k->c.batch * (k->c.w.last ? 1 : k->c.in_channels) * inner;
  int64_t x_bytes = size * k->c.in_plane;
  k->plane = inner;
  bytes = size;
  for (int i = 0; i < k->c.w.n; i++) /* the most there can be: 2^30 for an axis, 2^62 in all */
    if (__builtin_mul_overflow(bytes, k->side[i], &bytes))
      return false;
  k->padded = !inside;
  return inside || bytes <= PADDED_LEAST || bytes / PADDED <= x_bytes;
}

static void lay_strides(conv *k) {
  k->plane = k->c.w.last ? k->c.in_channels : 1;
  for (int i = k->c.w.n - 1; i >= 0; i--) {
    if (!k->padded) {
      k->before[i] = 0;
      k->side[i] = k->c.in[i];
    }
    k->stride[i] = k->plane;
    k->plane *= k->side[i];
  }
}

static void lay_steps(const conv *k) {
  int64_t channels = k->c.in_channels / k->c.w.groups, tap[AG_MAX_RANK];
  for (int64_t l = 0; l < k->c.depth; l++) {
    split(k->c.w.last ? l / channels : l % k->c.taps, k->c.w.size, k->c.w.n, tap);
    k->at[l] = k->c.w.last ? l % channels : l / k->c.taps * k->plane;
    for (int i = 0; i < k->c.w.n; i++)
      k->at[l] += tap[i] * k->c.w.dilation[i] * k->stride[i];
  }
}

static ag_code convolve(ag_run *run, const ag_call *c, conv *k, const char *x,
                        const char *filters) {
  int64_t columns = k->s->columns, planes = k->c.batch * (k->c.w.last ? 1 : k->c.in_channels);
  int64_t lines = k->c.batch * (k->c.places / k->c.out[k->c.w.n - 1]);
  char *padded = NULL;
  k->near = padding_fits(k);
  k->padded &= k->near;
  lay_strides(k);
  k->strips = (k->c.made + columns - 1) / columns;
  k->x = x;
  k->filters = ag_malloc((size_t)(k->c.w.groups * k->strips * k->c.depth * columns * k->c.item));
  k->at = ag_malloc((size_t)k->c.depth * sizeof *k->at);
  if (k->padded)
    k->x = padded = ag_malloc((size_t)(planes * k->plane * k->c.item));
  if (!k->filters || !k->at || !k->x) {
    ag_kernel_fail(run, c, AG_ERR_NOMEM, "%s: out of memory", ag_kernel_name(c));
    goto done;
  }
  lay_steps(k);
  void *with_x[] = {k, (void *)x}, *with_filters[] = {k, (void *)filters};
  if (padded && ag_parallel(run, planes, k->plane * AG_COST_MEMORY, pad_planes, with_x))
    goto done;
  if (ag_parallel(run, k->c.w.groups * k->strips, k->c.depth * columns * AG_COST_MEMORY,
                  lay_filters, with_filters))
    goto done;
  double products = (double)k->c.out[k->c.w.n - 1] * (double)k->c.depth * (double)k->c.out_channels;
  k->shares = lines < FEW_LINES || products > LARGE_LINE ? k->c.w.groups * k->strips : 1;
  ag_parallel(run, lines * k->shares, (int64_t)(products / PER_UNIT / (double)k->shares) + 1,
              some_lines, k);
done:
  ag_free(padded);
  ag_free(k->filters);
  ag_free(k->at);
  return run->err->code;
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
  conv k = {.c = {.item = (int64_t)ag_dtype_size(dtype),
                  .loc = c->loc,
                  .in_plane = 1,
                  .places = 1,
                  .taps = 1},
            .s = ag_tiling_now(dtype == AG_F64)};
  const char *wrong = x->rank != filters->rank
                          ? "x and the filters have different ranks"
                          : ag_window_read(&k.c.w, c->attrs, c->n_attrs, x->rank, false);
  if (wrong)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "%s: %s", ag_kernel_name(c), wrong);
  int first = k.c.w.last ? 1 : 2, channels = k.c.w.last ? x->rank - 1 : 1;
  k.c.batch = x->dim[0];
  k.c.in_channels = x->dim[channels];
  k.c.out_channels = filters->dim[k.c.w.last ? x->rank - 1 : 0];
  int64_t of_group = filters->dim[k.c.w.last ? x->rank - 2 : 1];
  if (k.c.in_channels % k.c.w.groups || k.c.in_channels / k.c.w.groups != of_group ||
      k.c.out_channels % k.c.w.groups)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE,
                          "%s: channels of %s and filters %s do not fit, groups: %lld",
                          ag_kernel_name(c), ag_shape_text(&shape, s1), ag_shape_text(&of, s2),
                          (long long)k.c.w.groups);
  for (int i = 0; i < k.c.w.n; i++) {
    k.c.w.size[i] = filters->dim[(k.c.w.last ? 0 : 2) + i];
    k.c.in[i] = x->dim[first + i];
    k.c.out[i] = shape.dim[first + i] = ag_window_places(&k.c.w, i, k.c.in[i]);
    k.c.in_plane *= k.c.in[i];
    k.c.places *= k.c.out[i];
    k.c.taps *= k.c.w.size[i];
  }
  shape.dim[channels] = k.c.out_channels;
  if (ag_kernel_out(run, c, out, dtype, &shape))
    return run->err->code;
  int64_t count = ag_tensor_count(out);
  if (count == 0)
    return AG_OK;
  k.c.made = k.c.out_channels / k.c.w.groups;
  k.c.depth = k.c.taps * of_group;
  k.c.out_data = ag_tensor_data(out);
  k.c.epilogue = run->epilogue;
  if (k.c.depth == 0 || ag_tensor_count(x) == 0) {
    memset(k.c.out_data, 0, (size_t)(count * k.c.item));
    int64_t lines = k.c.batch * (k.c.places / k.c.out[k.c.w.n - 1]), line = count / lines;
    return k.c.epilogue ? ag_parallel(run, lines, line * k.c.epilogue->cost, finish_lines, &k)
                        : AG_OK;
  }
  if (ag_conv_is_grouped(&k.c))
    return ag_conv_grouped(run, c, &k.c, ag_tensor_data(x), ag_tensor_data(filters));
  return convolve(run, c, &k, ag_tensor_data(x), ag_tensor_data(filters));
}
