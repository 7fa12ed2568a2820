/* shape.c - counting, comparing, printing and broadcasting shapes. */
#include "ag/base.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int64_t ag_shape_count(const ag_shape *s) {
  if (s->rank < 0)
    return -1;
  int64_t n = 1;
  bool empty = false, large = false;
  for (int i = 0; i < s->rank; i++) {
    if (s->dim[i] < 0)
      return -1;
    empty |= s->dim[i] == 0;
    /* (2^40, 2^40, 0) is a fine empty shape: the order of dims must not matter. */
    if (!empty && !large)
      large = __builtin_mul_overflow(n, s->dim[i], &n) || n > INT64_C(1) << 62;
  }
  return empty ? 0 : large ? -1 : n;
}

bool ag_shape_equal(const ag_shape *a, const ag_shape *b) {
  return a->rank == b->rank &&
         (a->rank <= 0 || memcmp(a->dim, b->dim, (size_t)a->rank * sizeof a->dim[0]) == 0);
}

const char *ag_shape_text(const ag_shape *s, char *buf) {
  if (s->rank < 0)
    return strcpy(buf, "<unknown>");
  int at = snprintf(buf, AG_SHAPE_TEXT, "(");
  for (int i = 0; i < s->rank; i++) {
    const char *comma = i ? ", " : "";
    if (s->dim[i] < 0)
      at += snprintf(buf + at, (size_t)(AG_SHAPE_TEXT - at), "%sNone", comma);
    else
      at += snprintf(buf + at, (size_t)(AG_SHAPE_TEXT - at), "%s%" PRId64, comma, s->dim[i]);
  }
  snprintf(buf + at, (size_t)(AG_SHAPE_TEXT - at), s->rank == 1 ? ",)" : ")");
  return buf;
}
_Static_assert(AG_SHAPE_TEXT > 2 + AG_MAX_RANK * 21 + 2, "a shape of full rank has room");

bool ag_shape_broadcast(const ag_shape *a, const ag_shape *b, ag_shape *out) {
  if (a->rank < 0 || b->rank < 0)
    return false;
  ag_shape s = {.rank = a->rank > b->rank ? a->rank : b->rank};
  for (int i = 1; i <= s.rank; i++) { /* from the last dim */
    int64_t x = i <= a->rank ? a->dim[a->rank - i] : 1;
    int64_t y = i <= b->rank ? b->dim[b->rank - i] : 1;
    if (x != y && x != 1 && y != 1)
      return false;
    s.dim[s.rank - i] = x == 1 ? y : x;
  }
  *out = s;
  return true;
}
