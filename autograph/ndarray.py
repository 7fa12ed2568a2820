"""Tensors under ndarray's names: methods of Tensor, and NumPy's functions on tensors (traced ones included)."""

from . import _core, api, numpy_functions, numpys
from .numpys import changes, dispatch, given, host, linear, pieces
from .staging import places

Tensor = _core.Tensor




def _wide(x):
    """What NumPy sums: truth and small integers as int64 or uint64."""
    name = x.dtype.name
    if name in ("uint8", "uint16", "uint32"):
        return api.cast(x, "uint64")
    return api.cast(x, "int64") if name in ("bool", "int8", "int16", "int32") else x


def _dtype(dtype):
    """NumPy's and Python's names for dtypes too."""
    if isinstance(dtype, _core.DType):
        return dtype.name
    if dtype is float or dtype == "float":
        return "float64"
    if dtype is int or dtype == "int":
        return "int64"
    if dtype is bool:
        return "bool"
    name = getattr(dtype, "__name__", None) or getattr(dtype, "name", None) or str(dtype)
    if name in _SHORT or name[:1] in "<=|":
        import numpy

        return numpy.dtype(dtype).name
    return str(name)


_SHORT = {"b", "B", "h", "H", "i", "I", "l", "L", "q", "Q", "e", "f", "d", "F", "D", "?", "single", "complex"}
_SHORT |= {kind + size for kind in "iufc" for size in ("1", "2", "4", "8", "16")} | {"b1"}


def _reshape(self, *shape, order="C", copy=None):
    """The same elements in another shape."""
    shape = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
    return pieces.in_order(self, shape, order)


def _transpose(self, *axes):
    """Permuted dimensions, reversed without arguments."""
    if not axes or axes == (None,):
        return api.transpose(self)
    return api.transpose(self, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes)


def _round(self, decimals=0, out=None):
    """Rounded to `decimals` places, halves to even."""
    if self.dtype.is_complex:
        return api.complex(_round(api.real(self), decimals), _round(api.imag(self), decimals))
    if not self.dtype.is_floating:  # whole numbers: the tens may be rounded
        return self if decimals >= 0 else _core.cast(_round(api.cast(self, "float64"), decimals), self.dtype)
    if decimals < 0:
        return api.round(self / 10.0**-decimals) * 10.0**-decimals
    return api.round(self) if decimals == 0 else api.round(self * 10.0**decimals) / 10.0**decimals


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


def _item(self, *args):
    """An element as a Python number: the only one, or that at these places."""
    if not self.is_symbolic or self.weak or _core.known(self) is not None:
        return _item_here(self, *args)
    if args:
        at = args[0] if len(args) == 1 and isinstance(args[0], tuple) else args
        x = api.reshape(self, (-1,))[at[0]] if len(at) == 1 else self[tuple(at)]
    else:
        x = api.reshape(self, ())
    if x.dtype.is_complex:
        from .staging import complexes  # not at import: what traces comes with it

        return complexes.of_input(x)
    return _core.cast(x, x.dtype.name if x.dtype.is_bool else "float64" if x.dtype.is_floating else "int64", not x.dtype.is_bool)


def _tolist(self):
    """Nested lists of Python numbers."""
    if not self.is_symbolic or self.weak or not self.shape.is_fully_defined() or _core.known(self) is not None:
        return _tolist_here(self)
    return _core.call(list, [_tolist(row) for row in self]) if self.shape.rank else _item(self)


_item_here, _tolist_here = Tensor.item, Tensor.tolist


def _diagonal(self, offset=0, axis1=0, axis2=1):
    made = linear.diagonal(self, offset, axis1, axis2)
    return _core.staged["views"]("diagonal", made, self) if made.is_symbolic else made


METHODS = {
    **numpy_functions.METHODS,
    **numpys.METHODS,
    "astype": _astype,
    "clip": lambda self, min=None, max=None, out=None: numpys.ufuncs.clip(self, min, max),
    "copy": _own(lambda self, order="C": api.identity(self)),
    "dot": lambda self, b, out=None: linear.dot(self, b),
    "flatten": _own(lambda self, order="C": pieces.in_order(api.identity(self), (-1,), order)),
    "item": _item,
    "partition": changes.refusing("partition"),
    "put": changes.refusing("put"),
    "ravel": lambda self, order="C": pieces.in_order(self, (-1,), order),
    "reshape": _reshape,
    "round": _round,
    "sort": changes.refusing("sort"),
    "squeeze": lambda self, axis=None: self if self.shape.rank == 0 and axis in (0, -1) else api.squeeze(self, axis),
    "trace": linear.trace,
    "diagonal": _diagonal,
    "tolist": _tolist,
    "transpose": _transpose,
    "view": lambda self, dtype=None: _view(self, dtype),
}


