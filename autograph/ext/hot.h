/* hot.h - versions of a trace's code for sizes that many of its runs had. */
#ifndef AG_EXT_HOT_H
#define AG_EXT_HOT_H

#include "concrete.h"

/* The plan that serves a run on these inputs, of the sizes that the trace takes: its own, or a
 * version of it; *held: a new reference to its object. NULL with an exception. */
const ag_plan *hot_plan(core_state *st, concrete_obj *c, const ag_tensor *const *in,
                        PyObject **held);
/* Version `number`, which was asked for, is this plan. */
int hot_set(concrete_obj *c, uint32_t number, PyObject *plan_obj);
int hot_traverse(const concrete_obj *c, visitproc visit, void *arg);
void hot_drop(concrete_obj *c);

#endif
