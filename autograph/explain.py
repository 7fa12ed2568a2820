"""What became of each line of a function: native, Python or a callback, its time and its memory.

The function is traced and run with the given arguments, several times; what it prints is not shown.
Native code is one piece, so lines are measured where the interpreter runs the same graph, an
operation at a time. A function that stayed Python is measured line by line by a trace function.
"""

import ast
import collections
import contextlib
import copy
import io
import linecache
import os
import re
import sys
import sysconfig
import time
import tracemalloc
import types
import warnings

from . import annotate, tiers
from .function import Function, function

CALLBACKS = {"PyFunc": "calls Python", "PrintV2": "prints by Python's sys.stdout"}
SOURCES = {"Const", "Placeholder"}  # no work
NATIVE_SECONDS = 0.2  # to find the least time of a call


class Line:
    """One line of the source: its kind (see annotate.KINDS) and what the run spent there."""

    __slots__ = ("number", "text", "kind", "times", "ns", "bytes", "note")

    def __init__(self, number, text):
        self.number, self.text = number, text
        self.kind, self.times, self.ns, self.bytes, self.note = "", 0, 0, 0, ""


class Report:
    """Text where it is printed, a page in a notebook or by `page()`.

    title     the call
    summary   lines on the whole
    parts     (name, file, list of Line) for each function that had a part in it
    measured  how the times were measured
    """

    def __init__(self, title, summary, parts, measured):
        self.title, self.summary, self.parts, self.measured = title, summary, parts, measured

    @property
    def total_ns(self):
        return sum(line.ns for _, _, lines in self.parts for line in lines)

    def __repr__(self):
        return annotate.text(self)

    def _repr_html_(self):
        return annotate.fragment(self)

    def page(self):
        """The report as a page of HTML that needs no other file."""
        return annotate.page(self)


def report(entity, args=(), kwargs=None):
    """The Report of one call of a function, decorated or not. Raises what the function raises."""
    kwargs = kwargs or {}
    program = entity.python_function if isinstance(entity, Function) else entity
    code = getattr(getattr(program, "__func__", program), "__code__", None)
    if code is None:
        raise TypeError(f"explain takes a Python function, not {program!r}")
    options = entity._options if isinstance(entity, Function) else {}
    made = function(program, **options)
    quiet = contextlib.redirect_stdout(io.StringIO())

    def copies():
        try:
            return copy.deepcopy((args, kwargs))
        except Exception:  # a generator, a file
            return args, kwargs

    given, named = copies()  # of objects of the user's each would have a trace of its own

    def call(f):
        return f(*given, **named)

    with quiet, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seen = Seen()
        with seen:
            call(lambda *a, **k: made.get_concrete_function(*a, **k))
        tiers.settle()
        concrete = made._cache[-1] if made._cache else None
        state = concrete.info.get("state") if concrete is not None else None
        if state is not None:  # which is traced when it is called
            with seen:
                call(made), call(made)  # the first may leave numbers of another kind there
            tiers.settle()
        info = made._history[-1]["info"] if made._history else {"signature": made.__name__, "python": _UNTRACED}
        if state is not None:
            concrete = next((one for one in state.inner._cache if one.info is info), None)
        stayed = info["python"]
        if stayed:
            costs, memory = Clock(), Memory()
            for watch in costs, memory:
                given, named = copies()
                with watch:
                    call(program)
            lines = python_lines(costs, memory, stayed)
            measured = (
                "measured: the plain function ran twice under a trace function, which saw every line "
                "begin: once with a clock, once with tracemalloc (bytes that a line left allocated)"
            )
            took = f"{annotate.duration(sum(entry[1] for entry in costs.spent.values()))} under the trace function"
        else:
            took, least, acts = native_time(call, made, concrete)
            plan = concrete.graph.plan(native=False)
            lines = native_lines(run_measured(call, made, concrete, plan), concrete, seen)
            measured = how_measured(plan, least, concrete.plan.native, acts)
    title = info["signature"]
    summary = [line for line in made.explain().splitlines()[1:] if "first call" not in line]
    summary = summary or ["runs as Python"]
    summary[0] = f"{summary[0].removeprefix(f'1. {title}: ')}; a call takes {took}"
    return Report(title, summary, parts(code, lines, program), measured)


_UNTRACED = ("a trace cannot hold what it does with its state", "")  # why a call stays Python, and where


