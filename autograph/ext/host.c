/* host.c - what a run asks of Python: printing, signals, callbacks, exceptions.
 * All of it happens on the thread that called, which takes the GIL back for as long. */
#include "state.h"

static void take_gil(py_host *h) {
  if (h->saved)
    PyEval_RestoreThread(h->saved);
}

static void drop_gil(py_host *h) {
  if (h->saved)
    h->saved = PyEval_SaveThread();
}

static ag_code pending(ag_err *err) {
  return ag_fail(err, AG_ERR_CALLBACK, 0, "a Python exception is pending");
}

/* Through sys.stdout and sys.stderr as they are now, so that redirections are seen. */
static ag_code host_print(void *ctx, const char *text, size_t len, int stream, ag_err *err) {
  py_host *h = ctx;
  take_gil(h);
  PyObject *file = Py_XNewRef(PySys_GetObject(stream == 1 ? "stderr" : "stdout"));
  PyObject *s = PyUnicode_DecodeUTF8(text, (Py_ssize_t)len, "replace");
  bool failed = !s;
  if (s && file && file != Py_None)
    failed = PyFile_WriteObject(s, file, Py_PRINT_RAW) < 0;
  Py_XDECREF(s);
  Py_XDECREF(file);
  drop_gil(h);
  return failed ? pending(err) : AG_OK;
}

static ag_code host_poll(void *ctx, ag_err *err) {
  py_host *h = ctx;
  take_gil(h);
  bool stopped = PyErr_CheckSignals() < 0; /* does nothing but on the main thread */
  drop_gil(h);
  return stopped ? ag_fail(err, AG_ERR_INTERRUPT, 0, "interrupted") : AG_OK;
}

static PyObject *operand_tuple(core_state *st, const ag_tensor *const *in, uint32_t n) {
  PyObject *all = PyTuple_New(n);
  for (uint32_t i = 0; all && i < n; i++) {
    ag_tensor share;
    ag_tensor_ref(in[i], &share);
    PyObject *o = tensor_from_value(st, &share);
    if (o)
      PyTuple_SET_ITEM(all, i, o);
    else
      Py_CLEAR(all);
  }
  return all;
}

static PyObject *find_site(py_host *h, int64_t site) {
  if (h->graph && site >= 0 && site < PyList_GET_SIZE(h->graph->sites))
    return PyList_GET_ITEM(h->graph->sites, (Py_ssize_t)site);
  PyErr_Format(PyExc_RuntimeError, "autograph: the record %lld of a callback is not there",
               (long long)site);
  return NULL;
}

/* Takes what a callback returned, a tensor or a sequence of n of them, over into out; nothing is
 * declared, nothing looked at. */
static int take_results(core_state *st, PyObject *result, ag_tensor *out, uint32_t n) {
  if (n == 0)
    return 0;
  bool alone = n == 1 && !PyTuple_Check(result) && !PyList_Check(result);
  PyObject *seq =
      alone ? PyTuple_Pack(1, result) : items_now(result, "a callback returned no sequence");
  if (!seq)
    return -1;
  int failed = 0;
  if (PyTuple_GET_SIZE(seq) != (Py_ssize_t)n) {
    PyErr_Format(PyExc_ValueError, "a callback returned %zd values where %u were declared",
                 PyTuple_GET_SIZE(seq), n);
    failed = -1;
  }
  for (uint32_t i = 0; !failed && i < n; i++)
    failed = value_from_object(st, PyTuple_GET_ITEM(seq, i), -1, "a callback's result", &out[i]);
  Py_DECREF(seq);
  return failed;
}

static ag_code host_callback(void *ctx, int64_t site, const ag_tensor *const *in, uint32_t n_in,
                             ag_tensor *out, uint32_t n_out, ag_err *err) {
  py_host *h = ctx;
  take_gil(h);
  PyObject *record = find_site(h, site);
  PyObject *operands = record ? operand_tuple(h->st, in, n_in) : NULL;
  PyObject *result = NULL;
  if (operands &&
      trace_enter(h->st, NULL)) { /* a callback runs eagerly wherever it is called from */
    result = PyObject_CallObject(record, operands);
    trace_leave();
  }
  int failed = result ? take_results(h->st, result, out, n_out) : -1;
  Py_XDECREF(operands);
  Py_XDECREF(result);
  drop_gil(h);
  return failed ? pending(err) : AG_OK;
}

static void host_raised(void *ctx, int64_t site, const ag_tensor *const *in, uint32_t n_in) {
  py_host *h = ctx;
  take_gil(h);
  PyObject *record = find_site(h, site);
  PyObject *operands = record ? operand_tuple(h->st, in, n_in) : NULL;
  if (operands)
    Py_XSETREF(h->raised, PyTuple_Pack(2, record, operands));
  Py_XDECREF(operands);
  PyErr_Clear(); /* without a record raise_err reports an internal error */
  drop_gil(h);
}

const ag_host python_host = {
    .print = host_print,
    .poll = host_poll,
    .callback = host_callback,
    .raised = host_raised,
};
