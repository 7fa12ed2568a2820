"""The math module on traced numbers: operations where there is one, C's functions (PYMATH) or small converted loops elsewhere.

On Python's numbers they raise what math raises: ValueError outside of the domain, OverflowError where a finite argument gives an
infinite result. On tensors they are the elementwise operations, without errors.
"""

import functools
import math

from .. import _core, convert, special
from ..numpys import ufuncs
from . import effects, places, rollback
from .conditionals import staged_if

Tensor = _core.Tensor


def is_symbolic(x):
    return isinstance(x, Tensor) and x.is_symbolic


def any_symbolic(args):
    for a in args:
        if isinstance(a, Tensor) and a.is_symbolic:
            return True
    return False


def floating(x):
    """A number, or a tensor, as floats."""
    if is_symbolic(x):
        if x.alts is not None:
            x = _core.resolve(x)
        return x if "float" in x.dtype.name else _core.cast(x, "float64", x.weak or x.dtype.name == "bool")
    return float(x)


def raise_if(bad, error):
    graph = _core.current_graph()
    staged_if(graph, bad, lambda: effects.staged_raise(graph, error), None, [])


def _unary(op, fn, domain=None, grows=False):
    """domain: whether an argument is outside of it. grows: a finite argument may have no finite result."""

    def run(x, /):
        if not is_symbolic(x):
            return fn(x)
        x = floating(x)
        if not x.weak:
            return _core.op(op, [x])
        if domain is not None:
            raise_if(domain(x), ValueError("math domain error"))
        result = _core.op(op, [x])
        if grows:
            infinite = _core.op("AND", [_core.op("ISINF", [result]), _core.op("ISFINITE", [x])])
            raise_if(infinite, OverflowError("math range error"))
        return result

    return run


def _log(x, base=None, /):
    if not any_symbolic((x, base)):
        return math.log(x) if base is None else math.log(x, base)
    value = _log1(x)
    return value if base is None else value / _log1(base)


_log1 = _unary("LOG", math.log, lambda x: x <= 0)


def _whole(op, fn):
    def run(x, /):
        if not is_symbolic(x):
            return fn(x)
        if "float" not in x.dtype.name:
            return x
        return whole(_core.op(op, [x]))

    return run


def whole(x):
    """A float without a fraction, as Python's int where Python gives one: for numbers, and for elements of NumPy's arrays."""
    if x.weak:
        return _core.op("PYINT", [x])
    from . import lent

    of_numpys = x.shape.rank == 0 and lent.has_numpys_arrays()
    return _core.op("PYINT", [_core.cast(x, "float64", True)]) if of_numpys else x


def _binary(op, fn):
    def run(a, b, /):
        if not any_symbolic((a, b)):
            return fn(a, b)
        return _core.binary(op, floating(a), floating(b))

    return run


# MATH MODES: the functions of runtime/kernels/pymath.c, in its order
_MODES = (
    "log2", "log10", "cbrt", "exp2", "erfc", "asinh", "acosh", "atanh", "fmod", "remainder", "copysign", "hypot",
    "nextafter",
)  # fmt: skip


def _by_c(mode, fn):
    def run(*args):
        if not any_symbolic(args):
            return fn(*args)
        args = [floating(a) for a in args]
        if any(is_symbolic(a) and not a.weak for a in args):
            return special.by_c(_MODES[mode], *args)
        return _core.op("PYMATH", [_core.weak(a) for a in args], {"mode": mode})

    return run


def _hypot(*xs):
    if not any_symbolic(xs):
        return math.hypot(*xs)
    xs = [floating(x) for x in xs]
    if any(is_symbolic(x) and not x.weak for x in xs):
        return _core.op("SQRT", [functools.reduce(lambda a, b: a + b, [x * x for x in xs])])
    if len(xs) == 1:
        return abs(xs[0])
    return functools.reduce(_by_c(_MODES.index("hypot"), math.hypot), xs)


def _dist(p, q, /):
    if not any_symbolic((*p, *q)):
        return math.dist(p, q)
    if len(p) != len(q):
        raise ValueError("both points must have the same number of dimensions")
    return _hypot(*[floating(a) - floating(b) for a, b in zip(p, q)])


def _isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0):
    if not any_symbolic((a, b, rel_tol, abs_tol)):
        return math.isclose(a, b, rel_tol=rel_tol, abs_tol=abs_tol)
    return helper(_close)(a, b, rel_tol, abs_tol)


def _close(a, b, rel_tol, abs_tol):
    if a == b:
        return True
    if math.isinf(a) or math.isinf(b):
        return False
    diff = abs(b - a)
    return diff <= abs(rel_tol * b) or diff <= abs(rel_tol * a) or diff <= abs_tol


def _test(op, fn):
    return lambda x, /: _core.op(op, [floating(x)]) if is_symbolic(x) else fn(x)


# ---- written in Python, and converted when they are first needed -------------------------------------------------


@functools.cache
def helper(fn):
    from .. import operators

    return convert.convert(fn, operators)


def _in_python(fn, plain):
    """plain(*numbers); for traced ones, fn converted."""

    def run(*args):
        return helper(fn)(*args) if any_symbolic(args) else plain(*args)

    return run


def _gcd2(a, b):
    a, b = abs(a), abs(b)
    while b != 0:
        a, b = b, a % b
    return a


