"""Products of arrays."""

from .. import api, reductions
from ._dtypes import operands, tensor

__all__ = ["matmul", "matrix_transpose", "tensordot", "vecdot"]


def matmul(x1, x2, /):
    """The matrix product over the last two dimensions; a vector is a row on the left, a column on the right."""
    a, b = operands("matmul", x1, x2)
    if not a.shape.rank or not b.shape.rank:
        raise ValueError("matmul: a number is no matrix: use multiply")
    row, column = a.shape.rank == 1, b.shape.rank == 1
    if row and column:
        return vecdot(a, b) if not a.dtype.is_complex else api.reduce_sum(a * b, -1)
    if a.shape[-1] is not None and b.shape[0 if column else -2] not in (a.shape[-1], None):
        raise ValueError(f"matmul: inner sizes differ: {tuple(a.shape)} and {tuple(b.shape)}")
    out = api.matmul(a[None, :] if row else a, b[:, None] if column else b)
    return out[..., 0, :] if row else out[..., 0] if column else out


def matrix_transpose(x, /):
    """The last two dimensions swapped."""
    x = tensor(x)
    if x.shape.rank < 2:
        raise ValueError(f"matrix_transpose: needs at least 2 dimensions, not {x.shape.rank}")
    order = list(range(x.shape.rank))
    order[-2:] = order[-1], order[-2]
    return api.transpose(x, order)


def tensordot(x1, x2, /, *, axes=2):
    """The sum of products over `axes` pairs of dimensions: the last of x1 with the first of x2, or two sequences."""
    a, b = operands("tensordot", x1, x2)
    if axes == 0:
        return api.reshape(a, tuple(a.shape) + (1,) * b.shape.rank) * b
    return reductions.tensordot(a, b, axes)


def vecdot(x1, x2, /, *, axis=-1):
    """The sum of conj(x1) * x2 along a dimension."""
    a, b = operands("vecdot", x1, x2)
    if a.shape[axis] is not None and b.shape[axis] not in (a.shape[axis], None):
        raise ValueError(f"vecdot: sizes {a.shape[axis]} and {b.shape[axis]} along axis {axis}")
    return api.reduce_sum((api.conj(a) if a.dtype.is_complex else a) * b, axis)
