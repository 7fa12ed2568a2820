/* text.c - a growing string. The first failure sticks, so that writers need not look. */
#include "ag/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool room_for(ag_text *t, size_t more) {
  if (t->failed)
    return false;
  if (more >= UINT32_MAX - t->len || !ag_grow(t->data, t->cap, t->len + (uint32_t)more + 1))
    t->failed = true;
  return !t->failed;
}

void ag_text_put(ag_text *t, const char *s, size_t len) {
  if (!room_for(t, len))
    return;
  if (len)
    memcpy(t->data + t->len, s, len);
  t->len += (uint32_t)len;
  t->data[t->len] = 0;
}

void ag_text_add(ag_text *t, const char *fmt, ...) {
  char small[256];
  va_list args;
  va_start(args, fmt);
  int n = vsnprintf(small, sizeof small, fmt, args);
  va_end(args);
  if (n < 0) {
    t->failed = true;
  } else if ((size_t)n < sizeof small) {
    ag_text_put(t, small, (size_t)n);
  } else if (room_for(t, (size_t)n)) {
    va_start(args, fmt);
    vsnprintf(t->data + t->len, (size_t)n + 1, fmt, args);
    va_end(args);
    t->len += (uint32_t)n;
  }
}
