"""np.int64(5) and its like as arguments: traced, and the number itself where Python needs it."""

import numpy as np
import pytest
from modes import same

import autograph as ag


def factorial(n):
    return 1 if n <= 1 else n * factorial(n - 1)


def item(n):
    return [10, 20, 30, 40, 50, 60][n]


def named(n):
    return {5: "five", 2: "two"}[n]


def repeated(n):
    return "ab" * n


def shaped(n):
    return np.zeros((n, 2)) + n


def summed(n):
    total = 0
    for i in range(n):
        total += i
    return total


def chosen(n):
    return "some" if n else "none"


def kinds(n):
    return isinstance(n, int), isinstance(n, np.integer), isinstance(n, np.number), np.isscalar(n), type(n).__name__


@pytest.mark.parametrize("program", [factorial, item, named, repeated, summed, chosen])
def test_numbers_of_numpy_where_python_needs_a_number(program):
    same(program, np.int64(5), np.int64(2), np.int32(5), kinds=False)


def test_what_a_number_of_numpy_is():
    same(kinds, np.int64(5), np.float64(0.5), np.uint8(3))
    same(shaped, np.int64(2), kinds=False)


def test_a_number_that_is_not_needed_has_one_trace():
    f = ag.function(summed)
    assert [f(np.int64(n)).numpy() for n in (3, 4, 5)] == [3, 6, 10]
    assert f.experimental_get_tracing_count() == 1


def test_a_needed_number_has_a_trace_for_each_value():
    f = ag.function(item)
    assert [int(f(np.int64(n))) for n in (0, 1, 0)] == [10, 20, 10]
    with pytest.raises(IndexError):
        f(np.int64(6))


def test_dtypes_of_small_integers_are_numpys_beside_numpys_arrays_alone():
    def f(x, y):
        return x / 2, x * 0.5, y / y

    made = ag.function(f)
    u, h = np.arange(1, 4, dtype=np.uint8), np.arange(1, 4, dtype=np.int16)
    assert [t.dtype.name for t in made(u, h)] == ["float64"] * 3
    assert [t.dtype.name for t in made(ag.constant(u), ag.constant(h))] == ["float32"] * 3
    assert [t.dtype.name for t in made(u, ag.constant(h))] == ["float32"] * 3


@pytest.mark.usefixtures("no_plain_calls")
def test_dtypes_that_differ_are_refused_with_the_remedy():
    with pytest.raises(TypeError, match=r"differ, int64 and float64; got k: .*cast it, for example tf.cast\(k, tf.float64\)"):
        ag.function(lambda k, v: k * v)(np.arange(3), np.ones(3))
