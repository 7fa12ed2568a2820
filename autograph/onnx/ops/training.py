"""One step of an optimizer for each of several tensors; random numbers."""

import numpy as np

from ... import api, random
from ..nodes import op
from ..types import dtype_of

DOMAIN = "ai.onnx.preview.training"


def _groups(node, values, each):
    """The tensors of each variable: X's, then G's, and so on."""
    if len(values) % each:
        raise node.wrong(f"{len(values)} tensors are no {each} for each variable")
    n = len(values) // each
    return [values[i::n] for i in range(n)]


def _all(rows):
    return tuple(v for column in zip(*rows) for v in column)


@op("Momentum", domain=DOMAIN)
def momentum(node, rate, count, *values):
    alpha, beta, norm = node.attr("alpha"), node.attr("beta"), node.attr("norm_coefficient")
    nesterov = node.choice("mode", None, ("standard", "nesterov")) == "nesterov"
    rows = []
    for x, gradient, v in _groups(node, values, 3):
        g = norm * x + gradient
        weight = api.where(count > 0, beta, 1.0)
        v = alpha * v + api.cast(weight, g.dtype) * g
        rows.append((x - rate * (g + alpha * v if nesterov else v), v))
    return _all(rows)


@op("Adagrad", domain=DOMAIN)
def adagrad(node, rate, count, *values):
    decay, epsilon = node.attr("decay_factor", 0.0), node.attr("epsilon", 1e-6)
    norm = node.attr("norm_coefficient", 0.0)
    r = rate / (1 + api.cast(count, rate.dtype) * decay)
    rows = []
    for x, gradient, h in _groups(node, values, 3):
        g = norm * x + gradient
        h = h + g * g
        rows.append((x - r * g / (api.sqrt(h) + epsilon), h))
    return _all(rows)


@op("Adam", domain=DOMAIN)
def adam(node, rate, count, *values):
    alpha, beta, epsilon = (
        node.attr("alpha", 0.9),
        node.attr("beta", 0.999),
        node.attr("epsilon", 1e-6),
    )
    norm, after = node.attr("norm_coefficient", 0.0), node.attr("norm_coefficient_post", 0.0)
    t = api.cast(count, rate.dtype)
    scaled = rate * api.sqrt(1 - api.pow(alpha * 0 + beta, t)) / (1 - api.pow(beta * 0 + alpha, t))
    r = api.where(count > 0, scaled, rate)
    rows = []
    for x, gradient, v, h in _groups(node, values, 4):
        g = norm * x + gradient
        v = alpha * v + (1 - alpha) * g
        h = beta * h + (1 - beta) * g * g
        x = x - r * v / (api.sqrt(h) + epsilon)
        rows.append(((1 - after) * x, v, h))
    return _all(rows)


# ---- random numbers: those of the seed, the same at every run ----------------------------------


def _seed(node):
    bits = int(np.float32(node.attr("seed", 0.0)).view(np.uint32))
    place = sum(map(ord, node.proto.name + "".join(node.proto.output)))
    return [bits, place]


def _random(name, draw, like):
    @op(name)
    def f(node, *inputs):
        dims = node.dims(0) if like else node.attr("shape")
        number = node.attr("dtype", 0 if like else 1)
        dtype = dtype_of(number, f"{node}: dtype") if number else inputs[0].dtype
        return api.cast(draw(node, dims), dtype)


def _uniform(node, dims):
    low, high = node.attr("low", 0.0), node.attr("high", 1.0)
    return random.stateless_uniform(dims, _seed(node)) * (high - low) + low


def _normal(node, dims):
    mean, scale = node.attr("mean", 0.0), node.attr("scale", 1.0)
    return random.stateless_normal(dims, _seed(node)) * scale + mean


_random("RandomUniform", _uniform, False)
_random("RandomUniformLike", _uniform, True)
_random("RandomNormal", _normal, False)
_random("RandomNormalLike", _normal, True)
