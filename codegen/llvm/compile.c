/* compile.c - ag_compile and ag_compile_text: a graph in, a plan of one native step (or its text)
 * out.
 *
 * Each compilation has its own LLVM context, so threads compile at the same time. AG_EFFORT=0..3 in
 * the environment overrides the effort: 2 and 3 run LLVM's own default<O2|O3>, to compare with. */
#include "cache.h"
#include "emit.h"
#include "graph/build.h"
#include "load.h"
#include "stack.h"

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

/* LLVM ends the process when it gets no memory, so what it may take is asked for before it starts;
 * without it the interpreter runs the program. Measured: 14 MB for the first function of a process,
 * then 2 kB (elementwise code) to 31 kB (loops of a few checked ints) a node. */
enum { LEAST_ROOM = 24 << 20, ROOM_OF_A_NODE = 32 << 10 };

/* For so many nodes; 0: for what LLVM takes whatever it compiles. */
static ag_code need_room(uint32_t nodes, ag_err *err) {
  size_t bytes = LEAST_ROOM + (size_t)nodes * ROOM_OF_A_NODE;
  if (ag_has_room(bytes))
    return AG_OK;
  return ag_fail(err, AG_ERR_UNSUPPORTED, 0,
                 "compiling takes up to %zu MB of address space, which the limit of this process "
                 "(ulimit -v) or the system does not leave",
                 bytes >> 20);
}

/* Some of LLVM takes time quadratic in the length of what it works on: instruction selection and
 * scheduling in that of a block (10,000 additions in a row took 14 s), its passes and the placement
 * of blocks in the checks of a function, which all leave it (8,000 additions of checked ints took
 * 10 s). What is so long is run through once a call, mostly, and left to the quick selector, which
 * is linear. */
enum { LONGEST_BLOCK = 1500, MOST_EXITS = 200, MOST_EXITS_OF_LOOPS = 800 };

static bool has_long_block(LLVMModuleRef m) {
  for (LLVMValueRef f = LLVMGetFirstFunction(m); f; f = LLVMGetNextFunction(f))
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b)) {
      int n = 0;
      for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
        n++;
      if (n > LONGEST_BLOCK)
        return true;
    }
  return false;
}

