"""Copies of a NumPy argument are arrays of the function's own: what changes one is seen under every name, in views and in calls."""

import numpy as np
import pytest
from modes import same

import autograph as ag

WAYS = {
    "copy": lambda x: x.copy(),
    "astype": lambda x: x.astype(np.float32),
    "astype_of_its_own": lambda x: x.astype(float),
    "flatten": lambda x: x.flatten(),
    "sort": lambda x: np.sort(x),
    "copy_of_a_view": lambda x: x[::-1].copy(),
    "copy_of_a_sum": lambda x: (x + x).copy(),
}


def alias(x, own):
    y = own(x)
    z = y
    z[0] = 100
    z += 1
    return y, x


def view(x, own):
    y = own(x)
    w = y[1:]
    w[0] = 100
    y[2] += 5
    return y, w, x


def clear(a, v):
    a[1:3] = v


def helper(x, own):
    y = own(x)
    clear(y, 7)
    return y, x


def swap_next(a, i):
    a[i], a[i + 1] = a[i + 1], a[i]


def helper_in_a_loop(x, own):
    y = own(x)
    for i in range(len(y) - 1):
        if y[i] < y[i + 1] + 1:
            swap_next(y, i)
    return y, x


def branch(x, own):
    y = own(x)
    z = y
    if x[0] < 5:
        z[0] = 100
    return y, x


def swapped(x, own):
    a, b = own(x), x * 0
    keep = a
    a, b = b, a
    b[0] = 100
    return keep, x


def iterated(x, own):
    y, s = own(x), 0.0
    for v in y:
        s += v
        y[-1] = 100
    return s, x


class Box:
    pass


def attribute(x, own):
    c = Box()
    c.a = own(x)
    c.b = c.a
    c.b[0] = 100
    return c.a, x


def items(x, own):
    y = own(x)
    d, r = {"a": y}, [y]
    y[0] = 100
    r[0][1] = 50
    return d["a"], r[0], y, x


def recursion(x, own):
    def turn(a, low, high):
        if low < high:
            a[low], a[high] = a[high], a[low]
            turn(a, low + 1, high - 1)

    y = own(x)
    turn(y, 0, len(x) - 1)
    return y, x


def turns(x, own):
    now, before = own(x), own(x)
    for i in range(1, len(x)):
        now[i] = before[i - 1] * 2
        now, before = before, now
    return now, before, x


@pytest.mark.parametrize("own", WAYS)
@pytest.mark.parametrize(
    "f", [alias, view, helper, helper_in_a_loop, branch, swapped, iterated, attribute, items, recursion, turns]
)
def test_a_copy_is_one_array_under_all_its_names(f, own):
    same(f, (np.array([3.0, 1.0, 2.0, 8.0]), WAYS[own]), kinds=False, cheap=True)


def rows(x):
    m = x.reshape(2, 2).copy()
    r = m[0]
    r += 100
    for row in m:
        row[1] = 7
    return m, r, x


def test_rows_of_a_copy():
    same(rows, np.arange(4.0), kinds=False)


def test_copies_of_a_tensor_and_of_an_array_share_a_trace():
    def f(x):
        y = x.copy()
        z = y
        z[0] = 9
        return y

    f = ag.function(f)
    x = np.array([1, 2])
    assert f(ag.constant(x)).tolist() == [9, 2]
    assert f(x).tolist() == [9, 2]
    assert x.tolist() == [1, 2]
    assert f.experimental_get_tracing_count() == 1
