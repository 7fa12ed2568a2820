"""What a function beside arrays and tensors changes outside of itself: `self.total += x`, a global, a nonlocal, items of an older dict.

A graph has no such places. So a trace that has changed some is given up, and only tells which they are (Found). A Stateful then holds
a compiled function of the arguments and of the places: what they hold is read before each call and is an input like the others, and
what the run leaves in them is written when it is done. While that function is traced the places hold its inputs, so that whatever code
reads them there comes upon these; afterwards they hold again what they held.

Where a run raises, plain Python does the call over, so that what it has changed before it raises is changed; a run that has printed,
or acted otherwise, is not done over, and then changes nothing.

Threads may call at once: a run is done over where what it has changed was changed by another meanwhile, since the interpreter
is others' while native code runs. A run that acts is not, and there the last one wins; so it is with what is changed while a trace runs.

Functions of plain numbers need none of this: they run as Python where they change what is older (outside.py), but for loops that
change or replace a NumPy array (fill, found).

An argument that is itself such a place, or holds it, stands for itself: within the run both names show one thing (Itself).

A place that one function changes is read by others: for them it is state as well, though they leave it as it is. So each function
keeps the places that it is known to change, and traces that may have read one before that was known are forgotten (note).
"""

import functools
import itertools
import os
import sys
import threading
import weakref

from .. import _core, records, scalars
from . import arrays, borrowed, guards, heaps, journal, lent, outside, places, reach, rollback, sent, trees, twins, values

Tensor = _core.Tensor


class Found(BaseException):
    """The trace has changed places outside of the function that it does not know as its state: `slots`."""

    def __init__(self, slots):
        self.slots = slots


class Elements:
    """In place of a place: elements of the NumPy array that it holds change."""

    __slots__ = ("place",)

    def __init__(self, place):
        self.place = place


class Holds:
    """In place of what a run leaves in a place: the array that the place of that number has held before the call."""

    __slots__ = ("number",)

    def __init__(self, number):
        self.number = number


class Same(Holds):
    """Likewise: what the place of that number is left with."""

    __slots__ = ()


class Argument(Holds):
    """Likewise: the argument of that number."""

    __slots__ = ()


class Chosen:
    """Before the number of an array that a run leaves in a place, and those of the arrays that the places of these numbers held before."""

    __slots__ = ("numbers",)

    def __init__(self, numbers):
        self.numbers = numbers


class Left:
    """What a run leaves in a place: any value that a function may return, or UNDEFINED where it may be gone."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


class Itself:
    """In place of an argument whose items or attributes are a part of the state: the trace finds the caller's own there."""

    __slots__ = ("reference", "__weakref__")

    def __init__(self, thing):
        self.reference = (lambda: thing) if type(thing) in (list, dict) else _weakly(thing)

    thing = property(lambda self: self.reference())

    def __repr__(self):
        return f"the {type(self.thing).__name__} that the function changes"


class _Kept:
    """In place of a value: the place holds what it held."""

    def __repr__(self):
        return "<kept>"


KEPT = _Kept()
MOST_TRIES = 100  # after which a run is taken though another thread has changed the same places
_HELD_HERE = 6  # references to what a place holds, in a call: the place's, and the call's own
_OWN_BASE = 2  # references to the base of an array that nothing else holds: the array's, and that of the question
_writing = threading.RLock()  # held from the look whether another thread has changed a place until all are written
os.register_at_fork(before=_writing.acquire, after_in_parent=_writing.release, after_in_child=_writing.release)
_changing = weakref.WeakSet()  # those that are known to change places


def changed(graph, changes):
    """The places older than the trace that it has changed."""
    own = {id(copy) for copy, *_ in graph.extra["leaves"].dicts} | {box for box, alone in graph.extra.get("sent", {}).items() if alone}
    slots = [slot for slot, before in changes.older.values() if isinstance(slot, _KINDS) and _is_state(slot, before, own)]
    cells = _older_cells(graph) if any(type(slot) is journal.Cell for slot in slots) else ()
    return [slot for slot in slots if type(slot) is not journal.Cell or id(slot.cell) in cells]


