/* debugger.c - debuggers step through the user's frames, not through ours.
 *
 * A debugger is a trace function (sys.settrace) that Python calls for each new frame. While the
 * package works between two frames of the user, a filter stands in its place, which leaves alone
 * frames of the package's own files and what those call of the standard library. It is put there
 * from C: a Python function doing so would be stepped into. */
#include "state.h"

#include <frameobject.h>
#include <string.h>

/* sys.gettrace(); NULL without an exception when no debugger is there. */
static PyObject *current(void) {
  PyObject *get = PySys_GetObject("gettrace");
  PyObject *now = get ? PyObject_CallNoArgs(get) : NULL;
  if (now == Py_None)
    Py_CLEAR(now);
  PyErr_Clear();
  return now;
}

static void install(PyObject *function) {
  PyObject *set = PySys_GetObject("settrace");
  PyObject *done = set ? PyObject_CallOneArg(set, function) : NULL;
  Py_XDECREF(done);
  PyErr_Clear();
}

static bool starts(PyObject *text, const char *with) {
  const char *s = PyUnicode_AsUTF8(text);
  PyErr_Clear();
  return s && strncmp(s, with, strlen(with)) == 0;
}

/* Code of the standard library, which makes some for named tuples, or of the import system. */
static bool is_library(core_state *st, PyFrameObject *frame, PyCodeObject *code) {
  PyObject *file = code->co_filename;
  if (starts(file, "<frozen "))
    return true;
  if (starts(file, "<string>")) {
    PyObject *globals = PyFrame_GetGlobals(frame);
    PyObject *name = PyDict_GetItemString(globals, "__name__");
    bool named_tuple = name && PyUnicode_Check(name) && starts(name, "namedtuple_");
    Py_DECREF(globals);
    return named_tuple;
  }
  return st->library && PyUnicode_Tailmatch(file, st->library, 0, PY_SSIZE_T_MAX, -1) == 1 &&
         PyUnicode_Find(file, st->packages, 0, PY_SSIZE_T_MAX, 1) < 0;
}

/* Ours, or the library's on our behalf. */
bool frame_is_ours(core_state *st, PyFrameObject *start) {
  PyFrameObject *frame = (PyFrameObject *)Py_NewRef(start);
  bool ours = false, library = true;
  while (frame && library && !ours) {
    PyCodeObject *code = PyFrame_GetCode(frame);
    ours = below_home(st, code);
    library = is_library(st, frame, code);
    Py_DECREF(code);
    PyFrameObject *back = PyFrame_GetBack(frame);
    Py_DECREF(frame);
    frame = back;
  }
  Py_XDECREF(frame);
  return ours;
}

/* A trace function of ours: `f` bound to the module and to a trace function of the debugger. */
static PyObject *bind(PyMethodDef *f, PyObject *module, PyObject *debugger) {
  PyObject *bound = PyTuple_Pack(2, module, debugger);
  PyObject *made = bound ? PyCFunction_New(f, bound) : NULL;
  Py_XDECREF(bound);
  return made;
}

static PyObject *events_of_frame(PyObject *bound, PyObject *const *args, Py_ssize_t n);
static PyObject *new_frame(PyObject *bound, PyObject *const *args, Py_ssize_t n);
static PyMethodDef local_def = {"events", (PyCFunction)(void (*)(void))events_of_frame,
                                METH_FASTCALL, NULL},
                   global_def = {"calls", (PyCFunction)(void (*)(void))new_frame, METH_FASTCALL,
                                 NULL};

/* What the debugger says to an event; it goes on to see those of the frame through us. */
static PyObject *ask(PyObject *bound, PyObject *const *args, Py_ssize_t n) {
  PyObject *answer = PyObject_Vectorcall(PyTuple_GET_ITEM(bound, 1), args, (size_t)n, NULL);
  if (answer && answer != Py_None)
    Py_SETREF(answer, bind(&local_def, PyTuple_GET_ITEM(bound, 0), answer));
  return answer;
}

static int ignore_frame(PyFrameObject *frame) {
  return PyObject_SetAttrString((PyObject *)frame, "f_trace", Py_None);
}

