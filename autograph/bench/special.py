"""Rows that are no loop: a call, a first call, the import."""

import array

from . import fresh, front, programs, sizes, threads
from .cases import CASES, Case, as_number, as_tensor
from .compare import check
from .runner import (
    Figure,
    Result,
    fill,
    import_numpy,
    native,
    pays_after,
    run_case,
    traced,
)
from .timing import interleave

EIGHT = tuple(float(i) for i in range(8))

# Not measured as loops, but first calls need them by name.
FIRST = [
    Case(
        name="first.add_one",
        text="first call of x + 1 on 8 float32, in a new process",
        program=programs.add_one,
        unit="call",
        sizes=(8, 8, 8),
        arguments=lambda n: (array.array("f", EIGHT),),
        stage=as_tensor,
        steps=lambda n, r: 1,
        groups=("first",),
    ),
    Case(
        name="first.collatz",
        text="first call of collatz(27) on plain ints, in a new process",
        program=programs.chain,
        unit="call",
        sizes=(27, 27, 27),
        arguments=lambda n: (n,),
        stage=as_number,
        steps=lambda n, r: 1,
        groups=("first",),
    ),
    Case(
        name="first.black_scholes",
        text="first call of Black-Scholes on 8 options of float32, in a new process",
        program=programs.black_scholes,
        unit="call",
        sizes=(8, 8, 8),
        arguments=lambda n: (
            array.array("f", [90 + 3 * i for i in range(n)]),
            array.array("f", [100] * n),
            array.array("f", [0.25 + 0.25 * i for i in range(n)]),
        ),
        stage=as_tensor,
        steps=lambda n, r: 1,
        groups=("first",),
    ),
]


def find_case(name):
    return next(case for case in [*CASES, *FIRST] if case.name == name)


def run_first(ag, case, compilers, effort, small_only=False):
    result = Result(case.name, case.unit, case.text)
    args = case.arguments(case.sizes[0])
    staged = tuple(case.stage(ag, value) for value in args)
    native(ag, case.program, staged)
    result.first_ms = fresh.first_call(case.name, effort.processes * 2) * 1e3
    return result


def run_cached(ag, compilers, effort, small_only=False):
    """The same functions in a process that finds their code in the disk cache."""
    result = Result("front.cached", text=CACHED)
    for case in FIRST:
        decorated, first = fresh.second_process(case.name, effort.processes * 2)
        name = case.name.partition(".")[2]
        result.figures.append(Figure(f"{name}, first call", first * 1e3, "ms", 4))
        result.figures.append(Figure(f"{name}, decorated", decorated * 1e3, "ms"))
    return result


def run_import(ag, compilers, effort, small_only=False):
    result = Result("import", "import", IMPORT)
    result.first_ms = fresh.import_time(effort.processes * 4) * 1e3
    return result


def run_call(ag, compilers, effort, small_only=False):
    """x + 1 on 8 float32: compiled against NumPy and against a C extension that does only this."""
    result = Result("call", "call", CALL)
    expected = [v + 1 for v in EIGHT]
    candidates = {}
    x = ag.constant(array.array("f", EIGHT), ag.float32)
    for column, make in (("interpreted", traced_interpreted), ("compiled", native)):
        function, got = make(ag, programs.add_one, (x,))
        check(expected, list(got.tolist()), 0, column, "plain Python")
        candidates[column] = function, (x,)
    candidates["python"] = (lambda x: [v + 1 for v in x]), (list(EIGHT),)
    np = import_numpy()
    if np:
        candidates["numpy"] = programs.add_one, (np.array(EIGHT, np.float32),)
    for name, bare in compilers.extensions().items():
        eight = bare.Eight(EIGHT)
        check(expected, bare.add_one(eight).tolist(), 0, f"C by {name}", "plain Python")
        candidates[f"c {name}"] = bare.add_one, (eight,)
    seconds = interleave(candidates, effort.seconds, effort.rounds)
    fill(result, {name: time * 1e9 for name, time in seconds.items()})
    if "c" in result.ns:
        over = result.ns["compiled"] - result.ns["c"]
        result.figures.append(Figure("beyond a bare C extension's call", over, "ns", 60))
    first = fresh.first_call("first.add_one", effort.processes)
    result.first_ms = first * 1e3
    result.pays_after = pays_after(first, result.ns["python"] * 1e-9, result.ns["compiled"] * 1e-9)
    return result


def traced_interpreted(ag, program, args):
    return traced(ag, program, args, interpret=True)


CALL = "x + 1 on 8 float32: plain Python on a list, C as a bare extension"
CACHED = "first calls in a process whose code is in the disk cache"
IMPORT = "import autograph, beyond a Python that does nothing"

# name -> (groups, text, run(ag, compilers, effort, small_only))
ROWS = {
    **{
        case.name: (
            case.groups,
            case.text,
            lambda *args, case=case, **kw: run_case(args[0], case, *args[1:], **kw),
        )
        for case in CASES
    },
    "call": (("calls",), CALL, run_call),
    **{
        case.name: (
            case.groups,
            case.text,
            lambda *args, case=case, **kw: run_first(args[0], case, *args[1:], **kw),
        )
        for case in FIRST
    },
    "import": (("first",), IMPORT, run_import),
    "front.cached": (("front", "first"), CACHED, run_cached),
    **front.ROWS,
    **threads.ROWS,
    **sizes.ROWS,
}
