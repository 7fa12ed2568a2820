"""The functions of the package under TensorFlow's names: thin forms of the op table."""

import builtins
import operator

from . import _core, scalars

_op, _binary, _unary, _cast, _fit = _core.op, _core.binary, _core.unary, _core.cast, _core.fit
Tensor = _core.Tensor


# ---- making tensors ------------------------------------------------------------------------------------


def constant(value, dtype=None, shape=None, name="Const"):
    """A tensor with this value. Python ints are int32, floats float32, unless `dtype` says otherwise; `shape` fills or
    reshapes."""
    made = _core.constant(value, dtype, shape, name)
    if name.startswith("const") and made.is_symbolic:  # what only constants of Python are called by themselves
        _core.current_graph().extra.setdefault("tensor_bools", {})[made._value] = made
    return made


def convert_to_tensor(value, dtype=None, dtype_hint=None, name=None):
    """A tensor from a number, nested list, array or variable; of `dtype_hint` where it can have that dtype."""
    if dtype is None and dtype_hint is not None:
        try:
            return _core.convert(value, dtype_hint, name)
        except (TypeError, ValueError, OverflowError):
            pass
    return _core.convert(value, dtype, name)


def is_tensor(x):
    """Whether x is a Tensor or a Variable."""
    return isinstance(x, (Tensor, _core.Variable, scalars.Int, scalars.Float))


def cast(x, dtype, name=None):
    """x with another dtype: floats are truncated towards zero on the way to integers."""
    return _cast(x, dtype)


def identity(input, name=None):
    """A tensor with the same value."""
    return _op("IDENTITY", [_strong(input)])


def stop_gradient(input, name=None):
    """The same value, which no gradient goes through."""
    return _op("IDENTITY", [_strong(input)])


def cast_number(value, dtype):
    """A value for a place of this dtype: Python's numbers and lists take it, tensors must have it."""
    x = value if isinstance(value, Tensor) else _core.convert(value, None if hasattr(value, "dtype") else dtype)
    return _core.convert(x, dtype) if x.weak else x


def _strong(x):
    return x if isinstance(x, Tensor) else _core.convert(x)


def _dims(shape):
    """Static dims as a tuple of ints, or None when some are traced."""
    if isinstance(shape, Tensor):
        return None
    dims = (shape,) if isinstance(shape, int) else tuple(shape)
    return None if builtins.any(isinstance(d, Tensor) and d.is_symbolic for d in dims) else tuple(operator.index(d) for d in dims)


def axis_of(x, axis, what, more=0):
    """An axis of x as 0 .. rank - 1, or of a result of so many dimensions more: ValueError when there is none."""
    n = x.shape.rank
    if n is None:
        raise ValueError(f"{what}: the number of dimensions must be known while tracing")
    axis = operator.index(axis)
    if not -n - more <= axis < n + more:
        raise ValueError(f"{what}: axis {axis} is out of range for a {'result' if more else 'tensor'} of rank {n + more}, shape {x.shape}")
    return axis % (n + more)


def _ints(dims):
    """Dims as a tuple of ints: where the operation needs the numbers themselves, traced ones are pinned."""
    return (int(dims),) if isinstance(dims, int) else tuple(operator.index(d) for d in dims)


def fill(dims, value, name=None):
    """A tensor of shape `dims` filled with a scalar."""
    value = _strong(value)
    static = _dims(dims)
    if static is not None:
        return _op("FILL", [value], {"shape": static})
    return _op("FILL_TO", [value, _shape_vector(dims)])


def _shape_vector(dims):
    if isinstance(dims, Tensor):
        sizes = _cast(_size(dims), "int64")
        return _op("STACK", [sizes], {"axis": 0}) if sizes.shape.rank == 0 else sizes
    static = _dims(dims)
    if static is not None:
        return _core.constant(list(static), "int64", None, None)
    return _op("STACK", [_cast(_size(d), "int64") for d in dims], {"axis": 0})


def _size(d):
    if isinstance(d, float):
        return operator.index(d)  # raises
    if isinstance(d, Tensor) and not d.dtype.is_integer:
        raise TypeError(f"the sizes of a shape are integers, not {d.dtype.name}: round it and cast it, tf.cast(n, tf.int32)")
    return d


def zeros(shape, dtype="float32", name=None):
    """A tensor of zeros; of empty strings."""
    return fill(shape, _zero(dtype))


def _zero(dtype):
    return _core.convert("") if _core.as_dtype(dtype).name == "string" else _cast(_core.convert(0), dtype)


