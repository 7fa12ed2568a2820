/* quick.c - the common call: tensors and numbers by position, the trace that served the last call,
 * native code without loops, one tensor back.
 * No key is built: the arguments are compared with the trace's own. What does not fit goes the long
 * way (key.c, concrete.c), which gives the same result. */
#include "hot.h"
#include "tensor_obj.h"

enum { INPUTS = 8, GIL_BYTES = 1 << 16 };

void concrete_note_quick(core_state *st, concrete_obj *c) {
  c->quick = c->one_tensor && c->plan->native && !c->plan->has_loop && c->n_statics == 0 &&
             c->plan->n_in <= INPUTS && !st->check_numerics;
}

/* LEAF ORDER: as key.c writes them. Points in[] at the values, those of numbers in `numbers`; false
 * when the call is another trace's, or is to run without the GIL. */
static bool fits(core_state *st, const concrete_obj *c, PyObject *const *args, Py_ssize_t n,
                 const ag_tensor **in, ag_tensor *numbers) {
  const uint64_t *word = c->words, *end = word + c->n_words;
  int64_t bytes = 0;
  for (Py_ssize_t i = 0; i < n; i++) {
    PyObject *o = args[i];
    if (word == end)
      return false;
    if (Py_TYPE(o) == st->tensor_type) {
      const ag_tensor *t = &((tensor_obj *)o)->t;
      if (((tensor_obj *)o)->graph || ((tensor_obj *)o)->alts)
        return false;
      in[i] = t;
      if (t->weak) {
        if (*word++ != (t->dtype == AG_I64 ? LEAF_INT : LEAF_FLOAT))
          return false;
        continue;
      }
      if (*word++ != (LEAF_TENSOR | (uint64_t)t->dtype << 8 | (uint64_t)t->rank << 16))
        return false;
      int64_t count = (int64_t)ag_dtype_size((ag_dtype)t->dtype);
      for (int d = 0; d < t->rank; d++, word++) {
        if (!key_word_allows(*word, in, t->dim[d]))
          return false;
        count *= t->dim[d];
      }
      bytes += count;
    } else if (PyFloat_CheckExact(o) || Py_TYPE(o) == st->float_type) {
      double v = PyFloat_AS_DOUBLE(o);
      if (*word++ != LEAF_FLOAT)
        return false;
      ag_tensor_scalar(&numbers[i], AG_F64, &v);
      numbers[i].weak = 1;
      in[i] = &numbers[i];
    } else if (PyLong_CheckExact(o) || Py_TYPE(o) == st->int_type) {
      int overflow;
      int64_t v = PyLong_AsLongLongAndOverflow(o, &overflow);
      if (*word++ != LEAF_INT || overflow)
        return false;
      ag_tensor_scalar(&numbers[i], AG_I64, &v);
      numbers[i].weak = 1;
      in[i] = &numbers[i];
    } else {
      return false;
    }
  }
  return word == end && bytes <= GIL_BYTES;
}

bool concrete_run_quick(core_state *st, concrete_obj *c, PyObject *const *args, Py_ssize_t n,
                        PyObject **result) {
  ag_tensor numbers[INPUTS];
  const ag_tensor *in[INPUTS];
  if (!c->quick || n > INPUTS || st->check_numerics || !fits(st, c, args, n, in, numbers))
    return false;
  PyObject *plan_held = NULL; /* a callback may put another in its place */
  const ag_plan *plan = hot_plan(st, c, in, &plan_held);
  tensor_obj *out = plan ? (tensor_obj *)tensor_alloc(st) : NULL;
  *result = (PyObject *)out;
  if (!out) {
    Py_XDECREF(plan_held);
    return true;
  }
  Py_INCREF(c);
  ag_err err;
  err.code = AG_OK;
  err.loc = 0;
  err.node = 0;
  err.msg[0] = 0;
  py_host host;
  py_host_init(&host, st, c->graph);
  ag_plan_run(plan, &host.host, in, &out->t, &err);
  if (err.code) {
    Py_CLEAR(*result);
    raise_run(st, &err, &host);
  } else {
    Py_CLEAR(host.raised);
    if (out->t.weak && out->t.rank == 0)
      Py_SETREF(*result, number_result(st, &out->t));
  }
  Py_DECREF(c);
  Py_DECREF(plan_held);
  return true;
}
