/* plan.h - what the runtime executes: immutable byte code over slots, and the calls emitted code makes.
 *
 * codegen/lower.c makes a plan from a graph. Interpreted, its steps are kernels, moves and jumps; compiled, it is one
 * NATIVE step. Many threads may run one plan, each with its own ag_run. */
#ifndef AG_PLAN_H
#define AG_PLAN_H

#include "ag/graph.h"

/* One call of a kernel: also the table behind ag_rt_kernel in native code. */
typedef struct ag_call {
  uint16_t op;
  uint16_t n_attrs;
  uint32_t n_in, n_out;
  uint8_t in_dtype;         /* of input 0: PYDIV's message differs for floats */
  const uint32_t *in, *out; /* slots (interpreter only) */
  uint64_t dead;            /* bit i: input i is not used afterwards (i < 64) */
  const ag_attr *attrs;
  const ag_type *types; /* of the outputs */
  ag_loc loc;
  ag_nid node;
} ag_call;

typedef struct ag_run ag_run;
/* What is done to a block of a product as soon as it is finished (codegen/llvm/epilogue.c): to rows
 * and columns of the last two axes of `data`, at the position `outer` of the axes before them. */
typedef ag_code ag_block_body(ag_run *run, void *ctx, void *data, int64_t outer, int64_t row, int64_t end_row,
                              int64_t column, int64_t end_column);
typedef struct ag_epilogue {
  ag_block_body *body;
  void *ctx;
  int64_t cost; /* of an element (runtime/pool.h) */
} ag_epilogue;

/* The meaning of an op. Inputs have consistent dtypes and ranks; shapes are checked here. `out` is zeroed;
 * on failure what it holds is freed by the caller. An input marked dead whose buffer is unique may be reused
 * for an output (take a reference). Fails through run->err with c->loc. */
typedef ag_code ag_kernel(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out);
extern ag_kernel *const ag_kernels[AG_OP_COUNT]; /* NULL for source and region rows */

/* What the world around the runtime provides. Every function may be NULL (then: stdio, nothing, error). */
typedef struct ag_host {
  void *ctx;
  ag_code (*print)(void *ctx, const char *text, size_t len, int stream, ag_err *err);
  ag_code (*poll)(void *ctx, ag_err *err); /* every ~20 ms in loops: signals, cancellation */
  ag_code (*callback)(void *ctx, int64_t site, const ag_tensor *const *in, uint32_t n_in, ag_tensor *out,
                      uint32_t n_out, ag_err *err);
  /* A RAISE was reached: keeps what it needs of the operands (copied by reference). */
  void (*raised)(void *ctx, int64_t site, const ag_tensor *const *in, uint32_t n_in);
  /* Not 0: an interpreted loop that takes more nanoseconds than this is given up, with AG_ERR_LATE. */
  uint64_t patience;
} ag_host;

typedef ag_code ag_native(ag_run *run, const ag_tensor *const *in, ag_tensor *out);

/* The state of one call. RUN LAYOUT: emitted code uses the offsets of countdown and frame. */
struct ag_run {
  int64_t countdown;   /* back edges left until the next poll; emitted code keeps it in a register inside loops */
  ag_tensor *frame;    /* plan->n_slots slots, zeroed at the start, freed at the end */
  const struct ag_plan *plan;
  const ag_host *host;
  ag_err *err;
  uint64_t last_poll; /* ns, of the host's poll */
  uint64_t last_look; /* ns, at the clock, and the back edges granted then */
  int64_t granted;
  bool lacks_dtype; /* the kernel that failed has no loop for its operands (runtime/widen.c) */
  uint64_t stamp;   /* ns, when the last call ended: only where costs are measured */
  const ag_epilogue *epilogue; /* of the call that is being made, or NULL: MATMUL and CONV look at it */
};

