"""sum() gives the bits of the Python that runs it: since 3.12 sums of floats keep what rounding takes from them."""

import math
import random

import pytest
from modes import same

import autograph as ag


def plain(xs):
    return sum(xs)


def from_an_int(xs, k):
    return sum(xs, k), sum((x for x in xs), start=1), sum([2 * x for x in xs], k)


def from_a_float(xs, k):
    return sum(xs, 0.1), sum((x for x in xs), start=k + 0.5)


def generated(xs):
    return sum(x * 0.1 for x in xs if x > 0.3), sum(x for x in xs if x < 0)


def collected(xs):
    ys = []
    for x in xs:
        if x == x:
            ys.append(x * 3)
    return sum(ys), sum(ys[1:])


def harmonic(n):
    return sum(1 / (i + 1) for i in range(n)), sum([0.1] * n), sum(i for i in range(n))


def of_several(x, y, z):
    return sum((x, y, z)), sum([x, 3, y, True, z, 10**16, -(10**16)]), sum([10**30, x, y, z])


def mixed(xs):
    return sum(xs), sum(xs, 3), sum(xs, 0.5)


def turn_by_turn(xs):
    totals = []
    for k in range(len(xs)):
        totals.append(sum(xs[:k]))
    return totals


random.seed(7)
FLOATS = [
    [1e100, 1.0, -1e100],
    [0.1] * 10,
    [1e16, 1.0, 1.0, -1e16],
    [1e308, 1e308, -1e308],
    [math.inf, 1.0, 0.1],
    [math.inf, -math.inf, 1.0],
    [math.nan, 1.0],
    [-0.0],
    [-0.0, -0.0, 5e-324],
    [2.5],
    [random.uniform(-1, 1) * 10.0 ** random.randint(-12, 12) for _ in range(400)],
]


@pytest.mark.parametrize("program", [plain, generated, collected, turn_by_turn])
def test_of_floats(program):
    same(program, *[(xs,) for xs in FLOATS], kinds=False)  # no items: 0.0 in place of 0


@pytest.mark.parametrize("program", [from_an_int, from_a_float])
def test_that_start_with_a_number(program):
    same(program, *[(xs, k) for xs in FLOATS for k in (0, 3, -(2**53) - 1)])


def test_of_ints_stay_ints():
    same(plain, ([2**53, 1, 1],), ([],), ([True, True],))
    same(harmonic, 0, 1, 10, 1000)


def test_of_what_is_known_in_part():
    same(of_several, (1e100, 1.0, -1e100), (0.1, 0.2, 0.3), (1, 2, 3.5), (-0.0, -0.0, -0.0))


def test_of_ints_and_floats():
    same(mixed, ([0.1, 1, 0.2, 2**53, 0.7],), ([1, 2, 0.1, True, 1e100, 1.0, -1e100],), ([1, 0.5],))


def test_zeros_keep_their_sign():
    def below(xs):
        return math.copysign(1.0, sum(xs, -0.0))

    for xs in [-0.0, -0.0], [-0.0, 0.0], [1.0, -1.0]:
        assert float(ag.function(below)(xs)) == below(xs)
