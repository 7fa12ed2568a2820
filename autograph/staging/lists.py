"""Lists made while tracing: Python lists until a staged statement changes their length, then a growing buffer.

`[...]` in converted code makes a TracedList. It is a list of Python and traced values; when a branch or loop makes its
length depend on the run, it becomes staged: a buffer tensor with room to spare beside the length.
"""

import functools

from .. import _core
from . import arrays, effects, guards, journal, listops, places, rollback, values

Tensor = _core.Tensor


class StagedItems:
    """The state of a staged list: rows `buffer[:size]` of one kind."""

    __slots__ = ("buffer", "kind", "size")

    def __init__(self, buffer, size, kind):
        self.buffer, self.size, self.kind = buffer, size, kind


def stage(items, kind):
    """A StagedItems of Python-held items (or of another kind's), in the current region."""
    if isinstance(items, StagedItems):
        return StagedItems(_core.cast(items.buffer, kind.dtype), items.size, kind)
    size = _core.cast(len(items), "int64", True)
    if items:
        rows = [_core.cast(x, kind.dtype) for x in items]
        return StagedItems(_core.op("STACK", rows, {"axis": 0}), size, kind)
    if kind.shape is None or None in kind.shape:
        raise TypeError(f"the items of a list that grows in a loop must have one known shape{places.here()}")
    zero = values.zero_of(kind.dtype)
    return StagedItems(_core.op("FILL", [zero], {"shape": (0, *kind.shape)}), size, kind)


def item_kind(items, name, *deciders):
    """The one kind of all items; where there is none, see rollback.py."""
    kind = None
    for x in items:
        if not values.is_number(x):
            error = TypeError(
                f"{name} grows in a traced loop or branch, so its items must be tensors or numbers, not "
                f"{places.kind_of(x)}{places.here()}"
            )
            raise rollback.cannot(error, *deciders)
        k = values.kind_of(x)
        if not isinstance(k, values.Kind):
            error = TypeError(f"{name} grows in a traced loop or branch, but holds a value that may be absent{places.here()}")
            raise rollback.cannot(error, *deciders)
        kind = k if kind is None else join_items(kind, k, lambda a, b: refuse(name, a, b, *deciders))
    return kind


def join_items(a, b, refuse):
    """The Kind that items of both kinds have in one list.

    Python's numbers keep their own: a list of ints that takes a float has both, so where there are only numbers it is left to
    Python. Beside tensors they become what is wider, as in an array."""
    graph = _core.current_graph()
    if a.dtype != b.dtype and _is_number(a) and _is_number(b) and "leaves" in graph.extra and rollback.numbers_only(graph):
        names = " and ".join(_NAMES.get(k.dtype, k.dtype) for k in (a, b))
        raise rollback.RunAsPython(f"a list or dictionary that a traced loop or branch changes holds {names}", places.here())
    return values.join_kinds(a, b, refuse)


def join_leaves(slot, a, b, refuse):
    """values.join for a leaf of a place: an item, where the place is the contents of a list or dict."""
    if isinstance(slot, journal.Items) and isinstance(a, values.Kind) and isinstance(b, values.Kind):
        return join_items(a, b, refuse)
    return values.join(a, b, refuse)


_NAMES = {"int64": "ints", "float64": "floats", "bool": "bools"}


def _is_number(kind):
    return kind.weak or (kind.dtype == "bool" and kind.shape == ())


def refuse(name, a, b, *deciders):
    error = TypeError(
        f"{name} grows in a traced loop or branch, so its items must have one dtype and shape; it has "
        f"{a.dtype}{list(a.shape or ())} and {b.dtype}{list(b.shape or ())}{places.here()}"
    )
    raise rollback.cannot(error, *deciders)


MOST_APART = 16  # items that are values of their own where a traced index writes one; more are one buffer


