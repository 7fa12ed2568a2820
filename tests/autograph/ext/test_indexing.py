import numpy as np
import pytest
from tracing import build, run

import autograph as ag
from autograph import _core

X = np.arange(120).reshape(2, 3, 4, 5)
KEYS = [
    (),
    0,
    -1,
    np.int64(1),
    (0, 1),
    (1, -1, 2),
    (1, 2, 3, 4),
    ...,
    (..., 0),
    (0, ...),
    (0, ..., 1),
    (1, 2, ..., 3, 4),
    slice(None),
    slice(0, 1),
    slice(1, None),
    slice(None, None, -1),
    (slice(None), slice(None, None, 2)),
    (slice(None), slice(-2, None)),
    (slice(None), slice(5, 0, -1)),
    (slice(None), slice(2, 1)),
    (slice(None), slice(-100, 100, 3)),
    (slice(None), slice(None, -1), 1),
    (slice(None), 1),
    (slice(None), 1, slice(1, 3), -1),
    (0, slice(1, 3), 2),
    None,
    (None, 0),
    (0, None),
    (slice(None), None, slice(1, 3)),
    (None, 0, None, slice(0, 2), 1, None),
    (..., None),
    np.array([1, 0, 1]),
    [0, 0],
    np.array([[0, 1], [1, 0]]),
    (slice(None), np.array([2, 0])),
    (slice(None), slice(1, None), np.array([0, 3])),
    np.array([], np.int64),
]


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_indexing_is_numpys(key):
    want = X[key]
    np.testing.assert_array_equal(_core.convert(X)[key].numpy(), want, strict=True)
    for unknown in (False, True):
        for got in run(lambda x: x[key], X, unknown=unknown):
            np.testing.assert_array_equal(got[0], want, strict=True)


def test_random_keys_agree_with_numpy():
    rng = np.random.default_rng(0)

    def bound():
        return None if rng.random() < 0.3 else int(rng.integers(-7, 8))

    def item():
        kind = rng.integers(4)
        if kind == 0:
            return int(rng.integers(-6, 6))
        return slice(bound(), bound(), [None, 1, 2, -1, -3][rng.integers(5)]) if kind < 3 else None

    t = _core.convert(X)
    for _ in range(300):
        key = tuple(item() for _ in range(rng.integers(1, 6)))
        try:
            want = X[key]
        except IndexError:
            with pytest.raises(IndexError):
                t[key]
            continue
        if want.ndim <= 8:
            np.testing.assert_array_equal(t[key].numpy(), want, strict=True, err_msg=repr(key))


@pytest.mark.parametrize("begin, end", [(0, 3), (1, -1), (-2, 100), (3, 1)])
def test_traced_bounds(begin, end):
    v = np.arange(5.0)
    for unknown in (False, True):
        for got in run(
            lambda x, b, e: (x[b:e], x[b:], x[:e], x[e:b:-1]), v, begin, end, unknown=unknown
        ):
            for g, want in zip(
                got, (v[begin:end], v[begin:], v[:end], v[end:begin:-1]), strict=True
            ):
                np.testing.assert_array_equal(g, want, strict=True)


def test_traced_indices():
    for got in run(lambda x, i, j: (x[i], x[i, j], x[:, j], x[i, 1:, ::2, j]), X, 1, -1):
        for g, want in zip(got, (X[1], X[1, -1], X[:, -1], X[1, 1:, ::2, -1]), strict=True):
            np.testing.assert_array_equal(g, want, strict=True)


def test_an_index_outside_is_an_error_when_the_run_gets_there():
    t = _core.convert([1, 2, 3])
    for key in (3, -4, (slice(None), 0)):
        with pytest.raises(IndexError):
            t[key]
    graph = build(lambda x, i: x[i], ("int32", (3,)), 0)
    for native in (False, True):
        plan = graph.plan(native=native)
        assert plan.run([[1, 2, 3], -1])[0].item() == 3
        for i in (3, -4):
            with pytest.raises(IndexError, match=f"index {i} .* size 3"):
                plan.run([[1, 2, 3], i])


