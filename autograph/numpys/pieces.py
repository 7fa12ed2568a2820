"""Arrays joined, cut, padded and indexed.

Where the places are known while tracing, NumPy itself says them: what np.insert does with 0 .. n - 1 is what a gather does
with the elements.
"""

import builtins

from .. import _core, api, arrays
from ..api import _op
from . import given as g

Tensor = _core.Tensor


def concatenate(arrays_, axis=0, *, dtype=None):
    """Arrays joined along an axis; all their elements for None."""
    from .. import ndarray

    if getattr(arrays_, "staged", None) is not None:
        return api.concat(arrays_, axis)
    parts = g.common(
        [g.array(x) for x in (api.unstack(arrays_) if isinstance(arrays_, Tensor) else arrays_)]
    )
    if axis is None:
        parts, axis = [g.flat(x) for x in parts], 0
    if any(x.shape.rank == 0 for x in parts):
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    made = api.concat(parts, g.axis_of(parts[0], axis) if parts else 0)
    return made if dtype is None else _core.cast(made, ndarray._dtype(dtype))


def append(arr, values, axis=None):
    """`values` behind `arr`."""
    if axis is None:
        return concatenate([g.flat(arr), g.flat(values)])
    return concatenate([arr, values], axis)


def _numpy():
    import numpy

    return numpy


def _is_static(x):
    """Whether NumPy can look at it now."""
    if isinstance(x, (list, tuple)):
        return builtins.all(_is_static(v) for v in x)
    if isinstance(x, slice):
        return builtins.all(_is_static(v) for v in (x.start, x.stop, x.step))
    return not (isinstance(x, Tensor) and x.is_symbolic) and not isinstance(
        getattr(x, "tensor", None), Tensor
    )


def _gathered(x, at, axis):
    return api.gather(x, _core.convert(_numpy().asarray(at), "int64"), axis=axis)


def delete(arr, obj, axis=None):
    """`arr` without what stands at some places of an axis."""
    x = g.array(arr)
    if axis is None:
        x, axis = g.flat(x), 0
    axis = g.axis_of(x, axis)
    n = x.shape[axis]
    if _is_static(obj) and n is not None:
        numpy = _numpy()
        return _gathered(x, numpy.delete(numpy.arange(n), obj), axis)
    at = g.given(obj)
    if at.dtype.is_bool:
        return arrays.boolean_mask(x, api.logical_not(at), axis)
    if at.shape.rank:
        gone = arrays.tensor_scatter_nd_update(
            api.zeros((n,), "bool"), api.expand_dims(at, -1), api.ones_like(at, "bool")
        )
        return arrays.boolean_mask(x, api.logical_not(gone), axis)
    size = g.size(x, axis)
    at = _core.cast(at, "int64")
    inside = api.logical_and(at >= -size, at < size)
    g.demand(inside, f"index is out of bounds for axis {axis} with size {size}")
    at = _op("SELECT", [at < 0, at + size, at])
    kept = g.places(size - 1)
    return api.gather(x, kept + api.cast(kept >= at, "int64"), axis=axis)


def insert(arr, obj, values, axis=None):
    """`arr` with values before the places `obj` of an axis."""
    numpy = _numpy()
    x = g.array(arr)
    if axis is None:
        x, axis = g.flat(x), 0
    axis %= x.shape.rank
    n = x.shape[axis]
    if not _is_static(obj) or n is None:
        raise g.NotHere("places that only the run knows")
    values = _core.cast(g.given(values), x.dtype)
    rank = x.shape.rank
    if values.shape.rank < rank:
        values = values[(None,) * (rank - values.shape.rank)]
    if numpy.ndim(obj) == 0 and not isinstance(obj, slice):
        values = _moved_first(values, axis)
        count = values.shape[axis]
    else:
        at = numpy.arange(n)[obj] if isinstance(obj, slice) else numpy.asarray(obj)
        count = int(at.sum()) if at.dtype == bool else at.size
    shape = [count if i == axis else d for i, d in enumerate(x.shape)]
    if count is None or None in shape:
        raise g.NotHere("sizes that only the run knows")
    both = api.concat([x, api.broadcast_to(values, shape)], axis)
    return _gathered(both, numpy.insert(numpy.arange(n), obj, numpy.arange(n, n + count)), axis)


def _moved_first(values, axis):
    order = list(builtins.range(1, values.shape.rank))
    order.insert(axis, 0)
    return api.transpose(values, order)


