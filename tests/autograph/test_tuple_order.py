"""Tuples and lists of traced numbers are compared part by part, without asking for the numbers."""

import dataclasses
from typing import NamedTuple

import numpy as np
import pytest
from modes import same

import autograph as ag


class Edge(NamedTuple):
    u: int
    w: float


@dataclasses.dataclass(frozen=True)
class P:
    x: int
    y: int


def equal_pairs(a, b):
    return (a, b) == (b, a), (a, b) != (1, 2), (a,) == (a, b), (a, "x") == (b, "x"), (a, b) == 3


def equal_names(a, b):
    p, q = (a, b), (b, a)
    return (
        p == q,
        p != q,
        p == p,
        [p, q] == [q, p],
        (p, 1) == (q, 1),
        () == (),
        (a, None) == (b, None),
    )


def equal_lists(a, b):
    return [a, b] == [b, a], [(a, 1)] == [(b, 1)], [a] != [a, b], [a, [b]] == [b, [a]]


def orders(a, b):
    p, q = (a, b), (b, a)
    return (
        p < q,
        p <= q,
        p > q,
        p >= q,
        (a,) < (a, b),
        (a, b) <= (a,),
        (1, a, b) < (1, b) < (2,),
        [a, b] < [b, a],
    )


def extremes(a, b):
    return (
        min((a, b), (b, a)),
        max([(a, b), (b, a), (2, 2)]),
        max((a, b), (b, a), key=lambda p: (p[1], p[0])),
    )


def membership(a, b):
    return (
        (a, b) in [(1, 2), (2, 1)],
        (a, b) not in ((b, a), (3, 3)),
        (1, 2) in [(a, b)],
        a in (1, b),
        (a, b) in {(1, 2), (4, 3)},
    )


def decides(a, b):
    if (a, b) == (1, 2):
        return 10
    if (a, b) > (2, 2):
        return 20 + a
    return (a if (b, a) <= (2, 2) else b), not (a, b) == (4, 3)


def walks(a, b):
    p = (0, 0)
    n = 0
    while p != (a, b) and n < 50:
        p = (p[0] + 1, p[1] + (n % 2)) if p < (a, b) else (p[0] - 1, p[1])
        n += 1
    return n, p


def records(a, b):
    return (
        Edge(a, 1.5) == Edge(b, 1.5),
        Edge(a, 2.0) < (b, 3),
        P(a, b) == P(b, a),
        P(a, b) != P(a, b),
    )


@pytest.mark.parametrize(
    "fn",
    [equal_pairs, equal_names, equal_lists, orders, extremes, membership, decides, walks, records],
    ids=lambda f: f.__name__,
)
def test_native_on_numbers(fn):
    assert "native code" in same(fn, (1, 2), (2, 1), (2, 2), (4, 3), traces=1).explain()


def one_object_is_equal(a):
    p = (a, a)
    return p == p, (a,) == (a,), a == a, (a, 1) in [p, (a, 1)], (a, 1) != (a, 1), (a, 1) < (a, 2)


def test_nan_as_python_has_it():
    same(one_object_is_equal, float("nan"), 1.5)


def no_order(a, b):
    return (a, "x") < (a, b)


def test_no_order():
    same(no_order, (1, 2))


def of_array(x, n):
    return (
        (x[0], n) == (x[1], n),
        (x[0], n) < (x[1], 3),
        min((x[i], i) for i in range(3)),
        (x[0], x[1]) in [(x[1], x[0])],
    )


def test_beside_arrays():
    same(of_array, (np.array([2.0, 1.0, 3.0]), 3), (np.array([1.0, 1.0, 1.0]), 3), kinds=False)
    assert ag.function(lambda x: (x, 1) == (x, 1))(np.arange(3.0)) is not None


def of_vectors(x, y):
    return (x, 1) == (y, 1)


def test_the_truth_of_an_array_is_not_defined():
    same(of_vectors, (np.arange(3.0), np.arange(3.0) + 1), lines=False)
