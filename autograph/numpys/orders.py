"""Arrays sorted, searched and counted."""

import builtins

from .. import _core, api, arrays
from ..api import _op
from . import given as g

Tensor = _core.Tensor


# ---- sorted --------------------------------------------------------------------------------------------


def sort(a, axis=-1, kind=None, order=None, *, stable=None):
    """Sorted along an axis, NaN last; all elements for None."""
    x = g.array(a)
    return arrays.sort(g.flat(x)) if axis is None else arrays.sort(x, g.axis_of(x, axis))


def argsort(a, axis=-1, kind=None, order=None, *, stable=None):
    """The indices that sort along an axis; equal elements keep their order."""
    x = g.array(a)
    if axis is None or x.shape.rank == 0 and axis in (0, -1):
        x, axis = g.flat(x), 0
    return api.cast(arrays.argsort(x, g.axis_of(x, axis)), "int64")


def partition(a, kth, axis=-1, kind="introselect", order=None):
    """The elements at `kth` where they stand when all are sorted, smaller ones before, larger ones behind."""
    x = g.array(a)
    if axis is None:
        x, axis = g.flat(x), 0
    axis = g.axis_of(x, axis)
    n = x.shape[axis]
    if isinstance(kth, Tensor) or n is None or x.dtype.is_complex:  # sorted is right for all
        return arrays.sort(x, axis)
    return arrays.sorted_at(x, _places(kth, n), axis)


def _places(kth, n):
    """The places of an axis of n that `kth` names."""
    import numpy as np  # not at import: the package starts without it

    kth = np.asarray(kth)
    if kth.dtype.kind not in "iu":
        raise TypeError("Partition index must be integer")
    if kth.ndim > 1:
        raise ValueError("object too deep for desired array")
    found = {k + n if k < 0 else k for k in kth.ravel().tolist()}
    for k in found:
        if n and not 0 <= k < n:
            raise ValueError(f"kth(={k}) out of bounds ({n})")
    return found


def argpartition(a, kth, axis=-1, kind="introselect", order=None):
    """The indices that partition: here those that sort."""
    return argsort(a, axis)


def lexsort(keys, axis=-1):
    """The indices that sort by several keys, the last one first."""
    keys = api.unstack(keys) if isinstance(keys, Tensor) else [g.array(k) for k in keys]
    if axis not in (-1, keys[0].shape.rank - 1):
        raise g.NotHere("another axis")
    found = argsort(keys[0])
    for key in keys[1:]:
        again = argsort(_along(key, found))
        found = _along(found, again)
    return found


def _along(x, at):
    return arrays.gather(x, at, batch_dims=x.shape.rank - 1)


def take_along_axis(arr, indices, axis=-1):
    """For each place the element at that index along the axis."""
    from ..numpy_functions import _take_along_axis

    return _take_along_axis(g.array(arr), indices, axis)


# ---- searched ------------------------------------------------------------------------------------------


def searchsorted(a, v, side="left", sorter=None):
    """Where elements go in a sorted vector: before the first one that is not smaller, or for side="right" behind the last one
    that is not larger. NaN is larger than all numbers."""
    if side not in ("left", "right"):
        raise ValueError(f"side must be one of 'left' or 'right' (got {side!r})")
    x, v = g.common([g.array(a), g.array(v)])
    if sorter is not None:
        x = api.gather(x, g.given(sorter), axis=0)
    n = g.size(x)
    if isinstance(n, int) and n == 0:
        return api.zeros_like(v, "int64")
    below = (lambda e: _less(e, v)) if side == "left" else (lambda e: api.logical_not(_less(v, e)))
    found = api.zeros_like(v, "int64")
    if isinstance(n, int):  # so many are not known yet to be below or not, from `found` on
        while n:
            step = (n + 1) // 2
            fits = below(api.gather(x, found + (step - 1), axis=0))
            found = _op("SELECT", [fits, found + step, found])
            n //= 2
        return found
    size = _core.cast(n, "int64")
    step = 1 << 40
    while step:  # the most places that are below, bit by bit
        tried = found + step
        last = api.maximum(api.minimum(tried, size) - 1, 0)
        fits = api.logical_and(tried <= size, below(api.gather(x, last, axis=0)))
        found = _op("SELECT", [fits, tried, found])
        step //= 2
    return found


def _less(a, b):
    less = a < b
    return (
        api.logical_or(less, api.logical_and(api.is_nan(b), api.logical_not(api.is_nan(a))))
        if a.dtype.is_floating
        else less
    )


def digitize(x, bins, right=False):
    """The number of the bin of each element; `bins` rise or fall."""
    bins = g.array(bins)
    n = g.size(bins)
    if isinstance(n, int) and n == 0:
        return api.zeros_like(g.array(x), "int64")
    first, later = bins[:-1], bins[1:]
    rising, falling = api.reduce_all(first <= later), api.reduce_all(first >= later)
    g.demand(api.logical_or(rising, falling), "bins must be monotonically increasing or decreasing")
    side = "left" if right else "right"
    up = searchsorted(bins, x, side)
    down = n - searchsorted(bins[::-1], x, side)
    return _op("SELECT", [rising, up, _core.cast(down, "int64")])


