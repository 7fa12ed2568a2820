"""Graph.as_graph_def(): the operations of a graph as a list of node definitions, in TensorFlow's terms; Graph in a notebook."""

from . import _core
from .highlight import Code

__all__ = ["GraphDef"]


class GraphDef:
    """`node`: the definitions (name, op, input, attr) of the operations outside of branches and loops, in order."""

    def __init__(self, node):
        self.node = node

    def __repr__(self):
        return "".join(_text(n) for n in self.node).rstrip("\n")


def _text(n):
    lines = ["node {", f'  name: "{n.name}"', f'  op: "{n.op}"']
    lines += [f'  input: "{i}"' for i in n.input]
    lines += [f"  attr {{ {key}: {value!r} }}" for key, value in n.attr.items()]
    return "\n".join([*lines, "}", ""])


def as_graph_def(graph):
    """The GraphDef of the graph. Branches and loops are single nodes here; print_text() shows what is in them."""
    return GraphDef([op.node_def for op in graph.get_operations()])


def _repr(graph):
    ops = len(graph.get_operations())
    inner = graph.n_ops - ops
    return f"<Graph: {ops} operations" + (f" and {inner} in branches and loops>" if inner else ">")


def _mimebundle(graph, include=None, exclude=None):
    return Code(graph.print_text())._repr_mimebundle_()


_core.Graph.as_graph_def = as_graph_def
_core.Graph.__repr__ = _repr
_core.Graph._repr_mimebundle_ = _mimebundle
