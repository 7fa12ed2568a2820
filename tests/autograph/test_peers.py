"""bench --peers: workers in other environments, results compared before times, absent ones said."""

import os
import subprocess
import sys

import numpy as np
import pytest

import autograph as ag
from autograph.bench import compilers, peers, runner
from autograph.target import TargetError

FAKE = """\
import numpy as np
VERSION = "1.0"
SLOW = ("primes",)
def collatz(first, last, steps):
    while first < last:
        n = first
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        first += 1
    return steps
print("a library that prints")
def wrong(*args):
    raise ZeroDivisionError("on purpose")
CASES = {
    "collatz": lambda *args: lambda: collatz(*args),
    "primes": lambda *args: lambda: (0, 0),
    "axpy": lambda a, x, y: lambda: np.float32(a) * x + y,
    "call": wrong,
}
"""


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """A directory in which this environment stands for Numba's, whose cases are FAKE."""
    if not os.path.exists(os.path.join(sys.prefix, "bin", "python")):
        pytest.skip("not in a virtual environment")
    (tmp_path / "peers").mkdir()
    (tmp_path / "peers" / "numba").symlink_to(sys.prefix)
    (tmp_path / "worker.py").write_text(peers.WORKER.read_text())
    (tmp_path / "numba_cases.py").write_text(FAKE)
    (tmp_path / "torch_cases.py").write_text("import no_such_package")
    (tmp_path / "peers" / "torch").symlink_to(sys.prefix)
    monkeypatch.setattr(peers, "WORKER", tmp_path / "worker.py")
    return tmp_path


@pytest.fixture
def started(environment):
    missing = []
    found = peers.start(environment / "peers", missing)
    yield found, missing
    for peer in found.values():
        peer.close()


def run(name, started, tmp_path):
    case = peers.case_of(name, np)
    small = type(case)(**{**vars(case), "sizes": (8, case.sizes[1] // 10 or 8, case.sizes[1] // 10 or 8), "c": None})
    with compilers.Compilers() as made:
        return peers.run_case(ag, np, name, small, started[0], made, runner.Effort(0.02, 1, 1), tmp_path)


def test_absent_peers_are_said_and_the_others_run(started):
    found, missing = started
    assert list(found) == ["numba"] and found["numba"].version == "1.0"
    said = " ".join(missing)
    for text in ("no JAX: no environment", "no TF XLA", "no torch: ModuleNotFoundError: No module named"):
        assert text in said


def test_a_peer_is_timed_beside_compiled_code(started, tmp_path):
    for name in ("collatz", "axpy"):
        result = run(name, started, tmp_path)
        assert not result.notes and result.ns["numba"] > 0 and result.ns["compiled"] > 0
        assert peers.best(result)[0] == "numba"
        assert "(Numba)" in peers.table([result])


def test_a_wrong_result_or_an_error_is_a_note_and_no_time(started, tmp_path):
    result = run("primes", started, tmp_path)
    assert "numba" not in result.ns and "Numba: its result differs" in result.notes[0]
    result = run("call", started, tmp_path)
    assert "numba" not in result.ns and "ZeroDivisionError: on purpose" in result.notes[0]
    assert result.ns["compiled"] > 0  # and the worker lives
    assert run("collatz", started, tmp_path).ns["numba"] > 0


def test_a_worker_that_ends_is_said(started):
    peer = started[0]["numba"]
    peer.process.kill()
    peer.process.wait()
    with pytest.raises(peers.Failed, match="ended"):
        peer.ask(time=0.1)


@pytest.mark.parametrize(
    "a, b, tolerance, found",
    [
        ([1.0], [1.0], 0.0, None),
        ([np.nan], [1.0], 1.0, "by nan"),
        ([np.nan, np.inf], [np.nan, np.inf], 0.0, None),
        ([1e6], [1e6 + 1], 1e-5, None),
        ([1.0], [1.1], 1e-3, "by 0.1"),
        ([[1.0]], [1.0], 1.0, "shapes"),
    ],
)
def test_differences(a, b, tolerance, found):
    said = peers.difference(np, [np.array(a)], [np.array(b)], tolerance)
    assert said == found if found is None else found in said


def test_wrong_options_are_one_line(tmp_path, monkeypatch):
    monkeypatch.delenv("AUTOGRAPH_BENCH_PEERS", raising=False)

    class options:
        peers_dir = None

    with pytest.raises(TargetError, match="--make-peers DIR makes them"):
        peers.directory_of(options)
    options.peers_dir = str(tmp_path / "none")
    with pytest.raises(TargetError, match="no such directory"):
        peers.directory_of(options)
    with pytest.raises(TargetError, match="no case nothing of the peers; there is call, collatz"):
        peers.chosen(["nothing"])
    assert peers.chosen(["matmul"]) == ["matmul.256", "matmul.1024"]


def test_the_workers_know_nothing_of_this_package():
    home = peers.WORKER.parent
    for file in home.glob("*.py"):
        if file.name != "__init__.py":
            assert "autograph" not in file.read_text().replace("Knows nothing of autograph", ""), file


def test_programs_on_numbers_are_those_of_the_bench():
    from autograph.bench import programs

    plain = {}
    exec((peers.WORKER.parent / "plain.py").read_text(), plain)
    for case, args in (("collatz", (1, 30, 0)), ("primes", (2, 50, 2, 0, 0)), ("mandelbrot", (-2.0, 0.5, -1.25, 1.25, 0.5, 50, 0))):
        assert plain[case](*args) == getattr(programs, case)(*args)


def test_the_command_measures_with_what_is_there(environment):
    done = subprocess.run(
        [sys.executable, "-m", "autograph", "bench", "--quick", "--peers", "call", "--peers-dir", str(environment)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "autograph" in done.stdout and "no JAX: no environment" in done.stdout
