"""__init__.pyi says what the package has, and a type checker accepts programs of users."""

import ast
import inspect
import os
import pathlib
import subprocess
import sys
import types

import pytest

import autograph as ag

HOME = pathlib.Path(inspect.getfile(ag)).parent
TREE = ast.parse((HOME / "__init__.pyi").read_text())
FUNCTIONS = {item.name: item for item in TREE.body if isinstance(item, ast.FunctionDef)}
NAMES = {
    *FUNCTIONS,
    *(item.name for item in TREE.body if isinstance(item, ast.ClassDef)),
    *(item.target.id for item in TREE.body if isinstance(item, ast.AnnAssign)),
    *(alias.asname for item in TREE.body if isinstance(item, ast.ImportFrom) for alias in item.names if alias.asname),
}


def test_every_public_name_has_a_type():
    assert set(ag.__all__) - NAMES == set()


def test_every_typed_name_is_there():
    missing = {name for name in NAMES - {"onnx"} if not name.startswith("_") and not hasattr(ag, name)}
    assert missing == set()


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_parameters_are_those_of_the_function(name):
    function = getattr(ag, name)
    assert isinstance(function, types.FunctionType)
    stub = FUNCTIONS[name].args
    had = inspect.getfullargspec(inspect.unwrap(function))
    assert [a.arg for a in stub.args] == had.args
    assert [a.arg for a in stub.kwonlyargs] == had.kwonlyargs
    assert (stub.vararg and stub.vararg.arg, stub.kwarg and stub.kwarg.arg) == (had.varargs, had.varkw)
    if name != "function":  # whose overloads tell None from a function
        assert [ast.literal_eval(d) for d in stub.defaults] == list(had.defaults or ())


PROGRAM = '''\
import autograph as ag


@ag.function
def collatz(n: int) -> int:
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


@ag.function(input_signature=[ag.TensorSpec([None], ag.float32)], reduce_retracing=True)
def norm(x: ag.Tensor) -> ag.Tensor:
    return ag.sqrt(ag.reduce_sum(x * x))


class Model:
    def __init__(self) -> None:
        self.weight = ag.Variable(0.5)

    @ag.function
    def __call__(self, x: ag.Tensor, times: int = 1) -> ag.Tensor:
        for _ in ag.range(times):
            x = ag.tanh(x * self.weight)
        return x


def main() -> None:
    x = ag.constant([1.0, 2.0])
    y: ag.Tensor = x + 1
    print(collatz(27) + 1, norm(x).numpy(), y.shape, collatz.explain(), ag.to_code(collatz))
    values, places = ag.top_k(ag.where(x > 0, x, 0.0), k=1)
    index: int = int(ag.argmax(values))
    print(index, ag.cast(places, ag.int32).tolist(), Model()(x, times=2), ag.nn.relu(x))
'''
WRONG = """
collatz("a")
norm(1.0, 2.0)
ag.reduce_sums(ag.constant(1))
text: str = ag.exp(1.0)
"""


def mypy(tmp_path, text):
    pytest.importorskip("mypy")
    file = tmp_path / "program.py"
    file.write_text(text)
    env = {**os.environ, "MYPYPATH": str(HOME.parent), "MYPY_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(file)]
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=tmp_path)


@pytest.mark.long
def test_a_strict_type_checker_accepts_a_users_program(tmp_path):
    done = mypy(tmp_path, PROGRAM)
    assert done.returncode == 0, done.stdout


@pytest.mark.long
def test_a_type_checker_finds_mistakes(tmp_path):
    done = mypy(tmp_path, PROGRAM + WRONG)
    first = len(PROGRAM.splitlines()) + 2
    lines = [int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line]
    assert lines == [first, first + 1, first + 1, first + 2, first + 3], done.stdout
