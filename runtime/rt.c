/* rt.c - what emitted code calls, and polling. Scalar arithmetic lies in kernels/pyarith.c. */
#include "run.h"

#include "ag/foreign.h"
#include "kernels/kernel.h"
#include "pool.h"

#include <string.h>
#include <time.h>

#define MILLISECONDS UINT64_C(1000000)

uint64_t ag_run_clock(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000 * MILLISECONDS + (uint64_t)t.tv_nsec;
}

/* Looks at the clock about every 5 ms and asks the host every 20 ms. Between looks the speed is
 * taken to stay as it was, growing at most 8 times: a loop that suddenly slows down is still looked
 * at in time. */
ag_code ag_run_poll(ag_run *run, ag_loc loop) {
  const uint64_t look = 5 * MILLISECONDS, ask = 20 * MILLISECONDS;
  uint64_t t = ag_run_clock();
  if (run->granted == 0) {
    run->granted = run->countdown = AG_FIRST_COUNTDOWN;
    run->last_look = run->last_poll = t;
    return AG_OK;
  }
  uint64_t spent = t - run->last_look;
  double next = (double)run->granted * (spent ? (double)look / (double)spent : 8.0);
  double most = (double)run->granted * 8.0;
  if (next > most)
    next = most;
  if (next > 1e15)
    next = 1e15;
  run->granted = next < 1 ? 1 : (int64_t)next;
  run->countdown = run->granted;
  run->last_look = t;
  if (t - run->last_poll < ask)
    return AG_OK;
  run->last_poll = t;
  if (!run->host || !run->host->poll)
    return AG_OK;
  ag_code code = run->host->poll(run->host->ctx, run->err);
  if (code) {
    ag_fail(run->err, code, loop, "interrupted");
    if (!run->err->loc)
      run->err->loc = loop; /* the host does not know it */
  }
  return code;
}

int32_t ag_rt_poll(ag_run *run, uint32_t loop) {
  return (int32_t)ag_run_poll(run, run->plan->calls[loop].loc);
}

int32_t ag_rt_parallel(ag_run *run, int64_t n, int64_t cost, ag_chunk *body, void *context) {
  return (int32_t)ag_parallel(run, n, cost, body, context);
}

/* ---- slots ---------------------------------------------------------------------------------- */

void ag_rt_share(ag_tensor *dst, const ag_tensor *src) {
  if (dst == src)
    return;
  ag_buffer *old = dst->owner;
  ag_tensor_ref(src, dst);
  if (old)
    ag_buffer_unref(old);
}

void ag_rt_move(ag_tensor *dst, ag_tensor *src) {
  if (dst == src)
    return;
  ag_buffer *old = dst->owner;
  ag_tensor_copy(dst, src);
  ag_tensor_clear(src);
  if (old)
    ag_buffer_unref(old);
}

void ag_rt_swap(ag_tensor *a, ag_tensor *b) {
  ag_tensor was;
  ag_tensor_copy(&was, a);
  ag_tensor_copy(a, b);
  ag_tensor_copy(b, &was);
}

void ag_rt_free(ag_tensor *slot) { ag_tensor_unref(slot); }

const ag_tensor *ag_rt_const(ag_run *run, uint32_t index) { return &run->plan->consts[index]; }

static bool writable(const ag_tensor *t) {
  return ag_buffer_unique(t->owner) && !t->owner->host && !(t->flags & AG_TENSOR_READONLY) &&
         t->data == t->owner->data;
}

static void *no_memory(ag_run *run, int64_t bytes) {
  ag_fail(run->err, AG_ERR_NOMEM, 0, "out of memory: %lld bytes", (long long)bytes);
  return NULL;
}

void *ag_rt_alloc(ag_run *run, ag_tensor *slot, int64_t bytes) {
  if (bytes < 0)
    return no_memory(run, bytes);
  if (writable(slot) && slot->owner->bytes >= (size_t)bytes)
    return slot->data;
  ag_buffer *b = ag_buffer_new((size_t)bytes);
  if (!b)
    return no_memory(run, bytes);
  ag_buffer_unref(slot->owner);
  slot->owner = b;
  slot->flags = 0;
  return slot->data = b->data;
}

