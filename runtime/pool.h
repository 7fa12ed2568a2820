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

/* The part [begin, end) of a loop. `run` is its own: a failure goes to run->err, and there is no
 * host, so no effect and no Python. */
typedef ag_code ag_chunk(ag_run *run, void *ctx, int64_t begin, int64_t end);

/* chunk over [0, n), cut at multiples of grain. Of the chunks that fail, the lowest one's error is
 * the result: a chunk that stops at its first failing element gives the error of a loop in order.
 * Between chunks the caller asks run->host every 20 ms and may come back with AG_ERR_INTERRUPT;
 * then, and on failure, what chunks write is unknown. n may be 0. */
AG_API ag_code ag_parallel(ag_run *run, int64_t n, int64_t grain, ag_chunk *chunk, void *ctx);

/* How many elements make a chunk worth its claim, some 16 us, where one costs so much; 1 is an
 * addition in registers, about 0.15 ns. A multiple of 64. AG_GRAIN in the environment overrides it,
 * for tests. */
AG_API int64_t ag_grain(int64_t cost);
enum {
  AG_COST_MEMORY = 2,
  AG_COST_FUNCTION = 20
}; /* of reading and writing; of exp and the like */

/* cores.c: processors that the quota of our control group comes to, rounded up; INT_MAX when there
 * is none. `root` stands before /proc and /sys ("" but for tests). */
int ag_quota(const char *root);

#endif
