/* graph.h - the graph: nodes, values, regions; building, checking and printing it.
 *
 * A graph is one array of nodes and one of values. An input is always smaller than its user. Each node lies in
 * one region; region 0 is the function itself, the others belong to a COND (then, else) or a WHILE (test, body).
 * Nodes of a region form a list in the order of their ids. Region parameters are PARAM nodes, results are
 * values; outer values are used directly (implicit captures). A region's owner has a greater id than its nodes.
 *
 *   COND   inputs: the condition (0-d bool)       outputs = results of both regions, which have no parameters
 *   WHILE  inputs: the first values of the loop variables; test region: parameters -> one 0-d bool;
 *          body region: parameters -> next values; outputs: the last values
 *
 * One thread builds a graph. */
#ifndef AG_GRAPH_H
#define AG_GRAPH_H

#include "ag/tensor.h"

typedef enum ag_op {
#define AG_OP(name, ...) AG_OP_##name,
#include "ag/ops.def"
  AG_OP_COUNT
} ag_op;

enum { /* traits */
  AG_TRAIT_PURE = 1,
  AG_TRAIT_COMMUTES = 2 | AG_TRAIT_PURE,
  AG_TRAIT_CHECK = 4,
  AG_TRAIT_EFFECT = 8,
  AG_TRAIT_REGION = 16
};
enum ag_lowering { /* lowering column */
  AG_LOWER_source,
  AG_LOWER_inline,
  AG_LOWER_index,
  AG_LOWER_parts,
  AG_LOWER_reduce,
  AG_LOWER_region,
  AG_LOWER_call
};
typedef struct ag_op_info {
  const char *name; /* "add": lower case, used in text */
  const char *file; /* "AddV2" */
  int8_t n_in, n_out;
  uint8_t lowering, traits;
} ag_op_info;
extern const ag_op_info ag_ops[AG_OP_COUNT]; /* defined in runtime/ops.c */
/* Of one element, in additions of registers; roughly. */
AG_API unsigned ag_op_cost(ag_op op);
AG_API bool ag_op_parse(const char *name, ag_op *out); /* by either name */

/* ---- types -------------------------------------------------------------------------------- */

typedef struct ag_type {
  uint8_t dtype;
  uint8_t weak; /* a Python number */
  int8_t rank;  /* AG_RANK_UNKNOWN */
  int64_t dim[AG_MAX_RANK]; /* >= 0 a constant; < 0 a size that the run knows, see ag_dim_symbol */
} ag_type;
/* A size below 0 is -(symbol | offset << 32), the offset as 0, -1, 1, -2, ..: what the symbol stands for and the
 * offset, or 0 where that is negative, as slices are long. Equal numbers are equal sizes; offset 0 is -symbol. */
static inline uint32_t ag_dim_symbol(int64_t dim) { return (uint32_t)-dim; }
static inline int64_t ag_dim_offset(int64_t dim) {
  int64_t n = -dim >> 32;
  return n & 1 ? -(n >> 1) - 1 : n >> 1;
}
/* max(dim + by, 0), or INT64_MIN where that cannot be told: one that was 0 already grows from there. */
AG_API int64_t ag_dim_shift(int64_t dim, int64_t by);
AG_API bool ag_type_equal(const ag_type *a, const ag_type *b);
AG_API bool ag_type_known(const ag_type *t); /* rank and all dims are constants */
enum { AG_TYPE_TEXT = 200 };
/* "float32[2,s1,s1-2]", "int64*" weak 0-d, "bool" 0-d, "int32[...]" unknown rank; buf holds AG_TYPE_TEXT bytes. */
AG_API const char *ag_type_text(const ag_type *t, char *buf);
AG_API ag_type ag_type_scalar(ag_dtype d, bool weak);

/* ---- attributes --------------------------------------------------------------------------- */

