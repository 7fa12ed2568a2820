/* shape.c - the type TensorShape: sizes where they are known, None where not. */
#include "state.h"

#include <string.h>

typedef struct shape_obj {
  PyObject_HEAD
  ag_shape s; /* rank AG_RANK_UNKNOWN; dim -1: None */
} shape_obj;

static ag_shape *shape_of(PyObject *self) { return &((shape_obj *)self)->s; }

PyObject *shape_new(core_state *st, int rank, const int64_t *dim) {
  shape_obj *o = PyObject_New(shape_obj, st->shape_type);
  if (!o)
    return NULL;
  memset(&o->s, 0, sizeof o->s);
  o->s.rank = rank;
  for (int i = 0; i < rank; i++)
    o->s.dim[i] = dim[i] < 0 ? -1 : dim[i];
  return (PyObject *)o;
}

static int dim_from_object(PyObject *o, const char *what, int64_t *out) {
  if (o == Py_None) {
    *out = -1;
    return 0;
  }
  PyObject *number = PyNumber_Index(o);
  int64_t d = number ? PyLong_AsLongLong(number) : -1;
  Py_XDECREF(number);
  if (PyErr_Occurred()) {
    if (PyErr_ExceptionMatches(PyExc_TypeError))
      PyErr_Format(PyExc_TypeError, "%s: a size is an int or None, not %R", what, o);
    return -1;
  }
  if (d < -1) {
    PyErr_Format(PyExc_ValueError, "%s: a size must be >= 0, not %lld", what, (long long)d);
    return -1;
  }
  *out = d; /* -1 is TensorFlow's old way to say None */
  return 0;
}

int shape_from_object(core_state *st, PyObject *o, const char *what, ag_shape *out) {
  if (!what)
    what = "shape";
  memset(out, 0, sizeof *out);
  if (o == Py_None) {
    out->rank = AG_RANK_UNKNOWN;
    return 0;
  }
  if (PyObject_TypeCheck(o, st->shape_type)) {
    *out = *shape_of(o);
    return 0;
  }
  if (!PySequence_Check(o) && PyIndex_Check(o)) {
    out->rank = 1;
    return dim_from_object(o, what, &out->dim[0]);
  }
  PyObject *seq = PyUnicode_Check(o) ? NULL : items_now(o, "");
  if (!seq) {
    if (!PyErr_Occurred() || PyErr_ExceptionMatches(PyExc_TypeError))
      PyErr_Format(PyExc_TypeError, "%s: expected a sequence of sizes, not %R", what, o);
    return -1;
  }
  Py_ssize_t n = PyTuple_GET_SIZE(seq);
  int failed = 0;
  if (n > AG_MAX_RANK) {
    PyErr_Format(PyExc_ValueError, "%s: %zd dimensions, at most %d are possible", what, n,
                 AG_MAX_RANK);
    failed = -1;
  }
  for (Py_ssize_t i = 0; !failed && i < n; i++)
    failed = dim_from_object(PyTuple_GET_ITEM(seq, i), what, &out->dim[i]);
  out->rank = (int32_t)n;
  Py_DECREF(seq);
  return failed;
}

/* ---- the type -------------------------------------------------------------------------------- */

static PyObject *shape_make(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
  static char *names[] = {"dims", NULL};
  core_state *st = core_of_type(type);
  PyObject *dims;
  ag_shape s;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:TensorShape", names, &dims))
    return NULL;
  if (shape_from_object(st, dims, "TensorShape", &s) < 0)
    return NULL;
  return shape_new(st, s.rank, s.dim);
}

static PyObject *dim_object(int64_t d) {
  return d < 0 ? Py_NewRef(Py_None) : PyLong_FromLongLong(d);
}

static int need_rank(const ag_shape *s) {
  if (s->rank != AG_RANK_UNKNOWN)
    return 0;
  PyErr_SetString(PyExc_ValueError, "the rank of this shape is not known");
  return -1;
}

static PyObject *shape_list(PyObject *self, PyObject *unused) {
  (void)unused;
  ag_shape *s = shape_of(self);
  if (need_rank(s) < 0)
    return NULL;
  PyObject *list = PyList_New(s->rank);
  for (int i = 0; list && i < s->rank; i++) {
    PyObject *d = dim_object(s->dim[i]);
    if (d)
      PyList_SET_ITEM(list, i, d);
    else
      Py_CLEAR(list);
  }
  return list;
}

static PyObject *shape_tuple(PyObject *self) {
  PyObject *list = shape_list(self, NULL);
  PyObject *tuple = list ? PyList_AsTuple(list) : NULL;
  Py_XDECREF(list);
  return tuple;
}

