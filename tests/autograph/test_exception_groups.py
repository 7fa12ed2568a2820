"""`except*` in traced code: Python splits what is raised, and the run decides whether it is (staging/stars.py)."""

import numpy as np
import pytest
from modes import same

import autograph as ag

X = np.array([1.0, -2.0, 3.0])


def two_clauses(x, n):
    y = 0
    try:
        if x[0] > 1:
            raise ExceptionGroup("g", [ValueError("a"), KeyError("b")])
        y = 1
    except* ValueError as e:
        y = 5 + len(e.exceptions)
    except* KeyError:
        y += 6
    return y


def naked_exception(x, n):
    y = 0
    try:
        if x[0] > 1:
            raise ValueError("a")
        y = 1
    except* ValueError as e:
        y = 5
        print(e.message, len(e.exceptions))
    else:
        y += 7
    finally:
        y += 100
    return y


def nested_groups_in_a_loop(x, n):
    y = 0
    for v in x:
        try:
            if v > 1:
                raise ExceptionGroup(
                    "g", [ValueError(n), ExceptionGroup("h", [KeyError("b"), TypeError(3)])]
                )
            y += 10 // n
        except* (KeyError, ZeroDivisionError) as e:
            y += 6
        except* ValueError as e:
            y += e.exceptions[0].args[0]
        except* TypeError:
            y += 100
    return y


def rest_is_dealt_with_outside(x, n):
    y = 0
    try:
        try:
            if x[0] > 1:
                raise ExceptionGroup("g", [ValueError(n), KeyError("b")])
        except* ValueError:
            y += 1
    except* KeyError as e:
        y += 10
    return y


def raises(x, n):
    if x[0] > 1:
        raise ExceptionGroup("g", [ValueError(n), KeyError("b")])
    return n


def raised_by_a_call(x, n):
    y = 0
    try:
        y = raises(x, n)
    except* ValueError:
        y += 1
    return y


def jumps(x, n):
    y = 0
    while y < 10:
        try:
            y += 3
            if y > n:
                break
            if x[0] > 1:
                continue
            y += 10 // (n - 3)
        except* ZeroDivisionError:
            y += 20
        finally:
            y += 1
    return y


def returns(x, n):
    try:
        if x[0] > 1:
            raise ValueError(1)
        return 5
    except* ValueError:
        n = 3
    return n


def handler_raises(x, n):
    try:
        if x[0] > 1:
            raise ValueError(1)
        n += 1
    except* ValueError:
        raise KeyError(2) from None
    return n


def handler_raises_for_the_outer_one(x, n):
    try:
        try:
            if x[0] > 1:
                raise ValueError(1)
            n += 1
        except* ValueError:
            raise KeyError(2) from None
    except* KeyError as e:
        n = e.exceptions[0].args[0]
    return n


def named_classes(x, n):
    kinds = (ValueError,)
    try:
        if x[0] > 1:
            raise ValueError(1)
        n += 1
    except* kinds:
        n += 4
    return n


PROGRAMS = [
    two_clauses, naked_exception, nested_groups_in_a_loop, rest_is_dealt_with_outside,
    raised_by_a_call, jumps, returns, handler_raises, handler_raises_for_the_outer_one,
    named_classes,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_arrays_decide_whether_a_group_is_raised(program):
    same(program, *[(v, n) for v in (X, X * 3) for n in (0, 1, 5)])


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_numbers_decide_whether_a_group_is_raised(program):
    def of_numbers(n):
        return program([n - 2.5, -2.0, n * 1.0], n)

    same(of_numbers, 0, 1, 5)


@pytest.mark.usefixtures("no_plain_calls")
def test_what_the_run_alone_raises_in_a_clause_is_refused():
    def fails_in_its_handler(x):
        try:
            if x[0] > 1:
                raise ValueError(1)
        except* ValueError:
            if x[1] > 0:
                raise KeyError(2) from None
        return x

    with pytest.raises(
        TypeError,
        match=r"this `except\*` would have to deal with a KeyError that may come in line \d+",
    ):
        ag.function(fails_in_its_handler)(X)
