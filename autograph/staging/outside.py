"""What is outside of the trace and reached from it: older containers and objects, and calls of code that is not converted.

Such code runs while tracing, once. That is right for what only computes. What changes something (a container, an iterator, a
file) or asks the world (a clock, a random number) would act at another time, or once instead of in every iteration: the
containers of this trace keep a journal, and the rest is left to rollback.py.
"""

import builtins
import collections
import types

from .. import _core, records
from . import effects, iterators, journal, lists, places, rollback, texts, values

CONTAINERS = (list, dict, set, collections.deque, bytearray)
_READS = {
    "copy", "count", "difference", "get", "index", "intersection", "isdisjoint", "issubset", "issuperset", "items", "keys",
    "symmetric_difference", "union", "values",
}  # fmt: skip
_WORLD = {"random", "secrets", "time", "_random", "uuid"}  # modules whose functions give another value at each call
_PURE_OWNERS = (str, bytes, int, float, complex, bool, tuple, frozenset, range, slice, type, types.ModuleType, type(None))


def made_here(thing):
    """Whether an object was made by the code that is traced now."""
    return isinstance(thing, lists.TracedList) and thing.argument is None or journal.is_made(thing)


def remember(made):
    """Notes an object that converted code has just made; returns it."""
    if type(made) not in values.PLAIN and journal.watching():
        graph = _core.current_graph()
        if graph is not None and "made" in graph.extra:
            journal.made(made)
    return made


class KeepWhole(BaseException):
    """The trace starts again with a dataclass of the arguments as the caller's object: its leaf."""


def about_to_change(owner, attr, value=None, place=None):
    """Before an attribute changes: a dataclass of the arguments is the caller's, who must see it.

    A variable that the function makes is kept on the caller's object; any other change is left to Python, or refused."""
    graph = _core.current_graph()
    standing = graph.extra["leaves"].records.get(id(owner)) if graph is not None and "leaves" in graph.extra else None
    if standing is None:
        return
    path, ordinal = standing[2:]
    place = places.here() if place is None else place
    if isinstance(value, _core.Variable):
        raise KeepWhole(ordinal)
    error = TypeError(
        f"the {type(owner).__name__} {path!r} belongs to the caller, who would not see this change of {attr!r}: return a changed one, "
        f"as by dataclasses.replace({path}, {attr}=...), or keep what changes in a tf.Variable{place}"
    )
    raise rollback.cannot(error)


def check_arguments(graph, leaves, own):
    """Looks at what stands for the caller's dataclasses and dictionaries at the end of a trace: whether it has changed.

    own: the path of the dictionary of keywords, which is the function's own."""
    for copy, before, _, _ in leaves.records.values():
        names, parts = records.take(copy)
        now = dict(zip(names, parts))
        for name in before.keys() | now.keys():
            if now.get(name, before) is not before.get(name, now):
                about_to_change(copy, name, now.get(name), "")
    for copy, before, path in leaves.dicts:
        if path == own or (list(copy) == list(before) and not _changed(before, copy)):
            continue
        keys = [k for k in before.keys() | copy.keys() if copy.get(k, before) is not before.get(k, copy)]
        what = f"of {keys[0]!r}" if len(keys) == 1 else "of its items"
        raise rollback.cannot(
            TypeError(
                f"the dict {path!r} belongs to the caller, who would not see this change {what}: work on a copy, as {path} = dict({path}), "
                f"and return it, or keep what changes in a tf.Variable{_def_of(graph)}"
            )
        )


def _def_of(graph):
    """The place of the function's def."""
    code = getattr(graph.extra["function"].python_function, "__code__", None)
    return "" if code is None else f'\n  File "{code.co_filename}", line {code.co_firstlineno}, in {code.co_name}'


