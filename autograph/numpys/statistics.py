"""Percentiles, covariance, differences, interpolation, convolution and polynomials."""

import builtins
import math

from .. import _core, api, arrays, windows
from ..api import _op
from . import given as g
from . import reductions

Tensor = _core.Tensor


# ---- percentiles ---------------------------------------------------------------------------------------


def _quantile(scale, what, without_nan=False):
    def f(
        a,
        q,
        axis=None,
        out=None,
        overwrite_input=False,
        method="linear",
        keepdims=False,
        *,
        weights=None,
    ):
        if weights is not None or method not in _PLACES or isinstance(axis, (tuple, list)):
            raise g.NotHere("weights=, several axes or another method")
        x = g.floats(a)
        share = g.given(q)
        if share.shape.rank > 1 or x.shape.rank is None:
            raise g.NotHere("q of several dimensions")
        inside = api.logical_and(api.reduce_all(share >= 0), api.reduce_all(share <= scale))
        g.demand(inside, f"{what} must be in the range [0, {scale}]")
        wide = _wide_name(x, share)
        share = _core.cast(share, wide) / scale if scale != 1 else _core.cast(share, wide)
        single = share.shape.rank == 0
        found = _at_shares(g.to_last(x, axis), api.reshape(share, (-1,)), method, without_nan)
        if keepdims:
            found = (
                api.reshape(found, [g.size(share) if not single else 1] + [1] * x.shape.rank)
                if axis is None
                else (api.expand_dims(found, g.axis_of(x, axis) + 1))
            )
        return found[0] if single else found

    return f


def _wide_name(x, share):
    return x.dtype.name if share.weak else g.common_dtype(x, g.floats(share))


_PLACES = {
    "linear": None,
    "lower": api.floor,
    "higher": api.ceil,
    "midpoint": None,
    "nearest": None,
}


def _at_shares(x, share, method, without_nan):
    """[shares, ...] of the last dimension."""
    ordered = arrays.sort(x)
    n = api.cast(g.given(g.size(x, -1)), share.dtype)
    if x.shape[-1] == 0:
        raise IndexError("index -1 is out of bounds for axis 0 with size 0")
    has_nan = api.is_nan(ordered[..., -1])
    if without_nan:
        n = api.reduce_sum(api.cast(api.logical_not(api.is_nan(ordered)), share.dtype), -1)
    at = api.reshape(share, (-1,) + (1,) * n.shape.rank) * (n - 1)
    low = api.floor(at)
    if method == "lower":
        at = low
    elif method == "higher":
        at = api.ceil(at)
    elif method == "nearest":
        at = api.round(at)
    elif method == "midpoint":
        at = _op("SELECT", [api.equal(at, low), at, low + 0.5])
    low = api.maximum(api.floor(at), 0)
    part = api.cast(at - low, share.dtype)
    first = api.cast(low, "int64")
    last = api.minimum(first + 1, api.maximum(api.cast(n - 1, "int64"), 0))
    a, b = (_picked(ordered, i, without_nan) for i in (first, last))
    if not without_nan:
        part = api.reshape(part, (-1,) + (1,) * (x.shape.rank - 1))
    if method in ("lower", "higher", "nearest"):
        made = a
    else:
        a, b, part = g.common([a, b, part])
        wide = b - a
        made = _op("SELECT", [part < 0.5, a + wide * part, b - wide * (1 - part)])
        made = _op("SELECT", [api.equal(a, b), a, made])
    if without_nan:
        return _op("SELECT", [n > 0, made, api.zeros_like(made) + math.nan])
    return _op("SELECT", [has_nan, api.zeros_like(made) + math.nan, made])


def _picked(ordered, at, by_row):
    """[shares, ...]: elements of the last dimension, by row where rows have places of their own."""
    if not by_row:
        found = api.gather(ordered, at, axis=ordered.shape.rank - 1)
        n = found.shape.rank
        return api.transpose(found, [n - 1, *builtins.range(n - 1)]) if n > 1 else found
    n = at.shape.rank
    last = api.transpose(at, [*builtins.range(1, n), 0]) if n > 1 else at
    found = arrays.gather(ordered, last, batch_dims=ordered.shape.rank - 1)
    return api.transpose(found, [n - 1, *builtins.range(n - 1)]) if n > 1 else found


