"""Pickling compiled functions: by name where the name leads to them, as Python's functions; else by value, with the code, what it
closes over, and (of a script or notebook) the globals that it reads. The source goes along, so that it converts where it arrives.

By value works between processes of one Python version. Traces and native code stay behind: they come again at the first call.
"""

import builtins
import importlib
import marshal
import pickle
import sys
import types

from . import _core

Function = _core.Function
_SCRIPTS = (None, "__main__", "__mp_main__")  # names in them mean something else in another process


def reduced(function):
    """What Function.__reduce__ returns."""
    if _by_name(function):  # the name in the module is ours, not the undecorated function's
        return function.__qualname__
    made = function.python_function
    if isinstance(made, types.FunctionType) and not _by_name(made):
        made = _packed(made, function)
    return _rebuilt, (made, function._options)


def _by_name(fn):
    place = sys.modules.get(getattr(fn, "__module__", None))
    for name in getattr(fn, "__qualname__", "").split("."):
        place = getattr(place, name, None)
    return place is fn


class _Packed:
    """A Python function by value."""

    def __init__(self, **parts):
        self.__dict__.update(parts)


def _packed(fn, owner):
    from .convert import origin

    def pack(value):
        if value is owner or value is fn:
            return ("itself", None)
        if isinstance(value, types.FunctionType) and (value.__module__ in _SCRIPTS or not _by_name(value)):
            return ("function", _packed(value, owner))
        if isinstance(value, Function) and value.__module__ in _SCRIPTS and isinstance(value.python_function, types.FunctionType):
            return ("compiled", (_packed(value.python_function, value), value._options))
        if isinstance(value, types.ModuleType):
            return ("module", value.__name__)
        return ("value", value)

    code = fn.__code__
    try:
        source = origin.lines_for(code, fn.__globals__)
    except origin.SourceUnavailable:
        source = None
    importable = fn.__module__ not in _SCRIPTS and fn.__module__ in sys.modules
    names = () if importable else sorted(_globals_of(code))
    cells = []
    for name, cell in zip(code.co_freevars, fn.__closure__ or ()):
        try:
            cells.append(pack(cell.cell_contents))
        except ValueError:
            raise pickle.PicklingError(f"{fn.__qualname__}() closes over {name!r}, which has no value yet") from None
    return _Packed(
        version=sys.version_info[:2],
        code=marshal.dumps(code),
        source=source,
        module=fn.__module__,
        importable=importable,
        names={n: pack(fn.__globals__[n]) for n in names if n in fn.__globals__},
        cells=cells,
        defaults=fn.__defaults__,
        kwdefaults=fn.__kwdefaults__,
        name=fn.__name__,
        qualname=fn.__qualname__,
        doc=fn.__doc__,
    )


def _globals_of(code):
    """Names that code, or a function in it, may read as globals."""
    found = set(code.co_names)
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            found |= _globals_of(inner)
    return found


def _rebuilt(made, options):
    from .function import function

    if isinstance(made, Function):
        return made
    if not isinstance(made, _Packed):
        return function(made, **options)
    itself = []
    fn = _unpacked(made, itself)
    compiled = function(fn, **options)
    for place, key in itself:  # a function that calls itself
        if isinstance(place, types.CellType):
            place.cell_contents = compiled
        else:
            place[key] = compiled
    return compiled


def _unpacked(packed, itself):
    from .convert import origin

    if packed.version != sys.version_info[:2]:
        raise pickle.UnpicklingError(
            f"{packed.qualname}() was pickled by value with Python {'.'.join(map(str, packed.version))}, and this is "
            f"{sys.version.split()[0]}: put it into a module that both can import"
        )
    code = marshal.loads(packed.code)
    if packed.importable:
        names = importlib.import_module(packed.module).__dict__
    else:
        names = {"__builtins__": builtins, "__name__": packed.module}

    def unpack(pair, place, key):
        kind, value = pair
        if kind == "itself":
            itself.append((place, key))
            return None
        if kind == "function":
            return _unpacked(value, itself)
        if kind == "compiled":
            return _rebuilt(*value)
        return importlib.import_module(value) if kind == "module" else value

    for name, pair in packed.names.items():
        names[name] = unpack(pair, names, name)
    cells = []
    for pair in packed.cells:
        cell = types.CellType()
        cell.cell_contents = unpack(pair, cell, None)
        cells.append(cell)
    fn = types.FunctionType(code, names, packed.name, packed.defaults, tuple(cells))
    fn.__kwdefaults__, fn.__qualname__, fn.__doc__, fn.__module__ = packed.kwdefaults, packed.qualname, packed.doc, packed.module
    if packed.source is not None:
        origin.keep(origin._lines, code, packed.source)
    return fn
