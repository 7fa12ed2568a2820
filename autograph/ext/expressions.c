/* expressions.c - the operators of converted code for comparisons, items, attributes and the like.
 * Outside a trace each is Python's own; in a trace, too, where its operands are of types that hold
 * no traced value. The rest is decided by staged[name], which operators.py registers. */
#include "control.h"

#include <string.h>

/* True when `is` and an undefined variable mean for o what they mean in Python. */
static bool ordinary(core_state *st, PyObject *o) {
  PyTypeObject *t = Py_TYPE(o);
  if (t == st->tensor_type)
    return !((tensor_obj *)o)->alts;
  return plain_value(o) || t == &PyTuple_Type || t == &PyList_Type || t == &PyDict_Type ||
         t == &PySet_Type || t == &PyFunction_Type || t == &PyType_Type;
}

/* ---- comparisons ------------------------------------------------------------------------------
 */

static bool is_traced(core_state *st, PyObject *o) {
  return Py_TYPE(o) == st->tensor_type && ((tensor_obj *)o)->graph;
}

/* Whether `is` of these is Python's. */
static bool same(core_state *st, PyObject *const *args) {
  for (int i = 0; i < 2; i++) /* a traced bool of Python's is one of the two */
    if (PyBool_Check(args[i]) && is_traced(st, args[!i]))
      return !trace_current();
  if (args[0] != args[1] && is_traced(st, args[0]) && is_traced(st, args[1]))
    return !trace_current(); /* the caller may have given one array twice */
  graph_obj *g = trace_current();
  bool copies = args[0] != args[1] && PyDict_CheckExact(args[0]) &&
                PyDict_CheckExact(args[1]); /* of which some may be one */
  return !g || (!copies && ordinary(st, args[0]) && ordinary(st, args[1]));
}

PyDoc_STRVAR(is_doc,
             "is_($module, a, b, /)\n--\n\n`a is b`; for a value that may be absent, whether "
             "it is that object in this run.");
static PyObject *is_(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  if (!arity("is_", n, 2, 2))
    return NULL;
  return same(st, args) ? PyBool_FromLong(args[0] == args[1]) : record(st, "is_", args, 2);
}

PyDoc_STRVAR(is_not_doc, "is_not($module, a, b, /)\n--\n\n`a is not b`, as is_().");
static PyObject *is_not(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  if (!arity("is_not", n, 2, 2))
    return NULL;
  return same(st, args) ? PyBool_FromLong(args[0] != args[1]) : record(st, "is_not", args, 2);
}

/* 1, 0, or -1 with an exception; *staged when the answer is not Python's. */
static int contains(PyObject *const *args, bool *staged) {
  PyTypeObject *box = Py_TYPE(args[1]);
  *staged = trace_current() &&
            !(plain_value(args[0]) && (box == &PyDict_Type || box == &PySet_Type ||
                                       box == &PyFrozenSet_Type || box == &PyRange_Type));
  return *staged ? 0 : PySequence_Contains(args[1], args[0]);
}

PyDoc_STRVAR(in_doc, "in_($module, item, box, /)\n--\n\n`item in box`.");
static PyObject *in_(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  bool staged;
  if (!arity("in_", n, 2, 2))
    return NULL;
  int found = contains(args, &staged);
  if (staged)
    return record(core_of(module), "in_", args, 2);
  return found < 0 ? NULL : PyBool_FromLong(found);
}

PyDoc_STRVAR(not_in_doc, "not_in($module, item, box, /)\n--\n\n`item not in box`.");
static PyObject *not_in(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  bool staged;
  if (!arity("not_in", n, 2, 2))
    return NULL;
  int found = contains(args, &staged);
  if (staged)
    return record(core_of(module), "not_in", args, 2);
  return found < 0 ? NULL : PyBool_FromLong(!found);
}

/* `a op b`, op one of Py_LT ... Py_GE. Of tuples and records Python compares the parts, and asks
 * each for its truth: where these may be traced, staged["order"] does it. */
static PyObject *ordered(core_state *st, PyObject *a, PyObject *b, int op) {
  if (trace_current() && Py_TYPE(a) != st->tensor_type && Py_TYPE(b) != st->tensor_type &&
      !plain_value(a) && !plain_value(b)) {
    static const char *const names[] = {"lt", "le", "eq", "ne", "gt", "ge"};
    PyObject *name = PyUnicode_FromString(names[op]);
    PyObject *r = name ? record(st, "order", (PyObject *[]){a, name, b}, 3) : NULL;
    Py_XDECREF(name);
    return r;
  }
  return PyObject_RichCompare(a, b, op);
}