def found(slot, before):
    """Starts the trace again with a place as a part of its state, where it is one that is older and held a NumPy array before a branch
    or loop that leaves an array of the trace there."""
    graph = _core.current_graph()
    if type(before).__name__ != "ndarray" or not isinstance(slot, _KINDS[:-1]) or slot.key in graph.extra.get("state", (slot.key,)):
        return
    if _is_state(slot, before, ()) and (type(slot) is not journal.Cell or id(slot.cell) in _older_cells(graph)):
        raise Found([slot])


def unknown(graph, changes):
    """The places that the trace has changed, and those that other functions change and it may read, but for those of its state."""
    known = graph.extra["state"]
    slots = {slot.key: slot for slot in changed(graph, changes) if slot.key not in known}
    note(graph.extra["function"], slots.values())
    return [*slots.values(), *[slot for slot in read(graph) if slot.key not in slots]]


def read(graph):
    """The places that functions are known to change and that the trace may read, but for those of its state."""
    function = graph.extra["function"]
    known = graph.extra["state"] | {("items", box) for box, alone in graph.extra.get("sent", {}).items() if alone}
    places = {key: place for other in [*_changing] for key, place in other._places.items() if key not in known}
    if not places:
        return []
    return _may_read([function.python_function, *[value for _, value in graph.extra["leaves"].statics]], places.values())


def note(function, slots):
    """A function changes these places: what was traced by others that may read them was traced with constants in their stead."""
    function = function._counts or function
    known = {key for key, (place, _) in function._places.items() if is_there(place)}
    fresh = {slot.key: (_lasting(slot), _names_of(slot)) for slot in slots if slot.key not in known}
    if not fresh:
        return
    function._places.update(fresh)
    _changing.add(function)
    from ..function import _functions

    for other in [*_functions]:
        places = [place for key, place in fresh.items() if key not in other._state]
        if not places or not other._cache:
            continue
        stale = []
        for concrete in other._cache:
            owners = [fixed.owner() for fixed in concrete.info["statics"] if fixed.owner is not None]
            settled = concrete.info["python"] or concrete.info.get("state")
            if settled:
                continue
            things = [other.python_function, *owners]
            if "names" not in concrete.info:  # of what the trace may have come upon: it is looked for once
                concrete.info["names"] = _names_within(sent.within_reach(things))
            named = [place for place in places if place[1] is None or place[1] & concrete.info["names"]]
            if named and _may_read(things, named):
                stale.append(concrete)
        if stale:
            other._cache[:] = [concrete for concrete in other._cache if concrete not in stale]


def _names_of(slot):
    """What code calls the place by; None where only looking for what holds it would tell."""
    if isinstance(slot, journal.Attribute):
        return {slot.attr}
    return sent.names_of(slot.box) if isinstance(slot, journal.Items) else {slot.name}


def _names_within(functions):
    """The names of variables and attributes that code of these functions reads."""
    names = set()
    for f in functions:
        names.update(reach.names_of(f.__code__), f.__code__.co_freevars)
    return names


def _may_read(things, places):
    """Those of the places, given with their names, that code within reach of these things names, and that are in its reach."""
    within = [*sent.within_reach(things)]
    names = _names_within(within)
    named = [slot for slot, called in places if called is None or called & names]
    outer = [value for f in within for value in [*reach.cells_of(f).values(), *[f.__globals__.get(name) for name in reach.names_of(f.__code__)]]]
    held = reach.held([*things, *outer]) if any(isinstance(slot, (journal.Attribute, journal.Items)) for slot in named) else {}
    found = []
    for slot in named:
        if isinstance(slot, journal.Cell):
            near = any(cell is slot.cell for f in within for cell in f.__closure__ or ())
        elif isinstance(slot, journal.Global):
            near = any(f.__globals__ is slot.scope for f in within)
        else:
            owner = slot.owner if isinstance(slot, journal.Attribute) else slot.box
            near = owner is not None and (held is None or id(owner) in held)
        if near:
            found.append(slot)
    return found


_KINDS = (journal.Attribute, journal.Cell, journal.Global, journal.Items)


