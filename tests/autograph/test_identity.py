"""`a is b` of what the caller gives: one array or list given twice is one object, as in Python."""

import numpy as np
import pytest
from modes import same

import autograph as ag


def one(a, b):
    return a is b, a is not b, a is a, a is None


def added(a, b):
    if a is b:
        return a * 10
    return a + b


def in_a_loop(a, b):
    n = 0
    for v in a:
        if v > 1 and a is b:
            n += 1
    return n


def view(a, b):
    return a[1:] is b, a[1:] is a


@pytest.mark.parametrize("make", [np.array, list])
@pytest.mark.parametrize("f", [one, in_a_loop])
def test_arguments_are_one_where_the_caller_gives_one(f, make):
    x, y = make([3.0, 1.0, 2.0]), make([3.0, 1.0, 2.0])
    traced = ag.function(f)
    for _ in range(2):
        for given in ((x, x), (x, y), (y, x), (y, y)):
            assert traced(*given) == f(*given)


def test_each_way_has_a_trace():
    x, y = np.arange(3.0), np.arange(3.0)
    f = ag.function(added)
    for _ in range(2):
        assert f(x, y).tolist() == [0, 2, 4]
        assert f(x, x).tolist() == [0, 10, 20]
        assert f(y, y).tolist() == [0, 10, 20]
        assert f(ag.constant(x), x).tolist() == [0, 2, 4]
    t = ag.constant(x)
    assert f(t, t).tolist() == [0, 10, 20]
    assert f.experimental_get_tracing_count() == 2


def test_one_signature_for_two_arguments_makes_them_no_one_object():
    spec = ag.TensorSpec([3], "float64")
    assert ag.function(added).get_concrete_function(spec, spec)(np.arange(3.0), np.ones(3)).tolist() == [1, 2, 3]
    assert ag.function(added, input_signature=[spec, spec])(np.arange(3.0), np.ones(3)).tolist() == [1, 2, 3]


def test_each_way_as_python():
    x = np.array([3.0, 1.0, 2.0])
    for f in (one, added, in_a_loop, view):
        same(f, (x, x), (x, x + 0), kinds=False)
