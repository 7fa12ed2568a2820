"""Pooling: the largest, the mean, the norm of what lies in a window."""

import numpy as np

from ... import api, arrays, windows
from ..nodes import known, op
from .conv import pads_of, spatial


def _window(node, x):
    """(size, strides, pads, dilations, the pads without what ceil_mode adds)."""
    size = node.attr("kernel_shape")
    strides, dilations = spatial(node, x.shape.rank, size)
    dims = node.dims(0)[2:]
    given = pads_of(node, dims, size, strides, dilations)
    pads = list(given)
    if node.attr("ceil_mode", 0):
        for i, (before, after) in enumerate(given):
            room = dims[i] + before + after - (dilations[i] * (size[i] - 1) + 1)
            places = -(-room // strides[i]) + 1
            if (places - 1) * strides[i] >= dims[i] + before:  # it would lie in the padding
                places -= 1
            pads[i] = (before, after + max(0, (places - 1) * strides[i] - room))
    return size, strides, pads, dilations, given


@op("MaxPool")
def max_pool(node, x):
    size, strides, pads, dilations, _ = _window(node, x)
    made = windows.max_pool(x, size, strides, pads, dilations)
    if not node.wants(1):
        return made
    batch, channels, *dims = node.dims(0)
    at = windows.max_pool_at(x, size, strides, pads, dilations)
    plane = int(np.prod(dims))
    if node.attr("storage_order", 0):  # counted down the columns
        turned = np.arange(plane).reshape(dims[::-1]).transpose().reshape(-1)
        at = api.gather(known(turned, "int64"), at)
    starts = (np.arange(batch * channels) * plane).reshape(batch, channels, *[1] * len(dims))
    return made, at + known(starts, "int64")


@op("AveragePool")
def average_pool(node, x):
    size, strides, pads, dilations, given = _window(node, x)
    counted = given if node.attr("count_include_pad", 0) else None
    return windows.avg_pool(x, size, strides, pads, dilations, counted)


@op("LpPool")
def lp_pool(node, x):
    size, strides, pads, dilations, _ = _window(node, x)
    p = node.attr("p", 2)
    total = windows.sum_pool(api.abs(x) ** p, size, strides, pads, dilations)
    return total ** (1 / p)


def _axes(x):
    return list(range(2, x.shape.rank))


@op("GlobalAveragePool")
def global_average_pool(node, x):
    return api.reduce_mean(x, _axes(x), True)


@op("GlobalMaxPool")
def global_max_pool(node, x):
    return api.reduce_max(x, _axes(x), True)


@op("GlobalLpPool")
def global_lp_pool(node, x):
    p = node.attr("p", 2)
    return api.reduce_sum(api.abs(x) ** p, _axes(x), True) ** (1 / p)


@op("MaxUnpool")
def max_unpool(node, x, places, shape=None):
    size = node.attr("kernel_shape")
    strides = node.attr("strides") or [1] * len(size)
    pads = node.attr("pads") or [0] * 2 * len(size)
    dims, n = node.dims(0), len(size)
    spaces = [(dims[2 + i] - 1) * strides[i] - pads[i] - pads[n + i] + size[i] for i in range(n)]
    made = [*dims[:2], *spaces]
    out = node.ints(2, "the output's shape") if node.given(2) else made
    # The places are counted in the smaller array.
    flat = api.reshape(places, (-1, 1))
    filled = arrays.scatter_nd(flat, api.reshape(x, (-1,)), (int(np.prod(made)),))
    filled = api.reshape(filled, made)
    return api.pad(filled, [[0, o - m] for o, m in zip(out, made)])
