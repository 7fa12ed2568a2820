"""`with` statements: in a trace, one of the user's context managers is a `try` whose handler is its `__exit__`.

    with manager as x:              x = manager.__enter__()
        y = 10 // x         ->      try:
                                        y = 10 // x
                                    except BaseException as e:
                                        if not manager.__exit__(type(e), e, e.__traceback__):
                                            raise
                                    else:
                                        manager.__exit__(None, None, None)

So what fails in the body when the graph runs leaves it by `__exit__` (tries.py). A manager that is not converted (a lock, a
tape, a generator of contextlib) enters and leaves while tracing; where it may put exceptions aside, what may fail in its body is
asked for while tracing too (guards.py). A generator that only shows something (it prints, logs, takes the time) is entered and left
by the run: nothing that is traced between can tell.
"""

import threading
import types

from .. import _core
from . import effects, guards, journal, names, opaque, places, reach, rollback, tries
from .conditionals import staged_if


def with_stmt(manager, body, aside, state):
    """The operator for `with` of one manager.

    body: a function of what was entered, which changes the places named in state. aside: takes back the jumps of a body whose
    exception was put aside, or None. Returns what the body returned."""
    graph = _core.current_graph()
    if graph is None:
        with manager as entered:
            return names.made(body, entered)
        return None if aside is None else aside()
    if not rollback.as_python() and _only_shows(manager):
        manager = _AtRun(graph, manager)
    opaque.enter(manager)
    if type(manager).__name__ == "errstate":
        _refuse_to_tell(manager)
    if type(manager) is _AtRun or _is_users(manager):
        functions = [f for f in (body, aside) if f is not None]
        return With(graph, manager, journal.slots(functions, state), aside).enter(body)
    _warn(manager)
    with _watched(graph, manager) as entered:
        return body(entered)
    return None if aside is None else aside()


class With(tries.Try):
    """The `with` of a manager whose methods are converted."""

    __slots__ = ("manager", "slots", "aside", "swallows", "left")

    def __init__(self, graph, manager, slots, aside):
        shows = tries.prints(type(manager).__exit__)
        super().__init__(graph, ((None, self._failed),), slots, "with", shows)
        self.manager, self.slots, self.aside = manager, slots, aside
        self.swallows, self.left = _may_swallow(manager), False

    def enter(self, body):
        """What body(what was entered) returns."""
        kind = type(self.manager)
        entered = _call(kind.__enter__, self.manager)
        try:
            return self.run(lambda: body(entered), self._done)
        except (
            guards.PASSING
        ) as passing:  # the trace is given up, and what entering did meanwhile is undone
            if not self.left and not isinstance(passing, rollback.BranchEnds):
                kind.__exit__(self.manager, type(passing), passing, passing.__traceback__)
            raise

    def _done(self, value):
        self.left = True
        _call(type(self.manager).__exit__, self.manager, None, None, None)
        return value

    def _failed(self, error):
        puts_aside = _call(
            type(self.manager).__exit__, self.manager, type(error), error, error.__traceback__
        )
        if loops.is_traced(puts_aside):
            return staged_if(
                self.graph, puts_aside, self.aside, lambda: tries.raise_again(error), self.slots
            )
        if not puts_aside:
            raise error
        return None if self.aside is None else self.aside()

    def demand(self, op, failure):
        """Where the exception goes on in any case, and tensors decide whether it comes, leaving is all that the run cannot do."""
        if self.swallows or rollback.as_python():
            super().demand(op, failure)


def _call(method, *args):
    from .calls import call

    return call(method, *args)


class _AtRun:
    """Stands for a manager of contextlib that the run enters and leaves."""

    __slots__ = ("graph", "manager", "entered")

    def __init__(self, graph, manager):
        self.graph, self.manager = graph, manager
        self.entered = (
            threading.local()
        )  # its `now`: the manager of this place that this thread is in

    def __enter__(self):
        manager = self.manager
        effects.staged_call(self.graph, self._enter, (manager.func, *manager.args), manager.kwds)

    def _enter(self, func, *args, **kwds):
        made = self.entered.now = type(self.manager)(func, args, kwds)
        made.__enter__()

    def __exit__(self, kind, error, traceback):
        effects.staged_call(self.graph, self._leave, (error,), {})

    def _leave(self, error):
        made = self.entered.now
        del self.entered.now
        made.__exit__(
            *((None,) * 3 if error is None else (type(error), error, error.__traceback__))
        )


def _only_shows(manager):
    """Whether a manager is a generator that hands nothing over, and whose acts nothing in the body can tell but by the clock."""
    import contextlib
    import dis

    if (
        type(manager) is not contextlib._GeneratorContextManager
        or not _acts(manager.gen)
        or _may_swallow(manager)
    ):
        return False
    code, frame = manager.gen.gi_code, manager.gen.gi_frame
    before, yields = None, []
    for i in dis.get_instructions(code):
        if i.opname == "YIELD_VALUE":
            yields.append(before.opname == "LOAD_CONST" and before.argval is None)
        before = i
    return yields == [True] and opaque.only_computes(
        code, frame.f_globals, opaque.free_of(manager.gen), acting=True
    )


