/* index.c - x[key] and "x with x[key] = value": NumPy's basic indexing, with traced bounds, and one
 * array of integers; autograph/indexing.py does the others. A key is a row of items, an axis each
 * but for None. x[i, j] with numbers in front is ELEMENT; what is left are slices (SLICE when all
 * is known, else SLICE_DYN), then numbers and arrays at later axes (GATHER), then new axes (a
 * reshape). */
#include <string.h>

#include "convert.h"
#include "key.h"
#include "tensor_obj.h"

enum item_kind { NUMBER, SLICE, ARRAY, NEW_AXIS };
typedef struct item {
  enum item_kind kind;
  PyObject *o;                  /* NUMBER, ARRAY: a tensor, own reference */
  PyObject *begin, *end, *step; /* SLICE: tensors or NULL, own references */
  int axis;                     /* of x; NEW_AXIS: none */
} item;

typedef struct key {
  item items[3 * AG_MAX_RANK];
  int n;
  int rank; /* of x */
  int lead; /* numbers in front */
} key;

static void drop_key(key *k) {
  for (int i = 0; i < k->n; i++) {
    Py_CLEAR(k->items[i].o);
    Py_CLEAR(k->items[i].begin);
    Py_CLEAR(k->items[i].end);
    Py_CLEAR(k->items[i].step);
  }
}

static ag_type type_of(PyObject *t) { return tensor_type_of((tensor_obj *)t); }

static PyObject *one(core_state *st, ag_op op, PyObject *const *in, uint32_t n,
                     const ag_attr *attrs, uint32_t n_attrs) {
  PyObject *out;
  return apply_raw(st, op, in, n, attrs, n_attrs, &out, 1) < 0 ? NULL : out;
}

/* ---- reading the key ------------------------------------------------------------------------- */

static int wrong_index(PyObject *o) {
  PyErr_Format(PyExc_TypeError,
               "a tensor is indexed by integers, slices, ..., None and arrays of integers, not %s",
               Py_TYPE(o)->tp_name);
  return -1;
}

/* A uint64 as int64: past 2^63 it is past every size. Takes t over. */
static PyObject *past_every_size(core_state *st, PyObject *t) {
  ag_type type = t ? type_of(t) : (ag_type){0};
  if (!t || type.dtype != AG_U64 || type.rank != 0)
    return t;
  uint64_t most = INT64_MAX;
  ag_tensor limit;
  ag_tensor_scalar(&limit, AG_U64, &most);
  PyObject *in[] = {t, tensor_from_value(st, &limit)};
  PyObject *least = in[1] ? one(st, AG_OP_MINIMUM, in, 2, NULL, 0) : NULL;
  PyObject *out = least ? apply_cast(st, least, AG_I64, false) : NULL;
  Py_XDECREF(least);
  Py_XDECREF(in[1]);
  Py_DECREF(t);
  return out;
}

/* An integer, plain or traced, as a 0-d tensor; a plain one past 64 bits is past every size. */
static int bound(core_state *st, PyObject *o, PyObject **out) {
  *out = NULL;
  if (o == Py_None)
    return 0;
  PyObject *number = !is_tensor(st, o) && !is_array(st, o) && PyIndex_Check(o) &&
                             !PyObject_TypeCheck(o, st->variable_type)
                         ? PyNumber_Index(o)
                         : Py_NewRef(o);
  if (number && PyLong_Check(number))
    Py_SETREF(number, PyLong_FromSsize_t(PyNumber_AsSsize_t(number, NULL)));
  if (!number)
    return -1;
  PyObject *t = past_every_size(st, as_tensor(st, number, -1, "a slice"));
  Py_DECREF(number);
  if (!t)
    return -1;
  ag_type type = type_of(t);
  if (ag_is_int(type.dtype) && type.rank <= 0) {
    *out = t;
    return 0;
  }
  Py_DECREF(t);
  PyErr_Format(PyExc_TypeError, "slice bounds must be integers, not %s", Py_TYPE(o)->tp_name);
  return -1;
}

