"""The assertions of tf.debugging: the run checks them, at their place in the order of effects.

Each raises InvalidArgumentError (which is a ValueError and an AssertionError) when it does not
hold: at once on values that
are there, when the run comes there in a traced function. What is known of shapes and dtypes is
checked at once in both.
"""

import builtins

from . import _core, api

__all__ = [
    "Assert",
    "assert_all_finite",
    "assert_equal",
    "assert_greater",
    "assert_greater_equal",
    "assert_integer",
    "assert_less",
    "assert_less_equal",
    "assert_near",
    "assert_negative",
    "assert_non_negative",
    "assert_non_positive",
    "assert_none_equal",
    "assert_positive",
    "assert_proper_iterable",
    "assert_rank",
    "assert_rank_at_least",
    "assert_rank_in",
    "assert_same_float_dtype",
    "assert_scalar",
    "assert_shapes",
    "assert_type",
    "is_numeric_tensor",
]

Tensor = _core.Tensor
_Error = _core.AssertionFailed


def _check(condition, text, *operands):
    """text: \\1 stands for an operand."""
    flag = api._strong(condition)
    flag = api.reduce_all(flag) if flag.shape.rank != 0 else flag
    _core.op("ASSERT", [flag, *[api._strong(x) for x in operands]], {"text": text})


def Assert(condition, data=(), summarize=None, name=None):
    """Fails when the condition is false, showing `data`."""
    shown = [x for x in data if not isinstance(x, str)]
    text = " ".join(x if isinstance(x, str) else "\1" for x in data)
    _check(condition, "assertion failed: " + text if text else "assertion failed", *shown)


def _comparison(name, op, sign):
    def compare(x, y, message):
        a = x if isinstance(x, Tensor) else api._strong(x)
        b = (
            y
            if isinstance(y, Tensor)
            else api.cast_number(y, a.dtype)
            if not hasattr(y, "dtype")
            else api._strong(y)
        )
        _check(
            _core.binary(op, a, b),
            f"{message + ': ' if message else ''}{sign} does not hold for x = \1 and y = \1",
            a,
            b,
        )

    if name == "assert_none_equal":  # the order of TensorFlow's

        def f(x, y, summarize=None, message=None, name=None):
            compare(x, y, message)

    else:

        def f(x, y, message=None, summarize=None, name=None):
            compare(x, y, message)

    f.__name__ = f.__qualname__ = name
    f.__doc__ = f"Fails unless {sign} for all elements, with broadcasting."
    return f


assert_equal = _comparison("assert_equal", "EQ", "x == y")
assert_none_equal = _comparison("assert_none_equal", "NE", "x != y")
assert_less = _comparison("assert_less", "LT", "x < y")
assert_less_equal = _comparison("assert_less_equal", "LE", "x <= y")
assert_greater = _comparison("assert_greater", "GT", "x > y")
assert_greater_equal = _comparison("assert_greater_equal", "GE", "x >= y")


def _against_zero(name, op, sign):
    def f(x, message=None, summarize=None, name=None):
        a = api._strong(x)
        _check(
            _core.binary(op, a, 0),
            f"{message + ': ' if message else ''}{sign} does not hold for x = \1",
            a,
        )

    f.__name__ = f.__qualname__ = name
    f.__doc__ = f"Fails unless {sign} for all elements."
    return f


assert_positive = _against_zero("assert_positive", "GT", "x > 0")
assert_negative = _against_zero("assert_negative", "LT", "x < 0")
assert_non_negative = _against_zero("assert_non_negative", "GE", "x >= 0")
assert_non_positive = _against_zero("assert_non_positive", "LE", "x <= 0")


def assert_near(x, y, rtol=None, atol=None, message=None, summarize=None, name=None):
    """Fails unless abs(x - y) <= atol + rtol * abs(y) for all elements; both are 10 machine
    epsilons by default."""
    a = api._strong(x)
    b = api.cast_number(y, a.dtype)
    if not a.dtype.is_floating:
        a, b = api.cast(a, "float64"), api.cast(b, "float64")
    step = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float64": 2.0**-52}.get(
        a.dtype.name, 2.0**-23
    ) * 10
    rtol, atol = (step if t is None else t for t in (rtol, atol))
    near = api.abs(a - b) <= api.abs(b) * rtol + atol
    _check(near, f"{message + ': ' if message else ''}x and y are not near: x = \1, y = \1", a, b)


def assert_all_finite(x, message, name=None):
    """The tensor; fails when it holds a NaN or an infinity."""
    from .debugging import check_numerics

    return check_numerics(x, message)


# ---- what is known while tracing ---------------------------------------------------------------------


def _say(message, text):
    return f"{message}: {text}" if message else text


