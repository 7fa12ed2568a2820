/* foreign.h - what foreign.c and its kernels share: calls through libffi. */
#ifndef AG_FOREIGN_CALLS_H
#define AG_FOREIGN_CALLS_H

#include "ag/foreign.h"

/* Calls the function once. args: the addresses of the arguments. The bytes of the result are written to *result (room
 * for 8). AG_ERR_CALLBACK: a closure failed meanwhile. */
ag_code ag_foreign_call(int64_t number, void **args, void *result);

#endif
