/* amounts.c - sums of sizes and places that only the run knows, and what can be told of them while
 * code is made.
 *
 * An amount is a constant and some terms: sizes of the graph's types, which are never negative, and
 * numbers of emitted code. A size that was made of others (of a CONCAT) is its parts here, so
 * that what is compared with the parts is told apart. Amounts that would need more terms than there
 * is room for are unknown. */
#include "emit.h"

#include <string.h>

static bool same_term(const ag_term *a, const ag_term *b) {
  return a->dim == b->dim && a->value == b->value;
}

bool ag_amounts_equal(const ag_amount *a, const ag_amount *b) {
  if (a->plus != b->plus || a->n != b->n)
    return false;
  for (unsigned i = 0; i < a->n; i++)
    if (!same_term(&a->term[i], &b->term[i]) || a->term[i].times != b->term[i].times)
      return false;
  return true;
}

/* sum += times * term, in place: `term` has room for AG_TERMS. */
static bool add_term(ag_amount *sum, ag_term *term, const ag_term *t, int64_t times) {
  for (unsigned i = 0; i < sum->n; i++)
    if (same_term(&term[i], t)) {
      term[i].times += times * t->times;
      if (!term[i].times)
        term[i] = term[--sum->n];
      return true;
    }
  if (sum->n == AG_TERMS)
    return false;
  term[sum->n] = *t;
  term[sum->n++].times *= times;
  return true;
}

bool ag_amount_add(ag_emitter *e, ag_amount *a, const ag_amount *b, int64_t times) {
  ag_term term[AG_TERMS];
  ag_amount sum = {.n = a->n};
  int64_t plus;
  if (__builtin_mul_overflow(b->plus, times, &plus) ||
      __builtin_add_overflow(plus, a->plus, &sum.plus))
    return false;
  if (!b->n) {
    a->plus = sum.plus;
    return true;
  }
  for (unsigned i = 0; i < a->n; i++)
    term[i] = a->term[i];
  for (unsigned i = 0; i < b->n; i++)
    if (!add_term(&sum, term, &b->term[i], times))
      return false;
  ag_term *kept = ag_arena_alloc(e->arena, (sum.n + 1u) * sizeof *kept);
  if (!kept)
    return false;
  memcpy(kept, term, sum.n * sizeof *kept);
  sum.term = kept;
  *a = sum;
  return true;
}

bool ag_amount_of_size(ag_emitter *e, int64_t dim, ag_amount *out) {
  *out = (ag_amount){.plus = dim};
  if (dim >= 0)
    return true;
  const ag_amount *made = e->made[ag_size_number(&e->sizes, dim)];
  if (made) {
    *out = *made;
    return true;
  }
  ag_term one = {.dim = dim, .times = 1};
  ag_amount size = {.n = 1, .term = &one};
  out->plus = 0;
  return ag_amount_add(e, out, &size, 1);
}

bool ag_amount_of_number(ag_emitter *e, LLVMValueRef x, ag_amount *out) {
  ag_term one = {.value = x, .times = 1};
  ag_amount number = {.n = 1, .term = &one};
  *out = (ag_amount){0};
  if (LLVMIsAConstantInt(x)) {
    out->plus = LLVMConstIntGetSExtValue(x);
    return true;
  }
  return ag_amount_add(e, out, &number, 1);
}

/* The least that max(s + p, 0) - max(s + q, 0) is for any s that is not negative. */
static int64_t least_difference(int64_t p, int64_t q) {
  return p < q ? p - q : (p > 0 ? p : 0) - (q > 0 ? q : 0);
}

bool ag_amount_reaches(ag_emitter *e, const ag_amount *a, const ag_amount *b) {
  ag_amount d = *a;
  ag_term term[AG_TERMS];
  if (!ag_amount_add(e, &d, b, -1))
    return false;
  for (unsigned i = 0; i < d.n; i++)
    term[i] = d.term[i];
  for (unsigned i = 0; i < d.n; i++) {
    for (unsigned k = 0; k < d.n && term[i].times < 0 && term[i].dim; k++) {
      if (term[k].times <= 0 || !term[k].dim ||
          ag_dim_symbol(term[k].dim) != ag_dim_symbol(term[i].dim))
        continue;
      int64_t n = term[k].times < -term[i].times ? term[k].times : -term[i].times;
      d.plus += n * least_difference(ag_dim_offset(term[k].dim), ag_dim_offset(term[i].dim));
      term[k].times -= n;
      term[i].times += n;
    }
  }
  for (unsigned i = 0; i < d.n; i++)
    if (term[i].times < 0 || (term[i].times > 0 && !term[i].dim))
      return false;
  return d.plus >= 0;
}

LLVMValueRef ag_emit_amount(ag_emitter *e, const ag_amount *a) {
  LLVMValueRef sum = ag_emit_int(e, a->plus);
  for (unsigned i = 0; i < a->n; i++) {
    const ag_term *t = &a->term[i];
    LLVMValueRef x = t->dim ? ag_emit_size(e, t->dim) : t->value;
    sum = ag_ix(e, LLVMAdd, sum, ag_ix(e, LLVMMul, x, ag_emit_int(e, t->times)));
  }
  return sum;
}
