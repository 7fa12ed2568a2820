"""Special functions and segments of tf.math, beside Python's math, their own identities and NumPy."""

import contextlib
import math

import numpy as np
import pytest
from modes import interpreted

import autograph as ag


def eager(f):
    return f


def by_the_interpreter(f):
    def run(*args):
        with interpreted():
            return ag.function(f)(*args)

    return run


ways = [eager, by_the_interpreter, ag.function]

X = np.array([-7.25, -3.5, -1.0, -0.5, 0.0, 1e-9, 0.1, 0.5, 1.0, 1.4616, 2.0, 3.7, 10.0, 100.0, 1e6, np.inf])


def of_python(f):
    def at(x):
        try:
            return f(x)
        except ValueError:  # a pole
            return math.inf

    return at


@pytest.mark.parametrize("name", ["lgamma", "erfc", "asinh"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("way", ways)
def test_as_pythons_math(name, dtype, way):
    x = X.astype(dtype)
    want = np.array([of_python(getattr(math, name))(float(v)) for v in x])
    got = way(getattr(ag.math, name))(x)
    assert got.dtype.name == dtype
    np.testing.assert_allclose(got.numpy(), want.astype(dtype), rtol=1e-6 if dtype == "float32" else 2e-15, atol=1e-44)


GAMMA = 0.5772156649015329
DIGAMMA = {  # Gauss's theorem, and shifts of it
    1.0: -GAMMA,
    0.5: -GAMMA - 2 * math.log(2),
    0.25: -GAMMA - math.pi / 2 - 3 * math.log(2),
    1 / 3: -GAMMA - math.pi / 2 / math.sqrt(3) - 1.5 * math.log(3),
    2.0: 1 - GAMMA,
    5.0: 25 / 12 - GAMMA,
    101.0: math.fsum(1 / k for k in range(1, 101)) - GAMMA,
    -0.5: 2 - GAMMA - 2 * math.log(2),
    -1.5: 2 + 2 / 3 - GAMMA - 2 * math.log(2),
}


@pytest.mark.parametrize("way", ways)
@pytest.mark.parametrize("dtype, rtol", [("float32", 1e-6), ("float64", 2e-15)])
def test_digamma(way, dtype, rtol):
    got = way(ag.math.digamma)(np.array([*DIGAMMA], dtype))
    np.testing.assert_allclose(got.numpy(), np.array([*DIGAMMA.values()], dtype), rtol=rtol, atol=rtol)
    edges = way(ag.math.digamma)(np.array([0.0, -0.0, -1.0, -20.0, np.inf, np.nan], dtype)).numpy()
    np.testing.assert_array_equal(edges, [-np.inf, np.inf, np.nan, np.nan, np.inf, np.nan])


@pytest.mark.parametrize("way", ways)
def test_digamma_is_the_derivative_of_lgamma(way):
    x = np.linspace(-3.9, 12, 57)
    h = 1e-5
    slope = np.array([(math.lgamma(v + h) - math.lgamma(v - h)) / (2 * h) for v in x])
    np.testing.assert_allclose(way(ag.math.digamma)(x).numpy(), slope, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("way", ways)
def test_zeros_that_win(way):
    x, y = np.array([0.0, 0.0, 2.0, 0.0]), np.array([0.0, np.inf, 3.0, np.nan])
    assert way(ag.math.xlogy)(x, y).numpy().tolist() == [0, 0, 2 * np.log(3.0), 0]
    assert way(ag.math.xlog1py)(x, y).numpy().tolist() == [0, 0, 2 * np.log1p(3.0), 0]
    assert way(ag.math.xdivy)(x, y).numpy().tolist() == [0, 0, 2 / 3, 0]
    assert way(ag.math.multiply_no_nan)(y, x).numpy().tolist() == [0, 0, 6, 0]


@pytest.mark.parametrize("way", ways)
def test_more_of_math(way):
    x = np.array([-800.0, -1.5, -0.5, 0.5, 1.5, 800.0])
    assert way(ag.math.rint)(x).numpy().tolist() == np.rint(x).tolist()
    np.testing.assert_allclose(way(ag.math.log_sigmoid)(x).numpy(), -np.logaddexp(0, -x), rtol=1e-15)
    assert way(lambda x: ag.math.polyval([2, 0, 1], x))(x).numpy().tolist() == np.polyval([2, 0, 1], x).tolist()
    np.testing.assert_allclose(way(ag.acosh)(x + 802).numpy(), np.arccosh(x + 802), rtol=1e-14)
    np.testing.assert_allclose(way(ag.atanh)(x / 1000).numpy(), np.arctanh(x / 1000), rtol=1e-14)


# ---- segments --------------------------------------------------------------------------------------------

NUMPYS = {
    "sum": lambda rows: rows.sum(0),
    "prod": lambda rows: rows.prod(0),
    "mean": lambda rows: rows.sum(0) // len(rows) if rows.dtype.kind in "iu" else rows.mean(0),
    "max": lambda rows: rows.max(0),
    "min": lambda rows: rows.min(0),
    "sqrt_n": lambda rows: rows.sum(0) / np.sqrt(len(rows)),
}


def by_numpy(how, x, ids, n, empty):
    flat, ids = x.reshape(ids.size, *x.shape[ids.ndim :]), ids.reshape(-1)
    rows = [flat[ids == i] for i in range(n)]
    return np.array([NUMPYS[how](r) if len(r) else np.full(flat.shape[1:], empty) for r in rows], x.dtype).reshape(n, *flat.shape[1:])


@pytest.mark.parametrize("way", ways)
@pytest.mark.parametrize("how", ["sum", "prod", "mean", "max", "min"])
@pytest.mark.parametrize("dtype", ["int8", "int32", "uint16", "float32", "float64"])
@pytest.mark.parametrize("ids", [[0, 0, 2, 2, 2, 5], [0, 0, 0, 0, 0, 0], [3, 3, 3, 3, 4, 4], []], ids=str)
def test_sorted_segments(way, how, dtype, ids):
    ids = np.array(ids, np.int32)
    x = np.random.default_rng(0).integers(0, 9, (len(ids), 3)).astype(dtype)
    got = way(getattr(ag.math, f"segment_{how}"))(x, ids)
    n = int(ids.max()) + 1 if len(ids) else 0
    assert got.dtype.name == dtype
    np.testing.assert_allclose(got.numpy(), by_numpy(how, x, ids, n, int(how == "prod")), rtol=1e-6)


@pytest.mark.parametrize("way", ways)
@pytest.mark.parametrize("how", ["sum", "prod", "mean", "max", "min", "sqrt_n"])
@pytest.mark.parametrize("dtype", ["int32", "float32", "float64"])
@pytest.mark.parametrize("shape", [(5,), (5, 2), (0, 2), (5, 0)], ids=str)
def test_unsorted_segments(way, how, dtype, shape):
    if how == "sqrt_n" and dtype == "int32":
        pytest.skip("a root is a float")
    ids = np.array([2, -1, 0, 2, 0], np.int64)[: shape[0]]
    x = np.random.default_rng(1).integers(-9, 9, shape).astype(dtype)
    got = way(lambda x, ids: getattr(ag.math, f"unsorted_segment_{how}")(x, ids, 4))(x, ids)
    most = np.iinfo(dtype) if dtype == "int32" else np.finfo(dtype)
    empty = {"max": most.min, "min": most.max, "prod": 1}.get(how, 0)
    np.testing.assert_allclose(got.numpy(), by_numpy(how, x, ids, 4, empty), rtol=1e-6)


@pytest.mark.parametrize("way", ways)
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_segments_of_complex_numbers(way, dtype):
    x, ids = (np.arange(10).reshape(5, 2) * (1 + 2j)).astype(dtype), np.array([2, -1, 0, 2, 0])
    for how, empty in ("sum", 0), ("prod", 1), ("mean", 0):
        got = way(lambda x, ids: getattr(ag.math, f"unsorted_segment_{how}")(x, ids, 4))(x, ids)
        assert got.dtype.name == dtype
        np.testing.assert_allclose(got.numpy(), by_numpy(how, x, ids, 4, empty))
    with pytest.raises((TypeError, ValueError), match="complex"):
        way(lambda x: ag.math.unsorted_segment_max(x, ids, 4))(x)


def test_segments_of_two_dimensions_of_ids():
    x, ids = np.arange(12.0).reshape(2, 3, 2), np.array([[0, 1, 0], [2, 2, 0]])
    got = ag.math.unsorted_segment_mean(x, ids, 3)
    np.testing.assert_allclose(got.numpy(), by_numpy("mean", x, ids, 3, 0))


@pytest.mark.parametrize("way", ways)
def test_counts(way):
    x = np.array([1, 1, 5, 0])
    assert way(ag.math.bincount)(x).numpy().tolist() == [1, 2, 0, 0, 0, 1]
    assert way(lambda x: ag.math.bincount(x, minlength=8))(x).numpy().tolist() == [1, 2, 0, 0, 0, 1, 0, 0]
    assert way(lambda x: ag.math.bincount(x, maxlength=2, dtype="int64"))(x).numpy().tolist() == [1, 2]
    assert way(lambda x: ag.math.bincount(x, [0.5, 1.0, 2.0, 4.0]))(x).numpy().tolist() == [4, 1.5, 0, 0, 0, 2]
    assert way(ag.math.bincount)(x[:0]).numpy().tolist() == []
    x, w = np.array([[1, 2, 2], [0, 5, 0]]), np.array([[0.5, 1, 2], [3, 4, 5]])
    for axis in None, 0:
        assert way(lambda x: ag.math.bincount(x, axis=axis))(x).numpy().tolist() == [2, 1, 2, 0, 0, 1]
    by_row = np.array([[0, 1, 2, 0, 0, 0], [2, 0, 0, 0, 0, 1]])
    assert way(lambda x: ag.math.bincount(x, axis=-1))(x).numpy().tolist() == by_row.tolist()
    assert way(lambda x: ag.math.bincount(x, axis=-1, binary_output=True))(x).numpy().tolist() == (by_row > 0).tolist()
    assert way(lambda x: ag.math.bincount(x, binary_output=True, maxlength=2))(x).numpy().tolist() == [1, 1]
    assert way(lambda x: ag.math.bincount(x, axis=-1, maxlength=2))(x).numpy().tolist() == by_row[:, :2].tolist()
    assert way(lambda x: ag.math.bincount(x[0], axis=-1, minlength=4, dtype="float32"))(x).numpy().tolist() == [0, 1, 2, 0]
    weighted = way(lambda x, w: ag.math.bincount(x, w, axis=-1, maxlength=3))(x, w)
    assert weighted.dtype.name == "float64" and weighted.numpy().tolist() == [[0, 0.5, 3], [8, 0, 0]]
    rows = ag.function(lambda x: ag.math.bincount(x, axis=-1, minlength=2), input_signature=[ag.TensorSpec([None, None], "int64")])
    for x in x, x[:0], x[:, :0], np.array([[3]]):
        want = [np.bincount(r, minlength=max(2, x.max(initial=0) + 1)).tolist() for r in x]
        assert rows(ag.constant(x, "int64")).numpy().tolist() == want
    labels, predictions = np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2])
    want = [[1, 0, 0], [0, 1, 1], [0, 0, 1]]
    assert way(ag.math.confusion_matrix)(labels, predictions).numpy().tolist() == want
    assert way(lambda a, b: ag.math.confusion_matrix(a, b, 4))(labels, predictions).numpy().shape == (4, 4)
    weighted = way(lambda a, b: ag.math.confusion_matrix(a, b, weights=[0.5, 1.0, 2.0, 4.0], dtype="float64"))
    assert weighted(labels, predictions).numpy().tolist() == [[0.5, 0, 0], [0, 1, 2], [0, 0, 4]]


@pytest.mark.parametrize("way", ways)
def test_the_largest_and_permutations(way):
    scores = np.array([[0.3, 0.2, 0.1], [0.3, 0.1, 0.2], [1, 2, 3], [1, 1, 0], [0, np.nan, 0]])
    targets = np.array([0, 1, 7, 1, 1])
    assert way(lambda t, s: ag.math.in_top_k(t, s, 1))(targets, scores).numpy().tolist() == [True, False, False, True, False]
    assert way(ag.math.invert_permutation)(np.array([2, 0, 3, 1])).numpy().tolist() == [1, 3, 0, 2]
    assert way(ag.math.invert_permutation)(np.array([], np.int32)).numpy().tolist() == []


@pytest.mark.parametrize("way", ways)
@pytest.mark.parametrize(
    "f, args, error, text",
    [
        (ag.math.invert_permutation, ([2, 0, 0],), ValueError, "stands twice"),
        (ag.math.invert_permutation, ([2, 0, 3],), ValueError, "not a place"),
        (ag.math.segment_sum, ([1.0, 2.0], [1, 0]), ValueError, "not increasing"),
        (ag.math.segment_sum, ([1.0, 2.0], [-1, 0]), ValueError, "is negative"),
        (ag.math.bincount, ([1, -1],), ValueError, "is negative"),
    ],
)
def test_numbers_that_cannot_be(way, f, args, error, text):
    with pytest.raises((error, ag.errors.InvalidArgumentError), match=text):
        way(f)(*map(np.array, args))


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda: ag.math.lgamma([1, 2]), TypeError, "needs floating point numbers"),
        (lambda: ag.math.lgamma(ag.constant([1j])), TypeError, "needs float32 or float64"),
        (lambda: ag.math.segment_sum([1.0, 2.0], [0, 1, 2]), ValueError, "do not begin the shape"),
        (lambda: ag.math.segment_sum([1.0, 2.0], [[0, 1]]), ValueError, "is a vector"),
        (lambda: ag.math.segment_sum([1.0, 2.0], [0.5, 1]), TypeError, "holds integers, not float32"),
        (lambda: ag.math.unsorted_segment_sum([1.0], [4], 2), ValueError, "not below num_segments"),
        (lambda: ag.math.bincount([1], axis=1), ValueError, "axis is None, 0 or -1"),
        (lambda: ag.math.bincount([1], [2.0], binary_output=True), ValueError, "weights mean nothing"),
        (lambda: ag.math.bincount([1, 2], [2.0]), ValueError, "weights of shape"),
        (lambda: ag.math.confusion_matrix([0], [3], 2), ValueError, "not below num_classes"),
        (lambda: ag.math.in_top_k([0], [1.0], 1), ValueError, r"predictions are \[rows, classes\]"),
        (lambda: ag.math.polyval((1, 2), 3.0), ValueError, "coeffs is a list"),
    ],
)
def test_arguments_that_cannot_be(call, error, text):
    with pytest.raises(error, match=text):
        call()


