"""From a Case to a Result: results compared first, then everything timed in turns."""

import contextlib
import os
import types
import warnings
from dataclasses import asdict, dataclass, field

from .. import tiers
from . import fresh
from .compare import check
from .timing import interleave

NO_NUMBA = "Numba is not installed (pip install numba): the dynamic programs are measured without it"
COLUMNS = ("python", "numpy", "eager", "interpreted", "compiled", "c", "numba")


@dataclass
class Effort:
    """How long to measure: seconds of interleaved repeats a case, fresh processes a first call."""

    seconds: float = 1.5
    rounds: int = 5
    processes: int = 5


QUICK = Effort(seconds=0.15, rounds=2, processes=1)


@dataclass
class Figure:
    """One number with its goal, which is the most that it may be."""

    name: str
    value: float
    unit: str
    goal: float | None = None

    def text(self):
        goal = "" if self.goal is None else f" (goal {self.goal:g})"
        return f"{self.name}: {self.value:.3g} {self.unit}{goal}"


@dataclass
class Result:
    """One row. ns: column -> nanoseconds a unit; absent where there is nothing to measure."""

    name: str
    unit: str = ""
    text: str = ""
    ns: dict = field(default_factory=dict)
    c_compiler: str = ""
    first_ms: float | None = None
    pays_after: int | None = None
    notes: list = field(default_factory=list)
    figures: list = field(default_factory=list)  # of Figure, where a row is no loop
    error: str = ""
    group: str = ""
    plain: str = "plain Python"  # what the column python is called
    stayed: str = ""  # why nothing was compiled

    def ratio(self, column):
        """Compiled time over C's, or Python's over compiled; None without both."""
        compiled, other = self.ns.get("compiled"), self.ns.get(column)
        if not compiled or not other:
            return None
        return other / compiled if column == "python" else compiled / other

    def as_dict(self):
        return {**asdict(self), "to_c": self.ratio("c"), "to_python": self.ratio("python")}


@contextlib.contextmanager
def interpreter(on):
    """Functions traced inside run by the interpreter instead of native code."""
    old = os.environ.pop("AUTOGRAPH_INTERPRET", None)
    if on:
        os.environ["AUTOGRAPH_INTERPRET"] = "1"
    try:
        yield
    finally:
        os.environ.pop("AUTOGRAPH_INTERPRET", None)
        if old is not None:
            os.environ["AUTOGRAPH_INTERPRET"] = old


def traced(ag, program, args, interpret=False):
    """(function, its result): program traced for args, interpreted or compiled.

    The result is computed twice, so that what is timed later is the code kept by the first call.
    """
    with interpreter(interpret):
        function = ag.function(program)
        function(*args)
        return function, function(*args)


class NotCompiled(Exception):
    """A case ran interpreted where native code was to be measured."""


def is_native(function, args, kwargs=None):
    concrete = function.get_concrete_function(*args, **(kwargs or {}))
    tiers.settle()
    return concrete.plan.native


