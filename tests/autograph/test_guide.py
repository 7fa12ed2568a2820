"""README's guide: its examples run as doctests, compiled and interpreted."""

import contextlib
import doctest
import pathlib
import re

import modes
import pytest

import autograph as ag

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
CHANGES = [  # what differs from run to run
    (r'File "[^"]*"', 'File "guide.py"'),
    (r"called at [^)]*:", "called at guide.py:"),
    (r"\d+\.\d+ ms", "0.00 ms"),
    (r": (native code|interpreted), traced", ": native code, traced"),
]


class Checker(doctest.OutputChecker):
    def check_output(self, want, got, flags):
        for pattern, text in CHANGES:
            want, got = re.sub(pattern, text, want), re.sub(pattern, text, got)
        return super().check_output(want, got, flags)


def blocks():
    """(line, text) of the Python sessions in README.md."""
    text = README.read_text()
    for m in re.finditer(r"^```python\n(>>> .*?)^```$", text, re.M | re.S):
        yield text[: m.start(1)].count("\n"), m[1]


@pytest.mark.parametrize("way", ["compiled", "interpreted"])
def test_the_guide_shows_what_happens(way):
    names, parser, said = {}, doctest.DocTestParser(), []
    runner = doctest.DocTestRunner(Checker(), verbose=False)
    with modes.interpreted() if way == "interpreted" else contextlib.nullcontext():
        try:
            for line, text in blocks():
                test = parser.get_doctest(text, names, f"README:{line}", str(README), line)
                runner.run(test, out=said.append, clear_globs=False)
                names = test.globs
        finally:
            ag.config.run_functions_eagerly(False)
            ag.debugging.disable_check_numerics()
    assert runner.tries > 60
    assert runner.failures == 0, "".join(said)


def test_the_first_program_of_the_readme_runs(capsys):
    """The ```python block on top is a program, not a session."""
    program = re.search(r"^```python\n(import .*?)^```$", README.read_text(), re.M | re.S)[1]
    import linecache

    linecache.cache["<readme>"] = (len(program), None, program.splitlines(True), "<readme>")
    exec(compile(program, "<readme>", "exec"), {"__name__": "readme"})
    out = capsys.readouterr().out
    assert out.startswith("111 118\n") and "ag__.while_stmt" in out