def ones(shape, dtype="float32", name=None):
    """A tensor of ones."""
    return fill(shape, _cast(_core.convert(1), dtype))


def zeros_like(input, dtype=None, name=None):
    """Zeros of the shape (and dtype) of another tensor."""
    x = _strong(input)
    return fill(_shape_of(x), _zero(dtype or x.dtype))


def ones_like(input, dtype=None, name=None):
    """Ones of the shape (and dtype) of another tensor."""
    x = _strong(input)
    return fill(_shape_of(x), _cast(_core.convert(1), dtype or x.dtype))


def _shape_of(x):
    s = x.shape
    return tuple(s) if s.is_fully_defined() else _op("SHAPE", [x], {"dtype": "int64"})


def range(start, limit=None, delta=1, dtype=None, name="range"):
    """The numbers start, start + delta, ... below limit, as a 1-d tensor."""
    if limit is None:
        start, limit = 0, start
    parts = [start, limit, delta]
    if dtype is None:
        strong = [p for p in parts if isinstance(p, Tensor) and not p.weak]
        if strong:
            dtype = strong[0].dtype
        else:
            floats = builtins.any(isinstance(p, float) or (isinstance(p, Tensor) and "float" in p.dtype.name) for p in parts)
            dtype = "float32" if floats else "int32"
            known = [p if isinstance(p, int) else _core.known(p) for p in parts if not isinstance(p, float)]
            if not floats and not builtins.all(n is None or -(2**31) <= n < 2**31 for n in known):
                dtype = "int64"  # as constant() does
    return _op("RANGE", [_fit(p, dtype, "range") for p in parts])


# ---- shapes --------------------------------------------------------------------------------------------


def shape(input, out_type="int32", name=None):
    """The shape as a 1-d integer tensor."""
    return _op("SHAPE", [_strong(input)], {"dtype": out_type})


def rank(input, name=None):
    """The number of dimensions, as an int32 scalar."""
    x = _strong(input)
    if x.shape.rank is None:  # the run knows it
        return _op("SHAPE", [_op("SHAPE", [x], {"dtype": "int32"})], {"dtype": "int32"})[0]
    return _core.constant(x.shape.rank, "int32", None, None)


def size(input, out_type="int32", name=None):
    """The number of elements, as a scalar."""
    return reduce_prod(_op("SHAPE", [_strong(input)], {"dtype": out_type}))


def reshape(tensor, shape, name=None):
    """The same elements in another shape; one dimension may be -1."""
    static = _dims(shape)
    if static is not None:
        return _op("RESHAPE", [_strong(tensor)], {"shape": static})
    return _op("RESHAPE_TO", [_strong(tensor), _shape_vector(shape)])


def transpose(a, perm=None, conjugate=False, name=None):
    """Permuted dimensions; reversed when `perm` is not given. conjugate: of the complex conjugate."""
    a = conj(a) if conjugate else _strong(a)
    n = a.shape.rank
    perm = tuple(builtins.reversed(builtins.range(n))) if perm is None else tuple(axis_of(a, p, "transpose") for p in perm)
    return _op("TRANSPOSE", [a], {"perm": perm})


def expand_dims(input, axis, name=None):
    """A dimension of 1 inserted at `axis`."""
    x = _strong(input)
    n = x.shape.rank + 1
    if not -n <= axis < n:
        raise ValueError(f"expand_dims: axis {axis} is out of range for a result of rank {n}")
    index = [builtins.slice(None)] * (n - 1)
    index.insert(axis % n, None)
    return x[tuple(index)]


def squeeze(input, axis=None, name=None):
    """Dimensions of 1 removed: all of them (also for an empty list), or those in `axis`."""
    x = _strong(input)
    dims = tuple(x.shape)
    if axis is None or isinstance(axis, list) and not axis:
        drop = {i for i, d in enumerate(dims) if d == 1}
    else:
        drop = {axis_of(x, a, "squeeze") for a in ([axis] if isinstance(axis, int) else axis)}
        for a in drop:
            if dims[a] not in (1, None):
                raise ValueError(f"squeeze: axis {a} has size {dims[a]}, not 1")
    return x[tuple(0 if i in drop else builtins.slice(None) for i in builtins.range(len(dims)))]


def broadcast_to(input, shape, name=None):
    """Repeated along dimensions of 1, as in arithmetic."""
    return _op("BROADCAST", [_strong(input)], {"shape": _ints(shape)})


