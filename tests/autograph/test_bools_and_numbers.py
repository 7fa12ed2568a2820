"""A variable that is a number on one path and a bool on another is, shows and returns what it is in this run."""

import numpy as np
import pytest
from modes import same

import autograph as ag


def set_by_a_while(n):
    x = 0
    while n > 0:
        x = n > 3
        n -= 1
    return x


def shown(n):
    x = 0
    for i in range(n):
        x = i > 3
        print(x, [x])
    print(x, repr(x), f"{x}", str(x), type(x))
    return x, isinstance(x, bool), x + 1, not x, x is True


def set_once(n):
    found = 0
    for i in range(n):
        if i * i == n:
            found = True
            break
    return found


def bool_first(n):
    x = False
    for i in range(n):
        x = i
    return x


def bool_that_counts(n):
    x = True
    for _ in range(n):
        x += 1
    return x


def bool_then_float(n):
    x = True
    for i in range(n):
        x = x / 2 if i > 1 else x
    return x


def by_or(n):
    found = 0
    for i in range(n):
        found = found or i * i == n
    return found


def by_not(n):
    x = 0
    while n > 0:
        x = not x
        n -= 1
    return x


def swapped(n):
    a, b = 0, False
    for _ in range(n):
        a, b = b, a
    return a, b


def counted(n):
    x, k = 0, 0
    while n > 0:
        k += x
        x = n > 3
        n -= 1
    return k, x


def in_a_tuple(n):
    t = (0, 0.5)
    for i in range(n):
        t = (i > 2, i * 0.5)
    return t


def nested(n):
    x = 0
    for i in range(n):
        for j in range(i):
            x = j > 1
        if x:
            x = i
    return x


def none_first(n):
    x = None
    for i in range(n):
        if x is None:
            x = 0
        else:
            x = i > 1
    return x


def left_early(n):
    x = 0
    for i in range(n):
        x = i == 4
        if x:
            return x, i
    return x


def with_an_else(n):
    x = 0
    while n > 0:
        x = n > 3
        n -= 1
        if n == 3:
            break
    else:
        x = 2
    return x


def with_a_handler(n):
    x = 0
    for i in range(n):
        try:
            x = 6 // (i - 2) > 0
        except ZeroDivisionError:
            x = i
    return x


def of_a_condition(n):
    x = 0 if n > 3 else n > 1
    y = n == 2 or n
    return x, y


def as_an_index(n):
    x = 0
    for i in range(n):
        x = i > 1
    return ("no", "yes")[x], [10, 20][x], sum([x, x, 1]), max(x, 0), x == 1, -x


PROGRAMS = [
    set_by_a_while, shown, set_once, bool_first, bool_that_counts, bool_then_float, by_or, by_not, swapped, counted, in_a_tuple,
    nested, none_first, left_early, with_an_else, with_a_handler, of_a_condition, as_an_index,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_numbers(program):
    floats = program is in_a_tuple or program is bool_then_float
    same(program, *([3, 1, 6] if floats else [0, 1, 2, 3, 4, 6]))


def test_bools_of_arrays():
    def last(x):
        k = 0
        for v in x:
            k = v > 1
        print(k)
        return k

    def any_of(x):
        k = 0
        for v in x:
            if v > 1:
                k = True
        return k

    def until(x):
        k = i = 0
        while x[i] > 0:
            k = i > 1
            i += 1
        return k, i

    def chosen(x):
        k = 0 if x[0] > 2 else x[1] > 1
        print(k, f"{k}")
        return k

    full = np.array([3.0, 2.0, 2.0, 0.0])
    same(last, full, np.zeros(0))
    same(any_of, full, np.zeros(2))
    same(until, full, np.zeros(1))
    same(chosen, full, np.array([1.0, 2.0]), np.array([1.0, 1.0]))


def test_bools_of_tensors():
    @ag.function
    def last(t, n):
        k = 0
        for _ in range(n):
            k = t > 1
        return k

    two = ag.constant(2.0)
    assert last(two, 1).dtype == ag.bool and bool(last(two, 1))
    assert last(two, 0).dtype != ag.bool and int(last(two, 0)) == 0
