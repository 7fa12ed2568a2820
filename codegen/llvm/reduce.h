/* reduce.h - what the files of reductions share. */
#ifndef AG_LLVM_REDUCE_H
#define AG_LLVM_REDUCE_H

#include "emit.h"

#include "kernels/reduce.h"

typedef struct ag_reduction {
  ag_nid id;
  const ag_node *n;
  const ag_type *in, *out;
  ag_dtype dtype;
  uint32_t mask; /* reduced axes */
  ag_op step;
  ag_type kept;       /* shape of the kept axes */
  LLVMValueRef first; /* scalar */
  char name[48];
} ag_reduction;

/* reduce.c */
LLVMValueRef ag_reduce_step(ag_emitter *e, const ag_reduction *r, LLVMValueRef acc, LLVMValueRef x,
                            unsigned lanes);
LLVMValueRef ag_reduce_local(ag_emitter *e, LLVMTypeRef type); /* an alloca */
/* The operand's elements at an index, `lanes` of them. */
LLVMValueRef ag_reduce_elements(ag_emitter *e, const ag_reduction *r, const ag_index *at,
                                unsigned lanes);
LLVMValueRef ag_reduce_first(const ag_reduction *r, unsigned lanes); /* in all lanes */
/* Whether they can be emitted; leaves e->scattered as it was or true. */
bool ag_reduce_probe(ag_emitter *e, const ag_reduction *r, const ag_index *at, unsigned lanes);
/* Whether a vector of which a part is there can be computed as well. */
bool ag_reduce_has_parts(ag_emitter *e, const ag_reduction *r, const ag_index *at, unsigned lanes);
unsigned ag_reduce_lanes(ag_emitter *e, unsigned most); /* of what was probed last */
/* Dim i of x for divisions: not 0, also where there is no position. */
LLVMValueRef ag_divisor(ag_emitter *e, const ag_type *x, int i);
LLVMValueRef ag_reduce_count(ag_emitter *e, const ag_reduction *r); /* elements of an output */
LLVMValueRef ag_reduce_blocks(ag_emitter *e, LLVMValueRef count);   /* 1 of no elements */
int64_t ag_reduce_cost(const ag_emitter *e, const ag_reduction *r); /* of one, read and stepped */
ag_index ag_reduce_index(ag_emitter *e, const ag_reduction *r, int axis); /* lanes go along it */
LLVMValueRef ag_reduce_finished(ag_emitter *e, const ag_reduction *r, LLVMValueRef acc,
                                LLVMValueRef count, unsigned lanes);

/* x / by and x % by, which is most often 1 where only the run knows it. */
void ag_reduce_split(ag_emitter *e, LLVMValueRef x, LLVMValueRef by, LLVMValueRef *of,
                     LLVMValueRef *rest);

/* Columns that are taken together: a whole number of cache lines, so that threads do not write to
 * one. */
enum { AG_STRIP = 64 };

/* A loop over [0, count), which threads share where that pays. */
typedef struct ag_sharing {
  bool shared;
  ag_outline o;
  ag_loop l;
  LLVMValueRef count, cost;
  LLVMValueRef counter[AG_MAX_RANK]; /* by axis: allocas, or NULL */
} ag_sharing;

/* Outputs in rows along their last axis. Threads share the rows, the blocks that the elements of
 * each are cut into, and of each the strips of columns: from, to, whose first result is at position
 * + from where those of a row's blocks lie one after the other. */
typedef struct ag_strips {
  ag_sharing sharing;
  LLVMValueRef position, block, from, to;
} ag_strips;
/* axis: of the operand, the last that is kept. Flat, all outputs are one row. blocks: 1 where the
 * caller goes through all elements of an output. */
void ag_strips_begin(ag_emitter *e, const ag_reduction *r, ag_strips *s, ag_index *at, int axis,
                     LLVMValueRef blocks);
void ag_sharing_end(ag_emitter *e, const ag_reduction *r, ag_sharing *s);

/* leading.c */
void ag_emit_leading(ag_emitter *e, const ag_reduction *r, LLVMValueRef data);

/* crossings.c */
LLVMValueRef ag_crossing_buffer(ag_emitter *e); /* of a block, of any dtype */
/* The elements [begin, end) of the run, of one block, into the buffer. *at has the coordinates of
 * the kept axes; in_parts: a part of a vector can be computed. */
void ag_fill_crossing(ag_emitter *e, const ag_reduction *r, ag_index *at, unsigned lanes,
                      bool in_parts, LLVMValueRef buffer, LLVMValueRef begin, LLVMValueRef end);

/* joins.c */
LLVMValueRef ag_reduce_lane(ag_emitter *e, const ag_reduction *r, LLVMValueRef lane,
                            LLVMValueRef j); /* of scalars */
/* The 16 lanes in `vectors` of them, to as many as a vector has. */
LLVMValueRef ag_join_vectors(ag_emitter *e, const ag_reduction *r, LLVMValueRef *acc,
                             unsigned vectors, unsigned lanes);
/* These to one number. */
LLVMValueRef ag_join_lanes(ag_emitter *e, const ag_reduction *r, LLVMValueRef acc, unsigned lanes);
/* Those of `lanes` outputs to a vector of them; acc has room for twice as many, NULL behind. */
LLVMValueRef ag_join_outputs(ag_emitter *e, const ag_reduction *r, LLVMValueRef *acc,
                             unsigned lanes);

/* What joins the results of blocks as they come. */
typedef struct ag_joining {
  unsigned lanes;                        /* each of another output */
  LLVMValueRef levels, blocks, k, carry; /* allocas */
} ag_joining;

ag_joining ag_begin_joining(ag_emitter *e, const ag_reduction *r, unsigned lanes);
void ag_join_block(ag_emitter *e, const ag_reduction *r, const ag_joining *j, LLVMValueRef result);
LLVMValueRef ag_end_joining(ag_emitter *e, const ag_reduction *r, const ag_joining *j);

#endif
