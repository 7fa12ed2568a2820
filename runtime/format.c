/* format.c - numbers and tensors as text, as Python and NumPy write them.
 * Floats: the shortest decimal that reads back as the same value, found by trying precisions: at
 * most 15 (6 for float32) digits always suffice when so few do, 17 (9) always do. The locale is
 * never seen: only digits are taken from printf, and strtod is given none of its decimal points.
 * Arrays: numpy.array2string at its defaults (precision 8, threshold 1000, 3 edge items, 75
 * columns), in NumPy 2.4, which writes float32 from 1e6 on with an exponent. */
#include "ag/tensor.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one float ------------------------------------------------------------------------------ */

enum { MAX_DIGITS = 20 };

/* |x| = 0.d1d2d3... * 10^point, without trailing zeros; x is finite. Zero has one digit, "0",
 * point 1. */
typedef struct decimal {
  char digit[MAX_DIGITS];
  int n, point;
} decimal;

static void strip_zeros(decimal *d) {
  while (d->n > 1 && d->digit[d->n - 1] == '0')
    d->n--;
}

/* n correctly rounded digits. */
static decimal round_to(double x, int n) {
  char text[64];
  snprintf(text, sizeof text, "%.*e", n - 1, fabs(x));
  decimal d = {.n = 0};
  const char *c = text;
  for (; *c != 'e'; c++)
    if (*c >= '0' && *c <= '9')
      d.digit[d.n++] = *c;
  d.point = atoi(c + 1) + 1;
  return d;
}

static bool reads_back(const decimal *d, double x, bool is32) {
  char text[64];
  snprintf(text, sizeof text, "%.*se%d", d->n, d->digit, d->point - d->n);
  return is32 ? strtof(text, NULL) == (float)fabs(x) : strtod(text, NULL) == fabs(x);
}

/* The next larger decimal of as many digits. */
static void step_up(decimal *d) {
  int i = d->n - 1;
  while (i >= 0 && d->digit[i] == '9')
    d->digit[i--] = '0';
  if (i >= 0) {
    d->digit[i]++;
  } else {
    d->digit[0] = '1';
    d->point++;
  }
}

static decimal shortest(double x, bool is32) {
  decimal d = {.digit = "0", .n = 1, .point = 1};
  if (x == 0)
    return d;
  bool tiny = fabs(x) < (is32 ? 0x1p-126 : 0x1p-1022); /* fewer bits: fewer digits may do */
  int exponent;
  /* Below a power of two floats lie closer than above it, so the nearest decimal may be another
   * float's while the next one above still reads back. */
  bool uneven = frexp(fabs(x), &exponent) == 0.5;
  int most = is32 ? 9 : 17;
  for (int n = tiny ? 1 : is32 ? 6 : 15;; n++) {
    d = round_to(x, n);
    if (n == most || reads_back(&d, x, is32))
      break;
    if (uneven) {
      step_up(&d);
      if (reads_back(&d, x, is32))
        break;
    }
  }
  strip_zeros(&d);
  return d;
}

/* "12.5": at least min_fraction digits after the point; the point is always there. */
static int put_positional(const decimal *d, bool minus, int min_fraction, char *buf) {
  char *b = buf;
  if (minus)
    *b++ = '-';
  if (d->point <= 0)
    *b++ = '0';
  for (int i = 0; i < d->point; i++)
    *b++ = i < d->n ? d->digit[i] : '0';
  *b++ = '.';
  int fraction = 0;
  for (int i = d->point; i < d->n; i++, fraction++)
    *b++ = i < 0 ? '0' : d->digit[i];
  for (; fraction < min_fraction; fraction++)
    *b++ = '0';
  *b = 0;
  return (int)(b - buf);
}

/* "1.25e+10"; the point only before digits unless `point`. */
static int put_scientific(const decimal *d, bool zero, bool minus, bool point, int min_fraction,
                          int exp_digits, char *buf) {
  char *b = buf;
  if (minus)
    *b++ = '-';
  *b++ = d->digit[0];
  if (d->n > 1 || point || min_fraction > 0)
    *b++ = '.';
  for (int i = 1; i < d->n || i <= min_fraction; i++)
    *b++ = i < d->n ? d->digit[i] : '0';
  int e = zero ? 0 : d->point - 1;
  b += sprintf(b, "e%c%0*d", e < 0 ? '-' : '+', exp_digits, abs(e));
  return (int)(b - buf);
}

