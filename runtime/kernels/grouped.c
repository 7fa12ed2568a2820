/* grouped.c - CONV of groups with few filters each, such as one filter a channel, or of one channel
 * in all: a tile of conv.c would be nearly empty. The lanes of a vector are what lies beside each
 * other in x.
 *
 * Channels last, they are the channels: x is laid out with one element for each filter in each
 * place, so with as many as x has where a group is a channel, and neighbouring places are one place
 * of more channels where these fill no vector. Channels second, they are places: rows of x, and the
 * rows of the result as long as they, are one row, whose elements between the images are computed
 * in vain. A step of more than one place deals the places of x to as many images, in each of which
 * they are neighbours. What is laid out is a band of lines, which stays in the cache.
 *
 * Sums are in the order of conv.c: the same bits. */
#include "conv.h"

#include "lanes.h"
#include "pool.h"

#include "ag/vmath.h"

#include <string.h>

enum {
  SPARSE = 4,     /* a group has fewer filters than a vector has lanes divided by this, or one */
  BAND = 1 << 18, /* bytes laid out at once, where more than a line */
  MOST_STEP = 4,  /* of places: images are dealt out, used or not */
  MOST_LINE = 1 << 22, /* bytes */
  PER_UNIT = 16        /* products a unit of cost */
};

typedef struct grouped {
  const ag_conv *c;
  const ag_lanes *s;
  const char *x, *filters;
  char *laid; /* filters, as lanes */
  int64_t *at;
  /* an axis before the last may be missing: it has one place then */
  int64_t in[2], out[2], size[2], step[2], dilation[2], before[2];
  int64_t channels;     /* of a group, in x */
  int64_t lines, bands; /* of a band, of an image */
  int64_t rows, width;  /* of what is laid out of an image, and of a channel of the group */
  int64_t plane;        /* elements of that: all images */
  int64_t merged, n;    /* channels last: places that are one, lanes of it */
} grouped;

static const ag_lanes *lanes_now(bool f64) { return &AG_BY_ISA(ag_lanes)[f64]; }

/* Elements of 4 or 8 bytes, `step` apart. */
static void copy_strided(char *to, int64_t to_step, const char *from, int64_t from_step, int64_t n,
                         int64_t item) {
  if (to_step == 1 && from_step == 1)
    memcpy(to, from, (size_t)(n * item));
  else if (item == 4)
    for (int64_t i = 0; i < n; i++)
      ((uint32_t *)to)[i * to_step] = ((const uint32_t *)from)[i * from_step];
  else
    for (int64_t i = 0; i < n; i++)
      ((uint64_t *)to)[i * to_step] = ((const uint64_t *)from)[i * from_step];
}

static void set_axes(grouped *g) {
  const ag_conv *c = g->c;
  for (int i = 0; i < 2; i++) {
    int axis = i + c->w.n - 2;
    bool is = axis >= 0;
    g->in[i] = is ? c->in[axis] : 1;
    g->out[i] = is ? c->out[axis] : 1;
    g->size[i] = is ? c->w.size[axis] : 1;
    g->step[i] = is ? c->w.step[axis] : 1;
    g->dilation[i] = is ? c->w.dilation[axis] : 1;
    g->before[i] = is ? c->w.before[axis] : 0;
  }
}

/* ---- channels second ------------------------------------------------------------------------ */

/* Lines of the group of an image, from `first` on: [channel][image][rows][width]. What lies around
 * them is zero already. */
static void lay_places(const grouped *g, int64_t image, int64_t group, int64_t first, char *to) {
  int64_t item = g->c->item, dealt = g->step[1];
  for (int64_t channel = 0; channel < g->channels; channel++) {
    int64_t plane = image * g->c->in_channels + group * g->channels + channel;
    const char *x = g->x + plane * g->in[0] * g->in[1] * item;
    for (int64_t down = 0; down < g->step[0]; down++)
      for (int64_t across = 0; across < dealt; across++, to += g->rows * g->width * item) {
        int64_t from = across - g->before[1]; /* place j here is j * dealt + from of x */
        int64_t begin = from < 0 ? (-from + dealt - 1) / dealt : 0;
        int64_t end = from < g->in[1] ? (g->in[1] - from + dealt - 1) / dealt : 0;
        end = ag_least(end, g->width);
        for (int64_t r = 0; r < g->rows && begin < end; r++) {
          int64_t y = (first + r) * g->step[0] + down - g->before[0];
          if (y >= 0 && y < g->in[0])
            copy_strided(to + (r * g->width + begin) * item, 1,
                         x + (y * g->in[1] + begin * dealt + from) * item, dealt, end - begin,
                         item);
        }
      }
  }
}

