"""More memory than there is, and memory that others change: a process of little address space,
requests that no machine can serve, buffers whose owners move, refuse or free them."""

import os

import numpy as np
import pytest
from children import child

import autograph as ag

# ---- little address space ------------------------------------------------------------------------

sanitized = pytest.mark.skipif(
    "asan" in os.environ.get("LD_PRELOAD", ""), reason="AddressSanitizer ends where it gets no memory"
)

LIMIT = """
import os, resource, sys, warnings
warnings.simplefilter("ignore")

def leave(kilobytes):
    with open("/proc/self/status") as status:
        now = next(int(line.split()[1]) for line in status if line.startswith("VmSize"))
    resource.setrlimit(resource.RLIMIT_AS, ((now + kilobytes) << 10, resource.RLIM_INFINITY))

def all_of_it():
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


@sanitized
@pytest.mark.parametrize("megabytes", [1, 20, 60, 100, 140, 180])
def test_an_import_works_or_is_an_import_error(megabytes):
    out = child(
        LIMIT
        + f"""
leave({megabytes} << 10)
try:
    import autograph as ag
    print(ag.function(lambda x: x * 2 + 1)(20))
except (ImportError, MemoryError):
    print(41)
"""
    )
    assert out == "41\n"


@sanitized
@pytest.mark.parametrize("tiers", ["0", "1"])
@pytest.mark.parametrize("kilobytes", [0, 300, 600, 1000, 2000, 6000, 20_000])
def test_a_compilation_that_has_no_memory_leaves_the_interpreter(kilobytes, tiers):
    """LLVM ends the process where it gets none, so it is not begun."""
    out = child(
        LIMIT
        + f"""
import autograph as ag

def f(x, y):
    for i in range(40):
        x = x * 1.5 + y * i if i % 2 else ag.sin(x) - y
    return x

def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps

x = ag.constant([1.0] * 16)
g, h = ag.function(f, numbers="static"), ag.function(collatz)
leave({kilobytes})
for call in (lambda: g(x, x), lambda: h(27)) * 2:
    try:
        call()
    except MemoryError:
        pass
all_of_it()
print(g(x, x).numpy().tobytes() == f(x, x).numpy().tobytes(), h(27))
""",
        AUTOGRAPH_TIERS=tiers,
    )
    assert out == "True 111\n"


WORK = {
    "product": "ag.reshape(x, (500, 500)) @ ag.reshape(x, (500, 500))",
    "sort": "ag.sort(x)",
    "argsort": "ag.argsort(x)",
    "unique": "ag.unique(x)[0]",
    "sum": "ag.reduce_sum(ag.exp(x) * 2.0)",
    "random": "ag.random.stateless_normal((250_000,), [1, 2])",
    "texts": "ag.strings.as_string(x[:20_000])",
    "list": "[x[i] * 2.0 for i in range(len(x) // 100)][-1]",
    "convolution": "ag.nn.conv2d(ag.reshape(x[:65536], (1, 32, 32, 64)), ag.reshape(x[:36864], (3, 3, 64, 64)), 1, 'SAME')",
}


@sanitized
@pytest.mark.parametrize("what", WORK)
def test_work_beyond_the_memory_is_an_exception(what):
    """In kernels and native code, on the threads of the pool, which may not be had either."""
    out = child(
        LIMIT
        + f"""
import autograph as ag

def work(x):
    return {WORK[what]}

x = ag.random.stateless_uniform((250_000,), [1, 2], dtype="float64")
for kilobytes in 0, 500, 3000, 12_000, 60_000, 150_000:
    f = ag.function(work)
    leave(kilobytes)
    for call in work, f, f:
        try:
            call(x)
        except MemoryError:
            pass
    all_of_it()
    f(x)
