"""Functions of each element; two arrays broadcast and promote."""

from .. import _core, api, bitwise
from .. import numpy_functions as _np
from . import _dtypes
from ._dtypes import floats, operands, tensor

_op = _core.op


def _unary_float(name, f):
    def function(x, /):
        return f(floats(name, x))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{name} of each element: floating and complex arrays."
    return function


def _unary(name, f, doc):
    def function(x, /):
        return f(tensor(x))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def _binary(name, f, doc, floating=False):
    def function(x1, x2, /):
        a, b = operands(name, x1, x2)
        if floating:
            floats(name, a)
        return f(a, b)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc + " Shapes broadcast, dtypes promote."
    return function


def _need(name, x, kinds):
    if not _dtypes.isdtype(x.dtype, kinds):
        raise TypeError(f"{name}: {x.dtype.name} arrays are not for it")
    return x


# ---- tables ----------------------------------------------------------------------------------------

for _name, _f in {
    "acos": api.acos, "acosh": _np.acosh, "asin": api.asin, "asinh": _np.asinh, "atan": api.atan, "atanh": _np.atanh,
    "cos": api.cos, "cosh": api.cosh, "exp": api.exp, "expm1": api.expm1, "log": api.log, "log1p": api.log1p,
    "log2": _np.UFUNCS["log2"], "log10": _np.UFUNCS["log10"], "sin": api.sin, "sinh": api.sinh, "sqrt": api.sqrt,
    "tan": api.tan, "tanh": api.tanh,
}.items():  # fmt: skip
    globals()[_name] = _unary_float(_name, _f)

_same = api.identity
abs = _unary("abs", api.abs, "The absolute value; of complex numbers a real one.")
negative = _unary("negative", api.negative, "-x")
positive = _unary("positive", _same, "+x")
square = _unary("square", api.square, "x * x")
logical_not = _unary("logical_not", api.logical_not, "not x, of bools")
real = _unary("real", lambda x: api.real(x), "The real part.")
imag = _unary("imag", lambda x: api.imag(x), "The imaginary part.")
conj = _unary("conj", api.conj, "The complex conjugate.")
bitwise_invert = _unary(
    "bitwise_invert",
    lambda x: api.logical_not(x) if x.dtype.is_bool else bitwise.invert(x),
    "~x, of integers and bools",
)

add = _binary("add", api.add, "x1 + x2.")
subtract = _binary("subtract", api.subtract, "x1 - x2.")
multiply = _binary("multiply", api.multiply, "x1 * x2.")
divide = _binary("divide", api.divide, "x1 / x2, of floats and complex numbers.", floating=True)
pow = _binary("pow", api.pow, "x1 ** x2; an integer with a negative exponent is an error.")
atan2 = _binary("atan2", api.atan2, "The angle of the point (x2, x1).", floating=True)
maximum = _binary("maximum", api.maximum, "The greater of both; NaN if one is.")
minimum = _binary("minimum", api.minimum, "The lesser of both; NaN if one is.")
equal = _binary("equal", api.equal, "x1 == x2.")
not_equal = _binary("not_equal", api.not_equal, "x1 != x2.")
less = _binary("less", api.less, "x1 < x2.")
less_equal = _binary("less_equal", api.less_equal, "x1 <= x2.")
greater = _binary("greater", api.greater, "x1 > x2.")
greater_equal = _binary("greater_equal", api.greater_equal, "x1 >= x2.")
logical_and = _binary("logical_and", api.logical_and, "x1 and x2, of bools.")
logical_or = _binary("logical_or", api.logical_or, "x1 or x2, of bools.")
logical_xor = _binary("logical_xor", api.logical_xor, "x1 != x2, of bools.")
floor_divide = _binary(
    "floor_divide", api.floordiv, "The floor of x1 / x2; an integer by 0 is an error."
)
remainder = _binary("remainder", api.floormod, "x1 - floor(x1 / x2) * x2, with the sign of x2.")
bitwise_left_shift = _binary("bitwise_left_shift", bitwise.left_shift, "x1 << x2.")
bitwise_right_shift = _binary(
    "bitwise_right_shift", bitwise.right_shift, "x1 >> x2, with the sign."
)
logaddexp = _binary("logaddexp", _np.logaddexp, "log(exp(x1) + exp(x2)).", floating=True)
hypot = _binary(
    "hypot", _np.hypot, "sqrt(x1**2 + x2**2), without overflow on the way.", floating=True
)
copysign = _binary("copysign", _np.copysign, "x1 with the sign of x2.", floating=True)


def _bits(name, of_bools, of_integers, sign):
    def f(a, b):
        _need(name, a, ("bool", "integral"))
        return of_bools(a, b) if a.dtype.is_bool else of_integers(a, b)

    return _binary(name, f, f"x1 {sign} x2, of integers and bools.")


bitwise_and = _bits("bitwise_and", api.logical_and, bitwise.bitwise_and, "&")
bitwise_or = _bits("bitwise_or", api.logical_or, bitwise.bitwise_or, "|")
bitwise_xor = _bits("bitwise_xor", api.logical_xor, bitwise.bitwise_xor, "^")


def _whole(name, f):
    def function(x, /):
        x = _need(name, tensor(x), ("integral", "real floating"))
        return f(x) if x.dtype.is_floating else _same(x)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{name} of each element; integers stay as they are."
    return function


ceil = _whole("ceil", api.ceil)
floor = _whole("floor", api.floor)
trunc = _whole("trunc", lambda x: _op("TRUNC", [x]))


def round(x, /):
    """The nearest whole number, halves to even; of complex numbers each part."""
    x = tensor(x)
    if x.dtype.is_complex:
        return api.complex(api.round(api.real(x)), api.round(api.imag(x)))
    return api.round(x) if x.dtype.is_floating else _same(x)


def _test(name, f, of_integers, doc):
    def function(x, /):
        x = tensor(x)
        if x.dtype.is_complex or x.dtype.is_floating:
            return f(x)
        return api.fill(api._shape_of(x), _core.convert(of_integers, "bool"))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


isfinite = _test("isfinite", api.is_finite, True, "Neither infinite nor NaN.")
isinf = _test("isinf", api.is_inf, False, "Infinite.")
isnan = _test("isnan", api.is_nan, False, "NaN.")


def reciprocal(x, /):
    """1 / x, of floats and complex numbers."""
    x = floats("reciprocal", x)
    return api.divide(api.ones_like(x), x)


def sign(x, /):
    """-1, 0 or 1; NaN of NaN; of complex numbers x / abs(x)."""
    return api.sign(tensor(x))


def signbit(x, /):
    """Whether the sign bit is set: of -0.0 it is. Of a NaN it is taken as not set."""
    return _np.signbit(floats("signbit", x))


def clip(x, /, min=None, max=None):
    """Values below `min` become it, those above `max` become that; None is no bound."""
    x = tensor(x)
    for bound, f in ((min, api.maximum), (max, api.minimum)):
        if bound is not None:
            b = (
                tensor(bound)
                if _dtypes._is_array(bound)
                else _dtypes._scalar("clip", bound, x.dtype)
            )
            x = f(x, _dtypes._cast(b, x.dtype))
    return x


__all__ = sorted(
    n
    for n, f in list(globals().items())
    if callable(f) and not n.startswith("_") and n not in ("operands", "tensor")
)
