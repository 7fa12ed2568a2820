"""What changes an array in place: np.put(a, ...), np.add.at(a, ...), a.sort(). An array that is made here is an object
(staging/arrays.py); a value that was computed, or an argument, is none."""

from .. import _core, api, arrays
from ..api import _op
from ..staging import places
from . import given as g
from . import orders

Tensor = _core.Tensor
_MODES = {"add": 1, "subtract": 2, "minimum": 3, "maximum": 4, "multiply": 5}  # of SCATTER


def target(a, what):
    """An Array, to be changed; refuses what is none."""
    if not isinstance(a, Tensor):
        return a
    from ..staging import lent  # not at import: what traces comes with it

    lent.refuse_items(a)
    raise TypeError(
        f"{what} changes its array in place, and this one is a value that was computed: make it an array first, as in "
        f"a = a.copy(){places.here()}"
    )


def copyto(dst, src, casting="same_kind", where=True):
    """The elements of another array, where a mask is true."""
    from ..staging import arrays as staged

    value = g.given(src)
    if casting != "unsafe":
        staged._check_kind(value, dst.dtype.name)
    dst[...] = (
        value
        if where is True
        else _op("SELECT", [g.true(where), _core.cast(value, dst.dtype), dst.tensor])
    )


def put(a, ind, v, mode="raise"):
    """Values at places of all elements."""
    x = a.tensor
    at = api.reshape(_core.cast(g.array(ind), "int64"), (-1,))
    n = g.count(x)
    if mode == "clip":
        at = api.maximum(api.minimum(at, n - 1), 0)
    elif mode == "wrap":
        at = api.mod(at, n)
    else:
        g.demand(
            api.logical_and(api.reduce_all(at >= -n), api.reduce_all(at < n)),
            f"index is out of bounds for axis 0 with size {n}",
        )
        at = _op("SELECT", [at < 0, at + n, at])
    values = _repeated(v, g.size(at), x.dtype)
    a[...] = api.reshape(
        _op("SCATTER", [g.flat(x), api.expand_dims(at, -1), values], {"mode": 0}), api._shape_of(x)
    )


def _repeated(v, n, dtype):
    """The first n of the values, again and again."""
    values = g.flat(_core.cast(g.given(v), dtype))
    if isinstance(n, int) and values.shape[0] == n:
        return values
    return api.gather(
        values,
        api.mod(g.places(n), api.maximum(api.cast(g.given(g.size(values)), "int64"), 1)),
        axis=0,
    )


def place(arr, mask, vals):
    """The values in turn where a mask is true."""
    x, mask = arr.tensor, g.true(mask)
    at = arrays.where(g.flat(mask))[:, 0]
    flat = _op(
        "SCATTER",
        [g.flat(x), api.expand_dims(at, -1), _repeated(vals, g.size(at), x.dtype)],
        {"mode": 0},
    )
    arr[...] = api.reshape(flat, api._shape_of(x))


def putmask(a, mask, values):
    """The values at their own places where a mask is true."""
    x = a.tensor
    all_ = api.reshape(_repeated(values, g.count(x), x.dtype), api._shape_of(x))
    a[...] = _op("SELECT", [g.true(mask), all_, x])


def fill_diagonal(a, val, wrap=False):
    """A value on the diagonal."""
    x = a.tensor
    if wrap or x.shape.rank != 2:
        raise g.NotHere("wrap= or more than two axes")
    rows, columns = (g.places(g.size(x, i)) for i in (0, 1))
    value = _core.cast(g.given(val), x.dtype)
    if value.shape.rank:
        value = api.gather(g.flat(value), api.minimum(rows, g.size(g.flat(value)) - 1), axis=0)[
            :, None
        ]
    a[...] = _op("SELECT", [api.equal(rows[:, None], columns[None, :]), value, x])


def put_along_axis(arr, indices, values, axis):
    """Values at the indices along an axis."""
    x, at = arr.tensor, _core.cast(g.array(indices), "int64")
    if axis is None:
        return put(arr, at, values)
    axis %= x.shape.rank
    key = []
    for i in range(x.shape.rank):
        if i == axis:
            key.append(at)
        else:
            key.append(
                g.places(g.size(at, i))[
                    tuple(slice(None) if k == i else None for k in range(x.shape.rank))
                ]
            )
    arr[tuple(key)] = values


FUNCTIONS = {
    "copyto": copyto,
    "fill_diagonal": fill_diagonal,
    "place": place,
    "put": put,
    "put_along_axis": put_along_axis,
    "putmask": putmask,
}


def at(ufunc, a, indices, *values):
    """ufunc.at(a, indices, values): each index counts, however often it stands there."""
    a = target(a, f"np.{ufunc}.at")
    x = a.tensor
    if (
        ufunc not in _MODES
        or len(values) != 1
        or isinstance(indices, tuple)
        and len(indices) != x.shape.rank
    ):
        raise TypeError(
            f"np.{ufunc}.at has no counterpart here: add, subtract, multiply, minimum and maximum are there, with an array of indices for the "
            f"first axis or a tuple of one for each{places.here()}"
        )
    rows = _rows(indices, x)
    tail = [g.size(x, i) for i in range(rows.shape[-1], x.shape.rank)]
    shape = [*[g.size(rows, i) for i in range(rows.shape.rank - 1)], *tail]
    value = _core.cast(g.given(values[0]), x.dtype)
    a[...] = _op(
        "SCATTER",
        [x, rows, api.broadcast_to(value, shape) if shape else value],
        {"mode": _MODES[ufunc]},
    )


def _rows(indices, x):
    parts = [
        _core.cast(g.array(i), "int64")
        for i in (indices if isinstance(indices, tuple) else (indices,))
    ]
    if g.array(parts[0] if isinstance(indices, tuple) else indices).dtype.is_bool:
        return arrays.where(g.array(indices))
    zero = parts[0] * 0
    for p in parts[1:]:
        zero = zero + p * 0
    found = []
    for k, p in enumerate(parts):
        p, n = p + zero, g.size(x, k)
        g.demand(
            api.logical_and(api.reduce_all(p >= -n), api.reduce_all(p < n)),
            f"index is out of bounds for axis {k} with size {n}",
        )
        found.append(_op("SELECT", [p < 0, p + n, p]))
    return api.stack(found, -1)


# ---- methods of arrays ---------------------------------------------------------------------------------


def sort(a, axis=-1, kind=None, order=None, *, stable=None):
    """Sorts the array itself along an axis."""
    a[...] = orders.sort(a.tensor, axis)


def partition(a, kth, axis=-1, kind="introselect", order=None):
    """Partitions the array itself."""
    a[...] = orders.partition(a.tensor, kth, axis)


METHODS = {"partition": partition, "put": put, "sort": sort}


def refusing(name):
    """A method of tensors, which are no objects to be changed."""

    def method(self, *args, **kwargs):
        target(self, f"x.{name}()")

    return method
