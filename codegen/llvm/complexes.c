/* complexes.c - complex numbers in registers: a vector of two floats each, the real part first.
 *
 * Numbers of 0 dimensions, and elements of arrays that are read or written one by one; whole arrays
 * are the kernels'. Meaning: runtime/kernels/complex.c, the same operations in the same order. */
#include "emit.h"

static bool has_complex(const ag_graph *g, const ag_node *n) {
  for (uint32_t k = 0; k < n->n_in; k++)
    if (ag_is_complex((ag_dtype)ag_graph_value(g, n->in[k])->type.dtype))
      return true;
  for (uint32_t k = 0; k < n->n_out; k++)
    if (ag_is_complex((ag_dtype)ag_graph_value(g, n->out + k)->type.dtype))
      return true;
  return false;
}

static bool all_numbers(const ag_graph *g, const ag_node *n) {
  for (uint32_t k = 0; k < n->n_in; k++)
    if (ag_graph_value(g, n->in[k])->type.rank != 0)
      return false;
  return ag_graph_value(g, n->out)->type.rank == 0;
}

ag_complex_way ag_complex_way_of(const ag_graph *g, const ag_node *n) {
  if (!has_complex(g, n))
    return AG_COMPLEX_NONE;
  switch (n->op) {
  case AG_OP_ELEMENT:
    return ag_graph_value(g, n->out)->type.rank == 0 ? AG_COMPLEX_SCALAR : AG_COMPLEX_CALL;
  case AG_OP_SET_ELEMENT:
    return ag_graph_value(g, n->in[1])->type.rank == 0 ? AG_COMPLEX_SET : AG_COMPLEX_CALL;
  case AG_OP_CAST: /* a complex number that becomes a bool or an int is the kernel's */
    if (!ag_is_complex((ag_dtype)ag_graph_value(g, n->out)->type.dtype) &&
        !ag_is_float((ag_dtype)ag_graph_value(g, n->out)->type.dtype))
      return AG_COMPLEX_CALL;
    break;
  case AG_OP_ADD:
  case AG_OP_SUB:
  case AG_OP_MUL:
  case AG_OP_DIV:
  case AG_OP_NEG:
  case AG_OP_SQUARE:
  case AG_OP_EQ:
  case AG_OP_NE:
  case AG_OP_SELECT:
  case AG_OP_IDENTITY:
  case AG_OP_REAL:
  case AG_OP_IMAG:
  case AG_OP_COMPLEX:
    break;
  default:
    return AG_COMPLEX_CALL;
  }
  return all_numbers(g, n) ? AG_COMPLEX_SCALAR : AG_COMPLEX_CALL;
}

static LLVMValueRef part(ag_emitter *e, LLVMValueRef z, unsigned k) {
  return LLVMBuildExtractElement(e->b, z, LLVMConstInt(e->i32, k, 0), "");
}

static LLVMValueRef of_parts(ag_emitter *e, LLVMValueRef re, LLVMValueRef im, const char *name) {
  LLVMValueRef z = LLVMGetPoison(LLVMVectorType(LLVMTypeOf(re), 2));
  z = LLVMBuildInsertElement(e->b, z, re, LLVMConstInt(e->i32, 0, 0), "");
  return LLVMBuildInsertElement(e->b, z, im, LLVMConstInt(e->i32, 1, 0), name);
}

static LLVMValueRef magnitude(ag_emitter *e, LLVMValueRef x) {
  LLVMTypeRef type = LLVMTypeOf(x);
  return ag_emit_intrinsic(e, "llvm.fabs", &type, 1, &x, 1, "");
}

static LLVMValueRef product(ag_emitter *e, LLVMValueRef x, LLVMValueRef y, const char *name) {
  LLVMBuilderRef b = e->b;
  LLVMValueRef xr = part(e, x, 0), xi = part(e, x, 1), yr = part(e, y, 0), yi = part(e, y, 1);
  LLVMValueRef re =
      LLVMBuildFSub(b, LLVMBuildFMul(b, xr, yr, ""), LLVMBuildFMul(b, xi, yi, ""), "");
  LLVMValueRef im =
      LLVMBuildFAdd(b, LLVMBuildFMul(b, xr, yi, ""), LLVMBuildFMul(b, xi, yr, ""), "");
  return of_parts(e, re, im, name);
}

