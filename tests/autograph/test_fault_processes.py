"""Signals, forks, exits, threads, machines that lack something: each program ends as it should."""

import os
import sys
import textwrap

import pytest
from children import SPIN, child

# ---- signals -------------------------------------------------------------------------------------


def test_two_interrupts_at_once_end_one_loop():
    out = child(
        SPIN
        + """
def send():
    time.sleep(0.1)
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=send).start()
try:
    try:
        f(10**12)
    finally:
        time.sleep(0.1)
except KeyboardInterrupt:
    print("ended", f(50) == spin(50))
"""
    )
    assert out == "ended True\n"


def test_a_handler_that_raises_and_is_interrupted_itself():
    out = child(
        SPIN
        + """
seen = []
def handler(number, frame):
    seen.append(1)
    if len(seen) == 1:
        os.kill(os.getpid(), signal.SIGINT)
        raise ValueError("the first")
    raise KeyError("the second")
signal.signal(signal.SIGINT, handler)
later()
try:
    try:
        f(10**12)
    except ValueError:
        time.sleep(0.1)
except KeyError as e:
    print(e, f(50) == spin(50))
"""
    )
    assert out == "'the second' True\n"


def test_a_handler_may_call_and_trace_functions():
    out = child(
        SPIN
        + """
seen = []
signal.signal(signal.SIGINT, lambda *a: seen.append((f(50), ag.function(spin)(60))))
want = f(10**6)
later()
while not seen:
    assert f(10**6) == want
print(seen == [(spin(50), spin(60))])

@ag.function
def traced(x):
    os.kill(os.getpid(), signal.SIGINT)  # in the middle of a trace
    for _ in range(100):
        x = x + 1
    return x
print(traced(1), seen[1:] == [(spin(50), spin(60))])
"""
    )
    assert out == "True\n101 True\n"


def test_an_interrupt_while_tracing_or_compiling_leaves_nothing_behind():
    out = child(
        """
import os, threading, time
import numpy as np
import autograph as ag
from autograph import _core

def f(x):
    for i in range(8):
        x = ag.sin(x) * ag.cos(x + i) + ag.reduce_sum(x)
    return x

x = ag.constant(np.ones(50))
want = np.asarray(ag.function(f)(x)).tobytes()
for k in range(4):
    g = ag.function(f)
    done = []
    def send():
        time.sleep(0.003 * 4**k)
        os.kill(os.getpid(), signal.SIGINT)
        done.append(1)
    t = threading.Thread(target=send)
    try:
        t.start()  # which waits: on a busy machine the signal may come there
        g(x)
        while not done: time.sleep(0.01)
        time.sleep(0.1)
    except KeyboardInterrupt:
        pass
    else:
        print("never came")
    t.join()
    assert _core.current_graph() is None and np.asarray(g(x)).tobytes() == want
print("right")
"""
    )
    assert out == "right\n"


def test_an_interrupt_is_the_main_threads():
    """A loop in another thread goes on; Python runs handlers in the main thread alone."""
    out = child(
        SPIN
        + """
want = f(10**6)
results = []
def work():
    while not stop:
        results.append(f(10**6) == want)
stop = []
thread = threading.Thread(target=work)
thread.start()
for how in "sleep", "loop":
    later()
    try:
        f(10**12) if how == "loop" else time.sleep(60)
    except KeyboardInterrupt:
        print(how)
n = len(results)
while len(results) < n + 2: time.sleep(0.01)
signal.pthread_kill(thread.ident, signal.SIGINT)
try:
    while True: time.sleep(0.01)
except KeyboardInterrupt:
    print("sent to the thread")
stop.append(1)
thread.join()
print(all(results))
"""
    )
    assert out.split("\n") == ["sleep", "loop", "sent to the thread", "True", ""]


