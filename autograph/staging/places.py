"""The user's line at this point of a trace, for errors."""

import os
import sys

_HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def user_frame():
    """The nearest frame that is not ours, or None."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_HOME):
        frame = frame.f_back
    return frame


def here():
    """'\\n  File "model.py", line 7, in f\\n    if x > 0:' of the nearest user line; '' when there is none."""
    frame = user_frame()
    if frame is None:
        return ""
    import linecache

    code = frame.f_code
    text = linecache.getline(code.co_filename, frame.f_lineno, frame.f_globals).strip()
    place = f'\n  File "{code.co_filename}", line {frame.f_lineno}, in {code.co_name}'
    return place + (f"\n    {text}" if text else "")


def loop_key():
    """What tells one loop of the source from another: its code object's place and line."""
    frame = user_frame()
    return None if frame is None else (frame.f_code.co_filename, frame.f_code.co_name, frame.f_lineno)
