/* dlpack.c - tensors to and from other array libraries through DLPack (dmlc/dlpack 1.1).
 * Out: the versioned form says "read-only" and shares the memory; the old form cannot say so, and
 * gets a copy. In: memory of the CPU is shared when its elements lie together, and copied
 * otherwise. */
#include "tensor_obj.h"

#include <string.h>

/* ABI of dlpack.h. */
typedef struct dl_tensor {
  void *data;
  struct {
    int32_t type, id;
  } device;
  int32_t rank;
  struct {
    uint8_t code, bits;
    uint16_t lanes;
  } dtype;
  int64_t *shape, *strides;
  uint64_t byte_offset;
} dl_tensor;
typedef struct dl_managed {
  dl_tensor t;
  void *ctx;
  void (*deleter)(struct dl_managed *self);
} dl_managed;
typedef struct dl_versioned {
  uint32_t major, minor;
  void *ctx;
  void (*deleter)(struct dl_versioned *self);
  uint64_t flags;
  dl_tensor t;
} dl_versioned;
enum { DL_CPU = 1, DL_CUDA_HOST = 3, DL_READ_ONLY = 1, DL_COPIED = 2 };
enum { DL_INT, DL_UINT, DL_FLOAT, DL_BFLOAT = 4, DL_COMPLEX, DL_BOOL };

static const struct {
  uint8_t code, known;
} dl_codes[AG_DTYPE_COUNT] = {
    [AG_BOOL] = {DL_BOOL, 1}, [AG_I8] = {DL_INT, 1},      [AG_I16] = {DL_INT, 1},
    [AG_I32] = {DL_INT, 1},   [AG_I64] = {DL_INT, 1},     [AG_U8] = {DL_UINT, 1},
    [AG_U16] = {DL_UINT, 1},  [AG_U32] = {DL_UINT, 1},    [AG_U64] = {DL_UINT, 1},
    [AG_F16] = {DL_FLOAT, 1}, [AG_BF16] = {DL_BFLOAT, 1}, [AG_F32] = {DL_FLOAT, 1},
    [AG_F64] = {DL_FLOAT, 1}, [AG_C64] = {DL_COMPLEX, 1}, [AG_C128] = {DL_COMPLEX, 1},
};

/* ---- out ------------------------------------------------------------------------------------- */

/* What a capsule owns: one share of the tensor, with its sizes. */
typedef struct lease {
  union {
    dl_managed old;
    dl_versioned now;
  } m;
  ag_tensor t;
  int64_t dim[AG_MAX_RANK], stride[AG_MAX_RANK];
} lease;

static void drop_lease(lease *l) {
  ag_tensor_unref(&l->t);
  ag_free(l);
}
static void delete_old(dl_managed *m) { drop_lease(m->ctx); }
static void delete_now(dl_versioned *m) { drop_lease(m->ctx); }

static void drop_old_capsule(PyObject *capsule) { /* a used one has another name */
  if (PyCapsule_IsValid(capsule, "dltensor"))
    delete_old(PyCapsule_GetPointer(capsule, "dltensor"));
}
static void drop_now_capsule(PyObject *capsule) {
  if (PyCapsule_IsValid(capsule, "dltensor_versioned"))
    delete_now(PyCapsule_GetPointer(capsule, "dltensor_versioned"));
}

static int fill_lease(lease *l, dl_tensor *d, const ag_tensor *t, bool copy) {
  if (copy) {
    if (tensor_from_strided(t->dtype, t->rank, t->dim, NULL, ag_tensor_data(t), false, &l->t) < 0)
      return -1;
  } else {
    ag_tensor_ref(t, &l->t);
  }
  int64_t step = 1;
  for (int i = t->rank - 1; i >= 0; i--) {
    l->dim[i] = t->dim[i];
    l->stride[i] = step;
    step *= t->dim[i];
  }
  d->data = ag_tensor_data(&l->t); /* of the share: a 0-d value lies inside it */
  d->device.type = DL_CPU;
  d->rank = t->rank;
  d->dtype.code = dl_codes[t->dtype].code;
  d->dtype.bits = (uint8_t)(ag_dtype_size(t->dtype) * 8);
  d->dtype.lanes = 1;
  d->shape = l->dim;
  d->strides = l->stride;
  return 0;
}

