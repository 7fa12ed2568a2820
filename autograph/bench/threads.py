"""Rows of threads: the time of large operations on all threads over that on one."""

import array
import functools

from .runner import Figure, Result, native
from .timing import interleave

TEXT = "large operations: the time on all threads as a part of that on one; the bits are the same"
ROW = "threads"
GOAL = 1 / 1.7  # with two processors; work that computes


def black_scholes(ag, s, k, t):
    rate, v = 0.02, 0.3
    d1 = (ag.log(s / k) + (rate + v * v / 2) * t) / (v * ag.sqrt(t))
    d2 = d1 - v * ag.sqrt(t)

    def normal(x):
        return 0.5 * (1.0 + ag.erf(x * 0.7071067811865476))

    return s * normal(d1) - k * ag.exp(-rate * t) * normal(d2)


def sines(ag, x):
    return functools.reduce(lambda y, i: ag.sin(y), range(10), x)


def mandelbrot(ag, cr, ci):
    zr, zi, n = cr, ci, ag.zeros_like(cr)
    for _ in range(20):
        zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
        n = n + ag.cast(zr * zr + zi * zi < 4.0, n.dtype)
    return n


PROGRAMS = {
    # name: (function of (ag, tensors), number of tensors, elements, computes)
    "Black-Scholes, 500,000 options": (black_scholes, 3, 500_000, True),
    "ten sines of 500,000 numbers": (sines, 1, 500_000, True),
    "20 steps of Mandelbrot's map on 500,000 points": (mandelbrot, 2, 500_000, True),
    "sort of 500,000 numbers": (lambda ag, x: ag.sort(x), 1, 500_000, True),
    "matrix product, 512 x 512": (
        lambda ag, x: ag.matmul(ag.reshape(x, (512, 512)), ag.reshape(x, (512, 512))),
        1,
        512 * 512,
        True,
    ),
    "sum of the exponentials of 1,000,000 numbers": (
        lambda ag, x: ag.reduce_sum(ag.exp(x)),
        1,
        1_000_000,
        True,
    ),
    "softmax of 1,000 rows of 1,000": (
        lambda ag, x: ag.nn.softmax(ag.reshape(x, (1000, 1000))),
        1,
        1_000_000,
        True,
    ),
    "convolution of 8 images of 64 x 64 x 16 by 3 x 3 x 16 x 16": (
        lambda ag, x: ag.nn.conv2d(
            ag.reshape(x, (8, 64, 64, 16)), ag.reshape(x[:2304], (3, 3, 16, 16)), 1, "SAME"
        ),
        1,
        8 * 64 * 64 * 16,
        True,
    ),
    "x + y of 4,000,000 numbers: memory": (lambda ag, x, y: x + y, 2, 4_000_000, False),
}


def run_threads(ag, compilers, effort, small_only=False):
    result = Result(ROW, text=TEXT)
    threads = ag.config.threading
    before = threads.get_intra_op_parallelism_threads()
    many = ag._core._threads()[1]

    def on(n, call, *args):
        threads.set_intra_op_parallelism_threads(n)
        return call(*args)

    try:
        for name, (program, n_tensors, n, computes) in PROGRAMS.items():
            values = [array.array("d", (0.5 + i * 0.618 % 1 for i in range(n)))] * n_tensors
            args = [ag.constant(v, ag.float64) for v in values]
            call, _ = native(ag, functools.partial(program, ag), tuple(args))
            if bytes(memoryview(on(1, call, *args))) != bytes(memoryview(on(many, call, *args))):
                result.error = f"{name}: other bits on {many} threads than on one"
                return result
            seconds = interleave(
                {"one": (on, (1, call, *args)), "all": (on, (many, call, *args))},
                effort.seconds / 2,
                effort.rounds,
            )
            goal = GOAL if computes and many > 1 else None
            ratio = seconds["all"] / seconds["one"]
            result.figures.append(Figure(f"{name}, {many} threads", ratio, "x one", goal))
    finally:
        threads.set_intra_op_parallelism_threads(before)
    return result


ROWS = {ROW: (("threads",), TEXT, run_threads)}
