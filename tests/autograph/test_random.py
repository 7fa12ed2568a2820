"""tf.random: reproducible, of the right distribution, new at every run of a compiled function."""

import contextlib
import math
import threading

import numpy as np
import pytest
from modes import interpreted

import autograph as ag

r = ag.random
N = 40_000


def ways(fn, *args):
    """Eager, interpreted and compiled give the same numbers."""
    want = fn(*args).numpy()
    with interpreted():
        np.testing.assert_array_equal(ag.function(fn)(*args).numpy(), want)
    np.testing.assert_array_equal(ag.function(fn)(*args).numpy(), want)
    return want


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_uniform_floats(dtype):
    x = ways(lambda: r.stateless_uniform([N], [1, 2], -1.0, 3.0, dtype))
    assert x.dtype == dtype and x.min() >= -1 and (x.max() < 3 or dtype == "float16")
    assert abs(x.astype(float).mean() - 1) < 5 * (4 / math.sqrt(12)) / math.sqrt(N)
    counts = np.histogram(x.astype(float), 20, (-1, 3))[0]
    assert ((counts - N / 20) ** 2 / (N / 20)).sum() < 50  # chi square of 19 degrees: 1e-4 beyond
    u = r.stateless_uniform([N], [1, 2], dtype=dtype).numpy()
    assert u.min() >= 0 and u.max() < 1


@pytest.mark.parametrize(
    "dtype,low,high",
    [
        ("int32", -3, 4),
        ("int64", -3, 4),
        ("int64", -(2**62), 2**62),
        ("uint8", 0, 200),
        ("int32", -(2**31), 2**31 - 1),
    ],
)
def test_uniform_integers(dtype, low, high):
    x = ways(lambda: r.stateless_uniform([N], [7, 0], low, high, dtype))
    assert x.dtype == dtype and x.min() >= low and x.max() < high
    if high - low < 1000:
        values, counts = np.unique(x, return_counts=True)
        assert len(values) == high - low
        assert ((counts - N / len(values)) ** 2 / (N / len(values))).sum() < len(
            values
        ) + 6 * math.sqrt(2 * len(values))
    with pytest.raises(ValueError):
        r.stateless_uniform([2], [1, 2], dtype="int32", minval=0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_normal(dtype):
    x = ways(lambda: r.stateless_normal([N], [3, 4], 2.0, 0.5, dtype))
    assert x.dtype == dtype and np.isfinite(x).all()
    z = np.sort((x.astype(float) - 2) / 0.5)
    cdf = np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in z])
    assert np.abs(cdf - np.arange(N) / N).max() < 2 / math.sqrt(
        N
    )  # Kolmogorov and Smirnov: 1e-3 beyond


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_truncated_normal(dtype):
    z = np.sort(ways(lambda: r.stateless_truncated_normal([N], [3, 4], dtype=dtype)).astype(float))
    most = math.erf(math.sqrt(2))
    cdf = np.array([0.5 * (1 + math.erf(v / math.sqrt(2)) / most) for v in z])
    assert np.abs(z).max() <= 2 and np.abs(cdf - np.arange(N) / N).max() < 2 / math.sqrt(N)


def test_seeds_decide():
    def draw(s):
        return r.stateless_uniform([3], s).numpy().tolist()

    assert draw([1, 2]) == draw(ag.constant([1, 2])) == draw([1, 2])
    assert len({tuple(draw([a, b])) for a in range(10) for b in range(10)}) == 100
    assert (
        r.stateless_uniform([8], [5, 6]).numpy()[:3].tolist()
        == r.stateless_uniform([3], [5, 6]).numpy().tolist()
    )
    assert r.stateless_uniform([], [1, 2]).shape == () and r.stateless_uniform(
        [2, 0], [1, 2]
    ).shape == (2, 0)


def test_generators():
    g, h = r.Generator.from_seed(5), r.Generator.from_seed(5)
    a = g.uniform([4]).numpy()
    assert (a == h.uniform([4]).numpy()).all() and (g.uniform([4]).numpy() != a).any()
    h.reset_from_seed(5)
    f = ag.function(lambda: h.normal([3]))
    first, second = f().numpy(), f().numpy()
    assert (first != second).any() and f.experimental_get_tracing_count() == 1
    h.reset_from_seed(5)
    assert (f().numpy() == first).all() and (f().numpy() == second).all()
    h.skip(1)
    k = r.Generator.from_state(h.state.value())
    assert (k.normal([3]).numpy() == f().numpy()).all()
    seeds = g.make_seeds(3)
    assert seeds.shape == (2, 3)
    one, two = g.split(2)
    assert (one.uniform([5]).numpy() != two.uniform([5]).numpy()).any()


def test_draws_in_a_loop_differ():
    @ag.function
    def total(n):
        seen = []
        for _ in range(n):
            seen.append(r.uniform([]))
        return ag.stack(seen)

    r.set_seed(1)
    x = total(100).numpy()
    assert len(set(x.tolist())) == 100
    r.set_seed(1)
    assert (total(100).numpy() == x).all()
    assert (total(100).numpy() != x).any()


