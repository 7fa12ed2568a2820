/* nodes.c - syntax nodes for the converter, made and placed in one step.
 * A conversion makes hundreds of them, each with six attributes or more: what sets one after the
 * other in Python takes as long as the whole reading of the user's function. A node's attributes
 * are a plain dictionary, which is filled here. */
#include "state.h"

/* Copies the four numbers that say where the node `where` stands. */
static int put_place(core_state *st, PyObject *to, PyObject *where) {
  PyObject *from = PyObject_GenericGetDict(where, NULL);
  int bad = from ? 0 : -1;
  for (int i = 0; i < PLACE_PARTS && !bad; i++) {
    PyObject *value = PyDict_GetItemWithError(from, st->place[i]);
    if (value)
      Py_INCREF(value);
    else if (PyErr_Occurred() || !(value = PyObject_GetAttr(where, st->place[i])))
      bad = -1; /* it is the class's, or there is none */
    if (!bad)
      bad = PyDict_SetItem(to, st->place[i], value);
    Py_XDECREF(value);
  }
  Py_XDECREF(from);
  return bad;
}

PyDoc_STRVAR(node_doc, "new_node($module, kind, where, /, *fields)\n--\n\n"
                       "A syntax node of the class `kind` with the position of the node `where`.");

static PyObject *new_node(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  core_state *st = core_of(module);
  if (n < 2 || !PyType_Check(args[0]))
    return PyErr_Format(PyExc_TypeError, "new_node: expected a class of ast and a node");
  PyTypeObject *kind = (PyTypeObject *)args[0];
  PyObject *fields = PyObject_GetAttr(args[0], st->fields), *none = PyTuple_New(0);
  PyObject *dict = PyDict_Copy(st->unplaced), *node = NULL;
  if (!fields || !none || !dict || put_place(st, dict, args[1]) < 0)
    goto done;
  if (!PyTuple_Check(fields) || PyTuple_GET_SIZE(fields) < n - 2) {
    PyErr_Format(PyExc_TypeError, "%s: %zd fields are too many", kind->tp_name, n - 2);
    goto done;
  }
  for (Py_ssize_t i = 2; i < n; i++)
    if (PyDict_SetItem(dict, PyTuple_GET_ITEM(fields, i - 2), args[i]) < 0)
      goto done;
  node = kind->tp_new(kind, none, NULL);
  if (node && PyObject_GenericSetDict(node, dict, NULL) < 0)
    Py_CLEAR(node);
done:
  Py_XDECREF(fields);
  Py_XDECREF(none);
  Py_XDECREF(dict);
  return node;
}

PyDoc_STRVAR(place_doc, "place($module, node, where, /)\n--\n\n"
                        "The syntax node `node`, given the position of `where`.");

static PyObject *place(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  if (n != 2)
    return PyErr_Format(PyExc_TypeError, "place: expected two nodes");
  PyObject *dict = PyObject_GenericGetDict(args[0], NULL);
  int bad = dict ? put_place(core_of(module), dict, args[1]) : -1;
  Py_XDECREF(dict);
  return bad ? NULL : Py_NewRef(args[0]);
}

static PyMethodDef functions[] = {
    {"new_node", (PyCFunction)(void (*)(void))new_node, METH_FASTCALL, node_doc},
    {"place", (PyCFunction)(void (*)(void))place, METH_FASTCALL, place_doc},
    {0},
};

int add_nodes(PyObject *module, core_state *st) {
  static const char *const names[] = {"lineno", "col_offset", "end_lineno", "end_col_offset"};
  _Static_assert(sizeof names / sizeof *names == PLACE_PARTS, "one name for each part");
  if (!(st->unplaced = PyDict_New()) || !(st->fields = PyUnicode_InternFromString("_fields")))
    return -1;
  for (int i = 0; i < PLACE_PARTS; i++)
    if (!(st->place[i] = PyUnicode_InternFromString(names[i])) ||
        PyDict_SetItem(st->unplaced, st->place[i], Py_None) < 0)
      return -1;
  /* a copy has the room for the fields as well, where a new dictionary grows at its sixth item */
  PyObject *const more[] = {st->fields, st->home};
  for (int i = 0; i < 2; i++)
    if (PyDict_SetItem(st->unplaced, more[i], Py_None) < 0)
      return -1;
  for (int i = 0; i < 2; i++)
    if (PyDict_DelItem(st->unplaced, more[i]) < 0)
      return -1;
  return PyModule_AddFunctions(module, functions);
}
