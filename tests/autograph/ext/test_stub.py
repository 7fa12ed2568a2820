"""_core.pyi names what the extension module has: no more, no less."""

import ast
import inspect
import pathlib

import pytest

import autograph
import autograph.tracing  # imported by the first trace; gives Tensor more
from autograph import _core

STUB = pathlib.Path(inspect.getfile(autograph)).resolve().parent / "_core.pyi"


def names_of(body):
    """The names that statements of a stub define, those behind tests of the version too."""
    found = set()
    for item in body:
        if isinstance(item, ast.FunctionDef | ast.ClassDef):
            found.add(item.name)
        elif isinstance(item, ast.AnnAssign):
            found.add(item.target.id)
        elif isinstance(item, ast.Assign):
            found |= {target.id for target in item.targets}
        elif isinstance(item, ast.If):
            found |= names_of(item.body)
    return found


TREE = ast.parse(STUB.read_text())
CLASSES = {item.name: item for item in TREE.body if isinstance(item, ast.ClassDef)}
ONLY_STUB = {"_Operators", "_Dims", "_Node"}  # what Tensor and Variable share; short names of types


def members(name):
    """The names in a class of the stub and in its bases there."""
    item = CLASSES[name]
    found = names_of(item.body)
    for base in item.bases:
        if isinstance(base, ast.Name) and base.id in CLASSES:
            found |= members(base.id)
    return found


def test_the_stub_has_the_modules_names():
    there = {name for name in vars(_core) if not name.startswith("__")}
    assert names_of(TREE.body) - ONLY_STUB == there


@pytest.mark.parametrize("name", sorted(set(CLASSES) - ONLY_STUB))
def test_the_stub_has_the_names_of_a_class(name):
    cls = getattr(_core, name)
    public = {member for member in vars(cls) if not member.startswith("_")}
    assert public - members(name) == set()
    later = {"__buffer__"}  # from Python 3.12 on
    assert {member for member in members(name) - later if not hasattr(cls, member)} == set()
