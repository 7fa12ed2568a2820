"""The operators converted code calls (as `ag__`): Python's meaning for Python values, nodes for traced ones.

Whether a statement is recorded is decided here, by the value: a condition or an iterated thing that is a symbolic
tensor is staged, everything else runs as Python.
"""

import functools
import operator
import sys
import types

from . import _core
from ._core import (
    MOST_UNROLLED,
    PEEL_ABOVE,
    and_,
    assert_,
    aug_attr,
    aug_item,
    aug_item_attr,
    call,
    compare,
    del_attr,
    del_item,
    eq,
    for_stmt,
    ge,
    gt,
    if_exp,
    if_ret,
    if_stmt,
    in_,
    is_,
    is_not,
    ld,
    le,
    listcomp,
    lt,
    ne,
    new,
    not_,
    not_in,
    or_,
    set_attr,
    set_item,
    set_item_attr,
    stopped,
    text,
    try_stmt,
    while_stmt,
)  # fmt: skip
from .numpys.mapped import picked
from .staging import (
    arrays,
    conditionals,
    effects,
    facts,
    generators,
    guards,
    heaps,
    iterators,
    journal,
    lent,
    lists,
    loop_options,
    loops,
    methods,
    names,
    outside,
    places,
    rollback,
    rows,
    standins,
    states,
    texts,
    trees,
    tries,
    truths,
    twins,
    values,
)  # fmt: skip
from .staging.calls import iterate, outer_slots, shown
from .staging.contexts import suppressed, with_stmt
from .staging.definitions import bases, decorator, metaclass
from .staging.generators import Clause as clause
from .staging.journal import UNDEFINED
from .staging.kinds import class_of, pattern_class
from .staging.names import is_own
from .staging.opaque import program
from .staging.stars import star
from .staging.stores import changing

__all__ = [
    "and_", "aug_attr", "aug_item", "aug_item_attr", "assert_", "bases", "call", "changing", "class_of", "clause", "compare", "decorator", "del_attr", "del_item", "eq", "for_stmt", "ge", "genexp", "gt", "if_exp", "if_ret",
    "if_stmt", "in_", "is_", "is_not", "iter_", "ld", "le", "listcomp", "lt", "metaclass", "ne", "new", "not_", "not_in", "or_", "own_names", "pattern_class", "percent", "picked", "program", "raise_", "reader", "shown", "star",
    "set_attr", "set_item", "set_item_attr", "stopped", "stops", "suppressed", "text", "try_stmt", "while_stmt", "with_stmt",
]  # fmt: skip

Tensor = _core.Tensor
_current = _core.current_graph


def percent(template, operand):
    """`"..." % operand`."""
    if _current() is None and not isinstance(operand, Tensor):
        return template % operand
    from .staging import percent

    return percent.percent(template, operand)


# ---- statements: C runs them on Python values and hands traced ones over ----------------------------------


def _staged_if(cond, then, orelse, state):
    conditionals.staged_if(_graph(), cond, then, orelse, journal.slots((then, orelse), state))


def _staged_if_ret(cond, then, orelse, state):
    return conditionals.staged_if(_graph(), cond, then, orelse, journal.slots((then, orelse), state), results=True)


def _staged_if_exp(cond, then, orelse):
    return conditionals.staged_if(_graph(), cond, then, orelse, outer_slots((then, orelse)), results=True)


