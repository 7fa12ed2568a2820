"""Rows that belong together by a number: sums and extremes of segments, counts, tables of predictions."""

from . import _core, api, arrays
from .api import _op, _strong
from .numpys.given import demand

__all__ = ["bincount", "confusion_matrix", "in_top_k", "invert_permutation", "segment_max", "segment_mean", "segment_min",
           "segment_prod", "segment_sum", "unsorted_segment_max", "unsorted_segment_mean", "unsorted_segment_min",
           "unsorted_segment_prod", "unsorted_segment_sqrt_n", "unsorted_segment_sum"]  # fmt: skip

_PLUS, _LEAST, _MOST, _TIMES = 1, 3, 4, 5  # modes of SCATTER


def _ids(ids, name, what="segment_ids"):
    ids = _strong(ids)
    if not ids.dtype.is_integer:
        if ids.shape.num_elements() == 0:  # an empty list is one of floats
            return api.cast(ids, "int32")
        raise TypeError(
            f"{name}: {what} holds integers, not {ids.dtype.name}: cast it, for example tf.cast({what}, tf.int32)"
        )
    return ids


def _scattered(mode, first, x, ids, n):
    """Rows of x joined to `first`, a value, by their ids below n; those with ids below 0 go nowhere."""
    tail = [arrays._size(x, i) for i in range(ids.shape.rank, x.shape.rank)]
    start = api.fill((n + 1, *tail), api.cast_number(first, x.dtype))
    places = api.where(ids < 0, api.cast(n, ids.dtype), ids)
    return _op("SCATTER", [start, api.expand_dims(places, -1), x], {"mode": mode})[:n]


def _unsorted(data, segment_ids, num_segments, name):
    x, ids = _strong(data), _ids(segment_ids, name)
    rank, most = ids.shape.rank, x.shape.rank
    if rank is None or most is None:
        raise ValueError(f"{name}: the number of dimensions must be known while tracing")
    if rank > most or any(a not in (b, None) and b is not None for a, b in zip(ids.shape, x.shape)):
        raise ValueError(
            f"{name}: segment_ids of shape {ids.shape} do not begin the shape of data, {x.shape}"
        )
    n = arrays._length(num_segments)
    demand(
        api.reduce_all(ids < api.cast(n, ids.dtype)),
        f"{name}: a segment id is not below num_segments",
    )
    return x, ids, n


def _sums(x, ids, n):
    return _scattered(_PLUS, 0, x, ids, n)


def _products(x, ids, n):
    return _scattered(_TIMES, 1, x, ids, n)


def _extremes(mode):
    def f(x, ids, n):
        return _scattered(mode, x.dtype.min if mode == _MOST else x.dtype.max, x, ids, n)

    return f


def _counts(x, ids, n):
    """How many rows each segment has, at least 1, of a shape that divides the sums."""
    counts = _sums(api.ones_like(ids), ids, n)
    flat = api.cast(api.maximum(counts, 1), x.dtype)
    return api.reshape(flat, (-1, *(1,) * (x.shape.rank - ids.shape.rank)))


def _means(x, ids, n):
    return _quotient(_sums(x, ids, n), _counts(x, ids, n))


def _quotient(sums, counts):
    return sums / counts if sums.dtype.is_floating or sums.dtype.is_complex else sums // counts


def _sqrt_n(x, ids, n):
    return _sums(x, ids, n) / api.sqrt(_counts(x, ids, n))


def _named(name, f, doc, empty):
    def unsorted(data, segment_ids, num_segments, name=None):
        return f(*_unsorted(data, segment_ids, num_segments, unsorted.__name__))

    unsorted.__name__ = unsorted.__qualname__ = f"unsorted_segment_{name}"
    unsorted.__doc__ = f"""{doc} of the rows with the same id: [num_segments, …]. {empty}

    segment_ids: integers below num_segments, of the first dimensions of data; rows with negative ones go nowhere."""
    return unsorted


unsorted_segment_sum = _named("sum", _sums, "The sums", "0 where there is no row.")
unsorted_segment_prod = _named("prod", _products, "The products", "1 where there is no row.")
unsorted_segment_mean = _named("mean", _means, "The means", "0 where there is no row.")
unsorted_segment_sqrt_n = _named(
    "sqrt_n", _sqrt_n, "The sums, by the root of their number,", "0 where there is no row."
)
unsorted_segment_max = _named(
    "max", _extremes(_MOST), "The largest", "The least number of the dtype where there is no row."
)
unsorted_segment_min = _named(
    "min", _extremes(_LEAST), "The least", "The largest number of the dtype where there is no row."
)


def _sorted(how, f, doc, empty=0):
    def segment(data, segment_ids, name=None):
        here = segment.__name__
        x, ids = _strong(data), _ids(segment_ids, here)
        if ids.shape.rank != 1:
            raise ValueError(f"{here}: segment_ids is a vector, not of shape {ids.shape}")
        demand(api.reduce_all(ids[:-1] <= ids[1:]), f"{here}: segment ids are not increasing")
        demand(api.reduce_all(ids >= 0), f"{here}: a segment id is negative")
        n = (
            _core.cast(
                api.reduce_max(api.concat([ids, api.fill((1,), api.cast(-1, ids.dtype))], 0)),
                "int64",
            )
            + 1
        )
        x, ids, n = _unsorted(x, ids, n, here)
        found = f(x, ids, n)
        if how not in ("max", "min"):  # which begin with an extreme of the dtype
            return found
        some = api.reshape(_sums(api.ones_like(ids), ids, n) > 0, (-1, *(1,) * (x.shape.rank - 1)))
        return api.where(some, found, api.zeros_like(found))

    segment.__name__ = segment.__qualname__ = f"segment_{how}"
    segment.__doc__ = f"""{doc} of the rows with the same id: [largest id + 1, …], {empty} where there is no row.

    segment_ids: a vector of integers from 0 up, as long as data, which do not fall (ValueError)."""
    return segment


