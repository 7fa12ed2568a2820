"""README's guide: its sessions show what happens, compiled and interpreted.

`python tests/autograph/test_guide.py` runs them and writes what they give into README.md.
"""

import contextlib
import difflib
import doctest
import io
import linecache
import os
import pathlib
import re
import traceback

os.environ.setdefault("AUTOGRAPH_TIERS", "0")

import modes  # noqa: E402
import pytest  # noqa: E402

import autograph as ag  # noqa: E402

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
SESSION = re.compile(r"^```python\n(>>> .*?)^```$", re.M | re.S)
CHANGES = [  # what differs from run to run
    (r"\d+\.\d+ ms", "0.00 ms"),
    (r": (native code|interpreted), traced", ": native code, traced"),
]


def steady(text):
    for pattern, replacement in CHANGES:
        text = re.sub(pattern, replacement, text)
    return text


def traceback_text(error):
    """As Python prints it, without the frames of this file and without carets."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename != __file__]
    lines = "".join(traceback.format_list(frames))
    text = "".join(traceback.format_exception_only(error))
    return (
        "Traceback (most recent call last):\n"
        + re.sub(r"^    [ ~^]+\n", "", lines, flags=re.M)
        + text
    )


def shown(source, name, names):
    """What an example prints, its value or its traceback last."""
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(source, name, "single"), names)
        except Exception as error:
            print(traceback_text(error), end="")
    return re.sub(r"<guide \d+>", "guide.py", out.getvalue())


def run_again(text):
    """The README with each session as it happens now."""
    names, parser, count = {"__name__": "guide"}, doctest.DocTestParser(), 0
    frames = os.environ.pop("AUTOGRAPH_FRAMES", None)

    def session(match):
        nonlocal count
        lines = []
        for example in parser.get_examples(match[1]):
            count += 1
            first, *rest = example.source.rstrip("\n").split("\n")
            lines += [f">>> {first}", *(f"... {t}".rstrip() for t in rest)]
            got = shown(example.source, f"<guide {count}>", names)
            if steady(got) == steady(example.want):
                got = example.want
            lines += got.rstrip("\n").split("\n") if got else []
        return "```python\n" + "\n".join(lines) + "\n```"

    try:
        return SESSION.sub(session, text), count
    finally:
        if frames is not None:
            os.environ["AUTOGRAPH_FRAMES"] = frames
        ag.config.run_functions_eagerly(False)
        ag.debugging.disable_check_numerics()


@pytest.mark.parametrize("way", ["compiled", "interpreted"])
def test_the_guide_shows_what_happens(way):
    old = README.read_text()
    with modes.interpreted() if way == "interpreted" else contextlib.nullcontext():
        new, count = run_again(old)
    assert count > 60
    changes = difflib.unified_diff(
        old.splitlines(), new.splitlines(), "README.md", "what happens", lineterm="", n=6
    )
    assert new == old, "\n".join(changes) + f"\npython {__file__} writes it so"


def test_the_first_program_of_the_readme_runs(capsys):
    """The ```python block on top is a program, not a session."""
    program = re.search(r"^```python\n(import .*?)^```$", README.read_text(), re.M | re.S)[1]
    linecache.cache["<readme>"] = (len(program), None, program.splitlines(True), "<readme>")
    exec(compile(program, "<readme>", "exec"), {"__name__": "readme"})
    out = capsys.readouterr().out
    assert out.startswith("111 118\n") and "ag__.while_stmt" in out


if __name__ == "__main__":
    README.write_text(run_again(README.read_text())[0])
