/* hash.c - a fast 64-bit hash of bytes, for tables and cache keys (not for adversaries).
 * Words are multiplied to 128 bits and folded, after wyhash (Wang Yi, 2019). The same on every run.
 */
#include "ag/base.h"

#include <string.h>

static uint64_t fold(uint64_t a, uint64_t b) {
  unsigned __int128 p = (unsigned __int128)a * b;
  return (uint64_t)p ^ (uint64_t)(p >> 64);
}

uint64_t ag_hash_bytes(const void *data, size_t len, uint64_t seed) {
  const uint64_t k0 = 0xa0761d6478bd642full, k1 = 0xe7037ed1a0b428dbull;
  const unsigned char *p = data;
  uint64_t h = seed ^ k0;
  size_t left = len;
  for (; left >= 16; left -= 16, p += 16) {
    uint64_t w[2];
    memcpy(w, p, 16);
    h = fold(w[0] ^ k1, w[1] ^ h);
  }
  uint64_t w[2] = {0, 0};
  if (left)
    memcpy(w, p, left);
  h = fold(w[0] ^ k1, w[1] ^ h);
  return fold(h ^ k0, (uint64_t)len ^ k1);
}
