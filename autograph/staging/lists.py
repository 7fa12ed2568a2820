"""Lists made while tracing: Python lists until a staged statement changes their length, then a growing buffer.

`[...]` in converted code makes a TracedList. It is a list of Python and traced values; when a branch or loop makes its
length depend on the run, it becomes staged: a buffer tensor with room to spare beside the length.
"""

import functools
import operator

from .. import _core
from . import arrays, effects, facts, guards, heaps, journal, lent, listops, places, rollback, rows, states, trees, tries, values

Tensor = _core.Tensor


class StagedItems:
    """The state of a staged list: the first `size` places of each column; row: the type of the items; full: there are no others."""

    __slots__ = ("columns", "full", "row", "size")

    def __init__(self, columns, size, row, full=False):
        self.columns, self.size, self.row, self.full = tuple(columns), size, row, full

    def at(self, i, checked=False):
        """Item i, which is known to be there; checked: by the run, right before."""
        return self.row.make([guards.row(column, i, checked) for column in self.columns])


def stage(items, row):
    """A StagedItems of Python-held items (or of another row's), in the current region."""
    if isinstance(items, StagedItems):
        if items.row == row:
            return items
        if rows.is_cast(items.row, row):
            return StagedItems([_core.cast(c, k.dtype) for c, k in zip(items.columns, row.columns())], items.size, row)
        made = holding(stage((), row))
        _program("copy_to")(made, holding(items))
        return made.staged
    size = _core.cast(len(items), "int64", True)
    dtype = _plain_numbers(items)
    if dtype is not None and row.form is None and row.kind is not None and row.kind.weak and row.kind.dtype == dtype:
        return StagedItems([_core.constant(list(items), dtype, None, None)], size, row, full=True)
    if items:
        columns = zip(*[row.take(x) for x in items])
        stacked = [lent.keep(_core.op("STACK", list(column), {"axis": 0}), *column) for column in columns]
        return StagedItems(stacked, size, row, full=True)
    columns = [_core.op("FILL", [values.zero_of(k.dtype)], {"shape": (0, *k.shape)}) for k in row.columns()]
    return StagedItems(columns, size, row)


def _plain_numbers(items):
    """The dtype of many items that are ints of 64 bits or floats of Python's, which need not be looked at one by one; else None."""
    kinds = set(map(type, items)) if len(items) > 1 else ()
    if kinds == {float}:
        return "float64"
    return "int64" if kinds == {int} and -(2**63) <= min(items) and max(items) < 2**63 else None


def _are_alike(items):
    """Whether the first of many items tells the Row of all: numbers, or traced numbers, of Python's and of one type."""
    if _plain_numbers(items) is not None:
        return True
    if len(items) < 2 or set(map(type, items)) != {Tensor} or not all([x.alts is None and x.weak for x in items]):
        return False
    dtype = items[0].dtype
    return all([x.dtype == dtype for x in items])


def item_row(items, name, *deciders):
    """The one Row of all items, None where there are none; where they have none in common, see rollback.py."""
    found = None
    for x in items[:1] if _are_alike(items) else items:
        row = rows.row_of(x, name, *deciders)
        found = row if found is None else rows.join(found, row, lambda a, b: refuse(name, a, b, *deciders))
    return found


def plain_row(items):
    """The one Row of all items where they are numbers of one type, tensors of one dtype and shape, or tuples of these; else None."""
    found = None
    for x in items[:1] if _are_alike(items) else items:
        try:
            row = rows.row_of(x, "the list")
        except (TypeError, ValueError, OverflowError, rollback.RunAsPython, _core.PinRequired):
            return None
        if row.is_choice or not all(isinstance(kind, values.Kind) for kind in row.kinds) or (found is not None and found != row):
            return None
        found = row
    return found


