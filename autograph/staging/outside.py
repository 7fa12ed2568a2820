"""What is outside of the trace and reached from it: older containers and objects, and calls of code that is not converted.

Such code runs while tracing, once. That is right for what only computes. What changes something (a container, an iterator, a
file) or asks the world (a clock, a random number) would act at another time, or once instead of in every iteration: the
containers of this trace keep a journal, and the rest is left to opaque.py.
"""

import builtins
import collections
import functools
import itertools
import re
import sys
import types

from .. import _core, convert, records
from . import arrays, deques, effects, iterators, journal, lists, opaque, places, reach, rollback, texts, twins, values

_JOURNALED = (list, dict, set, collections.deque)
CONTAINERS = (*_JOURNALED, bytearray)
_READS = {
    "copy", "count", "difference", "get", "index", "intersection", "isdisjoint", "issubset", "issuperset", "items", "keys",
    "symmetric_difference", "union", "values",
}  # fmt: skip


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


_CALLING = {
    map, filter, functools.reduce, functools.cmp_to_key, itertools.accumulate, itertools.dropwhile, itertools.filterfalse,
    itertools.groupby, itertools.starmap, itertools.takewhile, re.sub, re.subn,
}  # fmt: skip # what calls its arguments, and keeps none of them


def _calls_its_arguments(f):
    if isinstance(f, (type, types.FunctionType)):
        return f in _CALLING
    return type(f) is types.BuiltinFunctionType and (f in _CALLING or f.__name__ in ("sub", "subn") and type(f.__self__).__module__ == "re")


def _converted(f):
    """A function that is given to one of these: converted, as it would be where it is called."""
    if isinstance(f, (types.FunctionType, types.MethodType)) and not convert.runs_later(f) or isinstance(getattr(f, "__self__", None), CONTAINERS):
        return functools.partial(_core.call, f)
    return f


def _new(made):
    """What a call has given: where nobody else holds it, the call has made it."""
    if type(made) not in values.PLAIN and sys.getrefcount(made) <= _GIVEN:
        remember(made)
    return made


def _given_object():
    return _references(object())


def _references(made):
    return sys.getrefcount(made)


_GIVEN = _given_object()  # references to an argument that nobody else holds


class KeepWhole(BaseException):
    """The trace starts again with a dataclass of the arguments as the caller's object: its leaf."""


def about_to_change(owner, attr, value=None, place=None):
    """Before an attribute changes: a dataclass of the arguments is the caller's, who must see it.

    A variable that the function makes is kept on the caller's object; any other change is left to Python, or refused."""
    graph = _core.current_graph()
    standing = graph.extra["leaves"].records.get(id(owner)) if graph is not None and "leaves" in graph.extra else None
    if standing is None:
        return
    states.is_pointed_at(owner)
    path, ordinal = standing[2:]
    place = places.here() if place is None else place
    if isinstance(value, _core.Variable):
        raise KeepWhole(ordinal)
    of = "" if attr is None else f" of {attr!r}"
    error = TypeError(
        f"the {type(owner).__name__} {path!r} belongs to the caller, who would not see this change{of}: return a changed one, "
        f"as by dataclasses.replace({path}, {attr or 'name'}=...), or keep what changes in a tf.Variable{place}"
    )
    raise rollback.cannot(error)


def refuse_arguments(thing):
    """Before a change of what may stand for a dictionary or dataclass of the arguments, as a loop's variable does."""
    leaves = _core.current_graph().extra.get("leaves")
    for copy, _, path in () if leaves is None else leaves.dicts:
        if copy is thing:
            _refuse_dict(copy, path, "of its items", places.here())
    about_to_change(thing, None)


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
        if path == own or (list(copy) == list(before) and not differs(before, copy)):
            continue
        keys = [k for k in before.keys() | copy.keys() if copy.get(k, before) is not before.get(k, copy)]
        _refuse_dict(copy, path, f"of {keys[0]!r}" if len(keys) == 1 else "of its items", _def_of(graph))


def _refuse_dict(copy, path, what, place):
    """Raises for a change of what stands for a dictionary of the arguments."""
    states.is_pointed_at(copy)
    raise rollback.cannot(
        TypeError(
            f"the dict {path!r} belongs to the caller, who would not see this change {what}: work on a copy, as {path} = dict({path}), "
            f"and return it, or keep what changes in a tf.Variable{place}"
        )
    )