static int read_item(core_state *st, PyObject *o, item *it) {
  memset(it, 0, sizeof *it);
  if (o == Py_None) {
    it->kind = NEW_AXIS;
    return 0;
  }
  if (PySlice_Check(o)) {
    PySliceObject *s = (PySliceObject *)o;
    it->kind = SLICE;
    if (bound(st, s->start, &it->begin) < 0 || bound(st, s->stop, &it->end) < 0 ||
        bound(st, s->step, &it->step) < 0)
      return -1;
    const ag_tensor *step = it->step ? known_value((tensor_obj *)it->step) : NULL;
    if (step && step->dtype == AG_I64 && *(const int64_t *)ag_tensor_data(step) == 0) {
      PyErr_SetString(PyExc_ValueError, "slice step cannot be zero");
      return -1;
    }
    return 0;
  }
  if (PyBool_Check(o) || PyFloat_Check(o) || PyUnicode_Check(o) || PyBytes_Check(o))
    return wrong_index(o);
  PyObject *number = !is_tensor(st, o) && !is_array(st, o) && !PyObject_CheckBuffer(o) &&
                             !PyObject_TypeCheck(o, st->variable_type) && PyIndex_Check(o)
                         ? PyNumber_Index(o)
                         : Py_NewRef(o);
  it->o = number ? past_every_size(st, as_tensor(st, number, -1, "an index")) : NULL;
  Py_XDECREF(number);
  if (!it->o)
    return -1;
  ag_type t = type_of(it->o);
  it->kind = t.rank == 0 ? NUMBER : ARRAY;
  if (ag_is_int(t.dtype))
    return 0;
  PyErr_Format(PyExc_TypeError,
               "indices must be integers, not %s: cast it, for example tf.cast(i, tf.int32)",
               ag_dtype_name(t.dtype));
  return -1;
}

static int too_many(int given, const ag_type *x) {
  PyErr_Format(PyExc_IndexError, "too many indices: %d for a tensor of %d dimensions", given,
               x->rank);
  return -1;
}

/* Fills k, which the caller drops in any case. */
static int read_key(core_state *st, PyObject *x, PyObject *o, key *k) {
  ag_type type = type_of(x);
  PyObject *single[] = {o};
  PyObject *const *given = PyTuple_Check(o) ? ((PyTupleObject *)o)->ob_item : single;
  Py_ssize_t n = PyTuple_Check(o) ? PyTuple_GET_SIZE(o) : 1, axes = 0, dots = -1;
  k->n = 0;
  k->lead = 0;
  k->rank = type.rank;
  for (Py_ssize_t i = 0; i < n; i++) {
    if (given[i] != Py_Ellipsis) {
      axes += given[i] != Py_None;
      continue;
    }
    if (dots >= 0) {
      PyErr_SetString(PyExc_IndexError, "an index has one ... at most");
      return -1;
    }
    dots = i;
  }
  if (n > 2 * AG_MAX_RANK || (type.rank >= 0 && axes > type.rank))
    return too_many((int)axes, &type);
  if (type.rank < 0 && dots >= 0) {
    PyErr_SetString(
        PyExc_IndexError,
        "the number of dimensions is known only when the function runs: `...` cannot be used");
    return -1;
  }
  int axis = 0;
  for (Py_ssize_t i = 0; i < n; i++) {
    if (i == dots) { /* whole axes */
      for (int rest = type.rank - (int)axes; rest > 0; rest--) {
        memset(&k->items[k->n], 0, sizeof *k->items);
        k->items[k->n].kind = SLICE;
        k->items[k->n++].axis = axis++;
      }
      continue;
    }
    item *it = &k->items[k->n++];
    if (read_item(st, given[i], it) < 0)
      return -1;
    it->axis = axis;
    axis += it->kind != NEW_AXIS;
  }
  while (k->lead < k->n && k->items[k->lead].kind == NUMBER)
    k->lead++;
  return 0;
}

static bool is_whole(const item *it) {
  return it->kind == SLICE && !it->begin && !it->end && !it->step;
}

/* Only whole axes from item `from` on. */
static bool rest_is_whole(const key *k, int from) {
  for (int i = from; i < k->n; i++)
    if (!is_whole(&k->items[i]))
      return false;
  return true;
}

