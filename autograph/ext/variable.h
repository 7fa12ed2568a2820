/* variable.h - what other files need of variables. */
#ifndef AG_EXT_VARIABLE_H
#define AG_EXT_VARIABLE_H

#include "state.h"

/* The value now, or a READ node while tracing. New reference. */
PyObject *variable_value(core_state *st, PyObject *variable);

#endif
