"""`with` in traces: what fails in its body when the graph runs leaves it by `__exit__`."""

import contextlib

import numpy as np
import pytest
from modes import same

import autograph as ag


class Counting:
    """Adds up how it was left: 10 by its end, 100 by a ZeroDivisionError, 1000 by any other."""

    def __init__(self):
        self.log = 0

    def __enter__(self):
        self.log = self.log + 1
        return self

    def __exit__(self, kind, error, traceback):
        if kind is ZeroDivisionError:
            self.log = self.log + 100
        elif kind is None:
            self.log = self.log + 10
        else:
            self.log = self.log + 1000


class Log:
    """Writes down what happens to it."""

    def __init__(self, out, name="m", aside=(), exits=None):
        self.out, self.name, self.aside, self.exits = out, name, aside, exits

    def __enter__(self):
        self.out.append("in " + self.name)
        return self.name, len(self.name)

    def __exit__(self, kind, error, traceback):
        self.out.append(f"out {self.name} {kind and kind.__name__}")
        if self.exits is not None:
            raise self.exits
        return kind is not None and issubclass(kind, self.aside)


class Telling:
    def __enter__(self):
        return 5

    def __exit__(self, kind, error, traceback):
        print("out", kind is None)


def of_tensors(*values):
    return [(ag.constant(v),) for v in values]


NUMBERS, TENSORS = [(v,) for v in (0, 1, 3, 9)], of_tensors(0, 1, 3, 9)


def inside_a_try(x):
    c, r = Counting(), 0
    try:
        with c:
            r = 10 // x
    except ZeroDivisionError:
        r = -1
    return r, c.log


def a_raise(x):
    c = Counting()
    try:
        with c:
            if x > 0:
                raise ValueError("v")
    except ValueError:
        c.log = c.log + 5
    return c.log


def uncaught(x):
    with Telling() as k:
        if x > 0:
            raise ValueError("v")
        k = k + x
    return k


def jumps_in_a_loop(x):
    c, d = Counting(), Counting()
    for i in range(x):
        try:
            with c, d:
                if i == 2:
                    continue
                if i == 4:
                    raise ValueError
                if i == 6:
                    break
                1 // (i - 1)
        except (ZeroDivisionError, ValueError):
            c.log = c.log + 7
    return c.log, d.log


def a_return(x):
    c = Counting()
    with c:
        if x > 0:
            return c.log + x
        c.log = c.log - x
    return c.log


def nested(x):
    out = []
    try:
        with Log(out, "a") as (name, size), Log(out, "b", KeyError):
            if x == 3:
                raise KeyError("k")
            if x == 9:
                raise ValueError(name * size)
            1 // x
        out.append("after")
    except ZeroDivisionError:
        out.append("zero")
    except ValueError as e:
        out.append(str(e))
    return out


def exits_with_its_own(x):
    out = []
    try:
        with Log(out, "a", (), ValueError("exit")):
            1 // x
    except ZeroDivisionError:
        out.append("zero")
    except ValueError as e:
        out.append(str(e))
    return out


def put_aside_after_a_return(x):
    out = []
    with Log(out, "a", ZeroDivisionError):
        try:
            return out
        finally:
            1 // x
    out.append("aside")
    return out


def put_aside_after_a_break(x):
    out = []
    for i in range(3):
        with Log(out, "a", ZeroDivisionError):
            with contextlib.suppress(KeyError), Log(out, "b", (), None):
                try:
                    if i == 1:
                        break
                finally:
                    1 // (x - i)
        out.append(i)
    return out


def bound_in_it(x):
    with Log([], "a", ZeroDivisionError):
        y = 10 // x
    return y


@pytest.mark.parametrize(
    "fn",
    [
        inside_a_try, a_raise, uncaught, jumps_in_a_loop, a_return, nested, exits_with_its_own, put_aside_after_a_return,
        put_aside_after_a_break, bound_in_it,
    ],
)  # fmt: skip
@pytest.mark.parametrize("cases", [NUMBERS, TENSORS], ids=["numbers", "tensors"])
def test_what_fails_in_the_run_leaves_by_exit(fn, cases):
    same(fn, *cases, kinds=False, unbound_lines=False)


def test_an_operation_that_no_handler_can_have_is_not_refused():
    def f(x, k):
        c = Counting()
        with c:
            y = np.reshape(x[:k], (2, 2))
        return y, c.log

    assert ag.function(f)(np.arange(6.0), ag.constant(4))[1] == 11


def test_an_older_manager_is_left_as_often_as_it_was_entered():
    manager = Counting()

    @ag.function
    def f(xs, k):
        with manager:
            return xs[k] + 1  # pins k: the trace starts again

    f([1, 2, 3], 1)
    assert manager.log % 10 == manager.log // 10
