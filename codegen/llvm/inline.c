/* inline.c - one scalar or vector expression for each op whose lowering is `inline`.
 *
 * Meaning: SCALAR MEANING in runtime/kernels/scalar.h, the same operations in the same order, so
 * the bits agree with the kernels. Elementary functions are calls of vector math (vmath.h) at the
 * width of the loop. Python's arithmetic (PY*) is 0-d and leaves the function where Python raises.
 */
#include "emit.h"

#include <stdio.h>
#include <string.h>

typedef LLVMValueRef inline_rule(ag_emitter *e, const ag_expr *x);

/* ---- helpers ----------------------------------------------------------------------------------
 */

static LLVMTypeRef type_from(ag_emitter *e, const ag_expr *x) {
  return ag_emit_type(e, x->from, x->lanes);
}

static LLVMValueRef spread(const ag_expr *x, LLVMValueRef c) {
  LLVMValueRef all[64];
  if (x->lanes == 1)
    return c;
  for (unsigned i = 0; i < x->lanes; i++)
    all[i] = c;
  return LLVMConstVector(all, x->lanes);
}

static LLVMValueRef integer(ag_emitter *e, const ag_expr *x, int64_t c) {
  return spread(x, LLVMConstInt(ag_emit_type(e, x->from, 1), (unsigned long long)c, 1));
}

static LLVMValueRef number(ag_emitter *e, const ag_expr *x, double c) {
  return spread(x, LLVMConstReal(ag_emit_type(e, x->from, 1), c));
}

static LLVMValueRef intrinsic(ag_emitter *e, const ag_expr *x, const char *name, LLVMValueRef *args,
                              unsigned n) {
  LLVMTypeRef type = type_from(e, x);
  return ag_emit_intrinsic(e, name, &type, 1, args, n, x->name);
}

static LLVMValueRef intrinsic1(ag_emitter *e, const ag_expr *x, const char *name) {
  LLVMValueRef in[] = {x->in[0]};
  return intrinsic(e, x, name, in, 1);
}

static LLVMValueRef compare(ag_emitter *e, const ag_expr *x, LLVMRealPredicate f,
                            LLVMIntPredicate s, LLVMIntPredicate u) {
  if (ag_is_float(x->from))
    return LLVMBuildFCmp(e->b, f, x->in[0], x->in[1], x->name);
  return LLVMBuildICmp(e->b, ag_is_signed(x->from) ? s : u, x->in[0], x->in[1], x->name);
}

/* "ag_vm_exp_f32x16" on whole vectors; where the table has none so narrow, lane by lane. */
static LLVMValueRef math(ag_emitter *e, const ag_expr *x, const char *f, unsigned n) {
  bool wide = x->lanes * ag_dtype_size(x->from) >= 16;
  char name[64];
  LLVMValueRef args[2] = {x->in[0], x->in[1]};
  snprintf(name, sizeof name, "ag_vm_%s_%s", f, x->from == AG_F32 ? "f32" : "f64");
  if (x->lanes == 1)
    return ag_emit_rt(e, name, type_from(e, x), args, n, x->name);
  if (wide) {
    snprintf(name + strlen(name), 8, "x%u", x->lanes);
    return ag_emit_rt(e, name, type_from(e, x), args, n, x->name);
  }
  LLVMValueRef out = LLVMGetPoison(type_from(e, x));
  for (unsigned i = 0; i < x->lanes; i++) {
    LLVMValueRef at = LLVMConstInt(e->i32, i, 0), one[2];
    for (unsigned k = 0; k < n; k++)
      one[k] = LLVMBuildExtractElement(e->b, x->in[k], at, "");
    LLVMValueRef y = ag_emit_rt(e, name, ag_emit_type(e, x->from, 1), one, n, "");
    out = LLVMBuildInsertElement(e->b, out, y, at, x->name);
  }
  return out;
}

/* ---- arithmetic --------------------------------------------------------------------------------
 */

#define ARITHMETIC(OP, f, i)                                                                       \
  static LLVMValueRef inline_##OP(ag_emitter *e, const ag_expr *x) {                               \
    return ag_is_float(x->from) ? LLVMBuildF##f(e->b, x->in[0], x->in[1], x->name)                 \
                                : LLVMBuild##i(e->b, x->in[0], x->in[1], x->name);                 \
  }
ARITHMETIC(ADD, Add, Add)
ARITHMETIC(SUB, Sub, Sub)
ARITHMETIC(MUL, Mul, Mul)
ARITHMETIC(DIV, Div, SDiv) /* floats only */

static LLVMValueRef inline_IDENTITY(ag_emitter *e, const ag_expr *x) {
  (void)e;
  return x->in[0];
}

/* A constant divisor that needs no check; 0 when it is not one. */
static int64_t constant_divisor(const ag_expr *x) {
  return LLVMIsAConstantInt(x->in[1]) ? LLVMConstIntGetSExtValue(x->in[1]) : 0;
}

static bool is_power_of_two(int64_t c) { return c > 0 && (c & (c - 1)) == 0; }

