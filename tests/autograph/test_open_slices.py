"""Slices of arrays whose sizes only the run knows: one trace, and NumPy's result or its error."""

import traceback

import numpy as np
import pytest

import autograph as ag
from autograph.bench.sizes import waves

SIZES = (5, 17, 0, 1, 2, 3, 1000)
SHAPES = [
    (5, 7),
    (17, 3),
    (0, 4),
    (1, 1),
    (1, 9),
    (2, 2),
    (3, 3),
    (2, 1),
    (4, 0),
    (40, 33),
    (300, 37),
]


def data(*shape, dtype="f8"):
    return (np.arange(np.prod(shape)).reshape(shape) * 7 % 11).astype(dtype)


@pytest.fixture(params=["compiled", "interpreted"])
def mode(request, monkeypatch):
    if request.param == "interpreted":
        monkeypatch.setenv("AUTOGRAPH_INTERPRET", "1")


def outcome(f, args):
    """The result, or the error's class and line."""
    try:
        result = f(*args)
    except (ValueError, IndexError) as e:
        lines = [s.lineno for s in traceback.extract_tb(e.__traceback__) if s.filename == __file__]
        return ValueError if isinstance(e, ValueError) else IndexError, lines[-1]
    return [np.asarray(v) for v in (result if isinstance(result, tuple) else (result,))]


def agree(program, calls):
    """For all calls, from one trace."""
    one = ag.function(program, reduce_retracing=True)
    for args in calls:  # the first two differ in all sizes
        found, expected = outcome(one, args), outcome(program, args)
        if isinstance(expected, tuple):
            assert found == expected, (args, found)
            continue
        assert isinstance(found, list), (args, found)
        for a, b in zip(found, expected, strict=True):
            assert a.dtype == np.asarray(b).dtype
            if a.ndim == 0:  # a sum, in another order
                np.testing.assert_allclose(a, b, rtol=1e-5, err_msg=repr(args))
            else:
                np.testing.assert_array_equal(a, b, err_msg=repr(args))
    return one.experimental_get_tracing_count()


def check(program, calls):
    assert agree(program, calls) == 2


# ---- lines -------------------------------------------------------------------------------------


def takes(x):
    return x[1:] - x[:-1], x[2:] + x[:-2] * x[1:-1], x[::-1], x[-2::-1], x[:0:-1] * 2, x[:-3], x[4:]


def takes_clamped(x):
    return (
        x[:3] + 0,
        x[-3:] * 2,
        x[-5:-2] - 1,
        x[2:4],
        x[5:2],
        x[-1:-3],
        x[::2],
        x[1::3],
        x[::-2],
        x[3:0:-1],
    )


def takes_of_takes(x):
    y = x[1:][1:]
    z = x[:-1][:-1] * y
    return (
        y,
        z,
        (x * 2)[1:][::-1] + z[0:0].sum(),
        z[::-1][1:] + x[3:],
        len(x[2:]),
        len(x[::-1][1:-1]),
    )


def differences(x):
    return np.diff(x), x[1:].sum() - x[:-1].sum(), (x[1:] * x[:-1]).max() if len(x) > 1 else 0.0


def misfits(x):
    return x[1:] + x[:-2]


def misfits_in_place(x):
    y = x.copy()
    y[1:-1] = x[1:] * 2.0
    return y


def sets(x):
    y = x.copy()
    y[1:] = x[:-1] + 1.0
    z = x.copy()
    z[::-1] = x
    z[1:-1] = -1.0
    w = x.copy()
    w[2:] += w[:-2]
    w[:-1] *= 0.5
    v = x.copy()
    v[:3] = 9.0
    v[-2:] = 8.0
    v[::2] += 1.0
    return y, z, w, v


def sets_one_value(x):
    y = x.copy()
    y[1:] = x[:1]
    y[:] = y * 2.0
    if len(y) > 1:
        y[::-1] = y[1:2]
    return y


def sets_all(x):
    y = x.copy()
    y[:] = x[2:]
    return y


def heat(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] = u[1:-1] + 0.25 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return u


def keeps_the_old(u, steps):
    u = u.copy()
    old = u
    change = 0.0
    for _ in range(steps):
        old = u.copy()
        u[1:-1] = (u[2:] + u[:-2]) * 0.5
        change += np.abs(u - old).sum()
    return u, old, change


