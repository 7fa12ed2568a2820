/* leading.c - reductions that keep the last axis: `lanes` neighbouring outputs at a time, each
 * adding the elements of a block in order. The last ones, fewer than lanes, are a part of a vector:
 * one column at a time would read all lines of memory once for each. Threads share blocks as well
 * as columns; the results of several blocks lie in memory until all are there. */
#include "reduce.h"

enum { VECTORS = 8 }; /* of a strip, in registers at a time */

/* How the elements of an output are cut into blocks: rows of the last reduced axis, whole ones or
 * pieces. */
typedef struct cut {
  int inner, outer[AG_MAX_RANK], n; /* axes */
  LLVMValueRef length, rows;        /* of a row; how many there are */
  LLVMValueRef together, pieces;    /* rows of a block, of a row */
  LLVMValueRef blocks;
} cut;

/* A strip of one block: rows [row, end_row), of each the elements [begin, end). */
typedef struct strip {
  ag_strips s;
  ag_index *at;
  LLVMValueRef data, row, end_row, begin, end;
  LLVMValueRef count, one; /* elements of an output; i1: they are one block */
  LLVMValueRef looks;      /* NULL: it is short */
} strip;

static bool is_one(LLVMValueRef n) {
  return LLVMIsAConstantInt(n) && LLVMConstIntGetSExtValue(n) == 1;
}

/* How many pieces of `size` are in n, 1 of nothing. */
static LLVMValueRef pieces_of(ag_emitter *e, LLVMValueRef n, LLVMValueRef size) {
  LLVMValueRef one = ag_emit_int(e, 1);
  LLVMValueRef some = LLVMBuildICmp(e->b, LLVMIntSGT, n, one, "");
  LLVMValueRef more = LLVMBuildSDiv(e->b, ag_ix(e, LLVMSub, n, one), size, "");
  return LLVMBuildSelect(e->b, some, ag_ix(e, LLVMAdd, more, one), one, "");
}

static cut cut_of(ag_emitter *e, const ag_reduction *r) {
  cut c = {.inner = -1, .rows = ag_emit_int(e, 1)};
  for (int i = r->in->rank; i-- > 0;)
    if (r->mask >> i & 1 && c.inner < 0)
      c.inner = i;
    else if (r->mask >> i & 1 && r->in->dim[i] != 1)
      c.outer[c.n++] = i;
  for (int k = 0; k < c.n; k++)
    c.rows = ag_ix(e, LLVMMul, c.rows, ag_emit_dim(e, r->in, c.outer[k]));
  LLVMValueRef size = ag_emit_int(e, AG_REDUCE_BLOCK), one = ag_emit_int(e, 1);
  c.length = ag_emit_dim(e, r->in, c.inner);
  c.pieces = pieces_of(e, c.length, size);
  c.together = LLVMBuildSDiv(e->b, size, ag_divisor(e, r->in, c.inner), "");
  LLVMValueRef whole = LLVMBuildICmp(e->b, LLVMIntSLE, c.length, size, "");
  c.together = LLVMBuildSelect(e->b, whole, c.together, one, "");
  c.blocks = ag_ix(e, LLVMMul, pieces_of(e, c.rows, c.together), c.pieces);
  return c;
}

static void seek_block(ag_emitter *e, const cut *c, strip *t) {
  LLVMValueRef of, piece, size = ag_emit_int(e, AG_REDUCE_BLOCK);
  ag_reduce_split(e, t->s.block, c->pieces, &of, &piece);
  t->row = ag_ix(e, LLVMMul, of, c->together);
  t->end_row = ag_ix(e, LLVMAdd, t->row, c->together);
  LLVMValueRef past = LLVMBuildICmp(e->b, LLVMIntSLT, t->end_row, c->rows, "");
  t->end_row = LLVMBuildSelect(e->b, past, t->end_row, c->rows, "");
  t->begin = ag_ix(e, LLVMMul, piece, size);
  t->end = ag_piece_end(e, t->begin, AG_REDUCE_BLOCK, c->length);
}

