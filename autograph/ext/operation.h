/* operation.h - the layout of Operation, for the graph that interns them. */
#ifndef AG_EXT_OPERATION_H
#define AG_EXT_OPERATION_H

#include "state.h"

typedef struct operation_obj {
  PyObject_HEAD
  graph_obj *graph;
  ag_nid node; /* 0: it was undone */
} operation_obj;

#endif
