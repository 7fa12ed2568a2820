/* strings.c - kernels of strings: join, length, pieces, case, to and from numbers.
 * Lengths and places count bytes, or with attr unit 1 the characters of UTF-8; a byte that
 * continues no character counts with the one before it, so any bytes can be measured. */
#include "kernel.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- results ----------------------------------------------------------------------------------
 */

/* An output of empty strings. */
static ag_code make(ag_run *run, const ag_call *c, const ag_shape *shape, ag_tensor *out) {
  if (ag_kernel_out(run, c, out, AG_STR, shape))
    return run->err->code;
  if (out->owner) {
    int64_t n = ag_tensor_count(out);
    memset(out->data, 0, (size_t)n * sizeof(ag_buffer *));
    out->owner->strings = n;
  }
  return AG_OK;
}

/* Element i becomes a string of len bytes, to be filled; NULL when out of memory. */
static char *put(ag_run *run, const ag_call *c, ag_tensor *out, int64_t i, size_t len) {
  ag_buffer *b = ag_string_new(len);
  if (!b) {
    ag_kernel_fail(run, c, AG_ERR_NOMEM, "%s: out of memory: %zu bytes", ag_kernel_name(c), len);
    return NULL;
  }
  if (out->rank == 0)
    out->owner = b;
  ((ag_buffer **)ag_tensor_data(out))[i] = b;
  return b->data;
}

static ag_code put_copy(ag_run *run, const ag_call *c, ag_tensor *out, int64_t i, const char *text,
                        size_t len) {
  char *to = put(run, c, out, i, len);
  if (to && len)
    memcpy(to, text, len);
  return run->err->code;
}

/* ---- operands ---------------------------------------------------------------------------------
 */

static ag_code common_shape(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                            ag_shape *shape) {
  ag_tensor_shape(in[0], shape);
  for (uint32_t k = 1; k < c->n_in; k++) {
    ag_shape other, both;
    ag_tensor_shape(in[k], &other);
    if (!ag_shape_broadcast(shape, &other, &both))
      return ag_shapes_fail(run->err, c, in[0], in[k]);
    *shape = both;
  }
  return AG_OK;
}

/* Where element i of the broadcast shape lies in t. */
static int64_t source(const ag_tensor *t, const ag_shape *shape, int64_t i) {
  int64_t at = 0, stride = 1;
  for (int k = 1; k <= shape->rank; k++) {
    int64_t d = shape->dim[shape->rank - k], here = i % d;
    i /= d;
    if (k > t->rank)
      break;
    int64_t own = t->dim[t->rank - k];
    if (own > 1)
      at += here * stride;
    stride *= own;
  }
  return at;
}

static bool by_characters(const ag_call *c) {
  return ag_attr_int(c->attrs, c->n_attrs, AG_KEY_unit, 0) != 0;
}

static bool continues(char byte) { return ((unsigned char)byte & 0xc0) == 0x80; }

static int64_t length(ag_span s, bool characters) {
  int64_t n = (int64_t)s.len;
  for (size_t i = 1; characters && i < s.len; i++)
    n -= continues(s.text[i]);
  return n;
}

/* The byte that unit n begins at; s.len when there are no more. */
static size_t byte_of(ag_span s, int64_t n, bool characters) {
  if (!characters)
    return (size_t)n < s.len ? (size_t)n : s.len;
  size_t at = 0;
  for (; n > 0 && at < s.len; n--)
    for (at++; at < s.len && continues(s.text[at]); at++)
      ;
  return at;
}

/* "'text'" of at most a line, for messages. */
static const char *quoted(ag_span s, char buf[64]) {
  int n = s.len > 40 ? 40 : (int)s.len;
  snprintf(buf, 64, "'%.*s%s'", n, s.text, s.len > 40 ? "..." : "");
  return buf;
}

/* ---- join, length, case -----------------------------------------------------------------------
 */