def rearranged(name):
    """A function of NumPy that gives elements of its array in another order, by what it does with their numbers."""

    def f(a, *args, **kwargs):
        numpy = _numpy()
        x = g.array(a)
        if not x.shape.is_fully_defined() or not _is_static([*args, *kwargs.values()]):
            raise g.NotHere("sizes or places that only the run knows")
        find = numpy
        for part in name.split("."):
            find = getattr(find, part)
        numbers = numpy.arange(x.shape.num_elements()).reshape(tuple(x.shape))
        return api.gather(
            g.flat(x),
            _core.convert(numpy.ascontiguousarray(find(numbers, *args, **kwargs))),
            axis=0,
        )

    return f


def in_order(x, shape, order):
    """x in another shape, the first index fastest for "F"."""
    x = g.array(x)
    if order in ("C", "A", "K", None):
        return api.reshape(x, shape)
    dims = (shape,) if isinstance(shape, int) else tuple(shape)
    turned = api.transpose(x) if x.shape.rank > 1 else x
    return (
        api.transpose(api.reshape(turned, dims[::-1]))
        if len(dims) > 1
        else api.reshape(turned, dims)
    )


def block(arrays_):
    """Nested lists of arrays put together, the innermost lists along the last axis."""

    def depth(v):
        return 1 + builtins.max(map(depth, v)) if isinstance(v, list) else 0

    def ranks(v):
        return builtins.max(map(ranks, v)) if isinstance(v, list) else g.given(v).shape.rank

    levels = depth(arrays_)
    rank = builtins.max(levels, ranks(arrays_))

    def joined(v, level):
        if not isinstance(v, list):
            x = g.array(v)
            return x[(None,) * (rank - x.shape.rank)] if x.shape.rank < rank else x
        return concatenate([joined(item, level + 1) for item in v], rank - levels + level)

    return joined(arrays_, 0)


def broadcast_arrays(*args, subok=False):
    """The arrays in their common shape."""
    parts = [g.array(x) for x in args]
    shape = _numpy().broadcast_shapes(*[_known_shape(x) for x in parts])
    return tuple([api.broadcast_to(x, shape) for x in parts])


def _known_shape(x):
    if not x.shape.is_fully_defined():
        raise g.NotHere("sizes that only the run knows")
    return tuple(x.shape)


def expand_dims(a, axis):
    """New axes of size 1, at these places of the result."""
    x = g.array(a)
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    rank = x.shape.rank + len(axes)
    at = sorted(_checked(k, rank) for k in axes)
    return x[tuple(None if i in at else slice(None) for i in builtins.range(rank))]


def _checked(axis, rank):
    if not -rank <= axis < rank:
        raise _numpy().exceptions.AxisError(axis, rank)
    return axis % rank


def kron(a, b):
    """Each element of a times all of b."""
    a, b = g.common([g.array(a), g.array(b)])
    rank = builtins.max(a.shape.rank, b.shape.rank)
    a, b = (x[(None,) * (rank - x.shape.rank)] if x.shape.rank < rank else x for x in (a, b))
    left = a[tuple(slice(None) if i % 2 == 0 else None for i in builtins.range(2 * rank))]
    right = b[tuple(slice(None) if i % 2 else None for i in builtins.range(2 * rank))]
    return api.reshape(left * right, [g.size(a, i) * g.size(b, i) for i in builtins.range(rank)])


def diagflat(v, k=0):
    """A matrix with all elements on a diagonal."""
    from ..numpy_functions import _diag

    return _diag(g.flat(v), k)


def rollaxis(a, axis, start=0):
    """An axis moved before another one."""
    from ..numpy_functions import _moveaxis

    x = g.array(a)
    rank = x.shape.rank
    axis, start = axis % rank, start + rank if start < 0 else start
    return _moveaxis(x, axis, start - 1 if axis < start else start)


def unravel_index(indices, shape, order="C"):
    """Places in all elements as places along each axis."""
    sizes = [int(n) for n in ((shape,) if isinstance(shape, int) else shape)]
    at = _core.cast(g.given(indices), "int64")
    total = 1
    for n in sizes:
        total *= n
    inside = api.logical_and(api.reduce_all(at >= 0), api.reduce_all(at < total))
    g.demand(inside, f"an index is out of bounds for array with size {total}")
    found = []
    for n in reversed(sizes) if order == "C" else sizes:
        found.append(api.mod(at, builtins.max(n, 1)))
        at = api.floordiv(at, builtins.max(n, 1))
    return tuple(found[::-1] if order == "C" else found)