static bool known_int(PyObject *t, int64_t *out) {
  const ag_tensor *v = known_value((tensor_obj *)t);
  if (!v || v->rank)
    return false;
  switch ((ag_dtype)v->dtype) {
  case AG_I64:
    *out = *(const int64_t *)ag_tensor_data(v);
    return true;
  case AG_I32:
    *out = *(const int32_t *)ag_tensor_data(v);
    return true;
  case AG_I16:
    *out = *(const int16_t *)ag_tensor_data(v);
    return true;
  case AG_I8:
    *out = *(const int8_t *)ag_tensor_data(v);
    return true;
  case AG_U8:
    *out = *(const uint8_t *)ag_tensor_data(v);
    return true;
  case AG_U16:
    *out = *(const uint16_t *)ag_tensor_data(v);
    return true;
  case AG_U32:
    *out = *(const uint32_t *)ag_tensor_data(v);
    return true;
  default:
    return false;
  }
}

/* begin, size and step of a slice of an axis, when all is known. */
static bool resolve(const item *it, int64_t dim, int64_t *begin, int64_t *size, int64_t *step) {
  int64_t b, e, s = 1;
  if (dim < 0 || (it->step && !known_int(it->step, &s)) || s == 0)
    return false;
  b = s > 0 ? 0 : dim;
  e = s > 0 ? dim : -1;
  if (it->begin && !known_int(it->begin, &b))
    return false;
  if (it->end && !known_int(it->end, &e))
    return false;
  if (!it->end && s < 0)
    e = PY_SSIZE_T_MIN;
  Py_ssize_t pb = (Py_ssize_t)b, pe = (Py_ssize_t)e;
  if (s < -PY_SSIZE_T_MAX)
    s = -PY_SSIZE_T_MAX;
  *size = PySlice_AdjustIndices((Py_ssize_t)dim, &pb, &pe, (Py_ssize_t)s);
  *begin = *size ? pb : 0;
  *step = *size > 1 ? s : 1;
  return true;
}

/* ---- x[key] ---------------------------------------------------------------------------------- */

/* int64 vectors for SLICE_DYN: constants stay one constant. */
static PyObject *vector(core_state *st, PyObject *const *numbers, int n, int64_t otherwise) {
  PyObject *cast[AG_MAX_RANK] = {NULL}, *out = NULL;
  int64_t known[AG_MAX_RANK];
  bool all = true;
  ag_err err = {0};
  for (int i = 0; i < n; i++) {
    known[i] = otherwise;
    if (numbers[i] && !known_int(numbers[i], &known[i]))
      all = false;
  }
  if (all) {
    ag_tensor t;
    ag_shape shape = {.rank = 1, .dim = {n}};
    if (ag_tensor_new(&t, AG_I64, &shape, &err))
      return raise_err(st, &err, NULL);
    memcpy(ag_tensor_data(&t), known, (size_t)n * sizeof *known);
    return tensor_from_value(st, &t);
  }
  int made = 0;
  for (; made < n; made++) {
    ag_tensor t;
    ag_tensor_scalar(&t, AG_I64, &known[made]);
    cast[made] =
        numbers[made] ? apply_cast(st, numbers[made], AG_I64, false) : tensor_from_value(st, &t);
    if (!cast[made])
      break;
  }
  ag_attr axis = {.key = AG_KEY_axis, .kind = AG_ATTR_INT, .i = 0};
  if (made == n)
    out = one(st, AG_OP_STACK, cast, (uint32_t)n, &axis, 1);
  for (int i = 0; i < made; i++)
    Py_DECREF(cast[i]);
  return out;
}

