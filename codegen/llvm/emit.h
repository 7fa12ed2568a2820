/* emit.h - what the files of this room share while one graph is emitted.
 *
 * PLACES. Each value has a place: REG (a 0-d number: an SSA value, bool as i1), TENSOR (in memory:
 * a pointer to its ag_tensor and one to its elements, both SSA), or LAZY (computed element by
 * element where it is used). Nodes are emitted in order, so a place dominates every use that the
 * regions of the graph allow. A tensor made by emitted code owns one slot of the run frame; the
 * runtime frees all slots after any return. */
#ifndef AG_LLVM_EMIT_H
#define AG_LLVM_EMIT_H

#include "ag/compile.h"
#include "ag/foreign.h"
#include "cache.h"
#include "compat.h"
#include "jit.h"

/* ---- how each node is emitted (ways.c) --------------------------------------------------------
 */

typedef enum ag_how {
  AG_HOW_NONE,   /* dead, or a parameter or constant */
  AG_HOW_SCALAR, /* 0-d, in registers, at its place in the order */
  AG_HOW_LAZY,   /* inside the loops of its users */
  AG_HOW_LOOP,   /* a loop nest of its own that fills a slot */
  AG_HOW_REDUCE, /* a loop with accumulators */
  AG_HOW_SET,    /* an update, in place where storage.c allows it */
  AG_HOW_CALL,   /* its kernel */
  AG_HOW_REGION
} ag_how;

typedef struct ag_way {
  uint8_t how;
  uint16_t cost; /* LAZY: of computing one element, through lazy operands */
  bool waits;    /* LOOP, REDUCE: cannot fail, so it may be emitted with a later one */
  bool unstored; /* LOOP, REDUCE: only the loop it is in uses it */
  bool fails;    /* LOOP, REDUCE: checks indices of a GATHER */
  bool fresh;    /* SET: into another buffer, which the slot then takes */
  bool kernel;   /* SET: by its kernel, in the slot of the old value */
  ag_nid
      root; /* the node at whose place it is emitted (the last one, if several loops compute it) */
} ag_way;

/* One use of a value: an operand of a node, or a result of a region. */
typedef struct ag_use {
  ag_nid node;    /* 0 when it is a result */
  uint32_t index; /* operand, or number of the result */
  ag_region region;
} ag_use;

typedef struct ag_ways {
  ag_way *way;         /* by node */
  uint32_t *first_use; /* by value; uses of v are use[first_use[v]] .. use[first_use[v + 1] - 1] */
  ag_use *use;
  uint32_t *call;                  /* by node: 1 + index into plan->calls, 0 while it has none */
  uint32_t *use_mark, *value_mark; /* storage.c: walks that came by */
  uint8_t *hold;                   /* by output of a WHILE: 1 + ag_hold once known */
  ag_val *dies,
      *next_to_die; /* by node: the first value to free after it; by value: the next one */
  bool maps_out; /* loops call C functions */
  bool has_loop, calls_out; /* the run calls C functions, which take as long as they like */
} ag_ways;

ag_code ag_ways_find(const ag_graph *g, ag_arena *arena, ag_ways *out, ag_err *err);
ag_code ag_ways_group(const ag_graph *g, ag_arena *arena, ag_ways *w, ag_err *err); /* groups.c */
/* A 0-d number that lives in a register. */
bool ag_type_is_reg(const ag_type *t);
/* An update whose result may have more rows than its first operand. */
static inline bool ag_op_grows(ag_op op) {
  return op == AG_OP_LIST_PUT || op == AG_OP_LIST_WRITE || op == AG_OP_LIST_MOVE;
}
bool ag_dtype_is_reg(ag_dtype d);

/* ---- slices with bounds for operands (slices.c) ------------------------------------------------
 */

/* Bounds are numbers and steps constants: no kernel is needed to find the elements. */
bool ag_slices_are_clear(const ag_graph *g, const ag_node *n);
/* Operand k of n is a vector of bounds or steps, which only a kernel needs as a tensor. */
bool ag_is_of_bounds(const ag_node *n, uint32_t k);
/* Likewise, of a node that needs no kernel. */
bool ag_use_is_of_bounds(const ag_graph *g, const ag_ways *w, const ag_use *use);
/* A SLICE_DYN takes what the SET_SLICE_DYN sets, as far as that is known. */
bool ag_slices_are_equal(const ag_node *slice, const ag_node *set);
/* The shape of what a SET_SLICE_DYN sets; a size that no value is known to have is INT64_MIN. */
void ag_slice_place(const ag_graph *g, const ag_ways *w, const ag_node *set, ag_type *place);
/* The elements that it leaves out before and after along each axis, whatever the size, where it
 * takes all between in steps of 1. */