def _lcm2(a, b):
    x, y = abs(a), abs(b)
    while y != 0:
        x, y = y, x % y
    return 0 if x == 0 else abs(a // x * b)


def _folded(fn, plain):
    def run(*xs):
        if not any_symbolic(xs):
            return plain(*xs)
        for x in xs:
            _need_int(x)
        return abs(xs[0]) if len(xs) == 1 else functools.reduce(helper(fn), xs)

    return run


def _need_int(x):
    if "float" in getattr(getattr(x, "dtype", None), "name", "") or isinstance(x, float):
        raise TypeError("'float' object cannot be interpreted as an integer")


def _isqrt(n):
    if n < 0:
        raise ValueError("isqrt() argument must be nonnegative")
    root = min(int(math.sqrt(n)), 3037000499)
    while root * root > n:
        root -= 1
    while root < 3037000499 and (root + 1) * (root + 1) <= n:
        root += 1
    return root


def _isqrt_checked(n, /):
    _need_int(n)
    return helper(_isqrt)(n) if is_symbolic(n) else math.isqrt(n)


def bit_length(n):
    """n.bit_length() of a traced int."""
    if n == -(2**63):
        return 64
    n = abs(n)
    count = 0
    while n != 0:
        n >>= 1
        count += 1
    return count


def bit_count(n):
    """n.bit_count() of a traced int."""
    if n == -(2**63):
        return 1
    n = abs(n)
    count = 0
    while n != 0:
        count += n & 1
        n >>= 1
    return count


def _scaled(factor, plain):
    return lambda x, /: floating(x) * factor if is_symbolic(x) and (x.weak or "float" in x.dtype.name) else plain(x)


def _modf(x, /):
    if not is_symbolic(x):
        return math.modf(x)
    x = floating(x)
    if not x.weak:
        return ufuncs.modf(x)
    whole = _core.op("TRUNC", [x])
    rest = _core.op("SELECT", [_core.op("ISINF", [x]), _core.weak(0.0), x - whole])
    sign = _by_c(_MODES.index("copysign"), math.copysign)
    return sign(rest, x), whole


def _ldexp(x, i, /):
    if is_symbolic(x) and not x.weak and (is_symbolic(i) or type(i) is int):
        return ufuncs.ldexp(floating(x), i)
    return math.ldexp(x, int(i)) if any_symbolic((x, i)) else math.ldexp(x, i)


def _outside(x):
    return _core.op("OR", [x < -1, x > 1])


def _infinite(x):
    return _core.op("ISINF", [x])


def _left_to_python(fn, symbol=None):
    """fn(*numbers), which has no operation: with traced ones the function around runs as Python where that costs no tensor; else the
    numbers are asked for, which is a trace for each. On tensors it is C's function `symbol`, where there is one."""

    def run(*args):
        if symbol is not None and any(is_symbolic(a) and not a.weak for a in args):
            return special.by_c(symbol, *[floating(a) for a in args])
        if any_symbolic(args) and rollback.as_python():
            raise rollback.RunAsPython(f"math.{fn.__name__}() has no operation", places.here())
        return fn(*args)

    return run


FUNCTIONS = {
    math.floor: _whole("FLOOR", math.floor),
    math.ceil: _whole("CEIL", math.ceil),
    math.trunc: _whole("TRUNC", math.trunc),
    math.atan2: _binary("ATAN2", math.atan2),
    math.pow: _binary("POW", math.pow),
    math.hypot: _hypot,
    math.dist: _dist,
    math.log: _log,
    math.gcd: _folded(_gcd2, math.gcd),
    math.lcm: _folded(_lcm2, math.lcm),
    math.isqrt: _isqrt_checked,
    math.isclose: _isclose,
    math.isnan: _test("ISNAN", math.isnan),
    math.isinf: _test("ISINF", math.isinf),
    math.isfinite: _test("ISFINITE", math.isfinite),
    math.fabs: lambda x, /: abs(floating(x)) if is_symbolic(x) else math.fabs(x),
    math.modf: _modf,
    math.ldexp: _ldexp,
    math.degrees: _scaled(180.0 / math.pi, math.degrees),
    math.radians: _scaled(math.pi / 180.0, math.radians),
    math.sqrt: _unary("SQRT", math.sqrt, lambda x: x < 0),
    math.exp: _unary("EXP", math.exp, grows=True),
    math.expm1: _unary("EXPM1", math.expm1, grows=True),
    math.sinh: _unary("SINH", math.sinh, grows=True),
    math.cosh: _unary("COSH", math.cosh, grows=True),
    math.log1p: _unary("LOG1P", math.log1p, lambda x: x <= -1),
    math.sin: _unary("SIN", math.sin, _infinite),
    math.cos: _unary("COS", math.cos, _infinite),
    math.tan: _unary("TAN", math.tan, _infinite),
    math.asin: _unary("ASIN", math.asin, _outside),
    math.acos: _unary("ACOS", math.acos, _outside),
    math.atan: _unary("ATAN", math.atan),
    math.tanh: _unary("TANH", math.tanh),
    math.erf: _unary("ERF", math.erf),
    **{fn: _left_to_python(fn) for fn in (math.comb, math.factorial, math.frexp, math.perm)},
    math.gamma: _left_to_python(math.gamma, "tgamma"),
    math.lgamma: _left_to_python(math.lgamma, "lgamma"),
}
for _mode, _name in enumerate(_MODES):
    if hasattr(math, _name):
        FUNCTIONS.setdefault(getattr(math, _name), _by_c(_mode, getattr(math, _name)))