/* x[..], or x with that set to `value`, which is not NULL then. */
static PyObject *slice_at_run_time(core_state *st, PyObject *x, PyObject *value, item *const *at,
                                   int last) {
  PyObject *begin[AG_MAX_RANK] = {NULL}, *end[AG_MAX_RANK] = {NULL}, *step[AG_MAX_RANK] = {NULL};
  ag_attr mask = {.key = AG_KEY_mask, .kind = AG_ATTR_INT};
  for (int a = 0; a < last; a++) { /* bit 2a: no begin; bit 2a + 1: no end */
    const item *it = at[a];
    if (it)
      begin[a] = it->begin, end[a] = it->end, step[a] = it->step;
    if (!begin[a])
      mask.i |= (int64_t)1 << (2 * a);
    if (!end[a])
      mask.i |= (int64_t)2 << (2 * a);
  }
  PyObject *in[5] = {x, value}, **bounds = in + (value ? 2 : 1), *out = NULL;
  bounds[0] = vector(st, begin, last, 0);
  bounds[1] = bounds[0] ? vector(st, end, last, 0) : NULL;
  bounds[2] = bounds[1] ? vector(st, step, last, 1) : NULL;
  if (bounds[2])
    out = value ? one(st, AG_OP_SET_SLICE_DYN, in, 5, &mask, 1)
                : one(st, AG_OP_SLICE_DYN, in, 4, &mask, 1);
  for (int i = 0; i < 3; i++)
    Py_XDECREF(bounds[i]);
  return out;
}

/* All slices of the key at once; `x` has its leading numbers gone. */
static PyObject *take_slices(core_state *st, PyObject *x, key *k) {
  ag_type t = type_of(x);
  item *at[AG_MAX_RANK] = {NULL};
  int64_t begin[AG_MAX_RANK], size[AG_MAX_RANK], step[AG_MAX_RANK];
  int last = 0;
  bool known = true;
  for (int i = k->lead; i < k->n; i++) {
    item *it = &k->items[i];
    if (it->kind != SLICE || is_whole(it))
      continue;
    at[it->axis - k->lead] = it;
    if (it->axis - k->lead >= last)
      last = it->axis - k->lead + 1;
  }
  if (!last)
    return Py_NewRef(x);
  for (int a = 0; a < t.rank; a++) {
    begin[a] = 0;
    size[a] = t.dim[a];
    step[a] = 1;
    if (t.dim[a] < 0 || (at[a] && !resolve(at[a], t.dim[a], &begin[a], &size[a], &step[a])))
      known = false;
  }
  if (t.rank < 0 || !known)
    return slice_at_run_time(st, x, NULL, at, last);
  ag_attr attrs[] = {
      {.key = AG_KEY_begin, .kind = AG_ATTR_INTS, .n = (uint32_t)t.rank, .ints = begin},
      {.key = AG_KEY_size, .kind = AG_ATTR_INTS, .n = (uint32_t)t.rank, .ints = size},
      {.key = AG_KEY_step, .kind = AG_ATTR_INTS, .n = (uint32_t)t.rank, .ints = step}};
  return one(st, AG_OP_SLICE, &x, 1, attrs, 3);
}

/* Numbers and arrays behind slices, from the last axis on, so that axes before keep their places.
 */
static PyObject *take_gathers(core_state *st, PyObject *x, key *k) {
  PyObject *now = Py_NewRef(x);
  for (int i = k->n - 1; now && i >= k->lead; i--) {
    item *it = &k->items[i];
    if (it->kind != NUMBER && it->kind != ARRAY)
      continue;
    ag_attr axis = {.key = AG_KEY_axis, .kind = AG_ATTR_INT, .i = it->axis - k->lead};
    PyObject *in[] = {now, it->o};
    Py_SETREF(now, one(st, AG_OP_GATHER, in, 2, &axis, 1));
  }
  return now;
}

/* Reshape to sizes of which some are traced: numbers[i] or dim[i]. */
static PyObject *reshape_to(core_state *st, PyObject *x, PyObject *const *numbers,
                            const int64_t *dim, int n) {
  PyObject *parts[AG_MAX_RANK] = {NULL}, *shape = NULL, *out = NULL;
  for (int i = 0; i < n; i++) {
    ag_tensor t;
    ag_tensor_scalar(&t, AG_I64, &dim[i]);
    parts[i] = numbers[i] ? Py_NewRef(numbers[i]) : tensor_from_value(st, &t);
    if (!parts[i])
      goto done;
  }
  shape = vector(st, parts, n, 0);
  PyObject *in[] = {x, shape};
  if (shape)
    out = one(st, AG_OP_RESHAPE_TO, in, 2, NULL, 0);
done:
  for (int i = 0; i < n; i++)
    Py_XDECREF(parts[i]);
  Py_XDECREF(shape);
  return out;
}

