"""What a trace may have read outside of its arguments: globals, variables of enclosing functions,
attributes and items of older objects, bytes of NumPy arrays.

A trace holds them as constants. So it is noted where each came from and what it was, and a call
looks whether that still holds (ext/outer.c). Where it does not, plain Python has changed the place
between calls: the trace is forgotten, and from then on the place is state, which each call reads
(states.py), so that a number that changes with each call costs one more trace and not one a call.

Functions of tensors keep TensorFlow's rule instead where no object of the user's holds the place: a
global, an enclosing variable and the items in it are what they were when the trace was made (frozen),
and a warning says so when they change.

What is looked at is what code within reach names, not what it does, and all attributes of what it
reaches where it asks for them by texts; what lies behind the bounds below is not.
"""

import collections
import dis
import functools
import types
import warnings
import weakref

from .. import _core
from . import journal, methods, opaque, places, reach, sent, states

# as in ext/outer.c
IN_DICT, IN_CELL, IN_ATTRIBUTE, OF_LIST, OF_DICT, OF_OTHER, OF_ARRAY, NOT_THERE, OF_CLASS = range(9)
MOST_ENTRIES, MOST_THINGS = 1000, 2000
MOST_ITEMS = 10_000  # of one container
MOST_BYTES = 1 << 16  # of one array
MOST_WORK = 100_000  # of all that a call looks at, an item of a list being 1: some 0.2 ms
_WORK = {OF_LIST: 1, OF_DICT: 10, OF_OTHER: 20}  # an item's

_ENDS = (bool, int, float, complex, str, bytes, range, slice, type(None), _core.DType)
_ENDS += (
    _core.Tensor,
    _core.Variable,
    _core.Function,
    types.BuiltinFunctionType,
)
_CONTAINERS = (list, dict, set, collections.deque)
_BUFFERS = (bytearray, memoryview)
_OF_CONTEXTS = {"prec", "rounding", "Emin", "Emax", "capitals", "clamp"}
# A name that gets another one of these is not looked for.
_UNSEEN = (types.ModuleType, types.BuiltinFunctionType, type)


def look(things, known, frozen):
    """What these objects lead to (a function, the objects among its arguments) but for the places that are the trace's state: `known`,
    their keys. The entries of the trace, and the places of arrays that are too large to be looked at in each call.
    frozen: TensorFlow's rule holds for it."""
    functions = [*sent.within_reach(things)]
    named, looked = set(), set()
    for f in functions:
        for name, is_looked in _names(f.__code__).items():
            named.add(name)
            if is_looked:
                looked.add(name)
    texts = {text for f in functions for text in _texts(f.__code__)}
    found = _Found(named, looked, texts, known, frozen)
    found.look_at(functions, things)
    return tuple(found.entries), found.large


class Fixed:
    """In place of a place: where it changes there is another trace, since no input can stand for what it holds."""

    def __init__(self, place):
        self.place, self.key, self.name = place, place.key, place.name


def arrays_of(things):
    """[(place, array)] of the NumPy arrays that code within reach of these objects may come upon; None where there is too much to look at."""
    functions = [*sent.within_reach(things)]
    named = {name for f in functions for name in _names(f.__code__)}
    found = _Arrays(named, named, set(), (), False)
    found.look_at(functions, things)
    return None if len(found.things) >= MOST_THINGS else found.arrays


class Frozen:
    """In place of a place: the trace keeps what it was."""

    def __init__(self, place):
        self.place = place


def stale(function, concrete):
    """Called by the function when what a trace of its own has read has changed. Gives whether it must go: the places are state from now
    on. Of what is frozen it only warns."""
    changed = concrete.changed()
    frozen = [entry for entry in changed if type(entry[4]) is Frozen]
    if frozen:
        concrete.outer = tuple(
            [entry for entry in concrete.outer if not any(entry is one for one in frozen)]
        )
        _warn(function, dict.fromkeys(entry[4].place.name for entry in frozen))
        changed = [entry for entry in changed if type(entry[4]) is not Frozen]
        if not changed:
            return False
    slots = {}
    for *_, place in changed:
        if type(place) is Fixed:
            continue
        if isinstance(place, journal.Attribute) and not isinstance(place.owner, type):
            place = _owner_of(place)
        if states.is_there(place):
            slots[place.key] = place
    function._cache[:] = [one for one in function._cache if one is not concrete]
    own = function._counts or function
    own._between = [entry[4].name for entry in changed if type(entry[4]) is Fixed] + [slot.name for slot in slots.values()]
    states.note(function, slots.values())
    return True


