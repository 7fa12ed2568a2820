"""NumPy's functions and methods on tensors give what NumPy gives on arrays: eager, interpreted and
compiled."""

import contextlib

import numpy as np
import pytest
from modes import interpreted

import autograph as ag

rng = np.random.default_rng(0)
F, G, V = rng.random((3, 4)) * 4 - 2, rng.random((3, 4)) * 4 - 2, rng.random(5)
I, S = rng.integers(-5, 6, (3, 4)), rng.random((4, 4))  # noqa: E741
C3 = rng.random((2, 3, 4))

CASES = [
    (np.diff, F),
    (lambda x: np.diff(x, 2, 0), I),
    (np.cumprod, V),
    (lambda x: np.cumprod(x, 1), I),
    (np.trace, S),
    (lambda x: np.trace(x, 1), S),
    (np.diag, V),
    (lambda x: np.diag(x, -1), V),
    (np.diag, S),
    (np.diagonal, C3),
    (lambda x: np.tril(x, 1), F),
    (np.triu, I),
    (lambda x: np.rot90(x), F),
    (lambda x: np.rot90(x, 3), F),
    (lambda x: np.rot90(x, 2), F),
    (np.flip, F),
    (np.fliplr, F),
    (np.flipud, F),
    (lambda x: np.moveaxis(x, 0, -1), C3),
    (lambda x: np.moveaxis(x, [0, 1], [-1, 0]), C3),
    (lambda x: np.swapaxes(x, 0, 2), C3),
    (lambda x: np.roll(x, 2), F),
    (lambda x: np.roll(x, 1, 1), F),
    (lambda x: np.repeat(x, 2), F),
    (lambda x: np.repeat(x, 2, 1), F),
    (np.outer, V, V),
    (np.inner, V, V),
    (np.inner, F, G),
    (np.vdot, F, G),
    (np.tensordot, S, S),
    (lambda x: np.einsum("ij->j", x), F),
    (lambda x, y: np.vstack([x, y]), F, G),
    (lambda x, y: np.hstack([x, y]), F, G),
    (lambda x, y: np.hstack([x, y]), V, V),
    (lambda x, y: np.dstack([x, y]), F, G),
    (lambda x, y: np.column_stack([x, y]), V, V),
    (lambda x: np.split(x, 2, 1), F),
    (lambda x: np.split(x, [1, 3], 1), F),
    (lambda x: np.array_split(x, 3, 1), F),
    (lambda x: np.take(x, [1, 0]), F),
    (lambda x: np.take(x, [1, 0], 1), F),
    (lambda x: np.take_along_axis(x, np.argsort(x, 1), 1), F),
    (lambda x: np.argsort(x), F),
    (lambda x: np.sort(x, 0), F),
    (lambda x: np.nonzero(x), I),
    (lambda x: np.flatnonzero(x), I),
    (lambda x: np.argwhere(x), I),
    (lambda x: np.where(x > 0), F),
    (lambda x, y: np.where(x > 0, x, y), F, G),
    (lambda x: np.count_nonzero(x, 1), I),
    (np.median, V),
    (lambda x: np.median(x, 0), F),
    (lambda x: np.median(x, 1, keepdims=True), F),
    (np.average, F),
    (lambda x, y: np.average(x, 0, y), F, np.abs(G)),
    (lambda x, y: np.isclose(x, y, atol=1), F, G),
    (lambda x: np.allclose(x, x + 1e-12), F),
    (np.array_equal, F, F),
    (np.ptp, F),
    (lambda x: np.linalg.norm(x), F),
    (lambda x: np.linalg.norm(x, axis=1), F),
    (lambda x: np.linalg.norm(x, 1), V),
    (np.unique, I),
    (lambda x: np.nan_to_num(np.log(np.abs(x) * 0)), F),
    (lambda x: np.full_like(x, 7), F),
    (lambda x: np.atleast_2d(x), V),
    (lambda x: np.atleast_3d(x), F),
    (np.exp2, F),
    (lambda x: np.log2(np.abs(x)), F),
    (lambda x: np.log10(np.abs(x)), F),
    (np.deg2rad, F),
    (np.degrees, F),
    (np.logaddexp, F, G),
    (lambda x: np.logaddexp(2, x), F),
    (lambda x: np.hypot(x, 3), F),
    (lambda x: np.hypot(x, 3), F.astype("float32")),
    (lambda x: np.hypot(4, x), I),
    (lambda x: np.copysign(1.5, x), F.astype("float32")),
    (np.copysign, I, F),
    (np.arcsinh, F),
    (lambda x: np.arccosh(np.abs(x) + 1), F),
    (lambda x: np.arctanh(x / 3), F),
    (lambda x: np.add.reduce(x), F),
    (lambda x: np.maximum.reduce(x, axis=1), F),
    (lambda x, y: np.multiply.outer(x, y), V, V),
    (lambda x, y: np.meshgrid(x, y), V, V),
    (lambda x: np.tile(x, 2), F),
    (lambda x: np.tile(x, 3), V),
    (lambda x: np.tile(x, (2, 1)), V),
    (lambda x: np.tile(x, [2]), F),
    (lambda x: np.tile(x, (2, 1, 3)), F),
    (lambda x: np.tile(x, 0), V),
    (lambda x: np.pad(x, 1), F),
    (lambda x: np.pad(x, (2, 3)), F),
    (lambda x: np.pad(x, (2, 3)), V),
    (lambda x: np.pad(x, (2,)), F),
    (lambda x: np.pad(x, ((1, 2),)), F),
    (lambda x: np.pad(x, ((1,), (2,))), F),
    (lambda x: np.pad(x, ((0, 1), (2, 0)), constant_values=7), F),
    (lambda x: np.pad(x, 2, constant_values=(5, 6)), F),
    (lambda x: np.pad(x, 1, constant_values=((1, 2), (3, 4))), F),
    (lambda x: np.pad(x, 2, "edge"), F),
    (lambda x: np.pad(x, (1, 4), mode="reflect"), V),
    (lambda x: np.pad(x, (1, 2), mode="symmetric"), F),
    (lambda x: np.pad(x, ((1, 0), (0, 3)), mode="wrap"), F),
    (lambda x: x.argsort(0), F),
    (lambda x: x.cumprod(), V),
    (lambda x: x.repeat(2, axis=0), F),
    (lambda x: x.swapaxes(0, 1), F),
    (lambda x: x.take([1], axis=1), F),
    (lambda x: x.trace(), S),
    (lambda x: x.diagonal(), S),
    (lambda x: x.nonzero(), I),
    (lambda x: np.real(x), F),
    (lambda x: np.cumsum(np.sin(x), axis=1).mean(), F),
]