def concat(values, axis, name="concat"):
    """Tensors joined along an existing dimension."""
    if getattr(values, "staged", None) is not None:  # a list that grew in a traced loop
        return values.concat(axis)
    if isinstance(values, Tensor):  # one, not its rows
        values = [values]
    values = _same([_strong(v) for v in values], "concat")
    if not values:
        raise ValueError("concat: an empty list has no dtype and no shape")
    return _op("CONCAT", values, {"axis": axis_of(values[0], axis, "concat")})


def stack(values, axis=0, name="stack"):
    """Tensors of one shape joined along a new dimension."""
    if getattr(values, "staged", None) is not None:  # a list that grew in a traced loop
        return values.stack()
    values = list(values)
    if not values:
        raise ValueError("stack: an empty list has no dtype and no shape")
    if builtins.all(type(v) in (int, float) for v in values):  # a list of numbers has one dtype
        return _op("IDENTITY", [_core.convert(values)])
    values = _same([_core.weak(v) if type(v) in (int, float) else _strong(v) for v in values], "stack")
    return _op("STACK", values, {"axis": axis_of(values[0], axis, "stack", 1)})


def _same(values, what):
    strong = [v for v in values if not v.weak]
    if not strong or len(strong) == len(values):
        return values
    return [cast_number(v, strong[0].dtype) for v in values]


def unstack(value, num=None, axis=0, name="unstack"):
    """The list of slices along a dimension of static size."""
    x = _strong(value)
    axis = axis_of(x, axis, "unstack")
    num = x.shape[axis] if num is None else num
    if num is None:
        raise ValueError("unstack: the size of the dimension is unknown while tracing; give `num`")
    out = _op("UNSTACK", [x], {"axis": axis, "num": num}, num)
    return list(out) if isinstance(out, tuple) else [out] if num else []


def gather(params, indices, validate_indices=None, axis=0, batch_dims=0, name=None):
    """Slices of `params` along `axis` at `indices`; negative ones count from the end; out of range is an error."""
    params = _strong(params)
    return _op("GATHER", [params, _strong(indices)], {"axis": axis_of(params, axis, "gather")})


def tile(input, multiples, name=None):
    """The tensor repeated `multiples[i]` times along dimension i."""
    return _op("TILE", [_strong(input)], {"multiples": _ints(multiples)})


def reverse(tensor, axis, name=None):
    """The order of the elements reversed along the dimensions in `axis`."""
    x = _strong(tensor)
    return _op("REVERSE", [x], {"axis": tuple(axis_of(x, a, "reverse") for a in axis)})


def pad(tensor, paddings, mode="CONSTANT", constant_values=0, name=None):
    """Padded: `paddings` has a (before, after) pair for each dimension. mode "CONSTANT": with `constant_values`;
    "REFLECT": with what stands behind the edges; "SYMMETRIC": with the edges and what stands behind them."""
    x = _strong(tensor)
    flat = tuple(int(p) for pair in paddings for p in pair)
    if mode.upper() in ("REFLECT", "SYMMETRIC"):
        return _mirrored(x, flat, int(mode.upper() == "REFLECT"))
    if mode.upper() != "CONSTANT":
        raise ValueError(f"pad: mode is 'CONSTANT', 'REFLECT' or 'SYMMETRIC', not {mode!r}")
    nothing = isinstance(constant_values, int) and constant_values == 0  # of any dtype: 0, False, ""
    return _op("PAD", [x, _zero(x.dtype) if nothing else cast_number(constant_values, x.dtype)], {"paddings": flat})


def _mirrored(x, paddings, without_edge):
    if len(paddings) != 2 * x.shape.rank:
        raise ValueError(f"pad: {len(paddings) // 2} pairs of paddings for a tensor of rank {x.shape.rank}, shape {x.shape}")
    for axis in builtins.range(x.shape.rank):
        before, after = paddings[2 * axis : 2 * axis + 2]
        n = x.shape[axis]
        if before == after == 0:
            continue
        if n is None:
            raise ValueError("pad: to mirror a dimension its size must be known while tracing; give an input_signature with it")
        most = builtins.max(n - without_edge, 0)
        if not (0 <= before <= most and 0 <= after <= most):
            raise ValueError(f"pad: dimension {axis} of size {n} has {most} elements to mirror, not {before} and {after}")
        places = [
            *builtins.range(before - 1 + without_edge, without_edge - 1, -1), *builtins.range(n),
            *builtins.range(n - 1 - without_edge, n - 1 - without_edge - after, -1),
        ]  # fmt: skip
        x = gather(x, constant(places, "int64"), axis=axis)
    return x


