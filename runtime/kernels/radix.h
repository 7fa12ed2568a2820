/* radix.h - stable sorting of a row by numbers; NaN come last, and the two zeros are equal. */
#ifndef AG_RADIX_H
#define AG_RADIX_H

#include "ag/plan.h"

/* Whether numbers of a dtype can be sorted. */
bool ag_radix_has(ag_dtype d);

/* Bytes of scratch memory for a row of n; -1: too many. */
int64_t ag_radix_value_room(ag_dtype d, int64_t n);
int64_t ag_radix_order_room(ag_dtype d, int64_t n);

/* Sorts the values at x. */
ag_code ag_radix_values(ag_run *run, ag_dtype d, void *x, int64_t n, void *room);
/* order: the numbers of the keys as they would be sorted, int32 or int64 (`index`). Descending: the
 * largest first, so NaN; equal ones stay in their order. */
ag_code ag_radix_order(ag_run *run, ag_dtype d, const void *keys, bool descending, ag_dtype index,
                       void *order, int64_t n, void *room);

#endif