def _while_in_trace(test, body, state, asks, opts):
    """A loop that changes globals, attributes or items; ext/control.c does the same where it changes variables alone."""
    graph = _graph()
    options = loop_options.Options(opts)
    slots = options.slots(journal.slots((test, body), state, True))
    test, body = options.bounded(asks), options.counted(body)
    watch, ops = loop_options.Watch(graph), graph.n_ops
    start = ops
    while True:
        mark = graph.mark()
        before = [slot.get() for slot in slots]
        watched, graph.watched, first = graph.watched, 0, graph.n_ops + 1  # no `try` must take the question for the loop's own
        try:
            condition = truths.of(test())
        finally:
            graph.watched = watched
        if loops.is_traced(condition):
            if any(slot.get() is not old for slot, old in zip(slots, before)):
                if watched:  # it stands before the loop, and a `try` is asked about it
                    graph.undo(mark)
                    for slot, old in zip(slots, before):
                        slot.set(old)
                    condition = truths.of(test())
                return _while_assigning(test, body, slots, test, condition, options)
            graph.undo(mark)
            return _while_staged(test, body, slots, test, options)
        if watched:
            tries.unasked(first)
        long = graph.n_ops != ops and (
            watch.turns > PEEL_ABOVE or watch.turns > 1 and graph.n_ops - start > 2 * MOST_UNROLLED
        )
        if not condition or _while_rest(test, body, slots, test, long, options):
            return None
        ops = graph.n_ops
        body()
        watch.turn()


def _while_staged(test, body, state, asks, options=loop_options.NONE):
    """The loop from here on: its condition is traced."""
    graph = _graph()
    slots = state if type(state) is list else journal.slots((test, body), state, True)
    watch = loop_options.Watch(graph)
    key = places.loop_key()
    if options.unrolls(graph, key):
        while _asked(graph, key, lambda: bool(asks())):
            body()
            watch.turn()
        return
    mark = graph.mark()
    try:
        with _Loop(graph, key):
            loops.staged_loop(graph, slots, asks, body, options)
    except guards.InTest:
        graph.undo(mark)
        _while_assigning(test, body, slots, asks, truths.of(asks()), options)


def _while_rest(test, body, state, asks, long, options=None):
    """Records the rest of a loop whose condition is Python's, where its turns nest too deep in a `try` (tries.is_deep) or it is
    `long`; False where it is to be unrolled."""
    graph, key = _graph(), places.loop_key()
    options = options or loop_options.Options(None)
    if not (long or tries.is_deep()) or options.unrolls(graph, key):
        return False

    def unroll(error):
        raise _core.PinRequired(frozenset(), frozenset([key]), "an iteration of its own", error) from error

    options.refused = unroll
    try:
        _while_staged(test, body, state, asks, options)
    except (TypeError, ValueError, NotImplementedError, rollback.RunAsPython) as error:
        unroll(error)
    return True


def _asked(graph, key, number):
    """What an unrolled loop asks of its condition or bounds: the trace starts again with it pinned. Where a tensor decides it,
    the reason why the loop had to be unrolled is what the user must know."""
    try:
        return number()
    except TypeError:
        error = graph.extra["unrolled"][key]
        if error is None:
            raise
    raise error


def _while_assigning(test, body, state, asks, condition, options=loop_options.NONE):
    """`while (d := f()) > 1`: the body and what follows see what the test assigned, so it stands before and in the body."""

    graph, key = _graph(), places.loop_key()
    if options.unrolls(graph, key):
        watch, more = loop_options.Watch(graph), condition
        while _asked(graph, key, lambda: bool(more)):
            body()
            watch.turn()
            more = truths.of(asks())
        return
    slots = state if type(state) is list else journal.slots((test, body), state, True)

    def asked(value):
        value = truths.of(value)
        if loops.is_traced(value):
            return conditionals.truth(value, "the condition of `while`")
        return _core.constant(bool(value), "bool", (), None)

    def turn():
        body()
        going.value = asked(asks())

    going = journal.Hidden("going", asked(condition))
    with _Loop(graph, key):
        loops.staged_loop(graph, [going, *slots], lambda: going.value, turn, options)


