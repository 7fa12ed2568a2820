"""Dicts and dataclasses that branches and loops chose, which are copies: a change of one is done to those that it may be.

    if x > 0:        r is a dict of its own that holds what d or k holds. `r['n'] = 1` is done to d as well, in a branch
        r = d        that is taken where x > 0, and to k in its other branch; `d['n'] = 1` is done to r where x > 0.
    else:
        r = k

Where no condition tells, since a loop may have chosen, a change is refused while the user's code can look at the other one.
"""

import sys
import types

from .. import _core, records
from . import heaps, journal, lists, places, rollback, trees, values

MOST_SEEN = 10_000  # things that are looked at in search of an object


def parts_of(value):
    """What a value of several parts holds, in an order that values of one form share."""
    kind = type(value)
    if kind is dict:
        return list(value.values())
    if kind is trees.Choice:
        return value._options
    if kind is lists.TracedList:
        return () if heaps.is_inner(value) or value.staged is not None else value.now()
    if isinstance(value, tuple) or kind is list:
        return value
    found = values.opened(value)
    return () if found is None else found[1]


def objects(value):
    """The dicts and dataclasses in a value."""
    found = [value] if _is_object(value) else []
    for part in parts_of(value):
        found += objects(part)
    return found


def _is_object(value):
    kind = type(value)
    if records.is_record(kind):
        return not kind.__dataclass_params__.frozen
    return kind is dict or values.opened(value) is not None


def _is_known(thing):
    """Whether the code of this trace, or its caller, has the object: others only stand for what is in a branch."""
    if journal.is_made(thing):
        return True
    leaves = _core.current_graph().extra.get("leaves")
    return leaves is not None and (id(thing) in leaves.records or any(copy is thing for copy, *_ in leaves.dicts))


def _is_older(thing):
    return _is_known(thing) and (journal.birth(thing) or 0) <= journal.depth()


def own(value):
    """Notes that the dicts and dataclasses in what a branch or loop gave are of this trace."""
    for thing in objects(value):
        journal.made(thing)


def relate(a, b, cond=None, holds=True):
    """Two objects are one where cond is `holds`. cond: traced; True where they are one; None where only a loop knows."""
    if a is not b:
        _core.current_graph().extra.setdefault("twins", []).append((a, b, cond, holds))


class Choosing:
    """What one `if` chose: copies of the objects that either side had."""

    def __init__(self, cond):
        self.cond, self.became = cond, {}

    def note(self, new, sides, was):
        """`new` is what became of the values of both sides; of one where the other is NEVER. was: of Frame.settle."""
        if _is_object(new):
            own(new) if not journal.is_made(new) else None
            for at, side in enumerate(sides):
                old = was[at].get(id(side), side)
                if side is not values.NEVER and _is_object(old) and _is_known(old):
                    self._is(new, old, at, sides[1 - at] is values.NEVER)
        parts = parts_of(new)
        if parts:
            of_sides = [[values.NEVER] * len(parts) if side is values.NEVER else parts_of(side) for side in sides]
            if all(len(found) == len(parts) for found in of_sides):
                for part, *found in zip(parts, *of_sides):
                    self.note(part, found, was)

    def _is(self, new, old, at, surely):
        cond = True if surely else self.cond
        copies = self.became.setdefault((at, id(old)), [])
        if _is_older(old):
            relate(new, old, cond, at == 0)
        else:
            for other in copies:
                relate(new, other, cond, at == 0)
        copies.append(new)


def in_place_of(old, new, was):
    """`new` is made of `old` in a wider form: its dicts, tuples and lists stand for those of `old` in `was`, of Frame.settle."""
    if old is new or type(old) is not type(new) or not isinstance(old, (dict, tuple, list)):
        return
    was[id(new)] = was.get(id(old), old)
    parts = parts_of(old), parts_of(new)
    if len(parts[0]) == len(parts[1]):
        for one, other in zip(*parts):
            in_place_of(one, other, was)


def may_be(new, older):
    """A loop's value may be one of these values, those of its objects that stood before the loop."""
    found = [thing for value in older for thing in objects(value) if _is_older(thing)]
    for copy in objects(new) if found else ():
        for thing in found:
            relate(copy, thing)


