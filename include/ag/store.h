/* store.h - a directory of files found by whole keys: what the disk cache is made of.
 *
 * A payload is found again only under exactly the bytes of its key, and only whole: sizes and
 * checksums are compared, and the file and the directory must be the user's own, written by nobody
 * else. What is damaged, foreign or gone is not found, and written anew by the next put. Files appear
 * whole (by rename), so any number of processes may read, write and clear at once, without locks.
 * What was not used for longest goes when there is too much. Failing to write is no error of the
 * program: it can ask for the reason, once. */
#ifndef AG_STORE_H
#define AG_STORE_H

#include "ag/base.h"

/* From now on this process keeps its files there, at most so many bytes; made (mode 0700) by the
 * first put. NULL: nothing is kept, which is the start. False: out of memory. */
AG_API bool ag_store_open(const char *directory, uint64_t most);
AG_API bool ag_store_on(void);
/* The payload, to be ag_free'd; NULL: not found. */
AG_API void *ag_store_get(const void *key, size_t key_size, size_t *size);
AG_API void ag_store_put(const void *key, size_t key_size, const void *payload, size_t size);

typedef struct ag_store_use {
  uint64_t files, bytes;
} ag_store_use;
/* What lies there (of ours: other files are left alone); with `clear` it is removed. */
AG_API ag_store_use ag_store_look(bool clear);

/* Why something could not be kept, the first time that this is asked after it happened; else false. */
enum { AG_STORE_TEXT = 512 };
AG_API bool ag_store_problem(char *buf);

#endif