static PyObject *shape_str(PyObject *self) {
  char buf[AG_SHAPE_TEXT];
  return PyUnicode_FromString(ag_shape_text(shape_of(self), buf));
}

static PyObject *shape_repr(PyObject *self) {
  if (shape_of(self)->rank == AG_RANK_UNKNOWN)
    return PyUnicode_FromString("TensorShape(None)");
  PyObject *list = shape_list(self, NULL);
  PyObject *text = list ? PyUnicode_FromFormat("TensorShape(%R)", list) : NULL;
  Py_XDECREF(list);
  return text;
}

static bool complete(const ag_shape *s) {
  if (s->rank < 0)
    return false;
  for (int i = 0; i < s->rank; i++)
    if (s->dim[i] < 0)
      return false;
  return true;
}

static Py_ssize_t shape_len(PyObject *self) {
  return need_rank(shape_of(self)) < 0 ? -1 : shape_of(self)->rank;
}

static PyObject *shape_item(PyObject *self, Py_ssize_t i) {
  ag_shape *s = shape_of(self);
  if (need_rank(s) < 0)
    return NULL;
  if (i < 0 || i >= s->rank) {
    PyErr_Format(PyExc_IndexError, "axis %zd of a shape with %d dimensions", i, s->rank);
    return NULL;
  }
  return dim_object(s->dim[i]);
}

static PyObject *unknown_part(core_state *st, Py_ssize_t begin, Py_ssize_t end, Py_ssize_t step) {
  int64_t dim[AG_MAX_RANK];
  if (begin < 0 || end < 0 || step != 1 || end == PY_SSIZE_T_MAX || end - begin > AG_MAX_RANK)
    return shape_new(st, AG_RANK_UNKNOWN, NULL);
  int n = end > begin ? (int)(end - begin) : 0;
  for (int i = 0; i < n; i++)
    dim[i] = -1;
  return shape_new(st, n, dim);
}

static PyObject *shape_subscript(PyObject *self, PyObject *key) {
  ag_shape *s = shape_of(self);
  if (PySlice_Check(key)) {
    Py_ssize_t begin, end, step;
    ag_shape part = {0};
    if (PySlice_Unpack(key, &begin, &end, &step) < 0)
      return NULL;
    if (s->rank < 0) /* some of unknown sizes: as many as the ends tell */
      return unknown_part(core_of_type(Py_TYPE(self)), begin, end, step);
    Py_ssize_t n = PySlice_AdjustIndices(s->rank, &begin, &end, step);
    for (Py_ssize_t i = 0; i < n; i++)
      part.dim[i] = s->dim[begin + i * step];
    return shape_new(core_of_type(Py_TYPE(self)), (int)n, part.dim);
  }
  Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
  if (i == -1 && PyErr_Occurred())
    return NULL;
  if (s->rank < 0)
    Py_RETURN_NONE;
  return shape_item(self, i < 0 && s->rank >= 0 ? i + s->rank : i);
}

static int shape_bool(PyObject *self) { return shape_of(self)->rank != AG_RANK_UNKNOWN; }

static PyObject *shape_iter(PyObject *self) {
  PyObject *tuple = shape_tuple(self);
  PyObject *iter = tuple ? PyObject_GetIter(tuple) : NULL;
  Py_XDECREF(tuple);
  return iter;
}

static bool same(const ag_shape *a, const ag_shape *b) {
  return a->rank == b->rank &&
         (a->rank < 1 || memcmp(a->dim, b->dim, sizeof *a->dim * a->rank) == 0);
}

/* Equal when every dimension is: None equals None. Compares with what TensorShape() takes. */
static PyObject *shape_compare(PyObject *self, PyObject *other, int how) {
  ag_shape s;
  if (how != Py_EQ && how != Py_NE)
    Py_RETURN_NOTIMPLEMENTED;
  if (shape_from_object(core_of_type(Py_TYPE(self)), other, "==", &s) < 0) {
    PyErr_Clear();
    return PyBool_FromLong(how == Py_NE);
  }
  return PyBool_FromLong(same(shape_of(self), &s) == (how == Py_EQ));
}

static Py_hash_t shape_hash(PyObject *self) { /* as the tuple's, to which it is equal */
  if (shape_of(self)->rank == AG_RANK_UNKNOWN)
    return 7907;
  PyObject *tuple = shape_tuple(self);
  Py_hash_t h = tuple ? PyObject_Hash(tuple) : -1;
  Py_XDECREF(tuple);
  return h;
}