def refuse(name, a, b, *deciders):
    """Raises for items of a list of two Rows or Kinds that are more than it can hold."""
    error = TypeError(
        f"{name} grows in a traced loop or branch, so its items must have few forms; it has "
        f"{rows.text(a)} and {rows.text(b)}{places.here()}"
    )
    raise rollback.cannot(error, *deciders)


_NO_PLACE = "list assignment index out of range"
MOST_APART = 16  # items that are values of their own where a traced index writes one; more are one buffer


class TracedList(list):
    """A list made in converted code while tracing."""

    __slots__ = ("__weakref__", "_born", "_links", "_stale", "argument", "sites", "staged")

    def __init__(self, items=(), argument=None):
        super().__init__(items)
        self.staged = None
        self._born = journal.depth()
        self._links, self._stale = (), None  # see arrays.link
        self.sites = frozenset()  # where lists were born that it may be, see heaps.py
        self.argument = argument  # its path, where it stands for a list of the caller's

    __hash__ = None

    born = property(lambda self: self._born)  # see journal.birth

    def _touch(self):
        journal.note_change()
        if heaps.is_inner(self):
            return self.staged.heap.touch()
        for one in (self, *[other() for other in self._links]):  # which it may be
            if one is not None and one.argument is not None:
                states.is_pointed_at(one)
                error = TypeError(heaps.callers_list(one.argument))
                raise rollback.cannot(error)
        self._read()
        arrays.spoil_others(self)
        if journal.depth() > self._born:
            journal.touch(journal.Items(self, "the list"), self._born)

    def _read(self):
        """Refuses a list that may be the one which was changed under another name."""
        arrays.refuse_stale(self, "list", "items")

    # -- reading

    def __getitem__(self, i):
        self._read()
        if isinstance(i, slice):
            return born(self._part(i) if self.staged is not None else self._traced_slice(i) if _any_symbolic(i) else TracedList(super().__getitem__(i)))
        if isinstance(i, trees.Choice):
            return i.item_of(self)
        if self.staged is None:
            return self._traced_item(i) if isinstance(i, Tensor) and i.is_symbolic else super().__getitem__(i)
        return self.staged.at(_checked(i, self.staged.size), True)

    def _traced_item(self, i):
        """l[i] with a traced i over items of one dtype; otherwise the index is asked for as a number."""
        row = one_row(list(self))
        if row is None:
            return super().__getitem__(i)
        return stage(list(self), row).at(_checked(i, len(self)), True)

    def _traced_slice(self, part):
        row = one_row(list(self))
        if row is None:
            return TracedList(super().__getitem__(part))  # asks for the bounds as numbers
        return self._staged_copy(row)._part(part)

    def _part(self, part):
        if self.staged.row is None:
            return TracedList()
        columns = [column[part] for column in self.columns()]
        first = columns[0] if columns else _numbers_to(self.staged.size)[part]
        return holding(StagedItems(columns, _core.op("DIM", [first], {"axis": 0, "weak": 1}), self.staged.row))

    def _staged_copy(self, row):
        return holding(stage(self.now(), row))

    def length(self):
        """len() as a number: traced when staged."""
        self._read()
        return len(self) if self.staged is None else self.staged.size

    def __len__(self):
        self._read()
        if self.staged is not None:
            return int(self.staged.size)  # asks for it as a number: code that is not converted wants to know
        return super().__len__()

    def at(self, i):
        """Item i, which is known to be there."""
        self._read()
        return self[i] if self.staged is None else self.staged.at(i)

    def stack(self):
        """All items as one tensor."""
        if self.staged.row is not None and self.staged.row.number_dtype() is not None:
            return self.staged.row.numbers(self.columns())
        if self.staged.row is not None and self.staged.row.form == values.COMPLEX:
            return _core.op("COMPLEX", self.columns())
        groups = rows.groups_in(self.staged.row.form) if self.staged.row is not None else []
        if len(groups) == 1 and self.staged.row.form[0] == "inner" and groups[0].of_arrays:
            made = arrays.housed.stacked(groups[0], self.columns()[0])
            if made is not None:
                return made
        if self.staged.row is None or self.staged.row.kind is None:
            error = TypeError(f"this list holds {rows.text(self.staged.row)}, which cannot be stacked to one tensor{places.here()}")
            raise rollback.cannot(error, self.staged.size)
        return rows.stacked(self.columns()[0], self.staged.row.kind)

    def concat(self, axis):
        """All items, which are of one shape, as one tensor joined along a dimension."""
        from .. import api
        from ..arrays import _size

        check(self.length() == 0, ValueError("concat: an empty list has no dtype and no shape"))
        x = self.stack()
        if x.shape.rank is None or x.shape.rank < 2:
            what = "of a rank that only the run knows" if x.shape.rank is None else "numbers, which have no dimension"
            raise rollback.cannot(TypeError(f"concat: the items of this list are {what}: use stack(){places.here()}"), self.staged.size)
        n = x.shape.rank - 1
        if not -n <= axis < n:
            raise ValueError(f"concat: axis {axis} is out of range for items of rank {n}{places.here()}")
        axis %= n
        sizes = [_size(x, i) for i in range(n + 1)]
        order = [*range(1, axis + 1), 0, *range(axis + 1, n + 1)]
        return api.reshape(api.transpose(x, order), [*sizes[1 : axis + 1], sizes[0] * sizes[axis + 1], *sizes[axis + 2 :]])

    def columns(self):
        """The columns of a staged list, each of its length."""
        self._read()
        s = self.staged
        if heaps.is_inner(self):
            return s.heap.columns(s.handle)
        if s.full:
            return list(s.columns)
        n = _core.op("STACK", [_core.cast(s.size, "int64")], {"axis": 0})
        zero, one = (_core.constant([v], "int64", None, None) for v in (0, 1))
        return [_core.op("SLICE_DYN", [column, zero, n, one]) for column in s.columns]

    def __iter__(self):
        self._read()
        k = 0
        while True:
            if self.staged is not None:
                names = places.unpacking()
                if names is not None:
                    yield from self._unpacked(names)
                    return
                error = TypeError(
                    "this list's length is known only at run time: loop over it with a `for` statement of converted code"
                    + places.here()
                )
                raise rollback.cannot(error, self.staged.size)
            if k >= super().__len__():
                return
            yield super().__getitem__(k)
            k += 1

    def _unpacked(self, names):
        """The items, for an assignment to that many names."""
        size = self.staged.size
        check(size < names, ValueError(f"not enough values to unpack (expected {names}, got {size})"))
        check(size > names, ValueError(f"too many values to unpack (expected {names})"))
        return [self.staged.at(k) for k in range(names)]

    def now(self):
        """The items now: a tuple as Python holds them, or StagedItems."""
        if self.staged is None:
            return tuple(super().__getitem__(slice(None)))
        if heaps.is_inner(self):
            row = self.staged.row
            return () if row is None else StagedItems(self.columns(), self.staged.size, row)
        return self.staged

    def __repr__(self):
        self._read()
        if self.staged is not None:
            return effects.list_marker(self)
        return "[" + ", ".join([effects.marker(x) if values.is_symbolic(x) else repr(x) for x in self]) + "]"

    def truth(self):
        """Whether it has items: a traced bool when staged."""
        self._read()
        return len(self) > 0 if self.staged is None else _core.binary("NE", self.staged.size, 0)

    def __bool__(self):
        return bool(self.truth())

    def __contains__(self, item):
        return self._find(item, 0, _FAR) >= 0 if self._is_traced(item) else super().__contains__(item)

    def _is_traced(self, *others):
        """Whether what these hold, and so what a comparison gives, is known only at run time."""
        self._read()
        return self.staged is not None or any(map(effects.traced, (self, *others)))

    def _open(self, *others):
        """Stages it: what follows makes its length, or the place of an item, depend on the run."""
        if self.staged is None:
            row = item_row([*self, *others], "the list")
            if row is not None:
                items = stage(list(self), row)
                super().clear()
                self.staged = items

    def index(self, value, start=0, stop=2**63 - 1, /):
        if not self._is_traced(value, start, stop):
            return super().index(value, start, stop)
        at = self._find(value, start, stop)
        check(at < 0, ValueError(f"{value!r} is not in list"))
        return at

    def _find(self, value, start, stop):
        return _program("find")(self._as_staged(value), value, start, stop)

    def _as_staged(self, *others):
        """Itself, or a staged copy."""
        return self if self.staged is not None else self._staged_copy(item_row([*self] or others, "the list"))

    def count(self, value, /):
        if not self._is_traced(value):
            return super().count(value)
        return _program("count")(self._as_staged(value), value)

    def copy(self):
        return born(holding(self.now()))

    def __eq__(self, other):
        if not isinstance(other, list):
            return NotImplemented
        if not self._is_traced(other):
            return super().__eq__(other)
        other = other if isinstance(other, TracedList) else TracedList(other)
        if self.staged is not None and other.staged is not None:
            return _program("equal")(self, other)
        from .. import operators

        known, other = (self, other) if self.staged is None else (other, self)
        result = other.length() == len(known)
        for k in range(len(known)) if result is not False else ():
            result = operators.and_(result, lambda k=k: rows.same(known[k], other.at(k)))
        return result

    def __ne__(self, other):
        from .. import operators

        same = self.__eq__(other)
        return same if same is NotImplemented else operators.not_(same)

    def __add__(self, other):
        if not isinstance(other, list):
            return NotImplemented
        made = holding(self.now())
        made.extend(other)
        return born(made)

    def __radd__(self, other):
        return TracedList(other) + self

    def __mul__(self, n):
        made = self._times(n)
        return born(made) if isinstance(made, list) else made

    def _times(self, n):
        if self.staged is None and not (isinstance(n, Tensor) and n.is_symbolic):
            made = super().__mul__(n)
            return TracedList(made) if isinstance(made, list) else made
        if n.dtype.is_floating if isinstance(n, Tensor) else not hasattr(n, "__index__"):
            return NotImplemented
        row = self.staged.row if self.staged is not None else item_row(list(self), "the list")
        if row is None:
            return TracedList()  # nothing, many times
        if self.staged is not None or len(self) != 1 or any(kind.shape for kind in row.columns()):
            made = holding(stage((), row))
            _program("repeat")(made, self._staged_copy(row), n)
            return made
        size = _core.op("MAXIMUM", [_core.cast(n, "int64", True), _core.cast(0, "int64", True)])
        size = _core.op("MINIMUM", [size, _core.cast(2**48, "int64", True)])  # for which there is no memory, either
        vector = _core.op("STACK", [_core.cast(size, "int64")], {"axis": 0})
        return holding(StagedItems([_core.op("FILL_TO", [part, vector]) for part in row.take(self[0])], size, row, full=True))

    __rmul__ = __mul__

    # -- changing

    def _given(self, value):
        """A value that is put in, as what is known of it here."""
        lent.hold(self, value)
        return facts.narrowed(value)

    def _take_in(self, value):
        """The tensors of a value as an item of this staged list, which is widened when it is of a wider kind."""
        row = item_row([value], "the list")
        if row != self.staged.row:
            joined = rows.join(self.staged.row, row, lambda a, b: refuse("the list", a, b))
            if self.staged.row != joined:
                self.staged = stage(self.staged, joined)
        return self.staged.row.take(value)

    def put(self, i, value):
        """self[i] = value, where i is known to be a place of it, or the one after."""
        self._touch()
        if self.staged is None:
            return super().__setitem__(i, value)
        self._write("LIST_PUT", i, value)

    def _write(self, op, i, value):
        if heaps.is_inner(self):
            return self.staged.heap.write(op, self.staged.handle, i, value)
        parts = self._take_in(value)
        s = self.staged
        self.staged = StagedItems([heaps.written(op, c, part, i) for c, part in zip(s.columns, parts)], s.size, s.row)

    def truncate(self, size):
        """Keeps the first `size` items, which are known to be there."""
        self._touch()
        if heaps.is_inner(self):
            return self.staged.heap.resize(self.staged.handle, size)
        self.staged = StagedItems(self.staged.columns, size, self.staged.row)

    def shift(self, first, to, count):
        """Moves `count` items from `first` on to `to` and on, where there is room."""
        self._touch()
        s = self.staged
        if heaps.is_inner(self):
            return s.heap.shift(s.handle, first, to, count)
        self.staged = StagedItems([_core.op("LIST_MOVE", [c, first, to, count]) for c in s.columns], s.size, s.row)

    def _become(self, items):
        """Has these items, a tuple or StagedItems, from now on."""
        self._touch()
        if heaps.is_inner(self):
            s = self.staged
            if type(items) is tuple and not items:
                return s.heap.resize(s.handle, _core.cast(0, "int64", True))
            made = s.heap._staged(items)
            _program("reserve")(s.heap, s.handle, made.size)
            s.heap.fill(s.handle, made)
            return s.heap.resize(s.handle, made.size)
        self.staged = None if type(items) is tuple else items
        super().__setitem__(slice(None), items if type(items) is tuple else ())

    def append(self, value, /):
        self._touch()
        value = self._given(value)
        if self.staged is None:
            return super().append(value)
        size = self.staged.size
        if heaps.is_inner(self):
            self.staged.heap.learn(rows.row_of(value, "a list of lists"))
            _program("reserve")(self.staged.heap, self.staged.handle, size + 1)
        self.put(size, value)
        self.truncate(_core.op("ADD", [size, _core.cast(1, "int64", True)]))

    def extend(self, items, /):
        from .. import operators

        self._touch()
        if items is self or heaps.is_inner(items):  # two names of one list
            items = holding(items.now())
        from . import generators, loops
        from .calls import iterate

        rows = loops.rows_of(items)
        if isinstance(items, generators.StagedGenerator) and not items.begun():
            pass  # each item is appended before the next one is asked for, which may look at the list
        elif self.staged is None and (rows is None or isinstance(rows.length(), int)):
            return super().extend(iterate(items))
        operators.for_stmt(items, self.append, ())

    def __iadd__(self, items):
        self.extend(items)
        return self

    def __imul__(self, n):
        made = self._times(n)
        if made is not NotImplemented:
            self._touch()
            self._become(made.now())
        return self if made is not NotImplemented else made

    def insert(self, i, value, /):
        self._touch()
        value = self._given(value)
        if self.staged is None and not values.is_symbolic(i):
            return super().insert(i, value)
        self._open(value)
        if self.staged is None:
            return super().append(value)  # into nothing
        _program("insert")(self, i, value)

    def pop(self, i=-1, /):
        self._touch()
        if self.staged is None and not values.is_symbolic(i):
            return super().pop(i)
        self._open()
        if self.staged is None:
            raise IndexError("pop from empty list")
        if not (isinstance(i, int) and i == -1):
            return _program("pop")(self, i)
        s = self.staged
        check(s.size <= 0, IndexError("pop from empty list"))
        last = _core.op("SUB", [s.size, _core.cast(1, "int64", True)])
        value = s.at(last)
        self.truncate(last)
        return value

    def remove(self, value, /):
        self._touch()
        if not self._is_traced(value):
            return super().remove(value)
        self._open(value)
        at = _program("find")(self, value, 0, _FAR)
        check(at < 0, ValueError("list.remove(x): x not in list"))
        _program("pop")(self, at)

    def reverse(self):
        self._touch()
        if self.staged is None:
            return super().reverse()
        s = self.staged
        if s.row is not None:
            self._become(StagedItems([_core.op("REVERSE", [c], {"axis": (0,)}) for c in self.columns()], s.size, s.row))

    def sort(self, *, key=None, reverse=False):
        self._touch()
        if values.is_symbolic(reverse):
            reverse = bool(reverse)  # asks for it as a number
        if not self._is_traced():
            keys = list(self) if key is None else [_called(key, x) for x in self]
            if not effects.traced(keys):
                order = sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)
                return super().__setitem__(slice(None), [list.__getitem__(self, k) for k in order])
        s = self.staged
        if s is None:
            row = one_row(list(self))
            if row is None or not len(self):
                return super().sort(key=key, reverse=reverse)
            s = stage(list(self), row)
        elif s.row is None:
            return
        made = ordered(s if self.staged is None else self.now(), key, reverse)
        if self.staged is None:
            return super().__setitem__(slice(None), [made.at(k) for k in range(len(self))])
        self._become(made)

    def __setitem__(self, i, value):
        self._touch()
        value = self._given(value)
        if self.staged is None and isinstance(i, Tensor) and i.is_symbolic:
            row = item_row([*self, value], "the list")
            n = len(self)
            s = stage(list(self), row)
            if n > MOST_APART:
                self.staged = s
                super().clear()
                return self.__setitem__(i, value)
            at = _checked(i, n, _NO_PLACE)
            self._touch()  # again: the rest of a `try` may have begun
            columns = [_core.op("SET_ELEMENT", [c, part, at]) for c, part in zip(s.columns, row.take(value))]
            changed = StagedItems(columns, s.size, row)
            return super().__setitem__(slice(None), [changed.at(k) for k in range(n)])
        if self.staged is None and not (isinstance(i, slice) and (_any_symbolic(i) or getattr(value, "staged", None))):
            return super().__setitem__(i, value)
        if isinstance(i, slice):
            return self._splice(i, value, "assignment to")
        at = _checked(i, self.staged.size, _NO_PLACE)
        self._touch()
        self._write("SET_ELEMENT", at, value)

    def __delitem__(self, i):
        self._touch()
        if self.staged is None and not (values.is_symbolic(i) or isinstance(i, slice) and _any_symbolic(i)):
            return super().__delitem__(i)
        if isinstance(i, slice):
            return self._splice(i, (), "del of")
        self._open()
        if self.staged is None:
            raise IndexError("list assignment index out of range")
        _program("delete")(self, i)

    def _splice(self, part, others, what):
        """self[part] = others, where the run decides which items these are."""
        if part.step is not None:
            return self._unstaged(f"{what} a slice with a step")
        if isinstance(others, TracedList):
            made = holding(others.now())
        else:
            made = TracedList()
            made.extend(others)
        self._open(*(made.now() if made.staged is None else ()))
        if self.staged is None:
            return self.extend(made)
        start, stop = (otherwise if x is None else x for x, otherwise in ((part.start, 0), (part.stop, _FAR)))
        _program("splice")(self, start, stop, made)

    def _unstaged(self, what):
        error = NotImplementedError(
            f"{what} of a list whose length is known only at run time: build a new list with append{places.here()}"
        )
        raise rollback.cannot(error, *([self.staged.size] if self.staged is not None else []))

    def clear(self):
        self._touch()
        if self.staged is None:
            return super().clear()
        self.truncate(_core.cast(0, "int64", True))

    def _ordered(name):  # noqa: N805
        plain = getattr(list, name)

        def compare(self, other):
            for items in (self, other):
                if getattr(items, "staged", None) is not None:
                    self._unstaged("the order")
            return plain(self, other)

        compare.__name__ = name
        return compare

    __lt__, __le__, __gt__, __ge__ = map(_ordered, ("__lt__", "__le__", "__gt__", "__ge__"))
    del _ordered

    def __reduce__(self):
        return (list, (list(self),))


