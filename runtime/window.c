/* window.c - how a window walks over the spatial axes of an array: its attributes, its places. */
#include "ag/graph.h"

#include <string.h>

enum { MOST = 1 << 30 }; /* of any number here: sums of them fit */

/* n numbers of an attribute into `to`, each step numbers apart; `otherwise` when it is absent. */
static const char *numbers(const ag_attr *a, int n, int per, int64_t least, int64_t otherwise,
                           int64_t *const *to) {
  if (a && (a->kind != AG_ATTR_INTS || a->n != (uint32_t)(n * per)))
    return "a window has a number per spatial axis in size, step and dilations, two in paddings";
  for (int i = 0; i < n * per; i++) {
    int64_t v = a ? a->ints[i] : otherwise;
    if (v < least || v > MOST)
      return "a size, step or dilation of a window is below 1, or a padding is negative";
    to[i % per][i / per] = v;
  }
  return NULL;
}

const char *ag_window_read(ag_window *w, const ag_attr *attrs, uint32_t n_attrs, int rank,
                           bool sized) {
  memset(w, 0, sizeof *w);
  w->n = rank - 2;
  w->last = ag_attr_int(attrs, n_attrs, AG_KEY_last, 0) != 0;
  w->groups = ag_attr_int(attrs, n_attrs, AG_KEY_groups, 1);
  if (w->n < 1)
    return "a window needs a batch, channels and at least one more axis";
  if (w->groups < 1)
    return "the number of groups is below 1";
  const char *wrong =
      numbers(ag_attr_find(attrs, n_attrs, AG_KEY_step), w->n, 1, 1, 1, (int64_t *[]){w->step});
  if (!wrong)
    wrong = numbers(ag_attr_find(attrs, n_attrs, AG_KEY_dilations), w->n, 1, 1, 1,
                    (int64_t *[]){w->dilation});
  if (!wrong)
    wrong = numbers(ag_attr_find(attrs, n_attrs, AG_KEY_paddings), w->n, 2, 0, 0,
                    (int64_t *[]){w->before, w->after});
  const ag_attr *size = ag_attr_find(attrs, n_attrs, AG_KEY_size);
  if (!wrong && sized)
    wrong = size ? numbers(size, w->n, 1, 1, 1, (int64_t *[]){w->size})
                 : "the attribute size is missing";
  return wrong;
}

int64_t ag_window_places(const ag_window *w, int i, int64_t n) {
  int64_t room = n + w->before[i] + w->after[i] - (w->dilation[i] * (w->size[i] - 1) + 1);
  return room < 0 || w->size[i] < 1 ? 0 : room / w->step[i] + 1;
}