/* What the run copies again and again are the first values of variables, mostly zeros. */
static const ag_sparse *sparse_constant(const ag_plan *p, const ag_tensor *t, size_t bytes) {
  for (uint32_t i = 0; p->sparse && i < p->n_consts; i++)
    if (p->sparse[i].bytes == bytes && p->consts[i].data == t->data)
      return &p->sparse[i];
  return NULL;
}

static void copy_elements(const ag_plan *p, const ag_tensor *from, void *to, size_t bytes) {
  const ag_sparse *s = bytes ? sparse_constant(p, from, bytes) : NULL;
  if (!s) {
    memcpy(to, from->data, bytes);
    return;
  }
  memset(to, 0, bytes);
  for (uint32_t i = 0; i < s->n; i++)
    memcpy((char *)to + 8 * s->at[i], &s->word[i], 8);
}

void *ag_rt_unique(ag_run *run, ag_tensor *slot) {
  if (slot->rank == 0)
    return slot->cell;
  if (writable(slot))
    return slot->data;
  int64_t bytes = ag_tensor_count(slot) * (int64_t)ag_dtype_size((ag_dtype)slot->dtype);
  ag_buffer *b = ag_buffer_new((size_t)bytes);
  if (!b)
    return no_memory(run, bytes);
  copy_elements(run->plan, slot, b->data, (size_t)bytes);
  ag_buffer_unref(slot->owner);
  slot->owner = b;
  slot->flags = 0;
  return slot->data = b->data;
}

/* ---- calls and failures --------------------------------------------------------------------- */

enum { SMALL_CALL = 8 };

int32_t ag_rt_kernel(ag_run *run, uint32_t call, const ag_tensor *const *in, ag_tensor *out) {
  const ag_call *c = &run->plan->calls[call];
  /* An output may take an input's slot, so results come in after the call. */
  ag_tensor small[SMALL_CALL], *fresh = small;
  if (c->n_out > SMALL_CALL)
    fresh = ag_malloc(c->n_out * sizeof *fresh);
  if (!fresh)
    return (int32_t)ag_fail(run->err, AG_ERR_NOMEM, c->loc, "%s: out of memory",
                            ag_ops[c->op].name);
  memset(fresh, 0, c->n_out * sizeof *fresh);
  ag_code code = ag_run_call(run, c, in, fresh);
  for (uint32_t i = 0; i < c->n_out && !code; i++) {
    ag_buffer *old = out[i].owner;
    out[i] = fresh[i];
    ag_buffer_unref(old);
  }
  if (fresh != small)
    ag_free(fresh);
  return (int32_t)code;
}

int32_t ag_rt_product(ag_run *run, uint32_t call, const ag_tensor *const *in, ag_tensor *out,
                      ag_block_body *body, void *ctx, int64_t cost) {
  const ag_epilogue epilogue = {body, ctx, cost};
  run->epilogue = &epilogue;
  int32_t code = ag_rt_kernel(run, call, in, out);
  run->epilogue = NULL;
  return code;
}

void *ag_rt_foreign(ag_run *run, uint32_t call) {
  const ag_call *c = &run->plan->calls[call];
  void (*f)(void) = ag_foreign_address(ag_attr_int(c->attrs, c->n_attrs, AG_KEY_site, -1));
  void *address;
  memcpy(&address, &f, sizeof address);
  return address;
}

static int32_t at_site(ag_run *run, const ag_call *c) {
  if (run->err->node == 0)
    run->err->node = c->node;
  return (int32_t)run->err->code;
}

int32_t ag_rt_fail(ag_run *run, int32_t code, uint32_t call, int64_t a, int64_t b) {
  const ag_call *c = &run->plan->calls[call];
  if (run->err->code && run->err->loc == 0)
    run->err->loc = c->loc; /* filled by ag_rt_alloc */
  ag_op_fail(run->err, (ag_code)code, c, a, b);
  return at_site(run, c);
}

int32_t ag_rt_fail_index(ag_run *run, uint32_t call, int32_t axis, int64_t index, int64_t size) {
  const ag_call *c = &run->plan->calls[call];
  if (c->op == AG_OP_PYINDEX)
    ag_list_index_fail(run, c);
  else
    ag_index_fail(run->err, c, axis, index, size);
  return at_site(run, c);
}