def for_in_trace(iterable, body, state, extra_test, opts):
    graph = _graph()
    options = loop_options.Options(opts)
    slots = functools.cache(lambda of=body: options.slots(state if type(state) is list else journal.slots((of,), state, True)))
    extra_test, body = options.bounded(extra_test), options.counted(body)
    if isinstance(iterable, generators.StagedGenerator) and not iterable.begun():
        return iterable.loop(body, slots(), extra_test, bool(guards.active()))
    staged = iterable if isinstance(iterable, loops.StagedRange) else loops.as_range(iterable)
    if staged is not None:
        return _for_range(graph, staged, body, slots, extra_test, options)
    rows = loops.rows_of(iterable)
    if rows is not None:
        return _for_rows(graph, rows, body, slots, extra_test, options)
    if isinstance(iterable, lists.TracedList):
        return _for_list(graph, iterable, body, slots, extra_test, options)
    if type(iterable) is range:
        long = len(iterable) > PEEL_ABOVE
        graph.long_loops += long
        try:
            return _for_python_range(graph, iterable, body, slots, extra_test, options)
        finally:
            graph.long_loops -= long
    return _for_python(graph, iterable, body, slots, extra_test, options)


def _for_python(graph, iterable, body, slots, extra_test, options=loop_options.NONE):
    watch = loop_options.Watch(graph)
    loops.go_on(iterable)
    items = effects.held(graph, iter(iterable))
    alone, around = iterators.is_alone(iterable, items), journal.frames()
    iterators.enter(items, alone)
    long = type(iterable) in (list, tuple) and len(iterable) > PEEL_ABOVE
    while True:
        if journal.frames() != around:  # an exception may have left it
            inner = [frame.decider for frame in journal.frames()[len(around) :] if frame.decider is not None]
            iterators.leave(items, alone, *inner)
        if tries.is_deep():
            items = iterators.rest(iterable, items, None)
            return tries.unrolled(graph, items, body, slots(), extra_test)
        # asked before an item is taken: after a break, the iterator goes on where Python leaves it
        more = extra_test is None or extra_test()
        traced = loops.is_traced(more)
        if not traced and not more:
            return None
        for item in items:  # noqa: B007 - used below: next() in a form without an exception
            break
        else:
            return None
        if traced:
            iterators.leave(items, alone, more)
            loops.leave(graph, iterable, more)
            items = iterators.rest(iterable, items, more)
            return _for_guarded(graph, item, items, body, slots, extra_test, more)
        before = graph.n_ops
        body(item)
        watch.turn()
        if long and graph.n_ops != before:
            long = False
            if _for_long(graph, iterable, watch.turns, body, slots, extra_test, options):
                return None


def _for_list(graph, items, body, slots, extra_test, options):
    """A list whose length is known: unrolled, until the body makes its length depend on the run or it proves to be long."""
    watch = loop_options.Watch(graph)
    at, asked = 0, False
    while items.staged is None and at < len(items):
        if tries.is_deep():
            rest = iter(items)
            for _ in range(at):
                next(rest)
            return tries.unrolled(graph, rest, body, slots(), extra_test)
        more = True if extra_test is None else extra_test()
        before = graph.n_ops
        if loops.is_traced(more):
            if any(trees.apart(items[0], other) for other in list(items)):
                graph.extra["mixed"] = True  # which of them the variable has at the end, the run decides
            asked = True
            conditionals.staged_if(graph, more, functools.partial(body, items[at]), None, slots())
        elif more:
            body(items[at])
        else:
            return None
        watch.turn()
        at += 1
        if not asked and graph.n_ops != before and items.staged is None and len(items) - at > PEEL_ABOVE:
            asked = True
            if _for_long(graph, items, at, body, slots, extra_test, options):
                return None
    if items.staged is not None:
        _for_rows(graph, items, body, slots, extra_test, options, at)
    return None


