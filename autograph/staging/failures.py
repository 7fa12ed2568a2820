"""What operations fail with, asked before they are recorded: the condition, and the exception that Python raises then.

CHECKS has a function of the operands and the text of each operation whose failure a trace can tell; it yields (class, condition, exception) of one way to
fail after the other. The condition is a callable for a traced bool, or True where the trace knows that it fails; the exception is
made by a callable. An operation that is no row here leaves native code through its status, and no handler in the graph can have it.
"""

import functools
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
        if size is not None and at is not None:
            if -size <= at < size:
                continue
            bad = True
        else:
            if size is None:
                size = _core.op("DIM", [x], {"axis": axis, "weak": 1})
            bad = functools.partial(_outside, i, size)
        yield IndexError, bad, lambda i=i, axis=axis, size=size: IndexError(
            f"index {i} is out of bounds for axis {axis} with size {size}"
        )


def _sets(x, value, *rest):
    return _picks(x, *rest)


def _places(i, size, text):
    """A place in a list. text: what the list says; None where it has been asked already."""
    if text is not None:
        yield IndexError, lambda: _outside(i, size), lambda: IndexError(text)


def _outside(i, size):
    return _core.op("OR", [_core.binary("LT", i, -size), _core.binary("GE", i, size)])


def _shifts(x, y, text):
    known = _core.known(y)
    if known is None or known < 0:
        negative = known is not None or (lambda: _core.binary("LT", y, 0))
        yield ValueError, negative, lambda: ValueError("negative shift count")


def _to_whole(x, text):
    yield ValueError, lambda: _core.binary("NE", x, x), lambda: _python_says(int, float("nan"))
    yield OverflowError, lambda: _core.binary("EQ", _core.op("ABS", [x]), float("inf")), lambda: _python_says(int, float("inf"))


def _is_set(flag, text):
    unset = f"cannot access local variable '{text}' where it is not associated with a value"
    yield UnboundLocalError, lambda: _core.op("NOT", [flag]), lambda: UnboundLocalError(unset)


CHECKS = {
    "pyfloordiv": _divides(operator.floordiv),
    "pymod": _divides(operator.mod),
    "pydiv": _divides(operator.truediv),
    "floordiv": _divides(operator.floordiv, arrays=True),
    "mod": _divides(operator.mod, arrays=True),
    "element": _picks,
    "set_element": _sets,
    "pyindex": _places,
    "pyshl": _shifts,
    "pyshr": _shifts,
    "pyint": _to_whole,
    "unbound": _is_set,
}
# The same operations, and those that ask a `try` themselves, as graphs name them.
ASKED = {
    "PyFloorDiv", "PyMod", "PyTrueDiv", "FloorDiv", "FloorMod", "Element", "SetElement", "PyLeftShift", "PyRightShift", "PyInt",
    "PyIndex", "Raise", "Assert", "CheckBound",
}  # fmt: skip