def _is_state(slot, before, own):
    now = slot.get()
    if isinstance(now, _core.Variable) or isinstance(before, _core.Variable):
        return False  # it is kept on an object by the first call
    if outside.is_the_traces(slot):
        return False
    return not isinstance(slot, journal.Items) or not (id(slot.box) in own or hasattr(slot.box, "staged")) and outside.differs(before, now)


def _older_cells(graph):
    """The ids of the cells that functions hold which are older than the trace, as far as they are within reach of the traced one."""
    return _cells([graph.extra["function"].python_function, *[value for _, value in graph.extra["leaves"].statics]])


def _cells(things):
    """{id: cell} of the variables of enclosing functions that functions within reach have."""
    return {id(cell): cell for f in sent.within_reach(things) for cell in f.__closure__ or ()}


def holds(box):
    """Whether the items of a container are a part of the state of the function that is traced."""
    graph = _core.current_graph()
    return graph is not None and ("items", id(box)) in graph.extra.get("state", ())


def are_dicts_of_arguments(a, b):
    """Whether two dicts stand for such of the caller's, which may be one."""
    graph = _core.current_graph()
    dicts = [copy for copy, *_ in graph.extra["leaves"].dicts] if graph is not None and "leaves" in graph.extra else ()
    return type(a) is type(b) is dict and a.keys() == b.keys() and all(any(copy is one for copy in dicts) for one in (a, b))


def tell_apart(a, b):
    """Before `a is b`: an older list or dict that an argument may be becomes a part of the state, for which such an argument is itself."""
    graph = _core.current_graph()
    leaves = None if graph is None else graph.extra.get("leaves")
    for one, other in ((a, b), (b, a)) if leaves is not None else ():
        kind = type(other)
        if kind not in leaves.kinds or journal.is_made(other) or holds(other):
            continue
        if getattr(one, "argument", None) if kind is list else any(copy is one for copy, *_ in leaves.dicts):
            if rollback.as_python():
                raise rollback.RunAsPython(f"an argument may be the {kind.__name__} that it is compared with", places.here())
            raise Found([journal.Items(other, f"the {kind.__name__}")])


def fill(array, turns=False):
    """Before elements of a NumPy array that is older than the trace change: they become a part of the state, which each run leaves in the
    same array, where attributes or variables hold it. As long as several do, or a container does as well, calls run as Python, and so do
    those of plain numbers but in loops (turns): one element is written sooner than a run begins."""
    import numpy

    graph = _core.current_graph()
    if graph is None or "leaves" not in graph.extra or journal.is_made(outside._root(array)):
        return
    turns = turns or graph.long_loops > 0
    if not turns and rollback.as_python() and all([isinstance(decider, Tensor) for decider in journal.deciders()]):
        return
    function = graph.extra["function"]
    found = seen.arrays_of([function.python_function, *[value for _, value in graph.extra["leaves"].statics]])
    slots, kept = [], graph.extra["state"]
    for place, held in found or ():
        if not numpy.may_share_memory(held, array):
            continue
        if place is None or type(place) is seen.Fixed:
            return
        if isinstance(place, journal.Attribute) and not isinstance(place.owner, type):
            place = seen._owner_of(place)
        is_plain = type(held) is numpy.ndarray and held.ndim and held.flags.writeable and _core.describe(held) is not None
        if is_plain and isinstance(place, (journal.Attribute, journal.Cell, journal.Global)):
            slots.append(Elements(place))
        elif place.key not in kept:
            slots.append(place)
    if any(type(slot) is Elements for slot in slots):
        note(function, [slot.place for slot in slots if type(slot) is Elements])
        raise Found(slots)


def is_pointed_at(thing):
    """Before what stands for a list, dict or dataclass changes: where a place of the state holds it, that is one that others may hold."""
    graph = _core.current_graph()
    _, slot = graph.extra.get("held", {}).get(id(thing), (None, None)) if graph is not None else (None, None)
    if slot is not None:
        raise Found([slot])


