"""autograph: a tracing compiler from Python functions to graphs and native code.

>>> import autograph as ag
>>> @ag.function
... def gcd(a, b):
...     while b:
...         a, b = b, a % b
...     return a
>>> print(gcd(12, 18))
6
"""

from . import _core, errors
from ._core import UNDEFINED, DType, Graph, Operation, Tensor, TensorShape, Variable, as_dtype
from .api import *  # noqa: F403
from .api import __all__ as _api
from .callbacks import *  # noqa: F403
from .callbacks import __all__ as _callbacks
from .arrays import *  # noqa: F403
from .arrays import __all__ as _arrays
from .reductions import *  # noqa: F403
from .reductions import __all__ as _reductions
from .control_flow import *  # noqa: F403
from .control_flow import __all__ as _control_flow
from .dtypes import *  # noqa: F403
from .dtypes import __all__ as _dtypes
from . import autograph, bitwise, blas, config, debugging, graph_def, nest, nn, random, strings
from .assertions import Assert
from .variables import IndexedSlices
from .module import Module
from .function import ConcreteFunction, Function, function
from .scopes import *  # noqa: F403
from .scopes import __all__ as _scopes
from .source import to_code
from .specs import TensorSpec

__version__ = "0.1.0"

__all__ = [
    "ConcreteFunction", "DType", "Function", "Graph", "Operation", "Tensor", "TensorArray", "TensorShape", "TensorSpec", "Variable", "Module",
    "as_dtype", "autograph", "Assert", "IndexedSlices", "bitwise", "config", "debugging", "errors", "function", "nest", "nn", "random", "strings", "to_code", *_api, *_arrays, *_reductions, *_callbacks, *_control_flow, *_dtypes, *_scopes,
]  # fmt: skip

from . import indexing, math, ndarray, references, variables  # noqa: E402, F401


_LATER = ("array_api", "ffi", "onnx", "ragged", "safetensors")  # most programs use none of them
_OF_MATH = ("acosh", "asinh", "atanh", "unsorted_segment_sum")


def __dir__():
    hidden = {"__getattr__", "__dir__"}
    own = [n for n in globals() if n.startswith("__") and n not in hidden]
    return sorted({*own, *__all__, *_LATER, *_OF_MATH, "RaggedTensor", "math", "UNDEFINED"})


def __getattr__(name):
    from importlib import import_module

    if name in _LATER:
        return import_module(f".{name}", __name__)
    if name == "RaggedTensor":
        return import_module(".ragged", __name__).RaggedTensor
    if name in _OF_MATH:
        return getattr(math, name)
    if name == "TensorArray":  # comes with what tracing needs, which the first decoration imports
        return import_module(".staging.tensor_arrays", __name__).TensorArray
    raise AttributeError(f"module 'autograph' has no attribute {name!r}")
