/* stack.h - LLVM recurses over what it compiles; a thread may have a stack of 64 kB. */
#ifndef AG_STACK_H
#define AG_STACK_H

#include <stdbool.h>

/* work(ctx): here, or where this thread has little stack left, on a thread of its own, which is
 * waited for. False if there is none to be had; then nothing was done. */
bool ag_with_stack(void (*work)(void *), void *ctx);

#endif