bool ag_slice_rest(const ag_graph *g, const ag_node *set, int64_t *before, int64_t *after);

/* ---- sizes that only the run knows (sizes.c) ---------------------------------------------------
 */

typedef struct ag_sizes {
  uint32_t symbols, n; /* the largest symbol, with the spare ones; numbers are below n */
  uint32_t spare;      /* the first of AG_MAX_RANK symbols that no value has */
  int64_t *derived;    /* those with an offset, sorted: their numbers follow the symbols */
  uint32_t n_derived;
} ag_sizes;
bool ag_sizes_find(const ag_graph *g, ag_arena *arena, ag_sizes *out);
uint32_t ag_size_number(const ag_sizes *s, int64_t dim);

/* ---- storage (storage.c) ------------------------------------------------------------------------
 */

/* The use is the last one of v on every path: what v holds may be moved or overwritten there. */
bool ag_use_is_last(const ag_graph *g, const ag_ways *w, ag_val v, const ag_use *use);
ag_code ag_deaths_find(const ag_graph *g, ag_arena *arena, ag_ways *w, ag_err *err);
typedef enum ag_hold {
  AG_HOLD_MOVES,  /* the variable's buffer may be another one each time around */
  AG_HOLD_SAME,   /* never written, never replaced */
  AG_HOLD_UPDATED, /* only updated in place: own and unique all through the loop */
  AG_HOLD_GROWS    /* the same, but its elements may move when it grows */
} ag_hold;
ag_hold ag_variable_hold(const ag_graph *g, const ag_ways *w, ag_nid loop, uint32_t k);

/* ---- what integers may be (ranges.c, range_nodes.c, range_walk.c) ---------------------------- */

/* Of a node; false: not known. */
typedef struct ag_fact {
  bool fits;            /* the result is an int64 whatever the run: no overflow */
  bool nonzero, plain;  /* of a division: the divisor is not 0; neither operand is negative */
  bool always, never;   /* a comparison that holds, or does not, each time */
  uint8_t nonnegative, inside; /* by index: not below 0; besides, within its axis */
} ag_fact;
ag_code ag_ranges_find(const ag_graph *g, ag_arena *arena, ag_fact **facts, ag_err *err);

/* ---- the emitter ----------------------------------------------------------------------------- */

typedef enum ag_place_kind {
  AG_PLACE_NONE,
  AG_PLACE_REG,
  AG_PLACE_TENSOR,
  AG_PLACE_LAZY
} ag_place_kind;
typedef struct ag_place {
  uint8_t kind;
  bool owned;  /* TENSOR: a slot of the run frame, not an argument or a constant */
  bool unique; /* TENSOR: its buffer is known to have no other owner */
  bool taken;  /* TENSOR: the slot holds another value by now, or nothing */
  bool scratch; /* TENSOR: only the row that is being computed (rows.c) */
  uint8_t across;   /* TENSOR: so many lanes of each of the vectors that are all of that row; 0: none */
  LLVMValueRef *rows; /* TENSOR: these vectors */
  LLVMValueRef row; /* TENSOR: the one number of that row; else NULL */
  LLVMValueRef reg, tensor, data;
} ag_place;

/* A size or place that the run knows: `plus`, and each term's size (dim) or number so many times. */
enum { AG_TERMS = 6 };
typedef struct ag_term {
  int64_t dim; /* of a type, below 0; 0: `value` */
  LLVMValueRef value;
  int64_t times;
} ag_term;
typedef struct ag_amount {
  int64_t plus;
  unsigned n;
  const ag_term *term; /* in the arena */
} ag_amount;

/* An index along one axis: `at` for lane 0 and `lane` more for each further lane; LANE_ANY: `at` is
 * a vector, one place a lane. Where it is
 * scale * (a coordinate of the nest) + offset, that coordinate is `axis`, counted from 1. */
#define AG_LANE_ANY INT64_MIN
enum { AG_AXIS_UNKNOWN = 0, AG_AXIS_FIXED = 255 }; /* FIXED: it is `offset` */
typedef struct ag_coord {
  LLVMValueRef at;
  int64_t lane;
  int64_t scale;
  ag_amount offset;
  uint8_t axis;
} ag_coord;
/* Where in a value an element (or `lanes` elements) lies: one coordinate an axis, or, when flat,
 * one for the position in memory order. */
