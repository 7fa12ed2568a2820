"""Convolutions and what is made of them."""

import numpy as np

from ... import api, arrays, windows
from ..nodes import known, op


def spatial(node, rank, kernel, least=0):
    """(strides, dilations) of a node, one number per spatial axis each."""
    n = rank - 2
    if n < 1:
        raise node.wrong(f"x has rank {rank}, less than 3")
    strides, dilations = node.attr("strides") or [1] * n, node.attr("dilations") or [1] * n
    for name, numbers in (("strides", strides), ("dilations", dilations), ("kernel", kernel)):
        if len(numbers) != n or min(numbers) < 1:
            raise node.wrong(f"{name} {numbers} do not fit {n} spatial axes")
    return strides, dilations


def pads_of(node, dims, kernel, strides, dilations):
    """(before, after) for each spatial axis."""
    n = len(dims)
    how = node.choice("auto_pad", "NOTSET", ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"))
    if how == "NOTSET":
        pads = node.attr("pads") or [0] * 2 * n
        if len(pads) != 2 * n or min(pads) < 0:
            raise node.wrong(f"pads {pads} do not fit {n} spatial axes")
        return list(zip(pads[:n], pads[n:]))
    if how == "VALID":
        return [(0, 0)] * n
    made = []
    for i in range(n):
        reach = dilations[i] * (kernel[i] - 1) + 1
        total = max(0, (-(-dims[i] // strides[i]) - 1) * strides[i] + reach - dims[i])
        small = total // 2
        made.append((small, total - small) if how == "SAME_UPPER" else (total - small, small))
    return made


@op("Conv")
def conv(node, x, w, b=None):
    kernel = node.known_dims(w, 1)[2:]
    strides, dilations = spatial(node, x.shape.rank, kernel)
    pads = pads_of(node, node.dims(0)[2:], kernel, strides, dilations)
    groups = node.attr("group", 1)
    made = windows.convolution(x, w, strides, pads, dilations, groups)
    return made if b is None else made + api.reshape(b, (-1,) + (1,) * len(kernel))


@op("ConvTranspose")
def conv_transpose(node, x, w, b=None):
    """A convolution of x, with zeros between its elements, with the filters turned round."""
    dims, kernel = node.dims(0), node.known_dims(w, 1)[2:]
    n, groups = len(kernel), node.attr("group", 1)
    strides, dilations = spatial(node, x.shape.rank, kernel)
    extra = node.attr("output_padding") or [0] * n
    how = node.choice("auto_pad", "NOTSET", ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"))
    reach = [dilations[i] * (kernel[i] - 1) + 1 for i in range(n)]
    full = [strides[i] * (dims[2 + i] - 1) + extra[i] + reach[i] for i in range(n)]
    shape = node.attr("output_shape")
    if shape is not None or how in ("SAME_UPPER", "SAME_LOWER"):
        out = shape[-n:] if shape else [dims[2 + i] * strides[i] for i in range(n)]
        pads = []
        for i in range(n):
            total = full[i] - out[i]
            small = total // 2
            if total < 0:  # the result has zeros behind it
                pads.append((0, total))
            else:
                pads.append(
                    (small, total - small) if how == "SAME_UPPER" else (total - small, small)
                )
    else:
        pads = pads_of(node, dims[2:], kernel, strides, dilations)
    x = _spread(x, strides)
    around = [[0, 0], [0, 0]]
    for i, (before, after) in enumerate(pads):
        around.append([reach[i] - 1 - before, reach[i] - 1 - after + extra[i]])
    x = _padded(x, around)
    made = node.known_dims(w, 1)[1]
    w = api.reverse(w, list(range(2, 2 + n)))
    w = api.reshape(w, (groups, dims[1] // groups, made, *kernel))
    w = api.transpose(w, (0, 2, 1, *range(3, 3 + n)))
    w = api.reshape(w, (groups * made, dims[1] // groups, *kernel))
    y = windows.convolution(x, w, [1] * n, [(0, 0)] * n, dilations, groups)
    return y if b is None else y + api.reshape(b, (-1,) + (1,) * n)


def _spread(x, strides):
    """x with strides - 1 zeros between its elements."""
    for i, s in enumerate(strides):
        if s > 1:
            axis = 2 + i
            dims = list(x.shape)
            x = api.expand_dims(x, axis + 1)
            pads = [[0, 0] for _ in range(len(dims) + 1)]
            pads[axis + 1] = [0, s - 1]
            x = api.reshape(api.pad(x, pads), (*dims[:axis], dims[axis] * s, *dims[axis + 1 :]))
            key = (slice(None),) * axis + (slice(0, (dims[axis] - 1) * s + 1),)
            x = x[key]
    return x


def _padded(x, pads):
    """Padded with zeros; negative pads take away."""
    key = tuple(slice(max(0, -b), None if e >= 0 else e) for b, e in pads)
    return api.pad(x[key], [[max(0, b), max(0, e)] for b, e in pads])


# ---- integers, which floats of 64 bits hold exactly --------------------------------------------


def _shifted(x, zero, rank=None):
    """x - zero in float64; a vector of zero points is one for each row or channel."""
    x = api.cast(x, "float64")
    if zero is None:
        return x
    zero = api.cast(zero, "float64")
    if zero.shape.rank == 1 and rank is not None:
        zero = api.reshape(zero, (-1,) + (1,) * (rank - 1))
    return x - zero


@op("ConvInteger")
def conv_integer(node, x, w, x_zero=None, w_zero=None):
    rank = w.shape.rank
    made = conv(node, _shifted(x, x_zero), _shifted(w, w_zero, rank))
    return api.cast(made, "int32")


def _saturated(x, dtype):
    """Floats rounded to the nearest integers that the dtype has."""
    return api.cast(api.clip_by_value(x, float(dtype.min), float(dtype.max)), dtype)


@op("QLinearConv")
def qlinear_conv(node, x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, b=None):
    rank = w.shape.rank
    kernel = node.known_dims(w, 3)[2:]
    strides, dilations = spatial(node, x.shape.rank, kernel)
    pads = pads_of(node, node.dims(0)[2:], kernel, strides, dilations)
    made = windows.convolution(
        _shifted(x, x_zero),
        _shifted(w, w_zero, rank),
        strides,
        pads,
        dilations,
        node.attr("group", 1),
    )
    channels = (-1,) + (1,) * len(kernel)
    if b is not None:
        made = made + api.reshape(api.cast(b, "float64"), channels)
    scale = w_scale if w_scale.shape.rank == 0 else api.reshape(w_scale, channels)
    scale = api.cast(x_scale * scale / y_scale, "float64")
    return _saturated(api.round(made * scale) + api.cast(y_zero, "float64"), y_zero.dtype)


# ---- windows as columns, and back --------------------------------------------------------------


@op("Col2Im")
def col2im(node, x, image, block):
    """Adds up what windows hold where they lay."""
    image, block = node.ints(1, "the image's shape"), node.ints(2, "the block's shape")
    n = len(image)
    strides, dilations = node.attr("strides") or [1] * n, node.attr("dilations") or [1] * n
    pads = node.attr("pads") or [0] * 2 * n
    batch, rows, columns = node.dims(0)
    taps = int(np.prod(block))
    grids = []
    for i in range(n):
        reach = dilations[i] * (block[i] - 1) + 1
        count = (image[i] + pads[i] + pads[n + i] - reach) // strides[i] + 1
        place = np.arange(count) * strides[i] - pads[i]
        grids.append(np.arange(block[i])[:, None] * dilations[i] + place[None, :])
    index = np.zeros((*block, *[g.shape[1] for g in grids]), np.int64)
    inside = np.ones(index.shape, bool)
    for i, g in enumerate(grids):
        shape = [1] * (2 * n)
        shape[i], shape[n + i] = g.shape
        index = index * image[i] + g.reshape(shape)
        inside = inside & ((g >= 0) & (g < image[i])).reshape(shape)
    size = int(np.prod(image))
    index = np.where(inside, index, size).reshape(-1)  # what lies outside is added behind the end
    flat = api.transpose(api.reshape(x, (batch * (rows // taps), taps * columns)))
    added = arrays.scatter_nd(
        known(index.reshape(-1, 1), "int64"), flat, (size + 1, batch * (rows // taps))
    )
    return api.reshape(api.transpose(added[:size]), (batch, rows // taps, *image))
