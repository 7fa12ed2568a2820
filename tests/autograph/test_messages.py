"""What a user reads who misuses the library: one program in errors/*.py each, the text it must end with beside it in *.txt.

The text holds the exception's type, message and notes and, when the message itself does not name it, the user's line that the traceback
ends with. AG_GOLDEN=write writes the texts anew: read each as a new user would before it is committed.
"""

import os
import pathlib
import re
import runpy
import traceback

import pytest

HERE = pathlib.Path(__file__).resolve().parent / "errors"
PROGRAMS = sorted(HERE.glob("*.py"))


def said(program):
    """The text of the error of a program, its paths without directories."""
    with pytest.raises(BaseException) as info:
        runpy.run_path(str(program))
    error = info.value
    text = "\n".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())]) + "\n"
    if f'File "{program}"' not in text:
        frames = [
            f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(program)
        ]
        line, name = (
            frames[-1],
            [f.name for f in frames if not f.name.endswith("comp>")][-1],
        )  # frames of their own until 3.12
        text += f'  (traceback) File "{program}", line {line.lineno}, in {name}\n    {line.line}\n'
    text = re.sub(r"cost \d+ ms", "cost N ms", text)
    return re.sub(r'File "[^"]*/', 'File "', text)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.stem)
def test_message(program):
    golden = program.with_suffix(".txt")
    text = said(program)
    if os.environ.get("AG_GOLDEN") == "write":
        golden.write_text(text)
    assert text == golden.read_text()
    assert f'File "{program.name}", line ' in text  # the user's file, whatever the error
    assert not re.search(r"\b(ag__|[a-z]+_L\d+)\b", text)  # nothing of the converted code
