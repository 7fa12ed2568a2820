"""Reductions over the last axis and what is made of them: one row after the other in native code, the interpreter's bits."""

import random

import numpy as np
import pytest

import autograph as ag


def runs(f, *args, specs=None):
    """The results of f interpreted and compiled, as lists of arrays."""
    out = []
    for mode in ("1", "0"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AUTOGRAPH_INTERPRET", mode)
            g = ag.function(f, input_signature=specs)
            results = g(*args)
        out.append([r.numpy() for r in (results if isinstance(results, tuple) else (results,))])
    return out


def agree(f, *args, specs=None):
    interpreted, compiled = runs(f, *args, specs=specs)
    for a, b in zip(interpreted, compiled, strict=True):
        assert a.dtype == b.dtype and a.shape == b.shape
        np.testing.assert_array_equal(a, b)
        if a.dtype.kind == "f":
            assert (np.isnan(a) | (np.signbit(a) == np.signbit(b))).all()
    return compiled


def softmax(x):
    e = ag.exp(x - ag.reduce_max(x, -1, True))
    return e / ag.reduce_sum(e, -1, True)


def log_sum_exp(x):
    m = ag.reduce_max(x, -1, True)
    return ag.squeeze(m, -1) + ag.log(ag.reduce_sum(ag.exp(x - m), -1))


def layer_norm(x):
    m = ag.reduce_mean(x, -1, True)
    d = x - m
    v = ag.reduce_mean(d * d, -1, True)
    return d * ag.math.rsqrt(v + 1e-5), m, v


def variance(x):
    return ag.reduce_mean(ag.square(x - ag.reduce_mean(x, -1)[..., None]), -1)


def many_uses(x):
    """Sums that are results too, and read again outside of the rows."""
    s = ag.reduce_sum(x, -1, True)
    y = x / (s + 3)
    t = ag.reduce_max(y, -1)
    return y, s, t, ag.reduce_sum(t), ag.transpose(y)


def other_rows(x):
    """A member that reads another row of a member cannot be of its group."""
    m = ag.reduce_max(x, -1, True)
    y = x - ag.reverse(m, [0])
    z = y * ag.reduce_sum(y, -1, True)
    return z + ag.reverse(z, [1])


def integers(x):
    n = ag.cast(x * 4, "int32")
    s = ag.reduce_sum(n, -1, True)
    return n * s - ag.reduce_min(n, -1, True), ag.reduce_prod(n, -1)


def updates(x):
    """An update between two members ends the group."""
    x = ag.identity(x)
    m = ag.reduce_max(x, -1, True)
    y = x - m
    x[0] = 1.0
    s = ag.reduce_sum(x, -1, True)
    return y / (s + 100), x


PROGRAMS = [softmax, log_sum_exp, layer_norm, variance, many_uses, other_rows, integers, updates]
SHAPES = [
    (3, 31),
    (3, 32),
    (5, 33),
    (1, 100),
    (4, 1024),
    (2, 4097),
    (0, 64),
    (2, 3, 48),
    (2, 0, 40),
    (7, 9000),
]


def sample(shape, dtype="float32", seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_rows_have_the_interpreter_s_bits(f, shape):
    if f is updates and 0 in shape:
        shape = (2, 64)
    for dtype in ("float32", "float64"):
        agree(f, sample(shape, dtype))


@pytest.mark.parametrize("f", PROGRAMS[:5], ids=lambda f: f.__name__)
def test_the_number_of_rows_may_be_unknown(f):
    for n in (0, 1, 6):
        agree(f, sample((n, 70)), specs=[ag.TensorSpec([None, 70], ag.float32)])
        agree(f, sample((n, 70)), specs=[ag.TensorSpec([None, None], ag.float32)])


def test_nan_and_infinity():
    x = sample((6, 64))
    x[0, 3] = np.nan
    x[1, 5] = np.inf
    x[2, 7] = -np.inf
    x[3] = -np.inf
    x[4] = 0.0
    for f in (softmax, log_sum_exp, layer_norm, variance):
        agree(f, x)


def test_softmax_is_right():
    x = sample((50, 333), "float64")
    e = np.exp(x - x.max(-1, keepdims=True))
    np.testing.assert_allclose(agree(softmax, x)[0], e / e.sum(-1, keepdims=True), rtol=1e-13)


def test_rows_in_a_loop():
    def steps(x, n):
        for _ in range(n):
            x = softmax(x * 1.5) - ag.reduce_mean(x, -1, True)
        return x

    agree(steps, sample((8, 96)), 5)


def test_what_only_a_row_reads_needs_one_row_of_memory():
    f = ag.function(lambda x: softmax(x))
    made = f.get_concrete_function(ag.TensorSpec([1000, 512], ag.float32))
    text = made.graph.optimize().ir_text()
    asked = [line for line in text.splitlines() if "@ag_rt_alloc(" in line and "call" in line]
    assert sorted(int(line.rsplit("i64 ", 1)[1].rstrip(")")) for line in asked) == [
        4 * 512,
        4 * 512 * 1000,
    ]


# ---- drawn programs --------------------------------------------------------------------------------


def draw(seed):
    """A function of x [.., C] and w [C] from elementwise steps, reductions of rows and changes of shape."""
    choose = random.Random(seed)
    source = ["def f(x, w):", "    wide, one, narrow = [x, x * w], [], []"]

    def wide():
        return f"wide[{choose.randrange(n['wide'])}]"

    def number():
        return f"one[{choose.randrange(n['one'])}]"

    n = {"wide": 2, "one": 0, "narrow": 0}
    for _ in range(choose.randint(3, 12)):
        step = choose.random()
        if step < 0.35 or not n["one"]:
            op = choose.choice(["reduce_sum", "reduce_max", "reduce_min", "reduce_mean"])
            if choose.random() < 0.7:
                line, kind = f"one.append(ag.{op}({wide()}, -1, True))", "one"
            else:
                line, kind = f"narrow.append(ag.{op}({wide()}, -1))", "narrow"
        elif step < 0.6:
            how = choose.choice(
                [
                    "{a} - {b}",
                    "ag.exp({a} * 0.1 - ag.abs({b}))",
                    "{a} / ({b} * {b} + 1)",
                    "ag.maximum({a}, {b})",
                ]
            )
            line, kind = f"wide.append({how.format(a=wide(), b=number())})", "wide"
        elif step < 0.7:
            line, kind = f"wide.append({wide()} * 0.5 + {wide()})", "wide"
        elif step < 0.8:
            line, kind = f"one.append(ag.sqrt(ag.abs({number()})) + {number()})", "one"
        elif step < 0.88 and n["narrow"]:
            line, kind = (
                f"one.append(narrow[{choose.randrange(n['narrow'])}][..., None] * 2)",
                "one",
            )
        elif step < 0.94:
            line, kind = f"wide.append(ag.reverse({wide()}, [{choose.randrange(2)}]))", "wide"
        else:
            line, kind = f"narrow.append(ag.squeeze({number()}, -1) + 1)", "narrow"
        source.append("    " + line)
        n[kind] += 1
    keep = choose.randint(1, 3)
    source.append(f"    return tuple((wide + one + narrow)[-{keep}:] + wide[-1:])")
    return "\n".join(source) + "\n"


@pytest.mark.parametrize("seed", range(60))
def test_drawn_programs_agree(seed):
    text = draw(seed)
    scope = {"ag": ag}
    exec(text, scope)
    shape = [(5, 40), (3, 4, 64), (2, 4100), (4, 20)][seed % 4]
    for args in [(sample(shape, "float64", seed), sample(shape[-1:], "float64", seed + 1))]:
        try:
            agree(scope["f"], *args)
        except AssertionError as e:
            raise AssertionError(f"{e}\n{text}") from e


def joined(axis):
    def f(x, n):
        rows = []
        for i in range(n):
            rows.append(x * ag.cast(i, "float64"))
        return ag.concat(rows, axis)

    return f


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_concat_of_a_list_that_the_run_lengthens(axis):
    x = np.arange(24.0).reshape(2, 3, 4)
    f = ag.function(joined(axis))
    for n in (1, 2, 5):
        want = np.concatenate([x * i for i in range(n)], axis)
        np.testing.assert_array_equal(f(ag.constant(x), ag.constant(n)), want)
    with pytest.raises(ValueError, match="concat: an empty list"):
        f(ag.constant(x), ag.constant(0))
    with pytest.raises(ValueError, match="concat: axis 3 is out of range"):
        ag.function(joined(3))(ag.constant(x), ag.constant(2))


def test_the_rank_of_an_array_of_any_rank():
    f = ag.function(ag.rank, input_signature=[ag.TensorSpec(None, "float64")])
    assert [int(f(np.ones((2,) * n))) for n in (0, 1, 3)] == [0, 1, 3]


@pytest.mark.parametrize("dtype", ("float32", "float64", "int64", "bool"))
@pytest.mark.parametrize("columns", (0, 1, 2, 3, 7, 8, 15, 16, 20, 37))
def test_short_rows_have_the_interpreter_s_bits(columns, dtype):
    def reductions(x):
        y = ag.cast(x, ag.float64)
        d = y[:, None, :] - y[None, :5, :]
        return (
            ag.reduce_sum(x, 1),
            ag.reduce_sum(d * d, -1),
            ag.reduce_mean(ag.exp(y), 1),
            ag.reduce_prod(x, 1),
            *((ag.nn.softmax(y), ag.reduce_max(x, 1), ag.reduce_min(x, 1)) if columns else ()),
        )

    x = sample((77, columns), "float64") * 4
    if dtype.startswith("float"):
        x.flat[::5] = -0.0
        x.flat[1::11] = np.nan
        x.flat[2::13] = np.inf
    x = x.astype(dtype)
    if dtype == "bool":
        agree(lambda x: (ag.reduce_any(x, 1), ag.reduce_all(x, 1)), x)
    else:
        agree(reductions, x)


def agree_from_one_trace(f, arrays):
    """For all these arguments (tuples), of which no size is known to the trace."""
    results = []
    for mode in ("1", "0"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AUTOGRAPH_INTERPRET", mode)
            specs = [ag.TensorSpec([None] * a.ndim, a.dtype) for a in arrays[0]]
            g = ag.function(f, input_signature=specs)
            found = [g(*args) for args in arrays]
        assert g.experimental_get_tracing_count() <= 2  # one takes equal sizes for equal
        results.append([r if isinstance(r, tuple) else (r,) for r in found])
    for args, interpreted, compiled in zip(arrays, *results, strict=True):
        for a, b in zip(interpreted, compiled, strict=True):
            a, b = a.numpy(), b.numpy()
            assert a.dtype == b.dtype and a.shape == b.shape
            np.testing.assert_array_equal(a, b, err_msg=repr([x.shape for x in args]))
            if a.dtype.kind == "f":
                assert (np.isnan(a) | (np.signbit(a) == np.signbit(b))).all()


def with_odd_numbers(x):
    x.flat[::5] = -0.0
    x.flat[1::11] = np.nan
    x.flat[2::13] = np.inf
    return x


LENGTHS = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 20, 31, 32, 33, 48, 63, 64, 65, 70, 200)


@pytest.mark.parametrize("dtype", ("float32", "float64"))
@pytest.mark.parametrize("f", [*PROGRAMS[:5], integers], ids=lambda f: f.__name__)
def test_rows_of_all_lengths_from_one_trace(f, dtype):
    shapes = [(n, columns) for n in (0, 1, 5, 9, 40) for columns in LENGTHS]
    odd = with_odd_numbers if f is not integers else lambda x: x
    agree_from_one_trace(f, [(odd(sample(s, dtype)),) for s in [*shapes, (1000, 3), (3, 5000)]])


@pytest.mark.parametrize("dtype", ("float32", "float64", "int64"))
def test_short_rows_have_the_interpreter_s_bits_from_one_trace(dtype):
    def reductions(x, y):
        d = x[:, None, :] - y[None, :, :]
        return (
            ag.reduce_sum(x, 1),
            ag.reduce_sum(d * d, -1),
            ag.reduce_prod(x * 2, 1),
            ag.reduce_max(x[None] + y[:, None], 2),
            ag.reduce_min(x, 1),
        )

    calls = []
    for columns in LENGTHS:
        for n, m in ((0, 1), (1, 1), (3, 2), (9, 8), (8, 17), (70, 5)):
            x, y = sample((n, columns), "float64") * 4, sample((m, columns), "float64")
            calls.append(tuple(with_odd_numbers(a) if dtype != "int64" else a for a in (x, y)))
    agree_from_one_trace(reductions, [tuple(a.astype(dtype) for a in args) for args in calls])


def crossings(x, b):
    """Runs over several axes, of what does not lie in memory in their order."""
    return (
        ag.reduce_sum(ag.transpose(x) * 2),
        ag.reduce_mean(x + b),
        ag.reduce_prod((x * b)[::-1, 1:]),
        ag.reduce_sum(x[1:-1, ::2]),
        ag.reduce_sum(x[:, None, :] - b[None, :, None], axis=(1, 2)),
        ag.reduce_sum(ag.transpose(x)[None] * x[:3, :, None], axis=(1, 2)),
        ag.reduce_sum(ag.transpose(x[None] + x[:3, None], [2, 1, 0]), axis=(0, 2)),
    )


def largest(x, b):
    return ag.reduce_max(ag.transpose(x) - 1), ag.reduce_min(x[::-1] * b, axis=(0, 1))


def turned(x, b):
    """Rows that lie across memory."""
    y = ag.transpose(x)
    return (
        ag.reduce_sum(y, 1),
        ag.reduce_mean(y * 2 + b[:, None], 1),
        ag.reduce_prod(y - 1, 1),
        softmax(y),
        ag.reduce_sum(ag.transpose(x[None] * x[:3, None], [1, 2, 0]), 2),
        ag.reduce_sum(ag.transpose(x[None], [0, 2, 1]), 2, True),
    )


def turned_sums(x):
    y = ag.transpose(x)
    return ag.reduce_sum(y, 1), ag.reduce_max(y * 3, 1), ag.reduce_mean(y[::-1, 1:], 1)


CROSSED = ((1, 1), (2, 3), (7, 1), (1, 20), (16, 16), (17, 65), (65, 9), (100, 130), (3, 3000))


@pytest.mark.parametrize("dtype", ("float32", "float64"))
def test_runs_over_several_axes_have_the_interpreter_s_bits(dtype):
    def arguments(shape, odd=lambda x: x):
        return odd(sample(shape, dtype)), sample(shape[1:], dtype)

    for f in (crossings, largest, turned):
        for shape in CROSSED:
            agree(f, *arguments(shape))
        agree(f, *arguments((17, 65), with_odd_numbers))
        agree_from_one_trace(f, [arguments(s) for s in (*CROSSED, (301, 257))])
    agree_from_one_trace(crossings, [arguments(s) for s in ((0, 3), (3, 0), (0, 0))])
    tall = [(4096, 9), (4097, 8), (9000, 17), (40, 40), (3, 200)]
    agree_from_one_trace(turned_sums, [(sample(s, dtype),) for s in tall])
    for s in tall:
        agree(turned_sums, sample(s, dtype))


@pytest.mark.parametrize("dtype", ("float32", "float64", "int32", "int8", "bool"))
@pytest.mark.parametrize("n", (0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33))
def test_ends_of_vectors_have_the_interpreter_s_bits(n, dtype):
    def functions(x, y):
        z = ag.cast(x, ag.float32)
        return (
            ag.exp(z),
            ag.sin(z)[::-1] + z[0],
            ag.exp(ag.concat([z, z * 2], 0)),
            ag.where(z > 0, ag.log(z), ag.tanh(z[::-1])),
            ag.exp(ag.cast(z, ag.float64))[:, None] / (y[None, :] + 3),
            ag.cos(ag.gather(z, [n - 1, 0])),
            ag.reduce_sum(ag.exp(y[None, :] * ag.cast(z, ag.float64)[:, None]), 1),
            ag.reduce_max(ag.sin(z)),
            ag.cast(ag.exp(z) > 2, ag.bool),
            ag.cast(ag.tanh(z) * 100, ag.int8),
        )

    x = (sample((max(n, 1),), "float64") * 3).astype(dtype)
    agree(functions, x, sample((n,), "float64"))
    if dtype == "float32":
        specs = [ag.TensorSpec([None], ag.float32), ag.TensorSpec([None], ag.float64)]
        agree(functions, x, sample((n,), "float64"), specs=specs)


def test_what_lies_after_an_array_stays():
    @ag.function
    def steps(x):
        y = x * 1
        for i in range(3):
            y[i : i + 5] = ag.exp(y[i : i + 5] * 0.1)
        return y

    x = sample((19,), "float64")
    want = x.copy()
    for i in range(3):
        want[i : i + 5] = np.exp(want[i : i + 5] * 0.1)
    np.testing.assert_allclose(steps(ag.constant(x)).numpy(), want, rtol=1e-14)
