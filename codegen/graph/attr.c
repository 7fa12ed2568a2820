/* attr.c - attributes of nodes: their names and deep copies (looking up is in runtime/attr.c). */
#include "build.h"

static const char *const key_names[AG_KEY_COUNT] = {
#define X(name) [AG_KEY_##name] = #name,
    AG_KEYS(X)
#undef X
};

const char *ag_key_name(ag_key k) { return (unsigned)k < AG_KEY_COUNT ? key_names[k] : "?"; }

static void *copy_bytes(ag_arena *a, const void *data, size_t bytes) {
  void *p = ag_arena_alloc(a, bytes ? bytes : 1);
  if (p && bytes)
    memcpy(p, data, bytes);
  return p;
}

ag_attr *ag_attrs_copy(ag_arena *a, const ag_attr *attrs, uint32_t n) {
  if (!n)
    return NULL;
  ag_attr *out = copy_bytes(a, attrs, n * sizeof *attrs);
  for (uint32_t i = 0; out && i < n; i++) {
    const void *p = out[i].ints; /* any of the pointers */
    switch (out[i].kind) {
    case AG_ATTR_INTS:
      p = out[i].ints = copy_bytes(a, attrs[i].ints, attrs[i].n * sizeof(int64_t));
      break;
    case AG_ATTR_TEXT:
      p = out[i].text = ag_arena_copy(a, attrs[i].text, attrs[i].n);
      break;
    case AG_ATTR_TYPES:
      p = out[i].types = copy_bytes(a, attrs[i].types, attrs[i].n * sizeof(ag_type));
      break;
    case AG_ATTR_TENSOR:
      p = out[i].tensor = copy_bytes(a, attrs[i].tensor, sizeof(ag_tensor));
      break;
    default:
      continue;
    }
    if (!p)
      return NULL;
  }
  return out;
}
