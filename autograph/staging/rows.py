"""The type of a staged list's items: their structure, and how one lies in the columns of the list.

A list of tuples is a list for each leaf of the tuples, side by side: `[(1, 2.5), (2, 3.5)]` is a column of ints and a column of
floats. What is one object in all items (None, a text) has no column; what is one of several, or a number or None, has a column
of tags beside that of the numbers.
"""

import operator
import sys

from .. import _core, records
from . import effects, heaps, places, rollback, values

Tensor = _core.Tensor
_TAG = values.Kind("int64", False, ())


class Row:
    """The type of items: their form and the kinds of their leaves, as values.flatten and values.kind_of give them."""

    __slots__ = ("form", "kinds")

    def __init__(self, form, kinds):
        self.form, self.kinds = form, tuple(kinds)

    def __eq__(self, other):
        return isinstance(other, Row) and self.form == other.form and self.kinds == other.kinds

    __hash__ = None

    @property
    def kind(self):
        """The Kind of items that are numbers or tensors; None of others."""
        return (
            self.kinds[0] if self.form is None and isinstance(self.kinds[0], values.Kind) else None
        )

    def columns(self):
        """The Kind of each column."""
        found = []
        for kind in self.kinds:
            if isinstance(kind, values.MaybeKind):
                found += [_TAG] if kind.payload is None else [_TAG, kind.payload]
            elif isinstance(kind, values.Kind):
                found.append(kind)
        return found

    def take(self, value):
        """The tensors of an item, one for each column; the item is of this type, or of one that it holds."""
        leaves = []
        values.flatten(value, leaves)
        parts = [t for leaf, kind in zip(leaves, self.kinds) for t in values.to_kind(leaf, kind)]
        return [_core.cast(t, kind.dtype) for t, kind in zip(parts, self.columns())]

    def make(self, parts):
        """The item that these tensors are, one of each column."""
        parts = iter(
            [_core.cast(t, k.dtype, True) if k.weak else t for t, k in zip(parts, self.columns())]
        )
        leaves = []
        for kind in self.kinds:
            if isinstance(kind, values.MaybeKind):
                tag = _core.cast(next(parts), "int32")
                leaves.append(
                    _core.maybe(
                        tag, None if kind.payload is None else next(parts), kind.alts, "an item"
                    )
                )
            else:
                leaves.append(values.from_kind(kind, parts, "an item"))
        return values.unflatten(self.form, iter(leaves))

    def holds(self, other):
        """Whether items of the other type are of this one, but perhaps for their shapes."""
        return self.form == other.form and all(
            a == b
            or (
                isinstance(a, values.Kind)
                and isinstance(b, values.Kind)
                and (a.dtype, a.weak) == (b.dtype, b.weak)
            )
            for a, b in zip(self.kinds, other.kinds)
        )

    def host(self, size, columns, inner):
        """The list of Python's that columns of the run are. inner(group, handle): the list with that number in a heap."""
        simple = all(isinstance(kind, values.Kind) for kind in self.kinds)
        if simple and self.form is None:
            return list(columns[0])
        if simple and columns and self.form == (tuple, (None,) * len(columns)):
            return list(zip(*columns))
        return [_built(self.form, self._leaves(iter(cells)), inner) for cells in zip(range(int(size)), *columns)]

    def _leaves(self, cells):
        next(cells)
        for kind in self.kinds:
            if isinstance(kind, values.MaybeKind):
                tag = int(next(cells))
                payload = None if kind.payload is None else next(cells)
                yield kind.alts[tag - 1] if tag else payload
            else:
                yield kind.value if isinstance(kind, values.Static) else next(cells)


def _built(form, leaves, inner):
    """values.unflatten on the host."""
    if form is None:
        return next(leaves)
    if form[0] == "inner":
        return inner(form[1], int(next(leaves)))
    parts = [_built(f, leaves, inner) for f in _parts(form)]
    if form[0] == "data":
        return records.make(form[1], form[2], parts)
    return tuple(parts) if form[0] is tuple else form[1](*parts)


def _parts(form):
    """The forms that one is made of."""
    if form is None or form[0] == "inner":
        return ()
    return form[1] if form[0] is tuple else form[2] if form[0] == "named" else form[3]


def groups_in(form):
    """The groups of the lists that items of this form hold."""
    if form is not None and form[0] == "inner":
        return [form[1]]
    return [group for part in _parts(form) for group in groups_in(part)]


def row_of(value, name, *deciders):
    """The Row of one item; name: of the list, for the error where a staged list cannot hold it."""
    leaves, value = [], values.unwrap(value)
    if boxes := [box for box in values.boxes(value) if isinstance(box, list)]:
        heaps.house(*[[box] for box in boxes])
    form = values.flatten(value, leaves)
    if not _stays(form):
        _refuse(
            f"{name} grows in a traced loop or branch, so its items cannot be {places.kind_of(value)}, which may change",
            deciders,
        )
    kinds = [values.kind_of(leaf) for leaf in leaves]
    for leaf, kind in zip(leaves, kinds):
        if isinstance(kind, values.Static) and not _is_constant(leaf):
            what = "text of traced values" if isinstance(leaf, str) else places.kind_of(leaf)
            _refuse(
                f"{name} grows in a traced loop or branch, so its items must be tensors or numbers, not {what}",
                deciders,
            )
        if isinstance(kind, values.MaybeKind) and not all(map(_is_constant, kind.alts)):
            _refuse(
                f"{name} grows in a traced loop or branch, but holds a value that may be absent",
                deciders,
            )
    return Row(form, kinds)


def _refuse(text, deciders):
    raise rollback.cannot(TypeError(text + places.here()), *deciders)


