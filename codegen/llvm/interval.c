/* interval.c - arithmetic on the bounds of integers. */
#include "interval.h"

enum { SMALL_STEP = 8 };

static const ag_interval everything = {INT64_MIN, INT64_MAX};

ag_interval ag_interval_of(ag_dtype d) {
  switch (d) {
  case AG_BOOL:
    return (ag_interval){0, 1};
  case AG_I8:
    return (ag_interval){INT8_MIN, INT8_MAX};
  case AG_I16:
    return (ag_interval){INT16_MIN, INT16_MAX};
  case AG_I32:
    return (ag_interval){INT32_MIN, INT32_MAX};
  case AG_U8:
    return (ag_interval){0, UINT8_MAX};
  case AG_U16:
    return (ag_interval){0, UINT16_MAX};
  case AG_U32:
    return (ag_interval){0, UINT32_MAX};
  default:
    return everything;
  }
}

/* A lower bound may be kept where it is too high to be told apart, an upper one where it is too
 * low. */
ag_interval ag_interval_make(__int128 low, __int128 high) {
  ag_interval x;
  x.low = low < -AG_INTERVAL_MOST  ? INT64_MIN
          : low > AG_INTERVAL_MOST ? AG_INTERVAL_MOST
                                   : (int64_t)low;
  x.high = high > AG_INTERVAL_MOST    ? INT64_MAX
           : high < -AG_INTERVAL_MOST ? -AG_INTERVAL_MOST
                                      : (int64_t)high;
  return x;
}

bool ag_interval_within(ag_interval a, ag_interval b) { return a.low >= b.low && a.high <= b.high; }

ag_interval ag_interval_join(ag_interval a, ag_interval b) {
  return (ag_interval){a.low < b.low ? a.low : b.low, a.high > b.high ? a.high : b.high};
}

/* The sum of two upper bounds. Lower ones come negated: -INT64_MIN as INT64_MAX. */
static int64_t add_bounds(int64_t a, int64_t b, bool *fits) {
  if (a == INT64_MAX || b == INT64_MAX) {
    *fits &= (a == INT64_MAX ? b : a) <= 0;
    return INT64_MAX;
  }
  if (a == AG_INTERVAL_COUNT || b == AG_INTERVAL_COUNT) {
    if ((a == AG_INTERVAL_COUNT ? b : a) <= SMALL_STEP)
      return AG_INTERVAL_COUNT;
    *fits = false;
    return INT64_MAX;
  }
  int64_t sum = a + b;
  return sum > AG_INTERVAL_MOST ? INT64_MAX : sum < -AG_INTERVAL_MOST ? -AG_INTERVAL_MOST : sum;
}

static int64_t negated(int64_t x) {
  return x == INT64_MIN ? INT64_MAX : x == INT64_MAX ? INT64_MIN : -x;
}

ag_interval ag_interval_add(ag_interval a, ag_interval b, bool *fits) {
  bool all = true;
  ag_interval sum = {negated(add_bounds(negated(a.low), negated(b.low), &all)),
                     add_bounds(a.high, b.high, &all)};
  *fits &= all;
  return all ? sum : everything;
}

ag_interval ag_interval_neg(ag_interval a, bool *fits) {
  if (a.low == INT64_MIN) {
    *fits = false;
    return everything;
  }
  return (ag_interval){negated(a.high), negated(a.low)};
}

ag_interval ag_interval_sub(ag_interval a, ag_interval b, bool *fits) {
  bool plain = true;
  ag_interval minus = ag_interval_neg(b, &plain);
  if (!plain) { /* a - INT64_MIN fits for a negative a */
    *fits &= a.high < 0 && b.high <= 0;
    return everything;
  }
  return ag_interval_add(a, minus, fits);
}

static __int128 real_low(ag_interval a) { return a.low == -AG_INTERVAL_COUNT ? INT64_MIN : a.low; }
static __int128 real_high(ag_interval a) {
  return a.high == AG_INTERVAL_COUNT ? INT64_MAX : a.high;
}

ag_interval ag_interval_mul(ag_interval a, ag_interval b, bool *fits) {
  __int128 x[2] = {real_low(a), real_high(a)}, y[2] = {real_low(b), real_high(b)};
  __int128 low = x[0] * y[0], high = low;
  for (int i = 1; i < 4; i++) {
    __int128 p = x[i & 1] * y[i >> 1];
    low = p < low ? p : low;
    high = p > high ? p : high;
  }
  if (low < INT64_MIN || high > INT64_MAX) {
    *fits = false;
    return everything;
  }
  return ag_interval_make(low, high);
}

static __int128 floor_div(__int128 a, __int128 b) {
  __int128 q = a / b;
  return q - (a % b != 0 && a < 0);
}

/* Code that is never reached has no number between its bounds: low is above high there. */
static bool is_positive(ag_interval b) { return b.low > 0 && b.high >= b.low; }

ag_interval ag_interval_div(ag_interval a, ag_interval b) {
  if (!is_positive(b))
    return everything;
  __int128 low = real_low(a), high = real_high(a), least = b.low, most = real_high(b);
  return ag_interval_make(floor_div(low, low < 0 ? least : most),
                          floor_div(high, high < 0 ? most : least));
}

ag_interval ag_interval_mod(ag_interval a, ag_interval b) {
  if (!is_positive(b))
    return everything;
  __int128 most = real_high(b) - 1;
  if (a.low >= 0 && real_high(a) < most)
    most = real_high(a);
  return ag_interval_make(0, most);
}

ag_interval ag_interval_widen(ag_interval now, ag_interval next) {
  ag_interval wide = now;
  if (next.low < now.low)
    wide.low = next.low >= 0 ? 0 : next.low >= -AG_INTERVAL_COUNT ? -AG_INTERVAL_COUNT : INT64_MIN;
  if (next.high > now.high)
    wide.high = next.high <= 0 ? 0 : next.high <= AG_INTERVAL_COUNT ? AG_INTERVAL_COUNT : INT64_MAX;
  return wide;
}
