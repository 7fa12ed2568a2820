"""Random programs: plain, converted, interpreted and compiled runs agree on value, prints, exception and its line.

100 programs, always the same; AG_LONG=1 draws 2,000 new ones (AG_RANDOM_PROGRAMS sets another number).
What once differed is kept, shrunk, in test_control_flow.py.
"""

import linecache
import os
import warnings

import traced_programs
from hypothesis import HealthCheck, Phase, given, note, settings
from modes import same

LONG = os.environ.get("AG_LONG", "") not in ("", "0")
COUNT = int(os.environ.get("AG_RANDOM_PROGRAMS", "2000" if LONG else "100"))
number = 0


def define(text):
    """The function f of `text`, with its source in linecache as a notebook cell has."""
    global number
    number += 1
    file = f"<traced program {number}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    space = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        exec(compile(text, file, "exec"), space)
    return space["f"]


@settings(
    max_examples=COUNT, deadline=None, derandomize=not LONG, database=None, print_blob=False,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, *([Phase.shrink] if LONG else [])],  # shrinking takes minutes; AG_LONG=1 shrinks
)  # fmt: skip
@given(traced_programs.functions())
def test_four_ways_agree(program):
    text, cases = program
    note(text)
    same(define(text), *cases, unbound_lines=False)  # an unbound name in a returned and/or has no line yet