static void steps_of_places(const grouped *g) {
  for (int64_t l = 0; l < g->c->depth; l++) {
    int64_t tap = l % g->c->taps;
    int64_t y = tap / g->size[1] * g->dilation[0], x = tap % g->size[1] * g->dilation[1];
    int64_t image = y % g->step[0] * g->step[1] + x % g->step[1];
    g->at[l] =
        l / g->c->taps * g->plane + (image * g->rows + y / g->step[0]) * g->width + x / g->step[1];
  }
}

/* The sums of filters of one group over n places that are one row: c has room for whole vectors. */
static void sum_places(const grouped *g, const char *x, const char *filters, int64_t count,
                       int64_t n, char *to, int64_t room) {
  int64_t item = g->c->item, depth = g->c->depth, lanes = g->s->lanes;
  for (int64_t f = 0, many; f < count; f += many) {
    many = count - f >= AG_LANES_FILTERS ? AG_LANES_FILTERS : 1;
    int way = many == 1 ? 2 : 0, vectors;
    for (int64_t i = 0; i < n; i += vectors * lanes) {
      while (g->s->splat[way].vectors > 1 && n - i <= (g->s->splat[way].vectors - 1) * lanes)
        way++;
      vectors = g->s->splat[way].vectors;
      for (int64_t l = 0; l < depth; l += AG_CONV_DEPTH) {
        ag_tile_work w = {.k = ag_least(AG_CONV_DEPTH, depth - l),
                          .a = x + i * item,
                          .at = g->at + l,
                          .b = filters + (f * depth + l) * item,
                          .ldb = depth,
                          .c = to + (f * room + i) * item,
                          .ldc = room,
                          .add = l > 0};
        g->s->splat[way].run(&w);
      }
    }
  }
}

/* Bands of the groups of images. */
static ag_code some_planes(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  const grouped *g = ctx;
  const ag_conv *c = g->c;
  int64_t item = c->item, extra = AG_LANES_VECTORS * g->s->lanes;
  int64_t room = g->lines * g->width + extra, many = ag_least(c->made, AG_LANES_FILTERS);
  char *x = ag_malloc((size_t)((g->channels * g->plane + room) * item));
  char *sums = ag_malloc((size_t)(many * room * item));
  ag_code code = AG_OK;
  if (!x || !sums)
    code = ag_fail(run->err, AG_ERR_NOMEM, c->loc, "conv: out of memory");
  for (int64_t zeroed = -1; begin < end && !code; begin++) {
    int64_t band = begin % g->bands, group = begin / g->bands % c->w.groups;
    int64_t image = begin / g->bands / c->w.groups, first = band * g->lines;
    int64_t lines = ag_least(g->lines, g->out[0] - first);
    if (band != zeroed)
      memset(x, 0, (size_t)((g->channels * g->plane + room) * item));
    zeroed = band;
    lay_places(g, image, group, first, x);
    for (int64_t f = 0; f < c->made && !code; f += many) {
      int64_t channel = group * c->made + f, count = ag_least(many, c->made - f);
      sum_places(g, x, g->filters + channel * c->depth * item, count, lines * g->width, sums, room);
      for (int64_t j = 0; j < count; j++)
        for (int64_t i = 0; i < lines; i++)
          memcpy(c->out_data + ((image * c->out_channels + channel + j) * g->out[0] + first + i) *
                                   g->out[1] * item,
                 sums + (j * room + i * g->width) * item, (size_t)(g->out[1] * item));
      for (int64_t i = 0; c->epilogue && i < lines && !code; i++)
        code = ag_conv_finish(run, c, image * g->out[0] + first + i, channel, count);
    }
  }
  ag_free(x);
  ag_free(sums);
  return code;
}

/* ---- channels last -------------------------------------------------------------------------- */

/* Lines of an image, from `first` on: [channel of a group][rows][width][filters]. What lies around
 * them is zero already. */
