"""Places that staged code may change: cells, globals, attributes, items; and the journal of changes.

A control statement declares the names it assigns. What else its bodies change (a list, an attribute, a cell of a
helper) is written into the journal when it happens, so that a branch can be undone and a loop can carry it.
"""

import functools
import threading
from collections import deque
from types import FunctionType

from .. import _core

UNDEFINED = _core.UNDEFINED


def content(cell):
    """What a closure cell holds: UNDEFINED where it is empty."""
    try:
        return cell.cell_contents
    except ValueError:
        return UNDEFINED


class Cell:
    """A variable held in a closure cell; an empty cell is an undefined variable."""

    __slots__ = ("name", "cell", "key")

    def __init__(self, name, cell):
        self.name, self.cell, self.key = name, cell, ("cell", id(cell))

    def get(self):
        return content(self.cell)

    def set(self, value):
        if value is UNDEFINED:
            try:
                del self.cell.cell_contents
            except ValueError:
                pass
        else:
            self.cell.cell_contents = value


class Global:
    """A variable declared global."""

    __slots__ = ("name", "scope", "key")

    def __init__(self, name, scope):
        self.name, self.scope, self.key = name, scope, ("global", id(scope), name)

    def get(self):
        return self.scope.get(self.name, UNDEFINED)

    def set(self, value):
        if value is UNDEFINED:
            self.scope.pop(self.name, None)
        else:
            self.scope[self.name] = value


class Place:
    """A composite target of an assignment, by its text: self.x, d['k'], x[i]. Its names are variables of `functions`, or global."""

    __slots__ = ("name", "key", "parts", "cells", "scope")

    def __init__(self, text, functions):
        self.name, self.key, self.parts = text, ("place", text), _parts(text)
        found = {name: _cell(name, functions) for name in self.parts.names}
        self.cells = {name: cell for name, cell in found.items() if cell is not None}
        self.scope = _scope(functions)

    def get(self):
        try:
            return self._eval(self.parts.whole)
        except (AttributeError, LookupError, NameError):
            return UNDEFINED
        except TypeError:
            if hasattr(type(self.owner()), "__getitem__"):
                raise
            return UNDEFINED  # None has no items, and `if x is not None` says so

    def set(self, value):
        if value is UNDEFINED:
            return
        owner, key = self.owner(), self.parts.key
        if isinstance(key, str):
            setattr(owner, key, value)
        else:
            _core.set_item(value, owner, self._eval(key))

    def owner(self):
        return self._eval(self.parts.owner)

    def last_object(self):
        """Of x, x[i] and so on up to the owner, the last one that is there and no tensor: changes of tensors are changes of it."""
        found = UNDEFINED
        for code in self.parts.steps:
            try:
                box = self._eval(code)
            except LookupError:
                break
            found = found if isinstance(box, _core.Tensor) and found is not UNDEFINED else box
        return found

    def _eval(self, code):
        names = {}
        for name, cell in self.cells.items():
            try:
                names[name] = cell.cell_contents
            except ValueError:
                raise NameError(f"name '{name}' is not defined", name=name) from None
        return eval(code, self.scope, names)


class _Parts:
    """The code of `a.b`, its owner `a`, its key (the name of an attribute, or the code of an index), and of what it is an item of,
    from the left."""

    __slots__ = ("whole", "owner", "key", "names", "steps")

    def __init__(self, whole, owner, key, names, steps):
        self.whole, self.owner, self.key, self.names, self.steps = whole, owner, key, names, steps


@functools.cache
def _parts(text):
    import ast

    node = ast.parse(text, mode="eval").body

    def code(part):
        return compile(ast.Expression(part), "<place>", "eval")

    key = node.attr if isinstance(node, ast.Attribute) else code(node.slice)
    steps, at = [], node.value
    while True:
        steps.insert(0, code(at))
        if isinstance(at, ast.Name):
            break
        at = at.value
    return _Parts(code(node), steps[-1], key, tuple({n.id for n in ast.walk(node) if isinstance(n, ast.Name)}), steps)


