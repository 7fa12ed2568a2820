"""Products of matrices, normalizations and activations along an axis."""

import numpy as np

from ... import api, arrays, nn, random, reductions
from ..nodes import floating, known, op

# ---- products ----------------------------------------------------------------------------------


def product(x, y):
    """The product of NumPy's rules: vectors are rows in front and columns behind."""
    rank_x, rank_y = x.shape.rank, y.shape.rank
    if rank_x == 0 or rank_y == 0:
        raise ValueError("a product of matrices takes no scalars")
    made = api.matmul(
        api.expand_dims(x, 0) if rank_x == 1 else x, api.expand_dims(y, 1) if rank_y == 1 else y
    )
    if rank_y == 1:
        made = api.squeeze(made, [-1])
    if rank_x == 1:
        made = api.squeeze(made, [-1 if rank_y == 1 else -2])
    return made


@op("MatMul")
def matmul(node, x, y):
    return product(x, y)


@op("Gemm")
def gemm(node, a, b, c=None):
    made = api.matmul(a, b, bool(node.attr("transA", 0)), bool(node.attr("transB", 0)))
    alpha, beta = node.attr("alpha", 1.0), node.attr("beta", 1.0)
    if alpha != 1:
        made = made * alpha if a.dtype.is_floating else api.cast(made * alpha, a.dtype)
    if c is None or beta == 0:
        return made
    if beta != 1:
        c = c * beta if a.dtype.is_floating else api.cast(c * beta, a.dtype)
    return made + c


@op("Einsum")
def einsum(node, *inputs):
    return reductions.einsum(node.attr("equation"), *inputs)


@op("Det")
def det(node, x):
    """Gauss's elimination, its rows in the order of the largest pivots."""
    n = node.dims(0)[-1]
    if node.dims(0)[-2] != n:
        raise node.wrong(f"the matrices of shape {x.shape} are not square")
    result = 1.0
    for k in range(n):
        column = x[..., :, 0]
        at = api.expand_dims(api.argmax(api.abs(column), -1), -1)
        rows = known(np.arange(n - k))
        swapped = api.where(rows == at, known(0, "int64"), rows)  # the pivot's place takes row 0
        order = api.concat([at, swapped[..., 1:]], -1)
        x = arrays.gather(x, order, batch_dims=x.shape.rank - 2)
        pivot = x[..., 0:1, 0:1]
        sign = api.where(at[..., 0] == 0, 1.0, -1.0)
        result = pivot[..., 0, 0] * api.cast(sign, x.dtype) * result
        safe = api.where(pivot == 0, api.ones_like(pivot), pivot)
        x = x[..., 1:, 1:] - x[..., 1:, 0:1] * x[..., 0:1, 1:] / safe
    return result


# ---- scores along an axis ----------------------------------------------------------------------


def _scores(name, fn):
    @op(name)
    def f(node, x):
        rank = x.shape.rank
        if node.opset >= 13:
            return fn(node, floating(node, x), node.axis(node.attr("axis", -1), rank))
        dims = node.dims(0)  # older versions take all dimensions from the axis on as one
        axis = node.attr("axis", 1)
        axis = axis + rank if axis < 0 else axis
        flat = api.reshape(x, (int(np.prod(dims[:axis])), int(np.prod(dims[axis:]))))
        return api.reshape(fn(node, floating(node, flat), 1), dims)


def _hardmax(node, x, axis):
    n = node.known_dims(x)[axis]
    return arrays.one_hot(api.argmax(x, axis), n, axis=axis, dtype=x.dtype)


_scores("Softmax", lambda node, x, axis: nn.softmax(x, axis))
_scores("LogSoftmax", lambda node, x, axis: nn.log_softmax(x, axis))
_scores("Hardmax", _hardmax)