ag_code ag_kernel_STR_JOIN(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                           ag_tensor *out) {
  const ag_attr *a = ag_attr_find(c->attrs, c->n_attrs, AG_KEY_text);
  ag_span separator = a && a->kind == AG_ATTR_TEXT ? (ag_span){a->text, a->n} : (ag_span){"", 0};
  ag_shape shape;
  if (common_shape(run, c, in, &shape) || make(run, c, &shape, out))
    return run->err->code;
  for (int64_t i = 0, n = ag_tensor_count(out); i < n; i++) {
    size_t len = separator.len * (c->n_in - 1);
    for (uint32_t k = 0; k < c->n_in; k++)
      len += ag_string_at(in[k], source(in[k], &shape, i)).len;
    char *to = put(run, c, out, i, len);
    if (!to)
      return run->err->code;
    for (uint32_t k = 0; k < c->n_in; k++) {
      ag_span s = ag_string_at(in[k], source(in[k], &shape, i));
      if (k) {
        memcpy(to, separator.text, separator.len);
        to += separator.len;
      }
      memcpy(to, s.text, s.len);
      to += s.len;
    }
  }
  return AG_OK;
}

ag_code ag_kernel_STR_LENGTH(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                             ag_tensor *out) {
  ag_shape shape;
  ag_dtype dtype = (ag_dtype)ag_attr_int(c->attrs, c->n_attrs, AG_KEY_dtype, AG_I32);
  bool characters = by_characters(c);
  ag_tensor_shape(in[0], &shape);
  if (dtype != AG_I32 && dtype != AG_I64)
    return ag_kernel_no_dtype(run, c, dtype);
  if (ag_kernel_out(run, c, out, dtype, &shape))
    return run->err->code;
  for (int64_t i = 0, n = ag_tensor_count(out); i < n; i++) {
    int64_t len = length(ag_string_at(in[0], i), characters);
    if (dtype == AG_I64)
      ((int64_t *)ag_tensor_data(out))[i] = len;
    else
      ((int32_t *)ag_tensor_data(out))[i] = len > INT32_MAX ? INT32_MAX : (int32_t)len;
  }
  return AG_OK;
}

static ag_code change_case(ag_run *run, const ag_call *c, const ag_tensor *x, ag_tensor *out,
                           char from, char to) {
  ag_shape shape;
  ag_tensor_shape(x, &shape);
  if (make(run, c, &shape, out))
    return run->err->code;
  for (int64_t i = 0, n = ag_tensor_count(x); i < n; i++) {
    ag_span s = ag_string_at(x, i);
    char *p = put(run, c, out, i, s.len);
    if (!p)
      return run->err->code;
    for (size_t k = 0; k < s.len; k++) {
      bool changes = s.text[k] >= from && s.text[k] <= from + 25;
      p[k] = changes ? (char)(s.text[k] - from + to) : s.text[k];
    }
  }
  return AG_OK;
}

ag_code ag_kernel_STR_LOWER(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                            ag_tensor *out) {
  return change_case(run, c, in[0], out, 'A', 'a');
}

ag_code ag_kernel_STR_UPPER(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                            ag_tensor *out) {
  return change_case(run, c, in[0], out, 'a', 'A');
}

static bool blank(char ch) { return ch == ' ' || (ch >= '\t' && ch <= '\r'); }

static ag_span trimmed(ag_span s) {
  for (; s.len && blank(*s.text); s.text++)
    s.len--;
  while (s.len && blank(s.text[s.len - 1]))
    s.len--;
  return s;
}

ag_code ag_kernel_STR_STRIP(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                            ag_tensor *out) {
  ag_shape shape;
  ag_tensor_shape(in[0], &shape);
  if (make(run, c, &shape, out))
    return run->err->code;
  for (int64_t i = 0, n = ag_tensor_count(out); i < n; i++) {
    ag_span s = trimmed(ag_string_at(in[0], i));
    if (put_copy(run, c, out, i, s.text, s.len))
      return run->err->code;
  }
  return AG_OK;
}

/* ---- pieces -----------------------------------------------------------------------------------
 */

enum { BY_LENGTH, BY_SLICE, BY_INDEX }; /* attr mode of SUBSTR */

