/* complexes.c - complex numbers in registers: a vector of two floats each, the real part first;
 * `lanes` of them are one vector, as they lie in memory.
 *
 * Numbers of 0 dimensions, elements of arrays, and arithmetic of whole arrays, read one after the
 * other; what else is done with arrays is the kernels'. Meaning: runtime/kernels/complex.c, the
 * same operations in the same order. */
#include "emit.h"

#include <math.h>

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
  case AG_OP_COMPLEX_ABS:
    break;
  default:
    return AG_COMPLEX_CALL;
  }
  return all_numbers(g, n) ? AG_COMPLEX_SCALAR : AG_COMPLEX_INLINE;
}

enum { MOST = 64 }; /* floats of a vector */

static LLVMValueRef shuffled(ag_emitter *e, LLVMValueRef a, LLVMValueRef b, const unsigned *from,
                             unsigned n, const char *name) {
  LLVMValueRef mask[MOST];
  for (unsigned i = 0; i < n; i++)
    mask[i] = LLVMConstInt(e->i32, from[i], 0);
  return LLVMBuildShuffleVector(e->b, a, b ? b : LLVMGetPoison(LLVMTypeOf(a)),
                                LLVMConstVector(mask, n), name);
}

LLVMValueRef ag_complex_splat(ag_emitter *e, LLVMValueRef z, const char *name) {
  unsigned from[MOST];
  for (unsigned i = 0; i < 2 * e->lanes; i++)
    from[i] = i % 2;
  return shuffled(e, z, NULL, from, 2 * e->lanes, name);
}

/* The real or imaginary parts. */
static LLVMValueRef part(ag_emitter *e, LLVMValueRef z, unsigned k) {
  unsigned n = LLVMGetVectorSize(LLVMTypeOf(z)) / 2, from[MOST];
  if (n == 1)
    return LLVMBuildExtractElement(e->b, z, LLVMConstInt(e->i32, k, 0), "");
  for (unsigned i = 0; i < n; i++)
    from[i] = 2 * i + k;
  return shuffled(e, z, NULL, from, n, "");
}

static LLVMValueRef of_parts(ag_emitter *e, LLVMValueRef re, LLVMValueRef im, const char *name) {
  if (LLVMGetTypeKind(LLVMTypeOf(re)) == LLVMVectorTypeKind) {
    unsigned n = LLVMGetVectorSize(LLVMTypeOf(re)), from[MOST];
    for (unsigned i = 0; i < 2 * n; i++)
      from[i] = i / 2 + i % 2 * n;
    return shuffled(e, re, im, from, 2 * n, name);
  }
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
  unsigned lanes = x->lanes;
  if (x->from == x->to)
    return a;
  if (!ag_is_complex(x->to)) /* its real part */
    return LLVMBuildFPCast(e->b, part(e, a, 0), ag_emit_type(e, x->to, lanes), x->name);
  if (ag_is_complex(x->from))
    return LLVMBuildFPCast(e->b, a, ag_emit_type(e, x->to, lanes), x->name);
  LLVMTypeRef half = ag_emit_type(e, x->to == AG_C64 ? AG_F32 : AG_F64, lanes);
  LLVMTypeRef f64 = ag_emit_type(e, AG_F64, lanes);
  LLVMValueRef wide; /* through a double, as the kernel casts */
  if (ag_is_float(x->from))
    wide = LLVMBuildFPCast(e->b, a, f64, "");
  else
    wide = ag_is_signed(x->from) && x->from != AG_BOOL ? LLVMBuildSIToFP(e->b, a, f64, "")
                                                       : LLVMBuildUIToFP(e->b, a, f64, "");
  LLVMValueRef re = LLVMBuildFPCast(e->b, wide, half, "");
  return of_parts(e, re, LLVMConstNull(half), x->name);
}

static LLVMValueRef squared(ag_emitter *e, LLVMValueRef x) { return LLVMBuildFMul(e->b, x, x, ""); }

static LLVMValueRef root(ag_emitter *e, LLVMValueRef x) {
  LLVMTypeRef type = LLVMTypeOf(x);
  return ag_emit_intrinsic(e, "llvm.sqrt", &type, 1, &x, 1, "");
}