/* When a frame returns, a debugger that steps asks for the lines of the caller, which may be ours.
 * The debugger may drop us (del frame.f_trace) while it is asked. */
static PyObject *events_of_frame(PyObject *bound, PyObject *const *args, Py_ssize_t n) {
  Py_INCREF(bound);
  PyObject *answer = ask(bound, args, n);
  if (answer && n == 3 && PyFrame_Check(args[0]) &&
      PyUnicode_CompareWithASCIIString(args[1], "return") == 0) {
    PyFrameObject *back = PyFrame_GetBack((PyFrameObject *)args[0]);
    if (back && frame_is_ours(core_of(PyTuple_GET_ITEM(bound, 0)), back) && ignore_frame(back) < 0)
      Py_CLEAR(answer);
    Py_XDECREF(back);
  }
  Py_DECREF(bound);
  return answer;
}

static PyObject *new_frame(PyObject *bound, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(PyTuple_GET_ITEM(bound, 0));
  PyObject *answer = NULL;
  Py_INCREF(bound);
  if (n == 3 && PyFrame_Check(args[0]) && frame_is_ours(st, (PyFrameObject *)args[0]))
    answer = Py_NewRef(Py_None);
  else
    answer = ask(bound, args, n);
  Py_DECREF(bound);
  return answer;
}

static bool is_filter(PyObject *f) {
  return PyCFunction_Check(f) && PyCFunction_GET_FUNCTION(f) == global_def.ml_meth;
}

PyObject *debugger_enter(core_state *st) {
  PyObject *debugger = current(), *made = NULL;
  if (debugger && !is_filter(debugger) && (made = bind(&global_def, st->module, debugger)))
    install(made);
  Py_XDECREF(debugger);
  PyErr_Clear();
  return made;
}

void debugger_leave(PyObject *entered) {
  if (!entered)
    return;
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  PyObject *now = current();
  if (now == entered)
    install(PyTuple_GET_ITEM(PyCFunction_GET_SELF(entered), 1));
  Py_XDECREF(now);
  Py_DECREF(entered);
  PyErr_Restore(type, value, traceback);
}

PyDoc_STRVAR(stopped_doc,
             "stopped($module, value, /)\n--\n\nValue, what breakpoint() returned: the debugger it "
             "started steps through the user's frames alone.");

static PyObject *stopped(PyObject *module, PyObject *value) {
  core_state *st = core_of(module);
  PyObject *entered = debugger_enter(st);
  Py_XDECREF(entered); /* stays in place: the debugger puts its own back when it is told to */
  PyFrameObject *frame = entered ? PyThreadState_GetFrame(PyThreadState_Get()) : NULL;
  while (frame) { /* the debugger asked for the lines of every frame there is */
    PyObject *events = PyObject_GetAttrString((PyObject *)frame, "f_trace");
    if (frame_is_ours(st, frame))
      ignore_frame(frame);
    else if (events && events != Py_None) {
      PyObject *ours = bind(&local_def, module, events);
      if (ours)
        PyObject_SetAttrString((PyObject *)frame, "f_trace", ours);
      Py_XDECREF(ours);
    }
    Py_XDECREF(events);
    PyErr_Clear();
    PyFrameObject *back = PyFrame_GetBack(frame);
    Py_DECREF(frame);
    frame = back;
  }
  return Py_NewRef(value);
}

static PyMethodDef functions[] = {
    {"stopped", stopped, METH_O, stopped_doc},
    {0},
};

int add_debugger(PyObject *module, core_state *st) {
  st->module = module; /* borrowed: the state is a part of it */
  PyObject *os = PyImport_ImportModule("os");
  PyObject *file = os ? PyObject_GetAttrString(os, "__file__") : NULL;
  Py_ssize_t end = file ? PyUnicode_FindChar(file, '/', 0, PyUnicode_GET_LENGTH(file), -1) : -1;
  st->library = end > 0 ? PyUnicode_Substring(file, 0, end + 1) : NULL;
  st->packages = PyUnicode_FromString("-packages/"); /* site-packages, dist-packages */
  Py_XDECREF(file);
  Py_XDECREF(os);
  PyErr_Clear(); /* without it, more frames are shown */
  return st->packages ? PyModule_AddFunctions(module, functions) : -1;
}
