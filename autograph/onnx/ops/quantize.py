"""Numbers of few bits with a scale and a zero point."""

from ... import api
from ..nodes import op
from ..types import dtype_of
from .conv import _saturated
from .nn import product


def _spread(node, v, x, axis):
    """A scale (or zero point) beside x: one number, one per slice along the axis, or one per
    block."""
    if v.shape.rank == 0 or v.shape.num_elements() == 1 and v.shape.rank <= 1:
        return api.reshape(v, ())
    if v.shape.rank == 1:
        at = node.axis(axis, x.shape.rank)
        return api.reshape(v, [-1 if i == at else 1 for i in range(x.shape.rank)])
    block = node.attr("block_size", 0)
    at = node.axis(axis, x.shape.rank)
    n, m = node.known_dims(x)[at], node.known_dims(v, 1)[at]
    if not block:
        if n != m and n % m:
            raise node.wrong(f"blocks of {m} scales do not fit {n} elements")
        block = n // m if m else 1
    from ... import arrays

    made = arrays.repeat(v, block, axis=at)
    return made[(slice(None),) * at + (slice(0, n),)]


@op("QuantizeLinear")
def quantize_linear(node, x, scale, zero=None):
    axis = node.attr("axis", 1)
    if zero is not None:
        dtype = zero.dtype
    else:
        number = node.attr("output_dtype", 0)
        dtype = api.cast(0, dtype_of(number, f"{node}: output_dtype") if number else "uint8").dtype
    work = api.cast(x, "float32") if x.dtype.name != "float64" else x
    made = api.round(work / api.cast(_spread(node, scale, x, axis), work.dtype))
    if zero is not None:
        made = made + api.cast(_spread(node, zero, x, axis), made.dtype)
    return _saturated(made, dtype)


@op("DequantizeLinear")
def dequantize_linear(node, x, scale, zero=None):
    axis = node.attr("axis", 1)
    made = api.cast(x, "int64" if x.dtype.name == "uint32" else "int32")
    if zero is not None:
        made = made - api.cast(_spread(node, zero, x, axis), made.dtype)
    scales = _spread(node, scale, x, axis)
    number = node.attr("output_dtype", 0)
    dtype = dtype_of(number, f"{node}: output_dtype") if number else scale.dtype
    return api.cast(api.cast(made, "float32") * api.cast(scales, "float32"), dtype)


@op("DynamicQuantizeLinear")
def dynamic_quantize_linear(node, x):
    low = api.minimum(api.reduce_min(x), 0.0)
    high = api.maximum(api.reduce_max(x), 0.0)
    scale = (high - low) / 255.0
    safe = api.where(scale == 0, api.ones_like(scale), scale)
    zero = api.clip_by_value(api.round(-low / safe), 0.0, 255.0)
    made = api.clip_by_value(api.round(x / safe) + zero, 0.0, 255.0)
    return api.cast(made, "uint8"), scale, api.cast(zero, "uint8")


def _shifted(x, zero, rows):
    """x - zero in int32; a vector of zero points is one per row, or per column."""
    made = api.cast(x, "int32")
    if zero is None:
        return made
    zero = api.cast(zero, "int32")
    if rows and zero.shape.rank == 1 and x.shape.rank > 1 and zero.shape[0] != 1:
        zero = api.expand_dims(zero, -1)
    return made - zero


@op("MatMulInteger")
def matmul_integer(node, a, b, a_zero=None, b_zero=None):
    return product(_shifted(a, a_zero, True), _shifted(b, b_zero, False))


@op("QLinearMatMul")
def qlinear_matmul(node, a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero):
    made = product(_shifted(a, a_zero, True), _shifted(b, b_zero, False))
    scales = [api.cast(s, "float64") for s in (a_scale, b_scale, y_scale)]
    if scales[0].shape.rank == 1 and scales[0].shape[0] != 1:
        scales[0] = api.expand_dims(scales[0], -1)
    made = api.cast(made, "float64") * (scales[0] * scales[1] / scales[2])
    return _saturated(api.round(made) + api.cast(y_zero, "float64"), y_zero.dtype)