/* The loop over the elements of a block; rows go in pieces where a look has to come between. */
typedef struct walk {
  ag_loop row, slab, l;
  int64_t cost; /* of a slab */
} walk;

static void begin_walk(ag_emitter *e, const ag_reduction *r, const cut *c, const strip *t, walk *w,
                       int64_t width) {
  int64_t each = width * ag_reduce_cost(e, r), most = AG_SLAB / each, n = AG_REDUCE_BLOCK;
  if (LLVMIsAConstantInt(c->length))
    n = ag_least(n, LLVMConstIntGetSExtValue(c->length));
  most = most < 1 ? 1 : most;
  w->cost = each * ag_least(n, most);
  ag_loop_begin(e, &w->row, t->row, t->end_row, 1, r->name);
  LLVMValueRef row = w->row.i, begin = t->begin, end = t->end;
  for (int k = 0; k < c->n; k++) { /* the last one first */
    bool first = k == c->n - 1;
    LLVMValueRef size = ag_divisor(e, r->in, c->outer[k]);
    t->at->c[c->outer[k]] = (ag_coord){.at = first ? row : LLVMBuildURem(e->b, row, size, "")};
    row = first ? row : LLVMBuildUDiv(e->b, row, size, "");
  }
  w->slab = (ag_loop){0};
  if (t->looks && most < n) {
    ag_loop_begin(e, &w->slab, begin, end, most, r->name);
    begin = w->slab.i;
    end = ag_piece_end(e, begin, most, end);
  }
  ag_loop_begin(e, &w->l, begin, end, 1, r->name);
  t->at->c[c->inner] = (ag_coord){.at = w->l.i};
}