def _view(x, dtype):
    """The elements under another name; their bits as another dtype are not there."""
    if dtype is None or getattr(dtype, "__name__", "") == "ndarray" or _dtype(dtype) == x.dtype.name:
        return x
    raise TypeError(f"x.view({_dtype(dtype)}) has no counterpart here: x.astype({_dtype(dtype)}) converts the numbers{places.here()}")


def _another(x):
    """The elements of a traced array in another one, as NumPy gives them where nothing is to be done."""
    return api.identity(x) if isinstance(x, Tensor) and x.is_symbolic and x.shape.rank != 0 else x


def _filling(name, fn):
    """A method whose result goes into `out` where that is given."""

    def method(self, *args, **kwargs):
        plain = "out" not in kwargs and not any(isinstance(v, Tensor) for v in (*args, *kwargs.values()))
        made = fn(self, *args, **kwargs) if plain else dispatch.apply(fn, (self, *args), kwargs, f"x.{name}()")
        return _another(made) if made is self and name in ("clip", "round") else made

    method.__doc__ = fn.__doc__
    return method


METHODS = {name: _filling(name, method) for name, method in METHODS.items()}

for _name, _method in METHODS.items():
    _method.__name__ = _name
    _method.__qualname__ = f"Tensor.{_name}"
    setattr(Tensor, _name, _method)
def _copied(self, memo=None):
    """copy.copy(x) and copy.deepcopy(x): of a traced array another one; what has its elements never changes."""
    return METHODS["copy"](self) if self.is_symbolic and self.alts is None and self.shape.rank else self


Tensor.__copy__ = Tensor.__deepcopy__ = _copied
Tensor.T = property(api.transpose, doc="The dimensions reversed.")
Tensor.flat = property(lambda self: api.reshape(self, (-1,)), doc="The elements in one dimension.")
Tensor.itemsize = property(lambda self: self.dtype.size, doc="The bytes of an element.")
Tensor.nbytes = property(lambda self: given.count(self) * self.dtype.size, doc="The bytes of all elements.")


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
    if out is not None:
        filled = next((x for x in out if type(x).__name__ == "ndarray"), None)
        if filled is not None and any(isinstance(x, Tensor) and x.is_symbolic for x in inputs):
            from .staging import outside

            outside.about_to_fill(filled, ufunc.__name__)
        if not all(isinstance(x, Tensor) for x in out):
            return NotImplemented  # the array's own method puts the result in
        changes.target(out[0], f"np.{ufunc.__name__} with out=")
    if method == "at":
        return changes.at(ufunc.__name__, *inputs)
    where = kwargs.pop("where", True)
    dtype = kwargs.pop("dtype", None)
    kwargs = {k: v for k, v in kwargs.items() if not (k in ("casting", "order", "subok") or v is None and k != "axis")}
    inputs = inputs if dtype is None or method != "__call__" else [_core.cast(given.given(x), _dtype(dtype)) for x in inputs]
    if dtype is not None and method != "__call__":
        kwargs["dtype"] = dtype
    if where is not True and method == "reduce":
        kwargs["where"] = where
    made = _ufunc(ufunc.__name__, method, inputs, kwargs) if where is True or method == "reduce" else NotImplemented
    if made is not NotImplemented:
        return _another(made) if any(made is x for x in inputs) else made
    call = ufunc if method == "__call__" else getattr(ufunc, method)
    if where is True:
        return host.call(call, inputs, kwargs, f"np.{ufunc.__name__}" + (f".{method}" if method != "__call__" else ""))
    raise TypeError(
        f"np.{ufunc.__name__} with where= leaves some elements as they were: write np.where(condition, np.{ufunc.__name__}(...), "
        f"other){places.here()}"
    )


def _refuse_traced(name, args):
    """NumPy has no values of a traced tensor to work on."""
    found = []
    host._taken(list(args), found)
    if any(x.is_symbolic for x in found):
        raise TypeError(
            f"{name} has no counterpart among the operations here, and NumPy cannot look at a traced tensor: write it with other "
            f"operations, or let the run call NumPy by ag.numpy_function(lambda x: ..., [x], dtype){places.here()}"
        )