/* remainder != 0 and its sign differs from the divisor's: then truncation was not flooring. */
static LLVMValueRef needs_step(ag_emitter *e, const ag_expr *x, LLVMValueRef r, int64_t c) {
  if (c > 0)
    return LLVMBuildICmp(e->b, LLVMIntSLT, r, integer(e, x, 0), "");
  LLVMValueRef apart =
      LLVMBuildICmp(e->b, LLVMIntSLT, LLVMBuildXor(e->b, r, x->in[1], ""), integer(e, x, 0), "");
  return LLVMBuildAnd(e->b, apart, LLVMBuildICmp(e->b, LLVMIntNE, r, integer(e, x, 0), ""), "");
}

/* Floors a / b (or takes the remainder) of signed ints, b neither 0 nor, with a = MIN, -1. c: b if
 * constant. */
static LLVMValueRef floored(ag_emitter *e, const ag_expr *x, LLVMValueRef b, int64_t c,
                            bool want_mod) {
  LLVMValueRef a = x->in[0], r = LLVMBuildSRem(e->b, a, b, ""), step = needs_step(e, x, r, c);
  if (want_mod)
    return LLVMBuildAdd(e->b, r, LLVMBuildSelect(e->b, step, b, integer(e, x, 0), ""), x->name);
  LLVMValueRef q = LLVMBuildSDiv(e->b, a, b, "");
  return LLVMBuildSub(e->b, q, LLVMBuildZExt(e->b, step, LLVMTypeOf(a), ""), x->name);
}

static LLVMValueRef by_constant(ag_emitter *e, const ag_expr *x, int64_t c, bool want_mod) {
  LLVMValueRef a = x->in[0];
  if (is_power_of_two(c))
    return want_mod ? LLVMBuildAnd(e->b, a, integer(e, x, c - 1), x->name)
                    : LLVMBuildAShr(e->b, a, integer(e, x, __builtin_ctzll((unsigned long long)c)),
                                    x->name);
  if (c == -1)
    return want_mod ? integer(e, x, 0) : LLVMBuildNeg(e->b, a, x->name);
  return floored(e, x, x->in[1], c, want_mod);
}

/* By a divisor that is not 0. The hardware traps on MIN // -1, so -1 is handled apart; python: it
 * is an error. */
static LLVMValueRef by_variable(ag_emitter *e, const ag_expr *x, bool want_mod, bool python) {
  LLVMValueRef a = x->in[0], b = x->in[1];
  LLVMValueRef minus_one = LLVMBuildICmp(e->b, LLVMIntEQ, b, integer(e, x, -1), "");
  if (python && !want_mod) {
    LLVMValueRef least = LLVMBuildICmp(e->b, LLVMIntEQ, a, ag_emit_int(e, INT64_MIN), "");
    LLVMValueRef over = LLVMBuildAnd(e->b, minus_one, least, "");
    ag_emit_check(e, LLVMBuildNot(e->b, over, ""), x->id, AG_ERR_OVERFLOW, a, b);
    return floored(e, x, b, 0, false);
  }
  LLVMValueRef safe = LLVMBuildSelect(e->b, minus_one, integer(e, x, 1), b, "");
  LLVMValueRef value =
      floored(e, x, safe, 0, want_mod); /* dividing by 1 leaves 0, as dividing by -1 does */
  return want_mod ? value
                  : LLVMBuildSelect(e->b, minus_one, LLVMBuildNeg(e->b, a, ""), value, x->name);
}

/* 64-bit division takes up to three times as long as 32-bit division, and small non-negative
 * numbers need no flooring: they go a way of their own. */
static LLVMValueRef by_variable_i64(ag_emitter *e, const ag_expr *x, bool want_mod, bool python) {
  LLVMValueRef a = x->in[0], b = x->in[1], value[2];
  LLVMValueRef high = LLVMBuildLShr(e->b, LLVMBuildOr(e->b, a, b, ""), ag_emit_int(e, 32), "");
  LLVMBasicBlockRef small = ag_emit_block(e, "small"), large = ag_emit_block(e, "large"), from[2];
  LLVMBasicBlockRef join = ag_emit_block(e, "divided");
  LLVMBuildCondBr(e->b, LLVMBuildICmp(e->b, LLVMIntEQ, high, ag_emit_int(e, 0), ""), small, large);
  LLVMPositionBuilderAtEnd(e->b, small);
  LLVMValueRef a32 = LLVMBuildTrunc(e->b, a, e->i32, ""), b32 = LLVMBuildTrunc(e->b, b, e->i32, "");
  value[0] = want_mod ? LLVMBuildURem(e->b, a32, b32, "") : LLVMBuildUDiv(e->b, a32, b32, "");
  value[0] = LLVMBuildZExt(e->b, value[0], e->i64, "");
  from[0] = LLVMGetInsertBlock(e->b);
  LLVMBuildBr(e->b, join);
  LLVMPositionBuilderAtEnd(e->b, large);
  if (e->facts[x->id].plain)
    value[1] = want_mod ? LLVMBuildURem(e->b, a, b, "") : LLVMBuildUDiv(e->b, a, b, "");
  else
    value[1] = by_variable(e, x, want_mod, python);
  from[1] = LLVMGetInsertBlock(e->b);
  LLVMBuildBr(e->b, join);
  LLVMPositionBuilderAtEnd(e->b, join);
  LLVMValueRef phi = LLVMBuildPhi(e->b, e->i64, x->name);
  LLVMAddIncoming(phi, value, from, 2);
  return phi;
}