typedef enum ag_step_kind {
  AG_STEP_KERNEL, /* a: index of call */
  AG_STEP_MOVE,   /* slot a <- slot b, b is left empty */
  AG_STEP_SHARE,  /* slot a <- slot b, both hold it */
  AG_STEP_CONST,  /* slot a <- constant b (shared) */
  AG_STEP_FREE,   /* slot a */
  AG_STEP_JUMP,   /* to step a */
  AG_STEP_BRANCH, /* slot a holds a bool; false: to step b */
  AG_STEP_POLL,   /* back edge of the loop at location a */
  AG_STEP_NATIVE, /* the whole function */
  AG_STEP_RETURN
} ag_step_kind;
typedef struct ag_step {
  uint32_t kind, a, b;
} ag_step;

/* A large constant of zeros but for a few words of 8 bytes: cleared memory makes a copy, without
 * reading it. */
enum { AG_SPARSE_WORDS = 4 };
typedef struct ag_sparse {
  size_t bytes; /* of the constant; 0: it is no such */
  uint32_t n;
  int64_t at[AG_SPARSE_WORDS];
  uint64_t word[AG_SPARSE_WORDS];
} ag_sparse;

/* What the runs of an interpreted plan spent in one of its calls. */
typedef struct ag_cost {
  uint64_t times;
  uint64_t ns;    /* since the call before it ended: moves and jumps on the way belong to it */
  uint64_t bytes; /* of results in memory that no input had */
} ag_cost;

typedef struct ag_plan ag_plan;
struct ag_plan {
  int64_t refs; /* atomic */
  ag_arena *arena; /* calls, attrs, steps live here */
  uint32_t n_in, n_out, n_slots, n_steps, n_calls, n_consts;
  const ag_type *in_types, *out_types;
  const uint32_t *in_slots, *out_slots; /* interpreter: where arguments are put and results are taken */
  const ag_step *steps;
  const ag_call *calls;
  const ag_tensor *consts; /* each holds a reference */
  const ag_sparse *sparse; /* by constant; NULL: none is looked at */
  ag_native *native;       /* NULL: interpreted */
  void *code;              /* keeps the native code alive; dropped by */
  void (*drop_code)(void *code);
  bool has_loop;           /* unknown running time */
  bool starts;             /* interpreted, a run may start while native code is made: see codegen/lower.c */
  bool cached;             /* the native code came from the disk */
  ag_cost *costs;          /* by call; NULL: not measured. Runs add to it, so only one at a time */
};
/* Empty, with an arena (the plan itself lies in it) and one reference; NULL when out of memory. */
AG_API ag_plan *ag_plan_new(void);
AG_API void ag_plan_ref(const ag_plan *p);
AG_API void ag_plan_unref(const ag_plan *p);
/* in: n_in borrowed tensors of the plan's types; out: n_out slots, filled (owned by the caller) on success. */
AG_API ag_code ag_plan_run(const ag_plan *p, const ag_host *host, const ag_tensor *const *in, ag_tensor *out,
                           ag_err *err);
/* From the next run on the calls of an interpreted plan are measured, from 0 again where they were; false: out of
 * memory. Before other threads know the plan. */
AG_API bool ag_plan_measure(ag_plan *p);
AG_API ag_code ag_plan_print(const ag_plan *p, ag_text *out);
/* One op outside any plan (eager mode). */
AG_API ag_code ag_run_op(const ag_host *host, ag_op op, const ag_attr *attrs, uint32_t n_attrs, const ag_type *types,
                         const ag_tensor *const *in, uint32_t n_in, ag_tensor *out, uint32_t n_out, ag_err *err);

/* Matrix products go through this shared library's CBLAS from now on (scipy_openblas32, OpenBLAS, ...), on one thread.
 * False: it has none, and the built-in loops stay. To be called before the first product. */
AG_API bool ag_blas_load(const char *path);
/* The same at the first product: opening a library takes longer than importing the package. */
AG_API void ag_blas_later(const char *path);

/* Threads that compute one loop together (runtime/pool.h): from AUTOGRAPH_NUM_THREADS at first, 0
 * and by default as many as the processors that the calling thread may use. */
enum { AG_MOST_THREADS = 256 };
AG_API int ag_threads(void);        /* 1 .. AG_MOST_THREADS, of a large loop now */
AG_API int ag_threads_wanted(void); /* 0 .. AG_MOST_THREADS, as set */
AG_API void ag_threads_set(int n);
AG_API int ag_threads_parse(const char *text); /* -1: not a number from 0 to AG_MOST_THREADS */

