"""Runs one function four ways and compares what can be seen of it.

plain       the function itself, as Python runs it
converted   the converted function on the same Python values
interpreted traced, run by the interpreter
compiled    traced, run as native code (twice: the second call takes the fast path)
dumped      the program that to_code prints, on the same Python values: its lines are its own

Compared: value, type class of the value, printed text, changed arguments, exception type and the line it names.
"""

import contextlib
import copy
import io
import math
import os
import traceback

import dumps

import autograph as ag
from autograph import convert, operators


class Outcome:
    """What one run did."""

    def __init__(self, value=None, error=None, line=None, out="", args=()):
        self.value, self.error, self.line, self.out, self.args = value, error, line, out, args

    def __repr__(self):
        what = f"raised {self.error!r} at line {self.line}" if self.error else f"returned {self.value!r}"
        return f"{what}, printed {self.out!r}, left its arguments as {self.args!r}"


def _line_of(error, file):
    """The last line of the user's file in the traceback."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    return lines[-1] if lines else None


def run(fn, args, file):
    args = copy.deepcopy(args)
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            value = fn(*args)
    except Exception as e:
        return Outcome(error=e, line=_line_of(e, file), out=out.getvalue(), args=args)
    return Outcome(value=plain(value), out=out.getvalue(), args=args)


def plain(value):
    """Tensors as Python values or nested lists."""
    if isinstance(value, ag.Tensor):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        items = [plain(v) for v in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if hasattr(value, "tolist"):
        return value.tolist()
    return value


def equal(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    if isinstance(a, complex) and isinstance(b, complex):
        return equal((a.real, a.imag), (b.real, b.imag))
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(equal(a[k], b[k]) for k in a)
    return a == b


def same_kind(a, b):
    """int stays int, float stays float, bool stays bool; containers likewise."""
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(same_kind(x, y) for x, y in zip(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return all(same_kind(a[k], b[k]) for k in a)
    return type(a) is type(b)


@contextlib.contextmanager
def interpreted():
    old = os.environ.get("AUTOGRAPH_INTERPRET")
    os.environ["AUTOGRAPH_INTERPRET"] = "1"
    try:
        yield
    finally:
        if old is None:
            del os.environ["AUTOGRAPH_INTERPRET"]
        else:
            os.environ["AUTOGRAPH_INTERPRET"] = old


def same(fn, *cases, kinds=True, lines=True, traces=None, unbound_lines=True, cheap=False):
    """Asserts that all ways agree on every case (a tuple of arguments, or one argument).

    cheap: one trace serves the interpreter and native code, and the dump runs the first case only."""
    file = fn.__code__.co_filename

    def check(fn, args, want, got, way, kinds, lines):
        lines = lines and (unbound_lines or not isinstance(want.error, NameError))
        check_one(fn, args, want, got, way, kinds, lines)

    compiled = ag.function(fn)
    slow = compiled if cheap else ag.function(fn)
    converted = convert.convert(fn, operators)
    wanted = []
    for case in cases:
        args = case if isinstance(case, tuple) else (case,)
        want = run(fn, args, file)
        if not cheap or not wanted:
            check(fn, args, want, run(dumps.dumped(fn), args, file), "dumped", kinds, False)
        wanted.append((args, want))
        check(fn, args, want, run(converted, args, file), "converted", kinds, lines)
        with interpreted():
            check(fn, args, want, run(slow, args, file), "interpreted", kinds, lines)
    if cheap:
        for trace in compiled._cache:
            trace.set_plan(trace.graph.plan(native=True))
    for args, want in wanted:
        for name in "compiled", "compiled again":
            check(fn, args, want, run(compiled, args, file), name, kinds, lines)
    if traces is not None:
        assert compiled.experimental_get_tracing_count() == traces
    return compiled


class _Where:
    """What to say of a difference, written when there is one."""

    def __init__(self, *parts):
        self.parts = parts

    def __str__(self):
        fn, args, want, got, way = self.parts
        return f"{fn.__name__}{args} {way}: {got}\n  plain Python: {want}"


def check_one(fn, args, want, got, way, kinds, lines):
    where = _Where(fn, args, want, got, way)
    if want.error is not None or got.error is not None:
        if type(want.error) is not type(got.error) and got.error is not None and want.error is None:
            raise AssertionError(str(where)) from got.error
        assert want.error is not None and isinstance(got.error, type(want.error)), where
        if lines:
            assert got.line == want.line, where
    else:
        assert equal(got.value, want.value), where
        if kinds:
            assert same_kind(got.value, want.value), where
    assert got.out == want.out, where
    assert equal(plain(list(got.args)), plain(list(want.args))), where
