"""cmath on complex numbers with traced parts: compiled, with its values and errors (staging/cmaths.py)."""

import cmath
import itertools
import math

import numpy as np
import pytest

import autograph as ag

PARTS = (
    0.0, -0.0, 1.0, -2.5, 0.8, -0.6, 3e200, 1e-200, 1e308, -1e308, 5e-324, 700.0, 711.5, -745.0, math.inf, -math.inf, math.nan,
)  # fmt: skip


def roots(x, y):
    return cmath.sqrt(complex(x, y))


def exponentials(x, y):
    return cmath.exp(complex(x, y))


def logarithms(x, y):
    return cmath.log(complex(x, y))


def phases(x, y):
    return cmath.phase(complex(x, y))


def polars(x, y):
    return cmath.polar(complex(x, y))


def finite(x, y):
    return cmath.isfinite(complex(x, y))


def infinite(x, y):
    return cmath.isinf(complex(x, y))


def undefined(x, y):
    return cmath.isnan(complex(x, y))


def outcome(f, *args):
    try:
        return f(*args)
    except (ValueError, OverflowError) as e:
        return type(e), str(e)


def parts(value):
    return (value.real, value.imag) if isinstance(value, complex) else value


def near(got, want, ulps):
    if isinstance(want, tuple):
        return len(got) == len(want) and all(near(a, b, ulps) for a, b in zip(got, want))
    if not isinstance(want, float) or got == want:
        return got == want and repr(got) == repr(want)
    return math.isnan(got) and math.isnan(want) or abs(got - want) <= ulps * math.ulp(want)


@pytest.mark.parametrize("program", [roots, phases, polars, finite, infinite, undefined])
def test_values_and_errors_are_those_of_cmath(program):
    compiled = ag.function(program)
    for x, y in itertools.product(PARTS, PARTS):
        assert repr(outcome(compiled, x, y)) == repr(outcome(program, x, y)), (x, y)
    assert "native code" in compiled.explain() and compiled.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("program", [exponentials, logarithms])
def test_exp_and_log_are_within_their_last_bits(
    program,
):  # those of this library's exp, log, sin and cos, twice
    compiled = ag.function(program)
    for x, y in itertools.product(PARTS, PARTS):
        got, want = outcome(compiled, x, y), outcome(program, x, y)
        assert near(parts(got), parts(want), 4), (x, y, got, want)
    assert "native code" in compiled.explain() and compiled.experimental_get_tracing_count() == 1


def test_in_loops_and_beside_arrays():
    def f(n, x):
        z, found = complex(x, 1), []
        for k in range(n):
            z = cmath.sqrt(z) + k
            if cmath.isfinite(z):
                found.append(z)
        return found, cmath.log(z, 1) if n < 0 else cmath.phase(2.0), cmath.sqrt(x)

    def beside(v, n):
        return f(n, v[0].item()), v * 2

    compiled = ag.function(f)
    for case in ((5, 2.5), (0, -1.0), (3, 1e300)):
        assert repr(compiled(*case)) == repr(f(*case))
    got, want = ag.function(beside)(np.array([2.5, 1.0]), 4), beside(np.array([2.5, 1.0]), 4)
    assert repr(got[0]) == repr(want[0])
