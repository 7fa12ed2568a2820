/* threads.c - how many threads large loops use, from the environment and for autograph/threads.py.
 */
#include "state.h"

#include <stdlib.h>

PyDoc_STRVAR(get_doc, "_threads($module, /)\n--\n\n"
                      "(the number asked for, 0 for one a processor; the number large loops use).");
static PyObject *get_threads(PyObject *module, PyObject *unused) {
  (void)module;
  (void)unused;
  return Py_BuildValue("ii", ag_threads_wanted(), ag_threads());
}

PyDoc_STRVAR(set_doc, "_set_threads($module, n, /)\n--\n\n"
                      "The number from now on; 0 is one a processor. ValueError past 256.");
static PyObject *set_threads(PyObject *module, PyObject *number) {
  (void)module;
  int overflow;
  long n = PyLong_AsLongAndOverflow(number, &overflow);
  if (n == -1 && PyErr_Occurred())
    return NULL;
  if (overflow || n < 0 || n > AG_MOST_THREADS)
    return PyErr_Format(PyExc_ValueError,
                        "threads: expected a number from 0 (one a processor) to %d, got %S",
                        AG_MOST_THREADS, number);
  ag_threads_set((int)n);
  Py_RETURN_NONE;
}

static PyMethodDef thread_functions[] = {
    {"_threads", get_threads, METH_NOARGS, get_doc},
    {"_set_threads", set_threads, METH_O, set_doc},
    {0},
};

int add_threads(PyObject *module, core_state *st) {
  (void)st;
  const char *n = getenv("AUTOGRAPH_NUM_THREADS");
  if (n && *n && ag_threads_parse(n) < 0) {
    PyErr_Format(PyExc_ValueError,
                 "AUTOGRAPH_NUM_THREADS is '%s': expected a number from 1 to %d; unset it or set "
                 "it to 0 for one thread a processor",
                 n, AG_MOST_THREADS);
    return -1;
  }
  return PyModule_AddFunctions(module, thread_functions);
}
