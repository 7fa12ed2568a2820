"""Threads: the same bits and errors for any number of them; fork, signals, exit, many callers."""

import concurrent.futures
import os
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest
from modes import interpreted

import autograph as ag
from autograph import windows

COUNTS = 1, 2, 3, 8
N = 300_000  # elements: enough for several chunks of the cheapest operation


@pytest.fixture(autouse=True)
def default_number():
    yield
    ag.config.threading.set_intra_op_parallelism_threads(0)


def bits_for_each_count(run):
    """run()'s arrays, which must have the same bits for each number of threads."""
    first = None
    for n in COUNTS:
        ag.config.threading.set_intra_op_parallelism_threads(n)
        out = [np.asarray(x) for x in run()]
        first = first or out
        for i, (a, b) in enumerate(zip(first, out, strict=True)):
            assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes()), (n, i)
    return first


def script(text, timeout=120, **environment):
    """What a script printed, to its end; it must end well."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text)], capture_output=True, text=True,
        timeout=timeout, env={**os.environ, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# ---- how many ------------------------------------------------------------------------------------


def test_the_number_can_be_set():
    threads = ag.config.threading
    assert threads.get_intra_op_parallelism_threads() == 0
    threads.set_intra_op_parallelism_threads(3)
    assert threads.get_intra_op_parallelism_threads() == 3
    for bad in (-1, 257, 10_000, 2**70):
        with pytest.raises(ValueError, match=rf"expected a number from 0 .* to 256, got {bad}"):
            threads.set_intra_op_parallelism_threads(bad)
    for bad in (1.5, "2", None):
        with pytest.raises(TypeError):
            threads.set_intra_op_parallelism_threads(bad)
    assert threads.get_intra_op_parallelism_threads() == 3
    assert threads.get_inter_op_parallelism_threads() == 0
    threads.set_inter_op_parallelism_threads(4)
    assert threads.get_inter_op_parallelism_threads() == 4
    threads.set_inter_op_parallelism_threads(0)
    with pytest.raises(ValueError, match="got -2"):
        threads.set_inter_op_parallelism_threads(-2)


def test_the_environment_sets_it():
    text = "import autograph as ag; print(*ag._core._threads())"
    assert script(text, AUTOGRAPH_NUM_THREADS="3") == "3 3"
    assert script(text, AUTOGRAPH_NUM_THREADS="0").startswith("0 ")
    assert script(text, AUTOGRAPH_NUM_THREADS="").startswith("0 ")
    for bad in "10000", "-1", "two", "1.5":
        caught = "try:\n    import autograph\nexcept ValueError as e:\n    print(e)"
        said = script(caught, AUTOGRAPH_NUM_THREADS=bad)
        assert said.startswith(f"AUTOGRAPH_NUM_THREADS is '{bad}': expected a number from 1 to 256")


def test_one_processor_has_one_thread():
    text = """
        import os
        os.sched_setaffinity(0, list(os.sched_getaffinity(0))[:1])
        import autograph as ag
        print(ag._core._threads()[1])
    """
    assert script(text) == "1"


# ---- the same bits -------------------------------------------------------------------------------


def floats(shape, dtype="float64", seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def elementwise(x, y, row):
    z = ag.exp(x) * ag.sin(y) + row
    return z, ag.where(x > y, z, -x), ag.cast(z, "int32"), ag.sqrt(ag.abs(x)) / (y * y + 1.0)


def reductions(x):
    y = ag.reshape(x, (3, -1))
    z = ag.reshape(x, (-1, 50))
    return (
        ag.reduce_sum(x), ag.reduce_mean(x * x), ag.reduce_max(x), ag.reduce_min(ag.abs(x)),
        ag.reduce_sum(y, 1), ag.reduce_sum(y, 0), ag.reduce_sum(z, 1), ag.reduce_mean(z, 0),
        ag.reduce_sum(ag.reshape(x, (20, 3, -1)), (0, 2)),
        ag.reduce_prod(ag.reshape(x, (6, 100, -1)), 1),
        ag.reduce_all(x < 100.0), ag.reduce_any(x > 100.0),
        ag.reduce_sum(ag.cast(x * 100.0, "int64")),
    )  # fmt: skip


def test_elementwise_bits():
    for dtype in "float32", "float64":
        args = [ag.constant(floats((600, 500), dtype, s)) for s in (1, 2)]
        args.append(ag.constant(floats(500, dtype, 3)))
        eager = bits_for_each_count(lambda: elementwise(*args))
        f = ag.function(elementwise)
        with interpreted():
            again = bits_for_each_count(lambda: f(*args))
        native = bits_for_each_count(lambda: ag.function(elementwise)(*args))
        for a, b, c in zip(eager, again, native):
            assert a.tobytes() == b.tobytes() == c.tobytes()


def test_reduction_bits():
    for dtype in "float32", "float64":
        x = floats(N, dtype)
        x[7] = np.nan if dtype == "float32" else x[7]
        x = ag.constant(x)
        eager = bits_for_each_count(lambda: reductions(x))
        native = bits_for_each_count(lambda: ag.function(reductions)(x))
        for i, (a, b) in enumerate(zip(eager, native)):
            assert a.tobytes() == b.tobytes(), i


def rows(x):
    """Groups of rows: what is kept only for the row, a number a row, results that are stored."""
    mean = ag.reduce_mean(x, -1, keepdims=True)
    spread = ag.reduce_mean((x - mean) ** 2, -1, keepdims=True)
    normal = (x - mean) / ag.sqrt(spread + 1e-5)
    return (
        ag.nn.softmax(x), normal, ag.reduce_logsumexp(x, -1), ag.reduce_max(x, -1),
        ag.reduce_sum(ag.exp(normal), -1), spread,
    )  # fmt: skip


@pytest.mark.parametrize(
    "shape", [(3000, 100), (40, 30, 250), (4, 75_003), (1, 300_000), (17, 16_400), (2, 2, 80_000)]
)
def test_bits_of_rows(shape):
    """Threads share the rows, or each row where there are few."""
    for dtype in "float32", "float64":
        x = floats(shape, dtype)
        x.flat[5] = np.nan if dtype == "float32" else x.flat[5]
        t = ag.constant(x)
        f, loose = ag.function(rows), [None] * len(shape)
        some = ag.function(rows, input_signature=[ag.TensorSpec(loose, dtype)])
        some_rows = [None, *shape[1:]]
        known = ag.function(rows, input_signature=[ag.TensorSpec(some_rows, dtype)])
        with interpreted():
            want = ag.function(lambda x: rows(x))(t)
        for g in f, some, known:
            for a, b in zip(bits_for_each_count(lambda: g(t)), want, strict=True):
                assert a.tobytes() == np.asarray(b).tobytes()


def columns(x):
    return (
        ag.reduce_sum(x, 0), ag.reduce_mean(x * x, (0, 1)), ag.reduce_max(x, 1),
        ag.reduce_sum(x, (0, 2)), ag.reduce_min(x, (1, 2)), ag.reduce_prod(x, 2),
    )  # fmt: skip


@pytest.mark.parametrize(
    "shape",
    [
        (30, 100, 101),
        (2, 90, 1700),
        (900, 3, 130),
        (300_000, 1, 1),
        (1, 5, 60_000),
        (9000, 3, 5),
        (2, 70_000, 3),
    ],
)
def test_bits_of_columns(shape):
    for dtype in "float32", "float64", "int64":
        x = ag.constant((floats(shape) * 3).astype(dtype))
        if dtype == "int64":
            x = ag.cast(x, "int64")

        def f(x, dtype=dtype):
            means = columns(ag.cast(x, "float64") if dtype == "int64" else x)
            return (*means, ag.reduce_sum(x, 0), ag.reduce_max(x, 1))

        with interpreted():
            want = ag.function(lambda x: f(x))(x)
        spec = ag.TensorSpec([None] * 3, dtype)
        for g in ag.function(f), ag.function(f, input_signature=[spec]):
            for a, b in zip(bits_for_each_count(lambda: g(x)), want, strict=True):
                assert a.tobytes() == np.asarray(b).tobytes()


def test_pool_bits():
    x = floats((3, 60, 61, 17), "float32")
    x.flat[::1001] = np.nan
    for last in True, False:
        t = ag.constant(x)
        walk = ([3, 2], [2, 1], [(1, 1), (0, 1)], [1, 2])

        def f(t, walk=walk, last=last):
            return (
                windows.max_pool(t, *walk, last=last), windows.sum_pool(t, *walk, last=last),
                windows.max_pool_at(t, *walk, last=last),
            )  # fmt: skip

        bits_for_each_count(lambda: f(t))


def test_product_bits():
    for a, b in (
        ((300, 700), (700, 300)),
        ((5, 200, 90), (90, 600)),
        ((1, 5000), (5000, 900)),
        ((40, 6, 7), (40, 7, 5)),
    ):
        x, y = ag.constant(floats(a)), ag.constant(floats(b))
        (out,) = bits_for_each_count(lambda: [ag.matmul(x, y)])
        assert np.allclose(out, x.numpy() @ y.numpy())
        i, j = ag.cast(x * 100.0, "int64"), ag.cast(y * 100.0, "int64")
        (out,) = bits_for_each_count(lambda: [ag.matmul(i, j)])
        assert np.array_equal(out, i.numpy() @ j.numpy())
    x, y = floats((257, 600)), floats((513, 600))
    (out,) = bits_for_each_count(lambda: [ag.matmul(x, y, transpose_b=True)])
    assert np.allclose(out, x @ y.T)
    (out,) = bits_for_each_count(lambda: [ag.matmul(x, x, transpose_a=True)])
    assert np.allclose(out, x.T @ x)


def test_bits_of_vector_products():
    for dtype in "float32", "float64":
        big = floats((700, 9001), dtype)
        row, column = floats((1, 700), dtype), floats((9001, 1), dtype)
        for a, b in (row, big), (big, column), (big[:3], big.T[:, :2]), (big[:1], column):
            for ta, tb in (False, False), (False, True), (True, False), (True, True):
                x = ag.constant(np.ascontiguousarray(a.T if ta else a))
                y = ag.constant(np.ascontiguousarray(b.T if tb else b))
                (out,) = bits_for_each_count(
                    lambda: [ag.matmul(x, y, transpose_a=ta, transpose_b=tb)]
                )
                want = a.astype("f8") @ b.astype("f8")
                np.testing.assert_allclose(
                    out, want, *((1e-5, 1e-2) if dtype == "float32" else (1e-12, 1e-10))
                )  # a BLAS adds in one run


CONVOLUTIONS = {
    "lines": ((4, 30, 31, 5), (3, 3, 5, 37), 1, 1),
    "step and dilation": ((2, 60, 61, 4), (3, 2, 4, 20), 2, 3),
    "groups": ((3, 25, 26, 12), (3, 3, 4, 45), 1, 1),
    "deep": ((1, 9, 9, 300), (3, 3, 300, 70), 1, 1),
    "of one place": ((1, 64, 64, 8), (64, 64, 8, 40), 1, 1),
    "a filter a channel": ((3, 60, 61, 40), (3, 3, 1, 40), 1, 1),
    "two a channel, with a step": ((2, 60, 61, 9), (3, 2, 1, 18), 2, 3),
    "few a group": ((2, 40, 41, 32), (3, 3, 4, 24), 1, 1),
    "1 x 1": ((5, 14, 14, 64), (1, 1, 64, 33), 1, 1),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_convolution_bits(name, dtype):
    shape, of, step, dilation = CONVOLUTIONS[name]
    groups = shape[-1] // of[2]
    x, w = floats(shape, dtype), floats(of, dtype, 1)
    for pads in [(0, 0)] * 2, [(2, 1), (0, 3)]:
        walk = [step] * 2, pads, [dilation] * 2, groups
        made = []
        for last in True, False:
            a = ag.constant(x if last else np.ascontiguousarray(np.moveaxis(x, -1, 1)))
            b = ag.constant(w if last else np.ascontiguousarray(w.transpose(3, 2, 0, 1)))
            (out,) = bits_for_each_count(lambda: [windows.convolution(a, b, *walk, last)])
            made.append(out if last else np.moveaxis(out, 1, -1))
        np.testing.assert_allclose(*made, atol=1e-3 if dtype == "float32" else 1e-10)


def test_bits_of_products_on_other_processors():
    """AVX-512 and AVX2 give the same; SSE2, without fused multiply-add, is as near to the truth."""
    text = """
        import hashlib
        import numpy as np
        import autograph as ag
        rng = np.random.default_rng(0)
        def made(*shape):
            return rng.normal(size=shape)
        x, y, v = made(150, 700), made(700, 333), made(700, 1)
        image, filters = made(2, 30, 31, 40), made(3, 3, 40, 37)
        digest = hashlib.sha256()
        for dtype in "float32", "float64":
            def of(t):
                return ag.constant(t.astype(dtype))
            for a, b in (x, y), (x, v), (x[:1], y), (x[:3], y[:, :2]):
                out = np.asarray(ag.matmul(of(a), of(b)))
                assert np.allclose(out, a @ b, atol=1e-10 if dtype == "float64" else 1e-3)
                digest.update(out.tobytes())
            out = np.asarray(ag.nn.conv2d(of(image), of(filters), 1, "SAME"))
            digest.update(out.tobytes())
            for few in made(3, 3, 1, 40), made(3, 3, 4, 20):  # a group
                out = np.asarray(ag.nn.conv2d(of(image), of(few), 2, "SAME"))
                digest.update(out.tobytes())
        print(digest.hexdigest())
    """
    assert script(text, AG_ISA="avx2") == script(text, AG_ISA="avx512")
    script(text, AG_ISA="sse2")


@pytest.mark.parametrize(
    "shape", [(100_003,), (3, 40_000), (900, 50), (16_384,), (16_385,), (0, 4), (4, 0)]
)
def test_sort_bits(shape):
    rng = np.random.default_rng(1)
    for x in rng.integers(0, 50, shape).astype("int32"), np.round(rng.normal(size=shape), 2):
        if x.dtype.kind == "f" and x.size:
            x.flat[:: max(1, x.size // 7)] = np.nan
        t = ag.constant(x)
        up, order, down = bits_for_each_count(
            lambda: [ag.sort(t), ag.argsort(t), ag.argsort(t, direction="DESCENDING")]
        )
        assert np.array_equal(up, np.sort(x), equal_nan=x.dtype.kind == "f")
        assert np.array_equal(order, np.argsort(x, kind="stable"))
        key = np.where(np.isnan(x), -np.inf, -x) if x.dtype.kind == "f" else -x
        assert np.array_equal(down, np.argsort(key, kind="stable"))


def test_random_bits():
    def draw():
        g = ag.random.Generator.from_seed(3)
        return (
            g.normal((N,)),
            g.uniform((333, 1001), dtype="float64"),
            ag.random.stateless_uniform((7,), (1, 2)),
        )

    bits_for_each_count(draw)


def test_small_programs_in_chunks_of_one_element():
    """AG_GRAIN=1 cuts the loops of the random programs of arrays as large ones are cut."""
    text = """
        import numpy as np, os, random_tensors, tensor_modes
        from hypothesis import HealthCheck, Phase, given, note, seed, settings
        import autograph as ag
        once = tensor_modes.run
        def run(fn, args, states, first):
            # every count, whatever way the function runs
            wanted = None
            for n in (1, 2, 3, 8) if isinstance(fn, type(ag.function(len))) else (0,):
                ag.config.threading.set_intra_op_parallelism_threads(n)
                out = once(fn, args, states, first)
                wanted = wanted or out
                for a, b in zip(wanted, out, strict=True):
                    assert (a.dtype, a.shape) == (b.dtype, b.shape), (n, a, b)
                    assert a.tobytes() == b.tobytes(), (n, a, b)
            return wanted
        tensor_modes.run = run
        @seed(1)
        @settings(
            max_examples=int(os.environ.get("AG_RANDOM_TENSORS", 40)), deadline=None,
            database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        )
        @given(random_tensors.functions())
        def check(program):
            note(program[0])
            tensor_modes.check(*program)
        check()
    """
    here = os.path.dirname(__file__)
    path = os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])
    script(text, AG_GRAIN="1", PYTHONPATH=path)


# ---- errors --------------------------------------------------------------------------------------


def outcome(f, *args):
    try:
        return [np.asarray(x).tobytes() for x in f(*args)]
    except Exception as e:
        return type(e), str(e)


def test_the_error_of_the_first_element_wins():
    def divide(x, y):
        return (x // y,)

    def take(x, i):
        return (ag.gather(x, i),)

    def power(x, y):
        return (x**y,)

    x = np.arange(N)
    y = np.ones(N, "int64")
    y[[N // 3, N - 1]] = 0
    i = np.arange(N)
    i[[N // 2, N // 2 + 1, N - 2]] = N + 5, N + 7, -N - 9
    e = np.full(N, 2)
    e[[N // 5, N // 4]] = -1, -7
    for f, args in (divide, (x, y)), (take, (x, i)), (power, (x, e)):
        tensors = [ag.constant(a) for a in args]
        for way in f, ag.function(f):
            seen = []
            for n in COUNTS:
                ag.config.threading.set_intra_op_parallelism_threads(n)
                seen.append(outcome(way, *tensors))
                assert isinstance(seen[-1], tuple), f
            assert seen == seen[:1] * len(seen)


# ---- processes, threads, signals ----------------------------------------------------------------


WORK = """
    import os, signal, sys, threading, time
    import numpy as np
    import autograph as ag
    from autograph import windows
    ag.config.threading.set_intra_op_parallelism_threads(3)
    x = ag.constant(np.linspace(0, 1, 1_000_000))
    def f(x):
        return ag.reduce_sum(ag.exp(x) * ag.sin(x))
    compiled = ag.function(f)
    want = f(x).numpy()
    def right():
        return f(x).numpy() == want == compiled(x).numpy()
    def child():
        pid = os.fork()
        if pid == 0:
            os._exit(0 if right() and right() else 3)
        assert os.waitpid(pid, 0)[1] == 0