static const char *not_finite(double x) { return isnan(x) ? "nan" : x < 0 ? "-inf" : "inf"; }

const char *ag_float_text(double x, bool is32, char *buf) {
  if (!isfinite(x))
    return strcpy(buf, not_finite(x));
  decimal d = shortest(x, is32);
  double a = fabs(x);
  if (x != 0 && (is32 ? a >= 1e6 || a < 1e-4 : d.point > 16 || d.point < -3))
    put_scientific(&d, false, signbit(x), false, 0, 2, buf);
  else
    put_positional(&d, signbit(x), 1, buf);
  return buf;
}

/* ---- one element of a tensor ---------------------------------------------------------------- */

enum { PRECISION = 8, EDGE = 3, THRESHOLD = 1000, LINE_WIDTH = 75 };
enum {
  ELEMENT_TEXT = 400
}; /* 1e308 in full never shows: such values are written with an exponent */

typedef struct style {
  bool is_float, exponent;
  bool imaginary;  /* of the imaginary parts: each has a sign */
  int left, right; /* widths before and after the point */
  int fraction;    /* exponent: digits after the point */
  int exp_digits;
} style;

static float half_value(uint16_t h) {
  int exponent = h >> 10 & 31, fraction = h & 1023;
  float x = exponent == 31 ? (fraction ? NAN : INFINITY)
            : exponent     ? ldexpf((float)(fraction | 1024), exponent - 25)
                           : ldexpf((float)fraction, -24);
  return h >> 15 ? -x : x;
}

/* Element i; of complex numbers one of its parts. */
static double float_at(const ag_tensor *t, const style *s, int64_t i) {
  const void *p = ag_tensor_data(t);
  switch (t->dtype) {
  case AG_C64:
    return ((const float *)p)[2 * i + s->imaginary];
  case AG_C128:
    return ((const double *)p)[2 * i + s->imaginary];
  case AG_F16:
    return half_value(((const uint16_t *)p)[i]);
  case AG_BF16: {
    uint32_t bits = (uint32_t)((const uint16_t *)p)[i] << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
  }
  case AG_F32:
    return ((const float *)p)[i];
  default:
    return ((const double *)p)[i];
  }
}

static bool is_narrow(const ag_tensor *t) { return t->dtype != AG_F64 && t->dtype != AG_C128; }

/* A float of a complex number, as Python writes it: without ".0". */
static const char *part_text(double x, bool is32, char *buf) {
  ag_float_text(x, is32, buf);
  size_t n = strlen(buf);
  if (n > 2 && strcmp(buf + n - 2, ".0") == 0)
    buf[n - 2] = 0;
  return buf;
}

static int put_plain(const ag_tensor *t, int64_t i, char *buf) {
  const void *p = ag_tensor_data(t);
  switch (t->dtype) {
  case AG_BOOL:
    return sprintf(buf, "%s", ((const uint8_t *)p)[i] ? (t->rank ? " True" : "True") : "False");
  case AG_I8:
    return sprintf(buf, "%d", ((const int8_t *)p)[i]);
  case AG_I16:
    return sprintf(buf, "%d", ((const int16_t *)p)[i]);
  case AG_I32:
    return sprintf(buf, "%" PRId32, ((const int32_t *)p)[i]);
  case AG_I64:
    return sprintf(buf, "%" PRId64, ((const int64_t *)p)[i]);
  case AG_U8:
    return sprintf(buf, "%u", ((const uint8_t *)p)[i]);
  case AG_U16:
    return sprintf(buf, "%u", ((const uint16_t *)p)[i]);
  case AG_U32:
    return sprintf(buf, "%" PRIu32, ((const uint32_t *)p)[i]);
  case AG_U64:
    return sprintf(buf, "%" PRIu64, ((const uint64_t *)p)[i]);
  case AG_C64:
  case AG_C128: {
    bool is32 = t->dtype == AG_C64;
    double re = is32 ? ((const ag_c64 *)p)[i].re : ((const ag_c128 *)p)[i].re;
    double im = is32 ? ((const ag_c64 *)p)[i].im : ((const ag_c128 *)p)[i].im;
    char a[AG_NUMBER_TEXT], b[AG_NUMBER_TEXT];
    part_text(im, is32, b);
    if (re == 0 && !signbit(re))
      return sprintf(buf, "%sj", b);
    return sprintf(buf, "(%s%s%sj)", part_text(re, is32, a), *b == '-' ? "" : "+", b);
  }
  default:
    return sprintf(buf, "<%s>", ag_dtype_name((ag_dtype)t->dtype));
  }
}

