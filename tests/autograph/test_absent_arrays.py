"""Arrays that are changed in place or copied, or None: which of both is the run's to know."""

import numpy as np
import pytest
from modes import same

import autograph as ag

ROWS = [np.array(row) for row in ([1.0, 2, 3], [1.0, -2, 3], [-1.0, -2, 3])]


def copy_of(v):
    if v[1] > 0:
        return v.copy()
    return None


def one_of(w, z, v):
    if v[1] > 0:
        return w
    if v[0] > 0:
        return z
    return None


def returned(v):
    if v[1] > 0:
        return v.copy()
    elif v[0] > 0:
        return v
    return None


def returned_in_a_loop(v):
    for k in range(3):
        if v[k] > 2:
            return v.copy()
    u = v[1]
    while u > 0:
        return np.zeros_like(v)
    return None


def changed_by_the_caller(v):
    w = copy_of(v)
    if w is None:
        return v.sum()
    w[0] = 7
    return w.sum()


def under_two_names(v):
    w = copy_of(v)
    z = w
    if w is not None:
        w[0] = 7
        z[1] = 8
        z += 1
    return w, z


def of_two_arrays(v):
    w, z = np.zeros(3), np.ones(3)
    q = one_of(w, z, v)
    if q is not None:
        q[1] = 5
        q *= 2
    return w, z, q


def made_by_a_turn(v):
    w = None
    for k in range(3):
        if v[k] > 0:
            if w is None:
                w = v.copy()
            w[k] += 10
    return w


def taken_away_in_a_loop(v):
    w, n = v.copy(), 0
    while n < 3:
        if v[n] < 0:
            w = None
            break
        w[n] += 1
        n += 1
    return w


def two_that_turns_hand_on(v):
    w, z = None, None
    for k in range(3):
        if v[k] > 1:
            w = v.copy()
        elif v[k] < -1:
            z = w
        if w is not None:
            w[k] += 10
        if z is not None:
            z[0] -= 1
    return w, z


def taken_away_in_a_branch(v):
    w = v.copy()
    held = [w]
    if v[0] < 0:
        w = None
    if w is not None:
        w[0] = 44
    return held, w, w is None


def changed_in_a_try(v):
    w = v.copy()
    try:
        if v[0] < 0:
            w = None
        w[0] = 8
    except TypeError:
        return "none"
    return w


PROGRAMS = (
    returned, returned_in_a_loop, changed_by_the_caller, under_two_names, of_two_arrays, made_by_a_turn, taken_away_in_a_loop,
    two_that_turns_hand_on, taken_away_in_a_branch, changed_in_a_try,
)  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_an_array_or_none(f):
    same(f, *((row,) for row in ROWS), cheap=True)


@pytest.mark.usefixtures("no_plain_calls")
def test_arrays_that_a_loop_gives_two_names():
    def f(v):
        w = z = v * 1
        k = 0
        while k < 3 and v[k] > 0:
            w = v.copy()
            z = w
            k += 1
        w[0] = 100
        return w, z

    with pytest.raises(TypeError, match="may be the one that was changed under another name"):
        ag.function(f)(ROWS[0])
