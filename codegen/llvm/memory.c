/* memory.c - the most memory that a run will hold, told before it runs.
 *
 * While the code is emitted, each call of the runtime that takes, shares, moves or frees a tensor
 * is noted (ag_emit_rt); then the notes are played with sizes for addresses. A loop's notes are
 * played three times, after which its slots hold what they will hold; both branches of a COND are
 * played, one after the other. So the number is exact for straight code of known sizes, and a bound
 * where there are branches, loops, kernels that may write into an operand, or memory that each
 * thread takes for its own part of a loop. Arguments and constants are not counted, nor what a
 * kernel uses while it runs; results are.
 *
 * A size that only the run knows makes it unknown. */
#include "emit.h"
#include "graph/build.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMES = 3, MOST_SHOWN = 12, USUAL_DIM = 1000 };

typedef enum note_kind { ALLOC, FREE, SHARE, MOVE, SWAP, UNIQUE, KERNEL, LOOP, LOOP_END } note_kind;

typedef struct note {
  uint8_t kind;
  uint32_t a, b;       /* slots */
  bool shared;         /* ALLOC: in a body that threads share, each takes its own */
  int64_t bytes;       /* ALLOC: when type is NULL */
  const ag_type *type; /* ALLOC, KERNEL */
  ag_nid node;
} note;

struct ag_ledger {
  note *at;
  uint32_t n, cap;
  LLVMValueRef *other;  /* tensors that are no slots of the frame: results, arguments, constants */
  const ag_type **type; /* NULL: it is one of ours */
  uint32_t n_other, cap_other, cap_type;
  uint32_t depth; /* open loops and branches */
  bool inexact, unknown;
};

/* ---- taking notes ------------------------------------------------------------------------------
 */

/* Slots of the frame are even numbers, others odd. */
static uint32_t slot_of(ag_emitter *e, LLVMValueRef tensor) {
  ag_ledger *l = e->ledger;
  LLVMValueRef base = tensor;
  uint64_t offset = 0;
  while (LLVMIsAGetElementPtrInst(base) && LLVMIsAConstantInt(LLVMGetOperand(base, 1))) {
    offset += (uint64_t)LLVMConstIntGetSExtValue(LLVMGetOperand(base, 1));
    base = LLVMGetOperand(base, 0);
  }
  if (base == e->frame)
    return 2 * (uint32_t)(offset / sizeof(ag_tensor));
  LLVMValueRef key =
      base == e->out ? LLVMConstIntToPtr(ag_emit_int(e, (int64_t)offset), e->ptr) : tensor;
  for (uint32_t i = l->n_other; i-- > 0;)
    if (l->other[i] == key)
      return 2 * i + 1;
  if (!ag_grow(l->other, l->cap_other, l->n_other + 1) ||
      !ag_grow(l->type, l->cap_type, l->n_other + 1)) {
    ag_nomem(e->err);
    return 1;
  }
  l->other[l->n_other] = key;
  l->type[l->n_other] = NULL;
  return 2 * l->n_other++ + 1;
}

void ag_ledger_outside(ag_emitter *e, LLVMValueRef tensor, const ag_type *t) {
  if (e->ledger) {
    uint32_t k = slot_of(e, tensor) / 2;
    if (!e->err->code)
      e->ledger->type[k] = t;
  }
}

static void put(ag_emitter *e, note n) {
  ag_ledger *l = e->ledger;
  n.node = e->emitting;
  if (ag_grow(l->at, l->cap, l->n + 1))
    l->at[l->n++] = n;
  else
    ag_nomem(e->err);
}

void ag_ledger_region(ag_emitter *e, bool loop, bool begin) {
  if (!e->ledger)
    return;
  e->ledger->depth += begin ? 1 : -1;
  if (loop)
    put(e, (note){.kind = begin ? LOOP : LOOP_END});
}

