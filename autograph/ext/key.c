/* key.c - walk the bound arguments once and write down what decides which trace serves the call.
 * Tuples, lists, dicts (exact types and namedtuples) and dataclasses are opened; tensors, arrays
 * and numbers become inputs, and so does a list of many numbers; everything else is static: small
 * immutable values by value, other objects by identity. */
#include "key.h"

#include <string.h>

#include "number_list.h"
#include "tensor_obj.h"

enum { MOST_FIELDS = 64 }; /* of a dataclass that is opened */

static bool room(void **data, void *here, uint32_t *cap, uint32_t need, size_t item) {
  if (need <= *cap)
    return true;
  uint32_t cap2 = *cap * 2 > need ? *cap * 2 : need;
  void *p = *data == here ? ag_malloc(cap2 * item) : ag_realloc(*data, cap2 * item);
  if (!p) {
    PyErr_NoMemory();
    return false;
  }
  if (*data == here)
    memcpy(p, here, *cap * item);
  *data = p;
  *cap = cap2;
  return true;
}

static inline bool put(call_key *k, uint64_t word, bool hashed) {
  if (!room((void **)&k->words, k->words_here, &k->cap_words, k->n_words + 1, sizeof *k->words))
    return false;
  k->words[k->n_words++] = word;
  if (hashed)
    k->hash = (k->hash ^ word) * 0x9E3779B97F4A7C15ull;
  return true;
}

static inline bool put_static(call_key *k, PyObject *o, enum leaf_kind kind) {
  if (!room((void **)&k->statics, k->statics_here, &k->cap_statics, k->n_statics + 1,
            sizeof *k->statics))
    return false;
  k->statics[k->n_statics++] = o;
  return put(k, kind, true);
}

static inline bool put_input(call_key *k, PyObject *o) {
  if (!room((void **)&k->inputs, k->inputs_here, &k->cap_inputs, k->n_inputs + 1,
            sizeof *k->inputs))
    return false;
  k->inputs[k->n_inputs++] = o;
  return true;
}

static bool by_value(core_state *st, PyObject *o) {
  if (Py_TYPE(o) == st->int_type || Py_TYPE(o) == st->float_type)
    return true;
  if (o == Py_None || PyBool_Check(o) || PyLong_CheckExact(o) || PyFloat_CheckExact(o) ||
      PyUnicode_CheckExact(o) || PyBytes_CheckExact(o) || PyComplex_CheckExact(o) ||
      o == Py_Ellipsis)
    return true;
  return false;
}

static bool tensor_describe(PyObject *o, ag_dtype *dtype, int *rank, int64_t *dim) {
  const tensor_obj *t = (tensor_obj *)o;
  if (t->graph || t->alts)
    return false;
  *dtype = t->t.dtype;
  *rank = t->t.rank;
  memcpy(dim, t->t.dim, sizeof(int64_t) * (size_t)t->t.rank);
  return true;
}

/* An array without a buffer, or of elements that buffers have no letter for, such as bfloat16, that
 * lends itself through DLPack: torch's and jax's. */
static bool shares(PyObject *o) {
  const PyTypeObject *type = Py_TYPE(o);
  return type->tp_as_number && type->tp_as_number->nb_multiply && !PyType_Check(o) &&
         PyObject_HasAttrString((PyObject *)type, "__dlpack__");
}

static bool shared_describe(core_state *st, PyObject *o, ag_dtype *dtype, int *rank, int64_t *dim) {
  if (!shares(o))
    return false;
  PyObject *module = PyType_GetModule(st->tensor_type);
  PyObject *shared = module ? PyObject_CallMethod(module, "from_dlpack", "O", o) : NULL;
  if (!shared) {
    PyErr_Clear();
    return false;
  }
  bool ok = tensor_describe(shared, dtype, rank, dim);
  Py_DECREF(shared);
  return ok;
}

/* Subclasses of ndarray have arithmetic of their own, as masked arrays and np.matrix have;
 * np.memmap has not. */