static PyObject *concatenate(PyObject *self, PyObject *other) {
  core_state *st = core_of_type(Py_TYPE(self));
  ag_shape a = *shape_of(self), b;
  if (shape_from_object(st, other, "concatenate", &b) < 0)
    return NULL;
  if (a.rank < 0 || b.rank < 0)
    return shape_new(st, AG_RANK_UNKNOWN, NULL);
  if (a.rank + b.rank > AG_MAX_RANK) {
    PyErr_Format(PyExc_ValueError, "%d dimensions, at most %d are possible", a.rank + b.rank,
                 AG_MAX_RANK);
    return NULL;
  }
  memcpy(a.dim + a.rank, b.dim, sizeof *b.dim * b.rank);
  return shape_new(st, a.rank + b.rank, a.dim);
}

static PyObject *shape_add(PyObject *a, PyObject *b) {
  unaryfunc mine = (unaryfunc)PyType_GetSlot(Py_TYPE(a), Py_tp_repr);
  if (mine == shape_repr)
    return concatenate(a, b);
  core_state *st = core_of_type(Py_TYPE(b));
  ag_shape s;
  if (shape_from_object(st, a, "+", &s) < 0)
    return NULL;
  PyObject *left = shape_new(st, s.rank, s.dim);
  PyObject *sum = left ? concatenate(left, b) : NULL;
  Py_XDECREF(left);
  return sum;
}

/* What both say; false when they contradict each other. */
static bool merge(const ag_shape *a, const ag_shape *b, ag_shape *out) {
  *out = a->rank < 0 ? *b : *a;
  if (a->rank < 0 || b->rank < 0)
    return true;
  if (a->rank != b->rank)
    return false;
  for (int i = 0; i < a->rank; i++) {
    if (a->dim[i] >= 0 && b->dim[i] >= 0 && a->dim[i] != b->dim[i])
      return false;
    out->dim[i] = a->dim[i] >= 0 ? a->dim[i] : b->dim[i];
  }
  return true;
}

static PyObject *is_compatible_with(PyObject *self, PyObject *other) {
  ag_shape b, both;
  if (shape_from_object(core_of_type(Py_TYPE(self)), other, "is_compatible_with", &b) < 0)
    return NULL;
  return PyBool_FromLong(merge(shape_of(self), &b, &both));
}

static PyObject *merge_with(PyObject *self, PyObject *other) {
  core_state *st = core_of_type(Py_TYPE(self));
  ag_shape b, both;
  char s1[AG_SHAPE_TEXT], s2[AG_SHAPE_TEXT];
  if (shape_from_object(st, other, "merge_with", &b) < 0)
    return NULL;
  if (!merge(shape_of(self), &b, &both)) {
    PyErr_Format(PyExc_ValueError, "shapes %s and %s are not compatible",
                 ag_shape_text(shape_of(self), s1), ag_shape_text(&b, s2));
    return NULL;
  }
  return shape_new(st, both.rank, both.dim);
}

enum bound { EXACTLY, AT_LEAST, AT_MOST };

static PyObject *bounded_rank(PyObject *self, PyObject *arg, enum bound how) {
  core_state *st = core_of_type(Py_TYPE(self));
  ag_shape *s = shape_of(self), unknown = {0};
  static const char *const words[] = {"rank", "a rank of at least", "a rank of at most"};
  long rank = PyLong_AsLong(arg);
  if (rank == -1 && PyErr_Occurred())
    return NULL;
  if (rank < 0 || rank > AG_MAX_RANK ||
      (s->rank >= 0 && (how == EXACTLY    ? s->rank != rank
                        : how == AT_LEAST ? s->rank < rank
                                          : s->rank > rank))) {
    char text[AG_SHAPE_TEXT];
    PyErr_Format(PyExc_ValueError, "shape %s does not have %s %ld", ag_shape_text(s, text),
                 words[how], rank);
    return NULL;
  }
  if (s->rank >= 0 || how != EXACTLY)
    return Py_NewRef(self);
  for (long i = 0; i < rank; i++)
    unknown.dim[i] = -1;
  return shape_new(st, (int)rank, unknown.dim);
}

static PyObject *with_rank(PyObject *self, PyObject *rank) {
  return bounded_rank(self, rank, EXACTLY);
}
static PyObject *with_rank_at_least(PyObject *self, PyObject *rank) {
  return bounded_rank(self, rank, AT_LEAST);
}
static PyObject *with_rank_at_most(PyObject *self, PyObject *rank) {
  return bounded_rank(self, rank, AT_MOST);
}

