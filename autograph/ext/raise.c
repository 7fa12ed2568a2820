/* raise.c - from ag_err to a Python exception whose traceback ends at the user's line.
 * Each code has one exception, under TensorFlow's name and also a Python one. The message is what
 * Python would say and nothing else. What failed while running gets a traceback entry at the place,
 * since the frame is long gone; a remedy is a note. */
#include "state.h"

#include <frameobject.h>
#include <stdlib.h>
#include <string.h>

/* OpError carries these; class attributes, so that exceptions made by hand have them too. */
static PyObject *op_error_dict(void) {
  return Py_BuildValue("{s:s,s:O,s:O,s:O,s:O}", "__module__", "autograph.errors", "message",
                       Py_None, "node_name", Py_None, "file", Py_None, "line", Py_None);
}

static PyObject *new_error(PyObject *module, const char *name, const char *doc, PyObject *base,
                           PyObject *python) {
  char full[64];
  PyObject *bases = python ? PyTuple_Pack(2, base, python) : PyTuple_Pack(1, base);
  PyObject *dict = base == PyExc_Exception ? op_error_dict() : NULL;
  PyOS_snprintf(full, sizeof full, "autograph.errors.%s", name);
  PyObject *type = bases ? PyErr_NewExceptionWithDoc(full, doc, bases, dict) : NULL;
  Py_XDECREF(bases);
  Py_XDECREF(dict);
  if (type && PyModule_AddObjectRef(module, name, type) < 0)
    Py_CLEAR(type);
  return type;
}

int add_errors(PyObject *module, core_state *st) {
  PyObject **e = st->exceptions;
  PyObject *op_error =
      new_error(module, "OpError", "An operation failed: the base of autograph's errors.",
                PyExc_Exception, NULL);
  if (!op_error)
    return -1;
  e[AG_ERR_VALUE] =
      new_error(module, "InvalidArgumentError", "A value or shape that the operation cannot take.",
                op_error, PyExc_ValueError);
  e[AG_ERR_INDEX] = new_error(module, "OutOfRangeError", "An index outside of its axis.", op_error,
                              PyExc_IndexError);
  e[AG_ERR_UNINIT] =
      new_error(module, "FailedPreconditionError", "A variable was read before it got a value.",
                op_error, PyExc_RuntimeError);
  e[AG_ERR_UNSUPPORTED] =
      new_error(module, "UnimplementedError", "Something that autograph does not do.", op_error,
                PyExc_NotImplementedError);
  e[AG_ERR_INTERNAL] = new_error(module, "InternalError", "A mistake in autograph itself.",
                                 op_error, PyExc_RuntimeError);
  e[AG_ERR_NOMEM] =
      new_error(module, "ResourceExhaustedError", "Memory ran out.", op_error, PyExc_MemoryError);
  Py_DECREF(op_error); /* its module keeps it */
  for (int i = 0; i < AG_CODE_COUNT; i++)
    if (!e[i] && (i == AG_ERR_VALUE || i == AG_ERR_INDEX || i == AG_ERR_UNINIT ||
                  i == AG_ERR_UNSUPPORTED || i == AG_ERR_INTERNAL || i == AG_ERR_NOMEM))
      return -1;
  e[AG_ERR_ASSERT] = new_error(module, "AssertionFailed", "An assert statement did not hold.",
                               e[AG_ERR_VALUE], PyExc_AssertionError);
  e[AG_ERR_NUMBER] =
      new_error(module, "PythonNumber",
                "A result that is another kind of number in Python: 2 ** -1 is a float.",
                e[AG_ERR_VALUE], NULL);
  st->pin_error =
      new_error(module, "PinRequired",
                "A traced number is needed as a Python number: (inputs, loop regions, what for).",
                PyExc_BaseException, NULL);
  if (!e[AG_ERR_ASSERT] || !e[AG_ERR_NUMBER] || !st->pin_error)
    return -1;
  e[AG_ERR_SHAPE] = Py_NewRef(e[AG_ERR_VALUE]);
  e[AG_ERR_PARSE] = Py_NewRef(e[AG_ERR_VALUE]);
  e[AG_ERR_TYPE] = Py_NewRef(PyExc_TypeError);
  e[AG_ERR_ZERODIV] = Py_NewRef(PyExc_ZeroDivisionError);
  e[AG_ERR_OVERFLOW] = Py_NewRef(PyExc_OverflowError);
  e[AG_ERR_UNBOUND] = Py_NewRef(PyExc_UnboundLocalError);
  e[AG_ERR_INTERRUPT] = Py_NewRef(PyExc_KeyboardInterrupt);
  e[AG_ERR_CALLBACK] = Py_NewRef(PyExc_RuntimeError); /* only when the host forgot to set its own */
  e[AG_ERR_LATE] = Py_NewRef(e[AG_ERR_INTERNAL]);     /* concrete_run begins anew */
  e[AG_ERR_RAISE] = Py_NewRef(e[AG_ERR_INTERNAL]);    /* raise_run knows better */
  return 0;
}

