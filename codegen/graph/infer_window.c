/* infer_window.c - the shape rules of windows over spatial axes: CONV and the pools. */
#include "infer.h"

/* The window's attributes for x; its places along the spatial axes into t. */
static ag_code window_places(ag_infer *f, const ag_type *x, const ag_type *filters, ag_type *t) {
  ag_window w;
  const char *wrong =
      ag_window_read(&w, f->spec->attrs, f->spec->n_attrs, x->rank, filters == NULL);
  if (wrong)
    return ag_infer_fail(f, AG_ERR_SHAPE, "%s", wrong);
  int first = w.last ? 1 : 2;
  for (int i = 0; i < w.n; i++) {
    int64_t n = x->dim[first + i];
    if (filters)
      w.size[i] = filters->dim[(w.last ? 0 : 2) + i];
    t->dim[first + i] = n < 0 || w.size[i] < 0 ? ag_infer_symbol(f) : ag_window_places(&w, i, n);
  }
  return AG_OK;
}

ag_code ag_infer_pool(ag_infer *f) {
  const ag_type *x = ag_infer_in(f, 0);
  if (x->rank < 0)
    return ag_infer_unknown(f);
  ag_type t = *x;
  if (window_places(f, x, NULL, &t))
    return f->err->code;
  ag_infer_copy_shape(f->out, &t);
  return AG_OK;
}

ag_code ag_infer_conv(ag_infer *f) {
  const ag_type *x = ag_infer_in(f, 0), *filters = ag_infer_in(f, 1);
  char t1[AG_SHAPE_TEXT], t2[AG_SHAPE_TEXT];
  if (x->rank < 0 || filters->rank < 0)
    return ag_infer_unknown(f);
  if (x->rank != filters->rank)
    return ag_infer_fail(f, AG_ERR_SHAPE, "%s and filters %s have different ranks", ag_infer_shape_text(x, t1),
                         ag_infer_shape_text(filters, t2));
  ag_type t = *x;
  if (window_places(f, x, filters, &t))
    return f->err->code;
  bool last = ag_attr_int(f->spec->attrs, f->spec->n_attrs, AG_KEY_last, 0);
  int64_t groups = ag_attr_int(f->spec->attrs, f->spec->n_attrs, AG_KEY_groups, 1);
  int channels = last ? t.rank - 1 : 1;
  int64_t in = x->dim[channels], of = filters->dim[last ? t.rank - 2 : 1];
  int64_t made = filters->dim[last ? t.rank - 1 : 0];
  if ((in >= 0 && of >= 0 && (in % groups || in / groups != of)) || (made >= 0 && made % groups))
    return ag_infer_fail(f, AG_ERR_SHAPE, "channels of %s and filters %s do not fit, groups: %lld",
                         ag_infer_shape_text(x, t1), ag_infer_shape_text(filters, t2), (long long)groups);
  t.dim[channels] = made;
  ag_infer_copy_shape(f->out, &t);
  return AG_OK;
}
