"""Calls with NumPy arrays that a trace cannot hold: plain Python makes them, and a warning says so.

A function that is given NumPy arrays and numbers, and reaches no tensor, means the same unconverted. So what its trace cannot
hold (a dict whose keys the arrays decide, say) costs the speed of native code and not the result. Whether an error is a limit
of the trace or the program's own, the plain call tells: where it ends likewise, the trace's error is raised, which knows the
names and the remedy.
"""

import warnings

import numpy

from . import _core
from .function import _python_result
from .staging import places, rollback


class PlainCalls:
    """Called with the bound arguments of a function whose trace ended with `error`, one value for each parameter.

    keep: called when the first call has succeeded, so that the next ones ask for no trace."""

    def __init__(self, function, error):
        self.function, self.error, self.keep = function, error, None

    def __call__(self, *bound):
        if self.keep is None:
            return call(self.function, bound)
        error, keep = self.error, self.keep
        self.error = self.keep = None  # an error keeps the frames that it went through, and their arrays
        try:
            result = instead(self.function, bound, error)
        except BaseException:
            history = self.function._history
            kept = [one for one in history if one["info"].get("plain") is not self]
            (self.function._counts or self.function)._tracing_count -= len(history) - len(kept)
            history[:] = kept
            raise
        keep()
        return result


def instead(function, bound, error):
    """The result of the plain call, with a warning, in place of a trace or run that ended with this error."""
    try:
        result = call(function, bound)
    except Exception as own:
        likewise = isinstance(error, type(own)) and not getattr(error, "_ag_refused", False)
        if likewise and (rollback.line_of(error) is not None or isinstance(own, RecursionError)):
            raise error from None
        raise
    text = str(error)
    if "\n  File " not in text:
        text += rollback.place_of(error)
    known = function.__dict__.setdefault("_warned_of", set())
    if text not in known:
        known.add(text)
        name = getattr(function.python_function, "__qualname__", "function")
        warnings.warn(f"{name}() ran as plain Python instead of native code, where this would hold: {text}", stacklevel=places.user_level())
    return result


def call(function, bound):
    """The plain call, with the result as those of other calls."""
    positional, keywords = function._split_bound(bound)
    return _result(function.python_function(*positional, **keywords))


def _result(value):
    """What other calls return: arrays, alone or in a tuple, are tensors. Lists and other objects are the program's own."""
    if type(value) is tuple:
        return tuple(map(_result, value))
    is_array = isinstance(value, (numpy.ndarray, numpy.generic)) and _core.describe(value) is not None
    return _core.constant(value, None, None, "Const") if is_array else _python_result(value)
