"""A list, dict or object that stands twice in a result is one object there, as in Python."""

import dataclasses

import numpy as np
import pytest
from modes import interpreted, same

import autograph as ag


@dataclasses.dataclass
class Point:
    x: int
    near: list


def grid_and_row(n):
    g = [[0] * 3 for _ in range(3)]
    for i in range(n):
        g[i % 3].append(i)
    return g, g[0]


def row_that_the_run_chooses(n):
    g = [[0]]
    for i in range(n):
        g.append([i] * i)
    return {"g": g, "r": g[n // 2], "both": (g[n // 2], g)}


def rows_of_one_list(n):
    row = [n]
    g = [row, row, [n]]
    for i in range(n):
        g[i % 2].append(i)
    return g, row


def list_twice(n):
    made = []
    for i in range(n):
        made.append(i * 0.5)
    return made, made


def plain_list_twice(n):
    inner = [n, n + 1]
    return [inner, inner], inner


def dict_twice(n):
    d = {"a": n}
    return d, [d], d


def object_twice(n):
    near = [n]
    p = Point(n, near)
    return p, (p, near)


def unlike(n):
    return [n], [n], {"a": [n]}, {"a": [n]}


def told(value):
    """Which places of a result are one object, by the order in which they are met."""
    seen, kept, found = {}, [], []

    def walk(v):
        if isinstance(v, (list, dict, Point)):
            kept.append(v)
            found.append(seen.setdefault(id(v), len(seen)))
        for part in v.values() if isinstance(v, dict) else (v.x, v.near) if isinstance(v, Point) else v if isinstance(v, (list, tuple)) else ():
            walk(part)

    walk(value)
    return found


PROGRAMS = [grid_and_row, row_that_the_run_chooses, rows_of_one_list, list_twice, plain_list_twice, dict_twice, object_twice, unlike]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_what_is_one_object_in_python_is_one_in_the_result(f):
    same(f, 0, 1, 7, 5)
    compiled, slow = ag.function(f), ag.function(f)
    for n in (7, 1, 7):
        assert told(compiled(n)) == told(f(n))
        with interpreted():
            assert told(slow(n)) == told(f(n))


def test_a_change_of_a_shared_row_shows_in_the_grid():
    g, row = ag.function(grid_and_row)(7)
    row.append(99)
    assert g[0] is row and g[0][-1] == 99
    again, _ = ag.function(grid_and_row)(7)
    assert again[0][-1] != 99


def test_many_rows_of_one_heap_are_parts_of_the_result_once():
    def f(n):
        g = [[0]]
        for i in range(n):
            g.append([i])
        return [g[n // 2], g[n // 3], g[n - 1], g]

    compiled = ag.function(f)
    assert told(compiled(9)) == told(f(9)) and compiled(9) == f(9)
    assert told(compiled(2)) == told(f(2)) and compiled(2) == f(2)


def test_a_list_or_dict_of_the_caller_comes_back_as_itself():
    numbers, rows, table = [1, 2, 3], [[1.5], []], {"a": [1], "b": (2, "c")}
    whole = ag.function(lambda a: a)
    for given in (numbers, rows, table, [], ["a"], [ag.constant(1.0)]):
        for _ in range(2):
            assert whole(given) is given
    pair = ag.function(lambda a, n: (a[0], {"all": a}, a + [[n]], n))
    first, every, longer, _ = pair(rows, 3.0)
    assert first is rows[0] and every["all"] is rows and longer[1] is rows[1] and longer == [[1.5], [], [3.0]]
    other = [[2.5], []]
    assert pair(other, 3.0)[0] is other[0]  # of this call
    assert ag.function(lambda *a, **k: (a[0], k["x"]))(numbers, x=rows)[1] is rows


def test_what_holds_older_arrays_comes_back_in_tensors():
    got = ag.function(lambda a: a)([np.ones(2)])
    assert isinstance(got[0], ag.Tensor)
