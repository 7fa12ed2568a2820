"""What kind of thing a value is, for code that asks: traced numbers are Python's own ints, floats and bools.

A weak number stands for an int or float, so isinstance(), hasattr(), np.isscalar(), `n.__class__` and functions that choose by the
type of their first argument answer as for one. Where the arrays that a function is given are NumPy's, what it computes of them are
NumPy's arrays and numbers. Other tensors are what they are.
"""

import collections
import functools
import sys
import types

from .. import _core
from . import arrays, complexes, conditionals, definitions, deques, facts, iterators, lent, lists, loops, methods, outside, places, rollback, trees, truths, values

Tensor = _core.Tensor
_NUMBERS = {"int64": 0, "float64": 0.0}


def _number(x):
    """An int, float or complex for a traced one to be asked about, else None."""
    if type(x) is complexes.Complex:
        return 0j
    return _NUMBERS.get(x.dtype.name) if isinstance(x, Tensor) and x.is_symbolic and x.alts is None and x.weak else None


def _class_of_numpy(x):
    """NumPy's class of a traced array or of an element of one, where the arrays are NumPy's; else None."""
    if isinstance(x, arrays.Array):
        return sys.modules["numpy"].ndarray if "numpy" in sys.modules else None
    if not isinstance(x, Tensor) or not x.is_symbolic or x.alts is not None or x.weak or x.shape.rank is None:
        return None
    if x.dtype.name == "string" or not lent.has_numpys_arrays() or _core.is_python_bool(x):
        return None
    graph = _core.current_graph()
    is_given = x.op.type == "Placeholder" and x._value not in graph.extra.get("scalars", ())
    return sys.modules["numpy"].ndarray if x.shape.rank or is_given else x.dtype.type


def _one_of(x):
    """A value that may be absent, as a Choice; any other as it is."""
    if not values.is_maybe(x):
        return x
    x = facts.narrowed(values.defined(x))
    return trees.as_choice(x) if values.is_maybe(x) else x


def _asked(choice, ask):
    """ask(option) of the option taken."""
    found = choice.kinds(ask)
    return choice.apply(ask) if found is None else found


def _by_method(obj, classes, name, ask):
    """What methods of the user's metaclasses say, of one class or of several in turn; None where there are none."""
    kinds = classes if isinstance(classes, tuple) else (classes,)
    if not any(methods.is_users(type(kind)) and methods.own(kind, name) for kind in kinds):
        return None
    if classes is not kinds:
        if name == "__instancecheck__" and type(obj) is classes:
            return True
        found = truths.of(_core.call(methods.own(classes, name), classes, obj))
        if not isinstance(found, Tensor):
            return bool(found)
        return found if found.dtype.name == "bool" else _core.binary("NE", found, 0)
    for kind in kinds:
        found = ask(obj, kind)
        if not isinstance(found, bool):
            raise rollback.cannot(TypeError(f"{name} of {kind.__name__}, one of several classes, asks what only the run knows{places.here()}"))
        if found:
            return True
    return False


def is_subclass(cls, classes, /):
    """issubclass(cls, classes)"""
    asked = _by_method(cls, classes, "__subclasscheck__", is_subclass)
    return outside.call(issubclass, cls, classes) if asked is None else asked


def is_instance(obj, classes, /):
    """isinstance(obj, classes)"""
    obj = _one_of(obj)
    if isinstance(obj, trees.Choice):
        return _asked(obj, lambda option: is_instance(option, classes))
    asked = _by_method(obj, classes, "__instancecheck__", is_instance)
    if asked is not None:
        return asked
    number = _number(obj)
    if number is not None:
        return isinstance(number, classes)
    numpys = _class_of_numpy(obj)
    if numpys is not None:
        # a bool that was an item of a list is Python's, and nothing tells it from NumPy's
        return issubclass(numpys, classes) or isinstance(obj, classes) or numpys.__name__.startswith("bool") and isinstance(False, classes)
    if isinstance(obj, Tensor) and obj.is_symbolic and obj.alts is None and obj.dtype.name == "bool" and obj.shape.rank == 0:
        return isinstance(obj, classes) or isinstance(False, classes)
    if type(obj) is iterators.Reader:
        obj = obj.items
    if type(obj) is deques.Deque:
        obj = collections.deque()
    return isinstance(range(0) if isinstance(obj, loops.StagedRange) else obj, classes)


