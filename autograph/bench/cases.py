"""What is measured: one Case a row. Sizes are (first call, Python and interpreter, native code)."""

import array
import ctypes
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from . import array_cases, dynamic_cases, programs

I64, F64, F32 = ctypes.c_int64, ctypes.c_double, ctypes.c_float


@dataclass(frozen=True)
class Case:
    """One program on one kind of arguments.

    name      "collatz.tensor"; a group is the part before the dot, or what `groups` adds
    text      one line for --list
    program   the function that is compiled, and run as plain Python unless `python` is given
    unit      what ns are counted per
    sizes     three sizes: of the first call, for Python and the interpreter, for native code
    arguments size -> tuple of plain values (numbers, lists, float32 arrays)
    stage     (autograph, value) -> the value as the compiled function gets it
    steps     (size, result) -> units done
    c         (library of the source, arguments) -> (callable, arguments); None: no C
    numpy     (numpy, arguments) -> (callable, arguments); None: not natural
    python    plain Python doing the same, when it is not `program` itself
    tolerance largest relative difference from plain Python; 0: equal to the last bit
    """

    name: str
    text: str
    program: Callable
    unit: str
    sizes: tuple
    arguments: Callable
    stage: Callable
    steps: Callable
    source: str = ""
    c: Callable | None = None
    numpy: Callable | None = None
    python: Callable | None = None
    tolerance: float = 0.0
    groups: tuple = field(default=())


# ---- how arguments reach the compiled function ---------------------------------------------------


def as_number(ag, value):
    """Plain numbers stay what they are: weak int64 and float64 inputs."""
    return value


def as_tensor(ag, value):
    """Strong 0-d int64 and float64 tensors; sequences become vectors."""
    if isinstance(value, array.array):
        return ag.constant(value, ag.float32)
    if isinstance(value, float):
        return ag.constant(value, ag.float64)
    return ag.constant(value, ag.int64)


def as_tensor_or_number(ag, value):
    return value if isinstance(value, int | float) else as_tensor(ag, value)


# ---- how C gets them -----------------------------------------------------------------------------


def c_scalar(name, result, kinds, out=False):
    """A function (library, arguments) -> (callable, arguments).

    out: the C function has an int64_t * at the end, for a second result.
    """

    def bind(library, args):
        call = getattr(library, name)
        call.restype = result
        call.argtypes = [*kinds, *([ctypes.POINTER(I64)] if out else [])]
        if not out:
            return call, args
        more = I64()
        pointer = ctypes.pointer(more)

        def both(*args):
            first = call(*args, pointer)
            return first, more.value

        return both, args

    return bind


def address(values):
    return ctypes.c_void_p(values.buffer_info()[0])


def c_sort(library, args):
    values = array.array("q", args[0])
    out = array.array("q", bytes(8 * len(values)))
    library.bubble_sort.argtypes = [ctypes.c_void_p, ctypes.c_void_p, I64]
    library.bubble_sort.restype = None

    def call(values):
        library.bubble_sort(address(values), address(out), len(values))
        return out

    return call, (values,)


def c_array(name, leading=()):
    """Functions of c/array.c: scalars, input arrays, one output array, the length."""

    def bind(library, args):
        numbers, arrays = args[: len(leading)], args[len(leading) :]
        out = array.array("f", bytes(4 * len(arrays[0])))
        call = getattr(library, name)
        call.argtypes = [*leading, *[ctypes.c_void_p] * (len(arrays) + 1), I64]
        call.restype = None
        fixed = (*numbers, *map(address, arrays), address(out), len(out))

        def run(*args):
            call(*fixed)
            return out

        return run, args

    return bind


# ---- inputs --------------------------------------------------------------------------------------


