"""Runs a function plain and converted and compares all that can be seen."""

import contextlib
import copy
import io
import traceback

import ag_convert
import dumps
import plain_ops


def outcome(fn, args, kwargs):
    """(result or exception, printed text, arguments afterwards)."""
    args, kwargs = copy.deepcopy((args, kwargs))
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            result = ("returned", fn(*args, **kwargs))
        except Exception as e:
            # a nested function sees an unbound name of the function as a free variable
            kind = NameError if isinstance(e, NameError) else type(e)
            text = "" if kind is NameError else str(e)
            result = ("raised", kind, text, line_of(e, fn), type(e.__cause__))
    return result, out.getvalue(), args, kwargs


def line_of(e, fn):
    """The last line in the file of `fn` that the traceback names."""
    file = fn.__code__.co_filename
    return [f.lineno for f in traceback.extract_tb(e.__traceback__) if f.filename == file][-1]


def same(fn, *cases, dump=True, **kwargs):
    """`fn`, its conversion and its dump agree on every case (a tuple of arguments, or one argument)."""
    converted = ag_convert.convert(fn, plain_ops)
    assert converted is not fn
    for case in cases or ((),):
        if not isinstance(case, tuple):
            case = (case,)
        program = dumps.dumped(fn) if dump else None
        want = outcome(fn, case, kwargs)
        got = outcome(converted, case, kwargs)
        assert got == want, ag_convert.to_code(fn)
        if dump:
            assert without_line(outcome(program, case, kwargs)) == without_line(want), (
                ag_convert.to_code(fn)
            )
    return converted


def without_line(outcome):
    (kind, *result), *rest = outcome
    return (kind, *(result if kind == "returned" else (*result[:2], result[3]))), *rest
