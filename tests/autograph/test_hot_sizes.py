"""Sizes that many calls had get code of their own: the same bits, for these sizes alone."""

import gc
import threading
import weakref

import numpy as np
import pytest

import autograph as ag
from autograph import _core, tiers

ENOUGH = 2001


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setenv("AUTOGRAPH_TIERS", "0")
    monkeypatch.delenv("AUTOGRAPH_INTERPRET", raising=False)


def open_function(program, ranks, **options):
    specs = [ag.TensorSpec([None] * rank, ag.float64) for rank in ranks]
    return ag.function(program, input_signature=specs, **options)


def arrays(shapes):
    random = np.random.default_rng(len(shapes))
    return [ag.constant(random.standard_normal(s)) for s in shapes]


def versions(f):
    return [v for c in f._cache for v in c.info.get("versions", ())]


def bits(found):
    parts = [x.numpy() for x in (found if isinstance(found, tuple) else (found,))]
    return [(x.shape, np.where(np.isnan(x), np.nan, x).tobytes()) for x in parts]  # NaN of any sign


# ---- results -----------------------------------------------------------------------------------


def padded(x):
    return np.pad(x, 1) * 2.0, np.pad(x, ((0, 2), (1, 0)), constant_values=7.0) + 1.0


def blurred(x):
    p = np.pad(x, 1)
    return (p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:]) * 0.25