typedef struct ag_index {
  bool flat;
  int rank;
  ag_coord c[AG_MAX_RANK];
} ag_index;

/* What a loop body computed already: v at an index, in so many lanes. */
typedef struct ag_memo {
  ag_val v;
  unsigned lanes;
  ag_index at;
  LLVMValueRef value;
} ag_memo;

typedef struct ag_ledger ag_ledger; /* memory.c */

enum { AG_BOUNDS = 4 };

typedef struct ag_emitter {
  const ag_graph *g;
  const ag_machine *machine;
  const ag_compile_options *opt;
  ag_err *err;
  ag_arena *arena; /* scratch */
  ag_ways ways;
  ag_fact *facts; /* by node */

  LLVMContextRef ctx;
  LLVMModuleRef module;
  LLVMBuilderRef b;
  LLVMValueRef fn, run, in, out, frame;
  LLVMBasicBlockRef entry; /* allocas and constants of the whole function */
  LLVMValueRef countdown;  /* alloca of i64, NULL when nothing loops */
  LLVMValueRef crossing;   /* alloca of a block of a reduction, of the last function that has one */
  bool in_body; /* of a loop that threads share: outline.c */
  LLVMValueRef body_scratch; /* an ag_tensor that the body frees when it leaves; NULL: none */
  LLVMValueRef guard;      /* i1: only then do checks count (straight branches); NULL: always */
  struct ag_pending {      /* checks of straight branches, made at their end */
    LLVMValueRef guard, ok, code, a, b;
    LLVMValueRef base, value; /* instead of ok: that value = scale * base + offset is an int64 */
    int64_t scale, offset;
    ag_nid id;
  } *pending;
  uint32_t n_pending, cap_pending;
  LLVMTypeRef i1, i8, i32, i64, ptr, f32, f64, voidt;

  ag_place *place;      /* by value */
  ag_sizes sizes;
  LLVMValueRef *symbol; /* by number of a size; NULL when not bound in the open regions */
  ag_amount **made;     /* by number of a size: of a value put together, what it is the sum of */
  uint32_t *bound;      /* stack of bound sizes */
  uint32_t n_bound, cap_bound;
  struct ag_inside { /* indices checked before, in the open scopes */
    LLVMValueRef index, size, at;
    uint32_t depth;
  } *inside;
  uint32_t n_inside, cap_inside, depth;

  ag_recipe recipe;
  uint32_t cap_sites, cap_consts;
  LLVMValueRef boxes, operands; /* allocas for calls of kernels */
  uint32_t n_boxes, n_operands; /* how many of them are needed */

  ag_nid product;  /* waits for the loop that takes its result; 0: none */
  ag_nid *waiting; /* loops that the next one takes along */
  uint32_t n_waiting, cap_waiting;

  ag_ledger *ledger;         /* NULL: nobody asks for the memory that a run takes */
  ag_nid emitting;           /* the node whose code this is */
  const ag_type *allocating; /* what is being allocated for; NULL: scratch */

  /* while the elements of one tree are emitted */
  ag_memo *memo;
  uint32_t n_memo, cap_memo;
  bool probing;           /* no code is made: only `refused` is answered */
  bool refused;           /* the tree cannot be emitted in this many lanes, or flat */
  struct ag_box { /* what the coordinates of the nest run over: at least all low, below all high */
    ag_amount low[AG_BOUNDS], high[AG_BOUNDS];
    uint8_t n_low, n_high; /* no high: not known */
    bool uncut;            /* the nest is not cut along this axis: only the run knows the side */
  } box[AG_MAX_RANK];
  bool turned;  /* seen while probing: memory is read across its order, along another axis than the last */
  bool scattered; /* likewise: the elements of a vector lie apart */
  bool ordered; /* likewise: the first failing element must be the first in memory order */
  struct ag_cut { /* asked for while probing: the nest is to be cut there (boxes.c); axis 0: nothing */
    int axis;     /* counted from 1 */
    ag_amount at;
  } cut;
  unsigned lanes, widest; /* elements at a time; bytes of the widest element seen */
  bool partial;           /* not all lanes are there: `mask` (i1 of each) says which, NULL while probing */
  LLVMValueRef mask;
  LLVMValueRef **checked; /* by node: the checked indices of an ELEMENT, the begins of a SLICE_DYN */
  struct ag_hoisted {     /* by node: computed before the loop it is in */
    bool done;
    LLVMValueRef ok; /* i1: its check; NULL: it cannot fail any more */
  } * hoisted;
} ag_emitter;