def test_global_functions():
    r.set_seed(3)
    a, b = r.uniform([2]).numpy(), r.uniform([2], seed=7).numpy()
    r.set_seed(3)
    assert (r.uniform([2]).numpy() == a).all() and (r.uniform([2], seed=7).numpy() == b).all()
    assert (a != b).any()
    assert abs(r.normal([N]).numpy().mean()) < 0.03
    assert np.abs(r.truncated_normal([N]).numpy()).max() <= 2


@pytest.mark.parametrize("n", [0, 1, 2, 100])
def test_shuffle_keeps_the_rows(n):
    x = np.arange(2 * n).reshape(n, 2)
    y = r.shuffle(x).numpy()
    assert sorted(y.tolist()) == x.tolist()
    if n == 100:
        assert (y != x).any()
    f = ag.function(lambda x: r.shuffle(x), input_signature=[ag.TensorSpec([None, 2], "int64")])
    assert sorted(f(x).numpy().tolist()) == x.tolist()


def test_shuffle_is_fair():
    seen = np.zeros((4, 4))
    for seed in range(2000):
        for i, v in enumerate(r.stateless_shuffle([0, 1, 2, 3], [seed, 9]).tolist()):
            seen[i, v] += 1
    assert ((seen - 500) ** 2 / 500).sum() < 40


def test_categorical():
    p = np.array([[0.1, 0.2, 0.7], [0.5, 0.5, 0.0]])
    x = ways(
        lambda: r.stateless_categorical(np.log(np.maximum(p, 1e-30)).astype(np.float32), N, [1, 1])
    )
    for row, want in zip(x, p, strict=True):
        assert np.abs(np.bincount(row, minlength=3) / N - want).max() < 0.015
    assert r.categorical([[0.0, 0.0]], 5).shape == (1, 5)


@pytest.mark.parametrize(
    "mode", [contextlib.nullcontext, interpreted], ids=["compiled", "interpreted"]
)
def test_threads_draw_apart(mode):
    """Each draw of a generator is one thread's, and none is left out."""
    g = r.Generator.from_seed(7)

    @ag.function
    def draws(n):
        found = []
        for _ in range(n):
            found.append(g.uniform_full_int([], "uint64"))
        return ag.stack(found)

    found = []

    def work():
        for _ in range(5):
            found.extend(draws(1000).numpy().tolist())
            found.append(int(g.uniform_full_int([], "uint64")))  # at once

    with mode():
        draws(1)
        threads = [threading.Thread(target=work) for _ in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    again = r.Generator.from_seed(7)
    again.skip(1)
    assert g.state.numpy().tolist() == [7, 20_021]
    assert set(found) == {int(again.uniform_full_int([], "uint64")) for _ in range(20_020)}


def test_fetch_add_gives_what_was_there():
    v = ag.Variable([1, 2], dtype="int64")

    @ag.function
    def f(x):
        return v.fetch_add(x), v.fetch_add(x)

    assert v.fetch_add([1, 1]).tolist() == [1, 2] and v.numpy().tolist() == [2, 3]
    a, b = f(ag.constant([10, 20], "int64"))
    assert a.tolist() == [2, 3] and b.tolist() == [12, 23] and v.numpy().tolist() == [22, 43]
    with interpreted():
        assert ag.function(lambda: v.fetch_add([1, 1]))().tolist() == [22, 43]
    for value in [1, 2, 3], "a":
        with pytest.raises((ValueError, TypeError)):
            v.fetch_add(value)
    assert v.numpy().tolist() == [23, 44]


@pytest.mark.parametrize(
    ("draw", "error", "text"),
    [
        (
            lambda: r.uniform([2], 5, 5, "int32"),
            ValueError,
            "minval must be less than maxval, not 5 and 5",
        ),
        (lambda: r.uniform([2], 0, [3, -1], "int64"), ValueError, r"not 0 and \[ 3 -1\]"),
        (
            lambda: ag.function(lambda n: r.uniform([2], 0, n, "int32"))(-5),
            ValueError,
            "not 0 and -5",
        ),
        (lambda: r.uniform([2], 0, 10.5, "int32"), TypeError, "10.5 is a float"),
        (lambda: r.uniform([2], 0, 256, "uint8"), OverflowError, "256 does not fit uint8"),
        (lambda: r.stateless_uniform([2], (1, 2), alg="threefry"), ValueError, "alg is 'philox'"),
        (lambda: r.stateless_normal([2], (1, 2), alg="zzz"), ValueError, "not 'zzz'"),
        (lambda: r.Generator.from_seed(1, "threefry"), ValueError, "alg is 'philox'"),
        (lambda: r.Generator.from_state([1, 2], "zzz"), ValueError, "not 'zzz'"),
        (lambda: r.Generator.from_seed(1.5), TypeError, "integer"),
    ],
)
def test_ranges_and_algorithms_that_there_are_not_are_refused(draw, error, text):
    with pytest.raises(error, match=text):
        draw()


def test_ends_of_other_integers_and_a_number_that_is_shuffled():
    assert r.uniform([9], 0, np.int64(1), "int32").tolist() == [0] * 9
    assert r.uniform([9], ag.constant(7), 8, "int64").tolist() == [7] * 9
    assert int(r.shuffle(5)) == 5
    assert r.Generator.from_seed(1, alg="philox").algorithm == 1
