"""Windows over the spatial axes of an array: convolution and pooling.

x is [batch, channels, spatial axes], or [batch, spatial axes, channels] with `last`. Strides, sizes
and dilations have a number per spatial axis, pads a pair (before, after).
"""

from . import _core, api

_op = _core.op


def _attrs(strides, pads, dilations, last):
    return {
        "step": tuple(strides),
        "paddings": tuple(p for pair in pads for p in pair),
        "dilations": tuple(dilations),
        "last": int(last),
    }


def convolution(x, filters, strides, pads, dilations, groups=1, last=False):
    """Sums of products of filters with the windows of x.

    filters: [out, in / groups, sizes], or [sizes, in / groups, out] with `last`."""
    return _op("CONV", [x, filters], {**_attrs(strides, pads, dilations, last), "groups": groups})


def _pool(op, x, size, strides, pads, dilations, last, **more):
    return _op(op, [x], {**_attrs(strides, pads, dilations, last), "size": tuple(size), **more})


def max_pool(x, size, strides, pads, dilations, last=False):
    """The largest in each window; what lies outside of x does not count."""
    return _pool("POOL", x, size, strides, pads, dilations, last, mode=0)


def max_pool_at(x, size, strides, pads, dilations, last=False):
    """Where the largest stands, the first of equals, counted over the spatial axes: int64."""
    return _pool("POOL_AT", x, size, strides, pads, dilations, last, dtype="int64")


def sum_pool(x, size, strides, pads, dilations, last=False):
    """The sum of each window."""
    return _pool("POOL", x, size, strides, pads, dilations, last, mode=1)


