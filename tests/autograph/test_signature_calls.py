"""Calls of a function with an input signature: what fits a trace runs at once, all else is checked
as the first call was."""

import numpy as np
import pytest

import autograph as ag


def scaled(x, k):
    return x * k + 1.0


@pytest.fixture
def f():
    signature = [ag.TensorSpec([None, 2], ag.float32), ag.TensorSpec([], ag.float32)]
    made = ag.function(scaled, input_signature=signature)
    x = ag.constant(np.ones((3, 2), np.float32))
    for _ in range(3):
        assert made(x, ag.constant(2.0)).numpy().tolist() == [[3.0, 3.0]] * 3
    return made


def test_what_fits(f):
    array = np.full((4, 2), 2.0, np.float32)
    for x in (array, ag.constant(array), array[::-1], array.copy(order="F"), array.tolist()):
        for k in (3, 3.0, np.float32(3), ag.constant(3.0), True):
            expected = np.full((4, 2), 2.0 * float(k) + 1.0, np.float32)
            for _ in range(3):
                np.testing.assert_array_equal(f(x, k).numpy(), expected)
                np.testing.assert_array_equal(f(k=k, x=x).numpy(), expected)
    assert f.experimental_get_tracing_count() == 1


@pytest.mark.parametrize(
    "x, k, error, text",
    [
        (np.ones((3, 3), np.float32), 1.0, ValueError, r"shape \(None, 2\)"),
        (np.ones(2, np.float32), 1.0, ValueError, r"shape \(None, 2\)"),
        (np.ones((3, 2)), 1.0, TypeError, "dtype float32, but it has float64"),
        (np.ones((3, 2), np.float32), np.float64(1), TypeError, "float32, but it has float64"),
        (np.ones((3, 2), np.float32), [1.0], ValueError, r"shape \(\)"),
        (1.0, 1.0, ValueError, r"shape \(None, 2\)"),
        ("x", 1.0, (TypeError, ValueError), "float32"),
    ],
)
def test_what_does_not(f, x, k, error, text):
    for _ in range(3):
        with pytest.raises(error, match=text):
            f(x, k)
    if isinstance(x, np.ndarray) and isinstance(k, float):
        with pytest.raises(error, match=text):
            f(ag.constant(x), k)
    assert f.experimental_get_tracing_count() == 1
