"""Arrays made, taken apart and put together: functions over a few operations, which the compiler
joins to one loop."""

import builtins
import collections

from . import _core, api
from .api import _op, _strong
from .api import axis_of as _axis

__all__ = [
    "argsort",
    "boolean_mask",
    "ensure_shape",
    "eye",
    "gather",
    "gather_nd",
    "linspace",
    "meshgrid",
    "newaxis",
    "one_hot",
    "repeat",
    "roll",
    "scatter_nd",
    "sequence_mask",
    "slice",
    "sort",
    "split",
    "strided_slice",
    "tensor_scatter_nd_add",
    "tensor_scatter_nd_max",
    "tensor_scatter_nd_min",
    "tensor_scatter_nd_sub",
    "tensor_scatter_nd_update",
    "top_k",
    "unique",
    "unique_with_counts",
    "where",
]

Tensor = _core.Tensor
newaxis = None


def _rank(x, what):
    if x.shape.rank is None:
        raise ValueError(f"{what}: the number of dimensions must be known while tracing")
    return x.shape.rank


def _size(x, axis):
    """A dimension: an int, or a weak tensor where only the run knows it."""
    n = x.shape[axis]
    return n if n is not None else _op("DIM", [x], {"axis": axis, "weak": 1})


def _length(n):
    """A number of things: a Python int where it is known, else a tensor."""
    if isinstance(n, Tensor):
        known = _core.known(n)
        return n if known is None else int(known)
    return n.__index__()


def _number_of(n, what, least=0):
    """A number of things that is not less: ValueError, now or in the run."""
    n = _length(n)
    text = f"{what} is \1: give {least} or more"
    if not isinstance(n, int):
        _op("ASSERT", [n >= least, n], {"text": text})
    elif n < least:
        raise ValueError(text.replace("\1", str(n)))
    return n


def _wide(x):
    """Integers that hold the places of any array."""
    return x if x.dtype.size >= 4 else api.cast(x, "int64")


def _part(x, axis, begin, end):
    return x[(builtins.slice(None),) * axis + (builtins.slice(begin, end),)]


# ---- made --------------------------------------------------------------------------------------------


def eye(num_rows, num_columns=None, batch_shape=None, dtype="float32", name=None):
    """Ones on the diagonal, zeros elsewhere: [*batch_shape, num_rows, num_columns or num_rows]."""
    rows = _number_of(num_rows, "eye: the number of rows")
    columns = rows if num_columns is None else _number_of(num_columns, "eye: the number of columns")
    made = api.cast(api.range(rows)[:, None] == api.range(columns)[None, :], dtype)
    return made if batch_shape is None else api.broadcast_to(made, (*batch_shape, rows, columns))


def one_hot(indices, depth, on_value=None, off_value=None, axis=None, dtype=None, name=None):
    """`on_value` at the index of each row of a new dimension of size `depth`, `off_value`
    elsewhere (1 and 0 by default); indices out of range have none. The dtype is that of the values
    that are given, else float32."""
    x = _wide(_integers(indices, "one_hot"))
    at = _axis(x, -1 if axis is None else axis, "one_hot", 1)
    given = [v if isinstance(v, Tensor) else api.constant(v, dtype) for v in (on_value, off_value) if v is not None]
    if dtype is None:
        dtype = given[0].dtype if given else "float32"
    for v in given:
        if v.dtype != dtype and not v.weak:
            raise TypeError(f"one_hot: a value of {v.dtype.name} for a result of {_core.as_dtype(dtype).name}: give both values in one dtype")
    on_value, off_value = 1 if on_value is None else on_value, 0 if off_value is None else off_value
    places = api.cast(api.range(_number_of(depth, "one_hot: the depth")), x.dtype)
    places = places[(builtins.slice(None),) + (None,) * (x.shape.rank - at)]
    hit = api.expand_dims(x, at) == places
    return _op("SELECT", [hit, api.cast(on_value, dtype), api.cast(off_value, dtype)])


def _integers(x, what):
    x = _strong(x)
    if not x.dtype.is_integer:
        raise TypeError(
            f"{what}: the indices must be integers, not {x.dtype.name}: cast them, for example tf.cast(i, tf.int32)"
        )
    return x


