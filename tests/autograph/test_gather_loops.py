"""Gathers in the loops that use them: the first bad index is named, whatever else the loop does, as NumPy and the interpreter do."""

import numpy as np
import pytest
from modes import interpreted

import autograph as ag

X = np.arange(50, dtype=np.float32)
Y = np.arange(200, dtype=np.float32)[::-1].copy()
M = np.arange(60, dtype=np.float64).reshape(12, 5)


def indices(n, bad=None, value=99, dtype=np.int64):
    i = (np.arange(n) * 7 % 12).astype(dtype)
    i[1::3] -= 12
    if bad is not None:
        i[bad] = value
    return i


def times(x, i, w):
    return x[i] * w[: len(i)]


def total(x, i, w):
    return (x[i] * 2).sum() + w[0]


def largest(x, i, w):
    return x[i].max()


def table(x, i, w):
    return (x[i].reshape((-1, 1)) + w[:3]).sum(1)


def both(x, i, w):
    return x[i] + w[i]


def unused(x, i, w):
    x[i]
    return w + 1


def some(x, i, w):
    return x[i][:2] + w[:2]


def turned(x, i, w):
    return x[i][::-1] + 1


def joined(x, i, w):
    return np.concatenate([w[:3], x[i] + 1, np.pad(x[i], ((2, 1),))])


def twice(x, i, w):
    g = x[i]
    return g * g, g.sum(), g + w[: len(i)]


def made(x, i, w):
    return x[(i * 2 + 1) // 2]


def divided(x, i, w):
    return (x[i].astype("int32") // w[: len(i)].astype("int32")).sum()


FUNCTIONS = (times, total, largest, table, both, unused, some, turned, joined, twice, made)


def outcome(f, *args):
    try:
        out = f(*args)
        return [np.asarray(o) for o in (out if isinstance(out, tuple) else (out,))]
    except Exception as e:
        kind = "IndexError" if isinstance(e, IndexError) else type(e).__name__
        return kind, str(e).splitlines()[0]


def agree(f, *args):
    with interpreted():
        slow = outcome(ag.function(f), *args)
    fast = outcome(ag.function(f), *args)
    if isinstance(slow, tuple):
        assert fast == slow
    else:
        assert isinstance(fast, list), fast
        for a, b in zip(slow, fast, strict=True):
            np.testing.assert_array_equal(a, b, strict=True)
    return fast


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("dtype", (np.int64, np.int32, np.int8))
@pytest.mark.parametrize("n", (1, 3, 16, 37))
def test_good_and_bad_indices(f, n, dtype):
    args = indices(n, dtype=dtype), Y
    for got, want in zip(agree(f, X, *args), outcome(f, X, *args), strict=True):
        np.testing.assert_allclose(got, want)
    for bad in {0, n // 2, n - 1}:
        for value in (99, -51, 50):
            text = agree(f, X, indices(n, bad, value, dtype), Y)
            if f is not made:
                assert text[0] == "IndexError" and str(value) in text[1]


@pytest.mark.parametrize("f", FUNCTIONS)
def test_the_first_of_several_bad_indices(f):
    i = indices(40)
    i[[3, 9, 30, 39]] = 77, 88, -99, 55
    assert "77" in agree(f, X, i, Y)[1] or f is made


def columns(m, i):
    return m[:, i] * 2 + m[0, 0], np.take(m, i, 1).sum(0), np.take(m, i, 0).sum(1)


def test_rows_and_columns():
    i = np.array([4, 0, -1, 3, -5, 2] * 4)
    for got, want in zip(agree(columns, M, i), columns(M, i), strict=True):
        np.testing.assert_array_equal(got, want)
    i[7] = 5
    assert "5" in agree(columns, M, i)[1]


def test_what_fails_first_comes_first():
    zero = np.zeros(200, np.float32)
    i = indices(20)
    assert agree(divided, X, i, zero)[0] != "IndexError"
    i[5] = 1000
    assert agree(divided, X, i, zero)[0] == "IndexError"


def test_a_print_before_it_is_printed(capfd):
    def f(x, i):
        y = x[i]
        print("between", x[0])
        return y + 1

    def g(x, i):
        print("before", x[0])
        return x[i] + 1

    bad = indices(20, 4)
    assert agree(f, X, bad)[0] == "IndexError"
    assert "between" not in capfd.readouterr().out
    assert agree(g, X, bad)[0] == "IndexError"
    assert capfd.readouterr().out.count("before") == 2


def test_lengths_known_at_run_time():
    spec = [ag.TensorSpec([None], "float32"), ag.TensorSpec([None], "int64")]

    def f(x, i):
        return (x[i] * 2).sum(), x[i] + 1

    g = ag.function(f, input_signature=spec)
    for n in (0, 1, 15, 16, 17, 40):
        s, y = g(X, indices(n))
        np.testing.assert_array_equal(np.asarray(y), X[indices(n)] + 1)
        assert float(s) == (X[indices(n)] * 2).sum()
    with pytest.raises(IndexError, match="99"):
        g(X, indices(40, 20))
