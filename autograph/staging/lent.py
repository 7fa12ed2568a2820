"""Arrays that are lent: arguments that belong to the caller, and what may be one of them or a view of one.

Compiled code does not change the caller's arrays, so a write to one would be lost: it is refused. Whether a traced value may be
an argument's is told by the operations that made it, and noted where none does: for the variables of loops and what branches
choose.

A tensor is a value, and a write to one rebinds the name. Where the function writes to an argument, arrays and tensors given there
have traces of their own (WRITTEN LEAVES, key.h).
"""

from .. import _core
from . import places

Tensor = _core.Tensor
# Whose result has the elements of the first operand in NumPy.
_VIEWS = {"Element", "Reshape", "ReshapeTo", "ReverseV2", "StridedSlice", "StridedSliceDyn", "Transpose", "Unpack"}


WRITTEN = 1 << 32  # beside the ordinal of a leaf among a function's pins


class Lender:
    """The argument that a value belongs to: where it is given, the type of what is given there, None for a tensor, and which
    leaves of the arguments it may be."""

    __slots__ = ("kind", "leaves", "path")

    def __init__(self, path, kind, leaves):
        self.path, self.kind, self.leaves = path, kind, leaves

    def write(self, what):
        """Notes a write; raises where it would be lost."""
        extra = _core.current_graph().extra
        extra["written"] |= self.leaves
        extra["function"]._pins.update([WRITTEN + leaf for leaf in self.leaves])
        if self.kind is not None:
            raise self.refusal(what, places.here())

    def refusal(self, what, place=""):
        """The error for a write: what, at the user's line."""
        is_array = self.kind.__name__ == "ndarray"
        kind = "a NumPy array" if is_array else f"of type {self.kind.__name__}"
        name = self.path if self.path.isidentifier() else "x"
        copy = f"{self.path}.copy()" if is_array else f"np.array({self.path})"
        return TypeError(
            f"{what} '{self.path}', an argument that is {kind}, would be lost: the caller's array is not changed by compiled "
            f"code. Copy it first ({name} = {copy}) and return the result{place}"
        )


def lend(graph, param, path, value, leaf):
    """Notes that a parameter of the graph is the caller's `value`, the leaf of that number."""
    kind = type(value)
    lends = kind is not Tensor and hasattr(kind, "__setitem__") and not kind.__module__.startswith("jax")
    graph.extra["lent"][param._value] = param, Lender(path, kind if lends else None, frozenset([leaf]))


def either(a, b):
    """The Lender of a value that may be of one or the other; None is nobody."""
    if a is None or b is None:
        return a or b
    first, other = (b, a) if a.kind is None and b.kind is not None else (a, b)
    return first if other.leaves <= first.leaves else Lender(first.path, first.kind, first.leaves | other.leaves)


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


def joined(some, others):
    """What two dictionaries of lenders() say together."""
    return {k: either(some.get(k), others.get(k)) for k in some.keys() | others.keys()}


def refuse_items(value):
    """To be called before items of a traced value change."""
    lender = lender_of(value)
    if lender is not None:
        lender.write("item assignment to")


def _refuse_in_place(value):
    """To be called before `value op= other`, which NumPy does in place."""
    lender = lender_of(value)
    if lender is not None:
        lender.write("an assignment such as `+=`, which NumPy does in place, to")


_core.staged["in_place"] = _refuse_in_place
