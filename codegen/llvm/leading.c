/* leading.c - reductions that keep the last axis: `lanes` neighbouring outputs at a time, each
 * adding its elements in order. */
#include "reduce.h"

enum { VECTORS = 8 }; /* of a strip, in registers at a time */

/* The innermost loops over reduced axes that cost no more than a slab together, in turns: `axis` is
 * the next one out, of which a slab has `rows`, and -1 when all of them are so short. */
typedef struct slab {
  int axis;
  int64_t rows, cost;
} slab;

static slab slab_of(const ag_emitter *e, const ag_reduction *r, int64_t width) {
  slab s = {.cost = width * ag_reduce_cost(e, r)};
  for (s.axis = r->in->rank - 1; s.axis >= 0; s.axis--) {
    int64_t size = r->in->dim[s.axis], most = AG_SLAB / s.cost;
    if (!(r->mask >> s.axis & 1))
      continue;
    if (size < 0 || size > most) {
      s.rows = most < 1 ? 1 : most;
      s.cost *= s.rows;
      break;
    }
    s.cost *= size < 1 ? 1 : size;
  }
  return s;
}

/* The columns [from, to), `vectors` times `lanes` next to each other at a time, as long as there
 * are so many; returns the first that is left. */
static LLVMValueRef emit_columns(ag_emitter *e, const ag_reduction *r, ag_index *at,
                                 LLVMValueRef data, LLVMValueRef position, LLVMValueRef from,
                                 LLVMValueRef to, unsigned vectors, unsigned lanes) {
  LLVMTypeRef type = ag_emit_type(e, r->dtype, lanes);
  LLVMValueRef acc[VECTORS];
  int last = r->in->rank - 1, n = 0;
  int64_t width = (int64_t)vectors * lanes;
  ag_loop column, loops[AG_MAX_RANK + 1];
  LLVMValueRef whole = ag_whole_end(e, from, to, width);
  if (LLVMIsAConstantInt(whole) && LLVMIsAConstantInt(from) &&
      LLVMConstIntGetSExtValue(whole) <= LLVMConstIntGetSExtValue(from))
    return from;
  for (unsigned j = 0; j < vectors; j++)
    acc[j] = ag_reduce_local(e, type);
  slab turn = slab_of(e, r, width);
  int looking = -1; /* the outermost loop of a slab */
  LLVMValueRef looks = turn.axis >= 0 ? ag_looks_begin(e) : NULL;
  ag_loop_begin(e, &column, from, whole, width, r->name);
  for (unsigned j = 0; j < vectors; j++)
    LLVMBuildStore(e->b, ag_reduce_first(r, lanes), acc[j]);
  for (int i = 0; i < last; i++) {
    if (!(r->mask >> i & 1))
      continue;
    LLVMValueRef begin = ag_emit_int(e, 0), end = ag_emit_dim(e, r->in, i);
    if (i == turn.axis) {
      ag_loop_begin(e, &loops[n], begin, end, turn.rows, r->name);
      begin = loops[n++].i;
      end = ag_piece_end(e, begin, turn.rows, end);
      looking = n;
    }
    ag_loop_begin(e, &loops[n], begin, end, 1, r->name);
    at->c[i] = (ag_coord){.at = loops[n++].i, .lane = 0};
  }
  for (unsigned j = 0; j < vectors; j++) {
    at->c[last] =
        (ag_coord){.at = ag_ix(e, LLVMAdd, column.i, ag_emit_int(e, j * lanes)), .lane = 1};
    LLVMValueRef x = ag_reduce_elements(e, r, at, lanes);
    LLVMBuildStore(e->b, ag_reduce_step(e, r, LLVMBuildLoad2(e->b, type, acc[j], ""), x, lanes),
                   acc[j]);
  }
  while (n-- > 0) {
    ag_loop_end(e, &loops[n]);
    if (n == looking)
      ag_emit_look(e, looks, turn.cost);
  }
  for (unsigned j = 0; j < vectors; j++) {
    LLVMValueRef value = ag_reduce_finished(e, r, LLVMBuildLoad2(e->b, type, acc[j], ""),
                                            ag_reduce_count(e, r), lanes);
    LLVMValueRef to_column = ag_ix(e, LLVMAdd, column.i, ag_emit_int(e, j * lanes));
    ag_emit_store(e, r->dtype, data, ag_ix(e, LLVMAdd, position, to_column), value, lanes);
  }
  ag_loop_end(e, &column);
  return whole;
}

void ag_emit_leading(ag_emitter *e, const ag_reduction *r, LLVMValueRef data) {
  int last = r->in->rank - 1;
  ag_index at = ag_reduce_index(e, r, last);
  unsigned lanes = ag_reduce_probe(e, r, &at, 2) ? ag_reduce_lanes(e, AG_STRIP) : 1;
  ag_strips s;
  ag_strips_begin(e, r, &s, &at, last);
  unsigned vectors = AG_STRIP / lanes < VECTORS ? AG_STRIP / lanes : VECTORS;
  if (lanes > 1 && vectors > 1)
    s.from = emit_columns(e, r, &at, data, s.position, s.from, s.to, vectors, lanes);
  if (lanes > 1)
    s.from = emit_columns(e, r, &at, data, s.position, s.from, s.to, 1, lanes);
  emit_columns(e, r, &at, data, s.position, s.from, s.to, 1, 1);
  ag_sharing_end(e, r, &s.sharing);
}
