/* cast.c - CAST between all dtypes but strings and resources (rules: scalar.h). float16, bfloat16
 * and complex numbers go through doubles; a complex number that becomes a real one loses its
 * imaginary part. */
#include "elementwise.h"
#include "half.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* as in binary.c */
#endif

/* To integer I with limits: the float limits are exact powers of two, `above` is one past the
 * largest. */
#define SATURATE(I, T, x, least, most, above)                                                      \
  ((x) != (x) ? 0 : (x) <= (T)(least) ? (least) : (x) >= (T)(above) ? (most) : (I)(x))

#define TO_I8(T, x) SATURATE(int8_t, T, x, INT8_MIN, INT8_MAX, 0x1p7)
#define TO_I16(T, x) SATURATE(int16_t, T, x, INT16_MIN, INT16_MAX, 0x1p15)
#define TO_I32(T, x) SATURATE(int32_t, T, x, INT32_MIN, INT32_MAX, 0x1p31)
#define TO_I64(T, x) SATURATE(int64_t, T, x, INT64_MIN, INT64_MAX, 0x1p63)
#define TO_U8(T, x) SATURATE(uint8_t, T, x, 0, UINT8_MAX, 0x1p8)
#define TO_U16(T, x) SATURATE(uint16_t, T, x, 0, UINT16_MAX, 0x1p16)
#define TO_U32(T, x) SATURATE(uint32_t, T, x, 0, UINT32_MAX, 0x1p32)
#define TO_U64(T, x) SATURATE(uint64_t, T, x, 0, UINT64_MAX, 0x1p64)

/* From one type to all: `from_F32_to_I8` and so on, and their row of the table. */
#define TO_INT_FROM_FLOAT(D, R, W, S, T) AG_LOOP1(from_##S##_to_##D, T, T, R, TO_##D(T, x))
#define TO_ANY(D, R, W, S, T) AG_LOOP1(from_##S##_to_##D, T, T, R, x)
#define TO_BOOL(S, T) AG_LOOP1(from_##S##_to_BOOL, T, T, uint8_t, x != 0)
#define ENTRY(D, R, W, S) [AG_##D] = from_##S##_to_##D,
#define ROW(S)                                                                                     \
  static ag_loop1 *const from_##S[AG_DTYPE_COUNT] = {AG_BOOL_TYPE(ENTRY, S) AG_INT_TYPES(ENTRY, S) \
                                                         AG_FLOAT_TYPES(ENTRY, S)};
#define FROM_INT(S, T) AG_INT_TYPES(TO_ANY, S, T) AG_FLOAT_TYPES(TO_ANY, S, T) TO_BOOL(S, T) ROW(S)
#define FROM_FLOAT(S, T)                                                                           \
  AG_INT_TYPES(TO_INT_FROM_FLOAT, S, T) AG_FLOAT_TYPES(TO_ANY, S, T) TO_BOOL(S, T) ROW(S)

FROM_INT(BOOL, uint8_t)
FROM_INT(I8, int8_t)
FROM_INT(I16, int16_t)
FROM_INT(I32, int32_t)
FROM_INT(I64, int64_t)
FROM_INT(U8, uint8_t)
FROM_INT(U16, uint16_t)
FROM_INT(U32, uint32_t)
FROM_INT(U64, uint64_t)
FROM_FLOAT(F32, float)
FROM_FLOAT(F64, double)

static ag_loop1 *const *const casts[AG_DTYPE_COUNT] = {
    [AG_BOOL] = from_BOOL, [AG_I8] = from_I8,   [AG_I16] = from_I16, [AG_I32] = from_I32,
    [AG_I64] = from_I64,   [AG_U8] = from_U8,   [AG_U16] = from_U16, [AG_U32] = from_U32,
    [AG_U64] = from_U64,   [AG_F32] = from_F32, [AG_F64] = from_F64,
};

enum { PIECE = 128 };

/* n <= PIECE elements as doubles. */
static void read_piece(ag_dtype d, const void *p, double *re, double *im, int64_t n) {
  memset(im, 0, sizeof *im * PIECE);
  if (casts[d]) {
    if (d == AG_F64)
      memcpy(re, p, sizeof *re * (size_t)n);
    else
      casts[d][AG_F64](p, re, n);
    return;
  }
  for (int64_t i = 0; i < n; i++)
    if (ag_is_half(d)) {
      re[i] = ag_half_value(d, ((const uint16_t *)p)[i]);
    } else if (d == AG_C64) {
      re[i] = (double)((const ag_c64 *)p)[i].re;
      im[i] = (double)((const ag_c64 *)p)[i].im;
    } else {
      re[i] = ((const ag_c128 *)p)[i].re;
      im[i] = ((const ag_c128 *)p)[i].im;
    }
}

static void write_piece(ag_dtype d, void *p, const double *re, const double *im, int64_t n) {
  if (d == AG_F64)
    memcpy(p, re, sizeof *re * (size_t)n);
  else if (d != AG_BOOL && casts[AG_F64][d])
    casts[AG_F64][d](re, p, n);
  else
    for (int64_t i = 0; i < n; i++)
      if (d == AG_BOOL)
        ((uint8_t *)p)[i] = re[i] != 0 || im[i] != 0;
      else if (ag_is_half(d))
        ((uint16_t *)p)[i] = ag_half_bits(d, re[i]);
      else if (d == AG_C64)
        ((ag_c64 *)p)[i] = (ag_c64){(float)re[i], (float)im[i]};
      else
        ((ag_c128 *)p)[i] = (ag_c128){re[i], im[i]};
}

static ag_code through_doubles(ag_run *run, const ag_call *c, const ag_tensor *x, ag_dtype to,
                               ag_tensor *out) {
  double re[PIECE], im[PIECE];
  ag_dtype from = (ag_dtype)x->dtype;
  ag_shape shape;
  ag_tensor_shape(x, &shape);
  if (ag_kernel_out(run, c, out, to, &shape))
    return run->err->code;
  const char *p = ag_tensor_data(x);
  char *o = ag_tensor_data(out);
  for (int64_t i = 0, n = ag_tensor_count(x); i < n; i += PIECE) {
    int64_t m = n - i < PIECE ? n - i : PIECE;
    read_piece(from, p + (size_t)i * ag_dtype_size(from), re, im, m);
    write_piece(to, o + (size_t)i * ag_dtype_size(to), re, im, m);
  }
  return AG_OK;
}

ag_code ag_kernel_CAST(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  int64_t to = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_dtype, -1);
  if (to < 0 || to >= AG_DTYPE_COUNT)
    return ag_kernel_fail(run, c, AG_ERR_INTERNAL, "cast: no dtype is given");
  ag_dtype from = (ag_dtype)in[0]->dtype;
  if ((ag_dtype)to == from) {
    ag_tensor_ref(in[0], out);
    out->weak = 0;
    return AG_OK;
  }
  ag_loop1 *loop = casts[from] ? casts[from][to] : NULL;
  if (!loop && from < AG_STR && to < AG_STR)
    return through_doubles(run, c, in[0], (ag_dtype)to, out);
  if (!loop)
    return ag_kernel_fail(run, c, AG_ERR_TYPE, "cast: %s to %s is not supported",
                          ag_dtype_name(from), ag_dtype_name((ag_dtype)to));
  return ag_elementwise1(run, c, in, out, loop, (ag_dtype)to);
}
