/* tensor.h - values at run time: buffers, tensors, variables.
 *
 * A tensor is a small struct handled by value ("slot"). Elements are C-contiguous: what comes in with
 * other strides is copied by the binder, so neither kernels nor emitted code know strides. A 0-d value
 * lives inside the struct (`cell`) and owns nothing. */
#ifndef AG_TENSOR_H
#define AG_TENSOR_H

#include <stddef.h>

#include "ag/base.h"

/* Shared by atomic reference count. `release` frees data and the buffer itself. */
typedef struct ag_buffer ag_buffer;
struct ag_buffer {
  int64_t refs; /* atomic */
  size_t bytes;
  void *data; /* 64-byte aligned when ours */
  void (*release)(ag_buffer *b);
  void *host; /* for buffers lent by others (Python objects, DLPack) */
  int64_t strings; /* the elements are so many strings, of each of which it holds a reference */
  size_t watched;  /* bytes that ag_memory_watch counted for it */
};
AG_API ag_buffer *ag_buffer_new(size_t bytes); /* uninitialised; NULL when out of memory; pooled */
/* From here on the bytes of new buffers are counted, in all threads; ag_memory_peak ends that and gives the
 * most that were alive at once. Measures what ag_compile_memory foretells; one at a time. */
AG_API void ag_memory_watch(void);
AG_API int64_t ag_memory_peak(void);
AG_API void ag_buffer_ref(ag_buffer *b);
AG_API void ag_buffer_unref(ag_buffer *b); /* NULL is fine */
static inline bool ag_buffer_unique(const ag_buffer *b) {
  return b && __atomic_load_n(&b->refs, __ATOMIC_ACQUIRE) == 1;
}

/* TENSOR LAYOUT: emitted code uses these offsets (codegen/llvm checks them with static asserts). */
typedef struct ag_tensor {
  void *data;       /* NULL: the value is in `cell` (always so for rank 0) */
  ag_buffer *owner; /* NULL for rank 0, and for borrowed memory */
  uint8_t dtype;
  int8_t rank;
  uint8_t weak; /* a Python number: 0-d int64, float64 (see SEMANTICS 0.1) */
  uint8_t flags; /* AG_TENSOR_READONLY: never updated in place */
  uint32_t pad;
  uint8_t cell[16];
  int64_t dim[AG_MAX_RANK];
} ag_tensor;
enum { AG_TENSOR_READONLY = 1 };
typedef uint64_t __attribute__((may_alias)) ag_tensor_word; /* data, owner, dtype to pad, cell (2), dims */
_Static_assert(offsetof(ag_tensor, dim) == 5 * sizeof(ag_tensor_word), "TENSOR LAYOUT");

static inline void *ag_tensor_data(const ag_tensor *t) {
  return t->data ? t->data : (void *)(uintptr_t)t->cell;
}
/* *dst = *src, without the dims past its rank. Word by word, as emitted code has stored them a moment ago: a wider load
 * waits until the stores have reached the cache. */
static inline void ag_tensor_copy(ag_tensor *dst, const ag_tensor *src) {
  ag_tensor_word *to = (ag_tensor_word *)dst;
  const ag_tensor_word *from = (const ag_tensor_word *)src;
  for (int i = 0, n = 5 + src->rank; i < n; i++)
    to[i] = from[i];
}
/* Makes *t an empty slot. The dims stay: rank 0 has none. (The compiler clears a whole ag_tensor by `rep stos`, which
 * takes longer to start than all of a small call.) */
static inline void ag_tensor_clear(ag_tensor *t) {
  ag_tensor_word *word = (ag_tensor_word *)t;
  word[0] = word[1] = word[2] = word[3] = word[4] = 0;
}
AG_API int64_t ag_tensor_count(const ag_tensor *t);
AG_API void ag_tensor_shape(const ag_tensor *t, ag_shape *out);
/* Allocates (rank > 0); *t is overwritten without looking. Zero-size tensors have a valid data pointer. */
AG_API ag_code ag_tensor_new(ag_tensor *t, ag_dtype dtype, const ag_shape *shape, ag_err *err);
AG_API void ag_tensor_ref(const ag_tensor *src, ag_tensor *dst); /* shares the buffer */
AG_API void ag_tensor_unref(ag_tensor *t);                       /* leaves it zeroed */
AG_API void ag_tensor_scalar(ag_tensor *t, ag_dtype dtype, const void *value);
/* NumPy's `str` (and `repr` of the data part) of the elements: "[1 2 3]", "3", "1.5", "True". */
AG_API void ag_tensor_text(const ag_tensor *t, ag_text *out);
/* TensorFlow's, of tf.print: "[1 2 ... 8 9]" with so many elements at both ends of each dimension; negative: all. */
AG_API void ag_tensor_summary(const ag_tensor *t, int64_t ends, ag_text *out);

/* Shortest decimal that reads back as the same value; Python's repr for float64, NumPy's for float32. */
enum { AG_NUMBER_TEXT = 40 };
AG_API const char *ag_float_text(double x, bool is32, char *buf);

/* STRINGS. An element of dtype AG_STR is an ag_buffer of exactly its bytes (UTF-8, or any), NULL when empty. A 0-d
 * string is its own owner; the buffer of an array holds a reference of each element. Kernels copy elements as they are
 * and whoever runs them calls ag_tensor_hold on the results. A kernel that takes an array over to change it keeps the
 * references right itself: ag_strings_replace. */
AG_API ag_buffer *ag_string_new(size_t bytes); /* to be filled; NULL when out of memory */
AG_API void ag_tensor_hold(ag_tensor *t);      /* takes the references that copied strings need; at most once a buffer */
/* Elements of an array whose buffer holds them become others, which may be some of the same array. */
AG_API void ag_strings_replace(ag_buffer **at, ag_buffer *const *with, int64_t n);
typedef struct ag_span {
  const char *text;
  size_t len;
} ag_span;
AG_API ag_span ag_string_at(const ag_tensor *t, int64_t i); /* element i of a string tensor, lent */

/* A variable: one tensor that changes. Copy on write: a read shares the buffer. Own lock. */
typedef struct ag_var ag_var;
AG_API ag_var *ag_var_new(ag_dtype dtype, const ag_shape *shape, const char *name); /* uninitialised */
AG_API void ag_var_ref(ag_var *v);
AG_API void ag_var_unref(ag_var *v);
AG_API ag_code ag_var_read(ag_var *v, ag_tensor *out, ag_err *err); /* shares; AG_ERR_UNINIT */
AG_API ag_code ag_var_assign(ag_var *v, const ag_tensor *value, ag_err *err);
/* op: 0 add, 1 sub; in place when nobody else holds the buffer. */
AG_API ag_code ag_var_update(ag_var *v, int op, const ag_tensor *value, ag_tensor *out, ag_err *err);
AG_API ag_code ag_var_fetch_add(ag_var *v, const ag_tensor *value, ag_tensor *was, ag_err *err);
AG_API const char *ag_var_name(const ag_var *v);
/* A resource travels as a 0-d tensor of dtype AG_RES whose cell holds the ag_var pointer (borrowed). */

#endif