static void note_kernel(ag_emitter *e, const LLVMValueRef *args) {
  uint32_t site = (uint32_t)LLVMConstIntGetZExtValue(args[1]);
  const ag_node *n = ag_graph_node(e->g, (ag_nid)e->recipe.sites[site].node);
  ag_ledger *l = e->ledger;
  l->inexact |= n->n_out && (e->recipe.sites[site].dead || l->depth ||
                             ag_ops[n->op].lowering == AG_LOWER_index);
  for (uint32_t k = 0; k < n->n_out; k++)
    if (!ag_type_is_reg(&ag_graph_value(e->g, n->out + k)->type))
      put(e, (note){.kind = KERNEL,
                    .a = slot_of(e, args[3]) + 2 * k,
                    .type = &ag_graph_value(e->g, n->out + k)->type});
}

void ag_ledger_note(ag_emitter *e, const char *name, const LLVMValueRef *args) {
  static const struct {
    const char *name;
    note_kind kind;
    uint8_t a, b;
  } calls[] = {{"ag_rt_alloc", ALLOC, 1, 1}, {"ag_rt_free", FREE, 0, 0},
               {"ag_rt_share", SHARE, 0, 1}, {"ag_rt_move", MOVE, 0, 1},
               {"ag_rt_swap", SWAP, 0, 1},   {"ag_rt_unique", UNIQUE, 1, 1}};
  if (!strcmp(name, "ag_rt_kernel") || !strcmp(name, "ag_rt_product")) {
    note_kernel(e, args);
    return;
  }
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    if (strcmp(name, calls[i].name))
      continue;
    note n = {.kind = (uint8_t)calls[i].kind};
    n.a = slot_of(e, args[calls[i].a]);
    n.b = slot_of(e, args[calls[i].b]);
    if (n.kind == ALLOC) {
      n.type = e->allocating;
      n.shared = e->in_body;
      n.bytes = LLVMIsAConstantInt(args[2]) ? LLVMConstIntGetSExtValue(args[2]) : -1;
    }
    e->ledger->inexact |= (n.kind == ALLOC || n.kind == UNIQUE) && (e->ledger->depth || e->in_body);
    put(e, n);
  }
}

/* ---- playing them ------------------------------------------------------------------------------
 */

typedef struct buffer {
  int64_t bytes;
  uint32_t refs;
  ag_nid node;
  const ag_type *type;
} buffer;

typedef struct play {
  const ag_ledger *l;
  const int64_t *dims; /* by symbol; 0: not known */
  buffer *buf;         /* 0: none */
  uint32_t n_buf, cap_buf;
  uint32_t *slot; /* buffers */
  uint32_t n_slot;
  int64_t now, peak;
  uint64_t step, peak_step, stop; /* stop: where the peak was, the second time */
  bool unknown, guess, nomem;
} play;

static int64_t bytes_of(play *p, const ag_type *t) {
  int64_t bytes = (int64_t)ag_dtype_size((ag_dtype)t->dtype);
  if (t->rank < 0) {
    p->unknown = true;
    return 0;
  }
  for (int i = 0; i < t->rank; i++) {
    int64_t d = t->dim[i] >= 0 ? t->dim[i] : p->dims[ag_dim_symbol(t->dim[i])];
    if (t->dim[i] < 0 && !d) {
      p->unknown = true;
      d = USUAL_DIM;
    } else if (t->dim[i] < 0) {
      d = ag_dim_shift(d - 1, ag_dim_offset(t->dim[i])); /* kept one higher */
    }
    if (__builtin_mul_overflow(bytes, d, &bytes))
      bytes = INT64_MAX / 2;
  }
  return bytes;
}

static uint32_t take(play *p, int64_t bytes, ag_nid node, const ag_type *t) {
  if (!ag_grow(p->buf, p->cap_buf, p->n_buf + 1)) {
    p->nomem = true;
    return 0;
  }
  p->buf[p->n_buf] = (buffer){bytes, 1, node, t};
  p->now += bytes;
  if (p->now > p->peak) {
    p->peak = p->now;
    p->peak_step = p->step;
  }
  return p->n_buf++;
}

