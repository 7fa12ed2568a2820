"""Fourier transforms as products with their matrices, and the scale of mel."""

import math

import numpy as np

from ... import api, arrays
from ..nodes import known, op
from ..types import dtype_of
from .nn import product


def _matrices(n, inverse, dtype):
    """(cos, sin) of the transform of n numbers, [n, n]."""
    turns = np.outer(np.arange(n), np.arange(n)) % n
    angle = 2 * np.pi * turns / n
    sign, scale = (1, 1 / n) if inverse else (-1, 1)
    return known((np.cos(angle) * scale).astype(dtype)), known(
        (sign * np.sin(angle) * scale).astype(dtype)
    )


def transform(x, inverse, onesided):
    """The transform along the last axis but one; the last is (real, imaginary), or real alone."""
    n, parts = tuple(x.shape)[-2:]
    cos, sin = _matrices(n, inverse, x.dtype.as_numpy_dtype)
    if onesided and not inverse:
        cos, sin = cos[:, : n // 2 + 1], sin[:, : n // 2 + 1]
    real = x[..., 0]
    if parts == 1:
        return api.stack([product(real, cos), product(real, sin)], axis=x.shape.rank - 1)
    imaginary = x[..., 1]
    made_real = product(real, cos) - product(imaginary, sin)
    if onesided and inverse:
        return api.expand_dims(made_real, -1)
    return api.stack(
        [made_real, product(real, sin) + product(imaginary, cos)], axis=x.shape.rank - 1
    )


def _mirrored(x, n):
    """All n numbers of a transform of which the first half is given."""
    rest = n - x.shape[-2]
    if rest <= 0:
        return x[..., :n, :]
    back = api.reverse(x[..., 1 : rest + 1, :], [x.shape.rank - 2])
    sign = known(np.array([1, -1], x.dtype.as_numpy_dtype))
    return api.concat([x, back * sign], x.shape.rank - 2)


@op("DFT")
def dft(node, x, length=None, axis=None):
    rank = x.shape.rank
    default = -2 if node.opset >= 20 else 1
    at = int(node.number(2, "the axis")) if node.given(2) else node.attr("axis", default)
    at = node.axis(at, rank)
    if at == rank - 1:
        raise node.wrong("the last axis holds the parts of a number, and cannot be transformed")
    inverse, onesided = bool(node.attr("inverse", 0)), bool(node.attr("onesided", 0))
    order = [k for k in range(rank - 1) if k != at] + [at, rank - 1]
    x = api.transpose(x, order)
    size = node.known_dims(x)[-2]
    n = int(node.number(1, "the length")) if node.given(1) else size
    if onesided and inverse:
        n = n if node.given(1) else 2 * (size - 1)
        x = _mirrored(x, n)
    elif n < size:
        x = x[..., :n, :]
    elif n > size:
        x = api.pad(x, [[0, 0]] * (rank - 2) + [[0, n - size], [0, 0]])
    made = transform(x, inverse, onesided)
    back = [0] * rank
    for i, k in enumerate(order):
        back[k] = i
    return api.transpose(made, back)


@op("STFT")
def stft(node, x, step, window=None, length=None):
    hop = int(node.number(1, "the step"))
    dims = node.dims(0)
    if node.given(3):
        n = int(node.number(3, "the length of a frame"))
    elif window is not None:
        n = node.known_dims(window, 2)[0]
    else:
        raise node.wrong("neither a window nor the length of a frame was given")
    count = (dims[1] - n) // hop + 1
    places = np.arange(count)[:, None] * hop + np.arange(n)
    frames = arrays.gather(x, known(places, "int64"), axis=1)  # [batch, frames, n, parts]
    if x.shape.rank == 2:
        frames = api.expand_dims(frames, -1)
    if window is not None:
        frames = frames * api.reshape(window, (-1, 1))
    return transform(frames, False, bool(node.attr("onesided", 1)))


def _window(name, terms):
    """A window of cosines: terms are their weights."""

    @op(name)
    def f(node, size):
        n = int(node.number(0, "the size"))
        number = node.attr("output_datatype", 1)
        span = n if node.attr("periodic", 1) else n - 1
        angle = 2 * np.pi * np.arange(n) / max(span, 1)
        made = sum((-1) ** k * w * np.cos(k * angle) for k, w in enumerate(terms))
        return api.cast(known(made), dtype_of(number, f"{node}: output_datatype"))


_window("HannWindow", (0.5, 0.5))
_window("HammingWindow", (25 / 46, 21 / 46))
_window("BlackmanWindow", (0.42, 0.5, 0.08))


@op("MelWeightMatrix")
def mel_weight_matrix(node, *inputs):
    names = ("the bins", "the length", "the rate", "the lowest frequency", "the highest frequency")
    bins, length, rate, low, high = (node.number(i, name) for i, name in enumerate(names))
    columns = int(length) // 2 + 1
    mel = [2595 * math.log10(1 + f / 700) for f in (low, high)]
    edges = np.arange(int(bins) + 2) * (mel[1] - mel[0]) / (int(bins) + 2) + mel[0]
    places = ((int(length) + 1) * 700 * (10 ** (edges / 2595) - 1) / rate).astype(np.int64)
    made = np.zeros((columns, int(bins)))
    for i in range(int(bins)):
        below, top, above = places[i : i + 3]
        if top == below:
            made[top, i] = 1
        else:
            made[below : top + 1, i] = (np.arange(below, top + 1) - below) / (top - below)
        if above > top:
            made[top:above, i] = (above - np.arange(top, above)) / (above - top)
    number = node.attr("output_datatype", 1)
    return api.cast(known(made), dtype_of(number, f"{node}: output_datatype"))
