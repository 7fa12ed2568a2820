/* random.c - RANDOM_BITS: uniform bits from a counter, by Philox 4x32 with 10 rounds.
 * The block with number i of a stream depends on (key, stream, i) alone, so any part of the numbers
 * can be made by any thread, and the numbers are the same for any count of threads. Salmon, Moraes,
 * Dror, Shaw, Parallel Random Numbers: As Easy as 1, 2, 3 (SC 2011). */
#include "kernel.h"
#include "pool.h"

#include <string.h>

enum { ROUNDS = 10, BLOCK = 16 /* bytes */, PHILOX_COST = 80 };

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

typedef struct stream_of_bits {
  uint64_t key, stream;
  char *to;
  int64_t bytes;
} stream_of_bits;

static ag_code make_blocks(ag_run *run, void *ctx, int64_t begin, int64_t end) {
  (void)run;
  const stream_of_bits *s = ctx;
  for (; begin < end; begin++) {
    uint32_t bits[BLOCK / sizeof(uint32_t)];
    philox(s->key, s->stream, (uint64_t)begin, bits);
    int64_t left = s->bytes - begin * BLOCK;
    memcpy(s->to + begin * BLOCK, bits, left < BLOCK ? (size_t)left : BLOCK);
  }
  return AG_OK;
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
  stream_of_bits s = {.key = (uint64_t)ag_kernel_int_at(seed, 0),
                      .stream = (uint64_t)ag_kernel_int_at(seed, 1),
                      .to = ag_tensor_data(out),
                      .bytes = ag_tensor_count(out) * (int64_t)ag_dtype_size(dtype)};
  return ag_parallel(run, (s.bytes + BLOCK - 1) / BLOCK, PHILOX_COST, make_blocks, &s);
}
