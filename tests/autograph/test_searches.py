"""Searching beside NumPy: where the extremes and the trues of arrays are, rows taken from places
and put there; all dtypes, sizes round those of the loops' blocks, ties, NaN, zeros of both signs,
infinities, strided and empty arrays."""

import itertools

import numpy as np
import pytest
from children import child

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


ROWS = """
import numpy as np
import autograph as ag
rng = np.random.default_rng(3)
for dtype in "int64", "uint64", "int32", "float32", "float64":
    f = ag.function(lambda x: (ag.argmax(x, 1), ag.argmin(x, 1)), reduce_retracing=True)
    for n in [*range(1, 70), 100, 2047, 2048, 2049]:
        x = rng.integers(0, 5, (40, n)).astype(dtype)
        x[::2] = rng.integers(0, 1000, (20, n)).astype(dtype)
        if x.dtype.kind == "f":
            x -= rng.integers(0, 3, (40, 1)) * 1000
            x[rng.random((40, n)) < 0.5 / n] = np.nan
            x[3], x[4], x[5, :: 2] = -np.inf, -0.0, np.inf
            x[4, rng.integers(0, n)] = 0.0
        elif x.dtype.kind == "u":
            x[6:9] += np.uint64(2**63 - 3)
        elif dtype == "int64":
            x[6:9] -= 2**63 - 500
        for found, want in zip(f(x), (np.argmax(x, 1), np.argmin(x, 1)), strict=True):
            assert np.array_equal(found.numpy(), want), (dtype, n)
print("right")
"""


@pytest.mark.parametrize("isa", ["sse2", "avx2", "avx512"])
def test_extremes_of_short_rows(isa):
    assert child(ROWS, AG_ISA=isa) == "right\n"


def test_there_is_no_extreme_of_nothing():
    assert np.asarray(ag.function(lambda x: np.argmax(x, 1))(np.zeros((0, 3)))).shape == (0,)
    with pytest.raises(ValueError):
        ag.function(lambda x: np.argmax(x, 0))(np.zeros((0, 3)))


# ---- what is true, and what is put there -------------------------------------------------------


places = open_function(lambda m: np.nonzero(m))


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 1.0])
@pytest.mark.parametrize(
    "shape",
    [
        (0,),
        (1,),
        (7,),
        (8,),
        (9,),
        (247,),
        (248,),
        (249,),
        (3000,),
        (3, 5),
        (4, 300),
        (2, 3, 1),
        (5, 0),
        (0, 5),
    ],
)
def test_places_of_trues(shape, share):
    rng = np.random.default_rng(3)
    m = rng.random(shape) < share
    for got, want in zip(places(m), np.nonzero(m), strict=True):
        assert np.array_equal(np.asarray(got), want)
    x = rng.standard_normal(shape)
    picked = ag.function(lambda x, m: x[m])(x, m)
    assert np.array_equal(np.asarray(picked), x[m])


def test_a_true_of_another_byte_than_one_is_one():
    m = np.array([2, 0, 255, 128], np.uint8).view(bool)
    assert np.array_equal(np.asarray(places(m)[0]), [0, 2, 3])


@pytest.mark.parametrize("dtype", ["bool", "int8", "int16", "float32", "float64", "complex128"])
@pytest.mark.parametrize("index", ["int32", "int64"])
@pytest.mark.parametrize("width", [None, 1, 3])
def test_rows_taken_and_put_at_places(dtype, index, width):
    rng = np.random.default_rng(4)
    tail = () if width is None else (width,)
    x = rng.integers(0, 2, (20, *tail)).astype(dtype)
    at = rng.permutation(20)[:9].astype(index)
    for places in (at, at - 20):  # from the end as well
        rows = ag.gather_nd(x, places[:, None])
        assert np.array_equal(np.asarray(rows), x[places])
        new = 1 - x[places] if dtype != "bool" else ~x[places]
        put = ag.tensor_scatter_nd_update(x, places[:, None], new)
        want = x.copy()
        want[places] = new
        assert np.array_equal(np.asarray(put), want)


@pytest.mark.parametrize("dtype", [*INTS, *FLOATS])
@pytest.mark.parametrize("width", [None, 1, 3])
def test_combined_at_places_in_order(dtype, width):
    rng = np.random.default_rng(5)
    tail = () if width is None else (width,)
    x = rng.integers(0, 50, (6, *tail)).astype(dtype)
    at = rng.integers(-6, 6, 40)
    new = rng.integers(0, 50, (40, *tail)).astype(dtype)
    ops = [(ag.tensor_scatter_nd_add, np.add), (ag.tensor_scatter_nd_sub, np.subtract)]
    ops += [(ag.tensor_scatter_nd_min, np.minimum), (ag.tensor_scatter_nd_max, np.maximum)]
    for ours, theirs in ops:
        want = x.copy()
        theirs.at(want, at, new)
        assert np.array_equal(np.asarray(ours(x, at[:, None], new)), want)


def test_places_outside_are_refused():
    for at in (5, -6, 2**62, -(2**63)):
        with pytest.raises((IndexError, ValueError)):
            ag.gather_nd(np.zeros(5), np.array([[0], [at]]))
        with pytest.raises((IndexError, ValueError)):
            ag.tensor_scatter_nd_add(np.zeros(5), np.array([[0], [at]]), np.ones(2))


@pytest.mark.parametrize("n", [1, 5, 300])
def test_counts_of_numbers(n):
    rng = np.random.default_rng(6)
    count = ag.function(lambda x: np.bincount(x))
    for dtype in ("int64", "uint8", "int32"):
        x = rng.integers(0, 9, n).astype(dtype)
        assert np.array_equal(np.asarray(count(x)), np.bincount(x))
    w = rng.standard_normal(n)
    x = rng.integers(0, 9, n)
    assert np.array_equal(
        np.asarray(ag.function(lambda x, w: np.bincount(x, w, 12))(x, w)), np.bincount(x, w, 12)
    )
    with pytest.raises(ValueError):
        count(-x - 1)
