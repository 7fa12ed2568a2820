"""Lists that lists hold: they live in heaps, and what holds one has its number there.

`grid[i]` with an i that only the run knows is one of many lists. So a list that a staged list holds is, from its birth, a number
(its handle) in a Heap; items, variables and branches hand on handles, and all names of one list see what is changed under any.

Which lists must live so is found while tracing: where a list that was born otherwise is to be held, the place of its birth is noted
and the trace starts again (rollback.Learn). Lists born at places that meet anywhere are one Group, with one Heap in each trace.
Most functions have lists in none, and every operation gives birth to an array: places of arrays are noted from the first one on that
asks for them, in a trace of their own ("tracked").

A heap keeps the items of all its lists in columns (see rows.py), each list in a piece of its own: items start .. start + size - 1, with
room for more. One that outgrows its piece moves to the end; what it leaves is not used again.
"""

import sys

from .. import _core
from . import journal, lent, places, rollback, rows, values

DEEPEST = 8  # calls round a list display that tell one birth from another


def callers_list(path):
    """What is said where a list of the caller's would be changed by compiled code."""
    return (
        f"the list {path!r} belongs to the caller, who would not see this change: work on a copy, as {path.partition('[')[0]} = "
        f"{'list' if '[' not in path else 'copy.deepcopy'}({path.partition('[')[0]}), and return it{places.here()}"
    )


class Group:
    """Lists that may be one another: where they are born, and the Row of their items (None: nothing is known to be in any).

    of_arrays: they are arrays, lists of one item each (housed.py)."""

    def __init__(self, of_arrays=False):
        self.parent, self.row, self.argument = None, None, None  # argument: the path of one that is the caller's
        self.of_arrays = of_arrays

    def root(self):
        group = self
        while group.parent is not None:
            group = group.parent
        return group

    def __eq__(self, other):
        return isinstance(other, Group) and self.root() is other.root()

    __hash__ = None

    @property
    def heap(self):
        """Where its lists live in this trace."""
        return _core.current_graph().extra["heaps"][id(self.root())]

    def widen(self, row):
        """Makes the row hold items of another one; whether that is news."""
        if self.row is None:
            self.row = row
            return True
        joined = rows.join(self.row, row, _refuse)
        news = not self.row.holds(joined)
        self.row = joined
        return news


def _refuse(a, b):
    from . import lists

    lists.refuse("a list of lists", a, b)


def birthplace():
    """What tells the list made here from those made elsewhere in the user's code."""
    found, frame = [], sys._getframe(1)
    while frame is not None and len(found) < 2 * DEEPEST:
        code = frame.f_code
        if code is places.trace_code():
            break
        if not places.is_ours(frame):
            found += (code, frame.f_lasti)
        frame = frame.f_back
    return tuple(found)


def group_of(site):
    """The Group of the lists born there, when they live in a heap."""
    group = _core.current_graph().extra["groups"].get(site)
    return None if group is None else group.root()


def begin(graph):
    """Makes the heaps of a trace, all of them empty."""
    graph.extra["heaps"] = {}
    for group in graph.extra["groups"].values():
        root = group.root()
        if id(root) not in graph.extra["heaps"]:
            graph.extra["heaps"][id(root)] = Heap(root)


def unite(a, b):
    """Makes one group of two; whether they were two."""
    a, b = a.root(), b.root()
    if a is b:
        return False
    b.parent, a.argument = a, a.argument or b.argument
    if b.row is not None:
        a.widen(b.row)
    return True


def is_inner(value):
    """Whether a value is a list or array that lives in a heap."""
    return home(value) is not None


def home(value):
    """The Inner of a list or array that lives in a heap; None of others."""
    if isinstance(value, list):
        found = getattr(value, "staged", None)
        return found if type(found) is Inner else None
    return value.home if type(value) is values._arrays.housed.Housed else None


def house(*positions):
    """Notes that the lists or arrays of each position live in one heap, and starts the trace again."""
    learn(*positions)
    error = TypeError(
        f"a list or array that the run chooses cannot be traced here: it holds lists or arrays, is held by one, or is a part of an array: "
        f"where the name is given, take a copy (y = x.copy()){places.here()}"
    )
    raise rollback.cannot(error)