static LLVMValueRef int_division(ag_emitter *e, const ag_expr *x, bool want_mod, bool python) {
  int64_t c = constant_divisor(x);
  LLVMValueRef a = x->in[0], b = x->in[1];
  const ag_fact *fact = &e->facts[x->id];
  if (!c && !fact->nonzero) {
    LLVMValueRef ok = LLVMBuildICmp(e->b, LLVMIntNE, b, integer(e, x, 0), "");
    ag_emit_check(e, ok, x->id, AG_ERR_ZERODIV, python ? a : NULL, python ? b : NULL);
  }
  if (ag_is_unsigned(x->from) || (fact->plain && (c || x->from != AG_I64)))
    return want_mod ? LLVMBuildURem(e->b, a, b, x->name) : LLVMBuildUDiv(e->b, a, b, x->name);
  if (c && !(c == -1 && python))
    return by_constant(e, x, c, want_mod);
  return x->from == AG_I64 ? by_variable_i64(e, x, want_mod, python)
                           : by_variable(e, x, want_mod, python);
}

static LLVMValueRef copysign_zero(ag_emitter *e, const ag_expr *x, LLVMValueRef sign) {
  LLVMValueRef args[] = {number(e, x, 0), sign};
  return intrinsic(e, x, "llvm.copysign", args, 2);
}

/* (b < 0) != (mod < 0) */
static LLVMValueRef signs_differ(ag_emitter *e, const ag_expr *x, LLVMValueRef mod) {
  LLVMValueRef zero = number(e, x, 0);
  return LLVMBuildXor(e->b, LLVMBuildFCmp(e->b, LLVMRealOLT, x->in[1], zero, ""),
                      LLVMBuildFCmp(e->b, LLVMRealOLT, mod, zero, ""), "");
}

/* ag_mod_f64 */
static LLVMValueRef float_mod(ag_emitter *e, const ag_expr *x) {
  LLVMValueRef a = x->in[0], b = x->in[1], zero = number(e, x, 0);
  LLVMValueRef mod = LLVMBuildFRem(e->b, a, b, "");
  LLVMValueRef moved =
      LLVMBuildSelect(e->b, signs_differ(e, x, mod), LLVMBuildFAdd(e->b, mod, b, ""), mod, "");
  LLVMValueRef none = LLVMBuildFCmp(e->b, LLVMRealOEQ, mod, zero, "");
  LLVMValueRef some = LLVMBuildSelect(e->b, none, copysign_zero(e, x, b), moved, "");
  return LLVMBuildSelect(e->b, LLVMBuildFCmp(e->b, LLVMRealOEQ, b, zero, ""), mod, some, x->name);
}

/* ag_floordiv_f64 */
static LLVMValueRef float_floordiv(ag_emitter *e, const ag_expr *x) {
  LLVMValueRef a = x->in[0], b = x->in[1], zero = number(e, x, 0), one = number(e, x, 1);
  LLVMValueRef mod = LLVMBuildFRem(e->b, a, b, ""), plain = LLVMBuildFDiv(e->b, a, b, "");
  LLVMValueRef div = LLVMBuildFDiv(e->b, LLVMBuildFSub(e->b, a, mod, ""), b, "");
  LLVMValueRef step = LLVMBuildAnd(e->b, LLVMBuildFCmp(e->b, LLVMRealUNE, mod, zero, ""),
                                   signs_differ(e, x, mod), "");
  div = LLVMBuildSelect(e->b, step, LLVMBuildFSub(e->b, div, one, ""), div, "");
  LLVMValueRef whole = intrinsic(e, x, "llvm.floor", &div, 1);
  LLVMValueRef over =
      LLVMBuildFCmp(e->b, LLVMRealOGT, LLVMBuildFSub(e->b, div, whole, ""), number(e, x, 0.5), "");
  whole = LLVMBuildSelect(e->b, over, LLVMBuildFAdd(e->b, whole, one, ""), whole, "");
  LLVMValueRef none = LLVMBuildFCmp(e->b, LLVMRealOEQ, div, zero, "");
  whole = LLVMBuildSelect(e->b, none, copysign_zero(e, x, plain), whole, "");
  return LLVMBuildSelect(e->b, LLVMBuildFCmp(e->b, LLVMRealOEQ, b, zero, ""), plain, whole,
                         x->name);
}

static LLVMValueRef inline_FLOORDIV(ag_emitter *e, const ag_expr *x) {
  return ag_is_float(x->from) ? float_floordiv(e, x) : int_division(e, x, false, false);
}
static LLVMValueRef inline_MOD(ag_emitter *e, const ag_expr *x) {
  return ag_is_float(x->from) ? float_mod(e, x) : int_division(e, x, true, false);
}
static LLVMValueRef inline_POW(ag_emitter *e, const ag_expr *x) { return math(e, x, "pow", 2); }
static LLVMValueRef inline_ATAN2(ag_emitter *e, const ag_expr *x) { return math(e, x, "atan2", 2); }