def _for_long(graph, items, at, body, slots, extra_test, options):
    """Stages the rest of a loop over many numbers, tensors of one shape, or tuples of these, from item `at` on: False where they are
    something else. Where the body cannot be staged, or changes the list itself, tracing starts again with the loop unrolled."""
    key = places.loop_key()
    held = items.now() if isinstance(items, lists.TracedList) else tuple(items)
    row = None if options.unrolls(graph, key) or options.count is not None else lists.plain_row(held[at:])
    if row is None:
        return False

    def unroll(error):
        raise _core.PinRequired(frozenset(), frozenset([key]), "an iteration of its own", error) from error

    options = loop_options.Options(None)
    options.refused = unroll
    rest = lists.holding(lists.stage(held[at:], row))
    try:
        with _Loop(graph, key):
            loops.staged_rows(graph, rest, body, slots(), extra_test, options)
    except (TypeError, ValueError, NotImplementedError, rollback.RunAsPython) as error:
        unroll(error)
    now = items.now() if isinstance(items, lists.TracedList) else tuple(items)
    if type(now) is not tuple or len(now) != len(held) or any(map(operator.is_not, now, held)):
        unroll(TypeError(f"the list is changed while it is looped over{places.here()}"))
    return True


MOST_GUARDED = 1_000  # iterations behind a condition; an iterator without an end has more


def _for_guarded(graph, item, items, body, slots, extra_test, more):
    """A traced condition leaves a loop over Python values: the rest is unrolled, each iteration behind the condition."""
    watch, decider = loop_options.Watch(graph), more
    while True:
        conditionals.staged_if(graph, more, lambda item=item: body(item), None, slots())
        if watch.turns == MOST_GUARDED and not hasattr(items, "__length_hint__"):
            error = TypeError(
                f"this loop over an iterator has been unrolled {MOST_GUARDED:,} times, and only the run knows where it is left: loop "
                f"over range() of a number, or over a list{places.here()}"
            )
            raise rollback.cannot(error, decider)
        if tries.is_deep():
            return tries.unrolled(graph, items, body, slots(), extra_test)
        watch.turn()
        try:
            item = next(items)
        except StopIteration:
            return
        more = extra_test()
        if not (loops.is_traced(more)):
            if not more:
                return
            more = _core.constant(True, "bool", None, None)


def _for_range(graph, r, body, slots, extra_test, options):
    key = places.loop_key()
    if options.unrolls(graph, key):
        items = _asked(graph, key, lambda: range(r.start, r.stop, r.step))
        return _for_python(graph, items, body, slots, extra_test)
    with _Loop(graph, key):
        loops.staged_range(graph, r, body, slots(), extra_test, options)


def _for_rows(graph, rows, body, slots, extra_test, options, start=0):
    key = places.loop_key()
    if options.unrolls(graph, key):
        rows_ = (rows.at(i) for i in _places(graph, key, rows, start))
        if isinstance(rows, loops.Once):
            rows.take(False)
            rows.reader.items, rows_ = rows_, rows.reader
        return _for_python(graph, rows_, body, slots, extra_test)
    if isinstance(rows, loops.Once):
        rows.take(extra_test is not None or bool(guards.active()))
    if isinstance(rows, loops.Rows):
        graph.extra.setdefault("of_tensors", set()).add(key)
    with _Loop(graph, key):
        loops.staged_rows(graph, rows, body, slots(), extra_test, options, start)


def _places(graph, key, rows, start):
    """The numbers of the rows from `start` on, for a loop that is unrolled, as Python numbers; a list may grow meanwhile."""
    while start < _asked(graph, key, lambda: operator.index(rows.length())):
        yield start
        start += 1


def _for_on(items, body, state, extra_test, more):
    """The rest of a loop over a Python range from ext/control.c: `more` is its traced extra_test(), or None for a long loop that
    makes nodes. False when it has to be unrolled, and to go on there."""
    graph = _graph()
    key = places.loop_key()

    def slots():
        return journal.slots((body,), state, True)

    if key not in graph.extra["unrolled"]:
        _for_rest(graph, items, body, slots, extra_test, key, loop_options.Options(None))
        return True
    if tries.is_deep():
        tries.unrolled(graph, iter(items), body, slots(), extra_test)
        return True
    if more is None:
        return False
    _for_guarded(graph, items[0], iter(items[1:]), body, slots, extra_test, more)
    return True


