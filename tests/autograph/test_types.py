"""__init__.pyi says what the package has, and a type checker accepts programs of users."""

import ast
import dataclasses
import importlib
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


MODULES = ["autograph", "bitwise", "config", "debugging", "errors", "ffi", "math", "nest", "nn", "ragged", "random", "safetensors", "strings"]


@pytest.mark.parametrize("name", MODULES)
def test_modules_have_types(name):
    module = getattr(ag, name)
    tree = ast.parse((HOME / f"{name}.pyi").read_text())
    functions = {item.name: item for item in tree.body if isinstance(item, ast.FunctionDef)}
    names = {*functions, *(item.name for item in tree.body if isinstance(item, ast.ClassDef))}
    names |= {item.target.id for item in tree.body if isinstance(item, ast.AnnAssign)}
    names |= {a.asname for item in tree.body if isinstance(item, ast.ImportFrom) for a in item.names if a.asname}
    assert set(module.__all__) <= names
    for function, item in functions.items():
        had = inspect.getfullargspec(inspect.unwrap(getattr(module, function)))
        assert [a.arg for a in item.args.args] == had.args, function
        assert [a.arg for a in item.args.kwonlyargs] == had.kwonlyargs, function
        assert len(item.args.defaults) == len(had.defaults or ()), function


def _methods(tree, name):
    body = next(item for item in tree.body if isinstance(item, ast.ClassDef) and item.name == name).body
    return {item.name: item for item in body if isinstance(item, ast.FunctionDef)}


@pytest.mark.parametrize("module, name", [("ffi", "Library"), ("ragged", "RaggedTensor"), ("onnx", "Model"), ("onnx", "Backend")])
def test_classes_have_the_types_of_their_methods(module, name):
    if module == "onnx":
        pytest.importorskip("onnx")
    file = HOME / "onnx" / "__init__.pyi" if module == "onnx" else HOME / f"{module}.pyi"
    stub = _methods(ast.parse(file.read_text()), name)
    cls = getattr(importlib.import_module(f"autograph.{module}"), name)
    own = {n: f for n, f in vars(cls).items() if not n.startswith("_") and callable(getattr(cls, n))}
    assert own.keys() - stub.keys() == set()
    for method, item in stub.items():
        found = inspect.getattr_static(cls, method, None) or cls.__dataclass_fields__[method]
        if isinstance(found, (property, dataclasses.Field)) or item.decorator_list and ast.unparse(item.decorator_list[0]) == "overload":
            continue
        names = [a.arg for a in item.args.args]
        assert names == inspect.getfullargspec(getattr(found, "__func__", found)).args if method != "__init__" else True, method


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
    generator = ag.random.Generator.from_seed(1)
    noise: ag.Tensor = generator.normal([2]) + ag.random.uniform([2], seed=3)
    ag.debugging.assert_equal(noise, noise)
    parts: list[str] = sorted(ag.safetensors.load_file("weights.safetensors"))
    try:
        print(parts, ag.nest.flatten([x, (y,)]), ag.strings.length("abc"), ag.config.disk_cache())
    except ag.errors.InvalidArgumentError as error:
        print(error)
    print(index, ag.cast(places, ag.int32).tolist(), Model()(x, times=2), ag.nn.relu(x))
    rows: list[object] = ag.ragged.constant([[1], [2, 3]]).to_list()
    root = ag.ffi.Library("libm.so.6").elementwise("sqrt", [ag.float64], ag.float64)
    model: ag.onnx.Model = ag.onnx.load("model.onnx")
    print(rows, root(2.0), model(x), ag.RaggedTensor.from_row_lengths([1, 2], [2]).nrows())
'''
WRONG = """
collatz("a")
norm(1.0, 2.0)
ag.reduce_sums(ag.constant(1))
text: str = ag.exp(1.0)
ag.nn.reluu(1.0)
ag.safetensors.save_file([1.0], "x")
ag.ragged.constants([[1]])
ag.ffi.Library(1.5)
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
    assert lines == [first, first + 1, first + 1, first + 2, first + 3, first + 4, first + 5, first + 6, first + 7], done.stdout
