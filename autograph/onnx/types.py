"""The dtypes of ONNX and ours, and values from one form to the other."""

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from .. import _core
from .errors import ModelError, UnsupportedError

__all__ = ["dtype_of", "name_of", "number_of", "tensor_of", "type_proto"]

Tensor = _core.Tensor

NAMES = {
    TensorProto.FLOAT: "float32",
    TensorProto.UINT8: "uint8",
    TensorProto.INT8: "int8",
    TensorProto.UINT16: "uint16",
    TensorProto.INT16: "int16",
    TensorProto.INT32: "int32",
    TensorProto.INT64: "int64",
    TensorProto.STRING: "string",
    TensorProto.BOOL: "bool",
    TensorProto.FLOAT16: "float16",
    TensorProto.DOUBLE: "float64",
    TensorProto.UINT32: "uint32",
    TensorProto.UINT64: "uint64",
    TensorProto.COMPLEX64: "complex64",
    TensorProto.COMPLEX128: "complex128",
    TensorProto.BFLOAT16: "bfloat16",
}
NUMBERS = {name: number for number, name in NAMES.items()}
_KNOWN = set(TensorProto.DataType.values())


def name_of(number):
    """The word for a dtype of ONNX, for messages."""
    return TensorProto.DataType.Name(number) if number in _KNOWN else f"number {number}"


def dtype_of(number, what):
    """Our dtype's name for a dtype of ONNX. ModelError where there is none of that number,
    UnsupportedError for the rest."""
    if number not in _KNOWN or number == TensorProto.UNDEFINED:
        raise ModelError(f"{what} has the dtype {number}, which ONNX does not define")
    if number not in NAMES:
        raise UnsupportedError(f"{what} has the dtype {name_of(number)}, which is not supported")
    return NAMES[number]


def number_of(dtype):
    """The dtype of ONNX for one of ours."""
    return NUMBERS[dtype if isinstance(dtype, str) else dtype.name]


def tensor_of(proto, what):
    """The value of a TensorProto. ModelError where its data do not fit its dims."""
    dtype_of(proto.data_type, what)
    try:
        array = numpy_helper.to_array(proto)
    except Exception as e:
        raise ModelError(f"{what} cannot be read: {e}") from None
    if array.dtype.name == "bfloat16":
        return _core.cast(
            _core.constant(np.asarray(array, np.float32), None, None, None), "bfloat16"
        )
    if proto.data_type == TensorProto.STRING:
        return strings(array)
    return _core.constant(array, None, None, None)


def strings(array):
    """A string tensor of an array of str or bytes."""
    flat = [
        v if isinstance(v, (bytes, str)) else str(v) for v in np.asarray(array).reshape(-1).tolist()
    ]
    made = (
        _core.constant(flat, "string", None, None)
        if flat
        else _core.op("FILL", [_core.constant("", None, None, None)], {"shape": (0,)})
    )
    return _core.op("RESHAPE", [made], {"shape": tuple(np.shape(array))})


def type_proto(value):
    """The TypeProto of a tensor or of a list of tensors, for functions whose bodies depend on it;
    empty where unknown."""
    if isinstance(value, Tensor):
        dims = None if value.shape.rank is None else list(value.shape)
        return onnx.helper.make_tensor_type_proto(number_of(value.dtype), dims)
    if isinstance(value, list) and value:
        return onnx.helper.make_sequence_type_proto(type_proto(value[0]))
    return onnx.TypeProto()
