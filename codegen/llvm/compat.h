/* compat.h - the LLVM headers, and all that differs between LLVM versions (now: 19.1 alone).
 * No other file of the room includes llvm-c. */
#ifndef AG_LLVM_COMPAT_H
#define AG_LLVM_COMPAT_H

#include <llvm-c/Analysis.h>
#include <llvm-c/Core.h>
#include <llvm-c/Error.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>

/* instcombine ends the process when it finds no fixed point, unless told not to look (LLVM >= 18).
 */
#define AG_PASS_INSTCOMBINE "instcombine<no-verify-fixpoint>"

#endif