TracedList.__name__ = TracedList.__qualname__ = "list"  # what a user knows it as


_FAR = 2**62


class Empty:
    """EMPTY is what `l and ...` gives of an empty list whose length the run decides: false, and nothing else is known of it."""

    def __bool__(self):
        return False

    def __repr__(self):
        return "[]"


EMPTY = Empty()


def _any_symbolic(part):
    return any(values.is_symbolic(x) for x in (part.start, part.stop, part.step))


def _numbers_to(n):
    """The tensor of 0, 1, ... n - 1."""
    return _core.op("RANGE", [_core.cast(x, "int64") for x in (0, n, 1)])


def one_row(items):
    """The Row of all items; None where they are not such that a staged list could hold them."""
    try:
        return item_row(items, "the list")
    except (TypeError, rollback.RunAsPython, _core.PinRequired):
        return None


@functools.cache
def _program(name):
    """A method of listops.py, converted."""
    from .. import convert, operators

    return convert.convert(getattr(listops, name), operators)


def sorted_copy(items, key, reverse):
    """sorted(items) of a list of this trace."""
    made = holding(items.now())
    made.sort(key=key, reverse=reverse)
    return born(made)


def ordered(items, key, reverse):
    """The StagedItems in their order, or that of key(item); equal ones stay in the order they are in."""
    made = holding(items)
    columns, by = made.columns(), items.row
    if key is not None:
        keys = TracedList()
        _program("keys")(keys, made, lambda x: _called(key, x))
        keys._open()  # of a known length
        if keys.staged is None:
            return items
        by, keys = keys.staged.row, keys.columns()
    else:
        keys = columns
    keys = by.order(keys)
    if keys is None:
        error = TypeError(f"sort() by {rows.text(by)} in a list whose length is known only at run time{places.here()}")
        raise rollback.cannot(error, *([items.size] if values.is_symbolic(items.size) else []))
    down = {"descending": int(bool(reverse))}
    if key is None and by.form is None and keys:
        return StagedItems([_core.cast(_core.op("SORT", keys, down), by.kind.dtype)], items.size, by)
    order = None
    for k in reversed(keys):  # the last part decides least
        k = k if order is None else _core.op("GATHER", [k, order], {"axis": 0})
        found = _core.op("ARGSORT", [k], {**down, "dtype": "int64"})
        order = found if order is None else _core.op("GATHER", [order, found], {"axis": 0})
    if order is None:
        return items
    return StagedItems([lent.keep(_core.op("GATHER", [c, order], {"axis": 0}), c) for c in columns], items.size, items.row)


