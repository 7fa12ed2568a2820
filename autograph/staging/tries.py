"""`try` statements in a trace: what leaves a body before its end is a branch, and the handler is that branch.

Where an operation may fail with what a `try` round it catches, the failure is asked for first, and the rest of the body becomes
the other branch (Scope.leave_if in conditionals.py):

    try:                            if b == 0:
        c = a // b                      c = 0                 # the handler, with everything as it is at that point
        d = c + 1           ->      else:
    except ZeroDivisionError:           c = a // b            # what comes, up to the end of the body and the else clause
        c = 0                           d = c + 1

A `raise` in a staged branch or loop, or an operation that fails there, cannot reach the handler at once: the branch ends
(`Leaves`) with the number of its exception in one place of the trace, `pending`. Loops ask it, as they ask the flag of a
`break`; whoever joins branches goes on under the condition that it is 0; in the body of the `try` its handler is the branch of
its number. Traced values in the exception go the same way as those of variables.

A `finally` clause is traced for each way out of the body: as a handler of everything that raises the exception again, unless
the clause says that it has jumped, and at the end of the body.

What fails in a way that no condition tells (see failures.py) is left to guards.py: Python, pinned numbers, or a refusal.
"""

import sys
import threading
import types

from .. import _core
from . import failures, guards, journal, names, places, rollback, values
from .conditionals import Branch, Scope, current_scope, merge, rests_around, scopes, staged_if
from .effects import BranchEnds, Leaves, defer, exception_maker


DEEP, DEEPEST = 32, 200  # rests of bodies within one another: loops end theirs with each turn from then on; no more than these


class _State(threading.local):
    def __init__(self):
        self.asking = 0


_state = _State()


def _throw(error):
    raise error from None


def raise_again(error):
    raise error


def _no_classes(error):
    raise TypeError("catching classes that do not inherit from BaseException is not allowed")


class Try(guards.Guard):
    """One `try` being traced. handlers: pairs of a callable for the classes (None: all) and a function of the exception."""

    __slots__ = ("handlers", "places", "scope", "catching", "handled", "shows")

    def __init__(self, graph, handlers, places_, word="try", shows=True):
        super().__init__(graph, None, word)
        self.shows = shows  # whether anybody can tell that a handler has run
        self.handlers, self.catching, self.handled = handlers, True, set()
        self.places = {slot.key: slot for slot in places_}

    def handler(self, failure):
        """The function that handles exceptions of this class, or None."""
        for kinds, function in self.handlers:
            if kinds is None:
                return function
            classes = kinds()
            if guards.is_one_of(failure, classes):
                return function
            if not guards.are_classes(classes):
                return _no_classes
        return None

    def catches(self, failure):
        return self.catching and self.handler(failure) is not None

    def run(self, body, last):
        """What body() and then, where nothing was caught, last(its value) give."""
        graph = self.graph
        self.begin()
        try:
            with journal.watch(self.places), Scope(graph, self.places) as self.scope:
                self.scope.guard = self
                value, ended = self._go(body, last)
                value, ended = self.scope.close(value, ended)
        finally:
            self.end()
        pending = graph.extra.get("pending")
        if pending is not None and not any(site.target.catching for site in graph.extra["left"]):
            pending.set(0)
        if ended is not None:
            raise ended
        go_on(graph)
        return value

    def _go(self, body, last):
        """(value, how the last rest of the body ends)."""
        try:
            try:
                value = body()
            except BranchEnds:
                self.settle()
                raise
            except guards.PASSING:
                raise
            except BaseException as error:
                said = names.as_python_says(error)
                if said is not error:  # a bare `raise` of the handler finds it, too
                    return self._go(lambda: _throw(said), last)
                if isinstance(error, Exception):
                    rollback.check(error)
                self.settle()
                handler = self.handler(type(error))
                self.catching = False
                if handler is None:
                    raise
                guards.pass_refusals(error)
                return handler(error), None
            self.settle()
            self.catching = False
            return last(value), None
        except BranchEnds as e:
            return None, type(e)
        except Exception as error:
            if not self.scope.rests:
                raise
            return None, defer(self.graph, error)
        finally:
            self.catching = False

    def settle(self):
        """Asks for what may fail in the body with something that it catches, and is no branch of it."""
        graph, unasked = self.graph, self.graph.extra.get("unasked", ())
        for op in graph.raising(self.first):
            if op.name in self.handled:
                continue
            ours = op.type == "Raise" and guards.is_ours(graph, op)
            if op.type in failures.ASKED and not ours and op.name not in unasked:
                continue
            failure = guards.fails_with(graph, op)
            if failure is not None and self.catches(failure):
                self.demand(op, failure)

    def handle(self, error):
        """The handler's value, in the branch where the error comes."""
        handler, before, self.catching = self.handler(type(error)), self.catching, False
        first = self.graph.n_ops + 1
        try:
            try:
                raise error
            except type(error):
                return handler(error)
        except guards.PASSING:
            raise
        except RecursionError:
            raise
        except Exception as e:  # while this `try` does not catch it
            rollback.check(e)
            raise defer(self.graph, e) from None
        finally:
            self.catching = before
            self.handled.update(op.name for op in self.graph.raising(first))