def learn(*positions):
    """Starts the trace again where it is news that the lists or arrays of each position live in one heap.

    positions: collections of lists, or of arrays, of which some may live in a heap already."""
    extra, news = _core.current_graph().extra, False
    groups, tracked = extra.get("groups"), extra.get("tracked")
    if tracked is not None and not tracked and any(isinstance(box, values._arrays.Array) for boxes in positions for box in boxes):
        tracked.add("arrays")
        raise rollback.Learn
    for boxes in positions if groups is not None else ():  # a graph that is built by hand is not traced again
        found = [home(box).group for box in boxes if is_inner(box)]
        for box in boxes:
            for site in () if is_inner(box) else box.sites:
                if site not in groups:
                    groups[site], news = Group(not isinstance(box, list)), True
                found.append(groups[site])
                if box.argument is not None:
                    found[-1].root().argument = box.argument
        for other in found[1:]:
            if other.root().of_arrays == found[0].root().of_arrays:
                news |= unite(found[0], other)
    if news:
        raise rollback.Learn


def agree(a, b):
    """Starts the trace again where two values differ in which lists live in heaps, or in which: a place is to hold either."""
    from . import lists

    if isinstance(a, values._arrays.Array) and isinstance(b, values._arrays.Array):
        if is_inner(a) != is_inner(b) or (is_inner(a) and home(a).group != home(b).group):
            house((a, b))
        return
    if isinstance(a, lists.TracedList) and isinstance(b, lists.TracedList):
        if is_inner(a) or is_inner(b):
            if not (is_inner(a) and is_inner(b) and a.staged.group == b.staged.group):
                house((a, b))
            return
        if a.staged is not None or b.staged is not None:
            return
    if type(a) is not type(b):
        return  # what stands at a place of one is no item of the other
    if isinstance(a, (tuple, list)):
        for x, y in zip(tuple(a), tuple(b)):
            agree(values.unwrap(x), values.unwrap(y))
    elif isinstance(a, dict):
        for key in a.keys() & b.keys():
            agree(values.unwrap(a[key]), values.unwrap(b[key]))


class Inner:
    """What a list that lives in a heap has in place of StagedItems, and an array there in place of its elements."""

    __slots__ = ("group", "handle")

    def __init__(self, group, handle):
        self.group, self.handle = group, handle

    heap = property(lambda self: self.group.heap)
    row = property(lambda self: self.heap.row)
    size = property(lambda self: self.heap.size(self.handle))

    def at(self, i, checked=False):
        """Item i, which is known to be there; checked: by the run, right before."""
        return self.heap.at(self.handle, i, checked)


def _row(x, i, checked=True):
    """x[i], which is there."""
    from . import guards  # which needs what is made of values, as these are

    return guards.row(x, i, checked)


def written(op, column, part, i):
    """The column with an item at place i: LIST_PUT, or SET_ELEMENT where the run has checked that i is one."""
    return lent.keep(_core.op(op, [column, part, i], {"sure": 1} if op == "SET_ELEMENT" else {}), part)


def _with_rows(column, rows_, start):
    """The column with these rows from place `start` on."""
    return lent.keep(_core.op("LIST_WRITE", [column, rows_, start]), rows_)


class State:
    """The tensors of a heap: by handle where a list starts, its size and room; the columns; how many lists, how much is used."""

    __slots__ = ("columns", "count", "rooms", "sizes", "starts", "used")

    def __init__(self, starts, sizes, rooms, columns, count, used):
        self.starts, self.sizes, self.rooms, self.columns, self.count, self.used = starts, sizes, rooms, tuple(columns), count, used

    def flatten(self, leaves):
        leaves += (self.starts, self.sizes, self.rooms, self.count, self.used, *self.columns)
        return ("heap", len(self.columns))

    @staticmethod
    def unflatten(form, leaves):
        starts, sizes, rooms, count, used = (next(leaves) for _ in range(5))
        return State(starts, sizes, rooms, [next(leaves) for _ in range(form[1])], count, used)

    def having(self, **changed):
        """This state but for some of its parts."""
        return State(**{name: changed.get(name, getattr(self, name)) for name in self.__slots__})


def _int(x):
    return _core.cast(x, "int64", True)