def _called(f, x):
    from .calls import call

    return call(f, x)


def extreme(name, items, key, **default):
    """min or max of a staged list; key: a callable or None. default: what to give where there are no items."""
    if default:
        from .. import operators

        return operators.if_exp(items.truth(), lambda: extreme(name, items, key), lambda: default["default"])
    return _program(name)(items, (lambda x: x) if key is None else lambda x: _called(key, x))


def total(items, start):
    """sum() of a list of numbers of several kinds."""
    return _program("total")(items, start)


def holding(items):
    """A new list with what now() of another one gave."""
    if not isinstance(items, StagedItems):
        made = TracedList(items)
        lent.adopt(made, items)
        return made
    made = TracedList()
    made.staged = items
    lent.adopt(made, items.columns)
    return made


def _checked(i, size, text="list index out of range"):
    """A place in range(size), by Python's rule for negative indices; IndexError otherwise, at run time if need be."""
    if not any(isinstance(x, Tensor) and x.is_symbolic for x in (i, size)):
        i, size = int(i), int(size)
        if not -size <= i < size:
            raise IndexError(text)
        return i if i >= 0 else i + size

    i, size = _as_index(i), _core.cast(size, "int64", True)
    tries.may_fail("pyindex", (i, size), text)

    def error():
        return IndexError(text)

    error.kind = IndexError
    site = _core.current_graph().add_site(error)
    return _core.op("PYINDEX", [i, size], {"site": site})


