/* random.c - RANDOM_BITS: uniform bits from a counter, by Philox 4x32 with 10 rounds.
 * The block with number i of a stream depends on (key, stream, i) alone, so any part of the numbers
 * can be made by any thread, and the numbers are the same for any count of threads. Salmon, Moraes,
 * Dror, Shaw, Parallel Random Numbers: As Easy as 1, 2, 3 (SC 2011). */
#include "kernel.h"

#include <string.h>

enum { ROUNDS = 10 };

static void philox(uint64_t key, uint64_t high, uint64_t low, uint32_t out[4]) {
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  uint32_t c[4] = {(uint32_t)low, (uint32_t)(low >> 32), (uint32_t)high, (uint32_t)(high >> 32)};
  for (int i = 0; i < ROUNDS; i++) {
    uint64_t a = UINT64_C(0xD2511F53) * c[0], b = UINT64_C(0xCD9E8D57) * c[2];
    uint32_t c0 = (uint32_t)(b >> 32) ^ c[1] ^ k0, c2 = (uint32_t)(a >> 32) ^ c[3] ^ k1;
    c[1] = (uint32_t)b;
    c[3] = (uint32_t)a;
    c[0] = c0;
    c[2] = c2;
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  memcpy(out, c, sizeof c);
}

/* in: key and stream, two integers; the shape. attr dtype: uint32 or uint64. */
ag_code ag_kernel_RANDOM_BITS(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                              ag_tensor *out) {
  const ag_tensor *seed = in[0], *dims = in[1];
  ag_dtype dtype = (ag_dtype)ag_attr_int(c->attrs, c->n_attrs, AG_KEY_dtype, AG_U32);
  if (dtype != AG_U32 && dtype != AG_U64)
    return ag_kernel_no_dtype(run, c, dtype);
  if (seed->rank != 1 || seed->dim[0] != 2 || !ag_is_int((ag_dtype)seed->dtype))
    return ag_kernel_fail(run, c, AG_ERR_SHAPE, "random_bits: a seed is two integers");
  if (dims->rank != 1 || dims->dim[0] > AG_MAX_RANK || !ag_is_int((ag_dtype)dims->dtype))
    return ag_kernel_fail(run, c, AG_ERR_SHAPE,
                          "random_bits: a shape is a vector of at most %d integers", AG_MAX_RANK);
  ag_shape shape = {.rank = (int32_t)dims->dim[0]};
  for (int i = 0; i < shape.rank; i++) {
    shape.dim[i] = ag_kernel_int_at(dims, i);
    if (shape.dim[i] < 0)
      return ag_kernel_fail(run, c, AG_ERR_SHAPE, "random_bits: size %lld of axis %d is negative",
                            (long long)shape.dim[i], i);
  }
  if (ag_kernel_out(run, c, out, dtype, &shape))
    return run->err->code;
  uint64_t key = (uint64_t)ag_kernel_int_at(seed, 0), stream = (uint64_t)ag_kernel_int_at(seed, 1);
  size_t item = ag_dtype_size(dtype), left = (size_t)ag_tensor_count(out) * item;
  char *to = ag_tensor_data(out);
  for (uint64_t block = 0; left; block++) {
    uint32_t bits[4];
    philox(key, stream, block, bits);
    size_t bytes = left < sizeof bits ? left : sizeof bits;
    memcpy(to, bits, bytes);
    to += bytes;
    left -= bytes;
  }
  return AG_OK;
}