@op("Dropout")
def dropout(node, x, ratio=None, training=None):
    trains = bool(node.number(2, "training_mode")) if node.given(2) else False
    part = float(node.number(1, "the ratio")) if node.given(1) else 0.5
    if node.opset < 12 or not trains or part == 0:
        return x, api.fill(node.dims(0), True)
    seed = int(node.attr("seed", 0))
    kept = random.stateless_uniform(node.dims(0), [seed, 0]) >= part
    return api.where(kept, x / (1 - part), api.zeros((), x.dtype)), kept


# ---- normalizations ----------------------------------------------------------------------------


def _channels(v, rank):
    """A vector of channels beside [batch, channels, ...]."""
    return api.reshape(v, (-1,) + (1,) * (rank - 2))


@op("BatchNormalization")
def batch_normalization(node, x, scale, bias, mean, variance):
    rank, epsilon = x.shape.rank, node.attr("epsilon", 1e-5)
    outputs = ()
    if node.attr("training_mode", 0) if node.opset >= 14 else node.wants(1):
        axes = [0, *range(2, rank)]
        momentum = node.attr("momentum", 0.9)
        now, spread = api.reduce_mean(x, axes), reductions.reduce_variance(x, axes)
        outputs = tuple(
            old * momentum + api.cast(new, old.dtype) * (1 - momentum)
            for old, new in ((mean, now), (variance, spread))
        )
        mean, variance = now, spread
    mean, variance, scale, bias = (
        _channels(api.cast(v, x.dtype), rank) for v in (mean, variance, scale, bias)
    )
    return ((x - mean) / api.sqrt(variance + epsilon) * scale + bias, *outputs)


@op("InstanceNormalization")
def instance_normalization(node, x, scale, bias):
    rank, axes = x.shape.rank, list(range(2, x.shape.rank))
    away = x - api.reduce_mean(x, axes, True)
    variance = api.reduce_mean(api.square(away), axes, True)
    made = away / api.sqrt(variance + node.attr("epsilon", 1e-5))
    return made * _channels(scale, rank) + _channels(bias, rank)


@op("LayerNormalization")
def layer_normalization(node, x, scale, bias=None):
    axes = list(range(node.axis(node.attr("axis", -1), x.shape.rank), x.shape.rank))
    work = x if x.dtype.name == "float64" else api.cast(x, "float32")
    mean = api.reduce_mean(work, axes, True)
    away = work - mean
    variance = api.reduce_mean(api.square(away), axes, True)
    inverse = 1 / api.sqrt(variance + node.attr("epsilon", 1e-5))
    made = api.cast(away * inverse, x.dtype) * scale
    return made if bias is None else made + bias, mean, inverse


@op("RMSNormalization")
def rms_normalization(node, x, scale):
    axes = list(range(node.axis(node.attr("axis", -1), x.shape.rank), x.shape.rank))
    work = x if x.dtype.name == "float64" else api.cast(x, "float32")
    mean = api.reduce_mean(api.square(work), axes, True)
    return api.cast(work / api.sqrt(mean + node.attr("epsilon", 1e-5)), x.dtype) * scale


@op("LpNormalization")
def lp_normalization(node, x):
    axis, p = node.axis(node.attr("axis", -1), x.shape.rank), node.attr("p", 2)
    if p == 1:
        size = api.reduce_sum(api.abs(x), [axis], True)
    else:
        size = api.sqrt(api.reduce_sum(api.square(x), [axis], True))
    none = size == 0
    return api.where(none, api.zeros((), x.dtype), x / api.where(none, api.ones_like(size), size))


@op("LRN")
def lrn(node, x):
    size, channels = node.attr("size"), node.dims(0)[1]
    before = (size - 1) // 2
    pads = [[0, 0] for _ in range(x.shape.rank)]
    pads[1] = [before, size - 1 - before]
    squares = api.pad(api.square(x), pads)
    total = squares[:, :channels]
    for i in range(1, size):
        total = total + squares[:, i : i + channels]
    scaled = node.attr("bias", 1.0) + node.attr("alpha", 0.0001) / size * total
    return x / scaled ** node.attr("beta", 0.75)