/* AG_MAX_OF, AG_MIN_OF: a NaN operand wins, the first one before the second. */
static LLVMValueRef extreme(ag_emitter *e, const ag_expr *x, bool max) {
  LLVMValueRef first = max ? compare(e, x, LLVMRealOGE, LLVMIntSGE, LLVMIntUGE)
                           : compare(e, x, LLVMRealOLE, LLVMIntSLE, LLVMIntULE);
  if (ag_is_float(x->from))
    first = LLVMBuildOr(e->b, first, LLVMBuildFCmp(e->b, LLVMRealUNO, x->in[0], x->in[0], ""), "");
  return LLVMBuildSelect(e->b, first, x->in[0], x->in[1], x->name);
}
static LLVMValueRef inline_MAXIMUM(ag_emitter *e, const ag_expr *x) { return extreme(e, x, true); }
static LLVMValueRef inline_MINIMUM(ag_emitter *e, const ag_expr *x) { return extreme(e, x, false); }

/* ---- bits, logic, comparison
 * --------------------------------------------------------------------- */

#define BINARY(OP, build)                                                                          \
  static LLVMValueRef inline_##OP(ag_emitter *e, const ag_expr *x) {                               \
    return LLVMBuild##build(e->b, x->in[0], x->in[1], x->name);                                    \
  }
BINARY(BITAND, And)
BINARY(BITOR, Or)
BINARY(BITXOR, Xor)
BINARY(AND, And)
BINARY(OR, Or)
BINARY(XOR, Xor)

static LLVMValueRef count_fits(ag_emitter *e, const ag_expr *x) {
  LLVMValueRef width = integer(e, x, 8 * (int64_t)ag_dtype_size(x->from));
  return LLVMBuildICmp(e->b, LLVMIntULT, x->in[1], width, "");
}
static LLVMValueRef inline_SHL(ag_emitter *e, const ag_expr *x) {
  LLVMValueRef shifted = LLVMBuildShl(e->b, x->in[0], x->in[1], "");
  return LLVMBuildSelect(e->b, count_fits(e, x), shifted, integer(e, x, 0), x->name);
}
static LLVMValueRef inline_SHR(ag_emitter *e, const ag_expr *x) {
  if (ag_is_unsigned(x->from)) {
    LLVMValueRef shifted = LLVMBuildLShr(e->b, x->in[0], x->in[1], "");
    return LLVMBuildSelect(e->b, count_fits(e, x), shifted, integer(e, x, 0), x->name);
  }
  LLVMValueRef most = integer(e, x, 8 * (int64_t)ag_dtype_size(x->from) - 1);
  return LLVMBuildAShr(e->b, x->in[0], LLVMBuildSelect(e->b, count_fits(e, x), x->in[1], most, ""),
                       x->name);
}

#define COMPARE(OP, f, s, u)                                                                       \
  static LLVMValueRef inline_##OP(ag_emitter *e, const ag_expr *x) {                               \
    const ag_fact *fact = &e->facts[x->id];                                                        \
    if (fact->always != fact->never)                                                               \
      return LLVMConstInt(e->i1, fact->always, 0);                                                 \
    return compare(e, x, LLVMReal##f, LLVMInt##s, LLVMInt##u);                                     \
  }
COMPARE(EQ, OEQ, EQ, EQ)
COMPARE(NE, UNE, NE, NE)
COMPARE(LT, OLT, SLT, ULT)
COMPARE(LE, OLE, SLE, ULE)
COMPARE(GT, OGT, SGT, UGT)
COMPARE(GE, OGE, SGE, UGE)

/* ---- one operand -------------------------------------------------------------------------------
 */

