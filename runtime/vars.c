/* vars.c - variables: a lock, a type, and the tensor that is the value now.
 * A read shares the buffer, so an update writes in place only while nobody else holds it. A fork
 * waits until no variable is being changed: a child would find its lock taken for good. */
#include "run.h"

#include "ag/floats.h"

#include <pthread.h>
#include <string.h>

struct ag_var {
  int64_t refs; /* atomic */
  pthread_mutex_t lock;
  bool set;
  ag_dtype dtype;
  ag_shape shape; /* as in a type: dims below zero are free */
  ag_tensor value;
  char name[];
};

/* Read by who uses a variable, written by who forks. */
static pthread_rwlock_t forks;
static pthread_once_t forks_once = PTHREAD_ONCE_INIT;

static void init_forks(void) {
  pthread_rwlockattr_t attr;
  pthread_rwlockattr_init(&attr);
  pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
  pthread_rwlock_init(&forks, &attr);
  pthread_rwlockattr_destroy(&attr);
}
static void before_fork(void) { pthread_rwlock_wrlock(&forks); }
static void after_fork(void) { pthread_rwlock_unlock(&forks); }
static void watch_forks(void) {
  init_forks();
  pthread_atfork(before_fork, after_fork, init_forks);
}

static void lock(ag_var *v) {
  pthread_rwlock_rdlock(&forks);
  pthread_mutex_lock(&v->lock);
}
static void unlock(ag_var *v) {
  pthread_mutex_unlock(&v->lock);
  pthread_rwlock_unlock(&forks);
}

ag_var *ag_var_new(ag_dtype dtype, const ag_shape *shape, const char *name) {
  size_t len = strlen(name);
  ag_var *v = ag_calloc(1, sizeof *v + len + 1);
  if (!v)
    return NULL;
  pthread_once(&forks_once, watch_forks);
  if (pthread_mutex_init(&v->lock, NULL)) {
    ag_free(v);
    return NULL;
  }
  v->refs = 1;
  v->dtype = dtype;
  v->shape = *shape;
  memcpy(v->name, name, len + 1);
  return v;
}

void ag_var_ref(ag_var *v) { __atomic_fetch_add(&v->refs, 1, __ATOMIC_RELAXED); }

void ag_var_unref(ag_var *v) {
  if (!v || __atomic_sub_fetch(&v->refs, 1, __ATOMIC_ACQ_REL))
    return;
  ag_tensor_unref(&v->value);
  pthread_mutex_destroy(&v->lock);
  ag_free(v);
}

const char *ag_var_name(const ag_var *v) { return v->name; }

static ag_code uninitialized(const ag_var *v, ag_err *err) {
  return ag_fail(err, AG_ERR_UNINIT, 0, "variable '%s' is used before it was given a value",
                 v->name);
}

ag_code ag_var_read(ag_var *v, ag_tensor *out, ag_err *err) {
  lock(v);
  bool set = v->set;
  if (set)
    ag_tensor_ref(&v->value, out);
  unlock(v);
  return set ? AG_OK : uninitialized(v, err);
}

static bool accepts(const ag_var *v, const ag_tensor *t) {
  if (t->dtype != v->dtype)
    return false;
  if (v->shape.rank == AG_RANK_UNKNOWN)
    return true;
  if (v->shape.rank != t->rank)
    return false;
  for (int i = 0; i < t->rank; i++)
    if (v->shape.dim[i] >= 0 && v->shape.dim[i] != t->dim[i])
      return false;
  return true;
}

static ag_code refused(const ag_var *v, const ag_tensor *t, ag_err *err) {
  char want[AG_SHAPE_TEXT], got[AG_SHAPE_TEXT];
  ag_shape shape;
  ag_tensor_shape(t, &shape);
  return ag_fail(err, t->dtype == v->dtype ? AG_ERR_SHAPE : AG_ERR_TYPE, 0,
                 "variable '%s' is %s of shape %s; a value of %s and shape %s does not fit",
                 v->name, ag_dtype_name(v->dtype), ag_shape_text(&v->shape, want),
                 ag_dtype_name(t->dtype), ag_shape_text(&shape, got));
}

/* What is kept must be ours: borrowed memory may end before the variable does. */
static ag_code own(const ag_tensor *t, ag_tensor *out, ag_err *err) {
  if (!t->data || t->owner) {
    ag_tensor_ref(t, out);
  } else {
    ag_shape shape;
    ag_tensor_shape(t, &shape);
    if (ag_tensor_new(out, t->dtype, &shape, err))
      return err->code;
    memcpy(out->data, t->data, (size_t)ag_tensor_count(t) * ag_dtype_size(t->dtype));
  }
  out->weak = 0;
  return AG_OK;
}

ag_code ag_var_assign(ag_var *v, const ag_tensor *value, ag_err *err) {
  if (!accepts(v, value))
    return refused(v, value, err);
  ag_tensor next, old;
  if (own(value, &next, err))
    return err->code;
  lock(v);
  old = v->value;
  v->value = next;
  v->set = true;
  unlock(v);
  ag_tensor_unref(&old);
  return AG_OK;
}

/* One step for all who look on: was and out, where they are asked for, are the values round it. */
static ag_code change(ag_var *v, int op, const ag_tensor *value, ag_tensor *was, ag_tensor *out,
                      ag_err *err) {
  if (value->dtype != v->dtype)
    return refused(v, value, err);
  ag_tensor next = {0}, old = {0};
  lock(v);
  if (!v->set) {
    uninitialized(v, err);
  } else {
    const ag_tensor *in[2] = {&v->value, value};
    if (was)
      ag_tensor_ref(&v->value, was); /* which keeps the sum out of its buffer */
    ag_run run = {.err = err};
    const ag_call call = {.op = op ? AG_OP_SUB : AG_OP_ADD, .n_in = 2, .n_out = 1, .dead = 1};
    ag_floats floats;
    ag_floats_enter(&floats);
    ag_code code = ag_run_call(&run, &call, in, &next);
    ag_floats_leave(&floats);
    if (!code) {
      if (accepts(v, &next)) {
        old = v->value;
        v->value = next;
        if (out)
          ag_tensor_ref(&next, out);
      } else {
        refused(v, &next, err);
        old = next;
      }
    } else {
      old = next;
    }
  }
  unlock(v);
  ag_tensor_unref(&old);
  if (err->code && was)
    ag_tensor_unref(was);
  return err->code;
}

ag_code ag_var_update(ag_var *v, int op, const ag_tensor *value, ag_tensor *out, ag_err *err) {
  return change(v, op, value, NULL, out, err);
}

ag_code ag_var_fetch_add(ag_var *v, const ag_tensor *value, ag_tensor *was, ag_err *err) {
  return change(v, 0, value, was, NULL, err);
}