def _def_of(graph):
    """The place of the function's def."""
    code = getattr(graph.extra["function"].python_function, "__code__", None)
    return "" if code is None else f'\n  File "{code.co_filename}", line {code.co_firstlineno}, in {code.co_name}'


def container_method(owner, f, args, kwargs):
    """owner.f(*args, **kwargs) of a built-in container: one of this trace keeps a journal; what changes an older one happens
    while tracing."""
    if f.__name__ in _READS or f.__name__.startswith("__") and f.__name__ not in opaque.CHANGES:
        return _new(f(*args, **kwargs))
    if isinstance(owner, collections.deque) and made_here(owner) and journal.depth() > journal.birth(owner):
        deques.learn()
    if not made_here(owner) or isinstance(owner, bytearray):
        kind = type(owner).__name__
        if not states.holds(owner) and _may_be_state(owner):
            known = not journal.depth() and not effects.traced((*args, *kwargs.values()))
            if (not known or not sent.happens_once(owner)) and sent.send(owner, f, args, kwargs):
                return None
        if journal.depth() and not states.holds(owner):
            if _may_be_state(owner):
                _becomes_state(owner)
            error = rollback.cannot(
                TypeError(
                    f"{kind}.{f.__name__} in a traced branch or loop: this {kind} was made outside the "
                    f"function, so it cannot hold a traced value; make it inside and return it{places.here()}"
                )
            )
            if not isinstance(error, Exception) or effects.traced((*args, *kwargs.values())):
                raise error
            _warn_of_change(owner)
        elif rollback.as_python() and (may_be_older if isinstance(owner, bytearray) else is_callers)(owner):
            raise rollback.RunAsPython(f"{kind}.{f.__name__}() changes a {kind} that is older than the call, at each call", places.here())
        elif isinstance(owner, bytearray) and may_be_older(owner):
            _warn_of_change(owner)
    if isinstance(owner, dict) and not any(hasattr(type(x), "__next__") for x in args):
        twins.follow(owner, lambda other: _changed_by(other, f.__name__, args, kwargs))
    elif not isinstance(owner, bytearray):
        twins.refuse(owner)
    if not isinstance(owner, bytearray):
        # an older container may take any form, which no graph holds: its changes in branches happen while tracing
        note = journal.touch if made_here(owner) or states.holds(owner) or journal.in_loop() else journal.keep
        note(journal.Items(owner, f"the {type(owner).__name__}"))
    return f(*args, **kwargs)


def _warn_of_change(box):
    """Beside tensors: a warning that what is older than the call is changed while tracing alone."""
    opaque.warn_of_once(f"what changes this {type(box).__name__}, which is older than the call,")


def _changed_by(box, name, args, kwargs):
    """The same method of another dict, for its effect alone."""
    journal.touch(journal.Items(box, "the dict"))
    getattr(box, name)(*args, **kwargs)


def is_callers(box):
    """Whether a container or array surely is older than the trace: a variable of the module or of the function's closure holds it
    or what it is a view of, an argument, or an attribute of one of these."""
    graph = _core.current_graph()
    if graph is None or journal.is_made(box) or "leaves" not in graph.extra:
        return False
    root = _root(box)
    frame, function = places.user_frame(), graph.extra["function"].python_function
    held = [value for _, value in graph.extra["leaves"].statics]
    held += reach.cells_of(getattr(function, "__func__", function)).values()
    if frame is not None:
        held += frame.f_globals.values()
        if type(root) not in _JOURNALED:  # whose changes the end of the trace finds
            held += [frame.f_locals[name] for name in frame.f_code.co_freevars if name in frame.f_locals]
    for owner in held:
        if _root(owner) is root:
            return True
        if not isinstance(owner, types.ModuleType) and any(_root(part) is root for part in getattr(owner, "__dict__", {}).values()):
            return True
    return False


_STANDING = (*values.PLAIN[:6], range, slice, type(None), type(...), types.ModuleType, types.CodeType, _core.Tensor)


