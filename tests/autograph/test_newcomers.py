"""Programs as a newcomer writes them give what Python gives, at the first try; see newcomer_programs.py and newcomer_everyday.py."""

import newcomer_everyday
import pytest
from modes import same
from newcomer_programs import PROGRAMS


@pytest.mark.parametrize(
    "program, cases",
    [*PROGRAMS, *newcomer_everyday.PROGRAMS],
    ids=lambda p: getattr(p, "__name__", ""),
)
def test_newcomer(program, cases):
    same(program, *cases)
