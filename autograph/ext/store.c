/* store.c - the disk cache as seen from Python: where it is, what it holds, bytes kept in it. */
#include "ag/store.h"

#include "state.h"

PyDoc_STRVAR(
    open_doc,
    "cache_open($module, directory, most, /)\n--\n\n"
    "From now on keep files in that directory (None: nowhere), at most so many bytes of them.");
static PyObject *cache_open(PyObject *module, PyObject *args) {
  (void)module;
  PyObject *given, *path = NULL;
  unsigned long long most;
  if (!PyArg_ParseTuple(args, "OK:cache_open", &given, &most))
    return NULL;
  if (given != Py_None && !PyUnicode_FSConverter(given, &path))
    return NULL;
  bool opened = ag_store_open(path ? PyBytes_AS_STRING(path) : NULL, most);
  Py_XDECREF(path);
  if (!opened)
    return PyErr_NoMemory();
  Py_RETURN_NONE;
}

PyDoc_STRVAR(get_doc, "cache_get($module, key, /)\n--\n\nThe bytes kept under that key, or None.");
static PyObject *cache_get(PyObject *module, PyObject *key) {
  (void)module;
  char *data, *payload;
  Py_ssize_t n;
  size_t size;
  if (PyBytes_AsStringAndSize(key, &data, &n) < 0)
    return NULL;
  if (!(payload = ag_store_get(data, (size_t)n, &size)))
    Py_RETURN_NONE;
  PyObject *bytes = PyBytes_FromStringAndSize(payload, (Py_ssize_t)size);
  ag_free(payload);
  return bytes;
}

PyDoc_STRVAR(put_doc, "cache_put($module, key, payload, /)\n--\n\nKeep bytes under a key.");
static PyObject *cache_put(PyObject *module, PyObject *args) {
  (void)module;
  const char *key, *payload;
  Py_ssize_t n_key, n;
  if (!PyArg_ParseTuple(args, "y#y#:cache_put", &key, &n_key, &payload, &n))
    return NULL;
  Py_BEGIN_ALLOW_THREADS
  ag_store_put(key, (size_t)n_key, payload, (size_t)n);
  Py_END_ALLOW_THREADS
  Py_RETURN_NONE;
}

PyDoc_STRVAR(look_doc, "cache_look($module, clear=False, /)\n--\n\n"
                       "(files, bytes) of the disk cache; with clear=True they are removed.");
static PyObject *cache_look(PyObject *module, PyObject *args) {
  (void)module;
  int clear = 0;
  ag_store_use use;
  if (!PyArg_ParseTuple(args, "|p:cache_look", &clear))
    return NULL;
  Py_BEGIN_ALLOW_THREADS
  use = ag_store_look(clear);
  Py_END_ALLOW_THREADS
  return Py_BuildValue("(KK)", (unsigned long long)use.files, (unsigned long long)use.bytes);
}

PyDoc_STRVAR(problem_doc, "cache_problem($module, /)\n--\n\n"
                          "Why something could not be kept, once; else None.");
static PyObject *cache_problem(PyObject *module, PyObject *unused) {
  (void)module;
  (void)unused;
  char text[AG_STORE_TEXT];
  if (!ag_store_problem(text))
    Py_RETURN_NONE;
  return PyUnicode_DecodeFSDefault(text);
}

static PyMethodDef functions[] = {{"cache_open", cache_open, METH_VARARGS, open_doc},
                                  {"cache_get", cache_get, METH_O, get_doc},
                                  {"cache_put", cache_put, METH_VARARGS, put_doc},
                                  {"cache_look", cache_look, METH_VARARGS, look_doc},
                                  {"cache_problem", cache_problem, METH_NOARGS, problem_doc},
                                  {0}};

int add_store(PyObject *module, core_state *st) {
  (void)st;
  return PyModule_AddFunctions(module, functions);
}