/* The part [begin, end) of a loop. `run` is its own: a failure goes to run->err, and there is no
 * host, so no effect and no Python. */
typedef ag_code ag_chunk(ag_run *run, void *ctx, int64_t begin, int64_t end);

/* ---- called by emitted code (symbols defined in the JIT; runtime/rt.c) --------------------------- */

/* Every AG_RT function is listed once here: codegen/llvm declares and defines them from this list. */
#define AG_RT_FUNCTIONS(X)                                                                         \
  X(ag_rt_poll) X(ag_rt_alloc) X(ag_rt_kernel) X(ag_rt_share) X(ag_rt_move) X(ag_rt_unique)        \
  X(ag_rt_free) X(ag_rt_const) X(ag_rt_fail) X(ag_rt_fail_index) X(ag_rt_truediv) X(ag_rt_powi)    \
  X(ag_rt_pyint) X(ag_rt_pypow) X(ag_rt_parallel) X(ag_rt_foreign) X(ag_rt_swap)     \
  X(ag_rt_product)
/* Resets run->countdown; 0 or a failure code to return with, at the site of the loop. */
AG_API int32_t ag_rt_poll(ag_run *run, uint32_t loop);
/* Makes *slot an own buffer of at least `bytes` (reusing its old one when unique and large enough); returns its data
 * or NULL (run->err filled). dims, rank and dtype of the slot are the caller's to set. */
AG_API void *ag_rt_alloc(ag_run *run, ag_tensor *slot, int64_t bytes);
/* body over [0, n), its chunks shared by threads: ag_parallel (runtime/pool.h). */
AG_API int32_t ag_rt_parallel(ag_run *run, int64_t n, int64_t cost, ag_chunk *body, void *context);
/* Calls the kernel of plan->calls[call]. in: array of pointers. */
AG_API int32_t ag_rt_kernel(ag_run *run, uint32_t call, const ag_tensor *const *in, ag_tensor *out);
/* The same of a MATMUL or CONV of floats, whose every block the body gets once, from any thread. */
AG_API int32_t ag_rt_product(ag_run *run, uint32_t call, const ag_tensor *const *in, ag_tensor *out, ag_block_body *body,
                             void *ctx, int64_t cost);
AG_API void ag_rt_share(ag_tensor *dst, const ag_tensor *src); /* drops what dst held */
AG_API void ag_rt_move(ag_tensor *dst, ag_tensor *src);        /* likewise; src is left empty */
AG_API void ag_rt_swap(ag_tensor *a, ag_tensor *b);
/* Copies the elements into an own buffer unless *slot is the only owner of a writable one; its data or NULL. */
AG_API void *ag_rt_unique(ag_run *run, ag_tensor *slot);
AG_API void ag_rt_free(ag_tensor *slot);
AG_API const ag_tensor *ag_rt_const(ag_run *run, uint32_t index);
/* Fail with the site (index into plan->calls, whose loc and node name the place). Return the code. The text is the
 * kernel's. a, b: the operands of that op, floats by their bits (__builtin_memcpy), 0 where there is none. */
AG_API int32_t ag_rt_fail(ag_run *run, int32_t code, uint32_t call, int64_t a, int64_t b);
AG_API int32_t ag_rt_fail_index(ag_run *run, uint32_t call, int32_t axis, int64_t index, int64_t size);
/* The C function of a FOREIGN_* site. Not NULL: it was declared before the graph could name it. */
AG_API void *ag_rt_foreign(ag_run *run, uint32_t call);
AG_API double ag_rt_truediv(int64_t a, int64_t b); /* correctly rounded, b != 0 */
/* a ** b for 64-bit ints with Python's overflow: false on overflow; b >= 0. */
AG_API int32_t ag_rt_powi(int64_t a, int64_t b, int64_t *out);
AG_API int32_t ag_rt_pyint(double x, int64_t *out);              /* 0, or AG_ERR_OVERFLOW / AG_ERR_VALUE */
AG_API int32_t ag_rt_pypow(double a, double b, double *out);     /* 0, or AG_ERR_ZERODIV / OVERFLOW / NUMBER */

#endif
