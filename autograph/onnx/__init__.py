"""Models of ONNX as functions: `autograph.onnx.load("model.onnx")(x)`.

Needs the package onnx: pip install "autograph-jit[onnx]".
"""

try:
    import onnx as _onnx  # noqa: F401
except ImportError as e:
    raise ImportError(
        'autograph.onnx needs the package onnx: pip install "autograph-jit[onnx]"'
    ) from e

from .errors import ModelError, UnsupportedError
from .model import Model, load

__all__ = ["Backend", "Model", "ModelError", "UnsupportedError", "load"]


def __getattr__(name):
    if name == "Backend":  # brings NumPy's tests' tools with it
        from .backend import Backend

        return Backend
    raise AttributeError(f"module 'autograph.onnx' has no attribute {name!r}")