def isin(element, test_elements, assume_unique=False, invert=False, *, kind=None):
    """Which elements are among others."""
    x, among = g.common([g.array(element), g.flat(test_elements)])
    n = among.shape[0]
    if n is not None and n <= 16:
        found = api.zeros_like(x, "bool")
        for i in builtins.range(n):
            found = api.logical_or(found, api.equal(x, among[i]))
    else:
        among = arrays.sort(api.cast(among, "int8") if among.dtype.is_bool else among)
        wanted = api.cast(x, "int8") if x.dtype.is_bool else x
        last = api.minimum(searchsorted(among, wanted), _core.cast(g.size(among) - 1, "int64"))
        if n is None:  # of nothing there is no last one
            among = api.concat([among, among[:0], api.zeros((1,), among.dtype)], 0)
            at = api.maximum(last, 0)
            some = api.cast(g.size(among), "int64") > 1
            found = api.logical_and(api.equal(api.gather(among, at, axis=0), wanted), some)
        else:
            found = api.equal(api.gather(among, last, axis=0), wanted)
    return api.logical_not(found) if invert else found


# ---- sets ----------------------------------------------------------------------------------------------


def unique(
    ar,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    *,
    equal_nan=True,
    sorted=True,
):
    """The different elements in order, with the place of the first of each, which one each element is, and how many there are."""
    if axis is not None:
        raise g.NotHere("axis=")
    a = g.array(ar)
    x = g.flat(a)
    ordered = api.cast(x, "int8") if x.dtype.is_bool else x
    if not (return_index or return_inverse or return_counts):
        x = arrays.sort(ordered)
        return _core.cast(arrays.boolean_mask(x, _starts(x, equal_nan)), a.dtype)
    if return_index or return_inverse:
        order = argsort(ordered)
        x = api.gather(ordered, order, axis=0)
    else:
        x = arrays.sort(ordered)
    starts = _starts(x, equal_nan)
    made = [_core.cast(arrays.boolean_mask(x, starts), a.dtype)]
    if return_index:
        made.append(arrays.boolean_mask(order, starts))
    if return_inverse:
        numbers = api.cumsum(api.cast(starts, "int64")) - 1
        inverse = arrays.tensor_scatter_nd_update(
            api.zeros_like(order), api.expand_dims(order, -1), numbers
        )
        made.append(api.reshape(inverse, api._shape_of(a)))
    if return_counts:
        at = arrays.where(starts)[:, 0]
        ends = api.concat([at[1:], api.reshape(_core.cast(g.given(g.size(x)), "int64"), (1,))], 0)
        made.append((ends if at.shape[0] is None or at.shape[0] else ends[:0]) - at)
    return tuple(made)


def _starts(x, equal_nan=True):
    """Where in a sorted vector an element differs from the one before."""
    differs = api.not_equal(x[1:], x[:-1])
    if equal_nan and x.dtype.is_floating:
        differs = api.logical_and(
            differs, api.logical_not(api.logical_and(api.is_nan(x[1:]), api.is_nan(x[:-1])))
        )
    if x.shape[0] == 0:
        return api.zeros((0,), "bool")
    return api.concat(
        [
            api.equal(x[:1], x[:1]) if not x.dtype.is_floating else api.ones_like(x[:1], "bool"),
            differs,
        ],
        0,
    )


def union1d(ar1, ar2):
    """The different elements of two arrays."""
    a, b = g.common([g.flat(ar1), g.flat(ar2)])
    return unique(api.concat([a, b], 0))


def intersect1d(ar1, ar2, assume_unique=False, return_indices=False):
    """The different elements that both arrays have."""
    if return_indices:
        raise g.NotHere("return_indices=True")
    a, b = g.common([g.flat(ar1), g.flat(ar2)])
    both = arrays.sort(api.concat([unique(a), unique(b)], 0))
    return arrays.boolean_mask(both[1:], api.equal(both[1:], both[:-1]))


def setdiff1d(ar1, ar2, assume_unique=False):
    """The different elements of the first array that the second has not."""
    a = g.flat(ar1) if assume_unique else unique(ar1)
    return arrays.boolean_mask(a, isin(a, ar2, invert=True))


# ---- counted -------------------------------------------------------------------------------------------


def bincount(x, /, weights=None, minlength=0):
    """How often each number below the largest stands in a vector; with weights their sums."""
    x = g.whole(g.array(x))
    if x.shape.rank != 1:
        raise ValueError(
            "object too deep for desired array"
            if x.shape.rank
            else "object of too small depth for desired array"
        )
    at = api.cast(x, "int64")
    g.demand(api.reduce_all(at >= 0), "'list' argument must have no negative elements")
    least = _core.cast(g.given(minlength), "int64") - 1
    if at.shape[0]:
        n = api.maximum(api.reduce_max(at), least) + 1
    else:  # of nothing, or of what only the run knows: there may be no largest one
        n = api.reduce_max(api.concat([at, api.reshape(least, (1,))], 0)) + 1
    if weights is None:
        values = api.ones_like(at)
    else:
        values = api.cast(g.array(weights), "float64")
        if (
            values.shape.rank != 1
            or None not in (values.shape[0], at.shape[0])
            and values.shape[0] != at.shape[0]
        ):
            raise ValueError("The weights and list don't have the same length.")
    return _added(at, values, n)