def _refuse_to_tell(errstate):
    """Where NumPy is asked to tell of what it computes."""
    asked = {getattr(errstate, f"_{name}", None) for name in ("all", "divide", "over", "under", "invalid")}
    if asked - {None, "ignore"}:
        raise rollback.cannot(
            TypeError(
                f"np.errstate asks to be told of divisions by zero and their like, and compiled arithmetic tells nothing: look for them "
                f"by np.isfinite{places.here()}"
            )
        )


def _warn(manager):
    """Tells of a manager that surely acts, and does so while tracing alone."""
    import contextlib

    if isinstance(manager, contextlib._GeneratorContextManager):
        names, acts = manager.gen.gi_code.co_names, opaque.names_what_acts(manager.func)
        what, acts = (
            manager.func.__qualname__ + "()",
            (acts or "print" in names) and _acts(manager.gen),
        )
    else:
        what = type(manager).__name__
        methods = [getattr(type(manager), name, None) for name in ("__enter__", "__exit__")]
        acts = any(
            type(f) is types.FunctionType
            and not places.is_home(f.__code__)
            and not opaque.is_librarys(f)
            and opaque.names_what_acts(f)
            for f in methods
        )
    if acts and not rollback.as_python():
        opaque.warn(
            f"`with {what}` acts, and is entered and left once, while tracing, and not when the function runs: put the `with` "
            f"round the call of the compiled function"
        )


def _is_users(manager):
    """Whether the methods of a manager are converted, and may as well run when the graph does."""
    kind = type(manager)
    enter, leave = getattr(kind, "__enter__", None), getattr(kind, "__exit__", None)
    if type(enter) is not types.FunctionType or type(leave) is not types.FunctionType:
        return False
    if any(places.is_home(f.__code__) or opaque.is_librarys(f) for f in (enter, leave)):
        return False
    return not opaque.names_what_acts(leave)


class _Watched(guards.Guard):
    """A context manager that may put exceptions aside, watched like a `try`."""

    __slots__ = ("manager",)

    def __init__(self, graph, manager, caught):
        super().__init__(graph, caught, "with")
        self.manager = manager

    def __enter__(self):
        value = type(self.manager).__enter__(self.manager)
        self.begin()
        return value

    def __exit__(self, kind, error, traceback):
        super().__exit__(kind, error, traceback)
        return type(self.manager).__exit__(self.manager, kind, error, traceback)


def _watched(graph, manager):
    """What is entered in place of a manager that is not converted."""
    import contextlib

    if isinstance(manager, contextlib.suppress):
        return _Watched(graph, manager, lambda: manager._exceptions)
    if (
        isinstance(manager, contextlib._GeneratorContextManager)
        and _acts(manager.gen)
        and rollback.as_python()
    ):
        raise rollback.RunAsPython(
            f"{manager.func.__qualname__}() in a `with` acts at each call", places.here()
        )
    return _Watched(graph, manager, None) if _may_swallow(manager) else manager


def is_watched(manager):
    """Whether what may fail in its body has to be known while tracing."""
    return not _is_users(manager) and _may_swallow(manager)


def _acts(generator):
    """Whether the code of a context manager may do more than compute: then it does so at each call."""
    frame = generator.gi_frame
    if frame is None or places.is_ours(frame):
        return False
    return "print" in generator.gi_code.co_names or not opaque.goes_on_alone(generator)


def suppressed(manager):
    """The classes that a contextlib.suppress puts aside."""
    import contextlib

    if type(manager) is not contextlib.suppress:
        raise TypeError(
            f"contextlib.suppress has been replaced since this function was converted: {manager!r}{places.here()}"
        )
    return manager._exceptions


def _may_swallow(manager):
    """Whether the `__exit__` of a manager may return something true, as far as its code tells."""
    import contextlib
    import dis

    if isinstance(manager, contextlib._GeneratorContextManager):
        code = manager.gen.gi_code
        names = [i.opname for i in dis.get_instructions(code)]
        # An except clause pops the exception that it has dealt with; a finally clause and a `with` raise it again.
        return names.count("POP_EXCEPT") > names.count("RERAISE") or "CHECK_EXC_MATCH" in names
    leave = getattr(type(manager), "__exit__", None)
    code = getattr(leave, "__code__", None)
    if code is None or reach.top(leave.__module__) == reach.HOME:
        return False
    before = None
    for i in dis.get_instructions(code):
        if i.opname == "RETURN_CONST" and i.argval:
            return True
        if i.opname == "RETURN_VALUE" and not (before.opname == "LOAD_CONST" and not before.argval):
            return True
        before = i
    return False


from . import loops  # noqa: E402 - it knows tries
