"""Sizes that only the run knows, taken for equal where all calls so far had equal ones: one trace, and another where they differ."""

import numpy as np
import pytest

import autograph as ag

LENGTHS = (2, 7, 0, 1, 1000, 3)


def traces(f):
    return f.experimental_get_tracing_count()


def vector(n, dtype="f8"):
    return np.linspace(-2.0, 3.0, n, dtype=dtype) if n else np.zeros(0, dtype)


def mixed(a, x, y):
    z = a * x + y
    return z, np.exp(z - x) * y, (z * y).sum()


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def agree(found, expected):
    found, expected = (v if isinstance(v, tuple) else (v,) for v in (found, expected))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.asarray(a), b, rtol=1e-12)


@pytest.fixture(params=["compiled", "interpreted"])
def mode(request, monkeypatch):
    if request.param == "interpreted":
        monkeypatch.setenv("AUTOGRAPH_INTERPRET", "1")
    return request.param


def relaxed(f, *specs):
    """The two ways to have one trace for many sizes, and how many traces each needs for equal ones."""
    spec = [ag.TensorSpec(s, "float64") for s in specs]
    return [(ag.function(f, reduce_retracing=True), 2), (ag.function(f, input_signature=spec), 1)]


def test_equal_sizes_share_a_trace_and_others_get_one(mode):
    for f, n in relaxed(mixed, [], [None], [None]):
        for k in LENGTHS:
            x, y = vector(k), vector(k)[::-1].copy()
            agree(f(np.float64(1.5), x, y), mixed(1.5, x, y))
        assert traces(f) == n
        for k, m in ((5, 1), (1, 5), (4, 4), (1, 1), (0, 1), (1, 0), (0, 0)):
            x, y = vector(k), vector(m) + 1
            agree(f(np.float64(-0.5), x, y), mixed(-0.5, x, y))
        assert traces(f) == n + 1
        for _ in range(2):
            with pytest.raises(ValueError, match="broadcast"):
                f(np.float64(1), vector(3), vector(4))
        assert traces(f) == n + 1


def test_the_first_call_may_have_unequal_sizes(mode):
    for f, _ in relaxed(lambda x, y: x * y + x, [None], [None]):
        for k, m in ((3, 1), (6, 1), (1, 4), (5, 5), (0, 1), (1, 1)):
            agree(f(vector(k), vector(m)), vector(k) * vector(m) + vector(k))
        assert traces(f) <= 3


def test_tensors_and_the_short_way_of_calls(mode):
    """Tensors by position go the way of ext/quick.c, which compares sizes itself."""
    f = ag.function(lambda x, y: x + y * 2, reduce_retracing=True)
    for k, m in ((3, 3), (4, 4), (4, 4), (5, 5), (1, 5), (1, 5), (5, 1), (6, 6), (6, 1)):
        agree(f(ag.constant(vector(k)), ag.constant(vector(m))), vector(k) + vector(m) * 2)
    assert traces(f) == 3


def test_three_sizes_part_one_by_one(mode):
    f = ag.function(lambda x, y, z: (x + y, y * z), reduce_retracing=True)
    for sizes in ((3, 3, 3), (4, 4, 4), (4, 4, 1), (1, 1, 4), (5, 1, 1), (7, 7, 7), (2, 1, 2), (1, 6, 1)):
        x, y, z = map(vector, sizes)
        agree(f(x, y, z), (x + y, y * z))
    assert traces(f) == 4


def test_rows_and_columns_of_a_square_are_no_pair(mode):
    for f, n in relaxed(lambda x, y: x * y + x.sum(), [None, None], [None, None]):
        for shape in ((3, 3), (4, 4), (2, 5), (1, 3), (3, 1), (0, 2)):
            x = np.arange(shape[0] * shape[1], dtype="f8").reshape(shape)
            agree(f(x, x + 1), x * (x + 1) + x.sum())
        assert traces(f) == n
        x = np.arange(6.0).reshape(2, 3)
        agree(f(x, x[:1].copy()), x * x[:1] + x.sum())
        agree(f(x, x[:, :1].copy()), x * x[:, :1] + x.sum())


def test_a_list_of_arrays_and_numbers_between(mode):
    f = ag.function(lambda items, k: sum(x * k for x in items), reduce_retracing=True)
    for sizes in ((3, 3, 3), (5, 5, 5), (8, 8, 8), (8, 1, 8), (2, 2, 2)):
        items = [vector(n) + i for i, n in enumerate(sizes)]
        agree(f(items, 3), sum(x * 3 for x in items))
    assert traces(f) == 3


