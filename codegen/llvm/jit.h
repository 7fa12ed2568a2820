/* jit.h - the host as a target, and modules made into objects. */
#ifndef AG_LLVM_JIT_H
#define AG_LLVM_JIT_H

#include "ag/plan.h"
#include "compat.h"
#include "machine.h"

/* Round all that a compilation asks of LLVM, which starts on the first call in the process. NULL: err
 * says why, and there is nothing to end. */
const ag_machine *ag_jit_begin(ag_err *err);
void ag_jit_end(void);

/* A target machine for one compilation; effort 0 is cg0, others cg1. Given back, it serves the next
 * one. */
LLVMTargetMachineRef ag_machine_take(int effort, ag_err *err);
void ag_machine_give(LLVMTargetMachineRef tm, int effort);

/* Verifies, then runs the passes of this effort. */
ag_code ag_jit_optimize(LLVMModuleRef m, LLVMTargetMachineRef tm, int effort, ag_err *err);
/* kind: LLVMObjectFile or LLVMAssemblyFile. The caller disposes of *out. */
ag_code ag_jit_emit(LLVMModuleRef m, LLVMTargetMachineRef tm, LLVMCodeGenFileType kind,
                    LLVMMemoryBufferRef *out, ag_err *err);

#endif
