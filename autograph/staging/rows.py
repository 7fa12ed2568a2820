"""The type of a staged list's items: their structure, and how one lies in the columns of the list.

A list of tuples is a list for each leaf of the tuples, side by side: `[(1, 2.5), (2, 3.5)]` is a column of ints and a column of
floats; a list of complex numbers has one of their real and one of their imaginary parts. What is one object in all items (None, a text) has no column; what is one of several, or a number or None, has a column
of tags beside that of the numbers.

Items that differ in more than that keep their own kind: `[0, 0.5, (1, 2)]` has a column that says which of three options an item
is, and columns for each option. An item that is read is a Choice (trees.py). Arrays whose sizes differ lie in a column of boxes,
each with an array of its own (runtime/kernels/boxes.c).
"""

import operator
import sys

from .. import _core, records
from . import complexes, effects, facts, heaps, places, rollback, trees, values

Tensor = _core.Tensor
_TAG = values.Kind("int64", False, ())  # what is kept of tags
_WHICH = values.Kind("int32", False, ())  # the leaf of a Choice that says which option it is
_BOX = values.Kind("string", False, ())
_NUMBERS = ("bool", "int64", "float64")
MOST_OPTIONS = (
    12  # kinds of items in one list: more are a structure that grows with each turn of a loop
)
DEEPEST_ITEM = 5  # tuples in tuples, likewise, where they differ from one another


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

    @property
    def is_dense(self):
        """Whether the items are the rows of one tensor."""
        return self.kind is not None and not is_boxed(self.kind)

    def number_dtype(self):
        """The dtype that holds all items, where they are numbers of Python's of several kinds; else None."""
        numbers = [part.kind for part in self.parts()] if self.is_choice else [None]
        if not all(kind is not None and (kind.weak or _is_bool_kind(kind)) for kind in numbers):
            return None
        return max((kind.dtype for kind in numbers), key=_NUMBERS.index)

    def numbers(self, columns, dtype=None):
        """A column of such items as numbers of one dtype, by default the widest."""
        tags, *columns = columns
        dtype = self.number_dtype() if dtype is None else dtype
        found = _core.cast(columns[0], dtype)
        for k, column in enumerate(columns[1:], 1):
            found = _core.op(
                "SELECT",
                [
                    _core.binary("EQ", tags, _core.cast(k, "int64")),
                    _core.cast(column, dtype),
                    found,
                ],
            )
        return found

    def order(self, columns):
        """What items are ordered by, the first one first: columns of numbers or strings. None where they have no order."""
        return self._order(iter(columns)) if has_order(self) else None

    def _order(self, columns):
        if self.number_dtype() is not None:  # by their values; ints that are one float, by the ints
            mine = [next(columns) for _ in self.columns()]
            return [self.numbers(mine), self.numbers(mine, "int64")]
        if self.form is None:
            return (
                [_core.cast(next(columns), "int64") if _is_bool(self) else next(columns)]
                if self.kind is not None
                else []
            )
        return [column for part in self.parts() for column in part._order(columns)]

    @property
    def is_choice(self):
        return self.form is not None and self.form[0] == "choice"

    def parts(self):
        """The Rows of the parts of a structure; of a choice, of its options."""
        at, found = int(self.is_choice), []
        for form in _parts(self.form):
            n = _width(form)
            found.append(Row(form, self.kinds[at : at + n]))
            at += n
        return found

    def _cells(self):
        """The kind of what each column holds."""
        found = []
        for kind in self.kinds:
            if isinstance(kind, values.MaybeKind):
                found += [_TAG] if kind.payload is None else [_TAG, kind.payload]
            elif isinstance(kind, values.Kind):
                found.append(_TAG if kind is _WHICH else kind)
        return found

    def columns(self):
        """The Kind of each column."""
        return [_BOX if is_boxed(kind) else kind for kind in self._cells()]

    def take(self, value):
        """The tensors of an item, one for each column; the item is of this type, or of one that it holds."""
        value = _as_item(value)
        if isinstance(value, Tensor) and value.alts is not None and self.form is not None:
            value = trees.as_choice(value)
        if isinstance(value, trees.Choice):
            return list(value.apply(lambda option: tuple(self.take(option))))
        if self.is_choice:
            mine, options = row_of(value, "the list"), self.parts()
            at = next(k for k, option in enumerate(options) if option.holds(mine))
            parts = [
                option.take(value) if k == at else option._nothing()
                for k, option in enumerate(options)
            ]
            return [_core.cast(at, "int64"), *[t for part in parts for t in part]]
        if _has_choice(self.form):
            return [t for part, v in zip(self.parts(), _held(value)) for t in part.take(v)]
        leaves = []
        values.flatten(value, leaves)
        found = [t for leaf, kind in zip(leaves, self.kinds) for t in values.to_kind(leaf, kind)]
        return [_put(t, kind) for t, kind in zip(found, self._cells())]

    def _nothing(self):
        """What stands in the columns of an option that an item is not."""
        return [
            values.zero_of(k.dtype) if k.shape == () else values.zeros(k) for k in self.columns()
        ]

    def make(self, parts):
        """The item that these tensors are, one of each column."""
        if _has_choice(self.form):
            _core.current_graph().extra["mixed"] = (
                True  # from here on variables keep both kinds of number, see loops.py
            )
        parts, leaves = iter(parts), []
        for kind in self.kinds:
            if kind is _WHICH:
                leaves.append(_core.cast(next(parts), "int32"))
            elif isinstance(kind, values.MaybeKind):
                tag = _core.cast(next(parts), "int32")
                payload = None if kind.payload is None else _got(next(parts), kind.payload)
                leaves.append(_core.maybe(tag, payload, kind.alts, "an item"))
            elif isinstance(kind, values.Kind):
                leaves.append(_got(next(parts), kind))
            else:
                leaves.append(values.from_kind(kind, parts, "an item"))
        return values.unflatten(self.form, iter(leaves))

    def holds(self, other):
        """Whether items of the other type can be put among these as they are."""
        return _merged(self, other) == self

    def host(self, size, columns, inner):
        """The list of Python's that columns of the run are. inner(group, handle): the list with that number in a heap."""
        simple = all(isinstance(kind, values.Kind) and not is_boxed(kind) for kind in self.kinds)
        if simple and self.form is None:
            return list(columns[0])
        if simple and columns and self.form == (tuple, (None,) * len(columns)):
            return list(zip(*columns))
        item = self._reader(iter(columns), inner)
        return [item(i) for i in range(int(size))]

    def _reader(self, columns, inner):
        """A function of i that gives item i on the host; takes its columns from the iterator."""
        if self.is_choice:
            tags, options = (
                next(columns),
                [_pythons(part, part._reader(columns, inner)) for part in self.parts()],
            )
            return lambda i: options[int(tags[i])](i)
        if self.form is None:
            (kind,) = self.kinds
            if isinstance(kind, values.Kind):
                return _cell_reader(next(columns), kind)
            if not isinstance(kind, values.MaybeKind):
                return lambda i: kind.value
            tags, payload = (
                next(columns),
                None if kind.payload is None else _cell_reader(next(columns), kind.payload),
            )
            return lambda i: kind.alts[int(tags[i]) - 1] if int(tags[i]) else payload(i)
        if self.form[0] == "inner":
            group, handles = self.form[1], next(columns)
            return lambda i: inner(group, int(handles[i]))
        parts = [part._reader(columns, inner) for part in self.parts()]
        return lambda i: _built(self.form, [part(i) for part in parts])


