/* alloc.h - what lies under ag_malloc: counting, injected failure, and a cache of small blocks. */
#ifndef AG_ALLOC_H
#define AG_ALLOC_H

#include "ag/base.h"

/* Blocks of AG_BLOCK_BYTES, aligned to 64, kept by each thread for its next call. They count as
 * allocations like all others, so whether one came from the cache cannot be seen from outside. */
enum { AG_BLOCK_BYTES = 320 };
AG_API void *ag_block_new(void);
AG_API void ag_block_free(void *block);

/* A larger block aligned to 64; *bytes becomes its size, which ag_aligned_free is told. Of those up to
 * some KB each thread keeps a few; a few large ones that were freed wait for the next of about their
 * size. */
AG_API void *ag_aligned_new(size_t *bytes);
AG_API void ag_aligned_free(void *block, size_t bytes);

#endif
