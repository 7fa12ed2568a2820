/* convert.h - conversions that apply.c and promote.c need beside those of state.h. */
#ifndef AG_EXT_CONVERT_H
#define AG_EXT_CONVERT_H

#include "state.h"

/* Replaces *t, which is there, by its cast; on failure *t is dropped and -1 returned. */
int cast_value(core_state *st, ag_tensor *t, ag_dtype to, bool weak);

/* "cast it, for example tf.cast(x, tf.float32)": what makes a tensor of one dtype of another. */
enum { REMEDY_TEXT = 512 };
const char *cast_remedy(ag_dtype from, ag_dtype to, const char *name, char text[REMEDY_TEXT]);

/* "outer/add": the current name scope and `name`, or the op's own name; NULL when the graph may
 * choose. In buf. */
enum { NODE_NAME = 512 };
const char *node_name(graph_obj *g, ag_op op, const char *name, char *buf); /* graph.c */

/* apply_raw with the node's name given (NULL: the op's), and one list for whatever number of
 * outputs. */
PyObject *apply_named(core_state *st, ag_op op, PyObject *const *tensors, uint32_t n_in,
                      const ag_attr *attrs, uint32_t n_attrs, const char *name);

/* Raises TypeError for operands that the operation does not take: which came, and what to do. */
PyObject *refuse_operands(core_state *st, ag_op op, PyObject *const *tensors, uint32_t n,
                          const char *why);

/* An elementwise operation of two eager tensors of one strong dtype: its kernel checks the rest. */
PyObject *apply_same(core_state *st, ag_op op, PyObject *a, PyObject *b);

/* True when the arrays of this trace are NumPy's: it is given no others (staging/lent.py), or it
 * makes some. promote.c */
bool trace_is_numpys(void);

/* A Python number takes a dtype; OverflowError when it is known not to fit. promote.c */
PyObject *apply_fit(core_state *st, PyObject *tensor, ag_dtype to, const char *what);

/* A Python number becomes int32 (int64 when it needs it) or float32. Takes the reference; NULL
 * stays NULL. ops.c */
PyObject *as_strong(core_state *st, PyObject *t);

#endif
