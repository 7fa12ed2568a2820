"""What operations fail with, asked before they are recorded: the condition, and the exception that Python raises then.

CHECKS has a function of the operands and the text of each operation whose failure a trace can tell; it yields (class, condition, exception) of one way to
fail after the other. The condition is a callable for a traced bool, or True where the trace knows that it fails; the exception is
made by a callable. An operation that is no row here leaves native code through its status, and no handler in the graph can have it.
"""

import functools
import itertools
import operator

from .. import _core


def _divides(by_python, arrays=False):
    def check(x, y, text):
        known, floating = _core.known(y), "float" in y.dtype.name or "float" in x.dtype.name
        if arrays and floating or known is not None and known != 0:
            return
        zero = known is not None or (lambda: _any(_core.binary("EQ", y, 0)))
        yield ZeroDivisionError, zero, lambda: _python_says(by_python, *((1.0, 0.0) if floating else (1, 0)))

    return check


def _any(flags):
    rank = flags.shape.rank
    return _core.op("ANY", [flags], {"axis": tuple(range(rank)), "keep_dims": 0}) if rank else flags


def _python_says(f, *args):
    """The exception of f(*args)."""
    try:
        f(*args)
    except Exception as e:
        return type(e)(*e.args)
    raise AssertionError("it did not fail")


def _picks(x, *rest):
    *indices, _ = rest
    for axis, i in enumerate(indices):
        if i.is_symbolic and i.op.type == "PyIndex":
            continue  # of a list, and in it
        size, at = x.shape[axis], _core.known(i)
        if i.dtype.name == "uint64" and at is None:

            def too_large(i=i):
                return _core.binary("LT", _core.cast(i, "int64"), 0)

            yield OverflowError, too_large, lambda: OverflowError("Python int too large to convert to C long")
        if size is not None and at is not None:
            if -size <= at < size:
                continue
            bad = True
        else:
            if size is None:
                size = _core.op("DIM", [x], {"axis": axis, "weak": 1})
            bad = functools.partial(_outside, i, size)
        kind = _outside_error()
        yield kind, bad, lambda i=i, axis=axis, size=size: kind(f"index {i} is out of bounds for axis {axis} with size {size}")


def _outside_error():
    """What an index outside of an array is at once: NumPy's error, or a tensor's."""
    from . import lent

    numpys = lent._is_numpys(_core.current_graph()) or lent.has_numpys_arrays()
    return IndexError if numpys else _core.OutOfRangeError


def _sets(x, value, *rest):
    return _picks(x, *rest)


def _places(i, size, text):
    """A place in a list. text: what the list says; None where it has been asked already."""
    if text is not None:
        yield IndexError, lambda: _outside(i, size), lambda: IndexError(text)


def _outside(i, size):
    """Whether i is no place of an axis of that size. The dtype of i may be too narrow for the size."""
    i = _core.cast(i, "int64")
    return _core.op("OR", [_core.binary("LT", i, -size), _core.binary("GE", i, size)])


def _shifts(x, y, text):
    known = _core.known(y)
    if known is None or known < 0:
        negative = known is not None or (lambda: _core.binary("LT", y, 0))
        yield ValueError, negative, lambda: ValueError("negative shift count")


def _to_whole(x, text):
    yield ValueError, lambda: _core.binary("NE", x, x), lambda: _python_says(int, float("nan"))
    yield OverflowError, lambda: _core.binary("EQ", _core.op("ABS", [x]), float("inf")), lambda: _python_says(int, float("inf"))


def _raises(x, y, text):
    """x ** y of numbers. An int with a negative exponent is none of ours: it becomes a float."""
    exponent = _core.known(y)
    if exponent is None or exponent < 0:

        def no_power():
            fails = _both(_core.binary("EQ", x, 0), _core.binary("LT", y, 0))
            return _both(fails, _finite(y)) if "float" in y.dtype.name else fails  # 0.0 ** -inf is inf

        yield ZeroDivisionError, no_power, lambda: _python_says(pow, 0.0, -1.0)
    if "float" in x.dtype.name:

        def too_large():
            power = _core.op("POW", [x, y])
            ends = _both(_finite(x), _finite(y))
            return _both(_both(ends, _core.binary("EQ", _core.op("ABS", [power]), float("inf"))), _core.binary("NE", x, 0))

        yield OverflowError, too_large, lambda: _python_says(pow, 10.0, 400.0)


def _finite(x):
    return _core.binary("LT", _core.op("ABS", [x]), float("inf"))


def _both(a, b):
    return _core.op("AND", [a, b])


def _gathers(x, indices, axis):
    size = x.shape[axis]
    if size is None:
        size = _core.op("DIM", [x], {"axis": axis})
    flat = indices if indices.shape.rank == 1 else _core.op("RESHAPE", [indices], {"shape": (-1,)})
    flat = _core.cast(flat, "int64")  # the size may be too large for their own; uint64 from 2**63 on counts from the end, as NumPy has it
    bad = _core.op("OR", [_core.binary("LT", flat, -size), _core.binary("GE", flat, size)])
    kind = _outside_error()
    yield kind, lambda: _any(bad), lambda: kind(f"index {_first(bad, flat)} is out of bounds for axis {axis} with size {size}")


def _masks(x, mask, text):
    """x[mask], of the leading axes of x."""
    for axis in range(mask.shape.rank):
        a, b = _size(x, axis), _size(mask, axis)
        if isinstance(a, int) and isinstance(b, int):
            continue
        said = f"boolean index did not match indexed array along axis {axis}; size of axis is {a} but size of corresponding boolean axis is {b}"
        yield IndexError, functools.partial(_core.binary, "NE", a, b), functools.partial(IndexError, said)


