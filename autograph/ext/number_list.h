/* number_list.h - a list argument of many numbers is one input of the graph (LEAF_NUMBERS, key.h).
 */
#ifndef AG_EXT_NUMBER_LIST_H
#define AG_EXT_NUMBER_LIST_H

#include "state.h"

enum { AG_FEW_ITEMS = 16 }; /* a list of so many has an input for each item */

/* The dtype of a list's items where they are more than a few, and all of them ints of 64 bits or
 * all of them floats: exactly Python's, or what a compiled function returned. False for others. */
bool numbers_in_list(const core_state *st, PyObject *list, ag_dtype *dtype);
/* Those items as a vector. -1 with an exception where they are others by now. */
int vector_of_list(core_state *st, PyObject *list, ag_tensor *out);

#endif