def staged_try(body, orelse, final, state, *clauses):
    """The operator in a trace."""
    graph = _core.current_graph()
    handlers = [(_lazily(kinds), function) for kinds, function in zip(clauses[::2], clauses[1::2])]
    functions = functions_of(body, *(h for _, h in handlers), orelse, final)
    slots = journal.slots(functions, state)

    def guarded():
        if not handlers:
            return body()
        return Try(graph, handlers, slots).run(body, lambda value: value if orelse is None else orelse())

    if final is None:
        return guarded()

    def clean_up(error):
        left = final()
        if loops.is_traced(left):
            return staged_if(graph, left, None, lambda: raise_again(error), slots)
        if not left:
            raise error

    def at_end(value):
        final()
        return value

    return Try(graph, ((None, clean_up),), slots, "finally", prints(final) or may_jump(final)).run(guarded, at_end)


def functions_of(*clauses):
    """The functions of clauses of a `try`: those of `except*` are one handler, and None is none."""
    return [f for clause in clauses if clause is not None for f in getattr(clause, "functions", (clause,))]


def prints(function):
    """Whether a function's own code calls print(): all that a run without tensors shows."""
    return "print" in function.__code__.co_names


def may_jump(final):
    """Whether a jump may leave a finally clause, which then returns what the converter calls left_L and its line."""
    code = final.__code__
    return any(name.startswith("left_L") for name in code.co_varnames + code.co_cellvars)


def _lazily(kinds):
    return kinds if kinds is None or isinstance(kinds, types.FunctionType) else lambda: kinds


# ---- what leaves a body --------------------------------------------------------------------------------------


class Site:
    """A place in the code that an exception leaves for a `try` outside of its body.

    Its traced values are in places of their own: the same ones each time that the body of a loop is traced anew."""

    def __init__(self, graph, target, error, number):
        self.target, self.error, self.lines = target, error, _lines(error)
        operands, known = [], graph.extra.setdefault("operands", {})
        self.make = exception_maker(error, graph, operands)
        self.operands = [
            known.setdefault((number, self.lines, i), journal.Hidden("a value of an exception", values.NEVER)) for i in range(len(operands))
        ]
        self._keep(operands)

    def _keep(self, operands):
        for slot, tensor in zip(self.operands, operands):
            journal.touch(slot)
            slot.set(tensor)

    def again(self, graph, target, error):
        """Whether an exception is this one, raised by the same line of the same calls."""
        mine = self.error
        if self.target is not target or type(mine) is not type(error) or self.lines != _lines(error):
            return False
        if self.operands or mine.args != error.args or vars(mine) != vars(error) or mine.__cause__ is not error.__cause__:
            return False
        return mine.__context__ is error.__context__

    def rebuilt(self):
        if not self.operands:
            return self.error
        made = self.make([slot.get() for slot in self.operands])
        return made.with_traceback(self.error.__traceback__)


def _lines(error):
    """The user's lines that an exception has come through so far, the innermost last."""
    found, tb = [], error.__traceback__
    while tb is not None:
        if not places.is_ours(tb.tb_frame):
            found.append((tb.tb_frame.f_code, tb.tb_lineno))
        tb = tb.tb_next
    return tuple(found)


