"""Rows of sizes: one trace for arrays of any size beside one for the sizes at hand."""

import numpy as np

from .cases import CASES
from .compare import check
from .runner import Figure, NotCompiled, Result, is_native
from .timing import interleave

TEXT = "one trace for arrays of all sizes: its time as a part of that of a trace for these sizes"
ROW = "sizes"
GOAL = 1.1
NAMES = ("bell", "axpy", "black_scholes", "softmax", "distances", "heat")


def sums(x):
    """A sum, and one along each axis."""
    return x.sum(), x.sum(axis=0), x.sum(axis=1)


def line(u, steps):
    """Heat along a line."""
    u = u.copy()
    for _ in range(steps):
        u[1:-1] += 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return u


def waves(e, h, steps):
    """An electric and a magnetic field along a line."""
    e, h = e.copy(), h.copy()
    for _ in range(steps):
        h[:-1] -= 0.5 * (e[1:] - e[:-1])
        e[1:-1] -= 0.5 * (h[1:-1] - h[:-2])
    return e, h


def poisson(u, f, steps):
    """A plate with sources, by Jacobi's steps."""
    u = u.copy()
    for _ in range(steps):
        around = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
        u[1:-1, 1:-1] = 0.25 * (around - f[1:-1, 1:-1])
    return u - f


def differences(x):
    return np.diff(x) * x[1:], (x[:-2] + 2.0 * x[1:-1] + x[2:]) * 0.25


def short_rows(x):
    """Rows of two or three columns, joined, padded and summed."""
    p = np.pad(x, 1)
    return np.concatenate([x, x[:, ::-1]], axis=1) * 2.0, p[1:-1, :-2] + p[1:-1, 2:], x.sum(axis=1)


def short_line(x):
    """An array of a hundred elements."""
    return np.roll(x, 1) - x, np.tile(x, 2) * 2.0, (x - x.mean()) / x.std()


def own_programs(stage):
    """Of slices and parts, for which the cases have no other program."""

    def arrays(k, rank, *more):
        return lambda n: [*np.random.default_rng(1).random((k, *(n,) * rank)), *more]

    def rows(n):
        return [np.random.default_rng(1).random((n, n % 5))]

    return {
        "line": (line, stage, arrays(1, 1, 1000), (8, 32, 2000)),
        "waves": (waves, stage, arrays(2, 1, 1000), (8, 32, 2000)),
        "poisson": (poisson, stage, arrays(2, 2, 50), (8, 32, 256)),
        "differences": (differences, stage, arrays(1, 1), (8, 32, 100_000)),
        "short_rows": (short_rows, stage, rows, (8, 32, 3333)),
        "short_line": (short_line, stage, arrays(1, 1), (8, 32, 100)),
    }


def programs():
    """name -> (program, stage, arguments of a size, sizes), of the cases with arrays."""
    found = {case.name: case for case in CASES if case.name in NAMES}
    made = {
        name: (case.program, case.stage, case.arguments, case.sizes) for name, case in found.items()
    }
    if "softmax" in made:
        made["sums"] = (sums, *made["softmax"][1:])
        made |= own_programs(made["softmax"][1])
    return made


def run_sizes(ag, compilers, effort, small_only=False):
    result = Result(ROW, text=TEXT)
    for name, (program, stage, arguments, sizes) in programs().items():
        small, middle, large = ([stage(ag, v) for v in arguments(n)] for n in sizes)
        if small_only:
            large = middle
        own, general = ag.function(program), ag.function(program, reduce_retracing=True)
        for args in (small, middle, large):
            expected = general(*args)
        if general.experimental_get_tracing_count() > 2:
            raise NotCompiled(f"{name}: a trace for each size")
        for function in (own, general):
            if not is_native(function, large):
                raise NotCompiled(f"{name}: not compiled to native code")
        check(own(*large), expected, 0, "one trace for all sizes", "one for this size")
        seconds = interleave(
            {"own": (own, large), "general": (general, large)}, effort.seconds / 2, effort.rounds
        )
        ratio = seconds["general"] / seconds["own"]
        result.figures.append(Figure(name, ratio, "x its own trace", GOAL))
    return result


ROWS = {ROW: ((ROW, "array"), TEXT, run_sizes)}
