/* resource.c - reading and writing variables. The handle is a 0-d resource whose cell holds the
 * ag_var. */
#include "kernel.h"

#include <string.h>

static ag_var *variable(ag_run *run, const ag_call *c, const ag_tensor *handle) {
  ag_var *v = NULL;
  if (handle->dtype == AG_RES && handle->rank == 0)
    memcpy(&v, handle->cell, sizeof v);
  if (!v)
    ag_kernel_fail(run, c, AG_ERR_TYPE, "%s: this is no variable", ag_kernel_name(c));
  return v;
}

static ag_code done(ag_run *run, const ag_call *c) {
  if (run->err->code && run->err->loc == 0)
    run->err->loc = c->loc;
  return run->err->code;
}

ag_code ag_kernel_READ(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  ag_var *v = variable(run, c, in[0]);
  if (v)
    ag_var_read(v, out, run->err);
  return done(run, c);
}

ag_code ag_kernel_ASSIGN(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                         ag_tensor *out) {
  (void)out;
  ag_var *v = variable(run, c, in[0]);
  if (v)
    ag_var_assign(v, in[1], run->err);
  return done(run, c);
}

static ag_code update(ag_run *run, const ag_call *c, const ag_tensor *const *in, int op) {
  ag_var *v = variable(run, c, in[0]);
  if (v)
    ag_var_update(v, op, in[1], NULL, run->err);
  return done(run, c);
}

ag_code ag_kernel_ASSIGN_ADD(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                             ag_tensor *out) {
  (void)out;
  return update(run, c, in, 0);
}

ag_code ag_kernel_FETCH_ADD(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                            ag_tensor *out) {
  ag_var *v = variable(run, c, in[0]);
  if (v)
    ag_var_fetch_add(v, in[1], out, run->err);
  return done(run, c);
}

ag_code ag_kernel_ASSIGN_SUB(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                             ag_tensor *out) {
  (void)out;
  return update(run, c, in, 1);
}
