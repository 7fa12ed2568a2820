/* state.h - what the files of the extension share: the types' layouts, the module's state, conversions.
 *
 * Only this room sees Python.h. All state is in core_state (one per module); the current trace is thread-local. */
#ifndef AG_EXT_STATE_H
#define AG_EXT_STATE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "autograph.h"

/* A graph being built or finished, with what Python needs beside it. */
typedef struct graph_obj {
  PyObject_HEAD
  ag_graph *g;
  PyObject *codes;      /* list of code objects: loc i is (codes[where[i].code], where[i].lasti) */
  struct loc_entry {
    uint32_t code;
    int32_t lasti;
  } *where;
  uint32_t n_where, cap_where;
  PyObject *keep;       /* list: objects the graph's constants point to (variables, callbacks) */
  PyObject *sites;      /* list: host records of RAISE and CALLBACK nodes */
  PyObject *code_index; /* dict id of code object -> index in codes */
  /* Interned handles by value and by node; borrowed: each handle keeps the graph alive and removes its entry. */
  struct tensor_obj **handles;
  struct operation_obj **ops;
  uint32_t cap_handles, cap_ops;
  PyObject *names;      /* name scope stack: list of str */
  PyObject *scopes;     /* dict: the names of scopes there have been */
  PyObject *extra;      /* dict: collections, devices, whatever Python wants */
  unsigned watched;     /* a `try` is round this point: what may fail asks staging/tries.py */
  bool finished;        /* no more nodes */
  unsigned long_loops;  /* loops over long ranges round this point, which are Python's so far */
  char numpys_asked;    /* a trace has asked whether its arrays are NumPy's: staging/lent.py */
  bool check_numerics;  /* its plans look for NaN and infinity */
  PyObject *weakrefs;
} graph_obj;

/* A tensor: eager (graph NULL, value in t) or symbolic (a value of a graph).
 * MAYBE: alts not NULL: tag is a 0-d int32 value; 0: val holds the value (val may be AG_NONE if never), k > 0: the Python object
 * alts[k-1] (None, the UNDEFINED sentinel, any static object). */
typedef struct tensor_obj tensor_obj;
struct tensor_obj {
  PyObject_HEAD
  graph_obj *graph;
  ag_val val, tag;
  PyObject *alts;
  PyObject *label; /* str: the variable's name, for messages; may be NULL */
  PyObject *origin; /* (variable, key) of a part of a variable, which may be assigned to; may be NULL */
  ag_tensor t;
  PyObject *weakrefs;
};

typedef struct variable_obj {
  PyObject_HEAD
  ag_var *var;
  ag_type type;
  PyObject *name; /* str, e.g. "v:0" */
  bool trainable;
  PyObject *weakrefs;
} variable_obj;

typedef struct py_host py_host;
enum { SPARE_TENSORS = 64, PLACE_PARTS = 4 };

typedef struct core_state {
  PyTypeObject *tensor_type, *variable_type, *graph_type, *operation_type, *function_type, *method_type, *concrete_type, *dtype_type, *shape_type;
  PyObject *dtypes[AG_DTYPE_COUNT]; /* DType instances: ag.int32 ... */
  PyObject *exceptions[AG_CODE_COUNT];
  PyObject *pin_error;   /* PinRequired(BaseException): (frozenset of params, frozenset of loops) */
  PyObject *undefined;   /* the UNDEFINED sentinel */
  PyObject *staged;      /* dict of Python fallbacks registered by operators.py: name -> callable */
  PyObject *records;     /* dict: weak reference to a class -> the fields of its instances, or None (key.c) */
  PyObject *numpy;       /* numpy module once the user has imported it, else NULL */
  PyObject *home;        /* str: directory of the package: frames below it are not the user's, */
  PyObject *programs;    /* but for those below this one: what the benchmark measures stands for them */
  PyTypeObject *plan_type, *undefined_type;
  PyTypeObject *choice_type; /* one of several values of different structure (autograph/staging/trees.py) */
  PyTypeObject *closure_type; /* a Python function that C calls */
  PyTypeObject *int_type, *float_type; /* int and float as compiled functions return them; NULL until registered */
  tensor_obj *spare[SPARE_TENSORS]; /* dead eager tensors, to be used again */
  int n_spare;
  PyObject *op_numbers; /* dict: an op's names -> its number */
  PyObject *module;      /* borrowed */
  PyObject *library, *packages; /* str: directory of the standard library; what it is not (debugger.c) */
  bool check_numerics;   /* debugging.enable_check_numerics() */
  PyObject *do_not_convert; /* str: the attribute of functions that stay as they are */
  Py_ssize_t code_extra;    /* where code objects keep their conversions; -1: nowhere */
  PyObject *place[PLACE_PARTS]; /* str: the attributes that say where a syntax node stands (nodes.c), */
  PyObject *fields;             /* and the one that names its fields */
  PyObject *unplaced;           /* dict: those attributes, and room for fields */
  bool run_eagerly;      /* config.run_functions_eagerly(True) */
} core_state;