def _added(at, values, n):
    """Sums of the values with the same number below n."""
    shape = (n,) if isinstance(n, int) else api.reshape(n, (1,))
    return _op(
        "SCATTER", [api.zeros(shape, values.dtype), api.expand_dims(at, -1), values], {"mode": 1}
    )


def histogram_bin_edges(a, bins=10, range=None, weights=None):
    """The edges of equally wide bins over the elements, or over `range`."""
    return _edges(g.flat(a), bins, range)[0]


def _edges(x, bins, range):
    """(edges, whether they are equally wide)."""
    if isinstance(bins, str):
        raise g.NotHere(f"bins={bins!r}")
    edges = g.given(bins)
    if edges.shape.rank == 1:
        rising = api.reduce_all(edges[:-1] <= edges[1:])
        g.demand(rising, "`bins` must increase monotonically, when an array")
        return edges, False
    n = int(bins)
    if n < 1:
        raise ValueError("`bins` must be positive, when an integer")
    if range is not None:
        low, high = g.given(range[0]), g.given(range[1])
        g.demand(low <= high, "max must be larger than min in range parameter.")
    elif x.shape[0] == 0:
        low, high = g.given(0.0), g.given(1.0)
    else:
        low, high = api.reduce_min(x), api.reduce_max(x)
        if x.shape[0] is None:
            raise g.NotHere("a size that only the run knows")
    dtype = g.common_dtype(x, *[e for e in (low, high) if not e.weak])
    dtype = dtype if "float" in dtype else "float64"
    low, high = _core.cast(low, dtype), _core.cast(high, dtype)
    g.demand(
        api.logical_and(api.is_finite(low), api.is_finite(high)),
        "the range of the bins is not finite",
    )
    half = api.cast(api.equal(low, high), dtype) * 0.5
    low, high = low - half, high + half
    edges = api.cast(g.places(n), dtype) * ((high - low) / n) + low
    return api.concat([edges, api.reshape(high, (1,))], 0), True


def histogram(a, bins=10, range=None, density=None, weights=None):
    """How many elements are in each bin, the last one with both its edges; (counts, edges)."""
    x = g.flat(api.cast(g.array(a), "uint8") if g.array(a).dtype.is_bool else a)
    edges, even = _edges(x, bins, range)
    n = edges.shape[0]
    if n is None:
        raise g.NotHere("a number of bins that only the run knows")
    n -= 1
    x, marks = g.common([x, edges])
    first, last = marks[0], marks[n]
    inside = api.logical_and(x >= first, x <= last)
    if even:  # NumPy's steps: near an edge the edge itself decides
        share = _op("SELECT", [inside, (x - first) / (last - first) * n, api.zeros_like(x)])
        at = api.minimum(_core.cast(share, "int64"), n - 1)
        at = at - api.cast(x < api.gather(marks, at, axis=0), "int64")
        more = api.logical_and(x >= api.gather(marks, at + 1, axis=0), api.not_equal(at, n - 1))
        at = api.maximum(at, 0) + api.cast(more, "int64")
    else:
        at = api.minimum(searchsorted(marks, x, "right") - 1, n - 1)
    at = _op("SELECT", [inside, at, api.zeros_like(at) + n])
    if weights is None:
        values = api.ones_like(at)
    else:
        w = g.flat(weights)
        values = api.cast(w, "int64") if w.dtype.is_integer else w
    counts = _added(at, values, n + 1)[:n]
    if not density:
        return counts, edges
    wide = api.cast(edges[1:] - edges[:-1], "float64")
    counts = api.cast(counts, "float64")
    return counts / wide / api.reduce_sum(counts), edges


METHODS = {
    "argpartition": argpartition,
    "argsort": argsort,
    "searchsorted": searchsorted,
}

FUNCTIONS = {
    "argpartition": argpartition,
    "argsort": argsort,
    "bincount": bincount,
    "digitize": digitize,
    "histogram": histogram,
    "histogram_bin_edges": histogram_bin_edges,
    "in1d": lambda ar1, ar2, assume_unique=False, invert=False: isin(
        g.flat(ar1), ar2, invert=invert
    ),
    "intersect1d": intersect1d,
    "isin": isin,
    "lexsort": lexsort,
    "partition": partition,
    "searchsorted": searchsorted,
    "setdiff1d": setdiff1d,
    "sort": sort,
    "take_along_axis": take_along_axis,
    "union1d": union1d,
    "unique": unique,
}
