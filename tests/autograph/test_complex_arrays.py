"""Arithmetic of complex arrays in one native loop: NumPy's result, the interpreter's bits."""

import numpy as np
import pytest

import autograph as ag

LENGTHS = (0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 33, 100)
SHAPES = [(n, m) for n in (0, 1, 3, 5) for m in (0, 1, 2, 7, 16, 19)]


def chain(z, w):
    return z * np.conj(w) * 2 + w, (z - w) / (w * w + 3), -z * 1j


def parts(z, w):
    return np.abs(z), z.real * w.imag - z.imag, np.abs(z * w) ** 2 + 1, (z + w).real


def compared(z, w):
    return z == w, z != w, np.where(z.real > 0, z, w * 2), np.where(np.abs(z) > 1, z, 0)


def turned(z, w):
    return z[::-1] * w, (z + w)[::2] * 2, z[1:] - w[:-1], (z * w)[::-1].imag


def joined(z, w):
    return np.concatenate([z * w, w, z + 1]) * 1j, np.stack([z * 2, w]), np.repeat(z * w, 3)


def reduced(z, w):
    return (z * w).sum(), np.abs(z * w).sum(), (z * np.conj(z)).real.sum(), np.cumsum(z * w)


def cast(z, w):
    y = z.real.astype("complex64")
    return (z * w).astype("complex128") * 2, (z * w).astype("complex64") + 1, y * y + y


def changed(z, w):
    y = z * w
    y = y + 1
    y[: len(y) // 2] = w[: len(y) // 2] * 2
    return y * y, y


def looped(z, w):
    c, count = z * 1, np.zeros(len(z))
    for _ in range(5):
        inside = np.abs(c) < 2
        c = np.where(inside, c * c + w * 0.25, c)
        count = count + inside.astype(float)
    return c, count


def rows(z, w):
    size = np.abs(z * w)
    return (
        size / (size.sum(axis=1, keepdims=True) + 1),
        (z * w).sum(axis=0),
        z * w[:1] - w[:, :1],
        (z + w).T * 2,
        np.abs(z.T).sum(axis=0),
        (z * w.sum(axis=0)).reshape(-1)[::-1] + 1,
        z.real.sum(axis=1),
    )


def matrices(z, w):
    return (z * 2) @ (w + 1).T, np.einsum("ij,ij->i", z * w, w), z.T * 1j - w.T


ONE = [chain, parts, compared, turned, joined, reduced, cast, changed, looped]


def complexes(shape, dtype, seed):
    random = np.random.default_rng(seed)
    return (random.standard_normal(shape) + 1j * random.standard_normal(shape)).astype(dtype)


def check(program, shape, dtype, spec=None):
    args = [complexes(shape, dtype, seed) for seed in (1, 2)]
    found = []
    for mode in "0", "1":
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AUTOGRAPH_INTERPRET", mode)
            f = ag.function(program, input_signature=spec)
            found.append([np.asarray(x) for x in f(*map(ag.constant, args))])
    for a, b, c in zip(*found, program(*(x.copy() for x in args)), strict=True):
        assert a.shape == np.shape(c)
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
        np.testing.assert_allclose(a, c, rtol=1e-4 if dtype == "complex64" else 1e-10)


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("program", ONE, ids=lambda f: f.__name__)
def test_lines(program, dtype, known):
    for n in LENGTHS[:: 1 if known else 3]:
        check(program, (n,), dtype, None if known else [ag.TensorSpec([None], dtype)] * 2)


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    "program", [chain, parts, compared, rows, matrices], ids=lambda f: f.__name__
)
def test_plates(program, dtype, known):
    for shape in SHAPES[:: 1 if known else 5]:
        check(program, shape, dtype, None if known else [ag.TensorSpec([None] * 2, dtype)] * 2)


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_extremes(dtype):
    """Infinities, NaN, zeros of both signs and sizes whose squares leave the range."""
    ends = [0.0, -0.0, 1.0, -2.5, np.inf, -np.inf, np.nan, 1e30, -1e-30, 3e38, 1e-45]
    z = np.array([complex(a, b) for a in ends for b in ends]).astype(dtype)
    w = z[::-1].copy()

    def program(z, w):
        return z * w + z, z / w, np.abs(z), z == w, -z, np.where(z != w, z, w).imag

    found = []
    for mode in "0", "1":
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AUTOGRAPH_INTERPRET", mode)
            found.append(
                [np.asarray(x) for x in ag.function(program)(ag.constant(z), ag.constant(w))]
            )
    with np.errstate(all="ignore"):
        for a, b, c in zip(*found, program(z, w), strict=True):
            for part in np.real, np.imag:
                np.testing.assert_array_equal(part(a), part(b))
                np.testing.assert_array_equal(
                    np.signbit(part(a))[part(a) == 0], np.signbit(part(b))[part(b) == 0]
                )
            if a.dtype == bool:
                np.testing.assert_array_equal(a, c)
    np.testing.assert_allclose(found[0][2], np.abs(z), rtol=1e-6)


def test_one_loop():
    """No kernel is called, and nothing lies in between."""
    spec = ag.TensorSpec([1000], "complex128")
    f = ag.function(lambda z, w: np.abs(z * np.conj(w) / (z + 2)) + (z - w).real)
    graph = f.get_concrete_function(spec, spec).graph.optimize()
    code = graph.ir_text()
    assert "ag_rt_kernel" not in code and code.count("call ptr @ag_rt_alloc") == 1


def test_unaligned():
    """What others lend is aligned as its floats are."""
    room = np.zeros(8 * 41 + 4, "uint8")
    z = room[4:].view("complex64")
    z[:] = complexes((41,), "complex64", 3)
    f = ag.function(lambda z: z * z + 1)
    np.testing.assert_allclose(f(z).numpy(), z * z + 1, rtol=1e-5)