def ravel_multi_index(multi_index, dims, mode="raise", order="C"):
    """Places along each axis as places in all elements."""
    if mode != "raise":
        raise g.NotHere(f"mode={mode!r}")
    parts = api.unstack(multi_index) if isinstance(multi_index, Tensor) else list(multi_index)
    sizes = [int(n) for n in ((dims,) if isinstance(dims, int) else dims)]
    at = None
    for i, n in (
        zip(parts, sizes, strict=True)
        if order == "C"
        else reversed(list(zip(parts, sizes, strict=True)))
    ):
        i = _core.cast(g.given(i), "int64")
        g.demand(
            api.logical_and(api.reduce_all(i >= 0), api.reduce_all(i < n)),
            "invalid entry in coordinates array",
        )
        at = i if at is None else at * n + i
    return at


def vander(x, N=None, increasing=False):
    """Powers of the elements, a column each."""
    x = g.array(x)
    n = x.shape[0] if N is None else int(N)
    powers = g.places(n) if increasing else g.places(n)[::-1]
    x = _core.cast(x, g.common_dtype(x, api.zeros((), "int64")))
    return api.pow(api.expand_dims(x, -1), api.cast(powers, x.dtype))


def compress(condition, a, axis=None):
    """What stands where a mask along an axis is true; the mask may be shorter."""
    x, mask = g.array(a), g.true(condition)
    if axis is None:
        x, axis = g.flat(x), 0
    return arrays.boolean_mask(g.part(x, axis, 0, g.size(mask)), mask, axis)


def extract(condition, arr):
    """The elements where a mask is true."""
    return compress(g.flat(g.true(condition)), g.flat(arr))


def take(a, indices, axis=None, mode="raise"):
    """Elements at indices along an axis, of all elements without one."""
    x = g.array(a)
    if axis is None or x.shape.rank == 0 and axis in (0, -1):
        x, axis = g.flat(x), 0
    at, n = _core.cast(g.whole(indices), "int64"), g.size(x, axis)
    if mode == "clip":
        at = api.maximum(api.minimum(at, n - 1), 0)
    elif mode == "wrap":
        at = api.mod(at, n)
    return api.gather(x, at, axis=g.axis_of(x, axis))


def choose(a, choices, mode="raise"):
    """For each element the one of several arrays that it counts."""
    at = _core.cast(g.given(a), "int64")
    parts = api.unstack(choices) if isinstance(choices, Tensor) else list(choices)
    parts, n = g.common([g.given(c) for c in parts]), len(parts)
    if mode == "wrap":
        at = api.mod(at, n)
    elif mode == "raise":
        g.demand(
            api.logical_and(api.reduce_all(at >= 0), api.reduce_all(at < n)),
            "invalid entry in choice array",
        )
    made = parts[-1]
    for i in builtins.range(n - 2, -1, -1):
        made = _op("SELECT", [at <= i, parts[i], made])
    return made if n > 1 else made + api.cast(at * 0, made.dtype)


def select(condlist, choicelist, default=0):
    """For each element that of the first array whose condition is true."""
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    *parts, rest = g.common([*[g.given(c) for c in choicelist], g.given(default)])
    for condition, part in zip(reversed(condlist), reversed(parts), strict=True):
        rest = _op("SELECT", [g.given(condition), part, rest])
    return rest


def piecewise(x, condlist, funclist, *args, **kw):
    """A function or number for the elements that each condition chooses; the last one is for the rest."""
    x = g.array(x)
    conditions = list(condlist) if isinstance(condlist, (list, tuple)) else [condlist]
    if conditions and g.given(conditions[0]).shape.rank < x.shape.rank:
        conditions = [condlist]
    conditions = [g.true(c) for c in conditions]
    if len(funclist) == len(conditions) + 1:
        rest = api.logical_not(conditions[0])
        for c in conditions[1:]:
            rest = api.logical_and(rest, api.logical_not(c))
        conditions.append(rest)
    if len(funclist) != len(conditions):
        raise ValueError(
            f"with {len(conditions)} condition(s), either {len(conditions)} or {len(conditions) + 1} functions are expected"
        )
    made = api.zeros_like(x)
    for condition, f in zip(conditions, funclist, strict=True):
        value = _core.call(f, x, *args, **kw) if callable(f) else f
        made = _op("SELECT", [condition, _core.cast(g.given(value), x.dtype), made])
    return made