"""


def test_fork_after_use_and_while_other_threads_use_it():
    text = """
    assert right()
    for _ in range(5):
        child()
        assert right()
    stop = False
    wrong = []
    def loop():
        while not stop:
            if not right():
                wrong.append(1)
    threads = [threading.Thread(target=loop) for _ in range(2)]
    for t in threads:
        t.start()
    for _ in range(10):
        child()
    stop = True
    for t in threads:
        t.join()
    assert not wrong
    print("done")
    """
    assert script(textwrap.dedent(WORK) + textwrap.dedent(text)) == "done"


def test_pools_of_processes():
    text = """
    import multiprocessing
    if __name__ == "__main__":
        assert right()
        with multiprocessing.get_context("fork").Pool(2) as pool:
            got = pool.map(lambda_free, range(4))
        assert got == [float(want)] * 4
        print("done")
    """
    free = "def lambda_free(i):\n    return float(compiled(x))\n"
    assert script(textwrap.dedent(WORK) + free + textwrap.dedent(text)) == "done"


def test_threads_of_python_at_once():
    x = ag.constant(floats(N))
    f = ag.function(reductions)
    ag.config.threading.set_intra_op_parallelism_threads(3)
    want = [np.asarray(v).tobytes() for v in f(x)]
    wrong = []

    def loop():
        for _ in range(5):
            if [np.asarray(v).tobytes() for v in f(x)] != want:
                wrong.append("compiled")
            if [np.asarray(v).tobytes() for v in reductions(x)] != want:
                wrong.append("eager")

    threads = [threading.Thread(target=loop) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


ONES = "ag.constant(np.ones((3500, 3500), 'int64'))"
SINES = "functools.reduce(lambda y, i: ag.sin(y), range(150), x)"
PAIRS = f"ag.function(lambda y: (lambda x: ag.reduce_sum({SINES}, {{}}))({{}}))(ag.ones({{}}))"
LONG = {
    "product": f"ag.matmul({ONES}, {ONES})",
    "native": f"ag.function(lambda x: {SINES})(ag.constant(np.ones(30_000_000, 'float32')))",
    "sum": f"ag.function(lambda x: ag.reduce_sum({SINES}))(ag.ones(30_000_000))",
    "columns": f"ag.function(lambda x: ag.reduce_sum({SINES}, 0))(ag.ones((30_000, 1000)))",
    "rows": f"ag.function(lambda x: ag.nn.softmax({SINES}))(ag.ones((30_000, 1000)))",
    "long row": f"ag.function(lambda x: ag.nn.softmax({SINES}))(ag.ones((1, 30_000_000)))",
    "long rows": f"ag.function(lambda x: ag.nn.softmax({SINES}))(ag.ones((20, 1_500_000)))",
    # One index of what threads share, or few of them, take minutes each.
    "sum of columns": PAIRS.format("(0, 1)", "y[:, None, :] + y[None, :, :]", (12_000, 40)),
    "few columns": PAIRS.format("(0, 1)", "y[:, None, :] + y[None, :, :]", (30_000, 3)),
    "runs": PAIRS.format("(1, 2)", "y[:, :, None] + y[:, None, :]", (20, 20_000)),
    "convolution": "ag.nn.conv2d(ag.ones((2, 256, 256, 64)), ag.ones((31, 31, 64, 256)), 1, "
    "'SAME')",
    "windows": "windows.max_pool(ag.ones((1, 1, 4000, 4000)), [99, 99], [1, 1], [(0, 0)] * 2, "
    "[1, 1])",
}


@pytest.mark.parametrize("how", LONG)
@pytest.mark.parametrize("n", ["1", "3"])
def test_an_interrupt_ends_a_long_operation(how, n):
    """A minute's work, interrupted; with the threads still good for the next."""
    text = f"""
    import functools
    def interrupt():
        time.sleep(1)
        os.kill(os.getpid(), signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=interrupt).start()
    try:
        {LONG[how]}
    except KeyboardInterrupt:
        print("interrupted", right())
    """
    program = textwrap.dedent(WORK).replace("threads(3)", f"threads({n})") + textwrap.dedent(text)
    assert script(program, timeout=50) == "interrupted True"


def test_exit_while_threads_compute():
    text = """
    def loop():
        while True:
            right()
    for _ in range(3):
        threading.Thread(target=loop, daemon=True).start()
    time.sleep(0.3)
    print("done")
    """
    assert script(textwrap.dedent(WORK) + textwrap.dedent(text)) == "done"


def test_workers_leave_signals_to_python():
    text = """
    got = []
    main = threading.main_thread()
    signal.signal(signal.SIGALRM, lambda *a: got.append(threading.current_thread() is main))
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    for _ in range(20):
        assert right()
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(bool(got) and all(got))
    """
    assert script(textwrap.dedent(WORK) + textwrap.dedent(text)) == "True"


def test_threads_that_draw_at_once_draw_different_numbers():
    generator = ag.random.Generator.from_seed(7)
    start = threading.Barrier(8)

    def draw(_):
        start.wait()
        return [generator.uniform([], dtype="float64").numpy().item() for _ in range(50)]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = [x for xs in pool.map(draw, range(8)) for x in xs]
    assert len(set(found)) == len(found)
    alone = ag.random.Generator.from_seed(7)
    assert set(found) == {alone.uniform([], dtype="float64").numpy().item() for _ in range(400)}