def _median(without_nan):
    find = _quantile(1, "Quantiles", without_nan)

    def f(a, axis=None, out=None, overwrite_input=False, keepdims=False):
        if isinstance(axis, (tuple, list)):
            raise g.NotHere("several axes")
        if without_nan:
            return find(a, 0.5, axis, keepdims=keepdims)
        x = g.floats(a)
        rows = g.to_last(x, axis)
        n = g.size(rows, -1)
        if isinstance(n, int) and n == 0:
            return (
                find(a, 0.5, axis, keepdims=keepdims)
                if x.shape.rank > 1 and axis is not None
                else reductions.mean(x, axis, keepdims=keepdims)
            )
        low, high = (n - 1) // 2, n // 2
        ordered = arrays.sorted_at(rows, (low, high, n - 1)) if isinstance(n, int) else arrays.sort(rows)
        middle = (
            ordered[..., low]
            if isinstance(n, int) and n % 2
            else (ordered[..., low] + ordered[..., high]) / 2
        )
        last = ordered[..., -1]
        middle = _op("SELECT", [api.is_nan(last), last, middle])
        if not keepdims:
            return middle
        return (
            api.reshape(middle, (1,) * x.shape.rank)
            if axis is None
            else api.expand_dims(middle, g.axis_of(x, axis))
        )

    return f


# ---- covariance ----------------------------------------------------------------------------------------


def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    """The covariances of rows of observations."""
    if fweights is not None or aweights is not None or dtype is not None:
        raise g.NotHere("weights")
    x = _rows_of(m, rowvar)
    if y is not None:
        other = _rows_of(y, rowvar)
        x = api.concat(g.common([x, other]), 0)
    ddof = (0 if bias else 1) if ddof is None else int(ddof)
    x = x - api.reduce_mean(x, 1, True)
    n = api.cast(g.given(g.size(x, 1)), x.dtype) - ddof
    return api.squeeze(
        api.matmul(x, api.conj(api.transpose(x))) / api.maximum(n, api.zeros_like(n))
    )


def _rows_of(m, rowvar):
    x = g.floats(m)
    if x.shape.rank > 2:
        raise ValueError("m has more than 2 dimensions")
    if x.dtype.name == "float32":  # NumPy computes them so
        x = api.cast(x, "float64")
    if x.shape.rank < 2:
        return api.reshape(x, (1, -1))
    return x if rowvar or x.shape[0] == 1 else api.transpose(x)


def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    """Covariances divided by the standard deviations."""
    if dtype is not None:
        raise g.NotHere("dtype=")
    c = cov(x, y, rowvar)
    if c.shape.rank == 0:
        return c / c
    spread = api.sqrt(arrays_diagonal(c))
    return api.minimum(api.maximum(c / spread[:, None] / spread[None, :], -1.0), 1.0)


def arrays_diagonal(x):
    """The diagonal of a matrix."""
    from ..numpy_functions import _diagonal

    return _diagonal(x)


# ---- differences ---------------------------------------------------------------------------------------


def diff(a, n=1, axis=-1, prepend=None, append=None):
    """Differences of neighbours along an axis, n times."""
    x = g.array(a)
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    if x.shape.rank == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    axis %= x.shape.rank
    ends = [e if e is None else _edge(e, x, axis) for e in (prepend, append)]
    if n and (ends[0] is not None or ends[1] is not None):
        x = api.concat(g.common([p for p in (ends[0], x, ends[1]) if p is not None]), axis)
    for _ in builtins.range(n):
        high, low = g.part(x, axis, 1, None), g.part(x, axis, None, -1)
        x = api.not_equal(high, low) if x.dtype.is_bool else high - low
    return x


def _edge(value, x, axis):
    e = g.array(value)
    if e.shape.rank == 0:
        return api.broadcast_to(e, [1 if i == axis else int(d) for i, d in enumerate(x.shape)])
    return e


def ediff1d(ary, to_end=None, to_begin=None):
    """Differences of neighbours of all elements."""
    x = g.flat(ary)
    parts = [x[1:] - x[:-1]]
    if to_begin is not None:
        parts.insert(0, _core.cast(g.flat(to_begin), x.dtype))
    if to_end is not None:
        parts.append(_core.cast(g.flat(to_end), x.dtype))
    return api.concat(parts, 0) if len(parts) > 1 else parts[0]


