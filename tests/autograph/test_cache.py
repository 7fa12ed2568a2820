"""The disk cache: a second process finds the code, and never wrong code."""

import os
import subprocess
import sys
import textwrap

import pytest

PROGRAM = """
import sys
import autograph as ag

def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps

f = ag.function(collatz)
print(f(27))
print("disk cache" in f.explain())
"""


class Place:
    """Programs run with a cache directory of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.cache = folder / "cache"
        self.count = 0

    def run(self, program, *args, name="program.py", env={}, check=True):  # noqa: B006
        path = self.folder / name
        path.write_text(textwrap.dedent(program))
        settings = {"AUTOGRAPH_CACHE": str(self.cache), "AUTOGRAPH_TIERS": "0", **env}
        done = subprocess.run(
            [sys.executable, str(path), *args],
            env={k: v for k, v in {**os.environ, **settings}.items() if v is not None},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert not check or done.returncode == 0, done.stderr
        self.errors = done.stderr
        return done.stdout.split()

    def entries(self):
        return sorted(self.cache.glob("*.agc"))


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_the_second_process_loads_the_code(place):
    assert place.run(PROGRAM) == ["111", "False"]
    assert place.cache.stat().st_mode & 0o777 == 0o700
    assert place.run(PROGRAM) == ["111", "True"]
    assert place.errors == ""


def test_cached_code_is_used_at_once_where_tiers_would_interpret_first(place):
    program = """
    import autograph as ag
    from autograph import tiers
    f = ag.function(lambda x: x * 2 + 1)
    print(f(ag.constant([1.0])).tolist())
    print("interpreted" in f.explain())
    tiers.settle()
    """
    assert place.run(program, env={"AUTOGRAPH_TIERS": "1"}) == ["[3.0]", "True"]
    assert place.run(program, env={"AUTOGRAPH_TIERS": "1"}) == ["[3.0]", "False"]