static void lay_channels(const grouped *g, int64_t image, int64_t first, char *to) {
  const ag_conv *c = g->c;
  int64_t item = c->item, place = c->out_channels * item;
  int64_t begin = g->before[1], n = ag_least(begin + g->in[1], g->width) - begin;
  for (int64_t channel = 0; channel < g->channels && n > 0; channel++)
    for (int64_t r = 0; r < g->rows; r++) {
      int64_t y = first * g->step[0] + r - g->before[0];
      char *at = to + ((channel * g->rows + r) * g->width + begin) * place;
      if (y < 0 || y >= g->in[0])
        continue;
      const char *x = g->x + ((image * g->in[0] + y) * g->in[1] * c->in_channels + channel) * item;
      for (int64_t j = 0; j < c->made; j++)
        copy_strided(at + j * item, c->made, x, g->channels, n * c->w.groups, item);
    }
}

static void steps_of_channels(const grouped *g) {
  for (int64_t l = 0; l < g->c->depth; l++) {
    int64_t tap = l / g->channels;
    int64_t y = tap / g->size[1] * g->dilation[0], x = tap % g->size[1] * g->dilation[1];
    g->at[l] = l % g->channels * g->plane + (y * g->width + x) * g->c->out_channels;
  }
}

/* The loop for what is left of all places: one that takes it to the end, or takes most. */
static int rows_for(const ag_lanes *s, int64_t places, int64_t left) {
  int way = 0, last = sizeof s->beside / sizeof *s->beside - 1;
  while (way < last && (s->beside[way].n > places || s->beside[way + 1].n >= left))
    way++;
  return way;
}

/* One line: [places][filters] as places of more filters. */
static void sum_line(const grouped *g, const char *x, char *to) {
  int64_t item = g->c->item, lanes = g->s->lanes, n = g->n, all = g->out[1] * g->c->out_channels;
  int64_t places = (all + n - 1) / n, whole = all / n;
  int64_t row = g->merged * g->step[1] * g->c->out_channels, ldb = (n + lanes - 1) / lanes * lanes;
  _Alignas(64) char edge[AG_LANES_ROWS * AG_LANES_BYTES];
  for (int64_t j = 0; j < n; j += lanes)
    for (int64_t i = 0, rows; i < places; i += rows) {
      int way = rows_for(g->s, places, places - i);
      rows = g->s->beside[way].n;
      i = ag_least(i, places - rows); /* some of them once more */
      bool direct = i + rows <= whole && j + lanes <= n;
      ag_tile_work w = {.k = g->c->depth,
                        .a = x + (i * row + j) * item,
                        .row = row,
                        .at = g->at,
                        .b = g->laid + j * item,
                        .ldb = ldb,
                        .c = direct ? to + (i * n + j) * item : edge,
                        .ldc = direct ? n : lanes};
      g->s->beside[way].run(&w);
      for (int64_t r = 0; !direct && r < rows; r++) {
        int64_t left = ag_least(ag_least(lanes, n - j), all - (i + r) * n - j);
        if (left > 0)
          memcpy(to + ((i + r) * n + j) * item, edge + r * lanes * item, (size_t)(left * item));
      }
    }
}

/* Bands of images. */
static ag_code some_bands(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  const grouped *g = ctx;
  const ag_conv *c = g->c;
  int64_t item = c->item, line = g->out[1] * c->out_channels * item;
  int64_t size = g->channels * g->plane * item, room = (g->n + g->s->lanes) * item;
  char *x = ag_malloc((size_t)(size + room));
  ag_code code = x ? AG_OK : ag_fail(run->err, AG_ERR_NOMEM, c->loc, "conv: out of memory");
  for (int64_t zeroed = -1; begin < end && !code; begin++) {
    int64_t image = begin / g->bands, band = begin % g->bands, first = band * g->lines;
    if (band != zeroed)
      memset(x, 0, (size_t)(size + room));
    zeroed = band;
    int64_t lines = ag_least(g->lines, g->out[0] - first);
    lay_channels(g, image, first, x);
    for (int64_t i = 0; i < lines && !code; i++) {
      int64_t at = image * g->out[0] + first + i;
      sum_line(g, x + i * g->step[0] * g->width * c->out_channels * item, c->out_data + at * line);
      if (c->epilogue)
        code = ag_conv_finish(run, c, at, 0, c->out_channels);
    }
  }
  ag_free(x);
  return code;
}

