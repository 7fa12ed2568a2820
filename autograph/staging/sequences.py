"""sorted, min, max, sum, any and all over a traced array: it is a sequence of its rows, as in plain Python.

Python compares one row with the next, so rows of several elements have no order and no truth; min and max keep the first row
unless another one is truly less or greater, so that a NaN stays where it comes first and is passed over elsewhere.
"""

import builtins
import math

from .. import _core
from . import lists, loops, places, rows, values

FEW = 16  # rows that become items of their own


def _need_rows(x):
    if x.shape.rank == 0:
        kind = x.dtype.name if x.dtype.name in ("bool", "string") else "float" if x.dtype.is_floating else "int"
        raise TypeError(f"'{kind}' object is not iterable{places.here()}")


def _is_ambiguous(x):
    """Whether the truth of a row, and of a comparison of two, is ambiguous."""
    sizes = tuple(x.shape)[1:] if x.shape.rank is not None else ()
    return None in sizes or math.prod(sizes) != 1


def _refuse_rows(name, x, instead):
    raise ValueError(
        f"{name}() of an array of shape {x.shape}: its rows are arrays, and the truth value of an array with more than one "
        f"element is ambiguous. {instead}{places.here()}"
    )


def _known_length(x):
    n = loops.length_of(x)
    return n if isinstance(n, int) else None


def as_list(x):
    """The list of the rows of x, staged: nothing is copied."""
    kind = values.Kind(x.dtype.name, x.weak, tuple(x.shape)[1:] if x.shape.rank else ())
    size = _core.cast(loops.length_of(x), "int64", True)
    return lists.holding(lists.StagedItems([x], size, rows.Row(None, [kind])))


def ordered(x, key, reverse):
    """sorted(x)"""
    from .calls import iterate

    _need_rows(x)
    n = _known_length(x)
    if key is None and n not in (0, 1) and _is_ambiguous(x):
        _refuse_rows("sorted", x, "ag.sort(x, axis=0) sorts each column")
    if n is not None and n <= FEW:
        return lists.sorted_copy(lists.TracedList(iterate(x)), key, reverse)
    return lists.sorted_copy(as_list(x), key, reverse)


def extreme(builtin, reduction, x, key, default):
    """min(x, **default) or max(x, **default)"""
    from .. import operators

    _need_rows(x)
    n = _known_length(x)
    if n == 0:
        return builtin((), **default)
    if key is not None:
        name = "smallest" if builtin is min else "largest"
        return lists.extreme(name, as_list(x), key, **default)
    if n != 1 and _is_ambiguous(x):
        _refuse_rows(builtin.__name__, x, f"ag.reduce_{builtin.__name__}(x) takes all elements, axis=0 those of each column")
    if n is not None:
        return _reduced(reduction, x)
    empty = _core.binary("EQ", loops.length_of(x), 0)
    if default:
        return operators.if_exp(empty, lambda: default["default"], lambda: _reduced(reduction, x))
    try:
        builtin(())
    except ValueError as error:
        lists.check(empty, error)
    return _reduced(reduction, x)


def _reduced(reduction, x):
    """The first of the smallest or largest rows of one element; there are rows."""
    kind = x.dtype
    if kind.name == "bool":
        x = _core.cast(x, "int8")
    elif kind.is_floating:
        x = _core.op("SELECT", [_core.op("ISNAN", [x]), x[:1], x])
    found = _core.op(reduction, [x], {"axis": (0,), "keep_dims": 0})
    return _core.cast(found, "bool") if kind.name == "bool" else found


def total(x, start):
    """sum(x, start)"""
    _need_rows(x)
    if _known_length(x) == 0:
        return start
    if x.dtype.name == "bool":
        x = _core.cast(x, "int64")
    found = _core.op("SUM", [x], {"axis": (0,), "keep_dims": 0})
    return found if isinstance(start, int) and start == 0 else found + start


def fold(builtin, x):
    """any(x) or all(x)"""
    _need_rows(x)
    name = builtin.__name__
    if _known_length(x) != 0 and _is_ambiguous(x):
        _refuse_rows(name, x, f"ag.reduce_{name}(x) takes all elements, axis=0 those of each column")
    flags = _core.binary("NE", x, 0) if x.dtype.name != "bool" else x
    reduction = "ANY" if builtin is builtins.any else "ALL"
    return _core.op(reduction, [flags], {"axis": tuple(range(flags.shape.rank)), "keep_dims": 0})
