"""Where elements are, in which order, and which there are."""

from collections import namedtuple

from .. import api, arrays, reductions
from ._dtypes import operands, tensor

__all__ = [
    "argmax",
    "argmin",
    "argsort",
    "count_nonzero",
    "nonzero",
    "searchsorted",
    "sort",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
    "where",
]


def _extreme(name, op):
    def function(x, /, *, axis=None, keepdims=False):
        x = tensor(x)
        flat = api.reshape(x, (-1,)) if axis is None else x
        at = api.cast(op(flat, 0 if axis is None else axis), "int64")
        if not keepdims:
            return at
        return (
            api.reshape(at, (1,) * x.shape.rank)
            if axis is None
            else api.expand_dims(at, axis % x.shape.rank)
        )

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        "The index (int64) of the first such element, along `axis` or of all in C order."
    )
    return function


argmax = _extreme("argmax", api.argmax)
argmin = _extreme("argmin", api.argmin)


def nonzero(x, /):
    """For each dimension the indices of the elements that are not zero."""
    x = tensor(x)
    if not x.shape.rank:
        raise ValueError("nonzero: a number has no indices")
    rows = arrays.where(x)
    return tuple(api.cast(rows[:, i], "int64") for i in range(x.shape.rank))


def count_nonzero(x, /, *, axis=None, keepdims=False):
    """How many elements are not zero."""
    return api.cast(reductions.count_nonzero(tensor(x), axis, keepdims), "int64")


def where(condition, x1, x2, /):
    """x1 where the condition holds, x2 elsewhere."""
    a, b = operands("where", x1, x2)
    condition = tensor(condition)
    if not condition.dtype.is_bool:
        raise TypeError(f"where: the condition is {condition.dtype.name}, not bool")
    return api.where(condition, a, b)


def sort(x, /, *, axis=-1, descending=False, stable=True):
    """In order along a dimension; NaN comes last."""
    return arrays.sort(tensor(x), axis, "DESCENDING" if descending else "ASCENDING")


def argsort(x, /, *, axis=-1, descending=False, stable=True):
    """The indices that put a dimension in order; equal elements stay in theirs."""
    direction = "DESCENDING" if descending else "ASCENDING"
    return api.cast(arrays.argsort(tensor(x), axis, direction, stable=True), "int64")


def searchsorted(x1, x2, /, *, side="left", sorter=None):
    """Where each element of x2 would be put into the sorted vector x1: before equal ones, or behind them ('right').

    Bisection of all elements at once."""
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted: side is 'left' or 'right', not {side!r}")
    row, x2 = operands("searchsorted", x1, x2)
    if sorter is not None:
        row = api.gather(row, tensor(sorter))
    n = row.shape[0]
    low = api.fill(api._shape_of(x2), tensor(0))
    if n == 0:
        return low
    last = api.size(row, "int64") - 1
    high = low + last + 1
    for _ in range((n or 2**62).bit_length()):
        middle = (low + high) // 2
        item = api.gather(row, api.minimum(middle, last))
        before = api.logical_and(low < high, item < x2 if side == "left" else item <= x2)
        low, high = api.where(before, middle + 1, low), api.where(before, high, middle)
    return low


# ---- sets ------------------------------------------------------------------------------------------

_All = namedtuple("unique_all", "values indices inverse_indices counts")
_Counts = namedtuple("unique_counts", "values counts")
_Inverse = namedtuple("unique_inverse", "values inverse_indices")


def _unique(x):
    """values in order, the first index of each, the number of its value for each element, how often each is there."""
    x = tensor(x)
    flat = api.reshape(x, (-1,))
    order = api.cast(arrays.argsort(flat, stable=True), "int64")
    row = api.gather(flat, order)
    first = api.concat([api.ones((1,), "bool"), api.not_equal(row[1:], row[:-1])], 0)
    first = first[: api.size(row, "int64")] if row.shape[0] != 0 else first[:0]
    values = arrays.boolean_mask(row, first)
    starts = api.cast(arrays.where(first)[:, 0], "int64")
    group = api.cumsum(api.cast(first, "int64")) - 1
    zeros = api.fill(api._shape_of(flat), tensor(0))
    inverse = arrays.tensor_scatter_nd_update(zeros, order[:, None], group)
    ends = api.concat(
        [starts[1:], api.reshape(api.size(row, "int64"), (1,))[: api.size(starts[:1], "int64")]], 0
    )
    return _All(
        values, api.gather(order, starts), api.reshape(inverse, api._shape_of(x)), ends - starts
    )


def unique_all(x, /):
    """(values, indices, inverse_indices, counts) of the different elements; each NaN is one of its own."""
    return _unique(x)


def unique_counts(x, /):
    """(values, counts) of the different elements."""
    found = _unique(x)
    return _Counts(found.values, found.counts)


def unique_inverse(x, /):
    """(values, inverse_indices): the elements are values[inverse_indices]."""
    found = _unique(x)
    return _Inverse(found.values, found.inverse_indices)


def unique_values(x, /):
    """The different elements, in order."""
    return _unique(x).values
