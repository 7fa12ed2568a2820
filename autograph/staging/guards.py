"""`try` and `with` round traced code: what fails when the graph runs must meet the handler that plain Python would take.

tries.py makes branches of what fails where a condition tells it. This file is for the rest: failures that no condition tells,
what handlers of `except*` raise, and context managers of other code that swallow exceptions (contexts.py). Those run while tracing. So an operation
that may fail with what they catch is not left to the run. A function of nothing but numbers runs as Python then (rollback.py).
Beside arrays the numbers that decide whether it fails are pinned, the trace starts again, and Python itself computes it and takes
the handler or does not. Where tensors decide, tracing stops with an error that names both lines. What nobody catches stays in the graph.

The overflow of whole numbers is none of Python's errors, so no handler is for it: it passes all of them (see fails_with).
"""

import threading

from .. import _core
from . import journal, places, rollback

Tensor = _core.Tensor


class Refusal(BaseException):
    """Carries the TypeError of a `try` that cannot be traced past the handlers of the `try` itself."""


class InTest(BaseException):
    """A `try` would deal with what the test of a loop raises: the loop starts again, its test as part of its body."""


class _Active(threading.local):
    def __init__(self):
        self.guards = []


_active = _Active()


class Guard:
    """One `try`, `with` or `finally` being traced; as a context manager it is round what it watches.

    caught: a callable for the class or classes that its handlers name, None for all of them; looked at when something may fail."""

    __slots__ = ("graph", "caught", "word", "first", "region", "depth", "place", "outer")

    def __init__(self, graph, caught, word):
        self.graph, self.caught, self.word = graph, caught, word

    def begin(self):
        graph = self.graph
        self.first, self.region = graph.n_ops + 1, graph.region_current()
        self.depth, self.place = journal.depth(), places.here()
        self.outer, graph.watched = graph.watched, 1
        _active.guards.append(self)

    def end(self):
        self.graph.watched = self.outer
        while _active.guards and _active.guards.pop() is not self:
            pass

    def __enter__(self):
        self.begin()

    def __exit__(self, kind, error, traceback):
        self.end()
        if error is not None:
            rollback.check(error)
            if self.catches(kind):
                pass_refusals(error)
        self.settle(kind)
        return False

    def settle(self, leaving=None):
        """Asks for the numbers that decide whether something in it fails. `leaving`: the class of what left it, or None."""
        if leaving is None or not issubclass(leaving, PASSING):
            for op in self.graph.raising(self.first):
                failure = fails_with(self.graph, op)
                if failure is not None and self.catches(failure):
                    self.demand(op, failure)

    def catches(self, failure):
        return self.caught is None or is_one_of(failure, self.caught())

    def demand(self, op, failure):
        where = op.loc
        line = f" in line {where[1]}" if where else ""
        if rollback.as_python():  # a trace for each number would cost more than Python does
            raise rollback.RunAsPython(
                f"a `{self.word}` deals with {a(failure)} that may come{line}", self.place
            )
        hangs_on = self.graph.pin_operation(
            op,
            self.region,
            f"a number that decides whether {f'line {where[1]}' if where else 'it'} raises {a(failure)} in a `{self.word}`",
        )
        if hangs_on:
            hangs_on = f": that depends on '{hangs_on}', which is known only when the function runs"
        instead = "write it as a `try` with an `except`, which is compiled" if self.word == "with" else "test for the error with `if` before it happens"
        raise Refusal(
            TypeError(
                f"this `{self.word}` would have to deal with {a(failure)} that may come{line}{hangs_on}. What it does is decided "
                f"while tracing: {instead}, or put the `{self.word}` round the call of the "
                f"compiled function.{_text_of(where)}{self.place}"
            )
        )


def pass_refusals(error):
    """Before a handler meets an exception: raises what the trace cannot hold past all handlers, since plain Python has no such error."""
    if getattr(error, "_ag_refused", False):
        raise Refusal(error) from error


UPDATES = {"AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp", "FetchAddVariableOp"}
ACTS = UPDATES | {"PrintV2", "Assert", "PyFunc", "ForeignCall"}


def active():
    """The guards round this point, the innermost last."""
    return _active.guards


def here():
    """Whether a `try` of this very body is round this point: what is raised here is Python's to handle."""
    guards, scope = _active.guards, conditionals.current_scope()
    if not guards or guards[-1].graph is not _core.current_graph():
        return False
    return guards[-1].depth == journal.depth() or (scope is not None and scope.guard is guards[-1])


# ---- what may fail -----------------------------------------------------------------------------------------