@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="it has its own handlers")
def test_handlers_of_others_are_kept():
    out = child(
        """
import ctypes, faulthandler, os, sys
log = open(sys.argv[0] + ".log", "w+")
faulthandler.enable(log)
signal.signal(signal.SIGTERM, lambda *a: print("term"))
signal.signal(signal.SIGPIPE, signal.SIG_IGN)

def all_handlers():
    # function, mask and flags of each
    libc, buffer, handlers = ctypes.CDLL(None), ctypes.create_string_buffer(256), []
    for number in range(1, 32):
        libc.sigaction(number, None, buffer)
        handlers.append((buffer.raw[:16], buffer.raw[136:140]))
    return handlers

before = all_handlers()
import numpy as np
import autograph as ag
f = ag.function(lambda x: ag.reduce_sum(ag.exp(x) @ x))
f(np.ones((300, 300)))
assert all_handlers() == before and faulthandler.is_enabled()
os.kill(os.getpid(), signal.SIGTERM)
f(np.ones((300, 300)))
pid = os.fork()
if not pid:
    ctypes.string_at(1)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGSEGV)
log.seek(0)
print("Segmentation fault" in log.read())
"""
    )
    assert out == "term\nTrue\nTrue\n"


# ---- forks ---------------------------------------------------------------------------------------