def _cell(name, functions):
    """The cell of the free variable `name` of one of the functions, or None."""
    for fn in functions:
        if fn is not None and name in fn.__code__.co_freevars:
            return fn.__closure__[fn.__code__.co_freevars.index(name)]
    return None


def _scope(functions):
    return next(fn for fn in functions if fn is not None).__globals__


class Attribute:
    """An attribute changed somewhere below a staged statement."""

    __slots__ = ("name", "owner", "attr", "key")

    def __init__(self, owner, attr):
        self.owner, self.attr, self.key = owner, attr, ("attr", id(owner), attr)
        self.name = f"{(owner if isinstance(owner, type) else type(owner)).__name__}.{attr}"

    def get(self):
        """Without the owner's __getattr__ or cached_property, which are for what is not there."""
        if self.attr not in getattr(self.owner, "__dict__", ()) and methods.is_cached(type(self.owner), self.attr):
            return UNDEFINED
        try:
            return type(self.owner).__getattribute__(self.owner, self.attr)
        except AttributeError:
            return UNDEFINED

    def set(self, value):
        now = self.get()
        if value is now:
            return  # it may not take any
        if value is not UNDEFINED:
            _plain(type(self.owner), "__setattr__")(self.owner, self.attr, value)
        else:
            _plain(type(self.owner), "__delattr__")(self.owner, self.attr)


def _plain(kind, name):
    """A method of a class, or of the first one that it comes from which has none of the user's, which may act."""
    method = getattr(kind, name)
    if type(method) is FunctionType:
        method = next(found for base in kind.__mro__ if type(found := vars(base).get(name, method)) is not FunctionType)
    return method


class Items:
    """The contents of a list, deque, dict or set changed below a staged statement: a tuple or a dict (of a set: its keys)."""

    __slots__ = ("name", "box", "key")

    def __init__(self, box, name):
        self.box, self.name, self.key = box, name, ("items", id(box))

    def get(self):
        if hasattr(self.box, "staged"):
            return self.box.now()
        if isinstance(self.box, (list, deque)):
            return tuple(self.box)
        return dict.fromkeys(self.box, True) if isinstance(self.box, set) else dict(self.box)

    def set(self, value):
        if hasattr(self.box, "staged"):
            self.box.staged = None if type(value) is tuple else value
            list.__setitem__(self.box, slice(None), value if type(value) is tuple else ())
        elif isinstance(self.box, list):
            self.box[:] = value
        elif isinstance(self.box, deque):
            self.box.clear()
            self.box.extend(value)
        else:
            self.box.clear()
            self.box.update(value)


class Hidden:
    """A loop variable the user does not see, such as the counter of a range."""

    __slots__ = ("name", "value", "key")

    def __init__(self, name, value):
        self.name, self.value, self.key = name, value, ("hidden", id(self))

    def get(self):
        return self.value

    def set(self, value):
        self.value = value


def slots(functions, state, turns=False):
    """The places a control statement declares: names are looked up in the cells of its bodies. turns: it is a loop.

    A tensor is a value: `x[i] = v` binds x anew, so where x is carried, its item x[i] is no place of its own. Lists and dicts
    of this trace write their changes into the journal themselves, whatever the key.
    """
    found = []
    for item in state:
        if "." in item or "[" in item:
            base, bracket, _ = item.partition("[")
            owner = next((slot for slot in found if bracket and slot.name == base), None)
            if owner is None or not isinstance(owner.get(), _core.Tensor):
                place = Place(item, functions)
                if not _of_this_trace(place):
                    outside.about_to_stage_item(place, turns)
                    found.append(place)
            continue
        cell = _cell(item, functions)
        found.append(Global(item, _scope(functions)) if cell is None else Cell(item, cell))
    return found


def is_made(box):
    """Whether a dict was made by the code that is traced now."""
    graph = _core.current_graph()
    return graph is not None and id(box) in graph.extra.get("made", ())


def made(thing):
    """Notes an object that the traced code has made, and how many staged bodies stood round it then; returns it."""
    extra = _core.current_graph().extra
    extra["made"][id(thing)] = thing  # which keeps it, so that its id is not another's
    extra.setdefault("born", {})[id(thing)] = depth()
    return thing