def may_be_older(thing):
    """Whether an object, which a call may change, was there before the trace, as far as nothing tells that it was not."""
    if isinstance(thing, (tuple, frozenset)):
        return any(map(may_be_older, thing))
    if type(thing) is memoryview:
        return may_be_older(thing.obj)
    if isinstance(thing, (*_STANDING, arrays.Array, iterators.Reader)) or made_here(thing):
        return False
    kind = type(thing)
    if kind.__module__ == "numpy":
        root = _root(thing)
        if kind.__name__ != "ndarray":
            return kind.__name__ not in ("dtype", "ufunc") and not isinstance(thing, sys.modules["numpy"].generic)
        return not journal.is_made(root) if root.base is None else may_be_older(root.base)
    return reach.top(kind.__module__) != reach.HOME and kind.__module__ not in _VALUES_OF

_VALUES_OF = {"datetime", "decimal", "fractions", "re", "enum", "uuid", "ipaddress", "pathlib"}  # whose objects stand still


def _root(box):
    """The array that an array is a view of, itself where it is none; any other object."""
    while (base := getattr(box, "base", None)) is not None and type(base) is type(box):
        box = base
    return box


def about_to_change_item(box):
    """Before `box[key] = value` of what is no tensor or list of the trace: the caller's must see it, in each call."""
    if not journal.watching():
        return
    if type(box).__name__ == "ndarray" and not box.flags.writeable:
        raise ValueError("assignment destination is read-only")
    if not journal.is_made(box) or type(box) is memoryview:
        _item_of_older(box)
    if isinstance(box, _JOURNALED):
        journal.touch(journal.Items(box, f"the {type(box).__name__}"))


_METHODS_IN_PLACE = {"fill", "sort", "partition", "put", "itemset", "resize", "setfield"}
_FUNCTIONS_IN_PLACE = {"copyto", "put", "place", "putmask", "fill_diagonal", "put_along_axis", "at"}


def changed_array(f, args, kwargs):
    """The NumPy array that a call of NumPy's changes, or None."""
    owner, name = getattr(f, "__self__", None), getattr(f, "__name__", "")
    if type(owner).__name__ == "ndarray":
        return owner if name in _METHODS_IN_PLACE else None
    out = kwargs.get("out")
    out = args[f.nin :] if out is None and type(f).__name__ == "ufunc" else out
    out = out[0] if type(out) is tuple and out else out
    if out is None and args and name in _FUNCTIONS_IN_PLACE:
        out = args[0]
    return out if type(out).__name__ == "ndarray" else None


def _item_of_older(box, what=None):
    kind, is_array = type(box).__name__, type(box).__name__ == "ndarray"
    what = what or f"item assignment to a {'NumPy array' if is_array else kind} that is older than the call"
    if is_array:
        states.fill(box)
    if rollback.as_python():
        if journal.depth() or (is_callers if isinstance(box, _JOURNALED) else may_be_older)(box):
            raise rollback.RunAsPython(what, places.here())
    elif is_array and may_be_older(box):
        raise TypeError(
            f"{what} would happen once, while tracing, and not when the function runs: keep it in an attribute or a variable, or "
            f"work on a copy and return it{places.here()}"
        )
    elif journal.depth() and isinstance(box, _JOURNALED):
        if states.holds(box):
            return
        if _may_be_state(box):
            _becomes_state(box)
        raise rollback.cannot(
            TypeError(
                f"item assignment in a traced branch or loop: this {kind} was not made by this function's own "
                f"code, so the change could not be undone on the path not taken; make it here and return it{places.here()}"
            )
        )
    elif not is_array and not isinstance(box, _JOURNALED):
        error = rollback.cannot(TypeError(f"{what} in a traced branch or loop{places.here()}")) if journal.depth() else None
        if error is not None and not isinstance(error, Exception):
            raise error
        if may_be_older(box):
            _warn_of_change(box)


def about_to_fill(array, name):
    """Before NumPy's function of that name puts a traced value into an array of NumPy's, as `array += x` does."""
    what = f"np.{name} into a NumPy array (as by an operator like `+=`)"
    states.fill(array)
    if rollback.as_python():
        raise rollback.RunAsPython(what, places.here())
    raise TypeError(
        f"{what}: it is older than the call or another function's, and its bytes are not the run's: bind a new array, as "
        f"`self.u = self.u + x` does, which each run then leaves there, or keep what changes in a tf.Variable{places.here()}"
    )


def about_to_flag(attr):
    """Before `array.flags.writeable = ...` of an array of NumPy's: each call sets it, and no place of a run holds it."""
    if rollback.as_python():
        raise rollback.RunAsPython(f"flags.{attr} of a NumPy array is set at each call", places.here())
    opaque.warn_of_once(f"what sets flags.{attr} of a NumPy array that is older than the call")