def _as_index(i):
    """A number as a weak int64, which holds all that may be an index."""
    if not isinstance(i, Tensor):
        return _core.cast(operator.index(i), "int64", True)
    if not (i.dtype.is_integer or i.dtype.name == "bool"):
        kind = "float" if i.weak else i.dtype.name
        raise TypeError(f"list indices must be integers or slices, not {kind}{places.here()}")
    if i.dtype.name == "uint64":
        i = _core.op("MINIMUM", [i, _core.constant(2**63 - 1, "uint64", None, None)])
    return _core.cast(i, "int64", True)


def check(bad, error):
    """Raises the error where `bad` holds, at run time if need be."""
    from .conditionals import staged_if

    graph = _core.current_graph()
    if isinstance(bad, Tensor) and bad.is_symbolic:
        staged_if(graph, bad, lambda: effects.staged_raise(graph, error), None, [])
    elif bad:
        raise error


def new(items):
    """A list display of converted code."""
    return items if _core.current_graph() is None else born(TracedList(map(facts.narrowed, items)))


def born(made, site=None):
    """A list that the user's code has made: it lives in a heap where that is known of its place of birth."""
    graph = _core.current_graph()
    if graph is not None and not heaps.is_inner(made):
        lent.adopt(made, list.__iter__(made) if made.staged is None else made.staged.columns)
    if graph is None or "groups" not in graph.extra:
        return made
    site = heaps.birthplace() if site is None else site
    group = heaps.group_of(site)
    if group is not None:
        return inner(group, group.heap.add(made.now()))
    made.sites = frozenset([site])
    return made


