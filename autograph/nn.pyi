"""Types of ag.nn. A test compares them with the module."""

from typing import Any

from ._core import Tensor

def elu(features: Any, name: str | None = None) -> Tensor: ...
def l2_loss(t: Any, name: str | None = None) -> Tensor: ...
def leaky_relu(features: Any, alpha: Any = 0.2, name: str | None = None) -> Tensor: ...
def log_softmax(logits: Any, axis: Any = None, name: str | None = None) -> Tensor: ...
def relu(features: Any, name: str | None = None) -> Tensor: ...
def relu6(features: Any, name: str | None = None) -> Tensor: ...
def sigmoid(x: Any, name: str | None = None) -> Tensor: ...
def silu(features: Any, beta: Any = 1.0) -> Tensor: ...
def softmax(logits: Any, axis: Any = None, name: str | None = None) -> Tensor: ...
def softplus(features: Any, name: str | None = None) -> Tensor: ...
def softsign(features: Any, name: str | None = None) -> Tensor: ...
def swish(features: Any, beta: Any = 1.0) -> Tensor: ...
def tanh(x: Any, name: str | None = None) -> Tensor: ...
def conv1d(
    input: Any,
    filters: Any,
    stride: Any,
    padding: Any,
    data_format: Any = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor: ...
def conv2d(
    input: Any,
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: Any = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor: ...
def conv3d(
    input: Any,
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: Any = "NDHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor: ...
def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: Any = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor: ...
def max_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: Any = "NWC",
    name: str | None = None,
) -> Tensor: ...
def max_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: Any = "NHWC",
    name: str | None = None,
) -> Tensor: ...
def max_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: Any = "NDHWC",
    name: str | None = None,
) -> Tensor: ...
def avg_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: Any = "NWC",
    name: str | None = None,
) -> Tensor: ...
def avg_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: Any = "NHWC",
    name: str | None = None,
) -> Tensor: ...
def avg_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: Any = "NDHWC",
    name: str | None = None,
) -> Tensor: ...
def top_k(
    input: Any,
    k: Any = 1,
    sorted: bool = True,
    index_type: Any = "int32",
    name: str | None = None,
) -> Any: ...