static bool is_array_of_its_own(const PyTypeObject *type) {
  for (const PyTypeObject *base = type->tp_base; base; base = base->tp_base)
    if (!strcmp(base->tp_name, "numpy.ndarray"))
      return strcmp(type->tp_name, "memmap") != 0;
  return false;
}

bool leaf_describe(core_state *st, PyObject *o, ag_dtype *dtype, int *rank, int64_t *dim) {
  if (is_tensor(st, o))
    return tensor_describe(o, dtype, rank, dim);
  const char *name = Py_TYPE(o)->tp_name; /* dates lend their bytes, which are no numbers */
  if (!strcmp(name, "numpy.datetime64") || !strcmp(name, "numpy.timedelta64"))
    return false;
  if (PyBytes_Check(o) || PyByteArray_Check(o) || is_array_of_its_own(Py_TYPE(o)))
    return false;
  Py_buffer view;
  if (!PyObject_CheckBuffer(o) || PyObject_GetBuffer(o, &view, PyBUF_RECORDS_RO) < 0) {
    PyErr_Clear();
    return shared_describe(st, o, dtype, rank, dim);
  }
  bool swapped,
      ok = view.ndim <= AG_MAX_RANK && dtype_of_format(view.format, view.itemsize, dtype, &swapped);
  if (ok) {
    *rank = view.ndim;
    for (int i = 0; i < view.ndim; i++)
      dim[i] = view.shape[i];
  }
  PyBuffer_Release(&view);
  return ok || shared_describe(st, o, dtype, rank, dim);
}

static bool add_leaf(core_state *st, call_key *k, PyObject *o, PyObject *pins, bool all_static,
                     int depth);

static bool add_items(core_state *st, call_key *k, PyObject *const *items, Py_ssize_t n,
                      PyObject *pins, bool all_static, int depth) {
  for (Py_ssize_t i = 0; i < n; i++)
    if (!add_leaf(st, k, items[i], pins, all_static, depth))
      return false;
  return true;
}

static bool has(PyObject *pins, long what) {
  if (!pins || PySet_GET_SIZE(pins) == 0)
    return false;
  PyObject *i = PyLong_FromLong(what);
  int found = i ? PySet_Contains(pins, i) : 0;
  Py_XDECREF(i);
  return found == 1;
}

/* The leaf just counted. lent: whether it is an array of the caller's. */
static bool add_array(call_key *k, PyObject *o, ag_dtype dtype, int rank, const int64_t *dim,
                      PyObject *pins, bool lent) {
  long leaf = (long)k->n_leaves - 1;
  uint64_t word = LEAF_TENSOR | (uint64_t)dtype << 8;
  if (lent && has(pins, (long)AG_PIN_WRITTEN + leaf))
    word |= AG_KEY_LENT;
  if (has(pins, (long)AG_PIN_ASKED + leaf))
    for (uint32_t i = 0; i < k->n_inputs && i < AG_KEY_TWINS - 1; i++)
      if (k->inputs[i] == o) {
        word |= (uint64_t)(i + 1) << AG_KEY_TWIN;
        break;
      }
  if (has(pins, ~leaf)) /* one trace serves it at any rank */
    return put(k, word | (uint64_t)AG_KEY_ANY_RANK << 16, true) && put_input(k, o);
  if (!put(k, word | (uint64_t)rank << 16, true))
    return false;
  for (int i = 0; i < rank; i++)
    if (!put(k, (uint64_t)dim[i], false))
      return false;
  return put_input(k, o);
}

/* The names of the fields of a class that is opened (autograph/records.py), None of others;
 * borrowed. NULL with an exception on failure. */
static PyObject *fields_of(core_state *st, PyTypeObject *type) {
  PyObject *key = PyWeakref_NewRef((PyObject *)type, NULL); /* a class has one such reference */
  PyObject *names = key ? PyDict_GetItemWithError(st->records, key) : NULL;
  if (key && !names && !PyErr_Occurred()) {
    PyObject *ask = PyDict_GetItemString(st->staged, "argument_fields");
    PyObject *made = ask ? PyObject_CallOneArg(ask, (PyObject *)type) : Py_NewRef(Py_None);
    if (made && PyDict_SetItem(st->records, key, made) == 0)
      names = made; /* the dictionary holds it */
    Py_XDECREF(made);
  }
  Py_XDECREF(key);
  return names;
}

