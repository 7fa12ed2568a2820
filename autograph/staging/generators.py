"""Comprehensions over traced iterables: clauses, one `for` with its conditions each, as loops that keep one value."""

import types

from .. import _core
from . import guards, iterators, journal, lists, loops, places, reach, rollback, sums, truths
from .conditionals import staged_if, truth
from .journal import Hidden
from .values import PLAIN

Tensor = _core.Tensor


class Clause:
    """`for target in iterable if cond`, and what stands before it: element, which gives another Clause where one follows.

    unpack: takes an item apart into the names of the target, the parameters of element and cond; None where it is one name."""

    __slots__ = ("cond", "element", "iterable", "unpack")

    def __init__(self, iterable, element, cond=None, unpack=None):
        self.iterable, self.element, self.cond, self.unpack = iterable, element, cond, unpack

    def names(self, item):
        """The arguments of element and cond."""
        return (item,) if self.unpack is None else self.unpack(item)

    def changes(self):
        """Tells the staged bodies around which variables of enclosing functions it assigns."""
        if journal.depth():
            for slot in self.assigned():
                journal.touch(slot)

    def assigned(self):
        """The places of variables of enclosing functions and modules that it assigns, or a function in one of its own variables."""
        from .calls import outer_slots

        found, todo = {}, [self.element] if self.cond is None else [self.element, self.cond]
        while todo:
            function = todo.pop()
            if type(function) is not types.FunctionType or function in found:
                continue
            found[function] = None
            todo += reach.cells_of(function).values()
        return outer_slots(found)


def stops_early(found):
    """Whether any() or all() of this generator must not take what comes after the item that decides."""
    early = _core.current_graph().extra.get("early")
    return bool(early) and found.element.__code__ in early


class Early:
    """A context round any() or all() taking all items of a generator. What one of them does, or may fail with, after an item
    that the run decides about, Python may never come to: then the trace starts again and takes each where none has decided."""

    def __init__(self, found):
        graph = _core.current_graph()
        self.graph, self.found, self.decided = graph, found, False
        self.first = self.changes = self.before = 0

    def __enter__(self):
        return self

    def decide(self):
        if not self.decided:
            self.decided, self.first, self.changes = True, self.graph.n_ops + 1, journal.changes()
            self.before = [(slot, slot.get()) for slot in self.found.assigned()]

    def __exit__(self, kind, error, traceback):
        failed = kind is not None and issubclass(kind, Exception)
        if self.decided and (failed or kind is None and self._acts()):
            self.graph.extra["early"].add(self.found.element.__code__)
            raise rollback.Learn
        return False

    def _acts(self):
        if self.changes != journal.changes() or any(slot.get() is not old for slot, old in self.before):
            return True
        if hasattr(type(self.found.iterable), "__next__"):
            return True
        return any(op.type in guards.ACTS or guards.fails_with(self.graph, op) for op in self.graph.raising(self.first))


def fill(found, add):
    """Calls add(element) for each, as Python."""
    for item in found.iterable:
        names = found.names(item)
        if found.cond is None or found.cond(*names):
            value = found.element(*names)
            if type(value) is Clause:
                fill(value, add)
            else:
                add(value)


def items(found, iterator):
    """The elements, one after the other; iterator: of the first clause."""
    for item in iterator:
        names = found.names(item)
        if found.cond is None or found.cond(*names):
            value = found.element(*names)
            if type(value) is Clause:
                yield from items(value, iter(value.iterable))
            else:
                yield value


def listed(found):
    """The list of the elements: one of Python's items, unless a loop or a condition that the run decides adds to it."""
    out = _Elements()
    _collect(found, out, False)
    return lists.born(out.list())


class _Elements:
    """The elements so far. What is left early never sees them, so they are no place of the journal until the run decides about one."""

    __slots__ = ("add", "made", "known")

    def __init__(self):
        self.known, self.made = [], None
        self.add = self.known.append

    def list(self):
        """As a list that staged bodies may append to."""
        if self.made is None:
            self.made = lists.TracedList(self.known)
            self.add = self.made.append
        return self.made


