/* code.c - names of code objects.
 * What conversion compiles has functions of its own, which tracebacks show under the names of the
 * user's functions. code.replace() makes a whole new code object for that, which takes as long as
 * compiling it. */
#include "state.h"

PyDoc_STRVAR(name_code_doc,
             "name_code($module, code, name, qualname, /)\n--\n\n"
             "Gives a code object other names. Nobody may have used it yet, nor hashed it.");

static PyObject *name_code(PyObject *module, PyObject *args) {
  PyObject *object, *name, *qualname;
  (void)module;
  if (!PyArg_ParseTuple(args, "O!UU:name_code", &PyCode_Type, &object, &name, &qualname))
    return NULL;
  PyCodeObject *code = (PyCodeObject *)object;
  Py_INCREF(name);
  PyUnicode_InternInPlace(&name);
  Py_SETREF(code->co_name, name);
  Py_INCREF(qualname);
  PyUnicode_InternInPlace(&qualname);
  Py_SETREF(code->co_qualname, qualname);
  Py_RETURN_NONE;
}

static PyMethodDef functions[] = {{"name_code", name_code, METH_VARARGS, name_code_doc}, {0}};

int add_code(PyObject *module, core_state *st) {
  (void)st;
  return PyModule_AddFunctions(module, functions);
}