/* Digits as NumPy cuts them: the shortest ones, or fewer if more than PRECISION follow the point.
 */
static decimal cut(double x, bool is32, bool exponent) {
  decimal d = shortest(x, is32);
  if (exponent) {
    if (d.n - 1 > PRECISION)
      d = round_to(x, PRECISION + 1);
  } else if (d.n - d.point > PRECISION) {
    char text[ELEMENT_TEXT];
    snprintf(text, sizeof text, "%.*f", PRECISION, fabs(x));
    d = (decimal){.n = 0};
    bool fraction = false, any = false;
    for (const char *c = text; *c; c++) {
      if (*c < '0' || *c > '9') {
        fraction = true;
        continue;
      }
      if (!any && *c == '0') { /* leading zeros are the point's */
        if (fraction)
          d.point--;
        continue;
      }
      any = true;
      if (!fraction)
        d.point++;
      if (d.n < MAX_DIGITS)
        d.digit[d.n++] = *c;
    }
    if (!any)
      d = (decimal){.digit = "0", .n = 1, .point = 1};
  }
  strip_zeros(&d);
  return d;
}

static int put_float(const ag_tensor *t, const style *s, int64_t i, char *buf) {
  char text[ELEMENT_TEXT];
  double x = float_at(t, s, i);
  bool is32 = is_narrow(t), signs = signbit(x) || s->imaginary;
  if (!isfinite(x)) {
    snprintf(text, sizeof text, "%s%s", s->imaginary && !(x < 0) ? "+" : "", not_finite(x));
    return sprintf(buf, "%*s", s->left + s->right + 1, text);
  }
  if (s->exponent) {
    /* Digits past the shortest are the true ones, not zeros: 0.1f beside 9 digits
     * is 1.00000001e-01. */
    decimal d = shortest(x, is32);
    if (x != 0 && d.n != s->fraction + 1)
      d = round_to(x, s->fraction + 1);
    int n = put_scientific(&d, x == 0, signs, true, s->fraction, s->exp_digits, text);
    if (signs && !signbit(x))
      *text = '+';
    int whole = signs ? 2 : 1;
    int pad = s->left > whole ? s->left - whole : 0;
    return sprintf(buf, "%*s%.*s", pad, "", n, text);
  }
  decimal d = cut(x, is32, false);
  put_positional(&d, signs, 0, text);
  if (signs && !signbit(x))
    *text = '+';
  int whole = (int)(strchr(text, '.') - text), n = (int)strlen(text);
  int fraction = n - whole - 1;
  if (fraction == 1 && text[n - 1] == '0')
    fraction = 0, n--; /* "0.0" is written "0." */
  return sprintf(buf, "%*s%.*s%*s", s->left > whole ? s->left - whole : 0, "", n, text,
                 s->right > fraction ? s->right - fraction : 0, "");
}

/* imaginary: how the imaginary parts of complex numbers are written. */
static int put_element(const ag_tensor *t, const style *s, const style *imaginary, int64_t i,
                       char *buf) {
  char text[ELEMENT_TEXT];
  if (!s->is_float) {
    int n = put_plain(t, i, text);
    return sprintf(buf, "%*s", s->left > n ? s->left : n, text);
  }
  int n = put_float(t, s, i, buf);
  if (!ag_is_complex((ag_dtype)t->dtype))
    return n;
  int all = put_float(t, imaginary, i, text), end = all;
  while (end > 0 && text[end - 1] == ' ')
    end--;
  return n + sprintf(buf + n, "%.*sj%s", end, text, text + end);
}