static void end_walk(ag_emitter *e, const strip *t, walk *w) {
  ag_loop_end(e, &w->l);
  if (t->looks)
    ag_emit_look(e, t->looks, w->cost);
  ag_loop_end(e, &w->slab);
  ag_loop_end(e, &w->row);
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

/* The columns [from, to) of a strip, a band at a time, as long as there are so many; returns the
 * first that is left. In a band that ends in a part: all that are left. */
static LLVMValueRef emit_columns(ag_emitter *e, const ag_reduction *r, const cut *c, const strip *t,
                                 band b) {
  unsigned vectors = b.vectors, lanes = b.lanes;
  LLVMTypeRef type = ag_emit_type(e, r->dtype, lanes);
  LLVMValueRef acc[VECTORS], from = t->s.from, to = t->s.to;
  int last = r->in->rank - 1;
  int64_t width = (int64_t)vectors * lanes;
  LLVMValueRef mask = NULL, whole = b.part ? to : ag_whole_end(e, from, to, width);
  if (LLVMIsAConstantInt(whole) && LLVMIsAConstantInt(from) &&
      LLVMConstIntGetSExtValue(whole) <= LLVMConstIntGetSExtValue(from))
    return from;
  for (unsigned j = 0; j < vectors; j++)
    acc[j] = ag_reduce_local(e, type);
  ag_loop column;
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
  walk w;
  begin_walk(e, r, c, t, &w, width);
  for (unsigned j = 0; j < vectors; j++) {
    mask_last(e, &b, j, mask);
    t->at->c[last] =
        (ag_coord){.at = ag_ix(e, LLVMAdd, column.i, ag_emit_int(e, j * lanes)), .lane = 1};
    LLVMValueRef x = ag_reduce_elements(e, r, t->at, lanes);
    LLVMBuildStore(e->b, ag_reduce_step(e, r, LLVMBuildLoad2(e->b, type, acc[j], ""), x, lanes),
                   acc[j]);
  }
  ag_emit_whole(e);
  end_walk(e, t, &w);
  for (unsigned j = 0; j < vectors; j++) {
    mask_last(e, &b, j, mask);
    LLVMValueRef value = LLVMBuildLoad2(e->b, type, acc[j], "");
    value =
        LLVMBuildSelect(e->b, t->one, ag_reduce_finished(e, r, value, t->count, lanes), value, "");
    LLVMValueRef to_column = ag_ix(e, LLVMAdd, column.i, ag_emit_int(e, j * lanes));
    ag_emit_store(e, r->dtype, t->data, ag_ix(e, LLVMAdd, t->s.position, to_column), value, lanes);
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

/* The results of blocks, where there are several, to outputs. */
static void emit_joined(ag_emitter *e, const ag_reduction *r, const strip *t, LLVMValueRef blocks,
                        LLVMValueRef data) {
  LLVMValueRef n = ag_emit_count(e, r->out), columns = ag_emit_dim(e, r->in, r->in->rank - 1);
  ag_loop output, block;
  n = LLVMBuildSelect(e->b, t->one, ag_emit_int(e, 0), n, "");
  ag_loop_begin(e, &output, ag_emit_int(e, 0), n, 1, r->name);
  LLVMValueRef row = LLVMBuildUDiv(e->b, output.i, columns, "");
  LLVMValueRef column = LLVMBuildURem(e->b, output.i, columns, "");
  row = ag_ix(e, LLVMMul, row, blocks);
  ag_joining j = ag_begin_joining(e, r, 1);
  ag_loop_begin(e, &block, ag_emit_int(e, 0), blocks, 1, r->name);
  LLVMValueRef at = ag_ix(e, LLVMMul, ag_ix(e, LLVMAdd, row, block.i), columns);
  at = ag_ix(e, LLVMAdd, at, column);
  ag_join_block(e, r, &j, ag_emit_load(e, r->dtype, t->data, at, 1, ""));
  ag_loop_end(e, &block);
  ag_emit_store(e, r->dtype, data, output.i,
                ag_reduce_finished(e, r, ag_end_joining(e, r, &j), t->count, 1), 1);
  ag_loop_end(e, &output);
}

void ag_emit_leading(ag_emitter *e, const ag_reduction *r, LLVMValueRef data) {
  int last = r->in->rank - 1;
  ag_index at = ag_reduce_index(e, r, last);
  unsigned lanes = ag_reduce_probe(e, r, &at, 2) ? ag_reduce_lanes(e, AG_STRIP) : 1;
  bool part = r->in->dim[last] != 1 && e->machine->vector_bits >= AG_MASKED_BITS &&
              ag_dtype_size(r->dtype) >= 4 && ag_reduce_has_parts(e, r, &at, lanes);
  strip t = {.at = &at, .data = data, .count = ag_reduce_count(e, r)};
  band bands[VECTORS];
  cut c = cut_of(e, r);
  t.one = LLVMBuildICmp(e->b, LLVMIntEQ, c.blocks, ag_emit_int(e, 1), "block");
  if (!is_one(c.blocks)) {
    LLVMValueRef n = ag_ix(e, LLVMMul, ag_emit_count(e, r->out), c.blocks);
    n = LLVMBuildSelect(e->b, t.one, ag_emit_int(e, 0), n, "");
    t.data = LLVMBuildSelect(e->b, t.one, data, ag_emit_scratch(e, r->dtype, n, r->name), "");
  }
  ag_strips_begin(e, r, &t.s, &at, last, c.blocks);
  seek_block(e, &c, &t);
  if (!LLVMIsAConstantInt(t.count) ||
      LLVMConstIntGetSExtValue(t.count) * AG_STRIP * ag_reduce_cost(e, r) > AG_SLAB)
    t.looks = ag_looks_begin(e);
  unsigned n = bands_of(r, lanes, part, bands);
  for (unsigned k = 0; k < n; k++)
    t.s.from = emit_columns(e, r, &c, &t, bands[k]);
  ag_sharing_end(e, r, &t.s.sharing);
  if (!is_one(c.blocks))
    emit_joined(e, r, &t, c.blocks, data);
}