segment_sum = _sorted("sum", _sums, "The sums")
segment_prod = _sorted("prod", _products, "The products", 1)
segment_mean = _sorted("mean", _means, "The means")
segment_max = _sorted("max", _extremes(_MOST), "The largest")
segment_min = _sorted("min", _extremes(_LEAST), "The least")


def bincount(
    arr, weights=None, minlength=None, maxlength=None, dtype="int32", name=None, axis=None, binary_output=False,
):  # fmt: skip
    """How often each of 0, 1, … up to the largest stands among the integers `arr`; with weights of its shape their sums, of
    the weights' dtype. At least minlength counts, at most maxlength: larger numbers are left out.

    axis: -1 counts each row (the last dimension) apart, [..., counts]; None and 0 count all. binary_output: 1 for what is there
    at all, however often."""
    if axis not in (None, 0, -1):
        raise ValueError(f"bincount: axis is None, 0 or -1, not {axis!r}")
    if binary_output and weights is not None:
        raise ValueError("bincount: binary_output says what is there, so that weights mean nothing")
    x = _core.cast(_ids(arr, "bincount", "arr"), "int64")
    demand(api.reduce_all(x >= 0), "bincount: a number is negative")
    values = api.cast(api.ones_like(x), dtype) if weights is None else _strong(weights)
    if axis == -1 and x.shape.rank is None:
        raise ValueError("bincount: the number of dimensions must be known while tracing")
    if not values.shape.is_compatible_with(x.shape):
        raise ValueError(
            f"bincount: weights of shape {values.shape} for numbers of shape {x.shape}"
        )
    least = _core.cast(0 if minlength is None else _strong(minlength), "int64")
    n = api.reduce_max(api.concat([api.reshape(x, (-1,)), api.reshape(least - 1, (1,))], 0)) + 1
    if maxlength is not None:
        n = api.minimum(n, _core.cast(_strong(maxlength), "int64"))
    rows = [arrays._size(x, i) for i in range(x.shape.rank - 1)] if axis == -1 else []
    count, places = 1, x
    for size in rows:
        count = count * size
    if rows:  # those of one row follow those of the row before
        first = api.reshape(api.range(count, dtype="int64") * n, (*rows, 1))
        places = x + first
    places = api.reshape(api.where(x < n, places, -1), (-1,))
    counts = _scattered(
        _MOST if binary_output else _PLUS, 0, api.reshape(values, (-1,)), places, count * n
    )
    return api.reshape(counts, (*rows, n)) if rows else counts


def confusion_matrix(labels, predictions, num_classes=None, weights=None, dtype="int32", name=None):
    """How often each class (row) was predicted as each class (column): [classes, classes]. num_classes: one more than the
    largest by default. weights: what a prediction counts, instead of 1."""
    rows, columns = (
        api.reshape(_core.cast(_ids(v, "confusion_matrix", what), "int64"), (-1,))
        for v, what in ((labels, "labels"), (predictions, "predictions"))
    )
    demand(api.reduce_all(api.minimum(rows, columns) >= 0), "confusion_matrix: a class is negative")
    n = num_classes
    if n is None:
        n = (
            api.reduce_max(api.concat([rows, columns, api.fill((1,), api.cast(-1, "int64"))], 0))
            + 1
        )
    else:
        n = arrays._length(n)
        demand(
            api.reduce_all(api.maximum(rows, columns) < n),
            "confusion_matrix: a class is not below num_classes",
        )
    values = api.ones_like(rows) if weights is None else api.reshape(_strong(weights), (-1,))
    return _op(
        "SCATTER",
        [api.zeros((n, n), dtype), api.stack([rows, columns], 1), api.cast(values, dtype)],
        {"mode": _PLUS},
    )


def in_top_k(targets, predictions, k, name=None):
    """Whether the target class of each row of predictions, [rows, classes], is among its k largest; ties count as in. False
    where the class or its prediction is not finite, or the class is none of the row's."""
    targets, x = _ids(targets, "in_top_k", "targets"), _strong(predictions)
    if x.shape.rank != 2 or targets.shape.rank != 1:
        raise ValueError(
            f"in_top_k: predictions are [rows, classes] and targets [rows], not {x.shape} and {targets.shape}"
        )
    classes = api.cast(arrays._size(x, 1), targets.dtype)
    known = api.logical_and(targets >= 0, targets < classes)
    own = arrays.gather(x, api.where(known, targets, api.zeros_like(targets)), axis=1, batch_dims=1)
    own = api.expand_dims(own, 1)
    above = api.reduce_sum(api.cast(x > own, "int32"), 1) < api.cast(k, "int32")
    return api.logical_and(api.logical_and(known, api.is_finite(own[:, 0])), above)


def invert_permutation(x, name=None):
    """y with y[x[i]] = i: x is a vector of 0, 1, …, n - 1 in any order (ValueError)."""
    x = _ids(x, "invert_permutation", "x")
    if x.shape.rank != 1:
        raise ValueError(f"invert_permutation: x is a vector, not of shape {x.shape}")
    n = api.size(x, x.dtype)
    demand(
        api.reduce_all(api.logical_and(x >= 0, x < n)),
        "invert_permutation: a number is not a place of the vector",
    )
    y = _op(
        "SCATTER",
        [api.zeros_like(x) - 1, api.expand_dims(x, 1), api.range(n, dtype=x.dtype)],
        {"mode": 0},
    )
    demand(api.reduce_all(y >= 0), "invert_permutation: a number stands twice")
    return y