static PyObject *add_axes(core_state *st, PyObject *x, key *k) {
  ag_type t = type_of(x);
  bool is_new[3 * AG_MAX_RANK] = {false};
  int n = 0, count = 0, unknown = 0;
  for (int i = k->lead; i < k->n; i++) { /* places in the result */
    const item *it = &k->items[i];
    if (it->kind == NEW_AXIS)
      is_new[n++] = true, count++;
    else if (it->kind == SLICE)
      n++;
    else if (it->kind == ARRAY)
      n += type_of(it->o).rank;
  }
  if (!count)
    return Py_NewRef(x);
  if (t.rank < 0 || t.rank + count > AG_MAX_RANK) {
    PyErr_Format(PyExc_ValueError,
                 "a new axis: at most %d dimensions are possible, and their number must be known",
                 AG_MAX_RANK);
    return NULL;
  }
  int64_t dim[AG_MAX_RANK];
  PyObject *numbers[AG_MAX_RANK] = {NULL}, *out = NULL;
  for (int i = 0, from = 0; i < t.rank + count; i++) {
    dim[i] = i < n && is_new[i] ? 1 : t.dim[from++];
    unknown += dim[i] < 0;
  }
  if (unknown <= 1) {
    for (int i = 0; i < t.rank + count; i++)
      if (dim[i] < 0)
        dim[i] = -1;
    ag_attr shape = {
        .key = AG_KEY_shape, .kind = AG_ATTR_INTS, .n = (uint32_t)(t.rank + count), .ints = dim};
    return one(st, AG_OP_RESHAPE, &x, 1, &shape, 1);
  }
  bool ok = true;
  for (int i = 0, from = 0; ok && i < t.rank + count; i++) {
    if (i < n && is_new[i])
      continue;
    ag_attr axis = {.key = AG_KEY_axis, .kind = AG_ATTR_INT, .i = from++};
    if (dim[i] < 0)
      ok = (numbers[i] = one(st, AG_OP_DIM, &x, 1, &axis, 1)) != NULL;
  }
  if (ok)
    out = reshape_to(st, x, numbers, dim, t.rank + count);
  for (int i = 0; i < t.rank + count; i++)
    Py_XDECREF(numbers[i]);
  return out;
}

static PyObject *take_leading(core_state *st, PyObject *x, const key *k) {
  PyObject *in[1 + AG_MAX_RANK] = {x};
  if (!k->lead)
    return Py_NewRef(x);
  for (int i = 0; i < k->lead; i++)
    in[1 + i] = k->items[i].o;
  return one(st, AG_OP_ELEMENT, in, 1 + (uint32_t)k->lead, NULL, 0);
}

/* What an item of a key is before it is read: a mask, an array of integers, a number, or neither.
 */
enum looks { A_MASK, AN_ARRAY, A_NUMBER, NO_INDEX };
static enum looks look(core_state *st, PyObject *o) {
  ag_dtype dtype = AG_I64;
  int rank = 0;
  int64_t dim[AG_MAX_RANK];
  if (o == Py_None || o == Py_Ellipsis || PySlice_Check(o) || PyUnicode_Check(o))
    return NO_INDEX;
  if (is_tensor(st, o) || is_array(st, o)) { /* an array that the function made is one too */
    PyObject *now = is_tensor(st, o) ? Py_NewRef(o) : as_tensor(st, o, -1, "an index");
    ag_type t = now ? type_of(now) : (ag_type){0};
    PyErr_Clear(); /* said again where it is read */
    Py_XDECREF(now);
    return t.rank == 0 ? A_NUMBER : t.dtype == AG_BOOL ? A_MASK : AN_ARRAY;
  }
  if (PyObject_TypeCheck(o, st->variable_type))
    return AN_ARRAY;
  if (PyList_Check(o)) {
    PyObject *first = o;
    while (PyList_Check(first) && PyList_GET_SIZE(first))
      first = PyList_GET_ITEM(first, 0);
    return PyBool_Check(first) ? A_MASK : AN_ARRAY;
  }
  if (PyLong_Check(o) || !leaf_describe(st, o, &dtype, &rank, dim) || rank == 0)
    return A_NUMBER;
  return dtype == AG_BOOL ? A_MASK : AN_ARRAY;
}

