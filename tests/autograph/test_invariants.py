"""What does not change in a loop is computed before it: errors stay where Python has them."""

import numpy as np
import pytest
from modes import same

BIG = 2**63 - 1


def never_runs(xs, k, n):
    total = 0
    for _ in range(n):
        total += xs[k]
    return total


def on_one_path(xs, k, n):
    total = 0
    for i in range(n):
        if i > 2:
            total += xs[k]
        else:
            total += xs[i]
    return total


def another_fails_first(xs, ys, k, n):
    total = 0
    for i in range(n):
        total += xs[i + 1]
        total += ys[k + 1] * 2
        total += ys[k + 1]
    return total


def numbers_overflow(n, k):
    total = 0
    for i in range(n):
        if i == 3:
            total += (k + 1) % 7
        total += k % 5 + i
    return total


def table(n, m, row, column):
    t = [[i * 10 + j for j in range(m)] for i in range(n)]
    total = 0
    for i in range(n):
        for j in range(m):
            if (i + j) % 2 == 0:
                total += t[row][j] + t[i][column]
            else:
                t[row][column] += t[i][j]
    return t, total


def grows(n, k):
    rows = [[1], [2, 3]]
    for i in range(n):
        rows[k].append(i)
        if i % 3 == 0:
            rows.append([i])
        for j in range(len(rows[k])):
            rows[0][0] += rows[k][j] + len(rows[1])
    return rows


def caught(xs, k, n):
    count = 0
    for i in range(n):
        try:
            count += xs[k] + i
        except IndexError:
            count -= 1
    return count


def until(xs, k, limit):
    total = 0
    while total < limit and xs[k] > 0:
        total += xs[k] + xs[k - 1]
        if total > 40:
            xs[k] = -1
    return total


def plates(a, i, n):
    total = 0.0
    for j in range(n):
        if j != 1:
            total += a[i, j] * a[i, 0] + a[-1, j]
    return total


@pytest.mark.parametrize("f", [never_runs, on_one_path, caught])
def test_lists(f):
    for k in (0, 2, -1, -3, 3, -4):
        for n in (0, 1, 3, 5):
            same(f, ([5, 6, 7], k, n))
    same(f, ([], 0, 0), ([], 0, 2))


def test_what_fails_first():
    for k in (-2, 0, 1, 2, 9, BIG - 1):
        same(another_fails_first, ([1, 2, 3], [4, 5, 6], k, 2), ([1, 2], [4, 5, 6], k, 3))
        same(another_fails_first, ([1], [4, 5, 6], k, 2), ([1], [4], k, 0))


def test_numbers_overflow_only_where_they_are_reached():
    for k in (0, 5, -BIG - 1):
        same(numbers_overflow, (0, k), (3, k), (4, k), (6, k))
    compiled = same(numbers_overflow, (0, BIG), (3, BIG))
    with pytest.raises(OverflowError, match="9223372036854775807 . 1"):
        compiled(4, BIG)


@pytest.mark.parametrize("row", [0, 2, -1, -3, 3])
@pytest.mark.parametrize("column", [0, 3, -4, 4, -5])
def test_tables(row, column):
    same(table, (3, 4, row, column), (0, 4, row, column), (3, 0, row, column))


@pytest.mark.parametrize("k", [0, 1, 2, -1, 5])
def test_rows_that_grow(k):
    same(grows, (0, k), (1, k), (5, k))


@pytest.mark.parametrize("k", [0, 1, 2, -2, 3])
def test_what_the_test_of_a_loop_reads(k):
    same(until, ([3, 4, 5], k, 30), ([3, 4, 5], k, 300), ([3, 4, 0], k, 0))


@pytest.mark.parametrize("i", [0, 1, -1, -2, 2])
def test_arrays(i):
    a = np.arange(6.0).reshape(2, 3)
    same(plates, (a, i, 0), (a, i, 2), (a, i, 3), (a, i, 4))
