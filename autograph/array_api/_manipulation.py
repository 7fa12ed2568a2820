"""Shapes, order and parts of arrays."""

from .. import api, arrays
from .. import numpy_functions as _np
from ..numpys import orders
from . import _dtypes
from ._dtypes import tensor

__all__ = [
    "broadcast_arrays",
    "broadcast_to",
    "concat",
    "expand_dims",
    "flip",
    "moveaxis",
    "permute_dims",
    "repeat",
    "reshape",
    "roll",
    "squeeze",
    "stack",
    "take",
    "take_along_axis",
    "tile",
    "unstack",
]


def _same_dtype(name, xs):
    xs = [tensor(x) for x in xs]
    if not xs:
        raise ValueError(f"{name}: no arrays")
    dtype = _dtypes._promoted(name, [x.dtype for x in xs])
    return [_dtypes._cast(x, dtype) for x in xs]


def broadcast_to(x, /, shape):
    """x repeated to a shape that it broadcasts to."""
    return api.broadcast_to(tensor(x), tuple(shape))


def broadcast_arrays(*arrays):
    """The arrays, each repeated to the shape that all broadcast to."""
    xs = [tensor(x) for x in arrays]
    shape = _common([tuple(x.shape) for x in xs])
    return [api.broadcast_to(x, shape) for x in xs]


def _common(shapes):
    rank = max((len(s) for s in shapes), default=0)
    out = [1] * rank
    for s in shapes:
        for i, n in enumerate(s, rank - len(s)):
            if n != 1 and out[i] not in (1, n):
                raise ValueError(
                    f"broadcast_arrays: shapes {', '.join(map(str, shapes))} do not broadcast"
                )
            out[i] = n if n != 1 else out[i]
    return tuple(out)


def concat(arrays, /, *, axis=0):
    """Arrays joined along an existing dimension; axis None flattens them first."""
    xs = _same_dtype("concat", arrays)
    if axis is None:
        return api.concat([api.reshape(x, (-1,)) for x in xs], 0)
    return api.concat(xs, axis)


def stack(arrays, /, *, axis=0):
    """Arrays of one shape joined along a new dimension."""
    return api.stack(_same_dtype("stack", arrays), axis)


def unstack(x, /, *, axis=0):
    """The slices along a dimension of known size, as a tuple."""
    return tuple(api.unstack(tensor(x), axis=axis))


def expand_dims(x, /, *, axis=0):
    """A dimension of 1 at `axis`."""
    x = tensor(x)
    if not -x.shape.rank - 1 <= axis <= x.shape.rank:
        raise IndexError(f"expand_dims: axis {axis} of an array of {x.shape.rank} dimensions")
    return api.expand_dims(x, axis)


def squeeze(x, /, axis):
    """Without the dimensions `axis`, which must be 1."""
    x = tensor(x)
    axes = [axis] if isinstance(axis, int) else list(axis)
    for a in axes:
        if not -x.shape.rank <= a < x.shape.rank or x.shape[a] not in (1, None):
            raise ValueError(f"squeeze: dimension {a} of shape {tuple(x.shape)} is not 1")
    return api.squeeze(x, axes) if axes else x


def flip(x, /, *, axis=None):
    """The order along the dimensions `axis` reversed; along all without."""
    return _np.FUNCTIONS["flip"](tensor(x), axis)


def moveaxis(x, source, destination, /):
    """Dimensions at other places; the rest in order."""
    return _np.FUNCTIONS["moveaxis"](tensor(x), source, destination)


def permute_dims(x, /, axes):
    """Dimension axes[i] becomes dimension i."""
    x = tensor(x)
    if sorted(a % max(x.shape.rank, 1) for a in axes) != list(range(x.shape.rank)):
        raise ValueError(f"permute_dims: {tuple(axes)} is no order of {x.shape.rank} dimensions")
    return api.transpose(x, [a % x.shape.rank for a in axes]) if x.shape.rank else x


def reshape(x, /, shape, *, copy=None):
    """The same elements in another shape, in which one size may be -1."""
    return api.reshape(tensor(x), tuple(shape))


def roll(x, /, shift, *, axis=None):
    """Elements shifted along dimensions; what leaves at one end comes in at the other."""
    return _np.FUNCTIONS["roll"](tensor(x), shift, axis)


def repeat(x, repeats, /, *, axis=None):
    """Each element (each slice along `axis`) so many times; `repeats` is an int or one for each."""
    x = tensor(x)
    if axis is None:
        x, axis = api.reshape(x, (-1,)), 0
    return arrays.repeat(x, repeats if isinstance(repeats, int) else tensor(repeats), axis)


def tile(x, repetitions, /):
    """The array repeated along each dimension; the shorter of shape and repetitions is padded with 1 in front."""
    x = tensor(x)
    more = len(repetitions) - x.shape.rank
    if more > 0:
        x = api.reshape(x, (1,) * more + tuple(x.shape))
    return api.tile(x, (1,) * -more + tuple(repetitions))


def take(x, indices, /, *, axis=None):
    """Slices along `axis` at the indices of a vector."""
    x = tensor(x)
    if axis is None:
        if x.shape.rank != 1:
            raise ValueError("take: an array of several dimensions needs an axis")
        axis = 0
    return api.gather(x, tensor(indices), axis=axis % x.shape.rank)


def take_along_axis(x, indices, /, *, axis=-1):
    """x[..., indices[..., i, ...], ...] along `axis`; the other dimensions are the same."""
    return orders.take_along_axis(tensor(x), tensor(indices), axis)