def _ufunc(name, method, inputs, kwargs):
    if method == "reduce":
        if name in numpy_functions.REDUCERS:
            return METHODS[numpy_functions.REDUCERS[name]](given.array(inputs[0]), **{"axis": 0, **kwargs})
        found = numpys.ufuncs.reduced(name, inputs[0], **{"axis": 0, **kwargs}) if not kwargs.keys() - {"axis", "keepdims"} else None
        return NotImplemented if found is None else found
    if method == "accumulate":
        found = numpys.ufuncs.accumulate(name, *inputs, **kwargs)
        return NotImplemented if found is None else found
    if method == "outer" and not kwargs and len(inputs) == 2:
        a, b = given.common([given.array(x) for x in inputs])
        return _ufunc(name, "__call__", (a[(..., *(None,) * b.shape.rank)], b), {})
    if method != "__call__":
        return NotImplemented
    if name == "conjugate" and isinstance(inputs[0], Tensor) and inputs[0].dtype.is_complex is False:
        return _another(inputs[0])
    if name in numpys.ufuncs.UFUNCS:
        return numpys.ufuncs.UFUNCS[name](*inputs, **kwargs)
    if kwargs:
        return NotImplemented
    if name in numpy_functions.UFUNCS:
        return numpy_functions.UFUNCS[name](*inputs)
    if name == "matmul":
        return product(*inputs)
    inputs = [given.given(x) if isinstance(x, (list, tuple)) else x for x in inputs]
    if name in ("logical_and", "logical_or", "logical_xor"):
        inputs = [given.true(x) for x in inputs]
    if name in _UFUNCS:
        if name == "arctan2":
            inputs = numpy_functions._floats(*inputs)
        return _core.binary(_UFUNCS[name], *inputs)
    x = inputs[0]
    if name in _UNARY_UFUNCS:
        if name == "logical_not":
            x = given.true(x)
        if name == "fabs":
            x = given.ufunc_floats(x)
        if name in ("isnan", "isinf", "isfinite") and not (x.dtype.is_floating or x.dtype.is_complex):
            return api.zeros_like(x, "bool") if name != "isfinite" else api.ones_like(x, "bool")
        if name == "rint" and x.dtype.is_complex:
            return _round(x)
        if name in ("floor", "ceil", "trunc", "rint") and not x.dtype.is_floating and not x.dtype.is_complex:
            return x if name != "rint" else given.ufunc_floats(x)
        return _core.unary(_UNARY_UFUNCS[name], x)
    if name in _FLOAT_UFUNCS:
        return _core.unary(_FLOAT_UFUNCS[name], given.ufunc_floats(x))
    return 1 / x if name == "reciprocal" and not x.dtype.is_integer else NotImplemented


def _numpy_function(name):
    """numpy.name for tensors, or None."""
    found = numpys.FUNCTIONS.get(name)
    if found is not None:
        return found
    if name in METHODS and "." not in name:
        method = METHODS[name]
        return lambda a, *args, **kwargs: method(given.array(a), *args, **kwargs)
    if name in numpy_functions.FUNCTIONS:
        return numpy_functions.FUNCTIONS[name]
    return {
        "around": METHODS["round"], "stack": lambda xs, axis=0: api.stack(given.common([given.array(x) for x in xs]), axis),
        "zeros_like": api.zeros_like, "ones_like": api.ones_like, "broadcast_to": api.broadcast_to, "matmul": product,
        "shape": lambda a: _sizes(given.array(a)), "ndim": lambda a: given.array(a).shape.rank,
    }.get(name)  # fmt: skip


def _sizes(a):
    from .staging import sizes

    return sizes.sizes(a, a.shape)


def _array_function(self, func, types, args, kwargs):
    """numpy.sum(tensor), numpy.concatenate([tensor, ...]) and their like."""
    made = dispatch.call(_numpy_function, func, args, kwargs)
    if made is NotImplemented:
        _refuse_traced(f"{func.__module__}.{func.__name__}", args)
        return NotImplemented
    if args and isinstance(args[0], Tensor) and args[0].is_symbolic:
        made = _core.staged["views"](func.__name__, made, *args, **kwargs)
    return _own(lambda self: made)(self) if func.__name__ == "sort" and isinstance(made, Tensor) else made


def _repr_html(self):
    """The tensor as a table, for notebooks."""
    from . import notebook

    return notebook.tensor(self)


Tensor._repr_html_ = _repr_html
Tensor.__array_ufunc__ = _array_ufunc
Tensor.__array_function__ = _array_function


def _set_shape(self, shape):
    """ValueError when the tensor has another shape; what only the run can tell is compared in the run."""
    from . import arrays

    arrays.check_shape(self, shape, "set_shape")


Tensor.set_shape = _set_shape
