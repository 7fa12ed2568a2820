"""The user's line at this point of a trace, for errors."""

import functools
import opcode
import os
import sys

_HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
PROGRAMS = os.path.join(_HOME, "bench", "")  # what the benchmark measures stands for a user's functions


def user_level():
    """The stacklevel of a warning from the function that asks, so that it shows at the user's line."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and is_ours(frame):
        level, frame = level + 1, frame.f_back
    return level


def is_ours(frame):
    """Whether a frame runs this package's code."""
    return is_home(frame.f_code)


def is_home(code):
    """Whether it is this package's code."""
    file = code.co_filename
    return file.startswith(_HOME) and not file.startswith(PROGRAMS)


@functools.cache
def trace_code():
    """The code that runs a trace: frames below its own belong to whoever called the function."""
    from .. import tracing

    return tracing._attempt.__code__


def user_frame():
    """The nearest frame that is not ours, or None."""
    frame = sys._getframe(1)
    while frame is not None and is_ours(frame):
        frame = frame.f_back
    return frame


def unpacking():
    """How many names the calling code unpacks an iterator to, as in `a, b = x`; None where it does something else."""
    frame = sys._getframe(2)
    code, at = frame.f_code.co_code, frame.f_lasti
    return code[at + 1] if at >= 0 and code[at] == opcode.opmap["UNPACK_SEQUENCE"] else None


def here():
    """'\\n  File "model.py", line 7, in f\\n    if x > 0:' of the nearest user line; '' when there is none."""
    frame = user_frame()
    return "" if frame is None else text_of(frame.f_code, frame.f_lineno, frame.f_globals)


def not_converted_here():
    """As here(), behind why the code of that line was not converted, if it was not."""
    frame = user_frame()
    if frame is None:
        return ""
    return _not_converted(frame.f_code, frame.f_globals) + here()


def _not_converted(code, scope):
    from ..convert import LEFT_ALONE, SourceUnavailable, origin

    if "ag__" in code.co_freevars or code.co_name.startswith("<gen"):
        return ""
    for flag, reason in LEFT_ALONE.items():
        if code.co_flags & flag:
            return f". {code.co_name}() is not converted, since {reason}: conditions in it must be known while tracing"
    try:
        origin.lines_for(code, scope)
    except SourceUnavailable as e:
        return f"\n{str(e)[0].upper()}{str(e)[1:]}"
    return ""


def kind_of(value):
    """What a value is, in the user's words: "a list of 2", "a dict with 'low'", "None"."""
    kind = type(value)
    if isinstance(value, dict):
        keys = list(value)
        shown = ", ".join(map(repr, keys[:8])) + (", ..." if len(keys) > 8 else "")
        return f"a dict with {shown}" if keys else "an empty dict"
    if getattr(value, "staged", None) is not None:
        return "a list"
    if isinstance(value, (list, tuple)):
        word = "list" if isinstance(value, list) else kind.__name__
        return f"a {word} of {len(value)}"
    if value is None or kind.__name__ == "Undefined":
        return "None" if value is None else "undefined"
    words = {"StagedItems": "a list", "Choice": "one of several structures", "Tensor": "a tensor", "TracedText": "a text", "str": "a text"}
    word = words.get(kind.__name__, kind.__name__)
    return word if " " in word else f"{'an' if word[0] in 'aeiouAEIOU' else 'a'} {word}"


def text_of(code, line, scope):
    """As here(), of a line of a code object."""
    import linecache

    text = linecache.getline(code.co_filename, line, scope).strip()
    place = f'\n  File "{code.co_filename}", line {line}, in {code.co_name}'
    return place + (f"\n    {text}" if text else "")


def loop_key():
    """What tells one loop of the source from another: its code object's place and line."""
    frame = user_frame()
    return None if frame is None else (frame.f_code.co_filename, frame.f_code.co_name, frame.f_lineno)