def normal(size, seed=1):
    """size float32 numbers around 0, made fast: a stretch of 4,096 different ones repeated."""
    rng = random.Random(seed)
    some = array.array("f", (rng.gauss(0, 1.5) for _ in range(4096)))
    return (some * (size // 4096 + 1))[:size]


def shuffled(size):
    values = list(range(size))
    random.Random(2).shuffle(values)
    return values


def numpy_views(np, args):
    return [
        np.frombuffer(a, np.float32) if isinstance(a, array.array) else np.float32(a) for a in args
    ]


def numpy_bell(np, args):
    return (lambda x: np.exp(-x * x) * 2 + 1), numpy_views(np, args)


def numpy_same(program):
    return lambda np, args: (program, numpy_views(np, args))


# ---- the table -----------------------------------------------------------------------------------

# name, what it is, unit, sizes, size -> arguments, steps of a result, C
SCALAR = [
    (
        "collatz",
        "steps of all Collatz chains below n",
        "step",
        (30, 3_000, 60_000),
        lambda n: (1, n, 0),
        lambda n, r: r,
        c_scalar("collatz", I64, [I64] * 3),
    ),
    (
        "primes",
        "primes below n by trial division",
        "division",
        (30, 6_000, 60_000),
        lambda n: (2, n, 2, 0, 0),
        lambda n, r: r[1],
        c_scalar("primes", I64, [I64] * 5, out=True),
    ),
    (
        "newton",
        "square roots by Newton's method",
        "iteration",
        (5, 5_000, 50_000),
        lambda n: (1.0, 0.5 * n, 0.5, 0.0, 0),
        lambda n, r: r[1],
        c_scalar("newton", F64, [F64] * 4 + [I64], out=True),
    ),
    (
        "mandelbrot",
        "iterations of z*z + c, at most 200 a point, on n by n points",
        "iteration",
        (4, 40, 200),
        lambda n: (-2.0, 0.5, -1.25, 1.25, 2.5 / n, 200, 0),
        lambda n, r: r,
        c_scalar("mandelbrot", I64, [F64] * 5 + [I64] * 2),
    ),
    (
        "gcd",
        "Euclid's algorithm on n pairs",
        "division",
        (10, 5_000, 50_000),
        lambda n: (1, n, 720_720_000_001, 0, 0),
        lambda n, r: r[1],
        c_scalar("gcd", I64, [I64] * 5, out=True),
    ),
]


def scalar_cases():
    for name, text, unit, sizes, arguments, steps, c in SCALAR:
        for kind, stage, what in (
            ("tensor", as_tensor, "int64 and float64 tensors"),
            ("number", as_number, "plain numbers"),
        ):
            yield Case(
                name=f"{name}.{kind}",
                text=f"{text}, on {what}",
                program=getattr(programs, name),
                unit=unit,
                sizes=sizes,
                arguments=arguments,
                stage=stage,
                steps=steps,
                source="scalar.c",
                c=c,
                groups=("scalar", kind),
            )


CASES = [
    *scalar_cases(),
    Case(
        name="bubble_sort",
        text="bubble sort of n int64, x[i], x[j] = x[j], x[i]",
        program=programs.bubble_sort,
        unit="comparison",
        sizes=(100, 200, 1000),
        arguments=lambda n: (shuffled(n),),
        stage=as_tensor,
        steps=lambda n, r: n * (n - 1) // 2,
        source="scalar.c",
        c=c_sort,
        groups=("loop",),
    ),
    Case(
        name="bell",
        text="exp(-x*x)*2+1 over 1,000,000 float32 (C: a polynomial exp that vectorizes)",
        program=programs.bell,
        unit="element",
        sizes=(8, 20_000, 1_000_000),
        arguments=lambda n: (normal(n),),
        stage=as_tensor,
        steps=lambda n, r: n,
        source="array.c",
        c=c_array("bell"),
        numpy=numpy_bell,
        python=lambda x: [math.exp(-v * v) * 2 + 1 for v in x],
        tolerance=4 * 2**-23,  # float32 steps: C's exp is good to 2, ours to 2
        groups=("array",),
    ),
    Case(
        name="axpy",
        text="a*x + y over 10,000,000 float32",
        program=programs.axpy,
        unit="element",
        sizes=(8, 20_000, 10_000_000),
        arguments=lambda n: (2.5, normal(n, 3), normal(n, 4)),
        stage=as_tensor_or_number,
        steps=lambda n, r: n,
        source="array.c",
        c=c_array("axpy", (F32,)),
        numpy=numpy_same(programs.axpy),
        python=lambda a, x, y: [a * u + v for u, v in zip(x, y, strict=True)],
        tolerance=2
        ** -22,  # Python adds in float64; a fused multiply-add rounds once, the others twice
        groups=("array",),
    ),
    *array_cases.cases(Case),
    *dynamic_cases.cases(Case, as_number),
]
