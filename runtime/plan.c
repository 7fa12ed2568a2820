/* plan.c - plans as objects: made by codegen, shared by count, printed. */
#include "ag/plan.h"

#include <inttypes.h>
#include <string.h>

ag_plan *ag_plan_new(void) {
  ag_arena *arena = ag_arena_new();
  ag_plan *p = arena ? ag_arena_alloc(arena, sizeof *p) : NULL;
  if (!p) {
    ag_arena_free(arena);
    return NULL;
  }
  p->refs = 1;
  p->arena = arena;
  return p;
}

void ag_plan_ref(const ag_plan *p) {
  __atomic_fetch_add(&((ag_plan *)(uintptr_t)p)->refs, 1, __ATOMIC_RELAXED);
}

void ag_plan_unref(const ag_plan *p) {
  if (!p || __atomic_sub_fetch(&((ag_plan *)(uintptr_t)p)->refs, 1, __ATOMIC_ACQ_REL))
    return;
  if (p->drop_code)
    p->drop_code(p->code);
  for (uint32_t i = 0; p->consts && i < p->n_consts; i++) {
    ag_tensor t = p->consts[i];
    ag_tensor_unref(&t);
  }
  ag_arena_free(p->arena); /* p itself lies there */
}

bool ag_plan_measure(ag_plan *p) {
  if (!p->costs)
    p->costs = ag_arena_alloc(p->arena, (p->n_calls + 1) * sizeof *p->costs);
  if (p->costs)
    memset(p->costs, 0, p->n_calls * sizeof *p->costs);
  return p->costs;
}

/* ---- text ----------------------------------------------------------------------------------- */

static void put_type(const ag_type *t, ag_text *out) {
  ag_text_add(out, "%s", ag_dtype_name((ag_dtype)t->dtype));
  if (t->weak)
    ag_text_add(out, "*");
  if (t->rank < 0)
    ag_text_add(out, "[...]");
  for (int i = 0; i < t->rank; i++) {
    int64_t d = t->dim[i], offset = d < 0 ? ag_dim_offset(d) : 0;
    ag_text_add(out, "%s%s%" PRId64, i ? "," : "[", d < 0 ? "s" : "",
                d < 0 ? ag_dim_symbol(d) : d);
    if (offset)
      ag_text_add(out, "%+" PRId64, offset);
  }
  if (t->rank > 0)
    ag_text_add(out, "]");
}

static void put_types(const char *what, uint32_t n, const ag_type *types, const uint32_t *slots,
                      ag_text *out) {
  ag_text_add(out, "%s", what);
  for (uint32_t i = 0; i < n; i++) {
    ag_text_add(out, i ? ", " : " ");
    if (slots)
      ag_text_add(out, "$%" PRIu32 " ", slots[i]);
    if (types)
      put_type(&types[i], out);
  }
  ag_text_add(out, "\n");
}

static void put_call(const ag_call *c, ag_text *out) {
  for (uint32_t i = 0; c->out && i < c->n_out; i++)
    ag_text_add(out, "%s$%" PRIu32, i ? ", " : "", c->out[i]);
  ag_text_add(out, "%s%s(", c->n_out && c->out ? " = " : "", ag_ops[c->op].name);
  for (uint32_t i = 0; c->in && i < c->n_in; i++)
    ag_text_add(out, "%s$%" PRIu32 "%s", i ? ", " : "", c->in[i],
                i < 64 && (c->dead >> i & 1) ? "!" : "");
  ag_text_add(out, ")");
  if (c->types && c->n_out) {
    ag_text_add(out, " : ");
    for (uint32_t i = 0; i < c->n_out; i++) {
      if (i)
        ag_text_add(out, ", ");
      put_type(&c->types[i], out);
    }
  }
  if (c->node)
    ag_text_add(out, "  # %%%" PRIu32, c->node);
}

ag_code ag_plan_print(const ag_plan *p, ag_text *out) {
  ag_text_add(out, "plan: %" PRIu32 " steps, %" PRIu32 " slots%s%s\n", p->n_steps, p->n_slots,
              p->has_loop ? ", loops" : "", p->native ? ", native" : "");
  put_types("in", p->n_in, p->in_types, p->in_slots, out);
  put_types("out", p->n_out, p->out_types, p->out_slots, out);
  for (uint32_t i = 0; p->consts && i < p->n_consts; i++) {
    ag_text_add(out, "const %" PRIu32 ": ", i);
    ag_tensor_text(&p->consts[i], out);
    ag_text_add(out, "\n");
  }
  for (uint32_t i = 0; i < p->n_steps; i++) {
    const ag_step *s = &p->steps[i];
    ag_text_add(out, "%4" PRIu32 "  ", i);
    switch ((ag_step_kind)s->kind) {
    case AG_STEP_KERNEL:
      put_call(&p->calls[s->a], out);
      break;
    case AG_STEP_MOVE:
      ag_text_add(out, "$%" PRIu32 " = move $%" PRIu32, s->a, s->b);
      break;
    case AG_STEP_SHARE:
      ag_text_add(out, "$%" PRIu32 " = $%" PRIu32, s->a, s->b);
      break;
    case AG_STEP_CONST:
      ag_text_add(out, "$%" PRIu32 " = const %" PRIu32, s->a, s->b);
      break;
    case AG_STEP_FREE:
      ag_text_add(out, "free $%" PRIu32, s->a);
      break;
    case AG_STEP_JUMP:
      ag_text_add(out, "jump %" PRIu32, s->a);
      break;
    case AG_STEP_BRANCH:
      ag_text_add(out, "unless $%" PRIu32 " jump %" PRIu32, s->a, s->b);
      break;
    case AG_STEP_POLL:
      ag_text_add(out, "poll");
      break;
    case AG_STEP_NATIVE:
      ag_text_add(out, "native");
      break;
    case AG_STEP_RETURN:
      ag_text_add(out, "return");
      break;
    }
    ag_text_add(out, "\n");
  }
  return out->failed ? AG_ERR_NOMEM : AG_OK;
}
