"""Lists made while tracing: Python lists until a staged statement changes their length, then a growing buffer.

`[...]` in converted code makes a TracedList. It is a list of Python and traced values; when a branch or loop makes its
length depend on the run, it becomes staged: a buffer tensor with room to spare beside the length.
"""

from .. import _core
from . import effects, guards, journal, places, rollback, values

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
                f"{type(x).__name__}{places.here()}"
            )
            raise rollback.cannot(error, *deciders)
        k = values.kind_of(x)
        if not isinstance(k, values.Kind):
            error = TypeError(f"{name} grows in a traced loop or branch, but holds a value that may be absent{places.here()}")
            raise rollback.cannot(error, *deciders)
        kind = k if kind is None else values.join_kinds(kind, k, lambda a, b: refuse(name, a, b, *deciders))
    return kind


def refuse(name, a, b, *deciders):
    error = TypeError(
        f"{name} grows in a traced loop or branch, so its items must have one dtype and shape; it has "
        f"{a.dtype}{list(a.shape or ())} and {b.dtype}{list(b.shape or ())}{places.here()}"
    )
    raise rollback.cannot(error, *deciders)


class TracedList(list):
    """A list made in converted code while tracing."""

    __slots__ = ("__weakref__", "staged")

    def __init__(self, items=()):
        super().__init__(items)
        self.staged = None

    __hash__ = None

    def _touch(self):
        if journal.depth():
            journal.touch(journal.Items(self, "the list"))

    # -- reading

    def __getitem__(self, i):
        if self.staged is None:
            if isinstance(i, Tensor) and i.is_symbolic:
                return self._traced_item(i)
            return super().__getitem__(i)
        if isinstance(i, slice):
            return self.stack()[i]
        return self._typed(guards.row(self.staged.buffer, self._place(i)))

    def _traced_item(self, i):
        """l[i] with a traced i over items of one kind; otherwise the index is asked for as a number."""
        try:
            kind = item_kind(list(self), "the list")
        except TypeError:
            kind = None
        if kind is None or kind.shape is None:
            return super().__getitem__(i)
        s = stage(list(self), kind)
        return _typed(guards.row(s.buffer, _checked(i, len(self))), kind)

    def _typed(self, x):
        return _typed(x, self.staged.kind)

    def _place(self, i):
        return _checked(i, self.staged.size)

    def length(self):
        """len() as a number: traced when staged."""
        return len(self) if self.staged is None else self.staged.size

    def at(self, i):
        return self._typed(guards.row(self.staged.buffer, i))

    def stack(self):
        """All items as one tensor."""
        s = self.staged
        n = _core.op("STACK", [_core.cast(s.size, "int64")], {"axis": 0})
        zero, one = (_core.constant([v], "int64", None, None) for v in (0, 1))
        return _core.op("SLICE_DYN", [s.buffer, zero, n, one])

    def __iter__(self):
        if self.staged is not None:
            raise TypeError(
                "this list's length is known only at run time: loop over it with a `for` statement of converted code"
                + places.here()
            )
        return super().__iter__()

    def __repr__(self):
        if self.staged is not None:
            return effects.marker(self.stack(), effects.AS_LIST)
        return "[" + ", ".join([effects.marker(x) if values.is_symbolic(x) else repr(x) for x in self]) + "]"

    def __bool__(self):
        if self.staged is not None:
            raise TypeError(f"this list's length is known only at run time: write `if len(l) > 0`{places.here()}")
        return len(self) > 0

    def __contains__(self, item):
        if self.staged is not None:
            raise TypeError(f"`in` on a list of traced length: compare with tf.stack(l){places.here()}")
        return super().__contains__(item)

    # -- changing

    def _put(self, i, value):
        s = self.staged
        value = _core.cast(value, s.kind.dtype)
        self.staged = StagedItems(_core.op("LIST_PUT", [s.buffer, value, i]), s.size, s.kind)

    def append(self, value):
        self._touch()
        if self.staged is None:
            return super().append(value)
        s = self.staged
        kind = item_kind([value], "the list")
        if (kind.dtype != s.kind.dtype and not kind.weak) or (s.kind.weak and kind != s.kind):
            joined = values.join_kinds(s.kind, kind, lambda a, b: refuse("the list", a, b))
            if joined.dtype != s.kind.dtype:
                self.staged = s = StagedItems(_core.cast(s.buffer, joined.dtype), s.size, joined)
        self._put(s.size, value)
        self.staged = StagedItems(self.staged.buffer, _core.op("ADD", [s.size, _core.cast(1, "int64", True)]), self.staged.kind)

    def extend(self, items):
        from .calls import iterate

        self._touch()
        if self.staged is None:
            return super().extend(iterate(items))
        for x in iterate(items):
            self.append(x)

    def __mul__(self, n):
        if not (isinstance(n, Tensor) and n.is_symbolic):
            made = super().__mul__(n)
            return TracedList(made) if isinstance(made, list) else made
        if self.staged is not None or len(self) != 1:
            raise NotImplementedError(f"[...] * n with a traced n takes a list of one item{places.here()}")
        kind = item_kind(list(self), "the list")
        size = _core.op("MAXIMUM", [_core.cast(n, "int64", True), _core.cast(0, "int64", True)])
        if kind.shape:
            raise NotImplementedError(f"[x] * n with a traced n takes a number for x{places.here()}")
        vector = _core.op("STACK", [_core.cast(size, "int64")], {"axis": 0})
        made = TracedList()
        made.staged = StagedItems(_core.op("FILL_TO", [_core.cast(self[0], kind.dtype), vector]), size, kind)
        return made

    __rmul__ = __mul__

    def __iadd__(self, items):
        self.extend(items)
        return self

    def pop(self, i=-1):
        self._touch()
        if self.staged is None:
            return super().pop(i)
        if not (isinstance(i, int) and i == -1):
            raise NotImplementedError(f"pop(i) on a list of traced length: only the last item can be popped{places.here()}")
        s = self.staged
        _check(s.size <= 0, "pop from empty list")
        last = _core.op("SUB", [s.size, _core.cast(1, "int64", True)])
        value = self._typed(guards.row(s.buffer, last))
        self.staged = StagedItems(s.buffer, last, s.kind)
        return value

    def __setitem__(self, i, value):
        self._touch()
        if self.staged is None and isinstance(i, Tensor) and i.is_symbolic:
            kind = item_kind([*self, value], "the list")
            n = len(self)
            s = stage(list(self), kind)
            buffer = _core.op("SET_ELEMENT", [s.buffer, _core.cast(value, kind.dtype), _checked(i, n)])
            return super().__setitem__(slice(None), [_typed(guards.row(buffer, k), kind) for k in range(n)])
        if self.staged is None:
            return super().__setitem__(i, value)
        s = self.staged
        buffer = _core.op("SET_ELEMENT", [s.buffer, _core.cast(value, s.kind.dtype), self._place(i)])
        self.staged = StagedItems(buffer, s.size, s.kind)

    def clear(self):
        self._touch()
        if self.staged is None:
            return super().clear()
        self.staged = StagedItems(self.staged.buffer, _core.cast(0, "int64", True), self.staged.kind)

    def _unstaged(name):  # noqa: N805
        plain = getattr(list, name)

        def method(self, *args, **kwargs):
            self._touch()
            if self.staged is not None:
                raise NotImplementedError(
                    f"{name}() on a list whose length is known only at run time: use append, pop, indexing, or "
                    f"tf.stack(l){places.here()}"
                )
            return plain(self, *args, **kwargs)

        method.__name__ = name
        return method

    insert, remove, reverse, sort = map(_unstaged, ("insert", "remove", "reverse", "sort"))
    __delitem__, __imul__ = map(_unstaged, ("__delitem__", "__imul__"))
    del _unstaged

    def __reduce__(self):
        return (list, (list(self),))


def _typed(x, kind):
    return _core.cast(x, kind.dtype, kind.weak) if kind.weak else x


def _checked(i, size):
    """A place in range(size), by Python's rule for negative indices; IndexError otherwise, at run time if need be."""
    from .. import operators

    at = operators.if_exp(i < 0, lambda: i + size, lambda: i) if isinstance(i, Tensor) else (i if i >= 0 else i + size)
    _check(operators.or_(at < 0, lambda: at >= size), "list index out of range")
    return at


def _check(bad, message):
    from .conditionals import staged_if

    graph = _core.current_graph()
    if isinstance(bad, Tensor) and bad.is_symbolic:
        staged_if(graph, bad, lambda: effects.staged_raise(graph, IndexError(message)), None, [])
    elif bad:
        raise IndexError(message)


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
