"""The cases of arrays.py, and Black-Scholes: none without NumPy."""

import ctypes

from . import programs
from .dynamic_cases import at, bound

I64, F64, POINTER = ctypes.c_int64, ctypes.c_double, ctypes.c_void_p


def as_array(ag, value):
    """Arrays become tensors once, numbers stay weak."""
    return value if isinstance(value, int | float) else ag.constant(value)


def cases(case):
    """The Cases; case: the class."""
    try:
        import numpy as np
    except ImportError:
        return []
    from . import arrays

    def normal(*shape):
        return np.random.default_rng(shape[0]).standard_normal(shape).astype(np.float32)

    def options(n):
        rng = np.random.default_rng(n)
        return tuple(
            rng.uniform(low, high, n).astype(np.float32)
            for low, high in ((10, 100), (10, 100), (0.1, 3))
        )

    def like(shape, dtype=np.float32):
        """The output of a C function without a result."""
        return lambda *args: (np.zeros(shape(*args), dtype), lambda _, out: out)

    def same(*args):
        return args[0].shape

    table = [
        (
            "lorenz", "step", "Lorenz's system by Runge-Kutta steps on a vector of 3 float64", (2, 200, 100_000),
            lambda n: (np.ones(3), 1e-4, n), lambda n: n, 1e-9,  # a chaos: to time 10
            bound("lorenz", None, [POINTER, F64, I64], lambda y, h, n: (at(y), h, n), like(same, np.float64)),
        ),
        (
            "heat", "cell", "a heat stencil by slices on 512 by 512 float32, 50 steps", (8, 32, 512),
            lambda n: (normal(n, n), 50), lambda n: 50 * n * n, 1e-5,
            bound("heat", None, [POINTER, I64, I64], lambda u, n: (at(u), len(u), n), like(same)),
        ),
        (
            "black_scholes", "element", "prices of 1,000,000 float32 options: log, exp, erf", (8, 10_000, 1_000_000),
            options, lambda n: n, 1e-4,  # prices to 100: steps of float32 there are 8e-6
            bound(
                "black_scholes", None, [POINTER] * 3,
                lambda p, s, y: (at(p), at(s), at(y)), like(same), after=lambda p, s, y: (len(p),), after_kinds=[I64],
            ),
        ),
        (
            "softmax", "element", "softmax of the rows of 4096 by 1024 float32", (8, 128, 4096),
            lambda n: (normal(n, max(n // 4, 2)),), lambda n: n * max(n // 4, 2), 1e-6,
            bound("softmax", None, [POINTER, I64, I64], lambda x: (at(x), *x.shape), like(same)),
        ),
        (
            "distances", "multiply-add", "squared distances of 1000 points of 16 float32 from 1000 others", (8, 64, 1000),
            lambda n: (normal(n, 16), normal(n + 1, 16)), lambda n: n * (n + 1) * 16, 1e-5,
            bound(
                "distances", None, [POINTER] * 2 + [I64] * 3,
                lambda a, b: (at(a), at(b), len(a), len(b), 16), like(lambda a, b: (len(a), len(b))),
            ),
        ),
        (
            "conv2d", "multiply-add", "32 filters of 3 by 3 on 32 images of 64 by 64 by 3 float32", (1, 4, 32),
            lambda n: (normal(n, 64, 64, 3), normal(3, 3, 3, 32)), lambda n: n * 64 * 64 * 27 * 32, 1e-4,
            bound("conv2d", None, [POINTER, I64, POINTER], lambda x, w: (at(x), len(x), at(w)),
                  like(lambda x, w: (*x.shape[:3], w.shape[3]))),
        ),
        (
            "matmul.256", "product", "a matrix product of 256 by 256 float32", (8, 32, 256),
            lambda n: (normal(n, n), normal(n + 1, n)[:n]), lambda n: 1, 1e-3, None,
        ),
        (
            "matmul.1024", "product", "a matrix product of 1024 by 1024 float32", (8, 32, 1024),
            lambda n: (normal(n, n), normal(n + 1, n)[:n]), lambda n: 1, 1e-3, None,
        ),
    ]  # fmt: skip

    def priced(price, strike, years):
        """Black and Scholes' formula in Python's numbers."""
        import math

        def cdf(x):
            return 0.5 + 0.5 * math.erf(x / math.sqrt(2))

        result = []
        for p, s, y in zip(price.tolist(), strike.tolist(), years.tolist(), strict=True):
            spread = 0.3 * math.sqrt(y)
            d1 = (math.log(p / s) + (0.02 + 0.5 * 0.3 * 0.3) * y) / spread
            result.append(p * cdf(d1) - s * math.exp(-0.02 * y) * cdf(d1 - spread))
        return result

    made = []
    for name, unit, text, sizes, arguments, steps, tolerance, c in table:
        own = name == "black_scholes"
        numpy = None if own else getattr(arrays, name.partition(".")[0])
        program = getattr(programs, name) if own or name == "conv2d" else numpy
        made.append(
            case(
                name=name,
                text=text,
                program=program,
                unit=unit,
                sizes=sizes,
                arguments=arguments,
                stage=as_array,
                steps=lambda n, r, steps=steps: steps(n),
                source="arrays.c" if c else "",
                c=c,
                numpy=None if own else lambda np, args, numpy=numpy: (numpy, args),
                python=priced if own else None if program is numpy else numpy,
                tolerance=tolerance,  # sums in another order, exp and log of another make
                groups=("array",),
            )
        )
    return made