@pytest.mark.parametrize(
    "key, error, text",
    [
        (1.0, TypeError, "float"),
        ("a", TypeError, "str"),
        (True, TypeError, "bool"),
        ((0, 0, 0, 0, 0), IndexError, "too many"),
        ((..., ...), IndexError, r"one \.\.\."),
        (slice(None, None, 0), ValueError, "zero"),
        (slice(1.5), TypeError, "bounds"),
        (np.array([True] * 7), IndexError, "boolean index did not match"),
        (np.array([0.5]), TypeError, "integers"),
        ((np.array([0]), np.array([9])), IndexError, "out of (range|bounds)"),
        ((0, slice(None), np.array([9])), IndexError, "out of (range|bounds)"),
        ({}, TypeError, "dict"),
    ],
    ids=repr,
)
def test_bad_keys_are_refused(key, error, text):
    with pytest.raises(error, match=text):
        _core.convert(X)[key]


SET_KEYS = [
    0,
    -1,
    (1, 2),
    (1, 2, 3, 4),
    ...,
    slice(None),
    slice(0, 1),
    (slice(None), slice(None, None, -2)),
    (slice(None), 1),
    (0, slice(1, 3), 2),
    (slice(None), slice(0, 0)),
    (slice(None), slice(1, None), -1),
    (None, 0, 1),
    (0, ..., 1),
]


@pytest.mark.parametrize("key", SET_KEYS, ids=repr)
def test_setting_items_is_numpys(key):
    for value in (
        7,
        _core.weak(7),
        np.full(X[key].shape, 9),
        np.arange(X[key][..., :1].size).reshape(X[key][..., :1].shape) if X[key].ndim else 3,
    ):
        want = X.copy()
        want[key] = value.item() if isinstance(value, _core.Tensor) else value
        np.testing.assert_array_equal(_core.setitem(X, key, value).numpy(), want, strict=True)
        if not isinstance(value, _core.Tensor):
            for got in run(lambda x, value=value: _core.setitem(x, key, value), X):
                np.testing.assert_array_equal(got[0], want, strict=True)


def test_setting_items_at_traced_indices():
    v = np.zeros((3, 4))
    for unknown in (False, True):
        for got in run(lambda x, i: (x.at(i, 1.0), x.at((i, i), 2)), v, 1, unknown=unknown):
            one, two = v.copy(), v.copy()
            one[1], two[1, 1] = 1, 2
            np.testing.assert_array_equal(got[0], one)
            np.testing.assert_array_equal(got[1], two)
    for got in run(lambda x, i: x.at((i, slice(1, 3)), [5.0, 6.0]), v, 2):
        want = v.copy()
        want[2, 1:3] = [5, 6]
        np.testing.assert_array_equal(got[0], want)


@pytest.mark.parametrize(
    "key, value, error",
    [
        (0, 1.5, TypeError),
        (0, np.float64(1), TypeError),
        (0, 2**40, OverflowError),
        (0, [1, 2, 3], ValueError),
        (5, 1, IndexError),
        ((slice(None), 9), 1, IndexError),
        (slice(0, 2), [1, 2, 3, 4, 5], ValueError),
        (np.array([0, 9]), 1, IndexError),
        (0, None, TypeError),
    ],
    ids=repr,
)
def test_values_that_do_not_fit_are_refused(key, value, error):
    x = _core.convert(np.zeros((3, 4), np.int32))
    with pytest.raises(error):
        x.at(key, value)


def test_indices_past_64_bits_are_past_every_size():
    x, f = np.arange(5.0), ag.function(lambda x, i: x[i])
    from_, to = ag.function(lambda x, i: x[i:]), ag.function(lambda x, i: x[:i])
    for t in (np.uint64(2**64 - 1), np.uint64(2**63)):
        for call in (f, lambda x, i: ag.constant(x)[i]):
            with pytest.raises(IndexError, match="out of bounds for axis 0 with size 5"):
                call(x, t)
        assert from_(x, t).tolist() == [] and to(x, t).tolist() == x.tolist()
    for i in (2**63, 2**64, -(2**64), -(2**63), 2**63 - 1):
        assert from_(x, i).tolist() == x[i:].tolist() and to(x, i).tolist() == x[:i].tolist()
    assert f(x, np.uint64(4)) == 4 and from_(x, np.uint64(3)).tolist() == [3, 4]
