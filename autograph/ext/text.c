/* text.c - how a tensor is shown: str, repr, format. */
#include "tensor_obj.h"

static core_state *state_of(PyObject *self) { return PyType_GetModuleState(Py_TYPE(self)); }

static PyObject *elements(const ag_tensor *t) {
  if (t->weak ||
      (t->dtype == AG_STR && t->rank == 0)) { /* a Python number shows as one, a string in quotes */
    PyObject *x = element_object(t->dtype, ag_tensor_data(t)), *text = x ? PyObject_Repr(x) : NULL;
    Py_XDECREF(x);
    return text;
  }
  ag_text text = {0};
  ag_tensor_text(t, &text);
  PyObject *s = text.failed ? PyErr_NoMemory()
                            : PyUnicode_DecodeUTF8(text.data ? text.data : "", text.len, "replace");
  ag_free(text.data);
  return s;
}

/* "shape=(2, None), dtype=int32" */
static PyObject *type_words(const ag_type *type, const char *between) {
  char buf[AG_SHAPE_TEXT];
  ag_shape shape = {.rank = type->rank};
  for (int i = 0; i < type->rank; i++)
    shape.dim[i] = type->dim[i];
  return PyUnicode_FromFormat("shape=%s%sdtype=%s", ag_shape_text(&shape, buf), between,
                              ag_dtype_name(type->dtype));
}

static PyObject *symbolic_text(PyObject *self, const char *form, const char *between) {
  tensor_obj *t = (tensor_obj *)self;
  if (t->alts) {
    PyObject *say = PyDict_GetItemString(state_of(self)->staged, "maybe_text");
    PyObject *said = say ? PyObject_CallOneArg(say, self) : Py_NewRef(Py_None);
    if (said != Py_None)
      return said;
    Py_DECREF(said);
    PyObject *payload = t->val == AG_NONE ? PyUnicode_FromString("no tensor")
                                          : PyObject_GetAttrString(self, "payload");
    PyObject *text =
        payload ? PyUnicode_FromFormat("<tf.Tensor %S or one of %R>", payload, t->alts) : NULL;
    Py_XDECREF(payload);
    return text;
  }
  if (is_dead(t))
    return PyUnicode_FromString("<tf.Tensor of a trace that was given up>");
  ag_type type = tensor_type_of(t);
  PyObject *name = PyObject_GetAttrString(self, "name"),
           *words = name ? type_words(&type, between) : NULL;
  PyObject *text = words ? PyUnicode_FromFormat(form, name, words) : NULL;
  Py_XDECREF(name);
  Py_XDECREF(words);
  return text;
}

static PyObject *eager_text(PyObject *self, bool repr) {
  tensor_obj *t = (tensor_obj *)self;
  PyObject *data = elements(&t->t);
  if (!data || t->t.weak)
    return data;
  ag_type type = tensor_type_of(t);
  PyObject *words = type_words(&type, ", ");
  PyObject *text = !words ? NULL
                   : repr ? PyUnicode_FromFormat("<tf.Tensor: %U, numpy=%U>", words, data)
                          : PyUnicode_FromFormat("tf.Tensor(%U, %U)", data, words);
  Py_DECREF(data);
  Py_XDECREF(words);
  return text;
}

PyObject *tensor_repr(PyObject *self) {
  return ((tensor_obj *)self)->graph ? symbolic_text(self, "<tf.Tensor '%U' %U>", " ")
                                     : eager_text(self, true);
}

/* TEXT MARKER: what stands in a text for a value that only the run knows; print, assert and raise
 * in traced code put the value there (autograph/staging/effects.py). NULL without an exception when
 * self is not of the trace going on. */
static PyObject *marker(PyObject *self, PyObject *spec) {
  tensor_obj *t = (tensor_obj *)self;
  if (!t->graph || t->graph != trace_current() || is_dead(t))
    return NULL;
  PyObject *choice = t->alts ? PyDict_GetItemString(state_of(self)->staged, "choice_marker") : NULL;
  if (choice)
    return PyObject_CallFunctionObjArgs(choice, self, spec, NULL);
  PyObject *plain = maybe_resolve(state_of(self), self);
  PyObject *text =
      plain ? PyUnicode_FromFormat("%c%u:%U%c", 0xe000, ((tensor_obj *)plain)->val, spec, 0xe001)
            : NULL;
  Py_XDECREF(plain);
  return text;
}

PyObject *tensor_str(PyObject *self) {
  if (!((tensor_obj *)self)->graph)
    return eager_text(self, false);
  PyObject *none = PyUnicode_FromString(""), *text = none ? marker(self, none) : NULL;
  Py_XDECREF(none);
  return text || PyErr_Occurred() ? text : symbolic_text(self, "Tensor(\"%U\", %U)", ", ");
}

/* A tensor of 0 dimensions is formatted as its value, others as their elements. */
PyObject *tensor_format(PyObject *self, PyObject *spec) {
  tensor_obj *t = (tensor_obj *)self;
  if (!PyUnicode_Check(spec))
    return PyErr_Format(PyExc_TypeError, "format: expected a str, not %s", Py_TYPE(spec)->tp_name);
  if (t->graph) {
    PyObject *text = marker(self, spec);
    return text || PyErr_Occurred() ? text : PyObject_Str(self);
  }
  const ag_tensor *v = &t->t;
  if (v->rank == 0) {
    PyObject *x = element_object(v->dtype, ag_tensor_data(v)),
             *text = x ? PyObject_Format(x, spec) : NULL;
    Py_XDECREF(x);
    return text;
  }
  if (PyUnicode_GET_LENGTH(spec) == 0)
    return elements(v);
  PyErr_Format(PyExc_TypeError,
               "a tensor of %d dimensions takes no format, only a 0-d one does: %R", (int)v->rank,
               spec);
  return NULL;
}
