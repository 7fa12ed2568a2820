/* vmath.c - which instruction set's functions serve this process.
 * The choice is made once and cannot fail: sse2 is in every x86-64. */
#include "ag/vmath.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "isa.h"

/* __builtin_cpu_supports also asks the system whether it saves the registers. */
static bool has(ag_isa isa) {
  __builtin_cpu_init();
  switch (isa) {
  case AG_ISA_SSE2:
    return true;
  case AG_ISA_AVX2:
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  case AG_ISA_AVX512:
    return has(AG_ISA_AVX2) && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw");
  default:
    return false;
  }
}

static const ag_vmath *const tables[AG_ISA_COUNT] = {&ag_vmath_sse2, &ag_vmath_avx2,
                                                     &ag_vmath_avx512};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static ag_isa chosen;

static void choose(void) {
  const char *limit = getenv("AG_ISA");
  int isa = AG_ISA_COUNT - 1;
  for (int i = 0; limit && i < AG_ISA_COUNT; i++)
    if (!strcmp(limit, tables[i]->isa))
      isa = i;
  while (!has((ag_isa)isa))
    isa--;
  chosen = (ag_isa)isa;
}

const ag_vmath *ag_vmath_table_of(ag_isa isa) {
  return (unsigned)isa < AG_ISA_COUNT && has(isa) ? tables[isa] : NULL;
}

const ag_vmath_symbol *ag_vmath_symbols_of(ag_isa isa, size_t *n) {
  static const ag_vmath_symbol *const symbols[AG_ISA_COUNT] = {
      ag_vmath_symbols_sse2, ag_vmath_symbols_avx2, ag_vmath_symbols_avx512};
  *n = 0;
  if ((unsigned)isa >= AG_ISA_COUNT || !has(isa))
    return NULL;
  *n = (size_t)(2 + isa) * AG_VMATH_FORMS; /* scalars and isa + 1 widths */
  return symbols[isa];
}

const ag_vmath *ag_vmath_table(void) {
  pthread_once(&once, choose);
  return tables[chosen];
}

const ag_vmath_symbol *ag_vmath_symbols(size_t *n) {
  pthread_once(&once, choose);
  return ag_vmath_symbols_of(chosen, n);
}
