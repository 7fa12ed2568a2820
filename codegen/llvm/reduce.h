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

/* crossings.c */
LLVMValueRef ag_crossing_buffer(ag_emitter *e, const ag_reduction *r);
/* The elements [begin, end) of the run, of one block, into the buffer. *at has the coordinates of
 * the kept axes; in_parts: a part of a vector can be computed. */
void ag_fill_crossing(ag_emitter *e, const ag_reduction *r, ag_index *at, unsigned lanes,
                      bool in_parts, LLVMValueRef buffer, LLVMValueRef begin, LLVMValueRef end);

/* joins.c */
LLVMValueRef ag_reduce_lane(ag_emitter *e, const ag_reduction *r, LLVMValueRef lane,
                            LLVMValueRef j);
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
  LLVMValueRef levels, blocks, k, carry; /* allocas */
} ag_joining;

ag_joining ag_begin_joining(ag_emitter *e, const ag_reduction *r);
void ag_join_block(ag_emitter *e, const ag_reduction *r, const ag_joining *j, LLVMValueRef result);
LLVMValueRef ag_end_joining(ag_emitter *e, const ag_reduction *r, const ag_joining *j);

#endif
