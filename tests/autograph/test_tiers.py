"""A graph is interpreted until its native code is ready; a loop that takes long, or that cannot be given up, waits for it."""

import concurrent.futures
import os
import subprocess
import sys
import textwrap

import pytest

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


def count(n):
    i = 0
    while i < n:
        i += 1
    return i


def test_a_short_loop_is_interpreted_at_first(monkeypatch):
    monkeypatch.setenv("AUTOGRAPH_TIERS", "1")
    monkeypatch.setattr(tiers, "_beside", lambda job: True)  # nobody compiles
    f = ag.function(count)
    assert f(10) == 10
    info = f._history[0]["info"]
    assert not info["native"] and info["compilation"] is not None
    assert "native code" in f.explain()  # which waits for it
    assert info["native"] and info["compilation"] is None
    assert f(11) == 11


def test_a_loop_that_takes_long_is_given_up_for_native_code(monkeypatch):
    monkeypatch.setenv("AUTOGRAPH_TIERS", "1")
    monkeypatch.setattr(tiers, "_beside", lambda job: True)
    f = ag.function(count)
    assert f(10**8) == 10**8
    assert f._history[0]["info"]["native"]


def test_a_loop_with_effects_is_native_from_its_first_call(monkeypatch, capsys):
    monkeypatch.setenv("AUTOGRAPH_TIERS", "1")

    def noted(n):
        while n > 0:
            print("now", n)
            n -= 1
        return n

    f = ag.function(noted)
    assert f(2) == 0
    assert f._history[0]["info"]["native"]
    assert capsys.readouterr().out == "now 2\nnow 1\n"


def test_loops_over_arrays_are_native_from_their_first_call(monkeypatch):
    monkeypatch.setenv("AUTOGRAPH_TIERS", "1")

    def doubled(x, n):
        for _ in range(n):
            x = x + x
        return x

    f = ag.function(doubled)
    assert f(ag.ones([5000]), 3)[0] == 8.0
    assert f._history[0]["info"]["native"]
    assert f(ag.ones([5]), 3)[0] == 8.0


def test_an_error_of_an_interpreted_loop_is_the_program_s(monkeypatch):
    monkeypatch.setenv("AUTOGRAPH_TIERS", "1")
    monkeypatch.setattr(tiers, "_beside", lambda job: True)

    def divided(n):
        total = 0
        while n > 0:
            total += 10 // (n - 3)
            n -= 1
        return total

    f = ag.function(divided)
    with pytest.raises(ZeroDivisionError):
        f(5)
    assert not f._history[0]["info"]["native"]


def test_a_failed_compilation_leaves_the_loop_to_the_interpreter(monkeypatch):
    monkeypatch.setenv("AUTOGRAPH_TIERS", "1")
    monkeypatch.setattr(tiers, "_beside", lambda job: True)
    made = []

    def fails(self):
        made.append(self.name)
        raise MemoryError

    f = ag.function(count)
    assert f(10) == 10
    with monkeypatch.context() as m:
        m.setattr(tiers.Compilation, "make", fails)
        with pytest.raises(MemoryError):
            f(10**6)
    assert made == ["count"]
    assert f(10**6) == 10**6
    assert f._history[0]["info"]["native"]


def test_many_threads_give_up_one_loop(monkeypatch):
    monkeypatch.setenv("AUTOGRAPH_TIERS", "1")
    monkeypatch.setattr(tiers, "_beside", lambda job: True)
    f = ag.function(count)
    assert f(3) == 3
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(f, [10**6 + i for i in range(32)])) == [10**6 + i for i in range(32)]


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


def test_fork_while_a_loop_is_interpreted_compiles_in_the_child():
    out = run(
        """
        import os
        import autograph as ag
        from autograph import tiers

        tiers._beside = lambda job: True
        @ag.function
        def count(n):
            i = 0
            while i < n:
                i += 1
            return i
        count(3)
        pid = os.fork()
        if pid == 0:
            os._exit(0 if count(10**7) == 10**7 else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        """,
        AUTOGRAPH_TIERS="1",
    )
    assert out == "0\n"