def _for_python_range(graph, items, body, slots, extra_test, options):
    """A loop over a Python range that has options; ext/control.c has those without."""
    key = places.loop_key()
    if options.unrolls(graph, key):
        return _for_python(graph, items, body, slots, extra_test)
    if options.unroll is False and items:
        return _for_rest(graph, items, body, slots, extra_test, key, options)
    long = len(items) > PEEL_ABOVE
    watch = loop_options.Watch(graph)
    for at, item in enumerate(items):
        if tries.is_deep():
            return tries.unrolled(graph, iter(items[at:]), body, slots(), extra_test)
        if extra_test is not None:
            more = extra_test()
            if loops.is_traced(more):
                return _for_rest(graph, items[at:], body, slots, extra_test, key, options)
            if not more:
                return None
        before = graph.n_ops
        body(item)
        watch.turn()
        if long and graph.n_ops != before and at + 1 < len(items):
            return _for_rest(graph, items[at + 1 :], body, slots, extra_test, key, options)
    return None


def _for_rest(graph, items, body, slots, extra_test, key, options):
    """Stages the rest of a Python range; where its body cannot be, tracing starts again with the loop unrolled."""

    def unroll(error):
        raise _core.PinRequired(frozenset(), frozenset([key]), "an iteration of its own", error) from error

    with _Loop(graph, key):
        r = loops.StagedRange(items.start, items.stop, items.step)
        options.refused = unroll
        try:
            loops.staged_range(graph, r, body, slots(), extra_test, options)
        except (TypeError, ValueError, NotImplementedError) as error:
            if options.unroll is False:
                raise
            unroll(error)


class _Loop:
    """While it is entered, regions opened belong to this loop of the source: a pin of its variables unrolls it."""

    def __init__(self, graph, key):
        self.loops, self.key = graph.extra["loops"], key

    def __enter__(self):
        self.loops.append(self.key)

    def __exit__(self, *exc):
        self.loops.pop()
        return False


# ---- expressions ----------------------------------------------------------------------------------------


def _staged_not(value):
    value = truths.of(value)
    if not loops.is_traced(value):
        return not value
    flag = conditionals.truth(value, "the operand of `not`")
    return facts.opposite(flag, _core.op("NOT", [flag]))


def _going(flag, *flags):
    """That none of the flags is set, traced ones among them."""
    return not_(or_(flag, *(lambda value=value: value for value in flags)))


def _staged_and(value, *rest):
    value = ld(value, "an operand of `and`")
    if not loops.is_traced(value):
        empty = lists.EMPTY if isinstance(value, lists.TracedList) and value.staged is not None else value
        return if_exp(value, lambda: _tail(and_, rest), lambda: empty)
    test, then = conditionals.truth(value, "an operand of `and`"), []
    result = conditionals.staged_if(_graph(), test, lambda: _noted(then, _tail(and_, rest)), lambda: value, outer_slots(rest), results=True)
    return facts.both(test, *then, result) if then else result


def _staged_or(value, *rest):
    value = ld(value, "an operand of `or`")
    if not loops.is_traced(value):
        return if_exp(value, lambda: value, lambda: _tail(or_, rest))
    test, orelse = conditionals.truth(value, "an operand of `or`"), []
    result = conditionals.staged_if(_graph(), test, lambda: value, lambda: _noted(orelse, _tail(or_, rest)), outer_slots(rest), results=True)
    return facts.either(test, *orelse, result) if orelse else result


def _noted(found, value):
    found.append(value)
    return value


def _tail(op, rest):
    return op(rest[0](), *rest[1:])


_core.staged.update(
    array=arrays.Array,
    if_stmt=_staged_if, if_ret=_staged_if_ret, if_exp=_staged_if_exp, while_stmt=_while_in_trace,
    going=_going, while_staged=_while_staged, while_assigning=_while_assigning, while_rest=_while_rest, for_stmt=for_in_trace, for_on=_for_on,
    and_=_staged_and, or_=_staged_or, not_=_staged_not, truth=truths.of, undefined=names.as_python_says,
)  # fmt: skip

