"""What is put together of arrays whose sizes only the run knows: one native loop, the interpreter's
bits, NumPy's result."""

import numpy as np
import pytest

import autograph as ag

LENGTHS = [(n,) for n in (0, 1, 2, 3, 4, 7, 8, 9, 16, 17, 100, 1000)]
SHAPES = [(n, m) for n in (0, 1, 2, 3, 17) for m in (0, 1, 2, 3, 9, 33)]


def check(program, calls):
    """Compiled and interpreted, for all calls, tuples of shapes; gives the code."""
    runs = []
    for mode in ("0", "1"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AUTOGRAPH_INTERPRET", mode)
            specs = [ag.TensorSpec([None] * len(s), ag.float64) for s in calls[0]]
            f = ag.function(program, input_signature=specs)
            random = np.random.default_rng(1)
            runs.append([])
            for shapes in calls:
                args = [random.standard_normal(s) for s in shapes]
                found, expected = f(*args), program(*args)
                found = found if isinstance(found, tuple) else (found,)
                expected = expected if isinstance(expected, tuple) else (expected,)
                for a, b in zip(found, expected, strict=True):
                    assert a.numpy().shape == b.shape, (shapes, a, b)
                    np.testing.assert_allclose(a.numpy(), b, err_msg=repr(shapes))
                runs[-1].append([a.numpy() for a in found])
            assert f.experimental_get_tracing_count() <= 2  # one takes equal sizes for equal
            code = f.get_concrete_function(*specs).graph.optimize().ir_text()
    for a, b in zip(*runs, strict=True):
        for x, y in zip(a, b, strict=True):
            np.testing.assert_array_equal(x, y)
    return code


# ---- of one line -------------------------------------------------------------------------------


def padded(x):
    return np.pad(x, 2) * 2.0, np.pad(x, (0, 3), constant_values=7.0) + 1.0, np.pad(x, (1, 0))


def stencil(x):
    p = np.pad(x, 1)
    return p[:-2] + p[2:] - 2.0 * p[1:-1], p[::-1] * 3.0, p[::2] + 1.0, np.diff(p)


def padded_twice(x):
    return np.pad(np.pad(x, 1), (0, 2), constant_values=3.0)[1:] * 2.0


def turned(x):
    return np.concatenate([x[1:], x[:1]]) - x, np.concatenate([x[:-3], x[-3:]]) * x


def pieces(x):
    return np.concatenate([x[:2], x[3:], [5.0], x[-1:], x[::-1]]) * 2.0


def rolled(x):
    return np.roll(x, 1) - x, np.roll(x, -3) * x, np.roll(x, 1234567) + x


def ends(x):
    return np.append(x, 0.0) + np.concatenate([[1.0], x])


def in_a_loop(x):
    for _ in range(5):
        x = np.concatenate([x[1:], x[:1]]) * 0.5 + x
    return x


@pytest.mark.parametrize(
    "f",
    [padded, stencil, padded_twice, turned, pieces, rolled, ends, in_a_loop],
    ids=lambda f: f.__name__,
)
def test_of_one_line(f):
    check(f, [(s,) for s in LENGTHS])


# ---- of two ------------------------------------------------------------------------------------


def joined(a, b):
    return np.concatenate([a, b]) + 1.0


def joined_often(a, b):
    return np.concatenate([a, b, a, [1.0, 2.0], b, b[::-1], a * 2.0]) * 2.0


def joined_of_joined(a, b):
    c = np.concatenate([np.concatenate([a, b]), a, np.concatenate([b, [5.0], a])])
    return c[::-1] + 1.0, c[2:] - c[:-2], c[: len(a)] + a


def of_many_sizes(a, b):
    """More of them than an amount has terms."""
    parts = [a, b, a[1:], b[1:], a[2:], b[2:], a[:3], b[:3], a[:2], b[:2], a[3:], b[4:]]
    return np.concatenate(parts) - 1.0, np.pad(np.concatenate(parts), 2)[1:-1] * 2.0


@pytest.mark.parametrize(
    "f", [joined, joined_often, joined_of_joined, of_many_sizes], ids=lambda f: f.__name__
)
def test_of_two_lines(f):
    check(f, [(s, t) for s in LENGTHS for t in LENGTHS[:8]])


# ---- of plates ---------------------------------------------------------------------------------


def blurred(x):
    p = np.pad(x, 1)
    return (p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:]) * 0.25