def native_time(call, made, concrete):
    """(text, seconds, whether it acts): the least of some calls, of one where they have effects."""
    from .staging import guards

    acts = any(op.type in guards.ACTS and op.type != "Assert" for op in concrete.graph.raising(1))
    least, end = float("inf"), time.perf_counter() + NATIVE_SECONDS
    for _ in range(1000):
        start = 0.0

        def timed(*given, **named):
            nonlocal start
            start = time.perf_counter()
            return made(*given, **named)

        call(timed)
        now = time.perf_counter()
        least = min(least, now - start)
        if acts or now > end:
            break
    return annotate.duration(least * 1e9), least, acts


def run_measured(call, made, concrete, plan):
    """The costs of one run of the plan in place of the concrete function's own."""
    plan.measure()
    own = concrete.plan
    concrete.set_plan(plan)
    try:
        call(made)
    finally:
        concrete.set_plan(own)
    return plan.costs()


def how_measured(plan, least, native, acts):
    spent = annotate.duration(sum(cost[4] for cost in plan.costs()))
    text = (
        f"measured: the interpreter ran the same graph once, an operation at a time, in {spent}; times, "
        "counts and bytes of results are its own"
    )
    if native:
        text += (
            f". Native code takes {annotate.duration(least * 1e9)}: it joins lines and keeps numbers in "
            "registers, so that a line's share may differ there"
        )
    return text + (". One call was timed, for calls have effects" if acts else "")


# ---- from what was measured to lines -------------------------------------------------------------


def native_lines(costs, concrete, seen):
    """{(file, line): [kind, times, ns, bytes, note]} of a traced function."""
    kind = "native" if concrete.plan.native else "interpreted"
    found = {place: ["traced", 0, 0, 0, ""] for place in seen.lines}
    for op in concrete.graph.every(1):
        if op.loc is None or op.type in SOURCES:
            continue
        entry = found.setdefault(op.loc[:2], [kind, 0, 0, 0, ""])
        if op.type in CALLBACKS:
            entry[0], entry[4] = "callback", CALLBACKS[op.type]
        elif entry[0] != "callback":
            entry[0] = kind
    counts = {}
    for op, place, site, times, ns, size in costs:
        if place is not None:
            entry = found.setdefault(place[:2], [kind, 0, 0, 0, ""])
            entry[2] += ns
            entry[3] += size
            sites = counts.setdefault(place[:2], {})
            sites.setdefault((place[2], site), collections.Counter())[op] += times
    for place, sites in counts.items():
        # A line of a helper is in the graph as often as it was called while tracing: the copies of
        # a site add up. Some sites of a line run less often than others, and a site may take
        # several operations, of which a check that fails never runs.
        found[place][1] = max(min(filter(None, ops.values()), default=0) for ops in sites.values())
    return found


def python_lines(clock, memory, stayed):
    found = {}
    for place, (times, ns) in clock.spent.items():
        size = memory.spent.get(place, (0, 0))[1]
        found[place] = ["python", times, ns, max(size, 0), ""]
    reason, where = stayed
    for file, line in re.findall(r'File "(.+?)", line (\d+)', where)[-1:]:
        entry = found.setdefault((file, int(line)), ["python", 0, 0, 0, ""])
        entry[4] = f"stayed Python: {reason}"
    return found


def parts(code, found, program):
    """[(function, file, lines)]: the function itself first, then others of the user's that ran."""
    own = code.co_filename
    by_file = {}
    for file, number in found:
        by_file.setdefault(file, set()).add(number)
    result = []
    for file in sorted(by_file, key=lambda file: (file != own, file)):
        source = lines_of(file, program)
        if file != own and not (source and is_users(file)):
            continue
        if not source:
            raise TypeError(f"{file}: no source, so no lines to explain")
        for first, last, name in sorted(
            spans(source, by_file[file]), key=lambda s: (not s[0] <= code.co_firstlineno <= s[1], s)
        ):
            lines = [Line(n, source[n - 1].rstrip("\n")) for n in range(first, last + 1)]
            has_code = statements(source, file)
            for line in lines:
                cost = found.get((file, line.number))
                if cost:
                    line.kind, line.times, line.ns, line.bytes, line.note = cost
                    if line.kind == "traced" and line.number not in has_code:
                        line.kind = ""
                elif line.number in has_code:
                    line.kind = "unused"
            result.append((name, file, lines))
    return result