def _compare_rest(first, left, rest):
    """A chain of comparisons from its first traced one on."""
    return and_(first, lambda: compare(left, *rest))


def _staged_is(a, b):
    """`a is b`; for a value that may be absent, whether it is that object in this run."""
    if a is b and isinstance(a, trees.Choice):
        return True
    if isinstance(a, trees.Choice) and (b is True or b is False):
        return a.apply(lambda v: is_(v, b))
    if isinstance(a, trees.Choice) or isinstance(b, trees.Choice):
        choice, other = (a, b) if isinstance(a, trees.Choice) else (b, a)
        choice = choice.defined("it")
        if isinstance(other, trees.Choice) or arrays.may_be_named(other):  # an option may be another name of it
            return choice.apply(lambda v: is_(v, other)) if isinstance(choice, trees.Choice) else is_(choice, other)
        return choice.is_object(other)
    if isinstance(a, Tensor) and a.is_symbolic and a.alts is not None:
        return _is_alt(a, b)
    if isinstance(b, Tensor) and b.is_symbolic and b.alts is not None:
        return _is_alt(b, a)
    if b is True or b is False:
        return _is_bool(a, b)
    if a is True or a is False:
        return _is_bool(b, a)
    if heaps.is_inner(a) and heaps.is_inner(b):
        homes = heaps.home(a), heaps.home(b)
        handles = [_core.cast(x.handle, "int64", True) for x in homes]  # weak ones: their comparison is Python's bool
        return homes[0].group == homes[1].group and _core.binary("EQ", *handles)
    if a is not b and (arrays.may_be_one(a, b) or arrays.parts.may_be_one(a, b)):
        heaps.learn([box for box in (a, b) if arrays.may_be_named(box)])
        raise rollback.cannot(TypeError(f"whether these names are of one object is known only when the function runs{places.here()}"))
    if a is not b and (lists.may_be_one(a, b) or states.are_dicts_of_arguments(a, b)):
        word = "dicts" if type(a) is dict else "lists"
        raise rollback.cannot(TypeError(f"whether two {word} of the caller's are one object is not known to a trace{places.here()}"))
    if a is not b and lent.may_be_one(a, b):
        raise rollback.cannot(TypeError(f"whether these names are of one array is known only when the function runs{places.here()}"))
    states.tell_apart(a, b)
    return lent.are_one(a, b) or twins.is_one(a, b)


def _is_bool(value, which):
    """`value is True`: a traced bool of Python's is one of the two."""
    if isinstance(value, Tensor) and value.is_symbolic and _core.is_python_bool(value):
        return value if which else _core.op("NOT", [value])
    if isinstance(value, Tensor) and value.is_symbolic and values.is_later_bool(value):
        error = TypeError(
            f"`is {which}` of a loop's variable that is a Python bool before the loop and a tensor after one iteration, which is "
            f"never {which} itself: ask for its truth (`if flag`), or start it with tf.constant({which}){places.here()}"
        )
        raise rollback.cannot(error)
    return value is which


def _is_alt(maybe, other):
    if UNDEFINED in [alt for alt in maybe.alts if alt is UNDEFINED]:
        maybe = values.defined(maybe)
        if not isinstance(maybe, Tensor) or maybe.alts is None:
            return maybe is other
    if isinstance(other, Tensor):
        return maybe is other
    for i, alt in enumerate(maybe.alts):
        if alt is other:
            tag = maybe.tag
            is_it = values.pythons_bool(_core.binary("EQ", tag, values._tag(i + 1)))
            return facts.tell(is_it, tag, {i + 1}, set(range(len(maybe.alts) + 1)) - {i + 1})
    return False


def _staged_is_not(a, b):
    return not_(is_(a, b))


def _for_each_option(maybe, fn):
    """fn of what a value that may be absent is in this run."""
    value = values.defined(maybe)
    return trees.as_choice(value).apply(fn) if values.is_maybe(value) else fn(value)