static int64_t clamp(int64_t x, int64_t low, int64_t high) {
  return x < low ? low : x > high ? high : x;
}

/* One piece: `len` units from `pos` on; Python's s[pos:len:step]; Python's s[pos]. */
static ag_code piece(ag_run *run, const ag_call *c, ag_tensor *out, int64_t i, ag_span s,
                     int64_t pos, int64_t len, int64_t mode, int64_t step) {
  bool characters = by_characters(c);
  int64_t n = length(s, characters), from, count;
  char text[64];
  if (mode == BY_SLICE) {
    int64_t low = step < 0 ? -1 : 0, high = step < 0 ? n - 1 : n;
    from = clamp(pos < 0 && pos != INT64_MIN ? pos + n : pos, low, high);
    int64_t to = clamp(len < 0 && len != INT64_MIN ? len + n : len, low, high);
    count = step > 0 ? (to > from ? (to - from - 1) / step + 1 : 0)
                     : (to < from ? (from - to - 1) / -step + 1 : 0);
  } else {
    from = pos < 0 ? pos + n : pos;
    if (mode == BY_INDEX && (from < 0 || from >= n))
      return ag_kernel_fail(run, c, AG_ERR_INDEX, "string index out of range: %lld of %lld",
                            (long long)pos, (long long)n);
    if (from < 0 || from > n)
      return ag_kernel_fail(run, c, AG_ERR_VALUE, "substr: position %lld is outside of %s",
                            (long long)pos, quoted(s, text));
    if (len < 0 && mode == BY_LENGTH)
      return ag_kernel_fail(run, c, AG_ERR_VALUE, "substr: length %lld is negative",
                            (long long)len);
    count = mode == BY_INDEX ? 1 : len < n - from ? len : n - from;
    step = 1;
  }
  if (step == 1 || count == 0) {
    size_t a = byte_of(s, count ? from : 0, characters);
    ag_span rest = {s.text + a, s.len - a};
    return put_copy(run, c, out, i, rest.text, byte_of(rest, count, characters));
  }
  size_t total = 0;
  for (int pass = 0; pass < 2; pass++) { /* measure, then copy unit by unit */
    char *to = pass ? put(run, c, out, i, total) : NULL;
    if (pass && !to)
      return run->err->code;
    for (int64_t k = 0; k < count; k++) {
      size_t a = byte_of(s, from + k * step, characters);
      ag_span rest = {s.text + a, s.len - a};
      size_t bytes = byte_of(rest, 1, characters);
      if (pass) {
        memcpy(to, rest.text, bytes);
        to += bytes;
      } else {
        total += bytes;
      }
    }
  }
  return AG_OK;
}

ag_code ag_kernel_SUBSTR(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                         ag_tensor *out) {
  ag_shape shape;
  int64_t mode = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_mode, BY_LENGTH);
  int64_t step = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_step, 1);
  if (step == 0 || step == INT64_MIN)
    return ag_kernel_fail(run, c, AG_ERR_VALUE, "slice step cannot be zero");
  if (common_shape(run, c, in, &shape) || make(run, c, &shape, out))
    return run->err->code;
  for (int64_t i = 0, n = ag_tensor_count(out); i < n; i++)
    if (piece(run, c, out, i, ag_string_at(in[0], source(in[0], &shape, i)),
              ag_kernel_int_at(in[1], source(in[1], &shape, i)),
              ag_kernel_int_at(in[2], source(in[2], &shape, i)), mode, step))
      return run->err->code;
  return AG_OK;
}

/* The end of the next part of s, at most len; *gap is the length of the separator there. */
static size_t next_part(ag_span s, ag_span separator, size_t *gap) {
  *gap = separator.len ? separator.len : 1;
  for (size_t i = 0; i + *gap <= s.len; i++)
    if (separator.len ? !memcmp(s.text + i, separator.text, separator.len) : blank(s.text[i]))
      return i;
  *gap = 0;
  return s.len;
}

