/* hot.c - versions of a trace's code for sizes that many of its runs had.
 *
 * One trace serves arrays of all sizes, and its native code is as fast as if it knew them, unless
 * they are small: rows of two or three columns want several rows in a vector, and what is joined or
 * padded no branch for each part. So the sizes of runs are looked at now and then (TURN runs of
 * little work, fewer of more): those that were the same in the last half of these and are at most
 * SHORT make a version of the code that knows them, beside the calls (staged["hot"]), which serves
 * the runs that have them. Others stay open in it: of arrays [n, 3] with many n it knows the 3.
 * Results have the same bits. */
#include "hot.h"

#include <string.h>

#include "plan_obj.h"

enum { TURN = 1000, LEAST = 16, SHORT = 256, MOST = 4 };

/* A size that only the run knows, where a parameter shows it. */
typedef struct hot_axis {
  uint32_t input;
  int axis;
  int64_t size;         /* of the last run */
  uint64_t since, from; /* the runs and the work before the first of those that had it */
} hot_axis;

typedef struct hot_version {
  int64_t *size;      /* by axis; below 0: any */
  PyObject *plan_obj; /* NULL: being made, or it cannot be */
  const ag_plan *plan;
} hot_version;

struct hot {
  uint64_t runs, work, next; /* so far; the work at which sizes are looked at */
  uint32_t n_axes, n_versions;
  hot_version version[MOST];
  hot_axis axis[];
};

static bool is_first(const ag_plan *p, const hot_axis *axes, uint32_t n, int64_t dim) {
  for (uint32_t i = 0; i < n; i++)
    if (p->in_types[axes[i].input].dim[axes[i].axis] == dim)
      return false;
  return true;
}

/* NULL: no memory, so that no versions are made. */
static struct hot *begin(const ag_plan *p) {
  uint32_t most = 0;
  for (uint32_t k = 0; k < p->n_in; k++)
    most += p->in_types[k].rank > 0 ? (uint32_t)p->in_types[k].rank : 0;
  struct hot *h = ag_calloc(1, sizeof *h + most * sizeof *h->axis);
  if (!h)
    return NULL;
  h->next = TURN;
  for (uint32_t k = 0; k < p->n_in; k++)
    for (int a = 0; a < p->in_types[k].rank; a++) {
      int64_t dim = p->in_types[k].dim[a];
      if (dim < 0 && ag_dim_offset(dim) == 0 && is_first(p, h->axis, h->n_axes, dim))
        h->axis[h->n_axes++] = (hot_axis){.input = k, .axis = a, .size = -1};
    }
  return h;
}

/* By the arguments: axis[].size may be another run's by now, as asking runs Python. */
static bool serves(const struct hot *h, const hot_version *v, const ag_tensor *const *in) {
  for (uint32_t i = 0; i < h->n_axes; i++)
    if (v->size[i] >= 0 && v->size[i] != in[h->axis[i].input]->dim[h->axis[i].axis])
      return false;
  return true;
}

/* staged["hot"](concrete, number, dims), dims as Graph.plan takes them. */
static int ask(core_state *st, concrete_obj *c, uint32_t number, const int64_t *size) {
  const ag_plan *p = c->plan;
  const struct hot *h = c->hot;
  PyObject *make = PyDict_GetItemString(st->staged, "hot"), *dims = PyTuple_New(p->n_in);
  for (uint32_t k = 0; dims && k < p->n_in; k++) {
    int rank = p->in_types[k].rank;
    PyObject *of_input = PyTuple_New(rank > 0 ? rank : 0);
    for (int a = 0; of_input && a < rank; a++) {
      int64_t known = p->in_types[k].dim[a] < 0 ? -1 : p->in_types[k].dim[a];
      for (uint32_t i = 0; i < h->n_axes; i++)
        if (p->in_types[h->axis[i].input].dim[h->axis[i].axis] == p->in_types[k].dim[a])
          known = size[i];
      PyTuple_SET_ITEM(of_input, a, PyLong_FromLongLong(known));
    }
    PyTuple_SET_ITEM(dims, k, of_input);
  }
  PyObject *done = make && dims && !PyErr_Occurred()
                       ? PyObject_CallFunction(make, "OIO", c, number, dims)
                       : NULL;
  Py_XDECREF(dims);
  if (!done && PyErr_ExceptionMatches(PyExc_Exception))
    PyErr_Clear(); /* there is none; the trace's own code serves all sizes */
  Py_XDECREF(done);
  return PyErr_Occurred() ? -1 : 0;
}

