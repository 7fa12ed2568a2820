"""Random programs: plain, converted, interpreted and compiled runs agree on value, prints, exception and its line.

2,000 programs, always the same; --long draws 100,000. AG_RANDOM_PROGRAMS sets another number and AG_RANDOM_SEED another
seed. Processes share the work, one a processor; a failure is printed as the source of the smallest program that shows it.
What once differed is kept, shrunk, in test_control_flow.py, test_tries.py and test_jumps_out_of_finally.py.
"""

import os
import subprocess
import sys

import random_programs
from hypothesis import HealthCheck, Phase, given, note, seed, settings

LONG = os.environ.get("AG_LONG", "") not in ("", "0")
COUNT = int(os.environ.get("AG_RANDOM_PROGRAMS", "100000" if LONG else "2000"))
SEED = int(os.environ.get("AG_RANDOM_SEED", "1"))
# What is refused rather than answered wrongly; the message says the remedy. At most one program in a hundred.
REFUSED = (
    "this `try` would have to deal with", "this `finally` would have to deal with", "this `with` would have to deal with",
    "may be the one that another name shows",
)  # fmt: skip
SHARE = 500  # programs of one process: traces and code of programs gone by weigh on the next


def run(number, count):
    """Runs `count` programs, those of the seed `number`."""
    from modes import same

    refused = 0

    @seed(number)
    @settings(
        max_examples=count, deadline=None, database=None, print_blob=False, report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink],
    )  # fmt: skip
    @given(random_programs.functions())
    def agree(program):
        nonlocal refused
        text, cases = program
        note(text)
        try:
            same(random_programs.define(text), *cases, unbound_lines=False, cheap=True)
        except AssertionError as e:
            if not any(words in str(e) for words in REFUSED):
                raise
            refused += 1

    agree()
    assert refused <= count / 100 + 2, f"{refused} of {count} programs are refused"


def test_four_ways_agree():
    shares = [
        (SEED + i, min(SHARE, COUNT - i * SHARE)) for i in range((COUNT + SHARE - 1) // SHARE)
    ]
    running, failures = [], []
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    while (shares or running) and not failures:
        while shares and len(running) < len(os.sched_getaffinity(0)):
            number, count = shares.pop(0)
            command = [sys.executable, __file__, str(number), str(count)]
            running.append(
                (
                    number,
                    subprocess.Popen(
                        command,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT,
                        text=True,
                        env=paths,
                    ),
                )
            )
        number, process = running.pop(0)
        out = process.communicate()[0]
        if process.returncode:
            failures.append(f"AG_RANDOM_SEED={number}:\n{out[-6000:]}")
    for _, process in running:
        process.kill()
        process.communicate()
    assert not failures, failures[0]


if __name__ == "__main__":
    run(int(sys.argv[1]), int(sys.argv[2]))
