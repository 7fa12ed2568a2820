/* effects.c - kernels that talk to the world: print, assert, raise, callbacks. */
#include "kernel.h"

#include <stdio.h>
#include <string.h>

#define AS_NUMPY INT64_MIN

/* Text with each \1 replaced by the next of the tensors in[0 .. n): as NumPy prints them, or as
 * TensorFlow does with so many elements at the ends. */
static void expand(ag_text *out, const char *text, size_t len, const ag_tensor *const *in,
                   uint32_t n, int64_t ends) {
  size_t from = 0;
  uint32_t next = 0;
  for (size_t i = 0; i < len; i++) {
    if (text[i] != '\1')
      continue;
    ag_text_put(out, text + from, i - from);
    from = i + 1;
    if (next >= n)
      continue;
    if (ends == AS_NUMPY)
      ag_tensor_text(in[next++], out);
    else
      ag_tensor_summary(in[next++], ends, out);
  }
  ag_text_put(out, text + from, len - from);
}

static ag_code expand_attr(ag_run *run, const ag_call *c, const ag_tensor *const *in, uint32_t n,
                           ag_text *out) {
  const ag_attr *a = ag_attr_find(c->attrs, c->n_attrs, AG_KEY_text);
  if (a && a->kind == AG_ATTR_TEXT)
    expand(out, a->text, a->n, in, n, ag_attr_int(c->attrs, c->n_attrs, AG_KEY_num, AS_NUMPY));
  if (!out->failed)
    return AG_OK;
  ag_free(out->data);
  out->data = NULL;
  return ag_kernel_fail(run, c, AG_ERR_NOMEM, "%s: out of memory", ag_kernel_name(c));
}

ag_code ag_kernel_PRINT(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  (void)out;
  ag_text text = {0};
  if (expand_attr(run, c, in, c->n_in, &text))
    return run->err->code;
  int stream = (int)ag_attr_int(c->attrs, c->n_attrs, AG_KEY_stream, 0);
  const ag_host *host = run->host;
  ag_code code = AG_OK;
  if (host && host->print)
    code = host->print(host->ctx, text.data ? text.data : "", text.len, stream, run->err);
  else
    fwrite(text.data ? text.data : "", 1, text.len, stream ? stderr : stdout);
  ag_free(text.data);
  if (code && run->err->loc == 0)
    run->err->loc = c->loc;
  return code;
}

ag_code ag_kernel_STR_FORMAT(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                             ag_tensor *out) {
  ag_text text = {0};
  if (expand_attr(run, c, in, c->n_in, &text))
    return run->err->code;
  ag_buffer *b = ag_string_new(text.len);
  if (b && text.len)
    memcpy(b->data, text.data, text.len);
  ag_free(text.data);
  if (!b)
    return ag_kernel_fail(run, c, AG_ERR_NOMEM, "str_format: out of memory");
  *out = (ag_tensor){.dtype = AG_STR, .owner = b};
  memcpy(out->cell, &b, sizeof b);
  return AG_OK;
}

static ag_code one_bool(ag_run *run, const ag_call *c, const ag_tensor *t) {
  if (t->dtype == AG_BOOL && t->rank == 0)
    return AG_OK;
  return ag_kernel_fail(run, c, AG_ERR_TYPE, "%s: the condition is not one bool",
                        ag_kernel_name(c));
}

ag_code ag_kernel_ASSERT(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                         ag_tensor *out) {
  (void)out;
  if (one_bool(run, c, in[0]))
    return run->err->code;
  if (in[0]->cell[0])
    return AG_OK;
  ag_text text = {0};
  if (expand_attr(run, c, in + 1, c->n_in - 1, &text))
    return run->err->code;
  ag_kernel_fail(run, c, AG_ERR_ASSERT, "%s", text.data ? text.data : "");
  ag_free(text.data);
  return run->err->code;
}

ag_code ag_kernel_UNBOUND(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                          ag_tensor *out) {
  (void)out;
  if (one_bool(run, c, in[0]))
    return run->err->code;
  if (in[0]->cell[0])
    return AG_OK;
  const ag_attr *a = ag_attr_find(c->attrs, c->n_attrs, AG_KEY_text);
  bool named = a && a->kind == AG_ATTR_TEXT;
  return ag_kernel_fail(
      run, c, AG_ERR_UNBOUND,
      "cannot access local variable '%.*s' where it is not associated with a value",
      named ? (int)a->n : 1, named ? a->text : "?");
}

ag_code ag_kernel_RAISE(ag_run *run, const ag_call *c, const ag_tensor *const *in, ag_tensor *out) {
  (void)out;
  int64_t site = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_site, 0);
  const ag_host *host = run->host;
  if (host && host->raised)
    host->raised(host->ctx, site, in, c->n_in);
  return ag_kernel_fail(run, c, AG_ERR_RAISE, "the raise statement of site %lld was reached",
                        (long long)site);
}

ag_code ag_kernel_CALLBACK(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                           ag_tensor *out) {
  const ag_host *host = run->host;
  if (!host || !host->callback)
    return ag_kernel_fail(run, c, AG_ERR_UNSUPPORTED, "pyfunc: there is no Python to call here");
  int64_t site = ag_attr_int(c->attrs, c->n_attrs, AG_KEY_site, 0);
  if (host->callback(host->ctx, site, in, c->n_in, out, c->n_out, run->err)) {
    if (run->err->loc == 0)
      run->err->loc = c->loc;
    return run->err->code;
  }
  /* What comes back must be what the graph was told: nothing after this looks again. */
  const ag_attr *a = ag_attr_find(c->attrs, c->n_attrs, AG_KEY_types);
  for (uint32_t i = 0; a && a->kind == AG_ATTR_TYPES && i < c->n_out && i < a->n; i++) {
    const ag_type *t = &a->types[i];
    bool fits = out[i].dtype == t->dtype && (t->rank == AG_RANK_UNKNOWN || t->rank == out[i].rank);
    for (int d = 0; d < t->rank && fits; d++)
      fits = t->dim[d] < 0 || t->dim[d] == out[i].dim[d];
    if (!fits)
      return ag_kernel_fail(
          run, c, AG_ERR_TYPE,
          "pyfunc: result %u is a %s of rank %d, not what was declared: a %s of rank %d", i,
          ag_dtype_name((ag_dtype)out[i].dtype), out[i].rank, ag_dtype_name((ag_dtype)t->dtype),
          t->rank);
  }
  return AG_OK;
}
