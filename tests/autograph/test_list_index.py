"""Indices of lists whose length the run decides: the item, or Python's IndexError at its line, in all modes."""

import pytest
from modes import same

import autograph as ag

EXTREMES = (0, 1, -1, 2, -2, 3, -3, 4, -4, 2**62, -(2**62), 2**63 - 1, -(2**63))


def fixed(i):
    items = [1, 2, 3]
    x = items[i]
    items[i] = 5
    return x, items


def grown(n, i):
    items = []
    for k in range(n):
        items.append(k * k)
    items[i] = 7
    return items[i] + items[-1] * 10


def handled(n, i):
    items = [5]
    for k in range(n):
        items.append(k)
    try:
        return items[i]
    except IndexError:
        return -100


def unused(n, i):
    items = []
    for k in range(n):
        items.append(k)
    items[i]
    return n


def shrinking(n, i):
    items = []
    for k in range(n):
        items.append(k)
    total = 0
    while len(items) > 1:
        total = 3 * total + items[i] + items.pop()
    return total


@pytest.mark.parametrize("i", EXTREMES)
def test_every_index(i):
    same(fixed, (i,), cheap=True)
    for n in (0, 1, 3):
        for fn in (grown, handled, unused, shrinking):
            same(fn, (n, i), cheap=True)


def test_long_lists_of_numbers():
    def path(n):
        items = [0] * 40 + [n] + [1.5 * n] * 0
        for k in range(n):
            items[k] = items[k - 1] + k
        return items

    same(path, (0,), (1,), (7,), (41,), (42,))


def test_the_message_is_that_of_python():
    import autograph as ag

    @ag.function
    def read(n, i):
        items = []
        for k in range(n):
            items.append(k)
        return items[i]

    @ag.function
    def write(n, i):
        items = []
        for k in range(n):
            items.append(k)
        items[i] = 3
        return items

    with pytest.raises(IndexError, match="^list index out of range"):
        read(3, 3)
    with pytest.raises(IndexError, match="^list assignment index out of range"):
        write(3, -4)
    with pytest.raises(TypeError, match="list indices must be integers or slices, not float"):
        read(3, 1.0)


def place(n, x):
    items = [n, n + 1, n + 2]
    return items.index(x)


def place_in_grown(n, x):
    items = []
    for k in range(n):
        items.append(k * 0.5)
    return items.index(x)


def test_index_says_what_is_not_there():
    same(place, (3, 5), (3, 9))
    same(place_in_grown, (4, 1.5), (4, 1.25), (0, 0.0))
    with pytest.raises(ValueError, match=r"^9 is not in list$"):
        ag.function(place)(3, 9)
