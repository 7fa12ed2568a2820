/* compile.c - ag_compile and ag_compile_text: a graph in, a plan of one native step (or its text)
 * out.
 *
 * Each compilation has its own LLVM context, so threads compile at the same time. AG_EFFORT=0..3 in
 * the environment overrides the effort: 2 and 3 run LLVM's own default<O2|O3>, to compare with. */
#include "emit.h"
#include "graph/build.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct job {
  ag_emitter e;
  LLVMTargetMachineRef tm;
  int effort;
  char symbol[96];
} job;

static int effort_of(const ag_compile_options *opt) {
  const char *forced = getenv("AG_EFFORT");
  if (forced && *forced >= '0' && *forced <= '3')
    return *forced - '0';
  return opt && opt->effort == 0 ? 0 : 1;
}

/* Instruction selection and scheduling take time quadratic in the length of a block: 10000
 * additions in a row took 14 s. Blocks so long are left to the quick selector, which is linear. */
enum { LONGEST_BLOCK = 1500 };

static bool has_long_block(LLVMValueRef fn) {
  for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(fn); b; b = LLVMGetNextBasicBlock(b)) {
    int n = 0;
    for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
      n++;
    if (n > LONGEST_BLOCK)
      return true;
  }
  return false;
}

/* Emits the module and runs the passes. The job must be ended, also on failure. */
static ag_code job_begin(job *j, const ag_graph *g, const ag_compile_options *opt, bool named,
                         ag_err *err) {
  static const ag_compile_options usual = {.effort = 1};
  *j = (job){.e = {.g = g, .opt = opt ? opt : &usual, .err = err}, .effort = effort_of(opt)};
  const char *name = opt && opt->name ? opt->name : "f";
  snprintf(j->symbol, sizeof j->symbol, "%.60s.%llu", name, (unsigned long long)ag_jit_unique());
  j->e.machine = ag_machine_get(err);
  if (!j->e.machine)
    return err->code;
  j->e.arena = ag_arena_new();
  if (!j->e.arena)
    return ag_fail(err, AG_ERR_NOMEM, 0, "out of memory");
  j->e.ctx = LLVMContextCreate();
  LLVMContextSetDiscardValueNames(j->e.ctx, !named); /* names are for reading */
  if (ag_emit_graph(&j->e, j->symbol))
    return err->code;
  j->tm = ag_machine_take(j->effort, err);
  if (!j->tm)
    return err->code;
  if (ag_jit_optimize(j->e.module, j->tm, j->effort, err))
    return err->code;
  if (j->effort > 0 && has_long_block(j->e.fn)) {
    ag_machine_give(j->tm, j->effort);
    j->effort = 0;
    j->tm = ag_machine_take(0, err);
  }
  return err->code;
}

static void job_end(job *j) {
  if (j->tm)
    ag_machine_give(j->tm, j->effort);
  ag_emit_done(&j->e);
}

/* ---- the plan
 * ---------------------------------------------------------------------------------------- */

static ag_type *types_of(ag_arena *a, const ag_graph *g, const ag_val *vals, uint32_t n) {
  ag_type *types = ag_arena_alloc(a, (n + 1) * sizeof *types);
  for (uint32_t i = 0; types && i < n; i++)
    types[i] = ag_graph_value(g, vals[i])->type;
  return types;
}

static ag_code copy_calls(ag_plan *p, const ag_emitter *e, ag_err *err) {
  ag_call *calls = ag_arena_alloc(p->arena, (e->n_calls + 1) * sizeof *calls);
  if (!calls)
    return ag_nomem(err);
  for (uint32_t i = 0; i < e->n_calls; i++) {
    ag_call *c = &calls[i];
    *c = e->calls[i];
    const ag_node *n = ag_graph_node(e->g, c->node);
    for (uint32_t k = 0; k < n->n_attrs; k++)
      if (n->attrs[k].kind == AG_ATTR_TENSOR)
        return ag_fail(err, AG_ERR_INTERNAL, n->loc, "%s has a tensor attribute",
                       ag_ops[n->op].name);
    ag_type *types = ag_arena_alloc(p->arena, (n->n_out + 1) * sizeof *types);
    c->attrs = ag_attrs_copy(p->arena, n->attrs, n->n_attrs);
    c->types = types;
    if (!types || (n->n_attrs && !c->attrs))
      return ag_nomem(err);
    for (uint32_t k = 0; k < n->n_out; k++)
      types[k] = ag_graph_value(e->g, n->out + k)->type;
  }
  p->calls = calls;
  p->n_calls = e->n_calls;
  return AG_OK;
}

