"""What only a new process can tell: the first call, and the import.

`python -m autograph.bench.fresh case NAME` and `... file FILE.py:f ARGS` print the seconds of
decorating a function and of its first call.
"""

import os
import subprocess
import sys
import tempfile
import time

import autograph as ag
from autograph import tiers


class Failed(Exception):
    """The new process did not get as far as a result; the message is its last line."""


_bytecode = None  # a directory that lives as long as this process


def environment(cache):
    """This process's, with the package found where this one found it.

    Bytecode is cached, as it is for an installed package, wherever this process may keep none.
    cache: a directory of compiled code, "0" for none.
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
        "AUTOGRAPH_CACHE": cache,
    }


def run(*command, cache="0"):
    # -P: a package in the current directory is not the one that is measured
    done = subprocess.run(
        [sys.executable, "-P", *command], capture_output=True, text=True, env=environment(cache)
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise Failed(lines[-1])
    return done.stdout


def measure(kind, *rest, processes, cache="0"):
    command = ("-m", "autograph.bench.fresh", kind, *rest)
    run(*command, cache=cache)  # writes bytecode and compiled code, reads files from the disk
    times = [run(*command, cache=cache).split() for _ in range(processes)]
    return tuple(min(map(float, column)) for column in zip(*times, strict=True))


def first_call(name, processes):
    """Seconds of the first call of a decorated function in a new process; the least of some."""
    return measure("case", name, processes=processes)[1]


def second_process(name, processes):
    """Seconds of decoration and first call in a new process that finds its code in the disk cache."""
    with tempfile.TemporaryDirectory(prefix="autograph-bench-") as cache:
        return measure("case", name, processes=processes, cache=cache)


def first_call_of_file(target, args, processes):
    return measure("file", target, args, processes=processes)[1]


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
    start = time.perf_counter()
    function = ag.function(program)  # as a module does when it is imported: brings in all
    decorated = time.perf_counter()
    function(*values, **named)
    done = time.perf_counter()
    print(decorated - start, done - decorated)
    tiers.settle()  # for the next process


if __name__ == "__main__":
    main(*sys.argv[1:])
