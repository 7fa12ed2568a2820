/* load.h - objects in memory made callable. */
#ifndef AG_LLVM_LOAD_H
#define AG_LLVM_LOAD_H

#include "ag/plan.h"

/* Maps the code of an x86-64 ELF object with one global function, which is *fn. *code is what
 * ag_unload drops. The object is only read, and needs no alignment.
 * AG_ERR_UNSUPPORTED where no memory may be executed; AG_ERR_INTERNAL for what is no such object.
 */
ag_code ag_load(const void *object, size_t size, ag_native **fn, void **code, ag_err *err);
void ag_unload(void *code); /* NULL is fine */

#endif
