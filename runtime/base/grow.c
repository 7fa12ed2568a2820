/* grow.c - growing arrays: doubling, checked against overflow. */
#include "ag/base.h"

bool ag_grow_bytes(void **data, uint32_t *cap, uint32_t need, size_t item) {
  if (need <= *cap)
    return true;
  uint64_t room = *cap < 8 ? 8 : (uint64_t)*cap * 2;
  if (room < need)
    room = need;
  if (room > UINT32_MAX)
    room = UINT32_MAX;
  if (item && room > SIZE_MAX / item)
    return false;
  void *bigger = ag_realloc(*data, (size_t)room * item);
  if (!bigger)
    return false;
  *data = bigger;
  *cap = (uint32_t)room;
  return true;
}
