"""Whatever a function changes outside of itself, by whichever way, in each call.

ways_to_act/*.txt holds one way a block: its name, what is made before, `> ` what acts, of a number
v, and `= ` what can be seen of it afterwards. Functions of numbers do as plain Python does; beside
arrays each run does it, or a warning or an error says that it does not.
"""

import copy
import importlib.util
import pathlib
import warnings

import numpy as np
import pytest
from modes import interpreted, plain

import autograph as ag

FOLDER = pathlib.Path(__file__).parent / "ways_to_act"
WAYS = {
    block.partition("\n")[0]: block.partition("\n")[2].splitlines()
    for file in sorted(FOLDER.glob("*.txt"))
    for block in file.read_text().strip().split("\n\n")
}
IMPORTS = (
    "array bisect collections contextlib contextvars csv ctypes decimal functools heapq io "
    "itertools json operator pickle random re struct threading types weakref"
).split()


@pytest.fixture(scope="module")
def ways(tmp_path_factory):
    """The module of all ways: each a function that gives (act, look) of what it makes anew."""
    lines = [*[f"import {name}" for name in IMPORTS], "import numpy as np"]
    for name, block in WAYS.items():
        made = [line for line in block if line[0] not in ">="]
        acts = [line[2:] for line in block if line[0] == ">"]
        lines += ["", f"def {name}():", *["    " + line for line in made]]
        lines += ["    def act(v):", *["        " + line for line in acts]]
        lines += [f"    return act, lambda: {block[-1][2:]}"]
    path = tmp_path_factory.mktemp("ways") / "ways.py"
    path.write_text("\n".join(lines) + "\n")
    spec = importlib.util.spec_from_file_location("ways", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def at_the_top(act):
    def f(n):
        act(n)
        return n * 2

    return f


def of_a_constant(act):
    def f(n):
        act(1)
        return n * 2

    return f


def in_turns(act):
    def f(n):
        for i in range(n):
            act(i)
        return n * 2

    return f


def in_a_branch(act):
    def f(n):
        if n > 3:
            act(n)
        return n * 2

    return f


def outcomes(way, program, transform, args):
    """What each call gives, and what can be seen outside after it; whether there was a warning."""
    act, look = way()
    f, found = transform(program(act)), []
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for arg in args:
            value = plain(f(copy.deepcopy(arg)))
            found.append((value, type(value), repr(copy.deepcopy(look()))))
    return found, bool(told)


@pytest.mark.parametrize("name", WAYS)
def test_functions_of_numbers_act_as_plain_python_does(ways, name):
    way, args = getattr(ways, name), (2, 5, 5, 7)
    for program in (at_the_top, of_a_constant, in_turns, in_a_branch):
        want, _ = outcomes(way, program, lambda f: f, args)
        got, _ = outcomes(way, program, ag.function, args)
        assert got == want, program.__name__


def once(act):
    def f(x):
        act(1)
        return x * 2

    return f


def twice(act):
    def f(x):
        act(1)
        act(2)
        return x * 2

    return f


def of_an_element(act):
    def f(x):
        act(int(x[0]))
        return x * 2

    return f


def in_turns_beside_arrays(act):
    def f(x):
        for i in range(3):
            act(i)
        return x * 2

    return f


def where_an_array_decides(act):
    def f(x):
        if x[0] > 2:
            act(5)
        return x * 2

    return f


def in_turns_that_an_array_decides(act):
    def f(x):
        while x[0] > 2:
            act(5)
            x = x / 2
        return x * 2

    return f


@pytest.mark.parametrize("name", WAYS)
def test_beside_arrays_nothing_is_done_otherwise_without_a_word(ways, name):
    way, args = getattr(ways, name), [np.array([x, 1.0]) for x in (2.0, 5.0, 5.0, 7.0)]
    beside = (once, twice, of_an_element, in_turns_beside_arrays)
    for program in (*beside, where_an_array_decides, in_turns_that_an_array_decides):
        want, _ = outcomes(way, program, lambda f: f, args)
        with interpreted():
            try:
                got, told = outcomes(way, program, ag.function, args)
            except (TypeError, ValueError):
                continue  # it is refused
        if got == want or told:
            continue
        # a constant is appended once, while tracing, as those who count traces rely on
        assert program in beside and "append" in "".join(WAYS[name]), (program.__name__, want, got)
        assert [value for value, *_ in got] == [value for value, *_ in want]
        assert {seen for *_, seen in got} == {want[0][2]}, program.__name__
