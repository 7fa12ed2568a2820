"""What a condition tells of values inside the branches that it decides: where `isinstance(v, float)` holds, v is a float.

A value that is one of several has a number that says which (its tag). A condition that was made of such a number tells which numbers
are possible where it holds and where it does not; inside a branch these are the `known` ones, and what is done there with the value
is done with what it may still be. So `[v for v in l if v is not None]` is a list without None, and `(v, 1)` beside it one pair.
"""

import types

from .. import _core
from . import journal, places, trees, values

Tensor = _core.Tensor


def tell(cond, tag, true, false):
    """Notes of a traced condition which numbers a tag may have where it holds, and where not; returns it."""
    if isinstance(cond, Tensor) and isinstance(tag, Tensor) and tag.is_symbolic:
        _note(cond, {tag._value: frozenset(true)}, {tag._value: frozenset(false)})
    return cond


def _note(cond, true, false):
    _core.current_graph().extra.setdefault("tells", {})[id(cond)] = (cond, true, false)  # which keeps it, and its id


def _told(cond):
    return _core.current_graph().extra.get("tells", {}).get(id(cond), (None, {}, {}))[1:]


def opposite(cond, made):
    """`made` is `not cond`; returns it."""
    true, false = _told(cond)
    if true or false:
        _note(made, false, true)
    return made


def both(first, second, made):
    """`made` holds only where both do; returns it."""
    if isinstance(made, Tensor):
        found = _and(_told(first)[0], _told(second)[0])
        if found:
            _note(made, found, {})
    return made


def either(first, second, made):
    """`made` holds where one of the two does; returns it."""
    if isinstance(made, Tensor):
        found = _and(_told(first)[1], _told(second)[1])
        if found:
            _note(made, {}, found)
    return made


def _and(a, b):
    return {tag: a.get(tag, b.get(tag)) & b.get(tag, a.get(tag)) for tag in a.keys() | b.keys()}


def enter(graph, cond, holds):
    """Begins a branch that is taken where cond holds, or where it does not; gives what leave() needs."""
    before = graph.extra.get("known", {})
    true, false = _told(cond)
    told = true if holds else false
    if told:
        graph.extra["known"] = _and(before, told)
    return before


def leave(graph, before):
    graph.extra["known"] = before


class Told:
    """A context for the body of a branch: its variables hold the texts that they are known to hold there. before: as enter() gave it."""

    __slots__ = ("held",)

    def __init__(self, body, graph, before):
        self.held = []
        if graph.extra.get("known", {}) is before or type(body) is not types.FunctionType:
            return
        for cell in _cells(body):
            value = journal.content(cell)
            if isinstance(value, (Tensor, trees.Choice)):
                here = narrowed(value)
                if isinstance(here, str):
                    self.held.append((cell, value, here))

    def __enter__(self):
        for cell, _, here in self.held:
            cell.cell_contents = here

    def __exit__(self, *exc):
        for cell, value, here in self.held:
            if journal.content(cell) is here:  # it has not been assigned to
                cell.cell_contents = value
        return False


def _cells(body):
    """The variables of a branch: of the user's lambdas where it is a function of this package that calls them."""
    if not places.is_home(body.__code__):
        return body.__closure__ or ()
    found = []
    for cell in body.__closure__ or ():
        held = journal.content(cell)
        for f in held if type(held) is tuple else (held,):
            if type(f) is types.FunctionType and not places.is_home(f.__code__):
                found += f.__closure__ or ()
    return found


def _possible(tag):
    """The numbers that a tag may have here; None where any."""
    graph = _core.current_graph()
    known = None if graph is None else graph.extra.get("known")
    return known.get(tag._value) if known and isinstance(tag, Tensor) and tag.is_symbolic else None


def narrowed(value):
    """A value as what it may be here: one of several, or a tuple with such in it, with fewer options or as the only one left."""
    kind = type(value)
    if kind is tuple:
        made = tuple([narrowed(v) for v in value])
        return made if any(a is not b for a, b in zip(made, value)) else value
    if kind is not trees.Choice and not values.is_maybe(value):
        return value
    tag = value._tag if kind is trees.Choice else value.tag
    possible = _possible(tag)
    if not possible:
        return value
    options = trees.numbered(value)
    left = {k: option for k, option in options.items() if k in possible}
    if not left or len(left) == len(options):
        return value
    if len(left) == 1:
        return narrowed(*left.values())
    first = int(kind is not trees.Choice and 0 not in left)  # the number of the first one that is left
    tag = trees.renumbered(tag, {old: new for new, old in enumerate(left, first)})
    if kind is trees.Choice:
        return trees.Choice(tag, left.values())
    return _core.maybe(tag, left.pop(0, None), tuple(left.values()), value.label)
