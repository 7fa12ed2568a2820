/* run.h - what exec.c and rt.c share about a run. */
#ifndef AG_RUN_H
#define AG_RUN_H

#include "ag/plan.h"

enum { AG_FIRST_COUNTDOWN = 1000 };

/* A run that has done nothing yet. */
void ag_run_begin(ag_run *run, const ag_plan *plan, const ag_host *host, ag_err *err);
/* Calls the kernel of c on zeroed outputs; on failure they are dropped, and err names place and
 * node. */
ag_code ag_run_call(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out);
/* widen.c: whether a kernel that lacks the dtype of its operands can run on others; and that run. */
bool ag_run_widens(const ag_call *c, const ag_tensor *const *in);
ag_code ag_run_widen(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out);
/* Nanoseconds of a clock that never goes back. */
uint64_t ag_run_clock(void);
/* A back edge whose countdown ran out. */
ag_code ag_run_poll(ag_run *run, ag_loc loop);

#endif
