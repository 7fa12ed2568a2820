/* number.c - Python's operators on tensors and variables.
 * They hand over to apply.c, which knows how dtypes meet. What cannot be a tensor gets
 * NotImplemented, so that its own reflected operator has its turn. */
#include "tensor_obj.h"

/* True for what may stand beside a tensor: numbers, tensors, variables, arrays, lists. */
static bool is_operand(core_state *st, PyObject *o) {
  PyTypeObject *type = Py_TYPE(o);
  if (type == st->tensor_type || type == &PyLong_Type || type == &PyFloat_Type ||
      type == &PyBool_Type)
    return true;
  if (o == Py_None || PyUnicode_Check(o) || PyBytes_Check(o) || PyDict_Check(o) || PyType_Check(o))
    return false;
  if (PyObject_TypeCheck(o, st->variable_type) || PyObject_CheckBuffer(o) || PyList_Check(o) ||
      PyTuple_Check(o))
    return true;
  if (PyLong_Check(o) || PyFloat_Check(o) || PyComplex_Check(o))
    return true;
  PyObject *array = PyObject_GetAttrString((PyObject *)type, "__array__");
  if (!array)
    PyErr_Clear();
  Py_XDECREF(array);
  return array != NULL;
}

/* A str or bytes beside a string tensor. */
static bool is_text_beside(core_state *st, PyObject *o, PyObject *other) {
  return (PyUnicode_Check(o) || PyBytes_Check(o)) && Py_TYPE(other) == st->tensor_type &&
         tensor_type_of((tensor_obj *)other).dtype == AG_STR;
}

/* Whose operand it is that brought us here. */
static core_state *state_of_either(PyObject *a, PyObject *b) {
  PyNumberMethods *m = Py_TYPE(a)->tp_as_number;
  return core_of_type(Py_TYPE(m && m->nb_add == number_add ? a : b));
}

/* Whether a sequence's own `*` repeats it: lists, and bytearray and array.array, which lend their
 * bytes as arrays do, but have no arithmetic. */
static bool repeats(PyObject *o) {
  if (PyList_Check(o) || PyTuple_Check(o))
    return true;
  PyNumberMethods *number = Py_TYPE(o)->tp_as_number;
  PySequenceMethods *sequence = Py_TYPE(o)->tp_as_sequence;
  return sequence && sequence->sq_repeat && !(number && number->nb_multiply);
}

/* A Python number beside a list: [0] * n repeats it, and nothing else is there for the two. Beside
 * an array the list is one. */
static bool is_list_beside_number(core_state *st, PyObject *list, PyObject *n) {
  return Py_TYPE(n) == st->tensor_type && python_number((tensor_obj *)n) && repeats(list);
}

/* A tensor beside a complex of Python's: staging/complexes.py adds and multiplies the parts of
 * traced numbers, and finds the dtype of others. */
static bool beside_complex(core_state *st, PyObject *number, PyObject *other) {
  return PyComplex_CheckExact(other) && Py_TYPE(number) == st->tensor_type &&
         !((tensor_obj *)number)->alts && !is_dead((tensor_obj *)number);
}

static PyObject *with_complex(core_state *st, const char *op, PyObject *a, PyObject *b) {
  PyObject *beside = PyDict_GetItemString(st->staged, "beside_complex");
  if (!beside) { /* no function has been traced yet */
    PyObject *operators = PyImport_ImportModule("autograph.operators");
    Py_XDECREF(operators);
    beside = operators ? PyDict_GetItemString(st->staged, "beside_complex") : NULL;
  }
  return beside ? PyObject_CallFunction(beside, "sOO", op, a, b) : NULL;
}

/* An int whose class has operators of its own for bits (enum.IntFlag) beside a traced number: the
 * result is of that class, which only Python makes. */
static bool beside_flags(core_state *st, ag_op op, PyObject *number, PyObject *other) {
  if (!(op == AG_OP_BITAND || op == AG_OP_BITOR || op == AG_OP_BITXOR) || !PyLong_Check(other) ||
      PyLong_CheckExact(other) || PyBool_Check(other) || Py_TYPE(number) != st->tensor_type)
    return false;
  PyNumberMethods *m = Py_TYPE(other)->tp_as_number, *ints = PyLong_Type.tp_as_number;
  return (m->nb_and != ints->nb_and || m->nb_or != ints->nb_or || m->nb_xor != ints->nb_xor) &&
         ((tensor_obj *)number)->graph && !((tensor_obj *)number)->alts &&
         !is_dead((tensor_obj *)number) && tensor_type_of((tensor_obj *)number).weak;
}

