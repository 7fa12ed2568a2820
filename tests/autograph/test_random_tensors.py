"""Random programs of arrays: NumPy, the interpreter and native code agree; interpreter and native code to the bit.

200 programs, always the same; --long draws 10,000. AG_RANDOM_TENSORS sets another number and AG_RANDOM_SEED another seed.
"""

import os

import random_tensors
import tensor_modes
from hypothesis import HealthCheck, Phase, given, note, seed, settings

LONG = os.environ.get("AG_LONG", "") not in ("", "0")
COUNT = int(os.environ.get("AG_RANDOM_TENSORS", "10000" if LONG else "200"))
SEED = int(os.environ.get("AG_RANDOM_SEED", "1"))


@seed(SEED)
@settings(
    max_examples=COUNT, deadline=None, database=None, report_multiple_bugs=False, suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)  # fmt: skip
@given(random_tensors.functions())
def test_numpy_interpreter_and_native_code_agree(program):
    text, arguments, state = program
    note(f"AG_RANDOM_SEED={SEED}\n{text}")
    tensor_modes.check(text, arguments, state)