/* ---- the user's line ------------------------------------------------------------------------- */

static void add_entry(PyObject *file, int line, PyObject *function) {
  PyObject *type, *value, *tb;
  PyErr_Fetch(&type, &value, &tb);
  const char *f = PyUnicode_AsUTF8(file), *name = PyUnicode_AsUTF8(function);
  PyCodeObject *code = f && name ? PyCode_NewEmpty(f, name, line) : NULL;
  PyObject *globals = PyDict_New();
  PyFrameObject *frame =
      code && globals ? PyFrame_New(PyThreadState_Get(), code, globals, NULL) : NULL;
  PyErr_Clear(); /* an entry that could not be made must not hide the failure itself */
  PyErr_Restore(type, value, tb);
  if (frame)
    PyTraceBack_Here(frame);
  Py_XDECREF(frame);
  Py_XDECREF(globals);
  Py_XDECREF(code);
}

void add_traceback(graph_obj *g, ag_loc loc) {
  PyObject *type, *value, *tb, *file, *function;
  int line;
  PyErr_Fetch(&type, &value, &tb);
  bool known = g && loc_resolve(g, loc, &file, &line, &function);
  PyErr_Clear();
  PyErr_Restore(type, value, tb);
  if (!known)
    return;
  add_entry(file, line, function);
  Py_DECREF(file);
  Py_DECREF(function);
}

/* ---- frames ---------------------------------------------------------------------------------- */

void hide_frames(core_state *st) {
  const char *all = getenv("AUTOGRAPH_FRAMES");
  PyObject *type, *value, *traceback, *first = NULL, *last = NULL;
  if (all && *all && strcmp(all, "0"))
    return;
  PyErr_Fetch(&type, &value, &traceback);
  for (PyObject *tb = Py_XNewRef(traceback); tb && tb != Py_None;) {
    PyObject *next = PyObject_GetAttrString(tb, "tb_next");
    PyFrameObject *frame = ((PyTracebackObject *)tb)->tb_frame;
    if (!frame_is_ours(st, frame)) {
      if (last)
        PyObject_SetAttrString(last, "tb_next", tb);
      else
        first = Py_NewRef(tb);
      Py_XSETREF(last, Py_NewRef(tb));
    }
    Py_SETREF(tb, next);
  }
  if (last)
    PyObject_SetAttrString(last, "tb_next", Py_None);
  PyErr_Clear(); /* a frame too many does no harm */
  Py_XDECREF(last);
  Py_XDECREF(traceback);
  PyErr_Restore(type, value, first);
}

/* ---- raising --------------------------------------------------------------------------------- */

static void set_details(PyObject *exc, const ag_err *err, graph_obj *g, PyObject *file, int line) {
  PyObject *message = PyUnicode_DecodeUTF8(err->msg, (Py_ssize_t)strlen(err->msg), "replace");
  if (message)
    PyObject_SetAttrString(exc, "message", message);
  Py_XDECREF(message);
  if (file) {
    PyObject *number = PyLong_FromLong(line);
    PyObject_SetAttrString(exc, "file", file);
    if (number)
      PyObject_SetAttrString(exc, "line", number);
    Py_XDECREF(number);
  }
  const char *node =
      g && err->node && err->node < ag_graph_nodes(g->g) ? ag_graph_name(g->g, err->node) : NULL;
  if (node) {
    PyObject *name = PyUnicode_FromString(node);
    if (name)
      PyObject_SetAttrString(exc, "node_name", name);
    Py_XDECREF(name);
  }
  PyErr_Clear(); /* details are a courtesy: plain Python exceptions may refuse them */
}

