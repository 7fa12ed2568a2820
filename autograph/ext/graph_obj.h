/* graph_obj.h - what the files that build and read a Graph share. */
#ifndef AG_EXT_GRAPH_OBJ_H
#define AG_EXT_GRAPH_OBJ_H

#include "convert.h"

graph_obj *graph_obj_new(core_state *st, ag_graph *g); /* takes g over, on failure too */
/* Drops what was made after the mark; handles of it say that they are dead. */
void graph_undo(graph_obj *g, const ag_mark *m);
/* The type of a parameter from dtype, shape (None: unknown) and weakness: None sizes are new
 * symbols of g. */
int type_from_objects(core_state *st, graph_obj *g, PyObject *dtype, PyObject *shape, int weak,
                      ag_type *out);
int check_open(graph_obj *g); /* raises when the graph is finished */
/* A list of Tensors: the outputs of a node. NULL for node 0, with the exception that is pending or
 * else that of err. */
PyObject *outputs_of(core_state *st, graph_obj *g, ag_nid node, const ag_err *err);
/* The values of a sequence of tensors (or what becomes one); ag_free it. NULL and exception on
 * failure. */
ag_val *values_of(core_state *st, graph_obj *g, PyObject *tensors, uint32_t *n);
/* The interned handle of a node. */
PyObject *operation_handle(core_state *st, graph_obj *g, ag_nid node);

/* region.c: methods of Graph about regions, parameters and control flow */
extern PyMethodDef region_methods[];
/* names.c: name scopes and look-up */
extern PyMethodDef name_methods[];
/* pin.c: which operations may fail, and the numbers that decide it */
extern PyMethodDef pin_methods[];
/* views.c: text, optimized copies, plans */
extern PyMethodDef view_methods[];

#endif