def catcher(graph, failure):
    """The `try` round this point that would deal with a failure of this class, where it is one of the trace."""
    if graph is None or not graph.watched:
        return None
    for guard in reversed(guards.active()):
        if guard.graph is graph and guard.catches(failure):
            return guard if isinstance(guard, Try) else None
    return None


def leave_interrupts_to_python(graph):
    """Before a loop is recorded: Ctrl-C leaves native code for the caller, and no handler of the function meets it."""
    for guard in guards.active():
        shows = guard.graph is graph and getattr(guard, "shows", False)
        if shows and guard.catches(KeyboardInterrupt) and rollback.as_python():
            raise rollback.RunAsPython(f"a `{guard.word}` deals with Ctrl-C, which may come in this loop", places.here())


def leave(graph, error):
    """Whether a `try` outside deals with an exception that ends the body being traced; it is pending then."""
    target = catcher(graph, type(error))
    if target is None:
        return False
    guards.pass_refusals(error)
    _not_in_test(target)
    if error.__context__ is None and sys.exc_info()[1] is not error:
        error.__context__ = sys.exc_info()[1]
    if error.__traceback__ is None:
        error.__traceback__ = _traceback()
    sites = graph.extra.setdefault("left", [])
    number = next((i for i, site in enumerate(sites) if site.again(graph, target, error)), None)
    if number is None:
        sites.append(Site(graph, target, error, len(sites)))
        number = len(sites) - 1
    _set_pending(graph, number + 1)
    return True


def _traceback():
    frame = places.user_frame()
    return None if frame is None else types.TracebackType(None, frame, frame.f_lasti, frame.f_lineno)


def _set_pending(graph, number):
    pending = graph.extra.get("pending")
    if pending is None:
        pending = graph.extra["pending"] = journal.Hidden("pending", 0)
    journal.touch(pending)
    pending.set(number)


def go_on(graph):
    """After a point where an exception may be pending: what comes happens where none is."""
    pending = graph.extra.get("pending")
    if pending is None or isinstance(pending.value, int):
        return
    scope, left = current_scope(), _core.binary("NE", pending.value, 0)
    _not_too_many(left)
    scope.leave_if(left, lambda: deal(graph, scope.guard))
    _set_pending(graph, 0)