APART = 1 << 34  # plus the number of a list: among a function's pins where each of its items is an input (key.h)


def of_numbers(vector, path):
    """What stands for a list of the caller's whose items, Python's numbers, are those of a vector."""
    made = TracedList(argument=path)
    size = _core.op("DIM", [vector], {"axis": 0, "weak": 1})
    made.staged = StagedItems([vector], size, rows.Row(None, [values.Kind(vector.dtype.name, True, ())]), full=True)
    return made


def rows_of(items):
    """The items of a list whose length the run decides as the rows of a tensor, numbers in 64 bits; None of what has no such rows."""
    staged = getattr(items, "staged", None) if isinstance(items, TracedList) else None
    return items.stack() if staged is not None and staged.row is not None and staged.row.is_dense else None


def _grown_rows(items, dtype):
    """What a list becomes where a tensor is wanted, of that dtype if it is not None: its items as rows, if the run decides how many
    there are. None where they are no rows of one tensor."""
    made = rows_of(items)
    if made is None or not items.staged.row.kind.weak:
        return made
    whole = items.staged.row.kind.dtype == "int64"
    wanted = _core.as_dtype(dtype or ("int32" if whole else "float32"))
    if wanted.is_integer and whole and wanted.name != "int64":
        least, most = wanted.min, wanted.max
        bad = _core.op("ANY", [_core.op("OR", [_core.binary("LT", made, least), _core.binary("GT", made, most)])], {"axis": (0,), "keep_dims": 0})
        check(bad, OverflowError(f"an int of this list does not fit {wanted.name}{places.here()}"))
    return _core.cast(made, wanted) if wanted.is_floating or wanted.is_complex or whole and wanted.is_integer else made


_core.staged["grown_rows"] = _grown_rows


def may_be_one(a, b):
    """Whether two values stand for lists of the caller's that may be one."""
    if not (isinstance(a, TracedList) and isinstance(b, TracedList) and a.argument and b.argument):
        return False
    return a.staged is not None or b.staged is not None or len(a) == len(b)


def inner(group, handle):
    """The list or array of that number in a heap."""
    if group.of_arrays:
        return arrays.housed.Housed(group, handle)
    made = TracedList()
    made.staged = heaps.Inner(group, handle)
    return made