/* Masks, and arrays beside arrays or numbers, whose axes broadcast and move: Python does those. */
static bool is_fancy(core_state *st, PyObject *o) {
  int arrays = 0, numbers = 0;
  for (Py_ssize_t i = 0; i < (PyTuple_Check(o) ? PyTuple_GET_SIZE(o) : 1); i++)
    switch (look(st, PyTuple_Check(o) ? PyTuple_GET_ITEM(o, i) : o)) {
    case A_MASK:
      return true;
    case AN_ARRAY:
      arrays++;
      break;
    case A_NUMBER:
      numbers++;
      break;
    case NO_INDEX:
      break;
    }
  return arrays > 1 || (arrays && numbers);
}

PyObject *tensor_getitem(PyObject *self, PyObject *o) {
  core_state *st = PyType_GetModuleState(Py_TYPE(self));
  PyObject *x = maybe_resolve(st, self), *lead = NULL, *cut = NULL, *gathered = NULL,
           *result = NULL;
  key k = {.n = 0};
  if (!x)
    return NULL;
  ag_type type = type_of(x);
  if (Py_TYPE(o) == st->choice_type) {
    result = PyObject_CallMethod(o, "item_of", "O", x);
    Py_DECREF(x);
    return result;
  }
  if ((PyLong_Check(o) || PySlice_Check(o) || PyUnicode_Check(o)) &&
      python_number((tensor_obj *)x)) {
    PyErr_Format(PyExc_TypeError, "'%s' object is not subscriptable",
                 type.dtype == AG_BOOL  ? "bool"
                 : type.dtype == AG_I64 ? "int"
                                        : "float");
    Py_DECREF(x);
    return NULL;
  }
  if (type.dtype == AG_STR && type.rank == 0) {
    result = call_staged(st, "string_item", x, o);
    Py_DECREF(x);
    return result;
  }
  if (is_fancy(st, o)) {
    result = call_staged(st, "fancy_item", x, o);
    Py_DECREF(x);
    return result;
  }
  if (read_key(st, x, o, &k) < 0)
    goto done;
  if (k.rank < 0 && k.lead < k.n && !(k.n == 1 && k.items[0].kind == ARRAY)) {
    PyErr_SetString(PyExc_IndexError, "the number of dimensions is known only when the function "
                                      "runs: only x[i, j, ...] with numbers works");
    goto done;
  }
  lead = take_leading(st, x, &k);
  if (lead && rest_is_whole(&k, k.lead)) {
    result = Py_NewRef(lead);
    goto done;
  }
  cut = lead ? take_slices(st, lead, &k) : NULL;
  gathered = cut ? take_gathers(st, cut, &k) : NULL;
  result = gathered ? add_axes(st, gathered, &k) : NULL;

done:
  drop_key(&k);
  Py_DECREF(x);
  Py_XDECREF(lead);
  Py_XDECREF(cut);
  Py_XDECREF(gathered);
  return result;
}

/* ---- x with x[key] = value ------------------------------------------------------------------- */

/* The value with x's dtype: a Python number that fits, or the same dtype. */
static PyObject *fitting(core_state *st, const ag_type *x, PyObject *value) {
  PyObject *v = as_tensor(st, value, PyList_Check(value) || PyTuple_Check(value) ? x->dtype : -1,
                          "an item's value");
  ag_type t = v ? type_of(v) : (ag_type){0};
  if (!v || (t.dtype == x->dtype && !t.weak))
    return v;
  PyObject *cast = NULL;
  char text[REMEDY_TEXT];
  bool number = t.weak || (t.dtype == AG_BOOL && t.rank == 0);
  if (!number || x->dtype == AG_BOOL ||
      (t.dtype == AG_F64 && !ag_is_float(x->dtype) && !ag_is_complex(x->dtype)))
    PyErr_Format(
        PyExc_TypeError, "a %s cannot be an item of a tensor of %s: %s",
        t.weak ? t.dtype == AG_F64 ? "Python float" : "Python int" : ag_dtype_name(t.dtype),
        ag_dtype_name(x->dtype), cast_remedy((ag_dtype)t.dtype, (ag_dtype)x->dtype, "v", text));
  else
    cast = apply_fit(st, v, x->dtype, "an item's value");
  Py_DECREF(v);
  return cast;
}

