"""NumPy's functions whose arguments hide what is traced: lists of traced numbers, and functions of the user's that are mapped."""

from .. import _core, api
from ..staging import outside, places
from . import dispatch, joins, pieces
from . import given as g

Tensor = _core.Tensor
# They look into the sequences that they are given.
_SEQUENCES = set(
    """array_split block broadcast_arrays choose column_stack concatenate concat dstack einsum gradient histogram histogramdd hstack
    insert ix_ lexsort meshgrid multi_dot piecewise ravel_multi_index row_stack select stack vstack""".split()
)


def special(numpy, f):
    """What stands for np.sum([a, b]) where a is traced, for np.vectorize(f)(x), np.apply_along_axis; None for others."""
    if f is numpy.ndindex:
        return lambda *shape: f(
            *[tuple(n) if isinstance(n, _core.TensorShape) else n for n in shape]
        )
    if f is numpy.ndenumerate:
        return lambda x: _numbered(numpy, x)
    if type(f) is numpy.vectorize:
        return lambda *args, **kwargs: _vectorized(numpy, f, args, kwargs)
    if f is numpy.apply_along_axis:
        return lambda *args, **kwargs: _along_axis(numpy, *args, **kwargs)
    if getattr(f, "__name__", "") == "linspace":  # NumPy looks at the number of points itself
        return lambda *args, **kwargs: _spaced(f, args, kwargs)
    name = getattr(f, "__name__", "")
    if name in joins.OF_A_LIST:
        return lambda *args, **kwargs: joins.joined(f, name, args, kwargs)
    if isinstance(f, type) or not callable(f) or name in _SEQUENCES:
        return None
    if isinstance(f, numpy.ufunc) or type(f) is type(numpy.sum):
        return lambda *args, **kwargs: _called(f, args, kwargs)
    return None


_NUMBERED = 4096  # elements


def _numbered(numpy, x):
    """np.ndenumerate(x): pairs of a place and the element there."""
    if not _is_traced(x):
        return numpy.ndenumerate(x)
    shape = g.array(x).shape
    if not shape.is_fully_defined() or shape.num_elements() > _NUMBERED:
        raise TypeError(
            "np.ndenumerate of a traced array is unrolled, and needs sizes that are known while "
            f"tracing, and at most {_NUMBERED} elements: write a loop over range(n) for each axis"
            f"{places.here()}"
        )
    return iter([(at, x[at]) for at in numpy.ndindex(tuple(shape))])


def _spaced(f, args, kwargs):
    if not any(isinstance(x, Tensor) and x.is_symbolic for x in (*args, *kwargs.values())):
        return outside.call(f, *args, **kwargs)
    try:
        made = dispatch.apply(pieces.linspace, args, kwargs, "np.linspace")
    except g.NotHere:
        return outside.call(f, *args, **kwargs)
    return (own(made[0]), made[1]) if type(made) is tuple else own(made)


def of_ufunc(numpy, f):
    """The same for a method of a ufunc, such as np.add.reduce."""
    if type(f) is _METHOD and isinstance(f.__self__, numpy.ufunc) and f.__name__ != "at":
        return lambda *args, **kwargs: _called(f, args, kwargs)
    return None


_METHOD = type([].append)


def _called(f, args, kwargs):
    return outside.call(f, *[g.stacked(x) if _holds_traced(x) else x for x in args], **kwargs)


def _holds_traced(x):
    """Whether a list or tuple has traced numbers in it."""
    if getattr(x, "staged", None) is not None:
        return True
    if not isinstance(x, (list, tuple)):
        return False
    return any(
        isinstance(v, Tensor) and v.is_symbolic or hasattr(v, "tensor") or _holds_traced(v)
        for v in x
    )


def _is_traced(x):
    return isinstance(getattr(x, "tensor", x), Tensor)


def _vectorized(numpy, f, args, kwargs):
    """f for each element of arrays that broadcast, as a loop of the run."""
    from ..control_flow import map_fn

    if not any(_is_traced(x) or _holds_traced(x) for x in args) or kwargs:
        return outside.call(f, *args, **kwargs)
    if f.signature is not None or f.excluded or not hasattr(f, "pyfunc"):
        raise TypeError(
            "np.vectorize with signature= or excluded= has no counterpart here: write the loop"
        )
    parts = [g.array(x) for x in args]
    if not all(x.shape.is_fully_defined() for x in parts) and len(parts) > 1:
        raise TypeError(
            "np.vectorize of several arrays needs their sizes while tracing: write the loop"
        )
    if all(x.shape.rank == 0 for x in parts):
        return _core.call(f.pyfunc, *parts)
    if len(parts) == 1:
        shape = api._shape_of(parts[0])
    else:
        shape = numpy.broadcast_shapes(*[tuple(x.shape) for x in parts])
        parts = [api.broadcast_to(x, shape) for x in parts]
    parts = tuple([g.flat(x) for x in parts])
    made = map_fn(lambda row: f.pyfunc(*row), parts)
    otypes = getattr(f, "otypes", None)
    several = isinstance(made, tuple)
    made = list(made) if several else [made]
    if otypes:
        made = [_core.cast(x, numpy.dtype(t).name) for x, t in zip(made, otypes)]
    made = [api.reshape(x, shape) for x in made]
    return tuple(made) if several else made[0]


def _along_axis(numpy, func1d, axis, arr, *args, **kwargs):
    """func1d of each vector along an axis, as a loop of the run."""
    from ..control_flow import map_fn

    if not _is_traced(arr):
        return outside.call(numpy.apply_along_axis, func1d, axis, arr, *args, **kwargs)
    x = g.array(arr)
    rows = g.to_last(x, axis)
    n, lead = x.shape[axis], list(rows.shape)[:-1]
    if n is None or None in lead:
        raise TypeError(
            "np.apply_along_axis needs the sizes of the array while tracing: write the loop"
        )
    made = map_fn(lambda row: func1d(row, *args, **kwargs), api.reshape(rows, (-1, n)))
    inner = list(made.shape)[1:]
    made = api.reshape(made, [*lead, *inner])
    at, k = g.axis_of(x, axis), len(inner)
    order = [*range(at), *range(len(lead), len(lead) + k), *range(at, len(lead))]
    return api.transpose(made, order) if k else made


def picked(box, key):
    """box[key], where box may be np.r_ or np.c_, or an array of NumPy's that traced numbers index."""
    kind = type(box).__name__
    if kind not in ("RClass", "CClass", "ndarray"):
        return box[key]
    items = key if type(key) is tuple else (key,)
    if not any(_is_traced(x) or _holds_traced(x) for x in items):
        return box[key]
    if kind == "ndarray":
        return _core.capture(_core.convert(box))[tuple([getattr(k, "tensor", k) for k in items])]
    return _joined(kind, items)


def _joined(kind, items):
    if any(isinstance(x, (str, slice)) for x in items):
        raise TypeError(
            "np.r_ and np.c_ of traced arrays take arrays and numbers: write np.arange or np.linspace in place of a slice, "
            f"np.concatenate or np.stack in place of a text{places.here()}"
        )
    parts = [g.array(x) for x in items]
    columns = kind == "CClass"
    parts = [api.reshape(x, (1, 1) if columns else (1,)) if x.shape.rank == 0 else x for x in parts]
    parts = [x[:, None] if columns and x.shape.rank == 1 else x for x in parts]
    return own(api.concat(g.common(parts), -1 if columns else 0))


def own(tensor):
    """What NumPy has made anew: an array that all its names see change."""
    return _core.staged["own_array"](tensor) if tensor.is_symbolic and tensor.shape.rank else tensor
