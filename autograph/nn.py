"""tf.nn: activations and the functions of class scores."""

from . import api
from .api import reduce_max, reduce_sum, sigmoid, tanh
from .arrays import top_k
from .windows import *  # noqa: F403
from .windows import __all__ as _windows

__all__ = ["elu", "l2_loss", "leaky_relu", "log_softmax", "relu", "relu6", "sigmoid", "silu", "softmax", "softplus", "softsign",
           "swish", "tanh", "top_k", *_windows]  # fmt: skip


def _floating(x, what):
    x = api._strong(x)
    if "float" not in x.dtype.name:
        raise TypeError(
            f"{what} takes floating point numbers, not {x.dtype.name}: cast them, for example with tf.cast(x, tf.float32)"
        )
    return x


def relu(features, name=None):
    """max(x, 0), element by element."""
    x = api._strong(features)
    return api.maximum(x, api.cast(0, x.dtype))


def relu6(features, name=None):
    """min(max(x, 0), 6), element by element."""
    x = api._strong(features)
    return api.minimum(relu(x), api.cast(6, x.dtype))


def leaky_relu(features, alpha=0.2, name=None):
    """x where it is positive, alpha * x elsewhere."""
    x = _floating(features, "leaky_relu")
    return api.where(x > 0, x, x * alpha)


def elu(features, name=None):
    """x where it is positive, exp(x) - 1 elsewhere."""
    x = _floating(features, "elu")
    return api.where(x > 0, x, api.expm1(api.minimum(x, api.cast(0, x.dtype))))


def silu(features, beta=1.0):
    """x * sigmoid(beta * x)."""
    x = _floating(features, "silu")
    return x * sigmoid(x * beta)


swish = silu


def softplus(features, name=None):
    """log(1 + exp(x)), without overflow."""
    x = _floating(features, "softplus")
    return api.maximum(x, api.cast(0, x.dtype)) + api.log1p(api.exp(-api.abs(x)))


def softsign(features, name=None):
    """x / (1 + |x|)."""
    x = _floating(features, "softsign")
    return x / (api.abs(x) + 1)


def softmax(logits, axis=None, name=None):
    """exp(x) / sum(exp(x)) along `axis` (the last by default); the largest is subtracted first, so it does not overflow."""
    x = _floating(logits, "softmax")
    axis = -1 if axis is None else axis
    e = api.exp(x - reduce_max(x, axis=axis, keepdims=True))
    return e / reduce_sum(e, axis=axis, keepdims=True)


def log_softmax(logits, axis=None, name=None):
    """log(softmax(x)) along `axis` (the last by default), exact for scores far apart."""
    x = _floating(logits, "log_softmax")
    axis = -1 if axis is None else axis
    x = x - reduce_max(x, axis=axis, keepdims=True)
    return x - api.log(reduce_sum(api.exp(x), axis=axis, keepdims=True))


def l2_loss(t, name=None):
    """Half the sum of squares."""
    t = _floating(t, "l2_loss")
    return reduce_sum(t * t) / 2