static PyObject *nothing(PyObject *made) { /* of an assertion that held */
  if (!made)
    return NULL;
  Py_DECREF(made);
  Py_RETURN_NONE;
}

static PyObject *assert_compatible(PyObject *self, PyObject *other) {
  return nothing(merge_with(self, other));
}

static PyObject *assert_has_rank(PyObject *self, PyObject *rank) {
  return nothing(with_rank(self, rank));
}

static PyObject *assert_same_rank(PyObject *self, PyObject *other) {
  ag_shape *a = shape_of(self), b;
  char s1[AG_SHAPE_TEXT], s2[AG_SHAPE_TEXT];
  if (shape_from_object(core_of_type(Py_TYPE(self)), other, "assert_same_rank", &b) < 0)
    return NULL;
  if (a->rank < 0 || b.rank < 0 || a->rank == b.rank)
    Py_RETURN_NONE;
  PyErr_Format(PyExc_ValueError, "shapes %s and %s must have the same rank", ag_shape_text(a, s1),
               ag_shape_text(&b, s2));
  return NULL;
}

static PyObject *assert_fully_defined(PyObject *self, PyObject *unused) {
  (void)unused;
  char text[AG_SHAPE_TEXT];
  if (complete(shape_of(self)))
    Py_RETURN_NONE;
  PyErr_Format(PyExc_ValueError, "shape %s is not fully defined",
               ag_shape_text(shape_of(self), text));
  return NULL;
}

/* The shape of which both are special cases: None where they differ. */
static void generalize(ag_shape *a, const ag_shape *b) {
  if (a->rank != b->rank)
    a->rank = AG_RANK_UNKNOWN;
  for (int i = 0; i < a->rank; i++)
    if (a->dim[i] != b->dim[i])
      a->dim[i] = -1;
}

static PyObject *most_specific(PyObject *self, PyObject *other) {
  core_state *st = core_of_type(Py_TYPE(self));
  ag_shape a = *shape_of(self), b;
  if (shape_from_object(st, other, "most_specific_compatible_shape", &b) < 0)
    return NULL;
  generalize(&a, &b);
  return shape_new(st, a.rank, a.dim);
}

static PyObject *common_supertype(PyObject *self, PyObject *others) {
  core_state *st = core_of_type(Py_TYPE(self));
  ag_shape a = *shape_of(self), b;
  PyObject *seq =
      items_now(others, "most_specific_common_supertype: a sequence of shapes is needed");
  int failed = seq ? 0 : -1;
  for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(seq); i++) {
    failed = shape_from_object(st, PyTuple_GET_ITEM(seq, i), "most_specific_common_supertype", &b);
    if (!failed)
      generalize(&a, &b);
  }
  Py_XDECREF(seq);
  return failed ? NULL : shape_new(st, a.rank, a.dim);
}

static PyObject *is_subtype_of(PyObject *self, PyObject *other) {
  ag_shape a = *shape_of(self), b;
  if (shape_from_object(core_of_type(Py_TYPE(self)), other, "is_subtype_of", &b) < 0)
    return NULL;
  generalize(&a, &b);
  return PyBool_FromLong(b.rank < 0 || same(&a, &b));
}

static PyObject *is_fully_defined(PyObject *self, PyObject *unused) {
  (void)unused;
  return PyBool_FromLong(complete(shape_of(self)));
}

static PyObject *num_elements(PyObject *self, PyObject *unused) {
  (void)unused;
  if (!complete(shape_of(self)))
    Py_RETURN_NONE;
  int64_t n = ag_shape_count(shape_of(self));
  if (n >= 0)
    return PyLong_FromLongLong(n);
  PyErr_SetString(PyExc_OverflowError, "the number of elements does not fit 62 bits");
  return NULL;
}

static PyObject *get_rank(PyObject *self, void *unused) {
  (void)unused;
  int rank = shape_of(self)->rank;
  return rank < 0 ? Py_NewRef(Py_None) : PyLong_FromLong(rank);
}

static PyObject *get_dims(PyObject *self, void *unused) {
  (void)unused;
  return shape_of(self)->rank < 0 ? Py_NewRef(Py_None) : shape_list(self, NULL);
}

static PyObject *shape_reduce(PyObject *self, PyObject *unused) {
  (void)unused;
  return Py_BuildValue("O(N)", Py_TYPE(self), get_dims(self, NULL));
}

