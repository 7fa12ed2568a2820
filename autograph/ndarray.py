"""Tensors under ndarray's names: methods of Tensor, and NumPy's functions on tensors (traced ones included)."""

from . import _core, api, numpy_functions
from .staging import places

Tensor = _core.Tensor




def _reduction(fn, doc):
    def method(self, axis=None, dtype=None, out=None, keepdims=False):
        x = self if dtype is None else api.cast(self, _dtype(dtype))
        if fn in (api.reduce_all, api.reduce_any) and x.dtype.name != "bool":
            x = api.not_equal(x, 0)
        if fn in (api.reduce_sum, api.reduce_prod) and dtype is None:
            x = _wide(x)
        return fn(x, axis, keepdims)

    method.__doc__ = doc
    return method


def _wide(x):
    """What NumPy sums: truth and small integers as int64 or uint64."""
    name = x.dtype.name
    if name in ("uint8", "uint16", "uint32"):
        return api.cast(x, "uint64")
    return api.cast(x, "int64") if name in ("bool", "int8", "int16", "int32") else x


def _dtype(dtype):
    """NumPy's and Python's names for dtypes too."""
    if dtype is float:
        return "float64"
    if dtype is int:
        return "int64"
    if dtype is bool:
        return "bool"
    name = getattr(dtype, "__name__", None) or getattr(dtype, "name", None) or dtype
    return str(name)


def _mean(self, axis=None, dtype=None, out=None, keepdims=False):
    """The mean; integers have a float64 one, as in NumPy."""
    x = self if "float" in self.dtype.name else api.cast(self, "float64")
    return api.reduce_mean(x if dtype is None else api.cast(x, _dtype(dtype)), axis, keepdims)