/* A dataclass is opened where it holds its fields and nothing else. 1 if this one is and has been
 * written down, 0 if it is an object like others, -1 on failure. */
static int add_record(core_state *st, call_key *k, PyObject *o, PyObject *pins, bool all_static,
                      int depth) {
  PyObject *names = fields_of(st, Py_TYPE(o)), *items[MOST_FIELDS];
  if (!names || names == Py_None)
    return names ? 0 : -1;
  Py_ssize_t n = PyTuple_GET_SIZE(names), in_dict = 0, made = 0;
  PyObject *dict = PyObject_GetAttrString(o, "__dict__"); /* none with slots */
  if (!dict)
    PyErr_Clear();
  for (; made < n; made++) {
    PyObject *name = PyTuple_GET_ITEM(names, made);
    PyObject *item = dict ? PyDict_GetItemWithError(dict, name) : NULL;
    in_dict += item != NULL;
    items[made] = item ? Py_NewRef(item) : PyObject_GetAttr(o, name);
    if (!items[made])
      break;
  }
  int opened = 0;
  if (PyErr_Occurred())
    PyErr_Clear(); /* a field is not set */
  else if (!dict || PyDict_GET_SIZE(dict) == in_dict)
    opened = put_static(k, (PyObject *)Py_TYPE(o), LEAF_OBJECT) &&
                     put(k, LEAF_RECORD | (uint64_t)n << 8, true) &&
                     add_items(st, k, items, n, pins, all_static, depth + 1)
                 ? 1
                 : -1;
  while (made)
    Py_DECREF(items[--made]); /* the object holds them */
  Py_XDECREF(dict);
  return opened;
}

/* np.int64(5) and its like. */
static bool is_numpys_scalar(PyObject *o) {
  const PyTypeObject *type = Py_TYPE(o);
  return strncmp(type->tp_name, "numpy.", 6) == 0 && type->tp_as_number && !PyType_Check(o) &&
         strcmp(type->tp_name, "numpy.ndarray") != 0;
}

