"""Reductions, running sums, and where the largest stands."""

import math

import numpy as np

from ... import api, reductions
from ..nodes import op


def _reduction(name, version, prepare, reduce, finish=None):
    """version: of the operator set from which on the axes are an input."""

    @op(name)
    def f(node, x, axes=None):
        found = node.axes("axes", 1, x) if node.opset >= version else node.axes("axes", 9, x)
        if not found:
            found = (
                []
                if found is not None
                and node.opset < version
                or node.attr("noop_with_empty_axes", 0)
                else list(range(x.shape.rank))
            )
        keep = bool(node.attr("keepdims", 1))
        work = x
        if prepare is not None:
            work = prepare(work)
        if found:
            work = reduce(node, work, found, keep)
        return api.cast(finish(work) if finish is not None else work, x.dtype)


def _sum(node, x, axes, keep):
    return api.reduce_sum(x, axes, keep)


def _edge(largest):
    """The reduction by max or min; of nothing: the smallest or the largest number of the dtype."""

    def f(node, x, axes, keep):
        if x.dtype.is_bool:
            return (api.reduce_any if largest else api.reduce_all)(x, axes, keep)
        dims = tuple(x.shape)
        if any(dims[a] == 0 for a in axes):
            bound = (
                (-math.inf if largest else math.inf)
                if x.dtype.is_floating
                else (x.dtype.min if largest else x.dtype.max)
            )
            shape = [1 if i in axes else d for i, d in enumerate(dims) if keep or i not in axes]
            return api.fill(shape, api.constant(np.asarray(bound, x.dtype.as_numpy_dtype)))
        return (api.reduce_max if largest else api.reduce_min)(x, axes, keep)

    return f


def _floats(x):
    return x if x.dtype.is_floating else api.cast(x, "float64")


_reduction("ReduceSum", 13, None, _sum)
_reduction("ReduceProd", 18, None, lambda node, x, axes, keep: api.reduce_prod(x, axes, keep))
_reduction("ReduceMean", 18, None, lambda node, x, axes, keep: api.reduce_mean(x, axes, keep))
_reduction("ReduceMax", 18, None, _edge(True))
_reduction("ReduceMin", 18, None, _edge(False))
_reduction("ReduceL1", 18, api.abs, _sum)
_reduction("ReduceL2", 18, lambda x: api.square(_floats(x)), _sum, api.sqrt)
_reduction("ReduceLogSum", 18, None, _sum, lambda x: api.log(_floats(x)))
_reduction("ReduceSumSquare", 18, api.square, _sum)


def _logsumexp(node, x, axes, keep):
    return reductions.reduce_logsumexp(x, axes, keep)


_reduction("ReduceLogSumExp", 18, _floats, _logsumexp)


def _where(name, fn):
    @op(name)
    def f(node, x):
        axis = node.axis(node.attr("axis", 0), x.shape.rank)
        if node.attr("select_last_index", 0):
            n = node.known_dims(x)[axis]
            place = n - 1 - fn(api.reverse(x, [axis]), axis)
        else:
            place = fn(x, axis)
        return api.expand_dims(place, axis) if node.attr("keepdims", 1) else place


_where("ArgMax", api.argmax)
_where("ArgMin", api.argmin)


def _running(name, fn):
    @op(name)
    def f(node, x, axis):
        at = node.axis(int(node.number(1, "the axis")), x.shape.rank)
        return fn(x, at, bool(node.attr("exclusive", 0)), bool(node.attr("reverse", 0)))


_running("CumSum", api.cumsum)
_running("CumProd", reductions.cumprod)