def container_method(owner, f, args, kwargs):
    """owner.f(*args, **kwargs) of a built-in container: one of this trace keeps a journal; what changes an older one happens
    while tracing."""
    if f.__name__ in _READS or f.__name__.startswith("__"):
        return f(*args, **kwargs)
    if journal.depth() and not (made_here(owner) and not isinstance(owner, bytearray)):
        if effects.traced((*args, *kwargs.values())) or rollback.as_python():
            kind = type(owner).__name__
            raise rollback.cannot(
                TypeError(
                    f"{kind}.{f.__name__} in a traced branch or loop: this {kind} was made outside the "
                    f"function, so it cannot hold a traced value; make it inside and return it{places.here()}"
                )
            )
    if not isinstance(owner, bytearray):
        # an older container may take any form, which no graph holds: its changes in branches happen while tracing
        note = journal.touch if made_here(owner) or journal.in_loop() else journal.keep
        note(journal.Items(owner, f"the {type(owner).__name__}"))
    return f(*args, **kwargs)


def call(f, /, *args, **kwargs):
    """f(*args, **kwargs), which is not converted."""
    if not journal.watching() or is_ours(f):
        return f(*args, **kwargs)
    if _asks_the_world(f) and rollback.as_python():
        raise rollback.RunAsPython(f"{_name(f)}() gives another value at each call", places.here())
    if journal.depth() and _has_state(f, args) and rollback.as_python():
        raise rollback.RunAsPython(f"{_name(f)}() in a branch or loop changes an object", places.here())
    if any(type(a) is types.GeneratorType for a in args):
        args = tuple([effects.held(_core.current_graph(), a) if type(a) is types.GeneratorType else a for a in args])
    boxes = [x for x in (*args, *kwargs.values()) if isinstance(x, CONTAINERS) and not isinstance(x, bytearray)]
    if not boxes:
        made = f(*args, **kwargs)
        if type(made) is types.GeneratorType:
            return iterators.read(made)
        return texts.text(made) if type(made) is str else made  # "{!r}".format(n)
    slots = []
    for box in boxes:
        if getattr(box, "staged", None) is not None:
            error = TypeError(f"{_name(f)}() is not converted, and this list's length is known only at run time{places.here()}")
            raise rollback.cannot(error, box.staged.size)
        slots.append(journal.Items(box, f"the {type(box).__name__}"))
    before = [slot.get() for slot in slots]
    try:
        made = f(*args, **kwargs)
        return iterators.read(made) if type(made) is types.GeneratorType else made
    finally:
        for slot, old in zip(slots, before):
            _note(f, slot, old)


def _note(f, slot, old):
    """Writes into the journal what a call of f has changed in a container. Only then: a list made for the call is another one
    in each iteration of a loop."""
    new = slot.get()
    if not _changed(old, new):
        return
    slot.set(old)
    if journal.depth() and not made_here(slot.box):
        kind = type(slot.box).__name__
        raise rollback.cannot(
            TypeError(
                f"{_name(f)}() changes a {kind} in a traced branch or loop that was made outside the function: make it "
                f"inside and return it{places.here()}"
            )
        )
    journal.touch(slot)
    slot.set(new)


def is_ours(f):
    return (getattr(f, "__module__", None) or "").partition(".")[0] == _HOME


_HOME = __name__.partition(".")[0]


def _changed(old, new):
    if len(old) != len(new):
        return True
    if isinstance(old, dict):
        return any(k not in new or new[k] is not v for k, v in old.items())
    return any(a is not b for a, b in zip(old, new))


def _name(f):
    return getattr(f, "__qualname__", None) or getattr(f, "__name__", None) or type(f).__name__


def _asks_the_world(f):
    if f is builtins.input:
        return True
    owner = getattr(f, "__self__", None)
    if owner is None or isinstance(owner, types.ModuleType):
        module = getattr(f, "__module__", None) or ""
    else:
        module = (owner if isinstance(owner, type) else type(owner)).__module__
        if module == "datetime":
            return f.__name__ in ("now", "today", "utcnow")
    return module in _WORLD or module.startswith("numpy.random")


def _has_state(f, args):
    """Whether a call changes an object that keeps no journal: an iterator, a file ..."""
    if f is builtins.next:
        return True
    owner = getattr(f, "__self__", None)
    return type(f) is types.BuiltinFunctionType and not isinstance(owner, (*_PURE_OWNERS, *CONTAINERS))


def leaked(changes):
    """The name of a place outside of the trace that holds one of its values at its end, or None."""
    for slot, _ in changes.older.values():
        owner = getattr(slot, "owner", getattr(slot, "box", None))
        if (owner is None or not made_here(owner)) and effects.traced(slot.get()):
            return slot.name
    return None
