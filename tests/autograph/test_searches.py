"""Where the extremes of arrays are, beside NumPy: all dtypes and sizes round those of the loops' blocks, ties, NaN, zeros of
both signs, infinities, strided and empty arrays."""

import itertools

import numpy as np
import pytest

import autograph as ag

INTS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
FLOATS = ["float32", "float64"]
SIZES = [1, 2, 15, 16, 17, 63, 64, 65, 2047, 2048, 2049, 5000]
SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, -np.nan, 5e-324]


def open_function(fn):
    """The function `fn` of vectors, traced once a dtype."""
    traced = {}

    def run(x):
        key = x.dtype, x.ndim
        if key not in traced:
            spec = ag.TensorSpec([None] * x.ndim, x.dtype.name)
            traced[key] = ag.function(fn, input_signature=[spec])
        return traced[key](x)

    return run


both = open_function(lambda x: (np.argmax(x), np.argmin(x)))


def check_extremes(x):
    most, least = both(x)
    assert (int(most), int(least)) == (np.argmax(x), np.argmin(x)), x


@pytest.mark.parametrize("dtype", [*INTS, "bool"])
def test_extremes_of_integers_are_the_first_of_equal_ones(dtype):
    rng = np.random.default_rng(1)
    ends = [0, 1] if dtype == "bool" else [np.iinfo(dtype).min, 0, 1, np.iinfo(dtype).max]
    for n in SIZES:
        check_extremes(rng.choice(np.array(ends, dtype), n))
        check_extremes(np.zeros(n, dtype))
        check_extremes(rng.integers(0, 2 if dtype == "bool" else 100, 2 * n).astype(dtype)[::2])
        check_extremes(np.sort(rng.integers(0, 2 if dtype == "bool" else 100, n)).astype(dtype))


@pytest.mark.parametrize("dtype", FLOATS)
def test_extremes_of_special_floats(dtype):
    for n in (1, 2, 3):
        for values in itertools.product(SPECIAL, repeat=n):
            check_extremes(np.array(values).astype(dtype))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("n", SIZES)
def test_extremes_of_floats(dtype, n):
    rng = np.random.default_rng(n)
    for shift in (-9, 0, 9):  # all below zero, both, all above
        check_extremes(rng.integers(-8, 9, n).astype(dtype) + shift)
    plain = [v for v in SPECIAL if v == v]
    for _ in range(5):
        check_extremes(rng.choice(plain, n).astype(dtype))
    x = rng.standard_normal(n).astype(dtype)
    for at, nan in itertools.product((0, n // 2, n - 1), (np.nan, -np.nan)):
        y = x.copy()
        y[at] = y[-1] = nan
        check_extremes(y)
    check_extremes(x[::-1])


@pytest.mark.parametrize("dtype", ["int8", "int32", "uint64", *FLOATS])
@pytest.mark.parametrize("shape", [(3, 5), (7, 64), (4, 65, 3), (2, 130), (1, 1), (200, 3)])
def test_extremes_along_each_axis(dtype, shape):
    rng = np.random.default_rng(2)
    x = rng.integers(0, 9, shape).astype(dtype)
    if x.dtype.kind == "f":
        x[rng.random(shape) < 0.02] = np.nan
    for axis in range(len(shape)):
        most, least = ag.function(lambda x, axis=axis: (np.argmax(x, axis), np.argmin(x, axis)))(x)
        assert np.array_equal(np.asarray(most), np.argmax(x, axis))
        assert np.array_equal(np.asarray(least), np.argmin(x, axis))
        short = ag.function(lambda x, axis=axis: ag.argmax(x, axis, "int32"))(x)
        assert np.asarray(short).dtype == np.int32
        assert np.array_equal(np.asarray(short), np.argmax(x, axis))


def test_there_is_no_extreme_of_nothing():
    assert np.asarray(ag.function(lambda x: np.argmax(x, 1))(np.zeros((0, 3)))).shape == (0,)
    with pytest.raises(ValueError):
        ag.function(lambda x: np.argmax(x, 0))(np.zeros((0, 3)))
