"""Arrays that are lent: arguments that belong to the caller, and what may be one of them or a view of one.

Compiled code does not change the caller's arrays, so a write to one would be lost: it is refused. Whether a traced value may be
an argument's is told by the operations that made it, and noted where none does: for the variables of loops and what branches
choose.

A tensor is a value, and a write to one rebinds the name. Where the function writes to an argument, arrays and tensors given there
have traces of their own (WRITTEN LEAVES, key.h).

What a function of NumPy's arrays computes is its own, but a tensor here: a value, and no object that all its names see. So an array
that a list holds is noted as well, and a write under another name than the list's is refused.
"""

import sys
import weakref

from .. import _core, specs
from . import places

Tensor = _core.Tensor
# Whose result has the elements of the first operand in NumPy, or holds the same arrays.
_VIEWS = {
    "BroadcastTo", "Element", "Imag", "Real", "Reshape", "ReshapeTo", "ReverseV2", "StridedSlice", "StridedSliceDyn", "Transpose", "Unpack",
    "BoxTensor", "UnboxTensor", "TensorListPut", "TensorListWrite", "TensorListMove",
}  # fmt: skip


WRITTEN = 1 << 32  # beside the ordinal of a leaf among a function's pins
ASKED = 1 << 33  # likewise, of arrays that are asked whether they are one


class Lender:
    """The argument that a value belongs to: where it is given, the type of what is given there, None for a tensor, and which
    leaves of the arguments it may be."""

    __slots__ = ("kind", "leaves", "path")

    def __init__(self, path, kind, leaves):
        self.path, self.kind, self.leaves = path, kind, leaves

    def counts(self):
        """The caller's array is there."""
        return True

    def write(self, what):
        """Notes a write; raises where it would be lost."""
        self.is_written()
        if self.kind is not None:
            raise self.refusal(what, places.here())

    def is_written(self):
        """Notes a write."""
        extra = _core.current_graph().extra
        extra["written"] |= self.leaves
        extra["function"]._pins.update([WRITTEN + leaf for leaf in self.leaves])

    @property
    def is_array(self):
        """Whether it is given a NumPy array."""
        return self.kind is not None and self.kind.__name__ == "ndarray"

    def refusal(self, what, place=""):
        """The error for a write: what, at the user's line."""
        is_array = self.is_array
        kind = "a NumPy array" if is_array else f"of type {self.kind.__name__}"
        name = self.path if self.path.isidentifier() else "x"
        copy = f"{self.path}.copy()" if is_array else f"np.array({self.path})"
        error = TypeError(
            f"{what} '{self.path}', an argument that is {kind}, would be lost: the caller's array is not changed by compiled "
            f"code. Copy it first ({name} = {copy}) and return the result{place}"
        )
        graph = _core.current_graph()
        state = graph is not None and graph.extra["function"]._state
        error._ag_meant = self.path.isidentifier() and not state  # for arguments a rule, whatever plain Python does
        return error


class ReadOnly:
    """In place of a Lender: NumPy gives such an array to be read alone, as np.diagonal does. of: the Lender of what it shows, or None."""

    __slots__ = ("of",)

    def __init__(self, of):
        self.of = of

    def __eq__(self, other):
        return isinstance(other, ReadOnly) and self.of == other.of

    __hash__ = None

    def counts(self):
        """It always does."""
        return True

    def write(self, what):
        """Raises as NumPy does."""
        raise ValueError("assignment destination is read-only")


class Older(Lender):
    """NumPy arrays that are older than the trace: those of a branch or loop that chose one."""

    __slots__ = ("arrays",)

    def __init__(self, arrays, leaves=frozenset()):
        self.arrays = tuple(arrays)
        super().__init__("", type(self.arrays[0]), leaves)

    def __eq__(self, other):
        return isinstance(other, Older) and {*map(id, self.arrays)} == {*map(id, other.arrays)} and self.leaves == other.leaves

    __hash__ = None

    def write(self, what):
        """Starts the trace again with them as a part of the state, or raises."""
        from . import states

        self.is_written()
        for array in self.arrays:
            states.fill(array)
        raise TypeError(
            f"{what} a NumPy array that is older than the call, which a branch or loop chose, would be lost: write to a copy "
            f"(x.copy()), or where it is chosen{places.here()}"
        )


