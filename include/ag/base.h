/* base.h - errors, dtypes, shapes, memory: what every room shares.
 * No idea of tensors or graphs. */
#ifndef AG_BASE_H
#define AG_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define AG_API __attribute__((visibility("default")))
#define AG_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define AG_API
#define AG_PRINTF(fmt, args)
#endif

enum { AG_MAX_RANK = 8 };

/* ---- errors ------------------------------------------------------------------------------- */

/* The Python side maps each code to one exception (autograph/ext/raise.c). */
typedef enum ag_code {
  AG_OK = 0,
  AG_ERR_NOMEM,       /* MemoryError */
  AG_ERR_SHAPE,       /* InvalidArgumentError(ValueError) */
  AG_ERR_VALUE,       /* InvalidArgumentError(ValueError) */
  AG_ERR_TYPE,        /* TypeError */
  AG_ERR_INDEX,       /* OutOfRangeError-like: IndexError */
  AG_ERR_ZERODIV,     /* ZeroDivisionError */
  AG_ERR_OVERFLOW,    /* OverflowError */
  AG_ERR_ASSERT,      /* InvalidArgumentError and AssertionError */
  AG_ERR_UNBOUND,     /* UnboundLocalError */
  AG_ERR_UNINIT,      /* FailedPreconditionError */
  AG_ERR_INTERRUPT,   /* KeyboardInterrupt, or what the signal handler raised */
  AG_ERR_CALLBACK,    /* a Python exception is pending in the host */
  AG_ERR_RAISE,       /* a user's `raise` was reached: err.site says which */
  AG_ERR_UNSUPPORTED, /* NotImplementedError */
  AG_ERR_LATE,        /* the run was given up, to begin anew as native code: nobody sees it */
  AG_ERR_NUMBER,      /* a result that is another kind of number in Python: 2 ** -1 */
  AG_ERR_PARSE,       /* a text or file that is not well formed */
  AG_ERR_INTERNAL,    /* our own mistake, found in time */
  AG_CODE_COUNT
} ag_code;

/* A place in the user's source: an index into the trace's table of places, 0 when unknown. */
typedef uint32_t ag_loc;

/* The caller owns it; the first failure stays. */
typedef struct ag_err {
  ag_code code;
  ag_loc loc;
  uint32_t node; /* the graph node that failed, 0 when none */
  char msg[496];
} ag_err;

/* Fills *err unless it holds a failure already; returns err->code. */
AG_API ag_code ag_fail(ag_err *err, ag_code code, ag_loc loc, const char *fmt, ...) AG_PRINTF(4, 5);
AG_API const char *ag_code_name(ag_code code);

/* ---- memory ------------------------------------------------------------------------------- */

/* All allocation of the project goes through these; tests make the n-th one fail. */
AG_API void *ag_malloc(size_t bytes);
AG_API void *ag_calloc(size_t count, size_t bytes); /* checks the product */
AG_API void *ag_realloc(void *old, size_t bytes);
AG_API void ag_free(void *p);
/* The n-th allocation from now fails (1 is the next one); 0 turns it off. */
AG_API void ag_fail_allocation(uint64_t nth);
AG_API uint64_t ag_allocations(void);      /* made so far */
AG_API int64_t ag_allocations_alive(void); /* made and not freed */
/* Whether the process could map so much more now. Asked before a library that ends the process when
 * it gets no memory (LLVM, OpenBLAS), under a limit (ulimit -v, a batch system's) or strict
 * overcommit; another thread may take it in between, and a system that kills instead of refusing is
 * not heard. */
AG_API bool ag_has_room(size_t bytes);

/* Bump allocator: everything goes at once. */
typedef struct ag_arena ag_arena;
AG_API ag_arena *ag_arena_new(void);
AG_API void *ag_arena_alloc(ag_arena *a, size_t bytes); /* 16-aligned, zeroed; NULL when out of memory */
AG_API char *ag_arena_copy(ag_arena *a, const char *text, size_t len); /* NUL added */
AG_API void ag_arena_free(ag_arena *a);

/* Growing array: `ag_grow(v, len, cap, min)` makes room, keeps v on failure and returns false. */
AG_API bool ag_grow_bytes(void **data, uint32_t *cap, uint32_t need, size_t item);
#define ag_grow(data, cap, need) ag_grow_bytes((void **)&(data), &(cap), (need), sizeof *(data))

