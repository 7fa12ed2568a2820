"""Loops that read what the turn before has written (codegen/llvm/carry.c): a register holds it
where the place is that one in every turn, and memory is read where it may be another."""

import re

import numpy as np
import pytest
from modes import same

import autograph as ag

pytestmark = pytest.mark.filterwarnings("ignore:.*was traced")


def forward(x):
    y = np.zeros(len(x))
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = y[i - 1] * 0.5 + x[i]
    return y


def single(x):
    y = x.astype(np.float32)
    for i in range(1, len(y)):
        y[i] = y[i - 1] * np.float32(0.3) + y[i]
    return y


def backward(x):
    y = x.copy()
    for i in range(len(x) - 1, 0, -1):
        y[i - 1] = y[i] + y[i - 1] * 2
    return y


def by_twos(x):
    y = x.copy()
    for i in range(3, len(x), 2):
        y[i] = y[i - 2] + 1
    return y


def two_ago(x):
    y = x.copy()
    for i in range(2, len(x)):
        y[i] = y[i - 1] * 0.5 + y[i - 2] * 0.25
    return y


def ahead(x):
    y = x.copy()
    for i in range(len(x) - 1):
        y[i] = y[i + 1] - y[i]
    return y


def round_the_end(x):
    y = x.copy()
    for i in range(len(x)):
        y[i] = y[i - 1] + 1
    return y


def same_place(x):
    y = x.copy()
    for i in range(1, len(x)):
        y[0] = y[0] * 0.5 + x[i]
    return y


def last_place(x):
    y = x.copy()
    n = len(x)
    for i in range(1, n):
        y[n - i - 1] = y[n - i] * 0.5
    return y


def twice(x):
    y = x.copy()
    for i in range(1, len(x)):
        y[i] = y[i - 1] + 1
        y[i] = y[i] * 2
    return y


def behind_as_well(x):
    y = x.copy()
    for i in range(1, len(x)):
        y[i] = y[i - 1] + 1
        y[i - 1] = 0.0
    return y


def after_the_update(x):
    y = x.copy()
    total = 0.0
    for i in range(1, len(x)):
        y[i] = y[i - 1] + 1
        total += y[i] + y[i - 1]
    return y, total


def now_and_then(x):
    y = x.copy()
    for i in range(1, len(x)):
        if x[i] > 0:
            y[i] = y[i - 1] + 1
    return y


def read_now_and_then(x):
    y = x.copy()
    for i in range(1, len(x)):
        v = y[i - 1] if x[i] > 0 else 7.0
        y[i] = v + 1
    return y


def leaves(x):
    y = x.copy()
    for i in range(1, len(x)):
        if y[i - 1] > 2:
            break
        if x[i] < -1.5:
            continue
        y[i] = y[i - 1] + 0.75
    return y


def two_counters(x):
    y = x.copy()
    k = 0
    for i in range(1, len(x)):
        y[k + 1] = y[k] + i
        k += 1
    return y, k


def slower_counter(x):
    y = x.copy()
    k = 0
    for i in range(1, len(x)):
        y[i] = y[k] + 1
        if i % 2:
            k += 1
    return y, k


def factors(x):
    y = np.zeros(3 * len(x) + 3)
    for i in range(len(x)):
        y[3 * i + 3] = y[3 * i] + x[i]
    return y


def other_array(x):
    y = x.copy()
    z = x.copy()
    for i in range(1, len(x)):
        y[i] = z[i - 1] + 1
        z[i] = y[i - 1] * 2
    return y, z


def older_value(x):
    y = x.copy()
    z = y.copy()
    for i in range(1, len(x)):
        y[i] = z[i - 1] + y[i - 1]
    return y, z


def flags(x):
    y = x > 0
    for i in range(1, len(x)):
        y[i] = y[i - 1] != y[i]
    return y


def small_ints(x):
    y = (x * 10).astype(np.int8)
    for i in range(1, len(x)):
        y[i] = y[i - 1] // 2 + y[i] // 4
    return y