def where(condition, x=None, y=None, name=None):
    """x where the condition is true, y elsewhere, element by element."""
    if x is None or y is None:
        raise ValueError("where: give both x and y")
    if not isinstance(x, Tensor) and not isinstance(y, Tensor):
        x = _core.convert(x)
    return select(condition, x, y)


def select(condition, x, y):
    """The op behind where, with Python's promotion of numbers."""
    probe = [v if isinstance(v, Tensor) else _core.weak(v) if isinstance(v, (int, float)) else _core.convert(v) for v in (x, y)]
    strong = [v for v in probe if not v.weak]
    floating = builtins.any("float" in v.dtype.name for v in probe)
    if len(strong) == 2:
        return _op("SELECT", [_strong(condition), *strong])
    if not strong:
        dtype = "float64" if floating else "int64"
    else:  # a float beside integers makes floats, as `+` does
        dtype = "float64" if floating and strong[0].dtype.is_integer else strong[0].dtype
    cast = [_fit(v, dtype, "where") for v in probe] if strong else [_cast(v, dtype, True) for v in probe]
    return _op("SELECT", [_strong(condition), *cast])


# ---- elementwise ---------------------------------------------------------------------------------------


def _binary_function(name, op, doc):
    if name == "atan2":  # TensorFlow's names of its arguments

        def f(y, x, name=None):
            return _binary(op, y, x)

    else:

        def f(x, y, name=None):
            return _binary(op, x, y)

    f.__name__ = f.__qualname__ = name
    f.__doc__ = doc
    return f


def _unary_function(name, op, doc):
    def f(x, name=None):
        return _unary(op, x)

    f.__name__ = f.__qualname__ = name
    f.__doc__ = doc
    return f


_BINARY = {
    "add": ("ADD", "x + y"), "subtract": ("SUB", "x - y"), "multiply": ("MUL", "x * y"), "divide": ("DIV", "x / y"),
    "truediv": ("DIV", "x / y"), "floordiv": ("FLOORDIV", "x // y"), "mod": ("MOD", "x % y, of the divisor's sign"),
    "floormod": ("MOD", "x % y, of the divisor's sign"), "pow": ("POW", "x ** y"), "maximum": ("MAXIMUM", "The larger one; NaN wins"),
    "minimum": ("MINIMUM", "The smaller one; NaN wins"), "atan2": ("ATAN2", "The angle of the point at the height y and the width x"),
    "equal": ("EQ", "x == y"), "not_equal": ("NE", "x != y"), "less": ("LT", "x < y"), "less_equal": ("LE", "x <= y"),
    "greater": ("GT", "x > y"), "greater_equal": ("GE", "x >= y"), "logical_and": ("AND", "x and y"), "logical_or": ("OR", "x or y"),
    "logical_xor": ("XOR", "Exactly one of x and y"),
}  # fmt: skip
_UNARY = {
    "negative": ("NEG", "-x"), "abs": ("ABS", "The absolute value"), "sign": ("SIGN", "-1, 0 or 1"), "square": ("SQUARE", "x * x"),
    "sqrt": ("SQRT", "The square root"), "rsqrt": ("RSQRT", "1 / sqrt(x)"), "exp": ("EXP", "e ** x"), "expm1": ("EXPM1", "exp(x) - 1"),
    "log": ("LOG", "The natural logarithm"), "log1p": ("LOG1P", "log(1 + x)"), "sin": ("SIN", "The sine of radians"),
    "cos": ("COS", "The cosine of radians"), "tan": ("TAN", "The tangent of radians"), "asin": ("ASIN", "The arc sine"),
    "acos": ("ACOS", "The arc cosine"), "atan": ("ATAN", "The arc tangent"), "sinh": ("SINH", "The hyperbolic sine"),
    "cosh": ("COSH", "The hyperbolic cosine"), "tanh": ("TANH", "The hyperbolic tangent"), "sigmoid": ("SIGMOID", "1 / (1 + exp(-x))"),
    "erf": ("ERF", "The error function"), "floor": ("FLOOR", "Rounded down"), "ceil": ("CEIL", "Rounded up"),
    "is_nan": ("ISNAN", "Whether NaN"),
    "is_inf": ("ISINF", "Whether infinite"), "is_finite": ("ISFINITE", "Whether neither NaN nor infinite"),
    "logical_not": ("NOT", "not x"),
}  # fmt: skip
for _name, (_row, _doc) in _BINARY.items():
    globals()[_name] = _binary_function(_name, _row, _doc + ", element by element, with broadcasting.")