core_state *core_of(PyObject *module);            /* from the module */
core_state *core_of_type(PyTypeObject *type);     /* PyType_GetModuleByDef for subclasses too */
extern struct PyModuleDef core_module;

/* ---- dtypes and shapes ------------------------------------------------------------------------- */
/* DType, name, Python or NumPy type -> dtype; -1 and TypeError when it is none. what: the argument's name. */
int dtype_from_object(core_state *st, PyObject *o, const char *what);
static inline PyObject *dtype_object(core_state *st, ag_dtype d) { return Py_NewRef(st->dtypes[d]); }
/* A TensorShape; rank -1 is unknown, negative dims are None. */
PyObject *shape_new(core_state *st, int rank, const int64_t *dim);
/* TensorShape, None (unknown rank), an int, a sequence of int or None -> shape with -1 for None. 0 or -1. */
int shape_from_object(core_state *st, PyObject *o, const char *what, ag_shape *out);

/* True for code of the package itself. */
bool below_home(core_state *st, PyCodeObject *code);
/* Until debugger_leave(what it returned, NULL when there is none), a debugger sees no frames of ours. */
PyObject *debugger_enter(core_state *st);
/* A frame of the package itself, or of the standard library on its behalf. */
bool frame_is_ours(core_state *st, PyFrameObject *frame);
/* Takes such frames out of the traceback of the pending exception, unless AUTOGRAPH_FRAMES is set (raise.c). */
void hide_frames(core_state *st);
void debugger_leave(PyObject *entered);

/* ---- the current trace (thread-local) -------------------------------------------------------- */
graph_obj *trace_current(void);             /* borrowed; NULL when eager */
PyObject *trace_enter(core_state *st, graph_obj *g); /* pushes; NULL and exception on failure, else Py_None borrowed */
void trace_leave(void);
uint32_t trace_depth(void);
/* Interned place of the nearest user frame, 0 when none. */
ag_loc trace_loc(core_state *st, graph_obj *g);
/* file, line, function of a place; false when unknown. New references. */
bool loc_resolve(graph_obj *g, ag_loc loc, PyObject **file, int *line, PyObject **function);
int loc_offset(const graph_obj *g, ag_loc loc); /* in its code; -1 where it is unknown */

/* ---- values ------------------------------------------------------------------------------------ */
/* The items of a sequence as a tuple, which stays as it is while they are converted: that may run any code, and a list
 * may change under it. TypeError with the message when there is none. New reference. */
static inline PyObject *items_now(PyObject *o, const char *message) {
  PyObject *seq = PySequence_Fast(o, message);
  if (seq && PyList_Check(seq)) Py_SETREF(seq, PyList_AsTuple(seq));
  return seq;
}
/* True for numbers, text and None: no traced value is in them. */
static inline bool plain_value(PyObject *o) {
  PyTypeObject *t = Py_TYPE(o);
  return t == &PyLong_Type || t == &PyFloat_Type || t == &PyBool_Type || t == &PyUnicode_Type || o == Py_None;
}
static inline bool is_tensor(core_state *st, PyObject *o) { return PyObject_TypeCheck(o, st->tensor_type); }
/* Takes over what *t holds. */
PyObject *tensor_from_value(core_state *st, ag_tensor *t);
/* The interned handle of a value. */
PyObject *tensor_from_graph(core_state *st, graph_obj *g, ag_val v);
ag_type tensor_type_of(const tensor_obj *t); /* eager or symbolic */
/* Python object -> eager tensor (new reference in *out): numbers (weak unless dtype given), bools, strings, buffers, __array__,
 * __dlpack__, nested lists (TF defaults: int32, float32, bool, string). dtype -1: deduced. what: for messages, the argument's name. */
int value_from_object(core_state *st, PyObject *o, int dtype, const char *what, ag_tensor *out);
/* Any object -> Tensor object (a Tensor passes through; a Variable is read; a MAYBE is resolved with a run-time check). New reference. */
PyObject *as_tensor(core_state *st, PyObject *o, int dtype, const char *what);
/* An array of staging/arrays.py, whose attribute `tensor` is what it holds now. */
bool is_array(core_state *st, PyObject *o);
/* Tensor object -> value of graph g: eager ones become CONST nodes (weak stays weak), symbolic ones are checked to be visible
 * in the current region of g (else the "leaked tensor" TypeError). 0 on failure with the exception set. */
ag_val graph_value(core_state *st, graph_obj *g, PyObject *tensor);
/* A MAYBE tensor -> plain tensor, emitting UNBOUND / type check at this place; plain ones pass through. New reference. */
PyObject *method_new(core_state *st, PyObject *function, PyObject *self); /* method.c */
PyObject *maybe_resolve(core_state *st, PyObject *tensor);