static LLVMValueRef inline_NEG(ag_emitter *e, const ag_expr *x) {
  return ag_is_float(x->from) ? LLVMBuildFNeg(e->b, x->in[0], x->name)
                              : LLVMBuildNeg(e->b, x->in[0], x->name);
}
static LLVMValueRef inline_ABS(ag_emitter *e, const ag_expr *x) {
  if (ag_is_float(x->from))
    return intrinsic1(e, x, "llvm.fabs");
  if (ag_is_unsigned(x->from))
    return x->in[0];
  LLVMValueRef args[] = {x->in[0], LLVMConstInt(e->i1, 0, 0)}; /* MIN stays MIN */
  return intrinsic(e, x, "llvm.abs", args, 2);
}
static LLVMValueRef inline_SIGN(ag_emitter *e, const ag_expr *x) {
  LLVMValueRef a = x->in[0];
  if (ag_is_float(x->from)) {
    LLVMValueRef zero = number(e, x, 0);
    LLVMValueRef rest =
        LLVMBuildSelect(e->b, LLVMBuildFCmp(e->b, LLVMRealOEQ, a, zero, ""), zero, a, "");
    rest = LLVMBuildSelect(e->b, LLVMBuildFCmp(e->b, LLVMRealOLT, a, zero, ""), number(e, x, -1),
                           rest, "");
    return LLVMBuildSelect(e->b, LLVMBuildFCmp(e->b, LLVMRealOGT, a, zero, ""), number(e, x, 1),
                           rest, x->name);
  }
  LLVMValueRef zero = integer(e, x, 0), one = integer(e, x, 1);
  LLVMValueRef not_zero = LLVMBuildICmp(e->b, LLVMIntNE, a, zero, "");
  LLVMValueRef up = LLVMBuildSelect(e->b, not_zero, one, zero, "");
  if (ag_is_unsigned(x->from))
    return up;
  return LLVMBuildSelect(e->b, LLVMBuildICmp(e->b, LLVMIntSLT, a, zero, ""), integer(e, x, -1), up,
                         x->name);
}
static LLVMValueRef inline_NOT(ag_emitter *e, const ag_expr *x) {
  return LLVMBuildNot(e->b, x->in[0], x->name);
}
static LLVMValueRef inline_INVERT(ag_emitter *e, const ag_expr *x) {
  return LLVMBuildNot(e->b, x->in[0], x->name);
}
static LLVMValueRef inline_SQUARE(ag_emitter *e, const ag_expr *x) {
  return ag_is_float(x->from) ? LLVMBuildFMul(e->b, x->in[0], x->in[0], x->name)
                              : LLVMBuildMul(e->b, x->in[0], x->in[0], x->name);
}
static LLVMValueRef inline_RSQRT(ag_emitter *e, const ag_expr *x) {
  return LLVMBuildFDiv(e->b, number(e, x, 1), intrinsic1(e, x, "llvm.sqrt"), x->name);
}

#define ROUNDING(OP, name)                                                                         \
  static LLVMValueRef inline_##OP(ag_emitter *e, const ag_expr *x) {                               \
    return intrinsic1(e, x, name);                                                                 \
  }
ROUNDING(SQRT, "llvm.sqrt")
ROUNDING(FLOOR, "llvm.floor")
ROUNDING(CEIL, "llvm.ceil")
ROUNDING(ROUND, "llvm.rint")
ROUNDING(TRUNC, "llvm.trunc")

#define ELEMENTARY(OP, f)                                                                          \
  static LLVMValueRef inline_##OP(ag_emitter *e, const ag_expr *x) { return math(e, x, #f, 1); }
ELEMENTARY(EXP, exp)
ELEMENTARY(EXPM1, expm1)
ELEMENTARY(LOG, log)
ELEMENTARY(LOG1P, log1p)
ELEMENTARY(SIN, sin)
ELEMENTARY(COS, cos)
ELEMENTARY(TAN, tan)
ELEMENTARY(ASIN, asin)
ELEMENTARY(ACOS, acos)
ELEMENTARY(ATAN, atan)
ELEMENTARY(SINH, sinh)
ELEMENTARY(COSH, cosh)
ELEMENTARY(TANH, tanh)
ELEMENTARY(SIGMOID, sigmoid)
ELEMENTARY(ERF, erf)

static LLVMValueRef inline_ISNAN(ag_emitter *e, const ag_expr *x) {
  return LLVMBuildFCmp(e->b, LLVMRealUNO, x->in[0], x->in[0], x->name);
}
static LLVMValueRef against_infinity(ag_emitter *e, const ag_expr *x, LLVMRealPredicate p) {
  return LLVMBuildFCmp(e->b, p, intrinsic1(e, x, "llvm.fabs"), number(e, x, __builtin_inf()),
                       x->name);
}
static LLVMValueRef inline_ISINF(ag_emitter *e, const ag_expr *x) {
  return against_infinity(e, x, LLVMRealOEQ);
}
static LLVMValueRef inline_ISFINITE(ag_emitter *e, const ag_expr *x) {
  return against_infinity(e, x, LLVMRealOLT);
}

static LLVMValueRef inline_SELECT(ag_emitter *e, const ag_expr *x) {
  return LLVMBuildSelect(e->b, x->in[0], x->in[1], x->in[2], x->name);
}

static LLVMValueRef inline_CAST(ag_emitter *e, const ag_expr *x) {
  LLVMValueRef a = x->in[0];
  LLVMTypeRef to = ag_emit_type(e, x->to, x->lanes), from = type_from(e, x);
  if (x->from == x->to)
    return a;
  if (x->to == AG_BOOL)
    return ag_is_float(x->from) ? LLVMBuildFCmp(e->b, LLVMRealUNE, a, number(e, x, 0), x->name)
                                : LLVMBuildICmp(e->b, LLVMIntNE, a, integer(e, x, 0), x->name);
  if (ag_is_float(x->from) && ag_is_float(x->to))
    return LLVMBuildFPCast(e->b, a, to, x->name);
  if (ag_is_float(x->from)) { /* saturates, NaN is 0 */
    LLVMTypeRef over[] = {to, from};
    const char *name = ag_is_signed(x->to) ? "llvm.fptosi.sat" : "llvm.fptoui.sat";
    return ag_emit_intrinsic(e, name, over, 2, &a, 1, x->name);
  }
  if (ag_is_float(x->to))
    return ag_is_signed(x->from) ? LLVMBuildSIToFP(e->b, a, to, x->name)
                                 : LLVMBuildUIToFP(e->b, a, to, x->name);
  if (x->from != AG_BOOL && ag_dtype_size(x->to) <= ag_dtype_size(x->from))
    return LLVMBuildTruncOrBitCast(e->b, a, to, x->name);
  return ag_is_signed(x->from) ? LLVMBuildSExt(e->b, a, to, x->name)
                               : LLVMBuildZExt(e->b, a, to, x->name);
}

