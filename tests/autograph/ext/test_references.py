"""Nothing leaks: objects and memory of the C core after many rounds, failures included."""

import gc
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from tracing import build

from autograph import _core

A = np.arange(24.0).reshape(2, 3, 4)


def quiet(f, *args):
    try:
        f(*args)
    except (Exception, _core.PinRequired):
        pass


def make_and_drop():
    x = _core.convert(A)
    (x + x, x * 2.5, x / 3, -x, x < x, x[0], x[:, 1:, None], x[..., ::-1], x.at((0, 1), 2.0))
    (
        list(x),
        x.tolist(),
        x.numpy(),
        np.asarray(x),
        memoryview(x),
        repr(x),
        str(x),
        x.shape[1:],
        hash(x.ref()),
    )
    np.from_dlpack(x), _core.from_dlpack(A), x.__dlpack__(), _core.convert([1, [2.5]][0])
    w = _core.weak(7)
    (w + 1, w / 2, w**2, w // 3, divmod(w, 3), round(w), int(w), float(w), f"{w}")


def fail_in_many_ways():
    x = _core.convert(A)
    quiet(lambda: x + np.ones(3, np.float32))
    quiet(lambda: x + "a")
    quiet(lambda: hash(x))
    quiet(lambda: x[9])
    quiet(lambda: x["a"])
    quiet(lambda: x[0, np.array([0]), np.array([1])])
    quiet(lambda: x.at(0, [1, 2, 3]))
    quiet(lambda: _core.convert([[1], [2, 3]]))
    quiet(lambda: _core.convert([A, 1]))
    quiet(lambda: _core.op("SUM", [x], {"axis": (9,)}))
    quiet(lambda: _core.op("UNSTACK", [x], {"axis": 0, "num": 9}))
    quiet(lambda: _core.weak(2**62) * 4)
    quiet(lambda: bool(x))
    quiet(lambda: x.__dlpack__(dl_device=(2, 0)))
    quiet(lambda: _core.Variable(None))


def trace_and_run():
    v = _core.Variable([1.0, 2.0, 3.0])

    def f(x, n):
        mark = _core.current_graph().mark()
        x + 1.0
        _core.current_graph().undo(mark)
        quiet(lambda: [1, 2][n])
        quiet(lambda: x + np.ones(7))
        g = _core.current_graph()
        g.push_scope("s")
        y = x * v + n
        v.assign_add([1.0, 1.0, 1.0])
        _core.op("CALLBACK", [y], {"site": g.add_site(lambda t: t.numpy())}, 0)
        g.pop_scope()
        return (
            y,
            y.op.inputs[0],
            _core.maybe(_core.cast(n, "int32"), x, (None, _core.UNDEFINED), "m") + 1,
        )

    graph = build(f, ("float32", (None,)), 2)
    [op.node_def for op in graph.get_operations()], graph.print_text()
    plan = graph.plan(native=False)
    plan.run([[1, 2, 3], 0])
    for bad in ([[1, 2, 3], 1], [[1, 2, 3], 2], [[1, 2], 0], [3], ["a", 1]):
        quiet(plan.run, bad)
    graph.optimize().plan_text()


def variables():
    v = _core.Variable(A, name="v")
    v.assign_add(A), v + 1, v[0], repr(v), v.numpy(), list(v)
    quiet(v.assign, [1, 2])


@pytest.mark.parametrize("f", [make_and_drop, fail_in_many_ways, trace_and_run, variables])
def test_no_memory_and_no_references_leak(f):
    watched = [
        None,
        True,
        A,
        _core.Tensor,
        _core.Variable,
        _core.Graph,
        _core.Operation,
        _core.Plan,
    ]
    watched += [
        _core.TensorShape,
        _core.float32,
        _core.float64,
        _core.UNDEFINED,
        _core.OpError,
        TypeError,
    ]
    for _ in range(5):
        f()
    gc.collect()
    core = _core._allocations_alive()
    grown = []
    tracemalloc.start()
    try:
        before = [sys.getrefcount(o) for o in watched]
        for _ in range(6):  # CPython's method cache keeps names, fewer and fewer new ones
            memory = tracemalloc.get_traced_memory()[0]
            for _ in range(20):
                f()
            gc.collect()
            grown.append(tracemalloc.get_traced_memory()[0] - memory)
        after = [sys.getrefcount(o) for o in watched]
    finally:
        tracemalloc.stop()
    assert abs(_core._allocations_alive() - core) < 20
    for o, b, a in zip(watched, before, after, strict=True):
        assert abs(a - b) < 40, f"{o!r}: {b} -> {a} references"
    assert min(grown) < 20 * 300, f"bytes more after every 20 rounds: {grown}"


def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * 4096


def test_tensors_give_their_buffers_back():
    def round_():
        x = _core.convert(np.ones(100_000))
        y = x + x
        view = np.asarray(y)
        np.from_dlpack(y)
        return view[0]

    for _ in range(20):
        round_()
    gc.collect()
    before = resident()
    for _ in range(400):  # 320 MB if one of the three did not come back
        round_()
    gc.collect()
    assert resident() - before < 300_000_000  # a sanitizer keeps some


def test_cycles_through_a_graph_are_collected():
    import weakref

    g = _core.Graph()
    with g:
        x = g.add_param("int32", ())
    g.extra["self"] = g
    g.extra["x"] = x
    g.add_site(lambda: None)
    alive = weakref.ref(g)
    del g, x
    gc.collect()
    assert alive() is None


GOING_DOWN = """
import sys
from autograph import _core as c
class Holder: pass
h = Holder()
h.me, h.graph, h.tensor, h.variable = h, c.Graph(), c.convert([1, 2, 3]), c.Variable(1)
with h.graph:
    h.symbol = h.graph.add_param("int32", (2,)) + 1
h.op, h.many = h.symbol.op, [c.convert(i) for i in range(200)]
h.graph.extra["h"] = c.Tensor.holder = sys.modules["held"] = h
def generator():
    try:
        yield h.tensor + 1
    finally:
        h.tensor
running = generator()
next(running)
"""


def test_tensors_outlive_their_module():
    command = [sys.executable, "-X", "dev", "-c", GOING_DOWN]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
