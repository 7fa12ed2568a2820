"""Functions and classes that are defined within a function: decorators, what a class statement does, and a `__del__`.

A decorator is a call. The body of a class is not converted, nor are the hooks of its bases (`__init_subclass__`, a metaclass), so
where these show that they act the function is left to Python, or a warning says so. So it is with objects whose `__del__` acts:
a trace keeps what it makes, and its end is not the end of the run.
"""

import sys
import types

from .. import _core
from . import acting, journal, methods, opaque, outside, reach


def decorator(f):
    """`@f`: what it makes of a function or class is a call."""
    return (lambda made: _core.call(f, outside.remember(made))) if journal.watching() else f


def bases(name, *found):
    """The bases of a class, before its body runs."""
    if journal.watching():
        frame = sys._getframe(1)
        free = {
            n: frame.f_locals[n]
            for n in frame.f_code.co_freevars + frame.f_code.co_cellvars
            if n in frame.f_locals
        }
        acts = not all(
            opaque.only_computes(code, frame.f_globals, free)
            for code in _bodies(frame.f_code, name)
        )
        if acts or any(_hooks_act(base) for base in found):
            _tell(f"the class statement of {name}")
    return found


def metaclass(kind):
    """The metaclass of a class, before that is made."""
    if journal.watching() and (
        _makes_act(kind) if isinstance(kind, type) else not opaque.computes(kind)
    ):
        _tell(f"the metaclass {opaque.name_of(kind)}")
    return kind


def _tell(what):
    opaque.definition(f"{what} acts outside of it", "Define the class outside of the function")


def _bodies(code, name):
    """The code of the bodies of classes of this name that stand in a function."""
    for c in reach.codes_in(code):
        if c.co_name == name and not c.co_flags & opaque.CO_OPTIMIZED:
            yield c
        elif c.co_name.startswith("<"):  # 3.12 puts a class with type parameters one level down
            yield from _bodies(c, name)


def _hooks_act(base):
    if not isinstance(base, type):
        return False
    hook, making = base.__init_subclass__, ()
    if type(base).__module__ == "enum":  # whose members are made with their class
        making = [
            f
            for f in (base.__new__, base.__init__)
            if methods.is_users(base) and type(f) is types.FunctionType
        ]
    return (
        type(hook) is types.MethodType
        and not opaque.computes(hook)
        or not all(map(opaque.computes, making))
        or _makes_act(type(base))
    )


def _makes_act(kind):
    """Whether making a class of this metaclass acts."""
    hooks = (
        [getattr(kind, name) for name in ("__prepare__", "__new__", "__init__")]
        if methods.is_users(kind)
        else []
    )
    return any(
        isinstance(hook, (types.FunctionType, types.MethodType)) and not opaque.computes(hook)
        for hook in hooks
    )


def about_to_make(cls, args):
    """Before cls(*args)."""
    if issubclass(cls, type) and len(args) == 3 and type(args[1]) is tuple:  # type("K", (A,), {})
        metaclass(cls)
        if journal.watching() and any(map(_hooks_act, args[1])):
            _tell(f"the making of {args[0]!r}")
    end = getattr(cls, "__del__", None)
    if type(end) is types.FunctionType and journal.watching() and acting.shows(end):
        opaque.definition(
            f"{cls.__name__}.__del__ acts outside of its object",
            "Write a method that does it, and call that, or a `with` statement",
        )
