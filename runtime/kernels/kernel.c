/* kernel.c - the table of kernels and what they share. */
#include "kernel.h"

#include <string.h>

#define ENTRY_source(name) NULL
#define ENTRY_region(name) NULL
#define ENTRY_inline(name) ag_kernel_##name
#define ENTRY_index(name) ag_kernel_##name
#define ENTRY_parts(name) ag_kernel_##name
#define ENTRY_reduce(name) ag_kernel_##name
#define ENTRY_call(name) ag_kernel_##name

ag_kernel *const ag_kernels[AG_OP_COUNT] = {
#define AG_OP(name, file, in, out, dtype, shape, grad, lowering, traits)                           \
  [AG_OP_##name] = ENTRY_##lowering(name),
#include "ag/ops.def"
};

ag_code ag_kernel_out(ag_run *run, const ag_call *c, ag_tensor *out, ag_dtype dtype,
                      const ag_shape *shape) {
  if (ag_tensor_new(out, dtype, shape, run->err) && run->err->loc == 0)
    run->err->loc = c->loc;
  return run->err->code;
}

static bool reuse(const ag_call *c, const ag_tensor *const *in, uint32_t i, ag_tensor *out) {
  const ag_tensor *t = in[i];
  if (i >= 64 || !(c->dead >> i & 1) || (t->flags & AG_TENSOR_READONLY) ||
      !ag_buffer_unique(t->owner) || t->owner->host || t->data != t->owner->data)
    return false;
  for (uint32_t k = 0; k < c->n_in; k++) /* x + x: both inputs are the one owner */
    if (k != i && in[k]->owner == t->owner)
      return false;
  ag_tensor_ref(t, out);
  return true;
}

bool ag_kernel_reuse(const ag_call *c, const ag_tensor *const *in, uint32_t i, ag_tensor *out) {
  return in[i]->dtype != AG_STR && reuse(c, in, i, out);
}

bool ag_kernel_reuse_strings(const ag_call *c, const ag_tensor *const *in, uint32_t i,
                             ag_tensor *out) {
  const ag_tensor *t = in[i];
  return t->dtype == AG_STR && t->rank > 0 && t->owner && t->owner->strings == ag_tensor_count(t) &&
         t->owner->strings && reuse(c, in, i, out);
}

ag_code ag_kernel_own(ag_run *run, const ag_call *c, const ag_tensor *const *in, uint32_t i,
                      ag_tensor *out) {
  if (in[i]->rank == 0) {
    *out = *in[i];
    out->owner = NULL; /* a string's is taken when the kernel is done */
    return AG_OK;
  }
  if (ag_kernel_reuse(c, in, i, out))
    return AG_OK;
  ag_shape shape;
  ag_tensor_shape(in[i], &shape);
  if (ag_kernel_out(run, c, out, (ag_dtype)in[i]->dtype, &shape))
    return run->err->code;
  memcpy(out->data, in[i]->data,
         (size_t)ag_tensor_count(in[i]) * ag_dtype_size((ag_dtype)in[i]->dtype));
  return AG_OK;
}

ag_code ag_kernel_no_dtype(ag_run *run, const ag_call *c, ag_dtype dtype) {
  run->lacks_dtype = true;
  return ag_kernel_fail(run, c, AG_ERR_TYPE, "%s: %s is not supported%s", ag_kernel_name(c),
                        ag_dtype_name(dtype),
                        ag_is_complex(dtype) ? ": take parts or sizes, tf.math.real(x), "
                                               "tf.math.imag(x) or tf.abs(x)"
                                             : "");
}

ag_code ag_kernel_ints(ag_run *run, const ag_call *c, ag_key key, int64_t n, const int64_t **ints,
                       uint32_t *count) {
  const ag_attr *a = ag_attr_find(c->attrs, c->n_attrs, key);
  if (!a || a->kind != AG_ATTR_INTS || (n >= 0 && a->n != (uint64_t)n))
    return ag_kernel_fail(run, c, AG_ERR_INTERNAL, "%s: attribute %d is missing or of another size",
                          ag_kernel_name(c), (int)key);
  *ints = a->ints;
  if (count)
    *count = a->n;
  return AG_OK;
}

ag_code ag_kernel_axis(ag_run *run, const ag_call *c, int rank, int *axis) {
  int64_t a = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_axis, 0);
  if (a < -rank || a >= rank)
    return ag_kernel_fail(run, c, AG_ERR_VALUE, "%s: axis %lld is out of range for rank %d",
                          ag_kernel_name(c), (long long)a, rank);
  *axis = (int)(a < 0 ? a + rank : a);
  return AG_OK;
}