AG_API uint64_t ag_hash_bytes(const void *data, size_t len, uint64_t seed);

/* ---- text --------------------------------------------------------------------------------- */

/* A growing string; `failed` sticks once memory ran out. */
typedef struct ag_text {
  char *data; /* NUL-terminated when not NULL; ag_free it */
  uint32_t len, cap;
  bool failed;
} ag_text;
AG_API void ag_text_add(ag_text *t, const char *fmt, ...) AG_PRINTF(2, 3);
AG_API void ag_text_put(ag_text *t, const char *s, size_t len);

/* ---- dtypes ------------------------------------------------------------------------------- */

/* DTYPE ORDER: used in files' tables, kernels' tables and codegen. */
#define AG_DTYPES(X)                                                                               \
  X(BOOL, "bool", 1, "?", uint8_t)                                                                 \
  X(I8, "int8", 1, "b", int8_t)                                                                    \
  X(I16, "int16", 2, "h", int16_t)                                                                 \
  X(I32, "int32", 4, "i", int32_t)                                                                 \
  X(I64, "int64", 8, "l", int64_t)                                                                 \
  X(U8, "uint8", 1, "B", uint8_t)                                                                  \
  X(U16, "uint16", 2, "H", uint16_t)                                                               \
  X(U32, "uint32", 4, "I", uint32_t)                                                               \
  X(U64, "uint64", 8, "L", uint64_t)                                                               \
  X(F16, "float16", 2, "e", uint16_t)                                                              \
  X(BF16, "bfloat16", 2, "", uint16_t)                                                             \
  X(F32, "float32", 4, "f", float)                                                                 \
  X(F64, "float64", 8, "d", double)                                                                \
  X(C64, "complex64", 8, "Zf", ag_c64)                                                             \
  X(C128, "complex128", 16, "Zd", ag_c128)                                                         \
  X(STR, "string", 8, "", void *)                                                                  \
  X(RES, "resource", 8, "", void *)                                                                \
  X(VARIANT, "variant", 8, "", void *) /* the name alone: no tensor has it */
typedef struct ag_c64 {
  float re, im;
} ag_c64;
typedef struct ag_c128 {
  double re, im;
} ag_c128;

typedef enum ag_dtype {
#define X(name, ...) AG_##name,
  AG_DTYPES(X)
#undef X
      AG_DTYPE_COUNT
} ag_dtype;

AG_API const char *ag_dtype_name(ag_dtype d);   /* "int32" */
AG_API const char *ag_dtype_format(ag_dtype d); /* PEP 3118, "" when it has none */
AG_API size_t ag_dtype_size(ag_dtype d);
AG_API bool ag_dtype_parse(const char *name, ag_dtype *out);
static inline bool ag_is_float(ag_dtype d) { return d >= AG_F16 && d <= AG_F64; }
static inline bool ag_is_signed(ag_dtype d) { return d >= AG_I8 && d <= AG_I64; }
static inline bool ag_is_unsigned(ag_dtype d) { return d >= AG_U8 && d <= AG_U64; }
static inline bool ag_is_int(ag_dtype d) { return d >= AG_I8 && d <= AG_U64; }
static inline bool ag_is_complex(ag_dtype d) { return d == AG_C64 || d == AG_C128; }

static inline int64_t ag_least(int64_t a, int64_t b) { return a < b ? a : b; }

/* ---- shapes ------------------------------------------------------------------------------- */

/* In a run-time shape each dim is >= 0. In a type a negative dim is a symbol: equal symbols of one graph are
 * equal at run time. AG_RANK_UNKNOWN only in types. */
enum { AG_RANK_UNKNOWN = -1 };
typedef struct ag_shape {
  int32_t rank;
  int64_t dim[AG_MAX_RANK];
} ag_shape;

/* Number of elements; -1 when it does not fit (product past 2^62) or is not known. */
AG_API int64_t ag_shape_count(const ag_shape *s);
AG_API bool ag_shape_equal(const ag_shape *a, const ag_shape *b);
enum { AG_SHAPE_TEXT = 200 };
/* "(2, 3)", "(None, 3)", "<unknown>"; buf holds AG_SHAPE_TEXT bytes; returns buf. */
AG_API const char *ag_shape_text(const ag_shape *s, char *buf);
/* NumPy broadcasting of known shapes. */
AG_API bool ag_shape_broadcast(const ag_shape *a, const ag_shape *b, ag_shape *out);

#endif