class _PatternClass(type):
    """The type of what stands for int, float or bool in patterns: traced numbers are its objects, as they are in isinstance()."""

    def __instancecheck__(cls, obj):
        return bool(_core.call(isinstance, obj, cls.stands_for))


_TAKES = {bool: int, complex: object}
_PATTERN_CLASSES = [  # subclasses of these take one part, the object itself, but for complex; there are none of bool
    (kind, _PatternClass(kind.__name__, (_TAKES.get(kind, kind),), {"stands_for": kind})) for kind in (int, float, bool, complex)
]


def pattern_class(kind):
    """What a class pattern of a `match` that stays Python's asks in place of that class."""
    if _core.current_graph() is not None:
        for plain, traced in _PATTERN_CLASSES:
            if kind is plain:
                return traced
    return kind


def type_of(x, /, *rest):
    """type(x), or type(name, bases, names)"""
    if rest:
        definitions.about_to_make(type, (x, *rest))
    x = x if rest else _one_of(x)
    if not rest and isinstance(x, trees.Choice):
        return x.apply(type_of)
    if not rest and isinstance(x, loops.StagedRange):
        return range
    if not rest and isinstance(x, lists.TracedList):
        return list
    if not rest and type(x) is deques.Deque:
        return collections.deque
    if not rest and type(x) is iterators.Reader:
        return type(x.items)
    number = None if rest else _number(x)
    if number is not None:
        return type(number)
    if not rest and isinstance(x, Tensor) and x.is_symbolic and x.alts is None and _core.is_python_bool(x):
        return bool
    numpys = None if rest else _class_of_numpy(x)
    if numpys is not None:
        return numpys
    return type(x, *rest)


def class_of(x):
    """x.__class__"""
    found = type_of(x)
    return x.__class__ if found is type(x) else found


def has_attribute(obj, name, /):
    """hasattr(obj, name)"""
    obj = _one_of(obj)
    if isinstance(obj, trees.Choice):
        return _asked(obj, lambda option: has_attribute(option, name))
    held = _perhaps_held(obj, name)
    if held is not None:
        return _asked(held, lambda option: option is not _core.UNDEFINED)
    number = _number(obj)
    return outside.call(hasattr, obj, name) if number is None else hasattr(number, name)


def _perhaps_held(obj, name):
    """What an object has under a name that a branch of the run may have given it, as a Choice; None for all other objects."""
    if isinstance(obj, Tensor) or hasattr(type(obj), "__getattr__"):
        return None
    held = getattr(obj, "__dict__", {}).get(name)
    held = trees.as_choice(held) if values.is_maybe(held) else held
    return held if type(held) is trees.Choice and any(option is _core.UNDEFINED for option in held._options) else None


def attribute(obj, name, /, *default):
    """getattr(obj, name) and getattr(obj, name, default)"""
    held = _perhaps_held(obj, name) if default else None
    if held is not None:
        there = _asked(held, lambda option: option is not _core.UNDEFINED)
        return conditionals.staged_if(_core.current_graph(), there, lambda: values.defined(getattr(obj, name)), lambda: default[0], [], True)
    number = _number(obj)
    if number is not None and not hasattr(number, name):
        return getattr(number, name, *default)
    return outside.call(getattr, obj, name, *default)


_CHOOSES = functools.singledispatch(type_of).__code__


def asking(f):
    """What runs for a function that is not converted and asks what its first argument is; None for others."""
    if type(f) is not types.FunctionType:
        return None
    if f.__code__ is _CHOOSES:
        return lambda *args, **kwargs: _core.call(f.dispatch(class_of(args[0])) if args else f, *args, **kwargs)
    if f.__name__ == "isscalar" and f.__module__ == "numpy":
        return lambda element: is_instance(element, sys.modules["numpy"].generic) or f(element if _number(element) is None else _number(element))
    return None
