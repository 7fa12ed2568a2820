/* leading.c - reductions that keep the last axis: `lanes` neighbouring outputs at a time, each
 * adding its elements in order. The last ones, fewer than lanes, are a part of a vector: one column
 * at a time would read all lines of memory once for each. */
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

/* Columns next to each other that are added up in one go: some vectors, of the last of which a part
 * may be there. */
typedef struct band {
  unsigned vectors, lanes;
  bool part;
} band;

static void mask_last(ag_emitter *e, const band *b, unsigned vector, LLVMValueRef mask) {
  if (b->part && vector == b->vectors - 1) {
    e->mask = mask;
    e->partial = true;
  }
}

/* The columns [from, to), a band at a time, as long as there are so many; returns the first that is
 * left. In a band that ends in a part: all that are left. */
static LLVMValueRef emit_columns(ag_emitter *e, const ag_reduction *r, ag_index *at,
                                 LLVMValueRef data, LLVMValueRef position, LLVMValueRef from,
                                 LLVMValueRef to, band b) {
  unsigned vectors = b.vectors, lanes = b.lanes;
  LLVMTypeRef type = ag_emit_type(e, r->dtype, lanes);
  LLVMValueRef acc[VECTORS];
  int last = r->in->rank - 1, n = 0;
  int64_t width = (int64_t)vectors * lanes;
  ag_loop column, loops[AG_MAX_RANK + 1];
  LLVMValueRef mask = NULL, whole = b.part ? to : ag_whole_end(e, from, to, width);
  if (LLVMIsAConstantInt(whole) && LLVMIsAConstantInt(from) &&
      LLVMConstIntGetSExtValue(whole) <= LLVMConstIntGetSExtValue(from))
    return from;
  for (unsigned j = 0; j < vectors; j++)
    acc[j] = ag_reduce_local(e, type);
  slab turn = slab_of(e, r, width);
  int looking = -1; /* the outermost loop of a slab */
  LLVMValueRef looks = turn.axis >= 0 ? ag_looks_begin(e) : NULL;
  ag_loop_begin(e, &column, from, whole, width, r->name);
  if (b.part) {
    LLVMValueRef before = ag_emit_int(e, (int64_t)(vectors - 1) * lanes);
    e->lanes = lanes;
    ag_emit_partial(e, ag_ix(e, LLVMSub, ag_ix(e, LLVMSub, to, column.i), before));
    mask = e->mask;
    ag_emit_whole(e);
  }
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
    mask_last(e, &b, j, mask);
    at->c[last] =
        (ag_coord){.at = ag_ix(e, LLVMAdd, column.i, ag_emit_int(e, j * lanes)), .lane = 1};
    LLVMValueRef x = ag_reduce_elements(e, r, at, lanes);
    LLVMBuildStore(e->b, ag_reduce_step(e, r, LLVMBuildLoad2(e->b, type, acc[j], ""), x, lanes),
                   acc[j]);
  }
  ag_emit_whole(e);
  while (n-- > 0) {
    ag_loop_end(e, &loops[n]);
    if (n == looking)
      ag_emit_look(e, looks, turn.cost);
  }
  for (unsigned j = 0; j < vectors; j++) {
    mask_last(e, &b, j, mask);
    LLVMValueRef value = ag_reduce_finished(e, r, LLVMBuildLoad2(e->b, type, acc[j], ""),
                                            ag_reduce_count(e, r), lanes);
    LLVMValueRef to_column = ag_ix(e, LLVMAdd, column.i, ag_emit_int(e, j * lanes));
    ag_emit_store(e, r->dtype, data, ag_ix(e, LLVMAdd, position, to_column), value, lanes);
  }
  ag_emit_whole(e);
  ag_loop_end(e, &column);
  return whole;
}

/* The bands that a strip is cut into: of columns that are known, whole ones and one for the rest;
 * else ever smaller ones. A part is in a vector that is no wider than it has to be. */
static unsigned bands_of(const ag_reduction *r, unsigned lanes, bool part, band *b) {
  enum { FEWEST = 4 };
  unsigned n = 0, most = AG_STRIP / lanes < VECTORS ? AG_STRIP / lanes : VECTORS;
  int64_t columns = r->in->dim[r->in->rank - 1];
  if (columns < 0 || !part) {
    for (unsigned vectors = most; lanes > 1 && vectors; vectors /= 2)
      b[n++] = (band){vectors, lanes, false};
    b[n++] = (band){1, part ? lanes : 1, part};
    return n;
  }
  b[n++] = (band){most, lanes, false};
  unsigned rest = (unsigned)(columns % ((int64_t)most * lanes));
  while (lanes > FEWEST && rest <= lanes / 2)
    lanes /= 2;
  if (rest)
    b[n++] = (band){(rest + lanes - 1) / lanes, lanes, rest % lanes != 0};
  return n;
}

void ag_emit_leading(ag_emitter *e, const ag_reduction *r, LLVMValueRef data) {
  int last = r->in->rank - 1;
  ag_index at = ag_reduce_index(e, r, last);
  unsigned lanes = ag_reduce_probe(e, r, &at, 2) ? ag_reduce_lanes(e, AG_STRIP) : 1;
  bool part = r->in->dim[last] != 1 && e->machine->vector_bits >= AG_MASKED_BITS &&
              ag_dtype_size(r->dtype) >= 4 && ag_reduce_has_parts(e, r, &at, lanes);
  ag_strips s;
  band bands[VECTORS];
  ag_strips_begin(e, r, &s, &at, last);
  unsigned n = bands_of(r, lanes, part, bands);
  for (unsigned k = 0; k < n; k++)
    s.from = emit_columns(e, r, &at, data, s.position, s.from, s.to, bands[k]);
  ag_sharing_end(e, r, &s.sharing);
}