def assert_rank(x, rank, message=None, name=None):
    """ValueError unless the number of dimensions is `rank`."""
    assert_rank_in(x, (rank,), message)


def assert_rank_in(x, ranks, message=None, name=None):
    """ValueError unless the number of dimensions is one of `ranks`."""
    x = api._strong(x)
    if x.shape.rank is None:
        raise ValueError(
            _say(message, "the number of dimensions is known only when the function runs")
        )
    if x.shape.rank not in [int(r) for r in ranks]:
        wanted = " or ".join(str(int(r)) for r in ranks)
        raise _Error(
            _say(message, f"the shape {x.shape} has {x.shape.rank} dimensions, not {wanted}")
        )


def assert_rank_at_least(x, rank, message=None, name=None):
    """ValueError when there are fewer than `rank` dimensions."""
    x = api._strong(x)
    if x.shape.rank is not None and x.shape.rank < int(rank):
        raise _Error(
            _say(
                message,
                f"the shape {x.shape} has {x.shape.rank} dimensions, fewer than {int(rank)}",
            )
        )


def assert_scalar(tensor, message=None, name=None):
    """ValueError unless there are no dimensions; the tensor."""
    assert_rank(tensor, 0, message)
    return tensor


def assert_shapes(shapes, data=None, summarize=None, message=None, name=None):
    """Fails unless the shapes fit: pairs of a tensor and sizes (numbers, None, or names that must
    agree everywhere)."""
    sizes = {}
    for x, symbols in shapes.items() if isinstance(shapes, dict) else shapes:
        t = api._strong(x)
        symbols = tuple(symbols) if not isinstance(symbols, str) else tuple(symbols)
        free = symbols[:1] in (("...",), (Ellipsis,))
        symbols = symbols[1:] if free else symbols
        n = t.shape.rank
        if n is None or n < len(symbols) or (n > len(symbols) and not free):
            raise _Error(
                _say(message, f"the shape {t.shape} does not have the dimensions {symbols}")
            )
        for i, symbol in enumerate(symbols):
            axis = n - len(symbols) + i
            if symbol is None or symbol == ".":
                continue
            size = t.shape[axis]
            if size is None:
                size = _core.op("DIM", [t], {"axis": axis, "weak": 1})
            want = (
                sizes.setdefault(symbol, size)
                if isinstance(symbol, str) and not symbol.isdigit()
                else int(symbol)
            )
            if isinstance(size, int) and isinstance(want, int):
                if size != want:
                    raise _Error(
                        _say(
                            message,
                            f"dimension {axis} of the shape {t.shape} is {size}, not {want}",
                        )
                    )
            else:
                _check(
                    _core.binary("EQ", size, want),
                    _say(message, f"dimension {axis} is \1, not \1"),
                    size,
                    want,
                )


def assert_type(tensor, tf_type, message=None, name=None):
    """TypeError unless the dtype is `tf_type`."""
    x = api._strong(tensor)
    if x.dtype != _core.as_dtype(tf_type):
        raise TypeError(
            _say(message, f"a tensor of {x.dtype.name}, not {_core.as_dtype(tf_type).name}")
        )


def assert_integer(x, message=None, name=None):
    """TypeError unless the dtype is an integer."""
    x = api._strong(x)
    if not x.dtype.is_integer:
        raise TypeError(_say(message, f"a tensor of {x.dtype.name}, not of integers"))


def assert_same_float_dtype(tensors=None, dtype=None):
    """The one floating dtype of all tensors; ValueError when they differ or it is none."""
    names = {api._strong(t).dtype.name for t in tensors or ()} | (
        {_core.as_dtype(dtype).name} if dtype else set()
    )
    names = names or {"float32"}
    if len(names) > 1 or not _core.as_dtype(builtins.min(names)).is_floating:
        raise ValueError(
            f"expected tensors of one floating dtype, not of {' and '.join(sorted(names))}"
        )
    return _core.as_dtype(names.pop())


def assert_proper_iterable(values):
    """TypeError for what should be a list of tensors and is a tensor, an array or a text."""
    if isinstance(values, (Tensor, str, bytes)) or hasattr(values, "__array_interface__"):
        raise TypeError(
            f"expected a list or another iterable of tensors, not a {type(values).__name__}"
        )
    if not hasattr(values, "__iter__"):
        raise TypeError(f"expected an iterable, not a {type(values).__name__}")


def is_numeric_tensor(tensor):
    """Whether it is a tensor of numbers."""
    kind = tensor.dtype if isinstance(tensor, (Tensor, _core.Variable)) else None
    return kind is not None and (kind.is_integer or kind.is_floating or kind.is_complex)
