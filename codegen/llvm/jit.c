/* jit.c - the host as a target machine, passes, objects in memory.
 *
 * LLVM starts at the first compilation of the process. Target machines are kept for the next
 * compilation, since each is used by one thread at a time and making one costs more than compiling
 * a small function. */
#include "jit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ag/vmath.h"

enum { EFFORTS = 2, KEPT = 4 };

static pthread_once_t named = PTHREAD_ONCE_INIT, once = PTHREAD_ONCE_INIT;
static ag_machine machine;
static LLVMTargetRef target;
static char start_error[256];

/* Held by each compilation for reading. A fork waits for those under way, so that the child finds
 * LLVM's own locks free; the end of the process waits too and lets no other begin
 * (ag_compile_close), since LLVM's statics go then. */
static pthread_rwlock_t gate = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static LLVMTargetMachineRef kept[EFFORTS][KEPT];

/* Fills err with an LLVM error, which is consumed. */
static ag_code fail_llvm(ag_err *err, const char *what, LLVMErrorRef error) {
  char *text = LLVMGetErrorMessage(error);
  ag_fail(err, AG_ERR_INTERNAL, 0, "%s: %s", what, text);
  LLVMDisposeErrorMessage(text);
  return err->code;
}

static LLVMTargetMachineRef machine_new(int effort) {
  LLVMCodeGenOptLevel level = effort == 0 ? LLVMCodeGenLevelNone : LLVMCodeGenLevelLess;
  return LLVMCreateTargetMachine(target, machine.triple, machine.cpu, machine.features, level,
                                 LLVMRelocPIC, LLVMCodeModelDefault);
}

/* AG_CPU in the environment names another processor to tune for. One that LLVM does not know is
 * tuned for as any, and has what this one has, which are the features. */
static void name(void) {
  const char *forced = getenv("AG_CPU");
  machine.triple = LLVMGetDefaultTargetTriple();
  machine.cpu = forced && *forced ? LLVMCreateMessage(forced) : LLVMGetHostCPUName();
  machine.features = LLVMGetHostCPUFeatures();
  machine.vector_bits =
      8 * (unsigned)ag_vmath_table()->bytes; /* so a vector fits a call of vector math */
}

const ag_machine *ag_machine_name(void) {
  pthread_once(&named, name);
  return &machine;
}

static void close_gate(void) { pthread_rwlock_wrlock(&gate); }

static void open_gate(void) { pthread_rwlock_unlock(&gate); }

static void open_gate_in_child(void) {
  gate = (pthread_rwlock_t)PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
}

static void start(void) {
  pthread_atfork(close_gate, open_gate, open_gate_in_child);
  ag_machine_name();
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
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
  ag_machine_give(tm, 1);
}

const ag_machine *ag_jit_begin(ag_err *err) {
  pthread_once(&once, start);
  if (*start_error) {
    ag_fail(err, AG_ERR_UNSUPPORTED, 0, "no native code on this machine: %s", start_error);
    return NULL;
  }
  pthread_rwlock_rdlock(&gate);
  return &machine;
}

void ag_jit_end(void) { pthread_rwlock_unlock(&gate); }

void ag_compile_close(void) { close_gate(); }

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
      "function(mem2reg,early-cse<memssa>,loop-mssa(licm)," AG_PASS_INSTCOMBINE
      ",jump-threading,simplifycfg)",
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