def gradient(f, *varargs, axis=None, edge_order=1):
    """Central differences inside, one-sided ones at the ends, along each axis."""
    if edge_order != 1:
        raise g.NotHere("edge_order=2")
    x = g.floats(f)
    axes = (
        list(builtins.range(x.shape.rank))
        if axis is None
        else [g.axis_of(x, k) for k in (axis if isinstance(axis, (tuple, list)) else (axis,))]
    )
    steps = list(varargs) or [1.0]
    steps = steps * len(axes) if len(steps) == 1 else steps
    if len(steps) != len(axes):
        raise TypeError("invalid number of arguments")
    made = [_slope(x, g.given(step), k) for step, k in zip(steps, axes, strict=True)]
    return made[0] if len(made) == 1 else tuple(made)


def _slope(x, step, axis):
    def at(begin, end):
        return g.part(x, axis, begin, end)

    if x.shape[axis] is not None and x.shape[axis] < 2:
        raise ValueError(
            "Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) elements are required."
        )
    if step.shape.rank == 0:
        step = _core.cast(step, x.dtype)
        inner = (at(2, None) - at(None, -2)) / (2.0 * step)
        first, last = (at(1, 2) - at(0, 1)) / step, (at(-1, None) - at(-2, -1)) / step
        return api.concat([first, inner, last], axis)
    shape = tuple(slice(None) if i == axis else None for i in builtins.range(x.shape.rank))
    wide = diff(_core.cast(step, x.dtype))[shape]
    before, after = g.part(wide, axis, None, -1), g.part(wide, axis, 1, None)
    a = -after / (before * (before + after))
    b = (after - before) / (before * after)
    c = before / (after * (before + after))
    inner = a * at(None, -2) + b * at(1, -1) + c * at(2, None)
    first = (at(1, 2) - at(0, 1)) / g.part(wide, axis, 0, 1)
    last = (at(-1, None) - at(-2, -1)) / g.part(wide, axis, -1, None)
    return api.concat([first, inner, last], axis)


