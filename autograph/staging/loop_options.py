"""What `set_loop_options` says of one loop, and the warning of a loop that is unrolled into very many operations."""

import warnings

from .. import _core
from . import journal, places

Tensor = _core.Tensor
TOO_MANY = 10_000  # operations of one unrolled loop
FAR_TOO_MANY = 400  # times TOO_MANY: such a graph takes a minute and gigabytes, and most likely never ends
_KNOWN = ("parallel_iterations", "swap_memory", "maximum_iterations", "shape_invariants", "unroll")


class Options:
    """The options of one loop while it is traced. parallel_iterations and swap_memory are hints that change nothing."""

    def __init__(self, given):
        given = given or {}
        unknown = [name for name in given if name not in _KNOWN]
        if unknown:
            raise TypeError(f"set_loop_options() has no option {unknown[0]!r}; it has {', '.join(_KNOWN)}{places.here()}")
        self.unroll = given.get("unroll")
        if self.unroll not in (None, True, False):
            raise TypeError(f"set_loop_options(unroll=...) takes True, False or None, not {self.unroll!r}{places.here()}")
        self.most = given.get("maximum_iterations")
        self.count = None if self.most is None else journal.Hidden("iterations", 0)
        self.refused = None  # called with what a body fails with while it is traced, if that is not for the run
        invariants = given.get("shape_invariants")
        self.invariants = [] if invariants is None else [_invariant(pair) for pair in invariants()]

    def slots(self, slots):
        return slots if self.count is None else [self.count, *slots]

    def bounded(self, test):
        """The test of the loop, false after `maximum_iterations`."""
        if self.count is None:
            return test
        return lambda: _core.and_(self.count.value < self.most, test or (lambda: True))

    def counted(self, body):
        """The body of the loop, counting its iterations."""
        if self.count is None:
            return body

        def turn(*item):
            self.count.value = self.count.value + 1
            body(*item)

        return turn

    def unrolls(self, graph, key):
        return self.unroll is True or key in graph.extra["unrolled"]

    def shape_for(self, leaf):
        """The declared shape of a loop variable that starts as `leaf`: a tuple, None for any rank; () -> KeyError."""
        for value, shape in self.invariants:
            if value is leaf:
                return shape
        raise KeyError


NONE = Options(None)


def _invariant(pair):
    value, shape = pair
    shape = getattr(shape, "shape", shape)  # a TensorSpec
    shape = _core.TensorShape(shape)
    shape = None if shape.rank is None else tuple(shape)
    if isinstance(value, Tensor) and value.shape.rank is not None and shape is not None:
        now = tuple(value.shape)
        if len(now) != len(shape) or any(m is not None and m != n for m, n in zip(shape, now)):
            raise ValueError(
                f"set_loop_options: the shape invariant {shape} does not fit the loop variable, which has shape {now} before the "
                f"loop{places.here()}"
            )
    return value, shape


class Watch:
    """Counts the operations that the iterations of an unrolled loop make."""

    def __init__(self, graph):
        self.graph, self.most, self.turns = graph, graph.n_ops + TOO_MANY, 0

    def turn(self):
        """After each iteration."""
        self.turns += 1
        if self.graph.n_ops > self.most:
            self.most += TOO_MANY * (FAR_TOO_MANY - 1)
            unrolled_far(self.turns)


def unrolled_far(turns):
    """Warns of the loop that is being unrolled, once for each loop of a function; refuses to go on where it has gone far too far."""
    graph, key = _core.current_graph(), places.loop_key()
    if graph.n_ops > TOO_MANY * FAR_TOO_MANY:
        raise RuntimeError(
            f"the loop was unrolled into more than {TOO_MANY * FAR_TOO_MANY:,} operations by iteration {turns:,} and has not ended. "
            "Nothing that the run decides ends it: let a number or a tensor be its condition, or its `break`'s, so that it is "
            f"recorded once{places.here()}"
        )
    function = graph.extra.get("function")
    known = (graph.extra if function is None else function.__dict__).setdefault("_warned_of", set())
    if key is None or key in known:
        return
    known.add(key)
    file, name, line = key
    import linecache

    text = linecache.getline(file, line).strip()
    warnings.warn(
        f"the loop in {name}() was unrolled into more than {TOO_MANY:,} operations by iteration {turns:,}, which makes "
        "tracing and compiling slow. Loop over a tensor or over range() of a number so that it is recorded once, or say "
        f'set_loop_options(unroll=False) as its first statement\n  File "{file}", line {line}, in {name}\n    {text}',
        stacklevel=4,
    )


_core.staged["unrolled_far"] = unrolled_far