def _joins(*operands):
    """Arrays joined along an axis: their other sizes are the same."""
    first, *others, axis = operands
    for at, x in enumerate(others, 1):
        for i in range(first.shape.rank):
            a, b = _size(first, i), _size(x, i)
            if i != axis % first.shape.rank and not (isinstance(a, int) and isinstance(b, int)):
                said = (
                    f"all the input array dimensions except for the concatenation axis must match exactly, but along dimension {i}, the "
                    f"array at index 0 has size {a} and the array at index {at} has size {b}"
                )
                yield ValueError, functools.partial(_core.binary, "NE", a, b), functools.partial(ValueError, said)


def _stacks(*operands):
    first, *others, _ = operands
    for x in others:
        for i in range(first.shape.rank):
            a, b = _size(first, i), _size(x, i)
            if not (isinstance(a, int) and isinstance(b, int)):
                said = "all input arrays must have the same shape"
                yield ValueError, functools.partial(_core.binary, "NE", a, b), functools.partial(ValueError, said)


def _first(flags, values):
    """The value at the first true flag."""
    count = _core.op("CUMSUM", [_core.cast(flags, "int32")], {"axis": 0})
    first = _both(flags, _core.binary("EQ", count, 1))
    nothing = _core.op("SUB", [values, values])
    return _core.op("SUM", [_core.op("SELECT", [first, values, nothing])], {"axis": (0,), "keep_dims": 0})


def _broadcasts(*operands):
    *tensors, _ = operands
    sizes = []
    for x, y in itertools.combinations(tensors, 2):
        pairs = zip(reversed(range(x.shape.rank)), reversed(range(y.shape.rank)))
        sizes += [(_size(x, i), _size(y, k)) for i, k in pairs]
    ones = [any(isinstance(size, int) and size == 1 for size in pair) for pair in sizes]
    unsure = [pair for pair, one in zip(sizes, ones) if not one and not all(isinstance(size, int) for size in pair)]
    if not unsure:
        return

    def misfit():
        flags = None
        for a, b in unsure:
            flag = _core.binary("NE", a, b)
            for size in (a, b):
                if not isinstance(size, int):
                    flag = _both(flag, _core.binary("NE", size, 1))
            flags = flag if flags is None else _core.op("OR", [flags, flag])
        return flags

    def error():
        shapes = [f"({', '.join(str(_size(t, i)) for i in range(t.shape.rank))}{',' if t.shape.rank == 1 else ''})" for t in tensors]
        return ValueError(f"operands could not be broadcast together with shapes {' '.join(shapes)} ".replace(", ", ","))

    yield ValueError, misfit, error


def _size(x, axis):
    size = x.shape[axis]
    return _core.op("DIM", [x], {"axis": axis, "weak": 1}) if size is None else size


def _also_broadcasts(check):
    def both(x, y, text):
        if x.shape.rank and y.shape.rank:
            yield from _broadcasts(x, y, text)
        yield from check(x, y, text)

    return both


def _is_set(flag, text):
    unset = f"cannot access local variable '{text}' where it is not associated with a value"
    yield UnboundLocalError, lambda: _core.op("NOT", [flag]), lambda: UnboundLocalError(unset)


def _holds(flag, *rest):
    """Assertions of the library's own: those of the program ask themselves (effects.py)."""
    *shown, text = rest

    def said():
        pieces = text.split("\1")
        return _core.AssertionFailed("".join(p + str(x) for p, x in zip(pieces, [f"{x}" for x in shown])) + "".join(pieces[len(shown) :]))

    yield _core.AssertionFailed, lambda: _core.op("NOT", [flag]), said


# All whose operands broadcast, as ops.def has them, but for those with checks of their own.
BROADCASTING = (
    "add", "sub", "mul", "div", "pow", "maximum", "minimum", "atan2", "bitand", "bitor", "bitxor", "shl", "shr", "and", "or", "xor",
    "eq", "ne", "lt", "le", "gt", "ge", "select", "complex", "foreign_map",
)  # fmt: skip
CHECKS = {
    "pyfloordiv": _divides(operator.floordiv),
    "pymod": _divides(operator.mod),
    "pydiv": _divides(operator.truediv),
    **dict.fromkeys(BROADCASTING, _broadcasts),
    "floordiv": _also_broadcasts(_divides(operator.floordiv, arrays=True)),
    "mod": _also_broadcasts(_divides(operator.mod, arrays=True)),
    "pypow": _raises,
    "gather": _gathers,
    "mask": _masks,
    "concat": _joins,
    "stack": _stacks,
    "element": _picks,
    "set_element": _sets,
    "pyindex": _places,
    "pyshl": _shifts,
    "pyshr": _shifts,
    "pyint": _to_whole,
    "unbound": _is_set,
    "assert": _holds,
}
OF_AXES = {_gathers, _joins}  # they look at the attribute axis, no text
# The same operations, and those that ask a `try` themselves, as graphs name them.
ASKED = {
    "PyFloorDiv", "PyMod", "PyTrueDiv", "FloorDiv", "FloorMod", "Element", "SetElement", "PyLeftShift", "PyRightShift", "PyInt",
    "PyIndex", "PyPow", "GatherV2", "ConcatV2", "Pack", "Raise", "Assert", "CheckBound",
}  # fmt: skip