static bool same_shape(const ag_type *a, const ag_type *b) {
  return a->rank == b->rank && a->rank >= 0 &&
         memcmp(a->dim, b->dim, sizeof *a->dim * (size_t)a->rank) == 0;
}

static PyObject *set_leading(core_state *st, PyObject *x, PyObject *value, const key *k) {
  PyObject *in[2 + AG_MAX_RANK] = {x, value};
  for (int i = 0; i < k->lead; i++)
    in[2 + i] = k->items[i].o;
  return one(st, AG_OP_SET_ELEMENT, in, 2 + (uint32_t)k->lead, NULL, 0);
}

static PyObject *out_of_range(core_state *st, int64_t i, int axis, int64_t dim) {
  PyErr_Format(st->exceptions[AG_ERR_INDEX], "index %lld is out of bounds for axis %d with size %lld",
               (long long)i, axis, (long long)dim);
  return NULL;
}

/* Bounds or sizes that only the run knows: the caller turns to Python. */
static PyObject *not_done(core_state *st) {
  PyErr_SetString(st->exceptions[AG_ERR_UNSUPPORTED], "");
  return NULL;
}

static bool has_array(core_state *st, PyObject *o) {
  for (Py_ssize_t i = 0; i < (PyTuple_Check(o) ? PyTuple_GET_SIZE(o) : 1); i++)
    if (look(st, PyTuple_Check(o) ? PyTuple_GET_ITEM(o, i) : o) <= AN_ARRAY)
      return true;
  return false;
}

static PyObject *set_fancy(core_state *st, PyObject *x, PyObject *o, PyObject *value) {
  PyObject *f = PyDict_GetItemString(st->staged, "fancy_set_item");
  if (f)
    return PyObject_CallFunctionObjArgs(f, x, o, value, NULL);
  PyErr_SetString(PyExc_RuntimeError, "autograph: 'fancy_set_item' is not registered");
  return NULL;
}

/* Slices alone, of a tensor whose value fits them from its last axis on. */
static PyObject *set_at_run_time(core_state *st, PyObject *x, PyObject *value, key *k) {
  item *at[AG_MAX_RANK] = {NULL};
  int last = 0;
  if (type_of(x).dtype == AG_STR || type_of(value).rank < 0 || type_of(value).rank > type_of(x).rank)
    return not_done(st);
  for (int i = k->lead; i < k->n; i++) {
    if (k->items[i].kind != SLICE)
      return not_done(st);
    at[last++] = &k->items[i];
  }
  return slice_at_run_time(st, x, value, at, last);
}

/* `value` in the shape of `like`, all of which the key names, by broadcasting. */
static PyObject *spread(core_state *st, PyObject *value, PyObject *like, key *k) {
  ag_type v = type_of(value), want = type_of(like);
  if (same_shape(&v, &want))
    return Py_NewRef(value);
  bool known = want.rank >= 0;
  for (int i = 0; i < want.rank; i++)
    known = known && want.dim[i] >= 0;
  if (known) {
    ag_attr shape = {
        .key = AG_KEY_shape, .kind = AG_ATTR_INTS, .n = (uint32_t)want.rank, .ints = want.dim};
    return one(st, AG_OP_BROADCAST, &value, 1, &shape, 1);
  }
  if (v.rank != 0 && want.rank >= 0) /* the run looks whether it fits */
    return set_at_run_time(st, like, value, k);
  uint8_t no = 0; /* sizes that only the run knows: chosen from both, SELECT broadcasts */
  ag_tensor t;
  ag_tensor_scalar(&t, AG_BOOL, &no);
  PyObject *in[] = {tensor_from_value(st, &t), like, value};
  PyObject *out = in[0] ? one(st, AG_OP_SELECT, in, 3, NULL, 0) : NULL;
  Py_XDECREF(in[0]);
  return out;
}