def test_what_is_shown_stays_none():
    f = ag.function(lambda x, y: x + y, reduce_retracing=True)
    for k in 3, 4, 5:
        f(vector(k), vector(k))
    c = f.get_concrete_function(vector(6), vector(6))
    assert [s.shape for s in c.structured_input_signature[0]] == [(None,), (None,)]
    assert [t.shape for t in c.inputs] == [(None,), (None,)] and traces(f) == 2
    assert "x.shape[0] == y.shape[0]" in f.pretty_printed_concrete_signatures()
    f(vector(6), vector(1))
    assert "x.shape[0] and y.shape[0] were equal, now they differ" in f.explain()


def test_a_concrete_function_takes_all_that_its_signature_says(mode):
    specs = [ag.TensorSpec([None], "float64")] * 2
    for f in ag.function(lambda x, y: x - y, input_signature=specs), ag.function(lambda x, y: x - y, reduce_retracing=True):
        for k in 3, 4:
            f(vector(k), vector(k))
        for c in f.get_concrete_function(vector(3), vector(3)), f.get_concrete_function(*specs):
            for k, m in ((5, 5), (5, 1), (1, 4), (2, 2), (0, 1)):
                agree(c(vector(k), vector(m)), vector(k) - vector(m))
            with pytest.raises(ValueError, match="broadcast"):
                c(vector(2), vector(3))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softmax_of_rows_of_any_length(mode, dtype):
    """Rows of a length that only the run knows are done one by one, by threads where there are many."""
    free = ag.function(softmax, input_signature=[ag.TensorSpec([None, None], dtype)])
    fixed = ag.function(softmax, input_signature=[ag.TensorSpec([300, None], dtype)])
    random = np.random.default_rng(5)
    for shape in ((2, 3), (0, 5), (1, 1), (5, 1), (3, 31), (7, 33), (300, 400), (300, 7), (2, 5000)):
        x = random.standard_normal(shape).astype(dtype)
        x[:1, -1:] = np.inf if shape == (7, 33) else np.nan if shape == (3, 31) else 1
        with np.errstate(invalid="ignore"):
            expected = softmax(x)
        own = ag.function(softmax)  # for this shape
        for f in (own, free) if shape[0] != 300 else (own, free, fixed):
            found = np.asarray(f(x))
            np.testing.assert_array_equal(found, np.asarray(own(x)))
            np.testing.assert_allclose(found, expected, rtol=1e-5 if dtype == "float32" else 1e-12)
    assert traces(free) == traces(fixed) == 1


def test_an_unknown_rank_among_unknown_sizes(mode):
    specs = [ag.TensorSpec(None, "float64"), *[ag.TensorSpec([None], "float64")] * 2]
    f = ag.function(lambda a, x, y: (a * 2, x + y), input_signature=specs)
    for shape, k, m in (((), 3, 3), ((2, 2), 4, 4), ((3,), 1, 4), ((1, 2, 1), 0, 1), ((), 5, 5)):
        a = np.ones(shape)
        agree(f(a, vector(k), vector(m)), (a * 2, vector(k) + vector(m)))
    assert traces(f) == 2


def grows(x, y, n):
    """One of two arrays of equal sizes grows, so they part within the trace."""
    total = 0.0
    for i in range(n):
        x = np.concatenate([x, y[:1] + i])
        total += (y * 2 + y).sum() + x.sum()
    if total > 3:
        y = y[1:]
    return x, y + 1, total, (x[: len(y)] * y).sum()


def swaps(x, y, n):
    for _ in range(n):
        x, y = y, x * 2
    return x - y


def test_equal_sizes_part_in_loops_and_branches(mode):
    f = ag.function(grows, reduce_retracing=True)
    for k in (3, 5, 8, 1):
        for turns in 0, 1, 4:
            x, y = vector(k), vector(k) + 1
            agree(f(x, y, turns), grows(x, y, turns))
    assert traces(f) == 2
    f = ag.function(swaps, reduce_retracing=True)
    for k, m in ((3, 3), (5, 5), (0, 0), (1, 1), (4, 1), (1, 6), (7, 7)):
        for turns in 0, 1, 3:
            agree(f(vector(k), vector(m), turns), swaps(vector(k), vector(m), turns))


def test_a_trace_by_itself_refuses_sizes_that_it_takes_for_equal(mode):
    f = ag.function(lambda x, y: x + y, reduce_retracing=True)
    for k in 3, 4:
        f(vector(k), vector(k))
    concrete = f.get_concrete_function(vector(5), vector(5))._concrete
    agree(concrete.run([vector(6), vector(6)]), vector(6) * 2)
    with pytest.raises(RuntimeError, match="differ"):
        concrete.run([vector(6), vector(7)])