static PyObject *export(const ag_tensor *t, bool versioned, bool copy) {
  lease *l = ag_calloc(1, sizeof *l);
  if (!l)
    return PyErr_NoMemory();
  dl_tensor *d = versioned ? &l->m.now.t : &l->m.old.t;
  if (fill_lease(l, d, t, copy) < 0) {
    ag_free(l);
    return NULL;
  }
  PyObject *capsule;
  if (versioned) {
    l->m.now.major = 1;
    l->m.now.minor = 1;
    l->m.now.ctx = l;
    l->m.now.deleter = delete_now;
    l->m.now.flags = copy ? DL_COPIED : DL_READ_ONLY;
    capsule = PyCapsule_New(&l->m.now, "dltensor_versioned", drop_now_capsule);
  } else {
    l->m.old.ctx = l;
    l->m.old.deleter = delete_old;
    capsule = PyCapsule_New(&l->m.old, "dltensor", drop_old_capsule);
  }
  if (!capsule)
    drop_lease(l);
  return capsule;
}

/* __dlpack__(*, stream=None, max_version=None, dl_device=None, copy=None) */
PyObject *tensor_dlpack(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
  static const char *const known[] = {"stream", "max_version", "dl_device", "copy"};
  PyObject *given[] = {Py_None, Py_None, Py_None, Py_None};
  tensor_obj *t = (tensor_obj *)self;
  if (n) {
    PyErr_SetString(PyExc_TypeError, "__dlpack__() takes keyword arguments only");
    return NULL;
  }
  for (Py_ssize_t i = 0; names && i < PyTuple_GET_SIZE(names); i++) {
    PyObject *name = PyTuple_GET_ITEM(names, i);
    size_t k = 0;
    while (k < 4 && PyUnicode_CompareWithASCIIString(name, known[k]) != 0)
      k++;
    if (k == 4) {
      PyErr_Format(PyExc_TypeError, "__dlpack__() got an unexpected keyword argument '%U'", name);
      return NULL;
    }
    given[k] = args[i];
  }
  if (t->graph) {
    PyErr_SetString(PyExc_BufferError, "a symbolic tensor has no elements until the graph runs");
    return NULL;
  }
  if (!dl_codes[t->t.dtype].known) {
    PyErr_Format(PyExc_BufferError, "DLPack has no %s", ag_dtype_name(t->t.dtype));
    return NULL;
  }
  long major = 0, minor = 0, device = DL_CPU, id = 0;
  for (int i = 1; i <= 2; i++)
    if (given[i] != Py_None && !PyTuple_Check(given[i]))
      return PyErr_Format(PyExc_TypeError, "__dlpack__: %s is a pair of ints", known[i]);
  if (given[1] != Py_None && !PyArg_ParseTuple(given[1], "ll", &major, &minor))
    return NULL;
  if (given[2] != Py_None && !PyArg_ParseTuple(given[2], "ll", &device, &id))
    return NULL;
  if (device != DL_CPU || given[0] != Py_None) {
    PyErr_SetString(PyExc_BufferError,
                    "this tensor lies in the memory of the CPU, which has no streams");
    return NULL;
  }
  int copy = given[3] == Py_None ? 0 : PyObject_IsTrue(given[3]);
  if (copy < 0)
    return NULL;
  if (major < 1 && given[3] == Py_False) {
    PyErr_SetString(PyExc_BufferError, "a tensor is read-only, which DLPack says since version 1: "
                                       "ask for max_version=(1, 0) or for a copy");
    return NULL;
  }
  return export(&t->t, major >= 1, copy || major < 1);
}

PyObject *tensor_dlpack_device(PyObject *self, PyObject *unused) {
  (void)self;
  (void)unused;
  return Py_BuildValue("(ii)", DL_CPU, 0);
}

/* ---- in -------------------------------------------------------------------------------------- */

/* A buffer over another library's memory; `host` is what its deleter takes. */
static void release_old(ag_buffer *b) {
  dl_managed *m = b->host;
  if (m->deleter)
    m->deleter(m);
  ag_free(b);
}
static void release_now(ag_buffer *b) {
  dl_versioned *m = b->host;
  if (m->deleter)
    m->deleter(m);
  ag_free(b);
}

static int find_dtype(const dl_tensor *d, ag_dtype *out) {
  for (int i = 0; i < AG_DTYPE_COUNT; i++)
    if (dl_codes[i].known && dl_codes[i].code == d->dtype.code &&
        ag_dtype_size((ag_dtype)i) * 8 == d->dtype.bits && d->dtype.lanes == 1) {
      *out = (ag_dtype)i;
      return 0;
    }
  PyErr_Format(PyExc_TypeError,
               "from_dlpack: elements of code %d, %d bits, %d lanes have no dtype here",
               d->dtype.code, d->dtype.bits, d->dtype.lanes);
  return -1;
}