/* Items `from` on of the key as slices of x, a number being a slice of size 1. */
static PyObject *set_slices(core_state *st, PyObject *x, PyObject *value, key *k) {
  ag_type t = type_of(x), v = type_of(value);
  int64_t begin[AG_MAX_RANK], size[AG_MAX_RANK], step[AG_MAX_RANK], shape[3 * AG_MAX_RANK];
  int rank = 0, axis = 0;
  bool reshaped = false;
  for (int i = 0; i < t.rank; i++) {
    begin[i] = 0;
    size[i] = t.dim[i];
    step[i] = 1;
    if (t.dim[i] < 0)
      return set_at_run_time(st, x, value, k);
  }
  for (int i = k->lead; i < k->n; i++) {
    const item *it = &k->items[i];
    int64_t at;
    if (it->kind == NEW_AXIS) {
      shape[rank++] = 1;
      reshaped = true;
      continue;
    }
    axis = it->axis - k->lead;
    if (it->kind == SLICE) {
      if (!resolve(it, t.dim[axis], &begin[axis], &size[axis], &step[axis]))
        return set_at_run_time(st, x, value, k);
      shape[rank++] = size[axis];
    } else {
      if (it->kind == ARRAY || !known_int(it->o, &at))
        return not_done(st);
      if (at < -t.dim[axis] || at >= t.dim[axis])
        return out_of_range(st, at, axis, t.dim[axis]);
      begin[axis] = at < 0 ? at + t.dim[axis] : at;
      size[axis] = 1;
      reshaped = true;
    }
    axis++;
  }
  for (; axis < t.rank; axis++)
    shape[rank++] = t.dim[axis];
  PyObject *region = Py_NewRef(value), *out = NULL;
  if (reshaped && v.rank != 0) { /* first as x[key] is, then as it lies in x */
    ag_attr want = {.key = AG_KEY_shape, .kind = AG_ATTR_INTS, .n = (uint32_t)rank, .ints = shape};
    ag_attr lies = {.key = AG_KEY_shape, .kind = AG_ATTR_INTS, .n = (uint32_t)t.rank, .ints = size};
    if (rank > AG_MAX_RANK) {
      Py_DECREF(region);
      return not_done(st);
    }
    Py_SETREF(region, one(st, AG_OP_BROADCAST, &value, 1, &want, 1));
    if (region)
      Py_SETREF(region, one(st, AG_OP_RESHAPE, &region, 1, &lies, 1));
  }
  ag_attr attrs[] = {
      {.key = AG_KEY_begin, .kind = AG_ATTR_INTS, .n = (uint32_t)t.rank, .ints = begin},
      {.key = AG_KEY_size, .kind = AG_ATTR_INTS, .n = (uint32_t)t.rank, .ints = size},
      {.key = AG_KEY_step, .kind = AG_ATTR_INTS, .n = (uint32_t)t.rank, .ints = step}};
  PyObject *in[] = {x, region};
  if (region)
    out = one(st, AG_OP_SET_SLICE, in, 2, attrs, 3);
  Py_XDECREF(region);
  return out;
}

PyObject *tensor_setitem(core_state *st, PyObject *target, PyObject *o, PyObject *new_value) {
  PyObject *x = as_tensor(st, target, -1, "item assignment"), *value = NULL, *part = NULL,
           *changed = NULL, *result = NULL;
  key k = {.n = 0};
  if (!x)
    return NULL;
  ag_type t = type_of(x);
  value = fitting(st, &t, new_value);
  if (!value)
    goto done;
  if (has_array(st, o)) {
    result = set_fancy(st, x, o, value);
    goto done;
  }
  if (read_key(st, x, o, &k) < 0)
    goto done;
  if (k.rank < 0 && k.lead < k.n) {
    PyErr_SetString(PyExc_IndexError, "setting items needs a known number of dimensions");
    goto done;
  }
  part = take_leading(st, x, &k);
  if (!part)
    goto done;
  changed = rest_is_whole(&k, k.lead) ? spread(st, value, part, &k) : set_slices(st, part, value, &k);
  if (!changed && PyErr_ExceptionMatches(st->exceptions[AG_ERR_UNSUPPORTED])) {
    PyErr_Clear();
    result = set_fancy(st, x, o, value);
  }
  if (changed)
    result = k.lead ? set_leading(st, x, changed, &k) : Py_NewRef(changed);

done:
  drop_key(&k);
  Py_DECREF(x);
  Py_XDECREF(value);
  Py_XDECREF(part);
  Py_XDECREF(changed);
  return result;
}
