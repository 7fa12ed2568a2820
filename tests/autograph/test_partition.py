"""np.partition: each named element where it stands when all are sorted, nothing lost, the same bits
interpreted and compiled.  Magnitudes of complex numbers are Python's; their sums; convolutions."""

import math

import numpy as np
import pytest
from modes import interpreted

import autograph as ag

DTYPES = ["int8", "int32", "int64", "uint32", "uint64", "float16", "float32", "float64"]


def columns(kind, dtype, n):
    """n elements of one kind; odd: with NaN and the ends of the dtype in it."""
    draw = np.random.default_rng(n + len(kind))
    if np.dtype(dtype).kind == "f":
        x = draw.standard_normal(n).astype(dtype)
        if kind == "odd":
            x[::3], x[1::5], x[2::7], x[3::11] = np.nan, np.inf, -np.inf, -0.0
    else:
        info = np.iinfo(dtype)
        x = draw.integers(info.min, info.max, n, dtype=dtype, endpoint=True)
        if kind == "odd":
            x[::3], x[1::5] = info.max, info.min
    if kind == "few":
        x = x[draw.integers(0, min(n, 3), n)]
    if kind == "alike":
        x[:] = x[0]
    if kind == "rising":
        x = np.sort(x)
    if kind == "falling":
        x = np.sort(x)[::-1].copy()
    return x


def ways(fn, *args):
    """The results interpreted and compiled, which are the same bits."""
    compiled = np.asarray(ag.function(fn)(*args))
    with interpreted():
        kernels = np.asarray(ag.function(fn)(*args))
    assert compiled.tobytes() == kernels.tobytes()
    return compiled