def _staged_order(a, op, b):
    """`a op b`, op a name in `operator`: of two tuples or records by their parts, of what may be absent by what it is."""
    a, b = values.defined(a), values.defined(b)
    if values.is_maybe(a) and (op in ("eq", "ne") or a.payload is None):
        return _for_each_option(a, lambda v: _staged_order(v, op, b))
    if values.is_maybe(b) and (op in ("eq", "ne") or b.payload is None):
        return _for_each_option(b, lambda v: _staged_order(a, op, v))
    if rows.has_traced(a) or rows.has_traced(b) or op in ("eq", "ne") and type(a).__eq__ is object.__eq__:
        return rows.compared(a, op, b)
    return getattr(operator, op)(a, b)


def _staged_in(item, box):
    box = box.tensor if isinstance(box, arrays.Array) else values.read(box)
    if isinstance(item, trees.Choice):
        return item.apply(lambda v: in_(v, box))
    if isinstance(box, trees.Choice):
        return box.apply(lambda v: in_(item, v))
    if isinstance(box, lists.TracedList) and box.staged is not None:
        return box.__contains__(item)
    if isinstance(box, Tensor) and box.is_symbolic and box.dtype.name == "string" and box.shape.rank == 0:
        return _core.op("STR_IN", [_core.convert(item), box])
    if isinstance(box, (bytes, bytearray)) and isinstance(item, Tensor):
        return operator.index(item) in box
    if isinstance(box, Tensor) and (box.weak and box.shape.rank == 0 or _core.is_python_bool(box)):
        kind = "bool" if not box.weak else "int" if box.dtype.is_integer else "float"
        raise TypeError(f"argument of type '{kind}' is not iterable{places.here()}")
    if isinstance(box, Tensor) and box.is_symbolic:
        same = _core.binary("EQ", box, item)
        return _core.op("ANY", [same], {"axis": tuple(range(same.shape.rank)), "keep_dims": 0})
    if isinstance(box, loops.StagedRange) or (
        type(box) is range and isinstance(item, Tensor) and item.is_symbolic
    ):
        return _in_range(item, box)
    if values.is_maybe(box):
        return _for_each_option(box, lambda v: in_(item, v))
    method = methods.own(box, "__contains__")
    if method is not None:
        return call(bool, call(method, box, item))
    known = isinstance(box, (list, tuple))
    if rows.has_traced(item) and (known or isinstance(box, (set, frozenset, dict))) or known and (any(map(rows.has_traced, box)) or twins.has(item)):
        result = False
        for other in box:
            result = or_(result, lambda other=other: eq(item, other))
        return result
    return item in box


def _in_range(item, r):
    if isinstance(r.step, Tensor):
        inside = and_(r.step > 0, lambda: and_(item >= r.start, lambda: item < r.stop))
        inside = or_(inside, lambda: and_(r.step < 0, lambda: and_(item <= r.start, lambda: item > r.stop)))
    elif r.step > 0:
        inside = and_(item >= r.start, lambda: item < r.stop)
    else:
        inside = and_(item <= r.start, lambda: item > r.stop)
    return and_(inside, lambda: (item - r.start) % r.step == 0)


def _staged_not_in(item, box):
    return not_(in_(item, box))


def iter_(value):
    """What a generator expression iterates over."""
    return iterate(value)


def reader(generator):
    """A generator expression that is given a name, or handed on."""
    return iterators.read(generator) if type(generator) is types.GeneratorType else generator


def _staged_listcomp(iterable, element, cond=None, unpack=None):
    """[element(*unpack(x)) for x in iterable if cond(*unpack(x))]; the element may be a clause, see generators.py."""
    found = clause(iterable, element, cond, unpack)
    if _current() is not None:
        return generators.listed(found)
    made = []
    generators.fill(found, made.append)
    return made


