/* products.c - which library computes matrix products. */
#include "state.h"

#include "ag/plan.h"

PyDoc_STRVAR(blas_doc, "blas_later($module, path, /)\n--\n\n"
                       "Matrix products go through this shared library's CBLAS, which the first "
                       "product opens.");
static PyObject *blas_later(PyObject *module, PyObject *path) {
  (void)module;
  PyObject *bytes = NULL;
  if (!PyUnicode_FSConverter(path, &bytes))
    return NULL;
  ag_blas_later(PyBytes_AS_STRING(bytes));
  Py_DECREF(bytes);
  Py_RETURN_NONE;
}

static PyMethodDef functions[] = {{"blas_later", blas_later, METH_O, blas_doc}, {0}};

int add_products(PyObject *module, core_state *st) {
  (void)st;
  return PyModule_AddFunctions(module, functions);
}
