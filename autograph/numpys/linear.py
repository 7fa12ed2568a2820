"""Norms and products of numpy.linalg; what it factors is NumPy's own, by host.py."""

import builtins
import math

from .. import _core, api, reductions
from . import given as g

Tensor = _core.Tensor


def norm(x, ord=None, axis=None, keepdims=False):
    """The norm of vectors or matrices; without ord and axis that of all elements."""
    x = g.floats(x)
    rank = x.shape.rank
    if axis is None and ord is None:
        return _root(x, None, keepdims)
    axes = (
        tuple(builtins.range(rank))
        if axis is None
        else tuple(k % rank for k in (axis if isinstance(axis, (tuple, list)) else (axis,)))
    )
    if len(axes) == 1:
        return _of_vectors(x, ord, axes[0], keepdims)
    if len(axes) != 2:
        raise ValueError("Improper number of dimensions to norm.")
    return _of_matrices(x, ord, axes, keepdims)


def _root(x, axis, keepdims):
    return api.sqrt(
        api.reduce_sum(api.square(api.abs(x)) if x.dtype.is_complex else x * x, axis, keepdims)
    )


def _of_vectors(x, ord, axis, keepdims):
    if ord is None or ord == 2:
        return _root(x, axis, keepdims)
    size = api.abs(x)
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order '{ord}' for vectors")
    if ord == math.inf:
        return api.reduce_max(size, axis, keepdims)
    if ord == -math.inf:
        return api.reduce_min(size, axis, keepdims)
    if ord == 0:
        return api.reduce_sum(api.cast(api.not_equal(size, 0), size.dtype), axis, keepdims)
    if ord == 1:
        return api.reduce_sum(size, axis, keepdims)
    return api.reduce_sum(size**ord, axis, keepdims) ** (1 / ord)


def _of_matrices(x, ord, axes, keepdims):
    if ord is None or ord in ("fro", "f"):
        return _root(x, axes, keepdims)
    if ord not in (1, -1, math.inf, -math.inf):
        raise g.NotHere("a norm of singular values")
    gone = axes[0] if abs(ord) == 1 else axes[1]
    sums = api.reduce_sum(api.abs(x), gone, True)
    return (api.reduce_max if ord > 0 else api.reduce_min)(sums, axes, keepdims)


def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    """The norm of vectors along some axes, of all elements by default."""
    x = g.floats(x)
    rank = x.shape.rank
    if isinstance(axis, int) or rank == 1:
        return _of_vectors(x, ord, (axis or 0) % rank, keepdims)
    if axis is not None:
        raise g.NotHere("several axes")
    made = _of_vectors(g.flat(x), ord, 0, False)
    return api.reshape(made, (1,) * rank) if keepdims else made


def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    """The norm of the matrices of the last two axes."""
    x = g.floats(x)
    return _of_matrices(x, ord, (x.shape.rank - 2, x.shape.rank - 1), keepdims)


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The cross products of vectors of three."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = g.common([g.array(a), g.array(b)])
    a, b = g.to_last(a, axisa), g.to_last(b, axisb)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise g.NotHere("vectors of two")
    a0, a1, a2 = (a[..., i] for i in builtins.range(3))
    b0, b1, b2 = (b[..., i] for i in builtins.range(3))
    made = api.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], -1)
    return g.from_last(made, axisc)


def matrix_power(a, n):
    """A square matrix multiplied with itself, n of it."""
    x = g.array(a)
    if n < 0:
        raise g.NotHere("the inverse")
    if n == 0:
        one = api.cast(g.places(x.shape[-1])[:, None] == g.places(x.shape[-1])[None, :], x.dtype)
        return one + api.zeros_like(x)
    made = None
    while n:
        if n & 1:
            made = x if made is None else api.matmul(made, x)
        n >>= 1
        x = api.matmul(x, x) if n else x
    return made