/* Filters [step][lane], those of all merged places. */
static bool lay_lanes(grouped *g) {
  int64_t item = g->c->item, made = g->c->out_channels;
  int64_t room = (g->n + g->s->lanes - 1) / g->s->lanes * g->s->lanes;
  g->laid = ag_calloc((size_t)(g->c->depth * room), (size_t)item);
  for (int64_t l = 0; g->laid && l < g->c->depth; l++)
    for (int64_t i = 0; i < g->merged; i++)
      memcpy(g->laid + (l * room + i * made) * item, g->filters + l * made * item,
             (size_t)(made * item));
  return g->laid != NULL;
}

/* ---- both ----------------------------------------------------------------------------------- */

static int64_t line_bytes(const ag_conv *c) {
  int last = c->w.n - 1;
  int64_t width = c->in[last] + c->out[last] + c->w.size[last] * c->w.dilation[last];
  return width * c->item * (c->w.last ? c->out_channels : 1) * (c->depth / c->taps);
}

bool ag_conv_is_grouped(const ag_conv *c) {
  int64_t lanes = lanes_now(c->item == 8)->lanes;
  if ((c->w.groups == 1 && c->in_channels > 1) || c->w.n > 2 ||
      (c->made > 1 && c->made >= 2 * lanes / SPARSE) || c->out_channels > MOST_LINE ||
      c->depth > MOST_LINE)
    return false;
  for (int i = 0; i < c->w.n; i++) /* paddings and dilations may be as large as one likes */
    if (c->w.step[i] > MOST_STEP || c->w.dilation[i] > MOST_LINE || c->w.size[i] > MOST_LINE ||
        c->w.size[i] * c->w.dilation[i] > MOST_LINE || c->in[i] > MOST_LINE ||
        c->out[i] > MOST_LINE)
      return false;
  int64_t high = c->w.n == 2 ? c->w.size[0] * c->w.dilation[0] + MOST_STEP : 1;
  return (!c->w.last || c->depth <= AG_CONV_DEPTH) && line_bytes(c) <= MOST_LINE / high;
}

static int64_t common(int64_t a, int64_t b) { return b ? common(b, a % b) : a; }

ag_code ag_conv_grouped(ag_run *run, const ag_call *call, const ag_conv *c, const char *x,
                        const char *filters) {
  grouped g = {.c = c, .s = lanes_now(c->item == 8), .x = x, .filters = filters};
  int64_t reach[2], per_line;
  set_axes(&g);
  g.channels = c->depth / c->taps;
  for (int i = 0; i < 2; i++)
    reach[i] = (g.size[i] - 1) * g.dilation[i];
  if (c->w.last) {
    g.width = (g.out[1] - 1) * g.step[1] + reach[1] + 1;
    per_line = g.channels * g.width * c->out_channels * g.step[0] * c->item;
  } else {
    g.width = g.out[1] + reach[1] / g.step[1];
    per_line = g.channels * g.width * g.step[0] * g.step[1] * c->item;
  }
  g.bands = (g.out[0] - 1) / (BAND / per_line + 1) + 1;
  g.lines = (g.out[0] + g.bands - 1) / g.bands;
  g.bands = (g.out[0] + g.lines - 1) / g.lines;
  if (c->w.last) {
    g.rows = (g.lines - 1) * g.step[0] + reach[0] + 1;
    g.plane = g.rows * g.width * c->out_channels;
    g.merged = g.step[1] == 1 && c->out_channels < 4 * g.s->lanes
                   ? g.s->lanes / common(c->out_channels, g.s->lanes)
                   : 1;
    g.n = g.merged * c->out_channels;
  } else {
    g.rows = g.lines + reach[0] / g.step[0];
    g.plane = g.step[0] * g.step[1] * g.rows * g.width;
  }
  g.at = ag_malloc((size_t)c->depth * sizeof *g.at);
  int64_t units = c->batch * g.bands * (c->w.last ? 1 : c->w.groups);
  int64_t products = g.lines * g.width * c->depth * (c->w.last ? c->out_channels : c->made);
  if (!g.at || (c->w.last && !lay_lanes(&g))) {
    ag_kernel_fail(run, call, AG_ERR_NOMEM, "%s: out of memory", ag_kernel_name(call));
  } else if (c->w.last) {
    steps_of_channels(&g);
    ag_parallel(run, units, products / PER_UNIT + 1, some_bands, &g);
  } else {
    steps_of_places(&g);
    ag_parallel(run, units, products / PER_UNIT + 1, some_planes, &g);
  }
  ag_free(g.at);
  ag_free(g.laid);
  return run->err->code;
}
