"""Runs a function of arrays plainly on NumPy, interpreted and compiled, and compares the results.

NumPy's dtypes and shapes must come back. Whole numbers and truth must be NumPy's; floats may differ by what another
order of a sum or another exp does. Interpreter and native code agree to the bit, NaN with any NaN.
"""

import numpy as np
from modes import interpreted
from random_programs import define

import autograph as ag

TOLERANCE = {
    "float32": 2e-4,
    "float64": 1e-9,
}  # of the largest element: sums in other orders, four exps in a row


# What is refused rather than answered with an old element, or with the wrong one; the message says the remedy.
REFUSED = "changed under another name", "one index array at a time"


class Held:
    """A Variable for NumPy."""

    def __init__(self, value):
        self.value = np.copy(value)

    def read_value(self):
        return np.copy(self.value)

    def assign(self, value):
        self.value = np.copy(value)

    def assign_add(self, value):
        self.value = np.copy(self.value + value)

    def assign_sub(self, value):
        self.value = np.copy(self.value - value)


def run(fn, args, states, first):
    """What it returns, as arrays, from the states' first values on."""
    for name, state in states.items():
        state.assign(first[name])
    *arrays, zeros, n = args
    given = [np.copy(a) for a in arrays]
    for i, a in enumerate(arrays):  # the same array twice stays so
        given[i] = given[next(j for j, b in enumerate(arrays) if b is a)]
    out = fn(*given, zeros, n)
    for a, b in zip(given, arrays):
        assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), "an argument was changed"
    return [x.numpy() if isinstance(x, ag.Tensor) else np.asarray(x) for x in out]


def same_bits(a, b):
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    bits = (
        np.ascontiguousarray(a).view("u1") == np.ascontiguousarray(b).view("u1")
        if a.ndim
        else a.tobytes() == b.tobytes()
    )
    return bool(np.all(bits)) or (
        a.dtype.kind == "f"
        and np.array_equal(a, b, equal_nan=True)
        and np.array_equal(np.signbit(a), np.signbit(b))
    )


def close(want, got):
    if want.dtype != got.dtype or want.shape != got.shape:
        return False
    if want.dtype.kind != "f":
        return np.array_equal(want, got)
    finite = np.abs(want[np.isfinite(want)])
    scale = max(1.0, float(finite.max())) if finite.size else 1.0
    return np.allclose(
        want,
        got,
        rtol=TOLERANCE[want.dtype.name],
        atol=TOLERANCE[want.dtype.name] * scale,
        equal_nan=True,
    )


def check(text, args, first):
    fn = define(text)
    space = fn.__globals__
    held = {name: Held(value) for name, value in first.items()}
    space.update(held)
    with np.errstate(all="ignore"):
        want = run(fn, args, held, first)
    states = {name: ag.Variable(value) for name, value in first.items()}
    space.update(states)
    compiled = ag.function(fn)
    try:
        with interpreted():
            slow = run(compiled, args, states, first)
    except (TypeError, NotImplementedError) as e:
        assert any(words in str(e) for words in REFUSED), e
        return
    for trace in compiled._cache:
        trace.set_plan(trace.graph.plan(native=True))
    for way in "compiled", "compiled again":
        got = run(compiled, args, states, first)
        for i, (a, b, c) in enumerate(zip(want, slow, got, strict=True)):
            assert close(a, b), f"interpreted, result {i}: {b!r} {b.dtype}\nNumPy: {a!r} {a.dtype}"
            assert same_bits(b, c), f"{way}, result {i}: {c!r}\ninterpreted: {b!r}"
