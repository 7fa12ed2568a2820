"""A place that a loop remembers (the best so far) lies where the loop's counter has been: read
without a check where that holds, and refused as Python does where it does not."""

import numpy as np
import pytest
from modes import same

X = np.array([3.0, 1.0, 4.0, 1.0, 5.0])


def first_best(x):
    best = 0
    for c in range(len(x)):
        if x[c] > x[best]:
            best = c
    return best


def best_of_list(n):
    values = []
    for i in range(n):
        values.append((i * 7) % 5)
    best = 0
    for c in range(len(values)):
        if values[c] > values[best]:
            best = c
    values[best] = -1
    return best, values


def one_ahead(x):
    best = 0
    for c in range(len(x)):
        if x[best] < 5:
            best = c + 1
    return x[best]


def steps_of(x, step):
    at = 0
    total = 0.0
    for c in range(len(x)):
        total += x[at]
        at += step
    return total


def starts_ahead(x, best):
    for c in range(len(x)):
        if x[c] > x[best]:
            best = c
    return best


def counts_found(x):
    out = np.zeros(len(x))
    found = 0
    for c in range(len(x)):
        if x[c] > 2:
            out[found] = x[c]
            found += 1
    return out, found


def counts_twice(x):
    out = np.zeros(len(x))
    found = 0
    for c in range(len(x)):
        out[found] = x[c]
        found += 1
        if x[c] > 2:
            found += 1
    return out


def two_counters(x):
    i = j = best = 0
    while i < len(x):
        if x[j] > x[best]:
            best = j
        i += 1
        j += 2
    return best


def backwards(x):
    best = c = len(x) - 1
    while c >= 0:
        if x[c] >= x[best]:
            best = c
        c -= 1
    return best


def swapped(x, n):
    a, b = 0, 1
    total = 0.0
    for _ in range(n):
        total += x[a] * 10 + x[b]
        a, b = b, a + b
    return total


@pytest.mark.parametrize("n", range(6))
def test_the_best_so_far_is_a_place(n):
    for fn in (first_best, counts_found, counts_twice, one_ahead, two_counters, backwards):
        same(fn, (X[:n],), kinds=False)
    same(best_of_list, (n,))


@pytest.mark.parametrize("start", (0, 1, 4, 5, -1, -5, -6, 2**62))
def test_a_place_that_begins_elsewhere(start):
    same(starts_ahead, (X, start), kinds=False)
    same(starts_ahead, (X[:0], start), kinds=False)


@pytest.mark.parametrize("step", (0, 1, 2, -1, -2, 2**62))
def test_a_place_that_moves_by_steps(step):
    same(steps_of, (X, step), kinds=False)


@pytest.mark.parametrize("n", range(7))
def test_places_that_change_roles(n):
    same(swapped, (X, n), kinds=False)