/* emit.c */
ag_code ag_emit_graph(ag_emitter *e,
                      const char *symbol);          /* g, machine, opt, err, arena, ctx are set */
void ag_emit_done(ag_emitter *e);                   /* frees all that it holds */
ag_code ag_emit_node(ag_emitter *e, ag_nid id);
ag_code ag_emit_region(ag_emitter *e, ag_region r); /* its nodes, in order */
void ag_emit_node_name(ag_emitter *e, ag_nid id, char buf[48]); /* "n7.sum" */
LLVMValueRef ag_emit_reg(ag_emitter *e, ag_val v);              /* of a REG value */
void ag_emit_set_reg(ag_emitter *e, ag_val v, LLVMValueRef reg);
LLVMBasicBlockRef ag_emit_block(ag_emitter *e, const char *name);
/* The condition is expected to hold (or not to): branch weights. */
void ag_emit_likely(ag_emitter *e, LLVMValueRef branch, bool taken);
unsigned ag_emit_width(ag_dtype d); /* bytes of a number, or of each part of a complex one */
LLVMTypeRef ag_emit_type(ag_emitter *e, ag_dtype d, unsigned lanes); /* in registers */
LLVMTypeRef ag_emit_memory_type(ag_emitter *e, ag_dtype d, unsigned lanes);
LLVMValueRef ag_emit_int(ag_emitter *e, int64_t x); /* i64 */
LLVMValueRef ag_emit_intrinsic(ag_emitter *e, const char *name, LLVMTypeRef *over, unsigned n_over,
                               LLVMValueRef *args, unsigned n_args, const char *as);
LLVMValueRef ag_emit_rt(ag_emitter *e, const char *name, LLVMTypeRef result, LLVMValueRef *args,
                        unsigned n, const char *as);

/* calls.c */
uint32_t ag_emit_site(ag_emitter *e, ag_nid id); /* index into plan->calls */
ag_code ag_emit_call(ag_emitter *e, ag_nid id);
/* Of a product, with the function that is called for its blocks. */
typedef struct ag_after {
  LLVMValueRef body, context, cost;
} ag_after;
ag_code ag_emit_call_then(ag_emitter *e, ag_nid id, const ag_after *after);
/* A stack tensor for the k-th operand that is a register. */
LLVMValueRef ag_emit_box(ag_emitter *e, uint32_t k, const ag_type *t, LLVMValueRef reg);

/* checks.c */
void ag_emit_return_if(ag_emitter *e, LLVMValueRef code); /* leaves the function when code != 0 */
/* Leaves the function in any case; what is emitted next is never reached. */
void ag_emit_leave(ag_emitter *e, LLVMValueRef code);
/* Goes on where ok holds; else fails with the code and up to two numbers (NULL: 0) at the node's
 * site. */
void ag_emit_check(ag_emitter *e, LLVMValueRef ok, ag_nid id, ag_code code, LLVMValueRef a,
                   LLVMValueRef b);
/* Likewise with a code known at run time. */
void ag_emit_check_code(ag_emitter *e, LLVMValueRef ok, ag_nid id, LLVMValueRef code,
                        LLVMValueRef a, LLVMValueRef b);
/* Likewise where neither `ok` nor `rare` holds; `rare` is looked at only without `ok`. */
void ag_emit_check_unless(ag_emitter *e, LLVMValueRef ok, LLVMValueRef rare, ag_nid id,
                          ag_code code, LLVMValueRef a, LLVMValueRef b);
/* scale * x + offset, which fails where it is no int64; a, b: the numbers of the message. */
LLVMValueRef ag_emit_affine(ag_emitter *e, LLVMValueRef x, int64_t scale, int64_t offset, ag_nid id,
                            LLVMValueRef a, LLVMValueRef b, const char *name);
void ag_emit_pending(ag_emitter *e); /* the checks that straight code has put off */
LLVMValueRef ag_emit_pending_hold(ag_emitter *e); /* whether all of them hold; NULL without any */
/* The index made non-negative (unless it is known to be), checked against size. */
LLVMValueRef ag_emit_checked_index(ag_emitter *e, LLVMValueRef index, bool nonnegative,
                                   LLVMValueRef size, ag_nid id, int axis);

/* Likewise of a vector of indices: the first bad one fails. */
LLVMValueRef ag_emit_checked_indices(ag_emitter *e, LLVMValueRef indices, bool nonnegative,
                                     LLVMValueRef size, ag_nid id, int axis);