@pytest.mark.parametrize("kind", ["any", "few", "alike", "rising", "falling", "odd"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_parts(dtype, kind):
    for n, kth in ((1, 0), (5, -1), (100, 50), (1000, 1), (4097, [17, 4000, -2]), (70000, 65000)):
        x = columns(kind, dtype, n)
        made = ways(lambda x, k=kth: np.partition(x, k), x)
        right = np.sort(x)
        assert made.dtype == right.dtype
        np.testing.assert_array_equal(np.sort(made), right)
        for k in np.ravel(kth):
            k %= n
            np.testing.assert_array_equal(made[k], right[k])
            np.testing.assert_array_equal(np.sort(made[:k]), right[:k])


def test_axes_and_empty_rows():
    x = columns("any", "float64", 6000).reshape(20, 300)
    for axis in (0, 1, -1, None):
        made = ways(lambda x, axis=axis: np.partition(x, 7, axis=axis), x)
        right = np.partition(x, 7, axis=axis)
        of = 0 if axis is None else axis
        np.testing.assert_array_equal(np.take(made, 7, of), np.take(right, 7, of))
    for shape in ((0,), (0, 3), (3, 0)):
        assert ways(lambda x: np.partition(x, 0), np.zeros(shape)).shape == shape
    strided = x.T[::2]
    made = ways(lambda x: np.partition(x, 5), strided)
    np.testing.assert_array_equal(made[:, 5], np.sort(strided)[:, 5])


@pytest.mark.parametrize(
    "kth, error", [(5, ValueError), (-6, ValueError), ([0, 9], ValueError), (1.5, TypeError)]
)
def test_places_out_of_bounds(kth, error):
    x = np.arange(5.0)
    with pytest.raises(error) as plain:
        np.partition(x, kth)
    with pytest.raises(error) as ours:
        ag.function(lambda x: np.partition(x, kth))(x)
    assert str(plain.value) in str(ours.value)


ENDS = [
    0.0,
    -0.0,
    math.inf,
    -math.inf,
    math.nan,
    1.7e308,
    1e308,
    5e-324,
    2.3e-308,
    1e155,
    3e-162,
    1.0,
    3.0,
]


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_magnitudes_are_pythons(dtype):
    draw = np.random.default_rng(3)
    parts = "float32" if dtype == "complex64" else "float64"
    with np.errstate(over="ignore"):
        ends = np.array([[a, b] for a in ENDS for b in ENDS]).astype(parts)
        spread = np.ldexp(draw.random((2000, 2)), draw.integers(-1070, 1020, (2000, 2))).astype(
            parts
        )
    pairs = np.concatenate([ends, spread, draw.standard_normal((2000, 2)).astype(parts)])
    z = np.ascontiguousarray(pairs).view(dtype)[:, 0]
    made = ways(lambda z: np.abs(z), z)
    hypot = (
        np.hypot
        if dtype == "complex64"
        else np.vectorize(lambda a, b: abs(complex(a, b)), otypes=[float])
    )
    with np.errstate(over="ignore"):
        finite = [p for p in range(len(z)) if dtype == "complex64" or not _overflows(pairs[p])]
        np.testing.assert_array_equal(made[finite], hypot(pairs[finite, 0], pairs[finite, 1]))
    np.testing.assert_array_equal(ways(lambda z: np.abs(z[::3]), z), made[::3])


def _overflows(pair):
    try:
        abs(complex(*pair))
    except OverflowError:
        return True
    return False


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("n", [0, 1, 15, 16, 17, 4096, 4097, 100003])
def test_complex_sums(dtype, n):
    draw = np.random.default_rng(n)
    z = (draw.standard_normal(n) + 1j * draw.standard_normal(n)).astype(dtype)
    near = {
        "rtol": 1e-4 if dtype == "complex64" else 1e-11,
        "atol": 1e-3 if dtype == "complex64" else 1e-10,
    }
    np.testing.assert_allclose(ways(lambda z: np.sum(z), z), np.sum(z), **near)
    for shape, axis in (((n, 3), 0), ((3, n), 1), ((2, n, 2), (0, 1))):
        x = np.resize(z, shape) if n else np.zeros(shape, dtype)
        np.testing.assert_allclose(
            ways(lambda x, a=axis: np.sum(x, axis=a), x), np.sum(x, axis=axis), **near
        )
    np.testing.assert_allclose(ways(lambda z: np.sum(z[::2]), z), np.sum(z[::2]), **near)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_convolutions_of_long_vectors(dtype, mode):
    draw = np.random.default_rng(5)
    for n, m in ((17, 17), (2, 5), (1, 4), (100, 19), (20, 100), (5000, 333), (4001, 18)):
        a, v = draw.standard_normal(n).astype(dtype), draw.standard_normal(m).astype(dtype)
        near = {
            "rtol": 1e-3 if dtype == "float32" else 1e-10,
            "atol": 1e-3 if dtype == "float32" else 1e-10,
        }
        for fn in (lambda a, v: np.convolve(a, v, mode), lambda a, v: np.correlate(a, v, mode)):
            np.testing.assert_allclose(ways(fn, a, v), fn(a, v), **near)


@pytest.mark.parametrize("kind", ["any", "few", "alike", "odd"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_medians_of_long_rows(dtype, kind):
    for n in (1, 2, 33, 1000, 1001, 70000):
        x = columns(kind, dtype, n)
        with np.errstate(all="ignore"):
            np.testing.assert_array_equal(ways(lambda x: np.median(x), x), np.median(x))
            rows = np.stack([x, x[::-1], np.sort(x)])
            made = ways(lambda x: np.median(x, axis=1), rows)
            np.testing.assert_array_equal(made, np.median(rows, axis=1))


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("dtype", ["int64", "float32", "float64"])
def test_places_in_sorted_vectors(dtype, side):
    draw = np.random.default_rng(9)
    for n in (1, 2, 3, 4, 5, 7, 8, 31, 33, 1000, 1024):
        a = np.sort(draw.integers(0, n // 2 + 2, n)).astype(dtype)
        keys = np.concatenate([a, a - 1, a + 1])
        if dtype != "int64":
            a[n - n // 4 :] = np.nan
            ends = np.array([np.nan, np.inf, -np.inf, -0.0], dtype)
            keys = np.concatenate([keys, ends])
        made = ways(lambda a, v: np.searchsorted(a, v, side), a, keys)
        np.testing.assert_array_equal(made, np.searchsorted(a, keys, side))