class TracedList(list):
    """A list made in converted code while tracing."""

    __slots__ = ("__weakref__", "_born", "_links", "_stale", "argument", "staged")

    def __init__(self, items=(), argument=None):
        super().__init__(items)
        self.staged = None
        self._born = journal.depth()
        self._links, self._stale = (), None  # see arrays.link
        self.argument = argument  # its path, where it stands for a list of the caller's

    __hash__ = None

    born = property(lambda self: self._born)  # see journal.birth

    def _touch(self):
        if self.argument is not None:
            error = TypeError(f"the list {self.argument!r} belongs to the caller, who would not see this change{places.here()}")
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
        if self.staged is None:
            if isinstance(i, Tensor) and i.is_symbolic:
                return self._traced_item(i)
            if isinstance(i, slice):
                return self._traced_slice(i) if _any_symbolic(i) else TracedList(super().__getitem__(i))
            return super().__getitem__(i)
        if isinstance(i, slice):
            return self._part(i)
        return self._typed(guards.row(self.staged.buffer, self._place(i)))

    def _traced_item(self, i):
        """l[i] with a traced i over items of one dtype; otherwise the index is asked for as a number."""
        kind = one_kind(list(self))
        if kind is None or kind.shape is None:
            return super().__getitem__(i)
        s = stage(list(self), kind)
        return _typed(guards.row(s.buffer, _checked(i, len(self))), kind)

    def _traced_slice(self, part):
        kind = one_kind(list(self))
        if kind is None or kind.shape is None:
            return TracedList(super().__getitem__(part))  # asks for the bounds as numbers
        return self._staged_copy(kind)._part(part)

    def _part(self, part):
        made = TracedList()
        rows = self.stack()[part]
        made.staged = StagedItems(rows, _core.op("DIM", [rows], {"axis": 0, "weak": 1}), self.staged.kind)
        return made

    def _staged_copy(self, kind):
        return holding(stage(self.now() if self.staged is None else self.staged, kind))

    def _typed(self, x):
        return _typed(x, self.staged.kind)

    def _place(self, i):
        return _checked(i, self.staged.size)

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
        return self[i] if self.staged is None else self._typed(guards.row(self.staged.buffer, i))

    def stack(self):
        """All items as one tensor."""
        self._read()
        s = self.staged
        n = _core.op("STACK", [_core.cast(s.size, "int64")], {"axis": 0})
        zero, one = (_core.constant([v], "int64", None, None) for v in (0, 1))
        return _core.op("SLICE_DYN", [s.buffer, zero, n, one])

    def __iter__(self):
        self._read()
        k = 0
        while True:
            if self.staged is not None:
                error = TypeError(
                    "this list's length is known only at run time: loop over it with a `for` statement of converted code"
                    + places.here()
                )
                raise rollback.cannot(error, self.staged.size)
            if k >= super().__len__():
                return
            yield super().__getitem__(k)
            k += 1

    def now(self):
        """The items as Python holds them, as a tuple, or StagedItems."""
        return tuple(super().__getitem__(slice(None))) if self.staged is None else self.staged

    def __repr__(self):
        self._read()
        if self.staged is not None:
            return effects.marker(self.stack(), effects.AS_LIST)
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
            kind = item_kind([*self, *others], "the list")
            if kind is not None:
                items = stage(list(self), kind)
                super().clear()
                self.staged = items

    def index(self, value, start=0, stop=2**63 - 1, /):
        if not self._is_traced(value, start, stop):
            return super().index(value, start, stop)
        at = self._find(value, start, stop)
        check(at < 0, ValueError("list.index(x): x not in list"))
        return at

    def _find(self, value, start, stop):
        kind = self.staged.kind if self.staged is not None else item_kind([*self, value], "the list")
        return _program("find")(self._staged_copy(kind), value, start, stop)

    def count(self, value, /):
        if not self._is_traced(value):
            return super().count(value)
        return _program("count")(self if self.staged is not None else self._staged_copy(item_kind([*self, value], "the list")), value)

    def copy(self):
        return self._staged_copy(self.staged.kind) if self.staged is not None else TracedList(self)

    def __eq__(self, other):
        if not isinstance(other, list):
            return NotImplemented
        if not self._is_traced(other):
            return super().__eq__(other)
        other = other if isinstance(other, TracedList) else TracedList(other)
        if self.staged is None and other.staged is None:
            from .. import operators

            same = len(self) == len(other)
            for a, b in zip(self, other) if same else ():
                same = operators.and_(same, lambda a=a, b=b: a == b)
            return same
        kind = item_kind([*(() if self.staged else self), *(() if other.staged else other)], "a list")
        for items in (self, other):
            if items.staged is not None:
                kind = items.staged.kind if kind is None else values.join_kinds(kind, items.staged.kind, _differ)
        return _program("equal")(self._staged_copy(kind), other._staged_copy(kind))

    def __ne__(self, other):
        from .. import operators

        same = self.__eq__(other)
        return same if same is NotImplemented else operators.not_(same)

    def __add__(self, other):
        if not isinstance(other, list):
            return NotImplemented
        made = self.copy()
        made.extend(other)
        return made

    def __radd__(self, other):
        return TracedList(other) + self

    def __mul__(self, n):
        if self.staged is None and not (isinstance(n, Tensor) and n.is_symbolic):
            made = super().__mul__(n)
            return TracedList(made) if isinstance(made, list) else made
        if not isinstance(n, Tensor) and not hasattr(n, "__index__"):
            return NotImplemented
        made = TracedList()
        if self.staged is not None or len(self) != 1 or (kind := item_kind(list(self), "the list")).shape:
            made.staged = StagedItems(*_none_of(self.staged.kind if self.staged else item_kind(list(self), "the list")))
            source = self if self.staged is not None else self._staged_copy(made.staged.kind)
            _program("repeat")(made, source, n)
            return made
        size = _core.op("MAXIMUM", [_core.cast(n, "int64", True), _core.cast(0, "int64", True)])
        vector = _core.op("STACK", [_core.cast(size, "int64")], {"axis": 0})
        made.staged = StagedItems(_core.op("FILL_TO", [_core.cast(self[0], kind.dtype), vector]), size, kind)
        return made

    __rmul__ = __mul__

    # -- changing

    def _take_in(self, value):
        """The value as an item of this staged list, which is widened when it is of a wider kind."""
        s = self.staged
        kind = item_kind([value], "the list")
        if kind != s.kind:
            joined = join_items(s.kind, kind, lambda a, b: refuse("the list", a, b))
            if joined.dtype != s.kind.dtype or joined.weak != s.kind.weak:
                self.staged = s = StagedItems(_core.cast(s.buffer, joined.dtype), s.size, joined)
        return _core.cast(value, s.kind.dtype)

    def put(self, i, value):
        """self[i] = value, where i is known to be a place of it, or the one after."""
        self._touch()
        if self.staged is None:
            return super().__setitem__(i, value)
        value = self._take_in(value)
        s = self.staged
        self.staged = StagedItems(_core.op("LIST_PUT", [s.buffer, value, i]), s.size, s.kind)

    def truncate(self, size):
        """Keeps the first `size` items, which are known to be there."""
        self._touch()
        self.staged = StagedItems(self.staged.buffer, size, self.staged.kind)

    def append(self, value, /):
        self._touch()
        if self.staged is None:
            return super().append(value)
        size = self.staged.size
        self.put(size, value)
        self.truncate(_core.op("ADD", [size, _core.cast(1, "int64", True)]))

    def extend(self, items, /):
        from .. import operators

        self._touch()
        if isinstance(items, TracedList) and items is self:
            items = self.copy()
        from . import loops
        from .calls import iterate

        rows = loops.rows_of(items)
        if self.staged is None and (rows is None or isinstance(rows.length(), int)):
            return super().extend(iterate(items))
        operators.for_stmt(items, self.append, ())

    def __iadd__(self, items):
        self.extend(items)
        return self

    def __imul__(self, n):
        self._touch()
        made = self * n
        self.staged = made.staged
        super().__setitem__(slice(None), () if made.staged is not None else made)
        return self

    def insert(self, i, value, /):
        self._touch()
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
        value = self._typed(guards.row(s.buffer, last))
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
        self.staged = StagedItems(_core.op("REVERSE", [self.stack()], {"axis": (0,)}), s.size, s.kind)

    def sort(self, *, key=None, reverse=False):
        self._touch()
        if not self._is_traced() and key is None and not values.is_symbolic(reverse):
            return super().sort(reverse=reverse)
        kind = self.staged.kind if self.staged is not None else one_kind(list(self))
        if key is not None or kind is None or kind.shape != () or values.is_symbolic(reverse):
            if self.staged is None:
                return super().sort(key=key, reverse=reverse)
            error = NotImplementedError(f"sort() with a key, of a list whose length is known only at run time{places.here()}")
            raise rollback.cannot(error, self.staged.size)
        rows = self.stack() if self.staged is not None else stage(list(self), kind).buffer
        dtype = "int64" if kind.dtype == "bool" else kind.dtype
        rows = _core.op("SORT", [_core.cast(rows, dtype)], {"descending": int(bool(reverse))})
        rows = _core.cast(rows, kind.dtype)
        if self.staged is None:
            return super().__setitem__(slice(None), [_typed(guards.row(rows, k), kind) for k in range(len(self))])
        self.staged = StagedItems(rows, self.staged.size, kind)

    def __setitem__(self, i, value):
        self._touch()
        if self.staged is None and isinstance(i, Tensor) and i.is_symbolic:
            kind = item_kind([*self, value], "the list")
            n = len(self)
            s = stage(list(self), kind)
            if n > MOST_APART:
                self.staged = s
                super().clear()
                return self.__setitem__(i, value)
            buffer = _core.op("SET_ELEMENT", [s.buffer, _core.cast(value, kind.dtype), _checked(i, n)])
            return super().__setitem__(slice(None), [_typed(guards.row(buffer, k), kind) for k in range(n)])
        if self.staged is None and not (isinstance(i, slice) and (_any_symbolic(i) or getattr(value, "staged", None))):
            return super().__setitem__(i, value)
        if isinstance(i, slice):
            return self._unstaged("assignment to a slice")
        at = self._place(i)
        value = self._take_in(value)
        s = self.staged
        self.staged = StagedItems(_core.op("SET_ELEMENT", [s.buffer, value, at]), s.size, s.kind)

    def __delitem__(self, i):
        self._touch()
        if self.staged is None and not (values.is_symbolic(i) or isinstance(i, slice) and _any_symbolic(i)):
            return super().__delitem__(i)
        if isinstance(i, slice):
            return self._unstaged("del of a slice")
        self.pop(i)

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