#define AG_KEYS(X)                                                                                 \
  X(value) X(dtype) X(shape) X(axis) X(keep_dims) X(perm) X(begin) X(size) X(step) X(num)          \
  X(paddings) X(multiples) X(adj_x) X(adj_y) X(text) X(stream) X(site) X(types) X(weak)            \
  X(mask) X(descending) X(exclusive) X(reverse) X(unit) X(mode) X(message) X(params)        \
  X(closures) X(dilations) X(groups) X(last) X(sure)
typedef enum ag_key {
#define X(name) AG_KEY_##name,
  AG_KEYS(X)
#undef X
      AG_KEY_COUNT
} ag_key;
AG_API const char *ag_key_name(ag_key k);

enum ag_attr_kind { AG_ATTR_INT, AG_ATTR_FLOAT, AG_ATTR_INTS, AG_ATTR_TEXT, AG_ATTR_TENSOR, AG_ATTR_TYPES };
typedef struct ag_attr {
  uint8_t key, kind;
  uint32_t n; /* of ints, types; bytes of text */
  union {
    int64_t i; /* also bools and dtypes */
    double f;
    const int64_t *ints;
    const char *text;
    const ag_tensor *tensor;
    const ag_type *types;
  };
} ag_attr;
/* NULL when absent. */
AG_API const ag_attr *ag_attr_find(const ag_attr *attrs, uint32_t n, ag_key key);
AG_API int64_t ag_attr_int(const ag_attr *attrs, uint32_t n, ag_key key, int64_t otherwise);

/* How a window of CONV, POOL or POOL_AT walks over the spatial axes: attributes step, dilations,
 * paddings (before, after per axis), last (the channels are the last axis, not the second), groups;
 * size for the pools. */
typedef struct ag_window {
  int n; /* spatial axes */
  bool last;
  int64_t groups;
  int64_t size[AG_MAX_RANK], step[AG_MAX_RANK], dilation[AG_MAX_RANK], before[AG_MAX_RANK],
      after[AG_MAX_RANK];
} ag_window;
/* NULL, or what is wrong with the attributes. A convolution's sizes are those of its filters. */
AG_API const char *ag_window_read(ag_window *w, const ag_attr *attrs, uint32_t n_attrs, int rank,
                                  bool sized);
/* How many places the window has along axis i of n elements. */
AG_API int64_t ag_window_places(const ag_window *w, int i, int64_t n);

/* ---- nodes -------------------------------------------------------------------------------- */

typedef uint32_t ag_val;    /* a value; 0 is none (AG_NONE) */
typedef uint32_t ag_nid;    /* a node; 0 is none */
typedef uint32_t ag_region; /* 0 is the function */
enum { AG_NONE = 0 };

typedef struct ag_node {
  uint16_t op;
  uint16_t n_attrs;
  ag_region region;     /* the region it lies in */
  uint32_t n_in, n_out;
  const ag_val *in;     /* in the graph's arena */
  ag_val out;           /* first of n_out consecutive values */
  ag_nid next;          /* in its region, 0 at the end */
  ag_region sub[2];     /* COND: then, else; WHILE: test, body */
  const ag_attr *attrs; /* in the graph's arena */
  const char *name;     /* the one asked for, or NULL; in user graphs see ag_graph_name */
  ag_loc loc;
} ag_node;

typedef struct ag_value {
  ag_nid node;
  uint32_t index; /* which output */
  ag_type type;
} ag_value;

typedef struct ag_region_info {
  ag_nid first, last; /* list of nodes (through ag_node.next), 0 when empty */
  ag_nid owner;       /* 0 for the function and while open */
  ag_region parent;
  uint32_t n_params, n_results;
  ag_val *params;  /* outputs of PARAM nodes */
  ag_val *results;
} ag_region_info;

