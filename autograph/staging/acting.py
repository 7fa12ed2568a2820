"""Objects of the user whose operators or properties act, in staged branches and loops.

`obj + 1`, `obj[i]`, `x in obj` and `obj.prop` are no calls that a trace sees: Python calls the methods of the class, unconverted,
once while tracing. So before a staged body is traced its code is looked through for such objects. Where one is found, what decides
the branches and loops around has to be Python's, as for calls of other code (opaque.py), or a warning says that a tensor decides.

Only classes whose methods show that they act count: the code stores into what it was given or into what is outside, changes a
container there, prints, or names what asks the world.
"""

import builtins
import dis
import functools
import sys
import types
import weakref

from .. import _core
from . import methods, opaque, outside, places, reach

_NONE = frozenset(), frozenset(), False
_OTHERS = (reach.HOME, *reach.LEFT_ALONE)
_SILENT = "CACHE", "PUSH_NULL", "EXTENDED_ARG", "PRECALL"
_classes = (
    weakref.WeakKeyDictionary()
)  # class: (its acting operators, its acting properties, whether its __getattr__ acts)


def look_through(function):
    """Before the body `function` of a staged branch or loop is traced. RunAsPython or PinRequired where it must not be."""
    if type(function) is not types.FunctionType or places.is_home(function.__code__):
        return
    free = reach.cells_of(function)
    found = {
        n: function.__globals__[n] for n in reach.names_of(function.__code__) if n in function.__globals__
    }
    found.update(free)
    suspects = {n: v for n, v in found.items() if _of_class(type(v)) is not _NONE or _holds(v)}
    if suspects:
        for text, what, cls in _uses(function.__code__, suspects):
            operators, properties, getattr_acts = _of_class(cls)
            if methods.learn(cls, [*operators, *properties, *["__getattr__"] * getattr_acts]):
                continue
            opaque.leave_to_python(
                f"`{text}` in a traced branch or loop: Python calls {what} each time, and it acts"
            )
            opaque.warn(
                f"{what} acts, and `{text}` stands in a branch or loop that a tensor decides: it is called while tracing, and not when "
                "the function runs. Make it a method, which is converted, and call that"
            )


def _holds(value):
    """Whether an attribute of an object, as `self.total`, may act."""
    if isinstance(value, (type, types.ModuleType, _core.Tensor)) or not methods.is_users(type(value)):
        return False
    return any(_of_class(type(v)) is not _NONE for v in getattr(value, "__dict__", {}).values())


def _of_class(cls):
    try:
        return _classes[cls]
    except KeyError:
        found = _classes[cls] = _look_at(cls) if methods.is_users(cls) else _NONE
        return found


def learn(cls, names):
    """Whether one of these methods of a class acts; the trace starts again where it has no stand-in yet."""
    acts = [name for name in names if name in _of_class(cls)[0]]
    methods.learn(cls, acts)
    return bool(acts)


def within(things):
    """{(class, name): None} of the special methods and properties that act, of the classes within reach of these objects."""
    return {(cls, name): None for cls in reach.classes(things) if methods.is_users(cls) for name in _own_of_class(cls)}


def _own_of_class(cls):
    """The names of what a class itself has that Python calls unasked and that acts."""
    try:
        return _own[cls]
    except KeyError:
        _own[cls] = found = [name for name, member in vars(cls).items() if _is_special(name, member) and methods.may_stand(member)]
        return found


_own = weakref.WeakKeyDictionary()


def _is_special(name, member):
    if type(member) is property:
        return _acts(member.fget)
    return type(member) is functools.cached_property or name in methods.SPECIAL and _acts(member)


def _look_at(cls):
    operators, properties = set(), set()
    getattr_acts, seen = False, set()
    for kind in cls.__mro__:
        for name, member in vars(kind).items() if methods.is_users(kind) else ():
            if name in seen:
                continue
            seen.add(name)
            if name in methods.OPERATORS and _acts(member):
                operators.add(name)
            elif isinstance(member, property) and _acts(member.fget):
                properties.add(name)
            elif name in ("__getattr__", "__getattribute__"):
                getattr_acts |= _acts(member)
    return (
        (frozenset(operators), frozenset(properties), getattr_acts)
        if operators or properties or getattr_acts
        else _NONE
    )


_shown = weakref.WeakKeyDictionary()


