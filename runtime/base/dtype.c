/* dtype.c - the table of dtypes, by DTYPE ORDER. */
#include "ag/base.h"

#include <string.h>

static const struct {
  const char *name, *format;
  size_t size;
} dtypes[AG_DTYPE_COUNT] = {
#define X(id, name, size, format, ctype) [AG_##id] = {name, format, size},
    AG_DTYPES(X)
#undef X
};

#define X(id, name, size, format, ctype)                                                           \
  _Static_assert(sizeof(ctype) == size, "DTYPE ORDER: " name " has another size");
AG_DTYPES(X)
#undef X

const char *ag_dtype_name(ag_dtype d) {
  return (unsigned)d < AG_DTYPE_COUNT ? dtypes[d].name : "<no dtype>";
}

const char *ag_dtype_format(ag_dtype d) {
  return (unsigned)d < AG_DTYPE_COUNT ? dtypes[d].format : "";
}

size_t ag_dtype_size(ag_dtype d) { return (unsigned)d < AG_DTYPE_COUNT ? dtypes[d].size : 0; }

bool ag_dtype_parse(const char *name, ag_dtype *out) {
  for (unsigned i = 0; i < AG_DTYPE_COUNT; i++)
    if (strcmp(dtypes[i].name, name) == 0) {
      *out = (ag_dtype)i;
      return true;
    }
  return false;
}