OF_TENSORS = {
    "log2 log10 cbrt exp2 erfc asinh gamma lgamma": [0.3, 1.0, 4.5],
    "acosh": [1.0, 1.5, 9.0],
    "atanh": [-0.5, 0.0, 0.75],
    "fmod remainder copysign nextafter hypot": [[5.5, -3.0, 0.25], [2.0, 2.0, -0.1]],
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "name, given",
    [(n, xs) for names, xs in OF_TENSORS.items() for n in names.split()],
)
def test_functions_of_math_on_tensors(name, given, dtype):
    """Beside tensors they are operations, in each run: a number is asked for while tracing only where there is none."""
    f = getattr(math, name, None)
    if f is None:
        pytest.skip(f"this Python has no math.{name}")

    def total(*xs):
        s = 0.0 * xs[0][0]
        for i in range(len(xs[0])):
            s += f(*[x[i] for x in xs])
        return s

    xs = [np.array(x, dtype) for x in (given if type(given[0]) is list else [given])]
    if name == "nextafter" and dtype == "float32":
        want = sum(float(np.nextafter(*row)) for row in zip(*xs))
    else:
        want = sum(f(*map(float, row)) for row in zip(*xs))
    made = ag.function(total)
    for run in interpreted, contextlib.nullcontext:
        with run():
            got = made(*map(ag.constant, xs))
        assert got.dtype == dtype and got.numpy() == pytest.approx(want, rel=1e-6)
    assert made.experimental_get_tracing_count() == 1


def test_parts_of_tensors_by_math():
    f = ag.function(lambda x: (*math.modf(x), math.ldexp(x, 3)))
    assert [float(v) for v in f(ag.constant(-2.5))] == [-0.5, -2.0, -20.0]
