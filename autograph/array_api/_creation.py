"""Arrays from numbers, shapes and other arrays."""

import builtins

from .. import _core, api, arrays
from .. import numpy_functions as _np
from . import _dtypes
from ._dtypes import tensor

__all__ = [
    "arange",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "full",
    "full_like",
    "linspace",
    "meshgrid",
    "ones",
    "ones_like",
    "tril",
    "triu",
    "zeros",
    "zeros_like",
]


def _default(*values):
    """The default dtype for Python numbers."""
    kinds = [_dtypes._NUMBERS.get(type(v)) for v in values]
    for dtype in (_dtypes.complex128, _dtypes.float64, _dtypes.int64):
        if dtype in kinds:
            return dtype
    return next(filter(None, kinds), _dtypes.float64)


def asarray(obj, /, *, dtype=None, device=None, copy=None):
    """A tensor of a number, nested sequence, buffer or array. Numbers take the default dtypes unless `dtype` is given."""
    if isinstance(obj, _core.Tensor):
        return tensor(obj) if dtype is None else _dtypes._cast(tensor(obj), _core.as_dtype(dtype))
    if dtype is None and isinstance(obj, (list, tuple)):
        leaves = list(_leaves(obj))
        if not leaves or all(type(x) in _dtypes._NUMBERS for x in leaves):
            dtype = _default(*leaves)
        else:  # tensors among them
            parts = [tensor(x) for x in leaves]
            dtype = _dtypes._promoted("asarray", [p.dtype for p in parts])
    return tensor(obj, dtype)


def _leaves(x):
    for item in x:
        if isinstance(item, (list, tuple)):
            yield from _leaves(item)
        else:
            yield item


def from_dlpack(x, /, *, device=None, copy=None):
    """The elements of another library's array, shared where they lie in main memory."""
    return tensor(_core.convert(x))


def _dims(shape):
    return (shape,) if isinstance(shape, int) else tuple(shape)


def full(shape, fill_value, *, dtype=None, device=None):
    """An array of one value."""
    dtype = _default(fill_value) if dtype is None else _core.as_dtype(dtype)
    return api.fill(_dims(shape), tensor(fill_value, dtype))


def full_like(x, /, fill_value, *, dtype=None, device=None):
    """An array of one value, shaped as x."""
    x = tensor(x)
    dtype = x.dtype if dtype is None else _core.as_dtype(dtype)
    return api.fill(api._shape_of(x), tensor(fill_value, dtype))


def zeros(shape, *, dtype=None, device=None):
    """An array of zeros, float64 unless `dtype` is given."""
    return api.zeros(_dims(shape), dtype or "float64")


def ones(shape, *, dtype=None, device=None):
    """An array of ones, float64 unless `dtype` is given."""
    return api.ones(_dims(shape), dtype or "float64")


empty = zeros


def zeros_like(x, /, *, dtype=None, device=None):
    """Zeros, shaped as x."""
    return full_like(x, 0, dtype=dtype)


def ones_like(x, /, *, dtype=None, device=None):
    """Ones, shaped as x."""
    return full_like(x, 1, dtype=dtype)


empty_like = zeros_like


def arange(start, /, stop=None, step=1, *, dtype=None, device=None):
    """start, start + step, … before stop; with one argument from 0."""
    if stop is None:
        start, stop = 0, start
    dtype = _default(start, stop, step) if dtype is None else _core.as_dtype(dtype)
    if dtype.is_integer and all(isinstance(v, int) for v in (start, stop, step)):
        return api.cast(api.range(start, stop, step, dtype="int64"), dtype)
    length = builtins.max(0, -((start - stop) // step)) if step else 0
    steps = api.cast(api.range(int(length), dtype="int64"), "float64")
    return api.cast(steps * float(step) + float(start), dtype)


def linspace(start, stop, /, num, *, dtype=None, device=None, endpoint=True):
    """`num` numbers from start to stop, which is the last one unless endpoint is False."""
    dtype = _core.as_dtype(dtype or (_default(start, stop, 1.0)))
    if num < 0:
        raise ValueError(f"linspace: {num} numbers")
    wide = "complex128" if dtype.is_complex else "float64"
    parts = num - 1 if endpoint else num
    steps = api.cast(api.range(num, dtype="int64"), wide)
    first, last = (tensor(v, wide) for v in (start, stop))
    line = first + steps * ((last - first) / builtins.max(parts, 1))
    if endpoint and num > 1:  # the last one exactly
        line = api.concat([line[:-1], api.reshape(last, (1,))], 0)
    return api.cast(line, dtype)


def eye(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None):
    """Ones on the k-th diagonal."""
    columns = n_rows if n_cols is None else n_cols
    rows = api.range(n_rows, dtype="int64")[:, None] + k
    return api.cast(api.equal(rows, api.range(columns, dtype="int64")[None, :]), dtype or "float64")


def tril(x, /, *, k=0):
    """The k-th diagonal and what is below it; zeros elsewhere."""
    return _np.FUNCTIONS["tril"](tensor(x), k)


def triu(x, /, *, k=0):
    """The k-th diagonal and what is above it; zeros elsewhere."""
    return _np.FUNCTIONS["triu"](tensor(x), k)


def meshgrid(*vectors, indexing="xy"):
    """The vectors as arrays that vary along one dimension each; 'xy' swaps the first two dimensions."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing is 'xy' or 'ij', not {indexing!r}")
    if not vectors:
        return []
    vectors = [tensor(v) for v in vectors]
    swap = indexing == "xy" and len(vectors) > 1
    return list(arrays.meshgrid(*vectors, indexing="xy" if swap else "ij"))
