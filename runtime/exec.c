/* exec.c - running: a plan's steps, its native code, or one op.
 * Nothing here is shared between runs but the plan, which does not change. */
#include "run.h"

#include "ag/floats.h"

#include <string.h>

/* The size of arrays kept on the stack; larger ones are allocated. */
enum { SMALL_FRAME = 24, SMALL_CALL = 8 };

void ag_run_begin(ag_run *run, const ag_plan *plan, const ag_host *host, ag_err *err) {
  *run = (ag_run){.countdown = AG_FIRST_COUNTDOWN, .plan = plan, .host = host, .err = err};
}

static void clear(ag_tensor *t, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    ag_tensor_clear(&t[i]);
}

static void drop(ag_tensor *t, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (t[i].owner)
      ag_tensor_unref(&t[i]);
}

ag_code ag_run_call(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  ag_kernel *kernel = c->op < AG_OP_COUNT ? ag_kernels[c->op] : NULL;
  if (!kernel)
    return ag_fail(run->err, AG_ERR_INTERNAL, c->loc, "op %d has no kernel", c->op);
  run->lacks_dtype = false;
  ag_code code = kernel(run, c, in, out);
  if (code == AG_ERR_TYPE && run->lacks_dtype && ag_run_widens(c, in)) {
    run->err->code = AG_OK;
    run->err->loc = 0;
    code = ag_run_widen(run, c, in, out);
  }
  if (code) {
    if (run->err->node == 0)
      run->err->node = c->node;
    drop(out, c->n_out);
    clear(out, c->n_out);
    return code;
  }
  for (uint32_t i = 0; i < c->n_out; i++) {
    if (c->types)
      out[i].weak = c->types[i].weak;
    if (out[i].dtype == AG_STR)
      ag_tensor_hold(&out[i]);
  }
  return AG_OK;
}

static bool in_memory_of(const ag_tensor *const *in, uint32_t n, const ag_buffer *owner) {
  for (uint32_t i = 0; i < n; i++)
    if (in[i]->owner == owner)
      return true;
  return false;
}

static void add_cost(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                     const ag_tensor *out) {
  ag_cost *cost = &run->plan->costs[c - run->plan->calls];
  uint64_t now = ag_run_clock();
  cost->times++;
  cost->ns += now - run->stamp;
  for (uint32_t i = 0; i < c->n_out; i++)
    if (out[i].owner && !in_memory_of(in, c->n_in, out[i].owner))
      cost->bytes +=
          (uint64_t)ag_tensor_count(&out[i]) * ag_dtype_size((ag_dtype)out[i].dtype);
  run->stamp = ag_run_clock();
}

/* One KERNEL step: outputs go to their slots only after the call, so an output may take an input's
 * slot. */
static ag_code step_kernel(ag_run *run, const ag_call *c) {
  ag_tensor small_out[SMALL_CALL], *out = small_out;
  const ag_tensor *small_in[SMALL_CALL], **in = small_in;
  ag_code code;
  if (c->n_in > SMALL_CALL)
    in = ag_malloc(c->n_in * sizeof *in);
  if (c->n_out > SMALL_CALL)
    out = ag_malloc(c->n_out * sizeof *out);
  if (in && out) {
    for (uint32_t i = 0; i < c->n_in; i++)
      in[i] = &run->frame[c->in[i]];
    clear(out, c->n_out);
    code = ag_run_call(run, c, in, out);
    if (run->plan->costs)
      add_cost(run, c, in, out);
    for (uint32_t i = 0; i < c->n_out && !code; i++) {
      drop(&run->frame[c->out[i]], 1);
      run->frame[c->out[i]] = out[i];
    }
  } else {
    code = ag_fail(run->err, AG_ERR_NOMEM, c->loc, "%s: out of memory", ag_ops[c->op].name);
  }
  if (in != small_in)
    ag_free(in);
  if (out != small_out)
    ag_free(out);
  return code;
}

static ag_code run_native(ag_run *run, const ag_tensor *const *in, ag_tensor *out) {
  ag_code code = run->plan->native(run, in, out);
  return code ? ag_fail(run->err, code, 0, "%s", ag_code_name(code)) : AG_OK;
}

