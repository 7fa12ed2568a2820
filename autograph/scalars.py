"""Python numbers as compiled functions return them: int and float that also have what a tensor of 0 dimensions has.

A function that returns `n + 1` of a number returns an int, as plain Python does; a program written for tensors may still ask
it for `.numpy()`, `.dtype` or `.shape`.
"""

import sys

from . import _core


class _Scalar:
    """What a 0-d tensor has."""

    __slots__ = ()

    shape = property(lambda self: _core.TensorShape(()), doc="()")
    ndim = property(lambda self: 0, doc="0")
    size = property(lambda self: 1, doc="1")
    weak = property(lambda self: True, doc="True: it takes the dtype of what it meets")
    is_symbolic = property(lambda self: False, doc="False: it has a value")
    device = property(lambda self: "/device:CPU:0", doc="where it lies")

    def get_shape(self):
        """The attribute `shape`."""
        return self.shape

    def item(self):
        """The plain Python number."""
        return self._plain(self)

    tolist = item

    def numpy(self):
        """A NumPy scalar."""
        import numpy

        return numpy.dtype(self.dtype.name).type(self)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return type(self), (self._plain(self),)


class Int(_Scalar, int):
    """An int from a compiled function."""

    __slots__ = ()
    _plain = int
    dtype = property(lambda self: _core.as_dtype("int64"), doc="int64")


class Float(_Scalar, float):
    """A float from a compiled function."""

    __slots__ = ()
    _plain = float
    dtype = property(lambda self: _core.as_dtype("float64"), doc="float64")


def is_python_number(value):
    """Whether it is an int or float that is traced as one: not a bool, and no subclass of others."""
    return type(value) in _NUMBERS


_NUMBERS = (int, float, Int, Float)
_core.number_types(Int, Float)


def is_array(value):
    """Whether it is an array of NumPy's, of whatever elements."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray)


def unheld(path, array):
    """The text for an array that no tensor holds."""
    kind = type(array).__name__
    return f"'{path}' is {f'an array of {array.dtype}' if kind == 'ndarray' else f'a {kind}'}, which no tensor can hold"


def is_numpys(value):
    """Whether it is a number of NumPy's, such as np.int64(5), as key.c has it."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, (numpy.integer, numpy.floating, numpy.bool_)) and not isinstance(value, numpy.timedelta64)