def on_one_path(u, steps):
    u = u.copy()
    for i in range(steps):
        if i % 2 == 0:
            u[1:] = u[:-1] + 1.0
        elif i % 3 == 0:
            u[:-1] += u[:-1] * 0.5
        else:
            u[2:-2] = u[4:] - u[:-4]
    return u


def moves(x, i, j):
    y = x.copy()
    y[i:j] = y[i:j] * 2.0 + 1.0
    y[j:] = 5.0
    y[:i] += y[:i]
    return y, x[i:j], x[j:i:-1], x[i:] if i > 0 else x[:j]


def slides(x, steps):
    y = x.copy()
    for i in range(steps):
        y[i : i + 3] = 1.0 + i
        y[-i:] += 0.5
    return y


def swaps(x, i):
    y = x.copy()
    y[i:] = x[: len(x) - i] if i else x
    return y


def joins(x):
    y = np.concatenate([x, x[1:]])
    z = np.concatenate([np.zeros(2), x, np.ones(1)])
    return (
        y,
        z,
        z[1:-2] - x,
        np.pad(x, (1, 1)),
        np.pad(x, (1, 2))[1:-2] * x,
        np.concatenate([x[:1], x[1:]]),
    )


def ends(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] = u[:-2] + u[2:]
        if len(u) > 1:
            u[0] = u[1]
            u[-1] = u[-2]
    return u


ONE = [
    takes,
    takes_clamped,
    takes_of_takes,
    differences,
    misfits,
    misfits_in_place,
    sets,
    sets_one_value,
    sets_all,
    joins,
]


@pytest.mark.parametrize("program", ONE, ids=lambda p: p.__name__)
def test_lines(program, mode):
    check(program, [(data(n),) for n in SIZES])


@pytest.mark.parametrize("program", [heat, on_one_path, slides, ends], ids=lambda p: p.__name__)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_lines_in_loops(program, dtype, mode):
    check(program, [(data(n, dtype=dtype), k) for n in SIZES for k in (0, 1, 4, 5)])


def test_two_lines_in_a_loop(mode):
    agree(keeps_the_old, [(data(n), k) for n in SIZES for k in (1, 2, 5)])
    agree(waves, [(data(n), data(n) * 0.5, k) for n in SIZES for k in (0, 1, 5)])


def test_bounds_that_the_run_knows(mode):
    bounds = [
        (1, 3),
        (0, 0),
        (-2, 4),
        (3, -1),
        (-9, 99),
        (2, 1),
        (2000, -2000),
        (0, 2**62),
        (-(2**62), 1),
    ]
    check(moves, [(data(n), i, j) for n in SIZES for i, j in bounds])
    check(swaps, [(data(n), i) for n in SIZES for i in (0, 1, 2, 3)])


def test_values_whose_size_the_run_knows(mode):
    def known(k):
        x, y = np.arange(7.0), np.zeros((3, 4))
        x[2:3] = x[1:k] + 1.0
        y[1] = x[:k]
        y[:, 1:] = x[: k - 1]
        return x, y

    f = ag.function(known)
    for k in (2, 3, 4, 5, 1):
        found, expected = outcome(f, (k,)), outcome(known, (k,))
        if isinstance(expected, tuple):
            assert found == expected, k
        else:
            for a, b in zip(found, expected, strict=True):
                np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", ["bool", "i1", "u2", "i8", "c16", "f2"])
def test_other_dtypes(dtype, mode):
    def program(x):
        y = x.copy()
        y[1:-1] = x[2:]
        y[::2] = x[::2][::-1]
        return y, x[1:-1], x[::-1][1:]

    check(program, [(data(n, dtype=dtype),) for n in SIZES])


# ---- sizes that loops keep ---------------------------------------------------------------------


def source(u, f, steps):
    v = u.copy()
    for _ in range(steps):
        v[1:-1] = 0.5 * (v[:-2] + v[2:] - f[1:-1])
    return v - u, v + f


def sweeps(u, f, n):
    u = u.copy()
    for i in range(n):
        for _ in range(i):
            u = u + f[::-1]
        u[1:] -= f[:-1]
        f = f * 2.0
    return u - f, u[1:] + f[1:]


