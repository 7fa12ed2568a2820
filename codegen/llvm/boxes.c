/* boxes.c - what the coordinates of a nest run over, and on which side of a place they lie.
 *
 * Each coordinate has bounds from below and above, as amounts. Where these tell that all of it lies
 * on one side of a place, code for that side is enough. Where they do not, the nest is asked to be
 * cut in two there (e->cut); each half then knows its side. Of places whose order only the run
 * knows some halves are empty. Where that would make too many pieces, outer axes stay uncut
 * (loops.c), and the run asks. */
#include "emit.h"

static bool all_below(ag_emitter *e, const struct ag_box *box, const ag_amount *at) {
  for (unsigned i = 0; i < box->n_high; i++)
    if (ag_amount_reaches(e, at, &box->high[i]))
      return true;
  return false;
}

static bool all_from(ag_emitter *e, const struct ag_box *box, const ag_amount *at) {
  for (unsigned i = 0; i < box->n_low; i++)
    if (ag_amount_reaches(e, &box->low[i], at))
      return true;
  return false;
}

bool ag_box_is_narrow(ag_emitter *e, int axis) {
  enum { NARROW = 4 };
  const struct ag_box *box = &e->box[axis];
  for (unsigned i = 0; i < box->n_low; i++) {
    ag_amount end = box->low[i];
    if (end.plus <= INT64_MAX - NARROW)
      end.plus += NARROW;
    if (all_below(e, box, &end))
      return true;
  }
  return false;
}

void ag_box_set(ag_emitter *e, int axis, const ag_amount *high) {
  struct ag_box *box = &e->box[axis];
  box->low[0] = (ag_amount){0};
  box->n_low = 1;
  box->n_high = high != NULL;
  if (high)
    box->high[0] = *high;
}

void ag_box_assume(ag_emitter *e, int axis, const ag_amount *at, bool below) {
  struct ag_box *box = &e->box[axis];
  ag_amount *bound = below ? box->high : box->low;
  uint8_t *n = below ? &box->n_high : &box->n_low;
  unsigned kept = 0;
  for (unsigned i = 0; i < *n; i++) /* what the new one says as well goes */
    if (!(below ? ag_amount_reaches(e, &bound[i], at) : ag_amount_reaches(e, at, &bound[i])))
      bound[kept++] = bound[i];
  if (kept < AG_BOUNDS)
    bound[kept++] = *at;
  *n = (uint8_t)kept;
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/* Where along its axis the coordinate comes to `at`: *place and what follows is on the other side
 * than what stands before. */
static bool place_of(ag_emitter *e, const ag_coord *c, const ag_amount *at, ag_amount *place) {
  int64_t step = c->scale < 0 ? -c->scale : c->scale;
  *place = c->scale > 0 ? *at : c->offset;
  if (!step || !ag_amount_add(e, place, c->scale > 0 ? &c->offset : at, -1))
    return false;
  if (step == 1 && c->scale > 0)
    return true;
  if (place->n && step != 1)
    return false;
  place->plus = c->scale > 0 ? -floor_div(-place->plus, step) : floor_div(place->plus, step) + 1;
  return true;
}

ag_side ag_box_side(ag_emitter *e, const ag_coord *c, const ag_amount *at) {
  if (c->axis == AG_AXIS_FIXED) {
    ag_amount next = c->offset;
    next.plus++;
    return ag_amount_reaches(e, at, &next)        ? AG_SIDE_BELOW
           : ag_amount_reaches(e, &c->offset, at) ? AG_SIDE_FROM
                                                  : AG_SIDE_OPEN;
  }
  ag_amount place;
  if (c->axis == AG_AXIS_UNKNOWN || !place_of(e, c, at, &place))
    return AG_SIDE_OPEN;
  const struct ag_box *box = &e->box[c->axis - 1];
  if (!box->n_high)
    return AG_SIDE_OPEN;
  if (all_below(e, box, &place))
    return c->scale > 0 ? AG_SIDE_BELOW : AG_SIDE_FROM;
  if (all_from(e, box, &place))
    return c->scale > 0 ? AG_SIDE_FROM : AG_SIDE_BELOW;
  if (box->uncut)
    return AG_SIDE_OPEN;
  bool open = place.n || box->low[0].n || box->high[0].n || box->n_low > 1 || box->n_high > 1;
  if (open &&
      (box->n_low == AG_BOUNDS || box->n_high == AG_BOUNDS || ag_box_is_narrow(e, c->axis - 1)))
    return AG_SIDE_OPEN; /* a few elements, which a branch serves as well */
  e->refused = true;
  bool first = !e->cut.axis || c->axis < e->cut.axis;
  if (first || (c->axis == e->cut.axis && ag_amount_reaches(e, &e->cut.at, &place))) {
    e->cut.axis = c->axis;
    e->cut.at = place;
  }
  return AG_SIDE_CUT;
}
