"""Indices at and past both ends of arrays: each element, or Python's error at its line, in all modes."""

import numpy as np
import pytest
from modes import same

EXTREMES = (0, 1, -1, 2, -2, 3, -3, 4, -4, 2**62, -(2**62), 2**63 - 1, -(2**63))
INT64 = np.array([5, 6, 7], np.int64)


def read(x, i):
    return x[i]


def write(x, i):
    x = x.copy()
    x[i] = 9
    return x[i] + x[-1]


def read_twice(x, i):
    if x[i] > 5:
        return x[i] + x[i]
    return x[i] - 1


def read_in_one_branch(x, i, deep):
    total = 0
    if deep:
        total += x[i]
    return total + x[i]


@pytest.mark.parametrize("i", EXTREMES)
def test_numbers_as_indices(i):
    for fn in (read, write, read_twice):
        same(fn, (INT64, i), kinds=False)


@pytest.mark.parametrize("i", (0, 2, -3, 3, -4))
@pytest.mark.parametrize("deep", (False, True))
def test_checks_of_a_branch_hold_there_alone(i, deep):
    same(read_in_one_branch, (INT64, i, deep), kinds=False)


@pytest.mark.parametrize("size", (0, 1, 2, 3))
def test_counters_run_past_the_end(size):
    def two(x):
        total = 0
        for i in range(2):
            total += x[i]
        return total

    def backwards(x):
        total = 0
        for i in range(2):
            total += x[-1 - i]
        return total

    def neighbours(x):
        total = 0
        for i in range(len(x)):
            total += x[i] - x[i - 1]
        return total

    def next_one(x):
        total = 0
        for i in range(len(x)):
            total += x[i + 1]
        return total

    for fn in (two, backwards, neighbours, next_one):
        same(fn, (np.arange(size) + 1,), kinds=False)


@pytest.mark.parametrize("start", (-4, -3, -1, 0, 1, 2))
@pytest.mark.parametrize("step", (1, 2, -1))
def test_counters_changed_in_the_body(start, step):
    def walk(x, at, step):
        x = x.copy()
        total = 0
        while at < 3 and total < 30:
            total += x[at]
            at += step
            x[at] += 1
        return total, at

    same(walk, (INT64, start, step), kinds=False)


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("codes", ([0, 1, 2], [2, -1, -3], [0, 3], [-4, 0], [-(2**63)], [2**63 - 1]))
def test_indices_from_memory(codes):
    def gather(x, at):
        x = x.copy()
        total = 0
        for k in range(len(at)):
            x[at[k]] += x[at[k]]
            total += x[at[k]]
        return total

    def table(x, at):
        total = 0
        for k in range(len(at)):
            total += x[at[k], at[k] + 1] + x[at[k], at[k]]
        return total

    same(gather, (INT64, np.array(codes)), kinds=False)
    same(table, (np.arange(12).reshape(3, 4), np.array(codes)), kinds=False)


@pytest.mark.parametrize("words", (0, 1, 4, 5))
@pytest.mark.parametrize("dtype", (np.int64, np.float32, np.bool_))
def test_large_constants_of_zeros_are_copied_with_what_they_hold(words, dtype):
    """Native code clears memory for them; each call has its own copy."""

    def fill(n):
        table = np.zeros(8192, dtype)
        for k in range(words):
            table[1000 * k + 7] = k % 2 + 1
        for i in range(n):
            table[i] = table[i + 1]
        return table, table[7], table[1007]

    same(fill, (0,), (3,), (8,), (8000,), kinds=False)
