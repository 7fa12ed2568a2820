/* crossings.c - a block of a run that goes over several axes, of values that are not in memory in
 * that order: sums of transposed, broadcast or sliced operands.
 *
 * Lanes go on where a row ends, so vectors would cross ends of rows. Instead the block's elements
 * are computed into a buffer, row by row, in vectors of each row, and added up from there. The
 * buffer is of 4096 elements, so that it stays in the cache, and nothing is stored beyond. */
#include "reduce.h"

/* One is enough for all runs of a function: they come one after the other. */
LLVMValueRef ag_crossing_buffer(ag_emitter *e) {
  LLVMValueRef a = e->crossing;
  if (!a || LLVMGetBasicBlockParent(LLVMGetInstructionParent(a)) != e->fn)
    e->crossing = ag_reduce_local(e, LLVMArrayType2(e->i64, AG_REDUCE_BLOCK));
  return e->crossing;
}

/* The coordinates of the reduced axes but the last one, in row number `row` of the run. */
static void seek_row(ag_emitter *e, const ag_reduction *r, ag_index *at, LLVMValueRef row) {
  int first = 0;
  while (!(r->mask >> first & 1))
    first++;
  for (int i = r->in->rank - 1; i-- > first;) {
    LLVMValueRef size = ag_divisor(e, r->in, i);
    at->c[i] = (ag_coord){.at = i > first ? ag_ix(e, LLVMURem, row, size) : row};
    row = i > first ? ag_ix(e, LLVMUDiv, row, size) : row;
  }
}

void ag_fill_crossing(ag_emitter *e, const ag_reduction *r, ag_index *at, unsigned lanes,
                      bool in_parts, LLVMValueRef buffer, LLVMValueRef begin, LLVMValueRef end) {
  int last = r->in->rank - 1;
  ag_coord *c = &at->c[last];
  LLVMValueRef columns = ag_divisor(e, r->in, last);
  LLVMValueRef above = ag_ix(e, LLVMSub, columns, ag_emit_int(e, 1));
  LLVMValueRef first = ag_ix(e, LLVMUDiv, begin, columns);
  LLVMValueRef behind = ag_ix(e, LLVMUDiv, ag_ix(e, LLVMAdd, end, above), columns);
  ag_loop l, inner;
  ag_loop_begin(e, &l, first, behind, 1, r->name);
  seek_row(e, r, at, l.i);
  LLVMValueRef start = ag_ix(e, LLVMMul, l.i, columns); /* the row's, in the run */
  LLVMValueRef low[] = {ag_ix(e, LLVMSub, begin, start), ag_emit_int(e, 0)};
  LLVMValueRef high[] = {ag_ix(e, LLVMSub, end, start), columns};
  LLVMValueRef from = ag_emit_intrinsic(e, "llvm.smax", &e->i64, 1, low, 2, "from");
  LLVMValueRef to = ag_emit_intrinsic(e, "llvm.smin", &e->i64, 1, high, 2, "to");
  LLVMValueRef place = ag_ix(e, LLVMSub, start, begin);
  LLVMValueRef whole = ag_whole_end(e, from, to, lanes);
  for (int rest = 0; rest < 2; rest++) {
    unsigned n = rest && !in_parts ? 1 : lanes;
    ag_loop_begin(e, &inner, rest ? whole : from, rest ? to : whole, n, r->name);
    *c = (ag_coord){.at = inner.i, .lane = 1};
    e->lanes = n;
    if (rest && in_parts)
      ag_emit_partial(e, ag_ix(e, LLVMSub, to, inner.i));
    LLVMValueRef x = ag_reduce_elements(e, r, at, n);
    ag_emit_store(e, r->dtype, buffer, ag_ix(e, LLVMAdd, place, inner.i), x, n);
    ag_emit_whole(e);
    ag_loop_end(e, &inner);
  }
  ag_loop_end(e, &l);
}