def where(condition, *xy):
    """x where the condition is true, y elsewhere; the places of what is true without them."""
    from ..numpy_functions import _nonzero

    if not xy:
        return _nonzero(g.array(condition))
    x, y = g.common([g.given(v) for v in xy])
    return _op("SELECT", [g.true(condition), x, y])


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """Numbers from start to stop, evenly spaced."""
    from .. import ndarray
    from ..staging.arrays import whole_size

    start, stop = g.all_floats(start, stop)
    if axis not in (0, -start.shape.rank - 1):
        raise g.NotHere("another axis")
    n = arrays._number_of(whole_size(num), "linspace: num")
    parts = n - 1 if endpoint else n
    i = api.cast(g.places(n), start.dtype)
    wide = start + api.zeros_like(stop), stop + api.zeros_like(start)
    start, stop = wide
    i = api.reshape(i, (-1,) + (1,) * start.shape.rank)
    if isinstance(n, int):
        step = (stop - start) / (parts if parts > 0 else float("nan"))
        made = i * step + start if parts > 0 else i + start
        if endpoint and n > 1:
            made = api.concat([made[:-1], stop[None]], 0)
    else:
        step = (stop - start) / api.maximum(api.cast(parts, start.dtype), 1.0)
        made = i * step + start
        made = _op("SELECT", [api.logical_and(i == n - 1, endpoint and n > 1), stop, made])
    made = made if dtype is None else _core.cast(made, ndarray._dtype(dtype))
    return (made, step) if retstep else made


def unstack(x, /, *, axis=0):
    """The arrays along an axis, as a tuple."""
    return tuple(api.unstack(g.array(x), axis=axis))


def matrix_transpose(x, /):
    """The last two axes swapped."""
    x = g.array(x)
    n = x.shape.rank
    return api.transpose(x, [*builtins.range(n - 2), n - 1, n - 2])


def _corner(name):
    """np.triu_indices_from and its like: places that come of the shape alone."""

    def f(arr, *args, **kwargs):
        numpy = _numpy()
        x = g.array(arr)
        found = getattr(numpy, name)(numpy.empty(_known_shape(x), "bool"), *args, **kwargs)
        return tuple([_core.convert(numpy.ascontiguousarray(i), "int64") for i in found])

    return f


def _same_shape(a, b):
    """Whether two shapes are equal: a bool, or None where only the run knows."""
    a, b = tuple(a.shape), tuple(b.shape)
    if len(a) != len(b) or builtins.any(
        m != n for m, n in zip(a, b, strict=True) if None not in (m, n)
    ):
        return False
    return None if None in a or None in b else True


def array_equal(a1, a2, equal_nan=False):
    """Whether two arrays have one shape and the same elements."""
    a, b = g.common([g.array(a1), g.array(a2)])
    same = _same_shape(a, b)
    if same is False:
        return _core.convert(False)
    if same is None:
        raise g.NotHere("sizes that only the run knows")
    equal = api.equal(a, b)
    if equal_nan and a.dtype.is_floating:
        equal = api.logical_or(equal, api.logical_and(api.is_nan(a), api.is_nan(b)))
    return api.reduce_all(equal)


def array_equiv(a1, a2):
    """Whether two arrays that broadcast have the same elements."""
    a, b = g.common([g.array(a1), g.array(a2)])
    try:
        _numpy().broadcast_shapes(_known_shape(a), _known_shape(b))
    except ValueError:
        return _core.convert(False)
    return api.reduce_all(api.equal(a, b))


def size(a, axis=None):
    """How many elements there are, along an axis."""
    x = g.array(a)
    return g.count(x) if axis is None else g.size(x, axis)


FUNCTIONS = {
    "append": append,
    "array_equal": array_equal,
    "array_equiv": array_equiv,
    "block": block,
    "broadcast_arrays": broadcast_arrays,
    "choose": choose,
    "compress": compress,
    "concatenate": concatenate,
    "delete": delete,
    "diag_indices_from": _corner("diag_indices_from"),
    "diagflat": diagflat,
    "expand_dims": expand_dims,
    "extract": extract,
    "fft.fftshift": rearranged("fft.fftshift"),
    "fft.ifftshift": rearranged("fft.ifftshift"),
    "insert": insert,
    "kron": kron,
    "linspace": linspace,
    "matrix_transpose": matrix_transpose,
    "linalg.matrix_transpose": matrix_transpose,
    "piecewise": piecewise,
    "ravel_multi_index": ravel_multi_index,
    "resize": rearranged("resize"),
    "rollaxis": rollaxis,
    "select": select,
    "size": size,
    "sliding_window_view": rearranged("lib.stride_tricks.sliding_window_view"),
    "take": take,
    "tril_indices_from": _corner("tril_indices_from"),
    "triu_indices_from": _corner("triu_indices_from"),
    "unravel_index": unravel_index,
    "unstack": unstack,
    "vander": vander,
    "where": where,
}

METHODS = {
    "choose": choose,
    "compress": lambda self, condition, axis=None: compress(condition, self, axis),
    "take": take,
}