def native(ag, program, args):
    """As traced(), of native code: NotCompiled where the interpreter had to take over."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        function, result = traced(ag, program, args)
    if not is_native(function, args):
        why = f": {str(said[0].message).splitlines()[0]}" if said else ""
        raise NotCompiled(f"not compiled to native code{why}")
    return function, result


def import_numpy():
    try:
        import numpy
    except ImportError:
        return None
    return numpy


def numba_form(program):
    """The program as Numba compiles it, with the functions of its module that it calls; None without Numba."""
    try:
        import numba
    except ImportError:
        return None
    scope = dict(program.__globals__)
    for name in program.__code__.co_names:
        if isinstance(scope.get(name), types.FunctionType):
            scope[name] = numba.njit(scope[name])
    return numba.njit(types.FunctionType(program.__code__, scope, program.__name__))


def numba_of(case, compilers):
    """numba_form() of a dynamic program; without Numba None, and the report says so once."""
    if "dynamic" not in case.groups:
        return None
    form = numba_form(case.program)
    if form is None and NO_NUMBA not in compilers.missing:
        compilers.missing.append(NO_NUMBA)
    return form


def pays_after(first, python, compiled):
    """Calls until compiled ones, with the first, have cost less than Python; None if never."""
    if python <= compiled:
        return None
    return max(1, -int(-(first - compiled) // (python - compiled)))


def own(value):
    """A value plain Python may change: the sort works in place."""
    return list(value) if isinstance(value, list) else value


def run_case(ag, case, compilers, effort, small_only=False):
    """A Result; raises Mismatch when two ways of computing disagree."""
    one, small, large = case.sizes
    if small_only:
        large = small
    result = Result(case.name, case.unit, case.text)
    candidates, units = {}, {}

    def add(column, call, args, steps):
        candidates[column], units[column] = (call, args), steps

    # Every way at the small size, against plain Python.
    python = case.python or case.program
    small_args = case.arguments(small)
    expected = python(*map(own, small_args))
    small_steps = case.steps(small, expected)
    staged = tuple(case.stage(ag, value) for value in small_args)
    add("python", lambda *args: python(*map(own, args)), small_args, small_steps)

    function, got = traced(ag, case.program, staged, interpret=True)
    check(expected, got, case.tolerance, "the interpreter", "plain Python")
    add("interpreted", function, staged, small_steps)
    function, got = native(ag, case.program, staged)
    check(expected, got, case.tolerance, "compiled code", "plain Python")

    libraries = compilers.libraries(case.source) if case.c else {}
    for name, library in libraries.items():
        call, args = case.c(library, small_args)
        check(expected, call(*args), case.tolerance, f"C by {name}", "plain Python")
    np = import_numpy() if case.numpy else None
    if np:
        call, args = case.numpy(np, small_args)
        check(expected, call(*args), case.tolerance, "NumPy", "plain Python")

    # The fast ways at the large size, against compiled code.
    large_args = case.arguments(large)
    staged = tuple(case.stage(ag, value) for value in large_args)
    if case.source != "scalar.c" or case.unit == "comparison":  # other shapes: another trace
        function, expected = native(ag, case.program, staged)
    else:
        expected = function(*staged)
    large_steps = case.steps(large, expected)
    add("compiled", function, staged, int(large_steps))
    for name, library in libraries.items():
        call, args = case.c(library, large_args)
        check(expected, call(*args), case.tolerance, f"C by {name}", "compiled code")
        add(f"c {name}", call, args, int(large_steps))
    if np:
        call, args = case.numpy(np, large_args)
        check(expected, call(*args), case.tolerance, "NumPy", "compiled code")
        add("numpy", call, args, int(large_steps))
    numba = numba_of(case, compilers)
    if numba:
        check(expected, numba(*large_args), case.tolerance, "Numba", "compiled code")
        add("numba", numba, large_args, int(large_steps))
    if case.source == "array.c":
        for name, library in libraries.items():
            add_copy(candidates, units, name, library, large_args, large_steps)

    seconds = interleave(candidates, effort.seconds, effort.rounds)
    ns = {name: time * 1e9 / units[name] for name, time in seconds.items()}
    fill(result, ns)

    first = fresh.first_call(case.name, effort.processes)
    result.first_ms = first * 1e3
    one_steps = case.steps(one, python(*map(own, case.arguments(one))))
    result.pays_after = pays_after(
        first, result.ns["python"] * one_steps * 1e-9, result.ns["compiled"] * one_steps * 1e-9
    )
    return result


def add_copy(candidates, units, name, library, args, steps):
    """The line below which no pass over memory goes: memcpy of the first array."""
    from .cases import c_array

    arrays = [value for value in args if not isinstance(value, int | float)]
    call, copied = c_array("copy")(library, arrays[:1])
    candidates[f"copy {name}"], units[f"copy {name}"] = (call, copied), steps


def fill(result, ns):
    """Puts times in their columns; C is the better of the compilers."""
    for column in COLUMNS:
        if column in ns:
            result.ns[column] = ns[column]
    for kind in ("c", "copy"):
        times = {name: time for name, time in ns.items() if name.startswith(kind + " ")}
        if not times:
            continue
        best = min(times, key=times.get)
        if kind == "c":
            result.ns["c"], result.c_compiler = times[best], best.partition(" ")[2]
        elif "compiled" in result.ns:
            result.notes.append(
                f"memcpy of as many bytes as one input: {times[best]:.3f} ns an element; "
                f"compiled takes {result.ns['compiled'] / times[best]:.2f} of it"
            )
    return result