def rolled_plate(x):
    return np.roll(x, 1, axis=0) + np.roll(x, -1, axis=1), np.roll(x, 3)


def framed(x):
    row = np.concatenate([x[:1], x, x[-1:]], axis=0)
    return np.concatenate([row[:, :1], row, row[:, -1:]], axis=1) * 2.0


def tall(x, y):
    return np.concatenate([x, y], axis=0) * 2.0, np.concatenate([y, x], axis=0).T + 1.0


def broad(x, y):
    return np.concatenate([x, y], axis=1) * 2.0, np.concatenate([y, x], axis=1).sum(axis=1)


@pytest.mark.parametrize("f", [blurred, rolled_plate, framed], ids=lambda f: f.__name__)
def test_of_a_plate(f):
    check(f, [(s,) for s in SHAPES])


def test_of_two_plates():
    check(tall, [((n, s[1]), s) for s in SHAPES for n in (0, 1, 5)])
    check(broad, [((s[0], n), s) for s in SHAPES for n in (0, 1, 5, 20)])


# ---- of copies ---------------------------------------------------------------------------------


def tiled(x):
    return (
        np.tile(x, 2) * 2.0,
        np.tile(x, 3),
        np.tile(x, 9) + 1.0,
        np.tile(x, 0),
        np.tile(x, (2, 2)),
    )


def tiled_plate(x):
    both = np.tile(x, (2, 1)) + np.tile(x * 2.0, (2, 1))
    return (
        both,
        np.tile(x, (2, 3)) - 1.0,
        np.tile(x, (2, 9)),
        np.tile(x, (2, 2, 2)),
        np.tile(x, (0, 2)),
    )


def tiled_in_a_loop(x):
    y = np.tile(x, 2)
    for _ in range(3):
        y = y + np.tile(x, 2) * 2.0
    return y, np.tile(y, 2).sum()


def repeated(x):
    return np.repeat(x, 2) * 2.0, np.repeat(x, 3), np.repeat(x, 9), np.repeat(x, 0), np.repeat(x, 1)


def repeated_plate(x):
    rows, columns = np.repeat(x, 2, axis=0) * 2.0, np.repeat(x, 3, axis=1)
    return rows, columns + 1.0, np.repeat(x, 2), np.repeat(x, 0, axis=1)


@pytest.mark.parametrize("f", [tiled, tiled_in_a_loop, repeated], ids=lambda f: f.__name__)
def test_copies_of_a_line(f):
    check(f, [(s,) for s in LENGTHS])


@pytest.mark.parametrize("f", [tiled_plate, repeated_plate], ids=lambda f: f.__name__)
def test_copies_of_a_plate(f):
    check(f, [(s,) for s in SHAPES])


def repeated_box(x):
    return tuple(np.repeat(x, k, axis=axis) for k in (0, 1, 2, 9) for axis in (0, 1, 2))


def reshaped(x):
    """A reshape takes its operand's place where nothing else wants that, as a loop may."""
    copies = np.tile(x, (2, 1, 3))
    both, flat, halves = np.stack([x, x + 1.0]), np.repeat(x, 3, axis=1), x * 0.5
    return (
        copies.reshape(-1) * 2.0,
        copies,
        both.reshape(-1),
        np.cumsum(flat.reshape(-1)).reshape(flat.shape),
        halves.reshape(-1)[::-1] + np.exp(halves).reshape(-1),
        np.repeat(both.reshape(-1), 2).reshape(both.shape[0], -1) - both.sum(),
    )


BOXES = [(1, 2, 3), (4, 5, 1), (3, 1, 2), (7, 3, 33), (5, 2, 16), (1, 1, 1), (0, 2, 3), (2, 3, 0)]


@pytest.mark.parametrize("f", [repeated_box, reshaped], ids=lambda f: f.__name__)
def test_copies_of_a_box(f):
    check(f, [(s,) for s in BOXES])


