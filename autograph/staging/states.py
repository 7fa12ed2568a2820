"""What a function beside arrays and tensors changes outside of itself: `self.total += x`, a global, a nonlocal, items of an older dict.

A graph has no such places. So a trace that has changed some is given up, and only tells which they are (Found). A Stateful then holds
a compiled function of the arguments and of the places: what they hold is read before each call and is an input like the others, and
what the run leaves in them is written when it is done. While that function is traced the places hold its inputs, so that whatever code
reads them there comes upon these; afterwards they hold again what they held.

Where a run raises, plain Python does the call over, so that what it has changed before it raises is changed; a run that has printed,
or acted otherwise, is not done over, and then changes nothing.

Functions of plain numbers need none of this: they run as Python where they change what is older (staging/outside.py).
"""

import weakref

from .. import _core, scalars
from . import guards, journal, outside, reach

Tensor = _core.Tensor


class Found(BaseException):
    """The trace has changed places outside of the function that it does not know as its state: `slots`."""

    def __init__(self, slots):
        self.slots = slots


class Left:
    """What a run leaves in a place: any value that a function may return, or UNDEFINED where it may be gone."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


class _Kept:
    """In place of a value: the place holds what it held."""

    def __repr__(self):
        return "<kept>"


KEPT = _Kept()


def changed(graph, changes):
    """The places older than the trace that it has changed and that are no part of its state yet."""
    own, known = {id(copy) for copy, *_ in graph.extra["leaves"].dicts}, graph.extra["state"]
    slots = [slot for slot, before in changes.older.values() if slot.key not in known and type(slot) in _KINDS and _is_state(slot, before, own)]
    cells = _older_cells(graph) if any(type(slot) is journal.Cell for slot in slots) else ()
    return [slot for slot in slots if type(slot) is not journal.Cell or id(slot.cell) in cells]


_KINDS = (journal.Attribute, journal.Cell, journal.Global, journal.Items)


def _is_state(slot, before, own):
    now = slot.get()
    if isinstance(now, _core.Variable) or isinstance(before, _core.Variable):
        return False  # it is kept on an object by the first call
    if isinstance(slot, journal.Items):
        return not (id(slot.box) in own or hasattr(slot.box, "staged") or journal.is_made(slot.box)) and outside.differs(before, now)
    return not (isinstance(slot, journal.Attribute) and journal.is_made(slot.owner))


def _older_cells(graph):
    """The ids of the cells that functions hold which are older than the trace, as far as they are within reach of the traced one."""
    todo, seen = [graph.extra["function"].python_function, *[value for _, value in graph.extra["leaves"].statics]], {}
    cells = {}
    while todo:
        f = todo.pop()
        f = getattr(f, "__func__", f)
        f = f.python_function if isinstance(f, _core.Function) else f
        if id(f) in seen or not hasattr(f, "__closure__"):
            continue
        seen[id(f)] = f
        cells.update((id(cell), cell) for cell in f.__closure__ or ())
        todo += reach.cells_of(f).values()
        todo += [f.__globals__[name] for name in reach.names_of(f.__code__) if name in f.__globals__]
    return cells


def holds(box):
    """Whether the items of a container are a part of the state of the function that is traced."""
    graph = _core.current_graph()
    return graph is not None and ("items", id(box)) in graph.extra.get("state", ())


class Stateful:
    """Calls of a function that changes these places: f(*bound), one value for each parameter."""

    def __init__(self, function, slots):
        self.function, self.slots = function, []
        self.extend(slots)

    def extend(self, slots):
        """Takes more places into the state; what was traced before is forgotten."""
        from ..function import derived

        self.slots += [_lasting(slot) for slot in slots]
        function, names = self.function, []
        for slot in self.slots:
            names.append(slot.name if slot.name not in names else f"{slot.name} ({len(names)})")
        self.keys = frozenset([slot.key for slot in self.slots])
        self.inner = derived(function, (*function._parameter_names, *names), self.run)
        self.inner._state = self.keys

    def run(self, *values):
        """The body of the compiled function: (what the function returns, what it leaves in each place)."""
        n = len(self.slots)
        bound, given = values[:-n], values[-n:]
        slots = self.slots
        before = [slot.get() for slot in slots]
        traced = _core.current_graph() is not None
        for slot, value in zip(slots, given):
            if traced:
                journal.keep(slot)
            slot.set(value)
        try:
            positional, keywords = self.function._split_bound(bound)
            result = self.function._callee()(*positional, **keywords)
            left = []
            for slot, value in zip(slots, given):
                now = slot.get()
                same = not outside.differs(value, now) if isinstance(slot, journal.Items) else now is value
                left.append(KEPT if same else Left(now) if traced else now)
        finally:
            for slot, value in zip(slots, before):
                slot.set(value)
        return result, tuple(left)

    def __call__(self, *bound):
        while True:
            slots, inner = self.slots, self.inner
            held = [slot.get() for slot in slots]
            try:
                result, left = inner(*bound, *held)
                break
            except Found as found:
                self.extend(found.slots)
                continue
            except Exception as e:
                error = e
            values = (*bound, *held)
            concrete = inner.find(values)
            if concrete is None or _acts(concrete):
                raise error
            return self._as_python(bound, error)
        for slot, value, before in zip(slots, left, held):
            if value is not KEPT:
                slot.set(_plain(value, _is_tensors(before, (*bound, *held))))
        return result

    def _as_python(self, bound, error):
        """The call as Python, for a run that has raised: it raises where Python does, and what it has changed by then is changed."""
        positional, keywords = self.function._split_bound(bound)
        try:
            return self.function._callee()(*positional, **keywords)
        except Exception as e:
            e.__context__ = None
            raise


def _acts(concrete):
    info = concrete.info
    if "acts" not in info:
        info["acts"] = any(op.type in guards.ACTS and op.type != "Assert" for op in concrete.graph.raising(1))
    return info["acts"] or bool(info["python"])


def _lasting(slot):
    """The place, without keeping its object alive where that can be asked for weakly."""
    if isinstance(slot, journal.Attribute):
        try:
            return _WeakAttribute(slot)
        except TypeError:
            pass
    return slot


class _WeakAttribute(journal.Attribute):
    """An attribute of an object that may go: what calls have been traced for goes with it."""

    __slots__ = ("reference",)

    def __init__(self, slot):
        self.reference = weakref.ref(slot.owner)
        self.attr, self.key, self.name = slot.attr, slot.key, slot.name

    owner = property(lambda self: self.reference())


def _is_tensors(before, held):
    """Whether arrays that a run leaves are tensors of this package's: as what was there, else as what is given."""
    if isinstance(before, Tensor):
        return True
    if _core.describe(before) is not None:
        return False
    kinds = [type(value) for value in held if isinstance(value, Tensor) or _core.describe(value) is not None]
    return not kinds or Tensor in kinds


def _plain(value, tensors):
    """A value of a run as plain Python leaves it."""
    kind = type(value)
    if kind in (scalars.Int, scalars.Float):
        return value.item()
    if kind is Tensor:
        if tensors:
            return value
        import numpy

        return numpy.array(value.numpy())[()]
    if kind in (list, tuple):
        return kind([_plain(v, tensors) for v in value])
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return kind(*[_plain(v, tensors) for v in value])
    if kind is dict:
        return {k: _plain(v, tensors) for k, v in value.items()}
    return value
