"""sum() as this Python adds. Since 3.12 it keeps what rounding takes from sums of floats and adds it at the end (Neumaier,
Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, 1974); what is no float of Python's is added as ever."""

import math
import sys

from .. import _core

Tensor = _core.Tensor
COMPENSATED = sys.version_info >= (3, 12)


def begins(start):
    """What rounding has taken from a sum that starts there; None where it is added as ever."""
    return 0.0 if COMPENSATED and (is_float(start) or _is(start, int)) else None


def is_float(x):
    """Whether x is a float of Python's, known or traced."""
    return _is(x, float)


def plus(total, lost, x, floats=True):
    """The total with x, and what rounding has taken so far; None for lost: x is no number, and the rest is added as ever.
    floats: whether the total is a float already, where the run knows."""
    if lost is None or not is_float(total):
        return total + x, lost
    if not is_float(x):
        if _is(x, int) or _is(x, bool):
            return total + x, lost
        return ended(total, lost) + x, None
    new = total + x
    error = _chosen(abs(total) >= abs(x), (total - new) + x, (x - new) + total)
    return new, lost + (error if floats is True else _chosen(floats, error, 0.0))


def ended(total, lost):
    """The sum, at its end."""
    if lost is None or not is_float(total):
        return total
    # x + -0.0 is x, the zeros included; what a sum that overflowed has lost is no number
    return total + _chosen(abs(lost) < math.inf, _chosen(lost == 0, -0.0, lost), -0.0)


def _is(x, kind):
    """Whether x is a number of Python's of that class, known or traced."""
    if isinstance(x, Tensor):
        return x.alts is None and x.shape.rank == 0 and (x.weak or kind is bool) and x.dtype.name == _DTYPES[kind]
    return type(x) is kind


_DTYPES = {bool: "bool", int: "int64", float: "float64"}


def _chosen(test, a, b):
    if not isinstance(test, Tensor):
        return a if test else b
    return _core.cast(_core.op("SELECT", [test, *(_core.cast(v, "float64", True) for v in (a, b))]), "float64", True)
