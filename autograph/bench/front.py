"""Rows of what comes before native code: conversion, converted code on Python values, tracing.

CPU time of this thread, the least of some repeats; what is compared is measured in turns.
"""

import operator
import time

from . import fronts
from .runner import Figure, Result
from .timing import interleave

CPU = time.thread_time
EIGHT = [float(i) for i in range(8)]


def least(count, *runs):
    """The least CPU seconds of each of the runs, `count` times in turns."""
    best = [float("inf")] * len(runs)
    for _ in range(count):
        for i, run in enumerate(runs):
            start = CPU()
            run()
            best[i] = min(best[i], CPU() - start)
    return best


def tracer(ag, program, args, **options):
    """A call that traces the program for the arguments, each time anew."""
    from autograph import tracing

    function = ag.function(program, **options)
    return lambda: tracing.trace(function, list(args))


def run_convert(ag, compilers, effort, small_only=False):
    from autograph import convert

    result = Result("front.convert", text=CONVERT)
    code = fronts.dense.__code__
    (cpu,) = least(effort.rounds * 8, lambda: convert.translate(code, fronts.dense.__globals__))
    result.figures.append(Figure("conversion of 50 dense lines", cpu * 1e3, "ms", 3))
    return result


def run_values(ag, compilers, effort, small_only=False):
    """Every program converted against itself, outside of a trace and, its numbers static, in one."""
    from autograph import convert, operators

    from .compare import check

    result = Result("front.values", text=VALUES)
    for name, (program, args) in fronts.ON_VALUES.items():
        converted = convert.convert(program, operators)
        check(program(*args), converted(*args), 0, "converted code", "plain Python")
        both = {"plain": (program, args), "converted": (converted, args)}
        seconds = interleave(both, effort.seconds / 8, effort.rounds)
        ratio = seconds["converted"] / seconds["plain"]
        result.figures.append(Figure(name, ratio, "x plain Python", 6))
        traced, plain = least(
            effort.rounds,
            tracer(ag, program, args, numbers="static"),
            lambda program=program, args=args: program(*args),
        )
        result.figures.append(Figure(f"{name}, while tracing", traced / plain, "x plain Python"))
    return result


def run_calls(ag, compilers, effort, small_only=False):
    result = Result("front.calls", text=CALLS)
    (cpu,) = least(effort.rounds * 2, tracer(ag, fronts.calls, (ag.constant(EIGHT),)))
    result.figures.append(Figure("1,000 calls of a converted helper", cpu * 1e3, "ms", 20))
    return result


def run_eager(ag, compilers, effort, small_only=False):
    """One operation on small tensors, run at once."""
    x = ag.constant(EIGHT)
    result = Result("front.eager", text=EAGER)
    seconds = interleave({"add": (operator.add, (x, x))}, effort.seconds / 8, effort.rounds)
    result.figures.append(Figure("eager add of 8 elements", seconds["add"] * 1e9, "ns", 300))
    return result


def run_body(ag, compilers, effort, small_only=False):
    args = ag.constant(EIGHT), ag.constant(5)
    result = Result("front.body", text=BODY)
    converted, by_hand = least(
        effort.rounds * 10,
        tracer(ag, fronts.body, args),
        tracer(ag, fronts.by_hand, args, autograph=False),
    )
    result.figures.append(Figure("converted loop", converted / by_hand, "x while_loop", 1.3))
    return result


def run_ops(ag, compilers, effort, small_only=False):
    """Chains of 20,000 and 100,000 operations: cost of each, and all the way to native code."""
    result = Result("front.ops", text=OPS)
    x = ag.constant(EIGHT)
    for ops, goal in ((20_000, 1), (100_000, 6)):
        if small_only and ops > 20_000:
            continue
        start = CPU()
        graph = tracer(ag, fronts.chain(ops), (x,), autograph=False)().graph
        traced = CPU() - start
        graph.plan(native=True)
        whole = CPU() - start
        result.figures.append(Figure(f"tracing, one of {ops:,}", traced / ops * 1e6, "us", 2))
        result.figures.append(Figure(f"{ops:,} traced, optimized, compiled", whole, "s", goal))
    return result


CONVERT = "conversion of a function, Python to Python"
VALUES = "converted functions on Python values"
CALLS = "tracing of calls"
EAGER = "an operation on small tensors, run at once"
BODY = "tracing of a loop, converted and by hand"
OPS = "tracing and compiling long chains"

ROWS = {
    "front.convert": (("front",), CONVERT, run_convert),
    "front.values": (("front",), VALUES, run_values),
    "front.calls": (("front",), CALLS, run_calls),
    "front.eager": (("front",), EAGER, run_eager),
    "front.body": (("front",), BODY, run_body),
    "front.ops": (("front",), OPS, run_ops),
}
