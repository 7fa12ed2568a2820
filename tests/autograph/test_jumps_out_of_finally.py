"""A `finally` with jumps, which the run may decide about; `except*` and contexts that put exceptions aside: Python's value at the
first try where no tensor decides."""
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


VECTORS = [
    np.array(v, "float64")
    for v in ([1.0, 2, 3, 4], [-1.0, -2, 5, 0], [0.0, 0, 2, 2], [6.0, 1, 2, 2], [3, 55, -2, 2], [0, 1, -2, 2], [0, -2, -2, 2], [0, 3, -1, 4])
]


def test_where_the_run_decides():
    def returns(x, n):
        try:
            return 10 // n
        finally:
            if x[0] > 0:
                return -1

    def leaves_or_goes_on(x, n):
        t = 0
        for i in range(n):
            try:
                t += 10 // (i - 2)
                if x[i] > 3:
                    continue
                if t > 50:
                    return t
                t += 1
            except IndexError:
                t += 1000
            finally:
                t += 1
                if x[0] > i:
                    break
                if x[1] > i:
                    continue
                t += 100
            t += 10000
        return t, i

    def overrides_two(x, n):
        t = 0
        while True:
            t += 1
            try:
                try:
                    if t > n:
                        return t, 1
                    t += 5 // (n - t)
                finally:
                    if x[0] == t:
                        continue
            except ZeroDivisionError:
                t += 50
                if t > 200:
                    break
            finally:
                if x[1] == t:
                    return t, 2
        return t, 3

    def always(x, n):
        try:
            if x[0] > 0:
                raise ValueError(n)
            return x[1]
        finally:
            return n

    def after_a_break(x, n):
        for i in range(3):
            for k in range(n):
                try:
                    if x[k] > i:
                        break
                    if x[k] < -1:
                        return i, k
                finally:
                    if x[k] == 2:
                        continue
                n += 1
            else:
                n += 7
        return i, n

    def from_an_else(x, n):
        t = 1.0
        try:
            t = t + x[n]
        finally:
            while t > 0:
                t = t - 1
                if t == x[0]:
                    break
            else:
                return t
        return t + 1

    for f in (returns, leaves_or_goes_on, overrides_two, always, after_a_break, from_an_else):
        same(f, *[(v, n) for v in VECTORS for n in (-1, 0, 1, 2, 4, 5)], traces=1, cheap=True)


def test_an_exception_puts_jumps_of_the_body_aside():
    def caught_outside(x, n):
        t = 0
        for i in range(n):
            try:
                try:
                    if x[i] > 0:
                        continue
                    t += 5
                finally:
                    t += 7 // (i - 1)
            except ZeroDivisionError:
                t += 1
            t += 10
        return t

    def continues(x, n):
        t = 0
        for i in range(n):
            try:
                try:
                    if x[i] > 0:
                        continue
                    t += 5
                finally:
                    t += 7 // (i - 1)
            finally:
                if x[i] > 2:
                    continue
                t += 100
            t += 10
        return t

    def overrides_a_return(x, n):
        t = 0
        for i in range(n):
            try:
                try:
                    if x[i] > 0:
                        break
                    if x[i] < -1:
                        return t, i
                    t += 5
                finally:
                    t += 7 // (i - 1)
            except ZeroDivisionError:
                t += 1
            finally:
                if x[i] > 2:
                    continue
                t += 100
            t += 10
        return t

    def raised_again(x, n):
        t = 0
        for i in range(n):
            try:
                try:
                    if x[i] > 0:
                        continue
                    t += 5
                finally:
                    t += 7 // (i - 1)
            except ZeroDivisionError:
                t += 1
                if x[i] > 3: raise
            else:
                t += 3
            finally:
                if x[i] == 2:
                    break
                t += 100
            t += 10
        else:
            t += 2
        return t

    for f in (caught_outside, continues, overrides_a_return, raised_again):
        same(f, *[(v, n) for v in VECTORS for n in (-1, 0, 1, 2, 4, 5)], traces=1, cheap=True)


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