/* Asked before the passes, which make one exit of all. */
static bool has_many_exits(LLVMModuleRef m, int most) {
  for (LLVMValueRef f = LLVMGetFirstFunction(m); f; f = LLVMGetNextFunction(f)) {
    int n = 0;
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
      n += LLVMIsAReturnInst(LLVMGetBasicBlockTerminator(b)) != NULL;
    if (n > most)
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
  snprintf(j->symbol, sizeof j->symbol, "%.60s.native", name); /* no name of the runtime has a dot */
  j->e.machine = ag_jit_begin(err);
  if (!j->e.machine)
    return err->code;
  j->e.arena = ag_arena_new();
  if (!j->e.arena)
    return ag_fail(err, AG_ERR_NOMEM, 0, "out of memory");
  j->e.ctx = LLVMContextCreate();
  LLVMContextSetDiscardValueNames(j->e.ctx, !named); /* names are for reading */
  if (ag_emit_graph(&j->e, j->symbol))
    return err->code;
  j->e.recipe.has_loop = j->e.ways.has_loop || j->e.ways.calls_out;
  int most = j->e.ways.has_loop ? MOST_EXITS_OF_LOOPS : MOST_EXITS;
  if (j->effort == 1 && has_many_exits(j->e.module, most))
    j->effort = 0;
  j->tm = ag_machine_take(j->effort, err);
  if (!j->tm)
    return err->code;
  if (ag_jit_optimize(j->e.module, j->tm, j->effort, err))
    return err->code;
  if (j->effort > 0 && has_long_block(j->e.module)) {
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
  if (j->e.machine)
    ag_jit_end();
}

/* ---- the plan
 * ---------------------------------------------------------------------------------------- */

static ag_type *types_of(ag_arena *a, const ag_graph *g, const ag_val *vals, uint32_t n) {
  ag_type *types = ag_arena_alloc(a, (n + 1) * sizeof *types);
  for (uint32_t i = 0; types && i < n; i++)
    types[i] = ag_graph_value(g, vals[i])->type;
  return types;
}

static ag_code make_calls(ag_plan *p, const ag_graph *g, const ag_recipe *r, ag_err *err) {
  ag_call *calls = ag_arena_alloc(p->arena, (r->n_sites + 1) * sizeof *calls);
  if (!calls)
    return ag_nomem(err);
  for (uint32_t i = 0; i < r->n_sites; i++) {
    const ag_node *n = ag_graph_node(g, (ag_nid)r->sites[i].node);
    for (uint32_t k = 0; k < n->n_attrs; k++)
      if (n->attrs[k].kind == AG_ATTR_TENSOR)
        return ag_fail(err, AG_ERR_INTERNAL, n->loc, "%s has a tensor attribute",
                       ag_ops[n->op].name);
    ag_type *types = ag_arena_alloc(p->arena, (n->n_out + 1) * sizeof *types);
    calls[i] = (ag_call){.op = n->op,
                         .n_attrs = n->n_attrs,
                         .n_in = n->n_in,
                         .n_out = n->n_out,
                         .dead = r->sites[i].dead,
                         .attrs = ag_attrs_copy(p->arena, n->attrs, n->n_attrs),
                         .types = types,
                         .loc = n->loc,
                         .node = (ag_nid)r->sites[i].node};
    if (n->n_in)
      calls[i].in_dtype = ag_graph_value(g, n->in[0])->type.dtype;
    if (!types || (n->n_attrs && !calls[i].attrs))
      return ag_nomem(err);
    for (uint32_t k = 0; k < n->n_out; k++)
      types[k] = ag_graph_value(g, n->out + k)->type;
  }
  p->calls = calls;
  p->n_calls = r->n_sites;
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

/* The same for code just made and for code from the disk. */
static ag_plan *plan_new(const ag_graph *g, const ag_recipe *r, const void *object, size_t size,
                         ag_err *err) {
  static const ag_step steps[] = {{AG_STEP_NATIVE, 0, 0}, {AG_STEP_RETURN, 0, 0}};
  const ag_region_info *f = ag_graph_region(g, 0);
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
                 .n_slots = r->n_slots,
                 .steps = steps,
                 .n_steps = 2,
                 .has_loop = r->has_loop,
                 .drop_code = ag_unload};
  p->in_types = types_of(arena, g, f->params, f->n_params);
  p->out_types = types_of(arena, g, f->results, f->n_results);
  ag_tensor *consts = ag_arena_alloc(arena, (r->n_consts + 1) * sizeof *consts);
  ag_sparse *sparse = ag_arena_alloc(arena, (r->n_consts + 1) * sizeof *sparse);
  p->consts = consts;
  p->sparse = sparse;
  if (!p->in_types || !p->out_types || !consts || !sparse) {
    ag_nomem(err);
  } else {
    for (; p->n_consts < r->n_consts; p->n_consts++) {
      const ag_node *n = ag_graph_node(g, r->consts[p->n_consts]);
      ag_tensor_ref(ag_attr_find(n->attrs, n->n_attrs, AG_KEY_value)->tensor, &consts[p->n_consts]);
      find_sparse(&consts[p->n_consts], &sparse[p->n_consts]);
    }
    if (!make_calls(p, g, r, err))
      ag_load(object, size, &p->native, &p->code, err);
  }
  if (err->code) {
    ag_plan_unref(p);
    return NULL;
  }
  return p;
}

/* ---- entry points
 * ------------------------------------------------------------------------------------ */

static ag_plan *from_disk(const ag_graph *g, const ag_text *key, ag_err *err) {
  ag_arena *arena = key->len ? ag_arena_new() : NULL;
  ag_plan *p = NULL;
  ag_recipe r;
  const void *object;
  size_t size;
  void *held = NULL;
  if (arena && ag_cache_get(key, arena, &r, &object, &size, &held))
    p = plan_new(g, &r, object, size, err);
  if (p)
    p->cached = true;
  ag_free(held);
  ag_arena_free(arena);
  return p;
}

static ag_plan *compiled(const ag_graph *g, const ag_compile_options *opt, const ag_text *key,
                         ag_err *err) {
  job j;
  ag_plan *p = NULL;
  LLVMMemoryBufferRef object = NULL;
  if (!job_begin(&j, g, opt, false, err) &&
      !ag_jit_emit(j.e.module, j.tm, LLVMObjectFile, &object, err)) {
    const char *bytes = LLVMGetBufferStart(object);
    p = plan_new(g, &j.e.recipe, bytes, LLVMGetBufferSize(object), err);
    if (p)
      ag_cache_put(key, &j.e.recipe, bytes, LLVMGetBufferSize(object));
  }
  if (object)
    LLVMDisposeMemoryBuffer(object);
  job_end(&j);
  return p;
}

typedef struct order {
  const ag_graph *g;
  const ag_compile_options *opt;
  const ag_text *key;
  ag_plan *p;
  ag_err *err;
} order;

static void carry_out(void *ctx) {
  order *o = ctx;
  o->p = compiled(o->g, o->opt, o->key, o->err);
}

static ag_plan *compile(const ag_graph *g, const ag_compile_options *opt, bool only_cached,
                        ag_err *err) {
  ag_text key = {0};
  ag_err unread = {0}; /* what does not load is compiled */
  if (need_room(0, err))
    return NULL;
  ag_cache_key(g, ag_machine_name(), effort_of(opt), opt && opt->fast_math, &key);
  ag_plan *p = from_disk(g, &key, only_cached ? err : &unread);
  order o = {g, opt, &key, p, err};
  if (!p && !only_cached && !need_room(ag_graph_nodes(g), err) && !ag_with_stack(carry_out, &o))
    ag_fail(err, AG_ERR_UNSUPPORTED, 0, "no thread with a stack to compile on");
  ag_free(key.data);
  return o.p;
}

ag_plan *ag_compile(const ag_graph *g, const ag_compile_options *opt, ag_err *err) {
  return compile(g, opt, false, err);
}

ag_plan *ag_compile_cached(const ag_graph *g, const ag_compile_options *opt, ag_err *err) {
  return compile(g, opt, true, err);
}

ag_code ag_compile_text(const ag_graph *g, const ag_compile_options *opt, ag_text *ir,
                        ag_text *assembly, ag_err *err) {
  job j;
  if (need_room(ag_graph_nodes(g), err))
    return err->code;
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

ag_code ag_compile_memory(const ag_graph *g, const ag_shape *shapes, uint32_t n, ag_memory *out,
                          ag_text *text, ag_err *err) {
  const ag_compile_options usual = {.effort = 0};
  if (need_room(ag_graph_nodes(g), err))
    return err->code;
  ag_emitter e = {.g = g, .opt = &usual, .err = err, .machine = ag_jit_begin(err)};
  if (!e.machine)
    return err->code;
  e.arena = ag_arena_new();
  if (!e.arena || !ag_ledger_begin(&e))
    ag_nomem(err);
  else
    e.ctx = LLVMContextCreate();
  if (!err->code && !ag_emit_graph(&e, "f"))
    ag_ledger_sum(&e, shapes, n, out, text);
  if (text && text->failed)
    ag_nomem(err);
  ag_emit_done(&e);
  ag_jit_end();
  return err->code;
}
