"""Methods of the user's classes that Python calls by itself: operators and properties.

`v + w`, `box[i]`, `a < b` and `obj.prop` are no calls in converted code: Python calls the methods of the class, as they are. That
is right as long as they only compute. Where one asks what only the run knows, or acts in a staged body, the trace starts again, and
while it runs the class has a stand-in for that method, which is converted. In other threads the stand-in is the method itself.
"""

import contextlib
import functools
import sys
import threading
import types

from .. import _core
from . import opaque, outside, places, reach, rollback, standins


def own(owner, name):
    """The method of the user's class that Python calls for an operation on such an object; None where it is not one of the user's."""
    method = getattr(type(owner), name, None)
    if type(method) is not types.FunctionType:
        return None
    method = getattr(method, "stands_for", method)
    return method if hasattr(type(owner), "stands_for") or not outside.is_ours(method) else None


def is_users(cls):
    """Whether a class is written in Python, and is neither a library's nor ours."""
    module = cls.__module__ or ""
    return bool(cls.__flags__ & 1 << 9) and not opaque.is_librarys(cls) and not module.startswith(("numpy", reach.HOME))


OPERATORS = {
    f"__{prefix}{name}__" for prefix in ("", "r", "i")
    for name in "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift divmod".split()
} | {
    f"__{name}__" for name in
    "lt le gt ge eq ne bool len contains getitem neg pos abs invert float int index round str repr format iter hash".split()
}  # fmt: skip


SPECIAL = OPERATORS | {
    f"__{name}__" for name in
    "getattr getattribute get missing reversed complex trunc floor ceil dir bytes fspath copy deepcopy reduce reduce_ex array array_ufunc "
    "instancecheck subclasscheck length_hint".split()
}  # fmt: skip


# ---- which methods need a stand-in --------------------------------------------------------------------------


def _asked_in_method():
    """Before a traced value is asked for as a number: where methods that run as they are ask, the trace starts again."""
    if _known() is None:
        return
    found, frame, last = [], sys._getframe(1), places.trace_code()
    while frame is not None and frame.f_code is not last:
        code = frame.f_code
        if code.co_argcount:
            owner = frame.f_locals.get(code.co_varnames[0])
            found += _members(type(owner), code)
        frame = frame.f_back
    _learn(found)


def _known():
    """The members that have stand-ins in this trace; None outside of one."""
    graph = _core.current_graph()
    return None if graph is None else graph.extra.get("methods")


def _learn(found):
    """Starts the trace again where members are not known yet."""
    known = _known()
    news = dict.fromkeys(place for place in found if place not in known)
    if news:
        known.update(news)
        raise rollback.Learn


def _members(cls, code):
    """(class, name) of the member of a user's class that has this code, if any."""
    for kind in cls.__mro__ if is_users(cls) else ():
        for name, member in vars(kind).items() if is_users(kind) else ():
            f = member.fget if type(member) is property else member
            if type(f) is types.FunctionType and f.__code__ is code:
                yield kind, name


def learn(cls, names):
    """Before members of a class that act are used in a staged body: whether they have stand-ins. Starts the trace again where that is
    news."""
    if _known() is None:
        return False
    found = [next(((kind, name) for kind in cls.__mro__ if name in vars(kind)), None) for name in names]
    if not all(place and _made(vars(place[0])[place[1]]) for place in found):
        return False
    _learn(found)
    return True


def learn_all(cls):
    """Starts the trace again with all operators and properties of a class converted, where that is news."""
    if _known() is None:
        return
    found = [(kind, name) for kind in cls.__mro__ if is_users(kind) for name, member in vars(kind).items() if _may_make(name, member)]
    _learn(found)


def _may_make(name, member):
    return (name in OPERATORS or type(member) is property) and _made(member) is not None


# ---- stand-ins ----------------------------------------------------------------------------------------------


def _made(member):
    """What stands for a member of a class; None where nothing can."""
    if type(member) is types.FunctionType:
        return standins.stand_in(member)
    if type(member) is property and type(member.fget) is types.FunctionType:
        return property(standins.stand_in(member.fget), member.fset, member.fdel, member.__doc__)
    if type(member) is functools.cached_property and type(member.func) is types.FunctionType:
        return _Cached(member)
    return None


def may_stand(member):
    """Whether there can be a stand-in for a member of a class."""
    return _made(member) is not None


def is_cached(cls, name):
    """Whether an attribute is a cached_property of the class."""
    member = getattr(cls, name, None)
    return type(member) in (functools.cached_property, _Cached)


class _Cached:
    """Stands for a cached_property: that it keeps its value is a change of the object."""

    def __init__(self, member):
        self.member = member

    def __get__(self, owner, cls=None):
        if owner is None:
            return self
        if _core.current_graph() is None:
            return self.member.__get__(owner, cls)
        value = _core.call(self.member.func, owner)
        _core.set_attr(value, owner, self.member.attrname)
        return value

    def __getattr__(self, name):
        return getattr(self.member, name)


def _differs(self, other):
    """`!=` of a class that has only `==`."""
    from ..operators import not_

    same = self.__eq__(other)
    return same if same is NotImplemented else not_(same)


# Past what a metaclass does when a class changes: it is the same class to the user.
_lock = threading.Lock()
_standing = {}  # (class, name): [traces that need the stand-in, the member or None]


@contextlib.contextmanager
def converted(known):
    """While a trace runs: the members in `known`, {(class, name): None}, are converted."""
    standing = []
    try:
        with _lock:
            places = [*known, *[(kind, "__ne__") for kind, name in known if name == "__eq__" and kind.__ne__ is object.__ne__]]
            for place in places:
                _put(*place)
                standing.append(place)
        yield
    finally:
        with _lock:
            for place in standing:
                _take_back(*place)


def _put(kind, name):
    entry = _standing.setdefault((kind, name), [0, vars(kind).get(name)])
    entry[0] += 1
    if entry[0] == 1:
        type.__setattr__(kind, name, _differs if entry[1] is None else _made(entry[1]))


def _take_back(kind, name):
    entry = _standing[kind, name]
    entry[0] -= 1
    if entry[0]:
        return
    del _standing[kind, name]
    if entry[1] is None:
        type.__delattr__(kind, name)
    else:
        type.__setattr__(kind, name, entry[1])


_core.staged["asked_in_method"] = _asked_in_method
