"""Functions of elements that are a few operations, and the methods of ufuncs."""

import math

from .. import _core, api
from ..api import _op
from ..staging import places
from . import given as g

Tensor = _core.Tensor


def _one_dtype(f):
    """f of two operands with the dtype that NumPy gives them together."""
    return lambda x, y: f(
        *g.common([g.array(x), g.given(y)] if _is_weak(y) else [g.given(x), g.array(y)])
    )


def _is_weak(x):
    return type(x) in (int, float) or getattr(x, "weak", False)


def _floating(f):
    return lambda x, y: f(*g.all_floats(x, y))


@_one_dtype
def fmax(x, y):
    """The larger of two, the number where one is NaN."""
    return _without_nan(api.maximum(x, y), x, y)


@_one_dtype
def fmin(x, y):
    """The smaller of two, the number where one is NaN."""
    return _without_nan(api.minimum(x, y), x, y)


def _without_nan(found, x, y):
    if not x.dtype.is_floating:
        return found
    return _op("SELECT", [api.is_nan(x), y, _op("SELECT", [api.is_nan(y), x, found])])


@_one_dtype
def fmod(x, y):
    """The remainder with the sign of x, as in C."""
    rest = api.mod(api.abs(x), api.abs(y))
    if not x.dtype.is_floating:
        return _op("SELECT", [x < 0, -rest, rest])
    return _op(
        "SELECT", [api.logical_or(x < 0, api.logical_and(api.equal(x, 0), 1 / x < 0)), -rest, rest]
    )


@_floating
def heaviside(x, y):
    """0 below 0, 1 above, y at 0."""
    step = _op("SELECT", [x < 0, api.zeros_like(x), _op("SELECT", [x > 0, api.ones_like(x), y])])
    return _op("SELECT", [api.is_nan(x), x, step])


@_floating
def logaddexp2(x, y):
    """log2(2 ** x + 2 ** y)."""
    from ..numpy_functions import logaddexp

    scale = math.log(2)
    return logaddexp(x * scale, y * scale) / scale


def cbrt(x):
    """The cube root: a power, and a step of Newton's for its last bits."""
    x = g.ufunc_floats(g.array(x))
    size = api.abs(x)
    plain = api.logical_and(size > 0, api.is_finite(size))
    safe = _op("SELECT", [plain, size, api.ones_like(size)])
    root = api.pow(safe, api.cast(1 / 3, x.dtype))
    root = root - (root - safe / (root * root)) / 3
    return api.sign(x) * _op("SELECT", [plain, root, size]) if x.dtype.is_floating else root


def fix(x):
    """The nearest whole number towards zero."""
    x = g.array(x)
    return _op("TRUNC", [x]) if x.dtype.is_floating or x.dtype.is_complex else x


def modf(x):
    """(the part behind the point, the whole part), both with the sign of x."""
    from ..numpy_functions import copysign

    x = g.ufunc_floats(g.array(x))
    whole = _op("TRUNC", [x])
    rest = _op("SELECT", [api.is_inf(x), api.zeros_like(x), x - whole])
    return copysign(rest, x), whole


def ldexp(x, n):
    """x * 2 ** n."""
    x, n = g.ufunc_floats(g.array(x)), g.given(n)
    half = n // 2  # in two steps: 2 ** n may be too large where the result is not
    two = api.cast(2, x.dtype)
    return x * api.pow(two, _core.cast(half, x.dtype)) * api.pow(two, _core.cast(n - half, x.dtype))


def sinc(x):
    """sin(pi x) / (pi x), 1 at 0."""
    x = g.floats(x)
    zero = api.equal(x, 0)
    y = _op("SELECT", [zero, api.ones_like(x), x]) * math.pi
    return _op("SELECT", [zero, api.ones_like(x), api.sin(y) / y])


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    """NaN and infinities as numbers."""
    x = g.array(x)
    if not copy and (x.dtype.is_floating or x.dtype.is_complex):
        raise TypeError(
            "np.nan_to_num(x, copy=False) of a computed array or an argument would be lost, since compiled code does not change it: write "
            f"x = np.nan_to_num(x){places.here()}"
        )
    if x.dtype.is_complex:
        return api.complex(*[nan_to_num(part, True, nan, posinf, neginf) for part in (api.real(x), api.imag(x))])
    if not x.dtype.is_floating:
        return x
    most = x.dtype.max

    def number(v, otherwise):
        return _core.cast(g.given(otherwise if v is None else v), x.dtype)

    x, infinite = _op("SELECT", [api.is_nan(x), number(nan, 0.0), x]), api.is_inf(x)
    at_ends = _op("SELECT", [x > 0, number(posinf, most), number(neginf, -most)])
    return _op("SELECT", [infinite, at_ends, x])


def clip(a, a_min=None, a_max=None, *, min=None, max=None):
    """Values outside of two bounds become the nearer one, in the dtype that NumPy gives all three."""
    low, high = a_min if min is None else min, a_max if max is None else max
    made = g.array(a)
    if low is not None:
        made = api.maximum(*_fitting(made, low))
    return made if high is None else api.minimum(*_fitting(made, high))