/* slots.c */
LLVMValueRef ag_emit_slot(ag_emitter *e, uint32_t n); /* n consecutive new slots: the first */
LLVMValueRef ag_emit_field(ag_emitter *e, LLVMValueRef tensor, size_t offset, const char *name);
/* Allocates for a value of this type in the slot and writes its header. */
ag_place ag_emit_alloc(ag_emitter *e, LLVMValueRef slot, const ag_type *t, const char *name);
/* Room for n elements that only emitted code knows, in a slot of its own: a pointer. */
LLVMValueRef ag_emit_scratch(ag_emitter *e, ag_dtype d, LLVMValueRef n, const char *name);
void ag_emit_header(ag_emitter *e, LLVMValueRef slot, const ag_type *t);
void ag_emit_scalar_store(ag_emitter *e, LLVMValueRef slot, const ag_type *t, LLVMValueRef reg);
LLVMValueRef ag_emit_scalar_load(ag_emitter *e, LLVMValueRef slot, ag_dtype d, const char *name);
ag_place ag_emit_place(ag_emitter *e, LLVMValueRef slot, bool owned); /* loads the data pointer */
void ag_emit_share(ag_emitter *e, LLVMValueRef to, LLVMValueRef from);
void ag_emit_move(ag_emitter *e, LLVMValueRef to, LLVMValueRef from);
void ag_emit_unique(ag_emitter *e, ag_place *p);
LLVMValueRef ag_emit_load(ag_emitter *e, ag_dtype d, LLVMValueRef data, LLVMValueRef offset,
                          unsigned lanes, const char *name);
void ag_emit_store(ag_emitter *e, ag_dtype d, LLVMValueRef data, LLVMValueRef offset,
                   LLVMValueRef value, unsigned lanes);

/* sizes.c */
bool ag_emit_is_bound(const ag_emitter *e, int64_t dim);
LLVMValueRef ag_emit_size(ag_emitter *e, int64_t dim); /* a constant or a bound one */
LLVMValueRef ag_emit_dim(ag_emitter *e, const ag_type *t, int axis);
LLVMValueRef ag_emit_count(ag_emitter *e, const ag_type *t);
void ag_emit_bind(ag_emitter *e, const ag_type *t,
                  LLVMValueRef tensor); /* sizes not bound yet, from its dims */
void ag_emit_bind_size(ag_emitter *e, int64_t dim, LLVMValueRef size);
/* The size is the sum of others from here on, where it is not bound. */
void ag_emit_make_size(ag_emitter *e, int64_t dim, const ag_amount *sum);
uint32_t ag_emit_scope(ag_emitter *e);
void ag_emit_unscope(ag_emitter *e, uint32_t mark);

/* slices.c: what SLICE_DYN and SET_SLICE_DYN take */
typedef struct ag_slice { /* an axis; `at` of the slice is begin + at * step of x, of `size` */
  LLVMValueRef begin, size;
  int64_t step;
} ag_slice;
void ag_emit_slices(ag_emitter *e, const ag_node *n, ag_slice *out); /* of each axis of x */
void ag_emit_slice_begins(ag_emitter *e, ag_nid id); /* of a SLICE_DYN, at its place in the order */
/* The index into x that the element `at` of a SLICE_DYN comes from; false: refused. */
bool ag_slice_source(ag_emitter *e, ag_nid id, const ag_index *at, ag_index *out);

/* loops.c */
typedef struct ag_loop {
  LLVMBasicBlockRef from, body, exit;
  LLVMValueRef i, end, step;
} ag_loop;
/* for (i = begin; i < end; i += step), the test at the end of the body. */
void ag_loop_begin(ag_emitter *e, ag_loop *l, LLVMValueRef begin, LLVMValueRef end, int64_t step,
                   const char *name);
void ag_loop_end(ag_emitter *e, ag_loop *l);
/* Where a piece of `size` indices ends that begins here: at `end` where that comes before. */
LLVMValueRef ag_piece_end(ag_emitter *e, LLVMValueRef begin, int64_t size, LLVMValueRef end);
/* Where as many whole steps of this size, a power of two, end as there are in [begin, end). */
LLVMValueRef ag_whole_end(ag_emitter *e, LLVMValueRef begin, LLVMValueRef end, int64_t size);
void ag_emit_poll(ag_emitter *e, ag_nid loop); /* a back edge of a loop of unknown length */
/* Loops of known length that may be long within one index of what threads share count what they
 * cost, and about every ms ask whether to go on: what begin gives counts. Between two looks may lie
 * AG_SLAB, so that looking costs nothing. */
