/* ops.c - ops.def as a table. */
#include "ag/graph.h"

#include <ctype.h>
#include <string.h>

/* The preprocessor knows no lower case: the names are lowered once, before main. */
static char names[AG_OP_COUNT][16] = {
#define AG_OP(name, ...) [AG_OP_##name] = #name,
#include "ag/ops.def"
};

__attribute__((constructor)) static void lower_names(void) {
  for (int op = 0; op < AG_OP_COUNT; op++)
    for (char *c = names[op]; *c; c++)
      *c = (char)tolower((unsigned char)*c);
}

const ag_op_info ag_ops[AG_OP_COUNT] = {
#define AG_OP(name, file, in, out, dtype, shape, grad, lowering, traits)                           \
  [AG_OP_##name] = {names[AG_OP_##name], file, in, out, AG_LOWER_##lowering, AG_TRAIT_##traits},
#include "ag/ops.def"
};

bool ag_op_parse(const char *name, ag_op *out) {
  for (int op = 0; op < AG_OP_COUNT; op++)
    if (strcmp(ag_ops[op].name, name) == 0 || strcmp(ag_ops[op].file, name) == 0) {
      *out = (ag_op)op;
      return true;
    }
  return false;
}

unsigned ag_op_cost(ag_op op) {
  switch (op) {
#define X(f) case AG_OP_##f:
    X(EXP) X(EXPM1) X(LOG) X(LOG1P) X(SIN) X(COS) X(TAN) X(ASIN) X(ACOS) X(ATAN) X(SINH) X(COSH)
    X(TANH) X(SIGMOID) X(ERF) X(POW) X(ATAN2) X(FOREIGN_MAP) return 20;
    X(DIV) X(FLOORDIV) X(MOD) X(SQRT) X(RSQRT) return 5;
#undef X
  default:
    return ag_ops[op].lowering == AG_LOWER_index || ag_ops[op].lowering == AG_LOWER_parts ? 0 : 1;
  }
}
