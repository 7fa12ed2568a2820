"""The error of a variable that is read before it is set, as plain Python words it.

Branches, loop bodies and operands that may be skipped are functions of their own in converted code, so that the user's local
variable is a free variable there, whose NameError says so. In the user's code it is an UnboundLocalError.
"""

import os
import sys

from .. import _core

_HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def as_python_says(error, frame=None):
    """The UnboundLocalError of the user's function for the NameError of a generated one in it; other errors as they are.

    frame: the innermost one that was running when the error was caught, of whatever code."""
    if type(error) is not NameError or "free variable" not in str(error):
        return error
    chain = list(_raised_through(error.__traceback__))[::-1]
    frame = sys._getframe(1) if frame is None else frame
    while frame is not None:
        chain.append(frame)
        frame = frame.f_back
    if not _is_local(error.name, chain):
        return error
    text = f"cannot access local variable '{error.name}' where it is not associated with a value"
    return UnboundLocalError(text).with_traceback(error.__traceback__)


def made(function, *args):
    """What a generated function returns, or raises in Python's words."""
    try:
        return function(*args)
    except NameError as e:
        said = as_python_says(e)
        if said is e:
            raise
        raise said from None


def _raised_through(traceback):
    while traceback is not None:
        yield traceback.tb_frame
        traceback = traceback.tb_next


def _is_local(name, chain):
    """Whether the free variable of the first frame is a local one of the user's function that the frame was generated for."""
    running = _core.running()
    if running and running[0] is None:
        return False  # a builtin has called a function of the user
    for i, frame in enumerate(chain):
        code = frame.f_code
        if code.co_filename.startswith(_HOME):
            continue
        if name in code.co_cellvars:
            return i > 0
        if code in running:
            return False  # a function of the user
        if not _is_generated(code, chain[i + 1 :]):
            return False  # else it may be the body of the `try` whose handler reads the name, and know nothing of it
    return False


def is_own(name):
    """Whether the converter gives functions such names: then_L5, body_L4_2."""
    kind, found, line = name.partition("_L")
    if not found or not (kind.isascii() and kind.isalpha() and kind.islower()):
        return False
    line, second, number = line.partition("_")
    return line.isdecimal() and (not second or number.isdecimal())


def is_renamed(code):
    """Whether a function of converted code stands for a statement of the user's function."""
    return (
        code.co_qualname.rpartition(".")[2] != code.co_name
        or is_own(code.co_name)
    )


def _is_generated(code, callers):
    """Whether converted code has the function in place of a statement or an operand: it has the name of the user's function then
    (its own in a program that to_code printed), or is a lambda that the function itself hands to an operator."""
    if code.co_name != "<lambda>":
        return is_renamed(code)
    for frame in callers:
        if not frame.f_code.co_filename.startswith(_HOME):
            return code in frame.f_code.co_consts
    return False
