"""A graph without loops is interpreted until its native code is ready; a loop waits for it."""

import os
import subprocess
import sys
import textwrap

import autograph as ag
from autograph import tiers


def run(program, **env):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], env={**os.environ, **env}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_straight_code_is_swapped_for_native_code(monkeypatch):
    monkeypatch.setenv("AUTOGRAPH_TIERS", "1")
    f = ag.function(lambda x: x * 2 + 1)
    x = ag.constant([1.0, 2.0])
    first = f(x).tolist()
    tiers.settle()
    assert "native code" in f.explain()
    assert f(x).tolist() == first == [3.0, 5.0]


def test_a_loop_is_native_from_its_first_call(monkeypatch):
    monkeypatch.setenv("AUTOGRAPH_TIERS", "1")

    def count(n):
        i = 0
        while i < n:
            i += 1
        return i

    f = ag.function(count)
    assert f(10) == 10
    assert "native code" in f.explain()


def test_exit_right_after_the_first_call_is_clean():
    out = run(
        """
        import autograph as ag
        f = ag.function(lambda x: x + 1)
        print(f(ag.constant([1, 2])).tolist())
        """,
        AUTOGRAPH_TIERS="1",
    )
    assert out == "[2, 3]\n"


def test_fork_right_after_the_first_call_computes_in_the_child():
    out = run(
        """
        import os
        import autograph as ag
        f = ag.function(lambda x: x + 1)
        f(ag.constant([1, 2]))
        pid = os.fork()
        if pid == 0:
            g = ag.function(lambda n: sum_to(n))
            def sum_to(n):
                s = 0
                for i in range(n):
                    s += i
                return s
            os._exit(0 if g(10) == 45 and f(ag.constant([4])).tolist() == [5] else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        """,
        AUTOGRAPH_TIERS="1",
    )
    assert out == "0\n"
