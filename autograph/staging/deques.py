"""collections.deque in staged code: a list and the place in it where the items begin.

A deque that a trace makes is Python's until a branch or loop of the run is to change it; then the trace starts again, and each deque
that it makes is a Deque. Its methods are converted like a user's.
"""

import collections

from .. import _core
from . import rollback, standins

MOST_LEFT = 64  # places before the first item that are always kept


class Deque:
    """What stands for a deque. maxlen: a number or None."""

    stands_for = collections.deque

    def __init__(self, iterable=(), maxlen=None):
        if maxlen is not None and maxlen < 0:
            raise ValueError("maxlen must be non-negative")
        self._items, self._first, self._most = [], 0, maxlen
        self.extend(iterable)

    @property
    def maxlen(self):
        return self._most

    @standins.stand_in
    def __len__(self):
        return len(self._items) - self._first

    def append(self, x, /):
        self._items.append(x)
        if self._most is not None and len(self) > self._most:
            self.popleft()

    def appendleft(self, x, /):
        if self._first == 0:  # as much room as there are items
            room = len(self._items) + 8
            self._items = [x] * room + self._items
            self._first = room
        self._first -= 1
        self._items[self._first] = x
        if self._most is not None and len(self) > self._most:
            self._items.pop()

    def pop(self):
        if len(self) == 0:
            raise IndexError("pop from an empty deque")
        return self._items.pop()

    def popleft(self):
        if len(self) == 0:
            raise IndexError("pop from an empty deque")
        x = self._items[self._first]
        self._first += 1
        if self._first > MOST_LEFT and 2 * self._first > len(self._items):
            self._items = self._items[self._first :]
            self._first = 0
        return x

    def extend(self, iterable, /):
        for x in self._others(iterable):
            self.append(x)

    def extendleft(self, iterable, /):
        for x in self._others(iterable):
            self.appendleft(x)

    def _others(self, iterable):
        return self.listed() if iterable is self else iterable

    @standins.stand_in
    def __iadd__(self, iterable):
        self.extend(iterable)
        return self

    @standins.stand_in
    def __add__(self, other):
        if not isinstance(other, collections.deque):
            return NotImplemented
        made = self.copy()
        made.extend(other)
        return made

    def rotate(self, n=1, /):
        size = len(self)
        if size > 1:
            for _ in range(n % size):
                self.appendleft(self.pop())

    def clear(self):
        self._items, self._first = [], 0

    def copy(self):
        return collections.deque(self.listed(), self._most)

    __copy__ = copy

    def listed(self):
        """Its items, as a list of their own."""
        return self._items[self._first :]

    def reverse(self):
        items = self.listed()
        items.reverse()
        self._items, self._first = items, 0

    def count(self, x, /):
        return self.listed().count(x)

    def index(self, x, start=0, stop=2**62, /):
        items = self.listed()
        if x not in items[start:stop]:
            raise ValueError(f"{x!r} is not in deque")
        return items.index(x, start, stop)

    def insert(self, i, x, /):
        if self._most is not None and len(self) >= self._most:
            raise IndexError("deque already at its maximum size")
        items = self.listed()
        items.insert(i, x)
        self._items, self._first = items, 0

    def remove(self, x, /):
        items = self.listed()
        if x not in items:
            raise ValueError("deque.remove(x): x not in deque")
        items.remove(x)
        self._items, self._first = items, 0

    def _at(self, i):
        size = len(self)
        if i < -size or i >= size:
            raise IndexError("deque index out of range")
        return self._first + i if i >= 0 else self._first + i + size

    @standins.stand_in
    def __getitem__(self, i):
        return self._items[self._at(i)]

    @standins.stand_in
    def __setitem__(self, i, x):
        self._items[self._at(i)] = x

    @standins.stand_in
    def __delitem__(self, i):
        del self._items[self._at(i)]

    @standins.stand_in
    def __contains__(self, x):
        return x in self.listed()

    @standins.stand_in
    def __eq__(self, other):
        return self.listed() == list(other) if isinstance(other, collections.deque) else NotImplemented

    @standins.stand_in
    def __iter__(self):
        return iter(self.listed())

    def __repr__(self):
        return f"deque({self.listed()!r})" if self._most is None else f"deque({self.listed()!r}, maxlen={self._most!r})"


Deque.__name__ = Deque.__qualname__ = "deque"  # what a user knows it as


def make(iterable=(), maxlen=None):
    """collections.deque(iterable, maxlen) of converted code."""
    from . import calls

    extra = _core.current_graph().extra if _core.current_graph() is not None else {}
    staged = isinstance(maxlen, _core.Tensor) or calls.loops.rows_of(iterable) is not None
    if extra.get("deques") or staged:
        return calls._make(Deque, iterable, maxlen)
    return calls._make(collections.deque, iterable, maxlen)


def learn():
    """Before a deque changes that a branch or loop of the run does not hold: the trace starts again, with Deques."""
    known = _core.current_graph().extra.get("deques")
    if known is not None and not known:
        known.add("deque")
        raise rollback.Learn


def listed(value):
    """The items of a Deque as a list; any other value as it is."""
    return _core.call(Deque.listed, value) if type(value) is Deque else value


def returned(value):
    """(items, maxlen) of one that is returned, and what makes the deque of what the run gives for them."""
    return [listed(value), value._most], lambda items, most: collections.deque(items, None if most is None else int(most))