def about_to_stage_item(place, turns):
    """Before a branch or loop (turns) that assigns to a place is traced, where it is an item of an object that is older than the trace."""
    if isinstance(place.parts.key, str) or not rollback.as_python():
        return
    try:
        box = place.owner()
    except Exception:  # it has no owner yet
        return
    if not isinstance(box, (_core.Tensor, lists.TracedList)) and not isinstance(box, arrays.Array) and not journal.is_made(box):
        if turns and type(box).__name__ == "ndarray":
            states.fill(box, turns)
        raise rollback.RunAsPython(f"item assignment to a {type(box).__name__} that is older than the call", places.here())


def call(f, /, *args, **kwargs):
    """f(*args, **kwargs), which is not converted."""
    if not journal.watching() or is_ours(f) or type(f) is types.FunctionType and "stands_for" in f.__dict__:
        return f(*args, **kwargs)
    if opaque.logs(f) and not rollback.as_python():
        return effects.staged_log(_core.current_graph(), f, args, kwargs)
    opaque.check(f, args, kwargs)
    changed = changed_array(f, args, kwargs)
    if changed is not None:
        _item_of_older(changed, f"{opaque.name_of(f)}() on a NumPy array that is older than the call")
    for x in (getattr(f, "__self__", None), *args):
        if hasattr(type(x), "__next__"):
            iterators.begin(x)
    if any(map(_has_text, (*args, *kwargs.values()))) and _reads_text(f):
        if rollback.as_python():
            raise rollback.RunAsPython(f"{opaque.name_of(f)}() takes a text that only the run knows", places.here())
        _know_texts((*args, *kwargs.values()))
    if _calls_its_arguments(f):
        args = [_converted(a) for a in args]
        kwargs = {name: _converted(a) for name, a in kwargs.items()}
    own = args and made_here(args[0])  # a method of an object of the trace
    if type(f) is types.FunctionType and f.__code__.co_flags & opaque.CO_GENERATOR and not own and acting.shows(f):
        opaque.warn_of_once(f"{opaque.name_of(f)}() is a generator function that acts outside of itself: it is not converted, and")
    if any(type(a) is types.GeneratorType for a in args):
        args = tuple([effects.held(_core.current_graph(), a) if type(a) is types.GeneratorType else a for a in args])
    boxes = [x for x in (*args, *kwargs.values()) if isinstance(x, CONTAINERS) and not isinstance(x, bytearray)]
    if not boxes:
        return _given(f(*args, **kwargs))
    slots = []
    for box in boxes:
        if getattr(box, "staged", None) is not None:
            error = TypeError(f"{opaque.name_of(f)}() is not converted, and this list's length is known only at run time{places.here()}")
            raise rollback.cannot(error, box.staged.size)
        slots.append(journal.Items(box, f"the {type(box).__name__}"))
    before = [slot.get() for slot in slots]
    try:
        return _given(f(*args, **kwargs))
    finally:
        for slot, old in zip(slots, before):
            _note(f, slot, old)


def _given(made):
    """What such a call has given, as converted code has it. What nobody else holds, it has made."""
    if type(_new(made)) is str:
        return texts.text(made)  # "{!r}".format(n)
    if type(made) is types.GeneratorType:
        return iterators.read(made)
    return remember(made) if hasattr(type(made), "__next__") else made


def _has_text(value):
    """Whether a value is a text with traced values in it, or holds one."""
    if isinstance(value, str):
        return effects.has_marker(value)
    if isinstance(value, dict):
        return any(map(_has_text, value)) or any(map(_has_text, value.values()))
    return isinstance(value, (list, tuple)) and getattr(value, "staged", None) is None and any(map(_has_text, value))


def _know_texts(items):
    """Asks for the numbers in the texts among these."""
    for item in items:
        if isinstance(item, str):
            texts.known(item)
        elif _has_text(item):
            _know_texts([*item, *item.values()] if isinstance(item, dict) else item)


