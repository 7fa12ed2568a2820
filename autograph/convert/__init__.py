"""Python to Python: control flow of a function becomes calls of the operators `ag__`.

    convert(fn, ops)          the converted function; `ops` is what its name `ag__` means
    to_code(fn)               its text, with the user's lines in the margin
    source_of(fn), remember_source(fn), SourceUnavailable     see origin.py
    prepare(fn)               whether the disk cache had its conversion
    runs_later(fn)            why calling `fn` does not run its body, or None
    reason_not_converted(fn)  why `fn` is left alone, or None
    statements(fn)            [(line, kind)] of what the operators decide

The way of a function: origin.py finds its tree, flow.py (with exprs, calls, assigns, matches) reads
it once into items, jumps.py (with conditionals, loops) lowers these to statements, and translation.py
compiles the result under the user's file name.  Conversion never looks at values.  What the disk
cache has (kept.py) needs none of these, so they are imported when they are needed.
"""

import types

from . import kept

__all__ = [
    "Source",
    "SourceUnavailable",
    "convert",
    "prepare",
    "reason_not_converted",
    "remember_source",
    "runs_later",
    "source_of",
    "statements",
    "to_code",
]

# Flags of code objects, as in inspect, which takes longer to import than all of this.
CO_GENERATOR, CO_COROUTINE, CO_ITERABLE_COROUTINE, CO_ASYNC_GENERATOR = 0x20, 0x80, 0x100, 0x200

LEFT_ALONE = {
    CO_GENERATOR: "it is a generator function",
    CO_COROUTINE: "it is an async function",
    CO_ASYNC_GENERATOR: "it is an async generator function",
    CO_ITERABLE_COROUTINE: "it is a coroutine",
}
SPECIAL = sum(LEFT_ALONE)
LATER = ("listing", "origin", "translation")  # modules that a conversion at hand does not need

_converted = {}  # id of a code object -> Conversion


class Conversion:
    """A converted code object, and what was noted on the way."""

    __slots__ = ("code", "statements")

    def __init__(self, code, statements):
        self.code, self.statements = code, statements


def __getattr__(name):
    if name in LATER:
        from importlib import import_module

        return import_module(f".{name}", __name__)
    if name in ("Source", "SourceUnavailable", "source_of"):
        from . import origin

        return getattr(origin, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def prepare(fn):
    """True when the conversion of the Python function `fn` was at hand: in this process or on the disk."""
    code = fn.__code__
    return id(code) in _converted or not code.co_flags & SPECIAL and _from_disk(code) is not None


def remember_source(fn):
    """Keeps the source of `fn` as it is now; call it when `fn` is decorated.

    Returns True when the source is at hand.  Never raises.
    """
    code = getattr(fn, "__code__", None)
    if id(code) in _converted and kept.remember_file(code):
        return True
    from . import origin

    return origin.remember_source(fn)


def convert(fn, ops):
    """The function `fn` with its control flow as calls of the operators in `ops`.

    fn   Python function or bound method
    ops  object whose attributes are the operators

    The result shares closure cells, globals, defaults and attributes with `fn`.  What is left alone
    (see reason_not_converted) is returned as it is.  Code is converted once; SourceUnavailable if
    its source cannot be had.
    """
    if type(fn) is types.MethodType:
        return types.MethodType(convert(fn.__func__, ops), fn.__self__)
    code = getattr(fn, "__code__", None)
    if type(code) is not types.CodeType or code.co_flags & SPECIAL or "ag__" in code.co_freevars:
        return fn
    if "ag__" in code.co_names and fn.__globals__.get("ag__") is ops:
        return fn  # what to_code printed, executed
    made = _converted.get(id(code)) or conversion(fn)
    new = made.code
    closure = None
    if new.co_freevars:
        cells = dict(zip(code.co_freevars, fn.__closure__ or (), strict=True))
        cell = getattr(ops, "cell__", None)
        if cell is None or cell.cell_contents is not ops:
            cell = types.CellType(ops)
            ops.cell__ = cell
        cells["ag__"] = cell
        closure = tuple(cells[name] for name in new.co_freevars)
    out = types.FunctionType(new, fn.__globals__, fn.__name__, fn.__defaults__, closure)
    if fn.__kwdefaults__:
        out.__kwdefaults__ = fn.__kwdefaults__
    out.__qualname__ = fn.__qualname__
    out.__module__ = fn.__module__
    out.__doc__ = fn.__doc__
    if fn.__annotations__:
        out.__annotations__ = fn.__annotations__
    if fn.__dict__:
        out.__dict__.update(fn.__dict__)
    if getattr(fn, "__type_params__", None):
        out.__type_params__ = fn.__type_params__
    return out


def reason_not_converted(fn):
    """Why `convert` leaves `fn` alone, as a clause ("it is a generator function"), or None."""
    if type(fn) is types.MethodType:
        fn = fn.__func__
    code = getattr(fn, "__code__", None)
    if type(code) is not types.CodeType:
        return "it is not a Python function"
    for flag, reason in LEFT_ALONE.items():
        if code.co_flags & flag:
            return reason
    return "it is marked with do_not_convert" if getattr(fn, "_ag_do_not_convert", False) else None


def runs_later(fn):
    """Why calling `fn` does not run its body, as a clause ("it is a generator function"), or None."""
    return (
        reason_not_converted(fn)
        if getattr(getattr(fn, "__code__", None), "co_flags", 0) & SPECIAL
        else None
    )


def statements(fn):
    """[(line, kind)] of the statements and conditional expressions of `fn` that operators decide.

    Kinds: if, while, for, match, assert, raise, conditional expression; in order of lines.
    """
    return list(conversion(fn).statements)


def to_code(fn, notes=None):
    """The converted `fn` as a program with one import line, the user's lines in the margin.

    What runs differs in one thing: functions that the turns of a loop would make are made before it.

    notes   {line: [comments]} for the statements of those lines
    """
    fn = plain_function(fn)
    reason = reason_not_converted(fn)
    from . import listing, origin, translation

    if reason is None:
        return listing.text(translation.tree(fn.__code__, fn.__globals__)[0], fn, notes)
    node, _ = origin.parse(fn.__code__, fn.__globals__)
    return listing.text(node, fn, None, reason)


def plain_function(fn):
    return fn.__func__ if type(fn) is types.MethodType else fn


def conversion(fn):
    """The Conversion of the code of `fn`, made at the first call."""
    fn = plain_function(fn)
    code = fn.__code__
    made = _converted.get(id(code)) or _from_disk(code)
    if made is None:
        made = translate(code, fn.__globals__)
        kept.keep(_converted, code, made)
        kept.store(code, (made.code, made.statements))
    return made


def _from_disk(code):
    parts = kept.load(code)
    if parts is None:
        return None
    made = Conversion(*parts)
    kept.keep(_converted, code, made)
    return made


def translate(code, globals_):
    """The Conversion of `code`."""
    from . import translation

    return Conversion(*translation.translate(code, globals_))