class Stateful:
    """Calls of a function that changes these places: f(*bound), one value for each parameter."""

    def __init__(self, function, slots):
        self.function, self.now = function, ((), None)  # (places, the compiled function), which change at once
        self.owned, self.stand = set(), {}  # ids of what an argument may be as well; {such an id: its Itself}
        self.plain = None  # what makes the calls, where no trace can hold them
        self.filled = frozenset()  # keys of places whose NumPy array changes in its elements
        self.pointing = set()  # keys of places whose list, dict or dataclass changes as well, so that it stands for itself
        self.extend(slots)

    slots = property(lambda self: self.now[0])
    inner = property(lambda self: self.now[1])

    def extend(self, slots):
        """Takes more places into the state; what was traced before is forgotten."""
        from ..function import derived

        with _writing:
            known = {slot.key: slot for slot in self.slots if is_there(slot)}
            filled = [slot.place for slot in slots if type(slot) is Elements]
            self.filled |= {place.key for place in filled}
            slots = [slot for slot in slots if type(slot) is not Elements]
            slots += [place for place in filled if place.key not in known]
            self.pointing.update([slot.key for slot in slots if slot.key in known])
            slots = (*known.values(), *[_lasting(slot) for slot in slots if slot.key not in known])
            names = []
            for slot in slots:
                names.append(slot.name if slot.name not in names else f"{slot.name} ({len(names)})")
            self.keys = frozenset([slot.key for slot in slots])
            owned = [slot.box for slot in slots if isinstance(slot, journal.Items)]
            owned += [slot.owner for slot in slots if isinstance(slot, journal.Attribute)]
            self.owned = {id(thing) for thing in owned if type(thing) in (list, dict) or records.is_record(type(thing))}
            inner = derived(self.function, (*self.function._parameter_names, *names), functools.partial(self.run, slots, self.filled))
            inner._state = self.keys
            self.now = slots, inner

    def _themselves(self, value):
        """An argument with an Itself for each part of it that the function changes as its state."""
        kind = type(value)
        if id(value) in self.owned:
            return self._itself(value)
        if kind in (list, tuple) or isinstance(value, tuple) and hasattr(kind, "_fields"):
            parts = [*map(self._themselves, value)]
            if any(a is not b for a, b in zip(parts, value)):
                return kind(*parts) if hasattr(kind, "_fields") else kind(parts)
        elif kind is dict:
            parts = {k: self._themselves(v) for k, v in value.items()}
            return parts if any(parts[k] is not v for k, v in value.items()) else value
        elif records.opened(value) is not None:
            names, before = records.take(value)
            parts = [*map(self._themselves, before)]
            return records.make(kind, names, parts) if any(a is not b for a, b in zip(parts, before)) else value
        return value

    def _pointed_at(self, slot, value):
        """What the place holds, or in the items of a container what these hold, as itself."""
        if not isinstance(slot, journal.Items):
            return self._itself(value)
        if type(value) is tuple:
            return tuple(map(self._itself, value))
        return {k: self._itself(v) for k, v in value.items()}

    def _itself(self, value):
        if type(value) not in (list, dict) and records.opened(value) is None:
            return value
        known = self.stand.get(id(value))
        if known is None or known.thing is not value:
            known = self.stand[id(value)] = Itself(value)
        return known

    def serves(self, slots):
        """Whether these places are parts of the state."""
        filled = {slot.place.key for slot in slots if type(slot) is Elements}
        return self.filled >= filled and self.keys >= {slot.key for slot in slots if type(slot) is not Elements} and all(map(is_there, self.slots))

    def run(self, slots, filled, /, *values):
        """The body of the compiled function: (what the function returns, what it leaves in each place, and in each array that fills up)."""
        n = len(values) - len(slots)
        bound, given = values[:n], values[n:]
        before = [slot.get() for slot in slots]
        traced = _core.current_graph() is not None
        boxes = {}
        if traced:
            rollback.reaches_tensors(_core.current_graph().extra)  # asked while no place holds what the trace made
            boxes = {k: box for k, slot in enumerate(slots) if slot.key in filled and (box := _box_of(given[k], slot)) is not None}
            given = [boxes.get(k, value) for k, value in enumerate(given)]
        elements = {k: box.tensor for k, box in boxes.items()}
        lending = borrowed.Lending(_core.current_graph(), [*bound, *given]) if traced else None
        try:
            for slot in slots if traced else ():  # all before any is set: an object shows what its class holds
                journal.keep(slot)
            for slot, value in zip(slots, given):
                if traced:
                    _note_held(_core.current_graph().extra["held"], value, slot)
                slot.set(value)
            positional, keywords = self.function._split_bound(bound)
            result = self.function._callee()(*positional, **keywords)
            left, ends = [], []
            if traced:
                now = [(slot.name, slot.get()) for slot in slots]
                lending.look_at([one for one, value in zip(now, given) if one[1] is not value], result)
            for slot, value in zip(slots, given):
                now = slot.get()
                same = not outside.differs(value, now) if isinstance(slot, journal.Items) else now is value
                left.append(KEPT if same else _left_of(now, slot, slots, bound, given, boxes, ends, lending) if traced else now)
                ends.append(now)
            inner = [boxes[k].tensor if k in boxes else None for k in range(len(slots))]
            inner = [KEPT if now is None or now is elements[k] else Left(now) for k, now in enumerate(inner)]
        finally:
            for slot, value in zip(slots, before):
                slot.set(value)
        return result, tuple(left), tuple(inner)

    def __call__(self, *bound):
        if self.plain is not None:
            return self.plain(*bound)
        for tries in itertools.count():
            slots, inner = self.now
            before = self.keys, self.filled, len(self.pointing)
            if not all(map(is_there, slots)):
                self.extend([])
                continue
            held = [slot.get() for slot in slots]
            if self.filled and self._may_meet(bound, slots, held):
                from .. import plain

                return plain.call(self.function, bound)
            given = [self._pointed_at(slot, value) if slot.key in self.pointing else value for slot, value in zip(slots, held)]
            given = (*(map(self._themselves, bound) if self.owned else bound), *given)
            try:
                result, left, elements = inner(*given)
            except Found as found:
                if tries > MOST_TRIES:
                    raise RuntimeError(f"tracing {self.function.__name__}() found {tries} times more places that it changes") from None
                self.extend(found.slots)
                if before == (self.keys, self.filled, len(self.pointing)):  # no news, as of places that exchange their arrays
                    from .. import plain

                    self.plain = plain.PlainCalls(self.function, None)
                    return self.plain(*bound)
                continue
            except Exception as e:
                error = e
            else:
                made, news, unsure = ({}, {}), [], False
                for slot, value, was in zip(slots, left, held):
                    if type(value) is tuple and value and type(value[0]) is Chosen:
                        chosen, which, numbers, fresh = value
                        older = [k for k, number in zip(chosen.numbers, numbers) if int(number) == int(which)]
                        value = Holds(older[0]) if older else fresh
                    if type(value) is Holds:
                        news.append((slot, was, held[value.number]))
                    elif type(value) is Same:
                        news.append((slot, was, next(now for one, _, now in news if one is slots[value.number])))
                    elif type(value) is Argument:
                        news.append((slot, was, bound[value.number]))
                    elif value is not KEPT:
                        tensors = _is_tensors(was, given)
                        now = _plain(value, tensors, made[tensors], (*bound, *held))
                        if not borrowed.is_told(value) and _is_as_before(was, now):
                            unsure = unsure or sys.getrefcount(was) > _HELD_HERE or _shows_others(was)
                            now = was
                        news.append((slot, was, now))
                if unsure and _may_repeat(inner, given):  # whether another name of the array still shows it
                    return self._as_python(bound)
                with _writing:
                    if all([_holds(slot, was) for slot, was, _ in news]) or tries >= MOST_TRIES or not _may_repeat(inner, given):
                        for array, now in zip(held, elements):
                            if now is not KEPT:
                                array[...] = now.numpy()
                        for slot, _, value in news:
                            slot.set(value)
                        return result
                continue
            concrete = inner.find(given)
            if concrete is not None and not _may_repeat(inner, given):
                raise error
            if getattr(error, "_ag_plainly", False):
                return self._plainly(bound, error, concrete)
            if concrete is None:
                raise error
            return self._as_python(bound)

    def _plainly(self, bound, error, concrete):
        from .. import plain

        if concrete is not None:
            result = plain.instead(self.function, bound, error)
            concrete.info["some_python"] = rollback.first_line(error)
            return result
        calls = plain.PlainCalls(self.function, error)
        calls.keep = functools.partial(setattr, self, "plain", calls)
        return calls(*bound)

    def _may_meet(self, bound, slots, held):
        """Whether an array that fills up cannot be written, or may have elements of an argument or of another place."""
        import numpy

        numpys = [array for value in (*bound, *held) for array in _arrays_in(value)]
        for array in [value for slot, value in zip(slots, held) if slot.key in self.filled and type(value) is numpy.ndarray]:
            if not array.flags.writeable or sum(numpy.may_share_memory(array, other) for other in numpys) > 1:
                return True
        return False

    def _as_python(self, bound):
        """The call as Python: it raises where Python does, and what it has changed by then is changed."""
        positional, keywords = self.function._split_bound(bound)
        try:
            return self.function._callee()(*positional, **keywords)
        except Exception as e:
            e.__context__ = None
            raise