def avg_pool(x, size, strides, pads, dilations, counted=None, last=False):
    """The mean of each window: of what lies inside of x, or within the pads `counted` around it."""
    total = sum_pool(x, size, strides, pads, dilations, last)
    n = len(size)
    dims = tuple(x.shape)[1 : 1 + n] if last else tuple(x.shape)[2:]
    if None in dims:
        ones = api.ones_like(x[:1, ..., :1] if last else x[:1, :1])
        if counted is not None:
            around = [[0, 0], *map(list, counted), [0, 0]]
            around = around if last else [[0, 0], [0, 0], *map(list, counted)]
            ones = api.pad(ones, around, constant_values=1)
            pads = [(b - c, e - f) for (b, e), (c, f) in zip(pads, counted)]
        return total / sum_pool(ones, size, strides, pads, dilations, last)
    import numpy as np  # not at import: the package starts without it

    counts = np.ones((1,) * n)
    for i in range(n):
        low, high = (0, dims[i]) if counted is None else (-counted[i][0], dims[i] + counted[i][1])
        reach = dilations[i] * (size[i] - 1) + 1
        room = dims[i] + sum(pads[i]) - reach
        places = np.arange(max(0, room // strides[i] + 1 if room >= 0 else 0))
        at = places[:, None] * strides[i] - pads[i][0] + np.arange(size[i]) * dilations[i]
        inside = ((at >= low) & (at < high)).sum(1)
        counts = counts * inside.reshape([-1 if k == i else 1 for k in range(n)])
    counts = counts[None, ..., None] if last else counts[None, None]
    if (counts == counts.reshape(-1)[:1]).all() and counts.size:
        return total / api.cast(float(counts.reshape(-1)[0]), x.dtype)
    return total / api.constant(counts.astype(x.dtype.as_numpy_dtype))


# ---- under TensorFlow's names ------------------------------------------------------------------

_FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


def _last(data_format, n, what):
    """Whether the channels are the last axis."""
    formats = _FORMATS[n]
    if data_format is not None and data_format not in formats:
        raise ValueError(
            f"{what}: data_format is {formats[0]!r} or {formats[1]!r}, not {data_format!r}"
        )
    return data_format != formats[1]


def _numbers(given, n, last, what):
    """n numbers from one, n, or one for each axis of x."""
    numbers = [given] if isinstance(given, int) else [int(v) for v in given]
    if len(numbers) == n + 2:
        if numbers[0] != 1 or numbers[-1 if last else 1] != 1:
            raise ValueError(f"{what}: {numbers} is not 1 for the batch and the channels")
        numbers = numbers[1:-1] if last else numbers[2:]
    if len(numbers) == 1:
        numbers = numbers * n
    if len(numbers) != n or min(numbers) < 1:
        raise ValueError(f"{what}: {given} is not 1, {n} or {n + 2} numbers above 0")
    return numbers


def _pads(padding, x, size, strides, dilations, last, what):
    """Pairs from "VALID", "SAME" or a pair for each axis of x."""
    n = len(size)
    if not isinstance(padding, str):
        pairs = [tuple(int(v) for v in pair) for pair in padding]
        if len(pairs) != n + 2 or any(len(p) != 2 or min(p) < 0 for p in pairs):
            raise ValueError(f"{what}: padding is 'SAME', 'VALID' or {n + 2} pairs, not {padding}")
        return pairs[1:-1] if last else pairs[2:]
    if padding.upper() == "VALID":
        return [(0, 0)] * n
    if padding.upper() != "SAME":
        raise ValueError(f"{what}: padding is 'SAME', 'VALID' or {n + 2} pairs, not {padding!r}")
    pairs = []
    for i in range(n):
        dim, reach = tuple(x.shape)[i + 1 if last else i + 2], dilations[i] * (size[i] - 1) + 1
        if strides[i] == 1:
            total = reach - 1
        elif dim is None:
            raise ValueError(
                f"{what}: padding 'SAME' with strides needs known sizes, not {x.shape}"
            )
        else:
            total = max(0, (-(-dim // strides[i]) - 1) * strides[i] + reach - dim)
        pairs.append((total // 2, total - total // 2))
    return pairs


def _ranked(x, n, what):
    x = api._strong(x)
    if x.shape.rank != n + 2:
        raise ValueError(f"{what}: needs a tensor of rank {n + 2}, not one of shape {x.shape}")
    return x


def _size(filters, what):
    size = tuple(filters.shape)[:-2]
    if None in size:
        raise ValueError(
            f"{what}: the filters' sizes must be known while tracing, not {filters.shape}"
        )
    return size


def _convolve(n, what, x, filters, strides, padding, data_format, dilations, depthwise=False):
    last = _last(data_format, n, what)
    x, filters = _ranked(x, n, what), _ranked(filters, n, what)
    size = _size(filters, what)
    strides = _numbers(strides, n, last, what)
    dilations = _numbers(1 if dilations is None else dilations, n, last, what)
    pads = _pads(padding, x, size, strides, dilations, last, what)
    channels, taken = x.shape[-1 if last else 1], filters.shape[-2]
    groups = 1
    if depthwise:
        if None in (taken, filters.shape[-1]):
            raise ValueError(f"{what}: the filters' shape must be known, not {filters.shape}")
        groups = taken
        filters = api.reshape(filters, (*size, 1, taken * filters.shape[-1]))
    elif channels is not None and taken:
        if channels % taken:
            raise ValueError(f"{what}: filters for {taken} channels do not fit {channels} channels")
        groups = max(1, channels // taken)
    if not last:
        filters = api.transpose(filters, (n + 1, n, *range(n)))
    return convolution(x, filters, strides, pads, dilations, groups, last)


def conv1d(input, filters, stride, padding, data_format="NWC", dilations=None, name=None):
    """Convolution over one axis.

    input    floats [batch, width, in], or [batch, in, width] with data_format "NCW"
    filters  [size, in / groups, out]
    padding  "SAME": zeros around, so that ceil(width / stride) remain; "VALID": none; or pairs
    result   [batch, width, out], or [batch, out, width]
    """
    return _convolve(1, "conv1d", input, filters, stride, padding, data_format, dilations)


def conv2d(input, filters, strides, padding, data_format="NHWC", dilations=None, name=None):
    """Convolution over two axes.

    input    floats [batch, height, width, in], or [batch, in, height, width] with "NCHW"
    filters  [height, width, in / groups, out]
    padding  "SAME": zeros around, so that ceil(n / stride) remain; "VALID": none; or pairs, one for
             each axis of the input
    result   [batch, height, width, out], or [batch, out, height, width]
    """
    return _convolve(2, "conv2d", input, filters, strides, padding, data_format, dilations)


def conv3d(input, filters, strides, padding, data_format="NDHWC", dilations=None, name=None):
    """Convolution over three axes; as conv2d."""
    return _convolve(3, "conv3d", input, filters, strides, padding, data_format, dilations)


def depthwise_conv2d(input, filter, strides, padding, data_format=None, dilations=None, name=None):
    """Each channel by itself with the filters [height, width, channels, multiplier]: the result has
    channels * multiplier channels."""
    what = "depthwise_conv2d"
    return _convolve(2, what, input, filter, strides, padding, data_format, dilations, True)


def _pooling(name, n, fn, doc):
    def f(input, ksize, strides, padding, data_format=_FORMATS[n][0], name=None):
        last = _last(data_format, n, f.__name__)
        x = _ranked(input, n, f.__name__)
        size = _numbers(ksize, n, last, f.__name__)
        strides = _numbers(strides, n, last, f.__name__)
        pads = _pads(padding, x, size, strides, [1] * n, last, f.__name__)
        return fn(x, size, strides, pads, [1] * n, last=last)

    f.__name__ = f.__qualname__ = name
    f.__doc__ = doc
    return f


max_pool1d = _pooling("max_pool1d", 1, max_pool, "The largest in each window over one axis.")
max_pool2d = _pooling("max_pool2d", 2, max_pool, "The largest in each window over two axes.")
max_pool3d = _pooling("max_pool3d", 3, max_pool, "The largest in each window over three axes.")
avg_pool1d = _pooling("avg_pool1d", 1, avg_pool, "The mean of each window over one axis.")
avg_pool2d = _pooling("avg_pool2d", 2, avg_pool, "The mean of each window over two axes.")
avg_pool3d = _pooling("avg_pool3d", 3, avg_pool, "The mean of each window over three axes.")
__all__ = [
    "conv1d",
    "conv2d",
    "conv3d",
    "depthwise_conv2d",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
]