for _name, (_row, _doc) in _UNARY.items():
    globals()[_name] = _unary_function(_name, _row, _doc + ", element by element.")


def round(x, name=None):
    """Rounded to the nearest integer, halves to even, element by element; integers are themselves."""
    x = _strong(x)
    return x if x.dtype.is_integer else _unary("ROUND", x)


def complex(real, imag, name=None):
    """Complex numbers from their parts, of float32 or float64."""
    return _op("COMPLEX", [_strong(real), _strong(imag)])


def _part(name, op, doc, of_real):
    def f(input, name=None):
        x = _strong(input)
        return _op(op, [x]) if x.dtype.is_complex else of_real(x)

    f.__name__ = f.__qualname__ = name
    f.__doc__ = doc + ", element by element; real tensors are their own real part."
    return f


real = _part("real", "REAL", "The real part", lambda x: x)
imag = _part("imag", "IMAG", "The imaginary part", lambda x: zeros_like(x))
angle = _part("angle", "ANGLE", "The angle in the complex plane, in radians", lambda x: select(x < 0, zeros_like(x) + 3.141592653589793, zeros_like(x)))


def conj(x, name=None):
    """The complex conjugate, element by element."""
    x = _strong(x)
    return complex(real(x), -imag(x)) if x.dtype.is_complex else x


def clip_by_value(t, clip_value_min, clip_value_max, name=None):
    """Values outside [min, max] become the nearer bound; where max < min, min."""
    return _binary("MAXIMUM", _binary("MINIMUM", t, clip_value_max), clip_value_min)


def matmul(
    a, b, transpose_a=False, transpose_b=False, adjoint_a=False, adjoint_b=False, a_is_sparse=False, b_is_sparse=False,
    output_type=None, name=None,
):  # fmt: skip
    """The matrix product over the last two dimensions, batched over the others; of the transposed or, adjoint, the
    transposed conjugate matrices.

    output_type: the dtype of the product and of its sums (int32 for int8 matrices). a_is_sparse, b_is_sparse: hints, not needed."""
    if transpose_a and adjoint_a or transpose_b and adjoint_b:
        raise ValueError("matmul: transpose and adjoint of one matrix were both asked for; give one of them")
    a, b = conj(a) if adjoint_a else _strong(a), conj(b) if adjoint_b else _strong(b)
    transpose_a, transpose_b = transpose_a or adjoint_a, transpose_b or adjoint_b
    if output_type is not None:
        a, b = _cast(a, output_type), _cast(b, output_type)
    return _op("MATMUL", [a, b], {"adj_x": int(transpose_a), "adj_y": int(transpose_b)})


# ---- reductions ----------------------------------------------------------------------------------------


def _axes(x, axis):
    n = x.shape.rank
    if n is None:
        raise ValueError("a reduction over a tensor of unknown rank needs `axis`")
    if axis is None:
        return tuple(builtins.range(n))
    many = isinstance(axis, (tuple, list)) or hasattr(axis, "__iter__") and not (isinstance(axis, Tensor) and axis.shape.rank == 0)
    axes = [operator.index(a) for a in (axis if many else (axis,))]  # a traced number becomes static
    if n == 0 and builtins.all(a in (0, -1) for a in axes):  # as NumPy: a number's only axis
        return ()
    for a in axes:
        if not -n <= a < n:
            raise ValueError(f"axis {a} is out of range for a tensor of rank {n}, shape {x.shape}")
    places = sorted({a % n for a in axes})
    if len(places) < len(axes):
        raise ValueError(f"duplicate value in 'axis': {axes} for a tensor of rank {n}")
    return tuple(places)


def _reduction(name, op, doc):
    def f(input_tensor, axis=None, keepdims=False, name=None):
        x = _strong(input_tensor)
        if axis is None and x.shape.rank is None:
            if keepdims:
                raise ValueError(f"{f.__name__}: keepdims of a tensor of unknown rank needs `axis`")
            x = reshape(x, (-1,))
        if op == "MEAN" and x.dtype.is_integer:
            x = _cast(x, "float64" if x.weak else x.dtype)
            return _cast(_op("SUM", [_cast(x, "float64")], {"axis": _axes(x, axis), "keep_dims": int(keepdims)}) / _count(x, axis), x.dtype)
        return _op(op, [x], {"axis": _axes(x, axis), "keep_dims": int(keepdims)})

    f.__name__ = f.__qualname__ = name
    f.__doc__ = doc + " over the dimensions in `axis` (all by default)."
    return f