print("done")
""",
        AUTOGRAPH_NUM_THREADS="3",
    )
    assert out == "done\n"


# ---- requests that nothing serves ----------------------------------------------------------------

V, M, I = ag.constant([1.0, 2.0]), ag.constant([[1.0, 2.0]]), ag.constant([0, 1])

SIZES = {
    "ones": lambda n: ag.ones((n, 2)),
    "fill": lambda n: ag.fill((n,), "text"),
    "broadcast_to": lambda n: ag.broadcast_to(V, (n, 2)),
    "tile": lambda n: ag.tile(M, [n, n]),
    "reshape": lambda n: ag.reshape(V, (n, n, n) if n > 2 else (n, 1)),
    "repeat": lambda n: ag.repeat(V, n),
    "repeat each": lambda n: ag.repeat(V, [n, n]),
    "pad": lambda n: ag.pad(M, [[n, n], [n, n]], constant_values=3.0),
    "one_hot": lambda n: ag.one_hot(I, n),
    "eye": lambda n: ag.eye(n),
    "eye of few rows": lambda n: ag.eye(2, n),
    "linspace": lambda n: ag.linspace(0.0, 1.0, n),
    "scatter_nd": lambda n: ag.scatter_nd([[0]], [1.0], (n,)),
    "normal": lambda n: ag.random.stateless_normal((n,), [1, 2]),
    "uniform": lambda n: ag.random.uniform((n, n)),
    "segments": lambda n: ag.math.unsorted_segment_sum(V, I, n),
    "top_k": lambda n: ag.math.top_k(V, n),
    "outer sum": lambda n: ag.zeros((n, 1)) + ag.zeros((1, n)),
    "np.eye": lambda n: np.eye(n) * 2.0 + ag.zeros((1,), "float64"),
    "np.tile": lambda n: np.tile(V, n),
    "np.repeat": lambda n: np.repeat(V, n),
    "np.pad": lambda n: np.pad(V, n),
    "np.outer": lambda n: np.outer(ag.zeros((n,)), V),
}
NONE = "range", "sequence_mask"  # of a negative number there are none, as of Python's range
SIZES |= {
    "range": lambda n: ag.range(n),
    "sequence_mask": lambda n: ag.sequence_mask([1, 2], n),
}


@pytest.mark.parametrize("what", SIZES)
def test_no_request_is_too_large_to_be_refused(what):
    make = SIZES[what]
    strong = ag.function(make)
    for n in 2**40, 2**62, 2**63 - 1, -2:
        for f in make, ag.function(make), ag.function(make, numbers="static"):
            if n < 0 and what in NONE:
                assert 0 in f(n).shape
                continue
            with pytest.raises((MemoryError, ValueError, OverflowError)):
                f(n)
        if n > 0:  # TypeError: an argument that the run knows, where the trace needs it
            with pytest.raises((MemoryError, ValueError, OverflowError, TypeError)):
                strong(ag.constant(n, "int64"))
    assert len(ag.function(make)(2)) > 0


LONG = 1 << 17
OUTER = {
    "sum": lambda a: a[:, None, None] + a[:, None] + a,
    "comparison": lambda a: a[:, None, None] < a[:, None] + a,
    "where": lambda a: ag.where(a[:, None, None] > 0, a[:, None], a),
    "product": lambda a: (a[:, None] @ a[None, :])[:, :, None] * a,
    "tensordot": lambda a: ag.tensordot(ag.tensordot(a, a, 0), a, 0),
    "einsum": lambda a: ag.einsum("i,j,k->ijk", a, a, a),
    "np.outer": lambda a: np.outer(np.outer(a, a), a),
    "concat": lambda a: ag.concat([ag.broadcast_to(a, (LONG, LONG, LONG))] * 8, 0),
    "stack": lambda a: ag.stack([ag.broadcast_to(a, (LONG, LONG, LONG))] * 16),
    "past 63 bits": lambda a: ag.zeros((LONG,) * 4),
    "past 63 bits beside none": lambda a: ag.ones((0,) + (2**62,) * 3) + ag.ones((LONG,) * 4),
    "broadcast": lambda a: ag.broadcast_to(a, (LONG,) * 4),
}


@pytest.mark.parametrize("what", OUTER)
def test_operands_whose_result_no_memory_has(what):
    a = ag.ones((LONG,))
    for f in OUTER[what], ag.function(OUTER[what]):
        with pytest.raises((MemoryError, ValueError, OverflowError)):
            f(a)


def test_what_is_summed_at_once_needs_no_memory():
    """The same sizes where native code makes no array of them, or refuses."""
    a = ag.ones((1 << 9,))
    f = ag.function(lambda a: ag.reduce_sum(a[:, None, None] * a[:, None] * a))
    assert f(a) == 2.0**27


# ---- Python ints beside arrays -------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda n: ag.constant(n, "int32"),
        lambda n: ag.where(I > 0, n, I),
        lambda n: ag.pad(I, [[0, 1]], constant_values=n),
        lambda n: ag.maximum(I, n),
        lambda n: I + n,
    ],
)
def test_an_int_that_no_int32_holds_is_never_another_number(f):
    for n in 2**31, 2**32, 2**40, -(2**31) - 1:
        pytest.raises(OverflowError, f, n)
        pytest.raises(OverflowError, ag.function(f), n)
    for n in 5, 2**31 - 1, -(2**31):
        want = np.asarray(f(n))
        np.testing.assert_array_equal(want, np.asarray(ag.function(f)(n)))


@pytest.mark.parametrize("f", [lambda n: ag.constant(n) + 0, lambda n: ag.stack([n, 1])])
def test_an_int_of_the_run_that_becomes_an_array_keeps_its_value(f):
    g = ag.function(f)
    for n in 7, -(2**31):
        assert np.asarray(g(n)).ravel()[0] == n
    pytest.raises(OverflowError, ag.function(lambda n: ag.constant(n)), 2**40)


def test_places_of_narrow_ints():
    """There are more than an int8 counts."""
    x = ag.constant([1, 127], "int8")
    for f in (lambda x: ag.one_hot(x, 300), lambda x: ag.cast(ag.sequence_mask(x, 300), "float32")):
        for g in f, ag.function(f):
            got = np.asarray(g(x))
            assert got.shape == (2, 300) and got.sum() in (2, 128)


# ---- buffers of others ---------------------------------------------------------------------------


def test_a_buffer_cannot_move_while_it_is_read():
    out = child(
        """
        import array, mmap, threading, time
        import numpy as np
        import autograph as ag

        @ag.function
        def f(x):
            total = 0.0
            for k in range(400):
                for v in x:
                    total += v
            return total

        bytes_ = bytearray(8 * 100_000)
        numbers = array.array("d", [1.0] * 100_000)
        mapped = mmap.mmap(-1, 800_000)
        views = np.frombuffer(bytes_), np.frombuffer(numbers), np.frombuffer(mapped)
        f(views[0])

        def grow(stop):
            while not stop:
                for change in bytes_.append, numbers.append, lambda v: mapped.close():
                    try:
                        change(1)
                    except (BufferError, ValueError):
                        pass

        for view in views:
            stop = []
            t = threading.Thread(target=grow, args=(stop,))
            t.start()
            print(float(f(view)), end=" ")
            stop.append(1)
            t.join()
        """
    )
    assert out.split() == ["0.0", str(400.0 * 100_000), "0.0"]


def test_the_last_reference_goes_while_the_call_reads():
    out = child(
        """
        import sys, threading
        import numpy as np
        import autograph as ag

        @ag.function
        def f(x):
            total = 0.0
            for k in range(300):
                for v in x:
                    total += v
            return total

        f(np.ones(10))
        held = [np.ones(100_000)]
        started = threading.Event()

        def free():
            started.wait()
            held.clear()
            other = [np.full(100_000, 7.0) for _ in range(20)]  # takes the place, if it were free

        t = threading.Thread(target=free)
        t.start()
        started.set()
        print(float(f(held[0])) if held else 300.0 * 100_000)
        t.join()
        """
    )
    assert float(out) == 300.0 * 100_000


class Exporter:
    """An array whose way to us fails, in each manner."""

    def __init__(self, how):
        self.how = how

    def __array__(self, *args, **kwargs):
        if self.how == "raises":
            raise RuntimeError("no elements today")
        if self.how == "is no array":
            return [1.0, 2.0]
        if self.how == "calls us":
            return np.asarray(ag.function(lambda x: x * 2.0)(ag.constant([1.0])))
        return np.asarray(ag.constant(self))  # recurses


@pytest.mark.parametrize(
    "how, kinds",
    [
        ("raises", RuntimeError),
        ("is no array", (TypeError, ValueError)),
        ("recurses", RecursionError),
    ],
)
def test_objects_whose_arrays_fail(how, kinds):
    rude = Exporter(how)
    for use in (
        lambda: ag.constant(rude),
        lambda: ag.constant([1.0]) + rude,
        lambda: ag.function(lambda x: x + rude)(ag.constant([1.0])),
    ):
        with pytest.raises(kinds):
            use()
        assert ag.function(lambda x: x + 1)(1) == 2
    assert np.asarray(ag.constant(Exporter("calls us"))).tolist() == [2.0]


def test_dlpack_capsules_are_used_once_and_may_outlive_all():
    x = ag.constant(np.arange(1000.0))
    capsule = x.__dlpack__()

    class Holder:
        def __init__(self, capsule):
            self.capsule = capsule

        def __dlpack__(self, **kwargs):
            return self.capsule

        def __dlpack_device__(self):
            return (1, 0)

    first = ag.from_dlpack(Holder(capsule)) if hasattr(ag, "from_dlpack") else np.from_dlpack(x)
    if hasattr(ag, "from_dlpack"):
        pytest.raises((ValueError, TypeError, RuntimeError, BufferError), ag.from_dlpack, Holder(capsule))
        pytest.raises((ValueError, TypeError), ag.from_dlpack, Holder(None))
        pytest.raises((ValueError, TypeError), ag.from_dlpack, Holder(object()))
    late = ag.constant(np.arange(3.0)).__dlpack__()
    del x, capsule
    assert np.asarray(first)[-1] == 999.0
    del first, late  # never consumed