def multi_dot(arrays, *, out=None):
    """The product of several matrices, in the order that costs least."""
    parts = [g.array(x) for x in arrays]
    if len(parts) < 2:
        raise ValueError("Expecting at least two arrays.")
    row, column = parts[0].shape.rank == 1, parts[-1].shape.rank == 1
    parts[0] = parts[0][None, :] if row else parts[0]
    parts[-1] = parts[-1][:, None] if column else parts[-1]
    made = _chain(g.common(parts))
    gone = ([0] if row else []) + ([1] if column else [])
    return api.squeeze(made, tuple(gone)) if gone else made


def _chain(parts):
    sizes = [x.shape[0] or 1 for x in parts] + [parts[-1].shape[1] or 1]

    cost, cut = {}, {}
    for width in builtins.range(len(parts)):
        for i in builtins.range(len(parts) - width):
            j = i + width
            tries = [
                (cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in builtins.range(i, j)
            ]
            cost[i, j], cut[i, j] = builtins.min(tries) if tries else (0, i)

    def product(i, j):
        return parts[i] if i == j else api.matmul(product(i, cut[i, j]), product(cut[i, j] + 1, j))

    return product(0, len(parts) - 1)


def dot(a, b):
    """The inner product of vectors; the product of matrices; the last axis of a with the last but one of b."""
    a, b = (g.given(x) for x in (a, b))
    if a.shape.rank == 0 or b.shape.rank == 0:
        return _core.binary("MUL", a, b)
    a, b = g.common([a, b])
    m, n = a.shape.rank, b.shape.rank
    if m == n == 1:
        return api.reduce_sum(a * b)
    if m <= 2 and n <= 2:
        return _core.staged["product"](a, b)
    return reductions.tensordot(a, b, ([m - 1], [builtins.max(n - 2, 0)]))


def inner(a, b):
    """The sums of products along the last axes."""
    a, b = (g.given(x) for x in (a, b))
    if a.shape.rank == 0 or b.shape.rank == 0:
        return _core.binary("MUL", a, b)
    a, b = g.common([a, b])
    return reductions.tensordot(a, b, ([a.shape.rank - 1], [b.shape.rank - 1]))


def vdot(a, b):
    """The inner product of all elements; the first operand conjugated."""
    a, b = g.common([g.flat(a), g.flat(b)])
    return api.reduce_sum(api.conj(a) * b)


def _outer(a, b):
    a, b = g.common([g.flat(a), g.flat(b)])
    return api.reshape(a, (-1, 1)) * api.reshape(b, (1, -1))


def diagonal(a, offset=0, axis1=0, axis2=1):
    """The diagonals of the matrices of two axes."""
    from ..numpy_functions import _diagonal

    return _diagonal(g.array(a), offset, axis1, axis2)


def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    """The sums of the diagonals."""
    from .reductions import total

    return total(diagonal(a, offset, axis1, axis2), -1, dtype)


FUNCTIONS = {
    "cross": cross,
    "diagonal": diagonal,
    "dot": dot,
    "inner": inner,
    "linalg.cross": lambda x1, x2, /, *, axis=-1: cross(x1, x2, axis=axis),
    "linalg.diagonal": lambda x, /, *, offset=0: diagonal(x, offset, -2, -1),
    "linalg.matmul": lambda x1, x2, /: _core.staged["product"](
        *g.common([g.given(x1), g.given(x2)])
    ),
    "linalg.matrix_norm": matrix_norm,
    "linalg.matrix_power": matrix_power,
    "linalg.multi_dot": multi_dot,
    "linalg.norm": norm,
    "linalg.outer": _outer,
    "linalg.tensordot": lambda x1, x2, /, *, axes=2: reductions.tensordot(
        *g.common([g.given(x1), g.given(x2)]), axes
    ),
    "linalg.trace": lambda x, /, *, offset=0, dtype=None: trace(x, offset, -2, -1, dtype),
    "linalg.vecdot": lambda x1, x2, /, *, axis=-1: _vecdot(x1, x2, axis),
    "linalg.vector_norm": vector_norm,
    "outer": lambda a, b, out=None: _outer(a, b),
    "trace": trace,
    "vdot": vdot,
}


def _vecdot(x1, x2, axis):
    from .ufuncs import vecdot

    return vecdot(x1, x2, axis)
