"""Generator expressions over traced iterables, as arguments of sum, any and all: loops that keep one value."""

from .. import _core
from . import loops, places
from .conditionals import staged_if, truth
from .journal import Hidden

Tensor = _core.Tensor


class StagedGenerator:
    """(element(x) for x in iterable if cond(x)) where the number of items is known only at run time, or traced."""

    def __init__(self, iterable, element, cond):
        self.iterable, self.element, self.cond = iterable, element, cond

    def __iter__(self):
        from .calls import iterate

        for x in iterate(self.iterable):
            keep = True if self.cond is None else self.cond(x)
            if isinstance(keep, Tensor) and keep.is_symbolic:
                raise TypeError(f"a traced condition makes a generator of unknown length: write it as a loop{places.here()}")
            if keep:
                yield self.element(x)

    def _loop(self, slots, step, extra_test=None):
        graph = _core.current_graph()

        def body(x):
            if self.cond is None:
                return step(self.element(x))
            keep = self.cond(x)
            if isinstance(keep, Tensor) and keep.is_symbolic:
                return staged_if(graph, keep, lambda: step(self.element(x)), None, slots)
            return step(self.element(x)) if keep else None

        staged = self.iterable if isinstance(self.iterable, loops.StagedRange) else loops.as_range(self.iterable)
        if staged is not None:
            loops.staged_range(graph, staged, body, slots, extra_test)
        else:
            loops.staged_rows(graph, loops.rows_of(self.iterable), body, slots, extra_test)

    def sum(self, start):
        """sum(...)."""
        total = Hidden("the sum", start)

        def step(x):
            total.value = total.value + x

        self._loop([total], step)
        return total.value

    def any(self):
        """any(...): stops at the first true item."""
        return self._search(True)

    def all(self):
        """all(...): stops at the first false item."""
        return self._search(False)

    def _search(self, wanted):
        from ..operators import not_

        found = Hidden("whether one was found", False)

        def step(x):
            flag = truth(x, "an item") if isinstance(x, Tensor) else bool(x)
            found.value = flag if wanted else not_(flag)

        self._loop([found], step, lambda: not_(found.value))
        return found.value if wanted else not_(found.value)