def lines_of(file, program):
    source = linecache.getlines(file, getattr(program, "__globals__", None))
    if source:
        return source
    from .convert import origin

    try:
        text = origin.lines_for(program.__code__, program.__globals__)
    except (origin.SourceUnavailable, AttributeError):
        return []
    first = program.__code__.co_firstlineno
    return ["\n"] * (first - 1) + (text.splitlines(True) if isinstance(text, str) else list(text))


def spans(source, numbers):
    """(first line, last line, name) of the outermost functions round the numbers."""
    try:
        tree = ast.parse("".join(source))
    except SyntaxError:  # a part of a session
        return {(1, len(source), "")}
    functions = []

    def visit(node, prefix):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                first = min([child.lineno, *(d.lineno for d in child.decorator_list)])
                functions.append((first, child.end_lineno, prefix + child.name))
            elif isinstance(child, ast.ClassDef):
                visit(child, f"{prefix}{child.name}.")
            else:
                visit(child, prefix)

    visit(tree, "")
    found = set()
    for number in numbers:
        inside = [span for span in functions if span[0] <= number <= span[1]]
        found.add(inside[0] if inside else (number, number, "<lambda>"))
    return found


def statements(source, file):
    """The numbers of lines in functions that have code of their own."""
    try:
        module = compile("".join(source), file, "exec")
    except SyntaxError:
        return set()
    numbers, todo = set(), [c for c in module.co_consts if isinstance(c, types.CodeType)]
    while todo:
        code = todo.pop()
        numbers |= {line for _, _, line in code.co_lines() if line and line != code.co_firstlineno}
        todo += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return numbers


# ---- watching Python -----------------------------------------------------------------------------

_HOME = os.path.dirname(os.path.abspath(__file__)) + os.sep
_LIBRARY = os.path.realpath(sysconfig.get_path("stdlib")) + os.sep


def is_users(file):
    """Whether a file is the user's own: not this package's, nor a library's."""
    path = os.path.realpath(file)
    inside = f"{os.sep}site-packages{os.sep}" in path or f"{os.sep}dist-packages{os.sep}" in path
    ours = file.startswith((_HOME, "<frozen", "<__array_function__"))
    return not (ours or inside or path.startswith((_LIBRARY, os.path.realpath(_HOME) + os.sep)))


class Watch:
    """A context manager in which lines of the user's files are seen to begin."""

    def __enter__(self):
        self.known = {}
        self.before = sys.gettrace()
        sys.settrace(self.call)
        return self

    def __exit__(self, *exc):
        sys.settrace(self.before)

    def wanted(self, frame):
        file = frame.f_code.co_filename
        if file not in self.known:
            self.known[file] = is_users(file)
        return self.known[file]


class Seen(Watch):
    """Which lines ran."""

    def __init__(self):
        self.lines = set()

    def call(self, frame, event, arg):
        return self.line if self.wanted(frame) else None

    def line(self, frame, event, arg):
        if event == "line":
            self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self.line


class Spent(Watch):
    """spent: {(file, line): (times, amount)}, what a meter rose by while the line was at work."""

    def __init__(self):
        self.spent, self.at, self.calls, self.mark = {}, None, [], 0

    def add(self, times=0):
        if self.at is not None:
            had = self.spent.get(self.at, (0, 0))
            self.spent[self.at] = (had[0] + times, had[1] + self.meter() - self.mark)

    def call(self, frame, event, arg):
        if not self.wanted(frame):
            return None
        self.add()
        self.calls.append(self.at)
        self.at = None
        self.mark = self.meter()
        return self.line

    def line(self, frame, event, arg):
        if event == "line":
            self.add()
            self.at = (frame.f_code.co_filename, frame.f_lineno)
            had = self.spent.get(self.at, (0, 0))
            self.spent[self.at] = (had[0] + 1, had[1])
        elif event == "return":
            self.add()
            self.at = self.calls.pop() if self.calls else None
        self.mark = self.meter()
        return self.line


class Clock(Spent):
    meter = staticmethod(time.perf_counter_ns)


class Memory(Spent):
    def __enter__(self):
        self.stop = not tracemalloc.is_tracing()
        if self.stop:
            tracemalloc.start()
        return super().__enter__()

    def __exit__(self, *exc):
        super().__exit__(*exc)
        if self.stop:
            tracemalloc.stop()

    @staticmethod
    def meter():
        return tracemalloc.get_traced_memory()[0]