/* A line below the message in tracebacks: str() of the exception stays Python's own text. */
static void add_note(PyObject *exc, PyObject *note) {
  PyObject *done = note ? PyObject_CallMethod(exc, "add_note", "O", note) : NULL;
  Py_XDECREF(done);
  PyErr_Clear();
}

static PyObject *remedy_of(const ag_err *err) {
  if (err->code != AG_ERR_OVERFLOW || !strstr(err->msg, "64 bits"))
    return NULL;
  return PyUnicode_FromString(
      "Integers of compiled code have 64 bits. @autograph.function(numbers='static') leaves int "
      "arguments to Python, whose integers have no limit.");
}

/* The message as this version of Python words it: the runtime has the texts of 3.11. */
static const char *worded(const ag_err *err) {
#if PY_VERSION_HEX >= 0x030D0000
  if (err->code == AG_ERR_ZERODIV && !strcmp(err->msg, "float modulo"))
    return "float modulo by zero";
#endif
  return err->msg;
}

PyObject *raise_err(core_state *st, const ag_err *err, graph_obj *g) {
  if ((err->code == AG_ERR_CALLBACK || err->code == AG_ERR_INTERRUPT) && PyErr_Occurred()) {
    add_traceback(g, err->loc);
    return NULL;
  }
  PyErr_Clear();
  PyObject *type =
      err->code > AG_OK && err->code < AG_CODE_COUNT ? st->exceptions[err->code] : NULL;
  if (!type)
    type = st->exceptions[AG_ERR_INTERNAL];
  PyObject *file = NULL, *function = NULL;
  int line = 0;
  if (!g || !loc_resolve(g, err->loc, &file, &line, &function))
    PyErr_Clear();
  const char *message = worded(err);
  PyObject *text = PyUnicode_DecodeUTF8(message, (Py_ssize_t)strlen(message), "replace");
  PyObject *exc = text ? PyObject_CallOneArg(type, text) : NULL;
  if (exc) {
    PyObject *remedy = remedy_of(err);
    set_details(exc, err, g, file, line);
    add_note(exc, remedy);
    PyErr_SetObject((PyObject *)Py_TYPE(exc), exc);
    if (file && trace_current() != g)
      add_entry(file, line, function); /* while tracing the frame itself is there */
    Py_XDECREF(remedy);
  }
  Py_XDECREF(exc);
  Py_XDECREF(text);
  Py_XDECREF(file);
  Py_XDECREF(function);
  return NULL;
}

/* A user's `raise` was reached: its record makes the exception from the operands of this run. */
static PyObject *raise_user(const ag_err *err, py_host *h) {
  PyObject *site, *operands;
  if (!PyArg_ParseTuple(h->raised, "OO!", &site, &PyTuple_Type, &operands))
    return NULL;
  PyObject *exc = PyObject_CallObject(site, operands);
  if (exc && PyExceptionInstance_Check(exc))
    PyErr_SetObject((PyObject *)Py_TYPE(exc), exc);
  else if (exc && PyExceptionClass_Check(exc))
    PyErr_SetNone(exc);
  else if (exc)
    PyErr_SetString(PyExc_TypeError, "exceptions must derive from BaseException");
  Py_XDECREF(exc);
  add_traceback(h->graph, err->loc);
  return NULL;
}

PyObject *raise_run(core_state *st, const ag_err *err, py_host *h) {
  PyObject *result =
      err->code == AG_ERR_RAISE && h->raised ? raise_user(err, h) : raise_err(st, err, h->graph);
  Py_CLEAR(h->raised);
  if (err->code == AG_ERR_RAISE)
    hide_frames(st); /* of the trace, in which an error of a branch was found */
  return result;
}