def _fitting(x, bound):
    return g.common([x, g.given(bound)])


def matvec(x1, x2):
    """Matrices times vectors."""
    a, v = g.common([g.given(x1), g.given(x2)])
    return api.squeeze(api.matmul(a, api.expand_dims(v, -1)), -1)


def vecmat(x1, x2):
    """Vectors times matrices."""
    v, a = g.common([g.given(x1), g.given(x2)])
    return api.squeeze(api.matmul(api.expand_dims(api.conj(v), -2), a), -2)


def vecdot(x1, x2, axis=-1):
    """The sums of products along an axis; the first operand conjugated."""
    a, b = g.common([g.given(x1), g.given(x2)])
    return api.reduce_sum(api.conj(a) * b, axis)


def _infinite(sign):
    def f(x):
        x = g.array(x)
        return x == sign * math.inf if x.dtype.is_floating else api.zeros_like(x, "bool")

    return f


def _is_complex(x):
    x = g.array(x)
    return api.not_equal(api.imag(x), 0) if x.dtype.is_complex else api.zeros_like(x, "bool")


UFUNCS = {
    "cbrt": cbrt,
    "divmod": lambda x, y: (_core.binary("FLOORDIV", x, y), _core.binary("MOD", x, y)),
    "fix": fix,
    "fmax": fmax,
    "fmin": fmin,
    "fmod": fmod,
    "heaviside": heaviside,
    "ldexp": ldexp,
    "logaddexp2": logaddexp2,
    "matvec": matvec,
    "modf": modf,
    "vecdot": vecdot,
    "vecmat": vecmat,
}

FUNCTIONS = {
    "clip": clip,
    "fix": fix,
    "iscomplex": _is_complex,
    "iscomplexobj": lambda x: g.array(x).dtype.is_complex,
    "isneginf": _infinite(-1),
    "isposinf": _infinite(1),
    "isreal": lambda x: api.logical_not(_is_complex(x)),
    "isrealobj": lambda x: not g.array(x).dtype.is_complex,
    "nan_to_num": nan_to_num,
    "sinc": sinc,
}


# ---- accumulate ----------------------------------------------------------------------------------------


def accumulate(name, x, axis=0, dtype=None):
    """ufunc.accumulate along an axis; None for a ufunc that has none here."""
    from .. import ndarray

    x = g.array(x)
    if dtype is not None:
        x = _core.cast(x, ndarray._dtype(dtype))
    if name == "add":
        return api.cumsum(x if dtype is not None else ndarray._wide(x), axis)
    if name == "multiply":
        return _op(
            "CUMPROD",
            [x if dtype is not None else ndarray._wide(x)],
            {"axis": axis % x.shape.rank, "exclusive": 0, "reverse": 0},
        )
    folds = {"maximum": api.maximum, "minimum": api.minimum, "fmax": fmax, "fmin": fmin}
    folds |= {"logical_and": api.logical_and, "logical_or": api.logical_or}
    if name not in folds or x.shape[axis] is None:
        return None
    if name.startswith("logical"):
        x = g.true(x)
    return _scanned(folds[name], x, axis)


def _scanned(fold, x, axis):
    """Each element with all before it, by steps of 1, 2, 4 ..., of a fold that may be regrouped."""
    n, step = x.shape[axis], 1
    while step < n:
        later = fold(g.part(x, axis, step, None), g.part(x, axis, None, n - step))
        x = api.concat([g.part(x, axis, None, step), later], axis)
        step *= 2
    return x


def reduced(name, x, axis=0, keepdims=False):
    """ufunc.reduce of a fold that may be regrouped and has no reduction here, such as bitwise_or; None for others."""
    folds = {
        "bitwise_and": ("BITAND", -1),
        "bitwise_or": ("BITOR", 0),
        "bitwise_xor": ("BITXOR", 0),
        "logical_xor": ("XOR", False),
    }
    if name not in folds or axis is None or isinstance(axis, tuple):
        return None
    op, empty = folds[name]
    x, axis = g.array(x), axis % g.array(x).shape.rank
    x = g.true(x) if name == "logical_xor" else x
    n = x.shape[axis]
    if n is None:
        return None
    if n == 0:
        x = api.concat(
            [
                x,
                api.fill(
                    [1 if i == axis else d for i, d in enumerate(x.shape)], api.cast(empty, x.dtype)
                ),
            ],
            axis,
        )
        n = 1
    while n > 1:
        half = n // 2
        rest = [g.part(x, axis, 2 * half, None)] if n % 2 else []
        folded = _core.binary(op, g.part(x, axis, None, half), g.part(x, axis, half, 2 * half))
        x = api.concat([folded, *rest], axis) if rest else folded
        n = half + len(rest)
    return x if keepdims else api.squeeze(x, axis)
