/* control.h - what the operators of converted code share. */
#ifndef AG_EXT_CONTROL_H
#define AG_EXT_CONTROL_H

#include "state.h"

/* staged[name](*args): what the Python side says of traced values. */
PyObject *record(core_state *st, const char *name, PyObject *const *args, Py_ssize_t n);
/* The result of a generated function. Its NameError may be an UnboundLocalError of the function
 * round it (staging/names.py). */
PyObject *made(core_state *st, PyObject *result);
/* False, with the TypeError, when n arguments are too few or too many. */
bool arity(const char *name, Py_ssize_t n, Py_ssize_t least, Py_ssize_t most);

/* What only a run can decide: symbolic tensors, one of several values, variables in a trace. */
static inline bool symbolic(core_state *st, PyObject *o) {
  if (Py_TYPE(o) == st->tensor_type)
    return ((tensor_obj *)o)->graph != NULL;
  return Py_TYPE(o) == st->choice_type || (Py_TYPE(o) == st->variable_type && trace_current());
}

/* A list of a trace may have a length that only the run knows: its truth is asked for. */
static inline bool traced_list(PyObject *o) {
  return PyList_Check(o) && !PyList_CheckExact(o) && trace_current();
}

#endif
