"""Special functions of tf.math, element by element: of tensors of float32 or float64, unless they say otherwise."""

import functools
import math

from . import _core, api, nn, numpy_functions
from .reductions import _floating

__all__ = ["acosh", "asinh", "atanh", "digamma", "erfc", "lgamma", "log_sigmoid", "multiply_no_nan", "polyval", "rint",
           "xdivy", "xlog1py", "xlogy"]  # fmt: skip


def _hyperbolic(name, inverse):
    def f(x, name=None):
        return getattr(numpy_functions, f.__name__)(_floating(x, f.__name__))

    f.__name__ = f.__qualname__ = name
    f.__doc__ = f"The inverse of {inverse}, element by element, of floats or complex numbers."
    return f


asinh, acosh, atanh = (
    _hyperbolic("asinh", "sinh"),
    _hyperbolic("acosh", "cosh"),
    _hyperbolic("atanh", "tanh"),
)


def _single_or_double(x, name):
    x = _floating(x, name)
    if x.dtype.name not in ("float32", "float64"):
        raise TypeError(
            f"{name}: needs float32 or float64, not {x.dtype.name}: cast it, for example tf.cast(x, tf.float32)"
        )
    return x


# ---- by the C library ----------------------------------------------------------------------------------------


@functools.cache
def _of_c(symbol, dtype, operands):
    from . import ffi

    return ffi.Library("libm.so.6").elementwise(symbol, [dtype] * operands, dtype)


def by_c(name, *xs):
    """The function of C's library of each element of floats, all of the dtype of those that are tensors."""
    dtype = next(x.dtype for x in xs if isinstance(x, _core.Tensor) and not x.weak)
    xs = [_single_or_double(_core.cast(x, dtype), name) for x in xs]
    return _of_c(name if dtype.name == "float64" else f"{name}f", dtype, len(xs))(*xs)


def lgamma(x, name=None):
    """log(|gamma(x)|); infinite at 0, -1, -2, …"""
    return by_c("lgamma", _single_or_double(x, "lgamma"))


def erfc(x, name=None):
    """1 - erf(x), exact where erf(x) is near 1."""
    return by_c("erfc", _single_or_double(x, "erfc"))


# Abramowitz and Stegun, 6.3.18: the asymptotic series, in 1 / x**2.
_SERIES = (-1 / 12, 1 / 120, -1 / 252, 1 / 240, -1 / 132, 691 / 32760, -1 / 12)
_FROM = 8  # what it is exact from


def digamma(x, name=None):
    """The derivative of lgamma; NaN at -1, -2, …, and -inf at 0 (inf at -0.0)."""
    x = _single_or_double(x, "digamma")
    left = x < 0.5  # reflected: digamma(1 - x) - pi / tan(pi * x)
    y = api.where(left, 1 - x, x)
    steps = api.zeros_like(y)
    for _ in range(_FROM):  # digamma(y) = digamma(y + 1) - 1 / y
        small = y < _FROM
        steps = steps + api.where(small, 1 / y, 0)
        y = api.where(small, y + 1, y)
    z = 1 / (y * y)
    far = api.log(y) - 0.5 / y + z * polyval([*map(_like(x), reversed(_SERIES))], z) - steps
    part = x - api.round(x)  # so that the tangent is exact beside integers
    reflected = far - math.pi / api.tan(math.pi * part)
    value = api.where(left, reflected, far)
    value = api.where(api.logical_and(left, api.equal(part, 0)), math.nan, value)
    return api.where(api.equal(x, 0), -1 / x, value)


def _like(x):
    return lambda c: api.cast_number(c, x.dtype)


# ---- compositions ----------------------------------------------------------------------------------------


def polyval(coeffs, x, name=None):
    """The polynomial with these coefficients, a list, the highest power first: of x, element by element."""
    if not isinstance(coeffs, list):
        raise ValueError(
            f"polyval: coeffs is a list, the highest power first, not {type(coeffs).__name__}"
        )
    x = api._strong(x)
    value = api.zeros_like(x)
    for c in coeffs:
        value = value * x + api.cast_number(c, x.dtype)
    return value


def _unless_zero(x, f, y, name):
    x = _floating(x, name)
    return api.where(
        api.equal(x, 0), api.cast_number(0, x.dtype), f(x, api.cast_number(y, x.dtype))
    )


def xlogy(x, y, name=None):
    """x * log(y), which is 0 where x is 0."""
    return _unless_zero(x, lambda x, y: x * api.log(y), y, "xlogy")


def xlog1py(x, y, name=None):
    """x * log(1 + y), which is 0 where x is 0."""
    return _unless_zero(x, lambda x, y: x * api.log1p(y), y, "xlog1py")


def xdivy(x, y, name=None):
    """x / y, which is 0 where x is 0."""
    return _unless_zero(x, lambda x, y: x / y, y, "xdivy")


def multiply_no_nan(x, y, name=None):
    """x * y, which is 0 where y is 0, also for an infinite x or NaN."""
    return _unless_zero(y, lambda y, x: x * y, x, "multiply_no_nan")


def log_sigmoid(x, name=None):
    """log(1 / (1 + exp(-x))), without overflow."""
    return -nn.softplus(-_floating(x, "log_sigmoid"))


def rint(x, name=None):
    """Rounded to the nearest integer, halves to even: floats."""
    return api.round(_floating(x, "rint"))


# ---- also under tf.math ----------------------------------------------------------------------------------

log_softmax, softmax, softplus, softsign = nn.log_softmax, nn.softmax, nn.softplus, nn.softsign
__all__ += ["log_softmax", "softmax", "softplus", "softsign"]
