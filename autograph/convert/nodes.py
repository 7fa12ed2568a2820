"""Building syntax nodes that carry the user's position.

Every generated node takes the position of the user's expression or statement it came from, so that
tracebacks, carets and breakpoints show the user's file.  Nodes may be shared between places of the
new tree: the compiler only reads them.
"""

import ast

LOAD = ast.Load()
STORE = ast.Store()
NO_ARGS = ast.arguments([], [], None, [], [], None, [])


def place(node, where):
    """`node` with the position of `where`."""
    node.lineno = where.lineno
    node.col_offset = where.col_offset
    node.end_lineno = where.end_lineno
    node.end_col_offset = where.end_col_offset
    return node


def head_of(stmt, text):
    """The place of the first line of `stmt`, which begins with `text`: Python says the last line of a call that has several."""
    head = place(ast.Pass(), stmt)
    head.end_lineno, head.end_col_offset = stmt.lineno, stmt.col_offset + len(text)
    return head


def name(text, where):
    return place(ast.Name(text, LOAD), where)


def const(value, where):
    return place(ast.Constant(value), where)


def operator(text, where):
    """`ag__.text`, the operator of that name."""
    return place(ast.Attribute(place(ast.Name("ag__", LOAD), where), text, LOAD), where)


def call(text, args, where):
    """`ag__.text(*args)`."""
    return place(ast.Call(operator(text, where), args, []), where)


def thunk(value, where):
    """`lambda: value`."""
    return place(ast.Lambda(NO_ARGS, value), where)


def assign(text, value, where):
    """`text = value`."""
    return place(ast.Assign([place(ast.Name(text, STORE), where)], value), where)


def expr(value, where):
    return place(ast.Expr(value), where)


def ret(value, where):
    return place(ast.Return(value), where)


def define(text, params, body, where):
    """`def text(*params): body`."""
    if params:
        args = ast.arguments([], [place(ast.arg(p), where) for p in params], None, [], [], None, [])
    else:
        args = NO_ARGS
    node = ast.FunctionDef(text, args, body, [], None, None)
    node.type_params = []
    return place(node, where)


def tuple_of(elements, where):
    return place(ast.Tuple(elements, LOAD), where)