/* ---- which elements show -------------------------------------------------------------------- */

typedef struct walk {
  const ag_tensor *t;
  bool summary;
  style style, imaginary;
  ag_text *out;
  int64_t stride[AG_MAX_RANK];
} walk;

static bool skips(const walk *w, int axis) { return w->summary && w->t->dim[axis] > 2 * EDGE; }

typedef void visit(void *ctx, const ag_tensor *t, int64_t index);

static void each_shown(const walk *w, int axis, int64_t base, visit *f, void *ctx) {
  if (axis == w->t->rank) {
    f(ctx, w->t, base);
    return;
  }
  for (int64_t i = 0; i < w->t->dim[axis]; i++) {
    if (skips(w, axis) && i == EDGE)
      i = w->t->dim[axis] - EDGE;
    each_shown(w, axis + 1, base + i * w->stride[axis], f, ctx);
  }
}

typedef struct extent {
  double least, most; /* of |x|, without zeros */
  bool finite, infinite_or_nan, minus_inf, any_nan, any_inf;
  style style;
} extent;

static void measure_range(void *ctx, const ag_tensor *t, int64_t i) {
  extent *e = ctx;
  double x = float_at(t, &e->style, i);
  if (!isfinite(x)) {
    e->infinite_or_nan = true;
    if (isnan(x))
      e->any_nan = true;
    if (isinf(x))
      e->any_inf = true;
    if (x < 0)
      e->minus_inf = true;
    return;
  }
  e->finite = true;
  double a = fabs(x);
  if (a == 0)
    return;
  if (e->most == 0 || a > e->most)
    e->most = a;
  if (e->least == 0 || a < e->least)
    e->least = a;
}

static void measure_width(void *ctx, const ag_tensor *t, int64_t i) {
  extent *e = ctx;
  style *s = &e->style;
  char text[ELEMENT_TEXT];
  if (!s->is_float) {
    int n = put_plain(t, i, text);
    if (n > s->left)
      s->left = n;
    return;
  }
  double x = float_at(t, s, i);
  if (!isfinite(x))
    return;
  decimal d = cut(x, is_narrow(t), s->exponent);
  int whole, fraction, sign = signbit(x) || s->imaginary;
  if (s->exponent) {
    whole = 1 + sign;
    fraction = d.n - 1;
    int digits = snprintf(text, sizeof text, "%02d", x == 0 ? 0 : abs(d.point - 1));
    if (digits > s->exp_digits)
      s->exp_digits = digits;
    if (fraction > s->fraction)
      s->fraction = fraction;
  } else {
    whole = (d.point > 0 ? d.point : 1) + sign;
    fraction = d.n > d.point ? d.n - d.point : 0;
    if (fraction > s->right)
      s->right = fraction;
  }
  if (whole > s->left)
    s->left = whole;
}

static style choose_style(const walk *w, bool imaginary) {
  ag_dtype d = (ag_dtype)w->t->dtype;
  extent e = {.style = {.is_float = ag_is_float(d) || ag_is_complex(d), .imaginary = imaginary}};
  if (e.style.is_float) {
    each_shown(w, 0, 0, measure_range, &e);
    if (e.most != 0) {
      bool is32 = is_narrow(w->t);
      double ratio = is32 ? (double)((float)e.most / (float)e.least) : e.most / e.least;
      e.style.exponent =
          e.most >= (is32 ? 1e6 : 1e8) || e.least < (is32 ? (double)1e-4f : 1e-4) || ratio > 1000;
    }
  }
  each_shown(w, 0, 0, measure_width, &e);
  style s = e.style;
  if (s.exponent)
    s.right = s.exp_digits + 2 + s.fraction;
  if (s.is_float && e.infinite_or_nan) {
    int offset = s.right + 1;
    int nan = 3 + imaginary - offset, inf = 3 + (e.minus_inf || imaginary) - offset;
    if (nan > s.left)
      s.left = nan;
    if (inf > s.left)
      s.left = inf;
  }
  return s;
}

