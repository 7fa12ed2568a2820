/* find.c - WHERE: the places of what is true; UNIQUE: the different values, where each element's
 * is, and how many there are of it. How long the results are, only the elements say. */
#include "kernel.h"

#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* sums of bytes become vectors */
#endif

enum { CHUNK = 248 }; /* so many trues fit a byte */

static int64_t count_true(const uint8_t *p, int64_t n) {
  int64_t count = 0;
  for (int64_t begin = 0; begin < n; begin += CHUNK) {
    uint8_t some = 0;
    int64_t end = n - begin < CHUNK ? n : begin + CHUNK;
    for (int64_t i = begin; i < end; i++)
      some += p[i] != 0;
    count += some;
  }
  return count;
}

/* The places of the trues among n <= CHUNK, written without a branch, eight by eight unless all are
 * false; how many there are. */
static int true_places(const uint8_t *p, int n, uint8_t to[CHUNK + 1]) {
  int found = 0, i = 0;
  for (; i + 8 <= n; i += 8) {
    uint64_t eight;
    memcpy(&eight, p + i, sizeof eight);
    for (int k = i; eight && k < i + 8; k++) {
      to[found] = (uint8_t)k;
      found += p[k] != 0;
    }
  }
  for (; i < n; i++) {
    to[found] = (uint8_t)i;
    found += p[i] != 0;
  }
  return found;
}

ag_code ag_kernel_WHERE(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  const ag_tensor *x = in[0];
  const uint8_t *p = ag_tensor_data(x);
  int64_t count = ag_tensor_count(x), at[AG_MAX_RANK] = {0};
  int last = x->rank - 1;
  if (x->dtype != AG_BOOL)
    return ag_kernel_no_dtype(run, c, (ag_dtype)x->dtype);
  int64_t n = count_true(p, count);
  if (ag_kernel_out(run, c, out, AG_I64, &(ag_shape){.rank = 2, .dim = {n, x->rank}}))
    return run->err->code;
  int64_t *to = out->data;
  if (last < 0 || n == 0)
    return AG_OK;
  int64_t columns = x->dim[last];
  for (int64_t row = 0; row < count / columns; row++, p += columns) {
    for (int64_t begin = 0; begin < columns; begin += CHUNK) {
      uint8_t places[CHUNK + 1];
      int64_t left = columns - begin;
      int found = true_places(p + begin, (int)(left < CHUNK ? left : CHUNK), places);
      for (int i = 0; i < found; i++) {
        for (int k = 0; k < last; k++)
          *to++ = at[k];
        *to++ = begin + places[i];
      }
    }
    for (int k = last - 1; k >= 0 && ++at[k] == x->dim[k]; k--)
      at[k] = 0;
  }
  return AG_OK;
}

/* ---- unique: open addressing over the places of first occurrences -------------------------------
 */

typedef struct key {
  const void *p;
  size_t len;
} key;

/* What decides whether two elements are equal. -0.0 is 0.0; a NaN, which equals nothing, is found
 * anew. */
static key key_of(const ag_tensor *x, int64_t i, uint64_t zero[2], bool *nan) {
  size_t item = ag_dtype_size((ag_dtype)x->dtype);
  const char *p = (const char *)ag_tensor_data(x) + (size_t)i * item;
  *nan = false;
  if (x->dtype == AG_STR) {
    ag_span s = ag_string_at(x, i);
    return (key){s.text, s.len};
  }
  if (x->dtype == AG_F32 || x->dtype == AG_F64) {
    double v = x->dtype == AG_F32 ? (double)*(const float *)p : *(const double *)p;
    *nan = v != v;
    if (v == 0)
      return (key){zero, item};
  }
  return (key){p, item};
}

ag_code ag_kernel_UNIQUE(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                         ag_tensor *out) {
  const ag_tensor *x = in[0];
  if (x->rank != 1)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "unique: needs a vector, not rank %d", x->rank);
  if (x->dtype == AG_F16 || x->dtype == AG_BF16)
    return ag_kernel_no_dtype(run, c, (ag_dtype)x->dtype);
  int64_t n = x->dim[0], found = 0, room = 16;
  ag_dtype index = (ag_dtype)ag_attr_int(c->attrs, c->n_attrs, AG_KEY_dtype, AG_I32);
  if (index != AG_I32 && index != AG_I64)
    return ag_kernel_no_dtype(run, c, index);
  while (room < 2 * n && room < INT64_MAX / 4)
    room *= 2;
  int64_t *slot = ag_calloc((size_t)room, sizeof *slot); /* 1 + number of a value */
  int64_t *first = ag_malloc((size_t)(n ? n : 1) * sizeof *first), *count = NULL;
  if (slot && first)
    count = ag_calloc((size_t)(n ? n : 1), sizeof *count);
  if (!count) {
    ag_kernel_fail(run, c, AG_ERR_NOMEM, "unique: out of memory");
    goto done;
  }
  if (ag_kernel_out(run, c, &out[1], index, &(ag_shape){.rank = 1, .dim = {n}}))
    goto done;
  uint64_t zero[2] = {0}, other[2] = {0};
  for (int64_t i = 0; i < n; i++) {
    bool nan, same_nan;
    key k = key_of(x, i, zero, &nan);
    uint64_t at = ag_hash_bytes(k.p, k.len, 0) & (uint64_t)(room - 1);
    for (; slot[at]; at = (at + 1) & (uint64_t)(room - 1)) {
      key o = key_of(x, first[slot[at] - 1], other, &same_nan);
      if (!nan && o.len == k.len && (k.len == 0 || !memcmp(o.p, k.p, k.len)))
        break;
    }
    if (!slot[at]) {
      first[found] = i;
      slot[at] = ++found;
    }
    count[slot[at] - 1]++;
    if (index == AG_I64)
      ((int64_t *)out[1].data)[i] = slot[at] - 1;
    else
      ((int32_t *)out[1].data)[i] = (int32_t)(slot[at] - 1);
  }
  ag_shape shape = {.rank = 1, .dim = {found}};
  if (ag_kernel_out(run, c, &out[0], (ag_dtype)x->dtype, &shape) ||
      ag_kernel_out(run, c, &out[2], index, &shape))
    goto done;
  size_t item = ag_dtype_size((ag_dtype)x->dtype);
  for (int64_t k = 0; k < found; k++) {
    memcpy((char *)out[0].data + (size_t)k * item, (const char *)x->data + (size_t)first[k] * item,
           item);
    if (index == AG_I64)
      ((int64_t *)out[2].data)[k] = count[k];
    else
      ((int32_t *)out[2].data)[k] = (int32_t)count[k];
  }
done:
  ag_free(slot);
  ag_free(first);
  ag_free(count);
  return run->err->code;
}