def _box_of(value, slot):
    """The array that stands for one of NumPy's whose elements change; None for what is no array of NumPy's."""
    lender = lent.lender_of(value)
    if not isinstance(lender, lent.Lender):
        return None
    lender.is_written()  # tensors there have a trace of their own
    if not lender.is_array:
        return None
    _core.current_graph().extra["makes_arrays"] = True  # ext/promote.c: NumPy's dtypes
    site = ("state", slot.key)
    group = heaps.group_of(site)
    if group is not None:
        return arrays.housed.Housed(group, group.heap.add((arrays.own(value),)))
    made = arrays.Array(arrays.own(value))
    made.sites = frozenset([site])
    return made


def _left_of(now, slot, slots, bound, given, boxes, ends, lending):
    """What a place is left with; an array that other places hold is that array. given: what stands for what the places held before;
    boxes: for arrays, by the numbers of their places; ends: what the places before this one are left with; lending: what tells of the
    caller's other arrays in it."""
    if _is_array(now):
        for holders, kind in ((given, Holds), (ends, Same), (bound, Argument)):
            for k, other in enumerate(holders):
                if other is now:
                    return kind(k)
    now = lending.of(now, slot.name)
    _find_lenders(now, slot, slots, given)
    may_be = {}
    for part in [part for part in _arrays_in(now) if isinstance(part, arrays.Array)]:
        may_be |= {k: box for k, box in boxes.items() if part is box or part._root() is box._root() or arrays.may_be_one(part, box)}
    if not may_be:
        return Left(now)
    _follow(_of_arrays(slots, given))
    if heaps.is_inner(now):
        return Left((Chosen(tuple(may_be)), heaps.home(now).handle, tuple([heaps.home(box).handle for box in may_be.values()]), now))
    arrays.parts.learn([part for part in (*_arrays_in(now), *may_be.values()) if arrays.may_be_named(part)])
    _core.current_graph().extra["refused"] = rollback.cannot(
        TypeError(
            f"{slot.name} is left with a NumPy array, or a part of one, that another place holds and this function changes: write a copy "
            f"there (x.copy()), or change elements in place (x[:] = y){outside._def_of(_core.current_graph())}"
        )
    )
    return Left(now)