/* ---- Python's arithmetic
 * ------------------------------------------------------------------------- */

static LLVMValueRef bits(ag_emitter *e, LLVMValueRef a) {
  return LLVMTypeOf(a) == e->f64 ? LLVMBuildBitCast(e->b, a, e->i64, "") : a;
}

static LLVMValueRef with_overflow(ag_emitter *e, const ag_expr *x, const char *name, LLVMValueRef a,
                                  LLVMValueRef b) {
  LLVMValueRef args[] = {a, b};
  LLVMValueRef both = ag_emit_intrinsic(e, name, &e->i64, 1, args, 2, "");
  LLVMValueRef over = LLVMBuildExtractValue(e->b, both, 1, "");
  ag_emit_check(e, LLVMBuildNot(e->b, over, ""), x->id, AG_ERR_OVERFLOW, a, b);
  return LLVMBuildExtractValue(e->b, both, 0, x->name);
}
/* x is one operand, the other is a constant: their number, or false. */
static bool other_constant(const ag_expr *x, int k, int64_t *c) {
  if (!LLVMIsAConstantInt(x->in[!k]))
    return false;
  *c = LLVMConstIntGetSExtValue(x->in[!k]);
  return true;
}
static LLVMValueRef inline_PYADD(ag_emitter *e, const ag_expr *x) {
  LLVMValueRef a = x->in[0], b = x->in[1];
  int64_t c;
  if (e->facts[x->id].fits)
    return LLVMBuildAdd(e->b, a, b, x->name);
  for (int k = 0; k < 2; k++)
    if (other_constant(x, k, &c))
      return ag_emit_affine(e, x->in[k], 1, c, x->id, a, b, x->name);
  return with_overflow(e, x, "llvm.sadd.with.overflow", a, b);
}
static LLVMValueRef inline_PYSUB(ag_emitter *e, const ag_expr *x) {
  LLVMValueRef a = x->in[0], b = x->in[1];
  int64_t c;
  if (e->facts[x->id].fits)
    return LLVMBuildSub(e->b, a, b, x->name);
  if (other_constant(x, 0, &c) && c != INT64_MIN)
    return ag_emit_affine(e, a, 1, -c, x->id, a, b, x->name);
  if (other_constant(x, 1, &c))
    return ag_emit_affine(e, b, -1, c, x->id, a, b, x->name);
  return with_overflow(e, x, "llvm.ssub.with.overflow", a, b);
}
static LLVMValueRef inline_PYMUL(ag_emitter *e, const ag_expr *x) {
  int64_t c;
  if (e->facts[x->id].fits)
    return LLVMBuildMul(e->b, x->in[0], x->in[1], x->name);
  for (int k = 0; k < 2; k++)
    if (other_constant(x, k, &c))
      return ag_emit_affine(e, x->in[k], c, 0, x->id, x->in[0], x->in[1], x->name);
  return with_overflow(e, x, "llvm.smul.with.overflow", x->in[0], x->in[1]);
}

static void check_not_min(ag_emitter *e, const ag_expr *x) {
  LLVMValueRef ok = LLVMBuildICmp(e->b, LLVMIntNE, x->in[0], ag_emit_int(e, INT64_MIN), "");
  ag_emit_check(e, ok, x->id, AG_ERR_OVERFLOW, x->in[0], NULL);
}
static LLVMValueRef inline_PYNEG(ag_emitter *e, const ag_expr *x) {
  if (e->facts[x->id].fits)
    return LLVMBuildNeg(e->b, x->in[0], x->name);
  return ag_emit_affine(e, x->in[0], -1, 0, x->id, x->in[0], NULL, x->name);
}
static LLVMValueRef inline_PYABS(ag_emitter *e, const ag_expr *x) {
  check_not_min(e, x);
  return inline_ABS(e, x);
}

static void check_divisor(ag_emitter *e, const ag_expr *x) {
  LLVMValueRef a = bits(e, x->in[0]), b = x->in[1], ok, zero;
  if (!ag_is_float(x->from)) {
    ok = LLVMBuildICmp(e->b, LLVMIntNE, b, integer(e, x, 0), "");
    if (!LLVMIsAConstantInt(ok) || LLVMConstIntGetZExtValue(ok) == 0)
      ag_emit_check(e, ok, x->id, AG_ERR_ZERODIV, a, b);
    return;
  }
  zero = number(e, x, 0);
  ok = LLVMBuildFCmp(e->b, LLVMRealONE, b, zero,
                     ""); /* one jump; NaN, which is no error, goes round */
  ag_emit_check_unless(e, ok, LLVMBuildFCmp(e->b, LLVMRealUNO, b, b, ""), x->id, AG_ERR_ZERODIV, a,
                       bits(e, b));
}
static LLVMValueRef inline_PYFLOORDIV(ag_emitter *e, const ag_expr *x) {
  if (!ag_is_float(x->from))
    return int_division(e, x, false, true);
  check_divisor(e, x);
  return float_floordiv(e, x);
}
static LLVMValueRef inline_PYMOD(ag_emitter *e, const ag_expr *x) {
  if (!ag_is_float(x->from))
    return int_division(e, x, true, true);
  check_divisor(e, x);
  return float_mod(e, x);
}