def test_a_child_forked_before_the_first_use():
    out = child(
        """
import os
import autograph as ag
pid = os.fork()
ok = ag.function(lambda x: x * 2 + 1)(3) == 7
if not pid:
    os._exit(0 if ok else 1)
print(ok, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
    )
    assert out == "True 0\n"


def test_a_child_forked_in_a_trace_in_a_callback_or_by_another_thread():
    out = child(
        SPIN
        + """
import numpy as np
big = ag.constant(np.ones(1_000_000))

def right():
    new = ag.function(lambda x: x + 1)
    return f(50) == spin(50) and new(1) == 2 and ag.reduce_sum(ag.exp(big)) > 0

def fork():
    pid = os.fork()
    if not pid:
        signal.alarm(20)
        os._exit(0 if right() else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

@ag.function
def traced(x):
    y = x + 1
    pid = os.fork()
    if not pid:
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    return y
print(traced(4))

def callback(x):
    print(fork())
    return x
print(ag.function(lambda x: ag.numpy_function(callback, [x], ag.float64))(np.ones(2)).tolist())

stop = []
def busy():
    while not stop:
        ag.function(lambda x: ag.sin(x) + 1.0)(big)
threads = [threading.Thread(target=busy) for _ in range(2)]
for t in threads: t.start()
codes = []
def forks():
    for _ in range(5):
        time.sleep(0.02)
        codes.append(fork())
forker = threading.Thread(target=forks)
forker.start()
forker.join()
stop.append(1)
for t in threads: t.join()
print(codes)
"""
    )
    assert out == "0\n5\n0\n[1.0, 1.0]\n[0, 0, 0, 0, 0]\n"


POOLS = """
import multiprocessing

@ag.function
def divide(a, b):
    return a // b

def work(n):
    return int(f(n)), int(ag.function(lambda x: x * 2)(n))

def tensors(t):
    return (t + 1).tolist(), t

if __name__ == "__main__":
    want = [(spin(n), 2 * n) for n in range(3)]
    with multiprocessing.get_context(HOW).Pool(2) as pool:
        assert pool.map_async(work, range(3)).get(60) == want
        assert [int(r) for r in pool.map_async(f, range(3)).get(60)] == [w[0] for w in want]
        values, back = pool.apply_async(tensors, (ag.constant([1.0, 2.0]),)).get(60)
        assert values == [2.0, 3.0] and back.tolist() == [1.0, 2.0]
        try:
            pool.apply_async(divide, (1, 0)).get(60)
        except ZeroDivisionError as e:
            print(e)
"""


@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
def test_pools_of_each_kind(how):
    out = child(SPIN + POOLS.replace("HOW", repr(how)), timeout=120)
    assert out == "integer division or modulo by zero\n"


# ---- exits ---------------------------------------------------------------------------------------

EXITS = {
    "while daemon threads compile": """
        def work():
            for k in range(100): hard(k)(x)
        for _ in range(4): threading.Thread(target=work, daemon=True).start()
        time.sleep(0.2)
    """,
    "while a tier compiles": """
        for k in range(4): hard(k)(x)
    """,
    "atexit": """
        import atexit
        atexit.register(lambda: print(f(50) == spin(50), ag.function(lambda x: x + 3)(4)))
        threading.Thread(target=f, args=(10**12,), daemon=True).start()
    """,
    "a thread that begins at exit": """
        def work():
            time.sleep(0.2)
            print(f(50) == spin(50), ag.function(lambda x: x + 3)(4))
        threading.Thread(target=work).start()
    """,
    "os._exit beside a loop": """
        threading.Thread(target=f, args=(10**12,), daemon=True).start()
        time.sleep(0.1)
        print("True 7", flush=True)
        os._exit(0)
    """,
    "objects freed after the modules": """
        class Late:
            def __init__(self): self.f, self.t, self.print = f, big, print
            def __del__(self):
                try: self.print(self.f(50) == 862405, 7 if self.t[0] == 1 else self.t)
                except BaseException as e: self.print(type(e))
        late = Late()
    """,
    "an exit in a callback": """
        def leave(x): sys.exit(0)
        print("True 7")
        ag.function(lambda x: ag.numpy_function(leave, [x], ag.float64))(np.ones(1))
        print("not here")
    """,
}


@pytest.mark.parametrize("how", EXITS)
def test_the_interpreter_ends(how):
    program = (
        SPIN
        + """
import sys
import numpy as np
def hard(k):
    def g(x):
        for i in range(30):
            x = ag.sin(x) * ag.cos(x + i + k) + ag.reduce_sum(x)
        return x
    return ag.function(g)
x, big = np.ones(50), ag.constant(np.ones(3_000_000))
"""
        + textwrap.dedent(EXITS[how]).replace("862405", str(spin(50)))
    )
    tiers = "1" if "tier" in how else "0"
    out = child(program, AUTOGRAPH_TIERS=tiers, AUTOGRAPH_CACHE="0")
    assert out == ("" if "compile" in how else "True 7\n")


def spin(n):
    x = i = 0
    while i < n:
        x = (x * 3 + i) % 1000003
        i += 1
    return x


def test_an_interpreter_of_its_own_lock_refuses_or_works():
    """Python 3.12 and later; what it may not do is take the process with it."""
    try:
        import _interpreters as interpreters
    except ImportError:
        try:
            import _xxsubinterpreters as interpreters
        except ImportError:
            pytest.skip("no interpreters in this Python")
    if sys.version_info < (3, 12):
        pytest.skip("all interpreters share one lock")
    out = child(
        f"""
        import {interpreters.__name__} as interpreters
        import autograph as ag
        f = ag.function(lambda x: x * 2)
        print(f(4), flush=True)
        i = interpreters.create()
        program = "try:\\n import autograph as ag\\n print(ag.function(lambda x: x * 2)(4))\\n" \\
            "except ImportError as e:\\n print(8)\\nimport sys; sys.stdout.flush()"
        said = interpreters.run_string(i, program)
        assert said is None, said
        interpreters.destroy(i)
        print(f(5))
        """
    )
    assert out == "8\n8\n10\n"


# ---- threads -------------------------------------------------------------------------------------


def test_small_stacks():
    """64 kB: traced, compiled, run, with errors and with large kernels. The package has its byte code, as
    installed: Python 3.12's own parser needs more for it."""
    out = child(
        """
        import compileall
        import threading
        import numpy as np
        import autograph as ag

        for folder in ag.__path__:
            compileall.compile_dir(folder, quiet=2)

        def nested(n):
            total = 0
            for i in range(n):
                for j in range(i):
                    if j % 2 == 0:
                        while total < i * j:
                            total += 3
                    else:
                        total += helper(i, j)
            return total

        def helper(i, j):
            try:
                return i // (j - 1)
            except ZeroDivisionError:
                return -1

        def arrays(x):
            y = ag.sort(x, axis=0) + ag.cumsum(x, 1) + x @ ag.transpose(x)
            for i in range(6):
                y = ag.sin(y) * ag.cos(y + i) + ag.reduce_sum(y, 1, keepdims=True)
            return y, ag.nn.softmax(y), ag.argmax(y, 0)

        x = np.random.default_rng(0).normal(size=(200, 200))

        def work():
            f, g = ag.function(nested), ag.function(arrays)
            out.append(f(9) == nested(9))
            a, b = g(x), arrays(ag.constant(x))
            out.append(all(np.array_equal(p, q) for p, q in zip(a, b)))
            try:
                ag.function(lambda x: x // 0)(3)
            except ZeroDivisionError:
                out.append(True)

        for size in 64, 128:
            out = []
            threading.stack_size(size * 1024)
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
            print(out)
        """
    )
    assert out == "[True, True, True]\n" * 2


@pytest.mark.parametrize("n", [1, 64, 256])
def test_any_number_of_threads_of_the_pool(n):
    out = child(
        f"""
        import os
        import numpy as np
        import autograph as ag
        x = ag.constant(np.linspace(0, 1, 500_000))
        f = ag.function(lambda x: ag.reduce_sum(ag.exp(x) * 2.0))
        want = f(x)
        ag.config.threading.set_intra_op_parallelism_threads({n})
        processors = os.sched_getaffinity(0)
        for mask in processors, {{min(processors)}}, processors:
            os.sched_setaffinity(0, mask)  # after the pool has begun
            print(float(f(x)) == float(want), float(ag.reduce_sum(ag.exp(x) * 2.0)) == float(want))
        """
    )
    assert out == "True True\n" * 3


def test_arrays_changed_by_another_thread_during_the_call():
    """Any of its contents may be read, never memory beyond an array."""
    out = child(
        """
        import threading
        import numpy as np
        import autograph as ag
        at, table, stop = np.zeros(100_000, "int64"), ag.constant(np.arange(5.0)), []

        def change():
            while not stop:
                at[:] = 10**12
                at[:] = -1
                at[:] = 0

        def loop(t, i):
            total = t[0]
            for k in range(len(i)):
                total += t[i[k]]
            return total

        def scatter(t, i):
            zeros = ag.zeros((100_000,), "float64")
            return ag.tensor_scatter_nd_update(t, ag.reshape(i, (-1, 1)), zeros)

        uses = [lambda t, i: ag.gather(t, i), loop, scatter, lambda t, i: t[i]]
        uses.append(lambda t, i: ag.sort(i))
        compiled = [ag.function(use) for use in uses]
        thread = threading.Thread(target=change)
        thread.start()
        for _ in range(4):
            for f in compiled + uses[:1]:
                try:
                    f(table, at)
                except IndexError:
                    pass
        stop.append(1)
        thread.join()
        at[:] = 2
        print(ag.gather(table, at)[7].numpy(), compiled[0](table, at)[7].numpy())
        """
    )
    assert out == "2.0 2.0\n"


def test_one_variable_of_many_threads_is_never_torn():
    out = child(
        """
        import threading
        import numpy as np
        import autograph as ag
        v, sums = ag.Variable(np.zeros(1000)), ag.Variable(np.zeros(1000))

        @ag.function
        def add(x):
            sums.assign_add(x)
            return v.value()

        wrong = []
        def work(k):
            for i in range(100):
                if k % 2:
                    v.assign(np.full(1000, float(i)))
                got = np.asarray(add(np.ones(1000)))
                if got.min() != got.max():
                    wrong.append(got)

        threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
        for t in threads: t.start()
        for t in threads: t.join()
        print(len(wrong), sums.numpy().min(), sums.numpy().max())
        """
    )
    assert out == "0 800.0 800.0\n"


def test_collecting_garbage_during_traces():
    out = child(
        """
        import gc, threading
        import numpy as np
        import autograph as ag

        def f(x):
            for i in range(10):
                x = ag.sin(x) + i
            return x

        gc.set_threshold(1)
        assert ag.function(f)(np.ones(3)).shape == (3,)
        gc.set_threshold(700)
        stop = []
        def collect():
            while not stop: gc.collect()
        collector = threading.Thread(target=collect)
        collector.start()
        shapes = []
        def work(k): shapes.append(ag.function(f)(np.ones(k)).shape[0])
        threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 9)]
        for t in threads: t.start()
        for t in threads: t.join()
        stop.append(1)
        collector.join()
        print(sorted(shapes) == list(range(1, 9)))
        """
    )
    assert out == "True\n"


# ---- what a machine may lack ---------------------------------------------------------------------


def test_without_executable_memory_the_interpreter_takes_over():
    """PR_SET_MDWE refuses what SELinux refuses: making written memory executable."""
    out = child(
        """
import ctypes, warnings
refused = ctypes.CDLL(None).prctl(65, 1, 0, 0, 0)
warnings.simplefilter("always")
warnings.showwarning = lambda message, *args: print(message)
"""
        + SPIN
        + """
print("refused" if refused == 0 else "cannot")
import numpy as np
print(f(1000) == spin(1000), ag.function(lambda x: ag.exp(x))(np.zeros(2)).tolist())
"""
    )
    if out.endswith("cannot\nTrue [1.0, 1.0]\n"):
        pytest.skip("this kernel has no PR_SET_MDWE")
    assert "runs interpreted" in out and "memory cannot be made executable" in out
    assert out.endswith("True [1.0, 1.0]\n")


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("name", ["numba", "torch", "jax"])
def test_another_compiler_in_the_process(name, first):
    """Each brings an LLVM of its own."""
    pytest.importorskip(name)
    works = {
        "numba": "numba.njit(lambda x: x * 2.0 + 1.0)(3.0)",
        "torch": "float(torch.exp(torch.ones(1000)).sum() * 0) + 7.0",
        "jax": "float(jax.jit(lambda x: x * 2.0 + 1.0)(3.0))",
    }
    lines = ["import autograph as ag; f = ag.function(lambda x: x * 2 + 1); print(f(3))"]
    lines.insert(0 if first else 1, f"import {name}; print({works[name]})")
    out = child("\n".join([*lines, f"print(f(4), {works[name]}, ag.function(lambda x: x - 1)(3))"]))
    assert out.split() == (["7.0", "7"] if first else ["7", "7.0"]) + ["9", "7.0", "2"]


def test_a_child_forked_while_another_thread_draws():
    out = child(
        """
import os, signal, threading
import autograph as ag
from autograph import random
g = random.Generator.from_seed(1)
taken, done = threading.Event(), threading.Event()
def draws():
    with random._drawing:
        taken.set()
        done.wait()
t = threading.Thread(target=draws)
t.start()
taken.wait()
pid = os.fork()
if not pid:
    signal.alarm(20)
    os._exit(0 if g.uniform([3]).shape[0] == 3 else 1)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
done.set()
t.join()
"""
    )
    assert out == "0\n"


def test_a_large_graph_is_compiled_beside_the_thread_that_signals_wait_for():
    """Tracing is Python, and interrupted as such; what follows is one call of the compiler."""
    out = child(
        """
import os, threading, time
import autograph as ag

def total(l):
    t = 0.0
    for x in l:
        t += x * x
    return t

def interrupt():
    while True:
        if any(t.name == "autograph compiles a large graph" for t in threading.enumerate()):
            return os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.001)

l = tuple(k / 8 for k in range(4000))  # an input for each item
f = ag.function(total)
threading.Thread(target=interrupt, daemon=True).start()
try:
    f(l)
    print("finished")
except KeyboardInterrupt:
    print("interrupted", f(l) == total(l), f(l[1:]) == total(l[1:]))
""",
        AUTOGRAPH_CACHE="0",
    )
    assert out == "interrupted True True\n"