enum { AG_SLAB = 1 << 17 };
LLVMValueRef ag_looks_begin(ag_emitter *e);
void ag_emit_look(ag_emitter *e, LLVMValueRef looks, int64_t cost);
/* Computes all elements of values that broadcast to one shape into memory. The place of
 * an element: position in memory order, or what `where` maps its index to (SET_SLICE). */
typedef LLVMValueRef ag_where(ag_emitter *e, const ag_index *i, void *ctx, int64_t *lane);
typedef struct ag_filling {
  ag_val v;
  ag_dtype dtype;
  LLVMValueRef data; /* NULL: computed for the others, not stored */
} ag_filling;
typedef struct ag_target {
  ag_where *where;
  void (*row)(ag_emitter *e, const ag_index *i, void *row_ctx); /* once a row, before it; or NULL */
  void *ctx, *row_ctx;
} ag_target;
void ag_emit_fill(ag_emitter *e, const ag_filling *fillings, uint32_t n, const ag_type *shape,
                  const ag_target *target, const char *name); /* NULL: in memory order */
ag_code ag_emit_loop(ag_emitter *e, ag_nid id);
ag_code ag_emit_later(ag_emitter *e, ag_nid id);
/* What a body is called with: `data` holds the result, `outer` numbers the axes before. */
typedef struct ag_block {
  LLVMValueRef data, outer, row[2], column[2];
} ag_block;
/* The same for a block of the last two axes, inside the body that `b` is of; false, before it is
 * begun: it takes another nest. */
bool ag_fill_has_blocks(ag_emitter *e, const ag_filling *fillings, uint32_t n, const ag_type *shape,
                        unsigned *lanes, int64_t *cost);
void ag_emit_fill_block(ag_emitter *e, const ag_filling *fillings, uint32_t n, const ag_type *shape,
                        const ag_block *b, unsigned lanes, const char *name);
/* The last axis alone: *at has the other coordinates. */
void ag_emit_fill_row(ag_emitter *e, const ag_filling *f, const ag_type *shape, ag_index *at,
                      ag_where *where, const char *name);
/* rows.c: the loops and reductions that wait, and this last one. */
bool ag_rows_are_waiting(ag_emitter *e);
ag_code ag_emit_rows(ag_emitter *e, ag_nid last);

/* outline.c */
typedef struct ag_outline {
  LLVMValueRef fn, run; /* of the outer function */
  LLVMBasicBlockRef entry, from, start;
  LLVMValueRef begin, end; /* the part that the body is to compute */
  uint32_t mark;
} ag_outline;
/* Of computing an element of a value, without what is in memory or registers already. */
int64_t ag_emit_cost(const ag_emitter *e, ag_val v);
/* Whether a loop of so many indices, each of that cost, becomes a body; yes when it is not known. */
bool ag_outline_pays(const ag_emitter *e, LLVMValueRef count, int64_t cost);
/* Between these two the loop over [begin, end) is emitted, which is then run for [0, n). */
void ag_outline_begin(ag_emitter *e, ag_outline *o, const char *name);
void ag_outline_end(ag_emitter *e, ag_outline *o, LLVMValueRef n, LLVMValueRef cost);
/* Likewise an ag_block_body (ag/plan.h), whose function `close` gives, with its context (NULL: out
 * of memory). */
ag_block ag_outline_block(ag_emitter *e, ag_outline *o, const char *name);
LLVMValueRef ag_outline_close(ag_emitter *e, ag_outline *o, LLVMValueRef *context);

/* covers.c */
/* A row in vectors, of which the first `full` are there whatever its length, the others in part. */
typedef struct ag_cover {
  unsigned lanes, vectors, full;
} ag_cover;
ag_cover ag_cover_of(int64_t columns, unsigned lanes);
/* What is emitted next is of vector v, until ag_emit_whole. */
void ag_cover_vector(ag_emitter *e, const ag_cover *c, unsigned v, LLVMValueRef columns);
/* for (ag_forms_begin(..); ag_forms_next(e, f, &cover);) emits a form: in 1, 2, 4 .. `most` vectors
 * as the cover says, in the end, without lanes, for all other lengths. */
typedef struct ag_forms {
  unsigned lanes, most, vectors;
  uint32_t scope;
  LLVMValueRef before;
  LLVMBasicBlockRef longer, done;
} ag_forms;
void ag_forms_begin(ag_emitter *e, ag_forms *f, LLVMValueRef columns, unsigned lanes,
                    unsigned most);
bool ag_forms_next(ag_emitter *e, ag_forms *f, ag_cover *c);

