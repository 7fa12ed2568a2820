"""Every sample of ops.py: eager against NumPy, interpreted and compiled against eager bit for bit;
aligned or not."""

import warnings

import numpy as np
import pytest
from modes import interpreted
from ops import DTYPES, SAMPLES

import autograph as ag


def values(spec, letter_dtype, rng):
    """An argument of a sample, for one dtype."""
    if not isinstance(spec, str):
        return spec
    shape = tuple(int(d) for d in spec[spec.index("[") + 1 : -1].split(",") if d)
    dtype = np.dtype(letter_dtype)
    if dtype.kind == "b":
        return np.asarray(rng.random(shape) < 0.5)
    if dtype.kind in "iu":
        return np.asarray(rng.integers(0 if dtype.kind == "u" else -4, 5, shape), dtype)
    x = np.asarray(rng.integers(-8, 9, shape) / 4, dtype)
    return x + 1j * np.asarray(rng.integers(-8, 9, shape) / 4, dtype) if dtype.kind == "c" else x


def dtypes_of(specs):
    for spec in specs:
        if isinstance(spec, str):
            return [d for letter in spec[: spec.index("[")] for d in DTYPES[letter]]
    return ["float32"]


def unaligned(x):
    """The same elements, one byte off and with gaps between the rows."""
    if not isinstance(x, np.ndarray) or x.ndim == 0 or x.size == 0:
        return x
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    raw = np.zeros(wide.nbytes + 1, np.uint8)[1:].view()
    room = np.ndarray(wide.shape, x.dtype, raw.data)
    room[..., ::2] = x
    return room[..., ::2]


def leaves(result):
    return (
        [leaf for r in result for leaf in leaves(r)]
        if isinstance(result, (tuple, list))
        else [np.asarray(result)]
    )


def bits(result):
    return [(x.dtype, x.shape, x.tobytes()) for x in leaves(result)]


CASES = [
    (name, i, dtype)
    for name, rows in SAMPLES.items()
    for i, row in enumerate(rows)
    for dtype in dtypes_of(row[2:])
]


@pytest.mark.parametrize("name,i,dtype", CASES, ids=[f"{n}-{i}-{d}" for n, i, d in CASES])
def test_sample(name, i, dtype):
    fn, ref, *specs = SAMPLES[name][i]
    rng = np.random.default_rng(i)
    args = [values(s, dtype, rng) for s in specs]
    eager = fn(*[ag.constant(a) for a in args])
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        want = leaves(ref(*args))
    got = leaves(eager)
    assert len(got) == len(want)
    for g, w in zip(got, want, strict=True):
        assert g.shape == w.shape
        if w.dtype.kind == "f" and g.dtype.kind == "f":
            np.testing.assert_allclose(
                g, w, rtol=3e-3 if g.dtype.itemsize == 2 else 2e-5, atol=1e-5
            )
        elif w.dtype.kind == "c":
            np.testing.assert_allclose(g, w, rtol=1e-4, atol=1e-5)
        else:
            np.testing.assert_array_equal(g, w.astype(g.dtype))
    compiled = ag.function(lambda *xs: fn(*xs))
    again = bits(compiled(*[ag.constant(a) for a in args]))
    assert bits(compiled(*[unaligned(a) for a in args])) == again
    with interpreted():
        slow = bits(ag.function(lambda *xs: fn(*xs))(*args))
    assert slow == again
    specs = [ag.TensorSpec([None] * np.ndim(a), np.asarray(a).dtype.name) for a in args]
    if name not in (
        "einsum",
        "split",
        "reduce_logsumexp",
        "vectorized_map",
    ):  # these need some sizes while tracing
        plain = [lambda: fn(), lambda a: fn(a), lambda a, b: fn(a, b), lambda a, b, c: fn(a, b, c)][
            len(args)
        ]
        free = ag.function(plain, input_signature=specs)
        for g, w in zip(leaves(free(*args)), got, strict=True):
            assert g.dtype == w.dtype and g.shape == w.shape
            np.testing.assert_allclose(g, w, rtol=1e-6, atol=1e-6)


def test_indices_out_of_range_are_index_errors():
    x = ag.constant([[1, 2], [3, 4]])
    for call in (
        lambda: ag.gather_nd(x, [[2, 0]]),
        lambda: ag.gather_nd(x, [[0, -3]]),
        lambda: ag.tensor_scatter_nd_add(x, [[0, 2]], [1]),
        lambda: ag.gather(x, [[0], [2]], batch_dims=1),
        lambda: ag.scatter_nd([[4]], [1], [4]),
    ):
        for way in (call, ag.function(call)):
            with pytest.raises(IndexError):
                way()


def test_wrong_shapes_are_refused():
    x = ag.constant([[1, 2], [3, 4]])
    for call in (
        lambda: ag.gather_nd(x, [[0, 0, 0]]),
        lambda: ag.tensor_scatter_nd_add(x, [[0, 1]], [1, 2]),
        lambda: ag.split(x, 3),
        lambda: ag.split(x, [1, 2]),
        lambda: ag.slice(x, [0, 0], [3, 1]),
        lambda: ag.einsum("ij,jk->ik", x, x[:1]),
        lambda: ag.einsum("ijk->i", x),
        lambda: ag.einsum("ij->ii", x),
        lambda: ag.top_k(x, 3),
        lambda: ag.sort(x, 2),
        lambda: ag.linspace(0.0, 1.0, -1),
        lambda: ag.unique(x),
        lambda: ag.boolean_mask(x, True),
        lambda: ag.add_n([x, x[0]]),
    ):
        for way in (call, ag.function(call)):
            with pytest.raises(ValueError):
                way()
    with pytest.raises(TypeError):
        ag.gather_nd(x, [[0.0, 0.0]])
    with pytest.raises(TypeError):
        ag.reduce_variance(x)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int32"])
def test_the_power_of_two_is_a_product(dtype):
    x = np.array([0, 1, -3, 7, 1e4, -1e-3, np.inf, -np.inf, np.nan, 1e-30] if "float" in dtype else [0, -3, 2**20], dtype)
    with np.errstate(all="ignore"):
        wanted = (x * x).tobytes()
    assert (ag.constant(x) ** 2).numpy().tobytes() == wanted
    assert ag.function(lambda x: x**2)(x).numpy().tobytes() == wanted
    assert ag.function(lambda x, y: x**y)(x, np.full_like(x, 2)).numpy().tobytes() == wanted
