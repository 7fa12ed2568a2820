"""What a function beside arrays puts into an older container and never looks at: `self.losses.append(loss)`.

What is known while tracing, `traces.append(1)`, is put there once where nothing else is, as the reference does, whose users count
traces so. Else the run itself does it, in its place among the other effects, in each turn of a loop and in the branch that is taken. A container
that the function also reads is a part of its state instead (states.py), with a trace for each length. Whether it is read is told by
the code within reach: by all names that the container has, nothing but such methods of it are asked for.
"""

import collections
import dis
import gc
import itertools
import types
import weakref

from .. import _core
from . import complexes, effects, journal, lent, opaque, places, reach, rollback, states, trees, values

_SENDING = {"append", "appendleft", "add", "extend", "extendleft", "update", "clear", "discard"}
_TAKING_MANY = {"extend", "extendleft", "update"}
_LOADS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF", "LOAD_ATTR", "LOAD_METHOD")
_SILENT = ("CACHE", "PUSH_NULL", "EXTENDED_ARG", "PRECALL")
_LOOKING = {"getattr", "vars", "locals", "globals", "eval", "exec", "__dict__", "__getattribute__", "attrgetter"}
_MAKING = {"__init__", "__new__", "__post_init__", "__del__", "__init_subclass__"}  # of another object, where no name asks for them
_MOST = 500  # functions looked at
_MOST_ITEMS, _FEW = 100, 4  # of a container: looked at; looked at for whether there is code in it


class Entry(tuple):
    """Of seen.py: it holds what a place held, and is no place."""

    __slots__ = ()


def send(owner, f, args, kwargs):
    """Leaves f(*args, **kwargs), a method of an older container, to the run; False where it cannot be."""
    graph = _core.current_graph()
    if f.__name__ not in _SENDING or kwargs or "leaves" not in graph.extra or rollback.as_python():
        return False
    if not all(_stands(a) or f.__name__ in _TAKING_MANY and isinstance(a, (tuple, list)) and getattr(a, "staged", None) is None and all(map(_stands, a)) for a in args):
        return False
    if not is_never_read(owner):
        return False
    for lender in filter(None, map(lent.array_of, itertools.chain(*[a if isinstance(a, (tuple, list)) else (a,) for a in args]))):
        opaque.warn(
            f"this {type(owner).__name__} is older than the call and gets the array {lender.path!r}, or a part of it, and so a copy of it: "
            f"put a copy there (x.copy())"
        )
    if ("sent", id(owner)) not in graph.extra["early"]:
        graph.extra["early"].add(("sent", id(owner)))  # in order with what else is put there, by the run as well
        if id(owner) in graph.extra.get("once", ()):
            raise rollback.Learn
    effects.staged_call(graph, f, args, {}, numpys=graph.extra.get("numpys", False))
    states.note(graph.extra["function"], [journal.Items(owner, f"the {type(owner).__name__}")])
    return True


def happens_once(owner):
    """Whether what is known and put into an older container is put there while tracing: it is never read, and the run puts nothing."""
    extra = _core.current_graph().extra
    if ("sent", id(owner)) in extra["early"]:
        return False
    extra.setdefault("once", set()).add(id(owner))
    if not is_never_read(owner):
        return False
    extra.setdefault("done", {})[places.here()] = type(owner).__name__
    return True


def is_never_read(owner):
    """Whether the function never looks at an older container, which is no part of its state then."""
    graph = _core.current_graph()
    known = graph.extra.setdefault("sent", {})
    if id(owner) not in known:
        known[id(owner)] = "leaves" in graph.extra and type(owner) not in graph.extra["leaves"].kinds and _is_never_read(owner, graph)
    return known[id(owner)]


def _stands(value):
    """Whether a value is the same whenever it is looked at: numbers, tensors, texts, what is older than the trace."""
    if isinstance(value, (_core.Tensor, complexes.Complex, weakref.ref, *values.PLAIN)):
        return True
    if type(value) is tuple:
        return all(map(_stands, value))
    return not (isinstance(value, (list, dict, set, trees.Choice)) or effects.traced(value) or journal.is_made(value) or hasattr(value, "__dict__"))


def _is_never_read(box, graph):
    function = graph.extra["function"].python_function
    statics = [value for _, value in graph.extra["leaves"].statics]
    names, code = names_of(box), getattr(function, "__code__", None)
    if names is None or code is not None and not names.isdisjoint((*code.co_varnames, *code.co_cellvars)):
        return False  # a local variable is read by ways that _only_sends leaves out
    return all(_only_sends(f.__code__, names) for f in within_reach((function, *statics)))


