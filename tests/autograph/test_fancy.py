"""x[key] and x[key] = value with masks, arrays, and bounds that only the run knows, against
NumPy."""

import contextlib

import numpy as np
import pytest
from modes import interpreted, same

import autograph as ag

X = np.arange(24).reshape(4, 3, 2)
M3 = np.array([[True, False, True], [False, False, True], [False] * 3, [True] * 3])
KEYS = [
    np.array([True, False, True, True]),
    M3,
    (slice(None), np.array([True, False, True])),
    (M3, 1),
    (M3, slice(None), None),
    X % 3 == 0,
    (np.array([0, 2]), np.array([1, 0])),
    (np.array([[0], [2]]), np.array([1, 0])),
    (np.array([0, 2]), slice(None), np.array([1, 0])),
    (slice(1, 3), np.array([0, 2]), np.array([1, 0])),
    (0, np.array([0, 2])),
    (np.array([0, 2]), 1),
    (slice(None), np.array([0, 2]), 1),
    (np.array([-1, -4]), Ellipsis, 0),
    (None, np.array([0, 1]), np.array([1, 1])),
    (Ellipsis, np.array([1, 0, 1])),
    ([0, 2], [1, 1]),
    (np.array([], int), np.array([], int)),
    np.array([[0, 1], [2, 3]]),
    (1, slice(None), np.array([1, 0])),
    (slice(None, None, -1), [2, 0], None),
]


def three(fn, *args):
    want = fn(*[ag.constant(a) for a in args]).numpy()
    with interpreted():
        np.testing.assert_array_equal(ag.function(fn)(*args).numpy(), want)
    np.testing.assert_array_equal(ag.function(fn)(*args).numpy(), want)
    return want


@pytest.mark.parametrize("i", range(len(KEYS)))
def test_reading(i):
    key = KEYS[i]
    np.testing.assert_array_equal(three(lambda x: x[key], X), X[key])


@pytest.mark.parametrize("i", range(len(KEYS)))
def test_writing(i):
    key = KEYS[i]

    def put(x, v):
        x[key] = v
        return x

    for value in (7, np.array(-5), np.arange(X[key].shape[-1] if X[key].ndim else 1) + 100):
        if np.ndim(value) and not X[key].ndim:
            continue
        want = X.copy()
        want[key] = value
        got = ag.constant(X).at(key, value).numpy()
        np.testing.assert_array_equal(got, want)
        with interpreted():
            np.testing.assert_array_equal(ag.function(put)(ag.constant(X), value).numpy(), want)
        np.testing.assert_array_equal(ag.function(put)(ag.constant(X), value).numpy(), want)


def test_writing_with_traced_bounds():
    def put(x, a, b, v):
        x[a:b] = v
        x[a:b, 0] = v + 1
        x[b] += 1
        return x

    f = ag.function(put)
    for a, b in ((0, 2), (1, 1), (-2, 3), (3, 0)):
        want = put(np.arange(12).reshape(4, 3), a, b, 9)
        np.testing.assert_array_equal(
            f(ag.constant(np.arange(12).reshape(4, 3)), a, b, 9).numpy(), want
        )
    assert f.experimental_get_tracing_count() == 1


def test_writing_to_arrays_of_unknown_size():
    @ag.function(input_signature=[ag.TensorSpec([None], "int64"), ag.TensorSpec([None], "bool")])
    def f(x, m):
        x[m] = 0
        x[1:] += 1
        x[x > 5] = 5
        return x

    mask = np.array([True, False, False, False])
    assert f(ag.constant(np.array([1, 2, 3, 9])), mask).tolist() == [0, 3, 4, 5]
    assert f(ag.constant(np.array([7])), np.array([False])).tolist() == [5]
    with pytest.raises(TypeError, match="'x', an argument that is a NumPy array"):
        f(np.array([1, 2, 3, 9]), mask)


def test_traced_masks_and_indices():
    np.testing.assert_array_equal(three(lambda x: x[x > 10], X), X[X > 10])
    np.testing.assert_array_equal(
        three(lambda x, i: x[i, i % 3, 0], X, np.array([0, 3, 1])), X[[0, 3, 1], [0, 0, 1], 0]
    )


def test_what_does_not_fit_is_refused():
    x = ag.constant(X)
    for key in (
        np.array([True, False]),
        (np.array([4]), np.array([0])),
        (np.array([0]), 9),
        (M3, M3),
        (0, 0, 0, np.array([0])),
    ):
        with pytest.raises(IndexError):
            x[key]
        with pytest.raises(IndexError):
            x.at(key, 0)
    with pytest.raises(TypeError):
        x[np.array([0.5]), np.array([1])]
    with pytest.raises(ValueError):
        x.at((np.array([0, 1]), np.array([0, 1])), [1, 2, 3])
    with pytest.raises(TypeError):
        x.at(X > 3, 1.5)
    with pytest.raises(ValueError):
        x[np.array([0, 1]), np.array([0, 1, 2])]


