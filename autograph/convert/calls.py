"""Calls: every call goes through `ag__.call`, which decides by the callee.

Calls that look at the frame of their caller stay as they are, but that they are not shown the names
that the converter made.  `super()` gets its two arguments written out, because the code round it may
move into a nested function.  `breakpoint()` says first when it stops while tracing.
"""

import ast
import builtins

from .born import made_here
from .exprs import FRAME_CALLS, Expressions
from .nodes import LOAD, call, name, operator, place, thunk

LEFT_ALONE = FRAME_CALLS | {"globals", "breakpoint", "__import__", "super"}
SHOW_NAMES = ("locals", "vars", "dir")  # without arguments
# builtins that are through with a generator when they return: it sees the variables round it as they are
CONSUMERS = {
    "all",
    "any",
    "dict",
    "frozenset",
    "list",
    "max",
    "min",
    "set",
    "sorted",
    "sum",
    "tuple",
}
KEEPS = {"append", "appendleft", "insert", "setdefault"}  # methods whose argument lives on
BUILTINS = frozenset(vars(builtins))
LOOP_OPTIONS = ("parallel_iterations", "swap_memory", "maximum_iterations", "shape_invariants")


class Calls:
    """The part of the reader that converts calls."""

    def call(self, node):
        func = node.func
        alone = stops = False
        if type(func) is ast.Name:
            if func.id in LEFT_ALONE and func.id not in self.scope.local:
                alone = True
                stops = func.id == "breakpoint"
                if func.id in FRAME_CALLS:
                    self.scope.dynamic = True
                elif func.id == "super" and not node.args and not node.keywords:
                    self.super_arguments(node)
        elif type(func) is ast.Attribute and func.attr == "set_trace":
            alone = stops = type(func.value) is ast.Name and func.value.id == "pdb"
        func = self.visit(func)
        args = [
            self.comprehension(a) if type(a) is ast.GeneratorExp else self.visit(a)
            for a in node.args
        ]
        consumes = type(func) is ast.Name and func.id in CONSUMERS and self.is_global(func.id)
        for i, a in enumerate(args):
            if type(a) is not ast.GeneratorExp:
                continue
            self.later -= consumes
            if a.operator and len(args) == 1 and not alone:
                args[0] = self.comprehension_operator("genexp", a)
                continue
            if a.operator:
                g = a.generators[0]
                g.iter = call("iter_", [g.iter], g.iter)
                a.operator = False
            if not consumes:
                args[i] = call("reader", [a], a)
        for k in node.keywords:
            k.value = self.visit(k.value)
        self.called = True
        if alone:
            if args and type(func) is ast.Name and func.id in ("eval", "exec"):
                args[0] = call("program", [args[0]], node)
            node.func, node.args = func, args
            if stops:
                return breaking(node)
            if not args and type(func) is ast.Name and func.id in SHOW_NAMES:
                return call("own_names", [node], node)
        else:
            if self.lives_on(func):
                args = [made_here(a) for a in args]
                for k in node.keywords:
                    k.value = made_here(k.value) if k.arg else k.value
            node.func, node.args = operator("call", func), [func, *args]
            for i, a in enumerate(args, 1):
                if type(a) is ast.Name:
                    self.store_of(node.args, i, a)
            for k in node.keywords:
                if type(k.value) is ast.Name:
                    self.store_of(k, "value", k.value)
        return node

    def lives_on(self, func):
        """Whether an argument of a call of `func` may live on: in a list, or in a function of the user."""
        if type(func) is ast.Attribute:
            return func.attr in KEEPS or type(func.value) is ast.Name and func.value.id == "self"
        return type(func) is ast.Name and not (func.id in BUILTINS and self.is_global(func.id))

    def is_global(self, text):
        scope = self.scope
        return not (text in self.hidden or text in scope.local or text in scope.code.co_freevars)

    def super_arguments(self, node):
        if self.first_param and "__class__" in self.top.code.co_freevars:
            node.args = [name("__class__", node), name(self.first_param, node)]

    def starred(self, node):
        node.value = self.visit(node.value)
        return node


def breaking(node):
    """`ag__.stopped(breakpoint(*ag__.stops()))`: stays a call of the user's frame, which it stops."""
    node.args.insert(0, place(ast.Starred(call("stops", [], node), LOAD), node))
    return call("stopped", [node], node)


def loop_options(body):
    """Takes a leading `set_loop_options(...)` out of `body`; its keywords {name: node} or None."""
    s = body[0]
    if type(s) is not ast.Expr or type(s.value) is not ast.Call:
        return None
    f = s.value.func
    if (
        f.id if type(f) is ast.Name else f.attr if type(f) is ast.Attribute else ""
    ) != "set_loop_options":
        return None
    del body[0]
    options = dict(zip(LOOP_OPTIONS, s.value.args, strict=False))
    options.update((k.arg, k.value) for k in s.value.keywords if k.arg)
    return options


def options_dict(reader, options, where):
    """The options as a dict display; shape invariants name loop variables: a lambda."""
    if options is None:
        return None
    node = ast.Dict([], [])
    for key, value in options.items():
        value = reader.visit(value)
        node.keys.append(ast.copy_location(ast.Constant(key), value))
        node.values.append(thunk(value, value) if key == "shape_invariants" else value)
    return ast.copy_location(node, where)


def assertion(reader, node):
    """`assert t, m` -> `ag__.assert_(t, lambda: m)`."""
    args = [reader.visit(node.test)]
    add_lazy(reader, args, node.msg, "message", node)
    return call("assert_", args, node)


def raising(reader, node):
    """`raise E(x) from c` -> `raise ag__.raise_(lambda: E(x), lambda: c)`."""
    args = []
    add_lazy(reader, args, node.exc, "raise", node)
    add_lazy(reader, args, node.cause, "cause", node)
    node.exc = call("raise_", args, node)
    node.cause = None
    return node


def add_lazy(reader, args, operand, kind, where):
    """Adds the operand that may be missing to `args`."""
    if operand is None:
        args.append(ast.copy_location(ast.Constant(None), where))
    else:
        reader.operand(args, operand, kind)


Expressions.expressions[ast.Call] = Calls.call
Expressions.expressions[ast.Starred] = Calls.starred