/* ---- brackets and lines --------------------------------------------------------------------- */

static void put_spaces(ag_text *out, int n) { ag_text_add(out, "%*s", n, ""); }

/* A line that grows, and wraps before it gets too long. `column` counts from the line's start. */
static void put_word(walk *w, const char *word, int len, int width, int indent, int *column) {
  if (*column + len > width && *column > indent) {
    while (w->out->len && w->out->data && w->out->data[w->out->len - 1] == ' ')
      w->out->data[--w->out->len] = 0;
    ag_text_put(w->out, "\n", 1);
    put_spaces(w->out, indent);
    *column = indent;
  }
  ag_text_put(w->out, word, (size_t)len);
  *column += len;
}

/* As Python's repr of the text: in quotes, with escapes. Bytes above ASCII stand as they are. */
static void put_quoted(ag_text *out, ag_span s) {
  bool apostrophe = memchr(s.text, '\'', s.len) && !memchr(s.text, '"', s.len);
  char quote = apostrophe ? '"' : '\'';
  ag_text_put(out, &quote, 1);
  for (size_t i = 0; i < s.len; i++) {
    unsigned char ch = (unsigned char)s.text[i];
    const char *named = ch == '\n' ? "\\n" : ch == '\t' ? "\\t" : ch == '\r' ? "\\r" : NULL;
    if (named)
      ag_text_put(out, named, 2);
    else if (ch < 32 || ch == 127)
      ag_text_add(out, "\\x%02x", ch);
    else if (ch == '\\' || ch == (unsigned char)quote)
      ag_text_add(out, "\\%c", ch);
    else
      ag_text_put(out, &s.text[i], 1);
  }
  ag_text_put(out, &quote, 1);
}

static void put_axis(walk *w, int axis, int64_t base, int indent, int width) {
  const ag_tensor *t = w->t;
  int left = t->rank - axis;
  int64_t n = t->dim[axis];
  ag_text_put(w->out, "[", 1);
  int column = indent; /* the bracket takes the last space of the indentation */
  for (int64_t i = 0; i < n && !w->out->failed; i++) {
    bool gap = skips(w, axis) && i == EDGE;
    if (gap)
      i = n - EDGE;
    if (left == 1) {
      char text[2 * ELEMENT_TEXT];
      if (gap) {
        put_word(w, "...", 3, width - 1, indent, &column);
        put_word(w, " ", 1, INT32_MAX, indent, &column);
      }
      if (t->dtype == AG_STR) {
        ag_text word = {0};
        put_quoted(&word, ag_string_at(t, base + i * w->stride[axis]));
        put_word(w, word.data ? word.data : "", (int)word.len, width - 1, indent, &column);
        w->out->failed |= word.failed;
        ag_free(word.data);
        if (i < n - 1)
          put_word(w, " ", 1, INT32_MAX, indent, &column);
        continue;
      }
      int len = put_element(t, &w->style, &w->imaginary, base + i * w->stride[axis], text);
      /* The last word too leaves room for the bracket after it. */
      put_word(w, text, len, width - 1, indent, &column);
      if (i < n - 1)
        put_word(w, " ", 1, INT32_MAX, indent, &column);
    } else {
      if (gap) {
        ag_text_put(w->out, "...", 3);
        for (int k = 1; k < left; k++)
          ag_text_put(w->out, "\n", 1);
        put_spaces(w->out, indent);
      }
      put_axis(w, axis + 1, base + i * w->stride[axis], indent + 1, width - 1);
      if (i < n - 1) {
        for (int k = 1; k < left; k++)
          ag_text_put(w->out, "\n", 1);
        put_spaces(w->out, indent);
      }
    }
  }
  ag_text_put(w->out, "]", 1);
}