/* SMITH: as quotient() in runtime/kernels/complex.c. */
static LLVMValueRef quotient(ag_emitter *e, LLVMValueRef x, LLVMValueRef y, const char *name) {
  LLVMBuilderRef b = e->b;
  LLVMValueRef xr = part(e, x, 0), xi = part(e, x, 1), yr = part(e, y, 0), yi = part(e, y, 1);
  LLVMValueRef one = LLVMConstReal(LLVMTypeOf(yr), 1), zero = LLVMConstReal(LLVMTypeOf(yr), 0);
  LLVMValueRef size = magnitude(e, yr);
  LLVMValueRef wide = LLVMBuildFCmp(b, LLVMRealOGE, size, magnitude(e, yi), "");
  LLVMValueRef p = LLVMBuildSelect(b, wide, yr, yi, ""), q = LLVMBuildSelect(b, wide, yi, yr, "");
  LLVMValueRef ratio = LLVMBuildFDiv(b, q, p, "");
  LLVMValueRef scale =
      LLVMBuildFDiv(b, one, LLVMBuildFAdd(b, p, LLVMBuildFMul(b, q, ratio, ""), ""), "");
  LLVMValueRef s = LLVMBuildSelect(b, wide, xr, xi, ""), t = LLVMBuildSelect(b, wide, xi, xr, "");
  LLVMValueRef re = LLVMBuildFAdd(b, s, LLVMBuildFMul(b, t, ratio, ""), "");
  LLVMValueRef im =
      LLVMBuildSelect(b, wide, LLVMBuildFSub(b, xi, LLVMBuildFMul(b, xr, ratio, ""), ""),
                      LLVMBuildFSub(b, LLVMBuildFMul(b, xi, ratio, ""), xr, ""), "");
  re = LLVMBuildFMul(b, re, scale, "");
  im = LLVMBuildFMul(b, im, scale, "");
  LLVMValueRef none = LLVMBuildAnd(b, wide, LLVMBuildFCmp(b, LLVMRealOEQ, size, zero, ""), "");
  re = LLVMBuildSelect(b, none, LLVMBuildFDiv(b, xr, size, ""), re, "");
  im = LLVMBuildSelect(b, none, LLVMBuildFDiv(b, xi, size, ""), im, "");
  return of_parts(e, re, im, name);
}

static LLVMValueRef both_equal(ag_emitter *e, const ag_expr *x, bool equal) {
  LLVMValueRef a = LLVMBuildFCmp(e->b, LLVMRealOEQ, part(e, x->in[0], 0), part(e, x->in[1], 0), "");
  LLVMValueRef b = LLVMBuildFCmp(e->b, LLVMRealOEQ, part(e, x->in[0], 1), part(e, x->in[1], 1), "");
  LLVMValueRef both = LLVMBuildAnd(e->b, a, b, x->name);
  return equal ? both : LLVMBuildNot(e->b, both, x->name);
}

static LLVMValueRef cast(ag_emitter *e, const ag_expr *x) {
  LLVMValueRef a = x->in[0];
  if (x->from == x->to)
    return a;
  if (!ag_is_complex(x->to)) /* its real part */
    return LLVMBuildFPCast(e->b, part(e, a, 0), ag_emit_type(e, x->to, 1), x->name);
  LLVMTypeRef whole = ag_emit_type(e, x->to, 1), half = LLVMGetElementType(whole);
  if (ag_is_complex(x->from))
    return LLVMBuildFPCast(e->b, a, whole, x->name);
  LLVMValueRef wide; /* through a double, as the kernel casts */
  if (ag_is_float(x->from))
    wide = LLVMBuildFPCast(e->b, a, e->f64, "");
  else
    wide = ag_is_signed(x->from) && x->from != AG_BOOL ? LLVMBuildSIToFP(e->b, a, e->f64, "")
                                                       : LLVMBuildUIToFP(e->b, a, e->f64, "");
  LLVMValueRef re = LLVMBuildFPCast(e->b, wide, half, "");
  return of_parts(e, re, LLVMConstNull(half), x->name);
}

LLVMValueRef ag_emit_complex(ag_emitter *e, ag_op op, const ag_expr *x) {
  switch (op) {
  case AG_OP_ADD:
    return LLVMBuildFAdd(e->b, x->in[0], x->in[1], x->name);
  case AG_OP_SUB:
    return LLVMBuildFSub(e->b, x->in[0], x->in[1], x->name);
  case AG_OP_MUL:
    return product(e, x->in[0], x->in[1], x->name);
  case AG_OP_SQUARE:
    return product(e, x->in[0], x->in[0], x->name);
  case AG_OP_DIV:
    return quotient(e, x->in[0], x->in[1], x->name);
  case AG_OP_NEG:
    return LLVMBuildFNeg(e->b, x->in[0], x->name);
  case AG_OP_EQ:
  case AG_OP_NE:
    return both_equal(e, x, op == AG_OP_EQ);
  case AG_OP_SELECT:
    return LLVMBuildSelect(e->b, x->in[0], x->in[1], x->in[2], x->name);
  case AG_OP_REAL:
  case AG_OP_IMAG:
    return LLVMBuildExtractElement(e->b, x->in[0], LLVMConstInt(e->i32, op == AG_OP_IMAG, 0),
                                   x->name);
  case AG_OP_COMPLEX:
    return of_parts(e, x->in[0], x->in[1], x->name);
  case AG_OP_CAST:
    return cast(e, x);
  case AG_OP_IDENTITY:
    return x->in[0];
  default:
    ag_fail(e->err, AG_ERR_INTERNAL, 0, "%s of complex numbers has no scalar form",
            ag_ops[op].name);
    return LLVMGetPoison(ag_emit_type(e, x->to, 1));
  }
}
