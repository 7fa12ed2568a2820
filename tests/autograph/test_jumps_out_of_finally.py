"""A `finally` with jumps, `except*` and contexts that put exceptions aside: Python's value at the first try where no tensor decides."""
# ruff: noqa: B012
# The odd code is what is tested.

import contextlib

import numpy as np
from modes import same

X = np.array([1.0, 2.0, 3.0, -4.0])


class Swallow:
    def __init__(self):
        self.seen = None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, tb):
        self.seen = kind
        return kind is ValueError


@contextlib.contextmanager
def quiet():
    try:
        yield 5
    except (ValueError, ZeroDivisionError):
        print("quiet")


def test_return_in_finally_puts_everything_aside():
    def f(n):
        try:
            return 10 // n
        finally:
            return -1

    def beside(x, n):
        t = x.sum()
        try:
            t = t + 10 // n
        finally:
            return t

    same(f, 0, 1, 5)
    same(beside, (X, 0), (X, 1), (X, 5))


def test_break_and_continue_in_finally():
    def breaks(n):
        t = 0
        for i in range(5):
            try:
                t += 10 // (i - n)
            finally:
                if t > 3 or i == n:
                    break
        return t

    def goes_on(n):
        t = 0
        for i in range(4):
            try:
                t += 10 // (i - n)
            finally:
                t += 100
                continue
            t += 5
        return t

    def beside(x, n):
        t = x.sum()
        for i in range(5):
            try:
                t = t + 10 // (i - n)
            finally:
                if i > n:
                    break
        return t

    same(breaks, 0, 1, 2, 5)
    same(goes_on, 0, 1, 5)
    same(beside, (X, 0), (X, 1), (X, 5))


def test_exception_groups():
    def f(n):
        t = 0
        try:
            if n > 2:
                raise ExceptionGroup("g", [ValueError(n), KeyError(1)])
            t += 10 // n
        except* ValueError as e:
            t += len(e.exceptions)
        except* KeyError:
            t += 100
        except* ZeroDivisionError:
            t = -5
        return t

    def beside(x, n):
        t = x.sum()
        try:
            t = t + 10 // n
            if n > 2:
                raise ExceptionGroup("g", [ValueError(n), KeyError(1)])
        except* ValueError:
            t = t + 100
        except* (KeyError, ZeroDivisionError):
            t = t - 100
        return t

    same(f, 0, 1, 2, 5)
    same(beside, (X, 0), (X, 1), (X, 5))


def test_contexts_that_put_exceptions_aside():
    def suppressed(n):
        t = 1
        with contextlib.suppress(ZeroDivisionError):
            t += 10 // n
            t += 1000
        return t

    def swallowed(n):
        t = 0
        with Swallow() as s:
            if n > 2:
                raise ValueError(n)
            t += 1
        return t, s.seen is None

    def generated(n):
        t = 0
        with quiet() as k:
            t += k
            t += 10 // n
            if n > 3:
                raise ValueError
            t += 100
        return t

    def beside(x, n):
        t = x.sum()
        with contextlib.suppress(ZeroDivisionError), Swallow() as s:
            t = t + 10 // n
            if n > 2:
                raise ValueError(n)
            t = t + 1000
        return t, s.seen is None

    same(suppressed, 0, 1, 5)
    same(swallowed, 0, 5)
    same(generated, 0, 1, 5)
    same(beside, (X, 0), (X, 1), (X, 5))