void ag_tensor_text(const ag_tensor *t, ag_text *out) {
  char text[ELEMENT_TEXT];
  if (t->rank == 0 && t->dtype == AG_STR) {
    ag_span s = ag_string_at(t, 0);
    ag_text_put(out, s.text, s.len);
    return;
  }
  if (t->rank == 0) {
    if (ag_is_float((ag_dtype)t->dtype))
      ag_float_text(float_at(t, &(style){0}, 0), is_narrow(t), text);
    else
      put_plain(t, 0, text);
    ag_text_add(out, "%s", text);
    return;
  }
  int64_t count = ag_tensor_count(t);
  if (count == 0) {
    ag_text_put(out, "[]", 2);
    return;
  }
  walk w = {.t = t, .summary = count > THRESHOLD, .out = out};
  int64_t stride = 1;
  for (int i = t->rank - 1; i >= 0; i--) {
    w.stride[i] = stride;
    stride *= t->dim[i];
  }
  if (t->dtype != AG_STR)
    w.style = choose_style(&w, false);
  if (ag_is_complex((ag_dtype)t->dtype))
    w.imaginary = choose_style(&w, true);
  put_axis(&w, 0, 0, 1, LINE_WIDTH);
}

/* ---- TensorFlow's text ----------------------------------------------------------------------- */

/* The fewest of 6, 9 (float64: 15, 17) digits that read back as the same number, as %g writes them.
 */
static void put_short_float(ag_text *out, double x, bool narrow) {
  char text[ELEMENT_TEXT];
  if (!isfinite(x)) {
    ag_text_add(out, "%s", not_finite(x));
    return;
  }
  int digits = narrow ? 6 : 15;
  decimal d = round_to(x, digits);
  if (!reads_back(&d, x, narrow))
    d = round_to(x, digits = narrow ? 9 : 17);
  strip_zeros(&d);
  bool scientific = d.point <= -4 || d.point > digits;
  int n = scientific ? put_scientific(&d, false, signbit(x), false, 0, 2, text)
                     : put_positional(&d, signbit(x), 0, text);
  ag_text_put(out, text, (size_t)(text[n - 1] == '.' ? n - 1 : n));
}

static void put_summary_element(ag_text *out, const ag_tensor *t, int64_t i) {
  ag_dtype d = (ag_dtype)t->dtype;
  char text[ELEMENT_TEXT];
  if (d == AG_STR && t->rank == 0) {
    ag_span s = ag_string_at(t, 0);
    ag_text_put(out, s.text, s.len);
  } else if (d == AG_STR) {
    ag_span s = ag_string_at(t, i);
    ag_text_put(out, "\"", 1);
    ag_text_put(out, s.text, s.len);
    ag_text_put(out, "\"", 1);
  } else if (d == AG_BOOL) {
    ag_text_put(out, ((const uint8_t *)ag_tensor_data(t))[i] ? "1" : "0", 1);
  } else if (ag_is_float(d)) {
    put_short_float(out, float_at(t, &(style){0}, i), d != AG_F64);
  } else {
    put_plain(t, i, text);
    ag_text_add(out, "%s", text);
  }
}

static void put_summary_axis(ag_text *out, const ag_tensor *t, int axis, int64_t base,
                             int64_t stride, int64_t ends) {
  if (axis == t->rank) {
    put_summary_element(out, t, base);
    return;
  }
  int64_t n = t->dim[axis];
  stride /= n;
  ag_text_put(out, "[", 1);
  for (int64_t i = 0; i < n && !out->failed; i++) {
    bool gap = n - ends > ends && i == ends;
    for (int words = 0; words < (gap ? 2 : 1); words++) {
      for (int line = axis + 1; i && line < t->rank; line++)
        ag_text_put(out, "\n", 1);
      if (i)
        put_spaces(out, axis + 1 < t->rank ? axis + 1 : 1);
      if (gap && !words) {
        ag_text_put(out, "...", 3);
        if (ends == 0)
          break;
        i = n - ends;
      }
    }
    if (gap && ends == 0)
      break;
    put_summary_axis(out, t, axis + 1, base + i * stride, stride, ends);
  }
  ag_text_put(out, "]", 1);
}

void ag_tensor_summary(const ag_tensor *t, int64_t ends, ag_text *out) {
  int64_t count = ag_tensor_count(t);
  if (count == 0)
    ag_text_put(out, "[]", 2);
  else
    put_summary_axis(out, t, 0, 0, count, ends < 0 || ends > count ? count : ends);
}
