/* buffer.c - reference-counted memory of tensors.
 * Header and elements are one block, the elements 64 bytes in. Small blocks come from the thread's
 * cache, large ones from those that wait (base/alloc.c). */
#include "ag/tensor.h"

#include "alloc.h"

enum { HEADER = 64, SMALL = AG_BLOCK_BYTES - HEADER };

/* The header of a buffer made here. */
typedef struct {
  ag_buffer b;
  int64_t watch; /* where b.watched: the number of the watch that counted it */
} own_buffer;
_Static_assert(sizeof(own_buffer) <= HEADER, "elements follow the header");

static bool watching;
static int64_t number;      /* of the watch: buffers of one before are not taken off this one */
static int64_t alive, peak; /* bytes of watched buffers */

void ag_memory_watch(void) {
  __atomic_add_fetch(&number, 1, __ATOMIC_RELAXED);
  __atomic_store_n(&alive, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&peak, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&watching, true, __ATOMIC_RELEASE);
}

int64_t ag_memory_peak(void) {
  __atomic_store_n(&watching, false, __ATOMIC_RELEASE);
  return __atomic_load_n(&peak, __ATOMIC_RELAXED);
}

static void watch(ag_buffer *b, size_t bytes) {
  b->watched = bytes;
  ((own_buffer *)b)->watch = __atomic_load_n(&number, __ATOMIC_RELAXED);
  int64_t now = __atomic_add_fetch(&alive, (int64_t)bytes, __ATOMIC_RELAXED);
  int64_t most = __atomic_load_n(&peak, __ATOMIC_RELAXED);
  while (now > most && !__atomic_compare_exchange_n(&peak, &most, now, true, __ATOMIC_RELAXED,
                                                    __ATOMIC_RELAXED))
    ;
}

static void drop_strings(ag_buffer *b) {
  for (int64_t i = 0; i < b->strings; i++)
    ag_buffer_unref(((ag_buffer **)b->data)[i]);
}

static void release_small(ag_buffer *b) {
  drop_strings(b);
  ag_block_free(b);
}
static void release_large(ag_buffer *b) {
  drop_strings(b);
  ag_aligned_free(b, b->bytes + HEADER);
}

ag_buffer *ag_buffer_new(size_t bytes) {
  bool small = bytes <= SMALL;
  if (bytes > SIZE_MAX - HEADER)
    return NULL;
  size_t whole = bytes + HEADER;
  ag_buffer *b = small ? ag_block_new() : ag_aligned_new(&whole);
  if (!b)
    return NULL;
  *b = (ag_buffer){.refs = 1,
                   .bytes = small ? SMALL : whole - HEADER,
                   .data = (char *)b + HEADER,
                   .release = small ? release_small : release_large};
  if (__atomic_load_n(&watching, __ATOMIC_RELAXED))
    watch(b, bytes);
  return b;
}

static inline void release(ag_buffer *b) {
  if (b->watched && ((own_buffer *)b)->watch == __atomic_load_n(&number, __ATOMIC_RELAXED))
    __atomic_sub_fetch(&alive, (int64_t)b->watched, __ATOMIC_RELAXED);
  b->release(b);
}

void ag_buffer_ref(ag_buffer *b) { __atomic_fetch_add(&b->refs, 1, __ATOMIC_RELAXED); }

void ag_buffer_unref(ag_buffer *b) {
  if (!b)
    return;
  /* The only owner needs no atomic read-modify-write: nobody else can take a reference now. */
  if (ag_buffer_unique(b) || __atomic_sub_fetch(&b->refs, 1, __ATOMIC_ACQ_REL) == 0)
    release(b);
}
