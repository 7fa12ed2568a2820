/* cases.h - kernels tested on text: a case is an op, inputs, attributes, and the output or the
 * error.
 *
 *   tensor       "i32[2,3] 1 2 3 4 5 6", "f64[] 1.5", "bool[2] T F", "f32[0]"; "weak f64[] 1"; "str[2] <a b> <>"
 *   attributes   "axis=1 keep_dims=1 perm=[1,0] dtype=f32 text='x is \1'"
 *   output       as a tensor; several joined by " | "
 *   error        "! value error: message" */
#ifndef AG_CASES_H
#define AG_CASES_H

#include "ag/plan.h"
#include "suite.h"

enum { CASE_INPUTS = 5 };
typedef struct op_case {
  const char *op, *in[CASE_INPUTS], *attrs, *out;
} op_case;

ag_tensor parse_tensor(const char *text);
/* As a tensor is written above; free it. NULL when out of memory. */
char *tensor_text(const ag_tensor *t);
uint32_t parse_attrs(const char *text, ag_attr *attrs, ag_arena *arena);

/* Runs the case as it is, then with inputs that may be overwritten, then with each allocation
 * failing in turn. */
void check_case(const op_case *c);
#define check_cases(cases) check_all((cases), sizeof(cases) / sizeof *(cases))
void check_all(const op_case *cases, size_t n);

#endif