def _collect(found, out, inside):
    """Adds the elements to `out`; inside: a clause that stands in another one."""
    from .. import operators
    from .calls import iterate

    rows = loops.rows_of(found.iterable)

    def add(names):
        value = found.element(*names)
        if type(value) is Clause:
            _collect(value, out, True)
        else:
            out.add(value)

    def turn(item):
        found.changes()
        names = found.names(item)
        keep = True if found.cond is None else truths.of(found.cond(*names))
        alone = rows is None and type(found.iterable) is not range and not inside
        if isinstance(keep, Tensor) and alone and type(item) in PLAIN and not (_holds(item) or rollback.as_python()):
            keep = bool(keep)  # its error: the length of a list of Python's own items would hang on a tensor
        if loops.is_traced(keep):
            out.list()
            operators.if_stmt(keep, lambda: add(names), None, ())
        elif keep:
            add(names)

    if isinstance(found.iterable, StagedGenerator) and not found.iterable.begun():
        out.list()
        found.iterable.loop(turn, [], left=bool(guards.active()))
    elif rows is not None and not isinstance(rows.length(), int):
        out.list()
        operators.for_stmt(found.iterable, turn, ())
    else:
        for item in iterate(found.iterable):
            turn(item)


def _holds(item):
    """Whether a tuple has an item that is none of Python's own."""
    return type(item) is tuple and any(type(part) not in PLAIN or _holds(part) for part in item)


class StagedGenerator(iterators.Whole):
    """A generator expression or filter() in a trace where the number of items may be known only at run time, or the items are traced."""

    def __init__(self, found, name="generator"):
        self.name = name
        super().__init__()
        self.found = found

    def one_by_one(self):
        return _held(self.found)

    def listed(self):
        """[*generator]"""
        if self.begun():
            return lists.born(lists.TracedList(self))
        self.take(False)
        return listed(self.found)

    def loop(self, body, slots, going=None, left=False):
        """`for x in generator: body(x)`. slots: the places that it changes; going: asked before each turn, whether to go on;
        left: whether an exception may leave the loop for somebody who reads on."""
        from .. import operators

        def use(value):
            if type(value) is Clause:
                go_through(value)
            else:
                body(value)

        def go_through(found):
            def turn(item):
                found.changes()
                names = found.names(item)
                keep = True if found.cond is None else truths.of(found.cond(*names))
                if loops.is_traced(keep):
                    staged_if(_core.current_graph(), truth(keep, "the condition of `if`"), lambda: use(found.element(*names)), None, slots)
                elif keep:
                    use(found.element(*names))

            operators.for_in_trace(found.iterable, turn, slots, going, None)

        if self.begun():
            return go_through(Clause(self.reader, lambda x: x))
        self.take(going is not None or left)
        return go_through(self.found)

    def _loop(self, kept, step, going=None):
        """step(element) for each; kept: the place that it changes; going: asked before each, whether to go on."""
        born = journal.depth()

        def body(value):
            journal.touch(kept, born)
            step(value)

        self.loop(body, [kept], going, bool(guards.active()))

    def sum(self, start):
        """sum(...)."""
        total, lost = Hidden("the sum", start), Hidden("what rounding took of it", sums.begins(start))
        is_float = Hidden("whether it is a float", sums.is_float(start) or type(start) is int and start == 0)
        born = journal.depth()

        def step(x):
            new, gone = sums.plus(total.value, lost.value, x, is_float.value)
            _change(total, new, born)
            if gone is not None:
                _change(lost, gone, born)
                if sums.is_float(x):
                    _change(is_float, True, born)

        self.loop(step, [total, lost, is_float], None, bool(guards.active()))
        return sums.ended(total.value, lost.value)

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
            flag = truths.of(x)
            flag = truth(flag, "an item") if loops.is_traced(flag) else bool(flag)
            found.value = flag if wanted else not_(flag)

        self._loop(found, step, lambda: not_(found.value))
        return found.value if wanted else not_(found.value)


def _change(place, value, born):
    """Gives a place of a loop another value, if it is another."""
    if value is not place.value:
        journal.touch(place, born)
        place.value = value


def _held(found):
    """The elements as Python takes them, where all that decides their number is known."""
    from .calls import iterate

    for item in iterate(found.iterable):
        names = found.names(item)
        keep = True if found.cond is None else truths.of(found.cond(*names))
        if isinstance(keep, Tensor) and keep.is_symbolic:
            error = TypeError(f"a traced condition makes a generator of unknown length: write it as a loop{places.here()}")
            raise rollback.cannot(error, keep)
        if keep:
            value = found.element(*names)
            if type(value) is Clause:
                yield from _held(value)
            else:
                yield value
