/* args.h - from a call's arguments to one value per parameter. */
#ifndef AG_EXT_ARGS_H
#define AG_EXT_ARGS_H

#include "state.h"

/* What is known of a signature; made once per function. */
typedef struct params {
  PyObject *names;    /* tuple: positional, then keyword-only */
  PyObject *defaults; /* tuple aligned with names; missing ones are the UNDEFINED sentinel */
  Py_ssize_t n_positional, n_only_positional, n;
  bool varargs, varkw;
  Py_ssize_t n_bound; /* n + varargs + varkw */
} params;

/* spec: (names, defaults, n_positional, n_only_positional, varargs, varkw). */
int params_init(params *p, PyObject *spec);
void params_clear(params *p);
/* Fills bound[n_bound] with borrowed references; *extra owns what had to be made (a tuple of
 * leftover positionals, a dict of leftover keywords). 1: bound. 0: the call does not fit (the
 * caller raises Python's own error). -1: exception. */
int params_bind(const params *p, PyObject *undefined, PyObject *const *args, Py_ssize_t nargs,
                PyObject *kwnames, PyObject **bound, PyObject *extra[2]);

#endif
