/* compile.h - from a graph to a plan that runs: passes, lowering, native code. */
#ifndef AG_COMPILE_H
#define AG_COMPILE_H

#include "ag/plan.h"

/* Runs the table of passes (codegen/optimize.c) and returns a new graph; the old one stays as it was.
 * level 0: only what is needed (drops nothing); 1: everything. dump: name of a pass after which the graph is
 * printed to stderr (also AG_DUMP in the environment), or NULL. */
AG_API ag_graph *ag_optimize(const ag_graph *g, int level, ag_err *err);

/* A copy with a check after every operation that could make a NaN or an infinity; to be optimized then. */
AG_API ag_graph *ag_check_numerics(const ag_graph *g, ag_err *err);
/* True when it puts one after an operation with a result of that dtype. */
AG_API bool ag_checks_numerics(ag_op op, ag_dtype result);

/* A copy for arguments of these shapes alone, in which dims below 0 are any. */
AG_API ag_graph *ag_graph_of_sizes(const ag_graph *g, const ag_shape *shapes, uint32_t n, ag_err *err);

/* An interpreted plan. */
AG_API ag_plan *ag_lower(const ag_graph *g, ag_err *err);

/* A plan of one native step (codegen/llvm). AG_ERR_UNSUPPORTED: the caller falls back to ag_lower. */
typedef struct ag_compile_options {
  bool fast_math;
  int effort;        /* 0: cg0, no passes; 1: the short list, cg1 (default) */
  const char *name;  /* of the function in symbols, "f" when NULL */
} ag_compile_options;
AG_API ag_plan *ag_compile(const ag_graph *g, const ag_compile_options *opt, ag_err *err);
/* Waits for the compilations under way; others wait for good from here on. To be called at the end of a
 * process whose threads may compile, before exit: by then it is too late for an atexit, since LLVM
 * has statics that are made after it and go before it. */
AG_API void ag_compile_close(void);
/* The same if the code is on the disk (ag/store.h); else NULL, without an error. */
AG_API ag_plan *ag_compile_cached(const ag_graph *g, const ag_compile_options *opt, ag_err *err);
/* The most bytes of tensors that a run of the compiled graph holds at once, results included,
 * arguments and constants not: -1 when a size is known only at run time. `shapes` are the arguments'
 * (those of unknown dims; n may be 0). `exact`: neither branches, loops nor threads for their
 * part of one allocate and no kernel may write into an operand; else no run takes more. `text` (or NULL): what is alive then, a line each. */
typedef struct ag_memory {
  int64_t bytes;
  bool exact;
} ag_memory;
AG_API ag_code ag_compile_memory(const ag_graph *g, const ag_shape *shapes, uint32_t n, ag_memory *out,
                                 ag_text *text, ag_err *err);
/* LLVM IR after passes and assembly of what ag_compile would make. Either may be NULL. */
AG_API ag_code ag_compile_text(const ag_graph *g, const ag_compile_options *opt, ag_text *ir, ag_text *assembly,
                               ag_err *err);

#endif
