"""Elementwise operations: one of our operations each, or a few that the compiler joins to one
loop."""

import math

from ... import _core, api, bitwise, nn
from ..nodes import floating, like, op
from ..types import dtype_of

# ---- two operands, and more ---------------------------------------------------------------------


def _aligned(node, x, y):
    """y with dimensions of 1 behind it where an old version aligns it at an axis of x."""
    if node.opset >= 7 or not node.attr("broadcast", 0) or not node.has("axis"):
        return y
    at = node.axis(node.attr("axis"), x.shape.rank)
    for _ in range(x.shape.rank - at - y.shape.rank):
        y = api.expand_dims(y, -1)
    return y


def _two(name, fn):
    @op(name)
    def two(node, x, y):
        return fn(x, _aligned(node, x, y))


for _name, _fn in {
    "Add": api.add,
    "Sub": api.subtract,
    "Mul": api.multiply,
    "And": api.logical_and,
    "Or": api.logical_or,
    "Xor": api.logical_xor,
    "Equal": api.equal,
    "Less": api.less,
    "LessOrEqual": api.less_equal,
    "Greater": api.greater,
    "GreaterOrEqual": api.greater_equal,
    "BitwiseAnd": bitwise.bitwise_and,
    "BitwiseOr": bitwise.bitwise_or,
    "BitwiseXor": bitwise.bitwise_xor,
}.items():
    _two(_name, _fn)


@op("Div")
def div(node, x, y):
    y = _aligned(node, x, y)
    if not x.dtype.is_integer:
        return api.divide(x, y)
    quotient = api.floordiv(x, y)
    if x.dtype.is_unsigned:
        return quotient
    down = api.logical_and(
        api.not_equal(quotient * y, x), api.not_equal(x < 0, y < 0)
    )  # it truncates
    return api.where(down, quotient + 1, quotient)


@op("Mod")
def mod(node, x, y):
    if not node.attr("fmod", 0):
        return api.mod(x, y)
    if x.dtype.is_unsigned:
        return api.mod(x, y)
    if x.dtype.is_integer:
        rest = api.mod(x, y)
        other = api.logical_and(api.not_equal(rest, like(0, rest)), api.not_equal(x < 0, y < 0))
        return api.where(other, rest - y, rest)
    rest = api.mod(api.abs(x), api.abs(y))
    return api.where(x < 0, -rest, rest)


@op("Pow")
def power(node, x, y):
    y = _aligned(node, x, y)
    if x.dtype == y.dtype:
        return api.pow(x, y)
    if x.dtype.is_floating or y.dtype.is_integer:
        return api.pow(x, api.cast(y, x.dtype))
    return api.cast(api.pow(api.cast(x, "float64"), api.cast(y, "float64")), x.dtype)


@op("PRelu")
def prelu(node, x, slope):
    if node.opset < 7 and slope.shape.rank == 1 and x.shape.rank > 2:
        slope = api.reshape(slope, (-1,) + (1,) * (x.shape.rank - 2))
    return api.where(x < 0, x * slope, x)


@op("BitShift")
def bit_shift(node, x, y):
    left = node.choice("direction", None, ("LEFT", "RIGHT")) == "LEFT"
    return bitwise.left_shift(x, y) if left else bitwise.right_shift(x, y)


def _many(name, fn):
    @op(name)
    def many(node, first, *rest):
        for x in rest:
            first = fn(first, x)
        return first


_many("Max", api.maximum)
_many("Min", api.minimum)
_many("Sum", api.add)


@op("Mean")
def mean(node, first, *rest):
    total = first
    for x in rest:
        total = total + x
    return total / (1 + len(rest))


@op("Where")
def where(node, condition, x, y):
    return api.where(condition, x, y)


@op("SwiGLU")
def swiglu(node, gate, up=None):
    if up is None:
        raise node.unsupported("one input is not supported")
    return nn.silu(gate, node.attr("alpha", 1.0)) * up


# ---- one operand --------------------------------------------------------------------------------


def _one(name, fn):
    @op(name)
    def one(node, x):
        return fn(x)


for _name, _fn in {
    "Abs": api.abs,
    "Acos": api.acos,
    "Asin": api.asin,
    "Atan": api.atan,
    "BitwiseNot": bitwise.invert,
    "Ceil": api.ceil,
    "Cos": api.cos,
    "Cosh": api.cosh,
    "Erf": api.erf,
    "Exp": api.exp,
    "Floor": api.floor,
    "Identity": lambda x: x,
    "IsNaN": api.is_nan,
    "Log": api.log,
    "Neg": api.negative,
    "Not": api.logical_not,
    "Reciprocal": lambda x: 1 / x,
    "Relu": nn.relu,
    "Round": api.round,
    "Sigmoid": api.sigmoid,
    "Sign": api.sign,
    "Sin": api.sin,
    "Sinh": api.sinh,
    "Softplus": nn.softplus,
    "Softsign": nn.softsign,
    "Sqrt": api.sqrt,
    "Tan": api.tan,
    "Tanh": api.tanh,
    "Mish": lambda x: x * api.tanh(nn.softplus(x)),
}.items():
    _one(_name, _fn)