def trades(u, v, n):
    a, b = u, v
    for _ in range(n):
        a, b = b, a - b
    return a + u, b[1:] - v[:-1]


def grows(u, v, n):
    w = v
    for i in range(n):
        if i % 2:
            w = np.concatenate([w, v[:2]])
        u = u * 2.0
        v = v + u
    return w, u + v


def shrinks(u, v, n):
    for _ in range(n):
        u = u[1:]
        v = v[:-1] * 2.0
    return u, v + 1.0


def parts(u, v, n):
    for i in range(n):
        if i > 1:
            u = u[:1] + v * 0.0
        v = u + v
    return u + v


@pytest.mark.parametrize(
    "program", [source, sweeps, trades, grows, shrinks, parts], ids=lambda p: p.__name__
)
def test_loops_keep_sizes(program, mode):
    agree(program, [(data(n), data(n)[::-1] * 0.5, k) for n in SIZES for k in (1, 0, 2, 3)])
    one = ag.function(
        program,
        input_signature=[ag.TensorSpec([None], "float64")] * 2 + [ag.TensorSpec([], "int64")],
    )
    for n, m in ((4, 4), (4, 1), (1, 4), (1, 1), (0, 1), (3, 4), (2, 0)):
        args = data(n), data(m), 2
        found, expected = outcome(one, args), outcome(program, args)
        if isinstance(expected, tuple):
            assert found == expected, (n, m)
        else:
            for a, b in zip(found, expected, strict=True):
                np.testing.assert_array_equal(a, b)


# ---- plates ------------------------------------------------------------------------------------


def plate(u, steps):
    u = u.copy()
    for _ in range(steps):
        inner = u[1:-1, 1:-1]
        around = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
        u[1:-1, 1:-1] = inner + 0.125 * (around - 4.0 * inner)
    return u


def walls(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
        u[:, :1] = u[:, 1:2]
        u[-1:] = u[-2:-1] + 1.0 if len(u) > 1 else u[:0] * 2.0
    return u


def rows_and_columns(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:] += u[:-1]
        u[:, 1:] -= u[:, :-1]
        u[::-1, 1:-1] = u[:, 2:]
    return u


def corners(u):
    v = u.copy()
    v[1:, 1:] = u[:-1, :-1]
    v[:-1] = v[1:, ::-1]
    return v, u[1:].T[:, ::-1], u[1:, :-1].sum(axis=0), u[:, 1:] - u[:, :1], u[1:-1, None, 2:]


def spreads(u):
    v = u.copy()
    v[1:, :-1] = u[:1, 1:]
    v[:, 1:] = u[:, :1]
    if len(u):
        v[1:] = u[0]
    return v


@pytest.mark.parametrize("program", [plate, walls, rows_and_columns], ids=lambda p: p.__name__)
def test_plates_in_loops(program, mode):
    check(program, [(data(*shape, dtype="f4"), k) for shape in SHAPES for k in (0, 1, 4)])


@pytest.mark.parametrize("program", [corners, spreads], ids=lambda p: p.__name__)
def test_plates(program, mode):
    check(program, [(data(*shape),) for shape in SHAPES])


def test_one_size_known(mode):
    for spec in ([None, 7], [5, None]):
        f = ag.function(
            plate, input_signature=[ag.TensorSpec(spec, "float64"), ag.TensorSpec([], "int64")]
        )
        for n in SIZES:
            u = data(*(k or n for k in spec))
            np.testing.assert_array_equal(np.asarray(f(u, 3)), plate(u, 3))


def volume(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1, :, 1:] = u[:-2, :, :-1] + u[2:, ::-1, 1:] - u[1:-1, :, 1:]
        u[1:-1, 1:-1, 1:-1] = u[:-2, 1:-1, 1:-1] + u[1:-1, 1:-1, 2:]
    return u


def test_volumes(mode):
    shapes = [(3, 4, 5), (5, 3, 4), (1, 2, 3), (0, 3, 3), (2, 2, 2), (3, 1, 3), (9, 8, 40)]
    check(volume, [(data(*shape), k) for shape in shapes for k in (0, 1, 3)])
