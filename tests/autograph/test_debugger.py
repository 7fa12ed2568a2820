"""Debuggers stop and step in the user's file, while a function is traced and when it runs eagerly."""

import os
import re
import subprocess
import sys

import pytest

import autograph as ag

PROGRAM = """\
import autograph as ag

def helper(v):
    w = v * 2
    return w

@ag.function
def f(x, n):
    total = 0
    for i in range(n):
        if x > i:
            total += helper(x)
        else:
            total -= 1
    return total

print("result", f(3, 4))
print("again", f(4, 5))
"""
BREAKING = """\
import autograph as ag

@ag.function
def f(x, n):
    total = 0
    while n > 0:
        breakpoint()
        total += x
        n -= 1
    return total

print("result", f(3, 2), f(4, 5))
ag.config.run_functions_eagerly(True)
print("eager", f(3, 1))
"""


@pytest.fixture
def session(tmp_path):
    """session(program, commands, *python): (lines where the debugger stopped, all that was shown)."""

    def run(program, commands, *python):
        (tmp_path / "script.py").write_text(program)
        done = subprocess.run(
            [sys.executable, *python, "script.py"],
            input="\n".join(commands) + "\n",
            cwd=tmp_path,
            env={
                k: v
                for k, v in os.environ.items()
                if k not in ("PYTHONSAFEPATH", "PYTHONBREAKPOINT")
            },
            capture_output=True,
            text=True,
        )
        shown = done.stdout + done.stderr
        stops = re.findall(r"^(?:\(Pdb\) )*> (\S+)\((\d+)\)(\w+|<module>)\(\)", shown, re.M)
        return [(os.path.basename(file), int(line), name) for file, line, name in stops], shown

    return run


def test_a_breakpoint_in_a_branch_of_a_loop_stops_while_tracing(session):
    stops, shown = session(
        PROGRAM, ["b 12", "c", "p total", "p x + 1", "cl 1", "c", "q"], "-m", "pdb"
    )
    assert stops[1] == ("script.py", 12, "f")
    assert "-> total += helper(x)" in shown
    assert "Tensor 'total" in shown or "tf.Tensor" in shown
    assert "result 17" in shown and "again 31" in shown


def test_stepping_shows_the_users_frames_alone(session):
    stops, shown = session(PROGRAM, ["b 12", "c", *["s"] * 12, "cl 1", "c", "q"], "-m", "pdb")
    lines = [(line, name) for file, line, name in stops[1:14]]
    assert {file for file, _, _ in stops[:14]} == {"script.py"}
    steps = [
        (12, "f"),
        (3, "helper"),
        (4, "helper"),
        (5, "helper"),
        (5, "helper"),
        (12, "f"),
        (10, "f"),  # into the function of the other branch, which was made where the loop begins
        (14, "f"),
    ]
    assert lines[: len(steps)] == steps
    assert (14, "f") in lines and (15, "f") in lines  # the other branch, and on after the loop
    assert "result 17" in shown


def test_next_goes_on_with_the_users_next_line(session):
    stops, shown = session(PROGRAM, ["b 9", "c", "n", "n", "n", "n", "c", "q"], "-m", "pdb")
    assert [line for _, line, _ in stops[1:5]] == [9, 10, 15, 15]
    assert "result 17" in shown


def test_breakpoint_says_the_remedy_while_tracing_and_stops_with_values_when_eager(session):
    at = 7 if sys.version_info >= (3, 13) else 8  # breakpoint() stops at its own line since then
    stops, shown = session(BREAKING, ["p total", "n", "c", "p total", *["n"] * (9 - at), "p total", "c"])
    assert shown.count("run_functions_eagerly(True)") == 1
    assert "breakpoint() stops here while the function is traced" in shown
    assert stops[0] == ("script.py", at, "f") and stops[1] == ("script.py", at + 1, "f")
    assert "result 6 20" in shown and "eager 3" in shown
    assert "(Pdb) 0\n" in shown and "(Pdb) 3\n" in shown  # real values


def test_a_debugger_is_put_back_after_a_trace():
    events = []

    def watch(frame, event, arg):
        if frame.f_code.co_filename == __file__:
            events.append((frame.f_code.co_name, event))
        return watch

    def inner(x):
        if x > 0:
            return x
        return -x

    f = ag.function(inner)
    old = sys.gettrace()
    sys.settrace(watch)
    try:
        f(3)
        assert sys.gettrace() is watch
        with pytest.raises(TypeError):
            f(1, 2)
        assert sys.gettrace() is watch
    finally:
        sys.settrace(old)
    assert (
        ("inner", "call") in events
        and ("inner", "line") in events
        and ("inner", "return") in events
    )


def test_an_eager_run_has_every_line_with_its_values():
    seen = []

    def f(n):
        total = 0
        while n > 0:
            total += n
            n -= 1
        return total

    first = f.__code__.co_firstlineno

    def watch(frame, event, arg):
        if frame.f_code is not f.__code__:
            return None
        if event == "line" and frame.f_lineno == first + 3:
            seen.append(dict(frame.f_locals))
        return watch

    g = ag.function(f)
    ag.config.run_functions_eagerly(True)
    old = sys.gettrace()
    sys.settrace(watch)
    try:
        assert g(2) == 3
    finally:
        sys.settrace(old)
        ag.config.run_functions_eagerly(False)
    assert seen == [{"n": 2, "total": 0}, {"n": 1, "total": 2}]


def test_converted_code_on_python_values_breaks_as_plain_python(monkeypatch, capsys):
    stopped = []
    monkeypatch.setattr(sys, "breakpointhook", lambda *a, **k: stopped.append((a, k)))

    def f(x):
        breakpoint()
        if x:
            breakpoint(1, header="h")
        return x

    assert ag.autograph.to_graph(f)(3) == 3
    assert stopped == [((), {}), ((1,), {"header": "h"})]
    assert capsys.readouterr().err == ""
