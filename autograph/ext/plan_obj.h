/* plan_obj.h - plans as Python objects. */
#ifndef AG_EXT_PLAN_OBJ_H
#define AG_EXT_PLAN_OBJ_H

#include "state.h"

/* Takes the plan over, on failure too. The graph says places, keeps variables and callbacks alive.
 */
PyObject *plan_new(core_state *st, ag_plan *plan, graph_obj *g);
/* Lent; NULL and TypeError when o is no Plan. */
ag_plan *plan_of(PyObject *o);
/* Dtype, rank and the dims that the type knows are those of the type. */
bool plan_accepts(const ag_tensor *t, const ag_type *type);

#endif