/* An empty separator stands for runs of white space, which also go at both ends. */
ag_code ag_kernel_STR_SPLIT(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                            ag_tensor *out) {
  if (in[0]->rank || in[1]->rank)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE,
                          "str_split: one string and one separator, not arrays");
  ag_span whole = ag_string_at(in[0], 0), separator = ag_string_at(in[1], 0);
  int64_t most = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_num, -1);
  ag_shape shape = {.rank = 1};
  for (int pass = 0; pass < 2; pass++) { /* count, then copy */
    ag_span s = whole;
    int64_t n = 0;
    for (bool more = true; more; n++) {
      for (; !separator.len && s.len && blank(*s.text); s.text++)
        s.len--;
      if (!separator.len && !s.len)
        break;
      size_t gap, end = most >= 0 && n >= most ? (gap = 0, s.len) : next_part(s, separator, &gap);
      if (pass && put_copy(run, c, out, n, s.text, end))
        return run->err->code;
      more = gap > 0;
      s = (ag_span){s.text + end + gap, s.len - end - gap};
    }
    shape.dim[0] = n;
    if (!pass && make(run, c, &shape, out))
      return run->err->code;
  }
  return AG_OK;
}

ag_code ag_kernel_STR_IN(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                         ag_tensor *out) {
  ag_shape shape;
  if (common_shape(run, c, in, &shape) || ag_kernel_out(run, c, out, AG_BOOL, &shape))
    return run->err->code;
  for (int64_t i = 0, n = ag_tensor_count(out); i < n; i++) {
    ag_span needle = ag_string_at(in[0], source(in[0], &shape, i));
    ag_span hay = ag_string_at(in[1], source(in[1], &shape, i));
    ((uint8_t *)ag_tensor_data(out))[i] =
        !needle.len || memmem(hay.text, hay.len, needle.text, needle.len) != NULL;
  }
  return AG_OK;
}

/* ---- numbers ----------------------------------------------------------------------------------
 */