static void drop(play *p, uint32_t b) {
  if (b && !--p->buf[b].refs)
    p->now -= p->buf[b].bytes;
}

static bool is_outside(const play *p, uint32_t b) { return p->buf[b].refs > UINT32_MAX / 4; }

static void one(play *p, const note *n) {
  uint32_t *a = &p->slot[n->a], *b = &p->slot[n->b], old = *a;
  switch ((note_kind)n->kind) {
  case ALLOC: {
    int64_t bytes = n->type ? bytes_of(p, n->type) : n->bytes;
    p->unknown |= bytes < 0;
    if (n->shared && __builtin_mul_overflow(bytes, ag_threads(), &bytes))
      bytes = INT64_MAX / 2;
    if (old && p->buf[old].refs == 1 && p->buf[old].bytes >= bytes)
      break;
    *a = take(p, bytes < 0 ? 0 : bytes, n->node, n->type);
    drop(p, old);
    break;
  }
  case KERNEL:
    *a = take(p, bytes_of(p, n->type), n->node, n->type);
    drop(p, old);
    break;
  case UNIQUE:
    if (old && p->buf[old].refs > 1) {
      const ag_type *t = p->buf[old].type;
      *a = take(p, is_outside(p, old) && t ? bytes_of(p, t) : p->buf[old].bytes, n->node, t);
      drop(p, old);
    }
    break;
  case FREE:
    *a = 0;
    drop(p, old);
    break;
  case SHARE:
    if (n->a == n->b)
      break;
    *a = *b;
    if (*b)
      p->buf[*b].refs++;
    drop(p, old);
    break;
  case MOVE:
    if (n->a == n->b)
      break;
    *a = *b;
    *b = 0;
    drop(p, old);
    break;
  case SWAP:
    *a = *b;
    *b = old;
    break;
  case LOOP:
  case LOOP_END:
    break;
  }
}

/* From note i to the end of its loop, or of all. Returns the note after that. */
static uint32_t run(play *p, uint32_t i) {
  while (i < p->l->n && !p->nomem) {
    const note *n = &p->l->at[i++];
    if (n->kind == LOOP_END)
      return i;
    if (n->kind == LOOP) {
      uint32_t begin = i;
      for (int k = 0; k < TIMES && (!p->stop || p->step < p->stop); k++)
        i = run(p, begin);
      if (i == begin)
        return p->l->n;
      continue;
    }
    p->step++;
    one(p, n);
    if (p->stop && p->step >= p->stop)
      return p->l->n;
  }
  return i;
}

static bool begin(play *p, const ag_ledger *l, ag_arena *arena, uint32_t slots) {
  *p = (play){.l = l, .dims = p->dims, .stop = p->stop};
  uint32_t most = slots > l->n_other ? slots : l->n_other;
  p->n_slot = 2 * most + 64;
  p->slot = ag_arena_alloc(arena, p->n_slot * sizeof *p->slot);
  if (!p->slot || !ag_grow(p->buf, p->cap_buf, l->n_other + 1))
    return false;
  p->n_buf = 1;
  for (uint32_t i = 0; i < l->n_other; i++)
    if (l->type[i]) {
      p->slot[2 * i + 1] = take(p, 0, 0, l->type[i]);
      p->buf[p->slot[2 * i + 1]].refs = UINT32_MAX / 2;
    }
  return !p->nomem;
}

/* ---- telling -----------------------------------------------------------------------------------
 */

static void say(ag_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(ag_text *t, const char *format, ...) {
  char line[256];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof line, format, args);
  va_end(args);
  ag_text_put(t, line, strlen(line));
}

static int larger_first(const void *a, const void *b) {
  int64_t x = (*(const buffer *const *)a)->bytes, y = (*(const buffer *const *)b)->bytes;
  return (x < y) - (x > y);
}

