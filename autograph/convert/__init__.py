"""Python to Python: control flow of a function becomes calls of the operators `ag__`.

    convert(fn, ops)          the converted function; `ops` is what its name `ag__` means
    to_code(fn)               its text, with the user's lines in the margin
    source_of(fn), remember_source(fn), SourceUnavailable     see origin.py
    runs_later(fn)            why calling `fn` does not run its body, or None
    reason_not_converted(fn)  why `fn` is left alone, or None
    statements(fn)            [(line, kind)] of what the operators decide

The way of a function: origin.py finds its tree, flow.py (with exprs, calls, assigns, matches) reads
it once into items, jumps.py (with conditionals, loops) lowers these to statements, and here the
result is compiled under the user's file name.  Conversion never looks at values.
"""

import __future__

import ast
import functools
import gc
import re
import types

from . import listing, origin
from .flow import Reader, Top
from .jumps import lower_function
from .nodes import define, place, ret
from .origin import Source, SourceUnavailable, remember_source, source_of
from .scope import Scope, class_of, mangle

__all__ = [
    "Source",
    "SourceUnavailable",
    "convert",
    "reason_not_converted",
    "remember_source",
    "runs_later",
    "source_of",
    "statements",
    "to_code",
]

# Flags of code objects, as in inspect, which takes longer to import than all of this.
CO_OPTIMIZED, CO_GENERATOR, CO_COROUTINE, CO_ITERABLE_COROUTINE, CO_ASYNC_GENERATOR = (
    0x01,
    0x20,
    0x80,
    0x100,
    0x200,
)

LEFT_ALONE = {
    CO_GENERATOR: "it is a generator function",
    CO_COROUTINE: "it is an async function",
    CO_ASYNC_GENERATOR: "it is an async generator function",
    CO_ITERABLE_COROUTINE: "it is a coroutine",
}
SPECIAL = sum(LEFT_ALONE)
FUTURE = functools.reduce(
    lambda a, b: a | b, (getattr(__future__, n).compiler_flag for n in __future__.all_feature_names)
)

GENERATED = re.compile(r"[a-z]+_L\d+(_\d+)?")  # the names of generated functions

_converted = {}  # id of a code object -> Conversion


class Conversion:
    """A converted code object, and what was noted on the way."""

    __slots__ = "code statements".split()


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
    if reason is None:
        return listing.text(tree(fn.__code__, fn.__globals__)[0], fn, notes)
    node, _ = origin.parse(fn.__code__, fn.__globals__)
    return listing.text(node, fn, None, reason)


def plain_function(fn):
    return fn.__func__ if type(fn) is types.MethodType else fn


def conversion(fn):
    """The Conversion of the code of `fn`, made at the first call."""
    fn = plain_function(fn)
    code = fn.__code__
    made = _converted.get(id(code))
    if made is None:
        made = translate(code, fn.__globals__)
        origin.keep(_converted, code, made)
    return made


def translate(code, globals_):
    """The Conversion of `code`."""
    collects = gc.isenabled()
    gc.disable()  # a tree is thousands of objects, and none of them is garbage yet
    try:
        node, top = tree(code, globals_, hoists=True)
        made = Conversion()
        made.statements = sorted(top.statements)
        made.code = compile_function(node, code, top.nested)
    finally:
        if collects:
            gc.enable()
    return made


def tree(code, globals_, hoists=False):
    """The converted FunctionDef or Lambda of `code`, and what its reader noted.

    hoists  functions that a loop would make in each turn are made before it, see hoist.py
    """
    node, text = origin.parse(code, globals_)
    owner = class_of(code.co_qualname)
    if owner and "__" in text:
        own_name = getattr(node, "name", None)
        mangle(node, owner)
        if own_name:
            node.name = own_name
    top = Top(code, text, hoists)
    reader = Reader(top, Scope(code))
    if isinstance(node, ast.Lambda):
        reader.function_lambda(node)
    else:
        node.decorator_list = []
        node.type_params = []
        lower_function(reader, node)
    return node, top


def compile_function(node, code, nested):
    """The code object of the converted `node`, compiled inside a function with the free names.

    nested  the user's function holds functions or classes of its own
    """
    args = node.args
    defaults = args.defaults, args.kw_defaults
    none = place(ast.Constant(None), node)
    args.defaults = [none] * len(args.defaults)
    args.kw_defaults = [d and none for d in args.kw_defaults]
    is_lambda = isinstance(node, ast.Lambda)
    removed = []
    if not is_lambda:
        removed = [(node, "returns", node.returns)]
        for a in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
            if a is not None and a.annotation is not None:
                removed.append((a, "annotation", a.annotation))
        for holder, field, _ in removed:
            setattr(holder, field, None)
    params = [n for n in code.co_freevars if n != "ag__"]
    body = [ret(node, node)] if is_lambda else [node]
    if not is_lambda and node.name not in params:
        # A function that calls itself by its global name means that, not the factory's variable.
        body.insert(0, place(ast.Global([node.name]), node))
    module = ast.Module([define("factory__", ["ag__", *params], body, node)], [])
    try:
        made = compile(
            module, code.co_filename, "exec", flags=code.co_flags & FUTURE, dont_inherit=True
        )
    finally:
        args.defaults, args.kw_defaults = defaults
        for holder, field, value in removed:
            setattr(holder, field, value)
    factory = code_in(made, "factory__")
    inner = code_in(factory, code.co_name)
    if not nested:
        inner = inner.replace(co_qualname=code.co_qualname)
    else:
        inner = renamed(inner, code.co_qualname.removesuffix(code.co_name))
    return as_shown(inner, code.co_name)


def as_shown(code, name):
    """`code` whose generated functions have the name of the user's function, which tracebacks show."""
    own = code.co_name
    if "_L" in own and GENERATED.fullmatch(own):
        own = name
    consts = code.co_consts
    if any(type(c) is types.CodeType for c in consts):
        consts = tuple([as_shown(c, own) if type(c) is types.CodeType else c for c in consts])
        return code.replace(co_name=own, co_consts=consts)
    return code if own is code.co_name else code.replace(co_name=own)


def code_in(code, name):
    for c in code.co_consts:
        if type(c) is types.CodeType and c.co_name == name:
            return c
    raise AssertionError(name)


def renamed(code, prefix):
    """`code` with the qualified names that the user's functions and classes had before.

    What stands in a generated function belongs to the user's function round it.
    """
    old, name = code.co_qualname, prefix + code.co_name
    optimized = code.co_flags & CO_OPTIMIZED
    if not GENERATED.match(code.co_name):
        prefix = name + (".<locals>." if optimized else ".")
    consts = []
    for c in code.co_consts:
        if type(c) is types.CodeType:
            c = renamed(c, prefix)
        elif type(c) is str and c == old and not optimized:
            c = name  # a class body stores its __qualname__
        consts.append(c)
    return code.replace(co_qualname=name, co_consts=tuple(consts))
