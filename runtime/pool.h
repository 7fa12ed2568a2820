/* pool.h - loops whose chunks are shared between threads.
 *
 * A region is one call of ag_parallel. The caller claims chunks like every worker, so it waits for
 * nobody but for chunks that were begun: workers that do not wake up cost nothing. One region is
 * open at a time; one inside another, or beside another, runs on its caller alone.
 *
 * BITWISE RULE: where the chunks are cut depends on the number of threads. A loop may be a region
 * only when its elements do not depend on that. */
#ifndef AG_POOL_H
#define AG_POOL_H

#include "ag/plan.h"

/* chunk over [0, n). `cost` is that of one index: 1 is an addition in registers, some 0.15 ns. Of
 * the chunks that fail, the lowest one's error is the result: a chunk that stops at its first
 * failing index gives the error of a loop in order. Between chunks the caller asks run->host every
 * 20 ms and may come back with AG_ERR_INTERRUPT; then, and on failure, what chunks write is
 * unknown.
 *
 * n = 0 only asks whether to go on: for the long loops of one index. In a chunk, the owner asks the
 * host and workers see whether the region has been stopped; what is not 0 the chunk returns. */
AG_API ag_code ag_parallel(ag_run *run, int64_t n, int64_t cost, ag_chunk *chunk, void *ctx);
enum { AG_COST_MEMORY = 2 }; /* of reading and writing an element */

/* Whether such a loop is worth sharing: it takes some 0.1 ms. */
AG_API bool ag_is_large(int64_t n, int64_t cost);
/* k where AG_GRAIN=k in the environment, for tests, cuts all loops every k indices; else 0. */
AG_API int64_t ag_forced_grain(void);

/* cores.c: processors that the quota of our control group comes to, rounded up; INT_MAX when there
 * is none. `root` stands before /proc and /sys ("" but for tests). */
int ag_quota(const char *root);

#endif
