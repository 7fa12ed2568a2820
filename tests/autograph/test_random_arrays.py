"""Random functions in which arrays have names: plain Python, the interpreter and native code agree on who sees which change.

120 programs, always the same; --long runs 5,000. AG_RANDOM_ARRAYS sets another number and AG_RANDOM_SEED another seed.
"""

import os
import random

import numpy as np
import pytest
import random_arrays
from modes import same
from random_programs import define

LONG = os.environ.get("AG_LONG", "") not in ("", "0")
COUNT = int(os.environ.get("AG_RANDOM_ARRAYS", "5000" if LONG else "120"))
SEED = int(os.environ.get("AG_RANDOM_SEED", "1"))
PARTS = 6

# What is refused rather than answered with an old element; the message says the remedy.
REFUSED = (
    "changed under another name",
    "holds this part of an array beside the array",
    "would have to deal with",
    "the ranks must agree",
    "the run chooses cannot be traced here",
)


def check(number):
    text, cases = random_arrays.program(random.Random(number))
    try:
        with np.errstate(all="ignore"):
            same(define(text), *cases, unbound_lines=False, cheap=True)
    except AssertionError as error:
        if not any(reason in str(error) for reason in REFUSED):
            raise AssertionError(f"program {number}\n{text}\n{error}") from error
        return True
    return False


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("part", range(PARTS))
def test_who_sees_which_change(part):
    refused = sum(check(SEED * 1_000_000 + k) for k in range(part, COUNT, PARTS))
    assert refused <= COUNT / PARTS / 4, f"{refused} of {COUNT // PARTS} programs are refused"