def _plus(a, b):
    """a + b of numbers that are far from 2 ** 63."""
    return _core.op("ADD", [_int(a), _int(b)])


class Heap:
    """The lists of one group in this trace; a place for the journal, since every loop that changes one carries them all."""

    __slots__ = ("__weakref__", "_links", "_stale", "group", "key", "name", "now", "row")
    _born = 0  # before all staged bodies, as what is linked to it is asked

    def __init__(self, group):
        self.group, self.row, self.key, self.name = group, group.row, ("heap", id(self)), "the lists in a list"
        self._links, self._stale = (), None  # of its arrays, see arrays.link
        kinds = () if group.row is None else group.row.columns()
        columns = [_core.op("FILL", [values.zero_of(k.dtype)], {"shape": (0, *k.shape)}) for k in kinds]
        none = _core.op("FILL", [_core.cast(0, "int64")], {"shape": (0,)})
        self.now = State(none, none, none, columns, _int(0), _int(0))

    def get(self):
        return self.now

    def set(self, value):
        self.now = value

    def touch(self):
        """Before a list of it changes."""
        if self.group.argument is not None:
            raise rollback.cannot(TypeError(callers_list(self.group.argument)))
        journal.touch(self, 0)

    # -- reading: h is a handle

    def size(self, h):
        return _int(_row(self.now.sizes, h))

    def start(self, h):
        """The place in the columns where the list begins."""
        return _row(self.now.starts, h)

    def room(self, h):
        return _int(_row(self.now.rooms, h))

    def at(self, h, i, checked):
        if self.row is None:  # nothing is ever put into any of them
            from . import effects

            effects.staged_raise(_core.current_graph(), IndexError("list index out of range"))
        self._read()
        at = _plus(_row(self.now.starts, h), i)
        return self.row.make([_row(column, at, checked) for column in self.now.columns])

    def _read(self):
        """Refuses arrays that may have elements of one that was changed."""
        values._arrays.refuse_stale(self, "array", "elements")

    def columns(self, h):
        """The columns of one list, each of its length."""
        start = _row(self.now.starts, h)
        ends = [_core.op("STACK", [_core.cast(x, "int64")], {"axis": 0}) for x in (start, _plus(start, self.size(h)))]
        one = _core.constant([1], "int64", None, None)
        return [_core.op("SLICE_DYN", [column, *ends, one]) for column in self.now.columns]

    # -- changing

    def add(self, items):
        """The handle of a new list of these items: a tuple, or StagedItems."""
        from . import lists

        journal.touch(self, 0)
        made = self._staged(items)
        now = self.now
        handle, size = _core.cast(now.count, "int64"), _int(0) if made is None else made.size
        columns = now.columns
        if made is not None:
            rows_of = lists.holding(made).columns()
            columns = [_with_rows(column, rows_, now.used) for column, rows_ in zip(columns, rows_of)]
        size_ = _core.cast(size, "int64")
        self.now = State(
            _core.op("LIST_PUT", [now.starts, _core.cast(now.used, "int64"), handle]),
            _core.op("LIST_PUT", [now.sizes, size_, handle]),
            _core.op("LIST_PUT", [now.rooms, size_, handle]),
            columns,
            _plus(now.count, 1),
            _plus(now.used, size),
        )
        return handle

    def _staged(self, items):
        """Items as StagedItems of the row of the heap; None where there are none."""
        from . import lists

        if type(items) is tuple:
            row = lists.item_row(items, "a list of lists")
            if row is None:
                return None
        else:
            row = items.row
        self.learn(row)
        return lists.stage(items, self.row)

    def learn(self, row):
        """Makes sure that items of that Row are for this heap."""
        if self.row is None or (row != self.row and not self.row.holds(row)):
            if self.group.widen(row):
                raise rollback.Learn

    def write(self, op, h, i, value):
        """Item i becomes the value; i is known to be a place of the list, or the one after, for which there is room."""
        self.touch()
        self.learn(rows.row_of(value, "a list of lists"))
        at = _plus(_row(self.now.starts, h), i)
        columns = [written(op, c, part, at) for c, part in zip(self.now.columns, self.row.take(value))]
        self.now = self.now.having(columns=columns)

    def set_element(self, key, value):
        """column[key] = value, of the only column."""
        self.touch()
        (column,) = self.now.columns
        self.now = self.now.having(columns=[_core.setitem(column, key, value)])

    def resize(self, h, size):
        """The list has `size` items, which are there."""
        self.touch()
        self.now = self.now.having(sizes=written("SET_ELEMENT", self.now.sizes, _core.cast(size, "int64"), h))

    def is_last(self, h):
        """Whether its piece is the last one, so that it can grow where it is."""
        return _core.binary("EQ", _plus(_row(self.now.starts, h), _row(self.now.rooms, h)), self.now.used)

    def enlarge(self, h, room):
        """Gives the list more room, where it is the last."""
        self.touch()
        now = self.now
        rooms = written("SET_ELEMENT", now.rooms, _core.cast(room, "int64"), h)
        self.now = now.having(rooms=rooms, used=_plus(_row(now.starts, h), room))

    def move(self, h, room):
        """Gives the list more room, at the end."""
        self.touch()
        now = self.now
        start, size = _row(now.starts, h), _row(now.sizes, h)
        self.now = now.having(
            columns=[_core.op("LIST_MOVE", [c, start, now.used, size]) for c in now.columns],
            starts=written("SET_ELEMENT", now.starts, _core.cast(now.used, "int64"), h),
            rooms=written("SET_ELEMENT", now.rooms, _core.cast(room, "int64"), h),
            used=_plus(now.used, room),
        )

    def shift(self, h, first, to, count):
        """Moves items within the list."""
        self.touch()
        start = _row(self.now.starts, h)
        places_ = [_plus(start, first), _plus(start, to), _int(count)]
        self.now = self.now.having(columns=[_core.op("LIST_MOVE", [c, *places_]) for c in self.now.columns])

    def fill(self, h, items):
        """The items of a StagedItems in place of its own; there is room."""
        from . import lists

        self.touch()
        start = _row(self.now.starts, h)
        parts = lists.holding(items).columns()
        self.now = self.now.having(columns=[_with_rows(c, part, start) for c, part in zip(self.now.columns, parts)])