def _reads_text(f):
    """Whether a call may look at the characters of a text by other ways than the methods of str: C code does, and so what calls it.

    What only holds or hands on its arguments does not."""
    if isinstance(f, type):
        return not issubclass(f, _HOLDING) and reach.top(f.__module__) in sys.stdlib_module_names - _HANDING_ON
    f = getattr(f, "__func__", f)
    owner = getattr(f, "__self__", None)
    if isinstance(f, types.FunctionType):
        return convert.runs_later(f) is None and reach.top(f.__module__) not in _HANDING_ON
    if isinstance(owner, str):
        return f.__name__ not in ("join", "format", "format_map")
    if owner is builtins:
        return f.__name__ in _READING
    if owner is None or isinstance(owner, types.ModuleType):
        return reach.top(f.__module__) not in _HANDING_ON
    return reach.top(type(owner).__module__) in sys.stdlib_module_names - _HANDING_ON and type(owner).__module__ != "builtins"


_HOLDING = (BaseException, tuple, list, dict, set, frozenset, str, slice, map, zip, filter, enumerate, reversed, type, property, range)
_HANDING_ON = frozenset(
    "_operator operator itertools functools _functools collections _collections contextlib copy types typing dataclasses heapq _heapq "
    "bisect _bisect queue _queue weakref threading contextvars abc enum".split()
)
_READING = {"ord", "open", "eval", "exec", "compile", "getattr", "hasattr", "delattr", "__import__", "input", "ascii"}


def _note(f, slot, old):
    """Writes into the journal what a call of f has changed in a container. Only then: a list made for the call is another one
    in each iteration of a loop."""
    new = slot.get()
    if not differs(old, new):
        return
    slot.set(old)
    if journal.depth() and not made_here(slot.box):
        kind = type(slot.box).__name__
        raise rollback.cannot(
            TypeError(
                f"{opaque.name_of(f)}() changes a {kind} in a traced branch or loop that was made outside the function: make it "
                f"inside and return it{places.here()}"
            )
        )
    journal.touch(slot)
    slot.set(new)


def is_ours(f):
    return reach.top(getattr(f, "__module__", None)) == reach.HOME


def differs(old, new):
    """Whether the items of a container, as journal.Items has them, are others now."""
    if len(old) != len(new):
        return True
    if isinstance(old, dict):
        if any(k not in new or new[k] is not v for k, v in old.items()):
            return True
        return list(old) != list(new) and not all(v is True for v in old.values())  # the order of a set is its own
    return any(a is not b for a, b in zip(old, new))


def changed(graph, changes):
    """The name of a place that is older than the trace and holds something else at its end, or None."""
    own = {id(copy) for copy, *_ in graph.extra["leaves"].dicts}
    for slot, before in changes.older.values():
        if id(_owner(slot)) in own or isinstance(_owner(slot), lists.TracedList) or is_the_traces(slot):
            continue
        now = slot.get()
        if differs(before, now) if isinstance(slot, journal.Items) else now is not before:
            return slot.name
    return None


def _owner(slot):
    """What a place is a part of; None for a global."""
    return getattr(slot, "owner", getattr(slot, "box", getattr(slot, "cell", None)))


def is_the_traces(slot):
    """Whether nobody can look at a place when the call is over: the trace has made its owner, or alone still holds it (the
    function's own keywords, a variable of a function that has returned)."""
    owner = _owner(slot)
    return type(slot) is journal.Hidden or owner is not None and (made_here(owner) or sys.getrefcount(owner) <= _OURS)


def _least():
    slot = types.SimpleNamespace(owner=types.SimpleNamespace())
    owner = getattr(slot, "owner", None)
    return sys.getrefcount(owner)


_OURS = _least()  # references: the place's, a variable's and the question's


def _may_be_state(box):
    """Whether an older container may be made a part of the state of the function (states.py)."""
    graph = _core.current_graph()
    return graph is not None and "state" in graph.extra and not rollback.as_python() and not isinstance(box, (bytearray, lists.TracedList))


def _becomes_state(box):
    """Starts the trace again with an older container as a part of its state. What stands for an argument can be none: it is the
    trace's, and the next one has another."""
    refuse_arguments(box)
    raise states.Found([journal.Items(box, f"the {type(box).__name__}")])


def leaked(changes):
    """The name of a place outside of the trace that holds one of its values at its end, or None."""
    for slot, _ in changes.older.values():
        if not is_the_traces(slot) and effects.traced(slot.get()):
            return slot.name
    return None


from . import acting, sent, states  # noqa: E402 - which ask this file
