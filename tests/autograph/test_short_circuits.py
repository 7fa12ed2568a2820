"""any() and all() of generator expressions stop at the item that decides: what comes after it neither acts nor fails."""

import numpy as np
from modes import same


def failing_after(n):
    return any(10 // (n - i) > 2 for i in range(5)), all(10 // (i + 1) > n for i in (3, 2, n, -1))


def failing_in_a_list(n):
    xs = [4, 3, 2, 1, 0]
    return all(10 // x < n for x in xs), any(x < n for x in xs)


def failing_in_a_loop(n):
    r = 0
    for k in range(n):
        if any(12 // (i - 3) > k for i in range(2, 5)):
            r += 1
    return r


def failing_in_a_try(n):
    try:
        return any(10 // (i - 2) > n for i in range(5))
    except ZeroDivisionError:
        return "zero"


def nested(n):
    return any(any(10 // (j - 1) > n for j in range(i)) for i in range(3))


def an_iterator_goes_on(n):
    it = iter(range(10))
    r = any(x > n for x in it)
    return r, list(it)


def appends(n):
    seen = []

    def t(v):
        seen.append(v)
        return v > n

    return any(t(i) for i in range(4)), all(t(i) for i in [5, 2, n, 7]), any(t(i) for i in range(4) if i % 2), seen


def assigns(n):
    count = 0

    def t(v):
        nonlocal count
        count += 1
        return v > n

    a = any(t(i) for i in range(4)), count
    return a, all(t(v) for v in (3, n, 1)), count


class Counter:
    def __init__(self):
        self.k = 0

    def above(self, v, n):
        self.k += 1
        return v > n


def attributes(n):
    c, d = Counter(), {}
    found = any(c.above(i, n) for i in range(4))
    return found, c.k, all(d.setdefault(i, n) < i + 2 for i in range(3)), len(d)


def test_numbers():
    for f in (
        failing_after, failing_in_a_list, failing_in_a_loop, failing_in_a_try, nested, an_iterator_goes_on, appends, assigns, attributes,
    ):  # fmt: skip
        same(f, 0, 1, 2, 5, -3, lines=False)


def over_an_array(x, k):
    count = 0

    def t(v):
        nonlocal count
        count += 1
        return v > k

    return any(t(v) for v in x), count


def an_array_beside(x, k):
    return any(10 // x[i] > k for i in range(1, 5)), all(x[i + k] < k for i in (0, 3, 1))


def several_in_an_array(x, k):
    seen = []

    def t(i):
        seen.append(i)
        return x[i] > k

    return any(t(i) for i in range(4)), all(t(i) for i in range(4)), len(seen)


def test_arrays():
    x = np.arange(5)
    for f in (over_an_array, several_in_an_array):
        same(f, (x, 1), (x, 7), (x, -1), kinds=False)
    same(an_array_beside, (x, 1), (x, 0), (x, 7), kinds=False, lines=False)


def calls_that_assign(n):
    count = 0

    def inner(v):
        nonlocal count
        count += v
        return v

    def t(v):
        return inner(v) + inner(1)

    total = sum(t(i) for i in range(n + 1))
    items = [t(i) for i in range(n + 2)]
    return total, items, max((t(i) for i in range(n + 1)), default=0), count


def test_what_functions_called_by_a_comprehension_assign():
    same(calls_that_assign, 0, 1, 5)