static void shape_dealloc(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

static PyGetSetDef shape_getset[] = {
    {"rank", get_rank, NULL, "number of dimensions, or None", NULL},
    {"ndims", get_rank, NULL, "number of dimensions, or None", NULL},
    {"dims", get_dims, NULL, "list of int or None; None when the rank is not known", NULL},
    {0},
};

/* The one argument of a method, by place or by name. */
static PyObject *one_argument(PyObject *args, PyObject *kwargs, const char *name) {
  char *names[] = {(char *)name, NULL};
  PyObject *o;
  return PyArg_ParseTupleAndKeywords(args, kwargs, "O", names, &o) ? o : NULL;
}

#define METHODS(X)                                                                                 \
  X(concatenate, concatenate, other, "This shape, then `other`.")                                  \
  X(is_compatible_with, is_compatible_with, other,                                                 \
    "True when some tensor could have both shapes.")                                               \
  X(assert_is_compatible_with, assert_compatible, other,                                           \
    "ValueError when no tensor could have both shapes.")                                           \
  X(merge_with, merge_with, other, "What both shapes say together. ValueError when they differ.")  \
  X(with_rank, with_rank, rank, "This shape, with its rank known. ValueError when it is another.") \
  X(with_rank_at_least, with_rank_at_least, rank,                                                  \
    "This shape. ValueError when its rank is lower.")                                              \
  X(with_rank_at_most, with_rank_at_most, rank, "This shape. ValueError when its rank is higher.") \
  X(assert_has_rank, assert_has_rank, rank, "ValueError when the rank is another.")                \
  X(assert_same_rank, assert_same_rank, other, "ValueError when the ranks differ.")                \
  X(most_specific_compatible_shape, most_specific, other,                                          \
    "The shape of which both are special cases: None where they differ.")                          \
  X(most_specific_common_supertype, common_supertype, others,                                      \
    "The shape of which this and all `others` are special cases.")                                 \
  X(is_subtype_of, is_subtype_of, other, "True when this is a special case of `other`.")

#define X(name, fn, arg, doc)                                                                      \
  static PyObject *name##_named(PyObject *self, PyObject *args, PyObject *kwargs) {                \
    PyObject *o = one_argument(args, kwargs, #arg);                                                \
    return o ? fn(self, o) : NULL;                                                                 \
  }
METHODS(X)
#undef X

static PyMethodDef shape_methods[] = {
    {"as_list", shape_list, METH_NOARGS,
     "as_list($self, /)\n--\n\nList of int or None. ValueError when the rank is not known."},
    {"is_fully_defined", is_fully_defined, METH_NOARGS,
     "is_fully_defined($self, /)\n--\n\nTrue when the rank and every size are known."},
    {"assert_is_fully_defined", assert_fully_defined, METH_NOARGS,
     "assert_is_fully_defined($self, /)\n--\n\nValueError when the rank or a size is not known."},
    {"num_elements", num_elements, METH_NOARGS,
     "num_elements($self, /)\n--\n\nProduct of the sizes, None when one is not known."},
#define X(name, fn, arg, doc)                                                                      \
  {#name, (PyCFunction)(void (*)(void))name##_named, METH_VARARGS | METH_KEYWORDS,                 \
   #name "($self, /, " #arg ")\n--\n\n" doc},
    METHODS(X)
#undef X
        {"__reduce__", shape_reduce, METH_NOARGS, NULL},
    {0},
};

static PyType_Slot shape_slots[] = {
    {Py_tp_doc,
     "TensorShape(dims)\n--\n\nSizes of a tensor: None, an int, or a sequence of int or None."},
    {Py_tp_new, shape_make},
    {Py_tp_dealloc, shape_dealloc},
    {Py_tp_repr, shape_repr},
    {Py_tp_str, shape_str},
    {Py_tp_hash, shape_hash},
    {Py_tp_richcompare, shape_compare},
    {Py_tp_iter, shape_iter},
    {Py_nb_bool, shape_bool},
    {Py_nb_add, shape_add},
    {Py_mp_length, shape_len},
    {Py_mp_subscript, shape_subscript},
    {Py_sq_length, shape_len},
    {Py_sq_item, shape_item},
    {Py_tp_getset, shape_getset},
    {Py_tp_methods, shape_methods},
    {0},
};

static PyType_Spec shape_spec = {
    .name = "autograph._core.TensorShape",
    .basicsize = sizeof(shape_obj),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_SEQUENCE,
    .slots = shape_slots,
};

int add_shape(PyObject *module, core_state *st) {
  st->shape_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &shape_spec, NULL);
  return st->shape_type ? PyModule_AddType(module, st->shape_type) : -1;
}