def is_boxed(kind):
    """Whether items of a kind differ in shape."""
    return kind.shape is None or None in kind.shape


def is_cast(a, b):
    """Whether the columns of a Row are those of another one but for their dtypes."""
    if a.form != b.form or _has_choice(a.form):
        return False
    return all(
        isinstance(x, values.Kind) and isinstance(y, values.Kind) and x.shape == y.shape
        for x, y in zip(a.kinds, b.kinds)
    )


def _put(tensor, kind):
    """A leaf as its column holds it."""
    tensor = _core.cast(tensor, kind.dtype)
    if not is_boxed(kind):
        return tensor
    if kind.dtype == "string":
        _refuse(
            "a list that grows in a traced loop or branch cannot hold string tensors of several shapes",
            (),
        )
    return _core.op("BOX", [tensor])


def _got(tensor, kind):
    """A leaf again, of what its column holds."""
    if is_boxed(kind):
        return _unboxed(tensor, kind)
    if not tensor.is_symbolic:  # of a list of constants
        return tensor.tolist() if kind.weak else _core.capture(tensor)
    return _core.cast(tensor, kind.dtype, True) if kind.weak else tensor


def _unboxed(box, kind):
    return _core.op("UNBOX", [box], {"types": [(kind.dtype, kind.shape)]})


