/* jit.c - the host as a target machine, passes, objects in memory, LLJIT.
 *
 * LLVM starts at the first compilation of the process. Target machines are kept for the next
 * compilation, since each is used by one thread at a time and making one costs more than compiling
 * a small function. Objects are emitted by us and only linked by LLJIT, so they can be cached and
 * threads do not wait for each other. Runtime functions are absolute symbols: an extension opened
 * RTLD_LOCAL shows no symbols to LLJIT's own search. */
#include "jit.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ag/vmath.h"

enum { EFFORTS = 2, KEPT = 4 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static ag_machine machine;
static LLVMTargetRef target;
static LLVMOrcLLJITRef jit;
static char start_error[256];

static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static LLVMTargetMachineRef kept[EFFORTS][KEPT];
static uint64_t counter; /* atomic */

/* ORC reports the names of missing symbols here and only "failed to materialize" to the caller. */
static _Thread_local char reported[256];
static void report(void *ctx, LLVMErrorRef error) {
  (void)ctx;
  char *text = LLVMGetErrorMessage(error);
  snprintf(reported, sizeof reported, "%s", text);
  LLVMDisposeErrorMessage(text);
}

/* Fills err with an LLVM error, which is consumed. */
static ag_code fail_llvm(ag_err *err, const char *what, LLVMErrorRef error) {
  char *text = LLVMGetErrorMessage(error);
  ag_fail(err, AG_ERR_INTERNAL, 0, "%s: %s%s%s", what, text, *reported ? ": " : "", reported);
  LLVMDisposeErrorMessage(text);
  *reported = 0;
  return err->code;
}

static LLVMTargetMachineRef machine_new(int effort) {
  LLVMCodeGenOptLevel level = effort == 0 ? LLVMCodeGenLevelNone : LLVMCodeGenLevelLess;
  return LLVMCreateTargetMachine(target, machine.triple, machine.cpu, machine.features, level,
                                 LLVMRelocPIC, LLVMCodeModelDefault);
}

/* What LLVM itself calls: fmod behind `frem`, rounding where SSE4.1 is missing, block moves. */
#define LIBC_FUNCTIONS(X)                                                                          \
  X(fmod)                                                                                          \
  X(fmodf)                                                                                         \
  X(floor) X(floorf) X(ceil) X(ceilf) X(rint) X(rintf) X(trunc) X(truncf) X(memcpy) X(memmove)     \
      X(memset)

typedef struct symbol {
  const char *name;
  void *address;
} symbol;

/* In batches from the stack: a start that ran out of memory could not be made good. */
static void define_symbols(const symbol *symbols, size_t n) {
  LLVMOrcCSymbolMapPair pairs[32];
  const size_t most = sizeof pairs / sizeof *pairs;
  for (size_t k = 0; n && !*start_error; symbols += k, n -= k) {
    for (k = 0; k < n && k < most; k++) {
      pairs[k].Name = LLVMOrcLLJITMangleAndIntern(jit, symbols[k].name);
      pairs[k].Sym.Address = (LLVMOrcExecutorAddress)(uintptr_t)symbols[k].address;
      pairs[k].Sym.Flags.GenericFlags =
          LLVMJITSymbolGenericFlagsExported | LLVMJITSymbolGenericFlagsCallable;
    }
    LLVMErrorRef error = LLVMOrcJITDylibDefine(LLVMOrcLLJITGetMainJITDylib(jit),
                                               LLVMOrcAbsoluteSymbols(pairs, k));
    if (!error)
      continue;
    char *text = LLVMGetErrorMessage(error);
    snprintf(start_error, sizeof start_error, "LLVM: %s", text);
    LLVMDisposeErrorMessage(text);
  }
}

static void define_all_symbols(void) {
  static const symbol own[] = {
#define X(f) {#f, (void *)f},
      AG_RT_FUNCTIONS(X) LIBC_FUNCTIONS(X)
#undef X
  };
  size_t n_vector;
  const ag_vmath_symbol *vector = ag_vmath_symbols(&n_vector);
  define_symbols(own, sizeof own / sizeof *own);
  for (size_t i = 0; i < n_vector; i++)
    define_symbols(&(symbol){vector[i].name, vector[i].address}, 1);
}

static void start(void) {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  machine.triple = LLVMGetDefaultTargetTriple();
  machine.cpu = LLVMGetHostCPUName();
  machine.features = LLVMGetHostCPUFeatures();
  machine.vector_bits =
      8 * (unsigned)ag_vmath_table()->bytes; /* so a vector fits a call of vector math */
  char *text = NULL;
  if (LLVMGetTargetFromTriple(machine.triple, &target, &text)) {
    snprintf(start_error, sizeof start_error, "LLVM: %s", text);
    LLVMDisposeMessage(text);
    return;
  }
  LLVMTargetMachineRef tm = machine_new(1);
  if (!tm) {
    snprintf(start_error, sizeof start_error, "LLVM has no target machine for %s", machine.triple);
    return;
  }
  LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(tm);
  machine.layout = LLVMCopyStringRepOfTargetData(layout);
  LLVMDisposeTargetData(layout);

  LLVMOrcLLJITBuilderRef builder = LLVMOrcCreateLLJITBuilder();
  LLVMTargetMachineRef own = machine_new(1); /* the builder consumes it */
  LLVMOrcLLJITBuilderSetJITTargetMachineBuilder(
      builder, LLVMOrcJITTargetMachineBuilderCreateFromTargetMachine(own));
  ag_machine_give(tm, 1);
  LLVMErrorRef error = LLVMOrcCreateLLJIT(&jit, builder);
  if (error) {
    text = LLVMGetErrorMessage(error);
    snprintf(start_error, sizeof start_error, "LLVM: %s", text);
    LLVMDisposeErrorMessage(text);
    jit = NULL;
    return;
  }
  LLVMOrcExecutionSessionSetErrorReporter(LLVMOrcLLJITGetExecutionSession(jit), report, NULL);
  define_all_symbols();
}

const ag_machine *ag_machine_get(ag_err *err) {
  pthread_once(&once, start);
  if (*start_error) {
    ag_fail(err, AG_ERR_UNSUPPORTED, 0, "no native code on this machine: %s", start_error);
    return NULL;
  }
  return &machine;
}

LLVMTargetMachineRef ag_machine_take(int effort, ag_err *err) {
  effort = effort > 0;
  LLVMTargetMachineRef tm = NULL;
  pthread_mutex_lock(&kept_lock);
  for (int i = 0; i < KEPT && !tm; i++) {
    tm = kept[effort][i];
    kept[effort][i] = NULL;
  }
  pthread_mutex_unlock(&kept_lock);
  if (!tm)
    tm = machine_new(effort);
  if (!tm)
    ag_fail(err, AG_ERR_NOMEM, 0, "no target machine");
  return tm;
}

void ag_machine_give(LLVMTargetMachineRef tm, int effort) {
  effort = effort > 0;
  pthread_mutex_lock(&kept_lock);
  for (int i = 0; i < KEPT && tm; i++)
    if (!kept[effort][i]) {
      kept[effort][i] = tm;
      tm = NULL;
    }
  pthread_mutex_unlock(&kept_lock);
  if (tm)
    LLVMDisposeTargetMachine(tm);
}

ag_code ag_jit_optimize(LLVMModuleRef m, LLVMTargetMachineRef tm, int effort, ag_err *err) {
  static const char *const passes[] = {
      "function(mem2reg)",
      "function(mem2reg,early-cse<memssa>,loop-mssa(licm)," AG_PASS_INSTCOMBINE ",simplifycfg)",
      "default<O2>",
      "default<O3>",
  };
  char *text = NULL;
  LLVMBool broken = LLVMVerifyModule(m, LLVMReturnStatusAction, &text);
  if (broken)
    ag_fail(err, AG_ERR_INTERNAL, 0, "emitted code is not well formed: %s", text);
  LLVMDisposeMessage(text);
  if (broken)
    return err->code;
  LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
  LLVMErrorRef error = LLVMRunPasses(m,
                                     passes[effort < 0   ? 0
                                            : effort > 3 ? 3
                                                         : effort],
                                     tm, options);
  LLVMDisposePassBuilderOptions(options);
  return error ? fail_llvm(err, "LLVM passes", error) : AG_OK;
}

ag_code ag_jit_emit(LLVMModuleRef m, LLVMTargetMachineRef tm, LLVMCodeGenFileType kind,
                    LLVMMemoryBufferRef *out, ag_err *err) {
  char *text = NULL;
  if (LLVMTargetMachineEmitToMemoryBuffer(tm, m, kind, &text, out)) {
    ag_fail(err, AG_ERR_INTERNAL, 0, "LLVM code generation: %s", text ? text : "failed");
    LLVMDisposeMessage(text);
    return err->code;
  }
  return AG_OK;
}

ag_code ag_jit_load(LLVMMemoryBufferRef object, const char *symbol, ag_native **fn, void **code,
                    ag_err *err) {
  LLVMOrcResourceTrackerRef tracker =
      LLVMOrcJITDylibCreateResourceTracker(LLVMOrcLLJITGetMainJITDylib(jit));
  LLVMErrorRef error = LLVMOrcLLJITAddObjectFileWithRT(jit, tracker, object);
  LLVMOrcExecutorAddress address = 0;
  if (!error)
    error = LLVMOrcLLJITLookup(jit, &address, symbol);
  if (error) {
    fail_llvm(err, "linking native code", error);
    ag_jit_drop(tracker);
    return err->code;
  }
  *fn = (ag_native *)(uintptr_t)address;
  *code = tracker;
  return AG_OK;
}

void ag_jit_drop(void *code) {
  if (!code)
    return;
  LLVMErrorRef error = LLVMOrcResourceTrackerRemove(code);
  if (error) /* unloading what was loaded does not fail; if it did, the code just stays */
    LLVMConsumeError(error);
  LLVMOrcReleaseResourceTracker(code);
}

uint64_t ag_jit_unique(void) { return __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED); }
