"""Dataclasses as structures: their fields are leaves, and one is put together again without a call of __init__.

The class itself stays what it is: what comes back has its methods and properties, and __post_init__ has run when the user's own
code made the object, not again for each of its copies.
"""

import types

from . import _core
from .module import Module

MOST_FIELDS = 64  # as in ext/key.c


def is_record(kind):
    """Whether a class is a dataclass whose instances are made of their attributes alone."""
    return hasattr(kind, "__dataclass_fields__") and kind.__new__ is object.__new__


def is_frozen(kind):
    """Whether a class is a dataclass whose instances cannot be changed."""
    return is_record(kind) and kind.__dataclass_params__.frozen


def take(value):
    """(names, values) of everything that an instance holds: its fields, then what else was set on it."""
    held = getattr(value, "__dict__", {})
    names = [name for name in _fields(type(value)) if hasattr(value, name)]
    names += [name for name in held if name not in names]
    return tuple(names), [getattr(value, name) for name in names]


def held(value):
    """(names, values) of the attributes of an object of any class: those of its slots, then the others."""
    slots = [name for kind in type(value).__mro__ for name in _slots_of(kind)]
    names = [name for name in slots if hasattr(value, name)] + [*getattr(value, "__dict__", {})]
    return tuple(names), [getattr(value, name) for name in names]


def is_plain(kind):
    """Whether the instances of a class are made of their attributes alone, which are read and set as Python does it."""
    return (
        kind.__new__ is object.__new__
        and kind.__getattribute__ is object.__getattribute__
        and kind.__setattr__ is object.__setattr__
        and not issubclass(kind, Module)
    )


def _slots_of(kind):
    slots = kind.__dict__.get("__slots__", ())
    return [
        f"_{kind.__name__.lstrip('_')}{name}" if name.startswith("__") and not name.endswith("__") else name
        for name in ((slots,) if isinstance(slots, str) else slots)
        if name not in ("__dict__", "__weakref__")
    ]


def make(kind, names, parts):
    """An instance of a class that holds these attributes; frozen ones and those with slots as well."""
    new = object.__new__(kind)
    for name, part in zip(names, parts):
        object.__setattr__(new, name, part)
    return new


def argument_fields(kind):
    """The fields of a class whose instances are opened where they are arguments (ext/key.c); None where it is the object that counts.

    It is where the class says so (eq=False), keeps its fields elsewhere than in itself (properties), or tracks variables (Module).
    """
    if not is_record(kind) or kind.__eq__ is object.__eq__ or issubclass(kind, Module):
        return None
    if hasattr(kind, "__getattr__") or kind.__getattribute__ is not object.__getattribute__:
        return None
    names = _fields(kind)
    for name in names:
        stored = getattr(kind, name, None)
        if hasattr(type(stored), "__set__") and not isinstance(stored, types.MemberDescriptorType):
            return None
    return names if 0 < len(names) <= MOST_FIELDS else None


def opened(value):
    """argument_fields of an object's class; None as well where it lacks one of them or holds more."""
    names = argument_fields(type(value))
    if names is None or take(value)[0] != names:
        return None
    return names


def _fields(kind):
    """The names of the fields: class variables and what only __init__ takes are none."""
    from dataclasses import (
        fields,  # takes longer to import than all of this; a dataclass has imported it
    )

    return tuple([field.name for field in fields(kind)])


_core.staged["argument_fields"] = argument_fields
