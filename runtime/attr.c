/* attr.c - looking up attributes: few to a node, so a scan is fastest. */
#include "ag/graph.h"

const ag_attr *ag_attr_find(const ag_attr *attrs, uint32_t n, ag_key key) {
  for (uint32_t i = 0; i < n; i++)
    if (attrs[i].key == key)
      return &attrs[i];
  return NULL;
}

int64_t ag_attr_int(const ag_attr *attrs, uint32_t n, ag_key key, int64_t otherwise) {
  const ag_attr *a = ag_attr_find(attrs, n, key);
  return a && a->kind == AG_ATTR_INT ? a->i : otherwise;
}