def shows(f):
    """Whether the code of a function shows that it acts."""
    if type(f) is not types.FunctionType:
        return False
    if f not in _shown:
        _shown[f] = _acts(f)
    return _shown[f]


def _acts(f, seen=()):
    """Whether the code of a method, or of a function of the user's that it names, shows that it acts."""
    if type(f) is not types.FunctionType or f.__code__ in seen:
        return False
    seen = (*seen, f.__code__)
    if f.__closure__ and reach.top(f.__globals__.get("__name__")) in sys.stdlib_module_names:  # what wraps a __repr__ of a dataclass
        return any(_acts(wrapped, seen) for wrapped in reach.cells_of(f).values())
    code, before, earlier, owner = f.__code__, ("", None), None, None
    own = set(code.co_varnames[code.co_argcount :])
    for i in dis.get_instructions(code):
        name = i.opname
        if name in ("STORE_ATTR", "DELETE_ATTR", "STORE_SUBSCR", "DELETE_SUBSCR", "STORE_SLICE"):
            target = before if name.endswith("ATTR") else earlier  # below the key
            if before[0] == "SWAP":
                target = owner
            if target is None or target[0] != "LOAD_FAST" or target[1] not in own:
                return True
        elif (
            name in ("STORE_GLOBAL", "DELETE_GLOBAL")
            or name == "STORE_DEREF"
            and i.argval in code.co_freevars
        ):
            return True
        elif name == "LOAD_METHOD" or name == "LOAD_ATTR" and "NULL|" in i.argrepr:
            if i.argval in opaque.CHANGES and not (before[0] == "LOAD_FAST" and before[1] in own):
                return True
        elif name == "COPY":
            owner = before
        before, earlier = (name, i.argval), before
    return (
        "print" in code.co_names
        and f.__globals__.get("print", builtins.print) is builtins.print
        or opaque.names_what_acts(f)
        or any(_acts(named, seen) for named in _functions_of(f))
    )


def _functions_of(f):
    """The functions of the user's that a function names."""
    named = [f.__globals__.get(name) for name in f.__code__.co_names] + [*reach.cells_of(f).values()]
    return [g for g in named if type(g) is types.FunctionType and not opaque.is_librarys(g) and reach.top(g.__module__) not in _OTHERS]


@functools.lru_cache(1024)
def _loads(code):
    """(a name, the attributes read of it one after the other), for each place where a name is read.

    The last attribute is "" where that object only has an attribute set: `p.x = 1` asks no operator of p.
    """
    found, now, sets = [], None, 0
    steps = [i for i in dis.get_instructions(code) if i.opname not in _SILENT]
    for i, after in zip(steps, [*steps[1:], steps[-1]], strict=True):
        if i.opname.startswith(("LOAD_DEREF", "LOAD_GLOBAL", "LOAD_CLASSDEREF", "LOAD_FROM_DICT")):
            now = [i.argval]
            found.append(now)
        elif i.opname in ("LOAD_ATTR", "LOAD_METHOD") and now is not None:
            now.append(i.argval)
            sets += now == ["ag__", "set_attr"]
        else:
            # ag__.aug_attr(p, "x", …) and ag__.set_attr(value, p, "x")
            if now is not None and i.opname == "LOAD_CONST" and isinstance(i.argval, str):
                if found[-2:-1] in ([["ag__", "aug_attr"]], [["ag__", "del_attr"]]):
                    now.append("")
                elif sets and after.opname == "CALL" and after.arg == 3:
                    now.append("")
                    sets -= 1
            now = None
    return [tuple(chain) for chain in found] + [chain for c in reach.codes_in(code) for chain in _loads(c)]


def _uses(code, suspects):
    """(text, method, class) for each use of an object in this code that acts."""
    for name, *attrs in _loads(code):
        value, text = suspects.get(name), name
        if name not in suspects:
            continue
        for attr in attrs:
            if not attr:
                break
            _, properties, getattr_acts = _of_class(type(value))
            held = getattr(value, "__dict__", {})
            text += f".{attr}"
            if attr in properties:
                yield text, f"{type(value).__name__}.{attr}", type(value)
            elif getattr_acts and attr not in held and not hasattr(type(value), attr):
                yield text, f"{type(value).__name__}.__getattr__", type(value)
            if attr not in held:
                break
            value = held[attr]
        else:
            operators = _of_class(type(value))[0]
            if operators:
                yield text, f"{type(value).__name__}.{min(operators)}", type(value)
