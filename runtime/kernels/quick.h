/* quick.h - sorting of unsigned integers by vectors: compare, compress, store. Not stable, which
 * nobody can see: equal integers are the same.
 *
 * One table per instruction set; only avx512 can compress, the others have no entries. */
#ifndef AG_QUICK_H
#define AG_QUICK_H

#include "ag/plan.h"

typedef struct ag_quick {
  /* Sorts n items at x; the result is at y if to_y, else at x. The other place is lost. Where many
   * are still together it asks whether to go on: a stopped run leaves them as they are. */
  void (*sort)(ag_run *run, void *x, void *y, int64_t n, bool to_y);
  /* y becomes the items of x below *pivot, how many is returned, then the others. x is lost, but
   * where none are below. */
  int64_t (*split)(void *x, void *y, int64_t n, const void *pivot);
  /* Whether floats are told apart by their bits just where they are by their order: no -0.0, and no
   * NaN but the usual one. */
  bool (*plain)(const void *x, int64_t n);
  /* Floats to integers of the same order, and back. */
  void (*encode)(void *x, int64_t n);
  void (*decode)(void *x, int64_t n);
} ag_quick;

extern const ag_quick ag_quick_sse2[2], ag_quick_avx2[2], ag_quick_avx512[2]; /* 32, 64 bits */

/* Whether these n values can be sorted so on this machine, to the same bits as a stable sort. */
bool ag_quick_can(ag_dtype d, const void *x, int64_t n);
/* Sorts them; spare is room for as many. */
ag_code ag_quick_values(ag_run *run, ag_dtype d, void *x, void *spare, int64_t n);
/* Sorts them into parts only, which begin at `begin`, `count` places that rise: nothing in a part
 * is larger than anything in a later one. */
ag_code ag_quick_parts(ag_run *run, ag_dtype d, void *x, void *spare, int64_t n,
                       const int64_t *begin, int64_t count);

#endif