typedef struct ag_graph ag_graph;
AG_API ag_graph *ag_graph_new(void);
AG_API void ag_graph_free(ag_graph *g);
AG_API uint32_t ag_graph_nodes(const ag_graph *g);  /* ids are 1 .. n-1: the count includes id 0 */
AG_API uint32_t ag_graph_values(const ag_graph *g); /* likewise */
AG_API uint32_t ag_graph_regions(const ag_graph *g);
/* Lent until the next addition. */
AG_API const ag_node *ag_graph_node(const ag_graph *g, ag_nid id);
AG_API const ag_value *ag_graph_value(const ag_graph *g, ag_val v);
AG_API const ag_region_info *ag_graph_region(const ag_graph *g, ag_region r);
/* Unique in the graph, e.g. "outer/add_1"; NULL in optimized graphs and without memory. Made when it is first asked for:
 * most names never are. */
AG_API const char *ag_graph_name(ag_graph *g, ag_nid id);

/* ---- building: everything appends to the current region -------------------------------------- */

typedef struct ag_spec {
  ag_op op;
  uint32_t n_in, n_attrs;
  const ag_val *in;
  const ag_attr *attrs; /* copied deeply; tensors are referenced */
  uint32_t n_out;       /* only for rows with -1 outputs that inference cannot tell (CALLBACK) */
  ag_region sub[2];
  const char *name; /* NULL: made from the op's name in user graphs */
  ag_loc loc;
} ag_spec;
/* Checks arity, infers types, appends. 0 on failure. A failing input (AG_NONE) fails silently. */
AG_API ag_nid ag_graph_add(ag_graph *g, const ag_spec *spec, ag_err *err);
/* The first output of what ag_graph_add makes: for one-output ops. */
AG_API ag_val ag_graph_op(ag_graph *g, ag_op op, const ag_val *in, uint32_t n_in, const ag_attr *attrs,
                          uint32_t n_attrs, ag_loc loc, ag_err *err);
AG_API ag_val ag_graph_const(ag_graph *g, const ag_tensor *value, const char *name, ag_loc loc, ag_err *err);
AG_API ag_val ag_graph_param(ag_graph *g, const ag_type *type, const char *name, ag_loc loc, ag_err *err);
AG_API int64_t ag_graph_symbol(ag_graph *g); /* a new symbolic dim: negative */

/* Regions nest. A closed region may be reopened at its end until its owner is added (to append casts). */
AG_API ag_region ag_region_open(ag_graph *g, ag_err *err);
AG_API ag_code ag_region_reopen(ag_graph *g, ag_region r, ag_err *err);
AG_API void ag_region_close(ag_graph *g); /* back to the parent */
AG_API ag_region ag_region_current(const ag_graph *g);
AG_API ag_code ag_region_results(ag_graph *g, ag_region r, const ag_val *vals, uint32_t n, ag_err *err);
/* Undo: drops everything made after the mark (nodes, values, regions); regions opened after it are closed. */
typedef struct ag_mark {
  uint32_t nodes, values, regions, symbols;
  ag_region current;
  ag_nid last; /* of the current region */
  uint32_t n_params;
  uint32_t results; /* settings of regions' results so far */
} ag_mark;
AG_API ag_mark ag_graph_mark(const ag_graph *g);
AG_API void ag_graph_undo(ag_graph *g, const ag_mark *m);

/* True when v may be used in region r (its node lies in r or in a region around r). */
AG_API bool ag_graph_visible(const ag_graph *g, ag_val v, ag_region r);

/* The types of an operation's outputs from those of its inputs, outside of any graph (eager mode). */
AG_API ag_code ag_op_types(ag_op op, const ag_type *in, uint32_t n_in, const ag_attr *attrs, uint32_t n_attrs,
                           ag_type *out, uint32_t n_out, ag_err *err);

/* ---- checking, text ---------------------------------------------------------------------------- */

AG_API ag_code ag_graph_verify(const ag_graph *g, ag_err *err);
/* What a line of text says of a location; may be NULL. Fills buf ("model.py:6"). */
typedef const char *ag_loc_text(void *ctx, ag_loc loc, char *buf, size_t size);
AG_API ag_code ag_graph_print(const ag_graph *g, ag_loc_text *locs, void *ctx, ag_text *out);
AG_API ag_graph *ag_graph_parse(const char *text, ag_err *err); /* err.loc: line of the text */

#endif
