"""Random programs: the converted function and the original agree."""

import linecache
import os
import warnings

import ag_convert
import plain_ops
import programs
from hypothesis import HealthCheck, given, note, settings

COUNT = int(os.environ.get("AUTOGRAPH_RANDOM_PROGRAMS", "300"))
number = 0


def define(text):
    """The function f of `text`, with its source in linecache as a notebook cell has."""
    global number
    number += 1
    file = f"<program {number}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    space = {"Quiet": programs.Quiet}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        exec(compile(text, file, "exec"), space)
    return space["f"], file


def run(fn, file, a, b, xs):
    log, xs = [], list(xs)
    try:
        result = fn(a, b, xs, log)
    except Exception as e:
        kind = NameError if isinstance(e, NameError) else type(e)
        result = kind, "" if kind is NameError else str(e), last_line(e, file)
    return result, log, xs


def last_line(e, file):
    tb, line = e.__traceback__, None
    while tb is not None:
        if tb.tb_frame.f_code.co_filename == file:
            line = tb.tb_lineno
        tb = tb.tb_next
    return line


@settings(max_examples=COUNT, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs.functions())
def test_converted_random_programs_agree(program):
    text, cases = program
    note(text)
    fn, file = define(text)
    converted = ag_convert.convert(fn, plain_ops)
    note(ag_convert.to_code(fn))
    for case in cases:
        assert run(converted, file, *case) == run(fn, file, *case)


@settings(max_examples=COUNT // 5, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs.functions(budget=12))
def test_random_listings_are_programs(program):
    text, cases = program
    fn, file = define(text)
    listing = ag_convert.to_code(fn).replace(
        "from autograph import operators as ag__", "import plain_ops as ag__"
    )
    space = {"Quiet": programs.Quiet}
    exec(compile(listing, file, "exec"), space)
    for case in cases:
        assert run(space["f"], file, *case)[1:] == run(fn, file, *case)[1:]
