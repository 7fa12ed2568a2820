"""NumPy's functions with traced numbers as axes, sizes and places, on arrays of unknown size, in loops and in place."""

import warnings

import numpy as np
import pytest
from modes import interpreted

import autograph as ag

rng = np.random.default_rng(1)
X, C, M, K = (
    rng.random((3, 4)),
    rng.random((2, 3, 4)),
    rng.random((3, 3)) + 3 * np.eye(3),
    rng.integers(0, 9, 6),
)


def determinants(m):
    s = 0.0
    for i in range(5):
        s += np.linalg.det(m + i)
        if s > 50:
            s -= np.percentile(m, 10 * i)
    return s


def medians(x):
    out = np.zeros(3)
    for i in range(3):
        out[i] = np.median(x[i]) + np.searchsorted(np.sort(x[i]), 0.5)
    return out


def counted(k):
    h = np.zeros(10)
    for i in range(len(k)):
        np.add.at(h, k[i], 1.0)
    h.sort()
    return h


NUMBERS = {  # name: (function, calls)
    "sum": (lambda x, a: np.sum(x, a), (X, 0), (X, 1), (X, -1)),
    "method": (lambda x, a: (x.sum(a), x.max(axis=a), x.argmax(a)), (X, 0), (X, 1)),
    "median": (lambda x, a: np.median(x, axis=a), (X, 0), (X, 1)),
    "concatenate": (lambda x, a: np.concatenate([x, x], a), (X, 0), (X, 1)),
    "stack": (lambda x, a: np.stack([x, x], a), (X, 0), (X, 1)),
    "fft": (lambda x, n: np.fft.fft(x, n), (X, 3), (X, 5)),
    "percentile": (lambda x, q: np.percentile(x, q), (X, 3), (X, 50.5), (X, 100)),
    "quantile": (lambda x, q: np.quantile(x, q), (X, 1.5), (X, 0.5)),
    "linspace": (lambda n: np.linspace(0, 1, n), (3,), (5,), (1,)),
    "linspace ends": (lambda a, b, n: np.linspace(a, b, n), (0.5, 2, 3), (1, 2, 5)),
    "logspace": (lambda a, n: np.logspace(a, 2, n), (0.5, 3), (1.0, 5)),
    "arange": (lambda a, b: np.arange(a, b, 0.5), (0.0, 3.0), (1.0, 2.2), (2.0, 1.0)),
    "roll": (lambda x, k: np.roll(x, k), (X, 1), (X, -5)),
    "take": (lambda x, k: np.take(x, k), (X, 1), (X, 5), (X, 99)),
    "diff": (lambda x, k: np.diff(x, k), (X, 1), (X, 2)),
    "triangles": (lambda m, k: np.triu(m, k) + np.tril(m, k), (M, 0), (M, 1)),
    "repeat": (lambda x, k: np.repeat(x, k), (X, 1), (X, 2), (X, 0)),
    "clip": (lambda x, a, b: np.clip(x, a, b), (X, 0.2, 0.5), (X, 0, 1)),
    "round": (lambda x, k: np.round(x, k), (X, 1), (X, 2)),
    "matrix_power": (lambda m, k: np.linalg.matrix_power(m, k), (M, 1), (M, 3), (M, -1)),
    "norm": (lambda x, o: np.linalg.norm(x[0], o), (X, 1), (X, 2), (X, 3)),
    "partition": (lambda x, k: np.partition(x[0], k)[k], (X, 1), (X, 2)),
    "std": (lambda x, d: x.std(ddof=d), (X, 0), (X, 1)),
    "moveaxis": (lambda c, a: np.moveaxis(c, a, 0), (C, 1), (C, 2)),
    "split": (lambda c, n: np.split(c, n), (C, 1), (C, 2)),
    "tensordot": (lambda m, n: np.tensordot(m, m, n), (M, 1), (M, 2)),
    "full": (lambda n, v: np.full((n, 2), v), (2, 1.5), (3, 2.0)),
    "pad": (lambda x, n: np.pad(x, n), (X, 1), (X, 2)),
    "histogram": (lambda x, n: np.histogram(x, n), (X, 3), (X, 5)),
    "bincount": (lambda k, n: np.bincount(k, minlength=n), (K, 12), (K, 3), (-K, 3)),
    "delete": (lambda x, i: np.delete(x[0], i), (X, 1), (X, -1), (X, 0)),
    "inv": (np.linalg.inv, (np.zeros((2, 2)),), (M,), (X,)),
    "determinants": (determinants, (M,)),
    "medians": (medians, (X,)),
    "counted": (counted, (K,)),
    "vectorize": (
        lambda x, k: np.vectorize(lambda t: t * k if t > 0.5 else t)(x),
        (X, 2),
        (X, 3.5),
    ),
}