/* epilogue.c */
/* Products that wait for the loop that takes their results get it for a root. */
void ag_ways_take(const ag_graph *g, ag_ways *w);
/* Emits the waiting product with the loop of these as its epilogue, the last of them in the place
 * of its result; false: it was emitted alone, or there is none. */
bool ag_emit_product(ag_emitter *e, ag_nid root, ag_filling *fillings, uint32_t n);
/* What the last filling may be written over, element by element; 0: nothing. */
ag_val ag_taken_over(const ag_emitter *e, ag_nid root);
/* The place of v becomes that of its successor, which has as many elements of the same size. */
void ag_emit_take_over(ag_emitter *e, ag_val v, ag_val successor);

/* element.c */
LLVMValueRef ag_emit_element(ag_emitter *e, ag_val v, const ag_index *at, const char *name);
/* The element of v that broadcasting to `shape` puts at `at`. */
LLVMValueRef ag_emit_operand(ag_emitter *e, ag_val v, const ag_type *shape, const ag_index *at,
                             const char *name);
/* The element of one node, whatever its way. */
LLVMValueRef ag_emit_node_element(ag_emitter *e, ag_nid id, const ag_index *at);

/* inline.c */
typedef struct ag_expr {
  ag_nid id;
  ag_dtype from, to; /* of the operands (SELECT: of the values), of the result */
  unsigned lanes;
  LLVMValueRef in[AG_FOREIGN_MAP_PARAMS];
  const char *name;
} ag_expr;
LLVMValueRef ag_emit_inline(ag_emitter *e, ag_op op, const ag_expr *x);

/* complexes.c */
typedef enum ag_complex_way {
  AG_COMPLEX_NONE, /* it has none */
  AG_COMPLEX_SCALAR,
  AG_COMPLEX_INLINE, /* of arrays, in the loops of its users */
  AG_COMPLEX_SET,
  AG_COMPLEX_CALL,
} ag_complex_way;
ag_complex_way ag_complex_way_of(const ag_graph *g, const ag_node *n);
LLVMValueRef ag_emit_complex(ag_emitter *e, ag_op op, const ag_expr *x);
LLVMValueRef ag_complex_splat(ag_emitter *e, LLVMValueRef z, const char *name); /* in all lanes */

/* foreign.c */
LLVMValueRef ag_emit_foreign_map(ag_emitter *e, const ag_expr *x);
bool ag_foreign_is_typed(const ag_graph *g, const ag_node *n); /* false: its kernel calls it */
ag_code ag_emit_foreign_call(ag_emitter *e, ag_nid id);

/* index.c */
/* The index into operand 0 that the element `at` of the node comes from; false: refused. */
bool ag_emit_source(ag_emitter *e, ag_nid id, const ag_index *at, ag_index *out);
/* *at (in `shape`) becomes an index into t, which broadcasts to it; `own` is room for it. False:
 * refused. */
bool ag_index_broadcast(ag_emitter *e, const ag_type *t, const ag_type *shape, const ag_index **at,
                        ag_index *own);
/* A flat index into t as coordinates; false: refused. */
bool ag_index_take_apart(ag_emitter *e, const ag_type *t, const ag_index *at, ag_index *out);
/* v as a place along the axis, of this size; checked, unless it is known or was here before. */
LLVMValueRef ag_emit_index(ag_emitter *e, ag_nid id, ag_val v, LLVMValueRef size, int axis);
LLVMValueRef ag_emit_widened(ag_emitter *e, ag_val v); /* an integer in a register, as i64 */
LLVMValueRef ag_ix(ag_emitter *e, LLVMOpcode op, LLVMValueRef a,
                   LLVMValueRef b); /* nothing while probing */
void ag_emit_index_check(ag_emitter *e,
                         ag_nid id); /* what ELEMENT checks, once, at its place in the order */
/* A place a lane: at, at + lane, ... */
LLVMValueRef ag_emit_lanes(ag_emitter *e, LLVMValueRef at, int64_t lane);
enum { AG_MASKED_BITS = 256 }; /* of vectors: these machines load and store with a mask */
/* From here on only the first `left` of e->lanes are there (all of them where it is more): others are
 * neither read nor written, and what is computed in them is nobody's. Until ag_emit_whole. */
void ag_emit_partial(ag_emitter *e, LLVMValueRef left);
void ag_emit_whole(ag_emitter *e);
/* Position in memory order; *lane is how much each further lane adds. */
LLVMValueRef ag_emit_linear(ag_emitter *e, const ag_type *t, const ag_index *at, int64_t *lane);

