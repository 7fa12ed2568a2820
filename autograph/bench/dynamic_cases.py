"""The cases of dynamic.py: none without NumPy, whose arrays are their arguments."""

import ctypes
import random

I64, F64, POINTER = ctypes.c_int64, ctypes.c_double, ctypes.c_void_p

# sum of k * k and 3 times what came before, modulo 1,000,003, for k from n down to 1
PROGRAM = [
    (2, 0), (3, 2), (2, 2), (9, 38), (2, 1), (1, 3), (6, 0), (2, 2), (2, 2), (6, 0), (4, 0),
    (1, 1_000_003), (7, 0), (3, 1), (2, 2), (1, 1), (5, 0), (3, 2), (8, 4), (0, 0),
]  # fmt: skip

LISTS = ("distance", "product")  # lists of lists, which Numba leaves aside


def bound(name, result, kinds, arguments, output=None, after=None, after_kinds=()):
    """As cases.c_scalar: arguments(args) -> the C ones; output(args) -> a result array, given next;
    after(args) -> the C ones behind it."""

    def bind(library, args):
        call = getattr(library, name)
        call.restype = result
        call.argtypes = [*kinds, *([POINTER] if output else []), *after_kinds]
        given = arguments(*args)
        if output is None:
            return lambda *_: call(*given), args
        last = after(*args) if after else ()
        out, pack = output(*args)
        return lambda *_: pack(call(*given, at(out), *last), out), args

    return bind


def at(array):
    return ctypes.c_void_p(array.ctypes.data)


def cases(case, stage):
    """The Cases; case: the class, stage: how arguments reach the compiled function."""
    try:
        import numpy as np
    except ImportError:
        return []
    from . import dynamic

    def codes(n):
        rng = random.Random(n)
        return np.array([rng.randrange(4) for _ in range(n)], np.int64)

    def links(n):
        rng = random.Random(n)
        start = [0]
        for _ in range(n):
            start.append(start[-1] + rng.randrange(16))
        target = [rng.randrange(n) for _ in range(start[-1])]
        return np.array(start, np.int64), np.array(target, np.int64), 0.85, 1e-6

    def scores(n):
        rng = random.Random(n)
        values = [rng.gauss(0, 1) for _ in range(n * 16 * 16)]
        return np.array(values).reshape(n, 16, 16), 8

    def machine(n):
        return np.array(PROGRAM, np.int64).ravel(), n

    table = [
        (
            "lcs", "cell", lambda n, r: n * (n + 1), "longest common subsequence of two strings of n codes", (8, 100, 2000),
            lambda n: (codes(n), codes(n + 1)),
            bound("lcs", I64, [POINTER, I64] * 2, lambda a, b: (at(a), len(a), at(b), len(b))),
        ),
        (
            "distance", "cell", lambda n, r: n * (n + 1), "edit distance of n codes, a table of lists", (8, 50, 500),
            lambda n: (codes(n), codes(n + 1)),
            bound("distance", I64, [POINTER, I64] * 2, lambda a, b: (at(a), len(a), at(b), len(b))),
        ),
        (
            "product", "multiply-add", lambda n, r: n**3, "matrices of n by n as lists of lists", (3, 16, 128), lambda n: (n,),
            bound("product", F64, [I64], lambda n: (n,)),
        ),
        (
            "queens", "solution", lambda n, r: int(r), "n queens by backtracking on arrays", (4, 6, 9), lambda n: (n,),
            bound("queens", I64, [I64], lambda n: (n,)),
        ),
        (
            "pagerank", "page", lambda n, r: n * int(r[1]), "PageRank of n pages to a tolerance", (8, 100, 20_000), links,
            bound(
                "pagerank", I64, [POINTER, I64, POINTER, F64, F64],
                lambda s, t, d, tol: (at(s), len(s) - 1, at(t), d, tol),
                lambda s, *_: (np.zeros(len(s) - 1), lambda n, out: (out, n)),
            ),
        ),
        (
            "rk45", "step", lambda n, r: int(r[1]), "Lorenz's system to time n, Runge-Kutta with an adaptive step", (1, 2, 100),
            lambda n: (np.ones(3), 0.0, float(n), 1e-8),
            bound(
                "rk45", I64, [POINTER, F64, F64, F64], lambda y, *more: (at(y), *more),
                lambda *_: (np.zeros(3), lambda n, out: (out, n)),
            ),
        ),
        (
            "beam_search", "step", lambda n, r: n, "beam search of n steps with growing lists", (3, 5, 200), scores,
            bound(
                "beam_search", F64, [POINTER, I64, I64, I64],
                lambda s, w: (at(s), len(s), len(s[0]), w),
                lambda s, w: (np.zeros(len(s), np.int64), lambda best, out: (best, out)),
            ),
        ),
        (
            "interpret", "operation", lambda n, r: int(r[1]), "a bytecode interpreter of 17n steps", (3, 100, 600_000), machine,
            bound(
                "interpret", I64, [POINTER, I64], lambda code, n: (at(code), n),
                lambda *_: (np.zeros(1, np.int64), lambda n, out: (int(out[0]), n)),
            ),
        ),
    ]  # fmt: skip
    return [
        case(
            name=name,
            text=text,
            program=getattr(dynamic, name),
            unit=unit,
            sizes=sizes,
            arguments=arguments,
            stage=stage,
            steps=steps,
            source="dynamic.c",
            c=c,
            tolerance=1e-12 if name == "rk45" else 0.0,  # 8 / 3 and its like are folded elsewhere
            groups=("lists",) if name in LISTS else ("dynamic",),
        )
        for name, unit, steps, text, sizes, arguments, c in table
    ]