/* Both ints are exact as doubles: one rounding. Else the runtime rounds the exact quotient. */
static LLVMValueRef inline_PYDIV(ag_emitter *e, const ag_expr *x) {
  check_divisor(e, x);
  if (ag_is_float(x->from))
    return LLVMBuildFDiv(e->b, x->in[0], x->in[1], x->name);
  LLVMValueRef ok = LLVMConstInt(e->i1, 1, 0), most = ag_emit_int(e, (int64_t)1 << 53);
  for (int k = 0; k < 2; k++) {
    LLVMValueRef moved = LLVMBuildAdd(e->b, x->in[k], most, "");
    ok = LLVMBuildAnd(
        e->b, ok, LLVMBuildICmp(e->b, LLVMIntULE, moved, ag_emit_int(e, (int64_t)1 << 54), ""), "");
  }
  LLVMBasicBlockRef fast = ag_emit_block(e, "exact"), slow = ag_emit_block(e, "large"),
                    join = ag_emit_block(e, "div");
  ag_emit_likely(e, LLVMBuildCondBr(e->b, ok, fast, slow), true);
  LLVMPositionBuilderAtEnd(e->b, fast);
  LLVMValueRef value[2];
  value[0] = LLVMBuildFDiv(e->b, LLVMBuildSIToFP(e->b, x->in[0], e->f64, ""),
                           LLVMBuildSIToFP(e->b, x->in[1], e->f64, ""), "");
  LLVMBuildBr(e->b, join);
  LLVMPositionBuilderAtEnd(e->b, slow);
  LLVMValueRef args[] = {x->in[0], x->in[1]};
  value[1] = ag_emit_rt(e, "ag_rt_truediv", e->f64, args, 2, "");
  LLVMBuildBr(e->b, join);
  LLVMPositionBuilderAtEnd(e->b, join);
  LLVMValueRef phi = LLVMBuildPhi(e->b, e->f64, x->name);
  LLVMBasicBlockRef from[] = {fast, slow};
  LLVMAddIncoming(phi, value, from, 2);
  return phi;
}

/* A call that writes a number and answers whether it could. */
static LLVMValueRef through_memory(ag_emitter *e, LLVMTypeRef type, LLVMValueRef *memory) {
  LLVMBasicBlockRef here = LLVMGetInsertBlock(e->b);
  LLVMPositionBuilderAtEnd(e->b, e->entry);
  *memory = LLVMBuildAlloca(e->b, type, "answer");
  LLVMPositionBuilderAtEnd(e->b, here);
  return *memory;
}
static LLVMValueRef inline_PYPOW(ag_emitter *e, const ag_expr *x) {
  LLVMValueRef memory, args[] = {x->in[0], x->in[1], through_memory(e, type_from(e, x), &memory)};
  if (ag_is_float(x->from)) {
    LLVMValueRef code = ag_emit_rt(e, "ag_rt_pypow", e->i32, args, 3, "");
    LLVMValueRef ok = LLVMBuildICmp(e->b, LLVMIntEQ, code, LLVMConstInt(e->i32, 0, 0), "");
    ag_emit_check_code(e, ok, x->id, code, bits(e, x->in[0]), bits(e, x->in[1]));
  } else {
    LLVMValueRef ok = LLVMBuildICmp(e->b, LLVMIntSGE, x->in[1], ag_emit_int(e, 0), "");
    LLVMValueRef none = LLVMBuildICmp(e->b, LLVMIntEQ, x->in[0], ag_emit_int(e, 0), "");
    LLVMValueRef code = LLVMBuildSelect(e->b, none, LLVMConstInt(e->i32, AG_ERR_ZERODIV, 0),
                                        LLVMConstInt(e->i32, AG_ERR_NUMBER, 0), "");
    ag_emit_check_code(e, ok, x->id, code, x->in[0], x->in[1]);
    LLVMValueRef fits = ag_emit_rt(e, "ag_rt_powi", e->i32, args, 3, "");
    ok = LLVMBuildICmp(e->b, LLVMIntNE, fits, LLVMConstInt(e->i32, 0, 0), "");
    ag_emit_check(e, ok, x->id, AG_ERR_OVERFLOW, x->in[0], x->in[1]);
  }
  return LLVMBuildLoad2(e->b, type_from(e, x), memory, x->name);
}

