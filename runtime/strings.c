/* strings.c - the elements of string tensors: bytes with a count of references. */
#include "ag/tensor.h"

#include <string.h>

static void release(ag_buffer *b) { ag_free(b); }

ag_buffer *ag_string_new(size_t bytes) {
  ag_buffer *b = bytes > SIZE_MAX / 2 ? NULL : ag_malloc(sizeof *b + bytes);
  if (b)
    *b = (ag_buffer){.refs = 1, .bytes = bytes, .data = b + 1, .release = release};
  return b;
}

ag_span ag_string_at(const ag_tensor *t, int64_t i) {
  const ag_buffer *b = ((ag_buffer *const *)ag_tensor_data(t))[i];
  return b ? (ag_span){b->data, b->bytes} : (ag_span){"", 0};
}

void ag_tensor_hold(ag_tensor *t) {
  if (t->rank == 0) {
    if (!t->owner) {
      memcpy(&t->owner, t->cell, sizeof t->owner);
      if (t->owner)
        ag_buffer_ref(t->owner);
    }
    return;
  }
  int64_t n = ag_tensor_count(t);
  if (!t->owner || t->owner->strings || t->data != t->owner->data)
    return; /* shared: the buffer holds them already */
  for (int64_t i = 0; i < n; i++) {
    ag_buffer *b = ((ag_buffer **)t->data)[i];
    if (b)
      ag_buffer_ref(b);
  }
  t->owner->strings = n;
}

void ag_strings_replace(ag_buffer **at, ag_buffer *const *with, int64_t n) {
  for (int64_t i = 0; i < n; i++) /* first, since one may be replaced by itself or its neighbour */
    if (with[i])
      ag_buffer_ref(with[i]);
  for (int64_t i = 0; i < n; i++)
    ag_buffer_unref(at[i]);
  memmove(at, with, (size_t)n * sizeof *at);
}
