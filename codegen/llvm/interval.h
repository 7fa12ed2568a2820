/* interval.h - the integers that a value may be, from low to high.
 *
 * COUNTING. A number that starts within AG_INTERVAL_MOST and changes by small steps alone is within
 * AG_INTERVAL_COUNT for ever: a step takes a tenth of a nanosecond, the way there would take years.
 * So AG_INTERVAL_COUNT as a bound means "only counted this far", and is as good as no bound for all
 * but small steps. Bounds between the two are not told apart from none. */
#ifndef AG_LLVM_INTERVAL_H
#define AG_LLVM_INTERVAL_H

#include "ag/base.h"

#define AG_INTERVAL_MOST ((int64_t)1 << 61)
#define AG_INTERVAL_COUNT ((int64_t)1 << 62)

typedef struct ag_interval {
  int64_t low, high; /* INT64_MIN, INT64_MAX: not bounded */
} ag_interval;

/* What the dtype holds; uint64 and what is no integer: everything. */
ag_interval ag_interval_of(ag_dtype d);
/* Bounds as they may be kept. */
ag_interval ag_interval_make(__int128 low, __int128 high);
bool ag_interval_within(ag_interval a, ag_interval b); /* all of a is in b */
ag_interval ag_interval_join(ag_interval a, ag_interval b);

/* *fits is cleared where the result may be no int64. */
ag_interval ag_interval_add(ag_interval a, ag_interval b, bool *fits);
ag_interval ag_interval_neg(ag_interval a, bool *fits);
ag_interval ag_interval_sub(ag_interval a, ag_interval b, bool *fits);
ag_interval ag_interval_mul(ag_interval a, ag_interval b, bool *fits);
/* Rounded down, and the remainder of the divisor's sign; of a divisor that is not positive: nothing
 * is known. */
ag_interval ag_interval_div(ag_interval a, ag_interval b);
ag_interval ag_interval_mod(ag_interval a, ag_interval b);

/* Next, which may be more than now, as the bounds of all further rounds: found in few steps. */
ag_interval ag_interval_widen(ag_interval now, ag_interval next);

#endif