class Holder:
    """The lists that hold an array, as far as they are alive, and the names that it was put there under.

    is_shared: whether it may stand at several places of a list."""

    __slots__ = ("boxes", "is_shared", "names", "place")

    def __init__(self, boxes, names, is_shared, place=None):
        self.boxes, self.names, self.is_shared, self.place = boxes, names, is_shared, place or places.here()

    def __eq__(self, other):
        """Whether it says the same, but for the names: a body that is traced again has others."""
        if not isinstance(other, Holder) or self.is_shared != other.is_shared:
            return False
        return {id(box()) for box in self.boxes} == {id(box()) for box in other.boxes}

    __hash__ = None

    def counts(self):
        """Whether there is such a list."""
        return any(box() is not None for box in self.boxes)

    def has_others(self, owner):
        """Whether it has another name than as an item of this list."""
        if self.is_shared or any(box() is not None and box() is not owner for box in self.boxes):
            return True
        return owner.staged is not None and any(_references(name()) > _UNNAMED for name in self.names)

    def write(self, what):
        """Raises: the write would be seen under one name only."""
        raise TypeError(
            f"{what} an array that has another name and is an item of a list: only one of them would see the change. "
            f"Compute it as x = np.array(...), which is one array under all its names, or put a copy into the list, as in "
            f"items.append(x.copy()){places.here()}\nIt was put into the list at{self.place}"
        )

    def beside(self, other):
        """The Holder of what may be held by one or the other: itself where that is no news."""
        boxes = {id(box): box for box in (*self.boxes, *other.boxes)}
        names = {id(name): name for name in (*self.names, *other.names)}
        is_shared = self.is_shared or other.is_shared
        if (len(boxes), len(names), is_shared) == (len(self.boxes), len(self.names), self.is_shared):
            return self
        return Holder(list(boxes.values()), list(names.values()), is_shared, self.place)


def _references(thing):
    return sys.getrefcount(thing) if thing is not None else 0


_nobodys = (Holder([], [], False),)
_UNNAMED = _references(_nobodys[0])  # of what only a note has


def lend(graph, param, path, value, leaf):
    """Notes that a parameter of the graph is the caller's `value`, the leaf of that number."""
    kind = type(value)
    lends = kind is not Tensor and hasattr(kind, "__setitem__") and not kind.__module__.startswith("jax")
    graph.extra["lent"][param._value] = param, Lender(path, kind if lends else None, frozenset([leaf]))
    graph.extra["given"][param._value] = value, leaf
    graph.extra["numpys"] = kind.__module__ == "numpy" and graph.extra.get("numpys", True)  # ext/promote.c


def are_one(a, b):
    """Whether two tensors of a trace are one array that the caller has given twice; the calls that give two have another trace."""
    extra = _core.current_graph().extra
    found = [extra.get("given", {}).get(x._value) for x in (a, b) if isinstance(x, Tensor) and x.is_symbolic and x.alts is None]
    if len(found) < 2 or None in found or a._value == b._value:
        return a is b
    extra["function"]._pins.update([ASKED + leaf for _, leaf in found])
    one = found[0][0]
    return one is found[1][0] and not isinstance(one, specs.TensorSpec)


def may_be_one(a, b):
    """Whether two arrays may be one to the user, since a branch or loop has chosen one of them."""
    a, b = (x if isinstance(x, Tensor) else getattr(x, "tensor", None) for x in (a, b))
    return all(isinstance(x, Tensor) and x.is_symbolic and x.alts is None and not x.weak and x.shape.rank != 0 for x in (a, b)) and (
        a._value != b._value and (_is_chosen(a) or _is_chosen(b))
    )


def _is_chosen(tensor):
    kind = tensor.op.type
    return kind in ("While", "If") or kind == "Placeholder" and tensor._value not in _core.current_graph().extra.get("given", {})


def either(a, b):
    """The Lender of a value that may be of one or the other; None is nobody."""
    if a is None or b is None:
        return a or b
    if isinstance(a, ReadOnly) or isinstance(b, ReadOnly):
        return a if isinstance(a, ReadOnly) else b
    if isinstance(a, Older) or isinstance(b, Older):
        older = {id(array): array for lender in (a, b) for array in getattr(lender, "arrays", ())}
        return Older(older.values(), frozenset().union(*[getattr(lender, "leaves", ()) for lender in (a, b)]))
    if isinstance(a, Holder) or isinstance(b, Holder):
        return a.beside(b) if type(a) is type(b) else b if isinstance(a, Holder) else a
    first, other = (b, a) if a.kind is None and b.kind is not None else (a, b)
    return first if other.leaves <= first.leaves else Lender(first.path, first.kind, first.leaves | other.leaves)


def note(value, lender):
    """Notes that a value of the current graph may be the lender's; None: it is nobody's."""
    if lender is None or not isinstance(value, Tensor):
        return
    value = value if value.alts is None else value.payload
    if value is not None and value.is_symbolic:
        _core.current_graph().extra["lent"][value._value] = value, lender


def seen(made, value, is_read_only):
    """Notes that NumPy gives `made`, or each part of it, as a view of a value; returns it."""
    for part in made if isinstance(made, (list, tuple)) else [made]:
        if isinstance(part, Tensor) and part is not value and part.is_symbolic and part.shape.rank and (_is_numpys(_core.current_graph()) or array_of(value)):
            note(part, ReadOnly(lender_of(value)) if is_read_only else lender_of(value))
    return made


def lender_of(value):
    """The Lender whose array a value may be, or a view of; None when it is the function's own."""
    if type(value).__name__ == "ndarray" and not isinstance(value, Tensor):
        from . import outside

        return Older([value]) if value.ndim and _core.current_graph() is not None and outside.may_be_older(value) else None
    return _noted_of(value, lambda lender: lender.counts())