def deal(graph, guard):
    """Where an exception is pending: what the handler of the body's own `try` gives, or leaving the body as well."""
    pending = graph.extra["pending"]
    sites = list(enumerate(graph.extra["left"], 1))
    mine = [(number, site) for number, site in sites if site.target is guard]
    if isinstance(pending.value, int):
        mine, others = [sites[pending.value - 1]] if sites[pending.value - 1][1].target is guard else [], False
    else:
        others = any(site.target is not guard and site.target.catching for _, site in sites)
    slots = list(guard.places.values()) if guard is not None else []

    def handle(site):
        _set_pending(graph, 0)
        return guard.handle(site.rebuilt())

    def leaves():
        raise Leaves

    def among(found):
        """Half by half: there may be one for each turn of an unrolled loop."""
        number, site = found[len(found) // 2]
        if len(found) > 1:
            cond, first, second = _core.binary("LT", pending.value, number), found[: len(found) // 2], found[len(found) // 2 :]
            then, orelse = Branch(graph, cond, lambda: among(first), slots), Branch(graph, cond, lambda: among(second), slots, False)
        elif others:
            cond = _core.binary("EQ", pending.value, number)
            then, orelse = Branch(graph, cond, lambda: handle(site), slots), Branch(graph, cond, leaves, slots, False)
        else:
            return handle(site)
        return merge(graph, cond, then, orelse, True)

    return among(mine) if mine else leaves()


def may_fail(name, operands, text, axis=0):
    """Called before an operation that may fail is recorded, in the body of a `try`: its failures become branches.

    text, axis: attributes of the operation."""
    check = failures.CHECKS.get(name)
    graph = _core.current_graph()
    if check is None or _state.asking or not graph.watched:
        return
    with sure():
        found = check(*operands, axis if check in failures.OF_AXES else text)
        while True:
            failing = next(found, None)
            if failing is None:
                return
            kind, condition, make = failing
            guard = catcher(graph, kind)
            if guard is None and not (condition is True and guards.here()):
                continue
            error = make()
            if condition is True:
                raise error
            _branch_off(graph, condition(), error, guard)


def absent(tag, number, text):
    """Whether a `try` deals with the TypeError of an operand that is none: where its tag is this number."""
    graph = _core.current_graph()
    guard = None if _state.asking else catcher(graph, TypeError)
    if guard is None:
        return False
    with sure():
        _branch_off(graph, _core.binary("EQ", tag, number), TypeError(text), guard)
    return True


def _branch_off(graph, condition, error, guard):
    scope = current_scope()
    error.__traceback__ = _traceback()

    def leaves():
        asking, _state.asking = _state.asking, 0
        try:
            if guard is scope.guard:
                return guard.handle(error)
            leave(graph, error)
            raise Leaves
        finally:
            _state.asking = asking

    _not_in_test(guard)
    _not_too_many(condition)
    scope.leave_if(condition, leaves)


def _not_in_test(target):
    """Raises guards.InTest where the test of a loop stands between this point and the `try`: tests keep nothing but their answer."""
    for scope in reversed(scopes()):
        if scope is target.scope:
            return
        if scope.is_test:
            raise guards.InTest


def _not_too_many(condition):
    """Leaves a `try` to Python, to pinned numbers or to the user where its body, a region for each place that may fail, is too deep."""
    if rests_around() < DEEPEST:
        return
    error = rollback.cannot(
        TypeError(
            f"more than {DEEPEST} places in the body of a `try` may fail, one after the other: put a part of them into a loop that is "
            f"recorded, over a tensor or a range, or give each part a `try` of its own{places.here()}"
        ),
        condition,
    )
    raise error if isinstance(error, guards.PASSING) else guards.Refusal(error)


class sure:
    """A context for operations that cannot fail."""

    def __enter__(self):
        _state.asking += 1

    def __exit__(self, *exc):
        _state.asking -= 1
        return False


def unasked(first):
    """Operations from number `first` on were recorded where no `try` was asked about them."""
    graph = _core.current_graph()
    graph.extra.setdefault("unasked", set()).update(op.name for op in graph.raising(first))


# ---- loops -----------------------------------------------------------------------------------------------------


def asked(graph, test):
    """The test of a loop: false, and not asked, while an exception is pending."""
    pending = graph.extra.get("pending")
    if pending is None or isinstance(pending.value, int):
        return test()
    none = _core.binary("EQ", pending.value, 0)

    def ask():
        _set_pending(graph, 0)
        return test()

    then = Branch(graph, none, ask, [])
    orelse = Branch(graph, none, lambda: False, [], False)
    return merge(graph, none, then, orelse, True)


def enter_body(graph):
    """The body of a loop runs where no exception is pending."""
    if "pending" in graph.extra and not isinstance(graph.extra["pending"].value, int):
        graph.extra["pending"].set(0)


def is_deep():
    """Whether so many rests of bodies are round this point that an unrolled loop has to end its own with each turn."""
    return bool(_core.current_graph().watched) and rests_around() >= DEEP


def unrolled(graph, items, body, slots, test):
    """The rest of a loop over an iterator of Python values: each turn is a branch, taken where no exception is pending.

    test: asked before each turn, or None."""
    over = False

    def take():
        nonlocal over
        for item in items:
            body(item)
            return
        over = True

    def turn():
        nonlocal over
        if not known:
            _set_pending(graph, 0)
        more = test is None or test()
        if loops.is_traced(more):
            staged_if(graph, more, take, None, slots)
        elif more:
            take()
        else:
            over = True
        if not over and test is not None and not loops.is_traced(more := test()):
            over = not more  # known here; beside what is left with an exception it no longer is

    while not over:
        pending = graph.extra.get("pending")
        known = pending is None or isinstance(pending.value, int)
        none = _core.constant(True, "bool", (), None) if known else _core.binary("EQ", pending.value, 0)
        then, orelse = Branch(graph, none, turn, slots), Branch(graph, none, None, slots, False)
        merge(graph, none, then, orelse)
        if then.ended:
            raise then.ended if known else Leaves
    go_on(graph)


from . import loops  # noqa: E402 - it knows this file

_core.staged.update(try_stmt=staged_try, may_fail=may_fail, absent=absent, unasked=unasked, is_deep=is_deep)
