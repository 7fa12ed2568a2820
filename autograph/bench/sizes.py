"""Rows of sizes: one trace for arrays of any size beside one for the sizes at hand."""

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


def programs():
    """name -> (program, stage, arguments of a size, sizes), of the cases with arrays."""
    found = {case.name: case for case in CASES if case.name in NAMES}
    made = {
        name: (case.program, case.stage, case.arguments, case.sizes) for name, case in found.items()
    }
    if "softmax" in made:
        made["sums"] = (sums, *made["softmax"][1:])
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
