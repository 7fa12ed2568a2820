"""Types of ag.math: functions of the package under one more name, and its own. A test compares them with the module."""

from typing import Any

from . import Tensor
from . import (
    abs as abs,
    acos as acos,
    acosh as acosh,
    add as add,
    add_n as add_n,
    all as all,
    angle as angle,
    any as any,
    argmax as argmax,
    argmin as argmin,
    asin as asin,
    asinh as asinh,
    atan as atan,
    atan2 as atan2,
    atanh as atanh,
    broadcast_to as broadcast_to,
    cast as cast,
    ceil as ceil,
    clip_by_global_norm as clip_by_global_norm,
    clip_by_norm as clip_by_norm,
    clip_by_value as clip_by_value,
    complex as complex,
    concat as concat,
    conj as conj,
    cos as cos,
    cosh as cosh,
    count_nonzero as count_nonzero,
    cumprod as cumprod,
    cumsum as cumsum,
    divide as divide,
    divide_no_nan as divide_no_nan,
    einsum as einsum,
    equal as equal,
    erf as erf,
    erfinv as erfinv,
    exp as exp,
    expand_dims as expand_dims,
    expm1 as expm1,
    fill as fill,
    floor as floor,
    floordiv as floordiv,
    floormod as floormod,
    global_norm as global_norm,
    greater as greater,
    greater_equal as greater_equal,
    identity as identity,
    imag as imag,
    is_finite as is_finite,
    is_inf as is_inf,
    is_nan as is_nan,
    less as less,
    less_equal as less_equal,
    log as log,
    log1p as log1p,
    logical_and as logical_and,
    logical_not as logical_not,
    logical_or as logical_or,
    logical_xor as logical_xor,
    matmul as matmul,
    max as max,
    maximum as maximum,
    mean as mean,
    min as min,
    minimum as minimum,
    mod as mod,
    multiply as multiply,
    negative as negative,
    norm as norm,
    not_equal as not_equal,
    ones as ones,
    ones_like as ones_like,
    pad as pad,
    pow as pow,
    range as range,
    rank as rank,
    real as real,
    reciprocal as reciprocal,
    reduce_all as reduce_all,
    reduce_any as reduce_any,
    reduce_euclidean_norm as reduce_euclidean_norm,
    reduce_logsumexp as reduce_logsumexp,
    reduce_max as reduce_max,
    reduce_mean as reduce_mean,
    reduce_min as reduce_min,
    reduce_prod as reduce_prod,
    reduce_std as reduce_std,
    reduce_sum as reduce_sum,
    reduce_variance as reduce_variance,
    reshape as reshape,
    reverse as reverse,
    round as round,
    rsqrt as rsqrt,
    shape as shape,
    sigmoid as sigmoid,
    sign as sign,
    sin as sin,
    sinh as sinh,
    size as size,
    sqrt as sqrt,
    square as square,
    squared_difference as squared_difference,
    squeeze as squeeze,
    stack as stack,
    stop_gradient as stop_gradient,
    subtract as subtract,
    sum as sum,
    tan as tan,
    tanh as tanh,
    tensordot as tensordot,
    tile as tile,
    top_k as top_k,
    transpose as transpose,
    truediv as truediv,
    unsorted_segment_sum as unsorted_segment_sum,
    unstack as unstack,
    zeros as zeros,
    zeros_like as zeros_like,
)
from .nn import log_softmax as log_softmax
from .nn import softmax as softmax
from .nn import softplus as softplus
from .nn import softsign as softsign

def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = "int32",
    name: str | None = None,
    axis: Any = None,
    binary_output: bool = False,
) -> Tensor: ...
def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    weights: Any = None,
    dtype: Any = "int32",
    name: str | None = None,
) -> Tensor: ...
def digamma(x: Any, name: str | None = None) -> Tensor: ...
def erfc(x: Any, name: str | None = None) -> Tensor: ...
def in_top_k(targets: Any, predictions: Any, k: Any, name: str | None = None) -> Tensor: ...
def invert_permutation(x: Any, name: str | None = None) -> Tensor: ...
def lgamma(x: Any, name: str | None = None) -> Tensor: ...
def log_sigmoid(x: Any, name: str | None = None) -> Tensor: ...
def multiply_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor: ...
def polyval(coeffs: Any, x: Any, name: str | None = None) -> Tensor: ...
def rint(x: Any, name: str | None = None) -> Tensor: ...
def segment_max(data: Any, segment_ids: Any, name: str | None = None) -> Tensor: ...
def segment_mean(data: Any, segment_ids: Any, name: str | None = None) -> Tensor: ...
def segment_min(data: Any, segment_ids: Any, name: str | None = None) -> Tensor: ...
def segment_prod(data: Any, segment_ids: Any, name: str | None = None) -> Tensor: ...
def segment_sum(data: Any, segment_ids: Any, name: str | None = None) -> Tensor: ...
def unsorted_segment_max(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor: ...
def unsorted_segment_mean(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor: ...
def unsorted_segment_min(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor: ...
def unsorted_segment_prod(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor: ...
def unsorted_segment_sqrt_n(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor: ...
def xdivy(x: Any, y: Any, name: str | None = None) -> Tensor: ...
def xlog1py(x: Any, y: Any, name: str | None = None) -> Tensor: ...
def xlogy(x: Any, y: Any, name: str | None = None) -> Tensor: ...