enum { SPARSE_FROM = 4096 }; /* bytes; less is copied as soon as cleared */

static void find_sparse(const ag_tensor *t, ag_sparse *s) {
  size_t bytes = (size_t)ag_tensor_count(t) * ag_dtype_size((ag_dtype)t->dtype);
  if (t->dtype >= AG_STR || bytes < SPARSE_FROM || bytes % 8 || t->owner->host) /* host: may change */
    return;
  const char *data = ag_tensor_data(t);
  for (size_t at = 0; at < bytes / 8; at++) {
    uint64_t word;
    memcpy(&word, data + 8 * at, 8);
    if (!word)
      continue;
    if (s->n == AG_SPARSE_WORDS)
      return;
    s->at[s->n] = (int64_t)at;
    s->word[s->n++] = word;
  }
  s->bytes = bytes;
}

static ag_plan *plan_new(const ag_emitter *e, ag_err *err) {
  static const ag_step steps[] = {{AG_STEP_NATIVE, 0, 0}, {AG_STEP_RETURN, 0, 0}};
  const ag_region_info *f = ag_graph_region(e->g, 0);
  ag_arena *arena = ag_arena_new();
  ag_plan *p = arena ? ag_arena_alloc(arena, sizeof *p) : NULL;
  if (!p) {
    ag_nomem(err);
    ag_arena_free(arena);
    return NULL;
  }
  *p = (ag_plan){.refs = 1,
                 .arena = arena,
                 .n_in = f->n_params,
                 .n_out = f->n_results,
                 .n_slots = e->n_slots,
                 .steps = steps,
                 .n_steps = 2,
                 .has_loop = e->ways.has_loop};
  p->in_types = types_of(arena, e->g, f->params, f->n_params);
  p->out_types = types_of(arena, e->g, f->results, f->n_results);
  ag_tensor *consts = ag_arena_alloc(arena, (e->n_consts + 1) * sizeof *consts);
  ag_sparse *sparse = ag_arena_alloc(arena, (e->n_consts + 1) * sizeof *sparse);
  p->consts = consts;
  p->sparse = sparse;
  if (!p->in_types || !p->out_types || !consts || !sparse) {
    ag_nomem(err);
  } else {
    for (; p->n_consts < e->n_consts; p->n_consts++) {
      ag_tensor_ref(&e->consts[p->n_consts], &consts[p->n_consts]);
      find_sparse(&consts[p->n_consts], &sparse[p->n_consts]);
    }
    copy_calls(p, e, err);
  }
  if (err->code) {
    ag_plan_unref(p);
    return NULL;
  }
  return p;
}

/* ---- entry points
 * ------------------------------------------------------------------------------------ */

ag_plan *ag_compile(const ag_graph *g, const ag_compile_options *opt, ag_err *err) {
  job j;
  ag_plan *p = NULL;
  LLVMMemoryBufferRef object = NULL;
  if (!job_begin(&j, g, opt, false, err) &&
      !ag_jit_emit(j.e.module, j.tm, LLVMObjectFile, &object, err))
    p = plan_new(&j.e, err);
  if (p) {
    ag_native *fn = NULL;
    void *code = NULL;
    ag_code failed = ag_jit_load(object, j.symbol, &fn, &code, err);
    object = NULL; /* the JIT's, on failure too */
    p->native = fn;
    p->code = code;
    p->drop_code = ag_jit_drop;
    if (failed) {
      ag_plan_unref(p);
      p = NULL;
    }
  }
  if (object)
    LLVMDisposeMemoryBuffer(object);
  job_end(&j);
  return p;
}

ag_code ag_compile_text(const ag_graph *g, const ag_compile_options *opt, ag_text *ir,
                        ag_text *assembly, ag_err *err) {
  job j;
  if (!job_begin(&j, g, opt, true, err)) {
    if (ir) {
      char *text = LLVMPrintModuleToString(j.e.module);
      ag_text_put(ir, text, strlen(text));
      LLVMDisposeMessage(text);
    }
    LLVMMemoryBufferRef buffer = NULL;
    if (assembly && !ag_jit_emit(j.e.module, j.tm, LLVMAssemblyFile, &buffer, err)) {
      ag_text_put(assembly, LLVMGetBufferStart(buffer), LLVMGetBufferSize(buffer));
      LLVMDisposeMemoryBuffer(buffer);
    }
    if ((ir && ir->failed) || (assembly && assembly->failed))
      ag_nomem(err);
  }
  job_end(&j);
  return err->code;
}
