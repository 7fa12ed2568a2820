/* outer.h - what a trace has read outside of its arguments, and whether it has changed since. */
#ifndef AG_EXT_OUTER_H
#define AG_EXT_OUTER_H

#include "state.h"

/* Whether all of these entries, which passed outer_check, still hold. No error is left set. */
bool outer_holds(PyObject *entries);
/* A list of the entries that do not. New reference. */
PyObject *outer_changed(PyObject *entries);
/* -1 with TypeError where these are no entries. */
int outer_check(PyObject *entries);

#endif