/* NotImplemented, of which Python makes a TypeError; a variable that is not set is found before. */
static PyObject *not_implemented(core_state *st, PyObject *a, PyObject *b) {
  PyObject *both[] = {a, b};
  for (int i = 0; i < 2; i++) {
    PyObject *read = Py_TYPE(both[i]) == st->tensor_type && ((tensor_obj *)both[i])->alts
                         ? PyDict_GetItemString(st->staged, "ld")
                         : NULL;
    PyObject *value = read ? PyObject_CallFunction(read, "Os", both[i], "value") : NULL;
    if (read && !value)
      return NULL;
    Py_XDECREF(value);
  }
  Py_RETURN_NOTIMPLEMENTED;
}

/* What `@` takes as it is; a vector is a row on the left and a column on the right. */
static bool is_matrix(core_state *st, PyObject *o) {
  return is_tensor(st, o) && tensor_type_of((tensor_obj *)o).rank > 1;
}

static PyObject *binary(ag_op op, PyObject *a, PyObject *b) {
  core_state *st = state_of_either(a, b);
  if (!st)
    return NULL;
  if (beside_complex(st, a, b) || beside_complex(st, b, a))
    return with_complex(st, ag_ops[op].name, a, b);
  if (beside_flags(st, op, a, b) || beside_flags(st, op, b, a))
    return pin(st, (tensor_obj *)(PyLong_Check(b) ? a : b), "beside the flags of an enum");
  if (!(is_operand(st, a) || is_text_beside(st, a, b)) ||
      !(is_operand(st, b) || is_text_beside(st, b, a)) || is_list_beside_number(st, a, b) ||
      is_list_beside_number(st, b, a))
    return not_implemented(st, a, b);
  PyObject *product = op == AG_OP_MATMUL && !(is_matrix(st, a) && is_matrix(st, b))
                          ? PyDict_GetItemString(st->staged, "product")
                          : NULL;
  if (product)
    return PyObject_CallFunctionObjArgs(product, a, b, NULL);
  return apply_binary(st, op, a, b);
}

#define X(name, op)                                                                                \
  PyObject *number_##name(PyObject *a, PyObject *b) { return binary(AG_OP_##op, a, b); }
BINARY_OPERATORS(X)
#undef X

PyObject *number_power(PyObject *a, PyObject *b, PyObject *modulus) {
  if (modulus != Py_None) {
    PyErr_SetString(PyExc_TypeError, "pow() of tensors takes no modulus: write (a ** b) % m");
    return NULL;
  }
  return binary(AG_OP_POW, a, b);
}

PyObject *number_divmod(PyObject *a, PyObject *b) {
  PyObject *q = binary(AG_OP_FLOORDIV, a, b);
  if (!q || q == Py_NotImplemented)
    return q;
  PyObject *r = binary(AG_OP_MOD, a, b), *pair = r ? PyTuple_Pack(2, q, r) : NULL;
  Py_DECREF(q);
  Py_XDECREF(r);
  return pair;
}

static PyObject *unary(ag_op op, PyObject *a) {
  core_state *st = core_of_type(Py_TYPE(a));
  return st ? apply_unary(st, op, a) : NULL;
}

PyObject *number_negative(PyObject *a) { return unary(AG_OP_NEG, a); }
PyObject *number_absolute(PyObject *a) { return unary(AG_OP_ABS, a); }
PyObject *number_invert(PyObject *a) { return unary(AG_OP_INVERT, a); }

/* A number is itself; a traced array is another one with the same elements, as in NumPy. */
PyObject *number_positive(PyObject *a) {
  core_state *st = core_of_type(Py_TYPE(a));
  PyObject *r = st ? as_tensor(st, a, -1, "+") : NULL;
  if (!r || !((tensor_obj *)r)->graph || !tensor_type_of((tensor_obj *)r).rank)
    return r;
  PyObject *made = apply_unary(st, AG_OP_IDENTITY, r);
  Py_DECREF(r);
  return made;
}

/* Whether a comparison asks which of several objects o is: == and !=, and all where none is a
 * tensor. */