def _var(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    """The variance over `axis`, divided by n - ddof."""
    x = self if "float" in self.dtype.name else api.cast(self, "float64")
    centred = x - api.reduce_mean(x, axis, True)
    square = centred * centred
    if ddof == 0:
        return api.reduce_mean(square, axis, keepdims)
    total = api.reduce_sum(square, axis, keepdims)
    count = api.reduce_sum(api.ones_like(square), axis, keepdims)
    return total / (count - ddof)


def _std(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    """The standard deviation: the square root of `var`."""
    return api.sqrt(_var(self, axis, dtype, out, ddof, keepdims))


def _reshape(self, *shape, order="C"):
    """The same elements in another shape."""
    return api.reshape(self, shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape)


def _transpose(self, *axes):
    """Permuted dimensions, reversed without arguments."""
    if not axes or axes == (None,):
        return api.transpose(self)
    return api.transpose(self, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes)


def _argument(fn):
    def method(self, axis=None, out=None):
        if axis is None:
            return fn(api.reshape(self, (-1,)), 0)
        return fn(self, axis)

    return method


def _clip(self, min=None, max=None, out=None):
    """Values outside [min, max] become the nearer bound."""
    x = self if min is None else api.maximum(self, min)
    return x if max is None else api.minimum(x, max)


def _round(self, decimals=0, out=None):
    """Rounded to `decimals` places, halves to even."""
    if "float" not in self.dtype.name:
        return self
    return api.round(self) if decimals == 0 else api.round(self * 10.0**decimals) / 10.0**decimals


def _cumsum(self, axis=None, dtype=None, out=None):
    """Running sums along `axis`, of all elements without it."""
    x = _wide(self) if dtype is None else api.cast(self, _dtype(dtype))
    return api.cumsum(api.reshape(x, (-1,)), 0) if axis is None else api.cumsum(x, axis)


def _dot(self, other):
    """NumPy's dot: the inner product of vectors, the matrix product otherwise."""
    other = api.convert_to_tensor(other)
    if self.shape.rank == 1 and other.shape.rank == 1:
        return api.reduce_sum(self * other)
    if self.shape.rank == 0 or other.shape.rank == 0:
        return self * other
    return self @ other


def product(a, b):
    """NumPy's a @ b: a vector is a row on the left and a column on the right, and that dimension is not in the result."""
    a, b = api._strong(a), api._strong(b)
    row, column = a.shape.rank == 1, b.shape.rank == 1
    if a.shape.rank != 0 and b.shape.rank != 0:
        a, b = api.expand_dims(a, 0) if row else a, api.expand_dims(b, 1) if column else b
    made = api.matmul(a, b)
    return api.squeeze(made, tuple([-2] * row + [-1] * column)) if row or column else made


_core.staged["product"] = product


def _own(make):
    """A method that gives a new array: in a trace an Array, which all its names see change, as of np.array(x)."""

    def method(self, *args, **kwargs):
        made = make(self, *args, **kwargs)
        if made is self or not made.is_symbolic or not made.shape.rank:
            return made
        return _core.staged["own_array"](made)

    method.__doc__ = make.__doc__
    return method


@_own
def _astype(self, dtype, copy=True):
    """The elements in another dtype; a copy where that is the same one."""
    made = api.cast(self, _dtype(dtype))
    return api.identity(self) if copy and made is self else made


METHODS = {
    "all": _reduction(api.reduce_all, "Whether all elements are true."),
    "any": _reduction(api.reduce_any, "Whether any element is true."),
    "argmax": _argument(api.argmax),
    "argmin": _argument(api.argmin),
    "astype": _astype,
    "clip": _clip,
    "copy": _own(lambda self, order="C": api.identity(self)),
    "cumsum": _cumsum,
    "dot": _dot,
    "fill": None,
    "flatten": _own(lambda self, order="C": api.reshape(api.identity(self), (-1,))),
    "max": _reduction(api.reduce_max, "The largest element."),
    "mean": _mean,
    "min": _reduction(api.reduce_min, "The smallest element."),
    "prod": _reduction(api.reduce_prod, "The product of the elements."),
    "ravel": lambda self, order="C": api.reshape(self, (-1,)),
    "reshape": _reshape,
    "round": _round,
    "squeeze": lambda self, axis=None: api.squeeze(self, axis),
    "std": _std,
    "sum": _reduction(api.reduce_sum, "The sum of the elements."),
    "transpose": _transpose,
    "var": _var,
}
del METHODS["fill"]  # arrays are values here: nothing changes one in place

METHODS.update(numpy_functions.METHODS)
for _name, _method in METHODS.items():
    _method.__name__ = _name
    _method.__qualname__ = f"Tensor.{_name}"
    setattr(Tensor, _name, _method)
Tensor.T = property(api.transpose, doc="The dimensions reversed.")


def _array_namespace(self, /, *, api_version=None):
    """The namespace of the array API standard (autograph/array_api)."""
    from . import array_api

    if api_version not in (None, "2021.12", "2022.12", "2023.12"):
        raise ValueError(f"the array API standard {api_version!r}: this is {array_api.__array_api_version__}")
    return array_api


def _to_device(self, device, /, *, stream=None):
    """The tensor itself: there is one device."""
    if str(device).upper() not in ("CPU", "/DEVICE:CPU:0", "/CPU:0", "CPU:0"):
        raise ValueError(f"there is no device {device!r}: tensors lie on /device:CPU:0")
    return self


def _matrix_transpose(self):
    """The last two dimensions swapped."""
    from .array_api import matrix_transpose

    return matrix_transpose(self)


Tensor.__array_namespace__ = _array_namespace
Tensor.to_device = _to_device
Tensor.mT = property(_matrix_transpose, doc=_matrix_transpose.__doc__)

_UFUNCS = {
    "add": "ADD", "subtract": "SUB", "multiply": "MUL", "divide": "DIV", "true_divide": "DIV", "floor_divide": "FLOORDIV",
    "remainder": "MOD", "mod": "MOD", "power": "POW", "maximum": "MAXIMUM", "minimum": "MINIMUM", "arctan2": "ATAN2",
    "equal": "EQ", "not_equal": "NE", "less": "LT", "less_equal": "LE", "greater": "GT", "greater_equal": "GE",
    "logical_and": "AND", "logical_or": "OR", "logical_xor": "XOR", "bitwise_and": "BITAND", "bitwise_or": "BITOR",
    "bitwise_xor": "BITXOR", "left_shift": "SHL", "right_shift": "SHR",
}  # fmt: skip
_UNARY_UFUNCS = {
    "negative": "NEG", "absolute": "ABS", "fabs": "ABS", "sign": "SIGN", "square": "SQUARE", "invert": "INVERT", "floor": "FLOOR",
    "ceil": "CEIL", "trunc": "TRUNC", "rint": "ROUND", "isnan": "ISNAN", "isinf": "ISINF", "isfinite": "ISFINITE", "logical_not": "NOT",
}  # fmt: skip
_FLOAT_UFUNCS = {
    "sqrt": "SQRT", "exp": "EXP", "expm1": "EXPM1", "log": "LOG", "log1p": "LOG1P", "sin": "SIN", "cos": "COS", "tan": "TAN",
    "arcsin": "ASIN", "arccos": "ACOS", "arctan": "ATAN", "sinh": "SINH", "cosh": "COSH", "tanh": "TANH",
}  # fmt: skip


def _array_ufunc(self, ufunc, method, *inputs, out=None, **kwargs):
    """numpy.sin(tensor) and its like: the op of that name."""
    made = _ufunc(ufunc.__name__, method, inputs, out, kwargs)
    if made is NotImplemented:
        _refuse_traced(f"numpy.{ufunc.__name__}" + (f".{method}" if method != "__call__" else ""), inputs)
    return made


def _refuse_traced(name, args):
    """NumPy has no values of a traced tensor to work on."""
    if any(isinstance(x, _core.Tensor) and x.is_symbolic for x in args):
        raise TypeError(
            f"{name} has no counterpart among the operations here, and NumPy cannot look at a traced tensor: write it with other "
            f"operations, or call it outside of the compiled function{places.here()}"
        )


def _ufunc(name, method, inputs, out, kwargs):
    if method == "reduce" and name in numpy_functions.REDUCERS and out is None:
        kwargs = {k: v for k, v in kwargs.items() if v is not None or k == "axis"}
        return METHODS[numpy_functions.REDUCERS[name]](inputs[0], **{"axis": 0, **kwargs})
    if method == "outer" and out is None and not kwargs and len(inputs) == 2:
        a, b = (api.convert_to_tensor(x) for x in inputs)
        return _ufunc(name, "__call__", (a[(..., *(None,) * b.shape.rank)], b), None, {})
    if method == "__call__" and name in numpy_functions.UFUNCS and out is None and not kwargs:
        return numpy_functions.UFUNCS[name](*inputs)
    if method != "__call__" or out is not None or kwargs:
        return NotImplemented
    if name == "matmul":
        return product(*inputs)
    if name in _UFUNCS:
        return _core.binary(_UFUNCS[name], *inputs)
    x = inputs[0]
    if name in _UNARY_UFUNCS:
        if name == "logical_not" and x.dtype.name != "bool":
            x = api.not_equal(x, 0)
        if name in ("floor", "ceil", "trunc", "rint") and "float" not in x.dtype.name:
            return x
        return _core.unary(_UNARY_UFUNCS[name], x)
    if name in _FLOAT_UFUNCS:
        if "float" not in x.dtype.name:
            x = _core.cast(x, "float64", x.weak)
        return _core.unary(_FLOAT_UFUNCS[name], x)
    if name == "reciprocal":
        return 1 / x
    return NotImplemented


def _numpy_function(name):
    """numpy.name for tensors, or None."""
    if name in METHODS:
        method = METHODS[name]
        return lambda a, *args, **kwargs: method(api.convert_to_tensor(a), *args, **kwargs)
    if name in numpy_functions.FUNCTIONS:
        return numpy_functions.FUNCTIONS[name]
    return {
        "amax": METHODS["max"], "amin": METHODS["min"], "concatenate": lambda xs, axis=0: api.concat(list(xs), axis),
        "stack": lambda xs, axis=0: api.stack(list(xs), axis), "zeros_like": api.zeros_like,
        "ones_like": api.ones_like, "expand_dims": api.expand_dims, "broadcast_to": api.broadcast_to,
        "matmul": api.matmul, "dot": lambda a, b: _dot(api.convert_to_tensor(a), b),
        "shape": lambda a: tuple(a.shape), "ndim": lambda a: a.shape.rank,
    }.get(name)  # fmt: skip


def _array_function(self, func, types, args, kwargs):
    """numpy.sum(tensor), numpy.concatenate([tensor, ...]) and their like."""
    fn = _numpy_function(func.__name__)
    if fn is not None:
        return (_own(fn) if func.__name__ == "sort" else fn)(*args, **kwargs)
    _refuse_traced(f"{func.__module__}.{func.__name__}", args)
    return NotImplemented


def _repr_html(self):
    """The tensor as a table, for notebooks."""
    from . import notebook

    return notebook.tensor(self)


Tensor._repr_html_ = _repr_html
Tensor.__array_ufunc__ = _array_ufunc
Tensor.__array_function__ = _array_function
