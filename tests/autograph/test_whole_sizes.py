"""Sizes, counts and places are ints to NumPy: a float, a bool or a text is its error, never cut off."""

import numpy as np
import pytest

import autograph as ag

NUMBERS = {
    "linspace": (lambda n: np.linspace(0, 1, n), 2.5),
    "zeros": (lambda n: np.zeros(n), 3.0),
    "nan": (lambda n: np.zeros(n), float("nan")),
    "negative": (lambda n: np.zeros(n), -0.5),
    "pair": (lambda n: np.zeros((n // 2, n / 2)), 7),
    "ones": (lambda n: np.ones((n, 2)), 2.5),
    "full": (lambda n: np.full(n, 2), 2.0),
    "eye": (lambda n: np.eye(n), 2.5),
    "identity": (lambda n: np.identity(n), 2.5),
    "empty": (lambda n: np.empty(n), 2.5),
    "bool": (lambda n: np.zeros(n), True),
    "arange": (lambda n: np.arange(n), float("nan")),
    "take": (lambda n: np.take(np.arange(3), n), np.array([1.7])),
    "repeat": (lambda n: np.repeat(np.arange(3), n), np.array([1.7])),
    "tile": (lambda n: np.tile(np.arange(3), n), 2.5),
    "text": (lambda n: np.tile(np.arange(3), n), "2"),
    "ptp": (lambda n: np.ptp(n), np.array([True, False])),
    "narrow": (lambda n: np.zeros(n), np.float32(2)),
}


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside an array"])
@pytest.mark.parametrize("name", NUMBERS)
def test_what_numpy_refuses_is_refused(name, beside):
    f, n = NUMBERS[name]
    with pytest.raises((TypeError, ValueError)) as want:
        f(n)
    other = ag.function(lambda n, x: (f(n), x + 1)) if beside else None
    with pytest.raises(want.type):
        other(n, np.ones(3)) if beside else ag.function(f)(n)


def test_ints_are_sizes():
    @ag.function
    def f(n):
        return np.zeros(n).shape, np.ones((n, n // 2)).sum(), np.linspace(0, 1, n), np.repeat(np.arange(3), n), np.tile([1, 2], n)

    for n in (4, np.int32(5), 6):
        for a, b in zip(f(n), f.python_function(n), strict=True):
            np.testing.assert_allclose(a, b)


def test_int64_is_numpys_own_type():
    made = ag.function(lambda x: x * 2)(np.arange(3))
    assert repr(made.numpy()) == repr(np.asarray(made)) == "array([0, 2, 4])"
    assert made.numpy().dtype.char == np.arange(3).dtype.char
    assert memoryview(ag.constant([1], ag.uint64)).format == "L"