def linspace(start, stop, num, name=None, axis=0):
    """`num` numbers from start to stop, both included, evenly spaced along a new dimension
    `axis`."""
    if isinstance(start, Tensor) and start.dtype.is_floating:  # a number beside it has its dtype
        stop = api.cast_number(stop, start.dtype)
    elif isinstance(stop, Tensor) and stop.dtype.is_floating:
        start = api.cast_number(start, stop.dtype)
    start, stop = _floats(start), _floats(stop)
    n = _number_of(num, "linspace: num")
    at = _axis(start, axis, "linspace", 1)
    first, last = api.expand_dims(start, at), api.expand_dims(stop, at)
    i = api.cast(api.range(n), start.dtype)[
        (builtins.slice(None),) + (None,) * (start.shape.rank - at)
    ]
    steps = api.cast(
        builtins.max(n - 1, 1) if isinstance(n, int) else api.maximum(n - 1, 1), start.dtype
    )
    inner = first + (last - first) * (i / steps)
    final = api.cast(n, start.dtype) - 1  # there it is `stop` itself, not a sum that comes near it
    return _op("SELECT", [api.logical_and(i == final, final > 0), last, inner])


def _floats(x):
    t = _strong(x)
    return t if t.dtype.is_floating else api.cast(t, "float64")


