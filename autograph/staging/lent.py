"""Arrays that are lent: arguments that belong to the caller, and what may be one of them or a view of one.

Compiled code does not change the caller's arrays, so a write to one would be lost: it is refused. Whether a traced value may be
an argument's is told by the operations that made it, and noted where none does: for the variables of loops and what branches
choose.
"""

from .. import _core
from . import places

Tensor = _core.Tensor
# Whose result has the elements of the first operand in NumPy.
_VIEWS = {"Element", "Reshape", "ReshapeTo", "ReverseV2", "StridedSlice", "StridedSliceDyn", "Transpose", "Unpack"}


class Lender:
    """The argument that an array belongs to: where it is given, and the type of what is given there."""

    __slots__ = ("kind", "path")

    def __init__(self, path, kind):
        self.path, self.kind = path, kind

    def refusal(self, what):
        """The error for a write: what, at the user's line."""
        is_array = self.kind.__name__ == "ndarray"
        kind = "a NumPy array" if is_array else f"of type {self.kind.__name__}"
        name = self.path if self.path.isidentifier() else "x"
        copy = f"{self.path}.copy()" if is_array else f"np.array({self.path})"
        return TypeError(
            f"{what} '{self.path}', an argument that is {kind}, would be lost: the caller's array is not changed by compiled "
            f"code. Copy it first ({name} = {copy}) and return the result{places.here()}"
        )


def lend(graph, param, path, value):
    """Notes that a parameter of the graph is the caller's `value`, if that can be changed."""
    kind = type(value)
    if hasattr(kind, "__setitem__") and not kind.__module__.startswith("jax"):
        graph.extra["lent"][param._value] = param, Lender(path, kind)


def note(value, lender):
    """Notes that a value of the current graph may be the lender's; None: it is nobody's."""
    if lender is None or not isinstance(value, Tensor):
        return
    value = value if value.alts is None else value.payload
    if value is not None and value.is_symbolic:
        _core.current_graph().extra["lent"][value._value] = value, lender


def lender_of(value):
    """The Lender whose array a value may be, or a view of; None when it is the function's own."""
    graph = _core.current_graph()
    noted = graph.extra.get("lent") if graph is not None else None
    if not noted or not isinstance(value, Tensor):
        return None
    value = value if value.alts is None else value.payload
    while value is not None and value.is_symbolic:
        found = noted.get(value._value)
        if found is not None and found[0]._value == value._value:  # not of a value that was undone
            return found[1]
        if value.shape.rank == 0 or value.op.type not in _VIEWS:
            return None
        value = value.op.inputs[0]
    return None


def lenders(leaves):
    """{index: Lender} of those leaves that are lent."""
    if not _core.current_graph().extra.get("lent"):
        return {}
    found = {k: lender_of(v) for k, v in enumerate(leaves)}
    return {k: lender for k, lender in found.items() if lender is not None}


def refuse_items(value):
    """To be called before items of a traced value change."""
    lender = lender_of(value)
    if lender is not None:
        raise lender.refusal("item assignment to")


def _refuse_in_place(value):
    """To be called before `value op= other`, which NumPy does in place."""
    lender = lender_of(value)
    if lender is not None:
        raise lender.refusal("an assignment such as `+=`, which NumPy does in place, to")


_core.staged["in_place"] = _refuse_in_place