@pytest.mark.parametrize(
    ("f", "shapes"),
    [
        (tiled, LENGTHS),
        (repeated, LENGTHS),
        (tiled_plate, SHAPES[::3]),
        (repeated_plate, SHAPES[::3]),
        (repeated_box, BOXES),
        (reshaped, BOXES),
    ],
    ids=lambda f: getattr(f, "__name__", ""),
)
def test_copies_of_known_sizes(f, shapes):
    for shape in shapes:
        x, found = np.random.default_rng(2).standard_normal(shape), []
        for mode in "0", "1":
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("AUTOGRAPH_INTERPRET", mode)
                found.append([a.numpy() for a in ag.function(f)(ag.constant(x))])
        for a, b, c in zip(*found, f(x), strict=True):
            assert a.shape == c.shape
            np.testing.assert_array_equal(a, b)
            np.testing.assert_allclose(a, c)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("known", [True, False])
def test_copies_need_no_division(rank, known):
    shape = (50, 40, 30)[:rank] if known else (None,) * rank
    for axis in range(rank):
        f = ag.function(lambda x, axis=axis: np.repeat(x, 9, axis=axis))
        code = f.get_concrete_function(ag.TensorSpec(shape, ag.float64)).graph.optimize().ir_text()
        assert "div i64" not in code and "rem i64" not in code


# ---- of more pieces than a nest is cut into ----------------------------------------------------


def padded_often(x):
    p = np.pad(np.pad(x, 1) * 2.0, ((0, 2),) * x.ndim, constant_values=3.0) + 1.0
    return np.pad(np.pad(p, ((1, 2),) * x.ndim) * 3.0, 1, constant_values=5.0) - 1.0


def padded_sums(x):
    p = padded_often(x)
    return p.sum(axis=0), p.sum(axis=-1), p.max(), p.T + 1.0


def padded_joins(x):
    p = np.pad(x, 1)
    for axis in range(x.ndim):
        p = np.concatenate([p, np.flip(p, axis) * 2.0, p + 1.0], axis=axis)
    return p * 0.5, np.swapaxes(np.pad(p, 1), 0, -1) - 1.0


def blurred_often(x):
    p = np.pad(np.pad(x, 1) * 2.0, 1)
    middle = (slice(1, -1),) * (x.ndim - 1)
    return (p[(*middle, slice(None, -2))] + p[(*middle, slice(2, None))]) * 0.5 + np.roll(p, 1)[
        (*middle, slice(1, -1))
    ]


@pytest.mark.parametrize(
    "f", [padded_often, padded_sums, padded_joins, blurred_often], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_of_many_pieces(f, rank):
    sizes = (0, 1, 2, 3, 5, 9, 17)
    shapes = [(n, m, k)[-rank:] for n in (1, 3) for m in (0, 1, 4) for k in sizes]
    check(f, [(s,) for s in shapes])


# ---- what is made ------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [padded, turned, rolled, tiled_in_a_loop], ids=lambda f: f.__name__)
def test_no_kernel_is_called(f):
    assert "ag_rt_kernel" not in check(f, [((5,),)])


def rolled_each_way(x):
    return np.roll(x, 1, 0) + np.roll(x, -1, 0) + np.roll(x, 1, 1) + np.roll(x, -1, 1) - 4.0 * x


def test_pieces_of_several_axes_are_few():
    """They are code of their own each: sixteen took 0.3 s to compile."""
    assert check(rolled_each_way, [(s,) for s in SHAPES]).count("\n") < 1000


def test_threads_share_the_pieces():
    check(stencil, [((300_001,),)])
    check(joined_often, [((100_003,), (70_001,))])
    check(blurred, [((517, 611),)])


def test_a_part_of_another_width_is_refused():
    f = ag.function(
        lambda x, y: np.concatenate([x, y], axis=0) * 2.0,
        input_signature=[ag.TensorSpec([None, None], ag.float64)] * 2,
    )
    with pytest.raises(ValueError, match="concat"):
        f(np.zeros((2, 3)), np.zeros((2, 4)))
