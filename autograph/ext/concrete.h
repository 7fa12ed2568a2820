/* concrete.h - one trace of a function, ready to run: its key, plan and how results are put
 * together. */
#ifndef AG_EXT_CONCRETE_H
#define AG_EXT_CONCRETE_H

#include "key.h"

typedef struct concrete_obj {
  PyObject_HEAD
  uint64_t hash;
  uint32_t n_words, n_statics, n_inputs;
  uint64_t *words; /* dims may be AG_KEY_ANY, or AG_KEY_SAME as another */
  PyObject **
      statics; /* own; objects compared by identity are held by weak references where they can be */
  PyObject *plan_obj;
  const ag_plan *plan;
  graph_obj *graph;
  PyObject *template; /* see results.c */
  struct hot *hot; /* versions for some sizes (hot.c); NULL: none are looked for yet */
  PyObject *outer; /* NULL, or what it read outside of its arguments, see outer.c */
  PyObject *info;  /* dict: what Python keeps with the trace (times, reasons, structured outputs) */
  bool open;       /* a word is AG_KEY_ANY: runs may have any size there */
  bool alike;      /* a word is AG_KEY_SAME */
  bool one_tensor; /* the result is the plan's only output */
  bool as_python;  /* nothing was traced: the Python function serves these calls */
  bool quick;      /* quick.c may serve calls with it */
  bool hurries;    /* a loop is interpreted while its native code is made: for PATIENCE at most */
  bool lends;      /* arrays may be lent to the run: nothing in it keeps an argument */
} concrete_obj;

extern PyType_Spec concrete_spec;
bool concrete_matches(const concrete_obj *c, const call_key *k);
bool concrete_dead(const concrete_obj *c); /* a static object it depends on is gone */
/* result: tuple (plan, graph, template, dims or None, info, lends) from the tracer. New reference.
 */
PyObject *concrete_new(core_state *st, const call_key *k, PyObject *result);
PyObject *concrete_run(core_state *st, concrete_obj *c, PyObject *const *inputs,
                       PyObject *const *bound);
/* Sets `quick`; after each change of the plan. */
void concrete_note_quick(core_state *st, concrete_obj *c);
/* The same run for positional arguments as they are, if these fit; false when they do not. *result:
 * what the call returns, NULL with an exception. */
bool concrete_run_quick(core_state *st, concrete_obj *c, PyObject *const *args, Py_ssize_t n,
                        PyObject **result);
/* A Python number that came out of a run, as int or float. */
PyObject *number_result(core_state *st, const ag_tensor *t);
/* Puts the plan's outputs (all taken over) into the template. bound: the arguments, or NULL. */
PyObject *results_build(core_state *st, PyObject *template, ag_tensor *out, PyObject *const *bound);

#endif
