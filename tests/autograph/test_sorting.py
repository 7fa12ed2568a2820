"""Sorting beside NumPy where the kernels go ways of their own: many short integers, and the order
of 64-bit numbers that differ in few bits, in many, in the lowest alone, or not at all."""

import numpy as np
import pytest

import autograph as ag

sort = ag.function(lambda x: np.sort(x), reduce_retracing=True)
order = ag.function(lambda x: np.argsort(x), reduce_retracing=True)
pytestmark = pytest.mark.filterwarnings("ignore:.*was traced")


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "uint16"])
@pytest.mark.parametrize("n", [0, 1, 33, 63, 64, 65, 16383, 16384, 16385, 70000])
def test_short_integers_are_sorted(dtype, n):
    rng = np.random.default_rng(n)
    low, high = (0, 1) if dtype == "bool" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    for lowest, highest in ((low, high), (high, high), (low, low + 1)):
        x = rng.integers(lowest, highest, n, endpoint=True).astype(dtype)
        assert np.array_equal(np.asarray(sort(x)), np.sort(x))
        falling = ag.sort(x, direction="DESCENDING")
        assert np.array_equal(np.asarray(falling), np.sort(x)[::-1])


def keys(kind, n):
    rng = np.random.default_rng(n)
    wide = rng.integers(-(2**63), 2**63 - 1, n)
    return {
        "random": wide,
        "ends": rng.choice(np.array([-(2**63), -1, 0, 1, 2**63 - 1]), n),
        "low bits alone": rng.integers(0, 9, n) + 2**62,
        "high bits alone": rng.integers(-4, 4, n) * 2**60,
        "long runs out of order": rng.integers(0, 2, n) * 2**62 + rng.integers(0, 3, n),
        "short runs out of order": np.arange(n)[::-1] // 7 * 2**50
        + rng.integers(0, 3, n)
        + (-(2**62)),
        "one far from the rest": np.where(np.arange(n) == n // 2, -(2**63), rng.integers(0, 50, n)),
        "about zero": rng.integers(-1000, 1000, n),
        "all the same": np.full(n, 2**63 - 1),
    }[kind]


KINDS = [
    "random",
    "ends",
    "low bits alone",
    "high bits alone",
    "long runs out of order",
    "short runs out of order",
]
KINDS += ["one far from the rest", "about zero", "all the same"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 2, 31, 33, 1000, 70000])
def test_order_of_long_integers_is_stable(kind, n):
    x = keys(kind, n)
    for y in (x, (x ^ -(2**63)).view(np.uint64)):
        assert np.array_equal(np.asarray(order(y)), np.argsort(y, kind="stable"))
        falling = np.asarray(ag.argsort(y, direction="DESCENDING"))
        assert np.array_equal(falling, np.argsort(~y, kind="stable"))


@pytest.mark.parametrize("n", [2, 33, 1000, 70000])
def test_order_of_doubles_is_stable(n):
    rng = np.random.default_rng(n)
    special = np.array([0.0, -0.0, np.nan, -np.nan, np.inf, -np.inf, 5e-324, -5e-324, 1.0])
    near = 1 + rng.integers(0, 5, n) * 2.0**-52  # apart in the lowest bits
    mixed = np.where(rng.random(n) < 0.1, rng.choice(special, n), near)
    for x in (rng.standard_normal(n), rng.choice(special, n), near, mixed, -mixed):
        assert np.array_equal(np.asarray(order(x)), np.argsort(x, kind="stable"))


@pytest.mark.parametrize("dtype", ["int64", "float64", "uint8"])
def test_different_elements_and_their_counts(dtype):
    rng = np.random.default_rng(7)
    for n in (0, 1, 2, 500):
        x = rng.integers(0, 9, n).astype(dtype)
        if dtype == "float64":
            x[::7] = np.nan
        got = ag.function(lambda x: np.unique(x, return_counts=True))(x)
        for mine, want in zip(got, np.unique(x, return_counts=True), strict=True):
            assert np.array_equal(np.asarray(mine), want, equal_nan=dtype == "float64")


@pytest.mark.parametrize("dtype", ["int32", "uint32", "float32", "int64", "uint64", "float64"])
def test_every_count_is_sorted(dtype):
    """Few are sorted in registers, in 1, 2, 4, 8 or 16 vectors, of which the last are not full."""
    rng = np.random.default_rng(3)
    most = np.inf if dtype.startswith("float") else np.iinfo(dtype).max
    for n in range(1, 300):
        x = rng.standard_normal(n) * 1e3 if n % 3 else rng.integers(0, 4, n)
        x = np.abs(x).astype(dtype) if dtype.startswith("u") else x.astype(dtype)
        x[rng.integers(0, n, n // 9)] = most  # as what fills the last vector
        assert np.array_equal(np.asarray(ag.sort(x)), np.sort(x))
