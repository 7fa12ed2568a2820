"""Rows shorter than a vector, or a little longer than some: the bits of the kernels."""

import numpy as np
import pytest
from modes import interpreted

import autograph as ag


def made(x, v):
    """Elements, slices, a step back, a row repeated, a choice, casts and joins, each by rows."""
    return (
        x * v - x,
        x / v[:1] if x.dtype.is_floating else x // (v - 1),
        x[:, 1:] - x[:, :-1],
        x[:, ::-1] * v,
        ag.where(x > v, x, v + x[:, :1]),
        ag.cast(x, "float64") * 2.0 + ag.cast(v, "float64"),
        ag.cast(x, "int8"),
        ag.concat([x * v, x + v], 1),
        ag.pad(x, [[1, 1], [2, 3]]) + 1,
    )


@pytest.mark.parametrize("n", [2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 33, 47, 100])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64"])
def test_rows_of_a_known_length(n, dtype):
    rng = np.random.default_rng(n)
    x, v = (rng.integers(2, 60, shape).astype(dtype) for shape in ((5, n), n))
    if dtype.startswith("float"):
        x[1], v[-1] = -0.0, np.nan
    with interpreted():
        want = ag.function(lambda x, v: made(x, v))(x, v)
    got = ag.function(lambda x, v: made(x, v))(x, v)
    for a, b in zip(got, want, strict=True):
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()


def test_rows_in_vectors_write_no_scratch_row():
    """Loops for long rows keep one row in scratch memory; rows in vectors were all stored there."""

    def program(v):
        rows = ag.transpose(ag.stack([v, v * 2.0, v * 3.0], 1))
        return rows, ag.reduce_sum(rows, 0), ag.nn.softmax(rows, -1)

    def check(x, rows, total, soft):
        np.testing.assert_array_equal(rows, np.stack([x, x * 2, x * 3]))
        np.testing.assert_array_equal(total, x * 6)
        np.testing.assert_allclose(np.asarray(soft).sum(1), np.ones(3), rtol=1e-6)

    f = ag.function(program, input_signature=[ag.TensorSpec([None], ag.float32)])
    kept = []
    for n in (33, 40, 49, 64) * 5:
        x = np.arange(n, dtype="float32")
        kept.append((x, *f(x)))
    for each in kept:
        check(*each)


@pytest.mark.parametrize("perm", [(0, 2, 1), (2, 1, 0), (1, 0, 2), (2, 0, 1)])
@pytest.mark.parametrize("last", [1, 9, 40, None])
def test_open_rows_read_across_their_order(perm, last):
    """Strips of columns that threads share cost what only the run knows."""
    f = ag.function(
        lambda x: ag.transpose(x, perm) - 1,
        input_signature=[ag.TensorSpec([None, None, last], ag.float32)],
    )
    for rows, columns in ((0, 3), (1, 1), (5, 7), (3, 70), (65, 33)):
        x = np.arange(rows * columns * (last or 5), dtype="float32").reshape(
            rows, columns, last or 5
        )
        np.testing.assert_array_equal(f(x), x.transpose(perm) - 1)