def birth(thing):
    """How many staged bodies stood round the making of an object of this trace; None for older ones."""
    born = getattr(thing, "born", None) if isinstance(thing, list) else None
    graph = _core.current_graph()
    return born if born is not None or graph is None else graph.extra.get("born", {}).get(id(thing))


def _of_this_trace(place):
    """Whether a place is an item of a list, dict or array that this trace has made, or of one that such a list is to hold yet."""
    if isinstance(place.parts.key, str):
        return False
    graph = _core.current_graph()
    mark = graph.mark()
    try:
        box = place.last_object()
    except Exception:  # what the user's own reading of it will say, in its place
        return False
    finally:
        graph.undo(mark)  # it is not read here: an index may be out of range
    return isinstance(box, (arrays.Array, trees.Choice)) or hasattr(box, "staged") or is_made(box)


class _Frames(threading.local):
    def __init__(self):
        self.frames = []  # Frame of each staged body around
        self.watchers = []  # {key: place} of each `try` around
        self.changes = 0
        self.older = None  # while tracing: {key: (slot, value before)} of what is changed outside of all bodies as well


_local = _Frames()


class Frame:
    """What one staged body changes: each place with its value before. Use as `with Frame(slots, decider) as frame`.

    decider: the traced condition of a branch, or the key of a loop: what decides in the run whether the body is run.
    On leaving, `after` holds the values at the end of the body and the places hold their old values again.
    """

    def __init__(self, declared=(), decider=None):
        self.decider = decider
        self.before = {s.key: (s, s.get()) for s in declared}
        self.after = {}

    def __enter__(self):
        _local.frames.append(self)
        return self

    def __exit__(self, *exc):
        _local.frames.pop()
        self.after = {key: _left(slot, before) for key, (slot, before) in self.before.items()}
        for slot, value in self.before.values():
            slot.set(value)
        return False

    def settle(self, value, was):
        """A value of the end of the body, what it holds as it was there: by now its parts hold what they held before.

        was: gets {id of a list, array, dict or object made for it: the one it is made of}; two names of one thing stay two names of one."""
        return value if isinstance(value, _core.Tensor) else _Settled(self.after, was).of(value)


class _Settled:
    """Values as the body with these changes, {key: value}, leaves them."""

    def __init__(self, after, was):
        self.after, self.was, self.made = after, was, {}

    def of(self, value):
        if id(value) not in self.made:
            self.made[id(value)] = value, self._made(value)  # the value is kept, so that its id is no other's
        return self.made[id(value)][1]

    def _made(self, value):
        kind = type(value)
        if kind is arrays.Array:
            return self._box(value, arrays.settle(value, self.after))
        if kind is lists.TracedList:
            if heaps.is_inner(value):
                return value
            before = value.now()
            now = self._held(self.after.get(("items", id(value)), before))
            return value if now is before else self._box(value, lists.holding(now))
        if kind is tuple:
            return self._held(value)
        if kind is list:
            items = self.after.get(("items", id(value)))
            return [self.of(v) for v in (items if type(items) is tuple and len(items) == len(value) else value)]
        if kind is dict:
            before = self.after.get(("items", id(value)), value)
            now = {k: self.of(v) for k, v in before.items()}
            return value if before is value and all(now[k] is v for k, v in value.items()) else self._note(value, now)
        if kind is trees.Choice:
            return trees.Choice(value._tag, self._held(value._options))
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            parts = [self.of(v) for v in value]
            return value if all(a is b for a, b in zip(parts, value)) else kind(*parts)
        found = values.opened(value)
        return value if found is None else self._record(value, *found)

    def _held(self, items):
        """A tuple of such values; StagedItems are numbers and handles."""
        if type(items) is not tuple:
            return items
        made = tuple([self.of(v) for v in items])
        return made if any(a is not b for a, b in zip(made, items)) else items

    def _record(self, value, names, before):
        parts = dict(zip(names, before))
        for key, now in self.after.items():
            if key[0] == "attr" and key[1] == id(value):
                parts[key[2]] = now
        made = {name: self.of(part) for name, part in parts.items() if part is not UNDEFINED}
        if made.keys() == set(names) and all(made[name] is part for name, part in zip(names, before)):
            return value
        return self._note(value, values.made_of(type(value), tuple(made), tuple(made.values())))

    def _box(self, value, made):
        if made is not value:
            made.sites = value.sites
            self._note(value, made)
        return made

    def _note(self, value, made):
        self.was[id(made)] = self.was.get(id(value), value)
        return made


