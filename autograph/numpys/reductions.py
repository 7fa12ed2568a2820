"""Sums and the like with NumPy's options, and those that leave NaN out."""

import builtins
import math

from .. import _core, api, arrays
from ..api import _op
from ..reductions import cumprod as api_cumprod
from . import given as g

Tensor = _core.Tensor


def _keep(x, where, otherwise):
    """x where the mask is true, a number elsewhere."""
    return x if where is True else _op("SELECT", [g.true(where), x, api.cast(otherwise, x.dtype)])


def _shown(where, x):
    """The mask in the shape of x, as integers to be counted."""
    ones = api.ones_like(x, "int64")
    return ones if where is True else _op("SELECT", [g.true(where), ones, api.zeros_like(ones)])


def _typed(x, dtype):
    from .. import ndarray

    x = g.array(x)
    return x if dtype is None else _core.cast(x, ndarray._dtype(dtype))


def _widened(x, dtype):
    from .. import ndarray

    return ndarray._wide(_typed(x, None)) if dtype is None else _typed(x, dtype)


def total(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
    """The sum of the elements."""
    made = api.reduce_sum(_keep(_widened(a, dtype), where, 0), axis, keepdims)
    return made if initial is None else made + _same(initial, made)


def product(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
    """The product of the elements."""
    made = api.reduce_prod(_keep(_widened(a, dtype), where, 1), axis, keepdims)
    return made if initial is None else made * _same(initial, made)


def _same(value, x):
    return _core.cast(g.given(value), x.dtype)


def _extreme(reduce, pick, sign):
    def f(a, axis=None, out=None, keepdims=False, initial=None, where=True):
        x = g.array(a)
        if where is not True and initial is None:
            raise ValueError(
                f"reduction operation '{'minimum' if sign > 0 else 'maximum'}' does not have an identity, so to use a where mask one "
                "has to specify 'initial'"
            )
        if initial is not None:
            x = _keep(x, where, initial)
            axes = api._axes(x, axis)
            if any(x.shape[i] == 0 for i in axes):
                shape = [1 if i in axes else d for i, d in enumerate(x.shape)]
                x = api.fill(
                    [d for i, d in enumerate(shape) if keepdims or i not in axes], _same(initial, x)
                )
                return x
            return pick(reduce(x, axis, keepdims), _same(initial, x))
        if x.dtype.is_complex:
            return _complex_extreme(x, axis, keepdims, sign)
        if x.dtype.is_bool:
            return (api.reduce_all if sign > 0 else api.reduce_any)(x, axis, keepdims)
        return reduce(x, axis, keepdims)

    return f


def _complex_extreme(x, axis, keepdims, sign):
    """The first or last of them in order; one that is NaN where there is one."""
    axes = api._axes(x, axis)
    kept = [k for k in builtins.range(x.shape.rank) if k not in axes]
    rows = api.transpose(x, [*kept, *axes])
    shape = [arrays._size(x, k) for k in kept]
    rows = arrays.sort(api.reshape(rows, (*shape, -1)))
    last, first = rows[..., -1], rows[..., 0]
    made = last if sign < 0 else _op("SELECT", [api.is_nan(last), last, first])
    return api.reshape(made, [1 if k in axes else arrays._size(x, k) for k in builtins.range(x.shape.rank)]) if keepdims else made


largest = _extreme(api.reduce_max, api.maximum, -1)
smallest = _extreme(api.reduce_min, api.minimum, 1)


def mean(a, axis=None, dtype=None, out=None, keepdims=False, where=True):
    """The mean; integers have a float64 one."""
    x = g.floats(_typed(a, dtype))
    if where is True:
        return api.reduce_mean(x, axis, keepdims)
    n = api.reduce_sum(_shown(where, x), axis, keepdims)
    return api.reduce_sum(_keep(x, where, 0), axis, keepdims) / api.cast(n, x.dtype)


def var(
    a,
    axis=None,
    dtype=None,
    out=None,
    ddof=0,
    keepdims=False,
    where=True,
    mean=None,
    correction=None,
):
    """The mean square of the distance from the mean, divided by n - ddof."""
    x = g.floats(_typed(a, dtype))
    ddof = ddof if correction is None else correction
    return _spread(x, where, axis, keepdims, ddof, mean)


def _spread(x, where, axis, keepdims, ddof, middle=None):
    if (
        where is True
        and middle is None
        and type(ddof) is int
        and ddof == 0
        and not x.dtype.is_complex
    ):
        away = x - api.reduce_mean(x, axis, True)
        return api.reduce_mean(away * away, axis, keepdims)
    n = api.cast(api.reduce_sum(_shown(where, x), axis, True), _real_name(x))
    if middle is None:
        middle = api.reduce_sum(_keep(x, where, 0), axis, True) / (
            api.cast(n, x.dtype) if x.dtype.is_complex else n
        )
    away = x - g.array(middle)
    square = api.square(api.abs(away)) if x.dtype.is_complex else away * away
    rest = n - api.cast(ddof, n.dtype)
    rest = api.maximum(rest, api.zeros((), rest.dtype))
    total = api.reduce_sum(_keep(square, where, 0), axis, True) / rest
    return total if keepdims else _squeezed(total, axis)


def _real_name(x):
    return {"complex64": "float32", "complex128": "float64"}.get(x.dtype.name, x.dtype.name)


def _squeezed(x, axis):
    axes = api._axes(x, axis)
    return api.squeeze(x, axes) if axes else x


def std(
    a,
    axis=None,
    dtype=None,
    out=None,
    ddof=0,
    keepdims=False,
    where=True,
    mean=None,
    correction=None,
):
    """The square root of `var`."""
    return api.sqrt(var(a, axis, dtype, None, ddof, keepdims, where, mean, correction))


def all_true(a, axis=None, out=None, keepdims=False, where=True):
    """Whether all elements are true."""
    return api.reduce_all(_keep(g.true(a), where, True), axis, keepdims)


def any_true(a, axis=None, out=None, keepdims=False, where=True):
    """Whether any element is true."""
    return api.reduce_any(_keep(g.true(a), where, False), axis, keepdims)


def _arg(find, sign):
    def fn(x, axis):
        if not x.dtype.is_complex:
            return find(x, axis)
        order = arrays.argsort(x, axis, "DESCENDING" if sign < 0 else "ASCENDING")
        nan = api.is_nan(x)
        return _op(
            "SELECT",
            [
                api.reduce_any(nan, axis),
                api.argmax(api.cast(nan, "int8"), axis),
                api.cast(api.gather(order, 0, axis=axis), "int64"),
            ],
        )

    def f(a, axis=None, out=None, keepdims=False):
        x = g.array(a)
        x = api.cast(x, "int8") if x.dtype.is_bool else x
        if axis is None:
            made = fn(g.flat(x), 0)
            return api.reshape(made, (1,) * x.shape.rank) if keepdims else made
        if x.shape.rank == 0 and axis in (0, -1):
            return fn(g.flat(x), 0)
        made = fn(x, g.axis_of(x, axis))
        return api.expand_dims(made, g.axis_of(x, axis)) if keepdims else made

    return f


argmax, argmin = _arg(api.argmax, -1), _arg(api.argmin, 1)


def ptp(a, axis=None, out=None, keepdims=False):
    """The largest element less the smallest."""
    if g.array(a).dtype.is_bool:
        raise TypeError("numpy boolean subtract, the `-` operator, is not supported")
    return largest(a, axis, keepdims=keepdims) - smallest(a, axis, keepdims=keepdims)


def cumulative(make):
    """np.cumsum or np.cumprod along an axis, of all elements without one."""

    def f(a, axis=None, dtype=None, out=None):
        x = _widened(a, dtype)
        x = g.flat(x) if axis is None or x.shape.rank == 0 else x
        return make(x, 0 if axis is None else g.axis_of(x, axis))

    return f


def _cumulative_from(make, start):
    def f(x, /, *, axis=None, dtype=None, include_initial=False):
        x = _widened(x, dtype)
        if axis is None and x.shape.rank != 1:
            raise ValueError(
                "For arrays which have more than one dimension ``axis`` argument is required."
            )
        axis = 0 if axis is None else axis
        made = make(x, g.axis_of(x, axis))
        if not include_initial:
            return made
        first = api.ones_like(g.part(x, axis, 0, 1)) * api.cast(start, x.dtype)
        return api.concat([first, made], axis)

    return f


def _cumprod(x, axis):
    return api_cumprod(x, axis)


cumsum, cumprod = cumulative(api.cumsum), cumulative(_cumprod)


# ---- without NaN ---------------------------------------------------------------------------------------


def _is_there(x):
    """Where x is a number: True for dtypes without NaN."""
    return api.logical_not(api.is_nan(x)) if x.dtype.is_floating else True


def _skipping(f):
    """A reduction with `where`, of what is not NaN."""

    def g_(a, axis=None, *args, where=True, **kwargs):
        x = g.array(a)
        return f(x, axis, *args, where=_both(_is_there(x), where), **kwargs)

    return g_


def _both(a, b):
    if a is True or b is True:
        return b if a is True else a
    return api.logical_and(a, g.true(b))


def _nan_extreme(reduce, sign):
    def f(a, axis=None, out=None, keepdims=False, initial=None, where=True):
        x = g.array(a)
        there = _is_there(x)
        if there is True:
            return reduce(x, axis, None, keepdims, initial, where)
        found = reduce(_keep(x, there, sign * math.inf), axis, None, keepdims, initial, where)
        lone = api.reduce_any(there, axis, keepdims)
        return (
            found
            if initial is not None
            else _op("SELECT", [lone, found, api.zeros_like(found) + math.nan])
        )

    return f


def _nan_arg(find, sign):
    def f(a, axis=None, out=None, keepdims=False):
        x = g.array(a)
        there = _is_there(x)
        if there is True:
            return find(x, axis, None, keepdims)
        g.demand(api.reduce_all(api.reduce_any(there, axis)), "All-NaN slice encountered")
        return find(_keep(x, there, sign * math.inf), axis, None, keepdims)

    return f


def _nan_cumulative(f, otherwise):
    def made(a, axis=None, dtype=None, out=None):
        x = g.array(a)
        return f(_keep(x, _is_there(x), otherwise), axis, dtype)

    return made


def count_nonzero(a, axis=None, keepdims=False):
    """How many elements are not zero."""
    return api.reduce_sum(api.cast(g.true(a), "int64"), axis, keepdims)


def average(a, axis=None, weights=None, returned=False, keepdims=False):
    """The mean, with weights."""
    if weights is None:
        made = mean(a, axis, keepdims=keepdims)
        x = g.array(a)
        n = api.cast(g.count(x), made.dtype) / api.cast(api.size(made, "int64"), made.dtype)
        return (made, api.zeros_like(made) + n) if returned else made
    x, w = g.all_floats(a, weights)
    if w.shape.rank != x.shape.rank:
        if axis is None:
            raise TypeError("Axis must be specified when shapes of a and weights differ.")
        if w.shape.rank != 1:
            raise g.NotHere("weights of several axes")
        at = g.axis_of(x, axis)
        w = w[tuple(slice(None) if i == at else None for i in builtins.range(x.shape.rank))]
    w = w + api.zeros_like(x)
    total = api.reduce_sum(w, axis, keepdims)
    made = api.reduce_sum(x * w, axis, keepdims) / total
    return (made, total) if returned else made


METHODS = {
    "all": all_true,
    "any": any_true,
    "argmax": argmax,
    "argmin": argmin,
    "cumprod": cumprod,
    "cumsum": cumsum,
    "max": largest,
    "mean": mean,
    "min": smallest,
    "ptp": ptp,
    "prod": product,
    "std": std,
    "sum": total,
    "var": var,
}

FUNCTIONS = {
    **METHODS,
    "amax": largest,
    "amin": smallest,
    "average": average,
    "count_nonzero": count_nonzero,
    "cumulative_prod": _cumulative_from(_cumprod, 1),
    "cumulative_sum": _cumulative_from(api.cumsum, 0),
    "nanargmax": _nan_arg(argmax, -1),
    "nanargmin": _nan_arg(argmin, 1),
    "nancumprod": _nan_cumulative(cumprod, 1),
    "nancumsum": _nan_cumulative(cumsum, 0),
    "nanmax": _nan_extreme(largest, -1),
    "nanmean": _skipping(mean),
    "nanmin": _nan_extreme(smallest, 1),
    "nanprod": _skipping(product),
    "nanstd": _skipping(std),
    "nansum": _skipping(total),
    "nanvar": _skipping(var),
    "ptp": ptp,
}
