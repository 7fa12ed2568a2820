/* matmul.c - MATMUL: products of matrices in the last two axes, the axes before them broadcast. */
#include "blas.h"
#include "elementwise.h"

#include <complex.h>
#include <string.h>

/* Products of matrices of integers, which wrap, and of complex numbers; op(x) is x or its
 * transpose. */
typedef void product(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const void *a,
                     const void *b, void *c);
#define PRODUCT(D, T, W, name)                                                                     \
  static void name##_##D(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const void *a_,        \
                         const void *b_, void *c_) {                                               \
    const T *a = a_, *b = b_;                                                                      \
    T *c = c_;                                                                                     \
    memset(c, 0, (size_t)(m * n) * sizeof *c);                                                     \
    for (int64_t i = 0; i < m; i++)                                                                \
      for (int64_t l = 0; l < k; l++) {                                                            \
        W x = (W)(ta ? a[l * m + i] : a[i * k + l]);                                               \
        for (int64_t j = 0; j < n; j++)                                                            \
          c[i * n + j] = (T)((W)c[i * n + j] + x * (W)(tb ? b[j * k + l] : b[l * n + j]));         \
      }                                                                                            \
  }
AG_INT_TYPES(PRODUCT, product)
PRODUCT(C64, float complex, float complex, product)
PRODUCT(C128, double complex, double complex, product)
static product *const products[AG_DTYPE_COUNT] = {
    AG_INT_TYPES(AG_LOOP_ENTRY, product)[AG_C64] = product_C64, [AG_C128] = product_C128};

ag_code ag_kernel_MATMUL(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                         ag_tensor *out) {
  const ag_tensor *a = in[0], *b = in[1];
  char s1[AG_SHAPE_TEXT], s2[AG_SHAPE_TEXT];
  ag_shape x, y, batch_x, batch_y, shape;
  ag_tensor_shape(a, &x);
  ag_tensor_shape(b, &y);
  ag_dtype dtype = (ag_dtype)a->dtype;
  product *own = products[dtype];
  if ((dtype != AG_F32 && dtype != AG_F64 && !own) || b->dtype != a->dtype)
    return ag_kernel_no_dtype(run, c, (ag_dtype)(b->dtype != a->dtype ? b->dtype : a->dtype));
  if (a->rank < 2 || b->rank < 2)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "matmul: needs matrices, not %s x %s",
                          ag_shape_text(&x, s1), ag_shape_text(&y, s2));
  bool ta = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_adj_x, 0) != 0;
  bool tb = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_adj_y, 0) != 0;
  int64_t m = a->dim[a->rank - (ta ? 1 : 2)], k = a->dim[a->rank - (ta ? 2 : 1)];
  int64_t n = b->dim[b->rank - (tb ? 2 : 1)], inner = b->dim[b->rank - (tb ? 1 : 2)];
  if (k != inner)
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "matmul: inner sizes differ, %s x %s",
                          ag_shape_text(&x, s1), ag_shape_text(&y, s2));
  batch_x = x;
  batch_y = y;
  batch_x.rank -= 2;
  batch_y.rank -= 2;
  if (!ag_shape_broadcast(&batch_x, &batch_y, &shape))
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "matmul: batches do not broadcast, %s x %s",
                          ag_shape_text(&x, s1), ag_shape_text(&y, s2));
  ag_shape batches = shape;
  shape.dim[shape.rank++] = m;
  shape.dim[shape.rank++] = n;
  if (ag_kernel_out(run, c, out, dtype, &shape))
    return run->err->code;
  if (ag_tensor_count(out) == 0)
    return AG_OK;
  /* Broadcasting the batches as if a matrix were one element. */
  ag_tensor px = *a, py = *b;
  px.rank = (int8_t)(px.rank - 2);
  py.rank = (int8_t)(py.rank - 2);
  const ag_tensor *pair[2] = {&px, &py};
  ag_rows r;
  ag_rows_begin(&r, pair, 2, &batches);
  int64_t done = 0;
  do {
    for (int64_t i = 0; i < r.n; i++, done++) {
      int64_t ia = r.offset[0] + i * r.step[0], ib = r.offset[1] + i * r.step[1];
      size_t item = ag_dtype_size(dtype);
      if (own)
        own(ta, tb, m, n, k, (const char *)a->data + (size_t)(ia * m * k) * item,
            (const char *)b->data + (size_t)(ib * k * n) * item,
            (char *)out->data + (size_t)(done * m * n) * item);
      else if (dtype == AG_F32)
        ag_gemm_f32(ta, tb, m, n, k, (const float *)a->data + ia * m * k,
                    (const float *)b->data + ib * k * n, (float *)out->data + done * m * n);
      else
        ag_gemm_f64(ta, tb, m, n, k, (const double *)a->data + ia * m * k,
                    (const double *)b->data + ib * k * n, (double *)out->data + done * m * n);
    }
  } while (ag_rows_next(&r, 2));
  return AG_OK;
}