@op("Asinh")
def asinh(node, x):
    size = api.abs(floating(node, x))
    small = api.log1p(size + size * size / (1 + api.sqrt(size * size + 1)))
    large = api.log(size) + math.log(2)  # size * size would overflow
    made = api.where(size > 1e10, large, small)
    return api.where(x < 0, -made, api.where(size > 0, made, x))


@op("Acosh")
def acosh(node, x):
    above = floating(node, x) - 1
    return api.where(
        x > 1e10, api.log(x) + math.log(2), api.log1p(above + api.sqrt(above * (above + 2)))
    )


@op("Atanh")
def atanh(node, x):
    return 0.5 * api.log1p(2 * floating(node, x) / (1 - x))


@op("IsInf")
def is_inf(node, x):
    both = api.is_inf(x)
    if not node.attr("detect_negative", 1):
        both = api.logical_and(both, x > 0)
    if not node.attr("detect_positive", 1):
        both = api.logical_and(both, x < 0)
    return both


@op("Clip")
def clip(node, x, low=None, high=None):
    if node.opset < 11:
        low = like(node.attr("min"), x) if node.has("min") else None
        high = like(node.attr("max"), x) if node.has("max") else None
    x = x if low is None else api.maximum(x, low)
    return x if high is None else api.minimum(x, high)


@op("LeakyRelu")
def leaky_relu(node, x):
    return api.where(x < 0, x * node.attr("alpha", 0.01), floating(node, x))


@op("Elu")
def elu(node, x):
    return api.where(
        x > 0, x, api.expm1(api.minimum(floating(node, x), 0.0)) * node.attr("alpha", 1.0)
    )


@op("Celu")
def celu(node, x):
    alpha = node.attr("alpha", 1.0)
    return api.maximum(floating(node, x), 0.0) + api.minimum(
        alpha * api.expm1(api.minimum(x, 0.0) / alpha), 0.0
    )


@op("Selu")
def selu(node, x):
    alpha, gamma = (
        node.attr("alpha", 1.67326319217681884765625),
        node.attr("gamma", 1.05070102214813232421875),
    )
    return gamma * api.where(x > 0, x, alpha * api.expm1(api.minimum(floating(node, x), 0.0)))


@op("Gelu")
def gelu(node, x):
    if node.choice("approximate", "none", ("none", "tanh")) == "none":
        return 0.5 * floating(node, x) * (1 + api.erf(x * math.sqrt(0.5)))
    return (
        0.5
        * floating(node, x)
        * (1 + api.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
    )


@op("HardSigmoid")
def hard_sigmoid(node, x):
    return api.clip_by_value(
        node.attr("alpha", 0.2) * floating(node, x) + node.attr("beta", 0.5), 0.0, 1.0
    )


@op("HardSwish")
def hard_swish(node, x):
    return x * api.clip_by_value(floating(node, x) * (1 / 6) + 0.5, 0.0, 1.0)


@op("Swish")
def swish(node, x):
    return nn.silu(floating(node, x), node.attr("alpha", 1.0))


@op("Shrink")
def shrink(node, x):
    bias, limit = node.attr("bias", 0.0), node.attr("lambd", 0.5)
    inner = like(0, x)
    return api.where(
        x < like(-limit, x),
        x + like(bias, x),
        api.where(x > like(limit, x), x - like(bias, x), inner),
    )


@op("ThresholdedRelu")
def thresholded_relu(node, x):
    return api.where(floating(node, x) > node.attr("alpha", 1.0), x, like(0, x))


# ---- dtypes -------------------------------------------------------------------------------------


@op("Cast")
def cast(node, x):
    to = node.attr("to")
    return _cast(node, x, dtype_of(to, f"{node}: attribute 'to'"))


@op("CastLike")
def cast_like(node, x, like):
    return _cast(node, x, like.dtype.name)


def _cast(node, x, dtype):
    if x.dtype.name == dtype:
        return x
    if x.dtype.name == "string":
        return (
            _core.op("STR_TO_NUMBER", [x], {"dtype": dtype})
            if dtype in ("float32", "float64", "int32", "int64")
            else _other(node, x, dtype)
        )
    if dtype == "string":
        raise node.unsupported(f"numbers as text ({x.dtype.name} to string) are not supported")
    return api.cast(x, dtype)


def _other(node, x, dtype):
    return api.cast(
        _core.op("STR_TO_NUMBER", [x], {"dtype": "float64" if "float" in dtype else "int64"}), dtype
    )