static ag_code run_steps(ag_run *run, const ag_tensor *const *in, ag_tensor *out) {
  const ag_plan *p = run->plan;
  ag_tensor *frame = run->frame;
  run->stamp = p->costs ? ag_run_clock() : 0;
  uint64_t patience = run->host ? run->host->patience : 0, deadline = 0;
  if (patience)
    deadline = ag_run_clock() + patience;
  for (uint32_t i = 0; i < p->n_in && p->in_slots; i++)
    ag_rt_share(&frame[p->in_slots[i]], in[i]);
  for (uint32_t at = 0; at < p->n_steps;) {
    const ag_step *s = &p->steps[at++];
    switch ((ag_step_kind)s->kind) {
    case AG_STEP_KERNEL:
      if (step_kernel(run, &p->calls[s->a]))
        return run->err->code;
      break;
    case AG_STEP_MOVE:
      ag_rt_move(&frame[s->a], &frame[s->b]);
      break;
    case AG_STEP_SHARE:
      ag_rt_share(&frame[s->a], &frame[s->b]);
      break;
    case AG_STEP_CONST:
      ag_rt_share(&frame[s->a], &p->consts[s->b]);
      break;
    case AG_STEP_FREE:
      ag_rt_free(&frame[s->a]);
      break;
    case AG_STEP_JUMP:
      at = s->a;
      break;
    case AG_STEP_BRANCH:
      if (!frame[s->a].cell[0])
        at = s->b;
      break;
    case AG_STEP_POLL:
      if (deadline && ag_run_clock() > deadline)
        return ag_fail(run->err, AG_ERR_LATE, s->a, "%s", ag_code_name(AG_ERR_LATE));
      if (--run->countdown <= 0 && ag_run_poll(run, s->a))
        return run->err->code;
      break;
    case AG_STEP_NATIVE:
      return run_native(run, in, out);
    case AG_STEP_RETURN:
      for (uint32_t i = 0; i < p->n_out; i++)
        ag_tensor_ref(&frame[p->out_slots[i]], &out[i]);
      return AG_OK;
    }
  }
  return ag_fail(run->err, AG_ERR_INTERNAL, 0, "the plan has no end");
}

static ag_code own(ag_tensor *t, ag_err *err) {
  ag_shape shape;
  ag_tensor copy;
  ag_tensor_shape(t, &shape);
  if (ag_tensor_new(&copy, (ag_dtype)t->dtype, &shape, err))
    return err->code;
  memcpy(copy.data, t->data, (size_t)ag_tensor_count(t) * ag_dtype_size((ag_dtype)t->dtype));
  *t = copy;
  return AG_OK;
}

/* Memory lent by the caller may end before the result does: results own theirs. */
static inline ag_code own_results(ag_tensor *out, uint32_t n, ag_err *err) {
  for (uint32_t i = 0; i < n; i++)
    if (out[i].data && !out[i].owner && own(&out[i], err))
      return err->code;
  return AG_OK;
}

ag_code ag_plan_run(const ag_plan *p, const ag_host *host, const ag_tensor *const *in,
                    ag_tensor *out, ag_err *err) {
  ag_tensor small[SMALL_FRAME];
  ag_floats floats;
  ag_run run;
  ag_run_begin(&run, p, host, err);
  run.frame = small;
  if (p->n_slots > SMALL_FRAME)
    run.frame = ag_calloc(p->n_slots, sizeof *small);
  else
    clear(small, p->n_slots);
  if (!run.frame)
    return ag_fail(err, AG_ERR_NOMEM, 0, "out of memory: %u slots", p->n_slots);
  clear(out, p->n_out);
  ag_floats_enter(&floats);
  ag_code code = p->native ? run_native(&run, in, out) : run_steps(&run, in, out);
  ag_floats_leave(&floats);
  if (!code)
    code = own_results(out, p->n_out, err);
  drop(run.frame, p->n_slots);
  if (run.frame != small)
    ag_free(run.frame);
  if (code) {
    drop(out, p->n_out);
    clear(out, p->n_out);
  }
  return code;
}

ag_code ag_run_op(const ag_host *host, ag_op op, const ag_attr *attrs, uint32_t n_attrs,
                  const ag_type *types, const ag_tensor *const *in, uint32_t n_in, ag_tensor *out,
                  uint32_t n_out, ag_err *err) {
  ag_run run = {.host = host, .err = err, .countdown = AG_FIRST_COUNTDOWN};
  const ag_call c = {.op = (uint16_t)op,
                     .n_attrs = (uint16_t)n_attrs,
                     .n_in = n_in,
                     .n_out = n_out,
                     .attrs = attrs,
                     .types = types};
  clear(out, n_out);
  ag_floats floats;
  ag_floats_enter(&floats);
  ag_code code = ag_run_call(&run, &c, in, out);
  ag_floats_leave(&floats);
  return code ? code : own_results(out, n_out, err);
}