#define ORDER(name, sign, op)                                                                      \
  PyDoc_STRVAR(name##_doc, #name "($module, a, b, /)\n--\n\n`a " sign " b`.");                     \
  static PyObject *name(PyObject *module, PyObject *const *args, Py_ssize_t n) {                   \
    return arity(#name, n, 2, 2) ? ordered(core_of(module), args[0], args[1], op) : NULL;          \
  }
ORDER(lt, "<", Py_LT)
ORDER(le, "<=", Py_LE)
ORDER(eq, "==", Py_EQ)
ORDER(ne, "!=", Py_NE)
ORDER(gt, ">", Py_GT)
ORDER(ge, ">=", Py_GE)

/* `a op b`; op is what the converter wrote. */
static PyObject *compared(PyObject *module, PyObject *a, PyObject *op, PyObject *b) {
  static const struct {
    const char *text;
    int op;
  } rich[] = {{"<", Py_LT},  {"<=", Py_LE}, {">", Py_GT},
              {">=", Py_GE}, {"==", Py_EQ}, {"!=", Py_NE}};
  static const struct {
    const char *text;
    PyObject *(*run)(PyObject *, PyObject *const *, Py_ssize_t);
  } other[] = {{"is", is_}, {"is not", is_not}, {"in", in_}, {"not in", not_in}};
  const char *text = PyUnicode_AsUTF8(op);
  if (!text)
    return NULL;
  for (size_t i = 0; i < sizeof rich / sizeof *rich; i++)
    if (!strcmp(rich[i].text, text))
      return ordered(core_of(module), a, b, rich[i].op);
  PyObject *both[] = {a, b};
  for (size_t i = 0; i < sizeof other / sizeof *other; i++)
    if (!strcmp(other[i].text, text))
      return other[i].run(module, both, 2);
  return PyErr_Format(PyExc_ValueError, "compare: there is no operator %R", op);
}

PyDoc_STRVAR(
    compare_doc,
    "compare($module, left, op, right, /, *rest)\n--\n\n`left op right() ...`: a chain; each "
    "operand is evaluated once, and only when needed.");
static PyObject *compare(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  if (n < 3 || n % 2 == 0) {
    PyErr_SetString(PyExc_TypeError, "compare takes a value, then operators and operands in turn");
    return NULL;
  }
  PyObject *left = Py_NewRef(args[0]), *truth = NULL;
  for (Py_ssize_t i = 1; i < n; i += 2) {
    if (truth) { /* the links before this one decide whether it is looked at */
      if (symbolic(st, truth)) {
        PyObject *rest = PyTuple_New(n - i);
        PyObject *r = NULL;
        if (rest) {
          for (Py_ssize_t k = i; k < n; k++)
            PyTuple_SET_ITEM(rest, k - i, Py_NewRef(args[k]));
          r = record(st, "compare_rest", (PyObject *[]){truth, left, rest}, 3);
          Py_DECREF(rest);
        }
        Py_DECREF(left);
        Py_DECREF(truth);
        return r;
      }
      int holds = PyObject_IsTrue(truth);
      if (holds <= 0) {
        Py_DECREF(left);
        if (holds < 0)
          Py_CLEAR(truth);
        return truth;
      }
      Py_CLEAR(truth);
    }
    PyObject *right = made(st, PyObject_CallNoArgs(args[i + 1]));
    truth = right ? compared(module, left, args[i], right) : NULL;
    Py_XSETREF(left, right);
    if (!truth) {
      Py_XDECREF(left);
      return NULL;
    }
  }
  Py_DECREF(left);
  return truth;
}

/* ---- reads and items --------------------------------------------------------------------------
 */

PyDoc_STRVAR(ld_doc, "ld($module, value, name, /)\n--\n\n"
                     "A read where Python would notice an undefined variable.");
static PyObject *ld(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  if (!arity("ld", n, 2, 2))
    return NULL;
  if (args[0] != st->undefined && (!trace_current() || ordinary(st, args[0])))
    return Py_NewRef(args[0]);
  return record(st, "ld", args, 2);
}

/* Arguments stand in the order in which Python evaluates them: the value of `=` comes first, the
 * old one of `op=` is read before the value. A box that is an item itself stands behind the way to
 * it: `x[i][j] = v` is set_item(v, x, i, x[i], j), since a tensor x is replaced by its update. */
static PyObject *stored(PyObject *box, PyObject *key, PyObject *value, PyObject *root) {
  return PyObject_SetItem(box, key, value) < 0 ? NULL : Py_NewRef(root);
}

PyDoc_STRVAR(set_item_doc, "set_item($module, value, box, key, /, *deeper)\n--\n\n"
                           "`box[key] = value`; returns what the name is bound to afterwards.\n"
                           "`box[key][k] = value` where `deeper` is box[key], k; and so on.");
static PyObject *set_item(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  if (!arity("set_item", n, 3, PY_SSIZE_T_MAX))
    return NULL;
  if (trace_current())
    return record(core_of(module), "set_item", args, n);
  return stored(args[n - 2], args[n - 1], args[0], args[1]);
}

PyDoc_STRVAR(del_item_doc, "del_item($module, box, key, /)\n--\n\n`del box[key]`.");
static PyObject *del_item(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  if (!arity("del_item", n, 2, 2))
    return NULL;
  if (trace_current())
    return record(core_of(module), "del_item", args, 2);
  return PyObject_DelItem(args[0], args[1]) < 0 ? NULL : Py_NewRef(Py_None);
}

PyDoc_STRVAR(set_item_attr_doc, "set_item_attr($module, value, owner, attr, box, key, /, *deeper)"
                                "\n--\n\n"
                                "`owner.attr[key] = value`, `box` what owner.attr is; `deeper` as "
                                "in set_item().");
static PyObject *set_item_attr(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  if (!arity("set_item_attr", n, 5, PY_SSIZE_T_MAX))
    return NULL;
  if (trace_current())
    return record(core_of(module), "set_item_attr", args, n);
  return stored(args[n - 2], args[n - 1], args[0], args[3]);
}

/* `a op= b` */
static PyObject *augmented(PyObject *a, PyObject *op, PyObject *b) {
  static const struct {
    const char *text;
    binaryfunc run;
  } table[] = {
      {"+", PyNumber_InPlaceAdd},
      {"-", PyNumber_InPlaceSubtract},
      {"*", PyNumber_InPlaceMultiply},
      {"/", PyNumber_InPlaceTrueDivide},
      {"//", PyNumber_InPlaceFloorDivide},
      {"%", PyNumber_InPlaceRemainder},
      {"@", PyNumber_InPlaceMatrixMultiply},
      {"&", PyNumber_InPlaceAnd},
      {"|", PyNumber_InPlaceOr},
      {"^", PyNumber_InPlaceXor},
      {"<<", PyNumber_InPlaceLshift},
      {">>", PyNumber_InPlaceRshift},
  };
  const char *text = PyUnicode_AsUTF8(op);
  if (!text)
    return NULL;
  if (!strcmp(text, "**"))
    return PyNumber_InPlacePower(a, b, Py_None);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (!strcmp(table[i].text, text))
      return table[i].run(a, b);
  return PyErr_Format(PyExc_ValueError, "there is no operator %R=", op);
}

/* The arguments of aug_item, and what it returns. */
static PyObject *stored_augmented(PyObject *const *args, Py_ssize_t n, PyObject *root) {
  PyObject *new = augmented(args[n - 2], args[n - 3], args[n - 1]);
  PyObject *box = new ? stored(args[n - 5], args[n - 4], new, root) : NULL;
  Py_XDECREF(new);
  return box;
}

PyDoc_STRVAR(
    aug_item_doc,
    "aug_item($module, /, *way)\n--\n\n"
    "`box[key] op= value` of way = box, key, op, old, value, `old` what box[key] is; returns "
    "as set_item(). What it has before the key is as in set_item().");
static PyObject *aug_item(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  if (!arity("aug_item", n, 5, PY_SSIZE_T_MAX))
    return NULL;
  if (trace_current())
    return record(core_of(module), "aug_item", args, n);
  return stored_augmented(args, n, args[0]);
}

PyDoc_STRVAR(
    aug_item_attr_doc,
    "aug_item_attr($module, owner, attr, /, *way)\n--\n\n"
    "`owner.attr[key] op= value` of way = box, key, op, old, value as in aug_item(), `box` "
    "what owner.attr is.");
static PyObject *aug_item_attr(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  if (!arity("aug_item_attr", n, 7, PY_SSIZE_T_MAX))
    return NULL;
  if (trace_current())
    return record(core_of(module), "aug_item_attr", args, n);
  return stored_augmented(args, n, args[2]);
}

/* ---- attributes -------------------------------------------------------------------------------
 */

PyDoc_STRVAR(set_attr_doc, "set_attr($module, value, owner, attr, /)\n--\n\n`owner.attr = value`.");
static PyObject *set_attr(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  if (!arity("set_attr", n, 3, 3))
    return NULL;
  if (trace_current())
    return record(core_of(module), "set_attr", args, 3);
  return PyObject_SetAttr(args[1], args[2], args[0]) < 0 ? NULL : Py_NewRef(Py_None);
}

PyDoc_STRVAR(del_attr_doc, "del_attr($module, owner, attr, /)\n--\n\n`del owner.attr`.");
static PyObject *del_attr(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  if (!arity("del_attr", n, 2, 2))
    return NULL;
  if (trace_current())
    return record(core_of(module), "del_attr", args, 2);
  return PyObject_DelAttr(args[0], args[1]) < 0 ? NULL : Py_NewRef(Py_None);
}

PyDoc_STRVAR(aug_attr_doc, "aug_attr($module, owner, attr, op, old, value, /)\n--\n\n"
                           "`owner.attr op= value`, `old` what owner.attr is.");
static PyObject *aug_attr(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  if (!arity("aug_attr", n, 5, 5))
    return NULL;
  if (trace_current())
    return record(core_of(module), "aug_attr", args, 5);
  PyObject *new = augmented(args[3], args[2], args[4]);
  int set = new ? PyObject_SetAttr(args[0], args[1], new) : -1;
  Py_XDECREF(new);
  return set < 0 ? NULL : Py_NewRef(Py_None);
}

/* ---- the rest ---------------------------------------------------------------------------------
 */

PyDoc_STRVAR(assert_doc, "assert_($module, test, message=None, /)\n--\n\n"
                         "`assert test, message()`.");
static PyObject *assert_(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  if (!arity("assert_", n, 1, 2))
    return NULL;
  if (symbolic(st, args[0]) || says_truth(args[0]))
    return record(st, "assert_", args, n);
  int holds = PyObject_IsTrue(args[0]);
  if (holds)
    return holds < 0 ? NULL : Py_NewRef(Py_None);
  return record(st, "assert_", (PyObject *[]){Py_False, n > 1 ? args[1] : Py_None}, 2);
}

PyDoc_STRVAR(text_doc,
             "text($module, string, /)\n--\n\nAn f-string: its text may hold traced values.");
static PyObject *text(PyObject *module, PyObject *string) {
  return trace_current() ? record(core_of(module), "text", &string, 1) : Py_NewRef(string);
}

PyDoc_STRVAR(listcomp_doc,
             "listcomp($module, iterable, element, cond=None, unpack=None, /)\n--\n\n"
             "[element(x) for x in iterable if cond(x)]. With `unpack` an item is several "
             "arguments of both, and what element gives may be a clause(): the next `for`.");
static PyObject *listcomp(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  if (!arity("listcomp", n, 2, 4))
    return NULL;
  if (trace_current() || n > 3)
    return record(core_of(module), "listcomp", args, n);
  PyObject *it = PyObject_GetIter(args[0]), *list = it ? PyList_New(0) : NULL, *x = NULL;
  while (list && (x = PyIter_Next(it))) {
    int keep = 1;
    if (n > 2 && args[2] != Py_None) {
      PyObject *cond = PyObject_CallOneArg(args[2], x);
      keep = cond ? PyObject_IsTrue(cond) : -1;
      Py_XDECREF(cond);
    }
    PyObject *item = keep > 0 ? PyObject_CallOneArg(args[1], x) : NULL;
    Py_DECREF(x);
    if (keep < 0 || (keep && (!item || PyList_Append(list, item) < 0)))
      Py_CLEAR(list);
    Py_XDECREF(item);
  }
  Py_XDECREF(it);
  if (list && PyErr_Occurred())
    Py_CLEAR(list);
  return list;
}

#define FAST(f) (PyCFunction)(void (*)(void))(f), METH_FASTCALL
static PyMethodDef expression_functions[] = {
    {"is_", FAST(is_), is_doc},
    {"is_not", FAST(is_not), is_not_doc},
    {"in_", FAST(in_), in_doc},
    {"not_in", FAST(not_in), not_in_doc},
    {"lt", FAST(lt), lt_doc},
    {"le", FAST(le), le_doc},
    {"eq", FAST(eq), eq_doc},
    {"ne", FAST(ne), ne_doc},
    {"gt", FAST(gt), gt_doc},
    {"ge", FAST(ge), ge_doc},
    {"compare", FAST(compare), compare_doc},
    {"ld", FAST(ld), ld_doc},
    {"set_item", FAST(set_item), set_item_doc},
    {"del_item", FAST(del_item), del_item_doc},
    {"del_attr", FAST(del_attr), del_attr_doc},
    {"aug_item", FAST(aug_item), aug_item_doc},
    {"set_attr", FAST(set_attr), set_attr_doc},
    {"aug_attr", FAST(aug_attr), aug_attr_doc},
    {"set_item_attr", FAST(set_item_attr), set_item_attr_doc},
    {"aug_item_attr", FAST(aug_item_attr), aug_item_attr_doc},
    {"assert_", FAST(assert_), assert_doc},
    {"listcomp", FAST(listcomp), listcomp_doc},
    {"text", text, METH_O, text_doc},
    {0},
};

int add_expressions(PyObject *module, core_state *st) {
  (void)st;
  return PyModule_AddFunctions(module, expression_functions);
}