def _warn(function, names):
    name = getattr(function.python_function, "__qualname__", "the function")
    warnings.warn(
        f"{', '.join(names)} {'have' if len(names) > 1 else 'has'} changed since {name}() was traced, which keeps what was there then: a "
        f"function of tensors reads globals and enclosing variables once, as TensorFlow's do. Make it an argument, an attribute of an "
        f"object, or a tf.Variable",
        stacklevel=places.user_level(),
    )


def _owner_of(place):
    """The attribute of an object as that of its class where the object has none itself."""
    if place.owner is None or place.attr in getattr(place.owner, "__dict__", {}):
        return place
    owner = next((kind for kind in type(place.owner).__mro__ if place.attr in vars(kind)), None)
    member = None if owner is None else vars(owner)[place.attr]
    return (
        place
        if owner is None or isinstance(member, types.MemberDescriptorType)
        else journal.Attribute(owner, place.attr)
    )


@functools.lru_cache(2048)
def _names(code):
    """{name: whether more is asked of it than a method that puts something into it} of a code object and those within it."""
    found = dict.fromkeys((*code.co_names, *code.co_freevars), True)
    if sent._SENDING & found.keys():
        steps = [i for i in dis.get_instructions(code) if i.opname not in sent._SILENT]
        looked = {
            i.argval
            for i, after in zip(steps, steps[1:])
            if i.opname in sent._LOADS
            and not (after.opname in ("LOAD_ATTR", "LOAD_METHOD") and after.argval in sent._SENDING)
        }
        found = {name: name in looked for name in found}
    for inner in reach.codes_in(code):
        for name, is_looked in _names(inner).items():
            found[name] = found.get(name, False) or is_looked
    return found


@functools.lru_cache(2048)
def _texts(code):
    """The attributes that a code object and those within it ask for with getattr() or hasattr() and a text."""
    found, asks = set(), False
    for i in dis.get_instructions(code) if _ASKING.intersection(code.co_names) else ():
        if i.opname in sent._LOADS and i.argval in _ASKING:
            asks = True
        elif asks and i.opname == "LOAD_CONST":
            asks = False
            if isinstance(i.argval, str):
                found.add(i.argval)
    return frozenset(found.union(*map(_texts, reach.codes_in(code))))