def stacked(column, kind):
    """A column of items of a kind as one tensor."""
    if not is_boxed(kind):
        return column
    return _core.op(
        "UNBOX_ALL",
        [column],
        {"types": [(kind.dtype, None if kind.shape is None else (None, *kind.shape))]},
    )


def _cell_reader(column, kind):
    """A function of i that gives what is in a column on the host."""
    return (lambda i: _unboxed(column[i], kind)) if is_boxed(kind) else column.__getitem__


def _pythons(option, item):
    """A bool among numbers is Python's."""
    return (lambda i: bool(item(i))) if _is_bool(option) else item


def _is_bool(row):
    return row.kind is not None and _is_bool_kind(row.kind)


def _is_bool_kind(kind):
    return kind.dtype == "bool" and kind.shape == ()


def _built(form, parts):
    """A structure of that form, of these parts."""
    if form[0] == "data":
        return records.make(form[1], form[2], parts)
    if form == values.COMPLEX:
        return complex(*parts)
    return tuple(parts) if form[0] is tuple else form[1](*parts)


def _held(value):
    """The parts of a structure, in the order of its form."""
    if isinstance(value, complexes.Complex):
        return value.real, value.imag
    return records.take(value)[1] if records.is_record(type(value)) else tuple(value)


def _parts(form):
    """The forms that one is made of."""
    if form is None or form[0] == "inner":
        return ()
    if form == values.COMPLEX:
        return None, None
    return (
        form[1]
        if form[0] is tuple or form[0] == "choice"
        else form[2]
        if form[0] == "named"
        else form[3]
    )


def _with_parts(form, rows):
    """The Row of a structure of that form with other parts."""
    forms, kinds = tuple([row.form for row in rows]), [kind for row in rows for kind in row.kinds]
    if form[0] == "choice":
        return Row(("choice", forms), [_WHICH, *kinds])
    if form == values.COMPLEX:
        return Row(form, kinds)
    return Row((tuple, forms) if form[0] is tuple else (*form[:-1], forms), kinds)


def _width(form):
    """How many leaves a form has."""
    if form is None or form[0] == "inner":
        return 1
    return (form[0] == "choice") + sum(map(_width, _parts(form)))


def _has_choice(form):
    return form is not None and (form[0] == "choice" or any(map(_has_choice, _parts(form))))


def _has_text(form):
    return form is not None and (form[0] == "text" or any(map(_has_text, _parts(form))))


def groups_in(form):
    """The groups of the lists that items of this form hold."""
    if form is not None and form[0] == "inner":
        return [form[1]]
    return [group for part in _parts(form) for group in groups_in(part)]


def row_of(value, name, *deciders):
    """The Row of one item; name: of the list, for the error where a staged list cannot hold it."""
    leaves, value = [], _as_item(value)
    if isinstance(value, trees.Choice):
        return _row_of_choice(value, name, deciders)
    if boxes := [*values.boxes(value), *_views(value)]:
        heaps.house(*[[box] for box in boxes])
    form = values.flatten(value, leaves)
    if _has_text(form):
        _refuse(
            f"{name} grows in a traced loop or branch, so its items must be tensors or numbers, not text of traced values",
            deciders,
        )
    if not _stays(form):
        _refuse(
            f"{name} grows in a traced loop or branch, so its items cannot be {places.kind_of(value)}, which may change",
            deciders,
        )
    if _has_choice(form):
        return _with_parts(form, [row_of(part, name, *deciders) for part in _held(value)])
    kinds = [values.kind_of(leaf) for leaf in leaves]
    for leaf, kind in zip(leaves, kinds):
        if isinstance(kind, values.Static) and not _is_constant(leaf):
            _refuse(
                f"{name} grows in a traced loop or branch, so its items must be tensors or numbers, not {places.kind_of(leaf)}",
                deciders,
            )
        if isinstance(kind, values.MaybeKind) and not all(map(_is_constant, kind.alts)):
            _refuse(
                f"{name} grows in a traced loop or branch, but holds a value that may be absent",
                deciders,
            )
    return Row(form, kinds)