def genexp(iterable, element, cond=None, *unpack):
    """(element(*unpack(x)) for x in iterable if cond(*unpack(x))), the only argument of a call."""
    found = clause(iterable, element, cond, *unpack)
    if _current() is not None and (loops.rows_of(iterable) is not None or unpack or generators.stops_early(found) or cond and type(iterable) in _LISTS):
        return generators.StagedGenerator(found)
    if unpack:
        return generators.items(found, iter(iterable))
    if cond is None:
        return iterators.read((element(x) for x in iterable), found)
    return iterators.read((element(x) for x in iterable if cond(x)), found)


_LISTS = (list, tuple, range, lists.TracedList)  # what is left to take of these does not hang on who else has taken


def _staged_ld(value, name):
    """A read where Python would notice an undefined variable."""
    if value is UNDEFINED:
        raise UnboundLocalError(f"cannot access local variable '{name}' where it is not associated with a value")
    if isinstance(value, Tensor) and value.alts is not None and any(alt is UNDEFINED for alt in value.alts):
        return values.defined(value)
    if isinstance(value, trees.Choice):
        return value.defined(name)
    return value




def stops():
    """No arguments, for a breakpoint() that follows: says what it stops when that is a trace."""
    graph = _current()
    if graph is not None and not graph.extra.get("stopped"):
        graph.extra["stopped"] = True
        print(
            "autograph: breakpoint() stops here while the function is traced: traced values have no numbers yet, and calls "
            "that reuse this trace do not stop.\nautograph: to stop in every call, with real values: "
            f"ag.config.run_functions_eagerly(True){places.here()}",
            file=sys.stderr,
        )
    return ()


def own_names(names):
    """What locals(), vars() or dir() gives, without the names that the converter made."""
    kept = [name for name in names if name != "ag__" and not is_own(name)]
    if len(kept) == len(names):
        return names
    return kept if type(names) is list else {name: names[name] for name in kept}


def _new(items):
    if type(items) is not list:
        return outside.remember(items)
    made = lists.born(lists.TracedList(items))
    for item in items:
        lent.hold(made, item)
    return made


# ---- assert, raise ---------------------------------------------------------------------------------------


def _staged_assert(test, message=None):
    test = truths.of(test)
    if loops.is_traced(test):
        effects.staged_assert(_graph(), conditionals.truth(test, "the condition of `assert`"), message)
    elif not test:
        error = AssertionError() if message is None else AssertionError(names.made(message))
        graph = _current()
        if graph is not None and effects.in_branch() and not guards.here():
            effects.staged_raise(graph, error)
        raise error


_core.staged.update(
    is_=_staged_is, is_not=_staged_is_not, order=_staged_order, in_=_staged_in, not_in=_staged_not_in, compare_rest=_compare_rest, ld=_staged_ld,
    listcomp=_staged_listcomp, new=_new, assert_=_staged_assert, text=texts.text,
)  # fmt: skip


def raise_(make, cause=None):
    """`raise make() from cause()`: in a staged branch it is recorded, else the exception comes back to be raised."""
    exception = names.made(make)
    if isinstance(exception, type) and issubclass(exception, BaseException):
        exception = exception()
    graph = _current()
    if graph is None or not isinstance(exception, BaseException):
        return exception if cause is None else _chain(exception, names.made(cause))
    if cause is not None:
        exception = _chain(exception, names.made(cause))
    if (guards.here() or standins.raises_at_once()) and isinstance(exception, Exception):
        exception._ag_meant = True
        return exception
    if effects.in_branch() or effects.traced(exception.args) or effects.acted(graph):
        effects.staged_raise(graph, exception)
    return exception


def _chain(exception, cause):
    """`exception` from `cause`; what is no exception is left for `raise` to say so."""
    if isinstance(exception, BaseException):
        if isinstance(cause, type) and issubclass(cause, BaseException):
            cause = cause()
        if cause is not None and not isinstance(cause, BaseException):
            return TypeError("exception causes must derive from BaseException")
        exception.__cause__ = cause
    return exception


def _graph():
    graph = _current()
    if graph is None:
        raise TypeError("a symbolic tensor was used outside the trace that made it" + places.here())
    return graph
