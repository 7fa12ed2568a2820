/* jit.h - the host as a target, and objects in memory made callable. */
#ifndef AG_LLVM_JIT_H
#define AG_LLVM_JIT_H

#include "ag/plan.h"
#include "compat.h"

/* What the emitter must know of the machine it runs on. */
typedef struct ag_machine {
  char *triple, *cpu, *features, *layout;
  unsigned vector_bits; /* 512, 256 or 128 */
} ag_machine;

/* Starts LLVM on the first call in the process. NULL: err says why. */
const ag_machine *ag_machine_get(ag_err *err);

/* A target machine for one compilation; effort 0 is cg0, others cg1. Given back, it serves the next
 * one. */
LLVMTargetMachineRef ag_machine_take(int effort, ag_err *err);
void ag_machine_give(LLVMTargetMachineRef tm, int effort);

/* Verifies, then runs the passes of this effort. */
ag_code ag_jit_optimize(LLVMModuleRef m, LLVMTargetMachineRef tm, int effort, ag_err *err);
/* kind: LLVMObjectFile or LLVMAssemblyFile. The caller disposes of *out. */
ag_code ag_jit_emit(LLVMModuleRef m, LLVMTargetMachineRef tm, LLVMCodeGenFileType kind,
                    LLVMMemoryBufferRef *out, ag_err *err);
/* Loads an object (taken over, on failure too) and finds `symbol` in it. *code is what ag_jit_drop
 * unloads. */
ag_code ag_jit_load(LLVMMemoryBufferRef object, const char *symbol, ag_native **fn, void **code,
                    ag_err *err);
void ag_jit_drop(void *code);
/* A number no other function of this process has: names must be unique in the JIT. */
uint64_t ag_jit_unique(void);

#endif