def _as_item(value):
    """A value as what a list may hold of it: complex numbers as their parts."""
    return _in_parts(facts.narrowed(values.unwrap(value)))


def _in_parts(value):
    if type(value) is complex:
        return complexes.of(value)
    if type(value) is values._arrays.parts.Part:
        return values._arrays.View(value._base, value._key)
    if type(value) is tuple and any(type(part) in (complex, tuple, values._arrays.parts.Part) for part in value):
        return tuple(map(_in_parts, value))
    return value


def _views(value):
    """The views of arrays in an item."""
    if isinstance(value, tuple):
        return [view for part in value for view in _views(part)]
    return [value] if isinstance(value, values._arrays.View) else []


def _row_of_choice(value, name, deciders):
    found = None
    for option in value._options:
        if option is not values.NEVER:
            row = row_of(option, name, *deciders)
            found = row if found is None else join(found, row, _too_many)
    return found


def _refuse(text, deciders):
    raise rollback.cannot(TypeError(text + places.here()), *deciders)


def _stays(form):
    """Whether an item of this form is not changed in place, but for lists that live in heaps: any copy is as good."""
    if form is None or form[0] == "inner":
        return True
    frozen = (
        form[0] is tuple
        or form[0] in ("named", "choice", "complex")
        or form[0] == "data"
        and records.is_frozen(form[1])
    )
    return frozen and all(map(_stays, _parts(form)))


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
    found = _merged(a, b)
    if found is not None:
        return found
    options = _options(a)
    for other in _options(b):
        for k, mine in enumerate(options):
            both = _merged(mine, other)
            if both is not None:
                options[k] = both
                break
        else:
            options.append(other)
    if len(options) > MOST_OPTIONS or any(_depth(option.form) > DEEPEST_ITEM for option in options):
        refuse(a, b)
    return _choice_of(options)


def _depth(form):
    """How many structures stand within one another."""
    if form is None or form[0] == "inner":
        return 0
    return (form[0] != "choice") + max(map(_depth, _parts(form)), default=0)


def _options(row):
    """The Rows of which an item is one."""
    if row.is_choice:
        return [option for part in row.parts() for option in _options(part)]
    if row.form is None and isinstance(row.kinds[0], values.MaybeKind):
        kind = row.kinds[0]
        alts = [Row(None, [values.Static(alt)]) for alt in kind.alts]
        return alts if kind.payload is None else [Row(None, [kind.payload]), *alts]
    return [row]


def _choice_of(options):
    """The Row of items that are one of these: a value that may be absent where that is all, else a choice."""
    kinds = [option.kinds[0] for option in options if option.form is None]
    numbers = [kind for kind in kinds if isinstance(kind, values.Kind)]
    if len(kinds) < len(options) or len(numbers) > 1:
        return _with_parts(("choice",), options)
    return Row(
        None,
        [
            values.MaybeKind(
                tuple([k.value for k in kinds if isinstance(k, values.Static)]),
                *(numbers or [None]),
            )
        ],
    )


def _merged(a, b):
    """The Row that holds items of both and is no choice unless one of them is it; None where there is none."""
    if a == b:
        return a
    if a.is_choice or (a.form is None and isinstance(a.kinds[0], values.MaybeKind)):
        options = _options(a)
        return (
            a
            if all(any(_merged(mine, other) == mine for mine in options) for other in _options(b))
            else None
        )
    if b.is_choice or _shell(a.form) != _shell(b.form):
        return None
    if a.form is None:
        kind = one_kind(a.kinds[0], b.kinds[0])
        return None if kind is None else Row(None, [kind])
    if a.form[0] == "inner":
        if heaps.unite(a.form[1], b.form[1]):
            raise rollback.Learn
        return a
    return _with_parts(a.form, [join(x, y, _too_many) for x, y in zip(a.parts(), b.parts())])


