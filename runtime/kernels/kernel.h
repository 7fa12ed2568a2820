/* kernel.h - what the kernel files share: declarations, outputs, attributes, failures.
 * A kernel ag_kernel_<OP> is an ag_kernel (plan.h) and the meaning of its row in ops.def. */
#ifndef AG_KERNEL_H
#define AG_KERNEL_H

#include "ag/plan.h"

#define AG_DECLARE_source(name)
#define AG_DECLARE_region(name)
#define AG_DECLARE_inline(name) ag_kernel ag_kernel_##name;
#define AG_DECLARE_index(name) ag_kernel ag_kernel_##name;
#define AG_DECLARE_parts(name) ag_kernel ag_kernel_##name;
#define AG_DECLARE_reduce(name) ag_kernel ag_kernel_##name;
#define AG_DECLARE_call(name) ag_kernel ag_kernel_##name;
#define AG_OP(name, file, in, out, dtype, shape, grad, lowering, traits) AG_DECLARE_##lowering(name)
#include "ag/ops.def"

#define ag_kernel_fail(run, c, code, ...) ag_fail((run)->err, (code), (c)->loc, __VA_ARGS__)

static inline const char *ag_kernel_name(const ag_call *c) { return ag_ops[c->op].name; }

/* An output that is owned by nobody else. */
ag_code ag_kernel_out(ag_run *run, const ag_call *c, ag_tensor *out, ag_dtype dtype,
                      const ag_shape *shape);
/* Makes out share the buffer of input i when that is dead and ours alone, so it may be overwritten.
 */
bool ag_kernel_reuse(const ag_call *c, const ag_tensor *const *in, uint32_t i, ag_tensor *out);
/* The same for an array of strings, whose buffer holds them: to be changed by ag_strings_replace. */
bool ag_kernel_reuse_strings(const ag_call *c, const ag_tensor *const *in, uint32_t i,
                             ag_tensor *out);
/* The elements of input i in a buffer that may be written: its own when dead, else a copy. */
ag_code ag_kernel_own(ag_run *run, const ag_call *c, const ag_tensor *const *in, uint32_t i,
                      ag_tensor *out);
/* What SLICE_DYN takes of x: bounds are its begin, end and step, axes past them are whole. Attribute
 * mask: bit 2i: axis i has no begin, bit 2i + 1: no end. (shape.c) */
ag_code ag_kernel_slices(ag_run *run, const ag_call *c, const ag_tensor *x,
                         const ag_tensor *const *bounds, int64_t *begin, int64_t *size,
                         int64_t *step);
/* "add: float16 is not supported yet" */
ag_code ag_kernel_no_dtype(ag_run *run, const ag_call *c, ag_dtype dtype);

/* Integer attributes; *ints is lent. Fails when absent or not of n numbers (n < 0: any). */
ag_code ag_kernel_ints(ag_run *run, const ag_call *c, ag_key key, int64_t n, const int64_t **ints,
                       uint32_t *count);
/* An axis attribute, resolved to 0 .. rank-1. */
ag_code ag_kernel_axis(ag_run *run, const ag_call *c, int rank, int *axis);
/* Element i of an integer tensor, any width. */
int64_t ag_kernel_int_at(const ag_tensor *t, int64_t i);

/* Shared with the calls of emitted code (fail.c). a, b: operands, floats by their bits. */
ag_code ag_op_fail(ag_err *err, ag_code code, const ag_call *c, int64_t a, int64_t b);
ag_code ag_index_fail(ag_err *err, const ag_call *c, int axis, int64_t index, int64_t size);
/* A PYINDEX outside of its list: the host raises what Python does there. */
ag_code ag_list_index_fail(ag_run *run, const ag_call *c);
/* "add: shapes (2, 3) and (4,) do not broadcast" */
ag_code ag_shapes_fail(ag_err *err, const ag_call *c, const ag_tensor *a, const ag_tensor *b);

/* The next index tuple of n[0 .. rank) in order; false, with all zero, after the last. */
static inline bool ag_index_next(int64_t *at, const int64_t *n, int rank) {
  for (int i = rank - 1; i >= 0; i--) {
    if (++at[i] < n[i])
      return true;
    at[i] = 0;
  }
  return false;
}

/* Contiguous strides in elements. */
void ag_strides(const ag_tensor *t, int64_t *stride);

/* dst[...] = src[...] for all index tuples of dim[0 .. rank); strides in bytes, any sign, 0 allowed
 * in src. The two do not overlap. rank <= AG_COPY_RANK. */
enum { AG_COPY_RANK = 2 * AG_MAX_RANK };
void ag_strided_copy(char *dst, const int64_t *dst_stride, const char *src,
                     const int64_t *src_stride, const int64_t *dim, int rank, size_t item);

#endif
