"""np.stack and its like of lists that grow in the run, and comprehensions over range that the run filters."""

import numpy as np
import pytest
from modes import same

X = np.array([2.0, 3.0, 1.0, 5.0, 4.0])


def vectors(y, n):
    ys = []
    for i in range(n):
        y = y * 0.5
        ys.append(y)
        if y[0] < 0.1:
            break
    return (
        np.stack(ys),
        np.stack(ys, axis=1),
        np.stack(ys, -1),
        np.vstack(ys),
        np.concatenate(ys),
        np.hstack(ys),
        np.column_stack(ys),
    )


def numbers(y, n):
    ys = []
    for v in y:
        if v > 5 - n:
            ys.append(v)
    return np.stack(ys), np.vstack(ys), np.hstack(ys), np.column_stack(ys)


def matrices(y, n):
    ys = []
    y = np.outer(y, np.array([1.0, 2.0, 3.0]))
    for i in range(n):
        y = y * 0.5
        ys.append(y)
        if y[0, 0] < 0.1:
            break
    return (
        np.stack(ys, 1),
        np.vstack(ys),
        np.concatenate(ys, 1),
        np.hstack(ys),
        np.column_stack(ys),
        np.concatenate(ys, axis=-1),
    )


@pytest.mark.parametrize("fn", [vectors, numbers, matrices])
def test_joins(fn):
    same(fn, (X, 3), (X, 30), (X * 2, 4))


@pytest.mark.parametrize("join", [np.stack, np.concatenate])
def test_of_nothing(join):
    def none(y, n):
        ys = []
        for v in y:
            if v > 10 * n:
                ys.append(y)
        return join(ys)

    same(none, (X, 0), (X, 2))


def over_a_range(x, k):
    return [i for i in range(1, len(x) - 1) if x[i] > x[i - 1] and x[i] > x[i + 1]]


def best_places(x, k):
    peaks = [i for i in range(1, len(x) - 1) if x[i] > x[i - 1]]
    best = sorted(peaks, key=lambda i: -x[i])[:k]
    return peaks, best, [x[i] for i in best]


@pytest.mark.parametrize("fn", [over_a_range, best_places])
def test_filters_of_a_range(fn):
    same(fn, (X, 1), (X, 2), (X[::-1].copy(), 5))