_FAR = 2**62


def truth(value):
    """The truth of a list of this trace; anything else as it is."""
    return value.truth() if isinstance(value, TracedList) else value


class Empty:
    """EMPTY is what `l and ...` gives of an empty list whose length the run decides: false, and nothing else is known of it."""

    def __bool__(self):
        return False

    def __repr__(self):
        return "[]"


EMPTY = Empty()


def _differ(a, b):
    refuse("a list", a, b)


def _any_symbolic(part):
    return any(values.is_symbolic(x) for x in (part.start, part.stop, part.step))


def _none_of(kind):
    s = stage([], kind)
    return s.buffer, s.size, s.kind


def one_kind(items):
    """The Kind of all items when they are of one dtype; None otherwise."""
    kind = None
    for x in items:
        if not values.is_number(x):
            return None
        k = values.kind_of(x)
        if not isinstance(k, values.Kind) or (kind is not None and (k.dtype != kind.dtype or k.weak != kind.weak)):
            return None
        if kind is not None and kind.shape != k.shape:
            return None
        kind = k
    return kind


@functools.cache
def _program(name):
    """A method of listops.py, converted."""
    from .. import convert, operators

    return convert.convert(getattr(listops, name), operators)


def sorted_copy(items, reverse):
    """sorted(items) of a staged list."""
    made = items.copy()
    made.sort(reverse=reverse)
    return made


