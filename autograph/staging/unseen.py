"""What a trace has changed that the journal does not know of: the last net below what names its changes.

Code that Python runs unasked (a `__missing__`, a hook such as `__copy__`, what `np.nditer` gives) or that nobody foresaw may change
what is older than the trace. So what code within reach names is noted before a trace, as seen.py does after it, and looked at when
it is done. A function of plain numbers then runs as Python, after all has been put back; beside tensors a warning says what it was.

What is not converted because its author says so (autograph=False, do_not_convert) acts while tracing, as the reference has it.

With several threads a change may be another's, which is none of the trace's and must not be undone: then nothing is looked at.
"""

import _thread
import collections
import operator
import warnings

from .. import _core, scalars, tiers
from . import journal, outside, rollback, seen, sent

_LEAVES = (
    list,
    tuple,
    dict,
    str,
    bytes,
    int,
    float,
    complex,
    type(None),
    _core.Tensor,
    _core.Variable,
)


class Noted:
    """What the places within reach of a call hold before it is traced."""

    def __init__(self, function, bound):
        things = [function.python_function, *[x for x in bound if not isinstance(x, _LEAVES) and not scalars.is_array(x)]]
        functions = [*sent.within_reach(things)]
        found = _All(functions, function._state)
        found.look_at(functions, things)
        self.held = tuple(found.entries) if _is_alone() and not _is_left_alone(function) else ()
        self.factories = found.factories  # the defaultdicts that may make what they have not
        self.unheld = found.unheld  # the text for a place with an array that no tensor can hold, such as one of dates

    def changed(self, known):
        """The places that hold something else now, but for those in the journal, {key: ...}."""
        if not _is_alone():
            return []
        found = [
            (place, place.get())
            for place, before in self.held
            if place.key not in known and _differs(before, place.get())
        ]
        return [place for place, now in found if not isinstance(now, _core.Variable)]

    def undo(self):
        """Puts back what they held."""
        if _is_alone():
            for place, before in self.held:
                if _differs(before, place.get()):
                    place.set(before)


def _is_alone():
    """Whether no other thread runs code of the user's."""
    others = _thread._count()
    if others:
        import threading

        others -= sum(one.name.startswith(tiers.NAME) for one in threading.enumerate())
    return not others


def _is_left_alone(function):
    """Whether its author says that it is not to be converted; one whose source is gone is not, either, and nobody says so."""
    return not function._autograph or getattr(function.python_function, "_ag_do_not_convert", False)


def judge(graph, changed):
    """Beside tensors, what the trace alone has changed: the error for which plain Python makes the call, where it can; else a warning
    says so, where no other has said that something acts."""
    function = graph.extra["function"]
    if not changed or graph.extra.get("unconverted"):
        return None
    names = ", ".join(dict.fromkeys(place.name for place in changed))
    code = function.python_function.__code__
    text = (
        f"{names} changed while {code.co_name}() was traced, by something that is not converted, and does not change when it runs: "
        f"write what changes it as statements of the function, or as a function that is called by ag.py_function(function, [arguments], [])"
        f"{outside._def_of(graph)}"
    )
    error = TypeError(text)
    error._ag_refused = True
    if rollback.may_run_plainly(graph, error) or function._state and hasattr(error, "_ag_plainly"):
        return error
    if not function.__dict__.get("_warned_of"):
        warnings.warn_explicit(text, UserWarning, code.co_filename, code.co_firstlineno)
    return None


class _All(seen._Found):
    """(place, what it holds) of all that is within reach of these functions."""

    def __init__(self, functions, known):
        named = {name for f in functions for name in seen._names(f.__code__)}
        super().__init__(named, named, set(), known, False)
        self.factories, self.unheld = sent.Entry(), None

    def _look_at(self, x, place):
        if isinstance(x, collections.defaultdict) and x.default_factory is not None:
            self.factories = sent.Entry((*self.factories, x))
        if place is not None and scalars.is_array(x) and _core.describe(x) is None:
            self.unheld = scalars.unheld(place.name, x)
        super()._look_at(x, place)

    def _add(self, kind, holder, key, value, place):
        if len(self.entries) < seen.MOST_ENTRIES:
            if kind == seen.OF_ARRAY:
                place = _Elements(holder, place.name)
            elif type(place) is seen.Fixed:
                place = journal.Items(holder, place.name) if kind == seen.OF_DICT else place.place
            elif kind == seen.IN_ATTRIBUTE and not isinstance(holder, type):
                place = seen._owner_of(place)
            before = place.get()
            self.entries.append(
                sent.Entry((place, sent.Entry(before) if type(before) is tuple else before))
            )


class _Elements:
    """The elements of an array, or bytes."""

    __slots__ = ("array", "name", "key")

    def __init__(self, array, name):
        self.array, self.name, self.key = array, name, ("elements", id(array))

    def get(self):
        return memoryview(self.array).tobytes()

    def set(self, value):
        if type(self.array) is bytearray:
            self.array[:] = value
        elif hasattr(self.array, "dtype"):
            import numpy

            if self.array.flags.writeable:
                self.array[...] = numpy.frombuffer(value, self.array.dtype).reshape(self.array.shape)
        elif not (view := memoryview(self.array)).readonly:
            import ctypes

            ctypes.memmove((ctypes.c_char * view.nbytes).from_buffer(view), value, view.nbytes)


def _differs(before, now):
    """Whether a place holds another object, or a container others; no method of the user's is asked."""
    if isinstance(before, tuple) and isinstance(now, tuple):
        return len(before) != len(now) or not all(map(operator.is_, before, now))
    if type(before) is type(now) is dict:
        if len(before) == len(now) and all(map(operator.is_, before, now)):
            return not all(map(operator.is_, before.values(), now.values()))
        return not set(map(id, before)) == set(map(id, now)) or not all(
            value is True for value in now.values()
        )  # a set's order is its own
    return before is not now and not (type(before) is type(now) is bytes and before == now)
