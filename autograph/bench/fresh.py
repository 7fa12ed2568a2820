"""What only a new process can tell: the first call, and the import.

`python -m autograph.bench.fresh case NAME` and `... file FILE.py:f ARGS` print the seconds of a
first call.
"""

import os
import subprocess
import sys
import tempfile
import time

import autograph as ag


class Failed(Exception):
    """The new process did not get as far as a result; the message is its last line."""


_bytecode = None  # a directory that lives as long as this process


def environment():
    """This process's, with the package found where this one found it.

    Bytecode is cached, as it is for an installed package, wherever this process may keep none.
    """
    global _bytecode
    if _bytecode is None:
        _bytecode = tempfile.TemporaryDirectory(prefix="autograph-bench-")
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if ag.__file__:
        home = os.path.dirname(os.path.dirname(os.path.abspath(ag.__file__)))
    path = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {
        **env,
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONPYCACHEPREFIX": _bytecode.name,
        "AUTOGRAPH_CACHE": "0",
    }


def run(*command):
    # -P: a package in the current directory is not the one that is measured
    done = subprocess.run(
        [sys.executable, "-P", *command], capture_output=True, text=True, env=environment()
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise Failed(lines[-1])
    return done.stdout


def measure(kind, *rest, processes):
    command = ("-m", "autograph.bench.fresh", kind, *rest)
    run(*command)  # writes bytecode, reads files from the disk
    return min(float(run(*command).split()[-1]) for _ in range(processes))


def first_call(name, processes):
    """Seconds of the first call of a decorated function in a new process; the least of some."""
    return measure("case", name, processes=processes)


def first_call_of_file(target, args, processes):
    return measure("file", target, args, processes=processes)


def import_time(processes):
    """Seconds that `import autograph` adds to a Python that does nothing, minima in turns."""
    bare, full = [], []
    run("-c", "import autograph")
    for _ in range(max(processes, 3)):
        for code, times in (("pass", bare), ("import autograph", full)):
            start = time.perf_counter()
            run("-c", code)
            times.append(time.perf_counter() - start)
    return min(full) - min(bare)


def main(kind, name, args=""):
    if kind == "file":
        from autograph import target

        program = target.load(name)
        values, named = target.arguments(args, program)
        program = target.plain(program)
    else:
        from autograph.bench.special import find_case

        case = find_case(name)
        program, named = case.program, {}
        values = tuple(case.stage(ag, value) for value in case.arguments(case.sizes[0]))
    function = ag.function(program)  # as a module does when it is imported; brings in what tracing needs
    start = time.perf_counter()
    function(*values, **named)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main(*sys.argv[1:])