static void say_dim(ag_text *t, int64_t dim) {
  if (ag_dim_offset(dim))
    say(t, "*(s%u%+" PRId64 ")", ag_dim_symbol(dim), ag_dim_offset(dim));
  else
    say(t, "*s%u", ag_dim_symbol(dim));
}

static void say_size(ag_text *t, const ag_type *type) {
  int64_t known = (int64_t)ag_dtype_size((ag_dtype)type->dtype);
  for (int i = 0; i < type->rank; i++)
    known *= type->dim[i] >= 0 ? type->dim[i] : 1;
  say(t, "%" PRId64, known);
  for (int i = 0; i < type->rank; i++)
    if (type->dim[i] < 0)
      say_dim(t, type->dim[i]);
}

/* What is alive at the peak, the largest first. */
static void say_live(const ag_graph *g, const play *p, ag_arena *arena, ag_text *t) {
  uint32_t n = 0;
  const buffer **live = ag_arena_alloc(arena, (p->n_buf + 1) * sizeof *live);
  for (uint32_t i = 1; live && i < p->n_buf; i++)
    if (p->buf[i].refs && p->buf[i].bytes && !is_outside(p, i))
      live[n++] = &p->buf[i];
  if (!live)
    return;
  qsort(live, n, sizeof *live, larger_first);
  for (uint32_t i = 0; i < n && i < MOST_SHOWN; i++) {
    const buffer *b = live[i];
    if (b->node)
      say(t, "  %%%u %s: ", b->node, ag_ops[ag_graph_node(g, b->node)->op].name);
    else
      say(t, "  ");
    if (b->type)
      say_size(t, b->type);
    else
      say(t, "%" PRId64, b->bytes);
    say(t, " bytes\n");
  }
  if (n > MOST_SHOWN)
    say(t, "  and %u more\n", n - MOST_SHOWN);
}

static void bind(int64_t *dims, const ag_graph *g, const ag_shape *shapes, uint32_t n) {
  const ag_region_info *f = ag_graph_region(g, 0);
  for (uint32_t k = 0; k < n && k < f->n_params; k++) {
    const ag_type *t = &ag_graph_value(g, f->params[k])->type;
    for (int i = 0; i < t->rank && t->rank == shapes[k].rank; i++)
      if (t->dim[i] < 0)
        dims[ag_dim_symbol(t->dim[i])] = shapes[k].dim[i] + 1;
  }
}

ag_code ag_ledger_sum(ag_emitter *e, const ag_shape *shapes, uint32_t n, ag_memory *out,
                      ag_text *text) {
  ag_ledger *l = e->ledger;
  int64_t *dims = ag_arena_alloc(e->arena, e->sizes.n * sizeof *dims);
  play p = {.dims = dims};
  if (!dims)
    return ag_nomem(e->err);
  bind(dims, e->g, shapes, n);
  if (!begin(&p, l, e->arena, e->recipe.n_slots + 1))
    p.nomem = true;
  run(&p, 0);
  bool unknown = p.unknown;
  *out = (ag_memory){.bytes = unknown ? -1 : p.peak, .exact = !unknown && !l->inexact};
  p.stop = p.peak_step;
  ag_free(p.buf);
  p.buf = NULL;
  if (!p.nomem && out->bytes != 0 && text && p.stop &&
      begin(&p, l, e->arena, e->recipe.n_slots + 1)) {
    run(&p, 0);
    say_live(e->g, &p, e->arena, text);
  }
  ag_free(p.buf);
  return p.nomem ? ag_nomem(e->err) : AG_OK;
}

bool ag_ledger_begin(ag_emitter *e) {
  e->ledger = ag_arena_alloc(e->arena, sizeof *e->ledger);
  return e->ledger != NULL;
}

void ag_ledger_done(ag_emitter *e) {
  if (!e->ledger)
    return;
  ag_free(e->ledger->at);
  ag_free(e->ledger->other);
  ag_free(e->ledger->type);
}