def leaves(value):
    return (
        [leaf for v in value for leaf in leaves(v)]
        if isinstance(value, (tuple, list))
        else [np.asarray(value)]
    )


@pytest.mark.parametrize("i", range(len(CASES)))
def test_as_numpy(i):
    fn, *args = CASES[i]
    with np.errstate(all="ignore"):
        want = leaves(fn(*args))
    plain = [None, lambda a: fn(a), lambda a, b: fn(a, b)][len(args)]
    eager = leaves(fn(*[ag.constant(a) for a in args]))
    compiled = leaves(ag.function(plain)(*args))
    with interpreted():
        slow = leaves(ag.function(plain)(*args))
    assert len(want) == len(eager) == len(compiled) == len(slow)
    for w, e, c, s in zip(want, eager, compiled, slow, strict=True):
        assert w.shape == e.shape == c.shape and w.dtype.kind == e.dtype.kind
        np.testing.assert_allclose(e, w, rtol=1e-6, atol=1e-9)
        np.testing.assert_array_equal(c, s)
        np.testing.assert_allclose(c, w, rtol=1e-6, atol=1e-9)


def test_meshgrid_is_of_the_kind_that_numpy_gives():
    made = ag.function(lambda x: np.meshgrid(x, x))(V)
    assert type(made) is type(np.meshgrid(V, V))


@pytest.mark.usefixtures("no_plain_calls")
@pytest.mark.parametrize(
    "width, options, what",
    [
        (1, {"mode": "mean"}, "np.pad with mode='mean' has no counterpart"),
        (1, {"mode": "edge", "stat_length": 1}, "np.pad with mode='edge', stat_length=1"),
        (((1, 2), (3, 4), (5, 6)), {}, r"pad_width=.* does not fit 2 dimensions"),
        (-1, {}, "can't contain negative values"),
        (1.5, {}, "integral type"),
    ],
)
def test_what_pad_refuses(width, options, what):
    with pytest.raises((TypeError, ValueError), match=what):
        ag.function(lambda x: np.pad(x, width, **options))(F)


@pytest.mark.parametrize("dtype, most", [("float64", 308), ("float32", 38)])
def test_logarithms_of_powers_are_whole(dtype, most):
    """How many digits a number has: int(np.log10(1000)) is 3."""
    tens = np.array([float(f"1e{k}") for k in range(-most + 1, most)], dtype)
    twos = 2.0 ** np.arange(-120, 121).astype(dtype)
    f = ag.function(lambda x, y: (np.log10(x), np.log2(y), np.exp2(np.log2(y)), np.log10(y)))
    for run in interpreted, contextlib.nullcontext:
        with run():
            of_tens, of_twos, again, others = f(tens, twos)
        np.testing.assert_array_equal(of_tens, np.arange(-most + 1, most))
        np.testing.assert_array_equal(of_twos, np.arange(-120, 121))
        np.testing.assert_array_equal(again, twos)
        np.testing.assert_array_max_ulp(others.numpy(), np.log10(twos), 4)
    ends = np.array([0.0, np.inf, -1.0, np.nan, 1.0], dtype)
    got = ag.function(lambda x: np.log10(x))(ends)
    np.testing.assert_array_equal(got, [-np.inf, np.inf, np.nan, np.nan, 0.0])
