"""Short loops whose turns are known: the values, prints and errors of plain Python."""

import numpy as np
import pytest
from modes import same

import autograph as ag


def horner(x, c):
    y = x * 0.0
    for k in c:
        y = y * x + k
    return y


def counted_down(x):
    """A counter of the graph, which a Python range is not."""

    def step(i, s, t):
        return i - 2, s + x[i], t * s

    return ag.while_loop(
        lambda i, s, t: i > 0, step, (ag.constant(5, "int64"), ag.constant(0.0, "float64"), x)
    )


def wraps(x):
    """int8: 127 + 1 is -128, where the test fails."""
    i = ag.constant(125, "int8")
    return ag.while_loop(
        lambda i, y: i > 0, lambda i, y: (i + ag.constant(1, "int8"), y * 2), (i, x)
    )


def no_turn(x):
    return ag.while_loop(lambda i, y: i < 0, lambda i, y: (i + 1, y + 1), (ag.constant(0), x))


def at_most(x):
    """The test is not known, the greatest number of turns is."""
    return ag.while_loop(
        lambda y: ag.reduce_sum(y) < 1e3, lambda y: y * 2.0, (x,), maximum_iterations=4
    )


def told(x):
    """Prints, and an error in the turn where it happens."""
    total = 0.0
    for row in x:
        print("row", row[0])
        if row[0] > 2.5:
            raise ValueError("too much")
        total += row[0] * row[1]
    return total


def left_early(x):
    best, at = -1.0, None
    for i, row in enumerate(x):
        if row[0] < 0:
            continue
        if row[0] > 10:
            break
        if row[0] > best:
            best, at = row[0], i
    return best, at


def kernels(images):
    """Short loops inside of a long one."""
    total = 0.0
    for image in images:
        for i, row in enumerate(image):
            for j, v in enumerate(row):
                total += v * (i - j)
    return total


def collected(x):
    """What a turn appends, changes, and reads of the turns before."""
    seen, state = [], x[0] * 0.0
    for row in x:
        state = state + row
        seen.append(state * 2.0)
        seen[0] = seen[0] + 1.0
        x = x * 1.5
    return seen, state, x


def overflowing(n, x):
    """The third square does not fit into an int64; around it is a loop that stays."""
    for _ in range(n):
        k = 3_000
        for row in x:
            k = k * k
    return k


def written(x):
    """An array that the turns change and read."""
    x = x.copy()
    for i, row in enumerate(x):
        x[i] = row * 2.0 + x[0]
    return x


SQUARE = np.arange(9.0).reshape(3, 3)


@pytest.mark.parametrize(
    "fn, cases",
    [
        (horner, [(np.linspace(-1, 1, 7), np.arange(4.0)), (0.5, np.arange(3.0))]),
        (
            told,
            [
                (np.array([[1.0, 2.0], [2.0, 3.0]]),),
                (np.array([[1.0, 2.0], [3.0, 3.0], [1.0, 1.0]]),),
            ],
        ),
        (left_early, [(SQUARE,), (SQUARE - 4.0,), (SQUARE * 5.0,)]),
        (kernels, [(np.arange(45.0).reshape(5, 3, 3),), (np.zeros((0, 3, 3)),)]),
        (collected, [(SQUARE,)]),
        (overflowing, [(0, SQUARE), (2, SQUARE[:2])]),
        (written, [(SQUARE,)]),
    ],
    ids=lambda v: v.__name__ if callable(v) else "",
)
def test_turns_are_those_of_python(fn, cases):
    same(fn, *cases)


@pytest.mark.parametrize("fn", [counted_down, wraps, no_turn, at_most], ids=lambda f: f.__name__)
@pytest.mark.parametrize("x", [np.arange(6.0), np.ones(6) * 100.0], ids=["small", "large"])
def test_loops_by_hand_are_their_turns(fn, x):
    for got, want in zip(ag.function(fn)(x), fn(ag.constant(x))):
        np.testing.assert_array_equal(np.asarray(got), np.asarray(want))


def test_a_counter_that_overflows_says_where():
    with pytest.raises(OverflowError):
        ag.function(overflowing)(1, SQUARE)
