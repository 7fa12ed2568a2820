"""Random programs on Python values: the converted function, under operators of plain meaning, does what the original does.

Unlike traced ones (test_random_programs.py) these also handle exceptions, swallow them in contexts, and match on classes.
"""

import os
import pathlib
import sys

import ag_convert
import plain_ops
from hypothesis import HealthCheck, given, note, settings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import modes  # noqa: E402 - found through the line above
import random_programs  # noqa: E402

COUNT = int(os.environ.get("AG_RANDOM_PROGRAMS", "300"))
SETTINGS = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "derandomize": True,
    "database": None,
}


def agree(fn, made, way, cases, lines=True):
    file = fn.__code__.co_filename
    for case in cases:
        want, got = modes.run(fn, case, file), modes.run(made, case, file)
        if isinstance(want.error, NameError) and type(got.error) is NameError:
            want.error = got.error  # the operators that word it as Python does are the real ones: staging/names.py
        modes.check_one(fn, case, want, got, way, True, lines)


@settings(max_examples=COUNT, **SETTINGS)
@given(random_programs.functions(traced=False, budget=20))
def test_converted_random_programs_agree(program):
    text, cases = program
    note(text)
    fn = random_programs.define(text)
    agree(fn, ag_convert.convert(fn, plain_ops), "converted", cases)


@settings(max_examples=COUNT // 5, **SETTINGS)
@given(random_programs.functions(traced=False))
def test_random_listings_are_programs(program):
    text, cases = program
    fn = random_programs.define(text)
    listing = ag_convert.to_code(fn)
    note(listing)
    space = dict(fn.__globals__)
    exec(
        compile(
            listing.replace("from autograph import operators as ag__", "import plain_ops as ag__"),
            fn.__code__.co_filename,
            "exec",
        ),
        space,
    )
    agree(fn, space["f"], "converted", cases, lines=False)
