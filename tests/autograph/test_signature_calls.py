"""Calls of a function with an input signature: what fits a trace runs at once, all else is checked
as the first call was."""

import contextlib

import numpy as np
import pytest
from modes import interpreted

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


@ag.function(input_signature=[ag.TensorSpec([], ag.float32)])
def half(x):
    return x // 2


@ag.function(input_signature=[ag.TensorSpec([2], ag.float32), {"a": ag.TensorSpec([], ag.int64)}])
def times(x, d):
    return x * ag.cast(d["a"], ag.float32)


class Halver:
    @ag.function(input_signature=[ag.TensorSpec([], ag.float32)])
    def half(self, x):
        return x / 2

    @ag.function
    def of(self, n):
        return self.half(n)


def test_a_call_in_another_trace_has_the_arguments_of_the_signature():
    for way in (contextlib.nullcontext, interpreted):
        with way():
            for found in (
                half(7),
                ag.function(half)(7),
                ag.function(lambda: half(7))(),
                ag.function(lambda n: half(n))(7),
            ):
                assert found.dtype == "float32" and float(found) == 3.0
            assert Halver().of(5).dtype == "float32" and float(Halver().of(5)) == 2.5
            assert ag.function(lambda: times([1, 2], {"a": 3}))().tolist() == [3.0, 6.0]
            assert ag.function(lambda d: times(d=d, x=np.ones(2, np.float32)))(
                {"a": 3}
            ).tolist() == [3.0, 3.0]
            assert float(ag.function(lambda x: half(x[0]))(np.array([9.0], np.float32))) == 4.0


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda x: half("a"), TypeError, "argument 'x' must be float32, but a str was given"),
        (
            lambda x: half(ag.cast(x[0], ag.int32)),
            TypeError,
            "argument 'x' must have dtype float32",
        ),
        (lambda x: half(x), ValueError, r"argument 'x' must have shape \(\), but it has \(3,\)"),
        (lambda x: times(x, {"a": 1}), ValueError, r"argument 'x' must have shape \(2,\)"),
        (lambda x: times(x[:2], {"b": 1}), TypeError, "does not fit the input signature"),
        (lambda x: times(x[:2]), TypeError, "missing 1 required positional argument: 'd'"),
        (lambda x: times(x[:2], {"a": 1}, 5), TypeError, "takes 2 positional arguments"),
        (
            lambda x: times(x[x > 1], {"a": 1}),
            ValueError,
            r"argument 'x': the shape is \[1\], not \(2,\)",
        ),
    ],
)
def test_a_call_in_another_trace_is_checked(call, error, text):
    with pytest.raises(error, match=text):
        ag.function(call, jit_compile=True)(ag.constant([0.0, 1.0, 2.0]))