/* Asks for a version for the sizes that have lasted, if there are some and it is not there. */
static int look(core_state *st, concrete_obj *c) {
  struct hot *h = c->hot;
  h->next = h->work + TURN;
  int64_t *size = h->n_versions < MOST ? ag_malloc((h->n_axes + 1) * sizeof *size) : NULL;
  bool some = false;
  if (!size)
    return 0;
  for (uint32_t i = 0; i < h->n_axes; i++) {
    const hot_axis *a = &h->axis[i];
    bool lasts = a->size <= SHORT && h->runs - a->since >= LEAST && h->work - a->from >= TURN / 2;
    size[i] = lasts ? a->size : -1;
    some |= lasts;
  }
  for (uint32_t k = 0; k < h->n_versions; k++)
    some = some && memcmp(size, h->version[k].size, h->n_axes * sizeof *size) != 0;
  if (!some) {
    ag_free(size);
    return 0;
  }
  h->version[h->n_versions] = (hot_version){.size = size};
  return ask(st, c, h->n_versions++, size);
}

const ag_plan *hot_plan(core_state *st, concrete_obj *c, const ag_tensor *const *in,
                        PyObject **held) {
  struct hot *h = c->hot;
  if (c->open && c->plan->native && !h)
    h = c->hot = begin(c->plan);
  if (!h) {
    *held = Py_NewRef(c->plan_obj);
    return c->plan;
  }
  int64_t longest = 0;
  for (uint32_t i = 0; i < h->n_axes; i++) {
    hot_axis *a = &h->axis[i];
    int64_t size = in[a->input]->dim[a->axis];
    if (size != a->size) {
      a->size = size;
      a->since = h->runs;
      a->from = h->work;
    }
    longest = size > longest ? size : longest;
  }
  h->runs++;
  h->work += 1 + (uint64_t)longest / SHORT;
  if (h->work >= h->next && look(st, c) < 0)
    return NULL;
  const hot_version *found = NULL;
  for (uint32_t k = h->n_versions; k-- > 0 && !found;) /* a later one may know more */
    if (h->version[k].plan && serves(h, &h->version[k], in))
      found = &h->version[k];
  *held = Py_NewRef(found ? found->plan_obj : c->plan_obj);
  return found ? found->plan : c->plan;
}

int hot_set(concrete_obj *c, uint32_t number, PyObject *plan_obj) {
  const ag_plan *plan = plan_of(plan_obj);
  if (!plan)
    return -1;
  if (!c->hot || number >= c->hot->n_versions || c->hot->version[number].plan ||
      plan->n_in != c->plan->n_in || plan->n_out != c->plan->n_out) {
    PyErr_SetString(PyExc_ValueError, "no such version was asked for");
    return -1;
  }
  c->hot->version[number].plan_obj = Py_NewRef(plan_obj);
  c->hot->version[number].plan = plan;
  return 0;
}

int hot_traverse(const concrete_obj *c, visitproc visit, void *arg) {
  for (uint32_t k = 0; c->hot && k < c->hot->n_versions; k++)
    Py_VISIT(c->hot->version[k].plan_obj);
  return 0;
}

void hot_drop(concrete_obj *c) {
  struct hot *h = c->hot;
  c->hot = NULL;
  for (uint32_t k = 0; h && k < h->n_versions; k++) {
    Py_XDECREF(h->version[k].plan_obj);
    ag_free(h->version[k].size);
  }
  ag_free(h);
}