def _left(slot, before):
    """What a body leaves in a place, as that is known there."""
    value = slot.get()
    if value is before:
        return value
    return facts.narrowed(arrays.alone(value, before) if isinstance(slot, Items) else arrays.parts.left(value, before))


def touch(slot, since=None):
    """Tell every staged body around, and the trace, that the place is about to change.

    since: the depth where a place of this trace was made; only bodies entered later must know. Else that of its owner: a
    list made in the body of a loop is another one in each iteration, so the loop does not carry it."""
    first = since
    note_change()
    if since is None and isinstance(slot, (Attribute, Items)):
        first = birth(slot.owner if isinstance(slot, Attribute) else slot.box)
    for frame in _local.frames[first:]:
        if slot.key not in frame.before:
            frame.before[slot.key] = (slot, slot.get())
    for found in _local.watchers:
        found.setdefault(slot.key, slot)
    if since is None:
        keep(slot)


def note_change():
    """Something changes that other code may see, in a staged body or not."""
    _local.changes += 1


def changes():
    """How many changes this thread has made so far."""
    return _local.changes


def keep(slot):
    """Tells the trace alone: the place changes while tracing, whichever branch the run takes, and undo() puts it back."""
    if _local.older is not None and slot.key not in _local.older:
        _local.older[slot.key] = (slot, slot.get())


def is_changed(thing, name=None):
    """Whether an attribute, or the one of that name, of an object that is older than the trace has been set in it."""
    if _local.older is None:
        return False
    if name is not None:
        return ("attr", id(thing), name) in _local.older
    return any(key[0] == "attr" and key[1] == id(thing) for key in _local.older)


def in_loop():
    """Whether one of the staged bodies around is a loop's."""
    return any(map(is_loops, _local.frames))


def frames():
    """The staged bodies around, the innermost last."""
    return tuple(_local.frames)


def is_loops(frame):
    return frame.decider is not None and not isinstance(frame.decider, _core.Tensor)


def watching():
    """Whether changes of places are of interest to anybody."""
    return _local.older is not None or bool(_local.frames)


def depth():
    """How many staged bodies are being traced around this point."""
    return len(_local.frames)


def places_since(base):
    """{key: place} of what the staged bodies from number `base` on change, as far as that is known."""
    found = {}
    for frame in _local.frames[max(base, 0) :]:
        for key, (slot, _) in frame.before.items():
            found[key] = slot
    return found


class watch:
    """A context that adds every place that is touched to `places`, {key: place}."""

    def __init__(self, places):
        self.places = places

    def __enter__(self):
        _local.watchers.append(self.places)

    def __exit__(self, *exc):
        _local.watchers.pop()
        return False


def deciders():
    """What decides whether this point is reached: the traced conditions and the keys of the loops around."""
    return [frame.decider for frame in _local.frames if frame.decider is not None]


class Isolated:
    """A context for one trace: no staged body is around, and undo() puts back what the trace has changed.

    noted: what places held before it (unseen.py)."""

    def __init__(self, noted):
        self.noted = noted

    def __enter__(self):
        self.saved = _local.frames, _local.older, _local.watchers
        _local.frames, _local.watchers = [], []
        self.older = _local.older = {}
        return self

    def __exit__(self, *exc):
        _local.frames, _local.older, _local.watchers = self.saved
        return False

    def undo(self, which=None):
        """Puts back what places held; which: only where what they hold now is such a value."""
        for slot, value in self.older.values():
            if which is None or which(slot.get()):
                slot.set(value)
        if which is None:
            self.noted.undo()


from . import arrays, facts, heaps, lists, methods, outside, trees, values  # noqa: E402 - what they hold is a place, and made of places