def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The integral along an axis by trapezoids."""
    y = g.floats(y)
    axis %= y.shape.rank
    if x is None:
        wide = _core.cast(g.given(dx), y.dtype)
    else:
        wide = diff(g.floats(x), axis=-1 if g.array(x).shape.rank == 1 else axis)
        if wide.shape.rank == 1:
            wide = wide[
                tuple(slice(None) if i == axis else None for i in builtins.range(y.shape.rank))
            ]
        wide, y = g.common([wide, y])
    return api.reduce_sum(wide * (g.part(y, axis, 1, None) + g.part(y, axis, None, -1)) / 2.0, axis)


# ---- interpolation and convolution -----------------------------------------------------------------------


def interp(x, xp, fp, left=None, right=None, period=None):
    """Between the points (xp, fp), xp rising, on straight lines."""
    from .orders import searchsorted

    x, xp, fp = (g.array(v) for v in (x, xp, fp))
    if period is not None or fp.dtype.is_complex:
        raise g.NotHere("period= or complex numbers")
    x, xp, fp = (api.cast(v, "float64") for v in (x, xp, fp))
    n, m = xp.shape[0], fp.shape[0]
    if n == 0:
        raise ValueError("array of sample points is empty")
    if None not in (n, m) and n != m:
        raise ValueError("fp and xp are not of the same length.")
    size = g.size(xp)
    at = searchsorted(xp, x, "right") - 1
    inner = api.maximum(api.minimum(at, size - 2), 0)
    following = api.minimum(inner + 1, size - 1)
    x0, x1, y0, y1 = (
        api.gather(v, i, axis=0)
        for v, i in ((xp, inner), (xp, following), (fp, inner), (fp, following))
    )
    slope = (y1 - y0) / (x1 - x0)
    made = slope * (x - x0) + y0
    made = _op("SELECT", [api.is_nan(made), slope * (x - x1) + y1, made])
    made = _op("SELECT", [api.logical_and(api.is_nan(made), api.equal(y0, y1)), y0, made])
    made = _op("SELECT", [api.equal(x, x0), y0, made])
    made = _op(
        "SELECT", [x < xp[0], fp[0] if left is None else api.cast(g.array(left), "float64"), made]
    )
    last = _op(
        "SELECT",
        [x > xp[-1], fp[-1] if right is None else api.cast(g.array(right), "float64"), made],
    )
    last = _op("SELECT", [api.equal(x, xp[-1]), fp[-1], last])
    return _op("SELECT", [api.is_nan(x), x, last])


def convolve(a, v, mode="full"):
    """The sums of products of two vectors, one of them turned round and moved along the other."""
    a, v = g.common([g.array(a), g.array(v)])
    sizes = [x.shape[0] if x.shape.rank == 1 else None for x in (a, v)]
    if None not in sizes and sizes[0] < sizes[1]:
        a, v = v, a  # as NumPy: "same" begins half of the shorter one before the longer one's begin
    return _correlated(a, v[::-1], mode, "a", "v")


def correlate(a, v, mode="valid"):
    """The sums of products of two vectors, one moved along the other."""
    a, v = g.common([g.array(a), g.array(v)])
    return _correlated(a, api.conj(v), mode, "a", "v")


_UNROLLED = 16


def _correlated(a, v, mode, *names):
    if a.shape.rank != 1 or v.shape.rank != 1:
        raise ValueError("object too deep for desired array")
    n, m = a.shape[0], v.shape[0]
    if n is None or m is None or mode not in ("full", "same", "valid"):
        raise g.NotHere("sizes that only the run knows")
    for size, name in zip((n, m), names, strict=True):
        if not size:
            raise ValueError(f"{name} cannot be empty")
    turned = m > n
    if turned:
        a, v, n, m = v, a, m, n
    left = {"full": m - 1, "same": m // 2, "valid": 0}[mode]
    size = {"full": n + m - 1, "same": n, "valid": n - m + 1}[mode]
    padded = api.pad(a, [(left, builtins.max(size - (n - m + 1) - left, 0))])
    if m <= _UNROLLED:
        made = padded[:size] * v[0]
        for i in builtins.range(1, m):
            made = made + padded[i : i + size] * v[i]
    elif a.dtype.is_floating:
        window = api.reshape(padded, (1, 1, -1)), api.reshape(v, (1, 1, -1))
        made = api.reshape(windows.convolution(*window, (1,), [(0, 0)], (1,)), (-1,))
    else:
        raise g.NotHere("long vectors of integers")
    return made[::-1] if turned else made


# ---- polynomials -----------------------------------------------------------------------------------------


def polyval(p, x):
    """The polynomial with these coefficients, the highest power first, at x."""
    p, x = g.common([g.array(p), g.array(x)])
    n = p.shape[0]
    if n is None:
        raise g.NotHere("a size that only the run knows")
    made = api.zeros_like(x)
    for i in builtins.range(n):
        made = made * x + p[i]
    return made


def polyder(p, m=1):
    """The coefficients of the derivative."""
    p = g.array(p)
    if p.shape[0] is None:
        raise g.NotHere("a size that only the run knows")
    for _ in builtins.range(m):
        n = p.shape[0] - 1
        p = p[:-1] * api.cast(g.places(n)[::-1] + 1, p.dtype)
    return p


def unwrap(p, discont=None, axis=-1, *, period=2 * math.pi):
    """Angles without the jumps of a period."""
    x = g.floats(p)
    if discont is not None or x.shape[axis] == 0:
        raise g.NotHere("discont=")
    step, half = diff(x, axis=axis), period / 2
    near = api.mod(step + half, period) - half
    near = _op(
        "SELECT",
        [api.logical_and(api.equal(near, -half), step > 0), api.zeros_like(near) + half, near],
    )
    change = _op("SELECT", [api.abs(step) < half, api.zeros_like(step), near - step])
    rest = g.part(x, axis, 1, None) + api.cumsum(change, g.axis_of(x, axis))
    return api.concat([g.part(x, axis, None, 1), rest], axis)


FUNCTIONS = {
    "convolve": convolve,
    "corrcoef": corrcoef,
    "correlate": correlate,
    "cov": cov,
    "diff": diff,
    "ediff1d": ediff1d,
    "gradient": gradient,
    "interp": interp,
    "median": _median(False),
    "nanmedian": _median(True),
    "nanpercentile": _quantile(100, "Percentiles", True),
    "nanquantile": _quantile(1, "Quantiles", True),
    "percentile": _quantile(100, "Percentiles"),
    "polyder": polyder,
    "polyval": polyval,
    "quantile": _quantile(1, "Quantiles"),
    "trapezoid": trapezoid,
    "trapz": trapezoid,
    "unwrap": unwrap,
}
