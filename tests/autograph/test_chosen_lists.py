"""Lists that a branch chose, and what a branch knows of the items that its condition asked about."""

import numpy as np
import pytest
from modes import same

import autograph as ag

X = np.array([2.0, 1.0, -3.0])
CASES = [(3, X), (3, -X), (1, X * 3), (0, X)]


def asked(n, x):
    v = None if x[0] > 0 else n
    w = 1 if x[1] > 0 else ("a" if x[0] > 0 else None)
    t = 0
    if isinstance(v, int):
        t += v
    elif isinstance(w, str):
        t = len(w)
    kinds = isinstance(v, int), isinstance(w, (str, int)), isinstance(w, str), type(v) is int, type(w) is str
    return kinds, v is None, hasattr(v, "real"), t, x + 1


def kept_by_kind(n, x):
    r = [None, 1]
    for i in range(n):
        r.append(i if x[i % 3] > 0 else None)
    t = 0
    for v in r:
        if v is not None and v > 1:
            t += v
        if v is None or v > 2:
            t += 10
    some = [v for v in r if v is not None]
    return some, sum(some), [v + 1 for v in r if isinstance(v, int)], [type(v) is int for v in r], t, x + 1


def pairs_of_floats(n, x):
    r = [0, 0.5, (1, 2)]
    for i in range(n):
        r.append(i)
    for _ in range(n):
        r = [(v, 1) if isinstance(v, float) else v for v in r]
    return r, sum([v for v in r if isinstance(v, int)]), x + 1


def dead_after_a_loop_that_returns(n, x):
    a, b, k = [1], [2.5, n], 0
    c = a
    c.append(k * 0.5)
    if isinstance(a[-1], int):
        k += sum([v for v in c if isinstance(v, int)])
    else:
        for k in b:
            if k > 25 or x[n % 3] > k:
                return c
        k = (n + len(c)) % 3
        a = b
    a.extend(a)
    return a, b, c, k, a is b


def grown_while_looped_over(n, x):
    a = [1]
    for k in a:
        a.insert(1, k + 1)
        if x[n % 3] > len(a) or len(a) > 6:
            return len(a)
    return len(a), k


def copied_while_looped_over(n, x):
    a, b = [1], [2.5, n]
    for k in a:
        b = a[:]
        if len(a) < 8:
            a.append(k)
        if x[0] > 100:
            return a
    return a, b, a is b


def constants_in_a_chosen_list(n, x):
    a, b, c, d, k = [True], [False], [1.5], [2.5], 0
    if isinstance(a[-1], int) and isinstance(a[-1], bool):
        k += 1
    if c and isinstance(c[-1], float) and c[-1] > n:
        k += 10
    if n > 2:
        a, c = b, d
    return k, a is b, c is d, a, c, x + 1


def bools_among_numbers(n, x):
    r = [0, 0.5]
    for i in range(n):
        r.append(i > 1)
    r.append(True)
    return sum([v for v in r if isinstance(v, int)]), [isinstance(v, bool) for v in r], r[-1] is True, r[0] is False, x + 1


def bools_in_lists_in_a_list(n, x):
    m = [[True, False], [False, True]]
    m[n % 2].append(True)
    for row in m:
        row.append(n > 1)
    return [isinstance(v, bool) for v in m[n % 2]], m, x + 1


def one_list_or_none(n, x):
    a, b, c, d = [1], None, None, None
    if n > 0:
        b = a
    elif x[0] > 0:
        b = [9]
    if n > 1:
        c = b
    if n > 2:
        d = a
    same_ones = 0
    for i in range(n):
        if b is not None:
            b.append(i)
        same_ones += b is a
    return b is a, a is b, b is c, b is not a, d is b, (c is None) is True, same_ones, a, x + 1


PROGRAMS = [
    one_list_or_none,
    bools_among_numbers, bools_in_lists_in_a_list,
    asked, kept_by_kind, pairs_of_floats, dead_after_a_loop_that_returns, grown_while_looped_over, copied_while_looped_over,
    constants_in_a_chosen_list,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_programs(program):
    same(program, *CASES)


def item_changed_in_place(n, x):
    b, k = [2.5, n], 0
    for i in range(n):
        b.append(x[1:])
    for k in b:
        k += 2
    return b, k, x + 1


def test_a_change_of_the_callers_array_under_the_name_of_an_item_is_refused():
    with pytest.raises(TypeError, match=r"would be lost: the caller's array(.|\n)*k \+= 2"):
        ag.function(item_changed_in_place)(3, X)


def deeper_with_each_turn(n, x):
    r = [0.5]
    for i in range(n):
        r.append((r[-1], i))
    return r, x + 1


@pytest.mark.usefixtures("no_plain_calls")
def test_items_that_get_deeper_with_each_turn_are_refused():
    def f(x, n):
        r = [0.5]
        while x[0] > len(r):
            r.append((r[-1], n))
        return r, x + 1

    same(deeper_with_each_turn, (3, X))
    with pytest.raises(TypeError, match="must have few forms"):
        ag.function(f)(X, 1)
