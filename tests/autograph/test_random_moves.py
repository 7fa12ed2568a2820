"""Random programs that move elements: NumPy, the interpreter and native code give the same bits.

250 programs, always the same; --long runs 10,000. AG_RANDOM_MOVES sets another number and AG_RANDOM_SEED another seed.
"""

import os
import random

import numpy as np
import pytest
import random_moves
from modes import interpreted
from random_programs import define

import autograph as ag

LONG = os.environ.get("AG_LONG", "") not in ("", "0")
COUNT = int(os.environ.get("AG_RANDOM_MOVES", "10000" if LONG else "250"))
SEED = int(os.environ.get("AG_RANDOM_SEED", "1"))
PARTS = 10


def results(f, arguments):
    given = [np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments]
    out = [np.asarray(x) for x in f(*given)]
    for a, b in zip(given, arguments, strict=True):
        assert np.array_equal(a, b), "an argument was changed"
    return out


def check(number):
    text, arguments = random_moves.program(random.Random(number))
    plain = define(text)
    with np.errstate(all="ignore"):
        want = results(plain, arguments)
    with interpreted():
        slow = results(ag.function(define(text)), arguments)
    fast = results(ag.function(define(text)), arguments)
    for way, got in ("interpreted", slow), ("compiled", fast):
        for k, (a, b) in enumerate(zip(want, got, strict=True)):
            where = f"program {number}, {way}, result {k}\n{text}"
            assert (a.dtype, a.shape) == (b.dtype, b.shape), where
            np.testing.assert_array_equal(a, b, where)


@pytest.mark.parametrize("part", range(PARTS))
def test_numpy_interpreter_and_native_code_agree(part):
    for k in range(part, COUNT, PARTS):
        check(SEED * 1_000_000 + k)
