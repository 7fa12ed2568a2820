"""Lists, sets and dicts that live on: the trace has to know its own containers.

They are given a name, returned, handed to a function of the user, or are what an operator or a
lambda gives.  A display that is only looped over, searched or handed to a library stays one.
"""

import ast

from .nodes import call


def made_here(node):
    """The converted `node`, its displays and comprehensions as calls of `new`."""
    kind = type(node)
    if kind is ast.List or kind is ast.Dict:
        items = node.elts if kind is ast.List else node.values
        items[:] = [made_here(n) for n in items]
        return call("new", [node], node)
    if kind is ast.Tuple:
        node.elts[:] = [made_here(n) for n in node.elts]
    elif kind in (ast.Set, ast.ListComp, ast.SetComp, ast.DictComp):
        return call("new", [node], node)
    elif kind is ast.BinOp and type(node.op) in (ast.Mult, ast.Add):  # [0] + [1] * n
        node.left, node.right = made_here(node.left), made_here(node.right)
    elif kind is ast.BinOp and type(node.op) is ast.BitOr and (unites(node.left) or unites(node.right)):
        return call("new", [node], node)
    return node


def unites(node):
    """Whether `|` of it makes a set or dict, as its source shows."""
    if type(node) is ast.BinOp and type(node.op) is ast.BitOr:
        return unites(node.left) or unites(node.right)
    return type(node) in (ast.Set, ast.Dict, ast.SetComp, ast.DictComp)