/* Takes the managed tensor over on success; *copied when its memory is not used any more. */
static int import(const dl_tensor *d, void *managed, void (*release)(ag_buffer *), ag_tensor *out,
                  bool *copied) {
  ag_dtype dtype;
  *copied = false;
  if (find_dtype(d, &dtype) < 0)
    return -1;
  if (d->device.type != DL_CPU && d->device.type != DL_CUDA_HOST) {
    PyErr_SetString(PyExc_BufferError,
                    "from_dlpack: the array does not lie in the memory of the CPU");
    return -1;
  }
  if (d->rank < 0 || d->rank > AG_MAX_RANK) {
    PyErr_Format(PyExc_ValueError, "from_dlpack: %d dimensions, at most %d are possible", d->rank,
                 AG_MAX_RANK);
    return -1;
  }
  size_t item = ag_dtype_size(dtype);
  int64_t stride[AG_MAX_RANK], step = (int64_t)item;
  bool together = true;
  for (int i = d->rank - 1; i >= 0; i--) {
    stride[i] = d->strides ? d->strides[i] * (int64_t)item : step;
    if (d->shape[i] != 1 && stride[i] != step)
      together = false;
    step *= d->shape[i];
  }
  char *data = (char *)d->data + d->byte_offset;
  if (d->rank == 0 || step == 0 || !together || (uintptr_t)data % item || dtype == AG_BOOL) {
    *copied = true;
    return tensor_from_strided(dtype, d->rank, d->shape, stride, data, false, out);
  }
  ag_buffer *b = ag_calloc(1, sizeof *b);
  if (!b) {
    PyErr_NoMemory();
    return -1;
  }
  *b = (ag_buffer){
      .refs = 1, .bytes = (size_t)step, .data = data, .release = release, .host = managed};
  memset(out, 0, sizeof *out);
  out->data = data;
  out->owner = b;
  out->dtype = (uint8_t)dtype;
  out->rank = (int8_t)d->rank;
  out->flags = AG_TENSOR_READONLY;
  memcpy(out->dim, d->shape, sizeof *out->dim * (size_t)d->rank);
  return 0;
}

static PyObject *call_dlpack(PyObject *o) {
  PyObject *method = PyObject_GetAttrString(o, "__dlpack__");
  PyObject *none = PyTuple_New(0), *version = Py_BuildValue("{s:(ii)}", "max_version", 1, 1);
  PyObject *capsule = method && none && version ? PyObject_Call(method, none, version) : NULL;
  if (!capsule && method && PyErr_ExceptionMatches(PyExc_TypeError)) { /* from before version 1 */
    PyErr_Clear();
    capsule = PyObject_CallNoArgs(method);
  }
  Py_XDECREF(method);
  Py_XDECREF(none);
  Py_XDECREF(version);
  return capsule;
}

PyDoc_STRVAR(from_dlpack_doc,
             "from_dlpack($module, x, /)\n--\n\n"
             "A tensor over the elements of `x`, an object with __dlpack__ or a capsule of one. "
             "The memory is\n"
             "shared where its elements lie together: who changes it changes the tensor.\n"
             "TypeError for other objects and dtypes, BufferError for other devices.");
static PyObject *from_dlpack(PyObject *module, PyObject *o) {
  core_state *st = core_of(module);
  PyObject *capsule = PyCapsule_CheckExact(o) ? Py_NewRef(o) : call_dlpack(o);
  if (!capsule) {
    if (PyErr_ExceptionMatches(PyExc_AttributeError))
      PyErr_Format(PyExc_TypeError, "from_dlpack: a %s has no __dlpack__", Py_TYPE(o)->tp_name);
    return NULL;
  }
  ag_tensor t;
  bool copied = false;
  int failed = -1;
  if (PyCapsule_IsValid(capsule, "dltensor_versioned")) {
    dl_versioned *m = PyCapsule_GetPointer(capsule, "dltensor_versioned");
    if (m->major > 1)
      PyErr_Format(PyExc_BufferError, "from_dlpack: version %u of DLPack is not known", m->major);
    else
      failed = import(&m->t, m, release_now, &t, &copied);
    if (!failed && !copied)
      PyCapsule_SetName(capsule, "used_dltensor_versioned");
  } else if (PyCapsule_IsValid(capsule, "dltensor")) {
    dl_managed *m = PyCapsule_GetPointer(capsule, "dltensor");
    failed = import(&m->t, m, release_old, &t, &copied);
    if (!failed && !copied)
      PyCapsule_SetName(capsule, "used_dltensor");
  } else {
    PyErr_SetString(PyExc_ValueError,
                    "from_dlpack: this capsule holds no tensor, or was used before");
  }
  Py_DECREF(capsule); /* an unused one drops the array: its elements were copied */
  return failed ? NULL : tensor_from_value(st, &t);
}

static PyMethodDef functions[] = {{"from_dlpack", from_dlpack, METH_O, from_dlpack_doc}, {0}};

int add_dlpack(PyObject *module, core_state *st) {
  (void)st;
  return PyModule_AddFunctions(module, functions);
}