static bool add_leaf(core_state *st, call_key *k, PyObject *o, PyObject *pins, bool all_static,
                     int depth) {
  if (depth > 100) {
    PyErr_SetString(PyExc_RecursionError,
                    "an argument is nested more than 100 levels deep (or contains itself)");
    return false;
  }
  PyTypeObject *type = Py_TYPE(o);
  if (type == st->tensor_type) {
    tensor_obj *t = (tensor_obj *)o;
    k->n_leaves++;
    if (t->graph || t->alts) {
      PyErr_SetString(PyExc_TypeError, "a symbolic tensor of another trace was passed to a "
                                       "compiled function: return it from the "
                                       "function that made it, or pass the value it was made from");
      return false;
    }
    if (t->t.weak && !all_static)
      return put(k, t->t.dtype == AG_I64 ? LEAF_INT : LEAF_FLOAT, true) && put_input(k, o);
    return add_array(k, o, t->t.dtype, t->t.rank, t->t.dim, pins, false);
  }
  bool whole = type == &PyLong_Type || type == st->int_type;
  if (whole || type == &PyFloat_Type || type == st->float_type) {
    bool pin_it = all_static || has(pins, k->n_leaves);
    k->n_leaves++;
    if (!pin_it && whole) {
      int overflow = 0;
      (void)PyLong_AsLongLongAndOverflow(o, &overflow);
      if (overflow)
        pin_it = true; /* past 64 bits: stays a Python number */
    }
    if (pin_it)
      return put_static(k, o, LEAF_STATIC);
    return put(k, whole ? LEAF_INT : LEAF_FLOAT, true) && put_input(k, o);
  }
  if (PyComplex_CheckExact(o) && !all_static && !has(pins, k->n_leaves)) {
    k->n_leaves++;
    return put(k, LEAF_COMPLEX, true) && put_input(k, o);
  }
  if (by_value(st, o)) {
    k->n_leaves++;
    return put_static(k, o, LEAF_STATIC);
  }
  if (type == st->variable_type) {
    k->n_leaves++;
    return put_static(k, o, LEAF_VARIABLE);
  }
  if (PyTuple_Check(o)) {
    Py_ssize_t n = PyTuple_GET_SIZE(o);
    if (type != &PyTuple_Type && !put_static(k, (PyObject *)type, LEAF_OBJECT))
      return false;
    if (!put(k, LEAF_TUPLE | (uint64_t)n << 8, true))
      return false;
    return add_items(st, k, ((PyTupleObject *)o)->ob_item, n, pins, all_static, depth + 1);
  }
  if (type == &PyList_Type) {
    Py_ssize_t n = PyList_GET_SIZE(o);
    ag_dtype dtype;
    uint32_t list = k->n_lists++;
    if (n > AG_FEW_ITEMS && !all_static && !has(pins, (long)(AG_PIN_APART + list)) &&
        numbers_in_list(st, o, &dtype)) {
      k->n_leaves++;
      return put(k, LEAF_NUMBERS | (uint64_t)dtype << 8, true) && put_input(k, o);
    }
    if (!put(k, LEAF_LIST | (uint64_t)n << 8, true))
      return false;
    for (Py_ssize_t i = 0; i < n && i < PyList_GET_SIZE(o); i++)
      if (!add_leaf(st, k, PyList_GET_ITEM(o, i), pins, all_static, depth + 1))
        return false;
    return true;
  }
  if (type == &PyDict_Type) {
    if (!put(k, LEAF_DICT | (uint64_t)PyDict_GET_SIZE(o) << 8, true))
      return false;
    Py_ssize_t pos = 0;
    PyObject *key, *value;
    while (PyDict_Next(o, &pos, &key, &value)) {
      if (!put_static(k, key, by_value(st, key) ? LEAF_STATIC : LEAF_OBJECT))
        return false;
      if (!add_leaf(st, k, value, pins, all_static, depth + 1))
        return false;
    }
    return true;
  }
  ag_dtype dtype;
  int rank;
  int64_t dim[AG_MAX_RANK];
  bool whole_object =
      has(pins, k->n_leaves); /* a dataclass is a leaf of its own beside its fields */
  k->n_leaves++;
  if (whole_object && is_numpys_scalar(o))
    return put_static(k, o, LEAF_STATIC);
  int opened = whole_object ? 0 : add_record(st, k, o, pins, all_static, depth);
  if (opened)
    return opened > 0;
  if (leaf_describe(st, o, &dtype, &rank, dim))
    return add_array(k, o, dtype, rank, dim, pins, true);
  if (!PyObject_CheckBuffer(o) && shares(o)) { /* by identity its elements would be those of now */
    ag_tensor unused;
    if (value_from_object(st, o, -1, "an argument", &unused) == 0) {
      ag_tensor_unref(&unused);
      PyErr_Format(PyExc_TypeError, "an argument is a %s that is no array here: pass a NumPy array",
                   type->tp_name);
    }
    return false;
  }
  return put_static(k, o, LEAF_OBJECT);
}

int key_build(core_state *st, call_key *k, PyObject *const *bound, Py_ssize_t n, PyObject *pins,
              bool all_static) {
  k->hash = 0x51ed270b + st->check_numerics; /* a trace of its own */
  k->n_words = k->n_statics = k->n_inputs = k->n_leaves = k->n_lists = 0;
  k->cap_words = KEY_WORDS;
  k->cap_statics = k->cap_inputs = KEY_LEAVES;
  k->words = k->words_here;
  k->statics = k->statics_here;
  k->inputs = k->inputs_here;
  return add_items(st, k, bound, n, pins, all_static, 0) ? 0 : -1;
}

void key_clear(call_key *k) {
  if (k->words != k->words_here)
    ag_free(k->words);
  if (k->statics != k->statics_here)
    ag_free(k->statics);
  if (k->inputs != k->inputs_here)
    ag_free(k->inputs);
}