class _Found:
    """The entries so far, and what is to be looked at."""

    def __init__(self, named, looked, texts, known, frozen):
        self.named, self.looked, self.known, self.frozen = named, looked, known, frozen
        self.texts = texts  # attributes that are asked for, there or not
        self.entries, self.todo, self.things, self.places = [], [], {}, set()
        self.large = []  # places of arrays
        self.left = MOST_WORK
        self.is_objects = False  # an object of the user's holds what is looked at

    def look_at(self, functions, things):
        """At all that these functions name, and what the things hold."""
        for f in functions:
            scope = f.__globals__
            for name in [name for name in _names(f.__code__) if name in scope]:
                self.see(
                    IN_DICT, scope, name, scope[name], journal.Global(name, scope), name in self.looked
                )
            for name, cell in zip(f.__code__.co_freevars, f.__closure__ or ()):
                value = journal.content(cell)
                if value is not journal.UNDEFINED:
                    self.see(IN_CELL, cell, None, value, journal.Cell(name, cell), name in self.looked)
            for default in (*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values()):
                self.within(default, None if f is things[0] else Fixed(journal.Attribute(f, "__defaults__")))
            if f is not things[0]:
                self._of_function(f)
        for thing in things:
            self.within(thing, None)
        while self.todo:
            value, place, self.is_objects = self.todo.pop()
            self._look_at(value, place)

    def see(self, kind, holder, key, value, place, is_looked=True):
        """A place that the trace may have read."""
        if place.key in self.known or place.key in self.places or isinstance(value, weakref.ref):
            return
        self.places.add(place.key)
        if not isinstance(value, _UNSEEN):
            self._add(kind, holder, key, value, place)
        if is_looked:
            self.within(value, place)

    def within(self, value, place):
        if isinstance(value, _ENDS) or id(value) in self.things:
            return
        if type(value) is types.FunctionType and not value.__dict__:
            return
        if len(self.things) < MOST_THINGS:
            self.things[id(value)] = value
            self.todo.append((value, place, self.is_objects))

    def _of_function(self, f):
        """What a call of it runs, and with which defaults, may be replaced."""
        for name in ("__code__", "__defaults__", "__kwdefaults__"):
            value = getattr(f, name)
            if value is not None and not opaque.is_librarys(f):
                place = Fixed(journal.Attribute(f, name))
                place.name = f"{f.__name__}.{name}"
                self._add(IN_ATTRIBUTE, f, name, value, place)
                if type(value) is dict:
                    self._add(OF_DICT, value, None, tuple(_held(part) for pair in value.items() for part in pair), place)

    def _add(self, kind, holder, key, value, place):
        if len(self.entries) < MOST_ENTRIES:
            place = place if type(place) is Fixed else states._lasting(place)
            if self.frozen and not self.is_objects and type(place) is not Fixed:
                place = Frozen(place)
            self.entries.append(sent.Entry((kind, _held(holder), key, _held(value), place)))

    def _has_time(self, work):
        """Whether each call may look at so much more."""
        if work > self.left:
            return False
        self.left -= work
        return True

    def _look_at(self, x, place):
        kind = type(x)
        if kind in _CONTAINERS or _is_as(kind, list) or _is_as(kind, dict):
            self._look_into(x, kind, f"the {kind.__name__}" if place is None else place.name)
        elif place is not None and (kind.__name__ in ("ndarray", "MaskedArray") or kind in _BUFFERS or _is_raw(kind)):
            self._look_at_bytes(x, place)
        elif kind is functools.partial:
            held = Fixed(journal.Attribute(x, "args"))
            self.within(x.args, held)
            self.within(x.keywords, held)
        elif kind.__name__ == "Context" and kind.__module__ == "decimal":
            for name in self.named & _OF_CONTEXTS:
                self._add(IN_ATTRIBUTE, x, name, getattr(x, name), Fixed(journal.Attribute(x, name)))
        elif isinstance(x, tuple):
            for part in x[:MOST_ITEMS]:
                self.within(part, place)
        elif kind is types.ModuleType:
            if not reach._is_left_alone(x.__name__) and reach.top(x.__name__) != reach.HOME:
                for name in self.named & vars(x).keys():
                    self.see(
                        IN_DICT,
                        vars(x),
                        name,
                        vars(x)[name],
                        journal.Global(name, vars(x)),
                        name in self.looked,
                    )
        elif kind is types.FunctionType:
            self._attributes(x, self.named & vars(x).keys())
        elif kind in reach.METHODS:
            self.within(x.__self__, None)
        elif isinstance(x, type):
            if methods.is_users(x):
                for owner in x.__mro__:
                    self._attributes(
                        x, self.named & vars(owner).keys() if methods.is_users(owner) else ()
                    )
        if _has_attributes(kind) and not isinstance(x, tuple):
            of_class = {
                name for owner in kind.__mro__ if methods.is_users(owner) for name in vars(owner)
            }
            held = getattr(x, "__dict__", {}).keys() | of_class
            asked = {n for n in held if n[:2] != "__"} if self.named & _BY_TEXT else set()
            self._attributes(x, self.named & held | asked)
            if not hasattr(kind, "__getattr__"):
                for name in self.texts - held:
                    place = journal.Attribute(x, name)
                    if place.key not in self.known and place.get() is journal.UNDEFINED:
                        self._add(NOT_THERE, x, name, None, place)

    def _look_at_bytes(self, x, place):
        """At the elements of an array, or of what else shows its bytes."""
        try:
            view = memoryview(x)
        except (BufferError, TypeError, ValueError):  # objects and dates have none, nor has a view that was released
            return
        if view.format == "O":
            return
        is_input = type(x).__name__ == "ndarray" and _core.describe(x) is not None
        if view.nbytes > MOST_BYTES or not self._has_time(view.nbytes // 16):
            if is_input and type(place) is not Fixed and place.get() is x and not (self.frozen and not self.is_objects):
                self.large.append(place)
        else:
            place = place if type(place) is Fixed or is_input else Fixed(place)
            self._add(OF_ARRAY, x, (view.format, *view.shape), view.tobytes(), place)

    def _attributes(self, x, names):
        self.is_objects = True
        for name in names - {"__dict__", "__weakref__"} if names else ():  # another object whenever they are asked for
            owners = x.__mro__ if isinstance(x, type) else type(x).__mro__
            member = next((vars(owner)[name] for owner in owners if name in vars(owner)), None)
            if hasattr(type(member), "__get__") and not isinstance(member, _PLAIN):
                continue  # to look at it would run code of the user's
            value = journal.Attribute(x, name).get()
            if value is not journal.UNDEFINED and not isinstance(value, reach.METHODS):
                place = journal.Attribute(x, name)
                if not isinstance(x, type) and (shown := _owner_of(place)).key in self.known:
                    if shown.key != place.key and place.key not in self.known:
                        self._add(OF_CLASS, x, name, shown.owner, place)  # until it, or a class between, has its own
                    continue
                self.see(IN_ATTRIBUTE, x, name, value, place, name in self.looked)

    def _look_into(self, x, kind, name):
        place = journal.Items(x, name)
        if place.key in self.known or len(x) > MOST_ITEMS:
            return
        as_what = OF_LIST if isinstance(x, list) else OF_DICT if isinstance(x, dict) else OF_OTHER
        if not self._has_time(len(x) * _WORK[as_what]):
            return
        if isinstance(x, dict):
            items = tuple([part for pair in x.items() for part in pair])
        else:
            items = tuple(x)
        self._add(
            as_what,
            x,
            None,
            tuple(map(_held, items)),
            place,
        )
        for part in items:
            self.within(part, place)


class _Arrays(_Found):
    """The arrays alone, each with every place that holds it."""

    def __init__(self, *args):
        super().__init__(*args)
        self.arrays = []

    def within(self, value, place):
        if type(value).__name__ == "ndarray":
            self.arrays.append((place, value))
        else:
            super().within(value, place)

    def _add(self, *entry):
        pass

    def _has_time(self, work):
        return True


_ITEMS = ("__len__", "__iter__", "__getitem__", "items", "clear", "__setitem__")


def _is_raw(kind):
    """Whether it is the class of arrays of `array`, or one of ctypes'."""
    return kind.__module__ == "array" or type(kind).__module__ == "_ctypes"


def _is_as(kind, base):
    """Whether a class derived from a container has its items as that has them."""
    return issubclass(kind, base) and (
        kind.__module__ == "collections"
        or all(getattr(kind, m, None) is getattr(base, m, None) for m in _ITEMS)
    )


def _has_attributes(kind):
    return (
        methods.is_users(kind)
        and kind.__getattribute__ is object.__getattribute__
        or issubclass(kind, types.SimpleNamespace)
        or kind.__module__ == "argparse"
    )


# With these, code names attributes by texts.
_ASKING = {"getattr", "hasattr"}
_BY_TEXT = _ASKING | {"vars", "__dict__", "attrgetter"}
_PLAIN = (types.MemberDescriptorType, types.GetSetDescriptorType)


def _held(x):
    """An object as an entry holds it: weakly where it may go, so that a trace does not keep it."""
    if isinstance(x, (type, types.ModuleType)) or type(x).__weakrefoffset__ == 0:
        return x
    return weakref.ref(x)


_core.staged["stale"] = stale
