/* arena.c - bump allocator: many small things that end together.
 * Chunks grow with what was taken so far, so small arenas stay small and large ones need few
 * chunks. */
#include "ag/base.h"

#include <string.h>

enum { FIRST_CHUNK = 1024, LARGEST_CHUNK = 1 << 20, ALIGN = 16 };

typedef struct chunk {
  struct chunk *older;
  size_t used, size; /* of data */
  _Alignas(ALIGN) unsigned char data[];
} chunk;

struct ag_arena {
  chunk *newest;
  size_t next_size;
};

ag_arena *ag_arena_new(void) {
  ag_arena *a = ag_calloc(1, sizeof *a);
  if (a)
    a->next_size = FIRST_CHUNK;
  return a;
}

void *ag_arena_alloc(ag_arena *a, size_t bytes) {
  if (bytes > SIZE_MAX / 2)
    return NULL;
  bytes = (bytes + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
  chunk *c = a->newest;
  if (!c || c->size - c->used < bytes) {
    size_t size = bytes > a->next_size ? bytes : a->next_size;
    c = ag_calloc(1, sizeof *c + size);
    if (!c)
      return NULL;
    c->size = size;
    c->older = a->newest;
    a->newest = c;
    if (a->next_size < LARGEST_CHUNK)
      a->next_size *= 2;
  }
  void *p = c->data + c->used;
  c->used += bytes;
  return p;
}

char *ag_arena_copy(ag_arena *a, const char *text, size_t len) {
  if (len == SIZE_MAX)
    return NULL;
  char *copy = ag_arena_alloc(a, len + 1);
  if (copy && len)
    memcpy(copy, text, len);
  return copy;
}

void ag_arena_free(ag_arena *a) {
  if (!a)
    return;
  for (chunk *c = a->newest; c;) {
    chunk *older = c->older;
    ag_free(c);
    c = older;
  }
  ag_free(a);
}