def rows(x):
    e = np.exp(x - x.sum(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True), (x * x).sum(axis=0), x.mean(axis=1), x.cumsum(axis=1)


def joined(x, y):
    return np.concatenate([x, y, x[:, ::-1]], axis=1) * 2.0, np.stack([x, y], axis=1) - 1.0


def distances(x, y):
    return ((x[:, None, :] - y[None, :, :]) ** 2).sum(axis=2), np.roll(x, 1, axis=1) - y


def repeated(x):
    return np.tile(x, (1, 2)) * 2.0, np.repeat(x, 2, axis=1) + 1.0, np.tile(x, (2, 3))


def turns(x):
    for _ in range(4):
        x = np.concatenate([x[1:], x[:1]]) * 0.5 + x
    return x


def by_size(x):
    if len(x) > 2:
        return x[2] + len(x)
    return x.sum(axis=0) * len(x[0:1])


ONE = [padded, blurred, rows, repeated, turns, by_size]


@pytest.mark.filterwarnings("ignore:.*was traced")
@pytest.mark.parametrize("program", ONE, ids=lambda f: f.__name__)
@pytest.mark.parametrize("columns", [0, 1, 2, 3, 4, 5, 9])
def test_of_one(program, columns):
    check(program, [(7, columns)], [[(n, c)] for n in (0, 1, 2, 7) for c in (0, 1, 2, 3, 9)])


@pytest.mark.filterwarnings("ignore:.*was traced")
@pytest.mark.parametrize("program", [joined, distances], ids=lambda f: f.__name__)
@pytest.mark.parametrize("columns", [0, 1, 3, 8])
def test_of_two(program, columns):
    check(program, [(5, columns)] * 2, [[(n, c)] * 2 for n in (0, 1, 5) for c in (0, 1, 3, 8)])


def check(program, hot, others):
    f = open_function(program, [len(s) for s in hot])
    own = ag.function(program)
    cases = [arrays(s) for s in [hot, *others]]
    expected = [bits(f(*args)) for args in cases]
    for _ in range(ENOUGH):
        f(*cases[0])
    assert versions(f)
    for args, want in zip(cases, expected, strict=True):
        assert bits(f(*args)) == want == bits(own(*args)), [a.shape for a in args]
    assert f.experimental_get_tracing_count() == 1


# ---- which sizes -------------------------------------------------------------------------------


def test_sizes_that_change_stay_open():
    f = open_function(lambda x: x.sum(axis=1), [2])
    for k in range(ENOUGH):
        f(ag.constant(np.ones((k % 3 + 1, 2))))
    assert versions(f) == [((-1, 2),)]
    assert "(any, 2), which many calls had" in f.explain()
    x = np.arange(8.0).reshape(4, 2)
    np.testing.assert_array_equal(f(x).numpy(), x.sum(axis=1))
    np.testing.assert_array_equal(f(x.reshape(2, 4)).numpy(), x.reshape(2, 4).sum(axis=1))


def test_no_size_stays_or_is_small():
    f = open_function(lambda x: x * 2.0, [1])
    small = [ag.constant(np.ones(n)) for n in (1, 2, 3)]
    for k in range(2 * ENOUGH):
        f(small[k % 3])
    large = ag.constant(np.ones(5000))
    for _ in range(2 * ENOUGH):
        f(large)
    assert versions(f) == []


def test_there_are_few():
    f = open_function(lambda x: x * 2.0 + 1.0, [1])
    for n in range(7):
        x = ag.constant(np.full(n, 3.0))
        for _ in range(ENOUGH):
            f(x)
        assert f(x).numpy().tolist() == [7.0] * n
    assert len(versions(f)) == 4


def test_sizes_that_are_taken_for_equal():
    f = ag.function(lambda x, y: (x * y).sum(axis=0), reduce_retracing=True)
    for n in (2, 3, 4):
        a = arrays([(n, 3)] * 2)
        for _ in range(ENOUGH):
            f(*a)
    assert versions(f) == [((3, 3), (3, 3)), ((4, 3), (4, 3))]
    x, y = arrays([(4, 3), (1, 3)])
    np.testing.assert_allclose(f(x, y).numpy(), (x.numpy() * y.numpy()).sum(axis=0))


def test_lists_and_numbers():
    f = ag.function(lambda items, k: ag.sum(ag.constant(items) * k))
    items = [float(i) for i in range(40)]
    for k in range(ENOUGH):
        assert float(f(items, float(k))) == 780.0 * k
    assert float(f(items[:30], 2.0)) == 870.0


def test_arrays_and_concrete_functions():
    f = open_function(padded, [2])
    x = np.arange(12.0).reshape(4, 3)
    concrete = f.get_concrete_function()
    for call in (f, concrete):
        before = bits(call(x))
        for _ in range(ENOUGH):
            call(x)
        assert bits(call(x)) == before
    assert concrete._concrete.info["versions"] == versions(f) == [((4, 3),)]


def test_sizes_that_broadcast_by_chance():
    """A version of (4, 3) and (1, 3) serves these alone: another 1 repeats, others are refused."""
    f = open_function(lambda x, y: (x - y) * 2.0, [2, 2])
    for hot in ([(4, 3), (1, 3)], [(1, 1), (1, 1)]):
        args = arrays(hot)
        for _ in range(ENOUGH):
            f(*args)
    assert len(versions(f)) == 2
    for a in [(n, k) for n in (0, 1, 4) for k in (0, 1, 3)]:
        for b in [(n, k) for n in (0, 1, 4) for k in (0, 1, 3)]:
            x, y = (t.numpy() for t in arrays([a, b]))
            try:
                expected = (x - y) * 2.0
            except ValueError:
                with pytest.raises(ValueError):
                    f(x, y)
            else:
                found = f(x, y).numpy()
                assert found.shape == expected.shape
                np.testing.assert_array_equal(found, expected)


def test_threads_have_sizes_of_their_own():
    f = open_function(lambda x: (x / x.sum(axis=1, keepdims=True)).cumsum(axis=1), [2])
    wrong = []

    def work(columns):
        random = np.random.default_rng(columns)
        for i in range(ENOUGH):
            x = random.random((3, columns if i % 1000 < 700 else i % 4 + 1)) + 0.5
            expected = (x / x.sum(axis=1, keepdims=True)).cumsum(axis=1)
            if not np.allclose(f(x).numpy(), expected):
                wrong.append(x.shape)

    threads = [threading.Thread(target=work, args=(columns,)) for columns in (2, 3, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_run_of_other_sizes_while_a_version_is_asked_for(monkeypatch):
    """Asking runs Python, where another call may come: the first one still has its own sizes."""
    f = open_function(rows, [2])
    three, five = arrays([(4, 3), (4, 5)])
    expected = bits(f(five))
    for _ in range(ENOUGH):
        f(three)
    asked, ask = [], _core.staged["hot"]

    def ask_and_run(concrete, number, dims):
        ask(concrete, number, dims)
        asked.append(dims)
        f(three)

    monkeypatch.setitem(_core.staged, "hot", ask_and_run)
    for _ in range(ENOUGH):
        assert bits(f(five)) == expected
    assert asked == [((4, 5),)]


def joined_if(flag, x, y):
    if flag:
        z = np.concatenate([x, y], axis=1).sum()
    else:
        z = x.sum() - y.sum()
    return z, x * 2.0, x.sum(axis=1)


def test_a_branch_that_never_ran_says_nothing_about_sizes():
    """It would take as many rows of x as y has."""
    specs = [ag.TensorSpec([], "bool"), *[ag.TensorSpec([None, None], "float64")] * 2]
    f = ag.function(joined_if, input_signature=specs)
    for k in range(ENOUGH):
        f(False, *arrays([(k % 3 + 1, 2), (4, 3)]))
    assert versions(f) == [((), (-1, 2), (4, 3))]
    for n in (0, 1, 4, 7):
        for flag in [False] + [True] * (n == 4):
            x, y = (a.numpy() for a in arrays([(n, 2), (4, 3)]))
            for found, want in zip(f(flag, x, y), joined_if(flag, x, y), strict=True):
                np.testing.assert_allclose(found.numpy(), want)
                assert found.shape == np.shape(want)
    with pytest.raises(ValueError):
        f(True, *arrays([(3, 2), (4, 3)]))


# ---- what goes wrong ---------------------------------------------------------------------------


def test_errors_are_the_same():
    def chosen(x, i):
        return x[i] * 2.0

    signature = [ag.TensorSpec([None], "float64"), ag.TensorSpec([], "int64")]
    f = ag.function(chosen, input_signature=signature)
    x = ag.constant(np.arange(5.0))
    for _ in range(ENOUGH):
        assert float(f(x, 4)) == 8.0
    assert versions(f)
    for y, i in ((x, 5), (x, -6), (ag.constant(np.ones(3)), 4)):
        with pytest.raises(IndexError):
            f(y, i)
    assert float(f(ag.constant(np.ones(9)), 8)) == 2.0


def test_sizes_that_fail():
    """Code that fails for these sizes always: there is no version, or it says the same."""
    f = open_function(lambda x, y: (x[:2] + y).sum(), [1, 1])
    x, y = arrays([(4,), (3,)])
    for _ in range(2 * ENOUGH):
        with pytest.raises(ValueError):
            f(x, y)
    z = arrays([(2,)])[0]
    np.testing.assert_allclose(float(f(x, z)), (x.numpy()[:2] + z.numpy()).sum())


def test_beside_the_calls(monkeypatch):
    monkeypatch.delenv("AUTOGRAPH_TIERS")
    f = open_function(blurred, [2])
    x = arrays([(6, 3)])[0]
    before = bits(f(x))
    tiers.settle()
    for _ in range(ENOUGH):
        f(x)
    tiers.settle()
    assert versions(f) == [((6, 3),)] and bits(f(x)) == before


def test_versions_go_with_their_trace():
    f = open_function(lambda x: x + 1.0, [1])
    for _ in range(ENOUGH):
        f(ag.constant(np.ones(3)))
    assert versions(f)
    gone = weakref.ref(f)
    del f
    gc.collect()
    assert gone() is None