def _count(x, axis):
    return _cast(reduce_prod(gather(_op("SHAPE", [x], {"dtype": "int64"}), constant(list(_axes(x, axis)), "int64"))), "float64")


for _name, _row, _doc in (
    ("reduce_sum", "SUM", "The sum"), ("reduce_prod", "PROD", "The product"), ("reduce_max", "MAX", "The largest value"),
    ("reduce_min", "MIN", "The smallest value"), ("reduce_mean", "MEAN", "The mean"), ("reduce_all", "ALL", "Whether all are true,"),
    ("reduce_any", "ANY", "Whether any is true,"),
):  # fmt: skip
    globals()[_name] = _reduction(_name, _row, _doc)


def _arg(op):
    def f(input, axis=None, output_type="int64", name=None):
        x = _strong(input)
        return _op(op, [x], {"axis": axis_of(x, 0 if axis is None else axis, op.lower()), "dtype": output_type})

    return f


argmax, argmin = _arg("ARGMAX"), _arg("ARGMIN")
argmax.__doc__ = "The index of the largest value along `axis` (the first of equals)."
argmin.__doc__ = "The index of the smallest value along `axis` (the first of equals)."
argmax.__name__, argmin.__name__ = "argmax", "argmin"


def cumsum(x, axis=0, exclusive=False, reverse=False, name=None):
    """Running sums along `axis`."""
    x = _strong(x)
    return _op("CUMSUM", [x], {"axis": axis_of(x, axis, "cumsum"), "exclusive": int(exclusive), "reverse": int(reverse)})


# ---- printing ------------------------------------------------------------------------------------------


def print(*inputs, output_stream=None, summarize=3, sep=" ", end="\n", name=None):
    """Prints at every run, to stderr unless `output_stream` is sys.stdout or a file. Tensors print as TensorFlow's do, with
    `summarize` elements at both ends of each dimension (-1: all), alone or within lists, tuples and dicts."""
    import sys

    stream = sys.stderr if output_stream is None else output_stream
    graph = _core.current_graph()
    shown = [_summary(x, summarize) for x in inputs]
    if graph is None:
        shown = [x.numpy().decode("utf-8", "surrogateescape") if isinstance(x, Tensor) else x for x in shown]
        builtins.print(*shown, sep=sep, end=end, file=stream)
    else:
        from .staging import effects

        effects.staged_print(graph, shown, {"sep": sep, "end": end, "file": stream})


def _summary(x, summarize):
    """What stands for x in a line of print: a string tensor where there are tensors in it, else x."""
    tensors = []

    def text(x):
        if isinstance(x, _core.Variable) or type(x).__module__ == "numpy" and hasattr(x, "dtype") and _core.describe(x):
            x = _strong(x)
        if isinstance(x, Tensor) and x.weak:  # a number of Python's
            x = _op("STR_FORMAT", [x], {"text": "\1"})
        if isinstance(x, Tensor):
            tensors.append(x)
            return "\1"
        if type(x) in (list, tuple):
            inner = ", ".join(map(text, x)) + ("," if type(x) is tuple and len(x) == 1 else "")
            return f"[{inner}]" if type(x) is list else f"({inner})"
        if type(x) is dict:
            return "{" + ", ".join(f"{k!r}: {text(v)}" for k, v in x.items()) + "}"
        return repr(x).replace("\1", "\\x01")

    template = text(x)
    return _op("STR_FORMAT", tensors, {"text": template, "num": summarize}) if tensors else x


sum, max, min, mean, any, all = reduce_sum, reduce_max, reduce_min, reduce_mean, reduce_any, reduce_all  # noqa: F821

__all__ = [
    "all", "angle", "any", "argmax", "argmin", "broadcast_to", "cast", "clip_by_value", "complex", "concat", "conj", "constant", "convert_to_tensor", "cumsum",
    "expand_dims", "fill", "identity", "imag", "is_tensor", "matmul", "max", "mean", "min", "ones", "ones_like", "pad", "print",
    "range", "rank", "real", "reduce_all", "reduce_any", "reduce_max", "reduce_mean", "reduce_min", "reduce_prod", "reduce_sum", "reshape",
    "reverse", "round", "shape", "size", "squeeze", "stack", "stop_gradient", "sum", "tile", "transpose", "unstack", "zeros", "zeros_like",
    *_BINARY, *_UNARY,
]  # fmt: skip