def a_table(x):
    n = len(x)
    t = np.zeros((n + 1, n + 1))
    for i in range(1, n + 1):
        for j in range(1, n + 1):
            t[i, j] = max(t[i - 1, j], t[i, j - 1] + x[j - 1])
    return t


def down_a_table(x):
    n = len(x)
    t = np.zeros((n + 1, 3))
    for i in range(1, n + 1):
        t[i, 1] = t[i - 1, 1] + x[i - 1]
        t[i, 2] = t[i - 1, 1]
    return t


def a_diagonal(x):
    n = len(x)
    t = np.ones((n + 1, n + 1))
    for i in range(1, n + 1):
        t[i, i] = t[i - 1, i - 1] * 0.5 + x[i - 1]
    return t


def lists(x):
    n = len(x)
    t = [[0.0] * (n + 1) for _ in range(n + 1)]
    for i in range(1, n + 1):
        for j in range(1, n + 1):
            t[i][j] = t[i][j - 1] + t[i - 1][j] + x[j - 1]
    return t[n][n] + t[n // 2][n - 1]


def one_row_twice(x):
    n = len(x)
    row = [1.0] * (n + 1)
    t = [row, row]
    for j in range(1, n + 1):
        t[1][j] = t[0][j - 1] + x[j - 1]
    return t[0][n] + t[1][n // 2]


def moved(x):
    n = len(x)
    y = [float(v) for v in x]
    for i in range(1, n):
        y[i] = y[i - 1] + 0.5
        if i % 3 == 0:
            y.append(y[i])
    return y[-1] + y[n - 1]


def until_it_fails(x):
    y = x.copy()
    try:
        for i in range(1, len(x) + 3):
            y[i] = y[i - 1] + 1
    except IndexError:
        return y, -1.0
    return y, 1.0


def too_far(x):
    y = x.copy()
    for i in range(len(x), len(x) + 4):
        y[i] = y[i - 1] + 1
    return y


def stops_inside(x):
    y = x.copy()
    for i in range(1, len(x)):
        y[i] = y[i - 1] + 1
        if y[i] > 3:
            raise ValueError("too much")
    return y


PROGRAMS = [v for v in dict(globals()).values() if getattr(v, "__module__", "") == __name__]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_the_turn_before_is_read(program):
    sizes = 1, 2, 3, 4, 9, 40
    same(program, *[np.random.default_rng(n).standard_normal(n) for n in sizes], cheap=True)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_for_any_size(program):
    """Loops whose turns only the run counts: none, one, many."""
    traced = ag.function(program, input_signature=[ag.TensorSpec([None], ag.float64)])
    for n in (1, 2, 3, 4, 9, 40, 70):
        x = np.random.default_rng(n).standard_normal(n)
        try:
            want = program(x)
        except Exception as e:
            with pytest.raises(type(e), match=re.escape(str(e))):
                traced(x)
            continue
        got = traced(x)
        for a, b in zip(want, got) if isinstance(want, tuple) else [(want, got)]:
            assert np.asarray(b).tolist() == np.asarray(a).tolist()


HELD = [forward, single, backward, by_twos, two_ago, after_the_update, read_now_and_then, flags]
HELD += [small_ints, a_diagonal, a_table, two_counters]
NOT_HELD = [ahead, twice, behind_as_well, now_and_then, slower_counter]


@pytest.mark.parametrize("program", HELD + NOT_HELD)
def test_a_register_holds_it(program):
    function = ag.function(program, input_signature=[ag.TensorSpec([None], ag.float64)])
    text = function.get_concrete_function().graph.optimize().ir_text()
    assert ("%before = phi" in text) == (program in HELD)


def test_long_loops_are_asked_whether_to_stop():
    """Beyond a poll, which the register has to outlast."""
    x = np.random.default_rng(0).standard_normal(3_000_000)
    y = np.asarray(ag.function(forward)(x))
    assert np.allclose(y[-1], sum(0.5**k * x[-1 - k] for k in range(60)))
    assert np.array_equal(y[:2000], forward(x[:2000]))
