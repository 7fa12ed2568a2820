"""What NumPy would make an array of, as a tensor: numbers, lists of traced numbers, arrays."""

import builtins

from .. import _core, api, arrays
from ..api import _op

Tensor = _core.Tensor


def given(x):
    """A tensor of a number, array or list; a Python number is weak, and takes the dtype of what it meets."""
    if isinstance(x, Tensor):
        return x
    inner = getattr(x, "tensor", None)  # an Array of staging/arrays.py
    if isinstance(inner, Tensor):
        return inner
    if type(x) is int or type(x) is float:
        return _core.weak(x)
    if isinstance(x, (list, tuple)) or getattr(x, "staged", None) is not None:
        return stacked(x)
    return _core.convert(x)


def axis_of(x, axis, more=0):
    """An axis of x, or of a result of so many dimensions more, as 0 .. rank - 1; NumPy's AxisError when there is none."""
    n = x.shape.rank + more
    if not -n <= axis < n:
        import numpy

        raise numpy.exceptions.AxisError(int(axis), n)
    return axis % n


def array(x):
    """As `given`, a Python number as int64 or float64: NumPy's arrays have no weak ones."""
    x = given(x)
    return _core.cast(x, x.dtype) if x.weak else x


def whole(x):
    """As `given`, of places or counts: TypeError where NumPy would not cast them to int64."""
    x = given(x)
    if not (x.dtype.is_integer or x.dtype.is_bool):
        raise TypeError(f"Cannot cast array data from dtype('{x.dtype.name}') to dtype('int64') according to the rule 'safe'")
    return x


def stacked(items):
    """A list of numbers, arrays or lists as one array of NumPy's dtype for them."""
    if getattr(items, "staged", None) is not None:
        return items.stack()
    parts = [given(item) for item in items]
    if not parts:
        return _core.convert(_empty())
    return api.stack(common(parts))


def _empty():
    import numpy

    return numpy.empty(0)


def common(parts):
    """Tensors with the dtype that NumPy gives them together."""
    dtype = common_dtype(*parts)
    return [x if x.dtype.name == dtype and not x.weak else _core.cast(x, dtype) for x in parts]


def common_dtype(*parts):
    """The name of NumPy's dtype for these tensors together; weak ones are Python's numbers."""
    import numpy

    kinds = {"int64": 0, "float64": 0.0}
    strong = [x.dtype.name for x in parts if not x.weak]
    return numpy.result_type(*strong, *[kinds[x.dtype.name] for x in parts if x.weak]).name


def floats(x):
    """As floats: integers and bools become float64."""
    x = array(x)
    return x if x.dtype.is_floating or x.dtype.is_complex else api.cast(x, "float64")


_SMALL = {
    "bool": "float16",
    "int8": "float16",
    "uint8": "float16",
    "int16": "float32",
    "uint16": "float32",
}


def ufunc_floats(x):
    """As floats of the dtype that NumPy's ufuncs compute them in; a Python number stays weak."""
    x = given(x)
    if x.dtype.is_floating or x.dtype.is_complex:
        return x
    return (
        _core.cast(x, "float64", True)
        if x.weak
        else _core.cast(x, _SMALL.get(x.dtype.name, "float64"))
    )


def all_floats(*parts):
    """Several as floats of one dtype, as NumPy chooses it."""
    parts = [given(x) for x in parts]
    dtype = common_dtype(*parts)
    dtype = dtype if "float" in dtype or "complex" in dtype else "float64"
    return [_core.cast(x, dtype) for x in parts]


def flat(x):
    """All elements in one dimension."""
    x = array(x)
    return x if x.shape.rank == 1 else api.reshape(x, (-1,))


def size(x, axis=0):
    """A dimension: an int, or a traced number where only the run knows it."""
    return arrays._size(x, axis_of(x, axis))


def count(x):
    """The number of elements."""
    n = x.shape.num_elements()
    return n if n is not None else _core.cast(api.size(x, "int64"), "int64", True)


def part(x, axis, begin, end):
    """x[..., begin:end, ...] along an axis."""
    return arrays._part(x, axis_of(x, axis), begin, end)


def places(n):
    """0 .. n - 1 as int64."""
    return api.cast(api.range(arrays._length(n)), "int64")


def to_last(x, axis):
    """x with an axis moved to the end; all of x in one dimension for None."""
    if axis is None:
        return flat(x)
    n, axis = x.shape.rank, axis_of(x, axis)
    return (
        x
        if axis == n - 1
        else api.transpose(x, [*(k for k in builtins.range(n) if k != axis), axis])
    )


def from_last(x, axis):
    """The last dimension back where it was."""
    n = x.shape.rank
    axis %= n
    return (
        x
        if axis == n - 1
        else api.transpose(x, [*builtins.range(axis), n - 1, *builtins.range(axis, n - 1)])
    )


def true(x):
    """A mask: whether elements are true, as bools."""
    x = array(x)
    return x if x.dtype.is_bool else api.not_equal(x, api.zeros((), x.dtype))


def demand(test, text):
    """ValueError, now or in the run, unless a bool is true."""
    if isinstance(test, Tensor) and test.is_symbolic:
        _op("ASSERT", [test], {"text": text})
    elif not test:
        raise ValueError(text)


class NotHere(Exception):
    """An option that no operation here has: NumPy itself may have it."""