int64_t ag_kernel_int_at(const ag_tensor *t, int64_t i) {
  const void *p = ag_tensor_data(t);
  switch (t->dtype) {
  case AG_BOOL:
  case AG_U8:
    return ((const uint8_t *)p)[i];
  case AG_I8:
    return ((const int8_t *)p)[i];
  case AG_I16:
    return ((const int16_t *)p)[i];
  case AG_I32:
    return ((const int32_t *)p)[i];
  case AG_U16:
    return ((const uint16_t *)p)[i];
  case AG_U32:
    return ((const uint32_t *)p)[i];
  case AG_U64: {
    uint64_t u = ((const uint64_t *)p)[i];
    return u > INT64_MAX ? INT64_MAX : (int64_t)u; /* out of every range it is used for */
  }
  default:
    return ((const int64_t *)p)[i];
  }
}

void ag_strides(const ag_tensor *t, int64_t *stride) {
  int64_t s = 1;
  for (int i = t->rank - 1; i >= 0; i--) {
    stride[i] = s;
    s *= t->dim[i];
  }
}

static void copy_row(char *dst, int64_t ds, const char *src, int64_t ss, int64_t n, size_t item) {
  int64_t size = (int64_t)item;
  if (ds == size && ss == size) {
    memcpy(dst, src, (size_t)n * item);
    return;
  }
  switch (item) {
#define CASE(bytes, T)                                                                             \
  case bytes:                                                                                      \
    for (int64_t i = 0; i < n; i++)                                                                \
      *(T *)(dst + i * ds) = *(const T *)(src + i * ss);                                           \
    break;
    CASE(1, uint8_t)
    CASE(2, uint16_t)
    CASE(4, uint32_t)
    CASE(8, uint64_t)
#undef CASE
  default:
    for (int64_t i = 0; i < n; i++)
      memcpy(dst + i * ds, src + i * ss, item);
  }
}

void ag_strided_copy(char *dst, const int64_t *dst_stride, const char *src,
                     const int64_t *src_stride, const int64_t *dim, int rank, size_t item) {
  /* Axes of size 1 go, neighbours that are one run in both become one. */
  int64_t d[AG_COPY_RANK], ds[AG_COPY_RANK], ss[AG_COPY_RANK], at[AG_COPY_RANK] = {0};
  int r = 0;
  for (int i = 0; i < rank; i++) {
    if (dim[i] == 0)
      return;
    if (dim[i] == 1)
      continue;
    if (r && ds[r - 1] == dst_stride[i] * dim[i] && ss[r - 1] == src_stride[i] * dim[i]) {
      d[r - 1] *= dim[i];
      ds[r - 1] = dst_stride[i];
      ss[r - 1] = src_stride[i];
      continue;
    }
    d[r] = dim[i];
    ds[r] = dst_stride[i];
    ss[r++] = src_stride[i];
  }
  if (r == 0) {
    memcpy(dst, src, item);
    return;
  }
  int last = r - 1;
  for (;;) {
    copy_row(dst, ds[last], src, ss[last], d[last], item);
    int i = last - 1;
    for (; i >= 0; i--) {
      dst += ds[i];
      src += ss[i];
      if (++at[i] < d[i])
        break;
      dst -= ds[i] * d[i];
      src -= ss[i] * d[i];
      at[i] = 0;
    }
    if (i < 0)
      return;
  }
}
