/* foreign.h - C functions of shared libraries as operations, and closures that C calls back.
 *
 * A function is declared once and stays: its library is not unloaded while the process lives.
 * FOREIGN_MAP calls one for each element of broadcast operands, FOREIGN_CALL once, on whole
 * buffers. Both know it by its number (attribute site); interpreted, libffi calls it, native code
 * calls it as C would. */
#ifndef AG_FOREIGN_H
#define AG_FOREIGN_H

#include "ag/tensor.h"

enum { AG_FOREIGN_PARAMS = 16, AG_FOREIGN_MAP_PARAMS = 8 };

/* FOREIGN PASSING: attribute params of FOREIGN_CALL holds one for each parameter; autograph/ffi.py
 * has the same numbers. */
typedef enum ag_passing {
  AG_PASS_VALUE,  /* T x: a 0-d operand */
  AG_PASS_READ,   /* const T *x: the elements of an operand, in C order */
  AG_PASS_UPDATE, /* T *x: a copy of an operand's elements, which is an output afterwards */
  AG_PASS_CLOSURE /* R (*f)(T ...): no operand; its address is in attribute closures */
} ag_passing;

/* Numbers that C passes by value: bool, the integers, float, double. */
static inline bool ag_foreign_takes(ag_dtype d) {
  return d <= AG_U64 || d == AG_F32 || d == AG_F64;
}

typedef struct ag_signature {
  bool returns;   /* false: void */
  uint8_t result; /* ag_dtype */
  uint32_t n;
  uint8_t param[AG_FOREIGN_MAP_PARAMS];
} ag_signature;

typedef struct ag_foreign_param {
  uint8_t passing, dtype; /* dtype of the value, of the elements */
  ag_signature closure;   /* CLOSURE only */
} ag_foreign_param;

typedef struct ag_foreign_spec {
  const char *library; /* as dlopen takes it; NULL: what the process has loaded */
  const char *symbol;
  bool returns;
  uint8_t result;
  uint32_t n;
  ag_foreign_param param[AG_FOREIGN_PARAMS];
} ag_foreign_spec;

/* Loads a library for good; NULL is what the process has loaded. AG_ERR_VALUE, with the loader's
 * reason, when there is none. */
AG_API ag_code ag_foreign_open(const char *library, ag_err *err);
/* The number of the function; equal declarations have equal numbers. -1: no such library or symbol,
 * or a type that cannot be passed. */
AG_API int64_t ag_foreign_add(const ag_foreign_spec *spec, ag_err *err);
/* What was declared, and the address; NULL when there is no such number. Lent for good. */
AG_API const ag_foreign_spec *ag_foreign_get(int64_t number);
AG_API void (*ag_foreign_address(int64_t number))(void);

/* What C calls: args point to the arguments, *result is to be filled. Not AG_OK: the error is kept
 * by whoever made the closure, C gets zeros from this call and the next ones, and the operation
 * that called C fails with AG_ERR_CALLBACK. `inside`: such an operation is running on this thread;
 * otherwise nobody will hear of the error. */
typedef ag_code ag_closure_function(void *ctx, const ag_signature *s, void *const *args,
                                    void *result, bool inside);
typedef struct ag_closure ag_closure;
/* NULL: no memory that may be executed. */
AG_API ag_closure *ag_closure_new(const ag_signature *s, ag_closure_function *f, void *ctx,
                                  ag_err *err);
AG_API void ag_closure_free(ag_closure *c);
AG_API void *ag_closure_code(const ag_closure *c); /* the address to give to C */

#endif