class Reading:
    """What the host needs to make lists of the run its own: `parts`, tensors with whether their numbers are Python's."""

    def __init__(self):
        self.parts, self._heaps = [], {}

    has_heaps = property(lambda self: bool(self._heaps))

    def _add(self, tensor, weak=True):
        self.parts.append((tensor, weak))
        return len(self.parts) - 1

    def of(self, items):
        """A function of the parts, as numbers and lists, and of a dict for what it has made, that gives the list."""
        held = items.staged
        if is_inner(items):
            group, handle = held.group, self._add(held.handle)
            self._heap(group)
            return lambda parts, made: self._inner(group, int(parts[handle]), parts, made)
        row, size = held.row, self._add(held.size)
        columns = [self._add(c, k.weak) for c, k in zip(items.columns(), row.columns())]
        self._held(row.form)
        return lambda parts, made: row.host(
            parts[size], [parts[c] for c in columns], lambda group, handle: self._inner(group, handle, parts, made)
        )

    def _held(self, form):
        for group in rows.groups_in(form):
            self._heap(group)

    def _heap(self, group):
        root = group.root()
        if id(root) in self._heaps:
            return
        group.heap._read()
        now, row = group.heap.now, group.heap.row
        kinds = () if row is None else row.columns()
        self._heaps[id(root)] = (row, self._add(now.starts), self._add(now.sizes), len(self.parts))
        for column, kind in zip(now.columns, kinds):
            self._add(column, kind.weak)
        if row is not None:
            self._held(row.form)

    def _inner(self, group, handle, parts, made):
        key = id(group.root()), handle
        if key not in made:
            row, starts, sizes, first = self._heaps[key[0]]
            made[key] = found = []
            start, size = parts[starts][handle], parts[sizes][handle]
            if group.of_arrays:
                columns = [parts[first + k][start : start + 1] for k in range(len(row.columns()))]
                (made[key],) = row.host(1, columns, None)
            elif size:
                columns = [parts[first + k][start : start + size] for k in range(len(row.columns()))]
                found += row.host(size, columns, lambda group, handle: self._inner(group, handle, parts, made))
        return made[key]