def names_of(box):
    """The names of the variables and attributes that hold a container; None where something else holds it as well."""
    names, ours = set(), (types.FrameType, types.BuiltinMethodType, journal.Items, Entry)
    for holder in gc.get_referrers(box):
        if isinstance(holder, ours):
            continue
        if isinstance(holder, types.CellType):
            found = {
                name for f in gc.get_referrers(holder) if type(f) is tuple for g in gc.get_referrers(f)
                if isinstance(g, types.FunctionType) and g.__closure__ is f
                for name, cell in zip(g.__code__.co_freevars, f) if cell is holder
            }  # fmt: skip
        else:
            held = holder if isinstance(holder, dict) else getattr(holder, "__dict__", None)
            if not isinstance(held, dict) or isinstance(holder, dict) and not _is_namespace(holder):
                return None
            found = {name for name, value in held.items() if value is box}
        names |= found
    return names


def _is_namespace(held):
    """Whether a dict holds the variables of a module or the attributes of an object."""
    if "__builtins__" in held or "__name__" in held:
        return True
    return any(getattr(holder, "__dict__", None) is held for holder in gc.get_referrers(held) if not isinstance(holder, (dict, list, tuple)))


def within_reach(things):
    """The functions that may run in a call of these: they, methods that they name of objects, and what they name."""
    todo, seen, names = list(things), {}, set()
    tables = []  # of each object: {name: what it and its class have by that name}

    def add(found):
        todo.extend(m for m in found if id(_bare(m)) not in seen and _may_have_code(m))

    while todo and len(seen) < _MOST:
        f = todo.pop()
        if isinstance(f, reach.METHODS):
            todo.append(f.__self__)
        f = _bare(f)
        f = f.python_function if isinstance(f, _core.Function) else f
        if id(f) in seen:
            continue
        seen[id(f)] = f
        if isinstance(f, types.FunctionType):
            named = set(reach.names_of(f.__code__))
            news = named - names
            names |= news
            for table in tables if news else ():
                for name in news & table.keys():
                    add(table[name])
            todo += reach.cells_of(f).values()
            todo += [f.__globals__[name] for name in named if name in f.__globals__]
        elif isinstance(f, property):
            todo += [f.fget, f.fset]
        elif isinstance(f, collections.defaultdict):
            add((f.default_factory, *itertools.islice(f.values(), _MOST_ITEMS)))
        elif type(f) in (list, tuple, dict):
            add(itertools.islice(f.values() if type(f) is dict else f, _MOST_ITEMS))
        elif not isinstance(f, (types.ModuleType, *values.PLAIN)):
            table = _members(f)
            tables.append(table)
            for name, members in table.items():
                if name in names or name.startswith("__") and name not in _MAKING:
                    add(members)
    for f in seen.values():
        if isinstance(f, types.FunctionType) and not reach.top(f.__module__ or "") == reach.HOME:
            yield f


def _bare(f):
    """The function of a method; other objects as they are, which are not asked: their __getattr__ may act."""
    return f.__func__ if isinstance(f, (*reach.METHODS, classmethod, staticmethod)) else f


def _members(one):
    """{name: what an object and the classes that it is of have by that name}, of a class of Python's."""
    kind, found = one if isinstance(one, type) else type(one), {}
    if kind.__flags__ & 1 << 9:
        for held in (*map(vars, kind.__mro__), reach._attribute(one, "__dict__") or {}):
            for name, value in held.items():
                found.setdefault(name, []).append(value)
    return found


def _may_have_code(x):
    if type(x) in (list, tuple, dict):
        return any(map(_may_have_code, itertools.islice(x.values() if type(x) is dict else x, _FEW)))
    return isinstance(x, (types.FunctionType, *reach.METHODS, property, classmethod, staticmethod, _core.Function)) or bool(
        type(x).__flags__ & 1 << 9 and not isinstance(x, type) and hasattr(x, "__dict__")
    )


def _only_sends(code, names):
    """Whether code asks what has one of these names for nothing but a method that puts something into it."""
    steps = [i for i in dis.get_instructions(code) if i.opname not in _SILENT]
    for i, after in zip(steps, [*steps[1:], steps[-1]], strict=True):
        if i.argval in _LOOKING and i.opname in _LOADS:
            return False
        if not isinstance(i.argval, str) or i.argval not in names or i.opname in ("LOAD_CONST", "LOAD_FAST", "STORE_FAST"):
            continue
        if i.opname in ("LOAD_CLOSURE", "COPY_FREE_VARS", "MAKE_CELL"):
            continue
        if i.opname not in _LOADS or after.opname not in ("LOAD_ATTR", "LOAD_METHOD") or after.argval not in _SENDING:
            return False
    return all(_only_sends(inner, names) for inner in reach.codes_in(code))
