"""Runs a peer's cases in the peer's own environment: `python worker.py numba`. Knows nothing of autograph.

Orders come on stdin as lines of JSON, answers go to stdout; what a library prints goes to stderr.
{"open": case, "inputs": file, "result": file} computes once and saves; {"time": seconds} measures.
"""

import importlib
import json
import os
import sys
import time
import timeit


def least(call, seconds):
    """The least seconds of a call: samples of at least 2 ms, for some seconds."""
    count, timer = 1, timeit.Timer(call)
    took = timer.timeit(1)
    while took < 0.002 and count < 10**7:
        count = max(count + 1, min(count * 100, int(count * 0.0025 / max(took, 1e-7))))
        took = timer.timeit(count)
    best, end = took / count, time.perf_counter() + seconds
    while time.perf_counter() < end:
        best = min(best, timer.timeit(count) / count)
    return best


def inputs_of(path):
    """The arguments of a case: arrays, and Python's numbers where they were."""
    import numpy as np

    with np.load(path) as file:
        arrays = [file[f"arr_{i}"] for i in range(len(file.files))]
    return [array if array.ndim else array.item() for array in arrays]


def main(peer, mode=""):
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

    def say(**what):
        answers.write(json.dumps(what) + "\n")
        answers.flush()

    try:
        module = importlib.import_module(f"{peer}_cases")
    except Exception as error:
        say(error=f"{type(error).__name__}: {error}".splitlines()[0])
        return
    if mode:
        module.JIT = True
    say(version=module.VERSION, cases=sorted(module.CASES), slow=list(getattr(module, "SLOW", ())))
    import numpy as np

    call = None
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if "open" in order:
                call = module.CASES[order["open"]](*inputs_of(order["inputs"]))
                start = time.perf_counter()
                result = call()
                first = time.perf_counter() - start
                parts = result if isinstance(result, (tuple, list)) else [result]
                np.savez(order["result"], *[np.asarray(part) for part in parts])
                say(first=first)
            else:
                say(seconds=least(call, order["time"]))
        except Exception as error:
            say(error=f"{type(error).__name__}: {error}".splitlines()[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
