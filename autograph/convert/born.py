"""Lists and dicts that live on: the trace has to know its own containers.

They are given a name, returned, handed to a function of the user, or are what an operator or a
lambda gives.  A display that is only looped over, searched or handed to a library stays one.
"""

import ast

from .nodes import call


def made_here(node):
    """The converted `node`, its list and dict displays as calls of `new`."""
    kind = type(node)
    if kind is ast.List or kind is ast.Dict:
        items = node.elts if kind is ast.List else node.values
        items[:] = [made_here(n) for n in items]
        return call("new", [node], node)
    if kind is ast.Tuple:
        node.elts[:] = [made_here(n) for n in node.elts]
    elif kind is ast.ListComp:
        return call("new", [node], node)
    elif kind is ast.BinOp and type(node.op) in (ast.Mult, ast.Add):  # [0] + [1] * n
        node.left, node.right = made_here(node.left), made_here(node.right)
    return node