/* HYPOT: as magnitude() in runtime/kernels/magnitude_isa.c. */
static LLVMValueRef hypotenuse(ag_emitter *e, LLVMValueRef re, LLVMValueRef im) {
  LLVMBuilderRef b = e->b;
  LLVMTypeRef type = LLVMTypeOf(re);
  LLVMValueRef one = LLVMConstReal(type, 1), two = LLVMConstReal(type, 2);
  LLVMValueRef four = LLVMConstReal(type, 4), down = LLVMConstReal(type, 0x1p-600);
  LLVMValueRef up = LLVMConstReal(type, 0x1p+600);
  LLVMValueRef more = LLVMBuildFCmp(b, LLVMRealOGT, re, im, "");
  LLVMValueRef most = LLVMBuildSelect(b, more, re, im, "");
  LLVMValueRef least = LLVMBuildSelect(b, more, im, re, "");
  LLVMValueRef large = LLVMBuildFCmp(b, LLVMRealOGT, most, LLVMConstReal(type, 0x1p+511), "");
  LLVMValueRef tiny = LLVMBuildFCmp(b, LLVMRealOLT, least, LLVMConstReal(type, 0x1p-459), "");
  LLVMValueRef by = LLVMBuildSelect(b, large, down, LLVMBuildSelect(b, tiny, up, one, ""), "");
  LLVMValueRef back = LLVMBuildSelect(b, large, up, LLVMBuildSelect(b, tiny, down, one, ""), "");
  LLVMValueRef x = LLVMBuildFMul(b, most, by, ""), y = LLVMBuildFMul(b, least, by, "");
  LLVMValueRef size = root(e, LLVMBuildFAdd(b, squared(e, x), squared(e, y), ""));
  LLVMValueRef over_y = LLVMBuildFSub(b, size, y, ""), over_x = LLVMBuildFSub(b, size, x, "");
  LLVMValueRef twice_y = LLVMBuildFMul(b, two, y, "");
  LLVMValueRef near = LLVMBuildFCmp(b, LLVMRealOLE, size, twice_y, "");
  LLVMValueRef near_one =
      LLVMBuildFMul(b, x, LLVMBuildFSub(b, LLVMBuildFMul(b, two, over_y, ""), x, ""), "");
  LLVMValueRef far_one =
      LLVMBuildFMul(b, LLVMBuildFMul(b, two, over_x, ""), LLVMBuildFSub(b, x, twice_y, ""), "");
  LLVMValueRef near_other = LLVMBuildFMul(b, two, LLVMBuildFSub(b, x, y, ""), "");
  near_other = LLVMBuildFMul(b, LLVMBuildFSub(b, over_y, near_other, ""), over_y, "");
  LLVMValueRef far_other = LLVMBuildFSub(b, LLVMBuildFMul(b, four, over_x, ""), y, "");
  far_other = LLVMBuildFAdd(b, LLVMBuildFMul(b, far_other, y, ""), squared(e, over_x), "");
  LLVMValueRef extra = LLVMBuildFAdd(b, LLVMBuildSelect(b, near, near_one, far_one, ""),
                                     LLVMBuildSelect(b, near, near_other, far_other, ""), "");
  extra = LLVMBuildFDiv(b, extra, LLVMBuildFMul(b, two, size, ""), "");
  size = LLVMBuildFMul(b, LLVMBuildFSub(b, size, extra, ""), back, "");
  LLVMValueRef beside = LLVMBuildFMul(b, x, LLVMConstReal(type, 0x1p-54), "");
  beside = LLVMBuildFCmp(b, LLVMRealOLE, y, beside, "");
  return LLVMBuildSelect(b, beside, LLVMBuildFAdd(b, most, least, ""), size, "");
}

static LLVMValueRef size_of(ag_emitter *e, const ag_expr *x) {
  LLVMValueRef re = part(e, x->in[0], 0), im = part(e, x->in[0], 1), size;
  LLVMTypeRef type = LLVMTypeOf(re), f64 = ag_emit_type(e, AG_F64, x->lanes);
  LLVMValueRef infinite = LLVMConstReal(type, INFINITY);
  re = magnitude(e, re);
  im = magnitude(e, im);
  if (x->from == AG_C64) { /* squares of floats and their sums are doubles without overflow */
    LLVMValueRef a = LLVMBuildFPExt(e->b, re, f64, ""), b = LLVMBuildFPExt(e->b, im, f64, "");
    size = LLVMBuildFPTrunc(e->b, root(e, LLVMBuildFAdd(e->b, squared(e, a), squared(e, b), "")),
                            type, "");
  } else {
    size = hypotenuse(e, re, im);
  }
  LLVMValueRef beyond = LLVMBuildOr(e->b, LLVMBuildFCmp(e->b, LLVMRealOEQ, re, infinite, ""),
                                    LLVMBuildFCmp(e->b, LLVMRealOEQ, im, infinite, ""), "");
  return LLVMBuildSelect(e->b, beyond, infinite, size, x->name);
}

/* One condition for both parts of a number. */
static LLVMValueRef chosen(ag_emitter *e, const ag_expr *x) {
  LLVMValueRef of = x->in[0];
  if (LLVMGetTypeKind(LLVMTypeOf(of)) == LLVMVectorTypeKind)
    of = of_parts(e, of, of, "");
  return LLVMBuildSelect(e->b, of, x->in[1], x->in[2], x->name);
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
    return chosen(e, x);
  case AG_OP_REAL:
  case AG_OP_IMAG:
    return part(e, x->in[0], op == AG_OP_IMAG);
  case AG_OP_COMPLEX_ABS:
    return size_of(e, x);
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
