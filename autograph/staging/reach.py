"""Whether a function that is given no tensor may come upon one: in a variable, an attribute, a
function that it calls.

One without tensors may as well run as Python where it acts. One that reaches a Variable or calls
this package (`ag.constant`, `ag.random.normal`) makes a graph, and keeps TensorFlow's rules. What
is looked at is the code and what it names, not what it does; where there is too much to look at,
the answer is yes.
"""

import functools
import itertools
import sys
import types

from .. import _core

HOME = __name__.partition(".")[0]
LEFT_ALONE = (
    "numpy",
    "pandas",
    "scipy",
    "tensorflow",
    "jax",
    "torch",
    "pytest",
    "_pytest",
    "IPython",
    "matplotlib",
)  # not converted
_MOST = 2000  # objects looked at
_FIRST = 100  # items of one container
_NUMBERS = (str, bytes, bytearray, int, float, complex, range, slice, type(None))
_NO_HOLDERS = (*_NUMBERS, type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.CodeType, _core.Tensor)


def tensors(things):
    """Whether a tensor is within reach of these objects."""
    todo, seen = list(things), {}
    while todo:
        x = todo.pop()
        if isinstance(x, _NUMBERS) or id(x) in seen:
            continue
        if _is_ours(x) or len(seen) >= _MOST:
            return True
        seen[id(x)] = x
        if isinstance(x, types.CodeType):
            if HOME in x.co_names:  # it is imported there
                return True
            todo += codes_in(x)
        else:
            todo += _parts(x)
    return False


def classes(things):
    """The classes of Python's own making that are within reach of these objects, as far as they are looked at."""
    todo, seen, found = list(things), {}, []
    while todo and len(seen) < _MOST:
        x = todo.pop()
        if isinstance(x, (*_NUMBERS, _core.Tensor, types.CodeType)) or id(x) in seen:
            continue
        seen[id(x)] = x
        if isinstance(x, type) and x.__flags__ & IS_HEAP_TYPE and not _is_left_alone(x.__module__):
            found.append(x)
        todo += () if _is_ours(x) else _parts(x)
    return found


IS_HEAP_TYPE = 1 << 9


def held(things):
    """The ids of the objects that these hold, as far as they are looked at; None where there are too many."""
    todo, seen = list(things), {}
    while todo:
        x = todo.pop()
        if isinstance(x, _NO_HOLDERS) or id(x) in seen:
            continue
        if len(seen) >= _MOST:
            return None
        seen[id(x)] = x
        if top(type(x).__module__) == "numpy":
            continue
        todo += x.values() if isinstance(x, dict) else x if isinstance(x, (list, tuple, set, frozenset)) else [*_parts(x)][1:]
    return seen


def _is_ours(x):
    """Whether x is a tensor, or of this package and no function of the user's that it compiles."""
    if isinstance(x, _core.Function):
        return False
    if isinstance(x, types.ModuleType):
        return top(x.__name__) == HOME
    if (
        isinstance(x, types.FunctionType) and "ag__" in x.__code__.co_freevars
    ):  # converted: the user's
        return False
    own = x if isinstance(x, (type, *_CALLABLE)) else type(x)
    return top(getattr(own, "__module__", None)) == HOME


METHODS = (types.MethodType, _core.Method)  # functions of an instance
_CALLABLE = (types.FunctionType, types.BuiltinFunctionType)


def _parts(x):
    """What is one step from x, as far as it may lead to a tensor."""
    if isinstance(x, _core.Function):
        return [x.python_function]
    if isinstance(x, METHODS):
        return [x.__func__, x.__self__]
    if isinstance(x, functools.partial):
        return [x.func, *x.args, *x.keywords.values()]
    if isinstance(x, types.FunctionType):
        return [] if _is_left_alone(x.__module__) else _parts_of_function(x)
    if isinstance(x, (dict, list, tuple, set, frozenset)):
        items = itertools.islice(x.values() if isinstance(x, dict) else x, _FIRST)
        return [type(x), *items] if type(x).__flags__ & IS_HEAP_TYPE else items
    if (
        isinstance(x, types.ModuleType)
        or _is_left_alone(type(x).__module__)
        and not isinstance(x, type)
    ):
        return []
    if isinstance(x, type):
        return [] if _is_left_alone(x.__module__) else [*vars(x).values(), *x.__bases__]
    if isinstance(x, property):
        return [x.fget, x.fset]
    names = getattr(type(x), "__slots__", ())
    slots = [_attribute(x, name) for name in names if name not in ("__dict__", "__weakref__")]
    return [type(x), *(_attribute(x, "__dict__") or {}).values(), *slots]


def _attribute(x, name):
    """An attribute without the object's own __getattr__, or None."""
    try:
        return object.__getattribute__(x, name)
    except AttributeError:
        return None


def _parts_of_function(f):
    names = set(names_of(f.__code__))
    found = [f.__code__, *(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values()]
    for name in names & f.__globals__.keys():
        x = f.__globals__[name]
        found.append(x)
        if isinstance(x, types.ModuleType) and not _is_left_alone(x.__name__):
            found += [vars(x)[n] for n in names & vars(x).keys()]
    return found + [*cells_of(f).values()]


def cells_of(f):
    """{name: value} of the free variables of a function that are set."""
    found = {}
    for name, cell in zip(f.__code__.co_freevars, f.__closure__ or ()):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            pass
    return found


def names_of(code):
    """The globals and attributes that a code object and those within it name."""
    yield from code.co_names
    for inner in codes_in(code):
        yield from names_of(inner)


def codes_in(code):
    """The code of the lambdas, comprehensions and functions that stand in this one."""
    return [c for c in code.co_consts if isinstance(c, types.CodeType)]


def top(module):
    """The package of a module by name; '' where an object says no name."""
    return module.partition(".")[0] if isinstance(module, str) else ""


def _is_left_alone(module):
    """Whether a module is Python's own, or one that is not converted."""
    package = top(module)
    return package in LEFT_ALONE or package in sys.stdlib_module_names
