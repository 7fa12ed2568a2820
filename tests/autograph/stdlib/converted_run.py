"""Runs the tests of a module of the standard library, plain and converted, and prints the outcomes as JSON.

    python converted_run.py MODULE...        each MODULE a name such as test_grammar

Converted: every function of the test module, and of the pure-Python module under test (TESTED), is replaced by
its conversion: functions, methods, static and class methods, properties. What stands inside them (nested functions,
lambdas) is converted with them. Each run has a process of its own, so what one leaves behind is not seen by the other.
"""

import importlib
import json
import subprocess
import sys
import types
import unittest

# Where a test module keeps the pure-Python module it tests: the C accelerators are blocked there.
TESTED = {
    "test_heapq": "py_heapq",
    "test_bisect": "py_bisect",
    "test_statistics": "statistics",
    "test_fractions": "fractions",
}
MODULES = (
    "test_grammar",
    "test_scope",
    "test_patma",
    "test_generators",
    "test_named_expressions",
    *TESTED,
)


class Outcomes(unittest.TestResult):
    """What became of each test: "ok", "skipped", or the text of its failure."""

    def __init__(self):
        super().__init__()
        self.found = {}

    def addSuccess(self, test):
        self.found.setdefault(test.id(), "ok")

    def addSkip(self, test, reason):
        self.found[test.id()] = "skipped"

    def addFailure(self, test, err):
        self.found[test.id()] = self._exc_info_to_string(err, test)

    addError = addFailure

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.found[test.id()] = self._exc_info_to_string(err, subtest)

    def addExpectedFailure(self, test, err):
        self.found[test.id()] = "failed as expected"

    def addUnexpectedSuccess(self, test):
        self.found[test.id()] = "passed against expectation"


def convert_module(module, converted):
    """Replaces the functions that `module` defines; returns how many changed."""
    seen, changed = set(), 0
    boxes = [module]
    while boxes:
        box = boxes.pop()
        for name, value in list(vars(box).items()):
            new = value
            if isinstance(value, types.FunctionType):
                new = converted(value)
            elif isinstance(value, (staticmethod, classmethod)):
                inner = converted(value.__func__)
                new = value if inner is value.__func__ else type(value)(inner)
            elif type(value) is property:
                parts = value.fget, value.fset, value.fdel
                made = [p and converted(p) for p in parts]
                if any(a is not b for a, b in zip(parts, made)):
                    new = property(*made, value.__doc__)
            elif (
                isinstance(value, type)
                and value.__module__ == module.__name__
                and value not in seen
            ):
                seen.add(value)
                boxes.append(value)
            if new is not value:
                setattr(box, name, new)
                changed += 1
    return changed


def convert_tests(name, module):
    """Converts the test module and what it tests; returns the number of functions changed."""
    from autograph import convert, operators

    homes = {module.__name__}
    tested = []
    if name in TESTED:
        inner = getattr(module, TESTED[name], None) or importlib.import_module(TESTED[name])
        tested.append(inner)
        homes.add(inner.__name__)

    made = {}  # one conversion for each function, whatever names it has

    def converted(fn):
        if type(fn) is not types.FunctionType or fn.__module__ not in homes:
            return fn
        if fn.__name__ == "load_tests":  # doctest finds its module through the frame of its caller
            return fn
        if fn not in made:
            try:
                made[fn] = convert.convert(fn, operators)
            except convert.SourceUnavailable:  # what dataclasses generate
                made[fn] = fn
        return made[fn]

    return sum(convert_module(m, converted) for m in (*tested, module))


def run(name, convert):
    module = importlib.import_module(f"test.{name}")
    changed = convert_tests(name, module) if convert else 0
    outcomes = Outcomes()
    unittest.defaultTestLoader.loadTestsFromModule(module).run(outcomes)
    return {"changed": changed, "outcomes": outcomes.found}


def both(name):
    """(plain, converted) outcomes of the tests of `name`, each from a process of its own."""
    out = []
    for way in ("plain", "converted"):
        done = subprocess.run(
            [sys.executable, "-P", __file__, way, name], capture_output=True, text=True, timeout=600
        )
        if done.returncode:
            raise RuntimeError(
                f"{name} {way}: exit status {done.returncode}\n{done.stderr[-4000:]}"
            )
        out.append(json.loads(done.stdout.splitlines()[-1]))
    return out


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[2], sys.argv[1] == "converted")))