static locale_t c_locale;
__attribute__((constructor)) static void make_locale(void) {
  c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* Python's rule: white space round it, single underscores between digits, nothing else. */
static bool read_number(ag_span s, bool whole, double *x, int64_t *n, bool *fits) {
  char here[64], *copy = here, *end;
  s = trimmed(s);
  if (!s.len || memchr(s.text, 0, s.len))
    return false;
  if (s.len >= sizeof here && !(copy = ag_malloc(s.len + 1)))
    return false;
  size_t len = 0;
  bool fine = true;
  for (size_t i = 0; i < s.len && fine; i++) {
    if (s.text[i] == '_')
      fine = i && i + 1 < s.len && isdigit((unsigned char)s.text[i - 1]) &&
             isdigit((unsigned char)s.text[i + 1]);
    else
      copy[len++] = s.text[i];
    fine = fine && s.text[i] != 'x' && s.text[i] != 'X' && s.text[i] != '(' && !blank(s.text[i]);
  }
  copy[len] = 0;
  errno = 0;
  if (fine && whole)
    *n = strtoll(copy, &end, 10);
  else if (fine)
    *x = strtod_l(copy, &end, c_locale);
  fine = fine && *end == 0 && end != copy;
  *fits = !whole || errno != ERANGE;
  if (copy != here)
    ag_free(copy);
  return fine;
}

ag_code ag_kernel_STR_TO_NUMBER(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                                ag_tensor *out) {
  ag_dtype d = (ag_dtype)ag_attr_int(c->attrs, c->n_attrs, AG_KEY_dtype, AG_F32);
  bool whole = d == AG_I32 || d == AG_I64, fits = true;
  if (!whole && d != AG_F32 && d != AG_F64)
    return ag_kernel_no_dtype(run, c, d);
  ag_shape shape;
  ag_tensor_shape(in[0], &shape);
  if (ag_kernel_out(run, c, out, d, &shape))
    return run->err->code;
  void *to = ag_tensor_data(out);
  for (int64_t i = 0, n = ag_tensor_count(out); i < n; i++) {
    ag_span s = ag_string_at(in[0], i);
    double x = 0;
    int64_t v = 0;
    char text[64];
    if (!read_number(s, whole, &x, &v, &fits))
      return ag_kernel_fail(run, c, AG_ERR_VALUE,
                            whole ? "invalid literal for int() with base 10: %s"
                                  : "could not convert string to float: %s",
                            quoted(s, text));
    if (!fits || (d == AG_I32 && v != (int32_t)v))
      return ag_kernel_fail(run, c, AG_ERR_VALUE, "%s does not fit %s", quoted(s, text),
                            ag_dtype_name(d));
    if (d == AG_F32)
      ((float *)to)[i] = (float)x;
    else if (d == AG_F64)
      ((double *)to)[i] = x;
    else if (d == AG_I32)
      ((int32_t *)to)[i] = (int32_t)v;
    else
      ((int64_t *)to)[i] = v;
  }
  return AG_OK;
}

/* A format of printf for one double or one int64: '%', flags, width, precision, one letter. */
static bool is_format(const char *f, size_t len, char letters[4]) {
  size_t i = 0;
  if (len < 2 || len > 24 || f[i++] != '%')
    return false;
  while (i < len && memchr("-+ 0", f[i], 4))
    i++;
  while (i < len && isdigit((unsigned char)f[i]))
    i++;
  if (i < len && f[i] == '.')
    for (i++; i < len && isdigit((unsigned char)f[i]); i++)
      ;
  return i == len - 1 && memchr(letters, f[i], strlen(letters)) != NULL;
}

/* attr text: the format for floats ("%f") or ints ("%d"); without one, as a tensor's element
 * prints. */
ag_code ag_kernel_AS_STRING(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                            ag_tensor *out) {
  const ag_tensor *x = in[0];
  ag_shape shape;
  ag_dtype d = (ag_dtype)x->dtype;
  const ag_attr *a = ag_attr_find(c->attrs, c->n_attrs, AG_KEY_text);
  bool formatted = a && a->kind == AG_ATTR_TEXT && (d == AG_F32 || d == AG_F64 || ag_is_int(d));
  char format[40] = "", text[512];
  if (formatted) {
    bool is_float = ag_is_float(d);
    if (!is_format(a->text, a->n, is_float ? "fegE" : "d"))
      return ag_kernel_fail(run, c, AG_ERR_VALUE, "as_string: '%.*s' is no format for %s",
                            (int)a->n, a->text, ag_dtype_name(d));
    int head = (int)a->n - 1;
    snprintf(format, sizeof format, "%.*s%s%c", head, a->text,
             is_float      ? ""
             : d == AG_U64 ? PRIu64
                           : PRId64,
             is_float ? a->text[head] : 0);
  }
  ag_tensor_shape(x, &shape);
  if (make(run, c, &shape, out))
    return run->err->code;
  const char *data = ag_tensor_data(x);
  size_t item = ag_dtype_size(d);
  for (int64_t i = 0, n = ag_tensor_count(out); i < n; i++) {
    if (formatted) {
      int len;
      if (d == AG_F32)
        len = snprintf(text, sizeof text, format, (double)((const float *)data)[i]);
      else if (d == AG_F64)
        len = snprintf(text, sizeof text, format, ((const double *)data)[i]);
      else if (d == AG_U64)
        len = snprintf(text, sizeof text, format, ((const uint64_t *)data)[i]);
      else
        len = snprintf(text, sizeof text, format, ag_kernel_int_at(x, i));
      if (len < 0 || len >= (int)sizeof text)
        return ag_kernel_fail(run, c, AG_ERR_VALUE, "as_string: a number of %d characters", len);
      if (put_copy(run, c, out, i, text, (size_t)len))
        return run->err->code;
      continue;
    }
    ag_tensor one = {.dtype = (uint8_t)d};
    ag_text shown = {0};
    memcpy(one.cell, data + (size_t)i * item, item);
    ag_tensor_text(&one, &shown);
    bool failed = shown.failed || put_copy(run, c, out, i, shown.data ? shown.data : "", shown.len);
    ag_free(shown.data);
    if (failed)
      return ag_kernel_fail(run, c, AG_ERR_NOMEM, "as_string: out of memory");
  }
  return AG_OK;
}
