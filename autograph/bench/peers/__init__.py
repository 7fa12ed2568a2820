"""Other compilers on the same cases, each in an environment of its own.

AUTOGRAPH_BENCH_PEERS, or --peers-dir, names a directory with a virtual environment for each peer;
`bench --make-peers DIR` makes them. worker.py runs there, as a process that this one asks for a
result, compares it, and then for times, in turns with all the others. Everything runs on one core.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from autograph.target import TargetError

from .. import programs, report
from ..cases import CASES, Case
from ..runner import Result, fill, native
from .worker import least

# what pip installs, by environment
PACKAGES = {
    "numba": ["numba"],
    "jax": ["jax"],
    "tensorflow": ["tensorflow-cpu"],
    "torch": ["torch", "numpy"],
    "numexpr": ["numexpr"],
}
# column -> (title, environment, mode of its module)
COLUMNS = {
    "numba": ("Numba", "numba", ""),
    "jax": ("JAX", "jax", ""),
    "tensorflow": ("TF", "tensorflow", ""),
    "xla": ("TF XLA", "tensorflow", "xla"),
    "torch": ("torch", "torch", ""),
    "numexpr": ("numexpr", "numexpr", ""),
}
# a case of the peers -> the row of the bench that has its program, sizes and C
ROWS = {
    "collatz": "collatz.number", "mandelbrot": "mandelbrot.number", "primes": "primes.number", "lorenz": "lorenz",
    "heat": "heat", "black_scholes": "black_scholes", "axpy": "axpy", "softmax": "softmax", "distances": "distances",
    "matmul.256": "matmul.256", "matmul.1024": "matmul.1024",
}  # fmt: skip
# A fused multiply-add ends an orbit a step sooner or later.
TOLERANCES = {"mandelbrot": 1e-3}
ONE_THREAD = {
    name: "1"
    for name in (
        "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS",
        "AUTOGRAPH_NUM_THREADS",
    )
}  # fmt: skip


WORKER = Path(__file__).with_name("worker.py")


class Failed(Exception):
    """A peer could not do a case; the message says why."""


def directory_of(options):
    path = options.peers_dir or os.environ.get("AUTOGRAPH_BENCH_PEERS", "")
    if not path:
        raise TargetError(
            "--peers needs their environments: --peers-dir DIR or AUTOGRAPH_BENCH_PEERS=DIR; "
            "bench --make-peers DIR makes them"
        )
    if not os.path.isdir(path):
        raise TargetError(f"{path}: no such directory; bench --make-peers {path} makes it")
    return Path(path)


def make(path):
    """Makes the environments that are missing; the number of those that failed."""
    failed = 0
    for peer, packages in PACKAGES.items():
        home = Path(path) / peer
        print(f"{peer}: pip install {' '.join(packages)} into {home} ...", flush=True)
        for command in (
            [sys.executable, "-m", "venv", str(home)],
            [
                str(home / "bin" / "python"),
                "-m",
                "pip",
                "install",
                "-q",
                "--disable-pip-version-check",
                *packages,
            ],
        ):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
                print(f"{peer}: failed: {lines[-1]}")
                failed += 1
                break
    return failed


class Peer:
    """A running worker. Failed when it cannot be had, or cannot do what is asked."""

    def __init__(self, home, name, mode):
        python = home / "bin" / "python"
        if not python.exists():
            raise Failed(f"no environment {home}")
        env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        self.process = subprocess.Popen(
            [str(python), str(WORKER), name, *filter(None, [mode])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**env, **ONE_THREAD},
        )  # fmt: skip
        hello = self.answer()
        self.version, self.cases, self.slow = hello["version"], hello["cases"], hello["slow"]

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"it ended, with status {self.process.wait()}")
        said = json.loads(line)
        if "error" in said:
            raise Failed(said["error"])
        return said

    def ask(self, **order):
        try:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failed("it has ended") from None
        return self.answer()

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()


def start(directory, missing):
    """{column: Peer} of those that are there; the others are said in `missing`."""
    found = {}
    for column, (title, name, mode) in COLUMNS.items():
        try:
            found[column] = Peer(directory / name, name, mode)
        except Failed as error:
            missing.append(f"no {title}: {error}")
    return found


def case_of(name, np):
    if name != "call":
        return next(case for case in CASES if case.name == ROWS[name])
    return Case(
        name="call", text="x + 1 on 8 float32", program=programs.add_one, unit="call", sizes=(8, 8, 8),
        arguments=lambda n: (np.arange(8, dtype=np.float32),), stage=lambda ag, value: ag.constant(value),
        steps=lambda n, r: 1, numpy=lambda np, args: (programs.add_one, args),
    )  # fmt: skip


def parts(np, value):
    """A result as a list of arrays."""
    values = value if isinstance(value, (tuple, list)) else [value]
    return [np.asarray(item) for item in values]


def difference(np, expected, got, tolerance):
    """What is different, as text, or None."""
    if len(expected) != len(got):
        return f"{len(expected)} and {len(got)} results"
    for a, b in zip(expected, got, strict=True):
        if a.shape != b.shape:
            return f"shapes {a.shape} and {b.shape}"
        with np.errstate(invalid="ignore"):  # infinities: they are equal or not
            gap = np.abs(a.astype(np.float64) - b.astype(np.float64))
            most = tolerance * np.maximum(1.0, np.maximum(np.abs(a), np.abs(b)))
        if not ((gap <= most) | (a == b) | ((a != a) & (b != b))).all():
            return f"by {gap.max():.3g}"
    return None


def run_case(ag, np, name, case, peers, compilers, effort, directory):
    """The Result of all that can do a case; results are compared before anything is timed."""
    result = Result(name, case.unit, case.text, group="peers")
    tolerance = max(case.tolerance, TOLERANCES.get(name, 0.0))

    def arrays(args):
        return [np.frombuffer(a, np.float32) if type(a).__name__ == "array" else a for a in args]

    small, large = case.sizes[1:]
    args = case.arguments(large)
    function, value = native(ag, case.program, tuple(case.stage(ag, a) for a in args))
    staged = tuple(case.stage(ag, a) for a in args)
    expected = parts(np, value)
    units = {"large": int(case.steps(large, value))}
    candidates = {"compiled": lambda: function(*staged)}
    libraries = compilers.libraries(case.source) if case.c else {}
    for kind, library in libraries.items():
        call, given = case.c(library, args)
        wrong = difference(np, expected, parts(np, call(*given)), tolerance)
        if wrong:
            result.notes.append(f"C by {kind} differs, {wrong}: not timed")
        else:
            candidates[f"c {kind}"] = lambda call=call, given=given: call(*given)
    if case.numpy:
        numpy_call, arrays_given = case.numpy(np, args)
        candidates["numpy"] = lambda: numpy_call(*arrays_given)
    sizes, seconds = {}, {}
    small_expected = None
    for column, peer in peers.items():
        if name not in peer.cases:
            continue
        size = "small" if name in peer.slow and column != "xla" else "large"
        given = case.arguments(small) if size == "small" else args
        if size == "small" and small_expected is None:
            value = (case.python or case.program)(*given)
            small_expected, units["small"] = parts(np, value), int(case.steps(small, value))
        inputs, output = directory / "inputs.npz", directory / f"{column}.npz"
        np.savez(inputs, *arrays(given))
        try:
            peer.ask(open=name, inputs=str(inputs), result=str(output))
            with np.load(output) as file:
                got = [file[f"arr_{i}"] for i in range(len(file.files))]
            wrong = difference(np, small_expected if size == "small" else expected, got, tolerance)
            if wrong:
                raise Failed(f"its result differs, {wrong}")
        except Failed as error:
            result.notes.append(f"{COLUMNS[column][0]}: {error}")
            continue
        sizes[column] = size
    turns = max(effort.rounds, 2)
    share = effort.seconds / turns / max(len(candidates) + len(sizes), 1)
    for _ in range(turns):
        for key, call in candidates.items():
            took = least(call, share)
            seconds[key] = min(took, seconds.get(key, took))
        for column in list(sizes):
            try:
                took = peers[column].ask(time=share)["seconds"]
            except Failed as error:
                result.notes.append(f"{COLUMNS[column][0]}: {error}")
                del sizes[column]
                continue
            seconds[column] = min(took, seconds.get(column, took))
    fill(
        result, {key: time * 1e9 / units[sizes.get(key, "large")] for key, time in seconds.items()}
    )
    for column in sizes:
        result.ns[column] = seconds[column] * 1e9 / units[sizes[column]]
    return result


@contextlib.contextmanager
def one_core():
    """This process, and those that it starts, on one core."""
    had = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(had)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, had)


def best(result):
    """(column, ns) of the fastest peer; None without one."""
    there = [(result.ns[column], column) for column in COLUMNS if column in result.ns]
    return min(there)[::-1] if there else None


def table(results):
    """A row a case: times, the ratio to C and to the fastest peer."""
    titles = {
        "compiled": "autograph",
        "c": "C",
        "numpy": "NumPy",
        **{c: t[0] for c, t in COLUMNS.items()},
    }
    columns = [c for c in titles if any(c in result.ns for result in results)]
    rows = [["case", *(titles[c] for c in columns), "per", "x C", "x best peer"]]
    for result in results:
        if result.error:
            rows.append([result.name, result.error])
            continue
        found = best(result)
        ahead = (
            "-"
            if not found
            else f"{report.times(result.ns['compiled'] / found[1])} ({titles[found[0]]})"
        )
        times = [report.duration(result.ns.get(c)) for c in columns]
        rows.append([result.name, *times, result.unit, report.times(result.ratio("c")), ahead])
    full = [row for row in rows if len(row) == len(rows[0])]
    widths = [max(len(row[i]) for row in full) for i in range(len(rows[0]))]
    lines = []
    for row, result in zip(rows, [None, *results], strict=True):
        cells = [
            cell.ljust(w) if i in (0, len(widths) - 3) else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(row, widths))
        ]
        lines.append("  ".join(cells).rstrip())
        lines += [f"{'':{widths[0]}}  {note}" for note in (result.notes if result else ())]
    return "\n".join(lines)


def chosen(names):
    known = ["call", *ROWS]
    wrong = [name for name in names if not any(name in (k, k.partition(".")[0]) for k in known)]
    if wrong:
        raise TargetError(f"no case {wrong[0]} of the peers; there is {', '.join(known)}")
    return [k for k in known if not names or k in names or k.partition(".")[0] in names]


def run(ag, options, compilers, effort, progress_type):
    """The Results of the cases, with all peers that are there."""
    from autograph.target import where

    directory = directory_of(options)
    try:
        import numpy as np
    except ImportError:
        raise TargetError(
            "--peers needs NumPy, which passes arrays on: pip install numpy"
        ) from None
    names = chosen(options.names)
    results = []
    os.environ.update(ONE_THREAD)
    with one_core(), tempfile.TemporaryDirectory(prefix="autograph-peers-") as place:
        peers = start(directory, compilers.missing)
        try:
            with progress_type(len(names)) as progress:
                for name in names:
                    progress.step(name)
                    case = case_of(name, np)
                    try:
                        results.append(
                            run_case(ag, np, name, case, peers, compilers, effort, Path(place))
                        )
                    except Exception as error:
                        results.append(
                            Result(
                                name,
                                case.unit,
                                case.text,
                                group="peers",
                                error=f"failed: {where(error)}",
                            )
                        )
        finally:
            for peer in peers.values():
                peer.close()
    return results, {column: peer.version for column, peer in peers.items()}
