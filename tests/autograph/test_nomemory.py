"""Every allocation of the C core fails in turn: MemoryError, nothing changed, and the next call
is right."""

import gc

import numpy as np
import pytest

import autograph as ag
from autograph import _core

X = np.arange(12.0).reshape(3, 4)


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def first_call():
    """Trace, optimize, compile and run."""
    f = ag.function(collatz)
    return lambda: int(f(27)), lambda: f.experimental_get_tracing_count() <= 1


def later_calls():
    """A compiled function on arrays: arguments and results."""
    f = ag.function(lambda x, y: (ag.exp(x) @ y, x[::-1], [x.shape[0], ag.reduce_sum(y)]))
    f(X, X.T)

    def call():
        a, b, (n, c) = f(X, X.T)
        return np.asarray(a).sum() + np.asarray(b)[0, 0] + n + float(c)

    return call, lambda: f.experimental_get_tracing_count() == 1


def new_shapes():
    """One trace after another, each with a shape of its own, dims relaxed."""
    f = ag.function(lambda x: ag.reduce_sum(x * 2.0), reduce_retracing=True)
    return lambda: sum(float(f(X[:n])) for n in (1, 2, 3)), lambda: True


def eager():
    def call():
        x = ag.constant(X)
        y = ag.concat([x, x * 2.0], 0)[1:, :2]
        return float(ag.reduce_sum(y)) + sum(float(row[0]) for row in x)

    return call, lambda: True


def variables():
    """A variable holds its old value where an assignment failed."""
    v = ag.Variable(X)

    @ag.function
    def step(x):
        v.assign(x + 1.0)
        return ag.reduce_sum(v.value())

    step(X)

    def call():
        v.assign(X)
        return float(step(X))

    def unchanged():
        now = v.numpy()
        return np.array_equal(now, X) or np.array_equal(now, X + 1.0)

    return call, unchanged


@pytest.mark.parametrize("scenario", [first_call, later_calls, new_shapes, eager, variables])
def test_every_allocation_may_fail(scenario):
    call, _ = scenario()
    want = call()
    gc.collect()
    alive = _core._allocations_alive()
    failures, quiet = 0, 0
    for nth in range(1, 5000):
        call, unchanged = scenario()
        _core._fail_allocation(nth)
        try:
            got = call()
        except MemoryError:
            failures, quiet = failures + 1, 0
        else:
            quiet += 1
            assert got == want
        finally:
            _core._fail_allocation(0)
        assert _core.current_graph() is None and unchanged()
        if nth % 25 == 1 or quiet:
            assert call() == want  # the same objects, now with memory
        if quiet > 30:  # some failures are absorbed: a place less, a name less
            break
    else:
        pytest.fail("it never ran to its end")
    assert failures >= 3
    del call, unchanged
    gc.collect()
    assert _core._allocations_alive() - alive < 50
