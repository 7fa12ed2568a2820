/* sizes.c - sizes that only the run knows, as emitted code has them.
 *
 * A symbol is bound to an SSA value when the first value with it is made, until its region closes,
 * and with it each size of the graph that is the symbol and an offset. Sizes have numbers: a symbol
 * its own, the others those behind. */
#include "emit.h"

#include <stdlib.h>

static bool is_derived(int64_t dim) { return dim < 0 && ag_dim_offset(dim) != 0; }

static int by_size(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

bool ag_sizes_find(const ag_graph *g, ag_arena *arena, ag_sizes *out) {
  uint32_t derived = 0, symbols = 0;
  for (ag_val v = 1; v < ag_graph_values(g); v++) {
    const ag_type *t = &ag_graph_value(g, v)->type;
    for (int i = 0; i < t->rank; i++) {
      derived += is_derived(t->dim[i]);
      if (t->dim[i] < 0 && ag_dim_symbol(t->dim[i]) > symbols)
        symbols = ag_dim_symbol(t->dim[i]);
    }
  }
  *out = (ag_sizes){.spare = symbols + 1, .symbols = symbols + AG_MAX_RANK};
  out->derived = ag_arena_alloc(arena, (derived + 1) * sizeof *out->derived);
  if (!out->derived)
    return false;
  uint32_t n = 0;
  for (ag_val v = 1; v < ag_graph_values(g); v++) {
    const ag_type *t = &ag_graph_value(g, v)->type;
    for (int i = 0; i < t->rank; i++)
      if (is_derived(t->dim[i]))
        out->derived[n++] = t->dim[i];
  }
  qsort(out->derived, n, sizeof *out->derived, by_size);
  for (uint32_t i = 0; i < n; i++)
    if (!i || out->derived[i] != out->derived[i - 1])
      out->derived[out->n_derived++] = out->derived[i];
  out->n = out->symbols + 1 + out->n_derived;
  return true;
}

uint32_t ag_size_number(const ag_sizes *s, int64_t dim) {
  if (!is_derived(dim))
    return ag_dim_symbol(dim);
  const int64_t *at = bsearch(&dim, s->derived, s->n_derived, sizeof dim, by_size);
  return at ? s->symbols + 1 + (uint32_t)(at - s->derived) : 0;
}

/* max(symbol + offset, 0) */
static LLVMValueRef shifted(ag_emitter *e, LLVMValueRef symbol, int64_t offset) {
  LLVMValueRef size = LLVMBuildNSWAdd(e->b, symbol, ag_emit_int(e, offset), "dim");
  LLVMValueRef args[] = {size, ag_emit_int(e, 0)};
  return offset > 0 ? size : ag_emit_intrinsic(e, "llvm.smax", &e->i64, 1, args, 2, "dim");
}

bool ag_emit_is_bound(const ag_emitter *e, int64_t dim) {
  if (dim >= 0 || e->symbol[ag_size_number(&e->sizes, dim)])
    return true;
  return is_derived(dim) && e->symbol[ag_dim_symbol(dim)];
}

LLVMValueRef ag_emit_size(ag_emitter *e, int64_t dim) {
  if (dim >= 0)
    return ag_emit_int(e, dim);
  LLVMValueRef bound = e->symbol[ag_size_number(&e->sizes, dim)];
  if (bound)
    return bound;
  if (is_derived(dim) && e->symbol[ag_dim_symbol(dim)]) /* of no value's type */
    return shifted(e, e->symbol[ag_dim_symbol(dim)], ag_dim_offset(dim));
  ag_fail(e->err, AG_ERR_INTERNAL, 0, "symbol s%u is not bound where it is used",
          ag_dim_symbol(dim));
  return ag_emit_int(e, 1);
}

LLVMValueRef ag_emit_dim(ag_emitter *e, const ag_type *t, int axis) {
  return ag_emit_size(e, t->dim[axis]);
}

LLVMValueRef ag_emit_count(ag_emitter *e, const ag_type *t) {
  LLVMValueRef n = ag_emit_int(e, 1);
  for (int i = 0; i < t->rank; i++)
    n = ag_ix(e, LLVMMul, n, ag_emit_dim(e, t, i));
  return n;
}

uint32_t ag_emit_scope(ag_emitter *e) {
  e->depth++;
  return e->n_bound;
}

void ag_emit_unscope(ag_emitter *e, uint32_t mark) {
  e->depth--;
  while (e->n_inside && e->inside[e->n_inside - 1].depth > e->depth)
    e->n_inside--;
  while (e->n_bound > mark)
    e->symbol[e->bound[--e->n_bound]] = NULL;
}

static void bind(ag_emitter *e, uint32_t number, LLVMValueRef size) {
  if (!ag_grow(e->bound, e->cap_bound, e->n_bound + 1)) {
    ag_fail(e->err, AG_ERR_NOMEM, 0, "out of memory");
    return;
  }
  e->symbol[number] = size;
  e->made[number] = NULL;
  e->bound[e->n_bound++] = number;
}

void ag_emit_bind_size(ag_emitter *e, int64_t dim, LLVMValueRef size) {
  uint32_t number = ag_size_number(&e->sizes, dim);
  if (dim >= 0 || e->symbol[number])
    return;
  bind(e, number, size);
  for (uint32_t i = 0; i < e->sizes.n_derived && !is_derived(dim); i++) {
    uint32_t other = e->sizes.symbols + 1 + i;
    if (ag_dim_symbol(e->sizes.derived[i]) == number && !e->symbol[other])
      bind(e, other, shifted(e, size, ag_dim_offset(e->sizes.derived[i])));
  }
}

void ag_emit_bind(ag_emitter *e, const ag_type *t, LLVMValueRef tensor) {
  for (int i = 0; i < t->rank; i++) {
    if (t->dim[i] >= 0 || e->symbol[ag_size_number(&e->sizes, t->dim[i])])
      continue;
    LLVMValueRef at = ag_emit_field(e, tensor, offsetof(ag_tensor, dim) + 8 * (size_t)i, "");
    ag_emit_bind_size(e, t->dim[i], LLVMBuildLoad2(e->b, e->i64, at, "dim"));
  }
}

void ag_emit_make_size(ag_emitter *e, int64_t dim, const ag_amount *sum) {
  uint32_t number = ag_size_number(&e->sizes, dim);
  if (dim >= 0 || ag_emit_is_bound(e, dim))
    return;
  ag_emit_bind_size(e, dim, ag_emit_amount(e, sum));
  ag_amount *made = ag_arena_alloc(e->arena, sizeof *made);
  if (made)
    *made = *sum;
  e->made[number] = made;
}