def check_left(graph):
    """Once all places that a trace changes are its state: raises where one is left with what it cannot hold."""
    if "refused" in graph.extra:
        raise graph.extra["refused"]


def _find_lenders(now, slot, slots, given):
    """Starts the trace again where a place is left with what may be an array that another place holds: it is followed from then on."""
    lender = lent.lender_of(now)
    for array in lender.arrays if isinstance(lender, lent.Older) else ():
        fill(array)
    if isinstance(lender, lent.Lender) and lender.is_array and lender.leaves:
        _follow([one for one in _of_arrays(slots, given) if one[0] is not slot and one[1].leaves & lender.leaves])


def _of_arrays(slots, given):
    """The places that hold NumPy's arrays whose elements are not followed yet, each with the Lender of what stands for its array."""
    found = [(slot, lent.lender_of(value)) for slot, value in zip(slots, given)]
    return [(slot, lender) for slot, lender in found if isinstance(lender, lent.Lender) and lender.is_array and lender.leaves]


def _follow(found):
    if found:
        raise Found([Elements(slot) for slot, _ in found])


def _is_array(value):
    if isinstance(value, Tensor):
        return value.is_symbolic and not values.is_maybe(value) and value.shape.rank != 0
    return isinstance(value, arrays.Array)


def _arrays_in(value):
    """The arrays, of NumPy's or of a trace, in a value and the containers in it."""
    if isinstance(value, arrays.Array) or type(value).__name__ == "ndarray":
        return [value]
    if isinstance(value, dict):
        value = value.values()
    elif records.is_record(type(value)):
        value = records.take(value)[1]
    elif type(value) is trees.Choice:
        value = value._options
    elif not isinstance(value, (list, tuple)):
        return []
    return [array for part in value for array in _arrays_in(part)]