def fails_with(graph, op):
    """The class of the exception that a run may stop at this operation with, or None when none of Python's can come.

    Whole numbers that leave 64 bits do not count: Python's go on."""
    kind = op.type
    if kind in _NEVER or _is_sure(graph, op):
        return None
    if kind in ("Raise", "PyIndex"):
        return _raised_by(graph.sites[op.get_attr("site")])
    if kind in ("PyFloorDiv", "PyMod", "PyTrueDiv", "FloorDiv", "FloorMod"):
        x, y = op.inputs
        if y.dtype.is_floating and kind in ("FloorDiv", "FloorMod"):
            return None
        return None if _known_to(y, lambda v: v != 0) else ZeroDivisionError
    if kind == "PyPow":
        x, y = op.inputs
        if x.dtype.is_integer and _known_to(y, lambda v: v >= 0):
            return None
        return ZeroDivisionError if x.dtype.is_integer else OverflowError
    if kind in ("PyLeftShift", "PyRightShift", "Pow"):
        x, y = op.inputs
        return None if y.dtype.is_floating or _known_to(y, lambda v: v >= 0) else ValueError
    if kind in ("PyInt", "PyRound"):
        return OverflowError
    if kind in ("PyPowMod", "PyMath"):
        return ValueError
    if kind in ("Element", "GatherV2", "SetElement"):
        return None if _in_range(graph, op) else _core.OutOfRangeError
    if kind in ("GatherNd", "TensorScatterUpdate", "Substr"):
        return _core.OutOfRangeError
    if kind == "Assert":
        return _core.AssertionFailed
    if kind == "CheckBound":
        return UnboundLocalError
    if kind in _OF_SHAPES:
        shapes = [t.shape for t in (*op.inputs, *op.outputs)]
        if all(s.rank is not None and None not in tuple(s) for s in shapes):
            return (
                _core.InvalidArgumentError if kind in _OF_SOME and 0 in tuple(shapes[0]) else None
            )
    return _core.InvalidArgumentError


def _raised_by(site):
    """The class of what a Raise raises: of the user's own, or of an operand that is none (ext/maybe.c)."""
    if getattr(site, "__name__", "") == "overflow_error":  # an int of more than 64 bits
        return None
    return getattr(site, "kind", TypeError)


def is_ours(graph, op):
    """Whether a Raise is no statement of the user's: an operand that may be None."""
    return not hasattr(graph.sites[op.get_attr("site")], "kind")


# Those that fail for the shapes of their operands alone: not when these are known and were found to fit.
_OF_SHAPES = {
    "BroadcastTo", "Reshape", "ConcatV2", "Pack", "Unpack", "SetSlice", "Max", "Min", "ArgMax", "ArgMin", "BatchMatMulV2",
}  # fmt: skip
_NEVER = UPDATES | {
    "PyAdd", "PySub", "PyMul", "PyNeg", "PyAbs", "PrintV2", "PyFunc", "ForeignMap", "ForeignCall", "ReadVariableOp", "StridedSliceDyn",
    "TensorListPut", "TensorListWrite", "TensorListMove", "PyFit",
}  # fmt: skip
_OF_SOME = {"Max", "Min", "ArgMax", "ArgMin"}


def _known_to(x, holds):
    value = _core.known(x)
    return value is not None and holds(value)


def _is_sure(graph, op):
    if not op.outputs:
        return False
    value = op.outputs[0]._value
    sure = graph.extra.get("sure", {}).get(value)
    return sure is not None and sure._value == value


def _in_range(graph, op):
    if op.type == "GatherV2":
        return False
    x, *indices = op.inputs
    if op.type == "SetElement":
        indices = indices[1:]
    for size, i in zip(x.shape, indices):
        known = _core.known(i)
        if size is None or known is None or not -size <= known < size:
            return False
    return True


def row(x, i, checked=False):
    """x[i] of a traced x, where i is known to be one of its rows. checked: by the run, right before."""
    with tries.sure():
        value = _core.op("ELEMENT", [x, i], {"sure": 1} if checked else {})
    graph = _core.current_graph()
    if graph is not None and value.is_symbolic:
        _keep_sure(graph, value)
    return value


def surely(make):
    """make(), whose operations cannot fail but for what has been asked before."""
    graph = _core.current_graph()
    if graph is None or not graph.watched:
        return make()
    first = graph.n_ops + 1
    with tries.sure():
        value = make()
    for op in graph.raising(first):
        for out in op.outputs[:1]:
            _keep_sure(graph, out)
    return value


def _keep_sure(graph, value):
    graph.extra.setdefault("sure", {})[value._value] = value


def are_classes(kinds):
    """Whether Python takes this, known while tracing, behind `except`."""
    kinds = kinds if isinstance(kinds, tuple) else (kinds,)
    return all(isinstance(k, type) and issubclass(k, BaseException) for k in kinds)


def is_one_of(failure, classes):
    if isinstance(classes, tuple):
        return any([is_one_of(failure, c) for c in classes])
    from . import trees  # which needs what is made of values, as these are

    if isinstance(classes, trees.Choice) or isinstance(classes, _core.Tensor) and classes.is_symbolic:
        error = rollback.cannot(
            TypeError(f"which exceptions a `try` deals with is decided while tracing: the run chooses the class here{places.here()}"),
            classes._tag if isinstance(classes, trees.Choice) else classes,
        )
        raise error if isinstance(error, PASSING) else Refusal(error)
    return isinstance(classes, type) and issubclass(failure, classes)


def a(failure):
    name = failure.__name__
    return f"an {name}" if name[0] in "AEIOU" else f"a {name}"


def _text_of(where):
    if not where:
        return ""
    import linecache

    file, line, function = where
    text = linecache.getline(file, line).strip()
    return f'\n  File "{file}", line {line}, in {function}' + (f"\n    {text}" if text else "")


from . import conditionals, tries  # noqa: E402 - a `try` is a guard

PASSING = (_core.PinRequired, rollback.RunAsPython, rollback.BranchEnds, Refusal, InTest, rollback.Learn)
