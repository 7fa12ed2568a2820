"""What a loop does with the result of a product or convolution is done to its blocks while they are
in the cache: the same bits as interpreted, for any number of threads and any cutting into tiles."""

import numpy as np
import pytest
from modes import interpreted

import autograph as ag
from autograph import windows


@pytest.fixture(autouse=True)
def default_number():
    yield
    ag.config.threading.set_intra_op_parallelism_threads(0)


def gelu(x):
    return 0.5 * x * (1 + ag.tanh(0.7978845608 * (x + 0.044715 * x * x * x)))


def numbers(*shapes, dtype="float32", special=False):
    rng = np.random.default_rng(sum(map(sum, shapes)))
    made = [rng.standard_normal(s).astype(dtype) for s in shapes]
    if special:
        for x in made:
            x.reshape(-1)[:: max(x.size // 7, 1)] = np.nan
            x.reshape(-1)[1 :: max(x.size // 5, 1)] = -np.inf
    return [ag.constant(x) for x in made]


def bits(out):
    out = out if isinstance(out, tuple) else (out,)
    return [(x.dtype, x.shape, x.tobytes()) for x in map(np.asarray, out)]


def agree(fn, *args):
    """The bits of fn, interpreted and compiled, of known sizes and of unknown ones."""
    before = [bits(a) for a in args]
    with interpreted():
        want = bits(ag.function(lambda *a: fn(*a))(*args))
    fast = ag.function(lambda *a: fn(*a))
    for n in 1, 2, 5:
        ag.config.threading.set_intra_op_parallelism_threads(n)
        assert bits(fast(*args)) == want
    specs = [ag.TensorSpec([None] * len(a.shape), np.asarray(a).dtype.name) for a in args]
    count = len(args)
    made = [lambda a: fn(a), lambda a, b: fn(a, b), lambda a, b, c: fn(a, b, c)][count - 1]
    assert bits(ag.function(made, input_signature=specs)(*args)) == want
    assert [bits(a) for a in args] == before
    return fast


SIZES = [(1, 1, 1), (3, 5, 7), (1, 40, 900), (600, 3, 1), (200, 300, 130), (700, 30, 600),
         (4, 0, 5), (0, 3, 4), (3, 4, 0)]  # fmt: skip
LOOPS = {
    "bias": lambda x, w, b: x @ w + b,
    "relu": lambda x, w, b: ag.nn.relu(x @ w + b),
    "gelu": lambda x, w, b: gelu(x @ w + b),
    "number": lambda x, w, b: (x @ w) * 2 - 1,
    "bits": lambda x, w, b: ag.cast(x @ w * 100, "int32"),
    "wider": lambda x, w, b: x @ w > b,
    "two results": lambda x, w, b: (ag.tanh(x @ w + b), ag.exp(x @ w - b)),
    "used twice": lambda x, w, b: (ag.nn.relu(x @ w + b), x @ w),
    "two products": lambda x, w, b: ag.nn.relu(x @ w + (x * 2) @ w + b),
    "layers": lambda x, w, b: ag.nn.relu(ag.nn.relu(x @ w + b) @ ag.transpose(w)) + x,
    "rows": lambda x, w, b: ag.reduce_sum(x @ w + b, axis=-1),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_products(size, dtype):
    m, k, n = size
    args = numbers((m, k), (k, n), (n,), dtype=dtype)
    for name, fn in LOOPS.items():
        if name != "bits" or 0 not in size:
            agree(fn, *args)


@pytest.mark.parametrize("name", ["relu", "gelu", "wider", "two results", "used twice"])
def test_nan_and_infinity(name):
    agree(LOOPS[name], *numbers((60, 50), (50, 40), (40,), special=True))


SHARED = {
    "bias is the input": lambda x: ag.nn.relu(x @ x + x),
    "bias is a row of the input": lambda x: ag.tanh(x @ x + x[0]),
    "transposed": lambda x: x @ x + ag.transpose(x),
    "columns": lambda x: x @ x + x[:, :1],
    "turned": lambda x: (x @ x)[::-1] + x,
    "meets itself turned": lambda x: (lambda p: p + ag.transpose(p))(x @ x),
    "meets itself moved": lambda x: (lambda p: p + ag.roll(p, 1, 0))(x @ x),
    "sum of itself": lambda x: (lambda p: p / ag.reduce_sum(p, axis=-1, keepdims=True))(x @ x),
    "written over": lambda x: (lambda p: (p, ag.exp(p) + 1))(ag.sort(x, axis=0)),
}


@pytest.mark.parametrize("name", SHARED)
def test_the_result_meets_its_own_input(name):
    agree(SHARED[name], *numbers((150, 150)))


BATCHES = [((5, 1, 30, 40), (3, 40, 20), (20,)), ((4, 33, 7), (7, 9), (4, 1, 9)),
           ((0, 3, 4), (4, 5), (5,)), ((2, 3, 4), (2, 4, 5), (3, 1))]  # fmt: skip


@pytest.mark.parametrize("shapes", BATCHES, ids=str)
def test_batches(shapes):
    agree(lambda x, w, b: ag.nn.relu(ag.matmul(x, w) + b), *numbers(*shapes))


CONVOLUTIONS = [  # x, filters, step, padding, groups: channels last
    ((3, 20, 21, 3), (3, 3, 3, 33), 1, 1, 1),
    ((2, 15, 14, 40), (3, 3, 40, 70), 2, 0, 1),
    ((2, 9, 8, 300), (1, 1, 300, 5), 1, 0, 1),
    ((1, 1, 1, 1), (1, 1, 1, 1), 1, 0, 1),
    ((0, 5, 5, 3), (3, 3, 3, 4), 1, 1, 1),
    ((2, 5, 5, 0), (3, 3, 0, 4), 1, 1, 1),
    ((2, 17, 5), (3, 5, 11), 1, 0, 1),
    ((2, 33, 6), (5, 2, 72), 2, 3, 3),
    ((2, 33, 6), (5, 2, 9), 2, 3, 3),
    ((2, 19, 18, 37), (3, 3, 1, 37), 1, 1, 37),
    ((1, 9, 8, 3), (3, 3, 1, 15), 2, 1, 3),
    ((0, 5, 5, 3), (3, 3, 1, 3), 1, 1, 3),
    ((2, 6, 7, 8, 3), (2, 3, 2, 3, 6), 1, 1, 1),
]


@pytest.mark.parametrize("case", CONVOLUTIONS, ids=str)
@pytest.mark.parametrize("last", [True, False])
def test_convolutions(case, last):
    x, filters, step, pad, groups = case
    n = len(x) - 2
    bias = filters[-1:]
    if not last:
        x, filters = (x[0], x[-1], *x[1:-1]), (filters[-1], filters[-2], *filters[:-2])
        bias = bias + (1,) * n

    def loop(x, filters, b):
        how = (step,) * n, ((pad, pad),) * n, (1,) * n
        return ag.nn.relu(windows.convolution(x, filters, *how, groups=groups, last=last) + b)

    agree(loop, *numbers(x, filters, bias))


def test_in_loops_and_branches():
    def steps(x, w, b):
        i = 0
        while i < 5:
            x = ag.tanh(x @ w + b)
            if ag.reduce_sum(x) > 0:
                x = ag.nn.relu(x @ w - b)
            i += 1
        return x, ag.nn.relu(x @ w)

    agree(steps, *numbers((40, 30), (30, 30), (30,)))


def test_the_loop_writes_over_the_result():
    """One buffer: the peak is that of the product alone."""
    x, w, b = numbers((300, 200), (200, 100), (100,))
    made = ag.function(lambda x, w, b: gelu(x @ w + b)).get_concrete_function(x, w, b)
    assert made.peak_memory == 300 * 100 * 4
    chain = ag.function(lambda x, w: ag.exp(ag.nn.relu(x @ w)) @ w[:100])
    assert chain.get_concrete_function(x, w).peak_memory == 2 * 300 * 100 * 4 + 100 * 100 * 4


def test_the_loop_is_the_epilogue():
    x, w, b = numbers((300, 200), (200, 100), (100,))

    def calls(fn, *args):
        ir = ag.function(fn).get_concrete_function(*args).graph.optimize().ir_text()
        return "@ag_rt_product(ptr" in ir, "@ag_rt_parallel(ptr" in ir

    assert calls(lambda x, w, b: ag.nn.relu(x @ w + b), x, w, b) == (True, False)
    assert calls(lambda x, w, b: (x @ w, ag.nn.relu(x @ w + b)), x, w, b)[0] is False
    assert calls(lambda x, w, b: ag.transpose(x @ w) + 1, x, w, b)[0] is False


def test_the_first_error_stays_the_first():
    """A product of sizes that do not fit fails before an index behind it."""

    def fn(x, w, table, i):
        y = x @ w
        return y + table[i]

    x, w, table = numbers((3, 4), (5, 6), (2, 6))
    specs = [ag.TensorSpec([None, None], "float32")] * 3 + [ag.TensorSpec([], "int64")]
    with pytest.raises(Exception, match="inner sizes"):
        ag.function(fn, input_signature=specs)(x, w, table, ag.constant(7, "int64"))