def meshgrid(*args, indexing="xy", name=None):
    """The vectors as arrays that vary along one dimension each; "xy" swaps the first two
    dimensions."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing is 'xy' or 'ij', not {indexing!r}")
    vectors = [api.reshape(_strong(a), (-1,)) for a in args]
    n = len(vectors)
    sizes = [_size(v, 0) for v in vectors]
    order = list(builtins.range(n))
    if indexing == "xy" and n > 1:
        order[:2] = 1, 0
    shape = [sizes[i] for i in order]
    out = []
    for i, v in enumerate(vectors):
        key = tuple(builtins.slice(None) if k == i else None for k in order)
        out.append(_spread(v[key], shape))
    return out


def _spread(x, shape):
    if builtins.all(isinstance(d, int) for d in shape):
        return api.broadcast_to(x, shape)
    return _op("SELECT", [api.fill(shape, True), x, x])


def sequence_mask(lengths, maxlen=None, dtype="bool", name=None):
    """True for the first lengths[i] places of row i: [*lengths.shape, maxlen]; maxlen is the
    longest by default."""
    x = _wide(_strong(lengths))
    if maxlen is None:  # of no rows: 0
        maxlen = api.reduce_max(api.concat([api.reshape(x, (-1,)), api.zeros((1,), x.dtype)], 0))
    made = api.cast(api.range(_length(maxlen)), x.dtype) < api.expand_dims(x, -1)
    return made if _core.as_dtype(dtype).name == "bool" else api.cast(made, dtype)


# ---- taken apart ---------------------------------------------------------------------------------------


def split(value, num_or_size_splits, axis=0, num=None, name="split"):
    """A list of parts along `axis`: so many equal ones, or ones of these sizes, of which one may be
    -1."""
    x = _strong(value)
    axis = _axis(x, axis, "split")
    n = _size(x, axis)
    if isinstance(num_or_size_splits, int) or (
        isinstance(num_or_size_splits, Tensor) and num_or_size_splits.shape.rank == 0
    ):
        count = int(num_or_size_splits)
        if count < 1 or (isinstance(n, int) and n % count):
            raise ValueError(
                f"split: a dimension of size {n} cannot be split into {count} equal parts"
            )
        sizes = [n // count] * count
    else:
        given = num_or_size_splits
        sizes = api.unstack(given, num) if isinstance(given, Tensor) else list(given)
        known = [None if isinstance(s, Tensor) and s.is_symbolic else int(s) for s in sizes]
        if known.count(-1) > 1:
            raise ValueError(f"split: of the sizes {known} only one may be -1")
        if -1 in known:
            rest = n
            for i, s in enumerate(sizes):
                rest = rest if known[i] == -1 else rest - s
            sizes[known.index(-1)] = rest
        elif isinstance(n, int) and None not in known and builtins.sum(known) != n:
            raise ValueError(
                f"split: parts of sizes {known} do not make up a dimension of size {n}"
            )
    parts, at = [], 0
    for size in sizes:
        parts.append(_part(x, axis, at, at + size))
        at = at + size
    return parts


def slice(input_, begin, size, name=None):
    """The block of `size` elements from `begin` on, in each dimension; -1 is all that are left."""
    x = _strong(input_)
    begins, sizes = _numbers(begin), _numbers(size)
    if len(begins) != len(sizes) or len(begins) != _rank(x, "slice"):
        raise ValueError(
            f"slice: {len(begins)} begins and {len(sizes)} sizes for a tensor of shape {x.shape}"
        )
    key = []
    for i, (b, s) in enumerate(zip(begins, sizes, strict=True)):
        n = x.shape[i]
        if isinstance(b, int) and isinstance(s, int):
            if b < 0 or s < -1 or (n is not None and (b > n or b + s > n)):
                raise ValueError(
                    f"slice: {s} elements from {b} on lie outside of dimension {i} of size {n}"
                )
            key.append(builtins.slice(b, None if s == -1 else b + s))
        else:
            key.append(builtins.slice(b, None if isinstance(s, int) and s == -1 else b + s))
    return x[tuple(key)]


def _numbers(v):
    """A vector as a list of Python ints and 0-d tensors."""
    items = api.unstack(v) if isinstance(v, Tensor) else list(v)
    return [
        i if isinstance(i, Tensor) and i.is_symbolic and _core.known(i) is None else int(i)
        for i in items
    ]


def strided_slice(
    input_,
    begin,
    end,
    strides=None,
    begin_mask=0,
    end_mask=0,
    ellipsis_mask=0,
    new_axis_mask=0,
    shrink_axis_mask=0,
    var=None,
    name=None,
):
    """x[begin[0]:end[0]:strides[0], ...]. Bit i of a mask: no begin, no end, `...`, a new axis, a
    number instead of a slice."""
    begins, ends = _numbers(begin), _numbers(end)
    steps = [1] * len(begins) if strides is None else _numbers(strides)
    key = []
    for i, (b, e, s) in enumerate(zip(begins, ends, steps, strict=True)):
        bit = 1 << i
        if ellipsis_mask & bit:
            key.append(Ellipsis)
        elif new_axis_mask & bit:
            key.append(None)
        elif shrink_axis_mask & bit:
            key.append(b)
        else:
            key.append(
                builtins.slice(None if begin_mask & bit else b, None if end_mask & bit else e, s)
            )
    x = input_ if isinstance(input_, _core.Variable) else _strong(input_)
    return x[tuple(key)]


def ensure_shape(x, shape, name=None):
    """x, of which then is known while tracing what `shape` tells. InvalidArgumentError when it has
    another shape, now or in the run."""
    return of_shape(_strong(x), shape, "ensure_shape")


def of_shape(x, shape, what):
    """x with what is known of its shape; the run compares it."""
    wanted = check_shape(x, shape, what)
    if not x.is_symbolic or x.shape.merge_with(wanted) == x.shape:
        return x
    sizes = api.shape(x, "int64")
    return api.reshape(x, [sizes[i] if n is None else n for i, n in enumerate(wanted)])


def check_shape(x, shape, what):
    """`shape` as a TensorShape; in the run what only the run can tell is compared with it."""
    wanted = _core.TensorShape(shape)
    if not wanted.is_compatible_with(x.shape):
        raise _core.InvalidArgumentError(f"{what}: the shape is {x.shape}, not {wanted}")
    if x.is_symbolic and wanted.rank is not None:
        sizes = api.shape(x, "int64")
        text = f"{what}: the shape is \1, not {wanted}"
        if x.shape.rank is None:
            _op("ASSERT", [api.size(sizes) == wanted.rank, sizes], {"text": text})
        for i, n in enumerate(wanted):
            if n is not None and x.shape[i] is None:
                _op("ASSERT", [sizes[i] == n, sizes], {"text": text})
    return wanted


def boolean_mask(tensor, mask, axis=None, name="boolean_mask"):
    """What stands where the mask is true: the dimensions of the mask, which begin at `axis`, become
    one."""
    x, mask = _strong(tensor), _strong(mask)
    at = 0 if axis is None else _axis(x, int(axis), "boolean_mask")
    n = _rank(mask, "boolean_mask")
    if n == 0:
        raise ValueError("boolean_mask: the mask has no dimensions")
    for k in builtins.range(n):
        _as_long(mask, k, x, at + k, "boolean_mask: the mask")
    where_true = where(mask)
    if at == 0:
        return gather_nd(x, where_true)
    order = [
        *builtins.range(at, at + n),
        *builtins.range(at),
        *builtins.range(at + n, x.shape.rank),
    ]
    picked = gather_nd(api.transpose(x, order), where_true)
    back = [*builtins.range(1, at + 1), 0, *builtins.range(at + 1, picked.shape.rank)]
    return api.transpose(picked, back)


def _as_long(y, i, x, k, what):
    """Dimension i of y is as long as dimension k of x: ValueError where not, now or in the run."""
    if k >= x.shape.rank:
        raise ValueError(f"{what} has more dimensions than the tensor of shape {x.shape}")
    n, m = y.shape[i], x.shape[k]
    if n is None or m is None:
        n, m = _strong(_size(y, i)), _strong(_size(x, k))
        text = f"{what} has \1 elements in dimension {i}, the tensor \1 in dimension {k}"
        _op("ASSERT", [n == m, n, m], {"text": text})
    elif n != m:
        raise ValueError(
            f"{what} has the shape {y.shape}, the tensor {x.shape}: sizes {n} and {m} differ"
        )


def where(condition, x=None, y=None, name=None):
    """x where the condition is true, y elsewhere, element by element; with the condition alone, the
    indices of what is true
    (not zero), one row each."""
    if x is None and y is None:
        c = _strong(condition)
        return _op(
            "WHERE", [c if c.dtype.name == "bool" else api.not_equal(c, api.zeros((), c.dtype))]
        )
    return api.where(condition, x, y)


# ---- put together --------------------------------------------------------------------------------------


def roll(input, shift, axis, name=None):
    """Shifted along dimensions; what leaves at one end comes in at the other."""
    x = _strong(input)
    shifts = list(shift) if isinstance(shift, (list, tuple)) else [shift]
    axes = list(axis) if isinstance(axis, (list, tuple)) else [axis]
    for s, a in zip(shifts, axes, strict=True):
        a = _axis(x, int(a), "roll")
        n = _size(x, a)
        s = _length(s)
        if isinstance(n, int) and isinstance(s, int):
            cut = -s % n if n else 0
        else:
            n = api.cast(n, "int64")
            cut = n - api.mod(api.cast(s, "int64"), api.maximum(n, 1))
        if not isinstance(cut, int) or cut:
            x = api.concat([_part(x, a, cut, None), _part(x, a, None, cut)], a)
    return x


def repeat(input, repeats, axis=None, name=None):
    """Each element along `axis` so many times (one number, or one each); without axis, of the
    flattened tensor."""
    x = _strong(input)
    if axis is None:
        x, axis = api.reshape(x, (-1,)), 0
    axis = _axis(x, axis, "repeat")
    counts = repeats if isinstance(repeats, int) else _strong(repeats)
    if not isinstance(counts, int) and counts.shape.rank == 1 and counts.shape[0] == 1:
        counts = counts[0]
    if isinstance(counts, int) or counts.shape.rank == 0:
        n = _number_of(counts, "repeat: the number of times")
        size = _core.cast(_size(x, axis), "int64", True)
        total = size * _core.cast(n, "int64", True)  # a Python int: past 64 bits it is an error
        if type(counts) is int and counts >= 0 and x.shape.rank < 8:  # no vector of places
            shape = [_size(x, i) for i in range(x.shape.rank)]
            times = [1] * (axis + 1) + [counts] + [1] * (x.shape.rank - axis - 1)
            shape[axis] = _length(total)
            return api.reshape(api.tile(api.expand_dims(x, axis + 1), times), shape)
        return gather(
            x,
            api.floordiv(
                api.range(api.cast(_length(total), "int64")), api.maximum(api.cast(n, "int64"), 1)
            ),
            axis=axis,
        )
    _as_long(counts, 0, x, axis, "repeat: the vector of times")
    counts = api.cast(counts, "int64")
    fine = api.logical_and(
        api.reduce_all(counts >= 0), api.reduce_sum(api.cast(counts, "float64")) < 2.0**62
    )
    text = (
        "repeat: the numbers of times are \1: none may be negative, and their sum must have 62 bits"
    )
    _op("ASSERT", [fine, counts], {"text": text})
    starts, total = api.cumsum(counts, exclusive=True), api.reduce_sum(counts)
    marks = scatter_nd(
        api.expand_dims(starts, -1), api.ones_like(starts), api.expand_dims(total + 1, 0)
    )
    return gather(x, api.cumsum(marks)[:-1] - 1, axis=axis)


def gather(params, indices, validate_indices=None, axis=None, batch_dims=0, name=None):
    """Slices of `params` along `axis` at `indices`; negative ones count from the end; out of range
    is an error.

    batch_dims: so many leading dimensions of both go together; `axis` is the one after them by
    default."""
    x, at = _strong(params), _strong(indices)
    if batch_dims < 0:
        batch_dims += _rank(at, "gather")
    axis = _axis(x, batch_dims if axis is None else int(axis), "gather")
    if not batch_dims:
        return api.gather(x, at, axis=axis)
    order = [
        *builtins.range(batch_dims),
        axis,
        *(k for k in builtins.range(batch_dims, x.shape.rank) if k != axis),
    ]
    rows = _op(
        "GATHER_ND", [api.transpose(x, order), _batched(api.expand_dims(at, -1), batch_dims)]
    )
    n, inner = at.shape.rank, axis - batch_dims
    back = [
        *builtins.range(batch_dims),
        *builtins.range(n, n + inner),
        *builtins.range(batch_dims, n),
    ]
    return api.transpose(rows, [*back, *builtins.range(n + inner, rows.shape.rank)])


def _batched(rows, batch_dims):
    """Rows of indices with the numbers of the batch before them."""
    lead = []
    for k in builtins.range(batch_dims):
        places = api.cast(api.range(_length(_size(rows, k))), "int64")
        key = tuple(
            builtins.slice(None) if i == k else None for i in builtins.range(rows.shape.rank)
        )
        lead.append(places[key])
    rows = api.cast(rows, "int64")
    one = api.expand_dims(rows[..., 0], -1)
    return api.concat([*[v + one * 0 for v in lead], rows], rows.shape.rank - 1)


def gather_nd(params, indices, batch_dims=0, name=None):
    """What stands at the places that rows of indices name on the leading dimensions of `params`."""
    x, at = _strong(params), _strong(indices)
    return _op("GATHER_ND", [x, _batched(at, batch_dims) if batch_dims else at])


def scatter_nd(indices, updates, shape, name=None):
    """Zeros of `shape` to which `updates` are added at the places that rows of indices name."""
    updates = _strong(updates)
    if updates.dtype.is_bool:  # any of those that fall on one place
        return scatter_nd(indices, api.cast(updates, "int32"), shape) != 0
    if updates.dtype.name == "string":
        return _op("SCATTER", [api.fill(shape, ""), _strong(indices), updates], {"mode": 0})
    return _op("SCATTER", [api.zeros(shape, updates.dtype), _strong(indices), updates], {"mode": 1})


def _scatter(name, mode, doc):
    def f(tensor, indices, updates, name=None):
        x = _strong(tensor)
        return _op(
            "SCATTER", [x, _strong(indices), api.cast_number(updates, x.dtype)], {"mode": mode}
        )

    f.__name__ = f.__qualname__ = name
    f.__doc__ = f"`tensor` with `updates` {doc} at the places that rows of indices name."
    return f


tensor_scatter_nd_update = _scatter("tensor_scatter_nd_update", 0, "in place of what stands")
tensor_scatter_nd_add = _scatter("tensor_scatter_nd_add", 1, "added")
tensor_scatter_nd_sub = _scatter("tensor_scatter_nd_sub", 2, "subtracted")
tensor_scatter_nd_min = _scatter("tensor_scatter_nd_min", 3, "where they are smaller")
tensor_scatter_nd_max = _scatter("tensor_scatter_nd_max", 4, "where they are larger")


# ---- ordered -------------------------------------------------------------------------------------------


def _descending(direction, what):
    if direction.upper() not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f"{what}: direction is 'ASCENDING' or 'DESCENDING', not {direction!r}")
    return int(direction.upper() == "DESCENDING")


def _along(x, axis, what, op, attrs):
    """An operation of the last dimension along any."""
    axis, n = _axis(x, axis, what), x.shape.rank
    if axis == n - 1:
        return _op(op, [x], attrs)
    order = [*(k for k in builtins.range(n) if k != axis), axis]
    back = [*builtins.range(axis), n - 1, *builtins.range(axis, n - 1)]
    return api.transpose(_op(op, [api.transpose(x, order)], attrs), back)


def sort(values, axis=-1, direction="ASCENDING", name=None):
    """Sorted along `axis`. NaN stands after all numbers, so it comes first in descending order.
    Complex numbers are sorted by their real parts, equal ones by their imaginary parts."""
    x, descending = _strong(values), _descending(direction, "sort")
    if x.dtype.is_complex:
        axis = _axis(x, axis, "sort")
        return _take_along(x, _complex_order(x, axis, descending), axis)
    return _along(x, axis, "sort", "SORT", {"descending": descending})


def sorted_at(values, places, axis=-1):
    """The elements at some places along `axis` where they stand when all are sorted, smaller ones before, larger ones behind."""
    x = _strong(values)
    begin = sorted({*places, *(p + 1 for p in places)})
    return _along(x, axis, "partition", "SORT", {"begin": tuple(begin)})


def argsort(values, axis=-1, direction="ASCENDING", stable=False, name=None):
    """The indices (int32) that sort along `axis`; equal elements keep their order."""
    x, descending = _strong(values), _descending(direction, "argsort")
    if x.dtype.is_complex:
        return _complex_order(x, _axis(x, axis, "argsort"), descending)
    return _along(x, axis, "argsort", "ARGSORT", {"descending": descending, "dtype": "int32"})


def _take_along(x, order, axis):
    """For each place the element at that index along the axis."""
    last = [*(k for k in builtins.range(x.shape.rank) if k != axis), axis]
    back = [last.index(k) for k in builtins.range(x.shape.rank)]
    x, order = api.transpose(x, last), api.transpose(order, last)
    return api.transpose(gather(x, order, batch_dims=x.shape.rank - 1), back)


def _complex_order(x, axis, descending):
    """NumPy's order: what has no NaN, then NaN in the imaginary part, in the real part, in both;
    then by the real and by the imaginary part. The last key is sorted first."""
    parts = [api.real(x), api.imag(x)]
    nans = [api.is_nan(p) for p in parts]
    keys = [_op("SELECT", [n, api.zeros_like(p), p]) for n, p in zip(nans, parts, strict=True)]
    kind = api.cast(nans[0], "int32") * 2 + api.cast(nans[1], "int32")
    attrs = {"descending": descending, "dtype": "int32"}
    order = _along(keys[1], axis, "argsort", "ARGSORT", attrs)
    for key in (keys[0], kind):
        again = _along(_take_along(key, order, axis), axis, "argsort", "ARGSORT", attrs)
        order = _take_along(order, again, axis)
    return order


TopK = collections.namedtuple("TopK", "values indices")


def top_k(input, k=1, sorted=True, index_type="int32", name=None):
    """The k largest of each row of the last dimension, the largest first, and where they stand:
    (values, indices)."""
    x = _strong(input)
    n = x.shape[_axis(x, -1, "top_k")]
    if isinstance(k, int) and n is not None and not 0 <= k <= n:
        raise ValueError(f"top_k: k is {k}, the rows have {n} elements")
    order = _op("ARGSORT", [x], {"descending": 1, "dtype": index_type})
    k = _number_of(k, "top_k: k")
    if not isinstance(k, int):
        most = _size(x, -1)
        text = "top_k: k is \1, the rows have \1 elements"
        _op("ASSERT", [k <= most, k, _strong(most)], {"text": text})
    places = order[..., :k]
    return TopK(gather(x, places, batch_dims=x.shape.rank - 1), places)


Unique = collections.namedtuple("Unique", "y idx")
UniqueWithCounts = collections.namedtuple("UniqueWithCounts", "y idx count")


def unique(x, out_idx="int32", name=None):
    """The different elements of a vector in the order of their first places, and the number of each
    element's: (y, idx)."""
    return Unique(*_op("UNIQUE", [_strong(x)], {"dtype": out_idx})[:2])


def unique_with_counts(x, out_idx="int32", name=None):
    """As unique, with how many there are of each: (y, idx, count)."""
    return UniqueWithCounts(*_op("UNIQUE", [_strong(x)], {"dtype": out_idx}))
