"""One conversion: the tree of a code object, converted, as a code object under the user's file name."""

import __future__

import ast
import functools
import gc
import re
import types

from .. import _core
from . import origin
from .flow import Reader, Top
from .jumps import lower_function
from .nodes import define, place, ret
from .scope import Scope, class_of, mangle

CO_OPTIMIZED = 0x01  # as in inspect, which takes longer to import than all of this
FUTURE = functools.reduce(
    lambda a, b: a | b, (getattr(__future__, n).compiler_flag for n in __future__.all_feature_names)
)

GENERATED = re.compile(r"[a-z]+_L\d+(_\d+)?")  # the names of generated functions


def translate(code, globals_):
    """(code object, statements) of the converted `code`."""
    collects = gc.isenabled()
    gc.disable()  # a tree is thousands of objects, and none of them is garbage yet
    try:
        node, top = tree(code, globals_, hoists=True)
        return compile_function(node, code, top.nested), sorted(top.statements)
    finally:
        if collects:
            gc.enable()


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
    top = Top(code, text, hoists, globals_)
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
    if nested:
        inner = renamed(inner, code.co_qualname.removesuffix(code.co_name))
    else:
        _core.name_code(inner, code.co_name, code.co_qualname)
    show(inner, code.co_name)
    return inner


def show(code, name):
    """Gives the generated functions in `code`, just compiled, the user's name, which tracebacks show."""
    own = code.co_name
    if "_L" in own and GENERATED.fullmatch(own):
        own = name
        _core.name_code(code, own, code.co_qualname)
    for c in code.co_consts:
        if type(c) is types.CodeType:
            show(c, own)


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