def test_a_mask_that_does_not_fit_says_what_numpy_says():
    def pick(x, m):
        return x[m]

    def put(x, m):
        y = x.copy()
        y[m] = 1.0
        return y

    def caught(x, m):
        try:
            return x[m]
        except IndexError as e:
            return str(e)

    short, x = np.array([True, False, True]), np.ones((3, 4))
    for f, given in ((pick, x[0]), (put, x[0]), (pick, x.T)):
        with pytest.raises(IndexError) as want:
            f(given, short)
        with pytest.raises(IndexError) as got:
            ag.function(f)(given, short)
        assert str(got.value).startswith(str(want.value))
    with pytest.raises(
        IndexError,
        match="along axis 1; size of axis is 4 but size of corresponding boolean axis is 3",
    ):
        ag.function(lambda x, m: x[0:2, m])(x, short)
    assert ag.function(caught)(x[0], short) == caught(x[0], short)


def test_values_that_do_not_fit_a_mask_are_numpys_error_in_the_run():
    def f(x, k):
        y = x * 1
        y[x > k] = np.array([1.0, 2.0])
        return y

    def caught(x, k):
        y = x * 1
        try:
            y[x > k] = np.array([1.0, 2.0])
        except ValueError as e:
            print(e)
            y[0] = 9.0
        return y

    x = np.arange(5.0)
    for fn in (f, caught):
        same(fn, (x, 2.0), (x, 1.0), (x, 3.0), (x, 9.0))
    with pytest.raises(ValueError, match="cannot assign 2 input values to the 3 output values"):
        ag.function(f)(x, 1.0)


def test_sizes_that_do_not_fit_in_a_join_are_numpys_error_in_a_try():
    def joined(x, y, k):
        try:
            return np.concatenate([x[:, :k], y], axis=0)
        except ValueError as e:
            print(e)

    def stacked(x, y, k):
        try:
            return np.stack([x[:, :k], y])
        except ValueError as e:
            print(e)

    x, y = np.ones((2, 3)), np.ones((2, 2))
    for fn in (joined, stacked):
        same(fn, (x, y, 2), (x, y, 3), (x, y, 1))


def reads(text):
    """x[text] where the function itself makes the arrays of the key."""
    names = {"np": np}
    exec(f"def f(x):\n    return (x * 2)[{text}], x[{text}]\n", names)
    return names["f"]


def writes(text):
    names = {"np": np}
    exec(
        f"def f(x):\n    x = x.copy()\n    x[{text}] = -1\n    x[{text}] += 3\n    return x\n",
        names,
    )
    return names["f"]


@pytest.mark.parametrize("make", [reads, writes])
@pytest.mark.parametrize(
    "text",
    [
        "np.array([True, False, True, True])",
        "np.array([False] * 4)",
        "[True, False, True, True], 1",
        "np.arange(4) > 1",
        ":, np.array([True, False, True])",
        "..., np.array([False, True])",
        "np.array([True, False, True, True]), np.array([0, 2, 1])",
        "np.array([True, False, True, True]), ..., np.array([0, 1, 1])",
        "np.array([0, 2]), np.array([1, -1])",
        "np.array([0, 2]), :, np.array([1, -1])",
        "np.array([0, 2]), 1",
        "1, np.array([[0, 2]])",
        "np.array([-1, 0])",
        "np.array([], int)",
        "np.zeros((4, 3), bool)",
        "np.array([True])",
        "np.array([5])",
        "np.array([0.5])",
    ],
)
def test_keys_of_arrays_that_the_function_makes(make, text):
    fn = make(text)
    try:
        want = fn(X)
    except IndexError:
        for way in (contextlib.nullcontext, interpreted):
            with way(), pytest.raises((IndexError, TypeError)):
                ag.function(fn, jit_compile=True)(X)
        return
    for argument in (X, ag.constant(X)):
        for way in (contextlib.nullcontext, interpreted):
            with way():
                got = ag.function(fn, jit_compile=True)(argument)
            for w, g in zip(want, got) if isinstance(want, tuple) else [(want, got)]:
                np.testing.assert_array_equal(np.asarray(g), w)


def test_a_mask_that_the_function_makes_and_changes():
    def f(x):
        mask = np.zeros(x.shape[1], bool)
        for i in range(x.shape[1]):
            if x[0, i] > 1:
                mask[i] = True
        columns = x[:, mask]
        try:
            return columns, x[mask]
        except IndexError:
            return columns, None

    for x in (np.arange(12.0).reshape(3, 4), np.arange(9.0).reshape(3, 3)):
        want, got = f(x), ag.function(f, jit_compile=True)(x)
        np.testing.assert_array_equal(np.asarray(got[0]), want[0])
        assert (got[1] is None) == (want[1] is None)