def array_of(value):
    """The Lender of a value that may be an array of NumPy's which is older than the call, or a view of one; else None."""
    lender = lender_of(value) if isinstance(value, Tensor) and value.is_symbolic else None
    lender = lender.of if isinstance(lender, ReadOnly) else lender
    return lender if isinstance(lender, Lender) and lender.is_array else None


def _noted_of(value, counts):
    """The first Lender that counts among those noted of a value and of what it is a view of."""
    graph = _core.current_graph()
    noted = graph.extra.get("lent") if graph is not None else None
    if not noted or not isinstance(value, Tensor):
        return None
    value = value if value.alts is None else value.payload
    is_box = False  # a number of NumPy's is no array's, but a box has rank 0 as well
    while value is not None and value.is_symbolic:
        found = noted.get(value._value)
        if found is not None and found[0]._value == value._value and counts(found[1]):  # not of a value that was undone
            return found[1]
        op = value.op
        is_part = op.type in _VIEWS or op.type == "GatherV2" and op.inputs[1].shape.rank == 0  # x[:, i]
        if not is_part or (value.shape.rank == 0 and not is_box and op.type != "BoxTensor"):
            return None
        is_box = op.type == "UnboxTensor" or (is_box and op.type != "BoxTensor")
        value = op.inputs[0]
    return None


def lenders(leaves):
    """{index: Lender} of those leaves that are lent."""
    found = {k: lender_of(v) for k, v in enumerate(leaves)}
    return {k: lender for k, lender in found.items() if lender is not None}


def joined(some, others):
    """What two dictionaries of lenders() say together."""
    return {k: either(some.get(k), others.get(k)) for k in some.keys() | others.keys()}


def hold(box, item):
    """To be called before an item is put into a list."""
    if isinstance(item, tuple):
        for part in item:
            hold(box, part)
    if not isinstance(item, Tensor) or not item.is_symbolic or item.shape.rank == 0 or not _is_numpys(_core.current_graph()):
        return
    before = lender_of(item)
    _core.current_graph().extra["held"] = True
    if before is None:
        note(item, Holder([weakref.ref(box)], [weakref.ref(item)], False))
    elif isinstance(before, Holder):
        note(item, Holder([weakref.ref(box), *before.boxes], [weakref.ref(item), *before.names], True))


def adopt(box, items):
    """To be called of a new list that holds what another one has held: items, or columns."""
    graph = _core.current_graph()
    if graph is None or not graph.extra.get("held"):
        return
    for item in items:
        found = _noted_of(item, bool)
        if isinstance(found, Holder):
            note(item, found.beside(Holder([weakref.ref(box)], [], False, found.place)))


def keep(column, *items):
    """Notes that a column of a list holds these; returns it."""
    if column.dtype.name == "bool" and not column.is_symbolic:  # of items that are all known
        column = values.pythons_bool(_core.capture(column))
    lender = found = lender_of(column)
    for item in items:
        lender = either(lender, lender_of(item))
    if lender is not found:
        note(column, lender)
    return column


def _is_numpys(graph):
    """Whether the arrays that a function is given are NumPy's, so that what it computes of them is."""
    if graph is None or "leaves" not in graph.extra:
        return False
    kinds = [lender.kind for _, lender in graph.extra["lent"].values() if isinstance(lender, Lender)]
    return bool(kinds) and None not in kinds


def has_numpys_arrays():
    """Whether the arrays of the trace that is made are NumPy's, so that its values are asked about as such."""
    graph = _core.current_graph()
    if graph is None:
        return False
    if "numpys" in graph.extra:
        graph.numpys_asked = True
    return graph.extra.get("numpys", "makes_arrays" in graph.extra)


def keep_apart(graph):
    """Where the trace has asked that, arrays and tensors given in their places have traces of their own."""
    if graph.numpys_asked:
        graph.numpys_asked = False
        leaves = [leaf for _, leaf in graph.extra["given"].values()]
        graph.extra["function"]._pins.update([WRITTEN + leaf for leaf in leaves])


def refuse_items(value, owner=None):
    """To be called before items of a traced value change; owner: the list, dict or tensor that it is an item of, which takes the
    changed one in its place."""
    lender = lender_of(value)
    if lender is not None and not is_its(value, owner):
        lender.write("item assignment to")


def is_its(value, owner):
    """Whether an array has no name but as an item of that list, as far as is known."""
    lender = lender_of(value)
    return isinstance(lender, Holder) and hasattr(owner, "staged") and not lender.has_others(owner)


def _refuse_in_place(value):
    """To be called before `value op= other`, which NumPy does in place."""
    lender = lender_of(value)
    if lender is not None:
        lender.write("an assignment such as `+=`, which NumPy does in place, to")


def _in_place_of(value, made):
    """What `value op= other` leaves, of the result: NumPy puts it into the array, where it must fit."""
    if not isinstance(made, Tensor) or value.shape.rank == 0 or not _is_numpys(_core.current_graph()):
        return made
    arrays.check_fit(made, value)
    return made if made.dtype == value.dtype else _core.cast(made, value.dtype.name)


_core.staged.update(in_place=_refuse_in_place, in_place_of=_in_place_of)

from . import arrays, values  # noqa: E402 - which are made of these