static bool asks_which(core_state *st, PyObject *o, int how) {
  tensor_obj *t = (tensor_obj *)o;
  return Py_TYPE(o) == st->tensor_type && t->alts &&
         (how == Py_EQ || how == Py_NE || t->val == AG_NONE);
}

/* == and != with something that is no tensor are False and True, as for any two objects. */
PyObject *number_compare(PyObject *a, PyObject *b, int how) {
  static const ag_op ops[] = {[Py_LT] = AG_OP_LT, [Py_LE] = AG_OP_LE, [Py_EQ] = AG_OP_EQ,
                              [Py_NE] = AG_OP_NE, [Py_GT] = AG_OP_GT, [Py_GE] = AG_OP_GE};
  core_state *st = core_of_type(Py_TYPE(a));
  if (!st)
    return NULL;
  if (asks_which(st, a, how) || asks_which(st, b, how)) {
    static const char *const names[] = {"lt", "le", "eq", "ne", "gt", "ge"};
    PyObject *order = PyDict_GetItemString(st->staged, "order");
    if (order)
      return PyObject_CallFunction(order, "OsO", a, names[how], b);
    PyErr_SetString(PyExc_RuntimeError, "autograph: nothing here compares objects of a choice");
    return NULL;
  }
  bool complex = beside_complex(st, a, b);
  if (complex && (how == Py_EQ || how == Py_NE))
    return with_complex(st, ag_ops[ops[how]].name, a, b);
  if (complex || (!is_operand(st, b) && !is_text_beside(st, b, a)) ||
      is_list_beside_number(st, b, a))
    return not_implemented(st, a, b);
  return apply_binary(st, ops[how], a, b);
}

/* ---- round(), math.floor(), math.ceil(), math.trunc() --------------------------------------- */

/* For Python numbers the result is an int, as in Python; tensors keep their dtype. */
static PyObject *to_whole(PyObject *self, ag_op op) {
  core_state *st = core_of_type(Py_TYPE(self));
  PyObject *x = st ? as_tensor(st, self, -1, "round") : NULL, *whole = NULL;
  if (!x)
    return NULL;
  ag_type type = tensor_type_of((tensor_obj *)x);
  if (!ag_is_float(type.dtype))
    return x;
  PyObject *rounded = apply_unary(st, op, x);
  if (rounded && type.weak)
    apply_raw(st, AG_OP_PYINT, &rounded, 1, NULL, 0, &whole, 1);
  else
    whole = Py_XNewRef(rounded);
  Py_XDECREF(rounded);
  Py_DECREF(x);
  return whole;
}

PyObject *number_floor(PyObject *self, PyObject *unused) {
  (void)unused;
  return to_whole(self, AG_OP_FLOOR);
}

PyObject *number_ceil(PyObject *self, PyObject *unused) {
  (void)unused;
  return to_whole(self, AG_OP_CEIL);
}

PyObject *number_trunc(PyObject *self, PyObject *unused) {
  (void)unused;
  return to_whole(self, AG_OP_TRUNC);
}

/* round(x, digits) rounds the decimal text of the number, which only Python does right: it needs
 * the number itself. */
PyObject *number_round(PyObject *self, PyObject *const *args, Py_ssize_t n) {
  if (n == 0 || (n == 1 && args[0] == Py_None))
    return to_whole(self, AG_OP_ROUND);
  core_state *st = core_of_type(Py_TYPE(self));
  PyObject *x = st ? as_tensor(st, self, -1, "round") : NULL;
  if (!x)
    return NULL;
  PyObject *result = NULL;
  if (n > 1 || !tensor_type_of((tensor_obj *)x).weak) {
    PyErr_SetString(PyExc_TypeError, n > 1 ? "round() takes at most two arguments"
                                           : "round() of a tensor takes no number of digits: "
                                             "write round(x * 10 ** digits) / 10 ** digits");
  } else {
    const ag_tensor *v = one_element(st, x, "the number that round() rounds to given digits");
    PyObject *number = v ? element_object(v->dtype, ag_tensor_data(v)) : NULL;
    PyObject *rounded = number ? PyObject_CallMethod(number, "__round__", "O", args[0]) : NULL;
    result = rounded ? as_tensor(st, rounded, -1, "round") : NULL;
    Py_XDECREF(number);
    Py_XDECREF(rounded);
  }
  Py_DECREF(x);
  return result;
}
