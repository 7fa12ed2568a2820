/* type.c - types of values: equality, text, what one type knows more than another. */
#include "build.h"

#include <stdio.h>
#include <stdlib.h>

ag_type ag_type_scalar(ag_dtype d, bool weak) {
  ag_type t;
  memset(&t, 0, sizeof t);
  t.dtype = (uint8_t)d;
  t.weak = weak;
  return t;
}

bool ag_type_equal(const ag_type *a, const ag_type *b) {
  if (a->dtype != b->dtype || a->weak != b->weak || a->rank != b->rank)
    return false;
  for (int i = 0; i < a->rank; i++)
    if (a->dim[i] != b->dim[i])
      return false;
  return true;
}

bool ag_type_known(const ag_type *t) {
  for (int i = 0; i < t->rank; i++)
    if (t->dim[i] < 0)
      return false;
  return t->rank >= 0;
}

int64_t ag_dim_shift(int64_t dim, int64_t by) {
  const int64_t most = INT64_C(1) << 28;
  int64_t sum;
  if (dim >= 0)
    return __builtin_add_overflow(dim, by, &sum) ? INT64_MIN : sum < 0 ? 0 : sum;
  int64_t offset = ag_dim_offset(dim);
  if (by == 0)
    return dim;
  if ((offset < 0 && by > 0) || by < -most || by > most)
    return INT64_MIN;
  offset += by;
  if (offset < -most || offset > most)
    return INT64_MIN;
  return -((int64_t)ag_dim_symbol(dim) | (offset < 0 ? -2 * offset - 1 : 2 * offset) << 32);
}

void ag_type_shape(const ag_type *t, ag_shape *out) {
  out->rank = t->rank;
  for (int i = 0; i < t->rank; i++)
    out->dim[i] = t->dim[i];
}

bool ag_type_accepts(const ag_type *want, const ag_type *t) {
  if (want->dtype != t->dtype || want->weak != t->weak)
    return false;
  if (want->rank == AG_RANK_UNKNOWN)
    return true;
  if (want->rank != t->rank)
    return false;
  for (int i = 0; i < want->rank; i++)
    if (want->dim[i] >= 0 && want->dim[i] != t->dim[i])
      return false;
  return true;
}

bool ag_type_refine(ag_type *t, const ag_type *known, uint32_t fresh) {
  if (t->dtype != known->dtype || t->weak != known->weak)
    return false;
  if (known->rank == AG_RANK_UNKNOWN)
    return true;
  if (t->rank == AG_RANK_UNKNOWN) {
    *t = *known;
    return true;
  }
  if (t->rank != known->rank)
    return false;
  for (int i = 0; i < t->rank; i++) {
    if (t->dim[i] >= 0 && known->dim[i] >= 0 && t->dim[i] != known->dim[i])
      return false;
    if (t->dim[i] < 0 && (known->dim[i] >= 0 || ag_dim_symbol(t->dim[i]) > fresh))
      t->dim[i] = known->dim[i];
  }
  return true;
}

const char *ag_type_text(const ag_type *t, char *buf) {
  int n = snprintf(buf, AG_TYPE_TEXT, "%s", ag_dtype_name((ag_dtype)t->dtype));
  if (t->rank == AG_RANK_UNKNOWN)
    n += snprintf(buf + n, AG_TYPE_TEXT - n, "[...]");
  for (int i = 0; i < t->rank; i++) {
    int64_t d = t->dim[i], offset = d < 0 ? ag_dim_offset(d) : 0;
    n += snprintf(buf + n, AG_TYPE_TEXT - n, "%s%s%lld", i ? "," : "[", d < 0 ? "s" : "",
                  (long long)(d < 0 ? ag_dim_symbol(d) : d));
    if (offset)
      n += snprintf(buf + n, AG_TYPE_TEXT - n, "%+lld", (long long)offset);
    n += snprintf(buf + n, AG_TYPE_TEXT - n, "%s", i + 1 == t->rank ? "]" : "");
  }
  if (t->weak)
    snprintf(buf + n, AG_TYPE_TEXT - n, "*");
  return buf;
}

const char *ag_type_parse(const char *p, ag_type *out) {
  char name[16];
  size_t n = 0;
  while (n + 1 < sizeof name && ((p[n] >= 'a' && p[n] <= 'z') || (p[n] >= '0' && p[n] <= '9')))
    n++;
  memcpy(name, p, n);
  name[n] = 0;
  ag_dtype d;
  if (!ag_dtype_parse(name, &d))
    return NULL;
  *out = ag_type_scalar(d, false);
  p += n;
  if (!strncmp(p, "[...]", 5)) {
    out->rank = AG_RANK_UNKNOWN;
    p += 5;
  } else if (*p == '[') {
    p++;
    while (*p != ']') {
      bool symbol = *p == 's';
      p += symbol;
      if (*p < '0' || *p > '9' || out->rank == AG_MAX_RANK)
        return NULL;
      char *end;
      long long v = strtoll(p, &end, 10);
      if (symbol && (v < 1 || v > INT32_MAX))
        return NULL;
      p = end;
      int64_t d = symbol ? -v : v;
      if (symbol && (*p == '+' || *p == '-')) {
        d = ag_dim_shift(d, strtoll(p, &end, 10));
        if (end == p + 1 || d == INT64_MIN)
          return NULL;
        p = end;
      }
      out->dim[out->rank++] = d;
      if (*p == ',')
        p++;
      else if (*p != ']')
        return NULL;
    }
    p++;
  }
  if (*p == '*') {
    out->weak = 1;
    p++;
  }
  return p;
}
