/* ranges.h - what the files of the range analysis share (ranges.c, range_nodes.c, range_walk.c).
 *
 * AFFINE. A value or size is `base + off`: base is a value, minus the number of a size, or 0 for
 * none. Sizes are made comparable by what defines their symbols (np.zeros(n): s1 is n). ROOM. Of a
 * buffer that grows in steps (LIST_PUT) only this is kept: its size is at least base + off, such as
 * the length of the list that it holds. */
#ifndef AG_LLVM_RANGES_H
#define AG_LLVM_RANGES_H

#include "emit.h"
#include "interval.h"

typedef struct ag_affine {
  int64_t base, off;
} ag_affine;

enum { AG_UPPERS = 3 };

typedef struct ag_range {
  ag_interval in;
  ag_affine upper[AG_UPPERS]; /* at most that; base 0: not used */
} ag_range;

typedef struct ag_room {
  bool known;
  ag_affine least;
} ag_room;

typedef struct ag_ranges {
  const ag_graph *g;
  ag_arena *arena;
  ag_err *err;
  ag_fact *facts;   /* by node */
  ag_range *at;     /* by value */
  ag_affine *exact; /* by value: always that */
  ag_room *room;    /* by value */
  ag_sizes sizes;
  ag_affine *alias; /* by number of a size: what it is */
  ag_val *first;    /* likewise: the first value that has it */
  struct ag_narrowed {
    ag_val v;
    ag_range old;
  } * changes; /* narrowed ranges, to undo */
  uint32_t n_changes, cap_changes, visits;
  int depth; /* of loops */
} ag_ranges;

static inline const ag_type *ag_ranges_type(const ag_ranges *f, ag_val v) {
  return &ag_graph_value(f->g, v)->type;
}

/* A 0-d integer or bool. */
static inline bool ag_ranges_number(const ag_ranges *f, ag_val v) {
  const ag_type *t = ag_ranges_type(f, v);
  return t->rank == 0 && (ag_is_int((ag_dtype)t->dtype) || t->dtype == AG_BOOL);
}

/* All that its dtype holds. */
static inline ag_interval ag_ranges_whole(const ag_ranges *f, ag_val v) {
  return ag_interval_of((ag_dtype)ag_ranges_type(f, v)->dtype);
}

static inline ag_affine ag_ranges_size(const ag_ranges *f, int64_t dim) {
  return dim >= 0 ? (ag_affine){0, dim} : f->alias[ag_size_number(&f->sizes, dim)];
}

static inline bool ag_affine_shift(ag_affine *a, int64_t by) {
  return !__builtin_add_overflow(a->off, by, &a->off);
}

/* ranges.c */
/* It means the same in region r as where it was found. */
bool ag_affine_holds(const ag_ranges *f, ag_affine a, ag_region r);
/* v + more <= a, whatever the run. */
bool ag_ranges_at_most(const ag_ranges *f, ag_val v, int64_t more, ag_affine a);
void ag_range_add_upper(ag_range *r, ag_affine u);
ag_range ag_range_join(ag_range a, ag_range b); /* only what holds of both */
/* Without the bounds that mean something else in that region. */
ag_range ag_range_in(const ag_ranges *f, ag_range r, ag_region region);
/* Of v, with v itself among the bounds. */
ag_range ag_range_of(const ag_ranges *f, ag_val v);
/* From here on v is r, until the change is undone. */
void ag_ranges_narrow(ag_ranges *f, ag_val v, ag_range r);
void ag_ranges_undo(ag_ranges *f, uint32_t mark);
/* What follows from a bool being `is`. */
void ag_ranges_assume(ag_ranges *f, ag_val test, bool is);

/* range_nodes.c */
void ag_ranges_set(ag_ranges *f, ag_val v, ag_interval in);
/* A node without regions: its values, its facts, what it checks. */
void ag_ranges_visit(ag_ranges *f, const ag_node *n, ag_fact *fact);

#endif
