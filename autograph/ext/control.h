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

/* In a trace: a list, whose length only the run may know, or an object of a Python class that has a
 * truth of its own. staging/truths.py asks for it. */
static inline bool says_truth(PyObject *o) {
  PyTypeObject *type = Py_TYPE(o);
  if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) || !trace_current())
    return false;
  return (type->tp_as_number && type->tp_as_number->nb_bool) ||
         (type->tp_as_mapping && type->tp_as_mapping->mp_length);
}

#endif
