"""A function of the user's: plain Python first, then what autograph makes of it."""

import copy
import types
import warnings

from autograph import target

from . import fresh
from .compare import Mismatch, check, difference, plain
from .report import calls, duration, times
from .runner import Result, fill, interpreter, is_native, pays_after
from .timing import interleave

# What a result may differ by from plain Python's: exp and its like are good to 2 units in the last
# place on both sides, and sums of them add up.
FLOAT32_TOLERANCE, TOLERANCE = 1e-5, 1e-10


def tolerance_of(result):
    view = plain(result)
    return FLOAT32_TOLERANCE if getattr(view, "format", "") == "f" else TOLERANCE


def uses_numpy(program, args):
    """Whether plain Python is NumPy here: the code names it, or an argument is an array."""
    code, scope = getattr(program, "__code__", None), getattr(program, "__globals__", {})
    named = [scope.get(name) for name in (code.co_names if code else ())]
    modules = [item.__name__ if isinstance(item, types.ModuleType) else "" for item in named]
    return "numpy" in modules or any(type(item).__module__ == "numpy" for item in args)


def run_file(ag, name, text, effort):
    """The Result of FILE.py:f called with the arguments in text; Mismatch when the ways disagree.

    Each way has a copy of the arguments: the function may change them."""
    loaded = target.load(name)
    program, options = target.plain(loaded), getattr(loaded, "_options", {})
    args, kwargs = target.arguments(text, program)
    target.bind(program, args, kwargs, name)
    result = Result(f"{name.rpartition(':')[2]}({text})", "call", name)

    def copies():
        try:
            return copy.deepcopy((args, kwargs))
        except Exception:  # a generator, a file: evaluated again
            return target.arguments(text, program)

    def run(call):
        """The result, and what became of the arguments."""
        args, kwargs = copies()
        return call(*args, **kwargs), (args, kwargs)

    expected, left = run(program)
    changes = difference(plain(copies()), plain(left)) is not None
    if changes:
        result.notes.append(
            "the function changes its arguments: every call gets a copy, whose time counts"
        )

    def bound(call, args, kwargs):
        if changes:

            def fresh_call(*_):
                args, kwargs = copies()
                return call(*args, **kwargs)

            return fresh_call, ()
        return (lambda *args: call(*args, **kwargs)) if kwargs else call, args

    candidates = {"python": bound(program, *copies())}
    for column in ("interpreted", "compiled"):
        with interpreter(column == "interpreted"), warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            function = ag.function(program, **options)
            got, also = run(function)
            run(function)
        what = f"{column} code"
        check(expected, got, tolerance_of(got), what, "plain Python")
        check(left, also, TOLERANCE, f"the arguments after {what}", "plain Python")
        candidates[column] = bound(function, *copies())
    eager(ag, program, args, kwargs, expected, candidates, result)
    result.notes += [f"warning: {str(warning.message).splitlines()[0]}" for warning in said]
    result.stayed = why_not_compiled(function, copies)
    result.plain = "plain NumPy" if uses_numpy(program, args) else "plain Python"
    result.notes += [line.strip() for line in function.explain().splitlines() if "static," in line]
    seconds = interleave(candidates, effort.seconds, effort.rounds)
    fill(result, {column: time * 1e9 for column, time in seconds.items()})
    first = fresh.first_call_of_file(name, text, effort.processes)
    result.first_ms = first * 1e3
    if not result.stayed:
        result.pays_after = pays_after(first, seconds["python"], seconds["compiled"])
    return result


def is_array(item):
    return type(item).__name__ == "ndarray"


def eager(ag, program, args, kwargs, expected, candidates, result):
    """Adds the function on tensors, an operation at a time, where arguments are arrays."""
    if not any(map(is_array, (*args, *kwargs.values()))):
        return

    def as_tensor(item):
        return ag.constant(item) if is_array(item) else item

    try:
        args = [as_tensor(item) for item in args]
        named = {key: as_tensor(item) for key, item in kwargs.items()}
        got = program(*args, **named)
        check(expected, got, tolerance_of(got), "eager tensors", "plain Python")
    except Exception as error:
        line = str(error).partition("\n")[0]
        kind = "" if isinstance(error, Mismatch) else f"{type(error).__name__}: "
        result.notes.append(f"not eagerly, on tensors: {kind}{line}")
        return
    candidates["eager"] = (lambda *args: program(*args, **named)), tuple(args)


def why_not_compiled(function, copies):
    """A line on why calls like this run no native code; "" where they do."""
    args, kwargs = copies()
    native = is_native(function, args, kwargs)
    info = function._history[-1]["info"]
    stayed = info["python"]
    if native and info["statics"] and not info["inputs"]:
        return (
            "every argument is static, so the result was computed while tracing, once, and "
            "other values trace anew"
        )
    if native:
        return ""
    if not stayed:
        return "the interpreter runs it"
    reason, where = stayed
    lines = [line.strip() for line in where.splitlines() if line.strip()]
    return f"it runs as Python, because {reason}" + "".join(f"\n    {line}" for line in lines)


def text(result):
    """The result for people: plain Python as headline, the other ways against it."""
    ns = result.ns
    base = ns["python"]
    rows = [(result.plain, duration(base) + " a call", "")]
    names = {"compiled": "as decorated" if result.stayed else "compiled"}
    for column in ("compiled", "interpreted", "eager"):
        if column in ns and not (result.stayed and column == "interpreted"):
            gain = base / ns[column]
            took = duration(ns[column]) + " a call"
            rows.append((names.get(column, column), took, f"{times(gain)} times as fast"))
    first = f"{duration(result.first_ms * 1e6)}, in a new process"
    rows.append(("first call", first, ""))
    widths = [max(len(row[i]) for row in rows) for i in range(2)]
    lines = [result.name]
    lines += ["  " + f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c}".rstrip() for a, b, c in rows]
    lines += [f"  {note}" for note in result.notes]
    lines.append("")
    if result.stayed:
        lines.append(f"Nothing was compiled: {result.stayed}.")
    elif ns["compiled"] >= base:
        lines.append(f"Compiling does not pay here: {result.plain} takes {duration(base)}.")
    else:
        gain = times(result.ratio("python"))
        paid = f"compiling has paid after {calls(result)}"
        lines.append(f"{gain} times as fast as {result.plain}; {paid}.")
    return "\n".join(lines)
