"""Sums, means, extremes, truth of arrays and along dimensions."""

from .. import _core, api
from .. import reductions as _scans
from ..numpys import statistics
from . import _dtypes
from ._dtypes import floats, tensor

__all__ = [
    "all",
    "any",
    "cumulative_prod",
    "cumulative_sum",
    "diff",
    "max",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
]


def _summed(x, dtype):
    """What is summed: small integers as int64 or uint64, unless a dtype is given."""
    x = tensor(x)
    if dtype is not None:
        return _dtypes._cast(x, _core.as_dtype(dtype))
    if x.dtype in _dtypes._SIGNED:
        return _dtypes._cast(x, _dtypes.int64)
    return _dtypes._cast(x, _dtypes.uint64) if x.dtype in _dtypes._UNSIGNED else x


def sum(x, /, *, axis=None, dtype=None, keepdims=False):
    """The sum; of small integers in 64 bits."""
    return api.reduce_sum(_summed(x, dtype), axis, keepdims)


def prod(x, /, *, axis=None, dtype=None, keepdims=False):
    """The product; of small integers in 64 bits."""
    return api.reduce_prod(_summed(x, dtype), axis, keepdims)


def max(x, /, *, axis=None, keepdims=False):
    """The greatest element; NaN if one is."""
    return api.reduce_max(tensor(x), axis, keepdims)


def min(x, /, *, axis=None, keepdims=False):
    """The least element; NaN if one is."""
    return api.reduce_min(tensor(x), axis, keepdims)


def mean(x, /, *, axis=None, keepdims=False):
    """The mean."""
    return api.reduce_mean(floats("mean", x), axis, keepdims)


def var(x, /, *, axis=None, correction=0.0, keepdims=False):
    """The variance: the sum of squares about the mean over n - correction."""
    x = floats("var", x)
    return x.var(axis, ddof=correction, keepdims=keepdims)


def std(x, /, *, axis=None, correction=0.0, keepdims=False):
    """The square root of the variance."""
    return api.sqrt(var(x, axis=axis, correction=correction, keepdims=keepdims))


def _true(x):
    x = tensor(x)
    return x if x.dtype.is_bool else api.not_equal(x, tensor(0, x.dtype))


def all(x, /, *, axis=None, keepdims=False):
    """Whether all elements are true (not zero)."""
    return api.reduce_all(_true(x), axis, keepdims)


def any(x, /, *, axis=None, keepdims=False):
    """Whether an element is true (not zero)."""
    return api.reduce_any(_true(x), axis, keepdims)


def _scan(name, f, start):
    def function(x, /, *, axis=None, dtype=None, include_initial=False):
        x = _summed(x, dtype)
        if axis is None:
            if x.shape.rank != 1:
                raise ValueError(f"{name}: an array of {x.shape.rank} dimensions needs an axis")
            axis = 0
        axis %= x.shape.rank
        out = f(x, axis)
        if not include_initial:
            return out
        first = tuple(1 if i == axis else n for i, n in enumerate(x.shape))
        return api.concat([api.fill(first, tensor(start, x.dtype)), out], axis)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{name} along `axis`; include_initial puts {start} in front."
    return function


cumulative_sum = _scan("cumulative_sum", api.cumsum, 0)
cumulative_prod = _scan("cumulative_prod", _scans.cumprod, 1)


def diff(x, /, *, axis=-1, n=1, prepend=None, append=None):
    """Differences of neighbours along a dimension, n times over."""
    parts = [tensor(p) for p in (prepend, x, append) if p is not None]
    return statistics.diff(api.concat(parts, axis), n, axis)