def _too_many(a, b):
    from . import lists

    lists.refuse("the list", a, b)


def _shell(form):
    """What two forms have in common that are one but for their parts."""
    if form is None or form[0] == "inner":
        return form and (form[0], form[1].root().of_arrays)
    return (
        *[x for x in form if type(x) is not tuple],
        len(_parts(form)),
        form[2] if form[0] == "data" else None,
    )


def one_kind(a, b):
    """The kind of leaves of both kinds, where each keeps its dtype and rank; None where there is none.

    Python's numbers keep their own: ints do not become floats. Beside a tensor a number becomes one of its dtype, but for a float
    beside integers."""
    if a == b:
        return a
    if not isinstance(a, values.Kind) or not isinstance(b, values.Kind):
        return _text_of(a, b) or _text_of(b, a)
    if a.dtype == b.dtype and a.weak == b.weak:
        shape = values.join_shapes(a.shape, b.shape)
        return (
            None
            if shape is None and a.shape is not None and b.shape is not None
            else values.Kind(a.dtype, a.weak, shape)
        )
    if a.weak == b.weak or a.shape != () or b.shape != ():
        return None
    weak, strong = (a, b) if a.weak else (b, a)
    whole = "float" not in strong.dtype and "complex" not in strong.dtype
    return (
        None
        if strong.dtype in ("bool", "string") or (weak.dtype == "float64" and whole)
        else strong
    )


def _text_of(kind, static):
    """A Python string beside a string tensor becomes one."""
    is_text = isinstance(kind, values.Kind) and kind.dtype == "string" and kind.shape == ()
    return (
        kind
        if is_text and isinstance(static, values.Static) and isinstance(static.value, str)
        else None
    )


def meet(a, b):
    """Starts the trace again where two forms hold lists of different heaps."""
    if _shell(a) == _shell(b) and a is not None:
        if a[0] == "inner":
            if heaps.unite(a[1], b[1]):
                raise rollback.Learn
        else:
            for x, y in zip(_parts(a), _parts(b)):
                meet(x, y)


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
    if row.form == values.COMPLEX:
        return "complex"
    if row.form[0] == "inner":
        return "an array" if row.form[1].root().of_arrays else "a list"
    if row.is_choice:
        return " or ".join(map(text, row.parts()))
    kind = row.form[0] if isinstance(row.form[0], type) else row.form[1]
    return f"{kind.__name__} ({', '.join(map(text, row.kinds))})"


# ---- comparing items ---------------------------------------------------------------------------------


def same(a, b):
    """a == b of two items: True, False or a traced bool."""
    from .. import operators
    from . import twins  # which needs lists, as these do

    pairs = _pairs(a, b)
    if pairs is None:
        return twins.is_one(a, b) if type(a).__eq__ is type(b).__eq__ is object.__eq__ else a == b
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
        by_class = _pairs(a, b) is None and type(a).__ne__ is not object.__ne__
        return a != b if by_class else operators.not_(same(a, b))
    pairs = _pairs(a, b) if isinstance(a, (tuple, list)) else None
    if pairs is None:
        return getattr(operator, op)(a, b)
    a, b = pairs
    if not a or not b:
        return getattr(operator, op)(len(a), len(b))
    return operators.if_exp(
        _same_part(a[0], b[0]), lambda: compared(a[1:], op, b[1:]), lambda: compared(a[0], op, b[0])
    )


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


def has_order(row):
    """Whether items are ordered by their leaves, the first one first."""
    if row.number_dtype() is not None:
        return True
    if row.form is None:
        return isinstance(row.kinds[0], values.Static) or (
            row.kind is not None and row.kind.shape == ()
        )
    kind = row.form[0]
    ordered = (
        kind is tuple
        or kind == "named"
        or (kind == "data" and records.is_record(row.form[1]) and row.form[1].__dataclass_params__.order)
    )
    return ordered and all(map(has_order, row.parts()))