/* ---- operations -------------------------------------------------------------------------------- */
/* Runs (all eager) or records (any symbolic, or effectful while tracing) one op without promotion. Outputs as Tensors. */
int apply_raw(core_state *st, ag_op op, PyObject *const *tensors, uint32_t n_in, const ag_attr *attrs, uint32_t n_attrs,
              PyObject **out, uint32_t n_out);
/* Binary and unary operators with Python's and TensorFlow's promotion (SEMANTICS 0.1): weak/strong, PY ops, true division. op is
 * the strong op (AG_OP_ADD, AG_OP_DIV, AG_OP_POW, AG_OP_LT ...). New reference, or NULL. */
PyObject *apply_binary(core_state *st, ag_op op, PyObject *a, PyObject *b);
PyObject *apply_unary(core_state *st, ag_op op, PyObject *a);
PyObject *apply_cast(core_state *st, PyObject *tensor, ag_dtype to, bool weak);
PyObject *tensor_getitem(PyObject *self, PyObject *key);             /* x[key] */
PyObject *tensor_setitem(core_state *st, PyObject *x, PyObject *key, PyObject *value); /* new tensor */

/* ---- errors -------------------------------------------------------------------------------------- */
/* Raises the exception for err, with the user's line from g's table (g may be NULL) as message suffix and traceback entry. Returns NULL. */
PyObject *raise_err(core_state *st, const ag_err *err, graph_obj *g);
/* Raises a TypeError with this text (NULL: leaves the exception that is set) for what a trace cannot hold: none of the program's
 * errors, so no handler of the traced function meets it (guards.pass_refusals). */
void raise_refusal(PyObject *said);
/* The same for a run: gives what the host kept (exceptions of callbacks, operands of RAISE) its due. */
PyObject *raise_run(core_state *st, const ag_err *err, py_host *h);
/* Adds a traceback entry for a place to the pending exception. */
void add_traceback(graph_obj *g, ag_loc loc);
/* Raises PinRequired for a symbolic value used as a Python number (or TypeError if it hangs on strong tensors). what: "a list index". */
PyObject *pin(core_state *st, tensor_obj *t, const char *what);

/* ---- running ------------------------------------------------------------------------------------- */
extern const ag_host python_host; /* print, poll, callback, raised: ctx is a py_host */
struct py_host {
  ag_host host;
  core_state *st;
  PyThreadState *saved; /* not NULL while the GIL is released */
  graph_obj *graph;     /* whose sites and places apply; may be NULL */
  PyObject *raised;     /* tuple (site, operands) when a RAISE was reached */
};
static inline void py_host_init(py_host *h, core_state *st, graph_obj *g) {
  h->host = python_host;
  h->host.ctx = h;
  h->st = st;
  h->saved = NULL;
  h->graph = g;
  h->raised = NULL;
}

/* One function a file adds its type(s) to the module. */
int add_errors(PyObject *module, core_state *st);    /* raise.c */
int add_dtypes(PyObject *module, core_state *st);    /* dtype.c */
int add_shape(PyObject *module, core_state *st);     /* shape.c */
int add_maybe(PyObject *module, core_state *st);     /* maybe.c */
int add_operation(PyObject *module, core_state *st); /* operation.c */
int add_plan(PyObject *module, core_state *st);      /* plan_obj.c */
int add_trace(PyObject *module, core_state *st);     /* trace.c */
int add_tensor(PyObject *module, core_state *st);    /* tensor.c */
int add_variable(PyObject *module, core_state *st);  /* variable.c */
int add_graph(PyObject *module, core_state *st);     /* graph.c */
int add_function(PyObject *module, core_state *st);  /* function.c */
int add_method(PyObject *module, core_state *st);    /* method.c */
int add_control(PyObject *module, core_state *st);   /* control.c */
int add_tries(PyObject *module, core_state *st);     /* tries.c */
int add_debugger(PyObject *module, core_state *st);  /* debugger.c */
int add_pin(PyObject *module, core_state *st);       /* pin.c */
int add_bools(PyObject *module, core_state *st);     /* bools.c */
int add_store(PyObject *module, core_state *st);     /* store.c */
int add_products(PyObject *module, core_state *st);  /* products.c */
int add_threads(PyObject *module, core_state *st);   /* threads.c */
int add_code(PyObject *module, core_state *st);      /* code.c */
int add_nodes(PyObject *module, core_state *st);     /* nodes.c */
int add_ops(PyObject *module, core_state *st);       /* ops.c: _core.op(...) */
int add_invoke(PyObject *module, core_state *st);    /* invoke.c */
int add_foreign(PyObject *module, core_state *st);   /* foreign.c */
int add_expressions(PyObject *module, core_state *st); /* expressions.c */

#endif