def has_older(value, known):
    """Whether a value at the end of a loop's body has objects of before the loop that those known do not have."""
    ids = {id(thing) for other in known for thing in objects(other)}
    return any(_is_older(thing) and id(thing) not in ids for thing in objects(value))


def follow(thing, change):
    """Called when an object has changed: change(other) does the same to another one."""
    twins = _core.current_graph().extra.get("twins") if _core.current_graph() is not None else None
    if twins:
        _follow(thing, change, twins, [thing], {}, True)


def has(thing):
    """Whether an object may be another one that this trace knows."""
    graph = _core.current_graph()
    return any(thing is a or thing is b for a, b, *_ in graph.extra.get("twins", ())) if graph is not None else False


def is_one(a, b):
    """Whether two objects are one: True, False or a traced bool."""
    graph = _core.current_graph()
    twins = graph.extra.get("twins") if graph is not None else None
    return a is b or bool(twins) and _joins(graph, twins, a, b, [a], {})


def _onward(thing, twins, path, taken):
    """(other object, condition, what it must be, `taken` with it) for each way on from an object that can be of one run. taken: {id of
    a condition: what it is on the path}; without it the ways through swaps of two objects would be as many as their power."""
    for a, b, cond, holds in list(twins):
        other = b if a is thing else a if b is thing else None
        if other is None or any(other is one for one in path):
            continue
        if cond is None or cond is True:
            yield other, cond, holds, taken
        elif taken.get(id(cond), holds) == holds:
            yield other, cond, holds, {**taken, id(cond): holds}


def _joins(graph, twins, a, b, path, taken):
    found = False
    for other, cond, holds, with_it in _onward(a, twins, path, taken):
        rest = other is b or _joins(graph, twins, other, b, [*path, other], with_it)
        if rest is False:
            continue
        if cond is None or (cond is not True and not graph.sees(cond)):
            raise rollback.cannot(TypeError(f"whether these names are of one object is known only when the function runs{places.here()}"))
        flag = True if cond is True else values.pythons_bool(cond if holds else _core.op("NOT", [cond]))
        flag = rest if flag is True else flag if rest is True else values.pythons_bool(_core.op("AND", [flag, rest]))
        found = flag if found is False or flag is True else values.pythons_bool(_core.op("OR", [found, flag]))
        if found is True:
            return True
    return found


def refuse(thing):
    """Before an object changes in a way that others cannot follow."""

    def change(other):
        if _is_seen(other):
            raise _refusal()
        outside.refuse_arguments(other)

    follow(thing, change)


def _follow(thing, change, twins, path, taken, told):
    graph = _core.current_graph()
    for other, cond, holds, with_it in _onward(thing, twins, path, taken):

        def goes_on(other=other, with_it=with_it):
            change(other)
            _follow(other, change, twins, [*path, other], with_it, True)

        if told and (cond is True or id(cond) in taken):
            goes_on()
        elif told and cond is not None and graph.sees(cond):
            conditionals.staged_if(graph, cond, goes_on if holds else None, None if holds else goes_on, [])
        elif _is_seen(other):
            raise _refusal()
        else:
            outside.refuse_arguments(other)  # which the caller's code sees
            _follow(other, change, twins, [*path, other], with_it, False)


def _refusal():
    return rollback.cannot(
        TypeError(
            "this object may be the one that another name shows, which a branch or loop gave it, so its change cannot be followed: where the "
            f"name is given, make a copy, as by dict(d) or dataclasses.replace(d){places.here()}"
        )
    )


def _is_seen(thing):
    """Whether the user's variables lead to an object."""
    frame, seen, left = sys._getframe(1), set(), []
    while frame is not None and frame.f_code is not places.trace_code():
        if not places.is_ours(frame):
            left += frame.f_locals.values()
        frame = frame.f_back
    for value in left:  # which grows: what is near comes first
        if value is thing:
            return True
        if len(seen) > MOST_SEEN:
            return True
        if id(value) not in seen and not isinstance(value, (_core.Tensor, type, types.ModuleType, types.FunctionType)):
            seen.add(id(value))
            left += parts_of(value) or getattr(value, "__dict__", {}).values()
    return False


from . import conditionals, outside  # noqa: E402 - a change is followed in branches; outside asks this file
