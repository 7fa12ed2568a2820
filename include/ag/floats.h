/* floats.h - the processor's mode of floating-point numbers, as runs need it.
 * Another library may have left this thread rounding down, flushing subnormal numbers to zero
 * (-ffast-math at link time, audio code) or trapping divisions by zero. Results are to be the same
 * bits on every thread, whoever set what: a run rounds to the nearest, keeps subnormals, and never
 * traps; the mode that it found comes back at its end. */
#ifndef AG_FLOATS_H
#define AG_FLOATS_H

#include <fenv.h>
#include <stdbool.h>
#include <xmmintrin.h>

/* All exceptions masked, the rest 0; below it the flags of what happened, which mean nothing. */
enum { AG_FLOATS_MODE = 0x1f80, AG_FLOATS_FLAGS = 0x3f };

typedef struct ag_floats {
  bool foreign;
  fenv_t found;
} ag_floats;

static inline void ag_floats_enter(ag_floats *f) {
  f->foreign = (_mm_getcsr() & ~(unsigned)AG_FLOATS_FLAGS) != AG_FLOATS_MODE;
  if (__builtin_expect(f->foreign, false)) {
    fegetenv(&f->found);
    fesetenv(FE_DFL_ENV);
  }
}

static inline void ag_floats_leave(const ag_floats *f) {
  if (__builtin_expect(f->foreign, false))
    fesetenv(&f->found);
}

/* x as a float32, rounded to the nearest in any mode. */
static inline float ag_floats_narrow(double x) {
  ag_floats floats;
  ag_floats_enter(&floats);
  volatile float narrow = (float)x; /* here, and not before or after */
  ag_floats_leave(&floats);
  return narrow;
}

#endif