def _stays(form):
    """Whether an item of this form is not changed in place, but for lists that live in heaps: any copy is as good."""
    if form is None:
        return True
    if form[0] is tuple:
        return all(map(_stays, form[1]))
    if form[0] == "named":
        return all(map(_stays, form[2]))
    if form[0] == "inner":
        return True
    return form[0] == "data" and form[1].__dataclass_params__.frozen and all(map(_stays, form[3]))


def _is_constant(value):
    """Whether a static leaf is the same in each run of the code that made it."""
    if isinstance(value, str):
        return not effects.traced(value)
    enum = sys.modules.get("enum")  # where nobody has imported it there are none
    is_enum = enum is not None and isinstance(value, enum.Enum)
    if isinstance(value, int) and not is_enum and not isinstance(value, bool):
        return False  # one beyond 64 bits
    return is_enum or type(value) in values.PLAIN or isinstance(value, type)


def join(a, b, refuse):
    """The Row that holds items of both; refuse(a, b), of two Kinds or Rows, raises where there is none."""
    if a.form != b.form:
        meet(a.form, b.form)
        refuse(a, b)
    return Row(a.form, [join_leaves(x, y, refuse) for x, y in zip(a.kinds, b.kinds)])


def meet(a, b):
    """Starts the trace again where two forms hold lists of different heaps."""
    if a is None or b is None or a[0] != b[0]:
        return
    if a[0] == "inner":
        if heaps.unite(a[1], b[1]):
            raise rollback.Learn
    else:
        for x, y in zip(_parts(a), _parts(b)):
            meet(x, y)


def join_leaves(a, b, refuse):
    """The kind of a leaf that is of kind a in some items and of kind b in others.

    Python's numbers keep their own: a list of ints that takes a float has both, so where there are only numbers it is left to
    Python. Beside tensors they become what is wider, as in an array."""
    x, y = (k.payload if isinstance(k, values.MaybeKind) else k for k in (a, b))
    graph = _core.current_graph()
    if (
        isinstance(x, values.Kind)
        and isinstance(y, values.Kind)
        and x.dtype != y.dtype
        and _is_number(x)
        and _is_number(y)
    ):
        if "leaves" in graph.extra and rollback.numbers_only(graph):
            names = " and ".join(_NAMES.get(k.dtype, k.dtype) for k in (x, y))
            raise rollback.RunAsPython(
                f"a list or dictionary that a traced loop or branch changes holds {names}",
                places.here(),
            )
    return values.join(a, b, refuse)


_NAMES = {"int64": "ints", "float64": "floats", "bool": "bools"}


def _is_number(kind):
    return kind.weak or (kind.dtype == "bool" and kind.shape == ())


def text(row):
    """A Row or Kind, for an error."""
    if isinstance(row, values.Kind):
        return f"{row.dtype}{list(row.shape or ())}"
    if isinstance(row, values.Static):
        return repr(row.value)
    if isinstance(row, values.MaybeKind):
        return " or ".join(
            [*([] if row.payload is None else [text(row.payload)]), *map(repr, row.alts)]
        )
    if row.form is None:
        return text(row.kinds[0])
    if row.form[0] == "inner":
        return "a list"
    kind = row.form[0] if isinstance(row.form[0], type) else row.form[1]
    return f"{kind.__name__} ({', '.join(map(text, row.kinds))})"


# ---- comparing items ---------------------------------------------------------------------------------


def same(a, b):
    """a == b of two items: True, False or a traced bool."""
    from .. import operators

    pairs = _pairs(a, b)
    if pairs is None:
        return a == b
    result = len(pairs[0]) == len(pairs[1])
    for x, y in zip(*pairs) if result else ():
        result = operators.and_(result, lambda x=x, y=y: _same_part(x, y))
    return result


def _same_part(x, y):
    """As Python compares the parts of tuples: what is one object is equal, NaN too, and else the truth of == counts."""
    if x is y:
        return True
    flag = same(x, y)
    if not effects.traced(flag):
        return bool(flag)
    from .conditionals import truth

    return truth(flag, "== of the parts of tuples")


def less(a, b):
    """a < b of two items."""
    return compared(a, "lt", b)


def compared(a, op, b):
    """a op b of two items, op a name in `operator`."""
    from .. import operators

    if op == "eq":
        return same(a, b)
    if op == "ne":
        return a != b if _pairs(a, b) is None else operators.not_(same(a, b))
    pairs = _pairs(a, b) if isinstance(a, (tuple, list)) else None
    if pairs is None:
        return getattr(operator, op)(a, b)
    a, b = pairs
    if not a or not b:
        return getattr(operator, op)(len(a), len(b))
    return operators.if_exp(_same_part(a[0], b[0]), lambda: compared(a[1:], op, b[1:]), lambda: compared(a[0], op, b[0]))


def has_traced(value):
    """Whether it is traced, or a tuple or record with traced parts."""
    if isinstance(value, Tensor):
        return value.is_symbolic
    pairs = _pairs(value, value)
    return pairs is not None and any(map(has_traced, pairs[0]))


def _pairs(a, b):
    """The parts of two structures that Python compares part by part; None where it compares them otherwise."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return tuple(a), tuple(b)
    if type(a) is list and type(b) is list:
        return tuple(a), tuple(b)
    if type(a) is type(b) and records.is_record(type(a)) and type(a).__dataclass_params__.eq:
        return tuple(records.take(a)[1]), tuple(records.take(b)[1])
    return None


def has_order(form):
    """Whether items of this form are ordered by their leaves, the first one first."""
    if form is None:
        return True
    if form[0] is tuple or form[0] == "named":
        return all(map(has_order, form[1] if form[0] is tuple else form[2]))
    return form[0] == "data" and form[1].__dataclass_params__.order and all(map(has_order, form[3]))