def extreme(name, items, key):
    """min or max of a staged list; key: a callable or None."""
    from .calls import call

    return _program(name)(items, (lambda x: x) if key is None else lambda x: call(key, x))


def holding(items):
    """A new list with what now() of another one gave."""
    if not isinstance(items, StagedItems):
        return TracedList(items)
    made = TracedList()
    made.staged = items
    return made


def _typed(x, kind):
    return _core.cast(x, kind.dtype, kind.weak) if kind.weak else x


def _checked(i, size):
    """A place in range(size), by Python's rule for negative indices; IndexError otherwise, at run time if need be."""
    from .. import operators

    at = operators.if_exp(i < 0, lambda: i + size, lambda: i) if isinstance(i, Tensor) else (i if i >= 0 else i + size)
    check(operators.or_(at < 0, lambda: at >= size), IndexError("list index out of range"))
    return at


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
    return items if _core.current_graph() is None else TracedList(items)


class TensorArray:
    """An array of tensors of one dtype and shape, written one at a time: each write returns the array to go on with.

    dtype: of the elements. size: its length at first, an int or 0-d tensor. dynamic_size: writing past the end makes it longer.
    element_shape: of each element; found at the first write when not given.

    >>> import autograph as ag
    >>> @ag.function
    ... def squares(n):
    ...     ta = ag.TensorArray(ag.int32, size=n)
    ...     for i in ag.range(n):
    ...         ta = ta.write(i, i * i)
    ...     return ta.stack()
    >>> squares(ag.constant(4)).tolist()
    [0, 1, 4, 9]
    """

    def __init__(
        self, dtype, size=None, dynamic_size=False, clear_after_read=None, tensor_array_name=None, handle=None, flow=None,
        infer_shape=True, element_shape=None, colocate_with_first_write_call=True, name=None,
    ):  # fmt: skip
        self.dtype = _core.as_dtype(dtype)
        self.dynamic_size = bool(dynamic_size)
        self._size = 0 if size is None else size
        self.element_shape = None if element_shape is None else tuple(_core.TensorShape(element_shape))
        self._buffer = None
        if self.element_shape is not None and None not in self.element_shape:
            self._buffer = self._zeros()

    def _zeros(self):
        zero = values.zero_of(self.dtype)
        if isinstance(self._size, int):
            return _core.op("FILL", [zero], {"shape": (self._size, *self.element_shape)})
        dims = [_core.cast(d, "int64") for d in (self._size, *self.element_shape)]
        return _core.op("FILL_TO", [zero, _core.op("STACK", dims, {"axis": 0})])

    def _with(self, buffer, size, shape):
        made = TensorArray.__new__(TensorArray)
        made.dtype, made.dynamic_size, made.element_shape = self.dtype, self.dynamic_size, shape
        made._buffer, made._size = buffer, size
        return made

    def _like(self, other):
        """This array with the element shape (and traced size) another one has found."""
        shape = other.element_shape if self.element_shape is None else self.element_shape
        made = self._with(self._buffer, self._size, shape)
        if made._buffer is None and shape is not None:
            made._buffer = made._zeros()
        made._size = _core.cast(made._size, "int64", True)
        return made

    def _flatten(self, leaves):
        if self._buffer is not None:
            leaves.append(self._buffer)
        if not isinstance(self._size, int):
            leaves.append(self._size)
            size = None
        else:
            size = self._size
        return ("array", self.dtype.name, self.dynamic_size, self.element_shape, self._buffer is not None, size)

    @staticmethod
    def _unflatten(form, leaves):
        made = TensorArray.__new__(TensorArray)
        made.dtype, made.dynamic_size, made.element_shape = _core.as_dtype(form[1]), form[2], form[3]
        made._buffer = next(leaves) if form[4] else None
        made._size = next(leaves) if form[5] is None else form[5]
        return made

    def size(self, name=None):
        """The number of elements, a 0-d int32 tensor."""
        return _core.cast(self._size, "int32")

    def __len__(self):
        if not isinstance(self._size, int):
            raise TypeError(f"the length of this TensorArray is known only at run time: use .size(){places.here()}")
        return self._size

    def length(self):
        return self._size

    def write(self, index, value, name=None):
        """The array with `value` at `index`."""
        value = _core.convert(value, None) if not isinstance(value, Tensor) else value
        value = _core.cast(value, self.dtype) if value.weak else value
        if value.dtype.name != self.dtype.name:
            raise TypeError(f"TensorArray of {self.dtype.name}: cannot write a {value.dtype.name} tensor{places.here()}")
        shape = values.shape_of(value) if self.element_shape is None else self.element_shape
        made = self._with(self._buffer, self._size, shape)
        if made._buffer is None:
            made._buffer = made._zeros()
        if not self.dynamic_size:
            made._buffer = _core.op("SET_ELEMENT", [made._buffer, value, index])
            return made
        index = _core.cast(index, "int64", True)
        made._buffer = _core.op("LIST_PUT", [made._buffer, value, index])
        longer = _core.op("ADD", [index, _core.cast(1, "int64", True)])
        made._size = _core.op("MAXIMUM", [_core.cast(self._size, "int64", True), longer])
        return made

    def read(self, index, name=None):
        """The element at `index`."""
        self._need_elements()
        return _core.op("ELEMENT", [self._buffer, index])

    def _need_elements(self):
        if self._buffer is None:
            raise ValueError(f"nothing was written to this TensorArray, and it has no element_shape{places.here()}")

    def stack(self, name=None):
        """All elements as one tensor, of shape [size, ...]."""
        self._need_elements()
        if isinstance(self._size, int) and not self.dynamic_size:
            return self._buffer
        if not self.dynamic_size:
            return _core.op("IDENTITY", [self._buffer])
        n = _core.op("STACK", [_core.cast(self._size, "int64")], {"axis": 0})
        zero, one = (_core.convert([v], "int64") for v in (0, 1))
        return _core.op("SLICE_DYN", [self._buffer, zero, n, one])

    def concat(self, name=None):
        """The elements joined along their first dimension."""
        rows = self.stack()
        shape = tuple(rows.shape)
        return _core.op("RESHAPE", [rows], {"shape": (-1, *shape[2:])})

    def gather(self, indices, name=None):
        """The elements at `indices`, stacked."""
        self._need_elements()
        return _core.op("GATHER", [self._buffer, _core.convert(indices)], {"axis": 0})

    def unstack(self, value, name=None):
        """An array with the rows of `value` as elements."""
        value = value if isinstance(value, Tensor) else _core.convert(value, self.dtype)
        from . import loops

        shape = tuple(value.shape)
        return self._with(value, loops.length_of(value), shape[1:])

    def scatter(self, indices, value, name=None):
        """The array with row k of `value` at indices[k]."""
        made = self
        value = value if isinstance(value, Tensor) else _core.convert(value, self.dtype)
        for k, i in enumerate(indices):
            made = made.write(i, value[k])
        return made

    def identity(self):
        """The array itself."""
        return self

    def close(self, name=None):
        """Nothing to do: memory goes with the last reference."""