def _note_held(held, value, slot):
    """Notes the place that what stands for lists, dicts and dataclasses comes from. held: {id: (it, place)}."""
    held[id(value)] = value, slot
    for part in twins.parts_of(value):
        if isinstance(part, (list, dict)) or records.is_record(type(part)):
            _note_held(held, part, slot)


def _may_repeat(inner, values):
    """Whether nobody can tell that a run of these values has been, as long as its changes are not written."""
    concrete = inner.find(values)
    return concrete is not None and not _acts(concrete)


def _holds(slot, before):
    """Whether a place holds what it held when that was read."""
    now = slot.get()
    return not outside.differs(before, now) if isinstance(slot, journal.Items) else now is before


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


def _weakly(thing):
    """A callable that gives an object, without keeping it alive where that can be asked for."""
    try:
        return weakref.ref(thing)
    except TypeError:
        return lambda: thing


def is_there(slot):
    """Whether the object whose attribute it is has not gone; another one may have its id by then."""
    return type(slot) is not _WeakAttribute or slot.reference() is not None


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


def _shows_others(array):
    """Whether an array is a view of what something else holds as well."""
    return array.base is not None and sys.getrefcount(array.base) > _OWN_BASE


def _is_as_before(was, now):
    """Whether a place that held an array is to hold one with the same bytes: a loop without turns, or a branch not taken, has left the
    old one there, or a new one is like it."""
    if type(was).__name__ != "ndarray" or type(now) is not type(was) or (was.dtype, was.shape) != (now.dtype, now.shape):
        return False
    return was.ravel()[:8].tobytes() == now.ravel()[:8].tobytes() and was.tobytes() == now.tobytes()


def _plain(value, tensors, made, roots):
    """A value of a run as plain Python leaves it. made: {id of a container: (it, its plain form)}, so that one in two places stays one;
    roots: what the caller's arrays in it are taken from."""
    kind = type(value)
    if kind is tuple and value and type(value[0]) in borrowed.KINDS:
        return value[0].take(value[1:], lambda part: _plain(part, tensors, made, roots), roots, made)
    if kind in (scalars.Int, scalars.Float):
        return value.item()
    if kind is Tensor:
        if tensors:
            return value
        import numpy

        found, name = numpy.array(value.numpy()), value.dtype.name
        return (found.view(name) if name in ("int64", "uint64") else found)[()]  # NumPy has two types of 64 bits; programs know one
    if id(value) not in made:
        made[id(value)] = value, value  # while its parts are looked at: an older one may hold itself
        made[id(value)] = value, _plain_of(value, kind, lambda part: _plain(part, tensors, made, roots))
    return made[id(value)][1]


def _plain_of(value, kind, plain):
    """A container with its parts plain; itself where they are."""
    if kind is dict:
        parts = {k: plain(v) for k, v in value.items()}
        return value if all(parts[k] is v for k, v in value.items()) else parts
    if kind in (list, tuple) or isinstance(value, tuple) and hasattr(kind, "_fields"):
        parts = [*map(plain, value)]
        return value if all(a is b for a, b in zip(value, parts)) else kind(*parts) if hasattr(kind, "_fields") else kind(parts)
    if records.is_record(kind):
        names, held = records.take(value)
        parts = [*map(plain, held)]
        return value if all(a is b for a, b in zip(held, parts)) else records.make(kind, names, parts)
    return value


from . import seen  # noqa: E402 - which notes what it finds changed here
