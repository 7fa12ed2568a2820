"""The dtypes, as names of the package: autograph.float32, autograph.int64 ..."""

from . import _core

_NAMES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 bfloat16 float32 float64 complex64 complex128 "
    "string resource variant"
).split()
globals().update({name: _core.as_dtype(name) for name in _NAMES})
half, double = _core.as_dtype("float16"), _core.as_dtype("float64")
DType, as_dtype = _core.DType, _core.as_dtype

__all__ = [*_NAMES, "DType", "double", "half"]


def __getattr__(name):
    """tf.dtypes.cast and tf.dtypes.complex."""
    if name in ("cast", "complex"):
        from . import api

        return getattr(api, name)
    raise AttributeError(f"module 'autograph.dtypes' has no attribute {name!r}")
