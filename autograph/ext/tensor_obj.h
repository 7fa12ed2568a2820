/* tensor_obj.h - what the files that make up the Tensor type share; Variable borrows the operators.
 */
#ifndef AG_EXT_TENSOR_OBJ_H
#define AG_EXT_TENSOR_OBJ_H

#include "state.h"

/* tensor.c */
/* The value of an eager tensor, or of a constant of a graph; NULL when only a run will tell. Lent.
 */
const ag_tensor *known_value(const tensor_obj *t);
/* True when the handle's value was undone, so that nothing can be said of it. */
static inline bool is_dead(const tensor_obj *t) {
  return t->graph && !t->alts && t->val == AG_NONE;
}
/* bools.c: whether it is a bool of Python's, which no tensor had a part in; -1 without memory */
int python_bool(const tensor_obj *t);
bool python_number(const tensor_obj *t); /* an int, float or bool of Python's */
PyObject *tensor_alloc(core_state *st); /* an eager tensor that holds nothing yet */
tensor_obj *tensor_handle(core_state *st, graph_obj *g); /* a symbolic one, not interned */

/* items.c */
PyObject *element_object(ag_dtype d, const void *p); /* one element as a Python object */
/* A function that Python registered in _core.staged, of one or two (b not NULL) arguments. */
PyObject *call_staged(core_state *st, const char *name, PyObject *a, PyObject *b);
const ag_tensor *one_element(core_state *st, PyObject *self,
                             const char *what); /* known and of size 1; else raises */
PyObject *tensor_item(PyObject *self, PyObject *const *args, Py_ssize_t n);
PyObject *tensor_tolist(PyObject *self, PyObject *unused);
PyObject *tensor_iter(PyObject *self);
Py_ssize_t tensor_len(PyObject *self);
int tensor_bool(PyObject *self);
PyObject *tensor_int(PyObject *self);
PyObject *tensor_float(PyObject *self);
PyObject *tensor_index(PyObject *self);
PyObject *tensor_complex(PyObject *self, PyObject *unused);

/* text.c */
PyObject *tensor_repr(PyObject *self);
PyObject *tensor_str(PyObject *self);
PyObject *tensor_format(PyObject *self, PyObject *spec);

/* buffer.c, dlpack.c */
int tensor_getbuffer(PyObject *self, Py_buffer *view, int flags);
void tensor_releasebuffer(PyObject *self, Py_buffer *view);
PyObject *tensor_numpy(PyObject *self, PyObject *unused);
PyObject *tensor_array(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names);
PyObject *tensor_dlpack(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names);
PyObject *tensor_dlpack_device(PyObject *self, PyObject *unused);
int add_dlpack(PyObject *module, core_state *st);
/* The elements of a described array, copied (and put in order, aligned, in this machine's byte
 * order). Strides in bytes, NULL for contiguous. */
int tensor_from_strided(ag_dtype d, int rank, const int64_t *dim, const int64_t *stride,
                        const void *data, bool swapped, ag_tensor *out);
/* A PEP 3118 format as a dtype; *swapped: the other byte order. False when it is none of ours. */
bool dtype_of_format(const char *format, Py_ssize_t size, ag_dtype *out, bool *swapped);
/* 1: o has a buffer and *out is its copy; 0: it has none; -1: it has one that cannot be taken. */
int value_from_buffer(PyObject *o, const char *what, ag_tensor *out);
PyObject *numpy_module(core_state *st); /* borrowed; imports it */

/* number.c: the operators, for both types; either operand may be the foreign one */
#define BINARY_OPERATORS(X)                                                                        \
  X(add, ADD)                                                                                      \
  X(subtract, SUB) X(multiply, MUL) X(true_divide, DIV) X(floor_divide, FLOORDIV)                  \
      X(remainder, MOD) X(and, BITAND) X(or, BITOR) X(xor, BITXOR) X(lshift, SHL) X(rshift, SHR)   \
          X(matrix_multiply, MATMUL)
#define X(name, op) PyObject *number_##name(PyObject *a, PyObject *b);
BINARY_OPERATORS(X)
#undef X
PyObject *number_power(PyObject *a, PyObject *b, PyObject *modulus);
PyObject *number_divmod(PyObject *a, PyObject *b);
PyObject *number_negative(PyObject *a);
PyObject *number_positive(PyObject *a);
PyObject *number_absolute(PyObject *a);
PyObject *number_invert(PyObject *a);
PyObject *number_compare(PyObject *a, PyObject *b, int how);
PyObject *number_round(PyObject *self, PyObject *const *args, Py_ssize_t n);
PyObject *number_floor(PyObject *self, PyObject *unused);
PyObject *number_ceil(PyObject *self, PyObject *unused);
PyObject *number_trunc(PyObject *self, PyObject *unused);
/* clang-format off */
#define NUMBER_SLOTS                                                                               \
  {Py_nb_add, number_add}, {Py_nb_subtract, number_subtract}, {Py_nb_multiply, number_multiply},   \
  {Py_nb_true_divide, number_true_divide}, {Py_nb_floor_divide, number_floor_divide},              \
  {Py_nb_remainder, number_remainder}, {Py_nb_and, number_and}, {Py_nb_or, number_or},             \
  {Py_nb_xor, number_xor}, {Py_nb_lshift, number_lshift}, {Py_nb_rshift, number_rshift},           \
  {Py_nb_matrix_multiply, number_matrix_multiply}, {Py_nb_power, number_power},                    \
  {Py_nb_divmod, number_divmod}, {Py_nb_negative, number_negative},                                \
  {Py_nb_positive, number_positive}, {Py_nb_absolute, number_absolute},                            \
  {Py_nb_invert, number_invert}, {Py_tp_richcompare, number_compare}
#define NUMBER_METHODS                                                                             \
  {"__round__", (PyCFunction)(void (*)(void))number_round, METH_FASTCALL, NULL},                   \
  {"__floor__", number_floor, METH_NOARGS, NULL}, {"__ceil__", number_ceil, METH_NOARGS, NULL},    \
  {"__trunc__", number_trunc, METH_NOARGS, NULL}
/* clang-format on */

#endif
