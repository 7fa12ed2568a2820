"""python -m autograph: what it prints, and how it says what is wrong."""

import subprocess
import sys

import pytest

MODEL = """\
import autograph as ag

ANSWER = 42


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


@ag.function
def decorated(x, limit=10):
    if x > limit:
        x = limit
    return x


class Model:
    @staticmethod
    def double(x):
        return x * 2


def fails(n):
    return n + undefined_name
"""


@pytest.fixture
def model(tmp_path):
    file = tmp_path / "model.py"
    file.write_text(MODEL)
    return str(file)


def run(*args, **more):
    return subprocess.run(
        [sys.executable, "-m", "autograph", *args], capture_output=True, text=True, **more
    )


def refused(*args):
    """The one line on stderr of a command that fails."""
    done = run(*args)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_to_code_prints_source_that_is_python(model):
    done = run("to_code", f"{model}:collatz")
    assert done.returncode == 0, done.stderr
    compile(done.stdout, "printed", "exec")
    assert "ag__.while_stmt" in done.stdout


def test_to_code_takes_a_decorated_function_and_a_method(model):
    assert "ag__.if_stmt" in run("to_code", f"{model}:decorated").stdout
    assert "def double" in run("to_code", f"{model}:Model.double").stdout


def test_to_code_with_args_says_what_statements_became(model):
    done = run("to_code", f"{model}:collatz", "--args", "27")
    assert done.returncode == 0, done.stderr
    assert "# L8 while: while_loop, because" in done.stdout
    assert "missing a required argument: 'n'" in refused("to_code", f"{model}:collatz", "--args", "")


def test_graph_prints_all_stages(model):
    done = run("graph", f"{model}:collatz", "--args", "27")
    assert done.returncode == 0, done.stderr
    titles = ("traced graph", "optimized graph", "plan of the interpreter", "LLVM IR", "assembly")
    places = [done.stdout.index(f"==== {title} ") for title in titles]
    assert places == sorted(places)
    assert "while" in done.stdout and "model.py:" in done.stdout and "define" in done.stdout


def test_graph_prints_the_stage_asked_for_and_nothing_else(model):
    done = run("graph", f"{model}:decorated", "--args", "3, limit=5", "--stage", "graph")
    assert done.returncode == 0, done.stderr
    assert "====" not in done.stdout and "cond" in done.stdout


def test_graph_of_what_runs_as_python_says_so(tmp_path):
    path = tmp_path / "words.py"
    path.write_text("def words(n):\n    found = {}\n    for k in range(n):\n        found[k] = k\n    return found\n")
    done = run("graph", f"{path}:words", "--args", "5")
    assert done.returncode == 1 and done.stdout == ""
    assert "there is no graph" in done.stderr and "line 4, in words" in done.stderr


def test_a_missing_file_is_named(tmp_path):
    path = tmp_path / "none.py"
    assert refused("to_code", f"{path}:f") == f"autograph: {path}: no such file"


def test_a_name_without_function_or_file_is_explained(model):
    assert "FILE.py:NAME" in refused("to_code", model)


def test_a_misspelt_function_gets_a_suggestion(model):
    assert "did you mean collatz?" in refused("to_code", f"{model}:colatz")


def test_an_unknown_function_gets_the_list_of_those_there_are(model):
    line = refused("to_code", f"{model}:zzzzzz")
    assert "collatz" in line and "decorated" in line


def test_what_is_no_function_is_named(model):
    assert "ANSWER is no function, it is of type int" in refused("to_code", f"{model}:ANSWER")


@pytest.mark.parametrize("args", ["27,,", "(", "1)(2", "nowhere", "1/0"])
def test_bad_args_are_one_line(model, args):
    assert "--args" in refused("graph", f"{model}:collatz", "--args", args)


def test_args_that_do_not_fit_are_one_line(model):
    assert "missing a required argument: 'n'" in refused("graph", f"{model}:collatz")
    assert "too many" in refused("graph", f"{model}:collatz", "--args", "1, 2")


def test_a_file_that_does_not_run_is_shown_with_its_line(tmp_path):
    file = tmp_path / "broken.py"
    file.write_text("x = 1\ny = x + z\n")
    assert "broken.py:2: NameError" in refused("to_code", f"{file}:f")
    file.write_text("def f(:\n")
    assert "broken.py:1: SyntaxError" in refused("to_code", f"{file}:f")


def test_an_error_while_tracing_is_shown_with_the_users_line(model):
    assert "model.py:28: NameError" in refused("graph", f"{model}:fails", "--args", "1")


def test_bench_lists_and_refuses_unknown_cases():
    assert "collatz.tensor" in run("bench", "--list").stdout
    assert "bell" not in run("bench", "--list", "collatz").stdout
    assert "no case or group nothing" in refused("bench", "nothing")
    assert "--args goes with" in refused("bench", "collatz", "--args", "1")


def test_wrong_usage_is_status_two():
    assert run().returncode == 2
    assert run("unknown").returncode == 2


def test_a_reader_that_stops_early_is_no_error(model):
    command = f"{sys.executable} -m autograph bench --list | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stderr == ""
