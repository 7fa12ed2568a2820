"""Building syntax nodes that carry the user's position.

Every generated node takes the position of the user's expression or statement it came from, so that
tracebacks, carets and breakpoints show the user's file.  Nodes may be shared between places of the
new tree: the compiler only reads them.
"""

import ast

from .._core import new_node, place

LOAD = ast.Load()
STORE = ast.Store()
NO_ARGS = ast.arguments([], [], None, [], [], None, [])


def head_of(stmt, text):
    """The place of the first line of `stmt`, which begins with `text`: Python says the last line of a call that has several."""
    head = place(ast.Pass(), stmt)
    head.end_lineno, head.end_col_offset = stmt.lineno, stmt.col_offset + len(text)
    return head


def name(text, where):
    return new_node(ast.Name, where, text, LOAD)


def const(value, where):
    return new_node(ast.Constant, where, value)


def operator(text, where):
    """`ag__.text`, the operator of that name."""
    return new_node(ast.Attribute, where, new_node(ast.Name, where, "ag__", LOAD), text, LOAD)


def call(text, args, where):
    """`ag__.text(*args)`."""
    return new_node(ast.Call, where, operator(text, where), args, [])


def thunk(value, where):
    """`lambda: value`."""
    return new_node(ast.Lambda, where, NO_ARGS, value)


def assign(text, value, where):
    """`text = value`."""
    return new_node(ast.Assign, where, [new_node(ast.Name, where, text, STORE)], value)


def expr(value, where):
    return new_node(ast.Expr, where, value)


def ret(value, where):
    return new_node(ast.Return, where, value)


def define(text, params, body, where):
    """`def text(*params): body`."""
    args = NO_ARGS
    if params:
        args = ast.arguments(
            [], [new_node(ast.arg, where, p) for p in params], None, [], [], None, []
        )
    node = new_node(ast.FunctionDef, where, text, args, body, [], None, None)
    node.type_params = []
    return node


def tuple_of(elements, where):
    return new_node(ast.Tuple, where, elements, LOAD)
