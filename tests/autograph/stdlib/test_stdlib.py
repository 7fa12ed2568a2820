"""The converter is the identity on code without tensors: the standard library's tests pass converted as they do plain.

What may differ stands in differences.txt. Debian's Python lacks the tests (they are in libpython3.x-testsuite); then all
of this is skipped. test_statistics takes half a minute and runs under --long.
"""

import importlib.util
import pathlib

import converted_run
import pytest

HERE = pathlib.Path(__file__).resolve().parent
SLOW = ("test_statistics",)


def differences():
    lines = (HERE / "differences.txt").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))


def there(name):
    try:
        return importlib.util.find_spec(f"test.{name}") is not None
    except ImportError:
        return False


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.long) if n in SLOW else n for n in converted_run.MODULES],
)
def test_converted_module_passes_its_own_tests(name):
    if not there(name):
        pytest.skip(f"this Python has no test.{name}: Debian keeps it in libpython3.x-testsuite")
    plain, converted = converted_run.both(name)
    assert converted["changed"] >= 30 and len(plain["outcomes"]) >= 25
    assert plain["outcomes"].keys() == converted["outcomes"].keys()
    known = differences()
    for test, outcome in plain["outcomes"].items():
        got = converted["outcomes"][test]
        if test not in known:
            assert got == outcome or outcome not in ("ok", "skipped", "failed as expected"), (
                f"{test}\n{got}"
            )
        else:
            assert got != outcome, f"{test} passes: take it out of differences.txt"