static void check_count(ag_emitter *e, const ag_expr *x) {
  LLVMValueRef ok = LLVMBuildICmp(e->b, LLVMIntSGE, x->in[1], ag_emit_int(e, 0), "");
  ag_emit_check(e, ok, x->id, AG_ERR_VALUE, x->in[0], x->in[1]);
}
static LLVMValueRef inline_PYSHR(ag_emitter *e, const ag_expr *x) {
  check_count(e, x);
  return inline_SHR(e, x);
}
static LLVMValueRef inline_PYSHL(ag_emitter *e, const ag_expr *x) {
  check_count(e, x);
  LLVMValueRef shifted = inline_SHL(e, x);
  ag_expr back = *x;
  back.in[0] = shifted;
  LLVMValueRef same = LLVMBuildICmp(e->b, LLVMIntEQ, inline_SHR(e, &back), x->in[0], "");
  LLVMValueRef fits = LLVMBuildAnd(e->b, same, count_fits(e, x), "");
  LLVMValueRef zero = LLVMBuildICmp(e->b, LLVMIntEQ, x->in[0], ag_emit_int(e, 0), "");
  ag_emit_check(e, LLVMBuildOr(e->b, fits, zero, ""), x->id, AG_ERR_OVERFLOW, x->in[0], x->in[1]);
  return shifted;
}
static LLVMValueRef inline_PYINT(ag_emitter *e, const ag_expr *x) {
  LLVMValueRef a = x->in[0];
  if (!ag_is_float(x->from))
    return a;
  ag_emit_check(e, LLVMBuildFCmp(e->b, LLVMRealORD, a, a, ""), x->id, AG_ERR_VALUE, bits(e, a),
                NULL);
  LLVMValueRef low = LLVMBuildFCmp(e->b, LLVMRealOGE, a, number(e, x, -0x1p63), "");
  LLVMValueRef high = LLVMBuildFCmp(e->b, LLVMRealOLT, a, number(e, x, 0x1p63), "");
  ag_emit_check(e, LLVMBuildAnd(e->b, low, high, ""), x->id, AG_ERR_OVERFLOW, bits(e, a), NULL);
  return LLVMBuildFPToSI(e->b, a, e->i64, x->name);
}

static LLVMValueRef inline_PYINDEX(ag_emitter *e, const ag_expr *x) {
  return ag_emit_index(e, x->id, ag_graph_node(e->g, x->id)->in[0], x->in[1], 0);
}

/* In range, then cut to size. */
static LLVMValueRef inline_PYFIT(ag_emitter *e, const ag_expr *x) {
  LLVMValueRef a = x->in[0];
  unsigned width = (unsigned)ag_dtype_size(x->to) * 8;
  LLVMTypeRef to = ag_emit_type(e, x->to, 1);
  if (width == 64) {
    if (!ag_is_signed(x->to))
      ag_emit_check(e, LLVMBuildICmp(e->b, LLVMIntSGE, a, ag_emit_int(e, 0), ""), x->id,
                    AG_ERR_OVERFLOW, a, NULL);
    return a;
  }
  LLVMValueRef cut = LLVMBuildTrunc(e->b, a, to, x->name);
  LLVMValueRef back = ag_is_signed(x->to) ? LLVMBuildSExt(e->b, cut, e->i64, "")
                                          : LLVMBuildZExt(e->b, cut, e->i64, "");
  ag_emit_check(e, LLVMBuildICmp(e->b, LLVMIntEQ, back, a, ""), x->id, AG_ERR_OVERFLOW, a, NULL);
  return cut;
}

/* foreign.c knows how C is called. */
static LLVMValueRef inline_FOREIGN_MAP(ag_emitter *e, const ag_expr *x) {
  return ag_emit_foreign_map(e, x);
}

/* Of complex numbers alone, whose operations are in complexes.c. */
#define OF_COMPLEX(NAME)                                                                           \
  static LLVMValueRef inline_##NAME(ag_emitter *e, const ag_expr *x) {                             \
    return ag_emit_complex(e, AG_OP_##NAME, x);                                                    \
  }
OF_COMPLEX(REAL)
OF_COMPLEX(IMAG)
OF_COMPLEX(COMPLEX)
OF_COMPLEX(COMPLEX_ABS)

/* ---- the table ----------------------------------------------------------------------------------
 */

static inline_rule *const rules[AG_OP_COUNT] = {
#define RULE_source(name)
#define RULE_region(name)
#define RULE_call(name)
#define RULE_index(name)
#define RULE_parts(name)
#define RULE_reduce(name)
#define RULE_inline(name) [AG_OP_##name] = inline_##name,
#define AG_OP(name, file, in, out, dtype, shape, gradient, lowering, traits) RULE_##lowering(name)
#include "ag/ops.def"
};

/* Integer division of vectors would be done lane by lane, and its check cannot name the lane. */
static bool is_scalar_only(ag_op op, const ag_expr *x) {
  return !ag_is_float(x->from) && (op == AG_OP_FLOORDIV || op == AG_OP_MOD);
}

LLVMValueRef ag_emit_inline(ag_emitter *e, ag_op op, const ag_expr *x) {
  if (e->lanes > 1 && (is_scalar_only(op, x) || (e->partial && op == AG_OP_FOREIGN_MAP)))
    e->refused = true;
  unsigned size = ag_emit_width(x->from);
  if (size > e->widest)
    e->widest = size;
  if (e->probing)
    return NULL;
  if (ag_is_complex(x->from) || ag_is_complex(x->to))
    return ag_emit_complex(e, op, x);
  return rules[op](e, x);
}