/* memory.c */
bool ag_ledger_begin(ag_emitter *e); /* before the graph is emitted */
void ag_ledger_done(ag_emitter *e);
void ag_ledger_note(ag_emitter *e, const char *name, const LLVMValueRef *args);
void ag_ledger_outside(ag_emitter *e, LLVMValueRef tensor, const ag_type *t);
void ag_ledger_region(ag_emitter *e, bool loop, bool begin);
ag_code ag_ledger_sum(ag_emitter *e, const ag_shape *shapes, uint32_t n, ag_memory *out,
                      ag_text *text);

/* amounts.c: false where it cannot be told. */
bool ag_amount_of_size(ag_emitter *e, int64_t dim, ag_amount *out);
bool ag_amount_of_number(ag_emitter *e, LLVMValueRef x, ag_amount *out);
bool ag_amount_add(ag_emitter *e, ag_amount *a, const ag_amount *b, int64_t times); /* a += times b */
bool ag_amount_reaches(ag_emitter *e, const ag_amount *a, const ag_amount *b); /* a >= b */
bool ag_amounts_equal(const ag_amount *a, const ag_amount *b);
LLVMValueRef ag_emit_amount(ag_emitter *e, const ag_amount *a);

/* boxes.c */
typedef enum ag_side {
  AG_SIDE_BELOW,
  AG_SIDE_FROM, /* at it or behind */
  AG_SIDE_CUT,  /* refused: the nest is asked to be cut */
  AG_SIDE_OPEN  /* only the run knows */
} ag_side;
ag_side ag_box_side(ag_emitter *e, const ag_coord *c, const ag_amount *at);
void ag_box_set(ag_emitter *e, int axis, const ag_amount *high); /* from 0; NULL: to nobody knows where */
void ag_box_assume(ag_emitter *e, int axis, const ag_amount *at, bool below);
bool ag_box_is_narrow(ag_emitter *e, int axis); /* a few elements */

/* parts.c */
void ag_emit_parts_size(ag_emitter *e, ag_nid id); /* of a lazy one, at its place in the order */
bool ag_parts_are_clear(const ag_graph *g, const ag_node *n); /* sizes are known where they meet */
uint32_t ag_parts_count(const ag_graph *g, const ag_node *n);
LLVMValueRef ag_emit_parts(ag_emitter *e, ag_nid id, const ag_index *at);

/* reduce.c, set.c, control.c */
bool ag_reduce_is_emitted(const ag_graph *g,
                          const ag_node *n); /* of those with lowering `reduce` */
ag_code ag_emit_reduce(ag_emitter *e, ag_nid id);
bool ag_reduce_is_of_rows(const ag_graph *g, const ag_node *n); /* over the last axis alone */
void ag_emit_check_reduced(ag_emitter *e, ag_nid id); /* there is no largest of no elements */
LLVMValueRef ag_emit_reduce_row(ag_emitter *e, ag_nid id, ag_index *at); /* of one row */
LLVMValueRef ag_emit_reduce_vectors(ag_emitter *e, ag_nid id, ag_index *at, const ag_cover *c);
ag_code ag_emit_set(ag_emitter *e, ag_nid id);
/* A few cycles, and safe to compute on a path not taken, its overflow checks apart. */
bool ag_emit_is_straight(const ag_graph *g, const ag_node *n);
ag_code ag_emit_cond(ag_emitter *e, ag_nid id);
ag_code ag_emit_while(ag_emitter *e, ag_nid id);

/* hoist.c: before the loop, in a scope that ends with its body; `runs`: it has a first turn. */
void ag_hoist(ag_emitter *e, ag_region body, bool runs);
ag_code ag_emit_hoisted(ag_emitter *e, ag_nid id);
/* Its place is known before the loop of that body. */
bool ag_is_before(const ag_emitter *e, ag_val v, ag_region body);
/* x[at], or 0 where that is outside. */
LLVMValueRef ag_emit_if_inside(ag_emitter *e, const ag_type *t, const ag_place *x,
                               const ag_index *at);

/* aliases.c: of the whole function, once it is emitted. */
void ag_tell_aliases(ag_emitter *e);

/* carry.c */
/* An ELEMENT of a loop's body that is what the turn before has written. */
typedef struct ag_carried {
  ag_nid read;
  ag_val written;
  LLVMValueRef first, phi, next;
} ag_carried;
/* Those of variable k, which is at x before the loop and updated in place; how many there are. */
uint32_t ag_carry_find(ag_emitter *e, ag_nid loop, uint32_t k, const ag_place *x, ag_carried *out,
                       uint32_t room);

#endif