def compare(function, plain, calls):
    for args in calls:
        try:
            want, error = plain(*args), None
        except Exception as e:
            error = e
        if error is not None:
            with pytest.raises(type(error)):
                function(*args)
            continue
        got = function(*args)
        pairs = list(zip(want, got)) if isinstance(want, (tuple, list)) else [(want, got)]
        for a, b in pairs:
            assert np.asarray(a).shape == np.asarray(b).shape
            np.testing.assert_allclose(np.asarray(b), a, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", NUMBERS)
def test_traced_numbers(name):
    plain, *calls = NUMBERS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compare(ag.function(plain), plain, calls)
        with interpreted():
            compare(ag.function(plain), plain, calls)


ROWS = [(rng.random(n),) for n in (3, 4, 7, 1, 2)]
INTS = [(rng.integers(0, 9, n),) for n in (3, 5, 9)]
SQUARES = [(rng.random((n, n)) + n * np.eye(n),) for n in (2, 3, 5)]
SIZES = {
    **{
        f.__name__: (f, ROWS)
        for f in (
            np.median,
            np.diff,
            np.trapezoid,
            np.cumprod,
            np.nanmean,
            np.outer,
            np.fft.rfft,
            np.sort,
        )
    },
    **{f.__name__: (f, INTS) for f in (np.bincount, np.unique, np.nonzero)},
    **{
        f.__name__: (f, SQUARES) for f in (np.linalg.inv, np.linalg.det, np.trace, np.diag, np.triu)
    },
    "percentile": (lambda v: np.percentile(v, [20, 50]), ROWS),
    "unique of all kinds": (lambda k: np.unique(k, True, True, True), INTS),
    "isin": (lambda k: np.isin(k, k[:2]), INTS),
    "searchsorted": (lambda v: np.searchsorted(np.sort(v), v), ROWS),
    "interp": (lambda v: np.interp(0.5, np.sort(v), v), ROWS),
    "convolve": (lambda v: np.convolve(v, [1.0, 2, 1]), ROWS),
    "solve": (lambda m: np.linalg.solve(m, m[0]), SQUARES),
    "insert": (lambda v: np.insert(v, 1, 9.0), ROWS),
    "delete": (lambda v: np.delete(v, 0), ROWS),
    "linspace": (lambda v: np.linspace(0, 1, len(v)) * v, ROWS),
    "vectorize": (lambda v: np.vectorize(lambda t: t * 2 if t > 0.5 else t)(v), ROWS),
    "select": (lambda v: np.select([v < 0.3, v > 0.6], [v, 2 * v], 0), ROWS),
    "intersect1d": (lambda k: np.intersect1d(k, [1, 2, 3]), INTS),
    "setdiff1d": (lambda k: np.setdiff1d(k, [1, 2, 3]), INTS),
    "lexsort": (lambda k: np.lexsort((k, k % 3)), INTS),
}


@pytest.mark.parametrize("name", SIZES)
def test_one_trace_for_all_sizes(name):
    plain, calls = SIZES[name]
    first = calls[0][0]
    if name == "outer":
        plain = lambda v: np.outer(v, v)  # noqa: E731
    spec = ag.TensorSpec([None] * first.ndim, first.dtype.name)
    for make in (lambda: ag.function(plain, input_signature=[spec]), lambda: ag.function(plain)):
        with interpreted():
            compare(make(), plain, calls)


@pytest.mark.usefixtures("no_plain_calls")
def test_what_only_values_decide_is_refused_by_name():
    with pytest.raises(
        TypeError, match=r"np.linalg.eig .*depends on the numbers .*ag.numpy_function"
    ):
        ag.function(np.linalg.eig)(M)
    values = ag.function(lambda x: np.linalg.eigvals(x))  # of 2 x 2 positive numbers they are real
    assert values(np.eye(2)).numpy().tolist() == [1, 1]
    with pytest.raises(TypeError, match=r"np.linalg.eigvals .*depends on the numbers"):
        values(np.array([[0.0, -1.0], [1.0, 0.0]]))
    with pytest.raises(TypeError, match="np.put changes its array in place, .*a = a.copy"):
        ag.function(lambda x: np.put(x * 2, [0], 1.0))(X)
    with pytest.raises(TypeError, match="argument that is a NumPy array, would be lost"):
        ag.function(lambda x: x.sort())(X)
    with pytest.raises(TypeError, match="with where= leaves some elements"):
        ag.function(lambda x: np.sqrt(x, where=x > 0.5))(X)
